"""A list of certificates goes into the ledger as a platform or a registry keeps it: numbers whose
running number does not stand last, periods of several months, words in Chinese or English.
"""

import pandas as pd
import pytest
from ledgers import CERTIFICATE, certificate_findings, frame, rules

from neutrality import cli
from neutrality.case import tables
from neutrality.green import coverage
from neutrality.ledger import certificate_forms, certificate_lists, certificates, double_claims
from neutrality.ledger.ledger_files import summary

PROJECT = "51234567890123456"  # 17 characters
REGO = "G01234NQSC{:010}010125310125GEN"


def code(number, month="2503", classes="11", project=PROJECT):
    return f"{project}{month}{number:09}{classes}"


def listed(**changed):
    """A row of a platform's list in Chinese."""
    row = {
        "电量生产年月": "2025年3月",
        "绿证起始编码": code(1),
        "绿证终止编号": code(240),
        "绿证数量（张）": "240",
        "能源类型": "风电",
        "项目所在省份": "内蒙古自治区",
        "核销日期": "2025/6/30",
        "核销主体": "Example Tower",
    }
    return row | changed


def numbered(first, last):
    ends = {"绿证起始编码": code(first), "绿证终止编号": code(last)}
    return listed(**ends, **{"绿证数量（张）": str(last - first + 1)})


@pytest.fixture
def case(tmp_path):
    (tmp_path / "case").mkdir()
    return tmp_path / "case"


def imported(case, *rows, name="list.csv", encoding="utf-8", beneficiary="Example Tower"):
    path = case.parent / name
    table = pd.DataFrame(list(rows))
    if name.endswith(".xlsx"):
        table.to_excel(path, index=False, startrow=3)
    else:
        path.write_bytes(table.to_csv(index=False).encode(encoding))
    return certificate_lists.import_list(case, path, 2025, beneficiary)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("list.csv", "utf-8"), ("list.csv", "gb18030"), ("list.csv", "utf-16"), ("list.xlsx", "")],
)
def test_a_chinese_list_is_taken_and_passes_the_check_of_the_ledger(case, name, encoding):
    made = imported(case, listed(), name=name, encoding=encoding)
    assert made.left.empty, made.left["why"].tolist()
    held = tables.read(case, "certificates")
    assert held.loc[2, ["quantity", "technology", "month", "instrument"]].tolist() == [
        240,
        "wind",
        "2025-03",
        "GEC",
    ]
    found = certificates.check(held, 2025, "Example Tower", province="Beijing")
    assert rules(found) == [] and "code_as_printed" in [f.rule for f in found]
    assert certificates.counted(held, 2025)["kwh"].sum() == 240_000.0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"绿证数量（张）": "241"}, "holds 240"),
        ({"绿证数量（张）": "2401"}, "holds 240"),
        ({"绿证起始编码": code(1)[:-1]}, "no range of one number series"),
        ({"绿证终止编号": code(240, project="6" + PROJECT[1:])}, "no range of one number series"),
        ({"绿证起始编码": "5.1234567890123E+31"}, "no range of one number series"),
        ({"绿证起始编码": "", "绿证终止编号": ""}, "without their numbers"),
        ({"电量生产年月": "第一季度"}, "does not say when"),
        ({"能源类型": "其他"}, "no technology that is known"),
        ({"项目所在省份": ""}, "where the power was generated"),
        ({"核销日期": ""}, "not redeemed"),
        ({"核销日期": "soon"}, "no date"),
        ({"核销主体": "Example Tower Hotels Ltd"}, "not Example Tower"),
        ({"绿证数量（张）": "many"}, "no whole number"),
    ],
)
def test_a_row_that_does_not_say_all_is_left_with_row_column_and_remedy(case, changed, said):
    made = imported(case, numbered(301, 540), listed(**changed))
    assert made.taken.index.tolist() == [2] and made.left["row"].tolist() == [3]
    (line,) = [each for each in summary(made, "list.csv", "certificates") if "row 3" in each]
    assert line.startswith("list.csv, row 3, column ") and said in line


def test_numbers_that_the_ledger_or_an_earlier_row_holds_are_left(case):
    again = numbered(240, 241)
    made = imported(case, listed(), again)
    assert made.left["row"].tolist() == [3] and "row 2 of the list" in made.left["why"][0]
    made = imported(case, again, numbered(242, 243))
    assert made.taken.index.tolist() == [3] and "certificates.csv, row 2" in made.left["why"][0]


