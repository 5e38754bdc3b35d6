"""Counts and days as registries write them: in any usual form, in one order of day and month for a
whole file.
"""

from __future__ import annotations

import re

import pandas as pd

from neutrality.case.alike import of_different, of_each

_EMPTY = {"", "-", "nan", "nat", "null", "none", "n/a", "na"}
# 28,571 or 28 571 or 28571.0 or 28571张
_COUNT = re.compile(r"(\d{1,3}(?:[.,\s'’]\d{3})+|\d+)(?:[.,]0{1,2})?\s?[张个份]?")
_WEEKDAY = re.compile(
    r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[.,]?\s+", re.IGNORECASE
)
_CLOCK = re.compile(r"[T\s]+\d{1,2}:\d\d.*$")
_DATE_FORMS = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d %b %Y", "%d-%b-%Y", "%b-%d-%Y", "%d %B %Y"),
    *("%b %d %Y", "%B %d %Y", "%Y年%m月%d日", "%d-%b-%y"),
)
_DAY_FIRST, _MONTH_FIRST = ("%d/%m/%Y", "%d/%m/%y"), ("%m/%d/%Y", "%m/%d/%y")
# day and month may change places
_AMBIGUOUS_DATE = re.compile(
    r"(?!(\d\d?)[/.-]0?\1[/.-])(?:0?[1-9]|1[0-2])[/.-](?:0?[1-9]|1[0-2])[/.-]\d{2}"
)
_MONTHS = 12
_EXCEL_DAY = r"\d{4}-\d\d-\d\d 00:00:00"
_INSTANT = re.compile(r".*T(\d\d:\d\d).*(?:Z|[+-]\d\d:?\d\d)")
_WHOLE_DAYS = ("00:00", "23:59")


def count(text: str, alone: bool = False) -> float:
    """Return a number of credits as registries write it, NaN where it is none; where it stands
    `alone`, with no range that shows its size, also where its point may be of decimals.

    >>> count("1,454,054"), count("425.0"), count("28 571"), count("1.5")
    (1454054.0, 425.0, 28571.0, nan)
    >>> count("1.454"), count("1.454", alone=True)
    (1454.0, nan)
    """
    found = _COUNT.fullmatch(text)
    if alone and found and re.fullmatch(r"\d{1,3}[.,]\d{3}", text):
        return float("nan")
    return float(re.sub(r"\D", "", found[1])) if found else float("nan")


def blank(texts: pd.Series) -> pd.Series:
    """Return which cells say that there is nothing."""
    return of_different(texts, lambda some: some.str.casefold().isin(_EMPTY))


def dates(texts: pd.Series, day_first: bool) -> pd.Series:
    """Return the days that texts give, NaT where they give none; 03/02/2026 in the order of the
    whole export.

    >>> dates(pd.Series(["Tue, 3 Feb 2026", "03/02/2026"]), day_first=True).dt.month.tolist()
    [2, 2]
    """
    return of_different(texts, lambda written: _dates(written, day_first))


def _dates(written: pd.Series, day_first: bool) -> pd.Series:
    text = (
        written.str.replace(_WEEKDAY, "", regex=True)
        .str.replace(_CLOCK, "", regex=True)
        .str.replace(",", "")
        .str.strip()
    )
    text = text.str.replace(r"^(\d{1,2})[.-](\d{1,2})[.-](\d{2,4})$", r"\1/\2/\3", regex=True)
    found = pd.Series(pd.NaT, text.index, dtype="datetime64[s]")
    for form in (*_DATE_FORMS, *(_DAY_FIRST if day_first else _MONTH_FIRST)):
        unread = found.isna() & text.ne("")
        if unread.any():
            found[unread] = pd.to_datetime(text[unread], format=form, errors="coerce")
    return found


def day_first(
    written: list[pd.Series], known: tuple[tuple[pd.Series, pd.Series], ...] = ()
) -> bool | None:
    """Return whether a file writes the day first, None where nothing shows it.

    Days that are `known` beside the texts show it, such as those in serials; else a day above 12 in
    one of the columns `written` does.
    """
    votes = sum(_vintage_votes(texts, days) for texts, days in known)
    for texts in [] if votes else written:
        first, second = _day_and_month(pd.Series(texts.unique(), dtype="str"))
        votes += (first > _MONTHS).sum() - (second > _MONTHS).sum()
    return bool(votes > 0) if votes else None


