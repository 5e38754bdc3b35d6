"""The bundle, one folder a report: made in a stage, described by a manifest, published by renaming.

At every instant the target is a whole bundle, or one is beside it that `recover` restores.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import shutil
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from neutrality.case import schemas, tables
from neutrality.runner import locks, members, release

if TYPE_CHECKING:
    from nbformat import NotebookNode

MANIFEST, CRATE, SIGNATURES = members.MANIFEST, members.CRATE, members.SIGNATURES
# Files that looking into a folder leaves behind: they are no change of a bundle.
_LEFT_BY_VIEWERS = (".ipynb_checkpoints", ".DS_Store", "Thumbs.db", "desktop.ini")
FAILED = ".failed"  # after a bundle's name: the folder of what a failed run had executed
_ASIDE = "old"  # in a run's folder, beside the stage: bundles moved out of the way, by number
# Of each file in a zip: the earliest moment that the format has, and who may read it.
_MOMENT = (1980, 1, 1, 0, 0, 0)
_UNIX, _PERMISSIONS = 3, 0o100644
_ATTEMPTS = 5  # renames of a target that other runs publish at the same instant
_RENAME_WAIT_S = 0.5  # far longer than a running process takes between its two renames


@contextmanager
def stage(target: Path, case_yaml: Path) -> Iterator[Path]:
    """Yield a folder in a hidden one beside the target, in which the notebooks run.

    The hidden folder's name is this run's alone, and a lock says that it is in use (`locks`). The
    stage holds inputs/ (each table of the case, byte for byte, and import/ with the files that
    tables were imported from) and params.yaml. What is not
    published by the end of the block is removed.
    """
    target, case_yaml = Path(target).absolute(), Path(case_yaml)
    run = target.parent / f".{target.name}.run-{locks.name()}"
    folder = run / "stage"
    try:
        with locks.hold(run):
            (folder / "inputs").mkdir(parents=True)
            for name, source in taken(case_yaml).items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, folder / name)
            yield folder
    finally:
        _restore(run, target)
        shutil.rmtree(run, ignore_errors=True)
        with contextlib.suppress(OSError):  # a first run that failed leaves no trace
            target.parent.rmdir()


def taken(case_yaml: Path) -> dict[str, Path]:
    """Return the files of a case that its bundle holds, by their names in it: its YAML, its tables,
    and the files that tables were imported from with how they were read.
    """
    case = Path(case_yaml).parent
    files = {f"inputs/{source.name}": source for source in _tables(case)}
    for source in sorted((case / schemas.IMPORTED).rglob("*")):
        name = source.relative_to(case)
        if source.is_file() and not any(part.startswith(".") for part in name.parts):
            files[f"inputs/{name.as_posix()}"] = source
    return files | {"params.yaml": Path(case_yaml)}


def _restore(run: Path, target: Path) -> bool:
    """Rename the bundle that a run moved aside back to the target, if there is none; say so."""
    for aside in sorted(run.glob(f"{_ASIDE}-*"), reverse=True):
        if not target.exists() and not verify(aside):
            with contextlib.suppress(OSError):  # another run was faster
                aside.rename(target)
                return True
    return False


def _tables(case: Path) -> list[Path]:
    held = [name for name in schemas.SCHEMAS if tables.exists(case, name)]
    return [path for name in held if (path := tables.path_of(case, name))]


def contents(folder: Path) -> dict[str, dict]:
    """Return sha256 and size of every file below the folder, by its path in it."""
    return {name: _fingerprint(Path(folder) / name) for name in _files(Path(folder))}


def describe(folder: Path) -> dict:
    """Write and return the folder's manifest: sha256 and size of every file, and the versions used.

    It has no time, host or absolute path: the same files and versions give the same bytes.
    """
    folder = Path(folder)
    files = contents(folder)
    files = {name: about for name, about in files.items() if not members.added(name)}
    manifest = release.made_by() | {"files": files}
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8", newline="\n")
    return manifest


def _files(folder: Path, every: bool = False) -> list[str]:
    """Return the paths of all files below the folder, relative to it and sorted; those that viewers
    leave behind only where `every` is true.
    """
    found = [
        path.relative_to(folder)
        for path in folder.rglob("*")
        if not path.is_dir() or path.is_symlink()
    ]
    left = set() if every else set(_LEFT_BY_VIEWERS)
    return sorted(path.as_posix() for path in found if not set(path.parts) & left)


def _fingerprint(path: Path) -> dict:
    content = path.read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def verify(folder: Path, every: bool = False, among: Iterable[str] | None = None) -> list[str]:
    """Return a sentence for each difference between the folder and its manifest; else empty.

    What a viewer left in the folder is a difference only where `every` is true. Signatures and the
    crate are none; who signed is not looked at. Of a copy that has only the files `among` some
    patterns, those alone are compared.
    """
    folder = Path(folder)
    try:
        listed = {n: held for n, held in _listed(folder).items() if members.is_among(n, among)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [f"{folder.name}: is no bundle; it has no readable {MANIFEST}"]
    there = {
        name
        for name in _files(folder, every)
        if name in listed or not members.added(name) or (folder / name).is_symlink()
    }
    found = [f"{name}: is missing" for name in sorted(listed.keys() - there)]
    for name in sorted(there):
        if (folder / name).is_symlink():
            found.append(f"{name}: is a link; a bundle holds its own files")
        elif name not in listed:
            found.append(f"{name}: is not in {MANIFEST}")
        elif tuple(_fingerprint(folder / name).values()) != listed[name]:
            found.append(f"{name}: has changed since the bundle was made")
    return found


def _listed(folder: Path) -> dict[str, tuple[str, int]]:
    """Return sha256 and size of each file of a manifest; any error where it is none."""
    listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    return {name: (entry["sha256"], entry["size"]) for name, entry in listed.items()}


def has_fixed_crate(folder: Path) -> bool:
    """Return whether the manifest lists the crate, as those of 2026 do that have no signature in
    it: then nothing can be added to the crate.
    """
    return (folder / MANIFEST).is_file() and CRATE in _listed(folder)


def publish(stage: Path, target: Path) -> Path | None:
    """Replace the target by the stage, and only then delete the bundle that was there.

    A target that does not verify as a bundle (a person has worked in it) or is signed is kept
    beside it as `<target>.kept-1`; its new path is returned. ValueError if the stage does not
    verify.
    """
    stage, target = Path(stage).absolute(), Path(target).absolute()
    if wrong := verify(stage):
        raise ValueError("\n".join(["the new bundle does not agree with its manifest:", *wrong]))
    worked_in = target.exists() and (verify(target) or (target / SIGNATURES).exists())
    kept = _free(target.parent, f"{target.name}.kept") if worked_in else None
    aside = _free(stage.parent, _ASIDE)
    try:
        moved = [kept or aside]
        _exchange(stage, target, moved)
    except BaseException:  # Ctrl-C between the two renames as much as a full disk
        if moved[-1].exists() and not target.exists():
            moved[-1].rename(target)
        raise
    for each in moved[1:] if kept else moved:
        shutil.rmtree(each, ignore_errors=True)
    return kept


def pack(folder: Path) -> Path:
    """Write a bundle as one zip file beside it, `<folder>.zip`, and return its path.

    The same files give the same bytes, wherever and whenever: sorted, of one moment and one set of
    permissions. What viewers left is not taken along. ValueError where the folder does not verify.
    """
    folder = Path(folder)
    if wrong := verify(folder):
        raise ValueError("\n".join([f"{folder.name} is not packed:", *wrong]))
    packed = folder.with_name(f"{folder.name}.zip")
    part = folder.with_name(f".{packed.name}.{locks.name()}")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in _files(folder):
                entry = zipfile.ZipInfo(name, _MOMENT)
                entry.create_system, entry.external_attr = _UNIX, _PERMISSIONS << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, (folder / name).read_bytes())
        part.replace(packed)
    finally:
        part.unlink(missing_ok=True)
    return packed


def _exchange(stage: Path, target: Path, moved: list[Path]) -> None:
    """Rename the target to the last path of `moved`, and the stage to the target.

    Where another run publishes in between, its bundle is moved too, and the path added: the run
    that ends last is the one that stays.
    """
    for attempt in range(_ATTEMPTS):
        with contextlib.suppress(FileNotFoundError):
            target.rename(moved[-1])
        try:
            stage.rename(target)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) or attempt == _ATTEMPTS - 1:
                raise
        moved.append(_free(stage.parent, _ASIDE))


def keep_failed(stage: Path, target: Path) -> Path | None:
    """Copy the notebooks that a failed run has executed to `<target>.failed`, in place of those of
    an earlier failure, and return it; None where none was. `clear_failed` removes them.
    """
    kept = target.with_name(target.name + FAILED)
    shutil.rmtree(kept, ignore_errors=True)
    with contextlib.suppress(OSError):  # a full disk is said as why the run failed
        shutil.copytree(stage / "notebooks", kept / "notebooks")
        return kept
    return None


def clear_failed(target: Path) -> None:
    """Remove what a failed run of the bundle had left."""
    shutil.rmtree(target.with_name(target.name + FAILED), ignore_errors=True)


def _free(folder: Path, stem: str) -> Path:
    """Return the first path named stem-1, stem-2, ... that is not there."""
    number = 1
    while (path := folder / f"{stem}-{number}").exists():
        number += 1
    return path


def recover(target: Path) -> list[str]:
    """Restore a bundle that a dead run moved aside, remove what dead runs left; return what was
    done.

    Called at every start. The folders of a run that is alive are left alone.
    """
    target, done = Path(target).absolute(), []
    for run in sorted(target.parent.glob(f".{target.name}.run-*")):
        ended = locks.abandoned(run)
        if not ended and not target.exists():
            time.sleep(_RENAME_WAIT_S)
        if _restore(run, target):
            done.append(f"{target.name}: restored the bundle that a broken run left aside")
        if ended:
            shutil.rmtree(run, ignore_errors=True)
            done.append(f"{target.name}: removed what a broken run left")
    return done


def normalise(notebook: dict) -> NotebookNode:
    """Return an executed notebook without what differs between two runs.

    Removed are times, random ids and the splitting of output; kept are sources, tags, counts,
    outputs, and the names of kernel and language. Nothing printed to one stream is lost; between
    two other outputs stdout comes before stderr.
    """
    import nbformat

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
    """Return the outputs with neighbouring pieces of a stream joined: the kernel splits by time."""
    import nbformat

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
    import nbformat

    text = nbformat.writes(normalise(notebook))
    Path(path).write_text(
        text if text.endswith("\n") else text + "\n", encoding="utf-8", newline="\n"
    )
