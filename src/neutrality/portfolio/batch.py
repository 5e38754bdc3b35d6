"""Many sites: looked at together, made apart. One that fails stops no other, and a batch that is
started again does only what is left.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from neutrality.portfolio import cases, cluster, site, stored, summary, workers
from neutrality.portfolio.places import Places
from neutrality.portfolio.site import Outcome, Task
from neutrality.runner import execution, locks, parameters, run

_FROZEN = ".notebooks"  # in the folder of outputs, while a batch runs


@dataclass(frozen=True)
class Settings:
    """What is asked of all sites of a batch."""

    outputs: Path = Path("outputs")
    notebooks: Path | None = None  # None: the release's, and edited ones are refused
    jobs: int = 0  # processes; 0 = all cores of this machine
    limits: execution.Limits = execution.USUAL
    site_timeout_s: int = 0  # 0 = none
    fresh: bool = False
    pack: bool = False
    scheduler: str = ""  # address of a Dask cluster that makes them; empty = this machine
    places: Places = Places()


def run_all(
    case_yamls: list[Path],
    settings: Settings,
    told: Callable[[Outcome], None] = lambda outcome: None,
    seen: Callable[[list[Task]], None] = lambda running: None,
    work: Callable[[Task], Outcome] = site.run_site,
) -> list[Outcome]:
    """Make the bundles of many cases; return what became of each, by site and year, and write it to
    summary.json.

    `told` hears of each site as it ends, `seen` of those that run, some times a second. Ctrl-C and
    SIGTERM leave the sites that had not ended `stopped`. ValueError where nothing can begin: there
    are no notebooks, or edited ones that nobody named.
    """
    outputs = Path(settings.outputs).absolute()
    unfetched = settings.places.fetch(case_yamls)
    with frozen(outputs, settings.notebooks) as notebooks:
        tasks = planned(case_yamls, settings, notebooks)
        against = cases.refused({Path(t.case_yaml): (t.site, t.year) for t in tasks}) | unfetched
        ended: dict[Task, Outcome] = {}

        def tell(task: Task, outcome: Outcome) -> None:
            ended[task] = outcome
            told(outcome)

        for task in tasks:
            if said := against.get(Path(task.case_yaml)):
                task.log.unlink(missing_ok=True)
                tell(task, site.ended(task, site.REFUSED, said))
        left = {task.case_yaml: task for task in tasks if task not in ended}

        def look(running: list[Task]) -> None:
            stop.refuse()  # a library may have swallowed the signal
            seen(running)

        try:
            with (
                run.stoppable() as stop,
                closing(_outcomes(left.values(), settings, look, work)) as ending,
            ):
                for outcome in ending:
                    tell(left[outcome.case_yaml], outcome)
        except KeyboardInterrupt:
            for task in tasks:
                if task not in ended:
                    ended[task] = site.ended(task, site.STOPPED)
    made = summary.ordered([settings.places.told(each) for each in ended.values()])
    settings.places.bring(outputs / summary.FILE)
    settings.places.keep(summary.write(made, outputs))
    return made


@contextmanager
def noted(case_yaml: Path, settings: Settings) -> Iterator[None]:
    """Put into the summary of the outputs, where there is one, what becomes of a case that the
    block makes alone.
    """
    outputs = Path(settings.outputs).absolute()
    if not (outputs / summary.FILE).is_file():
        yield
        return
    notebooks = Path(settings.notebooks or parameters.notebooks_folder()).absolute()
    (task,) = planned([case_yaml], settings, notebooks)
    try:
        yield
    except KeyboardInterrupt:
        summary.note(site.ended(task, site.STOPPED), outputs)
        raise
    except Exception as error:
        summary.note(site.ended(task, *site.why(task, error)), outputs)
        raise
    summary.note(site.ended(task, site.MADE), outputs)


def _outcomes(
    tasks: Iterable[Task], settings: Settings, seen: Callable, work: Callable
) -> Iterator[Outcome]:
    """Return what becomes of tasks as they end: on a cluster, or by processes of this machine."""
    store = settings.places.store
    if settings.scheduler:
        return cluster.outcomes(tasks, settings.scheduler, store, seen)
    if store:
        work = partial(stored.run_site, store, make=work)
    return workers.outcomes(tasks, settings.jobs or workers.cores(), seen, work)


def planned(case_yamls: list[Path], settings: Settings, notebooks: Path) -> list[Task]:
    """Return the task of each case."""
    known = parameters.signature(notebooks)
    return [
        Task(
            case_yaml=str(path.absolute()),
            outputs=str(Path(settings.outputs).absolute()),
            notebooks=str(notebooks),
            site=path.absolute().parent.name,
            year=cases.year(path, known),
            limits=settings.limits,
            site_timeout_s=settings.site_timeout_s,
            fresh=settings.fresh,
            pack=settings.pack,
        )
        for path in case_yamls
    ]


@contextmanager
def frozen(outputs: Path, notebooks: Path | None) -> Iterator[Path]:
    """Yield a folder in that of outputs with the notebooks as they are now: who edits them during a
    batch changes nothing in it. ValueError as `run.run`, of these copies.
    """
    folder = Path(notebooks or parameters.notebooks_folder()).absolute()
    for left in outputs.glob(f"{_FROZEN}-*"):
        if locks.abandoned(left):
            shutil.rmtree(left, ignore_errors=True)
    copies = outputs / f"{_FROZEN}-{locks.name()}"
    try:
        with locks.hold(copies):
            for path in parameters.notebooks(folder):
                shutil.copyfile(path, copies / path.name)
            if notebooks is None:
                run.refuse_edited(copies, os.path.relpath(folder))
            yield copies
    finally:
        shutil.rmtree(copies, ignore_errors=True)
