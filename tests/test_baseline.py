"""The baseline equals its explicit regression, recovers known parameters, and follows local time
and days off.
"""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from neutrality.energy import baseline, calendars, meters, savings, towt
from neutrality.reference import published, units

ZONE = "Europe/London"
HOURS = pd.date_range("2023-01-01", "2024-01-01", freq="h", inclusive="left", tz=ZONE).tz_convert(
    "UTC"
)
MODELS = pytest.mark.parametrize("model", baseline.MODELS)


def made_weather(hours=HOURS, seed=1):
    """A year from frost to heat: most temperature bins have many hours, the outermost few."""
    day = (hours.day_of_year + hours.hour / units.HOURS_PER_DAY).to_numpy()
    season = 14 - 15 * np.cos(2 * np.pi * day / 365) - 4 * np.cos(2 * np.pi * day)
    return pd.DataFrame(
        {"outdoor_c": season + np.random.default_rng(seed).normal(0, 2, len(hours))}, hours
    )


def made_energy(weather, seed=2, gap_share=0.05):
    """Three meters with office hours, weather, noise and gaps of their own."""
    rng = np.random.default_rng(seed)
    local = weather.index.tz_convert(ZONE)
    office = ((local.day_of_week < 5) & (local.hour >= 8) & (local.hour < 19)).astype(float)
    outdoor_c = weather.outdoor_c.to_numpy()
    cooling = np.maximum(outdoor_c - 18, 0) * (0.5 + 3 * office) + rng.gamma(2, 1, len(local))
    lighting = 8 + 20 * office + rng.normal(0, 1, len(local))
    main = (
        cooling + lighting + 30 + 0.8 * np.maximum(12 - outdoor_c, 0) + rng.normal(0, 3, len(local))
    )
    energy = pd.DataFrame(
        {"main_kwh": main, "cooling_kwh": cooling, "lighting_kwh": lighting}, weather.index
    )
    return energy.mask(rng.random(energy.shape) < gap_share)


def made_case(**kwargs):
    weather = made_weather()
    load = meters.to_array(made_energy(weather, **kwargs), ZONE)
    return load, meters.outdoor_on(load, weather)


def explicit_design(model, outdoor_c, occupied):
    """The whole design matrix of one meter: levels of each hour of the week and of a day off, bins
    by occupancy, lagged degrees by hour of day.
    """
    uses_temperature, uses_lag = baseline.MODELS[model]
    hour, day_off = outdoor_c.hour_of_week.values, outdoor_c.day_off.values == 1
    week_hour = np.where(day_off, units.HOURS_PER_WEEK + hour % 24, hour)
    levels = np.eye(192)[week_hour]
    parts = towt.piecewise(outdoor_c.fillna(0).values) * uses_temperature
    state = occupied[week_hour] == 1
    degrees = towt.lagged(outdoor_c.values) * uses_lag
    by_hour = [degrees * (hour % 24 == h)[:, None] for h in range(24)]
    return levels, np.hstack([parts * ~state[:, None], parts * state[:, None], *by_hour])


@pytest.mark.slow
@MODELS
@pytest.mark.parametrize("half_life_days", [60.0, np.inf])
def test_fit_is_weighted_ridge_regression_on_the_explicit_design_matrix_with_gaps(
    model, half_life_days
):
    load, outdoor_c = made_case()
    load[:, 1] = load[:, 1].fillna(5.0)  # one meter without gaps
    outdoor_c[100:150] = np.nan
    fitted = baseline.fit(load, outdoor_c, model, half_life_days)
    predicted = baseline.predict(fitted, outdoor_c)
    age = (outdoor_c.time.values[-1] - outdoor_c.time.values) / np.timedelta64(1, "D")
    for meter in load.meter.values:
        reading = load.sel(meter=meter).values
        usable = np.isfinite(reading) & np.isfinite(outdoor_c.values)
        weight = np.where(usable, 0.5 ** (age / half_life_days), 0)
        levels, weather = explicit_design(model, outdoor_c, fitted.occupied.sel(meter=meter).values)
        levels = levels[:, :168]  # the made year has no day off
        design = np.hstack([levels, weather])
        ridge = np.r_[np.zeros(168), np.full(weather.shape[1], towt.RIDGE_C2 * weight.sum())]
        left = (design * weight[:, None])[usable].T @ design[usable] + np.diag(ridge)
        solution = np.linalg.solve(left, (design * weight[:, None])[usable].T @ reading[usable])
        expected = np.maximum(design @ solution, fitted.floor_kwh.sel(meter=meter).item())
        np.testing.assert_allclose(
            predicted.sel(meter=meter).values[usable], expected[usable], rtol=1e-8, atol=1e-8
        )
        assert fitted.hours.sel(meter=meter) == usable.sum()


