"""The published yearly series: metrics and units in Chinese or English, sources that disagree,
boundaries that travel.

Every figure keeps value and unit as printed, its boundary, source and status; `amount` is the same
in the metric's own unit (`reference/metrics.csv`). Of two sources that disagree the figure of the
better status is used, of equal status the one listed first; both are shown.
"""

from __future__ import annotations

import difflib
import re
from decimal import Decimal
from functools import cache
from pathlib import Path

import pandas as pd

from neutrality import sheets
from neutrality.reference import units
from neutrality.reference.status import STATUSES
from neutrality.texts import labels
from neutrality.texts.findings import Finding, in_rows, in_table

BOUNDARIES = {"上市公司": "listed company", "集团": "group", "行业": "industry", "": "not stated"}
KEY = ["entity", "metric", "year"]
NEVER_USED = "RECALLED"  # may be shown, never enters a figure


@cache
def metrics() -> pd.DataFrame:
    """Return unit, kind, quantity, basis, zh, en of each metric by its id, in which * stands for
    a year.
    """
    return sheets.packaged("reference/metrics.csv").set_index("id")


YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")


def about(metric: str) -> pd.Series:
    """Return the row of metrics.csv that a metric's id belongs to.

    >>> about("target_ghg_per_revenue_vs_2020")["basis"]
    'revenue'
    """
    return metrics().loc[YEAR.sub("*", metric)]


def name(metric: str, lang: str) -> str:
    """Return what a metric is called in "zh" or "en".

    >>> name("ghg_scope1_2", "zh"), name("target_electricity_saved_2021_2025", "en")
    ('温室气体排放总量', 'Electricity to be saved from 2021 to 2025')
    """
    called = about(metric)[lang].partition(";")[0]
    for year in YEAR.findall(metric):
        called = called.replace("*", year, 1)
    return called[:1].upper() + called[1:]


@cache
def _names() -> dict[str, str]:
    """Return each way to write a metric -> its id, years as *."""
    rows = metrics()
    spelt = {_plain(id.replace("_", " ")): id for id in rows.index}
    return spelt | {
        _plain(name): row.Index
        for row in rows.itertuples()
        for name in f"{row.zh};{row.en}".split(";")
    }


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name.strip().lower())


def metric_id(name: str) -> str:
    """Return the id of a metric written in Chinese or English, with its years; "" where it is not
    known.

    >>> metric_id("营业收入"), metric_id("Scope 1 and 2 emissions"), metric_id("单位营业收入能耗较2025年下降目标")
    ('operating_revenue', 'ghg_scope1_2', 'target_energy_per_revenue_vs_2025')
    """
    id = _names().get(_plain(YEAR.sub("*", name)), "")
    for year in YEAR.findall(name):
        id = id.replace("*", year, 1)
    return id


def read(company: pd.DataFrame) -> pd.DataFrame:
    """Return the table company with metrics and boundaries by id, `amount` in the metric's unit,
    `rank` of its status.

    Raises ValueError with every row whose metric is not known, whose unit does not measure it,
    whose value it cannot have, or whose boundary is another than that of the same entity, metric
    and year above.
    """
    table = company.assign(
        metric=company["metric"].map(metric_id),
        boundary=company["boundary"].replace(BOUNDARIES),
        rank=company["status"].map(STATUSES.index),
        amount=float("nan"),
    )
    wrong = [
        _unknown(row, name) for row, name in company.loc[table["metric"] == "", "metric"].items()
    ]
    for row in table[table["metric"] != ""].itertuples():
        own = about(row.metric)["unit"]
        try:
            table.loc[row.Index, "amount"] = units.published(row.value, row.unit, own)
        except ValueError:
            wrong.append(
                f"company.csv, row {row.Index}, column unit: found '{row.unit}'; {row.metric} is given in {own} "
                f"or a unit like it, in English or Chinese: {units.same_dimension(own)}"
            )
        if said := _outside(row.value, about(row.metric)):
            wrong.append(
                f"company.csv, row {row.Index}, column value: found '{row.value:g}'; {row.metric} is {said}"
            )
    known = table[table["metric"] != ""]
    first = known.groupby(KEY)["boundary"].transform("first")
    wrong += [
        f"company.csv, row {row.Index}, column boundary: found '{row.boundary}'; {row.metric} of {row.entity} in {row.year} "
        f"stands above as '{first[row.Index]}'; give another boundary an entity of its own"
        for row in known[known["boundary"] != first].itertuples()
    ]
    if wrong:
        raise ValueError("\n".join(wrong))
    return table.astype({"amount": "float64"})


