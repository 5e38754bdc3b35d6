"""The audit of announced figures: each beside the claim that answers it, a verdict and one line
of arithmetic.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from math import isclose, isnan, nan

import pandas as pd

from neutrality.claims import Claim, format, weakest
from neutrality.reference import units
from neutrality.texts import labels
from neutrality.trend import lmdi, series

PLACE = re.compile(
    r"\{(\w+)(?:\.(\w+))?\}"
)  # {claim} or {claim.field} in the arithmetic of announced.csv
MET = {
    "zh": {True: "达到", False: "未达到", None: "无法判定"},
    "en": {True: "met", False: "not met", None: "not decidable"},
}

# EPA's figure changes by edition: the range of its CONFIRMED and SINGLE editions is shown, not one.
SINKS = ("sink_cn_avg", "sink_epa_077", "sink_epa_082", "sink_epa_084", "sink_epa_106")


def agrees(recomputed: float, relation: str, announced: float) -> bool:
    """Say whether a recomputed figure bears out an announced one.

    "=" compares at the announced figure's own rounding (1.6 by tenths, 1,333 and 2,000 by units),
    "~" also takes an integer's closing zeros for rounding (2,000 by thousands); ">" and "<" are
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
    """Return a verdict for each announced figure, with one line of arithmetic in Chinese and
    English.

    A claim that is missing or has no value makes it "not decidable"; agreement is "by construction"
    where an illustrative input was calibrated to the figure, else "holds"; disagreement "fails" in
    either case.

    The line is filled from the row's own `arithmetic_zh` and `arithmetic_en`, if it has them.
    {name} is the number of a claim, a coefficient, `announced` or `operand` (the statement's second
    figure); {name.text} adds its unit, {name.sign} says how it compares with the announced figure,
    {name.met} whether it bears it out; further fields are unit, year, label, low, high. ValueError
    where claim and statement differ in unit.
    """
    rows = [_audited(row, claims, coefficients) for row in announced.to_dict("records")]
    columns = (
        "id",
        "statement_zh",
        "statement_en",
        "announced",
        "unit",
        "claim_id",
        "recomputed",
        "verdict",
        "arithmetic_zh",
        "arithmetic_en",
        "relation",
        "digits",
    )
    return pd.DataFrame(rows, columns=list(columns))


