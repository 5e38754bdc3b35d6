"""How the pages of the first case's PDF are filled."""

import numpy as np
import pytest

from neutrality.texts import labels

pdfium = pytest.importorskip("pypdfium2")

CM = 72 / 2.54  # [pt]
TOP, BOTTOM = 2.7 * CM, 2.3 * CM  # margins of report.typ, with the running head and page number
HEADED = 1.5 * CM  # a heading this near to the top of the text begins its page
EMPTY = 0.4  # share of a page's text area that may be left white at its foot


def emptiness(pdf):
    """Return for each page the share of its text area that is white below the lowest ink."""
    shares = []
    for page in pdf:
        height = page.get_height()
        grey = page.render(scale=1, grayscale=True).to_numpy().reshape(round(height), -1)
        text = grey[round(TOP) : round(height - BOTTOM)]
        inked = np.flatnonzero((text < 250).any(axis=1))
        shares.append(1 - (inked[-1] + 1) / len(text) if len(inked) else 1.0)
    return shares


def ends_of_parts(pdf):
    """Return the pages after which a part begins, and the last, by number from 0."""
    ends = {len(pdf) - 1}
    for entry in pdf.get_toc():
        target = entry.get_dest()
        page = target and target.get_index()
        if not page or entry.level:
            continue
        _, at = target.get_view()
        top = pdf[page].get_height() - TOP
        if len(at) > 1 and at[1] is not None and at[1] > top - HEADED:
            ends.add(page - 1)
    return ends


@pytest.mark.slow
@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_no_page_is_more_than_two_fifths_empty(first_bundle, lang):
    pdf = pdfium.PdfDocument(first_bundle / f"report.{lang}.pdf")
    ends = ends_of_parts(pdf)
    shares = {at + 1: round(share, 2) for at, share in enumerate(emptiness(pdf)) if at not in ends}
    assert {page: share for page, share in shares.items() if share > EMPTY} == {}


@pytest.mark.slow
@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_each_page_bears_its_number(first_bundle, lang):
    pdf = pdfium.PdfDocument(first_bundle / f"report.{lang}.pdf")
    said = [page.get_textpage().get_text_bounded(top=BOTTOM).split()[-1] for page in pdf]
    assert said == [str(number) for number in range(1, len(pdf) + 1)]


def test_emptiness_is_what_is_white_below_the_lowest_ink(tmp_path):
    import typst

    half = '#set page(paper: "a4", margin: (top: 2.7cm, bottom: 2.3cm))\n'
    half += "#block(height: 50%, width: 100%, fill: black)\n#pagebreak()\n"
    half += "#block(height: 100%, width: 100%, fill: black)"
    (tmp_path / "x.pdf").write_bytes(typst.compile(half.encode()))
    made = emptiness(pdfium.PdfDocument(tmp_path / "x.pdf"))
    assert made == pytest.approx([0.5, 0.0], abs=0.01)
