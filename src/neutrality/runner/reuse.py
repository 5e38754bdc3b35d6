"""What an earlier run left of a notebook is taken again where nothing that it depends on has
changed: its code, its parameters, the rooms it imports, the package's data, the environment, and
each file that it read.

This is a build system with constructive traces (Mokhov, Mitchell and Peyton Jones, "Build systems
à la carte", 2018, section 4.2.3). A trace holds the files that a notebook read with their sha256,
the names of all that lay there, and what it wrote. That a file was read, by whatever library, is
told by its time of access, set back before the notebook starts; where a drive keeps none, all files
count. Comments and Markdown are no code: the outputs are put into the notebook as it is now.
"""

from __future__ import annotations

import ast
import fnmatch
import hashlib
import io
import json
import mmap
import os
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cache as once
from pathlib import Path
from typing import TYPE_CHECKING

from neutrality.case import tables
from neutrality.runner import cache, unchanged

if TYPE_CHECKING:
    from nbformat import NotebookNode

_INPUTS = "inputs/"  # the case's tables in a stage
_INJECTED = "injected-parameters"  # tag of the cell that papermill puts in
_TRACE = "trace.json"  # in an entry, beside wrote/<path>
_WROTE = "wrote/"
_NAME = "neutrality"
_ALL = "*"  # among imports: what is imported is not known
_FORM = 1  # of an entry: another number makes the earlier ones unused
# Data of the package that one room or wing alone reads; all other data count for every notebook.
READ_BY = {
    "texts/report.*": "report",
    "texts/layout.lua": "report",
    "reference/notebook_cells.csv": "report",
    "texts/messages.csv": "texts/messages",
    "texts/bundle.md": "runner/release",
    "texts/case.md": "runner/new",
    "files/*.csv": "files",
    "intake/*.csv": "intake",
    "notebooks/*": "runner/parameters",
    "requirements.lock": "runner/release",
}
# Rooms that run a notebook: in this process, and in one that a command starts.
_EXECUTING = ("neutrality.runner.execution", "neutrality.runner.kernels")
# Names by which a module is imported that no import statement shows.
_HIDDEN_IMPORTS = ("import_module", "__import__")
# How far a file's time of change is set back, so that any writing shows: the coarsest clock of a
# drive in use, FAT's, has steps of 2 s.
_BACK_NS = 2_000_000_000
_PROBE = b"what a drive tells of a file"
_LONG_AGO_NS = 86_400_000_000_000  # time of access of a file that nobody has read: 2 January 1970


@dataclass(frozen=True)
class Kept:
    """Where traces are kept, and whether those of earlier runs are to be used."""

    folder: Path
    fresh: bool = False


@dataclass(frozen=True)
class Trace:
    """What a notebook read and made.

    names are all files of the stage before it (`_names`), read those that it read with their
    sha256; cells has count and outputs of each code cell, injected the cell of parameters; wrote
    the new content of each file, removed those it deleted.
    """

    names: list[str]
    read: dict[str, str]
    cells: list[dict]
    injected: dict | None
    removed: list[str]
    wrote: dict[str, bytes]


@dataclass(frozen=True)
class Watch:
    """The files of a stage before a notebook: their names, sha256, and inode, times of change and
    access; no times where the drive does not keep them.
    """

    names: list[str]
    sha256: dict[str, str]
    times: dict[str, tuple[int, int, int]] | None


def key(kept: Kept, name: str, notebook: NotebookNode, given: dict) -> str:
    """Return a hash over what a notebook does in this release and environment, with its parameters;
    empty where notebooks may run another package than this process (`unchanged.doubtful`).
    """
    if unchanged.doubtful():
        return ""
    code = [
        (cell.source, sorted(_tags(cell))) for cell in notebook.cells if cell.cell_type == "code"
    ]
    does = [(meaning(source), tags) for source, tags in code]
    try:
        release = _needs(tuple(source for source, _ in code), kept.folder)
        return _hash([_FORM, name, does, given, release, unchanged.environment()])
    except OSError:  # somebody installs or edits at this moment
        return ""


@once
def meaning(source: str) -> str:
    """Return what a cell does: its syntax without comments and blank lines.

    A cell with a semicolon, which may keep its value from being shown, and one that is not Python
    count by their text.

    >>> meaning("a = 1  # one") == meaning("a = 1"), meaning("a = 1") == meaning("a = 1;")
    (True, False)
    """
    try:
        return source if ";" in source else ast.dump(ast.parse(source))
    except (SyntaxError, ValueError):
        return source


def find(kept: Kept, key: str, before: dict[str, dict]) -> Trace | None:
    """Return the trace of a run to which this one would be equal, or None.

    `before` is what `bundle.contents` says of the stage.
    """
    for content in cache.read(kept.folder, key) if key and not kept.fresh else ():
        trace = _unpacked(content)
        read = {name: before.get(name, {}).get("sha256") for name in trace.read}
        if trace.names == _names(before) and trace.read == read:
            cache.used(kept.folder, key, content)
            return trace
    return None


