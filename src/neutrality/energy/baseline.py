"""The baseline: the energy expected at each hour of each meter, from weather, hour of week and days
off, by a model fitted on a base year.

Whether the readings are sufficient for a model is decided in `sufficiency`; the arithmetic is in
`towt` and `hour_ridge`, savings and their uncertainty are in `savings`.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr

from neutrality.energy import hour_ridge, meters, towt
from neutrality.reference import published, units

# name: (uses the outdoor temperature, uses the lagged temperature)
MODELS = {"towt_lagged": (True, True), "towt": (True, False), "time_of_week": (False, False)}

# Half-lives [days] that `half_life_errors` compares; inf gives the whole base year equal weight.
# Each is fitted up to the end of each origin month and predicts the rest of the year, at every
# fourth hour, for up to a hundred meters: enough to rank them.
HALF_LIVES_DAYS = (30.0, 60.0, 120.0, 240.0, np.inf)
_ORIGIN_MONTHS = (8, 9, 10)
_EVERY_HOURS, _MAX_METERS = 4, 100

_AXES = {
    "level_kwh": ("week_hour", "meter"),
    "occupied": ("week_hour", "meter"),
    "hours": ("meter",),
    "parameters": ("meter",),
    "slope_kwh_per_c": ("occupancy", "bin", "meter"),
    "lagged_kwh_per_c": ("hour", "side", "meter"),
    "floor_kwh": ("meter",),
}


def fit(
    load_kwh: xr.DataArray,
    outdoor_c: xr.DataArray,
    model: str = "towt_lagged",
    half_life_days: float | np.ndarray = np.inf,
) -> xr.Dataset:
    """Return the parameters of one weighted ridge regression per meter of load_kwh(time, meter)
    [kWh] on outdoor_c(time) [°C], both from `meters`.

    load = level[hour of week] + sum over bins of slope[occupancy, bin] x part of the temperature
    in the bin + sum over heating and cooling of lagged slope[hour of day, side] x degrees of the
    lagged temperature. Returned are `level_kwh(week_hour, meter)` [kWh], with the 24 hours of a day
    off after the 168 of the week; `slope_kwh_per_c(occupancy, bin, meter)` and
    `lagged_kwh_per_c(hour, side, meter)` [kWh/°C]; `occupied(week_hour, meter)`, 0 or 1;
    `floor_kwh(meter)`, the lowest prediction, 0 for a meter without negative readings;
    `hours(meter)` used and `parameters(meter)` fitted.

    A reading has half the weight for every `half_life_days` before the last hour; they may differ
    by meter. Hours without reading or temperature are left out. TOWT is by Mathieu and Price
    (LBNL); `model` is one of MODELS. Raises ValueError for an unknown model, for weather of other
    hours than the load, and for a meter without readings at some hour of the week.
    """
    if model not in MODELS:
        raise ValueError(f"baseline model '{model}' is unknown; choose one of {', '.join(MODELS)}")
    if not load_kwh.time.equals(outdoor_c.time):
        raise ValueError(
            "load and outdoor temperature have different hours; take outdoor_on(load, weather)"
        )
    load_kwh = load_kwh.transpose("time", "meter")
    half_lives, kind = np.unique(half_life_days, return_inverse=True)
    weights, design = _recency(outdoor_c.time.values, half_lives), _design(outdoor_c, model)
    fitted = hour_ridge.fit(load_kwh.values, design, weights, kind.ravel())
    _refuse_empty_hours(fitted["level_kwh"][: units.HOURS_PER_WEEK], load_kwh.meter.values)
    return xr.Dataset(
        {name: (axes, fitted[name]) for name, axes in _AXES.items()},
        {"meter": load_kwh.meter.values, "occupancy": [0, 1], "side": ["heating", "cooling"]},
        {"model": model, "half_life_days": half_life_days},
    )


def predict(model: xr.Dataset, outdoor_c: xr.DataArray) -> xr.DataArray:
    """Return the energy that a model of `fit` expects at each hour of outdoor_c(time) [°C], (time,
    meter) [kWh].

    Fill gaps of the temperature first (`meters.fill_outdoor`): an hour without one is predicted
    with all weather columns at zero.
    """
    fitted = {name: model[name].values for name in _AXES}
    coords = {name: each for name, each in outdoor_c.coords.items() if each.dims == ("time",)}
    return xr.DataArray(
        hour_ridge.predict(fitted, _design(outdoor_c, model.attrs["model"])),
        {**coords, "meter": model.meter.values},
        ("time", "meter"),
        "predicted_kwh",
        {"units": "kWh", "long_name": "energy expected by the baseline model"},
    )


def half_life_errors(
    load_kwh: xr.DataArray, outdoor_c: xr.DataArray, model: str = "towt_lagged"
) -> xr.DataArray:
    """Return the mean log error of each half-life in HALF_LIVES_DAYS (half_life_days); the least is
    the one to choose.

    Only the base year is used: a model fitted on its first eight, nine and ten months predicts the
    others. The logs of the root mean square errors [kWh] are averaged over origin months and
    meters, so that large meters do not dominate. The meters should be of one fuel. A meter with an
    error of zero, or none, is left out.

    `float(half_life_errors(load_kwh, outdoor_c).idxmin())` is the half-life for `fit`.
    """
    used = np.argsort(load_kwh.meter.values)[:: -(-load_kwh.sizes["meter"] // _MAX_METERS)]
    load = load_kwh.transpose("time", "meter").values[:, used]
    errors = np.zeros(len(HALF_LIVES_DAYS))
    for squares in _by_origin(load, outdoor_c, model):
        usable = (squares > 0).all(axis=0)
        if usable.any():
            errors += np.log(squares[:, usable]).mean(axis=1) / 2 / len(_ORIGIN_MONTHS)
    return xr.DataArray(
        errors, {"half_life_days": list(HALF_LIVES_DAYS)}, ["half_life_days"], "log_error"
    )


def half_life_errors_by_meter(
    load_kwh: xr.DataArray, outdoor_c: xr.DataArray, model: str = "towt_lagged"
) -> xr.DataArray:
    """Return what `half_life_errors` is for each meter alone (half_life_days, meter)."""
    load = load_kwh.transpose("time", "meter").values
    errors = np.zeros((len(HALF_LIVES_DAYS), load.shape[1]))
    for squares in _by_origin(load, outdoor_c, model):
        usable = (squares > 0).all(axis=0)
        errors[:, usable] += np.log(squares[:, usable]) / 2 / len(_ORIGIN_MONTHS)
    coords = {"half_life_days": list(HALF_LIVES_DAYS), "meter": load_kwh.meter.values}
    return xr.DataArray(errors, coords, tuple(coords), "log_error")


def _by_origin(load: np.ndarray, outdoor_c: xr.DataArray, model: str) -> Iterator[np.ndarray]:
    """Yield the mean square errors (half-life, m) [kWh²] of load (time, m) [kWh] at each origin."""
    month, columns = outdoor_c.local_month.values, _columns(outdoor_c, model)
    sampled = outdoor_c.hour_of_week.values % _EVERY_HOURS == 0
    for origin in _ORIGIN_MONTHS:
        before, after = (
            np.flatnonzero(sampled & part) for part in (month <= origin, month > origin)
        )
        past, future = (_design_of(columns, hours, _EVERY_HOURS) for hours in (before, after))
        weights = _recency(outdoor_c.time.values[before], HALF_LIVES_DAYS)
        yield _mean_squares(load[before], past, weights, load[after], future)


def _mean_squares(
    load: np.ndarray, past: towt.Design, weights: np.ndarray, later: np.ndarray, future: towt.Design
) -> np.ndarray:
    """Return the mean square error (half-life, m) [kWh²] of the load `later` (time, m) [kWh],
    predicted from an earlier load with some weights (half-life, time); NaN where it is unknown.
    """
    seen = towt.sums(load, past, weights)
    squares = [
        _mean_square(later - hour_ridge.predict(hour_ridge.solve(seen, kind), future))
        for kind in range(len(weights))
    ]
    return np.stack(squares)


def _mean_square(error: np.ndarray) -> np.ndarray:
    """Return the mean square of each meter's known errors (time, m); NaN where none is known."""
    known = np.isfinite(error)
    with np.errstate(invalid="ignore"):
        return (np.where(known, error, 0) ** 2).sum(axis=0) / known.sum(axis=0)


