"""Avoided energy by end use, by month and cumulative, and its uncertainty.

All of it is counterfactual and enters no inventory.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from neutrality import sheets
from neutrality.energy import bands, meters
from neutrality.reference import published, units

ENERGY = ["predicted_kwh", "metered_kwh", "savings_kwh"]
DRIFT = "drift_electricity"  # row of the published coefficients; gas has its own
_COUNTS = ("buildings", "covered")
_DAYS_PER_WEEK = units.HOURS_PER_WEEK / units.HOURS_PER_DAY


def avoided(load_kwh: xr.DataArray, predicted_kwh: xr.DataArray) -> pd.DataFrame:
    """Return avoided energy per meter: meter, hours [h], predicted_kwh, metered_kwh, savings_kwh
    [kWh], from load and prediction (time, meter) [kWh].

    Prediction minus meter (IPMVP's avoided energy use; clause not read), summed over the hours that
    have both: a gap counts as no saving. Raises ValueError for arrays of different hours.
    """
    if not load_kwh.time.equals(predicted_kwh.time):
        raise ValueError(
            "savings: load and prediction have different hours; predict the hours that were metered"
        )
    if not load_kwh.meter.equals(predicted_kwh.meter):
        predicted_kwh = predicted_kwh.sel(meter=load_kwh.meter)
    metered, predicted = (
        each.transpose("time", "meter").values for each in (load_kwh, predicted_kwh)
    )
    both = np.isfinite(metered) & np.isfinite(predicted)
    hours = meters.count(both)
    if (hours < len(both)).any():
        metered, predicted = (np.where(both, each, 0.0) for each in (metered, predicted))
    table = pd.DataFrame(
        {
            "meter": load_kwh.meter.values,
            "hours": hours,
            "predicted_kwh": predicted.sum(axis=0),
            "metered_kwh": metered.sum(axis=0),
        }
    )
    return table.assign(savings_kwh=table.predicted_kwh - table.metered_kwh)


def by_end_use(table: pd.DataFrame, whole: str = "main") -> pd.DataFrame:
    """Return meter, predicted_kwh, metered_kwh, savings_kwh [kWh] of each end use and of
    `unexplained`; together they are those of the meter `whole` in a table of `avoided`.

    Without any meter of an end use there are no rows: the rest would be the whole again.

    Unexplained is the whole meter less all end uses: uses without a meter, meter errors, and
    differences between the models of the parts and of the whole. Fill gaps first, else they are in
    it too. Raises ValueError where the table has no row of the whole meter.

    >>> table = pd.DataFrame({"meter": ["main", "cooling"], "predicted_kwh": [9.0, 4.0],
    ...                       "metered_kwh": [7.0, 3.0], "savings_kwh": [2.0, 1.0]})
    >>> by_end_use(table).set_index("meter").savings_kwh.to_dict()
    {'cooling': 1.0, 'unexplained': 1.0}
    """
    by_meter = table.set_index("meter")[ENERGY]
    if whole not in by_meter.index:
        raise ValueError(
            f"savings: no meter is called '{whole}', only {', '.join(by_meter.index)}; "
            f"give energy.csv a column {whole}_kwh, the meter of the whole site"
        )
    ends = by_meter.drop(index=whole)
    if ends.empty:
        return ends.rename_axis("meter").reset_index()
    rest = (by_meter.loc[whole] - ends.sum()).to_frame("unexplained").T
    return pd.concat([ends, rest]).rename_axis("meter").reset_index()


def by_month(
    load_kwh: xr.DataArray, predicted_kwh: xr.DataArray, whole: str = "main"
) -> pd.DataFrame:
    """Return month, meter, predicted_kwh, metered_kwh, savings_kwh, cumulative_kwh [kWh] of end
    uses, `unexplained` and the meter `whole`, from load and prediction (time, meter) [kWh].

    `month` is local, 1 to 12; in each, end uses and unexplained add up to the whole.
    `cumulative_kwh` is the running sum of savings (CUSUM): its slope changes where a measure starts
    or stops working. Raises ValueError as `avoided` and `by_end_use` do.
    """
    pieces = []
    for month in np.unique(load_kwh.local_month):
        of_month = load_kwh.local_month.values == month
        by_meter = avoided(load_kwh.isel(time=of_month), predicted_kwh.isel(time=of_month))
        of_whole = by_meter.loc[by_meter["meter"] == whole, ["meter", *ENERGY]]
        pieces.append(pd.concat([by_end_use(by_meter, whole), of_whole]).assign(month=month))
    table = pd.concat(pieces, ignore_index=True)
    table["cumulative_kwh"] = table.groupby("meter")["savings_kwh"].cumsum()
    return table[["month", "meter", *ENERGY, "cumulative_kwh"]]


def measures_by_end_use(measures: pd.DataFrame, by_use: pd.DataFrame) -> pd.DataFrame:
    """Return the table measures with savings_kwh [kWh], the savings in `by_use` of each measure's
    end use.

    Measures of one end use all show its total, since no meter separates them. NaN where the end use
    has no meter.
    """
    saved = by_use.set_index("meter")["savings_kwh"]
    return measures.assign(savings_kwh=measures["end_use"].map(saved).astype(float))


def model_error(
    load_base: xr.DataArray,
    fitted_kwh: xr.DataArray,
    half_life_days: float | np.ndarray = np.inf,
) -> pd.Series:
    """Return the standard error of a year's mean hourly saving [kWh/h] by meter, as estimated from
    the base year's load and fitted_kwh (time, meter) [kWh].

    Errors of neighbouring hours are correlated, so weekly means are used: e^2 = s^2 (1 / N + 1 /
    n). s^2 is half the mean square of successive differences of the weekly mean errors (von Neumann
    et al. 1941), which excludes slower changes: these are drift. N is the number of weeks
    predicted; n = (sum w)^2 / sum w^2 is the effective number of weeks fitted, with the recency
    weights w of `half_life_days` (Kish), one for all or one a meter.
    """
    error = (load_base - fitted_kwh).transpose("time", "meter")
    days = (error.time - error.time[0]).values / np.timedelta64(1, "D")
    week, starts = np.unique(days // _DAYS_PER_WEEK, return_index=True)
    known = np.isfinite(error.values)
    values = error.values if known.all() else np.where(known, error.values, 0.0)
    weeks, hours = (np.split(each, starts[1:]) for each in (values, known))
    with np.errstate(invalid="ignore"):  # a week without any reading has no error
        weekly = np.stack([each.sum(axis=0) for each in weeks])
        weekly /= np.stack([meters.count(each) for each in hours])
        steps = np.diff(weekly, axis=0) ** 2
        variance = np.nansum(steps, axis=0) / np.isfinite(steps).sum(axis=0) / 2
    half_lives, kind = np.unique(half_life_days, return_inverse=True)
    weights = [0.5 ** (week[::-1] * _DAYS_PER_WEEK / each) for each in half_lives]
    fitted = np.array([each.sum() ** 2 / (each**2).sum() for each in weights])
    spread = np.sqrt(variance * (1 / len(week) + 1 / fitted[kind]))
    return pd.Series(spread, pd.Index(error.meter.values, name="meter"))


def band(
    table: pd.DataFrame,
    error_kwh_per_h: pd.Series,
    level: float,
    drift_share: float,
    years: float = 1,
) -> pd.DataFrame:
    """Return the table of `avoided` with low_kwh, high_kwh [kWh] and level (0-1): a band for each
    meter's total savings.

    half width = q(level) x sqrt((model error x hours)^2 + (drift x prediction)^2 x years).

    `error_kwh_per_h` is of `model_error`. `drift_share` is the usual relative change from one year
    to the next of a building without any project (0-1); yearly changes are assumed independent, so
    that their squares add up over `years`. The published row comes from
    one university's estate (reference/coefficients.csv): a building of another kind may drift more.
    q is the quantile of those buildings' own errors in the same units (`bands.quantile`).
    """
    q = bands.quantile(bands.published_scores("hourly"), level)
    model_kwh = table["meter"].map(error_kwh_per_h) * table["hours"]
    half_kwh = q * np.sqrt(model_kwh**2 + years * (drift_share * table["predicted_kwh"]) ** 2)
    return table.assign(
        low_kwh=table["savings_kwh"] - half_kwh,
        high_kwh=table["savings_kwh"] + half_kwh,
        level=level,
    )


def placebo_coverage() -> pd.DataFrame:
    """Return the coverage of each method's band on buildings without any project, where the true
    savings are zero: fuel, method, buildings, level (0-1), covered (buildings), covered_percent
    with its Wilson interval of the same level, and the median half_width_percent.

    Computed by tests/benchmarks/bench_baseline.py on one university's estate, each building's drift
    from all the others.
    """
    table = sheets.packaged("reference/placebo.csv")
    percents = [column for column in table if column.endswith("_percent")]
    numbers = dict.fromkeys(["level", *percents], float) | dict.fromkeys(_COUNTS, int)
    return table[["fuel", "method", "buildings", "level", "covered", *percents]].astype(numbers)


def placebo_row(fuel: str, method: str) -> pd.Series:
    """Return the row of `placebo_coverage` of one fuel and method.

    >>> int(placebo_row("electricity", "band").buildings)
    57
    """
    return placebo_coverage().set_index(["fuel", "method"]).loc[(fuel, method)]


def formula_half_kwh(table: pd.DataFrame, fit: xr.Dataset, level: float) -> np.ndarray:
    """Return the half width of each meter's savings [kWh] by the formula of ASHRAE Guideline 14, in
    the order of a table of `avoided`; `fit` is of `baseline.fit_statistics` on the base year.
    """
    fit = fit.sel(meter=table["meter"].values)
    columns = (fit.cv_rmse.values, fit.hours.values, fit.effective_hours.values, table["hours"])
    shares = [fractional_uncertainty(1.0, *row, level) for row in zip(*columns, strict=True)]
    return np.array(shares) * table["predicted_kwh"].to_numpy()


def fractional_uncertainty(
    savings_share: float,
    cv_rmse: float,
    hours: float,
    effective_hours: float,
    reporting_hours: float,
    level: float,
) -> float:
    """Return the half width of savings as a share of them (0-1) by the formula of ASHRAE Guideline
    14, for comparison only.

    t x 1.26 x (CV / F) x sqrt[(n / n') (1 + 2 / n') / m], with F the savings as a share of the
    prediction, n the hours of the base year, n' the effective ones and m the reporting hours.
    Touzani et al. 2019 find that it understates the uncertainty of hourly models, as
    `placebo_coverage` does; the report states `band`.

    >>> year = 8760
    >>> round(fractional_uncertainty(0.10, 0.20, year, year / 20, year, level=0.90), 3)
    0.199
    """
    spread = np.sqrt(hours / effective_hours * (1 + 2 / effective_hours) / reporting_hours)
    allowance = published.coefficient("fsu_const")
    return float(
        bands.student_t(level, effective_hours) * allowance * cv_rmse / savings_share * spread
    )


def with_band(by_use: pd.DataFrame, by_meter: pd.DataFrame, whole: str = "main") -> pd.DataFrame:
    """Return end uses, unexplained rest and the whole, each with its band where it has a meter.

    Columns of `by_use`, and low_kwh, high_kwh, formula_half_kwh of `by_meter`; NaN for the rest.
    """
    of_whole = by_meter.loc[by_meter["meter"] == whole, by_use.columns]
    bands = by_meter[["meter", "low_kwh", "high_kwh", "formula_half_kwh"]]
    return pd.concat([by_use, of_whole]).merge(bands, on="meter", how="left")
