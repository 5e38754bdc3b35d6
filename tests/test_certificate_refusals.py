"""Ways to break the ledger of certificates, each with the refusal it must cause: its row, and
the rule in words.
"""

import pandas as pd
import pytest
from ledgers import CERTIFICATE, REPORTER

from neutrality.case import tables
from neutrality.green import coverage
from neutrality.ledger import certificate_periods, certificate_serials, certificates, ranges
from neutrality.reference import published

NEXT = {"block_id": "W2", "serial_from": 1241, "serial_to": 1480}  # a valid block after the first
WAITS = {
    "settlement": "provisional",
    "serial_from": "",
    "serial_to": "",
    "retired_on": "",
    "beneficiary": "",
}
OLD = {"month": "2023-11", "claimed_year": 2025, "retired_on": "2026-01-05"}
# what the first row, or a second one, is changed to; the row that is refused; what the refusal says
WAYS = {
    "quantity below the range": (
        [{"quantity": 239}],
        2,
        "quantity is 239, but 1001 to 1240 contains 240 numbers",
    ),
    "quantity above the range": (
        [{"quantity": 241}],
        2,
        "quantity is 241, but 1001 to 1240 contains 240 numbers",
    ),
    "range that runs backwards": (
        [{"serial_from": 1300}],
        2,
        "is not a range of one number series",
    ),
    "ends of two series": (
        [{"serial_from": "A1001", "serial_to": "B1240"}],
        2,
        "is not a range of one number series",
    ),
    "serial without a number": (
        [{"serial_from": "first", "serial_to": "last"}],
        2,
        "is not a range of one number series",
    ),
    **{
        f"separators: {first}": (
            [{"serial_from": first, "serial_to": last}],
            2,
            "write the number without separators",
        )
        for first, last in (
            ("900,000,001", "900,000,240"),
            ("900 000 001", "900 000 240"),
            ("900-000-001", "900-000-240"),
            ("900_000_001", "900_000_240"),
            ("GEC-900,000,001", "GEC-900,000,240"),
        )
    },
    **{
        f"spreadsheet: {first}": (
            [{"serial_from": first, "serial_to": last}],
            2,
            "a spreadsheet converted the serial into a number",
        )
        for first, last in (
            ("9.00E+08", "9.00E+08"),
            ("900000001.0", "900000240.0"),
            ("9.00000001E8", "9.0000024E8"),
            ("9e+08", "9e+08"),
        )
    },
    "bare beside two prefixes": (
        [
            {},
            {"block_id": "W2", "serial_from": "A1001", "serial_to": "A1240"},
            {"block_id": "W3", "serial_from": "B1001", "serial_to": "B1240"},
        ],
        2,
        "'1001' has no prefix",
    ),
    "long numbers in common": (
        [
            {"serial_from": "9000000000000001001", "serial_to": "9000000000000001240"},
            {
                "block_id": "W2",
                "serial_from": "9000000000000001240",
                "serial_to": "9000000000000001249",
                "quantity": 10,
            },
        ],
        3,
        "overlaps row 2",
    ),
    "final block without serials": (
        [{"serial_from": "", "serial_to": ""}],
        2,
        "is not a range of one number series",
    ),
    "same block twice": ([{}, {"block_id": "W2"}], 3, "the same block is already in row 2"),
    "same block, prefix written otherwise": (
        [
            {"serial_from": "GEC-1001", "serial_to": "GEC-1240"},
            {"block_id": "W2", "serial_from": "gec 1001", "serial_to": "gec 1240"},
        ],
        3,
        "the same block is already in row 2",
    ),
    "one number in two blocks": (
        [{}, NEXT | {"serial_from": 1240, "quantity": 241}],
        3,
        "1240 to 1480 overlaps row 2",
    ),
    "block inside another": (
        [{}, {"block_id": "W2", "serial_from": 1100, "serial_to": 1109, "quantity": 10}],
        3,
        "1100 to 1109 overlaps row 2",
    ),
    "certificate alone and with its power": (
        [{}, {"block_id": "W2", "instrument": "green_power_trade", "contract": "C"}],
        3,
        "is already in row 2",
    ),
    **{
        f"same number spelt {first}": (
            [
                {"serial_from": "GEC-900001001", "serial_to": "GEC-900001240"},
                {"block_id": "W2", "serial_from": first, "serial_to": last},
            ],
            3,
            "is already in row 2",
        )
        for first, last in (
            ("No.GEC-900001001", "No.GEC-900001240"),
            ("№ 900001001", "№ 900001240"),
            ("绿证900001001", "绿证900001240"),
            ("绿证编号：900001001", "绿证编号：900001240"),
            ("GECO-900001001", "GECO-900001240"),
            ("GECO900001001", "绿证900001240"),
            ("ＧＥＣ-９００００１００１", "ＧＥＣ-９００００１２４０"),
            ("G\u0415\u0421-900001001", "G\u0415\u0421-900001240"),  # Cyrillic
            ("G\u0395C-900001001", "G\u0395C-900001240"),  # Greek
            ("GEC\u200b-900\u200b001001", "GEC-900001240"),
            ("GEC-9OOOO1OO1", "GEC-9OOOO124O"),
            ("GEC-90000l00l", "GEC-90000l240"),
            ("GEC–900–001001", "GEC–900–001240"),
            ("GEC-9/00001001", "GEC-9/00001240"),
            ("GEC-٩٠٠٠٠١٠٠١", "GEC-٩٠٠٠٠١٢٤٠"),
        )
    },
    "digits of the prefix joined to the number": (
        [
            {"serial_from": "GEC-2025-001001", "serial_to": "GEC-2025-001240"},
            {"block_id": "W2", "serial_from": "GEC2025001240", "serial_to": "GEC2025001479"},
        ],
        3,
        "2025001240 to 2025001479 overlaps row 2",
    ),
    "more than the capacity allows": (
        [{"capacity_mw": 0.3}],
        2,
        "240 MWh of this plant are claimed for 2025-03, but 0.3 MW generate at most 223 MWh in the "
        "744 hours of that month",
    ),
    "more than the capacity allows, in two blocks": (
        [{"capacity_mw": 0.5}, NEXT | {"capacity_mw": 0.5}],
        3,
        "480 MWh of this plant are claimed for 2025-03, but 0.5 MW",
    ),
    "another capacity in one row of a plant": (
        [
            {"capacity_mw": 0.4, "profile": "farm"},
            NEXT | {"capacity_mw": 4000, "profile": "farm"},
        ],
        2,
        "but 0.4 MW generate at most",
    ),
    "more than the largest plant": (
        [{"serial_to": 20_001_000, "quantity": 20_000_000}],
        2,
        "20,000,000 MWh of this plant are claimed for 2025-03, but 22500 MW",
    ),
    "capacity above that of any plant": ([{"capacity_mw": 1e6}], 2, "column capacity_mw: found"),
    "claimed in two years": (
        [{"claimed_year": 2024, "month": "2024-12"}, {"block_id": "W2"}],
        3,
        "overlaps row 2, claimed for 2024",
    ),
    "block name twice": (
        [{}, NEXT | {"block_id": "W1"}],
        3,
        "the block name 'W1' is already used above",
    ),
    "generated after the year": (
        [{"month": "2026-01", "retired_on": "2026-03-01"}],
        2,
        "generated in 2026-01, after the reporting year 2025",
    ),
    "generated before the window": ([OLD], 2, "generated in 2023-11, before 2024-01"),
    "retired after two years": (
        [{"retired_on": "2027-04-01"}],
        2,
        "valid until 2027-03-31, but retired on 2027-04-01",
    ),
    "retired after the old rule's last day": (
        [OLD],
        2,
        "valid until 2025-12-31, but retired on 2026-01-05",
    ),
    "retired before it was generated": (
        [{"retired_on": "2025-02-28"}],
        2,
        "retired on 2025-02-28, before the generation month",
    ),
    "retired in the month of generation": (
        [{"retired_on": "2025-03-01"}],
        2,
        "retired on 2025-03-01, before the generation month 2025-03 ended",
    ),
    "not retired": ([{"retired_on": ""}], 2, "there is no retirement date"),
    "retired for somebody else": (
        [{"beneficiary": "Another Tower"}],
        2,
        "retired for 'Another Tower'",
    ),
    "retired for nobody": ([{"beneficiary": ""}], 2, "no beneficiary is given"),
    "technology misspelt": ([{"technology": "wimd"}], 2, "'wimd' is not known; did you mean wind"),
    **{
        f"provisional: {said}": ([{}, NEXT | WAITS | change], 3, said)
        for change, said in (
            ({"technology": "coal"}, "'coal' is fossil"),
            ({"beneficiary": "Another Tower"}, "retired for 'Another Tower'"),
            ({"month": "2019-05"}, "generated in 2019-05"),
            ({"instrument": "GO"}, "GO belongs to the market Europe"),
            ({"profile": "nowhere"}, "'nowhere' is not a column"),
        )
    },
    "technology that does not exist": (
        [{"technology": "perpetuum_mobile"}],
        2,
        "'perpetuum_mobile' is not known",
    ),
    "coal": ([{"technology": "coal"}], 2, "'coal' is fossil, not renewable"),
    "nuclear": ([{"technology": "nuclear"}], 2, "'nuclear' is nuclear, not renewable"),
    "storage": ([{"technology": "storage"}], 2, "no certificates are issued for storage"),
    "hydropower before it was tradable": (
        [{"technology": "hydro", "month": "2022-12", "retired_on": "2023-05-01"}],
        2,
        "only those from 2023-01 on are",
    ),
    "kWh sold as credits too": (
        [{"carbon_project_id": "VCS03005"}],
        2,
        "carbon project 'VCS03005', whose credits are also in credits.csv",
    ),
    "provisional and retired": (
        [{"settlement": "provisional"}],
        2,
        "settlement is 'provisional', but retired_on is",
    ),
    "certificate of a scheme that ended": (
        [{"instrument": "I-REC"}],
        2,
        "issued only for generation up to 2024-12",
    ),
    "European certificate": (
        [{"instrument": "GO"}],
        2,
        "GO belongs to the market Europe, not to the site's",
    ),
    "American certificate": (
        [{"instrument": "REC"}],
        2,
        "REC belongs to the market North America, not to the site's",
    ),
    "instrument that the rule does not take": (
        [{"instrument": "I-REC", "month": "2024-12"}],
        2,
        "annex D.1.1 names the GEC as evidence, not I-REC",
    ),
    "plant without its generation": (
        [{"profile": "nowhere"}],
        2,
        "'nowhere' is not a column of the table generation",
    ),
    "month without generation": (
        [{"profile": "farm", "month": "2025-02"}],
        2,
        "'farm' has no generation in 2025-02",
    ),
    "more than the plant generated": (
        [{"profile": "farm", "quantity": 240}],
        2,
        "240.0 MWh are claimed for 2025-03, but 'farm' metered 100.0 MWh",
    ),
    "negative count": ([{"quantity": -240}], 2, "column quantity: found '-240'; it is 1 or more"),
    "no certificate": ([{"quantity": 0}], 2, "column quantity: found '0'; it is 1 or more"),
    "part of a certificate": ([{"quantity": 239.5}], 2, "found '239.5'; expected a whole number"),
    "unknown instrument": (
        [{"instrument": "PPA"}],
        2,
        "found 'PPA'; choose one of GEC, green_power_trade, I-REC, GO, REC",
    ),
    "unknown settlement": (
        [{"settlement": "soon"}],
        2,
        "found 'soon'; choose one of provisional, final",
    ),
    "month that is none": ([{"month": "2025-13"}], 2, "found '2025-13'; expected a month"),
    "month of a far future": ([{"month": "9999-12"}], 2, "found '9999-12'; expected a month"),
    "date that is none": ([{"retired_on": "2025-02-30"}], 2, "found '2025-02-30'; expected a date"),
}


