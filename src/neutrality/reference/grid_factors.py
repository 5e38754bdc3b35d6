"""Factors of purchased electricity: the consuming grid's, by province, region or nation."""

from __future__ import annotations

import pandas as pd

from neutrality.reference import emission_factors, published
from neutrality.texts import hints

GRID = "grid_electricity"  # the source that is purchased electricity, in every inventory
_LEVELS = {"provincial": "province", "regional": "grid_region", "national": "national"}
_WITHOUT_OWN = {"Tibet": "西藏"}  # of the mainland, without a factor among the published


def regions() -> pd.DataFrame:
    """Return the regional grid of each of the 30 provinces that have a factor, by province.

    The composition is from recall (see `status`); all of Inner Mongolia is assigned to North China
    (see `source`).
    """
    return published.table("regions")


def grid_factor_id(factors: pd.DataFrame, region: str, rule: str, data_year: int) -> str:
    """Return the id of the average factor of the grid that a site in a province consumes from.

    `rule` is provincial, regional or national. Only location-based averages are offered: no
    life-cycle footprint, project margin or carbon-market default. The province may be in English or
    Chinese. ValueError when no such factor is published.

    >>> grid_factor_id(emission_factors.factors(), "Beijing", "regional", 2023)
    'grid_cn_north_china_2023'
    """
    if rule not in _LEVELS:
        raise ValueError(f"grid rule {rule!r} is not one of {', '.join(_LEVELS)}")
    averages = factors[
        (factors.basis == "location_average") & (factors.region_level == _LEVELS[rule])
    ]
    if rule != "national":
        grids, name = regions(), region
        if rule == "regional":
            mine = grids.region[(grids.index == region) | (grids.province_zh == region)]
            name = mine.iloc[0] if len(mine) else region
        averages = averages[(averages.region == name) | (averages.region_zh == name)]
    found = averages.index[averages.data_year == data_year]
    if len(found) != 1:
        asked = f"{rule} average electricity factor of {region} for data year {data_year}"
        years = ", ".join(map(str, sorted(averages.data_year.dropna())))
        raise ValueError(f"there is no single {asked}: {_grid_remedy(years, region)}")
    return str(found[0])


def is_on_mainland(province: str) -> bool:
    """Return whether a place is a province of mainland China, for which factors are published, by
    either of its names.

    >>> is_on_mainland("西藏"), is_on_mainland("Bavaria")
    (True, False)
    """
    names = _provinces()
    return province in names or province in names.values()


def in_chinese(province: str) -> str:
    """Return the Chinese name of a province of mainland China; another place as it is.

    >>> in_chinese("Beijing"), in_chinese("Bavaria")
    ('北京', 'Bavaria')
    """
    return _provinces().get(province, province)


def _provinces() -> dict[str, str]:
    return regions().province_zh.to_dict() | _WITHOUT_OWN


def newest_id(factors: pd.DataFrame, province: str, until: int) -> str:
    """Return the id of the newest published average of a province up to a data year.

    A province without one takes the national average; "" where none is published.

    >>> newest_id(emission_factors.factors(), "北京", 2025)
    'grid_cn_beijing_2023'
    """
    averages = factors[(factors.basis == "location_average") & (factors.status != "RECALLED")]
    averages = averages[averages.data_year.fillna(until + 1) <= until]
    mine = averages[(averages.region == province) | (averages.region_zh == province)]
    if mine.empty and is_on_mainland(province):
        mine = averages[averages.region_level == "national"]
    return "" if mine.empty else str(mine.data_year.astype(int).idxmax())


def _grid_remedy(years: str, region: str) -> str:
    if years:
        one_of_them = "choose one of them, and keep one row a year in factors.csv"
        return f"there are data years {years}; {one_of_them}"
    near = hints.nearest(region, [*regions().index, *regions().province_zh])
    return (
        "the published tables have 30 provinces, without Tibet, Hong Kong, Macao and Taiwan. "
        f"{f'Did you mean {near!r}? ' if near else ''}"
        "Else choose the national rule, or give a factor with its source in factors.csv"
    )


def electricity_factor(factor_id: str, factors: pd.DataFrame, edition: str) -> float:
    """Return a factor of electricity that an inventory may use [kg CO2 or CO2e per kWh].

    Raises ValueError for an unknown id, another unit, a RECALLED value, a basis that is not for
    inventories (life-cycle footprints, project margins), or a CO2e factor of another GWP edition or
    of none.

    >>> electricity_factor("grid_cn_beijing_2023", emission_factors.factors(), "AR5")
    0.5554
    """
    factor = factors.loc[published.known("factor", factor_id, factors)]
    if factor.unit not in emission_factors.ELECTRICITY_UNITS:
        units = ", ".join(emission_factors.ELECTRICITY_UNITS)
        raise ValueError(
            f"factor {factor_id} is in {factor.unit}; electricity needs one of {units}"
        )
    emission_factors.refuse_unfit([factor_id], factors)
    emission_factors.refuse_recalled([factor_id], factors)
    if wrong := emission_factors.wrong_edition(factor_id, factor, edition):
        raise ValueError(wrong)
    return float(factor["value"])


def location_id(
    factors: pd.DataFrame, province: str, rule: str, data_year: int, factor_id: str = ""
) -> str:
    """Return the id of a year's location-based factor: the one given, else the grid's average."""
    return factor_id or grid_factor_id(factors, province, rule, data_year)


def decide(
    factors: pd.DataFrame,
    edition: str,
    location: str,
    base_location: str,
    uncovered: str = "",
    base_uncovered: str = "",
    sensitivity: str = "",
) -> pd.DataFrame:
    """Return the grid factor of each year and role, decided once for all notebooks, by role.

    Roles: location and base_location (the consuming grid's average of the reporting and the base
    year), uncovered and base_uncovered (electricity without a certificate; "" takes the location-
    based factor), sensitivity (left out where ""). Columns factor_id, kg_per_kwh, gas, basis,
    region, data_year, status, name_zh, name_en. Raises ValueError for a factor that no inventory
    may use, and where only one year's uncovered electricity has a factor of its own.
    """
    refuse_half_a_rule(uncovered, base_uncovered)
    ids = {
        "location": location,
        "base_location": base_location,
        "uncovered": uncovered or location,
        "base_uncovered": base_uncovered or base_location,
    } | ({"sensitivity": sensitivity} if sensitivity else {})
    chosen = emission_factors.named(factors.loc[[_checked(id, factors) for id in ids.values()]])
    per_kwh = [electricity_factor(id, factors, edition) for id in ids.values()]
    shown = ["gas", "basis", "region", "data_year", "status", "name_zh", "name_en"]
    table = chosen.rename_axis("factor_id").reset_index().assign(role=list(ids), kg_per_kwh=per_kwh)
    return table.set_index("role")[["factor_id", "kg_per_kwh", *shown]]


def refuse_half_a_rule(uncovered: str, base_uncovered: str) -> None:
    """Raise ValueError where only one year's uncovered electricity has a factor of its own."""
    if bool(uncovered) != bool(base_uncovered):
        raise ValueError(
            "uncovered_factor_id and base_uncovered_factor_id: one is given and the other is not; "
            "a base year is computed under the same rules, so give both or neither"
        )


def _checked(id: str, factors: pd.DataFrame) -> str:
    return published.known("factor", id, factors)
