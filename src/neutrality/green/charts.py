"""Figures of green power: both inventories, months, avoidance under each published factor, the
hours left uncovered.

A table and a language in, axes out.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from neutrality.reference import units
from neutrality.texts import drawing, labels

_NAME_NARROW_AT = 22  # [characters] at which a factor's name takes another line
_RULE = "#8a5200"  # of what a rule asks for


def inventory(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the inventories of base and reporting year, location- and market-based side by side
    [tCO2e].
    """
    _, axes = drawing.axes(3.2)
    wide = table.pivot_table(
        index=["year", "view"], columns="source", values="t_co2e", aggfunc="sum", observed=True
    ).fillna(0)
    order = wide.sum().sort_values(ascending=False).index
    names = {source: drawing.name(source, lang, case) for source in order}
    totals = _stacked(axes, wide[order], names, width=0.55, edgecolor="white", linewidth=0.5)
    for x, total in enumerate(totals):
        axes.annotate(
            labels.number(total, 0),
            (x, total),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
        )
    years = [f"{year}\n{drawing.name(view, lang, case)}" for year, view in wide.index]
    drawing.names_below(axes, years)
    axes.set_ylabel("tCO₂e")
    axes.margins(y=0.12)
    handles, shown = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], shown[::-1], loc="center left", bbox_to_anchor=(1, 0.5))
    return axes


