"""What certificates are of: technology, province and instrument, in Chinese or English, however
they are written.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, partial

import pandas as pd

from neutrality import sheets
from neutrality.case.alike import of_each
from neutrality.reference import grid_factors, published
from neutrality.texts import hints, labels
from neutrality.texts.findings import Finding, in_rows, in_table

_CHINA = "China"
_in_rows = partial(in_rows, "certificates")


@cache
def known(kind: str) -> dict[str, str]:
    """Return what each word for a technology, province or instrument stands for, by its letters
    alone: the ids and names of the package, and the words of `ledger/words.csv`.

    >>> known("technology")["风电"], known("province")["gansu"], known("instrument")["绿证"]
    ('wind', 'Gansu', 'GEC')
    """
    words = sheets.packaged("ledger/words.csv")
    of_kind = words[words["kind"] == kind]
    words = zip(of_kind["word"], of_kind["means"], strict=True)
    found = {_plain(word): means for word, means in words}
    if kind == "province":
        regions = grid_factors.regions()
        return found | {_plain(name): name for name in (*regions.index, *regions["province_zh"])}
    names = published.table("technologies" if kind == "technology" else "instruments").index
    chinese = {_plain(labels.label(name, "zh")): name for name in names}
    return found | chinese | {_plain(name): name for name in names}


def canonical(certificates: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with technologies by their id and provinces as the grid factors name them,
    where they are known; the others as they are written.

    >>> rows = pd.DataFrame({"technology": ["光伏发电"], "province": ["INNER MONGOLIA"]})
    >>> canonical(rows).iloc[0].tolist()
    ['solar', 'Inner Mongolia']
    """
    names = [name for name in ("technology", "province") if name in certificates]
    read = {name: _read(certificates[name], name) for name in names}
    return certificates.assign(**read)


def named(written: pd.Series, kind: str) -> pd.Series:
    """Return what words for technologies, provinces or instruments stand for, "" where they are not
    known.
    """
    words = known(kind)
    return of_each(written, lambda each: words.get(_plain(each), ""))


def _read(written: pd.Series, kind: str) -> pd.Series:
    words = known(kind)
    named = {each: words.get(_plain(each), each) for each in written.unique()}
    if all(name == each for each, name in named.items()):
        return written
    return written.map(named).astype(written.dtype)


def _plain(word: str) -> str:
    """Return a word without case, width, blanks at its ends and what a province is called.

    >>> _plain("内蒙古自治区"), _plain("Gansu Province"), _plain(" Onshore  Wind ")
    ('内蒙古', 'gansu', 'onshore wind')
    """
    plain = " ".join(unicodedata.normalize("NFKC", str(word)).casefold().split())
    return re.sub(
        r"(?:(?:壮族|回族|维吾尔)?自治区|(?<=..)[省市]| (?:province|autonomous region))$", "", plain
    )


def kind_findings(used: pd.DataFrame, province: str, green_rule: str) -> list[Finding]:
    """Return what is refused, odd or unchecked of technologies and instruments."""
    return _technology(used) + _instrument(used, province) + _instrument_rule(used, green_rule)


def _technology(used: pd.DataFrame) -> list[Finding]:
    """Return technologies that are unknown, not renewable, or not tradable in their month."""
    table, written = published.table("technologies"), used["technology"]
    used = used.assign(
        nearest=written.map({name: _nearest(name, table.index) for name in written.unique()}),
        kind=written.map(table["kind"]).fillna(""),
        tradable_from=written.map(table["tradable_from"]).fillna(""),
    )
    space = used["instrument"].map(published.table("instruments")["space"])
    limited = (used["tradable_from"] != "") & (space == "GEC")
    early = limited & (used["month"].str.slice(stop=len("YYYY-MM")) < used["tradable_from"])
    unchecked = used[limited & ~early].drop_duplicates("technology")
    no_renewable = used["kind"].isin(["fossil", "nuclear"])
    return (
        _in_rows("technology", "technology_unknown", used[used["kind"] == ""])
        + _in_rows("technology", "storage_excluded", used[used["kind"] == "storage"])
        + _in_rows("technology", "not_renewable", used[no_renewable])
        + _in_rows("technology", "not_tradable", used[early])
        + _in_rows("technology", "plant_age_unchecked", unchecked)
    )


def _nearest(technology: str, known: pd.Index) -> str:
    """Return the known technology that was probably meant, also of a Chinese name; else all that
    are known.
    """
    chinese = {labels.label(name, "zh"): name for name in known}
    near = hints.nearest(technology.strip().casefold(), known)
    return chinese.get(technology.strip()) or near or ", ".join(known)


def _instrument(used: pd.DataFrame, province: str) -> list[Finding]:
    """Return instruments of another market than the site's, and those that had ended."""
    provinces, instruments = grid_factors.regions(), published.table("instruments")
    chinese = [*provinces.index, *provinces["province_zh"]]
    columns = ("market", "last_generation")
    market, last = (used["instrument"].map(instruments[name]) for name in columns)
    used = used.assign(market=market, last=last)
    in_china = used["province"].isin(chinese)
    foreign = market.ne("") & market.ne(_CHINA)
    elsewhere = foreign if province in chinese else market.isna()
    youngest = used["period_end"].dt.strftime("%Y-%m")
    ended = last.ne("") & (youngest > last) & in_china
    unplaced = used[market.eq(_CHINA) & ~in_china].drop_duplicates("province")
    return (
        _in_rows("instrument", "other_market", used[elsewhere])
        + _in_rows("instrument", "instrument_ended", used[ended])
        + _in_rows("province", "province_unknown", unplaced)
    )


def _instrument_rule(used: pd.DataFrame, green_rule: str) -> list[Finding]:
    """Return instruments that the rule refuses, and those it does not mention."""
    rules = published.table("green_rules")
    if green_rule not in rules.index:
        return []
    rule, refused, accepted = (
        rules.loc[green_rule, name] for name in ("rule", "refused", "accepted")
    )
    wrong = used[used["instrument"].isin(refused.split())]
    silent = sorted(set(used["instrument"]) - set(accepted.split()) - set(refused.split()))
    found = _in_rows("instrument", "instrument_refused", wrong, by=rule)
    if silent:
        instruments = ", ".join(silent)
        found += in_table("certificates", "instrument_unsaid", by=rule, instruments=instruments)
    return found
