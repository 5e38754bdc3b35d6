"""What a verification found, how severe it is, and a draft of the opinion in the vocabulary of
ISO 14064-3, as rows of the table disclosures.

A draft, never an opinion: the column evidence is left empty, and a report prints an opinion only
with the document that it stands in.
"""

from __future__ import annotations

import pandas as pd

from neutrality import sheets
from neutrality.texts import labels
from neutrality.verifier.recalculation import ELECTRICITY
from neutrality.verifier.verify import Fault

MATERIAL, MISSTATEMENT, NONCONFORMITY = "material", "misstatement", "nonconformity"
OPEN, OBSERVATION, SETTLED = "open", "observation", "settled"
SEVERITIES = (NONCONFORMITY, MATERIAL, MISSTATEMENT, OPEN, OBSERVATION, SETTLED)
UNMODIFIED, MODIFIED, ADVERSE, DISCLAIMED = "unmodified", "modified", "adverse", "disclaimed"
LEVELS = ("reasonable", "limited")
_UNCHECKED = "unchecked"  # severity of a case's finding that only evidence from outside settles
_COLUMNS = ["severity", "table", "row", "rule", "t_co2e", *labels.LANGUAGES]
_DIGITS = 1  # of the tonnes of a sentence


def said(id: str, lang: str, **values: object) -> str:
    """Return a sentence of texts/opinions.csv; values that are pairs are by language.

    >>> said("materiality", "en", percent=5.0, tonnes="65.4 t")
    '5 % of the residual emissions, which is 65.4 t'
    """
    text = sheets.packaged("texts/opinions.csv").set_index("id").at[id, lang]
    return text.format(**{k: v[lang] if isinstance(v, dict) else v for k, v in values.items()})


def findings(
    faults: list[Fault],
    sheet: pd.DataFrame,
    reported: pd.DataFrame,
    materiality_t: float,
    settled: str = "",
) -> pd.DataFrame:
    """Return severity, table, row, rule, t_co2e, zh, en of all that was found, the severest first.

    `faults` are of `verify`, `sheet` of `recalculation.sheet`, `reported` the bundle's own findings
    with their tonnes. `settled` are rules of those, parted by ;, for which the verifier has
    evidence of his own. A finding is material from `materiality_t` on [tCO2e]; one that only
    evidence from outside can settle is open, whatever its size.
    """
    rows = [_fault(each) for each in faults]
    rows += [_of_row(row, materiality_t) for row in sheet.itertuples() if row.difference_t != 0]
    known = {each.strip() for each in settled.split(";")}
    rows += [_of_report(row, materiality_t, known) for row in reported.itertuples()]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    order = table["severity"].map(SEVERITIES.index).astype(int)
    size = -table["t_co2e"].astype(float).abs().fillna(0.0)
    ranked = table.assign(order=order, size=size).sort_values(["order", "size"], kind="stable")
    return ranked[_COLUMNS].reset_index(drop=True)


def _fault(fault: Fault) -> tuple:
    text = [said("fault", lang, **fault._asdict()) for lang in labels.LANGUAGES]
    return (NONCONFORMITY, fault.file, 0, fault.check, None, *text)


def _of_row(row, materiality_t: float) -> tuple:
    """Return the finding on a row of the recalculation sheet that did not come out again.

    Electricity above the sum of its readings was filled for gaps: an estimate, no misstatement.
    """
    by_hand = row.difference_t != row.difference_t
    values = {"again": _tonnes(row.recalculated_t), "recorded": _tonnes(row.t_co2e)}
    filled = row.table == ELECTRICITY and row.difference_t < 0
    id = "by_hand" if by_hand else "filled" if filled else "difference"
    text = [said(id, lang, what=row.what, **values) for lang in labels.LANGUAGES]
    if by_hand:
        return (OPEN, row.table, row.row, id, None, *text)
    below = OBSERVATION if filled else MISSTATEMENT
    severity = MATERIAL if abs(row.difference_t) >= materiality_t else below
    return (severity, row.table, row.row, id, row.difference_t, *text)


