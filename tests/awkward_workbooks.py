"""Awkward workbooks: Excel and OpenDocument, each with one trap and its truth (see `awkward`)."""

from __future__ import annotations

import datetime as dt
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

from awkward import (
    EN,
    EN_CLEAN,
    HOURS,
    MAIN,
    PV,
    Awkward,
    Clean,
    Refused,
    body,
    rows_in,
    workbook,
)
from openpyxl.utils.datetime import CALENDAR_MAC_1904, to_excel

FIXTURES = Path(__file__).parent / "fixtures"


def _merged_headings(book) -> None:
    sheet = book.active
    sheet["A1"] = "用电量报表"
    sheet.merge_cells("A1:E1")
    rows_in(
        book,
        ["时间", "A座", None, "B座", None],
        [None, "电量(kWh)", "费用(元)", "电量(kWh)", "费用(元)"],
        at=2,
    )
    for span in ("A2:A3", "B2:C2", "D2:E2"):
        sheet.merge_cells(span)
    rows_in(book, *[[*row, row[1], row[2]] for row in body()], at=4)


def _merged_body(book) -> None:
    rows_in(book, ["日期", "电表", "电量(kWh)", "区域合计(kWh)"])
    for number, (day, meter, value) in enumerate(
        (d, m, v) for d in (1, 2) for m, v in (("A", 1.5), ("B", 2.5))
    ):
        rows_in(
            book,
            [
                dt.datetime(2025, 1, day) if meter == "A" else None,
                meter,
                value,
                4.0 if meter == "A" else None,
            ],
            at=number + 2,
        )
    for span in ("A2:A3", "A4:A5", "D2:D3", "D4:D5"):
        book.active.merge_cells(span)


def _merged_groups(book) -> None:
    rows_in(
        book,
        ["制表日期：", dt.datetime(2025, 4, 1)],
        ["楼栋", "电表", "1月", "2月", "3月"],
        ["1号楼", "A", 1.5, 2.0, 1.0],
        [None, "B", 3.0, 4.0, 1.0],
        ["2号楼", "C", 5.0, 6.0, 1.0],
        ["2号楼小计", None, 5.0, 6.0, 1.0],
        ["总计", None, 9.5, 12.0, 3.0],
    )
    book.active.merge_cells("A3:A4")


def _hidden_rows(book) -> None:
    rows_in(book, EN, *body())
    for row in (3, 4):
        book.active.row_dimensions[row].hidden = True


def _sheets(book) -> None:
    rows_in(book, EN, *body())
    other = book.create_sheet("Gas")
    for row in (["month", "gas (m3)"], ["2025-01", 12.5], ["2025-02", 11]):
        other.append(row)
    book.create_sheet("empty")
    book.create_sheet("old").append(["time", 1])
    book["old"].sheet_state = "hidden"


def _serials(book) -> None:
    rows_in(book, EN, *[[to_excel(hour), main, pv] for hour, main, pv in body()])


def _of_1904(book) -> None:
    book.epoch = CALENDAR_MAC_1904
    rows_in(book, EN, *body())


def _formulas(book) -> None:
    rows_in(book, EN, *body())
    book.active["B4"] = "=B3*2"


def _error(book) -> None:
    rows_in(book, EN, *body())
    book.active["B4"] = "#REF!"
    book.active["B4"].data_type = "e"


def _texts(book) -> None:
    rows_in(book, EN, *[[hour, f"{main:,.2f}", pv] for hour, main, pv in body()])


def _date_for_number(book) -> None:
    rows_in(book, EN, *body())
    book.active["C5"] = dt.datetime(2025, 5, 1)  # 1.5 as Excel takes it


def _far_cell(book) -> None:
    rows_in(book, EN, *body())
    book.active["XFD1048576"] = "x"


def _clock_of_24(book) -> None:
    rows_in(
        book, ["time", "kWh"], *[[dt.timedelta(hours=hour), float(hour)] for hour in (1, 23, 24)]
    )
    for row in (2, 3, 4):
        book.active.cell(row, 1).number_format = "[h]:mm"


def _fixture(name: str) -> Callable[[Path], Path]:
    return lambda folder: Path(shutil.copy(FIXTURES / name, folder / name))


def ods(name: str, *rows: str, styles: str = "") -> Callable[[Path], Path]:
    """Return what writes an OpenDocument sheet of rows, and styles, given in its XML."""
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("office", "table", "text", "style")
    )
    spaces += ' xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"'
    calc = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces} {calc}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles><office:body>"
        f'<office:spreadsheet><table:table table:name="读数">{"".join(rows)}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )

    def make(folder: Path) -> Path:
        with zipfile.ZipFile(folder / name, "w") as book:
            book.writestr("mimetype", kind)
            book.writestr("content.xml", content)
            book.writestr(
                "META-INF/manifest.xml",
                '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
                f'<m:file-entry m:full-path="/" m:media-type="{kind}"/></m:manifest>',
            )
        return folder / name

    return make


