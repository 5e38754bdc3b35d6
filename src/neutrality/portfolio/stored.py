"""A site whose bundle goes to object storage: made in a folder of this machine, then uploaded.

Beside the bundles lie, as in a folder of outputs, the log and the record of each site, and what a
failed one had executed. Two batches on one address do no harm: each uploads a whole version, and
the last one is current.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from neutrality.portfolio import site, storage
from neutrality.runner import bundle


def run_site(
    store: str, task: site.Task, make: Callable[[site.Task], site.Outcome] = site.run_site
) -> site.Outcome:
    """Make a site by `make` and upload it to an address, unless it is there, made from the
    same. Raises nothing; the outcome's paths are relative to the address.

    In `task.outputs` the log stays and what failed; the bundle only where it cannot be uploaded.
    """
    try:
        return _made(store, task, make)
    except (OSError, ValueError) as error:
        return replace(site.ended(task, site.FAILED, str(error)), bundle="")


def _made(store: str, task: site.Task, make: Callable) -> site.Outcome:
    address = storage.below(store, task.site, task.year)
    record = storage.below(store, site.LOGS, task.site, f"{task.year}.json")
    inputs, current = "", storage.current(address)
    with contextlib.suppress(OSError, ValueError):  # of files that the check refuses
        inputs = site.inputs_sha256(task)
    if inputs and not task.fresh and _is_same(_read(record), inputs, current, task.pack):
        return replace(site.ended(task, site.UNCHANGED), bundle=_relative(store, current))
    outcome = make(task)
    if outcome.good:
        current = storage.publish(task.target, address)
        _upload_packed(store, task)
        noted = {"inputs_sha256": inputs, "bundle": current, "packed": task.pack}
        storage.write(record, json.dumps(noted) + "\n")
        shutil.rmtree(task.target, ignore_errors=True)
    _upload_told(store, task)
    return replace(outcome, bundle=_relative(store, current))


def _read(record: str) -> dict:
    """Return what the last good run of a site noted; empty where there was none."""
    with contextlib.suppress(ValueError, TypeError):
        return dict(json.loads(storage.read(record)))
    return {}


def _is_same(noted: dict, inputs: str, current: str, pack: bool) -> bool:
    """Return whether a record is of the current bundle, made from the same, and packed if asked."""
    same = noted.get("inputs_sha256") == inputs and noted.get("bundle") == current
    return same and (bool(noted.get("packed")) or not pack)


def _upload_packed(store: str, task: site.Task) -> None:
    packed = task.target.with_name(f"{task.year}.zip")
    if task.pack:
        storage.upload(packed, storage.below(store, task.site, packed.name))
        packed.unlink()


def _upload_told(store: str, task: site.Task) -> None:
    """Upload the log, and the notebooks that a failed run had executed."""
    failed = task.target.with_name(task.year + bundle.FAILED)
    for path in [task.log, *sorted(failed.rglob("*.ipynb"))]:
        if path.is_file():
            name = path.relative_to(Path(task.outputs))
            storage.upload(path, storage.below(store, *name.parts))


def _relative(store: str, address: str) -> str:
    return address.removeprefix(storage.below(store, ""))
