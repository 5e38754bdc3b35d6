"""The company's years: intensity and verdict per basis, what drove the change, a check of standard coal.

A year that was not published is missing, never estimated: it is named, and what needs it is not decidable.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from neutrality import labels, units

INDEX_BASE = 100.0  # a chained index starts here

# Carrier as operators report it -> its row in the coefficients (GB/T 2589-2020, calorific values).
CARRIERS = {
    "electricity_total": "sce_electricity",
    "natural_gas": "sce_ng_high",
    "coal": "sce_rawcoal",
    "gasoline": "sce_petrol",
    "diesel": "sce_diesel",
    "purchased_heat": "sce_heat",
}


def series(company: pd.DataFrame, entity: str, metric: str) -> pd.Series:
    """Return one published series by year, in the table's own unit; empty when nothing was published.

    Raises ValueError for an entity the table does not know, a year given twice, or two units in one series.
    """
    rows = company[company["entity"] == entity]
    if rows.empty:
        known = ", ".join(sorted(company["entity"].unique()))
        raise ValueError(f"company.csv: no entity '{entity}'; it holds {known}")
    rows = rows[rows["metric"] == metric]
    twice = rows.loc[rows["year"].duplicated(), "year"]
    if len(twice):
        raise ValueError(
            f"company.csv, row {twice.index[0]}: {entity}, {metric}, {twice.iloc[0]} stands twice; keep one"
        )
    if rows["unit"].nunique() > 1:
        raise ValueError(
            f"company.csv: {entity}, {metric} is in {' and in '.join(rows['unit'].unique())}; use one unit"
        )
    return rows.set_index("year")["value"].astype("float64").sort_index().rename(metric)


def _if_known(company: pd.DataFrame, entity: str, metric: str) -> pd.Series:
    """Return one published series, empty also where the table does not know the entity."""
    rows = company[company["entity"] == entity]
    return series(rows, entity, metric) if len(rows) else pd.Series(dtype="float64", name=metric)


def missing(values: pd.Series, years) -> list[int]:
    """Return those of the years for which there is no value.

    >>> missing(pd.Series({2022: 260.0, 2023: 310.0}), range(2021, 2026))
    [2021, 2024, 2025]
    """
    return [int(year) for year in years if pd.isna(values.get(year, np.nan))]


def chained(growth_percent: pd.Series, base_year: int) -> pd.Series:
    """Return an index (base year = 100) chained from growth rates [%]; it ends before the first missing one.

    Levels at each previous year's prices may not be divided by one another; only the growth rates chain.

    >>> chained(pd.Series({2021: 10.0, 2022: 20.0, 2024: 5.0}), 2020).round(1).to_dict()
    {2020: 100.0, 2021: 110.0, 2022: 132.0}
    """
    index, year = {base_year: INDEX_BASE}, base_year
    while not missing(growth_percent, [year + 1]):
        index[year + 1] = index[year] * (1 + growth_percent[year + 1] / units.PERCENT)
        year += 1
    return pd.Series(index, name="index")


def handset_traffic(dou_gb: pd.Series, customers_m: pd.Series) -> pd.Series:
    """Return a year's handset data traffic [PB]: GB a customer and month x mean customers [million] x 12.

    Mean customers are the mean of two year ends, so a year needs the year end before it.

    >>> handset_traffic(pd.Series({2020: 9.4}), pd.Series({2019: 950.0, 2020: 942.0})).round(1).to_dict()
    {2020: 106708.8}
    """
    customers_m = customers_m.reindex(range(customers_m.index.min(), customers_m.index.max() + 1))
    mean_m = (customers_m + customers_m.shift(1)) / 2
    return (dou_gb * mean_m * units.MONTHS_PER_YEAR).dropna().rename("traffic")  # million GB = PB


def activities(company: pd.DataFrame, entity: str, industry: str, base_year: int) -> pd.DataFrame:
    """Return the activity an intensity may be divided by, year x basis; NaN where it was not published.

    revenue: operating revenue [RMB bn]. volume: telecom business volume of the whole industry, chained [base
    year = 100], a stand-in because the company's own is not published; without such an industry it is missing.
    traffic: handset data traffic [PB].
    """
    growth = _if_known(company, industry, "telecom_business_volume_growth_constant_prev_year_price")
    dou, customers = series(company, entity, "handset_dou"), series(company, entity, "mobile_customers")
    return pd.DataFrame(
        {
            "revenue": series(company, entity, "operating_revenue"),
            "volume": chained(growth, base_year) if len(growth) else growth,
            "traffic": handset_traffic(dou, customers) if len(customers) else dou,
        }
    ).rename_axis("year")


def per(quantity: pd.Series, activity: pd.DataFrame) -> pd.DataFrame:
    """Return the intensity, quantity per unit of activity, year x basis; NaN where either is missing.

    Raises ValueError where an activity is zero or negative.

    >>> per(pd.Series({2020: 30.0}), pd.DataFrame({"revenue": {2020: 60.0}})).loc[2020, "revenue"].item()
    0.5
    """
    if (activity <= 0).any(axis=None):
        year, basis = activity.stack()[lambda a: a <= 0].index[0]
        raise ValueError(f"the activity '{basis}' of {year} is not above zero; no intensity can be formed")
    years = activity.index.union(quantity.index)
    return activity.rdiv(quantity, axis=0).reindex(years).astype("float64").rename_axis("year")


def changes(quantity: pd.Series, activity: pd.DataFrame, base_year: int) -> pd.DataFrame:
    """Return the intensity's change on the base year [%], year x basis; NaN where it cannot be formed."""
    intensity = per(quantity, activity)
    base = intensity.reindex([base_year]).iloc[0]
    return units.PERCENT * (intensity / base - 1)


