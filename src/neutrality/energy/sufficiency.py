"""Whether a year's readings are sufficient for a baseline.

What may not be modelled is refused; what is only unusual is a finding.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from neutrality.energy import meters
from neutrality.energy.meters import SATURDAY
from neutrality.energy.reading_checks import hour, last_reading, of_meter
from neutrality.reference import published, units
from neutrality.texts.findings import Finding, in_table

# CalTRACK flags readings more than three interquartile ranges outside the middle half. A use that
# rests for a season, or hardly varies, has ordinary hours there, so a reading is told where it is
# as far from the median of the same hour of the days around it, too.
_EXTREME_IQR = 3
_DAYS_AROUND = 7  # on either side
# Of 306 pairs of measured years of one station 74 % have hours outside the other's range, 4 % have
# more than this share of them (0-1): any two years differ in a few.
_UNSEEN_SHARE = 0.01
# The weeks compared on either side of a clock change, and the share of the squared difference (0-1)
# that may be left after a shift by an hour, at both changes.
_CLOCK_WEEKS = 6
_CLOCK_SHARE_LEFT = 0.7
_CLOCK_CHANGES = 2  # a year: in spring and in autumn


def check_base_year(
    load_base: xr.DataArray,
    outdoor_base: xr.DataArray,
    max_gap_share: float,
    outdoor_reporting: xr.DataArray | None = None,
) -> list[Finding]:
    """Return the findings about a base year's load(time, meter) [kWh] and outdoor temperature(time)
    [°C], rule by rule and meter by meter.

    A finding is: a month with under 90 % of its hours (CalTRACK 2.0 section 2.2.1.2); an extreme
    reading (CalTRACK: over three interquartile ranges from the middle half; here also from the days
    around it); a clock that does not follow the zone's changes; over 1 % of the hours of
    `outdoor_reporting` at temperatures that the base year did not have. What is odd in any year is
    found by `reading_checks`.

    Raises ValueError as `refuse_base_year` does.
    """
    coverage = refuse_base_year(load_base, outdoor_base, max_gap_share)
    found = [*_thin_months(coverage), *_extremes(load_base), *clocks(load_base)]
    if outdoor_reporting is not None:
        found += unseen_weather(outdoor_base, outdoor_reporting)
    return found


def refuse_base_year(
    load_base: xr.DataArray, outdoor_base: xr.DataArray, max_gap_share: float
) -> pd.DataFrame:
    """Return the share (0-1) of a base year's hours that have both a reading and an outdoor
    temperature, by meter (rows) and month (columns).

    Raises ValueError, with all reasons at once, for what may not be modelled: fewer than twelve
    months; more than `max_gap_share` (0-1) of the hours without reading or temperature; a month
    without any.
    """
    valid = load_base.notnull() & outdoor_base.notnull()
    coverage = valid.groupby("local_month").mean().transpose("meter", "local_month").to_pandas()
    if problems := _gap_problems(load_base, valid, coverage, max_gap_share):
        raise ValueError("\n".join(problems))
    return coverage


def refuse_gaps(load_kwh: xr.DataArray, outdoor_c: xr.DataArray, max_gap_share: float) -> None:
    """Raise ValueError for each meter of load(time, meter) [kWh], and for the outdoor temperature
    (time) [°C], that lacks more than `max_gap_share` (0-1) of the hours.
    """
    gaps = load_kwh.isnull().mean("time").to_pandas()
    problems = [
        _ended(load_kwh, meter, gap, max_gap_share)
        or f"energy: {meter}: {gap:.1%} of the hours have no reading, "
        f"{_first_gap(load_kwh.notnull(), meter)}; at most {max_gap_share:.1%} may be missing "
        "(max_gap_share): supply the hours"
        for meter, gap in gaps.items()
        if gap > max_gap_share
    ]
    cold = float(outdoor_c.isnull().mean())
    if cold > max_gap_share:
        problems.append(
            f"weather: {cold:.1%} of the hours have no outdoor temperature and no neighbour to "
            f"interpolate from; at most {max_gap_share:.1%} may be missing (max_gap_share): supply "
            "the hours in column outdoor_c"
        )
    if problems:
        raise ValueError("\n".join(problems))


def refuse_cold_days(outdoor_c: xr.DataArray, years: Iterable[int], max_gap_share: float) -> None:
    """Raise ValueError for each local year in which the outdoor temperature by day (time) [°C]
    lacks more than `max_gap_share` (0-1) of the days.
    """
    problems = []
    for year in years:
        of_year = outdoor_c[outdoor_c.local_year.values == year]
        missing = float(of_year.isnull().mean()) if of_year.size else 1.0
        if missing > max_gap_share:
            problems.append(
                f"weather: {missing:.1%} of the days of {year} have no mean outdoor temperature; "
                f"at most {max_gap_share:.1%} may be missing (max_gap_share): supply the hours in "
                "column outdoor_c"
            )
    if problems:
        raise ValueError("\n".join(problems))


def _gap_problems(
    load_base: xr.DataArray, valid: xr.DataArray, coverage: pd.DataFrame, max_gap_share: float
) -> list[str]:
    """Return why a base year's load(time, meter) has too few valid(time, meter) hours; `coverage`
    is their share by meter and month (0-1).
    """
    months = coverage.shape[1]
    if months < units.MONTHS_PER_YEAR:
        return [
            f"energy: the base year has {months} months; a baseline needs {units.MONTHS_PER_YEAR}, "
            "so that every season is in it: choose a base year with readings from January to "
            "December"
        ]
    gaps = 1 - valid.mean("time").to_pandas()
    too_many = [
        _ended(load_base, meter, gap, max_gap_share)
        or f"energy: {meter}: {gap:.1%} of the base year's hours lack a reading or an outdoor "
        f"temperature, {_first_gap(valid, meter)}; at most {max_gap_share:.1%} may "
        "(max_gap_share): fill them or change the year"
        for meter, gap in gaps.items()
        if gap > max_gap_share
    ]
    return too_many + [
        f"energy: {meter}: month {month} of the base year has no hour with both reading and "
        "outdoor temperature; supply some, or choose another base year"
        for (meter, month), share in coverage.stack().items()
        if share == 0 and gaps[meter] <= max_gap_share
    ]


def _first_gap(valid: xr.DataArray, meter: str) -> str:
    """Return a meter's column and its first hour that is not valid, in words."""
    at = int(np.argmin(valid.sel(meter=meter).values))
    return f"in column {meter}_kwh first at {hour(valid, at)} UTC"


