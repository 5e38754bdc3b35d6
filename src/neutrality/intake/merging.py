"""Readings into the tables of a case: what is there already is taken once, what contradicts it is
refused with both rows.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from neutrality import sheets
from neutrality.case import columns, tables, writing
from neutrality.case.schemas import SCHEMAS
from neutrality.energy import periods
from neutrality.intake import bills_by_month, intervals
from neutrality.reference import units
from neutrality.texts.labels import prettified

_DIGITS = 6  # decimals of an amount in a table
_SAME = 1e-6  # share by which two values may differ and still be the same reading
_SHOWN = 5
_ESTIMATED = "estimated"
_IN_UNIT = ("amount", *periods.PARTS_OF_DAY)


class Held(NamedTuple):
    """A table as the case has it: its file, and its cells in their types by row."""

    path: Path
    rows: pd.DataFrame  # index: row of the file


def held(case: Path, table: str, timezone: str) -> Held:
    """Return a table of the case; ValueError where it cannot be added to."""
    path = tables.path_of(case, table) or case / f"{table}.csv"
    if path.suffix != ".csv":
        raise ValueError(f"{path.name}: rows are added to {table}.csv only; save it as CSV")
    if not path.exists():
        return Held(path, tables.empty(table))
    try:
        read = tables.read(case, table, timezone)
    except ValueError as error:
        wrong = str(error).splitlines()
        if [each for each in wrong if "it has a heading but no rows" not in each]:
            wrong += [f"{path.name}: nothing was added; correct it first"]
            raise ValueError("\n".join(wrong)) from None
        return Held(path, tables.empty(table))
    if read.index.name != "time":
        return Held(path, read)
    raw = sheets.cells(path)
    kind = SCHEMAS[table].columns[0]
    read = pd.DataFrame({"time": columns.parse(raw["time"], kind, path.name, timezone)[0]})
    for name in raw.columns.drop("time"):
        read[name] = raw[name] if name.endswith("_quality") else pd.to_numeric(raw[name])
    return Held(path, read)


def hours(
    here: Held, new: pd.DataFrame, unit: str, timezone: str, file: str
) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Return the rows to add to an hourly table, the cells to change in it, and how many values it
    has already.

    `new` has a column a meter (or outdoor_c) and one a quality, by the hour's start in UTC, and
    `row`, the file's rows. ValueError with both rows for another value of the same hour.
    """
    values = [name for name in new if name != "row" and not name.endswith("_quality")]
    at = pd.Series(here.rows.index, pd.DatetimeIndex(here.rows["time"])) if len(here.rows) else None
    known = at.reindex(new.index) if at is not None else pd.Series(np.nan, new.index)
    old = pd.DataFrame(index=new.index)
    for name in values:
        of_name = here.rows.get(name, pd.Series(np.nan, here.rows.index)).astype(float)
        old[name] = known.map(of_name)
    changed = new[values].notna() & old.notna()
    other = changed & ((new[values] - old).abs() > _SAME * old.abs().clip(lower=1.0))
    if other.to_numpy().any():
        raise ValueError("\n".join(_contradictions(here, new, old, other, known, unit, file)))
    fresh = new[values].notna() & old.isna()
    texts = new.drop(columns="row").astype("object")
    texts[values] = new[values].round(_DIGITS).astype("object").where(fresh, np.nan)
    quality = [name for name in texts if name.endswith("_quality")]
    for name in quality:
        texts[name] = texts[name].where(fresh[name.removesuffix("_quality") + "_kwh"], np.nan)
    used = texts[fresh.any(axis=1)]
    there = known.reindex(used.index)
    inside = used[there.notna()].set_index(there.dropna().astype(int))
    clock = used.index.tz_convert(timezone).map(lambda each: each.isoformat(timespec="minutes"))
    added = used.assign(time=clock)[there.isna().to_numpy()]
    return added[["time", *texts]], inside, int(changed.to_numpy().sum())


def _contradictions(here: Held, new, old, other, known, unit: str, file: str) -> list[str]:
    found = [
        f"{file}, row {new['row'][at]:.0f}: {name.removesuffix('_kwh')} has {new[name][at]:,.10g} "
        f"{unit} at {at:%Y-%m-%d %H:%M} UTC, and {here.path.name}, row {known[at]:.0f} has "
        f"{old[name][at]:,.10g}; keep one of the two"
        for name in other
        for at in other.index[other[name]]
    ]
    more = [f"and {len(found) - _SHOWN:,} more hours like these"] if len(found) > _SHOWN else []
    return found[:_SHOWN] + more


