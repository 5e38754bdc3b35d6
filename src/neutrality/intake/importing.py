"""A file of readings into a case: read, mapped, taken, merged; written whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import yaml

from neutrality.case import writing
from neutrality.energy import periods
from neutrality.intake import fields, files, layout, mapping, merging, naming, proposing
from neutrality.intake import intervals, reconcile, taking
from neutrality.intake.layout import Table
from neutrality.intake.mapping import Kept, Plan, Question

_OFFSET = "utc_offset_seconds"  # heading of Open-Meteo's preamble, the offset below it
_WITHIN = 20  # rows of a sheet in which it stands
_HOUR_S = 3600
# A heading with one of these is of a ledger: certificates or credits, which have a way of their own.
_LEDGER = re.compile(r"serial|vintage|retire|issuance|certificate|证书|绿证|编号起|注销|核销", re.I)


class _Part(NamedTuple):
    """A table of the file with how it is read."""

    table: Table
    headings: list[str]
    cells: dict[str, pd.Series]
    plan: Plan
    kept: bool  # its entry was in the case already


class _Case(NamedTuple):
    """The tables of a case that readings go into."""

    folder: Path
    timezone: str
    held: dict[str, merging.Held]


Ask = Callable[[Question], str]


def import_file(case: Path, path: Path, timezone: str, ask: Ask | None = None) -> list[str] | None:
    """Take a file's readings into the case's tables; return what was taken, what not and why, in
    sentences; None where the file holds neither readings nor weather.

    `ask` puts a question to a person; without it the mapping is written with its questions, and
    ValueError names them. Nothing else is written where anything is refused. The file itself goes
    to CASE/import/raw, its hash into the mapping.
    """
    file = files.read(path)
    kept = mapping.held(case)
    mine = mapping.of_file(kept, path.name)
    names = ("energy", "meters", "weather", "activities", "labels")
    held = {name: merging.held(case, name, timezone) for name in names}
    here = _Case(case, timezone, held)
    parts, said = _parts(file, mine, here)
    if not parts:
        return None
    parts = _asked(here, file, mine, kept, parts, ask)
    taken = [_taken(part, path.name, timezone) for part in parts]
    made, lines = _merged(here, taken, path.name)
    lines = _head(file, parts, taken, timezone) + said + lines
    made |= _labels(here, taken) | _evidence(here, file, mine, kept, parts)
    writing.replace({where: content for where, content in made.items()})
    return [f"{path.name}: {line.removeprefix(path.name).lstrip(',: ')}" for line in lines]


def _parts(file: files.File, mine: Kept | None, here: _Case) -> tuple[list[_Part], list[str]]:
    """Return the tables of a file that hold readings or weather, and what was left out."""
    parts, said = [], []
    for sheet in file.sheets:
        if sheet.state == "hidden":
            said.append(f"sheet {sheet.name} is hidden and was not read")
            continue
        offset_h = _offset_h(sheet)
        for table in layout.tables(sheet):
            part = _part(table, file, mine, here, offset_h)
            if part is None and len(table.body) > 1:
                shown = ", ".join(filter(None, table.headings[:4]))
                place = f"sheet {sheet.name}, " if sheet.name else ""
                said.append(f"{place}row {table.heading_rows[0]}: not taken, no readings ({shown})")
            elif part is not None:
                parts.append(part)
    return parts, said


def _part(table: Table, file, mine: Kept | None, here: _Case, offset_h: float | None):
    table = table._replace(headings=_unique(table.headings))
    if any(_LEDGER.search(each) for each in table.headings) or table.body.empty:
        return None
    headings, cells = taking.unpivoted(table)
    written = dict(zip(table.headings, table.units, strict=True))
    units_of = [written.get(name, _of_day_unit(table, name)) for name in headings]
    about = _about(table, file, here, offset_h)
    if known := mapping.of_table(mine, table.sheet, headings):
        plan = _checked(Plan(known, {}, []), headings, units_of, cells, about, file, mine)
        return _Part(table, headings, cells, plan, True)
    plan = proposing.propose(headings, units_of, cells, about)
    return None if plan is None else _Part(table, headings, cells, plan, False)


def _unique(headings: list[str]) -> list[str]:
    """Return headings of which each occurs once: a blank one is its column's number.

    >>> _unique(["a", "", "a"])
    ['a', 'column 2', 'a (column 3)']
    """
    made: list[str] = []
    for at, each in enumerate(headings, 1):
        name = each.strip() or f"{taking.NAMELESS}{at}"
        made.append(f"{name} (column {at})" if name in made else name)
    return made


def _of_day_unit(table: Table, name: str) -> str:
    """Return the unit of the columns of times, where they have one."""
    return next(filter(None, table.units), "") if name == taking.OF_DAY else ""


def _offset_h(sheet: files.Sheet) -> float | None:
    """Return how far the clock of a weather file is ahead of UTC [h], where its preamble says it."""
    top = sheet.cells.head(_WITHIN)
    for row in range(len(top) - 1):
        for column in top:
            if str(top[column].iloc[row]).strip() == _OFFSET:
                return float(top[column].iloc[row + 1]) / _HOUR_S
    return None


def _about(table: Table, file, here: _Case, offset_h: float | None) -> proposing.About:
    text = " ".join(map(str, table.left["text"])) if len(table.left) else ""
    labels, energy = here.held["labels"].rows, here.held["energy"].rows
    used = {name.removesuffix("_kwh") for name in energy.columns} | set(
        here.held["meters"].rows["meter"]
    )
    named = {
        fields.plain(row[lang]): row["id"] for row in labels.to_dict("records") for lang in ("zh", "en")
    }
    other = pd.Series(dtype=float)
    if "main_kwh" in energy and len(energy):
        other = energy.set_index(pd.DatetimeIndex(energy["time"]))["main_kwh"].astype(float)
    names = naming.Names(frozenset(used | set(labels["id"])), named)
    return proposing.About(
        file.path.name, table.sheet, text, here.timezone, offset_h, other, names
    )


def _checked(plan: Plan, headings, units_of, cells, about, file, mine: Kept) -> Plan:
    """Return a kept entry with what its new file adds: meters by new names; ValueError where the
    file says something else than the entry does.
    """
    entry = {**plan.entry, "columns": dict(plan.entry.get("columns", {}))}
    place = f"{about.file}, mapping {mapping.FOLDER}/{mine.path.name}"
    for each in fields.read(headings, units_of):
        column = entry["columns"].get(each.written)
        if column and each.unit and each.unit != column["unit"] and column["holds"] != "power":
            raise ValueError(
                f"{place}: the column {each.written} is in {each.unit}, and was in {column['unit']} "
                "before; correct the mapping, or give the file another name"
            )
    missing = [name for name in entry["fields"].values() if name not in cells]
    if missing:
        raise ValueError(f"{place}: `fields` names {', '.join(missing)}, which is no heading here")
    source = taking.Source(about.file, cells, entry, about.timezone)
    read = taking.stamps(source)
    if entry.get("stamps") == intervals.START and read.late:
        raise ValueError(f"{place}: stamps name starts, but 24:00 occurs here; correct `stamps`")
    return _with_new_meters(Plan(entry, {}, []), source, about)


def _with_new_meters(plan: Plan, source: taking.Source, about) -> Plan:
    named = source.field("meter")
    if named is None:
        return plan
    known = plan.entry.get("meters", {})
    new = [name for name in dict.fromkeys(named.map(taking.written_name)) if name and name not in known]
    energy = next(iter(plan.entry["columns"].values()))["energy"]
    found = about.names.ids(new, energy) if new else {}
    entry = {**plan.entry, "meters": known | {name: id for name, (id, _) in found.items()}}
    asked = [
        Question(("meters", name), f"a meter that the mapping does not have: {why}")
        for name, (id, why) in found.items()
        if id == mapping.OPEN or id in known.values()
    ]
    for question in asked:
        entry["meters"][question.at[1]] = mapping.OPEN
    return Plan(entry, {}, asked)


def _asked(here: _Case, file, mine, kept, parts: list[_Part], ask: Ask | None) -> list[_Part]:
    """Return the parts with all questions answered; ValueError that names them where nobody can be
    asked, with the mapping written to be edited.
    """
    if ask is not None:
        parts = [each._replace(plan=mapping.answered(each.plan, ask)) for each in parts]
    open_at = [(part, at) for part in parts for at in mapping.unanswered(part.plan.entry)]
    if not open_at:
        return parts
    path = mine.path if mine else mapping.path_for(here.folder, file.path.name, kept)
    if not all(part.kept for part in parts) or any(part.plan.questions for part in parts):
        writing.replace({path: _content(file, mine, parts, {}).encode("utf-8")})
    asks = {(id(part), each.at): each for part in parts for each in part.plan.questions}
    lines = [
        f"{file.path.name}: {_sentence(at, asks.get((id(part), at)))}" for part, at in open_at
    ]
    where = f"{mapping.FOLDER}/{path.name}"
    raise ValueError(
        "\n".join([*lines, f"nothing was taken; answer each ? in {where}, then import again"])
    )


def _sentence(at: tuple, question: Question | None) -> str:
    where = " > ".join(at)
    if question is None:
        return f"{where} is not answered yet"
    choices = f" ({' or '.join(question.choices)})" if question.choices else ""
    return f"{where}: {question.asks}{choices}"


def _content(file, mine: Kept | None, parts: list[_Part], taken: dict[str, str]) -> str:
    """Return the mapping's YAML: entries of tables that this file lacks stay."""
    held = mine.content if mine else {"file": mapping.pattern(file.path.name), "tables": []}
    entries = [(part.plan.entry, part.plan.reasons) for part in parts]
    same = [(entry["headings"], entry.get("sheet", "")) for entry, _ in entries]
    others = [
        (entry, {})
        for entry in held["tables"]
        if (entry["headings"], entry.get("sheet", "")) not in same
    ]
    both = [*entries, *others]
    content = {
        "file": held["file"],
        "tables": [entry for entry, _ in both],
        "taken": held.get("taken", {}) | taken,
    }
    return mapping.written(content, [why for _, why in both])


