"""Texts of retirements, names and rows of exports, one notch on either side of each rule, as
test_credit_edges.
"""

import pandas as pd
import pytest
from ledgers import REPORTER, credit, frame

from neutrality.ledger import (
    claim_years,
    export_columns,
    export_files,
    export_rows,
    export_values,
    ledger_files,
    registry,
    reporters,
    retirement_text,
)

NOBODY = reporters.reporter("")

# Texts of retirements


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"reason": "neutrality 2025"}, {}),
        ({"reason": "neutrality 2024"}, {"text_names_another_year": "2024"}),
        ({"reason": "FY25"}, {"text_names_financial_year": "2024, 2025"}),
        ({"reason": "on behalf of Wise Ltd"}, {"text_names_another": "Wise Ltd"}),
        ({"reason": "on behalf of Example"}, {"text_names_alike": "Example"}),
        ({"reason": "cancelled"}, {"text_says_cancelled": ""}),
        ({"reason": "cancelled, retired"}, {"text_mentions_cancelling": ""}),
        ({"reason": "cancelled", "programme": "CCER"}, {"text_mentions_cancelling": ""}),
        ({"reason": "cancelled", "status": "Cancelled"}, {}),
        ({"status": "Cancelled", "programme": "CDM"}, {"cancelled_unit_used": ""}),
        ({"reason": "cancelled", "programme": "CDM"}, {"text_mentions_cancelling": ""}),
    ],
)
def test_a_text_breaks_the_rule_of_what_it_mentions_and_no_other(changed, found):
    row = credit() | {"details": "", "status": "", "programme": "VCS"} | changed
    told = retirement_text.odd_texts(frame([row]), 2025, reporters.reporter(REPORTER))
    broken = {rule: rows.iloc[0] for rule, rows in told if len(rows)}
    assert set(broken) == set(found)
    quoted = {"text_names_another_year": "years", "text_names_financial_year": "financial"}
    for rule, text in found.items():
        assert not text or broken[rule][quoted.get(rule, "named")] == text


@pytest.mark.parametrize(
    ("name", "text", "reporter", "certainty"),
    [
        ("Wise Ltd", "", "Example Tower", "sure"),
        ("Example Tower Ltd", "", "Example Tower", ""),
        ("Example", "", "Example Tower", "unsure"),
        ("Example Tower North", "", "Example Tower", "unsure"),
        ("North Example Tower", "", "Example Tower", "unsure"),
        ("Wise", "Wise and Example Tower", "Example Tower", "unsure"),
        ("Wise Ltd", "Wise Ltd and Example Tower", "Example Tower", "sure"),
        ("Wise", "", "", "sure"),
        ("中国移动香港", "", "中国移动通信", "unsure"),
        ("中国电信", "", "中国移动通信", "sure"),
        ("SKX", "", "SK", "unsure"),  # holds the name
        ("S Telecom", "", "SK T", "sure"),
    ],
)
def test_how_sure_it_is_that_a_name_is_another(name, text, reporter, certainty):
    assert retirement_text._certainty(name, text, reporter) == certainty


@pytest.mark.parametrize(
    ("key", "reporter", "same"),
    [
        ("abcd", "abc d", True),
        ("abcd", "abc", False),  # three letters begin many names
        ("abcdx", "Abcd Efgh Ijk", False),
        ("abcdefghx", "Abcd Efgh Ijk", True),
        ("中国移动香港", "中国移动通信", True),
        ("中国移香港", "中国移动通信", False),
    ],
)
def test_two_words_or_four_characters_are_a_beginning(key, reporter, same):
    assert retirement_text._same_start(key, reporter) == same


