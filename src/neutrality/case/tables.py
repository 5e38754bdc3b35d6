"""The tables of a case: found in any format, read, checked against their schema, refused in the
reader's words.

A table is `<name>.csv`, `.csv.gz`, `.parquet` or `.xlsx` in the case's folder. Units live in column
names. Every refusal names file, row (line of the file, heading = 1), column, what was found and
what to do.
"""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from neutrality.case.schemas import ID, QUALITIES, SCHEMAS, Column, Schema
from neutrality.sheets import SUFFIXES, cells

ROWS_SHOWN = 5  # of each kind of problem; the rest are counted
QUARTER = 15  # [min] offsets from UTC are whole quarters of an hour
OFFSET = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")


def path_of(case: Path, name: str) -> Path | None:
    """Return the table's file in the case's folder, or None.

    ValueError if two formats stand side by side.
    """
    found = [
        case / f"{name}{suffix}" for suffix in SUFFIXES if (case / f"{name}{suffix}").is_file()
    ]
    if len(found) > 1:
        raise ValueError(
            f"{' and '.join(f.name for f in found)}: two files hold the table '{name}'; keep one"
        )
    return found[0] if found else None


def exists(case: Path, name: str) -> bool:
    """Say whether the case has this table."""
    return path_of(Path(case), name) is not None


def read(case: Path | str, name: str, timezone: str = "") -> pd.DataFrame:
    """Return a checked table of a case.

    Hourly tables come with a UTC `time` index in order; the others are indexed by line number.
    Instants without an offset are read as local time of `timezone`. Raises ValueError with every
    problem of the file, one a line.
    """
    frame, problems, _ = _parse(Path(case), name, timezone)
    if problems:
        raise ValueError("\n".join(problems))
    return frame


def problems(case: Path | str, name: str, timezone: str = "") -> list[str]:
    """Return all that is wrong with a table of a case, one sentence each; empty when it can be
    used.
    """
    try:
        return _parse(Path(case), name, timezone)[1]
    except ValueError as error:
        return str(error).splitlines()


def sound(case: Path | str, name: str) -> pd.DataFrame:
    """Return the rows of a table in which no cell is wrong, so that a check can go on; none if
    its columns cannot be used.
    """
    if not exists(Path(case), name):
        return empty(name)
    try:
        frame, _, faulty = _parse(Path(case), name, "")
    except ValueError:
        return empty(name)
    return frame.drop(index=faulty)


def empty(name: str) -> pd.DataFrame:
    """Return the table without rows, for a case that does not have it."""
    return pd.DataFrame({c.name: pd.Series(dtype=_dtype(c)) for c in SCHEMAS[name].columns})


def read_or_empty(case: Path | str, name: str, timezone: str = "") -> pd.DataFrame:
    """Return the table, or one without rows where the case does not have it."""
    return read(case, name, timezone) if exists(Path(case), name) else empty(name)


def handed_on(out: Path | str, name: str, notebook: str) -> pd.DataFrame:
    """Return a result table that an earlier notebook left in `out`;

    FileNotFoundError says which one to run first.
    """
    path = Path(out) / "tables" / f"{name}.csv"
    if not path.is_file():
        raise FileNotFoundError(
            f"tables/{name}.csv is not there yet; run notebook {notebook} first"
        )
    return pd.read_csv(path, keep_default_na=False, na_values=[""])


