"""What does not keep a case from becoming a report, but may be a slip: said only with evidence."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neutrality.case import illustration, tables
from neutrality.energy import clocks, meters, reading_checks, site_load, sufficiency
from neutrality.reference import emission_factors, grid_factors, schemes
from neutrality.runner import unfilled

_NEEDS_PLAN = "residual_needs_plan"  # a rule of reference/schemes.csv


def advice(path: Path, chosen: dict, faulty: dict) -> list[str]:
    """Return a sentence for each thing worth a look in a case that nothing stops, the weightiest
    first; `chosen` are its parameters, `faulty` the tables that cannot be used.
    """
    found = []
    if not {"energy", "meters", "weather", "calendar"} & set(faulty):
        found += _of_clocks(path.parent, chosen)
    if "factors" not in faulty:
        found += _base_factor_year(path, chosen)
    found += _without_plan(path, chosen) + _still_illustrative(path, chosen, faulty)
    return [*found, *filter(None, [unfilled.left_out(path.parent)])]


def _of_clocks(case: Path, chosen: dict) -> list[str]:
    """Return what the hourly readings show of clocks and of meters that end early."""
    years = tuple(chosen.get(name) for name in ("base_year", "reporting_year"))
    if None in years or not chosen.get("timezone"):
        return []
    energy, rows = (
        tables.read_or_empty(case, name, chosen["timezone"]) for name in ("energy", "meters")
    )
    try:
        load, _ = site_load.readings(energy, rows, chosen["timezone"])
        if not meters.is_hourly(load) or set(years) - set(load.local_year.values.tolist()):
            return []
    except ValueError:  # refused elsewhere, in its own words
        return []
    of_years = load[np.isin(load.local_year.values, years)]
    early = sufficiency.clocks(load[load.local_year.values == years[0]])
    early += reading_checks.of_stamps(of_years)
    return [each.en for each in early] + [
        f"energy.csv, column {name}_kwh: its clock is an hour "
        f"{'behind' if hours > 0 else 'ahead of'} the main meter's, which shows its irregular "
        f"steps an hour {'earlier' if hours > 0 else 'later'}: compare the time stamps, one may "
        "give the start of the hour and the other its end"
        for name, hours in clocks.apart(of_years).items()
    ]


def _base_factor_year(path: Path, chosen: dict) -> list[str]:
    """Return a sentence where the base year's grid factor is older than need be, or newer than the
    reporting year's practice: both years take the newest one that is as many years old.
    """
    asked = ("base_year", "reporting_year", "grid_data_year", "base_grid_data_year", "province")
    if not all(chosen.get(name) for name in (*asked, "grid_rule")):
        return []
    if chosen.get("grid_factor_id") or chosen.get("base_grid_factor_id"):
        return []
    base, year, newest, taken, province = (chosen[name] for name in asked)
    due = base - (year - newest)
    published = _data_years(path.parent, province, chosen["grid_rule"])
    better = max((each for each in published if each <= due), default=taken)
    if better == taken:
        return []
    return [
        f"{path.name}: base_grid_data_year is {taken} for base_year {base}, and grid_data_year is "
        f"{newest} for reporting_year {year}; with the same distance it would be {better}, which "
        "is published"
    ]


def _data_years(case: Path, province: str, rule: str) -> list[int]:
    """Return the data years for which a grid's average factor has a document."""
    known = emission_factors.factors(tables.read_or_empty(case, "factors"))
    known = known[known["status"] != "RECALLED"]
    found = []
    for year in sorted(set(known["data_year"].dropna())):
        try:
            grid_factors.grid_factor_id(known, province, rule, year)
        except ValueError:
            continue
        found.append(int(year))
    return found


def _without_plan(path: Path, chosen: dict) -> list[str]:
    scheme, table = chosen.get("scheme", ""), schemes.schemes()
    rules = set(table.loc[table["scheme"] == scheme, "rule"])
    if _NEEDS_PLAN not in rules or tables.exists(path.parent, "plan"):
        return []
    return [
        f"{path.name}: scheme {scheme} asks for a dated plan of reductions, and the table plan is "
        "empty; without it the report calls what remains unabated, not residual"
    ]


def _still_illustrative(path: Path, chosen: dict, faulty: dict) -> list[str]:
    """Return a sentence where the report will say that its inputs are illustrative, and no row of
    them is marked so: as a new case begins.
    """
    if not chosen.get("illustrative") or {*illustration.MARKED_TABLES, "announced"} & set(faulty):
        return []
    try:
        illustration.refuse_illustrations(path.parent, False)
    except ValueError:
        return []
    return [
        f"{path.name}: illustrative is true and no row is marked so; every page of the report will "
        "say that it is illustrative: for real inputs set it to false"
    ]