def green_by_month(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw monthly load against certificates by technology [MWh]; columns month, load_kwh,
    <technology>_kwh.
    """
    _, axes = drawing.axes(2.8)
    technologies = [c.removesuffix("_kwh") for c in table if c.endswith("_kwh") and c != "load_kwh"]
    names = {name: drawing.name(name, lang, case) for name in technologies}
    mwh = pd.DataFrame({name: table[f"{name}_kwh"] / units.KWH_PER_MWH for name in technologies})
    _stacked(axes, mwh, names, width=0.7)
    axes.step(
        np.arange(len(table) + 1) - 0.5,
        np.append(table["load_kwh"], table["load_kwh"].iloc[-1]) / units.KWH_PER_MWH,
        where="post",
        color="#22292e",
        linewidth=1.2,
        label=drawing.say(lang, "用电量", "load"),
    )
    drawing.months(axes, lang)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(drawing.say(lang, "兆瓦时", "MWh"))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return axes


def _stacked(axes: Axes, columns: pd.DataFrame, names: dict[str, str], **style) -> np.ndarray:
    """Draw a stacked bar for each row, a part a column; return the totals."""
    below = np.zeros(len(columns))
    for place, name in enumerate(columns):
        heights = columns[name].to_numpy()
        axes.bar(
            range(len(columns)),
            heights,
            bottom=below,
            color=drawing.colour(name, place),
            label=names[name],
            **style,
        )
        below = below + heights
    return below


def switchboard(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the tonnes that the same matched kWh avoid under each published factor: the used one
    dark, those that no inventory takes hollow, beside each the rules that ask for it.
    """
    figure, axes = drawing.axes(1.1 + (0.3 if drawing.is_narrow() else 0.22) * len(table))
    shown = table.sort_values("avoided_t").reset_index(drop=True)
    axes.hlines(
        shown.index,
        shown["avoided_t"].min(),
        shown["avoided_t"],
        color="#dfe4e6",
        linewidth=0.8,
        zorder=1,
    )
    _factor_points(axes, shown, lang)
    _avoided_numbers(axes, shown)
    _mark_rules(axes, shown, lang)
    named = zip(shown[f"name_{lang}"], shown["value"], strict=True)
    ticks = [f"{_on_lines(name)}  {labels.number(factor, 4)}" for name, factor in named]
    axes.set_yticks(shown.index, ticks, fontsize=7 if drawing.is_narrow() else 8)
    axes.set_xlabel(
        drawing.say(
            lang,
            "同一电量的减排量，tCO₂\n（因子单位：kgCO₂/kWh）",
            "avoided by each factor, tCO₂\n(factors in kgCO₂/kWh)",
        )
    )
    columns = 2 if drawing.is_narrow() else 4
    figure.legend(loc="outside lower center", ncols=columns, fontsize=8)
    axes.grid(axis="x"), axes.grid(visible=False, axis="y")
    axes.margins(x=0.1, y=0.03)
    return axes


def _on_lines(name: str) -> str:
    return textwrap.fill(name, _NAME_NARROW_AT) if drawing.is_narrow() else name


def _factor_points(axes: Axes, shown: pd.DataFrame, lang: str) -> None:
    """Draw a point for each factor: used, usable in inventories, or not."""
    used, usable = shown["used"], shown["usable"]
    here = drawing.say(lang, "本报告采用", "used here")
    fit = drawing.say(lang, "可用于清单", "for inventories")
    unfit = drawing.say(lang, "不可用于清单", "not for inventories")
    kinds = {
        here: (used, drawing.colour("matched_green"), 60),
        fit: (usable & ~used, "#8fb5ac", 34),
        unfit: (~usable, "#ffffff", 34),
    }
    for label, (rows, face, size) in kinds.items():
        axes.scatter(
            shown["avoided_t"][rows],
            shown.index[rows],
            s=size,
            color=face,
            edgecolors="#2b5f55",
            linewidths=0.8,
            zorder=3,
            label=label,
        )


def _avoided_numbers(axes: Axes, shown: pd.DataFrame) -> None:
    """Write the avoided tonnes beside each point, that of the used factor in bold."""
    for y, value in enumerate(shown["avoided_t"]):
        axes.annotate(
            labels.number(value, 0),
            (value, y),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            fontweight="bold" if shown["used"][y] else "normal",
        )


def _mark_rules(axes: Axes, shown: pd.DataFrame, lang: str) -> None:
    """Frame the factors that a rule for green power asks for; name the rules on the free side."""
    asked = shown.get(f"asked_by_{lang}", pd.Series("", shown.index)).fillna("")
    asked = asked[asked != ""]
    if asked.empty:
        return
    middle = (shown["avoided_t"].min() + shown["avoided_t"].max()) / 2
    axes.scatter(
        shown["avoided_t"][asked.index],
        asked.index,
        s=110,
        marker="s",
        facecolors="none",
        edgecolors=_RULE,
        label=drawing.say(lang, "某一绿电规则所指定", "asked for by a rule"),
    )
    for y, rules in () if drawing.is_narrow() else asked.items():
        right = shown["avoided_t"][y] < middle
        axes.annotate(
            rules,
            (shown["avoided_t"][y], y),
            xytext=(38 if right else -9, 0),
            textcoords="offset points",
            ha="left" if right else "right",
            va="center",
            fontsize=7,
            color=_RULE,
        )


def uncovered_by_hour(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the mean load without green supply in the same hour, by month and hour of day [kW]."""
    figure, axes = drawing.axes(2.9)
    wide = table.pivot(index="month", columns="hour", values="uncovered_kw")
    image = axes.imshow(wide, aspect="auto", cmap="YlOrBr", vmin=0, interpolation="nearest")
    months = [
        drawing.say(lang, f"{month}月", pd.Timestamp(2001, month, 1).strftime("%b"))
        for month in wide.index
    ]
    axes.set_yticks(range(len(wide)), months)
    axes.set_xticks(range(0, len(wide.columns), 3), [f"{hour:02}" for hour in wide.columns[::3]])
    axes.set_xlabel(drawing.say(lang, "一天中的小时", "hour of day"))
    axes.grid(visible=False)
    figure.colorbar(
        image,
        ax=axes,
        label=drawing.say(lang, "未覆盖的平均负荷，kW", "mean load left uncovered, kW"),
        pad=0.02,
    )
    return axes
