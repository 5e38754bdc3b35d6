"""Which kWh were green, what was emitted in the location and in the market view, what green power
avoided, and the two inventories side by side. Amounts in kWh, factors in kgCO2 per kWh, results in
tonnes.
"""

from __future__ import annotations

import pandas as pd

from neutrality.reference import grid_factors, units

LOCATION, MARKET = "location", "market"
LINE = ["view", "scope", "source", "gas_family", "line"]  # what names a line of the inventory
GRID, _GRID_SCOPE = grid_factors.GRID, 2


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
            [[_GRID_SCOPE, GRID, gas, "inventory", tonnes]], columns=[*kept, "t_co2e"]
        )
        both = pd.concat([grid, others]) if len(others) else grid
        views.append(both.sort_values(kept, ignore_index=True).assign(year=year, view=view))
    return pd.concat(views, ignore_index=True)[["year", *LINE, "t_co2e"]]


def total_t(
    table: pd.DataFrame, view: str, scope: int | None = None, line: str = "inventory"
) -> float:
    """Return the tonnes of one view of an inventory, of one scope or of all [tCO2e]; memo lines
    stay out.

    >>> rows = {"scope": [1, 3], "line": ["inventory", "memo"], "t_co2e": [2.0, 9.0]}
    >>> total_t(pd.DataFrame(rows).assign(view="market"), "market")
    2.0
    """
    rows = table[(table["view"] == view) & (table["line"] == line)]
    return float(
        rows["t_co2e"].sum() if scope is None else rows["t_co2e"][rows["scope"] == scope].sum()
    )


def side_by_side(table: pd.DataFrame) -> pd.DataFrame:
    """Return the inventory by scope and source, a column for each year and view, and its total."""
    counted = table[table["line"] == "inventory"]
    wide = counted.pivot_table(
        index=["scope", "source"], columns=["year", "view"], values="t_co2e", aggfunc="sum"
    )
    wide.loc[("", "total"), :] = wide.sum()
    return wide


def totals(table: pd.DataFrame) -> dict[str, float]:
    """Return the totals of one year's inventory by claim id: both views, scopes, lines apart
    [tCO2e].
    """
    both = {
        "location_t": total_t(table, LOCATION),
        "market_t": total_t(table, MARKET),
        "scope1_t": total_t(table, LOCATION, 1),
        "scope2_location_t": total_t(table, LOCATION, 2),
        "scope2_market_t": total_t(table, MARKET, 2),
        "scope3_t": total_t(table, LOCATION, 3),
    }
    apart = ("memo", "biogenic", "non_kyoto")
    return both | {f"{line}_t": total_t(table, LOCATION, line=line) for line in apart}
