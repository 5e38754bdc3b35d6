"""From which instant to which a row's amount was used: stamps, days, bills and months."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from neutrality.intake import moments

INCLUDED, EXCLUDED, UNSURE = "included", "excluded", "?"  # the last day that a bill names
_DAY = pd.Timedelta(days=1)


class Stamps(NamedTuple):
    """The times of a table by its clock, before it is said what they name."""

    kind: str  # "stamps", "days", "bills", "months", "reads"
    first: pd.Series  # the stamp, or the first day
    last: pd.Series  # of bills the last day named, else empty
    late: bool  # 24:00 occurs
    midnights: bool  # days are written with their 00:00
    zoned: bool
    ambiguous: bool  # day and month cannot be told apart
    faulty: list[tuple[int, str, object]]  # row, heading, cell
    since_1970: str = ""  # "s" or "ms" where the times count them, in UTC


def stamps(cells: dict[str, pd.Series], names: dict[str, str], order: str) -> Stamps:
    """Return the times of a table: `cells` by field (time, date, hour, start, end, month, period,
    read), `names` their headings.
    """
    used = _period_cells(cells)
    if "start" in used and "end" in used:
        first, last = (moments.moments(used[name], order) for name in ("start", "end"))
        kind = "stamps" if moments.INSTANT in (first.kind, last.kind) else "bills"
        return _stamps(kind, first, last.at, {"start": first, "end": last}, names)
    wanted = ("time", "date", "read", "month", "period", "start", "end")
    of_day = used.get("hour", used.get("time"))
    field = next(name for name in wanted if name in used)
    if of_day is not None and "date" in used and _is_of_day(of_day):
        read = moments.moments(moments.joined(used["date"], of_day), order)
        return _stamps("stamps", read, _none(read.at), {"date": read}, names)
    read = moments.moments(used[field], order)
    of_days = {"month": "months", "time": "days", "date": "days"}.get(field, "reads")
    kind = {moments.DAY: of_days, moments.MONTH: "months"}.get(read.kind, "stamps")
    return _stamps(kind, read, _none(read.at), {field: read}, names)


def _is_of_day(cells: pd.Series) -> bool:
    """Return whether cells are times of a day, and the date stands in a column of its own."""
    filled = cells.dropna()
    return bool(len(filled)) and bool((filled.map(moments.time_of_day) != "").all())


def _none(at: pd.Series) -> pd.Series:
    return pd.Series(pd.NaT, at.index, dtype="datetime64[ns]")


def _period_cells(cells: dict[str, pd.Series]) -> dict[str, pd.Series]:
    """Return the cells with periods written in one cell as starts and ends."""
    if "period" not in cells or {"start", "end"} <= set(cells):
        return cells
    first, last = moments.ranges(cells["period"])
    if (first == "").all():
        return cells
    whole = cells["period"].where(first == "", None)  # a cell that is no period is faulty there
    return {name: each for name, each in cells.items() if name != "period"} | {
        "start": first.where(first != "", whole),
        "end": last.where(last != "", whole),
    }


def _stamps(kind, first, last, read: dict, names: dict[str, str]) -> Stamps:
    faulty = [
        (int(row), names.get(field, names.get("period", field)), cell)
        for field, each in read.items()
        for row, cell in each.faulty.items()
    ]
    flags = ("late", "midnights", "zoned", "ambiguous")
    said = {name: any(getattr(each, name) for each in read.values()) for name in flags}
    return Stamps(kind, first.at, last, **said, faulty=faulty, since_1970=first.since_1970)


def last_day(first: pd.Series, last: pd.Series) -> tuple[str, str]:
    """Return whether the last day that a bill names is part of it, and by what evidence.

    Where the next bill starts on the same day, it is the day of a read; where it starts on the day
    after, both are days used.

    >>> days = pd.to_datetime(["2025-01-01", "2025-02-01"]), pd.to_datetime(["2025-01-31"] * 2)
    >>> last_day(pd.Series(days[0][:1]), pd.Series(days[1][:1]))[0]
    'included'
    """
    pairs = pd.DataFrame({"first": first, "last": last}).dropna().drop_duplicates()
    pairs = pairs.sort_values("first")
    gap = (pairs["first"].shift(-1) - pairs["last"]).dropna()
    same, after = (gap == pd.Timedelta(0)).sum(), (gap == _DAY).sum()
    if after and not same:
        return INCLUDED, "the next one starts on the day after"
    if same and not after:
        return EXCLUDED, "the next one starts on the same day"
    ends_month = (pairs["last"] + _DAY).dt.day == 1
    if not same and ((pairs["first"].dt.day == 1) & ends_month).all():
        return INCLUDED, "they are whole months"
    return UNSURE, "some start on the same day, some on the day after" if same else "nothing tells"


def of_bills(read: Stamps, last: str) -> tuple[pd.Series, pd.Series, list[str]]:
    """Return first day and the day after the last of each bill, and how they were found."""
    if read.kind == "bills":
        end = read.last + (_DAY if last == INCLUDED else pd.Timedelta(0))
        return read.first, end, []
    if read.kind == "months":
        start = read.first.dt.normalize() - pd.to_timedelta(read.first.dt.day - 1, unit="D")
        return start, start + pd.offsets.MonthBegin(1), ["months are taken as calendar months"]
    distinct = pd.Series(read.first.dropna().unique()).sort_values()
    before = pd.Series(distinct.shift().to_numpy(), distinct.to_numpy())
    said = ["each read ends the time since the read before; the first one starts the first"]
    return read.first.map(before), read.first, said
