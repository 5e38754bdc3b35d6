"""A file of any kind that people keep readings in, read into its sheets."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from neutrality.intake.cells import File, Sheet

__all__ = ["File", "Sheet", "read"]


def read(path: Path) -> File:
    """Return a file's sheets (stub: UTF-8 with commas only)."""
    raw = path.read_bytes()
    rows = [line.split(",") for line in raw.decode("utf-8-sig").splitlines()]
    cells = pd.DataFrame(rows, dtype="object")
    cells.index = pd.RangeIndex(1, len(cells) + 1)
    held = [Sheet("", cells.where(cells.notna() & (cells != ""), None), frozenset(), "visible")]
    return File(path, "csv", "utf-8", ",", held, hashlib.sha256(raw).hexdigest())
