"""The company's intensity by year: changes and verdict per basis, and the drivers of the change.

A year that was not published is missing and never estimated: it is named, and a verdict that needs
it is "not decidable".
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from neutrality.case import arrays
from neutrality.reference import units
from neutrality.reference.status import weakest
from neutrality.texts import labels
from neutrality.texts.findings import Finding
from neutrality.trend import lmdi, series

DRIVERS = "drivers.nc"
INDEX_BASE = 100.0  # a chained index starts here
_GROWTH = "telecom_business_volume_growth_constant_prev_year_price"
_TREND = [
    *("change_percent", "verdict", "latest_year", "latest_change_percent", "latest_verdict"),
    *("breakeven", "allowed_change_percent"),
]
# The metrics of each activity, by basis; the business volume is the industry's.
_ACTIVITY_METRICS = {
    "revenue": ("operating_revenue",),
    "volume": (_GROWTH,),
    "traffic": ("handset_dou", "mobile_customers"),
}


def missing(values: pd.Series, years) -> list[int]:
    """Return the years without a value.

    >>> missing(pd.Series({2022: 260.0, 2023: 310.0}), range(2021, 2026))
    [2021, 2024, 2025]
    """
    return [int(year) for year in years if pd.isna(values.get(year, np.nan))]


def chained(growth_percent: pd.Series, base_year: int) -> pd.Series:
    """Return an index (base year = 100) chained from growth rates [%], up to the first missing one.

    Levels at the previous year's prices are not comparable; only their growth rates can be chained.

    >>> chained(pd.Series({2021: 10.0, 2022: 20.0, 2024: 5.0}), 2020).round(1).to_dict()
    {2020: 100.0, 2021: 110.0, 2022: 132.0}
    """
    index, year = {base_year: INDEX_BASE}, base_year
    while not missing(growth_percent, [year + 1]):
        index[year + 1] = index[year] * (1 + growth_percent[year + 1] / units.PERCENT)
        year += 1
    return pd.Series(index, name="index")


def _handset_traffic(dou_gb: pd.Series, customers_m: pd.Series) -> pd.Series:
    """Return the handset data traffic by year [PB]: GB per customer and month x mean customers
    [million] x 12.

    Mean customers are the mean of two year ends, so a year needs the year end before it.

    >>> customers_m = pd.Series({2019: 950.0, 2020: 942.0})
    >>> _handset_traffic(pd.Series({2020: 9.4}), customers_m).round(1).to_dict()
    {2020: 106708.8}
    """
    customers_m = customers_m.reindex(range(customers_m.index.min(), customers_m.index.max() + 1))
    mean_m = (customers_m + customers_m.shift(1)) / 2
    return (dou_gb * mean_m * units.MONTHS_PER_YEAR).dropna().rename("traffic")  # million GB = PB


def activities(figures: pd.DataFrame, entity: str, industry: str, base_year: int) -> pd.DataFrame:
    """Return the activities that an intensity is divided by, year x basis; NaN where not published.

    revenue: operating revenue [RMB bn]. volume: telecom business volume of the whole industry,
    chained [base year = 100], as a proxy because the company's own is not published; missing
    without such an industry. traffic: handset data traffic [PB]. No basis for an entity that the
    table does not have.
    """
    if not (figures["entity"] == entity).any():
        return pd.DataFrame(index=pd.Index([], name="year"))
    growth = series.published_or_empty(figures, industry, _GROWTH)
    dou, customers = (
        series.published_series(figures, entity, metric) for metric in _ACTIVITY_METRICS["traffic"]
    )
    return pd.DataFrame(
        {
            "revenue": series.published_series(figures, entity, "operating_revenue"),
            "volume": chained(growth, base_year) if len(growth) else growth,
            "traffic": _handset_traffic(dou, customers) if len(customers) else dou,
        }
    ).rename_axis("year")


def activity_figures(entity: str, industry: str) -> dict[str, tuple[str, ...]]:
    """Return the figures of each basis: (entity, metric, ...)."""
    return {
        basis: (industry if basis == "volume" else entity, *metrics)
        for basis, metrics in _ACTIVITY_METRICS.items()
    }


def boundary_findings(
    figures: pd.DataFrame, entity: str, industry: str, *metrics: str
) -> list[Finding]:
    """Return a finding for each basis on which the metrics are divided by an activity of another
    boundary.
    """
    return [
        finding
        for below in activity_figures(entity, industry).values()
        for finding in series.boundary_findings(figures, (entity, *metrics), below)
    ]


def statuses(figures: pd.DataFrame, entity: str, industry: str, *above: str) -> dict[str, str]:
    """Return the weakest status of an intensity per basis, from the statuses of its numerator
    (`above`) and those of its activity.
    """
    return {
        basis: weakest([*above, *series.statuses(figures, *below)])
        for basis, below in activity_figures(entity, industry).items()
    }


def per_activity(quantity: pd.Series, activity: pd.DataFrame) -> pd.DataFrame:
    """Return the intensity, quantity per unit of activity, year x basis; NaN where either is
    missing.

    Raises ValueError where an activity is zero or negative.

    >>> activity = pd.DataFrame({"revenue": {2020: 60.0}})
    >>> per_activity(pd.Series({2020: 30.0}), activity).loc[2020, "revenue"].item()
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
    """Return the change of the intensity on the base year [%], year x basis; NaN where it cannot be
    computed.
    """
    intensity = per_activity(quantity, activity)
    base = intensity.reindex([base_year]).iloc[0]
    return units.PERCENT * (intensity / base - 1)


