"""Whether the readings of a year can be what the meters read, in base and reporting year alike.

What no meter can read is refused; what is odd is a finding with the electricity in question, and so
is a change on the base year that neither the weather nor the calendar explains.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from neutrality.energy import bands, meters, savings
from neutrality.reference import published, units
from neutrality.texts import labels
from neutrality.texts.findings import Finding, in_table

# The largest power station, Three Gorges, has 22.5 GW: no site uses more in an hour [kWh].
_LARGEST_PLANT_KWH = 22.5e6
# A main meter whose hour holds more than a month of median hours was misread. Of 57 measured
# buildings none has an hour above 24 of them.
_MONTH_HOURS = 730
# A register rises in at least a quarter of its hours and falls only where it is reset, here at most
# monthly. Measured loads fall in at least a quarter of their hours.
_RISING_SHARE = 0.25
_MOST_RESETS = units.MONTHS_PER_YEAR
# Readings that end, or begin, a day or more from the turn of the year are told apart from gaps.
_END_HOURS = units.HOURS_PER_DAY
# A day of so many different readings that repeats another day exactly was copied; a flat load, or
# one of a coarse meter, may repeat by itself.
_COPIED_VALUES = 12
# What working days use above Sundays and days off has its middle by day. Of 114 measured years 112
# have it from 7 to 19 o'clock; where it is spread over the day, or small, it says nothing.
_WORK_HOURS = (7, 19)
_LEAST_FOCUS, _LEAST_SURPLUS = 0.5, 0.1
# Filled gaps of which the model expects more, or less, than this share of the year's energy (0-1).
_FILLED_SHARE = 0.001
# A change is told beyond the interval in which 99 of 100 buildings without project stay, as is a
# part of the year beyond that of all parts together (Bonferroni).
_CHANGE_LEVEL = 0.99
# A slip of units (kWh as MWh) is a factor of 1000, of the comma 10; no weather changes a year so.
_JUMP = 10.0
_NEAR_JUMP = 9.0  # what is less apart needs no second look
# Defaults of the limits that a case may choose.
STUCK_HOURS, RESET_DAYS = 24, 1.0
# A saving of less than this share of the year (0-1) is not told.
_LEAST_SAVING = 0.01


def problems(load_kwh: xr.DataArray, years: Iterable[int], whole: str = "main") -> list[str]:
    """Return a sentence for each meter of load_kwh(time, meter) [kWh], in each of the local
    `years`, that holds a register in place of the energy of each hour, or an hour beyond reason:
    more than the largest power station gives, on the meter `whole` more than a month of median
    hours.
    """
    found = []
    years = list(years)
    for year in years:
        of_year = _of_year(load_kwh, year)
        for meter in of_year.meter.values:
            readings = of_year.sel(meter=meter).dropna("time")
            found += _register(readings, meter, year) + _beyond(readings, meter, year, whole)
    return found or _jump(load_kwh.sel(meter=whole), years, whole)


def _jump(load_kwh: xr.DataArray, years: Iterable[int], whole: str) -> list[str]:
    """Return a sentence where the mean hour of the meter `whole` changed tenfold between the first
    and the last of the years, as where one is in MWh.
    """
    first, last = min(years), max(years)
    then, now = (float(_of_year(load_kwh, year).mean()) for year in (first, last))
    if not (then > 0 and now > 0) or 1 / _JUMP < now / then < _JUMP:
        return []
    return [
        f"energy: {whole}: in column {whole}_kwh the mean hour is {then:,.4g} kWh in {first} and "
        f"{now:,.4g} kWh in {last}, tenfold or more apart; give both years in kWh, or choose "
        "another base year"
    ]


def refuse(load_kwh: xr.DataArray, years: Iterable[int], whole: str = "main") -> None:
    """Raise ValueError with all `problems`, if there are any."""
    if found := problems(load_kwh, years, whole):
        raise ValueError("\n".join(found))


def suspects(load_kwh: xr.DataArray, years: Iterable[int]) -> np.ndarray:
    """Return which meters of load_kwh(time, meter) [kWh] may have `problems` in the local `years`,
    each as the whole of its own site (meter); no meter that has any is missing, and few that have
    none are in it. For very many meters, whose `problems` would take longer than their models.
    """
    found, means = np.zeros(load_kwh.sizes["meter"], bool), []
    for year in years:
        kwh = meters.of_year(load_kwh, year).transpose("time", "meter").values
        falls = meters.count(kwh[1:] < kwh[:-1])
        known, most = meters.count(np.isfinite(kwh)), np.fmax.reduce(kwh, axis=0)
        # over half of the readings at a month's part of the largest: so is their median
        usual = meters.count(_MONTH_HOURS * kwh >= most) > known / 2
        found |= (falls <= _MOST_RESETS) | (most > _LARGEST_PLANT_KWH) | ~usual
        sum_kwh = kwh.sum(axis=0) if (known == len(kwh)).all() else np.nansum(kwh, axis=0)
        means.append(sum_kwh / np.maximum(known, 1))
    near = (means[-1] * _NEAR_JUMP > means[0]) & (means[0] * _NEAR_JUMP > means[-1])
    return found | ~near


def stuck_hours(
    load_kwh: xr.DataArray, years: Iterable[int], stuck_hours: int = STUCK_HOURS
) -> np.ndarray:
    """Return the hours of each meter of load_kwh(time, meter) [kWh] that `check` finds stuck
    (meter) [h], of all the local `years` together.
    """
    found = np.zeros(load_kwh.sizes["meter"], int)
    for year in years:
        of_year = meters.of_year(load_kwh, year).transpose("time", "meter")
        kwh = of_year.values
        some = np.flatnonzero(_have_run(kwh[1:] == kwh[:-1], stuck_hours - 1))
        found[some] += _stuck(of_year[:, some], stuck_hours).values.sum(axis=0)
    return found


def _have_run(true: np.ndarray, length: int) -> np.ndarray:
    """Return which columns of truths (time, m) have so many in a row that are true (m).

    >>> _have_run(np.array([[True, True], [True, False], [True, True]]), 3).tolist()
    [True, False]
    """
    joined = 1  # so many in a row are true where `true` now is
    while joined < length:
        step = min(joined, length - joined)
        true, joined = true[:-step] & true[step:], joined + step
    return true.any(axis=0)


def check(
    load_kwh: xr.DataArray,
    years: Iterable[int],
    whole: str = "main",
    stuck_hours: int = STUCK_HOURS,
    reset_days: float = RESET_DAYS,
) -> list[Finding]:
    """Return the findings about load_kwh(time, meter) [kWh] in each of the local `years`, rule by
    rule, meter by meter and year by year.

    A finding is: 0 on the meter `whole` (CalTRACK treats it as missing); `stuck_hours` or more with
    one unchanging reading; an hour with more energy than `reset_days` mean days; readings that end
    or begin a day or more from the turn of the year; a day of the meter `whole` that repeats an
    earlier one; working days whose use has its middle at night, as where stamps are of another
    zone; an end use above the whole in a month or an hour, and all of them together.

    `kwh` of a finding is what the hours would hold more, were they filled like gaps; of missing
    hours, what fills them; of end uses above the whole, by how much. Other findings about end uses
    have none: the inventory takes the whole. `bridge.sized` values it in tonnes.

    Of 57 measured main meters over two years each, 17 have days that repeat an earlier one (the
    archive keeps them as delivered), 1 is stuck for a day, 1 is used at night, and none has
    another finding (tested).
    """
    load = load_kwh.isel(time=np.isin(load_kwh.local_year.values, list(years)))
    yearly = load.groupby("local_year")
    stuck = yearly.map(_stuck, stuck_hours=stuck_hours)
    reset = yearly.map(lambda each: each > reset_days * units.HOURS_PER_DAY * each.mean("time"))
    return [
        *_of_hours("zero_reading", load, (load == 0) & (load.meter == whole), whole),
        *_of_hours("stuck", load, stuck, whole, least=stuck_hours),
        *_of_hours("reset", load, reset, whole, days=reset_days),
        *of_ends(load, whole),
        *_of_hours("copied", load, _copied(load, whole), whole, least=_COPIED_VALUES),
        *_shifted(load, whole),
        *_parts(load, whole),
    ]


def of_ends(load_kwh: xr.DataArray, whole: str = "main") -> list[Finding]:
    """Return the findings about meters of load_kwh(time, meter) [kWh] whose readings begin after a
    year does, or end before it, by a day or more.
    """
    yearly = load_kwh.groupby("local_year")
    late, early = yearly.map(_before_first), yearly.map(_after_last)
    return [
        *_of_hours("starts_late", load_kwh, late, whole),
        *_of_hours("ends_early", load_kwh, early, whole),
    ]


def of_stamps(load_kwh: xr.DataArray, whole: str = "main") -> list[Finding]:
    """Return the findings about the time stamps of load_kwh(time, meter) [kWh]: `of_ends`, and
    working days whose use has its middle at night.
    """
    return [*of_ends(load_kwh, whole), *_shifted(load_kwh, whole)]


def silenced(
    load_kwh: xr.DataArray, years: Iterable[int], stuck_hours: int, reset_days: float
) -> dict[str, float]:
    """Return how many findings more `check` makes at its defaults than at wider limits (silenced),
    and the kwh that they hold together (silenced_kwh).
    """
    within = stuck_hours <= STUCK_HOURS and reset_days <= RESET_DAYS
    if within or not meters.is_hourly(load_kwh):
        return {}
    limits = (STUCK_HOURS, RESET_DAYS), (stuck_hours, reset_days)
    default, chosen = (
        {f.en: f.kwh for f in check(load_kwh, years, stuck_hours=stuck, reset_days=reset)}
        for stuck, reset in limits
    )
    lost = [kwh for said, kwh in default.items() if said not in chosen]
    return {"silenced": len(lost), "silenced_kwh": float(np.nansum(lost))}


def unexplained(
    reporting: tuple[xr.DataArray, xr.DataArray],
    base: tuple[xr.DataArray, xr.DataArray],
    error_kwh_per_h: pd.Series,
    whole: str = "main",
) -> list[Finding]:
    """Return the findings about changes of the meter `whole` on the base year that a baseline model
    does not explain by weather and calendar.

    `reporting` is the load and its prediction (time, meter) [kWh]; `base` is the load of the base
    year and its prediction by fits that had not seen the month (`baseline.held_out`);
    `error_kwh_per_h` is of `savings.model_error`.

    The year is a finding beyond the savings band at 99 %, with the published drift; a saving of 1 %
    or more inside that band is one too, since readings alone cannot tell it from a misreading. A
    month, an hour of the day or a weekday is one where metered / predicted departs from the median
    of all parts by more than q sqrt(s^2 + d^2 years), with s the scatter of the same ratios in the
    base year, d the published drift and q of `bands.quantile`, for 99 % over all parts. `kwh` is
    predicted less metered, for parts at the median ratio. Of 57 measured buildings without known
    project none has a finding beyond the band, 2 have one for months, and 1 each for hours,
    weekdays and gaps (tested).

    Gaps are a finding where the model, at the year's own ratio, expects them to hold over 0.1 % of
    the year's energy more or less than they are filled with, as when the highest hours are blank.
    """
    load, predicted = (each.sel(meter=[whole]) for each in reporting)
    years = int(load.local_year[0] - base[0].local_year[0])
    resolution = load.attrs.get("resolution", "hours")
    row = bands.drift_row("electricity", _PLACEBO[resolution])
    drift = published.coefficient(row) / units.PERCENT
    table = savings.avoided(load, predicted)
    row = savings.band(table, error_kwh_per_h, _CHANGE_LEVEL, drift, years).iloc[0]
    found, shares = (
        [],
        {
            "share": -row.savings_kwh / row.predicted_kwh,
            "half": (row.high_kwh - row.low_kwh) / 2 / row.predicted_kwh,
        },
    )
    if row.low_kwh > 0 or row.high_kwh < 0:
        found += [_of_whole("unexplained_change", whole, load, row.savings_kwh, **shares)]
    elif row.savings_kwh > _LEAST_SAVING * row.predicted_kwh:
        found += [_of_whole("saving_within", whole, load, row.savings_kwh, **shares)]
    seen = tuple(each.sel(meter=whole) for each in base)
    now = load.sel(meter=whole), predicted.sel(meter=whole)
    for rule in _TOLD[resolution]:
        part = _PARTS[rule]
        parts, kwh = _departing(part, now, seen, drift * np.sqrt(years))
        if parts:
            listed = ", ".join(map(str, parts))
            found += [_of_whole(rule, whole, load, kwh, parts=listed)]
    return found + _filled_otherwise(load, predicted, whole)


def of_meter(rule: str, meter: str, table: str = "energy", **values) -> Finding:
    """Return a finding about one meter of a table; its sentences take `values`."""
    names = {f"name_{lang}": labels.label(str(meter), lang) for lang in labels.LANGUAGES}
    (finding,) = in_table(table, rule, **names, **values)
    return finding


def hour(array: xr.DataArray, at: int) -> str:
    """Return the hour at a position of an array's time, as text."""
    return str(array.time.values[at].astype("datetime64[m]"))


