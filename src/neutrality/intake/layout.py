"""The tables of a sheet: headings, unit line, body, totals, and all that is left out, with why."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from neutrality.intake.cells import Sheet


class Table(NamedTuple):
    """One table of a sheet, rows as Excel shows them."""

    sheet: str
    heading_rows: tuple[int, ...]
    unit_row: int  # 0 where there is none
    headings: list[str]  # heading lines of a column joined by " / "
    units: list[str]  # of the unit line or the heading's brackets, as written; "" where none
    body: pd.DataFrame  # columns 0..n-1 (object), index: row as Excel shows it
    totals: pd.DataFrame  # rows of totals and subtotals as they stand, same columns
    left: pd.DataFrame  # row, kind (preamble, blank, heading_again, total, ...), text


def tables(sheet: Sheet) -> list[Table]:
    """Return the tables of a sheet (stub: one table, heading in the first row)."""
    cells = sheet.cells
    if cells.empty:
        return []
    first, *_ = cells.index
    headings = ["" if cell is None else str(cell) for cell in cells.loc[first]]
    body, none = cells.iloc[1:], cells.iloc[:0]
    left = pd.DataFrame(columns=["row", "kind", "text"])
    return [Table(sheet.name, (first,), 0, headings, [""] * len(headings), body, none, left)]
