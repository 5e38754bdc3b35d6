"""What may be stated of the trend: values by claim id, and the figures that they rest on."""

from __future__ import annotations

from math import nan

import pandas as pd

from neutrality.claims import Value
from neutrality.reference import published
from neutrality.reference.grid_factors import GRID
from neutrality.reference.status import weakest
from neutrality.texts import labels
from neutrality.trend import carriers, intensity, lmdi, series

_SOCIETY = ("society_ghg_avoided", "society_ghg_avoided_lower_bound")


def series_used(
    figures: pd.DataFrame,
    entity: str,
    industry: str,
    check_entity: str,
    energy_metrics: list[str],
    convention: str,
) -> pd.DataFrame:
    """Return the published figures that the claims of the trend rest on, by quantity and basis.

    Columns quantity (carbon, energy, society, entity, peer), basis ("" where there is none),
    entity, metric, year, value, unit, status, coefficient_id, row (of the table company). RECALLED
    figures enter nothing and are left out. Energy by carriers also has the status of the
    coefficient that made it standard coal, by `convention`.
    """
    below = intensity.activity_figures(entity, industry)
    wanted = [
        (quantity, basis, *of)
        for quantity, metrics in (("carbon", ("ghg_scope1_2",)), ("energy", energy_metrics))
        for basis in below
        for of in ((entity, *metrics), below[basis])
    ]
    wanted += [("society", "", entity, *_SOCIETY), ("entity", "", entity, *carriers.INPUT_METRICS)]
    wanted += [("entity", "", *of) for of in below.values()]
    wanted += [("peer", "", check_entity, *carriers.INPUT_METRICS)] if check_entity else []
    used = [
        _published(figures, name, *metrics).assign(quantity=quantity, basis=basis)
        for quantity, basis, name, *metrics in wanted
    ]
    table = pd.concat(used).rename_axis("row").reset_index()
    ids = table["metric"].map(carriers.coefficient_ids(convention)).fillna("")
    table["coefficient_id"] = ids.where(table["quantity"] == "energy", "")
    known = table["coefficient_id"].map(published.coefficients()["status"]).fillna("")
    table["status"] = [weakest(pair) for pair in zip(table["status"], known, strict=True)]
    columns = ["quantity", "basis", "entity", "metric", "year", "value", "unit", "status"]
    return table[[*columns, "coefficient_id", "row"]]


def _published(figures: pd.DataFrame, entity: str, *metrics: str) -> pd.DataFrame:
    rows = figures[(figures["entity"] == entity) & figures["metric"].isin(metrics)]
    return series.preferred_figures(rows[rows["status"] != series.NEVER_USED])


def trend(
    table: pd.DataFrame, quantity: str, base_year: int, threshold_percent: float, convention=""
) -> dict[str, Value]:
    """Return four values a basis from the table of `intensity.trend`; <key> is e.g. carbon_revenue.

    change_<key> on the base year in the target year [%]: NaN where it cannot be formed, its name
    says what is missing. change_<key>_latest: the same for the latest year that can be formed [%].
    breakeven_<key>: the quantity in the target year that just gives the threshold, in its own
    unit. allowed_<key>: the same as a change on the base year [%]. `convention` names how
    electricity was counted as energy.
    """
    under = {lang: labels.with_convention(quantity, convention, lang) for lang in labels.LANGUAGES}
    words = {"quantity": under, "base_year": base_year, "fall": _percent(threshold_percent)}
    stated = {}
    for row in table.itertuples():
        missing = _in_brackets({"zh": row.missing_zh, "en": row.missing_en})
        key = f"{quantity}_{row.Index}"
        stated |= {
            f"change_{key}": Value(row.change_percent, words=words | {"missing": missing}),
            f"change_{key}_latest": Value(
                row.latest_change_percent, year=row.latest_year or None, words=words
            ),
            f"breakeven_{key}": Value(row.breakeven, words=words),
            f"allowed_{key}": Value(row.allowed_change_percent, words=words),
        }
    return stated


