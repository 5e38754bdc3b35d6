"""Whole credits for a residual: how many are needed, at which confidence, and how they are listed.

The residual comes from the inventory; savings against a counterfactual never enter here.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from neutrality.ledger import ranges
from neutrality.offset import uncertainty
from neutrality.reference import units

BLOCKS_SHOWN = 12  # most lines of a table of blocks in the report; more blocks are grouped
TOLERANCE_T = 1e-6  # one gram: less than this above a whole tonne is rounding, not emission
_LEVELS = (0.5, 0.9, 0.95, 0.99)  # confidences of a purchase, beside the case's own


def credits_needed(residual_t: float) -> int:
    """Return the whole credits that offset a residual [t]: one a tonne, and one for a part of a
    tonne.

    Raises ValueError for a residual that is negative, infinite or unknown.

    >>> credits_needed(1308.2), credits_needed(1309.0000000001), credits_needed(0.0)
    (1309, 1309, 0)
    """
    if not 0 <= residual_t < math.inf:
        raise ValueError(f"the residual is {residual_t} t; it is 0 or more: check the inventory")
    return math.ceil(residual_t - TOLERANCE_T)


def purchases(
    residual_t: float,
    total_t: np.ndarray,
    checked: int,
    confidence: float,
    price: float = 0.0,
    currency: str = "",
) -> pd.DataFrame:
    """Return the credits to buy for the point estimate (first row) and for each confidence level.

    Columns name_zh, name_en, confidence (0-1), residual_t, credits, credits_surplus (checked -
    credits), and with a price also cost and currency. `total_t` are the drawn totals [tCO2e].
    Buying for a confidence level is prudence, not a requirement.

    >>> purchases(2.4, np.array([1.0, 2.0, 3.0, 4.0]), 3, 0.75).credits.tolist()
    [3, 2, 3, 4, 4, 4]
    """
    levels = sorted({*_LEVELS, confidence})
    percents = [f"{level * units.PERCENT:g} %" for level in levels]
    names = [
        ("按核算（最佳估计值）", "as accounted (best estimate)"),
        *((f"置信度 {each} 时足够", f"enough with {each} confidence") for each in percents),
    ]
    table = pd.DataFrame(names, columns=["name_zh", "name_en"]).assign(
        confidence=[np.nan, *levels],
        residual_t=[residual_t, *(uncertainty.quantile(total_t, level) for level in levels)],
    )
    table["credits"] = [credits_needed(t) for t in table["residual_t"]]
    table["credits_surplus"] = (checked - table["credits"]) if checked else np.nan
    return table.assign(cost=table["credits"] * price, currency=currency) if price else table


def largest_and_others(
    table: pd.DataFrame, keys: list[str], sums: list[str], most: int
) -> pd.DataFrame:
    """Return a table of at most `most` rows: the largest by quantity, and all others as one row
    with empty keys and summed `sums`.
    """
    if len(table) <= most:
        return table
    table = table.sort_values("quantity", ascending=False, kind="stable")
    others = table.iloc[most - 1 :][sums].sum().to_frame().T.astype(table[sums].dtypes)
    largest = table.iloc[: most - 1].astype({key: "object" for key in keys})
    return pd.concat([largest, others], ignore_index=True).fillna({key: "" for key in keys})


def credits_listed(blocks: pd.DataFrame, most: int = BLOCKS_SHOWN) -> pd.DataFrame:
    """Return the credit blocks as the report lists them.

    Up to `most` blocks by serial. More are summed by project, vintage, beneficiary and day of
    retirement (without the day where that is still too many), with the number of blocks.
    """
    keys = ["project_id", "project_name", "vintage_start", "beneficiary", "retired_on"]
    table = blocks[["serial", "quantity", *keys]].assign(blocks=1)
    if len(table) <= most:
        return table.drop(columns="blocks")
    keys = keys if len(table.drop_duplicates(keys)) <= most else keys[:-1]
    sums = ["quantity", "blocks"]
    grouped = table.groupby(keys, dropna=False, sort=False)[sums].sum().reset_index()
    return largest_and_others(grouped, keys, sums, most)


def by_vintage(blocks: pd.DataFrame) -> pd.DataFrame:
    """Return vintage (year) and quantity of the credit blocks, oldest first."""
    year = blocks["vintage_start"].dt.year.rename("vintage")
    return blocks.groupby(year)["quantity"].sum().reset_index()


def credits_retired(credits: pd.DataFrame, year: int) -> int:
    """Return how many credits of the ledger are claimed for the year and retired.

    >>> retired_on = pd.to_datetime(pd.Series(["2026-01-05", None]))
    >>> held = pd.DataFrame({"claimed_year": 2025, "quantity": [5, 7], "retired_on": retired_on})
    >>> credits_retired(held, 2025)
    5
    """
    used = ranges.claimed(credits, year)
    return int(used["quantity"][used["retired_on"].notna()].sum())


def credits_surplus(checked: int, needed: int) -> int:
    """Return the checked credits retired beyond need; a negative number is how many are missing.

    >>> credits_surplus(1309, 1309), credits_surplus(1300, 1309)
    (0, -9)
    """
    return checked - needed
