"""The bridge from the counterfactual to neutrality, step by step [tCO2e]."""

from __future__ import annotations

import pandas as pd

from neutrality.reference import units

_WHERE_ANY = ("uncovered_factor", "credits_unchecked")  # steps shown where they are not 0
_CLOSURE = 1e-9  # share of the counterfactual that may be lost to rounding


def in_t(kwh, claims: pd.DataFrame):
    """Return energy [kWh] in tonnes at the factor of the consuming grid [tCO2]."""
    return kwh * claims["value"]["grid_factor"] / units.KG_PER_T


def sized(findings: pd.DataFrame, claims: pd.DataFrame) -> pd.DataFrame:
    """Return findings with `t_co2e` [tCO2] where only `kwh` was known, at the consuming grid's
    factor.

    >>> claims = pd.DataFrame({"value": {"grid_factor": 0.5}})
    >>> found = pd.DataFrame({"kwh": [2000.0, None], "t_co2e": [None, 3.0]}, dtype=float)
    >>> sized(found, claims)["t_co2e"].tolist()
    [1.0, 3.0]
    """
    return findings.assign(t_co2e=findings["t_co2e"].fillna(in_t(findings["kwh"], claims)))


def savings_t(claims: pd.DataFrame, id: str = "savings_mwh") -> tuple[float, float, float, float]:
    """Return the savings in tonnes, the ends of their interval and its level [tCO2]; `id` names
    other savings than those as metered.

    `claims` is indexed by id and has value, low, high, level, in the units that the ids end with.
    """
    saved = claims.loc[id]
    value, low, high = (
        in_t(saved[end] * units.KWH_PER_MWH, claims) for end in ("value", "low", "high")
    )
    return float(value), float(low), float(high), float(saved["level"])


def adjusted_t(claims: pd.DataFrame) -> dict[str, tuple[float, float, float, float]]:
    """Return, by claim id, the savings adjusted for non-routine events in tonnes; nothing where
    notebook 01 adjusted none.
    """
    id = "savings_adjusted_mwh"
    return {"savings_adjusted_t": savings_t(claims, id)} if id in claims.index else {}


def counterfactual_t(claims: pd.DataFrame) -> float:
    """Return what the site would have emitted without its measures [tCO2e].

    Electricity is modelled, all else as it was.
    """
    value = claims["value"]
    saved_mwh = value["counterfactual_mwh"] - value["electricity_mwh"]
    return float(value["location_t"] + in_t(saved_mwh * units.KWH_PER_MWH, claims))


def gap_t(claims: pd.DataFrame) -> float:
    """Return by how much the steps do not close [tCO2e].

    It is zero where savings and inventory rest on the same load.
    """
    value = claims["value"]
    electricity_t = in_t(value["electricity_mwh"] * units.KWH_PER_MWH, claims)
    metered = electricity_t + value["other_t"]
    saved = counterfactual_t(claims) - savings_t(claims)[0] - value["location_t"]
    matched = (
        value["location_t"]
        - value["avoided_green_t"]
        + value["uncovered_factor_t"]
        - value["market_t"]
    )
    return float(max((metered - value["location_t"], saved, matched), key=abs))


def refuse_open(claims: pd.DataFrame) -> None:
    """Raise ValueError where the steps do not close to 1e-9 of the counterfactual.

    Then savings and inventory rest on different loads.
    """
    gap, whole = gap_t(claims), counterfactual_t(claims)
    if abs(gap) > _CLOSURE * abs(whole):
        raise ValueError(
            f"the bridge does not close: {gap:.6g} t between the load of the savings "
            "and the load of the inventory; "
            "run notebooks 01 to 03 again, in order, with the same parameters"
        )


def steps(claims: pd.DataFrame) -> pd.DataFrame:
    """Return step, t_co2e, total, low_t, high_t: levels (total true) and the changes between them
    [tCO2e], with the ends of the interval where the step is modelled.

    counterfactual - savings = location-based; - matched green = market-based; - credits = remaining
    emissions, 0 when neutral. Where uncovered kWh have another factor, its effect is a step of its
    own. Only credits whose serial was checked count, and up to the residual, so that no level is
    negative; those not checked are a last line that leads to no level.
    """
    value = claims["value"]
    credits_t = min(value["credits_checked"], value["market_t"])
    rows = [
        ("counterfactual", counterfactual_t(claims), True),
        ("savings", -savings_t(claims)[0], False),
        ("location", value["location_t"], True),
        ("matched_green", -value["avoided_green_t"], False),
        ("uncovered_factor", value["uncovered_factor_t"], False),
        ("market", value["market_t"], True),
        ("credits", -credits_t, False),
        ("remaining", value["market_t"] - credits_t, True),
        ("credits_unchecked", -value["credits_unchecked"], False),
    ]
    table = pd.DataFrame(rows, columns=["step", "t_co2e", "total"])
    shown = ~table["step"].isin(_WHERE_ANY) | (table["t_co2e"] != 0)
    saved_t, low_t, high_t, _ = savings_t(claims)
    ends = {
        "counterfactual": (low_t - saved_t, high_t - saved_t),
        "savings": (saved_t - high_t, saved_t - low_t),
    }
    for column, end in (("low_t", 0), ("high_t", 1)):
        table[column] = table["t_co2e"] + table["step"].map(
            {step: each[end] for step, each in ends.items()}
        )
    return table[shown].reset_index(drop=True)
