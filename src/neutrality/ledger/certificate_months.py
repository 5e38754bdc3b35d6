"""When a list says that the power was generated: months and days in the forms that people write."""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

from neutrality.case.alike import of_different, of_each

# 2025-03, 2025/3, 202503, 2025年3月, Mar-2025, 03/2025, and a year alone
_MONTH = re.compile(r"(?P<y>20\d\d)(?:[-/.年]\s?|)(?P<m>0?[1-9]|1[0-2])月?份?")
_YEAR = re.compile(r"(20\d\d)年?")
_MONTH_LAST = re.compile(r"(?P<m>0?[1-9]|1[0-2])[-/.](?P<y>20\d\d)")
_MONTH_NAMED = re.compile(r"(?P<name>[A-Za-z]{3})[a-z]*[-/. ]+(?P<y>20\d\d)")
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# 2025.1 is what a spreadsheet leaves of 2025.10 too
_TENTH = re.compile(r"20\d\d\.1")
_DAYS_APART = re.compile(r"20\d\d[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,2}日?")
# 2025-01至2025-03, 2025年1月-2025年3月
_SEVERAL = re.compile(r"\s*(?:至|到|~|～|—+|–|\bto\b|(?<=月)-|\s-\s)\s*", re.IGNORECASE)


def period(month: pd.Series, days: dict[str, pd.Series]) -> pd.DataFrame:
    """Return month ("YYYY-MM"), or period_start and period_end where a row gives days or several
    months. A period that ends at the first of a month as it began at one ends the day before.
    """
    start, end = days["period_start"], days["period_end"]
    to_the_first = (start.dt.day == 1) & (end.dt.day == 1) & (end > start)
    end = end.where(~to_the_first, end - pd.Timedelta(days=1))
    first, last = (of_each(month, lambda text, at=at: months(text)[at]) for at in (0, 1))
    from_month = start.isna() & end.isna()
    several = from_month & (first != last) & (last != "")
    begins = pd.to_datetime(first.where(several), format="%Y-%m")
    ends = pd.to_datetime(last.where(several), format="%Y-%m") + pd.offsets.MonthEnd(0)
    start, end = start.mask(several, begins), end.mask(several, ends)
    for at, each in enumerate((start, end)):
        day = of_each(month, lambda text, at=at: _between_days(text)[at], "datetime64[s]")
        each[from_month] = each[from_month].fillna(day[from_month])
    one_month = (start.dt.day == 1) & (end == start + pd.offsets.MonthEnd(0))
    named = first.where(from_month & ~several, "").mask(one_month, labels(start))
    return pd.DataFrame(
        {
            "month": named,
            "period_start": start.mask(one_month),
            "period_end": end.mask(one_month),
        }
    )


def labels(days: pd.Series) -> pd.Series:
    """Return the months of days as "2025-03", NaN for none."""
    return of_different(days, lambda some: some.dt.strftime("%Y-%m"))


def months(text: str) -> tuple[str, str]:
    """Return the first and the last month of a text, the same where it is one; "" for none.

    >>> months("2025年3月"), months("202501至202503"), months("2025"), months("Q1")
    (('2025-03', '2025-03'), ('2025-01', '2025-03'), ('2025-01', '2025-12'), ('', ''))
    """
    if year := _YEAR.fullmatch(text.strip()):
        return f"{year[1]}-01", f"{year[1]}-12"
    plain = re.sub(r"(?<=[\d年])\s+(?=[年月份])|(?<=年)\s+(?=\d)", "", text.strip())
    plain = unicodedata.normalize("NFKC", plain)
    if len(_DAYS_APART.findall(plain)) > 1:
        return "", ""  # days, not months
    parts = [_one_month(part) for part in _SEVERAL.split(plain) if part]
    whole = bool(parts) and all(parts) and len(parts) <= len(("first", "last"))
    return (parts[0], parts[-1]) if whole else ("", "")


def _between_days(text: str) -> tuple:
    """Return the first and the last day of a text, NaT for none; of one that ends at the first of
    a month as it began at one the day before.

    >>> [f"{day:%m-%d}" for day in _between_days("2025-01-01至2025-04-01")]
    ['01-01', '03-31']
    """
    parts = _DAYS_APART.findall(text)
    if len(parts) != len(("first", "last")) or _DAYS_APART.sub("", text).strip(" 至到~-—–/") != "":
        return pd.NaT, pd.NaT
    plain = [re.sub(r"\D+", "-", part).strip("-") for part in parts]
    first, last = pd.to_datetime(pd.Series(plain), format="%Y-%m-%d", errors="coerce")
    if first < last and first.day == last.day == 1:
        last -= pd.Timedelta(days=1)
    return first, last


def _one_month(text: str) -> str:
    if _TENTH.fullmatch(text) or _DAYS_APART.fullmatch(text) and not text.endswith(("-1", "-01")):
        return ""
    plain = (
        re.sub(r"(?:[-/]0?1)?(?:[ T]00:00(?::00)?)?$", "", text) if text.count("-") > 1 else text
    )
    for form in (_MONTH, _MONTH_LAST):
        if found := form.fullmatch(plain):
            return f"{found['y']}-{int(found['m']):02}"
    if (found := _MONTH_NAMED.fullmatch(plain)) and found["name"].lower() in _MONTH_NAMES:
        return f"{found['y']}-{_MONTH_NAMES.index(found['name'].lower()) + 1:02}"
    return ""
