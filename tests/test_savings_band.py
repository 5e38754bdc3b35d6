"""The band's width by hand, and the quantile it stands on."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from neutrality import savings_band


def months(error_kwh):
    """Two hours a month; the meter reads `error_kwh` more than the fit that did not see the month."""
    coords = {"meter": ["main"], "local_month": ("time", np.repeat(np.arange(1, 13), 2))}
    held_out = xr.DataArray(np.full((24, 1), 10.0), coords, dims=("time", "meter"))
    return held_out + xr.DataArray(np.repeat(error_kwh, 2), dims="time"), held_out


TABLE = pd.DataFrame({"meter": ["main"], "hours": [100], "savings_kwh": [500.0]})


@pytest.mark.parametrize(("level", "freedom", "t"), [  # two-sided, tables of Student's distribution
    (0.90, 5, 2.0150), (0.90, 11, 1.7959), (0.95, 11, 2.2010), (0.68, 1000, 0.9949), (0.99, 3, 5.8409)])
def test_student_t_is_the_tables(level, freedom, t):
    assert savings_band.student_t(level, freedom) == pytest.approx(t, abs=2e-4)


def test_months_that_err_by_2_kwh_an_hour_give_a_band_of_2_kwh_an_hour_times_t():
    load, held_out = months([2.0, -2.0] * 6)
    row = savings_band.band(TABLE, load, held_out, 0.90).iloc[0]
    half = 1.7959 * 2.0 * 100
    assert (row.low_kwh, row.high_kwh) == pytest.approx((500 - half, 500 + half), rel=1e-4)
    assert row.level == 0.90


def test_a_gap_does_not_narrow_the_band():
    load, held_out = months([2.0, -2.0] * 6)
    gap = load.where(xr.DataArray(np.arange(24) != 3, dims="time"))
    pd.testing.assert_frame_equal(savings_band.band(TABLE, gap, held_out, 0.90),
                                  savings_band.band(TABLE, load, held_out, 0.90))


def test_more_confidence_is_a_wider_band_around_the_same_savings():
    load, held_out = months(np.linspace(-1, 3, 12))
    bands = [savings_band.band(TABLE, load, held_out, level).iloc[0] for level in (0.68, 0.90, 0.95)]
    widths = [row.high_kwh - row.low_kwh for row in bands]
    assert widths == sorted(widths) and len(set(widths)) == 3
    assert all(row.high_kwh + row.low_kwh == pytest.approx(1000) for row in bands)


def test_guideline_14_formula_by_hand():
    # n' = 100 of n = 400, m = 400: sqrt(4 x 1.02 / 400) = 0.100995; t(0.90, 100) = 1.6602
    expected = 1.6602 * 1.26 * (0.2 / 0.1) * 0.100995
    assert savings_band.fsu(0.1, 0.2, 400, 100, 400, 0.90) == pytest.approx(expected, rel=1e-4)
