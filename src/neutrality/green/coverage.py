"""How much of the load a supply matches, by hour, day, month or year, and from which grid region.

Matching by the hour and from the same region is proposed in the revision of the Scope 2 Guidance.
No change has been adopted: whatever rests on hours or regions here is a preview and enters no
inventory.
"""

from __future__ import annotations

from datetime import tzinfo
from functools import partial

import numpy as np
import pandas as pd

from neutrality.ledger import certificate_periods
from neutrality.reference import grid_factors, units
from neutrality.texts.findings import Finding, in_rows, in_table

PERIODS = ("h", "D", "M", "Y")  # hour by hour, day by day, month by month, once a year
# A plant's hour may read above its nameplate by a meter's error (class 2 allows 2 %) and a short
# overload of its turbines; the margin is the authors' (0-1). A slip of units is a factor of 1000.
_ABOVE_NAMEPLATE = 0.05
_FORMS = {"D": "%Y-%m-%d", "M": "%Y-%m", "Y": "%Y"}
_WIDTHS = {"D": len("YYYY-MM-DD"), "M": len("YYYY-MM"), "Y": len("YYYY")}
_profile_rows = partial(in_rows, "certificates", "profile")


def matched(load_kwh: pd.Series, green_kwh: pd.Series, period: str) -> pd.DataFrame:
    """Return load_kwh, green_kwh, matched_kwh, surplus_kwh, uncovered_kwh [kWh], a row each period.

    A surplus never counts in another period. "h" and "D" need an hourly supply; "M" compares
    months; "Y" compares all green kWh claimed for the year with the year's load. The index is of
    times (convert to the site's zone first) or "YYYY-MM". Raises ValueError for more than a year of
    load.

    >>> load, green = pd.Series([5.0, 5.0], ["2025-01", "2025-02"]), pd.Series([9.0], ["2025-01"])
    >>> matched(load, green, "M").matched_kwh.tolist()
    [5.0, 0.0]
    >>> matched(load, green, "Y").matched_kwh.tolist()
    [9.0]
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


def region_of(province: pd.Series) -> pd.Series:
    """Return the regional grid of each province, named in English or Chinese; empty where it is
    none of the 30.

    >>> region_of(pd.Series(["Gansu", "北京", "Tibet"])).tolist()
    ['Northwest China', 'North China', '']
    """
    grids = grid_factors.regions()
    return province.map({**grids["region"], **grids.set_index("province_zh")["region"]}).fillna("")


def by_hour(blocks: pd.DataFrame, generation: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return what was generated for the blocks in each hour [kWh], a column for each value of `by`.

    Blocks have profile, kwh, period_start and period_end; generation has the site's clock as index
    and a column `<profile>_kwh` of what the plant metered. A certificate gives its period only: its
    kWh are distributed over the hours of that period in proportion to the plant's generation.

    >>> hours = pd.date_range("2025-06-01 11:00", periods=2, freq="h", tz="Asia/Shanghai")
    >>> days = [pd.Timestamp("2025-06-01"), pd.Timestamp("2025-06-30")]
    >>> block = {"period_start": days[:1], "period_end": days[1:], "profile": ["roof"]}
    >>> block |= {"kwh": [8.0], "region": ["North"]}
    >>> generation = pd.DataFrame({"roof_kwh": [3.0, 1.0]}, hours)
    >>> by_hour(pd.DataFrame(block), generation, "region").North.tolist()
    [6.0, 2.0]
    """
    keys = [by, "profile", "period_start", "period_end"]
    kwh = certificate_periods.with_periods(blocks).groupby(keys)["kwh"].sum()
    made = pd.DataFrame(index=generation.index)
    for (name, profile, start, end), claimed_kwh in kwh.items():
        metered = generation[f"{profile}_kwh"].where(_inside(generation.index, start, end))
        share = (metered / metered.sum()).fillna(0.0)
        made[name] = made.get(name, 0.0) + claimed_kwh * share
    return made


def _inside(index: pd.DatetimeIndex, start: pd.Timestamp, end: pd.Timestamp) -> np.ndarray:
    """Return which instants lie within days, the last one included, by the index's own clock."""
    clock = index.tz_localize(None)
    return (clock >= start) & (clock < end + pd.DateOffset(days=1))


