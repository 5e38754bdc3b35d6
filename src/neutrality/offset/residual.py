"""The residual: what is to be offset, by source, and the inputs that make it uncertain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from neutrality.offset import sizing, uncertainty
from neutrality.reference import emission_factors, grid_factors, published, schemes
from neutrality.texts import labels
from neutrality.texts.findings import Finding, in_rows, in_table

_TONNES_OF_VIEW = {"market": "t_co2e", "location": "gross_t"}


def residual_sources(inventory: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return source, t_co2e and gross_t of the year's market-based inventory [tCO2e], largest
    first: what is to be offset.

    gross_t is the source in the location-based view: for electricity the whole load. An error of
    the meter acts on it, since certificates are counted and not measured.
    """
    counted = inventory.query("year == @year and line == 'inventory'")
    views = counted.pivot_table(index="source", columns="view", values="t_co2e", aggfunc="sum")
    tonnes = views.rename(columns=_TONNES_OF_VIEW)[["t_co2e", "gross_t"]]
    largest_first = tonnes.sort_values("t_co2e", ascending=False)
    return largest_first.rename_axis(columns=None).reset_index()


def residual_term(scheme: str, plan: pd.DataFrame, reporting_year: int) -> str:
    """Return the term under which the scheme allows the remaining emissions to be reported:
    "residual", or "unabated" where it asks for a dated plan and there is none.

    >>> iso, plan = "ISO 14068-1:2023", pd.DataFrame({"year": [2030]})
    >>> residual_term(iso, plan, 2025), residual_term(iso, plan[:0], 2025)
    ('residual', 'unabated')
    """
    needs_plan = "residual_needs_plan" in schemes.scheme_rules(scheme)["rule"].to_list()
    return "unabated" if needs_plan and not (plan["year"] > reporting_year).any() else "residual"


def plan_findings(plan: pd.DataFrame, reporting_year: int, residual_t: float) -> list[Finding]:
    """Return what is odd about the plan: no target after the reporting year, or a target above the
    residual [tCO2e] or above an earlier target.
    """
    ahead = plan[plan["year"] > reporting_year].sort_values("year")
    if len(plan) and ahead.empty:
        return in_table("plan", "plan_past", reporting_year=reporting_year)
    ahead = ahead.assign(before=ahead["target_t"].shift(fill_value=residual_t).cummin())
    rising = ahead[ahead["target_t"] > ahead["before"] + sizing.TOLERANCE_T]
    return in_rows("plan", "target_t", "plan_rises", rising)


def hierarchy(
    base_change: pd.DataFrame, checked: int, term: str, unchecked: int = 0
) -> pd.DataFrame:
    """Return step, t_co2e, base_share (0-1): from the market-based inventory of the base year by
    activity, factors and green power to the residual, and by credits to what remains.

    `base_change` is notebook 02's table base_year, `term` that of `residual_term`. Credits whose
    serial was checked count up to the residual; those not checked are a last line, after what
    remains.
    """
    is_total = (base_change["view"] == "market") & (base_change["source"] == "total")
    total = base_change[is_total].iloc[0]
    credits_t = min(float(checked), total["reporting_t"])
    steps = {
        "base_inventory": total["base_t"],
        "activity_effect": total["activity_t"],
        "factor_effect": total["factor_t"],
        "green_effect": total["green_t"],
        term: total["reporting_t"],
        "credits": -credits_t,
        "remaining": total["reporting_t"] - credits_t,
    }
    steps |= {"credits_unchecked": -float(unchecked)} if unchecked else {}
    without_minus_zero = [t + 0.0 for t in steps.values()]
    table = pd.DataFrame({"step": list(steps), "t_co2e": without_minus_zero})
    return table.assign(base_share=table["t_co2e"] / total["base_t"] if total["base_t"] else np.nan)


def meter_standard_uncertainty(meter_class: str, otherwise: float) -> float:
    """Return the relative standard uncertainty (0-1) of a meter from the published limit of its
    class, or `otherwise` where no class is given.

    >>> round(meter_standard_uncertainty("1", 0.02), 5), meter_standard_uncertainty("", 0.02)
    (0.00577, 0.02)
    """
    if not meter_class:
        return otherwise
    return uncertainty.meter_class_uncertainty(published.coefficient(meter_class_id(meter_class)))


def meter_class_id(meter_class: str) -> str:
    """Return the row of coefficients.csv with the limit of a meter's class; "" without a class.

    >>> meter_class_id("0.5S")
    'meter_class_0_5s'
    """
    return f"meter_class_{meter_class.lower().replace('.', '_')}" if meter_class else ""


def factor_shares(
    emitted: pd.DataFrame, factors: pd.DataFrame, year: int, electricity_factor_id: str
) -> pd.DataFrame:
    """Return source, factor_id, share (0-1) of the source's tonnes computed with this factor.

    `emitted` holds all sources but grid electricity, which takes the factor named. A GWP is a
    choice and no uncertain input: it is left out.
    """
    counted = emitted[(emitted["year"] == year) & (emitted["line"] == "inventory")]
    shares = counted.groupby(["source", "factor_id"])["t_co2e"].sum().rename("share").reset_index()
    source_t = shares.groupby("source")["share"].transform("sum")
    shares["share"] /= source_t.where(source_t > 0, 1.0)
    shares = shares[shares["factor_id"].map(factors["basis"]) != "mass"]
    electricity = pd.DataFrame(
        {"source": [grid_factors.GRID], "factor_id": electricity_factor_id, "share": 1.0}
    )
    return pd.concat([shares, electricity], ignore_index=True)


