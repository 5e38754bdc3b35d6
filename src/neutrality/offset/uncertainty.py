"""Uncertainty of the residual: seeded Monte Carlo draws, and error propagation for comparison.

The model is three plain tables: sources (source, t_co2e), inputs (input,
relative_standard_uncertainty) and terms (source, input, acts, weight), one row for each source that
an input acts on. An input shared by several sources is one input: its draw changes all of them.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from statistics import NormalDist

import numpy as np
import pandas as pd
import xarray as xr

from neutrality.reference import units

AMOUNT, FACTOR = "amount", "factor"
_BLOCK = 4096  # [draws] computed at a time: memory does not grow with draws times inputs
# Limits as a rectangular distribution: standard uncertainty = half width / sqrt(3), JCGM 100 (GUM).
_RECTANGULAR = math.sqrt(3)


def meter_class_uncertainty(limit_percent: float) -> float:
    """Return the relative standard uncertainty (0-1) of a meter from the error limit of its class
    [%].

    >>> round(meter_class_uncertainty(0.5), 5)
    0.00289
    """
    return limit_percent / units.PERCENT / _RECTANGULAR


def residual_draws(
    sources: pd.DataFrame, inputs: pd.DataFrame, terms: pd.DataFrame, draws: int, seed: int
) -> xr.DataArray:
    """Return draws of each source's residual [tCO2e], a DataArray(draw, source).

    Every input is a lognormal multiplier with mean 1, so that the stated tonnes are the mean and no
    draw is below zero. t = max(t_co2e + sum of amount terms: weight [t] x (multiplier - 1), 0) x (1
    + sum of factor terms: weight (0-1) x (multiplier - 1)). Each input has a random stream of its
    own, seeded by its name: another input, or another order, changes no draw of the others. Raises
    ValueError for unusable sources, inputs or terms.
    """
    values = np.empty((len(sources), draws))
    for at, _, tonnes in _draw_blocks(sources, inputs, terms, draws, seed):
        values[:, at] = tonnes
    return xr.DataArray(
        values.T,
        dims=("draw", "source"),
        coords={"draw": np.arange(draws), "source": sources["source"].to_list()},
        name="residual_t",
        attrs={"units": "t", "long_name": "residual emission in CO2 equivalent"},
    )


def totals(
    sources: pd.DataFrame, inputs: pd.DataFrame, terms: pd.DataFrame, draws: int, seed: int
) -> tuple[np.ndarray, pd.Series]:
    """Return the drawn totals [tCO2e] and each input's share (0-1) of their variance, largest
    first.

    The share is the squared correlation of the input with the total, scaled to sum to one; for
    independent inputs it equals the share by error propagation. Memory holds one block of draws.
    """
    stated_t = sources["t_co2e"].sum()
    total, sums = np.empty(draws), np.zeros((3, len(inputs)))
    for at, multipliers, tonnes in _draw_blocks(sources, inputs, terms, draws, seed):
        total[at] = tonnes.sum(axis=0)
        # Deviations from the stated values, for numerical precision.
        input_deviation, total_deviation = multipliers - 1, total[at] - stated_t
        sums += np.stack(
            [
                input_deviation.sum(axis=1),
                (input_deviation**2).sum(axis=1),
                input_deviation @ total_deviation,
            ]
        )
    mean, square, product = sums / draws
    variance = square - mean**2
    covariance = product - mean * (total.mean() - stated_t)
    explained = np.divide(covariance**2, variance, out=np.zeros(len(inputs)), where=variance > 0)
    return total, _variance_shares(inputs, explained)


def propagated(
    sources: pd.DataFrame, inputs: pd.DataFrame, terms: pd.DataFrame
) -> tuple[float, pd.Series]:
    """Return the standard uncertainty of the total [tCO2e] by error propagation, and each input's
    share (0-1) of its variance.

    IPCC approach 1, clause not read: the root of the sum of squares of sensitivity x relative
    standard uncertainty. It treats the residual as linear and ignores the floor at zero.

    >>> names = ["a", "b"]
    >>> sources = pd.DataFrame({"source": names, "t_co2e": [30.0, 40.0]})
    >>> inputs = pd.DataFrame({"input": names, "relative_standard_uncertainty": [0.1, 0.1]})
    >>> terms = pd.DataFrame({"source": names, "input": names})
    >>> terms = terms.assign(acts="amount", weight=[30.0, 40.0])
    >>> round(propagated(sources, inputs, terms)[0], 9)
    5.0
    """
    _refuse(sources, inputs, terms)
    stated = terms["source"].map(sources.set_index("source")["t_co2e"])
    tonnes = terms["weight"].where(terms["acts"] == AMOUNT, terms["weight"] * stated)
    sensitivity_t = (
        tonnes.groupby(terms["input"]).sum().reindex(inputs["input"]).fillna(0.0).to_numpy()
    )
    squares = (sensitivity_t * inputs["relative_standard_uncertainty"].to_numpy()) ** 2
    return float(np.sqrt(squares.sum())), _variance_shares(inputs, squares)


def quantile(total: np.ndarray, level: float) -> float:
    """Return the smallest drawn total that at least the share `level` of the draws does not exceed
    [tCO2e].

    >>> quantile(np.array([1.0, 2.0, 3.0, 4.0]), 0.75)
    3.0
    """
    return float(np.quantile(total, level, method="inverted_cdf"))


def quantile_range(
    total: np.ndarray, level: float, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the interval that contains the true quantile with `confidence` [tCO2e]: the Monte
    Carlo error, from order statistics.

    >>> quantile_range(np.arange(10_001.0), 0.5)
    (4902.0, 5098.0)
    """
    half = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(level * (1 - level) / len(total))
    return quantile(total, max(level - half, 0.0)), quantile(total, min(level + half, 1.0))