def test_fit_recovers_known_levels_slopes_and_occupancy_within_its_ridge():
    weather = made_weather()
    empty = meters.to_array(pd.DataFrame({"main_kwh": 0.0}, HOURS), ZONE)
    outdoor_c = meters.outdoor_on(empty, weather)
    hour = np.arange(units.HOURS_PER_WEEK)
    open_hours = (hour < 5 * 24) & (hour % 24 >= 8) & (hour % 24 < 19)
    level = np.where(open_hours, 100.0, 40.0) + np.sin(hour)
    slope = {0: [-1.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.0], 1: [-3.0, -3.0, -2.0, 0.0, 2.0, 4.0, 4.0]}
    occupied = open_hours[empty.hour_of_week.values]
    parts = towt.piecewise(outdoor_c.values)
    truth = level[empty.hour_of_week.values] + np.where(
        occupied, parts @ slope[1], parts @ slope[0]
    )
    load = empty.copy(data=truth[:, None])

    fitted = baseline.fit(load, outdoor_c, "towt")
    assert (fitted.occupied.sel(meter="main").values[:168] == open_hours).all()
    error = baseline.predict(fitted, outdoor_c).sel(meter="main") - truth
    assert np.sqrt((error**2).mean()) < 0.01 * truth.mean()
    seen = parts.std(axis=0) > 1.0  # °C: bins with enough spread; slopes of the rest shrink to zero
    assert seen.sum() == 5
    for state in (0, 1):
        found = fitted.slope_kwh_per_c.sel(meter="main", occupancy=state).values
        np.testing.assert_allclose(found[seen], np.array(slope[state])[seen], atol=0.2)


def test_fit_recovers_the_response_to_lagged_temperature():
    weather = made_weather()
    empty = meters.to_array(pd.DataFrame({"main_kwh": 0.0}, HOURS), ZONE)
    outdoor_c = meters.outdoor_on(empty, weather)
    per_degree = 1 + np.arange(24) / 24  # a boiler that answers more in the evening
    truth = 20 + towt.lagged(outdoor_c.values)[:, 0] * per_degree[empty.hour_of_week.values % 24]
    load = empty.copy(data=truth[:, None])
    errors = {
        model: float(
            np.abs(
                baseline.predict(baseline.fit(load, outdoor_c, model), outdoor_c)[:, 0] - truth
            ).mean()
        )
        for model in ("towt", "towt_lagged")
    }
    assert errors["towt_lagged"] < 0.03 * truth.mean() < errors["towt"]
    found = baseline.fit(load, outdoor_c).lagged_kwh_per_c.sel(meter="main", side="heating").values
    assert np.corrcoef(found, per_degree)[0, 1] > 0.98


def test_day_off_has_hours_of_its_own_and_sundays_where_the_base_year_had_none():
    weather = made_weather()
    energy = pd.DataFrame({"main_kwh": 100.0}, HOURS)
    local = HOURS.tz_convert(ZONE)
    energy.loc[local.day_of_week == 6, "main_kwh"] = 40.0
    days = calendars.days("GB-ENG", [2023], year_end_closure=True)
    closed = np.isin(local.strftime("%Y-%m-%d"), days.date)
    energy.loc[closed, "main_kwh"] = 10.0
    load = meters.to_array(energy, ZONE, days)
    outdoor_c = meters.outdoor_on(load, weather)
    fitted = baseline.fit(load, outdoor_c, "time_of_week")
    off = fitted.level_kwh.sel(meter="main").values[168:]
    share = towt.SUNDAY_SHARE * 365 / (closed.sum() / 24 + towt.SUNDAY_SHARE * 365)
    np.testing.assert_allclose(off, share * 40 + (1 - share) * 10, atol=0.2)
    plain = baseline.fit(
        load.assign_coords(day_off=load.day_off * 0),
        outdoor_c.assign_coords(day_off=outdoor_c.day_off * 0),
        "time_of_week",
    )
    expected = baseline.predict(plain, outdoor_c)  # fitted without days off, predicts some
    np.testing.assert_allclose(
        expected[closed].values[:, 0],
        plain.level_kwh.values[144:168, 0][load.hour_of_week[closed] % 24],
    )