def verdict(change_by_year: pd.Series, threshold_percent: float, target_year: int) -> str:
    """Return whether an intensity fell by more than a threshold [%] up to a year: "holds", "fails"
    or "not decidable".

    >>> fell = pd.Series({2023: -29.9, 2024: -52.3})
    >>> [verdict(fell, 40, year) for year in (2023, 2024, 2025)]
    ['fails', 'holds', 'not decidable']
    """
    change_percent = change_by_year.get(target_year, np.nan)
    if pd.isna(change_percent):
        return "not decidable"
    # Exactly -40 % is not "more than 40 %".
    return "holds" if change_percent < -threshold_percent - units.TIE else "fails"


def _allowed_change(
    activity: pd.DataFrame, base_year: int, target_year: int, threshold_percent: float
) -> pd.Series:
    """Return the change of the quantity [%] per basis at which its intensity falls by exactly the
    threshold [%].

    >>> doubled = pd.DataFrame({"volume": {2020: 100.0, 2025: 200.0}})
    >>> _allowed_change(doubled, 2020, 2025, 40).round(6).to_dict()
    {'volume': 20.0}
    """
    ends = activity.reindex([base_year, target_year])
    share_left = 1 - threshold_percent / units.PERCENT
    return units.PERCENT * (share_left * ends.loc[target_year] / ends.loc[base_year] - 1)


def _missing_names(
    quantity: pd.Series, activity: pd.DataFrame, years, quantity_id: str, lang: str
) -> pd.Series:
    """Return per basis, in `lang`, in which of the years the quantity or the activity is missing;
    "" for none.
    """
    semicolon = {"zh": "；", "en": "; "}[lang]
    texts = {}
    for basis in activity.columns:
        absent = {quantity_id: missing(quantity, years), basis: missing(activity[basis], years)}
        texts[basis] = semicolon.join(
            f"{labels.label(id, lang)} {labels.listed(years_absent, lang)}"
            for id, years_absent in absent.items()
            if years_absent
        )
    return pd.Series(texts, dtype="str")


