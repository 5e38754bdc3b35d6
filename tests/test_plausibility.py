"""The ways to a smaller total through activities: each is refused, or a finding with its tonnes."""

from pathlib import Path

import pandas as pd
import pytest
from bills import FACTORS, activity
from bills import bills as table_of

from neutrality.case import tables
from neutrality.inventory import activities, neighbours, plausibility
from neutrality.reference import emission_factors
from neutrality.texts import findings

CASE = Path(__file__).parents[1] / "params" / "china-mobile-hq"
YEARS = (2023, 2025)
HEAT, GAS, REFRIGERANT = "district_heat", "natural_gas", "refrigerant"


def of(source, year=2025):
    def rows(table):
        return (table["source"] == source) & (table["month"].str[:4] == str(year))

    return rows


def changed(select, **cells):
    def change(table):
        table = table.copy()
        for name, value in cells.items():
            new = value(table[name]) if callable(value) else value
            table.loc[select(table), name] = new[select(table)] if callable(value) else new
        return table

    return change


def dropped(select):
    return lambda table: table[~select(table)]


def own(id, value, unit="tCO2/GJ", quantity="own", gas="CO2"):
    return {
        "id": id,
        "quantity": quantity,
        "value": value,
        "unit": unit,
        "gas": gas,
        "status": "SINGLE",
        "source": "test",
    }


def both(source):
    return lambda table: table["source"] == source


def later(months):
    return months.str.replace("2025", "2024")


REFUSED = {
    "heat in MJ": (changed(of(HEAT), unit="MJ"), "found 'MJ' for district_heat, which has GJ"),
    "gas / 1000": (changed(of(GAS), amount=lambda a: a / 1000), "tenfold or more"),
    "gas x 1000": (changed(of(GAS), amount=lambda a: a * 1000), "tenfold or more"),
    "heat of amount 0": (changed(of(HEAT), amount=0.0), "say in the column reason why"),
    "heat of amount 0 in both years": (changed(both(HEAT), amount=0.0), "found 0 in all of 2025"),
    "no heat": (dropped(of(HEAT)), "none in the inventory of 2025"),
    "heat dated 2024": (changed(of(HEAT), month=later), "none in the inventory of 2025"),
    "heat as scope 3 memo": (changed(both(HEAT), scope="3", line="memo"), "scope 1 or 2"),
    "gas as scope 3": (changed(both(GAS), scope="3"), "scope 1 or 2"),
    "half a year's gas as memo": (
        changed(lambda t: both(GAS)(t) & (t["month"].str[5:] > "06"), scope="3", line="memo"),
        "scope 1 or 2",
    ),
    "refrigerant as memo": (changed(both(REFRIGERANT), scope="3", line="memo"), "scope 1 or 2"),
}


@pytest.fixture(scope="module")
def bills():
    return tables.read(CASE, "activities")


def told(rows, *own_rows, floor_area_m2=60_000.0, occupants=2_000.0):
    """Return size [t] by rule of all that is found, after the refusals."""
    extra = pd.DataFrame(own_rows).fillna("") if own_rows else None
    known = emission_factors.factors(extra)
    plausibility.refuse(rows, known, YEARS)
    emitted = activities.emitted(rows, known, "AR5")
    size = (floor_area_m2, occupants)
    found = activities.missing_months(rows, YEARS, emitted["t_co2e"])
    found += plausibility.findings(rows, emitted, known, YEARS, *size)
    found += neighbours.own_factors(emitted, known, "AR5", YEARS, "Beijing")
    table = findings.table(found)
    return table.groupby("rule")["t_co2e"].sum(min_count=1).to_dict()


@pytest.fixture(scope="module")
def commuting():
    return tables.read(CASE, "factors").to_dict("records")


@pytest.mark.parametrize("way", REFUSED)
def test_what_lowers_the_total_without_a_reason_is_refused(bills, commuting, way):
    change, said = REFUSED[way]
    with pytest.raises(ValueError, match=said):
        told(change(bills), *commuting)


def test_the_case_itself_is_neither_refused_nor_odd(bills, commuting):
    assert told(bills, *commuting) == {}


HEAT_T = 6804.2 * 0.11  # [t] of 2025


