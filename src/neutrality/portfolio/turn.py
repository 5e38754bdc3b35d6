"""Whose turn it is: one batch at a time makes a site, wherever its processes run.

Each asks under a name of its own and then looks who else has asked. Two that ask at once both step
back, so that none ever has to break the lock of another (`runner/locks`).
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from neutrality.runner import locks

_LOOK_S = 1.0  # between two looks at a site that another run makes


@contextmanager
def taken(target: Path, wait: bool = False) -> Iterator[bool]:
    """Yield whether the bundle at `target` is this run's to make until the block ends.

    False where a batch or a single run that is alive makes it; with `wait` its end is waited for.
    What ended batches asked for is removed.
    """
    target = Path(target).absolute()
    asked = target.parent / f".{target.name}.turn-{locks.name()}"
    with ExitStack() as held:
        try:
            while not (mine := _ask(asked, target, held)) and wait:
                time.sleep(_LOOK_S * (1 + random.random()))
            yield mine
        finally:
            held.close()
            _withdraw(asked)


def _ask(asked: Path, target: Path, held: ExitStack) -> bool:
    """Ask, and return whether nobody else has; step back where somebody has."""
    if _others(asked, target):
        return False
    try:
        held.enter_context(locks.hold(asked))
    except FileNotFoundError:  # the site's empty folder went as another withdrew
        return False
    if not _others(asked, target):
        return True
    held.close()
    _withdraw(asked)
    return False


def _others(asked: Path, target: Path) -> bool:
    """Return whether another run that is alive makes the bundle, or has asked to."""
    alive = False
    for kind in ("turn", "run"):
        for folder in target.parent.glob(f".{target.name}.{kind}-*"):
            if folder == asked:
                continue
            if not locks.abandoned(folder):
                alive = True
            elif kind == "turn":  # the other kind `bundle.recover` looks into
                shutil.rmtree(folder, ignore_errors=True)
    return alive


def _withdraw(asked: Path) -> None:
    shutil.rmtree(asked, ignore_errors=True)
    with suppress(OSError):  # a site that has nothing yet leaves no folder
        asked.parent.rmdir()
