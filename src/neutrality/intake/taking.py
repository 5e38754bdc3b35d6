"""A table and its mapping to readings: meter, from when to when, how much; or to temperatures.

Nothing is guessed here: what a cell does not say is refused, by sheet, row and column.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from neutrality import sheets
from neutrality.energy import meters, periods
from neutrality.intake import amounts, fields, intervals, once, registers, spans, values
from neutrality.intake.source import Source, shortened, written_name
from neutrality.reference import units

_HOUR, _DAY = intervals.HOUR, intervals.DAY
_NO_STEP = pd.Timedelta(days=36_500)  # between reads of a register that are not spread
_COLUMNS = ["row", "name", "meter", "energy", "unit", "start", "end", "amount", "estimated"]
_COLUMNS += periods.BESIDE


class Taken(NamedTuple):
    """What a table gave."""

    readings: pd.DataFrame  # _COLUMNS; start and end in UTC, row as Excel shows it
    weather: pd.DataFrame  # row, outdoor_c, by the hour's start in UTC
    said: list[str]  # how it was read
    dropped: list[str]  # what was left out, and why


def take(source: Source) -> Taken:
    """Return the readings or temperatures of a table by its entry; ValueError with a sentence for
    each cell, period or register that cannot be used.
    """
    read = stamps(source)
    if source.entry["into"] == "weather":
        return _weather(source, read)
    made, said, faulty = [], [], times_faulty(source, read)
    if faulty:
        raise ValueError("\n".join(faulty))
    kept, dropped = _of_use(source)
    for name, group in _groups(source):
        rows = pd.Index(group)[kept[group]]
        if rows.empty:
            continue
        for meter, columns in _by_meter(source.entry["columns"], name, source.entry).items():
            used, told, left, wrong = _of_meter(source, read, rows, columns)
            made.append(used.assign(name=name or next(iter(columns)), meter=meter))
            said, dropped, faulty = said + told, dropped + left, faulty + wrong
    if faulty:
        raise ValueError("\n".join(shortened(faulty)))
    readings = pd.concat(made or [pd.DataFrame()]).reindex(columns=_COLUMNS)
    return Taken(readings, _no_weather(), list(dict.fromkeys(said)), list(dict.fromkeys(dropped)))


def stamps(source: Source) -> spans.Stamps:
    """Return the times of a table by its entry; ValueError where it has none."""
    names = source.entry["fields"]
    cells = {each: source.field(each) for each in fields.TIMES if source.field(each) is not None}
    if not cells:
        raise ValueError(
            f"{source.place}: no column of times or periods; its headings are "
            f"{', '.join(source.cells)}: name one under `fields` of the mapping"
        )
    read = spans.stamps(cells, names, source.entry.get("order", ""))
    override = source.entry.get("dates", "")
    return read._replace(kind=override) if override and read.kind == "days" else read


def times_faulty(source: Source, read: spans.Stamps) -> list[str]:
    """Return a sentence for each cell that should be a time and is none."""
    found = [
        f"{source.place}, row {row}, column {heading}: found '{cell}'; expected a date or time "
        "such as 2025-01-31 or 2025-01-31 13:00, in the same form as the others"
        for row, heading, cell in read.faulty
    ]
    return shortened(found)


def _groups(source: Source) -> list[tuple[str, pd.Index]]:
    """Return the positions of each meter's rows by its written name; all rows where the meters are
    columns.
    """
    named = source.field("meter")
    if named is None:
        return [("", pd.RangeIndex(len(source.rows)))]
    names = named.map(written_name).reset_index(drop=True)
    return [(name, rows.index) for name, rows in names[names != ""].groupby(names, sort=False)]


def _of_use(source: Source) -> tuple[np.ndarray, list[str]]:
    """Return which rows, by position, are of what the site used, and what was left out: energy fed
    into the grid is none. ValueError for a word of a flow or accumulation that is not known.
    """
    kept, dropped = np.ones(len(source.rows), bool), []
    known = sheets.packaged("intake/row_words.csv")
    for field, words in known.groupby("field"):
        cells = source.field(str(field))
        if cells is None:
            continue
        means = dict(zip(words["word"].map(fields.plain), words["means"], strict=True))
        written = cells.map(lambda cell: fields.plain(str(cell or "")))
        read = written.map(means).fillna("").to_numpy()
        if (read == "").any():
            at = int(np.flatnonzero(read == "")[0])
            raise ValueError(
                f"{source.place}, row {source.rows[at]}, column {source.entry['fields'][field]}: "
                f"found '{cells.iloc[at]}'; known are {', '.join(words['word'])}: leave the row "
                f"out, or take `{field}` out of `fields` in the mapping if it does not matter"
            )
        for other in sorted(set(read) - {"used"}):
            dropped.append(f"{int((read == other).sum()):,} row(s) of energy {other}")
        kept &= read == "used"
    return kept, dropped


def _by_meter(columns: dict, name: str, entry: dict) -> dict[str, dict]:
    """Return the columns of amounts of each meter, by its id."""
    made: dict[str, dict] = {}
    for heading, about in columns.items():
        meter = entry.get("meters", {}).get(name, "") if name else about["meter"]
        if about["holds"] != "not used" and meter not in ("", "not used"):
            made.setdefault(meter, {})[heading] = about
    return made


def _of_meter(source: Source, read: spans.Stamps, at: pd.Index, columns: dict):
    """Return readings, remarks, what was left out and faults of one meter's columns."""
    of_meter = values.of_meter(source, at, columns)
    held, unit, said, faulty = of_meter.held, of_meter.unit, of_meter.said, of_meter.faulty
    holds = {about["holds"] for about in columns.values()}
    first = read.first.iloc[at].set_axis(at)
    blank = int((held.isna() & first.notna()).sum())
    dropped = [f"{blank:,} row(s) without a value of {_listed(columns)}"] if blank else []
    faulty += _untimed(source, held, first, columns)
    registered = holds == {"register"}
    if read.kind == "stamps" or (registered and read.kind in ("days", "reads")):
        used, told, wrong = _by_stamp(source, read, first, of_meter, holds)
    else:
        faulty += _undated(source, columns) if registered else []
        used, told, wrong = _by_period(source, read, at, held)
        used = used.join(of_meter.beside)
    quality = _estimated(source, at)
    used = used.assign(estimated=used["estimated"] | quality.reindex(used.index, fill_value=False))
    used = used.dropna(subset=["amount", "start", "end"]).reset_index(names="at")
    energy = next(iter(columns.values()))["energy"]
    used = used.assign(row=source.rows[used["at"]], energy=energy, unit=unit)
    clash = _parts(source, used, columns)
    used, netted, doubled, clashing = once.once(used, source.place)
    clash += clashing
    return used, said + told + netted, dropped + doubled, faulty + wrong + clash


