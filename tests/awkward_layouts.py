"""Awkward layouts: preambles, headings, totals, most of them in text for short, each with one trap
and its truth (see `awkward`).
"""

from __future__ import annotations

from awkward import (
    EN,
    EN_CLEAN,
    HOURS,
    MAIN,
    PV,
    SUM,
    ZH,
    ZH_CLEAN,
    Awkward,
    Clean,
    Refused,
    body,
    lines,
    shifted,
    text_file,
)

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
