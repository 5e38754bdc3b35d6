"""Columns are as broad as what stands in them, in the words of pandoc."""

import re
import subprocess

import pypandoc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrality.report import columns, exhibits

LINE = 100
WORDS = st.text("ab XY中文_-|`*0", max_size=120)


def report(rows: list[list[str]], name: str = "a") -> str:
    """Return a table as the report has it."""
    head, *body = ([exhibits.escaped(cell) for cell in row] for row in rows)
    shown = exhibits._pipe(head, body, [False] * len(head))
    caption = f": [Table 1]{{.number}} Rows; see [Table 2](#table-b) {{#table-{name}}}"
    return f"Before\n\n::: {{.scroll tabindex=0}}\n{shown}\n\n{caption}\n:::\n\nAfter | not |\n"


def widths(markdown: str) -> list[float]:
    """Return the shares of the page that pandoc reads."""
    command = [pypandoc.get_pandoc_path(), "--from=markdown", "--to=json", "--columns=1"]
    done = subprocess.run(command, input=markdown.encode(), capture_output=True, check=True)
    table = re.search(r'"t":"Table".*', done.stdout.decode())[0]
    return [float(each) for each in re.findall(r'"t":"ColWidth","c":([\d.e-]+)', table)]


@given(
    st.integers(1, 6).flatmap(
        lambda n: st.lists(st.lists(WORDS, min_size=n, max_size=n), min_size=2)
    )
)
def test_shares_are_of_one_page_and_the_rest_stays_as_it_is(rows):
    given = report(rows)
    made = columns.laid_out(given, LINE)
    rule = next(line for line in made.splitlines() if line.startswith("|:-"))
    dashes = [each.count("-") for each in rule.strip("|").split("|")]
    assert len(dashes) == len(rows[0]) and min(dashes) > 0
    assert sum(dashes) == pytest.approx(columns._DASHES, abs=len(dashes))
    plain = re.sub(r"(?m)^\|:-.*|(?<=\.scroll).*", "", made)
    assert plain == re.sub(r"(?m)^\|:-.*|(?<=\.scroll).*", "", given)


def test_pandoc_reads_the_widths():
    rows = [["No.", "Words"], ["1", "a sentence of some forty characters, or so"]]
    narrow, broad = widths(columns.laid_out(report(rows), LINE))
    assert narrow + broad == pytest.approx(1, abs=1e-3)
    assert broad > 4 * narrow


@pytest.mark.parametrize("broader", ["中文中文中文", "ABCDEFGHIJ"])
def test_chinese_and_capitals_are_broader(broader):
    small, large = widths(columns.laid_out(report([["a", "b"], ["abcdef", broader]]), LINE))
    assert large > small


def test_long_tables_run_over_pages_and_the_longest_are_set_smaller():
    long = [["a", "b"], *[["1", "2"]] * 30]
    assert "{.scroll tabindex=0}" in columns.laid_out(report(long[:5]), LINE)
    assert "{.scroll .long tabindex=0}" in columns.laid_out(report(long), LINE)
    assert "{.scroll .long .small tabindex=0}" in columns.laid_out(report(long, "claims"), LINE)


def test_columns_of_sentences_are_given():
    assert widths(columns.laid_out(report([list("abcdef")] * 2, "sentences"), LINE)) == (
        pytest.approx(columns._GIVEN["sentences"], abs=2e-3)
    )
