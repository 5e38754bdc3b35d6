"""The cells of a table file, whatever its format: CSV, compressed CSV, Parquet or Excel.

A file larger than any honest table is refused before it is read. Text that a spreadsheet would
take for a formula is written behind an apostrophe (`defused`), and read without it (`restored`).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".xlsx")
# What pandas raises for a file that is no table; RuntimeError for an archive that is encrypted.
_UNREADABLE = (ValueError, OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
PACKAGE = Path(__file__).parent
_AS_TEXT = {"dtype": str, "keep_default_na": False}
_EXCEL = {"engine": "openpyxl"}  # pandas will take another, which writes numbers in other words
REMARK = "#"  # a row that begins with it is a remark, such as the example of a template

# Texts as Python's own, whether pyarrow is there or not: one meaning of patterns and digits. Most
# tables have tens of rows, and single cells come out of Arrow's arrays ten times slower.
pd.set_option("mode.string_storage", "python")

# What a table may have at most. Ten years of hours are 87,600 rows and about 10 MB; a case has
# tens of columns. Each limit keeps the reading of one file under about ten seconds.
MAX_ROWS = 500_000
MAX_COLUMNS = 500
MAX_SHEETS = 50
MAX_BYTES = 250_000_000  # [B] unpacked: so many rows of a registry, of 500 each
# Hourly readings pack to a fifth or, where constant, to a fiftieth; a bomb packs to a thousandth.
MAX_RATIO = 200
_SMALL = 5_000_000  # [B] unpacked; below it the ratio does no harm
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_CUT_TAG = 64  # [B] of a tag that a chunk cuts, enough to hold its name
_WORD = 8  # [B] of a number, or of what points to a text
_CHUNK = 1 << 20  # [B] read at a time
_QUOTED = re.compile(
    rb"(?:^|[,\"])'", re.MULTILINE
)  # a cell of a CSV that begins with an apostrophe
# What a spreadsheet takes for the beginning of a formula, in its full-width forms too.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_MARKS = "=+-@\t\r\n＝＋－＠"
_FORMULA = f"[{re.escape(_MARKS)}]"
_BEGINS = frozenset(f"'{_MARKS}")  # of a text that may be changed


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
    can the row, for a file that is no table, for a second sheet with content, and for a file above
    a limit (MAX_ROWS, ...) before it is read.
    """
    refuse_too_large(path)
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
    shown = restored(raw[~remarks]) if holds(path, b"'") else raw[~remarks]
    shown.attrs = {"remarks": raw.iloc[:, 0][remarks].tolist() if len(raw.columns) else []}
    shown.attrs["twice"] = heading[heading.duplicated()].unique().tolist()
    return shown


def holds(path: Path, mark: bytes) -> bool:
    """Return whether a file of text has a character anywhere, so that its cells must be looked at
    one by one; of any other file it may be so.
    """
    if not path.name.endswith((".csv", ".csv.gz")):
        return True
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        return any(mark in piece for piece in _chunks(file))


def sha256(path: Path) -> bytes:
    """Return the hash of a file's bytes; ValueError, as of `cells`, where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise ValueError(_remedy(path.name, str(error))) from error


def columns(path: Path) -> list[str]:
    """Return a file's columns without its rows; ValueError as for `cells`."""
    refuse_too_large(path)
    try:
        if path.suffix == ".parquet":
            return list(_raw(path).columns)
        if path.suffix == ".xlsx":
            return [str(name).strip() for name in pd.read_excel(path, nrows=0, **_EXCEL)]
        return [str(name).strip() for name in pd.read_csv(path, nrows=0)]
    except _UNREADABLE as error:
        raise ValueError(_remedy(path.name, str(error))) from error


def written(path: Path) -> pd.DataFrame:
    """Return the cells, as text, of a CSV that this package wrote, without apostrophes put in."""
    return _written(Path(path).read_bytes()).copy(deep=False)


@lru_cache(maxsize=200)  # a report and its verification ask for each table several times
def _written(content: bytes) -> pd.DataFrame:
    made = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False, encoding="utf-8")
    return restored(made) if _QUOTED.search(content) else made


