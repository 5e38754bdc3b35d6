"""The residual: the inputs of its uncertainty, its term, the plan, and the steps from the base
year.
"""

import math

import numpy as np
import pandas as pd
import pytest
from ledgers import BEIJING, ISO

from neutrality.inventory import activities
from neutrality.offset import residual, uncertainty
from neutrality.reference import emission_factors, published

ELECTRICITY = {"source": "grid_electricity", "t_co2e": 400.0, "gross_t": 3200.0}

HEAT = {"source": "heat", "t_co2e": 900.0, "gross_t": 900.0}

UNCERTAIN = {
    "meter_uncertainty": 0.01,
    "gap_uncertainty": 0.5,
    "activity_uncertainty": 0.03,
    "factor_uncertainty": 0.05,
    "green_uncertainty": 0.025,
}

LOAD = pd.Series({"measured_kwh": 97.0, "estimated_kwh": 2.0, "substituted_kwh": 1.0})

SHARES = pd.DataFrame(
    {"source": ["grid_electricity", "heat"], "factor_id": ["grid", "steam"], "share": 1.0}
)

CHANGE = pd.DataFrame(
    [
        {
            "view": "market",
            "source": "total",
            "base_t": 4000.0,
            "activity_t": -500.0,
            "factor_t": -100.0,
            "green_t": -2400.0,
            "reporting_t": 1000.0,
        }
    ]
)


def test_a_meter_error_acts_on_the_gross_load_and_not_on_the_uncovered_part():
    inputs, terms = residual.uncertainty_inputs(
        pd.DataFrame([ELECTRICITY, HEAT]), SHARES, LOAD, UNCERTAIN
    )
    weight = terms.set_index("input")["weight"].to_dict()
    assert weight == pytest.approx(
        {
            "bill:heat": 900,
            "meter": 3200,
            "filled_hours": 32,
            "estimated_hours": 64,
            "green_power": -2800,
            "factor:grid": 1,
            "factor:steam": 1,
        }
    )
    u = inputs.set_index("input")["relative_standard_uncertainty"]
    assert (
        u["meter"],
        u["filled_hours"],
        u["estimated_hours"],
        u["green_power"],
        u["factor:grid"],
    ) == (0.01, 0.5, 0.5, 0.025, 0.05)
    parts = 27**2 + 32**2 + 16**2 + 32**2 + 70**2 + (0.05 * 400) ** 2 + (0.05 * 900) ** 2
    assert uncertainty.propagated(pd.DataFrame([ELECTRICITY, HEAT]), inputs, terms)[
        0
    ] == pytest.approx(math.sqrt(parts))


def test_a_meter_error_has_the_factor_of_uncovered_kwh():
    _, terms = residual.uncertainty_inputs(
        pd.DataFrame([ELECTRICITY]), SHARES, LOAD, UNCERTAIN, uncovered_ratio=1.1
    )
    assert terms.set_index("input")["weight"]["meter"] == pytest.approx(3520)


def test_a_gwp_is_no_input_and_a_factor_shared_by_two_sources_is_one_input():
    rows = [
        ("2025-01", 1, "inventory", *each)
        for each in (
            ("boiler", 10.0, "m3", "fuel_natural_gas"),
            ("kitchen", 5.0, "m3", "fuel_natural_gas"),
            ("chiller", 1.0, "kg", "R-410A"),
        )
    ]
    table = pd.DataFrame(
        rows, columns=["month", "scope", "line", "source", "amount", "unit", "factor_id"]
    )
    factors = emission_factors.factors()
    shares = residual.factor_shares(
        activities.emitted(table, factors, "AR5"), factors, 2025, "grid_cn_beijing_2023"
    )
    assert shares.to_dict("list") == {
        "source": ["boiler", "kitchen", "grid_electricity"],
        "factor_id": ["fuel_natural_gas"] * 2 + ["grid_cn_beijing_2023"],
        "share": [1.0] * 3,
    }
    sources = pd.DataFrame(
        {
            "source": ["boiler", "kitchen", "chiller"],
            "t_co2e": [10.0, 5.0, 2.0],
            "gross_t": [10.0, 5.0, 2.0],
        }
    )
    inputs, _ = residual.uncertainty_inputs(sources, shares, LOAD, UNCERTAIN)
    assert inputs["input"].tolist() == [
        "bill:boiler",
        "bill:kitchen",
        "bill:chiller",
        "factor:fuel_natural_gas",
    ]


@pytest.mark.parametrize(
    ("meter_class", "limit"), [("0.2S", 0.2), ("0.5S", 0.5), ("0.5", 0.5), ("1", 1.0), ("2", 2.0)]
)
def test_a_meter_class_is_a_rectangular_limit(meter_class, limit):
    assert residual.meter_standard_uncertainty(meter_class, 0.9) == pytest.approx(
        limit / 100 / math.sqrt(3)
    )
    row = published.coefficients().loc[residual.meter_class_id(meter_class)]
    assert (row["value"], row["unit"], row["status"]) == (
        limit,
        "percent",
        "SINGLE",
    )
    assert "IEC 62053" in row["notice"]