def pathways(ways: pd.DataFrame, quantity: str) -> dict[str, Value]:
    """Return required_<quantity>_<basis>_<year>: how fast an intensity must fall from the last year
    known [% a year].

    `ways` is the table of `targets.pathways`.
    """
    return {
        f"required_{quantity}_{way.basis}_{way.to_year}": Value(
            way.required_percent,
            year=way.to_year,
            words={"from_year": way.from_year, "fall": _percent(-way.to_percent)},
        )
        for way in ways.itertuples()
    }


def attribution(drivers: pd.DataFrame, whose: str, lacking: list[str]) -> dict[str, Value]:
    """Return what the company and what the grid did to the emissions [Mt], from `carriers.drivers`.

    <whose>_company_<basis>_mt on each basis, and <whose>_grid_mt, which is the same on all; with
    _location or _market before _mt where both views were published. Without drivers both are one
    claim without a value, whose name lists the metrics that are `lacking`, or the years in common.
    Where the grid cannot be told from green power, its name says so.
    """
    if drivers.empty:
        missing = _in_brackets(_why_not(lacking), prefix={"zh": "", "en": ""})
        return {
            f"{whose}_{by}_mt": Value(nan, words={"attribution": _did(by), "missing": missing})
            for by in ("company", "grid")
        }
    parts = lmdi.by_attribution(drivers, "view", "basis")
    company = parts[parts["who"] == "company"].assign(id=lambda rows: "company_" + rows["basis"])
    grid = parts[parts["who"].str.startswith("grid")].drop_duplicates("view").assign(id="grid")
    stated = {}
    for row in pd.concat([company, grid]).itertuples():
        view = "" if row.view == "as_published" else f"_{row.view}"
        name = _did(row.who)
        words = {"attribution": {"zh": name["zh"], "en": _lower(name["en"])}, "missing": ""}
        stated[f"{whose}_{row.id}{view}_mt"] = Value(row.effect_mt, year=int(row.year), words=words)
    return stated


def _did(by: str) -> dict[str, str]:
    return {lang: labels.label(f"did_{by}", lang) for lang in labels.LANGUAGES}


def _why_not(lacking: list[str]) -> dict[str, str]:
    if not lacking:
        return {
            "zh": "所需各项及业务量没有在首年和另一年同时公布",
            "en": "not all of it, activity included, is published for the first year and another",
        }
    names = {
        lang: labels.listed([_lower(series.metric_name(each, lang)) for each in lacking], lang)
        for lang in labels.LANGUAGES
    }
    return {"zh": f"未公布：{names['zh']}", "en": f"not published: {names['en']}"}


def society(society_mt: pd.Series, years) -> dict[str, Value]:
    """Return what others are said to have avoided [Mt]: the years that were published, and the
    total if none is missing.

    `society_mt` by year, from `intensity.society_avoided`. A memo, never netted. The target year
    itself counts, the base year does not.
    """
    if society_mt.isna().all():
        return {}
    counted = society_mt.reindex(list(years)[1:])
    absent = [str(year) for year in counted.index[counted.isna()]]
    missing = {"zh": f"{'、'.join(absent)} 年", "en": ", ".join(absent)} if absent else {}
    published_mt = float(counted.sum())
    words = {"missing": _in_brackets(missing)}
    return {
        "society_avoided_mt": Value(published_mt),
        "society_total_mt": Value(nan if absent else published_mt, words=words),
    }


def building(by_size: pd.DataFrame, base_year: int, reporting_year: int) -> dict[str, Value]:
    """Return the building's intensities of both years per m² and per head, from
    `building.intensities` [kWh, kgCO2e].
    """
    kinds = ("kwh", "normalised_kwh", "location_kg", "market_kg")
    when = {base_year: "base_", reporting_year: ""}
    sizes = {"m2": "floor_area_m2", "head": "occupants"}
    return {
        f"building_{when[row['year']]}{kind}_per_{row['basis']}": Value(
            row[kind], words={"size": sizes[row["basis"]], "name": _size_name(kind, row["basis"])}
        )
        for row in by_size[by_size["year"].isin(list(when))].to_dict("records")
        for kind in kinds
    }