@pytest.mark.parametrize(
    ("text", "other", "financial"),
    [
        ("2024", "2024", ""),
        ("2024 and 2025", "", ""),
        ("2027", "2027", ""),
        ("2028", "", ""),  # a goal
        ("FY24", "2023, 2024", ""),
        ("FY25", "", "2024, 2025"),
        ("FY26", "", "2025, 2026"),
        ("FY25 and 2025", "", ""),
        ("FY24/25", "", "2024, 2025"),
        ("FY23/25", "", "2023, 2024, 2025"),
        ("2024/25", "", "2024, 2025"),
        ("2025财年", "", "2024, 2025"),
        ("CY25", "", ""),
        ("CY24", "2024", ""),
        ("ISO 14064-1:2018", "", ""),
        ("vintage 2021", "", ""),
        ("120245", "", ""),
    ],
)
def test_the_years_a_text_names(text, other, financial):
    assert claim_years.other_years(text, 2025) == other
    assert claim_years.financial_year(text, 2025) == financial


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("on 2026-03-02 for 2025", "on   for 2025"),
        ("2026年3月2日", " "),
        ("02/03/2026", " "),
        ("3/2/26", "3/2/26"),
        ("2 Mar 2026", " "),
        ("March 2nd, 2026", " "),
        ("2026-03-03", "2026-03-03"),
        ("Retired in 2026", " "),
        ("Retired in 2025", "Retired in 2025"),
        ("for 2026", "for 2026"),
    ],
)
def test_the_day_of_its_own_retirement_is_cut_from_a_text(text, left):
    days = pd.Series(pd.to_datetime(["2026-03-02", None]))
    made = claim_years.without_own_date(pd.Series([text, text]), days)
    assert made.tolist() == [left, text]


# Names


def test_an_alias_is_told_once_with_its_rows_and_a_name_needs_letters():
    aliases = {"registry": ["", ""], "language": "", "name": ["Other", "-"], "why": "x"}
    who = reporters.reporter("Tower", pd.DataFrame(aliases, [2, 3]))
    cells = pd.Series(["tower", "OTHER Ltd", "Another", ""])
    found = reporters.matched(cells, pd.Series(["VCS"] * 4), who)
    assert found["how"].tolist() == ["same", "alias", "", ""]
    assert found["alias"].tolist() == [0, 2, 0, 0]
    assert [(f.rule, f.row) for f in reporters.unnamed_findings(who)] == [("alias_empty", 3)]
    assert [f.rule for f in reporters.unnamed_findings(NOBODY)] == ["reporter_unnamed"]


@pytest.mark.parametrize(
    ("text", "name", "held"),
    [
        ("Retired for Example Tower", "Example Tower", True),
        ("Example Tower retired it", "Example Tower", True),
        ("Example and Tower", "Example Tower", False),
        ("Tower", "Example Tower", False),
        ("Example Tower", "", False),
    ],
)
def test_the_words_of_a_name_stand_together_anywhere_in_a_text(text, name, held):
    assert reporters.named_in(text, name) == held


@pytest.mark.parametrize(
    ("text", "meant"), [("for Genie Energy", True), ("for Genie", False), ("for Energy", False)]
)
def test_a_name_of_two_words_may_leave_its_legal_form_out(text, meant):
    assert reporters.meant_in(text, "Genie Energy Ltd.") == meant
    assert reporters.meant_in("for SK", "SK Inc.") is False


# Exports

HEAD = ["serial", "quantity", "retired_on", "vintage_start", "vintage_end", "project_id"]


