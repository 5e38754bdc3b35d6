"""The parameter cell is the signature: what it declares is what a YAML may say."""

import json

import pytest
import toy
from hypothesis import given
from hypothesis import strategies as st

from neutrality.runner import parameters, yaml_file


@pytest.fixture
def known(tmp_path):
    return parameters.signature(toy.notebooks(tmp_path / "notebooks"))


def yaml_problems(text, known, tmp_path, name="2025.yaml"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    values, lines, refused = yaml_file.entries(path)
    return refused + parameters.problems(values, lines, known, path.name)


def test_cell_gives_kind_default_limits_and_meaning(known):
    assert known["confidence"] == parameters.Parameter(
        "confidence",
        "float",
        0.95,
        0.5,
        0.999,
        (),
        "[0.5..0.999] confidence with which the credits must suffice",
        ("01_first.ipynb", "02_second.ipynb"),
    )
    assert known["grid_rule"].choices == ("provincial", "regional", "national")
    assert known["grid_rule"].meaning == "factor of the consuming grid"
    assert known["case"].low is known["case"].high is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("x = 1  # untyped", "`name: type = literal"),
        ("x: int  # no default", "`name: type = literal"),
        ("import os", "`name: type = literal"),
        ("x: int = 1", "no comment"),
        ("x: list = []  # some", "choose int, float, str or bool"),
        ("x: int = 1 + len('a')  # computed", "computed"),
        ("x: int = 2  # [3..5] too low", "it lies between 3 and 5"),
        ("x: int = 2.0  # a float", "a whole number"),
        ("x: bool = 1  # not a bool", "true or false"),
        ("x: str = 'd'  # {a, b} choice", "choose one of a, b"),
        ("x: int = 1  # [0, 5] another bracket", "begin the comment with"),
        ("x: str = 'a'  # [0..5] a range of text", "begin the comment with"),
        ("x: int = 1  # {a, b} choices of text", "not of its type"),
        ("x: int = 1  # one\nx: int = 2  # two", "declared twice"),
        ("%matplotlib inline", "not plain Python"),
    ],
)
def test_line_that_is_no_parameter_is_refused(line, said):
    with pytest.raises(ValueError, match="07.ipynb") as refusal:
        parameters.parse(line, "07.ipynb")
    assert said in str(refusal.value)


def test_comment_sign_inside_a_default_is_no_comment():
    (found,) = parameters.parse('tag: str = "#1 = [0..1]"  # of "no" meaning', "07.ipynb")
    assert (found.default, found.comment) == ("#1 = [0..1]", 'of "no" meaning')


@given(
    st.one_of(
        st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False), st.text()
    )
)
def test_every_literal_default_is_recovered(value):
    (found,) = parameters.parse(f"x: {type(value).__name__} = {value!r}  # meaning", "07.ipynb")
    assert found.default == value and type(found.default) is type(value)


def test_two_notebooks_that_disagree_are_refused(tmp_path):
    folder = toy.notebooks(tmp_path / "notebooks")
    toy.notebook(folder / "03_third.ipynb", parameters=toy.PARAMETERS.replace("0.95", "0.9"))
    with pytest.raises(
        ValueError, match="03_third.*: parameter 'confidence' differs from 01_first.ipynb"
    ):
        parameters.signature(folder)


def test_notebook_without_its_cell_is_refused(tmp_path):
    path = toy.notebook(tmp_path / "01_first.ipynb", "1")
    path.write_text(path.read_text().replace('"parameters"', '"others"'))
    with pytest.raises(ValueError, match="0 cells are tagged 'parameters'"):
        parameters.read_notebook(path)
    path.write_text("not a notebook")
    with pytest.raises(ValueError, match="is not a Jupyter notebook"):
        parameters.read_notebook(path)
    with pytest.raises(ValueError, match="has no notebook named like"):
        parameters.notebooks(tmp_path / "nowhere")


