"""Readings of any length: bills, days and hours of the table `meters` as arrays.

A meter's resolution is found from its rows. Hours go the way of the table `energy`; days and bills
become periods, and by local day an array like that of hours: a bill is spread evenly over its
days (pro rata), with the number of its period beside each day.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from neutrality.energy import meters
from neutrality.reference import units

HOURS, DAYS, BILLS = "hours", "days", "bills"  # resolutions
ELECTRICITY, MAIN = "electricity", "main"
BILLED = "grid_bills"  # the supplier's bills beside a main meter that is read more finely
# What a bill says beside its amount, as columns of the table meters; no total is made of them.
PARTS_OF_DAY = ("sharp_peak", "peak", "flat", "valley", "deep_valley")
BESIDE = (*PARTS_OF_DAY, "demand_kw", "cost", "currency")
NO_PERIOD = -1  # number of the period of a day that none covers
_HOUR, _DAY = pd.Timedelta(hours=1), pd.Timedelta(days=1)
# What each energy is kept in; gas that is metered by volume keeps m3, for its heat is not known.
_KEPT_IN = {"water": ("m3",), "gas": ("kWh", "m3")}
_ESTIMATED = "estimated"
_OF_DAY = ("period", "estimated")  # coordinates of an array by day: of which reading a day is part


def local(instants: pd.Series, timezone: str) -> pd.Series:
    """Return instants as times of the site's clock, without zone."""
    return instants.dt.tz_convert(timezone).dt.tz_localize(None)


def resolution(rows: pd.DataFrame, timezone: str) -> pd.Series:
    """Return the resolution of each meter of a table `meters`, by its name: `hours` where every row
    is an hour, `days` where every row is a day of the site's clock, else `bills`.
    """
    hour = rows["end"] - rows["start"] == _HOUR
    start, end = (local(rows[name], timezone) for name in ("start", "end"))
    day = (end - start == _DAY) & (start == start.dt.normalize())
    every = pd.DataFrame({HOURS: hour, DAYS: day}).groupby(rows["meter"], sort=False).all()
    return every[HOURS].map({True: HOURS}).fillna(every[DAYS].map({True: DAYS})).fillna(BILLS)


def unit_kept(unit: str, energy: str) -> str:
    """Return the unit in which an amount of `energy` given in `unit` is kept; "" where the energy
    cannot be measured in it.

    >>> unit_kept("GJ", "heat"), unit_kept("m3", "gas"), unit_kept("m3", "electricity")
    ('kWh', 'm3', '')
    """
    try:
        dimension = units.dimension(units.plain(unit))
    except ValueError:
        return ""
    kept = _KEPT_IN.get(energy, ("kWh",))
    return next((each for each in kept if units.dimension(each) == dimension), "")


def hourly(rows: pd.DataFrame, timezone: str) -> pd.DataFrame:
    """Return the electricity of meters that are read by the hour as the table `energy` has it: a
    UTC index (start of the hour), `<meter>_kwh` and `<meter>_quality`.
    """
    of_hours = _electricity_of(rows, timezone, [HOURS])
    made = {}
    for meter, of_meter in of_hours.groupby("meter", sort=False):
        by_hour = of_meter.set_index(pd.DatetimeIndex(of_meter["start"]))
        made[f"{meter}_kwh"] = _converted(by_hour)
        made[f"{meter}_quality"] = by_hour["quality"]
    frame = pd.DataFrame(made)
    quality = [name for name in frame if name.endswith("_quality")]
    return frame.assign(**frame[quality].fillna("")).sort_index()


def _electricity_of(rows: pd.DataFrame, timezone: str, wanted: list[str]) -> pd.DataFrame:
    """Return the rows of meters of electricity that have one of the wanted resolutions; bills that
    only check the main meter are no end use.
    """
    found = resolution(rows, timezone)
    used = (rows["energy"] == ELECTRICITY) & (rows["meter"] != BILLED)
    return rows[rows["meter"].map(found).isin(wanted) & used]


