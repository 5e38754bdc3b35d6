"""Number formats of a workbook that show a number with a unit, divided or in percent: what Excel
shows under `0.0"万"` is 1.2万, and the cell holds 1.2.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from neutrality.files import kinds

_THOUSAND = 3  # zeros of it
_SIZES = ("k", "M", "m", "K")  # English signs of magnitude, beside those of words.csv
_DATE = re.compile(r"[ymdhs]", re.IGNORECASE)
_PLACES = "0#?"
_GENERAL = re.compile(r"General|G/通用格式|Standard", re.IGNORECASE)
# A colour or condition, a gap, a filling; a text in quotes or behind \ or !; any other sign
_TOKEN = re.compile(r'\[[^\]]*\]|[_*].|"(?P<text>[^"]*)"|[\\!](?P<sign>.)|(?P<plain>.)')


class Format(NamedTuple):
    """How a number is shown."""

    unit: str  # behind it, "" where none
    divided: int  # by ten how often; -2 for percent


PLAIN, PERCENT = Format("", 0), Format("%", -2)


def of(code: str) -> Format:
    """Return what a format shows behind a number, if that is a unit or a magnitude, and how often
    the number is divided by ten (ECMA-376, number formats): by each comma behind it thrice, by a
    point that is text as often as there are digits behind it.

    >>> of('#,##0.0"万kWh"'), of("0.0,"), of('0"号"')
    (Format(unit='万kWh', divided=0), Format(unit='', divided=3), Format(unit='', divided=0))
    >>> of('0!.0,"万"'), of('General" MWh"'), of("0.0%"), of('yyyy"年"')
    (Format(unit='万', divided=4), Format(unit='MWh', divided=0), Format(unit='%', divided=-2), \
Format(unit='', divided=0))
    """
    tokens = _tokens(_GENERAL.sub("0", _sections(code)[0]))
    plain = "".join(sign if shown else "\0" for sign, shown in tokens)
    places = [at for at, sign in enumerate(plain) if sign in _PLACES]
    if _DATE.search(plain) or not places:
        return PLAIN
    first, last = places[0], places[-1]
    commas = re.match(r",*", plain[last + 1 :])[0]
    unit = "".join(sign for sign, _ in tokens[last + 1 + len(commas) :]).strip()
    if PERCENT.unit in plain:
        return PERCENT
    divided = _THOUSAND * len(commas)
    points = [at for at in range(first, last) if tokens[at] == (".", False)]
    if points and "." not in plain[first:last]:
        divided += sum(at > points[-1] for at in places)
    return Format(unit if _is_unit(unit) else "", divided)


def _tokens(section: str) -> list[tuple[str, bool]]:
    """Return the signs of a format, and whether each is one of the format, not a text."""
    found = []
    for match in _TOKEN.finditer(section):
        text = match["text"] if match["text"] is not None else match["sign"]
        found += [(sign, False) for sign in text or ""]
        found += [(match["plain"], True)] if match["plain"] else []
    return found


def _sections(code: str) -> list[str]:
    """Return the parts of a format for positive, negative and other values."""
    return re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', code)


def _is_unit(text: str) -> bool:
    magnitude = text in kinds.words("magnitude") or text in _SIZES
    return bool(text) and (magnitude or bool(re.fullmatch(kinds.unit_form(), text)))


def shown(value: object, how: Format) -> object:
    """Return a number as a text as it is shown; other cells as they are.

    >>> shown(1.2, Format("万", 0)), shown(1_200_000.0, Format("MWh", 3)), shown("n", PLAIN)
    ('1.2万', '1200MWh', 'n')
    >>> shown(1_200_000.0, Format("", 3)), shown(0.95, Format("%", -2))
    ('1200000 shown as 1200', '95%')
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool) or how == PLAIN:
        return value
    small = value / 10.0**how.divided
    return f"{small:.15g}{how.unit}" if how.unit else f"{value:.15g} shown as {small:.15g}"
