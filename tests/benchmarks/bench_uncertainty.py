"""The draws of the residual compared with the same arithmetic in bare NumPy: 100,000 draws of 200
sources that share 20 factors.

One process, one thread; ratios of the fastest of several alternating runs, and the peak memory of
each. Exits with 1 if a ratio is above LIMIT, or if memory grows with the draws.
"""

import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import sys
import time
import tracemalloc

import numpy as np
import pandas as pd

from neutrality.offset import uncertainty

DRAWS, SOURCES, FACTORS, TURNS, LIMIT = 100_000, 200, 20, 5, 2.0
NAMES, SHARED = [f"s{n}" for n in range(SOURCES)], [f"f{n}" for n in range(FACTORS)]
FACTOR_OF = np.arange(SOURCES) % FACTORS
TONNES, U = np.linspace(1, 100, SOURCES), np.array([0.05] * SOURCES + [0.03] * FACTORS)


def model():
    """Return sources, inputs and terms."""
    terms = [
        *zip(NAMES, NAMES, ["amount"] * SOURCES, TONNES, strict=True),
        *((name, SHARED[at], "factor", 1.0) for name, at in zip(NAMES, FACTOR_OF, strict=True)),
    ]
    return (
        pd.DataFrame({"source": NAMES, "t_co2e": TONNES}),
        pd.DataFrame({"input": [*NAMES, *SHARED], "relative_standard_uncertainty": U}),
        pd.DataFrame(terms, columns=["source", "input", "acts", "weight"]),
    )


def bare(draws=DRAWS, block=DRAWS):
    """Return the totals in plain NumPy, on whole arrays or a block of draws at a time."""
    rng, variance, totals = np.random.default_rng(1), np.log1p(U**2), []
    for _ in range(0, draws, block):
        drawn = np.exp(np.sqrt(variance) * rng.standard_normal((block, len(U))) - variance / 2)
        totals.append((TONNES * drawn[:, :SOURCES] * drawn[:, SOURCES + FACTOR_OF]).sum(axis=1))
    return np.concatenate(totals)


def seconds(run):
    """Return how long a call takes [s]."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def peak_mb(run):
    """Return the peak memory that a call allocates [MB]."""
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


if __name__ == "__main__":
    made = model()
    ways = {
        "bare NumPy, whole arrays": bare,
        "bare NumPy, blocks of 4,000": lambda: bare(block=4_000),
        "uncertainty.totals": lambda: uncertainty.totals(*made, DRAWS, 1),
        "uncertainty.residual_draws": lambda: uncertainty.residual_draws(*made, DRAWS, 1),
    }
    turns = [{name: seconds(run) for name, run in ways.items()} for _ in range(TURNS)]
    taken = {name: min(turn[name] for turn in turns) for name in ways}
    fastest = min(taken[name] for name in ways if name.startswith("bare"))
    for name, run in ways.items():
        ratio = taken[name] / fastest
        print(f"{name:28} {ratio:5.2f} x the faster bare one, peak {peak_mb(run):6.1f} MB")
    more = peak_mb(lambda: uncertainty.totals(*made, 4 * DRAWS, 1)) - peak_mb(
        ways["uncertainty.totals"]
    )
    totals_mb = 3 * DRAWS * 8 / 1e6
    print(f"three times as many draws more: {more:+.1f} MB, of which totals {totals_mb:.1f}")
    worst = max(taken[name] for name in ways if name.startswith("uncertainty")) / fastest
    sys.exit(
        f"above {LIMIT} x"
        if worst > LIMIT
        else "memory grows with the draws"
        if more > 4 * DRAWS * 8 * 2 / 1e6
        else 0
    )
