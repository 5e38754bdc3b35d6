"""The weighted ridge regressions of the time-of-week-and-temperature model, of all meters at once,
from the sums of `towt`; and what they expect at other hours.

Each meter has a system of fourteen unknowns. Axes as in `towt`, and s = unoccupied, occupied;
p = every two of one and the weather columns; v = m where meters have gaps, else 1, as what weather
and weights come to is the same for all meters without.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neutrality.energy import towt
from neutrality.energy.towt import BINS, DAYS, PAIR, SIDES, TINY

_STATES = 2
_UNKNOWNS = _STATES * BINS


def solve(seen: towt.Sums, kind: int = 0) -> dict[str, np.ndarray]:
    """Return level_kwh (g, m), occupied (g, m), slope_kwh_per_c (s, bin, m), lagged_kwh_per_c
    (hour, side, m), floor_kwh (m), hours (m) and parameters (m), with a kind of the weights.

    Ridge regression in which levels are not shrunk. Subtracting each g's means removes its level
    (Frisch-Waugh); the lagged slopes of an hour of day then share products only with each other
    and with the bins' slopes, and are eliminated hour by hour (Schur complement). A level whose g
    has no reading is NaN; on a day off it is Sunday's.
    """
    solved = [(some, *_solved(seen, kind, some, *about)) for some, about in _systems(seen, kind)]
    order, *found = (np.concatenate(each, axis=-1) for each in zip(*solved, strict=True))
    level, slope, lag, parameters = (np.take(each, np.argsort(order), axis=-1) for each in found)
    return {
        "level_kwh": level,
        "occupied": seen.occupied.astype("int8"),
        "slope_kwh_per_c": slope,
        "lagged_kwh_per_c": lag,
        "floor_kwh": np.where(seen.lowest < 0, -np.inf, 0.0),
        "hours": seen.hours.sum(axis=0, dtype=int),
        "parameters": parameters,
    }


def _systems(
    seen: towt.Sums, kind: int
) -> Iterator[tuple[np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]]:
    """Yield the positions of meters to solve together and their `_about_means`, which is one for
    all meters without gaps.
    """
    complete = np.delete(np.arange(len(seen.lowest)), seen.gaps)
    shared = _about_means(seen.xx[kind, ..., None].copy())
    for some in towt.together(len(complete)):
        yield complete[some], shared
    for some in towt.together(len(seen.gaps)):
        weights = seen.valid[..., some] * seen.weights[kind, ..., None]
        yield seen.gaps[some], _about_means(seen.design.products @ weights)


def _about_means(xx: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the total weight (g, v), the mean of each weather column (g, k, v) and the products of
    every two about their means (g, p, v), of sums of products (g, p, v), which are changed.
    """
    total, sum_x = xx[:, 0], np.take(xx, PAIR[0, 1:], axis=1)
    mean_x = sum_x / np.maximum(total, TINY)[:, None]
    for column in range(BINS + SIDES):
        pairs = PAIR[1 + column, 1 + column :]
        xx[:, pairs[0] : pairs[-1] + 1] -= mean_x[:, column, None] * sum_x[:, column:]
    return total, mean_x, xx


