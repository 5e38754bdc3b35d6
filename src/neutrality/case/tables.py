"""The tables of a case: found in any format, read, and checked against their schema.

A table is `<name>.csv`, `.csv.gz`, `.parquet` or `.xlsx` in the case's folder. Units are part of
column names. Every refusal names file, row (line of the file, heading = 1), column, what was found
and what to do.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from neutrality import sheets
from neutrality.case import columns, headings
from neutrality.case.schemas import SCHEMAS
from neutrality.texts.findings import Finding, in_table

_QUARTER = 15  # [min] offsets from UTC are whole quarters of an hour
TEMPLATE_BYTES = 20_000  # more than any template has, as CSV or saved as a workbook


def path_of(case: Path, name: str) -> Path | None:
    """Return the table's file in the case's folder, or None.

    ValueError if the table is there in two formats.
    """
    files = [case / f"{name}{suffix}" for suffix in sheets.SUFFIXES]
    found = [file for file in files if file.is_file()]
    if len(found) > 1:
        both = " and ".join(file.name for file in found)
        raise ValueError(f"{both}: two files hold the table '{name}'; keep one")
    return found[0] if found else None


def exists(case: Path, name: str) -> bool:
    """Return whether the case has this table; a template nobody has filled is none."""
    return path_of(Path(case), name) is not None and not untouched(case, name)


def untouched(case: Path | str, name: str) -> bool:
    """Return whether the table's file is still the template of `neutrality new`: its example, as a
    remark, is all that is below the heading.

    A heading without the example is not: something was there, and is gone.
    """
    try:
        path = path_of(Path(case), name)
        if path is None or path.stat().st_size > TEMPLATE_BYTES:
            return False
        return _is_template(path, sheets.sha256(path), name)
    except ValueError:  # no table, or two files: said elsewhere
        return False


@lru_cache(maxsize=64)  # known by its bytes, as in _parsed
def _is_template(path: Path, sha256: bytes, name: str) -> bool:
    raw = sheets.cells(path)
    return raw.empty and [str(cell).strip() for cell in raw.attrs["remarks"]] == [example(name)]


def example(name: str) -> str:
    """Return the first cell of a template's example, which is a remark to the table's reader."""
    return f"{sheets.REMARK} {SCHEMAS[name].columns[0].example}"


def wanted(case: Path | str, name: str) -> bool:
    """Return whether the case has this table or must have it."""
    schema = SCHEMAS[name]
    instead = schema.unless and not exists(case, schema.unless)
    return bool(schema.required or instead or exists(case, name))


def read(case: Path | str, name: str, timezone: str = "") -> pd.DataFrame:
    """Return a checked table of a case.

    Hourly tables have a sorted UTC index `time`; the others are indexed by line number. Instants
    without an offset are read as local time of `timezone`. Raises ValueError with every problem of
    the file, one a line.
    """
    frame, found, _ = _parse(Path(case), name, timezone)
    if found:
        raise ValueError("\n".join(found))
    return frame


def problems(case: Path | str, name: str, timezone: str = "") -> list[str]:
    """Return all that is wrong with a table, one sentence each; empty when it can be used."""
    try:
        return _parse(Path(case), name, timezone)[1]
    except ValueError as error:
        return str(error).splitlines()


def valid_rows(case: Path | str, name: str) -> pd.DataFrame:
    """Return the rows of a table in which every cell can be used, so that a check can go on.

    Without rows where the case lacks the table or its columns cannot be used.
    """
    if not exists(Path(case), name):
        return empty(name)
    try:
        frame, _, faulty = _parse(Path(case), name, "")
    except ValueError:
        return empty(name)
    return frame.drop(index=faulty)


def columns_of(case: Path | str, name: str) -> list[str]:
    """Return the columns of a table without its rows; none where the case lacks it, or it cannot
    be read.
    """
    try:
        path = path_of(Path(case), name) if exists(Path(case), name) else None
        return sheets.columns(path) if path else []
    except ValueError:
        return []


def empty(name: str) -> pd.DataFrame:
    """Return the table without rows, for a case that does not have it."""
    return _empty(name).copy(deep=False)


@cache
def _empty(name: str) -> pd.DataFrame:
    held = SCHEMAS[name].columns
    return pd.DataFrame({column.name: pd.Series(dtype=columns.dtype(column)) for column in held})


def read_or_empty(case: Path | str, name: str, timezone: str = "") -> pd.DataFrame:
    """Return the table, or one without rows where the case does not have it."""
    return read(case, name, timezone) if exists(Path(case), name) else empty(name)


def unread(case: Path | str) -> list[Finding]:
    """Return a finding for each table with rows that are remarks, or columns it does not define.

    The example that a template has as a remark is not counted.
    """
    found: list[Finding] = []
    for name, schema in SCHEMAS.items():
        path = path_of(Path(case), name)
        if path is None:
            continue
        raw = sheets.cells(path)
        if count := sum(str(cell).strip() != example(name) for cell in raw.attrs["remarks"]):
            found += in_table(name, "remarks", count=count)
        known = [column.name for column in headings.match(raw, schema, path.name)[0]]
        other = [each for each in raw if each not in [*known, *headings.unnamed(raw)]]
        if other:
            had, names = ", ".join(known), ", ".join(other)
            found += in_table(name, "columns_unread", columns=names, known=had)
    return found


def read_result(out: Path | str, name: str, notebook: str) -> pd.DataFrame:
    """Return a result table that an earlier notebook wrote to `out`/tables.

    FileNotFoundError names the notebook to run first.
    """
    path = Path(out) / "tables" / f"{name}.csv"
    if not path.is_file():
        raise FileNotFoundError(
            f"tables/{name}.csv is not there yet; run notebook {notebook} first"
        )
    return sheets.restored(pd.read_csv(path, keep_default_na=False, na_values=[""]))


def write(frame: pd.DataFrame, path: Path | str) -> None:
    """Write a result table as CSV with full precision, the same bytes for the same values.

    Text that a spreadsheet would take for a formula goes behind an apostrophe (`sheets.defused`).
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    packed = {"method": "gzip", "mtime": 0} if path.suffix == ".gz" else None
    shown = sheets.defused(frame)
    shown.to_csv(path, index=False, lineterminator="\n", encoding="utf-8", compression=packed)


