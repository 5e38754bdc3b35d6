"""What this report answers to an announcement's displays: coal, forest, lighting, and what the
ledgers, bills and lists of the case say of its sentences. Values by claim id.
"""

from __future__ import annotations

from math import ceil

import pandas as pd

from neutrality.reference import units
from neutrality.report import audit
from neutrality.texts import labels

# EPA's figure changes by edition: the range of its CONFIRMED and SINGLE editions is shown, not one.
_SINKS = ("sink_cn_avg", "sink_epa_077", "sink_epa_082", "sink_epa_084", "sink_epa_106")


def equivalents(
    claims: pd.DataFrame, announced: pd.DataFrame, assets: pd.DataFrame, coefficients: pd.DataFrame
) -> dict[str, float]:
    """Return the values that answer announced displays, by claim id: coal, forest and lighting.

    Only those that this case can form. `announced` and `assets` are the case's tables.
    """
    value = claims["value"]
    coal = announced[announced["claim_id"] == "coal_tce"]
    made = _coal(value, coal, coefficients) if "avoided_green_t" in value and len(coal) else {}
    forest = announced[announced["claim_id"] == "forest_ha"]
    # The second figure of a statement is an optional column, and an optional cell.
    if "residual_t" in value and len(forest) and pd.notna(forest.iloc[0].get("operand")):
        stated = forest.iloc[0]
        made |= forest_equivalent(
            value["residual_t"], stated["value"], stated["operand"], coefficients
        )
    society = announced[announced["claim_id"] == "society_total_mt"]
    if len(society) and "society_avoided_mt" in value:
        made["society_missing_mt"] = society.iloc[0]["value"] - value["society_avoided_mt"]
    if len(assets):
        made |= {"led_share": led_share(assets), "luminaires": assets["count"].sum()}
        made["luminaires_smart"] = assets.loc[_smart(assets), "count"].sum()
    return made


def _coal(value: pd.Series, stated: pd.DataFrame, coefficients: pd.DataFrame) -> dict[str, float]:
    """Return what green power saved as coal by each convention, and how many agree with what was
    announced: the rows `stated`.
    """
    made = {"coal_tce": coal_tce(value["avoided_green_t"], coefficients)}
    made["coal_raw_t"] = made["coal_tce"] / coefficients.at["sce_rawcoal", "value"]
    if "matched_mwh" in value:
        # MWh x kgce/kWh = tce
        made["coal_calorific_tce"] = (
            value["matched_mwh"] * coefficients.at["sce_electricity", "value"]
        )
        rate_kg = coefficients.at["coal_rate_2024", "value"] / units.G_PER_KG
        made["coal_rate_tce"] = value["matched_mwh"] * rate_kg
    formed = pd.Series(made, name="value").to_frame()
    agreed = [met for _, met in audit.conventions(stated.iloc[0].to_dict(), formed)]
    return made | {"coal_conventions": len(agreed), "coal_conventions_met": sum(agreed)}


def led_share(assets: pd.DataFrame) -> float:
    """Return the share of luminaires that are LED under smart control, by count [%].

    >>> stock = {"technology": ["LED", "LED"], "control": ["smart", "plain"], "count": [3, 1]}
    >>> led_share(pd.DataFrame(stock))
    75.0
    """
    counted = assets["count"].sum()
    return float(units.PERCENT * assets.loc[_smart(assets), "count"].sum() / counted)


def _smart(assets: pd.DataFrame) -> pd.Series:
    return (assets["technology"] == "LED") & (assets["control"] == "smart")


def coal_tce(avoided_t: float, coefficients: pd.DataFrame) -> float:
    """Return avoided tonnes [tCO2e] as standard coal [tce] at 2.66 tCO2/tce: never an input.

    >>> round(coal_tce(2785.0, pd.DataFrame({"value": {"co2_per_tce_266": 2.66}})))
    1047
    """
    return float(avoided_t / coefficients.at["co2_per_tce_266", "value"])


