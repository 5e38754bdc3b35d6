"""Amounts below the base year: what the weather explains is honest, the rest is told in tonnes."""

import pandas as pd
import pytest

from neutrality.inventory import activities, falls
from neutrality.reference import emission_factors

YEARS = (2023, 2025)
HEAT_T, GAS_T = 0.11, 21.621688e-4  # of a GJ and a m3, as the published factors have it
LINE_T = 5.0


def bills(heat=(1000.0, 1000.0), gas=(45_000.0, 45_000.0), **reasons):
    """January bills of both years: heat [GJ] and gas [m3]."""
    rows = []
    for year, heat_gj, gas_m3 in zip(YEARS, heat, gas, strict=True):
        month = f"{year}-01"
        rows += [
            (month, "district_heat", "2", "inventory", heat_gj, "GJ", "heat_default"),
            (month, "natural_gas", "1", "inventory", gas_m3, "m3", "fuel_natural_gas"),
        ]
    names = ["month", "source", "scope", "line", "amount", "unit", "factor_id"]
    table = pd.DataFrame(rows, columns=names)
    said = table["source"].map(lambda source: reasons.get(source, ""))
    of_year = table["month"].str.startswith("2025")
    return table.assign(reason=said.where(of_year, ""))


def outdoor(base_c=-2.0, reporting_c=-2.0):
    """Januaries of one temperature each."""
    hours = pd.date_range("2023-01-01", "2025-12-31 23:00", freq="h", tz="Asia/Shanghai")
    return pd.Series(base_c, hours).where(hours.year < 2025, reporting_c)


def told(rows, outdoor_c=None, percent=15.0):
    """Return size [t] by rule."""
    known = emission_factors.factors()
    emitted = activities.emitted(rows, known, "AR5")
    weather = outdoor() if outdoor_c is None else outdoor_c
    found = falls.findings(rows, emitted, known, YEARS, weather, percent, LINE_T)
    return {finding.rule: finding.t_co2e for finding in found}


def test_equal_years_and_rises_are_no_finding():
    assert told(bills()) == told(bills(heat=(1000.0, 1500.0))) == {}


def test_halved_heat_is_a_finding_with_its_tonnes():
    assert told(bills(heat=(1000.0, 500.0))) == {"amount_fell": pytest.approx(-500 * HEAT_T)}


def test_a_doubled_base_year_is_one_too():
    assert told(bills(heat=(2000.0, 1000.0))) == {"amount_fell": pytest.approx(-1000 * HEAT_T)}


def test_a_mild_winter_explains_a_fall_in_proportion_to_its_degree_days():
    # 18 - (-2) = 20 K in the base year, 18 - 1 = 17 K in the other: 850 of 1,000 GJ
    assert told(bills(heat=(1000.0, 850.0)), outdoor(-2.0, 1.0)) == {}
    left = told(bills(heat=(1000.0, 800.0)), outdoor(-2.0, 1.0))
    assert left == {"amounts_fell": pytest.approx(-50 * HEAT_T)}


def test_no_weather_explains_more_than_a_fifth():
    found = told(bills(heat=(1000.0, 500.0)), outdoor(-2.0, 10.0))
    assert found == {"amount_fell": pytest.approx(-300 * HEAT_T)}


def test_the_weather_explains_no_fall_of_fuel():
    found = told(bills(gas=(45_000.0, 38_000.0)), outdoor(-2.0, 3.0), percent=10.0)
    assert found["amount_fell"] == pytest.approx(-7_000 * GAS_T, rel=1e-3)


def test_small_falls_are_told_together_with_their_sum():
    found = told(bills(heat=(1000.0, 960.0), gas=(45_000.0, 44_000.0)))
    assert found == {"amounts_fell": pytest.approx(-40 * HEAT_T - 1_000 * GAS_T, rel=1e-3)}
    assert told(bills(heat=(1000.0, 980.0), gas=(45_000.0, 44_000.0))) == {}


def test_the_sum_of_small_falls_names_both_years():
    known = emission_factors.factors()
    rows = bills(heat=(1000.0, 960.0), gas=(45_000.0, 44_000.0))
    emitted = activities.emitted(rows, known, "AR5")
    (found,) = falls.findings(rows, emitted, known, YEARS, outdoor(), 15.0, LINE_T)
    assert f"amounts of {YEARS[1]} that are lower than in {YEARS[0]} adjusted for" in found.en
    assert f"{YEARS[1]} 年有多项数量低于按气象折算的 {YEARS[0]} 年" in found.zh


def test_a_fall_with_a_reason_is_told_elsewhere_and_not_twice():
    assert told(bills(heat=(1000.0, 500.0), district_heat="new facade")) == {}


def test_only_months_that_both_years_have_are_compared():
    rows = bills()
    more = rows[:1].assign(month="2023-02", amount=900.0)
    assert told(pd.concat([rows, more], ignore_index=True)) == {}


def sentences(rows):
    known = emission_factors.factors()
    emitted = activities.emitted(rows, known, "AR5")
    found = falls.findings(rows, emitted, known, YEARS, outdoor(), 15.0, LINE_T)
    return [(each.rule, each.zh, each.en) for each in found]


def test_a_fall_names_its_base_year_and_its_year():
    ((_, zh, en),) = sentences(bills(heat=(1000.0, 500.0)))
    assert "2025 is -50% against 2023" in en
    assert "2025 年数量与按气象折算的 2023 年相比变动 -50%" in zh


def test_falls_told_together_leave_out_what_did_not_fall_and_begin_with_the_largest():
    ((rule, zh, en),) = sentences(bills(heat=(1000.0, 950.0), gas=(45_000.0, 45_000.0)))
    assert rule == "amounts_fell" and "Natural gas" not in en and "天然气" not in zh
    ((_, zh, en),) = sentences(bills(heat=(1000.0, 960.0), gas=(45_000.0, 44_000.0)))
    assert en.index("Purchased heat") < en.index(", Natural gas")
    assert zh.index("热力") < zh.index("、天然气")


def test_a_large_share_of_a_few_tonnes_is_not_told_alone():
    # half of 2,000 m3 of gas is 2.2 t, below the line of 5 t
    assert told(bills(gas=(2000.0, 1000.0))) == {}


def test_days_above_the_heating_limit_have_no_degree_days():
    outdoor_c = outdoor(-2.0, -2.0)
    warm = (outdoor_c.index.year == 2025) & (outdoor_c.index.day % 2 == 0)
    mild = outdoor_c.mask(warm, 25.0)
    # of 31 days 16 have 20 K and 15 none: 16/31, so that the weather explains its most, a fifth
    assert told(bills(heat=(1000.0, 800.0)), mild) == {}
    few = outdoor_c.mask(warm & (outdoor_c.index.day <= 6), 25.0)  # 28/31
    left = told(bills(heat=(1000.0, 850.0)), few)
    assert left == {"amounts_fell": pytest.approx((850 - 1000 * 28 / 31) * HEAT_T)}
