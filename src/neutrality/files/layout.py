"""The tables of a sheet: headings, unit line, body, totals, and all that is left out, with why."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from neutrality.files import heading_lines, kinds, total_rows
from neutrality.files.cells import Sheet
from neutrality.files.heading_lines import Heading

_NARROW = 2  # columns of label and value, as above a table
_SHORT = 3  # rows of them
_TITLE = 40  # characters of a section's name; a longer text is a remark
_REMARK = "remark"
_PAGE = r"^[-—\s]*(?:{words})?\s*[-—]?\s*\d+\s*(?:{words}|[-—/]|of|von|$)"


class Table(NamedTuple):
    """One table of a sheet, rows as Excel shows them."""

    sheet: str
    heading_rows: tuple[int, ...]  # () where no row names the columns
    unit_row: int  # 0 where there is none
    headings: list[str]  # heading lines of a column joined by " / "
    units: list[str]  # of the unit line or the heading's brackets, as written; "" where none
    body: pd.DataFrame  # columns 0..n-1 (object), index: row as Excel shows it
    totals: pd.DataFrame  # rows of totals and subtotals as they stand, same columns
    left: pd.DataFrame  # row, kind, text: preamble, blank, heading_again, total, subtotal,
    # average, section, remark, hidden


class _Begun(NamedTuple):
    """A table whose rows are not yet sorted: positions in the sheet, from 0."""

    heading: Heading
    first: int  # of its preamble
    body: int


def tables(sheet: Sheet, with_hidden: bool = False) -> list[Table]:
    """Return the tables of a sheet from the top; every row is in a body, in totals or in left.

    Column n of a table is column n of the sheet. Hidden rows are left out unless asked for. A
    vertically merged cell of text or date stands in each of its rows, a merged number only in the
    first: it may be the sum of them. Raises ValueError for a row of a text file that has more
    cells than its heading, as an unquoted decimal comma makes.
    """
    if sheet.cells.empty:
        return []
    cells = filled(sheet)
    held = kinds.of(cells)
    if not with_hidden and sheet.hidden:
        held[[row - 1 for row in sheet.hidden if row <= len(held)]] = kinds.BLANK
    begun = _begun(cells, held, sheet.merged)
    ends = [each.first for each in begun[1:]] + [len(cells)]
    hidden = frozenset() if with_hidden else sheet.hidden
    made = [
        _table(sheet.name, cells, held, each, end, hidden)
        for each, end in zip(begun, ends, strict=True)
    ]
    if not sheet.name:
        for table in made:
            _refuse_beyond(table, sheet.file)
    return made


def filled(sheet: Sheet) -> pd.DataFrame:
    """Return a sheet's cells with text and dates in each row that they are merged over."""
    spans = [each for each in sheet.merged if each[0] < each[2] and each[0] <= len(sheet.cells)]
    if not spans:
        return sheet.cells
    cells = sheet.cells.copy()
    for top, left, bottom, _ in spans:
        if left < cells.shape[1]:
            value = cells.iat[top - 1, left]
            if isinstance(value, str) or hasattr(value, "year"):
                cells.iloc[top - 1 : bottom, left] = value
    return cells


def _records(held: np.ndarray) -> np.ndarray:
    """Return which rows hold a number or a date, and another cell where the sheet has more."""
    filled = (held != kinds.BLANK).sum(axis=1)
    values = kinds.is_value(held).any(axis=1)
    columns = (held != kinds.BLANK).any(axis=0).sum()
    return values & (filled >= min(2, columns))


def _runs(records: np.ndarray) -> list[tuple[int, int]]:
    """Return start and end of each run of rows that follow one another.

    >>> _runs(np.array([False, True, True, False, True]))
    [(1, 3), (4, 5)]
    """
    edges = np.diff(records.astype(np.int8), prepend=0, append=0)
    return list(
        zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True)
    )


def _begun(cells: pd.DataFrame, held: np.ndarray, merged: tuple) -> list[_Begun]:
    """Return where each table of the sheet begins, with its heading."""
    runs = _runs(_records(held))
    begun: list[_Begun] = []
    after = 0  # the end of the run before
    for number, run in enumerate(runs):
        run = _without_labels(cells, held, run)
        heading, start = _headed(cells, held, after, run, merged)
        known = begun and heading and _goes_on(cells, held, begun[-1].heading, heading, after)
        if heading and not known and not _is_label_and_value(held, heading, runs[number:]):
            begun.append(_Begun(heading, after if begun else 0, start))
        after = run[1]
    return begun or _without_values(cells, held, runs)


def _without_labels(cells: pd.DataFrame, held: np.ndarray, run: tuple[int, int]) -> tuple[int, int]:
    """Return a run of rows without the lines of label and value, "Printed: 2025-04-01", that stand
    right above its table.
    """
    start, end = run
    filled = (held[start:end] != kinds.BLANK).sum(axis=1)
    while start < end - 1 and heading_lines.ends_in_colon(cells.iloc[start]):
        if filled[start - run[0]] * 2 > np.median(filled):
            break
        start += 1
    return start, end


