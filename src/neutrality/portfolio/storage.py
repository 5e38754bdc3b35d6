"""Cases and bundles on object storage, at addresses such as s3://bucket/prefix; nothing is listed.

A case is the objects that its SHA256SUMS names, as `sha256sum` writes it. A bundle lies in
<outputs>/<site>/<year>/<its key>/, and the manifest beside that folder says which key is current:
the key is the manifest's own hash, so whoever has the manifest finds one whole bundle, and never
files of two. Objects are read and written, none is replaced but that manifest, none deleted.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
import os
import posixpath
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from neutrality.runner import bundle

if TYPE_CHECKING:
    from obstore.store import S3Store

SCHEME = "s3://"
SUMS = "SHA256SUMS"
NO_COPIES = Path(os.devnull)  # the folder of copies where there are none
_CASE_DEPTH = 2  # slashes at least between a bucket and a YAML, the site between them
_LINE = re.compile(r"([0-9a-f]{64}) [ *](?:\./)?(.+)")
_KEY_DIGITS = 16  # of a SHA-256: enough for no two versions of one report to share it
_TOGETHER = 8  # objects in transit at a time, which hides their latency from a report's 200 files
_OF_THE_MACHINE = "169.254.169.254"  # where a cloud tells its machines their credentials
# S3 answers "forbidden" for an object that is not there, to whoever may not list its bucket.
_ABSENT = ("NotFoundError", "PermissionDeniedError", "FileNotFoundError", "PermissionError")


def is_address(place: object) -> bool:
    """Return whether a place is an address of object storage, and no path.

    >>> is_address("s3://bucket/outputs"), is_address("outputs"), is_address(Path("s3"))
    (True, False, False)
    """
    return isinstance(place, str) and place.startswith(SCHEME)


def below(address: str, *names: str) -> str:
    """Return the address of what lies below another.

    >>> below("s3://bucket/outputs/", "north", "2025")
    's3://bucket/outputs/north/2025'
    """
    return "/".join([address.rstrip("/"), *names])


def shown(place: Path | str) -> str:
    """Return an address as it is, and a path as it is from here."""
    return place if is_address(place) else os.path.relpath(place)


def copy_of(address: str, copies: Path) -> Path:
    """Return where the copy of an object lies in a folder of copies. ValueError for the address of
    no file in a site's folder.

    >>> copy_of("s3://bucket/params/north/2025.yaml", Path("copies")).as_posix()
    'copies/bucket/params/north/2025.yaml'
    """
    name = address.removeprefix(SCHEME)
    if name.count("/") < _CASE_DEPTH or not _is_inside(name):
        raise ValueError(
            f"{address}: the YAML of a case lies in the folder of its site, as in "
            "s3://bucket/params/north/2025.yaml"
        )
    return Path(copies, name)


def address_of(copy: Path | str, copies: Path) -> str:
    """Return the address of what was copied into a folder of copies; a path elsewhere as it is."""
    if not Path(copy).is_relative_to(copies):
        return str(copy)
    return SCHEME + Path(copy).relative_to(copies).as_posix()


def relative(address: str, start: str) -> str:
    """Return how what lies at an address is linked from another in the same bucket; from elsewhere
    by the whole address.

    >>> relative("s3://bucket/reports", "s3://bucket/pages"), relative("s3://b/reports", "made")
    ('../reports', 's3://b/reports')
    """
    bucket, other = (place.removeprefix(SCHEME).split("/")[0] for place in (address, start))
    if is_address(start) and bucket == other:
        return posixpath.relpath(address, start)
    return address


def fetch_case(home: str, target: Path) -> None:
    """Copy the folder of a case to `target`: all files that its SHA256SUMS names.

    ValueError where there is no such list, it names a file outside the folder, or a file is not the
    one listed.
    """
    _fetch(home, _listed(home), target)


def publish(folder: Path, address: str) -> str:
    """Upload a bundle's folder to the address of a site's year; return the bundle's own address.

    Last come the manifests, first the bundle's and then the one that makes it current. A version
    that is there already, whole, is not uploaded again. ValueError where the folder does not
    verify.
    """
    if wrong := bundle.verify(folder):
        raise ValueError("\n".join([f"{folder.name} is not uploaded:", *wrong]))
    manifest = (folder / bundle.MANIFEST).read_bytes()
    made = below(address, key(manifest))
    if _read(made, bundle.MANIFEST) != manifest:
        names = sorted(bundle.contents(folder).keys() - {bundle.MANIFEST})
        with _store(made) as store, ThreadPoolExecutor(_TOGETHER) as together:
            list(together.map(lambda name: _put(store, name, folder / name), names))
            _put(store, bundle.MANIFEST, manifest)
    if _read(address, bundle.MANIFEST) != manifest:
        with _store(address) as store:
            _put(store, bundle.MANIFEST, manifest)
    return made


def key(manifest: bytes) -> str:
    """Return the name of a bundle's folder among the versions of a site's year.

    >>> key(b"")
    'e3b0c44298fc1c14'
    """
    return hashlib.sha256(manifest).hexdigest()[:_KEY_DIGITS]


def current(address: str) -> str:
    """Return the address of the bundle that a site's year now has, or "" where it has none."""
    manifest = _read(address, bundle.MANIFEST)
    return below(address, key(manifest)) if manifest is not None else ""


