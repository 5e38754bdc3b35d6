"""Emission factors: components and published values, a case's own, refusals."""

import pandas as pd
import pytest
from bills import FACTORS, bills

from neutrality import sheets
from neutrality.case import tables
from neutrality.inventory import activities
from neutrality.reference import (
    emission_factors,
    grid_factors,
    published,
    units,
)
from neutrality.reference.status import STATUSES


def test_fuel_factors_follow_from_their_components_within_the_published_rounding():
    fuels = emission_factors._fuels()
    computed = FACTORS.value["fuel_" + fuels.index].set_axis(fuels.index)
    assert (computed - fuels.ef_published).abs().max() <= 0.5e-4
    assert len(fuels) == 7


def test_the_other_carbon_content_of_gas_gives_its_published_factor():
    gas = emission_factors._fuels().loc["natural_gas"]
    tc_per_tj = published.coefficient("fuel_ng_cc_alt")
    t_per_10000_nm3 = gas.ncv / units.GJ_PER_TJ * tc_per_tj * gas.oxidation * units.CO2_PER_C
    assert round(t_per_10000_nm3, 4) == 21.6502


def test_2785_t_are_1047_tonnes_of_standard_coal():
    assert round(2785 / published.coefficient("co2_per_tce_266")) == 1047
    assert round(2785 / published.coefficient("co2_per_tce_27716"), 1) == 1004.8


def test_an_unknown_coefficient_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'gec_kwh'"):
        published.coefficient("gec_kw")


@pytest.mark.parametrize(
    "name", ["factors.csv", "fuels.csv", "gwp.csv", "coefficients.csv", "regions.csv"]
)
def test_every_published_row_has_a_status_and_a_source(name):
    table = sheets.packaged(f"reference/{name}")
    assert set(table.status) <= set(STATUSES)
    assert (table.source != "").all()


def test_ids_are_unique():
    assert FACTORS.index.is_unique
    assert published.coefficients().index.is_unique


def test_the_shipped_factors_pass_the_checks_of_a_case():
    assert emission_factors._problems(sheets.packaged("reference/factors.csv")) == []


def test_a_caller_cannot_change_the_published_values():
    factors, coefficients, regions = (
        emission_factors.factors(),
        published.coefficients(),
        grid_factors.regions(),
    )
    factors["value"], coefficients["value"], regions["region"] = 0.0, 0.0, ""
    assert emission_factors.factors().value["heat_default"] == 0.11
    assert published.coefficient("gec_kwh") == 1000
    assert (
        grid_factors.grid_factor_id(FACTORS, "Beijing", "regional", 2023)
        == "grid_cn_north_china_2023"
    )


def test_a_used_gas_has_the_source_of_its_edition():
    table = emission_factors.with_sources(["R-410A", "R-32"], FACTORS, "AR5")
    assert table.value.to_dict() == {"R-32": 677.0, "R-410A": 1923.5}
    assert "F-gas" not in table.source["R-410A"] and table.source["R-410A"].startswith(
        "mass-weighted mean of HFC-32, HFC-125"
    )


def test_a_recalled_factor_may_not_enter_an_inventory():
    with pytest.raises(ValueError, match="ipcc_co2_diesel"):
        emission_factors.refuse_recalled(["heat_default", "ipcc_co2_diesel"], FACTORS)
    emission_factors.refuse_recalled(
        ["heat_default", "grid_cn_beijing_2023", "fuel_petrol", "R-410A"], FACTORS
    )


