"""The baseline model that a resolution takes: hours that of `baseline`, days and bills that of
`degree_days`.

Each function takes the load of `site_load.readings` and answers the same question for every
resolution.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from neutrality import sheets
from neutrality.energy import bands, baseline, day_weather, degree_days, meters, periods, savings
from neutrality.reference import published, units
from neutrality.texts.findings import Finding, in_table

AUTO, DEGREE_DAYS = "auto", "degree_days"
# Share of a period's days whose temperature must be known for a model to learn from it (0-1).
_KNOWN_DAYS = 0.9
_DAY = np.timedelta64(1, "D")
# The data of ASHRAE Guideline 14 whose limits a resolution is held against, and how claims name it.
_LIMITS = {periods.HOURS: "hourly", periods.BILLS: "monthly"}
_NAMED = {periods.HOURS: "hourly", periods.DAYS: "daily", periods.BILLS: "bills"}


def known(load_kwh: xr.DataArray) -> tuple[str, ...]:
    """Return the models that a load can have, the usual one first: those of `baseline` for hours,
    those of `degree_days` behind its name for days and bills.
    """
    if meters.is_hourly(load_kwh):
        return tuple(baseline.MODELS)
    return (DEGREE_DAYS, *(f"{DEGREE_DAYS}_{kind}" for kind in degree_days.MODELS))


def choose(load_kwh: xr.DataArray, model: str) -> str:
    """Return the model that is used for load(time, meter) [kWh]: `model` itself, or, where that is
    "auto", the usual one of its resolution. `degree_days` chooses for each meter the kind that
    predicts left-out readings best.

    Raises ValueError for a model of another resolution.
    """
    offered = known(load_kwh)
    if model == AUTO:
        return offered[0]
    if model not in offered:
        raise ValueError(
            f"model '{model}' does not fit {load_kwh.attrs['resolution']} of the main meter; "
            f"choose {AUTO}, {', '.join(offered)}"
        )
    return model


def fit(
    load_kwh: xr.DataArray,
    outdoor_c: xr.DataArray,
    year: int,
    model: str,
    half_life_days: float | np.ndarray | None = None,
) -> xr.Dataset:
    """Return a model of `choose`, fitted to one local year of load(time, meter) [kWh] and
    outdoor_c(time) [°C]: that of `baseline.fit` for hours, of `degree_days.fit` for days and bills.

    Of days and bills the year's periods are those with their middle in it. Without
    `half_life_days` hours weigh alike, and days and bills have the half-life of `degree_days`.
    """
    if meters.is_hourly(load_kwh):
        base = [meters.of_year(each, year) for each in (load_kwh, outdoor_c)]
        return baseline.fit(*base, model, np.inf if half_life_days is None else half_life_days)
    held = _training(load_kwh, outdoor_c, year)
    return _fit_periods(held, _weather(outdoor_c), model, half_life_days)


def _fit_periods(
    held: xr.Dataset, weather: xr.Dataset, model: str, half_life_days: float | None
) -> xr.Dataset:
    kind = model.removeprefix(DEGREE_DAYS).removeprefix("_") or AUTO
    energy_kwh = held.kwh.assign_coords(start=held.start, end=held.end, estimated=held.estimated)
    half_life = half_life_days or degree_days.HALF_LIFE_DAYS[periods.ELECTRICITY]
    return degree_days.fit(energy_kwh, weather, kind, half_life)


def predict(model: xr.Dataset, outdoor_c: xr.DataArray) -> xr.DataArray:
    """Return the energy that a model of `fit` expects in each hour or day of outdoor_c(time) [°C],
    (time, meter) [kWh].
    """
    if meters.is_hourly(outdoor_c):
        return baseline.predict(model, outdoor_c)
    coords = outdoor_c.drop_vars(meters.OF_HOURS).coords
    daily = degree_days.daily_kwh(model, _weather(outdoor_c)).sel(
        day=meters.local_days(outdoor_c).to_numpy()
    )
    return xr.DataArray(
        daily.values,
        {**coords, "meter": model.meter.values},
        ("time", "meter"),
        "predicted_kwh",
        outdoor_c.attrs | {"units": "kWh", "long_name": "energy expected by the baseline model"},
    )


def _weather(outdoor_c: xr.DataArray) -> xr.Dataset:
    """Return the weather of `day_weather.days` with the temperatures of an array by day: each
    day's hours where they are known, else its filled mean.
    """
    filled, day = meters.fill_outdoor(outdoor_c), meters.local_days(outdoor_c)
    of_hour = {at: outdoor_c[name].values for at, name in enumerate(meters.OF_HOURS)}
    hours = pd.DataFrame(of_hour, day)
    hours[0] = hours[0].fillna(pd.Series(filled.values, day).where(hours.isna().all(axis=1)))
    long = hours.stack()
    at, hour = (long.index.get_level_values(level) for level in (0, 1))
    long.index = at + pd.to_timedelta(hour.to_numpy(), unit="h")
    counted = outdoor_c.hour_of_week.values // units.HOURS_PER_DAY
    off = outdoor_c.day_off.values == 1
    special = off | (day.day_of_week.to_numpy() != counted)
    table = pd.DataFrame({"date": day[special], "workday": ~off[special]})
    return day_weather.days(long, table)


def held_out(
    load_kwh: xr.DataArray,
    outdoor_c: xr.DataArray,
    year: int,
    model: str,
    half_life_days: float | None = None,
) -> xr.DataArray:
    """Return the energy expected in each hour or day of a local year (time, meter) [kWh] by a fit
    without that month (`baseline.held_out`); a bill is of the month that has its middle.
    """
    at = load_kwh.local_year == year
    if meters.is_hourly(load_kwh):
        return baseline.held_out(load_kwh[at], outdoor_c[at], model, half_life_days or np.inf)
    held, weather = _training(load_kwh, outdoor_c, year), _weather(outdoor_c)
    middle = (held.start + (held.end - held.start) / 2).dt.month
    months = np.unique(load_kwh.local_month)
    # One call fits a copy of each meter for each month left out.
    copies = [held.assign(kwh=held.kwh.where(middle != month)) for month in months]
    names = [f"{month}:{meter}" for month in months for meter in held.meter.values]
    every = xr.concat(copies, "meter").assign_coords(meter=names)
    fitted = _fit_periods(every, weather, model, half_life_days)
    expected = degree_days.daily_kwh(fitted, weather)
    expected = expected.sel(day=meters.local_days(load_kwh[at]).to_numpy()).values
    by_month = expected.reshape(len(expected), len(months), -1)
    own = by_month[np.arange(len(expected)), np.searchsorted(months, load_kwh.local_month[at])]
    of_year = load_kwh[at].transpose("time", "meter")
    return of_year.copy(data=own).rename("held_out_kwh")


def _training(load_kwh: xr.DataArray, outdoor_c: xr.DataArray, year: int) -> xr.Dataset:
    """Return the periods with their middle in a year and nearly all temperatures known; the others
    are empty (NaT).
    """
    held = periods.of_days(load_kwh)
    middle = held.start + (held.end - held.start) / 2
    day = meters.local_days(load_kwh).to_numpy()
    so_far = np.concatenate([[0], np.cumsum(outdoor_c.notnull().values)])
    first, last = (np.searchsorted(day, held[name].values) for name in ("start", "end"))
    length = ((held.end - held.start) / _DAY).fillna(np.inf).values
    known_days = so_far[last] - so_far[first]
    kept = (middle.dt.year == year) & (known_days >= _KNOWN_DAYS * length)
    used = held.where(kept).assign(estimated=held.estimated & kept)
    return used.isel(period=kept.any("meter").values)


def refuse_few(load_kwh: xr.DataArray, outdoor_c: xr.DataArray, years: tuple[int, ...]) -> None:
    """Raise ValueError for each meter and year with fewer days or bills than a baseline needs."""
    if meters.is_hourly(load_kwh):
        return
    found = []
    for year in years:
        count = _training(load_kwh, outdoor_c, year).kwh.notnull().sum("period").to_series()
        found += [
            f"meters: {meter}: {number} periods of {year} have known temperatures, and a baseline "
            f"needs {degree_days.LEAST_PERIODS}; give the bills or reads in between, where bills "
            "are quarterly the supplier's monthly or hourly readings"
            for meter, number in count.items()
            if number < degree_days.LEAST_PERIODS
        ]
    if found:
        raise ValueError("\n".join(found))


def half_life_errors(
    load_base: xr.DataArray, outdoor_base: xr.DataArray, model: str
) -> xr.DataArray:
    """Return `baseline.half_life_errors` of hours; of days and bills the one half-life of
    `degree_days`, which public buildings chose.
    """
    if meters.is_hourly(load_base):
        return baseline.half_life_errors(load_base, outdoor_base, model)
    usual = degree_days.HALF_LIFE_DAYS[periods.ELECTRICITY]
    return xr.DataArray([0.0], {"half_life_days": [usual]}, ["half_life_days"], "log_error")


def half_lives(load_base: xr.DataArray, outdoor_base: xr.DataArray, model: str) -> np.ndarray:
    """Return the half-life [d] that `half_life_errors` chooses for each meter alone (meter)."""
    if meters.is_hourly(load_base):
        errors = baseline.half_life_errors_by_meter(load_base, outdoor_base, model)
        return errors.idxmin("half_life_days").values
    return np.full(load_base.sizes["meter"], degree_days.HALF_LIFE_DAYS[periods.ELECTRICITY])


def statistics(
    load_base: xr.DataArray,
    modelled_kwh: xr.DataArray,
    held_out_kwh: xr.DataArray,
    model: xr.Dataset,
) -> tuple[xr.Dataset, xr.Dataset]:
    """Return `baseline.fit_statistics` of the base year's load (time, meter) [kWh], as fitted and
    over months held out.

    Days and bills are compared as they were read. Their model has more columns than a year has
    bills, so both are of months held out.
    """
    if meters.is_hourly(load_base):
        seen = baseline.fit_statistics(load_base, modelled_kwh, model.parameters)
        return seen, baseline.fit_statistics(load_base, held_out_kwh, 0)
    if load_base.attrs["resolution"] == periods.BILLS:
        load_base, held_out_kwh = by_bill(load_base, held_out_kwh)
    unseen = baseline.fit_statistics(load_base, held_out_kwh, 0)
    return unseen, unseen


def by_bill(
    load_kwh: xr.DataArray, predicted_kwh: xr.DataArray
) -> tuple[xr.DataArray, xr.DataArray]:
    """Return both arrays of days summed to the periods that were read (time, meter) [kWh], in their
    order; a part shorter than half the usual period, as at the turn of the year, is left out.
    """
    both = [load_kwh, predicted_kwh.sel(meter=load_kwh.meter)]
    both = [each.transpose("time", "meter").values.ravel() for each in both]
    period = load_kwh.period.transpose("time", "meter").values
    meter = np.broadcast_to(np.arange(period.shape[1]), period.shape)
    of = {"meter": meter.ravel(), "period": period.ravel()}
    long = pd.DataFrame(of | dict(enumerate(both)))
    by_period = long[long["period"] != periods.NO_PERIOD].groupby(["meter", "period"])
    days = by_period.size()
    usual = days.groupby(level="meter").transform("median")
    sums = by_period.sum()[days >= usual / 2]
    meter = sums.index.get_level_values("meter")
    sums = sums.set_index([sums.groupby(meter).cumcount().rename("time"), meter])
    made = (sums[name].unstack().reindex(columns=np.unique(of["meter"])) for name in (0, 1))
    names = load_kwh.meter.values
    return tuple(
        xr.DataArray(
            table.to_numpy(),
            {"meter": names, "local_month": ("time", np.arange(len(table)))},
            ("time", "meter"),
        )
        for table in made
    )


def within_limits(
    seen: xr.Dataset, unseen: xr.Dataset, load_kwh: xr.DataArray, model: xr.Dataset
) -> pd.DataFrame:
    """Return the table of `baseline.within_limits` with resolution and model of each meter.

    ASHRAE Guideline 14 has limits for hours and for months, which bills are held against; for days
    it has none, and they stay empty.
    """
    table = baseline.within_limits(seen, unseen)
    resolution = load_kwh.attrs["resolution"]
    if resolution != periods.HOURS:
        monthly = resolution == periods.BILLS
        for name in ("cv", "nmbe"):
            column = {"cv": "cv_rmse", "nmbe": "nmbe"}[name]
            limit = published.coefficient(f"g14_{name}_monthly") / units.PERCENT
            table[f"{column}_limit"] = limit if monthly else np.nan
        inside = (table.cv_rmse <= table.cv_rmse_limit) & (table.nmbe.abs() <= table.nmbe_limit)
        table["within"] = inside if monthly else ""
    kinds = model.attrs["model"]
    if resolution != periods.HOURS:
        kinds = [f"{DEGREE_DAYS}_{kind}" for kind in model.kind.values]
    return table.assign(resolution=resolution, model=kinds)


def outside_limits(fit: pd.DataFrame, whole: str = "main") -> list[Finding]:
    """Return a finding where the fit of the meter `whole`, a row of `within_limits`, is outside the
    limits of its resolution.
    """
    row = fit.loc[whole]
    if row.within in (True, ""):
        return []
    shares = ("cv_rmse", "cv_rmse_limit", "nmbe", "nmbe_limit")
    return in_table("energy", "fit_outside_limits", **row[[*shares]])


def error(
    load_base: xr.DataArray, modelled_kwh: xr.DataArray, model: xr.Dataset, half_life_days: float
) -> pd.Series:
    """Return the standard error by meter of a year's mean hourly saving [kWh/h]
    (`savings.model_error`), of days and bills of the mean daily one [kWh a day]
    (`bands.model_error`).
    """
    if meters.is_hourly(load_base):
        return savings.model_error(load_base, modelled_kwh, half_life_days)
    return bands.model_error(model)


def drift(load_kwh: xr.DataArray) -> float:
    """Return the published drift a year of a building without any project (0-1), as a model of the
    load's resolution finds it.
    """
    row = bands.drift_row(periods.ELECTRICITY, _NAMED[load_kwh.attrs["resolution"]])
    return published.coefficient(row) / units.PERCENT


def band(
    table: pd.DataFrame,
    error_kwh: pd.Series,
    level: float,
    drift_share: float,
    outdoor_c: xr.DataArray,
    years: tuple[int, int],
) -> pd.DataFrame:
    """Return the table of `savings.avoided` with the band of `savings.band`; of days and bills with
    that of `bands.half_share` for their resolution.

    `error_kwh` is of `error`, `years` are base and reporting year, whose outdoor_c(time) [°C] of
    days says how much of the weather the model had not learnt.
    """
    between = years[1] - years[0]
    if meters.is_hourly(outdoor_c):
        return savings.band(table, error_kwh, level, drift_share, between)
    learnt_c, now_c = (
        meters.fill_outdoor(outdoor_c[outdoor_c.local_year == year]).values for year in years
    )
    model_share = table["meter"].map(error_kwh) * table["hours"] / table["predicted_kwh"]
    half_kwh = table["predicted_kwh"] * bands.half_share(
        model_share.to_numpy(),
        level,
        resolution=_NAMED[outdoor_c.attrs["resolution"]],
        years=between,
        outside_share=day_weather.outside_share(learnt_c, now_c),
        drift_share=drift_share,
    )
    low_kwh, high_kwh = (table["savings_kwh"] + sign * half_kwh for sign in (-1, 1))
    return table.assign(low_kwh=low_kwh, high_kwh=high_kwh, level=level)


def formula_half_kwh(
    table: pd.DataFrame, seen: xr.Dataset, level: float, load_kwh: xr.DataArray
) -> np.ndarray:
    """Return `savings.formula_half_kwh` of hours; NaN for days and bills."""
    if meters.is_hourly(load_kwh):
        return savings.formula_half_kwh(table, seen, level)
    return np.full(len(table), np.nan)


def placebo(load_kwh: xr.DataArray) -> pd.DataFrame:
    """Return the rows of `savings.placebo_coverage` on electricity at the load's resolution, the
    method `band` first.
    """
    if meters.is_hourly(load_kwh):
        return savings.placebo_coverage().query("fuel == 'electricity'")
    table = sheets.packaged("reference/placebo_periods.csv")
    own = table["resolution"] == _NAMED[load_kwh.attrs["resolution"]]
    kept = table[own & (table["fuel"] == periods.ELECTRICITY)].assign(method="band")
    hourly = savings.placebo_coverage()
    return kept[[*hourly]].astype(hourly.dtypes.to_dict())


def claim_words(load_kwh: xr.DataArray) -> dict[str, str]:
    """Return what the names and inputs of claims on the fit ask for: the resolution, and the limits
    that the fit is held against (the readings themselves where there are none).
    """
    resolution = load_kwh.attrs["resolution"]
    limits = _LIMITS.get(resolution)
    return {"resolution": _NAMED[resolution]} | {
        f"{name}_limit": f"g14_{name}_{limits}" if limits else "meters.amount"
        for name in ("cv", "nmbe")
    }


def tested_claims(load_kwh: xr.DataArray, formula_mwh: float, gaps: float) -> dict[str, float]:
    """Return, by claim id, what can be stated of gaps and intervals at the load's resolution: the
    hours or days without a reading, the half width by the formula of ASHRAE Guideline 14 for hours,
    and the test on placebo buildings where there was one.
    """
    step = "hours" if meters.is_hourly(load_kwh) else "days"
    made = {f"gap_{step}": float(gaps)}
    if np.isfinite(formula_mwh):
        made["savings_formula_mwh"] = formula_mwh
    rows = placebo(load_kwh).set_index("method")
    if "band" in rows.index:
        band = rows.loc["band"]
        made |= {"placebo_buildings": band.buildings, "placebo_covered": band.covered_percent}
    return made