def by_period(
    load_kwh: pd.Series, supply_kwh: pd.DataFrame, own_region: str, periods: tuple[str, ...]
) -> pd.DataFrame:
    """Return period, load_kwh, matched_kwh, uncovered_kwh, surplus_kwh, matched_share,
    same_region_share, deliverable_share (0 to 1), a row each period.

    The supply has a column a grid region. matched_share of the hours is the basic 24/7 score, the
    sum of min(clean, load) over the sum of load. same_region_share is the part of the matched kWh
    that the site's own region generated, each period's mix taken as one; deliverable_share is the
    part of the load that the own region's generation alone would match. Both are NaN where the
    site's region is not known.
    """
    whole = supply_kwh.sum(axis=1)
    own = supply_kwh[own_region] if own_region in supply_kwh else whole * 0.0
    made = pd.DataFrame([_period_row(load_kwh, whole, own, period) for period in periods])
    if own_region:
        return made
    return made.assign(same_region_share=float("nan"), deliverable_share=float("nan"))


def _period_row(
    load_kwh: pd.Series, supply_kwh: pd.Series, own_kwh: pd.Series, period: str
) -> dict[str, str | float]:
    """Return the row of `by_period` for one period."""
    table = matched(load_kwh, supply_kwh, period)
    own = matched(load_kwh, own_kwh, period)
    # 0 / 0, where nothing was generated, is left out
    of_own = (table["matched_kwh"] * own["green_kwh"] / table["green_kwh"]).sum()
    sums = table[["load_kwh", "matched_kwh", "uncovered_kwh", "surplus_kwh"]].sum()
    return {
        "period": period,
        **sums,
        "matched_share": sums["matched_kwh"] / sums["load_kwh"],
        "same_region_share": of_own / sums["matched_kwh"] if sums["matched_kwh"] else float("nan"),
        "deliverable_share": own["matched_kwh"].sum() / sums["load_kwh"],
    }


def uncovered_by_hour(load_kwh: pd.Series, green_kwh: pd.Series) -> pd.DataFrame:
    """Return month (1 to 12), hour (0 to 23), uncovered_kw: the mean load without green supply in
    the same hour [kW].
    """
    uncovered = matched(load_kwh, green_kwh, "h")["uncovered_kwh"]
    by = [uncovered.index.month.rename("month"), uncovered.index.hour.rename("hour")]
    return uncovered.groupby(by).mean().rename("uncovered_kw").reset_index()


def generation_findings(
    used: pd.DataFrame, generation: pd.DataFrame, max_gap_share: float
) -> list[Finding]:
    """Return claimed blocks that the table generation does not support: no such profile, nothing
    metered, hours missing, less generated than claimed, an hour above the plant's capacity_mw.

    Blocks have month, period_start, period_end, profile, kwh; generation is on the site's clock.
    Missing hours count as no generation: odd up to the share of a block's time that `max_gap_share`
    allows, else refused.
    """
    used = certificate_periods.with_periods(used)
    named = used[(used["profile"] != "") & certificate_periods.dated(used)]
    known = named["profile"].add("_kwh").isin(generation.columns)
    found = _profile_rows("profile_unknown", named[~known])
    if not known.any():
        return found
    named = _with_metered(named[known], generation)
    empty = named["metered_mwh"] == 0
    gaps = named["missing"] > max_gap_share * named["hours"]
    some = named[~empty & ~gaps & (named["missing"] != 0)].drop_duplicates(["month", "profile"])
    over = _more_than_metered(named[~empty & ~gaps], generation)
    return (
        found
        + _profile_rows("profile_empty", named[empty])
        + _profile_rows("profile_gaps", named[~empty & gaps], share=max_gap_share)
        + _profile_rows("profile_hours_missing", some)
        + _profile_rows("more_than_generated", over)
        + _above_nameplate(named, generation)
    )


def _above_nameplate(named: pd.DataFrame, generation: pd.DataFrame) -> list[Finding]:
    """Return the first block of each plant with a metered hour above the smallest capacity given
    for it, beyond the margin.
    """
    if "capacity_mw" not in named:
        return []
    plants = named.assign(capacity_mw=named.groupby("profile")["capacity_mw"].transform("min"))
    plants = plants.drop_duplicates("profile").dropna(subset=["capacity_mw"])
    metered = generation[plants["profile"] + "_kwh"]
    plants["most_mwh"] = metered.max().to_numpy() / units.KWH_PER_MWH
    plants["hour"] = [f"{at:%Y-%m-%d %H:%M}" for at in metered.fillna(0.0).idxmax()]
    over = plants["most_mwh"] > plants["capacity_mw"] * (1 + _ABOVE_NAMEPLATE)
    return _profile_rows("above_nameplate", plants[over], margin=_ABOVE_NAMEPLATE)


