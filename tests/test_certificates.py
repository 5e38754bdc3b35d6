"""Green certificates: each rule refused once, their validity, and which numbers can overlap."""

import pandas as pd
import pytest
from ledgers import BEIJING, CERTIFICATE, certificate_findings, frame, rules

from neutrality.ledger import certificate_periods, certificates
from neutrality.texts import findings


def test_a_valid_ledger_has_nothing_refused_or_odd():
    assert (
        rules(certificate_findings({}, {"block_id": "W-2", "serial_from": 1241, "serial_to": 1480}))
        == []
    )


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"quantity": 239}, "range_not_quantity"),
        ({"serial_from": 1300}, "certificate_serial_malformed"),
        ({"serial_from": "A1001", "serial_to": "B1240"}, "certificate_serial_malformed"),
        ({"retired_on": None}, "not_retired"),
        ({"beneficiary": "Another Tower"}, "beneficiary_differs"),
        ({"month": "2026-01", "retired_on": "2026-03-01"}, "generated_after_year"),
        ({"retired_on": "2027-04-01"}, "expired"),
        ({"retired_on": "2025-02-28"}, "retired_before_generation"),
    ],
)
def test_certificate_that_breaks_a_rule_is_refused(changed, rule):
    found = certificate_findings(changed)
    assert rules(found) == [rule]
    with pytest.raises(ValueError, match="certificates.csv, row 2"):
        findings.refuse(found)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"month": "2024-12"}, "generated_before_year"),
        ({"instrument": "green_power_trade"}, "contract_missing"),
    ],
)
def test_odd_certificate_is_reported_and_not_refused(changed, rule):
    assert rules(certificate_findings(changed)) == [rule]


def test_certificate_is_valid_two_years_from_its_month_of_generation():
    assert rules(certificate_findings({"retired_on": "2027-03-31"})) == []
    until = certificate_periods.valid_until(pd.Series(["2023-12", "2024-01"]), "GEC rules 2024")
    assert until.to_list() == [pd.Timestamp("2025-12-31"), pd.Timestamp("2026-01-31")]


def test_validity_of_certificates_needs_a_scheme_that_has_one():
    with pytest.raises(ValueError, match="use GEC rules 2024"):
        certificate_periods.valid_until(pd.Series(["2025-01"]), BEIJING)


def test_certificates_overlap_only_within_one_series():
    series = [
        {"block_id": s, "serial_from": f"{s}1001", "serial_to": f"{s}1240"} for s in ("W-", "S-")
    ]
    assert rules(certificate_findings(*series)) == []
    again = series[0] | {"block_id": "again", "claimed_year": 2024}
    assert rules(certificate_findings(series[0], again)) == ["claimed_twice"]


@pytest.mark.parametrize("written", ["gec-", "GEC ", "Gec_", ""])
def test_another_way_of_writing_a_prefix_does_not_make_it_another_series(written):
    blocks = [
        {"block_id": s or "bare", "serial_from": f"{s}1001", "serial_to": f"{s}1240"}
        for s in ("GEC-", written)
    ]
    assert rules(certificate_findings(*blocks)) == ["duplicate"]


def test_a_block_listed_twice_is_refused_by_its_name():
    assert "block_id_repeated" in rules(
        certificate_findings({}, {"serial_from": 1241, "serial_to": 1480})
    )


def counted(*changes):
    return certificates.counted(frame([CERTIFICATE | c for c in changes]), 2025)


def test_plants_without_profile_and_capacity_are_those_that_nothing_bounds():
    rows = counted({}, {"capacity_mw": 2.0}, {"profile": "farm"})
    assert certificates.unbounded(rows, metered=True).index.tolist() == [2]
    assert certificates.unbounded(rows, metered=False).index.tolist() == [2, 4]
    assert len(certificates.unbounded(rows.drop(columns="capacity_mw"), metered=True)) == 2


def test_what_rests_on_unbounded_plants_is_told_with_its_tonnes_and_much_above_the_load_too():
    rows = counted({})  # 240 MWh
    (told,) = certificates.unbounded_findings(rows, rows, 200_000.0, 100.0)
    assert (told.rule, told.t_co2e) == ("generation_unbounded", -100.0) and "240.0 MWh" in told.en
    above, _ = certificates.unbounded_findings(rows, rows, 160_000.0, 100.0)
    assert above.rule == "above_load" and "load of 160.0 MWh" in above.en
    assert certificates.unbounded_findings(rows, rows[:0], 240_000.0, 0.0) == []
    assert certificates.unbounded_findings(rows, rows, 200_000.0, 0.0) == []  # nothing rests on it


@pytest.mark.parametrize(("mwh", "found"), [(744, []), (745, ["more_than_capacity"])])
def test_a_plant_may_generate_its_capacity_in_every_hour_of_the_month(mwh, found):
    row = {"serial_to": 1000 + mwh, "quantity": mwh, "capacity_mw": 1.0}
    assert rules(certificate_findings(row)) == found


@pytest.mark.parametrize(
    ("mwh", "found"), [(22_500 * 744, []), (22_500 * 744 + 1, ["more_than_capacity"])]
)
def test_a_plant_of_unknown_capacity_generates_no_more_than_the_largest_there_is(mwh, found):
    row = {"serial_from": 1, "serial_to": mwh, "quantity": mwh}
    assert rules(certificate_findings(row)) == found


@pytest.mark.parametrize(
    ("changed", "month", "found"),
    [
        ({"technology": "hydro"}, "2023-01", []),
        ({"technology": "hydro"}, "2022-12", ["not_tradable"]),
        ({"instrument": "I-REC"}, "2024-12", []),
        ({"instrument": "I-REC"}, "2025-01", ["instrument_ended"]),
    ],
)
def test_the_month_in_which_a_rule_begins_or_ends_is_inside_it(changed, month, found):
    row = changed | {"month": month, "retired_on": "2025-02-28"}
    told = set(rules(certificate_findings(row, vintage_months=36)))
    assert told & {"not_tradable", "instrument_ended"} == set(found)