def _ended(known: xr.DataArray, meter: str, gap: float, max_gap_share: float) -> str:
    """Return a sentence where most of a meter's gap (0-1) is that its readings end before the year
    does; else "".
    """
    last = last_reading(known, meter)
    of_meter = known.sel(meter=meter).isnull().values
    after = of_meter.size - 1 - int(np.flatnonzero(~of_meter)[-1]) if last else 0
    if after <= of_meter.sum() / 2:
        return ""
    return (
        f"energy: {meter}: the meter ends early, its last reading in column {meter}_kwh is at "
        f"{last} UTC, and {after:,} hours of the year follow; {gap:.1%} of the hours are missing "
        f"and at most {max_gap_share:.1%} may be (max_gap_share): supply the hours"
    )


def _of_hours(rule: str, hours: pd.Series, **values) -> list[Finding]:
    """Return a finding for each meter that has any hours; its sentences take `hours` too."""
    return [
        of_meter(rule, meter, hours=int(count), **values) for meter, count in hours.items() if count
    ]


def _thin_months(coverage: pd.DataFrame) -> list[Finding]:
    limit = published.coefficient("caltrack_hour_coverage") / units.PERCENT
    return [
        of_meter("month_coverage", meter, month=month, share=share, limit=limit)
        for (meter, month), share in coverage.stack().items()
        if share < limit
    ]


