"""How broad a table's columns are on paper, and which tables may run over a page.

They stand where texts/layout.lua reads them: in the attributes of the box around a table.
"""

from __future__ import annotations

import math
import re
from functools import cache

from neutrality.report import exhibits

# A table of a report, as `report` writes it, up to its caption.
_TABLE = re.compile(
    r"^::: \{\.scroll tabindex=0\}\n(?P<head>\|.*)\n(?P<rule>\|[-:|]+)\n(?P<rows>(?:\|.*\n)*)"
    r"(?=\n: (?s:.*?)\{#table-(?P<name>\w+)\})",
    re.MULTILINE,
)
_BAR = re.compile(r"(?<!\\)\|")
_TYPED = re.compile(r"(?<!\\)`")  # ids and serial numbers, which break at every mark inside them
_MARKS = re.compile(r"(?<!\\)[*`]")
_WORD = re.compile(r"[^ _-]+[_-]?|[_-]")
_BROAD = re.compile("[\u2e80-\U0010ffff]")
_CHINESE = re.compile("[\u3000-\uffff]")
_CAPITAL = re.compile("[A-Z]")

_ROOM = 44  # characters; of a longer cell only a quarter of the rest counts
_LEAST_CHINESE = 10  # Chinese breaks anywhere, but fewer than five characters a line read badly
_MARGIN = 3  # characters, of a cell
_BOLD, _LINES_OF_HEADS = 1.1, 1.7  # heads are bold, and may take two lines
_SMALLER = ("claims", "sentences")  # the longest tables are set smaller,
_SMALL = 0.86  # by this: `small` in report.typ
# Of a table of sentences the words and the reason are what is read: their columns are given.
_GIVEN = {
    "sentences": (0.055, 0.265, 0.11, 0.13, 0.15, 0.29),
    "open_evidence": (0.47, 0.11, 0.25, 0.08, 0.09),
}
# Word breaks ids anywhere: of the many figures, ids and names get more of the page.
_GIVEN_IN_WORD = _GIVEN | {"claims": (0.19, 0.205, 0.195, 0.1, 0.1, 0.105, 0.105)}
_WHOLE = 15  # lines; a longer table may run over a page
_PARTS = 2000  # of a page's breadth
# By pandoc's name of the format: characters that fit beside each other on a page.
_LINE = {"typst": 112, "docx": 96}


def laid_out(markdown: str) -> str:
    """Return a report's text whose tables' boxes say, in one attribute for each format on paper,
    the columns' shares of the page; and the word long, or long and small, where the table may run
    over a page.
    """

    def table(found: re.Match) -> str:
        rows = [_BAR.split(row)[1:-1] for row in (found["head"], *found["rows"].splitlines())]
        said = "".join(f' {to}="{_layout(found, rows, to)}"' for to in _LINE)
        return found[0].replace("tabindex=0", f"tabindex=0{said}", 1)

    return _TABLE.sub(table, markdown)


def _layout(table: re.Match, rows: list[list[str]], to: str) -> str:
    """Return what the box of a table says of the pages of a format."""
    small = " small" if table["name"] in _SMALLER else ""
    room = _LINE[to] / _SMALL if small else _LINE[to]
    given = (_GIVEN_IN_WORD if to == "docx" else _GIVEN).get(table["name"], ())
    shares = given if len(given) == len(rows[0]) else _shares(rows, room)
    aligned = [each.count(":") for each in _BAR.split(table["rule"])[1:-1]]
    parts = [round(share * _PARTS) + more for share, more in zip(shares, aligned, strict=True)]
    long = f" long{small}" if _lines(rows, shares, room) > _WHOLE else ""
    return " ".join(str(each / sum(parts)) for each in parts) + long


def _shares(rows: list[list[str]], room: float) -> list[float]:
    """Return the columns' shares of the page: as the cells wish, else the wishes give way and not
    the longest words.
    """
    head, *body = ([_needs(cell) for cell in row] for row in rows)
    least, wish = [], []
    for (head_word, head_all), *cells in zip(head, *body, strict=True):
        words = max([_BOLD * head_word, *(word for word, _ in cells)])
        least.append(words)
        wish.append(max([words, _BOLD * head_all / _LINES_OF_HEADS, *(all for _, all in cells)]))
    more = sum(wish) - sum(least)
    give = min(1, max(0, room - sum(least)) / max(1, more))
    shown = sum(least) + give * more
    return [(low + give * (high - low)) / shown for low, high in zip(least, wish, strict=True)]


def _needs(cell: str) -> tuple[float, float]:
    """Return the breadth of a cell's longest word, and of its text [characters]."""
    text = _text(cell)
    word = max(
        (
            min(_breadth(each), _LEAST_CHINESE) if _CHINESE.search(each) else _breadth(each)
            for each in _WORD.findall(text)
        ),
        default=0,
    )
    all = _breadth(text) / (2 if _TYPED.search(cell) else 1)
    room = _ROOM + (all - _ROOM) / 4 if all > _ROOM else all
    return word + _MARGIN, max(word, room) + _MARGIN


def _lines(rows: list[list[str]], shares: list[float], room: float) -> int:
    """Return how many lines the rows of a table take, about."""
    return sum(
        max(
            1,
            *(
                math.ceil(_breadth(_text(cell)) / (share * room))
                for cell, share in zip(row, shares, strict=True)
            ),
        )
        for row in rows
    )


def _breadth(text: str) -> float:
    """Return how broad a text is: a Chinese character is as broad as two Latin ones, a capital as
    one and a third.
    """
    return len(text) + len(_BROAD.findall(text)) + len(_CAPITAL.findall(text)) / 3


@cache
def _text(cell: str) -> str:
    return exhibits.plain(_MARKS.sub("", cell)).strip()
