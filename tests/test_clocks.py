"""A meter an hour apart from the main meter is found, and one whose use merely comes earlier is
not.
"""

import numpy as np
import pytest
import xarray as xr

from neutrality.energy import clocks

HOURS = 24 * 60


def load(shift, seed=1, share=1.0):
    """A main meter of two uses, of which cooling was written down `shift` hours late."""
    random = np.random.default_rng(seed)
    working = np.tile(np.isin(np.arange(24), np.arange(8, 19)), HOURS // 24)
    lights = 50 * working + random.normal(0, 2, HOURS)
    # It starts two hours before the lights, as plants do, and varies by itself.
    cooling = share * (80 * np.roll(working, -2) + random.normal(0, 12, HOURS))
    read = np.stack([lights + cooling, np.roll(cooling, shift)])
    return xr.DataArray(read, dims=("meter", "time"), coords={"meter": ["main", "cooling"]})


@pytest.mark.parametrize(("shift", "said"), [(1, {"cooling": 1}), (-1, {"cooling": -1}), (0, {})])
def test_the_hour_between_two_clocks_is_recovered(shift, said):
    assert clocks.apart(load(shift)) == said


def test_a_use_too_small_to_be_seen_in_the_main_meter_shows_nothing():
    assert clocks.apart(load(1, share=0.01)) == {}


def test_gaps_are_no_evidence_and_few_hours_neither():
    gappy = load(1).where(np.random.default_rng(2).random((2, HOURS)) > 0.01)
    assert clocks.apart(gappy) == {"cooling": 1}
    assert clocks.apart(load(1)[:, :200]) == {}
    assert clocks.apart(load(1).sel(meter=["cooling"])) == {}
