"""The baseline compared with the best open peer on measured buildings: accuracy, coverage, speed.

    make benchmark                      (own environment, with the peer)
    python tests/benchmarks/bench_baseline.py [--write]

Without the peer installed, only ours. Both run in this process, on one thread, on the same hours.
Every ratio is ours to the peer's, under 1 where our error is less, and a geometric mean over the
buildings that the peer can fit. --write stores coverage in the package's reference table.
"""

import os

os.environ.update(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
)

# ruff: noqa: E402 -- threads are limited before NumPy is imported
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import xarray as xr

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]
import placebo
import reference_rows

from neutrality import sheets
from neutrality.energy import bands, baseline, meters, savings

REPEATS = 5
BATCH_METERS = 1000
FUELS = ("electricity", "gas")
REFERENCE = sheets.PACKAGE / "reference" / "placebo.csv"


def geometric_mean(ratio):
    return float(np.exp(np.log(ratio).mean()))


def wilson_interval(hits, trials, level=0.90):
    """Wilson's interval of a share (0-1)."""
    z, share = bands.student_t(level, 1e6), hits / trials
    middle = share + z**2 / (2 * trials)
    half = z * np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    return (middle - half) / (1 + z**2 / trials), (middle + half) / (1 + z**2 / trials)


def interval_score(half, error, level=placebo.LEVEL):
    """Gneiting and Raftery 2007: width, and 2 / alpha for every unit by which a band misses."""
    return float((2 * half + 2 / (1 - level) * np.maximum(np.abs(error) - half, 0)).mean())


def peer_rows(fuel, pairs, days_off):
    """One row a meter: the peer's goodness of fit, placebo saving, half widths and seconds; NaN
    where its fit fails.
    """
    rows = []
    for base, later in pairs:
        for meter in later[0].meter.values:
            start = perf_counter()
            try:
                one = [peer.frame(load.sel(meter=meter), c) for load, c in (base, later)]
                predicted = peer.predict(*one, fuel == "electricity", days_off)
            except Exception as error:  # the peer raises errors of any kind: a failed fit counts
                found = {"failed": str(error).splitlines()[0]}
            else:
                found = peer_errors(later[0].sel(meter=[meter]), *predicted)
            rows.append({"meter": meter, "seconds": perf_counter() - start} | found)
    return pd.DataFrame(rows).set_index("meter")


def peer_errors(load, expected, shipped, corrected):
    """Goodness of fit, placebo saving and both half widths of the peer for one meter [share]."""
    expected = load.copy(data=expected[:, None])
    fit = baseline.fit_statistics(load, expected, 0)
    table = savings.avoided(load, expected).iloc[0]
    return {
        "cv_rmse": fit.cv_rmse.item(),
        "monthly_cv_rmse": fit.monthly_cv_rmse.item(),
        "saved_share": table.savings_kwh / table.predicted_kwh,
        "shipped_share": shipped / table.predicted_kwh,
        "corrected_share": corrected / table.predicted_kwh,
    }


def accuracy(fuel, theirs, with_days_off):
    """Print the errors of plain TOWT and after each addition; return the last step's rows and half-
    life.
    """
    plain, closed = (list(placebo.cases(fuel, closed=each)) for each in (False, True))
    chosen = placebo.half_life_days(closed)
    steps = {
        "TOWT": (plain, "towt", np.inf),
        "+ days off": (closed, "towt", np.inf),
        "+ lag": (closed, "towt_lagged", np.inf),
        f"+ recency ({chosen:.0f} d)": (closed, "towt_lagged", chosen),
    }
    meters_fitted = sum(len(base[0].meter) for base, _ in closed)
    print(f"\n{fuel}: {meters_fitted} meters fitted without failure, next year predicted")
    if theirs is not None:
        print(f"  the peer fails on {theirs.cv_rmse.isna().sum()}")
    print(
        f"  {'':22} {'CV(RMSE)':>9} {'monthly':>8} {'|saving|':>9}"
        " | hourly ratio, peer with days off | monthly ratio"
    )
    if theirs is not None:
        print(medians("peer", theirs))
    for name, step in steps.items():
        rows = placebo.placebo(*step).set_index("meter")
        print(medians(name, rows) + ratios(rows, theirs, with_days_off))
    return rows.reset_index(), chosen


