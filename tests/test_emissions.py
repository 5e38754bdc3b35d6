"""emissions: published values and what they say of each other, the law of activity x factor,
refusals.
"""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neutrality import sheets
from neutrality.case import tables
from neutrality.inventory import activities
from neutrality.reference import emission_factors, gases, grid_factors, published, units
from neutrality.reference.status import STATUSES

FACTORS = emission_factors.factors()
LIFE_CYCLE = "grid_cn_china_2023_power_carbon_footprint_lifecycle"


def activity(
    factor_id="heat_default", amount=1.0, unit="GJ", line="inventory", scope=None, month="2025-03"
):
    scope = scope or (3 if line == "memo" else 2)
    return {
        "month": month,
        "source": "any",
        "scope": scope,
        "line": line,
        "amount": amount,
        "unit": unit,
        "factor_id": factor_id,
        "evidence": "",
    }


def bills(*rows):
    table = pd.DataFrame([row if isinstance(row, dict) else activity(*row) for row in rows])
    return table.set_index(pd.RangeIndex(2, len(table) + 2))  # as read: the lines of the file


def averages(level, year):
    rows = FACTORS[(FACTORS.basis == "location_average") & (FACTORS.region_level == level)]
    return rows[rows.data_year == year].set_index("region").value


def national(year, suffix=""):
    return FACTORS.value[f"grid_cn_china_{year}{suffix}"]


def own_factors(folder, *lines, header="id,quantity,value,unit,gas,gwp_edition,status,source"):
    (folder / "factors.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return folder


# The grid factors of MEE and NBS


@pytest.mark.parametrize("year", [2021, 2022, 2023])
def test_each_publication_has_30_provinces_and_7_regions(year):
    assert len(averages("province", year)) == 30
    assert len(averages("grid_region", year)) == 7


def test_20_provinces_went_down_and_10_up_from_2022_to_2023():
    change = averages("province", 2023) - averages("province", 2022)
    assert (change < 0).sum() == 20
    assert (change > 0).sum() == 10


def test_regional_changes_are_those_the_ministry_stated():
    percent = (averages("grid_region", 2023) / averages("grid_region", 2022) - 1).mul(100).round(1)
    assert percent.to_dict() == {
        "North China": -6.1,
        "Northeast China": -7.9,
        "East China": -2.1,
        "Central China": -2.3,
        "Northwest China": -5.4,
        "South China": 4.5,
        "Southwest China": 9.0,
    }


def test_national_changes_are_those_stated_and_point_apart():
    excl = "_excl_market_traded_nonfossil"
    assert round((national(2023) / national(2022) - 1) * 100, 1) == -1.1
    assert round((national(2023, excl) / national(2022, excl) - 1) * 100, 1) == 4.1


def test_nationals_of_2021_and_2022_are_not_swapped():
    assert (national(2021), national(2022), national(2023)) == (0.5568, 0.5366, 0.5306)


def test_0_5703_is_a_carbon_market_default_and_no_average():
    rows = FACTORS[FACTORS.value == 0.5703]
    assert rows.basis.tolist() == ["ets_reporting_default"]


@pytest.mark.parametrize("year", [2021, 2022, 2023])
def test_each_region_lies_between_its_provinces(year):
    # The composition of the regions is from recall; this is what the published values say about it.
    grids = grid_factors.regions().region
    provinces = averages("province", year).groupby(grids)
    regional = averages("grid_region", year).sort_index()
    assert regional.between(provinces.min(), provinces.max()).all()


def test_the_map_covers_just_the_provinces_published_and_says_it_is_recalled():
    grids = grid_factors.regions()
    assert set(grids.index) == set(averages("province", 2023).index)
    assert set(grids.region) == set(averages("grid_region", 2023).index)
    assert set(grids.status) == {"RECALLED"}
    assert "Northeast" in grids.source["Inner Mongolia"]


@pytest.mark.parametrize(
    ("region", "rule", "expected"),
    [
        ("Beijing", "provincial", "grid_cn_beijing_2023"),
        ("北京", "provincial", "grid_cn_beijing_2023"),
        ("Beijing", "regional", "grid_cn_north_china_2023"),
        ("Guangdong", "regional", "grid_cn_south_china_2023"),
        ("Beijing", "national", "grid_cn_china_2023"),
        ("Tibet", "national", "grid_cn_china_2023"),
    ],
)
def test_grid_rule_names_the_factor(region, rule, expected):
    assert grid_factors.grid_factor_id(FACTORS, region, rule, 2023) == expected


def test_every_province_has_an_average_under_every_rule_and_never_another_basis():
    for province in grid_factors.regions().index:
        for rule in ("provincial", "regional", "national"):
            for year in (2021, 2022, 2023):
                found = grid_factors.grid_factor_id(FACTORS, province, rule, year)
                assert FACTORS.basis[found] == "location_average"


@pytest.mark.parametrize("rule", ["provincial", "regional"])
@pytest.mark.parametrize("region", ["Tibet", "西藏"])
def test_tibet_has_no_factor(region, rule):
    with pytest.raises(ValueError, match="30 provinces, without Tibet.*national rule"):
        grid_factors.grid_factor_id(FACTORS, region, rule, 2023)


def test_a_year_not_published_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="2024: there are data years 2021, 2022, 2023"):
        grid_factors.grid_factor_id(FACTORS, "Hebei", "provincial", 2024)


