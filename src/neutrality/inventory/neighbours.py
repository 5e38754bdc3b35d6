"""Factors of the case's own, and grid factors other than the site's, beside the published ones:
each is a finding with its size in tonnes of the year's inventory.
"""

from __future__ import annotations

import pandas as pd

from neutrality.reference import emission_factors, gases, grid_factors, kinds, units
from neutrality.texts import labels
from neutrality.texts.findings import Finding, in_table, of_base_year

_GRID = ["region", "region_level", "basis", "quantity", "unit", "gas"]  # of one series of factors
# Rules under which a grid factor of the base year is told.
_BASE_RULES = {
    "grid_factor_own": "base_factor_own",
    "grid_factor_alone": "base_factor_alone",
    "grid_factor_old": "base_factor_old",
}
_SAME = ["source", "scope", "line", "unit", "factor_id"]


def own_factors(
    emitted: pd.DataFrame,
    factors: pd.DataFrame,
    edition: str,
    years: tuple[int, int],
    province: str,
) -> list[Finding]:
    """Return a finding for each source whose factor is not the published one of its kind, or is
    published for mainland China while the `province` of the site is not there.

    The size is own minus published [tCO2e], in the last of `years` (base year, reporting year) that
    has the source; where that is the base year, it is none of the reporting year's. Where no such
    factor is published it is all that the source emits. Memo lines are told only where their factor
    overrides a published one.
    """
    published = emission_factors.factors()
    rows = emitted[emitted["year"].isin(years) & emitted["factor_id"].isin(factors.index)]
    rows = rows[rows["year"] == rows.groupby(_SAME)["year"].transform("max")]
    summed = rows.groupby([*_SAME, "year"], sort=False)[["amount", "t_co2e"]].sum().reset_index()
    elsewhere = province and not grid_factors.is_on_mainland(province)
    found: list[Finding] = []
    for _, row in summed.iterrows():
        factor = factors.loc[row.factor_id]
        told = _of_row(row, factor, published, edition)
        told += _of_mainland(row, factor) if elsewhere else []
        found += told if row.year == max(years) else of_base_year(told)
    return found


def _of_mainland(row: pd.Series, factor: pd.Series) -> list[Finding]:
    """Return a finding where a source elsewhere is counted at a factor of the mainland."""
    published = factor.origin == "neutrality" and factor.region
    if row.line != "inventory" or not (published and row.t_co2e):
        return []
    quoted = _names(row.source) | {"year": row.year, "id": row.factor_id}
    quoted |= {"value": factor.value, "unit": factor.unit, "t_co2e": row.t_co2e}
    return in_table("factors", "factor_of_mainland", **quoted)


def _of_row(
    row: pd.Series, factor: pd.Series, published: pd.DataFrame, edition: str
) -> list[Finding]:
    kind, id = _beside(row, factor, published)
    replaces = id == row.factor_id
    own = factor.origin != "neutrality"
    if (row.line == "memo" and not replaces) or not (own or id):
        return []
    quoted = _names(row.source) | {"year": row.year, "id": row.factor_id, "value": factor.value}
    quoted |= {"unit": factor.unit, "emitted_t": row.t_co2e}
    outside = row.line == "biogenic"
    if not id:
        size_t = -row.t_co2e if outside else row.t_co2e
        rule = "biogenic_outside" if outside else "own_factor_alone"
        return in_table("factors", rule, t_co2e=size_t, **quoted)
    counted_t = 0.0 if outside else row.t_co2e
    size_t = counted_t - _emitted_t(row, published.loc[id], edition)
    rule = "heat_factor" if kind == kinds.HEAT else "override" if replaces else "own_factor"
    more = {"published": published.value[id], "published_unit": published.unit[id]}
    return in_table("factors", rule, published_id=id, t_co2e=size_t, **quoted, **more)


def _beside(row: pd.Series, factor: pd.Series, published: pd.DataFrame) -> tuple[str, str]:
    """Return what a row is of, and the id of the published factor beside which its own is set.

    Without an id are published factors, except those of fuels that are used for purchased heat.
    """
    kind, own = kinds.kind(row, factor), factor.origin != "neutrality"
    id = row.factor_id
    if own and id in published.index and kinds.fits(row.unit, published.unit[id]):
        return kind, id
    fuel_as_heat = kind == kinds.HEAT and not own and not id.startswith(kinds.HEAT)
    return kind, kinds.neighbour(kind, row, factor, published) if own or fuel_as_heat else ""


def _emitted_t(row: pd.Series, factor: pd.Series, edition: str) -> float:
    """Return what a row's amount would emit by another factor [tCO2e]."""
    warming = float(gases.gwp(edition).get(factor.gas, 1.0))
    return row.amount * factor.value * kinds.t_per_unit(row.unit, factor.unit) * warming


def _names(source: str) -> dict[str, str]:
    return {f"name_{lang}": labels.label(source, lang) for lang in labels.LANGUAGES}