def _parts(source: Source, used: pd.DataFrame, columns: dict) -> list[str]:
    """Return a sentence for rows of one time and value that differ in a column that is not used: of
    parts of an amount, such as peak and valley, none may be taken for a copy.
    """
    same = ["start", "end", "amount"]
    alike = used[used.duplicated(same, keep=False)]
    taken = {*source.entry["fields"].values(), *columns}
    found = {}
    for heading, cells in source.cells.items():
        if alike.empty or heading in taken or cells.nunique() == len(cells):
            continue  # a numbering says nothing of its row
        told = cells.iloc[alike["at"]].map(lambda cell: str(cell or "").strip())
        told = alike.assign(told=told.to_numpy())
        for _, rows in told.groupby(same, sort=False):
            if rows["told"].nunique() > 1:
                found.setdefault(
                    tuple(rows["row"]), (rows["amount"].iloc[0], heading, rows["told"])
                )
    return shortened(
        [
            f"{source.place}, rows {at[0]} to {at[-1]}: {amount:,.10g} for the same time, but "
            f"{heading} is '{told.iloc[0]}', then '{told.iloc[-1]}'; where they are parts, add "
            "them up, else keep one"
            for at, (amount, heading, told) in found.items()
        ]
    )


def _listed(columns: dict) -> str:
    names = list(columns)
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def _untimed(source: Source, held: pd.Series, first: pd.Series, columns: dict) -> list[str]:
    """Return a sentence for each value without a time."""
    found = [
        f"{source.place}, row {source.rows[at]}, column {_listed(columns)}: found "
        f"{held[at]:,.10g} without a date or time; give it, or leave the row out"
        for at in held.index[held.notna() & first.isna()]
    ]
    return shortened(found)


