"""Notebooks executed in a stage by papermill, with the parameters that each declares."""

from __future__ import annotations

import copy
import json
import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from neutrality.runner import ahead, bundle, cache, parameters, reuse, warm
from neutrality.texts import side_by_side

if TYPE_CHECKING:
    from nbformat import NotebookNode

# Far above any cell's seconds, short enough that a run over night ends by morning.
CELL_TIMEOUT_S = 900
_LEAST_S = 0.001  # 0 would be no limit
AS_BEFORE = "as before"  # what is said of a notebook in place of its seconds
_KERNEL_ARGUMENTS = ["--log-level=CRITICAL", "--HistoryManager.enabled=False"]


class Limits(NamedTuple):
    """How long a cell may take, and a notebook; 0 = any [s]."""

    cell_s: int = CELL_TIMEOUT_S
    notebook_s: int = 0


USUAL = Limits()


class TimedOut(RuntimeError):
    """What was made had not ended in the time that it is given; the message says where it was."""


class _Clock:
    """What a cell may take: as much as any, and at most what is left of its notebook's time, in
    which waiting for its turn does not count.
    """

    def __init__(self, limits: Limits, part: ahead.Part | None = None) -> None:
        self._limits, self._part = limits, part
        self._until = math.inf

    def __call__(self, cell: NotebookNode) -> float:
        if self._limits.notebook_s and self._until == math.inf:  # from its first cell
            self._until = time.monotonic() + self._limits.notebook_s
        left = max(self._left_s(), _LEAST_S)
        return min(self._limits.cell_s or left, left)

    def _left_s(self) -> float:
        return self._until + (self._part.waited_s if self._part else 0.0) - time.monotonic()

    def said(self) -> str:
        """Return which limit has passed."""
        if self._left_s() > 0:
            return f"no end after {self._limits.cell_s} s"
        return f"the notebook had not ended after {self._limits.notebook_s} s"


def execute_all(
    notebooks: list[Path],
    values: dict,
    stage: Path,
    progress: Callable[[str], None],
    limits: Limits = USUAL,
    kept: reuse.Kept | None = None,
) -> dict[str, str]:
    """Run notebooks in order in a stage, each with those of the values that it declares; they are
    kept in its folder notebooks. RuntimeError as `execute`.

    With `kept`, what an earlier run left there of a notebook is taken again where nothing that it
    depends on has changed (`reuse`). Return which notebook wrote each file last, by its stem.
    """
    (stage / "notebooks").mkdir(exist_ok=True)
    offered, written = values | parameters.SET_BY_RUNNER, {}
    before = bundle.contents(stage)
    given = {each: _declared(each, offered) for each in notebooks}
    with _parts(given, stage, limits, kept) as parts:
        for number, notebook in enumerate(notebooks, start=1):
            took, now = _made(notebook, given[notebook], stage, before, limits, kept, parts)
            new = [name for name in now if now[name] != before.get(name)]
            written |= {name: notebook.stem for name in new if not name.startswith("notebooks/")}
            before = now
            progress(f"{number}/{len(notebooks)}  {notebook.stem}  {took}")
    return written


def _declared(notebook: Path, offered: dict) -> dict:
    """Return those of the values offered that a notebook declares."""
    names = {each.name for each in parameters.read_notebook(notebook)}
    return {name: value for name, value in offered.items() if name in names}


@contextmanager
def _parts(
    given: dict[Path, dict], stage: Path, limits: Limits, kept: reuse.Kept | None
) -> Iterator[ahead.Parts]:
    """Yield what may begin before its turn: of notebooks that are to run, where kernels are forked
    and a core is free. What has not ended with the block is ended.
    """

    def make(notebook: Path) -> ahead.Part:
        folder = folders[notebook]
        made = folder / "notebooks" / notebook.name
        made.parent.mkdir()
        return ahead.Part(
            folder,
            notebook.read_bytes(),
            lambda part: execute(notebook, folder, given[notebook], made, limits, part),
        )

    waiting = []
    if kept and warm.forks() and side_by_side.free_core():
        waiting = [each for each in given if _may_begin(each, given[each], kept)]
    # copied now: later, a notebook at work would seem to have read all tables
    folders = {each: ahead.copied(stage, each.stem) for each in waiting}
    parts = ahead.Parts(waiting, make)
    try:
        yield parts
    finally:
        parts.end()


def _may_begin(notebook: Path, given: dict, kept: reuse.Kept) -> bool:
    """Return whether a notebook has a part that needs no other, and nothing is kept of an earlier
    run that may do for this one.
    """
    source = _parsed(notebook.read_bytes())
    if not ahead.has_part(source):
        return False
    key = reuse.key(kept, notebook.stem, source, given)
    return kept.fresh or not any(True for _ in cache.read(kept.folder, key))