def grid_findings(
    grid: pd.DataFrame,
    kwh: dict[str, float],
    factors: pd.DataFrame,
    province: str,
    years: tuple[int, int],
    site: str,
) -> list[Finding]:
    """Return a finding for each grid factor that is the case's own, of another grid than the
    site's, national as its own has none, or older than the newest published, and where the site's
    name has another province.

    `grid` are the factors by role (`grid_factors.decide`), `kwh` the electricity of each role,
    `years` the base and the reporting year. A factor that both views use is sized by the market
    view. Of the base year, under rules of its own, the case's factors are told, and those that are
    more years older than it than the reporting year's is than that year.
    """
    base_year, year = years
    base_ids, ids = (
        grid.factor_id[[f"{prefix}location", f"{prefix}uncovered"]] for prefix in ("base_", "")
    )
    data_year = factors.data_year.get(ids.iloc[0])
    due = base_year if pd.isna(data_year) else base_year - max(year - int(data_year), 0)
    of_base = _grid_factors(base_year, _uses(base_ids, kwh), factors, province, due)
    found = _grid_factors(year, _uses(ids, kwh), factors, province) + of_base_year(of_base)
    used = float(grid.kg_per_kwh["uncovered"])
    return found + other_province(site, province, kwh["uncovered"], used, year)


def _uses(ids: pd.Series, kwh: dict[str, float]) -> dict[str, float]:
    """Return the kWh that size each factor: those of the last role that has any."""
    return {id: kwh[role] for role, id in ids.items() if kwh[role]}


def _grid_factors(
    year: int,
    uses: dict[str, float],
    factors: pd.DataFrame,
    province: str,
    base_due: int | None = None,
) -> list[Finding]:
    """Return a finding for each of a year's grid factors that is not the site's newest; of a base
    year by _BASE_RULES alone, where older than of the data year `base_due`.

    The published neighbour is a newer one of the same grid and basis, else the newest average of
    the site's province up to that year, else the national one. A published factor of another grid
    is told where it is the lower one, or another province's.
    """
    published = emission_factors.factors()
    of_site = grid_factors.newest_id(published, province, year)
    found: list[Finding] = []
    for id, kwh in uses.items():
        newer = _newer_id(factors.loc[id], published, base_due or year)
        neighbour = newer or of_site
        rule = (
            "grid_factor_old"
            if newer
            else _grid_rule(
                factors.loc[id], published.loc[neighbour] if neighbour else None, province
            )
        )
        rule = _BASE_RULES.get(rule, "") if base_due else rule
        if not rule:
            continue
        quoted = {"id": id, "value": factors.value[id], "year": year, "province": province}
        quoted["province_zh"] = grid_factors.in_chinese(province)
        quoted |= _of_region(factors.region[id]) | {"data_year": factors.data_year[id]}
        alone = not neighbour or rule == "grid_factor_national"
        beside = 0.0 if alone else float(published.value[neighbour])
        size_t = kwh * (float(factors.value[id]) - beside) / units.KG_PER_T
        quoted |= {"published_id": neighbour, "published": beside, "t_co2e": size_t}
        found += in_table("factors", rule, **quoted)
    return found


def _of_region(region: str) -> dict[str, str]:
    """Return a factor's region as it stands before its value; a case's own factor may name none."""
    if not region:
        return {"of_zh": "", "of_en": ""}
    return {"of_zh": f"{region}，", "of_en": f"{region}, "}


def _newer_id(factor: pd.Series, published: pd.DataFrame, year: int) -> str:
    """Return the newest published factor of the same grid and basis up to a year, or "" where a
    factor is the newest, or the case's own.
    """
    if factor.origin != "neutrality":
        return ""
    alike = (published[_GRID] == factor[_GRID]).all(axis=1) & (published.status != "RECALLED")
    newer = published[alike & published.data_year.between(factor.data_year, year, "right")]
    return "" if newer.empty else str(newer.data_year.astype(int).idxmax())


def _grid_rule(factor: pd.Series, neighbour: pd.Series | None, province: str) -> str:
    """Return which rule a grid factor is told under, or "" where it is the site's own."""
    if factor.origin != "neutrality":
        return "grid_factor_own" if neighbour is not None else "grid_factor_alone"
    if neighbour is None:
        return ""
    if factor.region == neighbour.region and factor.basis == neighbour.basis:
        of_nation = neighbour.region_level == "national" and grid_factors.is_on_mainland(province)
        return "grid_factor_national" if of_nation else ""
    elsewhere = factor.region_level == "province" and factor.region != neighbour.region
    return "grid_factor_other" if elsewhere or factor.value < neighbour.value else ""


def other_province(
    site: str, province: str, kwh: float, kg_per_kwh: float, year: int
) -> list[Finding]:
    """Return a finding where the site's own name has a province that is not the parameter's.

    The size is what `kwh` emit at the factor used minus what they would at the newest published
    average of the province that the name has [tCO2].

    >>> other_province("headquarters, Beijing", "Beijing", 1.0, 0.5, 2025)
    []
    """
    grids = grid_factors.regions().reset_index()
    named = [
        row.province
        for row in grids.itertuples()
        if row.province.lower() in site.lower() or row.province_zh in site
    ]
    english = dict(zip(grids.province_zh, grids.province, strict=True)).get(province, province)
    if not named or english in named:
        return []
    published = emission_factors.factors()
    id = grid_factors.newest_id(published, named[0], year)
    beside = float(published.value[id])
    size_t = kwh * (kg_per_kwh - beside) / units.KG_PER_T
    quoted = {"named": named[0], "province": province, "value": kg_per_kwh, "year": year}
    more = {"published_id": id, "published": beside, "t_co2e": size_t}
    return in_table("factors", "province_differs", **quoted, **more)