def ods_row(*cells: object, about: str = "", style: str = "") -> str:
    """Return a row in OpenDocument's XML; `style` is that of its numbers."""

    def shown(cell: object) -> str:
        text = f"<text:p>{cell}</text:p></table:table-cell>"
        if isinstance(cell, dt.datetime):
            return f'office:value-type="date" office:date-value="{cell.isoformat()}"/>'
        if isinstance(cell, float):
            named = f'table:style-name="{style}" ' if style else ""
            return f'{named}office:value-type="float" office:value="{cell}"/>'
        if cell == "#DIV/0!":
            return f'calcext:value-type="error" office:value-type="string">{text}'
        return f'office:value-type="string">{text}'

    held = "".join(f"<table:table-cell {shown(cell)}" for cell in cells)
    return f"<table:table-row {about}>{held}</table:table-row>"


def xlsb(
    name: str,
    rows: list[list],
    hidden: tuple[int, ...] = (),
    code: str = "",
    unseen: tuple[int, ...] = (),
) -> Callable[[Path], Path]:
    """Return what writes a binary workbook of one sheet, in records of [MS-XLSB]; `code` is the
    number format of its numbers, `unseen` are its hidden columns.
    """

    def record(kind: int, data: bytes = b"") -> bytes:
        code = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
        return code + bytes([len(data) & 0x7F | 0x80, len(data) >> 7]) + data

    def wide(text: str) -> bytes:
        return struct.pack("<I", len(text)) + text.encode("utf-16-le")

    def cell(column: int, value: object) -> bytes:
        start = struct.pack("<II", column, 0)
        if value == "#REF!":
            return record(3, start + b"\x17")
        if isinstance(value, str):
            return record(6, start + wide(value))
        start = struct.pack("<II", column, 1 if code else 0)
        return record(5, start + struct.pack("<d", float(value)))

    def line(number: int, row: list) -> bytes:
        flags = 0x10 if number + 1 in hidden else 0
        head = struct.pack("<IIHBBBI", number, 0, 300, 0, flags, 0, 0)
        return record(0, head) + b"".join(cell(n, each) for n, each in enumerate(row))

    size = struct.pack("<IIII", 0, len(rows) - 1, 0, max(map(len, rows)) - 1)
    sheet = b"".join(
        [
            *(record(129), record(148, size)),
            *(record(60, struct.pack("<IIIIH", n, n, 2560, 0, 1)) for n in unseen),
            record(145),
            *(line(number, row) for number, row in enumerate(rows)),
            *(record(146), record(130)),
        ]
    )
    bundle = record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("读数"))
    book = record(131) + record(143) + bundle + record(144) + record(132)
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Target="worksheets/sheet1.bin" Type="http://schemas.openxmlformats'
        '.org/officeDocument/2006/relationships/worksheet"/></Relationships>'
    )

    one = [struct.pack("<HHHHHBBBBH", 0, each, 0, 0, 0, 0, 0, 0, 0, 0) for each in (0, 200)]
    styles = b"".join(
        [
            *(record(278), record(615, struct.pack("<I", 1))),
            *(record(44, struct.pack("<H", 200) + wide(code)), record(616)),
            *(record(626, struct.pack("<I", 1)), record(47, one[1]), record(627)),
            *(record(617, struct.pack("<I", 2)), *(record(47, each) for each in one), record(618)),
            record(279),
        ]
    )

    def make(folder: Path) -> Path:
        with zipfile.ZipFile(folder / name, "w") as package:
            package.writestr("xl/workbook.bin", book)
            package.writestr("xl/_rels/workbook.bin.rels", relations)
            package.writestr("xl/worksheets/sheet1.bin", sheet)
            if code:
                package.writestr("xl/styles.bin", styles)
        return folder / name

    return make


SERIAL_ROWS = [[to_excel(hour), main, pv] for hour, main, pv in body()]
ODS_ROWS = [ods_row(*EN), *(ods_row(*row) for row in body())]

