"""Heat and gas of the table meters as monthly rows of the table activities: bills by their days."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from neutrality import sheets
from neutrality.energy import periods
from neutrality.reference import units

BY_DAYS = "meters.csv, by days"  # evidence of a row made here: its amount follows the table meters
_DAY = pd.Timedelta(days=1)
_DIGITS = 6  # decimals of a monthly amount


class Sourced(NamedTuple):
    """What an energy is in the inventory."""

    source: str
    scope: str
    unit: str
    factor_id: str


def sourced(energy: str, unit: str) -> Sourced | None:
    """Return the source of an energy in the inventory, or None where it has none or its unit does
    not fit the published factor's, as gas that is billed in kWh.

    >>> sourced("heat", "kWh").source, sourced("gas", "kWh"), sourced("electricity", "kWh")
    ('district_heat', None, None)
    """
    rows = sheets.packaged("intake/sources.csv").set_index("energy")
    if energy not in rows.index:
        return None
    row = rows.loc[energy]
    same = units.dimension(unit) == units.dimension(row["unit"])
    return Sourced(*row[["source", "scope", "unit", "factor_id"]]) if same else None


def by_month(rows: pd.DataFrame, unit: str, timezone: str) -> pd.DataFrame:
    """Return amount [unit] and days by month ("YYYY-MM") of rows of the table meters: a bill is
    spread evenly over its days, hours count in their month.

    >>> bill = {"start": "2025-01-17", "end": "2025-02-06", "amount": 20.0, "unit": "GJ"}
    >>> days = {name: pd.to_datetime([bill[name]], utc=True) for name in ("start", "end")}
    >>> by_month(pd.DataFrame([bill]).assign(**days), "GJ", "UTC")["amount"].to_dict()
    {'2025-01': 15.0, '2025-02': 5.0}
    """
    start, end = (periods.local(rows[name], timezone) for name in ("start", "end"))
    factor = rows["unit"].map(lambda each: units.convert(1.0, units.plain(each), unit))
    first = start.dt.normalize()
    count = np.maximum(((end.dt.normalize() - first) // _DAY).to_numpy(), 1)
    at = np.repeat(np.arange(len(rows)), count)
    nth = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    day = first.iloc[at].to_numpy() + nth * _DAY.to_timedelta64()
    daily = pd.DataFrame({"amount": (rows["amount"] * factor / count).to_numpy()[at], "day": day})
    of_month = daily.groupby(daily["day"].dt.strftime("%Y-%m"))
    days = of_month["day"].nunique()
    return pd.DataFrame({"amount": of_month["amount"].sum().round(_DIGITS), "days": days})


def incomplete(monthly: pd.DataFrame) -> list[str]:
    """Return the months of which some days have no bill, with how many have one.

    >>> incomplete(pd.DataFrame({"days": [31, 6]}, ["2025-01", "2025-02"]))
    ['2025-02 (6 of 28 days)']
    """
    whole = pd.PeriodIndex(monthly.index, freq="M").days_in_month
    return [
        f"{month} ({days} of {of} days)"
        for month, days, of in zip(monthly.index, monthly["days"], whole, strict=True)
        if days < of
    ]
