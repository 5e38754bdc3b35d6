"""Files, numbers and layout of an import: what is read, what is refused, and real files."""

import datetime as dt
import math
import random
import struct
from functools import cache
from pathlib import Path

import awkward
import awkward_green_button
import awkward_workbooks
import pandas as pd
import pytest
from awkward_files import FILES

from neutrality import sheets
from neutrality.files import green_button, kinds, layout, opening
from neutrality.files.numbers import decimal_mark, numbers

REAL = Path(__file__).parents[2] / "shared" / "realdata"
real = pytest.mark.skipif(not REAL.exists(), reason="no real files in ../shared/realdata")
NIST = REAL / "spreadsheets" / "nist_customer_load_profile.xlsx"


@cache
def sheets_of(path):
    return opening.read(path).sheets


def sheet_of(path, name):
    (held,) = [sheet for sheet in sheets_of(path) if sheet.name == name]
    (table,) = layout.tables(held)
    return table


# Real files: identities between parts that their publishers made


@real
def test_minutes_of_a_utility_report_add_up_to_its_own_hours():
    minutes, hours = sheet_of(NIST, "Energy"), sheet_of(NIST, "Plots")
    assert minutes.heading_rows == (12, 13) and minutes.body.index[0] == 14
    assert len(minutes.body) == 7 * 24 * 60 and len(hours.body) == 7 * 24
    by_hour = numbers(minutes.body[1]).values.groupby(minutes.body[6].astype(float)).sum()
    said = numbers(hours.body[3]).values
    assert by_hour.to_numpy() == pytest.approx(said.to_numpy(), abs=1e-9)
    assert hours.units[3] == "kWh" and hours.headings[3].startswith("Ch1 - Energy from Grid")


@real
def test_a_utility_report_keeps_its_preamble_and_its_notes_apart():
    table = sheet_of(NIST, "Sheet1")
    told = table.left[table.left["kind"] != "blank"]
    assert told["text"].iloc[0].startswith("Customer Load Profile Report")
    assert told[told["kind"] == "remark"]["row"].tolist() == [10095, 10096]
    monday = sheet_of(NIST, "Monday")
    assert len(monday.body) == 24 and monday.left["row"].max() == 35


@real
def test_a_merged_heading_of_a_real_list_of_meters_names_its_columns():
    table = sheet_of(REAL / "spreadsheets" / "nist_reference_guide.xlsx", "Sheet1")
    assert table.headings[1:4] == [
        "Point Name",
        "Midnight Nov 12, 2014* / Consumptn Hi",
        "Midnight Nov 12, 2014* / Consumptn Lo",
    ]
    hi_lo = [numbers(table.body[column]).values for column in (3, 5)]
    used = numbers(table.body[7]).values
    same = table.body[2] == table.body[4]  # the upper register did not move
    assert same.sum() > 10
    assert (hi_lo[1] - hi_lo[0])[same].to_numpy() == pytest.approx(used[same].to_numpy())
    # a zone's sum stands once, in a cell merged over its meters
    assert numbers(table.body[8]).values.sum() == pytest.approx(used.sum())


@real
def test_green_button_of_a_week_is_the_workbook_of_that_week():
    path = REAL / "spreadsheets" / "nist_green_button_week.xml.gz"
    taken, given = (layout.tables(sheet)[0] for sheet in opening.read(path).sheets)
    minutes = sheet_of(NIST, "Energy")
    assert taken.headings[3] == "value (kWh)" and set(given.body[4]) == {
        "received from the customer"
    }
    assert taken.body[1].iloc[0] == dt.datetime(2013, 12, 9, 8)  # midnight at UTC-8
    # The feed has whole numbers of 1e-4 kWh, and a power of ten that makes them 1e-5 Wh: it is read
    # as it declares, and a bill beside it tells.
    said, declared = numbers(minutes.body[1]).values, numbers(taken.body[3]).values
    assert declared.to_numpy() * 1e4 == pytest.approx(said.to_numpy(), abs=1.0001e-4)


@real
@pytest.mark.parametrize("path", sorted((REAL / "registry").glob("*.csv")), ids=lambda p: p.stem)
def test_a_registry_export_is_the_table_that_pandas_reads(path):
    (table,) = [table for sheet in opening.read(path).sheets for table in layout.tables(sheet)]
    raw = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    raw = raw[(raw != "").any(axis=1)]  # one ends in a line of commas
    assert len(table.body) == len(raw) and table.totals.empty and table.left.empty
    assert [name.split() for name in table.headings] == [name.split() for name in raw.columns]
    assert (table.body.fillna("").to_numpy() == raw.to_numpy()).all()


# Numbers