def test_recent_readings_have_the_most_weight():
    load, outdoor_c = made_case(gap_share=0.0)
    drifting = load + xr.DataArray(np.linspace(-20, 20, load.sizes["time"]), dims="time")
    ends = [
        float(
            baseline.predict(baseline.fit(drifting, outdoor_c, half_life_days=each), outdoor_c)[
                -720:
            ].mean()
        )
        for each in (30, 120, np.inf)
    ]
    truth = float(drifting[-720:].mean())
    assert abs(ends[0] - truth) < abs(ends[1] - truth) < abs(ends[2] - truth)


def test_a_drifting_year_has_the_shortest_half_life_and_a_steady_one_the_longest():
    load, outdoor_c = made_case()
    steps = np.repeat([0.0, 30.0, -15.0, 25.0, -10.0, 40.0], load.sizes["time"] // 6 + 1)[
        : load.sizes["time"]
    ]
    steady, drifting = (
        baseline.half_life_errors(each, outdoor_c)
        for each in (load, load + xr.DataArray(steps, dims="time"))
    )
    assert float(steady.idxmin()) == np.inf
    assert float(drifting.idxmin()) == min(baseline.HALF_LIVES_DAYS)


def test_half_life_errors_depend_neither_on_the_order_nor_on_the_unit_of_meters():
    load, outdoor_c = made_case()
    scores = baseline.half_life_errors(load, outdoor_c)
    np.testing.assert_allclose(
        baseline.half_life_errors(load[:, ::-1], outdoor_c), scores, rtol=1e-12
    )
    np.testing.assert_allclose(
        baseline.half_life_errors(load * 7, outdoor_c), scores + np.log(7), rtol=1e-9
    )


@settings(max_examples=12)
@given(st.permutations(range(4)), st.sampled_from([30.0, 120.0, np.inf]))
def test_a_meter_alone_equals_the_same_meter_in_a_batch_of_any_order(order, half_life_days):
    load, outdoor_c = made_case()
    load = xr.concat(
        [load, load.sel(meter=["main"]).fillna(30.0).assign_coords(meter=["complete"])], "meter"
    )

    def expected(some):
        return baseline.predict(
            baseline.fit(some, outdoor_c, half_life_days=half_life_days), outdoor_c
        )

    together, turned = expected(load), expected(load[:, order])
    np.testing.assert_allclose(turned, together[:, order], rtol=1e-10)
    alone = load.meter.values[order[0]]
    np.testing.assert_allclose(
        expected(load.sel(meter=[alone])), together.sel(meter=[alone]), rtol=1e-10
    )


def test_readings_and_meters_taken_together_or_one_at_a_time_come_to_the_same(monkeypatch):
    load, outdoor_c = made_case()
    load = load[:, [0, 1, 2, 0, 1]].assign_coords(meter=[*"abcde"])
    load[:, 3:] = load[:, 3:].fillna(30.0)
    half_lives = np.array([60.0, np.inf, 60.0, 60.0, np.inf])

    def expected():
        return baseline.predict(baseline.fit(load, outdoor_c, half_life_days=half_lives), outdoor_c)

    together = expected()
    monkeypatch.setattr(towt, "_READINGS", 1)
    monkeypatch.setattr(towt, "_METERS", 1)
    np.testing.assert_allclose(expected(), together, rtol=1e-10)


@pytest.mark.parametrize("half_life_days", [60.0, np.inf])
def test_weather_that_never_varies_is_no_parameter(half_life_days):
    load, outdoor_c = made_case()
    load[:, 1] = load[:, 1].fillna(5.0)
    fitted = baseline.fit(load, outdoor_c * 0 + 25.3, half_life_days=half_life_days)
    assert (fitted.parameters == units.HOURS_PER_WEEK).all()
    assert (fitted.slope_kwh_per_c == 0).all() and (fitted.lagged_kwh_per_c == 0).all()


def test_an_endless_reading_is_a_missing_one():
    load, outdoor_c = made_case()
    gaps, endless = (load.where(load.local_month != 5, each) for each in (np.nan, np.inf))
    xr.testing.assert_identical(baseline.fit(endless, outdoor_c), baseline.fit(gaps, outdoor_c))


def test_a_meter_without_readings_is_refused_and_has_no_say_in_the_half_life():
    load, outdoor_c = made_case()
    others = baseline.half_life_errors(load[:, 1:], outdoor_c)
    load[:, 0] = np.nan
    with pytest.raises(ValueError, match="energy: main: some hour of the week"):
        baseline.fit(load, outdoor_c)
    np.testing.assert_allclose(baseline.half_life_errors(load, outdoor_c), others, rtol=1e-12)


