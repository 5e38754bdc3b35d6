"""The audit of announced figures: each with a recomputed claim, a verdict, a line of arithmetic."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from math import isclose, isnan, nan

import pandas as pd

from neutrality import register, sheets
from neutrality.claims import format
from neutrality.reference import published, units
from neutrality.texts import labels

# What the line of a case may hold between its places: operators, brackets, marks and units.
_BETWEEN = re.compile(r"[=≠<>≤≥≈~+\-−–×·*/÷()\[\]（）,，、;；:：\s]+")
_FIELDS = ("text", "sign", "met", "unit", "label", "year", "low", "high")
_GRAMMAR = (
    "it holds places such as {residual_t} or {residual_t.text}, signs such as = < > + - × / ( ) ; "
    "and units, no other words or numbers; what is to be said in words belongs in the statement. "
    f"After the point stands one of {', '.join(_FIELDS)}"
)
# {claim} or {claim.field} in the arithmetic of announced.csv
_PLACE = re.compile(r"\{(\w+)(?:\.(\w+))?\}")
_MET = {
    "zh": {True: "达到", False: "未达到", None: "无法判定"},
    "en": {True: "met", False: "not met", None: "not decidable"},
}

_COLUMNS = ["id", "statement_zh", "statement_en", "announced", "unit", "claim_id", "recomputed"]
_COLUMNS += ["verdict", "arithmetic_zh", "arithmetic_en", "relation", "digits"]
_CONVENTION_COLUMNS = ["id", "convention_zh", "convention_en", "arithmetic_zh", "arithmetic_en"]
_CONVENTION_COLUMNS += ["recomputed", "unit", "digits", "verdict", "status"]


def agrees(recomputed: float, relation: str, announced: float) -> bool:
    """Return whether a recomputed figure agrees with an announced one.

    "=" compares at the announced figure's own rounding (1.6 to tenths, 1,333 and 2,000 to units),
    "~" also takes an integer's final zeros for rounding (2,000 to thousands); ">" and "<" are
    strict.

    >>> agrees(1308.8, "=", 1309.0), agrees(133.3, "~", 1333.0), agrees(1047.0, ">", 1000.0)
    (True, False, True)
    """
    if relation in ("<", ">"):
        # 1,000.0000000001 is not "more than 1,000".
        tie = isclose(recomputed, announced, rel_tol=units.TIE)
        return not tie and (recomputed > announced if relation == ">" else recomputed < announced)
    if relation not in ("=", "~"):
        raise ValueError(f"announced.csv: relation '{relation}' is none of =, >, <, ~")
    figure = Decimal(repr(float(announced))).normalize()
    last_place = figure.as_tuple().exponent
    step = Decimal(1).scaleb(last_place if relation == "~" else min(last_place, 0))
    return Decimal(repr(float(recomputed))).quantize(step, ROUND_HALF_UP) == figure


def audit(
    announced: pd.DataFrame, claims: pd.DataFrame, coefficients: pd.DataFrame
) -> pd.DataFrame:
    """Return a verdict and a line of arithmetic in both languages for each announced figure.

    The verdict is "not decidable" where the claim is missing or has no value, or where conventions
    in use disagree on it (`by_convention`); "by construction" where both agree and an illustrative
    input was calibrated to the figure; else "holds" or "fails". ValueError where claim and
    statement differ in unit.

    The line is the row's `arithmetic_zh` or `arithmetic_en`, if it has one, else that of
    `texts/arithmetic.csv`, with its places filled; where an input was made to give the figure, the
    package says so behind it:
    {name} is the number of a claim, a coefficient, `announced` or `operand` (the statement's second
    figure); {name.text} adds its unit, {name.sign} is its relation to the announced figure,
    {name.met} whether it agrees; further fields are unit, year, label, low, high.
    """
    refuse_prose(announced)
    rows = [_audited(row, claims, coefficients) for row in announced.to_dict("records")]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _audited(row: dict, claims: pd.DataFrame, coefficients: pd.DataFrame) -> dict:
    known = row["claim_id"] in claims.index
    recomputed = float(claims.at[row["claim_id"], "value"]) if known else nan
    unit = claims.at[row["claim_id"], "unit"] if known else row["unit"]
    if _bare(unit) != _bare(row["unit"]):
        raise ValueError(
            f"announced.csv: statement {row['id']} is in '{row['unit']}', claim "
            f"{row['claim_id']} in '{unit}'; announce it in the claim's unit"
        )
    line = {lang: _line(row, claims, coefficients, lang) for lang in labels.LANGUAGES}
    verdict = _verdict(recomputed, row["relation"], row["value"], row["calibrated"])
    if len({agreed for _, agreed in conventions(row, claims)}) > 1:
        verdict = "not decidable"
    return row | {
        "announced": row["value"],
        "recomputed": recomputed,
        "verdict": verdict,
        "arithmetic_zh": line["zh"],
        "arithmetic_en": line["en"],
        "digits": int(claims.at[row["claim_id"], "digits"]) if known else 0,
    }


def conventions(row: dict, claims: pd.DataFrame) -> list[tuple[str, bool]]:
    """Return the claims that answer a statement, one a convention in use, and whether each agrees.

    `row` has claim_id, relation and value. texts/arithmetic.csv lists the conventions beside the
    claim; those without a value are left out, and most statements have the claim alone.
    """
    ids = [row["claim_id"], *filter(None, _row_of(row["claim_id"])[0]["conventions"].split(";"))]
    values = {id: float(claims.at[id, "value"]) for id in ids if id in claims.index}
    return [
        (id, agrees(value, row["relation"], row["value"]))
        for id, value in values.items()
        if not isnan(value)
    ]


def by_convention(
    announced: pd.DataFrame, claims: pd.DataFrame, coefficients: pd.DataFrame
) -> pd.DataFrame:
    """Return each statement that depends on a convention once by each convention.

    Columns id, convention (name of the claim) and arithmetic in both languages, recomputed, unit,
    digits, verdict (holds or fails) and status of the claim.
    """
    made = []
    for row in announced.to_dict("records"):
        answers = conventions(row, claims)
        for id, agreed in answers if len(answers) > 1 else ():
            claim, of_one = claims.loc[id], {"value": row["value"], "relation": row["relation"]}
            made.append(
                {"id": row["id"], "recomputed": claim["value"]}
                | {name: claim[name] for name in ("unit", "digits", "status")}
                | {"verdict": "holds" if agreed else "fails"}
                | {f"convention_{lang}": claim[f"label_{lang}"] for lang in labels.LANGUAGES}
                | {
                    f"arithmetic_{lang}": filled(
                        _row_of(id)[0][f"step_{lang}"], of_one, claims, coefficients, lang
                    )
                    for lang in labels.LANGUAGES
                }
            )
    return pd.DataFrame(made, columns=_CONVENTION_COLUMNS)


def _bare(unit: str) -> str:
    """Return a unit without its substance: tCO2e and t are both tonnes."""
    return re.sub(r"\s*CO2e?$", "", unit)


def _verdict(recomputed: float, relation: str, announced: float, calibrated) -> str:
    if isnan(recomputed):
        return "not decidable"
    if not agrees(recomputed, relation, announced):
        return "fails"
    return "by construction" if str(calibrated).lower() == "true" else "holds"


def _line(row: dict, claims: pd.DataFrame, coefficients: pd.DataFrame, lang: str) -> str:
    """Return the row's own line, else the package's, if all its names are known, else the
    comparison; behind it what is missing of the row's own, and whether an input was made to fit.
    """

    def lost(template: str) -> list[str]:
        return [n for n in places(template) if _value(n, row, claims, coefficients) is None]

    absent, then = {"zh": ("缺少：", "；"), "en": ("missing: ", "; ")}[lang]
    if _value(row["claim_id"], row, claims, coefficients) is None:
        return absent + (row["claim_id"] or "claim_id")
    own, shipped, comparison = _own(row, lang), *_shipped(row["claim_id"], lang)
    template = own or shipped
    chosen = comparison if not template or lost(template) else template
    line = filled(chosen, row, claims, coefficients, lang)
    missing = absent + ", ".join(lost(own)) if lost(own) else ""
    made = _made(row["claim_id"], lang) if str(row["calibrated"]).lower() == "true" else ""
    return then.join(filter(None, (line, missing, made)))


def filled(
    template: str, row: dict, claims: pd.DataFrame, coefficients: pd.DataFrame, lang: str
) -> str:
    """Return a line with its places filled; `row` has the relation and the value compared with."""
    return _PLACE.sub(
        lambda place: _filled(place[1], place[2], row, claims, coefficients, lang), template
    )


def places(template: str) -> list[str]:
    """Return the names that the places of a line ask for.

    >>> places("{coal_tce} tce of {coal_tce.unit}, {operand}")
    ['coal_tce', 'operand']
    """
    return list(dict.fromkeys(name for name, _ in _PLACE.findall(template)))


def _own(row: dict, lang: str) -> str:
    """Return the line of arithmetic that the case gives, or an empty text."""
    own = row.get(f"arithmetic_{lang}")
    return own if isinstance(own, str) else ""


@cache
def _row_of(claim_id: str) -> tuple[dict[str, str], str]:
    """Return the most literal row of texts/arithmetic.csv for a claim, and what its star is."""
    rows = sheets.packaged("texts/arithmetic.csv").to_dict("records")
    found = [
        (len(row["claim_id"]), row, "".join(match.groups()))
        for row in rows
        if (match := re.fullmatch(row["claim_id"].replace("*", r"(\w*)"), claim_id))
    ]
    _, row, part = max(found, key=lambda each: each[0])
    return row, part


def _shipped(claim_id: str, lang: str) -> tuple[str, str]:
    """Return the package's line for a claim, empty where it has none, and the bare comparison."""
    row, part = _row_of(claim_id)
    comparison = f"{{{claim_id}.text}} {{{claim_id}.sign}} {{announced.text}}"
    return row[lang].replace("*", part), comparison


