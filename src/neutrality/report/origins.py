"""What a number of the page rests on: each opens to its inputs, formula, factors and notebook.

The browser's own popovers do it, without a script. Everything shown is in the bundle: claims.csv,
the tables of factors and coefficients, the parameters of the run.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd
import yaml

from neutrality import claims, sheets
from neutrality.report import exhibits, formulas
from neutrality.texts import fonts, labels

_NUMBER = re.compile(
    r'<a href="#claim-(?P<id>\w+)">\s*<span class="claim" data-claim="\w+"\s+title="[^"]*">'
    r"(?P<shown>.*?)</span>\s*</a>",
    re.DOTALL,
)
_BRACKET = re.compile(r"(?=\s?[(（])")  # what follows a number is no part of the button
_ROWS = re.compile(r"(\w+)\[([^\]]*)\]")


@dataclass(frozen=True)
class Evidence:
    """What a bundle holds that its numbers may rest on, and the language that is shown."""

    claims: pd.DataFrame
    published: pd.DataFrame  # factors and coefficients by id
    roles: Mapping[str, str]  # id of the grid factor decided for each role
    parameters: Mapping[str, object]
    lang: str


def evidence(out: Path, lang: str) -> Evidence:
    """Return what the bundle in a folder holds."""
    roles = _rows(out, "grid_factors")
    given = out / "params.yaml"
    return Evidence(
        claims.read(out / "claims.csv"),
        _published(out, lang),
        dict(zip(roles["role"], roles["factor_id"], strict=True)) if len(roles) else {},
        yaml.safe_load(given.read_text(encoding="utf-8")) if given.is_file() else {},
        lang,
    )


def _rows(out: Path, name: str) -> pd.DataFrame:
    path = out / "tables" / f"{name}.csv"
    return sheets.written(path) if path.is_file() else pd.DataFrame()


def _published(out: Path, lang: str) -> pd.DataFrame:
    """Return id, name, value, unit, year, status and source of the published values used."""
    factors, coefficients = _rows(out, "factors_used"), _rows(out, "coefficients_used")
    if len(factors):
        factors = factors.rename(columns={f"name_{lang}": "name", "data_year": "year"})
    if len(coefficients):
        names = [labels.label(each, lang) for each in coefficients["quantity"]]
        coefficients = coefficients.assign(name=names)
    columns = ["id", "name", "value", "unit", "year", "status", "source"]
    both = pd.concat([factors.reindex(columns=columns), coefficients.reindex(columns=columns)])
    return both.fillna("").drop_duplicates("id").set_index("id")


def opened(page: str, out: Path, lang: str) -> str:
    """Return a page on which each number that links to its claim is a button, and opens what the
    claim rests on; as it is where the folder holds no claims.
    """
    if not (out / "claims.csv").is_file():
        return page
    known = evidence(out, lang)

    def button(found: re.Match) -> str:
        number, *rest = _BRACKET.split(found["shown"], maxsplit=1)
        after = f'<span class="claim">{rest[0]}</span>' if rest else ""
        return _button(found["id"], number) + after

    shown = [id for id in dict.fromkeys(_ids(page)) if id in known.claims.index]
    popovers = [_popover(id, known) for id in _with_inputs(shown, known.claims)]
    boxes = "\n".join([*popovers, "</body>"])
    made = _NUMBER.sub(button, page)
    return made.replace("</body>", labels.tight(boxes) if lang == "zh" else boxes, 1)


def _ids(page: str) -> list[str]:
    return [found["id"] for found in _NUMBER.finditer(page)]


def _with_inputs(ids: list[str], known: pd.DataFrame) -> list[str]:
    """Return claims and all claims that they rest on, each once."""
    waiting, found = list(ids), []
    while waiting:
        id = waiting.pop(0)
        if id not in found:
            found.append(id)
            waiting += [each for each in known.at[id, "inputs"].split(";") if each in known.index]
    return found


def _button(id: str, shown: str) -> str:
    return (
        f'<button type="button" class="claim" data-claim="{id}" popovertarget="open-{id}">'
        f"{shown}</button>"
    )


def _popover(id: str, known: Evidence) -> str:
    """Return the box that opens from a number: name, value, basis, formula, inputs."""
    claim, lang = known.claims.loc[id], known.lang
    name = _text(claim[f"label_{lang}"])
    inputs = [_input(each, known) for each in claim["inputs"].split(";") if each]
    close = _text(labels.label("close", lang))
    return "\n".join(
        [
            f'<div popover id="open-{id}" class="origin" role="dialog" '
            f'aria-label="{_plain(name)}">',
            f"<p><strong>{name}</strong> {_amount(claim, lang)}{_interval(claim, lang)}</p>",
            f'<p class="quiet">{_about(claim, lang)}</p>',
            _arithmetic(claim, known),
            f"<ul>{''.join(f'<li>{each}</li>' for each in inputs)}</ul>" if inputs else "",
            f'<button type="button" popovertarget="open-{id}" popovertargetaction="hide">{close}'
            "</button></div>",
        ]
    )


def _text(words: object) -> str:
    """Return text for a page: what HTML reads as a sign escaped, digits of CO2 and m2 lowered.

    >>> _text("CO2 & 10 tCO2e")
    'CO<sub>2</sub> &amp; 10 tCO<sub>2</sub>e'
    """
    return _lowered(escape(fonts.shown(str(words)).replace("CO2", "CO₂")))


def _lowered(text: str) -> str:
    """Return text with raised and lowered digits as elements: the font lacks their glyphs."""
    for tag, digits in (("sub", "₀₁₂₃₄₅₆₇₈₉"), ("sup", "⁰¹²³⁴⁵⁶⁷⁸⁹")):
        plain = str.maketrans(digits, "0123456789")
        text = re.sub(
            f"[{digits}]+",
            lambda at, tag=tag, to=plain: f"<{tag}>{at[0].translate(to)}</{tag}>",
            text,
        )
    return text


def _plain(text: str) -> str:
    return re.sub("<[^>]*>", "", text)


def _amount(claim: pd.Series, lang: str) -> str:
    return _text(labels.quantity(claim["value"], claim["digits"], claim["unit"], lang))


def _interval(claim: pd.Series, lang: str) -> str:
    """Return a claim's interval with its level, or an empty text."""
    if pd.isna(claim["low"]) or pd.isna(claim["high"]):
        return ""
    low, high = (labels.number(claim[end], claim["digits"]) for end in ("low", "high"))
    level = "" if pd.isna(claim["level"]) else f"{claim['level']:.0%}".replace("%", "\u00a0% ")
    return {
        "zh": f"（{level}区间：{low} 至 {high}）",
        "en": f" ({level}interval: {low} to {high})",
    }[lang]


