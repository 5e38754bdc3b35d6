"""The building's own intensity: per m2 and per head, raw and at one weather, and what weather,
company and grid did to it.
"""

from __future__ import annotations

import pandas as pd
import xarray as xr

from neutrality.energy import baseline, meters
from neutrality.reference import grid_factors, units
from neutrality.trend import lmdi

WHOLE, POWER = "main", grid_factors.GRID


def years_held(load_kwh: xr.DataArray, outdoor_c: xr.DataArray, max_gap_share: float) -> list[int]:
    """Return the local years whose every hour the main meter has, filled ones too, and that have
    their weather.
    """
    read = load_kwh.sel(meter=WHOLE).notnull().groupby("local_year").mean()
    weather = outdoor_c.notnull().groupby("local_year").mean()
    return [
        int(year)
        for year in read.local_year.values[
            (read == 1).values & (weather >= 1 - max_gap_share).values
        ]
    ]


def by_year(
    load_kwh: xr.DataArray, outdoor_c: xr.DataArray, years: list[int], base_year: int, model: str
) -> pd.DataFrame:
    """Return kwh and normalised_kwh of the main meter by year: as metered, and at the base year's
    weather and calendar.

    Each year is fitted by itself with the baseline's model, all its hours alike. normalised =
    metered x expected in the base year's weather / expected in its own: what the building of that
    year would have used in the base year. The base year's own two figures are therefore one.
    """
    main, local_year = load_kwh.sel(meter=[WHOLE]), load_kwh.local_year.values
    weather = {
        year: meters.fill_outdoor(outdoor_c[local_year == year]) for year in {base_year, *years}
    }
    rows = {}
    for year in years:
        fitted = baseline.fit(main[local_year == year], outdoor_c[local_year == year], model)
        here, there = (
            float(baseline.predict(fitted, weather[at]).sum()) for at in (year, base_year)
        )
        kwh = float(main[local_year == year].sum())
        rows[year] = {"kwh": kwh, "normalised_kwh": kwh * there / here}
    return pd.DataFrame.from_dict(rows, "index", columns=["kwh", "normalised_kwh"]).rename_axis(
        "year"
    )


def emissions(used: pd.DataFrame, inventory: pd.DataFrame) -> pd.DataFrame:
    """Return `used` with location_t and market_t, raw and normalised [tCO2e]; NaN in years without
    an inventory.

    Only electricity is normalised: each normalised kWh emits what a metered one did. `inventory` is
    notebook 02's table.
    """
    counted = inventory[inventory["line"] == "inventory"]
    total = counted.pivot_table(index="year", columns="view", values="t_co2e", aggfunc="sum")
    power = counted[counted["source"] == POWER].pivot_table(
        index="year", columns="view", values="t_co2e", aggfunc="sum"
    )
    made = used.copy()
    for view in ("location", "market"):
        made[f"{view}_t"] = total[view].reindex(used.index)
        per_kwh = power[view].reindex(used.index) / used["kwh"]
        made[f"normalised_{view}_t"] = (
            made[f"{view}_t"] + (used["normalised_kwh"] - used["kwh"]) * per_kwh
        )
    return made


def intensities(yearly: pd.DataFrame, floor_area_m2: float, occupants: float) -> pd.DataFrame:
    """Return year, basis ("m2", "head"), kwh, normalised_kwh and the four emissions [kgCO2e] per
    unit of each basis given.

    >>> table = pd.DataFrame({"kwh": {2025: 5e6}, "location_t": {2025: 3000.0}})
    >>> intensities(table, 50_000, 0).to_dict("records")
    [{'year': 2025, 'basis': 'm2', 'kwh': 100.0, 'location_kg': 60.0}]
    """
    in_kg = yearly.rename(columns=lambda name: name.replace("_t", "_kg")).copy()
    in_kg[[name for name in in_kg if name.endswith("_kg")]] *= units.KG_PER_T
    given = {
        basis: size for basis, size in (("m2", floor_area_m2), ("head", occupants)) if size > 0
    }
    tables = [
        (in_kg / size).rename_axis("year").reset_index().assign(basis=basis)
        for basis, size in given.items()
    ]
    columns = ["year", "basis", *in_kg.columns]
    return (
        pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
    )


def factors_by_year(
    yearly: pd.DataFrame, inventory: pd.DataFrame, view: str
) -> dict[int, pd.DataFrame]:
    """Return the factors of the building's emissions for `lmdi.over_years`: {year: part x factor},
    a part a source.

    Electricity = weather (metered / normalised) x use (normalised kWh) x green_power (kWh not
    covered by certificates, in the market-based view) x grid_factor; of other sources all is use. A
    source that a year lacks is 0 there.
    """
    counted = inventory[inventory["line"] == "inventory"]
    of_view = {
        each: counted[counted["view"] == each].pivot_table(
            index="year", columns="source", values="t_co2e", aggfunc="sum", fill_value=0.0
        )
        for each in ("location", "market")
    }
    made = {}
    for year in yearly.index.intersection(of_view[view].index):
        table = pd.DataFrame(
            1.0, of_view[view].columns, ["weather", "use", "green_power", "grid_factor"]
        )
        table["use"] = of_view[view].loc[year]
        if POWER in table.index:
            kwh, normalised_kwh, grid_t = (
                *yearly.loc[year, ["kwh", "normalised_kwh"]],
                of_view["location"].at[year, POWER],
            )
            uncovered = of_view[view].at[year, POWER] / grid_t if grid_t else 1.0
            table.loc[POWER] = [kwh / normalised_kwh, normalised_kwh, uncovered, grid_t / kwh]
        made[int(year)] = table
    return made


def drivers(yearly: pd.DataFrame, inventory: pd.DataFrame, base_year: int) -> pd.DataFrame:
    """Return view, year, driver, who, effect_t, ...: LMDI-I of the building's emissions since the
    base year [tCO2e], location- and market-based.
    """
    both = []
    for view in ("location", "market"):
        factors = factors_by_year(yearly, inventory, view)
        driven = lmdi.by_driver(lmdi.over_years(factors, base_year))
        both.append(driven.rename(columns={"effect": "effect_t"}).assign(view=view))
    return pd.concat(both, ignore_index=True)


def beyond_guide(per_m2: pd.DataFrame, year: int, guide_kwh_per_m2: float) -> float:
    """Return by how much a year's normalised electricity per m2 exceeds a guide value [%]."""
    normalised_kwh = per_m2.set_index("year").at[year, "normalised_kwh"]
    return float(units.PERCENT * (normalised_kwh / guide_kwh_per_m2 - 1))
