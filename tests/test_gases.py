"""Gases: published GWP100 by edition, and those of blends."""

import pytest

from neutrality import sheets
from neutrality.reference import gases


def test_blends_have_their_published_gwp():
    five, six = gases.gwp("AR5"), gases.gwp("AR6")
    assert (five["R-410A"], six["R-410A"]) == (1923.5, 2255.5)
    assert (round(five["R-407C"], 2), round(six["R-407C"], 2)) == (1624.21, 1907.93)
    assert gases.gwp("AR4")["R-410A"] == 2088  # published; AR4 values of its gases were not found


def test_gases_have_their_published_gwp():
    names = ["CO2", "CH4", "N2O", "SF6", "NF3", "HFC-32", "HFC-125", "HFC-134a", "HCFC-22"]
    assert gases.gwp("AR5")[names].tolist() == [
        1,
        28,
        265,
        23_500,
        16_100,
        677,
        3_170,
        1_300,
        1_760,
    ]
    assert gases.gwp("AR6")[names].tolist() == [
        1,
        27.9,
        273,
        25_200,
        17_400,
        771,
        3_740,
        1_530,
        1_960,
    ]


def test_shares_of_a_blend_sum_to_one():
    blends = sheets.packaged("reference/blends.csv").astype({"mass_share": float})
    assert blends.groupby("blend").mass_share.sum().tolist() == pytest.approx(
        [1.0] * blends.blend.nunique()
    )


def test_an_unknown_edition_is_refused():
    with pytest.raises(ValueError, match="AR4, AR5, AR6"):
        gases.gwp("AR7")
