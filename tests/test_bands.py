"""The width of bands by ranks of placebo scores."""

import numpy as np
import placebo
import placebo_periods
import pytest
import xarray as xr

from neutrality.energy import bands
from neutrality.reference import published


def test_one_wild_building_moves_the_width_by_at_most_one_rank():
    scores = np.arange(1.0, 58.0)
    wild = np.sort(np.append(scores[:-1], 1e6))
    assert bands.quantile(wild, 0.90) == bands.quantile(scores, 0.90)
    share, model = np.full(9, 0.05), np.full(9, 0.01)
    assert bands.drift(np.append(share, 50.0), np.append(model, 0.01)) == bands.drift(share, model)


def test_ranks_cover_a_further_building_at_the_stated_rate():
    # Exchangeable scores of a heavy tail: the share under the quantile of the others is the level.
    rng = np.random.default_rng(3)
    hits = [
        rng.standard_t(2) ** 2 <= bands.quantile(np.sort(rng.standard_t(2, 40) ** 2), 0.9)
        for _ in range(4000)
    ]
    assert np.mean(hits) == pytest.approx(0.90, abs=0.015)


def test_a_level_beyond_all_ranks_extends_the_greatest_score():
    scores = np.arange(1.0, 14.0)
    widths = [bands.quantile(scores, level) for level in (0.5, 0.9, 0.95, 0.99)]
    assert widths == sorted(widths) and widths[2] > 13


def test_other_fuels_take_the_drift_of_gas():
    assert bands.drift_row("heat", "daily") == bands.drift_row("gas", "daily")


@pytest.mark.parametrize("resolution", bands.RESOLUTIONS)
def test_scores_and_drift_are_published_for_each_fuel(resolution):
    assert len(bands.published_scores(resolution)) == 70
    for fuel in ("electricity", "gas"):
        assert 3 < published.coefficient(bands.drift_row(fuel, resolution)) < 9


def test_model_error_of_bills_by_hand():
    # Errors of +60 and -60 kWh on bills of 30 days: +-2 kWh/d; half the mean square of successive
    # differences is 8; 12 bills predicted, 12 fitted.
    model = xr.Dataset(
        {
            "left_out_kwh": (("period", "meter"), np.array([[60.0, -60.0] * 6]).T),
            "period_days": ("period", np.full(12, 30.0)),
        },
        {"meter": ["main"]},
        {"half_life_days": np.inf},
    )
    assert bands.model_error(model)["main"] == pytest.approx(np.sqrt(8 * (1 / 12 + 1 / 12)))


REAL = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not placebo.REAL.exists(), reason="no measured buildings in ../shared/realdata"
    ),
]


@pytest.fixture(scope="module")
def rows():
    return {
        kind: {fuel: placebo_periods.placebo_rows(fuel, kind) for fuel in ("electricity", "gas")}
        for kind in placebo_periods.KINDS
    }


@pytest.mark.parametrize("kind", ["days", "reads"], ids=["daily", "bills"])
class TestMeasured:
    pytestmark = REAL

    def test_published_scores_and_drift_are_those_of_these_buildings(self, rows, kind):
        resolution, scores = placebo_periods.KINDS[kind], []
        for fuel, each in rows[kind].items():
            drift = published.coefficient(bands.drift_row(fuel, resolution)) / 100
            assert drift == pytest.approx(bands.drift(each.saved_share, each.model_share), abs=6e-5)
            scores.append(bands.scores(each.saved_share, each.model_share, drift))
        ours = np.sort(np.concatenate(scores))
        np.testing.assert_allclose(bands.published_scores(resolution), ours, atol=2e-4)

    def test_bands_of_other_buildings_cover_at_about_the_stated_rate(self, rows, kind):
        one, other = rows[kind]["electricity"], rows[kind]["gas"]
        covered = (one.saved_share.abs() <= placebo.halves(one, other)).mean()
        assert 0.80 <= covered <= 0.97

    def test_errors_of_the_next_year_are_small(self, rows, kind):
        assert rows[kind]["electricity"].saved_share.abs().median() <= 0.05
