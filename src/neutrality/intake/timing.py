"""What a table's times mean, proposed: what stamps and dates name, their clock, the last day."""

from __future__ import annotations

import re

import pandas as pd

from neutrality.energy import periods
from neutrality.intake import amounts, fields, intervals, moments, spans, taking
from neutrality.intake.drafts import About, Draft, of_one
from neutrality.intake.mapping import OPEN, Question
from neutrality.intake.source import Source

# A clock that a heading of times names, as "Time (UTC)" or 时间(GMT+8) do.
_IN_UTC = re.compile(r"\b(?:UTC|GMT)\s*([+-])?(\d{1,2})?(?::?(\d\d))?\b", re.IGNORECASE)

_COUNTS = {"s": "seconds", "ms": "milliseconds"}


def of_times(draft: Draft, cells: dict, about: About) -> None:
    """Put what the stamps name, their clock, the order of day and month, and bills' last days."""
    place = f"{about.file}, sheet {about.sheet}" if about.sheet else about.file
    source = Source(place, cells, draft.entry, about.timezone)
    read = taking.stamps(source)
    if read.first.isna().all():
        raise ValueError("\n".join(taking.times_faulty(source, read)))
    if read.ambiguous:
        example = moments.text(source.field(next(iter(draft.entry["fields"]))).dropna().iloc[0])
        asks = f"is {example} written day first or month first?"
        draft.ask(("order",), asks, (moments.DAY_FIRST, moments.MONTH_FIRST))
    every = intervals.step(read.first)
    if read.kind == "bills":
        _answer(draft, ("last_day",), spans.last_day(read.first, read.last), _bill_question(read))
    if read.kind == "days" and every > intervals.DAY:
        asks = f"there is a date every {every.days} days; is it the day of the read, or the month?"
        draft.ask(("dates",), asks, ("reads", "months"))
    holds = {each["holds"] for each in draft.entry.get("columns", {}).values()}
    if read.kind == "days" and "register" in holds:
        asks = "is the register read at the start or at the end of the day that is named?"
        draft.ask(("stamps",), asks, (intervals.START, intervals.END))
    elif read.kind == "days" and read.midnights:
        asks = "each day is named by a 00:00: the one it starts with, or the one it ends with?"
        draft.ask(("stamps",), asks, (intervals.START, intervals.END))
    if read.kind == "stamps":
        _of_stamps(draft, source, read, about)


def _bill_question(read: spans.Stamps) -> Question:
    first, last = (f"{each.dropna().iloc[0]:%Y-%m-%d}" for each in (read.first, read.last))
    asks = f"is the last day of {first} to {last} part of the bill?"
    return Question(("last_day",), asks, (spans.INCLUDED, spans.EXCLUDED))


def _answer(draft: Draft, at: tuple, found: tuple[str, str], question: Question) -> None:
    value, why = found
    if value == OPEN:
        draft.ask(at, f"{question.asks} ({why})", question.choices)
    else:
        draft.put(at, value, why)


def _of_stamps(draft: Draft, source, read: spans.Stamps, about: About):
    about = about._replace(offset_h=_said_offset(draft, about))
    if about.offset_h is not None:
        draft.put(("clock",), "UTC", f"the file says its clock is UTC{about.offset_h:+g}")
        draft.put(("offset",), about.offset_h)
    elif read.since_1970:
        draft.put(("clock",), "", f"the stamps are {_COUNTS[read.since_1970]} since 1970 in UTC")
    elif read.zoned:
        draft.put(("clock",), "", "the stamps have UTC offsets")
    weather = draft.entry["into"] == "weather"
    columns = draft.entry.get("columns", {}).values()
    if not weather and {each["holds"] for each in columns} != {"register"}:
        named = "start" if "start" in draft.entry["fields"] else _named_hour(draft)
        one = _one_meter(source, read.first)
        found = intervals.rule(_on_site(read, about), intervals.step(one), read.late, named)
        if found[0] == OPEN:  # exported by days of the file's own clock
            found = intervals.rule(read.first, intervals.step(one), read.late, named)
        if found[0] == OPEN and len(about.other):
            found = _by_other(source, one, intervals.step(one), about, found)
        asks = f"does a stamp such as {one.dropna().iloc[0]:%Y-%m-%d %H:%M} name start or end?"
        _answer(draft, ("stamps",), found, Question((), asks, (intervals.START, intervals.END)))
    if "clock" not in draft.entry:
        ends = draft.entry.get("stamps") == intervals.END
        found = intervals.clock(_one_meter(source, read.first), about.timezone, ends)
        asks = f"is the file's clock {about.timezone}'s, set to summer time, or its standard time?"
        _answer(draft, ("clock",), found, Question((), asks, ("local", "standard")))


def _said_offset(draft: Draft, about: About) -> float | None:
    """Return how far the file's clock is ahead of UTC [h], by its preamble or a heading of times.

    >>> of_times = Draft()
    >>> of_times.entry = {"fields": {"time": "Time (UTC+8)"}}
    >>> _said_offset(of_times, About("", "", "", "", None, pd.DataFrame(), None))
    8.0
    """
    if about.offset_h is not None:
        return about.offset_h
    headings = [draft.entry["fields"].get(name, "") for name in fields.TIMES]
    found = next(filter(None, map(_IN_UTC.search, headings)), None)
    if found is None:
        return None
    hours, minutes = float(found[2] or 0), float(found[3] or 0)
    return (hours + minutes / 60) * (-1 if found[1] == "-" else 1)


def _on_site(read: spans.Stamps, about: About) -> pd.Series:
    """Return stamps by the site's clock, where they are written in UTC or with an offset."""
    ahead = pd.Timedelta(hours=about.offset_h or 0)
    if about.offset_h is None and not read.zoned:
        return read.first
    return periods.local((read.first - ahead).dt.tz_localize("UTC"), about.timezone)


def _named_hour(draft: Draft) -> str:
    heading = fields.plain(draft.entry["fields"].get("hour", ""))
    said = {"hourending": intervals.END, "hourbeginning": intervals.START}
    return intervals.END if "end" in draft.entry["fields"] else said.get(heading, "")


def _one_meter(source: Source, first: pd.Series) -> pd.Series:
    """Return the stamps of the meter that has the most, in the file's order."""
    return of_one(first, source.field("meter"))


def _by_other(source, one: pd.Series, every: pd.Timedelta, about: About, found: tuple):
    """Return what the stamps name by the other meters of the case that are read by the hour."""
    heading, column = next(iter(source.entry["columns"].items()))
    if not every or every > intervals.HOUR or column["holds"] == "register":
        return found
    values = amounts.amounts(source.cells[heading].reset_index(drop=True), "").values[one.index]
    at = intervals.to_utc(one, about.timezone)
    made = {}
    for rule, start in ((intervals.START, at), (intervals.END, at - every)):
        held = pd.DataFrame({"start": start, "amount": values, "estimated": False}).dropna()
        made[rule] = intervals.hours(held, every, about.timezone)["amount"]
    told = intervals.by_other_meters(made[intervals.START], made[intervals.END], about.other)
    return told if told[0] != OPEN else (OPEN, f"{found[1]}; {told[1]}")
