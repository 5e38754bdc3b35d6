"""The eight quality criteria: an answer each, and none called met that the ledger cannot show."""

import pytest
from ledgers import CERTIFICATE, frame

from neutrality.green import criteria
from neutrality.ledger import certificates


def answers(*changes, province="Beijing", basis="location_average"):
    counted = certificates.counted(frame([CERTIFICATE | change for change in changes]), 2025)
    table = criteria.criteria(counted, province, basis)
    assert table["criterion"].tolist() == list("12345678") and table["why_zh"].str.len().gt(5).all()
    return dict(zip(table["criterion"], table["answer"], strict=True))


def test_a_valid_ledger_of_bought_certificates():
    assert answers({}) == {
        "1": "met",
        "2": "met",
        "3": "disclosed",
        "4": "met",
        "5": "disclosed",
        "6": "met",
        "7": "met",
        "8": "disclosed",
    }


@pytest.mark.parametrize(
    ("change", "more", "criterion", "answer"),
    [
        ({"technology": "biomass"}, {}, "1", "not decidable"),
        ({"carbon_project_id": ""}, {}, "2", "not decidable"),
        ({"carbon_project_id": "VCS 1234"}, {}, "2", "not decidable"),
        ({"carbon_project_id": "?"}, {}, "2", "not decidable"),
        ({"month": "2024-12"}, {}, "4", "disclosed"),
        ({}, {"province": "Cambridge"}, "5", "not decidable"),
        ({"province": "Gansoo"}, {}, "5", "not decidable"),
        ({"province": "Gansoo"}, {"province": "Cambridge"}, "5", "not decidable"),
        ({}, {"basis": "supplier_rate"}, "6", "not decidable"),
        ({"instrument": "green_power_trade"}, {}, "7", "not met"),
        ({"instrument": "green_power_trade", "contract": "C"}, {}, "7", "disclosed"),
        ({}, {"basis": "residual_mix"}, "8", "met"),
        ({}, {"province": "Cambridge"}, "8", "not decidable"),
        ({}, {"basis": "national_average_excl_market_traded_nonfossil"}, "8", "disclosed"),
        ({}, {"basis": "supplier_rate"}, "8", "disclosed"),
    ],
)
def test_what_changes_an_answer(change, more, criterion, answer):
    assert answers(change, **more)[criterion] == answer


def test_criterion_eight_says_which_factor_uncovered_kwh_take():
    said = {
        basis: criteria.criteria(
            certificates.counted(frame([CERTIFICATE]), 2025), "Beijing", basis
        )["why_en"].iloc[-1]
        for basis in (
            "location_average",
            "national_average_excl_market_traded_nonfossil",
            "supplier_rate",
        )
    }
    assert (
        "is counted at an average factor" in said["location_average"]
        and len(set(said.values())) == 3
    )
    assert (
        "is counted at an average factor"
        not in said["supplier_rate"] + said["national_average_excl_market_traded_nonfossil"]
    )


TRADE = {"instrument": "green_power_trade"}


@pytest.mark.parametrize(
    ("change", "province", "open_to_site"),
    [
        ({}, "Beijing", False),
        ({"carbon_project_id": "None"}, "Beijing", False),
        ({"carbon_project_id": ""}, "Beijing", True),
        ({"carbon_project_id": "?"}, "Beijing", True),
        ({"carbon_project_id": "VCS 1234"}, "Beijing", True),
        ({"province": "Gansoo"}, "Beijing", True),
        ({"province": "Gansoo"}, "Cambridge", False),
        ({"technology": "biomass"}, "Beijing", False),
        ({"month": "2024-12"}, "Beijing", False),
        (TRADE, "Beijing", True),
        (TRADE | {"contract": "C"}, "Beijing", False),
    ],
)
def test_what_the_site_could_settle_and_has_not_does_not_count(change, province, open_to_site):
    settled = certificates.counted(frame([CERTIFICATE | change]), 2025)
    assert criteria.undecided(settled, province).tolist() == [open_to_site]
    left = criteria.eligible(settled, province, criteria.LEFT_OUT)
    assert len(left) == (not open_to_site)
    assert criteria.eligible(settled, province, criteria.COUNTED).equals(settled)


def test_a_finding_says_which_criteria_are_open_and_the_tonnes_between_the_two_totals():
    rows = [CERTIFICATE | {"carbon_project_id": ""}, CERTIFICATE | TRADE, CERTIFICATE]
    settled = certificates.counted(frame(rows), 2025)
    found = [
        criteria.findings(settled, "Beijing", each, 12.0)
        for each in (criteria.LEFT_OUT, criteria.COUNTED)
    ]
    assert [[each.rule for each in made] for made in found] == [
        ["undecided_left_out"],
        ["undecided_counted"],
    ]
    assert [made[0].t_co2e for made in found] == [12.0, -12.0]
    assert all("480.0 MWh" in made[0].en and "criterion 2, 7" in made[0].en for made in found)
    assert criteria.findings(settled[2:], "Beijing", criteria.LEFT_OUT, 0.0) == []


def test_the_table_gives_the_electricity_that_the_site_leaves_open():
    rows = [CERTIFICATE | {"carbon_project_id": ""}, CERTIFICATE]
    settled = certificates.counted(frame(rows), 2025)
    table = criteria.criteria(settled, "Beijing", "location_average").set_index("criterion")
    assert table.at["2", "open_kwh"] == 240_000 and table["open_kwh"].notna().sum() == 1
    assert table.at["2", "settled_by"] == "site" and table.at["3", "settled_by"] == "registry"
    assert criteria.criteria(settled[:0], "Beijing", "location_average").empty
