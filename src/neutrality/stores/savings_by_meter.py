"""Baseline and saving of each meter of a store, each as the main meter of a site of its own.

The same rooms as in notebook 01 do the arithmetic, for all meters of a station in a chunk at once;
a meter that they would refuse has the reason in its row, and no other meter is touched by it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from neutrality.energy import baseline as hourly
from neutrality.energy import evidence, meters, models, reading_checks, savings
from neutrality.stores import layout, work
from neutrality.stores.plan import Plan

_OF_FIT = ("hours", "r2", "cv_rmse")
_SAVED = ("predicted_kwh", "metered_kwh", "savings_kwh", "low_kwh", "high_kwh", "level")
_FIGURES = ("model", "half_life_days", *_OF_FIT, *_SAVED)


@dataclass(frozen=True)
class Choices:
    """What a person chooses, as the parameters of notebook 01: years, model, half-life [d] (0:
    chosen for each meter inside its base year), share of the hours that may be missing (0-1), hours
    of one unchanging reading that are told, level of the band (0-1), change a year of a building
    nobody touched (0-1; 0: the published row)."""

    base_year: int
    year: int
    model: str = "auto"
    half_life_days: float = 0.0
    max_gap_share: float = 0.02
    stuck_hours: int = reading_checks.STUCK_HOURS
    level: float = 0.90
    drift_share: float = 0.0


def by_meter(
    folder: Path | str, plan: Plan, choices: Choices, mapped: work.Mapped | None = None
) -> tuple[pd.DataFrame, int]:
    """Return a row a meter, in the order of the store, and the memory held at most [bytes];
    `mapped` as in `work.each_chunk`.

    meter; station; reason, why there is no baseline, else ""; gaps_base and gaps, the hours or
    days without a reading in either year; stuck_hours of both [h]; model; half_life_days [d]; hours
    (or days, bills) of the base year compared; r2 and cv_rmse (0-1) of the base year, of days and
    bills over months held out; predicted_kwh, metered_kwh, savings_kwh of the year, low_kwh and
    high_kwh [kWh] of the savings' band at `level`; with floor areas, metered_kwh_per_m2.
    Raises ValueError for years that the store does not hold.
    """
    store = layout.open_store(folder)
    layout.refuse_years(store, (choices.base_year, choices.year))
    drift = choices.drift_share or models.drift(store.load_kwh)
    choices = replace(choices, drift_share=drift)
    return work.each_chunk(folder, plan, partial(_of_chunk, choices), mapped)


def _of_chunk(choices: Choices, folder: str, part: slice) -> pd.DataFrame:
    """Return the rows of some meters of a store."""
    store = work.opened(folder)
    held = layout.readings(store, part, ["load_kwh", "station_of", "floor_area_m2"])
    load, station = held.load_kwh, held.station_of.values
    rows = pd.DataFrame({"meter": load.meter.values, "station": store.station.values[station]})
    reasons, made = {}, [pd.DataFrame(columns=["meter", *_FIGURES])]
    for each in np.unique(station):
        own = load if (station == each).all() else _some(load, np.flatnonzero(station == each))
        some, why = _of_station(own, work.outdoor(folder, int(each)), choices)
        made, reasons = made + some, reasons | why
    rows["reason"] = [reasons.get(meter, "") for meter in rows["meter"]]
    rows = pd.concat([rows, _told(load, choices)], axis=1)
    rows = rows.merge(pd.concat(made[1:] or made), on="meter", how="left")
    if "floor_area_m2" in held:
        rows["metered_kwh_per_m2"] = rows["metered_kwh"] / held.floor_area_m2.values
    return rows


def _some(load_kwh: xr.DataArray, at: np.ndarray) -> xr.DataArray:
    """Return load(time, meter) of the meters at some positions; xarray's own index takes seven
    times as long.
    """
    load_kwh = load_kwh.transpose("time", "meter")
    coords = load_kwh.coords.items()
    own = {name: each.isel(meter=at) if "meter" in each.dims else each for name, each in coords}
    taken = np.take(load_kwh.values, at, axis=1)
    return xr.DataArray(taken, own, load_kwh.dims, load_kwh.name, load_kwh.attrs)


def _told(load_kwh: xr.DataArray, choices: Choices) -> pd.DataFrame:
    """Return gaps_base, gaps and stuck_hours of each meter of load(time, meter)."""
    years = (choices.base_year, choices.year)
    gaps = [meters.count(np.isnan(meters.of_year(load_kwh, year).values)) for year in years]
    stuck = 0
    if meters.is_hourly(load_kwh):
        stuck = reading_checks.stuck_hours(load_kwh, years, choices.stuck_hours)
    return pd.DataFrame({"gaps_base": gaps[0], "gaps": gaps[1], "stuck_hours": stuck})


def _of_station(
    load_kwh: xr.DataArray, outdoor_c: xr.DataArray, choices: Choices
) -> tuple[list[pd.DataFrame], dict[str, str]]:
    """Return tables of figures of the meters that have a baseline, and why the others have none."""
    reasons = {}
    for at in np.flatnonzero(_suspects(load_kwh, outdoor_c, choices)):
        name = str(load_kwh.meter.values[at])
        try:
            _refuse(load_kwh[:, [at]], outdoor_c, choices, name)
        except ValueError as refused:
            reasons[name] = str(refused)
    if reasons:
        load_kwh = _some(load_kwh, np.flatnonzero(~np.isin(load_kwh.meter.values, list(reasons))))
    made, why = work.apart(partial(_figures, outdoor_c, choices), load_kwh)
    return made, reasons | why


def _suspects(load_kwh: xr.DataArray, outdoor_c: xr.DataArray, choices: Choices) -> np.ndarray:
    """Return which meters `_refuse` may refuse (meter): none that it would is missing."""
    years = (choices.base_year, choices.year)
    sums = [
        meters.of_year(each, year).values.sum(axis=0)
        for each in (load_kwh, outdoor_c)
        for year in years
    ]
    incomplete = ~np.isfinite(sum(sums))
    if not meters.is_hourly(load_kwh):
        return incomplete
    return incomplete | reading_checks.suspects(load_kwh, years)


def _refuse(load_kwh: xr.DataArray, outdoor_c: xr.DataArray, choices: Choices, meter: str) -> None:
    """Raise ValueError, with all reasons, where a meter's readings cannot be modelled."""
    years = (choices.base_year, choices.year)
    evidence.refuse(load_kwh, outdoor_c, years, choices.max_gap_share, meter)
    if meters.is_hourly(load_kwh):
        return
    for year in years:
        missing = np.isnan(meters.of_year(load_kwh, year).values)
        if missing.mean() > choices.max_gap_share:
            raise ValueError(
                f"energy: {meter}: {missing.sum()} of {missing.size} days of {year} have no "
                f"reading; at most {choices.max_gap_share:.1%} may be missing (max_gap_share): "
                "supply the bills or days"
            )


