"""Columns are as broad as what stands in them, as pandoc writes them for Typst."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrality.report import columns, exhibits, pages

BOX = r"(?<=^::: {\.scroll tabindex=0).*(?=}$)"
WORDS = st.text("ab XY中文_-|`*0", max_size=120)


def report(rows: list[list[str]], name: str = "a") -> str:
    """Return a table as the report has it."""
    head, *body = ([exhibits.escaped(cell) for cell in row] for row in rows)
    shown = exhibits._pipe(head, body, [False] * len(head))
    caption = f": [Table 1]{{.number}} Rows; see [Table 2](#table-b) {{#table-{name}}}"
    return f"Before\n\n::: {{.scroll tabindex=0}}\n{shown}\n\n{caption}\n:::\n\nAfter | not |\n"


def layout(rows: list[list[str]], name: str = "a", to: str = "typst") -> str:
    """Return what the box of a table says of a format."""
    return re.search(f' {to}="([^"]*)"', columns.laid_out(report(rows, name)))[1]


def widths(tmp_path, rows: list[list[str]], name: str = "a") -> list[float]:
    """Return the shares of the page that Typst reads."""
    said = pages.sources(report(rows, name), tmp_path, "en", "", ["pdf"])["pdf"].decode()
    each = re.search(r"columns: \(([\d.%, ]+)\)", said)[1]
    return [float(share) / 100 for share in re.findall(r"([\d.]+)%", each)]


@given(
    st.integers(1, 6).flatmap(
        lambda n: st.lists(st.lists(WORDS, min_size=n, max_size=n), min_size=2)
    )
)
def test_shares_are_of_one_page_and_the_rest_stays_as_it_is(rows):
    given = report(rows)
    made = columns.laid_out(given)
    assert re.sub(BOX, "", made, flags=re.MULTILINE) == given
    for to in columns._LINE:
        shares = [float(each) for each in layout(rows, to=to).split() if each != "long"]
        assert len(shares) == len(rows[0]) and min(shares) > 0
        assert sum(shares) == pytest.approx(1)


def test_pandoc_reads_the_widths(tmp_path):
    rows = [["No.", "Words"], ["1", "a sentence of some forty characters, or so"]]
    narrow, broad = widths(tmp_path, rows)
    assert narrow + broad == pytest.approx(1, abs=1e-3)
    assert broad > 4 * narrow


@pytest.mark.parametrize("broader", ["中文中文中文", "ABCDEFGHIJ"])
def test_chinese_and_capitals_are_broader(broader):
    small, large = map(float, layout([["a", "b"], ["abcdef", broader]]).split())
    assert large > small


def test_long_tables_run_over_pages_and_the_longest_are_set_smaller():
    long = [["a", "b"], *[["1", "2"]] * 30]
    assert "long" not in layout(long[:5])
    assert layout(long).endswith(" long") and layout(long, "claims").endswith(" long small")


def test_columns_of_sentences_are_given(tmp_path):
    given = columns._GIVEN["sentences"]
    assert widths(tmp_path, [list("abcdef")] * 2, "sentences") == pytest.approx(given, abs=2e-3)


def test_word_gives_ids_and_the_names_of_figures_more_room_than_a_pdf():
    rows = [list("abcdefg"), ["a_b_c_d_e_f", "words " * 9, *["w" * 30] * 5]]
    in_pdf, in_word = (layout(rows, "claims", to).split() for to in ("typst", "docx"))
    assert [*map(float, in_word[:7])] == pytest.approx(columns._GIVEN_IN_WORD["claims"], abs=2e-3)
    assert all(float(word) > float(pdf) for word, pdf in zip(in_word[:2], in_pdf, strict=False))
