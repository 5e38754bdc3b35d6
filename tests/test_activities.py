"""Activity x factor: its algebra, what is left out, refusals, bills that are odd."""

import pandas as pd
import pytest
from bills import FACTORS, activity, bills
from hypothesis import given, settings
from hypothesis import strategies as st

from neutrality.inventory import activities
from neutrality.reference import (
    emission_factors,
)

LIFE_CYCLE = "grid_cn_china_2023_power_carbon_footprint_lifecycle"


def test_heat_of_11900_gj_is_1309_t():
    row = activities.emitted(bills(("heat_default", 11_900, "GJ")), FACTORS, "AR5").iloc[0]
    assert row.t_co2e == pytest.approx(1309, abs=1e-9)
    assert (row.year, row.month, row.scope) == (2025, "2025-03", 2)
    assert (row.gas_family, row.status) == ("CO2", "CONFIRMED")


def test_gas_of_605405_m3_is_1309_t():
    # By the cubic metre, though the factor is per 10^4 Nm3: the unit trap of ten thousand.
    row = activities.emitted(bills(("fuel_natural_gas", 605_405, "m3")), FACTORS, "AR5").iloc[0]
    assert row.t_co2e == pytest.approx(1309, abs=0.01)


def test_a_refrigerant_is_of_its_family_and_weighted_by_its_edition():
    leak = bills(("R-410A", 10, "kg"))
    five, six = (activities.emitted(leak, FACTORS, edition).iloc[0] for edition in ("AR5", "AR6"))
    assert (five.gas, five.gas_family, five.line) == ("R-410A", "HFC", "inventory")
    assert (five.t_gas, five.t_co2e, six.t_co2e) == pytest.approx((0.01, 19.235, 22.555))


def test_r22_is_outside_the_kyoto_gases_and_on_a_line_of_its_own():
    table = bills(("R-22", 1, "kg"), ("HCFC-22", 1, "kg", "memo"))
    lines = activities.emitted(table, FACTORS, "AR5").line
    assert lines.tolist() == ["non_kyoto", "memo"]


def test_memo_and_biogenic_lines_stay_what_they_are():
    own = pd.DataFrame(
        [
            {
                "id": "biogas",
                "quantity": "CO2 of biogas",
                "value": 2.0,
                "unit": "kgCO2/m3",
                "gas": "CO2",
                "status": "ASSUMED",
                "source": "test",
            }
        ]
    )
    table = bills(
        ("heat_default", 1, "GJ", "memo"), activity("biogas", 1, "m3", "biogenic", scope=1)
    )
    assert activities.emitted(table, emission_factors.factors(own), "AR5").line.tolist() == [
        "memo",
        "biogenic",
    ]


def test_nothing_leaves_scope_1_or_2_by_a_word():
    with pytest.raises(ValueError, match="row 2: scope 2 is counted: 'any' cannot be a memo line"):
        activities.emitted(bills(activity(line="memo", scope=2)), FACTORS, "AR5")
    with pytest.raises(ValueError, match="factor heat_default is not of biogenic carbon"):
        activities.emitted(bills(activity(line="biogenic")), FACTORS, "AR5")


def test_status_is_the_weaker_of_factor_and_gwp():
    table = bills(("CH4_fossil", 1, "kg"), ("R-407C", 1, "kg"), ("R-32", 1, "kg"))
    assert activities.emitted(table, FACTORS, "AR6").status.tolist() == [
        "RECALLED",
        "SINGLE",
        "CONFIRMED",
    ]


def left_out(rows, factors, edition):
    return activities.left_out(activities.emitted(rows, factors, edition), factors, edition)


def test_no_activities_emit_nothing():
    none = bills(()).iloc[:0]
    assert activities.emitted(none, FACTORS, "AR5").t_co2e.sum() == 0
    assert left_out(none, FACTORS, "AR5").t_co2e.sum() == 0


AMOUNTS = st.floats(0, 1e6)


KINDS = st.sampled_from(
    [("heat_default", "GJ"), ("fuel_petrol", "kg"), ("R-410A", "kg"), ("fuel_natural_gas", "m3")]
)


@settings(max_examples=25)
@given(st.lists(AMOUNTS, min_size=1, max_size=5), KINDS)
def test_rows_split_emit_what_they_emit_together(parts, kind):
    factor_id, unit = kind
    split = activities.emitted(bills(*[(factor_id, part, unit) for part in parts]), FACTORS, "AR5")
    whole = activities.emitted(bills((factor_id, sum(parts), unit)), FACTORS, "AR5")
    assert split.t_co2e.sum() == pytest.approx(whole.t_co2e.sum(), rel=1e-12)


