"""The commands that work on a portfolio in one store: baseline and green power of every meter."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from neutrality.commands import shared

if TYPE_CHECKING:
    import pandas as pd

_MOST_REASONS = 20  # refused meters that are listed; the table has all


def add(commands, common: list[argparse.ArgumentParser]) -> None:
    """Add baseline and green to the parser; `common` has their shared options."""
    parser = _command(
        commands,
        common,
        "baseline",
        "baseline and saving of every meter of a portfolio in one Zarr store",
        "neutrality baseline estate.zarr --base-year 2024 --year 2025 --to savings.parquet",
    )
    parser.add_argument("--base-year", type=int, required=True, help="year that models learn from")
    parser.add_argument(
        "--half-life",
        type=float,
        default=0.0,
        metavar="DAYS",
        help="age at which a reading counts half; default: chosen for each meter in its base year",
    )
    parser.add_argument(
        "--max-gap-share",
        type=float,
        default=0.02,
        metavar="SHARE",
        help="share of a year's hours or days that a meter may lack, 0-1; default: 0.02",
    )
    parser.set_defaults(command=_baseline)
    parser = _command(
        commands,
        common,
        "green",
        "green power and emissions of every meter of a portfolio in one Zarr store",
        "neutrality green estate.zarr --year 2025 --matching M --to green.parquet",
    )
    parser.add_argument(
        "--matching",
        choices=["h", "D", "M", "Y"],
        default="Y",
        help="period in which supply must meet load: hour, day, month, year; default: Y",
    )
    parser.set_defaults(command=_green)


def _command(commands, common, name: str, help: str, example: str) -> argparse.ArgumentParser:
    """Return the parser of one command with what all take."""
    parser = commands.add_parser(name, parents=common, help=help, **shared.example(example))
    parser.add_argument("store", type=Path, metavar="STORE", help="the folder of the Zarr store")
    parser.add_argument("--year", type=int, required=True, help="reporting year")
    parser.add_argument(
        "--to", type=Path, required=True, metavar="FILE", help="table to write, .parquet or .csv"
    )
    parser.add_argument(
        "--memory", default="2GB", help="memory of all processes together; default: 2GB"
    )
    parser.add_argument(
        "--jobs",
        type=shared.whole_number,
        metavar="N",
        help="processes at most; default: all processors",
    )
    parser.add_argument(
        "--scheduler",
        default="",
        metavar="ADDRESS",
        help="work on a Dask cluster that sees the store, such as tcp://HOST:8786",
    )
    return parser


def _baseline(chosen: argparse.Namespace) -> int:
    from neutrality.reference import units
    from neutrality.stores import savings_by_meter

    choices = savings_by_meter.Choices(
        chosen.base_year,
        chosen.year,
        half_life_days=chosen.half_life,
        max_gap_share=chosen.max_gap_share,
    )
    rows = _done(chosen, savings_by_meter.by_meter, choices)
    sums = rows[["predicted_kwh", "metered_kwh", "savings_kwh"]].sum() / units.KWH_PER_MWH
    shared.say(
        f"expected in {chosen.year} {sums.predicted_kwh:,.1f} MWh, metered "
        f"{sums.metered_kwh:,.1f} MWh, saved {sums.savings_kwh:,.1f} MWh",
        chosen.lang,
    )
    return _reasons(chosen, rows)


def _green(chosen: argparse.Namespace) -> int:
    from neutrality.reference import units
    from neutrality.stores import green_by_meter

    rows = _done(chosen, green_by_meter.by_meter, chosen.year, chosen.matching)
    sums = rows[["load_kwh", "matched_kwh"]].sum() / units.KWH_PER_MWH
    shared.say(
        f"used in {chosen.year} {sums.load_kwh:,.1f} MWh, matched {sums.matched_kwh:,.1f} MWh",
        chosen.lang,
    )
    return _reasons(chosen, rows)


def _elsewhere(chosen: argparse.Namespace) -> AbstractContextManager[tuple]:
    """Return what maps the work over a Dask cluster, and its threads, where one is asked."""
    if not chosen.scheduler:
        return nullcontext((None, None))
    from neutrality.portfolio import cluster

    return cluster.mapped(chosen.scheduler, chosen.store)


def _done(chosen: argparse.Namespace, work, *arguments) -> pd.DataFrame:
    """Say what is going to be done, do it, and return the rows, which are written."""
    from neutrality.stores import layout, plan

    if chosen.to.suffix not in (".parquet", ".csv"):
        raise ValueError(f"no table is written to {chosen.to.name}; give a file .parquet or .csv")
    store, memory = layout.open_store(chosen.store), plan.in_bytes(chosen.memory)
    with _elsewhere(chosen) as (mapped, threads):
        planned = plan.plan(store, memory, chosen.jobs or threads)
        shared.say(planned.sentences(), chosen.lang)
        rows, held = work(chosen.store, planned, *arguments, mapped)
    if chosen.to.suffix == ".csv":
        rows.to_csv(chosen.to, index=False, lineterminator="\n", encoding="utf-8")
    else:
        rows.to_parquet(chosen.to, index=False)
    if held:
        shared.say(f"memory held at most: {held / 1e6:,.0f} MB", chosen.lang)
    good = int((rows["reason"] == "").sum())
    shared.say(f"{good:,} of {len(rows):,} meters have figures, in {chosen.to.name}", chosen.lang)
    return rows


def _reasons(chosen: argparse.Namespace, rows: pd.DataFrame) -> int:
    """Say why meters have no figures; return the exit code, 1 where none has any."""
    refused = rows[rows["reason"] != ""]
    for reason in refused["reason"].head(_MOST_REASONS):
        shared.say(reason.splitlines(), chosen.lang)
    if len(refused) > _MOST_REASONS:
        shared.say(f"and {len(refused) - _MOST_REASONS:,} more, in the column reason", chosen.lang)
    return int(len(refused) == len(rows))