def _with_metered(named: pd.DataFrame, generation: pd.DataFrame) -> pd.DataFrame:
    """Return the blocks with metered_mwh of their plant and time [MWh], hours of that time and how
    many are missing.
    """
    keys = ["profile", "period_start", "period_end"]
    known = {
        key: _metered(generation, *key)
        for key in set(named[keys].itertuples(index=False, name=None))
    }
    each = [known[key] for key in named[keys].itertuples(index=False, name=None)]
    return named.assign(
        metered_mwh=[metered_mwh for metered_mwh, _, _ in each],
        hours=[hours for _, hours, _ in each],
        missing=[hours - read for _, hours, read in each],
    )


def _metered(
    generation: pd.DataFrame, profile: str, start: pd.Timestamp, end: pd.Timestamp
) -> tuple[float, int, int]:
    """Return what a plant metered from one day to another [MWh], the hours of that time, and how
    many of them were read.
    """
    inside = generation.loc[_inside(generation.index, start, end), f"{profile}_kwh"]
    mwh = inside.sum() / units.KWH_PER_MWH
    return mwh, _hours(start, end, generation.index.tz), int(inside.count())


def _more_than_metered(named: pd.DataFrame, generation: pd.DataFrame) -> pd.DataFrame:
    """Return the blocks in whose time their plant metered less than is claimed of it."""
    claimed = certificate_periods.stretches(named, named["profile"])
    keys = claimed[["plant", "period_start", "period_end"]].itertuples(index=False, name=None)
    metered_mwh = [_metered(generation, *key)[0] for key in keys]
    claimed = claimed.assign(claimed_mwh=claimed["kwh"] / units.KWH_PER_MWH)
    claimed = claimed.assign(metered_mwh=metered_mwh).drop(columns="capacity_mw")
    over = claimed[claimed["claimed_mwh"] > claimed["metered_mwh"]]
    return certificate_periods.within(named, named["profile"], over)


def _hours(start: pd.Timestamp, end: pd.Timestamp, zone: tzinfo | str | None) -> int:
    """Return the hours of days on a clock, from the first to the last.

    >>> march = pd.Timestamp("2025-03-01"), pd.Timestamp("2025-03-31")
    >>> _hours(*march, None), _hours(*march, "Europe/Berlin")
    (744, 743)
    """
    ends = pd.DatetimeIndex([start, end + pd.DateOffset(days=1)]).tz_localize(zone)
    return round((ends[1] - ends[0]) / pd.Timedelta(hours=1))


def _labels(series: pd.Series, period: str) -> pd.Index:
    """Return the period of each row: an hour, "YYYY-MM-DD", "YYYY-MM" or "YYYY", by the clock of
    the index itself.
    """
    index = series.index
    if period == "h":
        return index
    if isinstance(index, (pd.DatetimeIndex, pd.PeriodIndex)):
        return index.strftime(_FORMS[period]).rename("period")
    text = index.astype("str")
    several = text.str.contains("/", regex=False)  # of several months, none of which it is
    return text.where(several, text.str.slice(stop=_WIDTHS[period])).rename("period")


def _refuse_unmatchable(load_kwh: pd.Series, green_kwh: pd.Series, period: str) -> None:
    if period not in PERIODS:
        raise ValueError(
            f"matching period '{period}' is not known; choose one of {', '.join(PERIODS)}"
        )
    years = sorted(set(_labels(load_kwh, "Y")))
    if len(years) != 1:
        covers = f"covers {years[0]} to {years[-1]}" if years else "is empty"
        raise ValueError(f"load {covers}; match one year at a time, in the site's own time zone")
    missing = load_kwh.index.difference(green_kwh.index)
    if period in ("h", "D") and (len(missing) or not isinstance(load_kwh.index, pd.DatetimeIndex)):
        raise ValueError(
            f"hourly matching needs hourly load and an hourly supply profile: {len(missing)} of "
            f"{len(load_kwh)} hours of load have no entry in it; give the profile or match by month"
        )
    for name, series in (("load", load_kwh), ("green supply", green_kwh)):
        bad = series[~(series >= 0)]
        if len(bad):
            found = f"{name} is {bad.iloc[0]} kWh at {bad.index[0]}"
            raise ValueError(f"{found}; it is 0 or more: fill or correct it")


