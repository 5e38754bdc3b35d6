"""How well amounts are known: tonnes that add up to the inventory, rated by where they are from."""

import pandas as pd
import pytest

from neutrality.inventory import quality

INVENTORY = pd.DataFrame(
    [
        (2025, "location", "grid_electricity", "inventory", 100.0),
        (2025, "market", "grid_electricity", "inventory", 20.0),
        (2023, "location", "grid_electricity", "inventory", 90.0),
    ],
    columns=["year", "view", "source", "line", "t_co2e"],
)
READINGS = pd.DataFrame(
    [("main", 2025, 90.0, 6.0, 4.0), ("cooling", 2025, 50.0, 0.0, 0.0)],
    columns=["meter", "year", "measured_kwh", "estimated_kwh", "substituted_kwh"],
)
MONTHLY = pd.DataFrame({"year": [2025], "month": ["2025-01"], "kwh": [100.0], "how": ["hours"]})
EMITTED = pd.DataFrame(
    [
        (2025, "2025-01", "heat", "inventory", "f", 10.0, "CO2", 30.0),
        (2025, "2025-02", "heat", "inventory", "f", 5.0, "CO2", 15.0),
        (2025, "2025-01", "leak", "inventory", "R", 1.0, "HFC", 4.0),
        (2025, "2025-01", "leak", "inventory", "R", 1.0, "PFC", 1.0),
        (2025, "2025-01", "travel", "memo", "t", 1.0, "CO2", 99.0),
        (2023, "2023-01", "heat", "inventory", "f", 10.0, "CO2", 77.0),
    ],
    columns=["year", "month", "source", "line", "factor_id", "amount", "gas", "t_co2e"],
)
ACTIVITIES = pd.DataFrame(
    [
        ("2025-01", "heat", "f", 10.0, "bill 1"),
        ("2025-02", "heat", "f", 5.0, ""),
        ("2025-01", "leak", "R", 1.0, "log"),
    ],
    columns=["month", "source", "factor_id", "amount", "evidence"],
)


def test_each_tonne_of_the_inventory_is_rated_once():
    rated = quality.data_quality(INVENTORY, EMITTED, READINGS, MONTHLY, ACTIVITIES, 2025)
    assert rated["t_co2e"].sum() == pytest.approx(100 + 30 + 15 + 4 + 1)
    assert rated["share"].sum() == pytest.approx(1)
    found = rated.set_index(["source", "rating"])["t_co2e"].to_dict()
    assert found == pytest.approx(
        {
            ("grid_electricity", "measured"): 90.0,
            ("grid_electricity", "estimated"): 10.0,
            ("heat", "billed"): 30.0,
            ("heat", "assumed"): 15.0,
            ("leak", "billed"): 5.0,
        }
    )


def test_a_table_without_the_column_evidence_names_no_document():
    bare = ACTIVITIES.drop(columns="evidence")
    rated = quality.data_quality(INVENTORY, EMITTED, READINGS, MONTHLY, bare, 2025)
    assert set(rated.loc[rated["source"] != "grid_electricity", "rating"]) == {"assumed"}


def test_ratings_of_a_source_stand_together_best_first_and_the_largest_source_on_top():
    rated = quality.data_quality(INVENTORY, EMITTED, READINGS, MONTHLY, ACTIVITIES, 2025)
    assert [*rated["source"]] == ["grid_electricity"] * 2 + ["heat"] * 2 + ["leak"]
    assert [*rated["rating"]] == ["measured", "estimated", "billed", "assumed", "billed"]


def test_a_site_with_bills_alone_has_billed_electricity_and_not_measured():
    bills = MONTHLY.assign(how="bills")
    rated = quality.data_quality(INVENTORY, EMITTED, READINGS, bills, ACTIVITIES, 2025)
    power = rated[rated["source"] == "grid_electricity"].set_index("rating")["t_co2e"]
    assert power.to_dict() == pytest.approx({"billed": 90.0, "estimated": 10.0})


def rated(emitted=EMITTED, activities=ACTIVITIES, monthly=MONTHLY, readings=READINGS):
    return quality.data_quality(INVENTORY, emitted, readings, monthly, activities, 2025)


def test_a_source_of_nothing_has_no_row_and_one_that_takes_up_carbon_has():
    nothing = EMITTED.assign(t_co2e=EMITTED["t_co2e"].mask(EMITTED["source"] == "leak", 0.0))
    assert "leak" not in set(rated(nothing)["source"])
    removal = EMITTED.assign(t_co2e=EMITTED["t_co2e"].mask(EMITTED["source"] == "leak", -1.0))
    assert rated(removal).set_index("source").at["leak", "t_co2e"] == -2.0


def test_sources_of_one_size_stand_by_name_and_rows_are_numbered_anew():
    alike = EMITTED.assign(t_co2e=[30.0, 15.0, 44.0, 1.0, 99.0, 77.0])
    found = rated(alike)
    assert [*found["source"]] == ["grid_electricity"] * 2 + ["heat"] * 2 + ["leak"]
    assert found.index.tolist() == [0, 1, 2, 3, 4] and "index" not in found


def test_bills_of_another_year_say_nothing_of_this_one():
    other = pd.DataFrame({"year": [2026], "month": ["2026-01"], "kwh": [1.0], "how": ["bills"]})
    found = rated(monthly=pd.concat([MONTHLY, other]))
    assert "measured" in set(found["rating"])


@pytest.mark.parametrize("count, said", [(3, "d0; d1; d2"), (4, "d0; d1; d2; ...")])
def test_three_documents_are_named_and_that_there_are_more(count, said):
    many = pd.DataFrame([EMITTED.iloc[0]] * count).assign(
        month=[f"2025-0{n}" for n in range(1, 5)][:count]
    )
    bills = pd.DataFrame([ACTIVITIES.iloc[0]] * count).assign(
        month=many["month"].tolist(), evidence=[f"d{n}" for n in range(count)]
    )
    found = rated(many.reset_index(drop=True), bills)
    assert found.set_index("source").at["heat", "evidence"] == said
