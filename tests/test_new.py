"""A new case can be checked at once, and says of itself what to fill in."""

import json
import shutil

import pytest
import toy
import yaml

from neutrality.case import schemas, tables
from neutrality.runner import bundle, checks, new, parameters, run, unfilled

IDENTITY = (
    "entity",
    "industry",
    "check_entity",
    "sensitivity_factor_id",
    "entity_zh",
    "entity_en",
    "site_zh",
    "site_en",
    "boundary_zh",
    "boundary_en",
    "certificate_issuer_zh",
    "certificate_issuer_en",
    "certificate_number_zh",
    "certificate_number_en",
    "residual_mix_zh",
    "residual_mix_en",
)


@pytest.fixture
def notebooks(tmp_path):
    return toy.notebooks(tmp_path / "nb")


NEXT_STEPS = 10  # lines that the first check of a new case may have


def empty(name):
    """What reading says of a template that still holds its example alone."""
    return (
        f"{name}.csv: it has a heading but no rows (one that begins with # is a remark); "
        "add the data or remove the file"
    )


def test_first_check_of_a_new_case_is_a_few_next_steps(tmp_path):
    folder = new.new("shanghai-campus", tmp_path / "params")
    problems, advice = checks.look(folder / "2025.yaml")
    assert len(problems) + len(advice) <= NEXT_STEPS
    names, *others, electricity, weather = problems
    assert f"line 7 to line 27: {', '.join(unfilled.NAMED)}: not filled in yet" in names
    assert [line.split(": ")[1].split()[0] for line in others] == list(unfilled.ASKED)
    assert electricity.startswith("energy.csv or meters.csv") and weather.startswith("weather.csv")
    assert "illustrative is true and no row is marked so" in advice[0]
    assert advice[1:] == [unfilled.left_out(folder)]


def test_a_template_nobody_filled_is_left_out_by_check_and_run(tmp_path, notebooks):
    path = toy.case(tmp_path / "params" / "toy")
    made = new.new("other", tmp_path / "params", notebooks_dir=notebooks)
    for name in schemas.SCHEMAS:
        if not (path.parent / f"{name}.csv").exists():
            shutil.copy(made / f"{name}.csv", path.parent)
    assert checks.check(path, notebooks) == []
    assert not tables.exists(path.parent, "credits") and bundle._tables(path.parent) == [
        path.parent / "energy.csv",
        path.parent / "weather.csv",
    ]


def test_a_table_that_lost_its_rows_is_no_template(tmp_path, notebooks):
    # Its example is gone too: an export that failed, or rows deleted by mistake.
    path = toy.case(tmp_path / "params" / "toy")
    heading = ",".join(column.name for column in schemas.SCHEMAS["credits"].columns)
    (path.parent / "credits.csv").write_text(f"{heading}\n")
    assert checks.check(path, notebooks) == [empty("credits")]


def test_stand_ins_are_named_and_an_honest_name_is_not():
    filled = dict.fromkeys(unfilled.NAMED, "Grid Ltd")
    assert unfilled.stand_ins("hq", filled | {"site_en": "hq", "site_zh": "hq"}) == []
    assert unfilled.stand_ins("hq", filled | {"entity_en": "hq", "site_en": "hq"}) == [
        "entity_en",
        "site_en",
    ]
    assert unfilled.stand_ins("hq", filled | {"scheme": "?"}) == ["scheme"]


def test_a_stand_in_stops_the_run(tmp_path, notebooks):
    toy.notebook(notebooks / "03_third.ipynb", parameters=toy.RULES)
    path = toy.case(tmp_path / "params" / "toy", 'province: "?"\nscheme: "?"\n')
    with pytest.raises(ValueError, match="toy: 2025.yaml, line 1: province is not filled in yet"):
        run.run(path, tmp_path / "outputs", notebooks, progress=lambda said: None)
    assert len(checks.check(path, notebooks)) == 2  # no rule judges a stand-in


def test_a_yaml_copied_from_another_case_is_refused(tmp_path, notebooks):
    path = toy.case(tmp_path / "params" / "toy", "case: ../params/other\n")
    (said,) = checks.check(path, notebooks)
    assert said.startswith("2025.yaml, line 1: case is '../params/other', and this file is in toy")


def test_what_is_told_is_written_and_the_rest_stands_in(tmp_path):
    told = {"province": "Shanghai", "entity_zh": "上海示例有限公司"}
    folder = new.new("a", tmp_path / "params", told=told)
    values = yaml.safe_load((folder / "2025.yaml").read_text(encoding="utf-8"))
    assert {name: values[name] for name in told} == told
    assert values["entity_en"] == values["scheme"] == values["country"] == "?"
    assert values["case"] == "../params/a" and values["out"] == "../outputs/a/lab"


def test_the_readme_has_both_languages_and_every_table(tmp_path, notebooks):
    folder = new.new("a", tmp_path / "params", notebooks_dir=notebooks)
    zh, en = (folder / "README.md").read_text(encoding="utf-8").split("## From tables")
    assert all(f"| `{name}` |" in zh and f"| `{name}` |" in en for name in schemas.SCHEMAS)
    assert "hourly outdoor air temperature" in en and "hourly" not in zh
    assert "neutrality check params/a/2025.yaml" in zh and "neutrality run params/a/2025.yaml" in en


