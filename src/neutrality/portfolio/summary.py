"""What became of every site of a batch, as one file for machines and one line for people. Of other
sites and years the file keeps what became of them before: the portfolio's page shows all.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, fields
from pathlib import Path

from neutrality.portfolio import site, turn
from neutrality.portfolio.site import Outcome
from neutrality.runner import locks, release

FILE = "summary.json"
PARTS = ("sites", "earlier")
STOPPED_CODE = 130  # a shell's code for a command ended by Ctrl-C
_STATES = (site.MADE, site.UNCHANGED, site.REFUSED, site.FAILED, site.TIMED_OUT, site.STOPPED)


def exit_code(outcomes: list[Outcome]) -> int:
    """Return the code of the worst site: 0 where each has its bundle, 1 where one has not, 130
    where the batch was stopped.

    >>> exit_code([Outcome("north", "2025", "made"), Outcome("south", "2025", "refused")])
    1
    """
    states = {each.state for each in outcomes}
    return STOPPED_CODE if site.STOPPED in states else int(bool(states - set(site.GOOD)))


def write(outcomes: list[Outcome], outputs: Path) -> Path:
    """Write summary.json into the folder of outputs, whole or not at all; return its path.

    It has neutrality (the version), source_sha256, exit_code, states (how many sites are in each),
    sites: the fields of Outcome, by site and year, and earlier: the same of what runs before this
    one made, or could not, of other sites and years.
    """
    path = Path(outputs) / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    with turn.taken(path, wait=True):
        held = _held(path)
        _write(path, outcomes, [*held["sites"], *held["earlier"]])
    return path


def note(outcome: Outcome, outputs: Path) -> None:
    """Put what became of a site that was run alone into the summary, where it was in its place."""
    path = Path(outputs) / FILE
    with turn.taken(path, wait=True):
        held = _held(path)
        again = [outcome if _place(each) == _place(outcome) else each for each in held["sites"]]
        before = held["earlier"] if outcome in again else [outcome, *held["earlier"]]
        _write(path, again, before)


def _write(path: Path, outcomes: list[Outcome], before: list[Outcome]) -> None:
    """Write outcomes, and those before them of other sites and years, the latest first."""
    made_by, known = release.made_by(), Counter(each.state for each in outcomes)
    places, earlier = set(map(_place, outcomes)), {}
    for each in before:
        if _place(each) not in places and not _is_gone(each):
            earlier.setdefault(_place(each), each)
    held = {name: made_by[name] for name in ("neutrality", "source_sha256")} | {
        "exit_code": exit_code(outcomes),
        "states": {state: known[state] for state in _STATES},
        "sites": [asdict(each) for each in ordered(outcomes)],
        "earlier": [asdict(each) for each in ordered(list(earlier.values()))],
    }
    part = path.with_name(f".{FILE}.{locks.name()}")
    text = json.dumps(held, indent=1, ensure_ascii=False)
    part.write_text(text + "\n", encoding="utf-8", newline="\n")
    part.replace(path)


def _held(path: Path) -> dict[str, list[Outcome]]:
    """Return the outcomes of a summary; none of one that is not there, or that cannot be read."""
    names = {each.name for each in fields(Outcome)}
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return {
            part: [
                Outcome(**{name: value for name, value in each.items() if name in names})
                for each in held.get(part, [])
            ]
            for part in PARTS
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return dict.fromkeys(PARTS, [])


def _place(outcome: Outcome) -> tuple[str, str]:
    return outcome.site, outcome.year


def _is_gone(outcome: Outcome) -> bool:
    """Return whether a case was removed from a folder of cases that is still there."""
    path = Path(outcome.case_yaml)
    return path.parent.parent.is_dir() and not path.is_file() and path.is_absolute()


def ordered(outcomes: list[Outcome]) -> list[Outcome]:
    """Return the outcomes by site, year and YAML."""
    return sorted(outcomes, key=lambda each: (each.site, each.year, each.case_yaml))


def line(outcomes: list[Outcome], total: int = 0) -> str:
    """Return how many sites there are, in all or as ended, and how many in each state.

    >>> line([Outcome("north", "2025", "made"), Outcome("south", "2025", "timed out")])
    'sites: 2; made 1; timed out 1'
    """
    known = Counter(each.state for each in outcomes)
    parts = [f"{state} {known[state]}" for state in _STATES if known[state]]
    return "; ".join([f"sites: {total or len(outcomes)}", *parts])