@settings(max_examples=15)
@given(st.floats(0.01, 1000))
def test_scaled_load_scales_prediction_and_savings(scale):
    load, outdoor_c = made_case()
    plain, scaled = (
        baseline.predict(baseline.fit(each, outdoor_c), outdoor_c) for each in (load, load * scale)
    )
    np.testing.assert_allclose(scaled, plain * scale, rtol=1e-8)
    saved = [
        savings.avoided(0.9 * each, expected).savings_kwh
        for each, expected in ((load, plain), (load * scale, scaled))
    ]
    np.testing.assert_allclose(saved[1], saved[0] * scale, rtol=1e-8)


@settings(max_examples=10)
@given(st.lists(st.floats(0, 50), min_size=168, max_size=168))
def test_a_weekly_rhythm_added_to_the_load_is_added_to_the_prediction(rhythm):
    load, outdoor_c = made_case()
    added = xr.DataArray(np.array(rhythm)[load.hour_of_week.values], dims="time")
    plain = baseline.predict(baseline.fit(load, outdoor_c, "time_of_week"), outdoor_c)
    changed = baseline.predict(baseline.fit(load + added, outdoor_c, "time_of_week"), outdoor_c)
    np.testing.assert_allclose(changed, plain + added, atol=1e-8)


def test_predictions_are_not_negative_unless_readings_were():
    load, outdoor_c = made_case(gap_share=0.0)
    cold = xr.where(load < 30, 0, load)
    assert float(baseline.predict(baseline.fit(cold, outdoor_c), outdoor_c - 30).min()) >= 0
    exporting = load - float(load.max())
    assert float(baseline.predict(baseline.fit(exporting, outdoor_c), outdoor_c).min()) < 0


def test_savings_of_a_tenth_are_recovered_in_another_years_weather():
    load, outdoor_c = made_case()
    later = pd.date_range(
        "2024-01-01", "2025-01-01", freq="h", inclusive="left", tz=ZONE
    ).tz_convert("UTC")
    weather = made_weather(later, seed=5) + 1.0
    saved = meters.to_array(made_energy(weather, seed=6, gap_share=0.0) * 0.9, ZONE)
    predicted = baseline.predict(baseline.fit(load, outdoor_c), meters.outdoor_on(saved, weather))
    table = savings.avoided(saved, predicted).set_index("meter")
    share = table.savings_kwh / table.predicted_kwh
    assert share.main == pytest.approx(0.1, abs=0.005)
    assert share.lighting == pytest.approx(0.1, abs=0.005)


def test_model_read_back_from_netcdf_predicts_the_same(tmp_path):
    load, outdoor_c = made_case()
    fitted = baseline.fit(load, outdoor_c)
    fitted.to_netcdf(tmp_path / "model.nc")
    with xr.open_dataset(tmp_path / "model.nc") as kept:
        xr.testing.assert_equal(
            baseline.predict(kept, outdoor_c), baseline.predict(fitted, outdoor_c)
        )


def test_prediction_of_a_month_held_out_does_not_depend_on_its_readings():
    load, outdoor_c = made_case()
    march = load.local_month == 3
    plain = baseline.held_out(load, outdoor_c)
    changed = baseline.held_out(load.where(~march, load * 3), outdoor_c)
    assert (plain.time == load.time).all()
    xr.testing.assert_equal(plain.where(march, drop=True), changed.where(march, drop=True))
    assert not np.allclose(plain.where(~march, 0), changed.where(~march, 0))


def test_statistics_of_four_hours_by_hand():
    def hours(values):
        return xr.DataArray(
            np.array(values)[:, None],
            dims=("time", "meter"),
            coords={"meter": ["main"], "local_month": ("time", [1, 1, 2, 2])},
        )

    metered = hours([8.0, 12.0, 8.0, 12.0])
    around = baseline.fit_statistics(metered, hours([10.0] * 4), 2).sel(meter="main")
    assert around.cv_rmse == pytest.approx(np.sqrt(16 / 2) / 10)
    assert around.nmbe == 0
    assert around.autocorrelation == pytest.approx(-12 / 16)
    assert around.effective_hours == pytest.approx(4 * 1.75 / 0.25)
    assert around.r2 == 0
    below = baseline.fit_statistics(metered, hours([9.0] * 4), 0).sel(meter="main")
    assert below.nmbe == pytest.approx(4 / (4 * 10))  # metered more than expected: positive
    assert below.cv_rmse == pytest.approx(np.sqrt(20 / 4) / 10)
    assert below.monthly_nmbe == pytest.approx((2 + 2) / (1 * 20))
    assert below.monthly_cv_rmse == pytest.approx(np.sqrt((2**2 + 2**2) / 1) / 20)


