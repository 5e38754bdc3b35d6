"""A screen for what changed at a site without anyone writing it down: it proposes steps and slow
drifts of a meter against its baseline, with a stated rate of false alarms, and applies nothing.

It works on energy by hour, day or bill, metered and predicted, whichever model predicted it: hours
by step_filter, days and bills by medians before and after. The thresholds are rows of
reference/screen.csv, found by tests/benchmarks/bench_screen.py on buildings without any known
project. The rows say what is found as well: of steps of 10 % the fewer part, so that no proposal
does not mean that nothing happened. They are of steps of the whole meter at a midnight; a step
within the day, or of one end use only, is found less often. The rates are of reporting years.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from neutrality.energy import reading_checks, step_filter
from neutrality.reference import published, units
from neutrality.texts.findings import Finding


class Scan(NamedTuple):
    """How the periods of one resolution are compared."""

    windows: tuple[int, ...]  # periods before and after a date whose medians are compared
    least: int  # periods that must stand on either side of a date
    quantile: float  # of a meter's own scores: its scale (0-1)
    floor: float = 0.0  # added to that scale in squares [ln]


# A step holds over a week, a month and a quarter alike, an outage or a holiday over the first only,
# the wandering of a building over the last only. Windows and quantile were chosen on the buildings.
# Of some twenty bills a scale may be small by chance, and any change beside it great: a floor is
# the remedy (Tusher, Tibshirani & Chu 2001). Of 0, 2, 5, 10 and 20 %,
# 2 % finds most steps in the base years.
_DAYS, _BILLS = Scan((7, 28, 112), 28, 0.9), Scan((3,), 3, 0.5, 0.02)
# "hours" are days whose hours are known as well.
SCANS = {"hours": _DAYS, "days": _DAYS, "bills": _BILLS}
KINDS = ("step", "drift")
# Of the rate of false alarms, what is left to drifts (0-1); the rest is for steps.
DRIFT_RATE = 0.02
# Periods further apart than this [days] are no neighbours: base and reporting year may be years
# apart, and the level of one says nothing about a step in the other.
_MOST_DAYS_APART = 62
# A period off its median by more than this factor e^2.5 was misread, or not metered for most of it.
_BEYOND = 2.5


def days(load_kwh: xr.DataArray, predicted_kwh: xr.DataArray) -> tuple[pd.DataFrame, ...]:
    """Return metered and predicted energy by local day (day, meter) [kWh], and by hour of the day
    the log of the load and of its ratio to the prediction, (day, (meter, load or ratio, hour)).

    From load and prediction (time, meter) [kWh] of `meters` and `baseline`. An hour without reading
    is left out of both. Days off, and days with less than half of their hours, are NaN.
    """
    both = (load_kwh.notnull() & predicted_kwh.notnull()).transpose("time", "meter").values
    zone = load_kwh.attrs["timezone"]
    day = pd.DatetimeIndex(load_kwh.time.values, tz="UTC").tz_convert(zone)
    day = day.tz_localize(None).normalize()
    hour = load_kwh.hour_of_week.values % units.HOURS_PER_DAY
    off = pd.Series(load_kwh.day_off.values, day).groupby(level=0).max() > 0
    sums, hours = [], []
    for each in (load_kwh, predicted_kwh):
        kwh = pd.DataFrame(
            np.where(both, each.transpose("time", "meter").values, np.nan),
            columns=load_kwh.meter.values,
        )
        by_day = kwh.groupby(day).sum(min_count=units.HOURS_PER_DAY // 2)
        sums.append(by_day.mask(off, axis=0))
        by_hour = kwh.groupby([day, hour]).mean().unstack()
        hours.append(by_hour.reindex(columns=_every_hour(kwh.columns)).mask(off, axis=0))
    ratio = log_ratio(*hours)
    logs = {"load": np.log(hours[0].where(hours[0] > 0)), "ratio": ratio}
    return *sums, pd.concat(logs, axis=1).swaplevel(0, 1, axis=1).sort_index(axis=1)


def log_ratio(metered_kwh: pd.DataFrame, predicted_kwh: pd.DataFrame) -> pd.DataFrame:
    """Return ln(metered / predicted) of each period and meter; NaN where either is not positive, or
    where it departs from the meter's median by a factor above 12.

    >>> kwh = [pd.DataFrame({"main": each}) for each in ([20.0, 0.0], [20.0, 20.0])]
    >>> log_ratio(*kwh).main.tolist()
    [0.0, nan]
    """
    positive = (metered_kwh > 0) & (predicted_kwh > 0)
    ratio = np.log(metered_kwh.where(positive) / predicted_kwh.where(positive))
    return ratio.where((ratio - ratio.median()).abs() < _BEYOND)


def scores(ratio: pd.DataFrame, resolution: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the score and the size of a step at each period and meter, from the log ratios
    (period, meter) of base and reporting year, indexed by the start of the period.

    A step at a date is the median after it less the median before, for each window of the
    resolution; its size is the median over windows, its score the smallest of them in magnitude, 0
    where their signs differ, in units of a quantile of the same over all dates of the meter. Signs
    are kept. NaN within `least` periods of an end of the readings.
    """
    scan = SCANS[resolution]
    parts = [_changes(ratio[at], scan) for at in _neighbours(ratio.index)]
    least, size = (pd.concat(each) for each in zip(*parts, strict=True))
    return least / _scale(least, scan), size


