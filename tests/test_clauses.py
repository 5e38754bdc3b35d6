"""The checklist of the standards: answers follow from the case, and nothing unread is answered."""

import pandas as pd
import pytest

from neutrality import sheets
from neutrality.report import clauses

VALUES = {
    "left_out_t": 0.0,
    "reductions_t": 5.0,
    "demonstrated_reduction_t": 4.0,
    "credits_checked": 10.0,
    "credits_needed": 10.0,
    "residual_t": 9.5,
    **dict.fromkeys(("scope1_t", "scope2_location_t", "scope2_market_t", "biogenic_t"), 1.0),
    **dict.fromkeys(("location_t", "market_t", "base_market_t"), 1.0),
    **dict.fromkeys(("electricity_mwh", "electricity_base_mwh"), 1.0),
}
GIVEN = {"boundary": "a building", "gwp_edition": "AR5", "residual_mix": "none is published"}
DEADLINE = pd.Timestamp("2026-12-31")
RESULTS = {
    "tiers": pd.DataFrame(
        [
            {"view": "location", "tier": "province", "kwh": 3.0},
            {"view": "market", "tier": "certificate", "kwh": 2.0},
            {"view": "market", "tier": "grid_average", "kwh": 1.0},
        ]
    ),
    "criteria": pd.DataFrame({"answer": ["met", "met"]}),
    "switchboard": pd.DataFrame({"used": [True, False], "region_level": ["province", "national"]}),
    "credits": pd.DataFrame({"retired_on": ["2026-01-14"]}),
    "hierarchy": pd.DataFrame({"step": ["residual"]}),
    "plan": pd.DataFrame({"year": [2030]}),
    "altered_cells": pd.DataFrame({"cell": []}),
}


def answers(given=GIVEN, deadline=DEADLINE, changed=None, **values):
    claims = pd.DataFrame({"value": VALUES | values, "low": 1.0, "high": 2.0, "year": 2025})
    table = clauses.checklist(claims, RESULTS | (changed or {}), given, deadline)
    by_topic = table.set_index(["standard", "topic_en"])["answer"]
    return {topic: answer for (_, topic), answer in by_topic.items()} | {
        (standard[:9], topic): answer for (standard, topic), answer in by_topic.items()
    }


def test_what_a_case_shows_is_met_and_what_nobody_read_never():
    made = answers()
    unread = [topic for topic, answer in made.items() if answer == "not read"]
    assert {"stages", "programmes", "emission factor", "credit criteria"} <= set(unread)
    for topic in ("both views", "hierarchy", "management plan", "retirement", "offset", "by gas"):
        assert made[topic] == "met", topic
    for topic in ("significance", "recalculation", "verification", "category 3", "category 6"):
        assert made[topic] == "not given", topic


@pytest.mark.parametrize(
    ("topic", "answer", "changed"),
    [
        ("offset", "not met", {"credits_checked": 9.0}),
        ("by gas", "not met", {"left_out_t": 2.0}),
        ("hierarchy", "not given", {"demonstrated_reduction_t": 0.0}),
        ("hierarchy", "not met", {"demonstrated_reduction_t": 0.0, "reductions_t": -1.0}),
        ("management plan", "not given", {"changed": {"plan": pd.DataFrame({"year": [2025]})}}),
        ("retirement", "not met", {"deadline": pd.Timestamp("2025-12-31")}),
        ("retirement", "not given", {"changed": {"credits": RESULTS["credits"][:0]}}),
        ("residual mix", "not given", {"given": GIVEN | {"residual_mix": " "}}),
        ("market hierarchy", "not given", {"given": GIVEN | {"residual_mix": " "}}),
        ("market hierarchy", "not met", {"changed": {"tiers": RESULTS["tiers"][:0]}}),
        (
            "market hierarchy",
            "met",
            {
                "given": GIVEN | {"residual_mix": ""},
                "changed": {"tiers": RESULTS["tiers"].replace("grid_average", "residual_mix")},
            },
        ),
        (
            "location hierarchy",
            "not met",
            {"changed": {"switchboard": RESULTS["switchboard"].assign(used=[False, True])}},
        ),
        ("methods", "not met", {"changed": {"altered_cells": pd.DataFrame({"cell": ["1"]})}}),
        (
            "quality criteria",
            "not met",
            {"changed": {"criteria": pd.DataFrame({"answer": ["met", "not decidable"]})}},
        ),
        (
            "quality criteria",
            "not given",
            {"changed": {"criteria": pd.DataFrame({"answer": ["met", "disclosed"]})}},
        ),
    ],
)
def test_an_answer_follows_from_the_case(topic, answer, changed):
    assert answers()[topic] == "met"
    assert answers(**changed)[topic] == answer


def test_every_topic_has_both_languages_and_a_check_that_is_answered():
    table = sheets.packaged("reference/clauses.csv")
    said = sheets.packaged("texts/clause_answers.csv")
    assert set(table["check"]) == set(said["check"])
    texts = table[["topic_zh", "topic_en", "requirement_zh", "requirement_en"]]
    assert texts.ne("").all().all() and said[["zh", "en"]].ne("").all().all()
    categories = table["topic_en"][table["standard"] == "ISO 14064-1:2018"]
    assert [f"category {n}" for n in range(1, 7)] == categories[:6].tolist()


def test_what_the_case_discloses_answers_its_topic():
    given = GIVEN | {"exclusions": "business travel", "opinion": "limited assurance"}
    made = answers(given=given)
    for topic in ("significance", "category 3", "verification"):
        assert made[topic] == "met", topic
    assert made["recalculation"] == "not given"
