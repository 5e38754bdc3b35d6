"""Daily and billing baselines beside two open peers on measured buildings: accuracy, bands, speed.

    make benchmark-periods              (own environment, with the peers)
    python tests/benchmarks/bench_periods.py [--write] [--ours]

All run in this process, on one thread, on the same periods; the peers fit meter by meter. Ratios
are ours to the peer's CV(RMSE) of the second year, under 1 where our error is less: geometric means
over meters, "better" with the better of both peers for each meter. Bills by read dates are drawn
eight times, and every figure is of all draws together. --ours leaves the peers out; --write stores
scores, drift and coverage as reference, of the first draw.
"""

import os

os.environ.update(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
)

# ruff: noqa: E402 -- threads are limited before NumPy is imported
import sys
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]
import placebo
import placebo_periods
import reference_rows
import xarray as xr
from bench_baseline import geometric_mean, seconds, wilson_interval

from neutrality.energy import degree_days

FUELS = ("electricity", "gas")
BATCH_METERS = 1000
DRAWS = {"days": 1, "months": 1, "reads": 8}  # of one draw the median of few buildings is by chance


def of_draws(rows_of, kind):
    """The rows of each draw, indexed by draw and meter."""
    made = {draw: rows_of(draw).set_index("meter") for draw in range(DRAWS[kind])}
    return pd.concat(made, names=["draw"])


def peer_rows(peer, fuel, kind, draw):
    """One row a meter: errors of a peer, and seconds; NaN where its fit fails."""
    form = PEERS[peer]["days" if kind == "days" else "bills"]
    rows = []
    for _, outdoor_c, kwh, next_kwh in placebo_periods.cases(fuel):
        for meter in kwh:
            work = _task(form, kind, fuel, outdoor_c, kwh[meter], next_kwh[meter], draw)
            start = perf_counter()
            try:
                actual, expected = work()
                found = placebo_periods.errors(actual, expected)
            except Exception as error:  # the peers raise errors of any kind: a failed fit counts
                found = {"failed": str(error)[:80]}
            rows.append({"meter": meter, "seconds": perf_counter() - start, **found})
    return pd.DataFrame(rows)


def _task(form, kind, fuel, outdoor_c, kwh, later, draw):
    electricity = fuel == "electricity"
    if kind == "days":
        return lambda: (later.to_numpy(), form(kwh, outdoor_c, later.index, electricity))
    dates = [placebo_periods.edges(each.index, kind, each.name, draw) for each in (kwh, later)]
    read, actual = (placebo_periods.bills(*each) for each in zip((kwh, later), dates, strict=True))
    return lambda: (actual, form(read, outdoor_c, *dates, electricity))


def accuracy(fuel, kind, ours, theirs):
    """Print medians of all, and our ratios to the peers."""
    meters = f"{ours.index.unique('meter').size} meters, draws: {DRAWS[kind]}"
    print(f"\n{fuel}, {kind}: {meters}, next year predicted {len(ours)} times")
    for name, rows in {"ours": ours, **theirs}.items():
        failed = rows.cv_rmse.isna().sum()
        print(
            f"  {name:8} CV(RMSE) {rows.cv_rmse.median():.3f}, |saving| "
            f"{rows.saved_share.abs().median():6.2%}, fails on {failed}"
        )
    if theirs:
        cv = pd.DataFrame({name: rows.cv_rmse for name, rows in theirs.items()})
        own = ours.cv_rmse
        better = geometric_mean((own / cv.min(axis=1)).dropna())
        each = {name: geometric_mean((own / cv[name]).dropna()) for name in cv}
        print(
            f"  ratio to the better {better:.3f}; "
            + ", ".join(f"{name} {ratio:.3f}" for name, ratio in each.items())
        )


def coverage(fuel, kind, rows, others):
    """Print coverage and width of the band, drift and scores from the other buildings; return the
    row of the reference table, of the first draw.

    The draws are of the same buildings: the interval counts each building once.
    """
    half = pd.concat([_halves(rows, others, draw) for draw in range(DRAWS[kind])])
    error, buildings = rows.saved_share.abs(), rows.index.unique("meter").size
    share, worst = (error <= half).mean(), error.quantile(placebo.LEVEL)
    low, high = wilson_interval(share * buildings, buildings)
    print(
        f"  band at {placebo.LEVEL:.0%} covers {share:.1%} ({low:.1%} to {high:.1%}); median half "
        f"width {half.median():.1%}, {half.median() / worst:.2f} of the {placebo.LEVEL:.0%} "
        "quantile of the absolute placebo saving"
    )
    return coverage_row(fuel, kind, error[0], half[0])


