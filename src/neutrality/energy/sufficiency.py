"""Whether a year's readings are sufficient for a baseline.

What may not be modelled is refused; what is only unusual is a finding.
"""

import numpy as np
import pandas as pd
import xarray as xr

from neutrality.energy.meters import SATURDAY
from neutrality.reference import published, units
from neutrality.texts import labels
from neutrality.texts.findings import Finding, in_table

# CalTRACK flags readings more than three interquartile ranges outside the middle half.
_EXTREME_IQR = 3
# A column that never falls, and rises in this share of its hours (0-1), holds a meter's register:
# no load rises for a year.
_RISING_SHARE = 0.25
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
    whole: str = "main",
    stuck_hours: int = 24,
    reset_days: float = 1.0,
) -> list[Finding]:
    """Return the findings about a base year's load(time, meter) [kWh] and outdoor temperature(time)
    [°C], rule by rule and meter by meter.

    A finding is: a month with under 90 % of its hours (CalTRACK 2.0 section 2.2.1.2); an extreme
    reading (CalTRACK: over three interquartile ranges from the middle half); 0 on the meter `whole`
    (CalTRACK treats it as missing); `stuck_hours` or more with one unchanging reading; an hour with
    more energy than `reset_days` mean days; a clock that does not follow the zone's changes; end
    uses above the whole; temperatures in `outdoor_reporting` that the base year did not have.

    Raises ValueError, with all reasons at once, for what may not be modelled: fewer than twelve
    months; more than `max_gap_share` (0-1) of the hours without reading or temperature; a month
    without any; a meter's register in place of the energy of each hour.
    """
    valid = load_base.notnull() & outdoor_base.notnull()
    coverage = valid.groupby("local_month").mean().transpose("meter", "local_month").to_pandas()
    problems = _gap_problems(valid, coverage, max_gap_share) + _register_problems(load_base)
    if problems:
        raise ValueError("\n".join(problems))
    found = [
        *_thin_months(coverage),
        *_extremes(load_base),
        *_zeros(load_base, whole),
        *_stuck(load_base, stuck_hours),
        *_resets(load_base, reset_days),
        *_clocks(load_base),
        *_parts_above(load_base, whole),
    ]
    if outdoor_reporting is not None:
        found += _unseen_weather(outdoor_base, outdoor_reporting)
    return found


