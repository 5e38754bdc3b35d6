"""A table is read as it was meant, or refused in the reader's words."""

import datetime
import os
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from neutrality.case import columns, schemas, tables
from neutrality.energy import meters
from neutrality.reference import emission_factors

HOURS = "time,main_kwh,cooling_kwh\n2025-01-01T00:00+08:00,10,4\n2025-01-01T01:00+08:00,12,5\n"


def case_with(folder, text, name="energy.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_instants_become_utc_starts_of_hours(tmp_path):
    energy = tables.read(case_with(tmp_path, HOURS), "energy")
    assert energy.index[0] == pd.Timestamp("2024-12-31T16:00Z")
    assert energy["cooling_kwh"].tolist() == [4, 5]


def test_local_time_and_offset_mean_the_same_hour(tmp_path):
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    offset = tables.read(case_with(tmp_path / "a", HOURS), "energy")
    local = tables.read(
        case_with(tmp_path / "b", HOURS.replace("+08:00", "")), "energy", "Asia/Shanghai"
    )
    pd.testing.assert_frame_equal(offset, local)


def test_rows_in_any_order_give_one_series(tmp_path):
    head, first, second = HOURS.splitlines()
    energy = tables.read(case_with(tmp_path, "\n".join([head, second, first])), "energy")
    assert energy["main_kwh"].tolist() == [10, 12]


def test_an_empty_reading_is_a_gap_and_not_a_zero(tmp_path):
    energy = tables.read(case_with(tmp_path, HOURS.replace(",4\n", ",\n")), "energy")
    assert np.isnan(energy["cooling_kwh"].iloc[0])


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet", ".xlsx"])
def test_every_format_gives_the_same_table(tmp_path, suffix):
    case_with(tmp_path, HOURS)
    csv = tables.read(tmp_path, "energy")
    folder = tmp_path / "other"
    folder.mkdir()
    raw = pd.read_csv(tmp_path / "energy.csv", dtype={"time": str})
    save = {
        ".csv": raw.to_csv,
        ".csv.gz": raw.to_csv,
        ".parquet": raw.to_parquet,
        ".xlsx": raw.to_excel,
    }[suffix]
    save(folder / f"energy{suffix}", index=False)
    pd.testing.assert_frame_equal(tables.read(folder, "energy"), csv)


def saved(folder, frame, name, suffix):
    folder.mkdir(exist_ok=True)
    save = {".parquet": frame.to_parquet, ".xlsx": frame.to_excel}.get(suffix, frame.to_csv)
    save(folder / f"{name}{suffix}", index=False)
    return folder


@pytest.mark.parametrize("name", ["certificates", "credits", "factors"])
@pytest.mark.parametrize("suffix", [".csv.gz", ".parquet", ".xlsx"])
def test_blank_cells_are_the_same_in_every_format(tmp_path, name, suffix):
    columns = schemas.SCHEMAS[name].columns
    rows = pd.DataFrame(
        [
            {c.name: c.example for c in columns},
            {c.name: None if c.blank else c.example for c in columns},
        ]
    )
    csv = tables.read(saved(tmp_path / "csv", rows, name, ".csv"), name)
    pd.testing.assert_frame_equal(
        tables.read(saved(tmp_path / "other", rows, name, suffix), name), csv
    )
    blank = [c.name for c in columns if c.blank and c.kind == "text"]
    assert csv.loc[3, blank].tolist() == [""] * len(blank)


def test_typed_cells_of_parquet_mean_what_their_text_means(tmp_path):
    columns = schemas.SCHEMAS["credits"].columns
    text = pd.DataFrame([{c.name: c.example for c in columns}] * 2)
    text.loc[1, "retired_on"] = None
    typed = text.assign(
        retired_on=[datetime.date(2026, 1, 5), None],
        vintage_start=datetime.date(2022, 1, 1),
        quantity=Decimal("700"),
        claimed_year=2025,
        country=text["country"].astype("category"),
    )
    csv = tables.read(saved(tmp_path / "csv", text, "credits", ".csv"), "credits")
    pd.testing.assert_frame_equal(
        tables.read(saved(tmp_path / "typed", typed, "credits", ".parquet"), "credits"), csv
    )


def test_a_year_in_a_text_column_has_no_decimals(tmp_path):
    columns = schemas.SCHEMAS["factors"].columns
    rows = pd.DataFrame([{c.name: c.example for c in columns}] * 2).assign(
        value=0.2, data_year=[2025, np.nan]
    )
    assert tables.read(saved(tmp_path, rows, "factors", ".parquet"), "factors")[
        "data_year"
    ].tolist() == ["2025", ""]


INDIA = "time,main_kwh\n2025-01-01T00:00+05:30,10\n2025-01-01T01:00+05:30,12\n"


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        (INDIA, ""),
        (INDIA, "Asia/Kolkata"),
        (INDIA.replace("+05:30", ""), "Asia/Kolkata"),
        (INDIA.replace("+05:30", ""), "Asia/Kathmandu"),
    ],
)
def test_the_hour_is_whole_on_the_sites_own_clock(tmp_path, text, zone):
    energy = tables.read(case_with(tmp_path, text), "energy", zone)
    load = meters.to_array(energy, zone or "Asia/Kolkata")
    assert load.sizes["time"] == 8760 and load.sel(meter="main").values[:2].tolist() == [10, 12]
    assert load.hour_of_week.values[:2].tolist() == [48, 49]  # a Wednesday


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        (INDIA, "Asia/Shanghai"),
        (HOURS, "Asia/Kolkata"),
        (HOURS.replace(":00+", ":17+"), ""),
        (HOURS.replace(":00+", ":00:01+"), ""),
    ],
)
def test_hours_that_are_whole_on_no_clock_of_the_site_are_refused(tmp_path, text, zone):
    assert "start on the hour" in tables.problems(case_with(tmp_path, text), "energy", zone)[0]


