"""Awkward files, each with one trap and a known truth: what an import must find, or refuse.

`FILES` are traps on the way to a clean table (encodings, headings, totals, hidden rows, ...). A
truth is `Clean` tables or `Refused` with words that its message must have. `make` writes the file
into a folder and returns its path.
"""

from __future__ import annotations

import datetime as dt
import gzip
import shutil
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904, to_excel

FIXTURES = Path(__file__).parent / "fixtures"
HOURS = [dt.datetime(2025, 3, 1, hour) for hour in range(6)]
MAIN = [120.5, 98.25, 87.0, 101.75, 1234.5, 66.0]  # [kWh] of each hour
PV = [0.0, 0.5, 1.5, 3.25, 2.0, 0.25]
SUM = sum(MAIN)
FIRST = tuple(range(2, 8))  # rows of six hours below a heading in row 1


@dataclass(frozen=True)
class Clean:
    """One table as it must be found."""

    values: dict[str, list]  # heading -> numbers, None where there is none
    rows: tuple[int, ...] = FIRST  # of the body, as Excel shows them
    units: dict[str, str] = field(default_factory=dict)
    totals: tuple[int, ...] = ()
    left: dict[int, str] = field(default_factory=dict)  # row -> kind
    texts: dict[str, list] = field(default_factory=dict)  # heading -> cells as they stand


