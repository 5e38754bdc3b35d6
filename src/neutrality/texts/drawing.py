"""What all figures share: style, colours, names in both languages, `save`, which keeps one in both,
and `show`, which a notebook alone has.
"""

from __future__ import annotations

import re
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.ticker import ScalarFormatter

from neutrality.texts import fonts, labels, pictures, side_by_side, svg

_WRAPPED_AT = {"zh": 18, "en": 36}  # [characters] longer names take a second line
_WRAPPED_NARROW_AT = {"zh": 8, "en": 15}
_WIDE_IN, _NARROW_IN = 7.2, 3.9  # a page of A4 between its margins, and a telephone
_SIZE, _NARROW_SIZE = 9, 7.5  # of letters [pt]
_is_narrow = ContextVar("narrow", default=False)
_languages = ContextVar("languages", default=labels.LANGUAGES)

# One colour a thing, everywhere. Things that may lie next to each other differ in lightness too,
# for print in grey: a test holds end uses, sources, technologies and spare colours apart.
COLOURS = {
    "cooling": "#1f5279",
    "heating_plant": "#b5482f",
    "lighting": "#e3b23c",
    "equipment": "#7d8f9c",
    "unexplained": "#d5d8da",
    "wind": "#2f8577",
    "solar": "#f0b63f",
    "grid_electricity": "#365278",
    "district_heat": "#b5482f",
    "natural_gas": "#d09a66",
    "petrol": "#8a7fa3",
    "diesel": "#3d3449",
    "refrigerant": "#a8ccd2",
    "counterfactual": "#ffffff",
    "savings": "#a9c9b0",
    "matched_green": "#2f8577",
    "credits": "#d9a441",
    "credits_unchecked": "#f3e3c4",
    "weather_effect": "#e3b23c",
    "occupancy_effect": "#8fa3b5",
    "measures_effect": "#a9c9b0",
    "not_shown": "#d5d8da",
    "green_effect": "#2f8577",
    "factor_effect": "#b5482f",
    "total": "#34495e",
    "measured": "#9aa5ad",
    "model": "#b5482f",
}
_SPARE = ("#6a8caf", "#c2c5a7", "#9a6f69", "#caa472", "#5f7a6b", "#b3b7c9")


# Figures whose narrow version reads well: those that a reader on a telephone looks at first.
FOR_TELEPHONES = frozenset(
    (
        *("bridge", "change", "inventory", "verdicts", "green_by_month", "switchboard"),
        *("savings", "building", "intensity"),
    )
)
_SHOWN_DPI = 100  # in a notebook
_TIMELESS = {"Date": None, "Creator": None}  # an SVG that is the same on every run


def use_style(languages: str = " ".join(labels.LANGUAGES)) -> None:
    """Set fonts, colours and the options that make figures and printed tables the same on every
    run, and the languages that `save` draws, such as "zh en". ValueError as `labels.chosen`.
    """
    _languages.set(tuple(labels.chosen(languages)))
    fonts.use_in_figures()
    mpl.rcdefaults()  # a user's matplotlibrc changes no figure
    mpl.rcParams.update(
        {
            **fonts.rc_params(_shown()),  # of the figures that a notebook shows
            "font.size": _SIZE,
            "axes.titlesize": 10,
            "axes.titlelocation": "left",
            "axes.titlepad": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": "#8b949b",
            "axes.grid": True,
            "axes.grid.axis": "y",
            "grid.color": "#e6e9eb",
            "axes.axisbelow": True,
            "axes.unicode_minus": True,
            "legend.frameon": False,
            "figure.constrained_layout.use": True,
            "hatch.linewidth": 0.6,
            "svg.fonttype": "path",
            "text.parse_math": False,  # a name may hold $: it is no mathematics
            "svg.hashsalt": "neutrality",
        }
    )
    # pandas chooses these by asking whether it is in a notebook; a report must not depend on that.
    pd.set_option(
        "display.max_columns",
        20,
        "display.max_rows",
        60,
        "display.width",
        120,
        "display.max_colwidth",
        None,
        "display.float_format",
        _plain,
    )


def _plain(value: float) -> str:
    """Return a number for the eye: thousands apart, at most four decimals, no zeros that nobody
    measured.

    >>> _plain(6461.1), _plain(0.5554), _plain(1_000_000.0)
    ('6,461.1', '0.5554', '1,000,000')
    """
    text = f"{value:,.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def save(
    out: Path | str,
    name: str,
    draw: Callable[..., Axes],
    *tables,
    case: Path | None = None,
    reported: bool = True,
    **options,
) -> None:
    """Draw a figure of the report in its languages into `out/figures`, as SVG, and a narrow one
    where telephones get it; a notebook shows the wide one, in English where that is drawn.

    Names that the case's own table labels gives come before the package's. Nothing is drawn where
    the first table is empty; one that is not `reported`, because this case's report leaves it out,
    is but shown.
    """
    if not reported:
        return show(draw, *tables, case=case, **options)
    if _is_empty(tables):
        return
    folder = Path(out) / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    *others, shown = (_Drawn(draw, tables, each, case, options) for each in _languages.get())

    def rest() -> None:
        """Draw what no notebook shows."""
        for drawn in (*others, shown) if name in FOR_TELEPHONES else ():
            with narrow():
                drawn.keep(folder / f"{name}.{drawn.lang}.narrow.svg")
        for drawn in others:
            drawn.keep(folder / f"{name}.{drawn.lang}.svg")

    more = others or name in FOR_TELEPHONES
    _kept_and_shown(shown, folder / f"{name}.{shown.lang}.svg", rest if more else None)


