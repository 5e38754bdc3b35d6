"""May these readings carry a baseline? What may not be modelled is refused, the merely odd is a
finding.
"""

import numpy as np
import pandas as pd
import xarray as xr

from neutrality.energy.meters import SATURDAY
from neutrality.reference import published, units
from neutrality.texts import labels
from neutrality.texts.findings import Finding

EXTREME_IQR = (
    3  # CalTRACK: readings further than three interquartile ranges from the middle half are flagged
)
# a column that never falls, and rises in so many hours, is a register: no load does that for a year
RISING_SHARE = 0.25
CLOCK_WEEKS, CLOCK_GAIN = (
    6,
    0.7,
    # how long a profile is looked at, and what part of its misfit an hour must leave at both clock
    # changes
)


def sufficiency(
    load_base: xr.DataArray,
    outdoor_base: xr.DataArray,
    max_gap_share: float,
    outdoor_reporting: xr.DataArray | None = None,
    whole: str = "main",
    stuck_hours: int = 24,
    reset_days: float = 1.0,
) -> list[Finding]:
    """Return what is odd about a base year's load [kWh] and outdoor temperature [°C], by meter and
    rule.

    Odd: a month with under 90 % of its hours (CalTRACK 2.0 section 2.2.1.2), extremes (CalTRACK:
    beyond three interquartile ranges), 0 on the `whole` meter (CalTRACK takes it as missing),
    `stuck_hours` or more with one unchanging reading, an hour with more energy than `reset_days`
    mean days (a register's reset, or what piled up in an outage), a clock that does not follow the
    zone's changes, end uses above the whole, reporting weather that the base year did not see.
    Raises ValueError, all reasons at once, for what may not be modelled: less than twelve months,
    too many hours without reading or temperature (`max_gap_share`, 0-1), a month with none, a
    meter's register instead of energy by the hour.
    """
    usable = load_base.notnull() & outdoor_base.notnull()
    coverage = usable.groupby("local_month").mean().transpose("meter", "local_month").to_pandas()
    refused = _refused(usable, coverage, max_gap_share) + _registers(load_base)
    if refused:
        raise ValueError("\n".join(refused))
    findings = (
        _thin_months(coverage)
        + _extremes(load_base)
        + _zeros(load_base, whole)
        + _stuck(load_base, stuck_hours)
    )
    findings += _resets(load_base, reset_days) + _clocks(load_base) + _parts_above(load_base, whole)
    if outdoor_reporting is not None:
        findings += _unseen_weather(outdoor_base, outdoor_reporting)
    return findings


def refuse_gaps(load_kwh: xr.DataArray, outdoor_c: xr.DataArray, max_gap_share: float) -> None:
    """Raise ValueError for each meter, and for the weather, that lacks over `max_gap_share`
    (0-1) of a year's hours.
    """
    gaps = load_kwh.isnull().mean("time").to_pandas()
    bad = [
        f"energy: {meter}: {gap:.1%} of the hours have no reading, {_first(load_kwh.notnull(), meter)}; at most "
        f"{max_gap_share:.1%} may be missing (max_gap_share): supply the hours"
        for meter, gap in gaps.items()
        if gap > max_gap_share
    ]
    cold = float(outdoor_c.isnull().mean())
    if cold > max_gap_share:
        bad.append(
            f"weather: {cold:.1%} of the hours have no outdoor temperature and no neighbour to interpolate from; "
            f"at most {max_gap_share:.1%} may be missing (max_gap_share): supply the hours in column outdoor_c"
        )
    if bad:
        raise ValueError("\n".join(bad))


def _refused(usable: xr.DataArray, coverage: pd.DataFrame, max_gap_share: float) -> list[str]:
    months = coverage.shape[1]
    if months < units.MONTHS_PER_YEAR:
        return [
            f"energy: the base year has {months} months; a baseline needs {units.MONTHS_PER_YEAR}, "
            "so that it has seen every season: choose a base year with readings from January to December"
        ]
    gaps = 1 - usable.mean("time").to_pandas()
    too_many = [
        f"energy: {meter}: {gap:.1%} of the base year's hours lack a reading or an outdoor temperature, "
        f"{_first(usable, meter)}; at most {max_gap_share:.1%} may (max_gap_share): fill them or change the year"
        for meter, gap in gaps.items()
        if gap > max_gap_share
    ]
    return too_many + [
        f"energy: {meter}: month {month} of the base year has no hour with both reading and outdoor "
        "temperature; supply some, or choose another base year"
        for (meter, month), share in coverage.stack().items()
        if share == 0 and gaps[meter] <= max_gap_share
    ]


