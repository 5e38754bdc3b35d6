"""Which cases are meant by what was typed: YAMLs, folders, lists of them, patterns that no shell
has expanded; and what two of them would do to each other.
"""

from __future__ import annotations

import glob
from collections import Counter
from pathlib import Path

from neutrality.ledger import double_claims
from neutrality.portfolio import storage
from neutrality.runner import parameters, yaml_file

_LIST = "@"  # before a list's name, as other commands take it
_PATTERN = "*?["


def named(words: list[str], copies: Path = storage.NO_COPIES) -> list[Path]:
    """Return the YAMLs of all cases that the words name, sorted, each once.

    A word is a YAML; a folder of a case (all its years) or of cases; a pattern with * ? [; or a
    list, `@sites.txt` or `sites.txt`, of such words a line, relative to it, with # before remarks.
    A YAML that is not there is returned, and so is a line of a list that leads to none: its check
    says so, and the other lines count. So is, for the address of a YAML on object storage, where
    its copy is to lie in `copies`. ValueError where a word that was typed leads to none.
    """
    found: dict[Path, Path] = {}
    for word in words:
        for path in _of_word(word, Path(), copies):
            found.setdefault(path.resolve(), path)
    return sorted(found.values(), key=lambda path: (path.absolute().parent.name, path.name))


def _of_word(word: str, folder: Path, copies: Path, listed: bool = False) -> list[Path]:
    """Return the YAMLs of one word, relative to a folder; a list may not name another."""
    if storage.is_address(word):
        return [storage.copy_of(word, copies)]
    path = folder / word.removeprefix(_LIST)
    if not listed and (word.startswith(_LIST) or path.suffix == ".txt"):
        return _of_list(path, copies)
    if path.is_dir():
        found = _of_folder(path)
    elif any(sign in word for sign in _PATTERN) and not path.exists():
        found = _matching(word, folder)
    else:
        found = [path]
    if not found and listed:
        return [path]
    if not found:
        raise ValueError(f"{word}: no case is meant by it; a case is a folder with a YAML a year")
    return found


def _of_list(path: Path, copies: Path) -> list[Path]:
    """Return the YAMLs of a list."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise ValueError(f"{path.name}: cannot be read as a list of cases ({error})") from error
    words = [word for line in lines if (word := line.partition("#")[0].strip())]
    if not words:
        raise ValueError(f"{path.name}: no case is meant by it; name a YAML or a folder a line")
    return [case for word in words for case in _of_word(word, path.parent, copies, listed=True)]


def _of_folder(path: Path) -> list[Path]:
    """Return the YAMLs in a folder, else those in the folders in it; hidden ones are none."""
    return _seen(path.glob("*.yaml")) or _seen(path.glob("*/*.yaml"))


def _matching(pattern: str, folder: Path) -> list[Path]:
    """Return what a pattern means: YAMLs, and those of the folders that it names."""
    found = [folder / name for name in sorted(glob.glob(pattern, root_dir=folder))]
    return [
        case
        for path in found
        for case in (_of_folder(path) if path.is_dir() else [path])
        if case.suffix in (".yaml", ".yml")
    ]


def _seen(paths) -> list[Path]:
    return sorted(path for path in paths if not path.name.startswith("."))


def year(case_yaml: Path, known: dict[str, parameters.Parameter]) -> str:
    """Return the year that a case's bundle is named by: as a run reads it; of a file that is not
    there, its name.
    """
    if not case_yaml.is_file():
        return case_yaml.stem
    values = yaml_file.entries(case_yaml)[0]
    return str(parameters.complete(values, known).get("reporting_year", case_yaml.stem))


def refused(places: dict[Path, tuple[str, str]]) -> dict[Path, str]:
    """Return why cases may not be made together, a sentence a line, by the YAML of each.

    `places` has site and year of each; files that are not there are left to the check. Two that
    would write one bundle are refused, and so are those of which `double_claims.concerned` says
    that they claim the same certificate or credit.
    """
    places = {path: place for path, place in places.items() if path.is_file()}
    twice = {place for place, number in Counter(places.values()).items() if number > 1}
    found = {}
    for path, place in places.items():
        if place in twice:
            others = [str(other) for other in places if places[other] == place and other != path]
            found[path] = (
                f"{others[0]} would write the same report {'/'.join(place)}; rename the folder "
                "of one, or run them into two folders of outputs"
            )
    folders = [path.parent for path in places if path not in found]
    claimed = double_claims.concerned(folders) if len(set(folders)) > 1 else {}
    for path in places:
        if path not in found and (said := claimed.get(path.absolute().parent.resolve())):
            found[path] = "\n".join(said)
    return found
