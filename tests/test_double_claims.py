"""A certificate or credit claimed by two sites, or in two years of one, is found; a site is not
compared with itself.
"""

import pandas as pd
import pytest
from ledgers import CERTIFICATE, credit

from neutrality import cli
from neutrality.case import tables
from neutrality.ledger import double_claims
from neutrality.runner import checks, refusals


@pytest.fixture
def sites(tmp_path):
    """Two sites whose ledgers have nothing in common."""
    for name, first in (("north", 1001), ("south", 5001)):
        (tmp_path / name).mkdir()
        put(
            tmp_path / name,
            "certificates",
            CERTIFICATE | {"serial_from": first, "serial_to": first + 239},
        )
        put(tmp_path / name, "credits", credit(first, first + 99))
        for year in (2025, 2026):
            (tmp_path / name / f"{year}.yaml").write_text(f"reporting_year: {year}\n")
    return tmp_path


def put(folder, name, *rows):
    tables.write(pd.DataFrame(rows), folder / f"{name}.csv")


def test_sites_apart_and_two_years_of_one_site_are_no_double_claim(sites):
    assert (
        double_claims.between_cases(
            [sites / "north", sites / "south", sites / "north", sites / "south" / ".." / "south"]
        )
        == []
    )


def test_a_certificate_of_another_site_is_reported_with_both_files_and_rows(sites):
    put(
        sites / "south",
        "certificates",
        CERTIFICATE | {"serial_from": 5001, "serial_to": 5240},
        CERTIFICATE
        | {
            "block_id": "W2",
            "serial_from": 1200,
            "serial_to": 1209,
            "quantity": 10,
            "claimed_year": 2026,
        },
    )
    (line,) = double_claims.between_cases([sites / "north", sites / "south"])
    assert line.startswith(
        "south/certificates.csv, row 3: 1200 to 1209, claimed for 2026, overlaps "
        "north/certificates.csv, row 2 (1001 to 1240), claimed for 2025"
    )


def test_a_credit_of_another_site_in_another_format_is_reported(sites):
    (sites / "south" / "credits.csv").unlink()
    pd.DataFrame([credit(1050, 1149)]).astype(str).to_parquet(sites / "south" / "credits.parquet")
    (line,) = double_claims.between_cases([sites / "north", sites / "south"])
    assert (
        line.startswith("south/credits.parquet, row 2: 1050 to 1149")
        and "north/credits.csv, row 2" in line
    )


def test_a_pair_of_sites_is_reported_although_each_overlaps_itself_more(sites):
    wide = CERTIFICATE | {
        "block_id": "W2",
        "serial_from": 5001,
        "serial_to": 9000,
        "quantity": 4000,
    }
    put(
        sites / "south",
        "certificates",
        wide,
        CERTIFICATE | {"serial_from": 5100, "serial_to": 5339},
    )
    put(sites / "north", "certificates", CERTIFICATE | {"serial_from": 5120, "serial_to": 5359})
    assert any(
        "north/certificates.csv, row 2" in line and "south/certificates.csv" in line
        for line in double_claims.between_cases([sites / "north", sites / "south"])
    )


def test_two_sites_of_one_name_are_distinguished(sites):
    (sites / "b").mkdir()
    (sites / "north").rename(sites / "b" / "south")
    put(
        sites / "b" / "south",
        "certificates",
        CERTIFICATE | {"serial_from": 5001, "serial_to": 5240},
    )
    (line,) = double_claims.between_cases([sites / "south", sites / "b" / "south"])
    assert (
        "b/south/certificates.csv, row 2" in line
        and f"{sites.name}/south/certificates.csv, row 2" in line
    )


def test_a_number_claimed_in_two_years_of_one_site_is_found_by_its_own_check(sites):
    row = pd.DataFrame(
        [CERTIFICATE | {"claimed_year": 2024, "month": "2024-12"}, CERTIFICATE | {"block_id": "W2"}]
    )
    tables.write(row, sites / "north" / "certificates.csv")
    with pytest.raises(
        ValueError,
        match="row 3, serial_from: 1001 to 1240, claimed for 2025, "
        "overlaps row 2, claimed for 2024",
    ):
        refusals._refuse_certificates(
            sites / "north", 2025, CERTIFICATE["beneficiary"], "Beijing", "ghg_protocol", 12
        )


