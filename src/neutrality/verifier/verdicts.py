"""A figure of a bundle beside the same figure recomputed: same, within its tolerance or different;
and where a difference began.
"""

from __future__ import annotations

import math
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from neutrality import claims, sheets

SAME, WITHIN, DIFFERENT = "same", "within tolerance", "different"
COLUMNS = ["id", "verdict", "bundle", "replayed", "unit", "tolerance", "notebook", "split"]
_NUMBERS = ("value", "low", "high", "level")
_WORDS = ("unit", "basis", "status")
_NOISE = 1e-9  # absolute: what rounding leaves of a difference that is nothing
_TABLE = 1e-6  # relative: what a cell of a table may differ by, as the models' claims


class Split(NamedTuple):
    """The first cell of a notebook's tables that differs."""

    notebook: str
    table: str
    said: str  # row, column, both cells


def tolerance(id: str) -> float:
    """Return the relative difference within which a claim counts as reproduced: that of the last
    pattern of texts/tolerances.csv that fits its id.

    >>> tolerance("avoided_green_t"), tolerance("savings_mwh"), tolerance("credits_needed")
    (1e-09, 1e-06, 0.0)
    """
    listed = sheets.packaged("texts/tolerances.csv")
    fits = [float(row.relative) for row in listed.itertuples() if fnmatchcase(id, row.pattern)]
    return fits[-1]


def compared(bundle: pd.DataFrame, replayed: pd.DataFrame, splits: list[Split]) -> pd.DataFrame:
    """Return id, verdict, bundle, replayed, unit, tolerance, notebook, split of every claim.

    Both tables are claims by id. The bounds of a claim, its unit, basis and status are compared as
    its value is; a claim that only one side has is different. `split` says where a difference
    began: in the first of `splits` of the claim's own notebook or of one before it.
    """
    rows = []
    for id in dict.fromkeys([*bundle.index, *replayed.index]):
        held, made = (each.loc[id] if id in each.index else None for each in (bundle, replayed))
        about = made if held is None else held
        verdict = verdict_of(held, made, tolerance(id))
        before = [each for each in splits if each.notebook[:2] <= about["notebook"]]
        split = before[0] if verdict == DIFFERENT and before else None
        values = [None if each is None else each["value"] for each in (held, made)]
        place = "" if split is None else f"{split.notebook}, {split.table}, {split.said}"
        rows.append((id, verdict, *values, about["unit"], tolerance(id), about["notebook"], place))
    return pd.DataFrame(rows, columns=COLUMNS)


def verdict_of(held: pd.Series | None, made: pd.Series | None, relative: float) -> str:
    """Return the verdict on one claim, from both its rows."""
    if held is None or made is None or any(held[name] != made[name] for name in _WORDS):
        return DIFFERENT
    pairs = [(float(held[name]), float(made[name])) for name in _NUMBERS]
    if all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in pairs):
        return SAME
    return WITHIN if all(_close(a, b, relative) for a, b in pairs) else DIFFERENT


def _close(one: float, other: float, relative: float) -> bool:
    return (math.isnan(one) and math.isnan(other)) or math.isclose(
        one, other, rel_tol=relative, abs_tol=_NOISE if relative else 0.0
    )


def split_of(notebook: str, name: str, held: Path, made: Path) -> Split | None:
    """Return the first cell in which two files of a table differ, CSV or Excel, or None.

    Numbers may differ by a millionth; a file that only one side has differs as a whole.
    """
    if not (held.is_file() and made.is_file()):
        where = "replay" if made.is_file() else "bundle"
        return Split(notebook, name, f"stands only in the {where}")
    if held.read_bytes() == made.read_bytes():
        return None
    one, other = _read(held), _read(made)
    if list(one) != list(other):
        return Split(notebook, name, f"columns {', '.join(one)} against {', '.join(other)}")
    for at in range(max(len(one), len(other))):
        if at >= min(len(one), len(other)):
            return Split(notebook, name, f"{len(one)} rows against {len(other)}")
        for column in one:
            left, right = one[column].iat[at], other[column].iat[at]
            if left != right and not _numbers_close(left, right):
                return Split(notebook, name, f"row {at + 2}, {column}: {left} against {right}")
    return None


def _read(path: Path) -> pd.DataFrame:
    """Return the cells of a CSV or Excel file as text."""
    if path.suffix == ".xlsx":
        return pd.read_excel(path, dtype=str, keep_default_na=False, engine="openpyxl")
    return sheets.written(path)


def _numbers_close(left: str, right: str) -> bool:
    try:
        return math.isclose(float(left), float(right), rel_tol=_TABLE, abs_tol=_TABLE)
    except ValueError:
        return False


def read(folder: Path) -> pd.DataFrame:
    """Return the claims of all notebooks of a bundle, by id."""
    return claims.join(folder / "claims")
