"""One function a figure: a table and a language in, axes out; `save` keeps each in both languages."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib import font_manager, patheffects
from matplotlib.axes import Axes

from neutrality import labels, units

WRAPPED_AT = {"zh": 18, "en": 36}  # [characters] longer names take a second line

# One colour a thing, everywhere. Things that may lie next to each other differ in lightness too, for print in grey:
# a test holds end uses, sources, technologies and spare colours apart.
COLOURS = {
    "cooling": "#1f5279", "heating_plant": "#b5482f", "lighting": "#e3b23c", "equipment": "#7d8f9c",
    "unexplained": "#d5d8da",
    "wind": "#2f8577", "solar": "#f0b63f",
    "grid_electricity": "#365278", "district_heat": "#b5482f", "natural_gas": "#d09a66", "petrol": "#8a7fa3",
    "diesel": "#3d3449", "refrigerant": "#a8ccd2",
    "counterfactual": "#ffffff", "savings": "#a9c9b0", "matched_green": "#2f8577", "credits": "#d9a441",
    "total": "#34495e", "measured": "#9aa5ad", "model": "#b5482f",
}
_SPARE = ("#6a8caf", "#c2c5a7", "#9a6f69", "#caa472", "#5f7a6b", "#b3b7c9")
_SCALES = {"metered": ("#f1f3f4", "#34495e"), "beyond": ("#1f5279", "#f7f6f4", "#b5482f")}  # from low to high
_DAYS = {"zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日", "节假日"),
         "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "day off")}


def use_style() -> None:
    """Set fonts, colours and the options that make figures and printed tables the same on every run."""
    font_manager.fontManager.addfont(str(labels.cjk_font()))
    mpl.rcParams.update({
        "font.family": [font_manager.FontProperties(fname=str(labels.cjk_font())).get_name(), "DejaVu Sans"],
        "font.size": 9, "axes.titlesize": 10, "axes.titlelocation": "left", "axes.titlepad": 10,
        "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": "#8b949b",
        "axes.grid": True, "axes.grid.axis": "y", "grid.color": "#e6e9eb", "axes.axisbelow": True,
        "axes.unicode_minus": True, "legend.frameon": False, "figure.dpi": 88, "savefig.dpi": 144,
        "figure.constrained_layout.use": True, "hatch.linewidth": 0.6, "svg.fonttype": "path",
        "svg.hashsalt": "neutrality",
    })
    # pandas chooses these by asking whether it is in a notebook; a report must not depend on that.
    pd.set_option("display.max_columns", 20, "display.max_rows", 60, "display.width", 120,
                  "display.max_colwidth", None, "display.float_format", _plain)


def _plain(value: float) -> str:
    """Return a number for the eye: thousands apart, at most four decimals, no zeros that nobody measured.

    >>> _plain(6461.1), _plain(0.5554), _plain(1_000_000.0)
    ('6,461.1', '0.5554', '1,000,000')
    """
    text = f"{value:,.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def save(out: Path | str, name: str, draw: Callable[..., Axes], *tables, case: Path | None = None, **options) -> None:
    """Draw a figure in both languages into `out/figures`, as SVG and PNG; the English one stays open to be shown.

    Names that the case's own table labels gives come before the package's.
    """
    folder = Path(out) / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    for lang in labels.LANGUAGES:
        figure = draw(*tables, lang, case=case, **options).figure
        figure.savefig(folder / f"{name}.{lang}.svg", metadata={"Date": None, "Creator": None})
        figure.savefig(folder / f"{name}.{lang}.png", metadata={"Software": None})
        if lang != labels.LANGUAGES[-1]:
            plt.close(figure)


def colour(name: str, place: int = 0) -> str:
    """Return the colour of a thing; one without a fixed colour takes the spare one of its place."""
    return COLOURS.get(name, _SPARE[place % len(_SPARE)])


def _say(lang: str, zh: str, en: str) -> str:
    return zh if lang == "zh" else en


def _name(id: str, lang: str, case: Path | None) -> str:
    return _wrapped(labels.label(id, lang, case), lang)


def _wrapped(name: str, lang: str) -> str:
    return "\n".join(textwrap.fill(line, WRAPPED_AT[lang]) for line in str(name).splitlines())


def _nothing(axes: Axes, lang: str) -> Axes:
    """Say on empty axes that no value was published to draw."""
    axes.annotate(_say(lang, "无已公布数据", "nothing published"), (0.5, 0.5), xycoords="axes fraction", ha="center", color="#6b757c")
    axes.set_axis_off()
    return axes


def _axes(height: float = 3.0, columns: int = 1) -> tuple[plt.Figure, Axes | np.ndarray]:
    return plt.subplots(1, columns, figsize=(7.2, height))


def _months(axes: Axes, lang: str) -> None:
    axes.set_xticks(range(12), [_say(lang, f"{m}月", pd.Timestamp(2001, m, 1).strftime("%b")) for m in range(1, 13)])


def savings(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw what conservation saved by end use [MWh], with its band; what no end use explains is apart."""
    _, axes = _axes(2.8)
    shown = table.iloc[::-1].reset_index(drop=True)
    saved = shown["savings_kwh"] / units.KWH_PER_MWH
    axes.barh(shown.index, saved, color=[colour(m, i) for i, m in enumerate(shown["meter"])], edgecolor="#5b666e", linewidth=0.5)
    banded = shown["low_kwh"].notna()
    low, high = (shown.loc[banded, c] / units.KWH_PER_MWH for c in ("low_kwh", "high_kwh"))
    axes.hlines(shown.index[banded], low, high, color="#22292e", linewidth=1.2)
    for y, (value, end) in enumerate(zip(saved, np.fmax(saved, (shown["high_kwh"] / units.KWH_PER_MWH).fillna(saved)))):
        axes.annotate(labels.number(value, 0), (max(end, 0), y), xytext=(5, 0), textcoords="offset points", va="center")
    axes.set_yticks(shown.index, [_name(m, lang, case) for m in shown["meter"]])
    axes.axvline(0, color="#22292e", linewidth=0.8)
    axes.grid(axis="x"), axes.grid(visible=False, axis="y")
    axes.margins(x=0.12)
    axes.set_xlabel(_say(lang, "节电量，兆瓦时（反事实：不计入排放清单）", "saved, MWh (counterfactual: never in the inventory)"))
    return axes


