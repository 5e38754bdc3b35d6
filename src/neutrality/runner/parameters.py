"""A notebook's `parameters` cell is its signature: the JSON Schema of a YAML comes from it alone.

The cell is read with ast and tokenize, not run: one line a parameter,
`name: type = literal  # [low..high] or {a, b, c} meaning`. The schema is what an editor gets and
what a YAML is checked by.
"""

from __future__ import annotations

import ast
import importlib
import io
import json
import math
import re
import sys
import tokenize
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from neutrality import sheets
from neutrality.report import methods
from neutrality.texts import hints

if TYPE_CHECKING:
    from types import ModuleType

    from jsonschema import ValidationError

KINDS = {"int": int, "float": float, "str": str, "bool": bool}
# The notebooks' two paths as seen from a bundle; a YAML gives its own, for papermill.
SET_BY_RUNNER = {"case": "inputs", "out": "."}
_SCHEMA_TYPES = {"int": "integer", "float": "number", "str": "string", "bool": "boolean"}
_IN_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text in quotes",
    "bool": "true or false",
}
# Optional modules of jsonschema: the grammar of addresses, durations.
_FORMATS = ("rfc3987_syntax", "isoduration")
_LIMITS = re.compile(r"\[(?P<low>[^\s\]]*?)\.\.(?P<high>[^\s\]]*)\]|\{(?P<choices>[^}]*)\}")


@dataclass(frozen=True)
class Parameter:
    """A parameter as its notebooks declare it; limits not set are None, choices empty."""

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
        limits = _LIMITS.match(self.comment)
        return self.comment[limits.end() :].strip() if limits else self.comment


def parse(source: str, notebook: str) -> list[Parameter]:
    """Return the parameters that a cell's source declares, in its order.

    ValueError names notebook and line where it is not `name: type = literal  # meaning`.

    >>> found, = parse('confidence: float = 0.95  # [0.5..0.999] of the credits', '03.ipynb')
    >>> found.default, found.low, found.high, found.meaning
    (0.95, 0.5, 0.999, 'of the credits')
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
    return _limited(Parameter(name, kind, default, None, None, (), comment, (notebook,)), where)


def _limited(parameter: Parameter, where: str) -> Parameter:
    """Return the parameter with the limits its comment sets.

    ValueError where they cannot be read, or its own default breaks them.
    """
    limits = _LIMITS.match(parameter.comment)
    is_range = limits and limits["choices"] is None
    is_text = parameter.kind in ("str", "bool")
    if (parameter.comment[0] in "[{" and not limits) or (is_range and is_text):
        raise ValueError(
            f"{where}: the limits of '{parameter.name}' are not understood; "
            "begin the comment with [low..high] for a number or {a, b, c} for a choice"
        )
    try:
        parameter = replace(parameter, **_parsed(limits, KINDS[parameter.kind]))
    except ValueError as error:
        raise ValueError(
            f"{where}: limits of '{parameter.name}' are not of its type ({error})"
        ) from error
    error = next(_validator()(_property(parameter)).iter_errors(parameter.default), None)
    if error:
        raise ValueError(f"{where}: the default of {_refusal(error, parameter)}")
    return parameter


def _parsed(limits: re.Match | None, kind: type) -> dict:
    """Return choices, or low and high, as the limits of a comment give them."""
    if not limits:
        return {}
    if limits["choices"] is None:
        return {end: float(limits[end]) if limits[end] else None for end in ("low", "high")}
    texts = [text.strip().strip("\"'") for text in limits["choices"].split(",")]
    return {"choices": tuple(kind(text) for text in texts)}


def read_notebook(path: Path | str) -> list[Parameter]:
    """Return the parameters declared in a notebook's cell tagged `parameters`, in its order.

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
    return list(_parsed_once("".join(tagged[0]["source"]), path.name))


@lru_cache(maxsize=64)  # the same cells for all sites of a batch
def _parsed_once(source: str, notebook: str) -> tuple[Parameter, ...]:
    return tuple(parse(source, notebook))


def notebooks_folder() -> Path:
    """Return the notebooks' folder: inside an installed package, else in the repository."""
    installed = sheets.PACKAGE / "notebooks"
    return installed if installed.is_dir() else sheets.PACKAGE.parents[1] / "notebooks"


def notebooks(folder: Path | str) -> list[Path]:
    """Return the numbered notebooks of a folder in order, without the verifier's. ValueError if
    there is none.
    """
    numbered = sorted(Path(folder).glob("[0-9][0-9]_*.ipynb"))
    found = [path for path in numbered if path.stem != methods.BENCH]
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