@pytest.mark.parametrize("night", ["2016-03-27", "2016-10-30"])
def test_the_nights_the_clocks_change_are_hours_like_any_other(tmp_path, night):
    hours = pd.date_range(f"{night}T00:00", periods=4, freq="h", tz="UTC")
    frame = pd.DataFrame({"time": hours, "main_kwh": [1.0, 2.0, 3.0, 4.0]})
    energy = tables.read(saved(tmp_path, frame, "energy", ".parquet"), "energy", "Europe/London")
    assert energy["main_kwh"].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("suffix", [".csv.gz", ".parquet", ".xlsx"])
def test_a_file_that_is_no_table_is_refused_by_name(tmp_path, suffix):
    for garbage in (b"", b"PK\x03\x04 not a table", b"\x1f\x8b"):
        (tmp_path / f"energy{suffix}").write_bytes(garbage)
        (problem,) = tables.problems(tmp_path, "energy")
        assert problem.startswith(f"energy{suffix}: cannot be read as a table")


NOT_IDS = {
    "source": (
        "activities",
        "activities.csv, row 2, column source: found '{}'; expected a name of small letters",
    )
}


@pytest.mark.parametrize("column", NOT_IDS)
@pytest.mark.parametrize("cell", ["Wind", "风电", "wind power", "2nd_wind", "wind-power"])
def test_text_that_cannot_name_a_claim_is_refused_with_a_remedy(tmp_path, column, cell):
    name, said = NOT_IDS[column]
    row = {c.name: c.example for c in schemas.SCHEMAS[name].columns} | {column: cell}
    (problem,) = tables.problems(saved(tmp_path, pd.DataFrame([row]), name, ".csv"), name)
    assert problem.startswith(said.format(cell)) and problem.endswith(
        "its Chinese and English names go into labels.csv"
    )


