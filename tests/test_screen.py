"""The screen finds the steps and drifts that were made, says nothing of quiet meters, and neither
order nor units matter.
"""

import numpy as np
import pandas as pd
import placebo
import pytest
import xarray as xr

from neutrality.energy import screen, step_filter
from neutrality.reference import published

DAYS = pd.date_range("2024-01-01", "2025-12-31", freq="D")
SINCE = pd.Timestamp("2025-01-01")
RATE = 0.15


def readings(seed=0, factor=1.0):
    """Metered and predicted energy of two years of days of two meters [kWh], with noise of 3 %
    that a day shares with the next, times a factor (day).
    """
    rng, noise = np.random.default_rng(seed), np.zeros((len(DAYS), 2))
    for day, shock in enumerate(rng.normal(0, 0.02, noise.shape)):
        noise[day] = 0.7 * noise[day - 1] + shock
    season = 1000 + 200 * np.cos(2 * np.pi * DAYS.day_of_year.to_numpy() / 365)
    predicted = pd.DataFrame({"main": season, "cooling": season / 4}, DAYS)
    metered = predicted * np.exp(noise)
    metered["main"] *= factor
    return metered, predicted


def by_month(*each):
    return tuple(kwh.groupby(kwh.index.to_period("M").to_timestamp()).sum() for kwh in each)


@pytest.mark.parametrize("size", [-0.2, 0.15])
def test_step_is_found_at_its_day_with_its_size(size):
    at = pd.Timestamp("2025-06-10")
    metered, predicted = readings(factor=np.where(at <= DAYS, 1 + size, 1.0))
    (found,) = screen.propose(metered, predicted, SINCE, "days", RATE).to_dict("records")
    assert (found["meter"], found["kind"]) == ("main", "step")
    assert abs((found["date"] - at).days) <= 7
    assert found["share"] == pytest.approx(size, abs=0.03)
    more = (metered["main"] * size / (1 + size))[at <= DAYS].sum()
    assert found["kwh"] == pytest.approx(more, rel=0.25)


def test_step_is_found_in_bills():
    at = pd.Timestamp("2025-05-01")
    kwh = by_month(*readings(factor=np.where(at <= DAYS, 1.2, 1.0)))
    (found,) = screen.propose(*kwh, SINCE, "bills", RATE).to_dict("records")
    assert (found["meter"], found["date"]) == ("main", at)
    assert found["share"] == pytest.approx(0.2, abs=0.03)


def test_small_change_of_a_meter_without_noise_is_no_step_in_bills():
    """Whose scale is next to nothing: 1 % would be a hundred times of it."""
    _, predicted = readings()
    metered = predicted.mul(np.where(DAYS < "2025-05-01", 1, 1.01), axis=0)
    metered *= np.where(DAYS.month % 2, 1, 1.0001)[:, None]
    assert screen.propose(*by_month(metered, predicted), SINCE, "bills", RATE).empty


def test_slow_drift_is_found_and_is_no_step():
    year = np.clip((DAYS - SINCE).days / 365, 0, 1)
    metered, predicted = readings(factor=1 + 0.15 * year)
    score, _ = screen.scores(screen.log_ratio(metered, predicted), "days")
    drift = screen.drifts(screen.log_ratio(metered, predicted), "days", SINCE)
    assert drift["size"]["main"] == pytest.approx(0.1, abs=0.03)
    assert drift["score"]["main"] > screen.threshold("days", "drift", RATE)
    assert abs(drift["score"]["cooling"]) < screen.threshold("days", "drift", RATE)


def test_outage_of_two_weeks_is_no_step():
    out = (DAYS >= "2025-06-01") & (DAYS < "2025-06-15")
    proposed = screen.propose(*readings(factor=np.where(out, 0.5, 1.0)), SINCE, "days", RATE)
    assert proposed.empty


def test_units_and_order_of_meters_do_not_matter():
    metered, predicted = readings(factor=np.where(DAYS >= "2025-03-01", 1.2, 1.0))
    found = screen.propose(metered, predicted, SINCE, "days", RATE)
    in_mwh = screen.propose(metered / 1000, predicted / 1000, SINCE, "days", RATE)
    turned = screen.propose(metered.iloc[:, ::-1], predicted, SINCE, "days", RATE)
    assert len(found) == 1
    pd.testing.assert_frame_equal(found, in_mwh.assign(kwh=in_mwh["kwh"] * 1000))
    pd.testing.assert_frame_equal(found, turned)


