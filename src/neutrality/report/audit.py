"""The audit of announced figures: each with a recomputed claim, a verdict, a line of arithmetic."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from math import isclose, isnan, nan

import pandas as pd

from neutrality.claims import format
from neutrality.reference import units
from neutrality.texts import labels

# {claim} or {claim.field} in the arithmetic of announced.csv
_PLACE = re.compile(r"\{(\w+)(?:\.(\w+))?\}")
_MET = {
    "zh": {True: "达到", False: "未达到", None: "无法判定"},
    "en": {True: "met", False: "not met", None: "not decidable"},
}

_COLUMNS = ["id", "statement_zh", "statement_en", "announced", "unit", "claim_id", "recomputed"]
_COLUMNS += ["verdict", "arithmetic_zh", "arithmetic_en", "relation", "digits"]

# EPA's figure changes by edition: the range of its CONFIRMED and SINGLE editions is shown, not one.
_SINKS = ("sink_cn_avg", "sink_epa_077", "sink_epa_082", "sink_epa_084", "sink_epa_106")


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

    The verdict is "not decidable" where the claim is missing or has no value; "by construction"
    where both agree and an illustrative input was calibrated to the figure; else "holds" or
    "fails". ValueError where claim and statement differ in unit.

    The line is the row's `arithmetic_zh` or `arithmetic_en`, if it has one, with its places filled:
    {name} is the number of a claim, a coefficient, `announced` or `operand` (the statement's second
    figure); {name.text} adds its unit, {name.sign} is its relation to the announced figure,
    {name.met} whether it agrees; further fields are unit, year, label, low, high.
    """
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
    return row | {
        "announced": row["value"],
        "recomputed": recomputed,
        "verdict": _verdict(recomputed, row["relation"], row["value"], row["calibrated"]),
        "arithmetic_zh": line["zh"],
        "arithmetic_en": line["en"],
        "digits": int(claims.at[row["claim_id"], "digits"]) if known else 0,
    }


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
    """Return the row's own line if all its names are known, else the comparison and what is
    missing.
    """
    own = row.get(f"arithmetic_{lang}")
    comparison = "{%s.text} {%s.sign} {announced.text}"
    template = own if isinstance(own, str) and own else comparison
    template = template.replace("%s", row["claim_id"])
    names = [name for name, _ in _PLACE.findall(template)]
    lost = [
        name
        for name in dict.fromkeys([row["claim_id"], *names])
        if _value(name, row, claims, coefficients) is None
    ]
    listed = ", ".join(name or "claim_id" for name in lost)
    absent = {"zh": "缺少：", "en": "missing: "}[lang] + listed
    if row["claim_id"] in lost:
        return absent
    if lost:
        plain = _line(row | {f"arithmetic_{lang}": ""}, claims, coefficients, lang)
        return plain + {"zh": "；", "en": "; "}[lang] + absent
    return _PLACE.sub(
        lambda place: _filled(place[1], place[2], row, claims, coefficients, lang), template
    )


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
    fields = {
        None: format(found),
        "text": labels.quantity(value, found["digits"], found["unit"], lang),
        "sign": _sign(value, relation, announced, agreed),
        "met": _MET[lang][agreed],
        "unit": labels.unit(found["unit"], lang),
        "label": found.get(f"label_{lang}", name),
        "year": labels.ABSENT if pd.isna(found.get("year")) else str(found["year"]),
        "low": labels.number(found.get("low"), found["digits"]),
        "high": labels.number(found.get("high"), found["digits"]),
    }
    if field not in fields:
        known = ", ".join(key for key in fields if key)
        raise ValueError(
            f"announced.csv, statement {row['id']}: {{{name}.{field}}} is no field; "
            f"choose one of {known}"
        )
    return fields[field]


def _sign(recomputed: float, relation: str, announced: float, agreed: bool | None) -> str:
    if agreed is None:
        return "?"
    if relation in ("=", "~"):
        return {"=": "=", "~": "\u2248"}[relation] if agreed else "\u2260"
    if isclose(recomputed, announced, rel_tol=units.TIE):
        return "="
    return ">" if recomputed > announced else "<"


def equivalents(
    claims: pd.DataFrame, announced: pd.DataFrame, assets: pd.DataFrame, coefficients: pd.DataFrame
) -> dict[str, float]:
    """Return the values that answer announced displays, by claim id: coal, forest and lighting.

    Only those that this case can form. `announced` and `assets` are the case's tables.
    """
    value, made = claims["value"], {}
    if "avoided_green_t" in value:
        made["coal_tce"] = coal_tce(value["avoided_green_t"], coefficients)
    forest = announced[announced["claim_id"] == "forest_ha"]
    # The second figure of a statement is an optional column, and an optional cell.
    if "residual_t" in value and len(forest) and pd.notna(forest.iloc[0].get("operand")):
        stated = forest.iloc[0]
        made |= forest_equivalent(
            value["residual_t"], stated["value"], stated["operand"], coefficients
        )
    society = announced[announced["claim_id"] == "society_total_mt"]
    if len(society) and "society_avoided_mt" in value:
        made["society_missing_mt"] = society.iloc[0]["value"] - value["society_avoided_mt"]
    if len(assets):
        made["led_share"] = led_share(assets)
    return made


def led_share(assets: pd.DataFrame) -> float:
    """Return the share of luminaires that are LED under smart control, by count [%].

    >>> stock = {"technology": ["LED", "LED"], "control": ["smart", "plain"], "count": [3, 1]}
    >>> led_share(pd.DataFrame(stock))
    75.0
    """
    smart = (assets["technology"] == "LED") & (assets["control"] == "smart")
    return float(units.PERCENT * assets.loc[smart, "count"].sum() / assets["count"].sum())


def coal_tce(avoided_t: float, coefficients: pd.DataFrame) -> float:
    """Return avoided tonnes [tCO2e] as standard coal [tce] at 2.66 tCO2/tce: never an input.

    >>> round(coal_tce(2785.0, pd.DataFrame({"value": {"co2_per_tce_266": 2.66}})))
    1047
    """
    return float(avoided_t / coefficients.at["co2_per_tce_266", "value"])


def forest_equivalent(
    residual_t: float, stated_ha: float, stated_mu: float, coefficients: pd.DataFrame
) -> dict[str, float]:
    """Return what an announced forest amounts to: each area in the other's unit, and the sink each
    implies.

    forest_ha is `stated_mu` in hectares, forest_mu `stated_ha` in mu; sink_on_mu and sink_on_ha are
    the residual [tCO2e] spread over each [tCO2/ha/yr]; sink_low and sink_high span the published
    means (_SINKS). A display equivalence, never an input: credits are retired, not hectares.
    """
    mu_per_ha, sinks = coefficients.at["mu_per_ha", "value"], coefficients.loc[list(_SINKS)]
    forest_ha, per_acre = stated_mu / mu_per_ha, sinks["unit"] == "tCO2/acre/yr"
    sink = sinks["value"].where(~per_acre, sinks["value"] / units.HA_PER_ACRE)
    return {
        "forest_ha": forest_ha,
        "forest_mu": stated_ha * mu_per_ha,
        "sink_on_mu": residual_t / forest_ha,
        "sink_on_ha": residual_t / stated_ha,
        "sink_low": float(sink.min()),
        "sink_high": float(sink.max()),
    }
