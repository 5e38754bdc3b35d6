"""One Markdown text becomes a self-contained HTML file, a PDF and a Word file, the same bytes each
time.

Pandoc (pypandoc_binary) reads the text once and writes all of them by texts/layout.lua; Typst sets
the PDF; both come as Python wheels. The fonts are the bundled ones (texts/fonts), and the HTML file
carries just the glyphs it uses.
"""

import base64
import io
import os
import re
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterable
from html import unescape
from pathlib import Path

from neutrality.report import columns, origins
from neutrality.texts import fonts, labels, pictures

_READER = (
    "markdown-smart-citations-raw_html-raw_tex-tex_math_dollars-auto_identifiers"
    "+east_asian_line_breaks"
)
# the moment written into every file, 2026-01-01 UTC: a clock would make two runs differ
_EPOCH = 1767225600
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_PDF_STANDARDS = ["a-2a", "ua-1"]  # archival and tagged: Typst refuses what meets neither
_NARROW = "(max-width: 56rem)"  # as in report.css
_HAN = re.compile("[\u4e00-\u9fff]")
_FIGURE = re.compile(r"(?<=\]\()figures/[^)]+\.svg(?=\))")
_HEAD = "---\n"
_ALONE = f"{_HEAD}alone: true\n"
_FORMATS = {"html": "html5", "pdf": "typst", "docx": "docx"}  # by pandoc's names
_WORD_DPI = 144
# Of pandoc's runtime: in larger pieces, and with room for what stays, it collects less often, and
# takes a fifth less time.
_MEMORY = ("+RTS", "-A16m", "-O512m", "-RTS")
# Tables of words: telephones get their rows below each other, each cell behind its heading, where a
# scrolling box would hide the verdict.
_STACKED = ("verdict_strip", "sentences", "conventions", "open_evidence", "findings", "clauses")
_STACKED += ("criteria", "targets", "contradictions", "factors_used", "coefficients_used")
_STACKED += ("material_findings", "measures", "organisation_given", "base_year_given")
_STACKED += ("data_given", "plan_given")
_TABLE = re.compile(rf'<table id="table-({"|".join(_STACKED)})">(.*?)</table>', re.DOTALL)
# The large numbers of page one: a Chinese unit is as long as three of them.
_TILE = re.compile(r'(<div class="tile">\s*<p>\s*<button[^>]*>[\d,.−]+)\s([^<]+)(?=</button>)')


def sources(
    markdown: str, folder: Path, lang: str, mark: str = "", formats: Iterable[str] = _FORMATS
) -> dict[str, bytes]:
    """Return for each of the formats what pandoc makes of the text, which it reads once: what
    `html`, `pdf` and `docx` take.

    `folder` is where the figures' paths start; `mark` stands at the head of every page when not
    empty. ValueError when pandoc fails or warns.
    """
    text = with_marks(markdown if set(formats) == {"html"} else columns.laid_out(markdown))
    with tempfile.TemporaryDirectory() as scratch:
        options = _for_word(markdown, folder, Path(scratch), mark) if "docx" in formats else ()
        made = _pandoc(text, scratch, [_FORMATS[each] for each in formats], lang, mark, *options)
    with zipfile.ZipFile(io.BytesIO(made)) as held:
        return {each: held.read(_FORMATS[each]) for each in formats}


def html(source: bytes, folder: Path, lang: str) -> bytes:
    """Return one HTML5 file with its figures, style and font inside, and neither script nor outside
    address; a number opens to what it rests on.
    """
    page = _with_figures(_opened(source, folder, lang), folder, lang)
    font = base64.b64encode(fonts.woff("".join(sorted(set(unescape(page)))))).decode("ascii")
    style = (labels.TEXTS / "report.css").read_text(encoding="utf-8")
    head = f"<style>\n{style.replace('FONT_DATA', font)}</style>\n"
    return page.replace("</head>", f"{head}</head>", 1).encode()


def alone(markdown: str) -> str:
    """Return the text of a report that has no other language: its page links to none."""
    return markdown.replace(_HEAD, _ALONE, 1)


def unstyled(markdown: str, folder: Path, lang: str, mark: str = "") -> str:
    """Return the page of `html` with every word of it, but without style, font and figures."""
    return _opened(sources(markdown, folder, lang, mark, ["html"])["html"], folder, lang)


def _opened(source: bytes, folder: Path, lang: str) -> str:
    page = _TABLE.sub(_stacked, origins.opened(source.decode(), folder, lang))
    if lang == "zh":
        page = _TILE.sub(r'\1 <span class="unit">\2</span>', page)
    return _with_languages(page, lang)


def _stacked(table: re.Match) -> str:
    """Return a table whose cells name their column."""
    heads = [re.sub("<[^>]*>", "", each) for each in re.findall("<th[^>]*>(.*?)</th>", table[2])]

    def row(cells: re.Match) -> str:
        named = iter(heads)
        return re.sub("<td", lambda _: f'<td data-head="{next(named, "")}"', cells[0])

    rows = re.sub("<tr.*?</tr>", row, table[2], flags=re.DOTALL)
    return f'<table id="table-{table[1]}" class="stacked">{rows}</table>'


def _with_figures(page: str, folder: Path, lang: str) -> str:
    """Return the page with its figures inside, and of those that have a narrow version also that,
    shown on telephones.
    """

    def picture(found: re.Match) -> str:
        drawn = folder / "figures" / f"{found[2]}.{lang}.narrow.svg"
        if not drawn.is_file():
            return found[0]
        source = f'<source media="{_NARROW}" srcset="{_data(drawn)}">'
        return f"{found[1]}<picture>{source}{found[3]}</picture>"

    page = re.sub(r'(<figure id="figure-(\w+)">\s*)(<img [^>]*>)', picture, page)
    return re.sub(
        r'(?<=<img )(.*?)(?<=src=")(figures/[^"]+)',
        lambda found: f"{found[1]}{_data(folder / found[2])}",
        page,
    )


