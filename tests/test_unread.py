"""Nothing of a case vanishes: what is not read is refused, or told with its count."""

import pandas as pd
import pytest
import toy

from neutrality.case import tables
from neutrality.runner import checks

pytestmark = pytest.mark.slow  # each test checks a whole case

HEADING = "month,source,scope,line,amount,unit,factor_id,evidence"
ROW = "2025-01,heat,2,inventory,1,GJ,heat_default,bill"


def problems(folder, text, name="activities.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return tables.problems(folder, "activities")


def told(folder):
    return [(each.table, each.rule, each.en) for each in tables.unread(folder)]


def test_a_heading_that_stands_twice_is_refused_in_csv(tmp_path):
    text = f"{HEADING},amount\n{ROW},1000\n"
    assert "activities.csv, column amount: it occurs twice; keep one" in problems(tmp_path, text)


def test_a_heading_that_stands_twice_is_refused_in_excel(tmp_path):
    columns = [*HEADING.split(","), "amount"]
    table = pd.DataFrame([[*ROW.split(","), "1000"]], columns=columns)
    table.to_excel(tmp_path / "activities.xlsx", index=False)
    found = tables.problems(tmp_path, "activities")
    assert "activities.xlsx, column amount: it occurs twice; keep one" in found


def test_cells_without_a_heading_are_refused_and_an_empty_column_is_not(tmp_path):
    assert problems(tmp_path, f"{HEADING},\n{ROW},1000\n") == [
        "activities.csv, column 9: it has cells and no heading; name it"
    ]
    assert problems(tmp_path, f"{HEADING},\n{ROW},\n") == []
    assert told(tmp_path) == []


def test_rows_of_more_cells_than_the_heading_are_refused(tmp_path):
    (found,) = problems(tmp_path, f"{HEADING}\n{ROW},1000\n{ROW},1000\n")
    assert "its rows have more cells than its heading" in found


def test_a_second_sheet_with_content_is_refused_and_an_empty_one_is_not(tmp_path):
    table = pd.DataFrame([ROW.split(",")], columns=HEADING.split(","))
    with pd.ExcelWriter(tmp_path / "activities.xlsx") as book:
        table.to_excel(book, sheet_name="2025", index=False)
        pd.DataFrame().to_excel(book, sheet_name="empty", index=False)
    assert tables.problems(tmp_path, "activities") == []
    with pd.ExcelWriter(tmp_path / "activities.xlsx") as book:
        table.to_excel(book, sheet_name="2025", index=False)
        table.to_excel(book, sheet_name="more", index=False)
    (found,) = tables.problems(tmp_path, "activities")
    assert "only its first sheet is read, and 'more' has cells too" in found


def test_a_quote_that_swallows_rows_is_refused_with_its_row(tmp_path):
    text = f'{HEADING}\n{ROW}\n{ROW.removesuffix("bill")}"bill\n{ROW}\n{ROW}"\n'
    assert problems(tmp_path, text) == [
        "activities.csv, row 3, column evidence: the cell goes on over several lines; close its "
        "quote, or write its text in one line"
    ]


def test_remarks_are_counted_but_for_the_templates_example(tmp_path):
    example = "# 2025-01,heat,2,inventory,1,GJ,heat_default,bill"
    problems(tmp_path, f"{HEADING}\n{example}\n{ROW}\n")
    assert told(tmp_path) == []
    problems(tmp_path, f"{HEADING}\n{example}\n{ROW}\n#{ROW}\n# 2025-02{ROW[7:]}\n")
    (found,) = told(tmp_path)
    assert found[:2] == ("activities", "remarks") and "2 row(s) begin with #" in found[2]


def test_columns_that_a_table_does_not_define_are_listed(tmp_path):
    problems(tmp_path, f"{HEADING},correction_t\n{ROW},-700\n")
    (found,) = told(tmp_path)
    assert found[1] == "columns_unread" and "are not read: correction_t;" in found[2]


@pytest.mark.parametrize(
    "file",
    [
        "activity_data.csv",
        "activities (1).csv",
        "activities.csv.bak",
        "activities.ods",
        "Activities.CSV",
        "credits_2025.xlsx",
        "certificates.csv~",
        "data.csv",
    ],
)
def test_a_table_under_another_name_or_ending_is_refused(tmp_path, file):
    yaml = toy.case(tmp_path / "case")
    (yaml.parent / file).write_text(f"{HEADING}\n{ROW}\n")
    assert any(each.startswith(f"{file}: would not be read") for each in checks.check(yaml))


@pytest.mark.parametrize("file", ["README.md", "notes.txt", ".hidden.csv", "~$activities.xlsx"])
def test_what_is_no_table_may_lie_beside_the_tables(tmp_path, file):
    yaml = toy.case(tmp_path / "case")
    (yaml.parent / file).write_text("x")
    assert not any(each.startswith(file) for each in checks.check(yaml))


def test_a_link_that_leads_nowhere_is_refused(tmp_path):
    yaml = toy.case(tmp_path / "case")
    (yaml.parent / "activities.csv").symlink_to(tmp_path / "gone.csv")
    assert "activities.csv: the link leads nowhere; put the file in its place" in checks.check(yaml)
