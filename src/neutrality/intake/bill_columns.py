"""What bills say beside their amount: parts of the day, the highest demand, what they come to. Kept
in columns of the table meters; no total is made of them.
"""

from __future__ import annotations

import re

import pandas as pd

from neutrality.energy import periods
from neutrality.intake import amounts, fields
from neutrality.intake.drafts import Draft
from neutrality.intake.fields import Heading
from neutrality.intake.source import Source, shortened

DEMAND, COST, CURRENCY = "demand_kw", "cost", "currency"
_YUAN = {"RMB": 1.0, "RMB10k": 1e4}
# The first that a heading's word fits: 尖峰 is no 峰, off-peak no peak.
_WORDS = {
    "sharp_peak": r"尖|super|sharp",
    "deep_valley": r"深谷|deep",
    "valley": r"谷|valley|off.?peak",
    "flat": r"平|flat|mid.?peak|shoulder",
    "peak": r"峰|peak",
}


def propose(draft: Draft, said: list[Heading]) -> None:
    """Put the column of the table meters for each part of the day, the demand and the cost of bills
    of one meter a row; of several costs or demands none is taken.
    """
    held, times = draft.entry["columns"], draft.entry["fields"]
    used = {each["meter"] for each in held.values() if each["holds"] != "not used"}
    several = "meter" not in times and len(used) > 1
    if several or "time" in times or "hour" in times:
        return
    made = {name: (part(name), "") for name, about in held.items() if about["holds"] == "part"}
    made |= _one(said, "demand", DEMAND) | _one(said, "cost", COST)
    columns = [column for column, _ in made.values()]
    for heading, (column, unit) in made.items():
        if column and columns.count(column) == 1:
            draft.put(("beside", heading), {"as": column, "unit": unit})


def _one(said: list[Heading], field: str, column: str) -> dict[str, tuple[str, str]]:
    """Return column and unit of the one heading of a field; nothing where there are several."""
    found = [each for each in said if each.field == field and each.unit]
    units = [each.unit_written if each.unit == "money" else each.unit for each in found]
    return {found[0].written: (column, units[0])} if len(found) == 1 else {}


def part(heading: str) -> str:
    """Return the part of the day that a heading names; "" where it names none.

    >>> part("尖峰电量"), part("Off-Peak kWh"), part("高峰电量(kWh)"), part("电量 / 平")
    ('sharp_peak', 'valley', 'peak', 'flat')
    """
    last = heading.rpartition(" / ")[2]
    fits = (name for name, words in _WORDS.items() if re.search(words, last, re.IGNORECASE))
    return next(fits, "")


def read(source: Source, at: pd.Index, parts: dict[str, pd.Series]) -> tuple[pd.DataFrame, list]:
    """Return the columns by position, and a sentence for each cell that is no number. `parts` are
    the values of the meter's columns, by heading.
    """
    made, faulty = pd.DataFrame(index=at), []
    for heading, about in source.entry.get("beside", {}).items():
        column, unit = about["as"], about["unit"]
        if column in periods.PARTS_OF_DAY and heading in parts:
            made[column] = parts[heading]
        elif column in (DEMAND, COST) and heading in source.cells:
            cells = source.cells[heading].iloc[at]
            known = unit if fields.unit(unit) != "money" else ""
            found = amounts.amounts(cells.reset_index(drop=True), known)
            made[column] = found.values.to_numpy() * _YUAN.get(unit, 1.0)
            if column == COST:
                made[CURRENCY] = "RMB" if unit in _YUAN else unit
            faulty += [
                f"{source.place}, row {cells.index[place]}, column {heading}: found '{cell}'; "
                "expected a number"
                for place, cell in found.faulty.items()
            ]
    return made, shortened(faulty)


def summed(readings: pd.DataFrame) -> pd.DataFrame:
    """Return the readings of one meter with each period once: sums, and the highest demand.

    >>> rows = {"start": [1, 1], "end": [2, 2], "amount": [5.0, -1.0], "demand_kw": [3.0, None]}
    >>> summed(pd.DataFrame(rows)).values.tolist()
    [[1.0, 2.0, 4.0, 3.0]]
    """
    of_period = readings.groupby(["start", "end"], sort=False)
    added = [name for name in ("amount", *periods.PARTS_OF_DAY, COST) if name in readings]
    sums = {name: of_period[name].transform("sum", min_count=1) for name in added}
    if DEMAND in readings:
        sums[DEMAND] = of_period[DEMAND].transform("max")
    return readings.assign(**sums).drop_duplicates(["start", "end"])


def said(readings: pd.DataFrame, timezone: str) -> list[str]:
    """Return a line for each meter with what its bills come to by year, and the highest demand; a
    bill belongs to the year of its last day.
    """
    lines = []
    for meter, rows in readings.reset_index(drop=True).groupby("meter", sort=False):
        last = rows["end"].dt.tz_convert(timezone) - pd.Timedelta(days=1)
        by_year = rows.dropna(subset=[COST]).groupby([last.dt.year, CURRENCY])[COST].sum()
        sums = [f"{cost:,.2f} {unit} in {year}" for (year, unit), cost in by_year.items()]
        highest = rows[DEMAND].max()
        demand = [f"the highest demand is {highest:,.10g} kW"] if highest == highest else []
        if sums or demand:
            lines.append(f"{meter}: {'; '.join(sums + demand)}")
    return lines
