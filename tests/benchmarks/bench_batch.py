"""Many sites: a batch beside papermill's command line in a shell loop and beside a process pool of
stock papermill; how its time grows with the sites; what is repeated after it was killed.

Required: 6 times the throughput of the loop and 3 times that of the pool on 2 cores, a log-log
slope of 0.9 to 1.1 from 10 sites to 1,000, and at most 2 sites a worker repeated. The peers make
few sites, and all is given for one. The wall clock is of use only on a machine with nothing else to
do; the processor's time is printed beside it. The defaults end in minutes; `--sites 100 --toys 10
1000 --kernels` is the whole of it.
"""

from __future__ import annotations

import argparse
import logging
import math
import multiprocessing
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))
import batches  # noqa: E402
import portfolio  # noqa: E402

NOTEBOOKS = ROOT / "notebooks"
JOBS = 2
LOOP, POOL, SLOPE, REPEATED = 6, 3, (0.9, 1.1), 2
_LOOK_S = 0.1
_CLOCKS = ("wall", "cpu")
_WORTH_A_TENTH = 10  # sites, of which a tenth of a batch is worth a run of its own


@contextmanager
def measured():
    """Yield a dictionary that has, after the block, wall and cpu: seconds of the clock, and of all
    processes below this one, as last seen before each ended.
    """
    seen, ended, found = {}, threading.Event(), {}
    before = _processes()

    def look() -> None:
        while not ended.wait(_LOOK_S):
            seen.update(_processes())

    looking, began = threading.Thread(target=look), time.monotonic()
    looking.start()
    try:
        yield found
    finally:
        found["wall"] = time.monotonic() - began
        ended.set()
        looking.join()
        seen.update(_processes())
        found["cpu"] = sum(seen.values()) - sum(before.values())


def _processes() -> dict[tuple, float]:
    """Return the processor time of this process and of each below it."""
    found = {}
    for each in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        try:
            times = each.cpu_times()
            found[each.pid, each.create_time()] = times.user + times.system
        except psutil.Error:
            continue
    return found


def sites(folder: Path, number: int) -> list[Path]:
    """Make small sites with meters, bills and weather of their own; return their YAMLs."""
    kinds = [each for each in portfolio.SITES if not (each.covered or each.credits)]
    chosen = [
        replace(kinds[n % len(kinds)], name=f"{kinds[n % len(kinds)].name}-{n}")
        for n in range(number)
    ]
    return [portfolio.make(each, folder) for each in chosen]


