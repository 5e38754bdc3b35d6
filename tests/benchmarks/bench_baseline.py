"""The baseline beside the best open one, on measured buildings: accuracy, honesty of its band,
speed.

    make benchmark                      (own environment, with the peer)
    python tests/benchmarks/bench_baseline.py [--write]

Without the peer installed, ours alone. Both run in this process, on one thread, on the same hours.
Every ratio is ours to the peer's, under 1 where ours errs less, and a geometric mean over the
buildings that the peer can fit. --write keeps drift and coverage as the package's reference.
"""

import os

os.environ.update(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
)

import subprocess  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from time import perf_counter  # noqa: E402

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import xarray as xr  # noqa: E402

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]
import placebo  # noqa: E402

from neutrality.energy import baseline, meters, savings

REPEATS = 5
BATCH_METERS = 1000
YEAR, SOURCE = (
    2024,
    "Langtry & Choudhary, Cambridge Estates Building Energy Archive v2.1; tests/benchmarks/bench_baseline.py",
)
REFERENCE = Path(savings.__file__).parent / "reference" / "placebo.csv"


def geometric(ratio):
    return float(np.exp(np.log(ratio).mean()))


def binomial(hits, trials, level=0.90):
    """Wilson's interval of a share."""
    z = savings.student_t(level, 1e6)
    middle, spread = (
        hits / trials + z**2 / (2 * trials),
        z * np.sqrt(hits / trials * (1 - hits / trials) / trials + z**2 / (4 * trials**2)),
    )
    return (middle - spread) / (1 + z**2 / trials), (middle + spread) / (1 + z**2 / trials)


def interval_score(half, error, level=placebo.LEVEL):
    """Gneiting and Raftery 2007: width, and 2 / alpha for every unit by which a band misses."""
    return float((2 * half + 2 / (1 - level) * np.maximum(np.abs(error) - half, 0)).mean())


def peers(fuel, pairs, days_off):
    """One row a meter: the peer's goodness, placebo saving, half widths and seconds;

    NaN where its fit fails.
    """
    rows = []
    for base, (next_load, next_outdoor_c) in pairs:
        for meter in next_load.meter.values:
            one = [
                peer.frame(each.sel(meter=meter), c)
                for each, c in (base, (next_load, next_outdoor_c))
            ]
            start, row = perf_counter(), {"meter": meter}
            try:
                expected, shipped, corrected = peer.predict(*one, fuel == "electricity", days_off)
            except (
                Exception
            ) as error:  # a pydantic error, of any kind: a failed fit is a result here
                rows.append(
                    row | {"seconds": perf_counter() - start, "failed": str(error).splitlines()[0]}
                )
                continue
            row["seconds"] = perf_counter() - start
            read = next_load.sel(meter=[meter])
            expected = read.copy(data=expected[:, None])
            fit, table = (
                baseline.fit_statistics(read, expected, 0),
                savings.avoided(read, expected).iloc[0],
            )
            rows.append(
                row
                | {
                    "cv_rmse": fit.cv_rmse.item(),
                    "monthly_cv_rmse": fit.monthly_cv_rmse.item(),
                    "saved_share": table.savings_kwh / table.predicted_kwh,
                    "shipped_share": shipped / table.predicted_kwh,
                    "corrected_share": corrected / table.predicted_kwh,
                }
            )
    return pd.DataFrame(rows).set_index("meter")