WORKBOOKS = [
    Awkward(
        "merged headings of two lines",
        workbook("merged.xlsx", _merged_headings),
        [
            Clean(
                {"A座 / 电量(kWh)": MAIN, "A座 / 费用(元)": PV, "B座 / 电量(kWh)": MAIN},
                tuple(range(4, 10)),
                units={"A座 / 费用(元)": "元"},
                left={1: "preamble"},
            )
        ],
    ),
    Awkward(
        "merged cells in the body",
        workbook("merged_body.xlsx", _merged_body),
        [
            Clean(
                {"电量(kWh)": [1.5, 2.5, 1.5, 2.5], "区域合计(kWh)": [4.0, None, 4.0, None]},
                (2, 3, 4, 5),
                texts={"日期": [dt.datetime(2025, 1, day) for day in (1, 1, 2, 2)]},
            )
        ],
    ),
    Awkward(
        "merged groups under months, a date above them, one subtotal missing",
        workbook("merged_groups.xlsx", _merged_groups),
        [
            Clean(
                {"1月": [1.5, 3.0, 5.0], "3月": [1.0, 1.0, 1.0]},
                (3, 4, 5),
                totals=(6, 7),
                left={1: "preamble"},
                texts={"楼栋": ["1号楼", "1号楼", "2号楼"]},
            )
        ],
    ),
    Awkward(
        "hidden rows",
        workbook("hidden.xlsx", _hidden_rows),
        [
            Clean(
                {"main (kWh)": [MAIN[0], *MAIN[3:]]},
                (2, 5, 6, 7),
                left={3: "hidden", 4: "hidden"},
            )
        ],
    ),
    Awkward(
        "several sheets, one hidden, one empty",
        workbook("sheets.xlsx", _sheets),
        [EN_CLEAN, Clean({"gas (m3)": [12.5, 11.0]}, (2, 3)), Clean({}, (1,))],
    ),
    Awkward(
        "dates as Excel's serial numbers",
        workbook("serials.xlsx", _serials),
        [Clean(EN_CLEAN.values, texts={"time": [to_excel(hour) for hour in HOURS]})],
    ),
    Awkward(
        "dates counted from 1904",
        workbook("of_1904.xlsx", _of_1904),
        [Clean(EN_CLEAN.values, texts={"time": HOURS})],
    ),
    Awkward(
        "a formula that was never calculated",
        workbook("formulas.xlsx", _formulas),
        Refused(("formulas.xlsx", "读数", "B4", "formula")),
    ),
    Awkward("an error", workbook("error.xlsx", _error), Refused(("row 4", "#REF!"))),
    Awkward("numbers as text", workbook("texts.xlsx", _texts), [EN_CLEAN]),
    Awkward(
        "a date among numbers",
        workbook("date.xlsx", _date_for_number),
        Refused(("row 5", "2025-05-01")),
    ),
    Awkward(
        "a cell far away",
        workbook("far.xlsx", _far_cell),
        Refused(("far.xlsx", "读数", "1,048,576", "XFD")),
    ),
    Awkward(
        "24:00 as a duration",
        workbook("clock.xlsx", _clock_of_24),
        [
            Clean(
                {"kWh": [1.0, 23.0, 24.0]},
                (2, 3, 4),
                texts={"time": ["01:00:00", "23:00:00", "24:00:00"]},
            )
        ],
    ),
    Awkward(
        "Excel 97 with a hidden row, an error and a hidden sheet",
        _fixture("awkward.xls"),
        [
            Clean(
                {"电量(kWh)": [1.5, 2.5, 4.5, 5.5]},
                (2, 3, 5, 6),
                left={4: "hidden"},
                texts={
                    "时间": [HOURS[0], HOURS[1], HOURS[3], HOURS[4]],
                    "状态": ["正常", "正常", "#REF!", "正常"],
                },
            ),
            Clean({}, (1,)),
        ],
    ),
    Awkward(
        "a binary workbook with a hidden row",
        xlsb("binary.xlsb", [EN, *SERIAL_ROWS], hidden=(4,)),
        [Clean({"main (kWh)": [*MAIN[:2], *MAIN[3:]]}, (2, 3, 5, 6, 7), left={4: "hidden"})],
    ),
    Awkward(
        "a binary workbook with an error",
        xlsb("binary_error.xlsb", [EN, *SERIAL_ROWS[:2], [45000.0, "#REF!", 1.0]]),
        Refused(("row 4", "#REF!")),
    ),
    Awkward("OpenDocument", ods("open.ods", *ODS_ROWS), [EN_CLEAN]),
    Awkward(
        "OpenDocument with a filtered row",
        ods(
            "filtered.ods",
            *ODS_ROWS,
            ods_row(HOURS[0], 9.0, 9.0, about='table:visibility="filter"'),
        ),
        [Clean(EN_CLEAN.values, left={8: "hidden"})],
    ),
    Awkward(
        "OpenDocument with an error",
        ods("error.ods", *ODS_ROWS[:3], ods_row(HOURS[2], "#DIV/0!", 1.5)),
        Refused(("row 4", "#DIV/0!")),
    ),
]
