"""Which base years may be modelled, what is odd about those that may, and gaps filled without a model."""

import numpy as np
import pandas as pd
import pytest

from neutrality import meters, sufficiency

ZONE = "Asia/Shanghai"


def made_year(years=(2023,)):
    hours = pd.date_range(f"{years[0]}-01-01", f"{years[-1] + 1}-01-01", freq="h", inclusive="left", tz=ZONE)
    energy = pd.DataFrame({"main_kwh": 50.0 + hours.hour, "cooling_kwh": 5.0 + hours.month},
                          hours.tz_convert("UTC"))
    load = meters.to_array(energy, ZONE)
    weather = pd.DataFrame({"outdoor_c": 10.0 + hours.month}, energy.index)
    return load, meters.outdoor_on(load, weather)


def test_full_year_has_nothing_to_report():
    assert sufficiency.sufficiency(*made_year(), max_gap_share=0.05) == []


def test_thin_month_zeros_extremes_and_unseen_weather_are_findings_in_both_languages():
    load, outdoor_c = made_year()
    load[40:140, 0] = np.nan          # 100 of the 744 hours of January
    load[2000:2003, 0] = 0.0
    load[3000, 1] = 1e4
    warmer = outdoor_c + 5.5
    findings = sufficiency.sufficiency(load, outdoor_c, 0.05, outdoor_reporting=warmer)
    assert [(each.rule, each.severity) for each in findings] == [
        ("month_coverage", "odd"), ("extreme", "odd"), ("extreme", "odd"), ("zero_reading", "odd"),
        ("unseen_weather", "odd")]
    assert "month 1 " in findings[0].en and "86.6%" in findings[0].en and "1 月" in findings[0].zh
    assert findings[1].en.startswith("Main meter: 3 hours")
    assert findings[2].en.startswith("Cooling: 1 hours")
    assert findings[3].en.startswith("Main meter: 3 hours of the base year read 0")
    assert f"{int((warmer > 22).sum())} hours" in findings[4].en


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
    np.testing.assert_allclose(filled[february.values, 0], load[february.values, 0])  # as every month
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
    assert not [f for f in sufficiency.sufficiency(load, outdoor_c, 0.05) if f.rule == "parts_above_whole"]
    load[:, 0] = load[:, 0] / 10  # a transformer ratio forgotten on the main meter
    assert [f.rule for f in sufficiency.sufficiency(load, outdoor_c, 0.05)] == ["parts_above_whole"]