def last_reading(load_kwh: xr.DataArray, meter: str) -> str:
    """Return the hour of a meter's last reading, as text, where a day or more of its load(time,
    meter) follows; else "".
    """
    known = np.flatnonzero(load_kwh.sel(meter=meter).notnull().values)
    after = load_kwh.sizes["time"] - 1 - known[-1] if len(known) else 0
    return hour(load_kwh, known[-1]) if after >= _END_HOURS else ""


def _of_year(load_kwh: xr.DataArray, year: int) -> xr.DataArray:
    return load_kwh.isel(time=load_kwh.local_year.values == year)


def _register(readings: xr.DataArray, meter: str, year: int) -> list[str]:
    with np.errstate(invalid="ignore"):  # inf less inf: told by `_beyond`
        step = np.diff(readings.values)
    if (step < 0).sum() > _MOST_RESETS or not (step > 0).sum() > _RISING_SHARE * len(step):
        return []
    return [
        f"energy: {meter}: in column {meter}_kwh the readings only rise over {year}, as a meter's "
        "register does; give the energy of each hour, the difference of two readings"
    ]


def _beyond(readings: xr.DataArray, meter: str, year: int, whole: str) -> list[str]:
    limit, held = _LARGEST_PLANT_KWH, "the largest power station gives"
    usual = _MONTH_HOURS * float(readings.median()) if readings.size else 0.0
    if meter == whole and 0 < usual < limit:
        limit, held = usual, f"a month of median hours of {year} holds"
    if not (readings > limit).any():
        return []
    at = int(readings.values.argmax())
    return [
        f"energy: {meter}: in column {meter}_kwh the hour from {hour(readings, at)} UTC reads "
        f"{float(readings[at]):.6g} kWh, more than {held} ({limit:,.0f} kWh); correct the reading, "
        "or leave a missing hour empty"
    ]


