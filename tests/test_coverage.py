"""What a supply covers: laws of matching, hours distributed as the plant generated, and what cannot
be matched.
"""

from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neutrality.case import tables
from neutrality.green import coverage
from neutrality.ledger import certificates

MONTHS = [f"2025-{month:02d}" for month in range(1, 13)]
kwh = st.floats(0, 1e7)
year_of_kwh = st.lists(kwh, min_size=12, max_size=12).map(lambda values: pd.Series(values, MONTHS))


@given(year_of_kwh, year_of_kwh, st.sampled_from(["M", "Y"]))
def test_matching_closes_and_keeps_the_surplus_apart(load, green, period):
    table = coverage.matched(load, green, period)
    assert (table >= 0).all().all()
    assert (table.matched_kwh + table.uncovered_kwh).to_list() == pytest.approx(
        table.load_kwh.to_list()
    )
    assert (table.matched_kwh + table.surplus_kwh).to_list() == pytest.approx(
        table.green_kwh.to_list()
    )


@given(year_of_kwh, year_of_kwh)
def test_a_shorter_period_never_matches_more(load, green):
    assert coverage.matched(load, green, "M")["matched_kwh"].sum() <= coverage.matched(
        load, green, "Y"
    )["matched_kwh"].sum() * (1 + 1e-12)


@given(year_of_kwh, year_of_kwh, st.permutations(MONTHS))
def test_the_order_of_rows_does_not_matter(load, green, order):
    pd.testing.assert_frame_equal(
        coverage.matched(load[order], green[order], "M"), coverage.matched(load, green, "M")
    )


def test_a_sunny_noon_does_not_pay_for_a_night():
    hours = pd.date_range("2025-06-01 11:00", periods=2, freq="h", tz="Asia/Shanghai")
    load, green = pd.Series([4.0, 4.0], hours), pd.Series([9.0, 0.0], hours)
    assert coverage.matched(load, green, "h")["uncovered_kwh"].to_list() == [0.0, 4.0]
    assert coverage.matched(load, green, "h")["surplus_kwh"].to_list() == [5.0, 0.0]
    assert coverage.matched(load, green, "M")["uncovered_kwh"].to_dict() == {"2025-06": 0.0}


def test_hourly_load_meets_monthly_certificates_in_its_own_zone():
    hours = pd.date_range("2025-01-01", "2025-12-31 23:00", freq="h", tz="Asia/Shanghai")
    load = pd.Series(1.0, hours)
    table = coverage.matched(load, pd.Series(700.0, MONTHS), "M")
    assert table.index.to_list() == MONTHS and table.load_kwh.iloc[0] == 31 * 24
    with pytest.raises(ValueError, match="2024 to 2025; match one year at a time"):
        coverage.matched(load.tz_convert("UTC"), pd.Series(700.0, MONTHS), "M")


def test_the_claiming_year_counts_for_a_year_and_the_month_for_a_month():
    load, older = pd.Series(5.0, MONTHS), pd.Series([9.0], ["2024-12"])
    assert coverage.matched(load, older, "Y")["matched_kwh"].to_dict() == {"2025": 9.0}
    assert (
        coverage.matched(load, older, "M")["matched_kwh"].sum() == 0
        and coverage.matched(load, older, "M")["surplus_kwh"].sum() == 9
    )


def test_no_certificates_leave_all_load_uncovered():
    nothing = coverage.by_month(certificates.counted(tables.empty("certificates"), 2025))
    for period in ("M", "Y"):
        assert (
            coverage.matched(pd.Series(5.0, MONTHS), nothing, period)["uncovered_kwh"].sum() == 60
        )


@pytest.mark.parametrize(
    ("load", "green", "period", "said"),
    [
        (pd.Series(5.0, MONTHS), pd.Series(5.0, MONTHS), "h", "hourly supply profile"),
        (pd.Series(5.0, MONTHS), pd.Series(5.0, MONTHS), "W", "choose one of h, D, M, Y"),
        (pd.Series(-5.0, MONTHS), pd.Series(5.0, MONTHS), "M", "load is -5.0 kWh at 2025-01"),
        (pd.Series(float("nan"), MONTHS), pd.Series(5.0, MONTHS), "M", "load is nan kWh"),
        (pd.Series(5.0, MONTHS), pd.Series(-5.0, MONTHS), "M", "green supply is -5.0"),
        (pd.Series(5.0, [])[:0], pd.Series(5.0, MONTHS), "M", "load is empty"),
    ],
)
def test_what_cannot_be_matched_is_refused(load, green, period, said):
    with pytest.raises(ValueError, match=said):
        coverage.matched(load, green, period)


