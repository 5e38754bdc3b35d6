"""A table's mapping proposed from its headings, cells and file: with reasons, and with a question
where nothing tells.
"""

from __future__ import annotations

import re

import pandas as pd

from neutrality.intake import amounts, bill_columns, fields, multipliers, registers, timing
from neutrality.intake.drafts import About, Draft, of_one
from neutrality.intake.fields import Heading
from neutrality.intake.mapping import OPEN, Plan
from neutrality.intake.source import written_name

_ENERGY_WORDS = {  # of file, sheet and preamble, where headings leave the energy open
    "heat": r"热力|供热|供暖|采暖|蒸汽|热费|\bheat|\bsteam|wärme",
    "gas": r"燃气|天然气|煤气|\bgas\b|natural.?gas|erdgas",
    "cooling": r"供冷|冷量|\bchilled",
    "water": r"自来水|用水|水费|\bwater\b|\bwasser",
    "electricity": r"电|\belectric|\bpower\b|\bkwh\b|\bstrom",
}
_HOLDS = {"value": "amounts", "total": "amounts", "sum": "amounts", "band": "part"}
_SAME = {"register": "register", "previous": "previous", "present": "present", "power": "power"}
_BESIDE = (
    "meter",
    "unit",
    "quality",
    "multiplier",
    "flow",
    "accumulation",
)  # fields beside times and amounts
_NUMERIC = 0.9  # share of a column's cells from which on it is one of numbers
_HOT_C = 60.0  # no outdoor temperature in °C is above it
_UNIT_SAID = re.compile(r"(?:单位|unit)s?\s*[:：=]\s*([^\s，,;；)）]+)", re.IGNORECASE)


def propose(headings: list[str], written: list[str], cells: dict, about: About) -> Plan | None:
    """Return the proposed entry of a table of readings or weather; None where it is neither.

    `headings`, `cells`: as `taking.unpivoted` gives them; `written`: the units of the headings.
    """
    said = fields.read(headings, written)
    times = {each.field: each.written for each in said if each.field in fields.TIMES}
    measured = [each for each in said if each.field in fields.AMOUNTS]
    temperature = [each for each in said if each.field == "temperature"]
    if not times or not (temperature or measured or _further(said, cells, about)):
        return None
    first = {each.field: each.written for each in reversed(said)}
    times |= {field: first[field] for field in _BESIDE if field in first}
    draft = Draft()
    draft.entry |= {"sheet": about.sheet, "headings": headings}
    weather = bool(temperature) and not measured
    draft.put(("into",), "weather" if weather else "readings")
    draft.put(("fields",), times)
    if weather:
        _of_weather(draft, temperature[0], cells)
    else:
        _of_columns(draft, said, cells, about)
    timing.of_times(draft, cells, about)
    _of_times_twice(draft, said, cells)
    return Plan(draft.entry, draft.why, draft.open)


def _of_times_twice(draft: Draft, said: list[Heading], cells: dict) -> None:
    """Ask which of several columns of one kind of time counts, where they differ."""
    for field in fields.TIMES:
        same = [each.written for each in said if each.field == field]
        first = cells[same[0]].map(written_name) if same else None
        if any((cells[other].map(written_name) != first).any() for other in same[1:]):
            asks = f"{' and '.join(same)} differ; which is the time of all columns? Where each of "
            asks += "them has columns of its own, save these as tables of their own"
            draft.ask(("fields", field), asks, tuple(same))


def _further(said: list[Heading], cells: dict, about: About) -> list[Heading]:
    """Return columns of numbers whose headings say nothing known: meters, where the table says a
    unit of energy or another column is one.
    """
    unit = _said_unit(about)
    known = any(each.field in fields.AMOUNTS for each in said)
    return [
        each
        for each in said
        if each.field == ""
        and each.written
        and not re.search(r"[(（\[%]", each.written)
        and (unit or known or fields.common_id(each.written))
        and _is_numeric(cells[each.written])
    ]


