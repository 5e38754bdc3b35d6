"""The cells of a table file, whatever its format: CSV, compressed CSV, Parquet or Excel."""

from __future__ import annotations

import re
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".xlsx")
# What pandas raises for a file that is no table.
_UNREADABLE = (ValueError, OSError, EOFError, zipfile.BadZipFile)
PACKAGE = Path(__file__).parent
REMARK = "#"  # a row that begins with it is a remark, such as the example of a template


def packaged(name: str) -> pd.DataFrame:
    """Return a table that the package ships, all cells as text; `name` as in "reference/gwp.csv".

    >>> packaged("reference/gwp.csv").columns[0]
    'gas'
    """
    return _packaged(name).copy(deep=False)  # copy-on-write: a caller cannot change the original


@cache
def _packaged(name: str) -> pd.DataFrame:
    return pd.read_csv(PACKAGE / name, dtype="str", keep_default_na=False, encoding="utf-8")


def cells(path: Path) -> pd.DataFrame:
    """Return a file's cells, as text unless the format is typed, indexed by line number.

    Remarks are left out. Raises ValueError, naming the file and where it can the row, for a file
    that is no table.
    """
    try:
        raw = _raw(path)
    except _UNREADABLE as error:
        raise ValueError(_remedy(path.name, str(error))) from error
    if raw.shape[1] == 1 and ";" in str(raw.columns[0]):
        raise ValueError(
            f"{path.name}, row 1: found columns separated by ';'; save the table with commas"
        )
    raw.columns = [str(c).strip() for c in raw.columns]
    raw.index = pd.RangeIndex(2, len(raw) + 2)
    return raw[~_is_remark(raw)]


def _raw(path: Path) -> pd.DataFrame:
    """Return a file's cells as pandas reads them, all as columns."""
    if path.suffix == ".parquet":
        raw = pd.read_parquet(path)
        return raw.reset_index() if raw.index.name else raw
    if path.suffix == ".xlsx":
        return pd.read_excel(path, dtype=str, keep_default_na=False)
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def _remedy(file: str, error: str) -> str:
    """Return what to do about a file that pandas cannot read."""
    shape = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", error)
    if shape:
        return (
            f"{file}, row {shape[2]}: found {shape[3]} cells, the heading has {shape[1]}; "
            "put text that holds a comma in quotes"
        )
    return f"{file}: cannot be read as a table ({error}); save it as UTF-8 CSV"


def _is_remark(raw: pd.DataFrame) -> np.ndarray:
    """Return which rows begin with a remark's mark."""
    if raw.empty:
        return np.zeros(len(raw), dtype=bool)
    marked = raw.iloc[:, 0].astype("str").str.startswith(REMARK)
    return marked.fillna(False).to_numpy(dtype=bool)
