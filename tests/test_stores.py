"""A portfolio in one Zarr store: the same figures as site by site, in the memory that was said."""

import hashlib
import os
import subprocess
import sys

import estate
import numpy as np
import pandas as pd
import pytest

pytest.importorskip("zarr", reason="extra arrays not installed")

from neutrality.energy import baseline, evidence, meters, models, savings
from neutrality.green import coverage
from neutrality.inventory import views
from neutrality.stores import green_by_meter, layout, plan, savings_by_meter, work

GB = 1e9
BASE, YEAR = estate.YEARS


def planned(folder, memory=4 * GB, jobs=1):
    return plan.plan(layout.open_store(folder), memory, jobs)


def savings_of(folder, **choices):
    made, _ = savings_by_meter.by_meter(
        folder, planned(folder), savings_by_meter.Choices(BASE, YEAR, **choices)
    )
    return made.set_index("meter")


def alone(part, meter, half_life_days=0.0, level=0.90):
    """The figures of one meter as notebook 01 makes them for a site with this main meter."""
    one = part.load_kwh.sel(meter=[meter]).astype(float).assign_coords(meter=["main"])
    station = str(part.station.sel(meter=meter).values)
    weather = estate.weather()[[station]].set_axis(["outdoor_c"], axis=1)
    outdoor = meters.outdoor_on(one, weather)
    base, now = (one.local_year.values == year for year in estate.YEARS)
    evidence.refuse(one, outdoor, estate.YEARS, 0.02)
    load, _ = meters.fill_gaps(one)
    chosen = models.choose(one, "auto")
    competition = models.half_life_errors(one[base], outdoor[base], chosen)
    half_life = half_life_days or float(competition.idxmin())
    fitted = models.fit(one, outdoor, BASE, chosen, half_life)
    modelled = models.predict(fitted, outdoor[base])
    held_out = models.held_out(one, outdoor, BASE, chosen, half_life)
    seen, _ = models.statistics(one[base], modelled, held_out, fitted)
    made = savings.avoided(load[now], models.predict(fitted, meters.fill_outdoor(outdoor[now])))
    error = models.error(one[base], modelled, fitted, half_life)
    made = models.band(made, error, level, models.drift(one), outdoor, estate.YEARS)
    return made.assign(half_life_days=half_life, r2=seen.r2.values, cv_rmse=seen.cv_rmse.values)


FIGURES = ["predicted_kwh", "metered_kwh", "savings_kwh", "low_kwh", "high_kwh", "half_life_days"]
FIGURES += ["r2", "cv_rmse"]


@pytest.fixture(scope="module")
def hourly(tmp_path_factory):
    """A store with faults, of two parts and of two chunks, and those parts."""
    parts = [estate.with_faults(estate.of_hours(64)), estate.of_hours(6, 7, "late")]
    return estate.store(tmp_path_factory.mktemp("stores") / "hours.zarr", *parts), parts


@pytest.mark.parametrize("half_life_days", [60.0, 0.0])
def test_hourly_savings_are_those_of_each_site_alone(hourly, half_life_days):
    folder, parts = hourly
    made = savings_of(folder, half_life_days=half_life_days)
    assert list(made.index) == [name for part in parts for name in part.meter.values]
    for part, meter in [(parts[0], f"site{at:05}") for at in (6, 7, 8, 63)] + [(parts[1], "late00003")]:
        expected = alone(part, meter, half_life_days)[FIGURES].iloc[0].astype(float)
        np.testing.assert_allclose(made.loc[meter, FIGURES].astype(float), expected, rtol=1e-9)


def test_faults_are_reasons_in_the_words_of_one_site_and_touch_no_other(hourly):
    folder, parts = hourly
    made = savings_of(folder, half_life_days=60.0)
    refused = made[made["reason"] != ""]
    assert list(refused.index) == [f"site{at:05}" for at in range(6)]
    assert refused[FIGURES].isna().all(axis=None)
    for meter in refused.index:
        with pytest.raises(ValueError) as told:
            alone(parts[0], meter, 60.0)
        assert refused.at[meter, "reason"] == str(told.value).replace("main", meter)
    assert made.at["site00006", "gaps"] == 20 and made.at["site00006", "gaps_base"] == 20
    assert made["stuck_hours"].to_dict()["site00007"] == 60
    assert (made["stuck_hours"] > 0).sum() == 1


@pytest.mark.parametrize("days", [False, True])
def test_savings_of_bills_and_days_are_those_of_each_site_alone(tmp_path, days):
    part = estate.of_bills(3, days=days)
    folder = estate.store(tmp_path / "bills.zarr", part)
    made = savings_of(folder)
    assert (made["reason"] == "").all()
    for meter in made.index:
        expected = alone(part, meter)[FIGURES].iloc[0].astype(float)
        np.testing.assert_allclose(made.loc[meter, FIGURES].astype(float), expected, rtol=1e-9)
