"""Energy carriers: their sum as standard coal under a named convention, and the drivers of the
emissions by carrier.

How much coal a kWh is counted as is a convention: its calorific value, or the coal that a power
station burns for it.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from neutrality.reference import published, units
from neutrality.texts import labels
from neutrality.texts.findings import Finding, in_table
from neutrality.trend import lmdi, series

# Carrier as operators report it -> its row in the coefficients (GB/T 2589-2020, calorific values).
CARRIERS = {
    "electricity_total": "sce_electricity",
    "natural_gas": "sce_ng_high",
    "coal": "sce_rawcoal",
    "gasoline": "sce_petrol",
    "diesel": "sce_diesel",
    "purchased_heat": "sce_heat",
}
CONVENTIONS = {"calorific": "sce_electricity", "coal_consumption": "sce_elec_equiv_audit"}
# Fuel -> the factor of its CO2.
_FUELS = {
    "natural_gas": "fuel_natural_gas",
    "coal": "fuel_bituminous",
    "gasoline": "fuel_petrol",
    "diesel": "fuel_diesel",
}
_SCOPE2_VIEWS = ("ghg_scope2_location", "ghg_scope2_market")
_SCOPES = ("ghg_scope2", *_SCOPE2_VIEWS, "ghg_scope1")
_DIVISORS = (*CARRIERS, "energy_total", "energy_per_revenue", "energy_per_information_flow")
INPUT_METRICS = (*_DIVISORS, *_SCOPES)  # all that a decomposition by carrier may use
HEAT, _HEAT_FACTOR = "purchased_heat", "heat_default"
ELECTRICITY, _GREEN_ELECTRICITY = "electricity_total", "green_electricity"
# Emissions of no carrier: scope 1 without fuels, and electricity that emits although all is green.
OTHER = "other"
_DRIVERS = ["view", "basis", "year", "driver", "who", "effect_mt", "chained_mt", "ratio"]


def amounts(figures: pd.DataFrame, entity: str) -> pd.DataFrame:
    """Return an entity's energy carriers, year x carrier, each in its metric's unit; only years
    with a figure for every carrier.
    """
    known = {carrier: series.published_or_empty(figures, entity, carrier) for carrier in CARRIERS}
    return pd.DataFrame(known).dropna().rename_axis("year").rename_axis(columns="carrier")


def standard_coal(
    carriers: pd.DataFrame, coefficients: pd.DataFrame, convention: str = "calorific"
) -> pd.DataFrame:
    """Return energy carriers as standard coal, year x carrier [tce]: amount x coefficient of GB/T
    2589-2020.

    `carriers` is the table of `amounts`. `convention` is calorific or coal_consumption (electricity
    at the equivalent of institution audits); fuels and heat are the same in both. Raises ValueError
    for another convention.
    """
    if convention not in CONVENTIONS:
        raise ValueError(
            f"energy convention '{convention}' is unknown; choose one of {', '.join(CONVENTIONS)}"
        )

    def tce(amount: pd.Series) -> pd.Series:
        row = coefficients.loc[coefficient_ids(convention)[amount.name]]
        own_unit, per_unit = series.metric_row(amount.name)["unit"], row["unit"].partition("/")[2]
        return amount * units.convert(1.0, own_unit, per_unit) * row["value"] / units.KG_PER_TCE

    return carriers.apply(tce)


def coefficient_ids(convention: str) -> dict[str, str]:
    """Return the row of the coefficients of each carrier under a convention.

    >>> coefficient_ids("coal_consumption")["electricity_total"]
    'sce_elec_equiv_audit'
    """
    return {**CARRIERS, ELECTRICITY: CONVENTIONS[convention]}


def energy_total(
    figures: pd.DataFrame, entity: str, convention: str
) -> tuple[pd.Series, str, list[str]]:
    """Return an entity's total energy by year [tce], the convention it follows, and its metrics.

    A published total is returned as it is; without one, carriers are converted by `convention`.
    Without carriers too, the series is empty and the convention "".
    """
    total = series.published_or_empty(figures, entity, "energy_total")
    if len(total):
        return total, "convention_as_published", ["energy_total"]
    rebuilt = standard_coal(amounts(figures, entity), published.coefficients(), convention)
    if rebuilt.empty:
        return total, "", ["energy_total"]
    return rebuilt.sum(axis=1), convention, list(rebuilt)


def convention_check(
    figures: pd.DataFrame, entity: str, coefficients: pd.DataFrame
) -> pd.DataFrame:
    """Return year, convention, rebuilt_tce, published_tce [tce] and difference_percent: the total
    rebuilt from carriers under each convention, compared with the published one.

    It shows which convention an operator's totals follow. Only years in which every carrier and the
    total were published are compared; none for an entity that the table does not have. The
    coefficient of raw coal is RECALLED.
    """
    carriers = amounts(figures, entity)
    total = series.published_or_empty(figures, entity, "energy_total")
    tables = []
    for convention in CONVENTIONS:
        rebuilt = standard_coal(carriers, coefficients, convention).sum(axis=1)
        table = rebuilt.rename("rebuilt_tce").to_frame()
        tables.append(table.assign(convention=convention, published_tce=total).dropna())
    both = pd.concat(tables).rename_axis("year").reset_index()
    both["difference_percent"] = units.PERCENT * (both["rebuilt_tce"] / both["published_tce"] - 1)
    return both[["year", "convention", "rebuilt_tce", "published_tce", "difference_percent"]]


def implied_activity(figures: pd.DataFrame, entity: str) -> pd.DataFrame:
    """Return the activity implied by published totals and intensities, year x basis: revenue [RMB
    bn], data traffic [PB].

    Energy divided by energy per revenue is revenue.
    """
    energy_kg = series.published_or_empty(figures, entity, "energy_total") * units.KG_PER_TCE
    intensities = {
        "revenue": ("energy_per_revenue", "RMB million", "RMB bn"),
        "data": ("energy_per_information_flow", "TB", "PB"),
    }
    implied = {}
    for basis, (metric, unit, wanted) in intensities.items():
        activity = energy_kg / series.published_or_empty(figures, entity, metric)
        implied[basis] = activity * units.convert(1.0, unit, wanted)
    return pd.DataFrame(implied).rename_axis("year")


def emitted_t(
    figures: pd.DataFrame, entity: str, factors: pd.DataFrame, view: str = ""
) -> pd.DataFrame:
    """Return an entity's emissions by carrier, year x carrier [tCO2e]; they sum to its published
    scope 1 and scope 2.

    Fuels by their published factors, scaled to the published scope 1, which is OTHER where there
    are no fuels. Heat by its default factor; electricity is the rest of scope 2. `view` is the
    location- or market-based scope 2, or "" for one published without a view. Years that lack one
    of these are left out. Raises ValueError where scope 2 is less than the emissions of heat.
    """
    carriers, scope2_metric = amounts(figures, entity), _scope2_metric(view)
    scope1, scope2 = (
        units.T_PER_MT * series.published_or_empty(figures, entity, metric)
        for metric in ("ghg_scope1", scope2_metric)
    )
    fuels = carriers[list(_FUELS)] * [factors.at[factor, "value"] for factor in _FUELS.values()]
    burnt = fuels.sum(axis=1)
    emitted = fuels.mul((scope1 / burnt).where(burnt > 0, 0.0), axis=0)
    emitted[HEAT] = carriers[HEAT] * factors.at[_HEAT_FACTOR, "value"]
    emitted[ELECTRICITY] = scope2 - emitted[HEAT]
    no_fuel = burnt.reindex(emitted.index) == 0
    emitted[OTHER] = scope1.reindex(emitted.index).where(no_fuel, 0.0)

    def reason(year: int) -> str:
        return f"is less than its {HEAT} emits, {emitted.at[year, HEAT] / units.T_PER_MT:.4g} Mt"

    _refuse(figures, entity, scope2_metric, emitted[ELECTRICITY] < 0, reason)
    return emitted.reindex(columns=[*CARRIERS, OTHER]).dropna()


def _scope2_metric(view: str) -> str:
    return f"ghg_scope2_{view}".rstrip("_")


def green_share(figures: pd.DataFrame, entity: str) -> pd.Series | None:
    """Return the share of an entity's electricity that is green, by year (0-1); None where it was
    not published.

    Raises ValueError where green electricity is more than all electricity.
    """
    total, green = (
        series.published_or_empty(figures, entity, metric)
        for metric in (ELECTRICITY, _GREEN_ELECTRICITY)
    )

    def reason(year: int) -> str:
        return f"is more than all its electricity, {total[year]:.6g} TWh"

    _refuse(figures, entity, _GREEN_ELECTRICITY, green > total.reindex(green.index), reason)
    return (green / total).where(total > 0, 0.0).reindex(green.index) if len(green) else None


def _refuse(
    figures: pd.DataFrame,
    entity: str,
    metric: str,
    wrong: pd.Series,
    reason: Callable[[int], str],
) -> None:
    """Raise ValueError with row, value and reason of a metric in each year that is wrong."""
    problems = [
        f"company.csv, row {row.Index}, column value: found '{row.value:g}'; "
        f"{metric} of {entity} in {row.year} {reason(row.year)}; correct one of them"
        for row in series.usable_figures(figures, entity, metric).itertuples()
        if wrong.get(row.year, False)
    ]
    if problems:
        raise ValueError("\n".join(problems))


def scope2_views(figures: pd.DataFrame, entity: str) -> dict[str, pd.Index]:
    """Return the views of scope 2 that are decomposed, with their years: location and market where
    both were published, else "", the one published without a view.
    """
    years = {
        view: series.published_or_empty(figures, entity, _scope2_metric(view)).index
        for view in ("location", "market", "")
    }
    both = years["location"].intersection(years["market"])
    return {"location": both, "market": both} if len(both) > 1 else {"": years[""]}


def factors_by_year(
    carriers_tce: pd.DataFrame,
    emitted: pd.DataFrame,
    activity: pd.Series,
    green_share: pd.Series | None = None,
    view: str = "",
) -> dict[int, pd.DataFrame]:
    """Return the factors of an entity's emissions for `lmdi.over_years`: {year: part x factor}, a
    part for each carrier.

    C = activity x energy / activity x carrier / energy x (1 - green share) x emissions / carrier
    (Kaya's form by carrier); emissions of no carrier are the part OTHER, so that the parts sum
    to the emissions. In the location-based view the factor of a kWh is the grid's. In another view
    green power is a factor of its own where its share is known; where it is not known, the two
    cannot be separated and are one factor, grid_and_green_power.
    """
    used_years = carriers_tce.index[carriers_tce.sum(axis=1) > 0]
    years = emitted.index.intersection(used_years).intersection(activity.dropna().index)
    if green_share is None or view == "location":
        green = pd.Series(0.0, years)
    else:
        green = green_share.reindex(years)
    separate = view == "location" or green_share is not None and bool(green.notna().all())
    dropped = [] if separate and view != "location" else ["green_power"]
    renamed = {} if separate else {"grid_factor": "grid_and_green_power"}
    factors, grid_before = {}, 1.0
    for year in years:
        uncovered = 1 - green[year] if separate else 1.0
        table = _factors(
            carriers_tce.loc[year], emitted.loc[year], activity[year], uncovered, grid_before
        )
        grid_before = table.at[ELECTRICITY, "grid_factor"] or 1.0
        factors[int(year)] = table.drop(columns=dropped).rename(columns=renamed)
    return factors


def _factors(
    carriers_tce: pd.Series,
    emitted: pd.Series,
    activity: float,
    uncovered: float,
    grid_before: float,
) -> pd.DataFrame:
    """Return the factors of one year, part x factor; `uncovered` is the share of electricity (0-1)
    that is not green.

    The factor of a carrier that was not used cannot be known, nor that of the grid where no kWh is
    uncovered. Any number above zero attributes a vanished carrier to the mix, or to green power, as
    the analytic limits of zeros require: 1, or the grid's factor of the year before.
    """
    is_electricity = pd.Series(carriers_tce.index == ELECTRICITY, carriers_tce.index)
    energy_tce = carriers_tce.sum()
    per_tce = (emitted[carriers_tce.index] / carriers_tce).where(carriers_tce > 0, 1.0)
    grid = per_tce[ELECTRICITY] / uncovered if uncovered > 0 else grid_before
    table = pd.DataFrame(
        {
            "activity": activity,
            "energy_intensity": energy_tce / activity,
            "carrier_mix": carriers_tce / energy_tce,
            "green_power": is_electricity.map({True: uncovered, False: 1.0}),
            "grid_factor": is_electricity.map({True: grid, False: 1.0}),
            "other_factors": per_tce.where(~is_electricity, 1.0),
        }
    )
    explained = table.prod(axis=1).reindex(emitted.index, fill_value=0.0) != 0
    unexplained_t = emitted.where(~explained, 0.0).sum()
    table.loc[OTHER] = 1.0
    table.loc[OTHER, ["activity", "other_factors"]] = activity, unexplained_t / activity
    return table


def missing_metrics(figures: pd.DataFrame, entity: str) -> list[str]:
    """Return the ids of the metrics that an entity would have to publish for a decomposition by
    carrier; scope 2 without a view, or in both views.
    """
    absent = [
        metric
        for metric in (*CARRIERS, *_SCOPES)
        if series.published_or_empty(figures, entity, metric).empty
    ]
    either_view = set(_SCOPE2_VIEWS) - set(absent)
    not_needed = _SCOPE2_VIEWS if "ghg_scope2" not in absent or not either_view else ("ghg_scope2",)
    return [metric for metric in absent if metric not in not_needed]


def boundary_findings(figures: pd.DataFrame, entity: str) -> list[Finding]:
    """Return a finding where an entity's emissions have another boundary than the carriers and
    intensities they are divided by; none for the entity "".
    """
    if not entity:
        return []
    return series.boundary_findings(figures, (entity, *_SCOPES), (entity, *_DIVISORS))


def green_power_findings(
    figures: pd.DataFrame, entity: str, factors: pd.DataFrame
) -> list[Finding]:
    """Return a finding for each year in which all electricity is green but the market-based scope 2
    still has emissions of it.
    """
    left_mt = emitted_t(figures, entity, factors, "market")[ELECTRICITY] / units.T_PER_MT
    share = green_share(figures, entity)
    if share is None:
        return []
    names = {f"entity_{lang}": labels.label(entity, lang) for lang in labels.LANGUAGES}
    return [
        finding
        for year in left_mt.index.intersection(share.index[share == 1])
        if left_mt[year] > units.TIE
        for finding in in_table(
            "company", "green_yet_emitting", year=year, left_mt=left_mt[year], **names
        )
    ]


def drivers(
    figures: pd.DataFrame,
    entity: str,
    activity: pd.DataFrame,
    carriers_tce: pd.DataFrame,
    factors: pd.DataFrame,
    base_year: int | None = None,
) -> pd.DataFrame:
    """Return view, basis, year, driver, who (its attribution), effect_mt, chained_mt, ratio of an
    entity's emissions by carrier.

    In the location- and the market-based view where both were published, else "as_published".
    Without a base year from the first year that can be decomposed. The effects of the company and
    of the grid do not depend on the energy convention, because the coefficient of each carrier
    cancels; only the split between intensity and mix does.
    """
    tables = []
    share = green_share(figures, entity)
    for view, years in scope2_views(figures, entity).items():
        emitted_mt = emitted_t(figures, entity, factors, view).filter(years, axis=0)
        emitted_mt = emitted_mt / units.T_PER_MT
        for basis in activity.columns:
            known = factors_by_year(carriers_tce, emitted_mt, activity[basis], share, view)
            if len(known) > 1:
                effects = lmdi.by_driver(lmdi.over_years(known, base_year or min(known)))
                tables.append(effects.assign(view=view or "as_published", basis=basis))
    if not tables:
        return pd.DataFrame(columns=_DRIVERS)
    mt = {"effect": "effect_mt", "chained_effect": "chained_mt"}
    return pd.concat(tables, ignore_index=True).rename(columns=mt)[_DRIVERS]


def last_effects(drivers: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the last year of each view and basis from the drivers of several entities, with
    column entity.
    """
    table = pd.concat([drivers_of.assign(entity=name) for name, drivers_of in drivers.items()])
    last = table.groupby(["entity", "view", "basis"])["year"].transform("max")
    return table[table["year"] == last]


def last_view(drivers: pd.DataFrame) -> pd.DataFrame:
    """Return the drivers of one view only, the last listed."""
    return drivers[drivers["view"] == drivers["view"].iloc[-1]] if len(drivers) else drivers
