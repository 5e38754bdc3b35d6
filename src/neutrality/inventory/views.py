"""Which kWh were green, what was emitted in the location and in the market view, what green power
avoided, and the two inventories side by side. Amounts in kWh, factors in kgCO2 per kWh, results in
tonnes.
"""

from __future__ import annotations

import pandas as pd

from neutrality.reference import emission_factors, units

LOCATION, MARKET = "location", "market"
GRID, GRID_SCOPE = emission_factors.GRID, 2
LINE = ["view", "scope", "source", "gas_family", "line"]  # what names a line of the inventory


def by_month(counted: pd.DataFrame) -> pd.Series:
    """Return the green kWh of certificates by month of generation ("YYYY-MM").

    >>> by_month(pd.DataFrame({"month": ["2025-01", "2025-01"], "kwh": [3000.0, 4000.0]})).to_dict()
    {'2025-01': 7000.0}
    """
    return counted.groupby("month")["kwh"].sum().rename("green_kwh")


def by_block(counted: pd.DataFrame) -> pd.DataFrame:
    """Return technology, province, instrument, kwh: what the certificates came from."""
    return counted.groupby(["technology", "province", "instrument"])["kwh"].sum().reset_index()


def by_month_and_technology(load_kwh: pd.Series, counted: pd.DataFrame) -> pd.DataFrame:
    """Return month, load_kwh and <technology>_kwh of the claimed certificates: what each month used
    and what was generated.

    Certificates of a month outside the load's year are not in any of its months.
    """
    wide = counted.pivot_table(index="month", columns="technology", values="kwh", aggfunc="sum")
    green = wide.reindex(load_kwh.index).fillna(0.0).add_suffix("_kwh")
    ranked = green[green.sum().sort_values(ascending=False).index]
    return (
        pd.concat([load_kwh.rename("load_kwh"), ranked], axis=1).rename_axis("month").reset_index()
    )


def location_based_t(load_kwh: float, factor_kg_per_kwh: float) -> float:
    """Return the emission of all electricity used, at the average of its grid [tCO2].

    GHG Protocol Scope 2 Guidance 2015, location-based method.

    >>> location_based_t(10_000.0, 0.5)
    5.0
    """
    return load_kwh * factor_kg_per_kwh / units.KG_PER_T


def market_based_t(
    load_kwh: float, matched_kwh: float, uncovered_factor_kg_per_kwh: float
) -> float:
    """Return the emission of the electricity no certificate covers [tCO2], never below zero.

    GHG Protocol Scope 2 Guidance 2015, market-based method; matched kWh count as zero.

    >>> market_based_t(10_000.0, 4_000.0, 0.5), market_based_t(10_000.0, 12_000.0, 0.5)
    (3.0, 0.0)
    """
    return location_based_t(max(load_kwh - matched_kwh, 0.0), uncovered_factor_kg_per_kwh)


def avoided_t(matched_kwh: float, consuming_factor_kg_per_kwh: float) -> float:
    """Return what green power avoided: matched kWh x the average factor of the grid that consumes
    [tCO2].

    The factor of the grid that generates does not value it.

    >>> avoided_t(5_000.0, 0.5)
    2.5
    """
    return location_based_t(matched_kwh, consuming_factor_kg_per_kwh)


def by_gas(inventory: pd.DataFrame) -> pd.DataFrame:
    """Return year, view, gas_family, t_co2e of what the inventory counts; other lines are not in
    it.
    """
    counted = inventory[inventory["line"] == "inventory"]
    return counted.groupby(["year", "view", "gas_family"])["t_co2e"].sum().reset_index()


def inventory(
    year: int,
    load_kwh: float,
    matched_kwh: float,
    location_factor_kg_per_kwh: float,
    uncovered_factor_kg_per_kwh: float,
    emitted: pd.DataFrame,
    gas: str = "CO2",
) -> pd.DataFrame:
    """Return year, view, scope, source, gas_family, line, t_co2e: both views of one year, side by
    side.

    Electricity differs between the views; the emitted rows (year, scope, source, gas_family, line,
    t_co2e) are the same in both, summed over months. Raises ValueError where an emitted source is
    grid electricity.
    """
    if GRID in set(emitted["source"]):
        raise ValueError(
            f"activities.csv has the source '{GRID}'; it comes from energy.csv, remove it here"
        )
    kept = ["scope", "source", "gas_family", "line"]
    others = emitted[emitted["year"] == year].astype({"scope": "int64"})
    others = others.groupby(kept)["t_co2e"].sum().reset_index()
    electricity_t = {
        LOCATION: location_based_t(load_kwh, location_factor_kg_per_kwh),
        MARKET: market_based_t(load_kwh, matched_kwh, uncovered_factor_kg_per_kwh),
    }
    views = []
    for view, tonnes in electricity_t.items():
        grid = pd.DataFrame(
            [[GRID_SCOPE, GRID, gas, "inventory", tonnes]], columns=[*kept, "t_co2e"]
        )
        both = pd.concat([grid, others]) if len(others) else grid
        views.append(both.sort_values(kept, ignore_index=True).assign(year=year, view=view))
    return pd.concat(views, ignore_index=True)[["year", *LINE, "t_co2e"]]


