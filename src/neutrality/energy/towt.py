"""The time-of-week-and-temperature model (TOWT) on plain arrays: weighted ridge regressions of all
meters at once.

What depends on hours and weather alone is computed once for all meters; each meter then needs only
sums over its hours of the week and a system of fourteen unknowns. Axes: g = hour of the week or of
a day off (192), n = the hours of a period that fall on it, m = meters, k = weather columns, s =
unoccupied, occupied; v = m where meters have gaps, else 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from neutrality.reference import units

# TOWT of Mathieu and Price (LBNL), as in CalTRACK 2.0: an hour of the week is occupied when over 65
# % of its readings (sec 3.8.4) lie above a regression on heating degree-hours below 50 F and
# cooling degree-hours above 65 F (sec 3.8.3). Inner ends of the temperature bins [F]: CalTRACK's.
OCCUPIED_SHARE = 0.65
HEATING_BELOW_F, COOLING_ABOVE_F = 50.0, 65.0
_BIN_ENDS_F = (30.0, 45.0, 55.0, 65.0, 75.0, 90.0)

# Additions to TOWT, chosen on public buildings; tests/benchmarks/bench_baseline.py shows what each
# improves. Lagged temperature: an exponential mean of the last days, in heating degrees below the
# British base of 15.5 °C and cooling degrees above 65 F, with slopes by hour of day.
_LAG_HALF_LIFE_HOURS = 36
_LAGGED_HEATING_BELOW_C = 15.5
# Ridge: slopes shrink towards zero as if the variance of each weather column were larger by this
# [°C²], so that temperatures which were rare in the year have little effect.
RIDGE_C2 = 0.03
# A day off has levels of its own, which shrink towards Sunday's as if this share of all days had
# been both.
SUNDAY_SHARE = 1 / 15

_DAYS = units.HOURS_PER_WEEK // units.HOURS_PER_DAY + 1  # the eighth is the day off
_HOURS = units.HOURS_PER_DAY
_GROUPS = _DAYS * _HOURS
_BINS = len(_BIN_ENDS_F) + 1
_STATES, _SIDES = 2, 2  # unoccupied and occupied; heating and cooling
_BATCH = 32  # meters solved together, few enough for the processor's cache
_TINY = np.finfo(float).tiny


def piecewise(outdoor_c: np.ndarray) -> np.ndarray:
    """Return the part of the outdoor temperature(time) [°C] in each bin (time, bin) [°C]; the parts
    add up to it.

    Mathieu and Price: min(T, B1), then clamp(T - Bk, 0, width), at last max(T - Bn, 0).

    >>> piecewise(np.array([10.0])).round(2).tolist()
    [[-1.11, 8.33, 2.78, 0.0, 0.0, 0.0, 0.0]]
    """
    ends_c = np.array([units.celsius(end) for end in _BIN_ENDS_F])
    lower, upper = np.append(-np.inf, ends_c), np.append(ends_c, np.inf)
    return np.clip(outdoor_c[:, None], lower, upper) - np.append(0, ends_c)


def lagged(outdoor_c: np.ndarray) -> np.ndarray:
    """Return heating and cooling degrees of the lagged outdoor temperature (time, side) [°C].

    The lagged temperature is an exponential mean of outdoor_c(time) over the hours so far, with a
    half-life of 36 hours.

    >>> lagged(np.array([5.5, 5.5])).tolist()
    [[10.0, 0.0], [10.0, 0.0]]
    """
    lagged_c = pd.Series(outdoor_c).ewm(halflife=_LAG_HALF_LIFE_HOURS).mean().to_numpy()
    heating = _LAGGED_HEATING_BELOW_C - lagged_c
    cooling = lagged_c - units.celsius(COOLING_ABOVE_F)
    return np.maximum(np.stack([heating, cooling], axis=1), 0)


@dataclass(frozen=True)
class Design:
    """The design columns of a period's hours, sorted by hour of the week: `rows` (g, n) the hours'
    positions, padded with -1; `columns` (g, n, 1 + k) one and the weather; `known` (g, n) whether
    there is such an hour and its temperature."""

    rows: np.ndarray
    columns: np.ndarray
    known: np.ndarray

    @cached_property
    def occupancy_columns(self) -> np.ndarray:
        """One, heating and cooling degrees of the occupancy rule (g x n, 3)."""
        outdoor_c = self.columns[..., 1 : 1 + _BINS].sum(axis=2)
        heating = np.maximum(units.celsius(HEATING_BELOW_F) - outdoor_c, 0)
        cooling = np.maximum(outdoor_c - units.celsius(COOLING_ABOVE_F), 0)
        three = np.stack([np.ones_like(outdoor_c), heating, cooling], axis=2)
        return (three * self.known[..., None]).reshape(-1, three.shape[2])

    @cached_property
    def products(self) -> np.ndarray:
        """Products of every two columns (g, (1 + k)^2, n), for the sums of meters with gaps."""
        columns = self.columns.swapaxes(1, 2)
        return (columns[:, :, None] * columns[:, None]).reshape(_GROUPS, -1, columns.shape[2])


def design_by_week_hour(weather: np.ndarray, week_hour: np.ndarray) -> Design:
    """Return the design of some hours: weather (time, k) [°C], NaN where unknown, and week_hour
    (time), 0 to 191.
    """
    order, size = np.argsort(week_hour, kind="stable"), np.bincount(week_hour, minlength=_GROUPS)
    rows, group = np.full((_GROUPS, size.max()), -1), week_hour[order]
    rows[group, np.arange(len(order)) - np.repeat(size.cumsum() - size, size)] = order
    columns = np.concatenate([np.ones((*rows.shape, 1)), weather[rows]], axis=2)
    return Design(rows, np.nan_to_num(columns), (rows >= 0) & np.isfinite(columns).all(axis=2))


@dataclass(frozen=True)
class Readings:
    """Readings of some meters, sorted as a design: `y` (g, n, m) [kWh], zero where not `valid` (g,
    n, v), which without `gaps` is the design's `known`; `occupied` (g, m)."""

    y: np.ndarray
    valid: np.ndarray
    occupied: np.ndarray
    gaps: bool


