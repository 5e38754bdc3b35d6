"""Carbon credits: each rule refused once, the published serial, and what must never be called wrong."""

import time

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import BEIJING, ISO, REPORTER, credit, credit_findings, frame, rules, serial

from neutrality import carbon_credits, findings

SERIAL = "19380-941382555-941382741-VCS-VCU-1310-VER-CN-13-3005-01012022-31102022-0"


def test_published_serial_holds_187_credits():
    told = carbon_credits.verra_serial(SERIAL)
    assert (told["quantity"], told["project_id"], told["country"]) == (187, 3005, "CN")
    assert told["vintage_start"] == pd.Timestamp("2022-01-01")
    assert told["vintage_end"] == pd.Timestamp("2022-10-31")


def test_older_serial_of_twelve_fields_is_read():
    told = carbon_credits.verra_serial("8040-449402275-449402275-VCU-042-MER-PE-14-1360-01072013-30062014-1")
    assert (told["quantity"], told["project_id"], told["registry"]) == (1, 1360, "MER")


@pytest.mark.parametrize(
    "text",
    [
        "", "19380", SERIAL[:-2], SERIAL + "-0", SERIAL.replace("31102022", "31022022"), serial(9, 8),
        SERIAL.replace("VCU", "VCX"), SERIAL.replace("-CN-", "-CHN-"),
        SERIAL.replace("941382555", "9413825x5"), serial(vintage=("01012023", "31122022")),
    ],
)  # fmt: skip
def test_malformed_serial_is_refused(text):
    with pytest.raises(ValueError, match="no Verra serial"):
        carbon_credits.verra_serial(text)
    assert rules(credit_findings(credit(serial=text))) == ["serial_malformed"]


def test_a_sound_ledger_has_nothing_refused_or_odd():
    assert rules(credit_findings(credit(1, 100), credit(101, 150))) == []


@pytest.mark.parametrize(
    ("changed", "rule", "column"),
    [
        ({"quantity": 99}, "range_not_quantity", "quantity"),
        ({"project_id": "3006"}, "project_contradicts", "project_id"),
        ({"country": "BR"}, "country_contradicts", "country"),
        ({"vintage_start": "2021-01-01"}, "vintage_contradicts", "vintage_start"),
        ({"retired_on": None}, "not_retired", "retired_on"),
        ({"retired_on": "2027-01-01"}, "retired_too_late", "retired_on"),
        ({"beneficiary": "Another Tower"}, "beneficiary_differs", "beneficiary"),
        ({"beneficiary": ""}, "beneficiary_differs", "beneficiary"),
    ],
)
def test_credit_that_breaks_a_rule_is_refused_with_row_and_column(changed, rule, column):
    found = [f for f in credit_findings(credit(), credit(101, 200, **changed)) if f.severity == "refused"]
    assert [f.rule for f in found] == [rule]
    assert found[0].row == 3 and found[0].en.startswith(f"credits.csv, row 3, {column}: ")
    assert found[0].zh.startswith(f"credits.csv 第 3 行 {column} 列：")
    with pytest.raises(ValueError, match=f"row 3, {column}"):
        findings.refuse(found)


def test_vintage_after_the_reporting_year_is_refused():
    late = {"vintage_start": "2025-07-01", "vintage_end": "2026-06-30", "retired_on": "2026-07-01"}
    row = credit(serial=serial(vintage=("01072025", "30062026")), **late)
    assert rules(credit_findings(row)) == ["vintage_after_year"]


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"retired_on": "2024-12-31"}, "retired_before_year"),
        ({"reason": " "}, "reason_missing"),
    ],
)
def test_odd_credit_is_told_and_not_refused(changed, rule):
    found = credit_findings(credit(**changed))
    assert rules(found) == [rule]
    findings.refuse(found)


def test_retired_on_the_last_day_of_the_window_is_in_time():
    assert rules(credit_findings(credit(retired_on="2026-12-31"))) == []


def test_project_zero_is_odd_once_or_refused_where_the_case_is_real():
    zero = [credit(a, a + 9, serial=serial(a, a + 9, project=0), project_id="0") for a in (1, 11)]
    assert rules(credit_findings(*zero)) == ["project_id_zero"]
    assert rules(credit_findings(*zero, illustrative=False)) == ["project_id_impossible"] * 2


def test_project_is_one_however_it_is_written():
    assert rules(credit_findings(credit(project_id="VCS3005"), credit(101, 200, project_id="03005"))) == []


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
        ("PAS 2060:2014", "scheme_not_in_force", "odd"),
    ],
)
def test_what_cannot_be_checked_is_said(scheme, rule, severity):
    found = {f.rule: f for f in credit_findings(credit(), scheme=scheme)}
    assert found[rule].severity == severity and found[rule].row == findings.WHOLE_TABLE


def test_unknown_scheme_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'ISO 14068-1:2023'"):
        credit_findings(credit(), scheme="ISO 14068-1")


cuts = st.sets(st.integers(1, 999), max_size=12).map(lambda inner: [0, *sorted(inner), 1000])


@given(cuts)
@settings(max_examples=25, deadline=None)
def test_splitting_a_block_keeps_the_total_and_finds_nothing(points):
    table = frame([credit(a + 1, b) for a, b in zip(points, points[1:])])
    assert table["quantity"].sum() == 1000
    assert rules(carbon_credits.check(table, 2025, REPORTER, ISO)) == []


block = st.tuples(st.integers(1, 60), st.integers(0, 20), st.sampled_from([2024, 2025]))
spans = st.lists(block, min_size=1, max_size=8)


@given(spans, st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_order_of_rows_does_not_matter(blocks, random):
    table = frame([credit(a, a + n, claimed_year=year) for a, n, year in blocks])
    order = random.sample(list(table.index), len(table))
    assert carbon_credits.check(table.loc[order], 2025, REPORTER, ISO) == (
        carbon_credits.check(table, 2025, REPORTER, ISO)
    )


@given(spans)
@settings(max_examples=30, deadline=None)
def test_an_overlap_is_found_exactly_where_a_number_stands_twice(blocks):
    table = frame([credit(a, a + n, claimed_year=year) for a, n, year in blocks])
    numbers = [n for a, length, _ in blocks for n in range(a, a + length + 1)]
    found = rules(carbon_credits.check(table, 2025, REPORTER, ISO), "refused")
    assert bool(set(found) & {"overlap", "duplicate", "claimed_twice"}) == (len(set(numbers)) < len(numbers))


def test_a_hundred_thousand_blocks_are_checked_in_seconds():
    n = 100_000
    table = frame([credit(7 * i + 1, 7 * i + 7) for i in range(n)])
    begin = time.perf_counter()
    assert rules(carbon_credits.check(table, 2025, REPORTER, ISO)) == []
    assert time.perf_counter() - begin < 10  # about one second alone; the machine may be busy
