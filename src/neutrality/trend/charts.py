"""Figures of the intensity trend.

A table and a language in, axes out.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from neutrality.texts import drawing, labels

DRIVERS = {
    "activity": "#8fa3b5",
    "growth": "#8fa3b5",
    "intensity": "#2f8577",
    "company": "#2f8577",
    "weather": "#e3b23c",
    "grid": "#b5482f",
    "grid_and_green_power": "#b5482f",
    "other_factors": "#d5d8da",
}
BASES = {"revenue": "#3d5a80", "volume": "#2f8577", "traffic": "#b5482f", "data": "#b5482f"}
BUILDING = {
    "kwh": "#365278",
    "normalised_kwh": "#9fb4cb",
    "location_kg": "#365278",
    "normalised_location_kg": "#9fb4cb",
    "market_kg": "#2f8577",
    "normalised_market_kg": "#a5d0c9",
}


def intensity(table: pd.DataFrame, threshold: float, lang: str, case: Path | None = None) -> Axes:
    """Draw the change of carbon intensity on the base year by basis [%]; a year that no basis
    has is shaded.
    """
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
        whole = rows.set_index("year")["change_percent"].reindex(
            range(int(rows["year"].min()), int(rows["year"].max()) + 1)
        )
        axes.plot(
            whole.index,
            whole,
            styles[place % 4],
            markersize=4.5,
            color=face,
            label=drawing.name(basis, lang, case),
        )
        last = known.iloc[-1]
        axes.annotate(
            f"{labels.number(last['change_percent'], 1)} %",
            (last["year"], last["change_percent"]),
            xytext=(6, -3),
            textcoords="offset points",
        )
    axes.axhline(-threshold, color="#22292e", linewidth=0.9, linestyle=(0, (4, 3)))
    years = range(int(table["year"].min()), int(table["year"].max()) + 1)
    drawing.absent(
        axes,
        sorted(set(years) - set(table.dropna(subset="change_percent")["year"])),
        drawing.say(lang, "未公布", "not published"),
    )
    axes.set_xticks(list(years))
    axes.set_xlim(years[0] - 0.5, years[-1] + 0.5)
    axes.set_ylabel(drawing.say(lang, f"较 {years[0]} 年变化，%", f"change on {years[0]}, %"))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return axes


def drivers(
    table: pd.DataFrame,
    lang: str,
    case: Path | None = None,
    by: str = "basis",
    driver: str = "driver",
    value: str = "effect_mt",
) -> Axes:
    """Draw the LMDI-I effects of each driver, a group of bars for each of `by`; the value's
    ending names its unit, t or Mt.
    """
    _, axes = drawing.axes(2.8)
    if table.empty:
        return drawing.nothing(axes, lang)
    wide = table.pivot(index=by, columns=driver, values=value).loc[
        table[by].unique(), table[driver].unique()
    ]
    width, in_mt = 0.72 / wide.shape[1], value.endswith("mt")
    digits = (1 if wide.abs().max(axis=None) >= 10 else 2) if in_mt else 0
    for place, name in enumerate(wide.columns):
        at = np.arange(len(wide)) + (place - (wide.shape[1] - 1) / 2) * width
        bars = axes.bar(
            at,
            wide[name],
            width=width * 0.94,
            color=DRIVERS.get(name, "#b3b7c9"),
            label=drawing.name(name, lang, case),
        )
        axes.bar_label(
            bars,
            [
                "" if np.isnan(v) else "+" * (round(v, digits) > 0) + labels.number(v, digits)
                for v in wide[name]
            ],
            padding=2,
            fontsize=8,
        )
    total = wide.sum(axis=1)
    axes.scatter(
        np.arange(len(wide)) + 0.44,
        total,
        marker="D",
        s=26,
        color="#22292e",
        zorder=3,
        label=drawing.say(lang, "合计变化", "total change"),
    )
    axes.axhline(0, color="#22292e", linewidth=0.8)
    axes.set_xticks(range(len(wide)), [drawing.name(b, lang, case) for b in wide.index])
    axes.set_ylabel("MtCO₂e" if in_mt else "tCO₂e")
    axes.margins(y=0.15)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return axes


def pathways(ways: pd.DataFrame, table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw, a panel a basis, what is known of an intensity [% on the base year] and the fan to each
    aim from the last year known.

    `ways` is the table of `targets.pathways`, `table` that of `intensity`. Dotted: the fall a year
    so far, kept up.
    """
    bases = list(ways["basis"].unique())
    figure, panels = drawing.axes(2.7, max(len(bases), 1))
    panels = np.atleast_1d(panels)
    for axes, basis in zip(panels, bases, strict=False):
        known = table[table["basis"] == basis].dropna(subset="change_percent")
        axes.plot(known["year"], known["change_percent"], "-o", markersize=3.5, color="#3d5a80")
        aims = ways[ways["basis"] == basis]
        for way in aims.itertuples():
            axes.plot(
                [way.from_year, way.to_year],
                [way.from_percent, way.to_percent],
                "--",
                color="#b5482f",
                linewidth=1.2,
            )
            axes.annotate(
                f"{labels.number(way.required_percent, 1)} %/{drawing.say(lang, '年', 'yr')}",
                (way.to_year, way.to_percent),
                xytext=(0, -11 if way.to_percent < way.from_percent else 6),
                textcoords="offset points",
                ha="right",
                fontsize=8,
                color="#b5482f",
            )
        first, last = aims.iloc[0], aims.iloc[-1]
        years = np.arange(first["from_year"], last["to_year"] + 1)
        on = 100 * (
            (1 + first["from_percent"] / 100)
            * (1 + first["so_far_percent"] / 100) ** (years - first["from_year"])
            - 1
        )
        axes.plot(years, on, ":", color="#22292e", linewidth=1)
        ends = np.interp(
            years,
            [first["from_year"], last["to_year"]],
            [first["from_percent"], last["to_percent"]],
        )
        axes.fill_between(years, on, ends, color="#e7c3b7", alpha=0.5, linewidth=0)
        axes.set_title(drawing.name(basis, lang, case), fontsize=8.5)
        axes.set_xticks(
            [
                int(known["year"].min()),
                *dict.fromkeys([int(first["from_year"]), *aims["to_year"].astype(int)]),
            ]
        )
        axes.tick_params(axis="x", labelrotation=90, labelsize=8)
        axes.margins(x=0.12, y=0.18)
    if not bases:
        return drawing.nothing(panels[0], lang)
    panels[0].set_ylabel(drawing.say(lang, "较首年变化，%", "change on the first year, %"))
    return panels[0]


