"""Energy from its carriers: as standard coal under a convention that is named, and as the drivers
of emissions.

How much coal a kWh "is" is a convention: by its calorific value, or by the coal a power station
burns for it.
"""

from __future__ import annotations

import pandas as pd

from neutrality.reference import published, units
from neutrality.reference.status import weakest
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
# Fuel -> the factor of its CO2; with purchased heat, what is not electricity.
FUELS = {
    "natural_gas": "fuel_natural_gas",
    "coal": "fuel_bituminous",
    "gasoline": "fuel_petrol",
    "diesel": "fuel_diesel",
}
SCOPES = ("ghg_scope2", "ghg_scope2_location", "ghg_scope2_market", "ghg_scope1")
DIVIDED_BY = (*CARRIERS, "energy_total", "energy_per_revenue", "energy_per_information_flow")
RESTS_ON = (*DIVIDED_BY, *SCOPES)
HEAT, HEAT_FACTOR, POWER, GREEN = (
    "purchased_heat",
    "heat_default",
    "electricity_total",
    "green_electricity",
)
# what no carrier explains: scope 1 without fuels, power that emits although all of it is green
OTHER = "other"


def amounts(figures: pd.DataFrame, entity: str) -> pd.DataFrame:
    """Return an entity's energy carriers, year x carrier, each in its metric's unit; only years
    that have every one.
    """
    known = {carrier: series.if_known(figures, entity, carrier) for carrier in CARRIERS}
    return pd.DataFrame(known).dropna().rename_axis("year").rename_axis(columns="carrier")


def standard_coal(
    carried: pd.DataFrame, coefficients: pd.DataFrame, convention: str = "calorific"
) -> pd.DataFrame:
    """Return energy carriers as standard coal, year x carrier [tce], amount x coefficient of GB/T
    2589-2020.

    `convention` is calorific or coal_consumption (electricity at the equivalent of institution
    audits); fuels and heat are the same in both. `carried` is as `amounts` gives it.
    """
    if convention not in CONVENTIONS:
        raise ValueError(
            f"energy convention '{convention}' is unknown; choose one of {', '.join(CONVENTIONS)}"
        )

    def tce(column: pd.Series) -> pd.Series:
        row = coefficients.loc[
            CONVENTIONS[convention] if column.name == POWER else CARRIERS[column.name]
        ]
        unit = series.about(column.name)["unit"]
        return (
            column
            * units.convert(1.0, unit, row["unit"].partition("/")[2])
            * row["value"]
            / units.KG_PER_TCE
        )

    return carried.apply(tce)


def status(
    carried_tce: pd.DataFrame,
    figures: pd.DataFrame,
    entity: str,
    coefficients: pd.DataFrame,
    convention: str,
) -> str:
    """Return the weakest status of the carriers that were used and of their coefficients; "" for
    none.
    """
    used = [carrier for carrier in carried_tce if (carried_tce[carrier] > 0).any()]
    rows = [CONVENTIONS[convention] if carrier == POWER else CARRIERS[carrier] for carrier in used]
    known = [*series.statuses(figures, entity, *used), *coefficients.loc[rows, "status"]]
    return weakest(known)


def check(figures: pd.DataFrame, entity: str, coefficients: pd.DataFrame) -> pd.DataFrame:
    """Return year, convention, rebuilt_tce beside the published total [tce], and their difference
    in %.

    It tells which convention an operator's totals follow. Only years in which every carrier and the
    total were published are compared; none for an entity the table does not know. Raw coal's
    coefficient is RECALLED.
    """
    carried, published = amounts(figures, entity), series.if_known(figures, entity, "energy_total")
    tables = [
        standard_coal(carried, coefficients, convention)
        .sum(axis=1)
        .rename("rebuilt_tce")
        .to_frame()
        .assign(convention=convention, published_tce=published)
        .dropna()
        for convention in CONVENTIONS
    ]
    both = pd.concat(tables).rename_axis("year").reset_index()
    both["difference_percent"] = units.PERCENT * (both["rebuilt_tce"] / both["published_tce"] - 1)
    return both[["year", "convention", "rebuilt_tce", "published_tce", "difference_percent"]]


def implied_activity(figures: pd.DataFrame, entity: str) -> pd.DataFrame:
    """Return the activity that published totals and intensities imply, year x basis: revenue [RMB
    bn], data traffic [PB].

    An operator that publishes its energy and its energy per revenue has published its revenue.
    """
    energy_tce = series.if_known(figures, entity, "energy_total")
    per = {
        "revenue": ("energy_per_revenue", "RMB million", "RMB bn"),
        "data": ("energy_per_information_flow", "TB", "PB"),
    }
    return pd.DataFrame(
        {
            basis: energy_tce
            * units.KG_PER_TCE
            / series.if_known(figures, entity, metric)
            * units.convert(1.0, *units_of)
            for basis, (metric, *units_of) in per.items()
        }
    ).rename_axis("year")


