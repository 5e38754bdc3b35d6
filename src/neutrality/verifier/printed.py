"""Whether the report files of a bundle print what its claims and tables say: each is compared with
the page that the installed release makes of them.

HTML is compared word by word, the boxes behind the numbers too; Word by its numbers and words,
whatever their order, because it sets the large numbers of page one as a table; PDF by its numbers,
because it breaks words.
"""

from __future__ import annotations

import difflib
import json
import re
import zipfile
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from html import unescape
from pathlib import Path
from typing import NamedTuple

from neutrality.report import origins, pages, report
from neutrality.texts import labels
from neutrality.verifier import sketch
from neutrality.verifier.received import printable

META = report.META
# A number with its sign: a hyphen inside a serial number or a date is none.
_NUMBER = re.compile(r"(?:(?<![\w.,−-])[−-])?\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[A-Za-z]+|[\u4e00-\u9fff]+")
_NOT_SHOWN = re.compile(r"<(style|script|head|svg|nav)\b.*?</\1>", re.DOTALL)
_INLINE = re.compile(r"</?(?:sub|sup|span|a|button|strong|em|code)\b[^>]*>")
_BOX = re.compile(r"<div popover.*?</div>", re.DOTALL)
_DOCUMENT = "word/document.xml"
_MOST = 50_000_000  # [B] of it unpacked; that of a report has two million
_SHOWN = 5  # differences of one file
_CONTEXT = 4  # words before a difference


class Printed(NamedTuple):
    """What a report file shows: its words in order, and the numbers among them."""

    words: list[str]
    numbers: Counter


def differences(folder: Path) -> list[tuple[str, str]]:
    """Return file and sentence for each place in which a report file prints something else than the
    bundle's claims, tables and parameters make.

    Raises ValueError where the report cannot be made of them, which says why.
    """
    meta, found = parameters(folder), []
    with ThreadPoolExecutor(1) as beside:  # PDFium leaves Python free, and has one thread itself
        texts = {
            lang: beside.submit(_pages_of, folder / f"report.{lang}.pdf")
            for lang in report.languages(meta)
        }
        for lang, pdf in texts.items():
            mark = report.MARK[lang] if meta.get("illustrative") else ""
            markdown = report.render(folder, lang, meta)
            sketched = origins.opened(sketch.page(markdown, lang, mark), folder, lang)
            if _against(
                folder, sketched, lang, pdf
            ):  # then the page itself says whether, and where
                page = pages.unstyled(markdown, folder, lang, mark)
                found += _against(folder, page, lang, pdf)
    return found


def _against(folder: Path, page: str, lang: str, pdf: Future) -> list[tuple[str, str]]:
    """Return file and sentence for what the report files of a language print and a page does not,
    or otherwise; `pdf` has the pages of the PDF.
    """
    found = []
    checks = {"html": _of_html, "docx": _of_word, "pdf": lambda *_: _of_pdf(pdf.result(), page)}
    for form, check in checks.items():
        path = folder / f"report.{lang}.{form}"
        if path.is_file():
            found += [(path.name, sentence) for sentence in check(path, page, lang)]
    return found


