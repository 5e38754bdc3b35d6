"""One meter's values, from its columns: total, parts of the day, registers, power."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from neutrality.intake import amounts, bill_columns, multipliers
from neutrality.intake.source import Source, shortened
from neutrality.reference import units


class Values(NamedTuple):
    """One meter's values by position."""

    held: pd.Series  # a register's as it shows them, all others with their multiplier
    times: pd.Series  # what the differences of a register are multiplied by
    unit: str
    beside: pd.DataFrame  # what bills say beside the amount
    said: list[str]
    faulty: list[str]


def of_meter(source: Source, at: pd.Index, columns: dict) -> Values:
    """Return one meter's values, their unit, remarks and faults."""
    read, said, faulty = {}, [], []
    times = pd.Series(1.0, at)
    by_row = source.field("unit")
    for heading, about in columns.items():
        cells = source.cells[heading]
        rows = cells.index[at]
        placed = cells.iloc[at].reset_index(drop=True).set_axis(at)
        of_row = by_row.iloc[at].set_axis(at) if by_row is not None else None
        found = amounts.amounts(placed, about["unit"], of_row, source.entry.get("decimal", ""))
        at_row = dict(zip(at, rows, strict=True))
        faulty += [
            f"{source.place}, row {at_row[place]}, column {heading}: found "
            f"'{_with_unit(cell, of_row, place)}'; expected a number, with or without its unit"
            for place, cell in found.faulty.items()
        ]
        if found.mixed:
            said.append(
                f"{heading}: {', '.join(found.mixed)} stand in it, converted to {found.unit}"
            )
        factor = units.convert(1.0, found.unit, about["unit"]) if _differs(found, about) else 1.0
        by, told, wrong = _multiplier(source, at, about, heading)
        said, faulty = said + told, faulty + wrong
        registered = about["holds"] == "register"
        read[heading] = found.values * factor * (1.0 if registered else by)
        times = times * by if registered else times
    combined, told, wrong = _combined(source, at, columns, read)
    unit = next(iter(columns.values()))["unit"]
    beside, other = bill_columns.read(source, at, read)
    return Values(combined, times, unit, beside, said + told, shortened(faulty) + wrong + other)


def _with_unit(cell: object, of_row: pd.Series | None, place: int) -> str:
    """Return a cell with the unit that stands in a column beside it."""
    return f"{cell} {of_row[place] or ''}".rstrip() if of_row is not None else f"{cell}"


def _differs(found: amounts.Amounts, about: dict) -> bool:
    return bool(found.unit and about["unit"] and found.unit != about["unit"])


def _multiplier(source: Source, at: pd.Index, about: dict, heading: str):
    """Return what a column's values are multiplied by, remarks and faults; a blank cell has the
    multiplier of the row above.
    """
    counted = about["holds"] in multipliers.COUNTED
    if not counted and source.entry.get("multiplied") != multipliers.NOT_YET:
        return 1.0, [], []
    what = f"{heading}: {'the register' if counted else 'the amount'} times"
    if "multiplier" in about:
        return about["multiplier"], [f"{what} {about['multiplier']:g}, by the mapping"], []
    cells = source.field("multiplier")
    if cells is None:
        return 1.0, [], []
    name = source.entry["fields"]["multiplier"]
    by = multipliers.read(cells.iloc[at]).ffill()
    wrong = [
        f"{source.place}, row {row}, column {name}: found '{cells.iloc[place] or ''}'; expected "
        "the meter's multiplier, such as 40"
        for place, row in zip(at, by.index, strict=True)
        if not by.iloc[at.get_loc(place)] > 0
    ]
    return by.set_axis(at), [f"{what} the column {name}"], shortened(wrong)


def _combined(source: Source, at: pd.Index, columns: dict, read: dict[str, pd.Series]):
    """Return one value a row from a meter's columns: its total, else the sum of its parts, else
    the difference of its reads.
    """
    by = {
        kind: [name for name, about in columns.items() if about["holds"] == kind]
        for kind in ("amounts", "part", "previous", "present", "register", "power")
    }
    if len(by["amounts"]) > 1:
        names = " and ".join(by["amounts"])
        wrong = f"{source.place}: columns {names} are both amounts of one meter; set one `not used`"
        return read[by["amounts"][0]], [], [wrong]
    if by["amounts"] and by["part"]:
        return _checked_parts(source, at, by, read)
    if by["part"]:
        summed = pd.DataFrame({name: read[name] for name in by["part"]}).sum(axis=1, min_count=1)
        return summed, [f"the sum of {', '.join(by['part'])}"], []
    if by["previous"] and by["present"] and not by["amounts"]:
        counted = read[by["present"][0]] - read[by["previous"][0]]
        return counted, [f"{by['present'][0]} less {by['previous'][0]}"], []
    return read[next(each[0] for each in by.values() if each)], [], []


def _checked_parts(source: Source, at: pd.Index, by: dict, read: dict[str, pd.Series]):
    """Return the printed total; where its parts do not add up to it, as the mapping says."""
    total, way = read[by["amounts"][0]], source.entry.get("parts", "") or "refuse"
    parts = pd.DataFrame({name: read[name] for name in by["part"]})
    beyond = amounts.parts_and_total(parts, total)
    rows = source.rows[at]
    off = [(row, place) for row, place in zip(rows, at, strict=True) if beyond[place] != 0]
    names = ", ".join(by["part"])
    told = [
        f"{source.place}, row {row}, column {by['amounts'][0]}: found {total[place]:,.10g}, and "
        f"{names} add up to {parts.loc[place].sum():,.10g}"
        for row, place in off
    ]
    if way == "refuse":
        end = "; correct the file, or say `parts: total` or `parts: sum` in the mapping"
        return total, [], shortened([each + end for each in told])
    used = total if way == "total" else parts.sum(axis=1).where(parts.notna().all(axis=1), total)
    return used, [f"{each}; the {way} is taken" for each in shortened(told)], []
