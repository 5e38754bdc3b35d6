"""The eight quality criteria of the Scope 2 Guidance for contractual instruments, answered one
by one from the ledger.
"""

from __future__ import annotations

import pandas as pd

from neutrality import sheets
from neutrality.green import rules
from neutrality.ledger import certificates
from neutrality.reference import grid_factors, published

# basis of the factor -> reason; else "other"
_UNCOVERED = {
    "residual_mix": "residual_mix",
    rules.AVERAGE: "absent",
    rules.EXCL: "excl",
}


def criteria(counted: pd.DataFrame, province: str, uncovered_basis: str) -> pd.DataFrame:
    """Return criterion, name_zh, name_en, answer, why_zh, why_en: met, not met, disclosed or not
    decidable.

    GHG Protocol Scope 2 Guidance 2015, table 7.1. `counted` are the blocks that count, checked
    before; where there are none the table is empty. What only a register or a contract can show is
    not decidable or disclosed, never met.
    """
    if counted.empty:
        return pd.DataFrame()
    values = {
        "blocks": len(counted),
        "first": counted["month"].min(),
        "last": counted["month"].max(),
        "trades": int((counted["instrument"] == "green_power_trade").sum()),
        "retired": counted["retired_on"].max(),
    }
    sentences = sheets.packaged("texts/criteria.csv").to_dict("records")
    by_reason = {(row["criterion"], row["reason"]): row for row in sentences}
    reasons = enumerate(_reasons(counted, province, uncovered_basis), start=1)
    rows = [by_reason[str(number), reason] for number, reason in reasons]
    return pd.DataFrame(
        [
            {
                **{name: row[name] for name in ("criterion", "name_zh", "name_en", "answer")},
                "why_zh": row["zh"].format(**values),
                "why_en": row["en"].format(**values),
            }
            for row in rows
        ]
    )


def _reasons(counted: pd.DataFrame, province: str, uncovered_basis: str) -> list[str]:
    """Return the reason of each answer, by criterion: rows of texts/criteria.csv."""
    provinces = grid_factors.regions()
    chinese = [*provinces.index, *provinces["province_zh"]]
    one_market = province in chinese and counted["province"].isin(chinese).all()
    zero = counted["technology"].map(published.table("technologies")["direct_zero"]) == "true"
    older = counted["month"].str[:4].astype("int64") < counted["claimed_year"]
    factor_known = province in chinese or uncovered_basis == "residual_mix"
    return [
        "zero" if zero.all() else "burns",
        _tracking(certificates.plant_projects(counted)),
        "retired",
        "older" if older.any() else "same_year",
        "one_market" if one_market else "unknown_market",
        "supplier_rate" if uncovered_basis == "supplier_rate" else "no_supplier_rate",
        _contracts(counted["contract"][counted["instrument"] == "green_power_trade"]),
        _UNCOVERED.get(uncovered_basis, "other") if factor_known else "unsaid",
    ]


def _tracking(projects: pd.Series) -> str:
    """Return whether the plants' carbon projects are unnamed, named as none, or exist."""
    if (projects == "").any():
        return "unnamed"
    return "named" if (projects == certificates.NO_PROJECT).all() else "credited"


def _contracts(of_trades: pd.Series) -> str:
    """Return whether green-power trades lack a contract, have theirs, or do not occur."""
    if (of_trades.str.strip() == "").any():
        return "no_contract"
    return "unbundled" if of_trades.empty else "contracts"
