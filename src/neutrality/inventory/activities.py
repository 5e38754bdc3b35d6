"""Activity x emission factor: tonnes by month, source and gas; what is missing from the bills."""

from __future__ import annotations

import pandas as pd

from neutrality.reference import emission_factors, gases, kinds, published, units
from neutrality.reference.status import STATUSES, rank
from neutrality.texts import labels
from neutrality.texts.findings import Finding, in_rows, in_table

_EMITTED = ["year", "month", "source", "scope", "line", "amount", "unit", "factor_id", "factor"]
_EMITTED += ["factor_unit", "gwp", "gas_family", "gas", "t_gas", "t_co2e", "status"]
_SHOWN_T = 0.05  # tonnes: less is printed as 0.0


def emitted(activities: pd.DataFrame, factors: pd.DataFrame, edition: str) -> pd.DataFrame:
    """Return what each activity row emitted: amount x factor x GWP, in tonnes of gas (`t_gas`) and
    of CO2e (`t_co2e`).

    Columns year, month, source, scope, line, amount, unit, factor_id, factor, factor_unit, gwp,
    gas_family, gas, t_gas, t_co2e, status. `line` is the row's own, but inventory rows of gases
    outside the Kyoto list become "non_kyoto"; gwp is 1 for CO2 and for factors in CO2e; `status`
    is the weaker of factor and GWP. Raises ValueError naming each row (by the frame's index: the
    line of the file, as read) whose factor is unknown, of another unit or GWP edition, or not meant
    for an inventory, and a scope 1 or 2 source on a memo line.

    >>> heat = {"month": "2025-01", "source": "heat", "scope": 2, "line": "inventory"}
    >>> bill = heat | {"amount": 11_900.0, "unit": "GJ", "factor_id": "heat_default"}
    >>> emitted(pd.DataFrame([bill]), emission_factors.factors(), "AR5").t_co2e.tolist()
    [1309.0]
    """
    _refuse(activities, factors, edition)
    rows = activities.join(factors[["value", "gas", "status"]], on="factor_id", validate="m:1")
    families, unit_of = gases.families(), rows.factor_id.map(factors.unit)
    t_gas = rows.amount * rows.value * _tonnes_per_unit(rows.unit, unit_of)
    gwp = rows.gas.map(gases.gwp(edition)).astype(float).fillna(1.0)
    ranks = rows.status.map(rank).astype(float)
    ranks = ranks.clip(lower=rows.gas.map(families["rank"]).astype(float).fillna(0))
    outside = rows.line.eq("inventory") & rows.gas.map(families.kyoto).eq("false")
    return rows.assign(
        year=rows.month.str[:4].astype(int),
        scope=rows.scope.astype(int),
        line=rows.line.mask(outside, "non_kyoto"),
        factor=rows.value,
        factor_unit=unit_of,
        gwp=gwp,
        gas_family=rows.gas.map(families.family).fillna(rows.gas),
        t_gas=t_gas,
        t_co2e=t_gas * gwp,
        status=[STATUSES[int(each)] for each in ranks],
    )[_EMITTED]


def _refuse(activities: pd.DataFrame, factors: pd.DataFrame, edition: str) -> None:
    """Raise ValueError, a line a problem, for rows that may not be multiplied by their factor."""
    warming = gases.gwp(edition)
    kinds = ["source", "scope", "line", "unit", "factor_id"]
    problems: dict[str, list[int]] = {}
    for kind, rows in activities.groupby(kinds, sort=False, dropna=False).groups.items():
        row = pd.Series(kind, kinds)
        for problem in _objections(row, factors, warming, edition):
            problems.setdefault(problem, []).extend(rows)
    if problems:
        raise ValueError(
            "\n".join(
                f"activities.csv, {_rows(sorted(at))}: {problem}"
                for problem, at in problems.items()
            )
        )


