"""Numbers that were written as text: decimal commas, thousands separators, full-width digits.

Which mark is the decimal one is decided by the whole column: "1,5" and "1.234,5" can only be read
in one way, "1,234" in two. Nothing is decided by the language or the place of the reader.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from neutrality import sheets

_DASHES = str.maketrans(dict.fromkeys("−–—﹣－", "-"))
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_ALL_PLAIN = re.compile(r"(?:-?\d+(?:\.\d+)?\n)*-?\d+(?:\.\d+)?", re.ASCII)
_POINT = re.compile(r"^-?(?:0\.\d+|\d{4,}\.\d+|\d+\.(?:\d{1,2}|\d{4,}))$", re.ASCII | re.MULTILINE)
# A cell cut into sign, brackets, currency, digits and what is behind them.
_PARTS = re.compile(
    r"(?P<open>\()?\s*(?P<sign>[-+])?\s*[¥￥$€£]?\s*(?P<more>[-+])?"
    r"(?P<number>(?:\d[\d.,\s'’]*\d|\d|[.,]\d+)(?:[eE][-+]?\d{1,3})?)"
    r"\s*(?P<after>-)?\s*(?P<close>\))?\s*(?P<unit>[^\d\s().,'’+-].*|)",
    re.ASCII,
)
_GUARDED = re.compile(r"=\"(.*)\"|'(.*)")  # ="0123" and '0123, as Excel keeps text
_AMBIGUOUS = re.compile(r"(?!0)\d{1,3}[.,]\d{3}")
# A decimal mark: the last of two different ones, or after a leading 0 or more than three digits;
# or followed by other than three digits.
_DECIMAL = re.compile(r"(?:.*[.,\s'’].*|0|\d{4,}|)([.,])\d+|\d*([.,])(?!\d{3}$)\d+")
# Thousands: 1,234,567, and 12,34,567 as in India; spaces and apostrophes as well.
_WHOLE = {
    mark: re.compile(
        "|".join(
            [
                r"\d*",
                *(
                    rf"\d{{1,3}}(?:{sign}\d{{2,3}})*{sign}\d{{3}}"
                    for sign in (other, r"\s", "['’]")
                ),
            ]
        )
    )
    for mark, other in ((".", ","), (",", r"\."))
}


class Numbers(NamedTuple):
    """A column of cells read as numbers."""

    values: pd.Series  # float, NaN where the cell holds none; index as the cells
    decimal: str  # "." or ",", "" where no text of the column shows which
    ambiguous: bool  # "1,234" only: 1.234 or 1234; the values then are those of `decimal` "."
    faulty: pd.Series  # cells, as they stand, that are neither numbers nor blank: to be refused
    unit: str = ""  # written behind the numbers of all cells, as in "12.5 kWh"


class _Written(NamedTuple):
    """A number as it is written in a cell."""

    digits: str  # with marks, without sign
    sign: int
    unit: str


_BLANK, _FAULT = _Written("", 0, ""), _Written("", 0, "?")


def numbers(cells: pd.Series, decimal: str | None = None) -> Numbers:
    """Return a column's numbers, with the cells that are none.

    Blank cells and words for none ("-", "/", "无") are NaN; a date in a column of numbers, an error
    such as "#REF!", a mark that the other cells use otherwise, or another unit make a cell faulty.
    `decimal` is the mark where it is known, from other columns of the file or from the mapping.

    >>> held = numbers(pd.Series(["1.234,5", "(12,25)", "-", 3.0]))
    >>> held.values.tolist(), held.decimal
    ([1234.5, -12.25, nan, 3.0], ',')
    >>> numbers(pd.Series(["1,234", "5,678"])).ambiguous
    True
    """
    held = cells.tolist()
    if decimal != "," and _all_plain(held):
        plain = pd.Series(np.array(held, dtype=float), cells.index)
        return Numbers(plain, decimal or ".", False, cells[:0])
    written = [_written(cell) for cell in held]
    texts = [each for each in written if isinstance(each, _Written) and each.digits]
    mark, ambiguous = (decimal, False) if decimal else _decimal(texts)
    units = Counter(each.unit for each in texts)
    units[""] += sum(isinstance(each, float) and not math.isnan(each) for each in written)
    unit = "" if units[""] else units.most_common(1)[0][0]
    values = np.array([_value(each, mark or ".", unit) for each in written], dtype=float)
    blank = [each is _BLANK or (isinstance(each, float) and math.isnan(each)) for each in written]
    faulty = np.isnan(values) & ~np.array(blank, dtype=bool)
    return Numbers(pd.Series(values, cells.index), mark, ambiguous, cells[faulty], unit)


def decimal_mark(columns: pd.DataFrame) -> str:
    """Return the decimal mark that all columns with evidence use, "" where none or two do.

    What one column leaves open ("1,234" only), the others of its file may decide.
    """
    found = set()
    for column in columns:
        held = numbers(columns[column])
        if held.decimal and not held.ambiguous and len(held.faulty) * 2 < len(columns):
            found.add(held.decimal)
    return found.pop() if len(found) == 1 else ""


def _all_plain(held: list) -> bool:
    """Return whether all cells are texts such as "12.5", one of which shows what its point is.

    A shortcut for the columns of a meter's export, twenty times as fast as cell by cell.
    """
    if {*map(type, held)} != {str}:
        return False
    joined = "\n".join(held)
    return bool(_ALL_PLAIN.fullmatch(joined) and _POINT.search(joined))


def _written(cell: object) -> _Written | float:
    """Return a cell's number, typed or as it is written; blank, or faulty."""
    if isinstance(cell, str):
        return _of_text(cell.strip())
    if cell is None or cell is pd.NaT:
        return _BLANK
    is_number = isinstance(cell, int | float | np.number) and not isinstance(cell, bool)
    return float(cell) if is_number else _FAULT


