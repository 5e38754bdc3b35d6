"""Sites of a batch with toy notebooks that run no kernel: what a site does is told by its name."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import toy

from neutrality.portfolio import batch, cases, site
from neutrality.report import methods
from neutrality.runner import execution

SLEEPER = "import time; time.sleep(600)"


def homes(folder: Path, *names: str) -> Path:
    """Make a case for each name, and notebooks; return the folder that holds them."""
    toy.notebooks(folder / "nb")
    for name in names:
        toy.case(folder / "params" / name)
    return folder


def all_of(home: Path, outputs: Path | None = None, kernels: bool = False, **settings) -> list:
    """Make all sites of a home, by default without a kernel; return their outcomes."""
    asked = batch.Settings(outputs or home / "out", home / "nb", **{"jobs": 2} | settings)
    how = in_kernels if kernels else work
    return batch.run_all(cases.named([str(home / "params")]), asked, work=how)


def times(home: Path) -> dict[str, int]:
    """Return how often each site was begun."""
    return {path.stem: len(path.read_text()) for path in (home / "begun").glob("*.txt")}


def states(outcomes: list) -> dict[str, str]:
    return {each.site: each.state for each in outcomes}


def in_kernels(task):
    """`site.run_site`, in a worker, with the toy notebooks as the release's."""
    methods.altered = lambda notebooks: methods.altered_rows([])
    return site.run_site(task)


def work(task):
    """The same with notebooks that are noted and not executed."""
    methods.altered = lambda notebooks: methods.altered_rows([])
    home, name = Path(task.case_yaml).parents[2], task.site

    def executed(notebooks, values, stage, *more, **settings):
        (stage / "notebooks").mkdir(exist_ok=True)
        for notebook in notebooks:
            shutil.copyfile(notebook, stage / "notebooks" / notebook.name)
        _note(home / "begun", name)
        _do(home, name, stage)
        (stage / "report.en.html").write_text(name)
        return {"report.en.html": notebooks[-1].stem}

    execution.execute_all = executed
    return site.run_site(task)


def _note(folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.txt").open("a") as noted:
        noted.write("x")


def _do(home: Path, name: str, stage: Path) -> None:
    kind = name.partition("-")[0]
    if kind == "fails":
        raise RuntimeError("02_second.ipynb, cell 3 under 'Why?': ValueError: no weather")
    if kind == "dies" or (kind == "stumbles" and times(home)[name] == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    if kind in ("hangs", "slow"):
        kernel = subprocess.Popen([sys.executable, "-c", SLEEPER], start_new_session=True)
        (home / "kernels").mkdir(exist_ok=True)
        (home / "kernels" / f"{kernel.pid}").touch()
        try:
            time.sleep(0.3 if kind == "slow" else 600)
        finally:
            if kind == "slow":
                kernel.kill()
                kernel.wait()


if __name__ == "__main__":
    try:
        made = all_of(Path(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(1)