def _made(claim_id: str, lang: str) -> str:
    """Return the words that an input was made to give the figure."""
    return _row_of(claim_id)[0][f"made_{lang}"] or _row_of("")[0][f"made_{lang}"]


def refuse_prose(announced: pd.DataFrame) -> None:
    """Raise ValueError, with each cell, for a line of arithmetic that holds words or numbers of its
    own, or a unit that none is: the report would print them as if the audit had found them.
    """
    wrong = []
    for index, row in announced.iterrows():
        cells = {f"arithmetic_{lang}": _prose(_own(row, lang)) for lang in labels.LANGUAGES}
        for name in ("unit", "operand_unit"):
            text = row.get(name)
            cells[name] = _words(text) if isinstance(text, str) else ""
        wrong += [
            f"announced.csv, row {index}, column {name}: found '{found}'; "
            + (_GRAMMAR if name.startswith("arithmetic") else "write a unit such as t, %, ha or mu")
            for name, found in cells.items()
            if found
        ]
    if wrong:
        raise ValueError("\n".join(wrong))


def _prose(line: str) -> str:
    """Return the first part of a line that is no place, sign or unit, or an empty text.

    >>> _prose("{coal_tce} tce / {operand}"), _prose("{residual_t} t, confirmed by KPMG")
    ('', 'confirmed')
    """
    strange = [
        place[0]
        for place in _PLACE.finditer(line)
        if not _known_place(place[1]) or place[2] and place[2] not in _FIELDS
    ]
    return next(iter(strange), "") or _words(_PLACE.sub(" ", line))


