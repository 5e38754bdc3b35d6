"""Work that only writes files, done by a copy of this process while it goes on."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_ONE_CORE = "OMP_NUM_THREADS"  # "1" says that other processes have the other cores
_begun: list[tuple[int | None, Callable[[], object]]] = []  # copies at work, and what they do
_at_end = [False]  # whether this process calls `finish` before it ends


@contextmanager
def done(work: Callable[[], object]) -> Iterator[None]:
    """Do some work beside the block, and have it done when the block ends; raise what it raises.

    Only a process of one thread is copied, where there is a core for the copy; any other, and one
    whose copy fails, does the work itself after the block. In a process that calls `finish` at its
    end (`finished_at_end`), the copy may go on until the next work begins.
    """
    finish()
    copy = os.fork() if _may_fork() else None
    if copy == 0:
        _end_after(work)
    try:
        yield
    except BaseException:
        if copy:
            os.waitpid(copy, 0)
        raise
    _begun.append((copy, work))
    if copy is None or not _at_end[0]:
        finish()


def finish() -> None:
    """Have done what was begun, and raise what it raises."""
    while _begun:
        copy, work = _begun.pop()
        if copy is None or os.waitpid(copy, 0)[1]:
            work()


def finished_at_end() -> None:
    """Promise that this process calls `finish` before it ends."""
    _at_end[0] = True


def _may_fork() -> bool:
    return (
        sys.platform == "linux"
        and threading.active_count() == 1
        and os.environ.get(_ONE_CORE) != "1"
        and len(os.sched_getaffinity(0)) > 1
    )


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
