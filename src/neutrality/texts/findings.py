"""What was found in a case: refused stops the report, odd and unchecked are printed in it.

The sentences are in `texts/findings.csv`, in both languages.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from neutrality import sheets

WHOLE_TABLE = 0  # row of a finding about the table as a whole


@cache
def rules() -> dict[str, tuple[str, str, str]]:
    """Return severity, Chinese and English sentence of each rule, with places for values."""
    rows = sheets.packaged("texts/findings.csv").itertuples()
    return {row.rule: (row.severity, row.zh, row.en) for row in rows}


@dataclass(frozen=True)
class Finding:
    """One thing found in a table."""

    table: str
    row: int  # line of the file, heading = 1; 0 for the whole table
    rule: str
    severity: str  # refused (it stops the report), odd or unchecked
    zh: str
    en: str
    kwh: float = np.nan  # electricity in question, to be valued at the factor of the grid
    t: float = np.nan  # tonnes in question


def in_rows(table: str, column: str, rule: str, rows: pd.DataFrame, **more) -> list[Finding]:
    """Return one finding for each row, with the row's values and `more` in the sentences; `kwh` and
    `t` among `more` are its size too.
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
            **_size(more),
        )
        for row, values in zip(rows.index, rows.to_dict("records"), strict=True)
    ]


def in_table(table: str, rule: str, **values) -> list[Finding]:
    """Return one finding about a whole table, with `values` in the sentences; `kwh` and `t` among
    them are its size too.
    """
    severity, zh, en = rules()[rule]
    sentences = f"{table}.csv：{zh.format(**values)}。", f"{table}.csv: {en.format(**values)}."
    return [Finding(table, WHOLE_TABLE, rule, severity, *sentences, **_size(values))]


def _size(values: dict) -> dict[str, float]:
    return {name: float(values[name]) for name in ("kwh", "t") if name in values}


def refuse(findings: list[Finding], shown: int = 20) -> None:
    """Raise ValueError with the first `shown` refused findings, one a line, if there are any."""
    refused = [finding.en for finding in findings if finding.severity == "refused"]
    if refused:
        more = [f"and {len(refused) - shown} more rows are refused"] if len(refused) > shown else []
        raise ValueError("\n".join(refused[:shown] + more))


def table(findings: list[Finding]) -> pd.DataFrame:
    """Return the findings as the table findings.csv: table, row, rule, severity, zh, en, kwh, t."""
    columns = list(Finding.__dataclass_fields__)
    rows = [[getattr(finding, name) for name in columns] for finding in findings]
    return pd.DataFrame(rows, columns=columns)