def _extremes(load_base: xr.DataArray) -> list[Finding]:
    low, high = (load_base.quantile(share, "time") for share in (0.25, 0.75))
    reach = _EXTREME_IQR * (high - low)
    beyond = (load_base > high + reach) | (load_base < low - reach)
    beyond &= abs(load_base - _days_around(load_base)) > reach
    hours = beyond.where(reach > 0, 0).sum("time").to_pandas()
    return _of_hours("extreme", hours, ranges=_EXTREME_IQR)


def _days_around(load_kwh: xr.DataArray) -> xr.DataArray:
    """Return the median of the same hour in the week before and the week after [kWh]."""
    hour = load_kwh.transpose("time", ...).values
    days = [day * units.HOURS_PER_DAY for day in range(1, _DAYS_AROUND + 1)]
    gap = np.full((days[-1], *hour.shape[1:]), np.nan)
    padded = np.concatenate([gap, hour, gap])
    around = [padded[days[-1] + at :][: len(hour)] for day in days for at in (-day, day)]
    medians = pd.DataFrame(np.reshape(around, (len(around), -1))).median().to_numpy()
    return load_kwh.transpose("time", ...).copy(data=medians.reshape(hour.shape))


def clocks(load_base: xr.DataArray) -> list[Finding]:
    """Return the meters whose weekday profile shifts by an hour, one way in spring and back in
    autumn, when the zone changes its clocks.

    Local profiles of the weeks before and after are compared unshifted and shifted by the change;
    the sum of squares must fall enough at both. Of measured meters misread by an hour this finds
    about half, since the others have no steep rise in the morning; it flags none of those whose
    clocks are confirmed (tests/test_sufficiency.py).
    """
    utc = pd.DatetimeIndex(load_base.time.values)
    local = utc.tz_localize("UTC").tz_convert(load_base.attrs["timezone"]).tz_localize(None)
    ahead = np.diff((local - utc) // pd.Timedelta("1h"))
    changes, near = np.flatnonzero(ahead), _CLOCK_WEEKS * units.HOURS_PER_WEEK
    if (
        len(changes) != _CLOCK_CHANGES
        or changes[0] < near
        or changes[1] + near >= load_base.sizes["time"]
    ):
        return []
    shifted = np.ones((2, load_base.sizes["meter"]), bool)  # by either sign in spring, each meter
    for at in changes:
        before = _weekday_profile(load_base[at + 1 - near : at + 1])
        after = _weekday_profile(load_base[at + 1 : at + 1 + near])
        kept, *moved = (
            ((np.roll(after, shift, axis=0) - before) ** 2).sum(axis=0)
            for shift in (0, -ahead[at], ahead[at])
        )
        shifted &= np.array(moved) < _CLOCK_SHARE_LEFT * kept
    return [of_meter("clock", meter) for meter in load_base.meter.values[shifted.any(axis=0)]]


def _weekday_profile(load_kwh: xr.DataArray) -> np.ndarray:
    """Return the mean working weekday (hour of day, meter) [kWh]."""
    worked = (load_kwh.hour_of_week.values < SATURDAY * units.HOURS_PER_DAY) & (
        load_kwh.day_off.values == 0
    )
    weekday = load_kwh.isel(time=worked)
    hour = (weekday.hour_of_week % units.HOURS_PER_DAY).rename("hour")
    return weekday.groupby(hour).mean("time").transpose("hour", "meter").values


def unseen_weather(outdoor_base: xr.DataArray, outdoor_reporting: xr.DataArray) -> list[Finding]:
    """Return a finding where the reporting year has temperatures(time) [°C], of hours or days, that
    the base year had not.
    """
    low, high = float(outdoor_base.min()), float(outdoor_base.max())
    beyond = int(((outdoor_reporting < low) | (outdoor_reporting > high)).sum())
    if beyond <= _UNSEEN_SHARE * outdoor_reporting.sizes["time"]:
        return []
    step = "hours" if meters.is_hourly(outdoor_base) else "days"
    rule = {"hours": "unseen_weather", "days": "unseen_weather_days"}[step]
    return in_table("weather", rule, **{step: beyond}, low=low, high=high)
