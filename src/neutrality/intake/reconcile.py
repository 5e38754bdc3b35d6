"""What an import took, in a few lines that can be checked against the file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from neutrality.case import tables
from neutrality.energy import bill_checks, periods, site_load
from neutrality.files.layout import Table
from neutrality.intake import amounts, merging
from neutrality.intake.mapping import Plan
from neutrality.intake.source import shortened

_APART = 300.0  # times: units differ by 1,000 and more, the months of a meter in use by less
_SHOWN = 6  # meters of one line; the rest are counted


def reconciled(readings: pd.DataFrame, timezone: str) -> list[str]:
    """Return a line for each energy and kind of period: meters, hours or periods, from when to
    when, and the sum of each meter.
    """
    lines = []
    hourly = merging.is_hourly(readings)
    for (energy, of_hours), rows in readings.groupby(["energy", hourly], sort=False):
        unit = "kWh" if energy == "electricity" else rows["unit"].iloc[0]
        kept = rows.assign(amount=merging.in_unit(rows, unit))
        sums = kept.groupby("meter", sort=False)["amount"].sum()
        shown = ", ".join(f"{meter} {amount:,.10g} {unit}" for meter, amount in _few(sums))
        more = f" and {len(sums) - _SHOWN} more" if len(sums) > _SHOWN else ""
        first, last = (
            merging.moment(at, timezone) for at in (rows["start"].min(), rows["end"].max())
        )
        count = _count(rows) if of_hours else f"{len(rows):,} period(s)"
        estimated = int(rows["estimated"].sum())
        flagged = f", {estimated:,} estimated" if estimated else ""
        lines.append(
            f"{energy}: {len(sums)} meter(s), {count} from {first} to {last}{flagged}: "
            f"{shown}{more}"
        )
    return lines


def _few(sums: pd.Series):
    return list(sums.round(3).items())[:_SHOWN]


def _count(rows: pd.DataFrame) -> str:
    """Return how many hours, and of which parts, readings cover."""
    every = (rows["end"] - rows["start"]).mode().iloc[0]
    hours = rows["start"].dt.floor("h").nunique()
    minutes = round(every.total_seconds() / 60)
    return f"{hours:,} hours" + (f" (sums of {minutes} minutes)" if minutes < 60 else "")


def of_other_size(readings: pd.DataFrame) -> list[str]:
    """Return a line for each bill or day that is some hundred times as large or small as most of
    its meter, by the day: it may be in another unit than the others.
    """
    periods_of = readings[~merging.is_hourly(readings) & (readings["amount"] > 0)]
    lines = []
    for meter, rows in periods_of.groupby("meter", sort=False):
        unit = rows["unit"].iloc[0]
        days = (rows["end"] - rows["start"]) / pd.Timedelta(days=1)
        rate = merging.in_unit(rows, unit) / days
        usual = rate.median()
        off = ((rate > _APART * usual) | (rate * _APART < usual)).to_numpy()
        near = (usual * days[off]).tolist()
        lines += [
            f"odd: row {row.row}: {meter} has {row.amount:,.10g} {row.unit}, and most rows of it "
            f"are near {most:,.3g} {unit}: is it in another unit?"
            for row, most in zip(rows[off].itertuples(), near, strict=True)
        ]
    return shortened(lines)


def printed_totals(table: Table, plan: Plan, place: str) -> list[str]:
    """Return what the file's rows of totals say of the columns that were taken: the same as our
    sum, or another.
    """
    same: dict[int, list[str]] = {}
    lines = []
    for heading, about in plan.entry.get("columns", {}).items():
        if about["holds"] not in ("amounts", "part") or heading not in table.headings:
            continue
        column = table.body.columns[table.headings.index(heading)]
        ours = amounts.amounts(table.body[column], about["unit"]).values.sum()
        printed = amounts.amounts(table.totals[column], about["unit"]).values.dropna()
        near = amounts.last_place(printed) * max(len(table.body), 1) / 2
        for row, total in printed.items():
            if abs(total - ours) <= near:
                same.setdefault(row, []).append(f"{ours:,.10g}")
            elif abs(printed.sum() - ours) > near:
                lines.append(
                    f"{place}row {row}: found a total of {total:,.10g} for {heading}, and our "
                    f"sum is {ours:,.10g}; compare them"
                )
    shown = (
        f"{place}row {row}: its totals are our sums, {', '.join(sums)}"
        for row, sums in same.items()
    )
    return [*shown, *lines]


def rules(plan: Plan) -> str:
    """Return how a new kind of file is read: its meters, registers and times, with reasons."""
    meters: dict[str, list[str]] = {}
    for heading, about in plan.entry.get("columns", {}).items():
        if about["holds"] != "not used" and about["meter"]:
            meters.setdefault(about["meter"], []).append(heading)
    for name, id in plan.entry.get("meters", {}).items():
        meters.setdefault(id, []).append(name)
    shown = [f"{', '.join(names)} as {id}" for id, names in list(meters.items())[:_SHOWN]]
    shown += [f"and {len(meters) - _SHOWN} meters more"] if len(meters) > _SHOWN else []
    held: dict[str, list[str]] = {}
    for at, why in plan.reasons.items():
        if at[0] in ("stamps", "last_day", "clock", "order", "unit", "multiplied"):
            value = plan.entry[at[0]]
            shown.append(f"{at[0].replace('_', ' ')}: {value}, for {why}" if value else why)
        elif at[-1] == "holds":
            held.setdefault(f"{plan.entry['columns'][at[1]]['holds']} ({why})", []).append(at[1])
    shown += [f"{', '.join(names)}: {what}" for what, names in held.items()]
    return "; ".join(shown)


def against_main(case: Path, timezone: str) -> list[str]:
    """Return whether the supplier's bills agree with the main meter, where the case has both."""
    try:
        rows = tables.read_or_empty(case, "meters", timezone)
        energy = tables.read_or_empty(case, "energy", timezone)
    except ValueError:  # a template without rows yet
        return []
    if not (rows["meter"] == periods.BILLED).any():
        return []
    load_kwh, _ = site_load.readings(energy, rows, timezone)
    if periods.MAIN not in load_kwh.meter.values:
        return []
    table = bill_checks.compared(load_kwh, rows)
    if found := bill_checks.findings(load_kwh, rows):
        return [f"odd: {each.en}" for each in found]
    return [
        f"{len(table)} bill(s) compared with the main meter: {table['bill_kwh'].sum():,.0f} kWh "
        f"billed, {table['meter_kwh'].sum():,.0f} kWh metered"
    ]


def left(table: Table) -> list[str]:
    """Return how many rows were left out, by kind, with the first of them."""
    rows = table.left[~table.left["kind"].isin(["preamble", "blank"])]
    return [
        f"{len(of_kind)} {str(kind).replace('_', ' ')} row(s) ({_rows(of_kind['row'])})"
        for kind, of_kind in rows.groupby("kind", sort=False)
    ]


def _rows(rows: pd.Series) -> str:
    named = ", ".join(map(str, rows[:3]))
    return f"row {named}" + (", ..." if len(rows) > 3 else "")


def not_used(entry: dict) -> list[str]:
    """Return the columns that were left out, with why."""
    by_why: dict[str, list[str]] = {}
    for heading, why in entry.get("not_used", {}).items():
        by_why.setdefault(why, []).append(heading)
    return [f"columns {', '.join(names)} ({why})" for why, names in by_why.items()]
