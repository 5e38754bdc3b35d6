"""Dates and times as people write them: on the clock first, then as instants of readings.

Day and month are told apart by the whole column, never by one cell; 24:00 is the next midnight.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import NamedTuple

import numpy as np
import pandas as pd

DAY_FIRST, MONTH_FIRST = "day first", "month first"
INSTANT, DAY, MONTH = "instant", "day", "month"  # how finely a column tells the time
_EPOCH = pd.Timestamp("1899-12-30")  # day 0 of Excel's serial numbers, 1900 system
_SERIALS = (32_874, 73_050)  # 1990 to 2099: no other number of a column of times lies in between
# Seconds and milliseconds since 1970 of 2000 to 2030: no compact date has such a number.
_SINCE_1970 = {"s": (946_684_800, 1_893_456_000), "ms": (946_684_800_000, 1_893_456_000_000)}
_ZONE = r"(?P<zone>Z|UTC|[+-]\d\d:?\d\d)?"
_CLOCK = (
    r"(?:[T\s]*(?P<noon>上午|下午|AM|PM)?\s*(?P<hour>\d{1,2})"
    r"(?:[:时点](?P<minute>\d{1,2})?(?:[:分](?P<second>\d{1,2})(?:\.\d+)?)?[分秒]?)"
    r"\s*(?P<half>AM|PM)?\s*" + _ZONE + ")?"
)
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})[-/.年]\s*(?P<month>\d{1,2})(?:[-/.月]\s*(?P<day>\d{1,2})日?)?月?" + _CLOCK,
    re.IGNORECASE,
)
_YEAR_LAST = re.compile(
    r"(?P<a>\d{1,2})[-/. ](?P<b>\d{1,2})[-/. ](?P<year>\d{4})" + _CLOCK, re.IGNORECASE
)
_COMPACT = re.compile(
    r"(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])"
    r"(?:(?P<d>[0-3]\d)(?:[ T]?(?P<H>[0-2]\d):?(?P<M>[0-5]\d):?(?P<S>[0-5]\d)?)?)?"
)
_ENGLISH = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTHS = {name: at for at, name in enumerate(_ENGLISH, 1)}
_NAMED = (
    re.compile(r"(?P<d>\d{1,2})(?:st|nd|rd|th)?[- .]*(?P<m>[a-z]{3,9})\.?[- ,]*(?P<y>\d{4})", re.I),
    re.compile(
        r"(?P<m>[a-z]{3,9})\.?[- ]*(?P<d>\d{1,2})(?:st|nd|rd|th)?(?:,[ ]*|[ ]+)(?P<y>\d{4})", re.I
    ),
    re.compile(r"(?P<m>[a-z]{3,9})\.?[- ,]*(?P<y>\d{4})(?P<d>)", re.I),
)
_RANGE = re.compile(r"\s*(?:~|～|至|到|—|–|--| - | to )\s*", re.IGNORECASE)


class Moments(NamedTuple):
    """A column of dates or times by the clock that they were written from."""

    at: pd.Series  # datetime64, NaT where the cell holds none; in UTC where `zoned`
    kind: str  # INSTANT, DAY or MONTH
    zoned: bool  # the cells have UTC offsets
    order: str  # DAY_FIRST or MONTH_FIRST where the column needs one, else ""
    ambiguous: bool  # it needs one and nothing tells which
    late: bool  # a stamp of 24:00 occurs
    midnights: bool  # of days, some are written with their 00:00: the first of a day, or the last?
    faulty: pd.Series  # cells, as they stand, that are neither blank nor a time
    since_1970: str = ""  # "s" or "ms" where the cells count them since 1970-01-01 00:00 UTC


def moments(cells: pd.Series, order: str = "") -> Moments:
    """Return the dates or times of a column in any usual form; `order` is used where day and month
    can be told apart by nothing else.

    ISO, slashes, dots, Chinese, compact digits, English names of months, Excel's serial numbers,
    upper and lower halves of the day, and 24:00 are read; years have four digits.

    >>> moments(pd.Series(["2025年1月31日24时", "2025/2/1"])).at.dt.strftime("%d %H:%M").tolist()
    ['01 00:00', '01 00:00']
    >>> moments(pd.Series(["03/01/2025", "13/01/2025"])).order
    'day first'
    """
    typed = cells.map(lambda cell: isinstance(cell, (dt.date, float, int)))
    texts = cells.map(text)
    since_1970 = _since_1970(texts)
    texts = _of_numbers(texts, since_1970) if since_1970 else texts
    distinct = pd.Series(texts.unique())
    parts = _parts(distinct)
    swapped = parts["a"].notna()
    clash = bool(swapped.any()) and bool((typed & texts.ne("")).any())
    found, ambiguous = _order(parts[swapped], distinct[swapped]) if swapped.any() else ("", False)
    used = order if ambiguous and order else found
    parts = _with_order(parts, used or MONTH_FIRST)
    at = _clock(parts)
    by_text = pd.Series(at.to_numpy(), distinct)
    read = texts.map(by_text)
    faulty = cells[read.isna() & texts.ne("")]
    if clash:  # Excel took some cells for dates, by an order of its own, and left others as text
        faulty = cells[~typed & texts.ne("")]
    late = bool((parts["hour"] == 24).any())
    zoned = bool(parts["zone"].notna().any())
    kind = INSTANT if zoned else _kind(parts, at)  # midnight elsewhere is no day here
    midnights = kind == DAY and bool(cells.map(_has_clock).any())
    unsure = ambiguous and not order
    return Moments(read, kind, zoned, used, unsure, late, midnights, faulty, since_1970)


def _since_1970(texts: pd.Series) -> str:
    """Return whether all texts are seconds ("s") or milliseconds ("ms") since 1970; "" for others.

    >>> _since_1970(pd.Series(["1740931200", ""])), _since_1970(pd.Series(["2025030100"]))
    ('s', '')
    """
    held = texts[texts != ""]
    if held.empty or not held.str.fullmatch(r"\d{9,13}", na=False).all():
        return ""
    numbers = held.astype("int64")
    within = (each for each, (low, high) in _SINCE_1970.items() if numbers.between(low, high).all())
    return next(within, "")


def _of_numbers(texts: pd.Series, unit: str) -> pd.Series:
    at = pd.to_datetime(pd.to_numeric(texts), unit=unit)
    return at.dt.strftime("%Y-%m-%d %H:%M:%S+00:00").fillna("")


def text(cell: object) -> str:
    """Return a cell of a date or time as text, Excel's serial number as the time it stands for.

    >>> text(45658.25), text("２０２５/1/1"), text(202501.0)
    ('2025-01-01 06:00:00', '2025/1/1', '202501')
    """
    if cell is None or cell is pd.NaT or (isinstance(cell, float) and np.isnan(cell)):
        return ""
    if isinstance(cell, dt.datetime):
        return f"{pd.Timestamp(cell).round('s'):%Y-%m-%d %H:%M:%S%z}"
    if isinstance(cell, dt.date):
        return cell.isoformat()
    plain = unicodedata.normalize("NFKC", str(cell)).strip()
    if re.fullmatch(r"\d+(\.\d+)?(e\+?\d+)?", plain, re.IGNORECASE):
        number = float(plain)
        if _SERIALS[0] <= number <= _SERIALS[1]:
            return str((_EPOCH + pd.Timedelta(days=number)).round("s"))
        return f"{number:.0f}" if number == int(number) else plain
    return plain


def _has_clock(cell: object) -> bool:
    return isinstance(cell, str) and ":" in cell


def _parts(texts: pd.Series) -> pd.DataFrame:
    """Return the fields of each text as numbers: year, month, day, hour, ...; a and b where the
    order of day and month is open.
    """
    names = ("year", "month", "day", "a", "b", "noon", "hour", "minute", "second", "half", "zone")
    rows = []
    for each in texts.map(_plain):
        match = _YEAR_FIRST.fullmatch(each) or _YEAR_LAST.fullmatch(each)
        rows.append(match.groupdict() if match else {})
    parts = pd.DataFrame(rows, columns=list(names), dtype=object)
    numbers = [name for name in names if name not in ("noon", "half", "zone")]
    return parts.assign(**{name: pd.to_numeric(parts[name]) for name in numbers})


def _plain(text: str) -> str:
    """Return a date with its year first where compact digits or a month's name leave no doubt.

    >>> _plain("5 Jan 2025 13:00"), _plain("202501010015"), _plain("Mar-2025")
    ('2025-1-5 13:00', '2025-01-01 00:15', '2025-3')
    """
    if match := _COMPACT.fullmatch(text):
        year, month, day, hour, minute, _ = match.groups()
        clock = f" {hour}:{minute}" if hour else ""
        return "-".join(filter(None, (year, month, day))) + clock
    for form in _NAMED:
        match = form.match(text)
        if match and (month := _MONTHS.get(match["m"][:3].lower())):
            day = f"-{match['d']}" if match["d"] else ""
            return f"{match['y']}-{month}{day}{text[match.end() :]}"
    return text


def _order(parts: pd.DataFrame, texts: pd.Series) -> tuple[str, bool]:
    """Return the order of day and month that a column allows, and whether both are possible.

    A number above 12 is a day; else the order in which the stamps follow each other most evenly.
    """
    first, second = parts["a"].max() > 12, parts["b"].max() > 12
    if first or second:
        return (DAY_FIRST if first else MONTH_FIRST), False  # both: some cells become faulty
    steps = {}
    for order in (DAY_FIRST, MONTH_FIRST):
        at = _clock(_with_order(parts, order)).dropna()
        step = at.diff().dropna()
        uneven = (step != step.mode().iloc[0]).sum() if len(step) else 0
        uneven = 0 if _monthly(at) else uneven
        steps[order] = (bool((step <= pd.Timedelta(0)).any()), uneven)
    if len(parts) < 3 or steps[DAY_FIRST] == steps[MONTH_FIRST]:
        return "", True
    best = min(steps, key=steps.get)
    even = steps[best] == (False, 0)
    return (best, False) if even and steps != {} else ("", True)


def _monthly(at: pd.Series) -> bool:
    """Return whether dates follow each other by the month, on one day of it."""
    months = at.dt.year * 12 + at.dt.month
    return len(at) > 1 and at.dt.day.nunique() == 1 and months.diff().iloc[1:].nunique() == 1


def _with_order(parts: pd.DataFrame, order: str) -> pd.DataFrame:
    day, month = ("a", "b") if order == DAY_FIRST else ("b", "a")
    filled = {"day": parts["day"].fillna(parts[day]), "month": parts["month"].fillna(parts[month])}
    return parts.assign(**filled)


def _clock(parts: pd.DataFrame) -> pd.Series:
    """Return the time of each row's fields, in UTC where it has an offset; NaT for what is none."""
    date = pd.DataFrame({name: parts[name] for name in ("year", "month")})
    days = pd.to_datetime(date.assign(day=parts["day"].fillna(1)), errors="coerce")
    hour, minute, second = (parts[name].fillna(0) for name in ("hour", "minute", "second"))
    said = parts["noon"].fillna(parts["half"]).fillna("").astype(str).str.upper()
    after, before = said.isin(["下午", "PM"]), said.isin(["上午", "AM"])
    hour = hour.mask(after & (hour < 12), hour + 12).mask(before & (hour == 12), 0)
    possible = (hour * 3600 + minute * 60 + second <= 86_400) & (minute < 60) & (second < 60)
    at = days + pd.to_timedelta(hour * 3600 + minute * 60 + second, unit="s")
    return (at - _offset(parts["zone"])).where(possible)


