"""How many tonnes are left, how many credits they need and with how much confidence, and what
stress would leave of them.

What is left comes from the inventory; savings against a counterfactual never enter here.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from neutrality.ledger import ranges
from neutrality.offset import uncertainty
from neutrality.reference import emission_factors, grid_factors, published, schemes, units
from neutrality.texts import labels
from neutrality.texts.findings import Finding, in_rows, in_table

GRID = grid_factors.GRID
VIEWS = {"market": "t_co2e", "location": "gross_t"}
LEVELS = (0.5, 0.9, 0.95, 0.99)  # confidences that a purchase is sized with, beside the case's own
BLOCKS_SHOWN = 12  # most lines of a table of blocks in the report; more blocks are grouped
# beside "Agriculture Forestry and Other Land Use" in Verra's export as kept by CarbonPlan,
# offsets-db-data
FOREST_SCOPE = "14"
STUDIES = {
    "overcredit_badgley_low": ("，{level:g} % 区间下端", ", lower end of its {level:g} % interval"),
    "overcredit_badgley": ("", ""),
    "overcredit_badgley_high": (
        "，{level:g} % 区间上端",
        ", upper end of its {level:g} % interval",
    ),
}
WHOLE = ("label_lost", "vintage_tighter")  # stresses that void a block or leave it
ABOUT_SOME = (
    *STUDIES,
    "reversal",
    "label_lost",
)  # not applicable to a ledger that holds none of the credits they are about
DUST_T = 1e-6  # one gram: less than this above a whole tonne is rounding, not emission


def credits_needed(residual_t: float) -> int:
    """Return the whole credits that offset a residual: one credit is one tonne, a started tonne
    needs one.

    Raises ValueError for a residual below zero or unknown.

    >>> credits_needed(1308.2), credits_needed(1309.0000000001), credits_needed(0.0)
    (1309, 1309, 0)
    """
    if not 0 <= residual_t < math.inf:
        raise ValueError(f"the residual is {residual_t} t; it is 0 or more: check the inventory")
    return max(math.ceil(residual_t - DUST_T), 0)


def residual_sources(inventory: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return source, t_co2e, gross_t of the year's market-based inventory, largest first: what is
    to be offset.

    gross_t is the source in the location-based view: for electricity the whole load, on which the
    meter's error acts, since the certificates taken off it are counted and not measured.
    """
    counted = inventory.query("year == @year and line == 'inventory'")
    views = counted.pivot_table(index="source", columns="view", values="t_co2e", aggfunc="sum")
    named = views.rename(columns=VIEWS)
    return (
        named[["t_co2e", "gross_t"]]
        .sort_values("t_co2e", ascending=False)
        .rename_axis(columns=None)
        .reset_index()
    )


def left_word(scheme: str, plan: pd.DataFrame, reporting_year: int) -> str:
    """Return what the scheme lets the rest be called: "unabated" where it asks for a dated plan and
    there is none, else "residual".

    >>> left_word("ISO 14068-1:2023", pd.DataFrame({"year": [2030]}), 2025), left_word("ISO 14068-1:2023", pd.DataFrame({"year": []}), 2025)
    ('residual', 'unabated')
    """
    asked = "residual_needs_plan" in schemes.scheme_rules(scheme)["rule"].to_list()
    return "unabated" if asked and not (plan["year"] > reporting_year).any() else "residual"


def plan_findings(plan: pd.DataFrame, reporting_year: int, residual_t: float) -> list[Finding]:
    """Return what is odd about the plan: no target ahead, or a target above what is left now or
    above an earlier one.
    """
    ahead = plan[plan["year"] > reporting_year].sort_values("year")
    before = ahead["target_t"].shift(fill_value=residual_t).cummin()
    found = in_rows(
        "plan",
        "target_t",
        "plan_rises",
        ahead.assign(before=before)[ahead["target_t"] > before + DUST_T],
    )
    return found + (
        in_table("plan", "plan_past", reporting_year=reporting_year)
        if len(plan) and ahead.empty
        else []
    )


def meter_standard_uncertainty(meter_class: str, otherwise: float) -> float:
    """Return the relative standard uncertainty (0-1) of the meter's class, whose limit is a
    published row; without a class `otherwise`.

    >>> round(meter_standard_uncertainty("1", 0.02), 5), meter_standard_uncertainty("", 0.02)
    (0.00577, 0.02)
    """
    return (
        uncertainty.meter_class_uncertainty(
            published.coefficient(meter_class_id(meter_class))
        )
        if meter_class
        else otherwise
    )


