"""Kinds of certificates, rows of lists, files and several cases, one notch on either side of each
rule, as test_certificate_edges.
"""

import pandas as pd
import pytest
from ledgers import CERTIFICATE, frame, numbered

from neutrality.ledger import (
    certificate_kinds,
    certificate_lists,
    certificate_rows,
    certificates,
    double_claims,
    export_files,
    reporters,
)

# Kinds


@pytest.mark.parametrize(
    ("changed", "province", "found"),
    [
        ({}, "Beijing", []),
        ({"province": "Norway"}, "Beijing", ["province_unknown"]),
        ({"instrument": "GO"}, "Beijing", ["other_market"]),
        ({"instrument": "GO"}, "", []),
        ({"instrument": "I-REC", "month": "2024-12"}, "Beijing", []),
        ({"instrument": "I-REC", "month": "2025-01"}, "Beijing", ["instrument_ended"]),
        ({"instrument": "I-REC", "month": "2025-01", "province": "Norway"}, "Beijing", []),
        ({"technology": "hydro"}, "Beijing", ["plant_age_unchecked"]),
        ({"technology": "hydro", "month": "2022-12"}, "Beijing", ["not_tradable"]),
        ({"technology": "hydro", "month": "2023-01"}, "Beijing", ["plant_age_unchecked"]),
        ({"technology": "hydro", "month": "2022-12", "instrument": "GO"}, "", []),
        ({"technology": "storage"}, "Beijing", ["storage_excluded"]),
        ({"technology": "coal"}, "Beijing", ["not_renewable"]),
        ({"technology": "nuclear"}, "Beijing", ["not_renewable"]),
        ({"technology": "x"}, "Beijing", ["technology_unknown"]),
    ],
)
def test_technology_and_instrument_are_those_of_the_market_in_their_month(changed, province, found):
    rows = certificates.with_kwh(frame([CERTIFICATE | changed]))
    assert [f.rule for f in certificate_kinds.kind_findings(rows, province, "none")] == found


@pytest.mark.parametrize(
    ("instruments", "found"),
    [
        (["GEC"], []),
        (["I-REC"], ["instrument_refused"]),
        (["GO", "GO"], ["instrument_refused"] * 2),
    ],
)
def test_a_green_rule_names_what_it_refuses(instruments, found):
    rows = frame([CERTIFICATE | {"instrument": each} for each in instruments])
    told = certificate_kinds._instrument_rule(rows, "gbt_32151")
    assert [f.rule for f in told if f.severity == "refused"] == found
    assert certificate_kinds._instrument_rule(rows, "no such rule") == []


# Lists

LIST = {
    "serial_from": "A-1",
    "serial_to": "A-9",
    "technology": "wind",
    "province": "Gansu",
    "instrument": "GEC",
    "month": "2025-03",
    "retired_on": "2025-06-30",
}


def reading(*rows, columns=tuple(LIST)):
    blank = dict.fromkeys([*export_files.names("certificates"), "beyond", "swallowed"], "")
    cells = pd.DataFrame([blank | LIST | each for each in rows], range(2, len(rows) + 2))
    headings = {name: name if name in columns else "" for name in cells}
    export = export_files.Export(cells, headings, [], 1)
    return certificate_rows.read(export), headings