def _undated(source: Source, columns: dict) -> list[str]:
    return [
        f"{source.place}: column {_listed(columns)} holds a register, and no column says on which "
        "day it was read; give that day, or say `holds: amounts` in the mapping"
    ]


def _instants(source: Source, read: spans.Stamps, at: pd.Series) -> pd.Series:
    clock = source.entry.get("clock", "")
    if read.zoned:
        return at.dt.tz_localize("UTC")
    if clock == "UTC":
        return (at - pd.Timedelta(hours=source.entry.get("offset", 0))).dt.tz_localize("UTC")
    return intervals.to_utc(at, source.timezone, clock or intervals.LOCAL)


def _by_stamp(source: Source, read: spans.Stamps, first: pd.Series, of_meter, holds: set):
    """Return start, end, amount, estimated of one meter's stamped values, by position."""
    held = of_meter.held
    at = _instants(source, read, first)
    every, ends = intervals.step(at), source.entry.get("stamps") == intervals.END
    if read.kind == "days" and ends:  # a register that is read at the end of the day
        at = _instants(source, read, first + _DAY)
    if holds == {"register"}:
        used = registers.differences(at, held, every if every <= _HOUR else _NO_STEP)
        used = registers.multiplied(used, at, of_meter.times)
        told, wrong = (_with_row(each, source) for each in (used.said, used.faulty))
        return used.readings, told, wrong
    wrong = _uneven(source, read, every) or _late_midnights(source, first, every)
    start = at - every if ends else at
    amount = held * (every / _HOUR) if holds == {"power"} else held
    made = pd.DataFrame({"start": start, "end": start + every, "amount": amount})
    return made.assign(estimated=False), [], wrong


def _uneven(source: Source, read: spans.Stamps, every: pd.Timedelta) -> list[str]:
    """Return a sentence where stamps are no part of an hour apart."""
    if every and every <= _HOUR and _HOUR % every == pd.Timedelta(0):
        return []
    found = f"a value every {every}" if every else "one time only"
    found += " by a clock of UTC" if read.zoned and every >= _DAY else ""
    return [
        f"{source.place}: found {found}; neither the quarters of an hour, hours, days nor bills"
    ]


def _late_midnights(source: Source, first: pd.Series, every: pd.Timedelta) -> list[str]:
    """Return a sentence for each 00:00 that stands behind the last time of its own day, and before
    the day after: the midnight that ends the day.
    """
    held = first.dropna()
    back = held.diff() == every - _DAY
    back &= (held.shift(-1) - held).fillna(_DAY + every) == _DAY + every
    return shortened(
        [
            f"{source.place}, row {source.rows[place]}: found {held[place]:%Y-%m-%d %H:%M} behind "
            "the last time of that day; write the midnight that ends a day as 24:00"
            for place in held.index[back & (held == held.dt.normalize())]
        ]
    )


def _with_row(said: list[str], source: Source) -> list[str]:
    """Return sentences that begin with a position, with the row and file in its place."""
    made = []
    for each in said:
        head, _, rest = each.partition(": ")
        place = head.removeprefix("row ")
        known = place.isdigit()
        made.append(f"{source.place}, row {source.rows[int(place)]}: {rest}" if known else each)
    return made


