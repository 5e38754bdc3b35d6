"""The cells of a column: parsed to the column's type, checked against its bounds and choices.

A cell that cannot be used is named with file, row, column, what was found and what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from operator import or_
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from neutrality import sheets
from neutrality.case.schemas import ID, Column

ROWS_SHOWN = 5  # of each kind of problem; the rest are counted
ID_FORM = (
    "a name of small letters, digits and _ that begins with a letter, such as wind or server_room; "
    "its Chinese and English names go into labels.csv"
)
_OFFSET = r"(?:Z|[+-]\d\d:?\d\d)$"
_DTYPES = {
    "number": "float64",
    "count": "int64",
    "year": "int64",
    "flag": "bool",
    "date": "datetime64[s]",
    "instant": "datetime64[s, UTC]",
    "moment": "datetime64[s, UTC]",
}
# Values in the column's type, which cells are not of it, and what was expected.
Parsed = tuple[pd.Series, pd.Series, str]


def dtype(column: Column) -> str:
    """Return the pandas type of a column's values."""
    return _DTYPES.get(column.kind, "str")


def parse(
    cells: pd.Series, column: Column, file: str, timezone: str
) -> tuple[pd.Series, list[str], pd.Series]:
    """Return the values in the column's type, a sentence for each wrong cell, and which are wrong.

    Instants without an offset are read as local time of `timezone`.
    """
    text = _stripped(cells)
    values, faults = _faults(text, column, timezone)
    sentences = [
        sentence
        for remedy, at in faults.items()
        for sentence in refusals(file, column.name, text, at, remedy)
    ]
    return values, sentences, reduce(or_, faults.values())


def _faults(
    text: pd.Series, column: Column, timezone: str
) -> tuple[pd.Series, dict[str, pd.Series]]:
    """Return the values, and which cells are wrong by the remedy that is due."""
    blank = text.isna() | (False if sheets.is_typed(text) else text == "")
    values, bad, expected = _parser(column.kind, timezone)(text)
    no_reading = column.blank and column.kind == "number"
    hint = "; leave it empty if there is no reading" if no_reading else ""
    faults = {} if column.blank else {f"is empty; it holds {column.meaning}": blank}
    faults[f"expected {expected}{hint}"] = bad & ~blank
    if column.choices:
        faults[f"choose one of {', '.join(column.choices)}"] = ~values.isin(column.choices) & ~blank
    if column.low is not None or column.high is not None:
        low = -np.inf if column.low is None else column.low
        high = np.inf if column.high is None else column.high
        faults[_bounds(column)] = ~bad & ~blank & ~values.between(low, high)
    if column.unique:
        faults["it occurs in an earlier row; keep one"] = values.duplicated() & ~bad & ~blank
    return values, faults


def _stripped(cells: pd.Series) -> pd.Series:
    """Return text cells without blanks around them.

    Dates, decimals and categories of a Parquet file become text; numbers and instants stay.
    """
    return cells if sheets.is_typed(cells) else cells.astype("str").str.strip()


def _bounds(column: Column) -> str:
    if column.high is None:
        energy = column.unit == "kWh"
        hint = "; a correction or credit note belongs in the hour it corrects" if energy else ""
        return f"it is {column.low:g} or more{hint}"
    return f"it lies between {column.low:g} and {column.high:g} {column.unit}".rstrip()


def refusals(
    file: str, column: str, text: pd.Series, bad: pd.Series, remedy: str | Callable[[int], str]
) -> list[str]:
    """Return one sentence for each of the first bad rows, and the count of the rest; `remedy` is
    the sentence's end, or gives it for a row.
    """
    end = remedy if callable(remedy) else lambda row: remedy
    at = text.index[bad.to_numpy(dtype=bool)]
    sentences = [
        f"{file}, row {row}, column {column}: found '{text[row]}'; {end(row)}"
        for row in at[:ROWS_SHOWN]
    ]
    if len(at) > ROWS_SHOWN:
        more = len(at) - ROWS_SHOWN
        sentences.append(f"{file}, column {column}: and {more} more rows like these")
    return sentences


def _parser(kind: str, timezone: str) -> Callable[[pd.Series], Parsed]:
    """Return the function that parses the cells of a kind of column."""
    parsers = {
        "number": _numbers,
        "count": _counts,
        "year": _counts,
        "date": _dates,
        "month": _months,
        "flag": _flags,
        "id": _ids,
        "instant": partial(_instants, timezone=timezone),
        "moment": partial(_moments, timezone=timezone),
    }
    return parsers.get(kind, _texts)


