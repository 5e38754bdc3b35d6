"""Whether a bundle's files are those that it says made it: reference tables and lock by the hashes
of its release, and the crate by what the files make of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from neutrality.runner import bundle, provenance, release
from neutrality.verifier import actions

_LINE = "{sha256}  {name}\n"  # as sha256sum writes it


def release_faults(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield file and sentence where environment.json contradicts the manifest, itself, or the
    lock and the reference tables that the bundle holds.
    """
    told = json.loads((folder / release.ENVIRONMENT).read_text(encoding="utf-8"))
    listed = json.loads((folder / bundle.MANIFEST).read_text(encoding="utf-8"))
    for name in ("neutrality", "source_sha256", "python", "libraries"):
        if told[name] != listed[name]:
            yield release.ENVIRONMENT, f"{name} is not what {bundle.MANIFEST} says"
    source = told["source"]
    lines = "".join(_LINE.format(name=name, sha256=source[name]) for name in sorted(source))
    if hashlib.sha256(lines.encode()).hexdigest() != told["source_sha256"]:
        yield release.ENVIRONMENT, "source_sha256 is not the hash of the files it lists"
    for name in _shipped(folder):
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != source.get(name):
            yield name, "is not the file of the release that made the bundle"


def _shipped(folder: Path) -> list[str]:
    """Return the files of the release that travel in a bundle."""
    tables = (path.name for path in sorted((folder / release.REFERENCE).iterdir()))
    lock = [release.LOCK] if (folder / release.LOCK).is_file() else []
    return [*(f"{release.REFERENCE}/{name}" for name in tables), *lock]


def crate_faults(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the crate's file where it does not describe the files beside it, by the byte.

    No manifest has it; a link is named by `bundle.verify`.
    """
    path = folder / bundle.CRATE
    if not path.is_symlink() and not path.is_file():
        yield path.name, "is missing"
    elif (
        not path.is_symlink()
        and path.read_bytes() != provenance.dumped(actions.described(folder)).encode()
    ):
        said = "describes other files, parameters, claims or signatures than the bundle has"
        yield path.name, said
