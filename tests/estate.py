"""A made portfolio as a store: hours of some buildings in two years, a few of them with faults."""

from functools import cache

import numpy as np
import pandas as pd
import xarray as xr

from neutrality.energy import calendars, meters, periods
from neutrality.stores import layout

ZONE, YEARS = "Asia/Shanghai", (2024, 2025)
STATIONS = {"beijing": (12.0, 15.0), "harbin": (5.0, 20.0)}
HOURS = pd.date_range("2023-12-31 16:00", "2025-12-31 15:00", freq="h", tz="UTC")


@cache
def weather(seed=0):
    """Outdoor temperature by UTC hour, a column a station [°C]."""
    draws, day = np.random.default_rng(seed), np.arange(len(HOURS)) / 24
    made = {
        name: mean - reach * np.cos(2 * np.pi * day / 365.25) + 4 * np.sin(2 * np.pi * day)
        for name, (mean, reach) in STATIONS.items()
    }
    return pd.DataFrame(made, HOURS) + draws.normal(0, 2, (len(HOURS), len(made))).round(1)


def of_hours(count, seed=0, prefix="site", dtype="float32"):
    """The part of a store with so many meters by the hour; they save 10 % in the second year."""
    draws = np.random.default_rng(seed)
    clock = _clock()
    station = np.sort(draws.integers(0, len(STATIONS), count))
    outdoor = weather().to_numpy()[:, station]
    profile = draws.gamma(4, 5, (168, count))[clock.hour_of_week.values]
    kwh = profile * (1 + 0.02 * np.maximum(outdoor - 18, 0) + 0.01 * np.maximum(12 - outdoor, 0))
    kwh *= np.where(clock.local_year.values == YEARS[1], 0.9, 1.0)[:, None]
    kwh = (kwh * (1 + 0.1 * draws.standard_normal(kwh.shape, "float32"))).astype(dtype)
    names = [f"{prefix}{at:05}" for at in range(count)]
    coords = {name: each for name, each in clock.coords.items() if each.dims == ("time",)}
    load = xr.DataArray(kwh, {**coords, "meter": names}, ("time", "meter"), "load_kwh", clock.attrs)
    about = {
        "station": ("meter", np.array([*STATIONS])[station]),
        "floor_area_m2": ("meter", draws.integers(1, 90, count) * 1000.0),
        "location_kg_per_kwh": ("meter", np.array([0.5554, 0.7])[station]),
    }
    return load.to_dataset().assign(about)


@cache
def _clock():
    return meters.to_array(pd.DataFrame({"a_kwh": 0.0}, HOURS), ZONE, special_days())


@cache
def special_days():
    """Public holidays of China in both years."""
    return calendars.days("CN", YEARS, False, None)


def with_green(part, seed=1):
    """The same part with certificates by month and an hourly supply, which may have gaps."""
    draws, count = np.random.default_rng(seed), part.sizes["meter"]
    months = [f"{year}-{month:02}" for year in YEARS for month in range(1, 13)]
    claimed = draws.integers(0, 40, (len(months), count)) * 1000.0
    green = draws.gamma(1, 20, part.load_kwh.shape).astype("float32")
    held = {"claimed_kwh": (("month", "meter"), claimed), "green_kwh": (("time", "meter"), green)}
    return part.assign(held).assign_coords(month=months)


def with_faults(part):
    """The same part with a fault in each of the first meters: none at all, gaps, a register, an
    hour beyond reason, tenfold units, one hour of the week never read, a short gap, a hanging
    meter.
    """
    kwh, week = part.load_kwh.values.copy(), part.hour_of_week.values
    later = part.local_year.values == YEARS[1]
    kwh[:, 0] = np.nan
    kwh[:1000, 1] = np.nan
    kwh[later, 2] = np.cumsum(kwh[later, 2])
    kwh[5000, 3] = 5e5
    kwh[later, 4] *= 100
    kwh[week == 30, 5] = np.nan
    kwh[300:320, 6], kwh[-400:-380, 6] = np.nan, np.nan
    kwh[700:760, 7] = kwh[700, 7]
    return part.assign(load_kwh=part.load_kwh.copy(data=kwh))


def of_bills(count, seed=3, days=False):
    """The part of a store with meters read by bills of a month, or by the day."""
    draws, rows = np.random.default_rng(seed), []
    daily = weather()["beijing"].tz_convert(ZONE).resample("D").mean()
    for at in range(count):
        need = 100 + 5 * draws.random() * (16 - daily).clip(lower=0)
        kwh = need if days else need.resample("MS").sum()
        kwh = kwh * draws.gamma(400, 1 / 400, len(kwh))
        end = kwh.index[1:].append(daily.index[-1:] + pd.DateOffset(days=1))
        rows.append(pd.DataFrame({"meter": f"bill{at:03}", "start": kwh.index, "end": end}))
        rows[-1]["amount"] = kwh.to_numpy()
    table = pd.concat(rows, ignore_index=True).assign(
        unit="kWh", energy="electricity", source="", quality=""
    )
    load, _ = periods.by_day(table, ZONE, special_days())
    station = np.full(count, "beijing")
    return load.to_dataset(name="load_kwh").assign(station=("meter", station))


def store(folder, *parts):
    """Write a store of some parts and return its folder."""
    layout.write(folder, parts, weather())
    return folder
