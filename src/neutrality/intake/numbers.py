"""Numbers that were written as text: decimal commas, thousands separators, full-width digits.

Which mark is the decimal one is decided by the whole column: "1,5" and "1.234,5" can only be read
in one way, "1,234" in two. Nothing is decided by the language or the place of the reader.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from neutrality import sheets

_MARKS = ".,"
_SPACES = "\u00a0\u202f\u2009 '’"
_DASHES = str.maketrans(dict.fromkeys("−–—﹣－", "-"))
# What a cell is when its sign, brackets, currency and unit are taken away.
_PARTS = (
    r"^(?P<open>\()?\s*(?P<sign>[-+])?\s*[¥￥$€£]?\s*(?P<more>[-+])?"
    r"(?P<number>(?:\d[\d.,\s'’]*\d|\d|[.,]\d+)(?:[eE][-+]?\d{1,3})?)"
    r"\s*(?P<after>-)?\s*(?P<close>\))?\s*(?P<unit>[^\d\s().,'’+-].*|)$"
)
_PLAIN, _WHOLE = r"^-?\d+(?:\.\d+)?$", r"^-?\d+$"
_AMBIGUOUS = r"^[^\d.,]*(?!0)\d{1,3}[.,]\d{3}(?!\d)[^.,]*$"  # 1,234
# A decimal mark: the last of two different ones, or followed by other than three digits, or after
# a leading 0 or more than three digits.
_DECIMAL = re.compile(r"^(?:.*[.,\s'’].*|0|\d{4,}|)([.,])\d+$|^\d*([.,])(?!\d{3}$)\d+$")
_GROUPED = r"\d{1,3}(?:%s\d{2,3})*%s\d{3}"  # 1,234,567, and 12,34,567 as in India


class Numbers(NamedTuple):
    """A column of cells read as numbers."""

    values: pd.Series  # float, NaN where the cell holds none; index as the cells
    decimal: str  # "." or ",", "" where no text of the column has either mark
    ambiguous: bool  # "1,234" only: 1.234 or 1234; the values then are those of `decimal` "."
    faulty: pd.Series  # cells, as they stand, that are neither numbers nor blank: to be refused
    unit: str = ""  # written behind the numbers of all cells, as in "12.5 kWh"


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
    blank, typed, text = _kinds(cells)
    values = pd.Series(np.nan, cells.index, dtype=float)
    values[typed] = cells[typed].astype(float)
    words = _tidied(cells[text].astype("str"))
    none = words.str.casefold().isin(_none_words())
    words = words[~none]
    mark, ambiguous = _decimal(words, decimal)
    plain = words.str.match(_WHOLE if mark == "," else _PLAIN)
    values[plain.index[plain]] = words[plain].astype(float)
    parts = words[~plain].str.extract(_PARTS)
    wrong = parts["number"].fillna("").map(_evidence).replace(mark, "") != ""
    unit, other = _unit(parts, plain.any() or typed.any())
    values[parts.index] = _values(parts, mark or ".").mask(wrong | other)
    bad = values.isna() & ~blank & ~none.reindex(cells.index, fill_value=False)
    return Numbers(values, mark, ambiguous, cells[bad], unit)


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


def _kinds(cells: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return which cells are blank, which are numbers, and which are text."""
    if cells.dtype != object:
        cells = cells.astype(object)
    kinds = pd.Series(np.frompyfunc(type, 1, 1)(cells.to_numpy()), cells.index)
    text = kinds == str
    typed = kinds.map({each: issubclass(each, int | float | np.number) for each in kinds.unique()})
    typed &= kinds != bool
    return cells.isna() | (text & (cells == "")), typed.astype(bool) & cells.notna(), text


def _tidied(words: pd.Series) -> pd.Series:
    """Return texts with plain digits, marks and dashes, and without Excel's guards."""
    strange = ~words.map(str.isascii).astype(bool)
    if strange.any():
        plain = words[strange].str.normalize("NFKC").map(lambda each: each.translate(_DASHES))
        words = words.where(~strange, plain.reindex(words.index))
    words = words.str.strip()
    guarded = words.str.startswith(("=", "'"))
    if guarded.any():
        words = words.where(~guarded, words.str.replace(r"^'|^=\"(.*)\"$", r"\1", regex=True))
    return words


def _none_words() -> set[str]:
    words = sheets.packaged("intake/words.csv")
    return {*words.loc[words["kind"] == "none", "word"], ""}


def _decimal(words: pd.Series, given: str | None) -> tuple[str, bool]:
    """Return the decimal mark of a column, the one given before all, and whether it is ambiguous.

    The mark with more evidence is taken, and cells of the other are faulty.
    """
    if given:
        return given, False
    plain = words.str.match(_PLAIN)
    unsure = words.str.match(_AMBIGUOUS)
    pointed = plain & words.str.contains(".", regex=False)
    evidence = words[~plain].str.extract(_PARTS)["number"].dropna().map(_evidence)
    counts = {mark: int((evidence == mark).sum()) for mark in _MARKS}
    counts["."] += int((pointed & ~unsure).sum())
    if any(counts.values()):
        return max(counts, key=counts.get), False
    return ("." if unsure.any() else ""), bool(unsure.any())


def _evidence(number: str) -> str:
    """Return the decimal mark that a number can only have, or "" where it may have either.

    >>> [_evidence(each) for each in ("1,5", "1.234,567", "1,234,567", "0,123", "1234,567")]
    [',', ',', '.', ',', ',']
    >>> _evidence("1,234"), _evidence("12 345,678")
    ('', ',')
    """
    number = number.partition("e")[0].partition("E")[0]
    marks = [each for each in number if each in _MARKS]
    if not marks:
        return ""
    if len(set(marks)) == 1 and len(marks) > 1:  # one mark, more than once: thousands
        return "," if marks[0] == "." else "."
    found = _DECIMAL.match(number)
    return (found[1] or found[2]) if found else ""


def _values(parts: pd.DataFrame, mark: str) -> pd.Series:
    """Return the numbers of cells cut into their parts, NaN where the marks are not in order."""
    other = "," if mark == "." else "."
    number = parts["number"].fillna("")
    whole = number.str.extract(rf"^([^{mark}eE]*)(?:[{mark}](\d*))?((?:[eE].*)?)$")
    groups = "|".join(
        _GROUPED % (f"[{sign}]", f"[{sign}]") for sign in (other, _SPACES[:4], _SPACES[4:])
    )
    in_order = whole[0].str.match(rf"^(?:\d*|{groups})$").fillna(False).astype(bool)
    digits = whole[0].str.replace(r"\D", "", regex=True)
    joined = digits + "." + whole[1].fillna("") + whole[2].fillna("")
    values = pd.to_numeric(joined.where(in_order & (number != "")), errors="coerce")
    signs = parts[["sign", "more", "after"]].eq("-").sum(axis=1) + parts["open"].notna()
    closed = parts["open"].notna() == parts["close"].notna()
    return values.where((signs <= 1) & closed) * np.where(signs == 1, -1.0, 1.0)


def _unit(parts: pd.DataFrame, bare: bool) -> tuple[str, pd.Series]:
    """Return the unit behind the numbers, and which cells have another than the most usual.

    Where some cells have a unit and others none, those with one are told as other.
    """
    units = parts["unit"].fillna("").str.strip()
    held = units[parts["number"].notna()]
    if bare or held.empty:
        return "", units != ""
    usual = held.mode().iloc[0]
    return usual, units != usual


def is_date(value: object) -> bool:
    """Return whether a cell holds a date, which Excel makes of 1.5 or 3-4 as it is typed."""
    return isinstance(value, dt.date)
