"""Readings as arrays of time and meter in the site's local time, by the hour or, where bills or
days were read, by the day: gaps filled, written and read, summed by month and day.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from neutrality.case import arrays
from neutrality.reference import units

# Files of the load in a folder of results, by whether it is hourly.
_LOADS = {True: "load.nc", False: "load_by_day.nc"}
_LONG_NAMES = {
    "hour_of_week": "hour of the local week, 0 from Monday 00:00, on the weekday that it counts as",
    "day_off": "1 on a local day without work, else 0",
    "local_year": "year on the site's clock",
    "local_month": "month on the site's clock",
}
_BYTE = 255  # the most that a byte counts
_HOURLY = "hours"  # the resolution of an hourly array
_MONDAY, SATURDAY, _SUNDAY = 0, 5, 6  # days of the week
_LEAST_OF_DAY = 0.5  # share of a day's hours that its mean temperature needs (0-1)
# Coordinates with the temperature of each hour of the clock, of an outdoor temperature by day.
OF_HOURS = tuple(f"at_{hour:02}_c" for hour in range(units.HOURS_PER_DAY))
OUTDOOR_GAP_HOURS = 6  # CalTRACK: outdoor temperature is interpolated over gaps up to this long


def to_array(
    energy: pd.DataFrame, timezone: str, calendar: pd.DataFrame | None = None
) -> xr.DataArray:
    """Return hourly energy as load_kwh(time, meter) [kWh] over whole local years; NaN where there
    is no reading.

    `energy` has a UTC index (start of the hour) and columns `<meter>_kwh`. `time` is UTC without
    zone. The coordinates `hour_of_week` (0 = Monday 00:00), `local_year` and `local_month` follow
    the clocks of `timezone`, summer time included. `calendar` (date, workday) lists public holidays
    and shifted working days: a weekday off takes the hours of a Sunday, a weekend day worked those
    of a Monday; `day_off` is 1 on days without work. Raises ValueError for a reading that is not at
    a full hour, and for two of one hour.

    >>> hours = pd.date_range("2024-12-31 16:00", periods=2, freq="h", tz="UTC")
    >>> load = to_array(pd.DataFrame({"main_kwh": [5.0, 7.0]}, hours), "Asia/Shanghai")
    >>> load.sizes["time"], int(load.hour_of_week[1]), float(load.sel(meter="main")[1])
    (8760, 49, 7.0)
    """
    local = _whole_years(energy.index, timezone)
    wrong = energy.index[energy.index.duplicated() | ~energy.index.isin(local)]
    if len(wrong):
        raise ValueError(
            f"energy: the reading at {wrong[0]} is not the only one of a full hour in "
            f"{timezone}; sum each hour's readings, labelled with its start, before modelling"
        )
    columns = [name for name in energy if name.endswith("_kwh")]
    load_kwh = xr.DataArray(
        energy[columns].reindex(local).to_numpy(float, copy=True),
        dims=("time", "meter"),
        name="load_kwh",
        coords={
            "time": local.tz_convert("UTC").tz_localize(None),
            "meter": [name.removesuffix("_kwh") for name in columns],
        },
        attrs={
            "units": "kWh",
            "long_name": "energy in the hour from time (UTC)",
            "timezone": timezone,
            "resolution": _HOURLY,
        },
    )
    return load_kwh.assign_coords(_local_time(local.tz_localize(None), calendar))


def on_days(
    kwh: np.ndarray,
    names: list[str],
    days: pd.DatetimeIndex,
    calendar: pd.DataFrame | None,
    resolution: str,
) -> xr.DataArray:
    """Return energy by local day as load_kwh(time, meter) [kWh in the day], with the coordinates of
    `to_array`; `days` are local midnights, `resolution` is that of the readings.
    """
    load_kwh = xr.DataArray(
        kwh,
        {"time": days.tz_convert("UTC").tz_localize(None), "meter": names},
        ("time", "meter"),
        "load_kwh",
        {
            "units": "kWh",
            "long_name": "energy in the local day from time (UTC)",
            "timezone": str(days.tz),
            "resolution": resolution,
        },
    )
    return load_kwh.assign_coords(_local_time(days.tz_localize(None), calendar))


def is_hourly(load_kwh: xr.DataArray) -> bool:
    """Return whether an array holds hours, and not days."""
    return load_kwh.attrs.get("resolution", _HOURLY) == _HOURLY


def _whole_years(hours: pd.DatetimeIndex, timezone: str) -> pd.DatetimeIndex:
    """Return every hour of the local years that some UTC hours are in, in `timezone`."""
    first, last = (each.tz_convert(timezone).year for each in (hours.min(), hours.max()))
    start, end = (
        pd.Timestamp(year=year, month=1, day=1, tz=timezone) for year in (first, last + 1)
    )
    return pd.date_range(start, end, freq="h", inclusive="left").as_unit("ns")


def _local_time(clock: pd.DatetimeIndex, calendar: pd.DataFrame | None) -> dict[str, tuple]:
    """Return the coordinates hour_of_week, day_off, local_year and local_month of local hours."""
    day_of_week, day_off = _day_of_week(clock, calendar)
    return {
        "hour_of_week": ("time", day_of_week * units.HOURS_PER_DAY + clock.hour.to_numpy()),
        "day_off": ("time", day_off.astype("int8")),
        "local_year": ("time", clock.year.to_numpy()),
        "local_month": ("time", clock.month.to_numpy()),
    }


def of_year(array: xr.DataArray, year: int) -> xr.DataArray:
    """Return the part of an array of `to_array` in a local year, not copied."""
    first, last = np.searchsorted(array.local_year.values, [year, year + 1])
    return array.isel(time=slice(first, last))


def count(true: np.ndarray) -> np.ndarray:
    """Return how many of each column of truths (time, meter) are true; a sum of bytes, as that of
    truths takes three times as long.
    """
    each, times = true.view("uint8"), len(true) // _BYTE
    whole, rest = np.split(each, [times * _BYTE])
    parts = whole.reshape(times, _BYTE, *true.shape[1:]).sum(axis=1, dtype="uint8")
    return parts.sum(axis=0, dtype=int) + rest.sum(axis=0, dtype=int)


def local_days(array: xr.DataArray) -> pd.DatetimeIndex:
    """Return the local day of each time of an array, at midnight without zone."""
    zone = array.attrs["timezone"]
    clock = pd.DatetimeIndex(array.time.values, tz="UTC").tz_convert(zone)
    return clock.tz_localize(None).normalize()


def _day_of_week(
    clock: pd.DatetimeIndex, calendar: pd.DataFrame | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the weekday that each hour counts as, 0 = Monday, and whether its day is a day off."""
    day = clock.day_of_week.to_numpy()
    if calendar is None or calendar.empty:
        return day, np.zeros(len(day), bool)
    date, workday = clock.to_numpy().astype("datetime64[D]"), calendar["workday"].to_numpy(bool)
    special = pd.to_datetime(calendar["date"]).to_numpy().astype("datetime64[D]")
    off, worked = (np.isin(date, special[workday == wanted]) for wanted in (False, True))
    counted = np.where(worked & (day >= SATURDAY), _MONDAY, day)
    return np.where(off & (day < SATURDAY), _SUNDAY, counted), off


