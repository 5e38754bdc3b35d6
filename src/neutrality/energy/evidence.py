"""Whether the readings of both years can be read and suffice, whatever their resolution."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from neutrality.energy import meters, period_checks, reading_checks, sufficiency
from neutrality.texts.findings import Finding


def refuse(
    load_kwh: xr.DataArray,
    outdoor_c: xr.DataArray,
    years: tuple[int, int],
    max_gap_share: float,
    whole: str = "main",
) -> None:
    """Raise ValueError, with all reasons, where load(time, meter) [kWh] of `site_load.readings` and
    outdoor_c(time) [°C] of base and reporting year cannot be modelled; `whole` is the main meter.

    Hours are judged by `reading_checks` and `sufficiency`; of days and bills the rows were
    (`period_checks.refuse`), so here only the temperature is.
    """
    base, reporting = (load_kwh.local_year == year for year in years)
    if not meters.is_hourly(load_kwh):
        sufficiency.refuse_cold_days(outdoor_c, years, max_gap_share)
        return
    reading_checks.refuse(load_kwh, years, whole)
    sufficiency.refuse_base_year(load_kwh[base], outdoor_c[base], max_gap_share)
    sufficiency.refuse_gaps(load_kwh[reporting], outdoor_c[reporting], max_gap_share)


def check(
    load_kwh: xr.DataArray,
    outdoor_c: xr.DataArray,
    rows: pd.DataFrame,
    years: tuple[int, int],
    max_gap_share: float,
    **limits: float,
) -> list[Finding]:
    """Return the findings about the readings of base and reporting year; `rows` is the table
    `meters`, `limits` are those of `reading_checks.check` for hours.

    Raises ValueError as `refuse` does.
    """
    refuse(load_kwh, outdoor_c, years, max_gap_share)
    zone = load_kwh.attrs["timezone"]
    base, reporting = (outdoor_c[load_kwh.local_year == year] for year in years)
    if not meters.is_hourly(load_kwh):
        unseen = sufficiency.unseen_weather(base, reporting)
        return period_checks.findings(rows, zone, years, load_kwh) + unseen
    load_base = load_kwh[load_kwh.local_year == years[0]]
    found = sufficiency.check_base_year(load_base, base, max_gap_share, reporting)
    found += reading_checks.check(load_kwh, years, **limits)
    if len(rows):
        found += period_checks.findings(rows, zone, years)
        found += period_checks.coarser(load_kwh, rows)
    return found
