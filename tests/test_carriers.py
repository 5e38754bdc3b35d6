"""Energy carriers: a published total rebuilt, two conventions, and drivers of companies with known
changes.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from neutrality.case import tables
from neutrality.reference import emission_factors, published
from neutrality.trend import carriers, lmdi, series

CASE = Path(__file__).parent.parent / "params" / "china-mobile-hq"
PEER = "China Telecom Corp"
COEFFICIENTS, FACTORS = published.coefficients(), emission_factors.factors()


@pytest.fixture(scope="module")
def figures():
    return series.read(tables.read(CASE, "company"))


def decomposed(figures, convention="calorific", entity=PEER, activity=None):
    coal = carriers.standard_coal(carriers.amounts(figures, entity), COEFFICIENTS, convention)
    activity = carriers.implied_activity(figures, entity) if activity is None else activity
    return carriers.drivers(figures, entity, activity, coal, FACTORS)


def test_standard_coal_of_china_telecom_is_rebuilt_within_0_1_percent_in_one_convention_only(
    figures,
):
    check = carriers.convention_check(figures, PEER, COEFFICIENTS).set_index(
        ["convention", "year"]
    )["difference_percent"]
    assert check["calorific"].round(3).to_dict() == {2017: -0.084, 2018: -0.039, 2019: -0.043}
    assert (check["coal_consumption"] > 130).all()


def test_the_two_conventions_give_the_printed_totals_of_one_company():
    # 8.2 TWh were printed as 1.01 Mtce in 2010, at 0.1229 kgce/kWh; the 0.3375 behind 8.0 TWh = 2.7
    # Mtce is no coefficient here.
    power = pd.DataFrame({"electricity_total": {2009: 8.2}})
    assert carriers.standard_coal(power, COEFFICIENTS).iloc[0, 0] / 1e6 == pytest.approx(
        1.01, abs=0.005
    )
    assert carriers.standard_coal(power, COEFFICIENTS, "coal_consumption").iloc[
        0, 0
    ] / 1e6 == pytest.approx(2.542)
    with pytest.raises(
        ValueError,
        match="energy convention 'coal' is unknown; choose one of calorific, coal_consumption",
    ):
        carriers.standard_coal(power, COEFFICIENTS, "coal")


def test_coefficients_keep_their_status():
    status = COEFFICIENTS.loc[list(carriers.CARRIERS.values()), "status"]
    assert status["sce_rawcoal"] == "RECALLED" and status["sce_electricity"] == "CONFIRMED"


def test_a_year_without_one_carrier_is_not_compared_and_an_absent_entity_has_none(figures):
    lost = figures[~((figures["metric"] == "diesel") & (figures["year"] == 2018))]
    assert sorted(set(carriers.convention_check(lost, PEER, COEFFICIENTS)["year"])) == [2017, 2019]
    assert carriers.convention_check(figures, "nobody", COEFFICIENTS).empty
    assert decomposed(figures, entity="nobody").empty


def test_carriers_sum_to_the_published_scopes(figures):
    emitted = carriers.emitted_t(figures, PEER, FACTORS)
    published = sum(series.published_series(figures, PEER, f"ghg_scope{scope}") for scope in (1, 2))
    assert emitted.sum(axis=1).div(1e6).to_dict() == pytest.approx(
        published[[2017, 2018, 2019]].to_dict(), rel=1e-12
    )
    per_kwh = (
        emitted["electricity_total"] / carriers.amounts(figures, PEER)["electricity_total"] / 1e6
    )
    assert per_kwh.round(3).to_list() == [
        0.679,
        0.678,
        0.677,
    ]  # kg/kWh: what the operator must have used


def test_revenue_implied_by_two_published_figures_agrees_with_a_third(figures):
    implied = carriers.implied_activity(figures, PEER)
    per_revenue = (
        1000
        * series.published_series(figures, PEER, "ghg_scope1_2")
        / series.published_series(figures, PEER, "ghg_intensity_revenue")
    )
    pd.testing.assert_series_equal(
        implied["revenue"], per_revenue[[2017, 2018, 2019]], rtol=2e-3, check_names=False
    )


def test_drivers_sum_and_multiply_to_the_published_change(figures):
    last = decomposed(figures).query("year == 2019")
    change, ratio = 13.55 - 11.51, 13.55 / 11.51
    for basis, rows in last.groupby("basis"):
        assert (
            rows["effect_mt"].sum() == pytest.approx(change, abs=1e-9) == rows["chained_mt"].sum()
        ), basis
        assert rows["ratio"].prod() == pytest.approx(ratio, rel=1e-9)


def test_the_same_company_improved_per_traffic_and_worsened_per_revenue(figures):
    effect = lmdi.by_attribution(decomposed(figures), "view", "basis").set_index(["basis", "who"])[
        "effect_mt"
    ]
    assert effect["revenue", "company"] > 1 and effect["data", "company"] < -4
    assert effect["revenue", "grid_and_green_power"] == pytest.approx(
        effect["data", "grid_and_green_power"], rel=1e-9
    )


def test_effects_by_attribution_do_not_depend_on_the_energy_convention(figures):
    one, other = (
        lmdi.by_attribution(decomposed(figures, convention), "view", "basis")
        for convention in carriers.CONVENTIONS
    )
    pd.testing.assert_frame_equal(one, other, rtol=1e-9)
    mix = [
        decomposed(figures, convention).query("driver == 'carrier_mix'")["effect_mt"].iloc[-1]
        for convention in carriers.CONVENTIONS
    ]
    assert mix[0] != pytest.approx(mix[1], rel=0.1)  # the split between mix and intensity does


# A simulated company: 10 TWh, then 12 TWh at a lower grid factor, of which a share is green


def company(green_twh, market_mt, location_mt=(5.0, 5.4), grown=1.0, coal_t=(10.0, 10.0)):
    level = {
        "natural_gas": ("10^4 m3", (100.0, 100.0)),
        "coal": ("t", coal_t),
        "gasoline": ("t", (10.0, 10.0)),
        "diesel": ("t", (10.0, 10.0)),
        "purchased_heat": ("GJ", (0.0, 0.0)),
        "electricity_total": ("TWh", (10.0, 12.0)),
        "ghg_scope1": ("t", (2200.0, 2200.0)),
        "ghg_scope2_location": ("Mt", location_mt),
        "ghg_scope2_market": ("Mt", market_mt),
        "operating_revenue": ("RMB bn", (100.0, 100.0 * grown)),
    } | ({"green_electricity": ("TWh", green_twh)} if green_twh else {})
    rows = [
        {
            "entity": "A",
            "year": 2020 + place,
            "metric": metric,
            "value": value,
            "unit": unit,
            "boundary": "group",
            "source": "made",
            "status": "SINGLE",
        }
        for metric, (unit, values) in level.items()
        for place, value in enumerate(values)
    ]
    return series.read(pd.DataFrame(rows))


def effects_of(figures):
    revenue = series.published_series(figures, "A", "operating_revenue").to_frame("revenue")
    return lmdi.by_attribution(decomposed(figures, entity="A", activity=revenue), "view").set_index(
        ["view", "who"]
    )["effect_mt"]


def test_both_views_are_decomposed_and_the_grid_is_separate_from_green_power():
    # 0.50 -> 0.45 kg/kWh; half of the second year's power is green.
    effect = effects_of(company((0.0, 6.0), (5.0, 2.7)))
    assert effect["location", "grid"] == pytest.approx(
        -(0.4 / np.log(5.4 / 5.0)) * np.log(0.5 / 0.45), rel=1e-6
    )
    assert (
        effect["location", "company"] > 0 > effect["market", "company"]
        and effect["market", "grid"] < 0
    )
    assert abs(effect["market", "grid"]) < abs(effect["location", "grid"])
    for view, change in (("location", 0.4), ("market", -2.3)):
        assert effect[view].sum() == pytest.approx(change, abs=1e-9)


def test_full_green_power_is_attributed_to_the_company_and_not_to_the_grid():
    effect = effects_of(company((0.0, 12.0), (5.0, 0.0)))
    assert (
        effect["market", "company"] == pytest.approx(-5.0, abs=1e-6)
        and effect["market", "grid"] == 0
    )
    assert effect["market"].sum() == pytest.approx(-5.0, abs=1e-9)


def test_coal_that_is_given_up_is_an_effect_of_the_mix_alone():
    figures = company((0.0, 0.0), (5.0, 5.0), (5.0, 5.0), coal_t=(1e5, 0.0))
    revenue = series.published_series(figures, "A", "operating_revenue").to_frame("revenue")
    coal = carriers.standard_coal(carriers.amounts(figures, "A"), COEFFICIENTS)
    known = carriers.factors_by_year(
        coal, carriers.emitted_t(figures, "A", FACTORS, "market"), revenue["revenue"]
    )
    effect = lmdi.additive(known[2020], known[2021]).loc["coal"]
    assert (
        effect["carrier_mix"]
        == -carriers.emitted_t(figures, "A", FACTORS, "market").at[2020, "coal"]
    )
    assert effect["other_factors"] == 0


def test_a_fall_from_full_green_power_is_attributed_to_the_company():
    effect = effects_of(company((10.0, 6.0), (0.0, 2.7)))
    assert effect["market", "grid"] == 0 and effect["market", "company"] == pytest.approx(
        2.7, abs=1e-6
    )


def test_without_the_green_share_grid_and_green_power_are_one_sum():
    effect = effects_of(company(None, (5.0, 2.7)))
    assert "grid_and_green_power" in effect["market"]
    assert "grid" not in effect["market"]
    assert "grid" in effect["location"]


def test_metrics_missing_for_a_decomposition_are_named(figures):
    assert carriers.missing_metrics(figures, PEER) == []
    assert carriers.missing_metrics(figures, "China Mobile Ltd") == list(carriers.CARRIERS)


def test_scope_1_of_an_all_electric_company_belongs_to_no_carrier():
    figures = company((0.0, 6.0), (5.0, 2.7), coal_t=(0.0, 0.0))
    fuels = figures["metric"].isin(["natural_gas", "gasoline", "diesel"])
    figures.loc[fuels, ["value", "amount"]] = 0.0
    emitted = carriers.emitted_t(figures, "A", FACTORS, "location")
    assert emitted[carriers.OTHER].to_list() == pytest.approx([2200, 2200])
    assert emitted.sum(axis=1).to_list() == pytest.approx([5_002_200, 5_402_200])
    assert effects_of(figures)["market"].sum() == pytest.approx(-2.3, abs=1e-9)


def test_emissions_that_remain_under_full_green_power_are_a_finding_and_other_factors():
    effect = effects_of(company((0.0, 12.0), (5.0, 0.02)))
    assert (
        effect["market"].sum() == pytest.approx(-4.98, abs=1e-9) and effect["market", "grid"] == 0
    )
    assert effect["market", "other_factors"] == pytest.approx(0.02, abs=1e-3)
    found = carriers.green_power_findings(company((0.0, 12.0), (5.0, 0.02)), "A", FACTORS)
    assert [each.rule for each in found] == ["green_yet_emitting"]
    assert "2021" in found[0].en
    assert "0.02 百万吨" in found[0].zh
    assert carriers.green_power_findings(company((0.0, 12.0), (5.0, 0.0)), "A", FACTORS) == []


MT = st.integers(0, 600).map(lambda of: of / 100)


@settings(max_examples=10)  # a tenth of a second each; the corners are examples of their own
@example(12.0, 0.0, 0.0, (1e5, 0.0))
@example(0.0, 0.0, 0.0, (0.0, 0.0))
@example(12.0, 6.0, 0.0, (10.0, 10.0))
@example(0.0, 0.0, 6.0, (1e5, 0.0))
@given(
    st.integers(0, 1200).map(lambda of: of / 100),
    MT,
    MT,
    st.sampled_from([(10.0, 10.0), (0.0, 0.0), (1e5, 0.0)]),
)
def test_effects_sum_to_the_published_change_for_any_figures(
    green_twh, market_mt, location_mt, coal_t
):
    effect = effects_of(
        company((0.0, green_twh), (5.0, market_mt), (5.0, location_mt), coal_t=coal_t)
    )
    assert effect["market"].sum() == pytest.approx(market_mt - 5.0, abs=1e-9)
    assert effect["location"].sum() == pytest.approx(location_mt - 5.0, abs=1e-9)


def test_impossible_green_power_and_scope_2_are_refused_with_row_and_value():
    with pytest.raises(
        ValueError,
        match="company.csv, row 21, column value: found '12.5'; "
        "green_electricity of A in 2021 is more than all its electricity, 12",
    ):
        carriers.green_share(company((0.0, 12.5), (5.0, 2.7)), "A")
    figures = company((0.0, 6.0), (5.0, 2.7))
    figures.loc[figures["metric"] == "purchased_heat", "amount"] = 3e7
    with pytest.raises(
        ValueError,
        match="column value: found '2.7'; "
        "ghg_scope2_market of A in 2021 is less than its purchased_heat emits, 3.3 Mt",
    ):
        carriers.emitted_t(figures, "A", FACTORS, "market")


def test_scope_2_in_both_views_suffices_and_both_views_need_the_same_years():
    figures = company((0.0, 6.0), (5.0, 2.7))
    assert carriers.missing_metrics(figures, "A") == []
    assert carriers.missing_metrics(figures[figures["metric"] != "ghg_scope2_market"], "A") == [
        "ghg_scope2_market"
    ]
    assert carriers.missing_metrics(
        figures[~figures["metric"].str.startswith("ghg_scope2")], "A"
    ) == ["ghg_scope2"]
    once = figures[~((figures["metric"] == "ghg_scope2_market") & (figures["year"] == 2021))]
    assert carriers.missing_metrics(once, "A") == []
    assert decomposed(
        once,
        entity="A",
        activity=series.published_series(once, "A", "operating_revenue").to_frame("revenue"),
    ).empty


def test_emissions_of_another_boundary_than_the_carriers_are_a_finding(figures):
    assert (
        carriers.boundary_findings(figures, PEER) == [] == carriers.boundary_findings(figures, "")
    )
    of_group = figures.assign(
        boundary=figures["boundary"].where(figures["metric"] != "ghg_scope2", "group")
    )
    assert [each.rule for each in carriers.boundary_findings(of_group, PEER)] == [
        "boundaries_mixed"
    ]
