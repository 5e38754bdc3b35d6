"""Matplotlib's SVG backend, which measures a text once a process: its own measures each again for
every figure, which is a third of the time of drawing. The files are the same, byte for byte.
"""

from __future__ import annotations

import codecs
import functools

from matplotlib import cbook
from matplotlib.backends import backend_mixed, backend_svg
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

NAME = f"module://{__name__}"  # as `savefig` takes it
_POINTS_PER_INCH = 72
_TEXTS = 8192  # far above the texts of a report's figures


class _Renderer(backend_svg.RendererSVG):
    def get_text_width_height_descent(self, s, prop, ismath):
        return _size(s, prop, ismath)

    def _get_font_height_metrics(self, prop):
        """Return ascent, descent and line gap of a font; matplotlib asks this where it is there."""
        return _heights(prop)


class FigureCanvas(backend_svg.FigureCanvasSVG):
    """As matplotlib's own, with another renderer: that has no place to give one."""

    def print_svg(self, filename, *, bbox_inches_restore=None, metadata=None, **unused):
        """Draw the figure into a file of text, or its name; `unused` is for other formats."""
        with cbook.open_file_cm(filename, "w", encoding="utf-8") as file:
            if not cbook.file_requires_unicode(file):
                file = codecs.getwriter("utf-8")(file)
            dpi, self.figure.dpi = self.figure.dpi, self.fixed_dpi
            inches = self.figure.get_size_inches()
            plain = _Renderer(*inches * self.fixed_dpi, file, image_dpi=dpi, metadata=metadata)
            renderer = backend_mixed.MixedModeRenderer(
                self.figure, *inches, dpi, plain, bbox_inches_restore=bbox_inches_restore
            )
            self.figure.draw(renderer)
            renderer.finalize()


@functools.lru_cache(_TEXTS)
def _size(text: str, font: FontProperties, is_math: bool) -> tuple[float, float, float]:
    return text_to_path.get_text_width_height_descent(text, font, is_math)


@functools.lru_cache(_TEXTS)
def _heights(font: FontProperties) -> tuple[float, float, float] | tuple[None, None, None]:
    """Return what matplotlib's `Text` reads of a font's tables each time [points]."""
    face = get_font(findfont(font))
    table = face.get_sfnt_table("OS/2")
    if table is None:
        return None, None, None  # it measures letters then
    em = 1 / face.get_sfnt_table("head")["unitsPerEm"]
    # in its order, so that the last bit is the same
    scale = em * font.get_size_in_points() * FigureCanvas.fixed_dpi / _POINTS_PER_INCH
    names = ("sTypoAscender", "sTypoDescender", "sTypoLineGap")
    ascent, descent, gap = (table[name] * scale for name in names)
    return ascent, -descent, gap
