"""A bundle recomputed from its own inputs and parameters, offline, in a folder of the reader's: for
each claim whether it comes out the same, and if not, where the difference began.

The notebooks of the installed release are run. Those in the bundle are a stranger's code: where
they differ they are named, and run only where the reader trusts them.
"""

from __future__ import annotations

import difflib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pandas as pd

from neutrality.report import methods
from neutrality.runner import bundle, checks, execution, parameters, provenance, yaml_file
from neutrality.verifier import verdicts
from neutrality.verifier.received import printable

# What a run leaves beside its report, which a later notebook reads.
_LEFT = ("tables", "claims", "findings", "figures")
_ARRAYS = "*.nc"
_INJECTED = "injected-parameters"
# What a run writes of altered methods.
_ALTERED = ("tables/altered_cells.csv", "tables/altered_values.csv")


@dataclass(frozen=True)
class Replay:
    """What came of a replay: a verdict for each claim and file, and what was altered."""

    claims: pd.DataFrame  # columns as verdicts.COLUMNS
    files: dict[str, str]  # verdict on each table, figure and report that the notebooks wrote
    altered: list[str]  # cells of the bundle's notebooks that differ from the release, as a diff
    effect: list[str] = field(default_factory=list)  # headline claims by both, where trusted

    @property
    def worst(self) -> str:
        """The worst verdict on a claim."""
        found = set(self.claims["verdict"])
        ranked = (verdicts.DIFFERENT, verdicts.WITHIN, verdicts.SAME)
        return next((each for each in ranked if each in found), verdicts.SAME)


def replay(
    folder: Path,
    scratch: Path,
    progress: Callable[[str], None] = print,
    only: str = "",
    trust: bool = False,
) -> Replay:
    """Recompute a bundle in a folder below `scratch`; return the verdicts.

    `folder` is a bundle as `received.opened` gives it; it is not written to. `only` is the number
    of one notebook, which then starts from the tables of the bundle; `trust` runs the bundle's own
    notebooks, after those of the release. Raises ValueError where the inputs may not become a
    report or the bundle lacks them, RuntimeError where a notebook fails.
    """
    theirs = written_notebooks(folder, scratch / "theirs")
    changed = methods.altered(theirs)
    own = parameters.notebooks(parameters.notebooks_folder())
    stage = _staged(folder, scratch / "release", only)
    written = _run(_chosen(own, only), stage, folder, progress)
    effect: list[str] = []
    if trust and len(changed):
        shipped = verdicts.read(stage)
        stage = _staged(folder, scratch / "trusted", only)
        progress("the bundle's own notebooks:")
        written = _run(_chosen(theirs, only), stage, folder, progress)
        effect = methods.compared(methods.beside(verdicts.read(stage), shipped))
    return Replay(*_verdicts(folder, stage, written, only), diffs(theirs, changed), effect)


def written_notebooks(folder: Path, to: Path) -> list[Path]:
    """Write a bundle's notebooks as they were before their run, and return their paths.

    Taken out are outputs and the cell of the run's parameters.
    """
    to.mkdir(parents=True)
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        notebook["cells"] = [
            cell | ({"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {})
            for cell in notebook["cells"]
            if _INJECTED not in cell["metadata"].get("tags", [])
        ]
        text = json.dumps(notebook, ensure_ascii=False)
        (to / path.name).write_text(text, encoding="utf-8", newline="\n")
    return sorted(to.glob("*.ipynb"))


def diffs(theirs: list[Path], changed: pd.DataFrame) -> list[str]:
    """Return the cells that differ from the release, each with the lines taken out and put in."""
    lines = methods.sentences(changed)
    released = dict(iter(methods.released().groupby("notebook")["source"]))
    for path in theirs:
        if path.stem not in set(changed["notebook"]):
            continue
        old = "\n".join(released.get(path.stem, [])).splitlines()
        new = "\n".join(methods.cells(path)["source"]).splitlines()
        lines += list(difflib.unified_diff(old, new, "release", path.name, lineterm="", n=1))
    return [printable(line) for line in lines]


def _staged(folder: Path, stage: Path, only: str) -> Path:
    """Return a new folder with the bundle's inputs and parameters; for one notebook alone also
    with what those before it left.
    """
    stage.mkdir(parents=True)
    for name in ("inputs", *(_LEFT if only else ())):
        if (folder / name).is_dir():
            shutil.copytree(folder / name, stage / name)
    arrays = folder.glob(_ARRAYS) if only else ()
    for path in (folder / "params.yaml", *arrays):
        if not path.is_file():
            raise ValueError(f"{path.name}: is missing; without it nothing can be recomputed")
        shutil.copyfile(path, stage / path.name)
    gone = {*_ALTERED, *(_from(folder, only) if only else ())}
    for name in bundle.contents(stage):
        if name in gone:
            (stage / name).unlink()
    return stage


def _from(folder: Path, only: str) -> list[str]:
    """Return the files that a notebook and those after it wrote, as the bundle tells it."""
    steps = json.loads((folder / provenance.WORKFLOW).read_text(encoding="utf-8"))["steps"]
    stems = [(PurePosixPath(step["notebook"]).stem, step["writes"]) for step in steps]
    return [name for stem, writes in stems for name in writes if stem >= only]


def _chosen(notebooks: list[Path], only: str) -> list[Path]:
    """Return the notebooks to run; ValueError where none has the number asked for."""
    chosen = [path for path in notebooks if path.stem.startswith(only)]
    if not chosen:
        known = ", ".join(path.stem[:2] for path in notebooks)
        raise ValueError(f"--only {printable(only)}: no such notebook; choose one of {known}")
    return chosen


def _run(
    notebooks: list[Path], stage: Path, folder: Path, progress: Callable[[str], None]
) -> dict[str, str]:
    """Run notebooks in a stage; return which notebook wrote each file, in the order of writing."""
    values = yaml_file.entries(stage / "params.yaml")[0]
    _refuse(stage, values)
    return execution.execute_all(notebooks, values, stage, progress)


def _refuse(stage: Path, values: dict) -> None:
    """Raise ValueError with what keeps the bundle's inputs from becoming a report."""
    year = stage / "inputs" / f"{values.get('reporting_year', 'params')}.yaml"
    shutil.copyfile(stage / "params.yaml", year)
    try:
        problems = checks.check(year)
    finally:
        year.unlink()
    if problems:
        raise ValueError("\n".join(map(printable, problems)))


def _verdicts(
    folder: Path, stage: Path, written: dict[str, str], only: str
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the verdict on each claim, and on each file that the notebooks wrote."""
    splits, files = [], {}
    for name, notebook in written.items():
        held, made = folder / name, stage / name
        same = held.is_file() and held.read_bytes() == made.read_bytes()
        split = None if same else _split(notebook, name, held, made)
        splits += [split] if split and name.startswith("tables/") else []
        within = verdicts.WITHIN if split is None else verdicts.DIFFERENT
        files[name] = verdicts.SAME if same else within
    held, made = verdicts.read(folder), verdicts.read(stage)
    if only:
        held, made = (each[each["notebook"].str.startswith(only)] for each in (held, made))
    return verdicts.compared(held, made, splits), files


def _split(notebook: str, name: str, held: Path, made: Path) -> verdicts.Split | None:
    """Return where two files differ: cell by cell where they are tables."""
    if name.endswith((".csv", ".xlsx")):
        return verdicts.split_of(notebook, name, held, made)
    return verdicts.Split(notebook, name, "other bytes")
