"""Savings add up over end uses and months; their band has its stated coverage, by hand and on made
buildings that drift.
"""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from test_baseline import made_case, made_energy, made_weather

from neutrality.energy import bands, baseline, meters, savings
from neutrality.reference import published, units

ZONE = "Europe/London"


def expected_of(load, outdoor_c):
    return baseline.predict(baseline.fit(load, outdoor_c), outdoor_c)


def test_end_uses_and_unexplained_add_up_to_the_main_meter():
    load, outdoor_c = made_case(gap_share=0.0)
    table = savings.avoided(load * 0.93, expected_of(load, outdoor_c))
    whole = table.set_index("meter").loc["main"]
    parts = savings.by_end_use(table).set_index("meter")
    assert list(parts.index) == ["cooling", "lighting", "unexplained"]
    for column in parts:
        assert parts[column].sum() == pytest.approx(whole[column], rel=1e-9)


def test_months_add_up_to_the_year_and_in_each_the_parts_to_the_whole():
    load, outdoor_c = made_case()
    expected = expected_of(load, outdoor_c)
    monthly = savings.by_month(load * 0.93, expected)
    year = savings.avoided(load * 0.93, expected).set_index("meter")
    for column in savings.ENERGY:
        wide = monthly.pivot(index="month", columns="meter", values=column)
        np.testing.assert_allclose(wide.drop(columns="main").sum(axis=1), wide["main"], rtol=1e-9)
        np.testing.assert_allclose(wide[year.index].sum(), year[column], rtol=1e-9)
    last = monthly[monthly.month == 12].set_index("meter").cumulative_kwh
    np.testing.assert_allclose(last[year.index], year.savings_kwh, rtol=1e-9)


def test_a_gap_counts_as_no_saving():
    load, outdoor_c = made_case(gap_share=0.0)
    predicted = expected_of(load, outdoor_c)
    table = savings.avoided(load[10:20].where(load.time[10:20] != load.time[12]), predicted[10:20])
    assert (table.hours == 9).all()
    kept = np.r_[10:12, 13:20]
    np.testing.assert_allclose(table.predicted_kwh, predicted[kept].sum("time"))
    np.testing.assert_allclose(table.savings_kwh, (predicted - load)[kept].sum("time"))


def test_predictions_of_other_hours_are_refused():
    load, outdoor_c = made_case()
    with pytest.raises(ValueError, match="different hours"):
        savings.avoided(load[1:], expected_of(load, outdoor_c))


def test_end_uses_without_a_main_meter_are_refused():
    table = pd.DataFrame(
        {"meter": ["cooling"], "predicted_kwh": [1.0], "metered_kwh": [1.0], "savings_kwh": [0.0]}
    )
    with pytest.raises(ValueError, match="no meter is called 'main', only cooling"):
        savings.by_end_use(table)


def test_measures_of_one_end_use_all_show_its_savings_and_commuting_has_none():
    measures = pd.DataFrame(
        {"measure": ["ai", "set_points", "bus"], "end_use": ["cooling", "cooling", "commuting"]}
    )
    saved = savings.measures_by_end_use(
        measures, pd.DataFrame({"meter": ["cooling"], "savings_kwh": [5.0]})
    ).savings_kwh
    assert saved[:2].tolist() == [5.0, 5.0] and np.isnan(saved[2])


@pytest.mark.parametrize(
    ("level", "freedom", "t"),
    [  # two-sided, tables of Student's distribution
        (0.90, 5, 2.0150),
        (0.90, 11, 1.7959),
        (0.95, 11, 2.2010),
        (0.68, 1000, 0.9949),
        (0.99, 3, 5.8409),
    ],
)
def test_student_t_agrees_with_published_tables(level, freedom, t):
    assert bands.student_t(level, freedom) == pytest.approx(t, abs=2e-4)


def weeks(error_kwh):
    """Load and fit of a meter that reads `error_kwh` more than its model, week by week."""
    hours = np.arange(len(error_kwh) * units.HOURS_PER_WEEK)
    fitted = xr.DataArray(
        np.full((len(hours), 1), 10.0),
        {"meter": ["main"], "time": pd.Timestamp("2023-01-01") + pd.to_timedelta(hours, "h")},
        dims=("time", "meter"),
    )
    return fitted + xr.DataArray(
        np.repeat(error_kwh, units.HOURS_PER_WEEK), {"time": fitted.time}, dims="time"
    ), fitted