def peers(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw, a panel a company, each of its intensities on the first year it published [= 100];
    one year alone is no line.
    """
    one = ["entity", "boundary", "quantity", "basis", "unit"]
    several = table[table.groupby(one)["year"].transform("nunique") > 1]
    entities = list(several["entity"].unique())
    rows = max(-(-len(entities) // 3), 1)
    figure, panels = plt.subplots(
        rows, 3, figsize=(7.2, 1.9 * rows + 0.4), sharey=True, squeeze=False
    )
    for axes in panels.flat[max(len(entities), 1) :]:
        axes.remove()
    if not entities:
        return drawing.nothing(panels[0, 0], lang)
    seen = {}
    for axes, entity in zip(panels.flat, entities, strict=False):
        for (_, _, quantity, basis, _), line in several[several["entity"] == entity].groupby(
            one, sort=False
        ):
            style = {"carbon": "-o", "energy": "--s"}[quantity], BASES.get(basis, "#8a7fa3")
            (made,) = axes.plot(
                line["year"], line["index"], style[0], color=style[1], markersize=3.5, linewidth=1.2
            )
            seen.setdefault(
                drawing.say(
                    lang,
                    *(
                        labels.label(quantity, each) + sign + labels.label(basis, each)
                        for each, sign in (("zh", "/"), ("en", " / "))
                    ),
                ),
                made,
            )
            axes.annotate(
                labels.number(line["index"].iloc[-1], 0),
                (line["year"].iloc[-1], line["index"].iloc[-1]),
                xytext=(4, 2 if quantity == "carbon" else -8),
                textcoords="offset points",
                fontsize=8,
            )
        axes.set_title(labels.label(entity, lang, case), fontsize=8.5)
        ticks = sorted(several.loc[several["entity"] == entity, "year"].unique())
        axes.set_xticks([ticks[0], ticks[-1]], [str(ticks[0]), str(ticks[-1])])
        axes.margins(x=0.2, y=0.15)
    figure.legend(
        seen.values(),
        [drawing.wrapped(name, lang) for name in seen],
        loc="outside lower center",
        ncols=2,
        fontsize=8,
    )
    return panels[0, 0]


def building(
    table: pd.DataFrame, guide_kwh_per_m2: float, lang: str, case: Path | None = None
) -> Axes:
    """Draw the building's kWh and kgCO2e per m2 by year, raw and at the base year's weather; a
    guide value as a line if above 0.
    """
    _, (left, right) = drawing.axes(3.0, 2)
    if table.empty:
        right.remove()
        return drawing.nothing(left, lang)
    years = np.arange(len(table))
    for axes, columns in (
        (left, ("kwh", "normalised_kwh")),
        (right, ("location_kg", "normalised_location_kg", "market_kg", "normalised_market_kg")),
    ):
        width = 0.76 / len(columns)
        for place, column in enumerate(columns):
            at = years + (place - (len(columns) - 1) / 2) * width
            bars = axes.bar(
                at,
                table[column],
                width=width * 0.94,
                color=BUILDING[column],
                label=drawing.name(f"building.{column}", lang, case),
            )
            axes.bar_label(
                bars,
                ["" if np.isnan(v) else labels.number(v, 0) for v in table[column]],
                padding=2,
                fontsize=7.5,
                rotation=90 if len(columns) * len(table) > 8 else 0,
            )
        axes.set_xticks(years, table["year"].astype(str))
        axes.margins(y=0.16)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), fontsize=7.5)
    left.set_ylabel("kWh/m²")
    right.set_ylabel("kgCO₂e/m²")
    if guide_kwh_per_m2 > 0:
        left.axhline(guide_kwh_per_m2, color="#22292e", linewidth=1, linestyle=(0, (4, 3)))
        left.annotate(
            drawing.say(lang, "引导值", "guide value"),
            (1, guide_kwh_per_m2),
            xycoords=left.get_yaxis_transform(),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    return left
