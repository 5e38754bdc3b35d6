"""What the page and the Excel file call things, and figures as the page prints them.

Both languages stand side by side on the page, the one not chosen is hidden by the style.
"""

from __future__ import annotations

from functools import cache
from math import isnan, nan

from markupsafe import Markup, escape

from neutrality import register, sheets
from neutrality.reference import units
from neutrality.texts import labels

_NAMED = 8  # names of sites in a sentence; the rest are counted
_STATUS = "_status"  # behind an id: the status of that figure
_UNITS = {"_per_m2": "", "_m2": "m²", "_above": "%", "_t": "tCO2e"}  # by the end of a column's name
_UNITS |= {"residual_low": "tCO2e", "residual_high": "tCO2e"}


@cache
def words(id: str) -> dict[str, str]:
    """Return the name of a thing by language: from texts/portfolio.csv, else the register of
    claims, else labels.csv.

    >>> words("covers")["en"], words("market_t")["en"], words("SINGLE")["en"]
    ('Sites covered', 'inventory, market-based', 'Single source')
    """
    if id in _own():
        return _own()[id]
    if register.holds(id):
        entry = register.find(id)
        return {lang: register.name(entry, lang, {}) for lang in labels.LANGUAGES}
    return {lang: labels.label(id, lang) for lang in labels.LANGUAGES}


@cache
def _own() -> dict[str, dict[str, str]]:
    rows = sheets.packaged("texts/portfolio.csv").set_index("id")
    return rows[list(labels.LANGUAGES)].to_dict("index")


def heading(column: str) -> str:
    """Return the heading of a column of the tables, a line a language, its unit last.

    >>> heading("market_t_status").splitlines()[1]
    'inventory, market-based: Status'
    """
    stem = column.removesuffix(_STATUS)
    lines = words(stem).values()
    if stem != column:
        of = zip(lines, words("status").values(), ("：", ": "), strict=True)
        return "\n".join(f"{name}{colon}{status}" for name, status, colon in of)
    return "\n".join([*dict.fromkeys(lines), *([f"[{_unit(column)}]"] if _unit(column) else [])])


def _unit(column: str) -> str:
    """Return the unit of a column as English writes it, or an empty text.

    >>> _unit("market_t"), _unit("change_market_t"), _unit("building_kwh_per_m2"), _unit("site")
    ('tCO₂e', 'tCO₂e', 'kWh/m²', '')
    """
    known = next((unit for end, unit in _UNITS.items() if column.endswith(end)), "")
    if not known and register.holds(column):
        known = register.filled(register.find(column), "unit", {})
    return labels.unit(known, "en")


def both(id: str, **values: object) -> Markup:
    """Return a sentence of texts/portfolio.csv in both languages; a value may be one for each.

    >>> str(both("covers"))
    '<span lang="zh-Hans">覆盖场所</span><span lang="en">Sites covered</span>'
    """
    made = {}
    for lang, text in words(id).items():
        own = {name: v[lang] if isinstance(v, dict) else v for name, v in values.items()}
        made[lang] = Markup(text).format(**own)
    return spans(made)


def called(id: str) -> Markup:
    """Return the name of a thing in both languages; a dash for none."""
    return spans(words(id)) if id else Markup(labels.ABSENT)


def spans(text: dict[str, object]) -> Markup:
    """Return a text by language as the page holds it; one that is the same in both, once."""
    zh, en = text["zh"], text["en"]
    if zh == en:
        return escape(zh)
    return Markup('<span lang="zh-Hans">{}</span><span lang="en">{}</span>').format(zh, en)


def names(listed: list[str]) -> dict[str, str]:
    """Return the first few names as a list in both languages, and how many more there are.

    >>> names(["north", "south"])["en"]
    'north, south'
    """
    made, more = {}, len(listed) - _NAMED
    for lang in labels.LANGUAGES:
        rest = [words("and_more")[lang].format(n=more)] if more > 0 else []
        made[lang] = labels.listed([*listed[:_NAMED], *rest], lang)
    return made


def quantity(value: float, digits: int, unit: str) -> dict[str, str]:
    """Return a number with its unit by language."""
    return {lang: labels.quantity(value, digits, unit, lang) for lang in labels.LANGUAGES}


def tonnes(value: float) -> str:
    """Return a number of tonnes or credits, without a unit; a dash for none."""
    return labels.number(value, 0)


def percent(part: float, whole: float) -> str:
    """Return a change as a signed percentage with one digit; a dash where there is none.

    >>> percent(-3.0, 12.0), percent(1.0, 0.0)
    ('−25.0\\xa0%', '—')
    """
    value = units.PERCENT * part / whole if whole > 0 else nan
    return labels.ABSENT if isnan(value) else f"{'+' * (value > 0)}{labels.number(value, 1)}\u00a0%"


def share(part: float, whole: float) -> str:
    """Return a share as a whole percentage; a dash where there is none.

    >>> share(1.0, 4.0), share(1.0, 0.0)
    ('25\\xa0%', '—')
    """
    value = units.PERCENT * part / whole if whole > 0 else nan
    return labels.ABSENT if isnan(value) else f"{labels.number(value, 0)}\u00a0%"
