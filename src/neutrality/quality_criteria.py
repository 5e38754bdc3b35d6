"""The eight quality criteria of the Scope 2 Guidance for contractual instruments, answered one by one from the ledger."""

from __future__ import annotations

import csv
from importlib import resources

import pandas as pd

from neutrality import emissions, ledger
from neutrality.findings import Finding


def criteria(counted: pd.DataFrame, found: list[Finding], province: str, uncovered_basis: str) -> pd.DataFrame:
    """Return criterion, name_zh, name_en, answer, why_zh, why_en: met, not met, disclosed or not decidable.

    GHG Protocol Scope 2 Guidance 2015, table 7.1. `counted` are the blocks that count, `found` what their check found and did
    not refuse. What only a register or a contract can show is not decidable or disclosed, never met.
    """
    chinese = province in [*emissions.regions().index, *emissions.regions()["province_zh"]]
    odd, trades = {finding.rule for finding in found}, counted["instrument"] == "green_power_trade"
    zero = counted["technology"].map(ledger.reference("technologies")["direct_zero"]) == "true"
    reasons = [
        "zero" if zero.all() else "burns",
        "unnamed" if "carbon_project_unnamed" in odd else "named",
        "retired",
        "older" if "generated_before_year" in odd else "same_year",
        "one_market" if chinese and "province_unknown" not in odd else "unknown_market",
        "supplier_rate" if uncovered_basis == "supplier_rate" else "no_supplier_rate",
        "no_contract" if "contract_missing" in odd else "contracts" if trades.any() else "unbundled",
        "residual_mix" if uncovered_basis == "residual_mix" else "absent" if chinese else "unsaid",
    ]
    with resources.files("neutrality").joinpath("texts/criteria.csv").open(encoding="utf-8", newline="") as file:
        said = {(row["criterion"], row["reason"]): row for row in csv.DictReader(file)}
    values = {"blocks": len(counted), "first": counted["month"].min(), "last": counted["month"].max(), "trades": int(trades.sum()),
              "retired": counted["retired_on"].max()}  # fmt: skip
    rows = [said[str(number), reason] for number, reason in enumerate(reasons, start=1)]
    return pd.DataFrame([
        {"criterion": row["criterion"], "name_zh": row["name_zh"], "name_en": row["name_en"], "answer": row["answer"],
         "why_zh": row["zh"].format(**values), "why_en": row["en"].format(**values)} for row in rows
    ])  # fmt: skip
