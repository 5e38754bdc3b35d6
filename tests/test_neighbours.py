"""Grid factors beside the site's published one: told with tonnes, whatever the case calls them."""

import pandas as pd
import pytest

from neutrality.inventory import neighbours
from neutrality.reference import emission_factors, grid_factors

KWH = {
    "location": 5e6,
    "uncovered": 1e6,
    "base_location": 6e6,
    "base_uncovered": 6e6,
}
BEIJING, BASE = 0.5554, "grid_cn_beijing_2023"


def own(value, **cells):
    row = {
        "id": "ours",
        "quantity": "own",
        "value": value,
        "unit": "kgCO2/kWh",
        "gas": "CO2",
        "status": "SINGLE",
        "source": "test",
    }
    return row | cells


def found(
    location,
    uncovered="",
    *own_rows,
    province="Beijing",
    site="Beijing",
    base=BASE,
    base_uncovered="",
):
    factors = emission_factors.factors(pd.DataFrame(own_rows) if own_rows else None)
    grid = grid_factors.decide(factors, "AR5", location, base, uncovered, base_uncovered)
    told = neighbours.grid_findings(grid, KWH, factors, province, (2023, 2025), site)
    return [
        (each.rule, each.base_t_co2e if each.rule.startswith("base_") else each.t_co2e)
        for each in told
    ]


def test_the_newest_factor_of_the_sites_province_is_not_told():
    assert found("grid_cn_beijing_2023") == []


def test_a_factor_of_the_base_year_that_is_older_by_more_years_is_told_with_its_size_there():
    # 2025 takes 2023: two years, so that 2023 takes 2021, and 2024 would take 2022
    factors = emission_factors.factors()
    grid = grid_factors.decide(
        factors, "AR5", "grid_cn_beijing_2023", "grid_cn_beijing_2021", "", ""
    )

    def told(base_year):
        years = (base_year, 2025)
        return neighbours.grid_findings(grid, KWH, factors, "Beijing", years, "Beijing")

    assert told(2023) == []
    (old,) = told(2024)
    newer = factors.value["grid_cn_beijing_2022"]
    assert (old.rule, old.base_t_co2e) == (
        "base_factor_old",
        pytest.approx(6000 * (0.5688 - newer)),
    )
    assert pd.isna(old.t_co2e)


@pytest.mark.parametrize(
    "cells",
    [
        {},
        {"region": "Beijing CBD", "basis": "location_average"},
        {"region": "Beijing", "basis": "supplier_rate"},
        {"region": "Poland", "region_level": "national"},
        {"region": "Beijing", "data_year": "2030"},
        {"region": "Beijing", "data_year": "2019", "basis": "location_average"},
    ],
)
def test_a_grid_factor_of_ones_own_is_told_beside_the_published_one(cells):
    size_t = 1000 * (0.01 - BEIJING)
    assert found("ours", "", own(0.01, **cells)) == [("grid_factor_own", pytest.approx(size_t))]


def test_a_rate_of_0_for_uncovered_kwh_is_told_in_both_years():
    told = found("grid_cn_beijing_2023", "ours", own(0.0), base_uncovered="ours")
    assert told == [
        ("grid_factor_own", pytest.approx(-1000 * BEIJING)),
        ("base_factor_own", pytest.approx(-6000 * BEIJING)),
    ]


@pytest.mark.parametrize(
    ("id", "rule", "value"),
    [
        ("grid_cn_yunnan_2023", "grid_factor_other", 0.1333),
        ("grid_cn_china_2023", "grid_factor_other", 0.5306),
        ("grid_cn_beijing_2021", "grid_factor_old", 0.5688),
    ],
)
def test_a_published_factor_of_another_grid_or_year_is_told(id, rule, value):
    assert found(id) == [(rule, pytest.approx(1000 * (value - BEIJING)))]


@pytest.mark.parametrize(
    ("id", "value", "newest"),
    [
        ("grid_cn_south_china_2022", 0.3869, 0.4042),  # the older one is the lower one
        ("grid_cn_china_2021", 0.5568, 0.5306),
        ("grid_cn_china_2022_excl_market_traded_nonfossil", 0.5856, 0.6096),
    ],
)
def test_an_older_factor_of_a_region_or_the_nation_is_told_beside_its_newest(id, value, newest):
    assert found(id) == [("grid_factor_old", pytest.approx(1000 * (value - newest)))]


def test_a_province_other_than_the_sites_name_says_is_told():
    told = found("grid_cn_yunnan_2023", province="Yunnan", site="总部大楼（北京）")
    assert told == [("province_differs", pytest.approx(1000 * (0.1333 - BEIJING)))]


