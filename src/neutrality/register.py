"""The register of claims: what each figure that may be stated is called, in which unit, on what it
rests.

`texts/claims.csv` has a row for each claim, or for each family of claims, in whose id a `*` takes
any name. A notebook states values only. Columns: id; notebook; required (the notebook must state
it); unit; digits; year (one of YEARS); basis; inputs, joined by ";" (see `lineage`); names in
Chinese and English. In unit, basis, inputs and names {1}, {2}, ... are what the stars of the id
stand for, and other {words} come with the value; {word:lower} begins with a small letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from neutrality import sheets
from neutrality.texts import hints, labels

YEARS = ("reporting", "base", "target", "given", "none")  # "given": the statement says which
_PLACE = re.compile(r"\{(\w+)(:lower)?\}")


@dataclass(frozen=True)
class Entry:
    """A row of the register, and what the stars of its id stand for in one claim."""

    id: str
    notebook: str
    required: bool
    unit: str
    digits: int
    year: str
    basis: str
    inputs: str
    zh: str
    en: str
    parts: tuple[str, ...] = ()


@cache
def entries() -> dict[str, Entry]:
    """Return all rows of the register by id, in their order."""
    return {
        row.id: Entry(
            **row._asdict() | {"required": row.required == "yes", "digits": int(row.digits)}
        )
        for row in sheets.packaged("texts/claims.csv").itertuples(index=False)
    }


def find(claim_id: str) -> Entry:
    """Return the row of a claim, the most literal where several families match.

    Raises ValueError for an id that the register does not hold, naming the nearest.

    >>> find("savings_cooling_mwh").parts, find("change_carbon_revenue_latest").id
    (('cooling',), 'change_*_*_latest')
    """
    known = entries()
    if claim_id in known and "*" not in claim_id:
        return known[claim_id]
    found = [
        (len(id.replace("*", "")), entry, match.groups())
        for id, entry in known.items()
        if "*" in id and (match := _pattern(id).fullmatch(claim_id))
    ]
    if not found:
        near = hints.did_you_mean(claim_id, known)
        raise ValueError(f"claim {claim_id!r} has no row in texts/claims.csv{near}")
    _, entry, parts = max(found, key=lambda each: each[0])
    return Entry(**vars(entry) | {"parts": parts})


@cache
def _pattern(id: str) -> re.Pattern:
    return re.compile(re.escape(id).replace(r"\*", "([a-z0-9_]+?)"))


def holds(claim_id: str) -> bool:
    """Return whether the register has a row for a claim's id."""
    try:
        return bool(find(claim_id))
    except ValueError:
        return False


def required(notebook: str) -> list[str]:
    """Return the ids that a notebook must state in every run."""
    return [e.id for e in entries().values() if e.required and e.notebook == notebook]


def filled(entry: Entry, field: str, words: dict[str, str]) -> str:
    """Return unit, basis or inputs of an entry with its places filled; parts stay ids.

    Raises ValueError for a place that neither parts nor words fill.
    """
    parts = {str(place): part for place, part in enumerate(entry.parts, 1)}
    return _fill(getattr(entry, field), entry.id, parts | words)


def name(entry: Entry, lang: str, words: dict, case=None) -> str:
    """Return the name of a claim in a language; parts are named as things are, words may be pairs.

    `words` holds texts, or a text by language; a case's own names come before the package's.
    """
    parts = {str(at): labels.label(part, lang, case) for at, part in enumerate(entry.parts, 1)}
    own = {key: word[lang] if isinstance(word, dict) else word for key, word in words.items()}
    return _fill(getattr(entry, lang), entry.id, parts | own)


def _fill(template: str, id: str, words: dict[str, object]) -> str:
    def word(place: re.Match) -> str:
        if place[1] not in words:
            raise ValueError(f"claim {id}: texts/claims.csv asks for {{{place[1]}}}; state it")
        text = str(words[place[1]])
        return text[:1].lower() + text[1:] if place[2] else text

    return _PLACE.sub(word, template)
