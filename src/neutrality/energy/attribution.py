"""What changed an energy between two years: weather, occupancy, measures, and what is not shown.

For each source, in its own unit: reporting - base = weather + activity + measures + other, exactly.
All but the two amounts rest on a model of the base year, so nothing of it enters an inventory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from neutrality.energy import bands, month_models
from neutrality.reference import gases, units
from neutrality.reference.grid_factors import GRID
from neutrality.texts import labels
from neutrality.texts.findings import Finding, in_table

COLUMNS = ["source", "unit", "resolution", "model", "heating_c", "cooling_c"]
COLUMNS += ["base_amount", "reporting_amount", "weather_amount", "weather_error_amount"]
COLUMNS += ["activity_amount", "measures_amount", "measures_low", "measures_high", "level"]
COLUMNS += ["other_amount", "demonstrated", "why"]
_FUEL, _BILLS = "gas", "bills"  # whose drift fuels and heat take: no other is published
_ENERGY_SCOPES = (1, 2)
_SAVED = ["savings_kwh", "low_kwh", "high_kwh"]


def outdoor_by_day(weather: pd.DataFrame, timezone: str, years: list[int]) -> pd.Series:
    """Return the mean outdoor temperature of each local day of the years [°C], indexed by day.

    `weather` has a UTC index and a column outdoor_c. A day without a reading takes the mean of its
    month, else of all.
    """
    local = weather["outdoor_c"].tz_convert(timezone)
    mean = local.groupby(local.index.tz_localize(None).normalize()).mean()
    days = [pd.date_range(f"{year}-01-01", f"{year}-12-31") for year in sorted(set(years))]
    by_day = mean.reindex(days[0].append(days[1:]))
    by_month = by_day.groupby([by_day.index.year, by_day.index.month]).transform("mean")
    return by_day.fillna(by_month).fillna(by_day.mean())


def occupancy_change(occupancy: pd.DataFrame, years: tuple[int, int], share: float) -> float:
    """Return by which share the occupants changed the use (below or above 0): the share of it that
    follows them (0-1) x the relative change of their mean number from the first year to the second.

    `occupancy` has month ("YYYY-MM") and occupants. 0 for a share of 0: nothing is attributed to
    people unless the case says how much of its energy follows them. Raises ValueError for a share
    above 0 and a year without occupants.

    >>> table = pd.DataFrame({"month": ["2023-01", "2025-01"], "occupants": [200.0, 150.0]})
    >>> occupancy_change(table, (2023, 2025), 0.4)
    -0.1
    """
    if not share:
        return 0.0
    mean = occupancy.groupby(occupancy["month"].str[:4])["occupants"].mean()
    base, reporting = (float(mean.get(str(year), 0.0)) for year in years)
    if not base or not reporting:
        raise ValueError(
            f"occupancy_share is {share:g}, but occupancy.csv has no occupants in "
            f"{years[0] if not base else years[1]}; add its months, or set occupancy_share to 0"
        )
    return share * (reporting / base - 1)


def in_force(measures: pd.DataFrame, years: tuple[int, int]) -> set[str]:
    """Return the end uses and sources of the measures that began after the base year did and by the
    end of the reporting year: an older or a later one changed nothing between the two.
    """
    since = measures["since"]
    new = (since > f"{years[0]}-01-01") & (since <= f"{years[1]}-12-31")
    return set(measures.loc[new, "end_use"])


def of_meter(
    amounts_kwh: tuple[float, float],
    predicted_kwh: tuple[float, float],
    saved: pd.DataFrame,
    measured: set[str],
    occupied: float = 0.0,
    whole: str = "main",
    **about: object,
) -> pd.DataFrame:
    """Return the attribution of grid electricity as one row of COLUMNS [kWh].

    `amounts_kwh` are the metered sums of base and reporting year, `predicted_kwh` what the base
    year's model predicts with the weather and calendar of each. `saved` has meter, predicted_kwh,
    savings_kwh, low_kwh, high_kwh of the meter `whole` and of end uses. A saving counts where the
    end use has a measure (`measured`) and its interval excludes 0, on either side: an increase that
    is shown counts as well. Where that of the whole meter is shown and a measure names it, the end
    uses are parts of it. Intervals of several end uses are added, as if their errors were one:
    nobody knows how they are correlated. `occupied` is of `occupancy_change`; it moves the
    prediction and the savings alike. `about` fills model, resolution and level.
    """
    named = measured | ({whole} if GRID in measured else set())
    banded = saved.dropna(subset=_SAVED)
    moved = banded["predicted_kwh"] * occupied
    shifted = banded.assign(**{each: banded[each] + moved for each in _SAVED})
    shown = shifted[shifted["meter"].isin(named) & _excludes_zero(shifted)]
    if whole in set(shown["meter"]):
        shown = shown[shown["meter"] == whole]
    parts = {
        "weather_amount": predicted_kwh[1] - predicted_kwh[0],
        "activity_amount": occupied * predicted_kwh[1],
        **_measures(shown["meter"], *(shown[each].sum() for each in _SAVED)),
    }
    return _table([_row(GRID, "kWh", amounts_kwh, parts | about)])


def _excludes_zero(saved: pd.DataFrame) -> pd.Series:
    return (saved["low_kwh"] > 0) | (saved["high_kwh"] < 0)


def _measures(names, saved: float, low: float, high: float) -> dict[str, object]:
    """Return the effect of measures on an amount, below 0 where it falls; 0 without a name."""
    named = ";".join(names)
    interval = {"measures_low": -high, "measures_high": -low} if named else {}
    return {"measures_amount": 0.0 - saved, "demonstrated": named, **interval}


def _row(source: str, unit: str, amounts: tuple[float, float], parts: dict) -> dict:
    """Return a row of COLUMNS; what the parts leave of the change is `other_amount`."""
    attributed = [parts[f"{each}_amount"] for each in ("weather", "activity", "measures")]
    names = {"source": source, "unit": unit, "base_amount": amounts[0]}
    rest = amounts[1] - amounts[0] - sum(attributed)
    return names | {"reporting_amount": amounts[1], "other_amount": rest} | parts


def _table(rows: list[dict]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=COLUMNS)
    texts = ["source", "unit", "resolution", "model", "demonstrated", "why"]
    numbers = [each for each in COLUMNS if each not in texts]
    as_text = table[texts].astype(object)
    return table.assign(**as_text.where(as_text.notna(), "")).astype(dict.fromkeys(numbers, float))


def season(written: str) -> tuple[str, str] | None:
    """Return the first and last day of the heating season as "MM-DD", or None where none is given.

    >>> season("11-15/03-15"), season("")
    (('11-15', '03-15'), None)
    """
    if not written:
        return None
    days = written.split("/")
    real = pd.to_datetime([f"2000-{day}" for day in days], format="%Y-%m-%d", errors="coerce")
    if len(days) != 2 or real.isna().any():
        raise ValueError(
            f"heating_season is '{written}'; write the first and the last day of heat supply as "
            "MM-DD/MM-DD, such as 11-15/03-15, or leave it empty"
        )
    return days[0], days[1]


def _month(month: str, heated: tuple[str, str] | None) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Return the first day of a month's supply and the day after its last; None where there is no
    day of the heating season in it.
    """
    days = pd.date_range(f"{month}-01", periods=1, freq="MS")[0]
    days = pd.date_range(days, days + pd.offsets.MonthEnd(1))
    if heated:
        day, (first, last) = days.strftime("%m-%d"), heated
        inside = (day >= first) & (day <= last) if first <= last else (day >= first) | (day <= last)
        days = days[inside]
    return (days[0], days[-1] + pd.Timedelta(days=1)) if len(days) else None


