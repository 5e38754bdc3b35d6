"""What several commands take, and how they show an example."""

from __future__ import annotations

import argparse
from pathlib import Path

import shtab

from neutrality.texts import messages


def language() -> argparse.ArgumentParser:
    """Return a parser with the language of what is said."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument(
        "--lang",
        choices=("zh", "en"),
        default=messages.language(),
        help="language of what is said; default: the locale's (LANG), else English",
    )
    return parser


def notebooks() -> argparse.ArgumentParser:
    """Return a parser with the notebooks that are read or run."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument(
        "--notebooks", type=Path, metavar="DIR", help="notebooks other than the package's own"
    ).complete = shtab.DIRECTORY
    return parser


def example(line: str) -> dict:
    """Return what shows an example below a command's help, as it is written."""
    shape = argparse.RawDescriptionHelpFormatter
    return {"epilog": f"example:\n  {line}", "formatter_class": shape}


def whole_number(text: str) -> int:
    """Return a number of one or more, as an option takes it. ArgumentTypeError for another."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of 1 or more")
    return int(text)


def say(sentences: str | list[str], lang: str) -> None:
    """Print a sentence, or one a line, in `lang`."""
    several = [sentences] if isinstance(sentences, str) else sentences
    print(*(messages.said(each, lang) for each in several), sep="\n", flush=True)


def site(case: Path) -> str:
    """Return the site of a case: the name of the folder that its YAML or tables lie in."""
    return case.absolute().parent.name