def restore(trace: Trace, stage: Path) -> None:
    """Write into a stage what a notebook had written, and delete what it had deleted."""
    for name, content in trace.wrote.items():
        path = stage / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name in trace.removed:
        (stage / name).unlink()


def filled(notebook: NotebookNode, trace: Trace) -> dict:
    """Return a notebook, as it is now, with the counts, outputs and parameters of its trace."""
    cells = [dict(cell) for cell in notebook.cells if _INJECTED not in _tags(cell)]
    if trace.injected:
        tagged = [at for at, cell in enumerate(cells) if "parameters" in _tags(cell)]
        cells.insert(tagged[0] + 1 if tagged else 0, dict(trace.injected))
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    for cell, made in zip(code, trace.cells, strict=True):
        cell |= made
    return {**notebook, "cells": cells}


def watch(stage: Path, before: dict[str, dict]) -> Watch:
    """Set the times of a stage's files back, so that `keep` sees which were read or written."""
    sha256 = {name: about["sha256"] for name, about in before.items()}
    nothing_told = Watch(_names(before), sha256, None)
    try:
        ways = (Path.read_bytes, _map, lambda path: path.write_bytes(_PROBE))
        if not all(_shows(stage.parent, touch) for touch in ways):
            return nothing_told
        return replace(nothing_told, times={name: _set_back(stage / name) for name in before})
    except OSError:
        return nothing_told


def keep(
    kept: Kept,
    key: str,
    stage: Path,
    watched: Watch,
    read: set[str],
    after: dict[str, dict],
    executed: Path,
) -> None:
    """Keep the trace of a notebook that ran in a stage: it lies in `executed`, and read the files
    `read`. `key` and `after`, which is what `bundle.contents` says of the stage, are of now.

    Nothing is kept of one that has no key, that changed what the bundle was given, or left a link.
    """
    now = {name: about["sha256"] for name, about in after.items()}
    now.pop(executed.relative_to(stage).as_posix(), None)
    wrote = [name for name, sha256 in now.items() if watched.sha256.get(name) != sha256]
    gone = watched.sha256.keys() - now.keys()
    read = read | gone | (watched.sha256.keys() & set(wrote))
    given = [name for name in read if name.startswith(_INPUTS) or name == "params.yaml"]
    if not key or gone.union(wrote).intersection(given):
        return
    if any((stage / name).is_symlink() for name in wrote):
        return
    cells, injected = _outputs(executed)
    trace = Trace(
        names=watched.names,
        read={name: watched.sha256[name] for name in sorted(read)},
        cells=cells,
        injected=injected,
        removed=sorted(gone),
        wrote={name: (stage / name).read_bytes() for name in wrote},
    )
    cache.write(kept.folder, key, _packed(trace))
    _keep_parsed(kept.folder)


def _names(before: dict[str, dict]) -> list[str]:
    """Return what a notebook may see of files without reading them: that they are there, and of the
    case's tables whether they are too large for a template, for which `tables.exists` reads none.
    """
    large = tables.TEMPLATE_BYTES
    return sorted(
        f"{name} (large)" if name.startswith(_INPUTS) and about["size"] > large else name
        for name, about in before.items()
    )


def read(stage: Path, watched: Watch) -> set[str]:
    """Return the files that a notebook read, and those that it wrote over: what they held may stand
    in them still. All of them where the drive does not tell.

    To be asked before anybody else reads one.
    """
    if watched.times is None:
        return set(watched.sha256)
    return {name for name, held in watched.times.items() if _times(stage / name) != held}


def _times(path: Path) -> tuple[int, int, int]:
    """Return a file's inode and its times of change and access [ns]; zeros where there is none."""
    try:
        about = os.stat(path)
    except FileNotFoundError:
        return 0, 0, 0
    return about.st_ino, about.st_mtime_ns, about.st_atime_ns


def _set_back(path: Path) -> tuple[int, int, int]:
    """Set a file's times back; return them as `_times` does, as the drive keeps them."""
    os.utime(path, ns=(_LONG_AGO_NS, os.stat(path).st_mtime_ns - _BACK_NS))
    return _times(path)


def _shows(folder: Path, touch: Callable[[Path], object]) -> bool:
    """Return whether a file on the drive of a folder shows by its times that it was touched."""
    descriptor, name = tempfile.mkstemp(dir=folder)
    try:
        with open(descriptor, "wb") as probe:
            probe.write(_PROBE)
        before = _set_back(Path(name))
        touch(Path(name))
        return _times(Path(name)) != before
    finally:
        os.unlink(name)


def _map(path: Path) -> None:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        mapped[:]


def _tags(cell: dict) -> list[str]:
    return cell["metadata"].get("tags", [])


