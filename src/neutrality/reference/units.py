"""Physical conversions by name, and `convert` between the units of one dimension.

Standard coal is a dimension of its own: how much coal a kWh equals is a convention, which is a
coefficient.
"""

import re

import pandas as pd

# Energy
MJ_PER_KWH = 3.6
WH_PER_KWH = 1_000.0
KWH_PER_MWH = 1_000.0
KWH_PER_GWH = 1_000_000.0
MJ_PER_GJ = 1_000.0
GJ_PER_TJ = 1_000.0

# Mass and amount of substance
G_PER_KG = 1_000.0
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
TIE = 1e-9  # share or percentage points: smaller differences are float noise

# Size of each unit in the unit of its dimension that has size 1. A metered m3 of gas counts as one
# Nm3: no correction for temperature and pressure is made.
_SIZES = {
    "energy": {
        "MJ": 1.0,
        "Wh": MJ_PER_KWH / WH_PER_KWH,
        "kWh": MJ_PER_KWH,
        "MWh": MJ_PER_KWH * KWH_PER_MWH,
        "GWh": MJ_PER_KWH * KWH_PER_GWH,
        "TWh": MJ_PER_KWH * 1e9,
        "10 thousand kWh": MJ_PER_KWH * 1e4,
        "100 million kWh": MJ_PER_KWH * 1e8,
        "GJ": MJ_PER_GJ,
        "TJ": MJ_PER_GJ * GJ_PER_TJ,
    },
    "mass": {
        "kg": 1.0,
        "g": 0.001,
        "t": KG_PER_T,
        "kt": 1e6,
        "10 thousand t": 1e7,
        "Mt": KG_PER_T * T_PER_MT,
        "100 million t": 1e11,
    },
    "standard coal": {
        "kgce": 1.0,
        "gce": 0.001,
        "tce": KG_PER_TCE,
        "ktce": 1e6,
        "10 thousand tce": 1e7,
        "Mtce": 1e9,
    },
    "volume": {
        "m3": 1.0,
        "Nm3": 1.0,
        "L": 0.001,
        "10^4 m3": 1e4,
        "10^4 Nm3": 1e4,
        "million m3": 1e6,
        "100 million m3": 1e8,
    },
    "area": {
        "ha": 1.0,
        "m2": 1 / M2_PER_HA,
        "mu": 1 / MU_PER_HA,
        "acre": HA_PER_ACRE,
        "km2": 100.0,
    },
    "distance": {"km": 1.0, "m": 0.001},
    "passenger transport": {"person-km": 1.0},
    "money": {
        "RMB": 1.0,
        "RMB10k": 1e4,
        "RMB million": 1e6,
        "RMB 100 million": 1e8,
        "RMB bn": 1e9,
        "RMB trillion": 1e12,
    },
    "data": {"GB": 1.0, "TB": 1e3, "PB": 1e6, "EB": 1e9},
    "data per user and month": {"GB/user/month": 1.0, "MB/user/month": 1e-3},
    "ratio": {"times": 1.0},
    "number": {"subscribers": 1.0, "10 thousand": 1e4, "million": 1e6, "100 million": 1e8},
    "percent": {"%": 1.0, "percent": 1.0, "percent yoy": 1.0},
}
_DIMENSION = {unit: dimension for dimension, sizes in _SIZES.items() for unit in sizes}
# Units as Chinese publications write them, and other spellings of those above.
_WRITTEN = {
    "千瓦时": "kWh",
    "度": "kWh",
    "兆瓦时": "MWh",
    "太瓦时": "TWh",
    **dict.fromkeys(("万千瓦时", "万度", "万kWh"), "10 thousand kWh"),
    **dict.fromkeys(("亿千瓦时", "亿度", "亿kWh"), "100 million kWh"),
    "billion kWh": "TWh",
    "million kWh": "GWh",
    "吉焦": "GJ",
    "千克": "kg",
    "吨": "t",
    "千吨": "kt",
    "万吨": "10 thousand t",
    "百万吨": "Mt",
    "亿吨": "100 million t",
    "万t": "10 thousand t",
    "千克标准煤": "kgce",
    "吨标准煤": "tce",
    "万吨标准煤": "10 thousand tce",
    "百万吨标准煤": "Mtce",
    "million t": "Mt",
    "million tce": "Mtce",
    "万tce": "10 thousand tce",
    "万m3": "10^4 m3",
    "亿立方米": "100 million m3",
    "亿m3": "100 million m3",
    "立方米": "m3",
    "万立方米": "10^4 m3",
    "百万立方米": "million m3",
    "元": "RMB",
    "万元": "RMB10k",
    "百万元": "RMB million",
    "亿元": "RMB 100 million",
    "十亿元": "RMB bn",
    "万亿元": "RMB trillion",
    "CNY bn": "RMB bn",
    "CNY million": "RMB million",
    "billion yuan": "RMB bn",
    "million yuan": "RMB million",
    "100 million yuan": "RMB 100 million",
    "yuan": "RMB",
    "户": "subscribers",
    "万户": "10 thousand",
    "百万户": "million",
    "亿户": "100 million",
    "倍": "times",
    "GB/户/月": "GB/user/month",
}
_SUBSTANCE = re.compile(r"\s*(CO[2₂](-?eq?)?|二氧化碳当量|二氧化碳)$")


