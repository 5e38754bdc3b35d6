"""Which base years may be modelled, what is odd about those that may, and gaps filled without a
model.
"""

import numpy as np
import pandas as pd
import placebo
import pytest

from neutrality.energy import meters, sufficiency

ZONE = "Asia/Shanghai"


def made_year(years=(2023,)):
    hours = pd.date_range(
        f"{years[0]}-01-01", f"{years[-1] + 1}-01-01", freq="h", inclusive="left", tz=ZONE
    )
    energy = pd.DataFrame(
        {"main_kwh": 50.0 + hours.hour, "cooling_kwh": 5.0 + hours.month + hours.hour / 100},
        hours.tz_convert("UTC"),
    )
    load = meters.to_array(energy, ZONE)
    weather = pd.DataFrame({"outdoor_c": 10.0 + hours.month}, energy.index)
    return load, meters.outdoor_on(load, weather)


def test_full_year_has_nothing_to_report():
    assert sufficiency.sufficiency(*made_year(), max_gap_share=0.05) == []


def test_thin_month_zeros_extremes_and_unseen_weather_are_findings_in_both_languages():
    load, outdoor_c = made_year()
    load[40:140, 0] = np.nan  # 100 of the 744 hours of January
    load[2000:2003, 0] = 0.0
    load[3000, 1] = 1e4
    warmer = outdoor_c + 5.5
    findings = sufficiency.sufficiency(load, outdoor_c, 0.05, outdoor_reporting=warmer)
    assert [(each.rule, each.severity) for each in findings] == [
        ("month_coverage", "odd"),
        ("extreme", "odd"),
        ("extreme", "odd"),
        ("zero_reading", "odd"),
        ("reset", "odd"),
        ("part_above_whole", "odd"),
        ("unseen_weather", "odd"),
    ]
    assert "month 1 " in findings[0].en and "86.6%" in findings[0].en and "1 月" in findings[0].zh
    assert findings[1].en.startswith("Main meter: 3 hours")
    assert findings[2].en.startswith("Cooling: 1 hours")
    assert findings[3].en.startswith("Main meter: 3 hours of the base year read 0")
    assert f"{int((warmer > 22).sum())} hours" in findings[-1].en


def test_part_of_a_year_is_refused():
    load, outdoor_c = made_year()
    half = load.local_month <= 6
    with pytest.raises(ValueError, match="has 6 months; a baseline needs 12"):
        sufficiency.sufficiency(load[half.values], outdoor_c[half.values], 0.05)


def test_too_many_gaps_are_refused_with_every_meter_named():
    load, outdoor_c = made_year()
    load[:600] = np.nan
    with pytest.raises(ValueError, match="main: 6.8%.*5.0%(.|\n)*cooling: 6.8%"):
        sufficiency.sufficiency(load, outdoor_c, 0.05)


def test_hours_without_temperature_count_as_gaps():
    load, outdoor_c = made_year()
    outdoor_c[:600] = np.nan
    with pytest.raises(ValueError, match="lack a reading or an outdoor temperature"):
        sufficiency.sufficiency(load, outdoor_c, 0.05)


def test_month_without_any_reading_is_refused_even_where_gaps_are_allowed():
    load, outdoor_c = made_year()
    load = load.where(load.local_month != 2)
    with pytest.raises(ValueError, match="main: month 2 of the base year has no hour"):
        sufficiency.sufficiency(load, outdoor_c, 0.10)


def test_gap_takes_the_mean_of_its_hour_of_week_in_its_month_and_year():
    load, _ = made_year((2023, 2024))
    gap = dict(time=500, meter=0)
    hour, month = load.hour_of_week[500], load.local_month[500]
    alike = (load.hour_of_week == hour) & (load.local_month == month) & (load.local_year == 2023)
    values = load.copy()
    values[alike.values, 0] = np.arange(alike.sum().item(), dtype=float)
    values[gap] = np.nan
    expected = float(values[alike.values, 0].mean())  # of the others
    filled, gap_hours = meters.fill_gaps(values)
    assert filled[gap] == pytest.approx(expected)
    assert gap_hours.sel(meter="main").values.tolist() == [1, 0]
    assert filled.notnull().all()
    kept = values.notnull().values
    np.testing.assert_array_equal(filled.values[kept], values.values[kept])


def test_missing_month_takes_the_years_mean_and_an_empty_year_stays_empty():
    load, _ = made_year((2023, 2024))
    holes = load.where((load.local_year == 2023) & (load.local_month != 2))
    filled, gap_hours = meters.fill_gaps(holes)
    february = (load.local_month == 2) & (load.local_year == 2023)
    np.testing.assert_allclose(
        filled[february.values, 0], load[february.values, 0]
    )  # as every month
    assert filled[(load.local_year == 2024).values].isnull().all()
    assert gap_hours.values.tolist() == [[28 * 24] * 2, [366 * 24] * 2]


