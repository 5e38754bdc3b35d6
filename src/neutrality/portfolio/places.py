"""Where cases come from and bundles go, where that is object storage: cases are copied to a folder
of this machine first, and what a folder of outputs would hold is uploaded.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from neutrality.portfolio import site, storage

_CASES = 8  # copied at a time


@dataclass(frozen=True)
class Places:
    """The folder of cases that were copied from object storage, and the address that bundles go to;
    an empty one for what has no part in a batch.
    """

    copies: Path = storage.NO_COPIES
    store: str = ""

    def fetch(self, case_yamls: Iterable[Path]) -> dict[Path, str]:
        """Copy the cases that are on object storage, each folder once; return why those that cannot
        be had are refused, by the YAML's place.
        """
        mine = [path for path in case_yamls if path.is_relative_to(self.copies)]
        homes = sorted({path.parent for path in mine})
        with ThreadPoolExecutor(_CASES) as together:
            found = dict(zip(homes, together.map(self._fetch, homes), strict=True))
        return {path: found[path.parent] for path in mine if found[path.parent]}

    def _fetch(self, home: Path) -> str:
        try:
            storage.fetch_case(storage.address_of(home, self.copies), home)
        except (OSError, ValueError) as error:
            return str(error)
        return ""

    def told(self, outcome: site.Outcome) -> site.Outcome:
        """Return an outcome with the address of its case in place of the copy."""
        return replace(outcome, case_yaml=storage.address_of(outcome.case_yaml, self.copies))

    def bring(self, file: Path) -> None:
        """Copy a file into the folder of outputs from the address that bundles go to."""
        if self.store:
            file.parent.mkdir(parents=True, exist_ok=True)
            storage.copy(self.store, {file.name: file})

    def keep(self, file: Path) -> None:
        """Upload a file of the folder of outputs, where bundles go to an address."""
        if self.store:
            storage.upload(file, storage.below(self.store, file.name))

    def shown(self, file: Path) -> str:
        """Return where a file of the folder of outputs is, as a person finds it."""
        return storage.shown(storage.below(self.store, file.name) if self.store else file)


@contextmanager
def opened(outputs: str) -> Iterator[tuple[Path, Places]]:
    """Yield the folder of outputs and the places of a batch. For an address the folder is one of
    this machine that lasts until the block ends, as do the copies of cases. ValueError for another
    kind of address.
    """
    if re.match(r"\w{2,}:/", outputs) and not storage.is_address(outputs):
        raise ValueError(
            f"{outputs}: is neither a folder nor s3://BUCKET/PREFIX; check the address"
        )
    if Path(outputs).is_file():
        raise ValueError(f"{outputs}: is a file; name the folder that bundles go to")
    with tempfile.TemporaryDirectory(prefix="neutrality-") as scratch:
        copies = Path(scratch).resolve() / "cases"
        if storage.is_address(outputs):
            yield Path(scratch) / "outputs", Places(copies, outputs)
        else:
            yield Path(outputs), Places(copies)