def forest_equivalent(
    residual_t: float, stated_ha: float, stated_mu: float, coefficients: pd.DataFrame
) -> dict[str, float]:
    """Return what an announced forest amounts to: each area in the other's unit, and the sink each
    implies.

    forest_ha is `stated_mu` in hectares, forest_mu `stated_ha` in mu; sink_on_mu and sink_on_ha are
    the residual [tCO2e] spread over each [tCO2/ha/yr]; sink_low and sink_high span the published
    means (_SINKS). A display equivalence, never an input: credits are retired, not hectares.
    """
    mu_per_ha, sinks = coefficients.at["mu_per_ha", "value"], coefficients.loc[list(_SINKS)]
    forest_ha, per_acre = stated_mu / mu_per_ha, sinks["unit"] == "tCO2/acre/yr"
    sink = sinks["value"].where(~per_acre, sinks["value"] / units.HA_PER_ACRE)
    return {
        "forest_ha": forest_ha,
        "forest_mu": stated_ha * mu_per_ha,
        "sink_on_mu": residual_t / forest_ha,
        "sink_on_ha": residual_t / stated_ha,
        "sink_low": float(sink.min()),
        "sink_high": float(sink.max()),
    }


def of_sentences(
    claims: pd.DataFrame,
    announcement: pd.DataFrame,
    emitted: pd.DataFrame,
    blocks: pd.DataFrame,
    years: tuple[int, int],
) -> dict[str, float]:
    """Return what the sentences of an announcement are held against, by claim id, only what this
    case can form; without an announcement just what stands in the report's own: gases outside the
    Kyoto list in the base year, where there were any [tCO2e].

    more_certificates would cover the rest of the load; commuting [tCO2e] and purchased heat [GJ]
    of `years`, reporting and base; green power [MWh] of the provinces named, and of others.
    `emitted` (emissions by month and source) and `blocks` (province, kwh) are tables of 02.
    """
    outside = _outside_kyoto(emitted, years[1])
    if announcement.empty:
        return outside
    load, matched = claims.at["electricity_mwh", "value"], claims.at["matched_mwh", "value"]
    heat = emitted[(emitted["source"] == "district_heat") & (emitted["unit"] == "GJ")]
    commuting = emitted[emitted["source"] == "commuting"]
    return (
        outside
        | {"more_certificates": ceil(load - matched)}
        | _in_both(heat.groupby("year")["amount"].sum(), "heat{}_gj", years)
        | _in_both(commuting.groupby("year")["t_co2e"].sum(), "commuting{}_t", years)
        | of_provinces(blocks, announcement)
    )


def _outside_kyoto(emitted: pd.DataFrame, year: int) -> dict[str, float]:
    """Return the tonnes of a year that no total of the Kyoto gases holds, if there are any."""
    apart = emitted[(emitted["line"] == "non_kyoto") & (emitted["year"] == year)]
    return {"base_non_kyoto_t": apart["t_co2e"].sum()} if len(apart) else {}


def _in_both(by_year: pd.Series, id: str, years: tuple[int, int]) -> dict[str, float]:
    """Return a quantity in reporting and base year, if both have it."""
    if not set(years) <= set(by_year.index):
        return {}
    return {id.format(""): by_year[years[0]], id.format("_base"): by_year[years[1]]}


def of_provinces(blocks: pd.DataFrame, announcement: pd.DataFrame) -> dict[str, float]:
    """Return the green power [MWh] of the provinces that an announcement names, and of others.

    `blocks` has province and kwh. Nothing where the announcement names none.
    """
    named = blocks["province"].isin(provinces_named(blocks, announcement))
    mwh = blocks["kwh"] / units.KWH_PER_MWH
    if not named.any():
        return {}
    return {"supply_named_mwh": mwh[named].sum(), "supply_elsewhere_mwh": mwh[~named].sum()}


def elsewhere(blocks: pd.DataFrame, announcement: pd.DataFrame, lang: str) -> str:
    """Return the provinces of the ledger that an announcement does not name, as a list."""
    other = set(blocks["province"]) - provinces_named(blocks, announcement)
    return labels.listed([labels.label(each, lang) for each in sorted(other)], lang)


def provinces_named(blocks: pd.DataFrame, announcement: pd.DataFrame) -> set[str]:
    """Return the provinces of the ledger whose English names stand in an announcement's text."""
    text = " ".join(announcement["text_en"])
    return {each for each in blocks["province"] if labels.label(each, "en") in text}