def _stuck(load_kwh: xr.DataArray, stuck_hours: int) -> xr.DataArray:
    """Return which hours (time, meter) are in a run of one reading above zero, as a hanging meter
    or data logger leaves; a load of few values has short runs only.
    """
    values = load_kwh.values
    # NaN differs from itself: each begins a run of its own
    first = np.vstack([np.ones((1, values.shape[1]), bool), values[1:] != values[:-1]])
    in_run = np.zeros(values.shape, bool)
    for column in range(values.shape[1]):
        run = np.cumsum(first[:, column]) - 1
        in_run[:, column] = (np.bincount(run) >= stuck_hours)[run] & (values[:, column] > 0)
    return load_kwh.copy(data=in_run)


def _before_first(load_kwh: xr.DataArray) -> xr.DataArray:
    """Return which hours (time, meter) come before the first reading, where they are a day or more
    and a reading follows.
    """
    none_yet = np.cumsum(load_kwh.notnull().values, axis=0) == 0
    missing = none_yet.sum(axis=0)
    return load_kwh.copy(data=none_yet & (missing >= _END_HOURS) & ~none_yet[-1])


def _after_last(load_kwh: xr.DataArray) -> xr.DataArray:
    return _before_first(load_kwh[::-1])[::-1]


def _copied(load_kwh: xr.DataArray, whole: str) -> xr.DataArray:
    """Return which hours (time, meter) of the meter `whole` are of a local day that repeats an
    earlier one reading by reading.
    """
    clock = pd.DatetimeIndex(load_kwh.time.values, tz="UTC").tz_convert(load_kwh.attrs["timezone"])
    by_day = load_kwh.sel(meter=load_kwh.meter == whole).values.reshape(len(clock), -1)
    frame = pd.DataFrame(by_day, columns=["kwh"] * by_day.shape[1])
    copied = np.zeros(load_kwh.shape, bool)
    if by_day.shape[1]:
        days = frame.set_index([clock.date, clock.hour])["kwh"]
        days = days[~days.index.duplicated()].unstack().dropna()
        varied = days[days.nunique(axis=1) >= _COPIED_VALUES]
        again = varied.index[varied.duplicated()]
        copied[:, load_kwh.meter.values == whole] = np.isin(clock.date, again)[:, None]
    return load_kwh.copy(data=copied)