def uncertain(texts: pd.Series) -> pd.Series:
    """Return which days of a column cannot be told, whatever the order of the file: 03/02/2026
    where the column has days of both orders, and a date of Excel whose day and month may have
    changed places, beside days that Excel left as text.

    >>> uncertain(pd.Series(["13/02/2026", "02/14/2026", "2026-01-14"])).tolist()
    [True, True, False]
    >>> uncertain(pd.Series(["13/02/2026", "2026-03-02 00:00:00"])).tolist()
    [False, True]
    """
    return of_different(texts, _uncertain)


def _uncertain(days: pd.Series) -> pd.Series:
    first, second = _day_and_month(days)
    both = (first > _MONTHS).any() and (second > _MONTHS).any()
    written = days.str.match(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}")
    turned = days.str.fullmatch(_EXCEL_DAY) & days.str.slice(8, 10).le(f"{_MONTHS}")
    turned &= days.str.slice(5, 7) != days.str.slice(8, 10)
    shown = bool((first > _MONTHS).any() or (second > _MONTHS).any())
    return (written & both) | (turned & shown)


def ambiguous(texts: pd.Series) -> pd.Series:
    """Return which days may be read with the day or the month first."""
    return of_each(texts, lambda each: bool(_AMBIGUOUS_DATE.match(each)), "bool")


def of_other_clock(texts: pd.Series) -> pd.Series:
    """Return which texts are instants of a stated offset that begin or end no day there.

    >>> of_other_clock(pd.Series(["2025-02-28T16:00:00Z", "2025-03-01T00:00:00Z"])).tolist()
    [True, False]
    """
    found = of_each(texts, lambda each: (_INSTANT.fullmatch(each) or ("", ""))[1])
    return found.ne("") & ~found.isin(_WHOLE_DAYS)


def claimed_otherwise(texts: pd.Series, year: int) -> pd.Series:
    """Return which cells name years, and not this one.

    >>> claimed_otherwise(pd.Series(["2024年", "2025", "", "2024-2025"]), 2025).tolist()
    [True, False, False, False]
    """

    def others(text: str) -> bool:
        years = re.findall(r"(?<!\d)20\d\d(?!\d)", text)
        return bool(year and years) and str(year) not in years

    return of_each(texts, others, "bool")


def beneficiary_remark(rows: pd.DataFrame) -> list[str]:
    """Return, where rows were taken for several beneficiaries, how many and which."""
    named = rows["beneficiary"].astype("str")
    names = named[named != ""].unique()
    if len(names) < len(("one", "another")):
        return []
    return [
        f"rows of {len(names)} beneficiaries were taken, such as '{names[0]}' and '{names[1]}'; "
        "--beneficiary NAME takes those of one"
    ]


def _vintage_votes(written: pd.Series, vintage: pd.Series) -> int:
    """Return how many vintages are written with the day first, less those with the month first."""
    pairs = pd.DataFrame({"written": written, "vintage": vintage})
    pairs = pairs.drop_duplicates()  # of each day once: a thousand rows alike are one
    first, second = _day_and_month(pairs["written"])
    day, month = pairs["vintage"].dt.day, pairs["vintage"].dt.month
    day = day.where(day != month)
    day_first = (first == day) & (second == month)
    return day_first.sum() - ((second == day) & (first == month)).sum()


def _day_and_month(written: pd.Series) -> tuple[pd.Series, pd.Series]:
    parts = written.str.extract(r"^(\d{1,2})[/.-](\d{1,2})[/.-]\d{2}").apply(pd.to_numeric)
    return parts[0], parts[1]


def order_remark(days: pd.Series) -> list[str]:
    """Return, where days of retirement can be read in two ways, which one was taken."""
    either = {each for each in days.unique() if _AMBIGUOUS_DATE.match(each)}
    ambiguous = days[days.isin(either)]
    if ambiguous.empty:
        return []
    return [
        f"dates such as '{ambiguous.iloc[0]}' (row {ambiguous.index[0]}) were read with the day "
        "first: nothing in the export shows the order; compare one with the registry"
    ]
