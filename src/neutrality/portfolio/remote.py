"""The overview of bundles on object storage: what it reads of each is copied to this machine first.

Nothing is listed: summary.json at the address names the sites. Of a bundle come the manifest and
the few files that `stated` reads, and those alone are compared with the manifest; `neutrality
verify` compares all.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

from neutrality.portfolio import overview, stated, storage, summary
from neutrality.portfolio.overview import Overview
from neutrality.runner import bundle
from neutrality.runner.members import is_among


def made(address: str, year: int | None, scratch: Path) -> Overview:
    """Return what the bundles at an address say of a year, as `overview.made` of a folder; the
    column `bundle` is `<site>/<year>/<key>`.

    The copies are left in `scratch`. Raises ValueError where the address has no summary of a batch,
    or there is neither a bundle nor an outcome of that year.
    """
    folder = scratch / Path(address).name
    outcomes = _outcomes(address, folder)
    latest = max((each["year"] for each in outcomes), default=0)
    keys = _copied(address, folder, outcomes, year or latest)
    known = overview.made(folder, year, whole=False)
    there = known.sites["bundle"].map(lambda path: f"{path}/{keys.get(path, '')}" if path else "")
    return replace(known, sites=known.sites.assign(bundle=there))


def _outcomes(address: str, folder: Path) -> list[dict]:
    storage.copy(address, {summary.FILE: folder / summary.FILE})
    outcomes, unread = overview.outcomes(folder)
    if unread or not (folder / summary.FILE).is_file():
        raise ValueError(
            f"{storage.below(address, summary.FILE)}: is no summary of a batch, or may not be "
            "read; it names the sites, and neutrality run writes it at its end"
        )
    return outcomes


def _copied(address: str, folder: Path, outcomes: list[dict], year: int) -> dict[str, str]:
    """Copy the bundles of all sites to `<site>/<year>`: of the year what is read, of the year
    before what it is compared with, of others the manifest alone; return the key of each.
    """
    read = {year: stated.READ, year - 1: stated.READ_BEFORE}
    years = {(each["site"], of) for each in outcomes for of in (each["year"], *read)}
    homes = {f"{site}/{of}": read.get(of, ()) for site, of in sorted(years)}
    manifests = {path: folder / path / bundle.MANIFEST for path in homes}
    storage.copy(address, {f"{path}/{to.name}": to for path, to in manifests.items()})
    keys, files = {}, {}
    for path, manifest in manifests.items():
        if manifest.is_file():
            held = manifest.read_bytes()
            home = keys[path] = storage.key(held)
            for name in _named(path, held, homes[path]):
                files[f"{path}/{home}/{name}"] = folder / path / name
    storage.copy(address, files)
    return keys


def _named(path: str, manifest: bytes, among: tuple[str, ...]) -> list[str]:
    """Return the files of a bundle among some patterns; none where its manifest cannot be read,
    which its reader says.
    """
    with contextlib.suppress(ValueError):
        return [name for name in storage.in_manifest(path, manifest) if is_among(name, among)]
    return []
