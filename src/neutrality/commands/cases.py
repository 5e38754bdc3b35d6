"""The commands check, run and new."""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import shtab

from neutrality.commands import shared
from neutrality.portfolio import cases as portfolio_cases
from neutrality.portfolio import storage
from neutrality.runner import bundle, console, execution, parameters, unfilled

if TYPE_CHECKING:
    from neutrality.portfolio import places

_TOLD = (*unfilled.NAMED, *unfilled.ASKED)  # what `new` takes as flags or asks


def add(commands, common: list[argparse.ArgumentParser]) -> None:
    """Add check, run and new to the parser; `common` has their shared options."""
    _add_check(commands, common)
    _add_run(commands, common)
    _add_new(commands, common)


def _add_check(commands, common: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "check",
        parents=common,
        help="list what is wrong with a case, or with several and between them",
        **shared.example("neutrality check params/shanghai-campus/2025.yaml --lang zh"),
    )
    parser.add_argument(
        "cases",
        nargs="+",
        metavar="CASE",
        help="a year's parameters, CASE.yaml, beside its tables; a folder of cases, a quoted "
        "pattern, or a list of them, @sites.txt",
    ).complete = shtab.FILE
    parser.set_defaults(command=_check)


def _add_run(commands, common: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "run",
        parents=common,
        help="make the annual report of a case, or of many",
        description="Many cases are made side by side; one that fails stops no other. Started "
        "again, the command makes what is left, and what has changed.",
        **shared.example(
            "neutrality run params/shanghai-campus/2025.yaml --outputs outputs\n"
            "  neutrality run params/*/2025.yaml --jobs 4 --site-timeout 1800"
        ),
    )
    parser.add_argument(
        "cases",
        nargs="+",
        metavar="CASE",
        help="a year's parameters, CASE.yaml, beside its tables; a folder of cases, a quoted "
        "pattern, or a list of them, @sites.txt; s3://BUCKET/.../SITE/YEAR.yaml",
    ).complete = shtab.FILE
    parser.add_argument(
        "--outputs",
        default="outputs",
        metavar="DIR",
        help="a folder, or s3://BUCKET/PREFIX; default: outputs",
    ).complete = shtab.DIRECTORY
    parser.add_argument("--zip", action="store_true", help="also pack the bundle into one file")
    parser.add_argument(
        "--fresh", action="store_true", help="repeat all, also what no change requires"
    )
    _add_limits(parser)
    parser.set_defaults(command=_run)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    """Add by whom sites are made, how many at a time, and in what time."""
    numbers = {"type": shared.whole_number, "metavar": "N"}
    parser.add_argument("--jobs", **numbers, help="sites at a time; default: the cores")
    seconds = {"type": shared.whole_number, "metavar": "S"}
    parser.add_argument(
        "--cell-timeout",
        **seconds,
        default=execution.CELL_TIMEOUT_S,
        help="seconds that a cell may take; default: %(default)s",
    )
    for what in ("notebook", "site"):
        parser.add_argument(
            f"--{what}-timeout",
            **seconds,
            default=0,
            help=f"seconds that a {what} may take; default: any",
        )
    parser.add_argument(
        "--scheduler",
        default="",
        metavar="ADDRESS",
        help="make them on a Dask cluster, such as tcp://HOST:8786",
    )


def _add_new(commands, common: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "new",
        parents=common,
        help="start a case: parameters and table templates",
        description="At a terminal, what only the site knows is asked, unless a flag gives it.",
        **shared.example(
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


def _check(chosen: argparse.Namespace) -> int:
    from neutrality.ledger import double_claims  # heavy, and other commands do without
    from neutrality.runner import checks

    if away := [word for word in chosen.cases if storage.is_address(word)]:
        raise ValueError(f"{away[0]}: cases at an address are checked by neutrality run")
    cases, wrong, lang = portfolio_cases.named(chosen.cases), False, chosen.lang
    for case in cases:
        problems, advice = checks.look(case, chosen.notebooks)
        wrong |= bool(problems)
        said = problems or [f"{case.name}: no problem found; the report can be made"]
        advice += checks.odd_bills(case, chosen.notebooks)
        said += [f"worth a look: {each}" for each in advice]
        print("\n".join(console.told(shared.site(case), each, lang) for each in said), flush=True)
    folders = [case.parent for case in cases if case.is_file()]
    claimed = double_claims.between_cases(folders) if len(cases) > 1 and folders else []
    if claimed:
        shared.say(claimed, lang)
    return 1 if wrong or claimed else 0


def _run(chosen: argparse.Namespace) -> int:
    from neutrality.portfolio import batch, places, site
    from neutrality.runner import run

    with places.opened(chosen.outputs) as (outputs, place):
        several = portfolio_cases.named(chosen.cases, place.copies)
        alone = several == [Path(chosen.cases[0])]
        if not alone or chosen.scheduler or place.store:
            return _run_all(several, chosen, outputs, place)
    (chosen.case,) = several  # whose site an error names
    say = partial(shared.say, lang=chosen.lang)
    noted = batch.noted(chosen.case, batch.Settings(Path(chosen.outputs), chosen.notebooks))
    with noted, site.limited(chosen.site_timeout):
        made = run.run(
            chosen.case,
            chosen.outputs,
            chosen.notebooks,
            say,
            _limits(chosen),
            fresh=chosen.fresh,
            keep_after=(Exception,),
        )
    packed = [bundle.pack(made)] if chosen.zip else []
    pages = sorted(made.glob("report.[ez][nh].*"))
    for path in [*(pages or [made]), *packed]:
        print(os.path.relpath(path))
    return 0


def _limits(chosen: argparse.Namespace) -> execution.Limits:
    return execution.Limits(chosen.cell_timeout, chosen.notebook_timeout)


def _run_all(
    several: list[Path], chosen: argparse.Namespace, outputs: Path, place: places.Places
) -> int:
    from neutrality.portfolio import batch, overview, progress, publishing, summary

    settings = batch.Settings(
        outputs=outputs,
        notebooks=chosen.notebooks,
        jobs=chosen.jobs or 0,
        limits=_limits(chosen),
        site_timeout_s=chosen.site_timeout,
        fresh=chosen.fresh,
        pack=chosen.zip,
        scheduler=chosen.scheduler,
        places=place,
    )
    with progress.shown(len(several), chosen.lang) as shown:
        made = batch.run_all(several, settings, shown.ended, shown.running)
    shared.say(summary.line(made), chosen.lang)
    print(place.shown(outputs / summary.FILE))
    if any(overview.year_of(outcome.year) for outcome in made):
        _, pages = publishing.write(place.store or outputs, lang=chosen.lang)
        print(storage.shown(pages[0]))
    return summary.exit_code(made)


def _new(chosen: argparse.Namespace) -> int:
    from neutrality.runner import new

    told = {name: text for name in _TOLD if (text := getattr(chosen, name)) is not None}
    if sys.stdin.isatty() and sys.stdout.isatty():
        known = parameters.signature(chosen.notebooks or parameters.notebooks_folder())
        open_ = {name: known[name].meaning for name in _TOLD if name in known and name not in told}
        told |= console.asked(open_, chosen.lang)
    made = new.new(chosen.site, chosen.params, chosen.year, chosen.notebooks, told)
    (year,) = made.glob("*.yaml")
    folder = os.path.relpath(made)
    shared.say(f"{folder}: fill its tables ({new.README_FILE} says how), then", chosen.lang)
    print(f"neutrality check {os.path.relpath(year)}")
    return 0
