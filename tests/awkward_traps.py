"""More awkward files of readings and bills, as meters, spreadsheets and utilities leave them: each
with one trap, and what an import must make of it (see `awkward_readings`).
"""

from __future__ import annotations

import pandas as pd
from awkward import Awkward, Refused, rows_in, text_file, workbook
from awkward_readings import (
    BERLIN,
    LOAD,
    WEEK,
    Hours,
    Rows,
    bills,
    csv,
    hourly,
    stamped,
)
from awkward_workbooks import ods, ods_row, xlsb

_READS = ("2024-12-31", "2025-01-31", "2025-02-28")
_BOTH = "上次抄表日期,本次抄表日期,上次示数,本次示数,倍率,电量(kWh)"
_SHIFTED = list(zip(stamped(WEEK), stamped(WEEK + pd.Timedelta(days=1)), strict=True))
_UTC = WEEK - pd.Timedelta(hours=8)
_TWO = [
    ("main", "2025-01-01", "2025-02-01", 1200.0, "kWh"),
    ("main", "2025-02-01", "2025-03-01", 800.0, "kWh"),
]


def _first(values: list[float], offset: str = "+08:00") -> dict[str, float]:
    return {f"2025-03-03T0{at}:00{offset}": values[at] for at in range(3)}


def readings(*values, heading: str = "总表(kWh)", at=WEEK, form: str = "%Y-%m-%d %H:%M"):
    """Return what writes a table of a time and one or more columns of values."""
    return csv(("时间", stamped(at, form)), (heading, list(values[0])), *values[1:])


def counted(*, at: int = -1, reading: object = 0, times: list | None = None):
    """Return what writes a register by the hour, with one reading changed, and its multipliers."""
    held: list[object] = [100.0 + 0.5 * hour for hour in range(len(WEEK))]
    if at >= 0:
        held[at] = reading
    more = [("倍率", times)] if times else []
    return readings(held, *more, heading="总表示数(kWh)")


def _styled(code: str, *values: float, heading: str = "用电量(kWh)"):
    """Return what writes a workbook of two bills whose amounts have a number format."""

    def fill(book) -> None:
        days = (("2025-01-01", "2025-01-31"), ("2025-02-01", "2025-02-28"))
        rows = [[*span, kwh] for span, kwh in zip(days, values, strict=True)]
        rows_in(book, ["起始日期", "截止日期", heading], *rows)
        for row in (2, 3):
            book.active.cell(row, 3).number_format = code

    return workbook("账单.xlsx", fill)


def _in_other(kind: str, code: str, *values: float):
    """Return what writes the same as another kind of workbook."""
    days, values = (
        (("2025-01-01", "2025-01-31"), ("2025-02-01", "2025-02-28")),
        values or (1.2, 0.8),
    )
    heading = "用电量(kWh)" if "万" in code else "用电量"
    rows = [["起始日期", "截止日期", heading]]
    rows += [[*span, kwh] for span, kwh in zip(days, values, strict=True)]
    if kind == "xlsb":
        return xlsb("账单.xlsb", rows, code=code)
    factor = ' number:display-factor="1000"' if "," in code else ""
    styles = (
        f'<number:number-style style:name="N1"><number:number{factor}/>'
        f"<number:text>{code.split(chr(34))[1]}</number:text></number:number-style>"
        '<style:style style:name="ce0" style:family="table-cell" style:data-style-name="N1"/>'
        '<style:style style:name="ce1" style:family="table-cell" style:parent-style-name="ce0"/>'
    )
    return ods("账单.ods", *(ods_row(*row, style="ce1") for row in rows), styles=styles)


def _two_bills(first: str, second: str, heading: str = "起始日期,截止日期,用电量(kWh)"):
    return bills(
        f"2025-01-01,2025-01-31,{first}", f"2025-02-01,2025-02-28,{second}", heading=heading
    )


def _merged_months(book) -> None:
    rows = [["2025年1月", "总表", 1200], [None, "照明", 20], ["2025年2月", "总表", 800]]
    rows_in(book, ["月份", "表名", "用电量(kWh)"], *rows, [None, "照明", 22])
    book.active.merge_cells("A2:A3")
    book.active.merge_cells("A4:A5")