def _figures(outdoor_c: xr.DataArray, choices: Choices, load_kwh: xr.DataArray) -> pd.DataFrame:
    """Return the figures of each meter of load(time, meter) [kWh], as notebook 01 has them."""
    years = (choices.base_year, choices.year)
    models.refuse_few(load_kwh, outdoor_c, years)
    (base, now), (outdoor_base, outdoor_now) = (
        [meters.of_year(each, year) for year in years] for each in (load_kwh, outdoor_c)
    )
    chosen = models.choose(load_kwh, choices.model)
    half_lives = _half_lives(base, outdoor_base, chosen, choices.half_life_days)
    given = half_lives if meters.is_hourly(load_kwh) else float(half_lives[0])
    fitted = models.fit(load_kwh, outdoor_c, choices.base_year, chosen, given)
    modelled = models.predict(fitted, outdoor_base)
    expected = models.predict(fitted, meters.fill_outdoor(outdoor_now))
    made = savings.avoided(meters.fill_gaps(now)[0], expected)
    error = models.error(base, modelled, fitted, given)
    made = models.band(made, error, choices.level, choices.drift_share, outdoor_c, years)
    fit = _fit(load_kwh, outdoor_c, modelled, fitted, choices.base_year, chosen, given)
    named = fitted.attrs["model"]
    if not meters.is_hourly(load_kwh):
        named = [f"{models.DEGREE_DAYS}_{kind}" for kind in fitted.kind.values]
    return made.assign(model=named, half_life_days=half_lives, **fit)[["meter", *_FIGURES]]


def _half_lives(
    load_base: xr.DataArray, outdoor_base: xr.DataArray, model: str, half_life_days: float
) -> np.ndarray:
    """Return the half-life of each meter [d]: the one given, else each meter's own choice."""
    if half_life_days:
        return np.full(load_base.sizes["meter"], half_life_days)
    return models.half_lives(load_base, outdoor_base, model)


def _fit(load_kwh, outdoor_c, modelled_kwh, fitted, year, model, half_life) -> dict:
    """Return hours, r2 and cv_rmse of the base year by meter, by `models.statistics`."""
    base = meters.of_year(load_kwh, year)
    if meters.is_hourly(load_kwh):
        seen = hourly.fit_statistics(base, modelled_kwh, fitted.parameters)
    else:
        held_out = models.held_out(load_kwh, outdoor_c, year, model, half_life)
        seen, _ = models.statistics(base, modelled_kwh, held_out, fitted)
    return {name: seen[name].values for name in _OF_FIT}
