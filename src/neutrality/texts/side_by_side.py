"""Work that only writes files, done by a copy of this process while it goes on."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_ONE_CORE = "OMP_NUM_THREADS"  # "1" says that other processes have the other cores
_Call = Callable[[], object]
_left: list[tuple[int, _Call, _Call]] = []  # copies at work, what they do, and what comes then
_at_end = [False]  # whether this process calls `finish` before it ends


@contextmanager
def done(work: _Call) -> Iterator[None]:
    """Do some work beside the block, and have it done when the block ends; raise what it raises.

    Only a process of one thread is copied, where there is a core for the copy; any other, and one
    whose copy fails, does the work itself after the block.
    """
    copy = os.fork() if _may_fork() else None
    if copy == 0:
        _end_after(work)
    try:
        yield
    finally:
        failed = copy is None or os.waitpid(copy, 0)[1]
    if failed:
        work()


def leaves() -> bool:
    """Return whether work may be left to copies until the end of this process."""
    return _at_end[0] and _may_fork()


def leave(work: _Call, then: _Call) -> None:
    """Let a copy of this process do some work, and call `then` here when it is done, at the latest
    by `finish`. Work of a copy that fails is done here, which raises what it raises.

    As many copies are at work as there are cores; with one more, the first is waited for.
    """
    while len(_left) >= len(os.sched_getaffinity(0)):
        _first_done()
    copy = os.fork()
    if copy == 0:
        _end_after(work)
    _left.append((copy, work, then))


def finish() -> None:
    """Have done what was left to copies."""
    while _left:
        _first_done()


def finished_at_end() -> None:
    """Promise that this process calls `finish` before it ends."""
    _at_end[0] = True


def free_core() -> bool:
    """Return whether there is a core that no other process was given."""
    return os.environ.get(_ONE_CORE) != "1" and len(os.sched_getaffinity(0)) > 1


def _first_done() -> None:
    copy, work, then = _left.pop(0)
    if os.waitpid(copy, 0)[1]:
        work()
    then()


def _may_fork() -> bool:
    return sys.platform == "linux" and threading.active_count() == 1 and free_core()


def _end_after(work: Callable[[], object]) -> None:
    """Do the work without a word and end; output and exit are those of the process copied, and so
    are warnings: where there would be one, the work has failed.
    """
    code = 1
    try:
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115
        warnings.simplefilter("error")
        work()
        code = 0
    finally:
        os._exit(code)
