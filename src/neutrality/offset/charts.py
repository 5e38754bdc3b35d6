"""Figures of the offset: what is left and its spread, what makes it uncertain, its credits and
their stress.

A table and a language in, axes out.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from neutrality.texts import drawing, labels

BINS = 60
BLOCKS_SHOWN = 20
INPUTS_SHOWN = 10
NAMES_WRAPPED_AT = {"zh": 24, "en": 46}  # [characters] stresses have long names


def residual_credits(
    sources: pd.DataFrame,
    blocks: pd.DataFrame,
    lang: str,
    case: Path | None = None,
    rest: str = "residual",
) -> Axes:
    """Draw what is left by source against the credits retired by vintage [tCO2e]."""
    _, axes = drawing.axes(2.2)
    rows = (
        (1, sources.sort_values("t_co2e", ascending=False), "source", "t_co2e"),
        (0, blocks, "vintage", "quantity"),
    )
    for y, table, name, amount in rows:
        left = 0.0
        for place, (what, size) in enumerate(zip(table[name].astype(str), table[amount])):
            face = drawing.colour(what, place) if y else ("#d9a441", "#e8c98a")[place % 2]
            axes.barh(y, size, left=left, height=0.5, color=face, edgecolor="white")
            wide = size > 0.09 * sources["t_co2e"].sum()
            if wide:
                axes.annotate(
                    f"{drawing.name(what, lang, case)}\n{labels.number(size, 0)}",
                    (left + size / 2, y),
                    ha="center",
                    va="center",
                    fontsize=7.5,
                    color="white" if y and _dark(face) else "#22292e",
                )
            left += size
        axes.annotate(
            labels.number(left, 0),
            (left, y),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
        )
    axes.set_yticks(
        [0, 1],
        [
            drawing.say(lang, "已注销碳信用（按减排年份）", "credits retired, by vintage"),
            labels.label(rest, lang) + drawing.say(lang, "（按来源）", ", by source"),
        ],
    )
    axes.set_xlabel("tCO₂e")
    axes.grid(visible=False)
    axes.margins(x=0.08)
    return axes


def _dark(face: str) -> bool:
    red, green, blue = mpl.colors.to_rgb(face)
    return 0.3 * red + 0.6 * green + 0.1 * blue < 0.55


def residual_spread(
    total_t: np.ndarray,
    sizing: pd.DataFrame,
    retired: int,
    lang: str,
    case: Path | None = None,
    rest: str = "residual",
) -> Axes:
    """Draw the drawn totals, and in them the point, the median, the purchases of more
    confidence, and what is retired [tCO2e].
    """
    _, axes = drawing.axes(2.9)
    spread = total_t.max() - total_t.min() > 1e-9 * total_t.max()
    axes.hist(
        total_t,
        bins=BINS if spread else 1,
        weights=np.full(len(total_t), 100 / len(total_t)),
        color="#c9d3da",
        edgecolor="white",
        linewidth=0.3,
    )
    point, levels = sizing.iloc[0], sizing.iloc[1:]
    marks = [(point.residual_t, drawing.say(lang, "点值", "point"), drawing.colour("total"), "-")]
    marks += [
        (
            row.residual_t,
            drawing.say(lang, "中位数", "median")
            if row.confidence == 0.5
            else f"{row.confidence * 100:g} %",
            "#6b757c",
            ":",
        )
        for row in levels.itertuples()
    ]
    marks += (
        [(retired, drawing.say(lang, "已注销", "retired"), drawing.colour("credits"), "--")]
        if retired
        else []
    )
    for step, (at, words, colour, line) in enumerate(marks):
        axes.axvline(
            at,
            color=colour,
            linestyle=line,
            linewidth=1.4,
            label=f"{words}  {labels.number(at, 0)}",
        )
    axes.legend(loc="upper right", fontsize=8)
    axes.set_xlabel(labels.label(rest, lang) + drawing.say(lang, "，tCO₂e", ", tCO₂e"))
    axes.set_ylabel(drawing.say(lang, "抽样占比，%", "share of draws, %"))
    low, high = np.quantile(total_t, [0.0005, 0.9995])
    wide = 0.05 * (high - low) or 1.0
    axes.set_xlim(
        min([low, *(at for at, *_ in marks)]) - wide,
        max([high, *(at for at, *_ in marks)]) + 4 * wide,
    )
    return axes


def contributions(ranked: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw by how much each input moves what is left when it errs by one standard uncertainty,
    largest on top [tCO2e].
    """
    shown = ranked.head(INPUTS_SHOWN).iloc[::-1].reset_index(drop=True)
    _, axes = drawing.axes(0.9 + 0.32 * max(len(shown), 1))
    for side, colour in ((-1, "#8fa6b5"), (1, drawing.colour("grid_electricity"))):
        axes.barh(shown.index, side * shown["uncertainty_t"], height=0.62, color=colour)
    for y, row in shown.iterrows():
        axes.annotate(
            f"± {labels.number(row['uncertainty_t'], 1)}  ({row['variance_share'] * 100:.1f} %)",
            (row["uncertainty_t"], y),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    axes.set_yticks(shown.index, [drawing.wrapped(name, lang) for name in shown[f"name_{lang}"]])
    axes.axvline(0, color="#8b949b", linewidth=0.8)
    axes.set_xlabel(
        drawing.say(
            lang,
            "一倍标准不确定度的影响，tCO₂e（占方差比例）",
            "effect of one standard uncertainty, tCO₂e (share of the variance)",
        )
    )
    axes.grid(axis="x"), axes.grid(visible=False, axis="y")
    widest = shown["uncertainty_t"].max() if len(shown) else 0.0
    axes.set_xlim(-1.1 * (widest or 1.0), 1.5 * (widest or 1.0))
    return axes


def timeline(
    blocks: pd.DataFrame,
    reporting_year: int,
    deadline: pd.Timestamp | None,
    lang: str,
    case: Path | None = None,
) -> Axes:
    """Draw the blocks on a time line: vintage as a bar, retirement as a mark, the year and the
    window of retirement behind.
    """
    alike = ["programme", "project_id", "vintage_start", "vintage_end", "retired_on"]
    rows = (
        blocks.groupby(alike, dropna=False)["quantity"]
        .sum()
        .reset_index()
        .sort_values(["vintage_start", "retired_on"])
    )
    shown = rows.tail(BLOCKS_SHOWN).iloc[::-1].reset_index(drop=True)
    _, axes = drawing.axes(1.1 + 0.32 * max(len(shown), 1))
    if shown.empty:
        return drawing.nothing(axes, lang)
    start, end = pd.Timestamp(reporting_year, 1, 1), pd.Timestamp(reporting_year, 12, 31)
    axes.axvspan(
        start, end, color="#e9eef1", zorder=0, label=drawing.say(lang, "报告年度", "reporting year")
    )
    if deadline is not None:
        axes.axvspan(
            end,
            deadline,
            color="#f6efdf",
            zorder=0,
            label=drawing.say(lang, "注销期限", "window of retirement"),
        )
    axes.barh(
        shown.index,
        shown["vintage_end"] - shown["vintage_start"],
        left=shown["vintage_start"],
        height=0.5,
        color=drawing.colour("credits"),
        label=drawing.say(lang, "减排年份", "vintage"),
    )
    axes.plot(
        shown["retired_on"],
        shown.index,
        linestyle="none",
        marker="D",
        markersize=6,
        color=drawing.colour("total"),
        label=drawing.say(lang, "注销", "retirement"),
    )
    axes.set_yticks(
        shown.index,
        [
            f"{row.programme} {row.project_id} · {labels.number(row.quantity, 0)}"
            for row in shown.itertuples()
        ],
    )
    axes.xaxis.set_major_locator(mpl.dates.YearLocator())
    axes.xaxis.set_major_formatter(mpl.dates.DateFormatter("%Y"))
    axes.grid(axis="x"), axes.grid(visible=False, axis="y")
    axes.set_ylim(-0.6, len(shown) - 0.4)
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.12 - 0.4 / (len(shown) + 2)),
        ncols=4,
        fontsize=8,
    )
    more = len(rows) - len(shown)
    if more:
        axes.set_title(
            drawing.say(lang, f"另有 {more} 批未画出", f"{more} earlier blocks are not drawn"),
            fontsize=8,
        )
    return axes


