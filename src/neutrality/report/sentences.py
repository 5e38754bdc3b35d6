"""An announcement sentence by sentence: each part in its own words, with a verdict and the reason.

The case gives the words (table announcement) and what each part asserts: figures of announced, or
assertions of texts/reasons.csv. An assertion has a claim that decides it, or none; its verdict is
computed, its reason filled with claims. Nothing is said of a part that asserts something else: it
is refused.
"""

from __future__ import annotations

from functools import cache
from math import nan

import pandas as pd

from neutrality import sheets
from neutrality.report import audit
from neutrality.texts import hints, labels

NO_VERDICT = "no verdict"  # of an assertion that gives nothing to check
_MADE_UP = "made_up"  # row of reasons.csv: what is added where illustrative data decide
# What illustrative data can show of an assertion: they confirm nothing, and refute nothing.
_ON_MADE_UP = {"holds": "by construction", "fails": "not decidable"}
_COLUMNS = ["sentence", "words_zh", "words_en", "verbatim_zh", "verbatim_en", "assertion"]
_COLUMNS += ["asserted_zh", "asserted_en", "verdict", "reason_zh", "reason_en"]


def counted(verdicts: pd.Series) -> pd.DataFrame:
    """Return one row: how many of an announcement's parts have each verdict, by its name; no row
    where nothing was announced.

    >>> counted(pd.Series(["holds", "fails", "holds", "no verdict"])).to_dict("list")
    {'holds': [2], 'fails': [1], 'not_decidable': [0], 'no_verdict': [1]}
    """
    always = ["holds", "fails", "not decidable"]
    found = verdicts.value_counts().reindex([*always, "by construction", NO_VERDICT], fill_value=0)
    shown = found[found.index.isin(always) | (found > 0)]
    table = shown.to_frame().T.rename(columns=lambda verdict: verdict.replace(" ", "_"))
    return table.reset_index(drop=True)[: len(verdicts)]


@cache
def reasons() -> dict[str, dict]:
    """Return the assertions that the package can answer, by id.

    Columns: names; claim (or claim.low, claim.high), relation and than (a number or a claim), which
    decide; rests_on "case" where illustrative data decide; met and unmet, the verdicts ("" is none;
    met where no claim decides); the reason in both languages, with places as in
    `audit.filled`.
    """
    return sheets.packaged("texts/reasons.csv").set_index("id").to_dict("index")


def refuse(announcement: pd.DataFrame, announced: pd.DataFrame) -> None:
    """Raise ValueError, a line a cell, where a part asserts nothing or something unknown, or where
    a figure of announced stands in no sentence.
    """
    known = [*announced["id"], *(id for id in reasons() if id != _MADE_UP)]
    asserted = {row: _asserted(cell) for row, cell in announcement["asserts"].items()}
    wrong = [
        f"announcement.csv, row {row}, column asserts: found '{id}', which is no statement of "
        "announced and no assertion of the package"
        + (hints.did_you_mean(id, known) or f"; these are known: {', '.join(known)}")
        for row, ids in asserted.items()
        for id in ids
        if id not in known
    ]
    wrong += [
        f"announcement.csv, row {row}, column asserts: nothing is named; name what this part of "
        "the sentence asserts, so that it has a verdict or a reason why it has none"
        for row, ids in asserted.items()
        if not ids
    ]
    named = {id for ids in asserted.values() for id in ids}
    wrong += [
        f"announced.csv, row {row}, column id: found '{id}', which no sentence of announcement "
        "asserts; name it in the column asserts of its sentence"
        for row, id in announced["id"].items()
        if len(announcement) and id not in named
    ]
    if wrong:
        raise ValueError("\n".join(wrong))


