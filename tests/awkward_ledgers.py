"""Awkward lists of certificates and exports of credits, each with one trap: what the ledger takes
of each row, and what is said of the others (see `awkward_certificates`, `awkward_credits`).

A list is a table of cells below a heading; short names stand for its usual columns.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl

PROJECT = "51234567890123456"  # 17 characters
ZH = {
    "month": "电量生产年月",
    "first": "绿证起始编码",
    "last": "绿证终止编号",
    "count": "绿证数量（张）",
    "kind": "能源类型",
    "place": "项目所在省份",
    "on": "核销日期",
    "who": "核销主体",
}
EN = {
    "product": "Product",
    "first": "From certificate number",
    "last": "To certificate number",
    "count": "Number of certificates",
    "begins": "Period start",
    "ends": "Period end",
    "kind": "Technology",
    "place": "Country",
    "on": "Redemption date",
    "who": "Beneficiary",
}
VERRA = {
    "begins": "Vintage Start",
    "ends": "Vintage End",
    "id": "ID",
    "name": "Name",
    "count": "Quantity Issued",
    "serial": "Serial Number",
    "on": "Retirement/Cancellation Date",
    "who": "Retirement Beneficiary",
    "why": "Retirement Reason",
    "text": "Retirement Details",
}
US = "Example Tower"


@dataclass(frozen=True)
class Ledger:
    """A file with one trap: what is taken, and what is said of the rest."""

    name: str
    make: Callable[[Path], Path]
    taken: dict[int, tuple] = field(default_factory=dict)  # row -> quantity, period or vintage
    left: dict[int, str] = field(default_factory=dict)  # row -> words of its reason
    refused: tuple[str, ...] = ()  # words of the refusal of the whole file
    remarks: tuple[str, ...] = ()  # words of what is said of the file
    who: str = US
    holds: dict[str, object] = field(default_factory=dict)  # column -> value of the first row taken


def code(number: int, month: str = "2503", project: str = PROJECT) -> str:
    """Return a certificate's number of 32 digits."""
    return f"{project}{month}{number:09}11"


def block(first: int, last: int, /, **changed) -> dict:
    """Return a row of a platform's list in Chinese."""
    numbers = {"first": code(first), "last": code(last), "count": last - first + 1}
    more = {"month": "2025年3月", "kind": "风电", "place": "内蒙古", "on": "2025-06-30", "who": US}
    return more | numbers | changed


def redeemed(first: int, last: int, /, **changed) -> dict:
    """Return a row of a registry's list in English."""
    numbers = {"first": f"A-{first:06}", "last": f"A-{last:06}", "count": last - first + 1}
    days = {"begins": "2025-03-01", "ends": "2025-03-31", "on": "2025-06-30"}
    more = {"product": "GO", "kind": "wind", "place": "Norway", "who": US}
    return more | days | numbers | changed


def retired(first: int, last: int, /, **changed) -> dict:
    """Return a row of Verra's export."""
    serial = f"900-{first}-{last}-VCS-VCU-1310-VER-CN-14-3005-01012022-31122022-0"
    days = {"begins": "2022-01-01", "ends": "2022-12-31", "on": "2026-02-20"}
    more = {"id": "3005", "name": "Forest", "who": US, "why": "Environmental Benefit"}
    return more | days | {"serial": serial, "count": last - first + 1} | changed


def table(
    names: dict, *rows: dict | list, called: dict | None = None, above: tuple = (), more: tuple = ()
) -> list[list]:
    """Return rows under their headings; `called` renames, "" drops; `more` are further headings, by
    which rows have their own keys; a row that is a list stands as it is.
    """
    names = {key: (called or {}).get(key, name) for key, name in names.items()}
    names = {key: name for key, name in names.items() if name} | {each: each for each in more}
    cells = [row if isinstance(row, list) else [row.get(key, "") for key in names] for row in rows]
    return [*map(list, above), list(names.values()), *cells]


def text(cells: list[list], sep: str = ",", encoding: str = "utf-8", quoted: bool = True):
    """Return what writes cells as delimited text."""

    def make(folder: Path) -> Path:
        held = io.StringIO()
        if quoted:
            csv.writer(held, delimiter=sep, lineterminator="\n").writerows(cells)
        else:
            held.write("".join(sep.join(map(str, row)) + "\n" for row in cells))
        (folder / "list.csv").write_bytes(held.getvalue().encode(encoding))
        return folder / "list.csv"

    return make


def book(cells: list[list], then: Callable | None = None):
    """Return what writes cells as a workbook, which `then` changes."""

    def make(folder: Path) -> Path:
        made = openpyxl.Workbook()
        made.active.title = "绿证"
        for row in cells:
            made.active.append([None if cell == "" else cell for cell in row])
        if then:
            then(made)
        made.save(folder / "list.xlsx")
        return folder / "list.xlsx"

    return make


def zh(*rows, **how):
    """Return what writes a platform's list."""
    return text(table(ZH, *rows, **how))


def en(*rows, **how):
    """Return what writes a registry's list."""
    return text(table(EN, *rows, **how))


def verra(*rows, **how):
    """Return what writes Verra's export."""
    return text(table(VERRA, *rows, **how))