def test_a_misspelt_province_and_an_unknown_rule_are_refused():
    with pytest.raises(ValueError, match="Did you mean 'Beijing'"):
        grid_factors.grid_factor_id(FACTORS, "Bejing", "provincial", 2023)
    with pytest.raises(ValueError, match="provincial, regional, national"):
        grid_factors.grid_factor_id(FACTORS, "Beijing", "local", 2023)


# Fuels, gases, coefficients


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


def test_blends_have_their_published_gwp():
    five, six = gases.gwp("AR5"), gases.gwp("AR6")
    assert (five["R-410A"], six["R-410A"]) == (1923.5, 2255.5)
    assert (round(five["R-407C"], 2), round(six["R-407C"], 2)) == (1624.21, 1907.93)
    assert gases.gwp("AR4")["R-410A"] == 2088  # published; AR4 values of its gases were not found


def test_gases_have_their_published_gwp():
    names = ["CO2", "CH4", "N2O", "SF6", "NF3", "HFC-32", "HFC-125", "HFC-134a", "HCFC-22"]
    assert gases.gwp("AR5")[names].tolist() == [
        1,
        28,
        265,
        23_500,
        16_100,
        677,
        3_170,
        1_300,
        1_760,
    ]
    assert gases.gwp("AR6")[names].tolist() == [
        1,
        27.9,
        273,
        25_200,
        17_400,
        771,
        3_740,
        1_530,
        1_960,
    ]


def test_shares_of_a_blend_sum_to_one():
    blends = sheets.packaged("reference/blends.csv").astype({"mass_share": float})
    assert blends.groupby("blend").mass_share.sum().tolist() == pytest.approx(
        [1.0] * blends.blend.nunique()
    )


def test_an_unknown_edition_is_refused():
    with pytest.raises(ValueError, match="AR4, AR5, AR6"):
        gases.gwp("AR7")


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


# Activity x factor


def test_heat_of_11900_gj_is_1309_t():
    row = activities.emitted(bills(("heat_default", 11_900, "GJ")), FACTORS, "AR5").iloc[0]
    assert row.t_co2e == pytest.approx(1309, abs=1e-9)
    assert (row.year, row.month, row.scope) == (2025, "2025-03", 2)
    assert (row.gas_family, row.status) == ("CO2", "CONFIRMED")


def test_gas_of_605405_m3_is_1309_t():
    # By the cubic metre, though the factor is per 10^4 Nm3: the unit trap of ten thousand.
    row = activities.emitted(bills(("fuel_natural_gas", 605_405, "m3")), FACTORS, "AR5").iloc[0]
    assert row.t_co2e == pytest.approx(1309, abs=0.01)


def test_a_refrigerant_is_of_its_family_and_weighted_by_its_edition():
    leak = bills(("R-410A", 10, "kg"))
    five, six = (activities.emitted(leak, FACTORS, edition).iloc[0] for edition in ("AR5", "AR6"))
    assert (five.gas, five.gas_family, five.line) == ("R-410A", "HFC", "inventory")
    assert (five.t_gas, five.t_co2e, six.t_co2e) == pytest.approx((0.01, 19.235, 22.555))


def test_r22_is_outside_the_kyoto_gases_and_on_a_line_of_its_own():
    table = bills(("R-22", 1, "kg"), ("HCFC-22", 1, "kg", "memo"))
    lines = activities.emitted(table, FACTORS, "AR5").line
    assert lines.tolist() == ["non_kyoto", "memo"]


def test_memo_and_biogenic_lines_stay_what_they_are():
    own = pd.DataFrame(
        [
            {
                "id": "biogas",
                "quantity": "CO2 of biogas",
                "value": 2.0,
                "unit": "kgCO2/m3",
                "gas": "CO2",
                "status": "ASSUMED",
                "source": "test",
            }
        ]
    )
    table = bills(("heat_default", 1, "GJ", "memo"), ("biogas", 1, "m3", "biogenic"))
    assert activities.emitted(table, emission_factors.factors(own), "AR5").line.tolist() == [
        "memo",
        "biogenic",
    ]