FOUND = {
    "heat of amount 0": (
        changed(of(HEAT), amount=0.0, reason="closed"),
        [],
        "source_stopped",
        -8397.3 * 0.11,
    ),
    "heat of amount 0 in both years": (
        changed(both(HEAT), amount=0.0, reason="none bought"),
        [],
        "never_used",
        None,
    ),
    "gas of both years a thousandth": (
        changed(both(GAS), amount=lambda a: a / 1000),
        [],
        "small_per_head",
        -91.158 * 0.999,
    ),
    "December's heat dated 2026": (
        changed(
            lambda t: of(HEAT)(t) & (t["month"] == "2025-12"),
            month=lambda m: m.str.replace("2025-", "2026-"),
        ),
        [],
        "dated_later",
        -1880.3 * 0.11,
    ),
    "no gas in either year": (dropped(both(GAS)), [], "source_unstated", None),
    "a new id for heat": (
        changed(both(HEAT), factor_id="heat_of_ours"),
        [own("heat_of_ours", 0.0001)],
        "heat_factor",
        HEAT_T / 0.11 * (0.0001 - 0.11),
    ),
    "a new id that does not say heat": (
        changed(both(HEAT), factor_id="ours"),
        [own("ours", 0.0001)],
        "heat_factor",
        HEAT_T / 0.11 * (0.0001 - 0.11),
    ),
    "heat's own id": (
        lambda table: table,
        [own("heat_default", 0.011)],
        "heat_factor",
        -HEAT_T * 0.9,
    ),
    "heat at a fuel's published factor": (
        changed(both(HEAT), factor_id="ipcc_co2_natural_gas"),
        [],
        "heat_factor",
        HEAT_T / 0.11 * (0.0561 - 0.11),
    ),
    "gas at a factor of one's own": (
        changed(both(GAS), factor_id="ours"),
        [own("ours", 0.0, "kgCO2/m3")],
        "own_factor",
        -91.158,
    ),
    "another gas, outside the Kyoto list": (
        changed(of(REFRIGERANT), factor_id="R-22"),
        [],
        "outside_kyoto",
        -7.8 * 1.76,
    ),
    "both years' heat a thousandth": (
        changed(both(HEAT), amount=lambda a: a / 1000),
        [],
        "heat_per_m2",
        (6.8042 - 6804.2) * 0.11,
    ),
    "a factor that nothing published compares with": (
        lambda table: table.assign(
            factor_id=table["factor_id"].mask(table["source"] == "diesel", "nights"),
            unit=table["unit"].mask(table["source"] == "diesel", "night"),
            source=table["source"].mask(table["source"] == "diesel", "guests"),
        ),
        [own("nights", 0.5, "kgCO2/night")],
        "own_factor_alone",
        0.36,
    ),
}


@pytest.mark.parametrize("way", FOUND)
def test_what_may_lower_the_total_is_found_with_its_tonnes(bills, commuting, way):
    change, extra, rule, size_t = FOUND[way]
    found = told(change(bills), *commuting, *extra)
    assert rule in found, found
    if size_t is None:
        assert pd.isna(found[rule])
    else:
        assert found[rule] == pytest.approx(size_t, rel=2e-3)


def test_a_reason_lets_a_jump_pass_and_is_printed_with_its_tonnes(bills, commuting):
    rows = changed(of(GAS), amount=lambda a: a / 1000)(bills).assign(reason="")
    rows.loc[of(GAS)(rows), "reason"] = "kitchen closed"
    sizes = told(rows, *commuting)
    assert sizes["reason_given"] == pytest.approx(-43_438 * 21.624e-4, rel=0.05)


def test_the_upstream_part_of_counted_gas_may_stand_outside(bills, commuting):
    upstream = bills[both(GAS)(bills)].assign(scope="3", line="memo", factor_id="wtt")
    rows = pd.concat([bills, upstream], ignore_index=True)
    known = [*commuting, own("wtt", 0.3, "kgCO2/m3", "natural gas, upstream")]
    assert told(rows, *known)["memo_energy"] < 0
    more = rows.assign(amount=rows["amount"].where(rows["factor_id"] != "wtt", 7.5))
    with pytest.raises(ValueError, match="scope 1 or 2"):
        told(more, *known)


def test_a_lost_source_is_refused_with_its_tonnes(bills, commuting):
    with pytest.raises(ValueError, match=rf"has rows in 2023 \({8397.3 * 0.11:.1f} t of CO2"):
        told(dropped(of(HEAT))(bills), *commuting)


