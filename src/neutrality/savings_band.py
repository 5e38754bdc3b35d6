"""How sure avoided energy is: a band from months the model had not seen, and Guideline 14's formula."""

import numpy as np
import pandas as pd
import xarray as xr

from neutrality import emissions


def student_t(level: float, freedom: float) -> float:
    """Return the t that holds `level` (0-1) of Student's distribution between -t and t.

    With t = sqrt(freedom) tan(angle) the density is cos(angle)^(freedom - 1): summed by the trapezoidal rule.

    >>> round(student_t(0.90, 11), 3), round(student_t(0.95, 1), 2)
    (1.796, 12.71)
    """
    angle = np.linspace(0, np.pi / 2, 20_001)
    density = np.cos(angle) ** (freedom - 1)
    share = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    return float(np.sqrt(freedom) * np.tan(np.interp(level, share / share[-1], angle)))


def band(table: pd.DataFrame, load_base: xr.DataArray, held_out_kwh: xr.DataArray,
         level: float) -> pd.DataFrame:
    """Return the savings table with low_kwh, high_kwh and level: a band for each meter's total savings [kWh].

    half width = t(level, months - 1) x root mean square, over the months of the base year, of the mean hourly
    error of the fit that did not see the month x hours of the reporting period.

    Months err together (a habit, a set point, a laboratory that opens), and one year is too short to say how
    much. So their errors are taken as fully correlated: whatever the correlation, the standard error of a sum
    is at most the sum of the standard errors. Averaging them out (independent months, or Guideline 14's
    effective hours) gives bands that real meters leave far too often: tests/benchmarks/bench_baseline.py
    measures it, on the same buildings on which this way was chosen among several. t with months - 1 degrees
    of freedom is a choice too. A change between base and reporting year that is no measure (other people,
    other equipment) cannot be seen inside one year: it is covered only as far as months differ alike, and
    else belongs in an adjustment with evidence.
    `table` comes from `baseline.savings`, `held_out_kwh` from `baseline.held_out`.
    """
    month_error = (load_base - held_out_kwh).groupby("local_month").mean()
    typical_kwh_per_h = np.sqrt((month_error**2).mean("local_month")).to_series()
    t = student_t(level, month_error.sizes["local_month"] - 1)
    half_kwh = t * table["meter"].map(typical_kwh_per_h) * table["hours"]
    return table.assign(low_kwh=table["savings_kwh"] - half_kwh, high_kwh=table["savings_kwh"] + half_kwh,
                        level=level)


def fsu(savings_share: float, cv_rmse: float, hours: float, effective_hours: float, reporting_hours: float,
        level: float) -> float:
    """Return the half width of savings as a share of them, by ASHRAE Guideline 14's formula: a label only.

    t x 1.26 x (CV / F) x sqrt[(n / n') (1 + 2 / n') / m]. Touzani et al. 2019 find that it understates the
    uncertainty of hourly models; what the report states is `band`.

    >>> round(fsu(0.10, cv_rmse=0.20, hours=8760, effective_hours=438, reporting_hours=8760, level=0.90), 3)
    0.199
    """
    spread = np.sqrt(hours / effective_hours * (1 + 2 / effective_hours) / reporting_hours)
    allowance = emissions.coefficient("fsu_const")
    return float(student_t(level, effective_hours) * allowance * cv_rmse / savings_share * spread)
