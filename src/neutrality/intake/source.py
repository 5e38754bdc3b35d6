"""A table of a file with its cells by heading, and how faults in it are told."""

from __future__ import annotations

import math
from typing import NamedTuple

import pandas as pd

from neutrality.files.layout import Table
from neutrality.intake import fields, moments
from neutrality.reference import units

NAMELESS = "column "  # begins the name of a column without a heading
OF_DAY = "times of day"  # column of a table that has a row a day and a column for each time
_LEAST_MONTHS = 2  # columns headed by months that make a table with a row a meter
SHOWN = 10  # faults of one kind; the rest are counted


class Source(NamedTuple):
    """A table with where it lies and its cells by heading."""

    place: str  # file, and sheet where it has one
    cells: dict[str, pd.Series]
    entry: dict
    timezone: str

    @property
    def rows(self) -> pd.Index:
        """The rows of the table as Excel shows them, by position."""
        return next(iter(self.cells.values())).index

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
    if len(clocks) >= units.HOURS_PER_DAY:
        return _long(cells, clocks, "time", [moments.time_of_day(each) for each in clocks])
    months = {name: fields.without_unit(name)[0] for name in cells}
    months = {name: bare for name, bare in months.items() if _is_month(bare)}
    if len(months) >= _LEAST_MONTHS and not any(each.field in fields.TIMES for each in said):
        return _long(cells, list(months), "month", list(months.values()))
    return list(cells), cells


def _long(
    cells: dict[str, pd.Series], columns: list[str], field: str, names: list[str]
) -> tuple[list[str], dict[str, pd.Series]]:
    """Return headings and cells with some columns below each other: their names in `field`, their
    cells in OF_DAY.
    """
    others = [name for name in cells if name not in columns]
    index = cells[columns[0]].index
    rows = index.repeat(len(columns))
    long = {name: pd.Series(cells[name].repeat(len(columns)).to_numpy(), rows) for name in others}
    values = pd.concat([cells[name] for name in columns], axis=1).to_numpy(object).ravel()
    long |= {field: pd.Series(names * len(index), rows), OF_DAY: pd.Series(values, rows)}
    return [*others, field, OF_DAY], long


def _is_month(heading: str) -> bool:
    """Return whether a heading is a month of a year, such as 2025-01 or 2025年1月."""
    return moments.moments(pd.Series([heading])).kind == moments.MONTH and any(
        each.isdigit() for each in heading
    )


def _empty(name: str, cells: pd.Series) -> bool:
    return name.startswith(NAMELESS) and not any(str(cell or "").strip() for cell in cells)


def written_name(cell: object) -> str:
    """Return a meter's name or number as it is written; a number without a point.

    >>> written_name(3100012345.0), written_name(" 总表 "), written_name(None)
    ('3100012345', '总表', '')
    """
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell.is_integer() else "" if math.isnan(cell) else str(cell)
    return str(cell or "").strip()


def shortened(found: list[str]) -> list[str]:
    """Return the first sentences of a kind, and how many more there are."""
    more = len(found) - SHOWN
    return [*found[:SHOWN], f"and {more} more like these"] if more > 0 else found
