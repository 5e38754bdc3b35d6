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
from importlib import resources
from io import BytesIO

import pytest
from fontTools.ttLib import TTFont

from neutrality import claims, register, sheets
from neutrality.report import formulas, origins, report, templates
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
VOID = {"meta", "br", "img", "link", "hr", "col", "wbr", "input", "source"}
BINDS = {
    "claim",
    "origin",
    "given",
    "number",
    "header-section-number",
    "toc-section-number",
}  # spans that say where a number is from
# Tables and captions aside, the only digits in running text: the names that templates.LISTED_NAMES
# lets the texts type.
ALLOWED = sorted((name.replace("₂", "2") for name in templates.LISTED_NAMES), key=len, reverse=True)

LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPENED = 4  # boxes of numbers that are looked at open

MEASURE = """<script>
addEventListener("load", async () => {
  await document.fonts.ready;
  const page = document.documentElement, all = [...document.querySelectorAll("body *")];
  const box = (each) => each.getBoundingClientRect();
  const figures = [...document.querySelectorAll("figure img, figure svg, main img")];
  const found = {
    width: innerWidth, scroll: page.scrollWidth, client: page.clientWidth,
    figures: figures.map((f) => [f.tagName == "IMG" ? f.naturalWidth : 1, box(f).width,
                                 box(f).height, f.closest("figure").clientWidth]),
    outside: all.filter((e) => !e.closest(".scroll *") && box(e).right > page.clientWidth + 1)
                .map((e) => e.outerHTML.slice(0, 90)),
    fetched: performance.getEntriesByType("resource").map((e) => e.name)
                        .filter((n) => !n.startsWith("data:")),
    fonts: [...document.fonts].map((f) => f.status),
    tiles: [...document.querySelectorAll(".tile")].map((tile) => {
      const number = document.createRange();
      number.selectNodeContents(tile.querySelector("p"));
      const at = number.getBoundingClientRect(), around = box(tile);
      return [at.left - around.left, around.right - at.right, at.bottom];
    }),
    hidden: [...document.querySelectorAll("#statement .scroll")]
      .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.outerHTML.slice(0, 90)),
    headless: [...document.querySelectorAll(".stacked tbody td")].filter(
      (e) => !e.dataset.head || innerWidth < 640 &&
        getComputedStyle(e, "::before").content != `"${e.dataset.head}"`).length,
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


AUDIT = """<script>AXE</script><script>
addEventListener("load", async () => {
  await document.fonts.ready;
  const rules = {runOnly: TAGS, resultTypes: ["violations"]};
  const said = (told) => told.violations.map((each) =>
    [each.id, ...each.nodes.slice(0, 3).map((node) => node.html.slice(0, 120))]);
  const page = await axe.run(document, rules), boxes = [...document.querySelectorAll("[popover]")];
  const found = {width: innerWidth, rules: page.passes.length, violations: said(page), outside: []};
  for (const box of boxes.slice(0, OPENED)) {
    document.querySelector(`main [popovertarget=${box.id}]`).click();
    const {left, right, width} = box.getBoundingClientRect();
    if (!width || left < 0 || right > innerWidth) found.outside.push(box.id);
    found.violations.push(...said(await axe.run(box, rules)));
    box.hidePopover();
  }
  parent.document.querySelector("pre").append(JSON.stringify(found) + "\\n");
});
</script>"""


def said_by_browser(page, script, folder):
    """Return what a script finds on the page at each width; frames, for a window is never narrower
    than 500 px.
    """
    if not CHROMIUM:
        pytest.skip("no chromium, chromium-browser or google-chrome on the PATH")
    inside = html.escape(page.replace("</body>", f"{script}</body>"))
    frames = [
        f'<iframe style="width:{width}px;height:844px;border:0" srcdoc="{inside}"></iframe>'
        for width in WIDTHS
    ]
    (folder / "frames.html").write_text(
        f'<meta charset="utf-8"><pre></pre>{"".join(frames)}', encoding="utf-8"
    )
    command = [CHROMIUM, *QUIET, f"--user-data-dir={folder / 'profile'}", "--window-size=1400,2000"]
    command += ["--virtual-time-budget=60000", "--dump-dom", (folder / "frames.html").as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=300)
    said = re.search(r"<pre>(.*?)</pre>", done.stdout.decode("utf-8"), re.DOTALL)
    assert said, done.stderr.decode(errors="replace")[-2000:]
    found = {each["width"]: each for each in map(json.loads, html.unescape(said[1]).splitlines())}
    assert sorted(found) == sorted(WIDTHS)
    return found


@pytest.fixture(scope="module")
def measured(page, tmp_path_factory):
    """What a browser says of the page at each width."""
    return said_by_browser(page, MEASURE, tmp_path_factory.mktemp("browser"))


@pytest.mark.slow
def test_nothing_is_cut_off_on_paper(first_bundle, lang, tmp_path):
    if not CHROMIUM:
        pytest.skip("no chromium, chromium-browser or google-chrome on the PATH")
    pdfium = pytest.importorskip("pypdfium2")
    printed = tmp_path / "printed.pdf"
    command = [
        CHROMIUM,
        *QUIET,
        f"--user-data-dir={tmp_path / 'profile'}",
        "--no-pdf-header-footer",
    ]
    command += [f"--print-to-pdf={printed}", (first_bundle / f"report.{lang}.html").as_uri()]
    subprocess.run(command, capture_output=True, timeout=300, check=True)
    paper = "".join(page.get_textpage().get_text_range() for page in pdfium.PdfDocument(printed))
    said = sheets.written(first_bundle / "tables" / "sentences.csv")[f"reason_{lang}"]
    assert [each for each in said if without_signs(each)[-4:] not in without_signs(paper)] == []


def without_signs(text):
    """Letters and digits alone, as they stand behind each other."""
    return re.sub(r"[\W_]", "", text.translate(LOWERED))


@pytest.fixture(scope="module")
def audited(page, tmp_path_factory):
    """What axe-core says of the page at each width."""
    rules = pytest.importorskip(
        "axe_playwright_python", reason="axe-core: test extra not installed"
    )
    axe = (resources.files(rules) / "axe.min.js").read_text(encoding="utf-8")
    script = AUDIT.replace("TAGS", json.dumps(TAGS)).replace("OPENED", str(OPENED))
    return said_by_browser(page, script.replace("AXE", axe), tmp_path_factory.mktemp("axe"))


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_meets_what_axe_core_can_tell_of_wcag(audited, width):
    assert audited[width]["violations"] == [] and audited[width]["rules"] > 15


@pytest.mark.parametrize("width", WIDTHS)
def test_a_number_opens_inside_the_window(audited, width):
    assert audited[width]["outside"] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_as_wide_as_its_window(measured, width):
    found = measured[width]
    assert found["scroll"] <= found["client"] == width
    assert found["outside"] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_four_large_numbers_stand_apart_on_the_first_screen(measured, width):
    tiles = measured[width]["tiles"]
    assert len(tiles) == 4
    assert all(left >= 0 and right >= 0 and bottom < 844 for left, right, bottom in tiles)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_scrolling_box_of_page_one_hides_a_number(measured, width):
    assert measured[width]["hidden"] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_cell_without_its_column_is_said_after_its_heading(measured, page, width):
    assert page.count('class="stacked"') > 5 and measured[width]["headless"] == 0


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


def test_every_number_that_opens_has_its_box_and_every_box_a_name(page):
    opens = re.findall(r'popovertarget="open-(\w+)"', page)
    boxes = re.findall(
        r'<div popover id="open-(\w+)" class="origin" role="dialog" aria-label="[^"]+">', page
    )
    assert set(opens) == set(boxes) and len(boxes) == len(set(boxes)) > 60
    assert 'href="#claim-' not in page  # none is left that only leads to the annex
    assert {"residual_t", "matched_mwh", "grid_factor"} <= set(
        boxes
    )  # a result, and what it rests on


def test_a_number_opens_to_formula_values_factor_and_notebook(page, first_bundle, lang):
    known = claims.read(first_bundle / "claims.csv")
    start = page.index('id="open-avoided_green_t"')
    box = page[start : page.index("</div>", start)]
    shown = html.unescape(re.sub("<[^>]*>", "", box)).replace("\u00a0", " ")
    for id in ("matched_mwh", "grid_factor"):
        row = known.loc[id]
        amount = labels.quantity(row["value"], row["digits"], row["unit"], lang)
        assert row[f"label_{lang}"] in shown and f'popovertarget="open-{id}"' in box
        assert amount.replace("\u00a0", " ").translate(LOWERED) in shown
    assert " × " in shown and f"{labels.label('notebook', lang)} 02" in shown
    start = page.index('id="open-grid_factor"')
    publisher = {"zh": "生态环境部", "en": "MEE &amp; NBS"}[lang]  # of the factor
    assert publisher in page[start : page.index("</div>", start)]


def test_every_formula_gives_the_value_of_its_claim(first_bundle):
    known = origins.evidence(first_bundle, "en")
    tried = set()
    for id, claim in known.claims.iterrows():
        if written := formulas.formula(id, claim["inputs"]):
            values = {each: origins.value(each, known) for each in formulas.operands(written)}
            assert formulas.result(written, values) == pytest.approx(
                claim["value"], rel=1e-9, abs=1e-9
            ), id
            tried.add(register.find(id).id)
    assert tried == set(sheets.packaged("texts/formulas.csv")["id"])  # none is there untried


def test_a_formula_stands_on_the_inputs_that_its_claim_names():
    for row in sheets.packaged("texts/formulas.csv").itertuples():
        named = (
            register.entries()[row.id].inputs.replace("parameter:{size}", "parameter:*").split(";")
        )
        own = [each for each in formulas.operands(row.formula) if not each.isupper()]
        assert set(own) <= set(named), row.id


def test_a_formula_that_is_wrong_is_not_shown(first_bundle, lang, tmp_path):
    shutil.copytree(first_bundle / "tables", tmp_path / "tables")
    text = (first_bundle / "claims.csv").read_text(encoding="utf-8")
    changed = re.sub(r"(?m)^avoided_green_t,[^,]*", "avoided_green_t,2784.0", text)
    (tmp_path / "claims.csv").write_text(changed, encoding="utf-8")
    link = (
        '<a href="#claim-avoided_green_t"><span class="claim" data-claim="x" title="">1</span></a>'
    )
    made = origins.opened(f"<body>{link}</body>", tmp_path, lang)
    box = made[made.index('id="open-avoided_green_t"') :]
    assert labels.label("formed_in_notebook", lang) in box[: box.index("</div>")]


def test_cells_in_the_other_language_say_so(page, lang):
    cells = re.findall(r"<td([^>]*)>(.*?)</td>", page, re.DOTALL)
    other = labels.LANG_TAG["en" if lang == "zh" else "zh"]
    has_han = [bool(re.search("[\u4e00-\u9fff]", re.sub("<[^>]*>", "", text))) for _, text in cells]
    marked = [f'lang="{other}"' in attributes for attributes, _ in cells]
    assert not re.search("<th[^>]*></th>", page)
    if lang == "en":
        assert marked == has_han
    else:
        assert any(marked) and not any(m and h for m, h in zip(marked, has_han, strict=True))


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
    shown = [number for _, number in read.headings]
    body = shown.index("")  # annexes have letters, and stand after the last number
    at, wanted = [], []
    for level, _ in read.headings[:body]:
        at = [*at[:level], *[0] * (level - len(at))]
        at[-1] += 1
        wanted.append(".".join(map(str, at)))
    assert len(wanted) >= 10 and shown == [*wanted, *[""] * (len(shown) - body)]


def test_the_font_inside_has_a_glyph_for_every_character(page):
    font = TTFont(BytesIO(base64.b64decode(re.search(r"font/woff;base64,([^\"]+)", page)[1])))
    shown = html.unescape(re.sub(r"<[^>]*>", "", page[page.index("<body") :]))
    missing = {each for each in shown if ord(each) not in font.getBestCmap() and not each.isspace()}
    assert missing == set()


def test_figures_are_drawn_without_the_fonts_of_the_machine(page):
    drawn = [
        base64.b64decode(each) for each in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", page)
    ]
    assert len(drawn) == page.count("<figure") + page.count("<source")
    assert not any(b"<text" in each for each in drawn)


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


def test_the_pdf_is_archival_tagged_and_says_what_its_figures_show(pdf, page, lang):
    opened = streams(pdf.read_bytes())
    assert all(
        re.search(mark, opened)
        for mark in (rb"pdfaid:part>2<", rb"pdfaid:conformance>A<", rb"pdfuaid:part>1<")
    )
    assert re.search(rb"/MarkInfo\s*<<\s*/Marked true", opened) and b"/StructTreeRoot" in opened
    assert re.search(rb"/Lang\s*\(%s" % lang.encode(), opened)
    tagged = re.findall(rb"/S\s*/Figure\b", opened)
    assert len(tagged) == page.count("<figure") and opened.count(b"/Alt") >= len(tagged)
