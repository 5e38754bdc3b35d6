"""A case's own factors: values known to be wrong are refused."""

import pandas as pd
import pytest

from neutrality.case import tables
from neutrality.reference import (
    emission_factors,
    grid_factors,
    own_factors,
)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            {"value": 0.5568, "data_year": "2022", "region": "China"},
            "the national average for 2021",
        ),
        (
            {"value": 0.5366, "data_year": "2021", "region": "China"},
            "the national average for 2022",
        ),
        (
            {"value": 0.5703, "data_year": "2020", "basis": "location_average"},
            "the default of national ETS reporting for 2022",
        ),
        (
            {"value": 0.5777, "basis": "location_average"},
            "the life-cycle footprint of power for 2024",
        ),
        (
            {"value": 0.6205, "basis": "location_average", "unit": "kgCO2e/kWh"},
            "the life-cycle footprint of power for 2023",
        ),
        ({"value": 0.8, "region": "China"}, "no official source"),
        ({"value": 0.8, "region": ""}, "no official source"),
        *(
            ({"value": 0.8, "region": region}, "no official source")
            for region in ("中国", "PRC", "National", "china")
        ),
        *(
            ({"value": 0.2268, "region": region}, "the value of Southwest China for 2022")
            for region in ("西藏", "Xizang Autonomous Region", "xizang")
        ),
        *(
            ({"value": 0.6205, "basis": basis}, "life-cycle footprint of power for 2023")
            for basis in ("", "location_average")
        ),
        ({"value": 0.57032, "basis": ""}, "the default of national ETS reporting for 2022"),
        ({"value": 0.2268, "region": "Tibet"}, "the value of Southwest China for 2022"),
        ({"value": 0.2472, "region": "Xizang"}, "the value of Southwest China for 2023"),
    ],
)
def test_a_value_known_to_be_wrong_is_refused_with_its_true_meaning(cells, said):
    row = {
        "id": "own",
        "value": 0.5,
        "unit": "kgCO2/kWh",
        "basis": "location_average",
        "data_year": "2023",
        "region": "Beijing",
        "publisher": "",
    } | cells
    with pytest.raises(
        ValueError, match=f"factors.csv, row 2, column value: found {row['value']:g} .*{said}"
    ):
        own_factors.refuse_wrong_values(pd.DataFrame([row], index=[2]))


@pytest.mark.parametrize(
    "cells",
    [
        {"value": 0.8, "region": "Poland"},
        {"value": 0.5703, "basis": "ets_reporting_default"},
        {"value": 0.2268, "region": "Southwest China", "data_year": "2022"},
        {"value": 0.5568, "data_year": "2021", "region": "China"},
        {"value": 0.8, "region": "", "unit": "tCO2/t"},
    ],
)
def test_the_same_value_in_its_right_place_is_fine(cells):
    row = {
        "id": "own",
        "unit": "kgCO2/kWh",
        "basis": "location_average",
        "data_year": "2023",
        "publisher": "",
    } | cells
    own_factors.refuse_wrong_values(pd.DataFrame([{"region": ""} | row], index=[2]))


@pytest.mark.parametrize(
    "cells",
    [{"region": region} for region in ("beijing", "Beijing City", "北京", "北京市", "Ｂeijing")]
    + [{"basis": basis} for basis in ("", "average", "grid_average", "全国平均")]
    + [{"data_year": ""}],
)
def test_an_invented_average_is_refused_in_any_spelling(cells):
    row = {
        "id": "own",
        "value": 0.5810,
        "unit": "kgCO2/kWh",
        "basis": "location_average",
        "data_year": "2023",
        "region": "Beijing",
        "publisher": "",
    } | cells
    with pytest.raises(
        ValueError,
        match="row 2, column value: found 0.581 for .*, where MEE & NBS published 0.5554 for 2023",
    ):
        own_factors.refuse_wrong_values(pd.DataFrame([row], index=[2]))


@pytest.mark.parametrize(
    "cells",
    [
        {"value": 0.55542},
        {"value": 0.558, "data_year": ""},
        {"basis": "supplier_rate"},
        {"data_year": "2024"},
    ],
)
def test_a_published_average_rounded_otherwise_and_another_basis_or_year_are_fine(cells):
    row = {
        "id": "own",
        "value": 0.5810 if "value" not in cells else 0,
        "unit": "kgCO2/kWh",
        "basis": "location_average",
        "data_year": "2023",
        "region": "Beijing",
    }
    own_factors.refuse_wrong_values(pd.DataFrame([row | cells], index=[2]))


@pytest.mark.parametrize(
    "basis",
    [
        "power_carbon_footprint",
        "power_carbon_footprint_scope2",
        "power_carbon_footprint_lifecycle_kgco2e",
    ],
)
def test_a_footprint_gets_into_no_inventory_under_any_of_its_names(basis):
    own = pd.DataFrame(
        [
            {
                "id": "own",
                "quantity": "power",
                "value": 0.6205,
                "unit": "kgCO2/kWh",
                "gas": "CO2",
                "basis": basis,
                "region": "China",
                "data_year": "2023",
                "status": "SINGLE",
                "source": "x",
            }
        ]
    )
    own_factors.refuse_wrong_values(own)
    with pytest.raises(ValueError, match="not for an inventory"):
        grid_factors.electricity_factor("own", emission_factors.factors(own), "AR5")


def test_an_invented_regional_average_is_refused_and_an_override_by_id_is_not():
    row = {
        "id": "own",
        "value": 0.5810,
        "unit": "kgCO2/kWh",
        "basis": "location_average",
        "data_year": "2023",
        "region": "North China",
        "publisher": "",
    }
    with pytest.raises(
        ValueError,
        match="row 2, column value: found 0.581 for North China 2023, "
        "where MEE & NBS published 0.6361",
    ):
        own_factors.refuse_wrong_values(pd.DataFrame([row], index=[2]))
    own_factors.refuse_wrong_values(
        pd.DataFrame([row | {"id": "grid_cn_north_china_2023"}], index=[2])
    )
    own_factors.refuse_wrong_values(tables.empty("factors"))
