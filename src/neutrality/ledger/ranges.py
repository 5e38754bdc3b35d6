"""What certificates and credits share: serial ranges, quantities, overlaps, claimed years and
beneficiaries.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from neutrality.texts.findings import Finding, in_rows


def claimed(ledger_table: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the rows of a ledger that are claimed for the year.

    >>> rows = pd.DataFrame({"claimed_year": [2024, 2025], "quantity": [5, 7]})
    >>> claimed(rows, 2025).quantity.tolist()
    [7]
    """
    return ledger_table[ledger_table["claimed_year"] == year]


def overlapping(blocks: pd.DataFrame) -> pd.DataFrame:
    """Return the blocks that share a number with an earlier one, with other, other_start,
    other_end and other_year.

    Blocks have space (the series of numbers), serial_start, serial_end (both included) and
    claimed_year. Sorted by start, a block overlaps where it begins at or before the largest end so
    far; `other` is the row of the block with that end. Only blocks flagged by `overlaps` are
    examined, and usually there are none.

    >>> columns = ["space", "serial_start", "serial_end", "claimed_year"]
    >>> rows = [["", 1, 9, 2024], ["", 9, 12, 2025]]
    >>> overlapping(pd.DataFrame(rows, [2, 3], columns)).other.to_dict()
    {3: 2}
    """
    keys = sort_keys(blocks) if len(blocks) else None
    blocks = blocks if keys is None else blocks[overlaps(*keys)]
    ordered = blocks.assign(row=blocks.index).sort_values(
        ["space", "serial_start", "serial_end", "row"]
    )
    reach = ordered.groupby("space", observed=True)["serial_end"].cummax()
    positions = np.arange(len(ordered))
    farthest = np.maximum.accumulate(np.where(ordered["serial_end"] == reach, positions, 0))
    space = ordered["space"].to_numpy()
    begins = ordered["serial_start"].to_numpy()[1:] <= reach.to_numpy()[:-1]
    shared = (space[1:] == space[:-1]) & begins
    other = ordered.iloc[farthest[:-1][shared]]
    return ordered.iloc[positions[1:][shared]].assign(
        other=other["row"].to_numpy(),
        other_start=other["serial_start"].to_numpy(),
        other_end=other["serial_end"].to_numpy(),
        other_year=other["claimed_year"].to_numpy(),
    )


def sort_keys(blocks: pd.DataFrame) -> tuple[np.ndarray, np.ndarray] | None:
    """Return first and last number of each block as whole numbers in which spaces do not mix.

    Each space is shifted to a stretch of its own. None where 64 bits are too few for that.

    >>> rows = {"space": ["A", "B"], "serial_start": [5, 7], "serial_end": [6, 7]}
    >>> [ends.tolist() for ends in sort_keys(pd.DataFrame(rows))]
    [[0, 6], [1, 6]]
    """
    start, end = (blocks[name].to_numpy() for name in ("serial_start", "serial_end"))
    space = blocks["space"].astype("category").cat
    lowest, stretch = start.min(), int(end.max()) - int(start.min()) + 2
    if stretch * len(space.categories) > np.iinfo("int64").max:
        return None
    shift = space.codes.to_numpy("int64") * stretch - lowest
    return start + shift, end + shift


def overlaps(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return for each block whether it overlaps another, or lies in a cluster of blocks that do.

    Two sorts and one pass: starts and ends are sorted separately, and no blocks overlap exactly
    where each start lies above the end of one rank less. A gap in the sorted order separates
    clusters; the blocks of a cluster are recognised by their starts.

    >>> overlaps(np.array([7, 1, 3]), np.array([9, 3, 4])).tolist()
    [False, True, True]
    """
    starts, ends = np.sort(start), np.sort(end)
    joined = starts[1:] <= ends[:-1]
    if not joined.any():
        return np.zeros(len(start), bool)
    clustered = starts[np.append(joined, False) | np.append(False, joined)]
    return pd.Index(start).isin(clustered)


def range_findings(
    table: str, column: str, blocks: pd.DataFrame, twice: pd.DataFrame
) -> list[Finding]:
    """Return the blocks whose range differs from their quantity, and those of `twice` (as
    `overlapping` returns them), which share a number with another block of any year.
    """
    blocks = blocks.assign(ranged=blocks["serial_end"] - blocks["serial_start"] + 1)
    differs = blocks[blocks["ranged"] != blocks["quantity"]]
    return in_rows(table, "quantity", "range_not_quantity", differs) + twice_findings(
        table, column, twice
    )


def twice_findings(table: str, column: str, twice: pd.DataFrame) -> list[Finding]:
    """Return a refusal for each block that shares a number: the same block, another, or one of
    another year.
    """
    other_year = twice["claimed_year"] != twice["other_year"]
    same = (twice["serial_start"] == twice["other_start"]) & (
        twice["serial_end"] == twice["other_end"]
    )
    return (
        in_rows(table, column, "claimed_twice", twice[other_year])
        + in_rows(table, column, "duplicate", twice[same & ~other_year])
        + in_rows(table, column, "overlap", twice[~same & ~other_year])
    )


def retirement_findings(table: str, used: pd.DataFrame, reporter: str) -> list[Finding]:
    """Return the claimed rows that are not retired, or not for the reporter."""
    unretired = used[used["retired_on"].isna()]
    return in_rows(table, "retired_on", "not_retired", unretired) + beneficiary_findings(
        table, used, reporter
    )


def beneficiary_findings(table: str, used: pd.DataFrame, reporter: str) -> list[Finding]:
    """Return the claimed rows without a beneficiary, or with another than the reporter."""
    named = used["beneficiary"].astype("str").fillna("").str.strip().str.casefold()
    missing = used[named == ""]
    differs = used[(named != "") & (named != reporter.strip().casefold())]
    return in_rows(
        table, "beneficiary", "beneficiary_missing", missing, reporter=reporter
    ) + in_rows(table, "beneficiary", "beneficiary_differs", differs, reporter=reporter)


def year_end(year: int) -> pd.Timestamp:
    """Return the last day of a year.

    >>> year_end(2025).date().isoformat()
    '2025-12-31'
    """
    return pd.Period(str(year), "Y").end_time.normalize()