@pytest.mark.parametrize(
    ("cells", "values", "decimal"),
    [
        (["1.234,5", "(12,25)", "-", 3.0], [1234.5, -12.25, math.nan, 3.0], ","),
        (["1,234", "5,678", "1,234,567"], [1234, 5678, 1234567], "."),
        (["1.234.567", "8"], [1234567, 8], ","),
        (["12 345,6", "1\u00a0234,0"], [12345.6, 1234], ","),
        (["1'234.5", "12’000.25"], [1234.5, 12000.25], "."),
        (["１２．５", "３"], [12.5, 3], "."),
        (["-5", "5-", "\u22123"], [-5, -5, -3], ""),
        (["¥1,234.00", "$ -5.25"], [1234, -5.25], "."),
        (["12,34,567.5"], [1234567.5], "."),
        (["0.123", "1.234"], [0.123, 1.234], "."),
        (['="0012"', "'5"], [12, 5], ""),
        (["1.2E+03", "5"], [1200, 5], "."),
        (["无", "/", "n/a", None, " 7 "], [math.nan] * 4 + [7], ""),
    ],
)
def test_numbers_written_in_many_ways_are_read(cells, values, decimal):
    held = numbers(pd.Series(cells, dtype=object))
    assert held.values.tolist() == pytest.approx(values, nan_ok=True)
    assert (held.decimal, held.ambiguous, len(held.faulty)) == (decimal, False, 0)


@pytest.mark.parametrize(
    ("cells", "faulty"),
    [
        (["1.5", "2,5", "3.5"], ["2,5"]),
        (["12.5 kWh", "3 MWh", "2 kWh"], ["3 MWh"]),
        (["12.5 kWh", "3"], ["12.5 kWh"]),
        (["#REF!", "1"], ["#REF!"]),
        ([dt.datetime(2025, 5, 1), 1.5], [dt.datetime(2025, 5, 1)]),
        (["12,34", "5.5"], ["12,34"]),
        (["5 3", "1"], ["5 3"]),
        ([True, 1.0], [True]),
        (["(5", "-(5)", "--5"], ["(5", "-(5)", "--5"]),
        (["1.", "abc"], ["1.", "abc"]),
    ],
)
def test_what_is_no_number_for_certain_is_faulty(cells, faulty):
    assert numbers(pd.Series(cells, dtype=object)).faulty.tolist() == faulty


@pytest.mark.parametrize("cells", [["1,234", "5,678"], ["1.234"], ["100", "2,000"]])
def test_one_to_three_digits_and_three_more_are_ambiguous(cells):
    assert numbers(pd.Series(cells)).ambiguous
    known = numbers(pd.Series(cells), ",")
    assert not known.ambiguous and known.decimal == ","


def test_other_columns_decide_what_one_leaves_open():
    table = pd.DataFrame({0: ["1.234", "5.678"], 1: ["1,5", "2,25"], 2: ["a", "b"]}, dtype=object)
    assert decimal_mark(table) == ","
    assert numbers(table[0], decimal_mark(table)).values.tolist() == [1234, 5678]
    assert decimal_mark(table.assign(**{"3": ["0.5", "0.7"]})) == ""


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        *[(each, kinds.DATE) for each in ("2025-01-01", "2025/1/1 00:15", "01.02.2025 24:00")],
        *[(each, kinds.DATE) for each in ("2025年1月", "1月", "Jan-25", "1:00 PM", "24:00")],
        *[(each, kinds.DATE) for each in ("2025-01-01T00:00:00+08:00", dt.datetime(2025, 1, 1))],
        *[
            (each, kinds.NUMBER)
            for each in ("1,234.5", "12.5 kWh", "3万", "１２．５", 7.0, "#REF!")
        ],
        *[(each, kinds.NUMBER) for each in ("1234.5", "(12)", "¥5.00", "50%", "20250101")],
        *[(each, kinds.TEXT) for each in ("1号楼", "12#", "总表", "A", True)],
        *[(each, kinds.NONE) for each in ("-", "n/a", "无")],
        *[(each, kinds.BLANK) for each in ("", "  ", None, math.nan)],
    ],
)
def test_a_cell_is_known_by_its_form(cell, kind):
    assert kinds.of(pd.DataFrame({0: [cell, "x"]}, dtype=object))[0, 0] == kind


# Refusals


@pytest.mark.parametrize("seed", [1, 2])
def test_a_damaged_file_is_refused_by_its_name_or_read(seed, tmp_path):
    draw = random.Random(seed)
    for trap in FILES:
        path = trap.make(tmp_path)
        raw = bytearray(path.read_bytes())
        for _ in range(8):
            raw[draw.randrange(len(raw))] = draw.randrange(256)
        path.write_bytes(raw[: draw.randrange(len(raw))] if seed == 1 else raw)
        try:
            for sheet in opening.read(path).sheets:
                layout.tables(sheet)
        except ValueError as error:
            assert path.name in str(error)


