"""Which rows a verifier looks at: all that are large or odd, and of the rest a sample in which a
tonne, not a row, has the same chance: monetary unit sampling with a fixed interval and a random
start (Leslie, Teitlebaum and Anderson 1979, Dollar-Unit Sampling), in tonnes.

It finds what is stated and wrong. A source that is not stated has no tonnes and is never drawn:
completeness is looked at otherwise.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pandas as pd

LARGE, ODD, DRAWN, LEFT = "large", "odd", "drawn", ""
_MOST, _STEPS = 500.0, 60  # where the factor is looked for, and halvings: all digits of a double


@cache
def reliability(confidence: float, misstatements: int = 0) -> float:
    """Return the reliability factor: the mean of a Poisson count that exceeds `misstatements` with
    this confidence (0-1), as audit tables have it.

    >>> [round(reliability(0.95, k), 2) for k in (0, 1, 2)]
    [3.0, 4.74, 6.3]
    """
    low, high = 0.0, _MOST
    for _ in range(_STEPS):
        middle = (low + high) / 2
        term = at_most = math.exp(-middle)
        for count in range(1, misstatements + 1):
            term *= middle / count
            at_most += term
        low, high = (middle, high) if at_most > 1 - confidence else (low, middle)
    return (low + high) / 2


def interval_t(tolerable_t: float, confidence: float) -> float:
    """Return the interval of the sample: of so many tonnes one is looked at [tCO2e].

    Where the sample shows no misstatement, there are then less than `tolerable_t` of it with this
    confidence.

    >>> round(interval_t(65.4, 0.95), 1)
    21.8
    """
    if tolerable_t <= 0:
        raise ValueError(
            f"nothing is tolerable at a materiality of {tolerable_t:g} t: no sample is enough"
        )
    return tolerable_t / reliability(confidence)


def plan(
    population: pd.DataFrame,
    materiality_t: float,
    confidence: float,
    expected_share: float,
    high_risk: float,
    seed: int,
) -> pd.DataFrame:
    """Return the population with why each row is looked at, and the interval it was drawn with.

    `population` has t_co2e [tCO2e], high (whether its risk is) and odd (whether a finding names the
    row). why: "large" where the row reaches the materiality or its own interval, "odd", "drawn", or
    "" where it is left. `expected_share` of the materiality (0-1) is kept for what will be
    found, so that a few misstatements do not exhaust it. Rows of high risk count `high_risk` times
    as large when they are drawn: their interval is so much shorter. The same seed gives the same
    sample. Raises ValueError for a weight below 1.
    """
    if high_risk < 1:
        raise ValueError(f"high_risk is {high_risk:g}; at high risk more is looked at, not less")
    whole_t = interval_t(materiality_t * (1 - expected_share), confidence)
    weight = np.where(population["high"], high_risk, 1.0)
    size_t = population["t_co2e"].abs().to_numpy(dtype=float)
    why = np.where(population["odd"], ODD, LEFT).astype(object)
    why[(size_t >= materiality_t) | (size_t * weight >= whole_t)] = LARGE
    drawn = _drawn(np.where(why == LEFT, size_t * weight, 0.0), whole_t, seed)
    why[drawn] = DRAWN
    return population.assign(why=why, interval_t=whole_t / weight)


def _drawn(size: np.ndarray, interval: float, seed: int) -> np.ndarray:
    """Return the positions of the rows that hold a multiple of the interval past a random start,
    rows laid end to end in random order.
    """
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(size))
    start = draw.uniform(0.0, interval)
    ends = np.cumsum(size[order])
    hits = np.floor((ends - start) / interval)
    before = np.concatenate([[-1.0], hits[:-1]])
    return order[(hits > before) & (size[order] > 0)]


def misstatement_t(planned: pd.DataFrame, confidence: float) -> dict[str, float]:
    """Return known, projected and limit of misstatement [tCO2e], and rows: how many were looked at
    and could not be recalculated.

    `planned` is a plan with difference_t of the rows looked at, NaN for the others. known: the
    differences found, whatever their sign. projected: those of large and odd rows as they are, and
    of a drawn row the share by which it is wrong, of its interval. limit: Stringer's bound (1963),
    the projection and what an unlucky sample may have missed, at the widest interval that was used.
    """
    looked, drawn = planned["why"] != LEFT, planned["why"] == DRAWN
    wrong_t = planned["difference_t"].abs().where(looked).fillna(0.0)
    certain_t = float(wrong_t[~drawn].sum())
    projected_t = wrong_t / planned["t_co2e"].abs() * planned["interval_t"]
    ranked = projected_t[drawn & (wrong_t > 0)].sort_values(ascending=False).to_numpy(dtype=float)
    factors = [reliability(confidence, count) for count in range(len(ranked) + 1)]
    widest_t = planned["interval_t"][drawn | ~looked].max() if (drawn | ~looked).any() else 0.0
    return {
        "known_t": float(wrong_t.sum()),
        "projected_t": certain_t + float(ranked.sum()),
        "limit_t": certain_t + factors[0] * widest_t + float(np.sum(np.diff(factors) * ranked)),
        "rows": int((looked & planned["difference_t"].isna()).sum()),
    }
