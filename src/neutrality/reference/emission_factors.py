"""Emission factors with their sources, and which of them an inventory may use.

Values are in `reference/*.csv`, each row with its source; a case's factors.csv adds rows or
overrides them by id.
"""

import functools
import math
import re

import pandas as pd

from neutrality import sheets
from neutrality.reference import gases, published, units
from neutrality.reference.status import STATUSES
from neutrality.texts import labels

ELECTRICITY_UNITS = ("kgCO2/kWh", "kgCO2e/kWh", "tCO2/MWh", "tCO2e/MWh")  # the same number in each
# Bases that do not measure a site's emissions: footprints of products, margins for projects.
NOT_FOR_INVENTORIES = ("power_carbon_footprint", "baseline_")


def factors(own: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return all emission factors by id: published, of fuels, of gases, and the case's own.

    `own` is a case's table factors, as `tables.read` returns it: it adds factors or, by id,
    overrides them. A gas or blend is a factor of 1 kg/kg, for refrigerant lost. `origin` is
    "neutrality" or "factors.csv". ValueError lists every cell of the case's table that is wrong.

    >>> factors().value["grid_cn_beijing_2023"].item()
    0.5554
    """
    ours = _published()
    own = pd.DataFrame({"id": []}, dtype=str) if own is None else own
    if problems := _problems(own):
        raise ValueError("\n".join(f"factors.csv, {problem}" for problem in problems))
    added = own.assign(origin="factors.csv").reindex(columns=ours.columns)
    table = pd.concat([ours[~ours.id.isin(added.id)], added])
    table = table.astype(object).fillna("").set_index("id")
    text = {name: str for name in table.columns.difference(["value", "data_year"])}
    return table.astype(text | {"value": float}).assign(
        data_year=pd.to_numeric(table.data_year).astype("Int64")
    )


@functools.cache
def _published() -> pd.DataFrame:
    rows = [sheets.packaged("reference/factors.csv"), _fuel_factors(), _gas_factors()]
    return pd.concat(rows).assign(origin="neutrality")


@functools.cache
def _fuels() -> pd.DataFrame:
    numbers = dict.fromkeys(("ncv", "carbon_content_tc_per_tj", "oxidation", "ef_published"), float)
    return sheets.packaged("reference/fuels.csv").astype(numbers).set_index("fuel")


def _fuel_factors() -> pd.DataFrame:
    # Net calorific value x carbon content x oxidation x 44/12, as in the provincial inventory
    # guideline.
    fuels = _fuels().reset_index()
    co2_t_per_tj = fuels.carbon_content_tc_per_tj * fuels.oxidation * units.CO2_PER_C
    return fuels[["status", "source"]].assign(
        id="fuel_" + fuels.fuel,
        quantity="CO2 of burning " + fuels.fuel.str.replace("_", " ") + ", from its components",
        value=fuels.ncv / units.GJ_PER_TJ * co2_t_per_tj,
        unit=fuels.ef_unit,
        gas="CO2",
        gas_coverage="CO2",
        region_level="national",
        region="China",
        region_zh="中国",
        basis="components",
    )


def _gas_factors() -> pd.DataFrame:
    released = gases.families().rename_axis("id").reset_index()
    return released[["id", "source"]].assign(
        quantity=released.id + " released",
        value=1.0,
        unit="kg/kg",
        gas=released.id,
        gas_coverage=released.id,
        basis="mass",
        status=released["rank"].map(STATUSES.__getitem__),
    )


def _problems(own: pd.DataFrame) -> list[str]:
    """Return what a column's bounds cannot show: ids used twice, unknown units and editions."""
    twice = own[own.id.duplicated()].id.items()
    return [
        f"row {row}, column id: found '{name}'; it is used twice, keep one" for row, name in twice
    ] + [f"row {row}, column {bad}" for row, cells in own.iterrows() for bad in _bad_cells(cells)]


def _bad_cells(cells: pd.Series) -> list[str]:
    edition, year = cells.get("gwp_edition", ""), cells.get("data_year", "")
    parts = unit_parts(cells.unit)
    right = {
        "unit": (parts, "of the form mass/activity, such as kgCO2/kWh"),
        "gas": (
            not parts or parts[1] in ("", cells.gas),
            f"the gas that the unit {cells.unit} names",
        ),
        "gwp_edition": (
            edition in ("", *gases.EDITIONS),
            f"empty or one of {', '.join(gases.EDITIONS)}",
        ),
        "data_year": (year == "" or year.isdigit(), "empty or a year, such as 2023"),
    }
    return [
        f"{name}: found '{cells[name]}'; it should be {want}"
        for name, (fine, want) in right.items()
        if not fine
    ]


def unit_parts(unit: str) -> tuple[str, str, str] | None:
    """Return mass unit, gas ("" where not named) and activity unit; None for another form.

    >>> unit_parts("kgCO2/kWh"), unit_parts("kg/kg"), unit_parts("kWh")
    (('kg', 'CO2', 'kWh'), ('kg', '', 'kg'), None)
    """
    found = re.fullmatch(r"(g|kg|t|kt|Mt)(CO2e?|CH4|N2O)?/([^/]*[^/\s])", unit)
    return found and (found[1], found[2] or "", found[3])


def named(factors: pd.DataFrame) -> pd.DataFrame:
    """Return factors with name_zh and name_en: a grid's place, kind and year, a gas's id, else the
    label.
    """
    names = {
        f"name_{lang}": [_name(row, lang) for row in factors.itertuples()]
        for lang in labels.LANGUAGES
    }
    return factors.assign(**names)


def _name(row, lang: str) -> str:
    if row.region and row.unit in ELECTRICITY_UNITS:
        place = row.region_zh if lang == "zh" and row.region_zh else row.region
        kind = "" if row.basis == "location_average" else labels.label(row.basis, lang)
        year = "" if pd.isna(row.data_year) else str(row.data_year)
        return " ".join(part for part in (place, kind, year) if part)
    return labels.label(row.Index, lang) if labels.has(row.Index) else str(row.quantity)


def with_sources(factor_ids, factors: pd.DataFrame, edition: str) -> pd.DataFrame:
    """Return the factors that a report uses, named, with their sources; gases with their GWP100.

    Columns of the factor table and name_zh, name_en; a gas has its value in kgCO2e/kg, `edition` as
    its notice and the source of that edition, a blend those of its gases.
    """
    table, potentials = named(factors.loc[sorted(set(factor_ids))]), gases.gwp(edition)
    listed = sheets.packaged("reference/gwp.csv").query("edition == @edition").set_index("gas")
    members = sheets.packaged("reference/blends.csv").groupby("blend").gas.agg(list)
    for gas in table.index[table["basis"] == "mass"]:
        parts = members[gas] if gas in members.index else [gas]
        source = "; ".join(dict.fromkeys(listed.source.reindex(parts).dropna()))
        made = f"mass-weighted mean of {', '.join(parts)}: {source}" if len(parts) > 1 else source
        name = f"{gas} GWP100"
        shown = ["value", "unit", "publisher", "notice", "name_zh", "name_en", "source"]
        cells = [potentials[gas], "kgCO2e/kg", "IPCC", edition, name, name, made]
        table.loc[gas, shown] = cells
    return table


def wrong_edition(factor_id: str, factor: pd.Series, edition: str) -> str:
    """Return why a factor does not fit an inventory of one GWP edition, or an empty text."""
    if factor.gwp_edition not in ("", edition):
        return (
            f"factor {factor_id} is in {factor.gwp_edition}, this inventory in {edition}: "
            "two GWP editions; use a factor of the same edition, or one by gas"
        )
    if factor.gas == "CO2e" and factor.gwp_edition == "":
        return f"factor {factor_id} is CO2e without its GWP edition; fill gwp_edition"
    return ""


def refuse_unfit(factor_ids, factors: pd.DataFrame) -> None:
    """Raise ValueError naming life-cycle footprints and project margins: not for inventories."""
    bases = {name: factors.basis[published.known("factor", name, factors)] for name in factor_ids}
    unfit = [f"{name} ({b})" for name, b in bases.items() if b.startswith(NOT_FOR_INVENTORIES)]
    if unfit:
        raise ValueError(
            f"not for an inventory: {', '.join(unfit)}; use the average of the consuming grid"
        )


def refuse_recalled(factor_ids, factors: pd.DataFrame) -> None:
    """Raise ValueError naming RECALLED factors: none may enter a headline figure."""
    used = sorted({published.known("factor", name, factors) for name in factor_ids})
    if recalled := [name for name in used if factors.status[name] == "RECALLED"]:
        raise ValueError(
            f"RECALLED factors in the inventory: {', '.join(recalled)}. They are from memory, "
            "without a document; give the value with its source in factors.csv, "
            "or choose another factor"
        )


def fuel_of(factor_id: str) -> str:
    """Return the fuel that a factor is of.

    >>> fuel_of("jst303_natural_gas")
    'natural_gas'
    """
    return re.sub(r"^(fuel|jst303|ipcc_co2)_", "", factor_id)


def co2_t_per_tj(factor_id: str) -> float:
    """Return a fuel's CO2 by energy [t/TJ]; NaN for a factor of no fuel of known carbon."""
    fuels, fuel = _fuels(), fuel_of(factor_id)
    if fuel == factor_id or fuel not in fuels.index:
        return math.nan
    # The fixed factors of JS/T 303 and IPCC take all carbon as oxidised.
    oxidation = fuels.oxidation[fuel] if factor_id.startswith("fuel_") else 1.0
    return float(fuels.carbon_content_tc_per_tj[fuel] * oxidation * units.CO2_PER_C)