def _of_hours(
    rule: str, load_kwh: xr.DataArray, wrong: xr.DataArray, whole: str, **values
) -> list[Finding]:
    """Return a finding for each meter and year with any hour in wrong(time, meter).

    Its sentences take year, hours, the first hour, the hours around, the largest, and the change
    [kWh] if those hours took what fills a gap.
    """
    if not wrong.any():
        return []
    kept = load_kwh.where(~wrong)
    filled, _ = meters.fill_gaps(kept)
    # a year without any other reading takes the mean of the other year
    change = (filled.fillna(kept.mean("time")).fillna(0) - load_kwh.fillna(0)).where(wrong, 0)
    found = []
    for meter in load_kwh.meter.values:
        for year in np.unique(load_kwh.local_year):
            in_year = _of_year(load_kwh.sel(meter=meter), year)
            at = np.flatnonzero(_of_year(wrong.sel(meter=meter), year).values)
            if len(at):
                kwh = float(_of_year(change.sel(meter=meter), year).sum())
                found += [of_meter(rule, meter, **_words(in_year, at, kwh, whole), **values)]
    return found


def _words(load_kwh: xr.DataArray, at: np.ndarray, kwh: float, whole: str) -> dict:
    """Return what a sentence says about the hours `at` of one meter's year."""
    readings = load_kwh.fillna(0).values[at]
    return {
        "year": int(load_kwh.local_year[0]),
        "hours": len(at),
        "start": hour(load_kwh, at[0]),
        "before": hour(load_kwh, max(at[0] - 1, 0)),
        "after": hour(load_kwh, min(at[-1] + 1, load_kwh.sizes["time"] - 1)),
        "largest": hour(load_kwh, at[readings.argmax()]),
        "change_kwh": kwh,
        "kwh": kwh if str(load_kwh.meter.values) == whole else np.nan,
    }


