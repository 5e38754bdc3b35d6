"""What a claim rests on, down to its leaves, and the status that follows from them.

An input of a claim is one of

    market_t                      another claim
    mu_per_ha, heat_default       a published coefficient, an emission factor (a case's own too)
    energy.main_kwh, energy       a column, or all, of a table of the case or of reference/
    emitted[scope=1,year=2025]    rows of a table that a notebook wrote
    grid:uncovered                the grid factor decided for a role (tables/grid_factors.csv)
    assumption:credit_price       a parameter that assumes something about the world
    parameter:confidence          a parameter that chooses what is asked
    drift|drift_given             the first of these that was stated
    energy|meters                 the first of these tables that the case has

A claim's status is the weakest of its inputs'; nothing else gives it one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from neutrality import sheets
from neutrality.case import tables
from neutrality.case.schemas import SCHEMAS
from neutrality.reference import emission_factors, published
from neutrality.reference.status import weakest
from neutrality.texts import hints

ROLES = "grid_factors"  # table in which 02 leaves the grid factor of each year and role
# What an illustrative case made up; announced and company are published, also there.
_MADE_UP = ("energy", "meters", "weather", "calendar", "activities", "certificates", "generation")
_MADE_UP += ("credits", "assets", "measures", "occupancy", "plan", "adjustments", "disclosures")
_ROWS = re.compile(r"(\w+)\[([^\]]*)\]")


@dataclass(frozen=True)
class Ground:
    """Where inputs are looked up: the case, what notebooks left in `out`, statuses of claims."""

    case: Path
    out: Path
    illustrative: bool
    claims: dict[str, str] = field(default_factory=dict)  # status by id
    published: dict[str, str] = field(default_factory=dict)  # likewise: factors and coefficients


def ground(case: Path, out: Path, illustrative: bool, claims: dict[str, str]) -> Ground:
    """Return where a case's inputs are looked up, with the published values that it may use."""
    factors = emission_factors.factors(tables.read_or_empty(case, "factors"))
    statuses = factors["status"].to_dict() | published.coefficients()["status"].to_dict()
    return Ground(Path(case), Path(out), illustrative, claims, statuses)


@dataclass(frozen=True)
class Input:
    """An input as it is written beside a claim, its status, and the published rows it names."""

    written: str
    status: str = ""
    leaves: tuple[str, ...] = ()


def resolve(inputs: str, ground: Ground) -> list[Input]:
    """Return the inputs of a claim, resolved; ValueError for one that leads nowhere."""
    return [_resolve(each, ground) for each in inputs.split(";")]


def given(inputs: list[Input], ground: Ground) -> list[Input]:
    """Return the inputs without optional tables that the case does not have, while others are left:
    a value that is not zero rests on none of them. The calendar may be the country's alone.
    """
    names = {each.written: each.written.partition(".")[0] for each in inputs}
    absent = {
        written
        for written, name in names.items()
        if name in SCHEMAS and name != "calendar" and not tables.exists(ground.case, name)
    }
    return [each for each in inputs if each.written not in absent] or inputs


def status(inputs: list[Input]) -> str:
    """Return the status of a claim with these inputs: the weakest of theirs, "" for none."""
    return weakest(each.status for each in inputs)


def _resolve(written: str, ground: Ground) -> Input:
    if "|" in written:
        return _resolve(_stated(written.split("|"), ground), ground)
    kind, _, name = written.rpartition(":")
    if kind == "grid":
        return _of_role(name, ground)
    if kind in ("parameter", "assumption"):
        return Input(written, "ASSUMED" if kind == "assumption" else "")
    if rows := _ROWS.fullmatch(written):
        return _of_rows(written, rows[1], rows[2], ground)
    if written in ground.claims:
        return Input(written, ground.claims[written])
    return _of_table(written, ground) or _of_published(written, ground)


def _stated(alternatives: list[str], ground: Ground) -> str:
    """Return the first that was stated, or is of a table that the case has; else the first."""
    held = (
        each
        for each in alternatives
        if each in ground.claims
        or (name := each.partition(".")[0]) in SCHEMAS
        and tables.exists(ground.case, name)
    )
    return next(held, alternatives[0])


def _of_role(role: str, ground: Ground) -> Input:
    path = ground.out / "tables" / f"{ROLES}.csv"
    decided = sheets.written(path) if path.is_file() else None
    ids = [] if decided is None else decided.loc[decided["role"] == role, "factor_id"].tolist()
    if not ids:
        raise ValueError(f"no grid factor of the role '{role}' was decided; run notebook 02 first")
    return _of_published(ids[0], ground)


def _of_rows(written: str, name: str, wanted: str, ground: Ground) -> Input:
    path = ground.out / "tables" / f"{name}.csv"
    if not path.is_file():
        raise ValueError(f"tables/{name}.csv, which {written} names, was not written")
    rows = sheets.written(path)
    for condition in filter(None, wanted.split(",")):
        column, _, value = condition.partition("=")
        if column not in rows:
            raise ValueError(f"tables/{name}.csv has no column '{column}', which {written} names")
        rows = rows[rows[column] == value]
    named = [rows[column] for column in ("factor_id", "coefficient_id") if column in rows]
    leaves = tuple(sorted({each for column in named for each in column if each}))
    return Input(written, weakest(rows["status"]) if "status" in rows else "", leaves)


def _of_table(written: str, ground: Ground) -> Input | None:
    """Return a table or a column of one, of the case or of reference/; None for another name."""
    table, _, column = written.partition(".")
    if table in SCHEMAS:
        further, columns = SCHEMAS[table].further, {c.name for c in SCHEMAS[table].columns}
        if column and column not in columns and not (further and column.endswith(further)):
            near = hints.did_you_mean(column, columns)
            raise ValueError(f"the table {table} has no column {column!r}{near}")
        made_up = ground.illustrative and table in _MADE_UP
        return Input(written, "ASSUMED" if made_up else "")
    if column and (sheets.PACKAGE / "reference" / f"{table}.csv").is_file():
        rows = sheets.packaged(f"reference/{table}.csv")
        if column not in rows:
            raise ValueError(f"reference/{table}.csv has no column {column!r}")
        return Input(written, weakest(rows["status"]))
    return None


def _of_published(written: str, ground: Ground) -> Input:
    if written in ground.published:
        return Input(written, ground.published[written], (written,))
    near = hints.did_you_mean(written, [*ground.claims, *ground.published])
    raise ValueError(
        f"the input {written!r} is no claim, table, factor, coefficient or parameter{near}"
    )


def leaves(ids: Iterable[str], claims: pd.DataFrame, ground: Ground) -> set[str]:
    """Return all that some claims rest on in the end: published ids, columns of tables, parameters.

    `claims` are those of a bundle. Raises ValueError for an input that leads nowhere, or for a
    claim that has none.
    """
    waiting, named = list(ids), set()
    while waiting:
        new = set(claims.at[waiting.pop(), "inputs"].split(";")) - named
        named |= new
        waiting += new.intersection(claims.index)
    found = [_resolve(each, ground) for each in named.difference(claims.index)]
    return {leaf for each in found for leaf in each.leaves or (each.written,)}
