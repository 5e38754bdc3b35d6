"""A case names its own things and nothing else, and in characters that the report can print."""

import shutil
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from neutrality import sheets
from neutrality.case import names
from neutrality.report import exhibits
from neutrality.runner import checks
from neutrality.texts import drawing, fonts, labels

CASE = Path(__file__).parents[1] / "params" / "china-mobile-hq"
ACTIVITIES = (
    "month,source,scope,line,amount,unit,factor_id\n2025-01,{},1,inventory,1,GJ,heat_default\n"
)
COMPANY = (
    "entity,year,metric,value,unit,boundary,source,status\n"
    "{},2024,ghg_scope1_2,1,MtCO2e,group,a report,SINGLE\n"
)


@pytest.fixture
def case(tmp_path):
    """A case with an end use, a source and an entity of its own, and what its labels may name."""
    write(tmp_path, "energy", "time,main_kwh,atrium_kwh,lighting_kwh\n2025-01-01T00:00Z,3,1,1\n")
    write(tmp_path, "activities", ACTIVITIES.format("steam"))
    write(tmp_path, "company", COMPANY.format("Example Ltd"))
    return tmp_path


def write(folder, name, text):
    (folder / f"{name}.csv").write_text(text, encoding="utf-8")


def labelled(case, *rows):
    write(case, "labels", "\n".join(["id,zh,en", *rows]) + "\n")
    return said(case)


def said(case):
    try:
        names.refuse_names(case)
    except ValueError as refusal:
        return str(refusal).splitlines()
    return []


def test_the_first_case_names_only_what_is_its_own():
    assert said(CASE) == []


def test_a_case_names_its_end_uses_meters_sources_and_entities(case):
    own = ("atrium", "atrium_kwh", "main", "lighting", "steam", "Example Ltd")
    assert labelled(case, *(f"{id},名称,Name" for id in own)) == []


def test_two_things_that_the_report_prints_by_one_name_are_told(case):
    assert names.alike(CASE) == [] == names.alike(case)
    labelled(case, "atrium,中庭,Ｌighting")  # the package's name of the end use lighting
    (found,) = names.alike(case)
    assert found.rule == "label_twice" and found.severity == "odd"
    assert found.en.startswith("labels.csv: atrium, lighting of energy are printed by one name")
    labelled(case, "atrium,照明,Atrium", "steam,照明,Steam")  # another kind of thing may share it
    assert len(names.alike(case)) == 1


WORDS = (
    *("holds", "fails", "not decidable", "by construction", "CONFIRMED", "SINGLE", "ASSUMED"),
    *("refused", "odd", "unchecked", "market", "location", "counterfactual", "savings", "credits"),
    *("value", "unit", "verdict", "claims.low", "switchboard.market_t", "GEC", "met", "True"),
    *("announced_residual", "bridge_market", "surplus", "provisional", "memo", "calorific"),
)


@pytest.mark.parametrize("id", WORDS)
def test_a_word_of_the_package_is_not_renamed(case, id):
    (found,) = labelled(case, "atrium,中庭,Atrium", f"{id},成立,Holds")
    assert found.startswith(
        f"labels.csv, row 3, column id: found '{id}'; it is a word of the report, the same in "
        "every case; labels may name end uses and meters of energy, sources"
    )


def test_every_word_of_the_package_that_is_no_common_thing_is_refused(case):
    ids = [id for id in labels.names(labels.TEXTS / "labels.csv") if "," not in id]
    found = labelled(case, *(f"{id},成立,Holds" for id in ids))
    assert len(ids) - len(found) == len({"main", "lighting"})


def test_a_common_thing_that_the_case_does_not_have_is_not_named(case):
    (found,) = labelled(case, "district_heat,热力,Heat")
    assert "found 'district_heat'" in found


def test_a_misspelt_id_is_refused_with_the_nearest(case):
    (found,) = labelled(case, "atriun,中庭,Atrium")
    assert "row 2" in found and "did you mean 'atrium'?" in found