def _sheets(*tables: tuple[str, float]):
    """Return what fills a sheet for each heading with the same two months, divided."""

    def fill(book) -> None:
        book.remove(book.active)
        for at, (heading, divided) in enumerate(tables):
            sheet = book.create_sheet(str(at))
            for row in (["月份", heading], ["2025-01", 1200 / divided], ["2025-02", 800 / divided]):
                sheet.append(row)

    return fill


def _with_sums() -> str:
    """Return two days with a sum below each, and one of both."""
    lines = ["时间,总表(kWh)"]
    for day in ("2025-03-03", "2025-03-04"):
        lines += [f"{at},10" for at in stamped(hourly(day, 24))] + ["小计,240"]
    return "\n".join([*lines, "合计,480"]) + "\n"


TRAPS = [
    Awkward(
        "reads of a register a month apart",
        bills(*(f"{day},{at}" for at, day in enumerate(_READS)), heading="抄表日期,表底数(万kWh)"),
        Rows(
            [
                ("main", "2024-12-31", "2025-01-31", 1.0, "10 thousand kWh"),
                ("main", "2025-01-31", "2025-02-28", 1.0, "10 thousand kWh"),
            ]
        ),
    ),
    Awkward(
        "a register without the day of its read",
        bills("2025-01,1000", "2025-02,1100", heading="月份,表底数(kWh)"),
        Refused(("表底数(kWh) holds a register", "which day")),
    ),
    Awkward(
        "amounts beside reads, multiplied already",
        bills(
            "2025-01-01,2025-02-01,100,130,40,1200",
            "2025-02-01,2025-03-01,130,150,40,800",
            heading=_BOTH,
        ),
        Rows(_TWO, ("multiplied: already", "times 倍率")),
    ),
    Awkward(
        "amounts beside reads, not multiplied yet",
        bills(
            "2025-01-01,2025-02-01,100,130,40,30",
            "2025-02-01,2025-03-01,130,150,40,20",
            heading=_BOTH,
        ),
        Rows(_TWO, ("multiplied: not yet", "the amount times the column 倍率")),
    ),
    Awkward(
        "amounts with a multiplier, and no reads beside them",
        readings(LOAD, ("倍率", [40] * len(WEEK))),
        Refused(("multiplied", "倍率 is 40", "already or not yet")),
    ),
    Awkward(
        "a multiplier as ×40",
        counted(times=["×40"] * len(WEEK)),
        Hours({"main": _first([20.0] * 3)}, {"main": 3340.0}, ("times the column 倍率",)),
    ),
    Awkward(
        "a multiplier that is missing",
        counted(times=[""] * len(WEEK)),
        Refused(("row 2, column 倍率", "such as 40")),
    ),
    Awkward(
        "a multiplier that changes with the transformer",
        counted(times=[40] * 84 + [80] * 84),
        Hours(
            {"main": {"2025-03-06T10:00+08:00": 20.0, "2025-03-06T11:00+08:00": None}},
            {"main": 83 * 20.0 + 83 * 40.0},
            ("row 86", "changes from 40 to 80"),
        ),
    ),
    Awkward(
        "a register of which one reading is 0",
        counted(at=80),
        Refused(("row 82", "reads 0 between 139.5 and 140.5")),
    ),
    Awkward(
        "a register of which one reading is 99,999",
        counted(at=80, reading=99_999.0),
        Refused(("row 82", "reads 99,999 between")),
    ),
    Awkward(
        "a register that reads 0 for two hours",
        readings(
            [0.0 if hour in (80, 81) else 100.0 + 0.5 * hour for hour in range(len(WEEK))],
            heading="总表示数(kWh)",
        ),
        Refused(("row 82", "falls from 139.5 to 0")),
    ),
    Awkward(
        "a meter exchanged for one that begins higher",
        readings(
            [100.0 + 0.5 * hour + 7_000.0 * (hour > 80) for hour in range(len(WEEK))],
            heading="总表示数(kWh)",
        ),
        Hours({"main": _first([0.5] * 3)}, said=("row 83: odd: the register rises by 7,000.5",)),
    ),
    Awkward(
        "a remark among the reads of a register",
        counted(at=80, reading="已换表"),
        Refused(("row 82", "已换表")),
    ),
    Awkward("percent in place of kWh", _two_bills("95%", "90%"), Refused(("row 2", "'95%'"))),
    Awkward(
        "the heading says 万kWh and the line of units kWh",
        bills(",,kWh", "2025-01-01,2025-01-31,12", heading="起始日期,截止日期,用电量(万kWh)"),
        Refused(("用电量(万kWh)", "kWh or 10 thousand kWh")),
    ),
    Awkward(
        "the text above says MWh and the heading kWh",
        bills("起始日期,截止日期,用电量(kWh)", "2025-01-01,2025-01-31,12", heading="单位：MWh,,"),
        Refused(("用电量(kWh)", "kWh or MWh")),
    ),
    Awkward(
        "the number format shows 万", _styled('0.0"万"', 1.2, 1.1), Refused(("row 2", "1.2万"))
    ),
    Awkward(
        "the number format shows thousands",
        _styled("#,##0.0,", 1_200_000, 1_100_000),
        Refused(("row 2", "1200000 shown as 1200")),
    ),
    Awkward(
        "the number format shows MWh of kWh",
        _styled('#,##0.0,"MWh"', 1_200, 800, heading="用电量"),
        Rows([(*row[:3], row[3] / 1000, "MWh") for row in _TWO]),
    ),
    Awkward(
        "the number format shows 万 by a point that is text",
        _styled('0!.0000"万kWh"', 12_000, 8_000, heading="用电量"),
        Rows([(*row[:3], row[3] / 1000, "10 thousand kWh") for row in _TWO]),
    ),
    Awkward(
        "the number format of thousands shows a tenth of them",
        _styled('0!.0,"万kWh"', 12_000, 8_000, heading="用电量"),
        Rows([(*row[:3], row[3] / 1000, "10 thousand kWh") for row in _TWO]),
    ),
    Awkward(
        "the usual number format with a unit",
        _styled('General"MWh"', 1.2, 0.8, heading="用电量"),
        Rows([(*row[:3], row[3] / 1000, "MWh") for row in _TWO]),
    ),
    Awkward(
        "the number format of percent that has no code",
        _styled("0%", 0.95, 0.9),
        Refused(("row 2", "'95%'")),
    ),
    *(
        Awkward(f"the number format shows 万 in {how}", _in_other(how, code), truth)
        for how in ("xlsb", "ods")
        for code, truth in (
            ('0.0"万"', Refused(("row 2", "1.2万"))),
            ('0.0"MWh"', Rows([(*row[:3], row[3] / 1000, "MWh") for row in _TWO])),
        )
    ),
    Awkward(
        "the number format shows thousands in ods",
        _in_other("ods", '0.0,"MWh"', 1_200.0, 800.0),
        Rows([(*row[:3], row[3] / 1000, "MWh") for row in _TWO]),
    ),
    Awkward("a number format of yuan and of no unit", _styled('#,##0"号"', 1200, 800), Rows(_TWO)),
    Awkward(
        "German headings, decimal commas",
        text_file(
            "Lastgang.csv",
            "Datum;Uhrzeit;Wirkarbeit [kWh]\n"
            + "".join(
                f"{at:%d.%m.%Y;%H:%M};{kwh:.1f}\n".replace(
                    f";{kwh:.1f}", f";{kwh:.1f}".replace(".", ",")
                )
                for at, kwh in zip(WEEK, LOAD, strict=True)
            ),
            "cp1252",
        ),
        Hours({"main": _first(LOAD, "+01:00")}, {"main": sum(LOAD)}, zone=BERLIN),
    ),
    Awkward(
        "German: two meters by a column",
        text_file(
            "Verbrauch.csv",
            "Zeitstempel;Zähler;Verbrauch;Einheit\n"
            + "".join(
                f"{at:%d.%m.%Y %H:%M};{name};{wh};{unit}\n"
                for at in WEEK
                for name, wh, unit in (("Hauptzähler", 5, "kWh"), ("Beleuchtung", 2000, "Wh"))
            ),
        ),
        Hours({}, {"main": 840.0, "lighting": 336.0}, ("Wh",), BERLIN),
    ),
    Awkward(
        "Wh",
        readings([1000 * kwh for kwh in LOAD], heading="总表(Wh)"),
        Hours({"main": _first(LOAD)}, {"main": sum(LOAD)}),
    ),
    Awkward(
        "seconds since 1970",
        csv(("timestamp", [int(at.timestamp()) for at in _UTC]), ("main_kwh", LOAD)),
        Hours({"main": _first(LOAD)}, {"main": sum(LOAD)}, ("seconds since 1970",)),
    ),
    Awkward(
        "milliseconds since 1970",
        csv(("timestamp", [int(at.timestamp()) * 1000 for at in _UTC]), ("main_kwh", LOAD)),
        Hours({"main": _first(LOAD)}, {"main": sum(LOAD)}, ("milliseconds since 1970",)),
    ),
    Awkward(
        "2025030100 is a date, not seconds",
        csv(("timestamp", stamped(WEEK, "%Y%m%d%H")), ("main_kwh", LOAD)),
        Refused(("row 2", "2025030300")),
    ),
    Awkward(
        "days by a clock of UTC",
        csv(
            ("Time", [f"{day:%Y-%m-%d}T00:00Z" for day in hourly("2025-03-01", 31, "D")]),
            ("Main (kWh)", [9.0] * 31),
        ),
        Refused(("by a clock of UTC",)),
    ),
    Awkward(
        "midnight as 0 behind 23 of its own day",
        csv(
            (
                "Date",
                [f"{day:%Y-%m-%d}" for day in hourly("2025-03-03", 3, "D") for _ in range(24)],
            ),
            ("Hour Ending", [hour % 24 for _ in range(3) for hour in range(1, 25)]),
            ("kWh", [1.5] * 72),
        ),
        Refused(("row 25", "2025-03-03 00:00", "24:00")),
    ),
    Awkward(
        "dates without a year",
        bills("12-28,01-28,100", "01-28,02-28,110"),
        Refused(("row 2, column 起始日期", "'12-28'")),
    ),
    Awkward(
        "29 February of a year that has none",
        bills("2025-01-01,2025-01-31,1200", "2025-02-01,2025-02-29,800"),
        Refused(("row 3", "2025-02-29")),
    ),
    Awkward(
        "a minus behind its number, as SAP writes it",
        bills(
            "2025-01-01,2025-01-31,1300", "2025-01-01,2025-01-31,100-", "2025-02-01,2025-02-28,800"
        ),
        Rows(_TWO, ("one is a credit",)),
    ),
    Awkward(
        "the grid takes more than the site: a negative hour",
        readings([*LOAD[:9], -3.0, *LOAD[10:]]),
        Refused(("row 11", "-3")),
    ),
    Awkward(
        "thousands by thin spaces and apostrophes",
        bills("2025-01-01,2025-01-31,1\u2009200", "2025-02-01,2025-02-28,0'800"),
        Rows(_TWO),
    ),
    Awkward(
        "full-width digits and dates",
        bills(
            "２０２５－０１－０１,２０２５－０１－３１,１２００", "2025-02-01,2025-02-28,８００．０"
        ),
        Rows(_TWO),
    ),
    Awkward(
        "months merged over their meters",
        workbook("月.xlsx", _merged_months),
        Rows(
            [
                _TWO[0],
                _TWO[1],
                ("lighting", *_TWO[0][1:3], 20.0, "kWh"),
                ("lighting", *_TWO[1][1:3], 22.0, "kWh"),
            ]
        ),
    ),
    Awkward(
        "a second heading line over a few columns alone",
        text_file(
            "账单.csv",
            "月份,户号,电表,电量(kWh),,,金额(元),功率因数,备注\n,,,峰,平,谷,,,\n"
            "2025-01,1,总表,600,400,200,900,0.9,x\n2025-02,1,总表,400,300,100,700,0.9,x\n",
        ),
        Rows(_TWO, beside={"peak": [600.0, 400.0], "flat": [400.0, 300.0]}),
    ),
    Awkward(
        "sums in the middle",
        text_file("小计.csv", _with_sums()),
        Hours({}, {"main": 480.0}, ("2 subtotal row(s) (row 26, 51)",)),
    ),
    Awkward(
        "quarters of the year",
        bills("2025Q1,300", "2025Q2,330", heading="账期,用电量(kWh)"),
        Refused(("row 2", "2025Q1")),
    ),
    Awkward(
        "a unit that is not known among known ones",
        csv(
            ("时间", stamped(WEEK)),
            ("电量", LOAD),
            ("单位", ["kWh"] * 100 + ["kVAh"] * 68),
        ),
        Refused(("row 102", "kVAh")),
    ),
    Awkward(
        "MWh under a heading of kWh, in one row",
        bills(
            "2025-01-01,2025-01-31,1200", "2025-02-01,2025-02-28,800", "2025-03-01,2025-03-31,1.1"
        ),
        Rows(
            [*_TWO, ("main", "2025-03-01", "2025-04-01", 1.1, "kWh")],
            ("odd: row 4: main has 1.1 kWh", "another unit"),
        ),
    ),
    Awkward(
        "a sheet that is a copy",
        workbook("备份.xlsx", _sheets(("总表(kWh)", 1), ("总表(kWh)", 1))),
        Rows(_TWO, ("main 2,000 kWh",)),
    ),
    Awkward(
        "one meter under two names in two sheets",
        workbook("两表.xlsx", _sheets(("总表(kWh)", 1), ("关口表(kWh)", 1))),
        Refused(("关口表(kWh) is main, and so is 总表(kWh) of 0", "add up")),
    ),
    Awkward(
        "one meter in kWh and in MWh in two sheets",
        workbook("两表.xlsx", _sheets(("总表(kWh)", 1), ("总表(MWh)", 1000))),
        Refused(("总表(MWh) is main, and so is 总表(kWh)",)),
    ),
    Awkward(
        "tables beside each other with times of their own",
        text_file(
            "并排.csv",
            "1号楼,,,2号楼,\n时间,电量(kWh),,时间,电量(kWh)\n"
            + "".join(f"{at},1,,{later},2\n" for at, later in _SHIFTED),
        ),
        Refused(("1号楼 / 时间 and 2号楼 / 时间 differ",)),
    ),
    Awkward(
        "the time of collection beside that of the reading",
        csv(
            ("数据时间", stamped(WEEK)),
            ("采集时间", stamped(WEEK + pd.Timedelta(minutes=70))),
            ("总表(kWh)", LOAD),
        ),
        Refused(("数据时间 and 采集时间 differ",)),
    ),
    Awkward(
        "days in English without a comma",
        bills(
            "Dec 15 2024 - Jan 14 2025,1200", "Jan 15 2025 - Feb 14 2025,800", heading="Period,kWh"
        ),
        Rows(
            [
                ("main", "2024-12-15", "2025-01-15", 1200.0, "kWh"),
                ("main", "2025-01-15", "2025-02-15", 800.0, "kWh"),
            ]
        ),
    ),
    *(
        Awkward(
            f"a column to compare with: {heading}",
            bills("2025-01,1200,9", "2025-02,800,9", heading=f"月份,{own},{heading}"),
            Rows([(row[0], *row[1:]) for row in _TWO], ("read so: " + own,)),
        )
        for own, heading in (
            ("本年用电量(kWh)", "去年同期用电量(kWh)"),
            ("Actual (kWh)", "Budget (kWh)"),
            ("Metered kWh", "Forecast kWh"),
            ("用电量(kWh)", "kWh per m2"),
            ("用电量(kWh)", "单位面积电耗(kWh/㎡)"),
        )
    ),
    Awkward(
        "parts of one time with equal amounts",
        bills(
            *(f"{start},{end},{part},400" for _, start, end, *_ in _TWO for part in "峰平谷"),
            heading="起始日期,截止日期,费率,用电量(kWh)",
        ),
        Refused(("rows 2 to 4", "费率 is '峰', then '谷'", "add them up")),
    ),
    Awkward(
        "times of day in a column that is not known, and a constant load",
        csv(
            ("日期", stamped(WEEK, "%Y-%m-%d")),
            ("时段", [f"{at.hour:02}:00-{at.hour + 1:02}:00" for at in WEEK]),
            ("总表(kWh)", [10] * len(WEEK)),
        ),
        Refused(("rows 2 to 25", "时段 is '00:00-01:00'")),
    ),
    Awkward(
        "a numbering does not make copies differ",
        bills(
            "Z1,2025-01-01,2025-01-31,1200",
            "Z2,2025-01-01,2025-01-31,1200",
            "Z3,2025-02-01,2025-02-28,800",
            heading="流水号,起始日期,截止日期,用电量(kWh)",
        ),
        Rows(_TWO, ("1 row(s) that say again",)),
    ),
    Awkward(
        "what was used since midnight",
        readings([10.0 * (1 + at.hour) for at in WEEK]),
        Refused(("总表(kWh) rises and falls back", "since midnight")),
    ),
    Awkward(
        "headings that are not known",
        bills(
            "2025-03-03,2025-03-09,1", "2025-03-10,2025-03-16,2", heading="周首,周末,用电量(kWh)"
        ),
        Refused(("neither readings", "row 1", "周首, 周末, 用电量(kWh)")),
    ),
]
