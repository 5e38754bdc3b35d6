"""A name in a registry is the reporter's word by word, without its legal form, or under an alias
that the case declares and the report prints.
"""

import pandas as pd
import pytest
from ledgers import CERTIFICATE, ISO, certificate_findings, credit, frame, rules

from neutrality.ledger import credits, plant_projects, reporters

ALIASES = pd.DataFrame(
    {
        "registry": ["VCS"],
        "language": ["en"],
        "name": ["Tower Retirement Account 7"],
        "why": ["A-7"],
    },
    [2],
)


@pytest.mark.parametrize(
    ("cell", "reporter", "how"),
    [
        ("Shopify", "Shopify, Inc.", "same"),
        ("PETSTAR S.A.P.I. DE C.V.", "Petstar", "same"),
        ("示例大厦", "示例大厦有限公司", "same"),
        ("Ｓｈｏｐｉｆｙ　Inc", "shopify inc.", "same"),
        ("Shopify Inc. (Ottawa)", "Shopify Inc.", "wordy"),
        ("为示例大厦有限公司注销", "示例大厦有限公司", "wordy"),
        ("Autodesk Inc.", "SK Inc.", ""),
        ("SK Telecom Co., Ltd.", "SK Inc.", ""),
        ("Example Holdings", "Example", "wordy"),
        ("Example Holdings", "Example Inc.", ""),
        ("示例大厦物业集团有限公司", "示例大厦", ""),
        ("", "Example", ""),
        ("_", ".", ""),
    ],
)
def test_a_name_is_compared_from_word_to_word(cell, reporter, how):
    who = reporters.reporter(reporter)
    found = reporters.matched(pd.Series([cell]), pd.Series(["VCS"]), who)
    assert found["how"].tolist() == [how]


@pytest.mark.parametrize("name", ["", " ", "---", "…", "（）"])
def test_a_reporter_whose_name_holds_no_letter_is_refused(name):
    rows = frame([credit(beneficiary=name)])
    assert "reporter_unnamed" in rules(credits.check(rows, 2025, name, ISO), "refused")


def test_an_alias_counts_in_its_registry_and_is_printed_with_its_quantity():
    rows = [credit(1, 100, beneficiary="Tower Retirement Account 7"), credit(101, 150)]
    found = credits.check(frame(rows), 2025, "Example Tower", ISO, aliases=ALIASES)
    assert rules(found) == ["beneficiary_alias"]
    (said,) = [f.en for f in found if f.rule == "beneficiary_alias"]
    assert said.startswith("aliases.csv, row 2, name: 1 row(s) of credits, quantity 100") and (
        "evidence: A-7" in said
    )
    elsewhere = ALIASES.assign(registry="GS")
    found = credits.check(frame(rows), 2025, "Example Tower", ISO, aliases=elsewhere)
    assert "beneficiary_differs" in rules(found, "refused")


def test_an_alias_of_certificates_has_their_kwh_as_its_size():
    known = ALIASES.assign(registry="")
    block = {"beneficiary": "tower retirement account 7"}
    found = certificate_findings(block, aliases=known)
    (said,) = [f for f in found if f.rule == "beneficiary_alias"]
    assert said.kwh == 240_000.0 and not rules(found, "refused")
    assert "beneficiary_differs" in rules(certificate_findings(block), "refused")


def test_an_alias_without_letters_is_refused():
    found = credits.check(
        frame([credit()]), 2025, "Example Tower", ISO, aliases=ALIASES.assign(name="-")
    )
    assert rules(found, "refused") == ["alias_empty"]


@pytest.mark.parametrize(
    ("reason", "details", "taken"),
    [
        ("On Behalf of Third Party", "Retired on behalf of Example Tower for 2025", True),
        ("neutrality 2025", "Example Tower - Transaction Reference 31388", True),
        ("on behalf of Example Tower and its tenants", "2025", True),
        ("On Behalf of Third Party", "Retired by Example Tower on behalf of Wise Ltd", False),
        ("neutrality 2025", "", False),
        ("On behalf of Example Tower Hotels Ltd and on behalf of Wise Ltd", "", False),
    ],
)
def test_an_empty_beneficiary_is_odd_where_the_text_names_the_reporter_alone(
    reason, details, taken
):
    found = rules(
        credits.check(
            frame([credit(beneficiary="", reason=reason, details=details)]),
            2025,
            "Example Tower",
            ISO,
        )
    )
    assert ("beneficiary_in_text" in found) == taken == ("beneficiary_missing" not in found)


def test_each_alias_is_told_with_the_rows_that_it_took():
    two = pd.concat([ALIASES, ALIASES.assign(name="Other account").set_axis([3])])
    who = reporters.reporter("Example Tower", two)
    used = pd.DataFrame({"quantity": [10, 20, 40, 80]}, [5, 6, 7, 8])
    alias = pd.Series([2, 0, 3, 2], used.index)
    found = reporters.alias_findings("credits", used, alias, who)
    told = [(each.row, "2 row(s)" in each.en, "quantity 90" in each.en) for each in found]
    assert told == [(2, True, True), (3, False, False)] and "quantity 40" in found[1].en


def test_rows_without_the_plants_project_are_counted():
    rows = frame([CERTIFICATE | {"carbon_project_id": "VCS 3005"}])
    assert not [f for f in plant_projects.carbon_findings(rows, ()) if "unnamed" in f.rule]
    both = pd.concat([rows, rows.assign(carbon_project_id="?"), rows.assign(carbon_project_id="")])
    (told,) = [f for f in plant_projects.carbon_findings(both, ()) if "unnamed" in f.rule]
    assert told.en.startswith("certificates.csv: 2 row(s)")
