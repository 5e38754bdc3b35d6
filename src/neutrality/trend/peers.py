"""Peers on the same basis, where they publish it: each intensity in its own boundary and unit,
and on its own first year.
"""

from __future__ import annotations

import re

import pandas as pd

from neutrality.reference import units
from neutrality.reference.status import weakest
from neutrality.texts import labels
from neutrality.trend import intensity, series

START = 100.0  # the first year of an index
COLUMNS = [
    "entity",
    "boundary",
    "quantity",
    "basis",
    "year",
    "value",
    "unit",
    "index",
    "status",
    "origin",
]
ONE = [
    "entity",
    "boundary",
    "quantity",
    "basis",
    "unit",
]  # what one series is: no change is formed across boundaries


def published(figures: pd.DataFrame) -> pd.DataFrame:
    """Return every published intensity of every entity by year, RECALLED ones left out: COLUMNS but
    for the index.

    Levels in the metric's unit; a published change on an earlier year as an index of that year,
    which is 100; an efficiency (activity per energy) turned over.
    """
    rows = []
    for row in series.chosen(figures[figures["status"] != series.NEVER_USED]).itertuples():
        about, named = series.about(row.metric), re.findall(r"\d{4}", row.metric)
        of = {
            "entity": row.entity,
            "boundary": row.boundary,
            "quantity": about["quantity"],
            "basis": about["basis"],
            "status": row.status,
            "origin": "as_published",
        }
        if about["kind"] == "intensity":
            rows.append(of | {"year": row.year, "value": row.amount, "unit": about["unit"]})
        elif about["kind"] == "change":
            rows.append(
                of | {"year": int(named[0]), "value": START, "unit": f"{named[0]} = {START:g}"}
            )
            rows.append(
                of
                | {"year": row.year, "value": START + row.amount, "unit": f"{named[0]} = {START:g}"}
            )
        elif about["kind"] == "efficiency":
            rows.append(
                of
                | {"year": row.year, "value": START / row.amount, "unit": f"{named[0]} = {START:g}"}
            )
    return pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "index"])


def formed(
    intensity: pd.Series,
    entity: str,
    boundary: str,
    quantity: str,
    basis: str,
    unit: str,
    status: str,
) -> pd.DataFrame:
    """Return an intensity formed here from an entity's totals, as rows like those of
    `published`.
    """
    known = intensity.dropna()
    return pd.DataFrame(
        {
            "entity": entity,
            "boundary": boundary,
            "quantity": quantity,
            "basis": basis,
            "year": known.index,
            "value": known.to_numpy(),
            "unit": unit,
            "status": status,
            "origin": "derived_here",
        }
    )


def indexed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with each series as an index of its own first year = 100, in order of entity,
    basis and year.

    Where a year stands twice in a series, the row listed first is kept: what is formed here goes
    before what is rounded.
    """
    once = rows.drop_duplicates([*ONE, "year"]).sort_values([*ONE, "year"], kind="stable")
    once = once.assign(
        place=once["entity"].map(
            {name: place for place, name in enumerate(rows["entity"].unique())}
        )
    )
    once = once.sort_values("place", kind="stable")
    first = once.groupby(ONE)["value"].transform("first")
    return once.assign(index=START * once["value"] / first.where(first > 0))[COLUMNS].reset_index(
        drop=True
    )


def spans(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each series' first and last year, its last value, unit, change between the two [%]
    (NaN for one year), status and origin.

    Of a series whose years differ the weakest status is told, and that it is derived where one of
    them is.
    """
    whole = rows.groupby(ONE, sort=False)
    made = whole.agg(
        first_year=("year", "first"),
        last_year=("year", "last"),
        value=("value", "last"),
        change_percent=("index", "last"),
        status=("status", weakest),
        origin=("origin", "max"),
    ).reset_index()
    return made.assign(
        change_percent=(made["change_percent"] - START).where(
            made["first_year"] < made["last_year"]
        )
    )


def beside(
    figures: pd.DataFrame, entity: str, industry: str, emitted_mt: pd.Series, activity: pd.DataFrame
) -> pd.DataFrame:
    """Return the entity's own carbon intensities beside those that all entities publish, indexed.

    Own: per revenue [t/RMB million] and per traffic [kg/GB], formed from `emitted_mt` and
    `activity` (`intensity.activities`).
    """
    own = intensity.per(emitted_mt, activity)
    boundary = labels.listed(series.boundaries(figures, entity, "ghg_scope1_2"), "en")
    above = series.statuses(figures, entity, "ghg_scope1_2")
    statuses = intensity.statuses(figures, entity, industry, *above)
    shown = {"revenue": ("Mt/RMB bn", "t/RMB million"), "traffic": ("Mt/PB", "kg/GB")}
    formed_here = [
        formed(
            own[basis] * units.published(1.0, formed_in, unit),
            entity,
            boundary,
            "carbon",
            basis,
            unit,
            statuses[basis],
        )
        for basis, (formed_in, unit) in shown.items()
        if basis in own
    ]
    return indexed(pd.concat([*formed_here, published(figures)], ignore_index=True))
