"""The heading of a table: its columns matched with the schema's."""

from __future__ import annotations

import re

import pandas as pd

from neutrality.case.columns import ID_FORM
from neutrality.case.schemas import ID, QUALITIES, Column, Schema
from neutrality.texts import hints

_UNIT_REMEDY = {
    "mwh": "multiply by 1000",
    "wh": "divide by 1000",
    "gwh": "multiply by 1,000,000",
    "gj": "multiply by 277.78",
    "mj": "divide by 3.6",
    "kw": "an hourly mean in kW is that hour's kWh; check it",
    "f": "convert: (°F - 32) / 1.8",
    "k": "subtract 273.15",
}


def match(raw: pd.DataFrame, schema: Schema, file: str) -> tuple[list[Column], list[str]]:
    """Return the columns of the schema and of the file, and a sentence for each fault.

    A fault is a column that is missing, occurs twice, or is not understood.
    """
    known = {column.name: column for column in schema.columns}
    faults = [
        f"{file}, column {name}: it occurs twice; keep one"
        for name in raw.attrs.get("twice", raw.columns[raw.columns.duplicated()])
    ]
    faults += [
        f"{file}, column {raw.columns.get_loc(name) + 1}: it has cells and no heading; name it"
        for name in unnamed(raw)
        if not _blank(raw[name])
    ]
    mistaken = set()  # columns of the schema that a wrong name was meant for
    own = [name for name in raw.columns if name not in known and name not in unnamed(raw)]
    for name in dict.fromkeys(own):
        if column := _further(name, schema):
            known[name] = column
            fault, meant = _faulty_further(name, raw, schema), ""
        else:
            fault, meant = _unknown(name, raw, schema, known)
        faults += [f"{file}, column {name}: {fault}"] if fault else []
        mistaken |= {meant}
    faults += [
        f"{file}: column {column.name} is missing; add it: {_described(column)}"
        for column in schema.columns
        if column.name not in raw and not column.optional and column.name not in mistaken
    ]
    return list(known.values()), faults


def unnamed(raw: pd.DataFrame) -> list[str]:
    """Return the columns without a heading, as pandas calls them."""
    return [name for name in raw.columns if re.fullmatch(r"Unnamed: \d+", name) or not name]


def _blank(cells: pd.Series) -> bool:
    return not cells.fillna("").astype(str).str.strip().any()


def _further(name: str, schema: Schema) -> Column | None:
    """Return a column whose name the case chose, or that says how its readings were taken."""
    if schema.further and name.endswith(schema.further):
        return Column(name, "number", schema.chosen, "", "kWh", 0, blank=True)
    if schema.quality and name.endswith(schema.quality):
        meaning = f"how {_readings(name, schema)} was read"
        return Column(name, "choice", meaning, "", blank=True, choices=QUALITIES)
    return None


def _readings(name: str, schema: Schema) -> str:
    """Return the column of readings that a column of their quality describes."""
    return name.removesuffix(schema.quality) + schema.further


def _faulty_further(name: str, raw: pd.DataFrame, schema: Schema) -> str:
    """Return what is wrong with a further column, or an empty text."""
    if name.endswith(schema.further):
        is_id = re.fullmatch(ID, name.rpartition("_")[0])
        return "" if is_id else f"expected {ID_FORM}, then {schema.further}"
    readings = _readings(name, schema)
    no_such = f"it says how {readings} was read, and there is no such column; add or rename one"
    return "" if readings in raw else no_such


def _unknown(
    name: str, raw: pd.DataFrame, schema: Schema, known: dict[str, Column]
) -> tuple[str, str]:
    """Return what to do about a column that is not known, and the column that was meant, if any.

    A table without further columns may have columns of its own: for these both are empty.
    """
    stem, _, unit = name.rpartition("_")
    same_stem = next((other for other in known if other.startswith(f"{stem}_")), "")
    meant = f"{stem}{schema.further}" if schema.further else same_stem
    if stem and meant and unit.lower() in _UNIT_REMEDY:
        held, remedy = meant.rpartition("_")[2], _UNIT_REMEDY[unit.lower()]
        return f"this table holds {held}; {remedy} and name the column {meant}", meant
    if near := hints.nearest(name, [other for other in known if other not in raw]):
        return f"not known; did you mean {near}?", near
    if schema.further:
        form = f"<{schema.chosen}>{schema.further}"
        return f"not understood; further columns are named {form}", ""
    return "", ""


def _described(column: Column) -> str:
    unit = f", in {column.unit}" if column.unit else ""
    return f"{column.meaning}{unit} (example: {column.example})"
