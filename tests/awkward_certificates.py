"""Awkward lists of certificates, as platforms, registries and offices leave them."""

from __future__ import annotations

import datetime as dt

from awkward_heading_lines import LINES
from awkward_ledgers import (
    EN,
    PROJECT,
    US,
    ZH,
    Ledger,
    block,
    book,
    code,
    en,
    redeemed,
    table,
    text,
    zh,
)

MARCH, YEAR = (240, "2025-03"), "2025-01/2025-12"
ONE, TWO = block(1, 240), block(241, 480)
G1, G2 = redeemed(1, 240), redeemed(241, 480)
BOTH = {2: MARCH, 3: MARCH}
_ONE_CELL = {"first": "绿证编号", "last": ""}


def _hide(*rows):
    def then(made):
        for row in rows:
            made.active.row_dimensions[row].hidden = True

    return then


def _hide_column(letter):
    def then(made):
        made.active.column_dimensions[letter].hidden = True

    return then


def _sheet(name, cells, state="visible"):
    def then(made):
        sheet = made.create_sheet(name)
        sheet.sheet_state = state
        for row in cells:
            sheet.append(row)

    return then


def _merged(made):
    made.active.merge_cells("B1:C1")


def month(said: str):
    return zh(ONE, block(241, 480, month=said))


def months(*said: str):
    return zh(*(block(240 * n + 1, 240 * n + 240, month=each) for n, each in enumerate(said)))


def statuses(*said: str, heading: str = "状态"):
    rows = [block(240 * n + 1, 240 * n + 240) | {heading: each} for n, each in enumerate(said)]
    return zh(*rows, more=(heading,))


def dated(one: dict, two: dict):
    return en(G1 | one, G2 | two)


_TWO_LINES = [
    [
        "电量生产年月",
        "绿证编号",
        "",
        "绿证数量（张）",
        "能源类型",
        "项目所在省份",
        "核销日期",
        "核销主体",
    ],
    ["", "起始编号", "终止编号", "", "", "", "", ""],
    ["2025年3月", code(1), code(240), 240, "风电", "内蒙古", "2025-06-30", US],
]
_LATE = "not redeemed"

_MONTHS = (
    "202503",
    "2025-03-01至2025-03-31",
    "2025/03/01-2025/03/31",
    " 2025 年 3 月 ",
    "２０２５年３月",
)
_QUARTERS = ("2025Q1", "Q1 2025", "2025年一季度", "2025年第1季度", "2025年1-3月", "2025年1月—3月")
_NO_MONTHS = ("2025-03-31", "2025年3-1月", "一季度", "25-03", "2025-13", "FY2025Q1")
_NOT = (
    "已划转",
    "待核销",
    "未核销",
    "核销中",
    "已撤销",
    "冻结",
    "有效",
    "核销失败",
    "已核发",
    "部分核销",
)
_NOT_EN = (
    "Transferred",
    "Pending retirement",
    "Withdrawn",
    "Not redeemed",
    "Reserved",
    "Available",
    "Reversed",
    "Expired",
    "Unretired",
)

