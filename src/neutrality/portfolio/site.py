"""One site from its check to its bundle, in whatever process: what is to be done is a Task, what
came of it an Outcome, and both can be sent from machine to machine.

Each site has a log and a record in the folder of outputs, `.logs/<site>/<year>.log` and `.json`.
The record has the hash of all that a finished bundle was made from: a batch that is started again
does only what has none, or another.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from neutrality.portfolio import turn
from neutrality.runner import bundle, execution, locks, parameters, release, run, warm

MADE, UNCHANGED, REFUSED, FAILED = "made", "unchanged", "refused", "failed"
TIMED_OUT, STOPPED = "timed out", "stopped"
BUSY = "busy"  # another run makes the site; a batch asks again at its end
GOOD = (MADE, UNCHANGED)
LOGS = ".logs"  # in the folder of outputs
_AT_ROW = re.compile(
    r"(?P<file>[^\s,:]+\.\w+)(?:, (?:row|line) (?P<row>\d+(?:,\d{3})*))?"
    r"(?:, column (?P<column>[^,:]+))?[: ]"
)
_AT_CELL = re.compile(r"(?P<notebook>[^\s,:]+\.ipynb)(?:, cell (?P<cell>\d+))?")


@dataclass(frozen=True)
class Task:
    """A site and year to make: its YAML, the folder of outputs, and the notebooks, all as absolute
    paths.
    """

    case_yaml: str
    outputs: str
    notebooks: str
    site: str  # the name of the case's folder
    year: str
    limits: execution.Limits = execution.USUAL  # of a cell and a notebook
    site_timeout_s: int = 0  # of all notebooks together; 0 = none
    fresh: bool = False  # made again where nothing has changed
    pack: bool = False  # also as one zip file
    wait: bool = False  # for another run that makes the same site

    @property
    def target(self) -> Path:
        """The folder of the bundle."""
        return Path(self.outputs) / self.site / self.year

    @property
    def log(self) -> Path:
        """The file of what its last run said."""
        return Path(self.outputs) / LOGS / self.site / f"{self.year}.log"


@dataclass(frozen=True)
class Outcome:
    """What became of a site: its state (made, unchanged, refused, failed, timed out or stopped),
    and, where there is no new bundle, why and where. Paths are relative to the folder of outputs.
    """

    site: str
    year: str
    state: str
    reason: str = ""  # each problem a line, as `check` says it
    file: str = ""  # of the first problem
    row: int | None = None
    column: str = ""
    notebook: str = ""
    cell: int | None = None
    seconds: float = 0.0
    bundle: str = ""  # where one is there, also an older one
    log: str = ""
    case_yaml: str = ""

    @property
    def good(self) -> bool:
        """Whether there is a bundle of these inputs."""
        return self.state in GOOD


def run_site(task: Task) -> Outcome:
    """Make a site's bundle, unless it is there, made from the same; return what became of it.

    Raises nothing. A site that failed keeps its executed notebooks in `<year>.failed` beside its
    bundle until it succeeds. Its time limit holds in a main thread; elsewhere that of the cells.
    """
    started = time.monotonic()
    state, reason = BUSY, ""
    try:
        task.log.parent.mkdir(parents=True, exist_ok=True)
        with limited(task.site_timeout_s), turn.taken(task.target, task.wait) as mine:
            if mine:
                state = _made(task)
    except KeyboardInterrupt as stopped:
        state, reason = STOPPED, str(stopped)
    except Exception as error:
        state, reason = why(task, error)
    return ended(task, state, reason, time.monotonic() - started)


def ended(task: Task, state: str, reason: str = "", seconds: float = 0.0) -> Outcome:
    """Return the outcome of a task, with file, row, notebook and cell as its reason gives them; its
    log has the reason.
    """
    if reason:
        with contextlib.suppress(OSError):
            task.log.parent.mkdir(parents=True, exist_ok=True)
            with task.log.open("a", encoding="utf-8") as log:
                log.write(f"{state}: {reason}\n")
    there = (task.target / bundle.MANIFEST).is_file()
    return Outcome(
        site=task.site,
        year=task.year,
        state=state,
        reason=reason,
        seconds=round(seconds, 3),
        bundle=_below(task, task.target) if there else "",
        log=_below(task, task.log) if task.log.is_file() else "",
        case_yaml=task.case_yaml,
        **place(reason, task.site),
    )


def _made(task: Task) -> str:
    """Make the bundle; return the state. Raises as `run.run`."""
    inputs = ""  # of files that cannot be taken, which the check says
    with contextlib.suppress(OSError, ValueError):
        inputs = inputs_sha256(task)
    made_of = _record(task).get("inputs_sha256")
    if inputs and not task.fresh and made_of == inputs and _whole(task):
        bundle.clear_failed(task.target)  # of other inputs, which are as they were again
        return UNCHANGED
    before = _stamp(task)
    with task.log.open("w", encoding="utf-8") as log:

        def say(line: str) -> None:
            log.write(f"{line}\n")
            log.flush()

        run.run(
            task.case_yaml,
            task.outputs,
            Path(task.notebooks),
            say,
            task.limits,
            fresh=task.fresh,
            keep_after=(BaseException,),  # a limit of time stops it as a signal does
        )
        warm.lay_out_ahead()
        if task.pack:
            bundle.pack(task.target)
    _write_record(task, {"inputs_sha256": inputs})
    return UNCHANGED if before and _stamp(task) == before else MADE


def why(task: Task, error: Exception) -> tuple[str, str]:
    """Return state and reason of a site whose run raised; the site's name is said by who tells."""
    head, lines = f"{task.site}: ", str(error).splitlines() or [type(error).__name__]
    refused = isinstance(error, ValueError) and all(line.startswith(head) for line in lines)
    if not isinstance(error, (ValueError, RuntimeError)):
        lines[0] = f"{type(error).__name__}: {lines[0]}"
    state = TIMED_OUT if isinstance(error, execution.TimedOut) else REFUSED if refused else FAILED
    return state, "\n".join(line.removeprefix(head) for line in lines)


