"""A portfolio in one Zarr store: the same figures as site by site, in the memory that was said."""

import hashlib
import re
import subprocess
import sys
import warnings

import estate
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from conftest import ROOT

from neutrality import cli

pytest.importorskip("zarr", reason="extra arrays not installed")

from neutrality.energy import baseline, evidence, meters, models, periods, savings
from neutrality.green import coverage
from neutrality.inventory import views
from neutrality.portfolio import cluster
from neutrality.stores import green_by_meter, layout, plan, savings_by_meter

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
    if meters.is_hourly(one):
        seen = baseline.fit_statistics(one[base], modelled, fitted.parameters)
    else:
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


@pytest.mark.slow
@pytest.mark.parametrize("half_life_days", [60.0, 0.0])
def test_hourly_savings_are_those_of_each_site_alone(hourly, half_life_days):
    folder, parts = hourly
    made = savings_of(folder, half_life_days=half_life_days)
    assert list(made.index) == [name for part in parts for name in part.meter.values]
    for part, meter in [(parts[0], f"site{at:05}") for at in (6, 7, 8, 63)] + [
        (parts[1], "late00003")
    ]:
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


@pytest.mark.slow
@pytest.mark.parametrize("days", [False, True])
def test_savings_of_bills_and_days_are_those_of_each_site_alone(tmp_path, days):
    part = estate.of_bills(3, days=days)
    folder = estate.store(tmp_path / "bills.zarr", part)
    made = savings_of(folder)
    assert (made["reason"] == "").all()
    for meter in made.index[:2]:
        expected = alone(part, meter)[FIGURES].iloc[0].astype(float)
        found = made.loc[meter, FIGURES].astype(float)
        # savings are a difference: to 1e-9 of the energy; the ridge of months held out has a
        # condition of 1e8, so that statistics of its errors repeat to 1e-6
        kwh = [name for name in FIGURES if name.endswith("_kwh")]
        np.testing.assert_allclose(found[kwh], expected[kwh], atol=1e-9 * expected["metered_kwh"])
        np.testing.assert_allclose(found[["r2", "cv_rmse"]], expected[["r2", "cv_rmse"]], rtol=1e-5)


def test_bills_with_a_gap_have_a_reason(tmp_path):
    part = estate.of_bills(3)
    kwh, number = part.load_kwh.values.copy(), part.period.values.copy()
    kwh[40:100, 1], number[40:100, 1] = np.nan, periods.NO_PERIOD
    load = part.load_kwh.copy(data=kwh).assign_coords(period=(("time", "meter"), number))
    made = savings_of(estate.store(tmp_path / "bills.zarr", part.assign(load_kwh=load)))
    assert "60 of 366 days of 2024" in made.at["bill001", "reason"]
    assert (made["reason"] == "").sum() == 2


@pytest.mark.parametrize("period", coverage.PERIODS)
def test_green_power_is_that_of_each_site_alone(tmp_path_factory, green, period):
    folder, part = green
    made, _ = green_by_meter.by_meter(folder, planned(folder), YEAR, period)
    made = made.set_index("meter")
    assert made.loc["site00000", "reason"].startswith("the load has")
    for meter in ("site00003", "site00006", "site00019"):
        one = part.sel(meter=meter)
        load, _ = meters.fill_gaps(part.load_kwh.sel(meter=[meter]).astype(float))
        load = meters.by_hour(load, meter, YEAR)
        supply = one.claimed_kwh.to_series()
        if green_by_meter.SUPPLY[period] == "green_kwh":
            supply = meters.by_hour(part.green_kwh.sel(meter=[meter]).astype(float), meter, YEAR)
        elif period == "M":
            supply = supply[supply.index.str.startswith(str(YEAR))]
        sums = coverage.matched(load, supply, period).sum()
        np.testing.assert_allclose(made.loc[meter, sums.index].astype(float), sums, rtol=1e-9)
        factor = float(one.location_kg_per_kwh)
        tonnes = (
            views.location_based_t(sums.load_kwh, factor),
            views.market_based_t(sums.load_kwh, sums.matched_kwh, factor),
            views.avoided_t(sums.matched_kwh, factor),
        )
        found = made.loc[meter, ["location_t", "market_t", "avoided_t"]].astype(float)
        np.testing.assert_allclose(found, tonnes, rtol=1e-9, atol=1e-9)


@pytest.fixture(scope="module")
def green(tmp_path_factory):
    part = estate.with_green(estate.with_faults(estate.of_hours(20)))
    part = part.assign_coords(part.load_kwh.coords)
    attrs = part.load_kwh.attrs
    part = part.assign(green_kwh=part.green_kwh.assign_attrs(attrs))
    return estate.store(tmp_path_factory.mktemp("green") / "green.zarr", part), part


def test_a_supply_or_year_that_is_not_there_is_refused(green, hourly):
    with pytest.raises(ValueError, match="holds 2024 to 2025, not 2022"):
        green_by_meter.by_meter(green[0], planned(green[0]), 2022, "Y")
    with pytest.raises(ValueError, match="no array claimed_kwh"):
        green_by_meter.by_meter(hourly[0], planned(hourly[0]), YEAR, "M")


def test_the_same_parts_make_the_same_bytes_and_are_read_back(tmp_path):
    parts = [estate.of_hours(64), estate.of_hours(3, 1, "late")]
    digests = []
    for name in ("a.zarr", "b.zarr"):
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Zarr warns of what its format 3 has no word for
            folder = estate.store(tmp_path / name, *parts)
            store = layout.open_store(folder)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        held = [(str(path.relative_to(folder)), path.read_bytes()) for path in files]
        digests.append(hashlib.sha256(repr(held).encode()).hexdigest())
    assert digests[0] == digests[1]
    both = xr.concat([part.load_kwh for part in parts], "meter").transpose("time", "meter")
    xr.testing.assert_equal(store.load_kwh.load(), both)
    assert store.load_kwh.dtype == "float32" and store.load_kwh.attrs["units"] == "kWh"
    assert store.floor_area_m2.values.tolist() == [
        area for part in parts for area in part.floor_area_m2.values
    ]


