"""Credits for what is left: whole tonnes, a purchase by confidence, the published stress by
block, and what came before the credits.
"""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import BEIJING, ISO, credit, frame, serial

from neutrality.inventory import activities
from neutrality.ledger import credits
from neutrality.offset import residual, sizing, stress, uncertainty
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
BLOCKS = credits.blocks(
    frame(
        [
            credit(1, 1000),
            credit(
                1001,
                1100,
                serial=serial(1001, 1100, vintage=("01012024", "31122024"))[:-1] + "1",
                vintage_start="2024-01-01",
                vintage_end="2024-12-31",
            ),
        ]
    )
)


@pytest.mark.parametrize(
    ("residual_t", "expected"),
    [(1309, 1309), (1308.01, 1309), (1309 + 1e-9, 1309), (1309.01, 1310), (0, 0), (1e-9, 0)],
)
def test_one_credit_is_one_tonne_and_a_started_tonne_needs_one(residual_t, expected):
    assert sizing.credits_needed(residual_t) == expected


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_more_residual_never_needs_fewer_credits(a, b):
    low, high = sorted([a, b])
    assert sizing.credits_needed(low) <= sizing.credits_needed(high)
    assert sizing.credits_needed(low) >= 0 and sizing.credits_needed(low) - low <= 1
    assert sizing.credits_needed(low) >= low - 2 * sizing.DUST_T


@pytest.mark.parametrize("residual_t", [-1, float("nan"), float("inf")])
def test_a_residual_that_is_no_amount_is_refused(residual_t):
    with pytest.raises(ValueError, match="the residual is"):
        sizing.credits_needed(residual_t)


def test_the_meters_error_acts_on_the_whole_load_and_not_on_what_certificates_leave():
    inputs, terms = residual.model(pd.DataFrame([ELECTRICITY, HEAT]), SHARES, LOAD, UNCERTAIN)
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


def test_an_error_of_the_meter_is_uncovered_and_has_the_factor_of_uncovered_kwh():
    _, terms = residual.model(
        pd.DataFrame([ELECTRICITY]), SHARES, LOAD, UNCERTAIN, uncovered_ratio=1.1
    )
    assert terms.set_index("input")["weight"]["meter"] == pytest.approx(3520)


def test_a_gwp_is_a_choice_and_no_input_and_a_factor_that_two_sources_use_is_one():
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
    inputs, _ = residual.model(sources, shares, LOAD, UNCERTAIN)
    assert inputs["input"].tolist() == [
        "bill:boiler",
        "bill:kitchen",
        "bill:chiller",
        "factor:fuel_natural_gas",
    ]


@pytest.mark.parametrize(
    ("meter_class", "limit"), [("0.2S", 0.2), ("0.5S", 0.5), ("0.5", 0.5), ("1", 1.0), ("2", 2.0)]
)
def test_a_meters_class_is_a_rectangular_limit(meter_class, limit):
    assert residual.meter_standard_uncertainty(meter_class, 0.9) == pytest.approx(
        limit / 100 / math.sqrt(3)
    )
    row = published.coefficients().loc[residual.meter_class_id(meter_class)]
    assert (row["value"], row["unit"], row["status"]) == (
        limit,
        "percent",
        "SINGLE",
    ) and "IEC 62053" in row["notice"]


def test_what_was_chosen_is_listed_as_assumed_and_a_class_as_published():
    inputs, terms = residual.model(
        pd.DataFrame([ELECTRICITY, HEAT]),
        SHARES.assign(factor_id=["grid_cn_beijing_2023", "heat_default"]),
        LOAD,
        UNCERTAIN,
    )
    shares = uncertainty.propagated(pd.DataFrame([ELECTRICITY, HEAT]), inputs, terms)[1]
    ranked = residual.contributions(inputs, shares, shares, 60.0, emission_factors.factors())
    assert (ranked["uncertainty_t"] ** 2).sum() == pytest.approx(60**2) and ranked[
        "variance_share"
    ].is_monotonic_decreasing
    assert {"Electricity meter", "Factor: Beijing 2023"} <= set(ranked["name_en"]) and ranked[
        "name_zh"
    ].ne(ranked["name_en"]).all()
    listed = residual.assumptions(ranked).set_index("parameter")
    assert (listed["status"] == "ASSUMED").all() and listed[
        "variance_share"
    ].sum() == pytest.approx(1)
    assert listed.loc[
        "factor_uncertainty", ["inputs", "relative_standard_uncertainty"]
    ].tolist() == [2, 0.05]
    assert (
        residual.assumptions(ranked, "0.5S").set_index("parameter").status["meter_uncertainty"]
        == "SINGLE"
    )


