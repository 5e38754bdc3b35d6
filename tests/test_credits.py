"""Carbon credits: each rule refused, row and rule named, and what must never be called wrong."""

from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import BEIJING, ISO, PAS, REPORTER, credit, credit_findings, frame, rules, serial

from neutrality.ledger import credits, serials
from neutrality.reference import published
from neutrality.reference.status import STATUSES
from neutrality.texts import findings


def test_a_valid_ledger_has_nothing_refused_or_odd():
    assert rules(credit_findings(credit(1, 100), credit(101, 150))) == []


GOLD = {"serial": "GS1-1-CN-GS3005-16-2022-30256-101-200", "programme": "GS"}
LATE = {
    "serial": serial(101, 200, vintage=("01072025", "30062026")),
    "vintage_start": "2025-07-01",
    "vintage_end": "2026-06-30",
    "retired_on": "2026-07-01",
}
OPAQUE = {"serial": "CCER-2024-0001", "programme": "CCER"}
# what is changed in the second of two valid rows, the rule it breaks and the column that is named
REFUSED = [
    ({"serial": "19380"}, "serial_malformed", "serial"),
    ({"serial": serial(200, 101)}, "serial_malformed", "serial"),
    ({"serial": serial(101, 200).replace("31122022", "31022022")}, "serial_malformed", "serial"),
    ({"serial": serial(101, 200)[:-2]}, "serial_malformed", "serial"),
    ({"serial": "GS1-1-CN", "programme": "GS"}, "serial_malformed", "serial"),
    ({"programme": "GS"}, "programme_contradicts", "programme"),
    (GOLD | {"programme": "VCS"}, "programme_contradicts", "programme"),
    ({"quantity": 99}, "range_not_quantity", "quantity"),
    (GOLD | {"quantity": 101}, "range_not_quantity", "quantity"),
    ({"serial": serial(1, 100)}, "duplicate", "serial"),
    ({"serial": serial(51, 150, batch=901)}, "overlap", "serial"),
    ({"serial": serial(51, 150), "claimed_year": 2024}, "claimed_twice", "serial"),
    ({"project_id": "3006"}, "project_contradicts", "project_id"),
    (GOLD | {"project_id": "GS3006"}, "project_contradicts", "project_id"),
    ({"country": "BR"}, "country_contradicts", "country"),
    ({"vintage_start": "2021-01-01"}, "vintage_contradicts", "vintage_start"),
    (GOLD | {"vintage_end": "2023-01-01"}, "vintage_contradicts", "vintage_start"),
    (LATE, "vintage_after_year", "vintage_end"),
    (
        OPAQUE | {"vintage_start": "2022-12-01", "vintage_end": "2022-01-01"},
        "vintage_reversed",
        "vintage_end",
    ),
    ({"programme": "XYZ", "serial": "XYZ-1"}, "programme_unknown", "programme"),
    (OPAQUE | {"serial": "CCER-1 to 99"}, "range_not_quantity", "quantity"),
    (OPAQUE | {"quantity": 1_000_000_000}, "quantity_unreasonable", "quantity"),
    (OPAQUE | {"vintage_start": "1900-01-01"}, "vintage_unreasonable", "vintage_start"),
    (OPAQUE | {"vintage_end": "2099-12-31"}, "vintage_after_year", "vintage_end"),
    (
        OPAQUE | {"vintage_end": "2099-12-31", "claimed_year": 2024},
        "vintage_unreasonable",
        "vintage_start",
    ),
    (
        OPAQUE | {"retired_on": "2099-01-01", "claimed_year": 2024},
        "retirement_unreasonable",
        "retired_on",
    ),
    ({"retired_on": None}, "not_retired", "retired_on"),
    ({"retired_on": "2027-01-01"}, "retired_too_late", "retired_on"),
    ({"retired_on": "2024-12-31"}, "retired_before_year", "retired_on"),
    ({"beneficiary": "Another Tower"}, "beneficiary_differs", "beneficiary"),
    ({"beneficiary": ""}, "beneficiary_missing", "beneficiary"),
    ({"status": "Cancelled"}, "cancelled_not_retired", "status"),
    ({"status": "取消"}, "cancelled_not_retired", "status"),
    ({"status": "active"}, "status_not_retired", "status"),
]


