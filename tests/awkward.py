"""Awkward files, each with one trap and a known truth: what an import must find, or refuse.

The traps on the way to a clean table are in a file per kind: awkward_texts (encodings, delimiters),
awkward_layouts (headings, totals), awkward_workbooks (hidden rows, ...), awkward_green_button. A
truth is `Clean` tables or `Refused` with words that its message must have. `make` writes the file
into a folder and returns its path.
"""

from __future__ import annotations

import datetime as dt
import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl

from neutrality.texts import messages

HOURS = [dt.datetime(2025, 3, 1, hour) for hour in range(6)]
MAIN = [120.5, 98.25, 87.0, 101.75, 1234.5, 66.0]  # [kWh] of each hour
PV = [0.0, 0.5, 1.5, 3.25, 2.0, 0.25]
SUM = sum(MAIN)
FIRST = tuple(range(2, 8))  # rows of six hours below a heading in row 1
# Words of an English sentence that no heading, cell or file of ours has alone.
_ENGLISH = re.compile(r"(?<![\w(/.'-])(?:the|is|are|and|rows?|columns?|as|to|from|by|its)(?![\w'])")


def unsaid(lines: list[str]) -> list[str]:
    """Return the lines that are not Chinese in all their parts, or keep English words outside of
    what is quoted.
    """
    said = {line: re.sub("“.*?”|`.*?`", "", messages.said(line, "zh")) for line in lines}
    return [line for line in lines if not messages.whole(line) or _ENGLISH.search(said[line])]


@dataclass(frozen=True)
class Clean:
    """One table as it must be found."""

    values: dict[str, list]  # heading -> numbers, None where there is none
    rows: tuple[int, ...] = FIRST  # of the body, as Excel shows them
    units: dict[str, str] = field(default_factory=dict)
    totals: tuple[int, ...] = ()
    left: dict[int, str] = field(default_factory=dict)  # row -> kind
    texts: dict[str, list] = field(default_factory=dict)  # heading -> cells as they stand


@dataclass(frozen=True)
class Refused:
    """Words that the refusal must have: row, column, what was found."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Awkward:
    """A file with one trap."""

    name: str
    make: Callable[[Path], Path]
    truth: list[Clean] | Refused | object


def text_file(name: str, text: str, encoding: str = "utf-8") -> Callable[[Path], Path]:
    """Return what writes a text in an encoding; .gz is packed."""

    def make(folder: Path) -> Path:
        raw = text.encode(encoding)
        (folder / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        return folder / name

    return make


def workbook(name: str, fill: Callable) -> Callable[[Path], Path]:
    """Return what writes a workbook that `fill` has filled."""

    def make(folder: Path) -> Path:
        book = openpyxl.Workbook()
        book.active.title = "读数"
        fill(book)
        book.save(folder / name)
        return folder / name

    return make


def lines(*rows: list, sep: str = ",", decimal: str = ".") -> str:
    """Return rows as delimited text."""

    def shown(cell: object) -> str:
        if isinstance(cell, dt.datetime):
            return f"{cell:%Y-%m-%d %H:%M}"
        return str(cell).replace(".", decimal) if isinstance(cell, float) else str(cell)

    return "".join(sep.join(map(shown, row)) + "\n" for row in rows)


def body() -> list[list]:
    """Return the six hours with main meter and PV."""
    return [list(row) for row in zip(HOURS, MAIN, PV, strict=True)]


ZH, EN = ["时间", "总表(kWh)", "光伏(kWh)"], ["time", "main (kWh)", "pv (kWh)"]
ZH_CLEAN = Clean({"总表(kWh)": MAIN, "光伏(kWh)": PV}, units={"总表(kWh)": "kWh"})
EN_CLEAN = Clean({"main (kWh)": MAIN, "pv (kWh)": PV}, units={"pv (kWh)": "kWh"})
DE = ["Zeit", "Zähler Süd (kWh)", "Wärme (kWh)"]
DE_CLEAN = Clean({"Zähler Süd (kWh)": MAIN, "Wärme (kWh)": PV})


def shifted(by: int, clean: Clean = EN_CLEAN, **more) -> Clean:
    """Return the table with its rows further down."""
    return Clean(clean.values, tuple(row + by for row in FIRST), **more)


def rows_in(book, *rows: list, at: int = 1) -> None:
    """Write rows into the active sheet from a row on."""
    for number, row in enumerate(rows, at):
        for column, cell in enumerate(row, 1):
            book.active.cell(number, column, cell)