def with_factors(folder, *lines, header="id,quantity,value,unit,gas,gwp_edition,status,source"):
    (folder / "factors.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return folder


def read_factors(case):
    return emission_factors.factors(tables.read_or_empty(case, "factors"))


def test_a_case_adds_and_overrides_factors(tmp_path):
    case = with_factors(
        tmp_path,
        "commute_metro,Metro,0.03,kgCO2e/person-km,CO2e,AR5,ASSUMED,survey",
        "heat_default,Heat of our supplier,0.09,tCO2/GJ,CO2,,SINGLE,supplier letter",
        "hotel,Night in a hotel,20,kgCO2/room-night,CO2,,ASSUMED,guess",
    )
    table = read_factors(case)
    assert table.origin[["commute_metro", "heat_default", "fuel_diesel"]].tolist() == [
        "factors.csv",
        "factors.csv",
        "neutrality",
    ]
    assert len(table) == len(FACTORS) + 2
    rows = bills(("commute_metro", 1_000, "person-km", "memo"), (), ("hotel", 3, "room-night"))
    found = activities.emitted(rows, table, "AR5")
    assert found.t_co2e.tolist() == pytest.approx([0.03, 0.09, 0.06])
    assert found.status.tolist() == ["ASSUMED", "SINGLE", "ASSUMED"]
    emission_factors.refuse_recalled(
        ["commute_metro", "hotel"], table
    )  # ASSUMED is allowed, and shown as such


def test_a_case_without_factors_has_the_published_ones(tmp_path):
    pd.testing.assert_frame_equal(read_factors(tmp_path), FACTORS)


def test_own_factors_may_be_compressed_or_a_workbook(tmp_path):
    own = sheets.packaged("reference/factors.csv").query("id == 'heat_default'").assign(value="0.1")
    for ending, write in {
        "csv.gz": own.to_csv,
        "xlsx": own.to_excel,
        "parquet": own.to_parquet,
    }.items():
        write(tmp_path / f"factors.{ending}", index=False)
        assert read_factors(tmp_path).value["heat_default"] == 0.1
        (tmp_path / f"factors.{ending}").unlink()


def test_two_gwp_editions_are_refused(tmp_path):
    case = with_factors(tmp_path, "taxi,Taxi,0.2,kgCO2e/km,CO2e,AR6,ASSUMED,survey")
    with pytest.raises(
        ValueError, match="row 2: factor taxi is in AR6, this inventory in AR5: two GWP"
    ):
        activities.emitted(bills(("taxi", 1, "km")), read_factors(case), "AR5")


def test_co2e_without_its_edition_is_no_inventory_factor(tmp_path):
    case = with_factors(tmp_path, "taxi,Taxi,0.2,kgCO2e/km,CO2e,,ASSUMED,survey")
    with pytest.raises(ValueError, match="CO2e without its GWP edition"):
        activities.emitted(bills(("taxi", 1, "km")), read_factors(case), "AR5")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (
            "a,A,many,kgCO2/km,CO2,,SINGLE,s",
            "row 2, column value: found 'many'; expected a plain number",
        ),
        ("a,A,-1,kgCO2/km,CO2,,SINGLE,s", "row 2, column value: found '-1'"),
        ("a,A,nan,kgCO2/km,CO2,,SINGLE,s", "row 2, column value: found 'nan'"),
        ("a,A,1,kgCO2/km,CO2,,SURE,s", "row 2, column status: found 'SURE'; choose one of C"),
        (
            "a,A,1,kgCO2,CO2,,SINGLE,s",
            "row 2, column unit: found 'kgCO2'; it should be of the form",
        ),
        ("a,A,1,kWh/km,CO2,,SINGLE,s", "row 2, column unit: found 'kWh/km'"),
        (
            "a,A,1,kgCO2e/km,CO2,,SINGLE,s",
            "row 2, column gas: found 'CO2'; it should be the gas that",
        ),
        ("a,A,1,kgCO2e/km,CO2e,AR9,SINGLE,s", "row 2, column gwp_edition: found 'AR9'"),
        ("a,A,1,kgCO2/km,CO2,,SINGLE,", "row 2, column source: found ''; is empty"),
    ],
)
def test_a_bad_cell_of_own_factors_is_refused_with_its_place(tmp_path, line, found):
    with pytest.raises(ValueError) as refusal:
        read_factors(with_factors(tmp_path, line))
    assert f"factors.csv, {found}" in str(refusal.value)


def test_a_missing_column_and_a_repeated_id_of_own_factors_are_refused(tmp_path):
    header = "id,quantity,value,unit,gas,source"
    with pytest.raises(ValueError, match="factors.csv: column status is missing"):
        read_factors(with_factors(tmp_path, "a,A,1,kgCO2/km,CO2,s", header=header))
    row = "a,A,1,kgCO2/km,CO2,,SINGLE,s"
    with pytest.raises(ValueError, match="row 3, column id: found 'a'; it is used twice"):
        read_factors(with_factors(tmp_path, row, row))
