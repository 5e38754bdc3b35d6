"""What a workbook says of its cells beside their values: hidden rows and columns, errors, formulas
that were never calculated. calamine gives an error and a formula without a value as a blank cell.
"""

from __future__ import annotations

import itertools
import re
import zipfile
from collections.abc import Iterator
from typing import NamedTuple

from defusedxml import ElementTree

from neutrality import sheets
from neutrality.files import workbook_styles
from neutrality.files.binary_records import records, wide
from neutrality.files.cells import letter
from neutrality.files.number_formats import PERCENT, Format

_ROW = re.compile(rb"<(?:\w+:)?row\s([^>]*)>")
_IS_HIDDEN = re.compile(rb"\bhidden=[\"'](?:1|true)[\"']")
_COLUMNS = re.compile(rb"<(?:\w+:)?col\s([^>]*)>")
_ENDS = re.compile(rb"\b(min|max)=[\"'](\d+)[\"']")
_NUMBERED = re.compile(rb"\br=[\"'](\d+)[\"']")
_ERROR = re.compile(
    rb"<(?:\w+:)?c\s([^>]*\bt=[\"']e[\"'][^>]*)>(?:<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>))?"
    rb"<(?:\w+:)?v>([^<]*)<"
)
# <c r="B2"><f>A2*2</f></c>, or an empty <v>; a text that is empty (t="str") is a value
_UNCALCULATED = re.compile(
    rb"<(?:\w+:)?c\s([^>]*)>\s*<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>|</(?:\w+:)?c>)"
)
_PLACE = re.compile(rb"\br=[\"']([A-Z]+)(\d+)[\"']")
# a cell that is not empty: <c r="B2"><v>
_FILLED = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br=[\"']([A-Z]+)\d+[\"'][^>]*[^/]>")
_CELL, _STYLE = re.compile(rb"<(?:\w+:)?c\s([^>]*)>"), re.compile(rb"\bs=[\"'](\d+)[\"']")
_LETTERS = 26
_CELL_RECORDS = range(2, 12)  # cells with a value, a formula's among them
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_DEFAULT_STYLE = f"{_TABLE}default-cell-style-name"
_NUMBERS = ("float", "percentage", "currency")
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
# [MS-XLSB] 2.5: records of a sheet, and the codes of error values
_ROW_HEADER, _CELL_ERROR, _FORMULA_ERROR = 0, 3, 11
_BUNDLE_SHEET, _BUNDLE_NAMES = 156, 8  # a sheet in the workbook; where its id and name begin
_ROW_FLAGS, _FLAG_HIDDEN, _ERROR_CODE = 11, 0x10, 8
_COLUMN_INFO, _COLUMN_FLAGS, _COLUMN_HIDDEN = 60, 16, 0x01
ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}


class Marks(NamedTuple):
    """The marks of one sheet; rows counted from 1, columns from 0."""

    hidden: frozenset[int]
    errors: dict[tuple[int, int], str]  # (row, column) -> "#REF!"
    uncalculated: tuple[str, ...]  # cells with a formula and no value: "B5"
    rows: int = 0  # up to the last one with a value
    columns: int = 0
    formats: dict[tuple[int, int], Format] = {}  # of numbers that are shown with a unit
    hidden_columns: frozenset[int] = frozenset()


NONE = Marks(frozenset(), {}, ())


def of_xlsx(book: zipfile.ZipFile) -> dict[str, Marks]:
    """Return the marks of each sheet of an .xlsx or .xlsm by its name."""
    styles = workbook_styles.of_xlsx(book)
    return {
        name: _of_xml(book.read(part), styles)
        for name, part in _parts(book).items()
        if _is_sheet(part)
    }


def _is_sheet(part: str) -> bool:
    return part.startswith("xl/worksheets/")


def _parts(book: zipfile.ZipFile) -> dict[str, str]:
    """Return the part of the package that holds each sheet, by the sheet's name."""
    related = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
    target = {each.get("Id"): each.get("Target", "") for each in related}
    found = {}
    book_xml = ElementTree.fromstring(book.read("xl/workbook.xml"))
    for sheet in book_xml.iterfind(".//{*}sheet"):
        ids = [value for name, value in sheet.items() if name.endswith("}id")]
        part = target.get(ids[0], "") if ids else ""
        found[sheet.get("name", "")] = part.lstrip("/") if part[:1] == "/" else f"xl/{part}"
    return {name: part for name, part in found.items() if part in book.namelist()}