def _shifted(load_kwh: xr.DataArray, whole: str) -> list[Finding]:
    found = []
    for year in np.unique(load_kwh.local_year):
        of_year = _of_year(load_kwh, year).sel(meter=load_kwh.meter == whole)
        middle = _working_middle(of_year) if of_year.size else np.nan
        if middle < _WORK_HOURS[0] or middle > _WORK_HOURS[1]:
            words = {"year": int(year), "middle": middle, "zone": load_kwh.attrs["timezone"]}
            found += [of_meter("shifted", whole, **words)]
    return found


def _working_middle(load_kwh: xr.DataArray) -> float:
    """Return the middle hour of the day [h] of what working days use above Sundays and days off;
    NaN where it is spread over the day or small.

    The middle is the mean direction of the hours on the clock, weighted by the use above that of
    the quietest quarter of the day; the length of the mean vector (0-1) is its focus.
    """
    clock = load_kwh.hour_of_week.values
    hours, weekday = clock % units.HOURS_PER_DAY, clock // units.HOURS_PER_DAY
    kwh = pd.Series(load_kwh.values.ravel())
    work = (weekday < meters.SATURDAY) & (load_kwh.day_off.values == 0)
    rest = weekday > meters.SATURDAY
    surplus = kwh[work].groupby(hours[work]).mean() - kwh[rest].groupby(hours[rest]).mean()
    weight = (surplus - surplus.quantile(0.25)).clip(lower=0)
    turn = 2j * np.pi / units.HOURS_PER_DAY
    vector = (weight * np.exp(turn * (weight.index + 0.5))).sum()
    if not (
        abs(vector) > _LEAST_FOCUS * weight.sum() and surplus.max() > _LEAST_SURPLUS * kwh.mean()
    ):
        return np.nan
    return float(np.angle(vector) / turn.imag % units.HOURS_PER_DAY)