def medians(name, rows):
    """A line of the median errors of some rows."""
    return (
        f"  {name:22} {rows.cv_rmse.median():9.3f} {rows.monthly_cv_rmse.median():8.3f} "
        f"{rows.saved_share.abs().median():9.3f}"
    )


def ratios(rows, theirs, with_days_off):
    """The end of a line: our errors to the peer's; empty without the peer."""
    if theirs is None:
        return ""
    pairs = (("cv_rmse", theirs), ("cv_rmse", with_days_off), ("monthly_cv_rmse", theirs))
    means = [geometric_mean((rows[column] / other[column]).dropna()) for column, other in pairs]
    return " | {:12.3f} {:21.3f} | {:13.3f}".format(*means)


def coverage(fuel, rows, others, theirs):
    """Print the coverage of each stated 90 % band of the annual total; return the rows of the
    reference table.
    """
    methods = {
        "band": (rows.saved_share, placebo.halves(rows, others)),
        "guideline_14": (rows.saved_share, rows.formula_share),
    }
    if theirs is not None:
        known = theirs.dropna(subset=["saved_share"])
        for name in ("shipped", "corrected"):
            methods[f"opendsm_{name}"] = known.saved_share, known[f"{name}_share"]
    worst = rows.saved_share.abs().quantile(placebo.LEVEL)
    print(
        f"\n{fuel}: bands at {placebo.LEVEL:.0%}; nine in ten placebo savings are under {worst:.1%}"
    )
    reference = [covered(fuel, name, *method, worst) for name, method in methods.items()]
    drift = bands.drift(rows.saved_share, rows.model_share)
    print(
        f"  drift a year: {drift:.4f} (all {len(rows)}); "
        f"{placebo.halves(rows, others, 0.5).median():.3f} half width at 50 %"
    )
    return reference


def covered(fuel, method, error, half, worst):
    """Print how many errors a method's half widths cover [share]; return its row of the reference
    table.
    """
    hits, trials = int((error.abs() <= half).sum()), len(error)
    low, high = wilson_interval(hits, trials)
    print(
        f"  {method:18} covers {hits} of {trials}, {hits / trials:5.1%} ({low:.1%} to {high:.1%}); "
        f"median half width {half.median():.1%}, {half.median() / worst:.2f} of that; "
        f"interval score {interval_score(half, error):.3f}"
    )
    return {
        "fuel": fuel,
        "method": method,
        "buildings": trials,
        "level": placebo.LEVEL,
        "covered": hits,
        "covered_percent": 100 * hits / trials,
        "covered_low_percent": 100 * low,
        "covered_high_percent": 100 * high,
        "half_width_percent": 100 * half.median(),
        "year": reference_rows.YEAR,
        "status": "SINGLE",
        "source": reference_rows.source("hourly"),
    }


def seconds(work, repeats=REPEATS):
    """Return the median time of some repeats of work [s]."""
    times = []
    for _ in range(repeats):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return float(np.median(times))


def from_tables(energy, weather, timezone, half_life):
    """The savings of one building from the tables a user has."""
    load = meters.to_array(energy, timezone)
    base, later = (
        load.isel(time=load.local_year.values == year) for year in np.unique(load.local_year)
    )
    fitted = baseline.fit(base, meters.outdoor_on(base, weather), half_life_days=half_life)
    return savings.avoided(later, baseline.predict(fitted, meters.outdoor_on(later, weather)))


def tables_of(base, later):
    """The tables energy and weather of a pair's first meter, both years."""
    (load, outdoor_c), (next_load, next_outdoor_c) = base, later
    both = xr.concat([load[:, :1], next_load[:, :1]], "time")
    hours = pd.DatetimeIndex(both.time.values, tz="UTC")
    outdoor = np.concatenate([outdoor_c.values, next_outdoor_c.values])
    return (
        pd.DataFrame({"main_kwh": both.values[:, 0]}, hours),
        pd.DataFrame({"outdoor_c": outdoor}, hours),
    )