def emitted_t(
    figures: pd.DataFrame, entity: str, factors: pd.DataFrame, view: str = ""
) -> pd.DataFrame:
    """Return an entity's emissions by carrier, year x carrier [tCO2e]: they sum to its published
    scope 1 and scope 2.

    Fuels by their published factors, scaled to the published scope 1, which is OTHER where there
    are none; heat by its default; electricity is what is left of scope 2, of which `view` names the
    location- or market-based one; "" is the one without a name. A year that lacks one of these is
    left out; ValueError where nothing is left for electricity.
    """
    carried = amounts(figures, entity)
    named = f"ghg_scope2_{view}".rstrip("_")
    scope1, scope2 = (
        units.T_PER_MT * series.if_known(figures, entity, metric)
        for metric in ("ghg_scope1", named)
    )
    fuels = carried[list(FUELS)] * [factors.at[factor, "value"] for factor in FUELS.values()]
    burnt = fuels.sum(axis=1)
    made = fuels.mul((scope1 / burnt).where(burnt > 0, 0.0), axis=0)
    made[HEAT] = carried[HEAT] * factors.at[HEAT_FACTOR, "value"]
    made[POWER] = scope2 - made[HEAT]
    made[OTHER] = scope1.reindex(made.index).where(burnt.reindex(made.index) == 0, 0.0)
    _refuse(
        figures,
        entity,
        named,
        made[POWER] < 0,
        lambda year: (
            f"is less than its {HEAT} emits, {made.at[year, HEAT] / units.T_PER_MT:.4g} Mt"
        ),
    )
    return made.reindex(columns=[*CARRIERS, OTHER]).dropna()


def green_share(figures: pd.DataFrame, entity: str) -> pd.Series | None:
    """Return the share of an entity's electricity that is green, by year;

    None where it was not published.
    """
    power, green = (series.if_known(figures, entity, metric) for metric in (POWER, GREEN))
    _refuse(
        figures,
        entity,
        GREEN,
        green > power.reindex(green.index),
        lambda year: f"is more than all its electricity, {power[year]:.6g} TWh",
    )
    return (green / power).where(power > 0, 0.0).reindex(green.index) if len(green) else None


def _refuse(figures: pd.DataFrame, entity: str, metric: str, wrong: pd.Series, said) -> None:
    """Raise ValueError with row and value of a metric in each year that is wrong."""
    rows = series.chosen(
        figures[
            (figures["entity"] == entity)
            & (figures["metric"] == metric)
            & (figures["status"] != series.NEVER_USED)
        ]
    )
    faults = [
        f"company.csv, row {row.Index}, column value: found '{row.value:g}'; {metric} of {entity} in {row.year} {said(row.year)}; correct one of them"
        for row in rows.itertuples()
        if wrong.get(row.year, False)
    ]
    if faults:
        raise ValueError("\n".join(faults))


def views(figures: pd.DataFrame, entity: str) -> dict[str, pd.Index]:
    """Return the views of scope 2 that are decomposed, with their years: both where both were
    published, else the one without a name.
    """
    named = {
        view: series.if_known(figures, entity, f"ghg_scope2_{view}".rstrip("_")).index
        for view in ("location", "market", "")
    }
    both = named["location"].intersection(named["market"])
    return {"location": both, "market": both} if len(both) > 1 else {"": named[""]}


def factors_by_year(
    carried_tce: pd.DataFrame,
    emitted: pd.DataFrame,
    activity: pd.Series,
    green_share: pd.Series | None = None,
    view: str = "",
) -> dict[int, pd.DataFrame]:
    """Return the factors of an entity's emissions for `lmdi.over_years`: {year: part x factor}, a
    part a carrier.

    C = activity x energy / activity x carrier / energy x (1 - green share) x emissions / carrier
    (Kaya's form, a part a carrier); what that leaves out is the part OTHER, so that the parts sum
    to the emissions. What the location-based view shows of a kWh is the grid's. In another view
    green power is a factor of its own where its share is known, and where it is not it cannot be
    told from the grid: the two are one factor.
    """
    years = emitted.index.intersection(carried_tce.index[carried_tce.sum(axis=1) > 0]).intersection(
        activity.dropna().index
    )
    green = (
        pd.Series(0.0, years)
        if green_share is None or view == "location"
        else green_share.reindex(years)
    )
    apart = view == "location" or green_share is not None and bool(green.notna().all())
    made, last = {}, None
    for year in years:
        carried, uncovered = carried_tce.loc[year], 1 - green[year] if apart else 1.0
        of_power, energy_tce = pd.Series(carried.index == POWER, carried.index), carried.sum()
        # The factor of what was not used, and the grid's where no kWh is left uncovered, cannot be
        # seen. Any number above zero leaves what vanished to the mix, and to green power: so the
        # limits want it.
        per_tce = (emitted.loc[year, carried.index] / carried).where(carried > 0, 1.0)
        grid = per_tce[POWER] / uncovered if uncovered > 0 else last or 1.0
        table, last = (
            pd.DataFrame(
                {
                    "activity": activity[year],
                    "energy_intensity": energy_tce / activity[year],
                    "carrier_mix": carried / energy_tce,
                    "green_power": of_power.map({True: uncovered, False: 1.0}),
                    "grid_factor": of_power.map({True: grid, False: 1.0}),
                    "other_factors": per_tce.where(~of_power, 1.0),
                }
            ),
            grid,
        )
        unseen = (
            emitted.loc[year]
            .where(table.prod(axis=1).reindex(emitted.columns, fill_value=0.0) == 0, 0.0)
            .sum()
        )
        table.loc[OTHER] = 1.0
        table.loc[OTHER, ["activity", "other_factors"]] = activity[year], unseen / activity[year]
        made[int(year)] = table
    joint = {"grid_factor": "grid_factor" if apart else "grid_and_green_power"}
    return {
        year: table.drop(columns=[] if apart and view != "location" else "green_power").rename(
            columns=joint
        )
        for year, table in made.items()
    }