def generation():
    hours = pd.date_range("2025-01-01", "2025-12-31 23:00", freq="h", tz="Asia/Shanghai")
    march = hours.month == 3
    return pd.DataFrame({"farm_kwh": march * 1e5 / march.sum()}, hours)


@pytest.mark.parametrize(
    ("lost", "rule"),
    [(slice(0, 0), None), (slice(0, 5), "profile_hours_missing"), (slice(0, 100), "profile_gaps")],
)
@pytest.mark.parametrize("blank", [True, False])
def test_missing_hours_of_generation_are_odd_and_many_refused(lost, rule, blank):
    table = generation()["2025-03":"2025-03"]
    table = (
        table.assign(farm_kwh=table["farm_kwh"].where(~table.index.isin(table.index[lost])))
        if blank
        else table.drop(table.index[lost])
    )
    block = pd.DataFrame([{"month": "2025-03", "profile": "farm", "kwh": 1000.0}], index=[2])
    assert [f.rule for f in coverage.generation_findings(block, table, 0.02)] == [rule] * (
        rule is not None
    )


@pytest.mark.parametrize(
    ("capacity_mw", "refused"),  # March generates 134.4 kWh an hour
    [([0.129], False), ([0.127], True), ([0.2, 0.127], True), ([None], False), ([0.2], False)],
)
def test_an_hour_above_nameplate_is_refused(capacity_mw, refused):
    rows = [
        {"month": "2025-03", "profile": "farm", "kwh": 10.0, "capacity_mw": mw}
        for mw in capacity_mw
    ]
    block = pd.DataFrame(rows, index=range(2, 2 + len(rows))).astype({"capacity_mw": "float64"})
    found = coverage.generation_findings(block, generation(), 0.02)
    assert [(f.rule, f.severity, f.row) for f in found] == [
        ("above_nameplate", "refused", 2)
    ] * refused
    if refused:
        assert (
            "certificates.csv, row 2" in found[0].en and "hour of 2025-03-01 00:00" in found[0].en
        )