@pytest.mark.parametrize(("changed", "rule", "column"), REFUSED)
def test_credit_that_breaks_a_rule_is_refused_with_row_and_column(changed, rule, column):
    found = [
        f for f in credit_findings(credit(), credit(101, 200) | changed) if f.severity == "refused"
    ]
    assert [f.rule for f in found] == [rule]
    assert found[0].row == 3 and found[0].en.startswith(f"credits.csv, row 3, {column}: ")
    assert found[0].zh.startswith(f"credits.csv 第 3 行 {column} 列：")
    with pytest.raises(ValueError, match=f"row 3, {column}"):
        findings.refuse(found)


def test_as_many_refusals_are_tried_as_were_promised():
    assert len(REFUSED) >= 25 and len({rule for _, rule, _ in REFUSED}) >= 18


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"accepted": "CCER; GS"}, "programme_not_accepted"),
        ({"max_vintage_age_years": 2}, "vintage_too_old"),
        ({"scheme": PAS}, "scheme_withdrawn"),
    ],
)
def test_a_limit_of_the_scheme_or_the_certifier_is_refused(more, rule):
    assert rules(credit_findings(credit(), **more), "refused") == [rule]
    assert rules(credit_findings(credit(), accepted="vcs", max_vintage_age_years=3)) == []


def test_a_list_of_accepted_programmes_leaves_none_unchecked():
    assert "programme_unchecked" not in [f.rule for f in credit_findings(credit(), accepted="VCS")]


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2025, ["certification_ended", "scheme_withdrawn"]),
        (2024, ["certification_ended"]),
        (2023, []),
    ],
)
def test_the_dates_of_pas_2060_are_separate_events(year, expected):
    row = credit(claimed_year=year, retired_on=f"{year + 1}-01-05", reason="neutrality")
    found = credits.check(frame([row]), year, REPORTER, PAS)
    assert [
        f.rule
        for f in found
        if f.rule in ("scheme_withdrawn", "certification_ended", "scheme_not_in_force")
    ] == expected


def test_a_serial_whose_form_is_not_public_is_unchecked_and_one_that_stands_twice_refused():
    found = {
        f.rule: f
        for f in credit_findings(credit(), credit(**OPAQUE), credit(**OPAQUE, claimed_year=2024))
    }
    assert found["serial_opaque"].severity == "unchecked" and found["serial_twice"].row == 4
    assert [rule for rule, f in found.items() if f.severity == "refused"] == ["serial_twice"]


# a serial of the first row in another programme and spelling
@pytest.mark.parametrize("programme", ["CCER", "CDM", "PURO"])
@pytest.mark.parametrize(
    "spelt",
    [
        lambda text: text,
        lambda text: text.replace("-", "–"),
        lambda text: text.replace("-", " "),
        lambda text: text.replace("-", " - "),
        lambda text: text.lower().replace("-", "_"),
        lambda text: "CCER: " + text,
        lambda text: text[:-2],
        lambda text: text.replace("VCS-", ""),
        lambda text: text.replace("C", "\u0421"),
        lambda text: text.replace("1", "１"),
    ],
)
def test_the_same_serial_in_another_programme_is_the_same_credit(programme, spelt):
    again = credit(serial=spelt(serial(1, 100)), programme=programme)
    found = {f.rule: f for f in credit_findings(credit(), again) if f.severity == "refused"}
    assert set(found) == {"programme_contradicts", "duplicate"}
    assert {f.row for f in found.values()} == {3} and "row 2" in found["duplicate"].en


