"""What certificates and credits share: serial ranges, quantity, overlap, claim years,
beneficiary and the limits of schemes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from neutrality.texts.findings import Finding, in_rows


def claimed(ledger_table: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the rows of a ledger that are claimed for the year.

    >>> claimed(pd.DataFrame({"claimed_year": [2024, 2025], "quantity": [5, 7]}), 2025).quantity.tolist()
    [7]
    """
    return ledger_table[ledger_table["claimed_year"] == year]


def overlapping(blocks: pd.DataFrame) -> pd.DataFrame:
    """Return the blocks that share a number with an earlier one: other, other_start, other_end,
    other_year.

    Blocks have space, serial_start, serial_end (both included) and claimed_year. Sorted by start, a
    block overlaps when it begins before the farthest end so far; the other is the block that
    reaches there. Only blocks that `meeting` finds, as a rule none, are told in detail.

    >>> columns = ["space", "serial_start", "serial_end", "claimed_year"]
    >>> overlapping(pd.DataFrame([["", 1, 9, 2024], ["", 9, 12, 2025]], [2, 3], columns)).other.to_dict()
    {3: 2}
    """
    ends = keys(blocks) if len(blocks) else None
    blocks = blocks if ends is None else blocks[meeting(*ends)]
    line = blocks.assign(row=blocks.index).sort_values(
        ["space", "serial_start", "serial_end", "row"]
    )
    reach = line.groupby("space", observed=True)["serial_end"].cummax()
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


def keys(blocks: pd.DataFrame) -> tuple[np.ndarray, np.ndarray] | None:
    """Return first and last number of each block on one line of whole numbers, a stretch a space;
    None where 64 bits are too few.

    >>> [ends.tolist() for ends in keys(pd.DataFrame({"space": ["A", "B"], "serial_start": [5, 7], "serial_end": [6, 7]}))]
    [[0, 6], [1, 6]]
    """
    start, end = (blocks[name].to_numpy() for name in ("serial_start", "serial_end"))
    space = blocks["space"].astype("category").cat
    lowest, stretch = start.min(), int(end.max()) - int(start.min()) + 2
    if stretch * len(space.categories) > np.iinfo("int64").max:
        return None
    at = space.codes.to_numpy("int64") * stretch - lowest
    return start + at, end + at


def meeting(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Say of each block whether it shares a number with another, or lies in a heap of blocks that
    do: two sorts, one pass.

    With starts and ends sorted each by itself, all blocks are apart just where every start lies
    behind the end of one rank less; between two ranks that are apart lie the blocks of one heap,
    told by their starts.

    >>> meeting(np.array([7, 1, 3]), np.array([9, 3, 4])).tolist()
    [False, True, True]
    """
    starts, ends = np.sort(start), np.sort(end)
    meets = starts[1:] <= ends[:-1]
    if not meets.any():
        return np.zeros(len(start), bool)
    heaped = starts[np.append(meets, False) | np.append(False, meets)]
    return pd.Index(start).isin(heaped)


def range_findings(table: str, column: str, blocks: pd.DataFrame) -> list[Finding]:
    """Return the blocks whose range is not their quantity, or that share a number with another,
    of any year.
    """
    blocks = blocks.assign(ranged=blocks["serial_end"] - blocks["serial_start"] + 1)
    twice = overlapping(blocks)
    other_year = twice["claimed_year"] != twice["other_year"]
    same = (twice["serial_start"] == twice["other_start"]) & (
        twice["serial_end"] == twice["other_end"]
    )
    return (
        in_rows(
            table, "quantity", "range_not_quantity", blocks[blocks["ranged"] != blocks["quantity"]]
        )
        + in_rows(table, column, "claimed_twice", twice[other_year])
        + in_rows(table, column, "duplicate", twice[same & ~other_year])
        + in_rows(table, column, "overlap", twice[~same & ~other_year])
    )


def use_findings(table: str, used: pd.DataFrame, reporter: str) -> list[Finding]:
    """Return what of the claimed is not retired, or not for the reporter."""
    return in_rows(
        table, "retired_on", "not_retired", used[used["retired_on"].isna()]
    ) + for_others(table, used, reporter)


def for_others(table: str, used: pd.DataFrame, reporter: str) -> list[Finding]:
    """Return what is for nobody, or for somebody else than the reporter."""
    named = used["beneficiary"].astype("str").fillna("").str.strip().str.casefold()
    differs = (named != "") & (named != reporter.strip().casefold())
    return in_rows(
        table, "beneficiary", "beneficiary_missing", used[named == ""], reporter=reporter
    ) + in_rows(table, "beneficiary", "beneficiary_differs", used[differs], reporter=reporter)


def year_end(year: int) -> pd.Timestamp:
    """Return the last day of a year.

    >>> year_end(2025).date().isoformat()
    '2025-12-31'
    """
    return pd.Period(str(year), "Y").end_time.normalize()
