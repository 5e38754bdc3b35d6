"""How much likelier the hours of a meter become with a step from a midnight on, than without.

A step of the whole meter multiplies every hour from its first day on. What people and weather do
changes some hours more than others, comes over days and goes again. Each midnight is described by
what changed there (over eight weeks, a week, a day and two hours, by parts of the day), and the
meter's own other dates say how such changes vary together: the matched filter for a known shape in
noise of known covariance, with the multivariate t law in place of the normal one, for the noise of
buildings has long tails (Lange, Little & Taylor 1989). Two laws are averaged: with one tail for all
spans, which tells the date best, and with a tail for each, so that an outage of a day spoils what
that day says and not what the weeks say.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from neutrality.reference import units

_LONG, _LEAST, _WEEK = 84, 28, 7  # days before and after a date whose medians are compared
_PARTS_OF_DAY = 8
_EDGE = 2  # hours on either side of midnight
# The hours at which a step may begin: midnight by either clock, for meters keep standard time.
_STARTS = (0, 1)
# Weeks off, of the same weekday: what is usual between this weekday and the day before it.
_WEEKS = (-4, -3, -2, -1, 1, 2, 3, 4)
# The steps that are looked for, up or down [ln]: a smaller one is not told from others, a greater
# one counts as the last.
_SIZES = np.outer([-1, 1], [0.10, 0.14, 0.20]).ravel()
# Freedom of the t law of all spans, and shrinkage of its covariance to the diagonal.
_FREEDOM, _SHRINKAGE, _ROUNDS = 4, 0.15, 4
# Dates scored with one covariance [days], and the dates next to them that it must not have seen: a
# step would be taken for the meter's habit by all dates whose windows hold it.
_BLOCK, _UNSEEN = 28, _LONG + 28
_WIDEST = 6  # standard deviations beyond which a change counts as one of this size
_NORMAL_MAD, _FLOOR = 1.4826, 1e-4  # standard deviations in a median absolute deviation; least one
# What a step of 1 makes of the channels of _changes.
SHAPE = np.repeat([1.0, 0, 1, 0, 1], [3 * _PARTS_OF_DAY, _EDGE, _EDGE, _EDGE, _EDGE])
# Channels, freedom and weight of each tail: of all spans, which dates steps best, and of each span.
# Of freedoms 8, 6, 4, 3, 2 and 1 of a span's the least finds most steps, in base and reporting
# years; of weights 3, 5 and 7 to 10 of the first, the greatest does at low rates of false alarms.
_WHOLE = np.arange(len(SHAPE))
_TAILS = [(_WHOLE, _FREEDOM, 0.7), *((each, 1, 0.3) for each in _WHOLE.reshape(4, -1))]


def scores(hours: pd.DataFrame, runs: list[np.ndarray], since: pd.Timestamp) -> pd.DataFrame:
    """Return the score (day, meter) of a step at each midnight: the signed root of twice the log
    likelihood ratio, by the clock for which it is greater; NaN before `since` and within 28 days
    of the end of a run.

    `hours` are of `screen.days`; `runs` say which days follow upon one another.
    """
    at = np.flatnonzero(hours.index >= since)
    blocks = np.split(at, np.flatnonzero(np.diff(at // _BLOCK)) + 1)
    score = {}
    for meter in hours.columns.get_level_values(0).unique():
        pair, best = filled(hours[meter]), np.full(len(hours), np.nan)
        for start in _STARTS:
            load, ratio = (_from_hour(each, start) for each in pair)
            change = np.concatenate([_changes(load.iloc[run], ratio.iloc[run]) for run in runs])
            found = _by_block(change, blocks)
            best = np.where(np.abs(found) <= np.abs(best), best, found)
        score[meter] = best
    return pd.DataFrame(score, hours.index)


def _from_hour(hours: pd.DataFrame, start: int) -> pd.DataFrame:
    """Return the same (day, hour) with days that begin `start` hours later; the last as it was."""
    later = np.hstack([hours.iloc[:, start:], hours.iloc[:, :start].shift(-1)])
    return pd.DataFrame(later, hours.index).ffill()


def _by_block(change: np.ndarray, blocks: list[np.ndarray]) -> np.ndarray:
    """Return the score at each day of the blocks, by the scatter of days that are far from them."""
    score, day = np.full(len(change), np.nan), np.arange(len(change))
    for block in blocks:
        far = (day < block[0] - _UNSEEN) | (day > block[-1] + _UNSEEN)
        known = change[far & np.isfinite(change).all(1)]
        if len(known) > len(SHAPE):
            score[block] = likelihood_ratio(change[block], covariance(known))
    return score


def filled(hours: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the log load and the log ratio (day, hour) of one meter without gaps: as a week, and
    as a day, before.
    """
    ratio = hours["ratio"]
    load = hours["load"].where(ratio.notna())
    by_weekday = load.groupby(load.index.day_of_week)
    load = by_weekday.ffill().fillna(by_weekday.bfill())
    return load, ratio.ffill().bfill()