def test_a_store_is_refused_where_it_exists_or_its_parts_do_not_fit(tmp_path, hourly):
    folder, parts = hourly
    with pytest.raises(ValueError, match="exists already"):
        layout.write(folder, parts, estate.weather())
    with pytest.raises(ValueError, match="has other times"):
        estate.store(tmp_path / "x.zarr", parts[1], parts[1].isel(time=slice(8784)))
    with pytest.raises(ValueError, match="no column harbin"):
        layout.write(tmp_path / "y.zarr", parts[:1], estate.weather()[["beijing"]])
    assert not (tmp_path / "x.zarr").exists()
    with pytest.raises(ValueError, match="no Zarr store"):
        layout.open_store(tmp_path)


def test_the_plan_keeps_to_the_memory_or_refuses(hourly):
    store = layout.open_store(hourly[0])
    wide = plan.plan(store, 100 * GB, 8)
    assert wide.at_once == layout.CHUNK_METERS and wide.jobs == 2  # of two chunks
    assert [part.stop - part.start for part in wide.parts] == [64, 6]
    one = wide.process_bytes + store.sizes["time"] * plan.BYTES_A_READING["hours"]
    narrow = plan.plan(store, one, 8)
    assert narrow.at_once == 1 and narrow.jobs == 0 and len(narrow.parts) == 70
    assert narrow.total_bytes <= one < wide.total_bytes <= 100 * GB
    with pytest.raises(ValueError, match="is too little"):
        plan.plan(store, one - 1, 8)
    with pytest.raises(ValueError, match="write it as 2GB"):
        plan.in_bytes("much")


@pytest.mark.slow
@pytest.mark.parametrize("kind, memory", [("hours", "450MB"), ("days", "2GB")])
def test_the_memory_held_stays_below_what_was_said(tmp_path, kind, memory):
    """In a process of its own, for a peak is that of the whole life of a process."""
    part = estate.of_hours(128) if kind == "hours" else estate.of_bills(24, days=True)
    folder = estate.store(tmp_path / "store.zarr", part)
    said = command("baseline", folder, "--base-year", BASE, *about(tmp_path, memory))
    before, after = (int(each.replace(",", "")) for each in re.findall(r"([\d,]+) MB", said))
    assert after <= before <= plan.in_bytes(memory) / 1e6, said


def about(folder, memory="2GB"):
    return ("--year", YEAR, "--to", folder / "rows.parquet", "--memory", memory, "--jobs", 1)


def command(*arguments, code=0):
    """Run the command line in a process of its own; return what it printed."""
    line = [sys.executable, "-m", "neutrality", *map(str, arguments)]
    done = subprocess.run(line, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == code, done.stderr[-2000:]
    return done.stdout


@pytest.mark.slow
def test_processes_give_the_same_rows_as_one(hourly, tmp_path):
    folder, _ = hourly
    tables = []
    for jobs, lang in ((1, "en"), (2, "zh")):
        to = tmp_path / f"{jobs}.parquet"
        years = ("--base-year", BASE, "--year", YEAR, "--half-life", 60)
        said = command("baseline", folder, *years, "--to", to, "--jobs", jobs, "--lang", lang)
        tables.append(pd.read_parquet(to))
        assert ("64 of 70 meters" if lang == "en" else "70 个表计中 64 个") in said
    pd.testing.assert_frame_equal(*tables)


def test_the_documentations_store_is_made_and_its_commands_are_understood(tmp_path, monkeypatch):
    page = (ROOT / "docs/en/portfolios.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    for line in re.findall(r"^neutrality (.+)$", page, re.MULTILINE):
        assert cli.parser().parse_args(line.split()).command
    part, weather = estate.of_hours(5), estate.weather()
    kwh = part.load_kwh.to_pandas()
    kwh.tz_localize("UTC").to_parquet(tmp_path / "readings.parquet")
    weather.to_parquet(tmp_path / "weather.parquet")
    part[["station", "floor_area_m2"]].to_dataframe().to_csv(tmp_path / "meters.csv")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "portfolios.md", "exec"), {})
    folder = estate.store(tmp_path / "same.zarr", part)
    held = [layout.open_store(each) for each in (folder, tmp_path / "estate.zarr")]
    xr.testing.assert_identical(*(each.load_kwh.load() for each in held))


@pytest.mark.slow
def test_figures_made_on_a_cluster_are_those_made_here(tmp_path, capsys):
    distributed = pytest.importorskip("distributed", reason="extra dask not installed")
    folder = estate.store(tmp_path / "hours.zarr", estate.of_hours(5))
    about = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    asked = ["baseline", str(folder), "--base-year", str(BASE), "--year", str(YEAR)]
    with distributed.LocalCluster(**about, processes=False, protocol="tcp") as local:
        for name, more in (("there", ["--scheduler", local.scheduler_address]), ("here", [])):
            assert cli.main([*asked, "--to", str(tmp_path / f"{name}.csv"), *more]) == 0
        capsys.readouterr()
        with cluster.mapped(local.scheduler_address, folder) as (_, threads):
            assert threads == 2
        with (
            pytest.raises(ValueError, match="does not see"),
            cluster.mapped(local.scheduler_address, tmp_path / "elsewhere"),
        ):
            pass
    assert (tmp_path / "there.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()
