"""The baseline of a portfolio in one Zarr store: its time beside that of reading the store once,
and its memory beside what was said beforehand, as the number of meters grows.

`python tests/benchmarks/bench_arrays.py [METERS ...]` makes stores of so many meters (100, 1,000
and 10,000) with two years of hours in a scratch folder, in chunks, from a seed. Each step is a
process of its own, with its processor time (user and system) and its peak memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
os.environ.update(ONE_THREAD)

# ruff: noqa: E402 -- threads are limited before NumPy is imported
import time

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1])]
import estate

from neutrality.stores import green_by_meter, layout, plan, savings_by_meter

SIZES, PART, MEMORY = (100, 1_000, 10_000), 640, 2e9
AT_MOST, AIM = 10.0, 4.0
HALF_LIFE = 60.0


def parts(count):
    """Yield the parts of a store of so many meters."""
    for at, start in enumerate(range(0, count, PART)):
        size = min(PART, count - start)
        part = estate.of_hours(size, at, f"part{at:03}_")
        yield estate.with_green(part, at).drop_vars("green_kwh")


def make(folder, count):
    layout.write(folder, parts(int(count)), estate.weather())


def read(folder):
    """Read the readings once, a chunk after another, as the baseline does."""
    store = layout.open_store(folder)
    for part in _planned(store).parts:
        store.load_kwh[:, part].values.sum()


def given(folder):
    """The baseline with the half-life given."""
    _baseline(folder, HALF_LIFE)


def chosen(folder):
    """The baseline with the half-life chosen for each meter."""
    _baseline(folder, 0.0)


def green(folder):
    """Green power matched by the month."""
    planned = _planned(layout.open_store(folder))
    green_by_meter.by_meter(folder, planned, 2025, "M")
    _said.append(planned.total_bytes)


_said = []


def _planned(store):
    return plan.plan(store, MEMORY, 1)


def _baseline(folder, half_life):
    planned = _planned(layout.open_store(folder))
    _said.append(planned.total_bytes)
    choices = savings_by_meter.Choices(2024, 2025, half_life_days=half_life)
    rows, _ = savings_by_meter.by_meter(folder, planned, choices)
    assert (rows["reason"] == "").all() and rows["savings_kwh"].gt(0).all()


STEPS = {each.__name__: each for each in (make, read, given, chosen, green)}


def step(name, *arguments):
    """Print what one step took: processor seconds, peak memory and what was said of it [bytes]."""
    begun = time.process_time()
    STEPS[name](*arguments)
    took = {"cpu_s": time.process_time() - begun, "peak": plan.peak_bytes(), "said": _said}
    print(json.dumps(took))


def run(*arguments):
    """Run one step in a process of its own; return what it printed."""
    command = [sys.executable, __file__, "--step", *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main(sizes):
    times = {name: [] for name in ("read", "given", "chosen", "green")}
    with tempfile.TemporaryDirectory() as scratch:
        for size in sizes:
            folder = Path(scratch) / f"{size}.zarr"
            run("make", folder, size)
            for name, held in times.items():
                took = run(name, folder)
                held.append(took["cpu_s"])
                ratio, peak = took["cpu_s"] / times["read"][-1], took["peak"] / 1e6
                said = f", said {took['said'][0] / 1e6:,.0f} MB" if took["said"] else ""
                print(
                    f"{size:>7,} meters {name:8} {took['cpu_s']:8.2f} s of processor, "
                    f"{took['cpu_s'] / size * 1e3:7.3f} ms a meter, {ratio:5.1f} x reading once; "
                    f"peak {peak:,.0f} MB{said}",
                    flush=True,
                )
    if len(sizes) > 1:
        for name, held in times.items():
            slope = np.polyfit(np.log(sizes), np.log(held), 1)[0]
            print(f"log-log slope of {name}: {slope:.2f}")
    print(f"wanted: at most {AT_MOST:g} x reading once (aim {AIM:g}), at most 2 GB (aim 1)")


if __name__ == "__main__":
    if "--step" in sys.argv:
        sys.exit(step(*sys.argv[2:]))
    main([int(each) for each in sys.argv[1:]] or SIZES)
