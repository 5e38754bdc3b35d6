"""The cell styles of a workbook whose number format shows a unit, a part or percent.

python-calamine gives values without their formats; so they are read here from the styles of the
package (.xlsx, .xlsb) or of the document (.ods).
"""

from __future__ import annotations

import zipfile

from defusedxml import ElementTree

from neutrality.files import binary_records, number_formats
from neutrality.files.number_formats import PLAIN, Format

_XML = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ODS = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_NUMBER, _STYLE, _TABLE = (_ODS % name for name in ("datastyle", "style", "table"))
_BUILT_IN = {9: "0%", 10: "0.00%"}  # ECMA-376 18.8.30: the formats of percent that have no code
# [MS-XLSB] 2.3.2: a format, a cell's style, and where the list of these begins and ends
_FORMAT, _XF, _XFS_BEGIN, _XFS_END = 44, 47, 617, 618
_ORDERED = ("number-style", "percentage-style", "currency-style")  # in OpenDocument
_DIGITS = ("number", "scientific-number", "fraction")


def of_xlsx(book: zipfile.ZipFile) -> dict[int, Format]:
    """Return the styles of an .xlsx or .xlsm by their number."""
    if "xl/styles.xml" not in book.namelist():
        return {}
    root = ElementTree.fromstring(book.read("xl/styles.xml"))
    codes = {
        int(each.get("numFmtId", 0)): each.get("formatCode", "")
        for each in root.iter(f"{_XML}numFmt")
    }
    used = [int(each.get("numFmtId", 0)) for each in root.iterfind(f"{_XML}cellXfs/{_XML}xf")]
    return _numbered(codes, used)


def of_xlsb(book: zipfile.ZipFile) -> dict[int, Format]:
    """Return the styles of an .xlsb by their number."""
    if "xl/styles.bin" not in book.namelist():
        return {}
    codes, used, inside = {}, [], False
    for kind, body in binary_records.records(book.read("xl/styles.bin")):
        inside = kind == _XFS_BEGIN or inside and kind != _XFS_END
        if kind == _FORMAT:
            codes[int.from_bytes(body[:2], "little")] = binary_records.wide(body, 2)[0]
        elif kind == _XF and inside:
            used.append(int.from_bytes(body[2:4], "little"))
    return _numbered(codes, used)


def _numbered(codes: dict[int, str], used: list[int]) -> dict[int, Format]:
    formats = {id: number_formats.of(code) for id, code in (_BUILT_IN | codes).items()}
    found = {at: formats.get(id, PLAIN) for at, id in enumerate(used)}
    return {at: each for at, each in found.items() if each != PLAIN}


def of_ods(book: zipfile.ZipFile) -> dict[str, Format]:
    """Return the cell styles of an .ods by their name."""
    parts = [name for name in ("styles.xml", "content.xml") if name in book.namelist()]
    roots = [ElementTree.fromstring(book.read(name)) for name in parts]
    formats = {}
    for root in roots:
        for kind in _ORDERED:
            for each in root.iter(f"{_NUMBER}{kind}"):
                formats[each.get(f"{_STYLE}name")] = number_formats.of(_code(each))
    styles = {
        each.get(f"{_STYLE}name"): each
        for root in roots
        for each in root.iter(f"{_STYLE}style")
        if each.get(f"{_STYLE}family") == "table-cell"
    }
    found = {name: formats.get(_data_style(name, styles), PLAIN) for name in styles}
    return {name: each for name, each in found.items() if each != PLAIN}


def _data_style(name: str, styles: dict) -> str:
    """Return the name of a cell style's number format: its own, or its parent's."""
    seen: set[str] = set()
    while name in styles and name not in seen:
        seen.add(name)
        if data := styles[name].get(f"{_STYLE}data-style-name"):
            return data
        name = styles[name].get(f"{_STYLE}parent-style-name", "")
    return ""


def _code(style) -> str:
    """Return a number format of OpenDocument as Excel writes it.

    >>> text = f'<n:number-style xmlns:n="{_NUMBER[1:-1]}"><n:number n:display-factor="1000"/>'
    >>> _code(ElementTree.fromstring(text + "<n:text>MWh</n:text></n:number-style>"))
    '0,"MWh"'
    """
    made = ""
    for each in style:
        name = each.tag.rpartition("}")[2]
        if name in _DIGITS:
            made += _digits(each)
        elif name in ("text", "currency-symbol") and each.text:
            percent = each.text.strip() == "%" and style.tag.endswith("percentage-style")
            made += "%" if percent else f'"{each.text}"'
    return made


def _digits(number) -> str:
    """Return a number of OpenDocument as Excel writes it, with the texts inside it and a comma for
    each thousand that it is divided by.
    """
    inside = [
        int(each.get(f"{_NUMBER}position", 0))
        for each in number.iter(f"{_NUMBER}embedded-text")
        if (each.text or "").strip() == "."
    ]
    factor = float(number.get(f"{_NUMBER}display-factor", 1))
    commas = "," * (len(f"{factor:.0f}") // 3 if factor > 1 else 0)
    return ("0!." + "0" * inside[0] if inside and inside[0] > 0 else "0") + commas