def _registers(load_base: xr.DataArray) -> list[str]:
    found = []
    for meter in load_base.meter.values:
        step = np.diff(load_base.sel(meter=meter).dropna("time").values)
        if len(step) and step.min() >= 0 and (step > 0).mean() > RISING_SHARE:
            found.append(
                f"energy: {meter}: in column {meter}_kwh the readings only rise over the base year, as a meter's register "
                "does; give the energy of each hour, the difference of two readings"
            )
    return found


def _first(usable: xr.DataArray, meter: str) -> str:
    """Say where a meter's gaps begin: its column and the first hour that cannot be used."""
    hour = usable.time.values[~usable.sel(meter=meter).values][0]
    return f"in column {meter}_kwh first at {hour.astype('datetime64[m]')} UTC"


def _named(meter: str, lang: str) -> str:
    return labels.label(str(meter), lang)


def _odd(rule: str, zh: str, en: str, table: str = "energy") -> Finding:
    return Finding(table, 0, rule, "odd", zh, en)


def _thin_months(coverage: pd.DataFrame) -> list[Finding]:
    limit = published.coefficient("caltrack_hour_coverage") / units.PERCENT
    return [
        _odd(
            "month_coverage",
            f"{_named(meter, 'zh')}：基准年 {month} 月只有 {share:.1%} 的小时有读数和气温，低于 {limit:.0%}",
            f"{_named(meter, 'en')}: only {share:.1%} of the hours of month {month} of the base year "
            f"have reading and temperature, under {limit:.0%}",
        )
        for (meter, month), share in coverage.stack().items()
        if share < limit
    ]


def _extremes(load_base: xr.DataArray) -> list[Finding]:
    low, high = (load_base.quantile(share, "time") for share in (0.25, 0.75))
    reach = EXTREME_IQR * (high - low)
    beyond = (load_base > high + reach) | (load_base < low - reach)
    count = beyond.where(reach > 0, 0).sum("time").to_pandas()
    return [
        _odd(
            "extreme",
            f"{_named(meter, 'zh')}：基准年 {int(hours)} 个小时的读数超出中间一半 {EXTREME_IQR} 个四分位距以外",
            f"{_named(meter, 'en')}: {int(hours)} hours of the base year lie more than {EXTREME_IQR} interquartile "
            "ranges outside the middle half",
        )
        for meter, hours in count.items()
        if hours
    ]


def _zeros(load_base: xr.DataArray, whole: str) -> list[Finding]:
    hours = int((load_base.sel(meter=whole) == 0).sum()) if whole in load_base.meter else 0
    return (
        [
            _odd(
                "zero_reading",
                f"{_named(whole, 'zh')}：基准年 {hours} 个小时读数为 0；总表读 0 多为缺数",
                f"{_named(whole, 'en')}: {hours} hours of the base year read 0, on a main meter rather fault than fact",
            )
        ]
        if hours
        else []
    )


def _hour(load_base: xr.DataArray, at: int) -> str:
    return f"{load_base.time.values[at].astype('datetime64[m]')} UTC"


def _stuck(load_base: xr.DataArray, stuck_hours: int) -> list[Finding]:
    """Runs of one reading above zero: a meter or a data logger that hangs.

    A load of few values has short runs only.
    """
    findings = []
    for meter in load_base.meter.values:
        values = load_base.sel(meter=meter).values
        first = np.flatnonzero(
            np.append(True, values[1:] != values[:-1])
        )  # NaN begins a run of its own
        length = np.diff(np.append(first, len(values)))
        stuck = (length >= stuck_hours) & (values[first] > 0)
        if stuck.any():
            longest, hours = first[stuck][length[stuck].argmax()], int(length[stuck].sum())
            findings.append(
                _odd(
                    "stuck",
                    f"{_named(meter, 'zh')}：基准年 {hours} 个小时的读数连续 {stuck_hours} 小时以上不变，最长一段始于 {_hour(load_base, longest)}",
                    f"{_named(meter, 'en')}: {hours} hours of the base year lie in runs of {stuck_hours} or more with one unchanging reading, the "
                    f"longest from {_hour(load_base, longest)}",
                )
            )
    return findings


def _resets(load_base: xr.DataArray, reset_days: float) -> list[Finding]:
    limit = reset_days * units.HOURS_PER_DAY * load_base.mean("time")
    count, highest = (
        (load_base > limit).sum("time").to_pandas(),
        load_base.fillna(0).argmax("time").to_pandas(),
    )
    return [
        _odd(
            "reset",
            f"{_named(meter, 'zh')}：基准年 {int(hours)} 个小时的电量超过 {reset_days:g} 个平均日，最大在 "
            f"{_hour(load_base, highest[meter])}；疑为表底复位或停电后补录",
            f"{_named(meter, 'en')}: {int(hours)} hours of the base year hold more than {reset_days:g} mean days, the largest at "
            f"{_hour(load_base, highest[meter])}: a reset register, or what piled up in an outage",
        )
        for meter, hours in count.items()
        if hours
    ]


