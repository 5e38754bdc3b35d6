"""Physical conversions by name, and `convert` between the units of one dimension.

Standard coal is a dimension of its own: how much coal a kWh "is" is a convention, kept as a coefficient.
"""

import calendar

# Energy
MJ_PER_KWH = 3.6
KWH_PER_MWH = 1_000.0
KWH_PER_GWH = 1_000_000.0
MJ_PER_GJ = 1_000.0
GJ_PER_TJ = 1_000.0
W_PER_KW = 1_000.0

# Mass and amount of substance
KG_PER_T = 1_000.0
T_PER_MT = 1_000_000.0
KG_PER_TCE = 1_000.0  # kg of standard coal in a tonne of it
CO2_PER_C = 44 / 12  # molar masses, rounded as greenhouse-gas inventories do

# Area
M2_PER_HA = 10_000.0
MU_PER_HA = 15.0
HA_PER_ACRE = 0.40468564224  # international acre

# Time and shares
HOURS_PER_DAY = 24
HOURS_PER_WEEK = 168
MONTHS_PER_YEAR = 12
PERCENT = 100.0
TIE = 1e-9  # as a share or in percentage points: what differs by less is equal but for float noise

# Size of each unit in the first unit of its dimension, whose size is 1.
# A metered m3 of gas counts as one Nm3: no correction for temperature and pressure is made.
_SIZES = {
    "energy": {
        "MJ": 1.0, "kWh": MJ_PER_KWH, "MWh": MJ_PER_KWH * KWH_PER_MWH, "GWh": MJ_PER_KWH * KWH_PER_GWH,
        "TWh": MJ_PER_KWH * 1e9, "100 million kWh": MJ_PER_KWH * 1e8,
        "GJ": MJ_PER_GJ, "TJ": MJ_PER_GJ * GJ_PER_TJ,
    },
    "mass": {
        "kg": 1.0, "g": 0.001, "t": KG_PER_T, "kt": 1e6, "10 thousand t": 1e7, "Mt": KG_PER_T * T_PER_MT,
        "100 million t": 1e11,
    },
    "standard coal": {
        "kgce": 1.0, "gce": 0.001, "tce": KG_PER_TCE, "10 thousand tce": 1e7, "Mtce": 1e9,
    },
    "volume": {"m3": 1.0, "Nm3": 1.0, "L": 0.001, "10^4 m3": 1e4, "10^4 Nm3": 1e4},
    "area": {"ha": 1.0, "m2": 1 / M2_PER_HA, "mu": 1 / MU_PER_HA, "acre": HA_PER_ACRE, "km2": 100.0},
    "distance": {"km": 1.0, "m": 0.001},
    "passenger transport": {"person-km": 1.0},
}  # fmt: skip
_DIMENSION = {unit: dimension for dimension, sizes in _SIZES.items() for unit in sizes}


def hours_of_year(year: int) -> int:
    """Return the hours of a calendar year.

    >>> hours_of_year(2024), hours_of_year(2025)
    (8784, 8760)
    """
    return HOURS_PER_DAY * (365 + calendar.isleap(year))


def dimension(unit: str) -> str:
    """Return the dimension of a unit; ValueError for a unit that is not in the table above.

    >>> dimension("10^4 Nm3")
    'volume'
    """
    if unit not in _DIMENSION:
        raise ValueError(f"unit {unit!r} is not known; known are {', '.join(_DIMENSION)}")
    return _DIMENSION[unit]


def convert(amount, from_unit: str, to_unit: str):
    """Return an amount (a number, Series or array) of `from_unit` in `to_unit`.

    Another dimension is refused: litres become tonnes only with a density, kWh only with a factor.

    >>> convert(11_900, "GJ", "TJ"), convert(2_000, "mu", "ha")
    (11.9, 133.33333333333334)
    """
    have, want = dimension(from_unit), dimension(to_unit)
    if have != want:
        raise ValueError(f"{from_unit} measures {have} and {to_unit} {want}: no conversion between them; give a unit of {want}")
    return amount * (_SIZES[have][from_unit] / _SIZES[want][to_unit])


def celsius(fahrenheit):
    """Return a temperature in °C from °F.

    >>> celsius(50.0), celsius(65.0)
    (10.0, 18.333333333333332)
    """
    return (fahrenheit - 32) / 1.8
