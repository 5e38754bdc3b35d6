"""Certificates, one notch on either side of each comparison, default and limit: the smallest rows
that tell one reading of a rule from its neighbour.
"""

import pandas as pd
import pytest
from ledgers import CERTIFICATE, REPORTER, frame, numbered

from neutrality.ledger import (
    certificate_forms,
    certificate_periods,
    certificate_serials,
    certificates,
    plant_projects,
    spelling,
)

DAY = pd.Timestamp
REGO = "G01234NQSC{:010}010125310125GEN"
PROJECT = "51234567890123456"


def certificate_rules(*rows):
    found = certificates.check(frame(rows), 2025, REPORTER, "Beijing")
    return [(f.rule, f.row) for f in found if f.severity == "refused"]


# Numbers

LONG = "0" * 17


@pytest.mark.parametrize(
    ("first", "last", "ends"),
    [
        (f"1{LONG}01", f"1{LONG}09", (1, 9)),
        (f"2{LONG}01", f"1{LONG}09", None),  # digits before the last 18 differ, either way
        (f"1{LONG}01", f"2{LONG}09", None),
        (f"01{LONG}01", f"1{LONG}09", (1, 9)),
        ("A-1", "A-1", (1, 1)),
        ("A-2", "A-1", None),
        ("A-1", "B-2", None),
        ("B-1", "A-2", None),
        ("1", "A-2", None),
        ("9" * 18, "9" * 18, (10**18 - 1, 10**18 - 1)),
        ("9.00E+08", "900000009", None),
        ("900,000,001", "900000009", None),
        ("", "", None),
    ],
)
def test_two_numbers_are_a_range_where_all_before_the_last_digits_is_one(first, last, ends):
    found = certificate_serials._serial_ranges(frame([numbered(first, last)]))
    assert [*found[["start", "end"]].itertuples(index=False, name=None)] == [ends] * bool(ends)


@pytest.mark.parametrize(
    ("first", "last", "joined"),
    [
        ("GEC-25-01", "GEC-25-03", ("GEC GEC", 2501, 2503)),
        ("GEC-25-9", "GEC-25-11", ("GEC GEC", 2509, 2511)),  # padded to the longer
        ("GEC-25-001", "GEC-25-3", ("GEC GEC", 25001, 25003)),
        ("GEC-01", "GEC-3", ("GEC GEC", 1, 3)),
        (f"GEC-25-1{LONG}1", f"GEC-25-1{LONG}3", ("GEC GEC 251…", 1, 3)),
        (f"GEC-25-{LONG[1:]}11", f"GEC-25-{LONG[1:]}13", ("GEC GEC 25…", 11, 13)),
    ],
)
def test_digits_of_a_prefix_are_joined_to_the_number_in_one_length(first, last, joined):
    other = numbered("GEC-7-0", "GEC-7-9", block_id="W2")  # another prefix has its own length
    found = certificate_serials._serial_ranges(frame([numbered(first, last), other]))
    assert tuple(found.loc[2, ["run_space", "run_start", "run_end"]]) == joined


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([("GEC-2025-1", "GEC-2025-9"), ("GEC20259", "GEC20259")], [3]),
        ([("GEC-2025-1", "GEC-2025-8"), ("GEC20259", "GEC20259")], []),
        ([("GEC-1", "GEC-9"), ("GEC-9", "GEC-9")], [3]),
        ([("GEC-9", "GEC-9"), ("GEC-1", "GEC-9")], [2]),
        ([("GEC-2025-1", "GEC-2025-9"), ("GEC-2025-1", "GEC-2025-9")], [3]),  # once, not twice
    ],
)
def test_numbers_are_shared_in_either_reading_of_their_prefix(rows, found):
    blocks = certificate_serials.blocks(frame([numbered(*ends) for ends in rows]))
    assert certificate_serials.overlapping(blocks).index.tolist() == found


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([("W-1", "W-9"), ("S-9", "S-12")], [3]),
        ([("W-1", "W-9"), ("S-10", "S-12")], []),
        ([("W-1", "W-9"), ("W-9", "W-12")], []),  # an overlap, not one in letters alone
        ([(f"W-1{LONG}1", f"W-1{LONG}9"), (f"S-2{LONG}1", f"S-2{LONG}9")], []),
        ([(f"W-1{LONG}1", f"W-1{LONG}9"), (f"S-1{LONG}1", f"S-1{LONG}9")], [3]),
    ],
)
def test_numbers_behind_other_letters_look_alike(rows, found):
    blocks = certificate_serials.blocks(frame([numbered(*ends) for ends in rows]))
    assert certificate_serials.lookalikes(blocks).index.tolist() == found