def _data(svg: Path) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.read_bytes()).decode('ascii')}"


def _with_languages(page: str, lang: str) -> str:
    """Return the page with the language of cells in the other one, so that they are read aloud as
    such, and with no header cell that is empty.
    """
    other = next(each for each in labels.LANGUAGES if each != lang)

    def cell(found: re.Match) -> str:
        words = re.sub("<[^>]*>|&[^;]*;", " ", found[2])
        foreign = {
            "en": len(re.findall("[A-Za-z]{2,}", words)) > 2 and not _HAN.search(words),
            "zh": bool(_HAN.search(words)),
        }[other]
        marked = f' lang="{labels.LANG_TAG[other]}"' if foreign else ""
        return f"<td{marked}{found[1]}>{found[2]}</td>"

    filled = re.sub(r"<th([^>]*)></th>", r"<td\1></td>", page)
    return re.sub(r"<td([^>]*)>(.*?)</td>", cell, filled, flags=re.DOTALL)


def pdf(source: bytes, folder: Path, lang: str) -> bytes:
    """Return a PDF/A-2a and PDF/UA-1 file: cover, contents, numbered tables and figures, and the
    mark on every page.
    """
    import typst

    return typst.compile(
        source,
        root=str(folder),
        font_paths=fonts.for_typst(),
        timestamp=_EPOCH,
        pdf_standards=_PDF_STANDARDS,
    )


def _for_word(markdown: str, folder: Path, scratch: Path, mark: str) -> tuple[str, ...]:
    """Return pandoc's options for a Word file of A4 pages, with the mark as the header of every
    page; what they need, and the figures as PNG, are put into `scratch`.
    """
    from neutrality.report import word  # python-docx, which a verifier does without

    look = scratch / "reference.docx"
    look.write_bytes(word.reference(mark))
    drawn = sorted(set(_FIGURE.findall(markdown)))
    for name, pixels in zip(drawn, pictures.png(folder, drawn, _WORD_DPI), strict=True):
        path = (scratch / name).with_suffix(".png")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(pixels)
    return (f"--reference-doc={look.name}",)


def docx(source: bytes, folder: Path, lang: str) -> bytes:
    """Return a Word file with one moment for every entry: those that pandoc takes from the
    reference document keep the moment at which that was made.
    """
    again = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(source)) as old,
        zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        moment = time.gmtime(_EPOCH)[:6]
        for item in old.infolist():
            new.writestr(
                zipfile.ZipInfo(item.filename, moment), old.read(item), zipfile.ZIP_DEFLATED
            )
    return again.getvalue()


def _pandoc(
    text: str, scratch: str, formats: list[str], lang: str, mark: str, *options: str
) -> bytes:
    """Return the archive that texts/layout.lua writes, with an entry for each format."""
    import pypandoc

    command = [
        pypandoc.get_pandoc_path(),
        *("--from", _READER, "--to", str(labels.TEXTS / "layout.lua"), "--output=-"),
        *("--number-sections", "--section-divs", "--toc", "--toc-depth=2"),
        *("--columns=10000", "--wrap=preserve", *_MEMORY, *options),
    ]
    meta = {"lang": labels.LANG_TAG[lang], "toc-title": labels.label("contents", lang)}
    about = _variables(lang) | {"formats": " ".join(formats)} | ({"mark": mark} if mark else {})
    command += [f"--metadata={name}={said}" for name, said in meta.items()]
    command += [f"--variable={name}={said}" for name, said in about.items()]
    clock = {**os.environ, "SOURCE_DATE_EPOCH": str(_EPOCH)}
    done = subprocess.run(command, input=text.encode(), cwd=scratch, env=clock, capture_output=True)
    if done.returncode or done.stderr:
        to, said = ", ".join(formats), done.stderr.decode(errors="replace").strip()
        raise ValueError(f"The {to} report could not be made: {said}")
    return done.stdout


def _variables(lang: str) -> dict[str, str]:
    """Return what the templates say: of the report, of the same in the other language, of fonts."""
    other = next(each for each in labels.LANGUAGES if each != lang)
    return {
        "description": labels.label("report_description", lang),
        "locale": {"zh": "zh_CN", "en": "en_GB"}[lang],
        "other-lang": labels.LANG_TAG[other],
        "other-file": f"report.{other}.html",
        "other-name": labels.label("language", other),
        "cjk": fonts.FAMILY,
        "bold": fonts.BOLD_FAMILY,
    }


def with_marks(markdown: str) -> str:
    """Return the text with raised and lowered digits as Markdown marks: the Chinese font lacks
    their glyphs.

    >>> with_marks("tCO₂e per 10⁴ Nm³")
    'tCO~2~e per 10^4^ Nm^3^'
    """
    lowered = re.sub("[₀-₉]+", lambda found: f"~{found[0].translate(_SUBSCRIPTS)}~", markdown)
    return re.sub("[⁰¹²³⁴-⁹]+", lambda found: f"^{found[0].translate(_SUPERSCRIPTS)}^", lowered)


def without_marks(text: str) -> str:
    """Return text for an attribute, where nothing can be raised or lowered.

    >>> without_marks("tCO₂e")
    'tCO2e'
    """
    return text.translate(_SUBSCRIPTS).translate(_SUPERSCRIPTS)
