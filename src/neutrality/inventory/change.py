"""The change of an inventory on its base year, line by line: activity, certificates, factors."""

from __future__ import annotations

import pandas as pd

from neutrality.inventory import views


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
    by_location = counted[counted["view"] == views.LOCATION].set_index(lines)["activity_t"]
    of_location = by_location.reindex(pd.MultiIndex.from_frame(counted[lines])).to_numpy()
    counted["green_t"], counted["activity_t"] = counted["activity_t"] - of_location, of_location
    by_source = counted.groupby(["view", "source"])[columns].sum().reset_index()
    shared = by_source[
        (by_source["view"] == views.MARKET) & (by_source["source"] != views.GRID)
    ].assign(view="both")
    grid = by_source[by_source["source"] == views.GRID]
    totals = counted.groupby("view")[columns].sum().reset_index().assign(source="total")
    return pd.concat([shared, grid, totals], ignore_index=True)


def _by_line(table: pd.DataFrame) -> pd.Series:
    lines = table.set_index(views.LINE)["t_co2e"]
    if not lines.index.is_unique:
        twice = lines.index[lines.index.duplicated()][0]
        raise ValueError(f"inventory: {twice} stands twice; give one year at a time")
    return lines
