"""Cumulative registers: differenced, and what became of them when they fell or stood still."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

_LEAST = 48  # readings, before rising values alone make a column a register
_LEAST_VALUES = 10  # different ones among them: a constant never falls either
_BETWEEN_FALLS = 300  # readings at least between two falls of a register
_RISING = 0.25  # share of its readings in which a register rises at least, as in reading_checks
_MOSTLY, _SELDOM = 0.5, 0.1  # shares of steps up and down of what begins anew each day or month
_ANEW = 0.25  # share of the value before that it falls to at most
_FULL = 0.9  # share of a register's digits from which on a fall is a roll-over
_EMPTY = 0.1  # share below which it has begun anew
_SPAN = 20.0  # a roll-over's energy is at most this many usual steps for each interval


class Used(NamedTuple):
    """What a register's differences are."""

    readings: pd.DataFrame  # start, end, amount, estimated
    said: list[str]  # of roll-overs, exchanges, outages
    faulty: list[str]  # falls that nothing explains


def is_register(values: pd.Series) -> bool:
    """Return whether one meter's values, the oldest or the newest first, rise and do not fall but
    where a register rolls over or is exchanged: energy by the hour falls every day.

    >>> is_register(pd.Series(range(100))), is_register(pd.Series([1.0, 2.0]))
    (True, False)
    """
    read = values.dropna()
    if len(read) < _LEAST or read.nunique() < _LEAST_VALUES:
        return False
    steps = read.diff().dropna()
    fewer, more = sorted([int((steps < 0).sum()), int((steps > 0).sum())])
    return fewer <= len(steps) // _BETWEEN_FALLS and more >= _RISING * len(steps)


def begins_anew(values: pd.Series) -> bool:
    """Return whether one meter's values rise and time and again fall back to where they began, as
    what was used since midnight, or since the first of the month, does.

    >>> of_day = list(range(10, 250, 10))
    >>> begins_anew(pd.Series(of_day * 3)), begins_anew(pd.Series(range(100)))
    (True, False)
    """
    read = values.dropna()
    steps = read.diff().dropna()
    if len(read) < _LEAST or (steps > 0).mean() < _MOSTLY:
        return False
    falls = steps[steps < 0]
    low = read[falls.index] <= _ANEW * read.shift()[falls.index]
    return bool(1 < len(falls) <= _SELDOM * len(steps) and low.all())


def differences(at: pd.Series, values: pd.Series, every: pd.Timedelta, digits: int = 0) -> Used:
    """Return what a register counted between neighbouring readings.

    `at` are instants, `values` the readings in the same order, indexed by row; `every` is the time
    between two readings. Over a longer time (an outage) the energy is kept and spread evenly as
    estimated. A register that falls from near its last digit to near 0 has rolled over (`digits`
    before the point, else the next power of ten); one that begins anew was exchanged, and what was
    used between its last and first reading is not known. Any other fall is faulty.
    """
    held = pd.DataFrame({"at": at, "value": values}).dropna().sort_values("at", kind="stable")
    before = held.shift()
    used, usual = held["value"] - before["value"], _usual(held, every)
    faulty = _stray(held, every, usual)
    known, said = pd.Series(True, held.index), _jumps(held, used, every, usual)
    known[used < 0] = not faulty
    for row in held.index[(used < 0) & known]:
        old, new = before.loc[row, "value"], held.loc[row, "value"]
        intervals = max((held.loc[row, "at"] - before.loc[row, "at"]) / every, 1)
        full = 10.0 ** (digits or _digits(old))
        rolled = old >= _FULL * full and 0 <= full - old + new <= _SPAN * usual * intervals
        if rolled:
            used[row] = full - old + new
            said.append(f"row {row}: the register rolled over, from {old:,.10g} to {new:,.10g}")
        elif new <= max(_EMPTY * old, _SPAN * usual) and not _returns(held, used, row, old, usual):
            known[row] = False
            said.append(
                f"row {row}: the register fell from {old:,.10g} to {new:,.10g}: taken as a meter "
                "exchange; what was used between the two readings is not known and left empty"
            )
        else:
            faulty.append(
                f"row {row}: the register falls from {old:,.10g} to {new:,.10g}; correct the "
                "reading, or leave its row out"
            )
    spans = held.assign(start=before["at"], amount=used)[known].dropna()
    spread, told = _spread(spans, every)
    return Used(spread, said + told, faulty)


