"""Which rule asks for which factor: published vectors, the hierarchy that closes, the double
count sized.
"""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrality.green import coverage, rules
from neutrality.inventory import views
from neutrality.reference import emission_factors, grid_factors, published

FACTORS = emission_factors.factors()
BEIJING = "grid_cn_beijing_2023"
MONTHS = [f"2025-{month:02d}" for month in range(1, 13)]
kwh = st.floats(0, 1e7)
blocks = st.lists(
    st.tuples(
        st.sampled_from(MONTHS),
        st.sampled_from(["GEC", "green_power_trade"]),
        st.sampled_from(["wind", "solar"]),
        st.floats(0, 1e6),
    ),
    max_size=8,
)
# facts on the announcement: implied MWh of 2,785 t under each published factor, one decimal
IMPLIED = {
    "grid_cn_beijing_2023": 5014.4,
    "grid_cn_beijing_2022": 4991.0,
    "grid_cn_beijing_2021": 4896.3,
    "grid_cn_beijing_2020_beijing_ets_default": 4610.9,
    "grid_cn_china_2022_ets_reporting_default": 4883.4,
    "grid_cn_china_2021_ets_reporting_default": 4793.5,
    "grid_cn_china_2015_ets_reporting_default": 4564.8,
    "grid_cn_china_2023": 5248.8,
    "grid_cn_china_2022": 5190.1,
    "grid_cn_china_2023_excl_market_traded_nonfossil": 4568.6,
    "grid_cn_china_2022_excl_market_traded_nonfossil": 4755.8,
    "grid_cn_north_china_2023": 4378.2,
    "grid_cn_north_china_2022": 4110.1,
    "grid_cn_china_2023_fossil_power": 3366.4,
    "grid_cn_north_china_2019_operating_margin_om": 2956.8,
    "grid_cn_china_2024_power_carbon_footprint_lifecycle": 4820.8,
    "grid_cn_china_2023_power_carbon_footprint_lifecycle": 4488.3,
}


def ledger_of(rows):
    return pd.DataFrame(rows, columns=["month", "instrument", "technology", "kwh"]).astype(
        {"kwh": float}
    )


@pytest.mark.parametrize("factor_id", IMPLIED)
def test_announced_avoidance_implies_the_published_mwh_under_each_factor(factor_id):
    assert rules.implied_mwh(2785, FACTORS.value[factor_id]) == pytest.approx(
        IMPLIED[factor_id], abs=0.051
    )  # 4,755.806 is published as 4,755.8


@given(st.floats(1, 1e5), st.floats(0.01, 1.5))
def test_implied_mwh_is_the_inverse_of_avoided(tonnes, factor_kg_per_kwh):
    back = views.avoided_t(rules.implied_mwh(tonnes, factor_kg_per_kwh) * 1000, factor_kg_per_kwh)
    assert back == pytest.approx(tonnes, rel=1e-12)


def test_every_official_factor_of_the_site_is_a_candidate_and_only_inventories_factors_are_usable():
    board = rules.candidates(FACTORS, "Beijing", BEIJING, 2025)
    assert set(IMPLIED) <= set(board.index) and list(board.index[board.used]) == [BEIJING]
    unusable = set(board.index[~board.usable])
    assert (
        unusable == {name for name in board.index if "lifecycle" in name or "margin" in name}
        and len(unusable) == 3
    )
    for name in unusable:
        with pytest.raises(ValueError, match="not for an inventory"):
            grid_factors.electricity_factor(name, FACTORS, "AR5")


@pytest.mark.parametrize(
    ("rule", "factor_id"),
    [
        ("JS/T 303-2026", "grid_cn_beijing_2023"),
        ("GB/T 32151 annex D.1.1", "grid_cn_china_2023"),
        ("Jing Huan Fa [2024] No. 8", "grid_cn_beijing_2020_beijing_ets_default"),
        ("GHG Protocol Scope 2 Guidance 2015", "grid_cn_beijing_2023"),
    ],
)
def test_each_rule_asks_for_its_factor(rule, factor_id):
    board = rules.candidates(FACTORS, "Beijing", BEIJING, 2025)
    assert rule in board.asked_by_en[factor_id].split("; ")
    assert board.asked_by_en[~board.usable].eq("").all()


def test_a_default_of_one_reporting_year_is_asked_for_in_that_year_only():
    default = "grid_cn_china_2022_ets_reporting_default"
    asked = {
        year: rules.candidates(FACTORS, "Beijing", BEIJING, year).asked_by_en[default]
        for year in (2022, 2025)
    }
    assert asked == {2022: "national ETS reporting", 2025: ""}


def test_years_from_recall_or_of_an_edition_are_not_printed_as_data_years():
    board = rules.candidates(FACTORS, "Beijing", BEIJING, 2025)
    assert (
        board.name_en["grid_cn_china_2015_ets_reporting_default"] == "China ETS reporting default"
    )
    assert board.name_zh["grid_cn_beijing_2020_beijing_ets_default"] == "北京 碳市场缺省值"
    assert board.name_zh["grid_cn_china_2023_fossil_power"] == "全国 化石能源电力 2023"