def test_misspelt_name_gets_the_nearest_known_one(known, tmp_path):
    text = "# comment\n\nconfidense: 0.9\n"
    assert yaml_problems(text, known, tmp_path) == [
        "2025.yaml, line 3: no notebook has a parameter 'confidense'; did you mean 'confidence'?"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("confidence: '0.9'", 'confidence is "0.9"; write a number, without quotes: 0.9'),
        ("confidence: 9e-1", 'confidence is "9e-1"; write a number, without quotes: 0.9'),
        ("confidence: high", 'confidence is "high"; write a number'),
        ("confidence: true", "confidence is true; write a number"),
        ("confidence: .nan", "confidence is NaN; write a number"),
        ("confidence: 1.5", "confidence is 1.5; it lies between 0.5 and 0.999"),
        ("reporting_year: 2025.0", "reporting_year is 2025.0; write a whole number"),
        ("reporting_year: yes", "reporting_year is true; write a whole number"),
        ("reporting_year: 1999", "reporting_year is 1999; it lies between 2000 and 2100"),
        ("reporting_year: 02025", "YAML turns into another number"),
        ("reporting_year: 20:25", "YAML turns into another number"),
        (
            "reporting_year: 2025-01-01",
            'is a date without quotes; put it in quotes: reporting_year: "2025-',
        ),
        ("reporting_year:", "reporting_year has no value"),
        ("reporting_year: [2025]", "reporting_year holds a list or a nested table"),
        ("reporting_year: !!int abc", "has the tag"),
        ("reporting_year: !wish 5", "has the tag"),
        (
            "grid_rule: provincal",
            "choose one of provincial, regional, national; did you mean 'provincial'?",
        ),
        ("grid_rule: 5", "grid_rule is 5; write text in quotes"),
        ("? [a, b]\n: 5", "no notebook has a parameter"),
        ("reporting_year:2025", "with a space after the colon"),
        ("- reporting_year", "expected `name: value`"),
        ("grid_rule: a: b", "this is not YAML (mapping values are not allowed here)"),
        ('grid_rule: "regional', "this is not YAML"),
        ("\tgrid_rule: regional", "this is not YAML"),
        ("grid_rule: regional\n---\nreporting_year: 2025", "this is not YAML"),
        ("grid_rule: " + "[" * 50_000, "line 1: found more than 20 lists or tables inside"),
        ("\n".join(" " * depth + "a:" for depth in range(1, 200)), "line 21: found more than 20"),
        ("# " + "x" * 200_000, "200,002 bytes, where a YAML of parameters has at most 200,000"),
        (b"grid_rule: \xff\xfe", "cannot be read as UTF-8"),
    ],
)
def test_bad_value_is_refused_with_its_line_and_a_remedy(text, said, known, tmp_path):
    (problem,) = yaml_problems(text, known, tmp_path)
    assert problem.startswith("2025.yaml") and said in problem


def test_entry_given_twice_is_refused_and_the_first_line_named(known, tmp_path):
    text = "reporting_year: 2025\nconfidence: 0.9\nreporting_year: 2026\n"
    assert yaml_problems(text, known, tmp_path) == [
        "2025.yaml, line 3: reporting_year is given a second time, first in line 1; keep one"
    ]


def test_good_yaml_has_no_problem_and_whole_numbers_serve_as_float(tmp_path):
    known = {
        p.name: p for p in parameters.parse("gap_h: float = 1.5  # [0..] longest gap", "01.ipynb")
    }
    assert not yaml_problems("\ufeffgap_h: 6  # hours\n", known, tmp_path)
    assert not yaml_problems("", known, tmp_path)
    (tmp_path / "2025.yaml").write_text("gap_h: 6\n")
    values, lines, refused = yaml_file.entries(tmp_path / "2025.yaml")
    assert (values, lines, refused) == ({"gap_h": 6}, {"gap_h": 1}, [])
    assert type(parameters.complete(values, known)["gap_h"]) is float


def test_empty_text_is_allowed_where_it_is_the_default():
    known = {p.name: p for p in parameters.parse('rule: str = ""  # {h, Y} matching', "01.ipynb")}
    assert not parameters.problems({"rule": ""}, {"rule": 1}, known, "2025.yaml")
    assert parameters.json_schema(known)["properties"]["rule"]["enum"] == ["", "h", "Y"]


def test_schema_says_what_the_check_says(known):
    schema = parameters.json_schema(known)
    assert schema["additionalProperties"] is False
    assert {"case", "out"} <= set(schema["properties"])  # a YAML names them for papermill
    assert schema["properties"]["reporting_year"] == {
        "type": "integer",
        "description": "calendar year the report is about",
        "default": 2025,
        "minimum": 2000,
        "maximum": 2100,
    }
    assert schema["properties"]["grid_rule"]["enum"] == ["provincial", "regional", "national"]
    assert json.loads(json.dumps(schema)) == schema
