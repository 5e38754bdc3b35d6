"""units: sizes that are known from elsewhere, round trips, and conversions that are refused."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrality.reference import units

BY_DIMENSION = [
    ["kWh", "MWh", "GWh", "TWh", "100 million kWh", "GJ", "MJ", "TJ"],
    ["g", "kg", "t", "kt", "10 thousand t", "Mt", "100 million t"],
    ["kgce", "gce", "tce", "10 thousand tce", "Mtce"],
    ["m3", "Nm3", "10^4 Nm3", "10^4 m3", "L"],
    ["ha", "mu", "acre", "m2", "km2"],
    ["km", "m"],
]
PAIRS = [(a, b) for names in BY_DIMENSION for a in names for b in names]
FORBIDDEN = [
    ("kWh", "t"),
    ("L", "t"),
    ("kWh", "tce"),
    ("GJ", "kgce"),
    ("m3", "kWh"),
    ("tce", "t"),
    ("km", "person-km"),
]


@pytest.mark.parametrize(
    ("amount", "from_unit", "to_unit", "expected"),
    [
        (1, "MWh", "GJ", 3.6),
        (1, "100 million kWh", "GWh", 100),
        (1, "TWh", "100 million kWh", 10),
        (1, "10 thousand t", "kt", 10),
        (100, "10 thousand t", "Mt", 1),
        (605_405, "m3", "10^4 Nm3", 60.5405),
        (1, "km2", "mu", 1_500),
        (11_900, "GJ", "TJ", 11.9),
    ],
)
def test_known_conversions(amount, from_unit, to_unit, expected):
    assert units.convert(amount, from_unit, to_unit) == pytest.approx(expected, rel=1e-12)


def test_2000_mu_are_133_ha_and_not_1333():
    assert round(units.convert(2_000, "mu", "ha"), 1) == 133.3
    assert round(units.convert(20_000, "mu", "ha")) == 1_333


def test_epa_sink_per_acre_is_the_published_sink_per_hectare():
    per_ha = [
        round(t_per_acre / units.HA_PER_ACRE, 2) for t_per_acre in (0.82, 0.84, 1.06, 0.77, 1.00)
    ]
    assert per_ha == [2.03, 2.08, 2.62, 1.90, 2.47]


@given(st.floats(-1e12, 1e12), st.sampled_from(PAIRS))
def test_convert_round_trips(amount, pair):
    there = units.convert(amount, *pair)
    assert math.isclose(
        units.convert(there, *reversed(pair)), amount, rel_tol=1e-12, abs_tol=1e-300
    )


@given(st.floats(-1e9, 1e9), st.sampled_from(PAIRS), st.sampled_from(PAIRS))
def test_the_way_between_two_units_does_not_matter(amount, one, other):
    if units.dimension(one[1]) == units.dimension(other[1]):
        by_way_of = units.convert(units.convert(amount, one[0], one[1]), one[1], other[1])
        assert math.isclose(
            units.convert(amount, one[0], other[1]), by_way_of, rel_tol=1e-12, abs_tol=1e-300
        )


def test_a_series_is_converted_and_left_as_it_was():
    load_mwh = pd.Series([1.0, 2.5])
    assert units.convert(load_mwh, "MWh", "kWh").tolist() == [1_000.0, 2_500.0]
    assert load_mwh.tolist() == [1.0, 2.5]


@pytest.mark.parametrize(("from_unit", "to_unit"), FORBIDDEN)
def test_another_dimension_is_refused(from_unit, to_unit):
    with pytest.raises(ValueError, match="no conversion between them"):
        units.convert(1.0, from_unit, to_unit)


@pytest.mark.parametrize(
    ("from_unit", "to_unit"), [("kwh", "kWh"), ("kWh", "TJ/10^4 m3"), ("ton", "t")]
)
def test_an_unknown_unit_is_refused(from_unit, to_unit):
    with pytest.raises(ValueError, match="is not known"):
        units.convert(1.0, from_unit, to_unit)
