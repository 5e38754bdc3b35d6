"""Credits, one notch on either side of each comparison, default and limit: the smallest rows that
tell one reading of a rule from its neighbour.
"""

import pandas as pd
import pytest
from ledgers import credit, frame, serial

from neutrality.ledger import (
    credit_serials,
    credits,
    ranges,
    serials,
)


def opaque(text, quantity=1, **changed):
    return credit(serial=text, programme="CCER", quantity=quantity, **changed)


def serial_rules(*rows):
    """Rules and rows of what the serials of these rows break."""
    found = credit_serials.serial_findings(credits.blocks(frame(rows)))
    return sorted((f.rule, f.row) for f in found if f.rule != "serial_opaque")


# Serials


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([opaque("CCER-24-1 to 9", 9)], []),
        ([opaque("CCER-24-1 to 9", 8)], [("range_not_quantity", 2)]),
        ([opaque("CCER-24-1 to 9", 7)], [("range_not_quantity", 2)]),
        ([opaque("CCER-24-1-9", 8)], [("range_not_quantity", 2)]),
        ([opaque("CCER-24-1-9", 7)], []),  # a number of two parts
        # the same numbers, a part of them, the next one
        ([opaque("A-1 to 9", 9), opaque("A-1 to 9", 9)], [("serial_twice", 3)]),
        ([opaque("A-1 to 9", 9), opaque("A-1 to 5", 5)], [("overlap", 2)]),
        ([opaque("A-1 to 9", 9), opaque("A-5 to 9", 5)], [("overlap", 3)]),
        ([opaque("A-1 to 9", 9), opaque("A-10 to 12", 3)], []),
        # a block of one number is no block of another registry; a range is
        ([credit(7, 7), opaque("A-7")], []),
        ([credit(7, 8), opaque("A-7 to 8", 2)], [("serial_twice", 3)]),
        ([credit(7, 9), opaque("A-7 to 8", 2)], []),
        ([credit(6, 8), opaque("A-7 to 8", 2)], []),
    ],
)
def test_opaque_serials_are_one_where_both_their_ends_are(rows, found):
    assert serial_rules(*rows) == found


@pytest.mark.parametrize(
    ("first", "again", "told"),
    [  # each of quantity 5, of the vintage 2022
        ("A-2021-2030", "A-2025", True),  # a range that begins below the year
        ("A-2022-2030", "A-2025", False),  # the year, and a number
        ("A-2023-2030", "A-2025", True),
        ("A-2023-2023", "A-2023", True),
        ("A-2023-2022", "A-2023", False),  # no range
    ],
)
def test_a_first_number_is_the_year_of_the_vintage_or_begins_a_range(first, again, told):
    found = serial_rules(opaque(first, 5), opaque(again, 5))
    assert ("serial_perhaps_twice" in [rule for rule, _ in found]) == told


def test_serials_that_may_share_numbers_are_one_finding_with_all_rows_and_credits():
    rows = [opaque("A-1-100", 5), opaque("A-50-149", 6), opaque("A-77", 7)]
    found = credit_serials.serial_findings(credits.blocks(frame(rows)))
    (told,) = [f for f in found if f.rule == "serial_perhaps_twice"]
    assert told.row == 3 and "2 row(s), 13 credits" in told.en and "row 2" in told.en


GOLD = "GS1-1-CN-GS3005-16-2022-30256-1-100"


@pytest.mark.parametrize(
    ("text", "start", "end", "other"),
    [
        (GOLD, "2022-01-01", "2022-12-31", False),
        (GOLD, "2022-01-01", "2022-06-30", False),
        (GOLD, "2022-07-01", "2022-12-31", False),
        (GOLD, "2021-12-31", "2022-12-31", True),
        (GOLD, "2022-01-01", "2023-01-01", True),
        (serial(), "2022-01-01", "2022-12-31", False),
        (serial(), "2022-01-01", "2022-12-30", True),
        (serial(), "2022-01-02", "2022-12-31", True),
        (serial(), "2022-01-02", "2022-12-30", True),
        (serials.EXAMPLES["CDM"], "2022-01-02", "2022-12-30", False),  # it holds no vintage
    ],
)
def test_a_vintage_is_that_of_the_serial_or_lies_in_its_year(text, start, end, other):
    row = credits.blocks(frame([credit(serial=text, vintage_start=start, vintage_end=end)]))
    assert credit_serials._other_vintage(row).tolist() == [other]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"country": " cn "}, []),
        ({"country": "CNX"}, ["country_contradicts"]),
        ({"project_id": "GS 03005"}, []),
        ({"project_id": "3004"}, ["project_contradicts"]),
        ({"project_id": "none"}, ["project_contradicts"]),
        ({"serial": serials.EXAMPLES["CERCARBONO"], "project_id": "1", "country": "CO"}, []),
    ],
)
def test_project_and_country_are_those_of_the_serial(changed, found):
    rows = credits.blocks(frame([credit(**changed)]))
    assert [f.rule for f in credit_serials.contradictions(rows)] == found


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"serial": "?", "programme": "VCS"}, ["serial_malformed"]),
        ({"serial": "?", "programme": "GS"}, ["serial_malformed"]),
        ({"serial": "?", "programme": "CDM"}, []),  # a form only seen in exports
        ({"serial": serial().lower(), "programme": "VCS"}, ["serial_malformed"]),
        ({"serial": serial().lower(), "programme": "GS"}, ["programme_contradicts"]),
        ({"programme": "GS"}, ["programme_contradicts"]),
        ({"serial": "?", "programme": "XYZ"}, ["programme_unknown"]),
    ],
)
def test_a_serial_is_malformed_in_its_programme_and_contradicts_another(changed, found):
    assert [rule for rule, _ in serial_rules(credit(**changed))] == found


