"""The words of a page, read from Markdown without pandoc, are those that pandoc's page has."""

import pytest

from neutrality.report import pages
from neutrality.texts import labels
from neutrality.verifier import printed, sketch

EVERYTHING = r"""---
title: |-
  Report [2025]{.given data-of="reporting_year"}
subtitle: |-
  [R&D \<North\>]{.given data-of="entity"}: *site*
---

# Statement {#statement}

::: {.statement}
**No.** [[1,309 tCO₂e (90 %: 1 to 2)]{.claim data-claim="market_t" title="a"}](#claim-market_t).
:::

## Data {#data}

### Deep {#deep}

## More {#more}

- first \* item \_\_ with `code`
- second, per 10⁴ Nm³ and m²

1. one
2. two

::: {.scroll tabindex=0}
| Head \| bar | Value |
|:-----|------:|
| [`market_t`]{#claim-market_t} | 1,309 |
| a \[b\] \{c\} \~ \^ | — |

: [Table 1]{.number} Its caption; see [[Figure 1]{.number}](#figure-a) {#table-a}
:::

![[Figure 1]{.number} Caption [2]{.given data-of="x"}](figures/a.svg){#figure-a alt="(Bars)"}

# Annex A · Loose {#annex .unnumbered}

## Without a number {#loose .unnumbered}

# Second {#second}

## Again {#again}

中文一行，
接着一行。[链接](report.zh.html)
"""


@pytest.mark.parametrize("lang", labels.LANGUAGES)
@pytest.mark.parametrize("mark", ["", "Illustrative case"])
def test_the_words_are_those_of_pandocs_page(tmp_path, lang, mark):
    made = printed._text(pages.unstyled(EVERYTHING, tmp_path, lang, mark)).split()
    assert printed._text(sketch.page(EVERYTHING, lang, mark)).split() == made
    assert "1.1.1" in made and "1.2" in made and "2.1" in made


def test_the_report_itself_needs_no_pandoc_to_be_verified(first_bundle, monkeypatch):
    asked = []
    monkeypatch.setattr(pages, "unstyled", lambda *each: asked.append(each) or "")
    assert printed.differences(first_bundle) == [] == asked


def test_where_the_sketch_is_wrong_pandocs_page_decides(first_bundle, monkeypatch):
    monkeypatch.setattr(sketch, "page", lambda *each: "<body>other words</body>")
    assert printed.differences(first_bundle) == []
