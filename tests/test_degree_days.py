"""Baselines of days and bills: truths recovered from made meters, laws, and refusals."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from neutrality.energy import bands, day_weather, degree_days

DAYS = pd.date_range("2023-01-01", "2024-12-31")
DAY = pd.Timedelta(days=1)


def made_outdoor_c(seed=3):
    """Two years of a continental climate, -8 to 33 °C."""
    rng = np.random.default_rng(seed)
    season = 12 - 14 * np.cos(2 * np.pi * (DAYS.day_of_year - 20) / 365.25)
    slow = pd.Series(rng.normal(0, 3, len(DAYS))).ewm(halflife=2).mean() * 1.5
    return pd.Series(season + slow.to_numpy(), DAYS)


OUTDOOR_C = made_outdoor_c()
WEATHER = day_weather.days(OUTDOOR_C)


def energy_of(heating=0.0, cooling=0.0, below_c=15.5, above_c=21.0, baseload=100.0):
    """The kWh of each day of a made meter."""
    return (
        baseload
        + heating * np.maximum(below_c - OUTDOOR_C, 0)
        + cooling * np.maximum(OUTDOOR_C - above_c, 0)
    )


def periods_of(daily_kwh, edges, year=None):
    """One or several meters' days summed between edges."""
    frame = daily_kwh if isinstance(daily_kwh, pd.DataFrame) else daily_kwh.to_frame("main")
    sums = np.array(
        [
            frame[(frame.index >= a) & (frame.index < b)].sum()
            for a, b in zip(edges, edges[1:], strict=False)
        ]
    )
    return xr.DataArray(
        sums,
        {
            "start": ("period", np.array(edges[:-1], "datetime64[ns]")),
            "end": ("period", np.array(edges[1:], "datetime64[ns]")),
            "meter": list(frame.columns),
        },
        ("period", "meter"),
    )


def by_day(daily_kwh, year):
    return periods_of(daily_kwh, pd.date_range(f"{year}-01-01", f"{year + 1}-01-01"))


def by_bill(daily_kwh, year, seed=5):
    """Bills of 27 to 34 days that fill the year."""
    steps = np.random.default_rng(seed).integers(27, 35, 14)
    dates = pd.Timestamp(f"{year}-01-01") + pd.to_timedelta(np.append(0, steps.cumsum()), "D")
    end = pd.Timestamp(f"{year + 1}-01-01")
    return periods_of(daily_kwh, [*dates[dates < end - 5 * DAY], end])


FORMS = {
    "heating": {"heating": 8.0},
    "cooling": {"cooling": 12.0},
    "both": {"heating": 6.0, "cooling": 9.0},
    "none": {},
}


@pytest.mark.parametrize("periods", [by_day, by_bill])
@pytest.mark.parametrize("form", FORMS)
def test_balance_points_and_slopes_are_those_of_the_made_meter(form, periods):
    fitted = degree_days.fit(periods(energy_of(**FORMS[form]), 2023), WEATHER, form)
    one = fitted.isel(meter=0)
    for side, point_c in (("heating", 15.5), ("cooling", 21.0)):
        slope = FORMS[form].get(side)
        if slope is None:
            assert (
                np.isnan(one.balance_c.sel(side=side)) and one.slope_kwh_per_c.sel(side=side) == 0
            )
        else:
            assert abs(float(one.balance_c.sel(side=side)) - point_c) <= 0.5
            assert float(one.slope_kwh_per_c.sel(side=side)) == pytest.approx(slope, rel=0.02)
    assert float(one.baseload_kwh) == pytest.approx(100.0, rel=0.02)


@pytest.mark.parametrize("form", ["heating", "cooling", "both"])
def test_the_form_of_a_made_meter_is_found(form):
    one = degree_days.fit(by_day(energy_of(**FORMS[form]), 2023), WEATHER).isel(meter=0)
    assert one.kind.item() in (form, "both")
    assert set(one.side.values[one.slope_kwh_per_c.values > 0.1]) == set(FORMS[form])


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("periods", [by_day, by_bill])
def test_the_next_year_of_a_made_meter_is_predicted(form, periods):
    daily = energy_of(**FORMS[form])
    fitted = degree_days.fit(periods(daily, 2023), WEATHER)
    later = periods(daily, 2024)
    expected = degree_days.predict(fitted, later, WEATHER)
    assert float(expected.sum() / later.sum()) == pytest.approx(1, abs=0.01)


def test_days_of_hours_count_cold_nights():
    hours = pd.date_range("2024-01-01", periods=48, freq="h")
    outdoor_c = pd.Series(np.where(hours.hour < 12, 5.0, 25.0), hours)
    both = [day_weather.days(each) for each in (outdoor_c, outdoor_c.resample("D").mean())]
    below, mean_below = (float(each.below_c.sel(heating_c=15.0)[0]) for each in both)
    assert (below, mean_below) == (5.0, 0.0)


