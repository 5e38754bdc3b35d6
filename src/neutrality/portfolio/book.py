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
_WIDTHS = {
    "name_zh": 26,
    "name_en": 26,
    "reason_zh": 60,
    "reason_en": 60,
    "missing": 40,
    "total": 40,
}
_IDS = {"total": "", "state": "kind_", "kind": "kind_", "change_by": "by_"}  # what names begin with
_FORMATS = {"year": "0", "change_year": "0", "residual_level": "0%", "row": "0"}
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


def excel(made: Overview, home: str, path: Path, lang: str = "en") -> None:
    """Write totals, sites, exceptions, releases and how to read them, headings, states and kinds in
    both languages; a site links to its report, in `lang` where it has one, `home` before its bundle
    (`publishing.home`).
    """
    book = openpyxl.Workbook(write_only=True)
    formats = made.totals["digits"].map(_in_digits)
    totals = made.totals.drop(columns="digits").rename(columns={"id": "total"})
    _sheet(book, "totals", totals, formats={"value": formats})
    links = [_link(row, home, lang) for row in made.sites.itertuples()]
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


def _link(row, home: str, lang: str) -> str:
    """Return where the report of a site is; nothing where it is not counted."""
    there = row.reports.split() if row.state == stated.COUNTED and row.reports else []
    if not there:
        return ""
    return f"{home}{row.bundle}/report.{lang if lang in there else there[0]}.html"


def _sheet(
    book: openpyxl.Workbook,
    id: str,
    table: pd.DataFrame,
    links: list[str] = (),
    formats: dict[str, pd.Series] | None = None,
) -> None:
    """Add a table as a sheet: headings stay in sight and filter, a first cell may be a link.

    `formats` has the number format of each row, of columns that have none of their own.
    """
    sheet = book.create_sheet(" ".join(wording.words(f"sheet_{id}").values()))
    sheet.freeze_panes = "B2"
    for at, name in enumerate(table.columns, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = _WIDTHS.get(name, _WIDTH)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{len(table) + 1}"
    sheet.append([_heading(sheet, name) for name in table.columns])
    forms = [(formats or {}).get(name, [_format(name)] * len(table)) for name in table.columns]
    for number, row in enumerate(sheets.defused(_named(table)).itertuples(index=False)):
        of_row = [form[number] for form in forms]
        cells = [_cell(sheet, *each) for each in zip(row, of_row, strict=True)]
        if len(links) and links[number]:
            cells[0].hyperlink = links[number]
        sheet.append(cells)


def _heading(sheet, name: str) -> WriteOnlyCell:
    """Return a column's name in both languages, with its unit."""
    cell = WriteOnlyCell(sheet, wording.heading(name))
    cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    return cell


def _named(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with what its ids are called, and the rows of files as numbers."""
    named = {name: table[name].map(_name) for name in table if name.endswith("status")}
    for name, before in _IDS.items():
        if name in table:
            named[name] = [_name(value, before) for value in table[name]]
    if "unit" in table:
        named["unit"] = [labels.unit(each, "en") for each in table["unit"]]
    if "row" in table:
        named["row"] = [int(text) if text.isdigit() else text for text in table["row"]]
    return table.assign(**named)


def _name(id: object, before: str = "") -> str:
    """Return what an id is called, in both languages."""
    if not isinstance(id, str) or not id:
        return ""
    before = "state_" if id == stated.COUNTED else before
    return " / ".join(dict.fromkeys(wording.words(f"{before}{id}").values()))


def _format(name: str) -> str:
    """Return the format in which Excel shows a column's numbers."""
    return _FORMATS.get(name) or _in_digits(
        register.find(name).digits if register.holds(name) else 0
    )


def _in_digits(digits: int) -> str:
    return "#,##0" + ("." + "0" * digits if digits > 0 else "")


def _cell(sheet, value: object, form: str) -> WriteOnlyCell:
    if value is None or value is pd.NA or value != value:
        return WriteOnlyCell(sheet, None)
    value = value.item() if hasattr(value, "item") else value
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        cell.number_format = form
    return cell
