"""Sites made in a process of its own beside a worker whose threads are not ours.

A notebook changes its process's directory, its time limit needs a main thread, and a process with
threads must not fork: so each thread of a Dask worker has one lasting child, which makes one site
at a time. The child ends with its worker, however that ends, and stops what it makes.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time

import psutil

from neutrality.portfolio import parcel, site, workers

_STOP_S = 10  # from the end of its worker to that of a child that has not stopped
_thread = threading.local()


def make(sent: parcel.Parcel) -> site.Outcome:
    """Return what becomes of a site that this thread's child makes; RuntimeError where it dies.

    A child that has not kept the site's time limit is ended with all that it has started.
    """
    child, task = _child(), sent.task
    overdue = threading.Event()
    timer = threading.Timer(task.site_timeout_s + workers.GRACE_S, _end, [child, overdue])
    timer.daemon = True
    if task.site_timeout_s:
        timer.start()
    try:
        pickle.dump(sent, child.stdin)
        child.stdin.flush()
        return pickle.load(child.stdout)
    except (EOFError, OSError, pickle.UnpicklingError):
        child.kill()
        code = child.wait()
    finally:
        timer.cancel()
    if overdue.is_set():
        said = f"the site had not ended after {task.site_timeout_s} s"
        about = (task.site, task.year, site.TIMED_OUT, said)
        return site.Outcome(*about, case_yaml=task.case_yaml)
    raise RuntimeError(
        f"its process ended with code {code}; it was killed, or the machine has too little memory"
    )


def _child() -> subprocess.Popen:
    """Return the child of this thread, a new one where it has none that lives."""
    child = getattr(_thread, "child", None)
    if child is None or child.poll() is not None:
        command = [sys.executable, "-m", __spec__.name]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        child = _thread.child = subprocess.Popen(command, **pipes)
    return child


def _end(child: subprocess.Popen, overdue: threading.Event) -> None:
    overdue.set()
    workers.end_tree(psutil.Process(child.pid))


def serve() -> None:
    """Make the sites that come by stdin, until it ends, and answer on stdout."""
    taken, given = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.dup2(2, 1)  # what a library prints is no answer
    # Between two sites, and while one is noted as made, a stop waits for the end of the pipe.
    signal.signal(signal.SIGTERM, lambda signum, frame: None)
    waiting: queue.SimpleQueue = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(taken, waiting), daemon=True).start()
    while (sent := waiting.get()) is not None:
        outcome = parcel.make(sent)
        try:
            pickle.dump(outcome, given)
            given.flush()
        except BrokenPipeError:  # the worker has ended meanwhile
            break
    os._exit(0)  # without a last flush into a pipe that nobody reads


def _listen(taken, waiting: queue.SimpleQueue) -> None:
    """Hand on what comes; at the end, stop what is being made."""
    try:
        while True:
            waiting.put(pickle.load(taken))
    except EOFError:
        waiting.put(None)
        site.interrupt()
        time.sleep(_STOP_S)
        os._exit(1)


if __name__ == "__main__":
    serve()