def _evidence(here: _Case, file, mine: Kept | None, kept, parts: list[_Part]) -> dict[Path, bytes]:
    """Return the raw file's copy, and the mapping with its hash where that is new."""
    folder = here.folder / mapping.FOLDER
    raw = folder / mapping.RAW / file.path.name
    known = mine.content.get("taken", {}) if mine else {}
    if raw.exists() and known.get(raw.name) != file.sha256:
        raw = raw.with_name(f"{file.sha256[:8]}_{raw.name}")
    made: dict[Path, bytes] = {}
    if not raw.exists():
        made[raw] = file.path.read_bytes()
    if known.get(raw.name) == file.sha256 and all(part.kept for part in parts):
        return made
    path = mine.path if mine else mapping.path_for(here.folder, file.path.name, kept)
    hash_of = {raw.name: file.sha256}
    unchanged = all(part.kept and part.plan.entry in mine.content["tables"] for part in parts)
    text = _with_hash(mine, hash_of) if mine and unchanged else ""
    return made | {path: (text or _content(file, mine, parts, hash_of)).encode("utf-8")}


def _with_hash(mine: Kept, taken: dict[str, str]) -> str:
    """Return a mapping's own text with a hash added, so that comments stay; "" where its end is
    not the list of hashes.
    """
    text = mine.path.read_text(encoding="utf-8").rstrip() + "\n"
    lines = "".join(f'  "{name}": {value}\n' for name, value in taken.items())
    made = text + ("" if "taken" in mine.content else "taken:\n") + lines
    expected = mine.content | {"taken": mine.content.get("taken", {}) | taken}
    try:
        return made if yaml.safe_load(made) == expected else ""
    except yaml.YAMLError:
        return ""


