"""The weather response of bills by calendar month: change-point degree-day models.

A bill of a month's use is `base x days + slopes x degree days` of its days, with balance points and
the kind of response (none, heating, cooling, both) chosen by the corrected information criterion.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

NO_WEATHER = "degree_days_none"
# The terms of each kind; one without a base load is for use that stops with its season.
KINDS = {
    NO_WEATHER: ("days",),
    "degree_days_heating_only": ("heating",),
    "degree_days_cooling_only": ("cooling",),
    "degree_days_heating": ("days", "heating"),
    "degree_days_cooling": ("days", "cooling"),
    "degree_days_both": ("days", "heating", "cooling"),
}
# Balance points tried [°C]: from a well insulated, full building to one that is hardly insulated.
_BALANCE_C = {"heating": np.arange(8.0, 22.5, 0.5), "cooling": np.arange(14.0, 26.5, 0.5)}
LEAST_MONTHS = 5  # the least for which the criterion is defined with a slope and a balance point
_EXACT = 1e-12  # share of the squared amounts below which residuals are rounding
_CLOSE = 1e-9  # likewise for a coefficient that may not be negative


@dataclass(frozen=True)
class Fit:
    """A fitted model: its kind, balance points [°C] (NaN where it has none), and coefficients, in
    the order of KINDS: amount a day, amount a degree day.
    """

    kind: str
    heating_c: float
    cooling_c: float
    coefficients: tuple[float, ...]


def degree_days(
    periods: pd.DataFrame, outdoor_day_c: pd.Series, balance_c: float | np.ndarray
) -> np.ndarray:
    """Return the cooling degree days above a balance point in each period (n,) [°C day]; (g, n) for
    g balance points.

    `periods` has start and end (the day after the last); `outdoor_day_c` is the mean outdoor
    temperature by local day. Heating degree days are those of both with the sign reversed.

    >>> days = pd.Series([20.0, 10.0], pd.to_datetime(["2025-01-01", "2025-01-02"]))
    >>> january = pd.DataFrame({"start": days.index[:1], "end": pd.to_datetime(["2025-01-03"])})
    >>> degree_days(january, days, 15.0).tolist(), degree_days(january, -days, -15.0).tolist()
    ([5.0], [5.0])
    """
    days, outdoor_c = outdoor_day_c.index.to_numpy(), outdoor_day_c.to_numpy(float)
    above = np.maximum(outdoor_c - np.expand_dims(balance_c, -1), 0.0).cumsum(axis=-1)
    above = np.insert(above, 0, 0.0, axis=-1)
    start, end = (np.searchsorted(days, periods[at].to_numpy()) for at in ("start", "end"))
    return above[..., end] - above[..., start]


def fit(periods: pd.DataFrame, outdoor_day_c: pd.Series) -> Fit:
    """Return the model of a source's bills with the least corrected Akaike criterion.

    AICc = n ln(RSS / n) + 2 k + 2 k (k + 1) / (n - k - 1), with n bills and k parameters, balance
    points and variance among them (Hurvich and Tsai 1989). `periods` has start, end, amount. No
    coefficient is negative. Raises ValueError below LEAST_MONTHS bills.
    """
    bills, amounts = len(periods), periods["amount"].to_numpy(float)
    if bills < LEAST_MONTHS:
        raise ValueError(f"{bills} bills are too few for a model; it needs {LEAST_MONTHS}")
    fits = [_least(kind, *_grid(kind, periods, outdoor_day_c), amounts) for kind in KINDS]
    scores = [_criterion(bills, squares, made.kind) for squares, made in fits]
    return fits[int(np.argmin(scores))][1]


def predict(model: Fit, periods: pd.DataFrame, outdoor_day_c: pd.Series) -> np.ndarray:
    """Return the amount that a model expects in each period, in the unit of its bills."""
    balance_c = {"heating": [model.heating_c], "cooling": [model.cooling_c]}
    columns = _columns(KINDS[model.kind], periods, outdoor_day_c, balance_c)[0]
    return columns @ np.array(model.coefficients)


def errors(
    model: Fit, periods: pd.DataFrame, wanted: list[pd.DataFrame], outdoor_day_c: pd.Series
) -> tuple[float, float]:
    """Return two standard errors: of the difference between the sums predicted for the periods
    `wanted[1]` and `wanted[0]`, and of a metered sum of `wanted[1]` around its prediction.

    By the jackknife over the bills (Efron and Stein 1981), balance points fitted again; the second
    adds the scatter of single bills.
    """
    balance_c, columns = _grid(model.kind, periods, outdoor_day_c)
    amounts, bills = periods["amount"].to_numpy(float), np.arange(len(periods))
    fits = [
        _least(model.kind, balance_c, columns[:, bills != each], amounts[bills != each])[1]
        for each in bills
    ]
    sums = np.array(
        [[predict(each, of, outdoor_day_c).sum() for of in wanted] for each in fits], dtype=float
    )
    scatter = _rest(model, periods, outdoor_day_c) * len(wanted[1])
    return _jackknife(sums[:, 1] - sums[:, 0]), float(
        np.hypot(_jackknife(sums[:, 1]), scatter**0.5)
    )


def _jackknife(values: np.ndarray) -> float:
    count = len(values)
    return float(np.sqrt((count - 1) / count * np.sum((values - values.mean()) ** 2)))


def _rest(model: Fit, periods: pd.DataFrame, outdoor_day_c: pd.Series) -> float:
    """Return the variance of a single bill around the model."""
    residual = periods["amount"].to_numpy() - predict(model, periods, outdoor_day_c)
    return float(np.sum(residual**2) / max(len(periods) - _parameters(model.kind) + 1, 1))


def _parameters(kind: str) -> int:
    """Return how many numbers a kind of model is fitted with, variance and balance points too."""
    terms = KINDS[kind]
    return len(terms) + sum(term in _BALANCE_C for term in terms) + 1


def _criterion(bills: int, squares: float, kind: str) -> float:
    parameters = _parameters(kind)
    if bills - parameters - 1 <= 0:
        return np.inf
    small = 2 * parameters * (parameters + 1) / (bills - parameters - 1)
    return bills * np.log(squares / bills) + 2 * parameters + small if squares < np.inf else np.inf


def _columns(
    terms: tuple[str, ...], periods: pd.DataFrame, outdoor_day_c: pd.Series, balance_c: dict
) -> np.ndarray:
    """Return the terms in each period (g, n, terms), for g balance points of each side [°C]."""
    days = (periods["end"] - periods["start"]).dt.days.to_numpy(float)
    count = max((len(balance_c[term]) for term in terms if term in balance_c), default=1)
    made = {"days": np.broadcast_to(days, (count, len(days)))}
    for side, sign in (("heating", -1.0), ("cooling", 1.0)):
        if side in terms:
            points, at = np.unique(balance_c[side], return_inverse=True)
            made[side] = degree_days(periods, sign * outdoor_day_c, sign * points)[at]
    return np.stack([made[term] for term in terms], axis=-1)


def _grid(
    kind: str, periods: pd.DataFrame, outdoor_day_c: pd.Series
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs of balance points that a kind is tried with [°C] (g, 2), NaN for a side that
    it does not have, and its terms in each period (g, n, terms).
    """
    terms = KINDS[kind]
    sides = [_BALANCE_C[side] if side in terms else [np.nan] for side in ("heating", "cooling")]
    pairs = np.array([pair for pair in itertools.product(*sides) if not pair[0] > pair[1]])
    balance_c = dict(zip(("heating", "cooling"), pairs.T, strict=True))
    return pairs, _columns(terms, periods, outdoor_day_c, balance_c)


def _least(
    kind: str, balance_c: np.ndarray, columns: np.ndarray, amounts: np.ndarray
) -> tuple[float, Fit]:
    """Return the least sum of squares over the balance points of `_grid` without a negative
    coefficient, and its model; infinite where every pair has one.
    """
    found = np.linalg.pinv(columns) @ amounts
    squares = np.sum((amounts - np.squeeze(columns @ found[..., None], -1)) ** 2, axis=1)
    negative = (found < -_CLOSE * np.abs(found).max(axis=1, keepdims=True)).any(axis=1)
    best = int(np.argmin(np.where(negative, np.inf, squares)))
    least = np.inf if negative[best] else max(squares[best], _EXACT * (amounts @ amounts) or _EXACT)
    heating_c, cooling_c = balance_c[best].tolist()
    return float(least), Fit(kind, heating_c, cooling_c, tuple(found[best].tolist()))