def by_month(counted: pd.DataFrame) -> pd.Series:
    """Return the green energy of certificates by month of generation ("YYYY-MM") [kWh]; blocks of
    several months by those ("YYYY-MM/YYYY-MM"), which match no month.

    >>> by_month(pd.DataFrame({"month": ["2025-01", "2025-01"], "kwh": [3000.0, 4000.0]})).to_dict()
    {'2025-01': 7000.0}
    """
    return counted.groupby("month")["kwh"].sum().rename("green_kwh")


def period_findings(
    counted: pd.DataFrame, load_kwh: pd.Series, matching: str, kg_per_kwh: float
) -> list[Finding]:
    """Return a finding, where months are matched, on the blocks of several months that match none:
    their MWh, and the tonnes that they would avoid if each month had its part.
    """
    long = counted[certificate_periods.long(counted)]
    if matching != "M" or long.empty:
        return []
    apart = matched(load_kwh, by_month(counted), "M")["matched_kwh"].sum()
    spread = matched(load_kwh, _spread(counted), "M")["matched_kwh"].sum()
    size = {"mwh": long["kwh"].sum() / units.KWH_PER_MWH, "rows_alike": len(long)}
    size["t_co2e"] = (spread - apart) * kg_per_kwh / units.KG_PER_T
    return in_table("certificates", "period_not_monthly", **size)


def _spread(counted: pd.DataFrame) -> pd.Series:
    """Return the green energy by month, that of longer blocks day by day alike [kWh]: for a
    picture, and for what is left out; no registry says it.
    """
    long = counted[certificate_periods.long(counted)]
    parts = [by_month(counted.drop(index=long.index))]
    for start, end, kwh in zip(long["period_start"], long["period_end"], long["kwh"], strict=True):
        days = pd.Series(1.0, pd.date_range(start, end).strftime(_FORMS["M"]))
        parts.append(kwh * days.groupby(level=0).sum() / len(days))
    whole = pd.concat(parts)
    return whole.groupby(whole.index).sum().rename("green_kwh").rename_axis("month")


def by_block(counted: pd.DataFrame) -> pd.DataFrame:
    """Return technology, province, instrument, kwh: the origin of the certificates [kWh]."""
    return counted.groupby(["technology", "province", "instrument"])["kwh"].sum().reset_index()


def by_month_and_technology(load_kwh: pd.Series, counted: pd.DataFrame) -> pd.DataFrame:
    """Return month, load_kwh and <technology>_kwh of the claimed certificates [kWh], by month of
    use and of generation.

    Certificates of a month outside the load's year are left out; blocks of several months are
    shown in each by its days.
    """
    months = {
        technology: _spread(rows) for technology, rows in counted.groupby("technology", sort=True)
    }
    wide = pd.DataFrame(months).rename_axis(index="month", columns="technology")
    green = wide.reindex(load_kwh.index).fillna(0.0).add_suffix("_kwh")
    ranked = green[green.sum().sort_values(ascending=False).index]
    return (
        pd.concat([load_kwh.rename("load_kwh"), ranked], axis=1).rename_axis("month").reset_index()
    )


def by_technology(blocks: pd.DataFrame) -> dict[str, float]:
    """Return the certificates' energy of each technology by claim id [MWh]."""
    summed = blocks.groupby("technology")["kwh"].sum() / units.KWH_PER_MWH
    return {f"green_{name}_mwh": float(mwh) for name, mwh in summed.items()}


def preview(periods: pd.DataFrame, own_region: str) -> dict[str, float]:
    """Return the shares that matching by hour and day would give, by claim id [%].

    Empty where the table of `by_period` has no hours; the shares of the site's own grid region are
    left out where it is not known.
    """
    shares = periods.set_index("period").filter(like="_share") * units.PERCENT
    if "h" not in shares.index:
        return {}
    made = {
        "matched_hourly_share": shares.at["h", "matched_share"],
        "matched_daily_share": shares.at["D", "matched_share"],
    }
    regional = ("same_region", "deliverable") if own_region else ()
    return made | {f"{name}_hourly_share": shares.at["h", f"{name}_share"] for name in regional}