def test_a_generation_table_of_another_year_or_clock_does_not_pass_in_silence():
    block = pd.DataFrame([{"month": "2025-03", "profile": "farm", "kwh": 1000.0}], index=[2])
    march = generation()["2025-03":"2025-03"]
    earlier, elsewhere = (
        march.set_axis(march.index - pd.DateOffset(years=1)),
        march.set_axis(march.index - pd.Timedelta(hours=8)),
    )
    assert [f.rule for f in coverage.generation_findings(block, earlier, 0.02)] == ["profile_empty"]
    assert [f.rule for f in coverage.generation_findings(block, elsewhere, 0.02)] == [
        "profile_hours_missing"
    ]


def refusals(folder, changes, green_rule="gbt_32151"):
    """What the table and then the ledger refuse of a file with these rows."""
    tables.write(
        pd.DataFrame([CERTIFICATE | change for change in changes]), folder / "certificates.csv"
    )
    found, rows = tables.problems(folder, "certificates"), tables.valid_rows(folder, "certificates")
    checked = certificates.check(rows, 2025, REPORTER, "Beijing", green_rule, 12, ("VCS3005",))
    claimed = certificates.with_kwh(ranges.claimed(rows, 2025))
    checked += coverage.generation_findings(claimed, generation(), 0.02)
    return found + [finding.en for finding in checked if finding.severity == "refused"]


