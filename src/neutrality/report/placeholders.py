"""What the report's texts may ask for: claims in several forms, parameters, and what there is."""

from functools import cache
from pathlib import Path

import pandas as pd

from neutrality import claims, sheets
from neutrality.report import exhibits, pages
from neutrality.texts import hints, labels

TABLES = "tables"


def values(out: Path, lang: str, meta: dict) -> dict:
    """Return what a text may ask for, by name: functions of a claim's, parameter's or table's id.

    `out` is the bundle folder, `meta` the parameters of the run.
    """
    known = claims.read(out / "claims.csv")
    return _claim_forms(known, lang, meta) | _parameters(out, lang, meta) | _conditions(out, known)


def _claim_forms(known: pd.DataFrame, lang: str, meta: dict) -> dict:
    """Return the forms in which a text may print a claim."""

    @cache
    def one(id: str) -> pd.Series:
        return _find_claim(known, id, lang)

    return {
        "claim": lambda id: _linked(one(id), _amount(one(id), lang), lang),
        "value": lambda id: _linked(one(id), _printed(one(id)), lang),
        "named": lambda id: exhibits.escaped(one(id)[f"label_{lang}"]),
        "band": lambda id: _linked(one(id), _interval(one(id), lang, meta), lang),
        "level": lambda id: _linked(one(id), _level(one(id), meta), lang),
        "amount": lambda id: float(one(id)["value"]),
        "is_positive": lambda id: bool(one(id)["value"] > 0),
        "includes_zero": lambda id: bool(one(id)["low"] <= 0 <= one(id)["high"]),
        "not_zero": lambda id: id in known.index and _printed(one(id)).strip("0.") != "",
    }


def _parameters(out: Path, lang: str, meta: dict) -> dict:
    """Return what a text may ask for of the run's parameters."""
    unabated = mentions(table_path(out, "hierarchy"), "step", "unabated")

    def span(name: str) -> str:
        return f'[{exhibits.escaped(_given(meta, name, lang))}]{{.given data-of="{name}"}}'

    return {
        "illustrative": bool(meta.get("illustrative", False)),
        "view": labels.label(meta.get("offset_view", "market"), lang).lower(),
        "left": labels.label("unabated" if unabated else "residual", lang).lower(),
        "given": span,
        "stated": lambda name: _parameter(meta, name, lang) != "",
        "draft": _draft(meta, lang),
        "see": lambda kind, name: f"@@{kind}:{name}@@",
    }


def _draft(meta: dict, lang: str) -> str:
    """Return the attribute by which a text that is not issued is marked as a draft, or nothing."""
    kind = "draft_illustrative" if meta.get("illustrative") else "draft"
    issued = meta.get("issued_on") and not meta.get("illustrative")
    return "" if issued else f'data-mark="{labels.label(kind, lang)}"'


def _conditions(out: Path, known: pd.DataFrame) -> dict:
    """Return what a text may ask for of the bundle's contents."""
    return {
        "has_claim": lambda id: id in known.index,
        "has_table": lambda name: has_rows(table_path(out, name)),
        "mentions": lambda name, column, part: mentions(table_path(out, name), column, part),
        "is_listed": lambda id: mentions(
            table_path(out, "emitted_by_source"), "scope", id.removeprefix("scope")[0]
        ),  # whether a source of that scope is, if only with nothing
    }


def _find_claim(known: pd.DataFrame, id: str, lang: str) -> pd.Series:
    """Return one claim; ValueError, with the nearest id, when there is none."""
    if id not in known.index:
        hint = hints.did_you_mean(id, known.index) or "."
        raise ValueError(
            f"report.{lang}.md asks for the claim '{id}', which claims.csv does not hold{hint}"
        )
    return known.loc[id]


def _linked(claim: pd.Series, shown: str, lang: str) -> str:
    """Return a number as a span that names its claim and links to its row in the appendix."""
    basis = labels.label(claim["basis"], lang) if claim["basis"] else ""
    parts = (claim[f"label_{lang}"], basis, claim["notebook"], claim.name)
    title = attribute(" · ".join(part for part in parts if part))
    span = f'[{exhibits.escaped(shown)}]{{.claim data-claim="{claim.name}" title="{title}"}}'
    return f"[{span}](#claim-{claim.name})"


def _printed(claim: pd.Series) -> str:
    """Return a claim's value without its unit."""
    return labels.number(claim["value"], claim["digits"])


def _amount(claim: pd.Series, lang: str) -> str:
    """Return a claim's value with its unit."""
    return labels.quantity(claim["value"], claim["digits"], claim["unit"], lang)


def _interval(claim: pd.Series, lang: str, meta: dict) -> str:
    """Return a claim's value with its unit and, where it has one, the interval and its level."""
    if pd.isna(claim["low"]) or pd.isna(claim["high"]):
        return _amount(claim, lang)
    values = [claim["value"], claim["low"], claim["high"]]
    amount, low, high = labels.quantities(values, claim["digits"], claim["unit"], lang)
    level = _level(claim, meta)
    bracket = {
        "zh": f"（{level} 区间：{low} 至 {high}）",
        "en": f" ({level} interval: {low} to {high})",
    }
    return amount + bracket[lang]


def _level(claim: pd.Series, meta: dict) -> str:
    """Return the confidence level of a claim's interval [%]: its own, else the run's."""
    level = meta.get("confidence") if pd.isna(claim["level"]) else claim["level"]
    if level is None:
        raise ValueError(
            f"The claim '{claim.name}' has no level, and the run gives no 'confidence'."
        )
    return f"{float(level):.3%}".rstrip("0%").rstrip(".") + "\u00a0%"


def _parameter(meta: dict, name: str, lang: str) -> str:
    """Return a parameter of the run as text: in the language where there is one, or empty."""
    return str(meta.get(f"{name}_{lang}", meta.get(name, ""))).strip()


def _given(meta: dict, name: str, lang: str) -> str:
    """Return a parameter of the run in the language asked for; ValueError when it is not given.

    >>> _given({"site_en": "Head office", "site_zh": "总部大楼"}, "site", "zh")
    '总部大楼'
    """
    value = _parameter(meta, name, lang)
    if not value:
        raise ValueError(
            f"report.{lang}.md asks for the parameter '{name}', which the run does not give."
        )
    return value


def table_path(out: Path, name: str) -> Path:
    """Return where the bundle keeps a table: under tables/, or beside claims.csv."""
    inside = out / TABLES / f"{name}.csv"
    return inside if inside.exists() else out / f"{name}.csv"


def quotable(out: Path) -> dict[str, str]:
    """Return what the report may quote, by language: the announcement's own words."""
    path = table_path(out, "sentences")
    said = sheets.written(path) if path.exists() else pd.DataFrame()
    return {
        lang: "\n".join(said.loc[said[f"verbatim_{lang}"] == "verbatim", f"words_{lang}"])
        for lang in labels.LANGUAGES
        if len(said)
    }


def has_rows(path: Path) -> bool:
    """Return whether the table exists and has at least one row."""
    return path.exists() and len(sheets.written(path)) > 0


def mentions(path: Path, column: str, part: str) -> bool:
    """Return whether any value of a table's column contains `part`."""
    rows = sheets.written(path) if path.exists() else pd.DataFrame()
    return column in rows and bool(rows[column].str.contains(part, regex=False).any())


def attribute(text: str) -> str:
    """Return text that is safe between quotation marks in a Markdown attribute, also in a table."""
    safe = pages.without_marks(" ".join(text.split()))
    return safe.translate(str.maketrans('"|\\{}<>', "”//()‹›"))
