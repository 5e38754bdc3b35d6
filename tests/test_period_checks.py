"""Bad bills are refused by row and column; odd ones are findings with their energy."""

import made_bills as made
import pandas as pd
import pytest

from neutrality.energy import period_checks, periods
from neutrality.runner import checks

WEATHER = made.weather()
DAYS = made.daily_kwh(WEATHER)
YEARS = (made.BASE, made.REPORTING)
MONTHS = list(pd.date_range("2023-01-01", "2025-01-01", freq="MS"))


def bills(**changed):
    """Twenty-four bills of calendar months, some cells changed: column=(position, value)."""
    table = made.rows(DAYS, MONTHS).round({"amount": 0})
    for column, (at, value) in changed.items():
        table.loc[at, column] = value
    return table


def refused(table, tmp_path, **more):
    rows = made.parsed(table, tmp_path)
    with pytest.raises(ValueError) as error:
        period_checks.refuse(rows, made.ZONE, YEARS, 0.02, **more)
    return str(error.value)


REFUSALS = {
    "overlap": (
        bills(start=(3, "2023-03-28")),
        "meters.csv, row 5, column start: found '2023-03-28'; the meter main has a period until "
        "2023-04-01 (row 4 or earlier); periods may not overlap",
    ),
    "the same bill twice": (
        pd.concat([bills(), bills()[5:6]]),
        "meters.csv, row 26, column start: found '2023-06-01'; the meter main has a period until",
    ),
    "gap": (
        bills().drop(index=6),
        "meters.csv, row 8, column start: main: nothing was read from 2023-07-01 to 2023-08-01; "
        "31 of 365 days of 2023 have no reading, and at most 2.0% may be missing",
    ),
    "gap at the end": (
        bills()[:22],
        "meters.csv, row 23, column end: main: nothing was read from 2024-11-01 to 2025-01-01",
    ),
    "a year missing": (
        bills()[12:],
        "meters.csv: main: no day of 2023 has a reading; give its bills or days, or choose other",
    ),
    "negative": (
        bills(amount=(4, -120.0)),
        "meters.csv, row 6, column amount: found '-120'; it is 0 or more; a credit note corrects",
    ),
    "reversed dates": (
        bills(end=(4, "2023-04-20")),
        "meters.csv, row 6, column end: found '2023-04-20'; it is not after the start, 2023-05-01",
    ),
    "two units": (
        bills(unit=(7, "MWh")),
        "meters.csv, row 9, column unit: found 'MWh'; row 2 of the meter main has 'kWh'; one meter",
    ),
    "two energies": (
        bills(energy=(7, "gas")),
        "meters.csv, row 9, column energy: found 'gas'; row 2 of the meter main has 'electricity'",
    ),
    "another unit's energy": (
        bills().assign(unit="m3"),
        "meters.csv, row 2, column unit: found 'm3'; electricity is measured in one of MJ, Wh, kWh",
    ),
    "half a year": (
        bills(end=(2, "2023-08-01")),
        "meters.csv, row 4, column end: found '2023-08-01'; the period has 153 days, and 100 at",
    ),
    "half a day": (
        bills(start=(4, "2023-05-01T12:00+01:00")),
        "meters.csv, row 6, column start: found '2023-05-01T12:00:00+01:00'; bills and days begin",
    ),
    "no main meter": (
        bills().assign(meter="north"),
        "meters.csv: no meter is called main, the site's whole electricity; it has north; add",
    ),
    "main of another energy": (
        bills().assign(energy="heat"),
        "meters.csv, row 2, column energy: found 'heat'; the meter main is the site's whole elec",
    ),
}


@pytest.mark.parametrize(("table", "said"), REFUSALS.values(), ids=REFUSALS)
def test_a_bad_bill_is_refused_by_row_and_column(table, said, tmp_path):
    assert refused(table, tmp_path).startswith(said)


def test_a_meter_in_both_tables_is_refused(tmp_path):
    said = refused(bills(), tmp_path, wide=["main", "cooling"])
    assert said.startswith(
        "meters.csv, row 2, column meter: found 'main'; the table energy has a column main_kwh"
    )
    assert "and 19 more rows like these" in said


