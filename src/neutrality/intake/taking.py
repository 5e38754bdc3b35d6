"""A table and its mapping to readings: meter, from when to when, how much; or to temperatures.

Nothing is guessed here: what a cell does not say is refused, by sheet, row and column.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import pandas as pd

from neutrality import sheets
from neutrality.intake import amounts, fields, intervals, moments, registers, spans
from neutrality.intake.layout import Table
from neutrality.reference import units

NAMELESS = "column "  # begins the name of a column without a heading
OF_DAY = "times of day"  # column of a table that has a row a day and a column for each time
_KW_TO_KWH = "kWh"
_HOUR, _DAY = intervals.HOUR, intervals.DAY
_COLUMNS = ["row", "name", "meter", "energy", "unit", "start", "end", "amount", "estimated"]
_TIE = 1e-9


class Taken(NamedTuple):
    """What a table gave."""

    readings: pd.DataFrame  # _COLUMNS; start and end in UTC, row as Excel shows it
    weather: pd.DataFrame  # row, outdoor_c, by the hour's start in UTC
    said: list[str]  # how it was read
    dropped: list[str]  # what was left out, and why


class Source(NamedTuple):
    """A table with where it lies and its cells by heading."""

    place: str  # file, and sheet where it has one
    cells: dict[str, pd.Series]
    entry: dict
    timezone: str

    def field(self, name: str) -> pd.Series | None:
        """Return the cells of a field, or None where the table does not have it."""
        heading = self.entry["fields"].get(name)
        return self.cells.get(heading) if heading else None


def unpivoted(table: Table) -> tuple[list[str], dict[str, pd.Series]]:
    """Return headings and cells of a table without its empty columns; those headed by times of day
    become two, `time` and OF_DAY, with a row for each time of each day.
    """
    cells = dict(zip(table.headings, (table.body[at] for at in table.body.columns), strict=True))
    cells = {name: each for name, each in cells.items() if not _empty(name, each)}
    said = fields.read(table.headings, table.units)
    clocks = [each.written for each in said if each.field == fields.CLOCK]
    others = [name for name in cells if name not in clocks]
    if len(clocks) < units.HOURS_PER_DAY:
        return list(cells), cells
    rows = table.body.index.repeat(len(clocks))
    long = {name: pd.Series(cells[name].repeat(len(clocks)).to_numpy(), rows) for name in others}
    times = [moments.time_of_day(each) for each in clocks] * len(table.body)
    values = pd.concat([cells[name] for name in clocks], axis=1).to_numpy(object).ravel()
    long |= {"time": pd.Series(times, rows), OF_DAY: pd.Series(values, rows)}
    return [*others, "time", OF_DAY], long


def _empty(name: str, cells: pd.Series) -> bool:
    return name.startswith(NAMELESS) and not any(str(cell or "").strip() for cell in cells)


def take(source: Source) -> Taken:
    """Return the readings or temperatures of a table by its entry; ValueError with a sentence for
    each cell, period or register that cannot be used.
    """
    read = stamps(source)
    if source.entry["into"] == "weather":
        return _weather(source, read)
    groups = _groups(source)
    made, said, dropped, faulty = [], [], [], _times_faulty(source, read)
    if faulty:
        raise ValueError("\n".join(faulty))
    for name, rows in groups:
        for meter, columns in _by_meter(source.entry["columns"], name, source.entry).items():
            used, told, left, wrong = _of_meter(source, read, rows, columns)
            made.append(used.assign(name=name or next(iter(columns)), meter=meter))
            said, dropped, faulty = said + told, dropped + left, faulty + wrong
    if faulty:
        raise ValueError("\n".join(_shortened(faulty)))
    readings = pd.concat(made)[_COLUMNS] if made else pd.DataFrame(columns=_COLUMNS)
    return Taken(readings, _no_weather(), list(dict.fromkeys(said)), list(dict.fromkeys(dropped)))


def stamps(source: Source) -> spans.Stamps:
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


def _times_faulty(source: Source, read: spans.Stamps) -> list[str]:
    found = [
        f"{source.place}, row {row}, column {heading}: found '{cell}'; expected a date or time such "
        "as 2025-01-31 or 2025-01-31 13:00, in the same form as the others"
        for row, heading, cell in read.faulty
    ]
    return _shortened(found)


def _shortened(found: list[str]) -> list[str]:
    more = len(found) - spans.SHOWN * 2
    return [*found[: spans.SHOWN * 2], f"and {more} more like these"] if more > 0 else found


def _groups(source: Source) -> list[tuple[str, pd.Index]]:
    """Return the positions of each meter's rows by its written name; all rows where the meters are
    columns.
    """
    named = source.field("meter")
    if named is None:
        first = next(iter(source.cells.values()))
        return [("", pd.RangeIndex(len(first)))]
    names = named.map(written_name).reset_index(drop=True)
    return [(name, rows.index) for name, rows in names[names != ""].groupby(names, sort=False)]


def written_name(cell: object) -> str:
    """Return a meter's name or number as it is written; a number without a point.

    >>> written_name(3100012345.0), written_name(" 总表 "), written_name(None)
    ('3100012345', '总表', '')
    """
    if isinstance(cell, float):
        return (
            f"{cell:.0f}"
            if cell == cell and cell == int(cell)
            else ("" if cell != cell else str(cell))
        )
    return str(cell or "").strip()


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
    energy = next(iter(columns.values()))["energy"]
    values, unit, said, faulty = _values(source, at, columns)
    holds = {about["holds"] for about in columns.values()}
    first = read.first.iloc[at]
    blank = int((values.isna() & first.notna().to_numpy()).sum())
    dropped = [f"{blank:,} row(s) without a value of {_listed(columns)}"] if blank else []
    if read.kind == "stamps" or (read.kind == "days" and holds == {"register"}):
        used, told, wrong = _by_stamp(source, read, first, values, holds)
    else:
        used, told, wrong = _by_period(source, read, at, values)
    quality = _estimated(source, at)
    used = used.assign(estimated=used["estimated"] | quality.reindex(used.index, fill_value=False))
    used = used.dropna(subset=["amount", "start", "end"]).reset_index(names="at")
    rows = next(iter(source.cells.values())).index
    used = used.assign(row=rows[used["at"]], energy=energy, unit=unit)
    used, netted, doubled, clash = once(used, source.place)
    return used, said + told + netted, dropped + doubled, faulty + wrong + clash


def _listed(columns: dict) -> str:
    names = list(columns)
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def _values(source: Source, at: pd.Index, columns: dict):
    """Return one meter's values by position, their unit, remarks and faults."""
    read, said, faulty = {}, [], []
    by_row = source.field("unit")
    for heading, about in columns.items():
        cells = source.cells[heading]
        rows = cells.index[at]
        placed = cells.iloc[at].reset_index(drop=True).set_axis(at)
        of_row = by_row.iloc[at].set_axis(at) if by_row is not None else None
        found = amounts.amounts(placed, about["unit"], of_row, source.entry.get("decimal", ""))
        at_row = dict(zip(at, rows, strict=True))
        faulty += [
            f"{source.place}, row {at_row[place]}, column {heading}: found '{cell}'; expected a "
            "number, with or without its unit"
            for place, cell in found.faulty.items()
        ]
        if found.mixed:
            said.append(
                f"{heading}: {', '.join(found.mixed)} stand in it, converted to {found.unit}"
            )
        factor = units.convert(1.0, found.unit, about["unit"]) if _differs(found, about) else 1.0
        times = _multiplier(source, at, about, heading, said)
        read[heading] = found.values * factor * times
    combined, told, wrong = _combined(source, at, columns, read)
    unit = next(iter(columns.values()))["unit"]
    return combined, unit, said + told, _shortened(faulty) + wrong


