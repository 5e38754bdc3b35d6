"""Reading a file of 100,000 rows to a clean table, beside pandas reading its cells as text.

`python tests/benchmarks/bench_intake.py` prints both times, the best of five taken in turn, and
their ratio, which is to stay below 4.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from neutrality.files import layout, opening

ROWS, TIMES, AT_MOST = 100_000, 5, 4.0


def written(folder: Path) -> Path:
    """Write 100,000 hours of five columns and return the file."""
    draws = np.random.default_rng(1)
    time_of = pd.date_range("2014-01-01", periods=ROWS, freq="h").strftime("%Y-%m-%d %H:%M")
    main, pv = (draws.gamma(2, size, ROWS).round(3) for size in (60, 5))
    columns = {"time": time_of, "main (kWh)": main, "pv (kWh)": pv}
    more = {"register": main.cumsum().round(1), "status": "ok", "t (°C)": draws.normal(15, 8, ROWS)}
    pd.DataFrame(columns | more).round(2).to_csv(folder / "hours.csv", index=False)
    return folder / "hours.csv"


def best(function, path: Path) -> float:
    """Return the shortest of one run's time [s]."""
    start = time.perf_counter()
    function(path)
    return time.perf_counter() - start


def plainly(path: Path) -> pd.DataFrame:
    """Return the cells as pandas reads them by default: the package has its own way with texts."""
    with pd.option_context("mode.string_storage", "auto"):
        return pd.read_csv(path, dtype=str)


def tables(path: Path) -> list[layout.Table]:
    """Return the tables as an import finds them."""
    return [table for sheet in opening.read(path).sheets for table in layout.tables(sheet)]


def main() -> int:
    """Print the times and the ratio; return 1 where it is above the limit."""
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder))
        (found,) = tables(path)
        assert len(found.body) == ROWS
        runs = [(best(plainly, path), best(tables, path)) for _ in range(TIMES)]
    pandas_s, ours_s = (min(each) for each in zip(*runs, strict=True))
    ratio = ours_s / pandas_s
    sys.stdout.write(f"pandas {pandas_s:.3f} s, intake {ours_s:.3f} s, ratio {ratio:.2f}\n")
    return int(ratio > AT_MOST)


if __name__ == "__main__":
    raise SystemExit(main())
