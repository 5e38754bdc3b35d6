"""The command import: files as people have them, each by what its headings say it is."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from neutrality.commands import shared
from neutrality.texts import messages

if TYPE_CHECKING:
    from neutrality.intake.mapping import Question


def add(commands, common: list[argparse.ArgumentParser]) -> None:
    """Add import to the parser; `common` has its shared options."""
    _add_import(commands, common)


def _add_import(commands, common: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "import",
        parents=common,
        help="take files as they are into a case: meters, bills, weather, credits, certificates",
        **shared.example("neutrality import params/shanghai-campus bills.xlsx meters.csv"),
    )
    parser.add_argument(
        "case", type=Path, metavar="CASE_FOLDER", help="the folder of the case's tables"
    )
    parser.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="readings, bills, outdoor temperature, a list of certificates, a registry's export",
    )
    parser.add_argument(
        "--year", type=int, help="reporting year that claims the certificates or credits"
    )
    parser.add_argument(
        "--beneficiary",
        default="",
        metavar="NAME",
        help="take only credits retired for it; default: all",
    )
    parser.set_defaults(command=_import)


def _import(chosen: argparse.Namespace) -> int:
    for file in chosen.files:
        if not file.is_file():
            raise ValueError(f"{file.name}: no such file in {file.parent.name or '.'}")
    if chosen.year is None:
        _refuse_without_year(chosen.files)
    return max([_import_one(chosen, file) for file in chosen.files])


def _refuse_without_year(files: list[Path]) -> None:
    """Raise ValueError for the first ledger among files, before any of them is taken."""
    from neutrality.ledger import certificate_lists, registry

    for file in files:
        is_list = certificate_lists.is_list(file)
        if is_list or registry.is_export(file):
            table = "certificates" if is_list else "credits"
            raise ValueError(
                f"{file.name}: holds {table}; say --year, the reporting year that claims them"
            )


def _import_one(chosen: argparse.Namespace, file: Path) -> int:
    """Import one file by what its headings say it is; return the exit code."""
    from neutrality.intake import importing  # half a second, which other commands do without
    from neutrality.ledger import certificate_lists, registry
    from neutrality.runner import yaml_file

    if certificate_lists.is_list(file):
        return _into_ledger(chosen, file, certificate_lists.import_list, "certificates")
    if registry.is_export(file):
        return _into_ledger(chosen, file, registry.import_export, "credits")
    zone = importing.timezone_of(chosen.case, yaml_file.zones(chosen.case))
    ask = partial(_ask, lang=chosen.lang) if _at_terminal() else None
    lines = importing.import_file(chosen.case, file, zone, ask)
    shared.say(lines, chosen.lang)
    return 0


def _into_ledger(chosen: argparse.Namespace, file: Path, read: Callable, table: str) -> int:
    """Add the blocks of a list or an export to a ledger; return the exit code."""
    from neutrality.intake import evidence
    from neutrality.ledger import registry

    imported = read(chosen.case, file, chosen.year, chosen.beneficiary)
    lines = registry.summary(imported, file.name, table)
    shared.say(lines, chosen.lang)
    if imported.taken.empty:
        said = "nothing was taken; the ledger is as it was"
        print(messages.said(said, chosen.lang), file=sys.stderr)
        return 1
    evidence.keep(chosen.case, file)
    added = f"added to {os.path.relpath(chosen.case)}/{table}.csv, claimed for {chosen.year}; "
    shared.say(added + "now neutrality check says whether they may be claimed", chosen.lang)
    return 0


def _at_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _ask(question: Question, lang: str) -> str:
    """Return a person's answer to a question about a file: one of the choices, or any text."""
    shared.say(f"{' > '.join(map(str, question.at))}: {question.asks}", lang)
    for number, choice in enumerate(question.choices, 1):
        print(f"  {number}  {messages.choice(choice, lang)}")
    while True:
        try:
            answer = input("? ").strip()
        except EOFError:
            raise ValueError("no answer was given; nothing was taken") from None
        if question.choices and answer.isdecimal() and 0 < int(answer) <= len(question.choices):
            return question.choices[int(answer) - 1]
        if answer and (not question.choices or answer in question.choices):
            return answer