def _outside(value: float, about: pd.Series) -> str:
    """Return what a metric's value must be, "" where it is: what others are divided by is above
    zero, a fall is written as one.

    >>> _outside(20.0, about("target_ghg_per_revenue_vs_2020")), _outside(0.0, about("ghg_scope1"))
    ('a change, a fall is negative: write -20', '')
    """
    kind, in_percent = about["kind"], about["unit"] == "percent"
    if kind == "target" and in_percent:
        return (
            f"a change, a fall is negative: write -{value:g}"
            if value > 0
            else "a fall of 100 % at most"
            if value < -units.PERCENT
            else ""
        )
    if in_percent:
        return "above -100 %" if value <= -units.PERCENT else ""
    divides = (
        kind == "efficiency"
        or kind == "level"
        and about["basis"]
        or kind in ("level", "intensity")
        and about["quantity"] == "energy"
    )
    if divides and value <= 0:
        return "above 0; leave the row out where there is none"
    return "0 or more" if value < 0 else ""


def _unknown(row: int, name: str) -> str:
    aim = re.search("目标|上限|target|cap", name)
    known = [
        each for each, id in _names().items() if aim or about(id)["kind"] != "target"
    ]  # a level is never taken for its target
    near = difflib.get_close_matches(_plain(name), known, 1)
    hint = (
        f"did you mean '{_names()[near[0]]}'?"
        if near
        else f"write a metric such as {', '.join(metrics().index[[4, 5, 13]])}"
    )
    return f"company.csv, row {row}, column metric: found '{name}', which is not known in Chinese or English; {hint}"


def chosen(figures: pd.DataFrame) -> pd.DataFrame:
    """Return one figure for each entity, metric and year: that of the best status, then the
    first listed.
    """
    return figures.sort_index().sort_values("rank", kind="stable").drop_duplicates(KEY).sort_index()


def contradictions(figures: pd.DataFrame) -> pd.DataFrame:
    """Return each figure that differs from the one used by more than rounding: both values as
    printed, both sources, the difference [%].

    Columns entity, year, metric, used_value, used_unit, used_source, other_value, other_unit,
    other_source, difference_percent; indexed by the row of the other.
    """
    used = (
        chosen(figures)
        .set_index(KEY)[["value", "unit", "source", "status", "amount"]]
        .add_prefix("used_")
    )
    both = figures.join(used, on=KEY)
    coarser = both.apply(
        lambda row: max(
            _half_step(row["value"], row["amount"]),
            _half_step(row["used_value"], row["used_amount"]),
        ),
        axis=1,
    )
    apart = (
        (both["amount"] - both["used_amount"]).abs() > coarser * (1 + units.TIE)
        if len(both)
        else pd.Series(dtype=bool)
    )
    other = {
        "value": "other_value",
        "unit": "other_unit",
        "source": "other_source",
        "status": "other_status",
    }
    both = both[apart].rename(columns=other)
    of = both["used_amount"].where(
        both["used_amount"] != 0, both["amount"]
    )  # beside a 0 the other is 100 % apart
    difference = units.PERCENT * (both["amount"] - both["used_amount"]) / of
    names = {
        f"name_{lang}": both["metric"].map(lambda metric, lang=lang: name(metric, lang))
        for lang in labels.LANGUAGES
    }
    return both.assign(difference_percent=difference, **names)[
        [
            "entity",
            "year",
            "metric",
            *names,
            "used_value",
            "used_unit",
            "used_source",
            "used_status",
            *other.values(),
            "difference_percent",
        ]
    ]


