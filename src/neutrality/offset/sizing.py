"""How many tonnes are left, how many credits they need and with how much confidence, and what
stress would leave of them.

What is left comes from the inventory; savings against a counterfactual never enter here.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from neutrality.ledger import ranges
from neutrality.offset import uncertainty
from neutrality.reference import units

LEVELS = (0.5, 0.9, 0.95, 0.99)  # confidences that a purchase is sized with, beside the case's own
BLOCKS_SHOWN = 12  # most lines of a table of blocks in the report; more blocks are grouped
DUST_T = 1e-6  # one gram: less than this above a whole tonne is rounding, not emission


def credits_needed(residual_t: float) -> int:
    """Return the whole credits that offset a residual: one credit is one tonne, a started tonne
    needs one.

    Raises ValueError for a residual below zero or unknown.

    >>> credits_needed(1308.2), credits_needed(1309.0000000001), credits_needed(0.0)
    (1309, 1309, 0)
    """
    if not 0 <= residual_t < math.inf:
        raise ValueError(f"the residual is {residual_t} t; it is 0 or more: check the inventory")
    return max(math.ceil(residual_t - DUST_T), 0)


def sizing(
    residual_t: float,
    total_t: np.ndarray,
    retired: int,
    confidence: float,
    price: float = 0.0,
    currency: str = "",
) -> pd.DataFrame:
    """Return the purchase by confidence: name_zh, name_en, confidence, residual_t, credits,
    credits_surplus; cost, currency where there is a price.

    The first row is the point. Credits are whole, a started tonne needs one; credits_surplus =
    retired - credits. Prudence, not requirement.

    >>> sizing(2.4, np.array([1.0, 2.0, 3.0, 4.0]), 3, 0.75).credits.tolist()
    [3, 2, 3, 4, 4, 4]
    """
    levels = sorted({*LEVELS, confidence})
    tonnes = [residual_t, *(uncertainty.quantile(total_t, level) for level in levels)]
    percents = [f"{level * units.PERCENT:g} %" for level in levels]
    said = [
        ("按核算（点值）", "as accounted (the point)"),
        *((f"以 {each} 的把握足够", f"enough with {each} confidence") for each in percents),
    ]
    table = pd.DataFrame(said, columns=["name_zh", "name_en"]).assign(
        confidence=[np.nan, *levels], residual_t=tonnes
    )
    table["credits"] = [credits_needed(t) for t in tonnes]
    table["credits_surplus"] = retired - table["credits"]
    return table.assign(cost=table["credits"] * price, currency=currency) if price else table


def _pooled(table: pd.DataFrame, keys: list[str], sums: list[str], most: int) -> pd.DataFrame:
    """Return the largest rows and the others as one, without keys, so that there are at most
    `most`.
    """
    if len(table) <= most:
        return table
    table = table.sort_values("quantity", ascending=False, kind="stable")
    rest = table.iloc[most - 1 :][sums].sum().to_frame().T.astype(table[sums].dtypes)
    return pd.concat(
        [table.iloc[: most - 1].astype({key: "object" for key in keys}), rest], ignore_index=True
    ).fillna({key: "" for key in keys})


def credits_listed(blocks: pd.DataFrame, most: int = BLOCKS_SHOWN) -> pd.DataFrame:
    """Return the blocks as the report lists them: by serial; where there are many by project,
    vintage, beneficiary and day, or without the day, with their count.
    """
    keys = ["project_id", "project_name", "vintage_start", "beneficiary", "retired_on"]
    table = blocks[["serial", "quantity", *keys]].assign(blocks=1)
    if len(table) <= most:
        return table.drop(columns="blocks")
    keys = keys if len(table.drop_duplicates(keys)) <= most else keys[:-1]
    return _pooled(
        table.groupby(keys, dropna=False, sort=False)[["quantity", "blocks"]].sum().reset_index(),
        keys,
        ["quantity", "blocks"],
        most,
    )


def by_vintage(blocks: pd.DataFrame) -> pd.DataFrame:
    """Return vintage (year), quantity of the credit blocks, oldest first."""
    return (
        blocks.groupby(blocks["vintage_start"].dt.year.rename("vintage"))["quantity"]
        .sum()
        .reset_index()
    )


def credits_retired(credits: pd.DataFrame, year: int) -> int:
    """Return how many credits of the ledger are claimed for the year and retired.

    >>> retired_on = pd.to_datetime(pd.Series(["2026-01-05", None]))
    >>> held = pd.DataFrame({"claimed_year": 2025, "quantity": [5, 7], "retired_on": retired_on})
    >>> credits_retired(held, 2025)
    5
    """
    used = ranges.claimed(credits, year)
    return int(used["quantity"][used["retired_on"].notna()].sum())


def credits_surplus(retired: int, needed: int) -> int:
    """Return the credits retired beyond need; below zero is how many are missing.

    >>> credits_surplus(1309, 1309), credits_surplus(1300, 1309)
    (0, -9)
    """
    return retired - needed