def test_the_command_knows_a_list_of_certificates_by_its_headings(case, capsys):
    path = case.parent / "绿证.csv"
    path.write_bytes(pd.DataFrame([listed()]).to_csv(index=False).encode("gb18030"))
    assert cli.main(["import", str(case), str(path), "--year", "2025"]) == 0
    said = capsys.readouterr().out
    assert "1 row(s) taken, 240 certificates" in said and "certificates.csv, claimed" in said
    assert certificate_lists.recognises(list(listed()))
    assert not certificate_lists.recognises(["Vintage", "Credit Serial Numbers", "Quantity"])


@pytest.mark.parametrize(
    ("cells", "instrument", "quantity"),
    [
        (
            {
                "Serial Number Base": "123-MN-2025-03-AB12",
                "Serial Number Start": "1",
                "Serial Number End": "240",
                "Fuel Type": "Wind",
                "State": "Minnesota",
                "Vintage": "2025-03",
            },
            "REC",
            240,
        ),
        (
            {
                "Start Certificate No.": REGO.format(0),
                "End Certificate No.": REGO.format(239),
                "Technology Group": "On-shore Wind",
                "Country": "England",
                "Output Period": "Jan-2025",
                "Scheme": "REGO",
            },
            "REGO",
            240,
        ),
        (
            {
                "Certificate IDs": "0000-0178-5363-0001.000000 to 0000-0178-5363-0240.999999",
                "Energy source": "SOLAR",
                "Country": "China",
                "Period start": "2025-01-01",
                "Period end": "2025-04-01",
                "Product": "I-REC",
            },
            "I-REC",
            240,
        ),
        (
            {
                "Certificate type": "LGC",
                "Serial number": "WD00VC26-2024-NSW-0961",
                "First number": "961",
                "Last number": "1200",
                "Fuel source": "Wind",
                "Generation state": "NSW",
                "Generation year": "2024",
            },
            "LGC",
            240,
        ),
        (
            {
                "Product": "GO",
                "Serial number": "643002406801000000000000098761",
                "From certificate number": "98761",
                "To certificate number": "99000",
                "Technology": "wind",
                "Country": "Norway",
                "Period start": "2025-01-01",
                "Period end": "2025-01-31",
            },
            "GO",
            240,
        ),
    ],
)
def test_lists_of_other_registries_are_read_in_their_own_numbers(case, cells, instrument, quantity):
    row = cells | {"Number of certificates": "240", "Redemption date": "2025-06-30"}
    made = imported(case, row | {"Beneficiary": "Example Tower"})
    assert made.left.empty, made.left["why"].tolist()
    held = tables.read(case, "certificates")
    assert held[["instrument", "quantity"]].iloc[0].tolist() == [instrument, quantity]
    refused = rules(certificates.check(held, 2025, "Example Tower"), "refused")
    assert set(refused) <= {"other_market"}


def test_ends_that_are_not_the_last_digits_of_their_serial_are_left(case):
    row = listed(绿证起始编码="1", 绿证终止编号="240", 绿证编码="W-2025-0007")
    made = imported(case, row)
    assert made.taken.empty and "W-2025-0007 / 1" in made.left["why"][0]


def test_a_period_that_ends_at_the_first_of_a_month_ends_the_day_before(case):
    row = {"Certificate IDs": "A-1 to A-9", "Energy source": "wind", "Country": "Norway"}
    row |= {"Period start": "2025-01-01", "Product": "GO", "Redemption date": "2025-07-30"}
    imported(case, row | {"Period end": "2025-03-31"}, beneficiary="")
    imported(
        case,
        row | {"Certificate IDs": "A-10 to A-19", "Period end": "2025-04-01"},
        beneficiary="",
    )
    held = tables.read(case, "certificates")
    assert held["period_end"].dt.date.map(str).tolist() == ["2025-03-31"] * 2
    assert held["quantity"].tolist() == [9, 10]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cells", "quantity", "held"),
    [
        ({"serial": "1-100; 205-300"}, 196, [(1, 100), (205, 300)]),
        ({"serial": "W001至W100\nW205至W300"}, 196, [("W001", "W100"), ("W205", "W300")]),
        ({"serial": "W-001 to W-100, 205 to 300"}, 196, [("W-001", "W-100"), ("W-205", "W-300")]),
        ({"serial": "W1、W5、W9"}, 3, [("W1", "W1"), ("W5", "W5"), ("W9", "W9")]),
        ({"from": "W1; W205", "to": "W100; W300"}, 196, [("W1", "W100"), ("W205", "W300")]),
        (
            {"serial": f"{code(1)}至{code(40)}；{code(81)}至{code(90)}"},
            50,
            [(code(1), code(40)), (code(81), code(90))],
        ),
    ],
)
@pytest.mark.parametrize("name", ["list.csv", "list.xlsx"])
def test_several_ranges_in_a_cell_are_several_blocks(case, cells, quantity, held, name):
    ends = {"绿证起始编码": cells.get("from", ""), "绿证终止编号": cells.get("to", "")}
    row = listed(**ends, 绿证编码=cells.get("serial", "")) | {"绿证数量（张）": str(quantity)}
    made = imported(case, row, numbered(1001, 1002), name=name)
    assert made.left.empty, made.left["why"].tolist()
    rows = tables.read(case, "certificates")
    assert rows["quantity"].sum() == quantity + 2 and rows["block_id"].is_unique
    found = list(rows[["serial_from", "serial_to"]].itertuples(index=False, name=None))
    assert found[:-1] == [tuple(map(str, each)) for each in held]
    assert rules(certificates.check(rows, 2025, "Example Tower"), "refused") == []


