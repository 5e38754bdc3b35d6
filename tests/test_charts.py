"""Every figure can be drawn from what a case may have: both languages, nothing optional, print in grey, the same bytes."""

import itertools
import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from neutrality import charts, labels

SOURCES = ("grid_electricity", "district_heat", "natural_gas", "petrol", "diesel", "refrigerant")
END_USES = ("cooling", "heating_plant", "lighting", "equipment", "unexplained")
MONTHS = [f"2025-{month:02}" for month in range(1, 13)]
DAYS = pd.date_range("2023-01-01", periods=365)
LIGHTNESS_APART = 10  # CIE L*, of 100: what stays apart on a grey print

SAVINGS = pd.DataFrame({"meter": [*END_USES, "main"], "savings_kwh": [9e4, -2e3, 3e4, 1e4, 5e3, 1.33e5],
                        "low_kwh": [7e4, -5e3, 2e4, 5e3, np.nan, 1e5], "high_kwh": [1.1e5, 1e3, 4e4, 1.5e4, np.nan, 1.7e5]})
DAILY = pd.DataFrame({"outdoor_c": 12 - 14 * np.cos(np.arange(365) / 58), "measured_kwh": 9e3, "model_kwh": 9.1e3}, DAYS)
PROFILE = pd.DataFrame([(meter, year, hour, 50.0 + hour) for meter in END_USES for year in (2023, 2025) for hour in range(24)],
                       columns=["meter", "year", "hour", "kw"])
INVENTORY = pd.DataFrame([(year, view, source, 900.0 / place) for year in (2023, 2025) for view in ("location", "market")
                          for place, source in enumerate(SOURCES, 1)], columns=["year", "view", "source", "t_co2e"])
GREEN = pd.DataFrame({"month": MONTHS, "load_kwh": 4e5, "wind_kwh": 3e5, "solar_kwh": 5e4, "hydropower_kwh": 1e4})
SWITCHBOARD = pd.DataFrame({"name_zh": ["北京 2023", "全国 2023"], "name_en": ["Beijing 2023", "China 2023"],
                            "value": [0.5554, 0.5306], "avoided_t": [2785.2, 2661.0], "used": [True, False]})
RESIDUAL = INVENTORY[(INVENTORY["year"] == 2025) & (INVENTORY["view"] == "market")]
BLOCKS = pd.DataFrame({"vintage": [2021, 2022], "quantity": [589, 720]})
STRESS = pd.DataFrame({"kind": ["accounted", "prudent", "stress"], "name_zh": ["按核算", "审慎", "若 29.4 % 无效"],
                       "name_en": ["as accounted", "prudent", "if 29.4 % were void"], "credits": [1309, 1400, 1855]})
BRIDGE = pd.DataFrame([("counterfactual", 4300.0, True), ("savings", -206.0, False), ("location", 4094.0, True),
                       ("matched_green", -2785.0, False), ("market", 1309.0, True), ("credits", -1309.0, False),
                       ("remaining", 0.0, True)], columns=["step", "t_co2e", "total"])
INTENSITY = pd.DataFrame({"year": [2020, 2021, 2022] * 2, "basis": ["revenue"] * 3 + ["traffic"] * 3,
                          "change_percent": [0.0, np.nan, -21.1, 0.0, np.nan, -46.7]})
DRIVERS = pd.DataFrame({"basis": ["revenue"] * 2 + ["volume"] * 2, "year": 2024, "driver": ["activity", "intensity"] * 2,
                        "effect_mt": [9.8, -7.1, 25.0, -22.3]})
VERDICTS = pd.DataFrame({"id": ["green_power", "forest", "society", "coal"], "announced": [2785.0, 1333.0, 1600.0, 1000.0],
                         "recomputed": [2785.2, 133.3, np.nan, 1047.0],
                         "verdict": ["by construction", "fails", "not decidable", "holds"]})