def _differs(found: amounts.Amounts, about: dict) -> bool:
    return bool(found.unit and about["unit"] and found.unit != about["unit"])


def _multiplier(source: Source, at: pd.Index, about: dict, heading: str, said: list[str]):
    """Return what a register's counts are multiplied by."""
    if about["holds"] not in ("register", "previous", "present"):
        return 1.0
    if "multiplier" in about:
        said.append(f"{heading}: the register times {about['multiplier']:g}, by the mapping")
        return about["multiplier"]
    cells = source.field("multiplier")
    if cells is None:
        return 1.0
    said.append(f"{heading}: the register times the column {source.entry['fields']['multiplier']}")
    return pd.to_numeric(cells.iloc[at].set_axis(at), errors="coerce").ffill()


def _combined(source: Source, at: pd.Index, columns: dict, read: dict[str, pd.Series]):
    """Return one value a row from a meter's columns: its total, else the sum of its parts, else
    the difference of its reads.
    """
    by = {
        kind: [name for name, about in columns.items() if about["holds"] == kind]
        for kind in ("amounts", "part", "previous", "present", "register", "power")
    }
    if len(by["amounts"]) > 1:
        names = " and ".join(by["amounts"])
        wrong = f"{source.place}: columns {names} are both amounts of one meter; set one `not used`"
        return read[by["amounts"][0]], [], [wrong]
    if by["amounts"] and by["part"]:
        return _checked_parts(source, at, by, read)
    if by["part"]:
        summed = pd.DataFrame({name: read[name] for name in by["part"]}).sum(axis=1, min_count=1)
        return summed, [f"the sum of {', '.join(by['part'])}"], []
    if by["previous"] and by["present"] and not by["amounts"]:
        counted = read[by["present"][0]] - read[by["previous"][0]]
        return counted, [f"{by['present'][0]} less {by['previous'][0]}"], []
    return read[next(each[0] for each in by.values() if each)], [], []


