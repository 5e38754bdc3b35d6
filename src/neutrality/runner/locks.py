"""Whose a hidden folder of a run is, and whether that run is alive: here, in another container, or
on another machine that shares the drive.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCK = "lock"
_BEAT_S = 30
# A run that this machine cannot see counts as ended after 120 missed beats: far more than a busy
# machine, a slow drive or a short sleep loses, and what it left waits no longer than that.
ABANDONED_S = 3600
_HOST_SHOWN = 40  # characters of a host's name in a folder's


def name() -> str:
    """Return a name that no other run has: the host's, and a random number."""
    host = re.sub(r"[^A-Za-z0-9]+", "-", platform.node())[:_HOST_SHOWN].strip("-")
    return f"{host or 'host'}-{secrets.token_hex(8)}"


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Make a folder that counts as in use, by the beat of its lock, until the block ends."""
    folder.mkdir(parents=True)
    lock, ended = folder / _LOCK, threading.Event()
    lock.write_text(json.dumps(_whose(os.getpid())), encoding="utf-8")

    def beat() -> None:
        while not ended.wait(_BEAT_S):
            with contextlib.suppress(OSError):
                os.utime(lock)

    threading.Thread(target=beat, name="neutrality-lock", daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def abandoned(folder: Path) -> bool:
    """Return whether the run that made the folder has ended without removing it.

    A process of this very system is looked up; of any other the beat must be older than
    ABANDONED_S, by the drive's own clock, as two machines' clocks differ.
    """
    held, lock = {}, folder / _LOCK
    with contextlib.suppress(OSError, ValueError):
        held = dict(json.loads(lock.read_text(encoding="utf-8")))
    here = _whose(os.getpid())
    if here["boot"] and all(held.get(part) == here[part] for part in ("host", "boot", "space")):
        return not _runs(held)
    try:
        last = (lock if lock.exists() else folder).stat().st_mtime
    except OSError:  # it was removed meanwhile, by its own run
        return False
    return _now(folder.parent) - last > ABANDONED_S


def _whose(pid: int) -> dict:
    """Return which process of which system: process numbers say nothing in another container.

    "boot" and "space" are empty where the system does not tell them, "started" likewise.
    """
    boot, space = "", ""
    with contextlib.suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        space = os.readlink("/proc/self/ns/pid")
    about = {"host": platform.node(), "boot": boot if space else "", "space": space}
    return about | {"pid": pid, "started": _started(pid)}


def _started(pid: int) -> str:
    """Return when a process began, in ticks since the boot; empty where this is not known, "ended"
    where it is over but still listed.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    return "ended" if fields[0] == "Z" else fields[19]


def _runs(held: dict) -> bool:
    """Return whether a process of this system runs: by its number, and when it began."""
    try:
        os.kill(int(held["pid"]), 0)
    except (ProcessLookupError, OverflowError, ValueError, KeyError, TypeError):
        return False
    except PermissionError:
        return True
    started = _started(int(held["pid"]))
    return started in ("", held.get("started"))


def _now(folder: Path) -> float:
    """Return the time by the clock of the drive that holds the folder [s since 1970]."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            return os.fstat(probe.fileno()).st_mtime
    except OSError:
        return time.time()
