"""Published factors and GWPs with their sources, and activity x factor -> tonnes by gas.

Values live in `reference/*.csv`, one row one source; a case's factors.csv adds rows or overrides
them by id.
"""

import difflib
import math
import re
from functools import cache
from importlib import resources

import pandas as pd

from neutrality.case.schemas import STATUSES
from neutrality.reference import units
from neutrality.texts import labels

GRID = "grid_electricity"  # the source that is purchased electricity, in every inventory
EDITIONS = ("AR4", "AR5", "AR6")
ELECTRICITY_UNITS = ("kgCO2/kWh", "kgCO2e/kWh", "tCO2/MWh", "tCO2e/MWh")  # the same number in each
# Bases that do not say what a site emitted: footprints of a product, margins for projects.
NOT_FOR_INVENTORIES = ("power_carbon_footprint", "baseline_")
_EMITTED = [
    "year",
    "month",
    "source",
    "scope",
    "line",
    "gas_family",
    "gas",
    "t_gas",
    "t_co2e",
    "factor_id",
    "status",
]
_LEVELS = {"provincial": "province", "regional": "grid_region", "national": "national"}


@cache
def _reference(name: str) -> pd.DataFrame:
    with (resources.files("neutrality") / "reference" / name).open(encoding="utf-8") as text:
        return pd.read_csv(text, dtype=str, keep_default_na=False)


def coefficients() -> pd.DataFrame:
    """Return the published coefficients that are not emission factors, indexed by id."""
    return _reference("coefficients.csv").astype({"value": float}).set_index("id")


def coefficient(coefficient_id: str) -> float:
    """Return one coefficient in its published unit; ValueError for an unknown id.

    >>> coefficient("co2_per_tce_266")
    2.66
    """
    return float(coefficients().value[_known("coefficient", coefficient_id, coefficients())])


def regions() -> pd.DataFrame:
    """Return the regional grid of each of the 30 provinces that have a factor, indexed by province.

    The composition is from recall (see `status`); all of Inner Mongolia is put to North China (see
    `source`).
    """
    return _reference("regions.csv").set_index("province")


