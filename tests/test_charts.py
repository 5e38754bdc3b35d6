"""Every figure can be drawn from what a case may have: both languages, nothing optional, print
in grey, the same bytes.
"""

import itertools
import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from neutrality.energy import charts as energy
from neutrality.energy import meters
from neutrality.green import charts as green
from neutrality.offset import charts as offset
from neutrality.offset import sizing
from neutrality.report import charts as report
from neutrality.texts import drawing, labels
from neutrality.trend import charts as trend

SOURCES = ("grid_electricity", "district_heat", "natural_gas", "petrol", "diesel", "refrigerant")
END_USES = ("cooling", "heating_plant", "lighting", "equipment", "unexplained")
MONTHS = [f"2025-{month:02}" for month in range(1, 13)]
DAYS = pd.date_range("2023-01-01", periods=365)
LIGHTNESS_APART = 10  # CIE L*, of 100: what stays apart on a grey print

SAVINGS = pd.DataFrame(
    {
        "meter": [*END_USES, "main"],
        "savings_kwh": [9e4, -2e3, 3e4, 1e4, 5e3, 1.33e5],
        "low_kwh": [7e4, -5e3, 2e4, 5e3, np.nan, 1e5],
        "high_kwh": [1.1e5, 1e3, 4e4, 1.5e4, np.nan, 1.7e5],
    }
)
DAILY = pd.DataFrame(
    {"outdoor_c": 12 - 14 * np.cos(np.arange(365) / 58), "measured_kwh": 9e3, "model_kwh": 9.1e3},
    DAYS,
)
DRIFTING = DAILY.assign(measured_kwh=9.1e3 + np.linspace(-500, 500, 365))
WEEK = pd.DataFrame(
    [
        (day, hour, 100.0 + hour, 100.0 + 2 * hour - 3 * day)
        for day in range(8)
        for hour in range(24)
    ],
    columns=["day", "hour", "metered_kw", "model_kw"],
)
MONTHLY = pd.DataFrame(
    [
        (month, meter, 2e4, mwh * 1e3, month * mwh * 1e3)
        for month in range(1, 13)
        for meter, mwh in zip((*END_USES, "main"), (3.0, -1.0, 3.0, 3.1, 0.5, 8.6), strict=True)
    ],
    columns=["month", "meter", "predicted_kwh", "savings_kwh", "cumulative_kwh"],
)
PROFILE = pd.DataFrame(
    [
        (meter, year, hour, 50.0 + hour)
        for meter in END_USES
        for year in (2023, 2025)
        for hour in range(24)
    ],
    columns=["meter", "year", "hour", "kw"],
)
INVENTORY = pd.DataFrame(
    [
        (year, view, source, 900.0 / place)
        for year in (2023, 2025)
        for view in ("location", "market")
        for place, source in enumerate(SOURCES, 1)
    ],
    columns=["year", "view", "source", "t_co2e"],
)
GREEN = pd.DataFrame(
    {"month": MONTHS, "load_kwh": 4e5, "wind_kwh": 3e5, "solar_kwh": 5e4, "hydropower_kwh": 1e4}
)
SWITCHBOARD = pd.DataFrame(
    {
        "name_zh": ["北京 2023", "全国 2023"],
        "name_en": ["Beijing 2023", "China 2023"],
        "value": [0.5554, 0.5777],
        "avoided_t": [2785.2, 2897.0],
        "used": [True, False],
        "usable": [True, False],
    }
)
UNCOVERED = pd.DataFrame(
    [(month, hour, 10.0 * month + hour) for month in range(1, 13) for hour in range(24)],
    columns=["month", "hour", "uncovered_kw"],
)
RESIDUAL = INVENTORY[(INVENTORY["year"] == 2025) & (INVENTORY["view"] == "market")]
BLOCKS = pd.DataFrame({"vintage": [2021, 2022], "quantity": [589, 720]})
STRESS = pd.DataFrame(
    {
        "kind": ["accounted", "prudent", "stress"],
        "name_zh": ["按核算", "审慎", "若 29.4 % 无效"],
        "name_en": ["as accounted", "prudent", "if 29.4 % were void"],
        "credits": [1309, 1400, 1855],
        "valid": [1309, 1309, 924],
        "enough": [True, False, False],
    }
)
TOTAL_T = 1309 + 58 * np.sin(np.arange(2000))
SIZING = sizing.purchases(1308.8, TOTAL_T, 1309, 0.95)
RANKED = pd.DataFrame(
    {
        "name_zh": ["因子：北京 2023", "电表"],
        "name_en": ["Factor: Beijing 2023", "Electricity meter"],
        "uncertainty_t": [37.4, 0.0],
        "variance_share": [1.0, 0.0],
    }
)
HELD = pd.DataFrame(
    {
        "programme": "VCS",
        "project_id": ["3005"] * 30,
        "quantity": 40,
        "vintage_start": pd.Timestamp("2022-01-01"),
        "vintage_end": pd.date_range("2022-03-01", periods=30),
        "retired_on": [pd.Timestamp("2026-01-14"), pd.NaT] * 15,
    }
)
BRIDGE = pd.DataFrame(
    [
        ("counterfactual", 4300.0, True),
        ("savings", -206.0, False),
        ("location", 4094.0, True),
        ("matched_green", -2785.0, False),
        ("market", 1309.0, True),
        ("credits", -1309.0, False),
        ("remaining", 0.0, True),
    ],
    columns=["step", "t_co2e", "total"],
).assign(low_t=[3900.0, -600.0, *[float("nan")] * 5], high_t=[4700.0, 188.0, *[float("nan")] * 5])
INTENSITY = pd.DataFrame(
    {
        "year": [2020, 2021, 2022] * 2,
        "basis": ["revenue"] * 3 + ["traffic"] * 3,
        "change_percent": [0.0, np.nan, -21.1, 0.0, np.nan, -46.7],
    }
)
DRIVERS = pd.DataFrame(
    {
        "basis": ["revenue"] * 2 + ["volume"] * 2,
        "year": 2024,
        "driver": ["activity", "intensity"] * 2,
        "effect_mt": [9.8, -7.1, 25.0, -22.3],
    }
)
WHO = pd.DataFrame(
    {
        "view": ["location"] * 3 + ["market"] * 3,
        "who": ["weather", "company", "grid"] * 2,
        "effect_t": [-108.4, -478.6, -81.8, -47.1, -3370.9, np.nan],
    }
)
PATHWAYS = pd.DataFrame(
    [
        ("revenue", 2022, -21.1, 2025, -40.0, -8.7, -11.2),
        ("revenue", 2022, -21.1, 2030, -65.0, -9.7, -11.2),
        ("traffic", 2022, -46.7, 2025, -40.0, 4.0, -27.0),
    ],
    columns=[
        "basis",
        "from_year",
        "from_percent",
        "to_year",
        "to_percent",
        "required_percent",
        "so_far_percent",
    ],
)
PEERS = pd.DataFrame(
    [
        (
            f"Company {each}",
            "group",
            "carbon",
            "revenue",
            "t",
            2020 + year,
            100.0 - 10 * year * each,
        )
        for each in range(5)
        for year in range(3)
    ]
    + [
        ("Company 1", "group", "energy", "data", "kgce", 2020 + year, 100.0 + year)
        for year in range(2)
    ],
    columns=["entity", "boundary", "quantity", "basis", "unit", "year", "index"],
)
BUILDING = pd.DataFrame(
    {
        "year": [2023, 2024, 2025],
        "kwh": [107.7, 101.0, 95.9],
        "normalised_kwh": [107.7, 102.0, 99.0],
        "location_kg": [79.4, np.nan, 68.2],
        "normalised_location_kg": [79.4, np.nan, 69.9],
        "market_kg": [79.4, np.nan, 21.8],
        "normalised_market_kg": [79.4, np.nan, 22.0],
    }
)
VERDICTS = pd.DataFrame(
    {
        "id": ["green_power", "forest", "society", "coal"],
        "announced": [2785.0, 1333.0, 1600.0, 1000.0],
        "recomputed": [2785.2, 133.3, np.nan, 1047.0],
        "verdict": ["by construction", "fails", "not decidable", "holds"],
    }
)