def place(reason: str, site: str) -> dict:
    """Return file, row and column, or notebook and cell, that a reason begins with; of a sentence
    on two sites those of this one.

    >>> place("energy.csv, row 1,446, column cooling_kwh: is -1.0", "north")
    {'file': 'energy.csv', 'row': 1446, 'column': 'cooling_kwh'}
    >>> place("south/credits.csv, row 2: 1 to 9, overlaps north/credits.csv, row 7 (1)", "north")
    {'file': 'credits.csv', 'row': 7, 'column': ''}
    >>> place("03_offset_sizing.ipynb, cell 4 under 'How many?': ValueError: none", "north")
    {'notebook': '03_offset_sizing.ipynb', 'cell': 4}
    """
    if found := _AT_CELL.match(reason):
        cell = found["cell"]
        return {"notebook": found["notebook"], "cell": int(cell) if cell else None}
    own = re.search(rf"\b{re.escape(site)}/(?=[^\s,:]+\.\w+, row )", reason.partition("\n")[0])
    if found := _AT_ROW.match(reason, own.end() if own else 0):
        row = int(found["row"].replace(",", "")) if found["row"] else None
        return {"file": found["file"], "row": row, "column": found["column"] or ""}
    return {}


def inputs_sha256(task: Task) -> str:
    """Return the hash of all that decides a bundle's bytes: the case's files by their names,
    notebooks, the release and its libraries.
    """
    files = bundle.taken(Path(task.case_yaml))
    listed = {name: _sha256(path) for name, path in files.items()}
    listed |= {"site": task.site, "year": task.year, "release": _release(task.notebooks)}
    return hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest()


@cache
def _release(notebooks: str) -> str:
    """Return the hash of notebooks, which are frozen during a batch, and of what runs them."""
    held = {path.name: _sha256(path) for path in parameters.notebooks(notebooks)}
    text = json.dumps([held, release.made_by()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _whole(task: Task) -> bool:
    """Return whether the bundle is there as it was made, with its zip file where one is asked."""
    packed = task.target.with_name(f"{task.target.name}.zip")
    return not bundle.verify(task.target) and (packed.is_file() or not task.pack)


def _stamp(task: Task) -> tuple[int, int] | None:
    """Return what tells one making of a bundle from another; None where there is no bundle."""
    try:
        found = (task.target / bundle.MANIFEST).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _record(task: Task) -> dict:
    """Return what the last good run of a site noted; empty where there was none."""
    try:
        return dict(json.loads(task.log.with_suffix(".json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _write_record(task: Task, held: dict) -> None:
    path = task.log.with_suffix(".json")
    part = path.with_name(f".{path.name}.{locks.name()}")
    part.write_text(json.dumps(held) + "\n", encoding="utf-8")
    part.replace(path)


def _below(task: Task, path: Path) -> str:
    return path.relative_to(task.outputs).as_posix()


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Stop the block as SIGTERM does once so many seconds have passed, and raise TimedOut.

    0 is no limit, and there is none in another thread than the main, which alone hears signals.
    """
    if not seconds or threading.current_thread() is not threading.main_thread():
        yield
        return
    passed = threading.Event()
    timer = threading.Timer(seconds, lambda: (passed.set(), interrupt()))
    timer.daemon = True
    before = signal.signal(signal.SIGTERM, _stop)
    timer.start()
    try:
        yield
    except KeyboardInterrupt as stopped:
        if not passed.is_set():
            raise
        place = str(stopped).removesuffix("stopped")
        raise execution.TimedOut(f"{place}the site had not ended after {seconds} s") from None
    finally:
        timer.cancel()
        signal.signal(signal.SIGTERM, before)


def _stop(signum: int, frame: object) -> None:
    if run.first_stop():
        raise KeyboardInterrupt


def interrupt() -> None:
    """Send this process SIGTERM so that its main thread hears it at once."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)
    else:  # Windows
        signal.raise_signal(signal.SIGTERM)
