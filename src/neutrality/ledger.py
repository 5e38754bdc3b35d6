"""What certificates and credits share: serial ranges, quantity, overlap, claim years, beneficiary and the limits of schemes."""

from __future__ import annotations

import difflib
from importlib import resources

import numpy as np
import pandas as pd

from neutrality.findings import Finding, in_rows


def claimed(ledger_table: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the rows of a ledger that are claimed for the year.

    >>> claimed(pd.DataFrame({"claimed_year": [2024, 2025], "quantity": [5, 7]}), 2025).quantity.tolist()
    [7]
    """
    return ledger_table[ledger_table["claimed_year"] == year]


def overlapping(blocks: pd.DataFrame) -> pd.DataFrame:
    """Return the blocks that share a number with an earlier one: other, other_start, other_end, other_year.

    Blocks have space, serial_start, serial_end (both included) and claimed_year. Sorted by start, a block
    overlaps when it begins before the farthest end so far; the other is the block that reaches there.

    >>> columns = ["space", "serial_start", "serial_end", "claimed_year"]
    >>> overlapping(pd.DataFrame([["", 1, 9, 2024], ["", 9, 12, 2025]], [2, 3], columns)).other.to_dict()
    {3: 2}
    """
    line = blocks.assign(row=blocks.index).sort_values(["space", "serial_start", "serial_end", "row"])
    reach = line.groupby("space")["serial_end"].cummax()
    farthest = np.maximum.accumulate(np.where(line["serial_end"] == reach, np.arange(len(line)), 0))
    after = np.arange(1, len(line))
    shared = (line["space"].to_numpy()[1:] == line["space"].to_numpy()[:-1]) & (
        line["serial_start"].to_numpy()[1:] <= reach.to_numpy()[:-1]
    )
    other = line.iloc[farthest[:-1][shared]]
    return line.iloc[after[shared]].assign(
        other=other["row"].to_numpy(),
        other_start=other["serial_start"].to_numpy(),
        other_end=other["serial_end"].to_numpy(),
        other_year=other["claimed_year"].to_numpy(),
    )


def schemes() -> pd.DataFrame:
    """Return reference/schemes.csv as text: scheme, rule, limit, unit, in_force_from, in_force_until, ..."""
    with resources.files("neutrality").joinpath("reference/schemes.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype="str", keep_default_na=False)


def scheme_rules(scheme: str) -> pd.DataFrame:
    """Return the rows of one scheme. Raises ValueError for a scheme that has none, naming the nearest.

    >>> scheme_rules("ISO 14068-1:2023").rule.tolist()
    ['retirement_window', 'residual_needs_plan']
    """
    table = schemes()
    known = table["scheme"].unique().tolist()
    if scheme not in known:
        near = difflib.get_close_matches(scheme, known, 1)
        hint = f"did you mean '{near[0]}'?" if near else f"choose one of {', '.join(known)}"
        raise ValueError(f"schemes.csv has no scheme '{scheme}'; {hint}")
    return table[table["scheme"] == scheme]


def range_findings(table: str, column: str, blocks: pd.DataFrame) -> list[Finding]:
    """Return the blocks whose range is not their quantity, or that share a number with another, of any year."""
    blocks = blocks.assign(ranged=blocks["serial_end"] - blocks["serial_start"] + 1)
    twice = overlapping(blocks)
    other_year = twice["claimed_year"] != twice["other_year"]
    same = (twice["serial_start"] == twice["other_start"]) & (twice["serial_end"] == twice["other_end"])
    return (
        in_rows(table, "quantity", "range_not_quantity", blocks[blocks["ranged"] != blocks["quantity"]])
        + in_rows(table, column, "claimed_twice", twice[other_year])
        + in_rows(table, column, "duplicate", twice[same & ~other_year])
        + in_rows(table, column, "overlap", twice[~same & ~other_year])
    )


def use_findings(table: str, used: pd.DataFrame, reporter: str) -> list[Finding]:
    """Return what of the claimed is not retired, or not for the reporter."""
    differs = used["beneficiary"].astype("str").str.strip().str.casefold() != reporter.strip().casefold()
    return in_rows(table, "retired_on", "not_retired", used[used["retired_on"].isna()]) + in_rows(
        table, "beneficiary", "beneficiary_differs", used[differs], reporter=reporter
    )


def year_end(year: int) -> pd.Timestamp:
    """Return the last day of a year.

    >>> year_end(2025).date().isoformat()
    '2025-12-31'
    """
    return pd.Period(str(year), "Y").end_time.normalize()
