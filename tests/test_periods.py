"""Bills, days and hours become the same array: sums are kept, order and units do not matter."""

import made_bills as made
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neutrality.energy import meters, periods, site_load

WEATHER = made.weather()
DAYS = made.daily_kwh(WEATHER)
NONE = pd.DataFrame()
MONTHS = list(pd.date_range("2023-01-01", "2025-01-01", freq="MS"))
cuts = st.lists(st.integers(1, 700), min_size=3, max_size=20, unique=True).map(
    lambda at: [DAYS.index[0] + pd.Timedelta(days=each) for each in sorted(at)]
)


def read(table, tmp_path):
    return periods.by_day(made.parsed(table, tmp_path), made.ZONE)[0]


def as_read(table):
    """The rows in their types, without a file."""
    instants = {
        name: pd.to_datetime(table[name]).dt.tz_localize(made.ZONE).dt.tz_convert("UTC")
        for name in ("start", "end")
    }
    return table.assign(**instants)


@given(cuts)
@settings(max_examples=25, deadline=None)
def test_days_of_bills_add_up_to_the_bills(at):
    rows = made.rows(DAYS, at)
    load, _ = periods.by_day(as_read(rows), made.ZONE)
    assert float(load.sum()) == pytest.approx(rows["amount"].sum(), rel=1e-12)
    assert int(load.notnull().sum()) == (at[-1] - at[0]).days


