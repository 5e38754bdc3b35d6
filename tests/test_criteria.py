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