def ladder(fuel, theirs, with_days_off):
    """Print plain TOWT, and what each addition is worth; return the last rung's rows and half-
    life.
    """
    plain, closed = (list(placebo.cases(fuel, closed=each)) for each in (False, True))
    chosen = placebo.half_life_days(closed)
    rungs = {
        "TOWT": (plain, "towt", np.inf),
        "+ days off": (closed, "towt", np.inf),
        "+ lag": (closed, "towt_lagged", np.inf),
        f"+ recency ({chosen:.0f} d)": (closed, "towt_lagged", chosen),
    }
    print(
        f"\n{fuel}: {sum(len(base[0].meter) for base, _ in closed)} meters fitted without failure, next year predicted"
        + (f"; the peer fails on {theirs.cv_rmse.isna().sum()}" if theirs is not None else "")
    )
    print(
        f"  {'':22} {'CV(RMSE)':>9} {'monthly':>8} {'|saving|':>9}"
        + " | hourly ratio, peer with days off | monthly ratio"
    )
    if theirs is not None:
        print(
            f"  {'peer':22} {theirs.cv_rmse.median():9.3f} {theirs.monthly_cv_rmse.median():8.3f} {theirs.saved_share.abs().median():9.3f}"
        )
    for name, rung in rungs.items():
        rows = placebo.placebo(*rung).set_index("meter")
        line = f"  {name:22} {rows.cv_rmse.median():9.3f} {rows.monthly_cv_rmse.median():8.3f} {rows.saved_share.abs().median():9.3f}"
        if theirs is not None:
            ratios = [
                geometric((rows[column] / other[column]).dropna())
                for column, other in (
                    ("cv_rmse", theirs),
                    ("cv_rmse", with_days_off),
                    ("monthly_cv_rmse", theirs),
                )
            ]
            line += " | {:12.3f} {:21.3f} | {:13.3f}".format(*ratios)
        print(line)
    return rows.reset_index(), chosen


def coverage(fuel, rows, theirs):
    """Print how often each stated 90 % band of the annual total holds the truth; return rows of
    the reference.
    """
    methods = {
        "band": (rows.saved_share, placebo.bands(rows)),
        "guideline_14": (rows.saved_share, rows.formula_share),
    }
    if theirs is not None:
        for name in ("shipped", "corrected"):
            known = theirs.dropna(subset=["saved_share"])
            methods[f"opendsm_{name}"] = known.saved_share, known[f"{name}_share"]
    made, worst = [], rows.saved_share.abs().quantile(placebo.LEVEL)
    print(
        f"\n{fuel}: bands at {placebo.LEVEL:.0%}; nine in ten placebo savings are under {worst:.1%}"
    )
    for name, (error, half) in methods.items():
        hits, trials = int((error.abs() <= half).sum()), len(error)
        low, high = binomial(hits, trials)
        print(
            f"  {name:18} covers {hits} of {trials}, {hits / trials:5.1%} ({low:.1%} to {high:.1%}); median half width "
            f"{half.median():.1%}, {half.median() / worst:.2f} of that; interval score {interval_score(half, error):.3f}"
        )
        percent = {
            "covered": hits / trials,
            "covered_low": low,
            "covered_high": high,
            "half_width": half.median(),
        }
        made.append(
            {
                "fuel": fuel,
                "method": name,
                "buildings": trials,
                "level": placebo.LEVEL,
                "covered": hits,
            }
            | {f"{what}_percent": 100 * share for what, share in percent.items()}
            | {"year": YEAR, "status": "SINGLE", "source": SOURCE}
        )
    drift = savings.drift(rows.saved_share, rows.model_share)
    print(
        f"  drift a year: {drift:.4f} (all {len(rows)}); {placebo.bands(rows, 0.5).median():.3f} half width at 50 %"
    )
    return made


def seconds(work, repeats=REPEATS):
    """Return the median time of some repeats of work [s]."""
    times = []
    for _ in range(repeats):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return float(np.median(times))


def from_frames(energy, weather, timezone, half_life):
    """One building as a user has it: tables in, savings out."""
    load = meters.to_array(energy, timezone)
    (base, later) = (
        load.isel(time=load.local_year.values == year) for year in np.unique(load.local_year)
    )
    fitted = baseline.fit(base, meters.outdoor_on(base, weather), half_life_days=half_life)
    return savings.avoided(later, baseline.predict(fitted, meters.outdoor_on(later, weather)))


