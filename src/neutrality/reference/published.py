"""Published values other than emission factors, each a row with source, unit and status."""

import pandas as pd

from neutrality import sheets
from neutrality.texts import hints


def table(name: str) -> pd.DataFrame:
    """Return a table of reference/ as text, indexed by its first column: "instruments", ..."""
    rows = sheets.packaged(f"reference/{name}.csv")
    return rows.set_index(rows.columns[0])


def coefficients() -> pd.DataFrame:
    """Return the coefficients indexed by id: quantity, value, unit, status, source, ..."""
    return table("coefficients").astype({"value": float})


def coefficient(coefficient_id: str) -> float:
    """Return one coefficient in its published unit; ValueError for an unknown id.

    >>> coefficient("co2_per_tce_266")
    2.66
    """
    return float(coefficients().value[known("coefficient", coefficient_id, coefficients())])


def known(what: str, name: str, table: pd.DataFrame) -> str:
    """Return the name if it is in the table's index; else ValueError with the nearest name."""
    if name in table.index:
        return name
    raise ValueError(f"{what} {name!r} is not known{hints.did_you_mean(name, table.index)}")
