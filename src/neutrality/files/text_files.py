"""Delimited text: its encoding, its delimiter, and its cells by row as Excel shows it."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

import numpy as np
import pandas as pd

from neutrality.case.encodings import decoded
from neutrality.files.cells import Sheet, framed

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 300  # lines that decide the delimiter
_CLOSE = 0.02  # between the scores of two delimiters: no evidence for either
_DECLARED = re.compile(
    r"sep=([,;\t|])\n", re.IGNORECASE
)  # a line for Excel, which does not show it


def read(raw: bytes, file: str, encoding: str = "", delimiter: str = "") -> tuple[Sheet, str, str]:
    """Return the one sheet of a text file, its encoding and its delimiter ("" for one column).

    An encoding or a delimiter that is given is not looked for. Raises ValueError with file and
    row for a text that cannot be decoded, whose delimiter cannot be told, or in which a quote
    takes in the rows that follow it.
    """
    text, encoding = decoded(raw, file, encoding)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if declared := _DECLARED.match(text):
        text, delimiter = text[declared.end() :], delimiter or declared[1]
    delimiter = delimiter or _delimiter(text, file)
    cells = _cells(text, delimiter or ",", file)
    return Sheet("", cells, frozenset(), "visible", file=file), encoding, delimiter


def _delimiter(text: str, file: str) -> str:
    """Return the delimiter that cuts most lines into the same number of clean cells.

    Clean cells hold no other delimiter than a comma. "" where none cuts any line.
    """
    lines = [line for line in text.split("\n", 5 * _SAMPLE)[: 5 * _SAMPLE] if line.strip()]
    scores = {each: _score(lines[:_SAMPLE], each) for each in _DELIMITERS}
    best, second = sorted(scores, key=scores.get, reverse=True)[:2]
    if not scores[best]:
        return ""
    if scores[best] - scores[second] < _CLOSE:
        raise ValueError(
            f"{file}, row 1: cannot tell whether {best!r} or {second!r} separates the columns; "
            "name the delimiter, or save the table with one of them only"
        )
    return best


def _score(lines: list[str], delimiter: str) -> float:
    """Return the share of lines with the usual number of cells, times that of clean cells."""
    rows = list(csv.reader(lines, delimiter=delimiter))
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return 0.0
    (width, count), *_ = sorted(widths.items(), key=lambda each: (each[1], each[0]))[::-1]
    cells = [cell for row in rows if len(row) == width for cell in row]
    others = [each for each in _DELIMITERS if each not in (delimiter, ",")]
    clean = sum(not any(other in cell for other in others) for cell in cells) / len(cells)
    return count / len(rows) * clean


def _cells(text: str, delimiter: str, file: str) -> pd.DataFrame:
    if not text.strip():
        return framed(np.empty((0, 0), dtype=object))
    width = max(line.count(delimiter) for line in text.split("\n", _SAMPLE)[:_SAMPLE]) + 1
    frame = _parsed(text, delimiter, width, file)
    if len(frame) < text.count("\n") + 1 - text.endswith("\n"):
        _refuse_swallowed(text, frame, delimiter, file)
    values = np.array(frame, dtype=object)
    values[values == ""] = None
    return framed(values)


def _parsed(text: str, delimiter: str, width: int, file: str) -> pd.DataFrame:
    """Return the cells as pandas cuts the text; ValueError for a quote that is not closed.

    A line is put above and taken away again: pandas refuses lines wider than the first one.
    """
    try:
        frame = pd.read_csv(
            io.StringIO(f"1{delimiter * (width - 1)}\n{text}"),
            sep=delimiter,
            header=None,
            dtype=object,
            na_filter=False,
            skip_blank_lines=False,
        )
    except pd.errors.ParserError as error:
        if wider := re.search(r"Expected \d+ fields in line \d+, saw (\d+)", str(error)):
            return _parsed(text, delimiter, int(wider[1]), file)
        if unclosed := re.search(r"starting at row (\d+)", str(error)):
            raise _unclosed(file, int(unclosed[1])) from error
        raise ValueError(f"{file}: cannot be read as a table ({error})") from error
    return frame.iloc[1:].reset_index(drop=True)


def _unclosed(file: str, row: int) -> ValueError:
    return ValueError(
        f'{file}, row {row}: a quote (") that is not closed takes in the rows after it; '
        "close it, or remove it"
    )


def _refuse_swallowed(text: str, frame: pd.DataFrame, delimiter: str, file: str) -> None:
    """Raise ValueError where a cell of several lines holds whole rows.

    One of its lines has as many delimiters as a row has, or what follows its quote is no delimiter.
    """
    usual = int((frame != "").sum(axis=1).mode().iloc[-1]) - 1
    for column in frame:
        broken = frame[column][frame[column].str.contains("\n", regex=False)]
        for row, cell in broken.items():
            if usual and max(line.count(delimiter) for line in cell.split("\n")) >= usual:
                raise _unclosed(file, int(row) + 1)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    read = 0
    try:
        for _ in rows:
            read += 1
    except csv.Error:
        raise _unclosed(file, read + 1) from None
