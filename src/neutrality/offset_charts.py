"""Figures of the offset: the residual, its credits, their stress.

A table and a language in, axes out.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes

from neutrality import drawing, labels


def residual_credits(sources: pd.DataFrame, blocks: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the residual by source against the credits retired by block [tCO2e]."""
    _, axes = drawing.axes(2.2)
    rows = ((1, sources.sort_values("t_co2e", ascending=False), "source", "t_co2e"), (0, blocks, "vintage", "quantity"))
    for y, table, name, amount in rows:
        left = 0.0
        for place, (what, size) in enumerate(zip(table[name].astype(str), table[amount])):
            face = drawing.colour(what, place) if y else ("#d9a441", "#e8c98a")[place % 2]
            axes.barh(y, size, left=left, height=0.5, color=face, edgecolor="white")
            wide = size > 0.09 * sources["t_co2e"].sum()
            if wide:
                axes.annotate(f"{drawing.name(what, lang, case)}\n{labels.number(size, 0)}", (left + size / 2, y), ha="center", va="center",
                              fontsize=7.5, color="white" if y and _dark(face) else "#22292e")
            left += size
        axes.annotate(labels.number(left, 0), (left, y), xytext=(5, 0), textcoords="offset points", va="center")
    axes.set_yticks([0, 1], [drawing.say(lang, "已注销碳信用（按减排年份）", "credits retired, by vintage"),
                             drawing.say(lang, "剩余排放（按来源）", "residual, by source")])
    axes.set_xlabel("tCO₂e")
    axes.grid(visible=False)
    axes.margins(x=0.08)
    return axes


def _dark(face: str) -> bool:
    red, green, blue = mpl.colors.to_rgb(face)
    return 0.3 * red + 0.6 * green + 0.1 * blue < 0.55


def stress(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw how many credits would be needed: as accounted, prudently, and under each stress."""
    _, axes = drawing.axes(0.9 + 0.34 * len(table))
    shown = table.iloc[::-1].reset_index(drop=True)
    axes.barh(shown.index, shown["credits"], height=0.6, color=[drawing.colour("credits") if k == "accounted" else "#e6dcc6" for k in shown["kind"]])
    for y, value in enumerate(shown["credits"]):
        axes.annotate(labels.number(value, 0), (value, y), xytext=(4, 0), textcoords="offset points", va="center")
    axes.set_yticks(shown.index, [drawing.wrapped(name, lang) for name in shown[f"name_{lang}"]])
    axes.set_xlabel(drawing.say(lang, "所需碳信用，tCO₂e", "credits needed, tCO₂e"))
    axes.grid(axis="x"), axes.grid(visible=False, axis="y")
    axes.margins(x=0.1)
    return axes
