"""The report's two texts as they are written: read, compared, refused where they hold digits."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache

import jinja2
from jinja2 import nodes

from neutrality import sheets
from neutrality.texts import labels

# The only names in the texts that may hold a digit; any other digit is a claim, a cell or a
# parameter.
LISTED_NAMES = (
    *(f"{scope} {number}" for scope in ("Scope", "scope") for number in "123"),
    *(f"范围{number}" for number in "123"),
    "ISO 14064-1",
    "ISO 14064-3",
    "ISO 14068-1",
    "DB11/T 1861-2021",
    "PAS 2060",
    "GB/T 2589",
    "ASHRAE Guideline 14",
    "CO2",
    "CO₂",
    "No. 001",
)
_PRIVATE_USE = 0xE000  # first of the characters that Unicode leaves to private use
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
# How a text may ask for a claim.
_CLAIM_CALLS = ("claim", "value", "named", "band", "level", "amount", "has_claim")
_CLAIM_CALLS += ("is_positive", "includes_zero", "not_zero", "is_listed")
_CLAIM = re.compile(rf"\b(?:{'|'.join(_CLAIM_CALLS)})\(\s*['\"](\w+)['\"]")
_BARE_NAMES = ("illustrative", "view", "left", "draft")  # names that the texts use without a call


def text(lang: str) -> str:
    """Return the report's text of one language, as it was written."""
    return (labels.TEXTS / f"report.{lang}.md").read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    """Return the syntax of the texts: a missing name is an error, comments are <!-- -->.

    Jinja's own comment mark, {#, is Markdown's for an anchor.
    """
    return jinja2.Environment(
        optimized=False,  # a text is filled in once, and folding its constants takes longer
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        comment_start_string="<!--",
        comment_end_string="-->",
    )


@cache
def compiled(text: str) -> jinja2.Template:
    """Return a text ready to be filled in."""
    return _environment().from_string(_parsed(text))


@cache
def _parsed(text: str) -> nodes.Template:
    return _environment().parse(text)


def refuse_faulty(texts: dict[str, str], quotable: dict[str, str] | None = None) -> None:
    """Raise ValueError, one line a fault, where a text holds a digit, an assertion word or words in
    quotation marks that nobody said, or where the two texts differ.

    `quotable` is what may be quoted beside the package's own names, by language: the announcement.
    """
    said = tuple((quotable or {}).get(lang, "") for lang in texts)
    if faults := _faults(tuple(texts.items()), said):
        raise ValueError("\n".join(faults))


@cache  # most sites of a batch have no announcement
def _faults(texts: tuple[tuple[str, str], ...], said: tuple[str, ...]) -> list[str]:
    """Return the sentences of `refuse_faulty`; `said` is what may be quoted, text by text."""
    faults = [
        f"report.{lang}.md: {fault}"
        for (lang, source), words in zip(texts, said, strict=True)
        for fault in typed_digits(source) + too_strong(source, lang, words)
    ]
    sources = dict(texts)
    return faults + _differences(sources["zh"], sources["en"])


def typed_digits(text: str) -> list[str]:
    """Return a sentence for each digit of a text outside placeholders and listed names.

    >>> typed_digits("The scope 2 figure is {{ claim('scope2_market_t') }}. It fell by 40 percent.")
    ["the sentence 'It fell by 40 percent.' holds a digit; write a claim in its place."]
    """
    prose, arguments = _lexed(text)
    faults = [
        f"the argument {each} holds a digit; write a claim in its place." for each in arguments
    ]
    return faults + [
        f"the sentence '{_unmasked(sentence).strip()}' holds a digit; write a claim in its place."
        for sentence in _sentences(prose)
        if _has_digit(sentence)
    ]


def too_strong(text: str, lang: str, quotable: str = "") -> list[str]:
    """Return a sentence for each assertion word of a text, and each quotation that nobody said.

    texts/assertion_words.csv lists the words that claim more than a figure shows, such as all,
    first or fully, and the turns in which they claim nothing, with the reason. Inside a quotation
    from `quotable`, or from the names of the package, they are others' words.

    >>> faults = too_strong("Every site is neutral. So it was since the first year.", "en")
    >>> [fault.partition(";")[0] for fault in faults]
    ["the sentence 'Every site is neutral.' says 'Every'"]
    """
    faults, said = [], quotable + "\n" + "\n".join(_names(lang))
    for sentence in _sentences(_lexed(text)[0]):
        whole, rest = _unmasked(sentence).strip(), sentence
        for quoted, words in _quotations(sentence):
            rest = rest.replace(quoted, " ")
            if _unmasked(words) not in said:
                faults.append(
                    f"the sentence '{whole}' quotes '{_unmasked(words)}', which the announcement "
                    "does not say; quote it unchanged, or take the quotation marks away."
                )
        if found := _assertion_words(lang).search(_turns(lang).sub(" ", rest)):
            faults.append(
                f"the sentence '{whole}' says '{found[0]}'; weaken it, or list the turn with its "
                "reason in texts/assertion_words.csv."
            )
    return faults