def _parts(load_kwh: xr.DataArray, whole: str) -> list[Finding]:
    """Return the end uses above the meter `whole`: the one most so over months, else each by the
    hour; and all of them together over months.
    """
    if whole not in load_kwh.meter or load_kwh.sizes["meter"] < 2:
        return []
    found = []
    for year in np.unique(load_kwh.local_year):
        both = _of_year(load_kwh, year).dropna("time")
        parts, total = both.drop_sel(meter=whole), both.sel(meter=whole, drop=True)
        excess = (parts - total).groupby("local_month").sum().clip(min=0)
        by_hour = (parts - total).clip(min=0)
        if excess.any():
            worst = excess.sum("local_month").idxmax("meter").item()
            found += [_above("swapped", worst, year, excess.sel(meter=worst))]
        else:
            above = [each for each in parts.meter.values if by_hour.sel(meter=each).any()]
            found += [
                _above("part_above_whole", each, year, by_hour.sel(meter=each)) for each in above
            ]
        together = (parts.sum("meter") - total).groupby("local_month").sum().clip(min=0)
        if together.any():
            found += [_above("parts_above_whole", whole, year, together)]
    return found


def _above(rule: str, meter: str, year: int, excess_kwh: xr.DataArray) -> Finding:
    """Return a finding about the months or hours in which an excess [kWh] is positive."""
    positive = excess_kwh.values[excess_kwh.values > 0]
    return of_meter(rule, meter, year=int(year), count=len(positive), kwh=float(positive.sum()))


def _of_whole(rule: str, whole: str, load_kwh: xr.DataArray, kwh: float, **values) -> Finding:
    return of_meter(rule, whole, year=int(load_kwh.local_year[0]), kwh=float(kwh), **values)


# What placebo buildings call a resolution, and the parts of a year that it can tell apart.
_PLACEBO = {"hours": "hourly", "days": "daily", "bills": "bills"}
_TOLD = {
    "hours": ("unexplained_months", "unexplained_hours", "unexplained_weekdays"),
    "days": ("unexplained_months", "unexplained_weekdays"),
    "bills": ("unexplained_months",),
}
# Parts of a year, by the rule that compares them: what each hour belongs to.
_PARTS = {
    "unexplained_months": lambda load: load.local_month.values,
    "unexplained_hours": lambda load: load.hour_of_week.values % units.HOURS_PER_DAY,
    "unexplained_weekdays": lambda load: load.hour_of_week.values // units.HOURS_PER_DAY + 1,
}


def _departing(part, now: tuple, seen: tuple, drift_share: float) -> tuple[list[int], float]:
    """Return the parts of the year in which the load departs from its prediction otherwise than in
    the rest, and by how much altogether [kWh].
    """
    sums, before = (_by_part(part(each[0]), *each) for each in (now, seen))
    ratio = sums["load"] / sums["predicted"]
    scatter = (before["load"] / before["predicted"]).std()
    level = 1 - (1 - _CHANGE_LEVEL) / len(ratio)
    q = bands.quantile(bands.published_scores("hourly"), level)
    usual = ratio.median()
    if not usual > 0:  # the finding about the year says it
        return [], 0.0
    departs = (ratio / usual - 1).abs() > q * np.hypot(scatter, drift_share)
    kwh = (sums["predicted"] * usual - sums["load"])[departs].sum()
    return [int(each) for each in ratio.index[departs]], float(kwh)


def _filled_otherwise(
    load_kwh: xr.DataArray, predicted_kwh: xr.DataArray, whole: str
) -> list[Finding]:
    gap = load_kwh.isnull()
    ratio = float(load_kwh.sum() / predicted_kwh.where(~gap).sum())
    filled, _ = meters.fill_gaps(load_kwh)
    kwh = float((ratio * predicted_kwh - filled).where(gap).sum())
    if not abs(kwh) > _FILLED_SHARE * float(load_kwh.sum()):
        return []
    return [_of_whole("filled_otherwise", whole, load_kwh, kwh, hours=int(gap.sum()))]


def _by_part(part: np.ndarray, load: xr.DataArray, predicted: xr.DataArray) -> pd.DataFrame:
    """Return the sums of load and prediction [kWh] over the hours that have both, by part."""
    return (
        pd.DataFrame({"load": load.values, "predicted": predicted.values})
        .dropna()
        .groupby(part[np.isfinite(load.values) & np.isfinite(predicted.values)])
        .sum()
    )
