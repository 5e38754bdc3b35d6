"""How a file's tables are read: `CASE/import/<name>.yaml`, proposed once, corrected by hand, kept.

One entry a table: its headings, by which next year's file is recognised, the fields of its times,
what stamps name, and for each column of amounts meter, energy, unit and what it holds. A `?` is a
question that the file does not answer.
"""

from __future__ import annotations

import fnmatch
import glob
import json
import re
from pathlib import Path
from typing import NamedTuple

import yaml

from neutrality.case.schemas import IMPORTED

OPEN = "?"
FOLDER, RAW = IMPORTED, "raw"  # in the case's folder: mappings, and the files as they came
_MAX_BYTES = 500_000
_AMOUNT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["meter", "energy", "unit", "holds"],
    "properties": {
        "meter": {"type": "string"},
        "energy": {"enum": ["electricity", "heat", "gas", "cooling", "water", OPEN]},
        "unit": {"type": "string"},
        "holds": {
            "enum": [
                "amounts",
                "register",
                "part",
                "previous",
                "present",
                "power",
                "not used",
                OPEN,
            ]
        },
        "multiplier": {"type": "number", "exclusiveMinimum": 0},
    },
}
_BESIDE = {  # a column of the table meters, and the unit: kW, RMB, RMB10k, a currency
    "type": "object",
    "additionalProperties": False,
    "required": ["as", "unit"],
    "properties": {
        "as": {
            "enum": [
                "sharp_peak",
                "peak",
                "flat",
                "valley",
                "deep_valley",
                "demand_kw",
                "cost",
            ]
        },
        "unit": {"type": "string"},
    },
}
_NAMES = {"type": "object", "additionalProperties": {"type": "string"}}
_CHOICES = {
    "into": ["readings", "weather"],
    "order": ["", "day first", "month first", OPEN],
    "stamps": ["", "start", "end", OPEN],
    "clock": ["", "local", "standard", "UTC", OPEN],
    "last_day": ["", "included", "excluded", OPEN],
    "dates": ["", "days", "reads", "months", OPEN],
    "decimal": ["", ".", ",", OPEN],
    "multiplied": ["", "already", "not yet", OPEN],
    "parts": ["", "refuse", "total", "sum"],
    "unit": ["°C", "°F", OPEN],  # of the temperature
}
_TABLE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["headings", "into", "fields"],
    "properties": {name: {"enum": choices} for name, choices in _CHOICES.items()}
    | {
        "sheet": {"type": "string"},
        "headings": {"type": "array", "items": {"type": "string"}},
        "fields": _NAMES,
        "columns": {"type": "object", "additionalProperties": _AMOUNT},
        "meters": _NAMES,
        "beside": {"type": "object", "additionalProperties": _BESIDE},
        "not_used": _NAMES,
        "offset": {"type": "number"},
    },
}
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["file", "tables"],
    "properties": {
        "file": {"type": "string"},
        "tables": {"type": "array", "items": _TABLE},
        "taken": _NAMES,
    },
}
_TITLE = (
    "# How neutrality import reads these files. Correct a line, then import the file again.\n"
    "# A ? is a question that the file itself does not answer.\n"
)


class Question(NamedTuple):
    """What a file does not say by itself."""

    at: tuple[str | int, ...]  # where in the table's entry the answer goes
    asks: str
    choices: tuple[str, ...] = ()  # empty: any name or unit


class Plan(NamedTuple):
    """A table's entry, and why it says what it says."""

    entry: dict
    reasons: dict[tuple, str]  # beside the line it is the reason for
    questions: list[Question]


class Kept(NamedTuple):
    """A mapping as it lies in the case."""

    path: Path
    content: dict


def pattern(file: str) -> str:
    """Return the pattern of a file's name by which next year's is recognised: runs of digits may
    be others.

    >>> pattern("电费账单2025.xlsx"), pattern("hall[2].csv")
    ('电费账单[0-9]*.xlsx', 'hall[[][0-9]*].csv')
    """
    return re.sub(r"\d+", "[0-9]*", glob.escape(file))


