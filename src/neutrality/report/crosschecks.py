"""Sums that hold whatever a notebook does: claims against tables, tables against each other.

An edited notebook that changes one figure and not those it comes from is refused here, before
anything is written.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from neutrality.reference import units

TABLES = {
    "inventory": "02_green_power",
    "emitted": "02_green_power",
    "grid_factors": "02_green_power",
    "green_blocks": "02_green_power",
    "residual": "03_offset_sizing",
    "credits": "03_offset_sizing",
}  # what is compared, and the notebook that writes it
_SHARE = 1e-9  # of the larger figure: what rounding may lose in a sum
_GRAM_T = 1e-6  # less than this above a whole tonne asks for no credit (offset/sizing)

Pair = tuple[str, float, str, float]


def refuse(
    claims: pd.DataFrame, results: dict[str, pd.DataFrame], load_kwh: dict[int, float]
) -> None:
    """Raise ValueError with each pair of figures that should be equal and is not.

    `claims` are those of all notebooks by id, `results` the tables of TABLES, `load_kwh` the main
    meter's year in tables/electricity_by_month.csv: base year and reporting year [kWh].
    """
    pairs = [
        *_of_inventory(claims, results, load_kwh),
        *_of_activities(claims, results["emitted"], max(load_kwh)),
        *_of_offset(claims, results),
        *_of_green(claims, results, load_kwh[max(load_kwh)]),
    ]
    wrong = [
        f"{left} is {value:,.9g}, but {right} is {other:,.9g}"
        for left, value, right, other in pairs
        if not math.isclose(value, other, rel_tol=_SHARE, abs_tol=_GRAM_T)
    ]
    if wrong:
        remedy = "run notebooks 01 to 03 again, in order; a cell that was edited is wrong"
        raise ValueError("\n".join(f"{each}; {remedy}" for each in wrong))


def _of_inventory(
    claims: pd.DataFrame, results: dict[str, pd.DataFrame], load_kwh: dict[int, float]
) -> Iterator[Pair]:
    """Yield totals against the inventory's lines, and these against bills and meters [tCO2e]."""
    value, inventory = claims["value"], results["inventory"]
    lines = inventory[inventory["line"] == "inventory"]
    sums = lines.groupby(["year", "view"])["t_co2e"].sum()
    factor = results["grid_factors"].set_index("role")["kg_per_kwh"]
    emitted = results["emitted"][results["emitted"]["line"] == "inventory"]
    for year, prefix in zip(sorted(load_kwh), ("base_", ""), strict=True):
        others_t = emitted.loc[emitted["year"] == year, "t_co2e"].sum()
        for view in ("location", "market"):
            id, made = f"{prefix}{view}_t", f"the sum of tables/inventory.csv ({view}, {year})"
            yield id, value[id], made, sums[year, view]
        by_factor = load_kwh[year] * factor[f"{prefix}location"] / units.KG_PER_T
        made = f"tables/emitted.csv and tables/electricity_by_month.csv x the grid factor ({year})"
        yield f"{prefix}location_t", value[f"{prefix}location_t"], made, others_t + by_factor
    year = max(load_kwh)
    left_kwh = max(load_kwh[year] - value["matched_mwh"] * units.KWH_PER_MWH, 0.0)
    market_t = others_t + left_kwh * factor["uncovered"] / units.KG_PER_T
    made = (
        "tables/emitted.csv and the uncovered load of tables/electricity_by_month.csv x its factor"
    )
    yield "market_t", value["market_t"], made, market_t
    apart_t = abs(value["market_t"] - value["market_other_t"])
    yield "undecided_t", value["undecided_t"], "market_t less market_other_t", apart_t


def _of_activities(claims: pd.DataFrame, emitted: pd.DataFrame, year: int) -> Iterator[Pair]:
    """Yield the claim of each source against its rows of the emitted table [tCO2e]."""
    rows = emitted[(emitted["year"] == year) & (emitted["line"] == "inventory")]
    yield "other_t", claims["value"]["other_t"], "tables/emitted.csv", rows["t_co2e"].sum()
    for source, tonnes in rows.groupby("source")["t_co2e"].sum().items():
        if f"emitted_{source}_t" in claims.index:
            id = f"emitted_{source}_t"
            yield id, claims["value"][id], f"tables/emitted.csv ({source})", tonnes


def _of_offset(claims: pd.DataFrame, results: dict[str, pd.DataFrame]) -> Iterator[Pair]:
    """Yield residual and credits against market-based total and tables [t, credits]."""
    value = claims["value"]
    yield "residual_t", value["residual_t"], "market_t", value["market_t"]
    tonnes = results["residual"]["t_co2e"].sum()
    yield "residual_t", value["residual_t"], "the sum of tables/residual.csv", tonnes
    whole = max(math.ceil(value["market_t"] - _GRAM_T), 0)
    yield "credits_needed", value["credits_needed"], "market_t in whole credits", whole
    held = results["credits"]
    retired = held.loc[held["retired_on"].notna(), "quantity"].sum()
    yield "credits_retired", value["credits_retired"], "the sum of tables/credits.csv", retired
    known = held["retired_on"].notna() & held["serial_start"].notna()
    checked = held.loc[known, "quantity"].sum()
    made = "the sum of tables/credits.csv with serials of a known form"
    yield "credits_checked", value["credits_checked"], made, checked
    made = "credits_retired - credits_checked"
    yield "credits_unchecked", value["credits_unchecked"], made, retired - checked


def _of_green(
    claims: pd.DataFrame, results: dict[str, pd.DataFrame], load_kwh: float
) -> Iterator[Pair]:
    """Yield load and matched green power against the metered year and the certificates counted."""
    value = claims["value"]
    load_mwh, green_mwh = (
        kwh / units.KWH_PER_MWH for kwh in (load_kwh, results["green_blocks"]["kwh"].sum())
    )
    yield "electricity_mwh", value["electricity_mwh"], "tables/electricity_by_month.csv", load_mwh
    yield "green_mwh", value["green_mwh"], "the sum of tables/green_blocks.csv", green_mwh
    most, matched = min(load_mwh, green_mwh), value["matched_mwh"]
    bounded = min(max(matched, 0.0), most)
    yield "matched_mwh", matched, "load or certificates, whichever is less,", bounded
    avoided_t = matched * units.KWH_PER_MWH * value["grid_factor"] / units.KG_PER_T
    yield "avoided_green_t", value["avoided_green_t"], "matched_mwh x grid_factor", avoided_t
    decided = results["grid_factors"].set_index("role")["kg_per_kwh"]["location"]
    yield "grid_factor", value["grid_factor"], "tables/grid_factors.csv", decided
