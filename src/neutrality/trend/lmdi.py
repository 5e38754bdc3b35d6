"""Index decomposition: by how much each factor changed a total; LMDI-I, additive and
multiplicative.

A total is the sum of its parts (carriers, sources), a part the product of its factors. Additive
effects sum to the change of the total, multiplicative ones multiply to its ratio, without a
remainder, also where factors are zero.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

# To whom or what the effect of a driver is attributed. The company decides neither over the grid's
# factor nor over the weather, and growth is attributed to nobody.
_ATTRIBUTION = {
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


def _log_mean(a, b) -> np.ndarray:
    """Return the logarithmic mean (a - b) / (ln a - ln b) of positive numbers; L(a, a) = a (Ang
    2005).

    >>> round(_log_mean(np.e, 1.0).item(), 6), _log_mean(3.0, 3.0).item()
    (1.718282, 3.0)
    """
    a, b = np.asarray(a, dtype="float64"), np.asarray(b, dtype="float64")
    low, gap = np.minimum(a, b), np.abs(a - b)
    # log1p keeps the digits that ln a - ln b would lose where a is close to b; out and where give
    # L(a, a) = a.
    return np.divide(gap, np.log1p(gap / low), out=np.array(low), where=gap > 0)


def additive(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return by how much each factor of each part changed the total, part x factor; the effects sum
    to the change.

    Effect = L(V after, V before) x ln(x after / x before), V a part's value, x its factor (Ang
    2005, Energy Policy 33:867). Zeros take their analytic limits (Ang, Zhang and Choi 1998; Wood
    and Lenzen 2006): the whole of a part that appears or vanishes is the effect of the factor that
    was or became zero, in equal shares if there are several; a part that is zero at both ends has
    no effect. Raises ValueError for a negative or missing factor, or where the two tables differ in
    parts or factors.

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
            "a factor of the decomposition is negative or missing; "
            "LMDI-I needs numbers of 0 or more"
        )
    v0, v1 = x0.prod(axis=1), x1.prod(axis=1)
    both = (v0 > 0) & (v1 > 0)
    effect = np.zeros_like(x0)
    effect[both] = _log_mean(v1[both], v0[both])[:, None] * np.log(x1[both] / x0[both])
    appears, vanishes = (v1 > v0) & ~both, (v0 > v1) & ~both
    for part, change, zero in (appears, v1, x0 == 0), (vanishes, -v0, x1 == 0):
        effect[part] = change[part, None] * zero[part] / zero[part].sum(axis=1, keepdims=True)
    return pd.DataFrame(effect + 0.0, before.index, before.columns)


def multiplicative(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return by which ratio each factor of each part changed the total, part x factor; the ratios
    multiply to that of the total.

    exp(additive effect / L(total after, total before)) (Ang 2005). For a total that vanishes, the
    factors with an effect have ratio 0; a total that appears has no ratio (NaN).

    >>> ends = [pd.DataFrame({"load": [load], "factor": [0.5]}) for load in (10.0, 20.0)]
    >>> multiplicative(*ends).round(9).loc[0].to_dict()
    {'load': 2.0, 'factor': 1.0}
    """
    effect = additive(before, after)
    total0, total1 = before.prod(axis=1).sum(), after.prod(axis=1).sum()
    if total0 > 0 and total1 > 0:
        return np.exp(effect / _log_mean(total1, total0))
    if total1 > 0:
        return effect * np.nan
    return (effect == 0).astype("float64")


def over_years(factors: dict[int, pd.DataFrame], base_year: int) -> xr.Dataset:
    """Return the effects since the base year (year, part, driver), from end to end and chained year
    by year.

    `effect` and `ratio` compare each year with the base year. `chained_effect` and `chained_ratio`
    add and multiply the steps from each known year to the next. Empty without a base year.
    """
    years = [year for year in sorted(factors) if year > base_year] if base_year in factors else []
    names = ("effect", "ratio", "chained_effect", "chained_ratio")
    parts = next(iter(factors.values()), pd.DataFrame())
    empty = np.full((len(years), *parts.shape), np.nan)
    effects = xr.Dataset(
        {name: (("year", "part", "driver"), empty.copy()) for name in names},
        {"year": years, "part": list(parts.index), "driver": list(parts.columns)},
    )
    previous, chained_effect, chained_ratio = base_year, 0.0, 1.0
    for year in years:
        step, whole = (factors[previous], factors[year]), (factors[base_year], factors[year])
        chained_effect = chained_effect + additive(*step)
        chained_ratio = chained_ratio * multiplicative(*step)
        tables = (additive(*whole), multiplicative(*whole), chained_effect, chained_ratio)
        for name, table in zip(names, tables, strict=True):
            effects[name].loc[{"year": year}] = table.to_numpy()
        previous = year
    return effects


def by_driver(effects: xr.Dataset) -> pd.DataFrame:
    """Return year, driver, who (its attribution), effect, ratio, chained_effect, chained_ratio over
    all parts, from the effects of `over_years`.
    """
    sums = effects[["effect", "chained_effect"]].sum("part", skipna=False)
    products = effects[["ratio", "chained_ratio"]].prod("part", skipna=False)
    table = xr.merge([sums, products]).to_dataframe(dim_order=["year", "driver"]).reset_index()
    return table.assign(who=table["driver"].map(_ATTRIBUTION))[
        ["year", "driver", "who", "effect", "ratio", "chained_effect", "chained_ratio"]
    ]


def by_attribution(table: pd.DataFrame, *each: str) -> pd.DataFrame:
    """Return the last year's effects summed, and ratios multiplied, by attribution (column who:
    growth, weather, company, grid), for each value of the columns `each`.

    `table` is that of `by_driver`, or several concatenated and distinguished by the columns `each`.
    """
    years = table["year"]
    last = table.groupby(list(each))["year"].transform("max") if each else years.max()
    groups = table[years == last].groupby([*each, "year", "who"], sort=False)
    starts = ("effect", "chained_")
    effects = [name for name in table if name.startswith(starts) and name != "chained_ratio"]
    ratio = groups[["ratio"]].prod(min_count=1)
    return groups[effects].sum(min_count=1).join(ratio).reset_index()
