"""A registry's export goes into the ledger as it is: what is taken, what is not and why, and
never half of it.
"""

import csv
import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import ISO, serial

from neutrality import cli
from neutrality.case import tables, writing
from neutrality.ledger import credits, registry
from neutrality.runner import new

HEAD = [
    "Issuance Date",
    "Sustainable Development Goals",
    "Vintage Start",
    "Vintage End",
    "ID",
    "Name",
    "Country/Area",
    "Project Type",
    "Methodology",
    "Total Vintage Quantity",
    "Quantity Issued",
    "Serial Number",
    "Additional Certifications",
    "Retirement/Cancellation Date",
    "Retirement Beneficiary",
    "Retirement Reason",
    "Retirement Details",
]


def row(start=1, end=100, **changed):
    cells = {
        "Issuance Date": "2025-03-01",
        "Vintage Start": "2022-01-01",
        "Vintage End": "2022-12-31",
        "ID": "3005",
        "Name": "Biogas, recovery",
        "Country/Area": "China",
        "Methodology": "ACM0010",
        "Total Vintage Quantity": "100,897",
        "Quantity Issued": f"{end - start + 1:,}",
        "Serial Number": serial(start, end),
        "Retirement/Cancellation Date": "2026-01-14",
        "Retirement Beneficiary": "Example Tower",
        "Retirement Reason": "Environmental Benefit",
        "Retirement Details": "neutrality 2025",
    }
    return cells | changed


def text(*rows, head=HEAD, delimiter=","):
    made = io.StringIO()
    csv.writer(made, delimiter=delimiter).writerows(
        [head, *([each.get(name, "") for name in head] for each in rows)]
    )
    return made.getvalue()


@pytest.fixture
def case(tmp_path):
    (tmp_path / "case").mkdir()
    return tmp_path / "case"


def imported(case, content, beneficiary="", encoding="utf-8", name="export.csv"):
    path = case.parent / name
    path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
    return registry.import_export(case, path, 2025, beneficiary)[:2]


def summary(taken, left, odd=None):
    odd = pd.DataFrame(columns=["row", "kind", "why"]) if odd is None else odd
    return registry.summary(registry.Imported(taken, left, odd, []), "export.csv")


def test_what_the_export_says_stands_in_the_ledger_and_passes_its_check(case):
    taken, left = imported(case, text(row(1, 28_571), row(28_572, 28_700)))
    held = tables.read(case, "credits")
    assert (len(taken), len(left), held["quantity"].sum(), held.index.tolist()) == (
        2,
        0,
        28_700,
        [2, 3],
    )
    assert held["serial"].tolist() == [serial(1, 28_571), serial(28_572, 28_700)]
    assert held.loc[
        2, ["project_name", "country", "details", "programme", "claimed_year"]
    ].tolist() == ["Biogas, recovery", "CN", "neutrality 2025", "VCS", 2025]
    found = credits.check(held, 2025, "Example Tower", ISO)
    assert {f.severity for f in found} == {"unchecked"}