def test_a_file_above_a_limit_is_refused_before_it_is_opened(tmp_path, monkeypatch):
    path = awkward.text_file("packed.csv.gz", "1\n" * 5_000)(tmp_path)
    book = awkward_workbooks.ods("open.ods", *[awkward_workbooks.ods_row("x", 1.0)] * 2_000)(
        tmp_path
    )
    monkeypatch.setattr(sheets, "MAX_ROWS", 1_000)
    with pytest.raises(ValueError, match="packed.csv.gz: found at least 4,999 rows"):
        opening.read(path)
    with pytest.raises(ValueError, match="open.ods, sheet '读数': found a cell in row 2,000"):
        opening.read(book)
    monkeypatch.setattr(sheets, "MAX_BYTES", 1_000)
    with pytest.raises(ValueError, match="unpacks to more than 1,000 bytes"):
        opening.read(path)
    with pytest.raises(ValueError, match="open.ods: found .* bytes unpacked"):
        opening.read(book)


def test_a_file_is_what_its_bytes_say_whatever_its_name(tmp_path):
    book = awkward.workbook("a.xls", lambda book: awkward.rows_in(book, ["time", "kWh"]))(tmp_path)
    assert opening.read(book).format == "xlsx"
    text = awkward.text_file("b.xlsx", "time\tkWh\n2025-01-01\t5\n")(tmp_path)
    assert (opening.read(text).format, opening.read(text).delimiter) == ("csv", "\t")
    with pytest.raises(ValueError, match="absent.csv: no such file"):
        opening.read(tmp_path / "absent.csv")


def test_encoding_and_delimiter_may_be_given(tmp_path):
    path = awkward.text_file("big5.csv", "時間|總表\n2025-01-01|1,5\n", "big5")(tmp_path)
    held = opening.read(path, "big5", "|").sheets[0].cells
    assert held.loc[2].tolist() == ["2025-01-01", "1,5"]
    with pytest.raises(ValueError, match="no encoding has the name"):
        opening.read(path, "big55")


def test_hidden_rows_are_in_the_body_when_asked_for(tmp_path):
    trap = next(each for each in FILES if each.name == "hidden rows")
    (sheet,) = opening.read(trap.make(tmp_path)).sheets
    (without,), (with_all,) = layout.tables(sheet), layout.tables(sheet, with_hidden=True)
    assert len(with_all.body) - len(without.body) == len(sheet.hidden) == 2


def hidden_b_xlsx(book):
    awkward.rows_in(book, awkward.EN, *awkward.body())
    book.active.column_dimensions["B"].hidden = True
    book.active.column_dimensions["F"].hidden = True  # there is nothing in it


def hidden_b_xls(folder):
    """An Excel 97 workbook whose record of the page's setup became one of a hidden column."""
    raw = (Path(__file__).parent / "fixtures" / "awkward.xls").read_bytes()
    setup = b"\xa1\x00\x22\x00"
    at = raw.index(setup)
    column = struct.pack("<8H", 0x7D, 12, 1, 1, 2560, 15, 1, 0)
    unknown = struct.pack("<2H", 0x1FF, 38 - 16 - 4) + bytes(18)
    path = folder / "hidden.xls"
    path.write_bytes(raw[:at] + column + unknown + raw[at + 38 :])
    return path


@pytest.mark.parametrize(
    "make",
    [
        awkward.workbook("hidden.xlsx", hidden_b_xlsx),
        awkward_workbooks.xlsb(
            "hidden.xlsb", [awkward.EN, *awkward_workbooks.SERIAL_ROWS], unseen=(1, 5)
        ),
        awkward_workbooks.ods(
            "hidden.ods",
            "<table:table-column/>",
            '<table:table-column table:visibility="collapse"/>',
            '<table:table-column table:number-columns-repeated="3"/>',
            '<table:table-column table:visibility="collapse" table:number-columns-repeated="9"/>',
            *awkward_workbooks.ODS_ROWS,
        ),
        hidden_b_xls,
    ],
    ids=["xlsx", "xlsb", "ods", "xls"],
)
def test_a_hidden_column_that_holds_something_is_known_and_read(make, tmp_path):
    sheet = opening.read(make(tmp_path)).sheets[0]
    assert sheet.columns_hidden() == ["B"]
    assert sheet.cells[1].notna().sum() >= 5


def test_a_feed_whose_readings_belong_to_no_type_is_refused(tmp_path):
    make = awkward_green_button.espi(
        "two.xml", {"title": "A", "values": [1]}, {"title": "B", "values": [2]}
    )
    raw = make(tmp_path).read_bytes().replace(b'rel="up" href="/ReadingType/2"', b'rel="x"')
    with pytest.raises(ValueError, match="names 0 reading types"):
        green_button.read(raw, "two.xml")