@settings(max_examples=15, deadline=None)
@given(factor=st.sampled_from([1 / 3600, 0.001, 3.6, 1e6]), seed=st.integers(0, 99))
def test_units_do_not_matter(factor, seed):
    rng = np.random.default_rng(seed)
    daily = energy_of(heating=6.0) * rng.uniform(0.8, 1.2, len(DAYS))
    expected, scaled = (
        degree_days.predict(degree_days.fit(each, WEATHER), each, WEATHER).values
        for each in (by_bill(daily, 2023), by_bill(daily * factor, 2023))
    )
    np.testing.assert_allclose(scaled, expected * factor, rtol=1e-6)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 99))
def test_order_of_periods_and_meters_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    daily = pd.DataFrame(
        {
            name: energy_of(heating=k) * rng.uniform(0.8, 1.2, len(DAYS))
            for k, name in enumerate("abc")
        }
    )
    bills = by_bill(daily, 2023)
    shuffled = bills.isel(period=rng.permutation(bills.sizes["period"]), meter=[2, 0, 1])
    expected, other = (
        degree_days.predict(degree_days.fit(each, WEATHER), by_bill(daily, 2024), WEATHER)
        for each in (bills, shuffled)
    )
    np.testing.assert_allclose(other.sel(meter=["a", "b", "c"]), expected, rtol=1e-7)


@settings(max_examples=15, deadline=None)
@given(at=st.integers(0, 10), day=st.integers(1, 25))
def test_a_bill_split_in_two_changes_nothing_but_the_interval(at, day):
    daily = energy_of(heating=6.0, cooling=4.0)
    whole, later = by_bill(daily, 2023), by_bill(daily, 2024)
    edges = [*whole.start.values, whole.end.values[-1]]
    split = periods_of(daily, sorted([*edges, edges[at] + np.timedelta64(day, "D")]))
    fitted, of_split = (degree_days.fit(each, WEATHER, "both") for each in (whole, split))
    expected, other = (
        degree_days.predict(each, later, WEATHER).sum() for each in (fitted, of_split)
    )
    assert float(other / expected) == pytest.approx(1, abs=2e-3)
    # in the year that is predicted, a sum is a sum
    parts = degree_days.predict(fitted, split, WEATHER).sum()
    assert float(parts) == pytest.approx(float(degree_days.predict(fitted, whole, WEATHER).sum()))


def test_days_and_bills_of_a_meter_agree_in_the_years_total():
    daily = energy_of(heating=6.0, cooling=4.0)
    daily = daily * np.random.default_rng(1).normal(1, 0.05, len(DAYS))
    totals = [
        float(
            degree_days.predict(
                degree_days.fit(p(daily, 2023), WEATHER), p(daily, 2024), WEATHER
            ).sum()
        )
        for p in (by_day, by_bill)
    ]
    assert totals[1] / totals[0] == pytest.approx(1, abs=0.02)