def left(row, reporter="", **more):
    made, headings = reading(row, **more)
    found = certificate_rows.left(made, headings, reporters.reporter(reporter))
    assert list(found.columns) == ["row", "kind", "why"]
    return "".join(found["why"])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({}, ""),
        ({"quantity": "9"}, ""),
        ({"quantity": "8"}, "found '8', but 'A-1' to 'A-9' holds 9"),
        ({"quantity": "10"}, "found '10', but 'A-1' to 'A-9' holds 9"),
        ({"quantity": "0"}, "found '0', no whole number"),
        ({"mwh": "9"}, ""),
        ({"mwh": "9.5"}, "column mwh: found '9.5', no whole number"),
        ({"mwh": "-9"}, "column mwh: found '-9', no whole number"),
        ({"kwh": "9,000"}, ""),
        ({"kwh": "9001"}, "column kwh: found '9001', no whole number"),
        ({"wh": "9000000"}, ""),
        ({"quantity": "9", "mwh": "9"}, ""),
        ({"quantity": "many", "mwh": "9"}, "column quantity: found 'many', no whole number"),
        ({"quantity": "9", "mwh": "8"}, "column quantity: found '9', no whole number"),
        ({"mwh": "9", "kwh": "8000"}, "column mwh: found '9', no whole number"),
        ({"serial_to": "", "quantity": "1"}, ""),  # one number alone is both ends
        ({"serial_from": "", "serial_to": ""}, "a remark; nothing to take"),
        ({"serial_from": "", "serial_to": "", "mwh": "9"}, "without their numbers"),
        ({"serial_to": "B-9"}, "no range of one number series"),
        ({"instrument": "x"}, "found 'x', which does not say what certificates"),
        ({"technology": "x"}, "found 'x', no technology"),
        ({"province": ""}, "column province: is empty"),
        ({"province": "", "country": "Norway"}, ""),
        ({"month": ""}, "does not say when"),
        ({"month": "", "period_start": "2025-03-01"}, "does not say when"),
        ({"month": "", "period_start": "2025-03-02", "period_end": "2025-03-02"}, ""),
        ({"month": "", "period_start": "2025-03-02", "period_end": "2025-03-01"}, "before the per"),
        ({"retired_on": "n/a"}, "is empty: not redeemed"),
        ({"retired_on": "soon"}, "found 'soon', no date"),
        ({"status": "Active"}, "found 'Active': not redeemed"),
        ({"status": "Redeemed"}, ""),
        ({"beneficiary": "Another"}, ""),
        ({"reporter": "Tower", "beneficiary": "Tower Ltd"}, ""),
        ({"reporter": "Tower", "beneficiary": "Another"}, "found 'Another', not Tower"),
        ({"reporter": "Tower{", "beneficiary": "Another"}, "found 'Another', not Tower{"),
    ],
)
def test_a_row_of_a_list_is_left_with_its_first_fault(row, said):
    row = dict(row)
    why = left(row, row.pop("reporter", ""))
    assert said in why and bool(why) == bool(said)


@pytest.mark.parametrize(
    ("days", "made"),
    [
        (("2025-01-01", "2025-04-01"), ("", "2025-01-01", "2025-03-31")),
        (("2025-01-01", "2025-02-01"), ("2025-01", None, None)),
        (("2025-01-01", "2025-01-31"), ("2025-01", None, None)),
        (("2025-01-02", "2025-01-31"), ("", "2025-01-02", "2025-01-31")),
        (("2025-01-02", "2025-04-01"), ("", "2025-01-02", "2025-04-01")),
        (("2025-01-01", "2025-04-02"), ("", "2025-01-01", "2025-04-02")),
        (("2025-03-01", "2025-03-01"), ("", "2025-03-01", "2025-03-01")),  # one day
        (("2025-01至2025-03",), ("", "2025-01-01", "2025-03-31")),
        (("2025-02至2025-02",), ("2025-02", None, None)),
        (("2025-12-01",), ("2025-12", None, None)),
        (("12/2025",), ("2025-12", None, None)),
        (("Dec 2025",), ("2025-12", None, None)),
        (("2025-13",), ("", None, None)),
        (("2025-01至2025-03至2025-05",), ("", None, None)),
    ],
)
def test_a_period_of_a_list_is_a_month_or_its_days(days, made):
    month, (start, end) = ("", days) if len(days) > 1 else (days[0], ("", ""))
    row, _ = reading({"month": month, "period_start": start, "period_end": end})
    found = row.period.loc[2].tolist()
    assert found[0] == made[0]
    assert [None if pd.isna(day) else f"{day:%Y-%m-%d}" for day in found[1:]] == list(made[1:])