def _headed(
    cells: pd.DataFrame, held: np.ndarray, after: int, run: tuple[int, int], merged: tuple
) -> tuple[Heading | None, int]:
    """Return the heading of a run of rows and where its body begins.

    A first row of hours, months or years that count up is the heading or its last line.
    """
    heading = heading_lines.above(cells, held, after, run, merged)
    if not heading_lines.in_first_row(cells, held, run):
        return heading, run[0]
    lines = [*(row - 1 for row in heading.rows), run[0]] if heading else [run[0]]
    return heading_lines.of_lines(cells, held, lines, merged), run[0] + 1


def _is_label_and_value(held: np.ndarray, heading: Heading, runs: list) -> bool:
    """Return whether a heading is the first of a few lines of label and value above a table."""
    start, end = runs[0]
    narrow = (held[start:end] != kinds.BLANK).sum(axis=1).max() <= _NARROW
    wider = [
        (held[first:last] != kinds.BLANK).sum(axis=1).max() > _NARROW for first, last in runs[1:]
    ]
    narrow &= sum(map(bool, heading.names)) <= _NARROW
    short = end - start <= _SHORT and len(heading.rows) == 1
    return bool(narrow and short and any(wider[:_SHORT]))


def _goes_on(cells: pd.DataFrame, held: np.ndarray, old: Heading, new: Heading, after: int) -> bool:
    """Return whether a heading is that of the table before again, as printed pages have it.

    It is not where a title of its own stands above it.
    """
    if heading_lines.key(old.names) != heading_lines.key(new.names):
        return False
    above = range(after, min(new.rows) - 1)
    titles = [n for n in above if (held[n] != kinds.BLANK).sum() == 1]
    return not any(_remark(_text(cells.iloc[n])) == "section" for n in titles)


def _without_values(cells: pd.DataFrame, held: np.ndarray, runs: list) -> list[_Begun]:
    """Return the one table of a sheet without a heading over numbers.

    The widest line of text names the columns of texts; numbers from the first row on have none.
    """
    filled = (held != kinds.BLANK).sum(axis=1)
    width = cells.shape[1]
    if runs:
        nameless = Heading((), 0, [""] * width, [""] * width)
        return [_Begun(nameless, 0, runs[0][0])]
    if not filled.any():
        return []
    line = int(filled.argmax())
    return [_Begun(heading_lines.of_lines(cells, held, [line], ()), 0, line + 1)]


def _table(
    name: str,
    cells: pd.DataFrame,
    held: np.ndarray,
    begun: _Begun,
    end: int,
    hidden: frozenset[int],
) -> Table:
    heading = begun.heading
    kind = pd.Series("", index=cells.index[begun.first : end], dtype=object)
    kind.iloc[: max(heading.rows, default=begun.body) - begun.first] = "preamble"
    _sort(kind, cells, held, heading, max(heading.rows, default=begun.body), end)
    kind[[*heading.rows, *[row for row in [heading.unit_row] if row]]] = "heading"
    blank = (held[begun.first : end] == kinds.BLANK).all(axis=1)
    kind[blank] = "blank"
    kind[[row for row in hidden if row in kind.index]] = "hidden"
    body, its_kinds = _body(cells, held, kind)
    sums = total_rows.found(body, its_kinds)
    kind[sums.index] = sums
    totals = kind.isin((total_rows.TOTAL, total_rows.SUBTOTAL))
    body, its_kinds = _body(cells, held, kind)
    left = _left(cells, kind)
    units = _of_preamble(heading, left, its_kinds)
    return Table(
        name,
        heading.rows,
        heading.unit_row,
        heading.names,
        units,
        body,
        cells.loc[kind.index[totals]],
        left,
    )