@pytest.mark.parametrize(
    ("first", "last", "rule"),
    [
        ("A-2", "A-1", "certificate_serial_malformed"),
        ("9.00E+08", "900000009", "serial_mangled"),
        ("900000001", "9.00E+08", "serial_mangled"),
        ("900,000,001", "900000009", "serial_separated"),
        ("900000001", "900,000,009", "serial_separated"),
        ("9.00E+08", "900,000,009", "serial_mangled"),  # of two reasons the first
        ("1" * 15 + "0" * 15, "1" * 15 + "0" * 15, "serial_mangled"),
        ("1" * 14 + "0" * 14, "x", "certificate_serial_malformed"),
    ],
)
def test_a_number_that_cannot_be_read_says_why(first, last, rule):
    found = certificate_serials.malformed(frame([numbered(first, last)]))
    assert [f.rule for f in found] == [rule]


def gec(first, last, quantity, month="2503", classes="11", project=PROJECT):
    ends = (f"{project}{month}{n:09}{classes}" for n in (first, last))
    return numbered(*ends, quantity=quantity)


@pytest.mark.parametrize(
    ("row", "start", "end", "wide"),
    [
        (gec(1, 9, 9), 2503000000001, 2503000000009, 2),
        (gec(1, 1, 1), 2503000000001, 2503000000001, 2),  # one alone gives no width
        (gec(10, 90, 9), 250300000001, 250300000009, 3),
        (gec(1, 9, 8), 2503000000001, 2503000000009, 2),
        (gec(100, 900, 9), 25030000001, 25030000009, 4),
    ],
)
def test_a_code_counts_at_the_place_where_its_quantity_fits(row, start, end, wide):
    rows = frame([row])
    found = certificate_forms.ranges(rows, pd.Series("GEC", rows.index))
    assert tuple(found.loc[2, ["start", "end", "wide"]]) == (start, end, wide)


@pytest.mark.parametrize(
    ("first", "last", "formed"),
    [
        (f"{PROJECT}{1:015}", f"{PROJECT}{9:015}", True),
        (f"{PROJECT}{0:015}", f"{PROJECT}{9:015}", False),  # rounded by a spreadsheet
        (f"{PROJECT}{1:015}", f"6{PROJECT[1:]}{9:015}", False),
        (f"{PROJECT}{1:015}", f"{PROJECT}{9:014}", False),
        (REGO.format(0), REGO.format(9), True),
        (REGO.format(0), REGO.format(9).replace("3101", "3001"), False),
        (REGO.format(0), REGO.format(9).replace("GEN", "GEO"), False),
    ],
)
def test_codes_of_one_form_have_all_but_their_running_number_in_common(first, last, formed):
    rows = frame([numbered(first, last)])
    assert len(certificate_forms.ranges(rows, pd.Series("GEC", rows.index))) == formed


@pytest.mark.parametrize(
    ("month", "start", "end", "other"),
    [
        ("2025-01", None, None, False),
        ("2025-02", None, None, True),
        ("", "2025-01-01", "2025-01-31", False),
        ("", "2025-01-02", "2025-01-31", True),
        ("", "2024-12-31", "2025-01-31", True),
        ("", "2025-01-01", "2025-01-30", True),
        ("", "2025-01-01", "2025-02-01", True),
    ],
)
def test_the_period_in_a_number_is_its_rows_at_both_ends(month, start, end, other):
    days = {"month": month, "period_start": DAY(start), "period_end": DAY(end)}
    row = numbered(REGO.format(0), REGO.format(239), instrument="REGO", **days)
    found = certificates._other_periods(certificate_serials.blocks(frame([row])))
    assert len(found) == other


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("A1 to A9", ("A1", "A9")),
        ("A1 to 9", ("A1", "A9")),
        ("1 to 9", ("1", "9")),
        ("A1", ("A1", "")),
        ("A1 to A5 to A9", ("A1 to A5 to A9", "")),
        (" A1～9 ", ("A1", "A9")),
        ("A-1 - A-9", ("A-1", "A-9")),
    ],
)
def test_a_range_in_words_has_two_ends(text, parts):
    assert certificate_forms.split(text) == parts


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("0000-0178-5363-7613", "0000017853637613"),
        ("0000-0178-5363", "000001785363"),
        ("0000-0178", "0000-0178"),
        ("0000-0178-5363-7613-0001", "0000-0178-5363-7613-0001"),
        ("0000-0178-5363-7613.999999", "0000017853637613"),
        ("0000-0178-5363-7613.500000", "0000-0178-5363-7613.500000"),
        ("X-0000-0178-5363", "X-0000-0178-5363"),
    ],
)
def test_groups_of_four_are_one_number_and_parts_of_a_certificate_are_none(text, plain):
    assert certificate_forms.ungrouped(pd.Series([text])).tolist() == [plain]


