"""The checklist of the standards: what each asks for as far as it is known, and what this case
shows of it.

`reference/clauses.csv` holds topics in our own words; no clause was read, so none is quoted. An
answer is computed from claims and tables; "not read" is that of a topic whose content is not known.
"""

from __future__ import annotations

import pandas as pd

from neutrality import sheets

MET, NOT_MET, NOT_READ, NOT_GIVEN = "met", "not met", "not read", "not given"
ISO_14068 = "ISO 14068-1:2023"  # the standard whose time for retirement the checklist asks for
TABLES = {
    "tiers": "02_green_power",
    "criteria": "02_green_power",
    "switchboard": "02_green_power",
    "credits": "03_offset_sizing",
    "hierarchy": "03_offset_sizing",
    "plan": "03_offset_sizing",
}  # what the answers rest on, and the notebook that writes it
# Checks that an item of the table disclosures answers: what it says is for its reader to judge.
_DISCLOSED = {
    "indirect": "exclusions",
    "consolidation": "consolidation_approach",
    "significance": "exclusions",
    "recalculation": "recalculation_threshold",
    "quality": "quality_management",
    "verified": "opinion",
}
_FINER_THAN_NATIONAL = ("province", "grid_region")  # levels of a location-based factor
_COLUMNS = ["standard", "topic_zh", "topic_en", "requirement_zh", "requirement_en", "answer"]
_COLUMNS += ["rests_on_zh", "rests_on_en", "status", "only_for"]


def checklist(
    claims: pd.DataFrame,
    results: dict[str, pd.DataFrame],
    given: dict[str, str],
    deadline: pd.Timestamp | None,
) -> pd.DataFrame:
    """Return standard, topic, requirement, answer, rests_on, status: met, not met, not read or not
    given, a row each topic; only_for is the scheme whose reports show it, where it is one's own.

    `claims` are all by id; `results` the tables of TABLES, and altered_cells; `given` the
    parameters boundary, gwp_edition and residual_mix, and what the case discloses, by item;
    `deadline` the last day on which a credit of the period is retired in time. Status is that of
    our knowledge of the topic. Raises KeyError for a check that has no answer.
    """
    answers = _answers(claims, results, given, deadline)
    rests_on = sheets.packaged("texts/clause_answers.csv").set_index("check")
    table = sheets.packaged("reference/clauses.csv")
    table["answer"] = [answers[check] for check in table["check"]]
    for lang in ("zh", "en"):
        table[f"rests_on_{lang}"] = rests_on.loc[table["check"], lang].to_numpy()
    return table[_COLUMNS]


def _answers(
    claims: pd.DataFrame,
    results: dict[str, pd.DataFrame],
    given: dict[str, str],
    deadline: pd.Timestamp | None,
) -> dict[str, str]:
    """Return the answer of each check."""
    value, plan = claims["value"], results["plan"]
    ahead = (plan["year"] > claims.at["residual_t", "year"]).any()
    said: dict[str, bool] = {
        "year": True,
        "subject": True,
        "gases": not value["left_out_t"] > 0,
        "offset": value["credits_checked"] >= value["credits_needed"],
        "category_1": "scope1_t" in value,
        "category_2": {"scope2_location_t", "scope2_market_t"} <= set(value.index),
        "biogenic": "biogenic_t" in value,
        "base_year": "base_market_t" in value,
        "methods": results["altered_cells"].empty,
        "uncertainty": bool(claims.loc["residual_t", ["low", "high"]].notna().all()),
        "both_views": {"location_t", "market_t"} <= set(value.index),
        "energy": {"electricity_mwh", "electricity_base_mwh"} <= set(value.index),
        "term": ahead or "unabated" in set(results["hierarchy"]["step"]),
    }
    stated = {"boundary": "boundary", "gwp": "gwp_edition", "residual_mix": "residual_mix"}
    return (
        {check: MET if met else NOT_MET for check, met in said.items()}
        | {check: MET if given[name].strip() else NOT_GIVEN for check, name in stated.items()}
        | {check: MET if given.get(item) else NOT_GIVEN for check, item in _DISCLOSED.items()}
        | {"unread": NOT_READ, "not_given": NOT_GIVEN}
        | {"location_level": _level(results["switchboard"])}
        | {"tiers": _tiers(results["tiers"], given["residual_mix"])}
        | {"reduced": _reduced(value)}
        | {"plan": MET if ahead else NOT_GIVEN}
        | {"criteria": _criteria(results["criteria"])}
        | {"retired": _retired(results["credits"], deadline)}
    )


def _tiers(tiers: pd.DataFrame, residual_mix: str) -> str:
    """Return whether the market-based levels are in order: a grid average comes after a residual
    mix, so what is known of that has to be said.
    """
    if tiers.empty:
        return NOT_MET
    used = tiers[(tiers["view"] == "market") & (tiers["kwh"] > 0)]
    averaged = (used["tier"] == "grid_average").any()
    return NOT_GIVEN if averaged and not residual_mix.strip() else MET


def _reduced(value: pd.Series) -> str:
    """Return whether measures reduced the inventory: a fall that weather or nobody explains shows
    none.
    """
    if value.get("demonstrated_reduction_t", 0.0) > 0:
        return MET
    return NOT_GIVEN if value["reductions_t"] > 0 else NOT_MET


def _level(board: pd.DataFrame) -> str:
    """Return whether the factor used is of a finer level than the nation."""
    levels = board.loc[board["used"], "region_level"].dropna()
    if levels.empty:
        return NOT_GIVEN
    return MET if levels.isin(_FINER_THAN_NATIONAL).all() else NOT_MET


def _criteria(criteria: pd.DataFrame) -> str:
    """Return the weakest answer to the quality criteria: what is only disclosed is not given."""
    if criteria.empty:
        return NOT_GIVEN
    answers = set(criteria["answer"])
    if answers & {"not met", "not decidable"}:
        return NOT_MET
    return NOT_GIVEN if "disclosed" in answers else MET


def _retired(credits: pd.DataFrame, deadline: pd.Timestamp | None) -> str:
    """Return whether the credits of the ledger were retired by the deadline."""
    if credits.empty or deadline is None:
        return NOT_GIVEN
    retired = pd.to_datetime(credits["retired_on"])
    return MET if (retired <= deadline).all() else NOT_MET
