"""The bridge from one report's market-based residual to another's, part by part, in tonnes: what
was corrected, what the weather did, what else changed in amounts, certificates, factors, boundary.

Taken in the order of the report's own change on the base year (`inventory/change`): amounts at the
old factors, certificates at the old factor, factors last. Such a decomposition from one end is
exact for every source, needs no logarithm of nothing where an amount is 0, and each part is a
product that can be checked by hand; another order would share the products of two changes otherwise
(Dietzenbacher and Los 1998, Economic Systems Research 10:307).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pandas as pd

from neutrality.energy import site_load
from neutrality.green import coverage
from neutrality.inventory import views
from neutrality.reference import units

CORRECTIONS, LATE, BOUNDARY = "corrections", "late_certificates", "boundary"
WEATHER, ACTIVITY, GREEN, FACTORS = "weather", "activity", "green_power", "factors"
PARTS = (CORRECTIONS, LATE, BOUNDARY, WEATHER, ACTIVITY, GREEN, FACTORS)
_KEYS = ["source", "factor_id", "unit"]  # of an amount
_CLOSURE = 1e-9  # share of the larger residual, and tonnes, that may be lost to rounding
_NOISE = 1e-14  # of the same: a part below it is what rounding left of nothing
_SAME = 1e-6  # share by which the base year's amount of two models may differ


@dataclass(frozen=True)
class Year:
    """What the bridge needs of one bundle."""

    year: int
    base_year: int
    market_t: float  # the claim: what the bridge leads from and to [tCO2e]
    matched_kwh: float  # green power counted [kWh]
    kg_per_kwh: float  # factor of what no certificate covers
    emitted: pd.DataFrame  # table emitted of 02
    electricity: pd.DataFrame  # table electricity_by_month of 01
    energy_change: pd.DataFrame  # table energy_change of 01, or an empty one
    green_by_year: dict[int, pd.Series] = field(default_factory=dict)  # kWh by month of generation
    matching: str = "Y"  # parameter of 02
    # What the bundle's own inputs hold of the old year, where its tables do not restate that year:
    read_kwh: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))  # by "YYYY-MM"
    recorded: pd.DataFrame = field(default_factory=pd.DataFrame)  # rows of the table activities


def bridge(old: Year, new: Year) -> pd.DataFrame:
    """Return part, source, t_co2e: the rows add up to new.market_t - old.market_t [tCO2e].

    corrections: amounts of the old year that the new bundle has otherwise, in its tables or, where
    that is not its base year, in its inputs; late_certificates: green power of the old year that it
    has otherwise; boundary: sources that only one of them counts; weather: only what both bundles'
    table energy_change attributes to it; activity: all other change of amounts; green_power:
    certificates; factors: what a unit emits. Two bundles of one year have no weather, activity or
    green power: what differs was corrected, came late, or counts at another factor. Raises
    ValueError where the parts do not add up to 1e-9: then a bundle's tables are not those of its
    claims.
    """
    rows = [*_grid(old, new), *_others(old, new)]
    table = pd.DataFrame(rows, columns=["part", "source", "t_co2e"])
    largest_t = max(abs(old.market_t), abs(new.market_t), 1.0)
    gap_t = table["t_co2e"].sum(skipna=False) - (new.market_t - old.market_t)
    if not abs(gap_t) <= _CLOSURE * largest_t:
        raise ValueError(
            f"the bridge does not close: {gap_t:.6g} t between the claims market_t and the tables "
            "emitted, electricity_by_month and grid_factors; neutrality verify names the bundle "
            "that does not agree with itself"
        )
    added = table.groupby(["part", "source"], as_index=False)["t_co2e"].sum()
    shown = added[added["t_co2e"].abs() > _NOISE * largest_t]
    order = shown["part"].map(PARTS.index)
    return shown.assign(order=order).sort_values(["order", "source"]).drop(columns="order")


def total(table: pd.DataFrame) -> dict[str, float]:
    """Return the tonnes of each part of a bridge, all parts in their order [tCO2e]."""
    return table.groupby("part")["t_co2e"].sum().reindex(PARTS, fill_value=0.0).to_dict()


def _grid(old: Year, new: Year) -> list[tuple[str, str, float]]:
    """Return the parts of grid electricity: (load - matched) x the factor of what is uncovered."""
    before_kwh, after_kwh = (_load_kwh(each.electricity, each.year) for each in (old, new))
    again_kwh = _load_kwh(new.electricity, old.year)
    if math.isnan(again_kwh):
        again_kwh = before_kwh + _read_anew_kwh(old, new)
    late_kwh = _late_kwh(old, new)
    green_kwh = new.matched_kwh - old.matched_kwh - late_kwh
    weather_kwh = _weather(old, new, views.GRID, "kWh")
    uncovered_kwh = after_kwh - new.matched_kwh
    parts = {
        CORRECTIONS: (again_kwh - before_kwh) * old.kg_per_kwh,
        LATE: -late_kwh * old.kg_per_kwh,
        WEATHER: weather_kwh * old.kg_per_kwh,
        ACTIVITY: (after_kwh - again_kwh - weather_kwh) * old.kg_per_kwh,
        GREEN: -green_kwh * old.kg_per_kwh,
        FACTORS: uncovered_kwh * (new.kg_per_kwh - old.kg_per_kwh),
    }
    return [(part, views.GRID, kg / units.KG_PER_T) for part, kg in parts.items()]


def _load_kwh(electricity: pd.DataFrame, year: int) -> float:
    """Return the electricity of a year [kWh]; NaN where the table does not have it."""
    return float(site_load.of_year(electricity, year).sum(min_count=1))


def _read_anew_kwh(old: Year, new: Year) -> float:
    """Return by how much more electricity the new inputs have of the old year than the old ones
    [kWh]; 0 where they lack a month of it.
    """
    if old.read_kwh.empty or not old.read_kwh.index.isin(new.read_kwh.index).all():
        return 0.0
    return float(new.read_kwh.sum() - old.read_kwh.sum())


def _late_kwh(old: Year, new: Year) -> float:
    """Return by how much more of the old year's load the new bundle's certificates cover [kWh]."""
    if new.year == old.year:
        return new.matched_kwh - old.matched_kwh
    if old.year not in new.green_by_year or old.year not in old.green_by_year:
        return 0.0
    load = site_load.of_year(old.electricity, old.year)
    covered_kwh = [
        coverage.matched(load, each.green_by_year[old.year], old.matching)["matched_kwh"].sum()
        for each in (old, new)
    ]
    return float(covered_kwh[1] - covered_kwh[0])


def _weather(old: Year, new: Year, source: str, unit: str) -> float:
    """Return what the weather changed of a source's amount from the old year to the new, as the
    bundles' own tables have it, in `unit`; 0 where they do not say.

    Either the new bundle's base year is the old year, or both have one base year and one model of
    it: then the weather of both years is held against the same, and the difference is meant.
    """
    if old.year == new.year:
        return 0.0
    after = _of_source(new.energy_change, source)
    if new.base_year == old.year:
        return _converted(after, unit)
    before = _of_source(old.energy_change, source)
    if new.base_year != old.base_year or before is None or after is None:
        return 0.0
    alike = math.isclose(before["base_amount"], after["base_amount"], rel_tol=_SAME)
    if not alike or any(before[each] != after[each] for each in ("model", "unit")):
        return 0.0
    return _converted(after, unit) - _converted(before, unit)


def _of_source(energy_change: pd.DataFrame, source: str) -> pd.Series | None:
    rows = energy_change[energy_change["source"] == source] if len(energy_change) else ()
    return rows.iloc[0] if len(rows) == 1 else None


def _converted(row: pd.Series | None, unit: str) -> float:
    """Return the weather's part of a row in a unit; 0 where there is none in that dimension."""
    if row is None or not math.isfinite(row["weather_amount"]):
        return 0.0
    try:
        return float(units.convert(row["weather_amount"], row["unit"], unit))
    except ValueError:
        return 0.0


