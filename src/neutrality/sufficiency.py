"""May these readings carry a baseline? What may not be modelled is refused, the merely odd is a finding."""

import pandas as pd
import xarray as xr

from neutrality import emissions, labels, units
from neutrality.ledger import Finding

EXTREME_IQR = 3  # CalTRACK: readings further than three interquartile ranges from the middle half are flagged


def sufficiency(load_base: xr.DataArray, outdoor_base: xr.DataArray, max_gap_share: float,
                outdoor_reporting: xr.DataArray | None = None, whole: str = "main") -> list[Finding]:
    """Return what is odd about a base year's load [kWh] and outdoor temperature [°C], by meter and rule.

    Odd: a month with under 90 % of its hours (CalTRACK 2.0 section 2.2.1.2), extremes (CalTRACK: beyond three
    interquartile ranges), 0 on the `whole` meter (CalTRACK takes it as missing), reporting weather that the
    base year did not see. Raises ValueError, all reasons at once, for what may not be modelled: less than
    twelve months, too many hours without reading or temperature (`max_gap_share`, 0-1), a month with none.
    """
    usable = load_base.notnull() & outdoor_base.notnull()
    coverage = usable.groupby("local_month").mean().transpose("meter", "local_month").to_pandas()
    refused = _refused(usable, coverage, max_gap_share)
    if refused:
        raise ValueError("\n".join(refused))
    findings = _thin_months(coverage) + _extremes(load_base) + _zeros(load_base, whole) + _parts_above(load_base, whole)
    if outdoor_reporting is not None:
        findings += _unseen_weather(outdoor_base, outdoor_reporting)
    return findings


def refuse_gaps(load_kwh: xr.DataArray, outdoor_c: xr.DataArray, max_gap_share: float) -> None:
    """Raise ValueError for each meter, and for the weather, that lacks over `max_gap_share` (0-1) of a year's hours."""
    gaps = load_kwh.isnull().mean("time").to_pandas()
    bad = [f"energy: {meter}: {gap:.1%} of the hours have no reading, {_first(load_kwh.notnull(), meter)}; at most "
           f"{max_gap_share:.1%} may be missing (max_gap_share): supply the hours"
           for meter, gap in gaps.items() if gap > max_gap_share]
    cold = float(outdoor_c.isnull().mean())
    if cold > max_gap_share:
        bad.append(f"weather: {cold:.1%} of the hours have no outdoor temperature and no neighbour to interpolate from; "
                   f"at most {max_gap_share:.1%} may be missing (max_gap_share): supply the hours in column outdoor_c")
    if bad:
        raise ValueError("\n".join(bad))


def _refused(usable: xr.DataArray, coverage: pd.DataFrame, max_gap_share: float) -> list[str]:
    months = coverage.shape[1]
    if months < units.MONTHS_PER_YEAR:
        return [f"energy: the base year has {months} months; a baseline needs {units.MONTHS_PER_YEAR}, "
                "so that it has seen every season: choose a base year with readings from January to December"]
    gaps = 1 - usable.mean("time").to_pandas()
    too_many = [f"energy: {meter}: {gap:.1%} of the base year's hours lack a reading or an outdoor temperature, "
                f"{_first(usable, meter)}; at most {max_gap_share:.1%} may (max_gap_share): fill them or change the year"
                for meter, gap in gaps.items() if gap > max_gap_share]
    return too_many + [
        f"energy: {meter}: month {month} of the base year has no hour with both reading and outdoor "
        "temperature; supply some, or choose another base year"
        for (meter, month), share in coverage.stack().items() if share == 0 and gaps[meter] <= max_gap_share]


def _first(usable: xr.DataArray, meter: str) -> str:
    """Say where a meter's gaps begin: its column and the first hour that cannot be used."""
    hour = usable.time.values[~usable.sel(meter=meter).values][0]
    return f"in column {meter}_kwh first at {hour.astype('datetime64[m]')} UTC"


def _named(meter: str, lang: str) -> str:
    return labels.label(str(meter), lang)


def _odd(rule: str, zh: str, en: str, table: str = "energy") -> Finding:
    return Finding(table, 0, rule, "odd", zh, en)


def _thin_months(coverage: pd.DataFrame) -> list[Finding]:
    limit = emissions.coefficient("caltrack_hour_coverage") / units.PERCENT
    return [_odd("month_coverage", f"{_named(meter, 'zh')}：基准年 {month} 月只有 {share:.1%} 的小时有读数和气温，低于 {limit:.0%}",
                 f"{_named(meter, 'en')}: only {share:.1%} of the hours of month {month} of the base year "
                 f"have reading and temperature, under {limit:.0%}")
            for (meter, month), share in coverage.stack().items() if share < limit]


def _extremes(load_base: xr.DataArray) -> list[Finding]:
    low, high = (load_base.quantile(share, "time") for share in (0.25, 0.75))
    reach = EXTREME_IQR * (high - low)
    beyond = (load_base > high + reach) | (load_base < low - reach)
    count = beyond.where(reach > 0, 0).sum("time").to_pandas()
    return [_odd("extreme", f"{_named(meter, 'zh')}：基准年 {int(hours)} 个小时的读数超出中间一半 {EXTREME_IQR} 个四分位距以外",
                 f"{_named(meter, 'en')}: {int(hours)} hours of the base year lie more than {EXTREME_IQR} interquartile "
                 "ranges outside the middle half") for meter, hours in count.items() if hours]


def _zeros(load_base: xr.DataArray, whole: str) -> list[Finding]:
    hours = int((load_base.sel(meter=whole) == 0).sum()) if whole in load_base.meter else 0
    return [_odd("zero_reading", f"{_named(whole, 'zh')}：基准年 {hours} 个小时读数为 0；总表读 0 多为缺数",
                 f"{_named(whole, 'en')}: {hours} hours of the base year read 0, on a main meter rather fault than fact")
            ] if hours else []


def _parts_above(load_base: xr.DataArray, whole: str) -> list[Finding]:
    if whole not in load_base.meter or load_base.sizes["meter"] < 2:
        return []
    both = load_base.dropna("time")
    total_mwh = float(both.sel(meter=whole).sum()) / units.KWH_PER_MWH
    parts_mwh = float(both.drop_sel(meter=whole).sum()) / units.KWH_PER_MWH
    if parts_mwh <= total_mwh:
        return []
    return [_odd("parts_above_whole", f"基准年各用途合计 {parts_mwh:,.1f} 兆瓦时，高于总表的 {total_mwh:,.1f} 兆瓦时；请核对互感器倍率",
                 f"in the base year the end uses sum to {parts_mwh:,.1f} MWh, above the main meter's {total_mwh:,.1f} MWh: "
                 "check the transformer ratios")]


def _unseen_weather(outdoor_base: xr.DataArray, outdoor_reporting: xr.DataArray) -> list[Finding]:
    low, high = float(outdoor_base.min()), float(outdoor_base.max())
    hours = int(((outdoor_reporting < low) | (outdoor_reporting > high)).sum())
    return [_odd("unseen_weather", f"报告年 {hours} 个小时的气温超出基准年的 {low:.1f} 至 {high:.1f} °C,基准线在此外推",
                 f"{hours} hours of the reporting year are outside the base year's {low:.1f} to "
                 f"{high:.1f} °C; there the baseline extrapolates", "weather")] if hours else []
