"""How well the amounts behind an inventory are known, by share of its tonnes.

No published scale was found that asks for no judgement; this one is read off the tables: an amount
was read from a meter, is on a bill or in a log that is named, was filled in from other readings, or
was written down without a document.
"""

import pandas as pd

RATINGS = ("measured", "billed", "estimated", "assumed")  # best first


def data_quality(
    inventory: pd.DataFrame,
    emitted: pd.DataFrame,
    readings: pd.DataFrame,
    monthly: pd.DataFrame,
    activities: pd.DataFrame,
    year: int,
) -> pd.DataFrame:
    """Return the year's location-based tonnes by source and rating, with share and evidence.

    The rating is of the amount, not of the factor. Electricity goes by how the main meter was read
    (`readings`, and `monthly` as 01 leaves it: by hours, days or bills), the rest by whether its
    row names a document. The tonnes add up to the inventory.
    """
    power = inventory.query(
        "year == @year and view == 'location' and line == 'inventory' "
        "and source == 'grid_electricity'"
    )["t_co2e"].sum()
    rated = pd.concat(
        [_electricity(power, readings, monthly, year), _others(emitted, activities, year)]
    )
    kept = rated[rated["t_co2e"] != 0]
    order = pd.Categorical(kept["rating"], RATINGS, ordered=True)
    kept = kept.assign(share=kept["t_co2e"] / kept["t_co2e"].sum(), order=order)
    size = kept.groupby("source")["t_co2e"].transform("sum")
    ranked = kept.assign(size=size).sort_values(
        ["size", "source", "order"], ascending=[False, True, True], kind="stable"
    )
    return ranked[["source", "rating", "t_co2e", "share", "evidence"]].reset_index(drop=True)


def _electricity(
    t_co2e: float, readings: pd.DataFrame, monthly: pd.DataFrame, year: int
) -> pd.DataFrame:
    """Return the tonnes of grid electricity by rating: of what was read, and of what was filled."""
    main = readings.query("meter == 'main' and year == @year").iloc[0]
    billed = (monthly.loc[monthly["year"] == year, "how"] == "bills").any()
    kwh = {
        "billed" if billed else "measured": main["measured_kwh"],
        "estimated": main["estimated_kwh"] + main["substituted_kwh"],
    }
    total = sum(kwh.values()) or 1.0
    return pd.DataFrame(
        {
            "source": "grid_electricity",
            "rating": list(kwh),
            "t_co2e": [t_co2e * each / total for each in kwh.values()],
            "evidence": "",
        }
    )


def _others(emitted: pd.DataFrame, activities: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the tonnes of the other sources by rating and evidence."""
    keys = ["month", "source", "factor_id", "amount"]
    counted = emitted.query("year == @year and line == 'inventory'")
    if counted.empty:  # then its columns have no types to join on
        return pd.DataFrame(columns=["source", "rating", "t_co2e", "evidence"])
    named = activities.reindex(columns=[*keys, "evidence"]).drop_duplicates(keys)
    joined = counted.merge(named, on=keys, how="left", validate="m:1")
    joined["evidence"] = joined["evidence"].astype("object").fillna("")
    joined["rating"] = joined["evidence"].ne("").map({True: "billed", False: "assumed"})
    return joined.groupby(["source", "rating"], as_index=False).agg(
        t_co2e=("t_co2e", "sum"), evidence=("evidence", _listed)
    )


def _listed(evidence: pd.Series, most: int = 3) -> str:
    """Return the first few documents, each once.

    >>> _listed(pd.Series(["heat bill", "heat bill", ""]))
    'heat bill'
    """
    found = [each for each in dict.fromkeys(evidence) if each]
    return "; ".join(found[:most]) + ("; ..." if len(found) > most else "")
