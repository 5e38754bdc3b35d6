"""What the building would have used: hourly baseline models of all meters at once, and avoided energy.

A model is fitted on a base year and predicts the reporting year from its weather and its local hours;
avoided energy is prediction minus meter. Whether the data may carry a model is asked in `sufficiency`,
how sure the savings are in `savings_band`.
"""

import numpy as np
import pandas as pd
import xarray as xr

from neutrality import units

# Time-of-week-and-temperature model (TOWT) of Mathieu and Price (LBNL), as in CalTRACK 2.0: an hour of the
# week is occupied when over 65 % of its readings (sec 3.8.4) lie above a regression on heating degree-hours
# below 50 F and cooling degree-hours above 65 F (sec 3.8.3). A bin of under 20 h is merged (sec 3.9.1.2).
OCCUPIED_SHARE = 0.65
HEATING_BELOW_F, COOLING_ABOVE_F = 50.0, 65.0
THIN_BIN_HOURS = 20
# Inner ends of the temperature bins [F]: CalTRACK's, and those of LBNL's RMV2.0.
CALTRACK_ENDS_F = (30.0, 45.0, 55.0, 65.0, 75.0, 90.0)
RMV2_ENDS_F = (40.0, 55.0, 65.0, 80.0, 90.0)
# Eigenvalues below this share of the largest count as zero: a slope the year's weather cannot tell is 0.
RANK_TOLERANCE = 1e-10

# name: (inner ends of the bins, or None for no temperature; a level per hour of week; slopes by occupancy)
MODELS = {
    "towt": (CALTRACK_ENDS_F, True, True),
    "towt_rmv2": (RMV2_ENDS_F, True, True),
    "time_of_week": (None, True, False),
    "temperature": (CALTRACK_ENDS_F, False, False),
}


def piecewise(outdoor_c: xr.DataArray, model: str) -> xr.DataArray:
    """Return the part of the outdoor temperature in each bin of a model (time, bin) [°C]; parts add up to it.

    Mathieu and Price: min(T, B1), then clamp(T - Bk, 0, width), at last max(T - Bn, 0).

    >>> piecewise(xr.DataArray([10.0], dims="time"), "towt").round(2).values.tolist()
    [[-1.11, 8.33, 2.78, 0.0, 0.0, 0.0, 0.0]]
    """
    ends_f = MODELS[model][0]
    if ends_f is None:
        return (outdoor_c * 0).expand_dims(bin=[0], axis=-1)
    ends_c = xr.DataArray([units.celsius(end) for end in ends_f], dims="bin")
    lower = ends_c.pad(bin=(1, 0), constant_values=-np.inf)
    upper = ends_c.pad(bin=(0, 1), constant_values=np.inf)
    parts = np.minimum(np.maximum(outdoor_c, lower), upper) - ends_c.pad(bin=(1, 0), constant_values=0)
    return parts.transpose(..., "bin").assign_coords(bin=range(len(ends_f) + 1))