def test_there_are_at_least_thirty_ways_to_break_the_ledger():
    assert len(WAYS) >= 30


@pytest.mark.parametrize("way", WAYS)
def test_a_broken_ledger_is_refused_with_row_and_rule(way, tmp_path):
    changes, row, said = WAYS[way]
    sentences = refusals(tmp_path, changes)
    assert [
        sentence
        for sentence in sentences
        if said in sentence and sentence.startswith(f"certificates.csv, row {row}, ")
    ], sentences


@pytest.mark.parametrize(
    "valid",
    [
        [{}],
        [{}, NEXT],
        [{"instrument": "green_power_trade", "contract": "C"}],
        [{"profile": "farm", "serial_to": 1100, "quantity": 100}],
        [{}, NEXT | WAITS],
        [{"carbon_project_id": "GS3005"}],
        [{"capacity_mw": 0.33}],
        [{"capacity_mw": 0.33}, NEXT | {"capacity_mw": 0.33, "province": "Qinghai"}],
        [
            {"serial_from": "GEC-2024-1001", "serial_to": "GEC-2024-1240"},
            {"block_id": "W2", "serial_from": "GEC-2025-1001", "serial_to": "GEC-2025-1240"},
        ],
    ],
)
def test_a_valid_ledger_is_not_refused(valid, tmp_path):
    assert refusals(tmp_path, valid) == []


