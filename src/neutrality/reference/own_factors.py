"""A case's own emission factors: values known to be wrong, and invented averages, are refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pandas as pd

from neutrality import sheets
from neutrality.reference import emission_factors, grid_factors

_HALF_A_DIGIT = 5e-5  # [kg/kWh] averages are published with four decimals
# Bases, or none, that make a factor an average of its region.
_AVERAGE_LIKE = r"(?i)(?!national_average_excl).*(average|grid|location|平均|电网).*|"
_SUFFIXES = (
    r"((zhuang|hui|uygur|uyghur)?autonomousregion|province|municipality|city|powergrid|grid"
    r"|(壮族|回族|维吾尔)?自治区|区域电网|电网|区域|地区|省|市)$"
)
_CHINA = ("china", "cn", "chn", "prc", "peoplesrepublicofchina", "mainlandchina")
_NATION = ("national", "nationwide", "中国", "全国", "中国大陆")
_ALIASES = dict.fromkeys((*_CHINA, *_NATION), "China") | dict.fromkeys(
    ("tibet", "xizang", "西藏"), "Tibet"
)


def refuse_wrong_values(own: pd.DataFrame) -> None:
    """Raise ValueError where a case's own electricity factor is known to be wrong, or is invented.

    Known to be wrong are values that circulate under another name: reference/wrong_values.csv lists
    the values, what they are taken for and what they are. Invented is an average of a region that
    is published with other values for its year, or for every year where it names none. Regions are
    compared in any spelling, values to half of the last published digit.
    """
    power = own[own["unit"].isin(emission_factors.ELECTRICITY_UNITS)]
    if power.empty:
        return
    region = _regions()
    power = power.assign(place=power["region"].map(region))
    if found := [*_mistaken(power), *_invented(power)]:
        raise ValueError("\n".join(found))


def _mistaken(power: pd.DataFrame) -> list[str]:
    """Return a sentence for each factor that is listed in reference/wrong_values.csv."""
    return [
        f"factors.csv, row {row}, column value: found {factor['value']:g} with {wrong.column} "
        f"'{factor[wrong.column]}'; it is {wrong.en} ({wrong.source}): "
        "correct it, or leave it out and take the published factor"
        for wrong in sheets.packaged("reference/wrong_values.csv").itertuples()
        for row, factor in power.iterrows()
        if _same(factor["value"], float(wrong.value))
        and re.fullmatch(
            wrong.pattern, str(factor["place" if wrong.column == "region" else wrong.column])
        )
    ]


def _invented(power: pd.DataFrame) -> list[str]:
    """Return a sentence for each average of a region that differs from the published ones."""
    published = (
        emission_factors.factors()
        .query("basis == 'location_average' and status != 'RECALLED'")
        .reset_index()
    )
    averages = power[power["basis"].astype("str").str.fullmatch(_AVERAGE_LIKE)]
    found = []
    for row, factor in averages.astype({"data_year": "str"}).iterrows():
        known = published[published["region"] == factor["place"]]
        if factor["data_year"]:
            known = known[known["data_year"].astype("str") == factor["data_year"]]
        override = factor["id"] in set(known["id"])
        agrees = any(_same(factor["value"], value) for value in known["value"])
        if len(known) and not override and not agrees:
            latest, year = known.iloc[-1], factor["data_year"] or "without a data year"
            found.append(
                f"factors.csv, row {row}, column value: found {factor['value']:g} for "
                f"{factor['region']} {year}, where {latest.publisher} published "
                f"{latest.value:g} for {latest.data_year}; to replace it on purpose give the row "
                f"the id {latest.id}, and the report says so"
            )
    return found


def _same(value: float, published: float) -> bool:
    return abs(value - published) <= _HALF_A_DIGIT


def _regions() -> Callable[[str], str]:
    """Return a function that gives a region's name in the factor table, in any spelling.

    Language, case and suffix do not matter; unknown regions keep their name.

    >>> region = _regions()
    >>> [region(name) for name in ("beijing", "北京市", "华北电网", "PRC", "Poland")]
    ['Beijing', 'Beijing', 'North China', 'China', 'Poland']
    >>> region("Xizang Autonomous Region")
    'Tibet'
    """
    grids = grid_factors.regions().reset_index()
    spellings = {"province_zh": "province", "region_zh": "region"}
    spellings |= {name: name for name in ("province", "region")}
    names = {
        _plain(spelling): name
        for column, named in spellings.items()
        for spelling, name in zip(grids[column], grids[named], strict=True)
    } | _ALIASES
    return lambda name: names.get(_plain(str(name)), str(name))


def _plain(name: str) -> str:
    text = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())
    return re.sub(_SUFFIXES, "", text) or text
