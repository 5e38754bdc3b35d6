"""The building's own intensity: per m2 and per person, as metered and weather-normalised, and the
effects of weather, company and grid.
"""

from __future__ import annotations

import numpy as np
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


def weather_ratios(energy_change: pd.DataFrame) -> pd.Series:
    """Return by which ratio the weather changed the use of each source but electricity, from the
    table energy_change of notebook 01: what the model of the base year's bills expects.

    >>> table = pd.DataFrame({"source": ["heat"], "base_amount": [80.0], "weather_amount": [-10.0]})
    >>> weather_ratios(table).to_dict()
    {'heat': 0.875}
    """
    of = energy_change[energy_change["source"] != GRID].set_index("source")
    ratio = 1 + of["weather_amount"] / of["base_amount"]
    return ratio[(ratio > 0) & np.isfinite(ratio)]


def factors_by_year(
    yearly: pd.DataFrame,
    inventory: pd.DataFrame,
    view: str,
    ratios: dict[int, pd.Series] | None = None,
) -> dict[int, pd.DataFrame]:
    """Return the factors of the building's emissions for `lmdi.over_years`: {year: part x factor},
    a part for each source.

    Electricity = weather (metered / normalised) x use (normalised kWh) x green_power (share of kWh
    without certificates, in the market-based view) x grid_factor. Another source = weather (its
    ratio of that year, of `weather_ratios`, else 1) x use. A source that is missing in a year is 0
    there.
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
        weather = (ratios or {}).get(year, pd.Series(dtype=float))
        table["weather"] = weather.reindex(table.index).fillna(1.0)
        table["use"] = emitted_t.loc[year] / table["weather"]
        if GRID in table.index:
            kwh, normalised_kwh = yearly.loc[year, ["kwh", "normalised_kwh"]]
            grid_t = by_view["location"].at[year, GRID]
            uncovered = emitted_t.at[year, GRID] / grid_t if grid_t else 1.0
            table.loc[GRID] = [kwh / normalised_kwh, normalised_kwh, uncovered, grid_t / kwh]
        factors[int(year)] = table
    return factors


def drivers(
    yearly: pd.DataFrame,
    inventory: pd.DataFrame,
    base_year: int,
    ratios: dict[int, pd.Series] | None = None,
) -> pd.DataFrame:
    """Return the LMDI-I effects on the building's emissions since the base year [tCO2e], location-
    and market-based: view, the columns of `lmdi.by_driver`, effect as effect_t.

    What is neither weather nor grid is attributed to the site, whether or not a measure is shown.
    """
    tables = []
    for view in ("location", "market"):
        factors = factors_by_year(yearly, inventory, view, ratios)
        effects = lmdi.by_driver(lmdi.over_years(factors, base_year))
        effects["who"] = effects["who"].replace("company", "site")
        tables.append(effects.rename(columns={"effect": "effect_t"}).assign(view=view))
    return pd.concat(tables, ignore_index=True)


def reconciled(by_cause: pd.DataFrame, attributed: pd.DataFrame) -> pd.DataFrame:
    """Return view, who, lmdi_t, attribution_t, difference_t [tCO2e]: LMDI's effects by attribution
    beside the same sums of the inventory's own attribution, and the total of each view.

    The two differ in what they say of each and agree in total: LMDI values a change at the
    logarithmic mean of both years and normalises each year by a model of its own, the attribution
    values it at the base year's factor, by the model of the base year.
    """
    totals = attributed[attributed["source"] == "total"].set_index("view")
    sums = {
        "weather": totals["weather_t"],
        "site": totals[["occupancy_t", "measures_t", "other_t", "green_t"]].sum(axis=1),
        "grid": totals["factor_t"],
    }
    parts = (
        pd.DataFrame(sums)
        .rename_axis("view")
        .melt(var_name="who", value_name="attribution_t", ignore_index=False)
    )
    lmdi_t = by_cause.set_index(["view", "who"])["effect_t"].rename("lmdi_t").reset_index()
    table = lmdi_t.merge(parts.reset_index(), on=["view", "who"], validate="1:1")
    sums = table.groupby("view", as_index=False)[["lmdi_t", "attribution_t"]].sum()
    table = pd.concat([table, sums.assign(who="total")], ignore_index=True)
    table["difference_t"] = table["lmdi_t"] - table["attribution_t"]
    return table.sort_values("view", kind="stable", ignore_index=True)


def beyond_guide(per_m2: pd.DataFrame, year: int, guide_kwh_per_m2: float) -> float:
    """Return by how much a year's normalised electricity per m2 exceeds a guide value [%].

    >>> per_m2 = pd.DataFrame({"year": [2025], "normalised_kwh": [110.0]})
    >>> round(beyond_guide(per_m2, 2025, 100.0), 9)
    10.0
    """
    normalised_kwh = per_m2.set_index("year").at[year, "normalised_kwh"]
    return float(units.PERCENT * (normalised_kwh / guide_kwh_per_m2 - 1))