def audited(
    announcement: pd.DataFrame,
    verdicts: pd.DataFrame,
    claims: pd.DataFrame,
    coefficients: pd.DataFrame,
    illustrative: bool,
    words: dict[str, dict[str, str]] | None = None,
    case=None,
) -> pd.DataFrame:
    """Return a row for each assertion of each part of each sentence: words, verdict, reason.

    `verdicts` are those of `audit.audit`; `words` are texts that a reason may ask for, by name and
    language. Where an illustrative case's own data decide, what would hold is "by construction",
    and what would fail is "not decidable".
    """
    refuse(announcement, verdicts)
    figures, made = verdicts.set_index("id"), []
    for part in announcement.to_dict("records"):
        for place, id in enumerate(_asserted(part["asserts"])):
            if id in figures.index:
                answer = _of_figure(id, figures.loc[id], case)
            else:
                answer = _of_assertion(id, claims, coefficients, illustrative, words or {})
            words_of = _words(part) if place == 0 else _as_above()
            made.append({"sentence": part["sentence"], "assertion": id} | words_of | answer)
    return pd.DataFrame(made, columns=_COLUMNS)


def _asserted(cell: object) -> list[str]:
    """Return the ids that a cell names.

    >>> _asserted("led; unavoidable")
    ['led', 'unavoidable']
    """
    return [each.strip() for each in str(cell).split(";") if each.strip()]


def _words(part: dict) -> dict:
    """Return a part's words as they are, and whether they are the announcement's own."""
    return {f"words_{lang}": part[f"text_{lang}"] for lang in labels.LANGUAGES} | {
        f"verbatim_{lang}": "verbatim" if part[f"verbatim_{lang}"] else "as reported"
        for lang in labels.LANGUAGES
    }


def _as_above() -> dict:
    """Return what stands in place of words that the row above gives."""
    said = {f"words_{lang}": labels.label("as_above", lang) for lang in labels.LANGUAGES}
    return said | {f"verbatim_{lang}": "" for lang in labels.LANGUAGES}


def _of_figure(id: str, row: pd.Series, case) -> dict:
    made = {
        f"asserted_{lang}": labels.label(f"announced_{id}", lang, case) for lang in ("zh", "en")
    }
    made |= {f"reason_{lang}": row[f"arithmetic_{lang}"] for lang in labels.LANGUAGES}
    return made | {"verdict": row["verdict"]}


def _of_assertion(
    id: str, claims: pd.DataFrame, coefficients: pd.DataFrame, illustrative: bool, words: dict
) -> dict:
    row = reasons()[id]
    verdict = _verdict(row, claims)
    softened = _ON_MADE_UP.get(verdict) if illustrative and row["rests_on"] == "case" else None
    reason = {lang: _reason(row, claims, coefficients, words, lang) for lang in labels.LANGUAGES}
    if softened == "not decidable":
        reason = {
            lang: _joined(said, reasons()[_MADE_UP][lang], lang) for lang, said in reason.items()
        }
    made = {f"asserted_{lang}": row[f"name_{lang}"] for lang in labels.LANGUAGES}
    made |= {f"reason_{lang}": said for lang, said in reason.items()}
    return made | {"verdict": softened or verdict or NO_VERDICT}


def _joined(said: str, more: str, lang: str) -> str:
    return said + {"zh": "；", "en": "; "}[lang] + more


def _verdict(row: dict, claims: pd.DataFrame) -> str:
    """Return the verdict of an assertion; "not decidable" where its claim has no value."""
    if not row["claim"]:
        return row["met"]
    value, than = _number(row["claim"], claims), _number(row["than"], claims)
    if pd.isna(value) or pd.isna(than):
        return "not decidable"
    below = audit.agrees(value, "<", than)
    met = not below if row["relation"] == ">=" else audit.agrees(value, row["relation"], than)
    return row["met"] if met else row["unmet"]


def _number(written: str, claims: pd.DataFrame) -> float:
    """Return a number, or that of a claim's field: NaN where this case does not state it."""
    id, _, field = written.partition(".")
    if id in claims.index:
        return float(claims.at[id, field or "value"])
    return float(written) if id.isdigit() else nan


def _reason(
    row: dict, claims: pd.DataFrame, coefficients: pd.DataFrame, words: dict, lang: str
) -> str:
    """Return the reason with its places filled, or what it lacks."""
    template = row[lang]
    for name, said in words.items():
        template = template.replace(f"{{{name}}}", said[lang])
    lost = [name for name in audit.places(template) if name not in claims.index]
    if lost:
        return {"zh": "缺少：", "en": "missing: "}[lang] + ", ".join(lost)
    compared = {"relation": "=", "value": 0.0}  # no place of a reason compares
    return audit.filled(template, compared, claims, coefficients, lang)