def lacking(figures: pd.DataFrame, entity: str) -> list[str]:
    """Return what an entity would have to publish for its carriers to be decomposed, scope 2 as
    such or in both views; metric ids.
    """
    absent = [
        metric for metric in (*CARRIERS, *SCOPES) if series.if_known(figures, entity, metric).empty
    ]
    spared = (
        SCOPES[1:3] if SCOPES[0] not in absent or set(SCOPES[1:3]) <= set(absent) else SCOPES[:1]
    )
    return [metric for metric in absent if metric not in spared]


def mixed_boundaries(figures: pd.DataFrame, entity: str) -> list[Finding]:
    """Return a finding where an entity's emissions have another boundary than the carriers and
    intensities they are divided by.
    """
    return series.mixed(figures, (entity, *SCOPES), (entity, *DIVIDED_BY)) if entity else []


def green_yet_emitting(figures: pd.DataFrame, entity: str, factors: pd.DataFrame) -> list[Finding]:
    """Return a finding for each year in which all power is green and the market-based scope 2
    still leaves emissions for it.
    """
    share = green_share(figures, entity)
    left_mt = emitted_t(figures, entity, factors, "market")[POWER] / units.T_PER_MT
    whole = [] if share is None else left_mt.index.intersection(share.index[share == 1])
    return [
        finding
        for year in whole
        if left_mt[year] > units.TIE
        for finding in in_table(
            "company",
            "green_yet_emitting",
            entity_zh=labels.label(entity, "zh"),
            entity_en=labels.label(entity, "en"),
            year=year,
            left_mt=left_mt[year],
        )
    ]


def drivers(
    figures: pd.DataFrame,
    entity: str,
    activity: pd.DataFrame,
    carried_tce: pd.DataFrame,
    factors: pd.DataFrame,
    base_year: int | None = None,
) -> pd.DataFrame:
    """Return view, basis, year, driver, who, effect_mt, chained_mt, ratio of an entity's emissions,
    carrier by carrier.

    In the location- and the market-based view where both were published, else "as_published".
    Without a base year from the first year that can be decomposed. What the company did, or the
    grid, does not depend on the energy convention: of each carrier the coefficient cancels; only
    the part between intensity and mix does.
    """
    made = [
        pd.DataFrame(
            columns=["view", "basis", "year", "driver", "who", "effect_mt", "chained_mt", "ratio"]
        )
    ]
    for view, years in views(figures, entity).items():
        emitted = emitted_t(figures, entity, factors, view).filter(years, axis=0) / units.T_PER_MT
        for basis in activity.columns:
            known = factors_by_year(
                carried_tce, emitted, activity[basis], green_share(figures, entity), view
            )
            if len(known) > 1:
                table = lmdi.by_driver(lmdi.over_years(known, base_year or min(known)))
                made.append(
                    table.rename(
                        columns={"effect": "effect_mt", "chained_effect": "chained_mt"}
                    ).assign(view=view or "as_published", basis=basis)[list(made[0])]
                )
    return pd.concat(made, ignore_index=True) if len(made) > 1 else made[0]


def energy_total(
    figures: pd.DataFrame, entity: str, convention: str
) -> tuple[pd.Series, str, list[str]]:
    """Return an entity's total energy by year [tce], the convention it follows, and its metrics.

    A published total comes as it is; without one, carriers are converted by `convention`. Without
    carriers too, the series is empty and the convention "".
    """
    total = series.if_known(figures, entity, "energy_total")
    if len(total):
        return total, "convention_as_published", ["energy_total"]
    rebuilt = standard_coal(amounts(figures, entity), published.coefficients(), convention)
    if rebuilt.empty:
        return total, "", ["energy_total"]
    return rebuilt.sum(axis=1), convention, list(rebuilt)


def coefficient_ids(convention: str) -> dict[str, str]:
    """Return the coefficient that brings each carrier to standard coal, by metric."""
    return CARRIERS | {POWER: CONVENTIONS[convention]}


def latest(drivers: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the last year of each view and basis of several entities' drivers, with `entity`."""
    every = pd.concat([table.assign(entity=name) for name, table in drivers.items()])
    last = every.groupby(["entity", "view", "basis"])["year"].transform("max")
    return every[every["year"] == last]


def last_view(drivers: pd.DataFrame) -> pd.DataFrame:
    """Return the drivers of one view only, the last listed."""
    return drivers[drivers["view"] == drivers["view"].iloc[-1]] if len(drivers) else drivers