def test_good_bills_are_not_refused_whatever_their_order(tmp_path):
    rows = made.parsed(bills().sample(frac=1, random_state=1), tmp_path)
    period_checks.refuse(rows, made.ZONE, YEARS, 0.02)
    assert period_checks.findings(rows, made.ZONE, YEARS) == []


def test_check_says_all_of_a_case_with_bad_bills(tmp_path):
    table = bills(amount=(4, -120.0), unit=(7, "MWh"), source=(0, "gas"))
    path = made.case(tmp_path, table, WEATHER)
    found = checks.check(path)
    assert any(each.startswith("meters.csv, row 6, column amount") for each in found)
    assert any(each.startswith("meters.csv, row 9, column unit") for each in found)
    assert any(each.startswith("meters.csv, row 3, column source") for each in found)


def test_check_refuses_a_case_without_electricity_and_one_with_a_model_of_hours(tmp_path):
    path = made.case(tmp_path, bills(), WEATHER)
    assert checks.check(path) == []
    path.write_text(path.read_text(encoding="utf-8") + "model: towt\n", encoding="utf-8")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(each for each in lines if each != 'model: "auto"'), encoding="utf-8")
    (said,) = checks.check(path)
    assert "model 'towt' does not fit bills of the main meter; choose auto, degree_days" in said
    (path.parent / "meters.csv").unlink()
    assert "energy.csv: no such table in bills-only" in checks.check(path)[0]
    assert "or give meters.csv" in checks.check(path)[0]


def findings(table, tmp_path):
    rows = made.parsed(table, tmp_path)
    load, _ = periods.by_day(rows, made.ZONE)
    return period_checks.findings(rows, made.ZONE, YEARS, load)


def test_estimated_reads_are_sized_until_a_measured_one_settles_them(tmp_path):
    table = bills(quality=(3, "estimated"))
    (settled,) = findings(table, tmp_path / "a")
    assert settled.rule == "estimated_settled" and settled.kwh != settled.kwh
    table.loc[23, "quality"] = "estimated"
    both = findings(table, tmp_path / "b")
    assert [each.rule for each in both] == ["estimated_settled", "estimated_reads"]
    assert both[1].kwh == table.loc[23, "amount"]


def test_bills_over_the_turn_of_the_year_say_what_they_give_to_it(tmp_path):
    cuts = [*MONTHS[:12], pd.Timestamp("2024-01-11"), *MONTHS[13:]]
    table = made.rows(DAYS, cuts)
    given = table.loc[11, "amount"] * 31 / 41, table.loc[11, "amount"] * 10 / 41
    found = findings(table, tmp_path)
    assert [each.rule for each in found] == ["bills_over_turn"] * 2
    for finding, kwh in zip(found, given, strict=True):
        assert f"{kwh:,.0f} kWh" in finding.en


def test_days_without_a_bill_are_filled_and_said_with_their_energy(tmp_path):
    (found,) = findings(bills(end=(4, "2023-05-29")), tmp_path)
    assert found.rule == "days_filled" and "3 day(s) of 2023" in found.en
    assert found.kwh == pytest.approx(3 * bills().loc[4, "amount"] / 28)


def test_heat_billed_in_winter_is_not_refused_and_its_other_days_are_a_finding(tmp_path):
    winter = bills()[[at.month in (1, 2, 3, 11, 12) for at in MONTHS[:-1]]]
    heat = winter.assign(meter="heat_meter", energy="heat", unit="GJ", source="district_heat")
    rows = made.parsed(pd.concat([bills(), heat], ignore_index=True), tmp_path)
    period_checks.refuse(rows, made.ZONE, YEARS, 0.02)
    found = period_checks.findings(rows, made.ZONE, YEARS)
    assert [each.rule for each in found] == ["days_without_read"] * 2
    assert "214 day(s) of 2023" in found[0].en  # 1 April to 31 October


def test_bills_that_only_check_the_main_meter_are_no_end_use_and_may_be_few(tmp_path):
    beside = bills()[3:5].assign(meter="grid_bills")
    rows = made.parsed(pd.concat([bills(), beside], ignore_index=True), tmp_path)
    period_checks.refuse(rows, made.ZONE, YEARS, 0.02)
    load, _ = periods.by_day(rows, made.ZONE)
    assert load.meter.values.tolist() == ["main"]
    assert period_checks.findings(rows, made.ZONE, YEARS, load) == []
    assert period_checks.coarser(load, rows) == []