@pytest.mark.parametrize("column", ["Cooling_kwh", "制冷_kwh", "server room_kwh", "_kwh"])
def test_an_end_use_that_cannot_name_a_claim_is_refused(tmp_path, column):
    (problem,) = tables.problems(
        case_with(tmp_path, HOURS.replace("cooling_kwh", column)), "energy"
    )
    assert problem.startswith(
        f"energy.csv, column {column}: expected a name of small letters"
    ) and problem.endswith("then _kwh")


def test_statuses_are_those_of_emissions():
    of_figures = [
        schema for name, schema in schemas.SCHEMAS.items() if name not in ("credits", "plan")
    ]  # whose status is a registry's, a plan's
    choices = {
        column.choices
        for schema in of_figures
        for column in schema.columns
        if column.name == "status"
    }
    assert choices == {emission_factors.STATUSES}


def test_a_month_typed_in_excel_stays_a_month(tmp_path):
    frame = pd.DataFrame(
        {
            "month": [pd.Timestamp("2025-01-01")],
            "source": "heat",
            "scope": "2",
            "line": "inventory",
            "amount": 3.5,
            "unit": "GJ",
            "factor_id": "heat_default",
        }
    )
    frame.to_excel(tmp_path / "activities.xlsx", index=False)
    assert tables.read(tmp_path, "activities")["month"].tolist() == ["2025-01"]