ENERGY_CHANGE = pd.DataFrame(
    {
        "source": ["grid_electricity", "district_heat", "natural_gas", "new_fuel"],
        "base_amount": [6.4e6, 8400.0, 45e3, 0.0],
        "reporting_amount": [5.8e6, 6800.0, 47e3, 10.0],
        "weather_amount": [-2e5, -1000.0, 500.0, 0.0],
        "activity_amount": [5e4, 0.0, 0.0, 0.0],
        "measures_amount": [-2e5, 0.0, 0.0, 0.0],
        "other_amount": [-2.5e5, -600.0, 1500.0, 10.0],
    }
)
CHANGE = pd.DataFrame(
    [
        ("base_inventory", 4762.0, np.nan, np.nan, True),
        ("weather_effect", -234.0, np.nan, np.nan, False),
        ("occupancy_effect", 40.0, np.nan, np.nan, False),
        ("measures_effect", -114.0, -194.0, -35.0, False),
        ("not_shown", -283.0, np.nan, np.nan, False),
        ("factor_effect", -10.0, np.nan, np.nan, False),
        ("green_effect", -2852.0, np.nan, np.nan, False),
        ("unabated", 1309.0, np.nan, np.nan, True),
        ("credits", -1309.0, np.nan, np.nan, False),
        ("remaining", 0.0, np.nan, np.nan, True),
    ],
    columns=["step", "t_co2e", "low_t", "high_t", "total"],
)
ONE_BASIS_WITHOUT_VALUES = INTENSITY.assign(
    change_percent=INTENSITY["change_percent"].where(INTENSITY["basis"] == "revenue")
)
FIGURES = {  # what is drawn: the function, its tables
    "savings": (energy.savings, SAVINGS),
    "savings, no end use": (energy.savings, SAVINGS[SAVINGS["meter"] == "main"]),
    "fit": (energy.fit, DAILY),
    "residuals": (energy.residuals, DRIFTING),
    "residuals, days unread": (energy.residuals, DRIFTING.drop(DAYS[90:150])),
    "week by hour": (energy.week_by_hour, WEEK),
    "week by hour, no day off": (energy.week_by_hour, WEEK[WEEK["day"] < 7]),
    "week by hour, as modelled": (
        energy.week_by_hour,
        WEEK.assign(model_kw=WEEK["metered_kw"]),
    ),
    "cusum": (energy.cusum, MONTHLY),
    "cusum, no end use": (
        energy.cusum,
        MONTHLY[MONTHLY["meter"].isin(["unexplained", "main"])],
    ),
    "cusum, a month unread": (energy.cusum, MONTHLY[MONTHLY["month"] != 5]),
    "cusum, nothing saved": (
        energy.cusum,
        MONTHLY.assign(cumulative_kwh=-MONTHLY["cumulative_kwh"].abs()),
    ),
    "load profile": (energy.load_profile, PROFILE),
    "load profile, no end use": (
        energy.load_profile,
        PROFILE[PROFILE["meter"] == "unexplained"],
    ),
    "load profile, one year": (energy.load_profile, PROFILE[PROFILE["year"] == 2025]),
    "inventory": (green.inventory, INVENTORY),
    "inventory, electricity only": (
        green.inventory,
        INVENTORY[INVENTORY["source"] == "grid_electricity"],
    ),
    "green power": (green.green_by_month, GREEN),
    "green power, no certificates": (green.green_by_month, GREEN[["month", "load_kwh"]]),
    "switchboard": (green.switchboard, SWITCHBOARD),
    "uncovered by hour": (green.uncovered_by_hour, UNCOVERED),
    "uncovered by hour, all of it covered": (
        green.uncovered_by_hour,
        UNCOVERED.assign(uncovered_kw=0.0),
    ),
    "residual": (offset.residual_credits, RESIDUAL, BLOCKS),
    "residual, no credits": (offset.residual_credits, RESIDUAL, BLOCKS[:0]),
    "stress": (offset.stress, STRESS),
    "spread": (offset.residual_distribution, TOTAL_T, SIZING, 1309),
    "spread, none and no credits": (offset.residual_distribution, np.full(1000, 5.0), SIZING, 0),
    "spread, nothing left": (
        offset.residual_distribution,
        np.zeros(1000),
        sizing.purchases(0.0, np.zeros(1000), 0, 0.95),
        0,
    ),
    "contributions": (offset.contributions, RANKED),
    "contributions, all certain": (offset.contributions, RANKED.assign(uncertainty_t=0.0)),
    "time line": (offset.timeline, HELD[:2], 2025, pd.Timestamp("2026-12-31")),
    "time line, many blocks": (offset.timeline, HELD, 2025, None),
    "time line, no credits": (offset.timeline, HELD[:0], 2025, None),
    "bridge": (report.bridge, BRIDGE),
    "intensity": (trend.intensity, INTENSITY, 40.0),
    "intensity, a basis without values": (trend.intensity, ONE_BASIS_WITHOUT_VALUES, 40.0),
    "intensity, no values": (trend.intensity, INTENSITY.assign(change_percent=np.nan), 40.0),
    "energy change": (energy.energy_change, ENERGY_CHANGE),
    "energy change, new sources only": (energy.energy_change, ENERGY_CHANGE[3:]),
    "change": (trend.change, CHANGE),
    "change, no measures shown": (
        trend.change,
        CHANGE.assign(low_t=np.nan, high_t=np.nan).replace({-114.0: 0.0}),
    ),
    "drivers": (trend.drivers, DRIVERS),
    "drivers, no values": (trend.drivers, DRIVERS[:0]),
    "pathways": (trend.pathways, PATHWAYS, INTENSITY),
    "pathways, none": (trend.pathways, PATHWAYS[:0], INTENSITY),
    "peers": (trend.peers, PEERS),
    "peers, one year each": (trend.peers, PEERS[PEERS["year"] == 2020]),
    "building": (trend.building, BUILDING, 90.0),
    "building, no guide and no area": (trend.building, BUILDING[:0], 0.0),
    "verdicts": (report.verdicts, VERDICTS),
    "verdicts, none decidable": (
        report.verdicts,
        VERDICTS.assign(recomputed=np.nan, verdict="not decidable"),
    ),
}


