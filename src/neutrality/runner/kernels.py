"""The process that kernels are forked from: it has imported what notebooks import, once.

It is a kernel itself before it imports anything, so that libraries which ask for one at their
import find it, and it has one thread, so that a fork is safe. It ends with the process it serves,
and its children with it. Linux only; `engine` speaks with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import importlib
import io
import json
import logging
import os
import pkgutil
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from inspect import Parameter, signature
from multiprocessing.connection import Connection
from types import SimpleNamespace
from typing import NoReturn

from ipykernel.ipkernel import IPythonKernel
from IPython.core.shellapp import InteractiveShellApp
from jupyter_client.session import Session
from traitlets.config import Config

from neutrality.runner import garbage
from neutrality.runner.warm import SILENT
from neutrality.texts import side_by_side

_FORK = b"fork"  # a request: with it come the descriptors of connection, stdout and stderr
_DESCRIPTORS = 3
_REQUEST_BYTES = 64
_TOLD_BYTES = 1 << 20  # more than Linux lets wait in a socket
_FLUSH_S = 0.2  # as often as ipykernel sends what a cell prints
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_DEBUGGER = "debugpy"
_NOT_IN_NOTEBOOKS = ("__main__", "cli", "commands", "files", "intake", "portfolio", "runner")
_NOT_IN_NOTEBOOKS += ("stores", "verifier")
# Wings that the first notebook reaches, and what libraries import at their first use in it; the
# others are imported while it runs.
_FIRST_WINGS = ("case", "energy", "reference", "texts")
_FIRST_USED = (
    *("dask.array", "dask.distributed", "holidays.countries", "netCDF4", "noto_cjk"),
    *("pyarrow.parquet", "typst", "pandas.core.reshape.reshape", "pandas.io.formats.csvs"),
    *("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg"),
    "neutrality.runner.given",
)
_LATER_USED = ("fontTools.subset", "openpyxl", "pyarrow.dataset")


def serve(descriptor: int) -> NoReturn:
    """Fork a kernel for each request of a socket, until its other side is closed; at any other
    request lay out the texts of figures that kernels had to lay out, for those that follow.
    """
    garbage.search_seldom()
    control = socket.socket(fileno=descriptor)
    told, tell = socket.socketpair(type=socket.SOCK_SEQPACKET)
    for each in (told, tell):
        each.setblocking(False)
    kernel = _kernel()
    with kernel.shell.builtin_trap:
        _import(lambda wing: wing in _FIRST_WINGS, _FIRST_USED)
    signal.signal(signal.SIGCHLD, _bury)
    _share()
    first = True
    while (asked := socket.recv_fds(control, _REQUEST_BYTES, _DESCRIPTORS))[0]:
        if asked[0] != _FORK:
            _lay_out_ahead(told)
            continue
        if not os.fork():
            control.close()
            _run(kernel, tell, *asked[1])
        for each in asked[1]:
            os.close(each)
        if first:
            first = False
            with kernel.shell.builtin_trap:
                _import(lambda wing: wing not in _NOT_IN_NOTEBOOKS, _LATER_USED)
                with contextlib.suppress(ValueError, OSError):  # who reads it will say so
                    _read_ahead()
            _share()
    os._exit(0)


def _share() -> None:
    """Let pages that a child only reads stay shared with it."""
    gc.collect()
    gc.freeze()


def _read_ahead() -> None:
    """Read, while the first notebook runs, what later ones read of the package, whatever the case:
    they find it read.
    """
    from neutrality import sheets
    from neutrality.case import schemas, tables
    from neutrality.reference import emission_factors
    from neutrality.report import templates
    from neutrality.texts import labels

    for each in sheets.PACKAGE.rglob("*.csv"):
        sheets.packaged(each.relative_to(sheets.PACKAGE).as_posix())
    for each in _cached_functions():
        with contextlib.suppress(Exception):  # a library is missing: who needs it will say so
            each()
    texts = {lang: templates.text(lang) for lang in labels.LANGUAGES}
    templates.refuse_faulty(texts)
    for text in texts.values():
        templates.compiled(text)
    none = {name: tables.empty(name) for name in schemas.SCHEMAS}
    emission_factors.factors(none["factors"])
    labels.label("electricity", "en")


def _cached_functions() -> list[Callable[[], object]]:
    """Return the package's functions that are worked out once a process and need no argument."""
    rooms = [module for name, module in sys.modules.items() if name.startswith("neutrality.")]
    cached = [each for room in rooms for each in vars(room).values() if hasattr(each, "cache_info")]
    return [each for each in cached if all(map(_is_optional, signature(each).parameters.values()))]


def _is_optional(parameter: Parameter) -> bool:
    return parameter.default is not parameter.empty


def _lay_out_ahead(told: socket.socket) -> None:
    """Lay out what kernels have told."""
    from neutrality.texts import svg

    with contextlib.suppress(BlockingIOError):
        while True:
            svg.lay_out_ahead(json.loads(told.recv(_TOLD_BYTES)))
    _share()


