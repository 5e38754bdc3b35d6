"""The three files of a portfolio: the page, the Excel file and the Parquet file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from neutrality.portfolio import book, overview, page, remote, storage
from neutrality.portfolio.overview import Overview
from neutrality.runner import locks

NAME = "portfolio"


def write(
    outputs: Path | str, to: Path | str | None = None, year: int | None = None, lang: str = "en"
) -> tuple[Overview, list[Path | str]]:
    """Write portfolio.html, .xlsx and .parquet of a year's bundles below `outputs`; return the
    overview and the three places.

    `to` is their folder, by default `outputs`; either may be an address of object storage. `year`
    is the reporting year, by default the latest; `lang` the language that the page opens in. The
    same bundles give the same bytes. Each file is written aside and renamed: a reader never meets
    half of one. Raises ValueError where there is no bundle, or links could not lead to it.
    """
    to = outputs if to is None else to
    before = home(outputs, to)
    with tempfile.TemporaryDirectory(prefix="neutrality-") as scratch:
        if storage.is_address(outputs):
            made = remote.made(outputs, year, Path(scratch) / "copies")
        else:
            made = overview.made(Path(outputs), year)
        writers = {
            "html": lambda path: path.write_text(
                page.html(made, before, lang), encoding="utf-8", newline="\n"
            ),
            "xlsx": lambda path: book.excel(made, before, path, lang),
            "parquet": lambda path: book.parquet(made, path),
        }
        folder = Path(scratch) / "made" if storage.is_address(to) else Path(to)
        folder.mkdir(parents=True, exist_ok=True)
        files = [_written(folder / f"{NAME}.{kind}", each) for kind, each in writers.items()]
        if not storage.is_address(to):
            return made, files
        return made, [_uploaded(file, to) for file in files]


def home(outputs: Path | str, to: Path | str) -> str:
    """Return what stands before a bundle's path in a link from a page in `to`: nothing, or a path
    or an address that ends with a slash. ValueError where no link leads from an address to a
    folder.

    >>> home("outputs", "outputs"), home("outputs", "made"), home("s3://b/outputs", "made")
    ('', '../outputs/', 's3://b/outputs/')
    """
    if storage.is_address(outputs):
        path = storage.relative(outputs, str(to))
    elif storage.is_address(to):
        raise ValueError(
            f"{to}: no link leads from there to reports in a folder; give --to a folder, or "
            "upload the reports by neutrality run --outputs s3://BUCKET/PREFIX"
        )
    else:
        path = Path(os.path.relpath(Path(outputs).absolute(), Path(to).absolute())).as_posix()
    return "" if path == "." else f"{path.rstrip('/')}/"


def _uploaded(file: Path, to: str) -> str:
    address = storage.below(to, file.name)
    storage.upload(file, address)
    return address


def _written(path: Path, writer: Callable[[Path], object]) -> Path:
    part = path.with_name(f".{path.name}.{locks.name()}")
    try:
        writer(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
