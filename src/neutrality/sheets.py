"""The cells of a table file, whatever its format: CSV, compressed CSV, Parquet or Excel."""

from __future__ import annotations

import re
import zipfile
from functools import cache
from pathlib import Path

import pandas as pd

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".xlsx")
UNREADABLE = (
    ValueError,
    OSError,
    EOFError,
    zipfile.BadZipFile,
)  # what pandas raises for a file that is no table
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
    """Return a file's cells, as text unless the format is typed, indexed by line number; remarks
    are left out.

    Raises ValueError, naming the file and where it can the row, for what is no table.
    """
    try:
        if path.suffix == ".parquet":
            raw = pd.read_parquet(path)
        elif path.suffix == ".xlsx":
            raw = pd.read_excel(path, dtype=str, keep_default_na=False)
        else:
            raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except UNREADABLE as error:
        shape = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
        remedy = (
            f"{path.name}, row {shape[2]}: found {shape[3]} cells, the heading has {shape[1]}; put text that holds a comma "
            "in quotes"
            if shape
            else f"{path.name}: cannot be read as a table ({error}); save it as UTF-8 CSV"
        )
        raise ValueError(remedy) from error
    if raw.shape[1] == 1 and ";" in str(raw.columns[0]):
        raise ValueError(
            f"{path.name}, row 1: found columns separated by ';'; save the table with commas"
        )
    if path.suffix == ".parquet" and raw.index.name:
        raw = raw.reset_index()
    raw.columns = [str(c).strip() for c in raw.columns]
    raw.index = pd.RangeIndex(2, len(raw) + 2)
    first = raw.iloc[:, 0] if raw.shape[1] else pd.Series(dtype="str")
    remarks = (
        first.astype("str").str.startswith(REMARK).fillna(False) if len(raw) else first.astype(bool)
    )
    return raw[~remarks.to_numpy(dtype=bool)]
