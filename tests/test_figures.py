"""The figures of the first case as they are saved: no text on another or outside the canvas, no
canvas half empty, on a page and on a telephone, in both languages.
"""

import io
import itertools
import json
import re

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
import svg_boxes

from neutrality.texts import drawing, fonts, labels, pictures, svg

TOUCH = 0.3  # [pt] how far two texts may share both directions: less than a stroke of a letter
USED = 0.9  # share of the canvas inside the box around all that is drawn
BAND = 0.15  # widest band across the canvas, as a share of it, in which nothing is drawn
WHITE = 0.98
DPI = 72


@pytest.fixture(scope="module")
def figures(first_bundle):
    return first_bundle / "figures"


def names(figures):
    return sorted(
        path.name.split(".")[0] for path in figures.glob("*.en.svg") if "narrow" not in path.name
    )


@pytest.mark.parametrize("form", ["svg", "narrow.svg"])
@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_no_text_lies_on_another_or_leaves_its_figure(figures, lang, form):
    drawn = drawing.FOR_TELEPHONES if "narrow" in form else names(figures)
    assert len(drawn) > 8
    for path in [figures / f"{name}.{lang}.{form}" for name in sorted(drawn)]:
        (width, height), boxes = svg_boxes.read(path)
        assert len(boxes) > 5, path.name
        outside = [
            each.text
            for each in boxes
            if min(each.left, each.top) < 0 or each.right > width or each.bottom > height
        ]
        lying = [
            (one.text, other.text)
            for one, other in itertools.combinations(boxes, 2)
            if one.overlaps(other, TOUCH)
        ]
        assert (path.name, outside, lying) == (path.name, [], [])


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_no_figure_is_half_empty(figures, lang):
    drawings = [f"{name}.{lang}.svg" for name in names(figures)]
    for name, pixels in zip(drawings, pictures.png(figures, drawings, DPI), strict=True):
        drawn = matplotlib.image.imread(io.BytesIO(pixels))[..., :3].min(axis=2) < WHITE
        for across in (0, 1):
            filled = np.flatnonzero(drawn.any(axis=across))
            size = drawn.shape[1 - across]
            assert (filled[-1] - filled[0] + 1) / size > USED, name
            assert np.diff(filled).max() / size < BAND, name


def test_the_reader_of_an_svg_finds_the_text_where_it_stands(tmp_path):
    drawing.use_style()
    figure, axes = drawing.axes(2.0)
    axes.set_axis_off()
    axes.text(0.5, 0.5, "one", transform=figure.transFigure, rotation=90, ha="center")
    axes.text(0.5, 0.5, "other", transform=figure.transFigure, ha="center")
    figure.savefig(tmp_path / "x.svg")
    (width, height), (one, other) = svg_boxes.read(tmp_path / "x.svg")
    assert (width, height) == pytest.approx((518.4, 144)) and one.overlaps(other, TOUCH)
    assert (one.text, other.text) == ("one", "other")
    assert (one.left + one.right) / 2 == pytest.approx(width / 2, abs=3)
    assert one.bottom - one.top > 1.5 * (one.right - one.left)  # it stands upright


def bars():
    figure, axes = drawing.axes()
    axes.bar(["电力 tCO₂e", "two\nlines", "$x$"], [1, 2, 3], label="legend: (g|q)")
    axes.legend()
    return figure


def changing():
    """A figure whose ticks, texts and boxes change while it is laid out."""
    figure, (left, right) = drawing.axes(1.7, columns=2)
    left.plot([0, 1e9], [0, 3e-7])  # an offset above each axis, which moves the title
    left.set_title("a title\nabove the offset")
    left.set_ylabel("of lines,\nso that there is\nroom for fewer\nnumbers below")
    left.twinx().set_ylabel("of a second axis")
    left.text(5e8, 1e-7, "along a line", rotation=30, transform_rotates_text=True)
    right.plot(pd.date_range("2025-01-01", "2025-12-31"), range(365))
    right.text(0.4, 0.2, "wrapped " * 7, wrap=True, transform=right.transAxes)
    right.xaxis.set_ticks_position("top")
    right.set_xlabel("below")
    right.invert_yaxis()
    return figure


@pytest.mark.parametrize("drawn", [bars, changing])
def test_a_figure_is_the_one_that_matplotlib_writes(drawn, tmp_path):
    drawing.use_style()
    written = []
    for name in ("ours", "theirs"):
        figure = drawn()
        path = tmp_path / f"{name}.svg"
        if name == "ours":
            svg.keep(figure, path, {"Date": None})
        else:
            figure.savefig(path, metadata={"Date": None})
        written.append(path.read_bytes())
    assert written[0] == written[1]


def titled(text):
    figure, axes = drawing.axes()
    axes.set_axis_off()
    axes.set_title(text)
    return figure


def test_a_text_laid_out_ahead_is_drawn_as_matplotlib_draws_it(tmp_path, monkeypatch):
    drawing.use_style()
    matplotlib.rcParams.update(fonts.rc_params("zh"))
    titled("总部大楼 1,309 tCO₂e").savefig(tmp_path / "theirs.svg", metadata={"Date": None})
    svg._laid_out.cache_clear()
    svg.laid_out_here()
    svg.keep(titled("总部大楼 1,309 tCO₂e"), tmp_path / "told.svg", {"Date": None})
    told = json.loads(json.dumps(svg.laid_out_here()))
    svg._laid_out.cache_clear()
    svg.lay_out_ahead(told)
    assert svg.laid_out_here() == []  # what another process told is not told again
    monkeypatch.delattr(svg.text_to_path.__class__, "get_glyphs_with_font")  # not laid out again
    svg.keep(titled("总部大楼 1,309 tCO₂e"), tmp_path / "ours.svg", {"Date": None})
    assert (tmp_path / "ours.svg").read_bytes() == (tmp_path / "theirs.svg").read_bytes()


def test_what_is_laid_out_ahead_changes_no_setting_of_matplotlib(monkeypatch):
    manager = matplotlib.font_manager.fontManager
    monkeypatch.setattr(manager, "ttflist", manager.ttflist[:1])
    before = dict(matplotlib.rcParams), manager.ttflist, manager.afmlist
    svg.lay_out_ahead([("电", "zh-Hans", "normal")])
    assert (dict(matplotlib.rcParams), manager.ttflist, manager.afmlist) == before


def test_two_lines_have_the_glyphs_of_their_language(tmp_path):
    """Matplotlib leaves it out, and draws 基于位置 in the forms of Japanese."""
    drawing.use_style()
    matplotlib.rcParams.update(fonts.rc_params("zh"))

    def glyphs(*lines):
        svg.keep(titled("\n".join(lines)), tmp_path / "x.svg", {"Date": None})
        return re.findall('<use xlink:href="#([^"]+)"', (tmp_path / "x.svg").read_text("utf-8"))

    first, second = glyphs("基于位置"), glyphs("所用")
    assert glyphs("基于位置", "所用") == first + second
    matplotlib.rcParams["text.language"] = "ja"
    assert glyphs("基于位置", "所用")[:4] != first
