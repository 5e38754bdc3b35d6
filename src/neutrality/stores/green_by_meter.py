"""Green power of each meter of a store: how much load its supply matches, and what was emitted.

The arithmetic of `green.coverage.matched` and of `inventory.views`, for all meters of a chunk at
once; each meter is the load of a site of its own.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from neutrality.energy import meters
from neutrality.green import coverage
from neutrality.inventory import views
from neutrality.reference import units
from neutrality.stores import layout, work
from neutrality.stores.plan import Plan

# The array that holds the supply, by the period in which it must meet the load.
SUPPLY = {"h": "green_kwh", "D": "green_kwh", "M": "claimed_kwh", "Y": "claimed_kwh"}


def by_meter(
    folder: Path | str, plan: Plan, year: int, period: str, mapped: work.Mapped | None = None
) -> tuple[pd.DataFrame, int]:
    """Return a row a meter, in the order of the store, and the memory held at most [bytes];
    `mapped` as in `work.each_chunk`.

    meter; reason, why there is no figure, else ""; load_kwh with gaps filled, green_kwh,
    matched_kwh, surplus_kwh, uncovered_kwh [kWh] and matched_share (0-1), by `period` of
    `coverage.PERIODS`; where the store has factors, location_t, market_t and avoided_t [tCO2]. A
    store without a factor for uncovered energy takes the location-based one. Raises ValueError for
    a year or a supply that the store does not hold, and for a period of hours where it holds days.
    """
    store = layout.open_store(folder)
    layout.refuse_years(store, [year])
    if period not in coverage.PERIODS:
        raise ValueError(
            f"matching period '{period}' is not known; choose one of {', '.join(coverage.PERIODS)}"
        )
    if SUPPLY[period] not in store:
        raise ValueError(
            f"the store has no array {SUPPLY[period]}, which matching by '{period}' needs"
        )
    if period == "h" and not meters.is_hourly(store.load_kwh):
        raise ValueError("the store holds days, and matching by the hour needs hours")
    return work.each_chunk(folder, plan, partial(_of_chunk, year, period), mapped)


def _of_chunk(year: int, period: str, folder: str, part: slice) -> pd.DataFrame:
    """Return the rows of some meters of a store."""
    store = work.opened(folder)
    held = layout.readings(store, part, [SUPPLY[period], "load_kwh", *layout.FACTORS])
    load, _ = meters.fill_gaps(meters.of_year(held.load_kwh, year))
    group = _groups(load, period)
    supply = held[SUPPLY[period]].fillna(0.0)
    if SUPPLY[period] == "claimed_kwh":
        green = _of_months(supply, year, period)
    else:
        supply = meters.of_year(supply, year)
        green = _sums(supply.values, group)
    kwh = _matched(_sums(load.values, group), green)
    bad = [_bad(load.values), _bad(supply.values)]
    rows = pd.DataFrame({"meter": load.meter.values, "reason": ""} | kwh)
    for wrong, said in zip(bad, _SAID, strict=True):
        rows.loc[wrong & (rows["reason"] == ""), "reason"] = said
    rows.loc[rows["reason"] != "", list(kwh)] = np.nan
    return rows.assign(matched_share=rows["matched_kwh"] / rows["load_kwh"], **_tonnes(rows, held))


_SAID = (
    "the load has an hour below 0, or no reading in the year; correct it, or give its readings",
    "the green supply has a value below 0; it is 0 or more",
)


def _bad(kwh: np.ndarray) -> np.ndarray:
    """Return which meters of kwh(time, meter) are not 0 or more throughout."""
    return ~(kwh >= 0).all(axis=0)


def _groups(load_kwh: xr.DataArray, period: str) -> np.ndarray:
    """Return the number of the period that each time of one local year is in, from 0."""
    if period == "h":
        return np.arange(load_kwh.sizes["time"])
    if period == "D":
        return pd.factorize(meters.local_days(load_kwh))[0]
    return load_kwh.local_month.values - 1 if period == "M" else 0 * load_kwh.local_month.values


def _sums(kwh: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return the sums of kwh(time, meter) by group, which ascends (group, meter)."""
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    return np.add.reduceat(kwh, starts, axis=0)


def _of_months(claimed_kwh: xr.DataArray, year: int, period: str) -> np.ndarray:
    """Return what is claimed in each month of a year, or all of it (period, meter) [kWh]: the year
    that claims counts, not the one of generation.
    """
    if period == "Y":
        return claimed_kwh.sum("month").values[None]
    months = [f"{year}-{month:02}" for month in range(1, units.MONTHS_PER_YEAR + 1)]
    return claimed_kwh.reindex(month=months, fill_value=0.0).values


def _matched(load: np.ndarray, green: np.ndarray) -> dict[str, np.ndarray]:
    """Return the columns of `coverage.matched`, of (period, meter) [kWh], summed over periods."""
    each = {
        "load_kwh": load,
        "green_kwh": green,
        "matched_kwh": np.minimum(load, green),
        "surplus_kwh": np.maximum(green - load, 0),
        "uncovered_kwh": np.maximum(load - green, 0),
    }
    return {name: kwh.sum(axis=0) for name, kwh in each.items()}


def _tonnes(rows: pd.DataFrame, held: xr.Dataset) -> dict[str, np.ndarray]:
    """Return location_t, market_t and avoided_t [tCO2] of `inventory.views`; none without
    factors.
    """
    location, uncovered = layout.FACTORS
    if location not in held:
        return {}
    factor = held[location].values
    of_rest = held[uncovered].values if uncovered in held else factor
    rest_kwh = np.maximum(rows["load_kwh"] - rows["matched_kwh"], 0)
    return {
        "location_t": views.location_based_t(rows["load_kwh"], factor),
        "market_t": views.location_based_t(rest_kwh, of_rest),
        "avoided_t": views.avoided_t(rows["matched_kwh"], factor),
    }