@pytest.mark.parametrize(
    ("changed", "column", "said"),
    [
        ({"Retirement/Cancellation Date": ""}, "Retirement/Cancellation Date", "not retired"),
        (
            {"Retirement/Cancellation Date": "soon"},
            "Retirement/Cancellation Date",
            "found 'soon', no date",
        ),
        ({"Serial Number": "", "Quantity Issued": "101"}, "Serial Number", "a total or a remark"),
        (
            {"Serial Number": "CCER-1"},
            "Serial Number",
            "found 'CCER-1', a serial of none of VCS, GS, CDM, ACR, CAR, ART, CERCARBONO, PURO",
        ),
        ({"Quantity Issued": "99"}, "Quantity Issued", "found '99', but 101 to 200 holds 100"),
        ({"Quantity Issued": "many"}, "Quantity Issued", "found 'many', no whole number"),
        ({"ID": "3006"}, "ID", "found '3006', the serial has 3005"),
        (
            {"Vintage End": "2023-12-31"},
            "Vintage End",
            "found '2023-12-31', the serial has 2022-12-31",
        ),
        (
            {"Retirement Beneficiary": "Another"},
            "Retirement Beneficiary",
            "found 'Another', not Example Tower",
        ),
        (
            {"Serial Number": serial(1, 100)},
            "Serial Number",
            "are already in row 2 of the export",
        ),
        (
            {"Serial Number": serial(91, 190, batch=9)},
            "Serial Number",
            "are already in row 2 of the export",
        ),
    ],
)
def test_a_row_that_cannot_be_taken_says_file_row_column_value_and_remedy(
    case, changed, column, said
):
    taken, left = imported(case, text(row(), row(101, 200) | changed), "Example Tower")
    assert taken.index.tolist() == [2] and left["row"].tolist() == [3]
    lines = summary(taken, left)
    assert lines[0] == "export.csv: 1 row(s) taken, 100 credits (rows 2)"
    assert lines[1].startswith(f"export.csv, row 3, column {column}: ") and said in lines[1]
    assert len(tables.read(case, "credits")) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"Retirement/Cancellation Date": "soon"},
        {"Retirement Beneficiary": "Another"},
        {"Quantity Issued": "x"},
    ],
)
def test_where_no_row_is_good_none_is_taken_and_no_ledger_made(case, changed):
    taken, left = imported(case, text(row() | changed), "Example Tower")
    assert (len(taken), len(left), list(case.iterdir())) == (0, 1, [])


def test_an_unquoted_thousand_leaves_the_ledger_as_it_was(case):
    imported(case, text(row()))
    before = (case / "credits.csv").read_bytes()
    taken, left = imported(case, text(row(101, 15_100)).replace('"15,000"', "15,000"))
    assert (
        taken.empty
        and "more cells than the heading" in left["why"][0]
        and (case / "credits.csv").read_bytes() == before
    )


def test_rows_that_an_open_quote_swallowed_are_reported_with_the_row_that_holds_it(case):
    content = text(
        row(), row(101, 200, **{"Retirement Details": "DAY"}), row(201, 300), row(301, 400)
    ).replace("DAY", '"DAY')
    taken, left = imported(case, content)
    assert (
        taken["quantity"].tolist() == [100, 100]
        and left["row"].tolist() == [3]
        and "close that quote" in left["why"][0]
        and "'DAY" in left["why"][0]
    )


def test_serials_in_small_letters_are_taken_as_the_registry_writes_them(case):
    taken, _ = imported(case, text(row(**{"Serial Number": serial().lower()})))
    assert taken["serial"].tolist() == [serial()]


def test_unused_columns_and_an_order_of_days_that_nothing_shows_are_reported(case):
    head = [
        {
            "Retirement Beneficiary": "Beneficial Owner",
            "Retirement Reason": "Reason",
            "Retirement Details": "Details",
        }.get(name, name)
        for name in HEAD
    ]
    cells = row(
        **{
            "Retirement/Cancellation Date": "03/02/2026",
            "Beneficial Owner": "Example Tower",
            "Reason": "neutrality",
            "Details": "2025",
        }
    )
    (case.parent / "export.csv").write_text(text(cells, head=head), encoding="utf-8")
    made = registry.import_export(case, case.parent / "export.csv", 2025)
    taken, remarks = made.taken, made.remarks
    assert taken.iloc[0][["beneficiary", "reason", "details"]].tolist() == [
        "Example Tower",
        "neutrality",
        "2025",
    ]
    assert "'03/02/2026' (row 2) were read with the day first" in remarks[0] and remarks[
        1
    ].startswith("columns not used: Issuance Date, Sustainable")
    assert registry.summary(made, "x.csv")[1].startswith("x.csv: dates such as")


@pytest.mark.parametrize("heading", ["Retired/Cancelled", "Credit Status", "Status"])
@pytest.mark.parametrize("status", ["Cancelled", "Voluntary Cancellation", "取消"])
def test_a_status_that_says_cancelled_is_not_taken(case, heading, status):
    cancelled = row(101, 200, **{heading: status, "Retirement Details": "neutrality 2025"})
    taken, left = imported(case, text(row(), cancelled, head=[*HEAD, heading]))
    assert taken.index.tolist() == [2] and "cancelled, not retired" in left["why"][0]


