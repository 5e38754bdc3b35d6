"""What happened at a meter that is neither weather, calendar nor measure: proposed by the screen,
or known and signed for, at any resolution.
"""

from __future__ import annotations

import pandas as pd
import xarray as xr

from neutrality.energy import meters, periods, screen

Pair = tuple[xr.DataArray, xr.DataArray]  # load and prediction (time, meter) [kWh] of a year


def proposed(base: Pair, reporting: Pair, rate: float, whole: str = "main") -> pd.DataFrame:
    """Return the steps and drifts of the meter `whole` in the reporting year that `screen.propose`
    finds, at a rate of false alarms (0-1); nothing is applied.

    The rate was measured on main meters: an end use that stands still for a season is not screened.
    `base` is predicted by fits that had not seen the month. Hours are screened by midnight with
    the hours around it, days as they are, bills by the period that was read.
    """
    resolution = base[0].attrs["resolution"]
    base, reporting = (
        tuple(each.sel(meter=[whole]) for each in pair) for pair in (base, reporting)
    )
    since = meters.local_days(reporting[0])[0]
    if resolution == periods.HOURS:
        parts = [
            pd.concat(each)
            for each in zip(screen.days(*base), screen.days(*reporting), strict=True)
        ]
        metered_kwh, predicted_kwh, hours = parts
        return screen.propose(metered_kwh, predicted_kwh, since, resolution, rate, hours)
    by = _by_bill if resolution == periods.BILLS else _by_day
    metered_kwh, predicted_kwh = (
        pd.concat([by(pair[0], pair[at]) for pair in (base, reporting)]) for at in (0, 1)
    )
    return screen.propose(metered_kwh, predicted_kwh, since, resolution, rate)


def residuals(base: Pair, reporting: Pair) -> pd.DataFrame:
    """Return metered less predicted by local day (day, meter) [kWh] of both years, for
    `adjustments.effects`; an hour without reading is left out of both.
    """
    return pd.concat([_by_day(load, load - predicted) for load, predicted in (base, reporting)])


def _by_day(load_kwh: xr.DataArray, kwh: xr.DataArray) -> pd.DataFrame:
    """Return an array (time, meter) [kWh] by local day, where load_kwh has readings."""
    table = kwh.where(load_kwh.notnull()).transpose("time", "meter").to_pandas()
    return table.groupby(meters.local_days(load_kwh).to_numpy()).sum(min_count=1)


def _by_bill(load_kwh: xr.DataArray, kwh: xr.DataArray) -> pd.DataFrame:
    """Return an array of days (time, meter) [kWh] by the period that was read, on its first day."""
    day, sums = pd.Series(meters.local_days(load_kwh)), {}
    for meter in load_kwh.meter.values:
        period = load_kwh.period.sel(meter=meter).values
        read = period != periods.NO_PERIOD
        first = day[read].groupby(period[read]).min()
        of_period = pd.Series(kwh.sel(meter=meter).values[read]).groupby(period[read]).sum()
        sums[meter] = of_period.set_axis(first.loc[of_period.index])
    return pd.DataFrame(sums)
