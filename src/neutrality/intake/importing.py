"""A file of readings into a case: read, mapped, taken, merged; written whole or not at all."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from neutrality.case import writing
from neutrality.energy import periods
from neutrality.files import layout, opening
from neutrality.files.layout import Table
from neutrality.intake import (
    bill_columns,
    drafts,
    evidence,
    fields,
    intervals,
    into_tables,
    mapping,
    merging,
    naming,
    proposing,
    reconcile,
    source,
    taking,
)
from neutrality.intake.evidence import Part
from neutrality.intake.into_tables import Case, TakenPart
from neutrality.intake.mapping import OPEN, Kept, Plan, Question

_OFFSET = "utc_offset_seconds"  # heading of Open-Meteo's preamble, the offset below it
_WITHIN = 20  # rows of a sheet in which it stands
_HOUR_S = 3600
_NOTHING = (
    "{}: neither readings, outdoor temperature, a list of certificates nor a registry's table of "
    "retirements was found in it; see that its headings are saved too"
)
# A heading with one of these is of a ledger of certificates or credits, which has its own way.
_LEDGER = re.compile(r"serial|vintage|retire|issuance|certificate|证书|绿证|编号起|注销|核销", re.I)


Ask = Callable[[Question], str]


def import_file(case: Path, path: Path, timezone: str, ask: Ask | None = None) -> list[str]:
    """Take a file's readings into the case's tables; return what was taken, what not and why, in
    sentences.

    `ask` puts a question to a person; without it the mapping is written with its questions, and
    ValueError names them. Where anything is refused nothing but a new mapping is written, which may
    be what is to be corrected; a file without readings or weather is refused, by its headings. The
    file itself goes to CASE/import/raw, its hash into the mapping.
    """
    file = opening.read(path)
    kept = mapping.held(case)
    mine = mapping.of_file(kept, path.name)
    names = ("energy", "meters", "weather", "activities", "labels")
    held = {name: merging.held(case, name, timezone) for name in names}
    here = Case(case, timezone, held)
    parts, said = _parts(file, mine, here)
    if not parts:
        seen = [f"{path.name}, {each}" for each in said]
        raise ValueError("\n".join([_NOTHING.format(path.name), *seen]))
    parts = _asked(here, file, mine, kept, _across(parts), ask)
    try:
        taken = [_taken(part, path.name, timezone) for part in parts]
        made, lines = into_tables.merged(here, taken, path.name)
    except ValueError as error:
        raise ValueError(f"{error}\n{_kept_way(here, file, mine, kept, parts)}") from None
    lines = _head(file, parts, taken, timezone) + said + lines
    made |= into_tables.labels(here, taken) | evidence.files(here.folder, file, mine, kept, parts)
    writing.replace(made)
    if any((each.taken.readings["energy"] == periods.ELECTRICITY).any() for each in taken):
        lines += reconcile.against_main(case, timezone)
    return [f"{path.name}: {line.removeprefix(path.name).lstrip(',: ')}" for line in lines]


def _parts(file: opening.File, mine: Kept | None, here: Case) -> tuple[list[Part], list[str]]:
    """Return the tables of a file that hold readings or weather, and what was left out."""
    parts, said = [], []
    for sheet in file.sheets:
        if sheet.state == "hidden":
            said.append(f"sheet {sheet.name} is hidden and was not read")
            continue
        offset_h, before = _offset_h(sheet), len(parts)
        for table in layout.tables(sheet):
            part = _part(table, file, mine, here, offset_h)
            if part is None and len(table.body) > 1:
                shown = ", ".join(filter(None, table.headings[:4]))
                place = f"sheet {sheet.name}, " if sheet.name else ""
                row = (*table.heading_rows, *table.body.index)[0]
                said.append(f"{place}row {row}: not taken, no readings ({shown or 'no headings'})")
            elif part is not None:
                parts.append(part)
        if len(parts) > before and (unseen := sheet.columns_hidden()):
            columns = ", ".join(unseen)
            said.append(
                f"sheet {sheet.name}: {len(unseen)} hidden column(s) were read too: {columns}"
            )
    return parts, said


def _part(table: Table, file, mine: Kept | None, here: Case, offset_h: float | None):
    table = table._replace(headings=_unique(table.headings))
    if any(_LEDGER.search(each) for each in table.headings) or table.body.empty:
        return None
    _refuse_stray_numbers(table, file.path.name)
    headings, cells = source.unpivoted(table)
    written = dict(zip(table.headings, table.units, strict=True))
    units_of = [written.get(name, _of_day_unit(table, name)) for name in headings]
    about = _about(table, file, here, offset_h)
    if known := mapping.of_table(mine, table.sheet, headings):
        plan = _checked(Plan(known, {}, []), headings, units_of, cells, about, file, mine)
        return Part(table, headings, cells, plan, True)
    plan = proposing.propose(headings, units_of, cells, about)
    return None if plan is None else Part(table, headings, cells, plan, False)


def _refuse_stray_numbers(table: Table, file: str) -> None:
    """Raise ValueError for rows beside a table's that hold a number and nothing else: a value
    without its date is no remark.
    """
    alone = table.left[table.left["kind"] == "remark"]
    alone = alone[alone["text"].astype(str).str.fullmatch(r"[\s\d.,]+")]
    if len(alone):
        row, text = alone.iloc[0][["row", "text"]]
        raise ValueError(
            f"{file}, row {row}: found {str(text).strip()} without a date or time; give it, or "
            "leave the row out"
        )


def _unique(headings: list[str]) -> list[str]:
    """Return headings of which each occurs once: a blank one is its column's number.

    >>> _unique(["a", "", "a"])
    ['a', 'column 2', 'a (column 3)']
    """
    made: list[str] = []
    for at, each in enumerate(headings, 1):
        name = each.strip() or f"{source.NAMELESS}{at}"
        made.append(f"{name} (column {at})" if name in made else name)
    return made


def _of_day_unit(table: Table, name: str) -> str:
    """Return the unit of columns that became one, where all have the same."""
    written = {each for each in table.units if each}
    return written.pop() if name == source.OF_DAY and len(written) == 1 else ""


def _offset_h(sheet: opening.Sheet) -> float | None:
    """Return how far the clock of a weather file is ahead of UTC [h], where the file says it."""
    top = sheet.cells.head(_WITHIN)
    for row in range(len(top) - 1):
        for column in top:
            if str(top[column].iloc[row]).strip() == _OFFSET:
                return float(top[column].iloc[row + 1]) / _HOUR_S
    return None


def _about(table: Table, file, here: Case, offset_h: float | None) -> drafts.About:
    text = " ".join(map(str, table.left["text"])) if len(table.left) else ""
    labels, energy = here.held["labels"].rows, here.held["energy"].rows
    used = {name.removesuffix("_kwh") for name in energy.columns} | set(
        here.held["meters"].rows["meter"]
    )
    named = {
        fields.plain(row[lang]): row["id"]
        for row in labels.to_dict("records")
        for lang in ("zh", "en")
    }
    read = [name for name in energy if name.endswith("_kwh")] if len(energy) else []
    other = energy[read].astype(float).rename(columns=lambda name: name.removesuffix("_kwh"))
    if len(energy):
        other = other.set_axis(pd.DatetimeIndex(energy["time"]))
    names = naming.Names(frozenset(used | set(labels["id"])), named)
    return drafts.About(file.path.name, table.sheet, text, here.timezone, offset_h, other, names)


def _checked(plan: Plan, headings, units_of, cells, about, file, mine: Kept) -> Plan:
    """Return a kept entry with what its new file adds: meters by new names; ValueError where the
    file says something else than the entry does.
    """
    entry = {**plan.entry, "columns": dict(plan.entry.get("columns", {}))}
    place = f"{about.file}, mapping {mapping.FOLDER}/{mine.path.name}"
    for each in fields.read(headings, units_of):
        column = entry["columns"].get(each.written)
        if column and each.unit and each.unit != column["unit"] and column["holds"] != "power":
            raise ValueError(
                f"{place}: the column {each.written} is in {each.unit}, and was in "
                f"{column['unit']} before; correct the mapping, or give the file another name"
            )
    missing = [name for name in entry["fields"].values() if name not in cells]
    if missing:
        raise ValueError(f"{place}: `fields` names {', '.join(missing)}, which is no heading here")
    held = source.Source(about.file, cells, entry, about.timezone)
    read = taking.stamps(held)
    if entry.get("stamps") == intervals.START and read.late:
        raise ValueError(f"{place}: stamps name starts, but 24:00 occurs here; correct `stamps`")
    return _with_new_meters(Plan(entry, {}, []), held, about)


def _with_new_meters(plan: Plan, held: source.Source, about) -> Plan:
    named = held.field("meter")
    if named is None:
        return plan
    known = plan.entry.get("meters", {})
    new = [
        name for name in dict.fromkeys(named.map(source.written_name)) if name and name not in known
    ]
    energy = next(iter(plan.entry["columns"].values()))["energy"]
    found = about.names.ids(new, energy) if new else {}
    entry = {**plan.entry, "meters": known | {name: id for name, (id, _) in found.items()}}
    asked = [
        Question(("meters", name), f"a meter that the mapping does not have: {why}")
        for name, (id, why) in found.items()
        if id == mapping.OPEN or id in known.values()
    ]
    for question in asked:
        entry["meters"][question.at[1]] = mapping.OPEN
    return Plan(entry, {}, asked)


def _across(parts: list[Part]) -> list[Part]:
    """Return parts with a question where two new tables give one meter under different names: two
    accounts that add up, or the same twice.
    """
    seen: dict[str, tuple[str, str]] = {}
    made = []
    for part in parts:
        entry, questions, own = part.plan.entry, list(part.plan.questions), {}
        rows = "meter" in entry["fields"]
        ids = entry.get("meters", {}) if rows else entry.get("columns", {})
        for name, about in () if part.kept else ids.items():
            id, at = (about, ("meters", name)) if rows else (about["meter"], _at_column(name))
            if id in seen and seen[id][0] != name:
                other, place = seen[id]
                asks = f"{name} is {id}, and so is {other} of {place}; write {id} where they add "
                asks += "up, else another meter or not used"
                questions.append(Question(at, asks))
                (ids if rows else about)[name if rows else "meter"] = OPEN
            elif id not in ("", OPEN, "not used"):
                own.setdefault(id, (name, part.table.sheet or f"row {part.table.body.index[0]}"))
        seen = own | seen
        made.append(part._replace(plan=part.plan._replace(questions=questions)))
    return made


def _at_column(heading: str) -> tuple[str, ...]:
    return "columns", heading, "meter"


def _asked(here: Case, file, mine, kept, parts: list[Part], ask: Ask | None) -> list[Part]:
    """Return the parts with all questions answered; ValueError that names them where nobody can be
    asked, with the mapping written to be edited.
    """
    if ask is not None:
        parts = [each._replace(plan=mapping.answered(each.plan, ask)) for each in parts]
    open_at = [(part, at) for part in parts for at in mapping.unanswered(part.plan.entry)]
    if not open_at:
        return parts
    path = mine.path if mine else mapping.path_for(here.folder, file.path.name, kept)
    if not all(part.kept for part in parts) or any(part.plan.questions for part in parts):
        writing.replace({path: evidence.content(file, mine, parts, {}).encode("utf-8")})
    asks = {(id(part), each.at): each for part in parts for each in part.plan.questions}
    lines = [f"{file.path.name}: {_sentence(at, asks.get((id(part), at)))}" for part, at in open_at]
    where = f"{mapping.FOLDER}/{path.name}"
    raise ValueError(
        "\n".join([*lines, f"nothing was taken; answer each ? in {where}, then import again"])
    )


def _kept_way(here: Case, file, mine: Kept | None, kept, parts: list[Part]) -> str:
    """Return where the way a refused file is read can be corrected; a new one is written there."""
    path = mine.path if mine else mapping.path_for(here.folder, file.path.name, kept)
    if not all(part.kept for part in parts):
        writing.replace({path: evidence.content(file, mine, parts, {}).encode("utf-8")})
    return f"nothing was taken; how the file is read can be changed in import/{path.name}"


def _sentence(at: tuple, question: Question | None) -> str:
    where = " > ".join(at)
    if question is None:
        return f"{where} is not answered yet"
    choices = f" ({' or '.join(question.choices)})" if question.choices else ""
    return f"{where}: {question.asks}{choices}"


def _taken(part: Part, file: str, timezone: str) -> TakenPart:
    place = f"{file}, sheet {part.table.sheet}" if part.table.sheet else file
    held = source.Source(place, part.cells, part.plan.entry, timezone)
    return TakenPart(part, taking.take(held))


def _head(file, parts: list[Part], taken: list[TakenPart], timezone: str) -> list[str]:
    """Return the lines about the whole file: sheets, rows, how it was read, what was left out."""
    rows = sum(len(part.table.body) for part in parts)
    count = len({part.table.sheet for part in parts})
    lines = [f"{count} sheet(s), {rows:,} rows; times by the clock of {timezone}"]
    every = pd.concat([each.taken.readings for each in taken])
    readings = into_tables.of_accounts(every, file.path.name)
    if len(readings):
        lines += reconcile.reconciled(readings, timezone) + bill_columns.said(readings, timezone)
        lines += reconcile.of_other_size(readings)
    for each in taken:
        sheet = each.part.table.sheet
        place = f"sheet {sheet}, " if sheet else ""
        dropped = reconcile.left(each.part.table) + each.taken.dropped
        dropped += reconcile.not_used(each.part.plan.entry)
        lines += [f"dropped: {'; '.join(dropped)}"] if dropped else []
        lines += reconcile.printed_totals(each.part.table, each.part.plan, place)
        rules = "" if each.part.kept else reconcile.rules(each.part.plan)
        lines += [f"read so: {rules}"] if rules else []
        lines += each.taken.said
    return list(dict.fromkeys(lines))


def timezone_of(case: Path, zones: set[str]) -> str:
    """Return the zone of a case's clock; ValueError where its YAMLs name none, or several."""
    if not case.is_dir():
        raise ValueError(f"{case.name}: no such folder of a case; neutrality new makes one")
    known = zones & zoneinfo.available_timezones()
    if len(zones) == len(known) == 1:
        return known.pop()
    found = f"found {', '.join(sorted(zones))}" if zones else "its YAML names none yet"
    raise ValueError(f"{case.name}: the files' clock needs one zone, as Asia/Shanghai; {found}")
