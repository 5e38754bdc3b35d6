"""A list of certificates imported into a case's certificates.csv: as a platform, a registry or the
site itself keeps it, with headings in Chinese or English.

A row of a list is a block; `certificate_rows` judges it.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from neutrality.case import alike, tables
from neutrality.case.schemas import SCHEMAS
from neutrality.ledger import (
    certificate_blocks,
    certificate_months,
    certificate_rows,
    certificate_serials,
    export_files,
    export_values,
    ledger_files,
    reporters,
)
from neutrality.ledger.export_files import Export
from neutrality.ledger.ledger_files import Imported
from neutrality.reference import published, units
from neutrality.texts import findings

_TABLE = "certificates"
_WANTED = "绿证编码 or Certificate number"


def recognises(heading: list[str]) -> bool:
    """Return whether a row is the heading of a list of certificates: it has their numbers or their
    energy, and when the power was generated.

    >>> recognises(["生产年月", "绿证编码", "成交数量"]), recognises(["Vintage", "Serial Number"])
    (True, False)
    """
    numbered = ("serial", "serial_from", "serial_base", "wh", "kwh", "mwh", "quantity")
    when = export_files.recognised(heading, _TABLE, "month", "period_start")
    what = export_files.recognised(heading, _TABLE, "technology", "instrument", "serial_base")
    chinese = any(not each.isascii() for each in heading)
    if export_files.recognised(heading, "credits", "methodology"):
        return False  # carbon credits: they have vintages, product types and quantities too
    return when and (what or chinese) and export_files.recognised(heading, _TABLE, *numbered)


def is_list(path: Path) -> bool:
    """Return whether a file has the heading of a list of certificates."""
    return path.is_file() and export_files.headed(path, recognises)


@alike.long_columns
def import_list(case: Path, path: Path, year: int, beneficiary: str = "") -> Imported:
    """Append the blocks of a list to the case's certificates.csv, claimed for the year; return what
    was taken and what was not.

    With a beneficiary only blocks redeemed for it are taken, under its name or one of the case's
    table aliases. Raises ValueError where the file is no such list, the beneficiary no name, or the
    ledger cannot be added to.
    """
    ledger_files.refuse_case_or_year(case, year)
    who = reporters.reporter(beneficiary, tables.valid_rows(case, "aliases"))
    if beneficiary:
        findings.refuse(reporters.unnamed_findings(who))
    ledger, held = ledger_files.held(case, _TABLE)
    export = export_files.read(path, _TABLE, recognises, _WANTED, _took_rows_in)
    reading = certificate_rows.read(export)
    left = certificate_rows.left(reading, export.headings, who, year)
    good = ~reading.cells["of_row"].isin(left["row"])
    rows = certificate_rows.blocks(reading, good, path.stem, held)
    repeated = _repeated(rows, held, export, ledger.name)
    left = pd.concat([left, repeated]).sort_values("row", kind="stable").reset_index(drop=True)
    rows = rows[~rows["of_row"].isin(repeated["row"])].assign(claimed_year=year)
    rows = rows.sort_values("of_row", kind="stable")
    rows = rows.set_axis(rows["of_row"].tolist())
    taken = rows.reindex(columns=[column.name for column in SCHEMAS[_TABLE].columns])
    if len(taken):
        ledger_files.add(ledger, taken)
    odd = pd.DataFrame(columns=["row", "kind", "why"])
    return Imported(taken, left, odd, _remarks(reading, export, taken))


def _repeated(rows: pd.DataFrame, held: pd.DataFrame, export: Export, ledger: str) -> pd.DataFrame:
    """Return row, kind, why of the blocks whose numbers the ledger or an earlier row holds."""
    kept = ["serial_from", "serial_to", "quantity", "instrument"]
    both = pd.concat([held[kept].set_axis(-held.index), rows[kept]]).assign(claimed_year=0)
    found: list[tuple[int, int]] = []
    while len(twice := certificate_serials.overlapping(certificate_serials.blocks(both))):
        pairs = pd.DataFrame({"one": twice.index, "other": twice["other"].astype("int64")})
        pairs = pd.DataFrame({"row": pairs.max(axis=1), "other": pairs.min(axis=1)})
        pairs = pairs.drop_duplicates("row")
        found += [pair for pair in pairs.itertuples(index=False, name=None) if pair[0] > 0]
        both = both.drop(index=pairs["row"])
    column = next(
        (export.headings[each] for each in ("serial_from", "serial") if export.headings[each]), ""
    )
    whys = [
        f"column {column or 'serial_from'}: found '{rows['serial_from'][row]}', whose numbers are "
        f"already in {_holder(rows['of_row'].get(other, other), ledger)}; each number exists once"
        for row, other in found
    ]
    repeated = pd.DataFrame({"row": [row for row, _ in found], "kind": "held", "why": whys})
    return certificate_blocks.together(repeated.astype({"row": "int64"}), rows)


def _took_rows_in(line: list[str]) -> bool:
    """Return whether a cell of a row holds other rows: a line of it has as many separators as half
    of a row's cells.
    """
    rows = (each for cell in line for each in cell.splitlines()[1:])
    return any(2 * max(map(each.count, ",;\t")) >= len(line) - 2 for each in rows)


def _holder(other: int, ledger: str) -> str:
    return f"row {other} of the list" if other > 0 else f"{ledger}, row {-other}"


def _remarks(reading: certificate_rows.Reading, export: Export, taken: pd.DataFrame) -> list[str]:
    """Return how the list as a whole was read: totals, order of dates, unused columns."""
    remarks = [*export.notes]
    if len(taken):
        remarks += export_values.beneficiary_remark(taken)
        begun, ended = (
            certificate_months.labels(taken[name]).fillna(taken["month"])
            for name in ("period_start", "period_end")
        )
        size_kwh = taken["instrument"].map(published.table("instruments")["kwh"].astype(float))
        mwh = (taken["quantity"] * size_kwh).sum() / units.KWH_PER_MWH
        remarks.append(f"{mwh:,.0f} MWh taken, generated from {begun.min()} to {ended.max()}")
    if reading.day_first is None:
        remarks += export_values.order_remark(reading.cells["retired_on"])
    if export.unused:
        remarks.append(f"columns not used: {', '.join(export.unused)}")
    return remarks