def judged(reporter="", **changed):
    """What becomes of the row of an export."""
    row = {name: credit()[name] for name in HEAD} | {"quantity": "100"}
    blank = dict.fromkeys([*export_files.names("credits"), "beyond", "swallowed"], "")
    cells = pd.DataFrame([blank | row | changed], [2])
    headings = {name: "Amount" if name == "quantity" else name for name in cells}
    export = export_files.Export(cells, headings, [], 1)
    return export_rows.judged(export, reporters.reporter(reporter))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ""),
        ({"quantity": "99"}, "column Amount: found '99', but 1 to 100 holds 100"),
        ({"quantity": "101"}, "column Amount: found '101', but 1 to 100 holds 100"),
        ({"vintage_start": "2022-01-02"}, "column vintage_start: found '2022-01-02', the serial"),
        ({"vintage_start": "", "vintage_end": ""}, ""),
        ({"vintage_year": "2022"}, ""),
        ({"vintage_year": "2021"}, "column vintage_year: found '2021', the serial has 2022"),
        ({"vintage_year": "2023"}, "column vintage_year: found '2023', the serial has 2022"),
        ({"project_id": "VCS 3005.0"}, ""),
        ({"project_id": "no number"}, ""),
        ({"project_id": "3004"}, "column project_id: found '3004', the serial has 3005"),
        ({"beyond": "x"}, "column serial: the row has more cells than the heading: x"),
        ({"swallowed": "x"}, "column serial: the row holds a second serial"),
        ({"status": "Cancelled"}, "column status: found 'Cancelled': cancelled, not retired"),
        ({"status": "Registered"}, ""),  # of the project
        ({"retired_on": "N/A"}, "column retired_on: is empty"),
        ({"serial": "", "quantity": "x"}, "column serial: is empty"),  # of two faults the first
        ({"serial": "ret_1KNSQMD6Z1S0TB50", "quantity": "5", "vintage_year": "2022"}, ""),
        ({"serial": "ret_1KNSQMD6Z1S0TB50", "quantity": "1.454", "vintage_year": "2022"}, "column"),
        ({"reporter": "Tower", "beneficiary": "Tower Ltd"}, ""),
        ({"reporter": "Tower", "beneficiary": ""}, "column beneficiary: found '', not Tower"),
        ({"reporter": "Tower", "account_holder": "Tower"}, ""),
        ({"reporter": "Tower", "account_holder": "Tower", "reason": "third party"}, "column ben"),
        ({"reporter": "Tower", "account_holder": "Tower", "beneficiary": "A"}, "column ben"),
        ({"reporter": "Tower", "account_holder": "Another"}, "column beneficiary"),
    ],
)
def test_a_row_of_an_export_is_left_with_its_first_fault(changed, said):
    made = judged(**changed)
    why = "".join(made.left["why"])
    assert why.startswith(said) and bool(why) == bool(said)
    assert len(made.valid) == (not said) and list(made.left.columns) == ["row", "kind", "why"]


def test_a_valid_row_takes_what_the_export_lacks_from_its_serial():
    changed = {"vintage_start": "", "vintage_end": "", "project_id": "", "project_name": ""}
    row = judged("Tower", account_holder="Tower", beneficiary="", **changed).valid.loc[2]
    assert (row["project_id"], row["project_name"], row["country"]) == ("3005", "VCS3005", "CN")
    assert (row["vintage_start"], row["vintage_end"]) == tuple(
        map(pd.Timestamp, ("2022", "2022-12-31"))
    )
    assert (row["serial_start"], row["serial_end"], row["space"]) == (1, 100, "VCS")
    assert row["holder"] and row["beneficiary"] == "Tower"


@pytest.mark.parametrize(
    ("days", "known", "order"),
    [
        (["13/12/2025"], [], True),
        (["12/13/2025"], [], False),
        (["12/12/2025", "1/2/2025"], [], None),
        (["13/12/2025", "12/13/2025"], [], None),
        (["13/12/2025"], [("01/02/2022", "2022-01-02")], False),
        (["12/13/2025"], [("01/02/2022", "2022-02-01")], True),
        (["12/13/2025"], [("02/02/2022", "2022-02-02")], False),
    ],
)
def test_the_order_of_a_files_days_is_shown_by_serials_or_by_a_day_above_twelve(days, known, order):
    pairs = tuple((pd.Series([text]), pd.Series([pd.Timestamp(day)])) for text, day in known)
    assert export_values.day_first([pd.Series(days)], pairs) is order


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("03/02/2026", True),
        ("12/1/2026", True),
        ("13/02/2026", False),
        ("03/03/2026", False),
        ("2026-03-02", False),
    ],
)
def test_an_order_that_nothing_shows_is_told_of_days_that_have_two(day, told):
    remarks = export_values.order_remark(pd.Series(["", day], [2, 3]))
    assert len(remarks) == told and all(f"'{day}' (row 3)" in each for each in remarks)


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,454", 1454), ("12.5", None), ("1.454.054", 1454054), ("425.00", 425), ("425.000", 425000)],
)
def test_a_count_is_a_whole_number(text, number):
    found = export_values.count(text)
    assert found == number if number else found != found


