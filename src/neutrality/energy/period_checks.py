"""Whether rows of the table `meters` can be bills, days or hours of a meter, and cover the years.

What cannot be is refused by row and column; what is only odd is a finding with its kWh.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from neutrality.case import columns
from neutrality.energy import meters, periods
from neutrality.energy.reading_checks import of_meter
from neutrality.reference import units
from neutrality.texts.findings import Finding

# Bills come by the month, the two months or the quarter, which has 92 days at most; a longer
# period says nothing about seasons.
MOST_DAYS = 100
_NAME, _TABLE = "meters", "meters.csv"
_HOUR, _DAY = pd.Timedelta(hours=1), pd.Timedelta(days=1)
_ONE_OF_A_METER = ("energy", "unit", "source")  # columns that are the same in all rows of a meter


def refuse(
    rows: pd.DataFrame,
    timezone: str,
    years: Iterable[int],
    max_gap_share: float,
    wide: Iterable[str] = (),
) -> None:
    """Raise ValueError with all `problems` of a table `meters`, and, where its rows can be used,
    each meter's days without a reading beyond `max_gap_share` (0-1) of a local year.

    `wide` are the meters of the table energy, none of which may be here again.
    """
    found = problems(rows, timezone, wide)
    if len(rows) and not found:
        found = _uncovered(rows, timezone, years, max_gap_share)
    if found:
        raise ValueError("\n".join(found))


def problems(rows: pd.DataFrame, timezone: str, wide: Iterable[str] = ()) -> list[str]:
    """Return a sentence for each row that cannot be used, with row, column, what was found and what
    to do: a meter that is in the table energy too; two energies, units or sources of one meter; a
    unit that does not measure its energy; an amount below 0; an end not after the start; a period
    longer than 100 days, or of part of a day; periods that overlap; and a site without a meter
    `main` of electricity.
    """
    wide = list(wide)
    found = _no_main(rows) if not wide else []
    if rows.empty:
        return found
    found += _said("meter", rows, rows["meter"].isin(wide), _twice)
    for column in _ONE_OF_A_METER:
        first = rows.groupby("meter")[column].transform("first")
        found += _said(column, rows, rows[column] != first, _two_of(column, rows))
    pairs = zip(rows["unit"], rows["energy"], strict=True)
    wrong_unit = pd.Series([not periods.unit_kept(*pair) for pair in pairs], rows.index)
    found += _said("unit", rows, wrong_unit, _other_unit)
    found += _said("amount", rows, rows["amount"] < 0, _negative)
    length = rows["end"] - rows["start"]
    found += _said("end", rows, length <= pd.Timedelta(0), _reversed(rows, timezone), timezone)
    too_long = length > pd.Timedelta(days=MOST_DAYS) + _HOUR
    found += _said("end", rows, too_long, _too_long(length), timezone)
    if not found:
        found = _of_part_days(rows, timezone) + _overlapping(rows, timezone)
    return found


def _said(column: str, rows: pd.DataFrame, bad: pd.Series, remedy, timezone: str = "") -> list[str]:
    """Return a sentence for each of the first bad rows, and the count of the rest; `remedy` gives
    the sentence's end for a row.
    """
    bad = bad.astype(bool)
    text = rows[column].where(bad).map(lambda cell: _shown(cell, timezone), na_action="ignore")
    return columns.refusals(_TABLE, column, text, bad, lambda row: remedy(rows.loc[row]))


def _shown(cell: object, timezone: str) -> str:
    """Return a cell as it may have been written: an instant by the site's clock."""
    if not isinstance(cell, pd.Timestamp):
        return f"{cell:g}" if isinstance(cell, float) else str(cell)
    clock = cell.tz_convert(timezone)
    return f"{clock:%Y-%m-%d}" if clock == clock.normalize() else clock.isoformat()


def _no_main(rows: pd.DataFrame) -> list[str]:
    main = rows[rows["meter"] == periods.MAIN]
    if (main["energy"] == periods.ELECTRICITY).any():
        return []
    has = f"it has {', '.join(rows['meter'].unique())}; " if len(rows) else ""
    if len(main):
        return [
            f"{_TABLE}, row {main.index[0]}, column energy: found '{main['energy'].iloc[0]}'; the "
            "meter main is the site's whole electricity: name another energy's meter otherwise"
        ]
    return [
        f"{_TABLE}: no meter is called main, the site's whole electricity; {has}add its bills, "
        "days or hours, or give the table energy"
    ]


def _twice(row: pd.Series) -> str:
    return f"the table energy has a column {row['meter']}_kwh; keep one of the two"


def _two_of(column: str, rows: pd.DataFrame):
    first = rows.reset_index(names="row").groupby("meter")[["row", column]].first()

    def remedy(row: pd.Series) -> str:
        at, other = first.loc[row["meter"]]
        other = f"'{other}'" if other else "none"
        return f"row {at} of the meter {row['meter']} has {other}; one meter has one {column}: " + (
            "convert the amounts to one of them" if column == "unit" else "correct one of them"
        )

    return remedy