def test_the_command_line_checks_several_cases_and_what_lies_between(sites, capsys, monkeypatch):
    monkeypatch.setattr(checks, "look", lambda case, notebooks: ([], []))
    cases = [
        str(sites / name / f"{year}.yaml") for name in ("north", "south") for year in (2025, 2026)
    ]
    assert cli.main(["check", *cases]) == 0
    put(sites / "south", "certificates", CERTIFICATE)
    capsys.readouterr()
    assert cli.main(["check", *cases]) == 1
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 5 and "south/certificates.csv, row 2" in said[-1]


def test_a_serial_of_no_known_form_is_reported_by_its_text(sites):
    for name in ("north", "south"):
        put(
            sites / name,
            "credits",
            credit(serial="CCER-2024-0001", programme="CCER"),
            credit(serial=f"CCER-{name}", programme="CCER"),
        )
    (line,) = double_claims.between_cases([sites / "north", sites / "south"])
    assert line.startswith(
        "south/credits.csv, row 2: CCER-2024-0001, claimed for 2025, overlaps "
        "north/credits.csv, row 2 (CCER-2024-0001)"
    )


def test_another_spelling_does_not_hide_a_number_between_sites(sites):
    for name, number, text in (
        ("north", "GEC-2025-001001", "CCER-2024-1 to 100"),
        ("south", "绿证2025OO1001", "ccer 2024–50"),
    ):
        held = {"serial_from": number, "serial_to": number, "quantity": 1}
        put(sites / name, "certificates", CERTIFICATE | held)
        put(sites / name, "credits", credit(serial=text, programme="CCER"))
    certificates, credits = double_claims.between_cases([sites / "north", sites / "south"])
    assert "certificates.csv, row 2" in certificates and "overlaps" in certificates
    assert "ccer 2024–50" in credits and "CCER-2024-1 to 100" in credits


def test_a_number_with_separators_is_not_lost_between_sites(sites):
    put(
        sites / "south",
        "certificates",
        CERTIFICATE | {"serial_from": "1,001", "serial_to": "1,240"},
    )
    (line,) = double_claims.between_cases([sites / "north", sites / "south"])
    assert line.startswith(
        "south/certificates.csv: 1 row(s) were not compared, "
        "a cell or serial in them is wrong (row 2)"
    )


def test_rows_with_a_faulty_cell_are_counted_as_not_compared(sites):
    put(
        sites / "south",
        "credits",
        credit(5001, 5100),
        credit(1001, 1100, vintage_start="2022-02-30"),
    )
    (line,) = double_claims.between_cases([sites / "north", sites / "south"])
    assert "south/credits.csv: 1 row(s) were not compared" in line and "(row 3)" in line


def test_bare_numbers_beside_two_prefixes_of_the_sites_are_reported(sites):
    put(
        sites / "south",
        "certificates",
        *(
            CERTIFICATE | {"block_id": p, "serial_from": f"{p}5001", "serial_to": f"{p}5240"}
            for p in "AB"
        ),
    )
    (line,) = double_claims.between_cases([sites / "north", sites / "south"])
    assert line.startswith("north/certificates.csv, row 2: '1001' has no prefix")


@pytest.mark.parametrize(
    ("plant", "count"), [("VCS3005", 1), ("3005", 1), ("GS3005", 0), ("none", 0), ("?", 0)]
)
def test_green_power_of_one_site_and_credit_of_another_is_reported(sites, plant, count):
    put(
        sites / "south",
        "certificates",
        CERTIFICATE | {"serial_from": 5001, "serial_to": 5240, "carbon_project_id": plant},
    )
    put(
        sites / "south",
        "credits",
        credit(
            5001,
            5100,
            project_id="77",
            serial=credit(5001, 5100)["serial"].replace("-3005-", "-77-"),
        ),
    )
    found = double_claims.between_cases([sites / "north", sites / "south"])
    assert len(found) == count and all(
        "row 2: its plant belongs to carbon project" in each and "north, credits, row 2" in each
        for each in found
    )
