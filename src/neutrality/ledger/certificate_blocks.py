"""Rows of a list that hold several blocks of certificates: "1-100; 205-300", or a range a line in
one cell. Each block becomes a row; the quantity of the row must be the sum of all.
"""

from __future__ import annotations

import re

import pandas as pd

from neutrality.case.alike import of_each
from neutrality.ledger import certificate_forms
from neutrality.ledger.export_files import Export

# 900,000,001 is one number: a comma before three digits parts nothing
_APART = re.compile(r"\s*(?:[;；、\n]|[,，](?!\d{3}(?:\D|$)))\s*")
_NUMBERS = ("serial", "serial_from", "serial_to")


def apart(export: Export) -> Export:
    """Return a list with a row for each block, and two more columns: `of_row`, the row of the file,
    and `blocks`, how many it holds. Further blocks are numbered after the last row.

    >>> cells = {"serial": ["A1至9；15至20"], "serial_from": [""], "serial_to": [""]}
    >>> made = apart(Export(pd.DataFrame(cells, [2]), {}, [], 1)).cells
    >>> made["serial"].tolist(), made["of_row"].tolist(), made.index.tolist()
    (['A1至9', 'A15至20'], [2, 2], [2, 3])
    """
    cells = export.cells.assign(of_row=export.cells.index, blocks=1)
    several = cells.index[
        pd.concat([_parted(cells[name]) for name in _NUMBERS], axis=1).any(axis=1)
    ]
    free, more = int(cells.index.max() if len(cells) else 0) + 1, []
    for row in several:
        made = _blocks(cells.loc[row, list(_NUMBERS)])
        cells.loc[row, [*_NUMBERS, "blocks"]] = [*made[0], len(made)]
        for block in made[1:]:
            further = dict(zip(_NUMBERS, block, strict=True))
            more.append(cells.loc[[row]].assign(**further).set_axis([free]))
            free += 1
    return export._replace(cells=pd.concat([cells, *more]) if more else cells)


def _parted(cells: pd.Series) -> pd.Series:
    """Return which cells hold several blocks."""
    marked = cells[cells.str.contains("[;；、\n,，]")]
    found = of_each(marked, lambda cell: bool(_APART.search(cell)), "bool")
    return found.reindex(cells.index, fill_value=False)


def _blocks(numbers: pd.Series) -> list[list[str]]:
    """Return the numbers of each block of a row; the row as it is where its cells have different
    counts of them.
    """
    parts = [[part for part in _APART.split(text) if part] for text in numbers]
    count = max(map(len, parts))
    if any(len(each) not in (0, count) for each in parts):
        return [numbers.tolist()]
    full = [_with_head(each) if each else [""] * count for each in parts]
    return [list(block) for block in zip(*full, strict=True)]


def _with_head(parts: list[str]) -> list[str]:
    """Return parts with the letters before the first one's number, where the others lack them."""
    first, _ = certificate_forms.split(parts[0])
    head = re.sub(r"[0-9]+$", "", first)
    return [parts[0], *(head + part if part[:1].isdigit() else part for part in parts[1:])]


def summed(quantity: pd.Series, ranged: pd.Series, cells: pd.DataFrame) -> pd.DataFrame:
    """Return the quantity of each block, and what the numbers of its row hold: the quantity of a
    row with several blocks is parted where it is their sum.
    """
    of_row = ranged.groupby(cells["of_row"])
    whole = of_row.transform("sum").where(of_row.transform("count") == cells["blocks"])
    good = (cells["blocks"] > 1) & (quantity == whole)
    several = cells["blocks"] > 1
    return pd.DataFrame(
        {"quantity": quantity.mask(good, ranged), "ranged": ranged.mask(several & ~good, whole)}
    )


def together(left: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return row, kind, why by the file's row, each row once: of a row all blocks are taken, or
    none.
    """
    rows = left["row"].map(cells["of_row"]).astype("int64")
    return left.assign(row=rows).drop_duplicates("row").reset_index(drop=True)
