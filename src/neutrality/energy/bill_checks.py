"""The supplier's bills against the main meter, two readings of the same electricity, and what bills
say beside their amount.
"""

from __future__ import annotations

import pandas as pd
import xarray as xr

from neutrality.energy import meters, periods
from neutrality.reference import units
from neutrality.texts import labels
from neutrality.texts.findings import Finding, in_table

TOLERANCE_PERCENT = 2.0  # default of the notebook's parameter
_LEAST_READ = 0.98  # share of a bill's hours or days that the meter must have, to be compared (0-1)
_COLUMNS = ["row", "start", "end", "bill_kwh", "meter_kwh"]


def compared(load_kwh: xr.DataArray, rows: pd.DataFrame) -> pd.DataFrame:
    """Return row, start, end (local days), bill_kwh and meter_kwh [kWh] of each bill of the meter
    `grid_bills` in the table `meters`, beside what the main meter of load_kwh(time, meter) read
    from its start to its end; bills of whose time the meter read less than 98 % are left out.

    What the meter lacks of a bill's time takes the mean of what it has.
    """
    zone = load_kwh.attrs["timezone"]
    bills = rows[(rows["meter"] == periods.BILLED) & (rows["energy"] == periods.ELECTRICITY)]
    main = load_kwh.sel(meter=periods.MAIN).to_series()
    main.index = pd.DatetimeIndex(main.index, tz="UTC")
    step = units.HOURS_PER_DAY if not meters.is_hourly(load_kwh) else 1
    made = []
    for row, bill in bills.iterrows():
        inside = main[(main.index >= bill["start"]) & (main.index < bill["end"])]
        whole = (bill["end"] - bill["start"]) / pd.Timedelta(hours=step)
        if inside.count() >= _LEAST_READ * whole and inside.count():
            kwh = units.convert(bill["amount"], units.plain(bill["unit"]), "kWh")
            span = (f"{bill[name].tz_convert(zone):%Y-%m-%d}" for name in ("start", "end"))
            made.append((row, *span, kwh, inside.mean() * whole))
    return pd.DataFrame(made, columns=_COLUMNS)


def findings(
    load_kwh: xr.DataArray, rows: pd.DataFrame, tolerance_percent: float = TOLERANCE_PERCENT
) -> list[Finding]:
    """Return a finding where bills differ from the main meter by more than the tolerance, with how
    many do, the one that differs most, and what all together bill above the meter [kWh].

    The inventory rests on the meter: what is billed above it may be missing from the total.
    """
    table = compared(load_kwh, rows)
    if table.empty:
        return []
    beyond = table["bill_kwh"] - table["meter_kwh"]
    share = beyond.abs() / table["bill_kwh"].abs().clip(lower=units.TIE)
    off = share * units.PERCENT > tolerance_percent
    if not off.any():
        return []
    worst = table.loc[share.idxmax()]
    names = {f"name_{lang}": labels.label(periods.BILLED, lang) for lang in labels.LANGUAGES}
    values = {"count": int(off.sum()), "of": len(table), "tolerance": tolerance_percent}
    return in_table(
        "meters",
        "bills_differ",
        kwh=float(beyond[off].sum()),
        percent=float(share.max() * units.PERCENT),
        **worst.to_dict(),
        **names,
        **values,
    )


def details(rows: pd.DataFrame, timezone: str, years: list[int]) -> pd.DataFrame:
    """Return what the bills of the years say beside their amount: meter, first and last (local
    days), amount in unit, of it by part of the day, demand_kw, cost and currency.

    A bill belongs to the year of its last day. Bills that say nothing more are left out, and so are
    columns that none of the others fills.
    """
    told = rows.reindex(columns=["meter", "start", "end", "amount", "unit", *periods.BESIDE])
    told = told.replace("", None).infer_objects()
    first, end = (periods.local(rows[name], timezone) for name in ("start", "end"))
    last = end - pd.Timedelta(days=1)
    days = {"first": first.dt.strftime("%Y-%m-%d"), "last": last.dt.strftime("%Y-%m-%d")}
    said = told[list(periods.BESIDE)].drop(columns="currency").notna().any(axis=1)
    made = told.assign(**days)[said & last.dt.year.isin(years)]
    order = ["meter", "first", "last", "amount", "unit", *periods.BESIDE]
    made = made[order].sort_values(["meter", "first"]).set_index("meter")
    return made.dropna(axis="columns", how="all")
