"""Plan values and the way to them: how far a series is from each, and how fast it must fall to
reach it.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from neutrality.reference import units
from neutrality.texts import labels
from neutrality.trend import intensity, series

COLUMNS = ["entity", "boundary", "year", "metric", "value", "unit", "status", "source"]


def planned(figures: pd.DataFrame) -> pd.DataFrame:
    """Return the plan values that the table holds, of whatever entity, with what each is about:
    quantity, basis, base_year.

    basis is "total" for a cap, "" where it is a target of no intensity; base_year 0 where the
    metric names none.
    """
    rows = (
        figures[[series.about(metric)["kind"] == "target" for metric in figures["metric"]]]
        if len(figures)
        else figures
    )
    base = rows["metric"].str.extract(r"_vs_(\d{4})$")[0].fillna("0").astype("int64")
    about = {
        name: [series.about(metric)[name] for metric in rows["metric"]]
        for name in ("quantity", "basis")
    }
    return (
        series.chosen(rows)[[*COLUMNS, "amount"]].assign(base_year=base, **about)
        if len(rows)
        else rows.assign(base_year=base, **about)
    )


def distances(
    plan: pd.DataFrame, entity: str, known: dict[tuple[str, str], tuple[pd.Series, tuple[str, ...]]]
) -> pd.DataFrame:
    """Return the plan with what was reached of each value by its year, on the same basis and
    boundary only.

    `known` holds, per quantity and basis, the entity's level by year (in the unit of a cap, or an
    intensity in any unit) and the boundaries it rests on. Adds reached (in percent on the base
    year, or the level for a cap), reached_year (0 = none), distance = reached - target (negative
    where it is met), verdict, required_percent (a year, from then to the target's year), missing_zh
    and missing_en: why there is no verdict.
    """
    rows = [row | _distance(row, entity, known) for row in plan.to_dict("records")]
    columns = [
        *COLUMNS,
        "reached",
        "reached_year",
        "distance",
        "verdict",
        "required_percent",
        "missing_zh",
        "missing_en",
    ]
    return pd.DataFrame(rows, columns=columns)


def _distance(row: dict, entity: str, known: dict) -> dict:
    none = {
        "reached": np.nan,
        "reached_year": 0,
        "distance": np.nan,
        "verdict": "not decidable",
        "required_percent": np.nan,
        "missing_zh": "",
        "missing_en": "",
    }
    level, boundaries = known.get((row["quantity"], row["basis"]), (pd.Series(dtype="float64"), ()))
    if row["entity"] != entity or set(boundaries) - {row["boundary"]}:
        return none | {
            "missing_zh": f"同一主体、同一边界（{labels.label(row['boundary'], 'zh')}）的序列",
            "missing_en": f"a series of the same entity and boundary ({labels.label(row['boundary'], 'en').lower()})",
        }
    by_then = level.dropna().loc[: row["year"]]
    cap = row["basis"] == "total"
    base_year = by_then.index.min() if cap else row["base_year"]
    if (
        by_then.empty
        or base_year not in by_then.index
        or by_then.index[-1] == base_year
        and not cap
    ):
        return none | {
            "missing_zh": "同一口径的年度数据",
            "missing_en": "yearly figures on the same basis",
        }
    year, change = (
        int(by_then.index[-1]),
        units.PERCENT * (by_then.iloc[-1] / by_then[base_year] - 1),
    )
    reached = by_then.iloc[-1] if cap else change
    distance = reached - row["amount"]
    aim = (
        row["amount"] / by_then.iloc[-1]
        if cap
        else (1 + row["amount"] / units.PERCENT) / (1 + change / units.PERCENT)
    )
    # Exactly -20 % is not "more than 20 %".
    slack = -units.TIE if re.search("more than|超过", row["unit"]) else units.TIE
    verdict = (
        ("holds" if distance <= slack else "fails") if year == row["year"] else "not decidable"
    )
    later = (
        {"zh": f"{row['year']} 年数据", "en": f"figures of {row['year']}"}
        if year < row["year"]
        else {"zh": "", "en": ""}
    )
    return {
        "reached": float(reached),
        "reached_year": year,
        "distance": float(distance),
        "verdict": verdict,
        "required_percent": yearly(aim, row["year"] - year),
        "missing_zh": later["zh"],
        "missing_en": later["en"],
    }


def decided(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `distances` with a verdict, each with the unit and digits of its
    reached and distance.
    """
    kept = table[table["verdict"] != "not decidable"]
    units_of = [series.about(metric)["unit"] for metric in kept["metric"]]
    return kept.assign(
        unit=["%" if unit == "percent" else unit for unit in units_of],
        digits=[0 if unit == "tce" else 1 for unit in units_of],
    )


def named(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with name_zh and name_en of each metric."""
    return table.assign(
        **{
            f"name_{lang}": [series.name(metric, lang) for metric in table["metric"]]
            for lang in labels.LANGUAGES
        }
    )


def yearly(ratio: float, years: int) -> float:
    """Return the change a year [%] that multiplies to a ratio in so many years; NaN in none.

    >>> round(yearly(0.81, 2), 9)
    -10.0
    """
    return float(units.PERCENT * (ratio ** (1 / years) - 1)) if years > 0 else np.nan


def pathways(change: pd.DataFrame, base_year: int, aims: dict[int, float]) -> pd.DataFrame:
    """Return for each basis and aim the way from the last year known: how fast it must fall, and
    how fast it fell so far.

    `change` on the base year [%], year x basis, as `intensity.changes` gives it; `aims` are falls
    on the base year [%] by year. Columns basis, from_year, from_percent, to_year, to_percent,
    required_percent and so_far_percent a year; an aim whose year is known or past is none.
    """
    rows = []
    for basis in change.columns:
        known = change[basis].dropna()
        known = known[known.index > base_year]
        for to_year, fall in aims.items() if len(known) else ():
            from_year, level = int(known.index[-1]), 1 + known.iloc[-1] / units.PERCENT
            if from_year < to_year:
                rows.append(
                    {
                        "basis": basis,
                        "from_year": from_year,
                        "from_percent": known.iloc[-1],
                        "to_year": to_year,
                        "to_percent": -fall,
                        "required_percent": yearly(
                            (1 - fall / units.PERCENT) / level, to_year - from_year
                        ),
                        "so_far_percent": yearly(level, from_year - base_year),
                    }
                )
    columns = [
        "basis",
        "from_year",
        "from_percent",
        "to_year",
        "to_percent",
        "required_percent",
        "so_far_percent",
    ]
    return pd.DataFrame(rows, columns=columns)


def levels(
    figures: pd.DataFrame, entity: str, industry: str, emitted_mt: pd.Series, activity: pd.DataFrame
) -> dict[tuple[str, str], tuple[pd.Series, tuple[str, ...]]]:
    """Return the entity's emissions [Mt] and intensities by (quantity, basis), with boundaries."""
    own, ghg = (
        intensity.per(emitted_mt, activity),
        series.boundaries(figures, entity, "ghg_scope1_2"),
    )
    return {("carbon", "total"): (emitted_mt, ghg)} | {
        ("carbon", basis): (own[basis], ghg + series.boundaries(figures, *below))
        for basis, below in intensity.rests_on(entity, industry).items()
        if basis in own
    }