def verdict(change_by_year: pd.Series, threshold_percent: float, target_year: int) -> str:
    """Say whether an intensity fell by more than a threshold [%] in a year: holds, fails, not decidable.

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
    """Return per basis the change of the quantity [%] at which its intensity falls by just the threshold [%].

    >>> doubled = pd.DataFrame({"volume": {2020: 100.0, 2025: 200.0}})
    >>> allowed_change(doubled, 2020, 2025, 40).round(6).to_dict()
    {'volume': 20.0}
    """
    ends = activity.reindex([base_year, target_year])
    share_left = 1 - threshold_percent / units.PERCENT
    return units.PERCENT * (share_left * ends.loc[target_year] / ends.loc[base_year] - 1)


def gaps(quantity: pd.Series, activity: pd.DataFrame, years, quantity_id: str, lang: str) -> pd.Series:
    """Return per basis, in `lang`, which of the years lack the quantity or the activity; "" if none."""
    comma, semicolon = {"zh": ("、", "；"), "en": (", ", "; ")}[lang]

    def said(basis: str) -> str:
        absent = {quantity_id: missing(quantity, years), basis: missing(activity[basis], years)}
        return semicolon.join(
            f"{labels.label(what, lang)} {comma.join(map(str, at))}" for what, at in absent.items() if at
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
    latest_change_percent and latest_verdict of the last year up to it that can be formed (0, NaN and not
    decidable if there is none); breakeven, the most the quantity may be in the target year, in its own unit;
    allowed_change_percent, the same as a change on the base year; missing_zh and missing_en. `quantity_id`
    ("carbon", "energy") is what the quantity is called where it is missing.
    """
    change, ends = changes(quantity, activity, base_year), (base_year, target_year)
    known = change[(change.index > base_year) & (change.index <= target_year)]
    latest = {basis: int(known[basis].last_valid_index() or 0) for basis in activity.columns}
    allowed = allowed_change(activity, *ends, threshold_percent)
    return (
        pd.DataFrame(
            {
                "change_percent": change.reindex([target_year]).iloc[0],
                "verdict": {basis: verdict(known[basis], threshold_percent, target_year) for basis in latest},
                "latest_year": latest,
                "latest_change_percent": {
                    basis: known[basis].get(year, np.nan) for basis, year in latest.items()
                },
                "latest_verdict": {
                    basis: verdict(known[basis], threshold_percent, year) for basis, year in latest.items()
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


def log_mean(a, b) -> np.ndarray:
    """Return the logarithmic mean (a - b) / (ln a - ln b) of positive numbers; L(a, a) = a (Ang 2005).

    >>> round(log_mean(np.e, 1.0).item(), 6), log_mean(3.0, 3.0).item()
    (1.718282, 3.0)
    """
    a, b = np.asarray(a, dtype="float64"), np.asarray(b, dtype="float64")
    low, gap = np.minimum(a, b), np.abs(a - b)
    # log1p keeps the digits that ln a - ln b would lose where a is close to b; "where" leaves L(a, a) = a.
    return np.divide(gap, np.log1p(gap / low), out=np.array(low), where=gap > 0)


def lmdi(before: pd.DataFrame, after: pd.DataFrame) -> pd.Series:
    """Return by how much each factor changed the total, additive LMDI-I: the effects sum to the change.

    A row is a part (a carrier), a column a factor; a part's value is the product of its factors. Effect of a
    factor = sum over parts of L(V after, V before) x ln(x after / x before) (Ang 2005, Energy Policy 33:867).
    Zeros take their analytic limits (Wood and Lenzen 2006): a part that appears or vanishes belongs whole to
    the factor that was or became zero, in equal shares if there are several; a part that is zero at both ends
    counts nothing. Raises ValueError for a negative or missing factor, or unlike parts or factors.

    >>> ends = [pd.DataFrame({"load": [10.0], "factor": [f]}, index=["power"]) for f in (0.5, 0.0)]
    >>> lmdi(*ends).to_dict()
    {'load': 0.0, 'factor': -5.0}
    """
    if not (before.index.equals(after.index) and before.columns.equals(after.columns)):
        raise ValueError("the two ends of a decomposition need the same parts and factors in the same order")
    x0, x1 = before.to_numpy(dtype="float64"), after.to_numpy(dtype="float64")
    if not ((x0 >= 0).all() and (x1 >= 0).all()):
        raise ValueError(
            "a factor of the decomposition is negative or missing; LMDI-I needs numbers of 0 or more"
        )
    v0, v1 = x0.prod(axis=1), x1.prod(axis=1)
    both = (v0 > 0) & (v1 > 0)
    effect = np.zeros_like(x0)
    effect[both] = log_mean(v1[both], v0[both])[:, None] * np.log(x1[both] / x0[both])
    for ours, values, zero in ((v1 > v0) & ~both, v1, x0 == 0), ((v0 > v1) & ~both, -v0, x1 == 0):
        effect[ours] = values[ours, None] * zero[ours] / zero[ours].sum(axis=1, keepdims=True)
    return pd.Series(effect.sum(axis=0), index=before.columns, name="effect")


def drivers(quantity: pd.Series, activity: pd.DataFrame, base_year: int) -> xr.DataArray:
    """Return what activity and intensity each did to the quantity since the base year, year x driver x basis.

    quantity = activity x (quantity / activity), decomposed by LMDI-I, in the quantity's own unit; NaN
    where a year cannot be formed. Over the drivers it sums to the quantity's change, on every basis alike.
    """
    intensity = per(quantity, activity)
    activity = activity.reindex(intensity.index)
    years = [year for year in intensity.index if year > base_year]
    names = ["activity", "intensity"]
    effects = xr.DataArray(
        np.full((len(years), len(names), activity.shape[1]), np.nan),
        coords={"year": years, "driver": names, "basis": list(activity.columns)},
        dims=("year", "driver", "basis"),
        name="effect",
    )
    for basis in activity.columns:
        factors = pd.DataFrame({"activity": activity[basis], "intensity": intensity[basis]}).dropna()
        for year in factors.index.intersection(years) if base_year in factors.index else []:
            ends = (factors.loc[[at]].reset_index(drop=True) for at in (base_year, year))
            effects.loc[{"year": year, "basis": basis}] = lmdi(*ends).to_numpy()
    return effects


def latest_effects(effects: xr.DataArray) -> pd.DataFrame:
    """Return basis, year, driver, effect_mt of the last year of each basis that could be decomposed."""
    table = effects.rename("effect_mt").to_series().dropna().reset_index()
    last = table.groupby("basis")["year"].transform("max")
    order = {basis: place for place, basis in enumerate(effects.basis.values)}
    kept = table[table["year"] == last].sort_values("basis", key=lambda names: names.map(order), kind="stable")
    return kept[["basis", "year", "driver", "effect_mt"]].reset_index(drop=True)


def side_by_side(**trends: pd.DataFrame) -> pd.DataFrame:
    """Return the trends of several quantities as one table: quantity_id, basis and the columns of `trend`."""
    return pd.concat([table.reset_index().assign(quantity_id=id) for id, table in trends.items()], ignore_index=True)


def targets(company: pd.DataFrame) -> pd.DataFrame:
    """Return the plan targets that the table holds, of whatever entity: entity, year, metric, value, unit, status, source."""
    planned = company["metric"].str.startswith(("target_", "plan_"))
    return company.loc[planned, ["entity", "year", "metric", "value", "unit", "status", "source"]]


def society_avoided(company: pd.DataFrame, entity: str, years) -> pd.Series:
    """Return the emissions others are said to have avoided, by year [Mt], lower bounds included; NaN where not published.

    A memo: outside every boundary of the company, and netted against nothing.
    """
    stated = series(company, entity, "society_ghg_avoided")
    at_least = series(company, entity, "society_ghg_avoided_lower_bound")
    return stated.combine_first(at_least).reindex(list(years)).rename("society_avoided_mt")


def statuses(company: pd.DataFrame, entity: str, metric: str) -> list[str]:
    """Return the statuses of one series, for the figures that rest on it."""
    return company.loc[(company["entity"] == entity) & (company["metric"] == metric), "status"].to_list()


def standard_coal(company: pd.DataFrame, entity: str, coefficients: pd.DataFrame) -> pd.DataFrame:
    """Return an entity's energy carriers as standard coal, calorific value, year x carrier [tce].

    Amount x coefficient of GB/T 2589-2020 (CARRIERS names the row of each). Raises ValueError where a unit of
    company.csv cannot be converted into the coefficient's.
    """
    rows = company[(company["entity"] == entity) & company["metric"].isin(CARRIERS)]

    def tce(row) -> float:
        coefficient = coefficients.loc[CARRIERS[row.metric]]
        amount = units.convert(row.value, row.unit, coefficient["unit"].partition("/")[2])
        return amount * coefficient["value"] / units.KG_PER_T

    found = rows.assign(tce=[tce(row) for row in rows.itertuples()])
    return found.pivot(index="year", columns="metric", values="tce").reindex(columns=list(CARRIERS))


def standard_coal_check(company: pd.DataFrame, entity: str, coefficients: pd.DataFrame) -> pd.DataFrame:
    """Return by year standard coal rebuilt from carriers beside the published total [tce], difference in %.

    A check of the arithmetic on a company that published both; no figure of the case rests on it. Only
    years in which every carrier and the total were published are compared; none for an entity the table does not
    know. Raw coal's row is RECALLED.
    """
    rebuilt = standard_coal(company, entity, coefficients).sum(axis=1, skipna=False)
    compared = pd.DataFrame(
        {"rebuilt_tce": rebuilt, "published_tce": _if_known(company, entity, "energy_total")}
    ).dropna()
    return compared.assign(
        difference_percent=units.PERCENT * (compared["rebuilt_tce"] / compared["published_tce"] - 1)
    )