def problems(
    values: dict, lines: dict, signature: dict[str, Parameter], yaml_name: str
) -> list[str]:
    """Return a sentence for each value that the JSON Schema of the parameters refuses, by line.

    >>> known = {p.name: p for p in parse('matching: str = "Y"  # {h, M, Y} period', '02.ipynb')}
    >>> problems({"matchng": "Y"}, {"matchng": 12}, known, "2025.yaml")
    ["2025.yaml, line 12: no notebook has a parameter 'matchng'; did you mean 'matching'?"]
    """
    wrong = _wrong_values(values, signature)
    return [
        f"{yaml_name}, line {lines[name]}: {wrong[name]}"
        for name in sorted(wrong, key=lines.__getitem__)
    ]


def complete(values: dict, signature: dict[str, Parameter]) -> dict:
    """Return a value for every parameter: the YAML's where it is allowed, else the default.

    >>> known = {p.name: p for p in parse('gap_h: float = 24  # [0..] longest gap', '01.ipynb')}
    >>> complete({"gap_h": 6}, known), complete({}, known), complete({"gap_h": "six"}, known)
    ({'gap_h': 6.0}, {'gap_h': 24.0}, {'gap_h': 24.0})
    """
    wrong = _wrong_values(values, signature)
    usable = {name: value for name, value in values.items() if name not in wrong}
    return {name: KINDS[p.kind](usable.get(name, p.default)) for name, p in signature.items()}


def json_schema(signature: dict[str, Parameter]) -> dict:
    """Return the JSON Schema (draft 7) by which a YAML is checked here and in an editor."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Parameters of an annual carbon-neutrality report",
        "type": "object",
        "properties": {name: _property(p) for name, p in signature.items()},
        "additionalProperties": False,
    }


def _property(parameter: Parameter) -> dict:
    made = {
        "type": _SCHEMA_TYPES[parameter.kind],
        "description": parameter.meaning,
        "default": parameter.default,
    }
    if parameter.choices:
        # An empty text means "none" where it is the default.
        blank = [""] if parameter.default == "" and "" not in parameter.choices else []
        made["enum"] = blank + list(parameter.choices)
    limits = {"minimum": parameter.low, "maximum": parameter.high}
    return made | {
        name: int(limit) if parameter.kind == "int" and limit.is_integer() else limit
        for name, limit in limits.items()
        if limit is not None
    }


def _wrong_values(values: dict, signature: dict[str, Parameter]) -> dict[str, str]:
    """Return what is wrong, by name, with the values that the JSON Schema refuses."""
    wrong: dict[str, str] = {}
    for error in _validator()(json_schema(signature)).iter_errors(values):
        if error.validator == "additionalProperties":
            unknown = [name for name in values if name not in error.schema["properties"]]
            wrong |= {name: _unknown(name, signature) for name in unknown}
        else:  # the first error of a value is that of its type
            name = error.path[0]
            wrong.setdefault(name, _refusal(error, signature[name]))
    return wrong


@cache
def _validator() -> type:
    """Return the validator of draft 7 for which 2025.0 is no integer and NaN no number."""
    schemas = jsonschema()
    kinds = {
        "integer": lambda _, value: type(value) is int,
        "number": lambda _, value: type(value) in (int, float) and math.isfinite(value),
    }
    draft = schemas.Draft7Validator
    checker = draft.TYPE_CHECKER.redefine_many(kinds)
    return schemas.validators.extend(draft, type_checker=checker)


def jsonschema() -> ModuleType:
    """Return the module jsonschema, imported without the grammars of text formats.

    They are a second of every start, for a check which no schema here asks for; papermill imports
    the same module.
    """
    absent = [each for each in _FORMATS if each not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))
    try:
        return importlib.import_module("jsonschema")
    finally:
        for each in absent:
            del sys.modules[each]


def _unknown(name: str, signature: dict[str, Parameter]) -> str:
    hint = hints.did_you_mean(name, signature) or "; remove the line"
    return f"no notebook has a parameter '{name}'{hint}"


def _refusal(error: ValidationError, parameter: Parameter) -> str:
    """Return in words why the JSON Schema refuses a parameter's value."""
    value = error.instance
    shown = f"{parameter.name} is {json.dumps(value, ensure_ascii=False)}"
    if error.validator == "type":
        return f"{shown}; write {_IN_WORDS[parameter.kind]}{_rewritten(value, parameter.kind)}"
    if error.validator == "enum":
        choices = [str(choice) for choice in parameter.choices]
        return f"{shown}; choose one of {', '.join(choices)}{hints.did_you_mean(value, choices)}"
    return f"{shown}; it lies {_range(parameter)}"


def _rewritten(value, kind: str) -> str:
    """Return how a number that YAML takes for text is written, e.g. 1e3 as 1000.0.

    An empty text where the value is no such number.
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
