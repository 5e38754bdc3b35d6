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
_ENDS = ("serial_first", "serial_last")
_FORMS = (*serials.FORMS.values(), *map(re.compile, serials.OBSERVED.values()))


def recognises(heading: list[str]) -> bool:
    """Return whether a row is the heading of an export of credits: it has a column of serials or of
    retirements' ids, or two of their first and last.

    >>> recognises(["Vintage", "Credit Serial Numbers"]), recognises(["绿证编码", "数量"])
    (True, False)
    """
    ends = (export_files.recognised(heading, "credits", each) for each in _ENDS)
    return export_files.recognised(heading, "credits", "serial") or all(ends)


def read(path: Path) -> Export:
    """Return an export's cells, headings and unused columns (see `export_files.read`).

    Where the numbers of a block have columns of their own, they are joined to the serial that they
    belong to, "CDC_1_1_1_321_14_1 1 to 9", or to each other. ValueError for a file that is no
    export, or lacks a column.
    """
    export = export_files.read(path, "credits", recognises, _REQUIRED["serial"], _several)
    first, last = (export.headings[name] for name in _ENDS)
    if first and last and not export.headings["serial"]:
        export.headings["serial"] = f"{first}, {last}"
    absent = [label for name, label in _REQUIRED.items() if not export.headings[name]]
    if absent:
        raise ValueError(
            f"{path.name}, row {export.heading_row}: column {' and '.join(absent)} is missing; "
            "export the table with all its columns"
        )
    cells = export.cells
    first, last = cells["serial_first"], cells["serial_last"]
    ranged = cells["serial"] + " " + first + " to " + last
    known = first.str.isdecimal() & last.str.isdecimal() & cells["serial"].ne("")
    alone = cells["serial"].eq("") & first.ne("") & last.ne("")
    serial = cells["serial"].mask(known, ranged).mask(alone, first + " to " + last)
    return export._replace(cells=cells.assign(serial=serial))


def _several(line: list[str]) -> bool:
    """Return whether a row holds more than one serial."""
    found = {match[0] for form in _FORMS for cell in line for match in form.finditer(cell)}
    return len(found) > 1