def test_a_malformed_serial_is_shown_an_example_of_its_programme():
    found = credit_serials.serial_findings(credits.blocks(frame([credit(serial="?")])))
    assert serials.EXAMPLES["VCS"] in found[0].en


@pytest.mark.parametrize(
    ("texts", "spaces"),
    [
        ([serial(1, 9), serial(1, 9, batch=901)], 1),
        (["GS1-1-CN-GS7-3-2020-5-1-9", "GS1-1-CN-7-3-2020-5-1-9"], 1),
        (["GS1-1-CN-GS7-3-2020-5-1-9", "GS1-1-CN-GS8-3-2020-5-1-9"], 2),
        (["GS1-1-CN-GS7-3-2020-5-1-9", "GS1-1-CN-GS7-3-2021-5-1-9"], 2),
        (["GS1-1-CN-GS7-3-2020-5-1-9", "GS1-1-CN-GS7-3-2020-6-1-9"], 2),
        (["ACR-US-102-2003-274-1 to 9", "ACR-CA-102-2003-274-1 to 9"], 2),
        (["ACR-US-102-2003-274-1 to 9", "ACR-US-103-2003-274-1 to 9"], 2),
        (["ACR-US-102-2003-274-1 to 9", "ACR-US-102-2004-274-1 to 9"], 2),
        (["ACR-US-102-2003-274-1 to 9", "ACR-US-102-2003-275-1 to 9"], 2),
        (["RW-5-1-2-2-0-62 - RW-5-9-2-2-0-62", "RW-5-1-2-2-0-63 - RW-5-9-2-2-0-63"], 1),
        (["RW-5-1-2-2-0-62 - RW-5-9-2-2-0-62", "IN-5-1-2-2-0-62 - IN-5-9-2-2-0-62"], 2),
        (["CDC_1_1_1 1 to 9", "CDC_1_1_2 1 to 9"], 2),
    ],
)
def test_the_numbers_of_one_space_are_one_series(texts, spaces):
    fields = serials.fields(pd.Series(texts))
    assert fields["quantity"].tolist() == [9, 9] and fields["space"].nunique() == spaces


@pytest.mark.parametrize("first", [1, 9, 10])
def test_a_block_of_an_export_may_not_end_before_it_starts(first):
    assert len(serials.observed(pd.Series([f"ACR-US-102-2003-274-{first} to 9"]))) == (first <= 9)
    assert len(serials.misspelt(pd.Series([f"VCU {first}"]))) == 0
    spelt = serials.misspelt(pd.Series([serial(first, 9).lower()]))
    assert len(spelt) == (first <= 9)


@pytest.mark.parametrize(
    ("text", "quantity", "found"),
    [
        ("CCER-24-1 to 9", 9, ("24", 1, 9, True)),
        ("CCER-24-1 to CCER-24-9", 9, ("24", 1, 9, True)),
        ("CCER-24-1 to CCER-25-9", 9, ("24 1 TO 25", 9, 9, False)),  # two heads: no range
        ("CCER-24-9 to 9", 1, ("24", 9, 9, True)),
        ("CCER-24-9 to 8", 1, ("24 9 TO", 8, 8, False)),
        ("CCER-24-1-9", 8, ("24", 1, 9, True)),  # misses its quantity by one
        ("CCER-24-1-9", 10, ("24", 1, 9, True)),
        ("CCER-24-1-9", 11, ("24 1", 9, 9, False)),
        ("CCER-24-1-9", 7, ("24 1", 9, 9, False)),
        ("CCER-007", 1, ("", 7, 7, False)),
        ("no number", 1, ("NO NUMBER", 0, 0, False)),
    ],
)
def test_an_opaque_serial_is_a_range_where_its_words_or_its_quantity_say_so(text, quantity, found):
    ranged = serials.opaque_ranges(pd.Series([text]), pd.Series([quantity]))
    assert tuple(ranged.iloc[0]) == found