@pytest.mark.parametrize(
    ("details", "why"),
    [
        ("Cancelled", "the retirement text 'Environmental Benefit; Cancelled' says cancelled"),
        ("neutrality 2024", "names 2024, and the credits are claimed for 2025"),
        ("on behalf of Another Tower", "names 'Another Tower', the report is about 'Example To"),
    ],
)
def test_a_text_that_does_not_fit_is_taken_and_reported(case, details, why):
    path = case.parent / "export.csv"
    path.write_text(text(row(), row(101, 200, **{"Retirement Details": details})), "utf-8")
    made = registry.import_export(case, path, 2025, "Example Tower")
    assert made.taken.index.tolist() == [2, 3] and made.left.empty
    (line,) = [line for line in registry.summary(made, "export.csv") if "row 3, " in line]
    place = "export.csv, row 3, column Retirement Reason and Retirement Details: "
    assert line.startswith(place) and why in line and "check in the registry" in line


def test_the_sites_own_name_in_english_is_taken_for_a_reporter_written_in_chinese(case):
    reporter, own = "中国移动通信集团有限公司", "on behalf of China Mobile, HQ building"
    cells = row(**{"Retirement Beneficiary": reporter, "Retirement Details": own})
    taken, left = imported(case, text(cells), reporter)
    assert len(taken) == 1 and left.empty
    found = credits.check(tables.read(case, "credits"), 2025, reporter, ISO)
    assert [f.rule for f in found if f.severity == "odd"] == ["text_names_another"]
    assert not [f for f in found if f.severity == "refused"]


def test_without_a_beneficiary_no_names_are_compared(case):
    path = case.parent / "export.csv"
    path.write_text(text(row(**{"Retirement Details": "on behalf of Another Tower"})), "utf-8")
    assert registry.import_export(case, path, 2025).odd.empty


def test_retired_is_taken_beside_cancelled(case):
    taken, left = imported(
        case,
        text(
            row(**{"Credit Status": "Retired"}),
            row(101, 200, **{"Credit Status": "Cancelled"}),
            head=[*HEAD, "Credit Status"],
        ),
    )
    assert taken["status"].tolist() == ["Retired"] and "cancelled, not retired" in left["why"][0]


def test_the_status_of_the_project_is_not_taken_for_that_of_the_credit(case):
    assert imported(case, text(row(Status="Registered"), head=[*HEAD, "Status"]))[0][
        "status"
    ].tolist() == [""]


def days(form, moment=""):
    stamp = {
        name: pd.Timestamp(day).strftime(form) + moment
        for name, day in {
            "Vintage Start": "2022-01-02",
            "Vintage End": "2022-12-11",
            "Retirement/Cancellation Date": "2026-02-03",
            "Issuance Date": "2025-03-04",
        }.items()
    }
    return row(**stamp, **{"Serial Number": serial(vintage=("02012022", "11122022"))})


@pytest.mark.slow
@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%d",
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%d-%m-%Y",
        "%d.%m.%Y",
        "%d %b %Y",
        "%d-%b-%Y",
        "%b-%d-%Y",
        "%a %b %d %Y",
        "%A, %b %d, %Y",
        "%b %d, %Y",
        "%B %d, %Y",
        "%Y/%m/%d",
        "%Y年%m月%d日",
        "%d-%b-%y",
        "%m/%d/%y",
        "%d/%m/%y",
    ],
)
@pytest.mark.parametrize("moment", ["", "T00:00:00Z"])
def test_dates_are_read_in_the_order_the_vintages_are_written_in(case, form, moment):
    taken, left = imported(case, text(days(form, moment)))
    assert left.empty and tables.read(case, "credits")["retired_on"].tolist() == [
        pd.Timestamp("2026-02-03")
    ]


