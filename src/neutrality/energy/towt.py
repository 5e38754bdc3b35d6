"""The time-of-week-and-temperature model on plain arrays: weighted ridge regressions of all meters
at once.

Calendar and weather are every meter's, so what they alone decide is made once; each meter then
needs only sums over its hours of the week and a system of fourteen unknowns. Axes: g = hour of the
week or of a day off (192), n = the hours that fall on it, m = meters, k = weather columns, s =
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
BIN_ENDS_F = (30.0, 45.0, 55.0, 65.0, 75.0, 90.0)

# What TOWT lacks. Chosen on public buildings; the ladder of tests/benchmarks/bench_baseline.py
# shows what each is worth. A building answers the weather of the last days (half-life of its
# memory) by hour of day, in heating degrees below the British base of 15.5 °C and cooling degrees
# above 65 F.
MEMORY_HALF_LIFE_HOURS = 36
LAGGED_HEATING_BELOW_C = 15.5
# Slopes lean to zero as if the weather had spread this much less: what a year hardly saw moves
# nothing.
RIDGE_C2 = 0.03
# A day off has hours of its own, which lean to Sunday's as if this share of all days had been both.
SUNDAY_SHARE = 1 / 15

DAYS, HOURS = (
    units.HOURS_PER_WEEK // units.HOURS_PER_DAY + 1,
    units.HOURS_PER_DAY,
)  # the eighth day is the day off
GROUPS, BINS, SIDES = DAYS * HOURS, len(BIN_ENDS_F) + 1, 2
BATCH = 32  # meters solved together: their hours stay in the processor's cache
TINY = np.finfo(float).tiny


def piecewise(outdoor_c: np.ndarray) -> np.ndarray:
    """Return the part of the outdoor temperature in each bin (time, bin) [°C]; the parts add up to
    it.

    Mathieu and Price: min(T, B1), then clamp(T - Bk, 0, width), at last max(T - Bn, 0).

    >>> piecewise(np.array([10.0])).round(2).tolist()
    [[-1.11, 8.33, 2.78, 0.0, 0.0, 0.0, 0.0]]
    """
    ends_c = np.array([units.celsius(end) for end in BIN_ENDS_F])
    lower, upper = np.append(-np.inf, ends_c), np.append(ends_c, np.inf)
    return np.clip(outdoor_c[:, None], lower, upper) - np.append(0, ends_c)


def lagged(outdoor_c: np.ndarray) -> np.ndarray:
    """Return heating and cooling degrees of the temperature a building remembers (time, side) [°C].

    Its memory is an exponential mean over the hours so far, with a half-life of
    MEMORY_HALF_LIFE_HOURS.

    >>> lagged(np.array([5.5, 5.5])).tolist()
    [[10.0, 0.0], [10.0, 0.0]]
    """
    remembered_c = pd.Series(outdoor_c).ewm(halflife=MEMORY_HALF_LIFE_HOURS).mean().to_numpy()
    heating, cooling = (
        LAGGED_HEATING_BELOW_C - remembered_c,
        remembered_c - units.celsius(COOLING_ABOVE_F),
    )
    return np.maximum(np.stack([heating, cooling], axis=1), 0)


@dataclass(frozen=True)
class Calendar:
    """The hours of a period, sorted by hour of the week: `rows` (g, n) their positions, padded with
    -1, `columns` (g, n, 1 + k) one and the weather, `known` (g, n) whether there is such an hour
    and its temperature."""

    rows: np.ndarray
    columns: np.ndarray
    known: np.ndarray

    @cached_property
    def degrees(self) -> np.ndarray:
        """One, heating and cooling degrees of the occupancy rule (g x n, 3)."""
        outdoor_c = self.columns[..., 1 : 1 + BINS].sum(axis=2)
        heating, cooling = (
            units.celsius(HEATING_BELOW_F) - outdoor_c,
            outdoor_c - units.celsius(COOLING_ABOVE_F),
        )
        three = np.stack(
            [np.ones_like(outdoor_c), np.maximum(heating, 0), np.maximum(cooling, 0)], axis=2
        )
        return (three * self.known[..., None]).reshape(-1, three.shape[2])

    @cached_property
    def squares(self) -> np.ndarray:
        """Products of every two columns (g, (1 + k)^2, n), for the sums of meters with gaps."""
        columns = self.columns.swapaxes(1, 2)
        return (columns[:, :, None] * columns[:, None]).reshape(GROUPS, -1, columns.shape[2])


def calendar(weather: np.ndarray, week_hour: np.ndarray) -> Calendar:
    """Return the calendar of some hours: weather (time, k) [°C], NaN where unknown, and
    week_hour (time), 0 to 191.
    """
    order, size = np.argsort(week_hour, kind="stable"), np.bincount(week_hour, minlength=GROUPS)
    rows, group = np.full((GROUPS, size.max()), -1), week_hour[order]
    rows[group, np.arange(len(order)) - np.repeat(size.cumsum() - size, size)] = order
    columns = np.concatenate([np.ones((*rows.shape, 1)), weather[rows]], axis=2)
    return Calendar(rows, np.nan_to_num(columns), (rows >= 0) & np.isfinite(columns).all(axis=2))


@dataclass(frozen=True)
class Metered:
    """Readings of some meters on a calendar: `y` (g, n, m) [kWh], zero where not `valid` (g, n, v),
    which without `gaps` is what the calendar knows; `occupied` (g, m)."""

    y: np.ndarray
    valid: np.ndarray
    occupied: np.ndarray
    gaps: bool


def metered(load: np.ndarray, on: Calendar) -> Metered:
    """Return the readings of load (time, m) that count, and the hours of the week that LBNL's
    rule calls occupied.
    """
    y, valid, gaps = load[on.rows], on.known[..., None], not np.isfinite(load.sum())
    if gaps:
        valid = valid & np.isfinite(y)
    y, seen = np.where(valid, y, 0.0), valid.reshape(-1, valid.shape[2]).astype(float)
    flat, degrees = y.reshape(len(seen), -1), on.degrees
    pairs = (degrees[:, :, None] * degrees[:, None]).reshape(len(degrees), -1)
    gram = (pairs.T @ seen).T.reshape(-1, degrees.shape[1], degrees.shape[1])
    least = np.finfo(float).eps * np.trace(gram, axis1=1, axis2=2) + TINY
    line = np.linalg.solve(
        gram + least[:, None, None] * np.eye(degrees.shape[1]), (degrees.T @ flat).T[..., None]
    )
    above = ((flat > degrees @ line[..., 0].T) & (seen > 0)).reshape(y.shape)
    return Metered(
        y, valid, above.sum(axis=1, dtype="int16") > OCCUPIED_SHARE * valid.sum(axis=1), gaps
    )


def solve(read: Metered, on: Calendar, weight: np.ndarray) -> dict[str, np.ndarray]:
    """Return level_kwh (g, m), occupied (g, m), slope_kwh_per_c (s, bin, m), lagged_kwh_per_c
    (hour, side, m), floor_kwh (m), hours (m) and parameters (m), for readings that count weight
    (time).

    Ridge regression, the levels free. Frisch-Waugh: subtracting each g's means removes its level;
    the lagged slopes of an hour of day then meet only each other and the bins', and are eliminated
    hour by hour (Schur). A level whose g was never read is NaN, and Sunday's on a day off.
    """
    weights = np.where(on.known, weight[on.rows], 0.0)[..., None]
    weighted = (on.columns * weights).swapaxes(1, 2)
    if read.gaps:
        xx = (
            (on.squares @ (read.valid * weights))
            .transpose(2, 0, 1)
            .reshape(-1, GROUPS, *2 * weighted.shape[1:2])
        )
    else:
        xx = (weighted @ on.columns)[None]  # v, g, 1 + k, 1 + k
    xy = (weighted @ read.y).transpose(2, 0, 1)  # m, g, 1 + k
    total = xx[..., 0, 0]
    mean_x, mean_y = (
        each / np.maximum(total, TINY)[..., None] for each in (xx[..., 0, 1:], xy[..., :1])
    )
    xx = xx[..., 1:, 1:] - mean_x[..., :, None] * xx[..., 0, None, 1:]
    xy = xy[..., 1:] - mean_x * xy[..., :1]
    slope, lag, columns = _slopes(xx, xy, read.occupied, RIDGE_C2 * total.sum(axis=1))
    own = np.where(read.occupied.T[..., None], slope[:, None, 1], slope[:, None, 0])  # m, g, bin
    daily = np.tile(lag, (1, DAYS, 1))
    level = (
        mean_y[..., 0]
        - (mean_x[..., :BINS] * own).sum(axis=2)
        - (mean_x[..., BINS:] * daily).sum(axis=2)
    )
    level = _lean_to_sunday(np.where(total > 0, level, np.nan), total)
    each = np.zeros(len(level), int)
    lowest = read.y.reshape(-1, len(level)).min(axis=0)
    return {
        "level_kwh": level.T,
        "occupied": read.occupied.astype("int8"),
        "slope_kwh_per_c": slope.transpose(1, 2, 0),
        "lagged_kwh_per_c": lag.transpose(1, 2, 0),
        "floor_kwh": np.where(lowest < 0, -np.inf, 0.0),
        "hours": each + read.valid.sum(axis=(0, 1)),
        "parameters": each + (total > 0).sum(axis=1) + columns,
    }


def _slopes(
    xx: np.ndarray, xy: np.ndarray, occupied: np.ndarray, ridge: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return slopes by occupancy (m, s, bin), lagged slopes (m, hour, side), and how many
    columns have any spread (m).
    """
    states = np.stack([~occupied, occupied]).transpose(2, 0, 1).astype(float)  # m, s, g
    meters, unknowns, by_day = len(states), 2 * BINS, (-1, DAYS, HOURS)
    own = (states @ xx[..., :BINS, :BINS].reshape(len(xx), GROUPS, -1)).reshape(
        meters, 2, BINS, BINS
    )
    whole = np.zeros((meters, 2, BINS, 2, BINS))
    whole[:, 0, :, 0], whole[:, 1, :, 1] = own[:, 0], own[:, 1]
    whole = whole.reshape(meters, unknowns, unknowns)
    cross = (
        xx[..., :BINS, BINS:].reshape(len(xx), DAYS, HOURS, BINS * SIDES).swapaxes(1, 2)
    )  # v, hour, day, bin x side
    cross = states.reshape(meters, 2, DAYS, HOURS).transpose(0, 3, 1, 2) @ cross
    cross = cross.reshape(meters, HOURS, unknowns, SIDES).transpose(
        0, 2, 1, 3
    )  # m, unknown, hour, side
    lag_xx = xx[..., BINS:, BINS:].reshape(*by_day, SIDES, SIDES).sum(axis=1)
    lag_xy = xy[..., BINS:].reshape(*by_day, SIDES).sum(axis=1)
    inverse = np.linalg.inv(
        lag_xx + ridge[:, None, None, None] * np.eye(SIDES)
    )  # v, hour, side, side
    through = (cross.swapaxes(1, 2) @ inverse).swapaxes(1, 2).reshape(meters, unknowns, -1)
    cross = cross.reshape(meters, unknowns, -1)
    schur = whole + ridge[:, None, None] * np.eye(unknowns) - through @ cross.swapaxes(1, 2)
    right = (states @ xy[..., :BINS]).reshape(meters, unknowns, 1) - through @ lag_xy.reshape(
        meters, -1, 1
    )
    slope = np.linalg.solve(schur, right)
    rest = lag_xy - (cross.swapaxes(1, 2) @ slope).reshape(lag_xy.shape)
    columns = (np.einsum("mjj->mj", whole) > 0).sum(axis=1) + (
        np.einsum("vhjj->vhj", lag_xx) > 0
    ).sum(axis=(1, 2))
    return slope.reshape(meters, 2, BINS), (inverse @ rest[..., None])[..., 0], columns


