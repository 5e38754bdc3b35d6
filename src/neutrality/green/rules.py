"""The rules by which bought green power counts as zero, the factors they ask for, and the result
under each published factor.

The rules are rows of reference/green_rules.csv. kg per kWh is t per MWh.
"""

from __future__ import annotations

import pandas as pd

from neutrality.reference import emission_factors, grid_factors, published, units
from neutrality.texts.findings import Finding, in_table

AVERAGE, EXCL = "location_average", "national_average_excl_market_traded_nonfossil"
_CHINA = "China"
# bases of a factor that are tiers of their own; all others are grid averages
_TIERS = ("supplier_rate", "residual_mix")
# Scope 2 Guidance 2015: sub-national before national
_LEVELS = {"province": "sub_national", "grid_region": "sub_national", "": "level_not_stated"}


def implied_mwh(avoided_t: float, factor_kg_per_kwh: float) -> float:
    """Return the green MWh that an announced avoidance implies at a factor.

    >>> implied_mwh(2.5, 0.5)
    5.0
    """
    return avoided_t * units.KG_PER_T / factor_kg_per_kwh / units.KWH_PER_MWH


def candidates(
    factors: pd.DataFrame, province: str, used_id: str, reporting_year: int
) -> pd.DataFrame:
    """Return the published electricity factors that may be used for a site, named in both
    languages, with used, usable, asked_by_zh, asked_by_en.

    The province's, its regional grid's and the national ones, on every basis and of every data
    year, beside the used one, which may be the case's own. `usable` is false for life-cycle
    footprints and project margins: they answer another question, and no inventory takes them.
    `asked_by` names the rules that ask for a factor: the newest of a basis up to the data year of
    the one used, or a default of the reporting year. For a site without published factors it is the
    used one alone.
    """
    used = factors.loc[used_id]
    shown = factors[_published_for(factors, province, used) | (factors.index == used_id)]
    newest = _newest(shown, reporting_year if pd.isna(used["data_year"]) else used["data_year"])
    dated = shown.assign(data_year=shown["data_year"].fillna(0))
    asked = {
        name: [_asked_by(row, column, reporting_year, id in newest) for id, row in dated.iterrows()]
        for name, column in {"asked_by_zh": "rule_zh", "asked_by_en": "rule"}.items()
    }
    usable = ~shown["basis"].str.startswith(emission_factors.NOT_FOR_INVENTORIES)
    return emission_factors.named(shown).assign(used=shown.index == used_id, usable=usable, **asked)


def _published_for(factors: pd.DataFrame, province: str, used: pd.Series) -> pd.Series:
    """Return which factors of electricity are published for the site: its province's, its regional
    grid's, those of the used one's region and the national ones.
    """
    places = _places(province)
    if not places and used["origin"] != "neutrality":
        return pd.Series(False, factors.index)
    return (
        factors["unit"].isin(emission_factors.ELECTRICITY_UNITS)
        & (factors["status"] != "RECALLED")
        & (factors["value"] > 0)
        & factors["region"].isin([*places, used["region"], _CHINA])
        & (factors["origin"] == "neutrality")
    )


def _newest(shown: pd.DataFrame, until: float) -> pd.Index:
    """Return the newest factor of each region and basis up to a data year."""
    dated = shown.assign(data_year=shown["data_year"].fillna(0))
    dated = dated[dated["data_year"] <= until].sort_values("data_year")
    return dated.groupby(["region", "basis"]).tail(1).index


def _places(province: str) -> list[str]:
    """Return a province, named in English or Chinese, and its regional grid; none where no
    factor of it is published.
    """
    grids = grid_factors.regions()
    own = grids[(grids.index == province) | (grids["province_zh"] == province)]
    return [*own.index, *own["region"]]


def _asked_by(factor: pd.Series, column: str, reporting_year: int, newest: bool) -> str:
    """Return the names of the rules that ask for a factor of this basis, level and year."""
    rules = published.table("green_rules")
    levels = rules["region_levels"].str.split()
    fits = (rules["basis"] == factor["basis"]) & levels.map(
        lambda names: factor["region_level"] in names
    )
    in_time = {"newest": newest, "reporting": factor["data_year"] == reporting_year}
    return "; ".join(rules[column][fits & rules["year"].map(in_time).astype(bool)])