@pytest.fixture(autouse=True)
def style():
    drawing.use_style()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # "Glyph missing from font" is one
        yield
    plt.close("all")


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_figure_is_drawn_in_both_languages_with_every_glyph(name, lang):
    draw, *tables = FIGURES[name]
    axes = draw(*tables, lang)
    axes.figure.draw_without_rendering()
    assert any(texts(axes))


def look(handle):
    """Return what tells the key of a legend apart: its kind, colours, strokes and marker."""
    if isinstance(handle, mpl.lines.Line2D):
        return "line", handle.get_color(), str(handle._dash_pattern), handle.get_marker()
    if isinstance(handle, mpl.patches.Patch):
        return "area", handle.get_facecolor(), handle.get_hatch()
    paths = [path.vertices.tolist() for path in handle.get_paths()]
    return "marks", str(handle.get_facecolor()), str(handle.get_edgecolor()), str(paths)


@pytest.mark.parametrize("name", FIGURES)
def test_no_two_keys_of_a_figure_look_alike(name):
    draw, *tables = FIGURES[name]
    figure = draw(*tables, "en").figure
    legends = [axes.get_legend() for axes in figure.axes] + figure.legends
    for legend in filter(None, legends):
        looks = [look(handle) for handle in legend.legend_handles]
        assert len(set(looks)) == len(looks), looks


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_an_amount_stands_off_the_ends_of_its_interval(lang):
    steps = BRIDGE.assign(low_t=BRIDGE["t_co2e"] - 300, high_t=BRIDGE["t_co2e"] + 300)
    for axes in (report.bridge(steps, lang), energy.savings(SAVINGS, lang)):
        axes.figure.draw_without_rendering()
        renderer = axes.figure.canvas.get_renderer()
        numbers = [text.get_window_extent(renderer) for text in axes.texts]
        segments = [
            axes.transData.transform(ends)
            for each in axes.collections
            for ends in each.get_segments()
        ]
        assert segments and not [
            (box, end) for box in numbers for ends in segments for end in ends if box.contains(*end)
        ]