def _variance_shares(inputs: pd.DataFrame, squares: np.ndarray) -> pd.Series:
    shares = pd.Series(
        squares / (squares.sum() or 1.0), index=inputs["input"].to_list(), name="variance_share"
    )
    return shares.sort_values(ascending=False, kind="stable")


def _draw_blocks(
    sources: pd.DataFrame, inputs: pd.DataFrame, terms: pd.DataFrame, draws: int, seed: int
) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Yield slice, multipliers (input, draw) and tonnes (source, draw) of each block of draws."""
    _refuse(sources, inputs, terms)
    terms_of = _terms_by_source(inputs, terms)
    log_variance = np.log1p(inputs["relative_standard_uncertainty"].to_numpy(dtype=float) ** 2)
    streams = [np.random.default_rng([seed, zlib.crc32(name.encode())]) for name in inputs["input"]]
    for start in range(0, draws, _BLOCK):
        at = slice(start, min(start + _BLOCK, draws))
        multipliers = _multipliers(streams, log_variance, at.stop - start)
        yield at, multipliers, _tonnes(sources, terms_of, multipliers)


def _terms_by_source(
    inputs: pd.DataFrame, terms: pd.DataFrame
) -> dict[tuple[str, str], list[tuple[int, float]]]:
    """Return (row of the input, weight) of all terms, by source and what they act on."""
    row_of = {name: row for row, name in enumerate(inputs["input"])}
    return {
        key: [(row_of[term.input], term.weight) for term in group.itertuples()]
        for key, group in terms.groupby(["source", "acts"], sort=False)
    }


def _multipliers(
    streams: list[np.random.Generator], log_variance: np.ndarray, count: int
) -> np.ndarray:
    """Return the next `count` lognormal multipliers with mean 1 of each input (input, draw)."""
    drawn = np.empty((len(streams), count))
    for row, stream in enumerate(streams):
        stream.standard_normal(out=drawn[row])
    drawn *= np.sqrt(log_variance)[:, None]
    drawn -= log_variance[:, None] / 2
    return np.exp(drawn, out=drawn)


def _tonnes(sources: pd.DataFrame, terms_of: dict, multipliers: np.ndarray) -> np.ndarray:
    """Return the residual of each source under the multipliers (source, draw) [tCO2e]."""
    tonnes = np.empty((len(sources), multipliers.shape[1]))
    stated = zip(sources["source"], sources["t_co2e"], strict=True)
    for row, (source, stated_t) in enumerate(stated):
        amount = _perturbed(stated_t, terms_of.get((source, AMOUNT), ()), multipliers)
        tonnes[row] = np.maximum(amount, 0.0)
        if factors := terms_of.get((source, FACTOR)):
            tonnes[row] *= _perturbed(1.0, factors, multipliers)
    return tonnes


def _perturbed(stated: float, terms, multipliers: np.ndarray) -> np.ndarray | float:
    """Return stated + the sum of weight x (multiplier - 1)."""
    value = stated - sum(weight for _, weight in terms)
    for row, weight in terms:
        value = value + weight * multipliers[row]
    return value


def _refuse(sources: pd.DataFrame, inputs: pd.DataFrame, terms: pd.DataFrame) -> None:
    """Raise ValueError for duplicates, no source, values below 0 and terms without their rows."""
    tables = ((sources, "source", "t_co2e"), (inputs, "input", "relative_standard_uncertainty"))
    for table, key, _ in tables:
        twice = table[key][table[key].duplicated()]
        if len(twice):
            raise ValueError(
                f"{key}s of the residual: '{twice.iloc[0]}' is listed twice; give one row each"
            )
    if sources.empty:
        raise ValueError("sources of the residual: there is none; give one row for each source")
    for table, key, column in tables:
        bad = table[~((table[column] >= 0) & np.isfinite(table[column]))]
        if len(bad):
            raise ValueError(
                f"{key} '{bad[key].iloc[0]}': {column} is {bad[column].iloc[0]}; it is 0 or more"
            )
    for table, key, _ in tables:
        if len(unknown := terms[key][~terms[key].isin(table[key])]):
            raise ValueError(
                f"terms of the residual: {key} '{unknown.iloc[0]}' is not in the table {key}s; "
                "add it there"
            )
