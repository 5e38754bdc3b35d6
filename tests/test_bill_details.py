"""What bills say beside their amount, as notebook 01 shows it, and bills of quarters."""

import made_bills
import pandas as pd
import pytest

from neutrality.case import tables
from neutrality.energy import bill_checks, calendars, meters, models, site_load
from neutrality.texts import messages

ZONE = "Asia/Shanghai"
BILLS = """meter,energy,start,end,amount,unit,quality,source,peak,flat,valley,cost,currency
grid_bills,electricity,2025-02-01,2025-03-01,610,kWh,,,310,200,100,,
grid_bills,electricity,2025-01-01,2025-02-01,600,kWh,,,300,200,100,500,RMB
water,water,2024-12-01,2025-01-01,9,m3,,,,,,12,RMB
water,water,2025-02-01,2025-03-01,9,m3,,,,,,,
"""


def test_bills_are_shown_in_order_by_the_year_of_their_last_day_and_without_empty_columns(tmp_path):
    (tmp_path / "meters.csv").write_text(BILLS, encoding="utf-8")
    rows = tables.read(tmp_path, "meters", ZONE)
    told = bill_checks.details(rows, ZONE, [2025])
    assert told.index.tolist() == ["grid_bills", "grid_bills"]  # water of 2025 says nothing more
    assert told["last"].tolist() == ["2025-01-31", "2025-02-28"]
    assert told["peak"].tolist() == [300, 310] and told["cost"].iloc[0] == 500
    assert "demand_kw" not in told and "cost" in bill_checks.details(rows, ZONE, [2024])


def test_a_case_without_bills_shows_none(tmp_path):
    rows = tables.read_or_empty(tmp_path, "meters", ZONE)
    assert bill_checks.details(rows, ZONE, [2025]).empty


def test_four_bills_a_year_are_too_few_for_a_baseline_and_the_refusal_says_what_to_give(tmp_path):
    weather, zone = made_bills.weather(), made_bills.ZONE
    quarters = list(pd.date_range("2023-01-01", "2025-01-01", freq="QS"))
    made = made_bills.rows(made_bills.daily_kwh(weather), quarters)
    made.assign(quality="", source="").to_csv(tmp_path / "meters.csv", index=False)
    rows = tables.read(tmp_path, "meters", zone)
    days_off = calendars.days("GB", [2023, 2024], False, pd.DataFrame())
    metered, _ = site_load.readings(pd.DataFrame(), rows, zone, days_off)
    with pytest.raises(ValueError, match="main: 4 periods of 2023 .* monthly or hourly") as refused:
        models.refuse_few(metered, meters.outdoor_on(metered, weather), (2023,))
    assert messages.whole(str(refused.value))