def test_the_rules_behind_factors_are_named_beside_them():
    asked = SWITCHBOARD.assign(asked_by_zh=["某规则", ""], asked_by_en=["A rule 2015", ""])
    assert {"A rule 2015", "asked for by a rule"} <= set(texts(green.switchboard(asked, "en")))
    assert "asked for by a rule" not in texts(green.switchboard(SWITCHBOARD, "en"))


def test_numbers_at_an_axis_have_thousands_apart_and_years_have_none():
    drawn = (
        drawing._Drawn(draw, tables, "en", None, {}).drawn()
        for draw, *tables in (
            (green.inventory, INVENTORY.assign(t_co2e=INVENTORY["t_co2e"] * 1000)),
            (trend.intensity, INTENSITY, 40.0),
        )
    )
    inventory, intensity = (
        [
            each.get_text()
            for each in figure.axes[0].yaxis.get_ticklabels()
            + figure.axes[0].xaxis.get_ticklabels()
        ]
        for figure in drawn
    )
    assert "1,000,000" in inventory and {"2020", "−20"} <= set(intensity)


def test_a_narrow_figure_is_as_wide_as_a_telephone_and_the_next_one_as_a_page():
    with drawing.narrow():
        narrow = energy.load_profile(PROFILE, "en").figure
    wide = energy.load_profile(PROFILE, "en").figure
    assert narrow.get_figwidth() == 3.9 and wide.get_figwidth() == 7.2
    assert len(narrow.axes) == len(wide.axes) and mpl.rcParams["font.size"] == 9