def test_step_across_years_apart_is_not_told():
    metered, predicted = readings(factor=np.where(DAYS >= SINCE, 1.3, 1.0))
    apart = DAYS.where(DAYS < SINCE, DAYS + pd.Timedelta(days=366))
    kwh = (each.set_axis(apart) for each in (metered, predicted))
    later = SINCE + pd.Timedelta(days=366)
    assert screen.propose(*kwh, later, "days", RATE).empty


def hours_of(seed=0, factor=1.0, away=0.0):
    """Logs of load and ratio by hour of `screen.days` of one meter, with noise that a day shares
    with the next, times a factor (day), less the absence (day) of people from 6 to 18 h.
    """
    rng, noise = np.random.default_rng(seed), np.zeros((len(DAYS), 24))
    shared = np.zeros(len(DAYS))
    for day, shock in enumerate(rng.normal(0, 0.02, len(DAYS))):
        shared[day] = 0.7 * shared[day - 1] + shock
    noise = rng.normal(0, 0.02, noise.shape) + shared[:, None]
    noise += np.broadcast_to(np.log(factor), len(DAYS))[:, None]
    noise[:, 6:18] -= np.broadcast_to(away, len(DAYS))[:, None]
    load = (
        noise + 3 + 0.5 * np.sin(np.arange(24) / 24 * np.pi) + 0.2 * (DAYS.day_of_week < 5)[:, None]
    )
    tables = {
        ("main", "load"): pd.DataFrame(load, DAYS),
        ("main", "ratio"): pd.DataFrame(noise, DAYS),
    }
    return pd.concat(tables, axis=1)


@pytest.mark.parametrize("size", [-0.1, 0.1])
def test_step_is_found_at_its_midnight_from_hours(size):
    at = pd.Timestamp("2025-06-10")
    hours = hours_of(factor=np.where(at <= DAYS, 1 + size, 1.0))
    score = screen.hour_scores(hours, SINCE)["main"]
    assert score.abs().idxmax() == at
    assert np.sign(score[at]) == np.sign(size)
    assert abs(score[at]) > screen.threshold("hours", "step", 0.10)


def test_step_at_midnight_of_standard_time_is_found_in_summer():
    """An hour after the midnight of the clocks on the wall."""
    at = pd.Timestamp("2025-06-10")
    hours = hours_of(factor=np.where(at <= DAYS, 1.1, 1.0))
    for table in ("load", "ratio"):
        hours.loc[at, ("main", table, 0)] -= np.log(1.1)
    score = screen.hour_scores(hours, SINCE)["main"]
    assert score.abs().idxmax() == at
    assert score[at] > screen.threshold("hours", "step", 0.10)


