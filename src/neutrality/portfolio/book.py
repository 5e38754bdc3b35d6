"""portfolio.xlsx and portfolio.parquet: the overview for a head office that lives in Excel, and for
machines. In neither can a text be a formula; the same overview gives the same bytes.
"""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pandas as pd
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from neutrality import register, sheets
from neutrality.portfolio import stated, wording
from neutrality.portfolio.overview import Overview
from neutrality.texts import labels

_FIRST = ("site", "name_zh", "name_en", "year", "state", "exceptions", "status", "illustrative")
_RULES = ("scheme", "gwp_edition", "matching", "release", "source_sha256", "bundle")
_ABOUT = ("totals", "status", "uncertainty", "credits", "change")
_WIDTHS = {"name_zh": 26, "name_en": 26, "reason_zh": 60, "reason_en": 60, "missing": 40}
_WIDTH = 15  # of a column [characters]


def columns() -> list[str]:
    """Return the columns of the table of sites, in order."""
    figures = [*stated.TOTALS, "residual_low", "residual_high", "residual_level", "residual_u_t"]
    changes = [f"{what}_{id}" for what in ("before", "change") for id in stated.VIEWS]
    places = [*stated.INTENSITIES, "intensity_above", "floor_area_m2"]
    statuses = [f"{id}_status" for id in stated.TOTALS]
    own = [
        *_FIRST,
        *figures,
        *places,
        "change_by",
        "change_year",
        *changes,
        *stated.QUALITY,
        "fails",
    ]
    return [*own, *statuses, *_RULES]


def parquet(made: Overview, path: Path) -> None:
    """Write a row a site; columns are named by ids, which end with their unit where one is."""
    table = made.sites.reindex(columns=columns())
    table.to_parquet(path, index=False)


def excel(made: Overview, home: str, path: Path) -> None:
    """Write totals, sites, exceptions, releases and how to read them, headings in both languages; a
    site links to its report, `home` before its bundle (`publishing.home`).
    """
    book = openpyxl.Workbook(write_only=True)
    _sheet(book, "totals", made.totals)
    links = [
        f"{home}{row.bundle}/report.{row.reports.split()[0]}.html"
        if row.state == stated.COUNTED and row.reports
        else ""
        for row in made.sites.itertuples()
    ]
    _sheet(book, "sites", made.sites.reindex(columns=columns()), links)
    said = made.exceptions.rename(columns={"zh": "reason_zh", "en": "reason_en"})
    _sheet(book, "exceptions", said)
    names = made.releases["names"].map("; ".join)
    _sheet(book, "releases", made.releases.drop(columns="names").assign(sites=names))
    about = [wording.words(f"read_{id}") for id in _ABOUT]
    _sheet(book, "about", pd.DataFrame(about, columns=list(labels.LANGUAGES)))
    raw = io.BytesIO()
    book.save(raw)
    path.write_bytes(sheets.without_clock(raw))


def _sheet(book: openpyxl.Workbook, id: str, table: pd.DataFrame, links: list[str] = ()) -> None:
    """Add a table as a sheet: headings stay in sight and filter, a first cell may be a link."""
    sheet = book.create_sheet(" ".join(wording.words(f"sheet_{id}").values()))
    sheet.freeze_panes = "B2"
    for at, name in enumerate(table.columns, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = _WIDTHS.get(name, _WIDTH)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{len(table) + 1}"
    sheet.append([_heading(sheet, name) for name in table.columns])
    digits = [_digits(name) for name in table.columns]
    for number, row in enumerate(sheets.defused(table).itertuples(index=False)):
        cells = [_cell(sheet, *each) for each in zip(row, digits, strict=True)]
        if len(links) and links[number]:
            cells[0].hyperlink = links[number]
        sheet.append(cells)


def _heading(sheet, name: str) -> WriteOnlyCell:
    """Return a column's name in both languages, with its unit."""
    cell = WriteOnlyCell(sheet, wording.heading(name))
    cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    return cell


def _digits(name: str) -> str:
    """Return the format in which Excel shows a column's numbers."""
    digits = register.find(name).digits if register.holds(name) else 0
    return "#,##0" + ("." + "0" * digits if digits > 0 else "")


def _cell(sheet, value: object, form: str) -> WriteOnlyCell:
    if value is None or value is pd.NA or value != value:
        return WriteOnlyCell(sheet, None)
    value = value.item() if hasattr(value, "item") else value
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        cell.number_format = form
    return cell
