"""When the power of certificates was generated: in a month, or from one day to another.

A registry may give a block for a quarter or a year. Which of its kWh were generated in which month
it does not say. So such a block is as old as its first day, as young as its last one, and is never
matched with the load of a month (Scope 2 Guidance 2015, table 7.1, criterion 4: close to the
consumption period).
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from neutrality.reference import published, schemes, units
from neutrality.texts.findings import Finding, in_rows

# Three Gorges, 22,500 MW: no plant is larger, so none without a stated capacity generates more.
LARGEST_PLANT_MW = 22_500.0
_in_rows = partial(in_rows, "certificates")


def valid_until(months: pd.Series, scheme: str) -> pd.Series:
    """Return the last day on which certificates of each generation month ("YYYY-MM") are valid.

    Two years count from the generation month to the end of that month two years on; the older rule
    names a day. Raises ValueError for a scheme without a rule of validity.

    >>> valid_until(pd.Series(["2025-03", "2023-11"]), "GEC rules 2024").dt.date.map(str).tolist()
    ['2027-03-31', '2025-12-31']
    """
    limits = schemes.scheme_rules(scheme).query("rule == 'validity'")
    if limits.empty:
        have = ", ".join(schemes.schemes().query("rule == 'validity'")["scheme"].unique())
        raise ValueError(
            f"schemes.csv: '{scheme}' has no rule on the validity of certificates; use {have}"
        )
    until = pd.Series(pd.NaT, months.index, dtype="datetime64[ns]")
    for limit in limits.itertuples():
        ruled = (months >= limit.in_force_from) & (months <= (limit.in_force_until or months.max()))
        if limit.unit.startswith("months"):
            ends = pd.PeriodIndex(months[ruled], freq="M") + int(limit.limit)
            until[ruled] = ends.to_timestamp(how="end").normalize()
        else:
            until[ruled] = pd.Timestamp(limit.limit)
    return until


def with_periods(certificates: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with period_start and period_end, the first and last day of generation, and
    month: "2025-03", or "2025-03/2025-05" where the days are not of one month; NaT and "" where a
    row gives neither.

    >>> rows = {"month": ["2025-02", ""], "period_start": [pd.NaT, "2025-01-01"]}
    >>> rows |= {"period_end": [pd.NaT, "2025-03-31"]}
    >>> with_periods(pd.DataFrame(rows)).month.tolist()
    ['2025-02', '2025-01/2025-03']
    """
    begins, ends = (_given(certificates, name) for name in ("period_start", "period_end"))
    month = certificates["month"] if "month" in certificates else pd.Series("", certificates.index)
    whole = begins.isna() & ends.isna()
    first = pd.to_datetime(month.where(whole, ""), format="%Y-%m", errors="coerce")
    start = begins.where(~whole, first).astype("datetime64[ns]")
    end = ends.where(~whole, first + pd.offsets.MonthEnd(0)).astype("datetime64[ns]")
    from_to = start.dt.strftime("%Y-%m"), end.dt.strftime("%Y-%m")
    label = from_to[0].where(from_to[0] == from_to[1], from_to[0] + "/" + from_to[1])
    months = month.where(whole, label.fillna("")).astype("str")
    return certificates.assign(month=months, period_start=start, period_end=end)


def _given(certificates: pd.DataFrame, name: str) -> pd.Series:
    if name not in certificates:
        return pd.Series(pd.NaT, certificates.index, dtype="datetime64[ns]")
    return pd.to_datetime(certificates[name]).astype("datetime64[ns]")


def dated(certificates: pd.DataFrame) -> pd.Series:
    """Return which rows of a table `with_periods` say when their power was generated."""
    begins, ends = certificates["period_start"], certificates["period_end"]
    return begins.notna() & ends.notna() & (begins <= ends)


def long(certificates: pd.DataFrame) -> pd.Series:
    """Return which rows are of more than one month."""
    return certificates["month"].str.contains("/", regex=False)


def period_faults(certificates: pd.DataFrame) -> list[Finding]:
    """Return the rows that do not say when their power was generated, say it twice and differently,
    or the wrong way round.
    """
    whole = with_periods(certificates)
    begins, ends = whole["period_start"], whole["period_end"]
    none, half = begins.isna() & ends.isna(), begins.isna() ^ ends.isna()
    month = certificates["month"] if "month" in certificates else pd.Series("", certificates.index)
    other = dated(whole) & (month != "") & (month != whole["month"])
    other_rows = whole.assign(written=month)
    return (
        _in_rows("month", "period_missing", whole[none])
        + _in_rows("period_start", "period_half", whole[half])
        + _in_rows("period_end", "period_reversed", whole[begins > ends])
        + _in_rows("month", "period_contradicts", other_rows[other])
    )