@pytest.mark.parametrize(
    ("serial", "quantity", "said"),
    [
        ("1-100; 205-300", 197, "found '197', but the 2 ranges of the row hold 196 together"),
        ("1-100; 205-30", 196, "no range of one number series"),
        ("1-100; 50-145", 196, "already in row 3 of the list"),
        ("900,000,001", 3, "no range of one number series"),
    ],
)
def test_a_row_of_several_ranges_is_taken_whole_or_left(case, serial, quantity, said):
    ends = {"绿证起始编码": "", "绿证终止编号": "", "绿证编码": serial}
    row = listed(**ends) | {"绿证数量（张）": str(quantity)}
    made = imported(case, numbered(301, 540) | {"绿证编码": ""}, row)
    assert made.taken.index.tolist() == [2] and made.left["row"].tolist() == [3]
    assert said in made.left["why"][0], made.left["why"][0]


def coded(first, last, **changed):
    return {"serial_from": first, "serial_to": last} | changed


def test_a_code_may_not_hold_more_certificates_than_are_counted_before_its_classes():
    honest = coded(code(1), code(240))
    assert rules(certificate_findings(honest), "refused") == []
    tenfold = coded(code(1), code(240), quantity=2_391)
    assert rules(certificate_findings(tenfold), "refused") == ["range_not_quantity"]
    hundredfold = coded(code(1), code(240), quantity=23_901)
    assert rules(certificate_findings(hundredfold), "refused") == ["range_not_quantity"]


@pytest.mark.parametrize(
    "spelling", [code(240), f"GEC {code(240)}", f"绿证{code(240)}", " ".join(code(240))]
)
def test_a_code_stands_once_however_it_is_written(spelling):
    block = coded(code(1), code(240))
    single = coded(spelling, spelling, quantity=1, block_id="W2")
    assert {"overlap", "duplicate"} & set(rules(certificate_findings(block, single), "refused"))


def test_codes_that_differ_in_their_classes_alone_are_odd_with_their_tonnes():
    one = coded(code(1), code(240))
    two = coded(code(1, classes="12"), code(240, classes="12"), block_id="W2")
    assert "overlap" not in rules(certificate_findings(one, two), "refused")
    rows = frame([CERTIFICATE | one, CERTIFICATE | two])
    (found,) = certificates.alike_findings(rows, 2025, 0.5)
    assert found.rule == "code_other_class" and "240.0 MWh that avoid at most 120.0 t" in found.en


def test_a_code_that_a_spreadsheet_rounded_is_refused():
    rounded = PROJECT + "0" * 15
    found = certificate_findings(coded(rounded, rounded, quantity=1))
    assert rules(found, "refused") == ["serial_mangled"]


def test_two_cases_that_hold_one_code_are_told(tmp_path):
    folders = [tmp_path / name for name in ("north", "south")]
    for folder in folders:
        folder.mkdir()
        row = CERTIFICATE | coded(code(1), code(240)) | {"contract": "x"}
        pd.DataFrame([row]).to_csv(folder / "certificates.csv", index=False)
    assert any("overlaps" in each for each in double_claims.between_cases(folders))


def test_the_period_in_the_number_of_a_rego_is_that_of_its_row():
    ends = coded(REGO.format(0), REGO.format(239), instrument="REGO")
    assert "number_of_other_period" in rules(certificate_findings(ends), "refused")
    found = rules(certificate_findings(ends | {"month": "2025-01"}, province=""), "refused")
    assert "number_of_other_period" not in found and "range_not_quantity" not in found


