"""One Markdown text becomes a self-contained HTML file, a PDF and a Word file, the same bytes each
time.

Pandoc (pypandoc_binary) reads the text; Typst sets the PDF; both come as Python wheels. The fonts
are the bundled ones (texts/fonts), and the HTML file carries just the glyphs it uses.
"""

import base64
import io
import os
import re
import subprocess
import tempfile
import time
import zipfile
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
_WORD_DPI = 144
_WORD_LINE, _PDF_LINE = 96, 112  # characters that fit beside each other on a page
# Of pandoc's runtime: in larger pieces it collects less often, and takes a sixth less time.
_MEMORY = ("+RTS", "-A64m", "-RTS")
# What paper needs: the filter, and widths as the dashes below a table's heads say.
_LAYOUT = (f"--lua-filter={labels.TEXTS / 'layout.lua'}", "--columns=1")
# Tables of words: telephones get their rows below each other, each cell behind its heading, where a
# scrolling box would hide the verdict.
_STACKED = ("verdict_strip", "sentences", "conventions", "open_evidence", "findings", "clauses")
_STACKED += ("criteria", "targets", "contradictions", "factors_used", "coefficients_used")
_STACKED += ("material_findings", "measures", "organisation_given", "base_year_given")
_STACKED += ("data_given", "plan_given")
_TABLE = re.compile(rf'<table id="table-({"|".join(_STACKED)})">(.*?)</table>', re.DOTALL)
# The large numbers of page one: a Chinese unit is as long as three of them.
_TILE = re.compile(r'(<div class="tile">\s*<p>\s*<button[^>]*>[\d,.−]+)\s([^<]+)(?=</button>)')


def html(markdown: str, folder: Path, lang: str, mark: str = "") -> str:
    """Return one HTML5 file with its figures, style and font inside, and neither script nor outside
    address; a number opens to what it rests on.

    `folder` is where the figures' paths start; `mark` stands at the head of every page when not
    empty.
    """
    page = _with_figures(unstyled(markdown, folder, lang, mark), folder, lang)
    font = base64.b64encode(fonts.woff("".join(sorted(set(unescape(page)))))).decode("ascii")
    style = (labels.TEXTS / "report.css").read_text(encoding="utf-8")
    other = "" if markdown.startswith(_ALONE) else _alternate(lang)
    head = other + f"<style>\n{style.replace('FONT_DATA', font)}</style>\n"
    return page.replace("</head>", f"{head}</head>", 1)


def alone(markdown: str) -> str:
    """Return the text of a report that has no other language: its page links to none."""
    return markdown.replace(_HEAD, _ALONE, 1)


def unstyled(markdown: str, folder: Path, lang: str, mark: str = "") -> str:
    """Return the page of `html` with every word of it, but without style, font and figures."""
    sections = ("--toc", "--toc-depth=2", "--section-divs")
    about = (*sections, *_other_language(lang))
    page = _pandoc(markdown, folder, lang, mark, "html5", "report.html", *about)
    page = _TABLE.sub(_stacked, origins.opened(page, folder, lang))
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


def _alternate(lang: str) -> str:
    """Return the link to the other language, which pandoc would try to embed."""
    return "".join(
        f'<link rel="alternate" hreflang="{labels.LANG_TAG[other]}" href="report.{other}.html">\n'
        for other in labels.LANGUAGES
        if other != lang
    )


def _other_language(lang: str) -> list[str]:
    """Return what the page says of itself and of the same report in the other language."""
    other = next(each for each in labels.LANGUAGES if each != lang)
    said = {
        "description": labels.label("report_description", lang),
        "locale": {"zh": "zh_CN", "en": "en_GB"}[lang],
        "other-lang": labels.LANG_TAG[other],
        "other-file": f"report.{other}.html",
        "other-name": labels.label("language", other),
    }
    return [part for name, text in said.items() for part in ("--variable", f"{name}={text}")]