def _by_period(source: Source, read: spans.Stamps, at: pd.Index, held: pd.Series):
    """Return the same of days and bills."""
    part = read._replace(first=read.first.iloc[at], last=read.last.iloc[at])
    if read.kind == "days":
        ends = source.entry.get("stamps") == intervals.END  # the midnight after the day
        first = part.first.dt.normalize() - (_DAY if ends else pd.Timedelta(0))
        last, said = first + _DAY, []
    else:
        first, last, said = spans.of_bills(part, source.entry.get("last_day", ""))
    starts, ends = (intervals.to_utc(each, source.timezone).set_axis(at) for each in (first, last))
    wrong = [
        f"{source.place}, row {row}: it ends on {close:%Y-%m-%d}, not after its start, "
        f"{open:%Y-%m-%d}; correct one of them"
        for row, open, close in zip(source.rows[at], first, last, strict=True)
        if close <= open
    ]
    made = pd.DataFrame({"start": starts, "end": ends, "amount": held})
    return made.assign(estimated=False), said, wrong


def _estimated(source: Source, at: pd.Index) -> pd.Series:
    """Return which rows the file says were estimated."""
    cells = source.field("quality")
    if cells is None:
        return pd.Series(False, at)
    words = cells.iloc[at].set_axis(at).map(lambda cell: fields.plain(str(cell or "")))
    known = words.map(lambda word: quality_words().get(word, "measured" if not word else ""))
    if (known == "").any():
        place = known.index[known == ""][0]
        heading = source.entry["fields"]["quality"]
        raise ValueError(
            f"{source.place}, row {cells.index[place]}, column {heading}: found "
            f"'{cells.iloc[place]}', which says neither measured nor estimated; correct it, or "
            "take `quality` out of `fields` in the mapping"
        )
    return known == "estimated"


@cache
def quality_words() -> dict[str, str]:
    """Return what each word of a column of qualities means, measured or estimated."""
    rows = sheets.packaged("intake/quality_words.csv").itertuples(index=False)
    return {fields.plain(word): quality for word, quality in rows}


def _no_weather() -> pd.DataFrame:
    hours = pd.DatetimeIndex([], tz="UTC")
    return pd.DataFrame({"row": [], "outdoor_c": []}, index=hours, dtype=float)


def _weather(source: Source, read: spans.Stamps) -> Taken:
    """Return the outdoor temperature by the hour: of several in an hour their mean."""
    heading = source.entry["fields"]["temperature"]
    found = amounts.amounts(
        source.field("temperature").reset_index(drop=True),
        "",
        None,
        source.entry.get("decimal", ""),
    )
    rows = source.field("temperature").index
    faulty = times_faulty(source, read) + [
        f"{source.place}, row {rows[at]}, column {heading}: found '{cell}'; expected a temperature"
        for at, cell in found.faulty.items()
    ]
    if faulty:
        raise ValueError("\n".join(shortened(faulty)))
    outdoor_c = units.celsius(found.values) if source.entry.get("unit") == "°F" else found.values
    at = _instants(source, read, read.first.reset_index(drop=True))
    made = pd.DataFrame({"row": rows, "outdoor_c": outdoor_c, "at": at}).dropna()
    _refuse_days(made["at"], source.place)
    by_hour = made.groupby(made["at"].dt.floor("h"))
    made = pd.DataFrame({"row": by_hour["row"].min(), "outdoor_c": by_hour["outdoor_c"].mean()})
    blank = int(found.values.isna().sum())
    dropped = [f"{blank:,} row(s) without a temperature"] if blank else []
    return Taken(pd.DataFrame(columns=_COLUMNS), made.rename_axis(None), [], dropped)


def _refuse_days(at: pd.Series, place: str) -> None:
    """Raise ValueError for temperatures that are further apart than is interpolated (CalTRACK)."""
    step = at.drop_duplicates().sort_values().diff().median()
    if step > pd.Timedelta(hours=meters.OUTDOOR_GAP_HOURS):
        raise ValueError(
            f"{place}: its temperatures are {step / pd.Timedelta(hours=1):g} hours apart; give the "
            "hourly outdoor temperature, such as Open-Meteo's"
        )
