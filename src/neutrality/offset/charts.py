"""Figures of the offset: the residual, its distribution and uncertainty, its credits and their
stress.

A table and a language in, axes out.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from neutrality.reference import units
from neutrality.texts import drawing, labels

_BINS = 60
BLOCKS_SHOWN = 20
_INPUTS_SHOWN = 10
_NAMES_WRAPPED_AT = {"zh": 24, "en": 46}  # [characters] stresses have long names
_VINTAGE_COLOURS = ("#d9a441", "#e8c98a")
_NAMED_FROM = 0.09  # share of the residual from which a piece of a bar has room for its name


def residual_credits(
    sources: pd.DataFrame,
    blocks: pd.DataFrame,
    lang: str,
    case: Path | None = None,
    term: str = "residual",
) -> Axes:
    """Draw the residual by source above the credits retired by vintage [tCO2e].

    `term` is that of `residual.residual_term`.
    """
    _, axes = drawing.axes(2.2 if len(blocks) else 1.5)
    named_from_t = _NAMED_FROM * sources["t_co2e"].sum()
    by_source = sources.sort_values("t_co2e", ascending=False)
    colours = [drawing.colour(name, place) for place, name in enumerate(by_source["source"])]
    _stacked(axes, 1, by_source.set_index("source")["t_co2e"], colours, named_from_t, lang, case)
    colours = [_VINTAGE_COLOURS[place % len(_VINTAGE_COLOURS)] for place in range(len(blocks))]
    names = {1: labels.label(term, lang) + drawing.say(lang, "（按来源）", ", by source")}
    if len(blocks):
        bought = blocks.set_index("vintage")["quantity"]
        _stacked(axes, 0, bought, colours, named_from_t, lang, case)
        names[0] = drawing.say(lang, "已注销碳信用（按减排年份）", "credits retired, by vintage")
    axes.set_yticks(list(names), list(names.values()))
    axes.set_xlabel("tCO₂e")
    axes.grid(visible=False)
    axes.margins(x=0.08)
    return axes


def _stacked(
    axes: Axes,
    y: int,
    amounts: pd.Series,
    colours: list[str],
    named_from_t: float,
    lang: str,
    case: Path | None,
) -> None:
    """Draw one bar of named pieces, and their sum at its end."""
    left = 0.0
    for name, amount, face in zip(amounts.index.astype(str), amounts, colours, strict=True):
        axes.barh(y, amount, left=left, height=0.5, color=face, edgecolor="white")
        if amount > named_from_t:
            axes.annotate(
                f"{drawing.name(name, lang, case)}\n{labels.number(amount, 0)}",
                (left + amount / 2, y),
                ha="center",
                va="center",
                fontsize=7.5,
                color="white" if _dark(face) else "#22292e",
            )
        left += amount
    axes.annotate(
        labels.number(left, 0), (left, y), xytext=(5, 0), textcoords="offset points", va="center"
    )


def _dark(face: str) -> bool:
    red, green, blue = mpl.colors.to_rgb(face)
    return 0.3 * red + 0.6 * green + 0.1 * blue < 0.55


# Of the median and of each confidence: no two alike.
_LINES = (
    ("#6b757c", (0, (5, 1, 1, 1))),
    ("#1f5279", (0, (1, 1))),
    ("#2f8577", (0, (2, 2))),
    ("#b5482f", (0, (5, 2))),
)


def residual_distribution(
    total_t: np.ndarray,
    purchases: pd.DataFrame,
    retired: int,
    lang: str,
    case: Path | None = None,
    term: str = "residual",
) -> Axes:
    """Draw the distribution of the drawn totals, with the point estimate, the median, the purchases
    for each confidence, and the credits retired [tCO2e].

    `purchases` is the table of `sizing.purchases`, `term` that of `residual.residual_term`.
    """
    _, axes = drawing.axes(2.9)
    spread = total_t.max() - total_t.min() > 1e-9 * total_t.max()
    axes.hist(
        total_t,
        bins=_BINS if spread else 1,
        weights=np.full(len(total_t), units.PERCENT / len(total_t)),
        color="#c9d3da",
        edgecolor="white",
        linewidth=0.3,
    )
    marks = _marks(purchases, retired, lang)
    for at, name, colour, line in marks:
        label = f"{name}  {labels.number(at, 0)}"
        axes.axvline(at, color=colour, linestyle=line, linewidth=1.4, label=label)
    axes.legend(loc="upper right", fontsize=8)
    axes.set_xlabel(labels.label(term, lang) + drawing.say(lang, "，tCO₂e", ", tCO₂e"))
    axes.set_ylabel(drawing.say(lang, "抽样占比，%", "share of draws, %"))
    low, high = np.quantile(total_t, [0.0005, 0.9995])
    margin = 0.05 * (high - low) or 1.0
    axes.set_xlim(
        min([low, *(at for at, *_ in marks)]) - margin,
        max([high, *(at for at, *_ in marks)]) + 4 * margin,
    )
    return axes


def _marks(
    purchases: pd.DataFrame, retired: int, lang: str
) -> list[tuple[float, str, str, str | tuple]]:
    """Return place [tCO2e], name, colour and line style of each mark on the distribution."""
    point = drawing.say(lang, "最佳估计值", "best estimate")
    marks = [(purchases.iloc[0].residual_t, point, drawing.colour("total"), "-")]
    for row in purchases.iloc[1:].itertuples():
        median = row.confidence == 0.5
        percent = f"{row.confidence * units.PERCENT:g} %"
        name = drawing.say(lang, "中位数", "median") if median else percent
        marks.append((row.residual_t, name, *_LINES[(len(marks) - 1) % len(_LINES)]))
    if retired:
        name = drawing.say(lang, "已注销", "retired")
        marks.append((retired, name, drawing.colour("credits"), "--"))
    return marks


def contributions(ranked: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw how far an error of one standard uncertainty in each input moves the residual, largest
    on top [tCO2e].
    """
    shown = ranked.head(_INPUTS_SHOWN).iloc[::-1].reset_index(drop=True)
    _, axes = drawing.axes(0.9 + 0.32 * max(len(shown), 1))
    for side, colour in ((-1, "#8fa6b5"), (1, drawing.colour("grid_electricity"))):
        axes.barh(shown.index, side * shown["uncertainty_t"], height=0.62, color=colour)
    for y, row in shown.iterrows():
        percent = row["variance_share"] * units.PERCENT
        axes.annotate(
            f"± {labels.number(row['uncertainty_t'], 1)}  ({percent:.1f} %)",
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
    _vertical_grid(axes)
    widest = (shown["uncertainty_t"].max() if len(shown) else 0.0) or 1.0
    axes.set_xlim(-1.1 * widest, 1.5 * widest)
    return axes


def _vertical_grid(axes: Axes) -> None:
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")


def timeline(
    blocks: pd.DataFrame,
    reporting_year: int,
    deadline: pd.Timestamp | None,
    lang: str,
    case: Path | None = None,
) -> Axes:
    """Draw the credit blocks on a time line: vintage as a bar, retirement as a mark, in front of
    the reporting year and the window of retirement.
    """
    keys = ["programme", "project_id", "vintage_start", "vintage_end", "retired_on"]
    rows = blocks.groupby(keys, dropna=False)["quantity"].sum().reset_index()
    rows = rows.sort_values(["vintage_start", "retired_on"])
    shown = rows.tail(BLOCKS_SHOWN).iloc[::-1].reset_index(drop=True)
    _, axes = drawing.axes(1.1 + 0.32 * max(len(shown), 1))
    if shown.empty:
        return drawing.nothing(axes, lang)
    _shade_periods(axes, reporting_year, deadline, lang)
    _draw_blocks(axes, shown, lang)
    axes.xaxis.set_major_locator(mpl.dates.YearLocator())
    axes.xaxis.set_major_formatter(mpl.dates.DateFormatter("%Y"))
    _vertical_grid(axes)
    axes.set_ylim(-0.6, len(shown) - 0.4)
    below = -0.12 - 0.4 / (len(shown) + 2)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, below), ncols=4, fontsize=8)
    more = len(rows) - len(shown)
    if more:
        axes.set_title(
            drawing.say(lang, f"另有 {more} 批未画出", f"{more} earlier blocks are not drawn"),
            fontsize=8,
        )
    return axes


