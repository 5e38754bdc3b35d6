"""What the command line says, and how: language, emphasis at a terminal, questions."""

from __future__ import annotations

import os
import sys

from neutrality.texts import messages

_BOLD, _PLAIN = "\033[1m", "\033[0m"


def emphasised(text: str, stream=None) -> str:
    """Return a text in bold where the stream is a terminal that shows it, and NO_COLOR is not set.

    >>> emphasised("north", sys.__stdin__) in ("north", "\\033[1mnorth\\033[0m")
    True
    """
    stream = stream or sys.stdout
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain or not stream.isatty() else f"{_BOLD}{text}{_PLAIN}"


def told(site: str, sentence: str, lang: str, stream=None) -> str:
    """Return a sentence of a site in `lang`, the site's name before it.

    >>> told("north", "x.csv: the link leads nowhere; put the file in its place", "zh")
    'north: x.csv：该链接没有指向任何文件；请把文件本身放在这里'
    """
    return f"{emphasised(site, stream)}: {messages.said(sentence, lang)}"


def refusal(error: BaseException, lang: str, site: str = "") -> str:
    """Return what an error says, line by line in `lang`; its site, where it begins with it, as it
    is.
    """
    head = f"{site}: "
    return "\n".join(
        told(site, line.removeprefix(head), lang, sys.stderr)
        if site and line.startswith(head)
        else messages.said(line, lang)
        for line in str(error).splitlines()
    )


def asked(questions: dict[str, str], lang: str) -> dict[str, str]:
    """Return the answers of a person at a terminal by name; a question passed over has none.

    Asked are `questions`, the meaning of each name; an input that ends leaves the rest open.
    """
    answers = {}
    print(messages.said('Enter leaves a question open; the YAML keeps a "?" there', lang))
    for name, meaning in questions.items():
        try:
            answer = input(f"{name} ({messages.said(meaning, lang)}): ").strip()
        except EOFError:
            break
        if answer:
            answers[name] = answer
    return answers