def _of_xml(text: bytes, styles: dict[int, Format]) -> Marks:
    hidden, row = set(), 0
    for attributes in _ROW.findall(text) if b"hidden=" in text else ():
        numbered = _NUMBERED.search(attributes)
        row = int(numbered[1]) if numbered else row + 1
        if _IS_HIDDEN.search(attributes):
            hidden.add(row)
    errors = {_place(cell): value.decode() for cell, value in _ERROR.findall(text)}
    formulas = _UNCALCULATED.findall(text) if re.search(rb"<(?:\w+:)?f\b", text) else ()
    without = tuple(_name(cell) for cell, _ in formulas if b't="str"' not in cell)
    if errors.pop(None, ""):
        without += (_name(b""),)  # an error without a place would be a blank
    columns = max(map(_column, set(_FILLED.findall(text))), default=-1) + 1
    styled = _CELL.findall(text) if styles else ()
    formats = {
        _place(cell): styles[int(style[1])]
        for cell in styled
        if (style := _STYLE.search(cell)) and int(style[1]) in styles
    }
    formats.pop(None, None)
    unseen = _hidden_columns(text)
    return Marks(frozenset(hidden), errors, without, _last_row(text), columns, formats, unseen)


def _hidden_columns(text: bytes) -> frozenset[int]:
    """Return the hidden columns of an .xlsx sheet: <col min="2" max="3" hidden="1"/>."""
    found = set()
    for attributes in filter(_IS_HIDDEN.search, _COLUMNS.findall(text)):
        ends = {name: int(number) for name, number in _ENDS.findall(attributes)}
        found |= _columns(ends.get(b"min", 1) - 1, ends.get(b"max", 0))
    return frozenset(found)


def _columns(first: int, end: int) -> set[int]:
    return set(range(first, min(end, sheets.MAX_COLUMNS)))


def _name(attributes: bytes) -> str:
    found = _PLACE.search(attributes)
    return b"".join(found.groups()).decode() if found else "a cell without a place"


def _last_row(text: bytes) -> int:
    """Return the number of the last row with a cell that is not empty."""
    end = max(text.rfind(b"<v>"), text.rfind(b":v>"), text.rfind(b"<is>"))
    start = max(text.rfind(b"<row", 0, max(end, 0)), text.rfind(b":row", 0, max(end, 0)))
    numbered = _NUMBERED.search(text, start, text.find(b">", start)) if start >= 0 else None
    return int(numbered[1]) if numbered else 0


def _place(attributes: bytes) -> tuple[int, int] | None:
    found = _PLACE.search(attributes)
    return (int(found[2]), _column(found[1])) if found else None


def _column(letters: bytes) -> int:
    """Return the column of its letters, counted from 0.

    >>> _column(b"A"), _column(b"AA")
    (0, 26)
    """
    number = 0
    for each in letters:
        number = _LETTERS * number + each - ord("A") + 1
    return number - 1


def of_xlsb(book: zipfile.ZipFile) -> dict[str, Marks]:
    """Return the marks of each sheet of an .xlsb by its name."""
    related = ElementTree.fromstring(book.read("xl/_rels/workbook.bin.rels"))
    target = {each.get("Id"): each.get("Target", "") for each in related}
    found, styles = {}, workbook_styles.of_xlsb(book)
    for kind, body in records(book.read("xl/workbook.bin")):
        if kind == _BUNDLE_SHEET:
            named, at = wide(body, _BUNDLE_NAMES)
            name, _ = wide(body, at)
            part = f"xl/{target.get(named, '')}"
            if part in book.namelist():
                found[name] = _of_records(book.read(part), styles)
    return found


def _of_records(data: bytes, styles: dict[int, Format]) -> Marks:
    hidden, errors, formats, row, rows, columns = set(), {}, {}, 0, 0, 0
    unseen = set()
    for kind, body in records(data):
        if kind == _ROW_HEADER:
            row = int.from_bytes(body[:4], "little") + 1
            if body[_ROW_FLAGS] & _FLAG_HIDDEN:
                hidden.add(row)
        elif kind in _CELL_RECORDS:
            column = int.from_bytes(body[:4], "little")
            rows, columns = row, max(columns, column + 1)
            if kind in (_CELL_ERROR, _FORMULA_ERROR):
                errors[row, column] = ERRORS.get(body[_ERROR_CODE], "#ERROR!")
            elif (style := int.from_bytes(body[4:7], "little")) in styles:
                formats[row, column] = styles[style]
        elif kind == _COLUMN_INFO and body[_COLUMN_FLAGS] & _COLUMN_HIDDEN:
            first, last = (int.from_bytes(body[at : at + 4], "little") for at in (0, 4))
            unseen |= _columns(first, last + 1)
    return Marks(frozenset(hidden), errors, (), rows, columns, formats, frozenset(unseen))