class _Taken(NamedTuple):
    """What a part gave, with how it was read."""

    part: _Part
    taken: taking.Taken


def _taken(part: _Part, file: str, timezone: str) -> _Taken:
    place = f"{file}, sheet {part.table.sheet}" if part.table.sheet else file
    source = taking.Source(place, part.cells, part.plan.entry, timezone)
    return _Taken(part, taking.take(source))


def _head(file, parts: list[_Part], taken: list[_Taken], timezone: str) -> list[str]:
    """Return the lines about the whole file: sheets, rows, how it was read, what was left out."""
    rows = sum(len(part.table.body) for part in parts)
    lines = [f"{len({part.table.sheet for part in parts})} sheet(s), {rows:,} rows"]
    readings = pd.concat([each.taken.readings for each in taken])
    if len(readings):
        lines += reconcile.reconciled(readings, timezone)
    for each in taken:
        place = each.part.table.sheet or "the table"
        dropped = reconcile.left(each.part.table) + each.taken.dropped
        dropped += reconcile.not_used(each.part.plan.entry)
        lines += [f"dropped: {'; '.join(dropped)}"] if dropped else []
        lines += reconcile.totals(each.part.table, each.part.plan, place)
        rules = "" if each.part.kept else reconcile.rules(each.part.plan)
        lines += [f"read so: {rules}"] if rules else []
        lines += each.taken.said
    return list(dict.fromkeys(lines))


