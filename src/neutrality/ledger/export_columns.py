"""A registry's export of retired credits under the column names of the ledger."""

from __future__ import annotations

import re
from pathlib import Path

from neutrality.ledger import export_files, serials
from neutrality.ledger.export_files import Export

_REQUIRED = {
    "serial": "Serial Number",
    "quantity": "Quantity Issued",
    "retired_on": "Retirement/Cancellation Date",
}
_FORMS = (*serials.FORMS.values(), *map(re.compile, serials.OBSERVED.values()))


def recognises(heading: list[str]) -> bool:
    """Return whether a row is the heading of an export of credits: it has a column of serials, or
    of retirements' ids.

    >>> recognises(["Vintage", "Credit Serial Numbers"]), recognises(["绿证编码", "数量"])
    (True, False)
    """
    return export_files.recognised(heading, "credits", "serial")


def read(path: Path) -> Export:
    """Return an export's cells, headings and unused columns (see `export_files.read`).

    Where the numbers of a block have columns of their own, they are joined to the serial that they
    belong to: "CDC_1_1_1_321_14_1 1 to 9". ValueError for a file that is no export, or lacks a
    column.
    """
    export = export_files.read(path, "credits", recognises, _REQUIRED["serial"], _several)
    absent = [label for name, label in _REQUIRED.items() if not export.headings[name]]
    if absent:
        raise ValueError(
            f"{path.name}, row {export.heading_row}: column {' and '.join(absent)} is missing; "
            "export the table with all its columns"
        )
    cells = export.cells
    first, last = cells["serial_first"], cells["serial_last"]
    ranged = cells["serial"] + " " + first + " to " + last
    known = first.str.isdecimal() & last.str.isdecimal()
    return export._replace(cells=cells.assign(serial=cells["serial"].mask(known, ranged)))


def _several(line: list[str]) -> bool:
    """Return whether a row holds more than one serial."""
    found = {match[0] for form in _FORMS for cell in line for match in form.finditer(cell)}
    return len(found) > 1
