"""A registry's export of retirements as a file: its encoding, its heading, and its cells under the
column names of the ledger.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from neutrality import sheets
from neutrality.ledger import serials

# A column of the ledger -> its names in exports, by their letters alone. Verra's as kept by
# CarbonPlan, offsets-db-data, and those of its registry's interface; the last ones are the Gold
# Standard's.
_NAMES = {
    "serial": ("serialnumber", "serialnumbers", "vcuserialnumber", "serial"),
    "quantity": ("quantityissued", "quantityretired", "quantityofcredits", "quantity"),
    "retired_on": (
        *("retirementcancellationdate", "retirementdate"),
        *("retireorcanceldate", "retirementorcancellationdate"),
    ),
    "project_id": ("id", "projectid", "resourceidentifier", "gsid"),
    "project_name": ("name", "projectname", "resourcename"),
    "methodology": ("methodology", "protocol"),
    "vintage_start": ("vintagestart",),
    "vintage_end": ("vintageend",),
    "beneficiary": ("retirementbeneficiary", "beneficiary", "usingentity", "beneficialowner"),
    "reason": ("retirementreason", "usecase", "reason"),
    "details": ("retirementdetails", "note", "details"),
    "status": ("creditstatus", "retiredcancelled", "retiredorcancelled", "status"),
}
_REQUIRED = {
    "serial": "Serial Number",
    "quantity": "Quantity Issued",
    "retired_on": "Retirement/Cancellation Date",
}
_HEADING_WITHIN = 20  # rows among which the heading is looked for
_QUOTED_CHARACTERS = 40  # of a cell that took the next rows in
_QUOTED_CHARACTERS_OF_ROW = 80  # of a first row that is no heading
_INVISIBLE = re.compile("[\u200b-\u200f\ufeff\u00ad]")


class Export(NamedTuple):
    """An export as it was read, before any cell is judged."""

    cells: pd.DataFrame  # text under the ledger's column names, by row of the file
    headings: dict[str, str]  # ledger column -> the export's own heading, "" where it has none
    unused: list[str]  # headings of the columns that were not used


def read(path: Path) -> Export:
    """Return an export's cells, headings and unused columns.

    Reads CSV in UTF-8 or UTF-16 with commas, semicolons or tabs, Excel and Parquet; lines before
    the heading are skipped. Two columns are added to the cells: `beyond`, text in cells to the
    right of the heading, and `swallowed`, the start of a cell that took the next rows in. Raises
    ValueError for a file that is no export.
    """
    if not path.is_file():
        folder = path.parent.name or "."
        raise ValueError(f"{path.name}: no such file in {folder}; name the registry's export")
    raw = _lines(path)
    lines = [[_clean(cell) for cell in line] for line in raw]
    at = _heading_row(lines, path.name)
    heading = lines[at]
    places = _places(heading)
    absent = [label for name, label in _REQUIRED.items() if name not in places]
    if absent:
        raise ValueError(
            f"{path.name}, row {at + 1}: column {' and '.join(absent)} is missing; "
            "export the table with all its columns"
        )
    body = {at + 2 + n: line for n, line in enumerate(lines[at + 1 :]) if any(line)}
    cells = _cells(body, places).assign(
        beyond=["; ".join(filter(None, line[len(heading) :])) for line in body.values()],
        swallowed=[_swallowed(raw[row - 1]) for row in body],
    )
    headings = {name: heading[places[name]] if name in places else "" for name in _NAMES}
    unused = [each for each in heading if each and each not in headings.values()]
    return Export(cells, headings, unused)


def _heading_row(lines: list[list[str]], file: str) -> int:
    """Return the index of the line that is the heading: the first with a column of serials."""
    for number, line in enumerate(lines[:_HEADING_WITHIN]):
        if set(map(_letters, line)) & set(_NAMES["serial"]):
            return number
    first = ", ".join(filter(None, lines[0]))[:_QUOTED_CHARACTERS_OF_ROW] if lines else "nothing"
    raise ValueError(
        f"{file}: no column Serial Number in its first {_HEADING_WITHIN} rows (found {first}); "
        "save the registry's table of retirements as CSV, with its heading"
    )


def _letters(heading: str) -> str:
    return re.sub(r"[\W_]+", "", heading).casefold()


def _places(heading: list[str]) -> dict[str, int]:
    """Return the position of each ledger column in the heading, without those it lacks."""
    letters = [_letters(cell) for cell in heading]
    found = {
        name: next((letters.index(each) for each in known if each in letters), None)
        for name, known in _NAMES.items()
    }
    return {name: place for name, place in found.items() if place is not None}


def _cells(body: dict[int, list[str]], places: dict[str, int]) -> pd.DataFrame:
    """Return the cells of each ledger column, "" where the export or a row lacks them."""
    columns = {
        name: [line[place] if place < len(line) else "" for line in body.values()]
        for name, place in places.items()
    }
    return pd.DataFrame(columns, list(body), list(_NAMES), dtype="object").fillna("")


def _swallowed(line: list[str]) -> str:
    """Return how the cell of a row begins that took the next rows in, as an unclosed quote does:
    the row has a cell with a line break, and more than one serial.
    """
    broken = next((cell for cell in line if len(cell.strip().splitlines()) > 1), "")
    if not broken:
        return ""
    found = {
        match[0]
        for form in serials.FORMS.values()
        for cell in line
        for match in form.finditer(cell)
    }
    return _clean(broken)[:_QUOTED_CHARACTERS] if len(found) > 1 else ""


def _lines(path: Path) -> list[list[str]]:
    """Return the cells of the file, line by line; ValueError where it is not text."""
    if path.suffix.lower() in (".xlsx", ".parquet"):
        table = sheets.cells(path)
        return [[str(head) for head in table], *table.astype("str").to_numpy().tolist()]
    sheets.refuse_too_large(path)
    text = _text(path)
    head = max(
        (line for line in text.splitlines()[:_HEADING_WITHIN] if "serial" in line.casefold()),
        key=len,
        default="",
    )
    delimiter = max(",;\t", key=head.count)
    csv.field_size_limit(max(len(text), 1))
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _text(path: Path) -> str:
    raw = path.read_bytes()
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{path.name}, row {row}: found bytes that are not UTF-8; save the export as CSV UTF-8"
        ) from None
    if "\0" in text:
        raise ValueError(f"{path.name}: is no text; save the export as CSV UTF-8")
    return text


def _clean(cell: str) -> str:
    """Return a cell on one line, without extra blanks, invisible characters and Excel's guard:
    ="0123" is 0123.
    """
    text = " ".join(_INVISIBLE.sub("", cell).replace("\xa0", " ").split())
    return text[2:-1] if text.startswith('="') and text.endswith('"') else text