@pytest.mark.parametrize(
    ("text", "deceives"),
    [
        ("GEC-1", False),
        ("GEC-1O", True),
        ("GEC-O1", True),
        ("GECO-1", False),
        ("GEC-I-1", False),
        ("G\u0415C-1", True),
        ("绿证1", False),
    ],
)
def test_a_letter_deceives_beside_a_digit_or_from_another_alphabet(text, deceives):
    assert spelling.deceptive(pd.Series([text])).tolist() == [deceives]
    assert len(certificate_serials.deceptive(frame([numbered("1", text)]))) == deceives
    assert len(certificate_serials.deceptive(frame([numbered(text, "1")]))) == deceives


# Rules


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"settlement": "provisional"}, ["provisional_retired"]),
        ({"settlement": "provisional", "retired_on": None}, []),
        ({"settlement": "final", "serial_from": "", "serial_to": ""}, ["certificate_serial"]),
        ({"settlement": "provisional", "serial_from": "", "retired_on": None}, ["certificate"]),
        (
            {"settlement": "provisional", "serial_from": "", "serial_to": "", "retired_on": None},
            [],
        ),
        ({"retired_on": None}, ["not_retired"]),
        ({"beneficiary": "Example Tower Ltd"}, []),
        ({"settlement": "provisional", "retired_on": None, "beneficiary": ""}, []),
        ({"settlement": "provisional", "retired_on": None, "beneficiary": "A"}, ["beneficiary"]),
    ],
)
def test_a_block_that_waits_needs_no_numbers_and_no_retirement_yet(changed, found):
    told = [rule for rule, _ in certificate_rules(CERTIFICATE | changed)]
    assert len(told) == len(found)
    assert all(rule.startswith(part) for rule, part in zip(told, found, strict=True))


def test_findings_are_in_the_order_of_the_rows_and_then_of_the_rules():
    rows = [numbered(1, 240, retired_on=None, quantity=1), numbered(241, 480, quantity=9)]
    found = certificates.check(frame(rows), 2025, REPORTER)
    assert [(f.row, f.rule) for f in found] == sorted((f.row, f.rule) for f in found)
    assert {f.row for f in found} == {0, 2, 3}


def test_blocks_counted_are_of_the_year_and_settled():
    rows = [{}, {"claimed_year": 2024}, {"claimed_year": 2026}, {"settlement": "provisional"}]
    rows = frame([CERTIFICATE | each for each in [*rows, {"settlement": "final"}]])
    assert certificates.counted(rows, 2025).index.tolist() == [2, 6]


@pytest.mark.parametrize(("kwh", "told"), [(0.0, 0), (1.0, 1)])
def test_what_waits_for_settlement_is_told_with_its_size(kwh, told):
    found = certificates.waiting_findings(kwh, 3.0)
    assert len(found) == told and all(f.t_co2e == 3.0 for f in found)
    assert len(certificates.scheme_findings(pd.DataFrame({"kwh": [kwh] * told}), "X")) == told


@pytest.mark.parametrize(
    ("projects", "held", "found"),
    [
        (["none"], (), []),
        (["NONE", "none"], (), []),
        (["?", ""], (), [("carbon_project_unnamed", 0)]),
        (["VCS 1"], ("VCS1",), [("also_credited", 2)]),
        (["VCS 1"], ("VCS2",), [("credited_elsewhere", 2)]),
        (["VCS 1", "VCS 1", "VCS 2"], ("VCS2",), [("also_credited", 4), ("credited_elsewhere", 2)]),
    ],
)
def test_a_plants_project_is_credited_here_elsewhere_or_not_named(projects, held, found):
    rows = frame([CERTIFICATE | {"carbon_project_id": each} for each in projects])
    told = plant_projects.carbon_findings(rows, held)
    assert sorted((f.rule, f.row) for f in told) == found


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("VCS3005", "3005", True),
        ("3005", "3005", True),
        ("VCS3005", "VCS3006", False),
        ("3005", "VCS3006", False),
        ("VCS3005", "GS3005", False),
        ("abc", "ABC", True),
        ("abc", "abd", False),
    ],
)
def test_a_project_is_its_number_and_its_programme_where_both_say_it(one, other, same):
    assert (
        plant_projects.same_project(one, other) == same == plant_projects.same_project(other, one)
    )