def _is_numeric(cells: pd.Series) -> bool:
    filled = cells[
        cells.map(lambda cell: cell is not None and cell == cell and str(cell).strip() != "")
    ]
    if filled.empty:
        return False
    return bool(amounts.amounts(filled, "").values.notna().mean() >= _NUMERIC)


def _said_unit(about: About) -> str:
    """Return the unit of energy that the text above a table says for all of it."""
    found = [fields.unit(match) for match in _UNIT_SAID.findall(about.preamble)]
    return next((each for each in found if fields.energy_of_unit(each)), "")


def _of_weather(draft: Draft, heading: Heading, cells: dict) -> None:
    draft.put(("fields", "temperature"), heading.written)
    values = amounts.amounts(cells[heading.written], "").values
    if heading.unit in fields.TEMPERATURES:
        draft.put(("unit",), heading.unit, "the heading says so")
    elif values.max() > _HOT_C:
        draft.put(("unit",), "°F", f"up to {values.max():g}, which no outdoor air has in °C")
    else:
        asks = f"{heading.written} goes from {values.min():g} to {values.max():g}; in which unit?"
        draft.ask(("unit",), asks, fields.TEMPERATURES)
    others = [name for name in cells if name not in draft.entry["fields"].values()]
    draft.put(("not_used",), {name: "not outdoor temperature" for name in others if name})


def _of_columns(draft: Draft, said: list[Heading], cells: dict, about: About) -> None:
    """Put the columns of amounts, and the meters' ids, into the draft."""
    draft.put(("columns",), {})
    measured = [each for each in said if each.field in fields.AMOUNTS]
    more = _further(said, cells, about)
    used = _without_reads(draft, _without_sums(draft, measured + more, cells))
    rows = "meter" in draft.entry["fields"]
    whole = _unit_of_whole(used, cells)
    for each in used:
        _of_column(draft, each, cells, about, whole)
    _of_totals(draft, used, cells)
    multipliers.propose(draft, said, cells, about)
    if rows:
        _of_rows(draft, cells, about)
    elif used:
        _named(draft, used, about)
    bill_columns.propose(draft, said)
    dropped = {
        each.written: _why_not(each)
        for each in said
        if each.written
        and each not in used
        and each.written not in draft.entry.get("beside", {})
        and each.written not in draft.entry["fields"].values()
        and each.written not in draft.entry.get("not_used", {})
    }
    draft.entry["not_used"] = draft.entry.get("not_used", {}) | dropped


_USUAL = {"demand": "kW", "cost": "元"}  # units as a heading may have them


def _why_not(each: Heading) -> str:
    named = {"other": "not energy", "": "not known", "generation": "generated, not used"}
    named |= {"charge": "a part of the cost"} | dict.fromkeys(fields.TIMES, "a further time")
    if each.field in ("demand", "cost") and not each.unit:
        return f"{each.field} without a unit, such as {each.written}({_USUAL[each.field]})"
    return named.get(each.field, each.field)


def _without_sums(draft: Draft, columns: list[Heading], cells: dict) -> list[Heading]:
    """Return the columns without those that are the sum of the others."""
    sums = [each for each in columns if each.field == "sum"]
    others = [each for each in columns if each.field in ("value", "")]
    if not sums or not others:
        return columns
    added = sum(amounts.amounts(cells[each.written], "").values.fillna(0) for each in others)
    kept = list(columns)
    for each in sums:
        printed = amounts.amounts(cells[each.written], "").values
        allowed = amounts.last_place(printed) * (len(others) + 1) / 2
        if len(others) > 1 and bool(((printed - added).abs().dropna() <= allowed).all()):
            draft.put(("not_used", each.written), "the sum of the other columns")
            kept.remove(each)
    return kept


