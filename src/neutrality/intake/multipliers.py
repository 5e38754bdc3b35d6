"""Multipliers of meters behind transformers (倍率, CT ratio): what a register counts is multiplied
by it; whether an amount beside it already is, the reads tell, or a person.
"""

from __future__ import annotations

import re

import pandas as pd

from neutrality.files import numbers
from neutrality.intake import amounts
from neutrality.intake.drafts import About, Draft
from neutrality.intake.fields import Heading

ALREADY, NOT_YET = "already", "not yet"
COUNTED = ("register", "previous", "present")  # what a register shows, before its multiplier
_ABOVE = re.compile(r"(?:倍率|multiplier|CT\s*ratio)\s*[:：=]?\s*([\d.]+)", re.IGNORECASE)
_MARKS = re.compile(r"^\s*[x×*]?\s*|\s*倍\s*$", re.IGNORECASE)  # ×40, 40倍
# Of amounts to the differences of the reads: losses of the transformer are billed as well.
_NEAR = 0.05
_MOST = 0.5  # share of the rows that must say the same


def above(preamble: str) -> float:
    """Return the multiplier that stands above a table; 1 where none does.

    >>> above("户号：310 倍率：40"), above("户号：310")
    (40.0, 1.0)
    """
    found = _ABOVE.search(preamble)
    return float(found[1]) if found else 1.0


def read(cells: pd.Series) -> pd.Series:
    """Return the multipliers of a column, NaN where a cell is blank, 0 where it is none.

    >>> read(pd.Series(["×40", "40倍", 80.0, "", "n"])).tolist()
    [40.0, 40.0, 80.0, nan, 0.0]
    """
    found = numbers.numbers(
        cells.map(lambda cell: _MARKS.sub("", cell) if isinstance(cell, str) else cell)
    )
    return found.values.mask(cells.index.isin(found.faulty.index), 0.0)


def propose(draft: Draft, said: list[Heading], cells: dict, about: About) -> None:
    """Put whether the amounts of a table with multipliers are multiplied already: as the
    differences of the reads tell, else ask.
    """
    columns = draft.entry["columns"]
    held = [name for name, each in columns.items() if each["holds"] not in (*COUNTED, "not used")]
    name = draft.entry["fields"].get("multiplier")
    first = next(iter(cells.values()))
    by = read(cells[name]).ffill() if name else pd.Series(above(about.preamble), first.index)
    if not held or not (by.dropna() != 1.0).any():
        return
    what = name or "the multiplier above the table"
    answer = _by_reads(_to_reads(said, cells, held), by)
    if answer:
        times = f" times {what}" if answer == ALREADY else ""
        draft.put(("multiplied",), answer, f"{held[0]} is the difference of the reads{times}")
    else:
        asks = f"{what} is {by.dropna().median():g}: are the amounts multiplied by it already?"
        draft.ask(("multiplied",), asks, (ALREADY, NOT_YET))
    for column in () if name else held:
        draft.put(("columns", column, "multiplier"), float(by.iloc[0]))


def _by_reads(ratio: pd.Series, by: pd.Series) -> str:
    """Return what most rows say whose multiplier is not 1: the amount over the difference of the
    reads is the multiplier, or 1; "" where neither.
    """
    told = pd.DataFrame({"ratio": ratio.to_numpy(), "by": by.to_numpy()}).dropna()
    told = told[told["by"] != 1.0]
    for answer, expected in ((ALREADY, told["by"]), (NOT_YET, 1.0)):
        if ((told["ratio"] - expected).abs() <= _NEAR * expected).mean() > _MOST:
            return answer
    return ""


def _to_reads(said: list[Heading], cells: dict, held: list[str]) -> pd.Series:
    """Return the first amount of each row over the difference of its reads; NaN where there are no
    reads.
    """
    by_field = {each.field: each.written for each in said}
    if not {"previous", "present"} <= set(by_field):
        return pd.Series(float("nan"), cells[held[0]].index)
    old, new = (
        amounts.amounts(cells[by_field[each]], "").values for each in ("previous", "present")
    )
    counted = (new - old).where(new > old)
    return amounts.amounts(cells[held[0]], "").values / counted
