"""What is undecided, each with the tonnes that hang on it, largest first, beside the line of
materiality; and the cautions of page one, the largest of each subject.

No tonnes are calculated here but differences of what the notebooks left: claims, sized findings,
the factor comparison, the quality criteria and the stress of the credits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isnan

import pandas as pd

from neutrality import sheets
from neutrality.reference import gases, units
from neutrality.texts import labels

RAISES, LOWERS, LESS_OFFSET, EITHER = "raises", "lowers", "less_offset", "either_way"
CAUTIONS = 3  # on page one
TABLES = {
    "emitted": "02_green_power",
    "switchboard": "02_green_power",
    "criteria": "02_green_power",
    "stress": "03_offset_sizing",
}  # what is read beside claims and findings, and the notebook that writes it
_PACKAGE = "neutrality"  # origin of the factors that the package publishes
_REGISTRY = "certificate_registry_unchecked"
# Findings that have a row of their own here.
_OWN = (_REGISTRY, "undecided_left_out", "undecided_counted", "provisional_waits", "double_count")
_FINDING = "finding"  # subject of a finding without a row of its own
_OPEN = ("disclosed", "not decidable")  # answers to a criterion that decide nothing
# How a finding begins: its file, and where in it.
_PLACE = re.compile(r"^[\w-]+\.(csv|csv\.gz|parquet|xlsx)[^:：]*[:：]\s*")
_UNSAID_T = 0.5  # less than this prints as 0 t and is not listed
_COLUMNS = ["id", "rule", "subject", "name_zh", "name_en", "t_co2e", "side", "settled_by"]
_COLUMNS += ["material", "caution_zh", "caution_en"]


def line_t(residual_t: float, percent: float) -> float:
    """Return the line of materiality: a share of the residual [tCO2e].

    >>> line_t(1309.0, 5.0)
    65.45
    """
    return percent / units.PERCENT * abs(residual_t)


def table(
    claims: pd.DataFrame,
    findings: pd.DataFrame,
    results: dict[str, pd.DataFrame],
    at_least_t: float,
    edition: str,
) -> pd.DataFrame:
    """Return id, subject, names, t_co2e, side, settled_by, material, cautions: what is undecided.

    t_co2e is by how much the residual would change, or how much less would be offset [tCO2e],
    largest first; side says which way, settled_by who can settle it, material whether it reaches
    `at_least_t`. `claims` are all by id, `findings` those of the report, `results` the tables of
    TABLES, and material_findings; `edition` is that of the warming potentials used.
    """
    sized = findings.groupby("rule")["t_co2e"].sum(min_count=1)
    entries = [
        *_of_certificates(claims["value"], sized, results["criteria"]),
        *_of_factors(claims["value"], results["switchboard"]),
        *_of_methods(claims["value"]),
        *_of_editions(results["emitted"], claims.at["residual_t", "year"], edition),
        *_of_credits(claims["value"], results["stress"]),
        *_of_findings(results["material_findings"]),
    ]
    rows = [_row(*entry) for entry in entries if abs(entry[1]) >= _UNSAID_T]
    made = pd.DataFrame(rows, columns=_COLUMNS)
    made["material"] = ["above_line" if t >= at_least_t else "" for t in made["t_co2e"]]
    return made.sort_values("t_co2e", ascending=False, kind="stable", ignore_index=True)


def cautions(evidence: pd.DataFrame) -> pd.DataFrame:
    """Return id, rule, zh, en, t_co2e of page one: the largest material row of each subject, three
    at most, and the findings that reach the line.
    """
    material = evidence[evidence["material"] != ""]
    of_checks = material["subject"] == _FINDING
    first = material[~of_checks].drop_duplicates("subject").head(CAUTIONS)
    names = {"caution_zh": "zh", "caution_en": "en"}
    kept = ["id", "rule", *names, "t_co2e"]
    return pd.concat([first, material[of_checks]])[kept].rename(columns=names)


def not_repeated(material: pd.DataFrame, on_page_one: pd.DataFrame) -> pd.DataFrame:
    """Return the material findings without those that a caution says already."""
    return material[~material["rule"].isin(set(on_page_one["rule"]) - {""})]


Entry = tuple[str, float, str, dict]  # id, tonnes, side, words of its sentences


def _row(id: str, tonnes: float, side: str, words: dict) -> dict:
    """Return one row of the table: the sentences of texts/open_evidence.csv filled."""
    said = sheets.packaged("texts/open_evidence.csv").set_index("id").loc[id]
    row = {name: said[name] for name in ("subject", "settled_by")}
    for lang in labels.LANGUAGES:
        own = {key: word[lang] if isinstance(word, dict) else word for key, word in words.items()}
        own |= {"t": labels.number(abs(tonnes), 0), "side": labels.label(side, lang).lower()}
        row[f"name_{lang}"] = said[lang].format(**own)
        row[f"caution_{lang}"] = said[f"caution_{lang}"].format(**own)
    known = {"id": id, "rule": words.get("rule", ""), "t_co2e": abs(tonnes), "side": side}
    return known | row


def _of_certificates(value: pd.Series, sized: pd.Series, criteria: pd.DataFrame) -> Iterator[Entry]:
    """Yield what certificates leave open: to the site, to their registry, until they settle."""
    counted = value["market_other_t"] > value["market_t"]
    mwh = {"mwh": labels.number(value["undecided_mwh"], 0)}
    id, side = ("undecided_counted", RAISES) if counted else ("undecided_left_out", LOWERS)
    yield id, value["undecided_t"], side, mwh
    numbers: list[str] = []
    if len(criteria):
        numbers = criteria.loc[criteria["answer"].isin(_OPEN), "criterion"].astype(str).tolist()
    listed = {lang: labels.listed(numbers, lang) for lang in labels.LANGUAGES}
    words = {"rule": _REGISTRY, "criteria": listed}
    yield "certificate_registry", _size(sized, _REGISTRY), RAISES, words
    yield "provisional", _size(sized, "provisional_waits"), LOWERS, {}


def _size(sized: pd.Series, rule: str) -> float:
    tonnes = float(sized.get(rule, 0.0))
    return 0.0 if isnan(tonnes) else tonnes


def _of_factors(value: pd.Series, board: pd.DataFrame) -> Iterator[Entry]:
    """Yield the factors that could speak for uncovered electricity: those a rule asks for, the
    largest and the smallest of the data year used, the sensitivity, and the double count.
    """
    yield "double_count", value.get("double_count_t", 0.0), RAISES, {}
    if "market_excl_factor_t" in value:
        more_t = value["market_excl_factor_t"] - value["market_t"]
        yield "sensitivity", more_t, _side(more_t), {}
    used = board[board["used"]]
    usable = board[board["usable"] & ~board["used"]]
    own = "origin" in used and (used["origin"] != _PACKAGE).any()
    if used.empty or usable.empty or own:
        return  # beside a case's own factor, published ones of other countries say nothing
    change = usable["market_t"] - used["market_t"].iloc[0]
    same_year = change[usable["data_year"] == used["data_year"].iloc[0]]
    asked = change[usable["asked_by_en"].fillna("") != ""]
    # the factor used, at 0, may itself be an end
    ends = [
        *same_year[same_year < 0].nsmallest(1).index,
        *same_year[same_year > 0].nlargest(1).index,
    ]
    for at in dict.fromkeys([*asked.index, *ends]):
        words = {name: _pair(usable.loc[at], name) for name in ("name", "asked_by")}
        yield (
            "factor_asked" if at in asked.index else "factor_end",
            change[at],
            _side(change[at]),
            words,
        )


def _pair(row: pd.Series, name: str) -> dict[str, str]:
    return {lang: row[f"{name}_{lang}"] for lang in labels.LANGUAGES}


def _side(change_t: float) -> str:
    return RAISES if change_t > 0 else LOWERS


def _of_methods(value: pd.Series) -> Iterator[Entry]:
    """Yield choices of method: another period of matching, and what is left out."""
    change = value["market_monthly_t"] - value["market_t"]
    yield "monthly", change, _side(change), {}
    if "matched_hourly_share" in value:
        by_hour_mwh = value["matched_hourly_share"] / units.PERCENT * value["electricity_mwh"]
        # MWh x kgCO2/kWh = tCO2
        change = (value["matched_mwh"] - by_hour_mwh) * value.get(
            "uncovered_factor", value["grid_factor"]
        )
        yield "hourly", change, _side(change), {}
    left_out_t = value["left_out_t"]
    yield "left_out", 0.0 if isnan(left_out_t) else left_out_t, RAISES, {}


def _of_editions(emitted: pd.DataFrame, year: float, edition: str) -> Iterator[Entry]:
    """Yield the other IPCC edition that changes the inventory most, of those that have all its
    gases; a factor in CO2e keeps the edition it was published with.
    """
    of_year = (emitted["line"] == "inventory") & (emitted["year"] == year)
    by_gas = emitted[of_year].groupby("gas")["t_gas"].sum()
    by_gas = by_gas.drop("CO2e", errors="ignore")
    warming = pd.DataFrame({each: gases.gwp(each) for each in gases.EDITIONS}).reindex(by_gas.index)
    in_t = warming.mul(by_gas, axis=0).sum(skipna=False)
    change = (in_t - in_t[edition]).drop(edition).dropna()
    if len(change):
        largest = change.abs().idxmax()
        yield "edition", change[largest], _side(change[largest]), {"edition": largest}


def _of_credits(value: pd.Series, stress: pd.DataFrame) -> Iterator[Entry]:
    """Yield what is offset only if the credits are what they seem; a credit is a tonne."""
    offset_t = min(value["credits_checked"], value["residual_t"])
    yield "credits_registry", offset_t, LESS_OFFSET, {}
    yield "credits_unchecked", value["credits_unchecked"], LESS_OFFSET, {}
    missing = pd.to_numeric(stress.loc[stress["kind"] == "stress", "missing"], errors="coerce")
    if missing.notna().any() and offset_t > 0:
        worst = stress.loc[missing.idxmax()]
        yield (
            "credits_stress",
            min(missing.max(), offset_t),
            LESS_OFFSET,
            {"name": _pair(worst, "name")},
        )


def _of_findings(material: pd.DataFrame) -> Iterator[Entry]:
    """Yield the findings above the line that have no row of their own and a size."""
    others = material[~material["rule"].isin(_OWN) & material["t_co2e"].notna()]
    for row in others.to_dict("records"):
        side = RAISES if row["t_co2e"] < 0 else EITHER
        words = {"name": {lang: _clause(row[lang]) for lang in labels.LANGUAGES}}
        yield _FINDING, row["t_co2e"], side, words | {"rule": row["rule"]}


def _clause(sentence: str) -> str:
    """Return what a finding says before it gives advice, without the file it begins with: page one
    is for people who have no files.

    >>> _clause("energy.csv, row 7: it fell by half; keep the bills.")
    'It fell by half'
    """
    said = re.split("；|; ", sentence)[0].rstrip("。.")
    said = _PLACE.sub("", said)
    return said[:1].upper() + said[1:]
