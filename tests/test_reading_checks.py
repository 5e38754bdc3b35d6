"""What no meter can have read is refused; odd readings of either year, and changes that nothing
explains, are findings with the electricity in question.
"""

import collections
from pathlib import Path

import numpy as np
import pandas as pd
import placebo
import pytest
import xarray as xr

from neutrality.case import tables
from neutrality.energy import baseline, calendars, meters, reading_checks, savings
from neutrality.report import bridge
from neutrality.texts import findings

CASE = Path(__file__).parents[1] / "params" / "china-mobile-hq"
ZONE, YEARS = "Asia/Shanghai", (2023, 2025)
MAIN, COOLING = 0, 1  # columns of the made years, and of the first case


def made_years(noise=0.5):
    """Two years of a main meter and its cooling, without anything odd."""
    hours = pd.date_range("2023-01-01", "2025-01-01", freq="h", inclusive="left", tz=ZONE)
    energy = pd.DataFrame(
        {"main_kwh": 50.0 + hours.hour, "cooling_kwh": 5.0 + hours.month + hours.hour / 100},
        hours.tz_convert("UTC"),
    )
    load = meters.to_array(energy, ZONE)
    return load + np.random.default_rng(3).normal(0, noise, load.shape)


def found(load, **limits):
    return reading_checks.check(load, (2023, 2024), **limits)


def test_nothing_odd_gives_no_finding():
    assert found(made_years()) == []
    assert reading_checks.problems(made_years(), (2023, 2024)) == []


@pytest.mark.parametrize(("first", "year"), [(1000, 2023), (10_000, 2024)])
def test_zeros_stuck_and_reset_hours_of_either_year_are_findings_with_their_size(first, year):
    load = made_years()
    expected = float(load[first : first + 48, MAIN].sum())
    load[first : first + 48, MAIN] = 0.0
    load[first + 100 : first + 130, MAIN] = 61.5
    load[first + 200, COOLING] = 24.5 * float(load[:, COOLING].mean())
    zero, stuck, reset, above = found(load)
    assert [f.rule for f in (zero, stuck, reset)] == ["zero_reading", "stuck", "reset"]
    start = load.time.values[first].astype("datetime64[m]")
    assert zero.en.startswith(
        f"energy.csv: Main meter: 48 hour(s) of {year} read 0, the first at {start} UTC"
    )
    assert zero.kwh == pytest.approx(expected, rel=0.01)
    assert f"{zero.kwh:+,.0f} kWh" in zero.en and f"{zero.kwh:+,.0f} 千瓦时" in zero.zh
    assert f"30 hour(s) of {year} are in runs of 24 hours or more" in stuck.en
    largest = load.time.values[first + 200].astype("datetime64[m]")
    assert f"1 hour(s) of {year} hold more energy than 1 mean day(s), the largest at {largest}" in (
        reset.en
    )
    assert np.isnan(reset.kwh)  # an end use: the inventory takes the whole
    assert above.rule in ("part_above_whole", "swapped")


def test_limits_of_stuck_and_reset_are_those_given():
    load = made_years()
    load[1000:1030, MAIN] = 61.5
    load[5000, MAIN] = 30 * float(load[:, MAIN].mean())
    assert [f.rule for f in found(load)] == ["stuck", "reset"]
    assert found(load, stuck_hours=31, reset_days=2) == []


def test_a_meter_that_begins_late_or_ends_early_is_named_with_the_instant():
    load = made_years()
    load[:30, MAIN] = np.nan
    load[-40:, MAIN] = np.nan
    late, early = found(load)
    assert (late.rule, early.rule) == ("starts_late", "ends_early")
    assert "readings of 2023 begin at 2023-01-01T22:00 UTC; the 30 hours before" in late.en
    assert "the last reading of 2024 is at 2024-12-29T23:00 UTC; the 40 hours after" in early.en
    assert early.kwh == pytest.approx(40 * 61.5, rel=0.1)
    load[:30, MAIN] = load[-40:, MAIN] = 60.0
    load[:23, MAIN] = np.nan
    assert "starts_late" not in [f.rule for f in found(load)]


def test_copied_days_are_findings_and_flat_days_are_not():
    load = made_years().round(1)
    days = load.values[:, MAIN].reshape(-1, 24)
    days[400:407] = days[40:47]
    (copied,) = found(load.copy(data=np.stack([days.ravel(), load.values[:, 1]], axis=1)))
    assert copied.rule == "copied" and "168 hour(s) of 2024" in copied.en
    flat = load.copy(data=load.values.round(-2) + 50)
    assert "copied" not in [f.rule for f in found(flat)]


