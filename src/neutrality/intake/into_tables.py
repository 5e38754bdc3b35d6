"""What was taken into the tables of a case: energy, meters, weather, activities and labels."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from neutrality.energy import periods
from neutrality.intake import bill_columns, fields, merging, naming, once, taking
from neutrality.intake.evidence import Part


class Case(NamedTuple):
    """The tables of a case that readings go into."""

    folder: Path
    timezone: str
    held: dict[str, merging.Held]


class TakenPart(NamedTuple):
    """What a part gave, with how it was read."""

    part: Part
    taken: taking.Taken


def merged(here: Case, taken: list[TakenPart], file: str) -> tuple[dict[Path, bytes], list[str]]:
    """Return the tables' new contents and what was new in them."""
    readings = of_accounts(pd.concat([each.taken.readings for each in taken]), file)
    hourly = merging.is_hourly(readings) & (readings["energy"] == periods.ELECTRICITY)
    main_before = merging.main_resolution(here.held["energy"], here.held["meters"], here.timezone)
    made, lines = _into_energy(here, readings[hourly], file)
    more, told = _into_meters(here, readings, hourly, main_before, file)
    weather = pd.concat([each.taken.weather for each in taken])
    outdoor, said = _into_weather(here, weather, file)
    return made | more | outdoor, lines + told + said


def of_accounts(readings: pd.DataFrame, file: str) -> pd.DataFrame:
    """Return readings with each period of an account once, and those of several accounts of one
    meter summed.
    """
    made = []
    for _, of_meter in readings.groupby("meter", sort=False):
        of_names = [_single(rows, file) for _, rows in of_meter.groupby("name", sort=False)]
        single = pd.concat(of_names)
        if len(of_names) > 1:
            names = ", ".join(of_meter["name"].unique())
            complete = single.groupby(["start", "end"])["name"].transform("nunique")
            if (complete != len(of_names)).any():
                row = single["row"][complete != len(of_names)].iloc[0]
                raise ValueError(
                    f"{file}, row {row}: {names} make one meter, and not all have this period"
                )
            if single["unit"].nunique() > 1:
                both = " and ".join(single["unit"].unique())
                raise ValueError(
                    f"{file}: {names} make one meter, in {both}; save them in one unit"
                )
            single = _single(bill_columns.summed(single), file)
        made.append(single)
    return pd.concat(made) if made else readings


def _single(rows: pd.DataFrame, file: str) -> pd.DataFrame:
    single, _, _, faulty = once.once(rows, file)
    if faulty:
        raise ValueError("\n".join(faulty))
    return single


def _into_energy(here: Case, readings: pd.DataFrame, file: str):
    if readings.empty:
        return {}, []
    held = here.held["energy"]
    frame, left = merging.by_hour(readings, here.timezone)
    added, changed, there = merging.hours(held, frame, "kWh", here.timezone, file)
    if held.rows.empty and "main_kwh" not in added:
        added.insert(1, "main_kwh", "")
        left.append("there is no main meter by the hour yet: energy.csv has an empty main_kwh")
    said = _new("energy.csv", len(added) + len(changed), "hour(s)", there)
    return merging.file_of(held, added, changed), [said, *left]


def _new(table: str, count: int, what: str, there: int) -> str:
    known = f"; {there:,} value(s) were there already" if there else ""
    return f"{table}: {count:,} {what} added{known}" if count else f"{table}: nothing new{known}"


def _into_weather(here: Case, weather: pd.DataFrame, file: str):
    if weather.empty:
        return {}, []
    held = here.held["weather"]
    added, changed, there = merging.hours(held, weather, "°C", here.timezone, file)
    outdoor_c = weather["outdoor_c"]
    span = f"{weather.index.min().tz_convert(here.timezone):%Y-%m-%d %H:%M} to " + (
        f"{weather.index.max().tz_convert(here.timezone):%Y-%m-%d %H:%M}"
    )
    said = f"outdoor temperature, {len(weather):,} hours, {span}, mean {outdoor_c.mean():.1f} °C"
    new = _new("weather.csv", len(added) + len(changed), "hour(s)", there)
    return merging.file_of(held, added, changed), [said, new]


