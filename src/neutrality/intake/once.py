"""Each period of a meter once: copies are dropped, credits netted, contradictions refused."""

from __future__ import annotations

import pandas as pd

from neutrality.intake import bill_columns
from neutrality.intake.source import shortened

_TIE = 1e-9


def once(used: pd.DataFrame, place: str):
    """Return each period once: the same reading again is dropped, a credit is part of the bill of
    its period; another value for the same period, and other overlaps, are faults.
    """
    said, dropped, faulty = [], [], []
    again = used.duplicated(["start", "end", "amount"])
    if again.any():
        dropped.append(f"{int(again.sum()):,} row(s) that say again what a row above says")
        used = used[~again]
    same = used.groupby(["start", "end"], sort=False)
    for (start, end), rows in same if used.duplicated(["start", "end"]).any() else ():
        if len(rows) > 1:
            names = ", ".join(map(str, rows["row"]))
            values = " / ".join(f"{each:,.10g}" for each in rows["amount"])
            if rows["amount"].min() < 0 <= rows["amount"].sum():
                said.append(f"{place}, rows {names}: {values}: one is a credit, and both are added")
            else:
                faulty.append(
                    f"{place}, rows {names}: {values} for the same time, {_shown(start, end)}; "
                    "keep one"
                )
    if said:
        used = bill_columns.summed(used)
    below = used[used["amount"] < -_TIE]
    faulty += [
        f"{place}, row {row.row}: found {row.amount:,.10g}; an amount is 0 or more: a credit note "
        "belongs in the bill or hour that it corrects"
        for row in below.itertuples()
    ]
    return used, said, dropped, shortened(faulty) + _overlaps(used, place)


def _shown(start: pd.Timestamp, end: pd.Timestamp) -> str:
    return f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"


def _overlaps(used: pd.DataFrame, place: str) -> list[str]:
    ordered = used.drop_duplicates(["start", "end"]).sort_values("start")
    latest = ordered["end"].cummax().shift()
    over = ordered[ordered["start"] < latest]
    rows = ordered.set_index("row")
    found = [
        f"{place}, row {row.row}: its period {_shown(row.start, row.end)} overlaps that of row "
        f"{rows.index[(rows['end'] > row.start) & (rows['start'] <= row.start)][0]}; correct "
        "one of them"
        for row in over.itertuples()
    ]
    return shortened(found)
