"""Neutrality schemes and their limits, each in force from and until a date."""

from __future__ import annotations

import pandas as pd

from neutrality import sheets
from neutrality.texts import hints


def schemes() -> pd.DataFrame:
    """Return reference/schemes.csv as text: scheme, rule, limit, unit, dates in force, ..."""
    return sheets.packaged("reference/schemes.csv")


def scheme_rules(scheme: str) -> pd.DataFrame:
    """Return the rows of one scheme; ValueError, with the nearest name, where it has none.

    >>> scheme_rules("ISO 14068-1:2023").rule.tolist()
    ['retirement_window', 'residual_needs_plan']
    """
    table = schemes()
    known = table["scheme"].unique().tolist()
    if scheme not in known:
        hint = hints.did_you_mean(scheme, known) or f"; choose one of {', '.join(known)}"
        raise ValueError(f"schemes.csv has no scheme '{scheme}'{hint}")
    return table[table["scheme"] == scheme]
