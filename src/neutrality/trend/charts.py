"""Figures of the intensity trend.

A table and a language in, axes out.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from neutrality.reference import units
from neutrality.texts import drawing, labels

DRIVERS = {
    "activity": "#8fa3b5",
    "growth": "#8fa3b5",
    "intensity": "#2f8577",
    "company": "#2f8577",
    "site": "#2f8577",
    "weather": "#e3b23c",
    "grid": "#b5482f",
    "grid_and_green_power": "#b5482f",
    "other_factors": "#d5d8da",
}
BASES = {"revenue": "#3d5a80", "volume": "#2f8577", "traffic": "#b5482f", "data": "#a0742b"}
BUILDING = {
    "kwh": "#365278",
    "normalised_kwh": "#9fb4cb",
    "location_kg": "#365278",
    "normalised_location_kg": "#9fb4cb",
    "market_kg": "#2f8577",
    "normalised_market_kg": "#a5d0c9",
}
_LINES = (("-o", "#3d5a80"), ("--s", "#2f8577"), (":^", "#b5482f"), ("-.D", "#8a7fa3"))
_QUANTITY_LINES = {"carbon": "-o", "energy": "--s"}
_SERIES = ["entity", "boundary", "quantity", "basis", "unit"]
_PANELS_PER_ROW = 3
_PATHS = ("-", "--", ":")  # of a pathway: published, needed, continued


def intensity(table: pd.DataFrame, threshold: float, lang: str, case: Path | None = None) -> Axes:
    """Draw the change of carbon intensity on the base year by basis [%]; years without a value on
    any basis are shaded.
    """
    _, axes = drawing.axes(3.0)
    if table["change_percent"].isna().all():
        return drawing.nothing(axes, lang)
    for place, (basis, rows) in enumerate(table.groupby("basis", sort=False)):
        if rows["change_percent"].notna().any():
            _draw_change(axes, rows, *_LINES[place % len(_LINES)], drawing.name(basis, lang, case))
    fall = f"{labels.number(-threshold, 0)} %"
    aim = drawing.say(lang, f"公布降幅 {fall}", f"announced, {fall}")
    axes.axhline(-threshold, color="#22292e", linewidth=0.9, linestyle=(0, (4, 3)), label=aim)
    years = range(int(table["year"].min()), int(table["year"].max()) + 1)
    drawing.absent(
        axes,
        sorted(set(years) - set(table.dropna(subset="change_percent")["year"])),
        drawing.say(lang, "未公布", "not published"),
    )
    axes.set_xticks(years, [str(year) for year in years])
    axes.set_xlim(years[0] - 0.5, years[-1] + 0.5)
    axes.set_ylabel(drawing.say(lang, f"较 {years[0]} 年变化，%", f"change on {years[0]}, %"))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return axes


def _draw_change(axes: Axes, rows: pd.DataFrame, style: str, colour: str, name: str) -> None:
    """Draw the change of one basis, with gaps for missing years, and its last value."""
    known = rows.dropna(subset="change_percent")
    # A missing year is a gap in the line; a hairline only guides the eye over it.
    axes.plot(known["year"], known["change_percent"], color=colour, linewidth=0.5, alpha=0.5)
    years = range(int(rows["year"].min()), int(rows["year"].max()) + 1)
    with_gaps = rows.set_index("year")["change_percent"].reindex(years)
    axes.plot(with_gaps.index, with_gaps, style, markersize=4.5, color=colour, label=name)
    last = known.iloc[-1]
    axes.annotate(
        f"{labels.number(last['change_percent'], 1)} %",
        (last["year"], last["change_percent"]),
        xytext=(6, -3),
        textcoords="offset points",
    )


def drivers(
    table: pd.DataFrame,
    lang: str,
    case: Path | None = None,
    group_column: str = "basis",
    driver_column: str = "driver",
    value_column: str = "effect_mt",
) -> Axes:
    """Draw the LMDI-I effects of each driver as bars, in groups by `group_column`, with the sum of
    each group.

    The ending of `value_column` names the unit, t or Mt. `driver_column` is "who" for effects by
    attribution.
    """
    _, axes = drawing.axes(2.8)
    if table.empty:
        return drawing.nothing(axes, lang)
    groups, names = table[group_column].unique(), table[driver_column].unique()
    wide = table.pivot(index=group_column, columns=driver_column, values=value_column)
    wide = wide.loc[groups, names]
    in_mt = value_column.endswith("mt")
    digits = (1 if wide.abs().max(axis=None) >= 10 else 2) if in_mt else 0
    _draw_effects(axes, wide, digits, lang, case)
    axes.scatter(
        np.arange(len(wide)) + 0.44,
        wide.sum(axis=1),
        marker="D",
        s=26,
        color="#22292e",
        zorder=3,
        label=drawing.say(lang, "合计变化", "total change"),
    )
    axes.axhline(0, color="#22292e", linewidth=0.8)
    axes.set_xticks(range(len(wide)), [drawing.name(group, lang, case) for group in wide.index])
    axes.set_ylabel("MtCO₂e" if in_mt else "tCO₂e")
    axes.margins(y=0.15)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return axes


def _draw_effects(
    axes: Axes, wide: pd.DataFrame, digits: int, lang: str, case: Path | None
) -> None:
    """Draw a bar with its signed value for each driver (column) in each group (row)."""
    width = 0.72 / wide.shape[1]
    for place, name in enumerate(wide.columns):
        at = np.arange(len(wide)) + (place - (wide.shape[1] - 1) / 2) * width
        bars = axes.bar(
            at,
            wide[name],
            width=width * 0.94,
            color=DRIVERS.get(name, "#b3b7c9"),
            label=drawing.name(name, lang, case),
        )
        texts = [_signed(value, digits) for value in wide[name]]
        axes.bar_label(bars, texts, padding=2, fontsize=8)


def _signed(value: float, digits: int) -> str:
    if np.isnan(value):
        return ""
    return "+" * (round(value, digits) > 0) + labels.number(value, digits)


def change(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw how the market-based inventory of the base year became that of the reporting year, of a
    table of `attribution.steps` [tCO2e]; what rests on a model is hatched, with its interval.
    """
    _, axes = drawing.axes(3.2)
    shown = table[~table["step"].isin(("credits", "remaining"))]
    modelled = ("weather_effect", "occupancy_effect", "measures_effect", "not_shown")
    drawing.waterfall(axes, shown, modelled)
    names = [drawing.say(lang, "基准年", "Base year")]
    names += [drawing.name(f"change_{step}", lang, case) for step in shown["step"][1:-1]]
    names += [drawing.say(lang, "报告年", "Reporting year")]
    drawing.names_below(axes, [name.replace(" ", "\n") for name in names])
    return axes