def refuse_gaps(load_kwh: xr.DataArray, outdoor_c: xr.DataArray, max_gap_share: float) -> None:
    """Raise ValueError for each meter of load(time, meter) [kWh], and for the outdoor temperature
    (time) [°C], that lacks more than `max_gap_share` (0-1) of the hours.
    """
    gaps = load_kwh.isnull().mean("time").to_pandas()
    problems = [
        f"energy: {meter}: {gap:.1%} of the hours have no reading, "
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


def _gap_problems(valid: xr.DataArray, coverage: pd.DataFrame, max_gap_share: float) -> list[str]:
    """Return why a base year has too few valid(time, meter) hours; `coverage` is their share by
    meter and month (0-1).
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
        f"energy: {meter}: {gap:.1%} of the base year's hours lack a reading or an outdoor "
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


def _register_problems(load_base: xr.DataArray) -> list[str]:
    problems = []
    for meter in load_base.meter.values:
        step = np.diff(load_base.sel(meter=meter).dropna("time").values)
        if len(step) and step.min() >= 0 and (step > 0).mean() > _RISING_SHARE:
            problems.append(
                f"energy: {meter}: in column {meter}_kwh the readings only rise over the base "
                "year, as a meter's register does; give the energy of each hour, the difference "
                "of two readings"
            )
    return problems


def _first_gap(valid: xr.DataArray, meter: str) -> str:
    """Return a meter's column and its first hour that is not valid, in words."""
    at = int(np.argmin(valid.sel(meter=meter).values))
    return f"in column {meter}_kwh first at {_hour(valid, at)} UTC"


def _hour(array: xr.DataArray, at: int) -> str:
    """Return the hour at a position of an array's time, as text."""
    return str(array.time.values[at].astype("datetime64[m]"))


def _of_meter(rule: str, meter: str, **values) -> Finding:
    """Return a finding about one meter of the table energy; its sentences take `values`."""
    names = {f"name_{lang}": labels.label(str(meter), lang) for lang in labels.LANGUAGES}
    (finding,) = in_table("energy", rule, **names, **values)
    return finding


def _of_hours(rule: str, hours: pd.Series, **values) -> list[Finding]:
    """Return a finding for each meter that has any hours; its sentences take `hours` too."""
    return [
        _of_meter(rule, meter, hours=int(count), **values)
        for meter, count in hours.items()
        if count
    ]


def _thin_months(coverage: pd.DataFrame) -> list[Finding]:
    limit = published.coefficient("caltrack_hour_coverage") / units.PERCENT
    return [
        _of_meter("month_coverage", meter, month=month, share=share, limit=limit)
        for (meter, month), share in coverage.stack().items()
        if share < limit
    ]


def _extremes(load_base: xr.DataArray) -> list[Finding]:
    low, high = (load_base.quantile(share, "time") for share in (0.25, 0.75))
    reach = _EXTREME_IQR * (high - low)
    beyond = (load_base > high + reach) | (load_base < low - reach)
    hours = beyond.where(reach > 0, 0).sum("time").to_pandas()
    return _of_hours("extreme", hours, ranges=_EXTREME_IQR)


def _zeros(load_base: xr.DataArray, whole: str) -> list[Finding]:
    of_whole = load_base.sel(meter=load_base.meter == whole)
    return _of_hours("zero_reading", (of_whole == 0).sum("time").to_pandas())


def _stuck(load_base: xr.DataArray, stuck_hours: int) -> list[Finding]:
    """Return the meters that repeat one reading above zero, as a hanging meter or data logger does.

    A load of few values has short runs only.
    """
    found = []
    for meter in load_base.meter.values:
        values = load_base.sel(meter=meter).values
        # NaN differs from itself: each begins a run of its own
        first = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
        length = np.diff(np.append(first, len(values)))
        stuck = (length >= stuck_hours) & (values[first] > 0)
        if stuck.any():
            start = _hour(load_base, first[stuck][length[stuck].argmax()])
            hours = int(length[stuck].sum())
            found.append(_of_meter("stuck", meter, hours=hours, least=stuck_hours, start=start))
    return found


def _resets(load_base: xr.DataArray, reset_days: float) -> list[Finding]:
    limit = reset_days * units.HOURS_PER_DAY * load_base.mean("time")
    hours = (load_base > limit).sum("time").to_pandas()
    highest = load_base.fillna(0).argmax("time").to_pandas()
    return [
        _of_meter(
            "reset",
            meter,
            hours=int(count),
            days=reset_days,
            largest=_hour(load_base, highest[meter]),
        )
        for meter, count in hours.items()
        if count
    ]


def _clocks(load_base: xr.DataArray) -> list[Finding]:
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
    return [_of_meter("clock", meter) for meter in load_base.meter.values[shifted.any(axis=0)]]


def _weekday_profile(load_kwh: xr.DataArray) -> np.ndarray:
    """Return the mean working weekday (hour of day, meter) [kWh]."""
    worked = (load_kwh.hour_of_week.values < SATURDAY * units.HOURS_PER_DAY) & (
        load_kwh.day_off.values == 0
    )
    weekday = load_kwh.isel(time=worked)
    hour = (weekday.hour_of_week % units.HOURS_PER_DAY).rename("hour")
    return weekday.groupby(hour).mean("time").transpose("hour", "meter").values


def _parts_above(load_base: xr.DataArray, whole: str) -> list[Finding]:
    """Return the end uses above the whole meter, by the hour and together over the year."""
    if whole not in load_base.meter or load_base.sizes["meter"] < 2:
        return []
    both = load_base.dropna("time")
    parts, total = both.drop_sel(meter=whole), both.sel(meter=whole)
    found = _of_hours("part_above_whole", (parts > total).sum("time").to_pandas())
    parts_mwh, whole_mwh = (float(each.sum()) / units.KWH_PER_MWH for each in (parts, total))
    if parts_mwh > whole_mwh:
        found += in_table("energy", "parts_above_whole", parts_mwh=parts_mwh, whole_mwh=whole_mwh)
    return found


def _unseen_weather(outdoor_base: xr.DataArray, outdoor_reporting: xr.DataArray) -> list[Finding]:
    low, high = float(outdoor_base.min()), float(outdoor_base.max())
    hours = int(((outdoor_reporting < low) | (outdoor_reporting > high)).sum())
    if not hours:
        return []
    return in_table("weather", "unseen_weather", hours=hours, low=low, high=high)