def fit(load_kwh: xr.DataArray, outdoor_c: xr.DataArray, model: str = "towt") -> xr.Dataset:
    """Return the parameters of one least-squares model per meter, all meters solved together.

    load = level[hour of week] + sum over bins of slope[occupancy, bin] x part of the temperature in the bin:
    `level_kwh(hour_of_week, meter)`, `slope_kwh_per_c(occupancy, bin, meter)`, `occupied(hour_of_week,
    meter)`, the `hours(meter)` used and the number of free `parameters(meter)`. Hours without reading or
    temperature are left out. Mathieu and Price (LBNL); `model` is one of MODELS. Predictions are not floored
    at zero: so the model of a sum is the sum of the models wherever they share occupancy and bins.
    Raises ValueError for an unknown model, other hours of weather than of load, and a meter that was never
    read in some hour of the week.
    """
    if model not in MODELS:
        raise ValueError(f"baseline model '{model}' is unknown; choose one of {', '.join(MODELS)}")
    if not load_kwh.time.equals(outdoor_c.time):
        raise ValueError("load and outdoor temperature have different hours; take outdoor_on(load, weather)")
    _, by_hour, split = MODELS[model]
    load_kwh = load_kwh.transpose("time", "meter")
    valid = (load_kwh.notnull() & outdoor_c.notnull()).values
    load, weather = np.where(valid, load_kwh.values, 0.0), outdoor_c.fillna(0.0)
    parts = piecewise(weather, model)
    rows = _rows_by_group(load_kwh.hour_of_week.values, units.HOURS_PER_WEEK)
    _refuse_empty_hours(_sums(valid, np.ones((len(load), 1)), rows)[..., 0], load_kwh.meter.values)
    occupied = np.zeros((units.HOURS_PER_WEEK, load.shape[1]), bool)
    if split:
        occupied = _occupied(load, valid, weather.values, rows)
    if not by_hour:
        rows = _rows_by_group(np.zeros(len(load), int), 1)
    level, slope, free = _solve(load, valid, parts.values, rows, occupied[:len(rows)])
    return xr.Dataset(
        {"level_kwh": (("hour_of_week", "meter"), np.broadcast_to(level, occupied.shape), {"units": "kWh"}),
         "slope_kwh_per_c": (("occupancy", "bin", "meter"), slope, {"units": "kWh/degC"}),
         "occupied": (("hour_of_week", "meter"), occupied.astype("int8")),
         "hours": ("meter", valid.sum(axis=0)), "parameters": ("meter", free)},
        coords={"meter": load_kwh.meter, "hour_of_week": np.arange(units.HOURS_PER_WEEK),
                "occupancy": [0, 1], "bin": parts.bin.values}, attrs={"model": model})


def _refuse_empty_hours(hours: np.ndarray, meters: np.ndarray) -> None:
    empty = [str(meter) for meter in meters[(hours == 0).any(axis=0)]]
    if empty:
        raise ValueError(f"energy: {', '.join(empty)}: some hour of the week never has both a reading and an "
                         "outdoor temperature; supply such hours, or leave the meter out of the baseline")