def _others(old: Year, new: Year) -> list[tuple[str, str, float]]:
    """Return the parts of all sources but grid electricity."""
    before, after = _held(old.emitted, old.year), _held(new.emitted, new.year)
    again = _restated(old, new, before)
    rows = []
    for source in sorted({*before["source"], *after["source"]}):
        three = [each[each["source"] == source] for each in (before, again, after)]
        if three[0].empty or three[2].empty:
            change_t = three[2]["t_co2e"].sum() - three[0]["t_co2e"].sum()
            rows.append((BOUNDARY, source, change_t))
        else:
            rows += [(part, source, tonnes) for part, tonnes in _source(old, new, source, *three)]
    return rows


def _restated(old: Year, new: Year, before: pd.DataFrame) -> pd.DataFrame:
    """Return what the new bundle has of the old year, as `_held`: by its own table or, where that
    lacks the year, the old amounts and what the new inputs have more or less of them.

    An amount of which the new inputs lack a month stays as it was.
    """
    again = _held(new.emitted, old.year)
    if len(again) or old.recorded.empty or new.recorded.empty:
        return again
    one, other = (
        _plain(each.recorded).groupby(["month", *_KEYS])["amount"].sum() for each in (old, new)
    )
    either = one.index.union(other.index)
    change = other.reindex(either) - one.reindex(either, fill_value=0.0)
    by_source = change.groupby(_KEYS).agg(lambda months: months.sum(skipna=False)).fillna(0.0)
    known = by_source.reindex(pd.MultiIndex.from_frame(before[_KEYS]), fill_value=0.0)
    return before.assign(amount=before["amount"] + known.to_numpy())


