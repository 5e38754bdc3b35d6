"""How much memory the work on a store takes, known before it begins."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from neutrality.energy import periods
from neutrality.stores import layout

# Bytes that the work on one hour, or day, of a meter holds at its peak (tests/test_stores.py
# measures both): double precision, with sorted readings, predictions and errors of both years
# beside it; of days and bills also twelve fits, each with a month left out.
BYTES_A_READING = {periods.HOURS: 100, periods.DAYS: 9_000, periods.BILLS: 3_000}
# Meters that a process works on at once, where the memory allows it: what is done once for all of
# them, such as the columns of the weather, is then little a meter.
_AT_ONCE = 256
# What a process holds beside the readings, at least: Python with the libraries of which some are
# still to be imported when the plan is made [bytes].
_USUAL_PROCESS = 350_000_000
_SIZES = {"": 1, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_KIB = 1024


@dataclass(frozen=True)
class Plan:
    """Meters and times of a store, meters worked on at once by each process, processes beside this
    one (0: this one does the work), and the memory of each process and of its work [bytes]."""

    meters: int
    times: int
    at_once: int
    jobs: int
    process_bytes: int
    work_bytes: int

    @property
    def parts(self) -> list[slice]:
        """The meters of each piece of work."""
        starts = range(0, self.meters, self.at_once)
        return [slice(start, min(start + self.at_once, self.meters)) for start in starts]

    @property
    def total_bytes(self) -> int:
        """The memory of all processes together at most."""
        workers = self.jobs * (self.process_bytes + self.work_bytes)
        return self.process_bytes + (workers or self.work_bytes)

    def sentences(self) -> list[str]:
        """Return what is going to be done, for a person."""
        processes = max(self.jobs, 1)
        return [
            f"{self.meters:,} meters of {self.times:,} hours or days, {len(self.parts):,} chunks "
            f"of {self.at_once:,} meters; processes: {processes}",
            f"memory, said beforehand: at most {self.total_bytes / 1e6:,.0f} MB",
        ]


def plan(store: xr.Dataset, memory_bytes: float, jobs: int | None = None) -> Plan:
    """Return the plan for a store within some memory: as many processes as it allows, at most
    `jobs` (all processors by default), and some chunks at once in each, or part of one.

    Raises ValueError where not even one meter at a time fits.
    """
    meters, times = store.sizes["meter"], store.sizes["time"]
    jobs, chunk = jobs or os.cpu_count() or 1, layout.chunk_meters(store)
    each = min(_AT_ONCE, -(-meters // jobs))  # so many that all processes have some
    at_once, process = chunk * max(each // chunk, 1), max(peak_bytes(), _USUAL_PROCESS)
    of_meter = times * BYTES_A_READING[store.load_kwh.attrs["resolution"]]
    while at_once > 1 and process + at_once * of_meter > memory_bytes:
        at_once = -(-at_once // 2)
    work = at_once * of_meter
    if process + work > memory_bytes:
        raise ValueError(
            f"memory of {memory_bytes / 1e6:,.0f} MB is too little: this process needs "
            f"{process / 1e6:,.0f} MB and one meter {work / 1e6:,.0f} MB; allow more"
        )
    most = min(jobs, -(-meters // at_once))
    beside = int((memory_bytes - process) // (process + work))
    workers = min(most, beside)
    return Plan(meters, times, at_once, workers if workers > 1 else 0, process, work)


def peak_bytes() -> int:
    """Return the most memory that this process has held [bytes]; 0 where the system does not say
    it.
    """
    with contextlib.suppress(OSError):  # Linux: what getrusage says has the parent's peak in it
        held = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text("ascii"))
        if held:
            return int(held[1]) * _KIB
    try:
        import resource
    except ModuleNotFoundError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * _KIB


def in_bytes(text: str) -> float:
    """Return an amount of memory such as 2GB or 500 MB [bytes].

    >>> in_bytes("2GB"), in_bytes("500 MB")
    (2000000000.0, 500000000.0)
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)B?\s*", text.upper())
    if not found:
        raise ValueError(f"memory '{text}' is not understood; write it as 2GB or 500MB")
    return float(found[1]) * _SIZES[found[2]]
