"""Peers compared on the same basis where they publish it: each intensity with its own boundary and
unit, indexed to its first year.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from neutrality.reference import units
from neutrality.reference.status import weakest
from neutrality.texts import labels
from neutrality.trend import intensity, series

INDEX_BASE = 100.0  # the first year of an index
# One series: no change is computed from one boundary to another.
_SERIES = ["entity", "boundary", "quantity", "basis", "unit"]
# Basis -> unit of an intensity computed from an entity's totals, and the unit it is shown in.
_DERIVED_UNITS = {"revenue": ("Mt/RMB bn", "t/RMB million"), "traffic": ("Mt/PB", "kg/GB")}
_ROW = ["entity", "boundary", "quantity", "basis", "year", "value", "unit", "status", "origin"]
_INDEXED = [*_ROW[:-2], "index", *_ROW[-2:]]


def published_intensities(figures: pd.DataFrame) -> pd.DataFrame:
    """Return every published intensity by entity and year, without RECALLED ones: entity, boundary,
    quantity, basis, year, value, unit, status, origin.

    A level in the metric's unit; a published change on an earlier year as an index of that year,
    which is 100; an efficiency (activity per energy) as its reciprocal.
    """
    rows = []
    for row in series.preferred_figures(
        figures[figures["status"] != series.NEVER_USED]
    ).itertuples():
        metric = series.metric_row(row.metric)
        common = {
            "entity": row.entity,
            "boundary": row.boundary,
            "quantity": metric["quantity"],
            "basis": metric["basis"],
            "status": row.status,
            "origin": "as_published",
        }
        rows += [
            common | {"year": year, "value": value, "unit": unit}
            for year, value, unit in _values(row, metric)
        ]
    return pd.DataFrame(rows, columns=_ROW)


def _values(row, metric: pd.Series) -> Iterator[tuple[int, float, str]]:
    """Yield year, value and unit of each intensity in a figure; none for other kinds of metrics."""
    if metric["kind"] == "intensity":
        yield row.year, row.amount, metric["unit"]
    elif metric["kind"] in ("change", "efficiency"):
        first_year = re.findall(r"\d{4}", row.metric)[0]
        unit = f"{first_year} = {INDEX_BASE:g}"
        if metric["kind"] == "change":
            yield int(first_year), INDEX_BASE, unit
            yield row.year, INDEX_BASE + row.amount, unit
        else:
            yield row.year, INDEX_BASE / row.amount, unit


def derived_intensity(
    intensity: pd.Series,
    entity: str,
    boundary: str,
    quantity: str,
    basis: str,
    unit: str,
    status: str,
) -> pd.DataFrame:
    """Return an intensity computed from an entity's totals, as rows of `published_intensities`."""
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
    """Return the rows with column index, 100 in the first year of each series, sorted by entity (in
    their given order), basis and year.

    Where a series has a year twice, the first row is kept: list derived intensities before
    published ones, which are rounded.
    """
    once = rows.drop_duplicates([*_SERIES, "year"]).sort_values([*_SERIES, "year"], kind="stable")
    place = {name: place for place, name in enumerate(rows["entity"].unique())}
    once = once.assign(place=once["entity"].map(place)).sort_values("place", kind="stable")
    first = once.groupby(_SERIES)["value"].transform("first")
    once["index"] = INDEX_BASE * once["value"] / first.where(first > 0)
    return once[_INDEXED].reset_index(drop=True)


def period_changes(rows: pd.DataFrame) -> pd.DataFrame:
    """Return first_year, last_year, value (of the last year), change_percent between the two (NaN
    for a single year), status and origin of each series of `indexed`.

    The status is the weakest of its years; the origin is derived_here if one of its years is.
    """
    table = rows.groupby(_SERIES, sort=False).agg(
        first_year=("year", "first"),
        last_year=("year", "last"),
        value=("value", "last"),
        change_percent=("index", "last"),
        status=("status", weakest),
        origin=("origin", "max"),
    )
    table = table.reset_index()
    several_years = table["first_year"] < table["last_year"]
    change = (table["change_percent"] - INDEX_BASE).where(several_years)
    return table.assign(change_percent=change)


def derived_and_published(
    figures: pd.DataFrame, entity: str, industry: str, emitted_mt: pd.Series, activity: pd.DataFrame
) -> pd.DataFrame:
    """Return the entity's carbon intensities, computed from its totals per revenue and per traffic,
    and the published ones of all entities, as rows of `indexed`.

    `activity` is the table of `intensity.activities`.
    """
    derived = intensity.per_activity(emitted_mt, activity)
    boundary = labels.listed(series.boundaries(figures, entity, "ghg_scope1_2"), "en")
    above = series.statuses(figures, entity, "ghg_scope1_2")
    statuses = intensity.statuses(figures, entity, industry, *above)
    tables = []
    for basis, (own_unit, unit) in _DERIVED_UNITS.items():
        if basis in derived:
            values = derived[basis] * units.published(1.0, own_unit, unit)
            about = (entity, boundary, "carbon", basis, unit, statuses[basis])
            tables.append(derived_intensity(values, *about))
    return indexed(pd.concat([*tables, published_intensities(figures)], ignore_index=True))
