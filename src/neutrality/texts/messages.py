"""The sentences of the command line in Chinese: `texts/messages.csv` holds English and Chinese
patterns with named {places}; the English is that of the code.

A place is filled with what the English sentence has there. In a place named `rest`, `hint`,
`places` or `meaning` (with or without a digit) a sentence stands, which is looked up in its turn;
in one named `choices` words to choose from, in `key` one that is typed: they stay, and get their
Chinese beside them.
Frames say where something is, and are taken off first. The rules of `texts/findings.csv` and the
values of `reference/wrong_values.csv` are patterns as well.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from functools import cache
from string import Formatter

from neutrality import sheets
from neutrality.texts import findings

_SENTENCE = re.compile(r"(rest|hint|places|meaning)\d*")
_OR = " or "  # between the choices of a question
_OF_LINE = r"(?:line \d+ \(\w+\)|\w+ by default)"
# What a place holds; others hold the shortest text that fits and is of one clause.
_CLAUSE = r"(?:(?!: |; ).)+?"
_TABLES = "csv|xlsx?|xlsb|ods|txt|xml|gz"  # endings of files whose names may have blanks
_FORMS = {
    "file": rf"[^\s,:]+\.\w+(?:\.\w+)?|--\w+|[^,:]+?\.(?:{_TABLES})|[^\s,:]*/[^\s,:]+|\.\w+",
    "key": r"[\w-]+|[a-z]+ [a-z]+|°[CF]",
    "figure": r"\S+",
    "numbers": r"[\d, ]+",
    "size": r"(?!at least )\S+",
    "time": r"\d[\d: T+-]*",
    "names": r"(?:(?!; ).)+",
    "row": r"[\d,]+",
    "word": r"\w+",
    "line": r"[\d,]+",
    "table": r"\w+",
    "column": r".+?",
    "places": rf"{_OF_LINE}(?:, {_OF_LINE})*",
    "found": r".*?",  # what somebody wrote
    "text": r".*?",
    "error": r".+?",
    "rest": r".+",
    "hint": r".+",
    "meaning": r".+",
}
_LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set counts, as POSIX has it


@dataclass(frozen=True)
class _Pattern:
    """An English sentence with places, as a form to match, and its Chinese."""

    form: str  # a regular expression
    held: str  # the longest piece of text that the sentence must hold
    zh: str
    weight: int  # letters outside places: frames first, then the heavier
    joins: bool = False  # parts alone: tried last, and only where all of them are Chinese


def language() -> str:
    """Return the language of the locale: zh, or en for any other."""
    named = next((os.environ[name] for name in _LOCALES if os.environ.get(name)), "")
    return "zh" if named.lower().startswith("zh") else "en"


def said(sentence: str, lang: str) -> str:
    """Return a sentence of the code in `lang`: the English itself, or its Chinese as far as the
    catalogue goes.

    >>> said("weather.csv: the link leads nowhere; put the file in its place", "zh")
    'weather.csv：该链接没有指向任何文件；请把文件本身放在这里'
    """
    inside = sentence.lstrip(" ")
    before = " " * (len(sentence) - len(inside))
    return sentence if lang == "en" else before + _chinese(inside)[0]


def choice(word: str, lang: str) -> str:
    """Return a word that is typed as it is, with its Chinese beside it where it has one.

    >>> choice("month first", "zh"), choice("kWh", "zh"), choice("month first", "en")
    ('month first（月在前）', 'kWh', 'month first')
    """
    found = _choices().get(word) if lang == "zh" else None
    return f"{word}（{found}）" if found else word


def whole(sentence: str) -> bool:
    """Return whether every part of a sentence has its Chinese."""
    return _chinese(sentence.lstrip(" "))[1]


def _chinese(sentence: str) -> tuple[str, bool]:
    """Return a sentence in Chinese, and whether all of it is."""
    best = (sentence, not re.search(r"[A-Za-z]{2,}(?:\(s\))? +[A-Za-z]{2,}", sentence))
    for pattern in _patterns():
        if pattern.held in sentence and (match := _compiled(pattern.form).fullmatch(sentence)):
            made, complete = _filled(pattern, match)
            if complete:
                return made, True
            if best[0] == sentence and not pattern.joins:
                best = made, False
    return best


def _filled(pattern: _Pattern, match: re.Match) -> tuple[str, bool]:
    values, complete = {}, True
    for name, value in match.groupdict().items():
        if _SENTENCE.fullmatch(name):
            values[name], done = _chinese(value or "")
            complete &= done
        elif name.startswith("choices"):
            values[name] = "、".join(choice(each, "zh") for each in value.split(_OR))
        elif name == "key":
            values[name] = choice(value, "zh")
            complete &= " " not in value or values[name] != value
        else:
            values[name] = value or ""
    return pattern.zh.format_map(values), complete


@cache
def _choices() -> dict[str, str]:
    """Return the Chinese of each word to choose from or to type."""
    rows = sheets.packaged("texts/messages.csv")
    return {r.en.removeprefix("choice "): r.zh for r in rows.itertuples() if r.of == "choice"}


@cache
def _patterns() -> tuple[_Pattern, ...]:
    """Return all patterns, those with the most letters outside their places first."""
    rows = sheets.packaged("texts/messages.csv")
    found = [(row.en, row.zh, row.of) for row in rows.itertuples()]
    found += [(en, zh, "rule") for _, zh, en in findings.rules().values()]
    wrong = sheets.packaged("reference/wrong_values.csv")
    found += [(row.en, row.zh, "value") for row in wrong.itertuples()]
    made = [(of, _pattern(en, zh)) for en, zh, of in found]
    joint = {"joins": True, "weight": 0}  # as they stand in the catalogue
    kept = [(of, replace(p, **joint) if of == "joint" else p) for of, p in made if p]
    kept.sort(key=lambda each: (each[0] != "frame", each[1].joins, -each[1].weight))
    return tuple(pattern for _, pattern in kept)


def _pattern(en: str, zh: str) -> _Pattern | None:
    """Return a pair of sentences as a pattern; None where the Chinese asks for what the English
    does not have.
    """
    form, weight, places, held = "", 0, {}, ""
    for text, name, spec, _ in Formatter().parse(en):
        form, weight = form + re.escape(text), weight + len(text.strip())
        held = max(held, text, key=len)
        if name is None:
            continue
        place = _named(name, spec)
        filled = _FORMS.get(re.sub(r"\d+$", "", name), r".+?" if spec else _CLAUSE)
        form += f"(?P={place})" if place in places else f"(?P<{place}>{filled})"
        places[place] = name
    made = ""
    for text, name, spec, _ in Formatter().parse(zh):
        made += text.replace("{", "{{").replace("}", "}}")
        if name is not None:
            exact, near = _named(name, spec), name.replace("_zh", "_en")
            others = [place for place, of in places.items() if of in (name, near)]
            chosen = exact if exact in places else next(iter(others), "")
            if not chosen:
                return None
            made += f"{{{chosen}}}"
    return _Pattern(form, held, made, weight)


@cache
def _compiled(form: str) -> re.Pattern:
    """Return a pattern that is tried: of a thousand few hold a part that a sentence has."""
    return re.compile(form, re.DOTALL)


def _named(name: str, spec: str | None) -> str:
    """Return a place's name as a group of a regular expression: with its format, which may differ.

    >>> _named("kwh", ",.0f"), _named("rest2", "")
    ('kwh_2c2e3066', 'rest2')
    """
    of_format = f"_{spec.encode().hex()}" if spec else ""
    return re.sub(r"\W", "_", name) + of_format
