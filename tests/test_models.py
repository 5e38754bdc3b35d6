"""Every resolution finds the saving that was made, and names the model that found it."""

import made_bills as made
import numpy as np
import pandas as pd
import pytest

from neutrality.energy import meters, models, periods, savings, sufficiency
from neutrality.trend import building

WEATHER = made.weather()
DAYS = made.daily_kwh(WEATHER)
EVERY_DAY = [*DAYS.index, DAYS.index[-1] + pd.Timedelta(days=1)]
TABLES = {"bills": made.reads(DAYS), "days": made.rows(DAYS, EVERY_DAY)}


@pytest.fixture(scope="module", params=TABLES)
def site(request, tmp_path_factory):
    rows = made.parsed(TABLES[request.param], tmp_path_factory.mktemp("site"))
    load, _ = periods.by_day(rows, made.ZONE)
    return load, meters.outdoor_on(load, WEATHER)


def of(year, array):
    return array[array.local_year == year]


def test_the_saving_that_was_made_lies_in_the_interval(site):
    load, outdoor = site
    fitted = models.fit(load, outdoor, made.BASE, models.choose(load, "auto"))
    base, reporting = of(made.BASE, load), of(made.REPORTING, load)
    modelled = models.predict(fitted, of(made.BASE, outdoor))
    table = savings.avoided(reporting, models.predict(fitted, of(made.REPORTING, outdoor)))
    error = models.error(base, modelled, fitted, 60)
    years = (made.BASE, made.REPORTING)
    row = models.band(table, error, 0.90, models.drift(load), outdoor, years).iloc[0]
    truth = float(DAYS[DAYS.index.year == made.REPORTING].sum()) * made.SAVED / (1 - made.SAVED)
    assert row.low_kwh < truth < row.high_kwh
    assert row.savings_kwh / row.predicted_kwh == pytest.approx(made.SAVED, abs=0.015)


def test_a_month_held_out_has_no_part_in_its_own_prediction(site):
    load, outdoor = site
    held_out = models.held_out(load, outdoor, made.BASE, "degree_days")
    month = (load.local_year == made.BASE) & (load.local_month == 7)
    of_july = load.period.values[month.values].ravel()
    changed = load.copy(data=np.where(np.isin(load.period, of_july), 2, 1) * load.values)
    again = models.held_out(changed, outdoor, made.BASE, "degree_days")
    middle = (held_out.local_month == 7).values & (np.arange(365) % 31 > 20)
    if load.attrs["resolution"] == "days":
        np.testing.assert_allclose(again[middle], held_out[middle], rtol=1e-9)
    assert not np.allclose(again.values, held_out.values)


def test_bills_are_compared_as_they_were_read_and_short_parts_left_out(site):
    load, outdoor = site
    if load.attrs["resolution"] != "bills":
        pytest.skip("of bills")
    base = of(made.BASE, load)
    read, expected = models.by_bill(base, base * 1.1)
    table = made.reads(DAYS)
    whole = table[pd.to_datetime(table["end"]) <= "2024-01-01"]["amount"]
    np.testing.assert_allclose(read.values[: len(whole), 0], whole, rtol=1e-12)
    np.testing.assert_allclose(expected.values, read.values * 1.1)


def test_model_and_resolution_are_named_with_the_limits_that_there_are(site):
    load, outdoor = site
    resolution = load.attrs["resolution"]
    fitted = models.fit(load, outdoor, made.BASE, "degree_days_heating")
    base = of(made.BASE, load)
    modelled = models.predict(fitted, of(made.BASE, outdoor))
    seen, unseen = models.statistics(base, modelled, modelled, fitted)
    row = models.within_limits(seen, unseen, load, fitted).loc["main"]
    assert (row.resolution, row.model) == (resolution, "degree_days_heating")
    limit = {"bills": 0.15, "days": np.nan}[resolution]  # Guideline 14: months
    assert row.cv_rmse_limit == pytest.approx(limit, nan_ok=True)


@pytest.mark.parametrize(
    ("within", "told"), [(True, []), ("", []), (False, ["fit_outside_limits"])]
)
def test_a_fit_outside_the_limits_is_told_of_the_main_meter(within, told):
    row = {"cv_rmse": 0.45, "cv_rmse_limit": 0.3, "nmbe": 0.01, "nmbe_limit": 0.1}
    fit = pd.DataFrame([row | {"within": within}, row | {"within": False}], ["main", "cooling"])
    found = models.outside_limits(fit)
    assert [each.rule for each in found] == told
    assert all("45.0% (limit 30%)" in each.en for each in found)


def test_a_model_of_another_resolution_is_refused(site):
    load, _ = site
    assert models.choose(load, "auto") == "degree_days"
    with pytest.raises(ValueError, match="does not fit (bills|days) of the main meter"):
        models.choose(load, "towt")
    hours = meters.to_array(pd.DataFrame({"main_kwh": 1.0}, WEATHER.index), made.ZONE)
    assert models.choose(hours, "auto") == "towt_lagged"
    with pytest.raises(ValueError, match="choose auto, towt_lagged, towt, time_of_week"):
        models.choose(hours, "degree_days")


def test_a_year_without_temperatures_is_refused(site):
    load, _ = site
    gone = WEATHER[WEATHER.index < "2024-12-01"]
    with pytest.raises(ValueError, match="8.5% of the days of 2024 have no mean outdoor"):
        years = (made.BASE, made.REPORTING)
        sufficiency.refuse_cold_days(meters.outdoor_on(load, gone), years, 0.02)


def test_quarterly_bills_are_too_few_and_bimonthly_ones_are_not(tmp_path):
    for months, few in ((3, True), (2, False)):
        cuts = list(pd.date_range("2023-01-01", "2025-01-01", freq=f"{months}MS"))
        rows = made.parsed(made.rows(DAYS, cuts), tmp_path / str(months))
        load, _ = periods.by_day(rows, made.ZONE)
        outdoor, years = meters.outdoor_on(load, WEATHER), (made.BASE, made.REPORTING)
        if few:
            with pytest.raises(ValueError, match="meters: main: 4 periods of 2023 have known"):
                models.refuse_few(load, outdoor, years)
        else:
            models.refuse_few(load, outdoor, years)


def test_a_year_into_which_only_one_bill_reaches_is_no_year_of_the_building(tmp_path):
    cuts = [pd.Timestamp("2022-12-20"), *pd.date_range("2023-01-20", "2024-12-20", freq="30D")]
    by_day = DAYS.reindex(pd.date_range("2022-12-20", "2024-12-31")).bfill()
    rows = made.parsed(made.rows(by_day, [*cuts, pd.Timestamp("2025-01-09")]), tmp_path)
    metered, _ = periods.by_day(rows, made.ZONE)
    load, _ = meters.fill_gaps(metered)
    outdoor = meters.outdoor_on(load, made.weather((2022, 2025)))
    assert np.unique(load.local_year).tolist() == [2022, 2023, 2024, 2025]
    assert building.complete_years(load, outdoor, 0.02) == [2023, 2024]
