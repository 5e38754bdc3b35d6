"""Kernels forked from one warm process (`kernels`), which is started at the first need of one."""

from __future__ import annotations

import atexit
import codecs
import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait

SILENT = "\0"  # no source begins with it
ENGINE = "NEUTRALITY_ENGINE"  # "papermill": a kernel started for each notebook
_CAN_FORK = sys.platform == "linux"  # elsewhere a fork is unsafe, or there is none
# A module in the caller's directory must not come before a library, as "" would let it.
_SERVE = (
    "import sys; sys.path[:] = filter(None, sys.path); "
    "from neutrality.runner import kernels; kernels.serve({})"
)
_PIECE_BYTES = 65536  # what a pipe of Linux holds
_START_S = 600  # far longer than the imports take on a busy machine
_END_S = 1  # far longer than the system takes to end a process
_starting = threading.Lock()
_warm: dict[int, socket.socket] = {}  # by the process that it serves
_TIMES = 2  # that texts are laid out ahead: those of a third site are mostly its own numbers
_laid_out: Counter[socket.socket] = Counter()  # how often each did


class Ended(Exception):
    """The kernel is dead."""


class Kernel:
    """One notebook's kernel: cells are sent to it, and what they publish is read."""

    def __init__(self, folder: str) -> None:
        """Fork one that works in a folder, with the environment of this moment."""
        self._connection, self._pipes = _fork()
        self._pid = 0
        try:
            self.send(json.dumps({"folder": folder, "environ": dict(os.environ)}))
            told = self.messages(_START_S)
            about = next(content for kind, content in told if kind == "ready")
        except BaseException:
            self.end()
            raise
        self.language_info, self._pid = about["language_info"], about["pid"]

    def send(self, text: str) -> None:
        """Send a cell's source; behind SILENT one that counts as no cell. Ended where the kernel is
        dead.
        """
        try:
            self._connection.send_bytes(text.encode())
        except OSError:
            raise Ended from None

    def messages(self, timeout_s: float | None = None) -> Iterator[tuple[str, dict]]:
        """Yield type and content of each message as it comes; among them, as a stream's, what was
        written to stdout or stderr past Python.

        Ended where the kernel dies, TimeoutError after `timeout_s`.
        """
        until = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            left = None if until is None else max(until - time.monotonic(), 0)
            if not (ready := wait([self._connection, *self._pipes], left)):
                raise TimeoutError
            for pipe in [each for each in ready if each is not self._connection]:
                yield from self._written(pipe)
            if self._connection in ready:
                yield self._received()

    def _received(self) -> tuple[str, dict]:
        try:
            kind, content = json.loads(self._connection.recv_bytes())
        except (EOFError, OSError):
            raise Ended from None
        return kind, content

    def _written(self, pipe: io.FileIO) -> Iterator[tuple[str, dict]]:
        while piece := pipe.read(_PIECE_BYTES):
            name, decoder = self._pipes[pipe]
            yield "stream", {"name": name, "text": decoder.decode(piece)}
        if piece == b"":  # closed by the kernel; None would say that nothing is there now
            del self._pipes[pipe]
            pipe.close()

    def kill(self) -> None:
        """Let the kernel die, whatever it is doing: who waits for it is told that it has ended."""
        with contextlib.suppress(OSError):
            if self._pid:
                os.kill(self._pid, signal.SIGKILL)

    def end(self) -> None:
        """End the kernel, whatever it is doing, and wait until it has ended."""
        self.kill()
        with contextlib.suppress(OSError, EOFError):
            while self._pid and self._connection.poll(_END_S):
                self._connection.recv_bytes()
        self._pid = 0  # soon another process's
        for each in (self._connection, *self._pipes):
            each.close()


@contextmanager
def kernel(folder: str) -> Iterator[Kernel]:
    """Yield a fresh kernel that works in a folder; it ends with the block. Ended where it dies."""
    made = Kernel(folder)
    try:
        yield made
    finally:
        made.end()


def forks() -> bool:
    """Return whether kernels are forked here."""
    return _CAN_FORK and os.environ.get(ENGINE) != "papermill"


def prepare() -> None:
    """Let the process that kernels are forked from begin its imports, where there is to be one: it
    needs a second or two.
    """
    if forks():
        _start()


def lay_out_ahead() -> None:
    """Let later kernels find laid out the texts of figures that earlier ones had to lay out:
    another site's are mostly the same.
    """
    if forks() and (warm := _warm.get(os.getpid())) and _laid_out[warm] < _TIMES:
        _laid_out[warm] += 1
        with contextlib.suppress(OSError):  # it was killed: the next kernel starts another
            warm.send(b"lay out")


def _start() -> None:
    """Start the warm process, where this one has none."""
    with _starting:
        if os.getpid() not in _warm:
            _warm[os.getpid()] = _started()


def _fork() -> tuple[Connection, dict[io.FileIO, tuple[str, codecs.IncrementalDecoder]]]:
    """Return the connection to a new kernel, and the pipes of its stdout and stderr: what each is,
    and its decoder, as a piece may end inside a character.
    """
    ours, its = socket.socketpair()
    pipes = {name: os.pipe() for name in ("stdout", "stderr")}
    sent = [its.fileno(), *(write for _, write in pipes.values())]
    try:
        _start()
        try:
            socket.send_fds(_warm[os.getpid()], [b"fork"], sent)
        except OSError:  # it was killed, as the machine had too little memory
            del _warm[os.getpid()]
            _start()
            socket.send_fds(_warm[os.getpid()], [b"fork"], sent)
    finally:
        its.close()
        for _, write in pipes.values():
            os.close(write)
    for read, _ in pipes.values():
        os.set_blocking(read, False)
    decoder = codecs.getincrementaldecoder("utf-8")
    made = {io.FileIO(read): (name, decoder("replace")) for name, (read, _) in pipes.items()}
    return Connection(ours.detach()), made


def _started() -> socket.socket:
    ours, its = socket.socketpair(type=socket.SOCK_SEQPACKET)
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE.format(its.fileno())],
        stdin=subprocess.DEVNULL,
        pass_fds=[its.fileno()],
        start_new_session=True,
    )
    its.close()
    here = os.getpid()

    def stop() -> None:
        ours.close()
        if os.getpid() == here:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_END_S)
            process.kill()
            process.wait()

    atexit.register(stop)
    return ours