def switchboard(
    matched_kwh: float, uncovered_kwh: float, other_t: float, board: pd.DataFrame
) -> pd.DataFrame:
    """Return the candidate factors with avoided_t and market_t, the market-based inventory under
    each [tCO2]; smallest avoidance first.

    The same factor applies to matched and uncovered kWh; `other_t` are the emissions other than of
    electricity. Factors that no inventory takes have no market_t. Raises ValueError for a row that
    is no factor of electricity.

    >>> factors = {"value": [0.6, 0.5], "unit": "kgCO2/kWh", "usable": [False, True]}
    >>> board = switchboard(10_000.0, 2_000.0, 3.0, pd.DataFrame(factors, ["margin", "beijing"]))
    >>> board.avoided_t.to_dict(), board.market_t.to_dict()
    ({'beijing': 5.0, 'margin': 6.0}, {'beijing': 4.0, 'margin': nan})
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
    grid average. The matched kWh of a period are distributed over its blocks in proportion to their
    kWh. Surplus and provisional blocks are rows of their own without tonnes: they lower nothing.
    `matched` is coverage.matched of months or of the year; both factors are rows.
    """
    level = _LEVELS.get(location["region_level"], "national")
    tier = uncovered["basis"] if uncovered["basis"] in _TIERS else "grid_average"
    uncovered_kwh, surplus_kwh = matched["uncovered_kwh"].sum(), matched["surplus_kwh"].sum()
    rest = pd.DataFrame(
        [
            ("location", level, load_kwh, location["value"], location.name),
            ("market", tier, uncovered_kwh, uncovered["value"], uncovered.name),
            ("market", "surplus", surplus_kwh, float("nan"), ""),
            ("market", "provisional", waiting_kwh, float("nan"), ""),
        ],
        columns=["view", "tier", "kwh", "factor_kg_per_kwh", "factor_id"],
    ).assign(instrument="", technology="")
    table = pd.concat([rest[:1], _covered(matched, counted), rest[1:]], ignore_index=True)
    table["t_co2"] = table["kwh"] * table["factor_kg_per_kwh"] / units.KG_PER_T
    first = ["view", "tier", "instrument", "technology", "kwh"]
    return table[[*first, "factor_id", "factor_kg_per_kwh", "t_co2"]]


def _covered(matched: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    """Return the matched kWh by tier, instrument and technology, at a factor of 0."""
    used_share = (matched["matched_kwh"] / matched["green_kwh"]).fillna(0.0)
    month = counted["month"]
    period = month.where(month.isin(matched.index), str(matched.index[0]))
    blocks = counted.assign(
        kwh=counted["kwh"] * period.map(used_share).astype(float),
        tier=counted["instrument"].map(published.table("instruments")["tier"]),
    )
    kwh = blocks.groupby(["tier", "instrument", "technology"])["kwh"].sum().reset_index()
    return kwh.assign(view="market", factor_kg_per_kwh=0.0, factor_id="")


def double_count_t(
    uncovered_kwh: float, factors: pd.DataFrame, uncovered_id: str
) -> tuple[float, float, float] | None:
    """Return the size of the double count [tCO2], and the two national factors it rests on
    [kgCO2/kWh]; None where it cannot be sized.

    Uncovered kWh at an average still hold non-fossil power that others bought. Sized by the
    national factor without market-traded non-fossil power less the national average, of the data
    year of the factor used: no such factor is published for a province.
    """
    used = factors.loc[uncovered_id]
    if used["basis"] != AVERAGE or used["origin"] != "neutrality":
        return None
    national = factors[
        (factors["region_level"] == "national")
        & (factors["data_year"] == used["data_year"])
        & (factors["region"] == _CHINA)
    ]
    excl, average = (national["value"][national["basis"] == basis] for basis in (EXCL, AVERAGE))
    if len(excl) != 1 or len(average) != 1:
        return None
    excl, average = float(excl.iloc[0]), float(average.iloc[0])
    return uncovered_kwh * (excl - average) / units.KG_PER_T, excl, average


def findings(
    green_rule: str, uncovered_kwh: float, factors: pd.DataFrame, uncovered_id: str
) -> list[Finding]:
    """Return whether the factor of the uncovered kWh is another than its rule asks for, and the
    size of the double count.
    """
    rules = published.table("green_rules")
    if green_rule not in rules.index:
        return []
    rule, used = rules.loc[green_rule], factors.loc[uncovered_id]
    levels = rule["region_levels"].split()
    asked = used["basis"] == rule["basis"] and used["region_level"] in levels
    found, quoted = [], {"by": rule["rule"]}
    if used["origin"] == "neutrality" and not asked:
        found += in_table("certificates", "factor_not_of_rule", factor_id=uncovered_id, **quoted)
    sized = double_count_t(uncovered_kwh, factors, uncovered_id)
    if sized and uncovered_kwh > 0:
        quoted |= dict(zip(("double_count_t", "excl", "average"), sized, strict=True))
        quoted["uncovered_mwh"] = uncovered_kwh / units.KWH_PER_MWH
        found += in_table("certificates", "double_count", t_co2e=-sized[0], **quoted)
    return found


def refuse_unnamed_rule(green_rule: str, factors: pd.DataFrame, uncovered_id: str) -> None:
    """Raise ValueError where green power is deducted, the rest takes an average, and no rule
    that prescribes this is named.
    """
    rules = published.table("green_rules")
    if green_rule not in rules.index and factors.loc[uncovered_id, "basis"] == AVERAGE:
        known = ", ".join(rules.index[rules["deducts"] == "true"])
        raise ValueError(
            f"green_rule '{green_rule}' is no known rule, and {uncovered_id} is an average that "
            "still holds the green power deducted: that counts it twice. Name the rule that "
            f"prescribes it ({known}), or give an uncovered_factor_id without it"
        )