def _size_name(kind: str, basis: str) -> dict[str, str]:
    return {lang: labels.label(f"{kind}_per_{basis}", lang) for lang in labels.LANGUAGES}


def _percent(value: float) -> str:
    return f"{value:g}\u00a0%"


def _in_brackets(text: dict[str, str], prefix=None) -> dict[str, str]:
    """Return a text in both languages in brackets, "missing" before it; "" where it is empty."""
    before = {"zh": "缺：", "en": "missing: "} if prefix is None else prefix
    forms = {"zh": "（{}）", "en": " ({})"}
    return {
        lang: form.format(before[lang] + text[lang]) if text.get(lang) else ""
        for lang, form in forms.items()
    }


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def rebuilt(standard_coal: pd.DataFrame, convention: str) -> dict[str, Value]:
    """Return how far energy rebuilt from carriers is from the published total [%], last year."""
    last = standard_coal[standard_coal["convention"] == convention].iloc[-1]
    words = {
        "convention": convention,
        "coefficient": carriers.coefficient_ids(convention)[carriers.ELECTRICITY],
    }
    return {
        "peer_rebuilt_percent": Value(
            last["difference_percent"], year=int(last["year"]), words=words
        )
    }


def building_causes(by_cause: pd.DataFrame) -> dict[str, float]:
    """Return what weather, company and grid did to the building [tCO2e], by claim id."""
    return {
        f"building_{row.who}_{row.view}_t": row.effect_t
        for row in by_cause.itertuples()
        if row.who != "growth"
    }


def change_on_base(attributed: pd.DataFrame, energy_change: pd.DataFrame) -> dict[str, Value]:
    """Return the parts of the market-based inventory's change on the base year [tCO2e], by claim
    id, from `inventory.attribution.in_tonnes`.

    The demonstrated reduction is the effect of measures with the sign reversed, its interval that
    of the end uses shown. It is 0 without an interval where none is shown, or where those shown
    rose together, which is stated as an increase. The effect of occupants is stated where the case
    says how much of its energy follows them, that of the factors of heat and fuels where they
    changed.
    """
    of_market = attributed[attributed["view"] != "location"].set_index("source")
    total, of_fuels = of_market.loc["total"], of_market.drop(index=["total", GRID])
    weather_t = {"electricity": of_market.at[GRID, "weather_t"]}
    weather_t["heat_fuels"] = of_fuels["weather_t"].sum()
    stated = {"weather_effect_t": Value(total["weather_t"])}
    stated |= {f"weather_effect_{of}_t": Value(tonnes) for of, tonnes in weather_t.items()}
    stated |= _measures(total, float(energy_change["level"].max()))
    stated["not_demonstrated_t"] = Value(total["other_t"])
    stated["green_effect_t"] = Value(total["green_t"])
    sometimes = {
        "occupancy_effect_t": total["occupancy_t"],
        "fuel_factor_effect_t": of_fuels["factor_t"].sum(),
    }
    return stated | {id: Value(tonnes) for id, tonnes in sometimes.items() if tonnes}


def _measures(total: pd.Series, level: float) -> dict[str, Value]:
    effect_t, low_t, high_t = total[["measures_t", "measures_low_t", "measures_high_t"]]
    if not effect_t:
        return {"demonstrated_reduction_t": Value(0.0)}
    if effect_t > 0:
        increase = {"demonstrated_increase_t": Value(effect_t, low_t, high_t, level)}
        return {"demonstrated_reduction_t": Value(0.0)} | increase
    return {"demonstrated_reduction_t": Value(-effect_t, -high_t, -low_t, level)}