def _design(outdoor_c: xr.DataArray, model: str) -> towt.Design:
    """Return the design of all hours of outdoor_c(time) [°C]."""
    return towt.design_by_week_hour(*_columns(outdoor_c, model))


def _columns(outdoor_c: xr.DataArray, model: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the weather columns (time, k) [°C], zeros where the model does not use them, and the
    hour of the week (time); hours of a day off follow those of the week.
    """
    uses_temperature, uses_lag = MODELS[model]
    hour = outdoor_c.hour_of_week.values
    week_hour = np.where(
        outdoor_c.day_off.values, units.HOURS_PER_WEEK + hour % units.HOURS_PER_DAY, hour
    )
    weather = [
        towt.piecewise(outdoor_c.values) * uses_temperature,
        towt.lagged(outdoor_c.values) * uses_lag,
    ]
    return np.hstack(weather), week_hour


def _design_of(
    columns: tuple[np.ndarray, np.ndarray], hours: np.ndarray, every: int = 1
) -> towt.Design:
    """Return the design of some hours of `_columns`, all or each of so many of a day."""
    return towt.design_by_week_hour(*(each[hours] for each in columns), every)


def _recency(times: np.ndarray, half_lives_days: np.ndarray) -> np.ndarray:
    """Return the weight of each time's reading (half-life, time), 1 at the last time and half of it
    for every half-life before.
    """
    age = (times[-1] - times) / np.timedelta64(1, "D")
    return 0.5 ** (age / np.reshape(half_lives_days, (-1, 1)))


def _refuse_empty_hours(level_kwh: np.ndarray, names: np.ndarray) -> None:
    empty = [str(meter) for meter in names[np.isnan(level_kwh).any(axis=0)]]
    if empty:
        raise ValueError(
            f"energy: {', '.join(empty)}: some hour of the week never has both a reading and an "
            "outdoor temperature; supply such hours, or leave the meter out of the baseline"
        )


def held_out(
    load_kwh: xr.DataArray,
    outdoor_c: xr.DataArray,
    model: str = "towt_lagged",
    half_life_days: float = np.inf,
) -> xr.DataArray:
    """Return the energy expected at each hour (time, meter) [kWh] by a fit without that hour's
    month.

    Each local month of the base year is predicted by a fit on all other months (cross-validation
    by month). Arguments as of `fit`.
    """
    load, month = load_kwh.transpose("time", "meter").values, load_kwh.local_month.values
    weight = _recency(outdoor_c.time.values, half_life_days)
    columns, expected = _columns(outdoor_c, model), np.empty(load.shape)
    for left_out in np.unique(month):
        kept, unseen = month != left_out, month == left_out
        fitted = hour_ridge.fit(load[kept], _design_of(columns, kept), weight[:, kept])
        expected[unseen] = hour_ridge.predict(fitted, _design_of(columns, unseen))
    return load_kwh.transpose("time", "meter").copy(data=expected).rename("held_out_kwh")


def fit_statistics(
    load_kwh: xr.DataArray, predicted_kwh: xr.DataArray, parameters: xr.DataArray | int
) -> xr.Dataset:
    """Return the goodness of fit of predicted_kwh to load_kwh (time, meter) [kWh] over one year,
    per meter; shares, 0.1 = 10 %.

    `hours`: n, the hours that have both [h]; `parameters`: p, as given
    `cv_rmse`: sqrt(sum (y - yhat)^2 / (n - p)) / mean y
    `nmbe`: sum (y - yhat) / ((n - p) mean y), positive where the meter read more than the model
    `r2`: coefficient of determination
    `monthly_cv_rmse`, `monthly_nmbe`: the same of monthly sums, with p = 1
    `autocorrelation`: rho, of residuals at one hour
    `effective_hours`: n (1 - rho) / (1 + rho) [h]

    ASHRAE Guideline 14 (clause not read). Pass 0 parameters for a year outside the fit. In the year
    of the fit least squares makes `nmbe` zero: there it proves nothing.
    """
    difference = (load_kwh - predicted_kwh).transpose("time", "meter")
    if not load_kwh.meter.equals(difference.meter):
        load_kwh = load_kwh.sel(meter=difference.meter)
    error, metered = difference.values, load_kwh.transpose("time", "meter").values
    known = np.isfinite(error)
    hours, free = meters.count(known), np.broadcast_to(parameters, known.shape[1:])
    gaps = (hours < len(known)).any()
    if gaps:
        error, metered = (np.where(known, each, 0.0) for each in (error, metered))
    squares, total = _products(error, error), error.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):  # a meter without readings has none
        mean_kwh = metered.sum(axis=0) / hours
        apart = np.where(known, metered - mean_kwh, 0.0) if gaps else metered - mean_kwh
        rho = _products(error[1:], error[:-1]) / squares
        found = {
            "hours": hours,
            "parameters": free,
            "r2": 1 - squares / _products(apart, apart),
            "cv_rmse": np.sqrt(squares / (hours - free)) / mean_kwh,
            "nmbe": total / ((hours - free) * mean_kwh),
            **_monthly_fit(error, metered, load_kwh.local_month.values),
            "autocorrelation": rho,
            "effective_hours": hours * (1 - rho) / (1 + rho),
        }
    made = {name: ("meter", each) for name, each in found.items()}
    return xr.Dataset(made, {"meter": difference.meter.values})


def _products(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the sum of products of each meter's hours (time, m)."""
    return np.einsum("tm,tm->m", one, other)


def _monthly_fit(
    error: np.ndarray, metered: np.ndarray, month: np.ndarray
) -> dict[str, np.ndarray]:
    """Return monthly_cv_rmse and monthly_nmbe (m) of error and metered energy (time, m) [kWh]."""
    order = np.argsort(month, kind="stable")
    if (np.diff(order) != 1).any():
        error, metered, month = error[order], metered[order], month[order]
    starts = np.flatnonzero(np.diff(month)) + 1
    month_error, month_kwh = (
        np.stack([part.sum(axis=0) for part in np.split(each, starts)]) for each in (error, metered)
    )
    free, mean_kwh = len(starts), month_kwh.mean(axis=0)
    return {
        "monthly_cv_rmse": np.sqrt((month_error**2).sum(axis=0) / free) / mean_kwh,
        "monthly_nmbe": error.sum(axis=0) / (free * mean_kwh),
    }


def within_limits(seen: xr.Dataset, unseen: xr.Dataset) -> pd.DataFrame:
    """Return the fit of each meter beside the limits of ASHRAE Guideline 14 for hourly data.

    `seen` are the statistics of the fit, `unseen` those of months held out, from which nmbe and
    monthly_cv_rmse are taken. Columns hours, parameters, r2, cv_rmse, nmbe, monthly_cv_rmse,
    cv_rmse_limit, nmbe_limit (shares, 0.1 = 10 %) and within.
    """
    table = (
        seen[["hours", "parameters", "r2", "cv_rmse"]]
        .assign(nmbe=unseen.nmbe, monthly_cv_rmse=unseen.monthly_cv_rmse)
        .to_dataframe()
    )
    table["cv_rmse_limit"] = published.coefficient("g14_cv_hourly") / units.PERCENT
    table["nmbe_limit"] = published.coefficient("g14_nmbe_hourly") / units.PERCENT
    table["within"] = (table.cv_rmse <= table.cv_rmse_limit) & (
        table.nmbe.abs() <= table.nmbe_limit
    )
    return table