def _checked_parts(source: Source, at: pd.Index, by: dict, read: dict[str, pd.Series]):
    """Return the printed total; where its parts do not add up to it, as the mapping says."""
    total, way = read[by["amounts"][0]], source.entry.get("parts", "") or "refuse"
    parts = pd.DataFrame({name: read[name] for name in by["part"]})
    beyond = amounts.parts_and_total(parts, total)
    rows = next(iter(source.cells.values())).index[at]
    off = [(row, place) for row, place in zip(rows, at, strict=True) if beyond[place] != 0]
    names = ", ".join(by["part"])
    told = [
        f"{source.place}, row {row}, column {by['amounts'][0]}: found {total[place]:,.10g}, and "
        f"{names} add up to {parts.loc[place].sum():,.10g}"
        for row, place in off
    ]
    if way == "refuse":
        end = "; correct the file, or say `parts: total` or `parts: sum` in the mapping"
        return total, [], _shortened([each + end for each in told])
    used = total if way == "total" else parts.sum(axis=1).where(parts.notna().all(axis=1), total)
    return used, [f"{each}; the {way} is taken" for each in _shortened(told)], []


def _instants(source: Source, read: spans.Stamps, at: pd.Series) -> pd.Series:
    clock = source.entry.get("clock", "")
    if read.zoned:
        return at.dt.tz_localize("UTC")
    if clock == "UTC":
        return (at - pd.Timedelta(hours=source.entry.get("offset", 0))).dt.tz_localize("UTC")
    return intervals.to_utc(at, source.timezone, clock or intervals.LOCAL)


def _by_stamp(source: Source, read: spans.Stamps, first: pd.Series, values: pd.Series, holds: set):
    """Return start, end, amount, estimated of one meter's stamped values, by position."""
    at = _instants(source, read, first.set_axis(values.index))
    every, ends = intervals.step(at), source.entry.get("stamps") == intervals.END
    if read.kind == "days" and ends:  # a register that is read at the end of the day
        at = _instants(source, read, first.set_axis(values.index) + _DAY)
    if holds == {"register"}:
        used = registers.differences(at, values, every if every <= _HOUR else _DAY * 10_000)
        rows = next(iter(source.cells.values())).index
        placed = [_with_row(each, rows, source.place) for each in (used.said, used.faulty)]
        return used.readings, placed[0], placed[1]
    wrong = []
    if every > _HOUR or (every and _HOUR % every != pd.Timedelta(0)):
        wrong = [
            f"{source.place}: found a value every {every}; neither the quarters of an hour, hours, "
            "days nor bills"
        ]
    start = at - every if ends else at
    amount = values * (every / _HOUR) if holds == {"power"} else values
    made = pd.DataFrame({"start": start, "end": start + every, "amount": amount})
    return made.assign(estimated=False), [], wrong


def _with_row(said: list[str], rows: pd.Index, place: str) -> list[str]:
    """Return sentences that begin with a position, with the row and file in its place."""
    made = []
    for each in said:
        head, _, rest = each.partition(": ")
        position = head.removeprefix("row ")
        made.append(f"{place}, row {rows[int(position)]}: {rest}" if position.isdigit() else each)
    return made