def write(frame: pd.DataFrame, path: Path | str) -> None:
    """Write a result table as CSV with full precision, the same bytes for the same values."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    packed = {"method": "gzip", "mtime": 0} if path.suffix == ".gz" else None
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8", compression=packed)


def write_results(out: Path | str, **results: pd.DataFrame) -> None:
    """Write each result table that has columns, rows or not, as out/tables/<name>.csv."""
    for name, table in results.items():
        if len(table.columns):
            write(table, Path(out) / "tables" / f"{name}.csv")


def _dtype(column: Column) -> str:
    kinds = {
        "number": "float64",
        "count": "int64",
        "year": "int64",
        "flag": "bool",
        "date": "datetime64[s]",
        "instant": "datetime64[s, UTC]",
    }
    return kinds.get(column.kind, "str")


def _parse(case: Path, name: str, timezone: str) -> tuple[pd.DataFrame, list[str], pd.Index]:
    """Return a table's cells in their types, what is wrong with it, and the rows in which
    something is.
    """
    path, schema = path_of(case, name), SCHEMAS[name]
    if path is None:
        raise ValueError(
            f"{name}.csv: no such table in {case.name}; add it: it holds {schema.meaning}"
        )
    raw = cells(path)
    columns, wrong = _columns(raw, schema, path.name)
    if wrong:
        return empty(name), wrong, pd.Index([])
    frame, faulty = pd.DataFrame(index=raw.index), pd.Series(False, raw.index)
    for column in columns:
        if column.name in raw:
            frame[column.name], found, bad = _column(raw[column.name], column, path.name, timezone)
            wrong, faulty = wrong + found, faulty | bad
        elif column.optional and column.kind in ("text", "choice"):
            frame[column.name] = ""
    if raw.empty:
        wrong.append(
            f"{path.name}: it has a heading but no rows (one that begins with # is a remark); add the data or remove the file"
        )
    if "time" in frame and not wrong:
        frame, wrong = _hourly(frame, raw["time"], path.name, timezone)
    return frame, wrong, raw.index[faulty.to_numpy(dtype=bool)]


_UNIT_REMEDY = {
    "mwh": "multiply by 1000",
    "wh": "divide by 1000",
    "gwh": "multiply by 1,000,000",
    "gj": "multiply by 277.78",
    "mj": "divide by 3.6",
    "kw": "an hourly mean in kW is that hour's kWh; check it",
    "f": "convert: (°F - 32) / 1.8",
    "k": "subtract 273.15",
}


def _columns(raw: pd.DataFrame, schema: Schema, file: str) -> tuple[list[Column], list[str]]:
    """Match the file's columns with the schema; the second part says what is missing or not
    understood.
    """
    known, wrong = {c.name: c for c in schema.columns}, []
    for name in raw.columns[raw.columns.duplicated()]:
        wrong.append(f"{file}, column {name}: stands twice; keep one")
    taken = set()
    for name in raw.columns.difference(known, sort=False):
        stem, _, unit = name.rpartition("_")
        right = (
            f"{stem}{schema.further}"
            if schema.further
            else next((k for k in known if k.startswith(f"{stem}_")), "")
        )
        near = difflib.get_close_matches(name, [k for k in known if k not in raw], 1)
        if schema.further and name.endswith(schema.further):
            if not re.fullmatch(ID, stem):
                wrong.append(f"{file}, column {name}: expected {_IDS_HOLD}, then {schema.further}")
            known[name] = Column(name, "number", schema.chosen, "", "kWh", 0, blank=True)
        elif schema.quality and name.endswith(schema.quality):
            read = name.removesuffix(schema.quality) + schema.further
            if read not in raw:
                wrong.append(
                    f"{file}, column {name}: it says how {read} was read, and there is no such column; add or rename one"
                )
            known[name] = Column(
                name, "choice", f"how {read} was read", "", blank=True, choices=QUALITIES
            )
        elif stem and right and unit.lower() in _UNIT_REMEDY:
            wrong.append(
                f"{file}, column {name}: this table holds {right.rpartition('_')[2]}; "
                f"{_UNIT_REMEDY[unit.lower()]} and name the column {right}"
            )
            taken.add(right)
        elif near:
            wrong.append(f"{file}, column {name}: not known; did you mean {near[0]}?")
            taken.add(near[0])
        elif schema.further:
            wrong.append(
                f"{file}, column {name}: not understood; further columns are named <{schema.chosen}>{schema.further}"
            )
    for column in schema.columns:
        if column.name not in raw and not column.optional and column.name not in taken:
            wrong.append(
                f"{file}: column {column.name} is missing; add it: {column.meaning}"
                + (f", in {column.unit}" if column.unit else "")
                + f" (example: {column.example})"
            )
    return list(known.values()), wrong


def _column(
    cells: pd.Series, column: Column, file: str, timezone: str
) -> tuple[pd.Series, list[str], pd.Series]:
    """Return a column in its type, a sentence for each kind of wrong cell, and which cells are
    wrong.
    """
    text = _stripped(cells)
    blank = text.isna() | (text.astype(str) == "")
    parse = {
        "number": _numbers,
        "count": _counts,
        "year": _counts,
        "date": _dates,
        "month": _months,
        "flag": _flags,
        "id": _ids,
        "instant": lambda t: _instants(t, timezone),
    }.get(column.kind, _texts)
    values, bad, expected = parse(text)
    hint = (
        "; leave it empty if there is no reading"
        if column.blank and column.kind == "number"
        else ""
    )
    faults = {f"expected {expected}{hint}": bad & ~blank}
    if not column.blank:
        faults = {f"is empty; it holds {column.meaning}": blank} | faults
    if column.choices:
        faults[f"choose one of {', '.join(column.choices)}"] = ~values.isin(column.choices) & ~blank
    if column.low is not None or column.high is not None:
        low, high = (
            column.low if column.low is not None else -np.inf,
            column.high if column.high is not None else np.inf,
        )
        faults[_bounds(column)] = ~bad & ~blank & ~values.between(low, high)
    if column.unique:
        faults["stands in an earlier row; keep one"] = values.duplicated() & ~bad & ~blank
    wrong = [
        sentence
        for remedy, at in faults.items()
        for sentence in _rows(file, column.name, text, at, remedy)
    ]
    return values, wrong, pd.concat(faults, axis=1).any(axis=1)


def _stripped(cells: pd.Series) -> pd.Series:
    """Return text cells without blanks around them; a Parquet file's dates, decimals and
    categories become text.
    """
    typed = pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_datetime64_any_dtype(cells)
    return cells if typed else cells.astype("str").str.strip()


def _bounds(column: Column) -> str:
    if column.high is None:
        hint = (
            "; a correction or credit note belongs in the hour it corrects"
            if column.unit == "kWh"
            else ""
        )
        return f"it is {column.low:g} or more{hint}"
    return f"it lies between {column.low:g} and {column.high:g} {column.unit}".rstrip()


def _rows(file: str, column: str, text: pd.Series, bad: pd.Series, remedy: str) -> list[str]:
    """Return one sentence for each of the first bad rows, and the count of the rest."""
    at = text.index[bad.to_numpy(dtype=bool)]
    said = [
        f"{file}, row {row}, column {column}: found '{text[row]}'; {remedy}"
        for row in at[:ROWS_SHOWN]
    ]
    if len(at) > ROWS_SHOWN:
        said.append(f"{file}, column {column}: and {len(at) - ROWS_SHOWN} more rows like these")
    return said


def _texts(text: pd.Series) -> tuple[pd.Series, pd.Series, str]:
    if pd.api.types.is_float_dtype(text) and text.dropna().mod(1).eq(0).all():
        text = text.astype(
            "Int64"
        )  # a column of whole numbers with a blank cell: 2025 and not 2025.0
    return text.astype("str").fillna(""), pd.Series(False, text.index), "text"


_IDS_HOLD = (
    "a name of small letters, digits and _ that begins with a letter, such as wind or server_room; "
    "its Chinese and English names go into labels.csv"
)


def _ids(text: pd.Series) -> tuple[pd.Series, pd.Series, str]:
    """Claims are named by these cells, so they are held to what an id may be."""
    values = _texts(text)[0]
    return values, ~values.str.fullmatch(ID), _IDS_HOLD


def _numbers(text: pd.Series) -> tuple[pd.Series, pd.Series, str]:
    values = pd.to_numeric(text, errors="coerce").astype("float64")
    return (
        values,
        ~np.isfinite(values),
        "a plain number such as 1234.5, without unit or thousands separator",
    )


def _counts(text: pd.Series) -> tuple[pd.Series, pd.Series, str]:
    values, bad, _ = _numbers(text)
    bad |= values.mod(1) != 0
    return values.where(~bad, 0).astype("int64"), bad, "a whole number"


def _dates(text: pd.Series) -> tuple[pd.Series, pd.Series, str]:
    values = pd.to_datetime(
        text.astype("str").str.replace(" 00:00:00", ""), format="%Y-%m-%d", errors="coerce"
    )
    return values.astype("datetime64[s]"), values.isna(), "a date such as 2025-03-31"


def _months(text: pd.Series) -> tuple[pd.Series, pd.Series, str]:
    # Excel turns 2025-01 into the first day of the month.
    values = text.astype("str").str.replace(r"^(\d{4}-\d\d)-01( 00:00:00)?$", r"\1", regex=True)
    return values, ~values.str.fullmatch(r"(19|20)\d\d-(0[1-9]|1[0-2])"), "a month such as 2025-03"


def _flags(text: pd.Series) -> tuple[pd.Series, pd.Series, str]:
    lower = text.astype("str").str.lower()
    return lower == "true", ~lower.isin(["true", "false"]), "true or false"


def _instants(text: pd.Series, timezone: str) -> tuple[pd.Series, pd.Series, str]:
    expected = "an hour such as 2025-01-01T00:00+08:00"
    if isinstance(text.dtype, pd.DatetimeTZDtype):
        return text.dt.tz_convert("UTC"), text.isna(), expected
    if pd.api.types.is_datetime64_any_dtype(text):
        return _localised(text, timezone) + (
            f"{expected}, or local time with the parameter timezone set",
        )
    with_offset = text.str.contains(OFFSET)
    if with_offset.all():
        values = pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce")
        return values, values.isna(), expected
    if with_offset.any():
        return (
            text,
            ~with_offset,
            f"{expected}: other rows of the column have a UTC offset, this one has none",
        )
    values, bad = _localised(pd.to_datetime(text, format="ISO8601", errors="coerce"), timezone)
    return (
        values,
        bad,
        (
            f"{expected}, or a local time that exists once in {timezone}"
            if timezone
            else f"{expected}; for local time set the parameter timezone, e.g. Asia/Shanghai"
        ),
    )


def _localised(local: pd.Series, timezone: str) -> tuple[pd.Series, pd.Series]:
    if not timezone:
        return local, pd.Series(True, local.index)
    values = local.dt.tz_localize(
        ZoneInfo(timezone), ambiguous="NaT", nonexistent="NaT"
    ).dt.tz_convert("UTC")
    return values, values.isna()


def _hourly(
    frame: pd.DataFrame, written: pd.Series, file: str, timezone: str
) -> tuple[pd.DataFrame, list[str]]:
    """Return the table on its UTC time index, in order; refuse instants that stand twice or off the
    hour, as written.

    The hour is the local one where the timezone is given (India is half an hour off UTC's); else
    all rows start at one quarter of UTC's hour, that of most of them.
    """
    time = frame["time"]
    wrong = _rows(
        file,
        "time",
        written,
        time.duplicated(),
        "the same instant stands in an earlier row; keep one (local time in autumn needs a UTC offset)",
    )
    wrong += _rows(
        file,
        "time",
        written,
        _off_the_hour(time, timezone),
        "rows are hourly and start on the hour; sum shorter intervals to hours",
    )
    return frame.set_index("time").sort_index(), wrong


def _off_the_hour(time: pd.Series, timezone: str) -> pd.Series:
    minute = (time.dt.tz_convert(ZoneInfo(timezone)) if timezone else time).dt.minute
    start = 0 if timezone else minute.mode().iloc[0] // QUARTER * QUARTER
    return (time != time.dt.floor("min")) | (minute != start)
