"""What the page and the Excel file call things, in both languages."""

from __future__ import annotations

from functools import cache

from neutrality import register, sheets
from neutrality.texts import labels

_STATUS = "_status"  # behind an id: the status of that figure


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

    >>> _unit("market_t"), _unit("change_market_t"), _unit("floor_area_m2"), _unit("site")
    ('tCO₂e', 'tCO₂e', 'm²', '')
    """
    if register.holds(column):
        return labels.unit(register.filled(register.find(column), "unit", {}), "en")
    ends = {"_t": "tCO2e", "_m2": "m2", "_above": "%"}
    return next((labels.unit(unit, "en") for end, unit in ends.items() if column.endswith(end)), "")
