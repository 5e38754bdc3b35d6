"""Rows that registries gave, none of them written here: each is taken with its quantity, numbers
and days, or left with its reason.
"""

from pathlib import Path

import pandas as pd
import pytest

from neutrality.case import tables
from neutrality.ledger import certificate_lists, credit_serials, credits, ranges, registry, serials

EXPORTS = next(
    (
        folder / "shared" / "realdata" / "registry"
        for folder in Path(__file__).parents
        if (folder / "shared" / "realdata" / "registry").is_dir()
    ),
    None,
)
pytestmark = pytest.mark.skipif(EXPORTS is None, reason="the registries' exports are not here")
# file, column of serials, of quantities, of retirement, rows that are taken
FILES = {
    "verra_australia_400": ("Serial Number", "Quantity Issued", 400),
    "verra_cancelled_on_behalf_18": ("Serial Number", "Quantity Issued", 18),
    "verra_fiscal_years_62": ("Serial Number", "Quantity Issued", 62),
    "verra_carbonplan_200": ("Serial Number", "Quantity Issued", 100),
    "acr_retirements": ("Credit Serial Numbers", "Quantity of Credits", 100),
    "acr_retirements_2023_head200": (
        "Offset Credit Serial Numbers",
        "Quantity of Offset Credits",
        200,
    ),
    "car_retirements": ("Offset Credit Serial Numbers", "Quantity of Offset Credits", 100),
    "art_retirements": ("Credit Serial Numbers", "Quantity of Credits", 8),
    "cercarbono_retirements": ("serial", "quantity", 100),
    "isometric_retirements": ("retirement_id", "credit_batch_size_total.credits", 77),
}


def raw(name):
    return pd.read_csv(EXPORTS / f"{name}.csv", dtype="str", keep_default_na=False)


@pytest.fixture
def case(tmp_path):
    (tmp_path / "case").mkdir()
    return tmp_path / "case"


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_each_row_is_taken_with_its_quantity_and_numbers_or_left_with_its_reason(case, name):
    serial, quantity, count = FILES[name]
    made, rows = registry.import_export(case, EXPORTS / f"{name}.csv", 2025), raw(name)
    assert len(made.taken) == count and len(made.taken) + len(made.left) == len(rows)
    assert made.left["why"].str.startswith("column ").all()
    given = rows[quantity].str.replace(",", "").replace("", "nan").astype(float)
    taken = given[made.taken.index - 2]
    assert taken.to_list() == made.taken["quantity"].to_list()
    assert made.taken["quantity"].sum() == taken.sum()
    begins = rows.loc[made.taken.index - 2, serial].str.replace(" ", "").to_list()
    plain = made.taken["serial"].str.replace(" ", "").to_list()
    assert all(each.startswith(first) for each, first in zip(plain, begins, strict=True))
    held = tables.read(case, "credits")
    numbered = credit_serials.compared(credits.blocks(held))
    assert ranges.overlapping(numbered).empty
    if name != "isometric_retirements":  # which has ids alone
        ranged = numbered["serial_end"] - numbered["serial_start"] + 1
        assert (numbered["kind"] == "known").all() and (ranged == held["quantity"]).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("acr_retirements", "Status Effective (GMT)"),
        ("acr_retirements_2023_head200", "Status Effective"),
        ("car_retirements", "Status Effective"),
        ("art_retirements", "Status Effective"),
        ("cercarbono_retirements", "date"),
        ("isometric_retirements", "retired_at"),
        ("verra_australia_400", "Retirement/Cancellation Date"),
    ],
)
def test_days_of_retirement_are_those_of_the_registry(case, name, column):
    made = registry.import_export(case, EXPORTS / f"{name}.csv", 2025)
    written = raw(name).loc[made.taken.index - 2, column]
    month_first = not name.startswith(("cercarbono", "isometric", "verra"))
    day = written.str.split("[T ]", regex=True).str[0]
    asked = [
        pd.Timestamp(each) if not month_first else pd.to_datetime(each, dayfirst=False)
        for each in day
    ]
    assert pd.DatetimeIndex(made.taken["retired_on"]).to_list() == asked


def test_cancelled_on_behalf_of_a_claim_is_taken_and_odd(case):
    made = registry.import_export(case, EXPORTS / "verra_cancelled_on_behalf_18.csv", 2025)
    cancelled = made.odd["kind"].isin(["text_says_cancelled", "text_mentions_cancelling"])
    assert set(made.odd.loc[cancelled, "row"]) == set(made.taken.index)


def test_a_financial_year_is_both_its_years(case):
    name = EXPORTS / "verra_fiscal_years_62.csv"
    made = registry.import_export(case, name, 2017)
    financial = made.odd[made.odd["kind"] == "text_names_financial_year"]
    written = raw("verra_fiscal_years_62").loc[financial["row"] - 2, "Retirement Details"]
    assert len(financial) and written.str.contains(r"1[67]").all()
    assert not set(financial["row"]) & set(
        made.odd.loc[made.odd["kind"] == "text_names_another_year", "row"]
    )


def test_one_serial_of_the_cdm_and_its_quantity_differ_and_all_others_agree():
    rows = raw("gold_issuances_old_and_cdm_serials_100")
    rows = rows[rows["Serial Number"] != ""]
    fields = serials.fields(serials.written(rows["Serial Number"]))
    assert len(fields) == len(rows) == 100
    differs = fields["quantity"] != rows["Quantity"].astype(int)
    assert rows.loc[differs, "Serial Number"].tolist() == [
        "IN-5-255202408-2-2-0-9507 - IN-5-255235440-2-2-0-9507"
    ]
    assert set(fields["programme"]) == {"GS", "CDM"}


def test_another_companys_retirements_are_not_taken_for_a_part_of_its_name(case):
    made = registry.import_export(case, EXPORTS / "isometric_retirements.csv", 2025, "SK Inc.")
    assert made.taken.empty and (made.left["why"].str.contains("not SK Inc.").any())


def test_redemptions_without_numbers_are_left_and_with_numbers_are_taken_in_their_periods(case):
    rows = raw("irec_go_rec_redemptions")
    rows = rows[rows["generationStart"] != ""]
    made = certificate_lists.import_list(case, EXPORTS / "irec_go_rec_redemptions.csv", 2021)
    assert made.taken.empty and made.left["why"].str.contains("is empty").all()
    mwh = rows["volume_Wh"].astype(float) / 1e6
    last = mwh.cumsum().astype(int)
    grouped = [
        [f"0000-{n // 10**8:04}-{n // 10**4 % 10**4:04}-{n % 10**4:04}{part}" for n in ends]
        for ends, part in ((last - mwh.astype(int) + 1, ".000000"), (last, ".999999"))
    ]
    listed = rows.assign(**{"From Certificate ID": grouped[0], "To Certificate ID": grouped[1]})
    listed = listed.assign(**{"Redemption date": "2022-02-01", "Beneficiary": "Example Tower"})
    path = case.parent / "redemptions.csv"
    listed.to_csv(path, index=False)
    made = certificate_lists.import_list(case, path, 2021, "Example Tower")
    held = tables.read(case, "certificates")
    assert len(made.taken) == len(listed) == len(held) and made.left.empty
    assert held["quantity"].to_list() == mwh.astype(int).to_list()
    assert set(held["technology"]) == {"wind", "solar", "hydro"}
    assert set(held["instrument"]) == {"I-REC", "GO", "REC", "LGC"}
    begun = held["period_start"].fillna(pd.to_datetime(held["month"], format="%Y-%m"))
    assert begun.dt.strftime("%Y-%m-%d").to_list() == rows["generationStart"].str[:10].to_list()