def _raw(path: Path) -> pd.DataFrame:
    """Return a file's cells as pandas reads them, all as columns."""
    if path.suffix == ".parquet":
        raw = pd.read_parquet(path)
        return raw.reset_index() if raw.index.name else raw
    if path.suffix == ".xlsx":
        first, *others = pd.read_excel(path, sheet_name=None, **_EXCEL, **_AS_TEXT).items()
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
        line = pd.read_excel(path, **_EXCEL, **whole)
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


def is_typed(cells: pd.Series) -> bool:
    """Return whether cells are numbers or instants, as a format with types has them, and no text.

    >>> is_typed(pd.Series([1.0])), is_typed(pd.Series(["1.0"]))
    (True, False)
    """
    return pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_datetime64_any_dtype(cells)


def _is_remark(raw: pd.DataFrame) -> np.ndarray:
    """Return which rows begin with a remark's mark."""
    if raw.empty or is_typed(raw.iloc[:, 0]):  # 8,760 instants as text take a tenth of a second
        return np.zeros(len(raw), dtype=bool)
    marked = raw.iloc[:, 0].astype("str").str.startswith(REMARK)
    return marked.fillna(False).to_numpy(dtype=bool)


def refuse_too_large(path: Path) -> None:
    """Raise ValueError, with the size found, for a file above a limit, or one that is no table."""
    try:
        found = _too_large(path)
    except _UNREADABLE as error:
        raise ValueError(_remedy(path.name, str(error))) from error
    if found:
        raise ValueError(f"{path.name}: found {found}; split the table, or save it anew")


def refuse_too_large_text(raw: bytes, file: str) -> None:
    """Raise ValueError, with the size found, for a text already read that is above a limit."""
    if found := _over_in_text(iter([raw]), len(raw)):
        raise ValueError(f"{file}: found {found}; split the table, or save it anew")


def _too_large(path: Path) -> str:
    """Return what a file has more of than its limit allows, or an empty text; nothing is parsed."""
    if path.suffix == ".parquet":
        return _over(_sizes_of_parquet(path)) or _over({"bytes unpacked": _text_bytes(path)})
    if path.suffix == ".xlsx" or zipfile.is_zipfile(path):
        return _over_in_workbook(path)
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        return _over_in_text(_chunks(file), path.stat().st_size)


def _over(sizes: dict[str, float]) -> str:
    """Return the first size above its limit and the limit, or an empty text.

    >>> _over({"rows": 600_000}), _over({"rows": 8_760, "columns": 5})
    ('600,000 rows, where a table has at most 500,000', '')
    """
    limits = {
        "rows": MAX_ROWS,
        "columns": MAX_COLUMNS,
        "sheets": MAX_SHEETS,
        "bytes unpacked": MAX_BYTES,
    }
    for what, size in sizes.items():
        if size > limits[what]:
            return f"{size:,.0f} {what}, where a table has at most {limits[what]:,}"
    return ""


def _over_in_text(chunks: Iterator[bytes], packed: int) -> str:
    """Return what a CSV has too much of; it is unpacked no further than the first limit."""
    sizes = {"rows": -1, "columns": 1, "bytes unpacked": 0}  # the heading is no row
    for number, chunk in enumerate(chunks):
        sizes["rows"] += chunk.count(b"\n")
        sizes["bytes unpacked"] += len(chunk)
        if number == 0:
            sizes["columns"] += chunk.partition(b"\n")[0].count(b",")
        if over := _over(sizes):
            return f"at least {over}"  # the rest of the file is not looked at
        if over := _packed_too_well(packed, sizes["bytes unpacked"]):
            return over
    return ""


def _packed_too_well(packed: int, unpacked: int) -> str:
    """Return the ratio of a file that unpacks to far more than a table does, or an empty text."""
    if unpacked <= _SMALL or unpacked <= MAX_RATIO * packed:
        return ""
    return f"{packed:,} bytes that unpack to {unpacked:,}, more than {MAX_RATIO} times as many"


def _sizes_of_parquet(path: Path) -> dict[str, float]:
    from pyarrow import parquet

    about = parquet.read_metadata(path)
    groups = (about.row_group(number) for number in range(about.num_row_groups))
    # A dictionary holds a value once however many cells have it: each cell takes a word at least.
    cells = about.num_rows * about.num_columns * _WORD
    unpacked = max(sum(group.total_byte_size for group in groups), cells)
    return {"rows": about.num_rows, "columns": about.num_columns, "bytes unpacked": unpacked}