def test_nothing_leaves_scope_1_or_2_by_a_word():
    with pytest.raises(ValueError, match="row 2: scope 2 is counted: 'any' cannot be a memo line"):
        activities.emitted(bills(activity(line="memo", scope=2)), FACTORS, "AR5")
    with pytest.raises(ValueError, match="factor heat_default is not of biogenic carbon"):
        activities.emitted(bills(activity(line="biogenic")), FACTORS, "AR5")


def test_a_used_gas_stands_with_the_source_of_its_edition():
    table = emission_factors.used(["R-410A", "R-32"], FACTORS, "AR5")
    assert table.value.to_dict() == {"R-32": 677.0, "R-410A": 1923.5}
    assert "F-gas" not in table.source["R-410A"] and table.source["R-410A"].startswith(
        "mass-weighted mean of HFC-32, HFC-125"
    )


def test_electricity_in_co2e_needs_the_edition_of_the_inventory():
    own = pd.DataFrame(
        [
            {
                "id": "grid",
                "quantity": "grid",
                "value": 0.4,
                "unit": "kgCO2e/kWh",
                "gas": "CO2e",
                "gwp_edition": edition,
                "status": "SINGLE",
                "source": "test",
            }
            for edition in ("",)
        ]
    )
    with pytest.raises(ValueError, match="CO2e without its GWP edition"):
        grid_factors.electricity_factor("grid", emission_factors.factors(own), "AR5")


def test_status_is_the_weaker_of_factor_and_gwp():
    table = bills(("CH4_fossil", 1, "kg"), ("R-407C", 1, "kg"), ("R-32", 1, "kg"))
    assert activities.emitted(table, FACTORS, "AR6").status.tolist() == [
        "RECALLED",
        "SINGLE",
        "CONFIRMED",
    ]


def test_no_activities_emit_nothing():
    none = bills(()).iloc[:0]
    assert activities.emitted(none, FACTORS, "AR5").t_co2e.sum() == 0
    assert activities.left_out(none, FACTORS, "AR5").t_co2e.sum() == 0


AMOUNTS = st.floats(0, 1e6)
KINDS = st.sampled_from(
    [("heat_default", "GJ"), ("fuel_petrol", "kg"), ("R-410A", "kg"), ("fuel_natural_gas", "m3")]
)