def _without_reads(draft: Draft, columns: list[Heading]) -> list[Heading]:
    """Return the columns without registers of which the amount stands beside them."""
    amounted = {each.meter for each in columns if each.field in ("value", "total", "sum", "band")}
    reads = [
        each
        for each in columns
        if each.field in ("previous", "present", "register") and each.meter in amounted
    ]
    for each in reads:
        draft.put(("not_used", each.written), "a register, and the amount stands beside it")
    return [each for each in columns if each not in reads]


def _unit_of_whole(columns: list[Heading], cells: dict) -> str:
    """Return the unit of the one amount with a unit to which the parts of the day beside it come in
    every row; "" where there is none.
    """
    parts = [each for each in columns if each.field == "band"]
    wholes = [each for each in columns if each.unit and each.field in ("value", "total", "sum")]
    if len(parts) < 2 or len(wholes) != 1:
        return ""
    printed = amounts.amounts(cells[wholes[0].written], "").values
    added = sum(amounts.amounts(cells[each.written], "").values for each in parts)
    allowed = amounts.last_place(printed) * (len(parts) + 1) / 2
    return wholes[0].unit if bool(((printed - added).abs() <= allowed).all()) else ""


def _of_column(draft: Draft, each: Heading, cells: dict, about: About, whole: str) -> None:
    """Put one column; `whole` is the unit that parts of the day have where they say none."""
    at = ("columns", each.written)
    holds = _HOLDS.get(each.field) or _SAME.get(each.field, "amounts")
    read = amounts.amounts(
        cells[each.written], each.unit, cells.get(draft.entry["fields"].get("unit"))
    )
    unit, why = _unit_of(each, read.unit, about, whole)
    draft.put(at, {"meter": "", "energy": "", "unit": unit, "holds": holds}, why)
    if holds == "power":
        asks = f"{each.written} is power in kW: are these means over each interval?"
        draft.ask((*at, "holds"), asks, ("power", "not used"))
        draft.put((*at, "unit"), "kWh")
    elif not unit:
        asks = f"in which unit are the values of {each.written} (such as {_example(read)})?"
        draft.ask((*at, "unit"), asks)
    elif other := _other_unit(each, about):
        asks = f"{each.written}: {each.unit} or {other}? The file says both"
        draft.ask((*at, "unit"), asks, (each.unit, other))
    _of_energy(draft, at, each, unit if holds != "power" else "kWh", about)
    if read.ambiguous:
        asks = f"{each.written}: which mark is the decimal one, as in {_example(read)}?"
        draft.ask(("decimal",), asks, (".", ","))
    values = of_one(read.values, cells.get(draft.entry["fields"].get("meter")))
    _of_register(draft, at, each, values, about)


def _unit_of(each: Heading, read: str, about: About, whole: str) -> tuple[str, str]:
    """Return the unit of a column, and what says so; none where nothing does."""
    if read:
        return read, f"unit {each.unit_written}" if each.unit else ""
    if unit := _said_unit(about):
        return unit, f"unit {unit}, by the text above the table"
    if whole and each.field == "band":
        return whole, f"unit {whole}: the parts of the day come to the amount beside them"
    return "", ""


def _other_unit(each: Heading, about: About) -> str:
    """Return a unit that the heading's brackets or the text above the table say in place of the
    column's; "" where none does.
    """
    inside = fields.unit(fields.without_unit(each.written)[1])
    others = [inside, _said_unit(about)]
    alike = [
        unit for unit in others if fields.energy_of_unit(unit) == fields.energy_of_unit(each.unit)
    ]
    return next((unit for unit in alike if unit != each.unit), "")


def _example(read: amounts.Amounts) -> str:
    held = read.values.dropna()
    return f"{held.median():,.10g}" if len(held) else "none"


