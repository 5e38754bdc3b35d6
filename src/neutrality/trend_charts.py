"""Figures of the intensity trend.

A table and a language in, axes out.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from neutrality import drawing, labels


def intensity(table: pd.DataFrame, threshold: float, lang: str, case: Path | None = None) -> Axes:
    """Draw the change of carbon intensity on the base year by basis [%]; a year that no basis has is shaded."""
    _, axes = drawing.axes(3.0)
    if table["change_percent"].isna().all():
        return drawing.nothing(axes, lang)
    styles = ("-o", "--s", ":^", "-.D")
    for place, (basis, rows) in enumerate(table.groupby("basis", sort=False)):
        known = rows.dropna(subset="change_percent")
        if known.empty:
            continue
        face = ("#3d5a80", "#2f8577", "#b5482f", "#8a7fa3")[place % 4]
        # A year that was not published is a gap in the line; a hair across it only leads the eye.
        axes.plot(known["year"], known["change_percent"], color=face, linewidth=0.5, alpha=0.5)
        whole = rows.set_index("year")["change_percent"].reindex(range(int(rows["year"].min()), int(rows["year"].max()) + 1))
        axes.plot(whole.index, whole, styles[place % 4], markersize=4.5, color=face, label=drawing.name(basis, lang, case))
        last = known.iloc[-1]
        axes.annotate(f"{labels.number(last['change_percent'], 1)} %", (last["year"], last["change_percent"]),
                      xytext=(6, -3), textcoords="offset points")
    axes.axhline(-threshold, color="#22292e", linewidth=0.9, linestyle=(0, (4, 3)))
    years = range(int(table["year"].min()), int(table["year"].max()) + 1)
    drawing.absent(axes, sorted(set(years) - set(table.dropna(subset="change_percent")["year"])), drawing.say(lang, "未公布", "not published"))
    axes.set_xticks(list(years))
    axes.set_xlim(years[0] - 0.5, years[-1] + 0.5)
    axes.set_ylabel(drawing.say(lang, f"较 {years[0]} 年变化，%", f"change on {years[0]}, %"))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return axes


def drivers(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the LMDI-I effects of activity and intensity by basis [Mt]; columns basis, driver, effect_mt."""
    _, axes = drawing.axes(2.8)
    if table.empty:
        return drawing.nothing(axes, lang)
    wide = table.pivot(index="basis", columns="driver", values="effect_mt").loc[table["basis"].unique()]
    for place, driver in enumerate(table["driver"].unique()):
        at = np.arange(len(wide)) + (place - 0.5) * 0.36
        bars = axes.bar(at, wide[driver], width=0.34, color=("#8fa3b5", "#2f8577")[place % 2], label=drawing.name(driver, lang, case))
        axes.bar_label(bars, ["+" * (v > 0) + labels.number(v, 1) for v in wide[driver]], padding=2, fontsize=8)
    total = wide.sum(axis=1)
    axes.scatter(range(len(wide)), total, marker="D", s=26, color="#22292e", zorder=3, label=drawing.say(lang, "合计变化", "total change"))
    axes.axhline(0, color="#22292e", linewidth=0.8)
    axes.set_xticks(range(len(wide)), [drawing.name(b, lang, case) for b in wide.index])
    axes.set_ylabel("MtCO₂e")
    axes.margins(y=0.15)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return axes
