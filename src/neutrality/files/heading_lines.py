"""The heading of a table: its lines joined, its unit line, the unit in a heading's brackets."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from neutrality.files import kinds

_LOOKED_AT = 20  # rows whose values show which columns need a name
_UP = 4  # lines above the body among which those of its heading are looked for
_FITS = 0.6  # of the columns with values must have a name
_SEQUENCE = 4  # cells 1, 2, 3, 4 make a heading of numbers, fewer may be readings
_DATES = 3  # the same for dates and times
_LABELS = 2  # names beside them
_BRACKETS = re.compile(r"[(（\[【]\s*([^()（）\[\]【】]+?)\s*[)）\]】]")
_HINT = re.compile(r"[(（\[【]?[ymdhs年月日时分秒:/\-. +]+[)）\]】]?", re.IGNORECASE)  # yyyy-mm-dd


class Heading(NamedTuple):
    """The lines of a heading, rows as Excel shows them."""

    rows: tuple[int, ...]
    unit_row: int  # 0 where there is none
    names: list[str]
    units: list[str]


def key(names: list[str]) -> tuple[str, ...]:
    """Return what two lines that are the same heading have in common."""
    return tuple(re.sub(r"\s+", "", name).casefold() for name in names)


def above(
    cells: pd.DataFrame, held: np.ndarray, first: int, run: tuple[int, int], merged: tuple
) -> Heading | None:
    """Return the heading of a run of rows with values, or None.

    Its lines lie between the position `first` and the run; `held` are the kinds of the cells.
    """
    values = _value_columns(held[slice(*run)][:_LOOKED_AT])
    unit_row, lines = 0, []
    for position in range(run[0] - 1, max(first, run[0] - _UP) - 1, -1):
        row, line = cells.iloc[position], held[position]
        if lines:
            if not _is_upper(cells, held, position, lines[-1], merged):
                break
            lines.append(position)
        elif not unit_row and _is_unit_line(row, line):
            unit_row = position + 1
        elif (
            _names_columns(line, values)
            and not ends_in_colon(row)
            or position > first
            and _is_lower(held, position, values)
        ):
            lines.append(position)
    return _heading(cells, held, lines[::-1], unit_row, merged) if lines else None


def in_first_row(cells: pd.DataFrame, held: np.ndarray, run: tuple[int, int]) -> bool:
    """Return whether the first row of a run is a heading of numbers, dates or times.

    Its values rise, numbers by 1, and those of the next row do not; or it has dates and names where
    all other rows have numbers: meter, 1月, 2月. It has a label or two beside them.
    """
    first = held[run[0]]
    if (first == kinds.TEXT).sum() <= _LABELS and _rises(cells, held, run[0]):
        return run[0] + 1 == len(cells) or not _rises(cells, held, run[0] + 1)
    rest = held[run[0] + 1 : run[1]][:_LOOKED_AT]
    numbers = (rest == kinds.NUMBER).all(axis=0)
    named = (first == kinds.DATE) | (first == kinds.TEXT)
    wide = len(rest) > 1 and numbers.sum() > 1  # a label and its value above a table are not
    return bool(wide and named[numbers].all() and named[~numbers].any())


def of_lines(cells: pd.DataFrame, held: np.ndarray, lines: list[int], merged: tuple) -> Heading:
    """Return the heading of lines that are known."""
    return _heading(cells, held, lines, 0, merged)


def _value_columns(rows: np.ndarray) -> np.ndarray:
    """Return the columns in which most of the rows have a number or a date."""
    filled = (rows != kinds.BLANK).sum(axis=0)
    values = kinds.is_value(rows).sum(axis=0)
    return (values * 2 >= filled) & (values > 0)


def ends_in_colon(cells: pd.Series) -> bool:
    """Return whether a cell is a label of the cell beside it: "Meter:"."""
    return any(isinstance(cell, str) and cell.rstrip().endswith((":", "：")) for cell in cells)


def _names_columns(line: np.ndarray, values: np.ndarray) -> bool:
    """Return whether a line has names, in text, for most columns with values."""
    text = line == kinds.TEXT
    if (line == kinds.NUMBER).sum() > text.sum() or not values.any():
        return False
    named = (line[values] != kinds.BLANK).mean() >= _FITS and text[values].any()
    return bool(named and (text.sum() > 1 or (line != kinds.BLANK).sum() == values.sum()))


def _is_unit_line(cells: pd.Series, line: np.ndarray) -> bool:
    """Return whether a line has units alone, or units and the form of a date."""
    written = [str(cell).strip() for cell in cells[(line == kinds.TEXT)]]
    if not written or kinds.is_value(line).any():
        return False
    units = [bool(bare_unit(each)) for each in written]
    hints = [bool(_HINT.fullmatch(each)) for each in written]
    others = sum(not unit and not hint for unit, hint in zip(units, hints, strict=True))
    return sum(units) > 0 and others <= len(written) / 4


def _is_lower(held: np.ndarray, position: int, values: np.ndarray) -> bool:
    """Return whether a line names columns of groups alone, the line above it all others: 编号 above
    起 and 止, and nothing below 数量.
    """
    line, above = held[position], held[position - 1]
    texts = np.flatnonzero(line == kinds.TEXT)
    if len(texts) < _LABELS or (line != kinds.BLANK).sum() > len(texts):
        return False
    named = np.flatnonzero(above != kinds.BLANK)
    heads = [max(named[named <= at], default=-1) for at in texts]
    grouped = all(head in texts for head in heads) and len({*heads}) < len(heads)
    both = np.where(line == kinds.BLANK, above, line)
    return grouped and not kinds.is_value(above).any() and _names_columns(both, values)


def _is_upper(
    cells: pd.DataFrame, held: np.ndarray, position: int, below: int, merged: tuple
) -> bool:
    """Return whether a line groups the columns of the heading line below it.

    It does where cells of it are merged over some of the columns, and where it fills blanks of
    the line below or tells apart names that are the same there.
    """
    line, under = held[position], held[below]
    text = np.isin(line, (kinds.TEXT, kinds.DATE))
    if not text.any() or (line == kinds.NUMBER).any():
        return False
    named = np.flatnonzero(under != kinds.BLANK)
    row, width = position + 1, ((under != kinds.BLANK) | (line != kinds.BLANK)).sum()
    spans = [right - left + 1 for top, left, bottom, right in merged if top == row]
    if spans:
        return min(spans) < max(width, 2) and text.sum() > 1
    written = [str(cells.iat[below, column]).strip() for column in named]
    twice = len(set(written)) < len(written)
    fills = (text & (under == kinds.BLANK)).any()
    over = (text & (under != kinds.BLANK)).sum()
    return bool(
        text.sum() > 1 and (twice or fills) and over and not _has_colon(cells.iloc[position])
    )


def _has_colon(cells: pd.Series) -> bool:
    """Return whether a cell is a label and its value, as lines above a table have: "Meter: 12"."""
    return any(isinstance(cell, str) and re.search(r"[:：](\s|$|\S{2})", cell) for cell in cells)


def _rises(cells: pd.DataFrame, held: np.ndarray, position: int) -> bool:
    line = held[position]
    row = cells.iloc[position]
    dates = row[line == kinds.DATE].tolist()
    numbers = row[line == kinds.NUMBER].tolist()
    if len(dates) >= _DATES and not numbers:
        keys = [_order(each) for each in dates]
        return all(a < b for a, b in zip(keys, keys[1:], strict=False))
    if len(numbers) < _SEQUENCE or dates:
        return False
    try:
        steps = np.diff([float(each) for each in numbers])
    except ValueError:
        return False
    return bool((steps == steps[0]).all() and steps[0] == 1)


def _order(value: object) -> tuple:
    """Return what dates of one form are ordered by: their digits, or the months' numbers."""
    if not isinstance(value, str):
        return (str(value),)
    months = {each: n % 12 for n, each in enumerate(kinds.month_names())}
    word = re.search(r"[A-Za-z]{3,}", value)
    digits = tuple(int(each) for each in re.findall(r"\d+", value))
    return (*digits, months.get(word[0].casefold()[:3], -1)) if word else digits