def trend(
    quantity: pd.Series,
    activity: pd.DataFrame,
    base_year: int,
    target_year: int,
    threshold_percent: float,
    quantity_id: str,
) -> pd.DataFrame:
    """Return the verdict on "the intensity fell by more than the threshold", one row per basis.

    change_percent and verdict of the target year; latest_year, latest_change_percent and
    latest_verdict of the last year up to it that can be computed (0, NaN and "not decidable" if
    there is none); breakeven, the most that the quantity may be in the target year, in its own
    unit; allowed_change_percent, the same as a change on the base year; missing_zh and missing_en.
    `quantity_id` ("carbon", "energy") names the quantity where it is missing.
    """
    change, ends = changes(quantity, activity, base_year), (base_year, target_year)
    allowed = _allowed_change(activity, *ends, threshold_percent)
    to_target = change[(change.index > base_year) & (change.index <= target_year)]
    rows = {}
    for basis in activity.columns:
        known = to_target[basis]
        latest = int(known.last_valid_index() or 0)
        rows[basis] = {
            "change_percent": change[basis].get(target_year, np.nan),
            "verdict": verdict(known, threshold_percent, target_year),
            "latest_year": latest,
            "latest_change_percent": known.get(latest, np.nan),
            "latest_verdict": verdict(known, threshold_percent, latest),
            "breakeven": quantity.get(base_year, np.nan) * (1 + allowed[basis] / units.PERCENT),
            "allowed_change_percent": allowed[basis],
        }
    missing_names = {
        f"missing_{lang}": _missing_names(quantity, activity, ends, quantity_id, lang)
        for lang in labels.LANGUAGES
    }
    table = pd.DataFrame.from_dict(rows, "index", columns=_TREND)
    return table.assign(**missing_names).rename_axis("basis")


def drivers(quantity: pd.Series, activity: pd.DataFrame, base_year: int) -> xr.Dataset:
    """Return the effects of activity and intensity on the quantity since the base year, year x
    driver x basis.

    quantity = activity x (quantity / activity), by LMDI-I: `effect` and `chained_effect` in the
    quantity's own unit, `ratio` and `chained_ratio`, as in `lmdi.over_years`; NaN for a year that
    cannot be computed. On every basis the effects of the drivers sum to the quantity's change, and
    their ratios multiply to its ratio.
    """
    intensity, effects = per_activity(quantity, activity), []
    coordinates = {
        "year": [int(year) for year in intensity.index if year > base_year],
        "driver": ["activity", "intensity"],
    }
    for basis in activity.columns:
        factors = pd.DataFrame(
            {"activity": activity[basis].reindex(intensity.index), "intensity": intensity[basis]}
        ).dropna()
        by_year = {int(year): row.to_frame("all").T for year, row in factors.iterrows()}
        summed = lmdi.over_years(by_year, base_year).sum("part", skipna=False)
        effects.append(summed.reindex(coordinates))
    if not effects:
        none = lmdi.over_years({}, base_year).sum("part").reindex(coordinates)
        return none.expand_dims(basis=[])
    return xr.concat(effects, pd.Index(activity.columns, name="basis"))


def latest_effects(effects: xr.Dataset) -> pd.DataFrame:
    """Return basis, year, driver, effect_mt, chained_mt, ratio of the last year that could be
    decomposed, for each basis.
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
    """Write the effects of `drivers` [Mt] as CF NetCDF; the same effects give the same bytes."""
    named = effects.copy()
    for name, variable in named.items():
        way = "chained from year to year" if name.startswith("chained") else "end to end"
        kind, unit = ("ratio", "1") if name.endswith("ratio") else ("effect", "Mt")
        variable.attrs = {"units": unit, "long_name": f"{kind} of the driver on emissions, {way}"}
    title = "LMDI-I drivers of emissions since the base year"
    history = "written by notebook 04_intensity_trend"
    about = {"year": "calendar year", "basis": "basis of the intensity; none is published"}
    arrays.write(named, Path(out) / DRIVERS, title, history, **about)


def combined_trends(**trends: tuple[pd.DataFrame, str, int, str]) -> pd.DataFrame:
    """Return the trends of several quantities as one table: basis, the columns of `trend`,
    quantity_id, unit, digits, quantity_zh, quantity_en.

    Each is given by the id of its quantity: the table of `trend`, the unit and the digits of its
    break-even, and the convention of its energy ("" for none).
    """
    named = {
        id: {
            f"quantity_{lang}": labels.with_convention(id, convention, lang)
            for lang in labels.LANGUAGES
        }
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
    """Return the emissions of others that the entity reports as avoided, by year [Mt], lower bounds
    included; NaN where not published.

    A memo item: outside the boundary of the company, and never netted.
    """
    stated = series.published_or_empty(figures, entity, "society_ghg_avoided")
    at_least = series.published_or_empty(figures, entity, "society_ghg_avoided_lower_bound")
    return stated.combine_first(at_least).reindex(list(years)).rename("society_avoided_mt")
