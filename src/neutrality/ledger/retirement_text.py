"""What the free text of a retirement mentions: another year, another company, a cancellation.

Patterns guess at prose and can be wrong. So what they find is odd and is to be checked in the
registry; it never refuses a credit. Only structured columns do.
"""

from __future__ import annotations

import re

import pandas as pd

from neutrality.case.alike import of_each
from neutrality.ledger import claim_years, reporters, serials
from neutrality.ledger.reporters import Reporter, name_key

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
# What registries offer as a reason: "On Behalf of Third Party" names none.
_NOBODY = re.compile(
    r"(?:an?|our|its|their|the)? ?(?:third part(?:y|ies)|anonymous|clients?|customers?)\W*",
    re.IGNORECASE,
)
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
CANCELLED_IS_RETIRED = "CDM"  # the programme whose units are used up by cancelling them
_SAME_START = 4  # first characters that Chinese names of one group share
_CANCELLED = re.compile(r"\bcancell?(?:ed|ation)\b|取消", re.IGNORECASE)
_RETIRED = re.compile(r"retire|注销", re.IGNORECASE)


def retirement_texts(credits: pd.DataFrame) -> pd.Series:
    """Return reason and details of each row as one text.

    >>> retirement_texts(pd.DataFrame({"reason": ["offset", ""], "details": ["2025", ""]})).tolist()
    ['offset; 2025', '']
    """
    reason, details = (credits[name].astype("str") for name in ("reason", "details"))
    return (reason + "; " + details).str.strip("; ")


def odd_texts(used: pd.DataFrame, year: int, who: Reporter) -> list[tuple[str, pd.DataFrame]]:
    """Return each rule that a retirement text may break, with the rows that do and what its
    sentence quotes.

    Rows have reason, details, status and programme. Names are compared where a reporter is given.
    A cancelled CER is the CDM's form of retirement, so "cancelled" is read strictly only for
    programmes whose serials are known; where the status says it, the text adds nothing, but of a
    CER. A financial year is parts of two calendar years, and the day of the retirement is no year
    that it was for.
    """
    text, names = retirement_texts(used), [who.name, *who.aliases["name"]]
    timed = claim_years.without_own_date(text, pd.to_datetime(used["retired_on"]))
    read = used.assign(
        text=text,
        years=of_each(timed, lambda each: claim_years.other_years(each, year)),
        financial=of_each(timed, lambda each: claim_years.financial_year(each, year)),
        named=of_each(text, lambda each: _other_than(each, names)[0]),
        certainty=of_each(text, lambda each: _other_than(each, names)[1]),
    )
    void = read[of_each(text, lambda each: "void" if _CANCELLED.search(each) else "") != ""]
    void = void[~void["status"].str.contains(CANCELLED_STATUS, case=False)]
    used_up = read["programme"].eq(CANCELLED_IS_RETIRED)
    used_up &= read["status"].str.contains(CANCELLED_STATUS, case=False)
    strict = void["text"].map(_says_cancelled).astype("bool")
    strict &= void["programme"].isin(serials.FORMS)
    return [
        ("text_names_another_year", read[read["years"] != ""]),
        ("text_names_financial_year", read[read["financial"] != ""]),
        ("text_names_another", read[read["certainty"] == _SURE]),
        ("text_names_alike", read[read["certainty"] == _UNSURE]),
        ("text_says_cancelled", void[strict]),
        ("text_mentions_cancelling", void[~strict]),
        ("cancelled_unit_used", read[used_up]),
    ]


def _says_cancelled(text: str) -> bool:
    """Return whether a retirement text mentions cancelling and not retiring.

    >>> _says_cancelled("Cancelled by the registry"), _says_cancelled("用于2025年碳中和，注销")
    (True, False)
    >>> _says_cancelled("Retirement/cancellation for 2025")
    False
    """
    return bool(_CANCELLED.search(text)) and not _RETIRED.search(text)


def _other_than(text: str, names: list[str]) -> tuple[str, str]:
    """Return what `other_name` does for a reporter of several names, nothing for one without."""
    found = [other_name(text, name) for name in names if name]
    return ("", "") if ("", "") in found else next(iter(found), ("", ""))


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
        if name_key(name) and not _OURSELVES.fullmatch(name) and not _NOBODY.fullmatch(name)
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


def named_in_text(used: pd.DataFrame, who: Reporter) -> pd.Series:
    """Return which rows have no beneficiary, and a text that says they were for the reporter."""
    names = [name for name in (who.name, *who.aliases["name"]) if name_key(name)]
    if not names:
        return pd.Series(False, used.index)
    blank = of_each(used["beneficiary"].astype("str").fillna(""), name_key) == ""
    text = retirement_texts(used).where(blank, "")
    return of_each(text, lambda each: any(for_reporter(each, name) for name in names), "bool")


def for_reporter(text: str, reporter: str) -> bool:
    """Return whether a retirement text says that the credits were retired for the reporter and for
    nobody else: what a registry's entry without a beneficiary may say.

    >>> for_reporter("Retired on behalf of Genie Energy and its customers", "Genie Energy Ltd.")
    True
    >>> for_reporter("Retired by Genie Energy on behalf of Wise Payments", "Genie Energy Ltd.")
    False
    """
    explicit = [name for name, said in _names(text) if said]
    if explicit:
        return all(_is_reporter(name, reporter) for name in explicit)
    return reporters.meant_in(text, reporter)


def _is_reporter(name: str, reporter: str) -> bool:
    """Return whether a name in a text is the reporter's: a company that has a legal form of its own
    is another one, unless the whole of the reporter's name is in it.
    """
    if reporters.same(name, reporter):
        return True
    company = re.search(_LEGAL_FORM + "|公司", name, re.IGNORECASE)
    own_form = re.search(_LEGAL_FORM + "|公司", reporter, re.IGNORECASE)
    if company:
        return bool(own_form) and reporters.named_in(name, reporter)
    return reporters.meant_in(name, reporter)


def _bare_key(name: str) -> str:
    """Return the key of a name without its legal form."""
    return name_key(_SUFFIX.sub("", name.strip()))