@dataclass(frozen=True)
class Refused:
    """Words that the refusal must have: row, column, what was found."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Awkward:
    """A file with one trap."""

    name: str
    make: Callable[[Path], Path]
    truth: list[Clean] | Refused | object


def text_file(name: str, text: str, encoding: str = "utf-8") -> Callable[[Path], Path]:
    """Return what writes a text in an encoding; .gz is packed."""

    def make(folder: Path) -> Path:
        raw = text.encode(encoding)
        (folder / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        return folder / name

    return make


def workbook(name: str, fill: Callable) -> Callable[[Path], Path]:
    """Return what writes a workbook that `fill` has filled."""

    def make(folder: Path) -> Path:
        book = openpyxl.Workbook()
        book.active.title = "读数"
        fill(book)
        book.save(folder / name)
        return folder / name

    return make


def lines(*rows: list, sep: str = ",", decimal: str = ".") -> str:
    """Return rows as delimited text."""

    def shown(cell: object) -> str:
        if isinstance(cell, dt.datetime):
            return f"{cell:%Y-%m-%d %H:%M}"
        return str(cell).replace(".", decimal) if isinstance(cell, float) else str(cell)

    return "".join(sep.join(map(shown, row)) + "\n" for row in rows)


def body() -> list[list]:
    """Return the six hours with main meter and PV."""
    return [list(row) for row in zip(HOURS, MAIN, PV, strict=True)]


ZH, EN = ["时间", "总表(kWh)", "光伏(kWh)"], ["time", "main (kWh)", "pv (kWh)"]
ZH_CLEAN = Clean({"总表(kWh)": MAIN, "光伏(kWh)": PV}, units={"总表(kWh)": "kWh"})
EN_CLEAN = Clean({"main (kWh)": MAIN, "pv (kWh)": PV}, units={"pv (kWh)": "kWh"})
DE = ["Zeit", "Zähler Süd (kWh)", "Wärme (kWh)"]
DE_CLEAN = Clean({"Zähler Süd (kWh)": MAIN, "Wärme (kWh)": PV})


def shifted(by: int, clean: Clean = EN_CLEAN, **more) -> Clean:
    """Return the table with its rows further down."""
    return Clean(clean.values, tuple(row + by for row in FIRST), **more)


def rows_in(book, *rows: list, at: int = 1) -> None:
    """Write rows into the active sheet from a row on."""
    for number, row in enumerate(rows, at):
        for column, cell in enumerate(row, 1):
            book.active.cell(number, column, cell)


# Text: encodings and delimiters

GROUPED = ["120,5", "98,25", "87,0", "101,75", "1.234,5", "66,0"]
POINTED = ["120.50", "98.25", "87.00", "101.75", '"1,234.50"', "66.00"]

TEXTS = [
    Awkward("utf-8 with a mark", text_file("bom.csv", lines(ZH, *body()), "utf-8-sig"), [ZH_CLEAN]),
    Awkward("gbk", text_file("gbk.csv", lines(ZH, *body()), "gbk"), [ZH_CLEAN]),
    Awkward(
        "gb18030 with a rare character",
        text_file(
            "gb18030.csv",
            lines(["时间", "㙍村总表(kWh)"], *zip(HOURS, MAIN, strict=True)),
            "gb18030",
        ),
        [Clean({"㙍村总表(kWh)": MAIN})],
    ),
    Awkward("utf-16", text_file("utf16.txt", lines(ZH, *body(), sep="\t"), "utf-16"), [ZH_CLEAN]),
    Awkward(
        "utf-16 without a mark",
        text_file("utf16le.txt", lines(ZH, *body(), sep="\t"), "utf-16-le"),
        [ZH_CLEAN],
    ),
    Awkward(
        "windows-1252, semicolons and decimal commas",
        text_file("de.csv", lines(DE, *body(), sep=";", decimal=","), "cp1252"),
        [DE_CLEAN],
    ),
    Awkward(
        "bytes that are Chinese or Western",
        text_file("tie.csv", "time,Größ.\n2025-01-01,1.5\n", "cp1252"),
        Refused(("tie.csv", "row 1", "UTF-8")),
    ),
    Awkward(
        "an encoding of old Macs",
        text_file("mac_roman.csv", lines(DE, *body(), sep=";", decimal=","), "mac_roman"),
        Refused(("mac_roman.csv", "row 1", "UTF-8")),
    ),
    Awkward(
        "an encoding of Taiwan",
        text_file("big5.csv", lines(["時間", "總表(kWh)", "電表"], *body()), "big5"),
        Refused(("big5.csv", "row 1", "UTF-8")),
    ),
    Awkward(
        "utf-8 with one byte that is not",
        lambda folder: _broken_utf8(folder / "broken.csv"),
        Refused(("broken.csv", "row 4", "UTF-8")),
    ),
    Awkward(
        "decimal comma and thousands points",
        text_file(
            "grouped.csv",
            lines(["time", "main (kWh)"], *zip(HOURS, GROUPED, strict=True), sep=";"),
        ),
        [Clean({"main (kWh)": MAIN})],
    ),
    Awkward(
        "thousands commas in quotes",
        text_file("pointed.csv", lines(["time", "main (kWh)"], *zip(HOURS, POINTED, strict=True))),
        [Clean({"main (kWh)": MAIN})],
    ),
    Awkward(
        "decimal commas that are delimiters too",
        text_file(
            "commas.csv", lines(["time", "main (kWh)"], *zip(HOURS, ["1,5"] * 6, strict=True))
        ),
        Refused(("row 2", "3 cells", "decimal comma")),
    ),
    Awkward(
        "two decimal marks in one column",
        text_file(
            "marks.csv",
            lines(["time;kWh"], ["2025-01-01;1.5"], ["2025-01-02;2.5"], ["2025-01-03;3,5"]),
        ),
        Refused(("row 4", "3,5")),
    ),
    Awkward(
        "a line sep=; for Excel",
        text_file("sep.csv", "sep=;\n" + lines(EN, *body(), sep=";")),
        [EN_CLEAN],
    ),
    Awkward("packed", text_file("packed.csv.gz", lines(EN, *body())), [EN_CLEAN]),
    Awkward("tabs", text_file("tabs.tsv", lines(EN, *body(), sep="\t")), [EN_CLEAN]),
    Awkward(
        "old line ends", text_file("mac.csv", lines(EN, *body()).replace("\n", "\r")), [EN_CLEAN]
    ),
    Awkward(
        "a quote that takes in rows",
        text_file(
            "quote.csv",
            lines(
                EN, *body()[:2], [HOURS[2], '"87.0', 1.5], *body()[3:5], [HOURS[5], '66.0"', 0.25]
            ),
        ),
        Refused(("quote.csv", "row 4", "quote")),
    ),
    Awkward(
        "a quote that is never closed",
        text_file("unclosed.csv", lines(EN, *body()[:3], [HOURS[3], '"101.75', 3.25], *body()[4:])),
        Refused(("unclosed.csv", "row 5", "quote")),
    ),
    Awkward(
        "a remark of two lines in quotes",
        text_file(
            "remark.csv",
            lines(
                [*EN, "remark"],
                *[[*row, '"checked,\nagain"' if n == 1 else ""] for n, row in enumerate(body())],
            ),
        ),
        [EN_CLEAN],
    ),
    Awkward(
        "a web page named .xls",
        text_file("page.xls", "<html><table><tr><td>1</td></tr></table></html>"),
        Refused(("page.xls", "web page", ".xlsx")),
    ),
]


def _broken_utf8(path: Path) -> Path:
    raw = lines(ZH, *body()).encode().split(b"\n")
    raw[3] = raw[3] + b",\xff"
    path.write_bytes(b"\n".join(raw))
    return path


# Layout, most of it in text for short

PREAMBLE = [
    ["Customer Load Profile Report"],
    [],
    ["Account number:", "54512619", "", "Address:", "1 Main St"],
    ["Meter:", "M-1"],
    ["Period", "2025-03-01", "2025-03-02"],
    ["Interval (min)", "60"],
    [],
]
ZH_PREAMBLE = [["用电量报表"], ["单位：万kWh"], ["户号", "3100012345"], []]
TOTAL_ROW = ["合计", SUM, sum(PV)]


def _months() -> str:
    """Return days of two months, each with its subtotal, then the total."""
    rows = [["日期", "电量(kWh)"]]
    for month, values in ((1, [10.0, 20.0]), (2, [5.0, 7.5])):
        rows += [[f"2025-0{month}-0{day}", value] for day, value in enumerate(values, 1)]
        rows += [[f"{month}月小计", sum(values)]]
    return lines(*rows, ["总计", 42.5])


LAYOUT = [
    Awkward(
        "a preamble of seven lines",
        text_file("preamble.csv", lines(*PREAMBLE, EN, *body())),
        [shifted(7, left={1: "preamble", 3: "preamble", 5: "preamble", 7: "blank"})],
    ),
    Awkward(
        "the unit in the preamble",
        text_file("unit_above.csv", lines(*ZH_PREAMBLE, ["时间", "总表", "光伏"], *body())),
        [
            Clean(
                {"总表": MAIN, "光伏": PV},
                tuple(range(6, 12)),
                units={"时间": "", "总表": "万kWh", "光伏": "万kWh"},
            )
        ],
    ),
    Awkward(
        "a unit line",
        text_file("units.csv", lines(["time", "main", "gas"], ["", "MWh", "m3"], *body())),
        [Clean({"main": MAIN, "gas": PV}, tuple(range(3, 9)), units={"main": "MWh", "gas": "m3"})],
    ),
    Awkward(
        "headings of two lines in text",
        text_file(
            "two_lines.csv",
            lines(
                ["时间", "A座", "", "B座"],
                ["", "电量(kWh)", "费用(元)", "电量(kWh)"],
                *[[*row, 1.0] for row in body()],
            ),
        ),
        [
            Clean(
                {"A座 / 电量(kWh)": MAIN, "A座 / 费用(元)": PV, "B座 / 电量(kWh)": [1.0] * 6},
                tuple(range(3, 9)),
                units={"A座 / 费用(元)": "元", "B座 / 电量(kWh)": "kWh"},
            )
        ],
    ),
    Awkward(
        "a total at the bottom",
        text_file("bottom.csv", lines(ZH, *body(), TOTAL_ROW)),
        [Clean(ZH_CLEAN.values, totals=(8,), left={8: "total"})],
    ),
    Awkward(
        "a total at the top",
        text_file("top.csv", lines(ZH, TOTAL_ROW, *body())),
        [Clean(ZH_CLEAN.values, tuple(range(3, 9)), totals=(2,))],
    ),
    Awkward(
        "a total without a word",
        text_file("silent.csv", lines(EN, *body(), ["", SUM, sum(PV)])),
        [Clean(EN_CLEAN.values, totals=(8,))],
    ),
    Awkward(
        "subtotals by month",
        text_file("months.csv", _months()),
        [
            Clean(
                {"电量(kWh)": [10.0, 20.0, 5.0, 7.5]},
                (2, 3, 5, 6),
                totals=(4, 7, 8),
                left={4: "subtotal", 7: "subtotal", 8: "total"},
            )
        ],
    ),
    Awkward(
        "a meter called Total",
        text_file(
            "meter_total.csv",
            lines(
                ["time", "meter", "kWh"],
                *[
                    [hour, meter, value]
                    for hour, value in zip(HOURS, MAIN, strict=True)
                    for meter in ("Total", "Lift")
                ],
            ),
        ),
        [Clean({"kWh": [value for value in MAIN for _ in range(2)]}, tuple(range(2, 14)))],
    ),
    Awkward(
        "averages below",
        text_file(
            "average.csv",
            lines(ZH, *body(), ["平均值", SUM / 6, sum(PV) / 6], ["最大值", 1234.5, 3.25]),
        ),
        [Clean(ZH_CLEAN.values, left={8: "average", 9: "average"})],
    ),
    Awkward(
        "footnotes",
        text_file(
            "notes.csv",
            lines(ZH, *body(), [], ["注：光伏为逆变器读数"], ["制表人：张三", "审核人：李四"]),
        ),
        [Clean(ZH_CLEAN.values, left={9: "remark", 10: "remark"})],
    ),
    Awkward(
        "headings again on each page",
        text_file(
            "pages.csv",
            lines(EN, *body()[:3], ["Page 1 of 2"], [], EN, *body()[3:], ["Page 2 of 2"]),
        ),
        [
            Clean(
                EN_CLEAN.values,
                (2, 3, 4, 8, 9, 10),
                left={5: "remark", 7: "heading_again", 11: "remark"},
            )
        ],
    ),
    Awkward(
        "two tables in one sheet",
        text_file(
            "two.csv",
            lines(
                ["Electricity"],
                EN,
                *body(),
                [],
                ["Gas"],
                ["month", "gas (m3)", "cost (EUR)"],
                ["2025-01", 12.5, 9.0],
                ["2025-02", 11.0, 8.0],
            ),
        ),
        [
            shifted(1, left={1: "preamble"}),
            Clean(
                {"gas (m3)": [12.5, 11.0]},
                (12, 13),
                units={"gas (m3)": "m3"},
                left={10: "preamble"},
            ),
        ],
    ),
    Awkward(
        "two meters with the same headings",
        text_file("same.csv", lines(["Meter A"], EN, *body(), [], ["Meter B"], EN, *body())),
        [shifted(1, left={1: "preamble"}), shifted(10, left={10: "preamble"})],
    ),
    Awkward(
        "names of sections among the rows",
        text_file("sections.csv", lines(EN, ["1号楼"], *body()[:3], ["2号楼"], *body()[3:])),
        [Clean(EN_CLEAN.values, (3, 4, 5, 7, 8, 9), left={2: "section", 6: "section"})],
    ),
    Awkward(
        "blank columns and rows",
        text_file(
            "blank.csv",
            lines(
                ["", "time", "", "main (kWh)"],
                [],
                *[["", hour, "", value] for hour, value in zip(HOURS, MAIN, strict=True)],
            ),
        ),
        [Clean({"main (kWh)": MAIN}, tuple(range(3, 9)), left={2: "blank"})],
    ),
    Awkward(
        "hours as headings",
        text_file(
            "wide.csv",
            lines(["电表", *range(6)], ["总表", *MAIN], ["光伏", *PV]),
        ),
        [Clean({"0": [120.5, 0.0], "5": [66.0, 0.25]}, (2, 3), texts={"电表": ["总表", "光伏"]})],
    ),
    Awkward(
        "full-width digits",
        text_file(
            "wide_digits.csv",
            lines(
                ["时间", "总表(kWh)"],
                *zip(
                    HOURS,
                    ["１２０．５", "９８．２５", "８７", "１０１．７５", "１２３４．５", "６６"],
                    strict=True,
                ),
            ),
        ),
        [Clean({"总表(kWh)": MAIN})],
    ),
    Awkward(
        "units behind the numbers, one of them another",
        text_file(
            "behind.csv",
            lines(
                ["time", "main"],
                *zip(HOURS, ["1 kWh", "2 kWh", "3 MWh", "4 kWh", "5 kWh", "6 kWh"], strict=True),
            ),
        ),
        Refused(("row 4", "3 MWh")),
    ),
    Awkward(
        "months as headings, groups and their subtotals",
        text_file(
            "groups.csv",
            lines(
                ["楼栋", "电表", "1月", "2月"],
                ["1号楼", "A", 1.5, 2.0],
                ["1号楼", "B", 3.0, 4.0],
                ["1号楼小计", "", 4.5, 6.0],
                ["2号楼", "C", 5.0, 6.0],
                ["2号楼小计", "", 5.0, 6.0],
                ["总计", "", 9.5, 12.0],
            ),
        ),
        [
            Clean(
                {"1月": [1.5, 3.0, 5.0], "2月": [2.0, 4.0, 6.0]},
                (2, 3, 5),
                totals=(4, 6, 7),
            )
        ],
    ),
    Awkward(
        "wide tables under each other",
        text_file(
            "months_wide.csv",
            lines(
                *(["1月"], ["电表", *range(6)], ["总表", *MAIN], []),
                *(["2月"], ["电表", *range(6)], ["总表", *PV]),
            ),
        ),
        [
            Clean({"0": [120.5], "5": [66.0]}, (3,), left={1: "preamble"}),
            Clean({"0": [0.0], "5": [0.25]}, (7,), left={5: "preamble"}),
        ],
    ),
    Awkward(
        "a date among the footnotes",
        text_file(
            "printed.csv", lines(ZH, *body(), [], ["", "", "打印时间"], ["制表人", "2025-04-01"])
        ),
        [Clean(ZH_CLEAN.values, left={9: "remark", 10: "remark"})],
    ),
    Awkward(
        "a block of facts above the table, with headings of its own",
        text_file(
            "place.csv",
            lines(["latitude", "longitude", "zone"], [31.25, 121.5, "+8"], [], EN, *body()),
        ),
        [Clean({"latitude": [31.25]}, (2,)), shifted(3)],
    ),
    Awkward(
        "no heading",
        text_file("none.csv", lines(*body())),
        [Clean({}, tuple(range(1, 7)))],
    ),
]


# Workbooks


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


def ods(name: str, *rows: str) -> Callable[[Path], Path]:
    """Return what writes an OpenDocument sheet of rows given in its XML."""
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("office", "table", "text")
    )
    calc = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces} {calc}><office:body>'
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


def ods_row(*cells: object, about: str = "") -> str:
    """Return a row in OpenDocument's XML."""

    def shown(cell: object) -> str:
        text = f"<text:p>{cell}</text:p></table:table-cell>"
        if isinstance(cell, dt.datetime):
            return f'office:value-type="date" office:date-value="{cell.isoformat()}"/>'
        if isinstance(cell, float):
            return f'office:value-type="float" office:value="{cell}"/>'
        if cell == "#DIV/0!":
            return f'calcext:value-type="error" office:value-type="string">{text}'
        return f'office:value-type="string">{text}'

    held = "".join(f"<table:table-cell {shown(cell)}" for cell in cells)
    return f"<table:table-row {about}>{held}</table:table-row>"


