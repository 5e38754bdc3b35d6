"""How the Word file looks: pandoc's reference document with A4 pages, the report's colours, sizes
and fonts, and the mark as header.
"""

import subprocess
from functools import cache
from io import BytesIO

import docx
import pypandoc
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

_PAGE = (Mm(210), Mm(297))  # A4
_MARGIN = Mm(22)
_ABOVE_FIGURE = Pt(10)  # else a picture touches the table above it
_ACCENT, _AMBER = RGBColor(0x0B, 0x5D, 0x52), RGBColor(0x8A, 0x52, 0x00)
_QUIET = RGBColor(0x5D, 0x6D, 0x6A)
# Fonts that Word and LibreOffice have or replace: Latin, and Chinese.
_LATIN, _CHINESE = "Calibri", "Microsoft YaHei"
# style: size [pt], colour; None leaves the colour alone
_STYLES = {
    "Normal": (10, None),
    "Title": (22, _ACCENT),
    "Subtitle": (12, _QUIET),
    "Heading 1": (15, _ACCENT),
    "Heading 2": (12, _ACCENT),
    "TOC Heading": (12, _ACCENT),
    "Compact": (8.5, None),
    "Table Caption": (9, _QUIET),
    "Image Caption": (9, _QUIET),
}


@cache
def reference(mark: str = "") -> bytes:
    """Return the reference document; `mark`, when not empty, is the header of every page."""
    pandoc = (pypandoc.get_pandoc_path(), "--print-default-data-file", "reference.docx")
    made = docx.Document(BytesIO(subprocess.run(pandoc, capture_output=True, check=True).stdout))
    for name, (size, colour) in _STYLES.items():
        _set_font(made.styles[name], size, colour)
    made.styles["Verbatim Char"].font.size = None  # ids are as large as the words beside them
    _rule(made.styles["Table"])
    made.styles["Captioned Figure"].paragraph_format.space_before = _ABOVE_FIGURE
    section = made.sections[0]
    section.page_width, section.page_height = _PAGE
    section.left_margin = section.right_margin = _MARGIN
    section.top_margin = section.bottom_margin = _MARGIN
    if mark:
        line = section.header.paragraphs[0]
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.add_run(mark).font.color.rgb = _AMBER
    _page_number(section.footer.paragraphs[0])
    made.save(held := BytesIO())
    return held.getvalue()


def _set_font(style, size: float, colour: RGBColor | None) -> None:
    style.font.size, style.font.name = Pt(size), _LATIN
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in [name for name in fonts.attrib if name.endswith("Theme")]:
        del fonts.attrib[theme]  # a theme's font would come before the style's own
    fonts.set(qn("w:eastAsia"), _CHINESE)
    if colour is not None:
        style.font.color.rgb = colour


def _rule(style) -> None:
    """Give tables a line above, one below and thin ones between rows, as in the PDF."""
    borders = OxmlElement("w:tblBorders")
    for side, size, colour in (
        ("top", 8, _ACCENT),
        ("bottom", 8, _ACCENT),
        ("insideH", 2, RGBColor(0xD8, 0xE0, 0xDD)),
    ):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", size), ("space", 0), ("color", colour)):
            line.set(qn(f"w:{name}"), str(value))
        borders.append(line)
    properties = style.element.find(qn("w:tblPr"))
    for old in properties.findall(qn("w:tblBorders")):
        properties.remove(old)
    properties.insert(0, borders)


def _page_number(line) -> None:
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    line._p.append(field)
