"""The three files of a portfolio: the page, the Excel file and the Parquet file."""

from __future__ import annotations

from pathlib import Path

from neutrality.portfolio import book, overview, page
from neutrality.portfolio.overview import Overview
from neutrality.runner import locks

NAME = "portfolio"


def write(
    outputs: Path | str, to: Path | str | None = None, year: int | None = None, lang: str = "en"
) -> tuple[Overview, list[Path]]:
    """Write portfolio.html, .xlsx and .parquet of a year's bundles below `outputs`; return the
    overview and the three paths.

    `to` is their folder, by default `outputs`; `year` the reporting year, by default the latest;
    `lang` the language that the page opens in. The same bundles give the same bytes. Each file is
    written aside and renamed: a reader never meets half of one. Raises ValueError where there is
    no bundle.
    """
    outputs = Path(outputs)
    to = outputs if to is None else Path(to)
    made = overview.made(outputs, year)
    to.mkdir(parents=True, exist_ok=True)
    writers = {
        "html": lambda path: path.write_text(
            page.html(made, outputs, to, lang), encoding="utf-8", newline="\n"
        ),
        "xlsx": lambda path: book.excel(made, outputs, path),
        "parquet": lambda path: book.parquet(made, path),
    }
    return made, [_written(to / f"{NAME}.{kind}", writer) for kind, writer in writers.items()]


def _written(path: Path, writer) -> Path:
    part = path.with_name(f".{path.name}.{locks.name()}")
    try:
        writer(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