def _by_period(source: Source, read: spans.Stamps, at: pd.Index, values: pd.Series):
    """Return the same of days and bills."""
    part = read._replace(first=read.first.iloc[at], last=read.last.iloc[at])
    if read.kind == "days":
        first = part.first.dt.normalize()
        last, said = first + _DAY, []
    else:
        first, last, said = spans.of_bills(part, source.entry.get("last_day", ""))
    starts, ends = (intervals.to_utc(each, source.timezone).set_axis(at) for each in (first, last))
    rows = next(iter(source.cells.values())).index[at]
    wrong = [
        f"{source.place}, row {row}: it ends on {close:%Y-%m-%d}, not after its start {open:%Y-%m-%d}"
        for row, open, close in zip(rows, first, last, strict=True)
        if close <= open
    ]
    made = pd.DataFrame({"start": starts, "end": ends, "amount": values})
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
            f"'{cells.iloc[place]}', which says neither measured nor estimated; correct it, or take "
            "`quality` out of `fields` in the mapping"
        )
    return known == "estimated"


@cache
def quality_words() -> dict[str, str]:
    """Return what each word of a column of qualities means, measured or estimated."""
    rows = sheets.packaged("intake/quality_words.csv").itertuples(index=False)
    return {fields.plain(word): quality for word, quality in rows}


def once(used: pd.DataFrame, place: str):
    """Return each period once: the same reading again is dropped, a credit is part of the bill of
    its period; another value for the same period, and other overlaps, are faults.
    """
    said, dropped, faulty = [], [], []
    again = used.duplicated(["start", "end", "amount"])
    if again.any():
        dropped.append(f"{int(again.sum()):,} row(s) that say again what a row above says")
        used = used[~again]
    same = used.groupby(["start", "end"], sort=False)
    for (start, end), rows in same if used.duplicated(["start", "end"]).any() else ():
        if len(rows) > 1:
            names = " and ".join(map(str, rows["row"]))
            values = " and ".join(f"{each:,.10g}" for each in rows["amount"])
            if rows["amount"].min() < 0 <= rows["amount"].sum():
                said.append(f"{place}, rows {names}: {values}: one is a credit, and both are added")
            else:
                faulty.append(
                    f"{place}, rows {names}: {values} for the same time, {_shown(start, end)}; "
                    "keep one"
                )
    if said:
        summed = used.groupby(["start", "end"])["amount"].transform("sum")
        used = used.assign(amount=summed).drop_duplicates(["start", "end"])
    below = used[used["amount"] < -_TIE]
    faulty += [
        f"{place}, row {row.row}: found {row.amount:,.10g}; an amount is 0 or more: a credit note "
        "belongs in the bill or hour that it corrects"
        for row in below.itertuples()
    ]
    return used, said, dropped, _shortened(faulty) + _overlaps(used, place)


def _shown(start: pd.Timestamp, end: pd.Timestamp) -> str:
    return f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"


def _overlaps(used: pd.DataFrame, place: str) -> list[str]:
    ordered = used.drop_duplicates(["start", "end"]).sort_values("start")
    latest = ordered["end"].cummax().shift()
    over = ordered[ordered["start"] < latest]
    found = [
        f"{place}, row {row.row}: its period {_shown(row.start, row.end)} overlaps that of row "
        f"{ordered[(ordered['end'] > row.start) & (ordered['start'] < row.start)]['row'].iloc[-1:].squeeze()}"
        "; correct one of them"
        for row in over.itertuples()
    ]
    return _shortened(found)


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
    faulty = _times_faulty(source, read) + [
        f"{source.place}, row {rows[at]}, column {heading}: found '{cell}'; expected a temperature"
        for at, cell in found.faulty.items()
    ]
    if faulty:
        raise ValueError("\n".join(_shortened(faulty)))
    outdoor_c = (
        units.celsius(found.values) if source.entry.get("unit") == "°F" else found.values
    )
    at = _instants(source, read, read.first.reset_index(drop=True))
    made = pd.DataFrame({"row": rows, "outdoor_c": outdoor_c, "at": at}).dropna()
    by_hour = made.groupby(made["at"].dt.floor("h"))
    made = pd.DataFrame({"row": by_hour["row"].min(), "outdoor_c": by_hour["outdoor_c"].mean()})
    blank = int(found.values.isna().sum())
    dropped = [f"{blank:,} row(s) without a temperature"] if blank else []
    return Taken(pd.DataFrame(columns=_COLUMNS), made.rename_axis(None), [], dropped)
