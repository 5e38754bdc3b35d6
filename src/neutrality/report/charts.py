"""Figures of the report as a whole: the bridge and the audit.

A table and a language in, axes out.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes

from neutrality.texts import drawing, labels

# Marker and colour of a recomputed figure, by verdict.
_MARKS = {
    "holds": ("o", "#2f8577"),
    "by construction": ("D", "#9aa5ad"),
    "fails": ("X", "#b5482f"),
}


def bridge(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the bridge from the counterfactual to zero [tCO2e] of a table of `bridge.steps`, with
    the interval of what is modelled.
    """
    _, axes = drawing.axes(2.7)
    level = 0.0
    for x, row in enumerate(table.itertuples()):
        bottom, height = (
            (0.0, row.t_co2e) if row.total else (level + min(row.t_co2e, 0), abs(row.t_co2e))
        )
        hatched = row.step in ("counterfactual", "savings")
        axes.bar(
            x,
            height,
            bottom=bottom,
            width=0.6,
            color=drawing.colour(row.step if row.step in drawing.COLOURS else "total"),
            edgecolor="#34495e",
            linewidth=0.7,
            hatch="////" if hatched else None,
        )
        level = row.t_co2e if row.total else level + row.t_co2e
        top = bottom + height
        if row.total and row.low_t < row.high_t:
            axes.vlines(x, row.low_t, row.high_t, color="#22292e", linewidth=1.4)
            top = row.high_t
        axes.annotate(
            labels.number(row.t_co2e, 0),
            (x, top),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
        )
        if x + 1 < len(table):
            axes.hlines(level, x + 0.3, x + 0.7, color="#8b949b", linewidth=0.8)
    axes.set_xticks(
        range(len(table)), [drawing.name(f"bridge_{s}", lang, case) for s in table["step"]]
    )
    axes.set_ylabel("tCO₂e")
    axes.margins(y=0.12)
    return axes


def verdicts(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw each recomputed figure as a share of the announced one, on a log axis.

    Figures that are not decidable have no mark.
    """
    _, axes = drawing.axes(0.9 + 0.27 * len(table))
    shown = table.iloc[::-1].reset_index(drop=True)
    share = (shown["recomputed"] / shown["announced"]).where(lambda values: values > 0)
    for verdict, (marker, face) in _MARKS.items():
        rows = shown.index[shown["verdict"] == verdict]
        label = drawing.name(verdict, lang, case)
        look = {"marker": marker, "s": 42, "color": face, "zorder": 3, "label": label}
        axes.scatter(share[rows], rows, **look)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    centred = {"ha": "center", "va": "center", "fontsize": 7.5, "color": "#6b757c", "bbox": box}
    for y in shown.index[shown["verdict"] == "not decidable"]:
        axes.annotate(drawing.name("not decidable", lang, case), (1, y), **centred)
    names = [drawing.name(f"announced_{id}", lang, case) for id in shown["id"]]
    axes.set_yticks(shown.index, names)
    _share_axis(axes, len(shown))
    axes.set_xlabel(drawing.say(lang, "复算值 / 公布值", "recomputed / announced"))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return axes


def _share_axis(axes: Axes, rows: int) -> None:
    """Give the axes a log scale of shares around 1, and a line at 1."""
    axes.axvline(1, color="#22292e", linewidth=0.9, zorder=0)
    axes.set_xscale("log")
    axes.set_xlim(0.05, 20)
    axes.set_ylim(-0.7, rows - 0.3)
    axes.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    axes.minorticks_off()
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
