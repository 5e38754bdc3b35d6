"""An entry of a mapping in the making: what it rests on, its reasons and its questions."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from neutrality.intake.mapping import OPEN, Question
from neutrality.intake.naming import Names
from neutrality.intake.source import written_name


class About(NamedTuple):
    """What a table is proposed from, beside its cells."""

    file: str
    sheet: str
    preamble: str  # what stands above and below the table
    timezone: str
    offset_h: float | None  # of the file's clock to UTC, where its preamble says it
    other: pd.DataFrame  # hourly readings of the case's meters, a column each, may be empty
    names: Names


class Draft:
    """An entry in the making."""

    def __init__(self) -> None:
        self.entry: dict = {}
        self.why: dict[tuple, str] = {}
        self.open: list[Question] = []

    def put(self, at: tuple, value, why: str = "") -> None:
        place = self.entry
        for part in at[:-1]:
            place = place.setdefault(part, {})
        place[at[-1]] = value
        if why:
            self.why[at] = why

    def ask(self, at: tuple, asks: str, choices: tuple[str, ...] = ()) -> None:
        self.put(at, OPEN)
        self.open.append(Question(at, asks, choices))


def of_one(values: pd.Series, named: pd.Series | None) -> pd.Series:
    """Return the values of the meter that has the most rows."""
    if named is None:
        return values.reset_index(drop=True)
    names = named.map(written_name).reset_index(drop=True)
    return values.reset_index(drop=True)[names == names.mode().iloc[0]]