def hour_scores(hours: pd.DataFrame, since: pd.Timestamp) -> pd.DataFrame:
    """Return the score of a step at each midnight from `since` on (day, meter), of `step_filter`,
    from the hours of `days` of base and reporting year.
    """
    return step_filter.scores(hours, _neighbours(hours.index), since)


def drifts(ratio: pd.DataFrame, resolution: str, since: pd.Timestamp) -> pd.DataFrame:
    """Return the score and the size (log) of a slow drift of each meter over the periods from
    `since` on: columns score and size, indexed by meter.

    A drift goes on: the size is the change of the median from the first to the last third, the
    score twice the lesser of the two changes between thirds, 0 where their signs differ, in the
    units of `scores`.
    """
    scan = SCANS[resolution]
    least = pd.concat([_changes(ratio[at], scan)[0] for at in _neighbours(ratio.index)])
    thirds = np.array_split(np.flatnonzero(ratio.index >= since), 3)
    first, second, third = (ratio.iloc[at].median() for at in thirds)
    found = 2 * _agreed([(second - first).to_frame(), (third - second).to_frame()]).iloc[:, 0]
    return pd.DataFrame({"score": found / _scale(least, scan), "size": third - first})


def threshold(resolution: str, kind: str, rate: float) -> float:
    """Return the score above which a step or drift is proposed, for a rate of false alarms: the
    share of untouched meter-years with any proposal (0-1).

    ValueError for a resolution or rate without a row in reference/screen.csv.
    """
    rows = published.table("screen").reset_index()
    rows = rows.astype({"rate": float, "threshold": float}).query("kind == @kind")
    rows = rows[rows["resolution"] == resolution].set_index("rate")["threshold"]
    if rate not in rows.index:
        known = ", ".join(f"{each:g}" for each in rows.index)
        raise ValueError(f"screen: no threshold for a rate of {rate:g}; known are {known}")
    return float(rows[rate])