def outdoor_on(load_kwh: xr.DataArray, weather: pd.DataFrame) -> xr.DataArray:
    """Return outdoor_c(time) [°C] at the hours of the load, with its local-time coordinates; of a
    load by day the mean of each day, with those of its hours as the coordinates OF_HOURS.

    `weather` has a UTC index and a column `outdoor_c`. Gaps up to six hours are interpolated
    (CalTRACK); longer ones stay NaN, and no model is fitted on those hours. A day of which half
    the hours or more are unknown is NaN too.
    """
    times = pd.DatetimeIndex(load_kwh.time.values, tz="UTC")
    extra = [name for name, each in load_kwh.coords.items() if len(each.dims) > 1]
    of_meter = load_kwh.isel(meter=0, drop=True).drop_vars(extra)
    if is_hourly(load_kwh):
        outdoor_c = of_meter.copy(data=_interpolated(weather, times).to_numpy(float, copy=True))
    else:
        hourly_c = _by_clock_hour(weather, times, load_kwh.attrs["timezone"])
        known = hourly_c.notna().mean(axis=1) > _LEAST_OF_DAY
        outdoor_c = of_meter.copy(data=hourly_c.mean(axis=1).where(known).to_numpy())
        of_hour = {name: ("time", hourly_c[at].to_numpy()) for at, name in enumerate(OF_HOURS)}
        outdoor_c = outdoor_c.assign_coords(of_hour)
    return outdoor_c.rename("outdoor_c").assign_attrs(units="degC", long_name="outdoor temperature")


