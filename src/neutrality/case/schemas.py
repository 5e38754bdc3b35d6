"""The schema of each table of a case: its columns with kind, unit, bounds, meaning and an example.

The columns are the rows of `case/columns.csv`; the tables themselves are listed here.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from neutrality import sheets
from neutrality.reference.status import STATUSES


@dataclass(frozen=True)
class Column:
    """A column of a table.

    `kind` is one of instant, date, moment (a date or an instant), month, text, id (text that
    becomes part of a claim's name), choice, number, count, year, flag.
    """

    name: str
    kind: str
    meaning: str
    example: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    blank: bool = False  # an empty cell is allowed
    choices: tuple[str, ...] = ()
    optional: bool = False  # the whole column may be absent
    unique: bool = False  # no value occurs twice


@dataclass(frozen=True)
class Schema:
    """A table: what it holds, its columns, and which further columns it may have."""

    meaning: str
    columns: tuple[Column, ...]
    further: str = ""  # ending of columns whose names the case chooses, e.g. "_kwh"
    chosen: str = "end_use"  # what the name of such a column stands for
    quality: str = ""  # ending of columns that say how those readings were taken: "_quality"
    required: bool = False
    unless: str = ""  # a table that a case may have in its place


IMPORTED = "import"  # folder of a case: mappings of imported files, and raw/, these files
QUALITIES = ("measured", "estimated")  # how a reading was taken; blank is measured
ID = r"[a-z][a-z0-9_]*"
# What a name in angle brackets in the column `choices` stands for.
_NAMED_CHOICES = {
    "<status>": STATUSES,
    "<instrument>": tuple(sheets.packaged("reference/instruments.csv")["instrument"]),
    "<registry>": (
        *sheets.packaged("reference/programmes.csv")["programme"],
        *sheets.packaged("reference/instruments.csv")["instrument"],
    ),
}


def _column(row) -> Column:
    """Return a row of case/columns.csv as a Column."""
    low, high = (float(bound) if bound else None for bound in (row.low, row.high))
    flags = {flag: getattr(row, flag) == "yes" for flag in ("blank", "optional", "unique")}
    choices = _NAMED_CHOICES.get(row.choices) or tuple(filter(None, row.choices.split("|")))
    text = (row.name, row.kind, row.meaning, row.example, row.unit)
    return Column(*text, low, high, choices=choices, **flags)


def _columns(rows: pd.DataFrame) -> dict[str, tuple[Column, ...]]:
    return {
        table: tuple(_column(row) for row in of_table.itertuples(index=False))
        for table, of_table in rows.groupby("table", sort=False)
    }


_MEANINGS = {
    "energy": "hourly grid electricity of the main meter and of each end use",
    "meters": "readings of any length, one row each: bills, days or hours of electricity, gas, "
    "heat, cooling and water",
    "weather": "hourly outdoor air temperature at the site",
    "calendar": "days that differ from their weekday: holidays, and make-up working weekend days",
    "activities": "all but grid electricity: heat, fuels, refrigerants; memo lines such as travel",
    "generation": "hourly metered generation of the plants behind the certificates, which hourly "
    "matching needs",
    "certificates": "green electricity certificates and green-power trades, one row a block",
    "credits": "carbon credits, one row a serial block",
    "aliases": "other names by which registries know the reporter: each one used is printed",
    "plan": "the dated plan for the remaining emissions: what is to be reduced, by when",
    "assets": "the lighting stock",
    "measures": "energy-saving measures: what was done, to which end use, since when",
    "adjustments": "non-routine events that changed what a meter read, and what they are worth",
    "occupancy": "people in the building by month, for what of the energy follows them",
    "company": "the group's published yearly series",
    "disclosures": "what a signed report says beside its figures: entity, boundary, meters, people",
    "announced": "published statements to be audited, in both languages",
    "announcement": "the announcement's own words, sentence by sentence, in both languages",
    "factors": "emission factors of the case's own: they add to or, by id, override the shipped "
    "ones",
    "labels": "names of the case's own end uses and sources in both languages",
}
_FURTHER = {
    "energy": {"further": "_kwh", "quality": "_quality", "unless": "meters"},
    "weather": {"required": True},
    "generation": {"further": "_kwh", "chosen": "profile"},
}
_COLUMNS = _columns(sheets.packaged("case/columns.csv"))
SCHEMAS = {
    table: Schema(meaning, _COLUMNS[table], **_FURTHER.get(table, {}))
    for table, meaning in _MEANINGS.items()
}