def pathways(ways: pd.DataFrame, table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw for each basis, in a panel of its own, the known change of intensity on the base year
    [%] and the pathway to each aim; dotted, the change a year so far, continued.

    `ways` is the table of `targets.pathways`, `table` that of `intensity`.
    """
    bases = list(ways["basis"].unique())
    figure, panels = drawing.axes(2.9, max(len(bases), 1))
    panels = np.atleast_1d(panels)
    if not bases:
        return drawing.nothing(panels[0], lang)
    for axes, basis in zip(panels, bases, strict=True):
        known = table[table["basis"] == basis].dropna(subset="change_percent")
        axes.plot(known["year"], known["change_percent"], "-o", markersize=3.5, color="#3d5a80")
        aims = ways[ways["basis"] == basis]
        _draw_aims(axes, aims, lang)
        _draw_continued(axes, aims)
        axes.set_title(drawing.name(basis, lang, case), fontsize=8.5)
        ends = [int(aims["from_year"].iloc[0]), *aims["to_year"].astype(int)]
        years = [int(known["year"].min()), *dict.fromkeys(ends)]
        axes.set_xticks(years, [str(year) for year in years])
        axes.tick_params(axis="x", labelrotation=90, labelsize=8)
        axes.margins(x=0.12, y=0.18)
    panels[0].set_ylabel(drawing.say(lang, "较首年变化，%", "change on the first year, %"))
    names = [
        drawing.say(lang, "已公布", "published"),
        drawing.say(lang, "实现目标所需", "needed for the aim"),
        drawing.say(lang, "按既往年率延续", "rate so far, continued"),
    ]
    handles = [next(line for line in panels[0].lines if line.get_linestyle() == s) for s in _PATHS]
    figure.legend(handles, names, loc="outside lower center", ncols=3, fontsize=8)
    return panels[0]


def _draw_aims(axes: Axes, aims: pd.DataFrame, lang: str) -> None:
    """Draw the line to each aim with the change a year that it requires."""
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


def _draw_continued(axes: Axes, aims: pd.DataFrame) -> None:
    """Draw the change a year so far, continued, and shade the area between it and the aims."""
    first, last = aims.iloc[0], aims.iloc[-1]
    years = np.arange(first["from_year"], last["to_year"] + 1)
    level = 1 + first["from_percent"] / units.PERCENT
    yearly = 1 + first["so_far_percent"] / units.PERCENT
    continued = units.PERCENT * (level * yearly ** (years - first["from_year"]) - 1)
    axes.plot(years, continued, ":", color="#22292e", linewidth=1)
    required = np.interp(
        years, [first["from_year"], last["to_year"]], [first["from_percent"], last["to_percent"]]
    )
    axes.fill_between(years, continued, required, color="#e7c3b7", alpha=0.5, linewidth=0)


def peers(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw for each company, in a panel of its own, its intensities indexed to the first year it
    published [= 100]; series of a single year are left out.

    `table` is that of `peers.indexed`.
    """
    several = table[table.groupby(_SERIES)["year"].transform("nunique") > 1]
    entities = list(several["entity"].unique())
    rows = max(-(-len(entities) // _PANELS_PER_ROW), 1)
    size = (7.2, 1.9 * rows + 0.4)
    figure, panels = plt.subplots(rows, _PANELS_PER_ROW, figsize=size, sharey=True, squeeze=False)
    for axes in panels.flat[max(len(entities), 1) :]:
        axes.remove()
    if not entities:
        return drawing.nothing(panels[0, 0], lang)
    drawn = {}
    for axes, entity in zip(panels.flat, entities, strict=False):
        of_entity = several[several["entity"] == entity]
        for name, line in _draw_indices(axes, of_entity, lang):
            drawn.setdefault(name, line)
        axes.set_title(labels.label(entity, lang, case), fontsize=8.5)
        ends = [of_entity["year"].min(), of_entity["year"].max()]
        axes.set_xticks(ends, [str(year) for year in ends])
        axes.margins(x=0.2, y=0.15)
    names = [drawing.wrapped(name, lang) for name in drawn]
    figure.legend(drawn.values(), names, loc="outside lower center", ncols=2, fontsize=8)
    return panels[0, 0]


def _draw_indices(axes: Axes, of_entity: pd.DataFrame, lang: str) -> list[tuple[str, Line2D]]:
    """Draw each series of an entity with its last value; return names and lines for a legend."""
    drawn = []
    for (_, _, quantity, basis, _), rows in of_entity.groupby(_SERIES, sort=False):
        (line,) = axes.plot(
            rows["year"],
            rows["index"],
            _QUANTITY_LINES[quantity],
            color=BASES.get(basis, "#8a7fa3"),
            markersize=3.5,
            linewidth=1.2,
        )
        drawn.append((_intensity_name(quantity, basis, lang), line))
        last = rows.iloc[-1]
        axes.annotate(
            labels.number(last["index"], 0),
            (last["year"], last["index"]),
            xytext=(4, 2 if quantity == "carbon" else -8),
            textcoords="offset points",
            fontsize=8,
        )
    return drawn


def _intensity_name(quantity: str, basis: str, lang: str) -> str:
    over = drawing.say(lang, "/", " / ")
    return labels.label(quantity, lang) + over + labels.label(basis, lang)


def building(
    table: pd.DataFrame, guide_kwh_per_m2: float, lang: str, case: Path | None = None
) -> Axes:
    """Draw the building's kWh and kgCO2e per m2 by year, as metered and at the weather of the base
    year, with a guide value above 0 as a line.
    """
    _, (left, right) = drawing.axes(3.0, 2)
    if table.empty:
        right.remove()
        return drawing.nothing(left, lang)
    _draw_years(left, table, ("kwh", "normalised_kwh"), lang, case)
    emissions = ("location_kg", "normalised_location_kg", "market_kg", "normalised_market_kg")
    _draw_years(right, table, emissions, lang, case)
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


def _draw_years(
    axes: Axes, table: pd.DataFrame, columns: tuple[str, ...], lang: str, case: Path | None
) -> None:
    """Draw a bar with its value for each column in each year."""
    years, width = np.arange(len(table)), 0.76 / len(columns)
    rotation = 90 if len(columns) * len(table) > 8 else 0
    for place, column in enumerate(columns):
        bars = axes.bar(
            years + (place - (len(columns) - 1) / 2) * width,
            table[column],
            width=width * 0.94,
            color=BUILDING[column],
            label=drawing.name(f"building.{column}", lang, case),
        )
        texts = ["" if np.isnan(value) else labels.number(value, 0) for value in table[column]]
        axes.bar_label(bars, texts, padding=2, fontsize=7.5, rotation=rotation)
    axes.set_xticks(years, table["year"].astype(str))
    axes.margins(y=0.16)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), fontsize=7.5)
