"""Excel and OpenDocument workbooks: every sheet, with what is hidden, merged or an error."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

import numpy as np
import python_calamine as calamine
import xlrd

from neutrality import sheets
from neutrality.files import number_formats, workbook_marks
from neutrality.files.cells import Sheet, framed, letter

_SHOWN = 5  # cells named in a refusal
_DURATION = re.compile(r"P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?")
_SECONDS = 3600
_HALF = 500_000  # [us] of a second
_MARKS = {
    "xlsx": workbook_marks.of_xlsx,
    "xlsm": workbook_marks.of_xlsx,
    "xlsb": workbook_marks.of_xlsb,
    "ods": workbook_marks.of_ods,
}


def read(raw: bytes, kind: str, file: str) -> list[Sheet]:
    """Return the sheets of a workbook of the kind xls, xlsx, xlsm, xlsb or ods.

    Dates are datetimes, in either of Excel's date systems; times of day and durations texts such
    as "24:00:00"; errors the text that Excel shows ("#REF!"). Raises ValueError for what is no
    workbook, one with a password, and formulas that were never calculated.
    """
    try:
        return _of_xls(raw) if kind == "xls" else _of_package(raw, kind, file)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # whatever a parser meets in a damaged file, a panic of Rust too
        if str(error).startswith(f"{file},"):
            raise
        raise ValueError(
            f"{file}: cannot be read as .{kind} ({error}); open it, remove its password if it has "
            "one, and save it as .xlsx"
        ) from error


def _of_package(raw: bytes, kind: str, file: str) -> list[Sheet]:
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        marks = _MARKS[kind](package)
    for name, each in marks.items():
        _refuse(name, each, file)
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
    return [
        _sheet(book, about, kind, marks.get(about.name, workbook_marks.NONE))
        for about in book.sheets_metadata
        if about.typ == calamine.SheetTypeEnum.WorkSheet
    ]


def _refuse(name: str, marks: workbook_marks.Marks, file: str) -> None:
    """Raise ValueError for a sheet that is too large to be opened, or was never calculated."""
    if marks.rows > sheets.MAX_ROWS or marks.columns > sheets.MAX_COLUMNS:
        raise ValueError(
            f"{file}, sheet {name!r}: found a cell in row {marks.rows:,} or column "
            f"{letter(marks.columns - 1)}, where a table has at most {sheets.MAX_ROWS:,} rows and "
            f"{sheets.MAX_COLUMNS} columns; remove cells that lie apart, or split the table"
        )
    if marks.uncalculated:
        cells = ", ".join(marks.uncalculated[:_SHOWN])
        raise ValueError(
            f"{file}, sheet {name!r}, {cells}: found {len(marks.uncalculated)} formulas "
            "without a value; open the file in a spreadsheet program and save it"
        )


def _sheet(book, about, kind: str, marks: workbook_marks.Marks) -> Sheet:
    held = book.get_sheet_by_name(about.name)
    values = _grid(held.to_python(skip_empty_area=False), marks.errors)
    values = _shown(values, marks.formats)
    if kind == "ods":
        values = np.frompyfunc(_of_duration, 1, 1)(values)
    spans = (each for each in held.merged_cell_ranges or ())
    merged = tuple((top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in spans)
    visible = about.visible == calamine.SheetVisibleEnum.Visible
    state = "visible" if visible else "hidden"
    return Sheet(
        about.name, framed(values), marks.hidden, state, merged, hidden_columns=marks.hidden_columns
    )


def _shown(values: np.ndarray, formats: dict) -> np.ndarray:
    """Return the cells with the numbers as text that a number format shows with a unit."""
    height, width = values.shape
    for (row, column), how in formats.items():
        if row <= height and column < width:
            values[row - 1, column] = number_formats.shown(values[row - 1, column], how)
    return values


def _grid(rows: list[list], errors: dict[tuple[int, int], str]) -> np.ndarray:
    """Return the cells as objects, blank ones None, errors as their text."""
    height = max([len(rows), *(row for row, _ in errors)])
    width = max([*map(len, rows[:1]), *(column + 1 for _, column in errors)], default=0)
    values = np.full((height, width), None, dtype=object)
    for number, row in enumerate(rows):
        values[number, : len(row)] = row
    for (row, column), error in errors.items():
        values[row - 1, column] = error
    return _plain(values)


def _plain(values: np.ndarray) -> np.ndarray:
    """Return the cells with None for blanks, a datetime for a date and a text for a duration."""
    values[values == ""] = None
    kinds = np.frompyfunc(type, 1, 1)(values)
    for kind in {*kinds.ravel()} - {str, float, bool, type(None)}:
        where = kinds == kind
        values[where] = [_as_contract(each) for each in values[where]]
    return values


def _as_contract(value: object) -> object:
    if isinstance(value, dt.datetime):
        up = dt.timedelta(seconds=value.microsecond >= _HALF)
        return value.replace(microsecond=0) + up  # 00:59:59.9999 is 01:00 of a serial number
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    if isinstance(value, dt.time):
        return value.strftime("%H:%M:%S")
    if isinstance(value, dt.timedelta):
        return _clock(value.days, 0, 0, round(value.seconds + value.microseconds / 1e6))
    return float(value) if isinstance(value, int) else str(value)


def _of_duration(value: object) -> object:
    """Return a duration of OpenDocument, such as PT24H00M00S, as hours, minutes and seconds."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    return _clock(*(int(part or 0) for part in found.groups())) if found else value