def test_model_error_by_hand():
    # Weeks of +2 and -2 kWh/h: successive differences of 4, half their mean square is 8; 52 weeks
    # predicted, 52 fitted.
    error = savings.model_error(*weeks([2.0, -2.0] * 26))
    assert error["main"] == pytest.approx(np.sqrt(8 * (1 / 52 + 1 / 52)))
    # weights 1, 1/2, 1/4 ...: three weeks
    shorter = savings.model_error(*weeks([2.0, -2.0] * 26), half_life_days=7.0)
    assert shorter["main"] == pytest.approx(np.sqrt(8 * (1 / 52 + 1 / 3)))


def test_a_slow_drift_is_not_model_error():
    assert savings.model_error(*weeks(np.linspace(-5, 5, 52)))["main"] < 0.05


def test_drift_is_the_usual_placebo_saving_less_the_models_own_error():
    usual = 0.05 * 0.6745
    assert bands.drift(np.array([usual, -usual, 0.9]), np.full(3, 0.04)) == pytest.approx(0.03)
    assert bands.drift(np.array([0.01, -0.01]), np.array([0.04, 0.04])) == 0


TABLE = pd.DataFrame(
    {"meter": ["main"], "hours": [100], "predicted_kwh": [5000.0], "savings_kwh": [500.0]}
)


def test_band_by_hand():
    row = savings.band(TABLE, pd.Series({"main": 3.0}), 0.90, drift_share=0.08).iloc[0]
    half = bands.quantile(bands.published_scores("hourly"), 0.90) * np.sqrt(300**2 + 400**2)
    assert (row.low_kwh, row.high_kwh) == pytest.approx((500 - half, 500 + half), rel=1e-4)
    assert row.level == 0.90


def test_drift_over_two_years_is_wider_by_the_root_of_two():
    banded = [
        savings.band(TABLE, pd.Series({"main": 0.0}), 0.90, 0.05, years).iloc[0] for years in (1, 2)
    ]
    widths = [row.high_kwh - row.low_kwh for row in banded]
    assert widths[1] / widths[0] == pytest.approx(np.sqrt(2))


def test_more_confidence_is_a_wider_band_around_the_same_savings():
    banded = [
        savings.band(TABLE, pd.Series({"main": 3.0}), level, 0.05).iloc[0]
        for level in (0.68, 0.90, 0.95)
    ]
    widths = [row.high_kwh - row.low_kwh for row in banded]
    assert widths == sorted(widths) and len(set(widths)) == 3
    assert all(row.high_kwh + row.low_kwh == pytest.approx(1000) for row in banded)


def test_band_covers_made_buildings_that_drift_at_its_stated_rate():
    # 120 buildings whose level moves by 6 % (standard deviation) from one made year to the next; 10
    # % are saved.
    rng, drift = np.random.default_rng(8), 0.06
    weather = made_weather()
    load = meters.to_array(made_energy(weather, gap_share=0.0)[["main_kwh"]], ZONE)
    outdoor_c = meters.outdoor_on(load, weather)
    fitted = baseline.fit(load, outdoor_c)
    expected = baseline.predict(fitted, outdoor_c)
    error, truth = savings.model_error(load, expected), 0.1 * float(expected.sum())
    covered = 0
    for moved in rng.normal(0, drift, 120):
        later = expected * (1 + moved) - 0.1 * expected + rng.normal(0, 3, expected.shape)
        row = savings.band(savings.avoided(later, expected), error, 0.90, drift).iloc[0]
        covered += row.low_kwh <= truth <= row.high_kwh
    assert 0.80 <= covered / 120 <= 0.97


def test_guideline_14_formula_by_hand():
    # n' = 100 of n = 400, m = 400: sqrt(4 x 1.02 / 400) = 0.100995; t(0.90, 100) = 1.6602
    expected = 1.6602 * 1.26 * (0.2 / 0.1) * 0.100995
    assert savings.fractional_uncertainty(0.1, 0.2, 400, 100, 400, 0.90) == pytest.approx(
        expected, rel=1e-4
    )


def test_drift_is_published_with_its_buildings():
    rows = published.coefficients().loc[[savings.DRIFT, f"{savings.DRIFT}_buildings"]]
    assert (rows.status == "SINGLE").all() and rows.source.str.contains("Cambridge Estates").all()