def _heading(
    cells: pd.DataFrame, held: np.ndarray, lines: list[int], unit_row: int, merged: tuple
) -> Heading:
    """Return the names that the lines make together, each column's joined by " / "."""
    written = [
        _spread(cells, held, position, upper=position != lines[-1], merged=merged)
        for position in lines
    ]
    names = []
    for parts in zip(*written, strict=True):
        kept = [part for n, part in enumerate(parts) if part and part not in parts[:n]]
        names.append(" / ".join(kept))
    units = [unit_of(name) for name in names]
    if unit_row:
        line = _spread(cells, held, unit_row - 1, upper=False, merged=merged)
        units = [bare_unit(each) or unit for each, unit in zip(line, units, strict=True)]
    return Heading(tuple(position + 1 for position in lines), unit_row, names, units)


def _spread(
    cells: pd.DataFrame, held: np.ndarray, position: int, upper: bool, merged: tuple
) -> list[str]:
    """Return the texts of a heading line; those of an upper line stand over the blanks after them.

    Where the file says which cells are merged, over those alone; a cell of spaces ends a group.
    """
    row = cells.iloc[position]
    shown = [_shown(cell) for cell in row]
    spans = [each for each in merged if each[0] <= position + 1 <= each[2]]
    for _, left, _, right in spans:
        shown[left : right + 1] = [shown[left]] * len(shown[left : right + 1])
    if upper and not any(left < right for _, left, _, right in spans):
        below = held[position + 1] != kinds.BLANK
        for column in range(1, len(shown)):
            if row.iloc[column] is None and below[column]:
                shown[column] = shown[column - 1]
    return shown


