"""One report, one folder: made in a stage beside its target, described by a manifest, published by
renaming.

At every instant the target holds a whole bundle, or a whole one stands aside and `recover` puts it
back.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

import nbformat

from neutrality.case import tables

MANIFEST = "manifest.json"
LEFT_BY_VIEWERS = (
    ".ipynb_checkpoints",
    ".DS_Store",
    "Thumbs.db",
    "desktop.ini",
)  # looking changes nothing
RENAME_WAIT_S = 0.5  # a living run is between its two renames far shorter than this


@contextmanager
def stage(target: Path, case_yaml: Path) -> Iterator[Path]:
    """Give a hidden folder beside the target, holding the case's inputs, for the notebooks to work
    in.

    It holds inputs/ (each table of the case, byte for byte) and params.yaml. What is not published
    by the end of the block is removed.
    """
    target, case_yaml = Path(target).absolute(), Path(case_yaml)
    folder = _beside(target, "stage", os.getpid())
    shutil.rmtree(folder, ignore_errors=True)
    try:
        (folder / "inputs").mkdir(parents=True)
        for source in _tables(case_yaml.parent):
            shutil.copyfile(source, folder / "inputs" / source.name)
        shutil.copyfile(case_yaml, folder / "params.yaml")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.parent.is_dir() and not any(folder.parent.iterdir()):
            folder.parent.rmdir()  # a first run that failed leaves no trace


def _tables(case: Path) -> list[Path]:
    found = [tables.path_of(case, name) for name in tables.SCHEMAS]
    return [path for path in found if path is not None]


def _beside(target: Path, role: str, pid: int | str) -> Path:
    return target.parent / f".{target.name}.{role}-{pid}"


def describe(folder: Path) -> dict:
    """Write and return the folder's manifest: every file's sha256 and size, and the versions that
    made it.

    It names no clock, host or absolute path: the same files made by the same versions give the same
    bytes.
    """
    folder = Path(folder)
    named = [name for name in _files(folder) if name != MANIFEST]
    manifest = {
        "neutrality": metadata.version("neutrality"),
        "python": platform.python_version(),
        "libraries": _libraries(),
        "files": {name: _fingerprint(folder / name) for name in named},
    }
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8", newline="\n")
    return manifest


def _libraries() -> dict[str, str]:
    """Return the versions of the libraries that the package asks for, and of numpy below them."""
    asked = [r for r in metadata.requires("neutrality") or [] if "extra ==" not in r]
    names = {re.match(r"[\w.-]+", requirement)[0] for requirement in asked} | {"numpy"}
    return {name: metadata.version(name) for name in sorted(names)}


def _files(folder: Path) -> list[str]:
    """Return the paths of all files below the folder, seen from it, in order."""
    found = [
        path.relative_to(folder)
        for path in folder.rglob("*")
        if not path.is_dir() or path.is_symlink()
    ]
    return sorted(path.as_posix() for path in found if not set(path.parts) & set(LEFT_BY_VIEWERS))


def _fingerprint(path: Path) -> dict:
    content = path.read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def verify(folder: Path) -> list[str]:
    """Return a sentence for each way the folder differs from its manifest; empty for a sound
    bundle.
    """
    folder = Path(folder)
    try:
        listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        listed = {name: (said["sha256"], said["size"]) for name, said in listed.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [f"{folder.name}: is no bundle; it has no readable {MANIFEST}"]
    there = set(_files(folder)) - {MANIFEST}
    found = [f"{name}: is missing" for name in sorted(listed.keys() - there)]
    found += [f"{name}: is not in {MANIFEST}" for name in sorted(there - listed.keys())]
    for name in sorted(there & listed.keys()):
        if (folder / name).is_symlink():
            found.append(f"{name}: is a link; a bundle holds its own files")
        elif tuple(_fingerprint(folder / name).values()) != listed[name]:
            found.append(f"{name}: has changed since the bundle was made")
    return found


def publish(stage: Path, target: Path) -> Path | None:
    """Put the stage in the target's place, and only then delete the bundle that was there.

    What stood there and does not verify as a bundle (a person has worked in it) is kept beside, as
    `<target>.kept-1`; its new path is returned. ValueError if the stage does not verify.
    """
    stage, target = Path(stage).absolute(), Path(target).absolute()
    if wrong := verify(stage):
        raise ValueError("\n".join(["the new bundle does not agree with its manifest:", *wrong]))
    kept = _kept(target) if target.exists() and verify(target) else None
    aside = kept or _beside(target, "old", os.getpid())
    try:
        if target.exists():
            target.rename(aside)
        stage.rename(target)
    except BaseException:  # Ctrl-C between the two renames as much as a full disk
        if aside.exists() and not target.exists():
            aside.rename(target)
        raise
    if not kept:
        shutil.rmtree(aside, ignore_errors=True)
    return kept


def _kept(target: Path) -> Path:
    number = 1
    while (path := target.with_name(f"{target.name}.kept-{number}")).exists():
        number += 1
    return path


def recover(target: Path) -> list[str]:
    """Put back a bundle that a dead run left aside, remove what dead runs left; return what was
    done.

    Called at every start. Another run's folders are left alone while it lives.
    """
    target, done = Path(target).absolute(), []
    for aside in sorted(target.parent.glob(f".{target.name}.old-*")):
        if _living(aside) and not target.exists():
            time.sleep(RENAME_WAIT_S)
        if aside.exists() and not target.exists() and not verify(aside):
            aside.rename(target)
            done.append(f"{target.name}: restored the bundle that a broken run left aside")
    for role in ("old", "stage"):
        for left in sorted(target.parent.glob(f".{target.name}.{role}-*")):
            if not _living(left):
                shutil.rmtree(left, ignore_errors=True)
                done.append(f"{target.name}: removed what a broken run left")
    return done


def _living(folder: Path) -> bool:
    """Say whether another process with the number in the folder's name is alive."""
    number = folder.name.rpartition("-")[2]
    if not number.isdecimal() or int(number) == os.getpid():
        return False
    if os.name == "nt":  # there, signal 0 is Ctrl-C
        return True
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def normalise(notebook: dict) -> nbformat.NotebookNode:
    """Return an executed notebook without what differs between two runs: times, random ids, split
    output.

    Kept are the sources, tags, counts and outputs, the kernel's name and the language's.
    Nothing printed to one stream is lost; between two other outputs stdout stands before stderr.
    """
    made = nbformat.from_dict(notebook)
    kept = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    made.metadata = nbformat.from_dict({"kernelspec": kept, "language_info": {"name": "python"}})
    for cell in made.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if "injected-parameters" in (tags or []):
            cell["id"] = "injected-parameters"
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
    return made


def _joined(outputs: list) -> list:
    """Return the outputs with neighbouring pieces of a stream as one: the kernel cuts them by
    its clock.
    """
    made: list = []
    pieces: dict[str, str] = {}
    for output in [*outputs, None]:
        if output is not None and output.output_type == "stream":
            pieces[output.name] = pieces.get(output.name, "") + "".join(output.text)
            continue
        names = sorted(pieces, reverse=True)  # stdout, stderr
        made += [nbformat.v4.new_output("stream", name=name, text=pieces[name]) for name in names]
        pieces = {}
        made += [output] if output is not None else []
    return made


def store(notebook: dict, path: Path) -> None:
    """Write a notebook, normalised, so that two runs give the same bytes."""
    text = nbformat.writes(normalise(notebook))
    Path(path).write_text(
        text if text.endswith("\n") else text + "\n", encoding="utf-8", newline="\n"
    )