def _clocks(load_base: xr.DataArray) -> list[Finding]:
    """Meters whose weekday profile jumps an hour, one way in spring and back in autumn, when the
    zone changes its clocks.

    Local profiles of the weeks before and after are compared as they are and shifted by the change;
    the sum of squares must fall enough at both. Of measured meters misread by an hour it finds
    about half, the others having no edge in the morning; of those whose clocks are confirmed it
    calls none wrong (tests/test_sufficiency.py).
    """
    clock = (
        pd.DatetimeIndex(load_base.time.values, tz="UTC")
        .tz_convert(load_base.attrs["timezone"])
        .tz_localize(None)
    )
    ahead = np.diff((clock - pd.DatetimeIndex(load_base.time.values)) // pd.Timedelta("1h"))
    changes, near = np.flatnonzero(ahead), CLOCK_WEEKS * units.HOURS_PER_WEEK
    if len(changes) != 2 or changes[0] < near or changes[1] + near >= len(clock):
        return []
    jumps = np.ones((2, load_base.sizes["meter"]), bool)  # later or earlier in summer
    for at in changes:
        before, after = (
            _weekdays(load_base[part])
            for part in (slice(at + 1 - near, at + 1), slice(at + 1, at + 1 + near))
        )
        kept, *moved = (
            ((np.roll(after, shift, axis=0) - before) ** 2).sum(axis=0)
            for shift in (0, -ahead[at], ahead[at])
        )
        jumps &= np.array(moved) < CLOCK_GAIN * kept
    return [
        _odd(
            "clock",
            f"{_named(meter, 'zh')}：作息曲线在两次调钟时各错开一小时，表钟似未随当地时间调整；请核对时间戳是世界时、标准时还是当地时间",
            f"{_named(meter, 'en')}: its daily profile jumps an hour at both clock changes, as if its clock kept standard time: check "
            "whether the time stamps are UTC, standard or local time",
        )
        for meter in load_base.meter.values[jumps.any(axis=0)]
    ]


def _weekdays(load_kwh: xr.DataArray) -> np.ndarray:
    """Return the mean working weekday (hour of day, meter)."""
    worked = (load_kwh.hour_of_week.values < SATURDAY * units.HOURS_PER_DAY) & (
        load_kwh.day_off.values == 0
    )
    weekday = load_kwh.isel(time=worked)
    hour = (weekday.hour_of_week % units.HOURS_PER_DAY).rename("hour")
    return weekday.groupby(hour).mean("time").transpose("hour", "meter").values


def _parts_above(load_base: xr.DataArray, whole: str) -> list[Finding]:
    if whole not in load_base.meter or load_base.sizes["meter"] < 2:
        return []
    both = load_base.dropna("time")
    above = (both.drop_sel(meter=whole) > both.sel(meter=whole)).sum("time").to_pandas()
    findings = [
        _odd(
            "part_above_whole",
            f"{_named(meter, 'zh')}：基准年 {int(hours)} 个小时读数高于总表；请核对互感器倍率与接线",
            f"{_named(meter, 'en')}: {int(hours)} hours of the base year read more than the main meter: check transformer "
            "ratios and wiring",
        )
        for meter, hours in above.items()
        if hours
    ]
    total_mwh = float(both.sel(meter=whole).sum()) / units.KWH_PER_MWH
    parts_mwh = float(both.drop_sel(meter=whole).sum()) / units.KWH_PER_MWH
    if parts_mwh <= total_mwh:
        return findings
    return findings + [
        _odd(
            "parts_above_whole",
            f"基准年各用途合计 {parts_mwh:,.1f} 兆瓦时，高于总表的 {total_mwh:,.1f} 兆瓦时；请核对互感器倍率",
            f"in the base year the end uses sum to {parts_mwh:,.1f} MWh, above the main meter's {total_mwh:,.1f} MWh: "
            "check the transformer ratios",
        )
    ]


def _unseen_weather(outdoor_base: xr.DataArray, outdoor_reporting: xr.DataArray) -> list[Finding]:
    low, high = float(outdoor_base.min()), float(outdoor_base.max())
    hours = int(((outdoor_reporting < low) | (outdoor_reporting > high)).sum())
    return (
        [
            _odd(
                "unseen_weather",
                f"报告年 {hours} 个小时的气温超出基准年的 {low:.1f} 至 {high:.1f} °C,基准线在此外推",
                f"{hours} hours of the reporting year are outside the base year's {low:.1f} to "
                f"{high:.1f} °C; there the baseline extrapolates",
                "weather",
            )
        ]
        if hours
        else []
    )
