"""What an import leaves beside the tables: the mapping, and the file as it came, with its hash."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import yaml

from neutrality.case import writing
from neutrality.files.layout import Table
from neutrality.intake import mapping
from neutrality.intake.mapping import Kept, Plan


class Part(NamedTuple):
    """A table of the file with how it is read."""

    table: Table
    headings: list[str]
    cells: dict[str, pd.Series]
    plan: Plan
    kept: bool  # its entry was in the case already


def content(file, mine: Kept | None, parts: list[Part], taken: dict[str, str]) -> str:
    """Return the mapping's YAML: entries of tables that this file lacks stay."""
    held = mine.content if mine else {"file": mapping.pattern(file.path.name), "tables": []}
    entries = [(part.plan.entry, part.plan.reasons) for part in parts]
    same = [(entry["headings"], entry.get("sheet", "")) for entry, _ in entries]
    others = [
        (entry, {})
        for entry in held["tables"]
        if (entry["headings"], entry.get("sheet", "")) not in same
    ]
    both = [*entries, *others]
    made = {
        "file": held["file"],
        "tables": [entry for entry, _ in both],
        "taken": held.get("taken", {}) | taken,
    }
    return mapping.written(made, [why for _, why in both])


def keep(case: Path, file: Path) -> Path:
    """Copy a file that went into a ledger beside the other raw files of a case; return the copy,
    which is named after its hash too where another file has its name.
    """
    content = file.read_bytes()
    raw = case / mapping.FOLDER / mapping.RAW / file.name
    if raw.exists() and raw.read_bytes() != content:
        raw = raw.with_name(f"{hashlib.sha256(content).hexdigest()[:8]}_{raw.name}")
    if not raw.exists():
        writing.replace({raw: content})
    return raw


def files(case: Path, file, mine: Kept | None, kept, parts: list[Part]) -> dict[Path, bytes]:
    """Return the raw file's copy, and the mapping with its hash where that is new."""
    folder = case / mapping.FOLDER
    raw = folder / mapping.RAW / file.path.name
    known = mine.content.get("taken", {}) if mine else {}
    if raw.exists() and known.get(raw.name) != file.sha256:
        raw = raw.with_name(f"{file.sha256[:8]}_{raw.name}")
    made: dict[Path, bytes] = {}
    if not raw.exists():
        made[raw] = file.path.read_bytes()
    if known.get(raw.name) == file.sha256 and all(part.kept for part in parts):
        return made
    path = mine.path if mine else mapping.path_for(case, file.path.name, kept)
    hash_of = {raw.name: file.sha256}
    unchanged = all(part.kept and part.plan.entry in mine.content["tables"] for part in parts)
    text = _with_hash(mine, hash_of) if mine and unchanged else ""
    return made | {path: (text or content(file, mine, parts, hash_of)).encode("utf-8")}


def _with_hash(mine: Kept, taken: dict[str, str]) -> str:
    """Return a mapping's own text with a hash added, so that comments stay; "" where its end is
    not the list of hashes.
    """
    text = mine.path.read_text(encoding="utf-8").rstrip() + "\n"
    lines = "".join(f'  "{name}": {value}\n' for name, value in taken.items())
    made = text + ("" if "taken" in mine.content else "taken:\n") + lines
    expected = mine.content | {"taken": mine.content.get("taken", {}) | taken}
    try:
        return made if yaml.safe_load(made) == expected else ""
    except yaml.YAMLError:
        return ""