def test_a_character_no_font_has_is_noticed():
    with pytest.raises(UserWarning, match="missing from font"):
        green.inventory(INVENTORY.assign(source="\U000f1234"), "zh").figure.draw_without_rendering()


def test_every_figure_of_the_room_is_tried():
    drawn = {draw.__name__ for draw, *_ in FIGURES.values()}
    rooms = (energy, green, offset, report, trend)
    assert drawn == {
        name
        for room in rooms
        for name, made in vars(room).items()
        if getattr(made, "__annotations__", {}).get("return") == "Axes" and not name.startswith("_")
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", ["residual", "bridge", "week by hour", "cusum"])
def test_the_same_figure_has_the_same_bytes(name, tmp_path):
    for turn in ("a", "b"):
        draw, *tables = FIGURES[name]
        drawing.save(tmp_path / turn, "bridge", draw, *tables)
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / turn / "figures").iterdir()}
        for turn in ("a", "b")
    )
    assert first == second and set(first) == {
        f"bridge.{lang}.{form}" for lang in labels.LANGUAGES for form in ("svg", "narrow.svg")
    }


def test_only_the_languages_of_the_report_are_drawn(tmp_path):
    draw, *tables = FIGURES["bridge"]
    drawing.use_style("zh")
    try:
        drawing.save(tmp_path, "bridge", draw, *tables)
    finally:
        drawing.use_style()
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {
        "bridge.zh.svg",
        "bridge.zh.narrow.svg",
    }