def test_a_reporting_year_with_too_little_weather_is_refused():
    load, outdoor_c = made_year()
    sufficiency.refuse_gaps(load, outdoor_c, 0.02)
    outdoor_c[100:400] = np.nan  # 300 of 8,760 hours: 3.4 %
    with pytest.raises(ValueError, match="weather: 3.4% of the hours have no outdoor temperature"):
        sufficiency.refuse_gaps(load, outdoor_c, 0.02)
    filled = meters.fill_outdoor(outdoor_c)
    assert filled.notnull().all() and (filled[:100] == outdoor_c[:100]).all()


def test_end_uses_above_their_main_meter_are_odd():
    load, outdoor_c = made_year()
    assert not [
        f for f in sufficiency.sufficiency(load, outdoor_c, 0.05) if f.rule == "parts_above_whole"
    ]
    load[:, 0] = load[:, 0] / 10  # a transformer ratio forgotten on the main meter
    assert [f.rule for f in sufficiency.sufficiency(load, outdoor_c, 0.05)] == [
        "part_above_whole",
        "parts_above_whole",
    ]


def test_a_register_instead_of_energy_by_the_hour_is_refused():
    load, outdoor_c = made_year()
    load[:, 1] = load[:, 1].cumsum("time")
    with pytest.raises(
        ValueError,
        match="energy: cooling: in column cooling_kwh the readings only rise.*give the energy of each hour",
    ):
        sufficiency.sufficiency(load, outdoor_c, 0.05)


def test_a_meter_that_hangs_and_a_register_that_resets_are_findings():
    load, outdoor_c = made_year()
    load = load.copy(data=load.values + np.random.default_rng(3).normal(0, 0.5, load.shape))
    assert sufficiency.sufficiency(load, outdoor_c, 0.05) == []
    load[1000:1030, 0] = 61.5
    load[5000, 1] = 24.5 * float(load[:, 1].mean())
    stuck, reset = [
        f for f in sufficiency.sufficiency(load, outdoor_c, 0.05) if f.rule in ("stuck", "reset")
    ]
    assert stuck.en == (
        "Main meter: 30 hours of the base year lie in runs of 24 or more with one unchanging reading, the longest "
        f"from {load.time.values[1000].astype('datetime64[m]')} UTC"
    )
    assert reset.en.startswith(
        "Cooling: 1 hours of the base year hold more than 1 mean days, the largest at "
        f"{load.time.values[5000].astype('datetime64[m]')} UTC"
    )
    quiet = sufficiency.sufficiency(load, outdoor_c, 0.05, stuck_hours=31, reset_days=2)
    assert not [f for f in quiet if f.rule in ("stuck", "reset")]


def office(timezone, clock):
    """A year of an office that opens at eight by one clock, read by another."""
    hours = pd.date_range(
        "2023-01-01", "2024-01-01", freq="h", inclusive="left", tz=timezone
    ).tz_convert("UTC")
    seen = hours.tz_convert(clock)
    kwh = (
        20.0
        + 60 * ((seen.hour >= 8) & (seen.hour < 18) & (seen.day_of_week < 5))
        + np.random.default_rng(5).normal(0, 3, len(hours))
    )
    load = meters.to_array(pd.DataFrame({"main_kwh": kwh}, hours), timezone)
    return load, meters.outdoor_on(load, pd.DataFrame({"outdoor_c": 10.0 + hours.month}, hours))


@pytest.mark.parametrize(("clock", "found"), [("Europe/London", 0), ("UTC", 1)])
def test_a_clock_that_does_not_follow_the_zone_is_a_finding(clock, found):
    rules = [f.rule for f in sufficiency.sufficiency(*office("Europe/London", clock), 0.05)]
    assert rules.count("clock") == found


def test_a_zone_without_clock_changes_has_no_clock_finding():
    assert not [f for f in sufficiency.sufficiency(*office(ZONE, "UTC"), 0.05) if f.rule == "clock"]


@pytest.mark.skipif(not placebo.REAL.exists(), reason="no measured buildings in ../shared/realdata")
def test_clocks_of_measured_buildings_are_told_from_misread_ones():
    # Two years in which the archive's clocks are confirmed to be UTC: read as the site's own zone
    # they say nothing, and as a zone that changes its clocks on the same days the other way round
    # they do, as far as mornings have an edge.
    about = pd.read_csv(placebo.REAL / "metadata.csv").query(
        "fuel == 'electricity' and years_clock_confirmed_utc == 2"
    )
    found = {}
    for name, timezone in (("right", None), ("wrong", "misread")):
        told, seen = 0, 0
        for (load, _), _ in placebo.cases():
            load = load.sel(meter=[m for m in load.meter.values if m in set(about.building_id)])
            if timezone:  # stamps that were local time already, taken for UTC
                wall = (
                    pd.DatetimeIndex(load.time.values, tz="UTC")
                    .tz_convert("Europe/London")
                    .tz_localize(None)
                )
                kwh = pd.DataFrame(
                    load.values, wall.tz_localize("UTC"), [f"{m}_kwh" for m in load.meter.values]
                )
                load = meters.to_array(kwh[~kwh.index.duplicated()], "Europe/London")
            told, seen = told + len(sufficiency._clocks(load)), seen + load.sizes["meter"]
        found[name] = told / seen
    assert found["right"] == 0 and found["wrong"] >= 0.4, found
