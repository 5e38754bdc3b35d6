"""The band of a year's saving: how far off a baseline was on buildings that nobody touched.

A placebo building's saving is its baseline's error. Each is measured in units of the error that its
own base year lets expect; the ranks of these scores on other buildings give the width (conformal
prediction; Vovk et al. 2005). No shape of the distribution is assumed, and one wild building moves
the width by one rank.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from neutrality import sheets
from neutrality.reference import published, units

RESOLUTIONS = ("hourly", "daily", "bills")
_NORMAL_MEDIAN = 0.6745  # of the absolute value of a standard normal variable
_WEEK = 7


def drift_row(fuel: str, resolution: str) -> str:
    """Return the id of the published drift; district heat and other fuels take that of gas.

    >>> drift_row("electricity", "hourly"), drift_row("heat", "bills")
    ('drift_electricity', 'drift_gas_bills')
    """
    fuel = fuel if fuel == "electricity" else "gas"
    return f"drift_{fuel}" + ("" if resolution == "hourly" else f"_{resolution}")


def drift(placebo_share: np.ndarray, model_share: np.ndarray) -> float:
    """Return the usual change (0-1) of a building's energy from one year to the next for reasons
    other than weather and measures, from placebo savings (0-1) and the model's errors (0-1).

    It is the standard deviation of a normal distribution with the same median of absolute savings,
    less the model's error, in quadrature: half the buildings may be anything without moving it.

    >>> round(drift(np.array([0.05, -0.05, 9.0]), np.array([0.03, 0.03, 0.03])), 3)
    0.068
    """
    usual = np.median(np.abs(placebo_share)) / _NORMAL_MEDIAN
    return float(np.sqrt(max(usual**2 - np.median(np.square(model_share)), 0)))


def scores(placebo_share: np.ndarray, model_share: np.ndarray, drift_share: float) -> np.ndarray:
    """Return each placebo saving in units of the error expected of it, without sign, ascending."""
    return np.sort(np.abs(placebo_share) / np.hypot(model_share, drift_share))


def quantile(ranked: np.ndarray, level: float) -> float:
    """Return the score that a further building stays under with probability `level` (0-1): of n
    ranked scores that of rank level x (n + 1), between ranks by interpolation.

    Above the rank n nothing was observed; the greatest score is extended by the ratio of Student's
    t at `level` to that at n / (n + 1), n - 1 degrees of freedom.

    >>> quantile(np.arange(1.0, 20.0), 0.90)
    18.0
    """
    count = len(ranked)
    rank = level * (count + 1)
    if rank <= count:
        return float(np.interp(rank, np.arange(count + 1), np.append(0.0, ranked)))
    seen = student_t(count / (count + 1), count - 1)
    return float(ranked[-1] * student_t(level, count - 1) / seen)


def published_scores(resolution: str) -> np.ndarray:
    """Return the ranked scores of the placebo buildings at one of RESOLUTIONS, of all fuels: each
    is in units of its own fuel's drift, and a few buildings alone would not show the tail.

    >>> len(published_scores("hourly"))
    70
    """
    table = sheets.packaged("reference/placebo_scores.csv")
    return np.sort(table.loc[table["resolution"] == resolution, "score"].to_numpy(float))


def student_t(level: float, freedom: float) -> float:
    """Return the two-sided quantile of Student's t distribution: the t with a probability `level`
    (0-1) between -t and t, for `freedom` degrees of freedom.

    With t = sqrt(freedom) tan(angle) the density is cos(angle)^(freedom - 1), integrated by the
    trapezoidal rule.

    >>> round(student_t(0.90, 11), 3), round(student_t(0.95, 1), 2)
    (1.796, 12.71)
    """
    angle = np.linspace(0, np.pi / 2, 20_001)
    density = np.cos(angle) ** (freedom - 1)
    share = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    return float(np.sqrt(freedom) * np.tan(np.interp(level, share / share[-1], angle)))


def coverage() -> pd.DataFrame:
    """Return how many placebo buildings the band of days and of bills covers, each building's width
    from all others: fuel, resolution, buildings, level (0-1), covered, and covered_percent with its
    Wilson interval and the median half_width_percent.

    >>> int(coverage().set_index(["fuel", "resolution"]).buildings["gas", "bills"])
    13
    """
    table = sheets.packaged("reference/placebo_periods.csv")
    text = ["fuel", "resolution"]
    numbers = [name for name in table if name not in (*text, "year", "status", "source")]
    return table[[*text, *numbers]].astype(dict.fromkeys(numbers, float))


def half_share(
    model_share: np.ndarray,
    level: float,
    fuel: str = "electricity",
    resolution: str = "hourly",
    years: float = 1,
    outside_share: float = 0.0,
    drift_share: float | None = None,
) -> np.ndarray:
    """Return the half width of a saving's band as a share of the predicted energy (0-1).

    quantile(level) x sqrt(model error^2 + drift^2 x years) + outside share: the degree-days outside
    the weather that the model learnt (`day_weather.outside_share`, 0-1) may have cost anything.
    `drift_share` (0-1) replaces the published drift.
    """
    if drift_share is None:
        drift_share = published.coefficient(drift_row(fuel, resolution)) / units.PERCENT
    width = quantile(published_scores(resolution), level)
    return width * np.sqrt(np.square(model_share) + years * drift_share**2) + outside_share


def model_error(model: xr.Dataset, half_life_days: float | None = None) -> pd.Series:
    """Return the standard error of a year's mean daily saving [kWh/d] by meter, for a model of
    `degree_days.fit`.

    As `savings.model_error`, of the errors of left-out readings: by bill, and of days by week, for
    errors of neighbouring days are correlated. The variance is half the mean square of successive
    differences, which excludes slower changes.
    """
    half_life_days = model.half_life_days if half_life_days is None else half_life_days
    days = np.broadcast_to(
        model.period_days.transpose("period", ...).values.reshape(model.sizes["period"], -1),
        model.left_out_kwh.shape,
    )
    error = model.left_out_kwh.values / np.where(days > 0, days, np.nan)
    length = float(np.nanmedian(days))
    block = max(1, round(_WEEK / length)) if length < _WEEK else 1
    blocks = pd.DataFrame(error).groupby(np.arange(len(error)) // block).mean()
    variance = (blocks.diff() ** 2).mean() / 2
    count = blocks.notna().sum()
    age = np.arange(len(blocks))[::-1] * block * length
    weight = 0.5 ** (age / half_life_days)
    fitted = weight.sum() ** 2 / (weight**2).sum()
    per_day = np.sqrt(variance * (1 / count + 1 / fitted))
    return pd.Series(per_day.to_numpy(), model.meter.values)
