"""Work that only writes files, done by a copy of this process while it goes on."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_ONE_CORE = "OMP_NUM_THREADS"  # "1" says that other processes have the other cores


@contextmanager
def done(work: Callable[[], object]) -> Iterator[None]:
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