def _solved(
    seen: towt.Sums,
    kind: int,
    some: np.ndarray,
    total: np.ndarray,
    mean_x: np.ndarray,
    xx: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return level, slope, lagged slope and how many parameters some meters have."""
    xy, occupied = (np.take(each, some, axis=-1) for each in (seen.xy[kind], seen.occupied))
    mean_y = xy[:, 0] / np.maximum(total, TINY)
    xy = xy[:, 1:] - mean_x * xy[:, :1]
    ridge = towt.RIDGE_C2 * total.sum(axis=0) + TINY  # solvable where a meter has no reading
    slope, lag, columns = _slopes(xx, xy, occupied, ridge)
    level = _levels(seen.design.first[..., None] + mean_x, mean_y, occupied, slope, lag)
    level = _shrunk_to_sunday(np.where(total > 0, level, np.nan), total)
    return level, slope, lag, (total > 0).sum(axis=0) + columns


def _levels(
    mean_x: np.ndarray, mean_y: np.ndarray, occupied: np.ndarray, slope: np.ndarray, lag: np.ndarray
) -> np.ndarray:
    """Return the level of each hour of the week (g, m): its mean reading less what the slopes give
    at its mean weather.
    """
    by_bin = [np.einsum("gbm,bm->gm", mean_x[:, :BINS], each) for each in slope]
    by_lag = np.einsum("dhcm,hcm->dhm", _by_day(mean_x[:, BINS:]), lag).reshape(mean_y.shape)
    return mean_y - np.where(occupied, by_bin[1], by_bin[0]) - by_lag


def _slopes(
    xx: np.ndarray, xy: np.ndarray, occupied: np.ndarray, ridge: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return slopes by occupancy (s, bin, m), lagged slopes (hour, side, m), and how many columns
    are not constant (m).
    """
    states, meters = np.stack([~occupied, occupied]).astype(float), occupied.shape[1]
    of_lag = np.take(_by_day(xx).sum(axis=0), PAIR[-SIDES:, -SIDES:], axis=1)
    root = _root(of_lag + ridge * np.eye(SIDES)[..., None])  # hour, side, side, v
    lag_xy = np.einsum("hcam,ham->hcm", root, _by_day(xy[:, BINS:]).sum(axis=0))
    whole, cross = _by_occupancy(xx, states, root)
    schur = whole + ridge[:, None, None] * np.eye(_UNKNOWNS) - cross @ cross.swapaxes(1, 2)
    right = np.einsum("sgm,gbm->sbm", states, xy[:, :BINS]).reshape(_UNKNOWNS, meters).T[..., None]
    slope = np.linalg.solve(schur, right - cross @ lag_xy.reshape(-1, meters).T[..., None])
    rest = lag_xy - (cross.swapaxes(1, 2) @ slope)[..., 0].T.reshape(lag_xy.shape)
    lag = np.einsum("hcam,hcm->ham", root, rest)
    slope = np.ascontiguousarray(slope[..., 0].T).reshape(_STATES, BINS, meters)
    varying = (np.einsum("mjj->mj", whole) > 0).sum(axis=1)
    lag_varying = (np.einsum("hccv->hcv", of_lag) > 0).sum(axis=(0, 1))
    return slope, lag, varying + lag_varying


def _by_day(of_week: np.ndarray) -> np.ndarray:
    """Return an array (g, ...) by day of the week and hour of day (day, hour, ...)."""
    return of_week.reshape(DAYS, len(of_week) // DAYS, *of_week.shape[1:])


def _root(matrix: np.ndarray) -> np.ndarray:
    """Return R of each positive definite matrix A (hour, side, side, v) such that R'R is its
    inverse.
    """
    lower = np.linalg.cholesky(np.moveaxis(matrix, -1, 0))
    return np.ascontiguousarray(np.moveaxis(np.linalg.inv(lower), 0, -1))


def _by_occupancy(
    xx: np.ndarray, states: np.ndarray, root: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the products of the bins' columns, zero between the two states of occupancy (m, s x
    bin, s x bin), and of the bins' and the lagged columns times `root` (m, s x bin, hour x side).
    """
    xx = _by_day(xx).swapaxes(0, 1)
    states = np.stack([_by_day(each).swapaxes(0, 1) for each in states])  # s, hour, day, m
    if xx.shape[3] == 1:
        xx = xx[..., 0].swapaxes(1, 2) @ states
    else:
        xx = np.einsum("hdpm,shdm->shpm", xx, states)
    own = np.take(xx.sum(axis=1), PAIR[1:-SIDES, 1:-SIDES], axis=1)
    whole = np.zeros((xx.shape[3], _STATES, BINS, _STATES, BINS))
    for state in range(_STATES):
        whole[:, state, :, state] = np.moveaxis(own[state], 2, 0)
    cross = np.take(xx, PAIR[1:-SIDES, -SIDES:], axis=2)
    cross = np.einsum("shbam,hcam->msbhc", cross, root)
    return whole.reshape(-1, _UNKNOWNS, _UNKNOWNS), cross.reshape(-1, _UNKNOWNS, len(root) * SIDES)


def _shrunk_to_sunday(level: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return levels (g, m) with those of a day off shrunk towards Sunday's, and equal to them where
    there was no day off; `total` (g, v) is the weight of each g.
    """
    total, (*_, sunday, day_off) = _by_day(total), _by_day(level)
    prior = towt.SUNDAY_SHARE * total.sum(axis=0)
    share = prior / np.maximum(total[-1] + prior, TINY)
    shrunk = share * sunday + (1 - share) * np.nan_to_num(day_off)
    return np.concatenate([level[: -len(shrunk)], shrunk])


def fit(
    load: np.ndarray, design: towt.Design, weights: np.ndarray, kind: np.ndarray | int = 0
) -> dict[str, np.ndarray]:
    """Return the arrays of `solve` for every meter of load (time, m) [kWh], with the row of weights
    (kind, time) that is each meter's own by `kind` (m).
    """
    if len(weights) == 1:
        return solve(towt.sums(load, design, weights))
    kind = np.broadcast_to(kind, load.shape[1])
    parts = [np.flatnonzero(kind == each) for each in range(len(weights))]
    fitted = [
        fit(np.take(load, some, axis=1), design, weights[[each]])
        for each, some in enumerate(parts)
        if len(some)
    ]
    order = np.argsort(np.concatenate(parts))
    return {
        name: np.take(np.concatenate([each[name] for each in fitted], axis=-1), order, axis=-1)
        for name in fitted[0]
    }


def predict(fitted: dict[str, np.ndarray], design: towt.Design) -> np.ndarray:
    """Return the energy expected at each hour of a design (time, m) [kWh], at least the meter's
    floor.
    """
    level, floor, lag = (fitted[name] for name in ("level_kwh", "floor_kwh", "lagged_kwh_per_c"))
    occupied, (empty_slope, full_slope) = fitted["occupied"] == 1, fitted["slope_kwh_per_c"]
    hour = np.arange(len(level)) % len(lag)
    predicted = np.empty(((design.rows >= 0).sum() + 1, level.shape[1]))  # the last for row -1
    for g, n in design.parts(level.shape[1]):
        own = np.where(occupied[g, None], full_slope, empty_slope)
        slopes = np.concatenate([level[g, None], own, lag[hour[g]]], axis=1)
        expected = design.columns[g, n] @ slopes
        predicted[design.rows[g, n]] = np.maximum(expected, floor, out=expected)
    return predicted[:-1]
