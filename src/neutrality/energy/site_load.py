"""One way in: the electricity of a site, from whichever of its tables energy and meters has it."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from neutrality.energy import meters, periods


def readings(
    energy: pd.DataFrame,
    rows: pd.DataFrame,
    timezone: str,
    calendar: pd.DataFrame | None = None,
) -> tuple[xr.DataArray, xr.DataArray]:
    """Return the electricity as load_kwh(time, meter) [kWh], NaN where there is no reading, and
    which readings were estimated.

    `energy` is the hourly table and `rows` the table `meters`, either of them without rows where
    the case does not have it. Where the main meter has hours the array is of hours
    (`meters.to_array`), and meters with bills or days are left out; else it is of days
    (`periods.by_day`). `attrs["resolution"]` is the main meter's: hours, days or bills.
    """
    hours = _hours(energy, rows, timezone)
    if f"{periods.MAIN}_kwh" in hours:
        load_kwh = meters.to_array(hours, timezone, calendar)
        return load_kwh, meters.estimated(hours, load_kwh)
    return periods.by_day(rows, timezone, calendar)


def _hours(energy: pd.DataFrame, rows: pd.DataFrame, timezone: str) -> pd.DataFrame:
    """Return the hours of both tables side by side."""
    own = energy if len(energy) else pd.DataFrame(index=pd.DatetimeIndex([], tz="UTC"))
    return own.join(periods.hourly(rows, timezone), how="outer") if len(rows) else own


def is_hourly(monthly: pd.DataFrame) -> bool:
    """Return whether the electricity of a table `electricity_by_month` was read by the hour."""
    return bool((monthly["how"] == periods.HOURS).all())


def electricity_by_month(load_kwh: xr.DataArray, years: list[int]) -> pd.DataFrame:
    """Return year, month ("YYYY-MM"), kwh [kWh] and how: the main meter's energy by local month,
    and the resolution that it was read at. Bills are apportioned by days (pro rata).

    An inventory rests on this table, and no model enters it.
    """
    monthly = {year: meters.by_month(load_kwh, periods.MAIN, year) for year in years}
    table = pd.concat(monthly, names=["year", "month"]).rename("kwh").reset_index()
    return table.assign(how=load_kwh.attrs["resolution"])


def of_year(table: pd.DataFrame, year: int) -> pd.Series:
    """Return the months of one year of a table `electricity_by_month` [kWh], indexed "YYYY-MM".

    >>> months = {"year": [2024, 2025], "month": ["2024-12", "2025-01"], "kwh": [5.0, 7.0]}
    >>> of_year(pd.DataFrame(months), 2025).to_dict()
    {'2025-01': 7.0}
    """
    kept = table[table["year"] == year]
    return kept.set_index("month")["kwh"].rename("load_kwh")
