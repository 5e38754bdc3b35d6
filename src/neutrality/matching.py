"""Which of the load a supply meets, period by period: hour by hour, by the day, month or year; and from which grid region."""

from __future__ import annotations

import pandas as pd

PERIODS = ("h", "D", "M", "Y")  # hour by hour, day by day, month by month, once a year
_FORMS = {"D": "%Y-%m-%d", "M": "%Y-%m", "Y": "%Y"}


def matched(load_kwh: pd.Series, green_kwh: pd.Series, period: str) -> pd.DataFrame:
    """Return load_kwh, green_kwh, matched_kwh, surplus_kwh, uncovered_kwh, a row each period.

    A surplus never reaches into another period. "h" needs an hourly supply profile; "M" compares months; "Y"
    sets all green kWh claimed for the year against the year's load. The index is in time (its own clock
    counts: convert to the site's zone first) or "YYYY-MM". Raises ValueError for more than a year of load.

    >>> load, green = pd.Series([5.0, 5.0], ["2025-01", "2025-02"]), pd.Series([9.0], ["2025-01"])
    >>> matching(load, green, "M").matched_kwh.tolist(), matching(load, green, "Y").matched_kwh.tolist()
    ([5.0, 0.0], [9.0])
    """
    _refuse_unmatchable(load_kwh, green_kwh, period)
    load = load_kwh.groupby(_labels(load_kwh, period)).sum()
    green = green_kwh.groupby(_labels(green_kwh, period)).sum()
    if period == "Y":  # the year that claims counts, not the one of generation
        green = pd.Series(green_kwh.sum(), load.index)
    table = pd.DataFrame({"load_kwh": load, "green_kwh": green}).fillna(0.0).sort_index()
    return table.assign(
        matched_kwh=table.min(axis=1),
        surplus_kwh=(table["green_kwh"] - table["load_kwh"]).clip(lower=0),
        uncovered_kwh=(table["load_kwh"] - table["green_kwh"]).clip(lower=0),
    )


def _labels(series: pd.Series, period: str) -> pd.Index:
    """Return the period of each row: an hour, "YYYY-MM" or "YYYY", by the clock of the index itself."""
    index = series.index
    if period == "h":
        return index
    if isinstance(index, (pd.DatetimeIndex, pd.PeriodIndex)):
        return index.strftime("%Y-%m" if period == "M" else "%Y").rename("period")
    return index.astype("str").str.slice(stop=len("YYYY-MM" if period == "M" else "YYYY")).rename("period")


def _refuse_unmatchable(load_kwh: pd.Series, green_kwh: pd.Series, period: str) -> None:
    if period not in PERIODS:
        raise ValueError(f"matching period '{period}' is not known; choose one of {', '.join(PERIODS)}")
    years = sorted(set(_labels(load_kwh, "Y")))
    if len(years) != 1:
        covers = f"covers {years[0]} to {years[-1]}" if years else "is empty"
        raise ValueError(f"load {covers}; match one year at a time, in the site's own time zone")
    missing = load_kwh.index.difference(green_kwh.index)
    if period == "h" and (len(missing) or not isinstance(load_kwh.index, pd.DatetimeIndex)):
        raise ValueError(
            f"hourly matching needs hourly load and an hourly supply profile: {len(missing)} of "
            f"{len(load_kwh)} hours of load have no entry in it; give the profile or match by month"
        )
    for name, series in (("load", load_kwh), ("green supply", green_kwh)):
        bad = series[~(series >= 0)]
        if len(bad):
            found = f"{name} is {bad.iloc[0]} kWh at {bad.index[0]}"
            raise ValueError(f"{found}; it is 0 or more: fill or correct it")