def _of_text(text: str) -> _Written:
    if _PLAIN.fullmatch(text):
        return _Written(text.lstrip("-"), -1 if text[0] == "-" else 1, "")
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_DASHES).strip()
    if text.casefold() in _none_words():
        return _BLANK
    guarded = _GUARDED.fullmatch(text)
    parts = _PARTS.fullmatch((guarded[1] or guarded[2] or "") if guarded else text)
    if not parts:
        return _FAULT
    brackets = [parts["open"], parts["close"]].count(None)
    minus = [parts["sign"], parts["more"], parts["after"]].count("-") + (brackets == 0)
    if brackets == 1 or minus > 1:
        return _FAULT
    return _Written(parts["number"], -1 if minus else 1, parts["unit"])


@cache
def _none_words() -> frozenset[str]:
    words = sheets.packaged("files/words.csv")
    return frozenset({*words.loc[words["kind"] == "none", "word"], ""})


def _decimal(texts: list[_Written]) -> tuple[str, bool]:
    """Return the decimal mark of a column and whether it is ambiguous.

    The mark with more evidence is taken; cells of the other are then faulty.
    """
    counts = Counter(_evidence(each.digits) for each in texts)
    if counts["."] or counts[","]:
        return max(".,", key=lambda mark: counts[mark]), False
    unsure = any(_AMBIGUOUS.fullmatch(each.digits) for each in texts)
    return "." if unsure else "", unsure


def _evidence(number: str) -> str:
    """Return the decimal mark that a number can only have, or "" where it may have either.

    >>> [_evidence(each) for each in ("1,5", "1.234,567", "1,234,567", "0,123", "1234,567")]
    [',', ',', '.', ',', ',']
    >>> _evidence("1,234"), _evidence("12 345,678")
    ('', ',')
    """
    number = number.partition("e")[0].partition("E")[0]
    points, commas = number.count("."), number.count(",")
    if points + commas > 1 and not (points and commas):  # one mark, more than once: thousands
        return "," if points else "."
    found = _DECIMAL.fullmatch(number) if points or commas else None
    return (found[1] or found[2]) if found else ""


def _value(written: _Written | float, mark: str, unit: str) -> float:
    """Return the number of a cell, NaN where its marks are not in order or its unit is another."""
    if isinstance(written, float):
        return written
    digits, sign, own = written
    if not digits or own != unit or _evidence(digits) not in ("", mark):
        return math.nan
    mantissa, *power = re.split("[eE]", digits)
    whole, _, part = mantissa.partition(mark)
    if not _WHOLE[mark].fullmatch(whole) or not (part.isdecimal() or not part):
        return math.nan
    joined = re.sub(r"\D", "", whole)
    return sign * float(f"{joined or 0}.{part or 0}e{power[0] if power else 0}")
