"""From stamps on a clock to intervals of time: what a stamp names, summer time, sums of hours."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

START, END, UNSURE = "start", "end", "?"  # what a stamp names: its interval's start or its end
LOCAL, STANDARD = "local", "standard"  # the site's clock, or one that is never set to summer time
HOUR, DAY = pd.Timedelta(hours=1), pd.Timedelta(days=1)
_ZERO = pd.Timedelta(0)
_LEAST_HOURS = 14 * 24  # shared with another meter, before their lag says anything
# Of hour-to-hour changes, which a shift by an hour spoils: what the right shift must reach, and by
# how much it must beat the other. Meters of one building correlate by 0.6 to 0.9, shifted by 0.2.
_LEAST_CORRELATION, _LEAST_LEAD = 0.5, 0.2


def step(at: pd.Series) -> pd.Timedelta:
    """Return the usual time between two neighbouring stamps; 0 where there are fewer than two.

    >>> step(pd.Series(pd.to_datetime(["2025-01-01 00:15", "2025-01-01 00:30"])))
    Timedelta('0 days 00:15:00')
    """
    distinct = pd.Series(at.dropna().unique()).sort_values()
    steps = distinct.diff().dropna()
    return steps.mode().iloc[0] if len(steps) else _ZERO


def rule(at: pd.Series, every: pd.Timedelta, late: bool, named: str = "") -> tuple[str, str]:
    """Return whether stamps name the start or the end of their intervals, and by what evidence;
    UNSURE where nothing tells.

    `named` is what the heading says; `late`, that 24:00 occurs. Else the day's first and last
    stamps tell: readings of whole days by the quarter of an hour go from 00:15 to 00:00 or from
    00:00 to 23:45.
    """
    if late:
        return END, "24:00 occurs, which no interval starts at"
    if named:
        return named, "the heading says so"
    first, last = at.min(), at.max()
    opens, closes = (first - first.normalize()), (last - last.normalize())
    if opens == every and closes == _ZERO:
        return END, f"the first stamp is {first:%H:%M}, the last 00:00"
    if opens == _ZERO and closes == DAY - every:
        return START, f"the first stamp is 00:00, the last {last:%H:%M}"
    return UNSURE, f"the first stamp is {first:%H:%M}, the last {last:%H:%M}"


def by_other_meters(
    if_start: pd.Series, if_end: pd.Series, others: pd.DataFrame
) -> tuple[str, str]:
    """Return the same from hourly readings of other meters of the site, which change when these do;
    the readings are given as they are if stamps name starts, and if they name ends. Meters that
    contradict each other leave it open.

    Weather does not tell: of 57 real buildings the changes of 33 go best with the temperature of
    the hour or the one before, of the others with that of 3 hours after to 7 before, and all by
    r < 0.15. Nor does a meter's usual day in another year: it was right in 95 of 100.
    """
    found: dict[str, tuple[float, str]] = {}
    for name in others:
        steps = pd.DataFrame({START: if_start, END: if_end, "other": others[name]}).diff().dropna()
        if len(steps) < _LEAST_HOURS:
            continue
        alike = steps[[START, END]].corrwith(steps["other"]).fillna(0)
        best, less = alike.idxmax(), alike.min()
        lead = alike[best] - less
        if alike[best] >= _LEAST_CORRELATION and lead >= _LEAST_LEAD:
            said = f"r = {alike[best]:.2f}, against {less:.2f} the other way"
            strongest = f"then its hours change with those of {name} ({said})"
            found[best] = max(found.get(best, (0.0, "")), (lead, strongest))
    if len(found) == 1:
        ((best, (_, why)),) = found.items()
        return best, why
    return UNSURE, "other meters contradict each other" if found else "no other meter tells"


def clock(at: pd.Series, timezone: str, ends: bool = False) -> tuple[str, str]:
    """Return which clock a meter's stamps were written by, in file order, and by what evidence.

    A clock that is set to summer time skips an hour in spring and has one twice in autumn. `ends`
    says that stamps name ends: the skipped hour's first instant ends the hour before it.
    """
    stamps = at.dropna()
    unreal, doubled = _unreal(stamps, timezone, ends), _doubled(stamps, timezone)
    twice = stamps[doubled].duplicated().any()
    if unreal.any() and twice:
        where = stamps[unreal].iloc[0]
        return UNSURE, f"{where:%Y-%m-%d %H:%M} does not exist in {timezone}, yet an hour is twice"
    if unreal.any():
        where = stamps[unreal].iloc[0]
        return STANDARD, f"{where:%Y-%m-%d %H:%M} is there, which summer time skips"
    if doubled.any() and not twice and not _has_spring(stamps, timezone):
        where = stamps[doubled].iloc[0]
        return UNSURE, f"{where:%Y-%m-%d %H:%M} comes twice in {timezone} and is there once"
    return LOCAL, "the hour that summer time skips is skipped" if doubled.any() else ""


def _unreal(at: pd.Series, timezone: str, ends: bool) -> pd.Series:
    """Return which times the clock skips."""
    first = np.ones(len(at), bool)
    real = at.dt.tz_localize(ZoneInfo(timezone), ambiguous=first, nonexistent="NaT").notna()
    if ends:
        before = at - pd.Timedelta(seconds=1)
        local = before.dt.tz_localize(ZoneInfo(timezone), ambiguous=first, nonexistent="NaT")
        real |= local.notna()
    return ~real


def _doubled(at: pd.Series, timezone: str) -> pd.Series:
    """Return which times the clock has twice."""
    return at.dt.tz_localize(
        ZoneInfo(timezone), ambiguous="NaT", nonexistent="shift_forward"
    ).isna()


def _has_spring(at: pd.Series, timezone: str) -> bool:
    """Return whether the stamps go over a night in which the clock skips an hour."""
    hours = pd.Series(pd.date_range(at.min().floor("h"), at.max(), freq="h"))
    return bool(_unreal(hours, timezone, False).any())


def to_utc(at: pd.Series, timezone: str, by: str = LOCAL) -> pd.Series:
    """Return stamps of one meter as instants, by the site's clock or its standard time.

    Of a time that comes twice the first is summer time, the second not; one that is there once is
    taken for the first.

    >>> autumn = pd.Series(pd.to_datetime(["2025-10-26 02:00", "2025-10-26 02:00"]))
    >>> to_utc(autumn, "Europe/Berlin").dt.strftime("%H:%M").tolist()
    ['00:00', '01:00']
    """
    zone = ZoneInfo(timezone)
    if by == STANDARD:
        year = at.min().year if at.notna().any() else 2000
        offsets = [pd.Timestamp(year, month, 1, tz=zone).utcoffset() for month in (1, 7)]
        return (at - min(offsets)).dt.tz_localize("UTC")
    summer = (at.groupby(at).cumcount() == 0).to_numpy()
    return at.dt.tz_localize(zone, ambiguous=summer, nonexistent="shift_forward").dt.tz_convert(
        "UTC"
    )


def hours(readings: pd.DataFrame, every: pd.Timedelta, timezone: str) -> pd.DataFrame:
    """Return the sums of readings by the hour [unit of the readings], indexed by the hour's start
    in UTC; `estimated` where a part is, NaN where a part is missing.

    `readings` have start (UTC), amount and estimated; `every` divides an hour. Hours start on the
    hour of the site's clock (India's are half an hour off UTC).
    """
    offset = readings["start"].dt.tz_convert(ZoneInfo(timezone)).map(lambda at: at.utcoffset())
    shift = offset % HOUR if len(readings) else offset
    of_hour = readings.groupby((readings["start"] + shift).dt.floor("h") - shift)
    parts = round(HOUR / every)
    whole = of_hour["amount"].count() == parts
    summed = of_hour["amount"].sum().where(whole)
    return pd.DataFrame({"amount": summed, "estimated": of_hour["estimated"].any()})
