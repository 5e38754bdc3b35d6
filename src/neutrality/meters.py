"""Hourly readings on the site's own clock: as arrays of time and meter, gaps filled, handed on, summed by month and day."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from neutrality import units

LOAD = "load.nc"
MONDAY, SATURDAY, SUNDAY = 0, 5, 6
OUTDOOR_GAP_HOURS = 6  # CalTRACK: outdoor temperature is interpolated over gaps up to this long


def to_array(energy: pd.DataFrame, timezone: str, calendar: pd.DataFrame | None = None) -> xr.DataArray:
    """Return hourly energy as load_kwh(time, meter) [kWh] over whole local years; NaN where nothing was read.

    `energy` has a UTC index (start of the hour) and columns `<meter>_kwh`. `time` is UTC without zone; the
    coordinates `hour_of_week` (0 = Monday 00:00), `local_year` and `local_month` are the site's local time,
    across clock changes. `calendar` (date, workday) lists public holidays and shifted working days: a weekday
    off takes the hours of a Sunday, a weekend day worked those of a Monday.
    Raises ValueError for readings that are off the hour or double.

    >>> hours = pd.date_range("2024-12-31 16:00", periods=2, freq="h", tz="UTC")
    >>> load = to_array(pd.DataFrame({"main_kwh": [5.0, 7.0]}, hours), "Asia/Shanghai")
    >>> load.sizes["time"], int(load.hour_of_week[1]), float(load.sel(meter="main")[1])
    (8760, 49, 7.0)
    """
    read = energy.index.tz_convert(timezone).year
    start, end = (pd.Timestamp(year=int(year), month=1, day=1, tz=timezone)
                  for year in (read.min(), read.max() + 1))
    local = pd.date_range(start, end, freq="h", inclusive="left").as_unit("ns")
    wrong = energy.index[energy.index.duplicated() | ~energy.index.isin(local)]
    if len(wrong):
        raise ValueError(f"energy: the reading at {wrong[0]} is not the only one of a full hour in "
                         f"{timezone}; sum each hour's readings, labelled with its start, before modelling")
    load_kwh = xr.DataArray(
        energy.reindex(local).to_numpy(float, copy=True), dims=("time", "meter"), name="load_kwh",
        coords={"time": local.tz_convert("UTC").tz_localize(None),
                "meter": [name.removesuffix("_kwh") for name in energy]},
        attrs={"units": "kWh", "long_name": "energy in the hour from time (UTC)", "timezone": timezone})
    hour_of_week = _day_of_week(local, calendar) * units.HOURS_PER_DAY + local.hour.to_numpy()
    return load_kwh.assign_coords(hour_of_week=("time", hour_of_week),
                                  local_year=("time", local.year.to_numpy()),
                                  local_month=("time", local.month.to_numpy()))


def _day_of_week(local: pd.DatetimeIndex, calendar: pd.DataFrame | None) -> np.ndarray:
    day = local.day_of_week.to_numpy()
    if calendar is None or calendar.empty:
        return day
    workday = calendar.set_index(pd.to_datetime(calendar["date"]).dt.date)["workday"].astype(bool)
    off, worked = (np.isin(local.date, workday.index[workday == wanted]) for wanted in (False, True))
    return np.where(off & (day < SATURDAY), SUNDAY, np.where(worked & (day >= SATURDAY), MONDAY, day))


def outdoor_on(load_kwh: xr.DataArray, weather: pd.DataFrame) -> xr.DataArray:
    """Return outdoor_c(time) [°C] at the hours of the load, with its local-time coordinates.

    Gaps up to six hours are interpolated (CalTRACK); longer ones stay NaN, and no model uses those hours.
    `weather` has a UTC index and a column `outdoor_c`.
    """
    measured = weather["outdoor_c"].reindex(pd.DatetimeIndex(load_kwh.time.values, tz="UTC"))
    gap = measured.isna()
    gap_hours = gap.groupby((~gap).cumsum()).transform("sum")
    filled = measured.interpolate(limit_area="inside").where(~gap | (gap_hours <= OUTDOOR_GAP_HOURS))
    outdoor_c = load_kwh.isel(meter=0, drop=True).copy(data=filled.to_numpy(float, copy=True))
    return outdoor_c.rename("outdoor_c").assign_attrs(units="degC", long_name="outdoor temperature")


def fill_gaps(load_kwh: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Return the load with every gap filled [kWh], and the hours filled (local_year, meter) [h].

    A gap takes the mean of the same local year's readings at the same hour of the week in the same month,
    else at the same hour of the week, else of all. No baseline is involved, so that an inventory does not
    depend on one. A year without any reading stays empty.
    """
    frame = load_kwh.transpose("time", "meter").to_pandas()
    year, month, hour = (load_kwh[name].values for name in ("local_year", "local_month", "hour_of_week"))
    filled = frame
    for alike in ([year, month, hour], [year, hour], [year]):
        filled = filled.fillna(frame.groupby(alike).transform("mean"))
    gap_hours = load_kwh.isnull().groupby("local_year").sum("time").rename("gap_hours")
    filled_kwh = load_kwh.transpose("time", "meter").copy(data=filled.to_numpy(copy=True))
    return filled_kwh, gap_hours.assign_attrs(units="h")