def covariance(change: np.ndarray) -> np.ndarray:
    """Return the scatter about 0 of rows under the t law, shrunk to its diagonal."""
    spread = _NORMAL_MAD * np.median(np.abs(change), 0) + _FLOOR
    change = np.clip(change, -_WIDEST * spread, _WIDEST * spread)
    scatter = np.diag(spread**2)
    for _ in range(_ROUNDS):
        far = _squared(change, np.linalg.inv(scatter))
        weight = (_FREEDOM + len(spread)) / (_FREEDOM + far)
        scatter = (change.T * weight) @ change / len(change)
        scatter += _SHRINKAGE * (np.diag(np.diag(scatter)) - scatter)
    return scatter


def likelihood_ratio(change: np.ndarray, scatter: np.ndarray) -> np.ndarray:
    """Return the signed root of twice the log likelihood ratio of the best step against none; 0
    where a step of the smallest size fits worse than none.

    It is a mean of that of one t law and that of a t law for each span, given those before it.
    """
    whiten = np.linalg.inv(np.linalg.cholesky(scatter))
    change, shape = change @ whiten.T, whiten @ SHAPE
    none = change[..., None] ** 2
    left = (change[..., None] - shape[:, None] * _SIZES) ** 2
    ratio = np.zeros((len(change), len(_SIZES)))
    for span, freedom, weight in _TAILS:
        before, after = (freedom + each[:, span].sum(1) for each in (none, left))
        ratio += weight * (freedom + len(span)) * np.log(before / after)
    best = ratio.argmax(1)
    most = np.take_along_axis(ratio, best[:, None], 1)[:, 0]
    return np.sign(_SIZES[best]) * np.sqrt(np.maximum(most, 0))


def _squared(rows: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    """Return the squared Mahalanobis length of each row."""
    return ((rows @ inverse) * rows).sum(1)


def _changes(load: pd.DataFrame, ratio: pd.DataFrame) -> np.ndarray:
    """Return what changed at each midnight of one run (day, channel) [ln], in the order of SHAPE.

    Over a week raw readings need no model, and at midnight they have no edge that is the model's.
    """
    parts = [
        _by_part(_medians(ratio, _LONG, _LEAST)),
        _by_part(_medians(load, _WEEK, _WEEK)),
        _by_part(_unusual(ratio.diff().to_numpy())),
        _unusual(_edge(load)),
        _unusual(_edge(ratio)),
    ]
    return np.hstack(parts)


def _medians(frame: pd.DataFrame, window: int, least: int) -> np.ndarray:
    """Return the median from each day on less that before it, by hour."""
    before = frame.rolling(window, min_periods=least).median().shift(1)
    after = frame[::-1].rolling(window, min_periods=least).median()[::-1]
    return (after - before).to_numpy()


def _edge(hours: pd.DataFrame) -> np.ndarray:
    """Return the last hours before, and the first from, each midnight."""
    return np.hstack([hours.iloc[:, -_EDGE:].shift(1), hours.iloc[:, :_EDGE]])


def _by_part(hours: np.ndarray) -> np.ndarray:
    hours_of_part = units.HOURS_PER_DAY // _PARTS_OF_DAY
    return hours.reshape(len(hours), _PARTS_OF_DAY, hours_of_part).mean(2)


def _unusual(change: np.ndarray) -> np.ndarray:
    """Return changes (day, channel) less the median of those some weeks before and after."""
    weeks = np.full((len(_WEEKS), *change.shape), np.nan)
    for usual, week in zip(weeks, _WEEKS, strict=True):
        days = _WEEK * week
        if abs(days) < len(change):
            usual[max(days, 0) : len(change) + min(days, 0)] = change[
                max(-days, 0) : len(change) - max(days, 0)
            ]
    known = np.isfinite(weeks).any(0)
    weeks[:, ~known] = 0
    return change - np.nanmedian(weeks, 0)
