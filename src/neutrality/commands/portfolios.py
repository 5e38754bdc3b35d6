"""The command portfolio."""

from __future__ import annotations

import argparse

import shtab

from neutrality.commands import shared
from neutrality.portfolio import publishing, storage


def add(commands, common: list[argparse.ArgumentParser]) -> None:
    """Add portfolio to the parser; `common` has the shared options."""
    parser = commands.add_parser(
        "portfolio",
        parents=common,
        help="put the reports of all sites together: one page, one Excel file, one Parquet file",
        description="Reads the bundles that runs have published; nothing is run. A bundle that "
        "differs from its manifest is named and not counted.",
        **shared.example("neutrality portfolio outputs --year 2025 --to outputs --lang zh"),
    )
    parser.add_argument(
        "outputs",
        metavar="OUTPUTS",
        help="folder that runs publish to: SITE/YEAR, or s3://BUCKET/PREFIX",
    ).complete = shtab.DIRECTORY
    parser.add_argument("--year", type=int, help="reporting year; default: the latest there is")
    parser.add_argument(
        "--to", metavar="DIR", help="folder of the files, or s3://BUCKET/...; default: OUTPUTS"
    ).complete = shtab.DIRECTORY
    parser.set_defaults(command=_portfolio)


def _portfolio(chosen: argparse.Namespace) -> int:
    made, paths = publishing.write(chosen.outputs, chosen.to, chosen.year, chosen.lang)
    sites, counted, odd = len(made.sites), len(made.counted), len(made.exceptions)
    said = f"{made.year}: {sites} sites, {counted} in the totals, {odd} exceptions"
    shared.say(said, chosen.lang)
    for path in paths:
        print(storage.shown(path))
    return 0