def _into_meters(here: Case, readings: pd.DataFrame, hourly, main_before: str, file: str):
    """Return the tables meters and activities, where readings go into them, and remarks."""
    held = here.held["meters"]
    finer = bool((readings["meter"][hourly] == periods.MAIN).any()) or main_before == periods.HOURS
    new = readings[~hourly]
    days = _main_by_days(new, here.timezone)
    finer |= days or main_before == periods.DAYS
    said, renamed = [], pd.DataFrame()
    if finer and not days:
        is_main = (new["meter"] == periods.MAIN) & (new["energy"] == periods.ELECTRICITY)
        new = new.assign(meter=new["meter"].mask(is_main, periods.BILLED))
        if is_main.any():
            said.append("the bills stand beside the main meter, as grid_bills, to be compared")
    if finer and main_before == periods.BILLS:
        renamed = merging.renamed_main(held)
        rows = held.rows.assign(meter=held.rows["meter"].replace(periods.MAIN, periods.BILLED))
        held = held._replace(rows=rows)
        said.append("the bills of main in meters.csv are now grid_bills, beside the finer readings")
    if new.empty:
        return merging.file_of(held, new.iloc[:, :0], renamed) if len(renamed) else {}, said
    fresh, there = merging.meter_rows(held, new, here.timezone, file)
    rows = merging.written(fresh, here.timezone)
    said.append(_new("meters.csv", len(rows), "row(s)", there))
    made = merging.file_of(held, rows, renamed)
    more, told = _into_activities(here, held, fresh, rows)
    return made | more, said + told


def _main_by_days(new: pd.DataFrame, timezone: str) -> bool:
    of_main = new[new["meter"] == periods.MAIN]
    if of_main.empty:
        return False
    return periods.resolution(of_main, timezone).get(periods.MAIN) == periods.DAYS


def _into_activities(here: Case, held: merging.Held, fresh: pd.DataFrame, rows: pd.DataFrame):
    if not (rows["source"] != "").any():
        unmatched = rows["energy"].isin(["heat", "gas"])
        said = "not into activities: no published factor fits the unit of this energy"
        return {}, [said] if unmatched.any() else []
    both = fresh.assign(source=rows["source"].to_numpy())
    every = pd.concat([held.rows[[*both.columns.intersection(held.rows.columns)]], both])
    activities = here.held["activities"]
    sources = set(rows["source"]) - {""}
    every = every.fillna({"source": ""})
    added, changed, said = merging.activities(activities, every, sources, here.timezone)
    return merging.file_of(activities, added, changed), said


def labels(here: Case, taken: list[TakenPart]) -> dict[Path, bytes]:
    """Return the table labels with the meters that the package does not name."""
    held = here.held["labels"]
    names = pd.concat([each.taken.readings[["meter", "name", "energy"]] for each in taken])
    written = _written_names(taken)
    new = [
        row
        for id in names["meter"].unique()
        if id not in set(held.rows["id"]) and (row := naming.label(id, written.get(id, "")))
    ]
    return merging.file_of(held, pd.DataFrame(new)) if new else {}


def _written_names(taken: list[TakenPart]) -> dict[str, str]:
    """Return what the file calls each meter, by its id."""
    named = {}
    for each in taken:
        entry = each.part.plan.entry
        named |= {id: name for name, id in entry.get("meters", {}).items()}
        said = fields.read(list(entry.get("columns", {})), [""] * len(entry.get("columns", {})))
        named |= {
            entry["columns"][heading.written]["meter"]: heading.meter or heading.written
            for heading in said
            if entry["columns"][heading.written]["meter"]
        }
    return named
