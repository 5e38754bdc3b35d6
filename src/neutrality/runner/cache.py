"""What a run leaves for later ones: entries by key in a hidden folder of the outputs, each named by
the sha256 of its content.

An entry is written under another name, renamed, and read whole: one that was cut short or altered
counts as absent. So neither a killed run nor two at once leave one that is wrong, and a folder that
cannot be written costs the reuse alone.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress

FOLDER = ".cache"  # of the outputs
# What the entries may take [B]: what is kept of one report is about 20 MB. Beyond it, those that
# no run has used for longest are removed.
MOST_BYTES = 2_000_000_000
# All entries are looked at once a process, and again when it has written this share of what they
# may take: a look takes longer with each entry.
_LOOKED_AGAIN = 0.02
_unseen: dict[str, float] = {}  # bytes written into a folder since then
_PART = ".part-"  # what is being written, by the process's number
_ABANDONED_S = 3600  # age from which a part is a dead run's; writing one takes under a second


def read(folder: str | os.PathLike, key: str) -> Iterator[bytes]:
    """Yield the contents of a key's entries, the one used last first; those that are not what
    their name says are left out. An entry that is taken counts as used now.
    """
    for path in _newest_first(os.path.join(folder, key)):
        try:
            with open(path, "rb") as file:
                content = file.read()
        except OSError:  # another run removed it
            continue
        if hashlib.sha256(content).hexdigest() == os.path.basename(path):
            yield content


def used(folder: str | os.PathLike, key: str, content: bytes) -> None:
    """Let an entry count as used now, so that it is the last to be removed."""
    with suppress(OSError):  # a folder that may only be read, or one that was cleared
        os.utime(_path(folder, key, content))


def write(folder: str | os.PathLike, key: str, content: bytes, most: int = MOST_BYTES) -> bool:
    """Keep an entry, and now and then remove others until all take at most `most` bytes; return
    whether it is kept.

    False where the folder cannot be written or the disk is full: nothing is raised.
    """
    path = _path(folder, key, content)
    part = os.path.join(os.path.dirname(path), f"{_PART}{os.getpid()}-{os.urandom(4).hex()}")
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        try:
            with open(part, "xb") as file:
                file.write(content)
            os.replace(part, path)
        except BaseException:  # Ctrl-C as much as a full disk
            _remove(part)
            raise
        unseen = _unseen.get(os.fspath(folder), most) + len(content)
        if unseen > most * _LOOKED_AGAIN:
            _trim(folder, most)
            unseen = 0
        _unseen[os.fspath(folder)] = unseen
    except OSError:
        return False
    return True


def _path(folder: str | os.PathLike, key: str, content: bytes) -> str:
    return os.path.join(folder, key, hashlib.sha256(content).hexdigest())


def _newest_first(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as found:
            held = [(each.stat().st_mtime_ns, each.path) for each in found if each.is_file()]
    except OSError:
        return []
    return [path for _, path in sorted(held, reverse=True)]


def _trim(folder: str | os.PathLike, most: int) -> None:
    """Remove what dead runs were writing, then the entries used longest ago above `most` bytes."""
    held = []
    for key in os.listdir(folder):
        for path in _newest_first(os.path.join(folder, key)):
            about = os.stat(path)
            held.append((about.st_mtime, about.st_size, path))
    now, taken = max((when for when, _, _ in held), default=0), 0
    for when, size, path in sorted(held, reverse=True):
        part = os.path.basename(path).startswith(_PART)
        taken += size
        if taken > most and not part or part and now - when > _ABANDONED_S:
            _remove(path)


def _remove(path: str) -> None:
    """Remove a file, and its folder where that is then empty."""
    with suppress(OSError):
        os.unlink(path)
        os.rmdir(os.path.dirname(path))
