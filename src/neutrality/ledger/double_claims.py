"""Whether two cases claim the same certificate or credit: what no bundle can see, since it
judges its own case alone.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from neutrality import sheets
from neutrality.case import columns, tables
from neutrality.ledger import certificates, credits, ranges

SHOWN = 20  # sentences a table; the rest are counted


def across(cases: list[Path]) -> list[str]:
    """Return a sentence for each block of certificates or credits that shares a number with a block
    of another case.

    Several YAMLs of one folder are one case: its years stand in one table, where its own check has
    compared them. Of blocks that overlap in a heap at least one pair of different cases is told.
    Told as well: a plant whose carbon project sold its credits to another case, and rows that could
    not be compared.
    """
    folders = list(dict.fromkeys(Path(case).absolute().resolve() for case in cases))
    found, ledgers = [], {}
    for name, numbered in (("certificates", certificates.blocks), ("credits", _credits)):
        sound = {folder: tables.valid_rows(folder, name) for folder in folders}
        rows = pd.concat(
            [
                table.assign(folder=number, line=table.index)
                for number, table in enumerate(sound.values())
            ],
            ignore_index=True,
        )
        blocks, ledgers[name] = numbered(rows), rows
        files = [
            _named(folder, folders)
            + f"/{file.name if (file := tables.path_of(folder, name)) else name}"
            for folder in folders
        ]
        found += _told(name, blocks, files) + _uncompared(name, rows, blocks, folders, files)
        if name == "certificates":
            found += [
                f"{files[row.folder]}, row {row.line}: '{row.serial_from}' has no prefix and could be of several series of the "
                "cases: it was not compared; write the prefix"
                for row in certificates.without_prefix(blocks)[:SHOWN].itertuples()
            ]
    return found + _credited(
        ledgers["certificates"], ledgers["credits"], [_named(folder, folders) for folder in folders]
    )


def _credited(
    certificate_rows: pd.DataFrame, credit_rows: pd.DataFrame, named: list[str]
) -> list[str]:
    """Return a sentence for each certificate whose plant's carbon project sold its credits to
    another of the cases.
    """
    sold = credit_rows.assign(project=list(credits.projects(credit_rows)))
    plants = certificate_rows.assign(plant=certificates.plant_projects(certificate_rows)).query(
        "plant not in ['', 'none']"
    )
    pairs = plants.drop_duplicates(["folder", "plant"]).merge(
        sold.drop_duplicates(["folder", "project"]), how="cross", suffixes=("", "_sold")
    )
    return [
        f"{named[pair.folder]}, certificates, row {pair.line}: its plant belongs to carbon project '{pair.plant}', whose credits stand in "
        f"{named[pair.folder_sold]}, credits, row {pair.line_sold}; the same kWh cannot be green power of one and credit of the other: remove one"
        for pair in pairs.itertuples()
        if pair.folder != pair.folder_sold and certificates.same_project(pair.plant, pair.project)
    ]


def _uncompared(
    name: str, rows: pd.DataFrame, blocks: pd.DataFrame, folders: list[Path], files: list[str]
) -> list[str]:
    """Return a sentence for each case in which rows could not be compared: a cell or the serial
    is wrong.
    """
    waits = rows.index[rows["serial_from"] == ""] if name == "certificates" else rows.index[:0]
    seen = rows.loc[blocks.index.union(waits)].groupby("folder")["line"].agg(set)
    left = {}
    for number, folder in enumerate(folders):
        try:
            every = sheets.cells(path).index if (path := tables.path_of(folder, name)) else []
        except ValueError:  # no table at all, which the case's own check tells
            continue
        left[number] = [str(line) for line in every if line not in seen.get(number, set())]
    return [
        f"{files[number]}: {len(lines)} row(s) were not compared, a cell or serial in them is wrong (row "
        f"{', '.join(lines[: columns.ROWS_SHOWN])}{', ...' * (len(lines) > columns.ROWS_SHOWN)}); correct them and check again"
        for number, lines in left.items()
        if lines
    ]


def _credits(credit_rows: pd.DataFrame) -> pd.DataFrame:
    """Return the blocks of credits; a serial that cannot be read is a number of its own, the
    same text the same number.
    """
    blocks = credits.blocks(credit_rows)
    blocks["space"] = blocks["space"].fillna(blocks["serial"])
    return blocks.fillna({"serial_start": 0, "serial_end": 0}).astype(
        {"serial_start": "int64", "serial_end": "int64"}
    )


def _told(name: str, blocks: pd.DataFrame, named: list[str]) -> list[str]:
    blocks = blocks.assign(
        numbers=[
            f"{first} to {last}" if last else each
            for first, last, each in zip(
                blocks["serial_start"], blocks["serial_end"], blocks.get("serial", blocks["space"])
            )
        ]
    )
    twice = ranges.overlapping(blocks)
    twice = twice.join(blocks[["folder", "line", "numbers"]].add_prefix("other_"), on="other")
    twice = twice[twice["folder"] != twice["other_folder"]]
    told = [
        f"{named[pair.folder]}, row {pair.line}: {pair.numbers}, claimed for {pair.claimed_year}, overlaps {named[pair.other_folder]}, "
        f"row {pair.other_line} ({pair.other_numbers}), claimed for {pair.other_year}; a number serves one site and one year only: "
        "remove it from one of them"
        for pair in twice[:SHOWN].itertuples()
    ]
    return told + [f"{name}: and {len(twice) - SHOWN} more blocks that two cases hold"] * (
        len(twice) > SHOWN
    )


def _named(folder: Path, folders: list[Path]) -> str:
    alike = [other for other in folders if other.name == folder.name]
    return folder.name if len(alike) == 1 else f"{folder.parent.name}/{folder.name}"
