"""The command line: check a case, run it, start a new one, import files as they are, look up
factors and parameters; verify a bundle, replay it, sign it, compare two; put those of many
sites together; baseline and green power of many meters in one store.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys

import shtab

from neutrality.commands import shared
from neutrality.runner import console
from neutrality.texts import messages

STOPPED = 130  # a shell's code for a command ended by Ctrl-C
# Room of `commands` -> the commands it adds: one that is asked for waits for its own room alone.
ROOMS = {
    "cases": ("check", "run", "new"),
    "lists": ("factors", "parameters"),
    "files": ("import",),
    "bundles": ("verify", "replay", "sign", "compare"),
    "portfolios": ("portfolio",),
    "stores": ("baseline", "green"),
}
_WITH_NOTEBOOKS = ("cases", "lists")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code: 0 done, 1 refused or failed, 2 not understood, 130
    stopped.
    """
    given = sys.argv[1:] if arguments is None else arguments
    chosen = parser(*given[:1]).parse_args(given)
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
        said = f"{str(stopped) or 'stopped'}; the last report is untouched"
        lang = getattr(chosen, "lang", messages.language())
        print(messages.said(said, lang), file=sys.stderr)
        return STOPPED


def parser(asked: str = "") -> argparse.ArgumentParser:
    """Return the parser of the commands that share a room with the one asked for, else of all."""
    made = argparse.ArgumentParser(
        prog="neutrality",
        description=__doc__,
        epilog="neutrality COMMAND --help has an example of each. Completion of the shell: "
        "neutrality --print-completion bash (or zsh, tcsh). NO_COLOR is respected.",
    )
    shtab.add_argument_to(made)
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    common = [shared.language()]
    for name in [room for room, has in ROOMS.items() if asked in has] or ROOMS:
        room = importlib.import_module(f"neutrality.commands.{name}")
        room.add(commands, common + [shared.notebooks()] * (name in _WITH_NOTEBOOKS))
    return made
