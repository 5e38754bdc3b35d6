"""The building's intensity: a known saving recovered, and effects by attribution in both views."""

import numpy as np
import pandas as pd
import pytest

from neutrality.energy import meters
from neutrality.trend import building, lmdi

ZONE = "UTC"


def metered(change=0.8, years=(2021, 2022), warmer=6.0):
    """Return load and outdoor temperature of a building of 50 kW and 5 kW/K above 18 °C; the last
    year is warmer [K], and its load is multiplied by `change`.
    """
    hours = pd.date_range(f"{years[0]}-01-01", f"{years[-1]}-12-31 23:00", freq="h", tz="UTC")
    day = hours.day_of_year.to_numpy()
    outdoor = (
        12
        + 12 * np.sin((day - 105) / 58)
        + 4 * np.sin(hours.hour / 4)
        + np.where(hours.year == years[-1], warmer, 0.0)
    )
    kw = (50 + 10 * (hours.day_of_week < 5) + 5 * np.clip(outdoor - 18, 0, None)) * np.where(
        hours.year == years[-1], change, 1.0
    )
    load = meters.to_array(pd.DataFrame({"main_kwh": kw}, hours), ZONE)
    return load, meters.outdoor_on(load, pd.DataFrame({"outdoor_c": outdoor}, hours))


def test_normalised_use_recovers_the_saving_despite_warmer_weather():
    load, outdoor = metered()
    used = building.yearly_use(load, outdoor, [2021, 2022], 2021, "towt")
    assert used.loc[2021, "kwh"] == pytest.approx(used.loc[2021, "normalised_kwh"], rel=1e-12)
    # As metered, most of the saving is hidden by the warmer weather.
    assert used.loc[2022, "kwh"] > 0.85 * used.loc[2021, "kwh"]
    assert used.loc[2022, "normalised_kwh"] / used.loc[2021, "kwh"] == pytest.approx(0.8, abs=0.01)


def test_only_complete_years_with_weather_count():
    load, outdoor = metered(years=(2021, 2022, 2023))
    load = load.where((load.local_year != 2022) | (load.local_month < 12))
    outdoor = outdoor.where((outdoor.local_year != 2023) | (outdoor.local_month > 2))
    assert building.complete_years(load, outdoor, 0.02) == [2021]
    assert building.complete_years(load, outdoor, 0.2) == [2021, 2023]


def inventory(grid, market=None, gas=(50.0, 50.0)):
    rows = [
        {
            "year": 2021 + place,
            "view": view,
            "source": source,
            "line": "inventory",
            "t_co2e": values[place],
        }
        for view, of in (("location", grid), ("market", market or grid))
        for source, values in (("grid_electricity", of), ("natural_gas", gas))
        for place in (0, 1)
    ]
    return pd.DataFrame(
        [
            *rows,
            {
                "year": 2022,
                "view": "location",
                "source": "commuting",
                "line": "memo",
                "t_co2e": 999.0,
            },
        ]
    )


USED = pd.DataFrame(
    {"kwh": [500e3, 480e3], "normalised_kwh": [500e3, 400e3]}, pd.Index([2021, 2022], name="year")
)


def effects_of(table, view):
    made = lmdi.by_driver(lmdi.over_years(building.factors_by_year(USED, table, view), 2021))
    return lmdi.by_attribution(made).set_index("who")["effect"]


def test_intensities_per_area_and_head_as_metered_and_normalised():
    yearly = building.emissions(USED, inventory((250.0, 192.0), (250.0, 96.0)))
    made = building.intensities(yearly, 1000.0, 10.0).set_index(["year", "basis"])
    assert made.loc[
        (2022, "m2"), ["kwh", "normalised_kwh", "location_kg", "market_kg"]
    ].to_list() == [480, 400, 242, 146]
    assert made.loc[(2022, "m2"), "normalised_location_kg"] == 242 - 80 * 0.4
    assert made.loc[(2022, "head"), "kwh"] == 48_000
    assert building.intensities(yearly, 0.0, 0.0).empty
    assert set(building.intensities(yearly, 0.0, 10.0)["basis"]) == {"head"}


def test_a_year_without_inventory_has_energy_and_no_emissions():
    three = pd.concat([USED, pd.DataFrame({"kwh": [1.0], "normalised_kwh": [1.0]}, [2020])])
    made = building.emissions(three, inventory((250.0, 192.0)))
    assert np.isnan(made.loc[2020, "location_t"]) and made.loc[2022, "location_t"] == 242


def test_effects_sum_to_the_change_in_each_view_without_memo_lines():
    table = inventory((250.0, 192.0), (250.0, 96.0), gas=(50.0, 40.0))
    location, market = effects_of(table, "location"), effects_of(table, "market")
    assert location.sum() == pytest.approx(-68, rel=1e-9)
    assert market.sum() == pytest.approx(-164, rel=1e-9)
    assert list(location.index) == ["weather", "company", "grid"]
    assert location["weather"] > 0 > location["grid"]
    assert market["company"] < location["company"]  # green power, in the market-based view alone


def test_full_green_power_is_attributed_to_the_company():
    market = effects_of(inventory((250.0, 192.0), (250.0, 0.0)), "market")
    assert market.to_dict() == {"weather": 0, "company": -250, "grid": 0}


def test_a_change_of_the_grid_alone_is_attributed_to_the_grid():
    same = USED.assign(kwh=500e3, normalised_kwh=500e3)
    made = lmdi.by_driver(
        lmdi.over_years(building.factors_by_year(same, inventory((250.0, 200.0)), "location"), 2021)
    )
    assert lmdi.by_attribution(made).set_index("who")["effect"].round(9).to_dict() == {
        "weather": 0,
        "company": 0,
        "grid": -50,
    }


def test_a_source_missing_in_one_year_is_attributed_to_the_company():
    table = inventory((250.0, 250.0))
    table = table[~((table["source"] == "natural_gas") & (table["year"] == 2021))]
    same = USED.assign(kwh=500e3, normalised_kwh=500e3)
    made = lmdi.by_driver(lmdi.over_years(building.factors_by_year(same, table, "location"), 2021))
    assert lmdi.by_attribution(made).set_index("who")["effect"].to_dict() == {
        "weather": 0,
        "company": 50,
        "grid": 0,
    }