def _audited(row: dict, claims: pd.DataFrame, coefficients: pd.DataFrame) -> dict:
    known = row["claim_id"] in claims.index
    recomputed = float(claims.at[row["claim_id"], "value"]) if known else nan
    if known and _bare(claims.at[row["claim_id"], "unit"]) != _bare(row["unit"]):
        raise ValueError(
            f"announced.csv: statement {row['id']} is in '{row['unit']}', claim {row['claim_id']} in "
            f"'{claims.at[row['claim_id'], 'unit']}'; announce it in the claim's unit"
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
    """Return a unit without its substance: tCO2e and t are both a mass of tonnes."""
    return re.sub(r"\s*CO2e?$", "", unit)


def _verdict(recomputed: float, relation: str, announced: float, calibrated) -> str:
    if isnan(recomputed):
        return "not decidable"
    if not agrees(recomputed, relation, announced):
        return "fails"
    return "by construction" if str(calibrated).lower() == "true" else "holds"


def _line(row: dict, claims: pd.DataFrame, coefficients: pd.DataFrame, lang: str) -> str:
    """Return the row's own line if all it names is known, else the bare comparison and what is
    missing.
    """
    template = row.get(f"arithmetic_{lang}")
    template = (
        template
        if isinstance(template, str) and template
        else "{%s.text} {%s.sign} {announced.text}"
    )
    template = template.replace("%s", row["claim_id"])
    names = [name for name, _ in PLACE.findall(template)]
    lost = [
        name
        for name in dict.fromkeys([row["claim_id"], *names])
        if _value(name, row, claims, coefficients) is None
    ]
    absent = {"zh": "缺少：", "en": "missing: "}[lang] + ", ".join(
        name or "claim_id" for name in lost
    )
    if row["claim_id"] in lost:
        return absent
    if lost:
        plain = _line(row | {f"arithmetic_{lang}": ""}, claims, coefficients, lang)
        return plain + {"zh": "；", "en": "; "}[lang] + absent
    return PLACE.sub(
        lambda place: _filled(place[1], place[2], row, claims, coefficients, lang), template
    )


def _value(
    name: str, row: dict, claims: pd.DataFrame, coefficients: pd.DataFrame
) -> pd.Series | None:
    """Return value, digits, unit, ... of what a place in the line names, or None."""
    if name in claims.index:
        return claims.loc[name]
    if name in ("announced", "operand"):
        value, unit = (
            (row["value"], row["unit"])
            if name == "announced"
            else (row.get(name), row.get(f"{name}_unit"))
        )
        return None if value is None or pd.isna(value) else _as_published(value, unit)
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
    agreed = (
        None if isnan(found["value"]) else agrees(found["value"], row["relation"], row["value"])
    )
    said = {
        None: format(found),
        "text": labels.quantity(found["value"], found["digits"], found["unit"], lang),
        "sign": _sign(found["value"], row["relation"], row["value"], agreed),
        "met": MET[lang][agreed],
        "unit": labels.unit(found["unit"], lang),
        "label": found.get(f"label_{lang}", name),
        "year": labels.ABSENT if pd.isna(found.get("year")) else str(found["year"]),
        "low": labels.number(found.get("low"), found["digits"]),
        "high": labels.number(found.get("high"), found["digits"]),
    }
    if field not in said:
        known = ", ".join(key for key in said if key)
        raise ValueError(
            f"announced.csv, statement {row['id']}: {{{name}.{field}}} is no field; choose one of {known}"
        )
    return said[field]


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
) -> list[Claim]:
    """Return the claims that answer announced displays: coal, forest and lighting; only those
    that this case can form.
    """
    made = []
    if "avoided_green_t" in claims.index:
        made += coal_equivalent(claims.at["avoided_green_t", "value"], coefficients)
    forest = announced[announced["claim_id"] == "forest_ha"]
    stated = forest.iloc[0] if len(forest) else {}
    if "residual_t" in claims.index and pd.notna(
        stated.get("operand")
    ):  # the column is optional, and so is the cell
        made += forest_equivalent(
            claims.at["residual_t", "value"], stated["value"], stated["operand"], coefficients
        )
    society = announced[announced["claim_id"] == "society_total_mt"]
    if len(society) and "society_avoided_mt" in claims.index:
        missing_mt = society.iloc[0]["value"] - claims.at["society_avoided_mt", "value"]
        made.append(
            Claim(
                "society_missing_mt",
                missing_mt,
                "MtCO2e",
                inputs="society_avoided_mt",
                basis="memo",
            )
        )
    if len(assets):
        made.append(
            Claim("led_share", led_share(assets), "%", basis="luminaires_by_count", inputs="assets")
        )
    return made


def led_share(assets: pd.DataFrame) -> float:
    """Return the share of luminaires that are LED under smart control, by count [%].

    >>> led_share(pd.DataFrame({"technology": ["LED", "LED"], "control": ["smart", "plain"], "count": [3, 1]}))
    75.0
    """
    smart = (assets["technology"] == "LED") & (assets["control"] == "smart")
    return float(units.PERCENT * assets.loc[smart, "count"].sum() / assets["count"].sum())


def coal_equivalent(avoided_t: float, coefficients: pd.DataFrame) -> list[Claim]:
    """Return avoided tonnes [tCO2e] as standard coal at 2.66 tCO2/tce: a display, never an input.

    >>> table = pd.DataFrame({"value": {"co2_per_tce_266": 2.66}, "status": {"co2_per_tce_266": "CONFIRMED"}})
    >>> format(coal_equivalent(2785.0, table)[0])
    '1,047'
    """
    ratio = coefficients.loc["co2_per_tce_266"]
    return [
        Claim(
            "coal_tce",
            avoided_t / ratio["value"],
            "tce",
            basis=f"{ratio['value']} tCO2/tce",
            status=ratio["status"],
            inputs="avoided_green_t;co2_per_tce_266",
        )
    ]


