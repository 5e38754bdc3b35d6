"""Days off are those of the country, with China's weekends worked in exchange; a site's own days
replace them.
"""

import pandas as pd
import pytest

from neutrality.energy import calendars


def worked(table):
    return set(table.date[table.workday])


def test_china_2025_has_the_state_councils_days_off_and_worked_weekends():
    # State Council General Office, arrangement of holidays in 2025: the five weekend days worked in
    # exchange.
    table = calendars.days("CN", [2025])
    assert worked(table) == {"2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"}
    off = set(table.date[~table.workday])
    assert {
        "2025-01-28",
        "2025-02-04",
        "2025-04-04",
        "2025-05-05",
        "2025-10-01",
        "2025-10-08",
    } <= off


def test_only_the_given_years_and_every_day_once_in_order():
    table = calendars.days("CN", [2025, 2023, 2023])
    assert set(table.date.str[:4]) == {"2023", "2025"}
    assert table.date.is_monotonic_increasing and table.date.is_unique


def test_year_end_closure_adds_the_last_week_and_keeps_the_holidays_names():
    table = calendars.days("GB-ENG", [2017], year_end_closure=True).set_index("date")
    december = table.loc["2017-12-24":"2017-12-31"]
    assert len(december) == 8 and not december.workday.any()
    assert (
        december.name["2017-12-25"] == "Christmas Day"
        and december.name["2017-12-28"] == "year-end closure"
    )


def test_a_sites_own_day_replaces_the_countrys():
    own = pd.DataFrame(
        {
            "date": ["2025-10-01", "2025-07-01"],
            "workday": [True, False],
            "name": ["sale", "stocktaking"],
        }
    )
    table = calendars.days("CN", [2025], own=own).set_index("date")
    assert table.workday["2025-10-01"] and not table.workday["2025-07-01"]
    assert not table.workday["2025-10-02"]


def test_without_a_country_only_the_sites_own_days_count():
    assert calendars.days("", [2025]).empty
    own = pd.DataFrame({"date": ["2025-07-01"], "workday": [False], "name": ["stocktaking"]})
    assert calendars.days("", [2025], own=own).date.tolist() == ["2025-07-01"]


@pytest.mark.parametrize("country", ["XX", "GB-XYZ"])
def test_an_unknown_country_is_refused(country):
    with pytest.raises(ValueError, match=f"no holidays are known for '{country}'.*GB-ENG"):
        calendars.days(country, [2025])
