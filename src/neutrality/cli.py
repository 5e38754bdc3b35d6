"""The command line: check a case, run it, start a new one, import files as they are, look up
factors and parameters; verify a bundle, replay it, sign it, compare two.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from functools import partial
from pathlib import Path

import shtab

from neutrality.intake import importing, mapping
from neutrality.ledger import certificate_lists, double_claims, registry
from neutrality.runner import (
    bundle,
    checks,
    console,
    listings,
    new,
    parameters,
    run,
    unfilled,
    yaml_file,
)
from neutrality.texts import messages
from neutrality.verifier import compare, received, replay, signatures, told, verdicts, verify

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
    _add_verify(commands)
    _add_replay(commands)
    _add_sign(commands)
    _add_compare(commands)
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
    parser.add_argument("--zip", action="store_true", help="also pack the bundle into one file")
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
        "import",
        help="take files as they are into a case: meters, bills, weather, credits, certificates",
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


def _add_verify(commands) -> None:
    parser = commands.add_parser(
        "verify", help="say whether a bundle agrees with itself, file by file and figure by figure"
    )
    _add_bundle(parser)
    parser.set_defaults(command=_verify)


def _add_replay(commands) -> None:
    parser = commands.add_parser(
        "replay", help="verify a bundle, then recompute every figure of it from its own inputs"
    )
    _add_bundle(parser)
    parser.add_argument(
        "--only", default="", metavar="03", help="one notebook alone, from the bundle's own tables"
    )
    parser.add_argument(
        "--trust",
        action="store_true",
        help="run the bundle's own notebooks too, where they differ from the release's",
    )
    parser.set_defaults(command=_replay)


def _add_bundle(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "bundle", type=Path, metavar="BUNDLE", help="the folder of a report, or its zip file"
    )
    parser.add_argument(
        "--signers", type=Path, metavar="FILE", help="allowed_signers file: who may sign, by key"
    )
    parser.add_argument(
        "--timestamp-roots",
        type=Path,
        metavar="FILE",
        help="certificates (PEM) of the time-stamping authorities that you trust",
    )
    _add_json(parser)


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result for a machine")


def _add_sign(commands) -> None:
    parser = commands.add_parser("sign", help="sign a bundle over all signatures that it has")
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="the folder of a report")
    parser.add_argument(
        "--key", type=Path, required=True, help="OpenSSH key, private or, with an agent, public"
    )
    parser.add_argument("--role", required=True, help=", ".join(signatures.ROLES))
    parser.add_argument(
        "--principal",
        required=True,
        metavar="NAME",
        help="the signer as allowed_signers files name him, such as an e-mail address",
    )
    parser.add_argument("--date", default="", metavar="YYYY-MM-DD", help="default: none is said")
    parser.add_argument(
        "--timestamp", default="", metavar="URL", help="RFC 3161 authority that says when it was"
    )
    parser.set_defaults(command=_sign)


def _add_compare(commands) -> None:
    parser = commands.add_parser(
        "compare", help="hold two bundles against each other: figures, causes, methods, parameters"
    )
    for name, which in (("old", "earlier year, or before a correction"), ("new", "the other")):
        parser.add_argument(name, type=Path, metavar=name.upper(), help=f"folder or zip: {which}")
    _add_json(parser)
    parser.set_defaults(command=_compare)


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
        advice += checks.odd_bills(case, chosen.notebooks)
        said += [f"worth a look: {each}" for each in advice]
        print("\n".join(console.told(_site(case), each, lang) for each in said), flush=True)
    folders = [case.parent for case in chosen.cases if case.is_file()]
    shared = double_claims.between_cases(folders) if several and folders else []
    for sentence in shared:
        print(messages.said(sentence, lang), flush=True)
    return 1 if wrong or shared else 0


def _run(chosen: argparse.Namespace) -> int:
    made = run.run(chosen.case, chosen.outputs, chosen.notebooks, partial(print, flush=True))
    packed = [bundle.pack(made)] if chosen.zip else []
    for path in [*(sorted(made.glob("report.*")) or [made]), *packed]:
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
                "registry's table of retirements, or a list of certificates, say --year, the "
                "reporting year that claims them"
            )
        print(*said, sep="\n", flush=True)
        return 0
    certificates = certificate_lists.is_list(file)
    read = certificate_lists.import_list if certificates else registry.import_export
    table = "certificates" if certificates else "credits"
    imported = read(chosen.case, file, chosen.year, chosen.beneficiary)
    print("\n".join(registry.summary(imported, file.name, table)), flush=True)
    if imported.taken.empty:
        print("nothing was taken; the ledger is as it was", file=sys.stderr)
        return 1
    print(
        f"added to {os.path.relpath(chosen.case)}/{table}.csv, claimed for {chosen.year}; "
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
        try:
            answer = input("? ").strip()
        except EOFError:
            raise ValueError("no answer was given; nothing was taken") from None
        if question.choices and answer.isdecimal() and 0 < int(answer) <= len(question.choices):
            return question.choices[int(answer) - 1]
        if answer and (not question.choices or answer in question.choices):
            return answer


def _verify(chosen: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        faults = _verified(chosen, received.opened(chosen.bundle, scratch))
    if chosen.json:
        told.write(chosen.json, told.verified(faults))
    return 1 if faults else 0


def _verified(chosen: argparse.Namespace, folder: Path) -> list[verify.Fault]:
    """Print who signed a bundle and what in it disagrees, and return the latter."""
    mine = {"signers": chosen.signers, "roots": chosen.timestamp_roots}
    for path in filter(None, mine.values()):
        if not path.is_file():
            raise ValueError(f"{path}: no such file")
    faults = verify.verify(folder, **mine)
    said = [*signatures.sentences(folder, chosen.signers), *told.faults(faults, chosen.bundle.name)]
    print("\n".join(said), flush=True)
    return faults


def _replay(chosen: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        folder = received.opened(chosen.bundle, scratch)
        faults = _verified(chosen, folder)
        say = partial(print, flush=True)
        made = replay.replay(folder, Path(scratch) / "replay", say, chosen.only, chosen.trust)
    print("\n".join(told.replayed(made)), flush=True)
    if chosen.json:
        told.write(chosen.json, told.verified(faults) | told.of_replay(made))
    return 1 if faults or made.worst == verdicts.DIFFERENT else 0


def _sign(chosen: argparse.Namespace) -> int:
    about = (chosen.role, chosen.principal, chosen.date, chosen.timestamp)
    made = signatures.sign(chosen.bundle, chosen.key, *about)
    print(f"signed by {chosen.principal} as {chosen.role}: {os.path.relpath(made)}")
    return 0


def _compare(chosen: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        both = [
            received.opened(given, Path(scratch) / name)
            for name, given in (("old", chosen.old), ("new", chosen.new))
        ]
        made = compare.compare(*both, Path(scratch) / "notebooks")
    print("\n".join(compare.lines(made)), flush=True)
    if chosen.json:
        told.write(chosen.json, compare.as_json(made))
    return 0