def _body(
    cells: pd.DataFrame, held: np.ndarray, kind: pd.Series
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the rows that are not set apart, and the kinds of their cells."""
    positions = np.flatnonzero((kind == "").to_numpy()) + int(kind.index[0]) - 1
    if len(positions) and positions[-1] - positions[0] + 1 == len(positions):
        rows = slice(positions[0], positions[-1] + 1)  # without a copy
        return cells.iloc[rows], held[rows]
    return cells.iloc[positions], held[positions]


def _sort(
    kind: pd.Series, cells: pd.DataFrame, held: np.ndarray, heading: Heading, start: int, end: int
) -> None:
    """Set the kind of the rows below the heading that are no records."""
    rows = held[start:end]
    records = _records(rows)
    for usual in (kinds.DATE, kinds.NUMBER):  # a date without a reading is a gap, and no remark
        columns = (rows[records] == usual).sum(axis=0) * 2 > records.sum()
        records = records | (rows[:, columns] == usual).any(axis=1)
    last = start + int(np.flatnonzero(records)[-1]) if records.any() else end
    again = _again(cells, heading, start, end)
    kind[kind.index.isin(start + np.flatnonzero(again) + 1)] = "heading_again"
    for position in start + np.flatnonzero(~records & ~again):
        filled = (held[position] != kinds.BLANK).sum()
        if filled == 1 and cells.shape[1] > 1:
            kind[position + 1] = (
                _remark(_text(cells.iloc[position])) if position < last else _REMARK
            )
        elif filled and position > last:
            kind[position + 1] = _REMARK
    _sort_notes(kind, held, start, end)


def _again(cells: pd.DataFrame, heading: Heading, start: int, end: int) -> np.ndarray:
    """Return which rows of the body are a line of the heading, or its unit line, once more."""
    again = np.zeros(end - start, dtype=bool)
    for row in {*heading.rows, heading.unit_row} - {0}:
        line = cells.loc[row].dropna()
        same = np.full(end - start, len(line) > 1)
        for column, cell in line.items():
            if not same.any():
                break
            same &= cells[column].to_numpy(dtype=object)[start:end] == cell
        again |= same
    return again


def _sort_notes(kind: pd.Series, held: np.ndarray, start: int, end: int) -> None:
    """Set "remark" for rows of few cells that a remark stands above, apart from the table, and for
    the last rows if they have no number and a text where the others have a number or a date.
    """
    rows = held[start:end]
    filled = (rows != kinds.BLANK).sum(axis=1)
    runs = _runs(_records(rows))
    usual = np.median(filled[filled > 0]) if filled.any() else 0
    for before, (first, last) in zip(runs, runs[1:], strict=False):
        told = first > 0 and kind.get(start + first) == _REMARK
        apart = (filled[before[1] : first] == 0).any()
        if told and apart and filled[first:last].max() * 2 <= usual:
            kind.loc[start + first + 1 : start + last] = _REMARK
    values = kinds.is_value(rows).sum(axis=0) * 2 > (rows != kinds.BLANK).sum(axis=0)
    for position in np.flatnonzero(filled)[::-1]:
        row = rows[position]
        if (row == kinds.NUMBER).any() or not (row[values] == kinds.TEXT).any():
            break
        kind[start + position + 1] = kind[start + position + 1] or _REMARK


def _text(row: pd.Series) -> str:
    return " ".join(str(cell).strip() for cell in row if cell is not None)


def _remark(text: str) -> str:
    """Return "section" for a short name among the rows, "remark" for a page's number or a note.

    >>> _remark("1号楼"), _remark("第 2 页 共 3 页"), _remark("注：未含光伏")
    ('section', 'remark', 'remark')
    """
    plain = text.strip().casefold()
    pages = "|".join(sorted(kinds.words("page")))
    notes = "|".join(sorted(map(re.escape, kinds.words("remark")), key=len, reverse=True))
    note = rf"[*＊※(（\[]|(?:{notes})(?:\b|[:：])"
    is_note = re.match(_PAGE.format(words=pages), plain) or re.match(note, plain)
    return _REMARK if is_note or len(plain) > _TITLE else "section"


def _left(cells: pd.DataFrame, kind: pd.Series) -> pd.DataFrame:
    rows = kind[(kind != "") & (kind != "heading")]
    texts = [_text(line) for line in cells.to_numpy(dtype=object)[rows.index - 1]]
    return pd.DataFrame({"row": rows.index, "kind": rows.to_numpy(), "text": texts})


def _of_preamble(heading: Heading, left: pd.DataFrame, held: np.ndarray) -> list[str]:
    """Return the units, with that of a line such as "单位：MWh" above the table where a column of
    numbers has none of its own.
    """
    said = set()
    words = "|".join(kinds.words("unit_of_table"))
    form = re.compile(rf"(?:{words})\s*[:：]?\s*(\S.*?)\s*[)）]?$", re.IGNORECASE)
    for text in left.loc[left["kind"] == "preamble", "text"]:
        for found in form.findall(text):
            said.add(heading_lines.bare_unit(found))
    said.discard("")
    if len(said) != 1:
        return heading.units
    unit = said.pop()
    numbers = (held == kinds.NUMBER).sum(axis=0) * 2 > (held != kinds.BLANK).sum(axis=0)
    return [
        own or (unit if is_number else "")
        for own, is_number in zip(heading.units, numbers, strict=True)
    ]


def _refuse_beyond(table: Table, file: str) -> None:
    """Raise ValueError for the first row with more cells than the heading has names."""
    named = [n for n, name in enumerate(table.headings) if name]
    if not named or table.body.shape[1] <= named[-1] + 1:
        return
    beyond = table.body.iloc[:, named[-1] + 1 :].notna().any(axis=1)
    if beyond.any():
        row = int(beyond.idxmax())
        count = int(np.flatnonzero(table.body.loc[row].notna())[-1]) + 1
        raise ValueError(
            f"{file}, row {row}: found {count} cells, the heading has {named[-1] + 1}; put numbers "
            "with a decimal comma in quotes, or separate the columns with semicolons"
        )
