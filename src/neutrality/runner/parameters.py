"""A notebook's `parameters` cell is its signature: a YAML's check and its editor schema come from
it alone.

The cell is read with ast and tokenize, not run: one line a parameter,
`name: type = literal  # [low..high] or {a, b, c} meaning`.
"""

from __future__ import annotations

import ast
import difflib
import io
import json
import math
import re
import tokenize
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from neutrality import sheets

KINDS = {"int": int, "float": float, "str": str, "bool": bool}
SET_BY_RUNNER = {
    "case": "inputs",
    "out": ".",
}  # every notebook's two paths, as seen from inside a bundle
_TAG = "tag:yaml.org,2002:"
_SAID = {
    "int": "a whole number",
    "float": "a number",
    "str": "text in quotes",
    "bool": "true or false",
}
_LIMITS = re.compile(r"\[(?P<low>[^\s\]]*?)\.\.(?P<high>[^\s\]]*)\]|\{(?P<choices>[^}]*)\}")


@dataclass(frozen=True)
class Parameter:
    """A parameter as its notebooks declare it; low, high, choices are None or empty where not
    set.
    """

    name: str
    kind: str  # int, float, str or bool
    default: int | float | str | bool
    low: float | None
    high: float | None
    choices: tuple
    comment: str
    notebooks: tuple[str, ...]

    @property
    def meaning(self) -> str:
        """The comment without its range or choices."""
        return (
            _LIMITS.sub("", self.comment, count=1).strip()
            if _LIMITS.match(self.comment)
            else self.comment
        )


def parse(source: str, notebook: str) -> list[Parameter]:
    """Return the parameters that a cell's source declares, in its order.

    ValueError names the notebook and the line that is not of the form `name: type = literal  # meaning`.

    >>> found, = parse('confidence: float = 0.95  # [0.5..0.999] confidence of the credits', '03.ipynb')
    >>> found.default, found.low, found.high, found.meaning
    (0.95, 0.5, 0.999, 'confidence of the credits')
    """
    try:
        statements = ast.parse(source).body
        comments = _comments(source)
    except (SyntaxError, tokenize.TokenError) as error:
        raise ValueError(
            f"{notebook}: the parameters cell is not plain Python ({error})"
        ) from error
    found = [_declared(statement, comments, notebook) for statement in statements]
    names = [p.name for p in found]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{notebook}: parameter '{name}' is declared twice; keep one line")
    return found


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        t.start[0]: t.string.lstrip("# ").rstrip() for t in tokens if t.type == tokenize.COMMENT
    }


def _declared(statement: ast.stmt, comments: dict[int, str], notebook: str) -> Parameter:
    where = f"{notebook}, parameters cell, line {statement.lineno}"
    form = f"{where}: write one parameter a line, `name: type = literal  # meaning`"
    annotated = isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    if not (annotated and statement.value):
        raise ValueError(form)
    name, kind = statement.target.id, ast.unparse(statement.annotation)
    comment = comments.get(statement.lineno, "")
    if kind not in KINDS:
        raise ValueError(f"{where}: '{name}' is annotated {kind}; choose int, float, str or bool")
    if statement.end_lineno != statement.lineno or not comment:
        raise ValueError(f"{form}; '{name}' has no comment on its line")
    try:
        default = ast.literal_eval(statement.value)
    except ValueError as error:
        raise ValueError(
            f"{where}: the default of '{name}' is computed; write it as a literal"
        ) from error
    return _checked(Parameter(name, kind, default, None, None, (), comment, (notebook,)), where)


def _checked(parameter: Parameter, where: str) -> Parameter:
    """Return the parameter with the limits its comment sets;

    ValueError if its own default breaks them.
    """
    limits = _LIMITS.match(parameter.comment)
    bounded = limits and limits["choices"] is None
    if (parameter.comment[0] in "[{" and not limits) or (
        bounded and parameter.kind in ("str", "bool")
    ):
        raise ValueError(
            f"{where}: the limits of '{parameter.name}' are not understood; "
            "begin the comment with [low..high] for a number or {a, b, c} for a choice"
        )
    try:
        if limits and limits["choices"] is not None:
            texts = [text.strip().strip("\"'") for text in limits["choices"].split(",")]
            choices = tuple(KINDS[parameter.kind](text) for text in texts)
            parameter = replace(parameter, choices=choices)
        elif limits:
            low, high = (float(limits[end]) if limits[end] else None for end in ("low", "high"))
            parameter = replace(parameter, low=low, high=high)
    except ValueError as error:
        raise ValueError(
            f"{where}: limits of '{parameter.name}' are not of its type ({error})"
        ) from error
    wrong = _wrong(parameter.default, parameter)
    if wrong:
        raise ValueError(f"{where}: the default of {wrong}")
    return parameter