def show(draw: Callable[..., Axes], *tables, case: Path | None = None, **options) -> None:
    """Show a figure in the notebook that no report has; as `save`, without files."""
    if _is_empty(tables):
        return
    scratch = tempfile.TemporaryDirectory()
    shown = _Drawn(draw, tables, _shown(), case, options)
    _kept_and_shown(shown, Path(scratch.name) / "shown.svg", after=scratch.cleanup)


def _kept_and_shown(
    shown: _Drawn,
    path: Path,
    rest: Callable[[], None] | None = None,
    after: Callable[[], None] = lambda: None,
) -> None:
    """Write a figure to a file, draw the rest, show the figure in the notebook, and call `after`.

    Where copies of the process may go on, they write all, and so does the notebook go on: the
    picture comes to its place when it is there.
    """
    if side_by_side.leaves():
        figure = shown.drawn()  # here, so that an error is this cell's
        place = _place()

        def written() -> None:
            shown.write(figure, path)
            if rest:
                rest()

        side_by_side.leave(written, lambda: (place(path), after()))
        plt.close(figure)
        return
    with side_by_side.done(rest) if rest else nullcontext():
        shown.keep(path)
    _display(path)
    after()


def _shown() -> str:
    return _languages.get()[-1]


def _is_empty(tables: tuple) -> bool:
    return isinstance(tables[0], pd.DataFrame) and tables[0].empty


class _Drawn(NamedTuple):
    """What a figure is drawn from."""

    draw: Callable[..., Axes]
    tables: tuple
    lang: str
    case: Path | None
    options: dict

    def keep(self, path: Path) -> None:
        """Write it as an SVG file, with the glyphs of its language."""
        self.write(self.drawn(), path)

    def drawn(self) -> plt.Figure:
        """Return the figure."""
        self._use_glyphs()
        figure = self.draw(*self.tables, self.lang, case=self.case, **self.options).figure
        if is_narrow():
            _legends_below(figure)
        _thousands_apart(figure)
        for text in figure.findobj(Text) if self.lang == "zh" else ():
            text.set_text(labels.tight(text.get_text()))
        return figure

    def write(self, figure: plt.Figure, path: Path) -> None:
        """Write the figure as an SVG file, and close it."""
        self._use_glyphs()
        svg.keep(figure, path, _TIMELESS)
        plt.close(figure)

    def _use_glyphs(self) -> None:
        # Not in an rc_context: a notebook's backend sets its own parameters at the first figure.
        mpl.rcParams.update(fonts.rc_params(self.lang))


class _Thousands(ScalarFormatter):
    """Matplotlib's numbers at an axis, whole and with thousands apart, as labels have them."""

    def __init__(self):
        super().__init__(useOffset=False)
        self.set_scientific(False)

    def __call__(self, x, pos=None):
        whole, *decimals = super().__call__(x, pos).split(".")
        return ".".join([re.sub(r"\d{4,}", lambda found: f"{int(found[0]):,}", whole), *decimals])


def _thousands_apart(figure: plt.Figure) -> None:
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if type(axis.get_major_formatter()) is ScalarFormatter:  # none that a figure chose
                axis.set_major_formatter(_Thousands())


def _display(path: Path) -> None:
    """Show an SVG file as a picture, where a notebook is running: not every page that shows
    notebooks shows SVG.
    """
    from IPython import display, get_ipython

    if get_ipython() is not None:
        display.display(_picture(path))


def _place() -> Callable[[Path], None]:
    """Keep a place for a picture in what a notebook's cell shows; return what puts it there."""
    from IPython import display, get_ipython

    if get_ipython() is None:
        return lambda path: None
    place = display.display({"text/plain": ""}, raw=True, display_id=True)
    return lambda path: place.update(_picture(path))


def _picture(path: Path):
    from IPython import display

    (made,) = pictures.png(path.parent, [path.name], _SHOWN_DPI)
    return display.Image(made, format="png")


def colour(name: str, place: int = 0) -> str:
    """Return the colour of a thing; one without a fixed colour takes the spare one of its place."""
    return COLOURS.get(name, _SPARE[place % len(_SPARE)])


def say(lang: str, zh: str, en: str) -> str:
    """Return the text of the language that is drawn."""
    return zh if lang == "zh" else en


def name(id: str, lang: str, case: Path | None) -> str:
    """Return the name of a thing, on two lines where it is long."""
    return wrapped(labels.label(id, lang, case), lang)