def cusum(monthly: pd.DataFrame, lang: str, case: Path | None = None, whole: str = "main") -> Axes:
    """Draw the running sum of savings over the months by end use and for the whole [MWh]; a gap saves nothing."""
    wide = monthly.pivot(index="month", columns="meter", values="cumulative_kwh")[monthly["meter"].unique()] / units.KWH_PER_MWH
    if set(wide) == {"unexplained", whole}:
        wide = wide[[whole]]  # without end uses the rest is the whole
    wide = wide.reindex(range(wide.index.max() + 1)).ffill().fillna(0.0)
    names = [_name(meter, lang, case) for meter in wide]
    _, axes = _axes(max(3.2, 0.5 + 0.25 * sum(name.count("\n") + 1 for name in names)))
    for place, meter in enumerate(wide):
        face, width, above = (colour("total"), 2.8, 3) if meter == whole else (colour(meter, place), 1.6, 2)
        axes.plot(wide.index - 0.5, wide[meter], color=face, linewidth=width, zorder=above, label=names[place],
                  path_effects=[patheffects.withStroke(linewidth=width + 0.8, foreground="#5b666e")])
    axes.axhline(0, color="#22292e", linewidth=0.8)
    read = monthly.loc[(monthly["meter"] == whole) & (monthly["predicted_kwh"].abs() > 0), "month"]
    _absent(axes, [month - 1 for month in wide.index[1:] if month not in set(read)], _say(lang, "无读数", "not\nread"))
    _months(axes, lang)
    axes.set_xlim(-0.5, wide.index[-1] - 0.5)
    axes.set_ylabel(_say(lang, "累计节电量，兆瓦时\n（反事实：不计入排放清单）", "cumulative savings, MWh\n(counterfactual: never in the inventory)"),
                    linespacing=1.4)
    _name_ends(axes, wide.iloc[-1].to_numpy(), names)
    return axes


