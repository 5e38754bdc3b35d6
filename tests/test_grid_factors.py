"""Grid factors: published values, the rule that chooses one, refusals."""

import pandas as pd
import pytest
from bills import FACTORS, bills

from neutrality.inventory import activities
from neutrality.reference import (
    emission_factors,
    grid_factors,
)

LIFE_CYCLE = "grid_cn_china_2023_power_carbon_footprint_lifecycle"


def averages(level, year):
    rows = FACTORS[(FACTORS.basis == "location_average") & (FACTORS.region_level == level)]
    return rows[rows.data_year == year].set_index("region").value


def national(year, suffix=""):
    return FACTORS.value[f"grid_cn_china_{year}{suffix}"]


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


def test_the_factor_of_each_role_is_decided_once():
    known = emission_factors.factors()
    then, now = "grid_cn_beijing_2021", "grid_cn_beijing_2023"
    table = grid_factors.decide(known, "AR5", now, then)
    assert table["factor_id"].to_dict() == {
        "location": now,
        "base_location": then,
        "uncovered": now,
        "base_uncovered": then,
    }
    assert table.kg_per_kwh["location"] == 0.5554
    tried = grid_factors.decide(known, "AR5", now, then, sensitivity="grid_cn_china_2023")
    assert tried.factor_id["sensitivity"] == "grid_cn_china_2023"


def test_half_a_rule_for_uncovered_electricity_is_refused():
    known = emission_factors.factors()
    then, now = "grid_cn_beijing_2021", "grid_cn_beijing_2023"
    with pytest.raises(ValueError, match="give both or neither"):
        grid_factors.decide(known, "AR5", now, then, uncovered="grid_cn_china_2023")
    with pytest.raises(ValueError, match="did you mean 'grid_cn_beijing_2023'"):
        grid_factors.decide(known, "AR5", "grid_cn_bejing_2023", then)


def test_a_factor_given_by_its_id_comes_before_province_and_rule():
    known = emission_factors.factors()
    chosen = ("Beijing", "provincial", 2023)
    assert grid_factors.location_id(known, *chosen) == "grid_cn_beijing_2023"
    assert grid_factors.location_id(known, *chosen, "grid_cn_china_2023") == "grid_cn_china_2023"
