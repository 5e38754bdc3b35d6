"""The screen for steps and drifts on measured buildings: how often it flags a meter that nobody
touched, and how many made steps it finds.

    make benchmark-screen
    python tests/benchmarks/bench_screen.py [--write]

Every threshold is a quantile of the greatest score of all other buildings. A step is made by
multiplying the readings from a random day on; it is found where a date within 30 days, or five
bills, of it is proposed: "in time" from readings up to 30 days, or five bills, after it, "in the
year" from the whole year. --write stores the thresholds of all buildings.
"""

import os

os.environ.update(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
)

# ruff: noqa: E402 -- threads are limited before NumPy is imported
import sys
from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd

sys.path[:0] = [str(Path(__file__).parents[1])]
import placebo

try:
    from camber.mandv import nonroutine
except ImportError:
    nonroutine = None

from neutrality import sheets
from neutrality.energy import baseline, meters, screen

RATES = (0.10, 0.15, 0.25)
STEPS = (0.10, 0.20)
SEED = 1
# Of the days and signs of the made steps: one seed alone is off by some four points.
DRAWS = [[seed, draw] for seed in (1, 2) for draw in range(4)]
DAYS_NEAR, BILLS_NEAR = 30, 5
READ_DAYS = (27, 35)  # days between two readings of a meter, drawn from [27, 35)
SHARES = ["flagged_percent", "found_10_percent", "found_20_percent"]  # of a reference row
YEAR = 2024
SOURCE = (
    "Langtry & Choudhary, Cambridge Estates Building Energy Archive v2.1; "
    "tests/benchmarks/bench_screen.py"
)
REFERENCE = sheets.PACKAGE / "reference" / "screen.csv"


def residuals(fuel="electricity"):
    """Yield metered and predicted by day, the logs by hour, and the first day of the reporting
    year, of the meters of each pair of years; the base year predicted month by month unseen.
    """
    pairs = list(placebo.cases(fuel))
    half_life = placebo.half_life_days(pairs)
    for base, (load, outdoor_c) in pairs:
        fitted = baseline.fit(*base, half_life_days=half_life)
        expected = (
            baseline.held_out(*base, half_life_days=half_life),
            baseline.predict(fitted, meters.fill_outdoor(outdoor_c)),
        )
        years = [screen.days(*each) for each in zip((base[0], load), expected, strict=True)]
        since = pd.Timestamp(int(load.local_year[0]), 1, 1)
        yield *(pd.concat(each).sort_index() for each in zip(*years, strict=True)), since


