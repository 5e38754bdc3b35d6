"""The YAML of a report: plain values by name, each with its line, and the entries refused."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

_PLAIN = ("int", "float", "str", "bool")
_TAG = "tag:yaml.org,2002:"
_MAX_BYTES = 200_000  # a YAML of parameters has about 4,000
_MAX_DEPTH = 20  # of lists and tables inside each other; parameters need 1


def entries(path: Path | str) -> tuple[dict, dict, list[str]]:
    """Return the usable values of a YAML, the line of each, and a sentence for each one refused."""
    path = Path(path)
    root, wrong = _root(path)
    if wrong:
        return {}, {}, [wrong]
    values, lines, refused = {}, {}, []
    for key, node in root.value if root else []:
        line = key.start_mark.line + 1
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
        if fault := _fault(name, node, lines):
            refused.append(f"{path.name}, line {line}: {name} {fault}")
        else:
            values[name] = yaml.SafeLoader("").construct_object(node)
        lines.setdefault(name, line)
    return values, lines, refused


def zones(case: Path) -> set[str]:
    """Return the zones that the YAMLs of a case's folder name; a stand-in names none."""
    found = {entries(path)[0].get("timezone", "") for path in sorted(case.glob("*.yaml"))}
    return {zone for zone in found if isinstance(zone, str)} - {"", "?"}


def _root(path: Path) -> tuple[yaml.MappingNode | None, str]:
    """Return the YAML's table of names and values, and why there is none, or an empty text."""
    if path.stat().st_size > _MAX_BYTES:
        size = f"{path.stat().st_size:,} bytes, where a YAML of parameters has at most"
        return None, f"{path.name}: found {size} {_MAX_BYTES:,}; one parameter takes one line"
    return _composed(path.read_bytes(), path.name)


@lru_cache(maxsize=8)  # a run asks for its YAML some times; known by its bytes
def _composed(content: bytes, file: str) -> tuple[yaml.MappingNode | None, str]:
    try:
        if line := _too_deep(content):
            return None, (
                f"{file}, line {line}: found more than {_MAX_DEPTH} lists or tables inside "
                "each other; a parameter is one value on its line"
            )
        root = yaml.compose(content, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return None, (
            f"{file}, line {mark.line + 1}: this is not YAML ({error.problem}); "
            "write one `name: value` a line, and quote text that holds ': ' or '#'"
        )
    except yaml.YAMLError as error:
        reason = str(error).splitlines()[0]
        return None, f"{file}: cannot be read as UTF-8 text ({reason})"
    if root is not None and not isinstance(root, yaml.MappingNode):
        line = root.start_mark.line + 1
        return None, f"{file}, line {line}: expected `name: value`, with a space after the colon"
    return root, ""


def _too_deep(content: bytes) -> int:
    """Return the line on which lists and tables are nested too deeply to be read, or 0."""
    depth = 0
    for event in yaml.parse(content, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            return event.start_mark.line + 1
    return 0


def _fault(name: str, node: yaml.Node, lines: dict[str, int]) -> str:
    """Return why an entry cannot be a parameter's value, or an empty text."""
    if name in lines:
        return f"is given a second time, first in line {lines[name]}; keep one"
    if not isinstance(node, yaml.ScalarNode):
        return "holds a list or a nested table; a parameter is one value on its line"
    kind = node.tag.removeprefix(_TAG)
    quoted = f'put it in quotes: {name}: "{node.value}"'
    if kind == "timestamp":
        return f"is a date without quotes; {quoted}"
    if kind == "null":
        return 'has no value; write one, or "" for none, or remove the line'
    if kind in ("int", "float") and re.search(r":|^[-+]?0[0-9]", node.value):
        other_number = f"is {node.value}, which YAML turns into another number"
        return f"{other_number}; {quoted}, or write a plain number"
    try:
        value = yaml.SafeLoader("").construct_object(node)
    except (ValueError, KeyError, yaml.YAMLError):
        value = None
    plain = type(value).__name__ in _PLAIN
    return "" if plain else f"has the tag {node.tag}; write a number, a text, true or false"
