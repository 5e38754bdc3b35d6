"""What became of every site of a batch, as one file for machines and one line for people."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from neutrality.portfolio import site
from neutrality.portfolio.site import Outcome
from neutrality.runner import locks, release

FILE = "summary.json"
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
    and sites: the fields of Outcome, by site and year.
    """
    made_by, known = release.made_by(), Counter(each.state for each in outcomes)
    held = {name: made_by[name] for name in ("neutrality", "source_sha256")} | {
        "exit_code": exit_code(outcomes),
        "states": {state: known[state] for state in _STATES},
        "sites": [asdict(each) for each in ordered(outcomes)],
    }
    path = Path(outputs) / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{FILE}.{locks.name()}")
    text = json.dumps(held, indent=1, ensure_ascii=False)
    part.write_text(text + "\n", encoding="utf-8", newline="\n")
    part.replace(path)
    return path


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