TRAPS = [
    # how numbers are written
    Ledger(
        "a range in one cell",
        zh(ONE | {"first": f"{code(1)}-{code(240)}"}, called=_ONE_CELL),
        {2: MARCH},
    ),
    Ledger(
        "a range in one cell with a tilde",
        zh(ONE | {"first": f"{code(1)}～{code(240)}"}, called=_ONE_CELL),
        {2: MARCH},
    ),
    Ledger(
        "a range with full-width hyphen",
        zh(ONE | {"first": f"{code(1)}－{code(240)}"}, called=_ONE_CELL),
        {2: MARCH},
    ),
    Ledger("the first number alone", zh(ONE, called=_ONE_CELL), left={2: "holds 1"}),
    Ledger(
        "a leading apostrophe",
        zh(ONE | {"first": "'" + code(1), "last": "'" + code(240)}),
        {2: MARCH},
    ),
    Ledger(
        "full-width digits",
        zh(
            ONE
            | {
                "count": "２４０",
                "first": code(1).translate({48 + n: 0xFF10 + n for n in range(10)}),
            }
        ),
        {2: MARCH},
    ),
    Ledger(
        "blanks in groups and at the end",
        zh(
            ONE
            | {
                "first": " ".join(code(1)[n : n + 4] for n in range(0, 32, 4)) + "  ",
                "last": code(240) + "\t",
            }
        ),
        {2: MARCH},
    ),
    Ledger("letters for digits", zh(ONE | {"first": code(1)[:-2] + "l1"}), {2: MARCH}),
    Ledger(
        "reversed ends",
        zh(ONE | {"first": code(240), "last": code(1)}, TWO),
        {3: MARCH},
        {2: "no range"},
    ),
    Ledger(
        "scientific notation",
        zh(ONE | {"first": "5.12346E+31", "last": "5.12346E+31"}, TWO),
        {3: MARCH},
        {2: "no range"},
    ),
    Ledger(
        "fifteen digits kept",
        zh(block(1, 1, first=code(1)[:15] + "0" * 17, last="")),
        left={2: "no range"},
    ),
    Ledger(
        "a code that Excel holds as a number",
        book(table(ZH, block(1, 1, first=float(code(1)), last=float(code(1))), TWO)),
        {3: MARCH},
        {2: "E+"},
    ),
    Ledger(
        "an I-REC that Excel holds as a number",
        book(
            table(
                EN,
                redeemed(1, 1, product="I-REC", first=1234567890123456.0, last=1234567890123456.0),
                G2,
            )
        ),
        {3: MARCH},
        {2: "E+"},
    ),
    Ledger(
        "a range of a number that lost digits",
        book(table(EN, redeemed(1, 1, first=1234567890123450.0, last=1234567890123450.0))),
        left={2: "E+"},
    ),
    Ledger(
        "a number of nine digits that Excel holds",
        book(table(EN, redeemed(1, 240, first=900000001, last=900000240))),
        {2: MARCH},
    ),
    Ledger(
        "a code of 31 digits", zh(ONE | {"first": code(1)[:-1]}, TWO), {3: MARCH}, {2: "no range"}
    ),
    Ledger(
        "two ranges of which one is not added",
        zh(
            ONE
            | {
                "first": f"{code(1)}-{code(100)}; {code(141)}-{code(240)}",
                "last": "",
                "count": 240,
            },
            called=_ONE_CELL,
        ),
        left={2: "hold 200 together"},
    ),
    Ledger(
        "two columns of one name",
        zh(ONE, TWO, called={"first": "绿证编号", "last": "绿证编号"}),
        refused=("绿证编号", "twice"),
    ),
    Ledger(
        "two counts of one name",
        text([[*table(ZH, ONE)[0], "绿证数量（张）"], [*table(ZH, ONE)[1], 100]]),
        refused=("绿证数量（张）", "twice"),
    ),
    Ledger(
        "a serial beside other ends",
        zh(ONE | {"绿证编码": f"{code(301)}至{code(540)}"}, more=("绿证编码",)),
        left={2: "绿证"},
    ),
    # quantities
    Ledger(
        "energy in kWh",
        zh(ONE | {"count": "240000"}, called={"count": "电量（千瓦时）"}),
        {2: MARCH},
    ),
    Ledger(
        "energy in MWh", zh(ONE | {"count": "240.000"}, called={"count": "电量(MWh)"}), {2: MARCH}
    ),
    Ledger(
        "energy in 万kWh",
        zh(ONE | {"count": "24"}, called={"count": "电量（万千瓦时）"}),
        {2: MARCH},
    ),
    Ledger(
        "kWh under a heading of MWh",
        zh(ONE | {"count": "240000"}, called={"count": "电量(MWh)"}),
        left={2: "240000"},
    ),
    Ledger("thousands by comma", zh(block(1, 1000, count="1,000")), {2: (1000, "2025-03")}),
    Ledger("thousands by point", en(redeemed(1, 1000, count="1.000")), {2: (1000, "2025-03")}),
    Ledger("a certificate by point", en(redeemed(1, 1, count="1.000")), left={2: "1.000"}),
    Ledger(
        "thousands by point of MWh",
        en(redeemed(1, 1000, count="1.000"), called={"count": "MWh"}),
        left={2: "1.000"},
    ),
    Ledger("a negative count", zh(ONE, block(241, 480, count=-240)), {2: MARCH}, {3: "-240"}),
    Ledger(
        "bought and redeemed differ",
        zh(ONE | {"count": 240, "核销数量": 100}, more=("核销数量",), called={"count": "数量"}),
        left={2: "100"},
    ),
    Ledger(
        "traded and redeemed differ",
        zh(
            ONE | {"核销数量（张）": 100},
            more=("核销数量（张）",),
            called={"count": "成交数量（个）"},
        ),
        left={2: "100"},
    ),
    Ledger(
        "a count and an energy that differ",
        zh(ONE | {"电量(MWh)": 24}, more=("电量(MWh)",)),
        left={2: "240"},
    ),
    Ledger(
        "half a certificate",
        en(redeemed(1, 1, count="0.5"), called={"count": "MWh"}),
        left={2: "0.5"},
    ),
    # periods
    Ledger(
        "a quarter by days",
        month("2025-01-01至2025-03-31"),
        {2: MARCH, 3: (240, "2025-01/2025-03")},
    ),
    Ledger(
        "a quarter to the first of the next",
        month("2025-01-01至2025-04-01"),
        {2: MARCH, 3: (240, "2025-01/2025-03")},
    ),
    Ledger(
        "part of a month by days",
        month("2025-03-10至2025-04-09"),
        {2: MARCH, 3: (240, "2025-03/2025-04")},
    ),
    Ledger("a month in many forms", months(*_MONTHS), dict.fromkeys(range(2, 7), MARCH)),
    Ledger(
        "quarters in many forms",
        months(*_QUARTERS),
        dict.fromkeys(range(2, 8), (240, "2025-01/2025-03")),
    ),
    Ledger(
        "a month beside its year",
        zh(
            *(
                block(240 * n + 1, 240 * n + 240, month=said) | {"Vintage Year": year}
                for n, (said, year) in enumerate(
                    [
                        ("3", "2025"),
                        ("March", 2025),
                        ("一季度", "2025"),
                        ("2025-03", 2024),
                        ("3", ""),
                    ]
                )
            ),
            called={"month": "Vintage Month"},
            more=("Vintage Year",),
        ),
        {2: MARCH, 3: MARCH, 4: (240, "2025-01/2025-03")},
        {5: "found '2024'", 6: "does not say when"},
    ),
    Ledger(
        "what is no month",
        months(*_NO_MONTHS),
        left=dict.fromkeys(range(2, 8), "does not say when"),
    ),
    Ledger("October as a number", month("2025.1"), {2: MARCH}, {3: "2025.1"}),
    Ledger(
        "October as a number of Excel",
        book(table(ZH, block(1, 240, month=2025.1), TWO)),
        {3: MARCH},
        {2: "2025.1"},
    ),
    Ledger(
        "a month as a date of Excel",
        book(table(ZH, block(1, 240, month=dt.datetime(2025, 3, 1)))),
        {2: MARCH},
    ),
    Ledger("months from to", month("2025年1月-2025年3月"), {2: MARCH, 3: (240, "2025-01/2025-03")}),
    Ledger(
        "months that turn back",
        month("2025-03至2025-01"),
        {2: MARCH},
        {3: "ends before it begins"},
    ),
    Ledger(
        "a month and days that differ",
        en(G1 | {"Vintage": "2025-03"}, G2 | {"Vintage": "2024-03"}, more=("Vintage",)),
        {2: MARCH},
        {3: "2024-03"},
    ),
    Ledger(
        "a vintage that holds the days", en(G1 | {"Vintage": "2025"}, more=("Vintage",)), {2: MARCH}
    ),
    Ledger(
        "a month and a year apart",
        en(
            G1 | {"Vintage Year": "2025", "Vintage Month": "3"},
            more=("Vintage Year", "Vintage Month"),
            called={"begins": "", "ends": ""},
        ),
        {2: MARCH},
    ),
    Ledger(
        "days of which the order is not known",
        dated(
            {"begins": "01/03/2025", "ends": "01/04/2025"},
            {"begins": "01/03/2025", "ends": "01/04/2025"},
        ),
        left={2: "01/03/2025", 3: "01/03/2025"},
    ),
    Ledger(
        "days that show their order",
        dated(
            {"begins": "01/03/2025", "ends": "31/03/2025"},
            {"begins": "01/03/2025", "ends": "01/04/2025"},
        ),
        BOTH,
    ),
    Ledger(
        "one column by day and one by month",
        dated(
            {"begins": "01/03/2025", "ends": "31/03/2025", "on": "06/30/2025"},
            {"begins": "01/03/2025", "ends": "31/03/2025", "on": "06/07/2025"},
        ),
        BOTH,
        holds={"retired_on": "2025-06-30"},
    ),
    Ledger(
        "a column by day and by month",
        dated({"on": "13/06/2025"}, {"on": "06/14/2025"}),
        left={2: "13/06/2025", 3: "06/14/2025"},
    ),
    Ledger(
        "days of redemption of which the order is not known",
        dated({"on": "06/07/2025"}, {"on": "06/08/2025"}),
        BOTH,
        remarks=("day first",),
    ),
    Ledger(
        "dates that Excel turned",
        book(
            table(
                EN,
                G1 | {"begins": "13/03/2025", "ends": "31/03/2025"},
                G2 | {"begins": dt.datetime(2025, 1, 3), "ends": "31/03/2025"},
            )
        ),
        {2: (240, "2025-03")},
        {3: "2025-01-03"},
    ),
    Ledger(
        "a period in universal time",
        en(G1 | {"begins": "2025-02-28T16:00:00Z", "ends": "2025-03-31T15:59:59Z"}, G2),
        {3: MARCH},
        {2: "2025-02-28T16"},
    ),
    Ledger(
        "a period with clocks of whole days",
        en(G1 | {"begins": "2025-03-01T00:00:00.000Z", "ends": "2025-03-31T23:59:59.999Z"}),
        {2: MARCH},
    ),
    Ledger(
        "several periods of one statement",
        en(G1, G2 | {"begins": "2025-01-01", "ends": "2025-12-31"}),
        {2: MARCH, 3: (240, YEAR)},
    ),
    Ledger(
        "a period without its end", en(G1, G2 | {"ends": ""}), {2: MARCH}, {3: "does not say when"}
    ),
    # kinds and places
    Ledger(
        "a distributed plant",
        zh(ONE | {"kind": "分布式光伏"}),
        {2: MARCH},
        holds={"technology": "solar"},
    ),
    Ledger(
        "a word of platforms",
        zh(ONE | {"kind": "太阳能发电"}, TWO | {"kind": "生物质发电"}),
        BOTH,
        holds={"technology": "solar"},
    ),
    Ledger("two technologies", zh(ONE, TWO | {"kind": "风电/光伏"}), {2: MARCH}, {3: "风电/光伏"}),
    Ledger(
        "a short province",
        zh(ONE | {"place": "内蒙"}),
        {2: MARCH},
        holds={"province": "Inner Mongolia"},
    ),
    Ledger(
        "a grid's part of a province",
        zh(ONE | {"place": "冀北"}),
        {2: MARCH},
        holds={"province": "Hebei"},
    ),
    Ledger(
        "a province in full",
        zh(ONE | {"place": "新疆维吾尔自治区"}),
        {2: MARCH},
        holds={"province": "新疆"},
    ),
    Ledger("a code of a country", en(G1 | {"place": "NO"}), {2: MARCH}, holds={"province": "NO"}),
    Ledger("no product", en(G1, called={"product": ""}), left={2: "what certificates"}),
    # status and owner
    Ledger(
        "words of a status in Chinese",
        statuses("已核销", *_NOT),
        {2: MARCH},
        dict(enumerate(_NOT, 3)),
    ),
    Ledger(
        "words of a status in English",
        statuses("Redeemed", *_NOT_EN, heading="Status"),
        {2: MARCH},
        dict(enumerate(_NOT_EN, 3)),
    ),
    Ledger(
        "words of a redeemed one",
        statuses("Redeemed", "RETIRED", "Cancelled", "Surrendered", "", "已注销"),
        dict.fromkeys(range(2, 8), MARCH),
    ),
    Ledger("another beneficiary", zh(ONE, TWO | {"who": "示例公司"}), {2: MARCH}, {3: "示例公司"}),
    Ledger(
        "a beneficiary of the same ending",
        zh(ONE, TWO | {"who": "Another Example Tower"}),
        {2: MARCH},
        {3: "Another"},
    ),
    Ledger(
        "a beneficiary with a comma unquoted",
        text([*table(ZH, ONE), [*table(ZH, TWO)[1], " Hotels Ltd"]], quoted=False),
        {2: MARCH},
        {3: "more cells"},
    ),
    Ledger(
        "several beneficiaries and none asked for",
        zh(ONE, TWO | {"who": "示例公司"}),
        BOTH,
        who="",
        remarks=("2 beneficiaries",),
    ),
    Ledger(
        "claimed for another year",
        zh(ONE | {"使用年度": "2025"}, TWO | {"使用年度": "2024"}, more=("使用年度",)),
        {2: MARCH},
        {3: "2024"},
    ),
    Ledger(
        "redeemed for another year",
        en(
            G1 | {"Reporting year": "2025"},
            G2 | {"Reporting year": "2024"},
            more=("Reporting year",),
        ),
        {2: MARCH},
        {3: "2024"},
    ),
    Ledger("no day of redemption", zh(ONE, TWO | {"on": ""}), {2: MARCH}, {3: _LATE}),
    # rows
    Ledger(
        "a page break repeats a row",
        zh(ONE, list(ZH.values()), ONE, TWO),
        {2: MARCH, 5: MARCH},
        {3: "绿证起始编码", 4: "row 2"},
    ),
    Ledger("an overlap", zh(ONE, block(240, 479)), {2: MARCH}, {3: "row 2"}),
    Ledger(
        "subtotals and a total",
        zh(ONE, ["小计", "", "", 240, "", "", "", ""], TWO, ["", "合计", "", 480, "", "", "", ""]),
        {2: MARCH, 4: MARCH},
        {3: "empty", 5: "合计"},
    ),
    Ledger(
        "notes at the end",
        zh(ONE, ["注：以上均已核销"], ["制表人：张三"]),
        {2: MARCH},
        {3: "empty", 4: "empty"},
    ),
    Ledger(
        "a preamble",
        zh(ONE, above=(["绿证核销明细"], ["单位：示例大厦", "", "打印日期 2025-07-01"], [])),
        {5: MARCH},
    ),
    Ledger("an empty line among rows", zh(ONE, [], TWO), {2: MARCH, 4: MARCH}),
    Ledger(
        "a stray quote at the end of a row",
        text(
            [*table(ZH, ONE | {"备注": '"看合同'}, TWO, block(481, 720), more=("备注",))],
            quoted=False,
        ),
        left={2: "quote"},
    ),
    Ledger(
        "a stray quote and another",
        text(
            [
                *table(
                    ZH,
                    ONE | {"备注": '"看合同'},
                    TWO,
                    block(481, 720) | {"备注": '见"'},
                    block(721, 960),
                    more=("备注",),
                )
            ],
            quoted=False,
        ),
        {3: MARCH},
        {2: "quote"},
    ),
    Ledger(
        "a remark of two lines",
        zh(ONE | {"备注": "第一批，华北\n见合同, 附件"}, TWO, more=("备注",)),
        BOTH,
    ),
    Ledger("a hidden row", book(table(ZH, ONE, TWO), _hide(3)), BOTH, remarks=("row 3", "hidden")),
    Ledger(
        "a hidden column",
        book(table(ZH, ONE, TWO), _hide_column("B")),
        BOTH,
        remarks=("1 hidden column(s)", "B"),
    ),
    Ledger(
        "a hidden row of another",
        book(table(ZH, ONE, TWO | {"who": "示例公司"}), _hide(3)),
        {2: MARCH},
        {3: "示例公司"},
    ),
    Ledger(
        "a second sheet with a heading",
        book(table(ZH, ONE), _sheet("二", table(ZH, TWO))),
        refused=("绿证 and 二",),
    ),
    Ledger(
        "a hidden sheet with a heading",
        book(table(ZH, ONE), _sheet("旧", table(ZH, TWO), "hidden")),
        refused=("旧",),
    ),
    Ledger(
        "a second sheet without a heading",
        book(table(ZH, ONE), _sheet("续", table(ZH, TWO)[1:])),
        {2: MARCH},
        remarks=("续",),
    ),
    Ledger(
        "a merged heading of two lines",
        book(_TWO_LINES, _merged),
        {3: MARCH},
    ),
    *LINES,
    Ledger("GBK with tabs", text(table(ZH, ONE, TWO), "\t", "gb18030"), BOTH),
    Ledger("semicolons and a mark", text(table(EN, G1, G2), ";", "utf-8-sig"), BOTH),
    # registries
    Ledger(
        "REGO by its code",
        en(
            G1
            | {
                "product": "REGO",
                "first": "G01234NQSC0000000001010325310325GEN",
                "last": "G01234NQSC0000000240010325310325GEN",
            }
        ),
        {2: MARCH},
    ),
    Ledger(
        "M-RETS",
        text(
            [
                [
                    "Serial Number Base",
                    "Serial Number Start",
                    "Serial Number End",
                    "Quantity",
                    "Fuel Type",
                    "State",
                    "Vintage",
                    "Retirement Date",
                    "Beneficiary",
                ],
                [
                    "123-MN-2025-03-AB12",
                    1,
                    240,
                    240,
                    "Wind",
                    "Minnesota",
                    "03/2025",
                    "2025-06-30",
                    US,
                ],
            ]
        ),
        {2: MARCH},
    ),
    Ledger(
        "GATS",
        text(
            [
                [
                    "Certificate Serial Numbers",
                    "Quantity",
                    "Fuel Type",
                    "State",
                    "Month/Year",
                    "Product",
                    "Retirement Date",
                    "Beneficiary",
                ],
                ["1234567-1 to 240", 240, "WND", "PA", "03/2025", "REC", "06/30/2025", US],
            ]
        ),
        {2: MARCH},
        holds={"serial_from": "1234567-1", "serial_to": "1234567-240"},
    ),
    Ledger(
        "LGC",
        text(
            [
                [
                    "Certificate type",
                    "Serial number",
                    "First number",
                    "Last number",
                    "Number of certificates",
                    "Fuel source",
                    "Generation state",
                    "Generation year",
                    "Surrender date",
                    "Beneficiary",
                ],
                [
                    "LGC",
                    "WD00VC26-2024-NSW-0961",
                    961,
                    1200,
                    240,
                    "Wind",
                    "NSW",
                    2025,
                    "2025-06-30",
                    US,
                ],
            ]
        ),
        {2: (240, YEAR)},
    ),
    Ledger(
        "GO with an issuing body",
        en(G1 | {"Issuing body": "Statnett"}, more=("Issuing body",)),
        {2: MARCH},
        remarks=("Issuing body",),
    ),
    Ledger(
        "I-REC by groups",
        en(
            G1
            | {
                "product": "I-REC",
                "first": "0000-0178-5363-0001.000000",
                "last": "0000-0178-5363-0240.999999",
            }
        ),
        {2: MARCH},
    ),
    Ledger(
        "I-REC in parts",
        en(
            G1
            | {
                "product": "I-REC",
                "first": "0000-0178-5363-0001.500000",
                "last": "0000-0178-5363-0240.499999",
            }
        ),
        left={2: "no range"},
    ),
    Ledger(
        "energy in kWh in English",
        en(G1 | {"count": "240000"}, called={"count": "Volume (kWh)"}),
        {2: MARCH},
    ),
    Ledger(
        "a number that stands for others", zh(block(1, 240, place="")), left={2: "where the power"}
    ),
    Ledger(
        "another project's end",
        zh(ONE | {"last": code(240, project="6" + PROJECT[1:])}),
        left={2: "no range"},
    ),
]