def read_notebook(path: Path | str) -> list[Parameter]:
    """Return the parameters that a notebook declares in its cell tagged `parameters`, in the cell's
    order.

    ValueError if the file is no notebook, has no such cell or two, or a line is not understood.
    """
    path = Path(path)
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name}: is not a Jupyter notebook of format 4") from error
    tagged = [cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1:
        raise ValueError(f"{path.name}: {len(tagged)} cells are tagged 'parameters'; tag one")
    return parse("".join(tagged[0]["source"]), path.name)


def notebooks_folder() -> Path:
    """Return where the notebooks are: inside an installed package, else in the repository around
    src/.
    """
    installed = sheets.PACKAGE / "notebooks"
    return installed if installed.is_dir() else sheets.PACKAGE.parents[1] / "notebooks"


def notebooks(folder: Path | str) -> list[Path]:
    """Return the numbered notebooks of a folder in order. ValueError if there is none."""
    found = sorted(Path(folder).glob("[0-9][0-9]_*.ipynb"))
    if not found:
        raise ValueError(
            f"{Path(folder).name}: it has no notebook named like 01_energy_baseline.ipynb"
        )
    return found


def signature(notebooks_dir: Path | str) -> dict[str, Parameter]:
    """Return every parameter of a folder's notebooks by name, in the order of first use.

    ValueError where a name differs between two notebooks in annotation, default or comment.
    """
    found: dict[str, Parameter] = {}
    for path in notebooks(notebooks_dir):
        for here in read_notebook(path):
            first = found.setdefault(here.name, replace(here, notebooks=()))
            if replace(here, notebooks=first.notebooks) != first:
                raise ValueError(
                    f"{path.name}: parameter '{here.name}' differs from {first.notebooks[0]}; "
                    "its annotation, default and comment are the same in every notebook"
                )
            found[here.name] = replace(first, notebooks=first.notebooks + here.notebooks)
    return found


def entries(path: Path | str) -> tuple[dict, dict, list[str]]:
    """Return the usable values of a YAML, the line of each, and a sentence for each entry
    refused.
    """
    path = Path(path)
    try:
        root = yaml.compose(path.read_bytes(), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return (
            {},
            {},
            [
                f"{path.name}, line {mark.line + 1}: this is not YAML ({error.problem}); "
                "write one `name: value` a line, and quote text that holds ': ' or '#'"
            ],
        )
    except yaml.YAMLError as error:
        return {}, {}, [f"{path.name}: cannot be read as UTF-8 text ({str(error).splitlines()[0]})"]
    if root is not None and not isinstance(root, yaml.MappingNode):
        return (
            {},
            {},
            [
                f"{path.name}, line {root.start_mark.line + 1}: expected `name: value`, "
                "with a space after the colon"
            ],
        )
    values, lines, refused = {}, {}, []
    for key, node in root.value if root else []:
        line = key.start_mark.line + 1
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
        wrong = _refused(name, node, lines)
        if wrong:
            refused.append(f"{path.name}, line {line}: {name} {wrong}")
        else:
            values[name] = yaml.SafeLoader("").construct_object(node)
        lines.setdefault(name, line)
    return values, lines, refused


def _refused(name: str, node: yaml.Node, lines: dict[str, int]) -> str:
    """Return why an entry of a YAML cannot be a parameter's value, or an empty text."""
    if name in lines:
        return f"stands a second time, first in line {lines[name]}; keep one"
    if not isinstance(node, yaml.ScalarNode):
        return "holds a list or a nested table; a parameter is one value on its line"
    kind = node.tag.removeprefix(_TAG)
    quoted = f'put it in quotes: {name}: "{node.value}"'
    if kind == "timestamp":
        return f"is a date without quotes; {quoted}"
    if kind == "null":
        return 'has no value; write one, or "" for none, or remove the line'
    if kind in ("int", "float") and re.search(r":|^[-+]?0[0-9]", node.value):
        return f"is {node.value}, which YAML turns into another number; {quoted}, or write a plain number"
    try:
        value = yaml.SafeLoader("").construct_object(node)
    except (ValueError, KeyError, yaml.YAMLError):
        value = None
    plain = type(value).__name__ in KINDS
    return "" if plain else f"has the tag {node.tag}; write a number, a text, true or false"


def problems(
    values: dict, lines: dict, signature: dict[str, Parameter], yaml_name: str
) -> list[str]:
    """Return a sentence for each value that no notebook asks for, or that has a wrong type, range
    or choice.

    >>> known = {p.name: p for p in parse('matching: str = "Y"  # {h, M, Y} period', '02.ipynb')}
    >>> problems({"matchng": "Y"}, {"matchng": 12}, known, "2025.yaml")
    ["2025.yaml, line 12: no notebook has a parameter 'matchng'; did you mean 'matching'?"]
    """
    found = []
    for name, value in values.items():
        where = f"{yaml_name}, line {lines[name]}"
        near = difflib.get_close_matches(name, [n for n in signature if n not in SET_BY_RUNNER], 1)
        if name in SET_BY_RUNNER:
            found.append(f"{where}: '{name}' is set by the runner; remove the line")
        elif name not in signature:
            hint = f"; did you mean '{near[0]}'?" if near else "; remove the line"
            found.append(f"{where}: no notebook has a parameter '{name}'{hint}")
        elif wrong := _wrong(value, signature[name]):
            found.append(f"{where}: {wrong}")
    return found


def _wrong(value, parameter: Parameter) -> str:
    """Return what is wrong with a value of a parameter, or an empty text."""
    shown = f"{parameter.name} is {json.dumps(value, ensure_ascii=False)}"
    fits = type(value) is KINDS[parameter.kind] or (
        parameter.kind == "float" and type(value) is int
    )
    if not fits or (isinstance(value, float) and not math.isfinite(value)):
        return f"{shown}; write {_SAID[parameter.kind]}{_rewritten(value, parameter.kind)}"
    if parameter.choices and value not in parameter.choices and not _absent(value, parameter):
        near = difflib.get_close_matches(str(value), [str(c) for c in parameter.choices], 1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        return f"{shown}; choose one of {', '.join(map(str, parameter.choices))}{hint}"
    below = parameter.low is not None and value < parameter.low
    above = parameter.high is not None and value > parameter.high
    return f"{shown}; it lies {_range(parameter)}" if below or above else ""


def _absent(value, parameter: Parameter) -> bool:
    """An empty text stands for "none" where it is the default."""
    return value == "" and parameter.default == ""


def _rewritten(value, kind: str) -> str:
    """Return how a number that YAML takes for text is written, e.g. 1e3 as 1000.0; else an empty
    text.
    """
    if not isinstance(value, str) or kind not in ("int", "float"):
        return ""
    try:
        number = KINDS[kind](value)
    except ValueError:
        return ""
    return f", without quotes: {number}" if math.isfinite(number) else ""


def _range(parameter: Parameter) -> str:
    """Return the parameter's range in words.

    >>> _range(parse('years: int = 5  # [1..] years of the plan', '04.ipynb')[0])
    'at 1 or above'
    """
    low, high = parameter.low, parameter.high
    if high is None:
        return f"at {low:.15g} or above"
    return f"between {low:.15g} and {high:.15g}" if low is not None else f"at {high:.15g} or below"


def complete(values: dict, signature: dict[str, Parameter]) -> dict:
    """Return a value for every parameter: the YAML's where it is one the parameter allows, else the
    default.

    >>> known = {p.name: p for p in parse('gap_h: float = 24  # [0..] longest gap', '01.ipynb')}
    >>> complete({"gap_h": 6}, known), complete({}, known), complete({"gap_h": "six"}, known)
    ({'gap_h': 6.0}, {'gap_h': 24.0}, {'gap_h': 24.0})
    """
    usable = {n: v for n, v in values.items() if n in signature and not _wrong(v, signature[n])}
    return {name: KINDS[p.kind](usable.get(name, p.default)) for name, p in signature.items()}


def json_schema(signature: dict[str, Parameter]) -> dict:
    """Return the JSON Schema (draft 7) with which an editor completes and checks a YAML."""
    named = {name: p for name, p in signature.items() if name not in SET_BY_RUNNER}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Parameters of an annual carbon-neutrality report",
        "type": "object",
        "properties": {name: _property(p) for name, p in named.items()},
        "additionalProperties": False,
    }


def _property(parameter: Parameter) -> dict:
    kinds = {"int": "integer", "float": "number", "str": "string", "bool": "boolean"}
    made = {
        "type": kinds[parameter.kind],
        "description": parameter.meaning,
        "default": parameter.default,
    }
    if parameter.choices:
        blank = [""] if parameter.default == "" and "" not in parameter.choices else []
        made["enum"] = blank + list(parameter.choices)
    limits = {"minimum": parameter.low, "maximum": parameter.high}
    return made | {
        name: KINDS[parameter.kind](limit) for name, limit in limits.items() if limit is not None
    }