def _by_clock_hour(weather: pd.DataFrame, days: pd.DatetimeIndex, timezone: str) -> pd.DataFrame:
    """Return the outdoor temperature of local days by hour of the clock [°C]."""
    last = (days[-1].tz_convert(timezone) + pd.DateOffset(days=1)).tz_convert("UTC")
    hours = pd.date_range(days[0], last, freq="h", inclusive="left")
    local = hours.tz_convert(timezone)
    measured = _interpolated(weather, hours).groupby([local.normalize(), local.hour]).mean()
    return measured.unstack()


def _interpolated(weather: pd.DataFrame, hours: pd.DatetimeIndex) -> pd.Series:
    """Return the outdoor temperature at some hours, its short gaps interpolated."""
    measured = weather["outdoor_c"].reindex(hours)
    gap = measured.isna()
    if gap.any():
        gap_hours = gap.groupby((~gap).cumsum()).transform("sum")
        measured = measured.interpolate(limit_area="inside").where(
            ~gap | (gap_hours <= OUTDOOR_GAP_HOURS)
        )
    return measured


def fill_gaps(load_kwh: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Return the load(time, meter) with every gap filled [kWh], and the hours filled (local_year,
    meter) [h].

    A gap takes the mean of the same local year's readings at the same hour of the week in the same
    month, else at the same hour of the week, else of all. No baseline is involved, so that an
    inventory does not depend on one. A year without any reading stays empty; a load without gaps
    is not copied.
    """
    filled_kwh = load_kwh.transpose("time", "meter")
    some = np.flatnonzero(np.isnan(filled_kwh.values.sum(axis=0)))
    year, month, hour = (
        load_kwh[name].values for name in ("local_year", "local_month", "hour_of_week")
    )
    years = np.unique(year)
    missing = np.zeros((len(years), filled_kwh.sizes["meter"]), int)
    if len(some):
        frame = filled = pd.DataFrame(filled_kwh.values[:, some])
        for same in ([year, month, hour], [year, hour], [year]):
            filled = filled.fillna(frame.groupby(same).transform("mean"))
        missing = np.stack([count(np.isnan(of_year(filled_kwh, each).values)) for each in years])
        filled_kwh = filled_kwh.copy()
        filled_kwh[:, some] = filled.to_numpy()
    coords = {"local_year": years, "meter": filled_kwh.meter.values}
    return filled_kwh, xr.DataArray(missing, coords, tuple(coords), "gap_hours", {"units": "h"})


def fill_outdoor(outdoor_c: xr.DataArray) -> xr.DataArray:
    """Return the outdoor temperature(time) [°C] with its remaining gaps filled by the mean of the
    month at that hour of day, else of the month, else of the year.

    For the year that a model predicts, where every metered hour needs a prediction; a fit leaves
    such hours out.
    """
    if not np.isnan(outdoor_c.values).any():
        return outdoor_c.copy()
    hour = outdoor_c.hour_of_week.values % units.HOURS_PER_DAY
    series = pd.Series(outdoor_c.values, dtype=float)
    for same in (
        [outdoor_c.local_month.values, hour],
        [outdoor_c.local_month.values],
        [outdoor_c.local_year.values],
    ):
        series = series.fillna(series.groupby(same).transform("mean"))
    return outdoor_c.copy(data=series.to_numpy())


def estimated(energy: pd.DataFrame, load_kwh: xr.DataArray) -> xr.DataArray:
    """Return which readings of the table energy were estimated (time, meter), true or false, by its
    columns `<meter>_quality`; a meter without that column has none.
    """
    flagged = pd.DataFrame(
        {
            meter: energy.get(f"{meter}_quality", pd.Series("", energy.index)) == "estimated"
            for meter in load_kwh.meter.values
        },
        energy.index,
    )
    flagged = flagged.reindex(pd.DatetimeIndex(load_kwh.time.values, tz="UTC"), fill_value=False)
    return load_kwh.copy(data=flagged.to_numpy(bool)).rename("estimated") & load_kwh.notnull()


def energy_by_quality(
    load_kwh: xr.DataArray, filled_kwh: xr.DataArray, estimated: xr.DataArray
) -> pd.DataFrame:
    """Return meter, year, measured_kwh, estimated_kwh, substituted_kwh [kWh], estimated_hours,
    substituted_hours [h]; where days or bills were read, estimated_days and substituted_days.

    Measured: a reading that is not flagged. Estimated: a reading flagged by `estimated`, as in a
    bill without a meter reading. Substituted: no reading, filled by `fill_gaps`. The three add up
    to the filled load.
    """
    kinds = {
        "measured": load_kwh.notnull() & ~estimated,
        "estimated": estimated,
        "substituted": load_kwh.isnull(),
    }
    parts = {f"{kind}_kwh": filled_kwh.where(hours, 0.0) for kind, hours in kinds.items()}
    step = "hours" if is_hourly(load_kwh) else "days"
    parts |= {
        f"{kind}_{step}": hours.astype(int) for kind, hours in kinds.items() if kind != "measured"
    }
    table = xr.Dataset(parts).groupby("local_year").sum().to_dataframe().reset_index()
    ranked = table.set_index(["meter", "local_year"]).loc[load_kwh.meter.values].reset_index()
    return ranked.rename(columns={"local_year": "year"})[["meter", "year", *parts]]


def write_load(load_kwh: xr.DataArray, out: Path | str) -> None:
    """Write load_kwh(time, meter) [kWh] with its local-time coordinates to the folder `out` as CF
    NetCDF, hours and days under different names; the same load gives the same bytes.
    """
    for name in _LOADS.values():  # of an earlier run, of another resolution
        (Path(out) / name).unlink(missing_ok=True)
    path = Path(out) / _LOADS[is_hourly(load_kwh)]
    title = f"Energy by meter and {'hour' if is_hourly(load_kwh) else 'day'}"
    load = load_kwh.to_dataset(name="load_kwh")
    arrays.write(load, path, title, "written by notebook 01_energy_baseline", **_LONG_NAMES)


def read_load(out: Path | str) -> xr.DataArray:
    """Return the load_kwh(time, meter) [kWh] that notebook 01 wrote to the folder `out`.

    Raises FileNotFoundError, saying which notebook to run, where there is none.
    """
    found = [path for name in _LOADS.values() if (path := Path(out) / name).is_file()]
    if not found:
        missing = _LOADS[True]
        raise FileNotFoundError(
            f"{missing} is not there yet; run notebook 01_energy_baseline first"
        )
    return arrays.read(found[0])["load_kwh"]


def by_hour(load_kwh: xr.DataArray, meter: str, year: int) -> pd.Series:
    """Return one meter's load of a local year [kWh in the hour], indexed by local time."""
    of_year = load_kwh.sel(meter=meter).isel(time=load_kwh.local_year.values == year)
    clock = pd.DatetimeIndex(of_year.time.values, tz="UTC").tz_convert(load_kwh.attrs["timezone"])
    return pd.Series(of_year.values, clock, name="load_kwh")


def by_month(load_kwh: xr.DataArray, meter: str, year: int) -> pd.Series:
    """Return one meter's load by local month [kWh], indexed "YYYY-MM".

    Raises ValueError for a year without any reading.
    """
    of_year = load_kwh.sel(meter=meter).isel(time=load_kwh.local_year.values == year)
    if not of_year.size or bool(of_year.isnull().all()):
        raise ValueError(
            f"energy: meter {meter} has no reading in {year}; give its hours in the table energy, "
            "or its bills or days in the table meters"
        )
    monthly = of_year.groupby("local_month").sum().to_series()
    return monthly.set_axis([f"{year}-{month:02}" for month in monthly.index]).rename("load_kwh")


def working_day(load_kwh: xr.DataArray, years: list[int], whole: str = "main") -> pd.DataFrame:
    """Return meter, year, hour (0 to 23), kw: the mean working day of each end use, and of
    `unexplained`, the meter `whole` minus all end uses [kW]; empty where no hours were read.
    """
    if not is_hourly(load_kwh):
        return pd.DataFrame(columns=["meter", "year", "hour", "kw"])
    weekday = load_kwh.isel(time=load_kwh.hour_of_week.values < SATURDAY * units.HOURS_PER_DAY)
    parts = weekday.drop_sel(meter=whole)
    rest = (weekday.sel(meter=whole, drop=True) - parts.sum("meter")).expand_dims(
        meter=["unexplained"]
    )
    every = xr.concat([parts, rest], "meter", coords="minimal", compat="override").assign_coords(
        hour=weekday.hour_of_week % units.HOURS_PER_DAY
    )
    tables = [
        every.isel(time=weekday.local_year.values == year)
        .groupby("hour")
        .mean("time")
        .rename("kw")
        .to_dataframe()["kw"]
        .reset_index()
        .assign(year=year)
        for year in years
    ]
    return pd.concat(tables, ignore_index=True)[["meter", "year", "hour", "kw"]]


def daily(
    load_kwh: xr.DataArray,
    predicted_kwh: xr.DataArray,
    outdoor_c: xr.DataArray,
    meter: str = "main",
) -> pd.DataFrame:
    """Return measured_kwh, model_kwh [kWh] and mean outdoor_c [°C] of one meter, indexed by local
    day; the energy is NaN on days with gaps. Of bills, the mean day of each, at its first day.
    """
    days = local_days(load_kwh)
    hourly = pd.DataFrame(
        {
            "measured_kwh": load_kwh.sel(meter=meter).values,
            "model_kwh": predicted_kwh.sel(meter=meter).values,
            "outdoor_c": outdoor_c.values,
        },
        index=days,
    )
    if "period" in load_kwh.coords:
        period = load_kwh.sel(meter=meter).period.values
        means = hourly.assign(day=days)[period >= 0].groupby(period[period >= 0])
        return means.mean().assign(day=means["day"].min()).set_index("day")
    by_day = hourly.groupby(level=0)
    whole = by_day["measured_kwh"].count() == by_day["measured_kwh"].size()
    return (
        by_day[["measured_kwh", "model_kwh"]]
        .sum()
        .where(whole, axis=0)
        .assign(outdoor_c=by_day["outdoor_c"].mean())
    )


def week_by_hour(
    load_kwh: xr.DataArray, predicted_kwh: xr.DataArray, meter: str = "main"
) -> pd.DataFrame:
    """Return day, hour, metered_kw, model_kw [kW]: the mean week of one meter, over the hours that
    have both.

    `day` is 0 = Monday to 6 = Sunday, and 7 = a day off, whatever its weekday; a weekend day worked
    counts as a Monday. Empty where no hours were read.

    >>> hours = pd.date_range("2024-12-31 16:00", periods=2, freq="h", tz="UTC")
    >>> load = to_array(pd.DataFrame({"main_kwh": [5.0, 7.0]}, hours), "Asia/Shanghai")
    >>> week_by_hour(load, load + 1).to_dict("list")
    {'day': [2, 2], 'hour': [0, 1], 'metered_kw': [5.0, 7.0], 'model_kw': [6.0, 8.0]}
    """
    day, hour = np.divmod(load_kwh.hour_of_week.values, units.HOURS_PER_DAY)
    hourly = pd.DataFrame(
        {
            "day": np.where(load_kwh.day_off.values, _SUNDAY + 1, day),
            "hour": hour,
            "metered_kw": load_kwh.sel(meter=meter).values,
            "model_kw": predicted_kwh.sel(meter=meter).values,
        }
    )
    known = hourly.dropna() if is_hourly(load_kwh) else hourly[:0]
    return known.groupby(["day", "hour"], as_index=False).mean()
