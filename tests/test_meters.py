"""Readings as arrays: local years, gaps filled, and what was measured, estimated or substituted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neutrality.case import tables
from neutrality.energy import meters

ZONE = "Asia/Shanghai"
HOURS = pd.date_range("2025-01-01", "2026-01-01", freq="h", inclusive="left", tz=ZONE).tz_convert(
    "UTC"
)


def energy(estimated=(), missing=()):
    table = pd.DataFrame(
        {"main_kwh": 10.0 + np.arange(len(HOURS)) % 24, "main_quality": "", "cooling_kwh": 2.0},
        HOURS,
    )
    table.iloc[list(estimated), 1] = "estimated"
    table.iloc[list(missing), 0] = np.nan
    return table


def by_quality(table):
    load = meters.to_array(table, ZONE)
    filled, _ = meters.fill_gaps(load)
    parts = meters.energy_by_quality(load, filled, meters.estimated(table, load))
    return parts.set_index("meter"), filled


def two_years():
    hours = pd.date_range("2023-01-01", "2025-01-01", freq="h", inclusive="left", tz=ZONE)
    table = pd.DataFrame(
        {"main_kwh": 50.0 + hours.hour, "cooling_kwh": 5.0 + hours.month + hours.hour / 100},
        hours.tz_convert("UTC"),
    )
    return meters.to_array(table, ZONE)


hours = st.sets(st.integers(0, len(HOURS) - 1), max_size=40)


@settings(max_examples=15)
@given(hours, hours)
def test_measured_estimated_and_substituted_are_the_filled_load(estimated, missing):
    table, filled = by_quality(energy(estimated, missing))
    parts = table[["measured_kwh", "estimated_kwh", "substituted_kwh"]].sum(axis=1)
    np.testing.assert_allclose(parts, filled.sum("time").to_series()[parts.index], rtol=1e-12)
    assert table.estimated_hours.main == len(estimated - missing)
    assert table.substituted_hours.main == len(missing)
    assert table.estimated_kwh.cooling == table.substituted_kwh.cooling == 0


def test_quality_columns_are_not_meters():
    assert meters.to_array(energy(), ZONE).meter.values.tolist() == ["main", "cooling"]


def case_with(tmp_path, **columns):
    table = pd.DataFrame(
        {
            "time": ["2025-01-01T00:00+08:00", "2025-01-01T01:00+08:00"],
            "main_kwh": ["1", ""],
            **columns,
        }
    )
    table.to_csv(tmp_path / "energy.csv", index=False)


def test_quality_is_read_and_blank_is_measured(tmp_path):
    case_with(tmp_path, main_quality=["estimated", ""])
    assert tables.read(tmp_path, "energy").main_quality.tolist() == ["estimated", ""]


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        (
            {"main_quality": ["guessed", ""]},
            "energy.csv, row 2, column main_quality: found 'guessed'; choose one of measured, "
            "estimated",
        ),
        (
            {"cooling_quality": ["estimated", ""]},
            "energy.csv, column cooling_quality: it says how cooling_kwh was read, and there is "
            "no such column; add or rename one",
        ),
    ],
)
def test_an_unknown_quality_or_one_without_readings_is_refused(tmp_path, columns, problem):
    case_with(tmp_path, **columns)
    assert tables.problems(tmp_path, "energy") == [problem]


def test_the_hours_of_a_local_year_are_its_months():
    load = meters.to_array(energy(), ZONE)
    hourly, monthly = meters.by_hour(load, "main", 2025), meters.by_month(load, "main", 2025)
    assert hourly.index[0] == pd.Timestamp("2025-01-01", tz=ZONE) and len(hourly) == 8760
    assert hourly.groupby(hourly.index.strftime("%Y-%m")).sum().to_dict() == pytest.approx(
        monthly.to_dict()
    )


def test_gap_takes_the_mean_of_its_hour_of_week_in_its_month_and_year():
    load = two_years()
    gap = dict(time=500, meter=0)
    hour, month = load.hour_of_week[500], load.local_month[500]
    same = (load.hour_of_week == hour) & (load.local_month == month) & (load.local_year == 2023)
    values = load.copy()
    values[same.values, 0] = np.arange(same.sum().item(), dtype=float)
    values[gap] = np.nan
    expected = float(values[same.values, 0].mean())  # of the others
    filled, gap_hours = meters.fill_gaps(values)
    assert filled[gap] == pytest.approx(expected)
    assert gap_hours.sel(meter="main").values.tolist() == [1, 0]
    assert filled.notnull().all()
    kept = values.notnull().values
    np.testing.assert_array_equal(filled.values[kept], values.values[kept])


def test_missing_month_takes_the_years_mean_and_an_empty_year_stays_empty():
    load = two_years()
    holes = load.where((load.local_year == 2023) & (load.local_month != 2))
    filled, gap_hours = meters.fill_gaps(holes)
    february = (load.local_month == 2) & (load.local_year == 2023)
    np.testing.assert_allclose(
        filled[february.values, 0], load[february.values, 0]
    )  # as every month
    assert filled[(load.local_year == 2024).values].isnull().all()
    assert gap_hours.values.tolist() == [[28 * 24] * 2, [366 * 24] * 2]


@given(st.integers(0, 600), st.integers(0, 3), st.integers(0, 9))
def test_truths_are_counted_as_numpy_counts_them(hours, columns, seed):
    true = np.random.default_rng(seed).random((hours, columns)) < seed / 8
    assert meters.count(true).tolist() == true.sum(axis=0).tolist()