def _name_ends(axes: Axes, ends: np.ndarray, names: list[str]) -> None:
    """Name each line where it ends, at the right edge; names that would touch make room, with a hair to their line."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    line = (high - low) * 1.35 * mpl.rcParams["font.size"] / (0.78 * 72 * axes.figure.get_figheight())  # the axes take some 0.78
    placed = _apart(ends, line * np.array([name.count("\n") + 1 for name in names]), low, high)
    for name, end, at in zip(names, ends, placed):
        axes.annotate(name, (1, end), (1.03, at), axes.get_yaxis_transform(), annotation_clip=False, va="center",
                      arrowprops={"arrowstyle": "-", "color": "#8b949b", "linewidth": 0.6, "relpos": (0, 0.5), "shrinkA": 1, "shrinkB": 0})


def _apart(at: np.ndarray, sizes: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return where things of some sizes lie without touching, from low to high, each as near as can be to where it was.

    What touches moves as one, so that its mean stays (isotonic regression).

    >>> _apart(np.array([5.0, 1.0, 5.0]), np.ones(3), 0, 9).tolist()
    [4.5, 1.0, 5.5]
    """
    order = np.argsort(at, kind="stable")
    middle = np.cumsum(sizes[order]) - sizes[order] / 2
    free, every = at[order] - middle, range(len(at))
    level = [max(min(free[j:k + 1].mean() for k in every[i:]) for j in every[:i + 1]) for i in every]
    placed = np.empty(len(at))
    placed[order] = np.clip(level, low, max(low, high - sizes.sum())) + middle
    return placed


def _absent(axes: Axes, places: list[int], words: str) -> None:
    for place in places:
        axes.axvspan(place - 0.5, place + 0.5, color="#f0f2f3", zorder=0)
        axes.annotate(words, (place, 0.98), xycoords=axes.get_xaxis_transform(), ha="center", va="top", fontsize=7.5, color="#6b757c")


