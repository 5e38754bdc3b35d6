"""A site packed for a machine that may share nothing with this one: its task, the files of its case
and, where they are not the release's, the notebooks, as bytes.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from neutrality.portfolio import site, stored
from neutrality.runner import parameters, release


@dataclass(frozen=True)
class Parcel:
    """What is sent: a task, whose case and notebooks are the sender's, and what it reads."""

    task: site.Task
    case: bytes  # a zip of the case's folder
    notebooks: bytes  # a zip; empty = the release's, which both have
    made_by: dict  # the sender's release and libraries
    store: str = (
        ""  # address that the bundle goes to; empty = the task's outputs, on a shared drive
    )
    token: str = ""  # a file that the sender has put there


def pack(task: site.Task, store: str = "", token: str = "") -> Parcel:
    """Return a task with all that it reads; hidden files of the case's folder stay here."""
    case = Path(task.case_yaml).parent
    files = [path for path in sorted(case.rglob("*")) if path.is_file()]
    seen = [path for path in files if not _is_hidden(path.relative_to(case))]
    return Parcel(task, _zipped(case, seen), _own(task.notebooks), release.made_by(), store, token)


def make(parcel: Parcel) -> site.Outcome:
    """Unpack a site in a folder of this machine, make it, and return what became of it.

    Refused is what was packed by another release or other libraries, whose bytes would differ, and
    outputs that this machine does not see.
    """
    task = parcel.task
    if wrong := unlike(parcel.made_by, release.made_by()) or unseen(parcel.token):
        told = (site.REFUSED, wrong)
        return site.Outcome(task.site, task.year, *told, case_yaml=task.case_yaml)
    with tempfile.TemporaryDirectory(prefix="neutrality-") as scratch:
        here = _unpacked(parcel, Path(scratch))
        if parcel.store:
            here = replace(here, outputs=str(Path(scratch) / "outputs"))
            outcome = stored.run_site(parcel.store, here)
        else:
            outcome = site.run_site(here)
    return replace(outcome, case_yaml=task.case_yaml)


def unlike(sent: dict, here: dict) -> str:
    """Return in what the worker's installation, `here`, differs from the sender's, or "".

    >>> unlike({"python": "3.11.7", "libraries": {}}, {"python": "3.13.1", "libraries": {}})
    'the worker has another installation: python 3.13.1 ≠ 3.11.7; install the same'
    """
    ours, theirs = _parts(sent), _parts(here)
    differing = [
        f"{name} {theirs.get(name, '-')} ≠ {ours.get(name, '-')}"
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    ]
    told = f"the worker has another installation: {', '.join(differing)}; install the same"
    return told if differing else ""


def _parts(made_by: dict) -> dict[str, str]:
    """Return the version of each part of an installation: by its hash, where there is one."""
    whole = {name: text for name, text in made_by.items() if isinstance(text, str)}
    return made_by["libraries"] | whole


def unseen(token: str) -> str:
    """Return what to do where a machine does not see the sender's outputs, or ""."""
    if not token or Path(token).is_file():
        return ""
    return (
        f"the worker does not see {Path(token).parent}; give --outputs a folder on a drive that "
        "all machines share, or s3://BUCKET/PREFIX"
    )


def _is_hidden(name: Path) -> bool:
    return any(part.startswith(".") for part in name.parts)


@cache
def _own(notebooks: str) -> bytes:
    """Return a zip of notebooks, which are frozen during a batch; empty for the release's."""
    mine = parameters.notebooks(notebooks)
    shipped = parameters.notebooks(parameters.notebooks_folder())
    both = [{path.name: path.read_bytes() for path in each} for each in (mine, shipped)]
    return b"" if both[0] == both[1] else _zipped(Path(notebooks), mine)


def _zipped(folder: Path, files: Iterable[Path]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for path in files:
            archive.write(path, path.relative_to(folder).as_posix())
    return made.getvalue()


def _unpacked(parcel: Parcel, scratch: Path) -> site.Task:
    """Return the task with the paths of this machine."""
    task, notebooks = parcel.task, parameters.notebooks_folder()
    case = scratch / "case" / task.site
    zipfile.ZipFile(io.BytesIO(parcel.case)).extractall(case)
    if parcel.notebooks:
        notebooks = scratch / "notebooks"
        zipfile.ZipFile(io.BytesIO(parcel.notebooks)).extractall(notebooks)
    yaml = case / Path(task.case_yaml).name
    return replace(task, case_yaml=str(yaml), notebooks=str(notebooks))
