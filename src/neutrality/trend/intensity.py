"""The company's years: intensity and verdict per basis, and what drove the change.

A year that was not published is missing, never estimated: it is named, and what needs it is not
decidable.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from neutrality.reference import units
from neutrality.reference.status import weakest
from neutrality.texts import labels
from neutrality.texts.findings import Finding
from neutrality.trend import lmdi, series

DRIVERS = "drivers.nc"
INDEX_BASE = 100.0  # a chained index starts here
GROWTH = "telecom_business_volume_growth_constant_prev_year_price"
# What each basis of an intensity rests on; the business volume is the industry's.
RESTS_ON = {
    "revenue": ("operating_revenue",),
    "volume": (GROWTH,),
    "traffic": ("handset_dou", "mobile_customers"),
}


def missing(values: pd.Series, years) -> list[int]:
    """Return those of the years for which there is no value.

    >>> missing(pd.Series({2022: 260.0, 2023: 310.0}), range(2021, 2026))
    [2021, 2024, 2025]
    """
    return [int(year) for year in years if pd.isna(values.get(year, np.nan))]


def chained(growth_percent: pd.Series, base_year: int) -> pd.Series:
    """Return an index (base year = 100) chained from growth rates [%]; it ends before the first
    missing one.

    Levels at each previous year's prices may not be divided by one another; only the growth rates
    chain.

    >>> chained(pd.Series({2021: 10.0, 2022: 20.0, 2024: 5.0}), 2020).round(1).to_dict()
    {2020: 100.0, 2021: 110.0, 2022: 132.0}
    """
    index, year = {base_year: INDEX_BASE}, base_year
    while not missing(growth_percent, [year + 1]):
        index[year + 1] = index[year] * (1 + growth_percent[year + 1] / units.PERCENT)
        year += 1
    return pd.Series(index, name="index")


def handset_traffic(dou_gb: pd.Series, customers_m: pd.Series) -> pd.Series:
    """Return a year's handset data traffic [PB]: GB a customer and month x mean customers [million]
    x 12.

    Mean customers are the mean of two year ends, so a year needs the year end before it.

    >>> handset_traffic(pd.Series({2020: 9.4}), pd.Series({2019: 950.0, 2020: 942.0})).round(1).to_dict()
    {2020: 106708.8}
    """
    customers_m = customers_m.reindex(range(customers_m.index.min(), customers_m.index.max() + 1))
    mean_m = (customers_m + customers_m.shift(1)) / 2
    return (dou_gb * mean_m * units.MONTHS_PER_YEAR).dropna().rename("traffic")  # million GB = PB


def activities(figures: pd.DataFrame, entity: str, industry: str, base_year: int) -> pd.DataFrame:
    """Return the activity an intensity may be divided by, year x basis; NaN where it was not
    published.

    revenue: operating revenue [RMB bn]. volume: telecom business volume of the whole industry,
    chained [base year = 100], a stand-in because the company's own is not published; without such
    an industry it is missing. traffic: handset data traffic [PB].
    """
    if not (figures["entity"] == entity).any():
        return pd.DataFrame(index=pd.Index([], name="year"))
    growth = series.if_known(figures, industry, GROWTH)
    dou, customers = (series.of(figures, entity, metric) for metric in RESTS_ON["traffic"])
    return pd.DataFrame(
        {
            "revenue": series.of(figures, entity, "operating_revenue"),
            "volume": chained(growth, base_year) if len(growth) else growth,
            "traffic": handset_traffic(dou, customers) if len(customers) else dou,
        }
    ).rename_axis("year")


def rests_on(entity: str, industry: str) -> dict[str, tuple[str, ...]]:
    """Return whose figures each basis rests on, and which: (entity, metric, ...)."""
    return {
        basis: (industry if basis == "volume" else entity, *metrics)
        for basis, metrics in RESTS_ON.items()
    }


def mixed_boundaries(
    figures: pd.DataFrame, entity: str, industry: str, *metrics: str
) -> list[Finding]:
    """Return a finding for each basis on which the metrics are divided by an activity of another
    boundary.
    """
    return [
        finding
        for below in rests_on(entity, industry).values()
        for finding in series.mixed(figures, (entity, *metrics), below)
    ]


def statuses(figures: pd.DataFrame, entity: str, industry: str, *above: str) -> dict[str, str]:
    """Return per basis the weakest status that an intensity rests on: statuses of what is
    divided, and of its activity.
    """
    known = {
        basis: [*above, *series.statuses(figures, *below)]
        for basis, below in rests_on(entity, industry).items()
    }
    return {basis: weakest(of) for basis, of in known.items()}


def per(quantity: pd.Series, activity: pd.DataFrame) -> pd.DataFrame:
    """Return the intensity, quantity per unit of activity, year x basis; NaN where either is
    missing.

    Raises ValueError where an activity is zero or negative.

    >>> per(pd.Series({2020: 30.0}), pd.DataFrame({"revenue": {2020: 60.0}})).loc[2020, "revenue"].item()
    0.5
    """
    if (activity <= 0).any(axis=None):
        year, basis = activity.stack()[lambda a: a <= 0].index[0]
        raise ValueError(
            f"the activity '{basis}' of {year} is not above zero; no intensity can be formed"
        )
    years = activity.index.union(quantity.index)
    return activity.rdiv(quantity, axis=0).reindex(years).astype("float64").rename_axis("year")


def changes(quantity: pd.Series, activity: pd.DataFrame, base_year: int) -> pd.DataFrame:
    """Return the intensity's change on the base year [%], year x basis;

    NaN where it cannot be formed.
    """
    intensity = per(quantity, activity)
    base = intensity.reindex([base_year]).iloc[0]
    return units.PERCENT * (intensity / base - 1)


def verdict(change_by_year: pd.Series, threshold_percent: float, target_year: int) -> str:
    """Say whether an intensity fell by more than a threshold [%] in a year: holds, fails, not
    decidable.

    >>> fell = pd.Series({2023: -29.9, 2024: -52.3})
    >>> [verdict(fell, 40, year) for year in (2023, 2024, 2025)]
    ['fails', 'holds', 'not decidable']
    """
    change_percent = change_by_year.get(target_year, np.nan)
    if pd.isna(change_percent):
        return "not decidable"
    # Exactly -40 % is not "more than 40 %".
    return "holds" if change_percent < -threshold_percent - units.TIE else "fails"


def allowed_change(
    activity: pd.DataFrame, base_year: int, target_year: int, threshold_percent: float
) -> pd.Series:
    """Return per basis the change of the quantity [%] at which its intensity falls by just the
    threshold [%].

    >>> doubled = pd.DataFrame({"volume": {2020: 100.0, 2025: 200.0}})
    >>> allowed_change(doubled, 2020, 2025, 40).round(6).to_dict()
    {'volume': 20.0}
    """
    ends = activity.reindex([base_year, target_year])
    share_left = 1 - threshold_percent / units.PERCENT
    return units.PERCENT * (share_left * ends.loc[target_year] / ends.loc[base_year] - 1)


def gaps(
    quantity: pd.Series, activity: pd.DataFrame, years, quantity_id: str, lang: str
) -> pd.Series:
    """Return per basis, in `lang`, which of the years lack the quantity or the activity; "" if
    none.
    """
    semicolon = {"zh": "；", "en": "; "}[lang]

    def said(basis: str) -> str:
        absent = {quantity_id: missing(quantity, years), basis: missing(activity[basis], years)}
        return semicolon.join(
            f"{labels.label(what, lang)} {labels.listed(at, lang)}"
            for what, at in absent.items()
            if at
        )

    return pd.Series({basis: said(basis) for basis in activity.columns}, dtype="str")


def trend(
    quantity: pd.Series,
    activity: pd.DataFrame,
    base_year: int,
    target_year: int,
    threshold_percent: float,
    quantity_id: str,
) -> pd.DataFrame:
    """Return the verdict on "intensity down by more than" per basis, and what is known short of it.

    A row a basis, never one overall: change_percent and verdict of the target year; latest_year,
    latest_change_percent and latest_verdict of the last year up to it that can be formed (0, NaN
    and not decidable if there is none); breakeven, the most the quantity may be in the target year,
    in its own unit; allowed_change_percent, the same as a change on the base year; missing_zh and
    missing_en. `quantity_id` ("carbon", "energy") is what the quantity is called where it is
    missing.
    """
    change, ends = changes(quantity, activity, base_year), (base_year, target_year)
    known = change[(change.index > base_year) & (change.index <= target_year)]
    latest = {basis: int(known[basis].last_valid_index() or 0) for basis in activity.columns}
    allowed = allowed_change(activity, *ends, threshold_percent)
    return (
        pd.DataFrame(
            {
                "change_percent": change.reindex([target_year]).iloc[0],
                "verdict": {
                    basis: verdict(known[basis], threshold_percent, target_year) for basis in latest
                },
                "latest_year": latest,
                "latest_change_percent": {
                    basis: known[basis].get(year, np.nan) for basis, year in latest.items()
                },
                "latest_verdict": {
                    basis: verdict(known[basis], threshold_percent, year)
                    for basis, year in latest.items()
                },
                "breakeven": quantity.get(base_year, np.nan) * (1 + allowed / units.PERCENT),
                "allowed_change_percent": allowed,
                "missing_zh": gaps(quantity, activity, ends, quantity_id, "zh"),
                "missing_en": gaps(quantity, activity, ends, quantity_id, "en"),
            }
        )
        .reindex(activity.columns)
        .rename_axis("basis")
    )


def drivers(quantity: pd.Series, activity: pd.DataFrame, base_year: int) -> xr.Dataset:
    """Return what activity and intensity each did to the quantity since the base year, year x
    driver x basis.

    quantity = activity x (quantity / activity), by LMDI-I: `effect` and `chained_effect` in the
    quantity's own unit, `ratio` and `chained_ratio`, as in `lmdi.over_years`; NaN where a year
    cannot be formed. Over the drivers effects sum to the quantity's change and ratios multiply to
    its ratio, on every basis alike.
    """
    intensity, made = per(quantity, activity), []
    wanted = {
        "year": [int(year) for year in intensity.index if year > base_year],
        "driver": ["activity", "intensity"],
    }
    for basis in activity.columns:
        factors = pd.DataFrame(
            {"activity": activity[basis].reindex(intensity.index), "intensity": intensity[basis]}
        ).dropna()
        effects = lmdi.over_years(
            {int(year): row.to_frame("all").T for year, row in factors.iterrows()}, base_year
        )
        made.append(effects.sum("part", skipna=False).reindex(wanted))
    return xr.concat(made, pd.Index(activity.columns, name="basis"))


def latest_effects(effects: xr.Dataset) -> pd.DataFrame:
    """Return basis, year, driver, effect_mt, chained_mt, ratio of the last year of each basis
    that could be decomposed.
    """
    table = (
        effects.to_dataframe(dim_order=["basis", "year", "driver"])
        .dropna(subset="effect")
        .reset_index()
    )
    last = table.groupby("basis", sort=False)["year"].transform("max")
    order = {basis: place for place, basis in enumerate(effects.basis.values)}
    kept = table[table["year"] == last].sort_values(
        "basis", key=lambda names: names.map(order), kind="stable"
    )
    named = kept.rename(columns={"effect": "effect_mt", "chained_effect": "chained_mt"})
    return named[["basis", "year", "driver", "effect_mt", "chained_mt", "ratio"]].reset_index(
        drop=True
    )


def write_drivers(effects: xr.Dataset, out: Path | str) -> None:
    """Write years x drivers x bases as CF NetCDF, the same bytes for the same effects; effects
    in the quantity's Mt.
    """
    named = effects.copy().assign_attrs(
        Conventions="CF-1.11", title="LMDI-I drivers of emissions since the base year"
    )
    for name, variable in named.items():
        of = "end to end" if not name.startswith("chained") else "chained from year to year"
        kind, unit = ("ratio", "1") if name.endswith("ratio") else ("effect", "Mt")
        variable.attrs = {"units": unit, "long_name": f"{kind} of the driver on emissions, {of}"}
    named.to_netcdf(Path(out) / DRIVERS, engine="netcdf4")


def side_by_side(**trends: tuple[pd.DataFrame, str, int, str]) -> pd.DataFrame:
    """Return the trends of several quantities as one table: quantity_id, quantity_zh and _en,
    basis, the columns of `trend`, unit, digits.

    Each comes with the unit and digits of its break-even and the convention of its energy ("" for
    none).
    """
    named = {
        id: {f"quantity_{lang}": labels.with_convention(id, convention, lang) for lang in labels.LANGUAGES}
        for id, (_, _, _, convention) in trends.items()
    }
    return pd.concat(
        [
            table.reset_index().assign(quantity_id=id, unit=unit, digits=digits, **named[id])
            for id, (table, unit, digits, _) in trends.items()
        ],
        ignore_index=True,
    )


def society_avoided(figures: pd.DataFrame, entity: str, years) -> pd.Series:
    """Return the emissions others are said to have avoided, by year [Mt], lower bounds included;
    NaN where not published.

    A memo: outside every boundary of the company, and netted against nothing.
    """
    stated = series.of(figures, entity, "society_ghg_avoided")
    at_least = series.of(figures, entity, "society_ghg_avoided_lower_bound")
    return stated.combine_first(at_least).reindex(list(years)).rename("society_avoided_mt")
