"""Index decomposition: by how much each factor changed a total, LMDI-I, additive and
multiplicative.

A total is the sum of parts (carriers, sources), a part the product of its factors. Additive effects
sum to the change, multiplicative ones multiply to the ratio, with nothing left over, zeros
included.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr


def log_mean(a, b) -> np.ndarray:
    """Return the logarithmic mean (a - b) / (ln a - ln b) of positive numbers; L(a, a) = a (Ang
    2005).

    >>> round(log_mean(np.e, 1.0).item(), 6), log_mean(3.0, 3.0).item()
    (1.718282, 3.0)
    """
    a, b = np.asarray(a, dtype="float64"), np.asarray(b, dtype="float64")
    low, gap = np.minimum(a, b), np.abs(a - b)
    # log1p keeps the digits that ln a - ln b would lose where a is close to b; "where" leaves L(a,
    # a) = a.
    return np.divide(gap, np.log1p(gap / low), out=np.array(low), where=gap > 0)


def additive(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return by how much each factor of each part changed the total, part x factor: all effects sum
    to the change.

    Effect = L(V after, V before) x ln(x after / x before), V a part's value, x its factor (Ang
    2005, Energy Policy 33:867). Zeros take their analytic limits (Ang, Zhang and Choi 1998; Wood
    and Lenzen 2006): a part that appears or vanishes belongs whole to the factor that was or became
    zero, in equal shares if there are several; a part that is zero at both ends counts nothing.
    Raises ValueError for a negative or missing factor, or unlike parts or factors.

    >>> ends = [pd.DataFrame({"load": [10.0], "factor": [f]}, index=["power"]) for f in (0.5, 0.0)]
    >>> additive(*ends).loc["power"].to_dict()
    {'load': 0.0, 'factor': -5.0}
    """
    if not (before.index.equals(after.index) and before.columns.equals(after.columns)):
        raise ValueError(
            "the two ends of a decomposition need the same parts and factors in the same order"
        )
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
    return pd.DataFrame(effect + 0.0, before.index, before.columns)


def multiplicative(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return by which ratio each factor of each part changed the total, part x factor: all multiply
    to its ratio.

    exp(additive effect / L(total after, total before)) (Ang 2005). A total that vanishes has ratio
    0, and so have the factors that took something of it with them; a total that appears has no
    ratio (NaN).

    >>> ends = [pd.DataFrame({"load": [l], "factor": [0.5]}) for l in (10.0, 20.0)]
    >>> multiplicative(*ends).round(9).loc[0].to_dict()
    {'load': 2.0, 'factor': 1.0}
    """
    effect, (total0, total1) = (
        additive(before, after),
        (end.prod(axis=1).sum() for end in (before, after)),
    )
    if total0 > 0 and total1 > 0:
        return np.exp(effect / log_mean(total1, total0))
    if total1 > 0:
        return effect * np.nan
    return (effect == 0).astype("float64")


def over_years(factors: dict[int, pd.DataFrame], base_year: int) -> xr.Dataset:
    """Return the effects since the base year (year, part, driver), end to end and chained year by
    year.

    `effect` and `ratio` compare each year with the base year; `chained_effect` and `chained_ratio`
    add and multiply the steps from each year that is known to the next, which do not depend on
    where the way ends. Empty without a base year.
    """
    years = [year for year in sorted(factors) if year > base_year] if base_year in factors else []
    names = ("effect", "ratio", "chained_effect", "chained_ratio")
    parts = next(iter(factors.values()), pd.DataFrame())
    made = xr.Dataset(
        {
            name: (("year", "part", "driver"), np.full((len(years), *parts.shape), np.nan))
            for name in names
        },
        {"year": years, "part": list(parts.index), "driver": list(parts.columns)},
    )
    last, chained_effect, chained_ratio = base_year, 0.0, 1.0
    for year in years:
        step, whole = (factors[last], factors[year]), (factors[base_year], factors[year])
        chained_effect, chained_ratio = (
            chained_effect + additive(*step),
            chained_ratio * multiplicative(*step),
        )
        for name, effect in zip(
            names,
            (additive(*whole), multiplicative(*whole), chained_effect, chained_ratio),
            strict=True,
        ):
            made[name].loc[{"year": year}] = effect.to_numpy()
        last = year
    return made


# Whose doing a driver is. What the grid does to the factor of a kWh is no company's doing, and
# growth and weather are neither's.
WHO = {
    "activity": "growth",
    "weather": "weather",
    "energy_intensity": "company",
    "use": "company",
    "carrier_mix": "company",
    "green_power": "company",
    "grid_factor": "grid",
    "grid_and_green_power": "grid_and_green_power",
    "other_factors": "other_factors",
}


def by_driver(made: xr.Dataset) -> pd.DataFrame:
    """Return year, driver, who, effect, ratio, chained_effect, chained_ratio over all parts,
    from `over_years`.
    """
    sums = made[["effect", "chained_effect"]].sum("part", skipna=False)
    products = made[["ratio", "chained_ratio"]].prod("part", skipna=False)
    table = xr.merge([sums, products]).to_dataframe(dim_order=["year", "driver"]).reset_index()
    return table.assign(who=table["driver"].map(WHO))[
        ["year", "driver", "who", "effect", "ratio", "chained_effect", "chained_ratio"]
    ]


def by_who(table: pd.DataFrame, *each: str) -> pd.DataFrame:
    """Return the last year's effects summed, and ratios multiplied, by who did it (growth, weather,
    company, grid), for each of `each`.

    `table` is that of `by_driver`, or several below one another that the columns `each` tell apart.
    """
    last = (
        table[table["year"] == table.groupby(list(each))["year"].transform("max")]
        if each
        else table[table["year"] == table["year"].max()]
    )
    whose = last.groupby([*each, "year", "who"], sort=False)
    sums = [
        name
        for name in table
        if name.startswith(("effect", "chained_")) and name != "chained_ratio"
    ]
    return whose[sums].sum(min_count=1).join(whose[["ratio"]].prod(min_count=1)).reset_index()
