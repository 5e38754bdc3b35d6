"""What each cell of a sheet is: blank, a word for none, a number, a date, or text.

Seen by form alone, column by column; nothing is converted here.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa

from neutrality import sheets

BLANK, NONE, NUMBER, DATE, TEXT = range(5)
_LONG = 40  # characters; what is longer is neither a number nor a date
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
_CLOCK = r"\d{1,2}[:：]\d{2}(?:[:：]\d{2}(?:[.,]\d+)?)?(?: ?[ap]\.?m\.?)?"
_ZONE = r"(?: ?(?:Z|UTC|[-+]\d{2}:?\d{2}))?"
_NUMBER = r"[-+−–(（¥￥$€£=\"' ]*[.,]?\d[\d.,．，\s'’]*(?:[eE][-+]?\d+)?[-)）\"]?"
_ERROR = r"#(?:NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|GETTING_DATA|ERROR!)"


@cache
def words(kind: str) -> frozenset[str]:
    """Return the words of one kind in `words.csv`, in lower case unless they are units."""
    table = sheets.packaged("files/words.csv")
    return frozenset(table.loc[table["kind"] == kind, "word"])


@cache
def unit_form() -> str:
    """Return the regular expression of a unit as people write it: 万kWh, 元/kWh, 1000 m3."""
    units, sizes = (
        "|".join(re.escape(each) for each in sorted(words(kind), key=len, reverse=True))
        for kind in ("unit", "magnitude")
    )
    return rf"(?i:(?:(?:{sizes}) ?)?(?:{units})(?: ?[/·*.] ?(?:{units}))?)"


@cache
def _forms() -> tuple[re.Pattern, re.Pattern]:
    """Return the forms of a date or time, and of a number with or without a unit."""
    month = "|".join(sorted(words("month"), key=len, reverse=True))
    day = "|".join(
        (
            r"\d{4} ?[-/年] ?\d{1,2}(?: ?[-/月] ?(?:\d{1,2}日?)?)?",
            r"\d{4}\.\d{1,2}\.\d{1,2}\.?",
            r"\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})",
            r"\d{4}年|\d{1,2}月(?:份|\d{1,2}日)?",
            rf"(?:\d{{1,2}}[- .]*)?(?:{month})[- .,]*(?:\d{{1,2}},? *)?(?:\d{{4}}|\d{{1,2}})?",
            r"\d{2}-\d{4}|\d{1,2}/\d{4}",
        )
    )
    date = rf"(?:(?:{day})(?:[T ,]*{_CLOCK}{_ZONE})?|{_CLOCK})"
    number = rf"{_NUMBER} ?(?:(?:万|亿)?(?:{unit_form()})|万|亿|%)?|{_ERROR}"
    return re.compile(date, re.IGNORECASE), re.compile(number)


def of(cells: pd.DataFrame) -> np.ndarray:
    """Return the kind of each cell, as BLANK, NONE, NUMBER, DATE or TEXT; rows x columns."""
    kinds = np.full(cells.shape, BLANK, dtype=np.int8, order="F")
    for number, column in enumerate(cells):
        kinds[:, number] = _of_column(cells[column].to_numpy(dtype=object))
    return kinds


def is_value(kinds: np.ndarray) -> np.ndarray:
    """Return which cells hold a number or a date."""
    return (kinds == NUMBER) | (kinds == DATE)


def _of_column(values: np.ndarray) -> np.ndarray:
    if pd.api.types.infer_dtype(values, skipna=True) == "string":
        return _of_texts(values)
    types = np.frompyfunc(type, 1, 1)(values)
    kinds = np.full(len(values), BLANK, dtype=np.int8)
    for each in {*types} - {str, type(None)}:
        kinds[types == each] = _of_type(each)
    is_text = np.equal(types, str).astype(bool)
    kinds[(kinds == NUMBER) & pd.isna(values)] = BLANK
    if is_text.any():
        kinds[is_text] = _of_texts(values[is_text])
    return kinds


def _of_type(held: type) -> int:
    if held is bool:
        return TEXT
    return DATE if hasattr(held, "year") else NUMBER


def _of_texts(texts: np.ndarray) -> np.ndarray:
    """Return the kind of each text; texts that differ in their digits alone are of one kind."""
    written = pa.array(texts, pa.large_string(), from_pandas=True)
    offsets, letters = written.buffers()[1:]
    masked = pa.py_buffer(letters.to_pybytes().translate(_DIGITS)) if letters else letters
    parts = [written.buffers()[0], offsets, masked]
    shapes = pa.Array.from_buffers(written.type, len(written), parts).dictionary_encode()
    known = [_of_shape(shape) for shape in shapes.dictionary.to_pylist()]
    codes = shapes.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)
    return np.array([*known, BLANK], dtype=np.int8)[codes]


def _of_shape(shape: str) -> int:
    """Return the kind of a text, of which the digits do not matter."""
    shape = shape.strip()
    if not shape:
        return BLANK
    if shape.casefold() in words("none"):
        return NONE
    if len(shape) > _LONG:
        return TEXT
    date, number = _forms()
    if date.fullmatch(shape):
        return DATE
    return NUMBER if number.fullmatch(shape) else TEXT


def month_names() -> list[str]:
    """Return the English months by their first three letters, January first."""
    table = sheets.packaged("files/words.csv")
    return [each[:3] for each in table.loc[table["kind"] == "month", "word"]][:12]