@pytest.mark.parametrize(
    ("table", "text", "place"),
    [
        ("activities", ACTIVITIES.format("gas"), "activities.csv, row 2, column source"),
        ("company", COMPANY.format("fails"), "company.csv, row 2, column entity"),
        ("energy", "time,main_kwh,total_kwh\n2025-01-01T00:00Z,1,1\n", "energy.csv, column total"),
    ],
)
def test_a_thing_called_like_a_word_of_the_package_is_refused_with_the_word(
    case, table, text, place
):
    write(case, table, text)
    (found,) = said(case)
    assert found.startswith(place)
    assert "the name of something else; call it otherwise, such as own_" in found


def test_a_source_called_gas_is_told_what_would_be_printed(case):
    write(case, "activities", ACTIVITIES.format("gas"))
    assert "for which the report prints '气体' and 'Gas'" in said(case)[0]


@pytest.mark.parametrize("suffix", sheets.SUFFIXES)
def test_labels_are_checked_in_every_format(case, suffix):
    labelled(case, "fails,成立,Holds")
    table = sheets.cells(case / "labels.csv")
    (case / "labels.csv").unlink()
    save = {".parquet": table.to_parquet, ".xlsx": table.to_excel}.get(suffix, table.to_csv)
    save(case / f"labels{suffix}", index=False)
    (found,) = said(case)
    assert "column id: found 'fails'" in found


UNPRINTABLE = {
    "emoji": ("Atrium \U0001f600", "U+1F600"),
    "control": ("Atri\x07um", "U+0007"),
    "zero width": ("Atri\u200bum", "U+200B"),
    "right to left": ("Atrium \u202eA", "U+202E"),
    "Arabic": ("\u0633\u0648\u0642", "U+0633, U+0648, U+0642"),
    "Thai": ("\u0e01", "U+0E01"),
    "private use": ("\ue000A", "U+E000"),
    "no letter": ("\u3164", "U+3164"),
}


@pytest.mark.parametrize("kind", UNPRINTABLE)
def test_a_label_that_cannot_be_printed_is_refused_by_its_codes(case, kind):
    name, codes = UNPRINTABLE[kind]
    found = labelled(case, f"atrium,中庭,{name}")
    assert found[-1].startswith("labels.csv, row 2, column en: found '")
    assert f"the report cannot print {codes}; " in found[-1]


@pytest.mark.parametrize("name", ["Zürich", "Škoda", "Łódź", "Ελλάδα", "Москва", "東京", "US$ 5"])
def test_names_in_printable_scripts_are_accepted(case, name):
    assert labelled(case, f"atrium,中庭,{name}") == []


def test_a_name_of_dashes_names_nothing(case):
    (found,) = labelled(case, "atrium,——,Atrium")
    assert found.startswith("labels.csv, row 2, column zh: found '——', which names nothing")


def test_what_a_registry_wrote_is_printed_by_code_and_not_refused(tmp_path):
    shutil.copyfile(CASE / "credits.csv", tmp_path / "credits.csv")
    text = (tmp_path / "credits.csv").read_text(encoding="utf-8")
    write(tmp_path, "credits", text.replace("ILLUSTRATIVE", "ILLUSTRATIVE \U0001f600"))
    assert said(tmp_path) == []
    assert exhibits.escaped("for A \U0001f600") == r"for A \[U+1F600\]"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            '"Example \\U0001F600"',
            "line 2: entity_en: found 'Example [U+1F600]'; the report cannot",
        ),
        ('" "', "line 2: entity_en names nothing"),
        ('"—"', "line 2: entity_en names nothing"),
        ('"tab\\tx"', "the report cannot print U+0009"),
    ],
)
def test_identity_that_cannot_be_printed_is_refused_with_its_line(tmp_path, value, message):
    yaml = tmp_path / "2025.yaml"
    yaml.write_text(f"reporting_year: 2025\nentity_en: {value}\n", encoding="utf-8")
    assert [sentence for sentence in checks.check(yaml) if message in sentence]


def test_a_dollar_is_no_mathematics():
    drawing.use_style()
    figure, axes = drawing.axes()
    text = axes.set_title("US$ 5 per t, US$ 6")
    assert not text.get_parse_math()
    assert text._preprocess_math(text.get_text()) == ("US$ 5 per t, US$ 6", False)
    plt.close(figure)


def test_every_character_that_passes_is_in_a_bundled_font():
    assert not fonts.unprintable("tCO₂ 10⁴ Nm³ ≈ ≠ − – — “北京”（示例）\u00a0·")
