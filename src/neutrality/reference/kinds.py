"""What a row of activities is of: heat, a fuel, electricity or a gas released; and the published
factor of that kind, in the row's unit, with which a case's own factor is compared.
"""

from __future__ import annotations

import re

import pandas as pd

from neutrality.reference import emission_factors, units

HEAT, ELECTRICITY, RELEASED = "heat", "electricity", "released"
# Kinds that a building burns or buys for itself; diesel and petrol may be those of commuters.
OF_BUILDINGS = (HEAT, "natural_gas", "lpg", "kerosene", "fuel_oil", "bituminous", RELEASED)
# Words of sources, ids and quantities, in this order: a "gas boiler for heat" burns gas.
_WORDS = {
    "natural_gas": r"natural.?gas|(pipeline|city|town).?gas|^gas\b|\b[cl]ng\b|天然气|燃气",
    "diesel": r"\bdiesel|柴油",
    "petrol": r"\bpetrol|gasoline|汽油",
    "lpg": r"\blpg\b|liquefied petroleum|液化石油气",
    "kerosene": r"kerosene|煤油",
    "fuel_oil": r"fuel.?oil|heating.?oil|燃料油|重油",
    "bituminous": r"\bcoal\b|bituminous|anthracite|烟煤|煤炭",
    HEAT: r"\bheat|steam|hot.?water|热|蒸汽",
}
_PUBLISHED = ("fuel_{}", "jst303_{}", "ipcc_co2_{}")  # ids of a fuel's factors, the first that fits


def kind(row: pd.Series, factor: pd.Series) -> str:
    """Return what a row of activities is of, or "" where nothing tells.

    `row` has source, scope, unit and factor_id, `factor` is its row of the factor table. Published
    factors tell by their id, the case's own by their words, gases and units; what is bought in
    scope 2 is heat unless its factor is one of electricity.

    >>> known = emission_factors.factors()
    >>> bill = {"source": "boiler", "scope": "1", "unit": "m3", "factor_id": "fuel_natural_gas"}
    >>> kind(pd.Series(bill), known.loc["fuel_natural_gas"])
    'natural_gas'
    """
    said = " ".join((row.source, row.factor_id, str(factor.quantity))).lower().replace("_", " ")
    spoken = next((name for name, words in _WORDS.items() if re.search(words, said)), "")
    if factor.basis == "mass" or factor.unit == "kg/kg":
        return RELEASED
    if int(row.scope) == 2:
        power = factor.unit in emission_factors.ELECTRICITY_UNITS and spoken != HEAT
        return ELECTRICITY if power else HEAT
    if factor.origin == "neutrality":
        fuel = emission_factors.fuel_of(row.factor_id)
        return fuel if fuel in _WORDS else HEAT if row.factor_id.startswith(HEAT) else ""
    return spoken or (HEAT if row.unit in ("GJ", "MJ", "TJ") else "")


def neighbour(kind: str, row: pd.Series, factor: pd.Series, published: pd.DataFrame) -> str:
    """Return the id of the published factor that a row would have without the case's own, or "".

    That is the default of its kind whose unit the row's converts to; of a gas, the gas itself.
    """
    by_kind = {HEAT: ["heat_default"], RELEASED: [factor.gas]}
    ids = by_kind.get(kind, [form.format(kind) for form in _PUBLISHED])
    fitting = (id for id in ids if id in published.index and fits(row.unit, published.unit[id]))
    return next(fitting, "")


def t_per_unit(unit: str, factor_unit: str) -> float:
    """Return the tonnes of gas that one `unit` of activity gives when the factor's value is 1."""
    mass, _, per = emission_factors.unit_parts(factor_unit)
    # A unit of one's own, such as a room-night, is fine where the activity is in that same unit.
    in_factor_unit = 1.0 if unit == per else units.convert(1.0, unit, per)
    return in_factor_unit * units.convert(1.0, mass, "t")


def fits(unit: str, factor_unit: str) -> bool:
    """Return whether an amount in `unit` can be multiplied by a factor in `factor_unit`."""
    try:
        return t_per_unit(unit, factor_unit) >= 0
    except ValueError:
        return False