REFUSED = {
    "missing file": (None, "energy.csv: no such table"),
    "missing column": (
        HOURS.replace("main_kwh", "chiller_kwh"),
        "energy.csv: column main_kwh is missing",
    ),
    "wrong unit column": (
        HOURS.replace("cooling_kwh", "cooling_mwh"),
        "column cooling_mwh: this table holds kwh; multiply by 1000",
    ),
    "wrong unit of the main meter": (
        HOURS.replace("main_kwh", "main_gj"),
        "name the column main_kwh",
    ),
    "misspelt column": (
        HOURS.replace("time,", "tiem,"),
        "column tiem: not known; did you mean time?",
    ),
    "duplicate instant": (
        HOURS + "2025-01-01T01:00+08:00,1,1\n",
        "row 4, column time: found '2025-01-01T01:00+08:00'; the same instant",
    ),
    "half hours": (HOURS + "2025-01-01T01:30+08:00,1,1\n", "start on the hour"),
    "negative energy": (
        HOURS.replace("12,5", "12,-1"),
        "energy.csv, row 3, column cooling_kwh: found '-1'; it is 0 or more",
    ),
    "text in a number": (
        HOURS.replace("12,5", "12,n/a"),
        "row 3, column cooling_kwh: found 'n/a'; expected a plain number",
    ),
    "thousands separator": (HOURS.replace("12,5", '"1,2",5'), "thousands separator"),
    "infinity": (HOURS.replace("12,5", "12,inf"), "row 3, column cooling_kwh: found 'inf'"),
    "no offset": (HOURS.replace("+08:00", ""), "set the parameter timezone"),
    "mixed offsets": (
        HOURS.replace("00:00+08:00", "00:00"),
        "other rows of the column have a UTC offset",
    ),
    "a comma too many": (
        HOURS + "2025-01-01T02:00+08:00,1,2,3\n",
        "energy.csv, row 4: found 4 cells, the heading has 3",
    ),
    "semicolons": (HOURS.replace(",", ";"), "separated by ';'; save the table with commas"),
    "no rows": (HOURS.splitlines()[0] + "\n", "heading but no rows"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_unusable_energy_is_refused_by_place_and_remedy(tmp_path, name):
    text, message = REFUSED[name]
    if text is not None:
        case_with(tmp_path, text)
    with pytest.raises(ValueError) as refusal:
        tables.read(tmp_path, "energy")
    assert message in str(refusal.value)
    assert tables.problems(tmp_path, "energy") == str(refusal.value).splitlines()


def test_all_problems_of_a_file_are_reported_at_once(tmp_path):
    case_with(tmp_path, HOURS.replace("10,4", "-1,x").replace("12,5", "y,-2"))
    assert len(tables.problems(tmp_path, "energy")) == 4


def test_many_bad_rows_are_counted_not_listed(tmp_path):
    rows = "".join(f"2025-01-01T{h:02}:00+08:00,x\n" for h in range(20))
    said = tables.problems(case_with(tmp_path, "time,main_kwh\n" + rows), "energy")
    assert len(said) == columns.ROWS_SHOWN + 1 and "15 more rows" in said[-1]


def test_two_files_for_one_table_are_refused(tmp_path):
    case_with(tmp_path, HOURS)
    (tmp_path / "energy.parquet").write_bytes(b"")
    with pytest.raises(ValueError, match="two files hold the table 'energy'; keep one"):
        tables.read(tmp_path, "energy")


def test_a_local_hour_that_happens_twice_is_refused(tmp_path):
    text = "time,main_kwh\n2016-10-30T01:00,1\n"
    assert (
        "exists once in Europe/London"
        in tables.problems(case_with(tmp_path, text), "energy", "Europe/London")[0]
    )


def test_a_scope_that_does_not_exist_is_refused(tmp_path):
    text = (
        "month,source,scope,line,amount,unit,factor_id\n"
        "2025-01,heat,4,inventory,1,GJ,heat_default\n"
    )
    assert tables.problems(case_with(tmp_path, text, "activities.csv"), "activities") == [
        "activities.csv, row 2, column scope: found '4'; choose one of 1, 2, 3"
    ]


def test_written_tables_hold_every_digit(tmp_path):
    frame = pd.DataFrame({"t_co2e": [1308.7512345678901, 1 / 3]})
    tables.write(frame, tmp_path / "tables" / "x.csv")
    assert pd.read_csv(tmp_path / "tables" / "x.csv")["t_co2e"].tolist() == frame["t_co2e"].tolist()


@pytest.mark.parametrize("name", schemas.SCHEMAS)
def test_every_schema_accepts_its_own_example(tmp_path, name):
    columns = schemas.SCHEMAS[name].columns
    row = pd.DataFrame({c.name: [c.example] for c in columns})
    row.to_csv(tmp_path / f"{name}.csv", index=False)
    assert tables.problems(tmp_path, name) == []


def test_valid_rows_are_those_without_a_wrong_cell(tmp_path):
    text = (
        "month,source,scope,line,amount,unit,factor_id\n2025-01,heat,2,inventory,1,GJ,heat_default\n"
        "2025-02,heat,2,inventory,x,GJ,heat_default\n2025-03,heat,9,inventory,3,GJ,heat_default\n"
    )
    case_with(tmp_path, text, "activities.csv")
    assert tables.valid_rows(tmp_path, "activities").index.tolist() == [2]
    assert (
        tables.valid_rows(tmp_path, "certificates").empty
        and len(tables.problems(tmp_path, "activities")) == 2
    )


def test_a_day_that_occurs_twice_in_the_calendar_is_refused(tmp_path):
    case_with(tmp_path, "date,workday\n2025-10-01,false\n2025-10-01,true\n", "calendar.csv")
    assert tables.problems(tmp_path, "calendar") == [
        (
            "calendar.csv, row 3, column date: found '2025-10-01'; "
            "it occurs in an earlier row; keep one"
        )
    ]


def test_a_table_read_again_is_a_table_of_its_own_and_the_one_that_is_there_now(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_text(
        "asset,area,technology,control,count,power_w\nLED,hall,LED,smart,5,28\n", encoding="utf-8"
    )
    stamp = path.stat()
    first = tables.read(tmp_path, "assets")
    first["asset"] = "mine"
    assert tables.read(tmp_path, "assets")["asset"].tolist() == ["LED"]
    path.write_text(
        "asset,area,technology,control,count,power_w\nFAN,hall,LED,smart,5,28\n", encoding="utf-8"
    )
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert tables.read(tmp_path, "assets")["asset"].tolist() == ["FAN"]
