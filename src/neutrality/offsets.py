"""How many tonnes are left, how sure we are, and which credits retire them. The residual comes from the
inventory; savings against a counterfactual never enter here.
"""

from __future__ import annotations

import math
import zlib

import numpy as np
import pandas as pd
import xarray as xr

from neutrality import emissions, ledger, units

GRID = "grid_electricity"  # purchased electricity in the inventory
VIEWS = {"market": "t_co2e", "location": "gross_t"}
DUST_T = 1e-6  # one gram: less than this above a whole tonne is rounding, not emission


def credits_needed(residual_t: float) -> int:
    """Return the whole credits that offset a residual: one credit is one tonne, a started tonne needs one.

    Raises ValueError for a residual below zero or unknown.

    >>> credits_needed(1308.2), credits_needed(1309.0000000001), credits_needed(0.0)
    (1309, 1309, 0)
    """
    if not 0 <= residual_t < math.inf:
        raise ValueError(f"the residual is {residual_t} t; it is 0 or more: check the inventory")
    return max(math.ceil(residual_t - DUST_T), 0)


def residual_sources(inventory: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return source, t_co2e, gross_t of the year's market-based inventory, largest first: what is to be offset.

    gross_t is the source in the location-based view: for electricity the whole load, on which the meter's error
    acts, since the certificates taken off it are counted and not measured.
    """
    counted = inventory.query("year == @year and line == 'inventory'")
    views = counted.pivot_table(index="source", columns="view", values="t_co2e", aggfunc="sum")
    named = views.rename(columns=VIEWS)
    return named[["t_co2e", "gross_t"]].sort_values("t_co2e", ascending=False).rename_axis(columns=None).reset_index()


def with_uncertainty(
    sources: pd.DataFrame, meter: float, activity: float, factor: float, gap_share: float = 0.0, gap: float = 0.0
) -> pd.DataFrame:
    """Return the sources with relative_standard_uncertainty of what is left, all as shares (0.05 = 5 %).

    Electricity: the meter's error, and `gap` of the share of hours that were filled, act on the gross load; other
    sources: that of their bills. The factor's acts on what is left. Root of the sum of squares (independent).

    >>> table = pd.DataFrame({"source": ["grid_electricity"], "t_co2e": [100.0], "gross_t": [300.0]})
    >>> with_uncertainty(table, meter=0.01, activity=0.5, factor=0.04).relative_standard_uncertainty.round(6).tolist()
    [0.05]
    """
    metered = sources["source"] == GRID
    amount = np.where(metered, np.hypot(meter, gap_share * gap), activity)
    leverage = (sources["gross_t"] / sources["t_co2e"]).where(sources["t_co2e"] > 0, 0.0)
    return sources.assign(relative_standard_uncertainty=np.hypot(amount * leverage, factor))


def residual_draws(sources: pd.DataFrame, draws: int, seed: int) -> xr.DataArray:
    """Return draws of each source's residual [tCO2e], a DataArray(draw, source).

    Sources have source, t_co2e, relative_standard_uncertainty (0.05 = 5 %). Lognormal with the stated tonnes
    as mean, so nothing falls below zero; independent between sources. Each source has its own stream of
    random numbers: one more source, or another order, changes no draw of the others. Raises ValueError for
    what cannot be drawn.
    """
    _refuse_undrawable(sources)
    tonnes = sources["t_co2e"].to_numpy(dtype=float)
    log_variance = np.log1p(sources["relative_standard_uncertainty"].to_numpy(dtype=float) ** 2)
    streams = [np.random.default_rng([seed, zlib.crc32(name.encode())]) for name in sources["source"]]
    normal = np.stack([stream.standard_normal(draws) for stream in streams], axis=1)
    values = tonnes * np.exp(np.sqrt(log_variance) * normal - log_variance / 2)
    return xr.DataArray(
        values,
        dims=("draw", "source"),
        coords={"draw": np.arange(draws), "source": sources["source"].to_list()},
        name="residual_t",
        attrs={"units": "t", "long_name": "residual emission in CO2 equivalent"},
    )


def spread(draws: xr.DataArray, level: float) -> tuple[float, float]:
    """Return the ends of the central interval that holds `level` of the drawn totals [tCO2e].

    >>> spread(xr.DataArray(np.arange(101.0)[:, None], dims=("draw", "source")), 0.5)
    (25.0, 75.0)
    """
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = draws.sum("source").quantile(tails, dim="draw").to_numpy()
    return float(low), float(high)


def credits_prudent(draws: xr.DataArray, confidence: float) -> int:
    """Return the credits that suffice in at least `confidence` of the draws: prudence, not a requirement.

    >>> credits_prudent(xr.DataArray([[1.0], [2.0], [3.0], [4.0]], dims=("draw", "source")), 0.75)
    3
    """
    totals = draws.sum("source").to_numpy()
    return credits_needed(float(np.quantile(totals, confidence, method="inverted_cdf")))


def stress(credits: int, void_shares: pd.Series) -> pd.DataFrame:
    """Return void_share, credits_to_hold, credits_more: the need if a share of all credits were void.

    credits_to_hold = credits / (1 - share), rounded up. The shares (0 to under 1), one a study, come from
    studies of other programmes too: an illustration. Raises ValueError for a share outside.

    >>> stress(1309, pd.Series({"Badgley et al. 2022": 0.294})).credits_to_hold.tolist()
    [1855]
    """
    bad = void_shares[~void_shares.between(0, 1, inclusive="left")]
    if len(bad):
        raise ValueError(f"{bad.index[0]}: {bad.iloc[0]} is no share of void credits; write 29.4 % as 0.294")
    hold = (credits / (1 - void_shares)).map(credits_needed).astype("int64")
    return pd.DataFrame({"void_share": void_shares, "credits_to_hold": hold, "credits_more": hold - credits})


def stress_table(needed: int, prudent: int, confidence: float) -> pd.DataFrame:
    """Return kind, name_zh, name_en, credits: as accounted, prudently, and if published findings held for these credits.

    Badgley et al. 2022 with the ends of its interval (a Californian compliance programme) and Probst et al. 2024 (all
    project types; 16 % real, an upper bound): other programmes, so an illustration of size.
    """
    def percent(id: str) -> float:
        return emissions.coefficient(id)

    level = f"{confidence * units.PERCENT:g} %"
    void = {"overcredit_badgley_low": ("，区间下端", ", lower end"), "overcredit_badgley": ("", ""),
            "overcredit_badgley_high": ("，区间上端", ", upper end")}  # fmt: skip
    shares = pd.Series({id: percent(id) / units.PERCENT for id in void} | {"probst_all": 1 - percent("probst_all") / units.PERCENT})
    held = stress(needed, shares)["credits_to_hold"]
    rows = [("accounted", "按核算", "as accounted", needed),
            ("prudent", f"以 {level} 置信度足够（单侧）", f"enough with {level} confidence, one-sided", prudent)]  # fmt: skip
    rows += [("stress", f"若 {percent(id):g} % 无效（Badgley 等 2022{zh}）",
              f"if {percent(id):g} % were void (Badgley et al. 2022{en})", held[id]) for id, (zh, en) in void.items()]  # fmt: skip
    rows += [("stress", f"若仅 {percent('probst_all'):g} % 为真实减排（Probst 等 2024）",
              f"if only {percent('probst_all'):g} % were real (Probst et al. 2024)", held["probst_all"])]  # fmt: skip
    return pd.DataFrame(rows, columns=["kind", "name_zh", "name_en", "credits"])


def by_vintage(blocks: pd.DataFrame) -> pd.DataFrame:
    """Return vintage (year), quantity of the credit blocks, oldest first."""
    return blocks.groupby(blocks["vintage_start"].dt.year.rename("vintage"))["quantity"].sum().reset_index()


def credits_retired(credits: pd.DataFrame, year: int) -> int:
    """Return how many credits of the ledger are claimed for the year and retired.

    >>> retired_on = pd.to_datetime(pd.Series(["2026-01-05", None]))
    >>> held = pd.DataFrame({"claimed_year": 2025, "quantity": [5, 7], "retired_on": retired_on})
    >>> credits_retired(held, 2025)
    5
    """
    used = ledger.claimed(credits, year)
    return int(used["quantity"][used["retired_on"].notna()].sum())


def credits_surplus(retired: int, needed: int) -> int:
    """Return the credits retired beyond need; below zero is how many are missing.

    >>> credits_surplus(1309, 1309), credits_surplus(1300, 1309)
    (0, -9)
    """
    return retired - needed


def _refuse_undrawable(sources: pd.DataFrame) -> None:
    twice = sources["source"][sources["source"].duplicated()]
    if sources.empty or len(twice):
        found = f"'{twice.iloc[0]}' stands twice" if len(twice) else "there is none"
        raise ValueError(f"sources of the residual: {found}; give one row a source")
    for column in ("t_co2e", "relative_standard_uncertainty"):
        bad = sources[~((sources[column] >= 0) & np.isfinite(sources[column]))]
        if len(bad):
            name, value = bad["source"].iloc[0], bad[column].iloc[0]
            raise ValueError(f"source '{name}': {column} is {value}; it is 0 or more")
