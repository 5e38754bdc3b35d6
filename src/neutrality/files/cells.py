"""A file as it lies on disk: its sheets, every cell where Excel shows it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

_LETTERS = 26  # of the columns of a spreadsheet: A to Z, then AA


class Sheet(NamedTuple):
    """The cells of one sheet, or of a text file."""

    name: str  # "" for a text file
    cells: pd.DataFrame  # str, float, datetime, bool or None; index: row as Excel shows it, from 1
    hidden: frozenset[int]  # rows hidden in the file
    state: str  # "visible" or "hidden"
    merged: tuple[tuple[int, int, int, int], ...] = ()  # first row, column, last row, column
    file: str = ""  # name of the file, for what is said of its rows
    hidden_columns: frozenset[int] = frozenset()  # counted from 0; they are read as any other

    def columns_hidden(self) -> list[str]:
        """Return the letters of the hidden columns that hold anything."""
        held = self.cells.notna().any()
        return [letter(n) for n in sorted(self.hidden_columns) if n < len(held) and held.iloc[n]]


class File(NamedTuple):
    """A file, read but not yet judged."""

    path: Path
    format: str  # "csv", "xlsx", "green_button", ...
    encoding: str  # "" where the format has none
    delimiter: str  # "" where the format has none
    sheets: list[Sheet]
    sha256: str  # of the file's bytes


def letter(column: int) -> str:
    """Return the letters that a spreadsheet shows for a column counted from 0.

    >>> letter(0), letter(25), letter(26)
    ('A', 'Z', 'AA')
    """
    more, last = divmod(column, _LETTERS)
    return (letter(more - 1) if more else "") + chr(ord("A") + last)


def framed(values: np.ndarray) -> pd.DataFrame:
    """Return cells with rows counted from 1, without the blank columns and rows at their end.

    The values are objects, blank ones None.
    """
    rows, columns = values.shape
    while rows and all(cell is None for cell in values[rows - 1]):
        rows -= 1
    while columns and not (values[:rows, columns - 1] != None).any():  # noqa: E711 - by element
        columns -= 1
    return pd.DataFrame(
        values[:rows, :columns], pd.RangeIndex(1, rows + 1), dtype="object", copy=False
    )
