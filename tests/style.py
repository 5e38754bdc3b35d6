"""Style figures of a package and its notebooks: `python tests/style.py [FOLDER]` prints them.

Lines of code are lines that hold a token: no blank line, comment, docstring or decorator counts.
A function counts with its nested functions, which also count by themselves. Complexity is McCabe's:
1, and 1 more for each if, elif, for, while, except, match case, ternary, `and`, `or` and `if` of
a comprehension. `with`, `else`, `try` and the `for` of a comprehension add nothing. This is
stricter than ruff's C901, which counts no operators, ternaries or comprehensions.
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import math
import re
import statistics
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
WIDTH = 100  # longest line, characters
STATED = "What may be stated?"  # heading after which a notebook writes its claims
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DOCUMENTED = (ast.Module, ast.ClassDef, *FUNCTIONS)
BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.IfExp, ast.match_case)
LAYOUT = {
    tokenize.ENCODING,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


@dataclass(frozen=True)
class Function:
    """A function's size: lines of code, tokens and complexity."""

    where: str  # file:line name
    lines: int
    tokens: int
    complexity: int


@dataclass(frozen=True)
class Source:
    """The figures of one Python file."""

    functions: list[Function]
    code_lines: int
    tokens: int
    comments: list[str]
    lines: int
    long_lines: list[str]  # file:line of lines over WIDTH characters


@dataclass(frozen=True)
class Notebook:
    """The figures of one notebook."""

    name: str
    cells: list[int]  # lines of code of each code cell that has any
    words: int  # words of prose in Markdown cells
    functions: int  # number of `def`
    lines_after_stated: int


def complexity(function: ast.AST) -> int:
    """Return McCabe's complexity of a function.

    >>> complexity(ast.parse("def f(x):\\n    return [y for y in x if y > 0 and y < 9]"))
    3
    """
    nodes = list(ast.walk(function))
    branches = sum(isinstance(node, BRANCHES) for node in nodes)
    operators = sum(len(node.values) - 1 for node in nodes if isinstance(node, ast.BoolOp))
    filters = sum(len(node.ifs) for node in nodes if isinstance(node, ast.comprehension))
    return 1 + branches + operators + filters


def docstring_lines(tree: ast.AST) -> set[int]:
    """Return the line numbers of all docstrings in a tree."""
    documented = [node for node in ast.walk(tree) if isinstance(node, DOCUMENTED)]
    first = [node.body[0] for node in documented if ast.get_docstring(node, clean=False)]
    return {line for node in first for line in range(node.lineno, node.end_lineno + 1)}


def decorator_lines(tree: ast.AST) -> set[int]:
    """Return the line numbers of all decorators of functions in a tree."""
    decorators = [
        decorator
        for node in ast.walk(tree)
        if isinstance(node, FUNCTIONS)
        for decorator in node.decorator_list
    ]
    return {line for node in decorators for line in range(node.lineno, node.end_lineno + 1)}


def source(path: Path) -> Source:
    """Return the figures of a Python file."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    left_out = docstring_lines(tree)
    kept = [
        token
        for token in tokens
        if token.type not in LAYOUT | {tokenize.COMMENT} and token.start[0] not in left_out
    ]
    decorators = decorator_lines(tree)
    functions = [
        _function(node, [token for token in kept if token.start[0] not in decorators], path)
        for node in ast.walk(tree)
        if isinstance(node, FUNCTIONS)
    ]
    lines = text.splitlines()
    return Source(
        functions,
        len(_lines(kept)),
        len(kept),
        [token.string for token in tokens if token.type == tokenize.COMMENT],
        len(lines),
        [f"{path}:{n}" for n, line in enumerate(lines, 1) if len(line) > WIDTH],
    )


def _function(node: ast.AST, tokens: list[tokenize.TokenInfo], path: Path) -> Function:
    inside = [token for token in tokens if node.lineno <= token.start[0] <= node.end_lineno]
    where = f"{path}:{node.lineno} {node.name}"
    return Function(where, len(_lines(inside)), len(inside), complexity(node))


def _lines(tokens: list[tokenize.TokenInfo]) -> set[int]:
    """Return the numbers of the lines that tokens cover."""
    return {line for token in tokens for line in range(token.start[0], token.end[0] + 1)}


def sources(folder: Path) -> list[Source]:
    """Return the figures of every Python file under a folder."""
    return [source(path) for path in sorted(folder.rglob("*.py"))]


def notebook(path: Path) -> Notebook:
    """Return the figures of a notebook; the lines after "What may be stated?" are counted apart."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    code = [(n, _code(text)) for n, (kind, text) in enumerate(texts) if kind == "code"]
    prose = [text for kind, text in texts if kind == "markdown"]
    stated = next((n for n, (_, text) in enumerate(texts) if _is_stated(text)), len(texts))
    return Notebook(
        path.name,
        [len(lines) for _, lines in code if lines],
        sum(len(re.findall(r"\w+", text)) for text in prose),
        sum(bool(re.match(r"\s*(async )?def ", line)) for _, lines in code for line in lines),
        sum(len(lines) for n, lines in code if n > stated),
    )