@pytest.mark.parametrize(
    ("row", "columns", "instrument"),
    [
        ({"instrument": ""}, ("数量",), "GEC"),  # a list in Chinese
        ({"instrument": ""}, ("serial_base",), "REC"),
        ({"instrument": ""}, ("month",), ""),
        ({"instrument": "GO"}, ("instrument",), "GO"),
        ({"instrument": "绿证"}, ("instrument", "serial_base"), "GEC"),
    ],
)
def test_a_list_says_its_instrument_or_its_headings_do(row, columns, instrument):
    cells = reading(row)[0].cells
    headings = {name: name if name in columns else "" for name in cells} | {"wh": columns[0]}
    assert certificate_rows._kinds(cells, headings)["instrument"].tolist() == [instrument]


def blocks_of(*rows, held=0):
    made, _ = reading(*rows)
    ledger = pd.DataFrame({"block_id": [f"list-{2 + at}" for at in range(held)]})
    good = pd.Series(True, made.cells.index)
    return certificate_rows.blocks(made, good, "list", ledger)


def test_blocks_of_a_list_have_names_of_their_own_and_the_columns_of_the_ledger():
    row = {"block_id": "7", "capacity_mw": "1.5", "serial_to": "A-9"}
    found = blocks_of({}, row, {"serial_to": ""}, held=1)
    assert found["block_id"].tolist() == ["list-2-2", "list-7", "list-4"]
    assert found["quantity"].tolist() == [9, 9, 1]
    assert found["capacity_mw"].fillna(0).tolist() == [0, 1.5, 0]
    assert found["serial_to"].tolist() == ["A-9", "A-9", "A-1"]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([("A-1", "A-9"), ("A-10", "A-12")], []),
        ([("A-1", "A-9"), ("A-9", "A-12")], [(3, "row 2 of the list")]),
        ([("A-50", "A-52")], [(2, "certificates.csv, row 2")]),
        ([("A-53", "A-60"), ("A-61", "A-62"), ("A-60", "A-60")], [(4, "row 2 of the list")]),
    ],
)
def test_a_number_of_a_list_is_held_by_the_ledger_or_an_earlier_row(rows, found):
    made = blocks_of(*({"serial_from": one, "serial_to": last} for one, last in rows))
    held = frame([numbered("A-50", "A-52", quantity=3)])
    export = export_files.Export(made, {"serial_from": "", "serial": "编码"}, [], 1)
    told = certificate_lists._repeated(made, held, export, "certificates.csv")
    assert told["row"].tolist() == [row for row, _ in found]
    assert all(text in why for why, (_, text) in zip(told["why"], found, strict=True))
    assert all(why.startswith("column 编码: found 'A-") for why in told["why"])


@pytest.mark.parametrize(
    ("day", "unused", "remarks"),
    [
        ("2025-06-30", [], 1),
        ("03/02/2026", [], 2),
        ("13/02/2026", [], 1),
        ("2025-06-30", ["x", "y"], 2),
    ],
)
def test_a_list_is_told_with_its_energy_its_months_and_what_was_not_used(day, unused, remarks):
    rows = [{"retired_on": day}, {"retired_on": day, "month": "2025-05", "serial_to": "A-3"}]
    made, headings = reading(*rows)
    taken = blocks_of(*rows)
    export = export_files.Export(made.cells, headings, unused, 1)
    told = certificate_lists._remarks(made, export, taken)
    assert told[0] == "12 MWh taken, generated from 2025-03 to 2025-05" and len(told) == remarks
    assert not unused or told[-1] == "columns not used: x, y"
    assert len(certificate_lists._remarks(made, export, taken[:0])) == remarks - 1


def test_what_a_list_leaves_is_numbered_by_row_and_holds_nothing_else(tmp_path):
    (tmp_path / "case").mkdir()
    rows = [LIST, LIST | {"serial_from": "A-20", "serial_to": "A-29", "retired_on": ""}, LIST]
    pd.DataFrame(rows).to_csv(tmp_path / "x.csv", index=False)
    made = certificate_lists.import_list(tmp_path / "case", tmp_path / "x.csv", 2025)
    assert list(made.left.columns) == ["row", "kind", "why"] and made.left.index.tolist() == [0, 1]
    assert made.left["row"].tolist() == [3, 4] and made.taken.index.tolist() == [2]