def _made(
    notebook: Path,
    given: dict,
    stage: Path,
    before: dict[str, dict],
    limits: Limits,
    kept: reuse.Kept | None,
    parts: ahead.Parts,
) -> tuple[str, dict[str, dict]]:
    """Run a notebook in a stage, or take again what an earlier run left; return what it took, and
    what `bundle.contents` says of the stage then.
    """
    target, started = stage / "notebooks" / notebook.name, time.monotonic()
    if not kept:
        bundle.store(execute(notebook, stage, given, target, limits), target)
        return f"{time.monotonic() - started:.1f} s", bundle.contents(stage)
    part = parts.taken(notebook)
    content = part.content if part else notebook.read_bytes()
    source = _read(content)
    key = reuse.key(kept, notebook.stem, source, given)
    if trace := reuse.find(kept, key, before):
        reuse.restore(trace, stage)
        bundle.store(reuse.filled(source, trace), target)
        return AS_BEFORE, bundle.contents(stage)
    watched = reuse.watch(stage, before)
    if part:
        earlier, done = part.join(stage), part.rest()
    else:
        earlier, done = set(), execute(notebook, stage, given, target, limits, begun=parts.begin)
    bundle.store(done, target)
    read, now = earlier | reuse.read(stage, watched), bundle.contents(stage)
    if notebook.read_bytes() == content and key == reuse.key(kept, notebook.stem, source, given):
        reuse.keep(kept, key, stage, watched, read, now, target)
    return f"{time.monotonic() - started:.1f} s", now


def _read(content: bytes) -> NotebookNode:
    """Return a notebook by its bytes: the same notebooks run for all sites of a batch."""
    return copy.deepcopy(_parsed(content))


@lru_cache(maxsize=16)
def _parsed(content: bytes) -> NotebookNode:
    import nbformat

    return _with_ids(nbformat.reads(content.decode("utf-8"), as_version=4))


def execute(
    notebook: Path,
    folder: Path,
    given: dict,
    written: Path,
    limits: Limits = USUAL,
    part: ahead.Part | None = None,
    begun: Callable[[], None] | None = None,
) -> dict:
    """Run a notebook in a folder with the parameters given; return it executed.

    It is written to `written`, also where it fails. A notebook that begins before its turn has a
    `part`; `begun` is called when a forked kernel is there. RuntimeError names notebook, cell and
    reason; it is TimedOut where a limit has passed.
    """
    options, clock = _engine(folder, written, part, begun), _Clock(limits, part)
    import papermill

    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # what it would log, the error says
    source = _read(notebook.read_bytes())
    try:
        papermill.execute_notebook(
            source,
            str(written).replace("{", "{{").replace("}", "}}"),
            parameters=given,
            kernel_name="python3",
            progress_bar=False,
            timeout_func=clock,
            **options,
        )
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"{_place(notebook, written)}: stopped") from None
    except Exception as error:
        passed = "CellTimeoutError" in {kind.__name__ for kind in type(error).__mro__}
        said = clock.said() if passed else _reason(error)
        kind = TimedOut if passed else RuntimeError
        raise kind(f"{_place(notebook, written)}: {said}") from error
    done = json.loads(written.read_text(encoding="utf-8"))
    if any(_unfinished(cell) for cell in done["cells"]):
        raise RuntimeError(
            f"{_place(notebook, written)}: it calls sys.exit; a notebook runs to its end"
        )
    return done


def _engine(
    folder: Path, written: Path, part: ahead.Part | None, begun: Callable[[], None] | None
) -> dict:
    """Return the options of papermill by which a notebook runs in a folder, and is written where it
    fails.

    Linux forks kernels, which `NEUTRALITY_ENGINE=papermill` replaces by papermill's own.
    """
    warm.prepare()
    parameters.jsonschema()  # papermill would import it whole
    if not warm.forks():
        arguments = {"extra_arguments": list(_KERNEL_ARGUMENTS), "shutdown_kernel": "immediate"}
        return {"cwd": str(folder)} | arguments
    from papermill.engines import papermill_engines

    from neutrality.runner import engine

    papermill_engines.register(engine.NAME, engine.NeutralityEngine)
    own = {"engine_name": engine.NAME, "directory": str(folder), "failed_at": str(written)}
    return own | {"request_save_on_cell_execute": False, "part": part, "begun": begun}


def _with_ids(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook with ids by cell number where it has none: papermill's are random."""
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
        for number, cell in enumerate(notebook.cells, start=1):
            cell["id"] = f"cell-{number}"
        notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def _unfinished(cell: dict) -> bool:
    """Say whether a cell did not run, or left by SystemExit, which papermill takes for success."""
    if cell["cell_type"] != "code" or not "".join(cell["source"]).strip():
        return False
    return not cell["execution_count"] or any(
        made["output_type"] == "error" for made in cell["outputs"]
    )


def _place(notebook: Path, written: Path) -> str:
    """Return notebook, number and heading of the last cell that began, by the saved notebook."""
    try:
        cells = json.loads(written.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError):
        return notebook.name
    number, heading, place = 0, "", notebook.name
    for cell in cells:
        text, meta = "".join(cell["source"]), cell["metadata"]
        if cell["cell_type"] == "markdown":
            headings = [line.lstrip("# ") for line in text.splitlines() if line.startswith("#")]
            heading = next(iter(headings), heading)
        elif cell["cell_type"] == "code":
            number += "injected-parameters" not in meta.get("tags", [])
            if meta.get("papermill", {}).get("start_time"):
                below = f" under '{heading}'" if heading else ""
                place = f"{notebook.name}, cell {number}{below}"
    return place


def _reason(error: Exception) -> str:
    """Return why a notebook failed: its own exception, or what happened to its kernel."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "PapermillExecutionError" in kinds:
        return f"{error.ename}: {error.evalue}" if error.evalue else error.ename
    if "DeadKernelError" in kinds:
        return "the kernel died; it was killed, or the machine has too little memory"
    return f"{type(error).__name__}: {error}"
