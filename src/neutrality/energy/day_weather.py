"""Each day's weather and calendar, and the columns that models of days and bills are made of.

A bill is the sum of its days, so both use the same columns, summed over each period.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

# Balance points that are compared [°C]: from the coldest of well insulated offices to the warmest
# of residences, and for cooling up to where only a hot climate is left.
BALANCE_C = {"heating": np.arange(4.0, 23.0, 0.5), "cooling": np.arange(8.0, 31.0, 0.5)}

# The model of many balance points: degree-days below and above these, each with a small slope, add
# up to a smooth curve; two of them, the usual balance points, are hardly shrunk.
_BELOW_C, _ABOVE_C = np.arange(-8.0, 21.0, 4.0), np.arange(16.0, 29.0, 4.0)
_MAIN_BELOW_C, _MAIN_ABOVE_C = 15.5, 18.0
_LAG_HALF_LIFE_DAYS = 1.5  # that of `towt`, 36 hours

# Ridge penalties: a coefficient c, as a share of the mean day (per 10 °C for a slope), costs
# penalty x c^2, beside the squared errors of days. Those of weather, weekday and season were chosen
# on the training and placebo years of the public set (tests/benchmarks/bench_periods.py).
_FREE = 1e-4
_WEEKDAY, _DAY_OFF, _SEASON, _LEVEL = 1.0, 5.0, 10.0, 20.0
_SLOPE, _MAIN_SLOPE, _WORKDAY_SLOPE = 3.0, 0.1, 10.0
SLOPE_UNIT_C = 10.0

# The shape of the year is remembered longer than its level.
_SHAPE_TO_LEVEL, _LEVEL_HALF_LIFE_DAYS = 1.5, 60.0
_HALF_YEAR_DAYS, _YEAR_DAYS = 182.0, 365.25
_WEEK, _SATURDAY, _SUNDAY = 7, 5, 6
_SEASON_AT = slice(1 + _WEEK + 1, 1 + _WEEK + 3)  # among the base columns


@dataclass(frozen=True)
class Columns:
    """`values` (day, p) of each day and `variance` (p), the inverse of the ridge penalty."""

    values: np.ndarray
    variance: np.ndarray


def days(outdoor_c: pd.Series, special: pd.DataFrame | None = None) -> xr.Dataset:
    """Return outdoor_c(day), the mean temperature [°C]; below_c(day, heating_c) and
    above_c(day, cooling_c), the degree-days below and above each balance point [°C d]; and the
    days' groups of columns.

    `outdoor_c` [°C] is indexed by local time without zone, hours or days. Of hours, a degree-day is
    the mean over the day of the hourly degrees, so that a cold night below a mild mean counts.
    `special` is a table of `calendars.days`. Days without a temperature are interpolated, up to a
    week; raises ValueError for a longer gap.

    >>> year = pd.Series(10.0, pd.date_range("2024-01-01", periods=366))
    >>> float(days(year).below_c.sel(heating_c=15.5).sum())
    2013.0
    """
    outdoor_c = outdoor_c.astype(float).sort_index()
    day = outdoor_c.index.normalize()
    every = pd.date_range(day[0], day[-1])
    bases = {
        "outdoor_c": outdoor_c.to_numpy()[:, None],
        "below_c": _below(outdoor_c, BALANCE_C["heating"]),
        "above_c": _above(outdoor_c, BALANCE_C["cooling"]),
        "below_many_c": _below(outdoor_c, np.append(_BELOW_C, _MAIN_BELOW_C)),
        "above_many_c": _above(outdoor_c, np.append(_ABOVE_C, _MAIN_ABOVE_C)),
    }
    widths = [each.shape[1] for each in bases.values()]
    hours = pd.DataFrame(np.hstack(list(bases.values())), day)
    daily = hours.groupby(level=0).mean().reindex(every)
    filled = daily.interpolate(limit=_WEEK, limit_area="inside")
    if filled.isna().any(axis=None):
        first = filled.index[filled.isna().any(axis=1)][0]
        raise ValueError(
            f"weather: no outdoor temperature from {first.date()} on for more than a week; give "
            "hours or days of the whole base and reporting years"
        )
    parts = dict(zip(bases, np.split(filled.to_numpy(), np.cumsum(widths)[:-1], 1), strict=True))
    axes = {"below_c": "heating_c", "above_c": "cooling_c"}
    axes |= {"below_many_c": "below", "above_many_c": "above"}
    data = {name: (("day", axes[name]), parts[name]) for name in axes}
    data["outdoor_c"] = ("day", parts["outdoor_c"][:, 0])
    data["group"] = ("day", _groups(every, special))
    coords = {"day": every} | {f"{side}_c": each for side, each in BALANCE_C.items()}
    return xr.Dataset(data, coords)


def _below(outdoor_c, bases) -> np.ndarray:
    return np.maximum(bases - np.asarray(outdoor_c)[:, None], 0)


def _above(outdoor_c, bases) -> np.ndarray:
    return np.maximum(np.asarray(outdoor_c)[:, None] - bases, 0)


def _groups(every: pd.DatetimeIndex, special: pd.DataFrame | None) -> np.ndarray:
    """Return 0 (Monday) to 6 of each day, 7 for a day off; a weekend day worked is a Monday."""
    group = pd.Series(every.day_of_week, every)
    if special is not None and len(special):
        dates = pd.DatetimeIndex(special["date"])
        worked = special["workday"].astype(bool).to_numpy()
        group[group.index.isin(dates[~worked])] = _WEEK
        exchanged = group.index.isin(dates[worked]) & (group >= _SATURDAY)
        group[exchanged] = 0
    return group.to_numpy()


def base_columns(weather: xr.Dataset, half_life_days: float, last: np.datetime64) -> Columns:
    """Return the columns without weather: a constant, weekdays, days off, season and level.

    The level is one at the day `last` of the base year and after it, and halves for every
    half-life before: what the last months were above the year. The season is a year's cosine and
    sine, shrunk the more, the less of the year the weights remember.
    """
    group = weather.group.values
    weekday = np.eye(_WEEK)[np.minimum(group, _SUNDAY)] - 1 / _WEEK
    angle = 2 * np.pi * weather.day.to_index().day_of_year.to_numpy() / _YEAR_DAYS
    level = 0.5 ** (age_days(weather, last) / half_life_days)
    parts = {
        _FREE: np.ones((len(group), 1)),
        _WEEKDAY: weekday,
        _DAY_OFF: (group == _WEEK)[:, None],
        _SEASON / remembered(_HALF_YEAR_DAYS, half_life_days) ** 2: np.stack(
            [np.cos(angle), np.sin(angle)], axis=1
        ),
    }
    columns = _stack(parts)
    penalty = _LEVEL * (half_life_days / _LEVEL_HALF_LIFE_DAYS) ** 2
    return Columns(
        np.column_stack([columns.values, level]), np.append(columns.variance, 1 / penalty)
    )


def without_season(base: Columns) -> Columns:
    """Return the base columns with no season: a change-point model has none."""
    variance = base.variance.copy()
    variance[_SEASON_AT] = 0.0
    return Columns(base.values, variance)


def weather_columns(weather: xr.Dataset) -> Columns:
    """Return the degree-days of the model of many balance points: below and above each, the same of
    the lagged temperature, and the difference between days worked and not.
    """
    lagged_c = weather.outdoor_c.to_series().ewm(halflife=_LAG_HALF_LIFE_DAYS).mean()
    below, above = (weather[f"{side}_many_c"].values for side in ("below", "above"))
    here = np.hstack([below[:, :-1], above[:, :-1]])
    lagged = np.hstack([_below(lagged_c, _BELOW_C), _above(lagged_c, _ABOVE_C)])
    worked = (weather.group.values < _SATURDAY)[:, None] - 0.5
    parts = {
        _MAIN_SLOPE: np.stack([below[:, -1], above[:, -1]], axis=1),
        _SLOPE: np.hstack([here, lagged]),
        _WORKDAY_SLOPE: here * worked,
    }
    columns = _stack(parts)
    return Columns(columns.values / SLOPE_UNIT_C, columns.variance)


def both(first: Columns, second: Columns) -> Columns:
    """Return the columns of two sets side by side."""
    return Columns(
        np.hstack([first.values, second.values]), np.append(first.variance, second.variance)
    )


def _stack(parts: dict[float, np.ndarray]) -> Columns:
    variance = [np.full(each.shape[1], 1 / penalty) for penalty, each in parts.items()]
    return Columns(np.hstack(list(parts.values())).astype(float), np.concatenate(variance))


def age_days(weather: xr.Dataset, last: np.datetime64) -> np.ndarray:
    """Return how many days before `last` each day is (day) [d], 0 for later ones."""
    age = (np.datetime64(last, "D") - weather.day.values.astype("datetime64[D]")).astype(float)
    return np.maximum(age, 0)


def remembered(age_days: np.ndarray | float, half_life_days: float) -> np.ndarray | float:
    """Return the weight (0-1) of readings of some age [d]."""
    return 0.5 ** (age_days / (_SHAPE_TO_LEVEL * half_life_days))


def outside_share(learnt_c: np.ndarray, outdoor_c: np.ndarray) -> float:
    """Return the share (0-1) of the degree-days of outdoor_c (day) [°C] that lie outside the range
    of learnt_c (day) [°C]; degree-days are counted from the usual balance points.

    >>> outside_share(np.array([5.5, 15.5]), np.array([5.5, 0.5]))
    0.2
    """
    beyond = np.maximum(learnt_c.min() - outdoor_c, 0) + np.maximum(outdoor_c - learnt_c.max(), 0)
    every = np.maximum(_MAIN_BELOW_C - outdoor_c, 0) + np.maximum(outdoor_c - _MAIN_ABOVE_C, 0)
    total = np.maximum(every, beyond).sum()
    return float(beyond.sum() / total) if total else 0.0
