"""Lists of certificates and exports of credits whose heading has several lines, or a line of units:
found as that of a file of readings is.
"""

from __future__ import annotations

from awkward_ledgers import US, Ledger, block, book, code, retired, text

MARCH, TEN = (240, "2025-03"), (10, "2022-01/2022-12")
_UPPER = [
    *("电量生产年月", "绿证编号", "", "绿证数量（张）", "能源类型", "项目所在省份", "核销", ""),
]
_LOWER = ["", "起始编号", "终止编号", "", "", "", "日期", "主体"]
_NAMED = ["电量生产年月", "绿证起始编码", "绿证终止编号", "数量", "能源类型", "项目所在省份"]
_NAMED += ["核销日期", "核销主体"]


def _row(first: int = 1, place: str = "内蒙古", many: object = 240) -> list:
    held = block(first, first + 239, place=place, count=many)
    return [held[key] for key in ("month", "first", "last", "count", "kind", "place", "on", "who")]


def _merge(*spans: str):
    def then(made):
        for span in spans:
            made.active.merge_cells(span)

    return then


_TITLE = [["绿证核销明细表"], ["账户：示例大厦", "", "", "打印日期：2025-07-01"]]
_SPANS = ("B1:C1", "G1:H1", "A1:A2", "D1:D2", "E1:E2", "F1:F2")
_BELOW = ("B3:C3", "G3:H3", "A3:A4", "D3:D4", "E3:E4", "F3:F4", "A1:H1")
_VERRA = [
    ["Project", "", "Vintage", "", "Quantity", "Serial Number", "Retirement", "", ""],
    ["ID", "Name", "Start", "End", "Issued", "", "Date", "Beneficiary", "Reason"],
]


def _credit() -> list:
    held = retired(101, 110)
    keys = ("id", "name", "begins", "ends", "count", "serial", "on", "who", "why")
    return [held[key] for key in keys]


LINES = [
    Ledger("lines: merged", book([_UPPER, _LOWER, _row()], _merge(*_SPANS)), {3: MARCH}),
    Ledger(
        "lines: merged, below a title over all columns",
        book([*_TITLE, _UPPER, _LOWER, _row(), _row(241)], _merge(*_BELOW)),
        {5: MARCH, 6: MARCH},
    ),
    Ledger("lines: two of a CSV", text([_UPPER, _LOWER, _row(), _row(241)]), {3: MARCH, 4: MARCH}),
    Ledger(
        "lines: two in GBK with tabs, below a title",
        text([*_TITLE, _UPPER, _LOWER, _row()], "\t", "gb18030"),
        {5: MARCH},
    ),
    Ledger(
        "lines: a group has its own numbers and dates",
        text(
            [
                [
                    "生产年月",
                    "绿证编号",
                    "",
                    "数量（张）",
                    "交易",
                    "",
                    "能源类型",
                    "省份",
                    "核销",
                    "",
                ],
                ["", "起", "止", "", "日期", "对方", "", "", "日期", "主体"],
                ["2025-03", code(1), code(240), 240]
                + ["2025-04-01", "某公司", "风电", "内蒙古", "2025-06-30", US],
            ]
        ),
        {3: MARCH},
        holds={"retired_on": "2025-06-30", "beneficiary": US},
    ),
    Ledger(
        "lines: two groups with one name",
        text(
            [
                [
                    "生产年月",
                    "绿证编号",
                    "",
                    "购买",
                    "",
                    "能源类型",
                    "省份",
                    "核销日期",
                    "核销主体",
                ],
                ["", "起始编号", "终止编号", "数量", "数量", "", "", "", ""],
                ["2025-03", code(1), code(240), 240, 200, "风电", "内蒙古", "2025-06-30", US],
            ]
        ),
        refused=("购买 / 数量", "twice"),
    ),
    Ledger(
        "lines: of units",
        text([_NAMED, ["", "", "", "MWh", "", "", "", ""], _row()]),
        {3: MARCH},
        remarks=("240 MWh",),
    ),
    Ledger(
        "lines: of units, in kWh",
        text([_NAMED, ["", "", "", "(kWh)", "", "", "", ""], _row(many=240_000)]),
        {3: MARCH},
    ),
    Ledger(
        "lines: of units, in a unit that no column of a list has",
        text([_NAMED, ["", "", "", "万kWh", "", "", "", ""], _row(many=24)]),
        {3: MARCH},
        remarks=("columns not used: 数量 (万kWh)",),
    ),
    Ledger(
        "lines: a number of a unit that is above the table",
        text([["单位：MWh"], [*_NAMED[:3], "对应电量", *_NAMED[4:]], _row()]),
        {3: MARCH},
    ),
    Ledger(
        "lines: provinces merged over rows",
        book(
            [_NAMED, _row(), _row(241, place=""), _row(481, place="甘肃")],
            _merge("F2:F3"),
        ),
        {2: MARCH, 3: MARCH, 4: MARCH},
    ),
    Ledger("lines: Verra's columns in groups", text([*_VERRA, _credit()]), {3: TEN}),
    Ledger(
        "lines: Verra's columns merged",
        book([*_VERRA, _credit()], _merge("A1:B1", "C1:D1", "G1:I1", "F1:F2")),
        {3: TEN},
    ),
    Ledger(
        "lines: what was issued beside what was retired",
        text(
            [
                ["Serial Number", "Issuance", "", "Retirement", "", "Vintage", "", "Beneficiary"],
                ["", "Quantity", "Date", "Quantity", "Date", "Start", "End", ""],
                [_credit()[5], 100, "2023-01-01", 10, "2026-02-20", "2022-01-01", "2022-12-31", US],
            ]
        ),
        {3: TEN},
        holds={"retired_on": "2026-02-20"},
    ),
    Ledger(
        "lines: what was bought beside what was redeemed",
        text(
            [
                [
                    "生产年月",
                    "绿证编号",
                    "",
                    "交易",
                    "",
                    "核销",
                    "",
                    "能源类型",
                    "省份",
                    "核销主体",
                ],
                ["", "起始编号", "终止编号", "数量", "日期", "数量", "日期", "", "", ""],
                ["2025-03", code(1), code(240), 300, "2025-04-01", "240张", "2025-06-30"]
                + ["风电", "内蒙古", US],
                ["2025-03", code(241), code(480), 300, "2025-04-01", 240, "", "风电", "内蒙古", US],
            ]
        ),
        {3: MARCH},
        {4: "not redeemed"},
        holds={"retired_on": "2025-06-30"},
    ),
    Ledger(
        "lines: remarks below the heading are no line of it",
        text([_NAMED, ["(必填)", "", "", "(张)", "", "", "", ""], _row()]),
        {3: MARCH},
        {2: "empty"},
    ),
]
