"""What is odd about a case as a whole: sources that lack months, factors that override published
ones or carry a wrong value, illustrations.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pandas as pd

from neutrality.case import tables
from neutrality.ledger import ranges
from neutrality.reference import emission_factors
from neutrality.texts import labels
from neutrality.texts.findings import Finding

ILLUSTRATIVE = "ILLUSTRATIVE"  # how an illustrative case marks what it made up
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
NAMED = (
    "certificates",
    "credits",
    "factors",
    "company",
    "activities",
)  # tables in which the mark may stand


def missing_months(activities: pd.DataFrame, years: tuple[int, int]) -> list[Finding]:
    """Return a finding for each counted source that has rows in fewer months of one year than of
    the other.

    A forgotten bill lowers an inventory as surely as a saving does; a source that really stopped is
    explained by a row of amount 0.
    """
    counted = activities[activities["line"] == "inventory"]
    months = (
        counted.assign(year=counted["month"].str[:4].astype("int64"))
        .groupby(["source", "year"])["month"]
        .nunique()
    )
    wide = months.unstack(fill_value=0).reindex(columns=list(years), fill_value=0)
    return [
        _found(
            "activities",
            "months_missing",
            {
                lang: _SAID["months_missing"][lang].format(
                    name=labels.label(source, lang), one=one, a=years[0], two=two, b=years[1]
                )
                for lang in labels.LANGUAGES
            },
        )
        for source, one, two in wide.itertuples()
        if one != two
    ]


def repeated(activities: pd.DataFrame) -> list[Finding]:
    """Return a finding for each row that says again what a row above says: same month, source
    and amount.
    """
    again = activities[
        activities.duplicated(["month", "source", "scope", "line", "amount", "unit", "factor_id"])
    ]
    return [
        _found(
            "activities",
            "repeated",
            {
                lang: _SAID["repeated"][lang].format(
                    row=row.Index, name=labels.label(row.source, lang), month=row.month
                )
                for lang in labels.LANGUAGES
            },
        )
        for row in again.itertuples()
    ]


def overrides(factors: pd.DataFrame, used_ids) -> list[Finding]:
    """Return a finding for each used factor by which the case replaces a published one, with
    both values.
    """
    published = emission_factors.factors()
    own = [
        id
        for id in sorted(set(used_ids))
        if factors.origin[id] != "neutrality" and id in published.index
    ]
    return [
        _found(
            "factors",
            "override",
            {
                lang: _SAID["override"][lang].format(
                    id=id,
                    value=factors.value[id],
                    published=published.value[id],
                    unit=factors.unit[id],
                )
                for lang in labels.LANGUAGES
            },
        )
        for id in own
    ]


_SAID = {
    "months_missing": {
        "zh": "{name}：{a} 年有 {one} 个月的数据，{b} 年有 {two} 个月；请补齐，或以数量 0 说明已停用",
        "en": "{name}: {one} months in {a}, {two} in {b}; supply the rest, or say with amount 0 that it stopped",
    },
    "repeated": {
        "zh": "第 {row} 行与前面某行的来源、月份和数量相同（{name}，{month}）；若为重复请删除",
        "en": "row {row} has the source, month and amount of a row above ({name}, {month}); delete it if it is the same bill",
    },
    "override": {
        "zh": "因子 {id} 以本案例的 {value:g} 替换公布值 {published:g}（{unit}）",
        "en": "factor {id}: the case's own {value:g} replaces the published {published:g} ({unit})",
    },
}


def _found(table: str, rule: str, said: dict[str, str]) -> Finding:
    return Finding(table, 0, rule, "odd", f"{table}：{said['zh']}。", f"{table}: {said['en']}.")


def refuse_illustrations(case: Path, illustrative: bool) -> None:
    """Raise ValueError where a case that is not illustrative holds made-up rows: the mark
    itself, or calibrated figures.
    """
    if illustrative:
        return
    found = []
    for name in (name for name in NAMED if tables.exists(case, name)):
        table = tables.read(case, name)
        marked = (
            table.select_dtypes("str")
            .apply(lambda column: column.str.contains(ILLUSTRATIVE))
            .any(axis=1)
        )
        found += [
            f"{name}.csv, row {row}: it is marked {ILLUSTRATIVE}; give the real row, or set illustrative: true"
            for row in table.index[marked][: tables.ROWS_SHOWN]
        ]
    announced = tables.read_or_empty(case, "announced")
    found += [
        f"announced.csv, row {row}, column calibrated: true means an input was made to fit; set illustrative: true"
        for row in announced.index[announced["calibrated"]]
    ]
    if found:
        raise ValueError("\n".join(found))


def refuse_wrong_values(own: pd.DataFrame) -> None:
    """Raise ValueError where a case's own electricity factor is a value known to circulate under a
    wrong name, or is made up.

    The values, what they are taken for and what they are stand in reference/wrong_values.csv. Made
    up is an average of a region that is published with other values for its year, or for every year
    where it names none. Regions count in any spelling, values up to half of the last published
    digit.
    """
    wrong = ranges.reference("wrong_values").reset_index().itertuples()
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
    published = (
        emission_factors.factors()
        .query("basis == 'location_average' and status != 'RECALLED'")
        .reset_index()
    )
    averages = power[power["basis"].astype("str").str.fullmatch(AVERAGE_LIKE)].astype(
        {"data_year": "str"}
    )
    for row, factor in averages.iterrows():
        known = published[published["region"] == factor["place"]]
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
    grids = emission_factors.regions().reset_index()
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