def _known_place(name: str) -> bool:
    coefficients = published.coefficients().index
    return name in ("announced", "operand") or name in coefficients or register.holds(name)


def _words(text: str) -> str:
    """Return the first part between signs that is no unit, or an empty text."""
    return next((each for each in _BETWEEN.split(text) if each and each not in _units()), "")


@cache
def _units() -> frozenset[str]:
    """Return the parts of which the units of the package are made, in both languages."""
    named = labels.names(labels.TEXTS / "units.csv")
    written = [*named, *(name for both in named.values() for name in both.values())]
    written += list(published.coefficients()["unit"])
    plain = [unit for unit in written if not re.search(r"[(（]", unit)]
    parts = {part for unit in plain for part in _BETWEEN.split(unit)}
    return frozenset(part for part in parts if part == "%" or any(map(str.isalpha, part)))


def _value(
    name: str, row: dict, claims: pd.DataFrame, coefficients: pd.DataFrame
) -> pd.Series | None:
    """Return value, digits, unit, ... of the figure that a place in the line names, or None."""
    if name in claims.index:
        return claims.loc[name]
    if name == "announced":
        return None if pd.isna(row["value"]) else _as_published(row["value"], row["unit"])
    if name == "operand":
        value = row.get("operand")
        absent = value is None or pd.isna(value)
        return None if absent else _as_published(value, row.get("operand_unit"))
    if name in coefficients.index:
        return _as_published(coefficients.at[name, "value"], coefficients.at[name, "unit"])
    return None


def _as_published(value: float, unit: str) -> pd.Series:
    exponent = Decimal(repr(float(value))).normalize().as_tuple().exponent
    return pd.Series(
        {"value": float(value), "digits": max(-exponent, 0), "unit": unit}, dtype="object"
    )


def _filled(
    name: str, field: str, row: dict, claims: pd.DataFrame, coefficients: pd.DataFrame, lang: str
) -> str:
    found = _value(name, row, claims, coefficients)
    value, relation, announced = found["value"], row["relation"], row["value"]
    agreed = None if isnan(value) else agrees(value, relation, announced)
    ends = [value, found.get("low", nan), found.get("high", nan)]
    text, low, high = labels.quantities(ends, found["digits"], found["unit"], lang)
    fields = {
        None: format(found),
        "text": text,
        "sign": _sign(value, relation, announced, agreed),
        "met": _MET[lang][agreed],
        "unit": labels.unit(found["unit"], lang),
        "label": found.get(f"label_{lang}", name),
        "year": labels.ABSENT if pd.isna(found.get("year")) else str(found["year"]),
        "low": low,
        "high": high,
    }
    return fields[field]


def _sign(recomputed: float, relation: str, announced: float, agreed: bool | None) -> str:
    if agreed is None:
        return "?"
    if relation in ("=", "~"):
        return {"=": "=", "~": "\u2248"}[relation] if agreed else "\u2260"
    if isclose(recomputed, announced, rel_tol=units.TIE):
        return "="
    return ">" if recomputed > announced else "<"