def fit(daily: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the base year's daily load against temperature, metered and modelled [MWh a day]."""
    _, (left, right) = _axes(3.0, 2)
    for name, size, zh, en in (("measured", 9, "计量", "metered"), ("model", 4, "模型", "model")):
        left.scatter(daily["outdoor_c"], daily[f"{name}_kwh"] / units.KWH_PER_MWH, s=size, color=colour(name), label=_say(lang, zh, en))
    left.set_xlabel(_say(lang, "日平均室外温度，°C", "daily mean outdoor temperature, °C"))
    left.set_ylabel(_say(lang, "兆瓦时/日", "MWh a day"))
    left.legend(loc="upper left", handletextpad=0.2)
    error = (daily["model_kwh"] - daily["measured_kwh"]) / daily["measured_kwh"].mean()
    right.plot(daily.index, error * units.PERCENT, color=colour("model"), linewidth=0.8)
    right.axhline(0, color="#22292e", linewidth=0.8)
    right.set_ylabel(_say(lang, "模型减计量，占日均 %", "model minus metered, % of mean day"))
    right.set_xticks(*_quarters(daily.index, lang))
    return left


def residuals(daily: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw metered minus model by day [MWh a day]: over the year, where drift shows, and against outdoor temperature."""
    _, (left, right) = _axes(3.0, 2)
    by_day = ((daily["measured_kwh"] - daily["model_kwh"]) / units.KWH_PER_MWH).asfreq("D")
    by_warmth = by_day.set_axis(daily["outdoor_c"].reindex(by_day.index)).sort_index(kind="stable")
    by_warmth = by_warmth[by_warmth.index.notna()]
    left.vlines(by_day.index, 0, by_day, color=colour("measured"), linewidth=0.9)
    right.scatter(by_warmth.index, by_warmth, s=7, color=colour("measured"))
    for axes, mwh, zh, en in ((left, by_day, "30 日滑动平均", "30-day running mean"),
                              (right, by_warmth, "气温相近 30 日的平均", "mean of 30 days of like temperature")):
        axes.plot(mwh.index, mwh.rolling(30, center=True, min_periods=15).mean(), color=colour("total"), linewidth=1.8, label=_say(lang, zh, en))
        axes.axhline(0, color="#22292e", linewidth=0.8)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0)
    right.sharey(left)
    left.set_ylabel(_say(lang, "计量减模型，兆瓦时/日", "metered minus model, MWh a day"))
    left.set_xticks(*_quarters(by_day.index, lang))
    right.set_xlabel(_say(lang, "日平均室外温度，°C", "daily mean outdoor temperature, °C"))
    return left


def _quarters(days: pd.Index, lang: str) -> tuple[list, list[str]]:
    firsts = [d for d in days if d.day == 1 and d.month in (1, 4, 7, 10)]
    return firsts, [_say(lang, f"{d.month}月", d.strftime("%b")) for d in firsts]


def load_profile(profile: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the mean working day of base and reporting year by end use [kW]; columns meter, year, hour, kw."""
    years = sorted(profile["year"].unique())
    panels = np.atleast_1d(_axes(2.8, len(years))[1])
    meters = profile["meter"].unique()
    for axes, year in zip(panels, years):
        wide = profile[profile["year"] == year].pivot(index="hour", columns="meter", values="kw")[meters]
        axes.stackplot(wide.index, wide.T, colors=[colour(m, i) for i, m in enumerate(meters)], edgecolor="white",
                       linewidth=0.4, labels=[_name(m, lang, case) for m in meters])
        axes.set_title(str(year))
        axes.set_xticks(range(0, 25, 6))
        axes.set_ylim(0, 1.05 * profile.groupby(["year", "hour"])["kw"].sum().max())
        axes.set_xlabel(_say(lang, "时", "hour of the day"))
    panels[0].set_ylabel(_say(lang, "千瓦", "kW"))
    handles, names = panels[0].get_legend_handles_labels()
    panels[-1].legend(handles[::-1], names[::-1], loc="center left", bbox_to_anchor=(1, 0.5))
    return panels[0]


def week_by_hour(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw one meter's mean week by hour [kW]: as metered, and metered minus model with its sign where it is large."""
    _, (left, right) = _axes(3.1, 2)
    metered, model = (table.pivot(index="day", columns="hour", values=f"{name}_kw") for name in ("metered", "model"))
    beyond = metered - model
    # No finer than a hundredth of the load: a model meets its own year's mean week, and float noise would fill the scale.
    limit = max(beyond.abs().max(axis=None), metered.abs().max(axis=None) / units.PERCENT) or 1.0
    _week(left, metered, "metered", lang, _say(lang, "计量", "metered"))
    _week(right, beyond, "beyond", lang, _say(lang, "计量减模型", "metered minus model"), vmin=-limit, vmax=limit)
    for marker, side in (("+", beyond), ("_", -beyond)):  # a grey print shows no hue
        rows, hours = np.nonzero(side.to_numpy() > limit / 2)
        right.scatter(beyond.columns[hours] + 0.5, rows, s=11, marker=marker, color="white", linewidth=0.9)
    return left


def _week(axes: Axes, kw: pd.DataFrame, scale: str, lang: str, title: str, **limits: float) -> None:
    cmap = mpl.colors.LinearSegmentedColormap.from_list(scale, _SCALES[scale])
    hours = range(units.HOURS_PER_DAY)
    cells = axes.pcolormesh([*hours, units.HOURS_PER_DAY], np.arange(len(kw) + 1) - 0.5, kw.reindex(columns=hours), cmap=cmap,
                            edgecolors="white", linewidth=0.3, **limits)
    if kw.index[-1] == len(_DAYS[lang]) - 1:
        axes.axhline(len(kw) - 1.5, color="white", linewidth=3)  # a day off is no day of the week
    axes.invert_yaxis()
    axes.set_title(title)
    axes.set_yticks(range(len(kw)), [_DAYS[lang][day] for day in kw.index])
    axes.set_xticks(range(0, 25, 6))
    axes.set_xlabel(_say(lang, "时", "hour of the day"))
    axes.tick_params(length=0), axes.grid(visible=False), axes.spines[:].set_visible(False)
    bar = axes.figure.colorbar(cells, ax=axes, orientation="horizontal", aspect=30, label=_say(lang, "千瓦", "kW"))
    bar.outline.set_visible(False)


def inventory(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the inventories of base and reporting year, location- and market-based side by side [tCO2e]."""
    _, axes = _axes(3.2)
    wide = table.pivot_table(index=["year", "view"], columns="source", values="t_co2e", aggfunc="sum", observed=True).fillna(0)
    order = wide.sum().sort_values(ascending=False).index
    below = np.zeros(len(wide))
    for place, source in enumerate(order):
        axes.bar(range(len(wide)), wide[source], bottom=below, width=0.55, color=colour(source, place),
                 edgecolor="white", linewidth=0.5, label=_name(source, lang, case))
        below += wide[source].to_numpy()
    for x, total in enumerate(below):
        axes.annotate(labels.number(total, 0), (x, total), xytext=(0, 4), textcoords="offset points", ha="center")
    axes.set_xticks(range(len(wide)), [f"{y}\n{_name(v, lang, case)}" for y, v in wide.index])
    axes.set_ylabel("tCO₂e")
    axes.margins(y=0.12)
    handles, names = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], names[::-1], loc="center left", bbox_to_anchor=(1, 0.5))
    return axes


def green_by_month(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw monthly load against certificates by technology [MWh]; columns month, load_kwh, <technology>_kwh."""
    _, axes = _axes(2.8)
    technologies = [c.removesuffix("_kwh") for c in table if c.endswith("_kwh") and c != "load_kwh"]
    below = np.zeros(len(table))
    for place, name in enumerate(technologies):
        kwh = table[f"{name}_kwh"].to_numpy()
        axes.bar(range(len(table)), kwh / units.KWH_PER_MWH, bottom=below, width=0.7, color=colour(name, place), label=_name(name, lang, case))
        below = below + kwh / units.KWH_PER_MWH
    axes.step(np.arange(len(table) + 1) - 0.5, np.append(table["load_kwh"], table["load_kwh"].iloc[-1]) / units.KWH_PER_MWH,
              where="post", color="#22292e", linewidth=1.2, label=_say(lang, "用电量", "load"))
    _months(axes, lang)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(_say(lang, "兆瓦时", "MWh"))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return axes


def switchboard(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the tonnes that the same matched kWh avoid under each published factor; the one used is dark."""
    _, axes = _axes(0.9 + 0.28 * len(table))
    shown = table.sort_values("avoided_t").reset_index(drop=True)
    axes.barh(shown.index, shown["avoided_t"], height=0.65, color=np.where(shown["used"], colour("total"), "#c5ccd1"))
    for y, value in enumerate(shown["avoided_t"]):
        axes.annotate(labels.number(value, 0), (value, y), xytext=(4, 0), textcoords="offset points", va="center")
    axes.set_yticks(shown.index, [f"{_wrapped(name, lang)}  {labels.number(factor, 4)}" for name, factor in zip(shown[f"name_{lang}"], shown["value"])])
    axes.set_xlabel(_say(lang, "同一电量在各因子（kgCO₂/kWh）下的减排量，tCO₂", "avoided by the same kWh under each factor (kgCO₂/kWh), tCO₂"))
    axes.grid(axis="x"), axes.grid(visible=False, axis="y")
    axes.margins(x=0.1)
    return axes


def residual_credits(sources: pd.DataFrame, blocks: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the residual by source against the credits retired by block [tCO2e]."""
    _, axes = _axes(2.2)
    rows = ((1, sources.sort_values("t_co2e", ascending=False), "source", "t_co2e"), (0, blocks, "vintage", "quantity"))
    for y, table, name, amount in rows:
        left = 0.0
        for place, (what, size) in enumerate(zip(table[name].astype(str), table[amount])):
            face = colour(what, place) if y else ("#d9a441", "#e8c98a")[place % 2]
            axes.barh(y, size, left=left, height=0.5, color=face, edgecolor="white")
            wide = size > 0.09 * sources["t_co2e"].sum()
            if wide:
                axes.annotate(f"{_name(what, lang, case)}\n{labels.number(size, 0)}", (left + size / 2, y), ha="center", va="center",
                              fontsize=7.5, color="white" if y and _dark(face) else "#22292e")
            left += size
        axes.annotate(labels.number(left, 0), (left, y), xytext=(5, 0), textcoords="offset points", va="center")
    axes.set_yticks([0, 1], [_say(lang, "已注销碳信用（按减排年份）", "credits retired, by vintage"),
                             _say(lang, "剩余排放（按来源）", "residual, by source")])
    axes.set_xlabel("tCO₂e")
    axes.grid(visible=False)
    axes.margins(x=0.08)
    return axes


def _dark(face: str) -> bool:
    red, green, blue = mpl.colors.to_rgb(face)
    return 0.3 * red + 0.6 * green + 0.1 * blue < 0.55


def stress(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw how many credits would be needed: as accounted, prudently, and under each stress."""
    _, axes = _axes(0.9 + 0.34 * len(table))
    shown = table.iloc[::-1].reset_index(drop=True)
    axes.barh(shown.index, shown["credits"], height=0.6, color=[colour("credits") if k == "accounted" else "#e6dcc6" for k in shown["kind"]])
    for y, value in enumerate(shown["credits"]):
        axes.annotate(labels.number(value, 0), (value, y), xytext=(4, 0), textcoords="offset points", va="center")
    axes.set_yticks(shown.index, [_wrapped(name, lang) for name in shown[f"name_{lang}"]])
    axes.set_xlabel(_say(lang, "所需碳信用，tCO₂e", "credits needed, tCO₂e"))
    axes.grid(axis="x"), axes.grid(visible=False, axis="y")
    axes.margins(x=0.1)
    return axes


def bridge(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the way from the counterfactual to zero [tCO2e]; columns step, t_co2e, total (true for a level)."""
    _, axes = _axes(3.2)
    level = 0.0
    for x, row in enumerate(table.itertuples()):
        bottom, height = (0.0, row.t_co2e) if row.total else (level + min(row.t_co2e, 0), abs(row.t_co2e))
        hatched = row.step in ("counterfactual", "savings")
        axes.bar(x, height, bottom=bottom, width=0.6, color=colour(row.step if row.step in COLOURS else "total"),
                 edgecolor="#34495e", linewidth=0.7, hatch="////" if hatched else None)
        level = row.t_co2e if row.total else level + row.t_co2e
        axes.annotate(labels.number(row.t_co2e, 0), (x, bottom + height), xytext=(0, 4), textcoords="offset points", ha="center")
        if x + 1 < len(table):
            axes.hlines(level, x + 0.3, x + 0.7, color="#8b949b", linewidth=0.8)
    axes.set_xticks(range(len(table)), [_name(f"bridge_{s}", lang, case) for s in table["step"]])
    axes.set_ylabel("tCO₂e")
    axes.margins(y=0.12)
    return axes


def intensity(table: pd.DataFrame, threshold: float, lang: str, case: Path | None = None) -> Axes:
    """Draw the change of carbon intensity on the base year by basis [%]; a year that no basis has is shaded."""
    _, axes = _axes(3.0)
    if table["change_percent"].isna().all():
        return _nothing(axes, lang)
    styles = ("-o", "--s", ":^", "-.D")
    for place, (basis, rows) in enumerate(table.groupby("basis", sort=False)):
        known = rows.dropna(subset="change_percent")
        if known.empty:
            continue
        face = ("#3d5a80", "#2f8577", "#b5482f", "#8a7fa3")[place % 4]
        # A year that was not published is a gap in the line; a hair across it only leads the eye.
        axes.plot(known["year"], known["change_percent"], color=face, linewidth=0.5, alpha=0.5)
        whole = rows.set_index("year")["change_percent"].reindex(range(int(rows["year"].min()), int(rows["year"].max()) + 1))
        axes.plot(whole.index, whole, styles[place % 4], markersize=4.5, color=face, label=_name(basis, lang, case))
        last = known.iloc[-1]
        axes.annotate(f"{labels.number(last['change_percent'], 1)} %", (last["year"], last["change_percent"]),
                      xytext=(6, -3), textcoords="offset points")
    axes.axhline(-threshold, color="#22292e", linewidth=0.9, linestyle=(0, (4, 3)))
    years = range(int(table["year"].min()), int(table["year"].max()) + 1)
    _absent(axes, sorted(set(years) - set(table.dropna(subset="change_percent")["year"])), _say(lang, "未公布", "not published"))
    axes.set_xticks(list(years))
    axes.set_xlim(years[0] - 0.5, years[-1] + 0.5)
    axes.set_ylabel(_say(lang, f"较 {years[0]} 年变化，%", f"change on {years[0]}, %"))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return axes


def drivers(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw the LMDI-I effects of activity and intensity by basis [Mt]; columns basis, driver, effect_mt."""
    _, axes = _axes(2.8)
    if table.empty:
        return _nothing(axes, lang)
    wide = table.pivot(index="basis", columns="driver", values="effect_mt").loc[table["basis"].unique()]
    for place, driver in enumerate(table["driver"].unique()):
        at = np.arange(len(wide)) + (place - 0.5) * 0.36
        bars = axes.bar(at, wide[driver], width=0.34, color=("#8fa3b5", "#2f8577")[place % 2], label=_name(driver, lang, case))
        axes.bar_label(bars, ["+" * (v > 0) + labels.number(v, 1) for v in wide[driver]], padding=2, fontsize=8)
    total = wide.sum(axis=1)
    axes.scatter(range(len(wide)), total, marker="D", s=26, color="#22292e", zorder=3, label=_say(lang, "合计变化", "total change"))
    axes.axhline(0, color="#22292e", linewidth=0.8)
    axes.set_xticks(range(len(wide)), [_name(b, lang, case) for b in wide.index])
    axes.set_ylabel("MtCO₂e")
    axes.margins(y=0.15)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return axes


def verdicts(table: pd.DataFrame, lang: str, case: Path | None = None) -> Axes:
    """Draw each announced figure's recomputed value as a share of it, on a log axis; what is not decidable has no mark."""
    _, axes = _axes(0.9 + 0.27 * len(table))
    shown = table.iloc[::-1].reset_index(drop=True)
    share = (shown["recomputed"] / shown["announced"]).where(lambda values: values > 0)
    looks = {"holds": ("o", "#2f8577"), "by construction": ("D", "#9aa5ad"), "fails": ("X", "#b5482f")}
    for verdict, (marker, face) in looks.items():
        rows = shown.index[shown["verdict"] == verdict]
        axes.scatter(share[rows], rows, marker=marker, s=42, color=face, zorder=3, label=_name(verdict, lang, case))
    for y in shown.index[shown["verdict"] == "not decidable"]:
        axes.annotate(_name("not decidable", lang, case), (1, y), ha="center", va="center", fontsize=7.5, color="#6b757c",
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})
    axes.axvline(1, color="#22292e", linewidth=0.9, zorder=0)
    axes.set_xscale("log")
    axes.set_xlim(0.05, 20)
    axes.set_ylim(-0.7, len(shown) - 0.3)
    axes.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    axes.minorticks_off()
    axes.set_yticks(shown.index, [_name(f"announced_{id}", lang, case) for id in shown["id"]])
    axes.grid(axis="x"), axes.grid(visible=False, axis="y")
    axes.set_xlabel(_say(lang, "复算值 / 公布值", "recomputed / announced"))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return axes