def by_hour(readings: pd.DataFrame, timezone: str) -> tuple[pd.DataFrame, list[str]]:
    """Return electricity by the hour as the table energy has it: `<meter>_kwh`, where a reading
    was estimated `<meter>_quality`, and `row`; and what was left out.
    """
    made, left, rows = {}, [], []
    for meter, of_meter in readings.groupby("meter", sort=False):
        every = (of_meter["end"] - of_meter["start"]).mode().iloc[0]
        kwh = of_meter.assign(amount=in_unit(of_meter, "kWh"))
        summed = intervals.hours(kwh, every, timezone)
        short = int(summed["amount"].isna().sum())
        if short:
            left.append(f"{meter}: {short:,} hour(s) with a part missing, left empty")
        made[f"{meter}_kwh"] = summed["amount"]
        if summed["estimated"].any():
            flagged = summed["estimated"].map({True: _ESTIMATED, False: ""})
            made[f"{meter}_quality"] = flagged
        rows.append(pd.Series(of_meter["row"].to_numpy(), of_meter["start"].dt.floor("h")))
    frame = pd.DataFrame(made)
    frame["row"] = pd.concat(rows).groupby(level=0).min().reindex(frame.index, method="nearest")
    return frame, left


def in_unit(readings: pd.DataFrame, unit: str, of: str = "amount") -> pd.Series:
    """Return the amounts of readings, or another column of theirs, in one unit."""
    factor = {each: units.convert(1.0, each, unit) for each in readings["unit"].unique()}
    return readings[of].astype(float) * readings["unit"].map(factor)


def is_hourly(readings: pd.DataFrame) -> pd.Series:
    """Return which readings are of an hour or less."""
    return readings["end"] - readings["start"] <= intervals.HOUR


def meter_rows(here: Held, new: pd.DataFrame, timezone: str, file: str) -> tuple[pd.DataFrame, int]:
    """Return the rows to add to the table meters, and how many it has already.

    A period that the table has with the same amount is there already; another amount, or a period
    that overlaps one of the table, is refused with both rows.
    """
    made, there, wrong = [], 0, []
    for meter, of_meter in new.groupby("meter", sort=False):
        old = here.rows[here.rows["meter"] == meter]
        unit = units.plain(old["unit"].iloc[0]) if len(old) else of_meter["unit"].iloc[0]
        parts = {name: in_unit(of_meter, unit, name) for name in _IN_UNIT if name in of_meter}
        same = of_meter.assign(
            **{name: each.round(_DIGITS) for name, each in parts.items()}, unit=unit
        )
        both = same.reset_index().merge(
            old.reset_index(names="line"), "cross", suffixes=("", "_old")
        )
        over = both[(both["start"] < both["end_old"]) & (both["start_old"] < both["end"])]
        exact = (over["start"] == over["start_old"]) & (over["end"] == over["end_old"])
        near = (over["amount"] - over["amount_old"]).abs() <= _SAME * over["amount"].abs()
        wrong += [
            _overlap(each, here, file, timezone) for each in over[~(exact & near)].itertuples()
        ]
        known = same.index.isin(over["index"][exact & near])
        there += int(known.sum())
        made.append(same[~known])
    if wrong:
        more = [f"and {len(wrong) - _SHOWN} more like these"] if len(wrong) > _SHOWN else []
        raise ValueError("\n".join(wrong[:_SHOWN] + more))
    return pd.concat(made), there


def _overlap(both, here: Held, file: str, timezone: str) -> str:
    span, old = (
        f"{moment(start, timezone)} to {moment(end, timezone)}"
        for start, end in ((both.start, both.end), (both.start_old, both.end_old))
    )
    return (
        f"{file}, row {both.row}: {both.meter} has {both.amount:,.10g} {both.unit} from {span}, "
        f"and {here.path.name}, row {both.line} has {both.amount_old:,.10g} {both.unit_old} from "
        f"{old}; keep one of the two"
    )


def moment(at: pd.Timestamp, timezone: str) -> str:
    """Return an instant as the table meters has it: a local day, or an hour with its offset."""
    local = at.tz_convert(timezone)
    return (
        f"{local:%Y-%m-%d}" if local == local.normalize() else local.isoformat(timespec="minutes")
    )


def written(rows: pd.DataFrame, timezone: str) -> pd.DataFrame:
    """Return readings as rows of the table meters."""
    sources = {
        pair: bills_by_month.sourced(*pair)
        for pair in set(zip(rows["energy"], rows["unit"], strict=True))
    }
    pairs = zip(rows["energy"], rows["unit"], strict=True)
    further = [name for name in periods.BESIDE if name in rows and rows[name].notna().any()]
    return pd.DataFrame(
        {
            "meter": rows["meter"],
            "energy": rows["energy"],
            "start": rows["start"].map(lambda at: moment(at, timezone)),
            "end": rows["end"].map(lambda at: moment(at, timezone)),
            "amount": rows["amount"].astype("object"),
            "unit": rows["unit"],
            "quality": rows["estimated"].map({True: _ESTIMATED, False: ""}),
            "source": [sources[pair].source if sources[pair] else "" for pair in pairs],
            **{name: rows[name].astype("object").where(rows[name].notna(), "") for name in further},
        }
    )