def test_hourly_matching_refuses_a_profile_with_missing_hours():
    load = pd.Series(1.0, pd.date_range("2025-01-01", periods=48, freq="h", tz="UTC"))
    with pytest.raises(ValueError, match="8 of 48 hours"):
        coverage.matched(load, load.iloc[:40], "h")


HOURS = pd.date_range("2025-03-01", "2025-04-30 23:00", freq="h", tz="Asia/Shanghai")
day_of_kwh = st.lists(st.floats(0, 1e3), min_size=24, max_size=24)


def hourly(values):
    return pd.Series([values[hour.hour] for hour in HOURS], HOURS)


@given(day_of_kwh, day_of_kwh, st.floats(0, 1e6))
@settings(max_examples=25)
def test_finer_matching_never_covers_more(load, shape, bought):
    load, generation = hourly(load), pd.DataFrame({"farm_kwh": hourly(shape)})
    block = pd.DataFrame(
        {"month": ["2025-03"], "profile": ["farm"], "kwh": [bought], "region": ["Northwest China"]}
    )
    supply = coverage.by_hour(block, generation, "region")
    covered = [
        coverage.matched(load, supply.sum(axis=1), period)["matched_kwh"].sum()
        for period in coverage.PERIODS
    ]
    assert all(
        finer <= coarser * (1 + 1e-9) + 1e-6 for finer, coarser in pairwise(covered)
    ) and covered[-1] <= load.sum() * (1 + 1e-9)


@given(day_of_kwh.filter(lambda shape: sum(shape) > 1), st.floats(1, 1e6))
@settings(max_examples=25)
def test_a_months_kwh_stay_in_their_month_and_follow_the_plant(shape, bought):
    generation = pd.DataFrame({"farm_kwh": hourly(shape)})
    block = pd.DataFrame(
        {"month": ["2025-03"], "profile": ["farm"], "kwh": [bought], "region": ["N"]}
    )
    made = coverage.by_hour(block, generation, "region")["N"]
    assert (
        made[made.index.month == 3].sum() == pytest.approx(bought)
        and made[made.index.month == 4].sum() == 0
    )
    march = generation["farm_kwh"][HOURS.month == 3]
    assert made[HOURS.month == 3].to_numpy() == pytest.approx(
        bought * (march / march.sum()).to_numpy()
    )


def test_the_247_score_and_the_share_of_the_own_region():
    hours = pd.date_range("2025-06-01", periods=4, freq="h", tz="Asia/Shanghai")
    load = pd.Series([4.0, 4.0, 4.0, 4.0], hours)
    supply = pd.DataFrame(
        {"North China": [2.0, 0.0, 1.0, 0.0], "Northwest China": [2.0, 8.0, 1.0, 0.0]}, hours
    )
    by = coverage.by_period(load, supply, "North China", ("h", "Y")).set_index("period")
    assert by.matched_share["h"] == (4 + 4 + 2) / 16 and by.matched_share["Y"] == 14 / 16
    assert by.same_region_share["h"] == (2 + 0 + 1) / 10 and by.deliverable_share["h"] == 3 / 16
    assert coverage.by_period(load, supply, "", ("h",)).deliverable_share.isna().all()


def test_uncovered_hours_add_up_to_what_is_uncovered():
    load, supply = pd.Series(3.0, HOURS), pd.Series(hourly(list(range(24))), HOURS)
    table = coverage.uncovered_by_hour(load, supply)
    days = pd.Series({3: 31, 4: 30})
    assert len(table) == 48 and (table.uncovered_kw * table.month.map(days)).sum() == pytest.approx(
        coverage.matched(load, supply, "h")["uncovered_kwh"].sum()
    )
