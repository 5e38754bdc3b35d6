"""One report of the first case, made in several ways on one machine in one run.

Required of `neutrality run`: at most 0.40 of five calls of papermill's command line on the same
notebooks, and at most 1.35 of the floor, one bare Python process that runs the same cells. The
floor stands beside that of the commit before batches; bundles of both engines must be equal,
byte by byte. `run_seconds.py` counts where the seconds of a report go.
"""

import argparse
import filecmp
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
CASE = Path("params") / "china-mobile-hq" / "2025.yaml"
BEFORE = "09ba203752670e4566730ee3a387a8010ea4f17e"
REQUIRED = {"papermill": 0.40, "floor": 1.35}
SITE = f"outputs/{CASE.parent.name}/{CASE.stem}"  # of a bundle
# What both need, made by the source that they are of: a stage, and each notebook's parameters.
PREPARE = """
import json, shutil, sys
from pathlib import Path
from neutrality.runner import parameters, yaml_file
case, folder, notebooks = map(Path, sys.argv[1:])
shutil.copytree(case.parent, folder / "inputs")
(folder / "notebooks").mkdir()
shutil.copyfile(case, folder / "params.yaml")
offered = yaml_file.entries(case)[0] | parameters.SET_BY_RUNNER
for path in parameters.notebooks(notebooks):
    declared = {each.name for each in parameters.read_notebook(path)}
    given = {name: value for name, value in offered.items() if name in declared}
    (folder / f"{path.stem}.json").write_text(json.dumps(given))
"""
# One process, one name space a notebook, no output kept.
FLOOR = """
import json, os, sys
from pathlib import Path
folder, notebooks = map(Path, sys.argv[1:])
os.chdir(folder)
for path in sorted(folder.glob("0*.json")):
    space = {"__name__": "__main__", "display": lambda *shown, **options: None}
    cells = json.loads((notebooks / f"{path.stem}.ipynb").read_text())["cells"]
    for cell in [each for each in cells if each["cell_type"] == "code"]:
        exec(compile("".join(cell["source"]), path.stem, "exec"), space)
        if "parameters" in cell["metadata"].get("tags", []):
            space |= json.loads(path.read_text())
"""


def prepared(root: Path, folder: Path) -> Path:
    """Return a new folder in which the notebooks of a source tree can run."""
    folder.mkdir()
    command = [sys.executable, "-c", PREPARE, root / CASE, folder, root / "notebooks"]
    subprocess.run(command, check=True, env=environment(root))
    return folder


def environment(root: Path, **more: str) -> dict[str, str]:
    """Return the environment in which a source tree is the package, and figures are a kernel's."""
    inline = "module://matplotlib_inline.backend_inline"
    return os.environ | {"PYTHONPATH": str(root / "src"), "MPLBACKEND": inline} | more


def timed(commands: list[list], **options) -> tuple[float, float]:
    """Return the seconds of the wall clock and of the processor that commands take in turn."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    for each in commands:
        subprocess.run([sys.executable, *each], check=True, stdout=subprocess.DEVNULL, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    return time.monotonic() - began, spent


def floor(root: Path, folder: Path) -> tuple[float, float]:
    """Run the cells in one bare process."""
    made = prepared(root, folder)
    command = ["-W", "ignore", "-c", FLOOR, made, root / "notebooks"]
    return timed([command], env=environment(root))


def papermill(root: Path, folder: Path) -> tuple[float, float]:
    """Run the notebooks by five calls of papermill's command line, into one folder."""
    made = prepared(root, folder)
    options = ["--cwd", made, "-k", "python3", "--no-progress-bar", "--log-level", "ERROR"]
    commands = [
        ["-m", "papermill", path, made / "notebooks" / path.name]
        + ["-f", made / f"{path.stem}.json", *options]
        for path in sorted((root / "notebooks").glob("0[1-5]*.ipynb"))
    ]
    return timed(commands, env=environment(root), stderr=subprocess.DEVNULL)


def run(root: Path, folder: Path, engine: str) -> tuple[float, float]:
    """Run the case by the command `neutrality run`."""
    command = ["-m", "neutrality", "run", root / CASE, "--outputs", folder / "outputs"]
    command += ["--notebooks", root / "notebooks"]
    return timed([command], env=environment(root, NEUTRALITY_ENGINE=engine))


def differing(one: Path, other: Path) -> list[str]:
    """Return the files that two bundles do not have alike."""
    names = {
        path.relative_to(folder).as_posix()
        for folder in (one, other)
        for path in folder.rglob("*")
        if path.is_file()
    }
    equal, *wrong = filecmp.cmpfiles(one, other, sorted(names), shallow=False)
    return sorted(sum(wrong, []))


def before(folder: Path) -> Path:
    """Return the source tree of that commit, checked out in a folder, which `main` removes."""
    subprocess.run(
        ["git", "-C", ROOT, "worktree", "add", "--quiet", "--detach", folder, BEFORE], check=True
    )
    return folder


def measured(scratch: Path, runs: int) -> dict[str, tuple[float, float]]:
    """Return the least wall clock and processor time of each way."""
    old = before(scratch / "tree")
    ways = {
        "papermill": lambda folder: papermill(ROOT, folder),
        "floor": lambda folder: floor(ROOT, folder),
        "floor before": lambda folder: floor(old, folder),
        "run, papermill's engine": lambda folder: run(ROOT, folder, "papermill"),
        "run": lambda folder: run(ROOT, folder, ""),
    }
    found: dict[str, list] = {name: [] for name in ways}
    for _ in range(runs):  # in turn, so that a busy minute is no way's own
        for name, way in ways.items():
            shutil.rmtree(scratch / name, ignore_errors=True)
            found[name].append(way(scratch / name))
            print(f"{name:24}{found[name][-1][0]:8.1f} s{found[name][-1][1]:8.1f} s", flush=True)
    return {name: tuple(map(min, zip(*each, strict=True))) for name, each in found.items()}


def main() -> int:
    """Print times and ratios; return 1 where one is above what is required, or bundles differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1, help="of which the least is taken")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        try:
            found = measured(scratch, chosen.runs)
        finally:
            tree = scratch / "tree"
            subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", tree], check=False)
        wrong = differing(*(scratch / each / SITE for each in ("run", "run, papermill's engine")))
    print(f"\n{'':24}{'wall clock':>12}{'processor':>12}{'to papermill':>14}{'to the floor':>14}")
    for name, (wall, spent) in found.items():
        ratios = [wall / found[each][0] for each in REQUIRED]
        print(f"{name:24}{wall:10.1f} s{spent:10.1f} s{ratios[0]:14.2f}{ratios[1]:14.2f}")
    processor = [found["run"][1] / found[each][1] for each in REQUIRED]
    print(
        f"run, by the processor: {processor[0]:.2f} of papermill, {processor[1]:.2f} of the floor"
    )
    print(f"floor: {found['floor'][1] / found['floor before'][1]:.2f} of that before")
    print(f"bundles of the two engines: {', '.join(wrong) or 'equal, byte by byte'}")
    above = [each for each, most in REQUIRED.items() if found["run"][0] / found[each][0] > most]
    return int(bool(above or wrong))


if __name__ == "__main__":
    sys.exit(main())