def propose(
    metered_kwh: pd.DataFrame,
    predicted_kwh: pd.DataFrame,
    since: pd.Timestamp,
    resolution: str,
    rate: float,
    hours: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return proposed steps and drifts from `since` on: meter, kind, date, share (0-1), kwh, score.

    `metered_kwh` and `predicted_kwh` (period, meter) [kWh] are indexed by the start of the period
    and hold the base year, predicted by fits that had not seen the month, and the reporting year.
    With the resolution "hours", `hours` are of `days`. `share` is the change of the meter against
    its prediction; `kwh` what it read more, or less, for it until the end. A drift is proposed
    only for a meter without a step. Nothing is applied: whether it was an event, and which, is for
    people to say.
    """
    ratio = log_ratio(metered_kwh, predicted_kwh)
    score, size = scores(ratio, resolution)
    if resolution == "hours":
        score = hour_scores(hours, since)
    rows, limit = [], threshold(resolution, "step", rate)
    for meter, date in peaks(score[score.index >= since], resolution, limit):
        later = metered_kwh[meter][metered_kwh.index >= date]
        change = size.at[date, meter]
        kwh = later.sum() * (1 - np.exp(-change))
        rows.append((meter, "step", date, np.expm1(change), kwh, score.at[date, meter]))
    slow, stepped = drifts(ratio, resolution, since), {row[0] for row in rows}
    slow = slow[slow["score"].abs() > threshold(resolution, "drift", rate)]
    for row in slow.drop(index=stepped, errors="ignore").itertuples():
        later = metered_kwh[row.Index][metered_kwh.index >= since]
        kwh = later.sum() * (1 - np.exp(-row.size / 2))  # half of it on average over the year
        rows.append((row.Index, "drift", since, np.expm1(row.size), kwh, row.score))
    return pd.DataFrame(rows, columns=["meter", "kind", "date", "share", "kwh", "score"])


def peaks(score: pd.DataFrame, resolution: str, limit: float) -> Iterable[tuple[str, pd.Timestamp]]:
    """Yield meter and date of each score that is beyond `limit` in magnitude and the largest of its
    neighbours: half as many on either side as must stand there.
    """
    apart = SCANS[resolution].least // 2
    size = score.abs()
    largest = size.rolling(2 * apart + 1, center=True, min_periods=1).max()
    for meter in score:
        last = -np.inf  # of dates with one and the same score, the first
        for at in np.flatnonzero((size[meter] > limit) & (size[meter] == largest[meter])):
            if at - last > apart:
                last = at
                yield meter, score.index[at]


def findings(proposed: pd.DataFrame, rate: float, whole: str = "main") -> list[Finding]:
    """Return a finding for each row of `propose`, with its size; `kwh`, for the tonnes, is that of
    the meter `whole` only, for the inventory takes the whole.
    """
    return [
        reading_checks.of_meter(
            f"{row.kind}_proposed",
            row.meter,
            date=row.date,
            share=row.share,
            rate=rate,
            change_kwh=row.kwh,
            kwh=row.kwh if row.meter == whole else np.nan,
        )
        for row in proposed.itertuples(index=False)
    ]


def _every_hour(meters: pd.Index) -> pd.MultiIndex:
    """Return the columns (meter, hour of the day), whatever hours were read."""
    return pd.MultiIndex.from_product([meters, range(units.HOURS_PER_DAY)])


def _neighbours(starts: pd.DatetimeIndex) -> list[np.ndarray]:
    """Return which periods belong to each run of neighbours."""
    apart = np.diff(starts.values) / np.timedelta64(1, "D") > _MOST_DAYS_APART
    run = np.concatenate([[0], np.cumsum(apart)])
    return [run == each for each in np.unique(run)]


def _changes(ratio: pd.DataFrame, scan: Scan) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the change at each period on which all windows agree, and the median of them."""
    steps = []
    for window in scan.windows:
        enough = min(window, scan.least) // 2 + 1
        before = ratio.rolling(window, min_periods=enough).median().shift(1)
        after = ratio[::-1].rolling(window, min_periods=enough).median()[::-1]
        steps.append(after - before)
    at = np.arange(len(ratio))
    inside = (at >= scan.least) & (at <= len(ratio) - scan.least)
    least, size = _agreed(steps), sum(steps) * 0 + np.median(steps, axis=0)
    return least[inside].reindex(ratio.index), size[inside].reindex(ratio.index)


def _agreed(steps: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the smallest in magnitude where all signs agree, else 0."""
    low, high = np.min(steps, axis=0), np.max(steps, axis=0)
    agreed = np.where(low > 0, low, np.where(high < 0, high, low * 0))
    return pd.DataFrame(agreed, steps[0].index, steps[0].columns)


def _scale(least: pd.DataFrame, scan: Scan) -> pd.Series:
    """Return each meter's scale: a quantile of the magnitudes over all dates, and the floor."""
    return np.hypot(least.abs().quantile(scan.quantile), scan.floor).replace(0.0, np.nan)
