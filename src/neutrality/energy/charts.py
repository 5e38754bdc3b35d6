"""Figures of the energy baseline: its fit to the building, and the energy saved.

Each function takes a table, a language ("zh" or "en") and the case's folder for names of its own,
and returns axes.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import patheffects
from matplotlib.axes import Axes

from neutrality.reference import units
from neutrality.texts import drawing, labels

_INK, _EDGE, _LEADER = "#22292e", "#5b666e", "#8b949b"
# Colours from low to high.
_SCALES = {
    "metered": ("#f1f3f4", "#34495e"),
    "difference": ("#1f5279", "#f7f6f4", "#b5482f"),
}
_PARTS_OF_CHANGE = {
    "weather_amount": "weather_effect",
    "activity_amount": "occupancy_effect",
    "measures_amount": "measures_effect",
    "other_amount": "not_shown",
}
_FEW = 3  # meters from which bars fill a figure
_RUNNING_DAYS, _RUNNING_DAYS_LEAST = 30, 15  # of the running mean in `residuals`
_DAYS = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日", "节假日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "day off"),
}


def savings(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the energy saved by end use and the unexplained rest [MWh], with the band where known.

    `table` has meter, savings_kwh, low_kwh and high_kwh [kWh].
    """
    few = len(table) < _FEW
    _, axes = drawing.axes(1.7 if few else 2.8)
    shown = table.iloc[::-1].reset_index(drop=True)
    saved, low, high = (
        shown[column] / units.KWH_PER_MWH for column in ("savings_kwh", "low_kwh", "high_kwh")
    )
    axes.barh(
        shown.index,
        saved,
        color=[drawing.colour(m, i) for i, m in enumerate(shown["meter"])],
        edgecolor=_EDGE,
        linewidth=0.5,
    )
    banded = low.notna()
    axes.hlines(shown.index[banded], low[banded], high[banded], color=_INK, linewidth=1.2)
    for y, row in enumerate(zip(saved, low, high, strict=True)):
        _write_saved(axes, y, *row, lang)
    axes.set_yticks(shown.index, [drawing.name(m, lang, case) for m in shown["meter"]])
    axes.axvline(0, color=_INK, linewidth=0.8)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.05)
    if few:  # one meter is a bar, not a wall
        axes.set_ylim(-1.2, len(shown) + 0.2)
    axes.set_xlabel(
        drawing.say(
            lang,
            "节电量，兆瓦时（相对无节能情景，不计入排放清单）",
            "saved, MWh (against no savings; never in the inventory)",
        )
    )
    return axes


def _write_saved(axes: Axes, y: int, value: float, low: float, high: float, lang: str) -> None:
    """Write a saving and its interval in a column on the right, off the interval's ends."""
    ends = [labels.number(end, 0) for end in (low, high)]
    band = drawing.say(lang, "（{}至{}）", "  ({} to {})").format(*ends)
    axes.annotate(
        labels.number(value, 0) + ("" if np.isnan(low) else band),
        (1, y),
        xycoords=axes.get_yaxis_transform(),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
    )


def cusum(monthly: pd.DataFrame, lang: str, case: Path | None = None, whole: str = "main") -> Axes:
    """Draw the running sum of savings over the months by end use and for the meter `whole` [MWh].

    `monthly` is of `savings.by_month`; a month without readings adds nothing and is marked.
    """
    wide = _cumulative_mwh(monthly, whole)
    names = [drawing.name(meter, lang, case) for meter in wide]
    _, axes = drawing.axes(max(3.2, 0.5 + 0.25 * sum(name.count("\n") + 1 for name in names)))
    for place, meter in enumerate(wide):
        is_whole = meter == whole
        width = 2.8 if is_whole else 1.6
        axes.plot(
            wide.index - 0.5,
            wide[meter],
            color=drawing.colour("total") if is_whole else drawing.colour(meter, place),
            linewidth=width,
            zorder=3 if is_whole else 2,
            label=names[place],
            path_effects=[patheffects.withStroke(linewidth=width + 0.8, foreground=_EDGE)],
        )
    axes.axhline(0, color=_INK, linewidth=0.8)
    read = monthly.loc[(monthly["meter"] == whole) & (monthly["predicted_kwh"].abs() > 0), "month"]
    drawing.absent(
        axes,
        [month - 1 for month in wide.index[1:] if month not in set(read)],
        drawing.say(lang, "无读数", "not\nread"),
    )
    drawing.months(axes, lang)
    axes.set_xlim(-0.5, wide.index[-1] - 0.5)
    axes.set_ylabel(
        drawing.say(
            lang,
            "累计节电量，兆瓦时\n（相对无节能情景，不计入排放清单）",
            "cumulative savings, MWh\n(against no savings; never in the inventory)",
        ),
        linespacing=1.4,
    )
    _name_ends(axes, wide.iloc[-1].to_numpy(), names)
    return axes