def _lean_to_sunday(level: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return levels (m, g) with those of a day off drawn to Sunday's, wholly where there was no
    day off.
    """
    like = SUNDAY_SHARE * total.reshape(len(total), DAYS, HOURS).sum(axis=1)
    share = like / np.maximum(total[:, -HOURS:] + like, TINY)
    drawn = share * level[:, -2 * HOURS : -HOURS] + (1 - share) * np.nan_to_num(level[:, -HOURS:])
    return np.concatenate([level[:, :-HOURS], drawn], axis=1)


def batches(load: np.ndarray) -> list[np.ndarray]:
    """Return the positions of meters to solve together: those with gaps in load (time, m) apart
    from those without.
    """
    complete = np.isfinite(load.sum(axis=0))
    return [
        some
        for alike in (complete, ~complete)
        for meters in [np.flatnonzero(alike)]
        for some in np.split(meters, range(BATCH, len(meters), BATCH))
        if len(some)
    ]


def fit(load: np.ndarray, on: Calendar, weight: np.ndarray) -> dict[str, np.ndarray]:
    """Return `solve`'s arrays for every meter of load (time, m), batch by batch."""
    found = {}
    for some in batches(load):
        for name, each in solve(metered(load[:, some], on), on, weight).items():
            found.setdefault(name, np.empty((*each.shape[:-1], load.shape[1]), each.dtype))[
                ..., some
            ] = each
    return found


def predict(fitted: dict[str, np.ndarray], on: Calendar) -> np.ndarray:
    """Return the energy expected at each hour of a calendar (time, m) [kWh], not under the
    meter's floor.
    """
    level, slope, lag, floor = (
        fitted[name] for name in ("level_kwh", "slope_kwh_per_c", "lagged_kwh_per_c", "floor_kwh")
    )
    at = on.rows >= 0
    predicted = np.empty((at.sum(), level.shape[1]))
    for start in range(0, level.shape[1], BATCH):
        some = slice(start, start + BATCH)
        own = np.where(fitted["occupied"][:, None, some] == 1, slope[1, :, some], slope[0, :, some])
        coefficients = np.concatenate(
            [level[:, None, some], own, np.tile(lag[..., some], (DAYS, 1, 1))], axis=1
        )
        predicted[on.rows[at], some] = np.maximum(on.columns @ coefficients, floor[some])[at]
    return predicted