def test_heat_as_biogenic_carbon_is_refused(bills, commuting):
    known = [*commuting, own("ours", 0.11)]
    rows = changed(both(HEAT), line="biogenic", factor_id="ours")(bills)
    with pytest.raises(ValueError, match="not biogenic carbon|none in the inventory"):
        told(rows, *known)
    with pytest.raises(ValueError, match="not biogenic carbon"):
        activities.emitted(rows, emission_factors.factors(pd.DataFrame(known).fillna("")), "AR5")


def test_a_memo_of_commuters_petrol_passes_with_a_reason_and_its_tonnes(bills, commuting):
    rows = changed(both("petrol"), scope="3", line="memo")(bills)
    with pytest.raises(ValueError, match=r"row \d+, column scope: .* t of CO2 .* column reason"):
        told(rows, *commuting)
    rows = rows.assign(reason=(rows["source"] == "petrol").map({True: "staff's cars", False: ""}))
    assert told(rows, *commuting)["memo_energy"] < -30


def test_a_source_swapped_for_a_tiny_month_of_another_season_is_found(bills, commuting):
    moved = changed(lambda t: of(HEAT)(t) & (t["month"] == "2025-01"), month="2025-07", amount=1.0)(
        bills
    )
    assert told(moved, *commuting)["months_missing"] == pytest.approx(-2332.7 * 0.11)


@pytest.mark.parametrize("times", [10.0, 0.1])
def test_a_change_to_ten_times_or_a_tenth_is_refused_and_the_next_smaller_is_not(times):
    def two_years(now):
        rows = [("2023-03", 64.0), ("2025-03", now)]
        return table_of(*(activity(amount=amount, month=month) for month, amount in rows))

    with pytest.raises(ValueError, match="tenfold or more"):
        plausibility.refuse(two_years(64.0 * times), FACTORS, YEARS)
    nearer = 1.01 if times < 1 else 0.99
    plausibility.refuse(two_years(64.0 * times * nearer), FACTORS, YEARS)


def for_its_size(gj, floor_area_m2=100.0, occupants=0.0, factor_id="heat_default", unit="GJ"):
    rows = table_of(activity(factor_id, gj, unit, scope=2 if unit == "GJ" else 1))
    emitted = activities.emitted(rows, FACTORS, "AR5")
    found = plausibility.findings(rows, emitted, FACTORS, YEARS, floor_area_m2, occupants)
    rules = ("heat_per_m2", "fuel_per_head")
    return {f.rule: f.t_co2e for f in found if f.rule in rules}


@pytest.mark.parametrize(("gj", "size_t"), [(0.5, (0.5 - 1.0) * 0.11), (310.0, 10.0 * 0.11)])
def test_heat_outside_any_buildings_is_sized_from_the_nearest_plausible_amount(gj, size_t):
    assert for_its_size(gj) == {"heat_per_m2": pytest.approx(size_t)}
    assert for_its_size(gj, floor_area_m2=0.0) == {}


@pytest.mark.parametrize("gj", [1.0, 300.0])
def test_heat_at_the_limits_of_buildings_is_plausible(gj):
    assert for_its_size(gj) == {}


def test_fuel_above_a_hundred_tonnes_a_head_is_sized_by_what_is_above():
    def burned(t_co2, occupants):
        t_per_m3 = activities.emitted(
            table_of(activity("fuel_natural_gas", 1.0, "m3", scope=1)), FACTORS, "AR5"
        ).t_co2e.iloc[0]
        amount = t_co2 / t_per_m3
        return for_its_size(amount, 0.0, occupants, "fuel_natural_gas", "m3")

    assert burned(203.0, 2) == {"fuel_per_head": pytest.approx(3.0)}
    assert burned(199.9, 2) == burned(203.0, 0) == {}


def test_a_source_that_begins_is_no_jump():
    rows = (activity(amount=0.0, month="2023-03"), activity(amount=5.0, month="2025-03"))
    plausibility.refuse(table_of(*rows), FACTORS, YEARS)


def test_what_stands_outside_is_refused_by_its_first_row():
    rows = [activity(line="memo", scope=3, month=f"2025-{month:02}") for month in (1, 2, 3)]
    with pytest.raises(ValueError, match="row 2, column scope: found '3' and line 'memo'"):
        plausibility.refuse(table_of(*rows), FACTORS, YEARS)