@settings(max_examples=25)
@given(AMOUNTS, st.floats(0, 100), KINDS)
def test_emissions_are_linear_in_the_amount(amount, times, kind):
    factor_id, unit = kind
    table = bills((factor_id, amount, unit), (factor_id, amount * times, unit))
    once, more = activities.emitted(table, FACTORS, "AR5").t_co2e
    assert more == pytest.approx(once * times, rel=1e-12, abs=1e-300)


def test_an_unknown_factor_is_refused_with_row_and_nearest():
    with pytest.raises(
        ValueError, match="row 3: .*'fuel_desel' is not known; did you mean 'fuel_diesel'"
    ):
        activities.emitted(bills((), ("fuel_desel", 1, "t")), FACTORS, "AR5")


def test_every_bad_row_is_named_at_once():
    with pytest.raises(ValueError) as refusal:
        activities.emitted(bills(("nowhere", 1, "t"), (), (LIFE_CYCLE, 1, "kWh")), FACTORS, "AR5")
    assert [line.split(":")[0] for line in str(refusal.value).splitlines()] == [
        "activities.csv, row 2",
        "activities.csv, row 4",
    ]


@pytest.mark.parametrize(
    ("factor_id", "unit"),
    [("fuel_diesel", "L"), ("heat_default", "t"), ("fuel_natural_gas", "kWh"), ("R-410A", "L")],
)
def test_a_unit_of_another_dimension_is_refused(factor_id, unit):
    with pytest.raises(ValueError, match=f"row 2: {unit} with factor {factor_id}: {unit} measures"):
        activities.emitted(bills((factor_id, 1, unit)), FACTORS, "AR5")


def test_a_gas_without_gwp_in_the_edition_is_refused():
    with pytest.raises(ValueError, match="SF6, which has no published AR4 GWP"):
        activities.emitted(bills(("SF6", 1, "kg")), FACTORS, "AR4")


def test_left_out_is_energy_times_the_ipcc_defaults():
    burned = bills(("fuel_natural_gas", 10_000, "m3"), ("fuel_diesel", 1, "t"))
    table = left_out(burned, FACTORS, "AR5")
    energy_tj = table.set_index(["factor_id", "gas"]).energy_tj
    assert energy_tj["fuel_natural_gas", "CH4"] == pytest.approx(
        0.38931
    )  # amount x net calorific value
    assert energy_tj["fuel_diesel", "N2O"] == pytest.approx(0.042652)
    gas = table[table.factor_id == "fuel_natural_gas"].t_co2e.sum()
    assert gas == pytest.approx(0.38931 * (5 * 28 + 0.1 * 265) / 1000)


def test_every_fuel_of_known_carbon_is_sized():
    fuels = emission_factors._fuels()
    rows = [("fuel_" + name, 1, unit.partition("/")[2]) for name, unit in fuels.ef_unit.items()]
    table = left_out(bills(*rows), FACTORS, "AR5")
    assert len(table) == 2 * len(fuels)
    assert table.t_co2e.notna().all()


def test_petrol_by_the_litre_is_sized_without_a_density():
    table = left_out(bills(("jst303_petrol", 1_000, "L")), FACTORS, "AR5")
    # 2.179 t CO2 at 18.9 tC/TJ, fully oxidised
    assert table.energy_tj.tolist() == pytest.approx([2.179 / (18.9 * 44 / 12)] * 2)


def test_left_out_takes_no_heat_and_no_memo_and_marks_a_fuel_it_cannot_size():
    table = bills(
        ("heat_default", 1, "GJ"),
        ("fuel_petrol", 1, "t", "memo"),
        activity("jst303_pipeline_gas", 1.0, "m3", scope=1),
    )
    sized = left_out(table, FACTORS, "AR5")
    assert sized.factor_id.tolist() == ["jst303_pipeline_gas"] * 2
    assert sized.t_co2e.isna().all()


# Bills that are missing or entered twice


def two_years():
    rows = [
        {
            "month": f"{year}-{month:02}",
            "source": "district_heat",
            "scope": "2",
            "line": "inventory",
            "amount": 10.0 + month,
            "unit": "GJ",
            "factor_id": "heat_default",
        }
        for year in (2023, 2025)
        for month in (1, 2, 12)
    ]
    return pd.DataFrame(rows)


def missing(table):
    t_co2e = activities.emitted(table, FACTORS, "AR5").t_co2e
    return activities.missing_months(table, (2023, 2025), t_co2e)


def test_the_same_months_in_both_years_are_not_odd():
    assert missing(two_years()) == [] == activities.repeated(two_years())


