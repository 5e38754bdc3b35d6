"""What is said for whoever signs is what the case gives; what it does not give is listed once."""

import pandas as pd
import pytest

from neutrality.report import disclosures
from neutrality.runner import refusals
from neutrality.texts import labels

METERS = ["main", "cooling"]
CREDITS = pd.DataFrame(
    {
        "programme": "VCS",
        "methodology": "VM0010",
        "country": "CN",
        "kind": ["avoidance", "avoidance", ""],
        "quantity": [500, 300, 200],
        "vintage_start": ["2022-01-01", "2023-01-01", "2021-01-01"],
        "vintage_end": ["2022-12-31", "2024-12-31", "2021-12-31"],
        "labels": "none",
    }
)
READINGS = pd.DataFrame(
    {
        "meter": ["main", "main", "cooling"],
        "year": [2023, 2025, 2025],
        "measured_kwh": [6.0, 5.0, 1.0],
    }
)
PLAN = pd.DataFrame({"year": [2030]})


def rows(*items, evidence="minutes"):
    """A table disclosures with these items."""
    frame = pd.DataFrame({"item": list(items), "zh": "某", "en": "some", "evidence": evidence})
    return frame.set_index(pd.RangeIndex(2, 2 + len(frame)))


def test_a_case_that_gives_nothing_has_each_item_once_in_the_list_of_what_is_missing():
    missing = disclosures.not_given(rows(), CREDITS.iloc[:0], PLAN.iloc[:0])
    of_credits = disclosures.items().query("topic == 'credits'").index
    assert [*missing["item"]] == [id for id in disclosures.items().index if id not in of_credits]
    shown = disclosures.shown(rows())
    assert all(shown[f"{topic}_given"].empty for topic in ("organisation", "base_year", "data"))
    assert [*shown["signoff"]["item"]] == [
        "prepared_by",
        "reviewed_by",
        "approved_by",
        "verified_by",
    ]
    assert (shown["signoff"][["content_zh", "date", "signature"]] == "").all(axis=None)


def test_what_is_given_is_printed_where_its_subject_is_and_missing_nowhere():
    given = rows("tenants", "base_year_reason", "prepared_by", "meter_cooling")
    shown = disclosures.shown(given)
    assert [*shown["organisation_given"]["item"]] == ["tenants"]
    assert [*shown["base_year_given"]["item"]] == ["base_year_reason"]
    assert shown["signoff"].set_index("item").at["prepared_by", "content_en"] == "some"
    missing = disclosures.not_given(given, CREDITS, PLAN, version="1.0", issued_on="")
    absent = {"tenants", "base_year_reason", "prepared_by", "metering_map", "version"}
    assert absent.isdisjoint(missing["item"]) and "management_plan" not in set(missing["item"])
    assert {"issued_on", "opinion", "address"} <= set(missing["item"])


def test_a_document_of_the_credits_is_given_when_every_block_has_it():
    missing = set(disclosures.not_given(rows(), CREDITS, PLAN)["item"])
    assert {"credit_kind", "credit_buffer", "credit_host"} <= missing
    assert "credit_labels" not in missing


def test_every_item_is_asked_for_in_both_languages_of_a_topic_that_has_a_name():
    listed = disclosures.items()
    assert (listed[["topic", *labels.LANGUAGES]] != "").all(axis=None) and listed.index.is_unique
    assert all(labels.has(f"topic_{topic}") for topic in listed["topic"])


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            rows("adress"),
            "row 2, column item: found 'adress', which is no item; did you mean 'address'?",
        ),
        (rows("meter_cellar"), "row 2, column item: found 'meter_cellar', which is no item"),
        (rows("management_plan"), "found 'management_plan', which is no item"),
        (
            rows("tenants", "opinion", evidence=""),
            "row 3, column evidence: nothing is named; opinion is printed only",
        ),
        (rows("calibration", evidence=""), "row 2, column evidence: nothing is named"),
    ],
)
def test_an_item_nobody_knows_or_without_its_document_is_refused(table, said):
    with pytest.raises(ValueError) as refused:
        disclosures.refuse(table, METERS)
    assert said in str(refused.value)


def test_items_with_their_documents_are_accepted():
    disclosures.refuse(rows("opinion", "meter_main", "tenants"), METERS)


@pytest.mark.parametrize("day", ["31.3.2026", "2026", "2025-12-31", "2026-02-30"])
def test_a_day_of_issue_that_cannot_be_is_refused(day):
    with pytest.raises(ValueError, match="issued_on"):
        disclosures.refuse_issue(day, 2025)
    assert (
        disclosures.refuse_issue("2026-01-01", 2025) is disclosures.refuse_issue("", 2025) is None
    )


def test_the_metering_map_has_the_years_meters_once_the_case_describes_one():
    given = disclosures.metering_map(rows("meter_cooling"), READINGS, 2025)
    assert given.set_index("meter")["measures_en"].to_dict() == {"main": "", "cooling": "some"}
    assert disclosures.metering_map(rows("tenants"), READINGS, 2025).empty


def test_documents_of_credits_add_up_to_the_ledger():
    made = disclosures.credit_documents(CREDITS)
    assert made["quantity"].sum() == CREDITS["quantity"].sum() and len(made) == 2
    first = made.set_index("kind").loc["avoidance"]
    assert (first["vintage_from"], first["vintage_to"], first["quantity"]) == (2022, 2024, 800)
    assert (made["buffer_percent"] == "").all()


def test_the_check_of_a_case_names_what_it_may_not_disclose(tmp_path):
    (tmp_path / "disclosures.csv").write_text(
        "item,zh,en,evidence\nadress,某街,A street,\n", encoding="utf-8"
    )
    with pytest.raises(ValueError, match="disclosures.csv, row 2, column item: found 'adress'"):
        refusals._refuse_disclosures(tmp_path, "", 2025)
    with pytest.raises(ValueError, match="issued_on '1 May'"):
        refusals._refuse_disclosures(tmp_path, "1 May", 2025)