def fetch_bundle(address: str, folder: Path) -> Path:
    """Copy the current bundle of a site's year to `folder`, and return it.

    ValueError where there is none, or what came does not verify.
    """
    manifest = _read(address, bundle.MANIFEST)
    if manifest is None:
        raise ValueError(f"{address}: is no bundle; it has no readable {bundle.MANIFEST}")
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    (target / bundle.MANIFEST).write_bytes(manifest)
    made = below(address, key(manifest))
    _fetch(made, in_manifest(address, manifest), target)
    if crate := _read(made, bundle.CRATE):  # signatures change it, so no manifest has it
        (target / bundle.CRATE).write_bytes(crate)
    if wrong := bundle.verify(target):
        raise ValueError("\n".join(wrong))
    return target


def upload(file: Path, address: str) -> None:
    """Put a file at an address, in place of what is there."""
    home, _, name = address.rpartition("/")
    with _store(home) as store:
        _put(store, name, file)


def write(address: str, text: str) -> None:
    """Put a small text, such as a batch's summary, at an address, in place of what is there."""
    home, _, name = address.rpartition("/")
    with _store(home) as store:
        _put(store, name, text.encode())


def read(address: str) -> str:
    """Return a text from an address, or "" where nothing is there."""
    home, _, name = address.rpartition("/")
    return (_read(home, name) or b"").decode()


def copy(home: str, targets: dict[str, Path]) -> dict[str, str]:
    """Copy objects below an address to their targets; return the sha256 of each that came.

    Left out is what is not there or may not be read, and a name that leads out of its folder.
    """

    def one(name: str) -> str:
        content = _got(store, name) if _is_inside(name) else None
        if content is None:
            return ""
        targets[name].parent.mkdir(parents=True, exist_ok=True)
        targets[name].write_bytes(content)
        return hashlib.sha256(content).hexdigest()

    with _store(home) as store, ThreadPoolExecutor(_TOGETHER) as together:
        came = zip(targets, together.map(one, targets), strict=True)
        return {name: sha256 for name, sha256 in came if sha256}


def _listed(home: str) -> dict[str, str]:
    """Return the sha256 of each file of a case, by the list beside them."""
    text = _read(home, SUMS)
    if text is None:
        raise ValueError(
            f"{below(home, SUMS)}: is not there or may not be read; it lists the case's files: "
            "find . -type f ! -name SHA256SUMS -print0 | xargs -0 sha256sum > SHA256SUMS"
        )
    listed = {}
    for number, line in enumerate(text.decode("utf-8", "replace").splitlines(), start=1):
        found = _LINE.fullmatch(line)
        if not found or not _is_inside(found[2]):
            raise ValueError(
                f"{below(home, SUMS)}, line {number}: is no hash with a file of this folder"
            )
        listed[found[2]] = found[1]
    return listed


def in_manifest(address: str, manifest: bytes) -> dict[str, str]:
    """Return the sha256 of each file of a bundle, by its manifest; ValueError where it is none."""
    try:
        return {name: about["sha256"] for name, about in json.loads(manifest)["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(f"{address}: is no bundle; it has no readable {bundle.MANIFEST}") from None


def _is_inside(name: str) -> bool:
    """Return whether a file's name leads below its folder, on any system.

    >>> _is_inside("import/raw/bills.xlsx"), _is_inside("../x"), _is_inside("C:/x")
    (True, False, False)
    """
    return not re.search(r"(^|/)\.{0,2}(/|$)|[\\:\x00-\x1f\ud800-\udfff]", name)


def _fetch(home: str, listed: dict[str, str], target: Path) -> None:
    """Copy objects to a folder; ValueError where one is missing or has another hash, or its name
    leads out of the folder.
    """
    target.mkdir(parents=True, exist_ok=True)
    came = copy(home, {name: target / name for name in listed})
    wrong = []
    for name in sorted(listed):
        if name not in came:
            wrong.append(f"{below(home, name)}: is listed, and is not there or may not be read")
        elif came[name] != listed[name]:
            (target / name).unlink()
            said = "is not the file that is listed; upload it and the list"
            wrong.append(f"{below(home, name)}: {said}")
    if wrong:
        raise ValueError("\n".join(wrong))


def _read(home: str, name: str) -> bytes | None:
    """Return the bytes of an object at an address, as `_got`."""
    with _store(home) as store:
        return _got(store, name)


def _got(store: S3Store, name: str) -> bytes | None:
    """Return an object's bytes, or None where it is not there or may not be read."""
    try:
        return bytes(store.get(name).bytes())
    except Exception as error:
        if type(error).__name__ not in _ABSENT:
            raise
        return None


def _put(store: S3Store, name: str, content: Path | bytes) -> None:
    """Put an object in place of what is there, of a type that a browser shows where it can."""
    kind, packed = mimetypes.guess_type(name)
    kind = "application/octet-stream" if packed or not kind else kind
    store.put(name, content, attributes={"Content-Type": kind})


@contextmanager
def _store(home: str) -> Iterator[S3Store]:
    """Yield the client of an address; OSError, with the storage's own reason, where it fails.

    Bucket, region, endpoint and credentials are those of the environment (AWS_...), as AWS's own
    tools take them.
    """
    try:
        from obstore import exceptions, store
    except ImportError:
        raise ValueError(
            f"{home}: object storage needs the extra s3: pip install 'neutrality[s3]'"
        ) from None
    try:
        yield store.from_url(quote(home, safe="/:"))
    except (exceptions.BaseError, OSError) as error:
        raise OSError(f"{home}: {_said(error)}") from error


def _said(error: Exception) -> str:
    """Return the storage's own reason; without credentials it asks the machine that it runs on."""
    if _OF_THE_MACHINE in str(error):
        return "no credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    return str(error).splitlines()[0]
