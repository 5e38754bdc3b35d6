"""The command line: check a case, run it, start a new one, import files as they are."""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from pathlib import Path

from neutrality.intake import importing, mapping
from neutrality.ledger import double_claims, registry
from neutrality.runner import checks, new, run, yaml_file

STOPPED = 130  # a shell's code for a command ended by Ctrl-C


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code: 0 done, 1 refused or failed, 2 not understood, 130
    stopped.
    """
    chosen = _parser().parse_args(arguments)
    try:
        return chosen.command(chosen)
    except (ValueError, RuntimeError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt as stopped:
        print(f"{str(stopped) or 'stopped'}; the last report is untouched", file=sys.stderr)
        return STOPPED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="neutrality", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    notebooks = argparse.ArgumentParser(add_help=False)
    notebooks.add_argument(
        "--notebooks", type=Path, metavar="DIR", help="notebooks other than the package's own"
    )
    _add_check(commands, notebooks)
    _add_run(commands, notebooks)
    _add_new(commands, notebooks)
    _add_import(commands)
    return parser


def _add_check(commands, notebooks: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "check",
        parents=[notebooks],
        help="list what is wrong with a case, or with several and between them",
    )
    parser.add_argument(
        "cases",
        type=Path,
        nargs="+",
        metavar="CASE.yaml",
        help="parameters of a year, beside its tables; of any number of sites and years",
    )
    parser.set_defaults(command=_check)


def _add_run(commands, notebooks: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "run", parents=[notebooks], help="make the annual report of a case"
    )
    parser.add_argument(
        "case", type=Path, metavar="CASE.yaml", help="the year's parameters, beside its tables"
    )
    parser.add_argument(
        "--outputs", type=Path, default="outputs", metavar="DIR", help="default: outputs"
    )
    parser.set_defaults(command=_run)


def _add_new(commands, notebooks: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "new", parents=[notebooks], help="start a case: parameters and table templates"
    )
    parser.add_argument(
        "site", metavar="SITE", help="name of the case's folder, such as shanghai-campus"
    )
    parser.add_argument("--year", type=int, help="reporting year; default: the notebooks' own")
    parser.add_argument(
        "--params", type=Path, default="params", metavar="DIR", help="default: params"
    )
    parser.set_defaults(command=_new)


def _add_import(commands) -> None:
    parser = commands.add_parser(
        "import",
        help="take files as they are into a case: meters, bills, weather, retired credits",
    )
    parser.add_argument(
        "case", type=Path, metavar="CASE_FOLDER", help="the folder of the case's tables"
    )
    parser.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="readings, bills, outdoor temperature, or a registry's table of retirements",
    )
    parser.add_argument(
        "--year", type=int, help="reporting year that claims the credits of a registry's table"
    )
    parser.add_argument(
        "--beneficiary",
        default="",
        metavar="NAME",
        help="take only credits retired for it; default: all",
    )
    parser.set_defaults(command=_import)


def _check(chosen: argparse.Namespace) -> int:
    several, wrong = len(chosen.cases) > 1, False
    for case in chosen.cases:
        problems = checks.check(case, chosen.notebooks)
        wrong |= bool(problems)
        print(
            "\n".join(f"{case.parent.name}: {each}" if several else each for each in problems)
            or f"{case}: no problem found; the report can be made",
            flush=True,
        )
        for each in checks.odd_bills(case, chosen.notebooks):
            print(f"odd, and printed in the report: {each}", flush=True)
    folders = [case.parent for case in chosen.cases if case.is_file()]
    shared = double_claims.between_cases(folders) if several and folders else []
    print(*shared, sep="\n", end="\n" if shared else "", flush=True)
    return 1 if wrong or shared else 0


def _run(chosen: argparse.Namespace) -> int:
    made = run.run(chosen.case, chosen.outputs, chosen.notebooks, partial(print, flush=True))
    for path in sorted(made.glob("report.*")) or [made]:
        print(os.path.relpath(path))
    return 0


def _new(chosen: argparse.Namespace) -> int:
    made = new.new(chosen.site, chosen.params, chosen.year, chosen.notebooks)
    (year,) = made.glob("*.yaml")
    print(f"{os.path.relpath(made)}: fill its tables ({new.GUIDE_FILE} says what each holds), then")
    print(f"neutrality check {os.path.relpath(year)}")
    return 0


def _import(chosen: argparse.Namespace) -> int:
    return max([_import_one(chosen, file) for file in chosen.files])


def _import_one(chosen: argparse.Namespace, file: Path) -> int:
    """Import one file by what its headings say it is; return the exit code."""
    said = None
    if chosen.year is None:
        zone = importing.timezone_of(chosen.case, yaml_file.zones(chosen.case))
        said = importing.import_file(chosen.case, file, zone, _ask if _at_terminal() else None)
        if said is None:
            raise ValueError(
                f"{file.name}: neither readings nor outdoor temperature were found in it; for a "
                "registry's table of retirements say --year, the reporting year that claims them"
            )
        print(*said, sep="\n", flush=True)
        return 0
    imported = registry.import_export(chosen.case, file, chosen.year, chosen.beneficiary)
    print("\n".join(registry.summary(imported, file.name)), flush=True)
    if imported.taken.empty:
        print("nothing was taken; the ledger is as it was", file=sys.stderr)
        return 1
    print(
        f"added to {os.path.relpath(chosen.case)}/credits.csv, claimed for {chosen.year}; "
        "now neutrality check says whether they may be claimed"
    )
    return 0


def _at_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _ask(question: mapping.Question) -> str:
    """Return a person's answer to a question about a file: one of the choices, or any text."""
    print(f"{' > '.join(map(str, question.at))}: {question.asks}")
    for number, choice in enumerate(question.choices, 1):
        print(f"  {number}  {choice}")
    while True:
        answer = input("? ").strip()
        if question.choices and answer.isdecimal() and 0 < int(answer) <= len(question.choices):
            return question.choices[int(answer) - 1]
        if answer and (not question.choices or answer in question.choices):
            return answer
