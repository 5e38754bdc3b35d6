"""Number formats of a workbook that show a number with a unit or divided by 1,000: what Excel shows
under `0.0"万"` is 1.2万, and the cell holds 1.2.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from neutrality.files import kinds

_THOUSAND = 1_000.0
_SIZES = ("k", "M", "m", "K")  # English signs of magnitude, beside those of words.csv
_BESIDE = re.compile(r"\[[^\]]*\]|_.|\*.")  # colours and conditions, gaps, fillings
_DATE = re.compile(r"[ymdhs]", re.IGNORECASE)
_LITERAL = re.compile(r'"([^"]*)"|\\(.)')
_DIGITS = re.compile(r"[0#?](?:[0#?,.]*[0#?])?(?P<thousands>,*)(?P<end>[^0#?]*)$")


class Format(NamedTuple):
    """How a number is shown."""

    unit: str  # behind it, "" where none
    divided: int  # by 1,000 how often


PLAIN = Format("", 0)


def of(code: str) -> Format:
    """Return what a format shows behind a number, if that is a unit or a magnitude, and by how many
    thousands the number is divided (ECMA-376, number formats).

    >>> of('#,##0.0"万kWh"'), of("0.0,"), of('0"号"'), of('yyyy"年"')
    (Format(unit='万kWh', divided=0), Format(unit='', divided=1), Format(unit='', divided=0), \
Format(unit='', divided=0))
    """
    first = _BESIDE.sub("", _sections(code)[0])
    if _DATE.search(_LITERAL.sub("", first)):
        return PLAIN
    texts = [match[1] or match[2] or "" for match in _LITERAL.finditer(first)]
    found = _DIGITS.search(_LITERAL.sub("\0", first))
    if not found:
        return PLAIN
    held = texts[len(texts) - found["end"].count("\0") :]
    unit = re.sub("\0", lambda _: held.pop(0), found["end"]).strip()
    return Format(unit if _is_unit(unit) else "", len(found["thousands"]))


def _sections(code: str) -> list[str]:
    """Return the parts of a format for positive, negative and other values."""
    return re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', code)


def _is_unit(text: str) -> bool:
    magnitude = text in kinds.words("magnitude") or text in _SIZES
    return bool(text) and (magnitude or bool(re.fullmatch(kinds.unit_form(), text)))


def shown(value: object, how: Format) -> object:
    """Return a number as a text as it is shown; other cells as they are.

    >>> shown(1.2, Format("万", 0)), shown(1_200_000.0, Format("MWh", 1)), shown("n", PLAIN)
    ('1.2万', '1200MWh', 'n')
    >>> shown(1_200_000.0, Format("", 1))
    '1200000 shown as 1200'
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool) or how == PLAIN:
        return value
    small = value / _THOUSAND**how.divided
    return f"{small:.15g}{how.unit}" if how.unit else f"{value:.15g} shown as {small:.15g}"