def _other_unit(row: pd.Series) -> str:
    kept = "m3" if row["energy"] == "water" else "kWh"
    known = units.same_dimension(kept)
    known += f", {units.same_dimension('m3')}" if row["energy"] == "gas" else ""
    return f"{row['energy']} is measured in one of {known}"


def _negative(row: pd.Series) -> str:
    return (
        "it is 0 or more; a credit note corrects an earlier bill: enter that bill's amount less "
        "the credit, and leave this row out"
    )


def _reversed(rows: pd.DataFrame, timezone: str):
    return lambda row: (
        f"it is not after the start, {_shown(row['start'], timezone)}; end is the day of the read, "
        "on which the next period starts"
    )


def _too_long(length: pd.Series):
    return lambda row: (
        f"the period has {length[row.name] / _DAY:.0f} days, and {MOST_DAYS} at most say anything "
        "about the seasons; give the bills or reads in between"
    )


def _of_part_days(rows: pd.DataFrame, timezone: str) -> list[str]:
    """Return the rows that are neither an hour of a meter of hours nor whole days."""
    resolution = rows["meter"].map(periods.resolution(rows, timezone))
    start, end = (periods.local(rows[name], timezone) for name in ("start", "end"))
    whole_days = (start == start.dt.normalize()) & (end == end.dt.normalize())
    off_the_hour = start != start.dt.floor("h")
    bad = np.where(resolution == periods.HOURS, off_the_hour, ~whole_days)
    remedy = (
        "bills and days begin and end on a date, at midnight of the site's clock; hours begin on "
        "the hour, and every row of their meter is one (sum shorter periods)"
    )
    return _said("start", rows, pd.Series(bad, rows.index), lambda row: remedy, timezone)


def _overlapping(rows: pd.DataFrame, timezone: str) -> list[str]:
    ordered = rows.sort_values(["meter", "start", "end"], kind="stable")
    by_meter = ordered.groupby("meter")
    latest = by_meter["end"].cummax().groupby(ordered["meter"]).shift()
    before = pd.Series(ordered.index, ordered.index).groupby(ordered["meter"]).shift()

    def remedy(row: pd.Series) -> str:
        return (
            f"the meter {row['meter']} has a period until {_shown(latest[row.name], timezone)} "
            f"(row {before[row.name]:.0f} or earlier); periods may not overlap: a bill starts on "
            "the day the last one ended"
        )

    return _said("start", ordered, ordered["start"] < latest, remedy, timezone)


def _uncovered(
    rows: pd.DataFrame, timezone: str, years: Iterable[int], max_gap_share: float
) -> list[str]:
    """Return the gaps of each meter's year that together have more than `max_gap_share` of its
    days.

    Meters of hours are left to `sufficiency`; what heats for part of the year has no bills in the
    rest of it, and no total rests on bills that only check the main meter: for these a gap is a
    finding.
    """
    resolution = periods.resolution(rows, timezone)
    counted = (rows["energy"] == periods.ELECTRICITY) & (rows["meter"] != periods.BILLED)
    needed = set(rows["meter"][counted]) & set(resolution.index[resolution != periods.HOURS])
    found: list[str] = []
    for meter in [each for each in resolution.index if each in needed]:
        of_meter = rows[rows["meter"] == meter]
        for year in years:
            spans = gaps(of_meter, timezone, year)
            missing = sum((end - start).days for _, start, end in spans)
            if missing > max_gap_share * _days_in(year):
                found += _told_gaps(meter, year, spans, missing, max_gap_share)
    return found


def _told_gaps(meter: str, year: int, spans: list, missing: int, most: float) -> list[str]:
    if missing == _days_in(year):
        return [
            f"{_TABLE}: {meter}: no day of {year} has a reading; give its bills or days, or choose "
            "other years in the YAML"
        ]
    return [
        f"{_TABLE}, {place}: {meter}: nothing was read from {start:%Y-%m-%d} to {end:%Y-%m-%d}; "
        f"{missing} of {_days_in(year)} days of {year} have no reading, and at most {most:.1%} "
        "may be missing (max_gap_share): add the bills in between"
        for place, start, end in spans
    ]


def gaps(of_meter: pd.DataFrame, timezone: str, year: int) -> list[tuple]:
    """Return place (row and column), first day and the day after the last of each part of a local
    year that no row of one meter covers.
    """
    begin, close = pd.Timestamp(year, 1, 1), pd.Timestamp(year + 1, 1, 1)
    ordered = of_meter.assign(
        start=periods.local(of_meter["start"], timezone),
        end=periods.local(of_meter["end"], timezone),
    ).sort_values("start")
    covered = ordered[(ordered["end"] > begin) & (ordered["start"] < close)]
    found, until, last = [], begin, None
    for row in covered.itertuples():
        if row.start > until:
            found.append((f"row {row.Index}, column start", until, row.start))
        until, last = max(until, row.end), row.Index
    if until < close:
        place = "column end" if last is None else f"row {last}, column end"
        found.append((place, until, close))
    return found


