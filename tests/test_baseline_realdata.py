"""Accuracy, bias and coverage of the baseline on two measured years of real buildings."""

from statistics import NormalDist

import numpy as np
import pandas as pd
import placebo
import pytest
import xarray as xr

from neutrality.energy import bands, baseline, savings
from neutrality.reference import published

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not placebo.REAL.exists(), reason="no measured buildings in ../shared/realdata"
    ),
]


@pytest.fixture(scope="module")
def pairs():
    return {fuel: list(placebo.cases(fuel)) for fuel in ("electricity", "gas")}


@pytest.fixture(scope="module")
def rows(pairs):
    return {
        fuel: placebo.placebo(each, half_life=placebo.half_life_days(each))
        for fuel, each in pairs.items()
    }


def halves_of(rows, fuel="electricity", level=placebo.LEVEL):
    """Half widths of a fuel's bands, from all other buildings of both fuels."""
    other = "gas" if fuel == "electricity" else "electricity"
    return placebo.halves(rows[fuel], rows[other], level)


def likely_at_least(trials, share):
    """The successes that `trials` of probability `share` reach in 99 of 100 cases (normal
    approximation).
    """
    return np.floor(
        trials * share + NormalDist().inv_cdf(0.01) * np.sqrt(trials * share * (1 - share))
    )


def test_half_of_the_buildings_are_fitted_within_guideline_14(rows):
    # 30 % hourly; LBNL-187225 found medians under 25 % for every model (recalled, table not found).
    assert rows["electricity"].seen_cv_rmse.median() < 0.25
    assert (rows["electricity"].seen_cv_rmse < 0.30).mean() > 0.5


def test_every_meter_is_fitted_and_predicted(rows):
    assert {fuel: len(each) for fuel, each in rows.items()} == {"electricity": 57, "gas": 13}
    assert all(np.isfinite(each.cv_rmse).all() for each in rows.values())


def test_errors_of_the_next_year_are_not_biased(rows):
    # These buildings had no common project: a biased baseline would show savings that are not
    # there.
    share = rows["electricity"].saved_share
    fewest = likely_at_least(len(share), 0.5)
    assert fewest <= (share > 0).sum() <= len(share) - fewest
    assert abs(share.median()) < 2 * 1.2533 * share.std() / np.sqrt(
        len(share)
    )  # standard error of a median


def test_each_addition_to_plain_towt_lowers_the_error(pairs, rows):
    plain = placebo.placebo(list(placebo.cases(closed=False)), "towt")
    closed, lagged = (
        placebo.placebo(pairs["electricity"], model) for model in ("towt", "towt_lagged")
    )
    ladder = [np.log(each.cv_rmse).mean() for each in (plain, closed, lagged, rows["electricity"])]
    assert ladder == sorted(ladder, reverse=True)


def test_band_covers_zero_savings_at_its_stated_rate_and_the_formula_does_not(rows):
    error = rows["electricity"].saved_share.abs()
    assert likely_at_least(57, placebo.LEVEL) <= (error <= halves_of(rows)).sum()
    assert (error <= rows["electricity"].formula_share).sum() < likely_at_least(57, placebo.LEVEL)
    for level in (0.50, 0.68, 0.80):  # not too wide either
        covered, trials = (error <= halves_of(rows, level=level)).sum(), len(error)
        assert (
            likely_at_least(trials, level) <= covered <= trials - likely_at_least(trials, 1 - level)
        )


def test_published_drift_and_coverage_are_those_of_these_buildings(rows):
    for fuel, each in rows.items():
        drift = bands.drift(each.saved_share, each.model_share)
        assert published.coefficient(f"drift_{fuel}") == pytest.approx(100 * drift, abs=0.006)
        assert published.coefficient(f"drift_{fuel}_buildings") == len(each)
        shipped, half = savings.placebo_row(fuel, "band"), halves_of(rows, fuel)
        assert (shipped.buildings, shipped.covered) == (
            len(each),
            (each.saved_share.abs() <= half).sum(),
        )
        assert shipped.half_width_percent == pytest.approx(100 * half.median(), abs=0.01)


def test_local_time_describes_confirmed_clocks_better_than_utc():
    about = pd.read_csv(placebo.REAL / "metadata.csv")
    confirmed = about.query("fuel == 'electricity' and years_clock_confirmed_utc == 2")
    squares = {}
    for timezone in ("Europe/London", "UTC"):
        fits = [(*base, baseline.fit(*base)) for base, _ in placebo.cases(timezone=timezone)]
        squares[timezone] = xr.concat(
            [
                ((load - baseline.predict(fitted, outdoor_c)) ** 2).mean("time")
                for load, outdoor_c, fitted in fits
            ],
            dim="meter",
        ).to_series()
    better = (squares["Europe/London"] < squares["UTC"])[confirmed.building_id]
    assert better.sum() > len(better) - likely_at_least(
        len(better), 0.5
    )  # significantly more than half
