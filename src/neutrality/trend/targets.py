"""Targets: the distance of a series from each target, and the yearly change that would reach it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from neutrality.reference import units
from neutrality.texts import labels
from neutrality.trend import intensity, series

_TARGET = ["entity", "boundary", "year", "metric", "value", "unit", "status", "source"]
_RESULT = [
    *("reached", "reached_year", "distance", "verdict", "required_percent"),
    *("missing_zh", "missing_en"),
]
_PATHWAY = [
    *("basis", "from_year", "from_percent", "to_year", "to_percent"),
    *("required_percent", "so_far_percent"),
]


def published_targets(figures: pd.DataFrame) -> pd.DataFrame:
    """Return the targets in the table, of all entities, with quantity, basis and base_year.

    basis is "total" for a cap and "" for a target that is no intensity; base_year is 0 where the
    metric names none.
    """
    is_target = [series.metric_row(metric)["kind"] == "target" for metric in figures["metric"]]
    targets = figures[pd.Series(is_target, figures.index, dtype=bool)]
    if len(targets):
        targets = series.preferred_figures(targets)[[*_TARGET, "amount"]]
    base_year = targets["metric"].str.extract(r"_vs_(\d{4})$")[0].fillna("0").astype("int64")
    metrics = [series.metric_row(metric) for metric in targets["metric"]]
    return targets.assign(
        base_year=base_year,
        quantity=[metric["quantity"] for metric in metrics],
        basis=[metric["basis"] for metric in metrics],
    )


def distances(
    targets: pd.DataFrame,
    entity: str,
    known: dict[tuple[str, str], tuple[pd.Series, tuple[str, ...]]],
) -> pd.DataFrame:
    """Return the targets with what was reached by their year, on the same basis and boundary only.

    `known` holds, by quantity and basis, the entity's level by year (in the unit of a cap, or an
    intensity in any unit) and the boundaries of its figures. Adds reached (in percent on the base
    year, or the level for a cap), reached_year (0 = none), distance = reached - target (0 or less
    where it is met), verdict, required_percent (a year, from reached_year to the target's year),
    and why there is no verdict (missing_zh, missing_en).
    """
    rows = [row | _distance(row, entity, known) for row in targets.to_dict("records")]
    return pd.DataFrame(rows, columns=[*_TARGET, *_RESULT])


def _distance(target: dict, entity: str, known: dict) -> dict:
    basis = target["quantity"], target["basis"]
    level, boundaries = known.get(basis, (pd.Series(dtype="float64"), ()))
    if target["entity"] != entity or set(boundaries) - {target["boundary"]}:
        zh, en = (labels.label(target["boundary"], lang) for lang in labels.LANGUAGES)
        return _undecided(
            f"同一主体、同一边界（{zh}）的序列",
            f"a series of the same entity and boundary ({en.lower()})",
        )
    level = level.dropna().loc[: target["year"]]
    is_cap = target["basis"] == "total"
    is_comparable = len(level) > 0 if is_cap else target["base_year"] in level.index[:-1]
    if not is_comparable:
        return _undecided("同一口径的年度数据", "yearly figures on the same basis")
    return _compared(target, level, is_cap)


def _undecided(zh: str, en: str) -> dict:
    """Return the result of a target without a comparable series, and what is missing."""
    values = (np.nan, 0, np.nan, "not decidable", np.nan, zh, en)
    return dict(zip(_RESULT, values, strict=True))


def _compared(target: dict, level: pd.Series, is_cap: bool) -> dict:
    """Return the result of a target from its level up to the target's year."""
    year, last = int(level.index[-1]), level.iloc[-1]
    if is_cap:
        reached, ratio = last, target["amount"] / last
    else:
        reached = units.PERCENT * (last / level[target["base_year"]] - 1)
        ratio = (1 + target["amount"] / units.PERCENT) / (1 + reached / units.PERCENT)
    distance = reached - target["amount"]
    # Exactly -20 % is not "more than 20 %".
    tolerance = -units.TIE if re.search("more than|超过", target["unit"]) else units.TIE
    is_known = year == target["year"]
    return {
        "reached": float(reached),
        "reached_year": year,
        "distance": float(distance),
        "verdict": ("holds" if distance <= tolerance else "fails") if is_known else "not decidable",
        "required_percent": _yearly_change(ratio, target["year"] - year),
        "missing_zh": "" if is_known else f"{target['year']} 年数据",
        "missing_en": "" if is_known else f"figures of {target['year']}",
    }


def decided_distances(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `distances` with a verdict, with the unit and digits of reached and
    distance.
    """
    decided = table[table["verdict"] != "not decidable"]
    own_units = [series.metric_row(metric)["unit"] for metric in decided["metric"]]
    return decided.assign(
        unit=["%" if unit == "percent" else unit for unit in own_units],
        digits=[0 if unit == "tce" else 1 for unit in own_units],
    )


def with_metric_names(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with name_zh and name_en of each metric."""
    names = {
        f"name_{lang}": [series.metric_name(metric, lang) for metric in table["metric"]]
        for lang in labels.LANGUAGES
    }
    return table.assign(**names)


def _yearly_change(ratio: float, years: int) -> float:
    """Return the change a year [%] that multiplies to a ratio in so many years; NaN in none.

    >>> round(_yearly_change(0.81, 2), 9)
    -10.0
    """
    return float(units.PERCENT * (ratio ** (1 / years) - 1)) if years > 0 else np.nan


def pathways(change: pd.DataFrame, base_year: int, aims: dict[int, float]) -> pd.DataFrame:
    """Return the way of each basis from the last known year to each aim: the change a year that is
    required, and the change a year so far.

    `change` on the base year [%], year x basis, as from `intensity.changes`; `aims` are falls on
    the base year [%] by year. Columns basis, from_year, from_percent, to_year, to_percent,
    required_percent, so_far_percent (a year). No row for an aim up to the last known year.
    """
    rows = []
    for basis in change.columns:
        known = change[basis].dropna()
        known = known[known.index > base_year]
        if known.empty:
            continue
        from_year, from_percent = int(known.index[-1]), known.iloc[-1]
        level = 1 + from_percent / units.PERCENT
        so_far = _yearly_change(level, from_year - base_year)
        for to_year, fall in aims.items():
            if from_year < to_year:
                ratio = (1 - fall / units.PERCENT) / level
                required = _yearly_change(ratio, to_year - from_year)
                rows.append((basis, from_year, from_percent, to_year, -fall, required, so_far))
    return pd.DataFrame(rows, columns=_PATHWAY)


def levels(
    figures: pd.DataFrame, entity: str, industry: str, emitted_mt: pd.Series, activity: pd.DataFrame
) -> dict[tuple[str, str], tuple[pd.Series, tuple[str, ...]]]:
    """Return the entity's emissions [Mt] and intensities, by quantity and basis, with their
    boundaries: the levels that `distances` compares with the targets.
    """
    intensities = intensity.per_activity(emitted_mt, activity)
    above = series.boundaries(figures, entity, "ghg_scope1_2")
    return {("carbon", "total"): (emitted_mt, above)} | {
        ("carbon", basis): (intensities[basis], above + series.boundaries(figures, *below))
        for basis, below in intensity.activity_figures(entity, industry).items()
        if basis in intensities
    }
