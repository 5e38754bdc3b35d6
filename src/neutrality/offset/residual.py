"""TODO"""

from __future__ import annotations

import numpy as np
import pandas as pd

from neutrality.offset import sizing, uncertainty
from neutrality.reference import emission_factors, grid_factors, published, schemes
from neutrality.texts import labels
from neutrality.texts.findings import Finding, in_rows, in_table

GRID = grid_factors.GRID


VIEWS = {"market": "t_co2e", "location": "gross_t"}


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
        ahead.assign(before=before)[ahead["target_t"] > before + sizing.DUST_T],
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
        uncertainty.meter_class_uncertainty(published.coefficient(meter_class_id(meter_class)))
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
    """Return the uncertainties that were chosen: parameter, value, inputs, share of the variance,
    status, coefficient_id; a meter's class has a published limit, all others are ASSUMED.
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
    limit = np.where(table["parameter"] == "meter_uncertainty", meter_class_id(meter_class), "")
    return table.assign(status=np.where(limit != "", "SINGLE", "ASSUMED"), coefficient_id=limit)


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
