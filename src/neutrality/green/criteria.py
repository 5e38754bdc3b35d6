"""The eight quality criteria of the Scope 2 Guidance for contractual instruments, answered one
by one from the ledger.
"""

from __future__ import annotations

import pandas as pd

from neutrality import sheets
from neutrality.green import rules
from neutrality.ledger import certificates
from neutrality.reference import grid_factors, published

UNCOVERED = {
    "residual_mix": "residual_mix",
    rules.AVERAGE: "absent",
    rules.EXCL: "excl",
}  # basis of the factor -> reason; else "other"


def criteria(counted: pd.DataFrame, province: str, uncovered_basis: str) -> pd.DataFrame:
    """Return criterion, name_zh, name_en, answer, why_zh, why_en: met, not met, disclosed or not
    decidable.

    GHG Protocol Scope 2 Guidance 2015, table 7.1. `counted` are the blocks that count, checked
    before. What only a register or a contract can show is not decidable or disclosed, never met.
    """
    if counted.empty:
        return pd.DataFrame()
    chinese = [*grid_factors.regions().index, *grid_factors.regions()["province_zh"]]
    projects, trades = (
        certificates.plant_projects(counted),
        counted["instrument"] == "green_power_trade",
    )
    zero = counted["technology"].map(published.table("technologies")["direct_zero"]) == "true"
    older = counted["month"].str[:4].astype("int64") < counted["claimed_year"]
    reasons = [
        "zero" if zero.all() else "burns",
        "unnamed"
        if (projects == "").any()
        else "named"
        if (projects == certificates.NO_PROJECT).all()
        else "credited",
        "retired",
        "older" if older.any() else "same_year",
        "one_market"
        if province in chinese and counted["province"].isin(chinese).all()
        else "unknown_market",
        "supplier_rate" if uncovered_basis == "supplier_rate" else "no_supplier_rate",
        "no_contract"
        if (counted["contract"][trades].str.strip() == "").any()
        else "contracts"
        if trades.any()
        else "unbundled",
        UNCOVERED.get(uncovered_basis, "other")
        if province in chinese or uncovered_basis == "residual_mix"
        else "unsaid",
    ]
    sentences = sheets.packaged("texts/criteria.csv").to_dict("records")
    said = {(row["criterion"], row["reason"]): row for row in sentences}
    values = {
        "blocks": len(counted),
        "first": counted["month"].min(),
        "last": counted["month"].max(),
        "trades": int(trades.sum()),
        "retired": counted["retired_on"].max(),
    }
    rows = [said[str(number), reason] for number, reason in enumerate(reasons, start=1)]
    return pd.DataFrame(
        [
            {
                "criterion": row["criterion"],
                "name_zh": row["name_zh"],
                "name_en": row["name_en"],
                "answer": row["answer"],
                "why_zh": row["zh"].format(**values),
                "why_en": row["en"].format(**values),
            }
            for row in rows
        ]
    )