def speed(pairs, chosen, theirs):
    """Print milliseconds of ours and, as ratios, how many of ours fit into one of the peer's."""
    (load, outdoor_c), (next_load, next_outdoor_c) = max(
        pairs, key=lambda pair: pair[0][0].sizes["meter"]
    )
    times = -(-BATCH_METERS // load.sizes["meter"])
    many = xr.concat([load] * times, "meter", coords="minimal", compat="override").assign_coords(
        meter=np.arange(times * load.sizes["meter"])
    )

    def batch(half_life):
        return baseline.predict(
            baseline.fit(many, outdoor_c, half_life_days=half_life), next_outdoor_c
        )

    given = seconds(lambda: batch(chosen)) / many.sizes["meter"]
    choosing = (
        seconds(lambda: batch(float(baseline.half_life_errors(many, outdoor_c).idxmin())))
        / many.sizes["meter"]
    )
    both = xr.concat([load[:, :1], next_load[:, :1]], "time")
    hours = pd.DatetimeIndex(both.time.values, tz="UTC")
    energy = pd.DataFrame({"main_kwh": both.values[:, 0]}, hours)
    weather = pd.DataFrame(
        {"outdoor_c": np.concatenate([outdoor_c.values, next_outdoor_c.values])}, hours
    )
    single = seconds(lambda: from_frames(energy, weather, load.attrs["timezone"], chosen))
    fresh = seconds(lambda: process("ours", chosen), 3)
    theirs_each = np.nan if theirs is None else theirs.seconds.mean()
    theirs_fresh = np.nan if theirs is None else seconds(lambda: process("peer", chosen), 1)
    print(
        f"\nspeed, one thread; the peer takes {theirs_each:.2f} s a building, fresh process {theirs_fresh:.1f} s"
    )
    for name, ours, other in (
        ("batch, half-life given", given, theirs_each),
        ("batch, half-life chosen", choosing, theirs_each),
        ("one building from tables", single, theirs_each),
        ("fresh process, all buildings", fresh, theirs_fresh),
    ):
        print(f"  {name:30} {ours * 1e3:10.3f} ms   {other / ours:8.0f} x")


def process(who, half_life):
    subprocess.run(
        [sys.executable, __file__, f"--{who}", str(half_life)],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def ours_alone(half_life):
    """From files to savings, all electricity meters."""
    for (load, outdoor_c), (next_load, next_outdoor_c) in placebo.cases():
        fitted = baseline.fit(load, outdoor_c, half_life_days=half_life)
        print(savings.avoided(next_load, baseline.predict(fitted, next_outdoor_c)).to_string())


if __name__ == "__main__":
    if not placebo.REAL.exists():
        sys.exit(
            f"no measured buildings in {placebo.REAL}; name their folder in NEUTRALITY_PLACEBO"
        )
    if "--ours" in sys.argv:
        sys.exit(ours_alone(float(sys.argv[-1])))
    import peer  # not before: it takes seconds

    if "--peer" in sys.argv:
        sys.exit(print(peers("electricity", placebo.cases(), False).to_string()))
    print(
        f"peer: OpenDSM {peer.VERSION}, HourlyModel, default settings, seed {peer.SEED}"
        if peer.VERSION
        else "the peer is not installed: ours alone (make benchmark has it)"
    )
    reference = []
    for fuel in ("electricity", "gas"):
        pairs = list(placebo.cases(fuel))
        theirs = peers(fuel, pairs, False) if peer.VERSION else None
        with_days_off = peers(fuel, pairs, True) if peer.VERSION else None
        rows, chosen = ladder(fuel, theirs, with_days_off)
        reference += coverage(fuel, rows, theirs)
        if fuel == "electricity":
            speed(pairs, chosen, theirs)
    if "--write" in sys.argv:
        pd.DataFrame(reference).round(2).to_csv(REFERENCE, index=False, lineterminator="\n")