@pytest.mark.parametrize(
    ("first", "again", "rule"),
    [
        ("CCER-2024-0001", "ccer-2024-0001", "serial_twice"),
        ("CCER-2024-0001", "ＣＣＥＲ 2024/1", "serial_twice"),
        ("CCER-2024-1-100", "CCER-2024-0001 to 0100", "serial_twice"),
        ("CCER-2024-1-100", "2024–50–149", "overlap"),
        ("CCER-2024-1 to 100", "CCER-2024-100 至 199", "overlap"),
        ("CCER-2024-1 to CCER-2024-100", "CCER-2024-77", "overlap"),
        ("CCER-abc", "CCER ABC", "serial_twice"),
    ],
)
def test_serials_of_no_public_form_are_compared_however_they_are_written(first, again, rule):
    rows = [credit(serial=text, programme="CCER") for text in (first, again)]
    found = [f for f in credit_findings(*rows) if f.severity == "refused"]
    assert [f.rule for f in found] == [rule] and found[0].en.startswith("credits.csv, row ")
    other = credit_findings(rows[0], rows[1] | {"serial": "CCER-2023-0001"})
    assert rules(other) == []


@pytest.mark.parametrize(
    ("first", "again", "told"),
    [
        ("CCER-7-1-100", "CCER-7-50-149", True),  # each has quantity 90
        ("CCER-7-1-100", "CCER-7-77", True),
        ("CCER-7-1-100", "7–50–60", True),
        ("CCER-7-1-100", "CCER-7-101-149", False),
        ("CCER-7-1-100", "CCER-8-1-100", False),
        ("CCER-2022-5000", "CCER-2022-6000", False),  # the year of the vintage, and a number
    ],
)
def test_opaque_ranges_that_do_not_hold_their_quantity_are_compared_all_the_same(
    first, again, told
):
    rows = [credit(serial=text, programme="CCER", quantity=90) for text in (first, again)]
    found = [f for f in credit_findings(*rows) if f.rule == "serial_perhaps_twice"]
    assert len(found) == told and rules(credit_findings(*rows), "refused") == []
    if told:
        assert (
            "1 row(s), 90 credits" in found[0].en and found[0].row == 3 and "row 2" in found[0].en
        )


def test_an_unknown_programme_is_refused_with_those_that_are_known():
    found = credit_findings(credit(serial="1", programme="CCCER"))
    said = next(f for f in found if f.rule == "programme_unknown")
    assert "did you mean 'CCER'?" in said.en and "VCS, GS, CDM" in said.en
    assert "serial_opaque" not in [f.rule for f in found]


@pytest.mark.slow
@pytest.mark.parametrize("programme", serials.OBSERVED)
def test_serials_seen_in_exports_are_checked(programme):
    text = serials.EXAMPLES[programme]
    fields = serials.observed(pd.Series([text])).iloc[0]
    row = credit(
        serial=text,
        programme=programme,
        quantity=fields["quantity"],
        project_id=str(fields["project_id"]),
        country=fields["country"],
    )
    if programme != "CDM":
        row |= {name: fields[name] for name in ("vintage_start", "vintage_end")}
    assert rules(credit_findings(row)) == []
    assert credits.checked_quantity(frame([row]), 2025) == (fields["quantity"], 0)
    assert "range_not_quantity" in rules(credit_findings(row | {"quantity": 5}))
    assert "duplicate" in rules(credit_findings(row, row | {"programme": "CCER"}))
    assert "duplicate" in rules(credit_findings(row, row | {"serial": text.replace("-", " – ")}))


def test_programmes_have_a_source_and_a_status_and_their_forms_are_those_that_are_read():
    table = published.table("programmes")
    assert table["source"].str.len().gt(0).all() and table["status"].isin(STATUSES).all()
    for kind, read in (("public", serials.FORMS), ("observed", serials.OBSERVED)):
        assert set(table.index[table["serials"] == kind]) == set(read)
    assert set(table["serials"]) == {"public", "observed", "opaque"}


def test_credits_without_a_public_form_are_counted_apart():
    rows = frame(
        [
            credit(1, 100),
            credit(**OPAQUE | {"quantity": 70}),
            credit(101, 150, claimed_year=2024),
            credit(151, 160, retired_on=None),
        ]
    )
    assert credits.checked_quantity(rows, 2025) == (100, 70)


def test_valid_credits_of_the_gold_standard_pass_with_days_inside_their_year():
    assert (
        rules(
            credit_findings(
                credit(101, 200)
                | GOLD
                | {"vintage_start": "2022-03-02", "vintage_end": "2022-12-31"}
            )
        )
        == []
    )


