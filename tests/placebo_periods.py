"""The placebo buildings of `placebo` read as days and as bills, and what daily and billing
baselines find in their second year.
"""

from zlib import crc32

import numpy as np
import pandas as pd
import placebo
import xarray as xr

from neutrality.energy import bands, day_weather, degree_days, meters

SEED = 14  # and those after it, of further draws of read dates
SHORTEST_DAYS, LONGEST_DAYS = 27, 34  # between two reads
KNOWN_SHARE = 0.8  # of a bill's days; the others are taken at the mean of those known
KINDS = {"days": "daily", "months": "bills", "reads": "bills"}
_DAY = pd.Timedelta(days=1)


def half_life_days(fuel):
    """The half-life of the level for a fuel."""
    return degree_days.HALF_LIFE_DAYS["electricity" if fuel == "electricity" else "heating"]


def by_day(load, outdoor_c):
    """Local days of an hourly load: kWh (day, meter), NaN where an hour is missing, the mean
    temperature [°C], and whether the day is off.
    """
    hours = pd.DatetimeIndex(load.time.values, tz="UTC").tz_convert(load.attrs["timezone"])
    day = hours.tz_localize(None).normalize()
    kwh = pd.DataFrame(load.values, day, load.meter.values).groupby(level=0)
    outdoor = pd.Series(meters.fill_outdoor(outdoor_c).values, day)
    return (
        kwh.sum().where(kwh.count().eq(kwh.size(), axis=0)),
        outdoor.groupby(level=0).mean(),
        pd.Series(load.day_off.values, day).groupby(level=0).max(),
    )


def cases(fuel):
    """Yield (weather of both years, mean temperatures [°C] of both, kWh by day of the base year,
    of the next) for the meters of each pair of years.
    """
    for base, later in placebo.cases(fuel):
        (kwh, first_c, first_off), (next_kwh, next_c, next_off) = by_day(*base), by_day(*later)
        outdoor_c, off = pd.concat([first_c, next_c]), pd.concat([first_off, next_off])
        special = pd.DataFrame({"date": off.index[off.astype(bool)], "workday": False})
        yield day_weather.days(outdoor_c, special), outdoor_c, kwh, next_kwh


def edges(days, kind, meter, draw=0):
    """The read dates of a meter's year, in one of many draws."""
    if kind == "months":
        return pd.date_range(days[0], periods=13, freq="MS")
    rng = np.random.default_rng([SEED + draw, crc32(meter.encode()), days[0].year])
    dates, end = [days[0]], days[-1] + _DAY
    while dates[-1] + LONGEST_DAYS * _DAY <= end:
        dates.append(dates[-1] + int(rng.integers(SHORTEST_DAYS, LONGEST_DAYS + 1)) * _DAY)
    return pd.DatetimeIndex(dates)


def bills(kwh, dates):
    """The energy between dates of one meter's days [kWh]; NaN where too few days are known."""
    values = [
        kwh[(kwh.index >= a) & (kwh.index < b)] for a, b in zip(dates, dates[1:], strict=False)
    ]
    return np.array(
        [
            each.mean() * len(each) if each.notna().mean() >= KNOWN_SHARE else np.nan
            for each in values
        ]
    )


def periods(kwh, kind, draw=0):
    """An array for `degree_days.fit` of the days of some meters, as days or bills."""
    if kind == "days":
        return array(kwh.index, kwh.index + _DAY, kwh.to_numpy(), kwh.columns)
    dates = {meter: edges(kwh.index, kind, meter, draw) for meter in kwh}
    most = max(len(each) for each in dates.values()) - 1

    def padded(values, gap):
        return [*values, *[gap] * (most - len(values))]

    start, end = (
        np.array([padded(each[part].to_numpy(), np.datetime64("NaT")) for each in dates.values()])
        for part in (slice(None, -1), slice(1, None))
    )
    energy = [padded(bills(kwh[meter], each), np.nan) for meter, each in dates.items()]
    return array(start.T, end.T, np.array(energy).T, kwh.columns)


def array(start, end, kwh, names):
    axes = ("period", "meter") if np.ndim(start) == 2 else ("period",)
    return xr.DataArray(
        kwh,
        {"start": (axes, start), "end": (axes, end), "meter": list(names)},
        ("period", "meter"),
    )


def predicted(fuel, kind, model="auto", draw=0):
    """Yield (model, next year's energy, expected) of each pair of years (period, meter) [kWh], of
    meters with the bills that a baseline needs.
    """
    for weather, _, kwh, next_kwh in cases(fuel):
        base = periods(kwh, kind, draw)
        days = ((base.end - base.start) / np.timedelta64(1, "D")).where(base.notnull())
        base = base[:, (days.sum("period") >= degree_days.LEAST_DAYS).values]
        if not base.size:
            continue
        fitted = degree_days.fit(base, weather, model, half_life_days(fuel))
        later = periods(next_kwh[list(base.meter.values)], kind, draw)
        yield fitted, later, degree_days.predict(fitted, later, weather)


def errors(actual, expected):
    """CV(RMSE) and placebo saving [share] of one meter."""
    known = np.isfinite(actual) & np.isfinite(expected)
    actual, expected = actual[known], expected[known]
    return {
        "cv_rmse": np.sqrt(np.mean((actual - expected) ** 2)) / actual.mean(),
        "saved_share": (expected.sum() - actual.sum()) / expected.sum(),
    }


def placebo_rows(fuel, kind, model="auto", draw=0):
    """One row a meter: cv_rmse, saved_share and model_share of the next year."""
    rows = []
    for fitted, later, expected in predicted(fuel, kind, model, draw):
        error_kwh = bands.model_error(fitted)
        days = ((later.end - later.start) / np.timedelta64(1, "D")).broadcast_like(later)
        counted = later.notnull()
        for meter in later.meter.values:
            one, known = expected.sel(meter=meter), counted.sel(meter=meter)
            share = (
                error_kwh[meter] * days.sel(meter=meter).where(known).sum() / one.where(known).sum()
            )
            found = errors(later.sel(meter=meter).values, one.values)
            rows.append({"meter": meter, **found, "model_share": float(share)})
    return pd.DataFrame(rows)
