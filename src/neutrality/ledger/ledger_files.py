"""Rows added to a table of a case: the table is replaced whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from neutrality.case import tables, writing
from neutrality.case.alike import of_different
from neutrality.case.schemas import SCHEMAS

_ROWS_SHOWN = 5  # of each kind; the rest are counted


class Imported(NamedTuple):
    """What an import did; `left` and `odd` have row, kind and why."""

    taken: pd.DataFrame  # rows added to the ledger, by the export's row
    left: pd.DataFrame  # rows not added
    odd: pd.DataFrame  # rows added whose retirement text is to be checked
    remarks: list[str]  # how the export as a whole was read: unused columns, order of dates


def summary(imported: Imported, export: str, of_what: str = "credits") -> list[str]:
    """Return the result of an import in sentences: the first rows of each kind, how many more, and
    the remarks.
    """
    taken = imported.taken
    first = f"{export}: {len(taken):,} row(s) taken, {int(taken['quantity'].sum()):,} {of_what}"
    if len(taken):
        rows = ", ".join(map(str, taken.index[:_ROWS_SHOWN]))
        first += f" (rows {rows}{', ...' if len(taken) > _ROWS_SHOWN else ''})"
    lines = [first, *_listed(imported.left, export), *_listed(imported.odd, export)]
    return lines + [f"{export}: {remark}" for remark in imported.remarks]


def _listed(rows: pd.DataFrame, export: str) -> list[str]:
    """Return a sentence for the first rows of each kind, and one for how many more there are."""
    lines = []
    for _, kind in rows.groupby("kind", sort=False):
        shown = kind[["row", "why"]].head(_ROWS_SHOWN).itertuples(index=False)
        lines += [f"{export}, row {row}, {why}" for row, why in shown]
        if len(kind) > _ROWS_SHOWN:
            lines.append(f"{export}: and {len(kind) - _ROWS_SHOWN:,} more rows like these")
    return lines


def refuse_case_or_year(case: Path, year: int) -> None:
    """Raise ValueError where there is no such folder, or the year is none of a report."""
    if not case.is_dir():
        raise ValueError(f"{case.name}: no such folder of a case; neutrality new makes one")
    bounds = next(column for column in SCHEMAS["credits"].columns if column.name == "claimed_year")
    if not bounds.low <= year <= bounds.high:
        raise ValueError(
            f"--year {year}: a reporting year lies between {bounds.low:g} and {bounds.high:g}; "
            "correct it"
        )


def held(case: Path, table: str) -> tuple[Path, pd.DataFrame]:
    """Return the path of a case's table, which may not exist yet, and its valid rows; ValueError
    where it cannot be added to.
    """
    path = tables.path_of(case, table) or case / f"{table}.csv"
    if not path.name.endswith(".csv"):
        raise ValueError(f"{path.name}: rows are added to {table}.csv only; save the ledger as CSV")
    rows = tables.valid_rows(case, table)
    wrong = tables.problems(case, table) if path.exists() else []
    if wrong and not (len(wrong) == 1 and "it has a heading but no rows" in wrong[0]):
        raise ValueError(
            "\n".join([*wrong, f"{path.name}: nothing was added; correct the ledger first"])
        )
    return path, rows


def add(path: Path, taken: pd.DataFrame) -> None:
    """Replace a table by itself and the new rows, days as 2026-01-14."""
    writing.replace({path: writing.merged(path, taken.apply(_written))})


def _written(cells: pd.Series) -> pd.Series:
    """Return cells as a table has them: days as 2026-01-14."""
    if pd.api.types.is_datetime64_any_dtype(cells):
        return of_different(cells, lambda days: days.dt.strftime("%Y-%m-%d"))
    return cells
