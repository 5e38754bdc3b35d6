"""A run: the case is checked, each notebook is executed in a stage, the bundle is published."""

from __future__ import annotations

import hashlib
import math
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from neutrality import claims
from neutrality.report import methods
from neutrality.runner import (
    bundle,
    cache,
    checks,
    crate,
    execution,
    parameters,
    release,
    reuse,
    unchanged,
    warm,
    yaml_file,
)
from neutrality.texts import labels, messages

_heard = [-math.inf]  # when a SIGTERM was taken
_CLEANING_S = 3  # far longer than it takes to remove a stage
_RELEASE = ".release"  # folder of the stage in which the release's own notebooks run


def run(
    case_yaml: Path | str,
    outputs: Path | str = Path("outputs"),
    notebooks_dir: Path | None = None,
    progress: Callable[[str], None] = print,
    limits: execution.Limits = execution.USUAL,
    fresh: bool = False,
    keep_after: tuple[type[BaseException], ...] = (),
) -> Path:
    """Make the annual report of a case; return its bundle, outputs/<case>/<reporting_year>.

    Only what a change requires is repeated: nothing where case, notebooks, release, environment and
    bundle are as they were (`unchanged`), else the notebooks that depend on it (`reuse`); `fresh`
    repeats all. Notebooks that differ from the release's may read anything, and always run.
    Without `notebooks_dir` the notebooks are the release's, and edited ones are refused. A
    run that ends by an exception of the kinds `keep_after` leaves what it executed
    (`bundle.keep_failed`). Raises ValueError with all that `checks.check` finds, RuntimeError
    naming notebook, cell and reason when one fails, KeyboardInterrupt when stopped. Until the new
    bundle is whole the last good one stays in place.
    """
    path = Path(case_yaml).absolute()
    folder = Path(notebooks_dir or parameters.notebooks_folder()).absolute()
    if not fresh and (same := unchanged.bundle(str(path), str(outputs), str(folder))):
        progress(same[1])
        return Path(same[0])
    if notebooks_dir is None:
        refuse_edited(folder, os.path.relpath(folder))
    warm.prepare()
    kept = reuse.Kept(Path(outputs).absolute() / cache.FOLDER, fresh)
    with stoppable() as stop, _remembering(path, folder, outputs) as made:

        def say(line: str) -> None:
            stop.refuse()
            progress(line)

        values, target = _checked(path, folder, outputs, say)
        with (
            bundle.stage(target, path) as stage,
            _kept(stage, target, keep_after, progress),
        ):
            notebooks = parameters.notebooks(folder)
            written = _execute(notebooks, values, stage, say, limits, kept)
            release.add(stage)
            crate.write(stage, written)
            bundle.describe(stage)
            made |= _published(stage, target)
            stop.refuse()
            if moved := bundle.publish(stage, target):
                changed = f"{target.name} had been changed by hand since it was made"
                progress(f"{changed}: it is kept as {moved.name}")
    bundle.clear_failed(target)
    return target


@contextmanager
def _remembering(path: Path, folder: Path, outputs: Path | str) -> Iterator[dict]:
    """Keep what a run's bundle rests on, as it was before the run, where this ends well; the block
    puts target and manifest into the dictionary.

    A notebook that differs from the release's may read what is none of this: nothing is kept.
    """
    places = {"case": str(path.parent), "notebooks": str(folder)} | release.places()
    before, made = unchanged.state(places), {}
    yield made
    if len(methods.altered(parameters.notebooks(folder))):
        return
    told = f"nothing has changed since the report of {made['target']} was made"
    told += "; --fresh makes it again"
    said = {lang: messages.said(told, lang) for lang in labels.LANGUAGES}
    about = made | {"places": places, "state": before}
    unchanged.remember(str(path), str(outputs), about, said, messages.language())


def _published(stage: Path, target: Path) -> dict[str, str]:
    """Return where a stage will be published, below the outputs, and the sha256 of its manifest and
    crate.
    """
    about = {"target": f"{target.parent.name}/{target.name}"}
    for what, name in (("manifest", bundle.MANIFEST), ("crate", bundle.CRATE)):
        about[what] = hashlib.sha256((stage / name).read_bytes()).hexdigest()
    return about


@contextmanager
def _kept(
    stage: Path,
    target: Path,
    after: tuple[type[BaseException], ...],
    told: Callable[[str], None],
) -> Iterator[None]:
    """Keep what was executed where the block ends by an exception of some kinds, and tell where."""
    try:
        yield
    except after:
        if kept := bundle.keep_failed(stage, target):
            told(f"the notebooks that were executed are kept in {os.path.relpath(kept)}")
        raise


def refuse_edited(folder: Path, named: str) -> None:
    """Raise ValueError where notebooks that nobody named differ from the release; `named` is how
    they would be.

    Package and notebooks of a checkout share a folder, so a run by the clock would take whatever
    somebody is editing there.
    """
    if len(altered := methods.altered(parameters.notebooks(folder))):
        remedy = (
            "these are not the notebooks of the release, and none were named: with --notebooks "
            f"{named} they are run, and the report says what was altered"
        )
        raise ValueError("\n".join([*methods.sentences(altered), remedy]))


