"""What the free text of a retirement mentions: another year, another company, a cancellation.

Patterns guess at prose and can be wrong. So what they find is odd and is to be checked in the
registry; it never refuses a credit. Only structured columns do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pandas as pd

from neutrality.ledger import serials

_SURE, _UNSURE = "sure", "unsure"
CANCELLED_STATUS = "cancel|取消"  # in a column of statuses; 注销 is retirement

# For whom, as registries' texts write it with and without their slips: "on behalf of NAME";
# 代表某公司注销, 为某公司抵消.
_ON_BEHALF = re.compile(
    r"(?:behalf|be half|name) of (?:the )?([^.;,，。；]+)"
    r"|代表([^，。；,;]{2,}?)(?:自愿)?(?:注销|抵销|抵消)",
    re.IGNORECASE,
)
_LEGAL_FORM = (
    r"(?:Co\.?,? ?Ltd|Co|Ltd|Limited|Inc|Corp|Corporation|Company|LLC|LLP|PLC|GmbH|AG|S\.A)\b"
)
_BODY = "公司|集团|银行|大学|学院|医院|中心|协会|基金会"
_COMPANY = re.compile(
    r"\b(of|for) (?:the )?((?:[A-Z0-9][\w&.'’()-]*,? ){1,9}?" + _LEGAL_FORM + r")"
    r"|((?:用于|(?<!华)为|替|供)(?:为|自愿|抵消|抵销|中和|实现|20\d\d|年度?)*+)"
    r"([^，。；,;]+?(?:" + _BODY + "))"
)
# before "of NAME": NAME's emissions, not its project
_OWN_ACCOUNT = re.compile(r"emission|neutral|footprint|offset|compensat", re.IGNORECASE)
_OURSELVES = re.compile(rf"(?:其|本|我|我们|该|企业)?(?:{_BODY})|(?:其|本|我).*")
_AFTER_NAME = re.compile(
    r" (?:for|in|to|towards?|during|as|against|via|through|on|by"
    r"|['’]?(?:19|20)\d\d|FY\d+|CY\d+)\b.*"
    r"|(?:20\d\d年?.*)$",
    re.IGNORECASE,
)
_SUFFIX = re.compile(
    r"(?:[,\s]+(?:" + _LEGAL_FORM + r"\.?|Group|Holdings?))+\.?$"
    r"|(?:集团|股份|有限|责任|总)*公司$|集团$",
    re.IGNORECASE,
)
_SAME_START = 4  # first characters that Chinese names of one group share
_CANCELLED = re.compile(r"\bcancell?(?:ed|ation)\b|取消", re.IGNORECASE)
_RETIRED = re.compile(r"retire|注销", re.IGNORECASE)
# What may hold four digits and is no year of the claim: names of standards, and a vintage that the
# text repeats.
_NO_YEAR = re.compile(
    r"\b(?:VMR?|ACM|AMS?|CM|AR)[-\d][\w.-]*[\s,(]*v(?:er(?:sion)?)?[. ]*\d+(?:\.\d+)*[\s,(]*20\d\d"
    r"|\b(?:ISO|IEC|PAS|GB|DB\d+|EN|BS)[/ A-Z]*\d+(?:[-.]\d+)*(?:[:：-](?:19|20)\d\d)?"
    r"|(?i:vintages?)\W{0,3}20\d\d|20\d\d\W{0,3}(?i:vintages?)"
    r"|减排年份\W{0,3}20\d\d"
)
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)|\b[CF]Y\W?(\d\d)(?!\d)")
_CENTURY = 2000
_YEARS_AHEAD = 2  # a later year in a text ("neutral by 2060") is a goal, not the year of a claim


def retirement_texts(credits: pd.DataFrame) -> pd.Series:
    """Return reason and details of each row as one text.

    >>> retirement_texts(pd.DataFrame({"reason": ["offset", ""], "details": ["2025", ""]})).tolist()
    ['offset; 2025', '']
    """
    return (credits["reason"] + "; " + credits["details"]).str.strip("; ")


def odd_texts(used: pd.DataFrame, year: int, reporter: str) -> list[tuple[str, pd.DataFrame]]:
    """Return each rule that a retirement text may break, with the rows that do and what its
    sentence quotes.

    Rows have reason, details, status and programme. Names are compared where a reporter is given.
    A cancelled CER is the CDM's form of retirement, so "cancelled" is read strictly only for
    programmes whose serials are known; where the status says it, the text adds nothing.
    """
    text = retirement_texts(used)
    read = used.assign(
        text=text,
        years=of_each(text, lambda each: _other_years(each, year)),
        named=of_each(text, lambda each: other_name(each, reporter)[0] if reporter else ""),
        certainty=of_each(text, lambda each: other_name(each, reporter)[1] if reporter else ""),
    )
    void = read[text.str.contains(_CANCELLED)]
    void = void[~void["status"].str.contains(CANCELLED_STATUS, case=False)]
    strict = void["text"].map(_says_cancelled).astype("bool")
    strict &= void["programme"].isin(serials.FORMS)
    return [
        ("text_names_another_year", read[read["years"] != ""]),
        ("text_names_another", read[read["certainty"] == _SURE]),
        ("text_names_alike", read[read["certainty"] == _UNSURE]),
        ("text_says_cancelled", void[strict]),
        ("text_mentions_cancelling", void[~strict]),
    ]


def of_each(texts: pd.Series, result: Callable[[str], str]) -> pd.Series:
    """Return the result for each text, computed once per different text: ledgers repeat few."""
    return texts.map({text: result(text) for text in texts.unique()}).astype("str")


def _other_years(text: str, claimed_year: int) -> str:
    """Return the years a retirement text names where the claimed one is not among them, else "".

    The year of a standard or a vintage does not count, nor does a goal further ahead.

    >>> _other_years("ISO 14068-1:2023, vintage 2021: FY24 emissions, neutral by 2060", 2025)
    '2024'
    >>> _other_years("for 2024 and 2025", 2025)
    ''
    """
    found = {
        int(year) if year else _CENTURY + int(short)
        for year, short in _YEAR.findall(_NO_YEAR.sub(" ", text))
    }
    named = sorted(year for year in found if year <= claimed_year + _YEARS_AHEAD)
    return "" if claimed_year in named else ", ".join(map(str, named))


def _says_cancelled(text: str) -> bool:
    """Return whether a retirement text mentions cancelling and not retiring.

    >>> _says_cancelled("Cancelled by the registry"), _says_cancelled("用于2025年碳中和，注销")
    (True, False)
    >>> _says_cancelled("Retirement/cancellation for 2025")
    False
    """
    return bool(_CANCELLED.search(text)) and not _RETIRED.search(text)


def other_name(text: str, reporter: str) -> tuple[str, str]:
    """Return for whom a retirement text says the credits were retired, and "sure" or "unsure",
    where that is not plainly the reporter; else "", "".

    The reporter's name without its legal form is the reporter; a part of it, or a name with the
    same beginning, is unsure.

    >>> other_name("Retired on behalf of Lindblad Expeditions.", "Shopify Inc.")
    ('Lindblad Expeditions', 'sure')
    >>> other_name("on behalf of Shopify for 2025", "Shopify Inc.")
    ('', '')
    """
    found = []
    for name, explicit in _names(text):
        certainty = _certainty(name, text, reporter)
        if certainty:
            found.append((name, certainty if explicit else _UNSURE))
    return min(found, key=lambda each: each[1] != _SURE, default=("", ""))


def _names(text: str) -> list[tuple[str, bool]]:
    """Return the names for which a text says the credits were retired, and whether it does so
    explicitly.
    """
    found = [(_AFTER_NAME.sub("", each[1] or each[2]), True) for each in _ON_BEHALF.finditer(text)]
    for each in _COMPANY.finditer(text):
        if each[1]:
            own = each[1] == "for" or bool(_OWN_ACCOUNT.search(text[: each.start()]))
            found.append((each[2], own))
        else:
            use_only = each[3].startswith("用于") and "为" not in each[3]
            found.append((each[4], not use_only or "有限" in each[4]))
    stripped = [(name.strip(), explicit) for name, explicit in found]
    return [
        (name, explicit)
        for name, explicit in stripped
        if name_key(name) and not _OURSELVES.fullmatch(name)
    ]


def _certainty(name: str, text: str, reporter: str) -> str:
    """Return "" where a name is the reporter's, "unsure" where it may be, else "sure"."""
    key, own = name_key(name), name_key(reporter)
    if own and (key == own or _bare_key(name) == _bare_key(reporter)):
        return ""
    part = key in own or (own != "" and own in key)
    legal_form = re.search(_LEGAL_FORM + "|公司", name, re.IGNORECASE)
    both_named = own != "" and own in name_key(text) and not legal_form
    return _UNSURE if _same_start(key, reporter) or part or both_named else _SURE


def _same_start(key: str, reporter: str) -> bool:
    """Return whether a name's key begins as the reporter's name does, long enough to be its own."""
    words = " ".join(reporter.split()[:2])
    start = name_key(words) if reporter.isascii() else name_key(reporter)[:_SAME_START]
    return len(start) >= _SAME_START and key.startswith(start)


def name_key(name: str) -> str:
    """Return a name without case, width, blanks and punctuation, for comparison.

    >>> name_key("Shopify, Inc."), name_key("　中国移动（北京）")
    ('shopifyinc', '中国移动北京')
    """
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", str(name)).casefold())


def _bare_key(name: str) -> str:
    """Return the key of a name without its legal form."""
    return name_key(_SUFFIX.sub("", name.strip()))
