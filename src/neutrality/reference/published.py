"""Published values other than emission factors, each a row with source, unit and status."""

from functools import cache

import pandas as pd

from neutrality import sheets
from neutrality.texts import hints


def table(name: str) -> pd.DataFrame:
    """Return a table of reference/ as text, indexed by its first column: "instruments", ..."""
    return _table(name).copy(deep=False)  # copy-on-write: a caller cannot change the original


@cache
def _table(name: str) -> pd.DataFrame:
    rows = sheets.packaged(f"reference/{name}.csv")
    return rows.set_index(rows.columns[0])


def coefficients() -> pd.DataFrame:
    """Return the coefficients indexed by id: quantity, value, unit, status, source, ..."""
    return _coefficients().copy(deep=False)


@cache
def _coefficients() -> pd.DataFrame:
    return _table("coefficients").astype({"value": float})


def coefficient(coefficient_id: str) -> float:
    """Return one coefficient in its published unit; ValueError for an unknown id.

    >>> coefficient("co2_per_tce_266")
    2.66
    """
    held = _coefficients()
    return float(held.value[known("coefficient", coefficient_id, held)])


def known(what: str, name: str, table: pd.DataFrame) -> str:
    """Return the name if it is in the table's index; else ValueError with the nearest name."""
    if name in table.index:
        return name
    raise ValueError(f"{what} {name!r} is not known{hints.did_you_mean(name, table.index)}")