def _texts(text: pd.Series) -> Parsed:
    if pd.api.types.is_float_dtype(text) and text.dropna().mod(1).eq(0).all():
        # Whole numbers with a blank cell between them: 2025 and not 2025.0.
        text = text.astype("Int64")
    return text.astype("str").fillna(""), pd.Series(False, text.index), "text"


def _ids(text: pd.Series) -> Parsed:
    """Return ids: claims are named after these cells."""
    values = _texts(text)[0]
    return values, ~values.str.fullmatch(ID), ID_FORM


def _numbers(text: pd.Series) -> Parsed:
    values = pd.to_numeric(text, errors="coerce").astype("float64")
    return (
        values,
        ~np.isfinite(values),
        "a plain number such as 1234.5, without unit or thousands separator",
    )


def _counts(text: pd.Series) -> Parsed:
    values, bad, _ = _numbers(text)
    bad |= values.mod(1) != 0
    return values.where(~bad, 0).astype("int64"), bad, "a whole number"


def _dates(text: pd.Series) -> Parsed:
    values = pd.to_datetime(
        text.astype("str").str.replace(" 00:00:00", ""), format="%Y-%m-%d", errors="coerce"
    )
    return values.astype("datetime64[s]"), values.isna(), "a date such as 2025-03-31"


def _months(text: pd.Series) -> Parsed:
    # Excel turns 2025-01 into the first day of the month.
    written = text.astype("str").fillna("")
    values = written.str.replace(r"^(\d{4}-\d\d)-01( 00:00:00)?$", r"\1", regex=True)
    return values, ~values.str.fullmatch(r"(19|20)\d\d-(0[1-9]|1[0-2])"), "a month such as 2025-03"


def _flags(text: pd.Series) -> Parsed:
    lower = text.astype("str").str.lower()
    return lower == "true", ~lower.isin(["true", "false"]), "true or false"


def _instants(text: pd.Series, timezone: str) -> Parsed:
    expected = "an hour such as 2025-01-01T00:00+08:00"
    if isinstance(text.dtype, pd.DatetimeTZDtype):
        return text.dt.tz_convert("UTC"), text.isna(), expected
    if pd.api.types.is_datetime64_any_dtype(text):
        zone_missing = f"{expected}, or local time with the parameter timezone set"
        return *_localised(text, timezone), zone_missing
    with_offset = text.str.contains(_OFFSET)
    if with_offset.all():
        values = pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce")
        return values, values.isna(), expected
    if with_offset.any():
        mixed = "other rows of the column have a UTC offset, this one has none"
        return text, ~with_offset, f"{expected}: {mixed}"
    local = pd.to_datetime(text, format="ISO8601", errors="coerce")
    if timezone:
        expected = f"{expected}, or a local time that exists once in {timezone}"
    else:
        expected = f"{expected}; for local time set the parameter timezone, e.g. Asia/Shanghai"
    return *_localised(local, timezone), expected


def _moments(text: pd.Series, timezone: str) -> Parsed:
    """Return instants; a date is the midnight of its day in `timezone`.

    Without a zone the midnight is UTC's: enough to say whether the cell can be read.
    """
    expected = "a date such as 2025-01-17, or an hour such as 2025-01-01T00:00+08:00"
    if isinstance(text.dtype, pd.DatetimeTZDtype):
        return text.dt.tz_convert("UTC").astype(_DTYPES["moment"]), text.isna(), expected
    days, not_a_day, _ = _dates(text)
    values = days.dt.tz_localize(
        ZoneInfo(timezone or "UTC"),
        ambiguous=np.ones(len(days), bool),  # a midnight that comes twice: the first
        nonexistent="shift_forward",
    ).dt.tz_convert("UTC")
    bad = not_a_day.copy()
    if not_a_day.any():
        hours, bad_hours, _ = _instants(text[not_a_day], timezone)
        read = hours.where(~bad_hours) if not bad_hours.all() else pd.NaT
        values = values.astype(_DTYPES["moment"])
        values[not_a_day] = read
        bad[not_a_day] = bad_hours
    return values.astype(_DTYPES["moment"]), bad, expected


def _localised(local: pd.Series, timezone: str) -> tuple[pd.Series, pd.Series]:
    """Return local times in UTC, and which of them cannot be converted."""
    if not timezone:
        return local, pd.Series(True, local.index)
    zoned = local.dt.tz_localize(ZoneInfo(timezone), ambiguous="NaT", nonexistent="NaT")
    values = zoned.dt.tz_convert("UTC")
    return values, values.isna()
