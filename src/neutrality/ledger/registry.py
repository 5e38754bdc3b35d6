"""A registry's export of retirements imported into a case's credits.csv, so that nobody retypes a
serial.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from neutrality.case import alike, tables
from neutrality.case.schemas import SCHEMAS
from neutrality.ledger import (
    credit_serials,
    credits,
    export_columns,
    export_files,
    export_rows,
    ledger_files,
    ranges,
    reporters,
    retirement_text,
)
from neutrality.ledger.ledger_files import Imported, summary
from neutrality.ledger.reporters import Reporter
from neutrality.texts import findings

__all__ = ["Imported", "import_export", "is_export", "summary"]
_BLOCK = ["space", "serial_start", "serial_end", "claimed_year"]


def is_export(path: Path) -> bool:
    """Return whether a file has the heading of a registry's table of retirements: serials, and how
    many credits were retired or when.
    """

    def heads(row: list[str]) -> bool:
        retired = export_files.recognised(row, "credits", "quantity", "retired_on")
        return retired and export_columns.recognises(row)

    return path.is_file() and export_files.headed(path, heads)


@alike.long_columns
def import_export(case: Path, export: Path, year: int, beneficiary: str = "") -> Imported:
    """Append the retirements of an export to the case's credits.csv, claimed for the year; return
    what was taken and what was not.

    With a beneficiary only rows retired for it are taken, under its name or one of the case's table
    aliases. Structured columns keep a row out; what a retirement text mentions is odd. Raises
    ValueError where the file is no export, the beneficiary no name, or the ledger cannot be added
    to.
    """
    ledger_files.refuse_case_or_year(case, year)
    who = reporters.reporter(beneficiary, tables.valid_rows(case, "aliases"))
    if beneficiary:
        findings.refuse(reporters.unnamed_findings(who))
    path, held = ledger_files.held(case, "credits")
    read = export_columns.read(export)
    rows, left, remarks = export_rows.judged(read, who, year)
    repeated = _repeated(rows, held, f"column {read.headings['serial']}", path.name)
    left = pd.concat([left, repeated]).sort_values("row", kind="stable").reset_index(drop=True)
    rows = rows.drop(index=repeated["row"]).assign(claimed_year=year)
    taken = rows.reindex(columns=[column.name for column in SCHEMAS["credits"].columns])
    if len(taken):
        ledger_files.add(path, taken)
    if read.unused:
        remarks = [*remarks, f"columns not used: {', '.join(read.unused)}"]
    return Imported(taken, left, _odd(rows, year, who, read.headings), remarks)


def _odd(rows: pd.DataFrame, year: int, who: Reporter, headings: dict[str, str]) -> pd.DataFrame:
    """Return row, kind, why of the taken rows whose beneficiary or retirement text is to be
    checked.
    """
    parts = [headings[name] for name in ("reason", "details") if headings[name]]
    text_place = f"column {' and '.join(parts)}: "
    name_place = f"column {headings['beneficiary'] or 'beneficiary'}: "
    hits = [(text_place, *hit) for hit in retirement_text.odd_texts(rows, year, who)]
    if who.name:
        hits += [(name_place, *hit) for hit in _odd_names(rows, who)]
    found = [
        (row, rule, place + sentence)
        for place, rule, of_rule in hits
        for row, sentence in _sentences(rule, of_rule.assign(reporter=who.name))
    ]
    return pd.DataFrame(found, columns=["row", "kind", "why"])


def _sentences(rule: str, rows: pd.DataFrame) -> list[tuple[int, str]]:
    """Return each row with the rule's sentence about it."""
    sentence = findings.rules()[rule][2]
    values = findings.records(rule, rows)
    return [(row, sentence.format(**each)) for row, each in zip(rows.index, values, strict=True)]


def _odd_names(rows: pd.DataFrame, who: Reporter) -> list[tuple[str, pd.DataFrame]]:
    """Return the rules about beneficiaries, with the rows that were taken although their cell is
    not the reporter's name.
    """
    how = reporters.matched(rows["beneficiary"], rows["programme"], who)["how"]
    text = retirement_text.retirement_texts(rows)
    told = retirement_text.named_in_text(rows, who)
    return [
        ("beneficiary_wordy", rows[how == reporters.WORDY]),
        ("beneficiary_in_text", rows[told].assign(text=text[told])),
        ("beneficiary_account_holder", rows[rows["holder"]]),
    ]


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

    Rows found are dropped and the rest compared again, until none shares a number. Of a chain of
    overlaps a row may be dropped for one that is dropped too: each is told.
    """
    ledger = credit_serials.compared(credits.blocks(held))
    kept = pd.concat([ledger.set_index(-ledger.index)[_BLOCK], rows.assign(claimed_year=0)[_BLOCK]])
    kept = kept.astype({name: "int64" for name in _BLOCK[1:]})
    found = []
    while len(twice := ranges.overlapping(kept)):
        both = twice[["row", "other"]]
        pairs = pd.DataFrame({"row": both.max(axis=1), "other": both.min(axis=1)})
        pairs = pairs.drop_duplicates("row")
        found += list(pairs[pairs["row"] > 0].itertuples(index=False, name=None))
        kept = kept.drop(index=pairs["row"])
    return found