def activities(
    here: Held, rows: pd.DataFrame, sources: set[str], timezone: str
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Return the rows to add to the table activities, the cells to change in it, and remarks, for
    the rows of the table meters (all of them, old and new) that have one of the sources.

    A month made here before is made anew; one that was typed stays where it says the same, and is
    refused with both amounts where it does not.
    """
    added, changed, said, wrong = [], {}, [], []
    for source, of_source in rows[rows["source"].isin(sources)].groupby("source", sort=False):
        about = bills_by_month.sourced(
            of_source["energy"].iloc[0], units.plain(of_source["unit"].iloc[0])
        )
        if about is None or about.source != source:
            continue
        monthly = bills_by_month.by_month(of_source, about.unit, timezone)
        wrong += _elsewhere(here, about, monthly)
        own = here.rows[here.rows["source"] == source].reset_index(names="at").set_index("month")
        for month, amount in monthly["amount"].items():
            old = own.loc[[month]] if month in own.index else own[:0]
            if old.empty:
                added.append(_activity(month, about, amount))
            elif (old["evidence"] == bills_by_month.BY_DAYS).all() and len(old) == 1:
                changed[int(old["at"].iloc[0])] = {"amount": amount}
            elif abs(old["amount"].sum() - amount) > _SAME * max(amount, 1.0):
                wrong.append(
                    f"{here.path.name}, row {old['at'].iloc[0]}: {source} has "
                    f"{old['amount'].sum():,.10g} {about.unit} for {month}, and the bills by days "
                    f"{amount:,.10g}; keep one of the two"
                )
        said.append(_said(source, monthly, about.unit))
    if wrong:
        raise ValueError("\n".join(wrong[:_SHOWN]))
    return pd.DataFrame(added), pd.DataFrame.from_dict(changed, orient="index"), said


def _said(source: str, monthly: pd.DataFrame, unit: str) -> str:
    short = bills_by_month.incomplete(monthly)
    partly = f"; in part only: {', '.join(short)}" if short else ""
    return (
        f"activities: {prettified(source).lower()}, {len(monthly)} month(s) by days, "
        f"{monthly['amount'].sum():,.1f} {unit}{partly}"
    )


def _activity(month: str, about: bills_by_month.Sourced, amount: float) -> dict:
    return {
        "month": month,
        "source": about.source,
        "scope": about.scope,
        "line": "inventory",
        "amount": amount,
        "unit": about.unit,
        "factor_id": about.factor_id,
        "evidence": bills_by_month.BY_DAYS,
    }


def _elsewhere(here: Held, about: bills_by_month.Sourced, monthly: pd.DataFrame) -> list[str]:
    """Return a sentence where the same months have the same factor under another source: the heat
    would count twice.
    """
    same = (here.rows["factor_id"] == about.factor_id) & (here.rows["source"] != about.source)
    twice = here.rows[same & here.rows["month"].isin(monthly.index)]
    return [
        f"{here.path.name}, row {row}: {month} has {amount:,.10g} {unit} of '{source}' by the same "
        f"factor; the bills would count again as '{about.source}': remove the typed rows, or call "
        f"them {about.source}"
        for row, month, amount, unit, source in twice[["month", "amount", "unit", "source"]]
        .head(_SHOWN)
        .itertuples(name=None)
    ]


def renamed_main(here: Held) -> pd.DataFrame:
    """Return the cells to change in the table meters so that its bills of main stand beside a main
    meter that is read more finely.
    """
    rows = here.rows.index[here.rows["meter"] == periods.MAIN]
    return pd.DataFrame({"meter": periods.BILLED}, rows)


def main_resolution(energy: Held, meters: Held, timezone: str) -> str:
    """Return how the case's main meter is read: hours, days or bills; "" where it is not."""
    name = f"{periods.MAIN}_kwh"
    if name in energy.rows and energy.rows[name].notna().any():
        return periods.HOURS
    if meters.rows.empty:
        return ""
    return periods.resolution(meters.rows, timezone).get(periods.MAIN, "")


def file_of(here: Held, rows: pd.DataFrame, changed: pd.DataFrame | None = None) -> dict:
    """Return the table's file with its new content; empty where nothing changes.

    A template without rows is replaced with its heading and example.
    """
    if rows.empty and (changed is None or changed.empty):
        return {}
    fresh = here.rows.empty and (not here.path.exists() or _is_template(here.path))
    made = writing.fresh(rows) if fresh else writing.merged(here.path, rows, changed)
    return {here.path: made}


def _is_template(path: Path) -> bool:
    return len(sheets.cells(path).attrs["remarks"]) <= 1