def test_the_purchase_is_sized_for_the_point_and_each_confidence_and_priced_where_there_is_a_price():
    total = np.arange(1, 1001.0)
    table = sizing.sizing(500.2, total, 960, 0.95, price=60.0)
    assert table["credits"].tolist() == [501, 500, 900, 950, 990] and table[
        "credits_surplus"
    ].tolist() == [459, 460, 60, 10, -30]
    assert table["cost"].tolist() == [60 * count for count in table["credits"]]
    assert set(sizing.sizing(500.2, total, 960, 0.95, 60.0, "CNY")["currency"]) == {"CNY"}
    assert (
        "cost" not in sizing.sizing(500.2, total, 0, 0.975)
        and sizing.sizing(500.2, total, 0, 0.975)["name_en"].tolist()[4]
        == "enough with 97.5 % confidence"
    )


@given(st.lists(st.floats(0, 1e6), min_size=20, max_size=60), st.floats(0.5, 0.999))
def test_more_confidence_never_needs_fewer_credits_and_suffices_as_often_as_asked(
    totals, confidence
):
    table = sizing.sizing(1.0, np.array(totals), 0, confidence)[1:]
    assert table["credits"].is_monotonic_increasing
    for row in table.itertuples():
        assert np.mean(np.array(totals) <= row.credits + sizing.DUST_T) >= row.confidence - 1e-12


def stressed(needed=1100, retired=1100, blocks=BLOCKS, years=2):
    valid = stress.valid_credits(blocks, 2025, 0.1, years)
    return stress.stress_table(needed, 1200, 0.975, retired, valid, 0.1, years), valid


def test_badgley_and_probst_shares_give_the_derived_credits():
    table, _ = stressed(1309, 0, BLOCKS[:0])
    assert table["credits"].tolist() == [1309, 1200, 1639, 1855, 2105, 8182, 1455, 1309, 1309]
    assert (
        (table["valid"] == 0).all()
        and not table["enough"].any()
        and "97.5 %" in table["name_en"][1]
    )
    assert table["name_en"].str.contains("Californian compliance programme").sum() == 3


def test_each_stress_acts_on_the_blocks_it_is_about():
    table, valid = stressed()
    left = valid.pivot(index="stress", columns="row", values="valid")
    assert left.loc["overcredit_badgley"].tolist() == pytest.approx([706, 70.6]) and left.loc[
        "probst_all"
    ].tolist() == pytest.approx([160, 16])
    assert left.loc["label_lost"].tolist() == [1000, 0] and left.loc[
        "vintage_tighter"
    ].tolist() == [0, 100]
    assert left.loc["reversal"].tolist() == [900, 90]
    lost = table[table["name_en"].str.contains("labels")].iloc[0]
    assert (lost["credits"], lost["valid"], lost["enough"]) == (1200, 1000, False)
    assert table["enough"].tolist()[:2] == [True, False]


def test_studies_of_forests_leave_credits_of_other_projects_alone():
    wind = BLOCKS.assign(serial_scope="1")
    left = stressed(blocks=wind)[1].groupby("stress")["valid"].sum()
    assert left["overcredit_badgley"] == left["reversal"] == 1100 and left[
        "probst_all"
    ] == pytest.approx(176)
    table = stressed(blocks=wind)[0].set_index("name_en")
    about = table.index.str.contains("of the forest and land-use credits")
    assert (
        about.sum() == 4
        and (table["enough"][about] == "not_applicable").all()
        and table.loc[about, ["credits", "valid"]].isna().all(axis=None)
    )
    assert table["credits"][~about].notna().all()


def many(count):
    table = frame(
        [
            credit(i, i, project_id=str(3000 + i % 30), vintage_start=f"20{15 + i % 7}-01-01")
            for i in range(1, count + 1)
        ]
    )
    return credits.blocks(table)


def test_blocks_of_one_credit_lose_no_more_than_one_block_of_all():
    apart, whole = (
        stressed(1900, 1900, many(1900))[0],
        stressed(1900, 1900, credits.blocks(frame([credit(1, 1900)])))[0],
    )
    assert apart["valid"].tolist()[2:6] == whole["valid"].tolist()[2:6] == [1518, 1341, 1181, 304]