def _merged(here: _Case, taken: list[_Taken], file: str) -> tuple[dict[Path, bytes], list[str]]:
    """Return the tables' new contents and what was new in them."""
    readings = _of_accounts(pd.concat([each.taken.readings for each in taken]), file)
    hourly = merging.is_hourly(readings) & (readings["energy"] == periods.ELECTRICITY)
    main_before = merging.main_resolution(here.held["energy"], here.held["meters"], here.timezone)
    made, lines = _into_energy(here, readings[hourly], file)
    more, told = _into_meters(here, readings, hourly, main_before, file)
    weather = pd.concat([each.taken.weather for each in taken])
    outdoor, said = _into_weather(here, weather, file)
    return made | more | outdoor, lines + told + said


def _of_accounts(readings: pd.DataFrame, file: str) -> pd.DataFrame:
    """Return readings with those of several accounts of one meter summed, and each period once."""
    made = []
    for _, of_meter in readings.groupby("meter", sort=False):
        if of_meter["name"].nunique() > 1:
            sums = of_meter.groupby(["start", "end"])["amount"].transform("sum")
            complete = of_meter.groupby(["start", "end"])["name"].transform("nunique")
            if (complete != of_meter["name"].nunique()).any():
                row = of_meter["row"][complete != of_meter["name"].nunique()].iloc[0]
                names = ", ".join(of_meter["name"].unique())
                raise ValueError(
                    f"{file}, row {row}: {names} make one meter, and not all have this period"
                )
            of_meter = of_meter.assign(amount=sums).drop_duplicates(["start", "end"])
        once, _, _, faulty = taking.once(of_meter, file)
        if faulty:
            raise ValueError("\n".join(faulty))
        made.append(once)
    return pd.concat(made) if made else readings


def _into_energy(here: _Case, readings: pd.DataFrame, file: str):
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


def _into_weather(here: _Case, weather: pd.DataFrame, file: str):
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


def _into_meters(here: _Case, readings: pd.DataFrame, hourly, main_before: str, file: str):
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


def _into_activities(here: _Case, held: merging.Held, fresh: pd.DataFrame, rows: pd.DataFrame):
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


def _labels(here: _Case, taken: list[_Taken]) -> dict[Path, bytes]:
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


def _written_names(taken: list[_Taken]) -> dict[str, str]:
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


def timezone_of(case: Path, zones: set[str]) -> str:
    """Return the zone of a case's clock; ValueError where its YAMLs name none, or several."""
    if len(zones) == 1:
        return next(iter(zones))
    if not case.is_dir():
        raise ValueError(f"{case.name}: no such folder of a case; neutrality new makes one")
    found = f"found {', '.join(sorted(zones))}" if zones else "its YAML names none"
    raise ValueError(f"{case.name}: the files' clock needs the parameter timezone; {found}")