def _about(claim: pd.Series, lang: str) -> str:
    """Return basis, year, status and notebook of a claim."""
    parts = [
        labels.label(claim["basis"], lang) if claim["basis"] else "",
        "" if pd.isna(claim["year"]) else claim["year"],
        labels.label(claim["status"], lang) if claim["status"] else "",
        f"{labels.label('notebook', lang)} {claim['notebook']}",
        claim.name,
    ]
    return _text(" · ".join(str(each) for each in parts if each != ""))


def _arithmetic(claim: pd.Series, known: Evidence) -> str:
    """Return the claim's formula in names and in numbers, or which notebook forms it.

    A formula that does not give the claim's value, as where a notebook was altered, is not shown.
    """
    written = formulas.formula(claim.name, claim["inputs"])
    values = {each: value(each, known) for each in formulas.operands(written)}
    if not written or not formulas.holds(claim["value"], formulas.result(written, values)):
        see = labels.label("formed_in_notebook", known.lang)
        return f"<p>{_text(see)} {_text(claim['notebook'])}</p>"
    names = formulas.written_with(written, lambda each: _named(each, known))
    numbers = formulas.written_with(written, lambda each: _numbered(each, known))
    return f"<p>= {names}</p>\n<p>= {numbers} = {_amount(claim, known.lang)}</p>"


def value(operand: str, known: Evidence) -> float:
    """Return what stands for an operand of a formula; NaN where the bundle does not say."""
    kind, _, name = operand.rpartition(":")
    if kind in ("parameter", "assumption"):
        given = known.parameters.get(name)
        return float(given) if isinstance(given, int | float) else math.nan
    id = known.roles.get(name, "") if kind == "grid" else operand
    if id in known.claims.index:
        return float(known.claims.at[id, "value"])
    return float(known.published.at[id, "value"]) if id in known.published.index else math.nan


def _named(operand: str, known: Evidence) -> str:
    """Return the name of an operand, or of a function; constants are numbers."""
    kind, _, name = operand.rpartition(":")
    id = known.roles.get(name, "") if kind == "grid" else name
    if operand.isupper():
        return _text(labels.number(formulas.constant(operand), 0))
    if operand in ("ceil", "min"):
        return _text(labels.label(f"formula_{operand}", known.lang))
    if id in known.claims.index:
        return _text(known.claims.at[id, f"label_{known.lang}"])
    return _text(known.published.at[id, "name"] if id in known.published.index else name)


def _numbered(operand: str, known: Evidence) -> str:
    """Return an operand as a number with its unit."""
    kind, _, name = operand.rpartition(":")
    id = known.roles.get(name, "") if kind == "grid" else name
    if operand.isupper() or operand in ("ceil", "min"):
        return _named(operand, known)
    if id in known.claims.index:
        return _amount(known.claims.loc[id], known.lang)
    if id in known.published.index:
        return _quantity(known.published.loc[id], known.lang)
    return _text(f"{value(operand, known):,g}")


def _quantity(row: pd.Series, lang: str) -> str:
    """Return a published value with its unit."""
    return _text(f"{exhibits.as_written(row['value'])}\u00a0{labels.unit(row['unit'], lang)}")


def _input(written: str, known: Evidence) -> str:
    """Return one input of a claim: a claim that opens in turn, a published value with its source,
    a parameter with its value, or the name of a table.
    """
    kind, _, name = written.rpartition(":")
    if written in known.claims.index:
        claim = known.claims.loc[written]
        shown = _text(claim[f"label_{known.lang}"])
        return f"{_button(written, shown)} {_amount(claim, known.lang)}"
    if written in known.published.index:
        return _source(known.published.loc[written], known.lang)
    if kind:
        given = known.parameters.get(name)
        value = "" if given is None else f" = {given}"
        return f"{_text(labels.label(kind, known.lang))} <code>{_text(name + value)}</code>"
    return _table(written, known.lang)


def _source(row: pd.Series, lang: str) -> str:
    """Return a published value: name, value with unit, source, year, status."""
    source = labels.source(row["source"], lang)
    parts = [source, row["year"].removesuffix(".0"), labels.label(row["status"], lang)]
    about = _text(" · ".join(each for each in parts if each))
    return f'{_text(row["name"])} {_quantity(row, lang)}<br><span class="quiet">{about}</span>'


def _table(written: str, lang: str) -> str:
    """Return an input that is a table: of the notebooks with its rows, or of the case."""
    rows = _ROWS.fullmatch(written)
    if not rows:
        table, _, column = written.partition(".")
        where = f"inputs/{table}" + (f" [{column}]" if column else "")
    else:
        where = f"tables/{rows[1]}.csv" + (f" [{rows[2].replace(',', ', ')}]" if rows[2] else "")
    return f"{_text(labels.label('table', lang))} <code>{_text(where)}</code>"
