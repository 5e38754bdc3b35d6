"""Illustrative rows: allowed in an illustrative case only, where they carry a mark."""

from __future__ import annotations

from pathlib import Path

from neutrality.case import columns, tables

ILLUSTRATIVE = "ILLUSTRATIVE"  # the mark of an illustrative row
MARKED_TABLES = ("certificates", "credits", "factors", "company", "activities")


def refuse_illustrations(case: Path, illustrative: bool) -> None:
    """Raise ValueError where a case that is not illustrative holds illustrative rows.

    These are rows that carry the mark, and announced figures to which an input was calibrated.
    """
    if illustrative:
        return
    found = [
        sentence
        for name in MARKED_TABLES
        if tables.exists(case, name)
        for sentence in _marked(case, name)
    ]
    announced = tables.read_or_empty(case, "announced")
    found += [
        f"announced.csv, row {row}, column calibrated: true means an input was made to fit; "
        "set illustrative: true"
        for row in announced.index[announced["calibrated"]]
    ]
    if found:
        raise ValueError("\n".join(found))


def _marked(case: Path, name: str) -> list[str]:
    """Return a sentence for each of the first rows of a table that carry the mark."""
    table = tables.read(case, name)
    texts = table.select_dtypes("str")
    marked = texts.apply(lambda column: column.str.contains(ILLUSTRATIVE)).any(axis=1)
    return [
        f"{name}.csv, row {row}: it is marked {ILLUSTRATIVE}; "
        "give the real row, or set illustrative: true"
        for row in table.index[marked][: columns.ROWS_SHOWN]
    ]
