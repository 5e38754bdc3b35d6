"""The committed notebooks: run in order, with outputs, short cells, one signature, and nothing
of the machine that made them.
"""

import ast
import json
import re
from pathlib import Path

import nbformat
import pytest
from prose import sources
from refresh import BENCH, SCHEMA, schema

from neutrality.runner import parameters, refusals, yaml_file

ROOT = Path(__file__).parents[1]
NOTEBOOKS = [*parameters.notebooks(ROOT / "notebooks"), BENCH]
LINES = 22  # of code a cell may have
PARAMETERS = 30  # lines of a parameters cell, one a parameter
KB = 400


def read(path):
    return nbformat.read(path, as_version=4)


def code(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_stored_outputs_belong_to_the_stored_cells(path):
    stored, now = read(path).metadata.get("refreshed", {}), sources(read(path))
    edited = [id for id in now if now[id] != stored.get(id)] + sorted(set(stored) - set(now))
    assert not edited, (
        f"{path.name}: cells {', '.join(edited)} were edited after their run; run `make refresh`"
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_it_was_run_once_from_top_to_bottom(path):
    assert [cell.execution_count for cell in code(path)] == list(range(1, len(code(path)) + 1)), (
        "run `make refresh`"
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_outputs_hold_no_error_no_warning_and_no_path_of_a_machine(path):
    outputs = [output for cell in code(path) for output in cell.outputs]
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    assert not re.search(
        r"(?<![\w.])/(home|root|work|tmp|Users)/|0x[0-9a-f]{8,}", json.dumps(outputs)
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_metadata_hold_no_times_and_the_kernel_any_machine_has(path):
    metadata = read(path).metadata
    assert (
        set(metadata) == {"kernelspec", "language_info", "refreshed"}
        and metadata.kernelspec.name == "python3"
    )
    assert all(set(cell.metadata) <= {"tags"} for cell in read(path).cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_cells_are_short_and_a_question_stands_before_them(path):
    cells = read(path).cells
    assert cells[0].cell_type == "markdown" and cells[0].source.startswith(f"# {path.name[:2]} · ")
    assert sum(cell.source.startswith("## ") for cell in cells) >= 4
    most = {cell.id: PARAMETERS if cell.metadata.get("tags") else LINES for cell in code(path)}
    long = [cell.id for cell in code(path) if len(cell.source.splitlines()) > most[cell.id]]
    assert not long


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_it_is_small_enough_to_be_read_on_a_web_page(path):
    assert path.stat().st_size < KB * 1000


def test_a_parameter_means_the_same_in_every_notebook():
    assert {"case", "out"} < set(parameters.signature(ROOT / "notebooks"))


def test_the_verifiers_notebook_is_no_part_of_a_run_and_stands_beside_the_others():
    assert BENCH.is_file() and BENCH not in parameters.notebooks(ROOT / "notebooks")


def test_no_published_total_of_the_case_is_known_to_the_code():
    texts = [p.read_text(encoding="utf-8") for p in (ROOT / "src" / "neutrality").glob("*.py")]
    texts += [cell.source for path in NOTEBOOKS for cell in code(path)]
    numbers = {
        node.value
        for text in texts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and type(node.value) in (int, float)
    }
    assert not numbers & {2785, 1309, 4094, 5014}


def test_rules_of_the_check_take_parameters_that_the_notebooks_have():
    known = parameters.signature(ROOT / "notebooks")
    assert {name for _, _, names in refusals.RULES for name in names} <= set(known)


def test_the_yaml_of_the_first_case_says_what_the_notebooks_default_to():
    values, _, _ = yaml_file.entries(ROOT / "params" / "china-mobile-hq" / "2025.yaml")
    known = parameters.signature(ROOT / "notebooks")
    assert {name: value for name, value in values.items() if known[name].default != value} == {}


def test_the_editors_schema_of_the_first_case_is_that_of_the_notebooks():
    assert SCHEMA.read_text(encoding="utf-8") == schema(), "run `make refresh`"