def _converted(rows: pd.DataFrame) -> pd.Series:
    """Return the amounts of one meter in the unit that they are kept in."""
    unit = units.plain(rows["unit"].iloc[0])
    return units.convert(rows["amount"], unit, unit_kept(unit, rows["energy"].iloc[0]))


def to_arrays(rows: pd.DataFrame, timezone: str) -> xr.Dataset:
    """Return the readings of the table `meters` by position in time and meter.

    `start`, `end` (period, meter): local midnights between which was used, NaT after a meter's
    last period; `amount` in `unit` (kWh, or m3 of water and of gas by volume); `kwh`, NaN where
    that is no energy; `estimated`, true or false. Coordinates by meter: `unit`, `energy`,
    `source` (of activities) and `resolution`. Periods are sorted, whatever the order of rows.
    """
    found, parts = resolution(rows, timezone), []
    for meter, of_meter in rows.groupby("meter", sort=False):
        ordered = of_meter.sort_values("start")
        about = {name: ordered[name].iloc[0] for name in ("energy", "source")}
        unit = unit_kept(ordered["unit"].iloc[0], about["energy"])
        amount = _converted(ordered).to_numpy()
        held = {
            "start": local(ordered["start"], timezone).to_numpy("datetime64[ns]"),
            "end": local(ordered["end"], timezone).to_numpy("datetime64[ns]"),
            "amount": amount,
            "kwh": amount if unit == "kWh" else np.full(len(amount), np.nan),
            "estimated": (ordered["quality"] == _ESTIMATED).to_numpy(float),
        }
        about |= {"unit": unit, "resolution": found[meter], "meter": meter}
        parts.append(_of_meter(held, **about))
    return _side_by_side(parts)


def _of_meter(held: dict[str, np.ndarray], **about: str) -> xr.Dataset:
    """Return the columns of one meter by position of its periods."""
    place = {"period": np.arange(len(held["start"]))}
    return xr.Dataset({name: ("period", held[name]) for name in held}, place | about)


def _side_by_side(parts: list[xr.Dataset]) -> xr.Dataset:
    """Return the meters of `_of_meter` as one Dataset, the shorter ones padded."""
    if not parts:
        return xr.Dataset(coords={"meter": []})
    joined = xr.concat(parts, "meter", join="outer", coords="different", compat="equals")
    joined = joined.assign(estimated=joined.estimated == 1).drop_vars("period")
    return joined.transpose("period", "meter")


def by_day(
    rows: pd.DataFrame, timezone: str, calendar: pd.DataFrame | None = None
) -> tuple[xr.DataArray, xr.DataArray]:
    """Return the electricity of days and bills as load_kwh(time, meter) [kWh a day] over whole
    local years, and whether each day's reading was estimated.

    `time` is the UTC instant of local midnight. A bill is spread evenly over its days; NaN where no
    period covers a day. The coordinates `period`(time, meter), the number of the meter's period,
    and `estimated`, 0 or 1, say what each day is part of; `meters.to_array` describes the others.
    Meters read by the hour are summed to days; a day with a missing hour is NaN.
    """
    bills = to_arrays(_electricity_of(rows, timezone, [DAYS, BILLS]), timezone)
    days = _days(rows, timezone)
    columns = {str(meter): _spread(bills.sel(meter=meter), days) for meter in bills.meter.values}
    columns |= _summed(hourly(rows, timezone), days, timezone)
    arrays = {
        name: np.column_stack([column[at] for column in columns.values()])
        for at, name in enumerate(("load_kwh", "estimated", "period"))
    }
    coarse = resolution(rows, timezone).get(MAIN, BILLS)
    load_kwh = meters.on_days(arrays["load_kwh"], list(columns), days, calendar, coarse)
    of_day = {name: (("time", "meter"), arrays[name].astype("int32")) for name in _OF_DAY}
    load_kwh = load_kwh.assign_coords(of_day)
    return load_kwh, (load_kwh.estimated == 1).drop_vars(_OF_DAY).rename("estimated")