def test_hour_of_week_is_local_across_both_clock_changes():
    hours = pd.date_range("2024-01-01", "2025-01-01", freq="h", inclusive="left", tz="UTC")
    load = meters.to_array(pd.DataFrame({"main_kwh": 1.0}, hours), ZONE)
    assert load.sizes["time"] == 366 * 24
    sunday = 6 * 24
    spring = load.hour_of_week.sel(time=slice("2024-03-31T00", "2024-03-31T02"))
    autumn = load.hour_of_week.sel(time=slice("2024-10-26T23", "2024-10-27T02"))
    assert spring.values.tolist() == [sunday, sunday + 2, sunday + 3]  # 01:00 does not exist
    assert autumn.values.tolist() == [
        sunday,
        sunday + 1,
        sunday + 1,
        sunday + 2,
    ]  # 01:00 comes twice


def test_local_year_begins_at_local_midnight():
    hours = pd.date_range("2024-12-31 15:00", periods=3, freq="h", tz="UTC")
    load = meters.to_array(pd.DataFrame({"main_kwh": [1.0, 2.0, 3.0]}, hours), "Asia/Shanghai")
    assert load.sel(time=hours.tz_localize(None)).local_year.values.tolist() == [2024, 2025, 2025]
    assert load.time.values[0] == np.datetime64("2023-12-31T16:00")


def test_holidays_take_sundays_hours_and_worked_weekends_mondays():
    hours = pd.date_range(
        "2025-01-01", "2026-01-01", freq="h", inclusive="left", tz="Asia/Shanghai"
    )
    calendar = pd.DataFrame(
        {"date": ["2025-10-01", "2025-10-04", "2025-09-28"], "workday": [False, False, True]}
    )
    energy = pd.DataFrame({"main_kwh": 1.0}, hours.tz_convert("UTC"))
    load = meters.to_array(energy, "Asia/Shanghai", calendar)
    noon = {
        day: int(load.hour_of_week.sel(time=f"{day}T04:00")) // 24
        for day in ("2025-10-01", "2025-10-04", "2025-09-28", "2025-10-09")
    }
    assert noon == {"2025-10-01": 6, "2025-10-04": 5, "2025-09-28": 0, "2025-10-09": 3}


def test_outdoor_temperature_is_interpolated_over_six_hours_and_no_more():
    weather = made_weather()
    load = meters.to_array(pd.DataFrame({"main_kwh": 1.0}, HOURS), ZONE)
    short, long = slice(100, 106), slice(200, 207)
    holes = weather.copy()
    holes.iloc[short] = holes.iloc[long] = np.nan
    outdoor_c = meters.outdoor_on(load, holes)
    expected = np.interp(np.arange(100, 106), [99, 106], weather.outdoor_c.iloc[[99, 106]])
    np.testing.assert_allclose(outdoor_c[short], expected)
    assert outdoor_c.isnull().sum() == 7 and outdoor_c[long].isnull().all()


def test_unknown_model_is_refused():
    load, outdoor_c = made_case()
    with pytest.raises(ValueError, match="'towtt' is unknown; choose one of towt_lagged,"):
        baseline.fit(load, outdoor_c, "towtt")


def test_meter_never_read_in_an_hour_of_the_week_is_refused():
    load, outdoor_c = made_case()
    load = load.where((load.hour_of_week != 30) | (load.meter != "cooling"))
    with pytest.raises(ValueError, match="energy: cooling: some hour of the week"):
        baseline.fit(load, outdoor_c)


def test_weather_of_other_hours_is_refused():
    load, outdoor_c = made_case()
    with pytest.raises(ValueError, match="different hours"):
        baseline.fit(load, outdoor_c[1:])


@pytest.mark.parametrize("times", [["2024-01-01 00:30"], ["2024-01-01 00:00", "2024-01-01 00:00"]])
def test_readings_off_the_hour_or_double_are_refused(times):
    energy = pd.DataFrame({"main_kwh": 1.0}, pd.DatetimeIndex(times, tz="UTC"))
    with pytest.raises(ValueError, match="not the only one of a full hour"):
        meters.to_array(energy, ZONE)


def test_temperature_parts_add_up_to_the_temperature():
    outdoor_c = np.linspace(-40, 50, 181)
    np.testing.assert_allclose(towt.piecewise(outdoor_c).sum(axis=1), outdoor_c, atol=1e-12)


def test_model_constants_are_the_published_ones():
    coefficients = published.coefficients().value
    assert coefficients["towt_occ_threshold"] == towt.OCCUPIED_SHARE
    assert coefficients["towt_hdd_bp"] == towt.HEATING_BELOW_F
    assert coefficients["towt_cdd_bp"] == towt.COOLING_ABOVE_F