def pdf(markdown: str, folder: Path, lang: str, mark: str = "") -> bytes:
    """Return a PDF/A-2a and PDF/UA-1 file: cover, contents, numbered tables and figures, and the
    mark on every page.
    """
    import typst

    source = typst_source(markdown, folder, lang, mark)
    return typst.compile(
        source.encode(),
        root=str(folder),
        font_paths=fonts.folders(),
        ignore_system_fonts=True,
        timestamp=_EPOCH,
        pdf_standards=_PDF_STANDARDS,
    )


def typst_source(markdown: str, folder: Path, lang: str, mark: str = "") -> str:
    """Return what Typst sets: the same text behind texts/report.typ."""
    options = (
        *_LAYOUT,
        "--variable",
        f"cjk={fonts.FAMILY}",
        "--variable",
        f"bold={fonts.BOLD_FAMILY}",
    )
    markdown = columns.laid_out(markdown, _PDF_LINE)
    return _pandoc(markdown, folder, lang, mark, "typst", "report.typ", *options)


def docx(markdown: str, folder: Path, lang: str, mark: str = "") -> bytes:
    """Return a Word file of A4 pages, with its figures as PNG, and the mark as the header of every
    page.
    """
    from neutrality.report import word  # python-docx, which a verifier does without

    # Word paints every link blue, and a page of blue numbers says nothing: claims are not linked.
    quiet = re.sub(r"\[(\[[^]]*\]\{\.claim[^}]*\})\]\(#claim-[^)]*\)", r"\1", markdown)
    quiet = columns.laid_out(quiet, _WORD_LINE)
    with tempfile.TemporaryDirectory() as scratch:
        look = word.reference(Path(scratch) / "reference.docx", mark)
        options = (*_LAYOUT, f"--reference-doc={look}", "--toc", "--toc-depth=2", "--output=-")
        options += (f"--resource-path={scratch}",)
        quiet = _with_png(quiet, folder, Path(scratch))
        return _of_epoch(_pandoc(quiet, folder, lang, mark, "docx", "", *options))


def _with_png(markdown: str, folder: Path, scratch: Path) -> str:
    """Return the text with PNG figures, which are put below `scratch` under the same names."""
    drawn = sorted(set(_FIGURE.findall(markdown)))
    for name, pixels in zip(drawn, pictures.png(folder, drawn, _WORD_DPI), strict=True):
        path = (scratch / name).with_suffix(".png")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(pixels)
    return _FIGURE.sub(lambda found: found[0].removesuffix(".svg") + ".png", markdown)


def _of_epoch(made: bytes) -> bytes:
    """Return a zip file with one moment for every entry: those that pandoc takes from the reference
    document keep the moment at which that was made.
    """
    again = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(made)) as old,
        zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        moment = time.gmtime(_EPOCH)[:6]
        for item in old.infolist():
            new.writestr(
                zipfile.ZipInfo(item.filename, moment), old.read(item), zipfile.ZIP_DEFLATED
            )
    return again.getvalue()


def _pandoc(
    markdown: str, folder: Path, lang: str, mark: str, to: str, template: str, *options: str
) -> str | bytes:
    """Return what pandoc makes of it: text for HTML and Typst, bytes for Word;

    ValueError when it fails.
    """
    import pypandoc

    command = [
        pypandoc.get_pandoc_path(),
        "--from",
        _READER,
        "--to",
        to,
        "--standalone",
        "--number-sections",
        *_MEMORY,
        "--columns=10000",
        "--wrap=preserve",
        "--metadata",
        f"lang={labels.LANG_TAG[lang]}",
        "--metadata",
        f"toc-title={labels.label('contents', lang)}",
        *options,
    ]
    command += ["--template", str(labels.TEXTS / template)] if template else []
    command += ["--variable", f"mark={mark}"] if mark else []
    clock = {**os.environ, "SOURCE_DATE_EPOCH": str(_EPOCH)}
    done = subprocess.run(
        command, input=with_marks(markdown).encode(), cwd=folder, env=clock, capture_output=True
    )
    if done.returncode or done.stderr:
        raise ValueError(
            f"The {to} report could not be made: {done.stderr.decode(errors='replace').strip()}"
        )
    return done.stdout if to == "docx" else done.stdout.decode()


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