def _returns(held: pd.DataFrame, used: pd.Series, row: int, old: float, usual: float) -> bool:
    """Return whether a register that fell jumps back to where it was: it read nothing meanwhile."""
    later = held.loc[row:].index[1:]
    return bool(((used[later] > _SPAN * usual) & (held.loc[later, "value"] >= old)).any())


def _jumps(held: pd.DataFrame, used: pd.Series, every: pd.Timedelta, usual: float) -> list[str]:
    """Return a remark for each rise that is far beyond the usual ones."""
    intervals = (held["at"].diff() / every).clip(lower=1)
    far = used[used > _SPAN * usual * intervals]
    return [
        f"row {row}: odd: the register rises by {rise:,.10g}, {_SPAN:g} times as much as usual or "
        "more: was the meter exchanged for one that began there?"
        for row, rise in far.items()
    ]


def _stray(held: pd.DataFrame, every: pd.Timedelta, usual: float) -> list[str]:
    """Return a sentence for each reading outside of its neighbours, which are as far apart as
    usual: a 0 or a 99,999 in one row is neither an exchange nor energy.
    """
    value, at = held["value"], held["at"]
    before, after = value.shift(), value.shift(-1)
    intervals = ((at.shift(-1) - at.shift()) / every).clip(lower=1)
    alike = (before <= after) & (after - before <= _SPAN * usual * intervals)
    return [
        f"row {row}: the register reads {value[row]:,.10g} between {before[row]:,.10g} and "
        f"{after[row]:,.10g}; correct the reading, or leave its row out"
        for row in held.index[alike & ((value < before) | (value > after))]
    ]


def multiplied(used: Used, at: pd.Series, times: pd.Series) -> Used:
    """Return what a register counted with its multiplier, given by row: what it counted while that
    was changed is not known and left empty.
    """
    if (times == 1.0).all():
        return used
    order = pd.DataFrame({"at": at, "times": times}).dropna().sort_values("at", kind="stable")
    before = order["times"].shift()
    changed = order.index[before.notna() & (before != order["times"])]
    by = times.reindex(used.readings.index).to_numpy()
    readings = used.readings.assign(amount=used.readings["amount"] * by)
    said = [
        f"row {row}: the multiplier changes from {before[row]:g} to {times[row]:g}; what was used "
        "between the two readings is not known and left empty"
        for row in changed
    ]
    return Used(readings[~readings.index.isin(changed)], used.said + said, used.faulty)


def _digits(value: float) -> int:
    """Return the digits before the point that a value has.

    >>> _digits(99_990.5), _digits(100.0)
    (5, 3)
    """
    return len(f"{abs(value):.0f}") if abs(value) % 1 == 0 else len(f"{int(abs(value))}")


def _usual(held: pd.DataFrame, every: pd.Timedelta) -> float:
    """Return a large usual difference: 95 of 100 intervals count no more; of reads that have no
    usual time between them 95 of 100 of all.
    """
    rises, even = held["value"].diff(), held["at"].diff() == every
    rises = rises[(rises > 0) & (even if even.any() else True)]
    return float(rises.quantile(0.95)) if len(rises) else float("inf")


def _spread(spans: pd.DataFrame, every: pd.Timedelta) -> tuple[pd.DataFrame, list[str]]:
    """Return start, end, amount, estimated by the interval, and what was spread in words."""
    count = np.maximum(((spans["at"] - spans["start"]) / every).round().astype(int), 1)
    at = np.repeat(np.arange(len(spans)), count)
    nth = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    start = spans["start"].iloc[at] + nth * every
    made = pd.DataFrame(
        {
            "start": start.to_numpy(),
            "end": np.minimum((start + every).to_numpy(), spans["at"].iloc[at].to_numpy()),
            "amount": (spans["amount"] / count).iloc[at].to_numpy(),
            "estimated": (count > 1).to_numpy()[at],
        },
        index=spans.index[at],
    )
    for name in ("start", "end"):
        made[name] = made[name].astype(spans["at"].dtype)
    return made, _outages(spans[count > 1])


def _outages(spans: pd.DataFrame, shown: int = 3) -> list[str]:
    if spans.empty:
        return []
    worst = spans.assign(length=spans["at"] - spans["start"]).nlargest(shown, "length")
    named = ", ".join(
        f"{row.start:%Y-%m-%d %H:%M} – {row.at:%Y-%m-%d %H:%M}" for row in worst.itertuples()
    )
    more = f" and {len(spans) - shown} more" if len(spans) > shown else ""
    return [
        f"{len(spans)} time(s) without readings ({named}{more}): what the register counted in "
        f"them, {spans['amount'].sum():,.1f}, is spread evenly, as estimated"
    ]