# Files and several cases


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["绿证编码,数量,生产年月", "A-1,1,2025-03"], True),
        (["x"] * 19 + ["绿证编码,数量,生产年月", "A-1,1,2025-03"], True),
        (["x"] * 20 + ["绿证编码,数量,生产年月", "A-1,1,2025-03"], False),
        (["绿证编码;数量;生产年月", "A-1;1;2025-03"], True),
        (["绿证编码\t数量\t生产年月", "A-1\t1\t2025-03"], True),
        (["绿证编码|数量|生产年月"], False),
        (["a,b", "1,2"], False),
    ],
)
def test_the_heading_of_a_list_is_among_its_first_twenty_rows(tmp_path, lines, found):
    path = tmp_path / "list.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert certificate_lists.is_list(path) == found


def export_of(path, text):
    path.write_text(text, encoding="utf-8")
    several = lambda line: sum(cell.count("S-") for cell in line) > 1  # noqa: E731
    return export_files.read(path, "credits", lambda row: "Serial" in row, "Serial", several)


def test_cells_keep_their_rows_and_lose_what_cannot_be_seen(tmp_path):
    text = 'Note,Serial,x\n\na,="S-1",\n,,\nb, S-\u200b2  y ,\n'
    made = export_of(tmp_path / "x.csv", text)
    assert made.heading_row == 1 and made.cells.index.tolist() == [3, 5]
    assert made.cells["serial"].tolist() == ["S-1", "S-2 y"]
    assert made.headings["serial"] == "Serial" and "x" in made.unused


def test_text_beyond_the_heading_and_rows_within_a_cell_are_told(tmp_path):
    text = 'Serial,Reason\nS-1,a,b,c\nS-2,"a\nS-3,b"\nS-4,"a\nb"\nS-5,a\n'
    made = export_of(tmp_path / "x.csv", text)
    assert made.cells["beyond"].tolist() == ["b; c", "", "", ""]
    assert made.cells["swallowed"].tolist() == ["", "a S-3,b", "", ""]
    assert made.cells["serial"].tolist() == ["S-1", "S-2", "S-4", "S-5"]


def test_long_cells_are_quoted_by_their_beginning(tmp_path):
    made = export_of(tmp_path / "x.csv", f'Serial,Reason\nS-1,"{"a" * 60}\nS-2,b"\n')
    assert made.cells["swallowed"].tolist() == ["a" * 40]
    with pytest.raises(ValueError) as refused:
        export_of(tmp_path / "y.csv", f"{'b' * 50},{'c' * 50}\n")
    assert f"(found {'b' * 50}, {'c' * 28});" in str(refused.value)


def test_what_is_no_table_and_what_cannot_be_read_is_counted_or_left_to_its_own_check(tmp_path):
    for name in ("north", "south"):
        (tmp_path / name).mkdir()
        held = frame([numbered(1, 240), numbered(241, 480, block_id="W2", month="2025-13")])
        held.to_csv(tmp_path / name / "certificates.csv", index=False)
        (tmp_path / name / "credits.csv").write_bytes(b"\xff\xfe\x00\x01\xd8")
    found = double_claims.between_cases([tmp_path / "north", tmp_path / "south"])
    assert sum("overlaps" in each for each in found) == 1
    apart = [each for each in found if "1 row(s) were not compared" in each and "(row 3)" in each]
    assert len(apart) == 2 == len(found) - 1


def test_only_some_overlaps_of_two_cases_are_listed_and_the_rest_counted(tmp_path):
    for name in ("north", "south"):
        (tmp_path / name).mkdir()
        rows = [numbered(n * 240 + 1, n * 240 + 240, block_id=f"W{n}") for n in range(22)]
        frame(rows).to_csv(tmp_path / name / "certificates.csv", index=False)
    found = double_claims.between_cases([tmp_path / "north", tmp_path / "south"])
    assert len(found) == 21 and found[-1].startswith("certificates: and 2 more blocks")