def _shade_periods(
    axes: Axes, reporting_year: int, deadline: pd.Timestamp | None, lang: str
) -> None:
    start, end = pd.Timestamp(reporting_year, 1, 1), pd.Timestamp(reporting_year, 12, 31)
    label = drawing.say(lang, "报告年度", "reporting year")
    axes.axvspan(start, end, color="#e9eef1", zorder=0, label=label)
    if deadline is not None:
        label = drawing.say(lang, "注销期限", "window of retirement")
        axes.axvspan(end, deadline, color="#f6efdf", zorder=0, label=label)


def _draw_blocks(axes: Axes, shown: pd.DataFrame, lang: str) -> None:
    """Draw vintage and retirement of each block, and name its line."""
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
    names = [
        f"{row.programme} {row.project_id} · {labels.number(row.quantity, 0)}"
        for row in shown.itertuples()
    ]
    axes.set_yticks(shown.index, names)


def stress(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the credits needed, and those that stay valid: as accounted, with the case's confidence,
    and under each stress that applies.
    """
    shown = table.dropna(subset="credits").iloc[::-1].reset_index(drop=True)
    _, axes = drawing.axes(0.9 + 0.48 * len(shown))
    credits_colour = drawing.colour("credits")
    colours = [credits_colour if kind == "accounted" else "#e6dcc6" for kind in shown["kind"]]
    axes.barh(shown.index, shown["credits"], height=0.6, color=colours)
    not_enough = drawing.say(lang, "  不足", "  not enough")
    for y, row in shown.iterrows():
        axes.annotate(
            labels.number(row["credits"], 0) + ("" if row["enough"] else not_enough),
            (row["credits"], y),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
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
    names = [textwrap.fill(name, _NAMES_WRAPPED_AT[lang]) for name in shown[f"name_{lang}"]]
    axes.set_yticks(shown.index, names, fontsize=8)
    axes.set_xlabel(drawing.say(lang, "所需碳信用，tCO₂e", "credits needed, tCO₂e"))
    _vertical_grid(axes)
    axes.margins(x=0.25)
    return axes