def _halves(rows, others, draw):
    """Half widths of one draw, indexed as its rows."""
    own, theirs = (each.loc[draw].reset_index() for each in (rows, others))
    return placebo.halves(own, theirs).set_axis(rows.loc[[draw]].index)


def coverage_row(fuel, kind, error, half):
    """The row of the reference table, from one draw."""
    covered, buildings = int((error <= half).sum()), len(error)
    low, high = wilson_interval(covered, buildings)
    return {
        "fuel": fuel,
        "resolution": placebo_periods.KINDS[kind],
        "buildings": buildings,
        "level": placebo.LEVEL,
        "covered": covered,
        "covered_percent": 100 * covered / buildings,
        "covered_low_percent": 100 * low,
        "covered_high_percent": 100 * high,
        "half_width_percent": 100 * half.median(),
    }


def speed(kind, theirs):
    """Print our milliseconds a meter in a large batch, fit and predict, and the ratio to the faster
    peer.
    """
    weather, _, kwh, later = max(
        placebo_periods.cases("electricity"), key=lambda each: each[2].shape[1]
    )
    base, after = (
        _many(placebo_periods.periods(each, kind), -(-BATCH_METERS // each.shape[1]))
        for each in (kwh, later)
    )
    each = seconds(
        lambda: degree_days.predict(degree_days.fit(base, weather), after, weather)
    ) / len(base.meter)
    line = f"  speed, one thread, batch of {len(base.meter)}: {each * 1e3:.3f} ms a meter"
    if theirs:
        name, fastest = min(
            ((name, rows.seconds.mean()) for name, rows in theirs.items()), key=lambda one: one[1]
        )
        line += f"; {name} {fastest * 1e3:.0f} ms, {fastest / each:.0f} x"
    print(line)


def _own_rows(fuel, kind, draw):
    return placebo_periods.placebo_rows(fuel, kind, draw=draw)


def _many(periods, times):
    every = xr.concat([periods] * times, "meter", coords="minimal", compat="override")
    if "meter" in periods.start.dims:
        for name in ("start", "end"):
            every[name] = (("period", "meter"), np.tile(periods[name].values, (1, times)))
    return every.assign_coords(meter=np.arange(every.sizes["meter"]))


def compare(write, with_peers):
    """Print everything for each fuel and kind of period; store reference rows if asked to."""
    if with_peers:
        for name, version in VERSIONS.items():
            print(f"peer: {name} {version}: {SETTINGS[name]}")
    covered, scored = [], {}
    for kind, resolution in placebo_periods.KINDS.items():
        rows = {fuel: of_draws(partial(_own_rows, fuel, kind), kind) for fuel in FUELS}
        for fuel, other in zip(FUELS, FUELS[::-1], strict=True):
            peers = PEERS if with_peers else {}
            theirs = {peer: of_draws(partial(peer_rows, peer, fuel, kind), kind) for peer in peers}
            accuracy(fuel, kind, rows[fuel], theirs)
            row = coverage(fuel, kind, rows[fuel], rows[other])
            if fuel == "electricity":
                speed(kind, theirs)
            covered.append(row)
        # bills: those by read dates, the last kind
        scored[resolution] = {fuel: each.loc[0] for fuel, each in rows.items()}
    if write:
        reference_rows.write_coverage(covered[: len(FUELS)] + covered[-len(FUELS) :])
        for resolution, rows in scored.items():
            reference_rows.write_scores(resolution, rows)


if __name__ == "__main__":
    if not placebo.REAL.exists():
        sys.exit(
            f"no measured buildings in {placebo.REAL}; name their folder in NEUTRALITY_PLACEBO"
        )
    from peer_periods import PEERS, SETTINGS, VERSIONS  # not before: it takes seconds

    compare("--write" in sys.argv, bool(VERSIONS) and "--ours" not in sys.argv)