def _half_step(value: float, amount: float) -> float:
    """Return half the last decimal a value was printed with, in the metric's unit: 34.2 and
    34.15 are one figure, rounded.
    """
    decimals = min(Decimal(repr(value)).normalize().as_tuple().exponent, 0)
    return 0.5 * 10.0**decimals * (amount / value if value else 1.0)


def disagreements(contradicted: pd.DataFrame, case: Path | None = None) -> list[Finding]:
    """Return a finding for each figure that another source contradicts, entity and statuses by
    their names.
    """
    named = {
        f"{column}_{lang}": contradicted[column].map(
            lambda id, lang=lang: labels.label(id, lang, case)
        )
        for column in ("entity", "used_status", "other_status")
        for lang in labels.LANGUAGES
    }
    return in_rows("company", "value", "sources_disagree", contradicted.assign(**named))


def of(figures: pd.DataFrame, entity: str, metric: str) -> pd.Series:
    """Return one series by year in the metric's unit, RECALLED figures left out; empty when nothing
    was published.

    Raises ValueError for an entity the table does not know.
    """
    rows = figures[figures["entity"] == entity]
    if rows.empty:
        known = ", ".join(sorted(figures["entity"].unique()))
        raise ValueError(f"company.csv: no entity '{entity}'; it holds {known}")
    rows = rows[(rows["metric"] == metric) & (rows["status"] != NEVER_USED)]
    return chosen(rows).set_index("year")["amount"].astype("float64").sort_index().rename(metric)


def if_known(figures: pd.DataFrame, entity: str, metric: str) -> pd.Series:
    """Return one series, empty also where the table does not know the entity."""
    known = (figures["entity"] == entity).any()
    return of(figures, entity, metric) if known else pd.Series(dtype="float64", name=metric)


def statuses(figures: pd.DataFrame, entity: str, *names: str) -> list[str]:
    """Return the statuses of an entity's series, for the figures that rest on them."""
    rows = figures[
        (figures["entity"] == entity)
        & figures["metric"].isin(names)
        & (figures["status"] != NEVER_USED)
    ]
    return chosen(rows)["status"].to_list()


def boundaries(figures: pd.DataFrame, entity: str, *names: str) -> tuple[str, ...]:
    """Return the boundaries that an entity's figures of these metrics have, each once."""
    rows = figures[(figures["entity"] == entity) & figures["metric"].isin(names)]
    return tuple(dict.fromkeys(rows["boundary"]))


def mixed(figures: pd.DataFrame, above: tuple[str, ...], below: tuple[str, ...]) -> list[Finding]:
    """Return a finding where a ratio of two figures, each (entity, metric, ...), is formed
    across boundaries.
    """
    sets = [boundaries(figures, *figure) for figure in (above, below)]
    if not all(sets) or len({*sets[0], *sets[1]}) == 1:
        return []
    bracket = {"zh": "{}（{}）", "en": "{} ({})"}
    said = {
        f"{what}_{lang}": bracket[lang].format(
            name(figure[1], lang), labels.listed([labels.label(each, lang) for each in found], lang)
        )
        for what, figure, found in zip(("above", "below"), (above, below), sets, strict=True)
        for lang in labels.LANGUAGES
    }
    return in_table("company", "boundaries_mixed", **said)


def of_interest(figures: pd.DataFrame, entity: str) -> pd.DataFrame:
    """Return all figures where the table has some of the entity, else none: nothing to tell."""
    return figures if (figures["entity"] == entity).any() else figures[:0]