@pytest.mark.parametrize("data_year", ["2024", ""])
def test_a_factor_of_ones_own_stands_beside_the_official_ones(data_year):
    own = pd.DataFrame(
        [
            {
                "id": "own",
                "quantity": "power",
                "value": 0.5,
                "unit": "kgCO2/kWh",
                "gas": "CO2",
                "region": "Beijing",
                "region_level": "province",
                "basis": "location_average",
                "data_year": data_year,
                "status": "SINGLE",
                "source": "x",
            }
        ]
    )
    factors = emission_factors.factors(own)
    for province in ("Beijing", "北京"):
        board = rules.candidates(factors, province, "own", 2025)
        assert set(IMPLIED) <= set(board.index) and list(board.index[board.used]) == ["own"]
    assert list(rules.candidates(factors, "Poland", "own", 2025).index) == ["own"]


def test_rules_have_a_source_and_a_status_each():
    rows = published.table("green_rules")
    assert rows.source.str.len().gt(0).all() and rows.status.isin(["CONFIRMED", "SINGLE"]).all()


def test_switchboard_gives_avoidance_inventory_and_no_inventory_to_what_none_takes():
    columns = {
        "value": [0.5554, 0.5777, 0.9419],
        "unit": ["kgCO2/kWh", "kgCO2e/kWh", "tCO2/MWh"],
        "usable": [True, False, False],
    }
    shown = rules.switchboard(
        5_014_400, 1_000_000, 100.0, pd.DataFrame(columns, ["beijing", "footprint", "margin"])
    )
    assert shown.avoided_t.round().to_list() == [2785, 2897, 4723]
    assert (
        shown.market_t["beijing"] == pytest.approx(655.4)
        and shown.market_t[["footprint", "margin"]].isna().all()
    )
    with pytest.raises(ValueError, match="factor heat is in tCO2/GJ"):
        rules.switchboard(
            1.0,
            1.0,
            0.0,
            pd.DataFrame({"value": [0.11], "unit": ["tCO2/GJ"], "usable": True}, ["heat"]),
        )


@given(st.lists(kwh, min_size=12, max_size=12), blocks, st.sampled_from(["M", "Y"]))
def test_covered_and_uncovered_are_the_load_and_covered_never_exceeds_it(load, rows, period):
    load, counted = pd.Series(load, MONTHS), ledger_of(rows)
    matched = coverage.matched(load, coverage.by_month(counted), period)
    table = (
        rules.tiers(load.sum(), matched, counted, 5.0, FACTORS.loc[BEIJING], FACTORS.loc[BEIJING])
        .query("view == 'market'")
        .set_index("tier")
    )
    covered = table.kwh[table.index == "certificates"].sum()
    assert covered <= load.sum() * (1 + 1e-9) and covered + table.kwh[
        "grid_average"
    ] == pytest.approx(load.sum())
    assert covered == pytest.approx(matched.matched_kwh.sum()) and covered + table.kwh[
        "surplus"
    ] == pytest.approx(counted.kwh.sum())
    assert (table.t_co2.dropna() >= -1e-6).all() and pd.isna(table.t_co2["provisional"])


@given(
    st.lists(kwh, min_size=12, max_size=12),
    blocks,
    st.sampled_from(["M", "Y"]),
    st.floats(0.1, 0.9),
)
def test_splitting_a_block_changes_nothing(load, rows, period, at):
    load = pd.Series(load, MONTHS)
    halves = [
        (month, instrument, technology, part)
        for month, instrument, technology, whole in rows
        for part in (whole * at, whole - whole * at)
    ]
    one, two = (
        coverage.matched(load, coverage.by_month(ledger_of(each)), period)
        for each in (rows, halves[::-1])
    )
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize(
    ("factor_id", "tier"),
    [
        (BEIJING, "sub_national"),
        ("grid_cn_north_china_2023", "sub_national"),
        ("grid_cn_china_2023", "national"),
    ],
)
def test_location_tier_is_that_of_its_factor(factor_id, tier):
    matched = coverage.matched(pd.Series(5.0, MONTHS), coverage.by_month(ledger_of([])), "Y")
    assert (
        rules.tiers(
            60.0, matched, ledger_of([]), 0.0, FACTORS.loc[factor_id], FACTORS.loc[BEIJING]
        ).tier[0]
        == tier
    )


def test_double_count_is_the_difference_of_two_national_factors_of_one_year():
    size_t, excl, average = rules.double_count_t(1_000_000.0, FACTORS, BEIJING)
    assert (excl, average) == (0.6096, 0.5306) and size_t == pytest.approx(79.0)
    assert (
        rules.double_count_t(1e6, FACTORS, "grid_cn_china_2023_excl_market_traded_nonfossil")
        is None
    )


def test_an_average_beside_deducted_green_power_needs_a_rule_by_name():
    with pytest.raises(
        ValueError, match="counts it twice. Name the rule that prescribes it .*jst_303"
    ):
        rules.refuse_unnamed_rule("none", FACTORS, BEIJING)
    rules.refuse_unnamed_rule("jst_303", FACTORS, BEIJING)
    rules.refuse_unnamed_rule("none", FACTORS, "grid_cn_china_2023_excl_market_traded_nonfossil")


def test_another_factor_than_the_rules_own_is_reported():
    found = {
        rule: [f.rule for f in rules.findings(rule, 1e6, FACTORS, BEIJING)]
        for rule in ("jst_303", "gbt_32151", "none")
    }
    assert rules.findings("jst_303", 0.0, FACTORS, BEIJING) == []
    assert found == {
        "jst_303": ["double_count"],
        "gbt_32151": ["factor_not_of_rule", "double_count"],
        "none": [],
    }