def _periods(months: list[str], heated: tuple[str, str] | None) -> pd.DataFrame:
    """Return start and end of each month's supply, indexed by month."""
    ends = [_month(month, heated) for month in months]
    return pd.DataFrame(ends, columns=["start", "end"], index=months)


def of_bills(
    activities: pd.DataFrame,
    outdoor_day_c: pd.Series,
    years: tuple[int, int],
    measured: set[str],
    level: float,
    drift_share: float = 0.0,
    occupied: float = 0.0,
    heated: tuple[str, str] | None = None,
) -> pd.DataFrame:
    """Return the attribution of heat and fuels, a row of COLUMNS for each source of the inventory's
    scopes 1 and 2 in `activities`, in the unit of its bills; gases are no energy.

    A model of `month_models` is fitted to the base year's bills and predicts the calendar months
    that have a bill in either year. The saving against it counts as that of a measure where one is
    named for the source and the interval excludes 0:

    half width = q(level) x sqrt(model error^2 + (drift x prediction)^2 x years between)

    of `bands.half_share`, with the published drift of gas for every fuel and for heat, or
    `drift_share`. A source that is
    billed only in months of the heating season `heated` is supplied on its days alone.
    """
    rows = activities[(activities["line"] == "inventory") & _is_energy(activities)]
    given = _Given(outdoor_day_c, years, level, drift_share or None, occupied, heated)
    found = [
        _of_source(source, bills, given, source in measured)
        for source, bills in rows.groupby("source")
    ]
    return _table(found).assign(level=level)