def test_a_range_in_one_cell_of_the_ledger_is_read():
    assert rules(certificate_findings(coded("GEC-1001 至 1240", ""))) == []
    found = certificate_findings(coded("GEC-1001 to GEC-1239", ""))
    assert rules(found, "refused") == ["range_not_quantity"]
    assert certificate_forms.split("GEC-1001-1240") == ("GEC-1001-1240", "")


@pytest.mark.parametrize("technology", ["Wind", "风电", "ONSHORE WIND", "陆上风电"])
@pytest.mark.parametrize("province", ["gansu", "甘肃", "甘肃省", "Gansu Province"])
def test_technology_and_province_are_read_in_both_languages_and_any_case(technology, province):
    found = certificate_findings({"technology": technology, "province": province})
    assert rules(found) == []


QUARTER = {
    "month": "",
    "period_start": pd.Timestamp("2025-01-01"),
    "period_end": pd.Timestamp("2025-03-31"),
}


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({}, []),
        ({"period_end": pd.Timestamp("2026-01-31")}, ["generated_after_year", "retired_before_"]),
        ({"period_start": pd.Timestamp("2023-12-31")}, ["outside_vintage_window"]),
        ({"retired_on": "2025-03-30"}, ["retired_before_generation"]),
        ({"period_end": pd.NaT}, ["period_half"]),
        ({"period_end": pd.Timestamp("2024-12-31")}, ["period_reversed"]),
        ({"period_start": pd.NaT, "period_end": pd.NaT}, ["period_missing"]),
        ({"month": "2025-02"}, ["period_contradicts"]),
    ],
)
def test_a_period_is_as_old_as_its_first_day_and_as_young_as_its_last(changed, refused):
    found = rules(certificate_findings(QUARTER | changed), "refused", "odd")
    severe = [each for each in found if each != "generated_before_year"]
    assert all(any(each.startswith(want) for want in refused) for each in severe)
    assert len(severe) == len(refused)


def test_a_quarter_counts_in_its_year_and_in_no_month():
    counted = certificates.counted(frame([CERTIFICATE | QUARTER]), 2025)
    green = coverage.by_month(counted)
    load = pd.Series(200_000.0, [f"2025-{month:02}" for month in range(1, 13)])
    assert coverage.matched(load, green, "Y")["matched_kwh"].sum() == 240_000.0
    assert coverage.matched(load, green, "M")["matched_kwh"].sum() == 0.0
    assert coverage.period_findings(counted, load, "Y", 0.5) == []
    (found,) = coverage.period_findings(counted, load, "M", 0.5)
    assert found.t_co2e == pytest.approx(120.0) and "240.0 MWh" in found.en
    shown = coverage.by_month_and_technology(load, counted)["wind_kwh"]
    assert shown.sum() == pytest.approx(240_000.0) and shown[1] == pytest.approx(240e3 * 28 / 90)


def test_blocks_whose_periods_overlap_cannot_claim_a_plants_energy_twice():
    day = pd.Timestamp
    months = {"month": "", "capacity_mw": 1.0, "profile": "farm", "quantity": 1_300}
    one = months | {"period_start": day("2025-01-01"), "period_end": day("2025-02-28")}
    two = months | {"period_start": day("2025-02-01"), "period_end": day("2025-03-31")}
    blocks = [one | coded(1, 1_300), two | coded(1_301, 2_600) | {"block_id": "W2"}]
    assert 1_300 < 59 * 24 and 2_600 > 90 * 24
    assert "more_than_capacity" not in rules(certificate_findings(blocks[0]))
    assert rules(certificate_findings(*blocks), "refused") == ["more_than_capacity"] * 2
    hours = pd.date_range("2025-01-01", periods=90 * 24, freq="h", tz="Asia/Shanghai")
    generation = pd.DataFrame({"farm_kwh": 1_000.0}, hours)
    claimed = certificates.with_kwh(frame([CERTIFICATE | each for each in blocks]))
    found = coverage.generation_findings(claimed, generation, 0.02)
    assert [each.rule for each in found] == ["more_than_generated"] * 2
    assert coverage.generation_findings(claimed[:1], generation, 0.02) == []
    spread = coverage.by_hour(claimed[:1], generation, "profile")["farm"]
    assert spread.sum() == pytest.approx(1_300_000.0) and spread["2025-03"].sum() == 0.0
