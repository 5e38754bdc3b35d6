"""The command line: check a case, run it, start a new one, import files as they are, look up
factors and parameters; verify a bundle, replay it, sign it, compare two; put those of many
sites together; baseline and green power of many meters in one store.
"""

from __future__ import annotations

import argparse
import os
import sys

import shtab

from neutrality.commands import bundles, cases, files, lists, portfolios, shared, stores
from neutrality.runner import console
from neutrality.texts import messages

STOPPED = 130  # a shell's code for a command ended by Ctrl-C


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code: 0 done, 1 refused or failed, 2 not understood, 130
    stopped.
    """
    chosen = parser().parse_args(arguments)
    try:
        return chosen.command(chosen)
    except BrokenPipeError:  # whoever read the output, as head does, had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, RuntimeError, OSError) as error:
        case, lang = getattr(chosen, "case", None), getattr(chosen, "lang", messages.language())
        site = shared.site(case) if case else ""
        print(console.refusal(error, lang, site), file=sys.stderr)
        return 1
    except KeyboardInterrupt as stopped:
        print(f"{str(stopped) or 'stopped'}; the last report is untouched", file=sys.stderr)
        return STOPPED


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    made = argparse.ArgumentParser(
        prog="neutrality",
        description=__doc__,
        epilog="neutrality COMMAND --help has an example of each. Completion of the shell: "
        "neutrality --print-completion bash (or zsh, tcsh). NO_COLOR is respected.",
    )
    shtab.add_argument_to(made)
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    lang = shared.language()
    for room in (cases, lists):
        room.add(commands, [lang, shared.notebooks()])
    for room in (files, bundles, portfolios, stores):
        room.add(commands, [lang])
    return made
