"""Avoided energy: by end use, by month and cumulated, and how sure it is.

All of it counterfactual.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from neutrality import sheets
from neutrality.reference import published, units

ENERGY = ["predicted_kwh", "metered_kwh", "savings_kwh"]
DRIFT = "drift_electricity"  # row of the published coefficients; gas has its own
DAYS_PER_WEEK = units.HOURS_PER_WEEK / units.HOURS_PER_DAY


def avoided(load_kwh: xr.DataArray, predicted_kwh: xr.DataArray) -> pd.DataFrame:
    """Return avoided energy per meter: meter, hours, predicted_kwh, metered_kwh, savings_kwh.

    Prediction minus meter (IPMVP's avoided energy use; clause not read), over the hours that have
    both: a gap saves nothing. It is a counterfactual and enters no inventory. Raises ValueError for
    arrays of different hours.
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
    table = pd.DataFrame(
        {
            "meter": load_kwh.meter.values,
            "hours": both.sum(axis=0),
            "predicted_kwh": predicted.sum(axis=0, where=both),
            "metered_kwh": metered.sum(axis=0, where=both),
        }
    )
    return table.assign(savings_kwh=table.predicted_kwh - table.metered_kwh)


def by_end_use(table: pd.DataFrame, whole: str = "main") -> pd.DataFrame:
    """Return the savings of each end use and of the `unexplained` rest, together the whole meter's
    [kWh].

    The rest is what the main meter shows and no end use does: uses without a meter, meter errors,
    and what the models of the parts and of the whole disagree on. Fill gaps first, else they land
    in the rest too. Raises ValueError where the table has no row of the whole meter.

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
    rest = (by_meter.loc[whole] - ends.sum()).to_frame("unexplained").T
    return pd.concat([ends, rest]).rename_axis("meter").reset_index()


def by_month(
    load_kwh: xr.DataArray, predicted_kwh: xr.DataArray, whole: str = "main"
) -> pd.DataFrame:
    """Return month, meter, predicted_kwh, metered_kwh, savings_kwh, cumulative_kwh: end uses, rest
    and whole [kWh].

    `month` is the site's own, 1 to 12; in each the end uses and the rest add up to the whole.
    `cumulative_kwh` is the running sum of savings (CUSUM): a measure that works bends the line, a
    habit that fades bends it back.
    """
    pieces = []
    for month in np.unique(load_kwh.local_month):
        of_month = load_kwh.local_month.values == month
        table = avoided(load_kwh.isel(time=of_month), predicted_kwh.isel(time=of_month))
        of_whole = table.loc[table["meter"] == whole, ["meter", *ENERGY]]
        pieces.append(pd.concat([by_end_use(table, whole), of_whole]).assign(month=month))
    made = pd.concat(pieces, ignore_index=True)
    made["cumulative_kwh"] = made.groupby("meter")["savings_kwh"].cumsum()
    return made[["month", "meter", *ENERGY, "cumulative_kwh"]]


def touching(measures: pd.DataFrame, by_use: pd.DataFrame) -> pd.DataFrame:
    """Return the measures beside the savings of the end use that each touched: its columns and
    savings_kwh.

    Several measures on one end use show the same figure: no meter says which of them did it. NaN
    where the end use has no meter of its own.
    """
    saved = by_use.set_index("meter")["savings_kwh"]
    return measures.assign(savings_kwh=measures["end_use"].map(saved).astype(float))


def student_t(level: float, freedom: float) -> float:
    """Return the t that holds `level` (0-1) of Student's distribution between -t and t.

    With t = sqrt(freedom) tan(angle) the density is cos(angle)^(freedom - 1): summed by the
    trapezoidal rule.

    >>> round(student_t(0.90, 11), 3), round(student_t(0.95, 1), 2)
    (1.796, 12.71)
    """
    angle = np.linspace(0, np.pi / 2, 20_001)
    density = np.cos(angle) ** (freedom - 1)
    share = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    return float(np.sqrt(freedom) * np.tan(np.interp(level, share / share[-1], angle)))


def model_error(
    load_base: xr.DataArray, fitted_kwh: xr.DataArray, half_life_days: float = np.inf
) -> pd.Series:
    """Return the standard error of a year's mean hourly saving that the base year itself shows
    [kWh/h], by meter.

    Hours err together, so weeks stand for them: e^2 = s^2 (1 / N for the weeks predicted + 1 / n
    for the level learnt), with s^2 = half the mean square of successive differences of the weeks'
    mean errors (von Neumann et al. 1941), blind to anything slower, which is drift, and n = (sum
    w)^2 / sum w^2 of the recency weights (Kish).
    """
    error, days = (
        load_base - fitted_kwh,
        (load_base.time - load_base.time[0]) / np.timedelta64(1, "D"),
    )
    weekly = error.groupby((days // DAYS_PER_WEEK).rename("week")).mean()
    square = (weekly.diff("week") ** 2).mean("week") / 2
    weight = 0.5 ** (weekly.week.values[::-1] * DAYS_PER_WEEK / half_life_days)
    learnt = weight.sum() ** 2 / (weight**2).sum()
    return np.sqrt(square * (1 / weekly.sizes["week"] + 1 / learnt)).to_series()


def drift(placebo_share: np.ndarray, model_share: np.ndarray) -> float:
    """Return the standard deviation of a year's drift (0-1) from the placebo savings of buildings
    with no project.

    What the mean square of `placebo_share` has beyond that of `model_share`, the error the model
    admits itself. A building's use of energy changes from year to year for reasons that are no
    measure, and one base year cannot tell by how much.

    >>> round(drift(np.array([0.05, -0.05]), np.array([0.03, 0.03])), 3)
    0.04
    """
    return float(
        np.sqrt(max(np.mean(np.square(placebo_share)) - np.mean(np.square(model_share)), 0))
    )


def band(
    table: pd.DataFrame,
    error_kwh_per_h: pd.Series,
    level: float,
    drift_share: float,
    years: float = 1,
) -> pd.DataFrame:
    """Return the savings table with low_kwh, high_kwh and level: a band for each meter's total
    savings [kWh].

    half width = t(level) x sqrt((model error x hours)^2 + (drift x prediction)^2 x years).

    The model error is `model_error`'s. Drift is the relative change from one year to the next of a
    building to which nothing was done; yearly changes are taken as independent, so that over
    `years` their squares add up. The shipped row of `drift_share` comes from one university's
    estate (reference/coefficients.csv): a building of another kind may drift more. Quantiles are
    Student's with as many degrees of freedom as that row had buildings, less one.
    """
    t = student_t(level, published.coefficient(f"{DRIFT}_buildings") - 1)
    model_kwh = table["meter"].map(error_kwh_per_h) * table["hours"]
    half_kwh = t * np.sqrt(model_kwh**2 + years * (drift_share * table["predicted_kwh"]) ** 2)
    return table.assign(
        low_kwh=table["savings_kwh"] - half_kwh,
        high_kwh=table["savings_kwh"] + half_kwh,
        level=level,
    )


def placebo() -> pd.DataFrame:
    """Return how often each method's band held the truth on placebo buildings: fuel, method,
    buildings, level, covered, covered_percent with the Wilson interval of the same level,
    half_width_percent (median).

    Made by tests/benchmarks/bench_baseline.py, drift by leave-buildings-out; one university's
    estate.
    """
    table = pd.read_csv(sheets.PACKAGE / "reference" / "placebo.csv")
    return table[
        [
            "fuel",
            "method",
            "buildings",
            "level",
            "covered",
            *(c for c in table if c.endswith("_percent")),
        ]
    ]


def placebo_of(fuel: str, method: str) -> pd.Series:
    """Return one row of `placebo`.

    >>> int(placebo_of("electricity", "band").buildings)
    57
    """
    return placebo().set_index(["fuel", "method"]).loc[(fuel, method)]


def formula_kwh(table: pd.DataFrame, fit: xr.Dataset, level: float) -> np.ndarray:
    """Return the half width of each meter's savings by Guideline 14's formula [kWh], from
    `baseline.fit_statistics`.
    """
    fit = fit.sel(meter=table["meter"].values)
    shares = [
        fsu(1.0, *each, level)
        for each in zip(
            fit.cv_rmse.values, fit.hours.values, fit.effective_hours.values, table["hours"]
        )
    ]
    return np.array(shares) * table["predicted_kwh"].to_numpy()


def fsu(
    savings_share: float,
    cv_rmse: float,
    hours: float,
    effective_hours: float,
    reporting_hours: float,
    level: float,
) -> float:
    """Return the half width of savings as a share of them, by ASHRAE Guideline 14's formula: a
    label only.

    t x 1.26 x (CV / F) x sqrt[(n / n') (1 + 2 / n') / m]. Touzani et al. 2019 find that it
    understates the uncertainty of hourly models, and so do the placebo buildings; what the report
    states is `band`.

    >>> round(fsu(0.10, cv_rmse=0.20, hours=8760, effective_hours=438, reporting_hours=8760, level=0.90), 3)
    0.199
    """
    spread = np.sqrt(hours / effective_hours * (1 + 2 / effective_hours) / reporting_hours)
    allowance = published.coefficient("fsu_const")
    return float(student_t(level, effective_hours) * allowance * cv_rmse / savings_share * spread)


def with_band(by_use: pd.DataFrame, by_meter: pd.DataFrame, whole: str = "main") -> pd.DataFrame:
    """Return end uses, unexplained rest and the whole, each with its band where it has a meter.

    Columns of `by_use`, and low_kwh, high_kwh, formula_half_kwh of `by_meter`; NaN for the rest.
    """
    of_whole = by_meter.loc[by_meter["meter"] == whole, by_use.columns]
    bands = by_meter[["meter", "low_kwh", "high_kwh", "formula_half_kwh"]]
    return pd.concat([by_use, of_whole]).merge(bands, on="meter", how="left")
