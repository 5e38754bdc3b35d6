"""For which years credits were retired, as the free text of a retirement says it: calendar years,
and financial years, which are parts of two.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import compress

import pandas as pd

# What may hold four digits and is no year of the claim: names of standards, and a vintage that the
# text repeats.
_NO_YEAR = re.compile(
    r"\b(?:VMR?|ACM|AMS?|CM|AR)[-\d][\w.-]*[\s,(]*v(?:er(?:sion)?)?[. ]*\d+(?:\.\d+)*[\s,(]*20\d\d"
    r"|\b(?:ISO|IEC|PAS|GB|DB\d+|EN|BS)[/ A-Z]*\d+(?:[-.]\d+)*(?:[:：-](?:19|20)\d\d)?"
    r"|(?i:vintages?)\W{0,3}20\d\d|20\d\d\W{0,3}(?i:vintages?)"
    r"|减排年份\W{0,3}20\d\d"
)
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)|\bCY\W?(\d\d)(?!\d)")
# FY24, F2024, financial year 2017-18, 2024/25财年, and 2017/18 alone: parts of two calendar years.
_FINANCIAL = re.compile(
    r"\b(?:FY?|(?:financial|fiscal) years?)\W{0,3}(?P<first>(?:20)?\d\d)"
    r"(?:\s?[/–-]\s?(?P<last>(?:20)?\d\d)(?!\d|[/-]\d))?(?!\d)"
    r"|(?<![\d/-])(?P<from>20\d\d)(?:[/-](?P<to>(?:20)?\d\d))?(?:财年|财政年度|会计年度)"
    r"|(?<![\d/-])(?P<one>20\d\d)/(?P<two>\d\d)(?![\d/-])",
    re.IGNORECASE,
)
# Retired on or in some time: when it was done, not for which year.
_MONTH_NAME = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\W{1,2}"
_DONE = (
    r"(?:retire[ds]?|retirement|cancell?ed|cancellation|注销)"
    rf"(?:\W{{0,2}}\b(?:on|in|date)\b|于|日期|时间)\W{{0,2}}(?:{_MONTH_NAME})?(?:\d{{1,2}}\W{{1,2}})?"
)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
_DONE_ZH = r"年(?:\d{1,2}月)?(?:\d{1,2}日)?注销"
_CENTURY = 2000
_YEARS_AHEAD = 2  # a later year in a text ("neutral by 2060") is a goal, not the year of a claim


def other_years(text: str, claimed_year: int) -> str:
    """Return the years a retirement text names where the claimed one is not among them, else "".

    The year of a standard or a vintage does not count, nor does a goal further ahead.

    >>> other_years("ISO 14068-1:2023, vintage 2021: FY24 emissions, neutral by 2060", 2025)
    '2023, 2024'
    >>> other_years("for 2024 and 2025", 2025)
    ''
    """
    financial, calendar = _years(text)
    named = sorted(year for year in financial | calendar if year <= claimed_year + _YEARS_AHEAD)
    return "" if claimed_year in named else ", ".join(map(str, named))


def financial_year(text: str, claimed_year: int) -> str:
    """Return the years of the financial years that a text names where the claimed one is among
    them, and nowhere else in the text; else "".

    >>> financial_year("offset FY2024/25 emissions", 2025), financial_year("FY24, 2025", 2025)
    ('2024, 2025', '')
    """
    financial, calendar = _years(text)
    if claimed_year in calendar or claimed_year not in financial:
        return ""
    return ", ".join(map(str, sorted(financial)))


def _years(text: str) -> tuple[set[int], set[int]]:
    """Return the years in which the financial years of a text lie, and its calendar years.

    FY25 ends in 2025 for some and begins in it for few: it stands for 2024 and 2025.

    >>> _years("FY17/18 and 2019"), _years("2024财年")[0] == {2023, 2024}
    (({2017, 2018}, {2019}), True)
    """
    plain = _NO_YEAR.sub(" ", text)
    financial: set[int] = set()
    for found in _FINANCIAL.finditer(plain):
        first, last = (
            next((found[name] for name in names if found[name]), None)
            for names in (("first", "from", "one"), ("last", "to", "two"))
        )
        ends = _whole(last) if last else _whole(first)
        financial |= set(range(_whole(first) if last else ends - 1, ends + 1))
    rest = _FINANCIAL.sub(" ", plain)
    calendar = {int(year) if year else _CENTURY + int(cy) for year, cy in _YEAR.findall(rest)}
    return financial, calendar


def _whole(year: str) -> int:
    return int(year) % 100 + _CENTURY


def without_own_date(text: pd.Series, retired_on: pd.Series) -> pd.Series:
    """Return the texts without the day of their own retirement, or its year where the text says
    that it was retired in it.
    """
    codes, days = pd.factorize(retired_on)
    years = [f"{day.year}" for day in days]  # each form of a date has it
    pairs = list(zip(text.tolist(), codes.tolist(), strict=True))
    dated = [at >= 0 and years[at] in written for written, at in pairs]
    known = {
        (written, at): _own_date_cut(written, days[at])
        for written, at in set(compress(pairs, dated))
    }
    cut = [known[pair] if has else pair[0] for pair, has in zip(pairs, dated, strict=True)]
    return pd.Series(cut, text.index, dtype="str")


@lru_cache(maxsize=4_000)  # days of ten years; a ledger has many rows of each
def _own_date_forms(in_year: int, in_month: int, on_day: int) -> list[re.Pattern]:
    """Return the forms in which a date is written."""
    day, month, year = f"0?{on_day}(?:st|nd|rd|th)?", f"0?{in_month}", f"{in_year}"
    name = f"(?:{_MONTHS[in_month - 1]}|{_MONTHS[in_month - 1][:3]})"
    forms = (
        rf"{year}[-/.]{month}[-/.]{day}(?!\d)|{year}年{month}月{day}日?",
        rf"(?<!\d)(?:{day}[-/.]{month}|{month}[-/.]{day})[-/.]{year}(?!\d)",
        rf"(?<!\d){day}[\s-]{name}\.?,?[\s-]{year}(?!\d)|{name}\.? {day},? {year}(?!\d)",
        rf"{_DONE}{year}(?![\d/-])年?|于{year}{_DONE_ZH}",
    )
    return [re.compile(form, re.IGNORECASE) for form in forms]


def _own_date_cut(text: str, on: pd.Timestamp) -> str:
    """Return a text without the date `on`, however it is written.

    >>> _own_date_cut("Retired on 12 March 2026 for 2025", pd.Timestamp("2026-03-12"))
    'Retired on   for 2025'
    """
    for form in _own_date_forms(on.year, on.month, on.day):
        text = form.sub(" ", text)
    return text