def test_a_gap_is_as_if_the_day_were_not_there():
    daily = energy_of(heating=6.0) * np.random.default_rng(2).normal(1, 0.1, len(DAYS))
    days = by_day(daily, 2023)
    missing = np.random.default_rng(4).random(365) < 0.2
    gaps = days.where(xr.DataArray(~missing, dims="period"))
    for model in ("many", "none"):
        fitted, absent = (
            degree_days.fit(each, WEATHER, model) for each in (gaps, days.isel(period=~missing))
        )
        np.testing.assert_allclose(fitted.base_kwh, absent.base_kwh, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(
            fitted.left_out_kwh.values[~missing], absent.left_out_kwh.values, rtol=1e-6, atol=1e-8
        )


def test_left_out_errors_are_those_of_fits_without_the_reading():
    daily = energy_of(heating=6.0) * np.random.default_rng(2).normal(1, 0.1, len(DAYS))
    bills = by_bill(daily, 2023)
    fitted = degree_days.fit(bills, WEATHER, "many")
    for at in (0, 5):
        kept = xr.DataArray(np.arange(bills.sizes["period"]) != at, dims="period")
        without = degree_days.fit(bills.where(kept), WEATHER, "many")
        expected = degree_days.predict(without, bills, WEATHER)[at, 0]
        error = float(bills[at, 0] - expected)
        # the mean, by which coefficients are shrunk, is also without the reading there
        assert error == pytest.approx(float(fitted.left_out_kwh[at, 0]), abs=0.01 * float(expected))


def test_bills_with_dates_of_their_own_are_fitted_as_alone():
    daily = energy_of(heating=6.0) * np.random.default_rng(2).normal(1, 0.1, len(DAYS))
    several = [by_bill(daily, 2023, seed).assign_coords(meter=[f"m{seed}"]) for seed in (5, 6, 7)]
    most = max(each.sizes["period"] for each in several)
    padded = [each.pad(period=(0, most - each.sizes["period"])) for each in several]
    together = xr.DataArray(
        np.hstack([each.values for each in padded]),
        {
            name: (("period", "meter"), np.stack([each[name].values for each in padded], 1))
            for name in ("start", "end")
        }
        | {"meter": [each.meter.item() for each in padded]},
        ("period", "meter"),
    )
    later = by_bill(daily, 2024)
    fitted = degree_days.fit(together, WEATHER)
    for each in several:
        one = later.assign_coords(meter=each.meter.values)
        alone = degree_days.predict(degree_days.fit(each, WEATHER), one, WEATHER)
        same = degree_days.predict(fitted, one, WEATHER)
        np.testing.assert_allclose(same.values, alone.values, rtol=1e-6)


def test_an_estimated_read_moves_the_model_less():
    bills = by_bill(energy_of(heating=6.0), 2023)
    wrong = bills.copy(data=bills.values.copy())
    wrong[10] *= 1.5
    flags = xr.zeros_like(bills, dtype=bool)
    flags[10] = True
    truth, moved, less = (
        float(degree_days.predict(degree_days.fit(each, WEATHER, "many"), bills, WEATHER).sum())
        for each in (bills, wrong, wrong.assign_coords(estimated=flags))
    )
    assert truth < less < moved


def test_recent_readings_count_more():
    daily = energy_of()
    step = daily.where(daily.index < pd.Timestamp("2023-10-01"), daily * 1.2)
    short, long = (
        float(
            degree_days.predict(
                degree_days.fit(by_day(step, 2023), WEATHER, "none", half_life),
                by_day(step, 2024),
                WEATHER,
            ).mean()
        )
        for half_life in (30.0, 1e6)
    )
    assert long < 110 and short == pytest.approx(120, rel=0.02)


def test_a_meter_of_zeros_is_expected_to_read_zero():
    fitted = degree_days.fit(by_bill(energy_of() * 0, 2023), WEATHER)
    expected = degree_days.predict(fitted, by_bill(energy_of(), 2024), WEATHER)
    assert (expected == 0).all()


def test_nothing_is_expected_below_zero_unless_read():
    daily = energy_of(heating=8.0, below_c=14.0, baseload=0.0)
    later = by_day(daily, 2024)
    assert (
        float(
            degree_days.predict(degree_days.fit(by_day(daily, 2023), WEATHER), later, WEATHER).min()
        )
        >= 0
    )
    exported = degree_days.fit(by_day(daily - 50, 2023), WEATHER)
    assert float(degree_days.predict(exported, later, WEATHER).min()) < 0


def reversed_bill(bills):
    end = bills.end.copy(data=bills.end.values.copy())
    end[2] = bills.start.values[2]
    return bills.assign_coords(end=end)


@pytest.mark.parametrize(
    ("change", "model", "message"),
    [
        (lambda bills: bills, "spline", "'spline' is unknown; choose one of auto, many, both"),
        (lambda bills: bills[:5], "auto", "meter main has 5 readings of 1.. days"),
        (lambda bills: bills * np.nan, "auto", "meter main has 0 readings of 0 days"),
        (reversed_bill, "auto", "the end is the day after the last"),
        (
            lambda bills: bills.assign_coords(end=bills.end + np.timedelta64(900, "D")),
            "auto",
            "is not covered, only 2023-01-01 to 2024-12-31",
        ),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_words(change, model, message):
    with pytest.raises(ValueError, match=message):
        degree_days.fit(change(by_bill(energy_of(), 2023)), WEATHER, model)


def test_a_long_gap_in_the_weather_is_refused():
    with pytest.raises(ValueError, match="no outdoor temperature from 2023-03-0"):
        day_weather.days(OUTDOOR_C.drop(pd.date_range("2023-03-01", "2023-03-20")))


def test_days_off_are_days_of_their_own():
    special = pd.DataFrame({"date": ["2023-05-01", "2023-05-06"], "workday": [False, True]})
    group = day_weather.days(OUTDOOR_C, special).group.to_series()
    assert (group["2023-05-01"], group["2023-05-06"], group["2023-05-13"]) == (7, 0, 5)


def test_weather_never_seen_widens_the_band():
    learnt = OUTDOOR_C["2023"].to_numpy()
    assert day_weather.outside_share(learnt, learnt) == 0
    outside = day_weather.outside_share(learnt, learnt - 10)
    assert 0 < outside < 1
    widths = [bands.half_share(0.03, 0.9, outside_share=each) for each in (0.0, outside)]
    assert widths[1] - widths[0] == pytest.approx(outside)
