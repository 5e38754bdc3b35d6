"""Greenhouse gases: their GWP100 by IPCC edition, their families, and blends of them."""

from __future__ import annotations

import pandas as pd

from neutrality import sheets
from neutrality.reference.status import STATUSES

EDITIONS = ("AR4", "AR5", "AR6")


def families() -> pd.DataFrame:
    """Return family, kyoto, source and the rank of the weakest status of each gas and blend."""
    listed = sheets.packaged("reference/gwp.csv").assign(
        rank=lambda table: table.status.map(STATUSES.index)
    )
    # Text order puts "false" before "true": a blend is a Kyoto gas when all its gases are.
    summary = {"family": "first", "kyoto": "min", "rank": "max", "source": "first"}
    pure = listed.groupby("gas").agg(summary)
    mixed = (
        sheets.packaged("reference/blends.csv")
        .join(pure, on="gas", validate="m:1")
        .groupby("blend")
        .agg(summary)
    )
    return pd.concat([pure, mixed[~mixed.index.isin(pure.index)]])


def gwp(edition: str) -> pd.Series:
    """Return the GWP100 of each gas and blend in one IPCC edition [kg CO2e per kg].

    A blend is the mass-weighted mean of its gases; its published value is used only where one of
    its gases has none.

    >>> gwp("AR5")["R-410A"].item()
    1923.5
    """
    if edition not in EDITIONS:
        known = ", ".join(EDITIONS)
        raise ValueError(f"GWP edition {edition!r} is not one of {known}")
    listed = (
        sheets.packaged("reference/gwp.csv")
        .query("edition == @edition")
        .set_index("gas")
        .value.astype(float)
    )
    members = sheets.packaged("reference/blends.csv").astype({"mass_share": float})
    parts = members.mass_share * members.gas.map(listed)
    mixed = parts.groupby(members.blend).agg(lambda shares: shares.sum(skipna=False)).dropna()
    return pd.concat([listed.drop(mixed.index, errors="ignore"), mixed]).rename("gwp100")
