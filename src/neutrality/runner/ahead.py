"""Part of a notebook that needs no earlier one runs beside these, before the notebook's turn.

It ends at the cell tagged AFTER_OTHERS, and works in a folder of its own, with nothing but a copy
of the case's tables, so that it can rest on nothing else. At the notebook's turn the files it wrote
are moved into the stage, where its kernel goes on. Neither what is made nor what is known of the
files that the notebook read (`reuse`) differs from a run in turn.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from neutrality.runner import bundle, reuse, warm

if TYPE_CHECKING:
    from nbformat import NotebookNode

AFTER_OTHERS = "after-others"  # tag of a cell: from it on a notebook reads what earlier ones wrote
_INPUTS = "inputs"


class Part:
    """The part of one notebook that is under way, in a thread and a kernel of its own."""

    def __init__(self, folder: Path, content: bytes, work: Callable[[Part], dict]) -> None:
        """Begin `work`, which executes the notebook in a folder, and calls `begun` and `hold`;
        `content` is the notebook's file at this moment.
        """
        self.waited_s = 0.0  # time that the notebook has spent waiting for its turn
        self._folder, self.content = folder, content
        self._watched = reuse.watch(folder, bundle.contents(folder))
        self._held, self._turn, self._ended = (threading.Event() for _ in range(3))
        self._kernel: warm.Kernel | None = None
        self._stage = folder
        self._thread = ThreadPoolExecutor(1)
        self._made = self._thread.submit(work, self)
        self._made.add_done_callback(lambda _: self._held.set())

    def begun(self, kernel: warm.Kernel) -> None:
        """Take note of the notebook's kernel. Ended where the part is to end."""
        self._kernel = kernel
        self._refuse_ended()

    def hold(self) -> str:
        """Wait for the notebook's turn; return the stage in which it goes on. Ended as `begun`."""
        since = time.monotonic()
        self._held.set()
        self._turn.wait()
        self.waited_s += time.monotonic() - since
        self._refuse_ended()
        return str(self._stage)

    def join(self, stage: Path) -> set[str]:
        """Move into a stage what the part wrote, once it is done; return which files it read."""
        self._held.wait()
        read = reuse.read(self._folder, self._watched)
        self._stage = stage
        self._move()
        return read

    def rest(self) -> dict:
        """Let the notebook go on where it has joined; return it executed, or raise why it fails."""
        self._turn.set()
        try:
            return self._made.result()
        finally:
            self._move()  # the notebook itself

    def _move(self) -> None:
        for name, about in bundle.contents(self._folder).items():
            if self._watched.sha256.get(name) != about["sha256"]:
                (self._stage / name).parent.mkdir(parents=True, exist_ok=True)
                (self._folder / name).replace(self._stage / name)

    def end(self) -> None:
        """End the notebook, wherever it is."""
        self._ended.set()
        self._turn.set()
        if self._kernel:
            self._kernel.kill()
        self._thread.shutdown()

    def _refuse_ended(self) -> None:
        if self._ended.is_set():
            raise warm.Ended


class Parts(dict[Path, Part]):
    """The notebooks that have begun before their turn, and those that may begin."""

    def __init__(self, waiting: list[Path], make: Callable[[Path], Part]) -> None:
        self._waiting, self._make = waiting, make

    def begin(self) -> None:
        """Let those that wait begin."""
        while self._waiting:
            notebook = self._waiting.pop()
            self[notebook] = self._make(notebook)

    def taken(self, notebook: Path) -> Part | None:
        """Return the part of a notebook whose turn it is, where it has begun; else it waits no
        more.
        """
        self._waiting = [each for each in self._waiting if each != notebook]
        return self.get(notebook)

    def end(self) -> None:
        """End those that have not ended."""
        for part in self.values():
            part.end()


def has_part(notebook: NotebookNode) -> bool:
    """Return whether a notebook may begin before its turn."""
    return any(AFTER_OTHERS in cell.metadata.get("tags", []) for cell in notebook.cells)


def copied(stage: Path, stem: str) -> Path:
    """Return a new folder beside a stage with a copy of the case's tables in it."""
    folder = stage.parent / f"ahead-{stem}"
    shutil.copytree(stage / _INPUTS, folder / _INPUTS)
    return folder