def test_where_nothing_is_published_all_rests_on_the_factor():
    told = found("ours", "", own(0.2), province="London", site="London")
    assert told == [("grid_factor_alone", pytest.approx(200.0))]


def test_where_a_province_has_no_factor_all_rests_on_the_nations():
    told = found("grid_cn_china_2023", province="Tibet", site="school, Lhasa")
    assert told == [("grid_factor_national", pytest.approx(1000 * 0.5306))]


def test_a_factor_of_the_mainland_is_told_where_the_site_is_elsewhere():
    factors = emission_factors.factors(pd.DataFrame([own(0.05, unit="tCO2/GJ", quantity="heat")]))
    row = {"source": "district_heat", "scope": 2, "line": "inventory", "unit": "GJ", "year": 2025}
    row |= {"amount": 100.0, "t_co2e": 11.0, "gas": "CO2", "factor_id": "heat_default"}

    def told(province, **changed):
        rows = pd.DataFrame([row | changed])
        said = neighbours.own_factors(rows, factors, "AR5", (2023, 2025), province)
        return [(each.rule, each.t_co2e) for each in said]

    assert told("Bavaria") == [("factor_of_mainland", 11.0)]
    assert told("Beijing") == told("西藏") == told("Bavaria", line="memo") == []
    assert "factor_of_mainland" not in dict(told("Bavaria", factor_id="ours"))


def test_own_factors_are_told_of_the_years_of_the_case_and_of_its_known_factors():
    own_row = own(0.05, unit="tCO2/GJ", quantity="heat")
    factors = emission_factors.factors(pd.DataFrame([own_row]))
    row = {"source": "district_heat", "scope": 2, "line": "inventory", "unit": "GJ"}
    row |= {"amount": 100.0, "t_co2e": 5.0, "gas": "CO2", "factor_id": "ours"}
    rows = pd.DataFrame([row | {"year": year} for year in (2021, 2025)])
    names = {"2021": rows[rows["year"] == 2021], "2025": rows}
    told = {
        name: [
            each.rule
            for each in neighbours.own_factors(part, factors, "AR5", (2023, 2025), "Beijing")
        ]
        for name, part in names.items()
    }
    assert told == {"2021": [], "2025": ["heat_factor"]}


def test_an_own_factor_of_the_base_year_alone_changes_no_reporting_year():
    factors = emission_factors.factors(pd.DataFrame([own(0.05, unit="tCO2/GJ", quantity="heat")]))
    row = {"source": "district_heat", "scope": 2, "line": "inventory", "unit": "GJ", "year": 2023}
    row |= {"amount": 100.0, "t_co2e": 5.0, "gas": "CO2", "factor_id": "ours"}
    (told,) = neighbours.own_factors(pd.DataFrame([row]), factors, "AR5", (2023, 2025), "Beijing")
    assert pd.isna(told.t_co2e) and told.base_t_co2e < 0


def test_an_own_factor_of_a_refrigerant_is_weighed_by_its_warming_potential():
    own_row = own(0.5, unit="kg/kg", gas="HFC-134a", quantity="loss", id="HFC-134a")
    factors = emission_factors.factors(pd.DataFrame([own_row]))
    row = {"source": "refrigerant", "scope": 1, "line": "inventory", "unit": "kg", "year": 2025}
    row |= {"amount": 1000.0, "t_co2e": 650.0, "gas": "HFC-134a", "factor_id": "HFC-134a"}
    (told,) = neighbours.own_factors(pd.DataFrame([row]), factors, "AR5", (2023, 2025), "Beijing")
    published_t = 1000 * 1300 / 1000  # AR5: 1,300
    assert (told.rule, told.t_co2e) == ("override", pytest.approx(650.0 - published_t))


def test_biogenic_carbon_by_an_own_factor_counts_as_nothing_beside_the_published_fuel():
    own_row = own(2.0, unit="tCO2/10^4 Nm3", quantity="gas", id="fuel_natural_gas")
    factors = emission_factors.factors(pd.DataFrame([own_row]))
    row = {"source": "natural_gas", "scope": 1, "line": "biogenic", "unit": "m3", "year": 2025}
    row |= {"amount": 10_000.0, "t_co2e": 2.0, "gas": "CO2", "factor_id": "fuel_natural_gas"}
    (told,) = neighbours.own_factors(pd.DataFrame([row]), factors, "AR5", (2023, 2025), "Beijing")
    published_t = emission_factors.factors().at["fuel_natural_gas", "value"]  # of 10^4 Nm3
    assert told.t_co2e == pytest.approx(-published_t)