def by_batch(yamls: list[Path], out: Path) -> None:
    command = [sys.executable, "-m", "neutrality", "run", *map(str, yamls), "--jobs", str(JOBS)]
    command += ["--outputs", str(out), "--notebooks", str(NOTEBOOKS)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def by_loop(yamls: list[Path], out: Path) -> None:
    """As a shell loop would: one call of papermill's command line a notebook."""
    for yaml in yamls:
        for notebook, made, given in _calls(yaml, out):
            command = [sys.executable, "-m", "papermill", "--cwd", str(NOTEBOOKS), notebook, made]
            command += ["-f", str(yaml)]
            for name, value in given.items():
                command += ["-p", name, value]
            subprocess.run(command, check=True, capture_output=True)


def by_pool(yamls: list[Path], out: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(JOBS, mp_context=context) as pool:
        list(pool.map(_by_papermill, yamls, [out] * len(yamls)))


def _by_papermill(yaml_path: Path, out: Path) -> None:
    import papermill
    import yaml

    logging.getLogger("papermill").setLevel(logging.ERROR)  # it names each parameter it passes on
    values = yaml.safe_load(yaml_path.read_text(encoding="utf-8"))
    for notebook, made, given in _calls(yaml_path, out):
        parameters = values | given
        papermill.execute_notebook(
            notebook, made, parameters, cwd=str(NOTEBOOKS), progress_bar=False
        )


def _calls(yaml: Path, out: Path):
    """Return notebook, executed notebook and the two folders, for each notebook of a site."""
    results = out / yaml.parent.name
    results.mkdir(parents=True)
    given = {"case": str(yaml.parent), "out": str(results)}
    for notebook in sorted(NOTEBOOKS.glob("0[1-5]_*.ipynb")):
        yield str(notebook), str(results / notebook.name), given


def throughput(folder: Path, number: int, peers: int) -> bool:
    """Print the seconds a site of the batch and of its peers, and of the batch also those of a
    tenth of its sites; return whether it is fast enough.

    The peers make half of their sites before the batch and half after: the machine's own speed
    drifts by a tenth in minutes.
    """
    half = max(peers // 2, 1)
    yamls = sites(folder / "params", max(number, 2 * half))
    first, second = yamls[:half], yamls[half : 2 * half]
    turns = [("loop", by_loop, first), ("pool", by_pool, first)]
    if worth := number >= 10 * _WORTH_A_TENTH:
        turns.append(("tenth", by_batch, yamls[: number // 10]))
    turns.append(("batch", by_batch, yamls[:number]))
    turns += [("pool", by_pool, second), ("loop", by_loop, second)]
    spent = {}
    for turn, (name, run, made) in enumerate(turns):
        count = len(made)
        with measured() as found:
            run(made, folder / f"{name}-{turn}")
        before = spent.get(name, {"sites": 0, "wall": 0, "cpu": 0})
        spent[name] = {"sites": before["sites"] + count} | {
            clock: before[clock] + found[clock] for clock in _CLOCKS
        }
        each = ", ".join(f"{found[clock] / count:6.1f} s {clock}" for clock in _CLOCKS)
        print(f"{name:6} {count:4} sites, a site: {each}", flush=True)
    good = True
    if worth:
        slope = _slope(*(tuple(spent[each].values()) for each in ("tenth", "batch")))
        good = SLOPE[0] <= slope <= SLOPE[1]
    for peer, required in (("loop", LOOP), ("pool", POOL)):
        wall, cpu = (_a_site(spent[peer], of) / _a_site(spent["batch"], of) for of in _CLOCKS)
        good &= wall >= required
        print(f"throughput, ratio to the {peer}: {wall:.2f} wall, {cpu:.2f} cpu; needs {required}")
    return good


def _a_site(spent: dict, clock: str) -> float:
    return spent[clock] / spent["sites"]


def _slope(few: Sequence[float], many: Sequence[float]) -> float:
    """Print the slopes between two points of sites, wall and cpu seconds; return that of wall."""
    sites = math.log(many[0] / few[0])
    wall, cpu = (math.log(b / a) / sites for a, b in zip(few[1:], many[1:], strict=True))
    print(f"log-log slope: {wall:.2f} wall, {cpu:.2f} cpu; needs {SLOPE}", flush=True)
    return wall


def growth(folder: Path, numbers: list[int], kernels: bool) -> bool:
    """Print the time of batches of toys; return whether it grows with their number."""
    points = []
    for number in [2, *numbers]:  # the first warms up
        home = batches.homes(folder / str(number), *(f"s-{n:05}" for n in range(number)))
        with measured() as found:
            made = batches.all_of(home, kernels=kernels, jobs=JOBS)
        assert {each.state for each in made} == {"made"}
        points.append((number, found["wall"], found["cpu"], _largest_mb()))
        print(
            "{:6} sites: {:7.1f} s wall, {:7.1f} s cpu, largest process {:.0f} MB".format(
                *points[-1]
            )
        )
    return SLOPE[0] <= _slope(points[1][:3], points[-1][:3]) <= SLOPE[1]


def _largest_mb() -> float:
    """Return the memory of the largest process below this one; some are just ending."""
    held = [0]
    for each in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            held.append(each.memory_info().rss)
    return max(held) / 2**20


def resumed(folder: Path, number: int) -> bool:
    """Kill a batch when half is made; print what the same command repeats."""
    home = batches.homes(folder, *(f"s-{n:05}" for n in range(number)))
    command = [sys.executable, ROOT / "tests" / "batches.py", home]
    going = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while len(list((home / "out").glob("s-*/2025"))) < number / 2:
        time.sleep(_LOOK_S)
    going.kill()
    going.wait()
    made = batches.all_of(home, jobs=JOBS)
    times = batches.times(home)
    repeated = sum(count - 1 for count in times.values())
    print(f"killed at 50 % of {number}: {repeated} sites begun again by {JOBS} workers")
    return len(made) == len(times) == number and repeated <= REPEATED * JOBS


def main() -> int:
    """Print all figures; return 1 where one is not as required."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sites", type=int, default=4, help="with the five notebooks; 0 = none")
    asked.add_argument("--peers", type=int, default=2, help="sites that the peers make")
    asked.add_argument("--toys", type=int, nargs="+", default=[10, 100], help="tiny sites")
    asked.add_argument("--kernels", action="store_true", help="run the toys' two notebooks")
    chosen = asked.parse_args()
    if len(chosen.toys) < 2:
        asked.error("--toys: a growth needs two numbers of sites")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        good = [growth(folder / "growth", chosen.toys, chosen.kernels)]
        good.append(resumed(folder / "killed", chosen.toys[-1]))
        if chosen.sites:
            good.append(throughput(folder / "throughput", chosen.sites, chosen.peers))
    return int(not all(good))


if __name__ == "__main__":
    sys.exit(main())