def test_a_beneficiary_written_in_more_words_is_odd_and_another_is_refused():
    assert rules(credit_findings(credit(beneficiary="EXAMPLE TOWER 示例大厦"))) == [
        "beneficiary_wordy"
    ]
    assert rules(credit_findings(credit(beneficiary="example  tower."))) == []
    assert rules(credit_findings(credit(beneficiary="Example"))) == ["beneficiary_differs"]


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"reason": " "}, "reason_missing"),
        ({"retired_on": "2025-03-01", "vintage_end": "2025-12-31"}, "retired_before_vintage"),
    ],
)
def test_odd_credit_is_reported_and_not_refused(changed, rule):
    found = credit_findings(credit(**OPAQUE) | changed)
    assert rules(found) == [rule]
    findings.refuse(found)


def test_a_day_long_after_the_year_is_odd_where_no_window_is_known():
    found = [
        f
        for f in credit_findings(
            credit(), credit(101, 200, retired_on="2030-01-01"), scheme=BEIJING
        )
        if f.severity == "odd"
    ]
    assert (
        [(f.rule, f.row) for f in found] == [("retired_very_late", 3)]
        and "For comparison only" in found[0].en
        and ISO in found[0].zh
    )


def test_retired_on_the_last_day_of_the_window_is_in_time():
    assert rules(credit_findings(credit(retired_on="2026-12-31"))) == []


def test_project_zero_is_odd_once_or_refused_where_the_case_is_real():
    zero = [credit(a, a + 9, serial=serial(a, a + 9, project=0), project_id="0") for a in (1, 11)]
    assert rules(credit_findings(*zero)) == ["project_id_zero"]
    assert rules(credit_findings(*zero, illustrative=False)) == ["project_id_impossible"] * 2


def test_project_is_one_however_it_is_written():
    assert (
        rules(credit_findings(credit(project_id="VCS3005"), credit(101, 200, project_id="03005")))
        == []
    )


def test_same_block_twice_is_a_duplicate():
    found = credit_findings(credit(), credit())
    assert rules(found) == ["duplicate"] and "row 2" in found[-1].en and found[-1].row == 3


def test_blocks_overlap_across_batches_and_behind_a_long_one():
    rows = [credit(1, 1000), credit(10, 20), credit(900, 950, serial=serial(900, 950, batch=901))]
    found = [f for f in credit_findings(*rows) if f.rule == "overlap"]
    assert [f.row for f in found] == [3, 4] and all("row 2 (1 to 1000)" in f.en for f in found)


def test_one_credit_claimed_in_two_years_is_refused():
    earlier = credit(50, 120, claimed_year=2024, retired_on="2025-01-05")
    found = credit_findings(credit(1, 100), earlier)
    assert rules(found) == ["claimed_twice"] and "2024" in found[-1].en and "2025" in found[-1].en


def test_rows_of_other_years_are_not_judged_by_this_years_rules():
    held = credit(101, 200, claimed_year=2026, retired_on=None, beneficiary="", reason="")
    assert rules(credit_findings(credit(), held)) == []


@pytest.mark.parametrize(
    ("scheme", "rule", "severity"),
    [
        (BEIJING, "programme_unchecked", "unchecked"),
        (BEIJING, "retirement_window_unknown", "unchecked"),
        (ISO, "registry_unchecked", "unchecked"),
        (PAS, "certification_ended", "odd"),
    ],
)
def test_what_cannot_be_checked_is_said(scheme, rule, severity):
    found = {f.rule: f for f in credit_findings(credit(), scheme=scheme)}
    assert found[rule].severity == severity and found[rule].row == findings.WHOLE_TABLE


def test_unknown_scheme_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'ISO 14068-1:2023'"):
        credit_findings(credit(), scheme="ISO 14068-1")


cuts = st.sets(st.integers(1, 999), max_size=6).map(lambda inner: [0, *sorted(inner), 1000])