@pytest.mark.parametrize(
    "form", ["28571", "28,571", "28 571", "28.571", "28571.0", "28,571.00", "28\u00a0571"]
)
def test_counts_are_read_as_registries_write_them(case, form):
    taken, left = imported(case, text(row(1, 28_571, **{"Quantity Issued": form})))
    assert left.empty and taken["quantity"].tolist() == [28_571]


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t"), ("utf-8-sig", ",")],
)
def test_marks_separators_and_lines_before_the_heading_do_no_harm(case, encoding, delimiter):
    old = row(
        1,
        5,
        **{
            "Serial Number": "8040-1-5-VCU-042-MER-PE-14-1360-01012022-31122022-1",
            "ID": "1360",
            "Retirement Beneficiary": '江苏 "A" Co., Ltd.\n(B)',
        },
    )
    content = "Verra Registry\n\n" + text(
        old, {}, row(6, 9), head=[*HEAD[::-1], "Further"], delimiter=delimiter
    ).replace("\r\n", "\n")
    taken, left = imported(case, content, encoding=encoding)
    assert left.empty and taken.index.tolist() == [4, 6]
    assert taken["beneficiary"].tolist() == ['江苏 "A" Co., Ltd. (B)', "Example Tower"]
    assert tables.read(case, "credits")["country"].tolist() == ["PE", "CN"]


def test_a_template_of_a_new_case_is_filled(tmp_path):
    folder = new.new("my-site", tmp_path / "params")
    taken, left = imported(folder, text(row()))
    assert left.empty and len(taken) == len(tables.read(folder, "credits")) == 1
    assert "# " in (folder / "credits.csv").read_text(encoding="utf-8-sig").splitlines()[1]


def test_an_excel_file_of_the_gold_standard_is_taken_with_its_days(case):
    cells = {
        "Credit Status": "Retired",
        "Quantity": "5354",
        "GSID": "11603",
        "Project Name": "Stoves",
        "Retirement Date": "2026-04-10",
        "Serial Number": "GS1-1-KE-GS11603-16-2025-30256-110-5463",
        "Note": "neutrality 2025",
        "Using Entity": "Example Tower",
    }
    path = case.parent / "gold.xlsx"
    pd.DataFrame([cells]).to_excel(path, index=False)
    taken, left = registry.import_export(case, path, 2025)[:2]
    assert left.empty and taken[["programme", "quantity", "vintage_start"]].astype(str).iloc[
        0
    ].tolist() == ["GS", "5354", "2025-01-01"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no column Serial Number"),
        ("a,b\n1,2\n", "no column Serial Number .*found a, b"),
        (b"\xff\x00\x01", "UTF-8|no text|no column"),
        (text(row(), head=HEAD[:11] + HEAD[12:]), "no column Serial Number"),
        (text(row(), head=HEAD[:13]), "column Retirement/Cancellation Date is missing"),
        (
            text(row(), head=[h for h in HEAD if h != "Quantity Issued"]),
            "column Quantity Issued is missing",
        ),
        (text(row(Name="S\u00e3o")).encode("latin-1"), "row 2: found bytes that are not UTF-8"),
    ],
)
def test_what_is_no_export_is_refused_and_nothing_written(case, content, said):
    with pytest.raises(ValueError, match=rf"export\.csv.*({said})"):
        imported(case, content)
    assert list(case.iterdir()) == []


def test_an_import_adds_to_the_ledger_and_a_second_one_adds_nothing(case):
    imported(case, text(row()))
    before = (case / "credits.csv").read_bytes()
    taken, left = imported(case, text(row(), row(101, 200)))
    assert (
        taken.index.tolist() == [3]
        and "already in credits.csv, row 2, claimed for 2025" in left["why"][0]
    )
    assert (case / "credits.csv").read_bytes().startswith(before)
    again = (case / "credits.csv").read_bytes()
    assert (
        imported(case, text(row(), row(101, 200)))[0].empty
        and (case / "credits.csv").read_bytes() == again
    )
    assert [path.name for path in case.iterdir()] == ["credits.csv"]