ONE_BASIS_WITHOUT_VALUES = INTENSITY.assign(change_percent=INTENSITY["change_percent"].where(INTENSITY["basis"] == "revenue"))
FIGURES = {  # what is drawn: the function, its tables
    "savings": (charts.savings, SAVINGS),
    "savings, no end use": (charts.savings, SAVINGS[SAVINGS["meter"] == "main"]),
    "fit": (charts.fit, DAILY),
    "load profile": (charts.load_profile, PROFILE),
    "load profile, no end use": (charts.load_profile, PROFILE[PROFILE["meter"] == "unexplained"]),
    "load profile, one year": (charts.load_profile, PROFILE[PROFILE["year"] == 2025]),
    "inventory": (charts.inventory, INVENTORY),
    "inventory, electricity only": (charts.inventory, INVENTORY[INVENTORY["source"] == "grid_electricity"]),
    "green power": (charts.green_by_month, GREEN),
    "green power, no certificates": (charts.green_by_month, GREEN[["month", "load_kwh"]]),
    "switchboard": (charts.switchboard, SWITCHBOARD),
    "residual": (charts.residual_credits, RESIDUAL, BLOCKS),
    "residual, no credits": (charts.residual_credits, RESIDUAL, BLOCKS[:0]),
    "stress": (charts.stress, STRESS),
    "bridge": (charts.bridge, BRIDGE),
    "intensity": (charts.intensity, INTENSITY, 40.0),
    "intensity, a basis without values": (charts.intensity, ONE_BASIS_WITHOUT_VALUES, 40.0),
    "intensity, no values": (charts.intensity, INTENSITY.assign(change_percent=np.nan), 40.0),
    "drivers": (charts.drivers, DRIVERS),
    "drivers, no values": (charts.drivers, DRIVERS[:0]),
    "verdicts": (charts.verdicts, VERDICTS),
    "verdicts, none decidable": (charts.verdicts, VERDICTS.assign(recomputed=np.nan, verdict="not decidable")),
}


@pytest.fixture(autouse=True)
def style():
    charts.use_style()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # "Glyph missing from font" is one
        yield
    plt.close("all")


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_figure_is_drawn_in_both_languages_with_every_glyph(name, lang):
    draw, *tables = FIGURES[name]
    axes = draw(*tables, lang)
    axes.figure.draw_without_rendering()
    assert any(texts(axes))


def test_a_character_no_font_has_is_noticed():
    with pytest.raises(UserWarning, match="missing from font"):
        charts.inventory(INVENTORY.assign(source="\U000F1234"), "zh").figure.draw_without_rendering()


def test_every_figure_of_the_room_is_tried():
    drawn = {draw.__name__ for draw, *_ in FIGURES.values()}
    assert drawn == {name for name, made in vars(charts).items() if getattr(made, "__annotations__", {}).get("return") == "Axes"
                     and not name.startswith("_")}


@pytest.mark.parametrize("name", ["residual", "bridge"])
def test_the_same_figure_has_the_same_bytes(name, tmp_path):
    for turn in ("a", "b"):
        draw, *tables = FIGURES[name]
        charts.save(tmp_path / turn, "x", draw, *tables)
    first, second = ({path.name: path.read_bytes() for path in (tmp_path / turn / "figures").iterdir()} for turn in ("a", "b"))
    assert first == second and set(first) == {f"x.{lang}.{form}" for lang in labels.LANGUAGES for form in ("svg", "png")}


def texts(axes):
    return [text.get_text() for text in axes.figure.findobj(mpl.text.Text)]


def test_a_long_name_of_the_case_is_wrapped_and_one_in_another_format_is_found(tmp_path):
    long = "一号楼三层东侧数据机房与配电间及其备用空调机组" * 3
    pd.DataFrame({"id": ["cooling", "wind"], "zh": [long, "风电场"], "en": ["Chillers", "Wind farm"]}).to_parquet(tmp_path / "labels.parquet")
    said = texts(charts.savings(SAVINGS, "zh", tmp_path))
    assert long in [text.replace("\n", "") for text in said] and long not in said
    charts.save(tmp_path, "x", charts.load_profile, PROFILE, case=tmp_path)
    assert "Wind farm" in texts(charts.green_by_month(GREEN, "en", case=tmp_path))


def test_a_fall_has_a_true_minus_sign_and_a_rise_its_plus():
    said = texts(charts.drivers(DRIVERS, "en"))
    assert {"+9.8", "−7.1"} <= set(said)


def lightness(face):
    """Return CIE L* (0-100): how light a colour is on a grey print."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mpl.colors.to_rgb(face))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return 116 * luminance ** (1 / 3) - 16


@pytest.mark.parametrize("stack", [END_USES, SOURCES, ("wind", "solar")])
def test_parts_that_may_lie_next_to_each_other_stay_apart_in_grey(stack):
    # Sources are stacked by size and end uses as their columns stand, so that any two may meet.
    for one, other in itertools.combinations(stack, 2):
        assert abs(lightness(charts.colour(one)) - lightness(charts.colour(other))) >= LIGHTNESS_APART, (one, other)


def test_spare_colours_stay_apart_from_the_next_one_in_grey():
    spare = [lightness(charts.colour("a thing without a colour", place)) for place in range(13)]
    assert all(abs(one - other) >= LIGHTNESS_APART for one, other in itertools.pairwise(spare))