def of_ods(book: zipfile.ZipFile) -> dict[str, Marks]:
    """Return the marks of each sheet of an .ods by its name."""
    root, styles = ElementTree.fromstring(book.read("content.xml")), workbook_styles.of_ods(book)
    return {
        table.get(f"{_TABLE}name", ""): _of_table(table, styles)
        for table in root.iter(f"{_TABLE}table")
    }


def _of_table(table, styles: dict[str, Format]) -> Marks:
    hidden, errors, without, number, rows, columns = set(), {}, [], 0, 0, 0
    formats, shown_as = {}, (_by_column(table, _DEFAULT_STYLE, ""), styles)
    for row in table.iter(f"{_TABLE}table-row"):
        times = int(row.get(f"{_TABLE}number-rows-repeated", 1))
        cells = list(_cells(row))
        filled = [end for _, end, cell in cells if cell.get(f"{_OFFICE}value-type")]
        if filled:
            rows, columns = number + times, max(columns, *filled)
            if row.get(f"{_TABLE}visibility", "visible") != "visible":
                hidden |= {number + 1, rows} if times > sheets.MAX_ROWS else _range(number, times)
        if times <= sheets.MAX_ROWS:
            formats |= _formats(row, cells, range(number + 1, number + times + 1), *shown_as)
        for column, _, cell in cells:
            if cell.get(f"{_CALC}value-type") == "error":
                errors[number + 1, column] = "".join(cell.itertext()) or "#ERROR!"
            elif cell.get(f"{_TABLE}formula") and not cell.get(f"{_OFFICE}value-type"):
                without.append(f"{letter(column)}{number + 1}")
        number += times
    unseen = _collapsed(table)
    return Marks(frozenset(hidden), errors, tuple(without), rows, columns, formats, unseen)


def _collapsed(table) -> frozenset[int]:
    """Return the hidden columns of an .ods table."""
    seen = _by_column(table, f"{_TABLE}visibility", "visible")
    return frozenset(column for column, how in seen.items() if how != "visible")


def _by_column(table, attribute: str, without: str) -> dict[int, str]:
    """Return what an attribute says of each column of an .ods table."""
    found, at = {}, 0
    for each in table.iter(f"{_TABLE}table-column"):
        end = at + int(each.get(f"{_TABLE}number-columns-repeated", 1))
        found |= dict.fromkeys(_columns(at, end), each.get(attribute, without))
        at = end
    return found


def _formats(
    row, cells: list, rows: range, of_columns: dict[int, str], styles: dict[str, Format]
) -> dict[tuple[int, int], Format]:
    """Return how the numbers of an .ods row are shown that are not shown plainly, in each of the
    rows that it stands for.
    """
    found = {}
    for column, end, cell in cells:
        if how := _format(cell, row, of_columns.get(column, ""), styles):
            found |= dict.fromkeys(itertools.product(rows, range(column, end)), how)
    return found


def _format(cell, row, of_column: str, styles: dict[str, Format]) -> Format | None:
    """Return how a number in an .ods cell is shown, None where plainly or where it holds none."""
    kind = cell.get(f"{_OFFICE}value-type")
    if kind not in _NUMBERS:
        return None
    name = cell.get(f"{_TABLE}style-name") or row.get(_DEFAULT_STYLE) or of_column
    return styles.get(name) or (PERCENT if kind == "percentage" else None)


def _range(number: int, times: int) -> set[int]:
    return set(range(number + 1, number + times + 1))


def _cells(row) -> Iterator[tuple[int, int, object]]:
    """Yield first and following column, and the element, of each cell of an .ods row."""
    column = 0
    for cell in row:
        end = column + int(cell.get(f"{_TABLE}number-columns-repeated", 1))
        yield column, end, cell
        column = end