def _clock(days: int, hours: int, minutes: int, seconds: int) -> str:
    """Return a duration as hours, which may be 24 or more, minutes and seconds.

    >>> _clock(1, 0, 0, 0)
    '24:00:00'
    """
    whole = dt.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    hours, rest = divmod(int(whole.total_seconds()), _SECONDS)
    return f"{hours:02}:{rest // 60:02}:{rest % 60:02}"


def _of_xls(raw: bytes) -> list[Sheet]:
    """Return the sheets of a workbook of Excel 97 to 2003; xlrd tells what is hidden in it."""
    book = xlrd.open_workbook(file_contents=raw, formatting_info=True, logfile=io.StringIO())
    codes = [book.format_map[each.format_key].format_str for each in book.xf_list]
    formats = [number_formats.of(code or "") for code in codes]
    return [_xls_sheet(sheet, book.datemode, formats) for sheet in book.sheets()]


def _xls_sheet(sheet: xlrd.sheet.Sheet, datemode: int, formats: list) -> Sheet:
    values = np.full((sheet.nrows, sheet.ncols), None, dtype=object)
    for row in range(sheet.nrows):
        for column, cell in enumerate(sheet.row(row)):
            how = formats[cell.xf_index]
            values[row, column] = number_formats.shown(_xls_value(cell, datemode), how)
    hidden = frozenset(row + 1 for row, info in sheet.rowinfo_map.items() if info.hidden)
    merged = tuple((top + 1, left, end, right - 1) for top, end, left, right in sheet.merged_cells)
    state = "hidden" if sheet.visibility else "visible"
    unseen = frozenset(column for column, info in sheet.colinfo_map.items() if info.hidden)
    return Sheet(sheet.name, framed(_plain(values)), hidden, state, merged, hidden_columns=unseen)


def _xls_value(cell: xlrd.sheet.Cell, datemode: int) -> object:
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return workbook_marks.ERRORS.get(cell.value, "#ERROR!")
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype != xlrd.XL_CELL_DATE:
        return cell.value
    if cell.value < 1:  # a time of day
        return dt.timedelta(days=cell.value)
    try:
        return xlrd.xldate_as_datetime(cell.value, datemode)
    except (xlrd.XLDateError, ValueError):
        return cell.value
