"""Whether two cases claim the same certificate or credit: what no bundle can see, since it judges its own case alone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from neutrality import carbon_credits, green_certificates, ledger, tables

SHOWN = 20  # sentences a table; the rest are counted


def across(cases: list[Path]) -> list[str]:
    """Return a sentence for each block of certificates or credits that shares a number with a block of another case.

    Several YAMLs of one folder are one case: its years stand in one table, where its own check has compared them. Of blocks
    that overlap in a heap at least one pair of different cases is told.
    """
    folders = list(dict.fromkeys(Path(case).absolute().resolve() for case in cases))
    found = []
    for name, numbered in (("certificates", green_certificates.blocks), ("credits", _credits)):
        sound = {folder: tables.sound(folder, name) for folder in folders}
        rows = pd.concat([table.assign(folder=number, line=table.index) for number, table in enumerate(sound.values())], ignore_index=True)
        found += _told(name, numbered(rows), folders)
    return found


def _credits(credits: pd.DataFrame) -> pd.DataFrame:
    """Return the blocks of credits; a serial that cannot be read is a number of its own, the same text the same number."""
    blocks = carbon_credits.blocks(credits)
    blocks["space"] = blocks["space"].fillna(blocks["serial"])
    return blocks.fillna({"serial_start": 0, "serial_end": 0}).astype({"serial_start": "int64", "serial_end": "int64"})


def _told(name: str, blocks: pd.DataFrame, folders: list[Path]) -> list[str]:
    blocks = blocks.assign(numbers=[f"{first} to {last}" if last else each for first, last, each in zip(
        blocks["serial_start"], blocks["serial_end"], blocks.get("serial", blocks["space"]))])  # fmt: skip
    twice = ledger.overlapping(blocks)
    twice = twice.join(blocks[["folder", "line", "numbers"]].add_prefix("other_"), on="other")
    twice = twice[twice["folder"] != twice["other_folder"]]
    named = [_named(folder, folders) + f"/{file.name if (file := tables.path_of(folder, name)) else name}" for folder in folders]
    told = [f"{named[pair.folder]}, row {pair.line}: {pair.numbers}, claimed for {pair.claimed_year}, overlaps {named[pair.other_folder]}, "
            f"row {pair.other_line} ({pair.other_numbers}), claimed for {pair.other_year}; a number serves one site and one year only: "
            "remove it from one of them" for pair in twice[:SHOWN].itertuples()]  # fmt: skip
    return told + [f"{name}: and {len(twice) - SHOWN} more blocks that two cases hold"] * (len(twice) > SHOWN)


def _named(folder: Path, folders: list[Path]) -> str:
    alike = [other for other in folders if other.name == folder.name]
    return folder.name if len(alike) == 1 else f"{folder.parent.name}/{folder.name}"
