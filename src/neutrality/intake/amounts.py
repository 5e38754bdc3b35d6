"""The amounts in a table's columns: numbers with their units, parts of the day and their total."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from neutrality.files import numbers
from neutrality.intake import fields
from neutrality.reference import units

_MOST_DECIMALS = 6  # of amounts that people print
_NOISE = 1e-9  # share of an amount that is the noise of a float
_WITH_UNIT = re.compile(r"\s*([-+(]?[\d.,\s']*\d\)?)\s*([^\d\s.,()]+\d?)\s*")


class Amounts(NamedTuple):
    """A column of amounts in one unit."""

    values: pd.Series  # float, NaN where there is none
    unit: str  # "" where nothing says it
    ambiguous: bool  # the decimal mark is open
    faulty: pd.Series  # cells that are no amounts, as they stand
    mixed: list[str]  # the units that stood in cells or in a column of units


def amounts(
    cells: pd.Series, unit: str, by_row: pd.Series | None = None, decimal: str = ""
) -> Amounts:
    """Return a column's amounts in `unit`; where cells or the column of units `by_row` have units
    of their own, those count, and all are converted to the first of them.

    >>> amounts(pd.Series(["1.5 MWh", "2000 kWh"]), "").values.tolist()
    [1.5, 2.0]
    """
    found = cells.map(_unit_of_cell)
    said = found.map(lambda pair: pair[1])
    if by_row is not None:
        said = said.where(said != "", by_row.map(lambda cell: str(cell or "").strip()))
    read = numbers.numbers(found.map(lambda pair: pair[0]), decimal or None)
    known = said.map({each: fields.unit(each) for each in said.unique()})
    unknown = cells[(said != "") & (known == "")]
    if read.unit:  # behind all numbers, and none that is known: "95 %"
        unknown = cells[read.values.notna()]
    known = known.where(known != "", unit)
    used = list(dict.fromkeys(known[read.values.notna() & (known != "")])) or [unit]
    factor = known.map({each: _factor(each, used[0]) for each in set(known)}).astype(float)
    other = cells[factor.isna() & read.values.notna()]
    faulty = pd.concat([read.faulty, unknown, other])
    faulty = cells[cells.index.isin(faulty.index)]
    mixed = used if len(used) > 1 or (used[0] and used[0] != unit) else []
    return Amounts(read.values * factor, used[0], read.ambiguous, faulty, mixed)


def _unit_of_cell(cell: object) -> tuple[object, str]:
    """Return a cell's number and the unit written behind it; the cell as it is where there is none.

    >>> _unit_of_cell("1,234.5 kWh"), _unit_of_cell("12m3"), _unit_of_cell(3.0)
    (('1,234.5', 'kWh'), ('12', 'm3'), (3.0, ''))
    """
    match = _WITH_UNIT.fullmatch(cell) if isinstance(cell, str) else None
    return (match[1], match[2]) if match and fields.unit(match[2]) else (cell, "")


def _factor(unit: str, into: str) -> float:
    if unit == into or not unit:
        return 1.0
    try:
        return units.convert(1.0, unit, into)
    except ValueError:
        return np.nan


def parts_and_total(parts: pd.DataFrame, total: pd.Series) -> pd.Series:
    """Return what a printed total is above the sum of its parts (peak, flat, valley), 0 where the
    difference is rounding, half of the last place for each of them, or a part is not given.

    >>> parts_and_total(pd.DataFrame({"peak": [40, 40], "valley": [60, 70]}), pd.Series([101, 100]))
    0     0.0
    1   -10.0
    dtype: float64
    """
    summed = parts.sum(axis=1, min_count=parts.shape[1])
    beyond = (total - summed).astype(float)
    allowed = last_place(pd.concat([total, *(parts[name] for name in parts)]))
    allowed = allowed * (parts.shape[1] + 1) / 2 + _NOISE * total.abs()
    return beyond.where(beyond.abs() > allowed, 0.0).fillna(0.0)


def last_place(values: pd.Series) -> float:
    """Return the last decimal place that a column of amounts is printed to.

    >>> last_place(pd.Series([12.25, 3.0]))
    0.01
    """
    read = values.dropna()
    for digits in range(_MOST_DECIMALS):
        if np.allclose(read.round(digits), read, rtol=_NOISE, atol=0):
            return 10.0**-digits
    return 10.0**-_MOST_DECIMALS