def test_chosen_uncertainties_are_assumed_and_a_meter_class_is_published():
    inputs, terms = residual.uncertainty_inputs(
        pd.DataFrame([ELECTRICITY, HEAT]),
        SHARES.assign(factor_id=["grid_cn_beijing_2023", "heat_default"]),
        LOAD,
        UNCERTAIN,
    )
    shares = uncertainty.propagated(pd.DataFrame([ELECTRICITY, HEAT]), inputs, terms)[1]
    ranked = residual.contributions(inputs, shares, shares, 60.0, emission_factors.factors())
    assert (ranked["uncertainty_t"] ** 2).sum() == pytest.approx(60**2)
    assert ranked["variance_share"].is_monotonic_decreasing
    assert {"Electricity meter", "Factor: Beijing 2023"} <= set(ranked["name_en"])
    assert ranked["name_zh"].ne(ranked["name_en"]).all()
    listed = residual.assumptions(ranked).set_index("parameter")
    assert (listed["status"] == "ASSUMED").all()
    assert listed["variance_share"].sum() == pytest.approx(1)
    assert listed.loc[
        "factor_uncertainty", ["inputs", "relative_standard_uncertainty"]
    ].tolist() == [2, 0.05]
    assert (
        residual.assumptions(ranked, "0.5S").set_index("parameter").status["meter_uncertainty"]
        == "SINGLE"
    )


def test_the_hierarchy_from_the_base_year_to_the_credits_closes():
    table = residual.hierarchy(CHANGE, 950, "residual").set_index("step")
    assert table["t_co2e"].to_dict() == {
        "base_inventory": 4000,
        "activity_effect": -500,
        "factor_effect": -100,
        "green_effect": -2400,
        "residual": 1000,
        "credits": -950,
        "remaining": 50,
    }
    assert table.t_co2e[:4].sum() == table.t_co2e["residual"]
    assert table.base_share["residual"] == 0.25
    assert residual.hierarchy(CHANGE, 5000, "unabated").set_index("step").t_co2e["remaining"] == 0


def test_credits_that_were_not_checked_do_not_end_the_hierarchy():
    table = residual.hierarchy(CHANGE, 100, "residual", 9000).set_index("step").t_co2e
    assert (table["credits"], table["remaining"]) == (-100, 900)
    assert table.index[-1] == "credits_unchecked" and table["credits_unchecked"] == -9000


def test_a_hierarchy_without_credits_has_no_minus_zero():
    table = residual.hierarchy(CHANGE.assign(green_t=-0.0), 0, "residual").set_index("step")
    assert not np.signbit(
        table.loc[["credits", "green_effect"], ["t_co2e", "base_share"]].to_numpy()
    ).any()


@pytest.mark.parametrize(
    ("scheme", "years", "word"),
    [
        (ISO, [], "unabated"),
        (ISO, [2024], "unabated"),
        (ISO, [2027], "residual"),
        (BEIJING, [], "residual"),
    ],
)
def test_emissions_are_unabated_without_the_plan_that_the_scheme_asks_for(scheme, years, word):
    assert residual.residual_term(scheme, pd.DataFrame({"year": years}), 2025) == word


def test_a_rising_or_past_plan_is_odd():
    plan = pd.DataFrame({"year": [2030, 2027], "target_t": [950.0, 900.0]}, index=[2, 3])
    found = residual.plan_findings(plan, 2025, 1000.0)
    assert [(f.rule, f.row, f.severity) for f in found] == [("plan_rises", 2, "odd")]
    assert "above the earlier 900 t" in found[0].en
    assert [f.rule for f in residual.plan_findings(plan, 2031, 1000.0)] == ["plan_past"]
    assert (
        residual.plan_findings(plan[:0], 2025, 1000.0)
        == []
        == residual.plan_findings(plan.assign(target_t=[500.0, 900.0]), 2025, 1000.0)
    )


def test_sources_of_the_residual_come_largest_first_and_of_the_year_alone():
    rows = [
        (year, view, source, "inventory", t)
        for year, times in ((2025, 1.0), (2023, 50.0))
        for view in ("market", "location")
        for source, t in (("a", 2.0 * times), ("b", 9.0 * times), ("c", 4.0 * times))
    ]
    table = pd.DataFrame(rows, columns=["year", "view", "source", "line", "t_co2e"])
    found = residual.residual_sources(table, 2025)
    assert found["source"].tolist() == ["b", "c", "a"]
    assert found["t_co2e"].tolist() == found["gross_t"].tolist() == [9, 4, 2]


def test_the_hierarchy_reads_the_total_of_the_market_view_wherever_it_stands():
    others = [("market", "heat"), ("market", "water"), ("location", "total"), ("market", "total")]
    rows = [CHANGE.assign(view=v, source=s, reporting_t=t) for t, (v, s) in enumerate(others, 1)]
    table = residual.hierarchy(pd.concat(rows), 0, "residual").set_index("step")
    assert table.t_co2e["residual"] == 4


def test_the_share_of_a_factor_is_that_of_the_years_inventory():
    kept = {"factor_id": "heat_default", "source": "heat", "year": 2025, "line": "inventory"}
    rows = [kept | {"t_co2e": 3.0}, kept | {"t_co2e": 1.0, "factor_id": "fuel_natural_gas"}]
    rows += [kept | {"t_co2e": 50.0, "line": line} for line in ("biogenic", "memo", "non_kyoto")]
    rows += [kept | {"t_co2e": 50.0, "year": year} for year in (2023, 2026)]
    factors = emission_factors.factors()
    shares = residual.factor_shares(pd.DataFrame(rows), factors, 2025, "grid_cn_beijing_2023")
    assert shares.set_index("factor_id")["share"].to_dict() == {
        "heat_default": 0.75,
        "fuel_natural_gas": 0.25,
        "grid_cn_beijing_2023": 1.0,
    }
