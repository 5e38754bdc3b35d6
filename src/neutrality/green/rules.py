"""Which rule lets bought green power count as zero, which factor it asks for, and what each
published factor would give.

The rules are rows of reference/green_rules.csv. kg per kWh is t per MWh.
"""

from __future__ import annotations

import pandas as pd

from neutrality.reference import emission_factors, grid_factors, published, units
from neutrality.texts.findings import Finding, in_table

CHINA = "China"
AVERAGE, EXCL = "location_average", "national_average_excl_market_traded_nonfossil"
TIERS = (
    "supplier_rate",
    "residual_mix",
)  # bases of a factor that are tiers of their own; all others are grid averages
LEVELS = {
    "province": "sub_national",
    "grid_region": "sub_national",
}  # Scope 2 Guidance 2015: sub-national before national


def implied_mwh(avoided_t: float, factor_kg_per_kwh: float) -> float:
    """Return the green MWh that an announced avoidance implies at a factor.

    >>> implied_mwh(2.5, 0.5)
    5.0
    """
    return avoided_t * units.KG_PER_T / factor_kg_per_kwh / units.KWH_PER_MWH


def candidates(
    factors: pd.DataFrame, province: str, used_id: str, reporting_year: int
) -> pd.DataFrame:
    """Return the published electricity factors that somebody might use for a site, named in both
    languages, the used one marked.

    The province's, its regional grid's and the national ones, on every basis and of every data
    year, beside the used one, be it the case's own. `usable` is false for life-cycle footprints and
    project margins: they answer another question, and no inventory takes them. `asked_by` names the
    rules that ask for a factor: the newest of a basis up to the data year of the one used, or a
    default of the reporting year. For a site without published factors it is the used one alone.
    """
    used, places = factors.loc[used_id], _places(province)
    chinese = bool(places) or used["origin"] == "neutrality"
    fit = (
        factors["unit"].isin(emission_factors.ELECTRICITY_UNITS)
        & (factors["status"] != "RECALLED")
        & (factors["value"] > 0)
    )
    fit &= (
        factors["region"].isin([*places, used["region"], CHINA])
        & (factors["origin"] == "neutrality")
        & chinese
    )
    shown = factors[fit | (factors.index == used_id)]
    until = reporting_year if pd.isna(used["data_year"]) else used["data_year"]
    dated = shown.assign(data_year=shown["data_year"].fillna(0))
    newest = (
        dated[dated["data_year"] <= until]
        .sort_values("data_year")
        .groupby(["region", "basis"])
        .tail(1)
        .index
    )
    asked = {
        name: [asked_by(row, column, reporting_year, id in newest) for id, row in dated.iterrows()]
        for name, column in {"asked_by_zh": "rule_zh", "asked_by_en": "rule"}.items()
    }
    usable = ~shown["basis"].str.startswith(emission_factors.NOT_FOR_INVENTORIES)
    return emission_factors.named(shown).assign(used=shown.index == used_id, usable=usable, **asked)


def _places(province: str) -> list[str]:
    """Return a province, named in English or Chinese, and its regional grid; none where no
    factor of it is published.
    """
    grids = grid_factors.regions()
    mine = grids[(grids.index == province) | (grids["province_zh"] == province)]
    return [*mine.index, *mine["region"]]


def asked_by(factor: pd.Series, column: str, reporting_year: int, newest: bool) -> str:
    """Return the names of the rules that ask for a factor of this basis, level and year."""
    rules = published.table("green_rules")
    fits = (rules["basis"] == factor["basis"]) & rules["region_levels"].str.split().map(
        lambda levels: factor["region_level"] in levels
    )
    timely = (
        rules["year"]
        .map({"newest": newest, "reporting": factor["data_year"] == reporting_year})
        .astype(bool)
    )
    return "; ".join(rules[column][fits & timely])


def switchboard(
    matched_kwh: float, uncovered_kwh: float, other_t: float, board: pd.DataFrame
) -> pd.DataFrame:
    """Return the candidate factors with avoided_t and market_t, what the market-based inventory
    would be; smallest avoidance first.

    One factor values matched and uncovered kWh alike; `other_t` is all that is no electricity.
    Factors that no inventory takes have no market_t. Raises ValueError for a row that is no factor
    of electricity.

    >>> board = pd.DataFrame({"value": [0.6, 0.5], "unit": "kgCO2/kWh", "usable": [False, True]}, ["margin", "beijing"])
    >>> switchboard(10_000.0, 2_000.0, 3.0, board)[["avoided_t", "market_t"]].to_dict("index")
    {'beijing': {'avoided_t': 5.0, 'market_t': 4.0}, 'margin': {'avoided_t': 6.0, 'market_t': nan}}
    """
    wrong = board[~board["unit"].isin(emission_factors.ELECTRICITY_UNITS)]
    if not wrong.empty:
        found, needed = wrong["unit"].iloc[0], ", ".join(emission_factors.ELECTRICITY_UNITS)
        raise ValueError(
            f"factor {wrong.index[0]} is in {found}; electricity needs one of {needed}"
        )
    market_t = (other_t + uncovered_kwh * board["value"] / units.KG_PER_T).where(board["usable"])
    return board.assign(
        avoided_t=matched_kwh * board["value"] / units.KG_PER_T, market_t=market_t
    ).sort_values("avoided_t", kind="stable")


