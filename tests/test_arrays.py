"""Every NetCDF that is written follows the CF conventions, and reads back as it was."""

import json

import pandas as pd
import pytest
import xarray as xr
from compliance_checker.runner import CheckSuite, ComplianceChecker

from neutrality.case import arrays
from neutrality.energy import meters, periods
from neutrality.trend import intensity

ZONE = "Asia/Shanghai"
CONVENTIONS = "cf:1.11"


@pytest.fixture(scope="module", autouse=True)
def checkers():
    CheckSuite.load_all_available_checkers()


def departures(path, tmp_path):
    """What the CF checker of IOOS has to say of a file: errors and warnings alike, none is left."""
    report = tmp_path / f"{path.stem}.json"
    _, failed = ComplianceChecker.run_checker(
        str(path), [CONVENTIONS], 0, "strict", output_filename=str(report), output_format="json"
    )
    held = json.loads(report.read_text(encoding="utf-8"))[CONVENTIONS]
    found = [said for rank in ("high", "medium", "low") for said in held[f"{rank}_priorities"]]
    assert held["scored_points"] > 0 and not failed  # no check that could not be made
    return [message for each in found for message in each["msgs"]]


@pytest.fixture
def hours():
    index = pd.date_range("2024-12-31 16:00", periods=48, freq="h", tz="UTC")
    energy = pd.DataFrame({"main_kwh": range(48), "cooling_kwh": 0.1}, index)
    return meters.to_array(energy, ZONE)


@pytest.fixture
def days():
    local = pd.date_range("2025-01-01", periods=3, freq="D", tz=ZONE)
    return meters.on_days(
        pd.DataFrame({"a": [1.5, 2.5, 3.5]}).to_numpy(), ["main"], local, None, periods.DAYS
    )


@pytest.mark.parametrize("kind", ["hours", "days"])
def test_a_load_follows_the_conventions_and_reads_back_as_it_was(kind, tmp_path, request):
    load = request.getfixturevalue(kind)
    meters.write_load(load, tmp_path)
    (path,) = tmp_path.glob("*.nc")
    assert departures(path, tmp_path) == []
    read = meters.read_load(tmp_path)
    xr.testing.assert_equal(read, load)
    assert read.dims == load.dims and read.values.flags.c_contiguous
    assert read.attrs["timezone"] == ZONE and meters.is_hourly(read) == (kind == "hours")


@pytest.mark.parametrize("bases", [["revenue", "volume"], []])
def test_drivers_follow_the_conventions_and_read_back_as_they_were(bases, tmp_path):
    years = range(2020, 2024)
    carbon = pd.Series([4.0, 3.0, 3.5, 3.2], years)
    activity = pd.DataFrame({"revenue": [1.0, 1.1, 1.3, 1.4], "volume": [5.0, 6, 7, 8]}, years)
    effects = intensity.drivers(carbon, activity[bases], 2020)
    intensity.write_drivers(effects, tmp_path)
    assert departures(tmp_path / intensity.DRIVERS, tmp_path) == []
    xr.testing.assert_equal(arrays.read(tmp_path / intensity.DRIVERS), effects)


def test_the_checker_sees_what_is_wrong(hours, tmp_path):
    hours.drop_vars("meter").to_netcdf(tmp_path / "raw.nc", engine="netcdf4")
    assert any("UDUNITS" in said for said in departures(tmp_path / "raw.nc", tmp_path))


def test_every_netcdf_of_the_first_case_follows_the_conventions(first_bundle, tmp_path):
    found = sorted(first_bundle.rglob("*.nc"))
    assert [path.name for path in found] == ["drivers.nc", "load.nc"]
    assert [said for path in found for said in departures(path, tmp_path)] == []