def _shown(cell: object) -> str:
    """Return a heading cell as it is shown, on one line: 2025.0 is 2025.

    >>> _shown("Point\\nName"), _shown(2025.0), _shown(None)
    ('Point Name', '2025', '')
    """
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())


def unit_of(name: str) -> str:
    """Return the unit in a heading: in its last brackets, behind a slash, at its end or start.

    >>> unit_of("用电量（万kWh）"), unit_of("电量/MWh"), unit_of("Energy_kWh"), unit_of("温度")
    ('万kWh', 'MWh', 'kWh', '')
    >>> unit_of("Consumption (100 kWh)"), unit_of("Status (0 or 1)")
    ('100 kWh', '')
    """
    for inside in reversed(_BRACKETS.findall(name)):
        parts = [part for part in re.split(r"[,，;；]\s*", inside) if bare_unit(part)]
        if parts:
            return parts[0]
    if found := re.search(rf"[/／]\s*({kinds.unit_form()})$", name):
        return found[1]
    for form in (r"(?:^|[\s_,，:：-]|[\u4e00-\u9fff])({unit})$", r"^({unit})(?=\s)(?!\s+per\b)"):
        found = re.search(form.format(unit=kinds.unit_form()), name)
        if found and (len(found[1]) > 1 and found[1].isascii() or found[1] == name):
            return found[1]
    return ""


def bare_unit(text: str) -> str:
    """Return a text without brackets if it is a unit, else "".

    >>> bare_unit("(kWh)"), bare_unit("单位：MWh"), bare_unit("Meter")
    ('kWh', 'MWh', '')
    """
    text = re.sub(rf"^(?:{'|'.join(kinds.words('unit_of_table'))})\s*[:：]\s*", "", text.strip())
    text = text.strip("()（）[]【】 ")
    return text if re.fullmatch(kinds.unit_form(), text) else ""