@given(cuts, st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_order_of_rows_does_not_matter(at, random):
    rows = as_read(made.rows(DAYS, at))
    order = list(range(len(rows)))
    random.shuffle(order)
    load, mixed = (periods.by_day(each, made.ZONE)[0] for each in (rows, rows.iloc[order]))
    assert load.identical(mixed)


@given(cuts, st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_a_bill_split_by_days_gives_the_same_days(at, where):
    rows = made.rows(DAYS, at)
    row = rows.iloc[where % len(rows)]
    start, end = pd.Timestamp(row["start"]), pd.Timestamp(row["end"])
    length = (end - start).days
    if length < 2:
        return
    first = 1 + where % (length - 1)
    middle = f"{start + pd.Timedelta(days=first):%Y-%m-%d}"
    share = row["amount"] / length
    halves = pd.DataFrame(
        [
            {**row, "end": middle, "amount": share * first},
            {**row, "start": middle, "amount": share * (length - first)},
        ]
    )
    split = pd.concat([rows.drop(index=row.name), halves], ignore_index=True)
    whole, parts = (periods.by_day(as_read(each), made.ZONE)[0] for each in (rows, split))
    np.testing.assert_allclose(parts.values, whole.values, rtol=1e-12)


@pytest.mark.parametrize(("unit", "per_kwh"), [("MWh", 1e-3), ("GJ", 3.6e-3), ("兆瓦时", 1e-3)])
def test_units_do_not_matter(unit, per_kwh, tmp_path):
    rows = made.reads(DAYS)
    other = rows.assign(amount=rows["amount"] * per_kwh, unit=unit)
    first, second = read(rows, tmp_path / "a"), read(other, tmp_path / "b")
    np.testing.assert_allclose(second.values, first.values, rtol=1e-12)


def test_gas_by_volume_and_water_keep_their_cubic_metres():
    rows = as_read(made.rows(DAYS, MONTHS, "boiler", "gas", "m3"))
    arrays = periods.to_arrays(rows, made.ZONE)
    assert arrays.unit.item() == "m3" and bool(arrays.kwh.isnull().all())
    assert float(arrays.amount.sum()) == pytest.approx(rows["amount"].sum())
    assert periods.unit_kept("kWh", "water") == "" and periods.unit_kept("L", "water") == "m3"


def test_meters_with_other_read_dates_are_padded_and_keep_their_own():
    rows = pd.concat(
        [made.rows(DAYS, MONTHS), made.rows(DAYS, MONTHS[::3], "chiller", unit="kWh")],
        ignore_index=True,
    )
    arrays = periods.to_arrays(as_read(rows), made.ZONE)
    assert arrays.sizes == {"period": 24, "meter": 2}
    assert int(arrays.start.sel(meter="chiller").notnull().sum()) == 8
    assert float(arrays.kwh.sel(meter="main").sum()) == pytest.approx(DAYS.sum())


def test_calendar_month_bills_come_back_as_the_months(tmp_path):
    rows = made.rows(DAYS, MONTHS)
    load = read(rows, tmp_path)
    monthly = site_load.electricity_by_month(load, [made.BASE, made.REPORTING])
    np.testing.assert_allclose(monthly["kwh"], rows["amount"], rtol=1e-12)
    assert monthly["how"].unique().tolist() == ["bills"] and not site_load.is_hourly(monthly)
    assert monthly["month"].tolist() == [f"{each:%Y-%m}" for each in MONTHS[:-1]]


def test_days_and_bills_of_one_meter_agree_in_the_years_total(tmp_path):
    whole = [made.BASE, made.REPORTING]
    by_bill = site_load.electricity_by_month(read(made.rows(DAYS, MONTHS), tmp_path / "a"), whole)
    every = [*DAYS.index, DAYS.index[-1] + pd.Timedelta(days=1)]
    by_day = site_load.electricity_by_month(read(made.rows(DAYS, every), tmp_path / "b"), whole)
    assert by_day["how"].unique().tolist() == ["days"]
    np.testing.assert_allclose(by_day["kwh"], by_bill["kwh"], rtol=1e-9)


def test_hours_in_the_table_meters_are_those_of_the_table_energy():
    rng = np.random.default_rng(5)
    wide = pd.DataFrame({"main_kwh": rng.random(len(WEATHER))}, WEATHER.index)
    rows = pd.DataFrame(
        {
            "meter": "main",
            "energy": "electricity",
            "start": wide.index,
            "end": wide.index + pd.Timedelta(hours=1),
            "amount": wide["main_kwh"].to_numpy() / 1000,
            "unit": "MWh",
            "quality": "",
            "source": "",
        }
    )
    long, _ = site_load.readings(NONE, rows, made.ZONE)
    short, _ = site_load.readings(wide, rows[:0], made.ZONE)
    np.testing.assert_allclose(long.values, short.values, rtol=1e-12)
    assert long.attrs == short.attrs and meters.is_hourly(long)


def test_hours_of_a_submeter_are_summed_to_days_beside_bills_of_the_main_meter():
    kwh = pd.Series(1.0, WEATHER.index)
    rows = pd.DataFrame(
        {
            "meter": "chiller",
            "energy": "electricity",
            "start": kwh.index,
            "end": kwh.index + pd.Timedelta(hours=1),
            "amount": kwh.to_numpy(),
            "unit": "kWh",
            "quality": "",
            "source": "",
        }
    )
    both = pd.concat([as_read(made.rows(DAYS, MONTHS)), rows.iloc[1:]], ignore_index=True)
    load, _ = site_load.readings(NONE, both, made.ZONE)
    chiller = load.sel(meter="chiller").to_series()
    assert np.isnan(chiller.iloc[0])  # an hour of it is missing
    assert sorted(chiller.iloc[1:].unique()) == [23.0, 24.0, 25.0]  # the clock's changes
    assert load.attrs["resolution"] == "bills"


def test_periods_are_found_again_in_the_array_of_days(tmp_path):
    rows = made.parsed(made.reads(DAYS).assign(quality="estimated"), tmp_path)
    load, estimated = periods.by_day(rows, made.ZONE)
    arrays, again = periods.to_arrays(rows, made.ZONE), periods.of_days(load)
    for name in ("start", "end"):
        assert (again[name] == arrays[name]).all()
    np.testing.assert_allclose(again.kwh.values, arrays.kwh.values, rtol=1e-12)
    assert bool(again.estimated.all()) and bool(estimated.all())


def test_the_mean_temperature_of_a_day_is_that_of_its_hours():
    load, _ = periods.by_day(as_read(made.rows(DAYS, MONTHS)), made.ZONE)
    outdoor = meters.outdoor_on(load, WEATHER)
    of_day = WEATHER["outdoor_c"].tz_convert(made.ZONE)["2023-06-01"]
    june = int(np.flatnonzero(meters.local_days(load) == "2023-06-01")[0])
    assert float(outdoor[june]) == pytest.approx(of_day.mean())
    gone = WEATHER.drop(of_day.index[6:].tz_convert("UTC"))  # more than half of the day's hours
    assert np.isnan(meters.outdoor_on(load, gone)[june])