def _offset(zone: pd.Series) -> pd.Series:
    """Return how far a written zone is ahead of UTC."""
    form = zone.astype("str").str.extract(r"([+-])(\d\d):?(\d\d)")
    minutes = pd.to_numeric(form[1]) * 60 + pd.to_numeric(form[2])
    signed = minutes.where(form[0] != "-", -minutes).fillna(0)
    return pd.to_timedelta(signed, unit="min")


def _kind(parts: pd.DataFrame, at: pd.Series) -> str:
    if parts["day"].isna().all() and parts["month"].notna().any():
        return MONTH
    has_clock = parts["hour"].notna().any()
    at_midnight = (at.dropna() == at.dropna().dt.normalize()).all()
    return INSTANT if has_clock and not at_midnight else DAY


def ranges(cells: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the two ends of periods that are written in one cell, as texts; empty where a cell
    holds no period.

    >>> first, last = ranges(pd.Series(["2025.01.17-2025.02.18", "2025年1月1日至31日"]))
    >>> first.tolist(), last.tolist()
    (['2025.01.17', '2025年1月1日'], ['2025.02.18', '2025年1月31日'])
    """
    pairs = [_ends_of(unicodedata.normalize("NFKC", str(cell or ""))) for cell in cells]
    return tuple(
        pd.Series(list(side), cells.index, dtype=object) for side in zip(*pairs, strict=True)
    )


def _ends_of(cell: str) -> tuple[str, str]:
    parts = [part for part in _RANGE.split(cell.strip()) if part]
    if len(parts) != 2:
        parts = re.findall(r"\d{4}[./年]\d{1,2}[./月]\d{1,2}日?|\d{8}|\d{4}-\d{1,2}-\d{1,2}", cell)
    if len(parts) != 2:
        return "", ""
    first, last = parts
    if short := re.fullmatch(r"(\d{1,2})日", last):  # the month is said once
        last = re.sub(r"\d{1,2}日$", f"{short[1]}日", first)
    elif re.fullmatch(r"\d{1,2}月\d{1,2}日", last):
        last = first.partition("年")[0] + "年" + last
    return first, last


def joined(dates: pd.Series, clocks: pd.Series) -> pd.Series:
    """Return dates and times of day, each in a column of its own, as one column of texts.

    An hour from 0 to 24 by itself is a time; so is Excel's fraction of a day.

    >>> joined(pd.Series(["2025-01-01"] * 3), pd.Series(["0:15", 24.0, 0.5])).tolist()
    ['2025-01-01 0:15', '2025-01-01 24:00', '2025-01-01 12:00']
    """
    days = dates.map(lambda cell: text(cell).removesuffix(" 00:00:00"))
    times = clocks.map(time_of_day)
    return (days + " " + times).where((days != "") & (times != ""), None)


def time_of_day(cell: object) -> str:
    """Return a time of day as text, H:MM; "" where the cell or heading is none.

    >>> time_of_day("0015"), time_of_day("8时"), time_of_day("24:00"), time_of_day("main")
    ('00:15', '8:00', '24:00', '')
    """
    if isinstance(cell, (dt.datetime, dt.time)):
        return f"{cell:%H:%M}"
    plain = unicodedata.normalize("NFKC", "" if cell is None else str(cell)).strip()
    if match := re.fullmatch(r"(\d{1,2})(?::|时|点|H|h)(\d\d)?分?(?::00)?", plain):
        return f"{match[1]}:{match[2] or '00'}"
    if re.fullmatch(r"[0-2]\d[0-5]\d", plain):
        return f"{plain[:2]}:{plain[2:]}"
    if re.fullmatch(r"\d+(\.\d+)?", plain):
        return _of_number(float(plain))
    return ""


def _of_number(number: float) -> str:
    if number >= 1 and number == int(number) and number <= 24:
        return f"{number:.0f}:00"
    minutes = round(number * 24 * 60)
    return f"{minutes // 60}:{minutes % 60:02}" if 0 <= number < 1 else ""
