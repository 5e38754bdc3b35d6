"""The attribution closes, finds the weather and the measures that were made, and shows nothing that
noise could be.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_month_models import bills, months, outdoor

from neutrality.case import tables
from neutrality.energy import attribution as of_energy
from neutrality.inventory import attribution
from neutrality.trend import building, statements

CASE = Path(__file__).parents[1] / "params" / "china-mobile-hq"
ZONE, YEARS = "Asia/Shanghai", (2023, 2025)
ABOUT = {"model": "towt", "resolution": "hours", "level": 0.9}
AMOUNT = st.floats(0, 1e7, allow_nan=False)


def saved(**by_use):
    """A table of savings: use = (prediction, saving, half width)."""
    rows = [[use, p, s, s - half, s + half] for use, (p, s, half) in by_use.items()]
    return pd.DataFrame(
        rows, columns=["meter", "predicted_kwh", "savings_kwh", "low_kwh", "high_kwh"]
    )


def one(table):
    assert len(table) == 1
    return table.iloc[0]


PARTS = ["weather_amount", "activity_amount", "measures_amount", "other_amount"]


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(AMOUNT, AMOUNT),
    st.tuples(AMOUNT, AMOUNT),
    st.floats(-1e6, 1e6),
    st.floats(0, 1e6),
    st.floats(-0.5, 0.5),
)
def test_the_parts_of_electricity_close(amounts, predicted, saving, half, occupied):
    row = one(
        of_energy.of_meter(
            amounts, predicted, saved(lighting=(1e6, saving, half)), {"lighting"}, occupied, **ABOUT
        )
    )
    assert row[PARTS].sum() == pytest.approx(amounts[1] - amounts[0], rel=1e-9, abs=1e-6)


def test_only_end_uses_with_a_measure_and_an_interval_off_zero_count():
    table = saved(
        main=(1000.0, 90.0, 200.0),
        cooling=(300.0, 20.0, 30.0),
        lighting=(300.0, 50.0, 10.0),
        servers=(300.0, 40.0, 10.0),
    )
    row = one(of_energy.of_meter((1000, 900), (1000, 990), table, {"cooling", "lighting"}, **ABOUT))
    assert (row.measures_amount, row.measures_low, row.measures_high) == (-50, -60, -40)
    assert row.demonstrated == "lighting"
    assert (row.weather_amount, row.other_amount) == (-10, -40)


def test_an_increase_that_is_shown_counts_against_the_measures():
    table = saved(cooling=(300.0, -60.0, 30.0), lighting=(300.0, 50.0, 10.0))
    row = one(of_energy.of_meter((1000, 900), (1000, 990), table, {"cooling", "lighting"}, **ABOUT))
    assert (row.measures_amount, row.measures_low, row.measures_high) == (10, -30, 50)


def test_nothing_shown_has_no_interval():
    table = saved(lighting=(300.0, 50.0, 60.0))
    row = one(of_energy.of_meter((1000, 900), (1000, 990), table, {"lighting"}, **ABOUT))
    assert row.measures_amount == 0 and np.isnan(row.measures_low) and row.demonstrated == ""


def test_fewer_people_are_no_saving_of_a_measure():
    table = saved(lighting=(300.0, 50.0, 10.0))
    row = one(of_energy.of_meter((1000, 900), (1000, 990), table, {"lighting"}, -0.15, **ABOUT))
    assert row.activity_amount == pytest.approx(-0.15 * 990)
    # 45 of the 50 kWh are what fewer people would have used less: 5 +- 10 shows nothing.
    assert row.measures_amount == 0


def test_a_measure_before_the_base_year_or_after_the_reporting_year_counts_nowhere():
    since = pd.to_datetime(["2022-05-01", "2024-03-01", "2026-01-01"])
    measures = pd.DataFrame({"end_use": ["cooling", "lighting", "heat"], "since": since})
    assert of_energy.in_force(measures, YEARS) == {"lighting"}


def test_occupants_without_a_year_are_refused_and_no_share_asks_for_none():
    table = pd.DataFrame({"month": ["2023-01"], "occupants": [100.0]})
    assert of_energy.occupancy_change(table[:0], YEARS, 0.0) == 0
    with pytest.raises(ValueError, match="no occupants in 2025"):
        of_energy.occupancy_change(table, YEARS, 0.3)


@pytest.mark.parametrize("written", ["11-15", "11-31/03-15", "November/March", "11-15/03-15/04-01"])
def test_a_heating_season_that_is_none_is_refused(written):
    with pytest.raises(ValueError, match="heating_season is"):
        of_energy.season(written)


def activities(made, source="heat", unit="GJ", factor_id="heat_default"):
    """Bills as rows of the table activities."""
    month = made["start"].dt.strftime("%Y-%m")
    same = {"source": source, "scope": "2", "line": "inventory", "unit": unit}
    return pd.DataFrame(same | {"month": month, "amount": made["amount"], "factor_id": factor_id})


def heat(saving=0.0, noise=0.0, seed=0, warmer=1.5):
    """Heat bills of 2023 and 2024 and the weather; the second year is warmer, and saves a share."""
    temperature, rng = outdoor(seed, warmer), np.random.default_rng(seed)
    made = [
        bills(months(year), temperature, base=20.0, heat=4.0, heat_c=16.0) for year in (2023, 2024)
    ]
    truth = made[1]["amount"].sum() - made[0]["amount"].sum()
    made[1]["amount"] *= 1 - saving
    both = pd.concat(made, ignore_index=True)
    both["amount"] *= 1 + noise * rng.standard_normal(len(both))
    return activities(both), temperature, truth


def test_the_weather_of_heat_is_found_and_the_rest_is_not_shown_without_a_measure():
    rows, temperature, truth = heat(saving=0.3)
    row = one(of_energy.of_bills(rows, temperature, (2023, 2024), set(), 0.9))
    assert row.weather_amount == pytest.approx(truth, rel=1e-6) and truth < 0
    assert row.measures_amount == 0
    assert row.other_amount == pytest.approx(-0.3 * row.reporting_amount / 0.7, rel=1e-6)


def test_a_large_saving_of_a_measure_is_shown_and_one_within_drift_and_noise_is_not():
    for saving, shown in ((0.3, True), (0.05, False)):
        rows, temperature, _ = heat(saving, noise=0.03, seed=4)
        row = one(of_energy.of_bills(rows, temperature, (2023, 2024), {"heat"}, 0.9))
        assert (row.demonstrated == "heat") == shown
        if shown:
            truth = -saving * row.reporting_amount / (1 - saving)
            assert row.measures_low < truth < row.measures_high < 0
        assert row[PARTS].sum() == pytest.approx(row.reporting_amount - row.base_amount, rel=1e-9)


@pytest.mark.slow
def test_noise_alone_shows_a_measure_as_rarely_as_the_level_says():
    """Without a saving the interval holds 0; drift, which is not made here, widens it."""
    shown = 0
    for seed in range(30):
        rows, temperature, _ = heat(noise=0.03, seed=seed)
        row = one(of_energy.of_bills(rows, temperature, (2023, 2024), {"heat"}, 0.9))
        shown += row.demonstrated == "heat"
    assert shown <= 3


def test_what_cannot_be_modelled_says_why_and_is_not_shown():
    rows, temperature, _ = heat()
    few = rows[rows["month"].str[5:].isin(["01", "02", "03"])]
    row = one(of_energy.of_bills(few, temperature, (2023, 2024), {"heat"}, 0.9))
    assert (row.why, row.weather_amount) == ("too_few_bills", 0)
    assert row.other_amount == pytest.approx(row.reporting_amount - row.base_amount)
    mixed = rows.assign(unit=["GJ", "MWh"] * 12)
    row = one(of_energy.of_bills(mixed, temperature, (2023, 2024), {"heat"}, 0.9))
    assert row.why == "several_units" and np.isnan(row.base_amount)
    refilled = rows.assign(factor_id="R-410A")
    assert of_energy.of_bills(refilled, temperature, (2023, 2024), set(), 0.9).empty


def seasonal(rows_of_zero):
    """Heat bills of 15 November to 15 March, with or without rows of 0 in the other months."""
    temperature = outdoor(1, warmer=2.0)
    made = []
    for year in (2023, 2024):
        supplied = of_energy._periods([f"{year}-{m:02}" for m in (1, 2, 3, 11, 12)], SEASON)
        amount = bills(supplied, temperature, heat=4.0, heat_c=18.0)["amount"].to_numpy()
        of_year = months(year).assign(amount=0.0)
        of_year.loc[[0, 1, 2, 10, 11], "amount"] = amount
        made.append(of_year)
    both = pd.concat(made, ignore_index=True)
    return activities(both if rows_of_zero else both[both["amount"] > 0]), temperature


SEASON = ("11-15", "03-15")


@pytest.mark.parametrize("rows_of_zero", [False, True])
def test_heat_of_a_season_that_begins_within_a_month_is_modelled_by_its_days(rows_of_zero):
    rows, temperature = seasonal(rows_of_zero)
    year = (2023, 2024)
    row = one(of_energy.of_bills(rows, temperature, year, set(), 0.9, heated=SEASON))
    assert (row.model, row.heating_c) == ("degree_days_heating_only", 18.0)
    change = row.reporting_amount - row.base_amount
    assert row.weather_amount == pytest.approx(change, rel=1e-6) and change < 0
    assert not of_energy.season_findings(pd.DataFrame([row]), rows, year, SEASON)
    blind = of_energy.of_bills(rows, temperature, year, set(), 0.9)
    (found,) = of_energy.season_findings(blind, rows, year, None)
    assert found.rule == "season_not_given" and "used in 5 months" in found.en
    assert not of_energy.season_findings(blind.assign(why="no_response"), rows, year, None)


def test_a_missing_bill_changes_the_rest_and_not_the_weather():
    rows, temperature, _ = heat()
    whole, lacking = (
        one(of_energy.of_bills(each, temperature, (2023, 2024), set(), 0.9))
        for each in (rows, rows[rows["month"] != "2024-01"])
    )
    assert whole.weather_amount == pytest.approx(lacking.weather_amount)
    assert lacking.other_amount < whole.other_amount


# The inventory's side: tonnes.


def base_year(heat_t=(100.0, 80.0), grid=(500.0, -50.0, -300.0, -20.0), refrigerant=(5.0, 4.0)):
    """A table base_year: heat and refrigerant in both views, electricity in each."""
    base, activity, green, factor = grid

    def line(view, source, base_t, activity_t, green_t=0.0, factor_t=0.0):
        change = activity_t + green_t + factor_t
        return [view, source, base_t, activity_t, green_t, factor_t, base_t + change, change]

    rows = [
        line("both", "heat", heat_t[0], heat_t[1] - heat_t[0]),
        line("both", "refrigerant", refrigerant[0], refrigerant[1] - refrigerant[0]),
        line("location", "grid_electricity", base, activity, 0.0, factor),
        line("market", "grid_electricity", base, activity, green, factor),
    ]
    columns = ["view", "source", "base_t", "activity_t", "green_t", "factor_t", "reporting_t"]
    table = pd.DataFrame(rows, columns=[*columns, "change_t"])
    totals = [
        table[table["view"].isin(["both", view])].drop(columns=["view", "source"]).sum()
        for view in ("location", "market")
    ]
    named = pd.DataFrame(totals).assign(view=["location", "market"], source="total")
    return pd.concat([table, named], ignore_index=True)


def energy_change(electricity=(1000.0, 900.0), heat_gj=(800.0, 640.0)):
    rows = of_energy.of_meter(
        electricity, (1000, 980), saved(lighting=(300.0, 50.0, 10.0)), {"lighting"}, **ABOUT
    )
    of_heat = rows.assign(source="heat", unit="GJ", base_amount=heat_gj[0])
    of_heat = of_heat.assign(reporting_amount=heat_gj[1], weather_amount=-100.0)
    of_heat[["measures_amount", "measures_low", "measures_high"]] = [0.0, np.nan, np.nan]
    return pd.concat([rows, of_heat], ignore_index=True)


def closes(made):
    parts = made["base_t"] + made[attribution.PARTS].sum(axis=1)
    return (parts - made["reporting_t"]).abs().max() <= 1e-9 * made["base_t"].abs().max()


TONNES = st.floats(0.1, 1e5)


@settings(max_examples=60, deadline=None)
@given(st.tuples(TONNES, TONNES), st.tuples(TONNES, TONNES), st.floats(-1e4, 0), st.floats(-9, 9))
def test_tonnes_close_for_each_source_view_and_total(heat_t, refrigerant, green, factor):
    table = base_year(heat_t, (500.0, -50.0, green, factor), refrigerant)
    made = attribution.in_tonnes(table, energy_change())
    assert closes(made)
    wanted = table.set_index(["view", "source"])
    found = made.set_index(["view", "source"])
    for column in ("base_t", "reporting_t", "change_t"):
        np.testing.assert_allclose(found[column], wanted[column], rtol=1e-9, atol=1e-9)


def test_amounts_are_valued_at_the_base_years_factor_by_hand():
    made = attribution.in_tonnes(base_year(), energy_change()).set_index(["view", "source"])
    market = made.loc[("market", "grid_electricity")]  # 0.5 t a kWh
    assert market[attribution.PARTS].tolist() == [-10, 0, -25, -15, -300, -20]
    assert (market.measures_low_t, market.measures_high_t) == (-30, -20)
    of_heat = made.loc[("both", "heat")]  # 0.125 t a GJ
    assert of_heat[attribution.PARTS].tolist() == [-12.5, 0, 0, -7.5, 0, 0]
    gas = made.loc[("both", "refrigerant")]
    assert gas[attribution.PARTS].tolist() == [0, 0, 0, -1, 0, 0]
    assert made.loc[("market", "total"), "weather_t"] == -22.5


def test_another_factor_of_heat_is_a_factor_and_not_an_effect_of_the_site():
    changed = base_year(heat_t=(100.0, 64.0))  # 640 GJ at 0.1 t and no longer at 0.125
    made = attribution.in_tonnes(changed, energy_change()).set_index(["view", "source"])
    assert made.loc[("both", "heat"), "factor_t"] == pytest.approx(-16)
    assert made.loc[("both", "heat"), "other_t"] == pytest.approx(-7.5)
    stated = statements.change_on_base(made.reset_index(), energy_change())
    assert stated["fuel_factor_effect_t"].value == pytest.approx(-16)


def test_electricity_of_another_run_is_refused():
    with pytest.raises(ValueError, match="run notebooks 01 and 02 again"):
        attribution.in_tonnes(base_year(), energy_change(electricity=(1000.0, 800.0)))


def test_a_new_source_is_not_shown():
    made = attribution.in_tonnes(
        base_year(heat_t=(0.0, 80.0)), energy_change(heat_gj=(0.0, 640.0)).replace({-100.0: 0.0})
    ).set_index(["view", "source"])
    assert made.loc[("both", "heat"), "other_t"] == 80


HIERARCHY = pd.DataFrame(
    {
        "step": ["base_inventory", "activity_effect", "factor_effect", "green_effect", "unabated"]
        + ["credits", "remaining"],
        "t_co2e": [605.0, -71.0, -20.0, -300.0, 214.0, -214.0, 0.0],
    }
)


def test_steps_lead_from_the_base_year_to_what_is_left():
    steps = attribution.steps(HIERARCHY, attribution.in_tonnes(base_year(), energy_change()))
    assert "occupancy_effect" not in set(steps["step"]) and "unabated" in set(steps["step"])
    levels = steps.set_index("step")
    between = steps[~steps["total"] & (steps["step"] != "credits")]["t_co2e"].sum()
    assert levels.at["base_inventory", "t_co2e"] + between == pytest.approx(214, rel=1e-9)
    parts = ["weather_effect", "measures_effect", "not_shown"]
    assert levels.loc[parts, "t_co2e"].sum() == pytest.approx(-71, rel=1e-9)
    assert (levels.at["measures_effect", "low_t"], levels["low_t"].count()) == (-30, 1)


def test_credits_whose_serial_was_not_checked_stay_a_last_line():
    unchecked = pd.DataFrame({"step": ["credits_unchecked"], "t_co2e": [-9.0]})
    hierarchy = pd.concat([HIERARCHY, unchecked], ignore_index=True)
    made = attribution.steps(hierarchy, attribution.in_tonnes(base_year(), energy_change()))
    last = made.iloc[-1]
    assert (last.step, last.t_co2e, last.total) == ("credits_unchecked", -9, False)


def test_what_follows_people_is_a_step_and_a_claim_of_its_own():
    peopled = energy_change().assign(activity_amount=[-30.0, -40.0])
    made = attribution.in_tonnes(base_year(), peopled)
    steps = attribution.steps(HIERARCHY, made).set_index("step")
    # 30 kWh at 0.5 t and 40 GJ at 0.125 t, taken out of what is not shown
    assert steps.at["occupancy_effect", "t_co2e"] == pytest.approx(-20)
    alone = attribution.steps(HIERARCHY, attribution.in_tonnes(base_year(), energy_change()))
    unpeopled = alone.set_index("step").at["not_shown", "t_co2e"]
    assert steps.at["not_shown", "t_co2e"] == pytest.approx(unpeopled + 20)
    stated = statements.change_on_base(made, peopled)
    assert stated["occupancy_effect_t"].value == pytest.approx(-20)


def test_what_is_stated_is_a_reduction_only_where_it_is_shown():
    made = attribution.in_tonnes(base_year(), energy_change())
    stated = statements.change_on_base(made, energy_change())
    shown = stated["demonstrated_reduction_t"]
    assert (shown.value, shown.low, shown.high, shown.level) == (25, 20, 30, 0.9)
    assert stated["weather_effect_heat_fuels_t"].value == -12.5
    assert "occupancy_effect_t" not in stated and "fuel_factor_effect_t" not in stated
    of_grid = made["source"].isin(["grid_electricity", "total"])
    rose = made.assign(measures_t=5.0, measures_low_t=1.0, measures_high_t=9.0).where(of_grid, made)
    stated = statements.change_on_base(rose, energy_change())
    assert stated["demonstrated_reduction_t"].value == 0
    assert stated["demonstrated_increase_t"].low == 1


def test_lmdi_and_the_attribution_have_the_same_total():
    used = pd.DataFrame(
        {"kwh": [1000.0, 900.0], "normalised_kwh": [1000.0, 930.0]},
        pd.Index(YEARS, name="year"),
    )
    table = base_year()
    rows = [
        {"year": year, "view": view, "source": line.source, "line": "inventory", "t_co2e": tonnes}
        for line in table[table["source"] != "total"].itertuples()
        for view in (("location", "market") if line.view == "both" else (line.view,))
        for year, tonnes in zip(YEARS, (line.base_t, line.reporting_t), strict=True)
    ]
    ratios = {2025: building.weather_ratios(energy_change())}
    drivers = building.drivers(used, pd.DataFrame(rows), 2023, ratios)
    by_cause = building.lmdi.by_attribution(drivers, "view")
    made = building.reconciled(by_cause, attribution.in_tonnes(table, energy_change()))
    total = made[made["who"] == "total"]
    assert total["difference_t"].abs().max() < 1e-9 * 605
    without = building.drivers(used, pd.DataFrame(rows), 2023)
    weather = [
        building.lmdi.by_attribution(each, "view").set_index(["view", "who"])["effect_t"]
        for each in (drivers, without)
    ]
    # Of the heat, L(100, 80) ln(700 / 800) is the weather's and no longer the site's.
    moved = 20 / np.log(100 / 80) * np.log(7 / 8)
    for view in ("location", "market"):
        difference = weather[0] - weather[1]
        assert difference[(view, "weather")] == pytest.approx(moved)
        assert difference[(view, "site")] == pytest.approx(-moved)


def test_what_there_was_none_of_is_no_step():
    none = HIERARCHY.assign(t_co2e=HIERARCHY["t_co2e"].mask(HIERARCHY["step"] == "credits", 0.0))
    steps = attribution.steps(none, attribution.in_tonnes(base_year(), energy_change()))
    assert not {"credits", "remaining"} & set(steps["step"])
    assert (steps["t_co2e"][steps["step"].str.endswith("_effect")] != 0).sum() >= 2


def test_steps_are_numbered_without_those_left_out_and_fewer_people_are_one():
    peopled = energy_change().assign(activity_amount=[-30.0, -40.0])
    for change, named in ((energy_change(), False), (peopled, True)):
        steps = attribution.steps(HIERARCHY, attribution.in_tonnes(base_year(), change))
        assert ("occupancy_effect" in set(steps["step"])) == named
        assert steps.index.tolist() == [*range(len(steps))] and "index" not in steps


# The first case.


def test_the_heat_of_the_first_case_fell_with_its_degree_days():
    weather = tables.read(CASE, "weather", ZONE)
    days = of_energy.outdoor_by_day(weather, ZONE, list(YEARS))
    heated = of_energy.season("11-15/03-15")
    rows = tables.read(CASE, "activities").query("source == 'district_heat'")
    row = one(of_energy.of_bills(rows, days, YEARS, set(), 0.9, heated=heated))
    assert (row.model, row.heating_c) == ("degree_days_heating_only", 18.0)
    of_day = pd.Series(days.index.strftime("%m-%d"), days.index)
    short = (18 - days).clip(lower=0)[(of_day >= "11-15") | (of_day <= "03-15")]
    by_year = short.groupby(short.index.year).sum()
    expected = (by_year[2025] / by_year[2023] - 1) * row.base_amount
    assert by_year[2025] / by_year[2023] - 1 == pytest.approx(-0.125, abs=0.002)
    assert row.weather_amount == pytest.approx(expected, abs=2 * row.weather_error_amount)
    assert row.weather_error_amount < 0.01 * row.base_amount
    assert row.other_amount < 0 and row.measures_amount == 0
