"""The heading of a list or an export that has several lines, or a line of units: found as that of a
file of readings is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import pandas as pd

from neutrality import sheets
from neutrality.files import heading_lines, layout
from neutrality.files.cells import Sheet

_LINE = " / "  # between the lines of a heading


def letters(heading: str) -> str:
    """Return a heading by its letters alone.

    >>> letters("Retirement/Cancellation Date"), letters("数量（张）")
    ('retirementcancellationdate', '数量张')
    """
    return re.sub(r"[\W_]+", "", heading).casefold()


def joined(
    lines: list[list[str]], merged: tuple, is_heading: Callable[[list[str]], bool]
) -> tuple[int, list[str], list[str]] | None:
    """Return the place of the last line of a heading of several lines that `is_heading` takes, what
    each column is known by, and its heading in full; None where no such heading has them.

    A column is known by its lines together, else by the last one: 核销 above 日期 is 核销日期, 编号
    above 起始编号 is 起始编号; with the unit of the line of units, or else of the text above.
    """
    if not _may_be_several(lines):
        return None
    width = max(map(len, lines), default=0)
    padded = [[cell or None for cell in line] + [None] * (width - len(line)) for line in lines]
    cells = pd.DataFrame(padded, pd.RangeIndex(1, len(lines) + 1), dtype="object")
    sheet = Sheet("list", cells, frozenset(), "visible", merged)
    for table in layout.tables(sheet):
        if len(table.heading_rows) + bool(table.unit_row) > 1:
            beside = _units(table, cells)
            names = [
                _known(*each) for each in zip(table.headings, beside, table.units, strict=True)
            ]
            if is_heading(names):
                full = [_with(*each) for each in zip(table.headings, beside, strict=True)]
                return max(*table.heading_rows, table.unit_row) - 1, names, full
    return None


def _may_be_several(lines: list[list[str]]) -> bool:
    """Return whether one of two lines that follow each other may name the other's columns: most of
    their cells are without a digit.
    """
    filled = [[cell for cell in line if cell.strip()] for line in lines]
    plain = [2 * sum(any(map(str.isdigit, cell)) for cell in line) <= len(line) for line in filled]
    pairs = zip(range(len(lines) - 1), filled, filled[1:], strict=False)
    return any(plain[n] and plain[n + 1] and len(one) > 1 and other for n, one, other in pairs)


def _units(table: layout.Table, cells: pd.DataFrame) -> list[str]:
    """Return what the line of units says of each column."""
    if not table.unit_row:
        return [""] * len(table.headings)
    return [heading_lines.bare_unit(str(each or "")) for each in cells.loc[table.unit_row]]


def _known(heading: str, beside: str, unit: str) -> str:
    """Return what the headings of a ledger know a column by; as it stands where they do not.

    A number with a unit below its heading is no count, so it is not known by its heading alone.
    """
    lines = [part for part in heading.split(_LINE) if part]
    short = ["".join(lines), lines[-1] if lines else ""]
    ways = [_with(each, beside or unit) for each in short]
    ways = ways if beside else [*short, *ways]
    return next((each for each in ways if letters(each) in _all()), _with(heading, beside))


def _with(heading: str, unit: str) -> str:
    return f"{heading} ({unit})" if heading and unit else heading


@cache
def _all() -> frozenset[str]:
    return frozenset(sheets.packaged("ledger/headings.csv")["heading"])