def _text_bytes(path: Path) -> int:
    """Return the bytes of a Parquet's texts, each cell by itself; the dictionaries are read, their
    values are not written out.
    """
    from pyarrow import compute, parquet, types

    held = parquet.read_schema(path)
    texts = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)
    wanted = [
        field.name
        for field in held
        if types.is_dictionary(field.type) or any(is_text(field.type) for is_text in texts)
    ]
    if not wanted:
        return 0
    size = 0
    for column in parquet.read_table(path, columns=wanted, read_dictionary=wanted).columns:
        for chunk in column.chunks:
            if types.is_dictionary(chunk.type) and not types.is_integer(chunk.type.value_type):
                lengths = compute.binary_length(chunk.dictionary)
                size += compute.sum(lengths.take(chunk.indices)).as_py() or 0
    return size


def _over_in_workbook(path: Path) -> str:
    """Return what a workbook has too much of, by its directory, then by its rows."""
    with zipfile.ZipFile(path) as book:
        parts = book.infolist()
        pages = [part for part in parts if re.fullmatch(r"xl/worksheets/[^/]+", part.filename)]
        unpacked = sum(part.file_size for part in parts)
        found = _over({"sheets": len(pages), "bytes unpacked": unpacked})
        if found := found or _packed_too_well(path.stat().st_size, unpacked):
            return found
        for page in pages:
            with book.open(page) as file:
                found = _over({"rows": _rows_of_sheet(_chunks(file))})
            if found:
                return found
    return ""


def _rows_of_sheet(chunks: Iterator[bytes]) -> int:
    """Return how many rows a sheet's XML has, wherever the chunks cut it."""
    rows, rest = 0, b""
    for chunk in chunks:
        whole, mark, begun = (rest + chunk).rpartition(b"<")
        rows, rest = rows + len(_ROW.findall(whole)), mark + begun[:_CUT_TAG]
    return rows + len(_ROW.findall(rest))


def _chunks(file) -> Iterator[bytes]:
    return iter(lambda: file.read(_CHUNK), b"")


def defused(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts no spreadsheet takes for a formula; numbers stay as they are.

    An apostrophe goes before text that begins with = + - @, a tab or a line break and is no
    number; before one that already has it, another, so that `restored` gives the same text back.

    >>> defused(pd.DataFrame({"a": ["=1+1", "-40", "'=x"]}))["a"].tolist()
    ["'=1+1", '-40', "''=x"]
    """
    texts = frame.select_dtypes(["object", "str", "category"]).columns
    return _by_text(frame, texts, rf"^(?='*{_FORMULA}.)", "'")


def restored(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts are as they were before `defused`.

    >>> restored(pd.DataFrame({"a": ["'=1+1", "-40", "''=x", "'quoted'"]}))["a"].tolist()
    ['=1+1', '-40', "'=x", "'quoted'"]
    """
    texts = [
        name
        for name in frame.select_dtypes(["object", "str"])
        if frame[name].astype("str").str.startswith("'").any()
    ]
    return _by_text(frame, texts, rf"^'(?='*{_FORMULA}.)", "")


def _by_text(frame: pd.DataFrame, texts: Iterable[str], pattern: str, put: str) -> pd.DataFrame:
    """Return the table with a pattern replaced in the columns of texts, numbers left alone."""
    form = re.compile(pattern, re.DOTALL)

    def changed(value: object) -> object:
        if not isinstance(value, str) or value[:1] not in _BEGINS:
            return value
        if not form.match(value) or _NUMBER.fullmatch(value):
            return value
        return form.sub(put, value)

    made = frame.copy(deep=False)
    for name in texts:
        if any(changed(each) is not each for each in frame[name].unique()):
            made[name] = frame[name].map(changed)
    return made


def without_clock(workbook: io.BytesIO) -> bytes:
    """Return the workbook without the moment it was written, which openpyxl stores twice; by what
    prefix of XML is for other libraries to say.
    """
    timeless = io.BytesIO()
    with (
        zipfile.ZipFile(workbook) as old,
        zipfile.ZipFile(timeless, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            part = re.sub(rb"<(\w+):(created|modified)\b[^>]*>[^<]*</\1:\2>", b"", old.read(name))
            new.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return timeless.getvalue()
