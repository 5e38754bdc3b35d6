"""Names that say more than what a thing is: "carbon-neutral biogas", "building, verified by KPMG".

The report prints names as they are given, on its first page too, and nobody has checked what they
assert. What somebody did announce has its place in the table announcement, where it gets a verdict.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from neutrality import sheets
from neutrality.case import tables

_DESCRIBED = {
    "labels": ("zh", "en"),
    "measures": ("description_zh", "description_en"),
}


def refuse(case: Path, parameters: Mapping[str, str]) -> None:
    """Raise ValueError, with a sentence for each, where a name or description of a case's tables or
    a text among its parameters holds a word of texts/name_assertions.csv, and the case's
    announcement does not say the same.
    """
    announced = _announced(case)
    found = [
        f"{place} '{text}', which asserts '{word}': the report would print it, and nobody has "
        "checked it; say what the thing is, and put what was announced in announcement.csv, where "
        "it gets a verdict"
        for place, text in (*_described(case), *_given(parameters))
        if (word := asserted(text)) and not _says(announced, _plain(text))
    ]
    if found:
        raise ValueError("\n".join(found))


def asserted(text: str) -> str:
    """Return the first word of a text that asserts something, or an empty text.

    >>> asserted("Carbon-neutral biogas"), asserted("零碳热力"), asserted("碳中和研究院")
    ('carbon neutral', '零碳', '')
    """
    found = _words().search(_plain(text))
    return found[0] if found else ""


def _says(announced: str, text: str) -> bool:
    return bool(re.search(rf"(?<![a-z0-9]){re.escape(text)}(?![a-z0-9])", announced))


@cache
def _words() -> re.Pattern:
    rows = sheets.packaged("texts/name_assertions.csv").itertuples()
    return re.compile("|".join(_form(row.lang, row.word, row.not_before) for row in rows))


def _form(lang: str, word: str, not_before: str) -> str:
    """Return a word's pattern; before some others it is part of an institute's name."""
    if lang == "en":
        return rf"(?<![a-z0-9]){word}(?![a-z0-9])"
    return f"{word}(?!{not_before})" if not_before else word


def _plain(text: str) -> str:
    """Return a text in small letters, its hyphens and runs of blanks as one blank."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"\s*%", "%", re.sub(r"[\s‐-―-]+", " ", folded)).strip()


def _announced(case: Path) -> str:
    rows = tables.valid_rows(case, "announcement")
    return "\n".join(_plain(text) for lang in ("zh", "en") for text in rows[f"text_{lang}"])


def _described(case: Path) -> Iterator[tuple[str, str]]:
    for table, names in _DESCRIBED.items():
        rows = tables.valid_rows(case, table)
        for column in names:
            for row, text in rows[column].items():
                yield f"{table}.csv, row {row}, column {column}: found", str(text)


def _given(parameters: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((f"{name} is", text) for name, text in parameters.items())
