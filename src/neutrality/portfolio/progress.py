"""A batch as it goes: at a terminal a table of what runs, with a line for each site that ended;
elsewhere the lines alone.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neutrality.portfolio import summary
from neutrality.portfolio.site import Outcome, Task
from neutrality.runner import console
from neutrality.texts import messages

_SHOWN_LINES = 3  # of a site's problems; its log has all
_TAIL_BYTES = 400  # of a log, in which its last line lies


class Shown:
    """What a person sees: `ended` says what became of a site, `running` shows what runs."""

    def __init__(self, total: int, lang: str, live: object = None) -> None:
        self.total, self.lang, self.live = total, lang, live
        self.outcomes: list[Outcome] = []
        self.began: dict[tuple[str, str], float] = {}

    def ended(self, outcome: Outcome) -> None:
        """Print a line that says what became of a site, and its first problems below it."""
        self.outcomes.append(outcome)
        self.began.pop((outcome.site, outcome.year), None)
        for each in lines(outcome, self.lang):
            if self.live:
                self.live.console.print(each, markup=False, highlight=False, soft_wrap=True)
            else:
                print(each, flush=True)

    def running(self, tasks: list[Task]) -> None:
        """Draw the table of what runs, at a terminal."""
        if self.live:
            for task in tasks:
                self.began.setdefault((task.site, task.year), time.monotonic())
            self.live.update(self._table(tasks), refresh=True)

    def _table(self, tasks: list[Task]):
        """Return what is drawn: each site that runs, since when, and the last line of its log; and
        below them how many there are of each state.
        """
        from rich import table, text
        from rich.console import Group

        made = table.Table(box=None, show_header=False)
        for justify in ("left", "left", "right", "left"):
            made.add_column(justify=justify, no_wrap=True)
        for task in tasks:
            since = time.monotonic() - self.began[task.site, task.year]
            last = messages.said(_last_line(task.log), self.lang)
            cells = (task.site, task.year, f"{since:.0f} s", last)
            made.add_row(*map(text.Text, cells))
        left = self.total - len(self.outcomes)
        counted = f"{summary.line(self.outcomes, self.total)}; to go {left}"
        return Group(made, text.Text(messages.said(counted, self.lang)))


@contextmanager
def shown(total: int, lang: str) -> Iterator[Shown]:
    """Yield what shows a batch of so many sites: live at a terminal that can be drawn on."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    if plain or not sys.stdout.isatty():
        yield Shown(total, lang)
        return
    from rich.live import Live

    with Live(auto_refresh=False, transient=True) as live:
        yield Shown(total, lang, live)


def lines(outcome: Outcome, lang: str) -> list[str]:
    """Return what a person reads of a site that has ended: its state, and its first problems.

    >>> lines(Outcome("north", "2025", "made", seconds=31.2), "en")
    ['north: 2025: made, 31.2 s']
    >>> lines(Outcome("south", "2025", "refused", "energy.csv, row 7: is -1"), "zh")
    ['south: 2025：被拒绝：energy.csv 第 7 行：is -1']
    """
    problems = outcome.reason.splitlines()
    if outcome.good or not problems:
        said = [f"{outcome.year}: {outcome.state}, {outcome.seconds:.1f} s"]
    else:
        said = [f"{outcome.year}: {outcome.state}: {each}" for each in problems[:_SHOWN_LINES]]
    if len(problems) > _SHOWN_LINES:
        said.append(f"{outcome.year}: {len(problems) - _SHOWN_LINES} more in {outcome.log}")
    return [console.told(outcome.site, each, lang) for each in said]


def _last_line(log: Path) -> str:
    """Return the last line of a log as it is now; empty where there is none."""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            held = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return held[-1] if held else ""