def forest_equivalent(
    residual_t: float, stated_ha: float, stated_mu: float, coefficients: pd.DataFrame
) -> list[Claim]:
    """Return what an announced forest amounts to: each area in the other's unit, and the sink each
    implies.

    forest_ha is `stated_mu` in hectares, forest_mu `stated_ha` in mu; sink_on_mu and sink_on_ha are
    the residual [tCO2e] spread over each [tCO2/ha/yr]; sink_low and sink_high span the published
    means (SINKS). A display equivalence, never an input: what is retired are credits, not hectares.
    """
    mu_per_ha, sinks = coefficients.at["mu_per_ha", "value"], coefficients.loc[list(SINKS)]
    forest_ha, per_acre = stated_mu / mu_per_ha, sinks["unit"] == "tCO2/acre/yr"
    sink = sinks["value"].where(~per_acre, sinks["value"] / units.HA_PER_ACRE)
    published = {"digits": 1, "status": weakest(sinks["status"]), "inputs": ";".join(SINKS)}
    rate = "tCO2/ha/yr"
    return [
        Claim("forest_ha", forest_ha, "ha", digits=1, inputs="mu_per_ha"),
        Claim("forest_mu", stated_ha * mu_per_ha, "mu", inputs="mu_per_ha"),
        Claim("sink_on_mu", residual_t / forest_ha, rate, digits=2, inputs="residual_t;forest_ha"),
        Claim("sink_on_ha", residual_t / stated_ha, rate, digits=2, inputs="residual_t"),
        Claim("sink_low", float(sink.min()), rate, **published),
        Claim("sink_high", float(sink.max()), rate, **published),
    ]


def trend_claims(
    trend: pd.DataFrame,
    quantity_id: str,
    unit: str,
    base_year: int,
    target_year: int,
    threshold_percent: float,
    status: dict[str, str],
    convention: str = "",
) -> list[Claim]:
    """Return four claims a basis from the table of `intensity.trend`; <key> is e.g. carbon_revenue.

    change_<key> on the base year in the target year [%]: without a value where it cannot be formed,
    its label naming what is missing. change_<key>_latest: the same for the latest year that can be
    formed [%]. breakeven_<key>: the quantity in the target year that just gives the threshold
    [`unit`]. allowed_<key>: the same as a change on the base year [%]. `status` by basis;
    `convention` names how electricity was counted as energy.
    """
    made = []
    for row in trend.itertuples():
        key, fall = f"{quantity_id}_{row.Index}", f"{threshold_percent:g}\u00a0%"
        what_zh, what_en = (
            labels.under(quantity_id, convention, lang) for lang in labels.LANGUAGES
        )
        per_zh, per_en = (labels.label(row.Index, lang) for lang in labels.LANGUAGES)
        name_zh, name_en = f"{what_zh}/{per_zh}", f"{what_en} per {_lower(per_en)}"
        lack_zh = f"（缺：{row.missing_zh}）" if row.missing_zh else ""
        lack_en = f" (missing: {row.missing_en})" if row.missing_en else ""
        about = {"digits": 1, "basis": row.Index, "status": status[row.Index]}
        then = about | {"year": target_year}
        latest = about | {"year": row.latest_year or None}
        just_en = f"that would just give −{fall}"
        names = {
            f"change_{key}": (
                f"{name_zh}，{target_year}年较{base_year}年{lack_zh}",
                f"{name_en}, {target_year} on {base_year}{lack_en}",
            ),
            f"change_{key}_latest": (
                f"{name_zh}，最近可算年份较{base_year}年",
                f"{name_en}, latest year that can be formed on {base_year}",
            ),
            f"breakeven_{key}": (
                f"{target_year}年{what_zh}不高于此值方可下降{fall}",
                f"{what_en} in {target_year} {just_en}",
            ),
            f"allowed_{key}": (
                f"{target_year}年{what_zh}较{base_year}年变化不高于此值方可下降{fall}",
                f"change of {_lower(what_en)}, {target_year} on {base_year}, {just_en}",
            ),
        }
        values = (
            (row.change_percent, "%", then),
            (row.latest_change_percent, "%", latest),
            (row.breakeven, unit, then),
            (row.allowed_change_percent, "%", then),
        )
        made += [
            Claim(id, value, of, label_zh=zh, label_en=en, **about)
            for (id, (zh, en)), (value, of, about) in zip(names.items(), values, strict=True)
        ]
    return made