def batch_seconds(base, later, chosen):
    """Seconds a meter in a large batch: with the half-life given, and with it chosen."""
    (load, outdoor_c), (_, next_outdoor_c) = base, later
    times = -(-BATCH_METERS // load.sizes["meter"])
    many = xr.concat([load] * times, "meter", coords="minimal", compat="override").assign_coords(
        meter=np.arange(times * load.sizes["meter"])
    )

    def run(half_life):
        fitted = baseline.fit(many, outdoor_c, half_life_days=half_life)
        return baseline.predict(fitted, next_outdoor_c)

    given = seconds(lambda: run(chosen))
    choosing = seconds(lambda: run(float(baseline.half_life_errors(many, outdoor_c).idxmin())))
    return given / many.sizes["meter"], choosing / many.sizes["meter"]


def speed(pairs, chosen, theirs):
    """Print our milliseconds and, as ratios, the peer's time over ours."""
    base, later = max(pairs, key=lambda pair: pair[0][0].sizes["meter"])
    given, choosing = batch_seconds(base, later, chosen)
    tables, timezone = tables_of(base, later), base[0].attrs["timezone"]
    single = seconds(lambda: from_tables(*tables, timezone, chosen))
    fresh = seconds(lambda: process("ours", chosen), 3)
    theirs_each = np.nan if theirs is None else theirs.seconds.mean()
    theirs_fresh = np.nan if theirs is None else seconds(lambda: process("peer", chosen), 1)
    print(
        f"\nspeed, one thread; the peer takes {theirs_each:.2f} s a building, "
        f"fresh process {theirs_fresh:.1f} s"
    )
    for name, ours, other in (
        ("batch, half-life given", given, theirs_each),
        ("batch, half-life chosen", choosing, theirs_each),
        ("one building from tables", single, theirs_each),
        ("fresh process, all buildings", fresh, theirs_fresh),
    ):
        print(f"  {name:30} {ours * 1e3:10.3f} ms   {other / ours:8.0f} x")


def process(side, half_life):
    """Run this file in its own process for all electricity meters; side is "ours" or "peer"."""
    subprocess.run(
        [sys.executable, __file__, f"--{side}", str(half_life)],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def print_ours(half_life):
    """Print the savings of all electricity meters, from files."""
    for (load, outdoor_c), (next_load, next_outdoor_c) in placebo.cases():
        fitted = baseline.fit(load, outdoor_c, half_life_days=half_life)
        print(savings.avoided(next_load, baseline.predict(fitted, next_outdoor_c)).to_string())


def compare(write):
    """Print accuracy, coverage and speed of both fuels; store the reference table if asked to."""
    print(
        f"peer: OpenDSM {peer.VERSION}, HourlyModel, default settings, seed {peer.SEED}"
        if peer.VERSION
        else "the peer is not installed: only ours (make benchmark has it)"
    )
    reference, found, peers = [], {}, {}
    for fuel in FUELS:
        pairs = list(placebo.cases(fuel))
        peers[fuel] = peer_rows(fuel, pairs, False) if peer.VERSION else None
        with_days_off = peer_rows(fuel, pairs, True) if peer.VERSION else None
        found[fuel], chosen = accuracy(fuel, peers[fuel], with_days_off)
        if fuel == "electricity":
            speed(pairs, chosen, peers[fuel])
    for fuel, other in zip(FUELS, FUELS[::-1], strict=True):
        reference += coverage(fuel, found[fuel], found[other], peers[fuel])
    if write:
        pd.DataFrame(reference).round(2).to_csv(REFERENCE, index=False, lineterminator="\n")
        reference_rows.write_scores("hourly", found)


if __name__ == "__main__":
    if not placebo.REAL.exists():
        sys.exit(
            f"no measured buildings in {placebo.REAL}; name their folder in NEUTRALITY_PLACEBO"
        )
    if "--ours" in sys.argv:
        sys.exit(print_ours(float(sys.argv[-1])))
    import peer  # not before: it takes seconds

    if "--peer" in sys.argv:
        sys.exit(print(peer_rows("electricity", placebo.cases(), False).to_string()))
    compare("--write" in sys.argv)