def test_a_forgotten_bill_is_found_and_counted():
    (found,) = missing(two_years().iloc[:-1])
    assert found.t_co2e == pytest.approx(-22 * 0.11)  # the base year's December
    assert (
        "Purchased heat: 3 months of data in 2023, 2 in 2025" in found.en
        and "外购热力：2023 年有 3 个月" in found.zh
    )


def test_a_source_that_is_absent_from_a_whole_year_is_found():
    (found,) = missing(two_years().iloc[:3])
    assert "0 in 2025" in found.en


def test_of_refrigerants_the_number_of_refills_counts_and_not_their_months():
    gas = {"source": "refrigerant", "scope": "1", "unit": "kg", "factor_id": "R-410A"}
    table = two_years().assign(**gas)
    moved = table.replace({"month": {"2025-12": "2025-08"}})
    assert missing(moved) == []
    (found,) = missing(table.iloc[:-1])  # two refills after three
    assert "3 months of data in 2023, 2 in 2025" in found.en and found.t_co2e < 0


def test_a_month_of_amount_0_is_missing_nowhere():
    zero = two_years().iloc[[0]].assign(amount=0.0, month="2025-07")
    assert missing(pd.concat([two_years(), zero], ignore_index=True)) == []
    stopped = two_years().iloc[:4]
    stopped.loc[3, "amount"] = 0.0  # one row of 0 in January: February and December are missing
    (found,) = missing(stopped)
    assert found.t_co2e == pytest.approx(-(12 + 22) * 0.11)


def test_a_missing_month_that_prints_as_nothing_is_not_told():
    table = two_years()
    table.loc[2, "amount"] = 0.4  # GJ of December, 0.044 t
    assert missing(table.iloc[:-1]) == []
    table.loc[2, "amount"] = 0.5
    assert [each.rule for each in missing(table.iloc[:-1])] == ["months_missing"]


def test_a_bill_entered_twice_is_found():
    (found,) = activities.repeated(
        pd.concat([two_years(), two_years().iloc[[0]]], ignore_index=True)
    )
    assert (
        "row 6, amount: source, month and amount are the same as in a row above "
        "(Purchased heat, 2023-01)"
    ) in found.en


def test_each_source_of_the_year_is_amount_times_factor_times_gwp():
    rows = bills(
        ("heat_default", 6804.3, "GJ"), ("R-410A", 7.8, "kg"), ("fuel_natural_gas", 10, "m3")
    )
    emitted = activities.emitted(rows, FACTORS, "AR5")
    year = int(emitted["year"].iloc[0])
    table = activities.by_source(emitted, year).set_index("factor_id")
    assert table.t_co2e["heat_default"] == pytest.approx(6804.3 * 0.11)
    leak = table.loc["R-410A"]
    assert leak.t_co2e == pytest.approx(leak.amount * leak.factor * leak.gwp / 1000)
    assert leak.gwp == 1923.5 and table.gwp["heat_default"] == 1
    assert table.t_co2e.is_monotonic_decreasing
    assert activities.by_source(emitted, year + 1).empty


def test_a_hundred_thousand_rows_are_checked_by_kind_and_each_wrong_row_is_named():
    one = bills(("heat_default", 1, "GJ"))
    rows = one.loc[one.index.repeat(100_000)].reset_index(drop=True)
    assert activities.emitted(rows, FACTORS, "AR5").t_co2e.sum() == pytest.approx(11_000)
    rows.loc[[5, 70], "unit"] = "t"
    with pytest.raises(ValueError, match="rows 5, 70: t with factor heat_default"):
        activities.emitted(rows, FACTORS, "AR5")


@pytest.mark.parametrize("scope", [1, 2])
def test_nothing_leaves_scope_1_or_2_as_a_memo(scope):
    with pytest.raises(ValueError, match=f"scope {scope} is counted"):
        activities.emitted(bills(activity(line="memo", scope=scope)), FACTORS, "AR5")


@pytest.mark.parametrize("gas", ["ABC-1", "XYZ-1"])
def test_a_gas_without_a_warming_potential_is_refused_whatever_its_name(gas):
    unknown = FACTORS.assign(gas=FACTORS["gas"].mask(FACTORS.index == "heat_default", gas))
    with pytest.raises(ValueError, match=f"is of {gas}, which has no published AR5 GWP"):
        activities.emitted(bills(activity()), unknown, "AR5")


def test_a_year_by_source_holds_neither_the_year_before_nor_the_year_after():
    rows = bills(*(activity(month=f"{year}-03", amount=float(year)) for year in (2024, 2025, 2026)))
    emitted = activities.emitted(rows, FACTORS, "AR5")
    assert activities.by_source(emitted, 2025)["amount"].tolist() == [2025.0]
