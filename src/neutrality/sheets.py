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
_AS_TEXT = {"dtype": str, "keep_default_na": False}
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

    Remarks are left out; `attrs` has their first cells ("remarks") and the names that stand twice
    in the heading ("twice"), which pandas renames. Raises ValueError, naming the file and where it
    can the row, for a file that is no table, and for a second sheet with content.
    """
    try:
        raw, heading = _raw(path), _heading(path)
    except _UNREADABLE as error:
        raise ValueError(_remedy(path.name, str(error))) from error
    if raw.shape[1] == 1 and ";" in str(raw.columns[0]):
        raise ValueError(
            f"{path.name}, row 1: found columns separated by ';'; save the table with commas"
        )
    raw.columns = [str(c).strip() for c in raw.columns]
    raw.index = pd.RangeIndex(2, len(raw) + 2)
    remarks = _is_remark(raw)
    shown = raw[~remarks]
    shown.attrs = {"remarks": raw.iloc[:, 0][remarks].tolist() if len(raw.columns) else []}
    shown.attrs["twice"] = heading[heading.duplicated()].unique().tolist()
    return shown


def _raw(path: Path) -> pd.DataFrame:
    """Return a file's cells as pandas reads them, all as columns."""
    if path.suffix == ".parquet":
        raw = pd.read_parquet(path)
        return raw.reset_index() if raw.index.name else raw
    if path.suffix == ".xlsx":
        first, *others = pd.read_excel(path, sheet_name=None, **_AS_TEXT).items()
        if more := [name for name, cells in others if cells.size or len(cells.columns)]:
            raise ValueError(f"only its first sheet is read, and '{more[0]}' has cells too")
        return first[1]
    raw = pd.read_csv(path, encoding="utf-8-sig", **_AS_TEXT)
    if not isinstance(raw.index, pd.RangeIndex):  # pandas takes the cells in front for an index
        raise ValueError("its rows have more cells than its heading")
    return raw


def _heading(path: Path) -> pd.Series:
    """Return the heading as it is written, without its blank cells; empty for Parquet."""
    if path.suffix == ".parquet":
        return pd.Series([], dtype=str)
    whole = {"header": None, "nrows": 1, **_AS_TEXT}
    if path.suffix == ".xlsx":
        line = pd.read_excel(path, **whole)
    else:
        line = pd.read_csv(path, encoding="utf-8-sig", **whole)
    names = line.iloc[0].astype(str).str.strip() if len(line) else pd.Series([], dtype=str)
    return names[names != ""]


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
