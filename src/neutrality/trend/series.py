"""Published yearly figures of companies and industries: metrics and units in Chinese or English,
sources that contradict each other, boundaries.

Each figure keeps its value and unit as printed, its boundary, source and status; `amount` is the
same in the metric's own unit (`reference/metrics.csv`). Where sources contradict each other, the
figure of the better status is used, of equal status the one listed first; both are shown.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from pathlib import Path

import pandas as pd

from neutrality import sheets
from neutrality.reference import units
from neutrality.reference.status import rank
from neutrality.texts import hints, labels
from neutrality.texts.findings import Finding, in_rows, in_table

BOUNDARIES = {"上市公司": "listed company", "集团": "group", "行业": "industry", "": "not stated"}
NEVER_USED = "RECALLED"  # may be shown, never enters a figure
_KEY = ["entity", "metric", "year"]
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_EXAMPLES = ("ghg_scope1_2", "energy_total", "operating_revenue")


@cache
def metrics() -> pd.DataFrame:
    """Return unit, kind, quantity, basis, zh, en of each metric by its id, in which * stands for
    a year.
    """
    return sheets.packaged("reference/metrics.csv").set_index("id")


def metric_row(metric: str) -> pd.Series:
    """Return the row of metrics.csv for a metric's id.

    >>> metric_row("target_ghg_per_revenue_vs_2020")["basis"]
    'revenue'
    """
    return metrics().loc[_YEAR.sub("*", metric)]


def metric_name(metric: str, lang: str) -> str:
    """Return the name of a metric in "zh" or "en".

    >>> metric_name("ghg_scope1_2", "zh"), metric_name("target_electricity_saved_2021_2025", "en")
    ('温室气体排放总量', 'Electricity to be saved from 2021 to 2025')
    """
    name = metric_row(metric)[lang].partition(";")[0]
    for year in _YEAR.findall(metric):
        name = name.replace("*", year, 1)
    return name[:1].upper() + name[1:]


@cache
def _ids_by_name() -> dict[str, str]:
    """Return the id of a metric by each of its names, years as *."""
    rows = metrics()
    return {_normalised(id.replace("_", " ")): id for id in rows.index} | {
        _normalised(name): row.Index
        for row in rows.itertuples()
        for name in f"{row.zh};{row.en}".split(";")
    }


def _normalised(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name.strip().lower())


def metric_id(name: str) -> str:
    """Return the id of a metric from its Chinese or English name, with its years; "" for an unknown
    name.

    >>> metric_id("营业收入"), metric_id("Scope 1 and 2 emissions")
    ('operating_revenue', 'ghg_scope1_2')
    >>> metric_id("单位营业收入能耗较2025年下降目标")
    'target_energy_per_revenue_vs_2025'
    """
    id = _ids_by_name().get(_normalised(_YEAR.sub("*", name)), "")
    for year in _YEAR.findall(name):
        id = id.replace("*", year, 1)
    return id


def read(company: pd.DataFrame) -> pd.DataFrame:
    """Return the table company with metrics and boundaries by id, `amount` in the metric's unit,
    and `rank` of its status.

    Raises ValueError with every row whose metric is unknown, whose unit does not measure it, whose
    value is not possible for it, or whose boundary differs from that of the same entity, metric and
    year above.
    """
    table = company.assign(
        metric=company["metric"].map(metric_id),
        boundary=company["boundary"].replace(BOUNDARIES),
        rank=company["status"].map(rank),
        amount=float("nan"),
    )
    unknown = company.loc[table["metric"] == "", "metric"]
    problems = [_unknown_metric(row, name) for row, name in unknown.items()]
    known = table[table["metric"] != ""]
    for row in known.itertuples():
        metric = metric_row(row.metric)
        try:
            table.loc[row.Index, "amount"] = units.published(row.value, row.unit, metric["unit"])
        except ValueError:
            problems.append(_wrong_unit(row, metric["unit"]))
        if possible := _possible_range(row.value, metric):
            problems.append(_wrong_value(row, possible))
    problems += _boundary_problems(known)
    if problems:
        raise ValueError("\n".join(problems))
    return table.astype({"amount": "float64"})


def _unknown_metric(row: int, name: str) -> str:
    """Return the problem of a row whose metric is not known, with the nearest name or examples."""
    is_target = re.search("目标|上限|target|cap", name)
    ids = _ids_by_name()
    # The name of a level never suggests its target.
    known = [each for each, id in ids.items() if is_target or metric_row(id)["kind"] != "target"]
    near = hints.nearest(_normalised(name), known)
    hint = (
        f"did you mean '{ids[near]}'?" if near else f"write a metric such as {', '.join(_EXAMPLES)}"
    )
    return (
        f"company.csv, row {row}, column metric: found '{name}', "
        f"which is not known in Chinese or English; {hint}"
    )


def _wrong_unit(row, own_unit: str) -> str:
    return (
        f"company.csv, row {row.Index}, column unit: found '{row.unit}'; {row.metric} is given in "
        f"{own_unit} or a unit like it, in English or Chinese: {units.same_dimension(own_unit)}"
    )


def _wrong_value(row, possible: str) -> str:
    return (
        f"company.csv, row {row.Index}, column value: found '{row.value:g}'; "
        f"{row.metric} is {possible}"
    )


def _possible_range(value: float, metric: pd.Series) -> str:
    """Return what values of a metric are possible, or "" where this one is.

    Divisors are above zero; a target that is a fall is negative; no fall is more than 100 %.

    >>> _possible_range(20.0, metric_row("target_ghg_per_revenue_vs_2020"))
    'a change, a fall is negative: write -20'
    >>> _possible_range(0.0, metric_row("ghg_scope1"))
    ''
    """
    if metric["unit"] != "percent":
        if _is_divisor(metric) and value <= 0:
            return "above 0; leave the row out where there is none"
        return "0 or more" if value < 0 else ""
    if metric["kind"] != "target":
        return "above -100 %" if value <= -units.PERCENT else ""
    if value > 0:
        return f"a change, a fall is negative: write -{value:g}"
    return "a fall of 100 % at most" if value < -units.PERCENT else ""


def _is_divisor(metric: pd.Series) -> bool:
    """Return whether an intensity is divided by the metric, or an index formed from it."""
    kind, is_energy = metric["kind"], metric["quantity"] == "energy"
    return (
        kind == "efficiency"
        or kind == "intensity"
        and is_energy
        or kind == "level"
        and (is_energy or bool(metric["basis"]))
    )


def _boundary_problems(known: pd.DataFrame) -> list[str]:
    first = known.groupby(_KEY)["boundary"].transform("first")
    return [
        f"company.csv, row {row.Index}, column boundary: found '{row.boundary}'; {row.metric} of "
        f"{row.entity} in {row.year} has the boundary '{first[row.Index]}' in a row above; "
        "give another boundary an entity of its own"
        for row in known[known["boundary"] != first].itertuples()
    ]


def preferred_figures(figures: pd.DataFrame) -> pd.DataFrame:
    """Return one figure for each entity, metric and year: that of the best status, then the
    first listed.
    """
    by_status = figures.sort_index().sort_values("rank", kind="stable")
    return by_status.drop_duplicates(_KEY).sort_index()


def contradictions(figures: pd.DataFrame) -> pd.DataFrame:
    """Return each figure that differs from the one used by more than rounding, indexed by its row.

    Columns entity, year, metric, name_zh, name_en; value (as printed), unit, source and status of
    the used and of the other figure; difference_percent.
    """
    details = ["value", "unit", "source", "status"]
    used = preferred_figures(figures).set_index(_KEY)[[*details, "amount"]].add_prefix("used_")
    both = figures.join(used, on=_KEY)
    differs = [_differs(row) for _, row in both.iterrows()]
    both = both[pd.Series(differs, both.index, dtype=bool)]
    # Beside a 0 the other figure is 100 % apart.
    whole = both["used_amount"].where(both["used_amount"] != 0, both["amount"])
    names = {
        f"name_{lang}": [metric_name(metric, lang) for metric in both["metric"]]
        for lang in labels.LANGUAGES
    }
    table = both.rename(columns={detail: f"other_{detail}" for detail in details}).assign(
        difference_percent=units.PERCENT * (both["amount"] - both["used_amount"]) / whole, **names
    )
    sides = [f"{side}_{detail}" for side in ("used", "other") for detail in details]
    return table[["entity", "year", "metric", *names, *sides, "difference_percent"]]


def _differs(row: pd.Series) -> bool:
    """Return whether a figure differs from the one used by more than the coarser rounding."""
    coarser = max(
        _half_step(row["value"], row["amount"]), _half_step(row["used_value"], row["used_amount"])
    )
    return abs(row["amount"] - row["used_amount"]) > coarser * (1 + units.TIE)


def _half_step(value: float, amount: float) -> float:
    """Return half the last decimal place that a value was printed with, in the metric's unit: 34.2
    and 34.15 may be the same figure, rounded.
    """
    decimals = min(Decimal(repr(value)).normalize().as_tuple().exponent, 0)
    return 0.5 * 10.0**decimals * (amount / value if value else 1.0)


def contradiction_findings(contradicted: pd.DataFrame, case: Path | None = None) -> list[Finding]:
    """Return a finding for each row of `contradictions`, entity and statuses by their names."""
    names = {
        f"{column}_{lang}": [labels.label(id, lang, case) for id in contradicted[column]]
        for column in ("entity", "used_status", "other_status")
        for lang in labels.LANGUAGES
    }
    return in_rows("company", "value", "sources_disagree", contradicted.assign(**names))


def published_series(figures: pd.DataFrame, entity: str, metric: str) -> pd.Series:
    """Return one series by year in the metric's unit, without RECALLED figures; empty where nothing
    was published.

    Raises ValueError for an entity that the table does not have.
    """
    if not (figures["entity"] == entity).any():
        known = ", ".join(sorted(figures["entity"].unique()))
        raise ValueError(f"company.csv: no entity '{entity}'; it holds {known}")
    rows = usable_figures(figures, entity, metric).set_index("year")
    return rows["amount"].astype("float64").sort_index().rename(metric)


def published_or_empty(figures: pd.DataFrame, entity: str, metric: str) -> pd.Series:
    """Return one series as `published_series`, empty also for an entity that the table does not
    have.
    """
    if (figures["entity"] == entity).any():
        return published_series(figures, entity, metric)
    return pd.Series(dtype="float64", name=metric)


def usable_figures(figures: pd.DataFrame, entity: str, *names: str) -> pd.DataFrame:
    """Return the preferred figures of an entity's metrics, without RECALLED ones."""
    of_entity = (figures["entity"] == entity) & figures["metric"].isin(names)
    return preferred_figures(figures[of_entity & (figures["status"] != NEVER_USED)])