def test_people_who_stay_away_for_weeks_are_no_step():
    rng = np.random.default_rng(4)
    away = np.repeat(rng.uniform(0, 0.4, len(DAYS) // 21 + 1), 21)[: len(DAYS)]
    score = screen.hour_scores(hours_of(away=away), SINCE)["main"]
    assert score.abs().max() < screen.threshold("hours", "step", 0.25)


def test_hours_without_step_and_before_the_year_have_no_score():
    score = screen.hour_scores(hours_of(), SINCE)["main"]
    assert score[DAYS < SINCE].isna().all() and score[-27:].isna().all()
    assert score.abs().max() < screen.threshold("hours", "step", 0.25)


def test_gaps_of_hours_are_no_step():
    hours = hours_of()
    hours.loc["2025-03-01":"2025-03-20"] = np.nan
    assert screen.hour_scores(hours, SINCE).abs().max().max() < screen.threshold(
        "hours", "step", 0.25
    )


def test_scatter_and_likelihood_ratio_recover_what_was_made():
    """Of normal noise with a known covariance the scatter has its shape; of a change that is a step
    and no more, the sign is told, and a change against the shape counts for nothing.
    """
    size = len(step_filter.SHAPE)
    rng = np.random.default_rng(3)
    root = np.eye(size) + 0.3 * rng.normal(0, 1, (size, size)) / np.sqrt(size)
    scatter = step_filter.covariance(0.03 * rng.normal(0, 1, (20_000, size)) @ root)
    true = root.T @ root
    shrunk = 0.85 * true + 0.15 * np.diag(np.diag(true))
    assert scatter / np.trace(scatter) == pytest.approx(shrunk / np.trace(shrunk), abs=0.003)
    rows = np.array([0.15 * step_filter.SHAPE, -0.15 * step_filter.SHAPE, 0 * step_filter.SHAPE])
    up, down, none = step_filter.likelihood_ratio(rows, scatter)
    assert up == pytest.approx(-down) and up > 0 and none == 0


def test_outage_of_a_day_leaves_what_the_weeks_say():
    """What changed over a day is a hundred times the noise and no step; over weeks it is a step."""
    shape, noise = step_filter.SHAPE, 0.03
    step, outage = 0.14 * shape, 0.14 * shape
    outage[16:24] = 3 * np.tile([1, -1], 4)
    scatter = noise**2 * np.eye(len(shape))
    known, spoilt = step_filter.likelihood_ratio(np.array([step, outage]), scatter)
    assert known > spoilt > screen.threshold("hours", "step", 0.10)


def test_days_are_local_whole_and_without_days_off():
    hours = pd.date_range("2024-12-31 16:00", periods=72, freq="h")  # midnight in Shanghai
    local = hours + pd.Timedelta(hours=8)
    load = xr.DataArray(
        np.ones((72, 1)),
        {
            "time": hours,
            "meter": ["main"],
            "hour_of_week": ("time", local.day_of_week * 24 + local.hour),
            "day_off": ("time", (local.day == 1).astype(int)),
        },
        ("time", "meter"),
        attrs={"timezone": "Asia/Shanghai"},
    )
    load[50] = np.nan
    metered, predicted, hours = screen.days(load, 2 * xr.ones_like(load))
    assert metered["main"].isna().tolist() == [True, False, False]
    assert metered["main"].tolist()[1:] == [24, 23]
    assert predicted["main"].tolist()[1:] == [48, 46]
    assert hours["main", "ratio"].stack().dropna().to_numpy() == pytest.approx(np.log(0.5))
    assert hours["main", "load"].stack().dropna().to_numpy() == pytest.approx(0)


def test_finding_says_what_when_and_how_much_and_only_the_whole_has_kwh():
    proposed = pd.DataFrame(
        {
            "meter": ["main", "cooling"],
            "kind": ["step", "drift"],
            "date": [pd.Timestamp("2025-06-10"), SINCE],
            "share": [0.12, -0.08],
            "kwh": [12_345.0, -678.0],
            "score": [5.0, -5.0],
        }
    )
    step, drift = screen.findings(proposed, RATE)
    assert "from 2025-06-10 on, the reading steps by +12.0%" in step.en
    assert "+12,345 kWh" in step.en and "15% of meters" in step.en
    assert step.kwh == 12_345 and np.isnan(drift.kwh)
    assert "-8.0%" in drift.zh and "adjustments.csv" in drift.zh
    assert {step.severity, drift.severity} == {"odd"}


def test_threshold_is_a_published_row_and_an_unknown_rate_is_refused():
    table = published.table("screen").reset_index()
    assert set(table["resolution"]) == set(screen.SCANS)
    step = screen.threshold("days", "step", RATE)
    assert screen.threshold("days", "step", 0.10) > step > screen.threshold("days", "step", 0.25)
    with pytest.raises(ValueError, match=r"known are 0.1, 0.15, 0.25"):
        screen.threshold("days", "step", 0.2)


@pytest.mark.slow
@pytest.mark.skipif(not placebo.REAL.exists(), reason="measured buildings are not here")
@pytest.mark.parametrize("resolution", ["hours", "days"])
def test_untouched_buildings_are_flagged_no_more_often_than_stated(resolution):
    import sys
    from pathlib import Path

    sys.path.append(str(Path(__file__).parent / "benchmarks"))
    import bench_screen

    steps, drifts = bench_screen.untouched(list(bench_screen.residuals()), resolution)
    rows = published.table("screen").loc[resolution]
    assert len(steps) == int(rows["buildings"].iloc[0])
    for rate in bench_screen.RATES:
        over = steps > screen.threshold(resolution, "step", rate)
        over |= drifts > screen.threshold(resolution, "drift", rate)
        assert over.mean() <= rate
