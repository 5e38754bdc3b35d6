"""A file as it lies on disk: its sheets, every cell where Excel shows it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd


class Sheet(NamedTuple):
    """The cells of one sheet, or of a text file."""

    name: str  # "" for a text file
    cells: pd.DataFrame  # str, float, datetime, bool or None; index: row as Excel shows it, from 1
    hidden: frozenset[int]  # rows hidden in the file
    state: str  # "visible" or "hidden"


class File(NamedTuple):
    """A file, read but not yet judged."""

    path: Path
    format: str  # "csv", "xlsx", "green_button", ...
    encoding: str  # "" where the format has none
    delimiter: str  # "" where the format has none
    sheets: list[Sheet]
    sha256: str  # of the file's bytes