def pathway_claims(ways: pd.DataFrame, quantity_id: str, status: dict[str, str]) -> list[Claim]:
    """Return required_<quantity>_<basis>_<year>: how fast an intensity must fall from the last year
    known [% a year].

    `ways` is the table of `targets.pathways`; `status` by basis.
    """
    what_zh, what_en = (labels.label(quantity_id, lang) for lang in labels.LANGUAGES)
    return [
        Claim(
            f"required_{quantity_id}_{way.basis}_{way.to_year}",
            way.required_percent,
            "%/yr",
            digits=1,
            basis=way.basis,
            year=way.to_year,
            status=status[way.basis],
            label_zh=f"{what_zh}/{labels.label(way.basis, 'zh')}：{way.from_year}年起每年须变化，以便{way.to_year}年下降{-way.to_percent:g}\u00a0%",
            label_en=f"{what_en} per {_lower(labels.label(way.basis, 'en'))}: change a year from {way.from_year} for "
            f"−{-way.to_percent:g}\u00a0% in {way.to_year}",
        )
        for way in ways.itertuples()
    ]


def who_claims(
    drivers: pd.DataFrame, whose: str, lacking: list[str], status: str = ""
) -> list[Claim]:
    """Return what the company and what the grid did to the emissions [Mt], each a sum of its own,
    from `carriers.drivers`.

    <whose>_company_<basis>_mt on each basis, and <whose>_grid_mt, which is the same on all; with
    _location or _market before _mt where both views were published. Without drivers both are one
    claim without a value, whose label names the metrics that are `lacking`, or the years in common.
    Where the grid cannot be told from green power, its label says so.
    """
    about = {"unit": "MtCO2e", "digits": 2, "status": status}
    if drivers.empty:
        lack = {
            lang: labels.listed([_lower(series.name(each, lang)) for each in lacking], lang)
            for lang in labels.LANGUAGES
        }
        why_zh = (
            f"未公布：{lack['zh']}" if lacking else "所需各项及业务量没有在首年和另一年同时公布"
        )
        why_en = (
            f"not published: {lack['en']}"
            if lacking
            else "not all of it, activity included, is published for the first year and for another"
        )
        return [
            Claim(
                f"{whose}_{who}_mt",
                nan,
                **about,
                label_zh=f"{labels.label(f'did_{who}', 'zh')}（{why_zh}）",
                label_en=f"{labels.label(f'did_{who}', 'en')} ({why_en})",
            )
            for who in ("company", "grid")
        ]
    did, made = lmdi.by_who(drivers, "view", "basis"), []
    of_company = did[did["who"] == "company"].assign(id=lambda rows: "company_" + rows["basis"])
    of_grid = (
        did[did["who"].str.startswith("grid")].drop_duplicates("view").assign(id="grid", basis="")
    )
    for row in pd.concat([of_company, of_grid]).itertuples():
        view = "" if row.view == "as_published" else row.view
        said = {
            lang: [
                labels.label(f"did_{row.who}", lang),
                *(labels.label(each, lang) for each in (row.basis, view) if each),
            ]
            for lang in labels.LANGUAGES
        }
        made.append(
            Claim(
                f"{whose}_{row.id}_{view}_mt".replace("__", "_"),
                row.effect_mt,
                **about,
                basis=row.basis,
                year=int(row.year),
                label_zh="，".join(said["zh"]),
                label_en=", ".join(map(_lower, said["en"])),
            )
        )
    return made


def society_claims(society_mt: pd.Series, years) -> list[Claim]:
    """Return what others are said to have avoided [Mt]: the years that were published, and the
    total if none is missing.

    `society_mt` by year, from `intensity.society_avoided`. A memo, never netted. The target year
    itself counts, the base year does not.
    """
    counted = society_mt.reindex(list(years)[1:])
    absent = [str(year) for year in counted.index[counted.isna()]]
    lack_zh, lack_en = (
        (f"（缺：{'、'.join(absent)} 年）", f" (missing: {', '.join(absent)})")
        if absent
        else ("", "")
    )
    total = nan if absent else float(counted.sum())
    return [
        Claim("society_avoided_mt", float(counted.sum()), "MtCO2e", basis="memo"),
        Claim(
            "society_total_mt",
            total,
            "MtCO2e",
            basis="memo",
            label_zh=f"社会减排合计{lack_zh}",
            label_en=f"society avoided, all years{lack_en}",
        ),
    ]


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
