"""Rows that were made up: allowed in an illustrative case only, where they carry a mark."""

from __future__ import annotations

from pathlib import Path

from neutrality.case import tables

ILLUSTRATIVE = "ILLUSTRATIVE"  # how an illustrative case marks what it made up
NAMED = (
    "certificates",
    "credits",
    "factors",
    "company",
    "activities",
)  # tables in which the mark may stand


def refuse_illustrations(case: Path, illustrative: bool) -> None:
    """Raise ValueError where a case that is not illustrative holds made-up rows: the mark
    itself, or calibrated figures.
    """
    if illustrative:
        return
    found = []
    for name in (name for name in NAMED if tables.exists(case, name)):
        table = tables.read(case, name)
        marked = (
            table.select_dtypes("str")
            .apply(lambda column: column.str.contains(ILLUSTRATIVE))
            .any(axis=1)
        )
        found += [
            f"{name}.csv, row {row}: it is marked {ILLUSTRATIVE}; give the real row, or set illustrative: true"
            for row in table.index[marked][: tables.ROWS_SHOWN]
        ]
    announced = tables.read_or_empty(case, "announced")
    found += [
        f"announced.csv, row {row}, column calibrated: true means an input was made to fit; set illustrative: true"
        for row in announced.index[announced["calibrated"]]
    ]
    if found:
        raise ValueError("\n".join(found))