def _outputs(executed: Path) -> tuple[list[dict], dict | None]:
    """Return count and outputs of each code cell, and the cell of parameters that was put in."""
    cells = json.loads(executed.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    made = [{name: cell[name] for name in ("execution_count", "outputs")} for cell in code]
    return made, next((cell for cell in code if _INJECTED in _tags(cell)), None)


def _packed(trace: Trace) -> bytes:
    """Return a trace as a zip file, the same bytes for the same trace."""
    made = io.BytesIO()
    about = asdict(trace)
    files = about.pop("wrote")
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo(_TRACE), json.dumps(about, sort_keys=True))
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(_WROTE + name), content)
    return made.getvalue()


def _unpacked(content: bytes) -> Trace:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        held = [name for name in archive.namelist() if name.startswith(_WROTE)]
        wrote = {name.removeprefix(_WROTE): archive.read(name) for name in held}
        return Trace(**json.loads(archive.read(_TRACE)), wrote=wrote)


class _Package(dict):
    """For each file of the package, by its path: `does`, a hash of what it does, and `imports`, the
    names it imports. A file is parsed when it is first asked for: all of them take a second.
    """

    def __missing__(self, name: str) -> dict:
        self[name] = _parsed(Path(unchanged.PACKAGE) / name, _of_package()[name])
        return self[name]


@once
def _package(folder: Path) -> _Package:
    """Return the package, with what an earlier run has kept of it among the entries."""
    return _Package(next(map(json.loads, cache.read(folder, _parsed_key())), {}))


@once
def _keep_parsed(folder: Path) -> None:
    content = json.dumps(_package(folder), sort_keys=True).encode()
    cache.write(folder, _parsed_key(), content)


@once
def _of_package() -> dict[str, str]:
    """Return the sha256 of each file of the package, as this process found it."""
    return unchanged.files(unchanged.PACKAGE)


def _parsed_key() -> str:
    return _hash(["package", _FORM, sys.version, _of_package()])


def _parsed(path: Path, sha256: str) -> dict:
    """Return what `_package` has of one file; data do what their bytes are."""
    if path.suffix == ".py":
        try:
            tree = ast.parse(path.read_bytes())
            return {"does": _hash(ast.dump(tree)), "imports": sorted(_imports(tree))}
        except (SyntaxError, ValueError):
            return {"does": sha256, "imports": [_ALL]}
    return {"does": sha256, "imports": []}


def _imports(tree: ast.AST) -> set[str]:
    """Return the names that a source imports; _ALL where an import does not say what it takes."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            inside = {f"{node.module}.{each.name}" for each in node.names}
            found |= {_ALL} if node.level else {node.module, *inside}
        elif getattr(node, "id", getattr(node, "attr", "")) in _HIDDEN_IMPORTS:
            found.add(_ALL)
    return found


@once
def _needs(sources: tuple[str, ...], folder: Path) -> dict[str, str]:
    """Return what `_needed` does, asked once for the same notebook of many sites."""
    return _needed(list(sources), _package(folder))


def _needed(sources: list[str], package: _Package) -> dict[str, str]:
    """Return what each file of the package does that cells need: the rooms they import, directly or
    not, those of this wing that execute them, and data.
    """
    try:
        asked = set().union(*(_imports(ast.parse(source)) for source in sources))
    except (SyntaxError, ValueError):  # a magic may import anything
        asked = {_ALL}
    own = _reached(asked, package)
    executing = _reached(set(_EXECUTING), package)
    data = {name for name in _of_package() if not name.endswith(".py") and _reads(own, name)}
    taken = own | data | {name for name in executing if name.startswith("runner/")}
    return {name: package[name]["does"] for name in sorted(taken)}


def _reached(asked: set[str], package: _Package) -> set[str]:
    """Return the modules of the package that imports lead to."""
    waiting, taken = set(asked), set()
    while waiting:
        name = waiting.pop()
        if name == _ALL:
            return {each for each in _of_package() if each.endswith(".py")}
        for module in _modules(name) & (_of_package().keys() - taken):
            taken.add(module)
            waiting |= set(package[module]["imports"])
    return taken


def _modules(name: str) -> set[str]:
    """Return the files in which a dotted name may be a module, and the packages around it.

    >>> sorted(_modules("neutrality.energy.towt"))[:3]
    ['__init__.py', 'energy.py', 'energy/__init__.py']
    """
    top, *parts = name.split(".")
    if top != _NAME:
        return set()
    paths = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
    return {"__init__.py", *(f"{p}.py" for p in paths), *(f"{p}/__init__.py" for p in paths)}


def _reads(taken: set[str], data: str) -> bool:
    """Return whether one of the modules taken may read a file of data."""
    readers = [reader for form, reader in READ_BY.items() if fnmatch.fnmatch(data, form)]
    return not readers or any(
        name.startswith((f"{reader}/", f"{reader}.py")) for name in taken for reader in readers
    )


def _hash(about: object) -> str:
    text = about if isinstance(about, str) else json.dumps(about, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
