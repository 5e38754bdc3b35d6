"""Names in both languages, and a font that has every character of them."""

import re
from pathlib import Path

import pandas as pd
import pytest
from fontTools.ttLib import TTFont

from neutrality import sheets
from neutrality.report import pages
from neutrality.texts import fonts, labels


def test_a_case_overrides_a_name_and_adds_one(tmp_path):
    (tmp_path / "labels.csv").write_text(
        "id,zh,en\nlighting,灯具,Lamps\natrium,中庭,Atrium\n", encoding="utf-8"
    )
    assert labels.label("lighting", "en", tmp_path) == "Lamps"
    assert labels.label("atrium", "zh", tmp_path) == "中庭"
    assert labels.label("cooling", "zh", tmp_path) == "制冷"


@pytest.mark.parametrize("suffix", sheets.SUFFIXES)
def test_a_cases_names_are_read_in_every_format_that_tables_have(tmp_path, suffix):
    own = pd.DataFrame(
        {"id": ["atrium ", "blank"], "zh": ["中庭", None], "en": [" Atrium", "Blank"]}
    )
    save = {".parquet": own.to_parquet, ".xlsx": own.to_excel}.get(suffix, own.to_csv)
    save(tmp_path / f"labels{suffix}", index=False)
    assert [labels.label("atrium", lang, tmp_path) for lang in labels.LANGUAGES] == [
        "中庭",
        "Atrium",
    ]
    assert labels.label("blank", "zh", tmp_path) == "Blank"


def test_a_labels_file_that_is_no_table_is_refused_by_name(tmp_path):
    (tmp_path / "labels.csv").write_bytes(b"id,zh,en\na,\xff\xfe,A\n")
    with pytest.raises(ValueError, match="labels.csv: cannot be read as a table"):
        labels.label("a", "en", tmp_path)


def test_an_unknown_id_is_readable_in_both_languages():
    assert (
        labels.label("roof_terrace", "zh") == labels.label("roof_terrace", "en") == "Roof terrace"
    )


def test_a_name_given_twice_is_refused_with_its_row(tmp_path):
    (tmp_path / "labels.csv").write_text("id,zh,en\na,甲,A\na,乙,B\n", encoding="utf-8")
    with pytest.raises(ValueError, match="labels.csv, row 3: 'a' is named twice"):
        labels.label("a", "en", tmp_path)


def test_a_labels_file_without_a_language_is_refused(tmp_path):
    (tmp_path / "labels.csv").write_text("id,zh\na,甲\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no column en"):
        labels.label("a", "en", tmp_path)


def test_a_third_language_is_refused():
    with pytest.raises(ValueError, match="'fr'"):
        labels.unit("t", "fr")


@pytest.mark.parametrize("file", ["labels.csv", "units.csv"])
def test_every_packaged_name_is_in_both_languages(file):
    assert not [
        id for id, both in labels.names(labels.TEXTS / file).items() if not all(both.values())
    ]


@pytest.mark.parametrize(
    "path",
    sorted(labels.TEXTS.glob("*.md")) + sorted(labels.TEXTS.glob("*.csv")),
    ids=lambda p: p.name,
)
def test_the_packaged_font_has_every_character_of_the_texts(path):
    with TTFont(fonts.regular(), fontNumber=fonts.FACE, lazy=True) as font:
        assert font["name"].getDebugName(1) == fonts.FAMILY
        known = font.getBestCmap()
    shown = pages.with_marks(path.read_text(encoding="utf-8"))
    assert not {each for each in shown if ord(each) not in known and not each.isspace()}


def test_the_example_of_a_labels_template_names_nothing(tmp_path):
    (tmp_path / "labels.csv").write_text(
        "id,zh,en\n# server_room,机房,Server room\npool,泳池,Pool\n", encoding="utf-8"
    )
    assert set(labels.names(tmp_path / "labels.csv")) == {"pool"}


