"""Non-routine adjustments: what is known to have happened at a meter, taken out of a saving.

An adjusted saving stands beside the unadjusted one, with an interval as much wider as the
adjustment is unsure. Like every saving it is counterfactual and enters no inventory.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from neutrality.energy import bands
from neutrality.texts import hints
from neutrality.texts.findings import Finding, in_rows

# Autocorrelation above this leaves next to nothing to estimate from; estimates beyond it are noise.
_MOST_RHO = 0.99
_LIMITS = ("low_kwh", "high_kwh")


def check(rows: pd.DataFrame, meters: Iterable[str], years: Iterable[int]) -> list[Finding]:
    """Return what is refused in the table adjustments: a meter that is not one of `meters`, dates
    reversed or not within one of the `years`, two adjustments of one meter on one day of these
    years, and an engineering estimate without kWh, evidence or sign-off.
    """
    known, years = sorted(meters), sorted(set(years))
    strange = rows[~rows["meter"].isin(known)]
    near = [hints.did_you_mean(each, known) for each in strange["meter"]]
    backwards = rows["to"] < rows["from"]
    outside = (rows["from"].dt.year != rows["to"].dt.year) | ~rows["from"].dt.year.isin(years)
    of_years = {"years": ", ".join(map(str, years)), "known": ", ".join(known)}
    found = in_rows(
        "adjustments", "meter", "adjustment_meter", strange.assign(near=near), **of_years
    )
    found += in_rows("adjustments", "to", "adjustment_reversed", rows[backwards])
    found += in_rows(
        "adjustments", "from", "adjustment_outside", rows[outside & ~backwards], **of_years
    )
    found += in_rows(
        "adjustments", "from", "adjustment_overlap", _overlaps(rows[~backwards & ~outside])
    )
    estimates = rows[rows["method"] == "engineering"]
    for column in ("kwh", "evidence", "signed_off_by"):
        empty = estimates[column].isna() | (estimates[column].astype(str).str.strip() == "")
        found += in_rows("adjustments", column, "adjustment_unsupported", estimates[empty])
    return found


def without(load_kwh: xr.DataArray, rows: pd.DataFrame) -> xr.DataArray:
    """Return load_kwh(time, meter) [kWh] with the excluded periods missing, for the fit of a
    baseline and for a saving: neither learns from them, and nothing is demonstrated in them.
    """
    zone = load_kwh.attrs["timezone"]
    day = pd.DatetimeIndex(load_kwh.time.values, tz="UTC").tz_convert(zone).tz_localize(None)
    kept = xr.ones_like(load_kwh, dtype=bool)
    for row in rows[rows["method"] == "exclude"].to_dict("records"):
        kept.loc[{"time": _within(day.normalize(), row), "meter": row["meter"]}] = False
    return load_kwh.where(kept)


def effects(
    rows: pd.DataFrame, residual_kwh: pd.DataFrame, reporting_year: int, level: float
) -> pd.DataFrame:
    """Return each adjustment with its effect: adjustment, meter, method, kwh, low_kwh, high_kwh and
    saving_kwh, what it adds to the saving; in the order of the ids.

    `residual_kwh` is metered less predicted by day (day, meter) [kWh], of base and reporting year,
    the base year predicted by fits that had not seen the month. `kwh` is what the meter read more
    because of the event, below 0 less; low and high are its limits at `level` (0-1). An event of
    the reporting year hides that much saving; one of the base year is in the model of any year, and
    feigns it.

    exclude: the residuals of the period; nothing is estimated, so that it has no width. Of a period
    of the base year it is NaN: it is left out before the fit (`without`).
    indicator: days x (mean residual in the period - mean of the same year outside all adjustments
    of the meter), the coefficient of an indicator variable by least squares on the residuals. The
    variance of each mean is s^2 / n', n' = n (1 - rho) / (1 + rho), with rho the autocorrelation at
    one day; the limits are Student's.
    engineering: as given; without kwh_half_width it is unsure by the whole of itself.
    """
    made = []
    for row in rows.sort_values("id").to_dict("records"):
        year = row["from"].year
        of_year = residual_kwh.loc[residual_kwh.index.year == year, row["meter"]].dropna()
        inside = _within(of_year.index, row)
        if row["method"] == "engineering":
            half = row["kwh_half_width"]
            kwh, half = row["kwh"], abs(row["kwh"]) if pd.isna(half) else half
        elif row["method"] == "exclude":
            kwh, half = (of_year[inside].sum() if year == reporting_year else np.nan), 0.0
        else:
            touched = _touched(of_year.index, rows[rows["meter"] == row["meter"]])
            kwh, half = _indicator(of_year[inside], of_year[~touched], level)
        made.append(
            {
                "adjustment": row["id"],
                "meter": row["meter"],
                "method": row["method"],
                "kwh": kwh,
                "low_kwh": kwh - half,
                "high_kwh": kwh + half,
                "saving_kwh": kwh if year == reporting_year else -kwh,
            }
        )
    columns = ["adjustment", "meter", "method", "kwh", *_LIMITS, "saving_kwh"]
    return pd.DataFrame(made, columns=columns)


def adjusted(banded: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    """Return meter, savings_kwh, low_kwh, high_kwh as in a table of `savings.band`, beside
    adjustment_kwh, adjusted_kwh, adjusted_low_kwh, adjusted_high_kwh [kWh].

    `made` is of `effects` at the level of the band. The errors of model and adjustments are taken
    as independent: squares of half widths add up. Without adjustments both figures are the same.

    >>> band = pd.DataFrame({"meter": ["main"], "savings_kwh": 9.0, "low_kwh": 6.0, "high_kwh": 12})
    >>> made = pd.DataFrame({"meter": ["main"], "low_kwh": -2.0, "high_kwh": 6, "saving_kwh": 2})
    >>> adjusted(band, made)[["adjusted_kwh", "adjusted_low_kwh", "adjusted_high_kwh"]].values
    array([[11.,  6., 16.]])
    """
    made = made.assign(square=((made["high_kwh"] - made["low_kwh"]) / 2).astype(float) ** 2)
    sums = made.groupby("meter")[["saving_kwh", "square"]].sum().reindex(banded["meter"])
    added, square = (sums[each].fillna(0.0).to_numpy() for each in sums)
    table = banded[["meter", "savings_kwh", *_LIMITS]].reset_index(drop=True)
    half = np.hypot((table["high_kwh"] - table["low_kwh"]) / 2, np.sqrt(square))
    middle = table["savings_kwh"] + added
    return table.assign(
        adjustment_kwh=added,
        adjusted_kwh=middle,
        adjusted_low_kwh=middle - half,
        adjusted_high_kwh=middle + half,
    )


def _within(days: pd.DatetimeIndex, row: dict) -> np.ndarray:
    return np.asarray((days >= row["from"]) & (days <= row["to"]))


def _touched(days: pd.DatetimeIndex, rows: pd.DataFrame) -> np.ndarray:
    """Return which days belong to any of the adjustments."""
    within = [_within(days, row) for row in rows.to_dict("records")]
    return np.logical_or.reduce(within)


def _overlaps(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that share a day with an earlier one of the same meter, and its id."""
    found = []
    for _, of_meter in rows.sort_values(["from", "to"], kind="stable").groupby("meter"):
        last, by = of_meter["to"].cummax().shift(), of_meter["id"].shift()
        found.append(of_meter.assign(other=by)[of_meter["from"] <= last])
    return pd.concat(found) if found else rows.assign(other="")


def _indicator(inside: pd.Series, rest: pd.Series, level: float) -> tuple[float, float]:
    """Return the sum that the residuals of a period exceed those of the rest by [kWh], and the half
    width of it; NaN and infinite where either has no day.
    """
    if inside.empty or rest.empty:
        return np.nan, np.inf
    noise = pd.concat([inside - inside.mean(), rest - rest.mean()]).sort_index()
    rho = np.clip((noise * noise.shift()).sum() / (noise**2).sum(), 0, _MOST_RHO)
    days = np.array([len(inside), len(rest)])
    effective = np.maximum(days * (1 - rho) / (1 + rho), 1)
    freedom = max(effective.sum() - len(days), 1)
    variance = (noise**2).sum() / max(len(noise) - len(days), 1) * (1 / effective).sum()
    kwh = len(inside) * (inside.mean() - rest.mean())
    return kwh, len(inside) * bands.student_t(level, freedom) * np.sqrt(variance)
