"""What was found in a case: refused stops the report, odd and unchecked are printed by it.

Most sentences stand in `texts/findings.csv`, in both languages.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pandas as pd

from neutrality import sheets

WHOLE_TABLE = 0  # row of a finding that is about no single row


@cache
def rules() -> dict[str, tuple[str, str, str]]:
    """Return severity and the sentences in Chinese and English of each rule; braces take the
    row's own values.
    """
    rows = sheets.packaged("texts/findings.csv").itertuples()
    return {row.rule: (row.severity, row.zh, row.en) for row in rows}


@dataclass(frozen=True)
class Finding:
    """One thing found in a table: refused stops the report, odd and unchecked are printed by it."""

    table: str
    row: int  # line of the file, heading = 1; 0 for the whole table
    rule: str
    severity: str  # refused, odd or unchecked
    zh: str
    en: str


def in_rows(table: str, column: str, rule: str, rows: pd.DataFrame, **more) -> list[Finding]:
    """Return one finding a row of `rows`; the rule's sentences take the row's values and `more`."""
    severity, zh, en = rules()[rule]
    return [
        Finding(
            table,
            int(row),
            rule,
            severity,
            f"{table}.csv 第 {row} 行 {column} 列：{zh.format(**values, **more)}。",
            f"{table}.csv, row {row}, {column}: {en.format(**values, **more)}.",
        )
        for row, values in zip(rows.index, rows.to_dict("records"))
    ]


def in_table(table: str, rule: str, **values) -> list[Finding]:
    """Return one finding about a whole table; the rule's sentences take `values`."""
    severity, zh, en = rules()[rule]
    said = f"{table}.csv：{zh.format(**values)}。", f"{table}.csv: {en.format(**values)}."
    return [Finding(table, WHOLE_TABLE, rule, severity, *said)]


def refuse(findings: list[Finding], shown: int = 20) -> None:
    """Raise ValueError with the refused findings, one a line, the first `shown` of them; else do
    nothing.
    """
    refused = [finding.en for finding in findings if finding.severity == "refused"]
    if refused:
        more = [f"and {len(refused) - shown} more rows are refused"] if len(refused) > shown else []
        raise ValueError("\n".join(refused[:shown] + more))


def table(findings: list[Finding]) -> pd.DataFrame:
    """Return the findings as the table findings.csv: table, row, rule, severity, zh, en."""
    columns = list(Finding.__dataclass_fields__)
    rows = [[getattr(finding, name) for name in columns] for finding in findings]
    return pd.DataFrame(rows, columns=columns)