@settings(max_examples=25, deadline=None)
@given(st.lists(AMOUNTS, min_size=1, max_size=5), KINDS)
def test_rows_split_emit_what_they_emit_together(parts, kind):
    factor_id, unit = kind
    split = activities.emitted(bills(*[(factor_id, part, unit) for part in parts]), FACTORS, "AR5")
    whole = activities.emitted(bills((factor_id, sum(parts), unit)), FACTORS, "AR5")
    assert split.t_co2e.sum() == pytest.approx(whole.t_co2e.sum(), rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(AMOUNTS, st.floats(0, 100), KINDS)
def test_emissions_are_linear_in_the_amount(amount, times, kind):
    factor_id, unit = kind
    table = bills((factor_id, amount, unit), (factor_id, amount * times, unit))
    once, more = activities.emitted(table, FACTORS, "AR5").t_co2e
    assert more == pytest.approx(once * times, rel=1e-12, abs=1e-300)


def test_an_unknown_factor_is_refused_with_row_and_nearest():
    with pytest.raises(
        ValueError, match="row 3: .*'fuel_desel' is not known; did you mean 'fuel_diesel'"
    ):
        activities.emitted(bills((), ("fuel_desel", 1, "t")), FACTORS, "AR5")


def test_every_bad_row_is_named_at_once():
    with pytest.raises(ValueError) as refusal:
        activities.emitted(bills(("nowhere", 1, "t"), (), (LIFE_CYCLE, 1, "kWh")), FACTORS, "AR5")
    assert [line.split(":")[0] for line in str(refusal.value).splitlines()] == [
        "activities.csv, row 2",
        "activities.csv, row 4",
    ]


@pytest.mark.parametrize(
    ("factor_id", "unit"),
    [("fuel_diesel", "L"), ("heat_default", "t"), ("fuel_natural_gas", "kWh"), ("R-410A", "L")],
)
def test_a_unit_of_another_dimension_is_refused(factor_id, unit):
    with pytest.raises(ValueError, match=f"row 2: {unit} with factor {factor_id}: {unit} measures"):
        activities.emitted(bills((factor_id, 1, unit)), FACTORS, "AR5")


def test_a_life_cycle_footprint_is_no_scope_2_factor():
    with pytest.raises(ValueError, match="not for an inventory.*lifecycle"):
        activities.emitted(bills((LIFE_CYCLE, 1, "kWh")), FACTORS, "AR5")
    with pytest.raises(ValueError, match="not for an inventory.*lifecycle"):
        emission_factors.refuse_unfit(["heat_default", LIFE_CYCLE], FACTORS)
    memo = activities.emitted(bills((LIFE_CYCLE, 1e6, "kWh", "memo")), FACTORS, "AR5")
    assert memo.t_co2e.item() == pytest.approx(620.5)


def test_a_project_margin_is_no_scope_2_factor():
    with pytest.raises(ValueError, match="baseline_operating_margin_OM"):
        emission_factors.refuse_unfit(["grid_cn_north_china_2019_operating_margin_om"], FACTORS)
    emission_factors.refuse_unfit(["grid_cn_beijing_2023", "heat_default"], FACTORS)


def test_a_recalled_factor_may_not_enter_an_inventory():
    with pytest.raises(ValueError, match="ipcc_co2_diesel"):
        emission_factors.refuse_recalled(["heat_default", "ipcc_co2_diesel"], FACTORS)
    emission_factors.refuse_recalled(
        ["heat_default", "grid_cn_beijing_2023", "fuel_petrol", "R-410A"], FACTORS
    )


def test_a_gas_without_gwp_in_the_edition_is_refused():
    with pytest.raises(ValueError, match="SF6, which has no AR4 GWP"):
        activities.emitted(bills(("SF6", 1, "kg")), FACTORS, "AR4")


# What the inventory leaves out


def test_left_out_is_energy_times_the_ipcc_defaults():
    burned = bills(("fuel_natural_gas", 10_000, "m3"), ("fuel_diesel", 1, "t"))
    table = activities.left_out(burned, FACTORS, "AR5")
    energy_tj = table.set_index(["factor_id", "gas"]).energy_tj
    assert energy_tj["fuel_natural_gas", "CH4"] == pytest.approx(
        0.38931
    )  # amount x net calorific value
    assert energy_tj["fuel_diesel", "N2O"] == pytest.approx(0.042652)
    gas = table[table.factor_id == "fuel_natural_gas"].t_co2e.sum()
    assert gas == pytest.approx(0.38931 * (5 * 28 + 0.1 * 265) / 1000)


def test_every_fuel_of_known_carbon_is_sized():
    fuels = emission_factors._fuels()
    rows = [("fuel_" + name, 1, unit.partition("/")[2]) for name, unit in fuels.ef_unit.items()]
    table = activities.left_out(bills(*rows), FACTORS, "AR5")
    assert len(table) == 2 * len(fuels)
    assert table.t_co2e.notna().all()


def test_petrol_by_the_litre_is_sized_without_a_density():
    table = activities.left_out(bills(("jst303_petrol", 1_000, "L")), FACTORS, "AR5")
    # 2.179 t CO2 at 18.9 tC/TJ, fully oxidised
    assert table.energy_tj.tolist() == pytest.approx([2.179 / (18.9 * 44 / 12)] * 2)


def test_left_out_takes_no_heat_and_no_memo_and_marks_a_fuel_it_cannot_size():
    table = bills(
        ("heat_default", 1, "GJ"),
        ("fuel_petrol", 1, "t", "memo"),
        activity("jst303_pipeline_gas", 1.0, "m3", scope=1),
    )
    sized = activities.left_out(table, FACTORS, "AR5")
    assert sized.factor_id.tolist() == ["jst303_pipeline_gas"] * 2
    assert sized.t_co2e.isna().all()


# A case's own factors


def read_factors(case):
    return emission_factors.factors(tables.read_or_empty(case, "factors"))


def test_a_case_adds_and_overrides_factors(tmp_path):
    case = own_factors(
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
    case = own_factors(tmp_path, "taxi,Taxi,0.2,kgCO2e/km,CO2e,AR6,ASSUMED,survey")
    with pytest.raises(
        ValueError, match="row 2: factor taxi is in AR6, this inventory in AR5: two GWP"
    ):
        activities.emitted(bills(("taxi", 1, "km")), read_factors(case), "AR5")


def test_co2e_without_its_edition_is_no_inventory_factor(tmp_path):
    case = own_factors(tmp_path, "taxi,Taxi,0.2,kgCO2e/km,CO2e,,ASSUMED,survey")
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
        read_factors(own_factors(tmp_path, line))
    assert f"factors.csv, {found}" in str(refusal.value)


def test_a_missing_column_and_a_repeated_id_of_own_factors_are_refused(tmp_path):
    header = "id,quantity,value,unit,gas,source"
    with pytest.raises(ValueError, match="factors.csv: column status is missing"):
        read_factors(own_factors(tmp_path, "a,A,1,kgCO2/km,CO2,s", header=header))
    row = "a,A,1,kgCO2/km,CO2,,SINGLE,s"
    with pytest.raises(ValueError, match="row 3, column id: found 'a'; it stands twice"):
        read_factors(own_factors(tmp_path, row, row))