def _days_in(year: int) -> int:
    return (pd.Timestamp(year + 1, 1, 1) - pd.Timestamp(year, 1, 1)).days


def findings(
    rows: pd.DataFrame, timezone: str, years: Iterable[int], load_kwh: xr.DataArray | None = None
) -> list[Finding]:
    """Return the findings about the days and bills of the table `meters` in some local years, rule
    by rule, meter by meter and year by year.

    A finding is: estimated reads, and what of them no later measured read of the year settles;
    bills over the turn of the year, apportioned by days, with what they give to the year; days
    without a reading. `kwh` of a finding is given for the meter main, whose gaps are filled in
    `load_kwh`(time, meter) [kWh a day] of `periods.by_day`. Bills that only check the main meter
    are left to `bill_checks`.
    """
    rows = rows[rows["meter"] != periods.BILLED]
    resolution = periods.resolution(rows, timezone)
    arrays = periods.to_arrays(rows[rows["meter"].map(resolution) != periods.HOURS], timezone)
    tables = {
        str(meter): arrays.sel(meter=meter).to_dataframe().dropna(subset=["start"])
        for meter in arrays.meter.values
    }
    found = [
        finding
        for rule in (_estimated, _straddling)
        for meter, table in tables.items()
        for year in years
        if len(of_year := _in_year(table, year))
        for finding in rule(meter, of_year, year)
    ]
    return found + _missing(rows, timezone, years, load_kwh)


def _in_year(table: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the periods with a part in a year, with `share` (0-1) of their days in it, and what
    that part amounts to.
    """
    begin, close = pd.Timestamp(year, 1, 1), pd.Timestamp(year + 1, 1, 1)
    inside = table["end"].clip(upper=close) - table["start"].clip(lower=begin)
    share = (inside / (table["end"] - table["start"])).clip(lower=0)
    return table.assign(share=share, part=table["amount"] * share)[share > 0]


def _estimated(meter: str, of_year: pd.DataFrame, year: int) -> list[Finding]:
    estimated, measured = (of_year[of_year["estimated"] == flag] for flag in (True, False))
    if estimated.empty:
        return []
    last = measured.index.max() if len(measured) else -1
    values = {
        "year": year,
        "count": len(estimated),
        "amount": estimated["part"].sum(),
        "unsettled": estimated.loc[estimated.index > last, "part"].sum(),
        "unit": of_year["unit"].iloc[0],
    }
    if not values["unsettled"]:
        return [of_meter("estimated_settled", meter, _NAME, **values)]
    if meter == periods.MAIN:
        values["kwh"] = values["unsettled"]
    return [of_meter("estimated_reads", meter, _NAME, **values)]


def _straddling(meter: str, of_year: pd.DataFrame, year: int) -> list[Finding]:
    over = of_year[of_year["share"] < 1 - units.TIE]
    if over.empty:
        return []
    values = {"count": len(over), "amount": over["part"].sum(), "unit": of_year["unit"].iloc[0]}
    return [of_meter("bills_over_turn", meter, _NAME, year=year, **values)]


def _missing(
    rows: pd.DataFrame, timezone: str, years: Iterable[int], load_kwh: xr.DataArray | None
) -> list[Finding]:
    found, resolution = [], periods.resolution(rows, timezone)
    for meter in resolution.index[resolution != periods.HOURS]:
        for year in years:
            spans = gaps(rows[rows["meter"] == meter], timezone, year)
            days = sum((end - start).days for _, start, end in spans)
            if not days:
                continue
            values = {"year": year, "days": days, "first": f"{spans[0][1]:%Y-%m-%d}"}
            if load_kwh is not None and meter == periods.MAIN:
                values["kwh"] = _filled_kwh(load_kwh, year)
                found.append(of_meter("days_filled", meter, _NAME, **values))
            else:
                found.append(of_meter("days_without_read", meter, _NAME, **values))
    return found


def _filled_kwh(load_kwh: xr.DataArray, year: int) -> float:
    filled, _ = meters.fill_gaps(load_kwh)
    of_year = load_kwh.local_year.values == year
    main = {"meter": periods.MAIN}
    return float((filled - load_kwh.fillna(0)).sel(main)[of_year].sum())


def coarser(load_kwh: xr.DataArray, rows: pd.DataFrame) -> list[Finding]:
    """Return a finding for each meter of electricity in the table `meters` that the array of
    `site_load.readings` leaves out, since it is coarser than the main meter's hours.
    """
    checks = rows["meter"] == periods.BILLED
    used = rows[(rows["energy"] == periods.ELECTRICITY) & ~checks]
    left_out = [meter for meter in used["meter"].unique() if meter not in load_kwh.meter.values]
    return [of_meter("coarser_than_main", meter, _NAME) for meter in left_out]