def valid_readings(load: np.ndarray, design: Design) -> Readings:
    """Return the readings of load (time, m) [kWh] at hours of known temperature, and the hours of
    the week that LBNL's rule calls occupied.
    """
    y, valid, gaps = load[design.rows], design.known[..., None], not np.isfinite(load.sum())
    if gaps:
        valid = valid & np.isfinite(y)
    y = np.where(valid, y, 0.0)
    return Readings(y, valid, _occupied(y, valid, design.occupancy_columns), gaps)


def _occupied(y: np.ndarray, valid: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return whether each hour of the week is occupied (g, m): most of its readings lie above each
    meter's regression on the occupancy columns.
    """
    seen = valid.reshape(-1, valid.shape[2]).astype(float)
    flat, count = y.reshape(len(seen), -1), columns.shape[1]
    pairs = (columns[:, :, None] * columns[:, None]).reshape(len(columns), -1)
    gram = (pairs.T @ seen).T.reshape(-1, count, count)
    least = np.finfo(float).eps * np.trace(gram, axis1=1, axis2=2) + _TINY
    gram = gram + least[:, None, None] * np.eye(count)  # solvable where a column is all zero
    line = np.linalg.solve(gram, (columns.T @ flat).T[..., None])
    above = ((flat > columns @ line[..., 0].T) & (seen > 0)).reshape(y.shape)
    return above.sum(axis=1, dtype="int16") > OCCUPIED_SHARE * valid.sum(axis=1)


def solve(readings: Readings, design: Design, weight: np.ndarray) -> dict[str, np.ndarray]:
    """Return level_kwh (g, m), occupied (g, m), slope_kwh_per_c (s, bin, m), lagged_kwh_per_c
    (hour, side, m), floor_kwh (m), hours (m) and parameters (m), with weight (time) of each
    reading.

    Ridge regression in which levels are not shrunk. Subtracting each g's means removes its level
    (Frisch-Waugh); the lagged slopes of an hour of day then share products only with each other
    and with the bins' slopes, and are eliminated hour by hour (Schur complement). A level whose g
    has no reading is NaN; on a day off it is Sunday's.
    """
    xx, xy = _products(readings, design, weight)
    total = xx[..., 0, 0]
    divisor = np.maximum(total, _TINY)[..., None]
    mean_x, mean_y = xx[..., 0, 1:] / divisor, xy[..., :1] / divisor
    xx = xx[..., 1:, 1:] - mean_x[..., :, None] * xx[..., 0, None, 1:]
    xy = xy[..., 1:] - mean_x * xy[..., :1]
    slope, lag, columns = _slopes(xx, xy, readings.occupied, RIDGE_C2 * total.sum(axis=1))
    level = _levels(mean_x, mean_y, readings.occupied, slope, lag)
    level = _shrunk_to_sunday(np.where(total > 0, level, np.nan), total)
    zero = np.zeros(len(level), int)
    lowest = readings.y.reshape(-1, len(level)).min(axis=0)
    return {
        "level_kwh": level.T,
        "occupied": readings.occupied.astype("int8"),
        "slope_kwh_per_c": slope.transpose(1, 2, 0),
        "lagged_kwh_per_c": lag.transpose(1, 2, 0),
        "floor_kwh": np.where(lowest < 0, -np.inf, 0.0),
        "hours": zero + readings.valid.sum(axis=(0, 1)),
        "parameters": zero + (total > 0).sum(axis=1) + columns,
    }


def _products(
    readings: Readings, design: Design, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the weighted sums of products of columns (v, g, 1 + k, 1 + k), and of columns and
    readings (m, g, 1 + k).
    """
    weights = np.where(design.known, weight[design.rows], 0.0)[..., None]
    weighted = (design.columns * weights).swapaxes(1, 2)
    if readings.gaps:
        size = weighted.shape[1]
        sums = (design.products @ (readings.valid * weights)).transpose(2, 0, 1)
        xx = sums.reshape(-1, _GROUPS, size, size)
    else:
        xx = (weighted @ design.columns)[None]
    return xx, (weighted @ readings.y).transpose(2, 0, 1)


def _levels(
    mean_x: np.ndarray, mean_y: np.ndarray, occupied: np.ndarray, slope: np.ndarray, lag: np.ndarray
) -> np.ndarray:
    """Return the level of each hour of the week (m, g): its mean reading less what the slopes give
    at its mean weather.
    """
    own = np.where(occupied.T[..., None], slope[:, None, 1], slope[:, None, 0])  # m, g, bin
    daily = np.tile(lag, (1, _DAYS, 1))
    by_bin = (mean_x[..., :_BINS] * own).sum(axis=2)
    by_lag = (mean_x[..., _BINS:] * daily).sum(axis=2)
    return mean_y[..., 0] - by_bin - by_lag


def _slopes(
    xx: np.ndarray, xy: np.ndarray, occupied: np.ndarray, ridge: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return slopes by occupancy (m, s, bin), lagged slopes (m, hour, side), and how many columns
    are not constant (m).
    """
    states = np.stack([~occupied, occupied]).transpose(2, 0, 1).astype(float)  # m, s, g
    meters, unknowns = len(states), _STATES * _BINS
    whole, cross = _bin_products(xx, states), _cross_products(xx, states)
    by_day = (-1, _DAYS, _HOURS)
    lag_xx = xx[..., _BINS:, _BINS:].reshape(*by_day, _SIDES, _SIDES).sum(axis=1)
    lag_xy = xy[..., _BINS:].reshape(*by_day, _SIDES).sum(axis=1)
    lag_ridge = ridge[:, None, None, None] * np.eye(_SIDES)
    inverse = np.linalg.inv(lag_xx + lag_ridge)  # v, hour, side, side
    through = (cross.swapaxes(1, 2) @ inverse).swapaxes(1, 2).reshape(meters, unknowns, -1)
    cross = cross.reshape(meters, unknowns, -1)
    schur = whole + ridge[:, None, None] * np.eye(unknowns) - through @ cross.swapaxes(1, 2)
    right = (states @ xy[..., :_BINS]).reshape(meters, unknowns, 1)
    right = right - through @ lag_xy.reshape(meters, -1, 1)
    slope = np.linalg.solve(schur, right)
    rest = lag_xy - (cross.swapaxes(1, 2) @ slope).reshape(lag_xy.shape)
    lag = (inverse @ rest[..., None])[..., 0]
    varying = (np.einsum("mjj->mj", whole) > 0).sum(axis=1)
    lag_varying = (np.einsum("vhjj->vhj", lag_xx) > 0).sum(axis=(1, 2))
    return slope.reshape(meters, _STATES, _BINS), lag, varying + lag_varying


def _bin_products(xx: np.ndarray, states: np.ndarray) -> np.ndarray:
    """Return the products of the bins' columns, zero between the two states of occupancy (m, s x
    bin, s x bin).
    """
    own = states @ xx[..., :_BINS, :_BINS].reshape(len(xx), _GROUPS, -1)
    own = own.reshape(-1, _STATES, _BINS, _BINS)
    whole = np.zeros((len(states), _STATES, _BINS, _STATES, _BINS))
    for state in range(_STATES):
        whole[:, state, :, state] = own[:, state]
    return whole.reshape(len(states), _STATES * _BINS, _STATES * _BINS)


def _cross_products(xx: np.ndarray, states: np.ndarray) -> np.ndarray:
    """Return the products of the bins' and the lagged columns (m, s x bin, hour, side)."""
    cross = xx[..., :_BINS, _BINS:].reshape(len(xx), _DAYS, _HOURS, _BINS * _SIDES).swapaxes(1, 2)
    by_hour = states.reshape(-1, _STATES, _DAYS, _HOURS).transpose(0, 3, 1, 2)
    cross = (by_hour @ cross).reshape(-1, _HOURS, _STATES * _BINS, _SIDES)
    return cross.transpose(0, 2, 1, 3)


def _shrunk_to_sunday(level: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return levels (m, g) with those of a day off shrunk towards Sunday's, and equal to them where
    there was no day off; `total` (v, g) is the weight of each g.
    """
    prior = SUNDAY_SHARE * total.reshape(len(total), _DAYS, _HOURS).sum(axis=1)
    share = prior / np.maximum(total[:, -_HOURS:] + prior, _TINY)
    sunday, day_off = level[:, -2 * _HOURS : -_HOURS], np.nan_to_num(level[:, -_HOURS:])
    return np.concatenate([level[:, :-_HOURS], share * sunday + (1 - share) * day_off], axis=1)


def batches(load: np.ndarray) -> list[np.ndarray]:
    """Return the positions of meters to solve together: those with gaps in load (time, m) apart
    from those without.
    """
    complete = np.isfinite(load.sum(axis=0))
    return [
        some
        for kind in (complete, ~complete)
        for meters in [np.flatnonzero(kind)]
        for some in np.split(meters, range(_BATCH, len(meters), _BATCH))
        if len(some)
    ]


def fit(
    load: np.ndarray, design: Design, weights: np.ndarray, kind: np.ndarray | int = 0
) -> dict[str, np.ndarray]:
    """Return the arrays of `solve` for every meter of load (time, m) [kWh], batch by batch, with
    the row of weights (kind, time) that is each meter's own by `kind` (m).
    """
    fitted, kind = {}, np.broadcast_to(kind, load.shape[1])
    for each in np.unique(kind):
        of_kind = np.flatnonzero(kind == each)
        for some in (of_kind[batch] for batch in batches(load[:, of_kind])):
            solved = solve(valid_readings(load[:, some], design), design, weights[each])
            for name, part in solved.items():
                shape = (*part.shape[:-1], load.shape[1])
                fitted.setdefault(name, np.empty(shape, part.dtype))[..., some] = part
    return fitted


def predict(fitted: dict[str, np.ndarray], design: Design) -> np.ndarray:
    """Return the energy expected at each hour of a design (time, m) [kWh], at least the meter's
    floor.
    """
    level, floor, occupied = (fitted[name] for name in ("level_kwh", "floor_kwh", "occupied"))
    (unoccupied_slope, occupied_slope), lag = fitted["slope_kwh_per_c"], fitted["lagged_kwh_per_c"]
    at = design.rows >= 0
    predicted = np.empty((at.sum(), level.shape[1]))
    for start in range(0, level.shape[1], _BATCH):
        some = slice(start, start + _BATCH)
        is_occupied = occupied[:, None, some] == 1
        own = np.where(is_occupied, occupied_slope[:, some], unoccupied_slope[:, some])
        daily = np.tile(lag[..., some], (_DAYS, 1, 1))
        coefficients = np.concatenate([level[:, None, some], own, daily], axis=1)
        expected = np.maximum(design.columns @ coefficients, floor[some])
        predicted[design.rows[at], some] = expected[at]
    return predicted