def odd(*changes):
    rows = pd.DataFrame([CERTIFICATE | each for each in changes]).set_axis(
        range(2, 2 + len(changes))
    )
    rows["retired_on"] = pd.to_datetime(rows["retired_on"])
    checked = certificates.check(rows, 2025, REPORTER)
    checked += certificates.alike_findings(rows, 2025, 0.5)
    return {f.rule: f.en for f in checked if f.severity == "odd"}


@pytest.mark.parametrize(
    ("first", "last"), [("GEC-l001", "GEC-l240"), ("G\u0415C-1001", "G\u0415C-1240")]
)
def test_a_letter_that_looks_like_another_is_odd_where_the_number_stands_once(first, last):
    found = odd({"serial_from": first, "serial_to": last})
    assert list(found) == ["serial_lookalike"] and f"such as '{first}'" in found["serial_lookalike"]
    assert odd({"serial_from": "GECO-1001", "serial_to": "GECO-1240"}) == {}


def test_numbers_that_differ_in_their_letters_only_are_odd_with_their_tonnes():
    blocks = [
        {"block_id": each, "serial_from": f"{each}1001", "serial_to": f"{each}1240"}
        for each in ("W-", "S-", "N-")
    ]
    found = odd(*blocks)
    assert list(found) == ["serial_other_prefix"]
    assert "2 block(s), 480.0 MWh that avoid at most 240.0 t" in found["serial_other_prefix"]
    assert odd(blocks[0], blocks[1] | {"serial_from": "S-1241", "serial_to": "S-1480"}) == {}
    rows = pd.DataFrame([CERTIFICATE | each for each in blocks], index=[2, 3, 4])
    assert [f.kwh for f in certificates.alike_findings(rows, 2025, 0.5)] == [480_000.0]


def test_the_same_certificates_three_times_without_a_generation_profile_count_once(tmp_path):
    blocks = [
        {"block_id": f"W{at}", "serial_from": f"{name}1001", "serial_to": f"{name}1240"}
        for at, name in enumerate(("GEC-", "No.GEC-", "绿证"))
    ]
    found = refusals(tmp_path, blocks)
    assert len(found) == 2 and all("the same block is already in row" in each for each in found)


def test_the_evidence_stays_as_it_was_written(tmp_path):
    refusals(tmp_path, [{"serial_from": "№ 9OO1", "serial_to": "№ 924O"}])
    kept = tables.valid_rows(tmp_path, "certificates")
    blocks = certificate_serials.blocks(kept)
    assert (kept["serial_from"].tolist(), kept["serial_to"].tolist()) == (["№ 9OO1"], ["№ 924O"])
    assert blocks["serial_from"].tolist() == ["№ 9OO1"] and blocks["serial_start"].tolist() == [
        9001
    ]


def test_a_wider_window_lets_an_older_certificate_pass_as_odd():
    row = pd.DataFrame(
        [CERTIFICATE | {"month": "2024-02", "retired_on": pd.Timestamp("2025-06-30")}], index=[2]
    )
    narrow, wide = (
        {f.rule for f in certificates.check(row, 2025, REPORTER, vintage_months=months)}
        for months in (6, 12)
    )
    assert (
        "outside_vintage_window" in narrow
        and "generated_before_year" in wide
        and "outside_vintage_window" not in wide
    )


def test_a_certificate_is_valid_neither_one_nor_five_years():
    until = certificate_periods.valid_until(pd.Series(["2025-03"]), "GEC rules 2024").iloc[0]
    assert until == pd.Timestamp("2027-03-31")


def test_the_size_of_a_certificate_is_the_published_one():
    assert set(published.table("instruments")["kwh"].astype(float)) == {
        published.coefficient("gec_kwh")
    }
