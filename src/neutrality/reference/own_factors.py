"""A case's own emission factors beside the published ones: overrides, and values that are wrong."""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

from neutrality import sheets
from neutrality.reference import emission_factors, grid_factors
from neutrality.texts.findings import Finding, in_table

HALF_A_DIGIT = 5e-5  # [kg/kWh] averages are published with four decimals
# bases, or none, that make a factor an average of its region
AVERAGE_LIKE = r"(?i)(?!national_average_excl).*(average|grid|location|平均|电网).*|"
SUFFIXES = r"((zhuang|hui|uygur|uyghur)?autonomousregion|province|municipality|city|powergrid|grid|(壮族|回族|维吾尔)?自治区|区域电网|电网|区域|地区|省|市)$"
ALIASES = dict.fromkeys(
    (
        "china",
        "cn",
        "chn",
        "prc",
        "peoplesrepublicofchina",
        "mainlandchina",
        "national",
        "nationwide",
        "中国",
        "全国",
        "中国大陆",
    ),
    "China",
) | dict.fromkeys(("tibet", "xizang", "西藏"), "Tibet")


def overrides(factors: pd.DataFrame, used_ids) -> list[Finding]:
    """Return a finding for each used factor by which the case replaces a published one, with
    both values.
    """
    published_factors = emission_factors.factors()
    own = [
        id
        for id in sorted(set(used_ids))
        if factors.origin[id] != "neutrality" and id in published_factors.index
    ]
    return [
        finding
        for id in own
        for finding in in_table(
            "factors",
            "override",
            id=id,
            value=factors.value[id],
            published=published_factors.value[id],
            unit=factors.unit[id],
        )
    ]


def refuse_wrong_values(own: pd.DataFrame) -> None:
    """Raise ValueError where a case's own electricity factor is a value known to circulate under a
    wrong name, or is made up.

    The values, what they are taken for and what they are stand in reference/wrong_values.csv. Made
    up is an average of a region that is published with other values for its year, or for every year
    where it names none. Regions count in any spelling, values up to half of the last published
    digit.
    """
    wrong = sheets.packaged("reference/wrong_values.csv").itertuples()
    power = own[own["unit"].isin(emission_factors.ELECTRICITY_UNITS)].assign(
        place=lambda rows: rows["region"].map(_region)
    )
    found = [
        f"factors.csv, row {row}, column value: found {factor['value']:g} with {known.column} '{factor[known.column]}'; it is {known.en} "
        f"({known.source}): correct it, or leave it out and take the published factor"
        for known in wrong
        for row, factor in power.iterrows()
        if _same(factor["value"], float(known.value))
        and re.fullmatch(
            known.pattern, str(factor["place" if known.column == "region" else known.column])
        )
    ]
    averages_known = (
        emission_factors.factors()
        .query("basis == 'location_average' and status != 'RECALLED'")
        .reset_index()
    )
    averages = power[power["basis"].astype("str").str.fullmatch(AVERAGE_LIKE)].astype(
        {"data_year": "str"}
    )
    for row, factor in averages.iterrows():
        known = averages_known[averages_known["region"] == factor["place"]]
        known = (
            known[known["data_year"].astype("str") == factor["data_year"]]
            if factor["data_year"]
            else known
        )
        if (
            len(known)
            and factor["id"] not in set(known["id"])
            and not any(_same(factor["value"], value) for value in known["value"])
        ):
            told = known.iloc[-1]
            found.append(
                f"factors.csv, row {row}, column value: found {factor['value']:g} for {factor['region']} {factor['data_year'] or 'without a data year'}, "
                f"where {told.publisher} published {told.value:g} for {told.data_year}; to replace it on purpose give the row the id {told.id}, "
                "and the report says so"
            )
    if found:
        raise ValueError("\n".join(found))


def _same(value: float, published: float) -> bool:
    return abs(value - published) <= HALF_A_DIGIT


def _region(name: str) -> str:
    """Return a region as the factor table names it, whatever its language, case and suffix; unknown
    ones as they are.

    >>> [_region(name) for name in ("beijing", "北京市", "华北电网", "PRC", "Xizang Autonomous Region", "Poland")]
    ['Beijing', 'Beijing', 'North China', 'China', 'Tibet', 'Poland']
    """
    grids = grid_factors.regions().reset_index()
    names = {
        _plain(written): one
        for zh, en in (
            ("province_zh", "province"),
            ("region_zh", "region"),
            ("province", "province"),
            ("region", "region"),
        )
        for written, one in zip(grids[zh], grids[en])
    }
    return (names | ALIASES).get(_plain(str(name)), str(name))


def _plain(name: str) -> str:
    text = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())
    return re.sub(SUFFIXES, "", text) or text
