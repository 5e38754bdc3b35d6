"""Location and market view: published vectors, identities that close, and laws of matching."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neutrality.green import coverage
from neutrality.inventory import change, views

BEIJING_2023, BEIJING_2022 = 0.5554, 0.5580  # kgCO2/kWh, MEE and NBS announcements
MONTHS = [f"2025-{month:02d}" for month in range(1, 13)]
kwh = st.floats(0, 1e7)
year_of_kwh = st.lists(kwh, min_size=12, max_size=12).map(lambda values: pd.Series(values, MONTHS))
factor = st.floats(0.01, 1.5)


def emitted(*rows):
    columns = ["year", "month", "scope", "source", "gas_family", "line", "t_co2e"]
    return pd.DataFrame(rows, columns=columns)


HEAT = (2025, "2025-01", "2", "district_heat", "CO2", "inventory", 1309.0)
COMMUTING = (2025, "2025-01", "3", "commuting", "CO2", "memo", 55.0)


@given(year_of_kwh, year_of_kwh, factor, st.sampled_from(["M", "Y"]))
def test_location_is_market_plus_avoided(load, green, factor_kg_per_kwh, period):
    matched = coverage.matched(load, green, period)["matched_kwh"].sum()
    market = views.market_based_t(load.sum(), matched, factor_kg_per_kwh)
    location = views.location_based_t(load.sum(), factor_kg_per_kwh)
    assert location == pytest.approx(
        market + views.avoided_t(matched, factor_kg_per_kwh), rel=1e-9, abs=1e-9
    )


@given(kwh, kwh, factor)
def test_market_based_is_never_negative(load_kwh, matched_kwh, factor_kg_per_kwh):
    assert views.market_based_t(load_kwh, matched_kwh, factor_kg_per_kwh) >= 0


def test_certificates_become_kwh_by_month_and_by_origin():
    blocks = pd.DataFrame(
        {
            "technology": ["wind", "solar", "wind"],
            "province": ["Inner Mongolia", "Gansu", "Inner Mongolia"],
            "instrument": "GEC",
            "month": ["2025-01", "2025-01", "2025-02"],
            "kwh": [3000.0, 2000.0, 5000.0],
        }
    )
    assert coverage.by_month(blocks).to_dict() == {"2025-01": 5000, "2025-02": 5000}
    by_block = coverage.by_block(blocks)
    assert by_block.kwh.to_list() == [2000, 8000] and by_block.technology.to_list() == [
        "solar",
        "wind",
    ]
    assert by_block.kwh.sum() == coverage.by_month(blocks).sum()


def case_inventory(
    load_kwh=6e6, matched_kwh=5e6, factor_kg_per_kwh=BEIJING_2023, heat_t=1309.0, year=2025
):
    rows = emitted((year, *HEAT[1:-1], heat_t), (year, *COMMUTING[1:]))
    return views.inventory(year, load_kwh, matched_kwh, factor_kg_per_kwh, factor_kg_per_kwh, rows)


def test_inventory_has_both_views_and_differs_only_in_electricity():
    table = case_inventory()
    avoided = views.total_t(table, "location") - views.total_t(table, "market")
    assert avoided == pytest.approx(5e6 * BEIJING_2023 / 1000)
    others = table[table.source != views.GRID].drop(columns="view")
    assert others.duplicated(keep=False).all() and len(others) == 4
    assert views.total_t(table, "market", scope=2) == pytest.approx(
        1309 + 1e6 * BEIJING_2023 / 1000
    )
    assert (
        views.total_t(table, "market", scope=3) == 0
        and views.total_t(table, "market", line="memo") == 55
    )


def test_inventory_takes_only_its_year_and_sums_months():
    rows = emitted(HEAT, (2025, "2025-02", *HEAT[2:]), (2024, "2024-01", *HEAT[2:]))
    table = views.inventory(2025, 0.0, 0.0, BEIJING_2023, BEIJING_2023, rows)
    assert views.total_t(table, "location") == 2618 and len(table) == 4
    assert len(views.inventory(2025, 0.0, 0.0, BEIJING_2023, BEIJING_2023, rows[:0])) == 2


def test_grid_electricity_among_the_activities_is_refused():
    with pytest.raises(ValueError, match="it comes from energy.csv"):
        views.inventory(2025, 1.0, 0.0, 0.5, 0.5, emitted((*HEAT[:3], views.GRID, *HEAT[4:])))


@given(kwh, kwh, kwh, factor, factor, st.floats(0, 1e4))
@settings(max_examples=40)
def test_activity_and_factor_effect_make_up_the_change(base_kwh, load_kwh, green, old, new, heat_t):
    base = case_inventory(base_kwh, 0.0, old, year=2023)
    now = case_inventory(load_kwh, min(green, load_kwh), new, heat_t)
    recast = case_inventory(load_kwh, min(green, load_kwh), old, heat_t)
    table = change.base_year_change(base, now, recast)
    largest = max(1.0, table.reporting_t.max(), table.base_t.max())
    assert (table.activity_t + table.factor_t - table.change_t).abs().max() < 1e-9 * largest
    assert table.factor_t[table.source != views.GRID].abs().max() == 0


def test_unchanged_use_has_only_a_factor_effect():
    base, now = case_inventory(factor_kg_per_kwh=BEIJING_2022, year=2022), case_inventory()
    table = change.base_year_change(base, now, case_inventory(factor_kg_per_kwh=BEIJING_2022))
    grid = table.set_index(["view", "source"]).loc[("location", views.GRID)]
    assert grid.activity_t == 0 and grid.factor_t == pytest.approx(-6e6 * 0.0026 / 1000)


def test_a_source_that_appeared_since_the_base_year_is_activity():
    now = case_inventory()
    base = now[now.source != "district_heat"]
    table = change.base_year_change(base, now, now).set_index(["view", "source"])
    assert table.loc[("market", "district_heat"), "activity_t"] == 1309


def test_two_years_in_one_inventory_are_refused():
    both = pd.concat([case_inventory(), case_inventory(year=2024)])
    with pytest.raises(ValueError, match="one year at a time"):
        change.base_year_change(both, both, both)


def test_the_effects_on_the_base_year_close_and_certificates_stand_apart():
    nothing = pd.DataFrame(
        {"year": [], "scope": [], "source": [], "gas_family": [], "line": [], "t_co2e": []}
    )
    base = views.inventory(2023, 6_000_000.0, 0.0, 0.6, 0.6, nothing)
    now, then = (views.inventory(2025, 5_000_000.0, 4_000_000.0, f, f, nothing) for f in (0.5, 0.6))
    table = change.change_table(change.base_year_change(base, now, then)).set_index(
        ["view", "source"]
    )
    market = table.loc[("market", "total")]
    assert market[["activity_t", "green_t", "factor_t"]].tolist() == pytest.approx(
        [-600.0, -2400.0, -100.0]
    )
    assert table.loc[("location", "total"), "green_t"] == 0
    assert (
        table.base_t + table.activity_t + table.green_t + table.factor_t
    ).tolist() == pytest.approx(table.reporting_t.tolist())


def test_an_inventory_has_the_rows_of_its_year_alone_in_order():
    before = (2023, "2023-01", "2", "district_heat", "CO2", "inventory", 1500.0)
    of_2023, of_2025 = (
        views.inventory(year, 1000.0, 0.0, 0.5, 0.5, emitted(HEAT, before)) for year in (2023, 2025)
    )
    assert views.total_t(of_2023, "market") == pytest.approx(1500.5)
    assert views.total_t(of_2025, "market") == pytest.approx(1309.5)
    assert set(of_2023["year"]) == {2023} and of_2025.index.tolist() == [0, 1, 2, 3]
