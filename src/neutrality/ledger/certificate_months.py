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
_LAST = 12  # month of a year
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# 2025Q1, Q1 2025, 2025年第一季度, 2025年上半年: parts of the calendar year
_QUARTER = re.compile(
    r"(?P<y>20\d\d)[-/ ]?Q(?P<q>[1-4])|Q(?P<q2>[1-4])[-/ ]?(?P<y2>20\d\d)"
    r"|(?P<y3>20\d\d)年?第?(?P<q3>[1-4一二三四])季度?",
    re.IGNORECASE,
)
_HALF = re.compile(r"(?P<y>20\d\d)(?:年(?P<h>上|下)半年?|[-/ ]?H(?P<n>[12]))", re.IGNORECASE)
_CHINESE = {"一": 1, "二": 2, "三": 3, "四": 4}
# 2025年1-3月: the year said once
_WITHIN_YEAR = re.compile(r"(20\d\d)年(\d{1,2})月?(?:至|到|~|～|—+|–|-)(\d{1,2})月(?:份)?")
# of a month that stands beside its year: 3, 03, 3月, March, Mar, 一季度, Q1
_BESIDE_YEAR = re.compile(r"(?:0?[1-9]|1[0-2])(?:月(?:份)?)?")
_MONTH_ALONE = re.compile(
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?",
    re.IGNORECASE,
)
_PART_ALONE = re.compile(r"Q[1-4]|第?[1-4一二三四]季度?|[上下]半年", re.IGNORECASE)
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
    >>> months("2025Q1"), months("2025年第二季度"), months("2025年1-3月"), months("2025H2")
    (('2025-01', '2025-03'), ('2025-04', '2025-06'), ('2025-01', '2025-03'), ('2025-07', '2025-12'))
    """
    if year := _YEAR.fullmatch(text.strip()):
        return f"{year[1]}-01", f"{year[1]}-12"
    if part := _part_of_year(text):
        return part
    plain = re.sub(r"(?<=[\d年])\s+(?=[年月份])|(?<=年)\s+(?=\d)", "", text.strip())
    plain = unicodedata.normalize("NFKC", plain)
    if len(_DAYS_APART.findall(plain)) > 1:
        return "", ""  # days, not months
    parts = [_one_month(part) for part in _SEVERAL.split(plain) if part]
    whole = bool(parts) and all(parts) and len(parts) <= len(("first", "last"))
    return (parts[0], parts[-1]) if whole else ("", "")


def _part_of_year(text: str) -> tuple[str, str] | None:
    """Return the first and the last month of a quarter, a half or several months of one year; None
    for other texts. A quarter is one of the calendar year: FY2025Q1 is none.
    """
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()
    plain = re.sub(r"(?<=[年月第至到~-]) | (?=[年月第季至到~-])", "", plain)
    if found := _QUARTER.fullmatch(plain):
        year, quarter = (next(filter(None, found.group(n, n + "2", n + "3"))) for n in "yq")
        last = 3 * int(_CHINESE.get(quarter, quarter))
        return f"{year}-{last - 2:02}", f"{year}-{last:02}"
    if found := _HALF.fullmatch(plain):
        last = 6 if found["h"] == "上" or found["n"] == "1" else 12
        return f"{found['y']}-{last - 5:02}", f"{found['y']}-{last:02}"
    if found := _WITHIN_YEAR.fullmatch(plain):
        year, first, last = found.groups()
        if 1 <= int(first) <= int(last) <= _LAST:
            return f"{year}-{int(first):02}", f"{year}-{int(last):02}"
    return None


def beside_year(month: str, year: str) -> str:
    """Return a month, or a part of the year, with the year that stands in a column beside it; ""
    where it is none, or names a year of its own.

    >>> beside_year("3", "2025"), beside_year("March", "2025.0"), beside_year("一季度", "2025年")
    ('2025-03', 'March 2025', '2025年一季度')
    >>> beside_year("2025-03", "2025"), beside_year("3", "")
    ('', '')
    """
    written = re.fullmatch(r"(20\d\d)(?:\.0|年)?", year.strip())
    month = unicodedata.normalize("NFKC", month).strip().removesuffix(".0")
    if not written:
        return ""
    if _BESIDE_YEAR.fullmatch(month):
        return f"{written[1]}-{int(re.match(r'[0-9]+', month)[0]):02}"
    if _MONTH_ALONE.fullmatch(month):
        return f"{month.rstrip('.')} {written[1]}"
    if _PART_ALONE.fullmatch(month):
        return f"{written[1]}{month}" if month[0] in "Qq" else f"{written[1]}年{month}"
    return ""


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
