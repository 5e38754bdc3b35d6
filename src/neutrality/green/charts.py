"""Figures of green power: both inventories, months, the factor switchboard, the hours left
uncovered.

A table and a language in, axes out.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from neutrality.reference import units
from neutrality.texts import drawing, labels


def inventory(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the inventories of base and reporting year, location- and market-based side by side
    [tCO2e].
    """
    _, axes = drawing.axes(3.2)
    wide = table.pivot_table(
        index=["year", "view"], columns="source", values="t_co2e", aggfunc="sum", observed=True
    ).fillna(0)
    order = wide.sum().sort_values(ascending=False).index
    below = np.zeros(len(wide))
    for place, source in enumerate(order):
        axes.bar(
            range(len(wide)),
            wide[source],
            bottom=below,
            width=0.55,
            color=drawing.colour(source, place),
            edgecolor="white",
            linewidth=0.5,
            label=drawing.name(source, lang, case),
        )
        below += wide[source].to_numpy()
    for x, total in enumerate(below):
        axes.annotate(
            labels.number(total, 0),
            (x, total),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
        )
    axes.set_xticks(
        range(len(wide)), [f"{y}\n{drawing.name(v, lang, case)}" for y, v in wide.index]
    )
    axes.set_ylabel("tCO₂e")
    axes.margins(y=0.12)
    handles, names = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], names[::-1], loc="center left", bbox_to_anchor=(1, 0.5))
    return axes


def green_by_month(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw monthly load against certificates by technology [MWh]; columns month, load_kwh,
    <technology>_kwh.
    """
    _, axes = drawing.axes(2.8)
    technologies = [c.removesuffix("_kwh") for c in table if c.endswith("_kwh") and c != "load_kwh"]
    below = np.zeros(len(table))
    for place, name in enumerate(technologies):
        kwh = table[f"{name}_kwh"].to_numpy()
        axes.bar(
            range(len(table)),
            kwh / units.KWH_PER_MWH,
            bottom=below,
            width=0.7,
            color=drawing.colour(name, place),
            label=drawing.name(name, lang, case),
        )
        below = below + kwh / units.KWH_PER_MWH
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


def switchboard(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the tonnes that the same matched kWh avoid under each published factor: the used one
    dark, those that no inventory takes hollow.
    """
    _, axes = drawing.axes(0.9 + 0.22 * len(table))
    shown = table.sort_values("avoided_t").reset_index(drop=True)
    kinds = {
        drawing.say(lang, "本报告采用", "used here"): (
            shown["used"],
            drawing.colour("matched_green"),
            60,
        ),
        drawing.say(lang, "可用于清单", "for inventories"): (
            shown["usable"] & ~shown["used"],
            "#8fb5ac",
            34,
        ),
        drawing.say(lang, "不可用于清单", "not for inventories"): (~shown["usable"], "#ffffff", 34),
    }
    axes.hlines(
        shown.index,
        shown["avoided_t"].min(),
        shown["avoided_t"],
        color="#dfe4e6",
        linewidth=0.8,
        zorder=1,
    )
    for said, (rows, face, size) in kinds.items():
        axes.scatter(
            shown["avoided_t"][rows],
            shown.index[rows],
            s=size,
            color=face,
            edgecolors="#2b5f55",
            linewidths=0.8,
            zorder=3,
            label=said,
        )
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
    axes.set_yticks(
        shown.index,
        [
            f"{name}  {labels.number(factor, 4)}"
            for name, factor in zip(shown[f"name_{lang}"], shown["value"])
        ],
        fontsize=8,
    )
    axes.set_xlabel(
        drawing.say(
            lang,
            "同一电量在各因子（kgCO₂/kWh）下的减排量，tCO₂",
            "avoided under each factor (kgCO₂/kWh), tCO₂",
        )
    )
    axes.legend(loc="lower right", fontsize=8)
    axes.grid(axis="x"), axes.grid(visible=False, axis="y")
    axes.margins(x=0.1, y=0.03)
    return axes


def uncovered_by_hour(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the mean load that nothing clean met in the same hour, by month and hour of day [kW]."""
    figure, axes = drawing.axes(2.9)
    wide = table.pivot(index="month", columns="hour", values="uncovered_kw")
    image = axes.imshow(wide, aspect="auto", cmap="YlOrBr", vmin=0, interpolation="nearest")
    axes.set_yticks(
        range(len(wide)),
        [
            drawing.say(lang, f"{month}月", pd.Timestamp(2001, month, 1).strftime("%b"))
            for month in wide.index
        ],
    )
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
