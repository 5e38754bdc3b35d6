"""Awkward exports of retired credits, as registries and offices leave them."""

from __future__ import annotations

import datetime as dt

from awkward_ledgers import US, VERRA, Ledger, book, retired, table, text, verra

TEN = (10, "2022-01/2022-12")
ONE, TWO = retired(101, 110), retired(201, 210)
BOTH = {2: TEN, 3: TEN}


def statuses(*said: str):
    rows = [retired(100 * n + 1, 100 * n + 10) | {"Status": each} for n, each in enumerate(said)]
    return verra(*rows, more=("Status",))


def on(one: object, two: object):
    return verra(ONE | {"on": one}, TWO | {"on": two})


def _hide(made):
    made.active.row_dimensions[3].hidden = True


def _sheet(name, cells):
    def then(made):
        sheet = made.create_sheet(name)
        for row in cells:
            sheet.append(row)

    return then


def other(heads: list, *rows: list):
    return text([heads, *rows])


_ACR = [
    "Vintage",
    "Credit Serial Numbers",
    "Quantity of Credits",
    "Status Effective (GMT)",
    "Retired on Behalf of",
    "Purpose of Retirement",
    "Project ID",
]
_GS = [
    "Project ID",
    "Vintage",
    "Credit Status",
    "Quantity",
    "Project Name",
    "Serial Number",
    "Retirement Date",
    "Using Entity",
]
_ISO = [
    "retirement_id",
    "retired_at",
    "beneficiary.name",
    "credit_batch_size_total.credits",
    "project_id",
    "sequestered_on",
]
_ACR1 = [2019, "ACR-US-102-2019-274-11 to 20", 10, "12/29/2025", US, "2025", "ACR102"]
_GS1 = [
    "GS7604",
    2022,
    "Retired",
    10,
    "Stoves",
    "GS1-1-CN-GS7604-3-2022-21289-101-110",
    "2026-01-20",
    US,
]

_UUID = "cccf79ef-0000-4000-8000-abcdefabcdef"

_NOT = (
    "Active",
    "Issued",
    "Transferred",
    "On hold",
    "Pending retirement",
    "Withdrawn",
    "Buffer Pool",
    "Reversed",
    "冻结",
    "作废",
    "Not retired",
    "Retirado",
    "Annulé",
)