def read_dates(days, how, seed=SEED):
    """The first day of each bill: calendar months, or every 27 to 34 days."""
    if how == "months":
        return days[days.is_month_start]
    gaps = np.random.default_rng(seed).integers(*READ_DAYS, len(days) // READ_DAYS[0])
    return days[np.concatenate([[0], np.cumsum(gaps)])[: np.sum(np.cumsum(gaps) < len(days))]]


def bills(metered, predicted, how):
    """Log ratios of metered to predicted by bill."""
    both = metered.notna() & predicted.notna()
    starts = read_dates(metered.index, how)
    bill = starts[np.searchsorted(starts, metered.index, "right") - 1]
    return screen.log_ratio(
        *(each.where(both).groupby(bill).sum() for each in (metered, predicted))
    )


def with_step(metered, hours, step):
    """The readings by day, and the logs by hour, times a factor from a day on, of each meter."""
    after = metered.index.values[:, None] >= step[0].values[None]
    factor = pd.DataFrame(np.where(after, step[1], 1), metered.index, metered.columns)
    meter = hours.columns.get_level_values(0)
    return metered * factor, hours + np.log(factor[meter]).to_numpy()


def series(metered, predicted, resolution):
    """Log ratios of one resolution."""
    if resolution in ("months", "read dates"):
        return bills(metered, predicted, resolution)
    return screen.log_ratio(metered, predicted)


def scores(metered, predicted, hours, resolution, since):
    """The score of a step at each period of the reporting year, and what is known of it."""
    if resolution == "hours":
        return screen.hour_scores(hours, since)
    score = screen.scores(series(metered, predicted, resolution), scanned(resolution))[0]
    return score[score.index >= since]


def scanned(resolution):
    return resolution if resolution in screen.SCANS else "bills"


def conformal(values, rate):
    """The score that an untouched meter exceeds with at most this probability, from the greatest
    scores of others (Vovk et al. 2005): their k-th, k = (n + 1)(1 - rate) rounded up.
    """
    rank = int(np.ceil((len(values) + 1) * (1 - rate)))
    return np.sort(values)[rank - 1] if rank <= len(values) else np.inf


def of_others(values, rate):
    return np.array([conformal(np.delete(values, at), rate) for at in range(len(values))])


def untouched(groups, resolution):
    """The greatest score of a step, and that of a drift, of each meter's reporting year."""
    steps, drifts = [], []
    for *group, since in groups:
        ratio = series(*group[:2], resolution)
        steps.append(scores(*group, resolution, since).abs().max().fillna(0))
        drifts.append(screen.drifts(ratio, scanned(resolution), since).score.abs().fillna(0))
    return pd.concat(steps), pd.concat(drifts)


def highest(score, resolution, made):
    """The highest score of a proposed date near the step of each meter: any proposal counts."""
    name, found = scanned(resolution), []
    for meter, day in made.items():
        at = pd.Series(range(len(score)), score.index)
        if name == "bills":
            near = (at - at[score.index <= day].max()).abs() <= BILLS_NEAR
        else:
            near = np.abs((score.index - day).days) <= DAYS_NEAR
        dates = [date for _, date in screen.peaks(score[[meter]], name, 0.0)]
        found.append(score.loc[near & score.index.isin(dates), meter].abs().max())
    return pd.Series(found, made.index).fillna(0)


def cut(tables, starts, resolution, day):
    """What is known 30 days, or five bills, after a day."""
    end = day + pd.Timedelta(days=DAYS_NEAR)
    if scanned(resolution) == "bills":
        last = np.searchsorted(starts, np.datetime64(day), "right") + BILLS_NEAR
        end = starts[last] if last < len(starts) else pd.Timestamp.max
    return [each[each.index < end] for each in tables]


def found(groups, resolution, size):
    """The highest score near each made step, in time and in the year: two arrays (draw, meter)."""
    in_time, in_year = [], []
    for draw in DRAWS:
        rng, rows = np.random.default_rng(draw), ([], [])
        for metered, predicted, hours, since in groups:
            names = metered.columns
            last = 365 - (150 if scanned(resolution) == "bills" else DAYS_NEAR)
            days = since + pd.to_timedelta(rng.integers(0, last, len(names)), "D")
            made = pd.Series(days, names)
            factor = 1 + size * rng.choice([-1, 1], len(names))
            stepped, logs = with_step(metered, hours, (made, factor))
            score = scores(stepped, predicted, logs, resolution, since)
            rows[1].append(highest(score, resolution, made))
            starts = series(stepped, predicted, resolution).index
            for meter, day in made.items():
                own = stepped[[meter]], predicted[[meter]], logs[[meter]]
                score = scores(*cut(own, starts, resolution, day), resolution, since)
                rows[0].append(highest(score, resolution, made[[meter]]))
        in_time.append(pd.concat(rows[0]).to_numpy())
        in_year.append(pd.concat(rows[1]).to_numpy())
    return np.array(in_time), np.array(in_year)


def measure(groups, resolution):
    """Print flags and finds of a resolution at each rate; return its rows of the reference."""
    steps, drifts = untouched(groups, resolution)
    finds = {size: found(groups, resolution, size) for size in STEPS}
    rows = []
    for rate in RATES:
        rates = {"step": rate - screen.DRIFT_RATE, "drift": screen.DRIFT_RATE}
        limits = of_others(steps.values, rates["step"]), of_others(drifts.values, rates["drift"])
        flagged = ((steps.values > limits[0]) | (drifts.values > limits[1])).mean()
        hits = {
            (size, way): (scores > limits[0]).mean()
            for size, both in finds.items()
            for way, scores in zip(("in time", "in the year"), both, strict=True)
        }
        line = "; ".join(f"{size:.0%} {way} {hit:.0%}" for (size, way), hit in hits.items())
        print(f"  {resolution:10} at {rate:.0%}: {flagged:5.1%} of untouched flagged; found {line}")
        for kind, scores in (("step", steps), ("drift", drifts)):
            limit = conformal(scores.values, rates[kind])
            shares = [flagged, *(hits[size, "in the year"] for size in STEPS)]
            rows.append([scanned(resolution), kind, rate, limit, len(scores), *shares])
    return rows


def peer_flags(energy, outdoor_c):
    """The dates of steps that the peer finds in one meter's year, with its default settings."""
    found = nonroutine.detect_step_changes(energy, outdoor_c)
    return pd.DatetimeIndex([each.date for each in found.steps])


def compare_peer():
    """Print the peer's flags and finds for the same steps, from hourly readings and weather."""
    flagged, hits = [], {size: [] for size in STEPS}
    for _, (load, outdoor_c) in placebo.cases():
        hours = pd.DatetimeIndex(load.time.values)
        weather = pd.Series(meters.fill_outdoor(outdoor_c).values, hours)
        rng = np.random.default_rng(DRAWS[0])
        since = pd.Timestamp(int(load.local_year[0]), 1, 1)
        days = since + pd.to_timedelta(rng.integers(0, 365 - DAYS_NEAR, load.sizes["meter"]), "D")
        signs = rng.choice([-1, 1], load.sizes["meter"])
        for meter, day, sign in zip(load.meter.values, days, signs, strict=True):
            energy = pd.Series(load.sel(meter=meter).values, hours)
            flagged.append(len(peer_flags(energy, weather)) > 0)
            for size in STEPS:
                made = energy.where(hours < day, energy * (1 + size * sign))
                near = np.abs((peer_flags(made, weather) - day).days) <= DAYS_NEAR
                hits[size].append(near.any())
    line = "; ".join(f"{size:.0%} in the year {np.mean(each):.0%}" for size, each in hits.items())
    version = metadata.version("camber-toolkit")
    print(f"  peer: camber-toolkit {version}, detect_step_changes, hourly, default settings:")
    print(f"    {np.mean(flagged):.1%} of untouched flagged; found {line}")


def compare(write):
    """Print all resolutions, and the peer where it is installed; store the thresholds if asked."""
    groups = list(residuals())
    print(f"electricity, {sum(len(each[0].columns) for each in groups)} meters, leave-one-out")
    reference = []
    for resolution in ("hours", "days", "months", "read dates"):
        rows = measure(groups, resolution)
        reference += rows if resolution != "read dates" else []
    if nonroutine:
        compare_peer()
    if write:
        columns = ["resolution", "kind", "rate", "threshold", "buildings", *SHARES]
        table = pd.DataFrame(reference, columns=columns).round(4)
        table[SHARES] = (100 * table[SHARES]).round(1)
        table = table.assign(year=YEAR, status="SINGLE", source=SOURCE)
        table.to_csv(REFERENCE, index=False, lineterminator="\n")


if __name__ == "__main__":
    if not placebo.REAL.exists():
        sys.exit(
            f"no measured buildings in {placebo.REAL}; name their folder in NEUTRALITY_PLACEBO"
        )
    compare("--write" in sys.argv)