def _of_energy(draft: Draft, at: tuple, each: Heading, unit: str, about: About) -> None:
    """Put the energy of a column: by its words, else by the file's and its unit."""
    may = fields.energy_of_unit(unit) or tuple(_ENERGY_WORDS)
    if each.energy and (each.energy in may or not unit):
        return draft.put((*at, "energy"), each.energy)
    for where, text in (("sheet", about.sheet), ("file", about.file), ("text", about.preamble)):
        spoken = [name for name in may if re.search(_ENERGY_WORDS[name], text, re.IGNORECASE)]
        if len(spoken) == 1:
            return draft.put((*at, "energy"), spoken[0], f"{spoken[0]}, by the {where}'s name")
    if unit and may[0] == "electricity":
        return draft.put((*at, "energy"), "electricity", f"{unit} and no other energy named")
    return draft.ask((*at, "energy"), f"what does {each.written} measure?", may)


def _of_register(draft: Draft, at: tuple, each: Heading, values: pd.Series, about: About) -> None:
    """Put whether a column holds a register: by its heading and one meter's values."""
    if each.field in ("band", "previous", "present", "power"):
        return
    rises, steps = registers.is_register(values), values.dropna().diff().dropna()
    uneven = min((steps < 0).mean(), (steps > 0).mean()) if len(steps) else 0.0
    if each.field == "register" and uneven > 1 - _NUMERIC:
        asks = f"{each.written} is named as a register, but its values fall often; what are they?"
        draft.ask((*at, "holds"), asks, ("amounts", "register"))
    elif each.field != "register" and registers.begins_anew(values):
        asks = f"{each.written} rises and falls back time and again: what was used since midnight?"
        draft.ask((*at, "holds"), asks, ("amounts", "register"))
    elif each.field == "register" or rises:
        why = "its name says a register" if each.field == "register" else "its values do not fall"
        draft.put((*at, "holds"), "register", why)
        times = multipliers.above(about.preamble)
        if "multiplier" not in draft.entry["fields"] and times != 1.0:
            draft.put((*at, "multiplier"), times, f"multiplier {times:g} above the table")


def _of_totals(draft: Draft, used: list[Heading], cells: dict) -> None:
    """Ask which of several totals of one meter counts; where they are the same, take the first."""
    by_meter: dict[tuple, list[Heading]] = {}
    for each in used:
        about = draft.entry["columns"][each.written]
        if each.field in ("total", "sum", "value") and about["holds"] == "amounts":
            by_meter.setdefault((each.meter, about["energy"]), []).append(each)
    for same in by_meter.values():
        first, *others = [each.written for each in same]
        for other in others:
            values = [amounts.amounts(cells[name], "").values for name in (first, other)]
            if (values[0] - values[1]).abs().max() <= amounts.last_place(values[0]):
                draft.put(("columns", other, "holds"), "not used", f"the same as {first}")
            else:
                asks = f"{first} and {other} differ; is {other} the amount (then {first} is not)?"
                draft.ask(("columns", other, "holds"), asks, ("amounts", "not used"))


def _of_rows(draft: Draft, cells: dict, about: About) -> None:
    """Put the id of each meter that is named in a column."""
    written = cells[draft.entry["fields"]["meter"]].map(written_name)
    energy = next(iter(draft.entry["columns"].values()))["energy"]
    ids = about.names.ids([name for name in written.unique() if name], energy)
    for name, (id, why) in ids.items():
        if id == OPEN:
            draft.ask(("meters", name), why)
        else:
            draft.put(("meters", name), id, why)


def _named(draft: Draft, used: list[Heading], about: About) -> None:
    """Put the id of the meter of each column."""
    columns = draft.entry["columns"]
    for energy in dict.fromkeys(columns[each.written]["energy"] for each in used):
        of_energy = [each for each in used if columns[each.written]["energy"] == energy]
        ids = about.names.ids(list(dict.fromkeys(each.meter for each in of_energy)), energy)
        for each in of_energy:
            id, why = ids[each.meter]
            if id == OPEN:
                draft.ask(("columns", each.written, "meter"), why)
            else:
                draft.put(("columns", each.written, "meter"), id, why)