def uncertainty_inputs(
    sources: pd.DataFrame,
    shares: pd.DataFrame,
    load: pd.Series,
    uncertain: dict[str, float],
    uncovered_ratio: float = 1.0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the inputs and terms of the residual, as `uncertainty` takes them.

    `load` has the main meter's measured_kwh, estimated_kwh and substituted_kwh; `uncertain` has a
    relative standard uncertainty (0-1) by parameter. Each source but electricity has its bills as
    an input; a factor is one input for all sources that use it. Errors of the meter, and of
    estimated and filled hours, act on the gross load, at the factor of uncovered kWh
    (`uncovered_ratio` x the location-based one): certificates are counted and not measured, so that
    the whole error remains in the residual. Hours of one kind err together. Green power that may be
    cancelled later acts on the tonnes that it avoids.
    """
    is_electricity = sources["source"] == grid_factors.GRID
    rows = [
        (row.source, f"bill:{row.source}", uncertainty.AMOUNT, row.t_co2e, "activity_uncertainty")
        for row in sources[~is_electricity].itertuples()
    ]
    for electricity in sources[is_electricity].itertuples():
        rows += _electricity_terms(
            electricity.t_co2e, electricity.gross_t * uncovered_ratio, load / (load.sum() or 1.0)
        )
    rows += [
        (row.source, f"factor:{row.factor_id}", uncertainty.FACTOR, row.share, "factor_uncertainty")
        for row in shares[shares["source"].isin(sources["source"])].itertuples()
    ]
    terms = pd.DataFrame(rows, columns=["source", "input", "acts", "weight", "parameter"])
    inputs = terms[["input", "parameter"]].drop_duplicates("input", ignore_index=True)
    value = inputs["parameter"].map(uncertain).astype(float)
    return inputs.assign(relative_standard_uncertainty=value), terms.drop(columns="parameter")


def _electricity_terms(t_co2e: float, gross_t: float, load_shares: pd.Series) -> list[tuple]:
    """Return the terms of grid electricity with the parameter of each; those of no weight are left
    out.
    """
    terms = (
        ("meter", gross_t, "meter_uncertainty"),
        ("filled_hours", gross_t * load_shares["substituted_kwh"], "gap_uncertainty"),
        ("estimated_hours", gross_t * load_shares["estimated_kwh"], "gap_uncertainty"),
        ("green_power", t_co2e - gross_t, "green_uncertainty"),
    )
    return [
        (grid_factors.GRID, name, uncertainty.AMOUNT, weight_t, parameter)
        for name, weight_t, parameter in terms
        if weight_t
    ]


def contributions(
    inputs: pd.DataFrame,
    drawn_shares: pd.Series,
    propagated_shares: pd.Series,
    standard_uncertainty_t: float,
    factors: pd.DataFrame,
    case: Path | None = None,
) -> pd.DataFrame:
    """Return the inputs with name_zh and name_en, ranked by their share of the variance (0-1): by
    propagation and by draws, and the uncertainty from each [tCO2e].
    """
    names = [_input_names(name, factors, case) for name in inputs["input"]]
    ranked = inputs.assign(
        name_zh=[zh for zh, _ in names],
        name_en=[en for _, en in names],
        variance_share=inputs["input"].map(propagated_shares),
        variance_share_drawn=inputs["input"].map(drawn_shares),
    )
    ranked["uncertainty_t"] = standard_uncertainty_t * np.sqrt(ranked["variance_share"])
    return ranked.sort_values("variance_share", ascending=False, kind="stable")


def _input_names(input: str, factors: pd.DataFrame, case: Path | None) -> list[str]:
    """Return the Chinese and English name of an input: a factor, the bills of a source, or
    another.
    """
    kind, _, id = input.partition(":")
    if kind == "factor":
        row = emission_factors.named(factors.loc[[id]]).iloc[0]
        names = {lang: row[f"name_{lang}"] for lang in labels.LANGUAGES}
    else:
        names = {lang: labels.label(id, lang, case) for lang in labels.LANGUAGES}
    return [labels.label(f"input_{kind}", lang).format(name=name) for lang, name in names.items()]


def assumptions(ranked: pd.DataFrame, meter_class: str = "") -> pd.DataFrame:
    """Return parameter, relative_standard_uncertainty, inputs (their number), variance_share (0-1),
    status and coefficient_id of each uncertainty; all are assumed but that of a meter's class,
    which has a published limit.
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
    limit_id = np.where(table["parameter"] == "meter_uncertainty", meter_class_id(meter_class), "")
    status = np.where(limit_id != "", "SINGLE", "ASSUMED")
    return table.assign(status=status, coefficient_id=limit_id)