def stress(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw how many credits would be needed, and how many valid ones are left: as accounted,
    prudently, and under each stress that applies.
    """
    shown = table.dropna(subset="credits").iloc[::-1].reset_index(drop=True)
    _, axes = drawing.axes(0.9 + 0.48 * len(shown))
    axes.barh(
        shown.index,
        shown["credits"],
        height=0.6,
        color=[drawing.colour("credits") if k == "accounted" else "#e6dcc6" for k in shown["kind"]],
    )
    for y, row in shown.iterrows():
        words = labels.number(row["credits"], 0) + (
            "" if row["enough"] else drawing.say(lang, "  不足", "  not enough")
        )
        axes.annotate(
            words, (row["credits"], y), xytext=(4, 0), textcoords="offset points", va="center"
        )
    axes.scatter(
        shown["valid"],
        shown.index,
        marker="|",
        s=140,
        color=drawing.colour("total"),
        label=drawing.say(lang, "有效余额", "valid credits left"),
    )
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), fontsize=8)
    axes.set_yticks(
        shown.index,
        [textwrap.fill(name, NAMES_WRAPPED_AT[lang]) for name in shown[f"name_{lang}"]],
        fontsize=8,
    )
    axes.set_xlabel(drawing.say(lang, "所需碳信用，tCO₂e", "credits needed, tCO₂e"))
    axes.grid(axis="x"), axes.grid(visible=False, axis="y")
    axes.margins(x=0.25)
    return axes
