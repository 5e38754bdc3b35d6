"""The eight quality criteria of the Scope 2 Guidance for contractual instruments, answered one
by one from the ledger, and which certificates leave one open that their owner could settle.
"""

from __future__ import annotations

import pandas as pd

from neutrality import sheets
from neutrality.green import rules
from neutrality.ledger import plant_projects
from neutrality.reference import grid_factors, published, units
from neutrality.texts.findings import Finding, in_table

LEFT_OUT, COUNTED = "left_out", "counted"  # what becomes of certificates with an open criterion
# Who can settle an open answer (column settled_by of texts/criteria.csv): the site, from its own
# papers; all others, such as a registry, are not the site's to answer for.
_SITE = "site"
_COLUMNS = ["criterion", "name_zh", "name_en", "answer", "settled_by", "open_kwh"]
_COLUMNS += ["why_zh", "why_en"]
# basis of the factor -> reason; else "other"
_UNCOVERED = {
    "residual_mix": "residual_mix",
    rules.AVERAGE: "absent",
    rules.EXCL: "excl",
}


def criteria(settled: pd.DataFrame, province: str, uncovered_basis: str) -> pd.DataFrame:
    """Return criterion, name_zh, name_en, answer, settled_by, open_kwh, why_zh, why_en: met, not
    met, disclosed or not decidable.

    GHG Protocol Scope 2 Guidance 2015, table 7.1. `settled` are the blocks that were claimed and
    settled, checked before; where there are none the table is empty. What only a register or a
    contract can show is not decidable or disclosed, never met. open_kwh is what the site could
    settle of a criterion [kWh], empty where nothing is.
    """
    if settled.empty:
        return pd.DataFrame(columns=_COLUMNS)
    values = {
        "blocks": len(settled),
        "first": settled["month"].str[:7].min(),
        "last": settled["period_end"].dt.strftime("%Y-%m").max(),
        "trades": int((settled["instrument"] == "green_power_trade").sum()),
        "retired": settled["retired_on"].max(),
    }
    open_kwh = {
        criterion: settled.loc[blocks, "kwh"].sum()
        for criterion, blocks in _open_to_site(settled, province).items()
    }
    reasons = enumerate(_reasons(settled, province, uncovered_basis), start=1)
    rows = [_sentences()[str(number), reason] for number, reason in reasons]
    return pd.DataFrame(
        [
            {
                **{name: row[name] for name in ("criterion", "name_zh", "name_en")},
                **{name: row[name] for name in ("answer", "settled_by")},
                "open_kwh": open_kwh.get(row["criterion"], 0.0) or None,
                "why_zh": row["zh"].format(**values),
                "why_en": row["en"].format(**values),
            }
            for row in rows
        ]
    ).astype({"open_kwh": "float64"})


def undecided(settled: pd.DataFrame, province: str) -> pd.Series:
    """Return whether a block leaves a criterion open that the site could settle from its own
    papers: the plant's carbon project, its province, the contract of a trade.
    """
    mask = pd.Series(False, settled.index)
    for blocks in _open_to_site(settled, province).values():
        mask |= blocks
    return mask


def eligible(settled: pd.DataFrame, province: str, treatment: str) -> pd.DataFrame:
    """Return the blocks that count: all, or those that leave no criterion open that the site could
    settle.

    >>> block = {"carbon_project_id": ["none", ""], "instrument": "GEC", "contract": ""}
    >>> blocks = pd.DataFrame(block | {"province": "Gansu", "kwh": [5.0, 7.0]})
    >>> [eligible(blocks, "Beijing", each).kwh.tolist() for each in (LEFT_OUT, COUNTED)]
    [[5.0], [5.0, 7.0]]
    """
    return settled if treatment == COUNTED else settled[~undecided(settled, province)]


def other(treatment: str) -> str:
    """Return the other treatment, whose total stands beside that of the one chosen."""
    return LEFT_OUT if treatment == COUNTED else COUNTED


def findings(
    settled: pd.DataFrame, province: str, treatment: str, between_t: float
) -> list[Finding]:
    """Return a finding on the certificates with an open criterion, whether they were left out or
    counted, with the tonnes of the inventory between the two.
    """
    open_to_site = _open_to_site(settled, province)
    if not open_to_site:
        return []
    lowers = treatment == COUNTED
    return in_table(
        "certificates",
        "undecided_counted" if lowers else "undecided_left_out",
        mwh=settled.loc[undecided(settled, province), "kwh"].sum() / units.KWH_PER_MWH,
        criteria=", ".join(open_to_site),
        between_t=between_t,
        t_co2e=-between_t if lowers else between_t,
    )


def _sentences() -> dict[tuple[str, str], dict]:
    """Return the rows of texts/criteria.csv by criterion and reason."""
    rows = sheets.packaged("texts/criteria.csv").to_dict("records")
    return {(row["criterion"], row["reason"]): row for row in rows}


def _open_to_site(settled: pd.DataFrame, province: str) -> dict[str, pd.Series]:
    """Return which blocks leave a criterion open that the site could settle, by criterion; only
    those of which some block does.
    """
    said, found = _sentences(), {}
    for (criterion, reason), blocks in _of_blocks(settled, province).items():
        if blocks.any() and said[criterion, reason]["settled_by"] == _SITE:
            found[criterion] = found.get(criterion, False) | blocks
    return found


def _of_blocks(settled: pd.DataFrame, province: str) -> dict[tuple[str, str], pd.Series]:
    """Return which blocks give each reason that is one block's own, by criterion and reason."""
    projects, chinese = plant_projects.plant_projects(settled), _provinces()
    trade = settled["instrument"] == "green_power_trade"
    unplaced = ~settled["province"].isin(chinese) & (province in chinese)
    return {
        ("2", "unnamed"): projects == "",
        ("2", "credited"): ~projects.isin(["", plant_projects.NO_PROJECT]),
        ("5", "unknown_plant"): unplaced,
        ("7", "no_contract"): trade & (settled["contract"].astype("str").str.strip() == ""),
    }


def _provinces() -> list[str]:
    """Return the provinces with a published grid factor, in English and in Chinese."""
    provinces = grid_factors.regions()
    return [*provinces.index, *provinces["province_zh"]]


def _reasons(settled: pd.DataFrame, province: str, uncovered_basis: str) -> list[str]:
    """Return the reason of each answer, by criterion: rows of texts/criteria.csv."""
    here, own = province in _provinces(), _of_blocks(settled, province)
    given = {criterion: reason for (criterion, reason), at in reversed(own.items()) if at.any()}
    zero = settled["technology"].map(published.table("technologies")["direct_zero"]) == "true"
    older = settled["month"].str[:4].astype("int64") < settled["claimed_year"]
    traded = (settled["instrument"] == "green_power_trade").any()
    factor_known = here or uncovered_basis == "residual_mix"
    return [
        "zero" if zero.all() else "burns",
        given.get("2", "named"),
        "retired",
        "older" if older.any() else "same_year",
        given.get("5", "one_market" if here else "unknown_market"),
        "supplier_rate" if uncovered_basis == "supplier_rate" else "no_supplier_rate",
        given.get("7", "contracts" if traded else "unbundled"),
        _UNCOVERED.get(uncovered_basis, "other") if factor_known else "unsaid",
    ]