def _cumulative_mwh(monthly: pd.DataFrame, whole: str) -> pd.DataFrame:
    """Return the cumulative savings by month, from 0 at the start of the year, and meter [MWh]."""
    wide = monthly.pivot(index="month", columns="meter", values="cumulative_kwh")
    wide = wide[monthly["meter"].unique()] / units.KWH_PER_MWH
    if set(wide) == {"unexplained", whole}:
        wide = wide[[whole]]  # without end uses the unexplained is the whole
    return wide.reindex(range(wide.index.max() + 1)).ffill().fillna(0.0)


def _name_ends(axes: Axes, ends: np.ndarray, names: list[str]) -> None:
    """Write each line's name at its end on the right edge; names that would overlap are moved apart
    and connected to their line.
    """
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    # the height of a line of text in data units; the axes take some 0.78 of the figure's height
    points = 0.78 * 72 * axes.figure.get_figheight()
    line = (high - low) * 1.35 * mpl.rcParams["font.size"] / points
    placed = _apart(ends, line * np.array([name.count("\n") + 1 for name in names]), low, high)
    for name, end, at in zip(names, ends, placed, strict=True):
        axes.annotate(
            name,
            (1, end),
            (1.03, at),
            axes.get_yaxis_transform(),
            annotation_clip=False,
            va="center",
            arrowprops={
                "arrowstyle": "-",
                "color": _LEADER,
                "linewidth": 0.6,
                "relpos": (0, 0.5),
                "shrinkA": 1,
                "shrinkB": 0,
            },
        )


def _apart(at: np.ndarray, sizes: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return positions near `at` for items of some `sizes` that do not overlap, between low and
    high.

    Items that would overlap move together, so that their mean stays (isotonic regression).

    >>> _apart(np.array([5.0, 1.0, 5.0]), np.ones(3), 0, 9).tolist()
    [4.5, 1.0, 5.5]
    """
    order = np.argsort(at, kind="stable")
    middle = np.cumsum(sizes[order]) - sizes[order] / 2
    free, every = at[order] - middle, range(len(at))
    level = [
        max(min(free[j : k + 1].mean() for k in every[i:]) for j in every[: i + 1]) for i in every
    ]
    placed = np.empty(len(at))
    placed[order] = np.clip(level, low, max(low, high - sizes.sum())) + middle
    return placed


def fit(daily: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the base year's daily load against temperature, metered and modelled [MWh a day], and
    the difference over the year [% of the mean day]; `daily` is of `meters.daily`.
    """
    _, (left, right) = drawing.axes(3.0, 2)
    for name, size, zh, en in (("measured", 9, "计量", "metered"), ("model", 4, "模型", "model")):
        left.scatter(
            daily["outdoor_c"],
            daily[f"{name}_kwh"] / units.KWH_PER_MWH,
            s=size,
            color=drawing.colour(name),
            label=drawing.say(lang, zh, en),
        )
    left.set_xlabel(drawing.say(lang, "日平均室外温度，°C", "daily mean outdoor temperature, °C"))
    left.set_ylabel(drawing.say(lang, "兆瓦时/日", "MWh a day"))
    left.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0, handletextpad=0.2
    )
    mean_kwh = daily["measured_kwh"].mean()
    error = (daily["measured_kwh"] - daily["model_kwh"]) / mean_kwh  # the sign of NMBE
    right.plot(daily.index, error * units.PERCENT, color=drawing.colour("model"), linewidth=0.8)
    right.axhline(0, color=_INK, linewidth=0.8)
    right.set_ylabel(
        drawing.say(lang, "计量减模型，占日均 %", "metered minus model, % of mean day")
    )
    right.set_xticks(*_quarters(daily.index, lang))
    return left


