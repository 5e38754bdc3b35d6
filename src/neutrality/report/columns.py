"""How broad a table's columns are on paper, and which tables may run over a page.

The widths stand where pandoc reads them: as the numbers of dashes below the heads of a pipe table.
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
_WHOLE = 15  # lines; a longer table may run over a page
_DASHES = 2000  # of a rule


def laid_out(markdown: str, line: int) -> str:
    """Return a report's text with the widths of its tables' columns in their rules, and the class
    long, or long and small, for the tables that may run over a page.

    `line` is how many characters fit beside each other on a page. Pandoc reads the widths where a
    line of the table is longer than its --columns.
    """

    def table(found: re.Match) -> str:
        rows = [_BAR.split(row)[1:-1] for row in (found["head"], *found["rows"].splitlines())]
        small = " .small" if found["name"] in _SMALLER else ""
        room = line / _SMALL if small else line
        given = _GIVEN.get(found["name"], ())
        shares = given if len(given) == len(rows[0]) else _shares(rows, room)
        long = f" .long{small}" if _lines(rows, shares, room) > _WHOLE else ""
        rule = "|".join(
            re.sub("-+", "-" * round(share * _DASHES), each)
            for each, share in zip(_BAR.split(found["rule"])[1:-1], shares, strict=True)
        )
        return f"::: {{.scroll{long} tabindex=0}}\n{found['head']}\n|{rule}|\n{found['rows']}"

    return _TABLE.sub(table, markdown)


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