def factors(own: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return all emission factors indexed by id: published, from fuel components, by gas, and the
    case's own.

    `own` is a case's table factors, as `tables.read` gives it: it adds factors or, by id, overrides
    them. A gas or blend is a factor of 1 kg/kg, for refrigerant lost. `origin` is "neutrality" or
    "factors.csv". Raises ValueError with every cell of the case's table that cannot stand.

    >>> factors().value["grid_cn_beijing_2023"].item()
    0.5554
    """
    ours = pd.concat([_reference("factors.csv"), _fuel_factors(), _gas_factors()]).assign(
        origin="neutrality"
    )
    own = pd.DataFrame({"id": []}, dtype=str) if own is None else own
    if problems := _problems(own):
        raise ValueError("\n".join(f"factors.csv, {problem}" for problem in problems))
    added = own.assign(origin="factors.csv").reindex(columns=ours.columns)
    table = (
        pd.concat([ours[~ours.id.isin(added.id)], added]).astype(object).fillna("").set_index("id")
    )
    text = {name: str for name in table.columns.difference(["value", "data_year"])}
    return table.astype(text | {"value": float}).assign(
        data_year=pd.to_numeric(table.data_year).astype("Int64")
    )


def _fuels() -> pd.DataFrame:
    numbers = dict.fromkeys(("ncv", "carbon_content_tc_per_tj", "oxidation", "ef_published"), float)
    return _reference("fuels.csv").astype(numbers).set_index("fuel")


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


def _gases() -> pd.DataFrame:
    """Return family, kyoto, source and the weakest status (as a rank) of each gas and blend."""
    listed = _reference("gwp.csv").assign(rank=lambda table: table.status.map(STATUSES.index))
    # Text order puts "false" before "true": a blend is a Kyoto gas when all its gases are.
    summary = {"family": "first", "kyoto": "min", "rank": "max", "source": "first"}
    pure = listed.groupby("gas").agg(summary)
    mixed = (
        _reference("blends.csv").join(pure, on="gas", validate="m:1").groupby("blend").agg(summary)
    )
    return pd.concat([pure, mixed[~mixed.index.isin(pure.index)]])


def _gas_factors() -> pd.DataFrame:
    gases = _gases().rename_axis("id").reset_index()
    return gases[["id", "source"]].assign(
        quantity=gases.id + " released",
        value=1.0,
        unit="kg/kg",
        gas=gases.id,
        gas_coverage=gases.id,
        basis="mass",
        status=gases["rank"].map(STATUSES.__getitem__),
    )


def _problems(own: pd.DataFrame) -> list[str]:
    """Return what no column's own bounds can tell: ids that stand twice, units and editions that
    mean nothing.
    """
    twice = own[own.id.duplicated()].id.items()
    return [
        f"row {row}, column id: found '{name}'; it stands twice, keep one" for row, name in twice
    ] + [f"row {row}, column {bad}" for row, cells in own.iterrows() for bad in _bad_cells(cells)]


def _bad_cells(cells: pd.Series) -> list[str]:
    edition, year, parts = (
        cells.get("gwp_edition", ""),
        cells.get("data_year", ""),
        _parts(cells.unit),
    )
    right = {
        "unit": (parts, "of the form mass/activity, such as kgCO2/kWh"),
        "gas": (
            not parts or parts[1] in ("", cells.gas),
            f"the gas that the unit {cells.unit} names",
        ),
        "gwp_edition": (edition in ("", *EDITIONS), f"empty or one of {', '.join(EDITIONS)}"),
        "data_year": (year == "" or year.isdigit(), "empty or a year, such as 2023"),
    }
    return [
        f"{name}: found '{cells[name]}'; it should be {want}"
        for name, (fine, want) in right.items()
        if not fine
    ]


def _parts(unit: str) -> tuple[str, str, str] | None:
    """Return mass unit, gas ("" when not named) and activity unit of "kgCO2/kWh";

    None for another form.
    """
    found = re.fullmatch(r"(g|kg|t|kt|Mt)(CO2e?|CH4|N2O)?/([^/]*[^/\s])", unit)
    return found and (found[1], found[2] or "", found[3])


def _known(what: str, name: str, table: pd.DataFrame) -> str:
    if name in table.index:
        return name
    near = difflib.get_close_matches(name, list(table.index), n=1)
    raise ValueError(
        f"{what} {name!r} is not known" + (f"; did you mean {near[0]!r}?" if near else "")
    )


def grid_factor_id(factors: pd.DataFrame, region: str, rule: str, data_year: int) -> str:
    """Return the id of the average factor of the grid that a site in a province consumes from.

    `rule` is provincial, regional or national. Only location-based averages are offered: no
    life-cycle footprint, project margin or carbon-market default. The province may be in English or
    Chinese. ValueError when no such factor is published.

    >>> grid_factor_id(factors(), "Beijing", "regional", 2023)
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


def _grid_remedy(years: str, region: str) -> str:
    if years:
        return f"there are data years {years}; choose one of them, and keep one row a year in factors.csv"
    near = difflib.get_close_matches(region, [*regions().index, *regions().province_zh], n=1)
    return (
        "the published tables have 30 provinces, without Tibet, Hong Kong, Macao and Taiwan. "
        + (f"Did you mean {near[0]!r}? " if near else "")
        + "Else choose the national rule, or give a factor with its source in factors.csv"
    )


def named(factors: pd.DataFrame) -> pd.DataFrame:
    """Return factors with name_zh and name_en: a grid by place, kind and year, a gas by its id,
    others by their label.
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


def used(factor_ids, factors: pd.DataFrame, edition: str) -> pd.DataFrame:
    """Return the factors that a report rests on, named, with their sources; a gas stands with its
    GWP100.

    Columns of the factor table and name_zh, name_en; a gas has value in kgCO2e/kg, `edition` as its
    notice and the source of that edition, a blend those of its gases.
    """
    table = named(factors.loc[sorted(set(factor_ids))])
    potentials, listed = (
        gwp(edition),
        _reference("gwp.csv").query("edition == @edition").set_index("gas"),
    )
    members = _reference("blends.csv").groupby("blend").gas.agg(list)
    for gas in table.index[table["basis"] == "mass"]:
        parts = members[gas] if gas in members.index else [gas]
        source = "; ".join(dict.fromkeys(listed.source.reindex(parts).dropna()))
        made = f"mass-weighted mean of {', '.join(parts)}: {source}" if len(parts) > 1 else source
        shown = ["value", "unit", "publisher", "notice", "name_zh", "name_en", "source"]
        table.loc[gas, shown] = [
            potentials[gas],
            "kgCO2e/kg",
            "IPCC",
            edition,
            f"{gas} GWP100",
            f"{gas} GWP100",
            made,
        ]
    return table


def electricity_factor(factor_id: str, factors: pd.DataFrame, edition: str) -> float:
    """Return a factor of electricity that may stand in an inventory [kg CO2 or CO2e per kWh].

    Raises ValueError for an unknown id, another unit, a RECALLED value, a basis that is no
    inventory's (life-cycle footprints, project margins), or a CO2e factor of another GWP edition or
    of none.

    >>> electricity_factor("grid_cn_beijing_2023", factors(), "AR5")
    0.5554
    """
    factor = factors.loc[_known("factor", factor_id, factors)]
    if factor.unit not in ELECTRICITY_UNITS:
        raise ValueError(
            f"factor {factor_id} is in {factor.unit}; electricity needs one of {', '.join(ELECTRICITY_UNITS)}"
        )
    refuse_unfit([factor_id], factors)
    refuse_recalled([factor_id], factors)
    if wrong := _of_edition(factor_id, factor, edition):
        raise ValueError(wrong)
    return float(factor["value"])


def _of_edition(factor_id: str, factor: pd.Series, edition: str) -> str:
    """Return why a factor does not fit an inventory of one GWP edition, or an empty text."""
    if factor.gwp_edition not in ("", edition):
        return (
            f"factor {factor_id} is in {factor.gwp_edition}, this inventory in {edition}: two GWP editions; "
            "use a factor of the same edition, or one by gas"
        )
    if factor.gas == "CO2e" and factor.gwp_edition == "":
        return f"factor {factor_id} is CO2e without its GWP edition; fill gwp_edition"
    return ""


def gwp(edition: str) -> pd.Series:
    """Return the GWP100 of each gas and blend in one IPCC edition [kg CO2e per kg].

    A blend is the mass-weighted mean of its gases; its published value stands only where a gas has
    none.

    >>> gwp("AR5")["R-410A"].item()
    1923.5
    """
    if edition not in EDITIONS:
        raise ValueError(f"GWP edition {edition!r} is not one of {', '.join(EDITIONS)}")
    listed = _reference("gwp.csv").query("edition == @edition").set_index("gas").value.astype(float)
    members = _reference("blends.csv").astype({"mass_share": float})
    parts = members.mass_share * members.gas.map(listed)
    mixed = parts.groupby(members.blend).agg(lambda shares: shares.sum(skipna=False)).dropna()
    return pd.concat([listed.drop(mixed.index, errors="ignore"), mixed]).rename("gwp100")


def emitted(activities: pd.DataFrame, factors: pd.DataFrame, edition: str) -> pd.DataFrame:
    """Return what each activity row emitted, in tonnes of gas (`t_gas`) and of CO2e (`t_co2e`).

    `line` is the row's own, but inventory rows of gases outside the Kyoto list become "non_kyoto";
    `status` is the weaker of factor and GWP. Raises ValueError naming each row (by the frame's
    index: the line of the file, as read) whose factor is unknown, of another unit or GWP edition,
    or not meant for an inventory; a scope 1 or 2 source put on a memo line.

    >>> heat = {"month": "2025-01", "source": "heat", "scope": 2, "line": "inventory", "amount": 11_900.0}
    >>> table = pd.DataFrame([heat | {"unit": "GJ", "factor_id": "heat_default"}])
    >>> emitted(table, factors(), "AR5").t_co2e.tolist()
    [1309.0]
    """
    warming, gases = gwp(edition), _gases()
    rows = activities.join(factors[["value", "gas", "status"]], on="factor_id", validate="m:1")
    problems: dict[str, list[int]] = {}
    for row in activities.itertuples():
        for problem in _objections(row, factors, warming, edition):
            problems.setdefault(problem, []).append(row.Index)
    if problems:
        raise ValueError(
            "\n".join(f"activities.csv, {_rows(at)}: {problem}" for problem, at in problems.items())
        )
    unit_t = [
        _unit_t(unit, factors.unit[name])
        for unit, name in zip(rows.unit, rows.factor_id, strict=True)
    ]
    t_gas = rows.amount * rows.value * pd.Series(unit_t, rows.index, dtype=float)
    ranks = (
        rows.status.map(STATUSES.index)
        .astype(float)
        .clip(lower=rows.gas.map(gases["rank"]).astype(float).fillna(0))
    )
    outside = rows.line.eq("inventory") & rows.gas.map(gases.kyoto).eq("false")
    return rows.assign(
        year=rows.month.str[:4].astype(int),
        scope=rows.scope.astype(int),
        line=rows.line.mask(outside, "non_kyoto"),
        gas_family=rows.gas.map(gases.family).fillna(rows.gas),
        t_gas=t_gas,
        t_co2e=t_gas
        * rows.gas.map(warming)
        .astype(float)
        .fillna(1.0),  # a CO2e factor has been weighted already
        status=[STATUSES[int(rank)] for rank in ranks],
    )[_EMITTED]


def _rows(at: list[int], shown: int = 3) -> str:
    """Return line numbers in words.

    >>> _rows([2]), _rows([2, 5, 6, 9, 12])
    ('row 2', 'rows 2, 5, 6 and 2 more')
    """
    more = f" and {len(at) - shown} more" if len(at) > shown else ""
    return f"row{'s' if len(at) > 1 else ''} {', '.join(map(str, at[:shown]))}{more}"


def _unit_t(unit: str, factor_unit: str) -> float:
    """Return the tonnes of gas that one `unit` of activity gives when the factor's value is 1."""
    mass, _, per = _parts(factor_unit)
    # A unit of one's own, such as a room-night, is fine where the activity is in that same unit.
    in_factor_unit = 1.0 if unit == per else units.convert(1.0, unit, per)
    return in_factor_unit * units.convert(1.0, mass, "t")


def _objections(row, factors: pd.DataFrame, warming: pd.Series, edition: str) -> list[str]:
    """Return why a row may not be multiplied by its factor; empty when it may."""
    try:
        factor = factors.loc[_known("factor", row.factor_id, factors)]
        _unit_t(row.unit, factor.unit)
        if row.line == "inventory":
            refuse_unfit([row.factor_id], factors)
    except ValueError as error:
        return [f"{row.unit} with factor {row.factor_id}: {error}"]
    if factor.gas != "CO2e" and factor.gas not in warming:
        return [
            f"factor {row.factor_id} is of {factor.gas}, which has no {edition} GWP among the published values"
        ]
    edition_is_due = row.line == "inventory" or factor.gwp_edition
    said = [_of_edition(row.factor_id, factor, edition)] if edition_is_due else []
    return [sentence for sentence in [*said, _misplaced(row, factor)] if sentence]


def _misplaced(row, factor: pd.Series) -> str:
    """Return why a row may not stand outside the inventory, or an empty text: nothing leaves
    scope 1 or 2 by a word.
    """
    if row.line == "memo" and int(row.scope) in (1, 2):
        return f"scope {row.scope} is counted: '{row.source}' cannot be a memo line; write inventory, or scope 3"
    if row.line == "biogenic" and factor.origin == "neutrality":
        return f"factor {row.factor_id} is not of biogenic carbon; write inventory, or give the fuel's own factor in factors.csv"
    return ""


def refuse_unfit(factor_ids, factors: pd.DataFrame) -> None:
    """Raise ValueError naming factors that are no inventory's: life-cycle footprints, project
    margins.
    """
    bases = {name: factors.basis[_known("factor", name, factors)] for name in factor_ids}
    if unfit := [
        f"{name} ({why})" for name, why in bases.items() if why.startswith(NOT_FOR_INVENTORIES)
    ]:
        raise ValueError(
            f"not for an inventory: {', '.join(unfit)}; use the average of the consuming grid"
        )


def refuse_recalled(factor_ids, factors: pd.DataFrame) -> None:
    """Raise ValueError naming the RECALLED factors among those used: none may enter a headline
    figure.
    """
    used = sorted({_known("factor", name, factors) for name in factor_ids})
    if recalled := [name for name in used if factors.status[name] == "RECALLED"]:
        raise ValueError(
            f"RECALLED factors in the inventory: {', '.join(recalled)}. They are from memory, without a "
            "document; give the value with its source in factors.csv, or choose another factor"
        )


def left_out(activities: pd.DataFrame, factors: pd.DataFrame, edition: str) -> pd.DataFrame:
    """Return the CH4 and N2O of combustion that CO2 factors leave out, by year and source [t, t
    CO2e].

    Energy burned follows from the CO2 and the fuel's carbon: the same as amount x net calorific
    value for the fuel factors; factors by the litre need no density. Times IPCC 2006 defaults from
    recall: a size, never part of a total. NaN where a scope 1 factor tells no fuel of known carbon,
    or the edition has no GWP.
    """
    warming, by = gwp(edition), ["year", "source", "factor_id"]
    rows = emitted(activities, factors, edition)
    rows = rows.query("line == 'inventory' and gas == 'CO2' and factor_id != 'CO2'")
    rows = rows.assign(energy_tj=rows.t_gas / rows.factor_id.map(_co2_t_per_tj).astype(float))
    rows = rows[rows.energy_tj.notna() | rows.scope.eq(1)]
    burned = rows.groupby(by, as_index=False).energy_tj.agg(lambda parts: parts.sum(skipna=False))
    sized = burned.merge(pd.DataFrame({"gas": ["CH4", "N2O"]}), how="cross")
    ids = "ipcc_" + sized.gas.str.lower() + "_" + sized.factor_id.map(_fuel_of).astype(str)
    t_gas = sized.energy_tj * ids.map(factors.value).astype(float) / units.KG_PER_T
    return sized.assign(
        t_gas=t_gas, t_co2e=t_gas * sized.gas.map(warming).astype(float), status="RECALLED"
    )


def _fuel_of(factor_id: str) -> str:
    return re.sub(r"^(fuel|jst303|ipcc_co2)_", "", factor_id)


def _co2_t_per_tj(factor_id: str) -> float:
    fuels, fuel = _fuels(), _fuel_of(factor_id)
    if fuel == factor_id or fuel not in fuels.index:
        return math.nan
    # The fixed factors of JS/T 303 and IPCC take all carbon as oxidised.
    oxidation = fuels.oxidation[fuel] if factor_id.startswith("fuel_") else 1.0
    return float(fuels.carbon_content_tc_per_tj[fuel] * oxidation * units.CO2_PER_C)