def residuals(daily: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw metered minus model by day [MWh a day] over the year, where drift shows, and against
    outdoor temperature; `daily` is of `meters.daily`.
    """
    _, (left, right) = drawing.axes(3.0, 2)
    by_day = ((daily["measured_kwh"] - daily["model_kwh"]) / units.KWH_PER_MWH).asfreq("D")
    by_temperature = by_day.set_axis(daily["outdoor_c"].reindex(by_day.index)).sort_index(
        kind="stable"
    )
    by_temperature = by_temperature[by_temperature.index.notna()]
    left.vlines(by_day.index, 0, by_day, color=drawing.colour("measured"), linewidth=0.9)
    right.scatter(by_temperature.index, by_temperature, s=7, color=drawing.colour("measured"))
    for axes, mwh, zh, en in (
        (left, by_day, "30 日滑动平均", "30-day running mean"),
        (right, by_temperature, "气温相近 30 日的平均", "mean of 30 days of like temperature"),
    ):
        axes.plot(
            mwh.index,
            mwh.rolling(_RUNNING_DAYS, center=True, min_periods=_RUNNING_DAYS_LEAST).mean(),
            color=drawing.colour("total"),
            linewidth=1.8,
            label=drawing.say(lang, zh, en),
        )
        axes.axhline(0, color=_INK, linewidth=0.8)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0)
    right.sharey(left)
    left.set_ylabel(drawing.say(lang, "计量减模型，兆瓦时/日", "metered minus model, MWh a day"))
    left.set_xticks(*_quarters(by_day.index, lang))
    right.set_xlabel(drawing.say(lang, "日平均室外温度，°C", "daily mean outdoor temperature, °C"))
    return left


def _quarters(days: pd.Index, lang: str) -> tuple[list, list[str]]:
    every = pd.date_range(days.min(), days.max())
    firsts = [d for d in every if d.day == 1 and d.month in (1, 4, 7, 10)]
    return firsts, [drawing.say(lang, f"{d.month}月", d.strftime("%b")) for d in firsts]


def load_profile(profile: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the mean working day of each year by end use [kW]; `profile` has meter, year, hour and
    kw, as `meters.working_day` returns.
    """
    years = sorted(profile["year"].unique())
    panels = np.atleast_1d(drawing.axes(2.8, len(years))[1])
    meters = profile["meter"].unique()
    for axes, year in zip(panels, years, strict=True):
        of_year = profile[profile["year"] == year]
        wide = of_year.pivot(index="hour", columns="meter", values="kw")[meters]
        axes.stackplot(
            wide.index,
            wide.T,
            colors=[drawing.colour(m, i) for i, m in enumerate(meters)],
            edgecolor="white",
            linewidth=0.4,
            labels=[drawing.name(m, lang, case) for m in meters],
        )
        axes.set_title(str(year))
        axes.set_xticks(range(0, 25, 6))
        axes.set_ylim(0, 1.05 * profile.groupby(["year", "hour"])["kw"].sum().max())
        axes.set_xlabel(drawing.say(lang, "时", "hour of the day"))
    panels[0].set_ylabel(drawing.say(lang, "千瓦", "kW"))
    handles, names = panels[0].get_legend_handles_labels()
    panels[-1].legend(handles[::-1], names[::-1], loc="center left", bbox_to_anchor=(1, 0.5))
    return panels[0]


def week_by_hour(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw one meter's mean week by hour [kW]: as metered, and metered minus model, whose sign is
    printed where it is large; `table` is of `meters.week_by_hour`.
    """
    _, (left, right) = drawing.axes(3.1, 2)
    metered, model = (
        table.pivot(index="day", columns="hour", values=f"{name}_kw")
        for name in ("metered", "model")
    )
    difference = metered - model
    # At least a hundredth of the load: in the year of the fit the difference is rounding error.
    limit = (
        max(difference.abs().max(axis=None), metered.abs().max(axis=None) / units.PERCENT) or 1.0
    )
    _week(left, metered, "metered", lang, drawing.say(lang, "计量", "metered"))
    _week(
        right,
        difference,
        "difference",
        lang,
        drawing.say(lang, "计量减模型", "metered minus model"),
        vmin=-limit,
        vmax=limit,
    )
    for marker, side in (("+", difference), ("_", -difference)):  # for print in grey
        rows, hours = np.nonzero(side.to_numpy() > limit / 2)
        right.scatter(
            difference.columns[hours] + 0.5, rows, s=11, marker=marker, color="white", linewidth=0.9
        )
    return left


def _week(axes: Axes, kw: pd.DataFrame, scale: str, lang: str, title: str, **limits: float) -> None:
    cmap = mpl.colors.LinearSegmentedColormap.from_list(scale, _SCALES[scale])
    hours = range(units.HOURS_PER_DAY)
    cells = axes.pcolormesh(
        [*hours, units.HOURS_PER_DAY],
        np.arange(len(kw) + 1) - 0.5,
        kw.reindex(columns=hours),
        cmap=cmap,
        edgecolors="white",
        linewidth=0.3,
        **limits,
    )
    if kw.index[-1] == len(_DAYS[lang]) - 1:
        axes.axhline(
            len(kw) - 1.5, color="white", linewidth=3
        )  # the day off is apart from the week
    axes.invert_yaxis()
    axes.set_title(title)
    axes.set_yticks(range(len(kw)), [_DAYS[lang][day] for day in kw.index])
    axes.set_xticks(range(0, 25, 6))
    axes.set_xlabel(drawing.say(lang, "时", "hour of the day"))
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    bar = axes.figure.colorbar(
        cells, ax=axes, orientation="horizontal", aspect=30, label=drawing.say(lang, "千瓦", "kW")
    )
    bar.outline.set_visible(False)


def energy_change(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw for each energy what changed it since the base year, in percent of the base year's
    amount, with a mark at the whole change; `table` is of `attribution`.
    """
    shown = table[table["base_amount"] > 0].iloc[::-1].reset_index(drop=True)
    _, axes = drawing.axes(0.9 + 0.42 * len(shown))
    if shown.empty:
        return drawing.nothing(axes, lang)
    below, above = (np.zeros(len(shown)) for _ in range(2))
    for column, name in _PARTS_OF_CHANGE.items():
        percent = units.PERCENT * (shown[column] / shown["base_amount"]).to_numpy(float)
        left = np.where(percent < 0, below, above)
        axes.barh(
            shown.index,
            percent,
            left=left,
            height=0.6,
            color=drawing.colour(name),
            edgecolor=_EDGE,
            linewidth=0.5,
            label=drawing.name(f"change_{name}", lang, case),
        )
        below, above = below + np.minimum(percent, 0), above + np.maximum(percent, 0)
    change = units.PERCENT * (shown["reporting_amount"] / shown["base_amount"] - 1)
    axes.scatter(
        change,
        shown.index,
        marker="D",
        s=24,
        color=_INK,
        zorder=3,
        label=drawing.say(lang, "合计变化", "total change"),
    )
    axes.axvline(0, color=_INK, linewidth=0.8)
    axes.set_yticks(shown.index, [drawing.name(each, lang, case) for each in shown["source"]])
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(drawing.say(lang, "较基准年变化，%", "change on the base year, %"))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.28), ncols=3)
    return axes
