"""Whole credits for a residual: needed, bought by confidence, retired, and as they are listed."""

import numpy as np
import pandas as pd
import pytest
from blocks import BLOCKS, many
from hypothesis import given
from hypothesis import strategies as st

from neutrality.offset import sizing


@pytest.mark.parametrize(
    ("residual_t", "expected"),
    [(1309, 1309), (1308.01, 1309), (1309 + 1e-9, 1309), (1309.01, 1310), (0, 0), (1e-9, 0)],
)
def test_one_credit_offsets_one_tonne_and_a_part_of_a_tonne_needs_one(residual_t, expected):
    assert sizing.credits_needed(residual_t) == expected


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_a_larger_residual_never_needs_fewer_credits(a, b):
    low, high = sorted([a, b])
    assert sizing.credits_needed(low) <= sizing.credits_needed(high)
    assert sizing.credits_needed(low) >= 0 and sizing.credits_needed(low) - low <= 1
    assert sizing.credits_needed(low) >= low - 2 * sizing.TOLERANCE_T


@pytest.mark.parametrize("residual_t", [-1, float("nan"), float("inf")])
def test_a_negative_infinite_or_unknown_residual_is_refused(residual_t):
    with pytest.raises(ValueError, match="the residual is"):
        sizing.credits_needed(residual_t)


def test_purchases_for_the_point_and_each_confidence_have_a_cost_if_there_is_a_price():
    total = np.arange(1, 1001.0)
    table = sizing.purchases(500.2, total, 960, 0.95, price=60.0)
    assert table["credits"].tolist() == [501, 500, 900, 950, 990]
    assert table["credits_surplus"].tolist() == [459, 460, 60, 10, -30]
    assert table["cost"].tolist() == [60 * count for count in table["credits"]]
    assert set(sizing.purchases(500.2, total, 960, 0.95, 60.0, "CNY")["currency"]) == {"CNY"}
    assert "cost" not in sizing.purchases(500.2, total, 0, 0.975)
    assert (
        sizing.purchases(500.2, total, 0, 0.975)["name_en"].tolist()[4]
        == "enough with 97.5 % confidence"
    )


@given(st.lists(st.floats(0, 1e6), min_size=20, max_size=60), st.floats(0.5, 0.999))
def test_higher_confidence_never_needs_fewer_credits_and_suffices_as_often_as_stated(
    totals, confidence
):
    table = sizing.purchases(1.0, np.array(totals), 0, confidence)[1:]
    assert table["credits"].is_monotonic_increasing
    for row in table.itertuples():
        assert (
            np.mean(np.array(totals) <= row.credits + sizing.TOLERANCE_T) >= row.confidence - 1e-12
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


def test_few_blocks_are_listed_by_serial_and_many_in_groups_that_add_up():
    assert sizing.credits_listed(BLOCKS)["serial"].tolist() == BLOCKS["serial"].tolist()
    listed = sizing.credits_listed(many(1900))
    assert len(listed) == sizing.BLOCKS_SHOWN
    assert listed["quantity"].sum() == listed["blocks"].sum() == 1900


def bought(vintage_start, quantity, retired_on="2026-01-05", count=7):
    row = {"serial": "s", "quantity": quantity, "project_id": "3005", "project_name": "Forest"}
    row |= {"beneficiary": "Tower", "vintage_start": pd.Timestamp(vintage_start)}
    return [row | {"retired_on": pd.Timestamp(retired_on)}] * count


def test_groups_keep_the_day_of_retirement_where_they_fit_and_stand_in_the_ledgers_order():
    rows = bought("2023-01-01", 2) + bought("2021-01-01", 5)
    listed = sizing.credits_listed(pd.DataFrame(rows))
    assert listed["quantity"].tolist() == [14, 35] and listed["blocks"].tolist() == [7, 7]
    assert "retired_on" in listed
    days = [bought("2023-01-01", 2, f"2026-01-{day:02}", 1)[0] for day in range(1, 14)]
    assert sizing.credits_listed(pd.DataFrame(days[:12]))["serial"].tolist() == ["s"] * 12
    without = sizing.credits_listed(pd.DataFrame(days))
    assert "retired_on" not in without and without["quantity"].tolist() == [26]
    assert without[["vintage_start", "beneficiary"]].iloc[0].tolist() == [
        pd.Timestamp("2023-01-01"),
        "Tower",
    ]
    twelve = sizing.credits_listed(pd.DataFrame(days[:12] + days[:1]))
    assert twelve["retired_on"].nunique() == 12


def test_a_table_of_exactly_the_most_rows_is_whole_and_one_more_makes_others():
    table = pd.DataFrame({"project": list("abcd"), "quantity": [3, 9, 4, 2], "blocks": 1})
    keys, sums = ["project"], ["quantity", "blocks"]
    assert sizing.largest_and_others(table, keys, sums, 4) is table
    short = sizing.largest_and_others(table, keys, sums, 3)
    assert short["project"].tolist() == ["b", "c", ""]
    assert short["quantity"].tolist() == [9, 4, 5] and short["blocks"].tolist() == [1, 1, 2]


def test_credits_by_vintage_come_oldest_first():
    rows = bought("2023-06-01", 2) + bought("2021-01-01", 5)
    assert sizing.by_vintage(pd.DataFrame(rows)).to_dict("list") == {
        "vintage": [2021, 2023],
        "quantity": [35, 14],
    }