@pytest.mark.parametrize(
    ("value", "digits", "unit", "zh", "en"),
    [
        (1600, 0, "MtCO2e", "16 亿吨二氧化碳当量", "1,600 MtCO₂e"),
        (34.15, 2, "MtCO2e", "3,415 万吨二氧化碳当量", "34.15 MtCO₂e"),
        (0.35, 2, "MtCO2e", "35 万吨二氧化碳当量", "0.35 MtCO₂e"),
        (5755.77, 0, "MWh", "575.6 万千瓦时", "5,756 MWh"),
        (900, 0, "MWh", "90 万千瓦时", "900 MWh"),
        (7, 0, "MWh", "7,000 千瓦时", "7 MWh"),
        (-742, 0, "MWh", "−74.2 万千瓦时", "−742 MWh"),
        (12.3, 1, "TWh", "123 亿千瓦时", "12.3 TWh"),
        (1040.8, 1, "RMB bn", "10,408 亿元", "1,040.8 RMB bn"),
        (1600, 0, "MtCO2 (more than)", "16 亿吨二氧化碳（以上）", "1,600 MtCO₂ (more than)"),
        (2785, 0, "tCO2e", "2,785 吨二氧化碳当量", "2,785 tCO₂e"),
        (float("nan"), 0, "MWh", "—", "—"),
    ],
)
def test_chinese_counts_in_wan_and_yi_and_says_the_same_amount(value, digits, unit, zh, en):
    assert labels.quantity(value, digits, unit, "zh").replace("\u00a0", " ") == zh
    assert labels.quantity(value, digits, unit, "en").replace("\u00a0", " ") == en


@pytest.mark.parametrize("value", [0.94, 5.2, 99.96, 904.4, 5755.77, 31_234.5])
def test_a_magnitude_is_rounded_to_the_place_of_the_value_itself(value):
    """100 kWh is the last place of 0.1 MWh, in whatever unit it is written."""
    shown, unit = labels.quantity(value, 1, "MWh", "zh").replace(",", "").split("\u00a0")
    kwh = float(shown) * {"千瓦时": 1, "万千瓦时": 1e4, "亿千瓦时": 1e8}[unit]
    assert kwh == pytest.approx(float(labels.number(value, 1).replace(",", "")) * 1000)


def test_the_ends_of_an_interval_are_in_the_magnitude_of_its_middle():
    shown = labels.quantities([12.0, 8.0, 16.0], 0, "MWh", "zh")
    assert [each.replace("\u00a0", " ") for each in shown] == ["1.2 万千瓦时", "0.8", "1.6"]


CITING = ("factors", "coefficients", "fuels", "gwp", "blends")
# Bodies, standards and remarks that have a Chinese name, as the reference tables cite them.
CHINESE = re.compile(r"\b(MEE|NDRC|NEA|NBS|NFGA|Provincial GHG|China Electricity Council)\b")


def cited():
    """Every source of the reference tables that print one."""
    tables = [sheets.packaged(f"reference/{name}.csv") for name in CITING]
    return set().union(*(table["source"] for table in tables if "source" in table))


def parts(sources):
    """The documents that sources cite, a list joined by "; " each by itself."""
    return set(sources) | {part for source in sources for part in source.split("; ")}


def test_each_document_with_a_chinese_title_is_cited_by_a_row_of_the_package_or_the_first_case():
    company = Path(__file__).parents[1] / "params" / "china-mobile-hq" / "company.csv"
    rows = sheets.packaged("texts/sources.csv")
    assert rows["source"].is_unique and (rows["zh"] != "").all()
    standards = set(sheets.packaged("reference/clauses.csv")["standard"])
    blends = {"mass-weighted mean of HFC-32, HFC-125: " + each for each in cited()}
    used = parts(cited() | blends | set(pd.read_csv(company)["source"].dropna()))
    assert set(rows["source"]) <= used | standards


def test_no_document_of_a_chinese_body_is_cited_in_english_in_the_chinese_report():
    chinese = {each for each in cited() if CHINESE.search(each)}
    assert len(chinese) > 30
    assert not [each for each in chinese if CHINESE.search(labels.source(each, "zh"))]
    assert labels.source("bill of the utility", "zh") == "bill of the utility"


def test_a_case_names_its_own_documents(tmp_path):
    (tmp_path / "labels.csv").write_text(
        "id,zh,en\nheat bill,供热账单,Heat bill\n", encoding="utf-8"
    )
    assert labels.source("heat bill", "zh", tmp_path) == "供热账单"
    assert labels.source("gas bill; heat bill", "zh", tmp_path) == "gas bill；供热账单"
