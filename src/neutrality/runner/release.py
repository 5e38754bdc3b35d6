"""What made a bundle: the installed release by the hash of its source, its libraries, its lock, and
the reference tables it holds.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from functools import cache
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from neutrality import sheets
from neutrality.runner import parameters

ENVIRONMENT = "environment.json"
LOCK = "requirements.lock"
REFERENCE = "reference"
README = "README.md"
_PACKAGE = "neutrality"
_NOT_SOURCE = ("__pycache__", ".ipynb_checkpoints", ".DS_Store")  # beside it


def add(stage: Path) -> None:
    """Write to a stage environment.json, the lock where the release has one, the reference tables,
    and a README for whoever receives the bundle.

    environment.json has `made_by`, and the sha256 of each file of the release's source.
    """
    stage = Path(stage)
    text = json.dumps(made_by() | {"source": source()}, indent=1, sort_keys=True)
    (stage / ENVIRONMENT).write_text(text + "\n", encoding="utf-8", newline="\n")
    if (lock := _shipped(LOCK)).is_file():
        shutil.copyfile(lock, stage / LOCK)
    shutil.copyfile(sheets.PACKAGE / "texts" / "bundle.md", stage / README)
    (stage / REFERENCE).mkdir(exist_ok=True)
    for table in sorted((sheets.PACKAGE / REFERENCE).glob("*.csv")):
        shutil.copyfile(table, stage / REFERENCE / table.name)


def made_by() -> dict:
    """Return what a bundle was made by: versions of neutrality, of Python and of all libraries that
    it needs, the sha256 over its source, and its commit where the installation knows it.

    There is no time, host or path in it.
    """
    listed = "".join(f"{sha256}  {name}\n" for name, sha256 in source().items())
    commit = _commit()
    return {
        "neutrality": metadata.version(_PACKAGE),
        "source_sha256": hashlib.sha256(listed.encode()).hexdigest(),
        **({"commit": commit} if commit else {}),
        "python": platform.python_version(),
        "libraries": libraries(),
    }


def places() -> dict[str, str]:
    """Return the folders and the file that the release is made of, by what they are."""
    held = {"package": sheets.PACKAGE, "released_notebooks": parameters.notebooks_folder()}
    return {name: str(path) for name, path in (held | {"lock": _shipped(LOCK)}).items()}


@cache
def source() -> dict[str, str]:
    """Return the sha256 of each file of the release by its name: package, notebooks and lock.

    The same for a wheel and the checkout it was built from. `source_sha256` is the hash of these
    lines as sha256sum writes them, sorted by name.
    """
    files = {
        path.relative_to(sheets.PACKAGE).as_posix(): path
        for path in sheets.PACKAGE.rglob("*")
        if path.is_file() and not any(part.startswith(_NOT_SOURCE) for part in path.parts)
    }
    notebooks = parameters.notebooks(parameters.notebooks_folder())
    files |= {f"notebooks/{path.name}": path for path in notebooks}
    files |= {LOCK: _shipped(LOCK)} if _shipped(LOCK).is_file() else {}
    return {name: hashlib.sha256(files[name].read_bytes()).hexdigest() for name in sorted(files)}


@cache
def libraries() -> dict[str, str]:
    """Return the version of each installed library that neutrality needs, directly or not."""
    found: dict[str, str] = {}
    asked = [(_PACKAGE, "")]
    seen = set()
    while asked:
        name, extra = asked.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            held = metadata.distribution(name)
        except metadata.PackageNotFoundError:  # asked for by other platforms
            continue
        found[name] = held.version
        for need in map(Requirement, held.requires or []):
            if need.marker is None or need.marker.evaluate({"extra": extra}):
                asked += [(_normal(need.name), each) for each in ("", *need.extras)]
    del found[_PACKAGE]
    return dict(sorted(found.items()))


def _normal(name: str) -> str:
    """Return a distribution's name as locks write it."""
    return name.lower().replace("_", "-").replace(".", "-")


def _commit() -> str:
    """Return the commit that pip installed the release from (PEP 610), or an empty text.

    A checkout's own commit is not taken: its files may differ from it, and `source_sha256` says
    what they are.
    """
    text = metadata.distribution(_PACKAGE).read_text("direct_url.json")
    return json.loads(text or "{}").get("vcs_info", {}).get("commit_id", "")


def _shipped(name: str) -> Path:
    """Return the path of a file that stands beside the package in a checkout, in it in a wheel."""
    inside = sheets.PACKAGE / name
    return inside if inside.is_file() else sheets.PACKAGE.parents[1] / name