def texts(axes):
    return [text.get_text() for text in axes.figure.findobj(mpl.text.Text)]


def test_a_long_name_of_the_case_is_wrapped_and_one_in_another_format_is_found(tmp_path):
    long = "一号楼三层东侧数据机房与配电间及其备用空调机组" * 3
    pd.DataFrame(
        {"id": ["cooling", "wind"], "zh": [long, "风电场"], "en": ["Chillers", "Wind farm"]}
    ).to_parquet(tmp_path / "labels.parquet")
    said = texts(energy.savings(SAVINGS, "zh", tmp_path))
    assert long in [text.replace("\n", "") for text in said] and long not in said
    drawing.save(tmp_path, "x", energy.load_profile, PROFILE, case=tmp_path)
    assert "Wind farm" in texts(green.green_by_month(GREEN, "en", case=tmp_path))


def test_a_fall_has_a_true_minus_sign_and_a_rise_its_plus():
    said = texts(trend.drivers(DRIVERS, "en"))
    assert {"+9.8", "−7.1"} <= set(said)


def test_who_did_it_is_grouped_by_view_in_tonnes():
    axes = trend.drivers(
        WHO, "en", group_column="view", driver_column="who", value_column="effect_t"
    )
    assert {"−3,371", "−479", "Location-based", "tCO₂e"} <= set(texts(axes))


def test_the_fan_says_the_rate_that_each_aim_needs():
    assert {"−8.7 %/yr", "−9.7 %/yr", "4.0 %/yr"} <= set(
        texts(trend.pathways(PATHWAYS, INTENSITY, "en"))
    )


def lightness(face):
    """Return CIE L* (0-100): how light a colour is on a grey print."""
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mpl.colors.to_rgb(face)
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return 116 * luminance ** (1 / 3) - 16


@pytest.mark.parametrize("stack", [END_USES, SOURCES, ("wind", "solar")])
def test_parts_that_may_lie_next_to_each_other_stay_apart_in_grey(stack):
    # Sources are stacked by size and end uses as their columns stand, so that any two may meet.
    for one, other in itertools.combinations(stack, 2):
        assert (
            abs(lightness(drawing.colour(one)) - lightness(drawing.colour(other)))
            >= LIGHTNESS_APART
        ), (one, other)


def test_spare_colours_stay_apart_from_the_next_one_in_grey():
    spare = [lightness(drawing.colour("a thing without a colour", place)) for place in range(13)]
    assert all(abs(one - other) >= LIGHTNESS_APART for one, other in itertools.pairwise(spare))


def boxes(axes):
    """Return each text that is seen with the box it takes [pixels]."""
    axes.figure.draw_without_rendering()
    renderer, seen = axes.figure.canvas.get_renderer(), []
    for panel in axes.figure.axes:
        ticks = [
            tick.label1 for axis in (panel.xaxis, panel.yaxis) for tick in axis._update_ticks()
        ]
        names = [panel._left_title, panel.xaxis.label, panel.yaxis.label, *panel.texts]
        legend = panel.get_legend().get_texts() if panel.get_legend() else []
        seen += [
            (text.get_text(), mpl.text.Text.get_window_extent(text, renderer))
            for text in (*ticks, *names, *legend)
            if text.get_text()
        ]
    return seen


PARTS = MONTHLY[MONTHLY["meter"] != "main"]
CROWDED = pd.concat(
    [
        MONTHLY[MONTHLY["meter"] == "main"],
        *(
            PARTS.assign(meter=PARTS["meter"] + f"_of_the_northern_building_and_its_annex_{floor}")
            for floor in "ab"
        ),
    ]
)


