"""A registry's export of retirements imported into a case's credits.csv, so that nobody retypes a
serial: the ledger is replaced whole or not at all.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from neutrality.case import tables, writing
from neutrality.case.schemas import SCHEMAS
from neutrality.ledger import export_columns, export_rows, ranges, retirement_text, serials
from neutrality.texts import findings

_ROWS_SHOWN = 5  # of each kind; the rest are counted
_BLOCK = ["space", "serial_start", "serial_end", "claimed_year"]


class Imported(NamedTuple):
    """What an import did; `left` and `odd` have row, kind and why."""

    taken: pd.DataFrame  # rows added to the ledger, by the export's row
    left: pd.DataFrame  # rows not added
    odd: pd.DataFrame  # rows added whose retirement text is to be checked
    remarks: list[str]  # how the export as a whole was read: unused columns, order of dates


def import_export(case: Path, export: Path, year: int, beneficiary: str = "") -> Imported:
    """Append the retirements of an export to the case's credits.csv, claimed for the year; return
    what was taken and what was not.

    With a beneficiary only rows retired for it are taken. Structured columns keep a row out; what a
    retirement text mentions is odd. Raises ValueError where the file is no export or the ledger
    cannot be added to.
    """
    _refuse_case_or_year(case, year)
    path, held = _ledger(case)
    read = export_columns.read(export)
    rows, left, remarks = export_rows.judged(read, beneficiary)
    repeated = _repeated(rows, held, f"column {read.headings['serial']}", path.name)
    left = pd.concat([left, repeated]).sort_values("row", kind="stable").reset_index(drop=True)
    rows = rows.drop(index=repeated["row"]).assign(claimed_year=year)
    taken = rows.reindex(columns=[column.name for column in SCHEMAS["credits"].columns])
    if len(taken):
        writing.replace({path: writing.merged(path, taken)})
    if read.unused:
        remarks = [*remarks, f"columns not used: {', '.join(read.unused)}"]
    return Imported(taken, left, _odd(rows, year, beneficiary, read.headings), remarks)


def summary(imported: Imported, export: str) -> list[str]:
    """Return the result of an import in sentences: the first rows of each kind, how many more, and
    the remarks.
    """
    taken = imported.taken
    first = f"{export}: {len(taken):,} row(s) taken, {int(taken['quantity'].sum()):,} credits"
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


def _refuse_case_or_year(case: Path, year: int) -> None:
    if not case.is_dir():
        raise ValueError(f"{case.name}: no such folder of a case; neutrality new makes one")
    bounds = next(column for column in SCHEMAS["credits"].columns if column.name == "claimed_year")
    if not bounds.low <= year <= bounds.high:
        raise ValueError(
            f"--year {year}: a reporting year lies between {bounds.low:g} and {bounds.high:g}; "
            "correct it"
        )


def _odd(rows: pd.DataFrame, year: int, reporter: str, headings: dict[str, str]) -> pd.DataFrame:
    """Return row, kind, why of the taken rows whose retirement text is to be checked."""
    parts = [headings[name] for name in ("reason", "details") if headings[name]]
    place = f"column {' and '.join(parts)}: "
    found = [
        (row, rule, place + findings.rules()[rule][2].format(**values, reporter=reporter))
        for rule, hits in retirement_text.odd_texts(rows, year, reporter)
        for row, values in zip(hits.index, hits.to_dict("records"), strict=True)
    ]
    return pd.DataFrame(found, columns=["row", "kind", "why"])


def _ledger(case: Path) -> tuple[Path, pd.DataFrame]:
    """Return the path of the case's credits.csv, which may not exist yet, and its valid rows;
    ValueError where it cannot be added to.
    """
    path = tables.path_of(case, "credits") or case / "credits.csv"
    if path.suffix != ".csv":
        raise ValueError(f"{path.name}: rows are added to credits.csv only; save the ledger as CSV")
    held = tables.valid_rows(case, "credits")
    wrong = tables.problems(case, "credits") if path.exists() else []
    if wrong and not (len(wrong) == 1 and "it has a heading but no rows" in wrong[0]):
        raise ValueError(
            "\n".join([*wrong, f"{path.name}: nothing was added; correct the ledger first"])
        )
    return path, held


def _repeated(rows: pd.DataFrame, held: pd.DataFrame, place: str, ledger: str) -> pd.DataFrame:
    """Return row, kind, why of the rows whose numbers the ledger or an earlier row holds."""
    found = _held_elsewhere(rows, held)
    whys = []
    for row, other in found:
        holder = (
            f"row {other} of the export"
            if other > 0
            else f"{ledger}, row {-other}, claimed for {held['claimed_year'][-other]}"
        )
        serial = rows["serial"][row]
        whys.append(
            f"{place}: found '{serial}', whose numbers are already in {holder}; "
            "each number exists once"
        )
    repeated = pd.DataFrame({"row": [row for row, _ in found], "kind": "held", "why": whys})
    return repeated.astype({"row": "int64"})


def _held_elsewhere(rows: pd.DataFrame, held: pd.DataFrame) -> list[tuple[int, int]]:
    """Return pairs of a row and the row that already holds one of its numbers: the ledger's rows
    as negative numbers, the export's as positive ones.

    Rows found are dropped and the rest compared again, so that a row is left out only for one that
    is kept.
    """
    ledger = serials.parsed(held["serial"])
    ledger = ledger.rename(columns={"start": "serial_start", "end": "serial_end"})
    ledger = ledger.assign(claimed_year=held["claimed_year"]).set_index(-ledger.index)
    kept = pd.concat([ledger[_BLOCK], rows.assign(claimed_year=0)[_BLOCK]])
    kept = kept.astype({name: "int64" for name in _BLOCK[1:]})
    found = []
    while len(twice := ranges.overlapping(kept)):
        both = twice[["row", "other"]]
        pairs = pd.DataFrame({"row": both.max(axis=1), "other": both.min(axis=1)})
        pairs = pairs.drop_duplicates("row")
        found += list(pairs[pairs["row"] > 0].itertuples(index=False, name=None))
        kept = kept.drop(index=pairs["row"])
    return found
