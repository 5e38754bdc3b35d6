"""Names in both languages, and a font that has every character of them."""

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
