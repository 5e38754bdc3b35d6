"""Which base years may be modelled, and the findings about those that may."""

import numpy as np
import pandas as pd
import placebo
import pytest

from neutrality.energy import meters, sufficiency

ZONE = "Asia/Shanghai"


def made_year():
    hours = pd.date_range("2023-01-01", "2024-01-01", freq="h", inclusive="left", tz=ZONE)
    energy = pd.DataFrame(
        {"main_kwh": 50.0 + hours.hour, "cooling_kwh": 5.0 + hours.month + hours.hour / 100},
        hours.tz_convert("UTC"),
    )
    load = meters.to_array(energy, ZONE)
    weather = pd.DataFrame({"outdoor_c": 10.0 + hours.month}, energy.index)
    return load, meters.outdoor_on(load, weather)


def rules(load, outdoor_c):
    """The rules of the findings about a made year."""
    return [f.rule for f in sufficiency.check_base_year(load, outdoor_c, 0.05)]


def test_full_year_has_nothing_to_report():
    assert sufficiency.check_base_year(*made_year(), max_gap_share=0.05) == []


def test_thin_month_extremes_and_unseen_weather_are_findings_in_both_languages():
    load, outdoor_c = made_year()
    load[40:140, 0] = np.nan  # 100 of the 744 hours of January
    load[2000:2003, 0] = 0.0
    load[3000, 1] = 1e4
    warmer = outdoor_c + 5.5
    findings = sufficiency.check_base_year(load, outdoor_c, 0.05, outdoor_reporting=warmer)
    assert [(each.rule, each.severity) for each in findings] == [
        ("month_coverage", "odd"),
        ("extreme", "odd"),
        ("extreme", "odd"),
        ("unseen_weather", "odd"),
    ]
    assert "month 1 " in findings[0].en and "86.6%" in findings[0].en and "1 月" in findings[0].zh
    assert findings[1].en.startswith("energy.csv: Main meter: 3 hour(s)")
    assert findings[2].en.startswith("energy.csv: Cooling: 1 hour(s)")
    assert findings[-1].en.startswith(
        f"weather.csv: {int((warmer > 22).sum())} hour(s) of the reporting year"
    )


def test_a_use_that_rests_for_a_season_has_no_extremes_but_its_misread_hour_is_one():
    load, outdoor_c = made_year()
    summer = np.isin(load.local_month, (6, 7, 8))
    load[:, 1] = np.where(summer, 40.0 + load.time.dt.hour, 1.0 + load.time.dt.hour / 100)
    assert rules(load, outdoor_c) == []
    load[4500, 1] = 400.0
    assert rules(load, outdoor_c) == ["extreme"]


@pytest.mark.parametrize(("hours", "found"), [(87, []), (88, ["unseen_weather"])])
def test_a_few_hours_of_unseen_weather_are_in_any_year(hours, found):
    load, outdoor_c = made_year()
    warmer = outdoor_c.copy()
    warmer[:hours] = 23.0  # the base year has up to 22 °C; 1 % of its hours are 87.6
    told = sufficiency.check_base_year(load, outdoor_c, 0.05, outdoor_reporting=warmer)
    assert [each.rule for each in told] == found


def test_part_of_a_year_is_refused():
    load, outdoor_c = made_year()
    half = load.local_month <= 6
    with pytest.raises(ValueError, match="has 6 months; a baseline needs 12"):
        sufficiency.check_base_year(load[half.values], outdoor_c[half.values], 0.05)


def test_too_many_gaps_are_refused_with_every_meter_named():
    load, outdoor_c = made_year()
    load[:600] = np.nan
    with pytest.raises(ValueError, match="main: 6.8%.*5.0%(.|\n)*cooling: 6.8%"):
        sufficiency.check_base_year(load, outdoor_c, 0.05)


def test_hours_without_temperature_count_as_gaps():
    load, outdoor_c = made_year()
    outdoor_c[:600] = np.nan
    with pytest.raises(ValueError, match="lack a reading or an outdoor temperature"):
        sufficiency.check_base_year(load, outdoor_c, 0.05)


def test_month_without_any_reading_is_refused_even_where_gaps_are_allowed():
    load, outdoor_c = made_year()
    load = load.where(load.local_month != 2)
    with pytest.raises(ValueError, match="main: month 2 of the base year has no hour"):
        sufficiency.check_base_year(load, outdoor_c, 0.10)


def test_a_reporting_year_with_too_little_weather_is_refused():
    load, outdoor_c = made_year()
    sufficiency.refuse_gaps(load, outdoor_c, 0.02)
    early = load.where(load.time < load.time[-800])
    with pytest.raises(
        ValueError, match="main: the meter ends early, .* is at 2023-11-28T07:00 UTC.*9.1%"
    ):
        sufficiency.refuse_gaps(early, outdoor_c, 0.02)
    outdoor_c[100:400] = np.nan  # 300 of 8,760 hours: 3.4 %
    with pytest.raises(ValueError, match="weather: 3.4% of the hours have no outdoor temperature"):
        sufficiency.refuse_gaps(load, outdoor_c, 0.02)
    filled = meters.fill_outdoor(outdoor_c)
    assert filled.notnull().all() and (filled[:100] == outdoor_c[:100]).all()


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
    assert rules(*office("Europe/London", clock)).count("clock") == found


def test_a_zone_without_clock_changes_has_no_clock_finding():
    assert "clock" not in rules(*office(ZONE, "UTC"))


@pytest.mark.slow
@pytest.mark.skipif(not placebo.REAL.exists(), reason="no measured buildings in ../shared/realdata")
def test_clocks_of_measured_buildings_are_distinguished_from_misread_ones():
    # Two years in which the archive's clocks are confirmed to be UTC: they give no finding. The
    # same readings with local stamps taken for UTC do, where load rises steeply in the morning.
    about = pd.read_csv(placebo.REAL / "metadata.csv").query(
        "fuel == 'electricity' and years_clock_confirmed_utc == 2"
    )
    found = {}
    for reading in ("right", "misread"):
        flagged, seen = 0, 0
        for (load, _), _ in placebo.cases():
            load = load.sel(meter=[m for m in load.meter.values if m in set(about.building_id)])
            if reading == "misread":  # stamps that were local time already, taken for UTC
                wall = (
                    pd.DatetimeIndex(load.time.values, tz="UTC")
                    .tz_convert("Europe/London")
                    .tz_localize(None)
                )
                kwh = pd.DataFrame(
                    load.values, wall.tz_localize("UTC"), [f"{m}_kwh" for m in load.meter.values]
                )
                load = meters.to_array(kwh[~kwh.index.duplicated()], "Europe/London")
            flagged += len(sufficiency.clocks(load))
            seen += load.sizes["meter"]
        found[reading] = flagged / seen
    assert found["right"] == 0 and found["misread"] >= 0.4, found