@pytest.mark.slow
@pytest.mark.parametrize("lang", labels.LANGUAGES)
@pytest.mark.parametrize(
    "name",
    [
        *(
            name
            for name in FIGURES
            if name.startswith(("residuals", "week", "cusum", "contributions", "stress"))
        ),
        "pathways",
        "building",
        "cusum, crowded",
    ],
)
def test_no_text_lies_on_another_or_leaves_the_page(name, lang):
    draw, *tables = FIGURES.get(name, (energy.cusum, CROWDED))
    axes = draw(*tables, lang)
    seen, page = boxes(axes), axes.figure.bbox.padded(1)
    assert not [
        text for text, box in seen if not (page.contains(*box.min) and page.contains(*box.max))
    ]
    assert not [
        (one, other)
        for (one, box), (other, another) in itertools.combinations(seen, 2)
        if box.padded(-1).overlaps(another)
    ]


def test_things_lie_apart_and_where_they_were_when_there_is_room():
    placed = energy._apart(
        np.array([2.0, 9.9, 2.1, 2.0, 5.0]), np.array([1.0, 1.0, 2.0, 1.0, 0.5]), 0, 10
    )
    assert placed[4] == 5.0 and placed[1] == 9.5  # alone, and kept under the top
    assert np.diff(placed[[0, 3, 2]]) == pytest.approx([1.0, 1.5])


def cells(panel):
    return panel.collections[0].get_array().reshape(-1, 24)


def test_week_shows_the_table_monday_on_top_and_zero_in_the_middle_of_the_scale():
    left = energy.week_by_hour(WEEK, "en")
    right = left.figure.axes[1]
    assert np.array_equal(cells(left), WEEK["metered_kw"].to_numpy().reshape(8, 24))
    beyond = (WEEK["metered_kw"] - WEEK["model_kw"]).to_numpy().reshape(8, 24)
    assert np.array_equal(cells(right), beyond) and right.collections[0].get_clim() == (-23.0, 23.0)
    assert left.yaxis_inverted() and [text.get_text() for text in left.get_yticklabels()][::7] == [
        "Mon",
        "day off",
    ]
    plus, minus = (len(marks.get_offsets()) for marks in right.collections[1:])
    assert (plus, minus) == ((beyond > 11.5).sum(), (beyond < -11.5).sum())


def test_week_with_an_hour_unread_keeps_its_place():
    left = energy.week_by_hour(WEEK[(WEEK["hour"] != 3) & (WEEK["day"] != 2)], "zh")
    assert np.ma.getmaskarray(cells(left))[:, 3].all() and cells(left)[0, 4] == 104.0
    assert [text.get_text() for text in left.get_yticklabels()] == [
        "周一",
        "周二",
        "周四",
        "周五",
        "周六",
        "周日",
        "节假日",
    ]


def test_float_noise_does_not_fill_the_scale():
    noisy = WEEK.assign(model_kw=WEEK["metered_kw"] + 1e-12)
    assert energy.week_by_hour(noisy, "en").figure.axes[1].collections[0].get_clim() == (
        -1.23,
        1.23,
    )


def test_mean_week_has_days_off_apart_and_leaves_out_hours_without_both():
    hours = pd.date_range(
        "2025-01-01", "2025-01-14 23:00", freq="h", tz="Asia/Shanghai"
    ).tz_convert("UTC")
    energy = pd.DataFrame({"main_kwh": np.where(np.arange(len(hours)) < 24, 10.0, 50.0)}, hours)
    load = meters.to_array(
        energy, "Asia/Shanghai", pd.DataFrame({"date": ["2025-01-01"], "workday": [False]})
    )
    load[{"time": 24 * 7}] = 1e9
    model = load.copy(data=np.where(load == 1e9, np.nan, 40.0))
    week = meters.week_by_hour(load, model).set_index(["day", "hour"])
    assert (
        len(week) == 8 * 24 - 1 and (2, 0) not in week.index
    )  # the other Wednesday's first hour has no model
    assert (
        (week.loc[7, "metered_kw"] == 10).all()
        and (week.drop(7)["metered_kw"] == 50).all()
        and (week["model_kw"] == 40).all()
    )


