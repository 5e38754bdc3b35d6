"""A bundle as it was received, a folder or a zip file: opened without trusting anything in it.

Nothing is written but into the folder of the reader's own; a name that climbs, a link, a device, a
file that unpacks to more than a bundle can have is refused before it is read.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
from pathlib import Path, PurePosixPath

MANIFEST = "manifest.json"
# A bundle has some 400 files and 30 MB; ten years of hours by 500 meters are a gigabyte.
MAX_FILES = 20_000
MAX_BYTES = 2_000_000_000  # [B] unpacked
MAX_RATIO = 200  # of a file's size to what it takes in the zip; hours pack to a fiftieth
_SMALL = 5_000_000  # [B] unpacked; below it the ratio does no harm
_MAX_NAME = 240  # characters of a path: what every file system can hold
_CHUNK = 1 << 20  # [B] read at a time
_LAST_RECORD = 22 + 0xFFFF  # [B] of a zip file's last record and the longest comment behind it
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DRIVE = re.compile(r"^[A-Za-z]:")
_ENCRYPTED = 0x1  # bit of a zip entry's flags


def opened(bundle: Path | str, scratch: Path | str) -> Path:
    """Return the folder of a bundle: itself, or where its zip file was unpacked below `scratch`.

    Raises ValueError, naming the entry, for what no bundle holds: a path outside the folder, a
    link, a device, two files of one name, an encrypted file, more files or bytes than MAX_FILES and
    MAX_BYTES, a file that packs better than MAX_RATIO; and where there is no manifest.
    """
    path = Path(bundle)
    if path.is_symlink():
        raise ValueError(f"{printable(path.name)}: is a link; name the bundle itself")
    if path.is_dir():
        _refuse_folder(path)
        return _with_manifest(path, path.name)
    if not path.is_file():
        raise ValueError(f"{printable(path.name)}: no such file or folder")
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{printable(path.name)}: is neither a folder nor a zip file")
    _refuse_size(_entries(path), 0, path.name)  # before a million of them are listed
    folder = Path(scratch) / "received"
    folder.mkdir(parents=True)
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_entries(archive.infolist(), path)
            _unpack(archive, folder)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        name = printable(path.name)
        raise ValueError(f"{name}: cannot be unpacked ({printable(str(error))})") from error
    return _with_manifest(folder, path.name)


def printable(text: str) -> str:
    """Return a stranger's text as a terminal may show it: what would move its cursor is quoted.

    >>> printable("a\\x1b[2Jb")
    'a\\\\x1b[2Jb'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _with_manifest(folder: Path, name: str) -> Path:
    """Return the folder that holds the manifest: this one, or the only one in it."""
    inside = [each for each in sorted(folder.iterdir()) if each.is_dir()]
    for each in [folder, *(inside if len(inside) == 1 else [])]:
        if (each / MANIFEST).is_file():
            return each
    raise ValueError(f"{printable(name)}: is no bundle; it has no {MANIFEST}")


def _refuse_folder(folder: Path) -> None:
    """Raise ValueError for a link or a device below a folder, or too many files or bytes."""
    files = size = 0
    for base, folders, names in os.walk(folder):
        for name in [*folders, *names]:
            path = Path(base) / name
            mode = path.lstat()
            at = printable(path.relative_to(folder).as_posix())
            if stat.S_ISLNK(mode.st_mode):
                raise ValueError(f"{at}: is a link; a bundle holds its own files")
            if not (stat.S_ISREG(mode.st_mode) or stat.S_ISDIR(mode.st_mode)):
                raise ValueError(f"{at}: is no plain file; a bundle holds nothing else")
            files, size = files + 1, size + mode.st_size
            _refuse_size(files, size, folder.name)


def _refuse_size(files: int, size: int, name: str) -> None:
    for what, found, most in (("files", files, MAX_FILES), ("bytes", size, MAX_BYTES)):
        if found > most:
            name = printable(name)
            raise ValueError(f"{name}: more than {most:,} {what}; a bundle has fewer")


def _entries(path: Path) -> int:
    """Return how many entries a zip file's last record counts; the most that it can count there
    says that they are more.
    """
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _LAST_RECORD, 0))
        end = file.read()
    at = end.rfind(b"PK\x05\x06")
    return int.from_bytes(end[at + 10 : at + 12], "little") if at >= 0 else 0


def _refuse_entries(entries: list[zipfile.ZipInfo], path: Path) -> None:
    """Raise ValueError for the first entry of a zip file that no bundle has, by its directory."""
    size, seen = 0, set()
    for number, entry in enumerate(entries, start=1):
        size += entry.file_size
        _refuse_size(number, size, path.name)
        if fault := _fault(entry):
            raise ValueError(f"{printable(path.name)}, {printable(entry.filename)!r}: {fault}")
        name = entry.filename.rstrip("/").casefold()  # as file systems do that ignore case
        if name in seen:
            raise ValueError(f"{printable(path.name)}, {printable(entry.filename)!r}: stands twice")
        seen.add(name)


def _fault(entry: zipfile.ZipInfo) -> str:
    """Return why an entry of a zip file is not unpacked, or an empty text."""
    name = entry.orig_filename
    parts = PurePosixPath(name).parts
    if _CONTROL.search(name) or "\\" in name or len(name) > _MAX_NAME:
        return "its name is none that a bundle has"
    if name.startswith("/") or _DRIVE.match(name) or ".." in parts or not parts:
        return "its path leads out of the bundle"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or no plain file; a bundle holds its own files"
    if entry.flag_bits & _ENCRYPTED:
        return "is encrypted; a bundle can be read by anybody"
    packed = max(entry.compress_size, 1)
    if entry.file_size > _SMALL and entry.file_size > MAX_RATIO * packed:
        return f"unpacks to {entry.file_size:,} bytes from {packed:,}"
    return ""


def _unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    """Write the entries below a folder; what unpacks to more than its directory says is refused."""
    for entry in archive.infolist():
        target = folder / entry.filename
        if entry.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        left = entry.file_size
        with archive.open(entry) as packed, target.open("xb") as file:
            while chunk := packed.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise zipfile.BadZipFile(f"{entry.filename} is larger than it says")
                file.write(chunk)