# Ledger


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("2022-01-01", "2022-12-31", []),
        ("2025-12-31", "2025-12-31", []),
        ("2025-12-31", "2026-01-01", ["vintage_after_year"]),
        ("2022-12-31", "2022-12-30", ["vintage_reversed"]),
        ("2019-01-01", "2020-01-01", []),
        ("2019-01-01", "2019-12-31", ["vintage_too_old"]),
    ],
)
def test_a_vintage_ends_in_the_year_at_the_latest_and_within_the_age_at_the_earliest(
    start, end, found
):
    rows = frame([credit(vintage_start=start, vintage_end=end)])
    told = credits._vintages(rows, 2025, "DB11/T 1861-2021", 5)
    assert [f.rule for f in told] == found


@pytest.mark.parametrize(
    ("on", "found"),
    [
        ("2024-12-31", ["retired_before_year"]),
        ("2025-01-01", []),
        ("2026-12-31", []),
        ("2027-01-01", ["retired_too_late"]),
    ],
)
def test_credits_are_retired_from_the_first_day_of_the_year_to_the_last_of_the_window(on, found):
    rows = frame([credit(retired_on=on)])
    assert [f.rule for f in credits._retirement(rows, 2025, "ISO 14068-1:2023")] == found


@pytest.mark.parametrize(
    ("status", "programme", "found"),
    [
        ("", "VCS", []),
        ("Retired", "VCS", []),
        ("已注销", "VCS", []),
        ("CANCELLED", "VCS", ["cancelled_not_retired"]),
        ("cancelled", "CDM", []),
        ("retiring", "VCS", ["status_not_retired"]),
        ("active", "CDM", ["status_not_retired"]),
    ],
)
def test_a_status_is_retired_or_of_the_cdm_cancelled(status, programme, found):
    rows = pd.DataFrame({"status": [status], "programme": [programme]})
    assert [f.rule for f in credits._status(rows)] == found


@pytest.mark.parametrize(
    ("projects", "illustrative", "found"),
    [
        ([0], True, [("project_id_zero", 2)]),
        ([3, 0, 0], True, [("project_id_zero", 3)]),
        ([3, 0, 0], False, [("project_id_impossible", 3), ("project_id_impossible", 4)]),
        ([1, -1], False, []),
    ],
)
def test_project_zero_is_told_once_or_refused_each_time(projects, illustrative, found):
    rows = frame([credit() | {"serial_project_id": each} for each in projects])
    told = credits._project_zero(rows, illustrative)
    assert [(f.rule, f.row) for f in told] == found


def test_a_row_takes_the_programme_of_its_cell_its_serial_or_verras():
    rows = [credit(programme=" ccer ", serial="1"), credit(programme=""), credit(programme="")]
    rows += [credit(programme="", serial="?"), credit(programme="", serial="ret_1KNSQMD6Z1S0TB50")]
    rows[2]["serial"] = GOLD
    found = credits.blocks(frame(rows))["programme"].tolist()
    assert found == ["CCER", "VCS", "GS", "VCS", "ISOMETRIC"]


def test_blocks_and_rows_of_other_years_are_not_counted():
    rows = [credit(1, 10), credit(11, 30, claimed_year=2024), credit(31, 70, retired_on=None)]
    rows += [opaque("A-1", 5), opaque("A-2", 7, retired_on=None)]
    assert credits.checked_quantity(frame(rows), 2025) == (10, 5)


@pytest.mark.parametrize(
    ("first", "again", "found"),
    [
        ((1, 9, 2025), (9, 12, 2025), [("overlap", 3)]),
        ((1, 9, 2025), (10, 12, 2025), []),
        ((1, 9, 2025), (1, 9, 2025), [("duplicate", 3)]),
        ((1, 9, 2025), (1, 8, 2025), [("overlap", 2)]),
        ((1, 9, 2025), (2, 9, 2025), [("overlap", 3)]),
        ((1, 9, 2025), (1, 9, 2024), [("claimed_twice", 3)]),
        ((1, 9, 2025), (5, 9, 2026), [("claimed_twice", 3)]),
    ],
)
def test_a_shared_number_is_a_duplicate_an_overlap_or_of_another_year(first, again, found):
    columns = ["serial_start", "serial_end", "claimed_year"]
    rows = pd.DataFrame([first, again], [2, 3], columns).assign(space="A", serial="s")
    told = ranges.twice_findings("credits", "serial", ranges.overlapping(rows))
    assert [(f.rule, f.row) for f in told] == found


@pytest.mark.parametrize("quantity", [8, 9, 10])
def test_a_range_holds_both_its_ends(quantity):
    rows = pd.DataFrame({"serial_start": [1], "serial_end": [9], "quantity": [quantity]}, [2])
    empty = rows[:0].assign(claimed_year=0, other_year=0, other_start=0, other_end=0)
    found = ranges.range_findings("credits", "serial", rows, empty)
    assert len(found) == (quantity != 9) and all("contains 9 numbers" in f.en for f in found)
