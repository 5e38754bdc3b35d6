"""The baseline is least squares, finds the truth it was given, knows local time; its parts are its whole."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from neutrality import baseline, emissions, meters, units

ZONE = "Europe/London"
HOURS = pd.date_range("2023-01-01", "2024-01-01", freq="h", inclusive="left", tz=ZONE).tz_convert("UTC")
MODELS = pytest.mark.parametrize("model", baseline.MODELS)


def made_weather(hours=HOURS, seed=1):
    """A year from frost to heat, so that most bins of all models are filled and the outermost are thin."""
    day = (hours.day_of_year + hours.hour / units.HOURS_PER_DAY).to_numpy()
    season = 14 - 15 * np.cos(2 * np.pi * day / 365) - 4 * np.cos(2 * np.pi * day)
    return pd.DataFrame({"outdoor_c": season + np.random.default_rng(seed).normal(0, 2, len(hours))}, hours)


def made_energy(weather, seed=2, gap_share=0.05):
    """Three meters with office hours, weather, noise and gaps of their own."""
    rng = np.random.default_rng(seed)
    local = weather.index.tz_convert(ZONE)
    office = ((local.day_of_week < 5) & (local.hour >= 8) & (local.hour < 19)).astype(float)
    outdoor_c = weather.outdoor_c.to_numpy()
    cooling = np.maximum(outdoor_c - 18, 0) * (0.5 + 3 * office) + rng.gamma(2, 1, len(local))
    lighting = 8 + 20 * office + rng.normal(0, 1, len(local))
    main = cooling + lighting + 30 + 0.8 * np.maximum(12 - outdoor_c, 0) + rng.normal(0, 3, len(local))
    energy = pd.DataFrame({"main_kwh": main, "cooling_kwh": cooling, "lighting_kwh": lighting}, weather.index)
    return energy.mask(rng.random(energy.shape) < gap_share)


def made_case(**kwargs):
    weather = made_weather()
    load = meters.to_array(made_energy(weather, **kwargs), ZONE)
    return load, meters.outdoor_on(load, weather)


def explicit_design(fitted, outdoor_c, usable, meter):
    """The whole design matrix of one meter: a column an hour of week, one a (merged) bin and occupancy."""
    ends_f, by_hour, split = baseline.MODELS[fitted.attrs["model"]]
    hour = outdoor_c.hour_of_week.values
    columns = list(np.eye(units.HOURS_PER_WEEK)[hour].T) if by_hour else [np.ones(len(hour))]
    if ends_f is None:
        return np.stack(columns, axis=1)
    occupied = fitted.occupied.sel(meter=meter).values[hour]
    edges = [-np.inf, *map(units.celsius, ends_f), np.inf]
    for state in (0, 1) if split else (0,):
        column, held = 0.0, 0
        merged = []
        for low, high in zip(edges, edges[1:]):
            inside = (outdoor_c.values > low) & (outdoor_c.values <= high) & usable & (occupied == state)
            column = column + np.clip(outdoor_c.values, low, high) - (low if np.isfinite(low) else 0)
            held += inside.sum()
            if held >= baseline.THIN_BIN_HOURS:
                merged.append(column)
                column, held = 0.0, 0
        if not isinstance(column, float):
            merged[-1] = merged[-1] + column
        columns += [part * (occupied == state) for part in merged]
    return np.stack(columns, axis=1)


@MODELS
def test_fit_is_least_squares_on_the_explicit_design_matrix_with_gaps(model):
    load, outdoor_c = made_case()
    outdoor_c[100:150] = np.nan
    fitted = baseline.fit(load, outdoor_c, model)
    predicted = baseline.predict(fitted, outdoor_c)
    for meter in load.meter.values:
        reading = load.sel(meter=meter).values
        usable = np.isfinite(reading) & np.isfinite(outdoor_c.values)
        design = explicit_design(fitted, outdoor_c.fillna(0), usable, meter)
        solution, _, rank, _ = np.linalg.lstsq(design[usable], reading[usable], rcond=None)
        np.testing.assert_allclose(predicted.sel(meter=meter).values[usable], (design @ solution)[usable],
                                   rtol=1e-8, atol=1e-8)
        assert fitted.parameters.sel(meter=meter) == rank
        assert fitted.hours.sel(meter=meter) == usable.sum()


def test_fit_finds_levels_slopes_and_occupancy_it_was_given():
    weather = made_weather()
    empty = meters.to_array(pd.DataFrame({"main_kwh": 0.0}, HOURS), ZONE)
    outdoor_c = meters.outdoor_on(empty, weather)
    hour = np.arange(units.HOURS_PER_WEEK)
    open_hours = (hour < 5 * 24) & (hour % 24 >= 8) & (hour % 24 < 19)
    level = np.where(open_hours, 100.0, 40.0) + np.sin(hour)
    slope = {0: [-1.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.0], 1: [-3.0, -3.0, -2.0, 0.0, 2.0, 4.0, 4.0]}
    occupied = open_hours[empty.hour_of_week.values]
    bin_c = baseline.piecewise(outdoor_c, "towt").values
    truth = level[empty.hour_of_week.values] + np.where(occupied, bin_c @ slope[1], bin_c @ slope[0])
    load = empty.copy(data=truth[:, None])

    fitted = baseline.fit(load, outdoor_c)
    assert (fitted.occupied.sel(meter="main").values == open_hours).all()
    np.testing.assert_allclose(fitted.level_kwh.sel(meter="main"), level, atol=1e-8)
    for state in (0, 1):
        found = fitted.slope_kwh_per_c.sel(meter="main", occupancy=state)
        np.testing.assert_allclose(found, slope[state], atol=1e-8)


def test_savings_of_a_tenth_are_found_in_another_years_weather():
    load, outdoor_c = made_case()
    later = pd.date_range("2024-01-01", "2025-01-01", freq="h", inclusive="left", tz=ZONE).tz_convert("UTC")
    weather = made_weather(later, seed=5) + 1.0
    saved = meters.to_array(made_energy(weather, seed=6, gap_share=0.0) * 0.9, ZONE)
    predicted = baseline.predict(baseline.fit(load, outdoor_c), meters.outdoor_on(saved, weather))
    table = baseline.savings(saved, predicted).set_index("meter")
    share = table.savings_kwh / table.predicted_kwh
    assert share.main == pytest.approx(0.1, abs=0.005)
    assert share.lighting == pytest.approx(0.1, abs=0.005)


def test_a_meter_does_not_feel_its_neighbours():
    load, outdoor_c = made_case()
    together = baseline.predict(baseline.fit(load, outdoor_c), outdoor_c)
    for meter in load.meter.values:
        alone = baseline.predict(baseline.fit(load.sel(meter=[meter]), outdoor_c), outdoor_c)
        np.testing.assert_allclose(alone, together.sel(meter=[meter]), rtol=1e-10)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.01, 1000), st.floats(-500, 500))
def test_scaled_and_shifted_load_scales_and_shifts_the_prediction(scale, shift):
    load, outdoor_c = made_case()
    plain = baseline.predict(baseline.fit(load, outdoor_c), outdoor_c)
    changed = baseline.predict(baseline.fit(load * scale + shift, outdoor_c), outdoor_c)
    np.testing.assert_allclose(changed, plain * scale + shift, rtol=1e-8, atol=1e-8 * (abs(shift) + scale))


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(-50, 50), min_size=168, max_size=168))
def test_a_weekly_rhythm_added_to_the_load_is_added_to_the_prediction(rhythm):
    load, outdoor_c = made_case()
    added = xr.DataArray(np.array(rhythm)[load.hour_of_week.values], dims="time")
    plain = baseline.predict(baseline.fit(load, outdoor_c, "time_of_week"), outdoor_c)
    changed = baseline.predict(baseline.fit(load + added, outdoor_c, "time_of_week"), outdoor_c)
    np.testing.assert_allclose(changed, plain + added, atol=1e-8)


def test_model_survives_netcdf(tmp_path):
    load, outdoor_c = made_case()
    fitted = baseline.fit(load, outdoor_c)
    fitted.to_netcdf(tmp_path / "model.nc")
    with xr.open_dataset(tmp_path / "model.nc") as kept:
        xr.testing.assert_equal(baseline.predict(kept, outdoor_c), baseline.predict(fitted, outdoor_c))


def test_prediction_of_a_month_held_out_does_not_depend_on_its_readings():
    load, outdoor_c = made_case()
    march = load.local_month == 3
    plain = baseline.held_out(load, outdoor_c)
    changed = baseline.held_out(load.where(~march, load * 3), outdoor_c)
    assert (plain.time == load.time).all()
    xr.testing.assert_equal(plain.where(march, drop=True), changed.where(march, drop=True))
    assert not np.allclose(plain.where(~march, 0), changed.where(~march, 0))


def test_end_uses_and_rest_add_up_to_the_main_meter():
    load, outdoor_c = made_case(gap_share=0.0)
    table = baseline.savings(load * 0.93, baseline.predict(baseline.fit(load, outdoor_c), outdoor_c))
    whole = table.set_index("meter").loc["main"]
    parts = baseline.by_end_use(table).set_index("meter")
    assert list(parts.index) == ["cooling", "lighting", "unexplained"]
    for column in parts:
        assert parts[column].sum() == pytest.approx(whole[column], rel=1e-9)


def test_nothing_is_saved_in_a_gap():
    load, outdoor_c = made_case(gap_share=0.0)
    predicted = baseline.predict(baseline.fit(load, outdoor_c), outdoor_c)
    table = baseline.savings(load[10:20].where(load.time[10:20] != load.time[12]), predicted[10:20])
    assert (table.hours == 9).all()
    kept = np.r_[10:12, 13:20]
    np.testing.assert_allclose(table.predicted_kwh, predicted[kept].sum("time"))
    np.testing.assert_allclose(table.savings_kwh, (predicted - load)[kept].sum("time"))


def test_statistics_of_four_hours_by_hand():
    def hours(values):
        return xr.DataArray(np.array(values)[:, None], dims=("time", "meter"),
                            coords={"meter": ["main"], "local_month": ("time", [1, 1, 2, 2])})

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
    assert autumn.values.tolist() == [sunday, sunday + 1, sunday + 1, sunday + 2]  # 01:00 comes twice


def test_local_year_begins_at_local_midnight():
    hours = pd.date_range("2024-12-31 15:00", periods=3, freq="h", tz="UTC")
    load = meters.to_array(pd.DataFrame({"main_kwh": [1.0, 2.0, 3.0]}, hours), "Asia/Shanghai")
    assert load.sel(time=hours.tz_localize(None)).local_year.values.tolist() == [2024, 2025, 2025]
    assert load.time.values[0] == np.datetime64("2023-12-31T16:00")


def test_holidays_take_sundays_hours_and_worked_weekends_mondays():
    hours = pd.date_range("2025-01-01", "2026-01-01", freq="h", inclusive="left", tz="Asia/Shanghai")
    calendar = pd.DataFrame({"date": ["2025-10-01", "2025-10-04", "2025-09-28"],
                             "workday": [False, False, True]})
    energy = pd.DataFrame({"main_kwh": 1.0}, hours.tz_convert("UTC"))
    load = meters.to_array(energy, "Asia/Shanghai", calendar)
    noon = {day: int(load.hour_of_week.sel(time=f"{day}T04:00")) // 24
            for day in ("2025-10-01", "2025-10-04", "2025-09-28", "2025-10-09")}
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


def test_temperature_parts_add_up_to_the_temperature():
    outdoor_c = xr.DataArray(np.linspace(-40, 50, 181), dims="time")
    for model in ("towt", "towt_rmv2", "temperature"):
        np.testing.assert_allclose(baseline.piecewise(outdoor_c, model).sum("bin"), outdoor_c, atol=1e-12)


def test_model_constants_are_the_published_ones():
    published = emissions.coefficients().value
    assert published["towt_occ_threshold"] == baseline.OCCUPIED_SHARE
    assert published["towt_hdd_bp"] == baseline.HEATING_BELOW_F
    assert published["towt_cdd_bp"] == baseline.COOLING_ABOVE_F
    assert published["towt_bin_min_hours"] == baseline.THIN_BIN_HOURS


def test_unknown_model_is_refused():
    load, outdoor_c = made_case()
    with pytest.raises(ValueError, match="'towtt' is unknown; choose one of towt,"):
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


def test_end_uses_without_a_main_meter_are_refused():
    table = pd.DataFrame({"meter": ["cooling"], "predicted_kwh": [1.0], "metered_kwh": [1.0],
                          "savings_kwh": [0.0]})
    with pytest.raises(ValueError, match="no meter is called 'main', only cooling"):
        baseline.by_end_use(table)