def meter_class_id(meter_class: str) -> str:
    """Return the row of coefficients.csv that holds the limit of a meter's class, "" for none.

    >>> meter_class_id("0.5S")
    'meter_class_0_5s'
    """
    return f"meter_class_{meter_class.lower().replace('.', '_')}" if meter_class else ""


def factor_shares(
    emitted: pd.DataFrame, factors: pd.DataFrame, year: int, electricity_factor_id: str
) -> pd.DataFrame:
    """Return source, factor_id, share (0-1) of the source's tonnes that come by this factor; a GWP
    is a choice and no input.

    `emitted` has all but grid electricity, which takes the factor named.
    """
    counted = emitted[(emitted["year"] == year) & (emitted["line"] == "inventory")]
    tonnes = counted.groupby(["source", "factor_id"])["t_co2e"].sum().rename("share").reset_index()
    tonnes["share"] /= (
        tonnes.groupby("source")["share"].transform("sum").where(lambda total: total > 0, 1.0)
    )
    tonnes = tonnes[tonnes["factor_id"].map(factors["basis"]) != "mass"]
    return pd.concat(
        [
            tonnes,
            pd.DataFrame({"source": [GRID], "factor_id": electricity_factor_id, "share": 1.0}),
        ],
        ignore_index=True,
    )