def _tell(tell: socket.socket) -> None:
    """Tell the warm process which texts of figures it might have laid out; what there is no room
    for stays untold.
    """
    from neutrality.texts import svg

    if texts := svg.laid_out_here():
        with contextlib.suppress(OSError):
            tell.send(json.dumps(texts).encode())


def _bury(signum: int, frame: object) -> None:
    """Take note of each child that has ended, and of the seconds that it used."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _kernel() -> IPythonKernel:
    """Return a kernel without sockets, history or threads, as libraries expect to find one."""
    _draw_inline()
    options = {
        "config": Config({"HistoryManager": {"enabled": False}}),
        "log": logging.getLogger(__name__),
        "session": _Session(),
        "shell_channel_thread": SimpleNamespace(parent_thread=threading.main_thread()),
    }
    sys.modules[_DEBUGGER] = None  # nobody attaches one
    try:
        kernel = IPythonKernel(**options)
    finally:
        del sys.modules[_DEBUGGER]
    kernel.shell.enable_gui = lambda gui=None: None  # `%matplotlib inline` has no windows to tend
    return kernel


def _draw_inline() -> None:
    if not os.environ.get("MPLBACKEND"):
        os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"


def _import(wanted: Callable[[str], bool], others: tuple[str, ...]) -> None:
    """Import the package's rooms of wanted wings, and other modules where they are installed."""
    import neutrality

    for each in pkgutil.walk_packages(neutrality.__path__, "neutrality."):
        if wanted(each.name.split(".")[1]):
            importlib.import_module(each.name)
    for name in others:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _run(
    kernel: IPythonKernel, tell: socket.socket, connection: int, out: int, err: int
) -> NoReturn:
    """Be the kernel of one notebook: run each cell that is sent, and end with the connection."""
    code = 1
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # a notebook may wait for its own
        kernel.session.connection = Connection(connection)
        for number, piped in ((1, out), (2, err)):
            os.dup2(piped, number)
            os.close(piped)
        sys.stdout = _Stream(kernel.session, "stdout", 1)
        sys.stderr = _Stream(kernel.session, "stderr", 2)
        _cells(kernel, tell)
        code = 0
    except BaseException:
        os.write(2, traceback.format_exc().encode())  # the cell's error output shows it
    finally:
        os._exit(code)  # what the warm process registered for its own end is not for a child


def _cells(kernel: IPythonKernel, tell: socket.socket) -> None:
    connection = kernel.session.connection
    start = json.loads(connection.recv_bytes())
    os.environ.clear()
    os.environ.update(start["environ"])
    _draw_inline()
    kernel.shell.init_environment()
    os.chdir(start["folder"])
    InteractiveShellApp().init_path()  # the folder's own modules, as for any kernel
    side_by_side.finished_at_end()  # the engine's last cell
    about = {"pid": os.getpid(), "language_info": kernel.language_info}
    kernel.session.send(None, "ready", about)
    with asyncio.Runner() as runner, contextlib.suppress(EOFError):
        while not kernel.shell.exit_now:
            source = connection.recv_bytes().decode()
            if silent := source.startswith(SILENT):
                source = source.removeprefix(SILENT)
            else:
                count = {"execution_count": kernel.shell.execution_count}
                kernel.session.send(None, "execute_input", count)
            reply = runner.run(kernel.do_execute(source, silent, store_history=not silent))
            sys.stdout.flush()
            sys.stderr.flush()
            _tell(tell)
            kept = ("status", "ename", "evalue", "traceback")
            kernel.session.send(None, "execute_reply", {k: reply[k] for k in kept if k in reply})


class _Session(Session):
    """Sends what a kernel publishes through one connection, as JSON, in the order it is made."""

    connection: Connection
    _one = threading.Lock()

    def send(self, stream, msg_or_type, content=None, *args, **kwargs) -> None:
        """Send a message's type and content; widgets' binary parts are left out."""
        if isinstance(msg_or_type, dict):
            msg_or_type, content = msg_or_type["msg_type"], msg_or_type["content"]
        with self._one:
            self.connection.send_bytes(json.dumps([msg_or_type, content]).encode())


class _Stream(io.TextIOBase):
    """stdout or stderr of a cell, sent in pieces."""

    encoding, errors = "utf-8", "strict"

    def __init__(self, session: _Session, name: str, number: int) -> None:
        self._session, self.name, self._number = session, name, number
        self._pieces: list[str] = []
        self._sent = time.monotonic()

    def fileno(self) -> int:
        return self._number

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._pieces.append(text)
        if time.monotonic() - self._sent > _FLUSH_S:
            self.flush()
        return len(text)

    def flush(self) -> None:
        pieces, self._pieces = self._pieces, []
        self._sent = time.monotonic()
        if pieces:
            content = {"name": self.name, "text": "".join(pieces)}
            self._session.send(None, "stream", content)
