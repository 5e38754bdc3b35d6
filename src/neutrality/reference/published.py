"""TODO"""

from __future__ import annotations

from functools import cache
from importlib import resources

import pandas as pd

from neutrality.reference import emission_factors


@cache
def _reference(name: str) -> pd.DataFrame:
    with (resources.files("neutrality") / "reference" / name).open(encoding="utf-8") as text:
        return pd.read_csv(text, dtype=str, keep_default_na=False)


def coefficients() -> pd.DataFrame:
    """Return the published coefficients that are not emission factors, indexed by id."""
    return _reference("coefficients.csv").astype({"value": float}).set_index("id")


def coefficient(coefficient_id: str) -> float:
    """Return one coefficient in its published unit; ValueError for an unknown id.

    >>> coefficient("co2_per_tce_266")
    2.66
    """
    return float(coefficients().value[emission_factors._known("coefficient", coefficient_id, coefficients())])


@cache
def reference(name: str) -> pd.DataFrame:
    """Return a table of reference/ as text, indexed by its first column: instruments,
    technologies, green_rules, ...
    """
    with (
        resources.files("neutrality")
        .joinpath(f"reference/{name}.csv")
        .open(encoding="utf-8") as file
    ):
        return pd.read_csv(file, dtype="str", keep_default_na=False, index_col=0)