def held(case: Path) -> list[Kept]:
    """Return the mappings of a case; ValueError with file and place for one that cannot be used."""
    return [Kept(path, _content(path)) for path in sorted((case / FOLDER).glob("*.yaml"))]


def _content(path: Path) -> dict:
    import jsonschema  # a second to import, which only who imports a file needs

    place = f"{FOLDER}/{path.name}"
    if path.stat().st_size > _MAX_BYTES:
        raise ValueError(
            f"{place}: larger than {_MAX_BYTES:,} bytes; a mapping has a line a column"
        )
    try:
        content = yaml.safe_load(path.read_bytes())
        jsonschema.validate(content, _SCHEMA)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise ValueError(f"{place}{line}: this is not YAML ({error.problem})") from None
    except yaml.YAMLError as error:
        raise ValueError(f"{place}: cannot be read ({str(error).splitlines()[0]})") from None
    except jsonschema.ValidationError as error:
        at = " > ".join(str(part) for part in error.absolute_path) or "the whole"
        raise ValueError(f"{place}, {at}: {error.message}; correct it or delete the file") from None
    return content


def of_file(kept: list[Kept], file: str) -> Kept | None:
    """Return the mapping whose pattern a file's name has, or None."""
    return next((each for each in kept if fnmatch.fnmatchcase(file, each.content["file"])), None)


def of_table(kept: Kept | None, sheet: str, headings: list[str]) -> dict | None:
    """Return the entry of a table with these headings, one of the same sheet first; or None."""
    same = [each for each in kept.content["tables"] if each["headings"] == headings] if kept else []
    return next((each for each in same if each.get("sheet", "") == sheet), (same or [None])[0])


def path_for(case: Path, file: str, kept: list[Kept]) -> Path:
    """Return where the mapping of a new kind of file goes."""
    stem = re.sub(r"[^\w]+", "_", re.sub(r"\d+", "", file.partition(".")[0])).strip("_")
    taken = {each.path.name for each in kept}
    names = (f"{stem or 'readings'}{number}.yaml" for number in ["", *range(2, 1000)])
    return case / FOLDER / next(name for name in names if name not in taken)


def written(content: dict, reasons: list[dict[tuple, str]]) -> str:
    """Return a mapping as YAML, with the reasons of each table's lines as comments."""
    lines = [_TITLE, f"file: {_scalar(content['file'])}\n", "tables:\n"]
    for entry, why in zip(content["tables"], reasons, strict=True):
        lead = "- "
        for name, value in entry.items():
            if isinstance(value, dict) and value:
                lines.append(f"{lead}{name}:\n")
                lines += [
                    f"    {_scalar(key)}: {_scalar(each)}{_why(why, (name, key))}\n"
                    for key, each in value.items()
                ]
            else:
                lines.append(f"{lead}{name}: {_scalar(value)}{_why(why, (name,))}\n")
            lead = "  "
    lines.append("taken:\n" if content.get("taken") else "")
    lines += [f"  {_scalar(name)}: {hash}\n" for name, hash in content.get("taken", {}).items()]
    return "".join(lines)


def _scalar(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _why(reasons: dict[tuple, str], at: tuple) -> str:
    """Return the comment beside a line."""
    said = [why.replace("\n", " ") for place, why in reasons.items() if place[: len(at)] == at]
    return f"  # {'; '.join(said)}" if said else ""


def answered(plan: Plan, ask) -> Plan:
    """Return the plan with its questions put to `ask`, a function from question to answer."""
    entry = json.loads(json.dumps(plan.entry))
    for question in plan.questions:
        *path, last = question.at
        place = entry
        for part in path:
            place = place[part]
        place[last] = ask(question)
    return Plan(entry, plan.reasons, [])


def unanswered(entry: dict) -> list[tuple]:
    """Return where an entry still has a question.

    >>> unanswered({"stamps": "?", "columns": {"a": {"unit": "?", "meter": "main"}}})
    [('stamps',), ('columns', 'a', 'unit')]
    """
    found = []
    for name, value in entry.items():
        if value == OPEN:
            found.append((name,))
        elif isinstance(value, dict):
            found += [(name, *rest) for rest in unanswered(value)]
    return found