def fill_outdoor(outdoor_c: xr.DataArray) -> xr.DataArray:
    """Return the outdoor temperature with what is still missing filled [°C]: the mean of its month at that hour of day.

    For the year a model predicts, whose every metered hour needs an expectation; a fit leaves such hours out.
    """
    hour = outdoor_c.hour_of_week.values % units.HOURS_PER_DAY
    series = pd.Series(outdoor_c.values, dtype=float)
    for alike in ([outdoor_c.local_month.values, hour], [outdoor_c.local_month.values], [outdoor_c.local_year.values]):
        series = series.fillna(series.groupby(alike).transform("mean"))
    return outdoor_c.copy(data=series.to_numpy())


def write_load(load_kwh: xr.DataArray, out: Path | str) -> None:
    """Write load_kwh(time, meter) [kWh] with its local-time coordinates as CF NetCDF, the same bytes for the same load."""
    load_kwh.rename("load_kwh").to_netcdf(Path(out) / LOAD, engine="netcdf4")


def read_load(out: Path | str) -> xr.DataArray:
    """Return the load that notebook 01 left in `out`; FileNotFoundError says to run it first."""
    path = Path(out) / LOAD
    if not path.is_file():
        raise FileNotFoundError(f"{LOAD} is not there yet; run notebook 01_energy_baseline first")
    with xr.open_dataarray(path, engine="netcdf4") as load_kwh:
        return load_kwh.load()


def by_month(load_kwh: xr.DataArray, meter: str, year: int) -> pd.Series:
    """Return one meter's load by the site's own months [kWh], indexed "YYYY-MM". ValueError if the year has none."""
    of_year = load_kwh.sel(meter=meter).isel(time=load_kwh.local_year.values == year)
    if not of_year.size or bool(of_year.isnull().all()):
        raise ValueError(f"energy: meter {meter} has no reading in {year}; give its hours in the table energy")
    monthly = of_year.groupby("local_month").sum().to_series()
    return monthly.set_axis([f"{year}-{month:02}" for month in monthly.index]).rename("load_kwh")


def working_day(load_kwh: xr.DataArray, years: list[int], whole: str = "main") -> pd.DataFrame:
    """Return meter, year, hour, kw: the mean working day of each end use, and what the whole meter shows beyond them."""
    weekday = load_kwh.isel(time=load_kwh.hour_of_week.values < SATURDAY * units.HOURS_PER_DAY)
    parts = weekday.drop_sel(meter=whole)
    rest = (weekday.sel(meter=whole, drop=True) - parts.sum("meter")).expand_dims(meter=["unexplained"])
    every = xr.concat([parts, rest], "meter", coords="minimal", compat="override").assign_coords(
        hour=weekday.hour_of_week % units.HOURS_PER_DAY)
    tables = [every.isel(time=weekday.local_year.values == year).groupby("hour").mean("time").rename("kw").to_dataframe()["kw"]
              .reset_index().assign(year=year) for year in years]
    return pd.concat(tables, ignore_index=True)[["meter", "year", "hour", "kw"]]


def daily(load_kwh: xr.DataArray, predicted_kwh: xr.DataArray, outdoor_c: xr.DataArray, meter: str = "main") -> pd.DataFrame:
    """Return measured_kwh, model_kwh and mean outdoor_c by local day of one meter, indexed by day."""
    days = pd.DatetimeIndex(load_kwh.time.values, tz="UTC").tz_convert(load_kwh.attrs["timezone"]).tz_localize(None).normalize()
    hourly = pd.DataFrame({"measured_kwh": load_kwh.sel(meter=meter).values, "model_kwh": predicted_kwh.sel(meter=meter).values,
                           "outdoor_c": outdoor_c.values}, index=days)
    by_day = hourly.groupby(level=0)
    return by_day[["measured_kwh", "model_kwh"]].sum().assign(outdoor_c=by_day["outdoor_c"].mean()).replace([np.inf, -np.inf], np.nan)