def dimension(unit: str) -> str:
    """Return the dimension of a unit; ValueError for a unit that is not in the table above.

    >>> dimension("10^4 Nm3")
    'volume'
    """
    if unit not in _DIMENSION:
        raise ValueError(f"unit {unit!r} is not known; known are {', '.join(_DIMENSION)}")
    return _DIMENSION[unit]


def same_dimension(unit: str) -> str:
    """Return the units of a unit's dimension, for a ratio those of both its sides.

    >>> same_dimension("%"), same_dimension("kg/TB")
    ('%, percent, percent yoy', 'kg, g, t, kt, 10 thousand t, Mt, 100 million t / GB, TB, PB, EB')
    """
    parts = [unit] if unit in _DIMENSION else unit.split("/")
    return " / ".join(", ".join(_SIZES[dimension(part)]) for part in parts)


def convert(amount, from_unit: str, to_unit: str):
    """Return an amount (a number, Series or array) of `from_unit` in `to_unit`.

    ValueError between dimensions: litres become tonnes by a density, kWh by a factor.

    >>> convert(11_900, "GJ", "TJ"), convert(2_000, "mu", "ha")
    (11.9, 133.33333333333334)
    """
    have, want = dimension(from_unit), dimension(to_unit)
    if have != want:
        raise ValueError(
            f"{from_unit} measures {have} and {to_unit} {want}: no conversion between them; "
            f"give a unit of {want}"
        )
    return amount * (_SIZES[have][from_unit] / _SIZES[want][to_unit])


def plain(unit: str) -> str:
    """Return a unit as the tables above name it, from Chinese or another spelling.

    A remark in brackets and the substance CO2e are left out.

    >>> plain("万吨二氧化碳当量"), plain("TWh (more than)"), plain("tCO2e/人民币万元")
    ('10 thousand t', 'TWh', 't/RMB10k')
    """
    whole = re.sub(r"\s*[(（].*[)）]$|人民币", "", unit.strip())
    whole = _WRITTEN.get(whole, whole)
    named = [
        _SUBSTANCE.sub("", part.strip())
        for part in ([whole] if whole in _DIMENSION else whole.split("/"))
    ]
    return "/".join(_WRITTEN.get(part, part) for part in named)


def published(amount: float, from_unit: str, to_unit: str) -> float:
    """Return a published figure in another unit, both as publications write them, ratios too.

    >>> published(0.445, "tCO2e/万元", "t/RMB million"), published(162.76, "亿千瓦时", "TWh")
    (44.5, 16.276)
    """
    have, want = (plain(unit).split("/") for unit in (from_unit, to_unit))
    if len(have) == len(want) == 2 and plain(from_unit) not in _DIMENSION:
        made = convert(amount, have[0], want[0]) / convert(1.0, have[1], want[1])
    else:
        made = convert(amount, plain(from_unit), plain(to_unit))
    return float(f"{made:.15g}")  # without the float noise of a shifted decimal point


def celsius(fahrenheit):
    """Return a temperature in °C from °F.

    >>> celsius(50.0), celsius(65.0)
    (10.0, 18.333333333333332)
    """
    return (fahrenheit - 32) / 1.8


def in_mwh(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns kwh and <name>_kwh of a table as mwh and <name>_mwh [MWh].

    >>> in_mwh(pd.DataFrame({"meter": ["main"], "load_kwh": [1500.0]})).load_mwh.tolist()
    [1.5]
    """
    energy = [name for name in table if re.search("(^|_)kwh$", str(name))]
    converted = table.assign(**{name: table[name] / KWH_PER_MWH for name in energy})
    return converted.rename(columns={name: f"{name.removesuffix('kwh')}mwh" for name in energy})