def test_void_blocks_are_added_to_the_need_and_only_what_lacks_is_still_to_buy():
    table = stressed(1000, 1100, BLOCKS)[0]
    lost = table[table["name_en"].str.contains("labels")].iloc[0]
    assert (lost["credits"], lost["valid"], lost["missing"], lost["enough"]) == (
        1100,
        1000,
        0,
        True,
    )
    assert table["missing"].iloc[3] == 1000 - 776 and table["missing"].iloc[1] == 100


def test_few_blocks_are_listed_by_themselves_and_many_in_groups_that_add_up():
    valid = stress.valid_credits(BLOCKS, 2025, 0.1, 2)
    few = stress.stress_listed(valid, BLOCKS)
    assert few["name_en"].tolist() == [
        "VCS 3005 · 2022 · row\u00a02",
        "VCS 3005 · 2024 · row\u00a03",
    ] and few["probst_all"].tolist() == pytest.approx([160, 16])
    assert sizing.credits_listed(BLOCKS)["serial"].tolist() == BLOCKS["serial"].tolist()
    lots = many(1900)
    grouped = stress.stress_listed(stress.valid_credits(lots, 2025, 0.1, 2), lots)
    assert (
        len(grouped) == sizing.BLOCKS_SHOWN
        and grouped["quantity"].sum() == 1900
        and grouped["name_en"].iloc[-1].startswith("others · ")
    )
    assert grouped["overcredit_badgley"].sum() == pytest.approx(1900 * 0.706)
    listed = sizing.credits_listed(lots)
    assert (
        len(listed) == sizing.BLOCKS_SHOWN
        and listed["quantity"].sum() == listed["blocks"].sum() == 1900
    )
    assert stress.stress_listed(valid[:0], BLOCKS[:0]).empty


def test_without_credits_the_way_has_no_minus_zero():
    table = residual.hierarchy(CHANGE.assign(green_t=-0.0), 0, "residual").set_index("step")
    assert not np.signbit(
        table.loc[["credits", "green_effect"], ["t_co2e", "base_share"]].to_numpy()
    ).any()


@given(st.integers(0, 10**6), st.floats(0, 0.99), st.floats(0, 0.99))
@settings(max_examples=30, deadline=None)
def test_a_larger_void_share_never_needs_fewer_credits(needed, a, b):
    low, high = (
        stress.stress_table(
            needed, needed, 0.95, 0, stress.valid_credits(BLOCKS, 2025, share, 2), share, 2
        )["credits"][6]
        for share in sorted([a, b])
    )
    assert needed <= low <= high


def test_the_way_from_the_base_year_to_what_credits_answer_for_closes():
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
    assert (
        table.t_co2e[:4].sum() == table.t_co2e["residual"] and table.base_share["residual"] == 0.25
    )
    assert residual.hierarchy(CHANGE, 5000, "unabated").set_index("step").t_co2e["remaining"] == 0


@pytest.mark.parametrize(
    ("scheme", "years", "word"),
    [
        (ISO, [], "unabated"),
        (ISO, [2024], "unabated"),
        (ISO, [2027], "residual"),
        (BEIJING, [], "residual"),
    ],
)
def test_unabated_is_not_called_residual_without_a_plan_where_the_scheme_asks_for_one(
    scheme, years, word
):
    assert residual.left_word(scheme, pd.DataFrame({"year": years}), 2025) == word


def test_a_plan_that_rises_or_lies_behind_is_odd():
    plan = pd.DataFrame({"year": [2030, 2027], "target_t": [950.0, 900.0]}, index=[2, 3])
    found = residual.plan_findings(plan, 2025, 1000.0)
    assert [(f.rule, f.row, f.severity) for f in found] == [
        ("plan_rises", 2, "odd")
    ] and "above the 900 t before it" in found[0].en
    assert [f.rule for f in residual.plan_findings(plan, 2031, 1000.0)] == ["plan_past"]
    assert (
        residual.plan_findings(plan[:0], 2025, 1000.0)
        == []
        == residual.plan_findings(plan.assign(target_t=[500.0, 900.0]), 2025, 1000.0)
    )


def test_only_retired_credits_of_the_year_count():
    held = pd.DataFrame(
        {
            "claimed_year": [2025, 2025, 2024],
            "quantity": [1000, 309, 50],
            "retired_on": pd.to_datetime(["2026-01-05", None, "2025-01-05"]),
        }
    )
    assert sizing.credits_retired(held, 2025) == 1000
    assert sizing.credits_surplus(sizing.credits_retired(held, 2025), 1309) == -309