# Periods


@pytest.mark.parametrize(
    ("start", "end", "month"),
    [
        ("2025-01-01", "2025-01-31", "2025-01"),
        ("2025-01-02", "2025-01-02", "2025-01"),
        ("2025-01-31", "2025-02-01", "2025-01/2025-02"),
        ("2024-12-01", "2025-12-31", "2024-12/2025-12"),
    ],
)
def test_a_period_is_named_by_its_months(start, end, month):
    rows = frame([CERTIFICATE | {"month": "", "period_start": DAY(start), "period_end": DAY(end)}])
    found = certificate_periods.with_periods(rows)
    assert found["month"].tolist() == [month]
    assert certificate_periods.long(found).tolist() == ["/" in month]
    assert certificate_periods.dated(found).tolist() == [True]


@pytest.mark.parametrize(
    ("month", "start", "end", "rule"),
    [
        ("2025-03", None, None, None),
        ("", None, None, "period_missing"),
        ("", "2025-01-01", None, "period_half"),
        ("", None, "2025-01-01", "period_half"),
        ("", "2025-01-01", "2025-01-01", None),
        ("", "2025-01-02", "2025-01-01", "period_reversed"),
        ("2025-01", "2025-01-01", "2025-01-31", None),
        ("2025-02", "2025-01-01", "2025-01-31", "period_contradicts"),
        ("2024-12", "2025-01-01", "2025-01-31", "period_contradicts"),
    ],
)
def test_a_row_says_once_and_one_way_when_its_power_was_generated(month, start, end, rule):
    days = {"month": month, "period_start": DAY(start), "period_end": DAY(end)}
    found = certificate_periods.period_faults(frame([CERTIFICATE | days]))
    assert [f.rule for f in found] == [rule] * bool(rule)


def period_rules(**changed):
    rows = certificates.with_kwh(frame([CERTIFICATE | changed]))
    return [f.rule for f in certificate_periods.period_findings(rows, 2025, 12)]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"month": "2025-12", "retired_on": "2026-01-05"}, []),
        ({"month": "2026-01", "retired_on": "2026-02-05"}, ["generated_after_year"]),
        ({"month": "2025-01"}, []),
        ({"month": "2024-12"}, ["generated_before_year"]),
        ({"month": "2024-01"}, ["generated_before_year"]),
        ({"month": "2023-12"}, ["outside_vintage_window"]),
        ({"retired_on": "2025-03-31"}, []),
        ({"retired_on": "2025-03-30"}, ["retired_before_generation"]),
        ({"retired_on": "2027-03-31"}, []),
        ({"retired_on": "2027-04-01"}, ["expired"]),
        ({"instrument": "green_power_trade"}, ["contract_missing"]),
        ({"instrument": "green_power_trade", "contract": "C"}, []),
        ({"contract": ""}, []),
        ({"instrument": "GO"}, ["validity_unknown"]),
    ],
)
def test_generation_and_retirement_lie_in_their_windows(changed, found):
    assert period_rules(**changed) == found


@pytest.mark.parametrize(
    ("blocks", "rows"),
    [  # first and last day of January, MWh, of a plant of 1 MW
        ([(1, 1, 24)], []),
        ([(1, 1, 25)], [2]),
        ([(1, 2, 48)], []),
        ([(1, 1, 24), (1, 1, 1)], [2, 3]),
        ([(1, 2, 48), (2, 3, 24)], []),
        ([(1, 2, 48), (2, 3, 25)], [2, 3]),  # neither alone
        ([(1, 2, 48), (3, 4, 49)], [3]),
        ([(1, 4, 50), (2, 2, 25)], [3]),  # the shorter stretch alone
    ],
)
def test_a_plant_generates_in_a_stretch_of_days_what_its_capacity_allows(blocks, rows):
    made = [
        CERTIFICATE
        | {"month": "", "period_start": DAY(2025, 1, one), "period_end": DAY(2025, 1, last)}
        | {"quantity": mwh, "capacity_mw": 1.0}
        for one, last, mwh in blocks
    ]
    other = made[0] | {"profile": "z", "quantity": 24}  # within the same days, of another plant
    found = certificate_periods._capacity(certificates.with_kwh(frame([*made, other])))
    assert [f.row for f in found] == rows