def period_findings(used: pd.DataFrame, reporting_year: int, vintage_months: int) -> list[Finding]:
    """Return what was generated outside its window, or retired before generation or after it was
    valid, or more than a plant can generate: a block of several months is as old as its first day
    and as young as its last.
    """
    scheme = used["instrument"].map(published.table("instruments")["validity_scheme"])
    window_from = str(pd.Period(f"{reporting_year}-01", "M") - vintage_months)
    first = used["month"].str.slice(stop=len("YYYY-MM"))
    used = used.assign(valid_until=_valid_until(first, scheme), window_from=window_from)
    begun, ended = used["period_start"].dt.year, used["period_end"].dt.year
    outside = first < window_from
    older = (begun < reporting_year) & ~outside
    no_contract = used["contract"].astype("str").str.strip() == ""
    unnamed = (used["instrument"] == "green_power_trade") & no_contract
    unlimited = used[scheme == ""].drop_duplicates("instrument")
    expired = used["retired_on"] > used["valid_until"]
    early = used["retired_on"] < used["period_end"]
    return (
        _in_rows("month", "generated_after_year", used[ended > reporting_year])
        + _in_rows("month", "outside_vintage_window", used[outside])
        + _in_rows("month", "generated_before_year", used[older])
        + _in_rows("retired_on", "expired", used[expired])
        + _in_rows("retired_on", "retired_before_generation", used[early])
        + _in_rows("contract", "contract_missing", used[unnamed])
        + _in_rows("instrument", "validity_unknown", unlimited)
        + _capacity(used)
    )


def _capacity(used: pd.DataFrame) -> list[Finding]:
    """Return the blocks of plants that would have generated more in their time than the capacity
    allows in its hours.

    A plant is its profile, or else its technology, province and contract; where its rows give
    several capacities the smallest counts, where none the largest plant there is.
    """
    if "capacity_mw" not in used:
        used = used.assign(capacity_mw=float("nan"))
    named = used["profile"].astype("str").str.strip()
    other = used["technology"] + " " + used["province"] + " " + used["contract"].astype("str")
    plant = named.where(named != "", other)
    claimed = stretches(used, plant)
    days = (claimed["period_end"] - claimed["period_start"]).dt.days + 1
    capacity_mw = claimed["capacity_mw"].fillna(LARGEST_PLANT_MW)
    claimed = claimed.assign(capacity_mw=capacity_mw, most_hours=days * units.HOURS_PER_DAY)
    claimed["most_mwh"] = claimed["capacity_mw"] * claimed["most_hours"]
    claimed["plant_mwh"] = claimed["kwh"] / units.KWH_PER_MWH
    over = within(used, plant, claimed[claimed["plant_mwh"] > claimed["most_mwh"]])
    return _in_rows("quantity", "more_than_capacity", over)


def stretches(used: pd.DataFrame, plant: pd.Series) -> pd.DataFrame:
    """Return what is claimed of each plant within each stretch of time, the shortest first: plant,
    period_start, period_end, kwh, capacity_mw (the smallest).

    A stretch is the time of a block; where blocks of a plant overlap, also any from the first day
    of one to the last of another, for several of them can claim together what none does alone.
    """
    capacity = used["capacity_mw"] if "capacity_mw" in used else float("nan")
    blocks = used[["period_start", "period_end", "kwh"]].assign(plant=plant, capacity_mw=capacity)
    keys = ["plant", "period_start", "period_end"]
    own = blocks.groupby(keys, sort=True).agg(
        kwh=("kwh", "sum"), capacity_mw=("capacity_mw", "min")
    )
    own = own.reset_index()
    reach = own.groupby("plant")["period_end"].cummax().groupby(own["plant"]).shift()
    mixed = own.loc[own["period_start"] <= reach, "plant"].unique()
    apart = own[~own["plant"].isin(mixed)]
    joined = [_joined(own[own["plant"] == each]) for each in mixed]
    found = pd.concat([apart, *joined], ignore_index=True)
    return found.iloc[(found["period_end"] - found["period_start"]).argsort(kind="stable")]


def _joined(own: pd.DataFrame) -> pd.DataFrame:
    """Return the stretches of one plant from the first day of a block to the last of another."""
    rows = []
    for start in own["period_start"].unique():
        for end in own["period_end"].unique():
            inside = own[(own["period_start"] >= start) & (own["period_end"] <= end)]
            if len(inside):
                sums = inside["kwh"].sum(), inside["capacity_mw"].min()
                rows.append((inside["plant"].iloc[0], start, end, *sums))
    return pd.DataFrame(rows, columns=own.columns)


def within(used: pd.DataFrame, plant: pd.Series, over: pd.DataFrame) -> pd.DataFrame:
    """Return the blocks that lie within stretches in which too much is claimed, with the values of
    the shortest of these.
    """
    values = [name for name in over if name not in ("plant", "period_start", "period_end", "kwh")]
    found: dict[int, dict] = {}
    for stretch in over.to_dict("records"):
        inside = used[
            (plant == stretch["plant"])
            & (used["period_start"] >= stretch["period_start"])
            & (used["period_end"] <= stretch["period_end"])
        ]
        for row in inside.index:
            found.setdefault(row, {name: stretch[name] for name in values})
    rows = used.loc[sorted(found)]
    return rows.assign(**{name: [found[row][name] for row in rows.index] for name in values})


def _valid_until(months: pd.Series, scheme: pd.Series) -> pd.Series:
    """Return the last valid day of each block by its scheme, NaT where no scheme is known."""
    until = pd.Series(pd.NaT, months.index, dtype="datetime64[ns]")
    for name in scheme[scheme != ""].unique():
        until[scheme == name] = valid_until(months[scheme == name], name)
    return until
