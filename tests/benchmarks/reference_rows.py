"""Write what the benchmarks find on placebo buildings into the package's reference tables."""

import pandas as pd

from neutrality import sheets
from neutrality.energy import bands

YEAR = 2024
ARCHIVE = "Langtry & Choudhary, Cambridge Estates Building Energy Archive v2.1"
BENCH = {"hourly": "bench_baseline.py", "daily": "bench_periods.py", "bills": "bench_periods.py"}
_REFERENCE = sheets.PACKAGE / "reference"


def source(resolution):
    return f"{ARCHIVE}; tests/benchmarks/{BENCH[resolution]}"


def write_coverage(rows):
    """Replace the coverage of daily and billing bands by `rows`."""
    table = pd.DataFrame(rows).round(2)
    table["year"], table["status"] = YEAR, "SINGLE"
    table["source"] = table["resolution"].map(source)
    _write(table, "placebo_periods.csv")


def write_scores(resolution, rows):
    """Replace the scores and drift of a resolution by those of `rows`, by fuel."""
    path = _REFERENCE / "placebo_scores.csv"
    kept = pd.read_csv(path) if path.exists() else pd.DataFrame({"resolution": []})
    parts = [kept[kept["resolution"] != resolution]]
    for fuel, each in rows.items():
        drift = round(bands.drift(each.saved_share, each.model_share), 4)
        scores = bands.scores(each.saved_share, each.model_share, drift)
        parts.append(
            pd.DataFrame(
                {
                    "resolution": resolution,
                    "fuel": fuel,
                    "rank": range(1, len(scores) + 1),
                    "score": scores.round(4),
                    "year": YEAR,
                    "status": "SINGLE",
                    "source": source(resolution),
                }
            )
        )
        _write_drift(bands.drift_row(fuel, resolution), drift)
    table = pd.concat([each for each in parts if len(each)])
    order = table["resolution"].map(list(bands.RESOLUTIONS).index)
    table = table.assign(order=order).sort_values(["order", "fuel", "rank"]).drop(columns="order")
    _write(table, "placebo_scores.csv")


def _write_drift(row, drift):
    """Put a drift into the published coefficients."""
    path = _REFERENCE / "coefficients.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.loc[table["id"] == row, "value"] = f"{100 * drift:.2f}"
    _write(table, path.name)


def _write(table, name):
    table.to_csv(_REFERENCE / name, index=False, lineterminator="\n")
