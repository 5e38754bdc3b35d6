"""What is undecided, in tonnes: largest first, above the line on page one, and nothing twice."""

import math

import pandas as pd
import pytest

from neutrality.report import open_evidence

CLAIMS = {
    "market_t": 100.0,
    "market_other_t": 60.0,
    "undecided_t": 40.0,
    "undecided_mwh": 80.0,
    "residual_t": 100.0,
    "market_monthly_t": 107.0,
    "market_excl_factor_t": 103.0,
    "double_count_t": 4.0,
    "left_out_t": 0.2,
    "credits_checked": 100.0,
    "credits_unchecked": 0.0,
}
BOARD = pd.DataFrame(
    [
        ("used", True, True, 2023.0, 100.0, ""),
        ("asked", False, True, float("nan"), 102.0, "a rule"),
        ("high", False, True, 2023.0, 120.0, ""),
        ("low", False, True, 2023.0, 98.0, ""),
        ("older", False, True, 2021.0, 150.0, ""),
        ("life cycle", False, False, 2023.0, float("nan"), ""),
    ],
    columns=["name_en", "used", "usable", "data_year", "market_t", "asked_by_en"],
).assign(name_zh="因子", asked_by_zh="规则")
STRESS = pd.DataFrame(
    {"kind": ["accounted", "stress", "stress"], "missing": [0, 30, 84], "name_zh": "压力"}
).assign(name_en=["as accounted", "a study", "another study"])
EMITTED = pd.DataFrame(
    [
        ("inventory", 2025, "HFC-134a", 0.01),
        ("inventory", 2025, "CO2", 900.0),
        ("memo", 2025, "HFC-134a", 5.0),
        ("inventory", 2023, "HFC-134a", 5.0),
    ],
    columns=["line", "year", "gas", "t_gas"],
)
CRITERIA = pd.DataFrame({"criterion": [2, 3, 7], "answer": ["met", "disclosed", "disclosed"]})
FOUND = pd.DataFrame(
    [
        ("certificate_registry_unchecked", "登记簿。", "the registry.", -300.0),
        ("provisional_waits", "未结算。", "waits.", 6.0),
        ("own_factor", "因子较低；请核对。", "a factor is low; compare it.", -9.0),
        ("never_used", "未使用。", "never used.", float("nan")),
    ],
    columns=["rule", "zh", "en", "t_co2e"],
)


def evidence(
    percent=5.0,
    material=("certificate_registry_unchecked", "own_factor"),
    emitted=EMITTED[:0],
    **changed,
):
    claims = pd.DataFrame({"value": CLAIMS | changed, "year": 2025})
    results = {"emitted": emitted, "switchboard": BOARD, "criteria": CRITERIA, "stress": STRESS}
    results["material_findings"] = FOUND[FOUND["rule"].isin(material)]
    line = open_evidence.line_t(claims.at["residual_t", "value"], percent)
    return open_evidence.table(claims, FOUND, results, line, "AR5")


def test_each_item_has_the_tonnes_by_which_the_residual_would_change():
    sizes = [tuple(row) for row in evidence()[["id", "t_co2e", "side"]].itertuples(index=False)]
    assert sizes == [
        ("certificate_registry", 300.0, "raises"),
        ("credits_registry", 100.0, "less_offset"),
        ("credits_stress", 84.0, "less_offset"),
        ("undecided_left_out", 40.0, "lowers"),
        ("factor_end", 20.0, "raises"),
        ("finding", 9.0, "raises"),
        ("monthly", 7.0, "raises"),
        ("provisional", 6.0, "lowers"),
        ("double_count", 4.0, "raises"),
        ("sensitivity", 3.0, "raises"),
        ("factor_asked", 2.0, "raises"),
        ("factor_end", 2.0, "lowers"),
    ]


def test_only_usable_factors_of_the_data_year_or_asked_for_by_a_rule_are_alternatives():
    named = " ".join(evidence()["name_en"])
    assert "“high”" in named and "“low”" in named and "“asked”, which a rule asks for" in named
    assert "older" not in named and "life cycle" not in named


@pytest.mark.parametrize(("percent", "above"), [(5.0, 8), (50.0, 3), (6.0, 8), (6.01, 7)])
def test_the_line_decides_what_is_material(percent, above):
    assert (evidence(percent)["material"] == "above_line").sum() == above


def test_page_one_has_the_largest_of_each_subject_and_the_findings_once():
    table = evidence()
    cautions = open_evidence.cautions(table)
    ids = ["certificate_registry", "credits_registry", "factor_end", "finding"]
    assert cautions["id"].tolist() == ids
    assert cautions["en"].iloc[-1] == "A factor is low." and cautions["zh"].iloc[-1] == "因子较低。"
    kept = open_evidence.not_repeated(FOUND, cautions)
    assert kept["rule"].tolist() == ["provisional_waits", "never_used"]


def test_counted_certificates_with_an_open_criterion_would_raise_the_residual():
    table = evidence(market_t=60.0, market_other_t=100.0, residual_t=60.0).set_index("id")
    row = table.loc["undecided_counted"]
    assert (row["t_co2e"], row["side"], row["settled_by"]) == (40.0, "raises", "site")
    assert "80 MWh" in row["caution_en"] and "raise the remainder by 40 t" in row["caution_en"]


def test_a_case_without_certificates_and_credits_leaves_nothing_of_them_open():
    claims = pd.DataFrame({"value": CLAIMS | {"undecided_t": 0.0, "credits_checked": 0.0}})
    claims["year"] = 2025
    results = {
        "emitted": EMITTED[:0],
        "switchboard": BOARD[:1],
        "criteria": CRITERIA[:0],
        "stress": STRESS,
    }
    results["material_findings"] = FOUND[:0]
    claims = claims.drop(index="double_count_t")
    ids = set(open_evidence.table(claims, FOUND[:0], results, math.inf, "AR5")["id"])
    assert ids == {"monthly", "sensitivity"}


def test_another_edition_changes_what_is_given_as_gases():
    made = evidence(emitted=EMITTED).set_index("id")
    # HFC-134a: 1,300 in AR5, 1,530 in AR6; no value of AR4 is in reference/gwp.csv
    assert made.at["edition", "t_co2e"] == pytest.approx(0.01 * (1530 - 1300))
    assert made.at["edition", "side"] == "raises" and "AR6" in made.at["edition", "name_en"]
    assert "edition" not in set(evidence(emitted=EMITTED[1:2])["id"])


def test_hours_match_less_than_the_year_by_their_share_of_the_load():
    known = {"electricity_mwh": 5000.0, "matched_mwh": 4000.0, "grid_factor": 0.5}
    made = evidence(matched_hourly_share=70.0, **known).set_index("id")
    assert made.at["hourly", "t_co2e"] == pytest.approx((4000.0 - 0.7 * 5000.0) * 0.5)
    other = evidence(matched_hourly_share=70.0, uncovered_factor=0.6, **known).set_index("id")
    assert other.at["hourly", "t_co2e"] == pytest.approx(500.0 * 0.6)
