"""What bills say beside their amount, as notebook 01 shows it."""

from neutrality.case import tables
from neutrality.energy import bill_checks

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
