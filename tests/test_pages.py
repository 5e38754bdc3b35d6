"""The first case's report as a reader gets it: a page in a browser, wide and narrow, and the
pages of the PDF.
"""

import base64
import html
import json
import re
import shutil
import subprocess
import zlib
from html.parser import HTMLParser
from io import BytesIO

import pytest
from fontTools.ttLib import TTFont

from neutrality.report import report, templates
from neutrality.texts import labels

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
PDFTOTEXT = shutil.which("pdftotext")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
)
WIDTHS = (1280, 390)  # a desk and a telephone [px]
VOID = {"meta", "br", "img", "link", "hr", "col", "wbr", "input"}
BINDS = {
    "claim",
    "given",
    "number",
    "header-section-number",
    "toc-section-number",
}  # spans that say where a number is from
# Tables and captions aside, the only digits in running text: the names that templates.LISTED_NAMES
# lets the texts type.
ALLOWED = sorted((name.replace("₂", "2") for name in templates.LISTED_NAMES), key=len, reverse=True)

MEASURE = """<script>
addEventListener("load", async () => {
  await document.fonts.ready;
  const page = document.documentElement, all = [...document.querySelectorAll("body *")];
  const box = (each) => each.getBoundingClientRect();
  const figures = [...document.querySelectorAll("figure img, figure svg, main img")];
  const found = {
    width: innerWidth, scroll: page.scrollWidth, client: page.clientWidth,
    figures: figures.map((f) => [f.tagName == "IMG" ? f.naturalWidth : 1, box(f).width,
                                 box(f).height, f.parentElement.clientWidth]),
    outside: all.filter((e) => !e.closest(".scroll *") && box(e).right > page.clientWidth + 1)
                .map((e) => e.outerHTML.slice(0, 90)),
    fetched: performance.getEntriesByType("resource").map((e) => e.name)
                        .filter((n) => !n.startsWith("data:")),
    fonts: [...document.fonts].map((f) => f.status),
  };
  scrollTo(0, page.scrollHeight);
  const mark = document.querySelector(".mark");
  found.mark = mark && [mark.textContent, box(mark).top, box(mark).bottom, scrollY];
  parent.document.querySelector("pre").append(JSON.stringify(found) + "\\n");
});
</script>"""


@pytest.fixture(scope="module", params=labels.LANGUAGES)
def lang(request):
    return request.param