def _tonnes_per_unit(units_of: pd.Series, factor_units: pd.Series) -> pd.Series:
    pairs = pd.MultiIndex.from_arrays([units_of, factor_units])
    known = {pair: kinds.t_per_unit(*pair) for pair in pairs.unique()}
    return pd.Series([known[pair] for pair in pairs], units_of.index, dtype=float)


def _rows(at: list[int], shown: int = 3) -> str:
    """Return line numbers in words.

    >>> _rows([2]), _rows([2, 5, 6, 9, 12])
    ('row 2', 'rows 2, 5, 6 and 2 more')
    """
    more = f" and {len(at) - shown} more" if len(at) > shown else ""
    return f"row{'s' if len(at) > 1 else ''} {', '.join(map(str, at[:shown]))}{more}"


def _objections(row, factors: pd.DataFrame, warming: pd.Series, edition: str) -> list[str]:
    """Return why a row may not be multiplied by its factor; empty when it may."""
    try:
        factor = factors.loc[published.known("factor", row.factor_id, factors)]
        kinds.t_per_unit(row.unit, factor.unit)
        if row.line == "inventory":
            emission_factors.refuse_unfit([row.factor_id], factors)
    except ValueError as error:
        return [f"{row.unit} with factor {row.factor_id}: {error}"]
    if factor.gas != "CO2e" and factor.gas not in warming:
        return [f"factor {row.factor_id} is of {factor.gas}, which has no published {edition} GWP"]
    edition_is_due = row.line == "inventory" or factor.gwp_edition
    said = (
        [emission_factors.wrong_edition(row.factor_id, factor, edition)] if edition_is_due else []
    )
    return [sentence for sentence in [*said, _misplaced(row, factor)] if sentence]


def _misplaced(row, factor: pd.Series) -> str:
    """Return why a row may not stand outside the inventory, or an empty text: nothing leaves
    scope 1 or 2 by a word.
    """
    if row.line == "memo" and int(row.scope) in (1, 2):
        return (
            f"scope {row.scope} is counted: '{row.source}' cannot be a memo line; "
            "write inventory, or scope 3"
        )
    if row.line == "biogenic" and factor.origin == "neutrality":
        return (
            f"factor {row.factor_id} is not of biogenic carbon; "
            "write inventory, or give the fuel's own factor in factors.csv"
        )
    kind = kinds.kind(row, factor) if row.line == "biogenic" else ""
    if kind in (kinds.HEAT, kinds.RELEASED):
        return (
            f"'{row.source}' with factor {row.factor_id} is {kind}, which is not biogenic carbon; "
            "write inventory"
        )
    return ""