def _checked(
    path: Path, folder: Path, outputs: Path | str, progress: Callable[[str], None]
) -> tuple[dict, Path]:
    """Return a case's parameters and its bundle's path, with what a dead run left there cleared.

    ValueError where the case may not become a report.
    """
    problems = checks.check(path, folder)
    values = yaml_file.entries(path)[0] if path.is_file() else {}
    year = parameters.complete(values, parameters.signature(folder)).get("reporting_year")
    target = Path(outputs).absolute() / path.parent.name / str(year)
    for done in bundle.recover(target):
        progress(done)
    if problems:
        raise ValueError("\n".join(f"{path.parent.name}: {each}" for each in problems))
    return values, target


def _execute(
    notebooks: list[Path],
    values: dict,
    stage: Path,
    progress: Callable[[str], None],
    limits: execution.Limits,
    kept: reuse.Kept,
) -> dict[str, str]:
    """Run the notebooks in the stage; beside them the release's, where they differ from it.

    Return which of them wrote each file, by the stem of its name.
    """
    taken = bundle.contents(stage)
    if len(altered := methods.altered(notebooks)):
        written = _execute_altered(notebooks, altered, values, stage, progress, limits)
    else:
        written = execution.execute_all(notebooks, values, stage, progress, limits, kept)
    _refuse_changed(stage, taken)
    return written


class _Stop:
    """Ctrl-C and SIGTERM end the run alike: by KeyboardInterrupt, at the latest between notebooks.

    An import or a finaliser of a library may swallow one that is raised inside it; so it is kept.
    """

    asked = False

    def __call__(self, signum: int, frame: object) -> None:
        self.asked = True
        if signum != signal.SIGTERM or first_stop():
            raise KeyboardInterrupt

    def refuse(self) -> None:
        """Raise KeyboardInterrupt if it was asked for, and was lost."""
        if self.asked:
            raise KeyboardInterrupt("stopped")


def first_stop() -> bool:
    """Return whether a SIGTERM is the first for some seconds: a system that ends all processes of a
    job may send a second, which must not keep the first from cleaning up. A later one is heard, as
    the first may have been swallowed.
    """
    now = time.monotonic()
    first = now - _heard[-1] > _CLEANING_S
    if first:
        _heard.append(now)
    return first


@contextmanager
def stoppable() -> Iterator[_Stop]:
    """Let both signals stop the run: the stage is removed, and kernels end."""
    stop, before = _Stop(), {}
    if threading.current_thread() is threading.main_thread():
        for each in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(each) not in (signal.SIG_IGN, None):
                before[each] = signal.signal(each, stop)
    try:
        yield stop
    except Exception:
        stop.refuse()  # an import makes other errors of it
        raise
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _execute_altered(
    notebooks: list[Path],
    altered: pd.DataFrame,
    values: dict,
    stage: Path,
    progress: Callable[[str], None],
    limits: execution.Limits,
) -> dict[str, str]:
    """Run notebooks that differ from the release's, and the release's own beside them.

    The report names the cells that differ and shows both figures. It is made by the release's own
    last notebook, so that no edit of that one keeps it from saying so.
    """
    taken = bundle.contents(stage)
    reporting = methods.released()["notebook"].iloc[-1]
    kept = reporting not in set(altered["notebook"]) and notebooks[-1].stem == reporting
    *own, last = notebooks if kept else [*notebooks, None]
    methods.tell(stage, altered)
    written = execution.execute_all(own, values, stage, progress, limits)
    _refuse_changed(stage, taken)
    shipped, refused = _by_release(values, stage, progress, limits)
    altered = pd.concat([altered, refused], ignore_index=True)
    stated = claims.join(stage / "claims", before="05")
    beside = methods.beside(stated, shipped)
    methods.tell(stage, altered, beside)
    for said in [*methods.sentences(altered), *methods.compared(beside)]:
        progress(said)
    if last is None:
        last = methods.write_notebook(reporting, stage / _RELEASE, f"{reporting}_as_released")
    written |= execution.execute_all([last], values, stage, progress, limits)
    shutil.rmtree(stage / _RELEASE, ignore_errors=True)
    return written


def _by_release(
    values: dict, stage: Path, progress: Callable[[str], None], limits: execution.Limits
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the claims that the release's notebooks state for the inputs of the stage.

    The second table has a row, as `methods.altered` has, where one of them refuses the inputs.
    """
    folder = stage / _RELEASE
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(stage / "inputs", folder / "inputs")
    *stems, _ = methods.released()["notebook"].unique()
    shipped, refused = pd.DataFrame(), []
    progress("the same case by the notebooks of the release:")
    try:
        for stem in stems[: methods.STATED_BY]:
            path = methods.write_notebook(stem, folder / "made", stem)
            execution.execute_all([path], values, folder, progress, limits)
    except RuntimeError as error:
        refused = [(stem, "", "release_refuses", str(error).splitlines()[0], "")]
    if any((folder / "claims").glob("*.csv")):
        shipped = claims.join(folder / "claims")
    shutil.rmtree(folder)
    return shipped, methods.altered_rows(refused)


def _refuse_changed(stage: Path, taken: dict) -> None:
    """Raise RuntimeError where a notebook changed the inputs that the bundle will hold."""
    now = bundle.contents(stage)
    if changed := [name for name in taken if now.get(name) != taken[name]]:
        raise RuntimeError(
            f"{changed[0]}: a notebook changed it during the run; it reads the case's tables and "
            "writes its own beside them"
        )