def test_swapped_columns_a_forgotten_ratio_and_parts_above_the_whole_are_findings():
    load = made_years()
    swapped = load.copy(data=load.values[:, ::-1])
    one, two = [f for f in found(swapped) if f.rule == "swapped"]
    assert "Cooling: reads more than the main meter in 12 month(s) of 2023" in one.en
    assert two.kwh == pytest.approx(float((load[:, 0] - load[:, 1])[8760:].sum()), rel=1e-9)
    by_hour = load.copy()
    by_hour[100:103, COOLING] = 100.0
    (above,) = found(by_hour)
    assert above.rule == "part_above_whole" and "3 hour(s) of 2023" in above.en
    assert above.kwh == pytest.approx(300 - float(load[100:103, MAIN].sum()))
    parts = xr.concat([load, load.sel(meter=["main"]).assign_coords(meter=["fans"]) * 0.8], "meter")
    parts = parts.transpose("time", "meter").assign_attrs(load.attrs)
    assert {f.rule for f in found(parts)} == {"parts_above_whole"}


def test_a_register_of_either_year_is_refused_also_where_it_was_reset():
    load = made_years()
    load[8760:, COOLING] = load[8760:, COOLING].cumsum("time") % 40_000
    with pytest.raises(ValueError, match="cooling: in column cooling_kwh the readings only rise"):
        reading_checks.refuse(load, (2023, 2024))
    (said,) = reading_checks.problems(load, (2023, 2024))
    assert "rise over 2024" in said and "give the energy of each hour" in said


@pytest.mark.parametrize("kwh", [1e308, np.inf, 1e6])
@pytest.mark.parametrize("hours", [1, 2])
def test_an_hour_beyond_reason_is_refused(kwh, hours):
    load = made_years()
    load[9000 : 9000 + hours, MAIN] = kwh
    (said,) = reading_checks.problems(load, (2023, 2024))
    assert "in column main_kwh the hour from 2024-01-10T16:00 UTC reads" in said
    assert "more than a month of median hours of 2024 holds" in said
    load = made_years()
    load[9000, COOLING] = kwh  # an end use may be idle for most of the year
    assert len(reading_checks.problems(load, (2023, 2024))) == (kwh > 22.5e6)


def test_electricity_in_question_becomes_tonnes_at_the_factor_of_the_grid():
    load = made_years()
    load[:48, MAIN] = 0.0
    table = findings.table(found(load))
    claims = pd.DataFrame({"value": {"grid_factor": 0.5}})
    assert bridge.sized(table, claims)["t_co2e"][0] == pytest.approx(table["kwh"][0] * 0.5 / 1000)


# The first case, with its reporting year changed as in ../shared/attacks.csv


@pytest.fixture(scope="module")
def first_case():
    days = calendars.days("CN", YEARS, own=tables.read_or_empty(CASE, "calendar"))
    load = meters.to_array(tables.read(CASE, "energy", ZONE), ZONE, days)
    outdoor_c = meters.outdoor_on(load, tables.read(CASE, "weather", ZONE))
    base, reporting = (load.local_year.values == year for year in YEARS)
    fitted = baseline.fit(load[base], outdoor_c[base])
    modelled = baseline.predict(fitted, outdoor_c[base])
    return {
        "load": load,
        "predicted": baseline.predict(fitted, meters.fill_outdoor(outdoor_c[reporting])),
        "base": (load[base], baseline.held_out(load[base], outdoor_c[base])),
        "error": savings.model_error(load[base], modelled),
    }


def attacked(first_case, change):
    """The findings, or the refusals, of the first case with its reporting year changed."""
    load = first_case["load"].copy(deep=True)
    reporting = load.local_year.values == YEARS[1]
    year = load[reporting].copy(deep=True)
    clock = pd.DatetimeIndex(year.time.values, tz="UTC").tz_convert(ZONE)
    change(year.values, clock, first_case["base"][0].values)
    load[reporting] = year.values
    if refused := reading_checks.problems(load, YEARS):
        return refused
    base, error = first_case["base"], first_case["error"]
    pair = load[reporting], first_case["predicted"]
    return reading_checks.check(load, YEARS) + reading_checks.unexplained(pair, base, error)


def test_the_first_case_keeps_its_two_findings(first_case):
    finding, saving = attacked(first_case, lambda year, clock, base: None)
    assert finding.rule == "stuck" and "Heating plant" in finding.en
    assert saving.rule == "saving_within" and saving.kwh == pytest.approx(503_000, rel=0.01)


def put(column, hours, kwh):
    def change(year, clock, base):
        year[hours(clock) if callable(hours) else hours, column] = kwh

    return change


def times(share, column=slice(None), hours=lambda clock: clock.month > 0):
    def change(year, clock, base):
        year[hours(clock), column] *= share

    return change


def copy(year, clock, base):
    year[:] = base


def swap(year, clock, base):
    year[:, [MAIN, COOLING]] = year[:, [COOLING, MAIN]]


def blank_the_highest(year, clock, base):
    year[np.argsort(np.nan_to_num(year[:, MAIN]))[-130:], MAIN] = np.nan


def december(clock):
    return clock.month == 12


def night(clock):
    return (clock.hour >= 22) | (clock.hour < 6)