def _occupied(load: np.ndarray, valid: np.ndarray, outdoor_c: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return whether each hour of the week is occupied (hour_of_week, meter), by the LBNL rule."""
    degree = np.stack([np.ones_like(outdoor_c), np.maximum(units.celsius(HEATING_BELOW_F) - outdoor_c, 0),
                       np.maximum(outdoor_c - units.celsius(COOLING_ABOVE_F), 0)], axis=1)
    gram = (valid.T @ _squares(degree)).reshape(-1, 3, 3)
    inverse = np.linalg.pinv(gram, rcond=RANK_TOLERANCE, hermitian=True)
    expected = degree @ (inverse @ (load.T @ degree)[..., None])[..., 0].T
    hours, above = (_sums(each, degree[:, :1], rows)[..., 0] for each in (valid, valid & (load > expected)))
    return above > OCCUPIED_SHARE * hours


def _solve(load: np.ndarray, valid: np.ndarray, parts: np.ndarray, rows: np.ndarray, occupied: np.ndarray
           ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return level (group, meter), slope (occupancy, bin, meter) and number of free parameters (meter).

    Frisch-Waugh: subtracting each group's means removes its level. What is left splits by occupancy, since
    occupancy is constant within a group: two small systems per meter, all solved in one batch.
    """
    bins, one = parts.shape[1], np.ones((len(parts), 1))
    mean_load, mean_parts = load.sum(axis=0) / valid.sum(axis=0), parts.mean(axis=0)
    centred = parts - mean_parts
    columns = np.hstack([one, centred, _squares(centred), _in_bin(parts)])
    count, x, xx, in_bin = np.split(_sums(valid, columns, rows), np.cumsum([1, bins, bins**2]), axis=2)
    y, xy = np.split(_sums((load - mean_load) * valid, np.hstack([one, centred]), rows), [1], axis=2)
    xx = xx.reshape(*xx.shape[:2], bins, bins) - x[..., None] * (x / count)[..., None, :]
    xy = xy - x * y / count
    states = np.stack([~occupied, occupied]).astype(float)
    slope, rank = _slopes(*(np.einsum("sgm,gm...->sm...", states, each) for each in (xx, xy, in_bin)))
    own = np.where(occupied[..., None], slope[1], slope[0])  # group, meter, bin
    level = mean_load + (y[..., 0] - (x * own).sum(axis=2)) / count[..., 0] - own @ mean_parts
    return level, np.ascontiguousarray(slope.swapaxes(1, 2)), len(rows) + rank


def _slopes(xx: np.ndarray, xy: np.ndarray, in_bin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return slope (occupancy, meter, bin) of the normal equations xx slope = xy, and their rank (meter)."""
    merge = _merged(in_bin)
    across = merge.swapaxes(-1, -2)
    xx = across @ xx @ merge
    inverse = np.linalg.pinv(xx, rcond=RANK_TOLERANCE, hermitian=True)
    rank = np.linalg.matrix_rank(xx, rtol=RANK_TOLERANCE, hermitian=True).sum(axis=0)
    return (merge @ inverse @ across @ xy[..., None])[..., 0], rank


def _squares(columns: np.ndarray) -> np.ndarray:
    """Return the products of every two columns, row by row (time, column x column)."""
    return (columns[:, :, None] * columns[:, None, :]).reshape(len(columns), -1)


def _rows_by_group(group: np.ndarray, groups: int) -> np.ndarray:
    """Return the positions of each group's hours (group, n-th hour), padded with -1."""
    order, size = np.argsort(group, kind="stable"), np.bincount(group, minlength=groups)
    rows = np.full((groups, size.max()), -1)
    rows[group[order], np.arange(len(group)) - np.repeat(size.cumsum() - size, size)] = order
    return rows


def _sums(weight: np.ndarray, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return sums over each group's hours of weight (time, meter) x columns (time, j): group, meter, j."""
    weight, columns = (np.vstack([each, np.zeros_like(each[:1])])[rows] for each in (weight, columns))
    return weight.swapaxes(1, 2).astype(float) @ columns


def _in_bin(parts: np.ndarray) -> np.ndarray:
    """Return 1 in the bin of each hour's temperature (time, bin): the warmest bin with a part above zero."""
    return np.eye(parts.shape[1])[(parts[:, 1:] > 0).sum(axis=1)]


def _merged(hours: np.ndarray) -> np.ndarray:
    """Return the 0/1 map (..., bin, merged bin): from the coldest on, a thin bin joins the next."""
    target = np.zeros(hours.shape, int)
    held, merged = np.zeros(hours.shape[:-1]), np.zeros(hours.shape[:-1], int)
    for warmer in range(hours.shape[-1]):
        target[..., warmer] = merged
        held = held + hours[..., warmer]
        full = held >= THIN_BIN_HOURS
        merged, held = merged + full, np.where(full, 0, held)
    last = np.maximum(merged - 1, 0)[..., None]  # what stays thin at the warm end joins the bin before
    return (np.minimum(target, last)[..., None] == np.arange(hours.shape[-1])).astype(float)


def predict(model: xr.Dataset, outdoor_c: xr.DataArray) -> xr.DataArray:
    """Return the energy the model expects at each hour [kWh] (time, meter), from weather and hour of week."""
    parts = piecewise(outdoor_c, model.attrs["model"])
    at = model.isel(hour_of_week=xr.DataArray(outdoor_c.hour_of_week.values, dims="time"))
    weather_kwh = xr.dot(parts, model.slope_kwh_per_c, dim="bin")
    own_kwh = xr.where(at.occupied == 1, weather_kwh.sel(occupancy=1), weather_kwh.sel(occupancy=0))
    predicted = (at.level_kwh + own_kwh).drop_vars(("hour_of_week", "occupancy"), errors="ignore")
    return (predicted.transpose("time", "meter").assign_coords(outdoor_c.coords).rename("predicted_kwh")
            .assign_attrs(units="kWh", long_name="energy expected by the baseline model"))


def held_out(load_kwh: xr.DataArray, outdoor_c: xr.DataArray, model: str = "towt") -> xr.DataArray:
    """Return the energy expected at each hour by a fit that did not see the hour's month [kWh] (time, meter).

    Each local month of the base year is predicted by a fit on all the others, weather and all.
    """
    month = load_kwh.local_month
    pieces = [predict(fit(load_kwh.where(month != left_out), outdoor_c, model),
                      outdoor_c.isel(time=month.values == left_out)) for left_out in np.unique(month)]
    return xr.concat(pieces, dim="time").sortby("time").rename("held_out_kwh")


def fit_statistics(load_kwh: xr.DataArray, predicted_kwh: xr.DataArray,
                   parameters: xr.DataArray | int) -> xr.Dataset:
    """Return how well predictions of one year meet the meter, per meter; shares, 0.1 = 10 %.

    `cv_rmse` = sqrt(sum (y - yhat)^2 / (n - p)) / mean y; `nmbe` = sum (y - yhat) / ((n - p) mean y),
    positive where the meter read more than the model; `r2`; `autocorrelation` of residuals at one hour;
    `effective_hours` = n (1 - rho) / (1 + rho); `monthly_cv_rmse` and `monthly_nmbe` of monthly sums, p = 1.
    ASHRAE Guideline 14 (clause not read). Pass 0 parameters for a year the model has not seen. On the year
    of the fit, least squares makes `nmbe` zero: there it proves nothing.
    """
    error = load_kwh - predicted_kwh
    metered = load_kwh.where(error.notnull())
    hours, mean_kwh, squares = error.notnull().sum("time"), metered.mean("time"), (error**2).sum("time")
    rho = (error * error.shift(time=1)).sum("time") / squares
    month_error, month_kwh = (each.groupby("local_month").sum() for each in (error, metered))
    months_free = month_error.sizes["local_month"] - 1
    month_mean_kwh = month_kwh.mean("local_month")
    return xr.Dataset({
        "hours": hours, "parameters": hours * 0 + parameters,
        "r2": 1 - squares / ((metered - mean_kwh)**2).sum("time"),
        "cv_rmse": np.sqrt(squares / (hours - parameters)) / mean_kwh,
        "nmbe": error.sum("time") / ((hours - parameters) * mean_kwh),
        "monthly_cv_rmse": np.sqrt((month_error**2).sum("local_month") / months_free) / month_mean_kwh,
        "monthly_nmbe": error.sum("time") / (months_free * month_mean_kwh),
        "autocorrelation": rho, "effective_hours": hours * (1 - rho) / (1 + rho)})


def savings(load_kwh: xr.DataArray, predicted_kwh: xr.DataArray) -> pd.DataFrame:
    """Return avoided energy per meter: meter, hours, predicted_kwh, metered_kwh, savings_kwh.

    Prediction minus meter (IPMVP's avoided energy use; clause not read), over the hours that have both: a gap
    saves nothing. It is a counterfactual and enters no inventory.
    """
    both = load_kwh.notnull() & predicted_kwh.notnull()
    sums = xr.Dataset({"hours": both.sum("time"), "predicted_kwh": predicted_kwh.where(both).sum("time"),
                       "metered_kwh": load_kwh.where(both).sum("time")})
    table = sums.to_dataframe().reset_index()[["meter", "hours", "predicted_kwh", "metered_kwh"]]
    return table.assign(savings_kwh=table.predicted_kwh - table.metered_kwh)


def by_end_use(table: pd.DataFrame, whole: str = "main") -> pd.DataFrame:
    """Return the savings of each end use and of the `unexplained` rest, together the whole meter's [kWh].

    The rest is what the main meter shows and no end use does: uses without a meter, meter errors, and what
    the models of the parts and of the whole disagree on. Fill gaps first, else they land in the rest too.
    Raises ValueError where the table has no row of the whole meter.

    >>> table = pd.DataFrame({"meter": ["main", "cooling"], "predicted_kwh": [9.0, 4.0],
    ...                       "metered_kwh": [7.0, 3.0], "savings_kwh": [2.0, 1.0]})
    >>> by_end_use(table).set_index("meter").savings_kwh.to_dict()
    {'cooling': 1.0, 'unexplained': 1.0}
    """
    by_meter = table.set_index("meter")[["predicted_kwh", "metered_kwh", "savings_kwh"]]
    if whole not in by_meter.index:
        raise ValueError(f"savings: no meter is called '{whole}', only {', '.join(by_meter.index)}; "
                         f"give energy.csv a column {whole}_kwh, the meter of the whole site")
    ends = by_meter.drop(index=whole)
    rest = (by_meter.loc[whole] - ends.sum()).to_frame("unexplained").T
    return pd.concat([ends, rest]).rename_axis("meter").reset_index()