def test_a_ledger_keeps_its_mark_its_remark_and_columns_of_before(case):
    head = (
        "serial,quantity,project_id,project_name,methodology,country,vintage_start,vintage_end,"
        "retired_on,beneficiary,reason,claimed_year"
    )
    (case / "credits.csv").write_text(
        f"{head}\r\n# an example,,,,,,,,,,,\r\n", encoding="utf-8-sig", newline=""
    )
    imported(case, text(row()))
    lines = (case / "credits.csv").read_bytes().decode("utf-8").split("\r\n")
    assert (
        lines[0] == f"\ufeff{head},programme,details"
        and lines[1].startswith("# an example")
        and lines[2].endswith("2025,VCS,neutrality 2025")
    )
    assert len(tables.read(case, "credits")) == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("credits.csv", "serial,quantity\n1,2\n", "correct the ledger first"),
        ("credits.parquet", "", "rows are added to credits.csv only"),
    ],
)
def test_a_ledger_that_cannot_be_added_to_is_left_alone(case, name, content, said):
    (case / name).write_text(content)
    with pytest.raises(ValueError, match=said):
        imported(case, text(row()))
    assert (case / name).read_text() == content


def test_a_disk_that_fails_leaves_the_old_ledger_whole(case, monkeypatch):
    imported(case, text(row()))
    before = (case / "credits.csv").read_bytes()

    def full(_):
        raise OSError("no space left")

    monkeypatch.setattr(writing.os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        imported(case, text(row(101, 200)))
    assert (case / "credits.csv").read_bytes() == before and [
        path.name for path in case.iterdir()
    ] == ["credits.csv"]


spans = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 20)), min_size=1, max_size=12)


@pytest.mark.slow
@given(spans)
@settings(max_examples=25)
def test_no_number_is_taken_twice_and_every_other_row_is(blocks):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as scratch:
        case = Path(scratch) / "case"
        case.mkdir()
        taken, left = imported(case, text(*(row(start, start + more) for start, more in blocks)))
        numbers = [
            n for line in taken.index for n in range(blocks[line - 2][0], sum(blocks[line - 2]) + 1)
        ]
        assert len(numbers) == len(set(numbers)) == taken["quantity"].sum() and len(taken) + len(
            left
        ) == len(blocks)
        found = credits.check(tables.read(case, "credits"), 2025, "Example Tower", ISO)
        assert not [f for f in found if f.severity == "refused"]


def test_the_command_says_what_it_took_and_ends_with_1_where_it_took_nothing(case, capsys):
    export = case.parent / "vcus.csv"
    export.write_text(
        text(row(), row(101, 200, **{"Retirement/Cancellation Date": ""})), encoding="utf-8"
    )
    asked = ["import", str(case), str(export), "--year", "2025", "--beneficiary", "example tower"]
    assert cli.main(asked) == 0
    said = capsys.readouterr().out
    assert (
        "vcus.csv: 1 row(s) taken, 100 credits" in said
        and "vcus.csv, row 3, column Retirement/Cancellation Date" in said
    )
    assert cli.main(asked) == 1 and "nothing was taken" in capsys.readouterr().err
    assert (
        cli.main(["import", str(case), str(case / "none.csv"), "--year", "2025"]) == 1
        and "no such file" in capsys.readouterr().err
    )
    assert (
        cli.main(["import", str(case / "x"), str(export), "--year", "2025"]) == 1
        and "no such folder" in capsys.readouterr().err
    )
    assert (
        cli.main(["import", str(case), str(export), "--year", "25"]) == 1
        and "lies between 2000 and 2100" in capsys.readouterr().err
    )


def test_many_rows_alike_are_counted_and_not_listed(case):
    taken, left = imported(
        case, text(*(row(i, i, **{"Retirement/Cancellation Date": ""}) for i in range(1, 30)))
    )
    lines = summary(taken, left)
    assert len(lines) == 7 and lines[-1] == "export.csv: and 24 more rows like these"


def test_cells_that_are_equal_are_written_each_as_it_was(tmp_path):
    cells = [1, 1.0, True, -0.0, 0.0, "=x", "-5", 'b,"c"', None]
    rows = pd.DataFrame({"a": pd.Series(cells, dtype="object"), "b": "x"})
    lines = writing.merged(tmp_path / "t.csv", rows).decode().splitlines()
    written = ["1", "1.0", "True", "-0.0", "0.0", "'=x", "-5", '"b,""c"""', ""]
    assert lines == ["a,b", *(f"{each},x" for each in written)]
