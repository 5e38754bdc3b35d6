"""Speed of the baseline as a ratio, and how often its band is right on measured buildings. Run by hand:

    .venv/bin/python tests/benchmarks/bench_baseline.py

Speed: all meters at once against a loop of numpy.linalg.lstsq over the meters' explicit design matrices
(ready made, not timed), in the same run. Coverage: fit on one measured year, predict the next; the true saving
is unknown but centred near zero, so a band at 90 % should cover zero for nine meters in ten.
"""

import sys
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd

from neutrality import baseline, savings_band

sys.path.insert(0, str(Path(__file__).parents[1]))
from test_baseline import explicit_design  # noqa: E402
from test_baseline_realdata import REAL, cases  # noqa: E402

LEVELS = (0.50, 0.68, 0.80, 0.90, 0.95)
REPEATS = 5


def seconds(work) -> float:
    """Return the median time of some repeats of work [s]."""
    times = []
    for _ in range(REPEATS):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return float(np.median(times))


def speed() -> None:
    load, outdoor_c = max((base for base, _ in cases()), key=lambda base: base[0].sizes["meter"])
    fitted = baseline.fit(load, outdoor_c)
    systems = []
    for meter in load.meter.values:
        usable = (load.sel(meter=meter).notnull() & outdoor_c.notnull()).values
        design = explicit_design(fitted, outdoor_c.fillna(0), usable, meter)
        systems.append((design[usable], load.sel(meter=meter).values[usable]))
    ours = seconds(lambda: baseline.fit(load, outdoor_c))
    loop = seconds(lambda: [np.linalg.lstsq(*system, rcond=None) for system in systems])
    folds = seconds(lambda: baseline.held_out(load, outdoor_c))
    print(f"{len(systems)} meters, {load.sizes['time']} h: fit {ours * 1e3:.0f} ms, lstsq loop "
          f"{loop * 1e3:.0f} ms, ratio {loop / ours:.0f}; held_out (12 fits) {folds * 1e3:.0f} ms")


def compared(base, later) -> pd.DataFrame:
    """Return, per meter, savings and each method's half width at each level [kWh]."""
    (load, outdoor_c), (next_load, next_outdoor_c) = base, later
    fitted = baseline.fit(load, outdoor_c)
    fit = baseline.fit_statistics(load, baseline.predict(fitted, outdoor_c), fitted.parameters)
    table = baseline.savings(next_load, baseline.predict(fitted, next_outdoor_c))
    unseen = baseline.held_out(load, outdoor_c)
    month_sd = (load - unseen).groupby("local_month").mean().std("local_month", ddof=1).values
    result = table.assign(cv_rmse=fit.cv_rmse.values)
    for level in LEVELS:
        banded = savings_band.band(table, load, unseen, level)
        result[f"band {level}"] = banded.high_kwh - banded.savings_kwh
        t = savings_band.student_t(level, 11)
        result[f"independent months {level}"] = t * month_sd * np.sqrt(2 / 12) * table.hours
        result[f"Guideline 14 {level}"] = table.predicted_kwh * [
            savings_band.fsu(1.0, *each, level) for each in zip(
                fit.cv_rmse.values, fit.hours.values, fit.effective_hours.values, table.hours)]
    return result


def coverage(title: str, rows: pd.DataFrame) -> None:
    share = rows.savings_kwh.abs() / rows.predicted_kwh
    print(f"\n{title}: {len(rows)} meters, median CV(RMSE) {rows.cv_rmse.median():.1%}, median saving "
          f"{(rows.savings_kwh / rows.predicted_kwh).median():+.1%}, median |saving| {share.median():.1%}, "
          f"nine in ten under {share.quantile(0.9):.1%}")
    for method in ("band", "independent months", "Guideline 14"):
        covered = [(rows.savings_kwh.abs() <= rows[f"{method} {each}"]).mean() for each in LEVELS]
        width = (rows[f"{method} 0.9"] / rows.predicted_kwh).median()
        print(f"  {method:20}" + "".join(f"{each:.0%}: {part:5.1%}   " for each, part in zip(LEVELS, covered))
              + f"median half width at 90 %: {width:.1%}")


if __name__ == "__main__":
    if not REAL.exists():
        sys.exit("the measured buildings (../shared/realdata) are not here")
    speed()
    for fuel in ("electricity", "gas"):
        pairs = list(cases(fuel))
        coverage(f"{fuel}, next year", pd.concat([compared(base, later) for base, later in pairs]))
        coverage(f"{fuel}, year before", pd.concat([compared(later, base) for base, later in pairs]))
