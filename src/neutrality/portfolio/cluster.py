"""Sites on a Dask cluster, by the address of its scheduler: one task a site.

A worker that is killed loses nothing: its site is made again on another one, and a site that is
done, though nobody heard so, is found unchanged. Cases travel with their tasks; bundles go to a
drive that all machines share, or to object storage.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from neutrality.portfolio import apart, parcel, site
from neutrality.runner import locks, release

if TYPE_CHECKING:
    from distributed import Client, Future

_AHEAD = 2  # tasks a thread of the cluster has at a time: one is made while the next one travels
_AT_LEAST = 8  # tasks on their way where no worker has come yet
_LOOK_S = 0.25
_TRIES = 2  # more of a site whose process died beside a worker that lives


def outcomes(
    tasks: Iterable[site.Task],
    scheduler: str,
    store: str = "",
    seen: Callable[[list[site.Task]], None] = lambda running: None,
) -> Iterator[site.Outcome]:
    """Yield what becomes of each task as it ends, made by the workers of a scheduler, with the
    bundles on a shared drive, or at the address `store`.

    `seen` is told the tasks that are on their way, some times a second. ValueError where workers
    have another release or other libraries than this machine, or do not see the outputs; OSError
    where no scheduler answers. A site that another run makes is asked for again at the end. Closing
    the generator leaves to the workers only what they have begun.
    """
    todo = deque(tasks)
    outputs = "" if store or not todo else todo[0].outputs
    with _client(scheduler) as client, _token(outputs) as token:
        _refuse_unlike(client, token)
        yield from _Batch(client, partial(parcel.pack, store=store, token=token)).all_of(todo, seen)


@contextmanager
def mapped(scheduler: str, folder: Path | str) -> Iterator[tuple[Callable, int]]:
    """Yield what returns the results of a function for each of some parts, made by the workers of a
    scheduler, and how many threads these have together.

    ValueError where workers have another release or other libraries than this machine, or do not
    see the folder that the work is on; OSError where no scheduler answers.
    """
    place = str(Path(folder).absolute())
    with _client(scheduler) as client:
        _refuse_unlike(client, "")
        seen = client.run(os.path.isdir, place)
        if blind := [worker for worker, sees in seen.items() if not sees]:
            raise ValueError(
                f"{' '.join(blind)}: the worker does not see {place}; put it on a drive that all "
                "machines share"
            )
        threads = sum(client.nthreads().values())
        yield lambda do, parts: client.gather(client.map(do, parts, pure=False)), threads


class _Batch:
    """The tasks that are on their way, by their futures."""

    def __init__(self, client: Client, pack: Callable[[site.Task], parcel.Parcel]) -> None:
        from distributed import as_completed

        self.client, self.pack = client, pack
        self.running: dict[Future, site.Task] = {}
        self.ending = as_completed(loop=client.loop)

    def all_of(self, todo: deque, seen: Callable) -> Iterator[site.Outcome]:
        busy: deque = deque()
        while todo:
            yield from self._send(todo)
            for future in self._as_they_end(seen):
                task = self.running.pop(future)
                outcome = _outcome(future, task)
                future.release()
                if outcome.state == site.BUSY:
                    busy.append(replace(task, wait=True))
                else:
                    yield outcome
                yield from self._send(todo)
            todo, busy = busy, deque()

    def _as_they_end(self, seen: Callable) -> Iterator[Future]:
        """Yield each future that has ended; `seen` hears some times a second of those that run."""
        while not self.ending.is_empty():
            seen(list(self.running.values()))
            if self.ending.has_ready():
                yield next(self.ending)
            else:
                time.sleep(_LOOK_S)

    def _send(self, todo: deque) -> Iterator[site.Outcome]:
        """Send as many tasks as the cluster can use: the others wait here, not in its memory. Yield
        what becomes of those that cannot be sent.
        """
        threads = sum(self.client.nthreads().values())
        while todo and len(self.running) < max(_AT_LEAST, _AHEAD * threads):
            task = todo.popleft()
            about = {"key": _name(task), "pure": False, "retries": _TRIES}
            try:
                future = self.client.submit(apart.make, self.pack(task), **about)
            except Exception as error:  # a file, or the scheduler that has gone
                yield _failed(task, str(error))
                continue
            self.running[future] = task
            self.ending.add(future)


def _name(task: site.Task) -> str:
    """Return a name of a task that the cluster's own page shows, and no other batch has."""
    return f"{task.site}-{task.year}-{locks.name()}"


def _outcome(future: Future, task: site.Task) -> site.Outcome:
    """Return what a worker answered, or why none did."""
    from distributed import KilledWorker

    try:
        return future.result()
    except KilledWorker as error:
        reason = (
            f"{error.allowed_failures + 1} workers died while they made it; they were killed, or "
            "the machine has too little memory"
        )
    except Exception as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
    return _failed(task, reason)


def _failed(task: site.Task, reason: str) -> site.Outcome:
    about = (task.site, task.year, site.FAILED, reason)
    return site.Outcome(*about, case_yaml=task.case_yaml)


def _refuse_unlike(client: Client, token: str) -> None:
    """Raise ValueError, with the workers' addresses, where they would not make the same bytes or
    their bundles would be lost. A worker that comes later is asked with each site.
    """
    found: dict[str, list[str]] = {}
    for worker, answer in client.run(_about, token, on_error="return").items():
        if isinstance(answer, BaseException):
            wrong = f"the worker cannot run this release ({answer}); install the same"
        else:
            wrong = parcel.unlike(release.made_by(), answer[0]) or answer[1]
        if wrong:
            found.setdefault(wrong, []).append(worker)
    if found:
        raise ValueError("\n".join(f"{' '.join(each)}:\n{wrong}" for wrong, each in found.items()))


def _about(token: str) -> tuple[dict, str]:
    """Return what a worker is made of, and what to do where it does not see the outputs."""
    return release.made_by(), parcel.unseen(token)


@contextmanager
def _client(scheduler: str) -> Iterator[Client]:
    """Yield the client of a scheduler; ValueError where Dask is not installed."""
    try:
        from distributed import Client
    except ImportError:
        raise ValueError(
            "--scheduler needs the extra dask: pip install 'neutrality[dask]'"
        ) from None
    with Client(scheduler, set_as_default=False) as client:
        yield client


@contextmanager
def _token(outputs: str) -> Iterator[str]:
    """Yield a file in the outputs by which a worker knows that it sees them; "" without outputs."""
    if not outputs:
        yield ""
        return
    Path(outputs).mkdir(parents=True, exist_ok=True)
    file = Path(outputs) / f".shared-{locks.name()}"
    file.touch()
    try:
        yield str(file)
    finally:
        file.unlink(missing_ok=True)