def test_new_yaml_names_its_schema_and_every_parameter_with_meaning_and_default(
    tmp_path, notebooks
):
    folder = new.new("shanghai-campus", tmp_path / "params", 2027, notebooks)
    text, known = (folder / "2027.yaml").read_text(), parameters.signature(notebooks)
    assert text.startswith("# yaml-language-server: $schema=parameters.schema.json\n")
    assert yaml.safe_load(text) == {
        "case": "../params/shanghai-campus",
        "out": "../outputs/shanghai-campus/lab",
        "reporting_year": 2027,
        "confidence": 0.95,
        "grid_rule": "provincial",
    }
    comment = "# [0.5..0.999] confidence with which the credits must suffice (default 0.95)"
    assert f"{comment}\nconfidence: 0.95\n" in text
    assert json.loads((folder / "parameters.schema.json").read_text()) == parameters.json_schema(
        known
    )


def test_the_example_of_a_template_is_one_the_table_accepts_and_never_a_row_of_the_case(
    tmp_path, notebooks
):
    folder = new.new("shanghai-campus", tmp_path / "params", notebooks_dir=notebooks)
    for name in schemas.SCHEMAS:
        assert tables.problems(folder, name) == [empty(name)]
        path = folder / f"{name}.csv"
        path.write_text(
            path.read_text(encoding="utf-8-sig").replace("\n# ", "\n"), encoding="utf-8"
        )
        assert len(tables.read(folder, name)) == 1
    guide = (folder / "TABLES.md").read_text(encoding="utf-8")
    assert "| <end_use>_kwh |" in guide and "| operating_revenue | RMB bn | 营业收入" in guide


def test_nothing_of_the_first_cases_identity_stays_in_a_new_case(tmp_path):
    folder = new.new("shanghai-campus", tmp_path / "params", 2026)
    defaults = parameters.signature(parameters.notebooks_folder())
    first = [defaults[name].default for name in IDENTITY] + [
        "China Mobile",
        "China Telecom",
        "Beijing Green Exchange",
        "中国移动",
        "北京绿色交易所",
        "总部大楼",
        "headquarters",
    ]
    # The editor's schema tells the notebooks' own defaults as they are.
    for path in set(folder.iterdir()) - {folder / new.SCHEMA_FILE}:
        text = path.read_text(encoding="utf-8-sig")
        assert not [each for each in first if each in text], path.name


def test_years_of_the_trend_follow_the_reporting_year(tmp_path):
    values = yaml.safe_load(
        (new.new("a", tmp_path / "params", 2027) / "2027.yaml").read_text(encoding="utf-8")
    )
    assert (values["base_year"], values["trend_base_year"], values["trend_target_year"]) == (
        2026,
        2022,
        2027,
    )
    assert (
        values["entity"] == "a"
        and values["industry"] == values["check_entity"] == values["sensitivity_factor_id"] == ""
    )


def test_what_only_the_site_knows_comes_first_and_in_both_languages(tmp_path):
    text = (new.new("a", tmp_path / "params") / "2025.yaml").read_text(encoding="utf-8")
    assert text.index("\ncountry:") < text.index("# ---- 01_")
    assert '# who reports, in Chinese\n# 报告主体（中文）\nentity_zh: "?"\n' in text
    assert "in Chinese (keep the line, even if empty)\n" in text
    assert "(keep the line, even if 0)\n" in text
    assert set(new.REMARKS) <= set(yaml.safe_load(text))


def test_the_base_years_factor_is_as_many_years_old_as_the_years(tmp_path):
    for year in (2025, 2027):
        path = new.new(f"of_{year}", tmp_path / "params", year) / f"{year}.yaml"
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert values["base_grid_data_year"] - values["base_year"] == (
            values["grid_data_year"] - values["reporting_year"]
        )


def test_a_case_that_leaves_out_its_floor_area_does_not_get_the_first_cases(tmp_path):
    yaml_file = new.new("a", tmp_path / "params") / "2025.yaml"
    text = yaml_file.read_text(encoding="utf-8")
    yaml_file.write_text(
        text.replace("\nfloor_area_m2: 0", "").replace("\noccupants: 0", ""), encoding="utf-8"
    )
    said = [problem for problem in checks.check(yaml_file) if "is missing" in problem]
    assert len(said) == 2 and said[0] == (
        "2025.yaml: floor_area_m2 is missing; say floor area of the building; "
        "0 = not given, nothing is said per m2"
    )


def test_existing_folder_is_refused_and_left_alone(tmp_path, notebooks):
    path = toy.case(tmp_path / "params" / "toy", "confidence: 0.9\n")
    with pytest.raises(ValueError, match="params/toy exists"):
        new.new("toy", tmp_path / "params", notebooks_dir=notebooks)
    assert path.read_text() == "confidence: 0.9\n"


@pytest.mark.parametrize(
    "site", ["", ".", "..", "a/b", "a b", "-x", ".hidden", "a\\b", "C:", "a\n"]
)
def test_name_that_is_no_folder_is_refused(site, tmp_path, notebooks):
    with pytest.raises(ValueError, match="cannot name a site"):
        new.new(site, tmp_path / "params", notebooks_dir=notebooks)
    assert not (tmp_path / "params").exists()


def test_year_out_of_range_is_refused(tmp_path, notebooks):
    with pytest.raises(
        ValueError, match="--year: reporting_year is 25; it lies between 2000 and 2100"
    ):
        new.new("toy", tmp_path / "params", 25, notebooks)


def test_written_values_are_read_back_as_they_were():
    for value in (1e-7, 1e22, 0.1, -3, True, "", 'a "b": #c', "中和", "no", "2025-01-01"):
        read = yaml.safe_load(f"x: {new._scalar(value)}")["x"]
        assert read == value and type(read) is type(value)
