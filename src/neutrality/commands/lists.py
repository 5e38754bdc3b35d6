"""The commands factors and parameters."""

from __future__ import annotations

import argparse
from pathlib import Path

import shtab

from neutrality.commands import shared
from neutrality.runner import console, listings


def add(commands, common: list[argparse.ArgumentParser]) -> None:
    """Add factors and parameters to the parser; `common` has their shared options."""
    _add_factors(commands, common)
    _add_parameters(commands, common)


def _add_factors(commands, common: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "factors",
        parents=common,
        help="list the emission factors that are shipped, by id",
        **shared.example("neutrality factors beijing"),
    )
    parser.add_argument(
        "word",
        nargs="?",
        default="",
        metavar="WORD",
        help="list only those with it in id, name, region, year or status",
    )
    parser.set_defaults(command=_factors)


def _add_parameters(commands, common: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "parameters",
        parents=common,
        help="list the parameters: meaning, range, value and where it came from",
        **shared.example("neutrality parameters params/shanghai-campus/2025.yaml"),
    )
    parser.add_argument(
        "case", type=Path, nargs="?", metavar="CASE.yaml", help="default: the notebooks' values"
    ).complete = shtab.FILE
    parser.set_defaults(command=_parameters)


def _factors(chosen: argparse.Namespace) -> int:
    rows = listings.factors(chosen.word)
    if not rows:
        raise ValueError(f"no factor has '{chosen.word}' in id, name, region, year or status")
    print("\n".join(listings.aligned(rows)))
    return 0


def _parameters(chosen: argparse.Namespace) -> int:
    for name, value, origin, limits, meaning in listings.of_case(
        chosen.case, chosen.notebooks, chosen.lang
    ):
        print(f"{console.emphasised(name)}: {value}  ({origin})")
        print(f"    {' '.join(filter(None, [limits, meaning]))}")
    return 0