ATTACKS = {  # name: change, rule that finds it, least electricity in question [MWh]
    "all x 0.95": (times(0.95), "saving_within", 750),
    "December 0": (put(MAIN, december, 0.0), "zero_reading", 450),
    "December 0, seen by the model": (put(MAIN, december, 0.0), "unexplained_months", 440),
    "nights 0": (put(MAIN, night, 0.0), "zero_reading", 1_200),
    "nights x 0.6": (times(0.6, hours=night), "unexplained_hours", 400),
    "weekends x 0.3": (times(0.3, hours=lambda c: c.day_of_week > 4), "unexplained_weekdays", 700),
    "July x 0.5": (times(0.5, hours=lambda c: c.month == 7), "unexplained_months", 300),
    "main x 0.5": (times(0.5, MAIN), "unexplained_change", 2_800),
    "all x 0.5": (times(0.5), "unexplained_change", 2_800),
    "all x 0.8": (times(0.8), "unexplained_change", 1_100),
    "main x 0.9": (times(0.9, MAIN), "parts_above_whole", 340),
    "constant 300": (put(MAIN, slice(None), 300.0), "stuck", 3_000),
    "constant 300, seen by the model": (
        put(MAIN, slice(None), 300.0),
        "unexplained_change",
        3_000,
    ),
    "copy of 2023": (copy, "copied", 500),
    "main and cooling swapped": (swap, "swapped", 4_000),
    "December missing": (put(MAIN, december, np.nan), "ends_early", 400),
    "130 highest hours blank": (blank_the_highest, "filled_otherwise", 10),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_each_attack_leaves_a_finding_with_its_size(first_case, attack):
    change, rule, mwh = ATTACKS[attack]
    left = attacked(first_case, change)
    assert max(abs(f.kwh) / 1000 for f in left if f.rule == rule and f.kwh == f.kwh) >= mwh
    assert len(left) <= 9


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (put(MAIN, slice(100, 101), 1e308), "more than a month of median hours of 2025"),
        (put(MAIN, slice(100, 102), 1e308), "more than a month of median hours of 2025"),
        (put(COOLING, slice(100, 101), 1e308), "more than the largest power station gives"),
        (times(0.001, MAIN), "tenfold or more apart"),
        (times(0.001), "tenfold or more apart"),
        (lambda year, clock, base: np.cumsum(np.nan_to_num(year), 0, out=year), "only rise over"),
    ],
)
def test_each_reading_beyond_reason_is_refused(first_case, change, reason):
    assert reason in attacked(first_case, change)[0]


@pytest.mark.parametrize("zone", ["Europe/London", "America/Los_Angeles"])
def test_stamps_of_another_zone_are_a_finding_in_both_years(zone):
    load = meters.to_array(tables.read(CASE, "energy", ZONE), zone)
    shifted = [f for f in reading_checks.check(load, YEARS) if f.rule == "shifted"]
    assert len(shifted) == 2 and f"check whether the time stamps are of {zone}" in shifted[0].en
    utc = tables.read(CASE, "energy", ZONE)  # local stamps taken for UTC
    utc = meters.to_array(utc.set_axis(utc.index + pd.Timedelta("8h")), ZONE)
    assert [f.rule for f in reading_checks.check(utc, YEARS)].count("shifted") == 2


@pytest.mark.slow
@pytest.mark.skipif(not placebo.REAL.exists(), reason="no measured buildings in ../shared/realdata")
def test_few_measured_buildings_without_a_project_have_a_finding():
    counts, most, pairs = collections.Counter(), 0, list(placebo.cases())
    for (load, outdoor_c), (after, outdoor_after_c) in pairs:
        fitted = baseline.fit(load, outdoor_c, half_life_days=60)
        error = savings.model_error(load, baseline.predict(fitted, outdoor_c), 60)
        base = load, baseline.held_out(load, outdoor_c, half_life_days=60)
        pair = after, baseline.predict(fitted, meters.fill_outdoor(outdoor_after_c))
        both = xr.concat([load, after], "time").assign_attrs(load.attrs)
        years = np.unique(both.local_year)
        for meter in load.meter.values:
            of_one = both.sel(meter=[meter])
            assert reading_checks.problems(of_one, years, meter) == []
            odd = reading_checks.check(of_one, years, meter)
            odd += reading_checks.unexplained(pair, base, error, meter)
            counts.update({finding.rule for finding in odd})
            most = max(most, len(odd))
    assert most <= 3
    assert dict(counts) == {
        "copied": 17,  # days that the archive holds twice
        "stuck": 1,
        "shifted": 1,
        "saving_within": 30,  # they used less than expected, for reasons nobody recorded
        "filled_otherwise": 1,
        "unexplained_months": 2,
        "unexplained_hours": 1,
        "unexplained_weekdays": 1,
    }


@pytest.mark.parametrize("limit", [2, 3, 7, 24, 25])
def test_stuck_hours_of_many_meters_are_those_of_each(limit):
    load = made_years()
    rng = np.random.default_rng(limit)
    held = load.values.copy()
    for column in range(held.shape[1]):
        for start in rng.integers(0, len(held) - 60, 30):
            held[start : start + rng.integers(1, 60), column] = rng.integers(0, 3)
    load = load.copy(data=held)
    each = load.groupby("local_year").map(reading_checks._stuck, stuck_hours=limit)
    many = reading_checks.stuck_hours(load, (2023, 2024), limit)
    assert many.tolist() == each.sum("time").values.tolist() and many.min() > 0