def parameters(folder: Path) -> dict:
    """Return the parameters that the report's texts may print, as the bundle holds them; ValueError
    where it does not.
    """
    try:
        held = json.loads((folder / META).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{META}: is missing or no JSON; the report cannot be checked") from error
    if not isinstance(held, dict):
        raise ValueError(f"{META}: holds no table of parameters; the report cannot be checked")
    return held


def _of_html(path: Path, page: str, lang: str) -> list[str]:
    made, held = (
        _text(each) for each in (page, path.read_text(encoding="utf-8", errors="replace"))
    )
    return _other_words(held.split(), made.split())


def _of_word(path: Path, page: str, lang: str) -> list[str]:
    """Return what a Word file says otherwise; its contents and its marks are its own."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(_DOCUMENT).file_size > _MOST:
                return [f"unpacks to more than {_MOST:,} bytes"]
            document = archive.read(_DOCUMENT).decode("utf-8", errors="replace")
    except (zipfile.BadZipFile, KeyError, OSError):
        return ["is no Word file"]
    document = re.sub(r"<w:instrText.*?</w:instrText>", "", document)
    spaced = re.sub(r"</w:p>|<w:tab/>|<w:br/>", " ", document)
    held = unescape(re.sub("<[^>]*>", "", spaced))
    made = _text(_BOX.sub("", page))
    own = {labels.label(name, lang) for name in ("contents", "draft", "draft_illustrative")}
    own |= {report.MARK[lang], *(labels.label("language", each) for each in labels.LANGUAGES)}
    free = Counter(word for text in own for word in _WORD.findall(text))
    said = _other_counts(Counter(_WORD.findall(held)), Counter(_WORD.findall(made)), free)
    return said + _other_counts(_numbers(held), _numbers(made), Counter())


def _pages_of(path: Path) -> list[str] | None:
    """Return the text of each page of a PDF; None where it is none that can be read."""
    import pypdfium2

    if not path.is_file():
        return None
    try:
        with pypdfium2.PdfDocument(str(path)) as document:
            return [each.get_textpage().get_text_range() for each in document]
    except pypdfium2.PdfiumError:
        return None


def _of_pdf(held: list[str] | None, page: str) -> list[str]:
    """Return the numbers that a PDF lacks; those of its pages and its heads are its own."""
    if held is None:
        return ["is no PDF that can be read"]
    made = _numbers(_text(_BOX.sub("", page)))
    every = _numbers("\n".join(held))
    pages_and_year = {str(each) for each in range(len(held) + 1)} | set(
        re.findall(r"\d{4}", _title(page))
    )
    more = Counter(
        {each: count for each, count in (every - made).items() if each not in pages_and_year}
    )
    return _other_counts(every & made | more, made, Counter())


def _title(page: str) -> str:
    found = re.search("<title>(.*?)</title>", page, re.DOTALL)
    return found[1] if found else ""


def _text(page: str) -> str:
    """Return what a page shows, without its head, drawings and contents."""
    shown = _INLINE.sub("", _NOT_SHOWN.sub("", page))
    return unescape(re.sub("<[^>]*>", " ", shown))


def _numbers(text: str) -> Counter:
    """Return the numbers of a text and how often each stands there, signs written alike.

    >>> sorted(_numbers("-8.0 % of 1,309 t, serial 99-100; −8.0"))
    ['1,309', '100', '99', '−8.0']
    """
    return Counter(each.replace("-", "−") for each in _NUMBER.findall(text))


def _other_words(held: list[str], made: list[str]) -> list[str]:
    """Return a sentence for the first places in which two texts differ."""
    if held == made:
        return []
    found = []
    matcher = difflib.SequenceMatcher(None, made, held, autojunk=False)
    for kind, i, i_end, j, j_end in matcher.get_opcodes():
        if kind != "equal":
            before = " ".join(made[max(i - _CONTEXT, 0) : i])
            said, should = (" ".join(part) for part in (held[j:j_end], made[i:i_end]))
            found.append(_sentence(said, should, before))
    return _first(found)


def _sentence(said: str, should: str, before: str = "") -> str:
    where = f"after '{printable(before)}' " if before else ""
    return f"{where}it prints '{printable(said)}', where the bundle gives '{printable(should)}'"


def _other_counts(held: Counter, made: Counter, free: Counter) -> list[str]:
    """Return a sentence for what stands in one of two texts more often than in the other."""
    more, less = held - made - free, made - held - free
    pairs = zip([*more, *[""] * len(less)], [*less, *[""] * len(more)], strict=True)
    return _first([_sentence(said, should) for said, should in pairs if said or should])


def _first(found: list[str]) -> list[str]:
    more = len(found) - _SHOWN
    return found[:_SHOWN] + ([f"and {more} more differences"] if more > 0 else [])
