"""On two measured years of 57 buildings that nobody here wrote, the baseline behaves as it says."""

from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from neutrality import baseline, meters, savings_band

REAL = Path(__file__).parents[2] / "shared" / "realdata"
pytestmark = pytest.mark.skipif(not REAL.exists(), reason="no measured buildings in ../shared/realdata")
LEVEL = 0.90


def cases(fuel="electricity", timezone="Europe/London"):
    """Yield load and outdoor temperature of the base and the next year, for meters of the same years."""
    about = pd.read_csv(REAL / "metadata.csv").query("fuel == @fuel")
    energy = (pd.read_parquet(REAL / f"{fuel}.parquet")
              .pivot_table(index="timestamp", columns="building_id", values="kwh", observed=True)
              .astype(float).add_suffix("_kwh"))
    weather = pd.read_parquet(REAL / "weather.parquet").set_index("timestamp")
    weather = weather.temperature_c.astype(float).to_frame("outdoor_c")
    for years, group in about.groupby(["train_year", "test_year"]):
        both = energy.loc[energy.index.year.isin(years), [f"{meter}_kwh" for meter in group.building_id]]
        load = meters.to_array(both, timezone)
        halves = [load.sel(time=load.local_year == year) for year in years]
        yield [(half, meters.outdoor_on(half, weather)) for half in halves]


def measure(fuel="electricity"):
    """One row a meter: goodness of fit, the next year's savings, the band and Guideline 14's half width."""
    rows = []
    for (load, outdoor_c), (next_load, next_outdoor_c) in cases(fuel):
        fitted = baseline.fit(load, outdoor_c)
        fit = baseline.fit_statistics(load, baseline.predict(fitted, outdoor_c), fitted.parameters)
        next_year = baseline.predict(fitted, next_outdoor_c)
        unseen = baseline.fit_statistics(next_load, next_year, 0)
        table = savings_band.band(baseline.savings(next_load, next_year), load,
                                  baseline.held_out(load, outdoor_c), LEVEL)
        fsu_share = [savings_band.fsu(1.0, *each, hours, LEVEL) for *each, hours in zip(
            fit.cv_rmse.values, fit.hours.values, fit.effective_hours.values, table.hours)]
        rows.append(table.assign(cv_rmse=fit.cv_rmse.values, nmbe=fit.nmbe.values,
                                 unseen_nmbe=unseen.nmbe.values,
                                 fsu_half_kwh=np.array(fsu_share) * table.predicted_kwh))
    return pd.concat(rows, ignore_index=True)


@pytest.fixture(scope="module")
def electricity():
    return measure()


def likely_at_least(trials, share):
    """Successes that a fair count of `trials` reaches in 99 of 100 cases (normal approximation)."""
    return np.floor(trials * share + NormalDist().inv_cdf(0.01) * np.sqrt(trials * share * (1 - share)))


def test_half_of_the_buildings_are_fitted_within_guideline_14(electricity):
    # 30 % hourly; LBNL-187225 found medians under 25 % for every model (recalled, table not found).
    assert electricity.cv_rmse.median() < 0.25
    assert (electricity.cv_rmse < 0.30).mean() > 0.5


def test_least_squares_has_no_bias_on_its_own_year(electricity):
    assert electricity.nmbe.abs().max() < 1e-9


def test_next_year_is_off_to_either_side_alike(electricity):
    # Nothing was done to these buildings as a group: a baseline that leaned to one side would make savings.
    saved = (electricity.unseen_nmbe < 0).sum()
    fewest = likely_at_least(len(electricity), 0.5)
    assert fewest <= saved <= len(electricity) - fewest
    centre, spread = electricity.unseen_nmbe.median(), electricity.unseen_nmbe.std()
    assert abs(centre) < 2 * 1.2533 * spread / np.sqrt(len(electricity))  # standard error of a median


def test_band_covers_no_savings_as_often_as_it_says_and_the_formula_does_not(electricity):
    covered = (electricity.low_kwh <= 0) & (electricity.high_kwh >= 0)
    enough = likely_at_least(len(electricity), LEVEL)
    assert covered.sum() >= enough
    assert (electricity.savings_kwh.abs() <= electricity.fsu_half_kwh).sum() < enough


def test_local_time_describes_confirmed_clocks_better_than_utc():
    about = pd.read_csv(REAL / "metadata.csv")
    confirmed = about.query("fuel == 'electricity' and years_clock_confirmed_utc == 2")
    squares = {}
    for timezone in ("Europe/London", "UTC"):
        fits = [(*base, baseline.fit(*base)) for base, _ in cases(timezone=timezone)]
        squares[timezone] = xr.concat([((load - baseline.predict(fitted, outdoor_c))**2).mean("time")
                                       for load, outdoor_c, fitted in fits], dim="meter").to_series()
    better = (squares["Europe/London"] < squares["UTC"])[confirmed.building_id]
    assert better.sum() > len(better) - likely_at_least(len(better), 0.5)  # more than a coin would say
