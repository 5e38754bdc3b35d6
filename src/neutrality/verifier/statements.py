"""The signatures of a bundle as they are read: of each a statement of who signed what, and the
signature over it, perhaps with a timestamp.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from neutrality.runner import members
from neutrality.verifier.received import MANIFEST, printable

ROLES = ("analyst", "reviewer", "verifier")  # each signs over those before
FOLDER = members.SIGNATURES
STATEMENT, SIGNATURE, TIMESTAMP = "json", "sig", "tsr"
_MAX_BYTES = 20_000  # of a statement: one over 99 others has fewer
# No blank and no pattern: allowed_signers files separate by the one and read the other.
_PRINCIPAL = re.compile(r"[^\s,*?!\"#]{1,200}")
_KEYS = {"role", "principal", "order", "date", "over"}


class Signed(NamedTuple):
    """One signature of a bundle, as read; `problem` says why it cannot be."""

    name: str  # of its files in the bundle, without extension
    about: dict
    statement: bytes
    signature: bytes
    problem: str = ""


def is_principal(name: object) -> bool:
    """Return whether a signer may be called so: as allowed_signers files read it, in one way."""
    plain = isinstance(name, str) and _PRINCIPAL.fullmatch(name) is not None
    return plain and printable(name) == name


def is_date(day: object) -> bool:
    """Return whether a text is a day, YYYY-MM-DD."""
    try:
        return datetime.date.fromisoformat(day).isoformat() == day
    except (TypeError, ValueError):
        return False


def text(about: dict) -> bytes:
    """Return the one way in which a statement is written: what two readers take differently is
    none.
    """
    return (json.dumps(about, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def files(folder: Path, names: list[str]) -> list[str]:
    """Return the paths of the manifest and of the files of some signatures, in the bundle."""
    extensions = (STATEMENT, SIGNATURE, TIMESTAMP)
    paths = [f"{FOLDER}/{name}.{extension}" for name in names for extension in extensions]
    return [MANIFEST, *(path for path in paths if (folder / path).is_file())]


def hashes(folder: Path, names: list[str]) -> dict[str, str]:
    """Return the SHA-256 of the manifest and of some signatures, by path."""
    return {
        path: hashlib.sha256((folder / path).read_bytes()).hexdigest()
        for path in files(folder, names)
    }


def read(folder: Path) -> Iterator[Signed]:
    """Yield the signatures of a bundle in their order."""
    stems = {path.stem for path in (folder / FOLDER).glob("*") if members.is_signature(path.name)}
    for name in sorted(stems, key=lambda stem: (int(stem.rpartition("-")[2]), stem)):
        try:
            content = [
                _bytes(folder / FOLDER / f"{name}.{each}") for each in (STATEMENT, SIGNATURE)
            ]
            yield Signed(name, _about(name, content[0]), *content)
        except ValueError as error:
            yield Signed(name, {}, b"", b"", str(error))


def _bytes(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise ValueError(f"{path.name} is missing")
    if path.stat().st_size > _MAX_BYTES:
        raise ValueError(f"{path.name} has more than {_MAX_BYTES:,} bytes; none has so many")
    return path.read_bytes()


def _about(name: str, statement: bytes) -> dict:
    """Return a statement, read; ValueError where it is not one as `sign` writes them."""
    try:
        about = json.loads(statement)
        plain = isinstance(about, dict) and about.keys() == _KEYS and text(about) == statement
    except (ValueError, RecursionError) as error:
        raise ValueError("its statement is no JSON") from error
    if not plain or type(about["order"]) is not int:
        raise ValueError("its statement is not written as one is")
    if f"{about['role']}-{about['order']}" != name:
        raise ValueError(f"its statement is of {about['role']}-{about['order']}")
    if not is_principal(about["principal"]):
        raise ValueError("its statement names nobody")
    if about["date"] != "" and not is_date(about["date"]):
        raise ValueError("its statement has a date that is none")
    return about
