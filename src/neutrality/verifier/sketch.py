"""The words of the report's page in their order, read from its Markdown without pandoc: in a
twentieth of pandoc's time, and only for what the report's own texts use of Markdown.

A report file that agrees with the sketch needs no page; where one differs, `printed` asks pandoc,
so that a sign which is misread here costs a second and accuses nobody.
"""

from __future__ import annotations

import re
from html import escape

from neutrality.report import pages
from neutrality.texts import labels

_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_KEPT = 0xE000  # first of the characters of private use, which stand for escaped ones meanwhile
_HEAD = re.compile(
    r"---\n(?P<alone>alone: true\n)?"
    r"title: \|-\n(?P<title>.*)\nsubtitle: \|-\n(?P<subtitle>.*)\n---\n"
)
_CLAIM = re.compile(r'\[\[([^\[\]]*)\]\{\.claim data-claim="(\w+)" title="[^"]*"\}\]\(#claim-\w+\)')
_LINKED = r'<a href="#claim-\2"><span class="claim" data-claim="\2" title="">\1</span></a>'
# A span with its attributes, a link or a figure with its address.
_SPAN = re.compile(r"!?\[([^\[\]]*)\](?:\{[^{}]*\}|\([^()\s]*\))")
_ATTRIBUTES = re.compile(r" ?\{[#.][^{}]*\}")
_MARKS = re.compile(r"\*\*?|`|~(?=[^~\s]+~)|(?<=[^~\s])~|\^(?=[^^\s]+\^)|(?<=[^^\s])\^")
_HEADING = re.compile(r"(#+) (.*)")
_RULE = re.compile(r"\|[-:| ]+\|")  # below the heads of a table
_DIV = re.compile(r":{3,}( \{.*\})?")
_ITEM = re.compile(r"^(?:[-*]|\d+\.) ")
_WIDE = "[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]"
_BROKEN = re.compile(rf"(?<={_WIDE})\n(?={_WIDE})")  # no space in Chinese
_CAPTION = ": "


def page(markdown: str, lang: str, mark: str = "") -> str:
    """Return a page of HTML with the words of a report and the links of its numbers, no more.

    `mark` stands at its head, then the name of the other language.
    """
    text = escape(_kept(pages.with_marks(markdown)), quote=False).replace("&amp;", "&")
    text = _CLAIM.sub(_LINKED, text)
    while (plain := _SPAN.sub(r"\1", text)) != text:
        text = plain
    head = _HEAD.match(text)
    title, subtitle = (head["title"], head["subtitle"]) if head else ("", "")
    others = () if head and head["alone"] else set(labels.LANGUAGES) - {lang}
    other = " ".join(labels.label("language", each) for each in others)
    body = "\n".join(_blocks(text[head.end() if head else 0 :].splitlines()))
    shown = _BROKEN.sub("", _MARKS.sub("", "\n\n".join([mark, other, title, subtitle, body])))
    return _restored(f"<head><title>{title}</title></head><body>{shown}</body>")


def _kept(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(_KEPT + ord(found[1])), text)


def _restored(text: str) -> str:
    return re.sub("[\ue000-\ue07f]", lambda found: escape(chr(ord(found[0]) - _KEPT)), text)


def _blocks(lines: list[str]) -> list[str]:
    """Return lines as a page shows them: headings numbered, a table's caption above its rows."""
    made: list[str] = []
    numbers: list[int] = []
    begun = 0  # where the last table began in `made`
    for before, line in zip(["", *lines], lines, strict=False):
        if line.startswith("|"):
            begun = begun if before.startswith("|") else len(made)
            made += [] if _RULE.fullmatch(line) else [line.replace("|", " ")]
        elif line.startswith(_CAPTION):
            made.insert(begun, _ATTRIBUTES.sub("", line.removeprefix(_CAPTION)))
        elif heading := _HEADING.fullmatch(line):
            made.append(_numbered(heading, numbers))
        elif not _DIV.fullmatch(line):
            made.append(_ATTRIBUTES.sub("", _ITEM.sub(" ", line)))
    return made


def _numbered(heading: re.Match, numbers: list[int]) -> str:
    """Return a heading with its number, and count it; without one where it says so."""
    words, level = _ATTRIBUTES.sub("", heading[2]), len(heading[1])
    if ".unnumbered" in heading[2]:
        return words
    numbers[:] = [*numbers, *[0] * level][:level]
    numbers[-1] += 1
    return f"{'.'.join(map(str, numbers))} {words}"
