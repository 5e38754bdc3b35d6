"""Where the seconds of one report go: one process checks the first case, runs its cells and makes
its bundle, and what it calls is timed. `--write` keeps the table in docs/run_seconds.md.

The seconds are the processor's, its children's included; what a timed call calls in turn is not
counted twice.
"""

import argparse
import builtins
import contextlib
import functools
import importlib
import io
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
CASE = ROOT / "params" / "china-mobile-hq" / "2025.yaml"
PAGE = ROOT / "docs" / "run_seconds.md"
# What is timed: module, function (or class and method), and the row that it is counted in.
TIMED = [
    ("neutrality.runner.checks", "check", "the check"),
    ("neutrality.texts.drawing", "save", "figures: drawing"),
    ("neutrality.texts.svg", "keep", "figures: laid out and written"),
    ("neutrality.texts.fonts", "use_in_figures", "figures: fonts found"),
    ("neutrality.report.report", "render", "report: text"),
    ("neutrality.report.pages", "html", "report: HTML"),
    ("neutrality.report.pages", "pdf", "report: PDF"),
    ("neutrality.report.pages", "docx", "report: Word"),
    ("neutrality.texts.fonts", "woff", "report: fonts cut"),
    ("neutrality.case.tables", "read", "tables read"),
    ("neutrality.case.tables", "read_result", "tables read"),
    ("neutrality.case.tables", "write_results", "tables written"),
    ("neutrality.claims", "state", "claims"),
    ("neutrality.claims", "join", "claims"),
    ("neutrality.runner.release", "add", "bundle"),
    ("neutrality.runner.bundle", "describe", "bundle"),
    ("neutrality.runner.bundle", "verify", "bundle"),
    ("neutrality.runner.crate", "write", "crate"),
]


class Seconds:
    """Processor time by row, each moment counted in the innermost call that is timed."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self._open, self._since = [], self._now()

    @staticmethod
    def _now() -> float:
        return time.process_time() + sum(os.times()[2:4])  # and of children that have ended

    def _switch(self) -> None:
        now = self._now()
        if self._open:
            self.spent[self._open[-1]] += now - self._since
        self._since = now

    def within(self, row: str, call: Callable, *args, **options):
        """Return what a call returns, its time counted in a row."""
        self._switch()
        self._open.append(row)
        self.calls[row] += 1
        try:
            return call(*args, **options)
        finally:
            self._switch()
            self._open.pop()


def patch(seconds: Seconds, module: str, name: str, row: str) -> None:
    """Let the calls of a function be timed."""
    owner = importlib.import_module(module)
    for part in name.split(".")[:-1]:
        owner = getattr(owner, part)
    plain = getattr(owner, name.split(".")[-1])

    @functools.wraps(plain)
    def timed(*args, **options):
        return seconds.within(row, plain, *args, **options)

    setattr(owner, name.split(".")[-1], timed)


def time_imports(seconds: Seconds) -> None:
    """Let imports be timed, where the module is not there yet."""
    plain = builtins.__import__

    def timed(name, globals=None, locals=None, fromlist=(), level=0):
        there = level == 0 and name in sys.modules and not fromlist
        if there or "imports" in seconds._open[-1:]:
            return plain(name, globals, locals, fromlist, level)
        return seconds.within("imports", plain, name, globals, locals, fromlist, level)

    builtins.__import__ = timed


def report(seconds: Seconds, scratch: Path) -> None:
    """Make a report in this process."""
    from neutrality.runner import bundle, checks, crate, parameters, release, yaml_file

    assert not checks.check(CASE, ROOT / "notebooks")
    offered = yaml_file.entries(CASE)[0] | parameters.SET_BY_RUNNER
    with bundle.stage(scratch / "site" / "2025", CASE) as stage:
        os.chdir(stage)
        (stage / "notebooks").mkdir()
        for path in parameters.notebooks(ROOT / "notebooks"):
            seconds.within(f"computing: {path.stem}", cells, path, offered)
            (stage / "notebooks" / path.name).write_bytes(path.read_bytes())
        release.add(stage)
        crate.write(stage, {})
        bundle.describe(stage)
        bundle.verify(stage)
        os.chdir(scratch)


def cells(path: Path, offered: dict) -> None:
    """Run a notebook's cells in a name space of their own."""
    import json

    from neutrality.runner import parameters

    declared = {each.name for each in parameters.read_notebook(path)}
    space = {"__name__": "__main__", "display": lambda *shown, **options: None}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), path.stem, "exec"), space)
        if "parameters" in cell["metadata"].get("tags", []):
            space |= {name: value for name, value in offered.items() if name in declared}


def table(seconds: Seconds) -> str:
    """Return the table as Markdown, the most first."""
    whole = sum(seconds.spent.values())
    lines = ["| where | calls | s of the processor | share |", "|---|--:|--:|--:|"]
    for row, spent in seconds.spent.most_common():
        calls = "" if row == "the rest" or row == "imports" else seconds.calls[row]
        lines.append(f"| {row} | {calls} | {spent:.1f} | {spent / whole:.0%} |")
    return "\n".join([*lines, f"| **all** | | {whole:.1f} | |"]) + "\n"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep it in docs/run_seconds.md")
    chosen = parser.parse_args()
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    seconds, here = Seconds(), os.getcwd()

    def whole(scratch: Path) -> None:
        time_imports(seconds)
        for module, name, row in TIMED:
            patch(seconds, module, name, row)
        report(seconds, scratch)

    with tempfile.TemporaryDirectory() as scratch:
        with contextlib.redirect_stdout(io.StringIO()):
            seconds.within("the rest", whole, Path(scratch))
        os.chdir(here)
    made = table(seconds)
    print(made)
    if chosen.write:
        about = (
            "# Where the seconds of one report go\n\n"
            "`make benchmark-run WRITE=--write` writes this page: the first case in one process, "
            "by one machine on one day; shares compare, seconds do not.\n\n"
        )
        PAGE.write_text(about + made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
