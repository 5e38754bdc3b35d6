"""The spread of a residual: what is uncertain, what each part acts on, seeded draws, and the rule
of error propagation beside them.

Three plain tables make the model: sources (source, t_co2e), inputs (input,
relative_standard_uncertainty) and terms, a row for each source an input acts on. An input that many
sources share is one input: its draw moves them together.
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

BLOCK = 4096  # [draws] worked on at a time, so that memory does not grow with draws times inputs
AMOUNT, FACTOR = "amount", "factor"
RECTANGULAR = math.sqrt(
    3
    # limits as a rectangular distribution: standard uncertainty = half width / sqrt(3), JCGM 100 (GUM)
)


def meter_class_uncertainty(limit_percent: float) -> float:
    """Return the relative standard uncertainty (0-1) of a meter whose class allows an error up to
    the limit [%].

    >>> round(meter_class_uncertainty(0.5), 5)
    0.00289
    """
    return limit_percent / units.PERCENT / RECTANGULAR


def residual_draws(
    sources: pd.DataFrame, inputs: pd.DataFrame, terms: pd.DataFrame, draws: int, seed: int
) -> xr.DataArray:
    """Return draws of each source's residual [tCO2e], a DataArray(draw, source).

    Every input is a multiplier, lognormal with mean 1, so that the stated tonnes are the mean and
    none falls below zero. t = max(t_co2e + sum of amount terms: weight [t] x (multiplier - 1), 0) x
    (1 + sum of factor terms: weight (0-1) x (multiplier - 1)). Each input has its own stream of
    random numbers, named by it: one more input, or another order, changes no draw of the others.
    Raises ValueError for what cannot be drawn.
    """
    values = np.empty((len(sources), draws))
    for at, _, tonnes in _blocks(sources, inputs, terms, draws, seed):
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
    """Return the drawn totals [tCO2e] and, by input, its share (0-1) of their variance, largest
    first; memory holds one block.

    The share is the squared correlation of the input with the total, scaled to sum to one: for
    inputs that act independently the same as the share of error propagation.
    """
    total, sums = np.empty(draws), np.zeros((3, len(inputs)))
    for at, drawn, tonnes in _blocks(sources, inputs, terms, draws, seed):
        total[at] = tonnes.sum(axis=0)
        away, apart = (
            drawn - 1,
            total[at] - sources["t_co2e"].sum(),
        )  # about the stated values, for precision
        sums += np.stack([away.sum(axis=1), (away**2).sum(axis=1), away @ apart])
    mean, square, product = sums / draws
    variance = square - mean**2
    covariance = product - mean * (total.mean() - sources["t_co2e"].sum())
    explained = np.divide(covariance**2, variance, out=np.zeros(len(inputs)), where=variance > 0)
    return total, _ranked(inputs, explained)


def propagated(
    sources: pd.DataFrame, inputs: pd.DataFrame, terms: pd.DataFrame
) -> tuple[float, pd.Series]:
    """Return the standard uncertainty of the total [tCO2e] by error propagation, and each input's
    share of its variance.

    IPCC approach 1, clause not read: the root of the sum of squares of sensitivity x relative
    standard uncertainty. It takes the residual for linear and does not see the floor at zero.

    >>> sources = pd.DataFrame({"source": ["a", "b"], "t_co2e": [30.0, 40.0]})
    >>> inputs = pd.DataFrame({"input": ["a", "b"], "relative_standard_uncertainty": [0.1, 0.1]})
    >>> terms = pd.DataFrame({"source": ["a", "b"], "input": ["a", "b"], "acts": "amount", "weight": [30.0, 40.0]})
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
    return float(np.sqrt(squares.sum())), _ranked(inputs, squares)


def quantile(total: np.ndarray, level: float) -> float:
    """Return the smallest drawn total that at least `level` of the draws do not exceed [tCO2e].

    >>> quantile(np.array([1.0, 2.0, 3.0, 4.0]), 0.75)
    3.0
    """
    return float(np.quantile(total, level, method="inverted_cdf"))


def quantile_range(
    total: np.ndarray, level: float, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the ends between which the true quantile lies with `confidence`: the Monte Carlo
    error, from order statistics.

    >>> quantile_range(np.arange(10_001.0), 0.5)
    (4902.0, 5098.0)
    """
    half = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(level * (1 - level) / len(total))
    return quantile(total, max(level - half, 0.0)), quantile(total, min(level + half, 1.0))


def _ranked(inputs: pd.DataFrame, squares: np.ndarray) -> pd.Series:
    shares = pd.Series(
        squares / (squares.sum() or 1.0), index=inputs["input"].to_list(), name="variance_share"
    )
    return shares.sort_values(ascending=False, kind="stable")


def _blocks(
    sources, inputs, terms, draws: int, seed: int
) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Yield, a block of draws at a time: where it stands, the multipliers (input, draw) and the
    tonnes (source, draw).
    """
    _refuse(sources, inputs, terms)
    place = {name: row for row, name in enumerate(inputs["input"])}
    acting = {
        (source, acts): [
            (place[name], weight) for name, weight in zip(rows["input"], rows["weight"])
        ]
        for (source, acts), rows in terms.groupby(["source", "acts"], sort=False)
    }
    log_variance = np.log1p(inputs["relative_standard_uncertainty"].to_numpy(dtype=float) ** 2)
    streams = [np.random.default_rng([seed, zlib.crc32(name.encode())]) for name in inputs["input"]]
    for start in range(0, draws, BLOCK):
        at = slice(start, min(start + BLOCK, draws))
        drawn = np.empty((len(streams), at.stop - start))
        for row, stream in enumerate(streams):
            stream.standard_normal(out=drawn[row])
        drawn *= np.sqrt(log_variance)[:, None]
        drawn -= log_variance[:, None] / 2
        np.exp(drawn, out=drawn)
        tonnes = np.empty((len(sources), drawn.shape[1]))
        for row, (source, stated) in enumerate(zip(sources["source"], sources["t_co2e"])):
            tonnes[row] = np.maximum(_moved(stated, acting.get((source, AMOUNT), ()), drawn), 0.0)
            if factors := acting.get((source, FACTOR)):
                tonnes[row] *= _moved(1.0, factors, drawn)
        yield at, drawn, tonnes


def _moved(stated: float, acting, drawn: np.ndarray) -> np.ndarray | float:
    """Return stated + the sum of weight x (multiplier - 1)."""
    moved = stated - sum(weight for _, weight in acting)
    for row, weight in acting:
        moved = moved + weight * drawn[row]
    return moved


def _refuse(sources: pd.DataFrame, inputs: pd.DataFrame, terms: pd.DataFrame) -> None:
    for table, column in ((sources, "source"), (inputs, "input")):
        twice = table[column][table[column].duplicated()]
        if len(twice):
            raise ValueError(
                f"{column}s of the residual: '{twice.iloc[0]}' stands twice; give one row each"
            )
    if sources.empty:
        raise ValueError("sources of the residual: there is none; give one row a source")
    for table, key, column in (
        (sources, "source", "t_co2e"),
        (inputs, "input", "relative_standard_uncertainty"),
    ):
        bad = table[~((table[column] >= 0) & np.isfinite(table[column]))]
        if len(bad):
            raise ValueError(
                f"{key} '{bad[key].iloc[0]}': {column} is {bad[column].iloc[0]}; it is 0 or more"
            )
    for column, known in (("source", sources["source"]), ("input", inputs["input"])):
        if len(unknown := terms[column][~terms[column].isin(known)]):
            raise ValueError(
                f"terms of the residual: {column} '{unknown.iloc[0]}' is not in its table; add it there"
            )