def test_residuals_are_metered_minus_model_and_their_mean_shows_the_drift():
    left = energy.residuals(DRIFTING, "en")
    right = left.figure.axes[1]
    mwh = (DRIFTING["measured_kwh"] - DRIFTING["model_kwh"]).to_numpy() / 1e3
    assert [stick[1, 1] for stick in left.collections[0].get_segments()] == pytest.approx(mwh)
    mean = left.get_lines()[0].get_ydata()
    assert mean[15:-15] == pytest.approx(mwh[15:-15], abs=0.002) and (np.diff(mean) >= 0).all()
    points = right.collections[0].get_offsets()
    assert sorted(points[:, 1]) == pytest.approx(mwh) and (np.diff(points[:, 0]) >= 0).all()
    assert left.get_ylim() == right.get_ylim()


def test_days_unread_are_a_gap_in_the_mean_and_no_zero():
    left = energy.residuals(DRIFTING.drop(DAYS[90:150]), "zh")
    assert (
        np.isnan(left.get_lines()[0].get_ydata()[110:130]).all()
        and len(left.get_lines()[0].get_ydata()) == 365
    )


def lines(axes):
    return {
        line.get_label(): line for line in axes.get_lines() if not line.get_label().startswith("_")
    }


def test_cusum_starts_at_nought_and_ends_at_the_year_in_the_colour_of_the_end_use():
    drawn = lines(energy.cusum(MONTHLY, "en"))
    assert [len(line.get_ydata()) for line in drawn.values()] == [13] * 6
    assert all(line.get_ydata()[0] == 0 for line in drawn.values())
    assert drawn["Main meter"].get_ydata()[-1] == pytest.approx(103.2) and drawn[
        "Heating plant"
    ].get_ydata()[-1] == pytest.approx(-12)
    assert drawn["Cooling"].get_color() == drawing.colour("cooling")
    assert drawn["Main meter"].get_linewidth() > drawn["Cooling"].get_linewidth()


def test_cusum_runs_level_over_a_month_that_was_not_read_and_says_so():
    axes = energy.cusum(MONTHLY[MONTHLY["month"] != 5], "en")
    main = lines(axes)["Main meter"].get_ydata()
    assert (
        main[5] == main[4]
        and main[6] == pytest.approx(51.6)
        and texts(axes).count("not\nread") == 1
    )
    unread = MONTHLY.assign(predicted_kwh=MONTHLY["predicted_kwh"].where(MONTHLY["month"] > 2, 0.0))
    assert texts(energy.cusum(unread, "zh")).count("无读数") == 2 and "无读数" not in texts(
        energy.cusum(MONTHLY, "zh")
    )


def test_cusum_without_end_uses_is_one_line_and_counterfactual():
    axes = energy.cusum(MONTHLY[MONTHLY["meter"].isin(["unexplained", "main"])], "zh")
    assert list(lines(axes)) == ["总表"] and "无节能情景" in axes.get_ylabel()


def test_the_bridge_draws_no_step_that_was_not_given():
    none = BRIDGE.assign(t_co2e=[4300.0, -206.0, 4094.0, 0.0, 4094.0, 0.0, 4094.0])
    axes = report.bridge(none, "en")
    names = [each.get_text() for each in axes.get_xticklabels()]
    assert len(names) == 3 and not [each for each in names if "Green" in each or "Credits" in each]
    assert len(report.bridge(BRIDGE, "en").get_xticklabels()) == 7


def test_without_credits_the_emissions_to_be_offset_stand_alone():
    sources = pd.DataFrame({"source": ["electricity"], "t_co2e": [125.0]})
    blocks = pd.DataFrame({"vintage": [], "quantity": []})
    axes = offset.residual_credits(sources, blocks, "en")
    assert len(axes.get_yticklabels()) == 1