def _held(emitted: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return source, factor_id, unit, amount, t_co2e of what a year's inventory counts, amounts in
    one unit of each dimension.
    """
    counted = emitted[(emitted["line"] == "inventory") & (emitted["year"] == year)]
    return _plain(counted).groupby(_KEYS)[["amount", "t_co2e"]].sum().reset_index()


def _plain(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with their amounts in one unit of each dimension."""
    plain = rows["unit"].map(_plain_unit)
    amounts = [
        units.convert(row.amount, row.unit, unit) if unit != row.unit else row.amount
        for row, unit in zip(rows.itertuples(), plain, strict=True)
    ]
    return rows.assign(unit=plain, amount=amounts)


def _plain_unit(unit: str) -> str:
    """Return the unit in which amounts of a dimension are added; of an unknown one itself.

    >>> _plain_unit("GJ"), _plain_unit("desks")
    ('MJ', 'desks')
    """
    try:
        return units.same_dimension(unit).partition(",")[0]
    except ValueError:
        return unit


def _source(old: Year, new: Year, source: str, before, again, after) -> list[tuple[str, float]]:
    """Return the parts of one source that both years count.

    Amounts with one factor in both years are held against each other, and the rest of the one year
    against the rest of the other: a factor that replaced another. Rests in units that cannot be
    added are what was taken out of the boundary and into it.
    """
    shared = set(before["factor_id"]) & set(after["factor_id"])
    names = [{id} for id in sorted(shared)]
    names += [set(before["factor_id"]) ^ set(after["factor_id"])]
    rows: list[tuple[str, float]] = []
    for ids in filter(None, names):
        ends = [each[each["factor_id"].isin(ids)] for each in (before, again, after)]
        if len({*ends[0]["unit"], *ends[2]["unit"]}) > 1:
            rows.append((BOUNDARY, ends[2]["t_co2e"].sum() - ends[0]["t_co2e"].sum()))
        else:
            rows += _item(*ends, restated=len(again) > 0)
    amount = before["amount"].sum()
    if len({*before["unit"], *after["unit"]}) == 1 and amount > 0:
        t_per_unit = before["t_co2e"].sum() / amount
        weather_t = t_per_unit * _weather(old, new, source, before["unit"].iloc[0])
        rows += [(WEATHER, weather_t), (ACTIVITY, -weather_t)]
    return rows


def _item(before, again, after, restated: bool) -> list[tuple[str, float]]:
    """Return the parts of amounts with one factor, or of one that took another's place."""
    before_t, after_t = before["t_co2e"].sum(), after["t_co2e"].sum()
    amount, later = before["amount"].sum(), after["amount"].sum()
    corrected = again["amount"].sum() if restated else amount
    at_old = before_t / amount if amount else after_t / later if later else 0.0
    return [
        (CORRECTIONS, (corrected - amount) * at_old),
        (ACTIVITY, (later - corrected) * at_old),
        (FACTORS, after_t - later * at_old),
    ]