TRAPS = [
    Ledger("two rows", verra(ONE, TWO), BOTH),
    Ledger("thousands by comma", verra(retired(1001, 2000, count="1,000")), {2: (1000, TEN[1])}),
    Ledger("thousands by point", verra(retired(1001, 2000, count="1.000")), {2: (1000, TEN[1])}),
    Ledger("one by point", verra(retired(1001, 1001, count="1.000")), left={2: "1.000"}),
    Ledger("part of a block", verra(ONE | {"count": 5}, TWO), {3: TEN}, {2: "holds 10"}),
    Ledger("a total", verra(ONE, TWO, ["", "", "", "Total", 20]), BOTH, {4: "empty"}),
    Ledger(
        "a repeated heading",
        verra(ONE, list(VERRA.values()), TWO),
        {2: TEN, 4: TEN},
        {3: "Serial Number"},
    ),
    Ledger("a serial twice", verra(ONE, TWO, ONE), BOTH, {4: "row 2"}),
    Ledger("a serial that overlaps", verra(ONE, retired(110, 119)), {2: TEN}, {3: "row 2"}),
    Ledger(
        "a serial over two lines of a cell",
        verra(ONE | {"serial": ONE["serial"].replace("-VCS", "\n-VCS")}),
        {2: TEN},
    ),
    Ledger(
        "a serial over two rows",
        verra(ONE | {"serial": ONE["serial"][:25]}, ["", "", "", "", "", ONE["serial"][25:]], TWO),
        {4: TEN},
        {2: "serial of none", 3: "serial of none"},
    ),
    Ledger(
        "two serials in a cell",
        verra(ONE | {"serial": f"{ONE['serial']}\n{TWO['serial']}", "count": 20}),
        left={2: "second serial"},
    ),
    Ledger(
        "two serials by comma",
        verra(ONE | {"serial": f"{ONE['serial']}; {TWO['serial']}", "count": 20}),
        left={2: "serial of none"},
    ),
    Ledger("a vintage that differs", verra(ONE | {"begins": "2021-01-01"}), left={2: "2021-01-01"}),
    Ledger(
        "a vintage by month first",
        verra(ONE | {"begins": "01/01/2022", "ends": "12/31/2022", "on": "02/03/2026"}),
        {2: TEN},
        holds={"retired_on": "2026-02-03"},
    ),
    Ledger(
        "a vintage by day first",
        verra(ONE | {"begins": "01/01/2022", "ends": "31/12/2022", "on": "02/03/2026"}),
        {2: TEN},
        holds={"retired_on": "2026-03-02"},
    ),
    Ledger(
        "days of which the order is not known",
        on("02/03/2026", "02/04/2026"),
        BOTH,
        remarks=("day first",),
    ),
    Ledger(
        "a column by day and by month",
        on("13/02/2026", "02/14/2026"),
        left={2: "13/02/2026", 3: "02/14/2026"},
    ),
    Ledger(
        "a majority by day, one by month",
        verra(
            ONE | {"on": "13/02/2026"},
            TWO | {"on": "14/02/2026"},
            retired(301, 310, on="02/15/2026"),
            retired(401, 410, on="03/02/2026"),
        ),
        left={2: "both orders", 3: "14/02/2026", 4: "02/15/2026", 5: "03/02/2026"},
    ),
    Ledger(
        "dates that Excel turned",
        book(table(VERRA, ONE | {"on": "13/02/2026"}, TWO | {"on": dt.datetime(2026, 3, 2)})),
        {2: TEN},
        {3: "2026-03-02"},
    ),
    Ledger("no day of retirement", verra(ONE, TWO | {"on": ""}), {2: TEN}, {3: "not retired"}),
    Ledger(
        "another beneficiary",
        verra(ONE, TWO | {"who": "Autodesk Example"}),
        {2: TEN},
        {3: "Autodesk"},
    ),
    Ledger(
        "a name of the same ending",
        verra(ONE, TWO | {"who": "Bexample Tower"}),
        {2: TEN},
        {3: "Bexample"},
    ),
    Ledger(
        "blank, and named in the details",
        verra(ONE | {"who": "", "text": f"Retired on behalf of {US} for 2025"}),
        {2: TEN},
    ),
    Ledger(
        "blank, and another named in the details",
        verra(ONE | {"who": "", "text": f"Retired by {US} on behalf of Acme Ltd"}),
        left={2: "not Example"},
    ),
    Ledger(
        "several beneficiaries and none asked for",
        verra(ONE, TWO | {"who": "Acme"}),
        BOTH,
        who="",
        remarks=("2 beneficiaries",),
    ),
    Ledger("words of a status", statuses("Retired", *_NOT), {2: TEN}, dict(enumerate(_NOT, 3))),
    Ledger(
        "words of a retired one",
        statuses("Retired", "Registered", "已注销", ""),
        dict.fromkeys(range(2, 6), TEN),
    ),
    Ledger(
        "a column of price",
        verra(ONE | {"Price (USD)": "12.50"}, more=("Price (USD)",)),
        {2: TEN},
        remarks=("Price (USD)",),
    ),
    Ledger(
        "two counts of one name",
        text([[*table(VERRA, ONE)[0], "Quantity Issued"], [*table(VERRA, ONE)[1], 5]]),
        refused=("Quantity Issued", "twice"),
    ),
    Ledger(
        "a text with a comma unquoted",
        text([*table(VERRA, ONE), [*table(VERRA, TWO)[1], " LLC"]], quoted=False),
        {2: TEN},
        {3: "more cells"},
    ),
    Ledger(
        "a stray quote",
        text([*table(VERRA, ONE | {"text": '"for 2025'}, TWO)], quoted=False),
        left={2: "quote"},
    ),
    Ledger("a hidden row", book(table(VERRA, ONE, TWO), _hide), BOTH, remarks=("row 3", "hidden")),
    Ledger(
        "a second sheet",
        book(table(VERRA, ONE), _sheet("two", table(VERRA, ONE))),
        refused=("sheets 绿证 and two",),
    ),
    Ledger(
        "a second sheet without a heading",
        book(table(VERRA, ONE), _sheet("more", table(VERRA, TWO)[1:])),
        {2: TEN},
        remarks=("more",),
    ),
    Ledger(
        "dashes and blanks in a serial",
        verra(ONE | {"serial": ONE["serial"].replace("-", " – ")}),
        {2: TEN},
    ),
    Ledger("small letters in a serial", verra(ONE | {"serial": ONE["serial"].lower()}), {2: TEN}),
    Ledger(
        "claimed for another year",
        verra(
            ONE | {"Reporting year": "2025"},
            TWO | {"Reporting year": "2024"},
            more=("Reporting year",),
        ),
        {2: TEN},
        {3: "2024"},
    ),
    Ledger("ACR", other(_ACR, _ACR1), {2: (10, "2019-01/2019-12")}),
    Ledger("ACR of another vintage", other(_ACR, [2020, *_ACR1[1:]]), left={2: "2020"}),
    Ledger(
        "ACR with a vintage of two years",
        other(_ACR, ["01/01/2018 - 31/12/2019", *_ACR1[1:]]),
        left={2: "01/01/2018"},
    ),
    Ledger(
        "ACR with its vintage as days",
        other(_ACR, ["01/01/2019 - 31/12/2019", *_ACR1[1:]]),
        {2: (10, "2019-01/2019-12")},
    ),
    Ledger("ACR of another project", other(_ACR, [*_ACR1[:-1], "ACR103"]), left={2: "ACR103"}),
    Ledger("Gold Standard", other(_GS, _GS1), {2: (10, "2022-01/2022-12")}),
    Ledger(
        "Gold Standard of old",
        other(
            _GS,
            [
                "GS1020",
                2012,
                "Retired",
                9,
                "Filters",
                "GS1-1-KH-1020-16-2012-325-1-9",
                "2026-01-20",
                US,
            ],
        ),
        {2: (9, "2012-01/2012-12")},
    ),
    Ledger(
        "Gold Standard issued",
        other(
            _GS,
            _GS1,
            [
                "GS7604",
                2022,
                "Issued",
                10,
                "Stoves",
                "GS1-1-CN-GS7604-3-2022-21289-201-210",
                "2026-01-20",
                US,
            ],
        ),
        {2: (10, "2022-01/2022-12")},
        {3: "Issued"},
    ),
    Ledger(
        "Isometric by decimals",
        other(
            _ISO,
            ["ret_1KNSQMD6Z1S0TB50", "2026-04-09T18:21:22Z", US, "531.0", "prj_1", "2026-01-22"],
        ),
        {2: (531, "2026-01/2026-01")},
    ),
    Ledger(
        "Isometric by thousands",
        other(
            _ISO,
            ["ret_1KNSQMD6Z1S0TB50", "2026-04-09T18:21:22Z", US, "1.531", "prj_1", "2026-01-22"],
        ),
        left={2: "1.531"},
    ),
    Ledger(
        "Isometric twice",
        other(
            _ISO,
            *[["ret_1KNSQMD6Z1S0TB50", "2026-04-09T18:21:22Z", US, "531.0", "prj_1", "2026-01-22"]]
            * 2,
        ),
        {2: (531, "2026-01/2026-01")},
        {3: "row 2"},
    ),
    Ledger(
        "CAR",
        other(
            _ACR,
            [
                2025,
                "CAR-1-US-1335-31-983-KS-2025-9205-1 to 50",
                50,
                "10/27/2025",
                US,
                "2025",
                "CAR1335",
            ],
        ),
        {2: (50, "2025-01/2025-12")},
    ),
    Ledger(
        "ART",
        other(_ACR, [2023, "FCPF-CI-130-2023-20-1 to 50", 50, "04/28/2026", US, "2025", "ART130"]),
        {2: (50, "2023-01/2023-12")},
    ),
    Ledger(
        "Puro",
        other(
            _ACR,
            [2024, f"PURO_PR_CORC100+_BO_432524_2024_{_UUID}_11-20", 10, "04/28/2026", US]
            + ["2025", "432524"],
            [2024, f"puro_pr_corc100+_bo_432524_2024_{_UUID.upper()}_20-21", 2, "04/28/2026", US]
            + ["2025", "432524"],
            [2023, f"PURO_PR_CORC_100_BO_432524_2024_{_UUID}_31-40", 10, "04/28/2026", US]
            + ["2025", "432524"],
            [2023, "PURO-643002-998", 1, "04/28/2026", US, "2025", "P1"],
        ),
        {2: (10, "2024-01/2024-12")},
        {3: "row 2", 4: "2023", 5: "serial of none"},
    ),
    Ledger(
        "BioCarbon",
        other(
            _ACR,
            [2024, "BCR-CO-259-14-002-2-2401-2409-0043804-0043903", 100, "04/28/2026", US]
            + ["2025", "BCR-CO-259-14-002"],
            [2012, "PCR-CO-ATI-14-001-2-1012-1712-0000001-0000010", 9, "04/28/2026", US]
            + ["2025", "PCR-CO-ATI-14-001"],
            [2023, "BCR-CO-123-14-001-2023-1-50", 50, "04/28/2026", US, "2025", "B1"],
            [2024, "BCR-CO-259-14-002-2-2413-2409-0043904-0043999", 96, "04/28/2026", US]
            + ["2025", "BCR-CO-259-14-002"],
            [2024, "BCR-CO-259-14-002-2-2409-2401-0043904-0043999", 96, "04/28/2026", US]
            + ["2025", "BCR-CO-259-14-002"],
        ),
        {2: (100, "2024-01/2024-09")},
        {3: "holds 10", **dict.fromkeys((4, 5, 6), "serial of none")},
        holds={"project_id": "BCR-CO-259-14-002"},
    ),
    Ledger(
        "CCER without its numbers",
        other(
            ["减排量序列号", "数量", "注销日期", "减排年份", "使用方"],
            ["CCER-2024-000001", 10, "2026-01-20", 2024, US],
        ),
        left={2: "serial of none"},
    ),
    Ledger(
        "CCER by its first and last number",
        other(
            ["减排量类型", "起始序列号", "终止序列号", "数量", "注销日期", "减排年份", "使用方"],
            ["CCER", "A2024000001", "A2024000010", 10, "2026-01-20", 2024, US],
            ["国家核证自愿减排量", "A2024000011", "A2024000020", 9, "2026-01-20", 2024, US],
            ["CCER", "A2024000010", "A2024000012", 3, "2026-01-20", 2024, US],
            ["碳票", "B1", "B9", 9, "2026-01-20", 2024, US],
            ["CCER", "A2024000031", "A2024000040", 10, "", 2024, US],
            ["CCER/VCS", "A2024000041", "A2024000050", 10, "2026-01-20", 2024, US],
            ["CCER", "A2024000051", "B2024000060", 10, "2026-01-20", 2024, US],
        ),
        {2: (10, "2024-01/2024-12")},
        {4: "row 2", 6: "not retired", **dict.fromkeys((3, 5, 7, 8), "serial of none")},
        remarks=("is not public", "as printed"),
    ),
    Ledger(
        "Cercarbono by thousands",
        other(
            ["project_id", "serial", "vintage", "end_user", "date", "quantity", "from", "to"],
            ["1", "CDC_1_1_1_321_14_1_2009", 2009, US, "2025-12-24", "546", "4,426", "4,971"],
        ),
        left={2: "serial of none"},
    ),
    Ledger(
        "Cercarbono",
        other(
            ["project_id", "serial", "vintage", "end_user", "date", "quantity", "from", "to"],
            ["1", "CDC_1_1_1_321_14_1_2009", 2009, US, "2025-12-24", "546", "4426", "4971"],
        ),
        {2: (546, "2009-01/2009-12")},
    ),
    Ledger(
        "CDM",
        other(
            _ACR,
            [
                2019,
                "RW-5-101-2-2-0-6207 - RW-5-110-2-2-0-6207",
                10,
                "04/28/2026",
                US,
                "2025",
                "6207",
            ],
        ),
        {2: (10, "2019-01/2019-12")},
    ),
]