def _quotations(sentence: str) -> list[tuple[str, str]]:
    """Return each quotation of a sentence with and without its marks."""
    marked = re.finditer(r"“([^”]*)”|\"([^\"]*)\"", sentence)
    return [(found[0], found[1] or found[2] or "") for found in marked]


@cache
def _names(lang: str) -> tuple[str, ...]:
    """Return what the package calls things: a text may put such a name in quotation marks."""
    files = ("labels", "findings", "criteria")
    named = [sheets.packaged(f"texts/{file}.csv") for file in files]
    return tuple(
        cell for rows in named for name in rows if name.endswith(lang) for cell in rows[name]
    )


@cache
def _assertion_words(lang: str) -> re.Pattern:
    rows = sheets.packaged("texts/assertion_words.csv").query("lang == @lang")
    return _any_of(set(rows["word"]), lang)


@cache
def _turns(lang: str) -> re.Pattern:
    rows = sheets.packaged("texts/assertion_words.csv").query("lang == @lang and turn != ''")
    return _any_of(rows["turn"], lang)


def _any_of(words: Iterable[str], lang: str) -> re.Pattern:
    """Return a pattern of any of some words, whole ones where the language has spaces."""
    either = "|".join(sorted(map(re.escape, words), key=len, reverse=True)) or "(?!)"
    return re.compile(rf"\b(?:{either})\b" if lang == "en" else either, re.IGNORECASE)


def _sentences(prose: str) -> list[str]:
    """Return prose in sentences, listed names masked: "No." must end none."""
    return re.split(r"(?<=[。！？!?])|(?<=\.)\s|\n", _masked(prose))


@cache
def _lexed(text: str) -> tuple[str, list[str]]:
    """Return a text's prose, and the arguments of its placeholders that hold a digit."""
    prose, arguments = "", []
    for _, kind, token in _environment().lex(text):
        prose += token if kind == "data" else " … " if kind == "variable_begin" else ""
        number = kind in ("integer", "float")
        if number or (kind == "string" and not _IDENTIFIER.fullmatch(token[1:-1])):
            arguments += [token] if _has_digit(token) else []
    return prose, arguments


def _has_digit(text: str) -> bool:
    return any(each.isdigit() for each in text)


def _masked(prose: str) -> str:
    """Return prose with each listed name as one private character: "No." must end no sentence."""
    for place, name in enumerate(LISTED_NAMES):
        prose = prose.replace(name, chr(_PRIVATE_USE + place))
    return prose


def _unmasked(prose: str) -> str:
    names = {chr(_PRIVATE_USE + place): name for place, name in enumerate(LISTED_NAMES)}
    return re.sub("[\ue000-\uf8ff]", lambda found: names[found[0]], prose)


def _differences(zh: str, en: str) -> list[str]:
    """Return how the texts differ in placeholders, tables, figures, conditions and headings.

    >>> _differences("# 一\\n{{ claim('a_t') }}", "# One\\n{{ claim('b_t') }}")
    ["only report.zh.md has claim('a_t')", "only report.en.md has claim('b_t')"]
    """
    held = {"zh": _contents(zh), "en": _contents(en)}
    return [
        f"only report.{lang}.md has {thing}" + (f" ({count} more)" if held[other][thing] else "")
        for lang, other in (("zh", "en"), ("en", "zh"))
        for thing, count in (held[lang] - held[other]).items()
    ]


def _contents(text: str) -> Counter:
    """Return how often a text has each placeholder, and a heading of each level."""
    tree = _parsed(text)
    calls = (
        f"{call.node.name}({', '.join(repr(each.value) for each in call.args)})"
        for call in tree.find_all(nodes.Call)
    )
    names = (name.name for name in tree.find_all(nodes.Name) if name.name in _BARE_NAMES)
    marks = re.findall("^(#+) ", text, re.MULTILINE)
    return Counter([*calls, *names, *(f"a heading of level {len(each)}" for each in marks)])


@cache
def claims_asked(text: str) -> frozenset[str]:
    """Return the ids of the claims that a text may ask for.

    >>> sorted(claims_asked("{% if has_claim('drift') %}{{ claim('savings_t') }}{% endif %}"))
    ['drift', 'savings_t']
    """
    return frozenset(_CLAIM.findall(text))