def total_t(
    table: pd.DataFrame, view: str, scope: int | None = None, line: str = "inventory"
) -> float:
    """Return the tonnes of one view of an inventory, of one scope or of all [tCO2e]; memo lines
    stay out.

    >>> rows = {"view": "market", "scope": [1, 3], "line": ["inventory", "memo"], "t_co2e": [2.0, 9.0]}
    >>> total_t(pd.DataFrame(rows), "market")
    2.0
    """
    rows = table[(table["view"] == view) & (table["line"] == line)]
    return float(
        rows["t_co2e"].sum() if scope is None else rows["t_co2e"][rows["scope"] == scope].sum()
    )


def refuse_half_a_rule(uncovered_factor_id: str, base_uncovered_factor_id: str) -> None:
    """Raise ValueError where one year's uncovered kWh have a factor of their own and the other's
    do not: one rule, both years.
    """
    if bool(uncovered_factor_id) != bool(base_uncovered_factor_id):
        raise ValueError(
            "uncovered_factor_id and base_uncovered_factor_id: one is given and the other is not; a base year is "
            "computed under the same rules, so give both or neither"
        )


def base_year_change(
    base: pd.DataFrame, reporting: pd.DataFrame, at_base_factors: pd.DataFrame
) -> pd.DataFrame:
    """Return base_t, reporting_t, activity_t, factor_t, change_t for each line of the inventory
    [tCO2e].

    The three are inventories: of the base year, of the reporting year, and of the reporting year at
    the base year's factors. activity_t = at base factors - base; factor_t = reporting - at base
    factors; together they are the change. So the factor's own effect, no doing of the site, stands
    apart. Raises ValueError for a line that stands twice.
    """
    named = {"base_t": base, "reporting_t": reporting, "at_base_t": at_base_factors}
    columns = [_by_line(table).rename(name) for name, table in named.items()]
    table = pd.concat(columns, axis=1).fillna(0.0).sort_index()
    table = table.assign(
        activity_t=table["at_base_t"] - table["base_t"],
        factor_t=table["reporting_t"] - table["at_base_t"],
        change_t=table["reporting_t"] - table["base_t"],
    )
    return table.drop(columns="at_base_t").reset_index()


def change_table(change: pd.DataFrame) -> pd.DataFrame:
    """Return what base_year_change says of the counted lines, for a reader: what both views share
    once, then totals.

    view, source, base_t, activity_t, green_t, factor_t, reporting_t, change_t; source "total" for
    each view. The effects are taken in this order: activity at the base year's factors;
    certificates, by which the market view differs there; then the factors. base + the three =
    reporting.
    """
    columns = ["base_t", "activity_t", "green_t", "factor_t", "reporting_t", "change_t"]
    counted = change[change["line"] == "inventory"].copy()
    lines = ["scope", "source", "gas_family"]
    by_location = counted[counted["view"] == LOCATION].set_index(lines)["activity_t"]
    of_location = by_location.reindex(pd.MultiIndex.from_frame(counted[lines])).to_numpy()
    counted["green_t"], counted["activity_t"] = counted["activity_t"] - of_location, of_location
    by_source = counted.groupby(["view", "source"])[columns].sum().reset_index()
    shared = by_source[(by_source["view"] == MARKET) & (by_source["source"] != GRID)].assign(
        view="both"
    )
    grid = by_source[by_source["source"] == GRID]
    totals = counted.groupby("view")[columns].sum().reset_index().assign(source="total")
    return pd.concat([shared, grid, totals], ignore_index=True)


def _by_line(table: pd.DataFrame) -> pd.Series:
    lines = table.set_index(LINE)["t_co2e"]
    if not lines.index.is_unique:
        twice = lines.index[lines.index.duplicated()][0]
        raise ValueError(f"inventory: {twice} stands twice; give one year at a time")
    return lines