def model(
    sources: pd.DataFrame,
    shares: pd.DataFrame,
    load: pd.Series,
    uncertain: dict[str, float],
    uncovered_ratio: float = 1.0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return inputs and terms of the residual, as `uncertainty` takes them.

    `load` has the main meter's measured_kwh, estimated_kwh, substituted_kwh; `uncertain` is a
    relative standard uncertainty (0-1) by parameter. The meter's error, filled and estimated hours
    act on the gross load: certificates are counted and not measured, so that all of it lands on
    what they leave, at the factor of uncovered kWh (`uncovered_ratio` x the location-based one);
    hours of one kind err together. What may yet be undone of the green power counted acts on what
    it takes off. Each other source has its bills; a factor is one input for all that use it.
    """
    bills = sources[sources["source"] != GRID]
    rows = [
        (row.source, f"bill:{row.source}", uncertainty.AMOUNT, row.t_co2e, "activity_uncertainty")
        for row in bills.itertuples()
    ]
    for electricity in sources[sources["source"] == GRID].itertuples():
        parts, gross_t = load / (load.sum() or 1.0), electricity.gross_t * uncovered_ratio
        weights = {
            "meter": (gross_t, "meter_uncertainty"),
            "filled_hours": (gross_t * parts["substituted_kwh"], "gap_uncertainty"),
            "estimated_hours": (gross_t * parts["estimated_kwh"], "gap_uncertainty"),
            "green_power": (electricity.t_co2e - gross_t, "green_uncertainty"),
        }
        rows += [
            (GRID, name, uncertainty.AMOUNT, t, parameter)
            for name, (t, parameter) in weights.items()
            if t
        ]
    shared = shares[shares["source"].isin(sources["source"])]
    rows += [
        (row.source, f"factor:{row.factor_id}", uncertainty.FACTOR, row.share, "factor_uncertainty")
        for row in shared.itertuples()
    ]
    terms = pd.DataFrame(rows, columns=["source", "input", "acts", "weight", "parameter"])
    inputs = terms[["input", "parameter"]].drop_duplicates("input", ignore_index=True)
    return inputs.assign(
        relative_standard_uncertainty=inputs["parameter"].map(uncertain).astype(float)
    ), terms.drop(columns="parameter")


def contributions(
    inputs: pd.DataFrame,
    of_draws: pd.Series,
    propagated: pd.Series,
    total_u_t: float,
    factors: pd.DataFrame,
    case=None,
) -> pd.DataFrame:
    """Return the inputs ranked by their share of the variance, named: by propagation and by
    draws, and each one's own uncertainty [tCO2e].
    """
    names = [input_name(name, factors, case) for name in inputs["input"]]
    ranked = inputs.assign(
        name_zh=[zh for zh, _ in names],
        name_en=[en for _, en in names],
        variance_share=inputs["input"].map(propagated),
        variance_share_drawn=inputs["input"].map(of_draws),
    )
    return ranked.assign(uncertainty_t=total_u_t * np.sqrt(ranked["variance_share"])).sort_values(
        "variance_share", ascending=False, kind="stable"
    )


def input_name(input: str, factors: pd.DataFrame, case=None) -> list[str]:
    """Return the Chinese and English name of an input: a factor's own, the bills of a source, or
    its label.
    """
    kind, _, of = input.partition(":")
    if kind == "factor":
        names = emission_factors.named(factors.loc[[of]]).iloc[0]
        return [
            labels.label("input_factor", lang).format(name=names[f"name_{lang}"])
            for lang in labels.LANGUAGES
        ]
    return [
        labels.label(f"input_{kind}", lang).format(name=labels.label(of, lang, case))
        for lang in labels.LANGUAGES
    ]


def assumptions(ranked: pd.DataFrame, meter_class: str = "") -> pd.DataFrame:
    """Return the uncertainties that were chosen: parameter, value, share of the variance,
    status; a meter's class has a published limit.
    """
    table = (
        ranked.groupby("parameter", sort=False)
        .agg(
            relative_standard_uncertainty=("relative_standard_uncertainty", "first"),
            inputs=("input", "size"),
            variance_share=("variance_share", "sum"),
        )
        .reset_index()
    )
    published = (table["parameter"] == "meter_uncertainty") & (meter_class != "")
    return table.assign(status=np.where(published, "SINGLE", "ASSUMED"))


def sizing(
    residual_t: float,
    total_t: np.ndarray,
    retired: int,
    confidence: float,
    price: float = 0.0,
    currency: str = "",
) -> pd.DataFrame:
    """Return the purchase by confidence: name_zh, name_en, confidence, residual_t, credits,
    credits_surplus; cost, currency where there is a price.

    The first row is the point. Credits are whole, a started tonne needs one; credits_surplus =
    retired - credits. Prudence, not requirement.

    >>> sizing(2.4, np.array([1.0, 2.0, 3.0, 4.0]), 3, 0.75).credits.tolist()
    [3, 2, 3, 4, 4, 4]
    """
    levels = sorted({*LEVELS, confidence})
    tonnes = [residual_t, *(uncertainty.quantile(total_t, level) for level in levels)]
    percents = [f"{level * units.PERCENT:g} %" for level in levels]
    said = [
        ("按核算（点值）", "as accounted (the point)"),
        *((f"以 {each} 的把握足够", f"enough with {each} confidence") for each in percents),
    ]
    table = pd.DataFrame(said, columns=["name_zh", "name_en"]).assign(
        confidence=[np.nan, *levels], residual_t=tonnes
    )
    table["credits"] = [credits_needed(t) for t in tonnes]
    table["credits_surplus"] = retired - table["credits"]
    return table.assign(cost=table["credits"] * price, currency=currency) if price else table


def hierarchy(base_change: pd.DataFrame, retired: int, left: str) -> pd.DataFrame:
    """Return step, t_co2e, base_share (0-1): from the base-year inventory by reductions, the factor
    and green power to what is left, then credits.

    `base_change` is 02's table base_year; market-based. Credits count up to what is left.
    """
    total = base_change[
        (base_change["view"] == "market") & (base_change["source"] == "total")
    ].iloc[0]
    credits_t = min(float(retired), total["reporting_t"])
    steps = {
        "base_inventory": total["base_t"],
        "activity_effect": total["activity_t"],
        "factor_effect": total["factor_t"],
        "green_effect": total["green_t"],
        left: total["reporting_t"],
        "credits": -credits_t,
        "remaining": total["reporting_t"] - credits_t,
    }
    table = pd.DataFrame(
        {"step": list(steps), "t_co2e": [t + 0.0 for t in steps.values()]}
    )  # -0.0 is 0
    return table.assign(base_share=table["t_co2e"] / total["base_t"] if total["base_t"] else np.nan)


def valid_credits(
    blocks: pd.DataFrame, reporting_year: int, reversal_share: float, tighter_years: int
) -> pd.DataFrame:
    """Return what each stress would leave of each block: stress, name_zh, name_en, row, serial,
    quantity, void_share (0-1), valid.

    Badgley et al. 2022, with the ends of its interval, and a reversal beyond the buffer act on
    forest and land-use credits and on those whose serial does not tell; Probst et al. 2024 on all.
    A lost label voids credits with an additional certification; a tighter vintage those that end
    too long before the reporting year. Valid ones of a block are a share and not whole. `blocks`
    are carbon_credits.blocks.
    """
    scope = blocks["serial_scope"].astype("object").fillna("")
    forest = scope.isin(["", FOREST_SCOPE]).to_numpy(float)
    acting = {id: forest for id in STUDIES} | {
        "probst_all": np.ones(len(blocks)),
        "reversal": forest,
        "label_lost": (blocks["serial_certified"].astype("object") == "1").to_numpy(float),
        "vintage_tighter": (
            blocks["vintage_end"].dt.year < reporting_year - tighter_years
        ).to_numpy(float),
    }
    made = []
    for id, (share, *names) in stresses(reversal_share, tighter_years).items():
        void = acting[id] * share
        valid = blocks["quantity"].to_numpy() * (1 - void)
        told = {"stress": id, "name_zh": names[0], "name_en": names[1], "row": blocks.index}
        made.append(blocks[["serial", "quantity"]].assign(**told, void_share=void, valid=valid))
    return pd.concat(made, ignore_index=True)[
        ["stress", "name_zh", "name_en", "row", "serial", "quantity", "void_share", "valid"]
    ]


def stresses(reversal_share: float, tighter_years: int) -> dict[str, tuple[float, str, str]]:
    """Return, by stress, the share of the credits it acts on that is void (0-1) and its two
    names.
    """
    percent, level = (
        published.coefficient,
        published.coefficient("overcredit_badgley_level"),
    )
    found = {
        id: (
            percent(id) / units.PERCENT,
            f"若林业和土地利用类信用有 {percent(id):g} % 无效（Badgley 等 2022，加州履约机制{zh.format(level=level)}）",
            f"if {percent(id):g} % of the forest and land-use credits were void (Badgley et al. 2022, Californian compliance programme"
            f"{en.format(level=level)})",
        )
        for id, (zh, en) in STUDIES.items()
    }
    return found | {
        "probst_all": (
            1 - percent("probst_all") / units.PERCENT,
            f"若全部信用中仅 {percent('probst_all'):g} % 为真实减排（Probst 等 2024，各类项目）",
            f"if only {percent('probst_all'):g} % of all credits were real (Probst et al. 2024, projects of all types)",
        ),
        "reversal": (
            reversal_share,
            f"若缓冲池之外，林业和土地利用类信用另有 {reversal_share * units.PERCENT:g} % 逆转（假定）",
            f"if {reversal_share * units.PERCENT:g} % of the forest and land-use credits were reversed beyond the buffer (assumed)",
        ),
        "label_lost": (1.0, "若附加认证标签失效", "if additional labels were lost"),
        "vintage_tighter": (
            1.0,
            f"若减排年份须不早于前 {tighter_years} 年（假定）",
            f"if a vintage could be at most {tighter_years} years old (assumed)",
        ),
    }


def stress_table(
    needed: int,
    prudent: int,
    confidence: float,
    retired: int,
    valid: pd.DataFrame,
    reversal_share: float,
    tighter_years: int,
) -> pd.DataFrame:
    """Return kind, name_zh, name_en, credits then needed, valid ones left, missing, enough: as
    accounted, prudently, and under each stress.

    Credits void in part ask for the same ones in a larger number, needed / (1 - share); whole void
    blocks are added to what is needed, also where more is held than that. `missing` are the further
    credits to buy, of a kind that the stress leaves. Where the ledger holds none of the credits a
    stress is about, it is not applicable. Studies of other programmes: an illustration of size.
    Without credits the shares act on those still to be bought.
    """
    level = f"{confidence * units.PERCENT:g} %"
    rows = [
        ("accounted", "按核算", "as accounted", needed, retired, True),
        (
            "prudent",
            f"以 {level} 置信度足够（单侧）",
            f"enough with {level} confidence, one-sided",
            prudent,
            retired,
            True,
        ),
    ]
    for id, (share, zh, en) in stresses(reversal_share, tighter_years).items():
        of = valid[valid["stress"] == id]
        void, held = (of["void_share"] * of["quantity"]).sum(), of["quantity"].sum()
        mean = void / held if held else share
        asked = needed + int(void + 0.5) if id in WHOLE else credits_needed(needed / (1 - mean))
        rows.append(
            (
                "stress",
                zh,
                en,
                asked,
                math.floor(of["valid"].sum() + DUST_T),
                of.empty or void > 0 or share == 0 or id not in ABOUT_SOME,
            )
        )
    table = pd.DataFrame(
        rows, columns=["kind", "name_zh", "name_en", "credits", "valid", "applies"]
    ).astype({"credits": "Int64", "valid": "Int64"})
    suffice = table["credits"].where(table["kind"] == "prudent", needed)
    table["missing"] = (suffice - table["valid"]).clip(lower=0)
    table["enough"] = (
        (table["missing"] == 0).astype("object").where(table["applies"], "not_applicable")
    )
    table.loc[~table["applies"], ["credits", "valid", "missing"]] = pd.NA
    return table.drop(columns="applies")


def stress_listed(
    valid: pd.DataFrame, blocks: pd.DataFrame, most: int = BLOCKS_SHOWN
) -> pd.DataFrame:
    """Return name_zh, name_en, quantity and the valid credits under each stress as columns: by
    block, where there are many by project and vintage.
    """
    names = pd.DataFrame(
        {
            "row": blocks.index,
            "project": blocks["programme"] + " " + blocks["project_id"].astype("str"),
            "vintage": blocks["vintage_start"].dt.year,
        }
    )
    wide = valid.pivot(index="row", columns="stress", values="valid")[
        list(dict.fromkeys(valid["stress"]))
    ].reset_index()
    table = names.merge(wide, on="row").assign(quantity=blocks["quantity"].to_numpy(), blocks=1)
    sums = ["quantity", "blocks", *wide.columns[1:]]
    if len(table) <= most:
        of = [(f"第\u00a0{row.row}\u00a0行", f"row\u00a0{row.row}") for row in table.itertuples()]
    else:
        table = _pooled(
            table.groupby(["project", "vintage"], sort=False)[sums].sum().reset_index(),
            ["project", "vintage"],
            sums,
            most,
        )
        of = [(f"{n:,}\u00a0批", f"{n:,}\u00a0blocks") for n in table["blocks"]]
    told = [
        " · ".join(str(part) for part in each if part)
        for each in zip(table["project"], table["vintage"])
    ]
    table = table.assign(
        name_zh=[" · ".join(filter(None, (name or "其余", zh))) for name, (zh, _) in zip(told, of)],
        name_en=[
            " · ".join(filter(None, (name or "others", en))) for name, (_, en) in zip(told, of)
        ],
    )
    return table[["name_zh", "name_en", "quantity", *wide.columns[1:]]].rename_axis(columns=None)


def _pooled(table: pd.DataFrame, keys: list[str], sums: list[str], most: int) -> pd.DataFrame:
    """Return the largest rows and the others as one, without keys, so that there are at most
    `most`.
    """
    if len(table) <= most:
        return table
    table = table.sort_values("quantity", ascending=False, kind="stable")
    rest = table.iloc[most - 1 :][sums].sum().to_frame().T.astype(table[sums].dtypes)
    return pd.concat(
        [table.iloc[: most - 1].astype({key: "object" for key in keys}), rest], ignore_index=True
    ).fillna({key: "" for key in keys})


def credits_listed(blocks: pd.DataFrame, most: int = BLOCKS_SHOWN) -> pd.DataFrame:
    """Return the blocks as the report lists them: by serial; where there are many by project,
    vintage, beneficiary and day, or without the day, with their count.
    """
    keys = ["project_id", "project_name", "vintage_start", "beneficiary", "retired_on"]
    table = blocks[["serial", "quantity", *keys]].assign(blocks=1)
    if len(table) <= most:
        return table.drop(columns="blocks")
    keys = keys if len(table.drop_duplicates(keys)) <= most else keys[:-1]
    return _pooled(
        table.groupby(keys, dropna=False, sort=False)[["quantity", "blocks"]].sum().reset_index(),
        keys,
        ["quantity", "blocks"],
        most,
    )


def by_vintage(blocks: pd.DataFrame) -> pd.DataFrame:
    """Return vintage (year), quantity of the credit blocks, oldest first."""
    return (
        blocks.groupby(blocks["vintage_start"].dt.year.rename("vintage"))["quantity"]
        .sum()
        .reset_index()
    )


def credits_retired(credits: pd.DataFrame, year: int) -> int:
    """Return how many credits of the ledger are claimed for the year and retired.

    >>> retired_on = pd.to_datetime(pd.Series(["2026-01-05", None]))
    >>> held = pd.DataFrame({"claimed_year": 2025, "quantity": [5, 7], "retired_on": retired_on})
    >>> credits_retired(held, 2025)
    5
    """
    used = ranges.claimed(credits, year)
    return int(used["quantity"][used["retired_on"].notna()].sum())


def credits_surplus(retired: int, needed: int) -> int:
    """Return the credits retired beyond need; below zero is how many are missing.

    >>> credits_surplus(1309, 1309), credits_surplus(1300, 1309)
    (0, -9)
    """
    return retired - needed
