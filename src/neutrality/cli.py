"""The command line: check a case, run it, start a new one, import credits from a registry, look up
factors and parameters.
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from pathlib import Path

import shtab

from neutrality.ledger import double_claims, registry
from neutrality.runner import checks, console, listings, new, parameters, run, unfilled
from neutrality.texts import messages

STOPPED = 130  # a shell's code for a command ended by Ctrl-C
_TOLD = (*unfilled.NAMED, *new.ASKED)  # what `new` takes as flags or asks


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code: 0 done, 1 refused or failed, 2 not understood, 130
    stopped.
    """
    chosen = _parser().parse_args(arguments)
    try:
        return chosen.command(chosen)
    except (ValueError, RuntimeError, OSError) as error:
        case, lang = getattr(chosen, "case", None), getattr(chosen, "lang", messages.language())
        print(console.refusal(error, lang, _site(case) if case else ""), file=sys.stderr)
        return 1
    except KeyboardInterrupt as stopped:
        print(f"{str(stopped) or 'stopped'}; the last report is untouched", file=sys.stderr)
        return STOPPED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="neutrality",
        description=__doc__,
        epilog="neutrality COMMAND --help has an example of each. Completion of the shell: "
        "neutrality --print-completion bash (or zsh, tcsh). NO_COLOR is respected.",
    )
    shtab.add_argument_to(parser)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--notebooks", type=Path, metavar="DIR", help="notebooks other than the package's own"
    ).complete = shtab.DIRECTORY
    common.add_argument(
        "--lang",
        choices=("zh", "en"),
        default=messages.language(),
        help="language of what is said; default: the locale's (LANG), else English",
    )
    _add_check(commands, common)
    _add_run(commands, common)
    _add_new(commands, common)
    _add_import(commands)
    _add_factors(commands, common)
    _add_parameters(commands, common)
    return parser


def _example(line: str) -> dict:
    """Return what shows an example below a command's help, as it is written."""
    shape = argparse.RawDescriptionHelpFormatter
    return {"epilog": f"example:\n  {line}", "formatter_class": shape}


def _site(case: Path) -> str:
    return case.absolute().parent.name


def _add_check(commands, common: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "check",
        parents=[common],
        help="list what is wrong with a case, or with several and between them",
        **_example("neutrality check params/shanghai-campus/2025.yaml --lang zh"),
    )
    parser.add_argument(
        "cases",
        type=Path,
        nargs="+",
        metavar="CASE.yaml",
        help="parameters of a year, beside its tables; of any number of sites and years",
    ).complete = shtab.FILE
    parser.set_defaults(command=_check)


def _add_run(commands, common: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "run",
        parents=[common],
        help="make the annual report of a case",
        **_example("neutrality run params/shanghai-campus/2025.yaml --outputs outputs"),
    )
    parser.add_argument(
        "case", type=Path, metavar="CASE.yaml", help="the year's parameters, beside its tables"
    ).complete = shtab.FILE
    parser.add_argument(
        "--outputs", type=Path, default="outputs", metavar="DIR", help="default: outputs"
    ).complete = shtab.DIRECTORY
    parser.set_defaults(command=_run)


def _add_new(commands, common: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "new",
        parents=[common],
        help="start a case: parameters and table templates",
        description="At a terminal, what only the site knows is asked, unless a flag gives it.",
        **_example(
            "neutrality new shanghai-campus --year 2025 --province Shanghai "
            "--timezone Asia/Shanghai --country CN"
        ),
    )
    parser.add_argument(
        "site", metavar="SITE", help="name of the case's folder, such as shanghai-campus"
    )
    parser.add_argument("--year", type=int, help="reporting year; default: the notebooks' own")
    parser.add_argument(
        "--params", type=Path, default="params", metavar="DIR", help="default: params"
    ).complete = shtab.DIRECTORY
    for name in _TOLD:
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, metavar="TEXT", help="default: to be filled in")
    parser.set_defaults(command=_new)


def _add_import(commands) -> None:
    parser = commands.add_parser(
        "import", help="add a registry's export of retired credits to a case's credits.csv"
    )
    parser.add_argument(
        "case", type=Path, metavar="CASE_FOLDER", help="the folder of the case's tables"
    )
    parser.add_argument(
        "export",
        type=Path,
        metavar="EXPORT.csv",
        help="the registry's table of retirements, as it was saved",
    )
    parser.add_argument("--year", type=int, required=True, help="reporting year that claims them")
    parser.add_argument(
        "--beneficiary",
        default="",
        metavar="NAME",
        help="take only credits retired for it; default: all",
    )
    parser.set_defaults(command=_import)


def _add_factors(commands, common: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "factors",
        parents=[common],
        help="list the emission factors that are shipped, by id",
        **_example("neutrality factors beijing"),
    )
    parser.add_argument(
        "word",
        nargs="?",
        default="",
        metavar="WORD",
        help="list only those with it in id, name, region, year or status",
    )
    parser.set_defaults(command=_factors)


def _add_parameters(commands, common: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "parameters",
        parents=[common],
        help="list the parameters: meaning, range, value and where it came from",
        **_example("neutrality parameters params/shanghai-campus/2025.yaml"),
    )
    parser.add_argument(
        "case", type=Path, nargs="?", metavar="CASE.yaml", help="default: the notebooks' values"
    ).complete = shtab.FILE
    parser.set_defaults(command=_parameters)


def _check(chosen: argparse.Namespace) -> int:
    several, wrong, lang = len(chosen.cases) > 1, False, chosen.lang
    for case in chosen.cases:
        problems, advice = checks.look(case, chosen.notebooks)
        wrong |= bool(problems)
        said = problems or [f"{case.name}: no problem found; the report can be made"]
        said += [f"worth a look: {each}" for each in advice]
        print("\n".join(console.told(_site(case), each, lang) for each in said), flush=True)
    folders = [case.parent for case in chosen.cases if case.is_file()]
    shared = double_claims.between_cases(folders) if several and folders else []
    for sentence in shared:
        print(messages.said(sentence, lang), flush=True)
    return 1 if wrong or shared else 0


def _run(chosen: argparse.Namespace) -> int:
    made = run.run(chosen.case, chosen.outputs, chosen.notebooks, partial(print, flush=True))
    for path in sorted(made.glob("report.*")) or [made]:
        print(os.path.relpath(path))
    return 0


def _new(chosen: argparse.Namespace) -> int:
    told = {name: text for name in _TOLD if (text := getattr(chosen, name)) is not None}
    if sys.stdin.isatty() and sys.stdout.isatty():
        known = parameters.signature(chosen.notebooks or parameters.notebooks_folder())
        open_ = {name: known[name].meaning for name in _TOLD if name in known and name not in told}
        told |= console.asked(open_, chosen.lang)
    made = new.new(chosen.site, chosen.params, chosen.year, chosen.notebooks, told)
    (year,) = made.glob("*.yaml")
    folder = os.path.relpath(made)
    step = f"{folder}: fill its tables ({new.README_FILE} says how), then"
    print(messages.said(step, chosen.lang))
    print(f"neutrality check {os.path.relpath(year)}")
    return 0


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


def _import(chosen: argparse.Namespace) -> int:
    imported = registry.import_export(chosen.case, chosen.export, chosen.year, chosen.beneficiary)
    print("\n".join(registry.summary(imported, chosen.export.name)), flush=True)
    if imported.taken.empty:
        print("nothing was taken; the ledger is as it was", file=sys.stderr)
        return 1
    print(
        f"added to {os.path.relpath(chosen.case)}/credits.csv, claimed for {chosen.year}; "
        "now neutrality check says whether they may be claimed"
    )
    return 0
