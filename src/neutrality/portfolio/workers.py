"""The processes that make sites: each stays warm, ends alone, and takes its kernels with it.

A worker is an executor of one process, so that a worker that dies takes no other along. Its site is
given to another once more; the second time it has failed.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace

import psutil

from neutrality.portfolio import site
from neutrality.portfolio.site import Outcome, Task
from neutrality.runner import run

# One thread a worker: each core has its own worker, and libraries would start as many again.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_MAX_THREADS")
_ONE_THREAD += ("RAYON_NUM_THREADS",)  # of Typst
_TICK_S = 0.2  # between two looks at time limits and at what is running
GRACE_S = 20  # from a site's limit, which it keeps itself, to the end of its process
_STOP_S, _ASKED = 6, 2  # from asking a worker to stop to ending it, and how often it is asked
_SITES = 200  # made by one process: what a library may keep of each does not add up
_ATTEMPTS = 2
_MAKING = threading.Event()  # of a worker: it has a site


class _Worker:
    """A process, begun by its first site, which knows its number before that."""

    def __init__(self) -> None:
        self.pool = ProcessPoolExecutor(1, mp_context=_context(), initializer=_prepare)
        self.left, self.process = _SITES, None
        self.pool.submit(os.getpid).add_done_callback(self._is)

    def _is(self, pid: Future) -> None:
        with contextlib.suppress(Exception):  # it ended before it could tell
            self.process = psutil.Process(pid.result())

    def stop(self) -> None:
        """Ask the process to stop what it makes."""
        if self.process:
            with contextlib.suppress(psutil.Error):
                self.process.terminate()

    def end(self) -> None:
        """End the process and all that it has started, at once."""
        if self.process:
            end_tree(self.process)
        self.pool.shutdown(wait=False, cancel_futures=True)


@dataclass
class _Job:
    """A site that a worker is making."""

    task: Task
    worker: _Worker
    attempt: int
    began: float = field(default_factory=time.monotonic)
    overdue: bool = False


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "process_cpu_count"):  # from Python 3.13
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def outcomes(
    tasks: Iterable[Task],
    number: int,
    seen: Callable[[list[Task]], None] = lambda running: None,
    work: Callable[[Task], Outcome] = site.run_site,
) -> Iterator[Outcome]:
    """Yield what became of each task as it ends, made by so many processes at a time.

    `seen` is told the tasks that run, some times a second. A site that another run is making is
    asked for again at the end. Closing the generator, or an exception in it, stops all sites.
    """
    crew = _Crew(work)
    try:
        yield from crew.all_of(deque((task, 1) for task in tasks), number, seen)
    finally:
        crew.end()


class _Crew:
    """Workers that have nothing to do, and the jobs of the others."""

    def __init__(self, work: Callable[[Task], Outcome]) -> None:
        self.work, self.idle = work, []
        self.jobs: dict[Future, _Job] = {}

    def all_of(self, tasks: deque, number: int, seen: Callable) -> Iterator[Outcome]:
        busy: deque = deque()
        while tasks or self.jobs or busy:
            if not tasks and not self.jobs:
                tasks, busy = busy, deque()
            while tasks and len(self.jobs) < number:
                self._begin(*tasks.popleft())
            seen([job.task for job in self.jobs.values()])
            for future in wait(self.jobs, _TICK_S, FIRST_COMPLETED).done:
                job = self.jobs.pop(future)
                outcome = self._outcome(job, future)
                if outcome is None:
                    tasks.append((job.task, job.attempt + 1))
                elif outcome.state == site.BUSY:
                    busy.append((replace(job.task, wait=True), job.attempt))
                else:
                    yield outcome
            self._end_overdue()

    def _begin(self, task: Task, attempt: int) -> None:
        while self.idle:
            worker = self.idle.pop()
            try:
                future = worker.pool.submit(_make, self.work, task)
            except BrokenProcessPool:  # it died with nothing to do
                worker.end()
                continue
            self.jobs[future] = _Job(task, worker, attempt)
            return
        worker = _Worker()
        self.jobs[worker.pool.submit(_make, self.work, task)] = _Job(task, worker, attempt)

    def _outcome(self, job: _Job, future: Future) -> Outcome | None:
        """Return what became of a job; None where its worker died and it is to be tried again."""
        error = future.exception()
        if error is None:
            self._keep(job.worker)
            return future.result()
        job.worker.end()
        took = time.monotonic() - job.began
        if job.overdue:
            said = f"the site had not ended after {job.task.site_timeout_s} s"
            return site.ended(job.task, site.TIMED_OUT, said, took)
        if not isinstance(error, BrokenProcessPool):
            return site.ended(job.task, site.FAILED, f"{type(error).__name__}: {error}", took)
        if job.attempt < _ATTEMPTS:
            return None
        said = "its process died twice; it was killed, or the machine has too little memory"
        return site.ended(job.task, site.FAILED, said, took)

    def _keep(self, worker: _Worker) -> None:
        worker.left -= 1
        if worker.left:
            self.idle.append(worker)
        else:
            worker.pool.shutdown(wait=False)

    def _end_overdue(self) -> None:
        """End the process of each site that has not kept its own limit."""
        for job in self.jobs.values():
            limit = job.task.site_timeout_s
            if limit and not job.overdue and time.monotonic() - job.began > limit + GRACE_S:
                job.overdue = True
                job.worker.end()

    def end(self) -> None:
        """Ask all that runs to stop, and end what has not stopped in time; no process is left."""
        for _ in range(_ASKED):
            for job in self.jobs.values():
                job.worker.stop()
            if not wait(self.jobs, _STOP_S).not_done:
                break
        for worker in [*self.idle, *(job.worker for job in self.jobs.values())]:
            worker.end()
        self.jobs, self.idle = {}, []


def _context() -> multiprocessing.context.BaseContext:
    """Return how processes are begun: where it can be, as copies of one that has imported all."""
    unset = [name for name in _ONE_THREAD if name not in os.environ]
    os.environ |= dict.fromkeys(unset, "1")
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["neutrality.portfolio.warm"])
    # It outlives a SIGTERM to the whole group: workers whose parent has died count as dead.
    from multiprocessing import forkserver, resource_tracker  # POSIX has them

    resource_tracker.ensure_running()  # begun by the other, it would unblock the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    forkserver.ensure_running()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    for name in unset:  # the copies have them; this process is as it was
        del os.environ[name]
    return context


def _prepare() -> None:
    """Make a new process a worker: it leaves Ctrl-C to the batch, and does not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    threading.Thread(target=_end_with_parent, name="neutrality-parent", daemon=True).start()


def _make(work: Callable[[Task], Outcome], task: Task) -> Outcome:
    """Return what became of a task, in a worker."""
    _MAKING.set()
    try:
        return work(task)
    finally:
        _MAKING.clear()


def _stop(signum: int, frame: object) -> None:
    """Stop the site that is being made, which cleans up; or end an idle process without a word, and
    what its sites may have left running.
    """
    if not _MAKING.is_set():
        _end_below(psutil.Process())
        os._exit(0)
    if run.first_stop():
        raise KeyboardInterrupt


def _end_with_parent() -> None:
    """Stop the site that is being made once the batch has ended, however it did, and then leave."""
    multiprocessing.parent_process().join()
    site.interrupt()
    time.sleep(_STOP_S)
    end_tree(psutil.Process())


def end_tree(process: psutil.Process) -> None:
    """Kill all that a process has started, and then itself."""
    _end_below(process)
    with contextlib.suppress(psutil.Error):
        process.kill()


def _end_below(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.Error):
        for each in process.children(recursive=True):
            with contextlib.suppress(psutil.Error):
                each.kill()
