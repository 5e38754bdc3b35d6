"""What the building would have used: an hourly baseline of every meter, from weather, hour of week
and days off.

A model is fitted on a base year and predicts the reporting year. Whether the data may carry a model
is asked in `sufficiency`, the arithmetic stands in `towt`, what was saved and how sure that is in
`savings`.
"""

import numpy as np
import pandas as pd
import xarray as xr

from neutrality.energy import towt
from neutrality.reference import published, units

# name: (with the outdoor temperature, with the temperature that the building remembers)
MODELS = {"towt_lagged": (True, True), "towt": (True, False), "time_of_week": (False, False)}

# Half-lives [days] that compete in `choose_half_life`; inf weighs the whole base year alike. Each
# is fitted up to the end of each origin month and predicts the rest of the year, at every fourth
# hour, for up to a hundred meters: enough to tell them apart.
HALF_LIVES_DAYS = (30.0, 60.0, 120.0, 240.0, np.inf)
ORIGIN_MONTHS = (8, 9, 10)
EVERY_HOURS, VOTING_METERS = 4, 100

AXES = {
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
    half_life_days: float = np.inf,
) -> xr.Dataset:
    """Return the parameters of one weighted regression per meter, all meters solved together.

    load = level[hour of week] + sum over bins of slope[occupancy, bin] x part of the temperature in
    the bin + sum over heating and cooling of lagged slope[hour of day, side] x degrees of the
    remembered temperature: `level_kwh(week_hour, meter)`, the 24 hours of a day off after the 168
    of the week, `slope_kwh_per_c(occupancy, bin, meter)`, `lagged_kwh_per_c(hour, side, meter)`,
    `occupied(week_hour, meter)`, `floor_kwh(meter)` under which nothing is predicted, 0 for a meter
    that never read below it, the `hours(meter)` used and the columns fitted, `parameters(meter)`. A
    reading counts half for every `half_life_days` it is older than the last hour. Hours without
    reading or temperature are left out. TOWT is of Mathieu and Price (LBNL); `model` is one of
    MODELS. Raises ValueError for an unknown model, other hours of weather than of load, and a meter
    that was never read in some hour of the week.
    """
    if model not in MODELS:
        raise ValueError(f"baseline model '{model}' is unknown; choose one of {', '.join(MODELS)}")
    if not load_kwh.time.equals(outdoor_c.time):
        raise ValueError(
            "load and outdoor temperature have different hours; take outdoor_on(load, weather)"
        )
    load_kwh = load_kwh.transpose("time", "meter")
    fitted = towt.fit(
        load_kwh.values, _calendar(outdoor_c, model), _recency(outdoor_c, half_life_days)
    )
    _refuse_empty_hours(fitted["level_kwh"][: units.HOURS_PER_WEEK], load_kwh.meter.values)
    return xr.Dataset(
        {name: (axes, fitted[name]) for name, axes in AXES.items()},
        {"meter": load_kwh.meter.values, "occupancy": [0, 1], "side": ["heating", "cooling"]},
        {"model": model, "half_life_days": half_life_days},
    )


def predict(model: xr.Dataset, outdoor_c: xr.DataArray) -> xr.DataArray:
    """Return the energy the model expects at each hour [kWh] (time, meter), from weather, hour
    of week and days off.
    """
    fitted = {name: model[name].values for name in AXES}
    coords = {name: each for name, each in outdoor_c.coords.items() if each.dims == ("time",)}
    return xr.DataArray(
        towt.predict(fitted, _calendar(outdoor_c, model.attrs["model"])),
        {**coords, "meter": model.meter.values},
        ("time", "meter"),
        "predicted_kwh",
        {"units": "kWh", "long_name": "energy expected by the baseline model"},
    )