@given(cuts)
@settings(max_examples=12)
def test_splitting_a_block_keeps_the_total_and_finds_nothing(points):
    table = frame([credit(a + 1, b) for a, b in pairwise(points)])
    assert table["quantity"].sum() == 1000
    assert rules(credits.check(table, 2025, REPORTER, ISO)) == []


block = st.tuples(st.integers(1, 60), st.integers(0, 20), st.sampled_from([2024, 2025]))
spans = st.lists(block, min_size=1, max_size=5)


@pytest.mark.slow
@given(spans, st.randoms(use_true_random=False))
@settings(max_examples=12)
def test_the_order_of_rows_does_not_matter(blocks, random):
    table = frame([credit(a, a + n, claimed_year=year) for a, n, year in blocks])
    order = random.sample(list(table.index), len(table))
    assert credits.check(table.loc[order], 2025, REPORTER, ISO) == (
        credits.check(table, 2025, REPORTER, ISO)
    )


@pytest.mark.slow
@given(spans)
@settings(max_examples=20)
def test_an_overlap_is_found_exactly_where_a_number_stands_twice(blocks):
    table = frame([credit(a, a + n, claimed_year=year) for a, n, year in blocks])
    numbers = [n for a, length, _ in blocks for n in range(a, a + length + 1)]
    found = rules(credits.check(table, 2025, REPORTER, ISO), "refused")
    assert bool(set(found) & {"overlap", "duplicate", "claimed_twice"}) == (
        len(set(numbers)) < len(numbers)
    )


@pytest.mark.slow
def test_a_hundred_thousand_valid_blocks_have_nothing_refused_or_odd():
    table = frame([credit(7 * i + 1, 7 * i + 7) for i in range(100_000)])
    assert rules(credits.check(table, 2025, REPORTER, ISO)) == []


def test_one_block_in_two_registries_is_refused():
    other = credit(**OPAQUE) | {"serial": "CCER 1-100", "quantity": 100}
    found = {f.rule: f for f in credit_findings(credit(1, 100), other)}
    assert found["serial_twice"].row == 3 and "already in row 2" in found["serial_twice"].en
    apart = other | {"serial": "CCER 2-101"}
    assert "serial_twice" not in rules(credit_findings(credit(1, 100), apart))


def test_an_opaque_range_that_misses_its_quantity_by_one_is_refused():
    rows = [credit(**OPAQUE) | {"serial": "CCER-24-1-500", "quantity": 501}]
    assert "range_not_quantity" in rules(credit_findings(*rows), "refused")


def test_slashes_do_not_make_another_serial():
    spelt = credit(1, 100, programme="ACR")
    spelt["serial"] = spelt["serial"].replace("-", "/")
    assert "duplicate" in rules(credit_findings(credit(1, 100), spelt), "refused")


@pytest.mark.parametrize(("quantity", "told"), [(100_000_000, False), (100_000_001, True)])
def test_no_block_is_larger_than_the_largest_issuances(quantity, told):
    found = rules(credit_findings(credit(1, quantity)))
    assert ("quantity_unreasonable" in found) == told


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"vintage_start": "1995-12-31"}, "vintage_unreasonable"),
        ({"vintage_end": "1995-12-31"}, "vintage_unreasonable"),
        ({"retired_on": "1995-12-31"}, "retirement_unreasonable"),
        ({"retired_on": "2031-01-01"}, "retirement_unreasonable"),
        ({"claimed_year": 2024, "vintage_end": "2025-01-01"}, "vintage_unreasonable"),
    ],
)
def test_no_vintage_and_no_retirement_is_before_registries_or_years_after_the_claim(changed, rule):
    assert rule in rules(credit_findings(credit(**changed)))


@pytest.mark.parametrize(
    "changed",
    [
        {"vintage_start": "1996-01-01", "vintage_end": "1996-12-31"},
        {"retired_on": "1996-01-01"},
        {"retired_on": "2030-12-31"},
        {"claimed_year": 2024, "vintage_end": "2024-12-31"},
    ],
)
def test_the_first_and_the_last_reasonable_year_are_reasonable(changed):
    found = rules(credit_findings(credit(**changed)))
    assert not {"vintage_unreasonable", "retirement_unreasonable"} & set(found)