def joined_findings(out: Path | str) -> pd.DataFrame:
    """Return the findings of all notebooks that left some in `out`, in their order."""
    files = sorted((Path(out) / "findings").glob("*.csv"))
    return sheets.restored(pd.concat([pd.read_csv(file) for file in files], ignore_index=True))


def write_results(out: Path | str, **results: pd.DataFrame) -> None:
    """Write each result table that has columns, rows or not, as out/tables/<name>.csv."""
    for name, table in results.items():
        if len(table.columns):
            write(table, Path(out) / "tables" / f"{name}.csv")


def _parse(case: Path, name: str, timezone: str) -> tuple[pd.DataFrame, list[str], pd.Index]:
    """Return a table's cells in their types, a sentence for each fault, and the faulty rows."""
    path = path_of(case, name)
    if path is None:
        schema = SCHEMAS[name]
        instead = f", or give {schema.unless}.csv" if schema.unless else ""
        raise ValueError(
            f"{name}.csv: no such table in {case.name}; add it: it holds {schema.meaning}{instead}"
        )
    frame, wrong, faulty = _parsed(path, sheets.sha256(path), name, timezone)
    return frame.copy(deep=False), list(wrong), faulty


@lru_cache(maxsize=64)  # a check asks for each table some times; known by its bytes
def _parsed(
    path: Path, sha256: bytes, name: str, timezone: str
) -> tuple[pd.DataFrame, list[str], pd.Index]:
    raw, schema = sheets.cells(path), SCHEMAS[name]
    known, wrong = headings.match(raw, schema, path.name)
    wrong += _swallowed(raw, path)
    if wrong:
        return empty(name), wrong, pd.Index([])
    frame, faulty = pd.DataFrame(index=raw.index), pd.Series(False, raw.index)
    for column in known:
        if column.name in raw:
            values, found, bad = columns.parse(raw[column.name], column, path.name, timezone)
            frame[column.name], wrong, faulty = values, wrong + found, faulty | bad
        elif column.optional and column.kind in ("text", "choice", "month"):
            frame[column.name] = ""
    if raw.empty:
        wrong.append(
            f"{path.name}: it has a heading but no rows (one that begins with # is a remark); "
            "add the data or remove the file"
        )
    if "time" in frame and not wrong:
        frame, wrong = _hourly(frame, raw["time"], path.name, timezone)
    return frame, wrong, raw.index[faulty.to_numpy(dtype=bool)]


def _swallowed(raw: pd.DataFrame, path: Path) -> list[str]:
    """Return a sentence for the first cell of a CSV that holds a line break.

    A quote that is not closed takes the rows below into its cell.
    """
    if not path.name.endswith((".csv", ".csv.gz")) or not sheets.holds(path, b'"'):
        return []
    for column in raw:
        broken = raw[column].astype(str).str.contains("\n", regex=False)
        if broken.any():
            return [
                f"{path.name}, row {raw.index[broken][0]}, column {column}: the cell goes on over "
                "several lines; close its quote, or write its text in one line"
            ]
    return []


def _hourly(
    frame: pd.DataFrame, written: pd.Series, file: str, timezone: str
) -> tuple[pd.DataFrame, list[str]]:
    """Return the table on its sorted UTC time index, and a sentence for each instant refused.

    Refused are instants that occur twice or are off the hour; `written` are the cells as typed.
    """
    time = frame["time"]
    twice = (
        "the same instant is in an earlier row; keep one (local time in autumn needs a UTC offset)"
    )
    wrong = columns.refusals(file, "time", written, time.duplicated(), twice)
    uneven = "rows are hourly and start on the hour; sum shorter intervals to hours"
    wrong += columns.refusals(file, "time", written, _off_the_hour(time, timezone), uneven)
    return frame.set_index("time").sort_index(), wrong


def _off_the_hour(time: pd.Series, timezone: str) -> pd.Series:
    """Return which instants do not start an hour.

    The hour is that of `timezone` where given (India is half an hour off UTC). Else all rows start
    at the same quarter of UTC's hour as most of them.
    """
    minute = (time.dt.tz_convert(ZoneInfo(timezone)) if timezone else time).dt.minute
    start = 0 if timezone else minute.mode().iloc[0] // _QUARTER * _QUARTER
    return (time != time.dt.floor("min")) | (minute != start)