def season_findings(
    attributed: pd.DataFrame,
    activities: pd.DataFrame,
    years: tuple[int, int],
    heated: tuple[str, str] | None,
) -> list[Finding]:
    """Return a finding for each source whose use responds to the weather and stops for part of the
    year, where no heating season is given: a month in which supply began counts as a whole one.

    `attributed` is of `of_bills`. More degree-days are then counted than were supplied, the balance
    point is found too low, and the effect of the weather too large.
    """
    responds = attributed[(attributed["model"] != "") & (attributed["why"] == "")]["source"]
    billed = activities[(activities["amount"] > 0) & activities["source"].isin(responds)]
    month = billed["month"][billed["month"].str[:4].isin([str(year) for year in years])].str[5:]
    months = month.groupby(billed["source"]).nunique()
    return [
        finding
        for source, count in months[months < units.MONTHS_PER_YEAR].items()
        if heated is None
        for finding in in_table(
            "activities",
            "season_not_given",
            months=count,
            **{f"name_{lang}": labels.label(source, lang) for lang in labels.LANGUAGES},
        )
    ]


@dataclass(frozen=True)
class _Given:
    """What the attribution of every source of bills rests on, beside the bills themselves."""

    outdoor_day_c: pd.Series
    years: tuple[int, int]
    level: float  # confidence level of the interval (0-1)
    drift_share: float | None  # yearly change of a building nobody touched (0-1); None: published
    occupied: float  # of `occupancy_change`
    heated: tuple[str, str] | None  # of `season`


def _is_energy(activities: pd.DataFrame) -> pd.Series:
    gas = activities["factor_id"].isin(gases.families().index)
    return activities["scope"].astype(int).isin(_ENERGY_SCOPES) & ~gas


def _of_source(source: str, bills: pd.DataFrame, given: _Given, has_measure: bool) -> dict:
    """Return the attribution of one source; all of it `other_amount` where it has no model."""
    nothing = dict.fromkeys(["weather_amount", "activity_amount", "measures_amount"], 0.0)
    nothing["resolution"] = "months"
    if bills["unit"].nunique() > 1:
        return _row(source, "", (np.nan, np.nan), nothing | {"why": "several_units"})
    unit, amount = bills["unit"].iloc[0], bills.groupby("month")["amount"].sum()
    amounts = tuple(float(amount[amount.index.str[:4] == str(year)].sum()) for year in given.years)
    in_base, both = _billed(amount, given.years, given.heated)
    if len(in_base) < month_models.LEAST_MONTHS:
        return _row(source, unit, amounts, nothing | {"why": "too_few_bills"})
    parts = _modelled(in_base, both, amounts[1], given, source if has_measure else "")
    return _row(source, unit, amounts, nothing | parts)


def _modelled(
    in_base: pd.DataFrame, both: list[pd.DataFrame], metered: float, given: _Given, measure: str
) -> dict:
    """Return the parts of a source's change by a model of its base year's bills; `measure` is the
    source where a measure names it, else empty.
    """
    outdoor_c = given.outdoor_day_c
    model = month_models.fit(in_base, outdoor_c)
    error, total_error = month_models.errors(model, in_base, both, outdoor_c)
    base, predicted = (float(month_models.predict(model, of, outdoor_c).sum()) for of in both)
    responds = model.kind != month_models.NO_WEATHER
    saved = predicted * (1 + given.occupied) - metered
    half = predicted * _half_share(total_error / predicted if predicted else 0.0, given)
    shown = [measure] if measure and abs(saved) > half else []
    interval = (saved, saved - half, saved + half) if shown else (0.0, 0.0, 0.0)
    about = {"model": model.kind, "heating_c": model.heating_c, "cooling_c": model.cooling_c}
    about |= {"weather_error_amount": error, "why": "" if responds else "no_response"}
    changed = {"weather_amount": predicted - base if responds else 0.0}
    return (
        about
        | changed
        | {"activity_amount": given.occupied * predicted}
        | _measures(shown, *interval)
    )


def _half_share(error_share: float, given: _Given) -> float:
    years, drift_share = given.years[1] - given.years[0], given.drift_share
    return float(
        bands.half_share(error_share, given.level, _FUEL, _BILLS, years, drift_share=drift_share)
    )


def _billed(
    amount: pd.Series, years: tuple[int, int], heated: tuple[str, str] | None
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Return the base year's bills (start, end, amount), and for each year the periods of all
    calendar months that have a bill in either.
    """
    of_years = amount[amount.index.str[:4].isin([str(year) for year in years])]
    months = sorted(set(of_years.index.str[5:]))
    used = sorted(set(of_years.index[of_years > 0].str[5:]))
    if heated and all(_month(f"{years[0]}-{month}", heated) for month in used):
        months = used
    else:
        heated = None
    both = [_periods([f"{year}-{month}" for month in months], heated) for year in years]
    return both[0].join(of_years.rename("amount"), how="inner"), both
