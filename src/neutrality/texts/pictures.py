"""SVG figures as PNG, for those that show no SVG: Word, and a notebook on the web."""

from __future__ import annotations

from pathlib import Path

from neutrality.texts import fonts

# A page each, of the figure's own size.
_PAGE = "#set page(width: auto, height: auto, margin: 0pt)\n"
_BREAK = "\n#pagebreak()\n"


def png(folder: Path | str, names: list[str], dpi: float) -> list[bytes]:
    """Return SVG files of a folder as PNG, in order; the same bytes each time.

    Their letters must be drawn as paths: no font is read. Typst takes a fifth of the time that a
    second drawing by matplotlib takes.
    """
    import typst

    if not names:
        return []
    source = _PAGE + _BREAK.join(f'#image("{name}")' for name in names)
    made = typst.compile(
        source.encode(), root=str(folder), format="png", ppi=dpi, font_paths=fonts.for_typst()
    )
    return made if isinstance(made, list) else [made]