def _days(rows: pd.DataFrame, timezone: str) -> pd.DatetimeIndex:
    """Return the local midnights of all years that a table has electricity of."""
    used = rows[rows["energy"] == ELECTRICITY]
    first, last = local(used["start"], timezone).min(), local(used["end"], timezone).max() - _HOUR
    ends = pd.Timestamp(first.year, 1, 1), pd.Timestamp(last.year, 12, 31)
    return pd.date_range(*ends, freq="D", tz=timezone)


def _spread(of_meter: xr.Dataset, days: pd.DatetimeIndex) -> tuple[np.ndarray, ...]:
    """Return kWh, estimated (0, 1) and number of the period of each day, of one meter."""
    held = of_meter.to_dataframe().dropna(subset=["start", "kwh"])
    first = days[0].tz_localize(None)
    start = ((held["start"] - first) // _DAY).to_numpy()
    length = ((held["end"] - held["start"]) // _DAY).to_numpy()
    period = np.repeat(np.arange(len(held)), length)
    at = (
        np.repeat(start, length)
        + np.arange(length.sum())
        - np.repeat(np.cumsum(length) - length, length)
    )
    kwh = np.full(len(days), np.nan)
    estimated, number = np.zeros(len(days)), np.full(len(days), NO_PERIOD)
    kwh[at] = (held["kwh"].to_numpy() / length)[period]
    estimated[at], number[at] = held["estimated"].to_numpy(float)[period], period
    return kwh, estimated, number


def _summed(frame: pd.DataFrame, days: pd.DatetimeIndex, timezone: str) -> dict[str, tuple]:
    """Return the same of each column of an hourly table, a period a day."""
    if frame.empty:
        return {}
    day = frame.index.tz_convert(timezone).normalize()
    hours = pd.Series(days[1:].append(days[-1:] + pd.DateOffset(days=1)) - days, days) / _HOUR
    made = {}
    for name in [name for name in frame if name.endswith("_kwh")]:
        by_date = frame[name].groupby(day)
        whole = by_date.count().reindex(days).eq(hours.round())
        kwh = by_date.sum().reindex(days).where(whole)
        flagged = frame[f"{name.removesuffix('_kwh')}_quality"].eq(_ESTIMATED).groupby(day).any()
        made[name.removesuffix("_kwh")] = (
            kwh.to_numpy(),
            flagged.reindex(days, fill_value=False).to_numpy(float),
            np.where(whole, np.arange(len(days)), NO_PERIOD),
        )
    return made


def of_days(load_kwh: xr.DataArray) -> xr.Dataset:
    """Return the periods that an array of `by_day` was made of: `start`, `end`, `kwh`, `estimated`
    (period, meter), as `to_arrays` does.
    """
    load_kwh = load_kwh.transpose("time", "meter")
    number = np.arange(load_kwh.sizes["meter"])
    long = pd.DataFrame(
        {
            "meter": np.tile(number, load_kwh.sizes["time"]),
            "start": np.repeat(meters.local_days(load_kwh).to_numpy(), len(number)),
        }
        | {name: load_kwh[name].values.ravel() for name in _OF_DAY}
        | {"kwh": load_kwh.values.ravel()}
    )
    long = long[long["period"] != NO_PERIOD]
    of_period = long.groupby(["meter", "period"])
    made = of_period.agg({"start": "min", "kwh": "sum", "estimated": "max"})
    made["end"] = of_period["start"].max() + _DAY
    meter = made.index.get_level_values("meter")
    made = made.set_index([made.groupby(meter).cumcount().rename("period"), meter])
    wide = {name: made[name].unstack().reindex(columns=number) for name in made}
    wide["estimated"] = wide["estimated"] == 1
    arrays = {name: (("period", "meter"), held.to_numpy()) for name, held in wide.items()}
    return xr.Dataset(arrays, {"meter": load_kwh.meter.values})