def _of_report(row, materiality_t: float, settled: set[str]) -> tuple:
    """Return a finding of the report itself with the severity that it has for a verifier; its size
    is that in the reporting year, or in the base year, which bundles of earlier releases lack.
    """
    size_t = getattr(row, "base_t_co2e", row.t_co2e) if pd.isna(row.t_co2e) else row.t_co2e
    severity = OPEN if row.severity == _UNCHECKED else OBSERVATION
    if severity == OBSERVATION and abs(size_t) >= materiality_t:
        severity = MATERIAL
    severity = SETTLED if row.rule in settled else severity
    return (severity, row.table, row.row, row.rule, size_t, row.zh, row.en)


def _tonnes(tonnes: float) -> dict[str, str]:
    return {
        lang: labels.quantity(tonnes, _DIGITS, "tCO2e", lang).replace("\xa0", " ")
        for lang in labels.LANGUAGES
    }


def kind(
    found: pd.DataFrame, amounts: dict, materiality_t: float, illustrative: bool
) -> tuple[str, list[tuple[str, dict]]]:
    """Return which opinion the evidence allows, and the reasons for any but an unmodified one, as
    ids of texts/opinions.csv with their values.

    `amounts` are of `sampling.misstatement_t`. No opinion can be issued of illustrative inputs, of
    a bundle that does not agree with itself, and before the sample is traced; an adverse one where
    known misstatements reach the materiality and are not corrected; a modified one where the limit
    reaches it, or where something material or open is not settled.
    """
    count = found["severity"].value_counts()
    lacks = [("why_illustrative", {})] if illustrative else []
    for id, number in (
        ("why_faults", count.get(NONCONFORMITY, 0)),
        ("why_by_hand", amounts["rows"]),
    ):
        lacks += [(id, {"count": number})] if number else []
    if lacks:
        return DISCLAIMED, lacks
    if amounts["known_t"] >= materiality_t:
        return ADVERSE, [("why_known", {"tonnes": _tonnes(amounts["known_t"])})]
    over = amounts["limit_t"] >= materiality_t
    reasons = [("why_limit", {"tonnes": _tonnes(amounts["limit_t"])})] if over else []
    for id, severity in (("why_material", MATERIAL), ("why_open", OPEN)):
        reasons += [(id, {"count": count[severity]})] if severity in count else []
    return (MODIFIED, reasons) if reasons else (UNMODIFIED, [])


def draft(
    allowed: tuple[str, list[tuple[str, dict]]],
    level: str,
    given: dict,
    residual_t: float,
    materiality_t: float,
    verifier: dict[str, str],
) -> pd.DataFrame:
    """Return item, zh, en, evidence: rows to be pasted into the case's table disclosures.

    `allowed` is of `kind`, `level` one of LEVELS, `given` the bundle's parameters, `verifier` the
    verifier's names by language; without them there is no such row. ValueError for another level.
    """
    if level not in LEVELS:
        raise ValueError(f"assurance '{level}': choose one of {', '.join(LEVELS)}")
    opinion, reasons = allowed
    id = f"{opinion}_{level}" if opinion == UNMODIFIED else opinion
    rows = {"assurance_level": {}, "verification_materiality": {}, "opinion": {}}
    for lang in labels.LANGUAGES:
        listed = "；" if lang == "zh" else "; "
        about = {
            "year": given["reporting_year"],
            "criteria": given["scheme"],
            "residual": _tonnes(residual_t),
            "reasons": listed.join(said(each, lang, **values) for each, values in reasons),
            **{name: given[f"{name}_{lang}"] for name in ("entity", "site")},
        }
        percent = {"percent": given["materiality_percent"], "tonnes": _tonnes(materiality_t)}
        rows["assurance_level"][lang] = said(level, lang)
        rows["verification_materiality"][lang] = said("materiality", lang, **percent)
        rows["opinion"][lang] = said(id, lang, **about)
    named = {"verifier": verifier} if all(verifier.values()) else {}
    table = pd.DataFrame.from_dict(named | rows, "index").rename_axis("item").reset_index()
    return table.assign(evidence="")[["item", *labels.LANGUAGES, "evidence"]]
