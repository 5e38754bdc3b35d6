"""The package keeps its style budget; the measures count what they say."""

from __future__ import annotations

import ast
import json
from functools import cache

import pytest
import style

PACKAGE = style.ROOT / "src" / "neutrality"
MEDIAN_LINES = 12
NINE_IN_TEN_LINES = 35
COMPLEXITY = 12

FUNCTION = '''
@decorated(
    by="two",
)
def doubled(values):
    """Return the double of each value."""

    # the loop is a comprehension
    return [
        2 * value for value in values
    ]
'''


@cache
def package() -> list[style.Source]:
    return style.sources(PACKAGE)


def functions() -> list[style.Function]:
    return [function for each in package() for function in each.functions]


def test_half_of_the_functions_are_short():
    lines = sorted(function.lines for function in functions())
    assert lines[len(lines) // 2] <= MEDIAN_LINES


def test_nine_in_ten_functions_fit_the_budget():
    longest = sorted(functions(), key=lambda function: function.lines)[-20:]
    lines = [function.lines for function in functions()]
    assert style.nine_in_ten(lines) <= NINE_IN_TEN_LINES, longest


def test_no_function_is_more_complex_than_allowed():
    assert [each for each in functions() if each.complexity > COMPLEXITY] == []


def test_no_line_is_too_long():
    assert [line for each in package() for line in each.long_lines] == []


def test_no_mark_switches_the_formatter_off():
    marks = [comment for each in package() for comment in each.comments if "fmt:" in comment]
    assert marks == []


def test_docstring_decorator_comment_and_blank_lines_are_not_counted(tmp_path):
    path = tmp_path / "doubled.py"
    path.write_text(FUNCTION, encoding="utf-8")
    measured = style.source(path)
    (function,) = measured.functions
    assert (function.lines, function.complexity, len(measured.comments)) == (4, 1, 1)
    assert function.tokens == 16  # def doubled ( values ) : return [ 2 * value for ... in ... ]


@pytest.mark.parametrize(
    ("body", "complexity"),
    [
        ("pass", 1),
        ("with x: pass", 1),
        ("return 1 if x else 2", 2),
        ("return x and y or z", 3),
        ("return [a for a in x if a if b]", 3),
        ("for a in x:\n        pass\n    else:\n        pass", 2),
        ("if x: pass\n    elif y: pass\n    else: pass", 3),
        ("try: pass\n    except A: pass\n    except B: pass\n    finally: pass", 3),
    ],
)
def test_complexity_counts_branches(body, complexity):
    assert style.complexity(ast.parse(f"def f():\n    {body}\n")) == complexity


def test_a_notebook_is_measured_cell_by_cell(tmp_path):
    cells = [
        ("markdown", "# A question\nthree words here"),
        ("code", "# a comment\n\nx = 1\ny = 2\n"),
        ("markdown", "## What may be stated? 可以表述什么？"),
        ("code", "def f():\n    return x"),
    ]
    content = {"cells": [{"cell_type": kind, "source": [text]} for kind, text in cells]}
    path = tmp_path / "01.ipynb"
    path.write_text(json.dumps(content), encoding="utf-8")
    measured = style.notebook(path)
    assert (measured.cells, measured.functions) == ([2, 2], 1)
    assert measured.lines_after_stated == 2
    assert style.table(style.notebook_table([measured]))