@pytest.fixture(scope="module")
def page(first_bundle, lang):
    return (first_bundle / f"report.{lang}.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def measured(page, tmp_path_factory):
    """What a browser says of the page at each width; frames, for a window is never narrower than
    500 px.
    """
    if not CHROMIUM:
        pytest.skip("no chromium, chromium-browser or google-chrome on the PATH")
    folder = tmp_path_factory.mktemp("browser")
    inside = html.escape(page.replace("</body>", f"{MEASURE}</body>"))
    frames = [
        f'<iframe style="width:{width}px;height:844px;border:0" srcdoc="{inside}"></iframe>'
        for width in WIDTHS
    ]
    (folder / "frames.html").write_text(
        f'<meta charset="utf-8"><pre></pre>{"".join(frames)}', encoding="utf-8"
    )
    command = [CHROMIUM, *QUIET, f"--user-data-dir={folder / 'profile'}", "--window-size=1400,2000"]
    command += ["--virtual-time-budget=20000", "--dump-dom", (folder / "frames.html").as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=120)
    said = re.search(r"<pre>(.*?)</pre>", done.stdout.decode("utf-8"), re.DOTALL)
    assert said, done.stderr.decode(errors="replace")[-2000:]
    found = {each["width"]: each for each in map(json.loads, html.unescape(said[1]).splitlines())}
    assert sorted(found) == sorted(WIDTHS)
    return found


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_as_wide_as_its_window(measured, width):
    found = measured[width]
    assert found["scroll"] <= found["client"] == width
    assert found["outside"] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_every_figure_is_shown_and_fits(measured, page, width):
    figures = measured[width]["figures"]
    assert len(figures) == page.count("<figure") >= 8
    for natural, wide, high, room in figures:
        assert natural > 0 and high > 0 and 0.8 * room < wide <= room + 0.5


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fetches_nothing_and_shows_its_own_font(measured, width):
    assert measured[width]["fetched"] == [] and measured[width]["fonts"] == ["loaded"]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_mark_stays_in_sight_at_the_end_of_the_page(measured, lang, width):
    text, top, bottom, scrolled = measured[width]["mark"]
    assert text == report.MARK[lang] and 0 <= top < bottom < 100 and scrolled > 1000


class Read(HTMLParser):
    """Free text, addresses, ids and headings of a page."""

    def __init__(self, text):
        super().__init__()
        self.open, self.free, self.addresses, self.links, self.ids, self.headings = (
            [],
            [],
            [],
            [],
            [],
            [],
        )
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        here = self.addresses if tag != "a" else self.links
        here += [
            value
            for name, value in given.items()
            if name in ("src", "href", "srcset", "data", "action", "poster")
        ]
        self.ids += [given["id"]] if "id" in given else []
        binds = bool(BINDS & set(given.get("class", "").split())) or tag in (
            "table",
            "style",
            "title",
        )
        inside = any(name == "main" for name, _ in self.open)
        if tag in ("h1", "h2", "h3") and inside:
            self.headings.append([int(tag[1]), ""])
        if tag not in VOID:
            self.open.append((tag, binds))

    def handle_startendtag(self, tag, attributes):  # <img ... />: nothing is opened
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        name, _ = self.open.pop()
        assert name == tag, f"<{name}> is closed by </{tag}>"

    def handle_data(self, data):
        names = [name for name, _ in self.open]
        if (
            self.headings
            and names[-1:] == ["span"]
            and {"h1", "h2", "h3"} & set(names)
            and "main" in names
        ):
            self.headings[-1][1] += data
        if not any(binds for _, binds in self.open):
            self.free.append(data)


@pytest.fixture(scope="module")
def read(page):
    return Read(page)


def test_every_number_in_running_text_says_where_it_is_from(read):
    free = re.sub(r"\s+", " ", "".join(read.free))
    for name in ALLOWED:
        free = free.replace(name, "")
    assert re.findall(r".{0,40}\d.{0,40}", free) == []


def test_no_address_but_a_link_leaves_the_file(page, read):
    beside = {f"report.{each}.html" for each in labels.LANGUAGES}  # the other language
    assert all(each.startswith("data:") or each in beside for each in read.addresses)
    assert not re.findall(
        r"(?:src|srcset|poster|data)=[\"']?(?:https?:)?//|url\((?![\"']?data:)|@import|<script|<base|http-equiv",
        page,
    )
    drawn = [
        base64.b64decode(each).decode("utf-8")
        for each in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", page)
    ]
    assert drawn and not any(
        re.search(r"href=\"(?!#|data:)|url\((?!#)|<script|@import", each) for each in drawn
    )


def test_every_link_and_every_entry_of_the_contents_finds_its_place(page, read):
    assert len(read.ids) == len(set(read.ids))
    assert {link for link in read.links if link.startswith("#")} <= {f"#{id}" for id in read.ids}
    other = {f"report.{each}.html" for each in labels.LANGUAGES}
    assert all(link.startswith(("#", "https://")) or link in other for link in read.links)
    contents = re.findall(r'href="#([^"]+)"', page[page.index("<nav") : page.index("</nav>")])
    assert len(contents) == sum(level <= 2 for level, _ in read.headings) >= 10


def test_headings_are_numbered_without_a_gap(read):
    at, wanted = [], []
    for level, _ in read.headings[:-1]:
        at = [*at[:level], *[0] * (level - len(at))]
        at[-1] += 1
        wanted.append(".".join(map(str, at)))
    assert [shown for _, shown in read.headings] == [
        *wanted,
        "",
    ]  # the appendix stands after the last number


def test_the_font_inside_has_a_glyph_for_every_character(page):
    font = TTFont(BytesIO(base64.b64decode(re.search(r"font/woff;base64,([^\"]+)", page)[1])))
    shown = html.unescape(re.sub(r"<[^>]*>", "", page[page.index("<body") :]))
    missing = {each for each in shown if ord(each) not in font.getBestCmap() and not each.isspace()}
    assert missing == set()


def test_figures_are_drawn_without_the_fonts_of_the_machine(page):
    drawn = [
        base64.b64decode(each) for each in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", page)
    ]
    assert len(drawn) == page.count("<figure") and not any(b"<text" in each for each in drawn)


def streams(pdf):
    """Return a PDF's bytes with its compressed parts opened."""
    opened = [pdf]
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            opened.append(zlib.decompress(found[1]))
        except zlib.error:  # an image, or not compressed
            continue
    return b"\n".join(opened)


@pytest.fixture(scope="module")
def pdf(first_bundle, lang):
    return first_bundle / f"report.{lang}.pdf"


def test_every_font_of_the_pdf_is_inside_it(pdf):
    opened = streams(pdf.read_bytes())
    named = re.findall(rb"/FontName\s*/([\w+-]+)", opened)
    inside = re.findall(rb"/FontFile[23]?\s+\d+ 0 R", opened)
    assert len(named) == len(inside) > 0 and not re.search(rb"/Subtype\s*/Type3\b", opened)
    assert all(re.match(rb"[A-Z]{6}\+", name) for name in named)  # cut down to the glyphs used


@pytest.mark.skipif(not PDFTOTEXT, reason="poppler's pdftotext is not on the PATH")
def test_every_page_of_the_pdf_carries_the_mark(pdf, lang):
    said = subprocess.run(
        [PDFTOTEXT, "-enc", "UTF-8", pdf, "-"], capture_output=True, check=True
    ).stdout.decode("utf-8")
    pages = said.split("\f")[:-1]
    assert len(pages) == len(re.findall(rb"/Type\s*/Page\b", streams(pdf.read_bytes()))) > 5
    mark = "".join(report.MARK[lang].split())
    assert [
        number for number, text in enumerate(pages, 1) if mark not in "".join(text.split())
    ] == []
