"""The time-of-week-and-temperature model (TOWT) on plain arrays: its columns of the weather, and
the sums of all meters' readings by hour of the week, from which `hour_ridge` solves it.

What depends on hours and weather alone is computed once for all meters, and the readings are read
twice: for their sums, and for the hours that are occupied. Axes: g = hour of the week or of a day
off (192, fewer where only some hours of each day are taken), n = the hours of a period that fall
on it, m = meters, k = weather columns.
"""

from __future__ import annotations

from collections.abc import Iterator
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

DAYS = units.HOURS_PER_WEEK // units.HOURS_PER_DAY + 1  # the eighth is the day off
BINS, SIDES = len(_BIN_ENDS_F) + 1, 2  # weather columns: parts in bins; lagged heating and cooling
# Every two of one and the weather columns, first one and each; PAIR: where any two are among them.
_FIRST, _SECOND = np.triu_indices(1 + BINS + SIDES)
PAIR = np.zeros((1 + BINS + SIDES,) * 2, int)
PAIR[_FIRST, _SECOND] = PAIR[_SECOND, _FIRST] = np.arange(len(_FIRST))
_LINE = 3  # columns of the occupancy rule
# Readings taken, and meters solved, together: few enough for the processor's cache.
_READINGS, _METERS = 2**16, 64
TINY = np.finfo(float).tiny


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
    def first(self) -> np.ndarray:
        """The weather at the first known hour of each hour of the week (g, k)."""
        return self.columns[np.arange(len(self.rows)), self.known.argmax(axis=1), 1:]

    @cached_property
    def shifted(self) -> np.ndarray:
        """The columns less `first`, zero where unknown (g, n, 1 + k): what never varies in an hour
        of the week has sums of exactly zero."""
        first = np.hstack([np.zeros((len(self.rows), 1)), self.first])
        return (self.columns - first[:, None]) * self.known[..., None]

    @cached_property
    def products(self) -> np.ndarray:
        """Products of every two shifted columns (g, pair, n)."""
        columns = np.ascontiguousarray(self.shifted.swapaxes(1, 2))
        return np.take(columns, _FIRST, axis=1) * np.take(columns, _SECOND, axis=1)

    @cached_property
    def occupancy_columns(self) -> np.ndarray:
        """One, heating and cooling degrees of the occupancy rule, zero where unknown (g, n, 3)."""
        outdoor_c = self.columns[..., 1 : 1 + BINS].sum(axis=2)
        heating = np.maximum(units.celsius(HEATING_BELOW_F) - outdoor_c, 0)
        cooling = np.maximum(outdoor_c - units.celsius(COOLING_ABOVE_F), 0)
        three = np.stack([np.ones_like(outdoor_c), heating, cooling], axis=2)
        return three * self.known[..., None]

    def parts(self, meters: int) -> Iterator[tuple[slice, slice]]:
        """Yield g and n of hours whose readings, of so many meters, fit into the cache."""
        size = (self.rows >= 0).sum(axis=1)
        step = max(_READINGS // max(size.max() * meters, 1), 1)
        for start in range(0, len(size), step):
            longest = size[start : start + step].max()
            if longest:
                yield slice(start, start + step), slice(longest)


def design_by_week_hour(weather: np.ndarray, week_hour: np.ndarray, every: int = 1) -> Design:
    """Return the design of some hours: weather (time, k) [°C], NaN where unknown, and week_hour
    (time), 0 to 191, of which only multiples of `every` occur.
    """
    week_hour = (week_hour // every).astype("uint8")
    order = np.argsort(week_hour, kind="stable")
    size = np.bincount(week_hour, minlength=DAYS * units.HOURS_PER_DAY // every)
    group, rows = week_hour[order], np.full((len(size), size.max()), -1)
    rows[group, np.arange(len(order)) - np.repeat(size.cumsum() - size, size)] = order
    columns, known = np.hstack([np.ones((len(weather), 1)), weather]), rows >= 0
    unknown = ~np.isfinite(weather).all(axis=1)
    if unknown.any():
        columns, known = np.nan_to_num(columns), known & ~unknown[rows]
    return Design(rows, np.take(columns, rows, axis=0, mode="wrap"), known)


@dataclass(frozen=True)
class Sums:
    """What the readings of all meters come to, for some kinds of `weights` (kind, g, n): `xy`
    (kind, g, 1 + k, m), weighted sums of shifted columns times readings, and `xx` (kind, g, pair),
    of two such columns at all known hours; how many readings, `hours` (g, m); `occupied` (g, m);
    the `lowest` (m), at most 0 [kWh]; which meters have `gaps` and at which hours these are `valid`
    (g, n, gap)."""

    design: Design
    weights: np.ndarray
    xy: np.ndarray
    xx: np.ndarray
    hours: np.ndarray
    occupied: np.ndarray
    lowest: np.ndarray
    gaps: np.ndarray
    valid: np.ndarray


def sums(load: np.ndarray, design: Design, weights: np.ndarray) -> Sums:
    """Return the sums over load (time, m) [kWh] at hours of known temperature, with each row of
    weights (kind, time), and the hours of the week that LBNL's rule calls occupied.
    """
    load, meters = np.ascontiguousarray(load, float), load.shape[1]
    weights = np.where(design.known, weights[:, design.rows], 0.0)
    columns = (design.shifted * weights[..., None]).swapaxes(2, 3)
    xy, of_line = np.zeros((*columns.shape[:3], meters)), np.zeros((_LINE, meters))
    valid, lowest = np.zeros((*design.rows.shape, meters), bool), np.zeros(meters)
    for g, n in design.parts(meters):
        y = _sorted(load, design.rows[g, n])
        valid[g, n] = np.isfinite(y)
        valid[g, n][~design.known[g, n]] = False
        np.copyto(y, 0.0, where=~valid[g, n])
        np.matmul(columns[:, g, :, n], y, out=xy[:, g])
        y = y.reshape(-1, meters)
        of_line += design.occupancy_columns[g, n].reshape(-1, _LINE).T @ y
        np.minimum(lowest, y.min(axis=0), out=lowest)
    hours, xx = _count(valid), (columns @ design.shifted)[:, :, _FIRST, _SECOND]
    gaps = np.flatnonzero(hours.sum(axis=0) < design.known.sum())
    valid = np.take(valid, gaps, axis=2)
    line = _line(design, of_line, gaps, valid)
    occupied = _above(load, design, line) > OCCUPIED_SHARE * hours
    return Sums(design, weights, xy, xx, hours, occupied, lowest, gaps, valid)


def _sorted(load: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the readings (g, n, m) of load (time, m), any at row -1."""
    return np.take(load, rows, axis=0, mode="clip")


def _count(true: np.ndarray) -> np.ndarray:
    """Return how many of n are true (g, m)."""
    return true.view("uint8").sum(axis=1, dtype=np.min_scalar_type(true.shape[1]))


def _line(design: Design, xy: np.ndarray, gaps: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Return each meter's regression on the occupancy columns (3, m), of which xy (3, m) are the
    sums of products with the readings.
    """
    columns = design.occupancy_columns.reshape(-1, _LINE)
    gram = np.repeat((columns.T @ columns)[None], xy.shape[1], axis=0)
    if len(gaps):
        pairs = np.stack([each * other for each in columns.T for other in columns.T])
        for some in together(len(gaps)):
            own = pairs @ valid[..., some].reshape(len(columns), -1).astype(float)
            gram[gaps[some]] = own.T.reshape(-1, _LINE, _LINE)
    least = np.finfo(float).eps * np.trace(gram, axis1=1, axis2=2) + TINY
    gram = gram + least[:, None, None] * np.eye(_LINE)  # solvable where a column is all zero
    return np.linalg.solve(gram, xy.T[..., None])[..., 0].T


def _above(load: np.ndarray, design: Design, line: np.ndarray) -> np.ndarray:
    """Return how many readings of each hour of the week lie above each meter's line (g, m)."""
    found = np.zeros((len(design.rows), load.shape[1]), int)
    for g, n in design.parts(load.shape[1]):
        y = _sorted(load, design.rows[g, n])
        above = (y > design.occupancy_columns[g, n] @ line) & np.isfinite(y)
        above[~design.known[g, n]] = False
        found[g] = _count(above)
    return found


def together(meters: int) -> list[slice]:
    """Return which of so many meters to solve together."""
    return [slice(start, start + _METERS) for start in range(0, meters, _METERS)]