def _code(text: str) -> list[str]:
    """Return a cell's lines of code: neither blank nor a comment."""
    return [
        line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]


def _is_stated(text: str) -> bool:
    return any(line.startswith("#") and STATED in line for line in text.splitlines())


def notebooks(folder: Path) -> list[Notebook]:
    """Return the figures of the notebooks in a folder."""
    return [notebook(path) for path in sorted(folder.glob("*.ipynb"))]


def nine_in_ten(values: list[int]) -> int:
    """Return the smallest value that nine in ten values do not exceed.

    >>> nine_in_ten(list(range(1, 11)))
    9
    """
    return sorted(values)[math.ceil(len(values) * 9 / 10) - 1]


def spread(values: list[int]) -> str:
    """Return median, nine in ten and largest of some values, or a dash for none.

    >>> spread([1, 2, 9])
    '2 / 9 / 9'
    """
    if not values:
        return "-"
    return f"{statistics.median(values):g} / {nine_in_ten(values)} / {max(values)}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def _ratio(part: int, whole: int) -> str:
    return f"{part / whole:.1f}" if whole else "-"


def package_table(measured: list[Source]) -> list[tuple[str, str]]:
    """Return the rows of the package's table: what was measured, and the figure."""
    functions = [function for each in measured for function in each.functions]
    code_lines = sum(each.code_lines for each in measured)
    lines = sum(each.lines for each in measured)
    long_lines = sum(len(each.long_lines) for each in measured)
    comments = sum(len(each.comments) for each in measured)
    return [
        ("files; functions; lines of code", f"{len(measured)}; {len(functions)}; {code_lines}"),
        ("lines a function: median / 90 % / max", spread([each.lines for each in functions])),
        ("tokens a function: median / 90 % / max", spread([each.tokens for each in functions])),
        ("complexity: median / 90 % / max", spread([each.complexity for each in functions])),
        ("tokens a line of code", _ratio(sum(each.tokens for each in measured), code_lines)),
        (f"lines over {WIDTH} characters", _share(long_lines, lines)),
        ("comments per line of code", _share(comments, code_lines)),
    ]


def notebook_table(measured: list[Notebook]) -> list[tuple[str, ...]]:
    """Return the rows of the notebooks' table, the last for all of them."""
    every = Notebook(
        "all",
        [lines for each in measured for lines in each.cells],
        sum(each.words for each in measured),
        sum(each.functions for each in measured),
        sum(each.lines_after_stated for each in measured),
    )
    heading = ("notebook", "lines a cell", "words a line", "def", "after 'stated'")
    return [heading, *(_notebook_row(each) for each in [*measured, every])]


def _notebook_row(each: Notebook) -> tuple[str, ...]:
    lines = sum(each.cells)
    after = _share(each.lines_after_stated, lines)
    return each.name, spread(each.cells), _ratio(each.words, lines), str(each.functions), after


def table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Yield the rows of a table as aligned lines."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        cells = zip(row, widths, strict=True)
        yield "  ".join(cell.ljust(width) for cell, width in cells).rstrip()


def main() -> None:
    """Print the style figures of a checkout."""
    parser = argparse.ArgumentParser(description="Measure the style of a package and notebooks.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT, help="a checkout")
    parser.add_argument("--package", default="src/neutrality", help="its folder of Python files")
    parser.add_argument("--notebooks", default="notebooks", help="its folder of notebooks")
    parser.add_argument("--largest", type=int, default=0, help="also list so many functions")
    options = parser.parse_args()
    files = sources(options.folder / options.package)
    print(*table(package_table(files)), "", sep="\n")
    if books := notebooks(options.folder / options.notebooks):
        print(*table(notebook_table(books)), "", sep="\n")
    functions = [function for each in files for function in each.functions]
    for each in sorted(functions, key=lambda one: one.lines)[::-1][: options.largest]:
        print(f"{each.lines} lines, {each.tokens} tokens, complexity {each.complexity}", each.where)


if __name__ == "__main__":
    main()