def by_source(emitted: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return a year's inventory by source and factor: amount x factor x GWP, largest first.

    Columns source, scope, amount, unit, factor_id, factor, factor_unit, gwp, gas, t_co2e, status.
    """
    counted = emitted[(emitted["year"] == year) & (emitted["line"] == "inventory")]
    same = ["source", "scope", "unit", "factor_id", "factor", "factor_unit", "gwp", "gas", "status"]
    summed = (
        counted.groupby(same, sort=False, dropna=False)[["amount", "t_co2e"]].sum().reset_index()
    )
    columns = [*same[:2], "amount", *same[2:-1], "t_co2e", "status"]
    return summed.sort_values("t_co2e", ascending=False, kind="stable")[columns]


def totals(by_source: pd.DataFrame) -> dict[str, float]:
    """Return the year's tonnes of each source by claim id, from the table `by_source` [tCO2e]."""
    summed = by_source.groupby("source")["t_co2e"].sum()
    return {f"emitted_{source}_t": float(t) for source, t in summed.items()}


def left_out(emitted: pd.DataFrame, factors: pd.DataFrame, edition: str) -> pd.DataFrame:
    """Return the CH4 and N2O of combustion that CO2 factors leave out, by year and source [t, t
    CO2e]; coefficient_id names the default.

    Energy burned follows from the CO2 and the fuel's carbon: the same as amount x net calorific
    value for the fuel factors; factors by the litre need no density. Times IPCC 2006 defaults from
    recall: a size, never part of a total. NaN where a scope 1 factor tells no fuel of known carbon,
    or the edition has no GWP.
    """
    warming, by = gases.gwp(edition), ["year", "source", "factor_id"]
    rows = emitted.query("line == 'inventory' and gas == 'CO2' and factor_id != 'CO2'")
    rows = rows.assign(
        energy_tj=rows.t_gas / rows.factor_id.map(emission_factors.co2_t_per_tj).astype(float)
    )
    rows = rows[rows.energy_tj.notna() | rows.scope.eq(1)]
    burned = rows.groupby(by, as_index=False).energy_tj.agg(lambda parts: parts.sum(skipna=False))
    sized = burned.merge(pd.DataFrame({"gas": ["CH4", "N2O"]}), how="cross")
    ids = (
        "ipcc_"
        + sized.gas.str.lower()
        + "_"
        + sized.factor_id.map(emission_factors.fuel_of).astype(str)
    )
    t_gas = sized.energy_tj * ids.map(factors.value).astype(float) / units.KG_PER_T
    return sized.assign(
        coefficient_id=ids.where(ids.isin(factors.index), ""),
        t_gas=t_gas,
        t_co2e=t_gas * sized.gas.map(warming).astype(float),
        status="RECALLED",
    )


def missing_months(
    activities: pd.DataFrame, years: tuple[int, int], t_co2e: pd.Series
) -> list[Finding]:
    """Return a finding for each counted source that lacks, in one year, months that it has in the
    other. Gases are refilled now and then: for these only the number of months counts.

    A forgotten bill lowers an inventory as surely as a saving does; a source that really stopped is
    explained by a row of amount 0, and a month of amount 0 is missing nowhere. `t_co2e` are the
    tonnes of the rows: the size is what the base year has in the months that the reporting year
    lacks, below 0, else the reverse; what would print as 0.0 t is no finding.
    """
    counted = activities.assign(t_co2e=t_co2e).query("line == 'inventory'")
    year, month = counted["month"].str[:4].astype("int64"), counted["month"].str[5:]
    found: list[Finding] = []
    for source, rows in counted.groupby("source"):
        base, reporting = (rows[year[rows.index] == each] for each in years)
        lost, new = _lacking(base, reporting, month), _lacking(reporting, base, month)
        gases_only = rows["factor_id"].isin(gases.families().index).all()
        counts = [month[part.index].nunique() for part in (base, reporting)]
        if counts[0] == counts[1] and (gases_only or lost.empty):
            continue
        size_t = -lost["t_co2e"].sum() if len(lost) else new["t_co2e"].sum()
        if abs(size_t) < _SHOWN_T:
            continue
        found += in_table(
            "activities",
            "months_missing",
            t_co2e=size_t,
            name_zh=labels.label(source, "zh"),
            name_en=labels.label(source, "en"),
            base_year=years[0],
            base_months=counts[0],
            reporting_year=years[1],
            reporting_months=counts[1],
        )
    return found


def _lacking(rows: pd.DataFrame, other: pd.DataFrame, month: pd.Series) -> pd.DataFrame:
    """Return the rows of one year with an amount in months of which the other year has no row."""
    return rows[(rows["amount"] > 0) & ~month[rows.index].isin(set(month[other.index]))]


def repeated(activities: pd.DataFrame) -> list[Finding]:
    """Return a finding for each row that says again what a row above says: same month, source
    and amount.
    """
    again = activities[
        activities.duplicated(["month", "source", "scope", "line", "amount", "unit", "factor_id"])
    ]
    names = {
        f"name_{lang}": again["source"].map(lambda source, lang=lang: labels.label(source, lang))
        for lang in labels.LANGUAGES
    }
    return in_rows("activities", "amount", "repeated", again.assign(**names))
