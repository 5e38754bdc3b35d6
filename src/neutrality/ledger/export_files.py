"""A registry's export or a list of certificates as a file: its encoding, its sheet, its heading,
and its cells under the column names of the ledger.

The headings by which a column is recognised are in `ledger/headings.csv`, by their letters alone:
those of the registries' exports and interfaces, and of lists as they are kept in Chinese.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from neutrality import sheets
from neutrality.case import encodings
from neutrality.case.alike import of_different
from neutrality.files import layout, opening, workbooks
from neutrality.files.cells import Sheet
from neutrality.ledger import export_headings

_HEADING_WITHIN = 20  # rows among which the heading is looked for
_HEAD_CHARACTERS = 100_000  # in which these rows are
_QUOTED_CHARACTERS = 40  # of a cell that took the next rows in
_QUOTED_CHARACTERS_OF_ROW = 80  # of a first row that is no heading
_SEVERAL = ("serial", "serial_from", "serial_to")  # columns of certificates, by line
_INVISIBLE = re.compile("[\u200b-\u200f\ufeff\u00ad]")
# of a cell that is not as it is on one line, without extra blanks
_ODD = re.compile("[^ -~]|  |^[ =]| $")
_EXACT = 10**15  # Excel keeps 15 digits of a number; of a longer one the last are lost
_ROWS_SHOWN = 5  # that are hidden


class SeveralTables(ValueError):
    """A workbook of which more than one sheet has the heading."""


class _Heading(NamedTuple):
    """The heading of a table."""

    at: int  # place of its last line
    known: list[str]  # what each column is known by
    names: list[str]


class Export(NamedTuple):
    """An export as it was read, before any cell is judged."""

    cells: pd.DataFrame  # text under the ledger's column names, by row of the file
    headings: dict[str, str]  # ledger column -> the export's own heading, "" where it has none
    unused: list[str]  # headings of the columns that were not used
    heading_row: int  # line of the file that is the heading
    notes: tuple[str, ...] = ()  # what a workbook hides, or has beside the table


@cache
def names(table: str) -> dict[str, tuple[str, ...]]:
    """Return the headings of each column of a ledger, by their letters alone, the best first."""
    rows = sheets.packaged("ledger/headings.csv")
    of_table = rows[rows["table"] == table]
    return {
        column: tuple(each["heading"]) for column, each in of_table.groupby("column", sort=False)
    }


def recognised(heading: Iterable[str], table: str, *any_of: str) -> bool:
    """Return whether a heading has one of these columns of a ledger."""
    found = set(map(export_headings.letters, heading))
    return any(found & set(names(table)[column]) for column in any_of)


def read(
    path: Path,
    table: str,
    is_heading: Callable[[list[str]], bool],
    wanted: str,
    several: Callable[[list[str]], bool],
) -> Export:
    """Return the cells, headings and unused columns of a file, below the first of its rows that
    `is_heading` takes for the heading; lines before it are skipped.

    Reads CSV in UTF-8, UTF-16 or GB18030, with commas, semicolons or tabs; Excel, where one sheet
    has the heading; and Parquet. Two columns are added to the cells: `beyond`, text in cells to the
    right of the heading, and `swallowed`, the start of a cell with line breaks in a row that is
    `several` rows, as an unclosed quote makes it. Raises ValueError with the columns `wanted` where
    there is no such heading.
    """
    if not path.is_file():
        folder = path.parent.name or "."
        raise ValueError(f"{path.name}: no such file in {folder}; name the registry's export")
    raw, (at, known, heading) = _raw(path, is_heading, wanted)
    places = _places(known, table)
    _refuse_twice(known, heading, places, f"{path.name}, row {at + 1}")
    body = raw.iloc[at + 1 :].set_axis(pd.RangeIndex(at + 2, len(raw) + 1))
    cells = _cells(body, places, table)
    nothing = _nothing(cells)
    blank = nothing[[not any(map(str.strip, body.loc[row])) for row in nothing]]
    if len(blank):
        cells, body = cells.drop(index=blank), body.drop(index=blank)
    width = max((place for place, head in enumerate(heading) if head), default=0) + 1
    cells = cells.assign(beyond=_beyond(body, width), swallowed=_swallowed(body, several))
    headings = {name: heading[places[name]] if name in places else "" for name in names(table)}
    unused = [each for each in heading if each and each not in headings.values()]
    return Export(cells, headings, unused, at + 1, _notes(raw, at))


def _notes(raw: pd.DataFrame, at: int) -> tuple[str, ...]:
    """Return which rows below the heading and columns the file hides, and which sheets were not
    read.
    """
    hidden = [row for row in raw.attrs.get("hidden", ()) if row > at + 1]
    shown = ", ".join(map(str, hidden[:_ROWS_SHOWN])) + ", ..." * (len(hidden) > _ROWS_SHOWN)
    others = ", ".join(raw.attrs.get("others", ()))
    notes = f"{len(hidden)} hidden row(s) were read too: row {shown}" if hidden else ""
    sheets_left = f"sheets without such a heading were not read: {others}" if others else ""
    columns = raw.attrs.get("hidden_columns", ())
    unseen = f"{len(columns)} hidden column(s) were read too: {', '.join(columns)}"
    return tuple(filter(None, (notes, unseen if columns else "", sheets_left)))


def _refuse_twice(known: list[str], heading: list[str], places: dict[str, int], where: str) -> None:
    """Raise ValueError where a heading that is used stands twice: which column counts is not
    known.
    """
    plain = [export_headings.letters(cell) for cell in known]
    for place in places.values():
        if plain.count(plain[place]) > 1:
            raise ValueError(
                f"{where}: column {heading[place]} stands twice; "
                "give each column a name of its own, such as 起始编号 and 终止编号"
            )


def headed(path: Path, is_heading: Callable[[list[str]], bool]) -> bool:
    """Return whether one of the first rows of a file is the heading; False where it is no table."""
    try:
        _raw(path, is_heading, "", whole=False)
    except SeveralTables:
        return True  # the reading refuses it, and says which sheets
    except ValueError:
        return False
    return True


def _heading(
    lines: list[list[str]],
    merged: tuple,
    is_heading: Callable[[list[str]], bool],
    wanted: str,
    file: str,
) -> _Heading:
    """Return where the heading ends among lines, and its names."""
    head = lines[:_HEADING_WITHIN]
    if found := export_headings.joined(lines[: 2 * _HEADING_WITHIN], merged, is_heading):
        return _Heading(*found)
    for number, line in enumerate(head):
        names = [_clean(cell) for cell in line]
        if is_heading(names):
            return _Heading(number, names, names)
    first = ", ".join(filter(None, map(_clean, lines[0]))) if lines else "nothing"
    raise ValueError(
        f"{file}: no column {wanted} in its first {_HEADING_WITHIN} rows "
        f"(found {first[:_QUOTED_CHARACTERS_OF_ROW]}); "
        "save the registry's table of retirements with its heading"
    )


def _places(heading: list[str], table: str) -> dict[str, int]:
    """Return the position of each ledger column in the heading, without those it lacks."""
    plain = [export_headings.letters(cell) for cell in heading]
    found = {
        name: next((plain.index(each) for each in known if each in plain), None)
        for name, known in names(table).items()
    }
    return {name: place for name, place in found.items() if place is not None}


def _cells(body: pd.DataFrame, places: dict[str, int], table: str) -> pd.DataFrame:
    """Return the cells of each ledger column, "" where the export or a row lacks them."""
    made = dict.fromkeys(names(table), pd.Series("", body.index, dtype="str"))
    for name, place in places.items():
        lines = table == "certificates" and name in _SEVERAL  # a number a line
        clean = partial(_cleaned, clean=_clean_lines if lines else _clean)
        made[name] = of_different(body[place].astype("str"), clean)
    return pd.DataFrame(made)


def _cleaned(cells: pd.Series, clean: Callable[[str], str]) -> pd.Series:
    odd = cells.str.contains(_ODD.pattern)
    return cells.mask(odd, cells[odd].map(clean)) if odd.any() else cells


def _nothing(cells: pd.DataFrame) -> pd.Index:
    """Return the rows without a cell that is used."""
    return cells.index[(cells == "").all(axis=1)]


def _beyond(body: pd.DataFrame, width: int) -> pd.Series:
    """Return the text to the right of the heading in each row."""
    right = body.loc[:, width:]
    held = right.index[(right != "").any(axis=1)]
    texts = {row: "; ".join(filter(None, map(_clean, right.loc[row]))) for row in held}
    return pd.Series(texts, dtype="str").reindex(body.index, fill_value="")


def _swallowed(body: pd.DataFrame, several: Callable[[list[str]], bool]) -> pd.Series:
    """Return how the cell of a row begins that took the next rows in, "" in the other rows."""
    broken = pd.Series(False, body.index)
    for name in body if body.attrs.get("broken", True) else ():
        broken |= body[name].str.contains("\n", regex=False)
    found = {}
    for row in broken.index[broken]:
        line = body.loc[row].tolist()
        cell = next((each for each in line if "\n" in each.strip()), "")
        if cell and several(line):
            found[row] = _clean(cell)[:_QUOTED_CHARACTERS]
    return pd.Series(found, dtype="str").reindex(body.index, fill_value="")


def _raw(
    path: Path, is_heading: Callable[[list[str]], bool], wanted: str, whole: bool = True
) -> tuple[pd.DataFrame, _Heading]:
    """Return the cells of the file, a row each line, and the heading among them; of a text the
    heading alone where it is not asked for `whole`.
    """
    sheets.refuse_too_large(path)
    if path.suffix.lower() == ".parquet":
        held = sheets.cells(path)
        lines = [[str(head) for head in held], *held.astype("str").to_numpy().tolist()]
        return _framed(lines), _heading(lines[:1], (), is_heading, wanted, path.name)
    raw, kind = opening.content(path.read_bytes(), path)
    if kind in opening.WORKBOOKS:
        return _workbook(workbooks.read(raw, kind, path.name), is_heading, wanted, path.name)
    text, _ = encodings.decoded(raw, path.name, legacy=(encodings.CHINESE,))
    head = _head(text)
    delimiter = max(",;\t", key=lambda each: (_headed(head, each, is_heading), head.count(each)))
    first = list(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter))
    heading = _heading(first, (), is_heading, wanted, path.name)
    body = _csv(text, delimiter, max(map(len, first))) if whole else pd.DataFrame()
    return body, heading


def _csv(text: str, delimiter: str, width: int) -> pd.DataFrame:
    """Return the cells of a CSV. Where a row has more cells than the first ones, or a quote is not
    closed, pandas refuses; then it is read row by row, for the row to be named.
    """
    raw = io.BytesIO(text.encode("utf-8"))
    how = {"header": None, "index_col": False, "dtype": "str", "na_filter": False}
    try:
        read = pd.read_csv(
            raw, sep=delimiter, names=range(width + 1), skip_blank_lines=False, **how
        )
        lines = text.count("\n") + (not text.endswith("\n"))
        read.attrs["broken"] = lines > len(read)  # a line break within a cell
        return read
    except pd.errors.ParserError:
        csv.field_size_limit(max(len(text), csv.field_size_limit()))  # of the whole process
        return _framed(list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))


def _framed(lines: list[list[str]]) -> pd.DataFrame:
    """Return lines as a table, "" where a line is shorter than the longest."""
    return pd.DataFrame(lines, dtype="object").fillna("")


def _headed(head: str, delimiter: str, is_heading: Callable[[list[str]], bool]) -> bool:
    """Return whether a delimiter makes one of the first lines of a file its heading."""
    lines = list(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter))
    return any(map(is_heading, lines)) or bool(export_headings.joined(lines, (), is_heading))


def _workbook(
    book: list[Sheet], is_heading: Callable[[list[str]], bool], wanted: str, file: str
) -> tuple[pd.DataFrame, _Heading]:
    """Return the cells of the one sheet that has the heading, and the heading."""
    found, others, tried = {}, [], []
    for sheet in book:
        cells = _texts(sheet)
        lines = cells.head(2 * _HEADING_WITHIN).to_numpy().tolist()
        tried += [lines] if lines else []
        try:
            heading = _heading(lines, sheet.merged, is_heading, wanted, file)
            found[sheet.name] = cells, heading
        except ValueError:
            others += [sheet.name] if lines else []
    if len(found) > 1:
        raise SeveralTables(
            f"{file}: sheets {' and '.join(found)} both have a table; keep one to a file"
        )
    if not found:
        _heading(tried[0] if tried else [], (), is_heading, wanted, file)
    cells, heading = next(iter(found.values()))
    cells.attrs["others"] = others
    return cells, heading


def _texts(sheet: Sheet) -> pd.DataFrame:
    """Return the cells of a sheet as text, a merged text or date in each row that it is merged
    over, with the hidden rows and columns in `attrs`.
    """
    cells = layout.filled(sheet)
    cells = cells.map(_shown).reset_index(drop=True) if cells.size else cells
    cells.attrs["hidden"] = sorted(row for row in sheet.hidden if row <= len(cells))
    cells.attrs["hidden_columns"] = sheet.columns_hidden()
    return cells


def _shown(value: object) -> str:
    """Return a cell of Excel as text: a number that lost its last digits as 5.12E+31."""
    if value is None or value != value:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) >= _EXACT:
            return f"{value:.14E}"
        return str(int(value)) if value == int(value) else str(value)
    return str(value)


def _head(text: str) -> str:
    """Return the first lines of a text."""
    return "\n".join(text[:_HEAD_CHARACTERS].splitlines()[:_HEADING_WITHIN])


def _clean(cell: str) -> str:
    """Return a cell on one line, without extra blanks, invisible characters and Excel's guard:
    ="0123" is 0123.
    """
    if not _ODD.search(cell):
        return cell
    text = " ".join(_INVISIBLE.sub("", cell).replace("\xa0", " ").split())
    return text[2:-1] if text.startswith('="') and text.endswith('"') else text


def _clean_lines(cell: str) -> str:
    """Return a cell with several lines, each clean."""
    return "\n".join(map(_clean, cell.splitlines()))
