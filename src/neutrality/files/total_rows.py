"""Which rows of a table are totals or averages of others, by their words and by arithmetic.

A meter may be called Total. So a word alone decides only where the row has no date among rows
that have one, or where no column has dates; otherwise the row must be the sum of those above it.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from neutrality.files import kinds
from neutrality.files.numbers import decimal_mark, numbers

TOTAL, SUBTOTAL, AVERAGE = "total", "subtotal", "average"
_SHARE = 0.9  # of the rows that have a date, where a column is one of dates
_EQUAL = 1e-4  # relative: a sum of rounded figures is not the rounded sum
_TRIED = 50  # rows with a date that show whether a word is the name of a meter
_LABELS = 4  # columns with texts among which the word is looked for
_OF_PERIOD = (
    r"(?:\d{4}年?)?(?:\d{1,2}月(?:份)?|第?[一二三四1-4]季度|[上下]半年|[本全当][年月日页])?"
)


def found(body: pd.DataFrame, held: np.ndarray) -> pd.Series:
    """Return "total", "subtotal" or "average" for each row that is one, by row of the file.

    `held` are the kinds of the body's cells.
    """
    words = _by_word(body, held)
    dates = _date_columns(held)
    filled = kinds.is_value(held[:, dates]).all(axis=1)
    unlabelled = _without_date(held, filled, dates)
    unnamed = _without_name(held, {*words})
    words = {
        position: (kind, exact or position in unnamed) for position, (kind, exact) in words.items()
    }
    dated = [position for position in words if dates.any() and filled[position]]
    asked = _asked(words, unlabelled, dated, bool(dates.any()))
    running = _running(body, held) if any(least for _, least in asked.values()) else None
    if dated:
        first = {position: asked[position] for position in sorted(dated)[:_TRIED]}
        if len(_made(first, running)) < _SHARE * len(first):  # a meter has this name
            for position in dated:
                del asked[position]
    made = _made(asked, running)
    rows = pd.Series(made, dtype=object)
    rows.index = body.index[list(made)] if made else body.index[:0]
    return rows


def _without_name(held: np.ndarray, said: set[int]) -> set[int]:
    """Return the rows that lack a text, such as a meter's name, which those without a word have."""
    others = np.array(
        [position for position in range(len(held)) if position not in said], dtype=int
    )
    named = (held[others] == kinds.TEXT).mean(axis=0) >= _SHARE if len(others) else []
    return {position for position in said if (held[position][named] == kinds.BLANK).any()}


def _asked(
    words: dict[int, tuple[str, bool]], unlabelled: set[int], dated: list[int], has_dates: bool
) -> dict[int, tuple[str, int]]:
    """Return kind of total, and how many rows must add up to it, by position; 0 where the word is
    enough. Averages need the word alone.
    """
    without = {position: (TOTAL, 2) for position in unlabelled}
    held = {*dated}
    for position, (kind, exact) in words.items():
        certain = exact and position not in held
        # where there are no dates a group of one has its subtotal too
        without[position] = (kind, 0 if certain else 2 if has_dates or kind == AVERAGE else 1)
    return without


def _made(asked: dict[int, tuple[str, int]], running) -> dict[int, str]:
    """Return the kind of the positions that are totals, from the top."""
    made: dict[int, str] = {}
    after, apart = 0, 0.0  # the row after the last total, and the sum of the totals so far
    for position, (kind, least) in sorted(asked.items()):
        if least:
            values, sums = running
            above = (position - len(made), sums[position] - apart)
            parts = (position - after, sums[position] - sums[after])
            below = (len(values) - position - 1, sums[-1] - sums[position + 1])
            held = [total for count, total in (parts, above, below) if count >= least]
            if kind == AVERAGE or not _is_one_of(held, values[position]):
                continue
        made[position] = kind
        if running:
            after, apart = position + 1, apart + np.nan_to_num(running[0][position])
    return made


def _is_one_of(sums: list[np.ndarray], own: np.ndarray) -> bool:
    """Return whether a row's numbers are those of one of the sums, zeros and blanks apart."""
    kept = ~np.isnan(own) & (own != 0)
    return bool(kept.any()) and any(
        (np.abs(total - own)[kept] <= _EQUAL * np.abs(own)[kept]).all() for total in sums
    )


def _by_word(body: pd.DataFrame, held: np.ndarray) -> dict[int, tuple[str, bool]]:
    """Return kind of total, and whether the cell is that word alone, by position of the row."""
    columns = np.flatnonzero((held == kinds.TEXT).any(axis=0))[:_LABELS]
    said: dict[int, tuple[str, bool]] = {}
    for column in columns:
        text = np.flatnonzero(held[:, column] == kinds.TEXT)
        cells = body.iloc[:, column].to_numpy(dtype=object)[text]
        known = {cell: _word(str(cell)) for cell in {*cells}}
        if any(known.values()):
            for position, cell in zip(text.tolist(), cells, strict=True):
                if meant := known[cell]:
                    said.setdefault(position, meant)
    return said


def _word(cell: str) -> tuple[str, bool] | None:
    """Return which kind of total a cell says, and whether it says nothing else.

    >>> _word("合 计："), _word("2025年1月小计"), _word("1号楼合计"), _word("Total floor area")
    (('total', True), ('subtotal', True), ('subtotal', False), ('total', False))
    >>> _word("Totalizer")
    """
    plain = re.sub(r"\s+", " ", cell).strip(" :：*").casefold()
    close = plain.replace(" ", "")
    for kind in (SUBTOTAL, TOTAL, AVERAGE):
        known = {each.replace(" ", "") for each in kinds.words(kind)}
        if close in known:
            return kind, True
    chinese = [each for each in kinds.words(TOTAL) | kinds.words(SUBTOTAL) if not each.isascii()]
    if re.fullmatch(f"{_OF_PERIOD}(?:{'|'.join(chinese)})", close):
        return SUBTOTAL, True
    if close.endswith(tuple(chinese)):
        return SUBTOTAL, False
    latin = "|".join(each for each in kinds.words(TOTAL) | kinds.words(SUBTOTAL) if each.isascii())
    whole = re.search(rf"\b(?:{latin})\b", plain)
    return (TOTAL if whole.start() == 0 else SUBTOTAL, False) if whole else None


def _date_columns(held: np.ndarray) -> np.ndarray:
    """Return which columns have a date in nearly all rows with a number."""
    rows = (held == kinds.NUMBER).any(axis=1)
    dates = (held[rows] == kinds.DATE).mean(axis=0) if rows.any() else np.zeros(held.shape[1])
    return dates >= (_SHARE if rows.sum() > 1 / (1 - _SHARE) else 0.5)


def _without_date(held: np.ndarray, filled: np.ndarray, dates: np.ndarray) -> set[int]:
    """Return the positions of rows with numbers and no date, where the others have one."""
    if not dates.any():
        return set()
    blank = (held[:, dates] == kinds.BLANK).all(axis=1)
    return set(np.flatnonzero(blank & ~filled & (held == kinds.NUMBER).any(axis=1)).tolist())


def _running(body: pd.DataFrame, held: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of each column, NaN where there are none, and their running sums."""
    columns = np.flatnonzero((held == kinds.NUMBER).any(axis=0))
    mark = decimal_mark(body.iloc[:, columns]) or None
    values = [numbers(body.iloc[:, column], mark).values for column in columns]
    values = np.column_stack(values) if values else np.empty((len(body), 0))
    return values, np.vstack([np.zeros(values.shape[1]), np.nancumsum(values, axis=0)])
