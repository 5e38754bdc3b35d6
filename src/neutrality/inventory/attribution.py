"""One attribution of the inventory's change on the base year, in tonnes.

The change by weather, occupancy, measures and what is not shown comes in amounts of energy from
notebook 01, certificates and factors from notebook 02's table base_year: the inventory itself knows
no model. Both close, so that base + all parts = reporting, for each source, view and total.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from neutrality.inventory import views

PARTS = ["weather_t", "occupancy_t", "measures_t", "other_t", "green_t", "factor_t"]
_INTERVAL = ["measures_low_t", "measures_high_t"]
_AMOUNTS = {
    "weather_t": "weather_amount",
    "occupancy_t": "activity_amount",
    "measures_t": "measures_amount",
    "measures_low_t": "measures_low",
    "measures_high_t": "measures_high",
}
# Steps shown only where there is one.
_WHERE_ANY = ("occupancy_effect", "measures_effect", "green_effect", "credits")
_SAME = 1e-6  # share of the base year's tonnes by which two notebooks' electricity may differ


def in_tonnes(base_year: pd.DataFrame, energy_change: pd.DataFrame) -> pd.DataFrame:
    """Return view, source, base_t, PARTS, reporting_t, change_t, measures_low_t, measures_high_t
    [tCO2e], the views and sources of `base_year` (of `change.change_table`), totals included.

    Amounts of `energy_change` (source, base_amount, reporting_amount, weather_amount, ...) are
    valued at the base year's factor of their source, base_t / base_amount. other_t is what no part
    explains, and all of a source that has no amounts, such as refrigerants. Where the factor of a
    heat or fuel differs between the years, its effect is in factor_t and not in other_t. Ends of
    several intervals are added. Raises ValueError where the electricity of the two tables differs.
    """
    lines = base_year[base_year["source"] != "total"].set_index(["view", "source"])
    amounts = energy_change.set_index("source")
    rows = {key: _line(key, line, amounts, lines) for key, line in lines.iterrows()}
    table = pd.DataFrame.from_dict(rows, "index").rename_axis(index=["view", "source"])
    table.index = lines.index
    totals = {view: _total(table, view) for view in (views.LOCATION, views.MARKET)}
    total = pd.DataFrame.from_dict(totals, "index").rename_axis("view").assign(source="total")
    columns = ["base_t", *PARTS, "reporting_t", "change_t", *_INTERVAL]
    made = pd.concat([table.reset_index(), total.reset_index()], ignore_index=True)
    return made[["view", "source", *columns]]


def _line(key, line: pd.Series, amounts: pd.DataFrame, lines: pd.DataFrame) -> dict[str, float]:
    """Return the parts of one source's change in one view [tCO2e]."""
    source = key[1]
    parts = dict.fromkeys(_AMOUNTS, 0.0) | dict.fromkeys(_INTERVAL, np.nan)
    other_factors_t = 0.0
    if source in amounts.index and np.isfinite(amounts.at[source, "base_amount"]):
        row = amounts.loc[source]
        at_location = lines.loc[(views.LOCATION, source)] if source == views.GRID else line
        factor = _base_factor(row, at_location)
        parts = {name: row[column] * factor for name, column in _AMOUNTS.items()}
        change_t = (row["reporting_amount"] - row["base_amount"]) * factor
        other_factors_t = _checked(source, line["activity_t"] - change_t, at_location["base_t"])
    factor_t = line["factor_t"] + other_factors_t
    attributed = parts["weather_t"] + parts["occupancy_t"] + parts["measures_t"]
    rest = line["reporting_t"] - line["base_t"] - attributed - line["green_t"] - factor_t
    kept = {name: line[name] for name in ("base_t", "green_t", "reporting_t", "change_t")}
    return parts | kept | {"factor_t": factor_t, "other_t": rest}


def _base_factor(row: pd.Series, line: pd.Series) -> float:
    """Return the tonnes a unit of a source in the base year; of a new source, in the reporting year
    at the base year's factors.
    """
    if row["base_amount"]:
        return line["base_t"] / row["base_amount"]
    at_base_t = line["base_t"] + line["activity_t"]
    return at_base_t / row["reporting_amount"] if row["reporting_amount"] else 0.0


def _checked(source: str, difference_t: float, base_t: float) -> float:
    """Return what a changed factor of a fuel did [tCO2e]; electricity has its factor apart."""
    if abs(difference_t) <= _SAME * abs(base_t):
        return 0.0
    if source == views.GRID:
        raise ValueError(
            f"the electricity of tables/energy_change.csv and tables/base_year.csv differs by "
            f"{difference_t:.6g} t; run notebooks 01 and 02 again, in order"
        )
    return difference_t


def _total(table: pd.DataFrame, view: str) -> pd.Series:
    """Return the sum of all sources of a view; without an interval where no line has one."""
    of_view = table[table.index.get_level_values("view").isin([view, "both"])]
    return of_view.sum(min_count=1)


def steps(hierarchy: pd.DataFrame, attributed: pd.DataFrame) -> pd.DataFrame:
    """Return step, t_co2e, base_share, low_t, high_t, total: notebook 03's hierarchy with the
    effect of activity in its parts.

    From the market-based inventory of the base year by weather, occupancy, measures, what is not
    shown, factors and green power to what is left, and on to the credits; occupancy, measures,
    green power and credits only where there are any.
    `total` marks the levels between which the other steps lead.
    """
    of = attributed.set_index(["view", "source"]).loc[(views.MARKET, "total")]
    given = hierarchy.set_index("step")["t_co2e"]
    left = given.index[list(given.index).index("credits") - 1]
    parts = {
        "base_inventory": of["base_t"],
        "weather_effect": of["weather_t"],
        "occupancy_effect": of["occupancy_t"],
        "measures_effect": of["measures_t"],
        "not_shown": of["other_t"],
        "factor_effect": of["factor_t"],
        "green_effect": of["green_t"],
        left: of["reporting_t"],
        **given.loc["credits":],
    }
    table = pd.DataFrame({"step": list(parts), "t_co2e": np.array(list(parts.values())) + 0.0})
    table["base_share"] = table["t_co2e"] / of["base_t"] if of["base_t"] else np.nan
    for column, end in zip(("low_t", "high_t"), _INTERVAL, strict=True):
        table[column] = np.where(table["step"] == "measures_effect", of[end], np.nan)
    table["total"] = table["step"].isin(["base_inventory", left, "remaining"])
    none = table["step"].isin(_WHERE_ANY) & (table["t_co2e"] == 0)
    if none[table["step"] == "credits"].any():
        none |= table["step"] == "remaining"
    return table[~none].reset_index(drop=True)
