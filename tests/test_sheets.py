"""A file larger than any honest table is refused before it is read; no text that we write is a
formula.
"""

import gzip
import zipfile

import openpyxl
import pandas as pd
import pytest

from neutrality import claims, sheets
from neutrality.case import tables
from neutrality.claims import Claim

FORMULAS = (
    '=HYPERLINK("http://x","ok")',
    "+1+cmd|' /C calc'!A0",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "＝1+1",
    "'=1",
)
PLAIN = ("-40", "+1.5e3", "1,309", "'quoted'", "-", "a=b", "示例")


def workbook(path, rows, sheets_held=1):
    """A workbook by hand, as small as one can be: openpyxl would take seconds for a large one."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    body = b"<row/>" * rows
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", f'<Types><Default ContentType="{kind}"/></Types>')
        for number in range(1, sheets_held + 1):
            book.writestr(f"xl/worksheets/sheet{number}.xml", b"<sheetData>" + body)
    return path


def refused(path):
    with pytest.raises(ValueError) as refusal:
        sheets.cells(path)
    return str(refusal.value)


def test_a_workbook_of_too_many_rows_is_refused_with_their_number(tmp_path):
    said = refused(workbook(tmp_path / "energy.xlsx", 600_000))
    assert said == (
        "energy.xlsx: found 600,000 rows, where a table has at most 500,000; "
        "split the table, or save it anew"
    )


def test_a_workbook_that_unpacks_to_far_more_than_it_is_is_refused(tmp_path):
    said = refused(workbook(tmp_path / "energy.xlsx", 2_000_000))
    assert "energy.xlsx: found " in said
    assert "bytes that unpack to 12,000,110" in said and "more than 200 times as many" in said


def test_a_workbook_of_too_many_sheets_is_refused(tmp_path):
    said = refused(workbook(tmp_path / "energy.xlsx", 1, sheets_held=51))
    assert "found 51 sheets, where a table has at most 50" in said


def test_a_packed_csv_is_unpacked_no_further_than_its_limit(tmp_path):
    path, block = tmp_path / "energy.csv.gz", b"0" * (1 << 20)
    with gzip.open(path, "wb") as file:
        for _ in range(40):
            file.write(block)
    assert "bytes that unpack to 8,388,608, more than 200 times as many" in refused(path)


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_a_csv_of_too_many_rows_is_refused(tmp_path, suffix):
    path = tmp_path / f"energy{suffix}"
    text = b"time,main_kwh\n" + b"".join(b"%d,1\n" % row for row in range(500_001))
    path.write_bytes(gzip.compress(text) if suffix == ".csv.gz" else text)
    assert "rows, where a table has at most 500,000" in refused(path)


def test_a_csv_above_the_limit_of_bytes_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sheets, "MAX_BYTES", 20)
    (tmp_path / "a.csv").write_text("id,zh,en\natrium,中庭,Atrium\n", encoding="utf-8")
    assert "bytes unpacked, where a table has at most 20" in refused(tmp_path / "a.csv")


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_too_many_columns_are_refused(tmp_path, suffix):
    wide = pd.DataFrame([range(501)], columns=[f"c{number}" for number in range(501)])
    save = {".parquet": wide.to_parquet}.get(suffix, wide.to_csv)
    save(tmp_path / f"energy{suffix}", index=False)
    assert "501 columns, where a table has at most 500" in refused(tmp_path / f"energy{suffix}")


def test_a_parquet_of_too_many_rows_is_refused(tmp_path):
    pd.DataFrame({"a": [1] * 500_001}).to_parquet(tmp_path / "energy.parquet")
    said = refused(tmp_path / "energy.parquet")
    assert "500,001 rows, where a table has at most 500,000" in said


def test_a_parquet_of_too_many_cells_is_refused_by_its_metadata(tmp_path):
    path = tmp_path / "energy.parquet"  # each limit by itself is kept: 70,000 rows, 450 columns
    pd.DataFrame(0, range(70_000), [f"c{at}" for at in range(450)], "int8").to_parquet(path)
    assert "found 252,000,000 bytes unpacked, where a table has at most 250,000,000" in refused(
        path
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["str", "category"])
def test_a_text_that_a_parquet_holds_once_and_names_often_is_refused(tmp_path, kind):
    path = tmp_path / "activities.parquet"
    often = pd.Series(["x" * 1_000_000] * 300 + ["y"], dtype="str").astype(kind)
    pd.DataFrame({"source": often}).to_parquet(path)
    assert path.stat().st_size < 2_000_000
    assert "found 300,000,001 bytes unpacked" in refused(path)
    pd.DataFrame({"source": often[-5:], "amount": 1.0}).to_parquet(path)
    assert sheets.cells(path)["source"].str.len().tolist() == [1_000_000] * 4 + [1]


def test_ten_years_of_hours_are_no_bomb_in_any_format(tmp_path):
    hours = pd.date_range("2015", periods=87_600, freq="h", tz="UTC").astype(str)
    frame = pd.DataFrame({"time": hours, "main_kwh": 0, "cooling_kwh": 0})
    for suffix, save in {
        ".csv": frame.to_csv,
        ".csv.gz": frame.to_csv,
        ".parquet": frame.to_parquet,
    }.items():
        save(tmp_path / f"energy{suffix}", index=False)
        assert len(sheets.cells(tmp_path / f"energy{suffix}")) == 87_600


def test_no_text_in_a_written_table_is_a_formula_and_all_read_back(tmp_path):
    frame = pd.DataFrame({"name": [*FORMULAS, *PLAIN], "t_co2e": -1.5})
    tables.write_results(tmp_path, x=frame)
    path = tmp_path / "tables" / "x.csv"
    raw = pd.read_csv(path, keep_default_na=False)
    assert all(text.startswith("'") for text in raw["name"][: len(FORMULAS)])
    assert raw["name"][len(FORMULAS) :].tolist() == list(PLAIN)
    assert raw["t_co2e"].tolist() == frame["t_co2e"].tolist()
    assert tables.read_result(tmp_path, "x", "01")["name"].tolist() == frame["name"].tolist()
    assert sheets.written(path)["name"].tolist() == frame["name"].tolist()
    assert sheets.cells(path)["name"].tolist() == frame["name"].tolist()


def test_no_name_of_a_claim_is_a_formula_in_csv_or_excel(tmp_path):
    label = FORMULAS[0]
    stated = Claim("heat_t", -40.0, "tCO2e", status="SINGLE", label_zh=label, label_en=label)
    claims.write([stated], tmp_path / "claims" / "01.csv")
    joined = claims.join(tmp_path / "claims")
    assert joined.at["heat_t", "label_en"] == label
    claims.store(joined, tmp_path)
    assert claims.read(tmp_path / "claims.csv").at["heat_t", "label_en"] == label
    sheet = openpyxl.load_workbook(tmp_path / "claims.xlsx").active
    assert not [cell for row in sheet for cell in row if cell.data_type == "f"]
    assert [cell.value for cell in sheet[2]][1] == -40
