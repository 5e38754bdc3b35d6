"""Figures written as SVG in about half of the time that matplotlib takes: a text is measured once a
process, not again for every figure, and a figure is drawn once, not twice. The files are the same,
byte for byte, but for texts of several lines: matplotlib leaves their language out, and so draws
Chinese in the forms of Japanese.
"""

from __future__ import annotations

import codecs
import functools
from collections.abc import Iterable
from pathlib import Path

import matplotlib as mpl
from matplotlib import cbook
from matplotlib.backends import backend_mixed, backend_svg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import TextToPath, text_to_path

from neutrality.texts import fonts, labels, repeats

_POINTS_PER_INCH = 72
_TEXTS = 8192  # far above the texts of a report's figures
_new: list[tuple[str, str, int | str]] = []  # as `laid_out_here` tells it


class _Letters(TextToPath):
    """As matplotlib's own, but each text is laid out once a process, whatever its size."""

    def _get_font(self, prop):
        return _unsized(prop)  # the properties: they say the same of a font, and can be compared

    def get_glyphs_with_font(
        self, font, s, glyph_map, return_new_glyphs_only, *, features=None, language=None
    ):
        """Return letters with their places, the shapes that `glyph_map` lacks, and no lines."""
        places, shapes = _laid_out(s, font, features, language or mpl.rcParams["text.language"])
        return places, {each: shapes[each] for each in shapes if each not in glyph_map}, []


class _Renderer(backend_svg.RendererSVG):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._text2path = _letters

    def get_text_width_height_descent(self, s, prop, ismath):
        return _size(s, prop, ismath)

    def _get_font_height_metrics(self, prop):
        """Return ascent, descent and line gap of a font; matplotlib asks this where it is there."""
        return _heights(prop)


class _Canvas(backend_svg.FigureCanvasSVG):
    """As matplotlib's own, with another renderer: that has no place to give one."""

    def print_svg(self, file, *, metadata=None, **unused):
        """Draw the figure into a file, or its name; `unused` is for other formats."""
        with cbook.open_file_cm(file, "w", encoding="utf-8") as file:
            if not cbook.file_requires_unicode(file):
                file = codecs.getwriter("utf-8")(file)
            dpi, self.figure.dpi = self.figure.dpi, self.fixed_dpi
            inches = self.figure.get_size_inches()
            plain = _Renderer(*inches * self.fixed_dpi, file, image_dpi=dpi, metadata=metadata)
            renderer = backend_mixed.MixedModeRenderer(self.figure, *inches, dpi, plain)
            self.figure.draw(renderer)
            renderer.finalize()


def keep(figure: Figure, path: Path, metadata: dict) -> None:
    """Write a figure to an SVG file, as `figure.savefig(path, metadata=metadata)` does.

    That draws it twice, the first time unseen, so that it is laid out.
    """
    canvas = _Canvas(figure)
    with repeats.answered_once():
        with cbook._setattr_cm(figure, dpi=canvas.fixed_dpi):
            figure.get_layout_engine().execute(figure)
        figure.set_layout_engine("none")
        canvas.print_svg(path, metadata=metadata)


def lay_out_ahead(texts: Iterable[tuple[str, str, int | str]]) -> None:
    """Lay out what `laid_out_here` told in another process.

    Matplotlib's settings and list of fonts stay as they are.
    """
    family = fonts.rc_params(labels.LANGUAGES[0])["font.family"]  # that of all languages
    with fonts.in_figures():
        for text, language, weight in texts:
            font = _unsized(FontProperties(family=family, weight=weight))
            _measured(text, font, False)
            _laid_out(text, font, None, language)
        _new.clear()


def laid_out_here() -> list[tuple[str, str, int | str]]:
    """Return text, language and weight of what was laid out since this was last asked."""
    told = _new.copy()
    _new.clear()
    return told


@functools.lru_cache(_TEXTS)
def _laid_out(text: str, font: FontProperties, features, language) -> tuple[list[tuple], dict]:
    """Return the letters of a text, each with its place, and the shape of each by its name."""
    _new.append((text, language, font.get_weight()))
    places, shapes, _ = text_to_path.get_glyphs_with_font(
        text_to_path._get_font(font), text, features=features, language=language
    )
    return places, shapes


def _size(text: str, font: FontProperties, is_math: bool) -> tuple[float, float, float]:
    """Return width, height and descent of a text [points]."""
    scale = font.get_size_in_points() / text_to_path.FONT_SCALE
    width, height, descent = _measured(text, _unsized(font), is_math)
    return width * scale, height * scale, descent * scale


@functools.lru_cache(_TEXTS)
def _measured(text: str, font: FontProperties, is_math: bool) -> tuple[float, float, float]:
    return text_to_path.get_text_width_height_descent(text, font, is_math)


def _unsized(font: FontProperties) -> FontProperties:
    """Return the font at the size in which matplotlib measures letters before it scales them."""
    font = font.copy()
    font.set_size(text_to_path.FONT_SCALE)
    return font


@functools.lru_cache(_TEXTS)
def _heights(font: FontProperties) -> tuple[float, float, float] | tuple[None, None, None]:
    """Return what matplotlib's `Text` reads of a font's tables each time [points]."""
    face = get_font(findfont(font))
    table = face.get_sfnt_table("OS/2")
    if table is None:
        return None, None, None  # it measures letters then
    em = 1 / face.get_sfnt_table("head")["unitsPerEm"]
    # in its order, so that the last bit is the same
    scale = em * font.get_size_in_points() * _Canvas.fixed_dpi / _POINTS_PER_INCH
    names = ("sTypoAscender", "sTypoDescender", "sTypoLineGap")
    ascent, descent, gap = (table[name] * scale for name in names)
    return ascent, -descent, gap


_letters = _Letters()