def tiers(
    load_kwh: float,
    matched: pd.DataFrame,
    counted: pd.DataFrame,
    waiting_kwh: float,
    location: pd.Series,
    uncovered: pd.Series,
) -> pd.DataFrame:
    """Return view, tier, instrument, technology, kwh, factor_id, factor_kg_per_kwh, t_co2: each kWh
    under its step of the hierarchy.

    GHG Protocol Scope 2 Guidance 2015: certificates, contracts, supplier rate, residual mix, other
    grid average. What a period matched is shared out over its blocks by their kWh. Surplus and what
    waits for settlement are lines of their own, without tonnes: they lower nothing. `matched` is
    coverage.matched of months or of the year; both factors are rows.
    """
    used_share = (matched["matched_kwh"] / matched["green_kwh"]).fillna(0.0)
    blocks = counted.assign(
        period=counted["month"].where(counted["month"].isin(matched.index), str(matched.index[0]))
    )
    blocks = blocks.assign(
        kwh=blocks["kwh"] * blocks["period"].map(used_share).astype(float),
        tier=blocks["instrument"].map(published.table("instruments")["tier"]),
    )
    covered = (
        blocks.groupby(["tier", "instrument", "technology"])["kwh"]
        .sum()
        .reset_index()
        .assign(view="market", factor_kg_per_kwh=0.0, factor_id="")
    )
    grid = [
        (
            "location",
            LEVELS.get(location["region_level"], "national"),
            load_kwh,
            location["value"],
            location.name,
        ),
        (
            "market",
            uncovered["basis"] if uncovered["basis"] in TIERS else "grid_average",
            matched["uncovered_kwh"].sum(),
            uncovered["value"],
            uncovered.name,
        ),
    ]
    apart = [
        ("market", "surplus", matched["surplus_kwh"].sum(), float("nan"), ""),
        ("market", "provisional", waiting_kwh, float("nan"), ""),
    ]
    rest = pd.DataFrame(
        [*grid, *apart], columns=["view", "tier", "kwh", "factor_kg_per_kwh", "factor_id"]
    ).assign(instrument="", technology="")
    table = pd.concat([rest[:1], covered, rest[1:]], ignore_index=True)
    table["t_co2"] = table["kwh"] * table["factor_kg_per_kwh"] / units.KG_PER_T
    return table[
        [
            "view",
            "tier",
            "instrument",
            "technology",
            "kwh",
            "factor_id",
            "factor_kg_per_kwh",
            "t_co2",
        ]
    ]


def double_count_t(
    uncovered_kwh: float, factors: pd.DataFrame, uncovered_id: str
) -> tuple[float, float, float] | None:
    """Return the size of the double count [tCO2], and the two national factors it rests on; None
    where it cannot be sized.

    Uncovered kWh at an average still hold non-fossil power that others bought. Sized by the
    national factor without market-traded non-fossil power less the national average, of the data
    year of the factor used: no such factor is published for a province.
    """
    used = factors.loc[uncovered_id]
    national = factors[
        (factors["region_level"] == "national")
        & (factors["data_year"] == used["data_year"])
        & (factors["region"] == CHINA)
    ]
    excl, average = (national["value"][national["basis"] == basis] for basis in (EXCL, AVERAGE))
    if (
        used["basis"] != AVERAGE
        or used["origin"] != "neutrality"
        or len(excl) != 1
        or len(average) != 1
    ):
        return None
    return (
        uncovered_kwh * (excl.iloc[0] - average.iloc[0]) / units.KG_PER_T,
        float(excl.iloc[0]),
        float(average.iloc[0]),
    )


def findings(
    green_rule: str, uncovered_kwh: float, factors: pd.DataFrame, uncovered_id: str
) -> list[Finding]:
    """Return whether the factor of the uncovered kWh is the one its rule asks for, and what the
    double count is.
    """
    rules = published.table("green_rules")
    if green_rule not in rules.index:
        return []
    rule, used = rules.loc[green_rule], factors.loc[uncovered_id]
    sized = double_count_t(uncovered_kwh, factors, uncovered_id)
    asked = (
        used["origin"] != "neutrality"
        or used["basis"] == rule["basis"]
        and used["region_level"] in rule["region_levels"].split()
    )
    found = (
        []
        if asked
        else in_table("certificates", "factor_not_of_rule", factor_id=uncovered_id, by=rule["rule"])
    )
    if sized is None or uncovered_kwh <= 0:
        return found
    size_t, excl, average = sized
    said = {
        "double_count_t": size_t,
        "excl": excl,
        "average": average,
        "uncovered_mwh": uncovered_kwh / units.KWH_PER_MWH,
    }
    return found + in_table("certificates", "double_count", by=rule["rule"], **said)


def refuse_unnamed_rule(green_rule: str, factors: pd.DataFrame, uncovered_id: str) -> None:
    """Raise ValueError where green power is deducted, the rest takes an average, and no rule
    that prescribes this is named.
    """
    rules = published.table("green_rules")
    if green_rule not in rules.index and factors.loc[uncovered_id, "basis"] == AVERAGE:
        known = ", ".join(rules.index[rules["deducts"] == "true"])
        raise ValueError(
            f"green_rule '{green_rule}' names no rule, and {uncovered_id} is an average that still holds the green power deducted: "
            f"that counts it twice. Name the rule that prescribes it ({known}), or give an uncovered_factor_id without it"
        )
