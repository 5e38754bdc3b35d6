"""The building's own intensity: per m2 and per person, as metered and weather-normalised, and the
effects of weather, company and grid.
"""

from __future__ import annotations

import pandas as pd
import xarray as xr

from neutrality.energy import meters, models, periods
from neutrality.reference import units
from neutrality.reference.grid_factors import GRID
from neutrality.trend import lmdi

_MAIN_METER = "main"


def complete_years(
    load_kwh: xr.DataArray, outdoor_c: xr.DataArray, max_gap_share: float
) -> list[int]:
    """Return the local years with a value of the main meter in every hour (filled hours included)
    and with at most `max_gap_share` (0-1) of the outdoor temperatures missing.

    Of days and bills at most that share of the days may have been filled: a bill may reach into a
    year that has no other.
    """
    main = load_kwh.sel(meter=_MAIN_METER)
    metered = main.notnull().groupby("local_year").mean()
    if not meters.is_hourly(load_kwh):
        read = (main.period != periods.NO_PERIOD).groupby("local_year").mean()
        metered = metered.where(read >= 1 - max_gap_share, 0)
    weather = outdoor_c.notnull().groupby("local_year").mean()
    complete = (metered == 1).values & (weather >= 1 - max_gap_share).values
    return [int(year) for year in metered.local_year.values[complete]]


def yearly_use(
    load_kwh: xr.DataArray, outdoor_c: xr.DataArray, years: list[int], base_year: int, model: str
) -> pd.DataFrame:
    """Return kwh and normalised_kwh of the main meter by year: as metered, and at the weather and
    calendar of the base year.

    The baseline model of `models` is fitted to each year separately, with equal weights.
    normalised = metered x predicted use with the base year's weather / predicted use with its own:
    what the building of that year would have used in the base year. In the base year the two are
    therefore equal.
    """
    main, local_year = load_kwh.sel(meter=[_MAIN_METER]), load_kwh.local_year.values
    model = models.choose(load_kwh, model)
    weather = {
        year: meters.fill_outdoor(outdoor_c[local_year == year]) for year in {base_year, *years}
    }
    rows = {}
    for year in years:
        of_year = local_year == year
        fitted = models.fit(main, outdoor_c, year, model)
        own = float(models.predict(fitted, weather[year]).sum())
        normal = float(models.predict(fitted, weather[base_year]).sum())
        kwh = float(main[of_year].sum())
        rows[year] = {"kwh": kwh, "normalised_kwh": kwh * normal / own}
    table = pd.DataFrame.from_dict(rows, "index", columns=["kwh", "normalised_kwh"])
    return table.rename_axis("year")


def emissions(used: pd.DataFrame, inventory: pd.DataFrame) -> pd.DataFrame:
    """Return `used` with location_t and market_t, as metered and normalised [tCO2e]; NaN in years
    without an inventory.

    Only electricity is normalised, with the year's own emissions per metered kWh. `used` is the
    table of `yearly_use`, `inventory` that of notebook 02.
    """
    counted = inventory[inventory["line"] == "inventory"]
    total = counted.pivot_table(index="year", columns="view", values="t_co2e", aggfunc="sum")
    electricity = counted[counted["source"] == GRID].pivot_table(
        index="year", columns="view", values="t_co2e", aggfunc="sum"
    )
    table = used.copy()
    for view in ("location", "market"):
        table[f"{view}_t"] = total[view].reindex(used.index)
        t_per_kwh = electricity[view].reindex(used.index) / used["kwh"]
        difference_t = (used["normalised_kwh"] - used["kwh"]) * t_per_kwh
        table[f"normalised_{view}_t"] = table[f"{view}_t"] + difference_t
    return table


def intensities(yearly: pd.DataFrame, floor_area_m2: float, occupants: float) -> pd.DataFrame:
    """Return year, basis ("m2", "head"), kwh, normalised_kwh and the four emissions [kgCO2e], per
    m2 and per person; a size of 0 is not given.

    >>> table = pd.DataFrame({"kwh": {2025: 5e6}, "location_t": {2025: 3000.0}})
    >>> intensities(table, 50_000, 0).to_dict("records")
    [{'year': 2025, 'basis': 'm2', 'kwh': 100.0, 'location_kg': 60.0}]
    """
    in_kg = yearly.rename(columns=lambda name: name.replace("_t", "_kg")).copy()
    in_kg[[name for name in in_kg if name.endswith("_kg")]] *= units.KG_PER_T
    columns = ["year", "basis", *in_kg.columns]
    tables = [
        (in_kg / size).rename_axis("year").reset_index().assign(basis=basis)
        for basis, size in (("m2", floor_area_m2), ("head", occupants))
        if size > 0
    ]
    if not tables:
        return pd.DataFrame(columns=columns)
    return pd.concat(tables, ignore_index=True)[columns]


def factors_by_year(
    yearly: pd.DataFrame, inventory: pd.DataFrame, view: str
) -> dict[int, pd.DataFrame]:
    """Return the factors of the building's emissions for `lmdi.over_years`: {year: part x factor},
    a part for each source.

    Electricity = weather (metered / normalised) x use (normalised kWh) x green_power (share of kWh
    without certificates, in the market-based view) x grid_factor. All of another source is use. A
    source that is missing in a year is 0 there.
    """
    counted = inventory[inventory["line"] == "inventory"]
    by_view = {
        each: counted[counted["view"] == each].pivot_table(
            index="year", columns="source", values="t_co2e", aggfunc="sum", fill_value=0.0
        )
        for each in ("location", "market")
    }
    emitted_t = by_view[view]
    factors = {}
    for year in yearly.index.intersection(emitted_t.index):
        columns = ["weather", "use", "green_power", "grid_factor"]
        table = pd.DataFrame(1.0, emitted_t.columns, columns)
        table["use"] = emitted_t.loc[year]
        if GRID in table.index:
            kwh, normalised_kwh = yearly.loc[year, ["kwh", "normalised_kwh"]]
            grid_t = by_view["location"].at[year, GRID]
            uncovered = emitted_t.at[year, GRID] / grid_t if grid_t else 1.0
            table.loc[GRID] = [kwh / normalised_kwh, normalised_kwh, uncovered, grid_t / kwh]
        factors[int(year)] = table
    return factors


def drivers(yearly: pd.DataFrame, inventory: pd.DataFrame, base_year: int) -> pd.DataFrame:
    """Return the LMDI-I effects on the building's emissions since the base year [tCO2e], location-
    and market-based: view, the columns of `lmdi.by_driver`, effect as effect_t.
    """
    tables = []
    for view in ("location", "market"):
        factors = factors_by_year(yearly, inventory, view)
        effects = lmdi.by_driver(lmdi.over_years(factors, base_year))
        tables.append(effects.rename(columns={"effect": "effect_t"}).assign(view=view))
    return pd.concat(tables, ignore_index=True)


def beyond_guide(per_m2: pd.DataFrame, year: int, guide_kwh_per_m2: float) -> float:
    """Return by how much a year's normalised electricity per m2 exceeds a guide value [%].

    >>> per_m2 = pd.DataFrame({"year": [2025], "normalised_kwh": [110.0]})
    >>> round(beyond_guide(per_m2, 2025, 100.0), 9)
    10.0
    """
    normalised_kwh = per_m2.set_index("year").at[year, "normalised_kwh"]
    return float(units.PERCENT * (normalised_kwh / guide_kwh_per_m2 - 1))