def choose_half_life(
    load_kwh: xr.DataArray, outdoor_c: xr.DataArray, model: str = "towt_lagged"
) -> xr.DataArray:
    """Return the mean log error of each half-life of HALF_LIVES_DAYS (half_life_days): the least is
    the one to take.

    The base year alone decides: fitted on its first eight, nine and ten months, a model predicts
    the others. The logs of the root mean square errors are averaged over origins and meters, so
    that large meters do not outvote small ones. The meters should be of one fuel. An error of zero,
    or none, says nothing.

    `float(choose_half_life(load_kwh, outdoor_c).idxmin())` is what `fit` takes.
    """
    voters = np.argsort(load_kwh.meter.values)[:: -(-load_kwh.sizes["meter"] // VOTING_METERS)]
    load, month = (
        load_kwh.transpose("time", "meter").values[:, voters],
        outdoor_c.local_month.values,
    )
    seen, scores = outdoor_c.hour_of_week.values % EVERY_HOURS == 0, np.zeros(len(HALF_LIVES_DAYS))
    for origin in ORIGIN_MONTHS:
        before, after = seen & (month <= origin), seen & (month > origin)
        past, future = (_calendar(outdoor_c, model, hours) for hours in (before, after))
        weights = [
            _recency(outdoor_c[before], half_life_days) for half_life_days in HALF_LIVES_DAYS
        ]
        squares = np.full((len(weights), len(voters)), np.nan)
        for some in towt.batches(load[before]):
            read, later = towt.metered(load[before][:, some], past), load[after][:, some]
            for place, weight in enumerate(weights):
                squares[place, some] = _mean_square(
                    later - towt.predict(towt.solve(read, past, weight), future)
                )
        telling = (squares > 0).all(axis=0)
        scores += (
            np.log(squares[:, telling]).mean(axis=1) / 2 / len(ORIGIN_MONTHS)
            if telling.any()
            else 0.0
        )
    return xr.DataArray(
        scores, {"half_life_days": list(HALF_LIVES_DAYS)}, ["half_life_days"], "log_error"
    )


def _mean_square(error: np.ndarray) -> np.ndarray:
    """Return the mean square of each meter's errors (time, m) that are known; NaN where none is."""
    known = np.isfinite(error)
    with np.errstate(invalid="ignore"):
        return (np.where(known, error, 0) ** 2).sum(axis=0) / known.sum(axis=0)


def _calendar(
    outdoor_c: xr.DataArray, model: str, hours: np.ndarray | slice = slice(None)
) -> towt.Calendar:
    """Return the calendar of some hours, with the weather columns that the model does not use at
    zero.

    Hours of a day off follow those of the week; what the building remembers comes from all hours.
    """
    by_temperature, by_memory = MODELS[model]
    hour = outdoor_c.hour_of_week.values
    week_hour = np.where(
        outdoor_c.day_off.values, units.HOURS_PER_WEEK + hour % units.HOURS_PER_DAY, hour
    )
    weather = [
        towt.piecewise(outdoor_c.values) * by_temperature,
        towt.lagged(outdoor_c.values) * by_memory,
    ]
    return towt.calendar(np.hstack(weather)[hours], week_hour[hours])


def _recency(outdoor_c: xr.DataArray, half_life_days: float) -> np.ndarray:
    """Return what each hour's reading counts (time): half as much for every half-life before the
    last hour.
    """
    age = (outdoor_c.time.values[-1] - outdoor_c.time.values) / np.timedelta64(1, "D")
    return 0.5 ** (age / half_life_days)


def _refuse_empty_hours(level_kwh: np.ndarray, meters: np.ndarray) -> None:
    empty = [str(meter) for meter in meters[np.isnan(level_kwh).any(axis=0)]]
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
    """Return the energy expected at each hour by a fit that did not see the hour's month [kWh]
    (time, meter).

    Each local month of the base year is predicted by a fit on all the others, weather and all.
    """
    load, month = load_kwh.transpose("time", "meter").values, load_kwh.local_month.values
    weight, expected = _recency(outdoor_c, half_life_days), np.empty(load.shape)
    for left_out in np.unique(month):
        kept, unseen = month != left_out, month == left_out
        fitted = towt.fit(load[kept], _calendar(outdoor_c, model, kept), weight[kept])
        expected[unseen] = towt.predict(fitted, _calendar(outdoor_c, model, unseen))
    return load_kwh.transpose("time", "meter").copy(data=expected).rename("held_out_kwh")


def fit_statistics(
    load_kwh: xr.DataArray, predicted_kwh: xr.DataArray, parameters: xr.DataArray | int
) -> xr.Dataset:
    """Return how well predictions of one year meet the meter, per meter; shares, 0.1 = 10 %.

    `cv_rmse` = sqrt(sum (y - yhat)^2 / (n - p)) / mean y; `nmbe` = sum (y - yhat) / ((n - p) mean
    y), positive where the meter read more than the model; `r2`; `autocorrelation` of residuals at
    one hour; `effective_hours` = n (1 - rho) / (1 + rho); `monthly_cv_rmse` and `monthly_nmbe` of
    monthly sums, p = 1. ASHRAE Guideline 14 (clause not read). Pass 0 parameters for a year the
    model has not seen. On the year of the fit, least squares makes `nmbe` zero: there it proves
    nothing.
    """
    error = load_kwh - predicted_kwh
    metered = load_kwh.where(error.notnull())
    hours, mean_kwh, squares = (
        error.notnull().sum("time"),
        metered.mean("time"),
        (error**2).sum("time"),
    )
    rho = (error * error.shift(time=1)).sum("time") / squares
    month_error, month_kwh = (each.groupby("local_month").sum() for each in (error, metered))
    months_free = month_error.sizes["local_month"] - 1
    month_mean_kwh = month_kwh.mean("local_month")
    return xr.Dataset(
        {
            "hours": hours,
            "parameters": hours * 0 + parameters,
            "r2": 1 - squares / ((metered - mean_kwh) ** 2).sum("time"),
            "cv_rmse": np.sqrt(squares / (hours - parameters)) / mean_kwh,
            "nmbe": error.sum("time") / ((hours - parameters) * mean_kwh),
            "monthly_cv_rmse": np.sqrt((month_error**2).sum("local_month") / months_free)
            / month_mean_kwh,
            "monthly_nmbe": error.sum("time") / (months_free * month_mean_kwh),
            "autocorrelation": rho,
            "effective_hours": hours * (1 - rho) / (1 + rho),
        }
    )


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