def test_numbers_in_columns_of_their_own_are_joined_to_the_serial_they_belong_to(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(
        "serial,Quantity,Retirement Date,serial_number_start,serial_number_end\n"
        "CDC_1_1_1,9,2026-01-05,1,9\nCDC_1_1_2,9,2026-01-05,1,\n"
    )
    names = export_files.names("credits")
    first, last = names["serial_first"][0], names["serial_last"][0]
    text = path.read_text().replace("serial_number_start", first)
    path.write_text(text.replace("serial_number_end", last))
    assert export_columns.read(path).cells["serial"].tolist() == ["CDC_1_1_1 1 to 9", "CDC_1_1_2"]


# Imports


def taken(rows, **changed):
    """Rows of an export that were taken, as the importer holds them."""
    held = pd.DataFrame(rows, [2 + at for at in range(len(rows))])
    return held.assign(reason="", details="", status="", programme="VCS", holder=False, **changed)


@pytest.mark.parametrize("heading", ["Retirement Beneficiary", ""])
def test_a_name_that_is_odd_is_told_in_the_exports_own_column(heading):
    rows = taken([credit(beneficiary="Example Tower, Beijing")])
    headings = {"reason": "Why", "details": "", "beneficiary": heading}
    odd = registry._odd(rows, 2025, reporters.reporter(REPORTER), headings)
    (told,) = odd[odd["kind"] == "beneficiary_wordy"].itertuples()
    assert told.row == 2 and told.why.startswith(f"column {heading or 'beneficiary'}: the benef")
    assert registry._odd(rows, 2025, NOBODY, headings).empty


def test_what_an_import_leaves_is_listed_by_row_and_by_nothing_else(tmp_path):
    (tmp_path / "case").mkdir()
    path = tmp_path / "x.csv"
    rows = pd.DataFrame([credit(1, 9), credit(10, 19, quantity=5), credit(1, 9)])
    rows.rename(columns={"retired_on": "Retirement Date"}).to_csv(path, index=False)
    made = registry.import_export(tmp_path / "case", path, 2025)
    assert list(made.left.columns) == ["row", "kind", "why"] and made.left.index.tolist() == [0, 1]
    assert made.left["row"].tolist() == [3, 4] and made.taken.index.tolist() == [2]


@pytest.mark.parametrize(("count", "shown"), [(1, 1), (5, 5), (6, 6), (30, 6)])
def test_a_summary_shows_five_rows_of_a_kind_and_counts_the_rest(count, shown):
    rows = pd.DataFrame({"row": range(count), "kind": "a", "why": "w"})
    none = pd.DataFrame({"row": [], "kind": [], "why": []})
    held = pd.DataFrame({"quantity": [1] * count}, range(2, count + 2))
    lines = ledger_files.summary(ledger_files.Imported(held, rows, none, ["read"]), "x.csv")
    assert len(lines) == shown + 2 and lines[-1] == "x.csv: read"
    assert (", ..." in lines[0]) == (count > 5) == ("more rows" in lines[-2])
    if count > 5:
        assert f"and {count - 5} more" in lines[-2] and "(rows 2, 3, 4, 5, 6, ...)" in lines[0]


@pytest.mark.parametrize("year", [1999, 2000, 2100, 2101])
def test_a_year_of_an_import_is_one_of_a_report(tmp_path, year):
    if 2000 <= year <= 2100:
        return ledger_files.refuse_case_or_year(tmp_path, year)
    with pytest.raises(ValueError, match=f"--year {year}: .* between 2000 and 2100"):
        ledger_files.refuse_case_or_year(tmp_path, year)


@pytest.mark.parametrize("name", ["credits.csv.gz", "credits.parquet", "credits.xlsx"])
def test_rows_are_added_to_a_csv_alone(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(ValueError, match=f"{name}: rows are added to credits.csv only"):
        ledger_files.held(tmp_path, "credits")
