"""The work on a store chunk by chunk, in this process or in some beside it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import platform
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from neutrality.stores import layout
from neutrality.stores.plan import Plan, peak_bytes

# Each process has one thread: its arrays are small, and the others need the processors.
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
_STATIONS = 8  # of which a process keeps the weather
_last: list[str] = []  # work that this process took part in
OfChunk = Callable[[str, slice], pd.DataFrame]
Mapped = Callable[[Callable[[slice], tuple], list[slice]], list[tuple]]


def each_chunk(
    folder: Path | str, plan: Plan, of_chunk: OfChunk, mapped: Mapped | None = None
) -> tuple[pd.DataFrame, int]:
    """Return the rows that `of_chunk(folder, meters)` has for each chunk of a plan, in the order of
    the meters, and the memory that all processes held at most [bytes], 0 where it is unknown.

    `of_chunk` is a function that can be sent to another process; `mapped` returns what a function
    does with each of some parts, by default in processes of this machine.
    """
    do = partial(_one, str(Path(folder).absolute()), of_chunk, secrets.token_hex(8))
    if mapped:
        done = mapped(do, plan.parts)
    elif not plan.jobs:
        done = [do(part) for part in plan.parts]
    else:
        spawn = multiprocessing.get_context("spawn")
        with _environment(_ONE_THREAD), ProcessPoolExecutor(plan.jobs, spawn) as pool:
            done = list(pool.map(do, plan.parts))
    peaks = {}
    for _, process, peak in done:
        peaks[process] = max(peak, peaks.get(process, 0))
    peaks[_process()] = peak_bytes()
    whole = sum(peaks.values()) if all(peaks.values()) else 0
    return pd.concat([rows for rows, _, _ in done], ignore_index=True), whole


def _one(folder: str, of_chunk: OfChunk, work: str, part: slice) -> tuple[pd.DataFrame, str, int]:
    """Return the rows of one chunk, the process that made them and its peak memory [bytes]."""
    if _last != [work]:  # the folder may hold another store by now
        _last[:] = [work]
        opened.cache_clear(), outdoor.cache_clear()
    rows = of_chunk(folder, part)
    return rows, _process(), peak_bytes()


def _process() -> str:
    return f"{platform.node()} {os.getpid()}"


@lru_cache(maxsize=1)
def opened(folder: str) -> xr.Dataset:
    """Return the arrays of a store, opened once a process."""
    return layout.open_store(folder)


@lru_cache(maxsize=_STATIONS)
def outdoor(folder: str, station: int) -> xr.DataArray:
    """Return `layout.outdoor` of a store, kept for the next chunk."""
    return layout.outdoor(opened(folder), station)


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set variables of the environment for a while: processes take theirs when they start."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def apart(
    do: Callable[[xr.DataArray], pd.DataFrame], load_kwh: xr.DataArray
) -> tuple[list[pd.DataFrame], dict[str, str]]:
    """Return what `do` makes of load(time, meter), and why it refuses some meters: where it raises
    ValueError, half of the meters are tried at a time, down to one.
    """
    if not load_kwh.sizes["meter"]:
        return [], {}
    try:
        return [do(load_kwh)], {}
    except ValueError as refused:
        if load_kwh.sizes["meter"] == 1:
            return [], {str(load_kwh.meter.values[0]): str(refused)}
    made, reasons = [], {}
    for half in np.array_split(np.arange(load_kwh.sizes["meter"]), 2):
        more, why = apart(do, load_kwh[:, half])
        made, reasons = made + more, reasons | why
    return made, reasons
