"""Numbers that were written as text: decimal commas, thousands separators, full-width digits."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd


class Numbers(NamedTuple):
    """A column of cells read as numbers."""

    values: pd.Series  # float, NaN where the cell holds none; index as the cells
    decimal: str  # "." or ",", "" where the column has none and needs none
    ambiguous: bool  # "1,234" only: 1.234 or 1234; the values then are those of `decimal` "."
    faulty: pd.Series  # the cells, as they stand, that are neither numbers nor blank nor "-"


def numbers(cells: pd.Series, decimal: str | None = None) -> Numbers:
    """Return a column's numbers (stub: plain numbers only)."""
    values = pd.to_numeric(cells, errors="coerce").astype(float)
    return Numbers(values, decimal or ".", False, cells[values.isna() & cells.notna()])