def statuses(figures: pd.DataFrame, entity: str, *names: str) -> list[str]:
    """Return the statuses of an entity's usable figures of these metrics."""
    return usable_figures(figures, entity, *names)["status"].to_list()


def boundaries(figures: pd.DataFrame, entity: str, *names: str) -> tuple[str, ...]:
    """Return the boundaries of an entity's figures of these metrics, each once."""
    rows = figures[(figures["entity"] == entity) & figures["metric"].isin(names)]
    return tuple(dict.fromkeys(rows["boundary"]))


def boundary_findings(
    figures: pd.DataFrame, above: tuple[str, ...], below: tuple[str, ...]
) -> list[Finding]:
    """Return a finding where a ratio of two figures, each (entity, metric, ...), has numerator and
    denominator of different boundaries.
    """
    found = {"above": boundaries(figures, *above), "below": boundaries(figures, *below)}
    if not all(found.values()) or len({*found["above"], *found["below"]}) == 1:
        return []
    bracket = {"zh": "{}（{}）", "en": "{} ({})"}
    texts = {
        f"{side}_{lang}": bracket[lang].format(
            metric_name(figure[1], lang),
            labels.listed([labels.label(boundary, lang) for boundary in found[side]], lang),
        )
        for side, figure in (("above", above), ("below", below))
        for lang in labels.LANGUAGES
    }
    return in_table("company", "boundaries_mixed", **texts)


def relevant_figures(figures: pd.DataFrame, entity: str) -> pd.DataFrame:
    """Return all figures where the table has the entity, else none."""
    return figures if (figures["entity"] == entity).any() else figures[:0]