def wrapped(name: str, lang: str) -> str:
    """Return a name with a line broken where it is long."""
    at = (_WRAPPED_NARROW_AT if is_narrow() else _WRAPPED_AT)[lang]
    return "\n".join(textwrap.fill(line, at) for line in str(name).splitlines())


def waterfall(axes: Axes, table: pd.DataFrame, modelled: tuple[str, ...]) -> None:
    """Draw levels and the steps between them [tCO2e], each with its number above.

    `table` has step, t_co2e and total (true for a level), in order, and where one has an
    interval also low_t and high_t. Levels that follow each other are not joined. `modelled` are the
    steps that nobody measured: hatched.
    """
    level = 0.0
    for x, row in enumerate(table.itertuples()):
        start = 0.0 if row.total else level
        level = start + row.t_co2e
        bottom, top = min(start, level), max(start, level)
        axes.bar(
            x,
            top - bottom,
            bottom=bottom,
            width=0.6,
            color=colour(row.step if row.step in COLOURS else "total"),
            edgecolor="#34495e",
            linewidth=0.7,
            hatch="////" if row.step in modelled else None,
        )
        low_t, high_t = (getattr(row, end, np.nan) for end in ("low_t", "high_t"))
        if low_t < high_t:
            ends = start + low_t, start + high_t
            axes.vlines(x, *ends, color="#22292e", linewidth=1.4, zorder=4)
        amount_above(axes, x, top, row.t_co2e, beside=low_t < high_t)
        if x + 1 < len(table) and not (row.total and table["total"].iloc[x + 1]):
            axes.hlines(level, x + 0.3, x + 0.7, color="#8b949b", linewidth=0.8)
    axes.set_ylabel("tCO₂e")
    axes.margins(y=0.12)


def amount_above(axes: Axes, x: float, top: float, amount: float, beside: bool = False) -> None:
    """Write an amount above a bar; beside its middle where an interval is drawn there, whose end it
    would else seem to name.
    """
    if beside and is_narrow() and top > 0 and amount == top:  # no room beside: inside the bar
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
        axes.annotate(labels.number(amount, 0), (x, top / 2), ha="center", bbox=box, zorder=5)
        return
    axes.annotate(
        labels.number(amount, 0),
        (x, top),
        xytext=(4 if beside else 0, 4),
        textcoords="offset points",
        ha="left" if beside else "center",
    )


def nothing(axes: Axes, lang: str) -> Axes:
    """Say on empty axes that no value was published to draw."""
    axes.annotate(
        say(lang, "无已公布数据", "nothing published"),
        (0.5, 0.5),
        xycoords="axes fraction",
        ha="center",
        color="#6b757c",
    )
    axes.set_axis_off()
    return axes


def axes(height: float = 3.0, columns: int = 1) -> tuple[plt.Figure, Axes | np.ndarray]:
    """Return a figure as wide as a page and its axes side by side; in `narrow` below each other."""
    if is_narrow():
        return plt.subplots(columns, 1, figsize=(_NARROW_IN, height * columns))
    return plt.subplots(1, columns, figsize=(_WIDE_IN, height))


@contextmanager
def narrow() -> Iterator[None]:
    """Draw figures as wide as a telephone inside this block."""
    before = _is_narrow.set(True)
    mpl.rcParams["font.size"] = _NARROW_SIZE
    try:
        yield
    finally:
        mpl.rcParams["font.size"] = _SIZE
        _is_narrow.reset(before)


def is_narrow() -> bool:
    """Return whether a figure is drawn for a telephone."""
    return _is_narrow.get()


def _legends_below(figure: plt.Figure) -> None:
    """Move the legends that stand beside their axes below the figure: there is no room beside."""
    beside = [each for each in figure.axes if each.get_legend() and _anchor(each).x0 > 0.99]
    for each in beside:
        handles, names = each.get_legend().legend_handles, each.get_legend().get_texts()
        shown = [name.get_text() for name in names]
        each.get_legend().remove()
        figure.legend(handles, shown, loc="outside lower center", ncols=2, fontsize=8)


def _anchor(axes: Axes):
    """Return where a legend is anchored, in shares of its axes."""
    return axes.get_legend().get_bbox_to_anchor().transformed(axes.transAxes.inverted())


def months(axes: Axes, lang: str) -> None:
    """Name twelve places after the months, every third of them where there is little room."""
    shown = range(1, 13, 3 if is_narrow() else 1)
    names = [say(lang, f"{m}月", pd.Timestamp(2001, m, 1).strftime("%b")) for m in shown]
    axes.set_xticks([m - 1 for m in shown], names)


def names_below(axes: Axes, names: list[str]) -> None:
    """Name the bars of a figure below them; upright where there is little room."""
    axes.set_xticks(range(len(names)), names, rotation=90 if is_narrow() else 0)


def absent(axes: Axes, places: list[int], words: str) -> None:
    for place in places:
        axes.axvspan(place - 0.5, place + 0.5, color="#f0f2f3", zorder=0)
        axes.annotate(
            words,
            (place, 0.98),
            xycoords=axes.get_xaxis_transform(),
            ha="center",
            va="top",
            fontsize=7.5,
            color="#6b757c",
        )
