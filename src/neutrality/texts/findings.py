"""What was found in a case: refused stops the report, odd and unchecked are printed in it.

The sentences are in `texts/findings.csv`, in both languages.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import cache
from string import Formatter

import pandas as pd

from neutrality import sheets

WHOLE_TABLE = 0  # row of a finding about the table as a whole
_SIZES = ("kwh", "t_co2e")  # values that are the size of a finding
# Nobody knows their tonnes, and the total may be too low by them: they always stand on page one.
_UNSIZED = ("source_unstated", "never_used", "check_widened", "size_not_given")


@cache
def rules() -> dict[str, tuple[str, str, str]]:
    """Return severity, Chinese and English sentence of each rule, with places for values."""
    rows = sheets.packaged("texts/findings.csv").itertuples()
    return {row.rule: (row.severity, row.zh, row.en) for row in rows}


@cache
def _quoted(rule: str) -> frozenset[str]:
    """Return the names of the values that a rule's sentences quote."""
    _, zh, en = rules()[rule]
    names = (name for text in (zh, en) for _, name, _, _ in Formatter().parse(text) if name)
    return frozenset(re.match(r"\w+", name)[0] for name in names)


def records(rule: str, rows: pd.DataFrame) -> list[dict]:
    """Return of each row the values that a rule's sentences quote, or that are its size."""
    if not len(rows):  # as most checks find nothing, and choosing columns takes a millisecond
        return []
    names = rows.columns.intersection(_quoted(rule).union(_SIZES), sort=False)
    return rows[names].to_dict("records") if len(names) else [{} for _ in rows.index]


@dataclass(frozen=True)
class Finding:
    """One thing found in a table."""

    table: str
    row: int  # line of the file, heading = 1; 0 for the whole table
    rule: str
    severity: str  # refused (it stops the report), odd or unchecked
    zh: str
    en: str
    kwh: float = math.nan  # electricity in question, to be valued at the factor of the grid
    t_co2e: float = math.nan  # what it changes the inventory by [tCO2e], below 0 where it lowers it
    base_t_co2e: float = math.nan  # the same of the base year's inventory


def in_rows(table: str, column: str, rule: str, rows: pd.DataFrame, **more) -> list[Finding]:
    """Return one finding for each row, with the row's values and `more` in the sentences.

    Values named kwh and t_co2e are the finding's size.
    """
    severity, zh, en = rules()[rule]
    return [
        Finding(
            table,
            int(row),
            rule,
            severity,
            f"{table}.csv 第 {row} 行 {column} 列：{zh.format(**values, **more)}。",
            f"{table}.csv, row {row}, {column}: {en.format(**values, **more)}.",
            **_size(values | more),
        )
        for row, values in zip(rows.index, records(rule, rows), strict=True)
    ]


def in_table(table: str, rule: str, **values) -> list[Finding]:
    """Return one finding about a whole table, with `values` in the sentences.

    Values named kwh and t_co2e are the finding's size.
    """
    severity, zh, en = rules()[rule]
    sentences = f"{table}.csv：{zh.format(**values)}。", f"{table}.csv: {en.format(**values)}."
    return [Finding(table, WHOLE_TABLE, rule, severity, *sentences, **_size(values))]


def in_parameters(rule: str, **values) -> list[Finding]:
    """Return one finding about the parameters, with `values` in the sentences."""
    severity, zh, en = rules()[rule]
    sentences = f"{zh.format(**values)}。", f"{en.format(**values)}."
    return [Finding("parameters", WHOLE_TABLE, rule, severity, *sentences, **_size(values))]


def moved(findings: list[Finding], table: str, to: str) -> list[Finding]:
    """Return the findings with those about `table` said of the table `to`, which the case has in
    its place.

    >>> said = [Finding("energy", 0, "stuck", "odd", "energy.csv：卡住。", "energy.csv: stuck.")]
    >>> moved(said, "energy", "meters")[0].en
    'meters.csv: stuck.'
    """

    def renamed(text: str) -> str:
        return f"{to}{text.removeprefix(table)}"

    return [
        replace(each, table=to, zh=renamed(each.zh), en=renamed(each.en))
        if each.table == table
        else each
        for each in findings
    ]


def _size(values: dict) -> dict[str, float]:
    return {name: float(values[name]) for name in _SIZES if name in values}


def of_base_year(findings: list[Finding]) -> list[Finding]:
    """Return findings about the base year's inventory: their size is none of the reporting year's.

    >>> of_base_year([Finding("energy", 0, "override", "odd", "", "", t_co2e=-2.0)])[0].base_t_co2e
    -2.0
    """
    return [replace(each, t_co2e=math.nan, base_t_co2e=each.t_co2e) for each in findings]


def resized(findings: list[Finding], rule: str, t_co2e: float) -> list[Finding]:
    """Return the findings with the size of those of one rule, where it is known only later."""
    return [replace(each, t_co2e=t_co2e) if each.rule == rule else each for each in findings]


def refuse(findings: list[Finding], shown: int = 20) -> None:
    """Raise ValueError with the first `shown` refused findings, one a line, if there are any."""
    refused = [finding.en for finding in findings if finding.severity == "refused"]
    if refused:
        more = [f"and {len(refused) - shown} more rows are refused"] if len(refused) > shown else []
        raise ValueError("\n".join(refused[:shown] + more))


def table(findings: list[Finding]) -> pd.DataFrame:
    """Return the findings as a table, a column for each field of `Finding`."""
    columns = list(Finding.__dataclass_fields__)
    rows = [[getattr(finding, name) for name in columns] for finding in findings]
    return pd.DataFrame(rows, columns=columns)


def material(table: pd.DataFrame, percent: float, residual_t: float) -> pd.DataFrame:
    """Return the findings of a table that belong on page one, the largest first.

    These are the findings whose size, in the reporting year or in the base year, is at least
    `percent` of the residual [tCO2e], and those whose size nobody knows although they may lower the
    total.

    >>> sizes = {"rule": ["override", "own_factor"], "t_co2e": [-4.0, -6.0]}
    >>> material(pd.DataFrame(sizes).assign(base_t_co2e=math.nan), 5.0, 100.0).rule.tolist()
    ['own_factor']
    """
    size_t = table["t_co2e"].fillna(table["base_t_co2e"]).abs()
    sized = size_t.gt(0) & size_t.ge(percent / 100 * abs(residual_t))
    kept = table[sized | table["rule"].isin(_UNSIZED)]
    return kept.loc[size_t[kept.index].sort_values(ascending=False, kind="stable").index]