def xlsb(name: str, rows: list[list], hidden: tuple[int, ...] = ()) -> Callable[[Path], Path]:
    """Return what writes a binary workbook of one sheet, in records of [MS-XLSB]."""

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
        return record(5, start + struct.pack("<d", float(value)))

    def line(number: int, row: list) -> bytes:
        flags = 0x10 if number + 1 in hidden else 0
        head = struct.pack("<IIHBBBI", number, 0, 300, 0, flags, 0, 0)
        return record(0, head) + b"".join(cell(n, each) for n, each in enumerate(row))

    size = struct.pack("<IIII", 0, len(rows) - 1, 0, max(map(len, rows)) - 1)
    sheet = b"".join(
        [
            *(record(129), record(148, size), record(145)),
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

    def make(folder: Path) -> Path:
        with zipfile.ZipFile(folder / name, "w") as package:
            package.writestr("xl/workbook.bin", book)
            package.writestr("xl/_rels/workbook.bin.rels", relations)
            package.writestr("xl/worksheets/sheet1.bin", sheet)
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


# Green Button


def espi(name: str, *meters: dict, packed: bool = False) -> Callable[[Path], Path]:
    """Return what writes a Green Button feed of meters: title and values.

    It may set uom, power, flow, seconds and quality (by position of the interval) as well.
    """
    entries = []
    for number, meter in enumerate(meters, 1):
        base = f"/Customer/1/UsagePoint/{number}"
        reading, kind = f"{base}/MeterReading/{number}", f"/ReadingType/{number}"
        seconds = meter.get("seconds", 3600)
        entries += [
            _entry(base, [], "<UsagePoint/>", meter["title"]),
            _entry(reading, [kind], "<MeterReading/>"),
            _entry(
                kind,
                [],
                "<ReadingType><accumulationBehaviour>4</accumulationBehaviour>"
                f"<flowDirection>{meter.get('flow', 1)}</flowDirection>"
                f"<intervalLength>{seconds}</intervalLength>"
                f"<powerOfTenMultiplier>{meter.get('power', 0)}</powerOfTenMultiplier>"
                f"<uom>{meter.get('uom', 72)}</uom></ReadingType>",
            ),
            _entry(
                f"{reading}/IntervalBlock/1",
                [f"{reading}/IntervalBlock"],
                "<IntervalBlock>"
                + "".join(
                    _interval(n, seconds, value, meter.get("quality", {}).get(n))
                    for n, value in enumerate(meter["values"])
                )
                + "</IntervalBlock>",
            ),
        ]
    feed = (
        f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">{"".join(entries)}</feed>'
    )
    return text_file(f"{name}.gz" if packed else name, feed)


def _entry(link: str, related: list[str], content: str, title: str = "") -> str:
    links = "".join(f'<link rel="up" href="{each}"/>' for each in related)
    content = content.replace("/>", ">", 1) if content.endswith("/>") else content
    tag = content[1:].split(">")[0]
    close = "" if content.endswith(f"</{tag}>") else f"</{tag}>"
    content = content.replace(f"<{tag}>", f'<{tag} xmlns="http://naesb.org/espi">', 1) + close
    return (
        f'<entry><link rel="self" href="{link}"/>{links}<title>{title}</title>'
        f"<content>{content}</content></entry>"
    )


def _interval(number: int, seconds: int, value: int, quality: int | None) -> str:
    start = int(HOURS[0].replace(tzinfo=dt.UTC).timestamp()) + number * seconds
    flag = (
        "" if quality is None else f"<ReadingQuality><quality>{quality}</quality></ReadingQuality>"
    )
    return (
        f"<IntervalReading>{flag}<timePeriod><duration>{seconds}</duration><start>{start}</start>"
        f"</timePeriod><value>{value}</value></IntervalReading>"
    )


WH = [int(value * 1000) for value in MAIN]
QUARTERS = [dt.datetime(2025, 3, 1, 0, 15 * quarter) for quarter in range(4)]

GREEN_BUTTON = [
    Awkward(
        "Green Button with two meters, one sold",
        espi(
            "two.xml",
            {"title": "Main", "values": WH},
            {"title": "Roof", "values": [5, 6], "flow": 19},
        ),
        [
            Clean(
                {"value (kWh)": MAIN},
                units={"value (kWh)": "kWh"},
                texts={"start (UTC)": HOURS, "flow": ["delivered to the customer"] * 6},
            ),
            Clean(
                {"value (kWh)": [0.005, 0.006]},
                (2, 3),
                texts={"meter": ["Roof"] * 2, "flow": ["received from the customer"] * 2},
            ),
        ],
    ),
    Awkward(
        "Green Button with a power of ten",
        espi("power.xml", {"title": "Main", "values": [1205, 982], "power": 2}, packed=True),
        [Clean({"value (kWh)": [120.5, 98.2]}, (2, 3))],
    ),
    Awkward(
        "Green Button of gas",
        espi("gas.xml", {"title": "Gas", "values": [15, 20], "uom": 169, "power": -1}),
        [Clean({"value (therm)": [1.5, 2.0]}, (2, 3), units={"value (therm)": "therm"})],
    ),
    Awkward(
        "Green Button with a unit that is not known",
        espi("unit.xml", {"title": "Main", "values": [1], "uom": 111}),
        Refused(("unit.xml", "111", "72 (kWh)")),
    ),
    Awkward(
        "Green Button with estimated intervals",
        espi("quality.xml", {"title": "Main", "values": WH[:3], "quality": {1: 8, 2: 10}}),
        [
            Clean(
                {"value (kWh)": MAIN[:3]},
                (2, 3, 4),
                texts={"quality": ["valid", "estimated", "questionable"]},
            )
        ],
    ),
    Awkward(
        "Green Button of quarter hours",
        espi("quarters.xml", {"title": "Main", "values": [250] * 4, "seconds": 900}),
        [Clean({"value (kWh)": [0.25] * 4}, (2, 3, 4, 5), texts={"start (UTC)": QUARTERS})],
    ),
    Awkward(
        "XML with an entity that grows",
        text_file(
            "bomb.xml",
            '<?xml version="1.0"?><!DOCTYPE f [<!ENTITY a "aa"><!ENTITY b "&a;">]><f>&b;</f>',
        ),
        Refused(("bomb.xml", "XML")),
    ),
]

FILES = [*TEXTS, *LAYOUT, *WORKBOOKS, *GREEN_BUTTON]
