"""Whether two cases claim the same certificate or credit: a bundle judges its own case alone and
cannot see it.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd

from neutrality import sheets
from neutrality.case import columns, tables
from neutrality.ledger import certificate_serials, credit_serials, credits, plant_projects, ranges

_SENTENCES_SHOWN = 20  # of each table; the rest are counted
_Said = list[tuple[str, tuple[int, ...]]]  # sentences, with the cases they concern by number


def between_cases(cases: list[Path]) -> list[str]:
    """Return a sentence for each block of certificates or credits that shares a number with a block
    of another case.

    Several YAMLs of one folder are one case, whose own check compares its years. Of a cluster of
    overlapping blocks at least one pair of different cases is reported. Also reports plants whose
    carbon project sold its credits to another case, and rows that could not be compared.
    """
    said = []
    for kind, found in _found(_folders(cases)):
        said += [sentence for sentence, _ in (found[:_SENTENCES_SHOWN] if kind else found)]
        if kind in ("certificates", "credits") and len(found) > _SENTENCES_SHOWN:
            more = len(found) - _SENTENCES_SHOWN
            said.append(f"{kind}: and {more} more blocks that two cases hold")
    return said


def concerned(cases: list[Path]) -> dict[Path, list[str]]:
    """Return the sentences of `between_cases`, at most 20 of each, by the folder of every case that
    they concern: between the cases that are not among these, none is left.
    """
    folders, of_case = _folders(cases), {}
    while True:
        rest = [folder for folder in folders if folder not in of_case]
        pairs = [pair for _, found in _found(rest) for pair in found]
        if not pairs:
            return of_case
        for sentence, numbers in pairs:
            for number in numbers:
                said = of_case.setdefault(rest[number], [])
                if len(said) < _SENTENCES_SHOWN:
                    said.append(sentence)


def _folders(cases: list[Path]) -> list[Path]:
    return list(dict.fromkeys(Path(case).absolute().resolve() for case in cases))


def _found(folders: list[Path]) -> list[tuple[str, _Said]]:
    """Return the sentences in groups, each with the folders (by number) that it concerns.

    A group is named where only its first sentences are shown to a person.
    """
    certificate_rows, credit_rows = (_rows(folders, name) for name in ("certificates", "credits"))
    blocks = certificate_serials.blocks(certificate_rows)
    files = _files(folders, "certificates")
    twice = certificate_serials.overlapping(blocks)
    found = [("certificates", _overlaps(blocks, twice, files))]
    unnumbered = certificate_rows.index[certificate_rows["serial_from"] == ""]
    compared = certificate_rows.loc[blocks.index.union(unnumbered)]
    found.append(("", _not_compared("certificates", compared, folders, files)))
    found.append(("ambiguous", _ambiguous(blocks, files)))
    blocks, files = _credit_blocks(credit_rows), _files(folders, "credits")
    found.append(("credits", _overlaps(blocks, ranges.overlapping(blocks), files)))
    compared = credit_rows.loc[blocks.index]
    found.append(("", _not_compared("credits", compared, folders, files)))
    also = _also_credited(certificate_rows, credit_rows, _names(folders))
    return [*found, ("", also)]


def _rows(folders: list[Path], name: str) -> pd.DataFrame:
    """Return the valid rows of a table of all cases, with folder (a number) and line."""
    read = {
        number: tables.valid_rows(folder, name)
        for number, folder in enumerate(folders)
        if tables.exists(folder, name)
    }
    parts = [table.assign(folder=number, line=table.index) for number, table in read.items()]
    none = tables.empty(name).assign(folder=0, line=0)
    return pd.concat(parts, ignore_index=True) if parts else none


def _files(folders: list[Path], name: str) -> list[str]:
    """Return the name of each case's table as the sentences give it: "north/credits.csv"."""
    paths = [tables.path_of(folder, name) for folder in folders]
    return [
        f"{case}/{path.name if path else name}"
        for case, path in zip(_names(folders), paths, strict=True)
    ]


def _names(folders: list[Path]) -> list[str]:
    """Return the name of each folder, with its parent's where several have the same."""
    known = Counter(folder.name for folder in folders)
    return [
        folder.name if known[folder.name] == 1 else f"{folder.parent.name}/{folder.name}"
        for folder in folders
    ]


def _credit_blocks(credit_rows: pd.DataFrame) -> pd.DataFrame:
    """Return the blocks of credits with the numbers by which they are compared, however they are
    written.
    """
    return credit_serials.compared(credits.blocks(credit_rows))


def _overlaps(blocks: pd.DataFrame, twice: pd.DataFrame, files: list[str]) -> _Said:
    """Return a sentence for each block of `twice`, which share numbers, that overlaps one of
    another case.
    """
    ends = blocks["serial_start"].astype("str") + " to " + blocks["serial_end"].astype("str")
    numbers = ends.where(blocks["kind"] == "known", blocks["serial"]) if "kind" in blocks else ends
    numbered = blocks.assign(numbers=numbers)
    twice = twice.join(numbered["numbers"])
    twice = twice.join(numbered[["folder", "line", "numbers"]].add_prefix("other_"), on="other")
    twice = twice[twice["folder"] != twice["other_folder"]]
    return [
        (
            f"{files[pair.folder]}, row {pair.line}: {pair.numbers}, claimed for "
            f"{pair.claimed_year}, overlaps {files[pair.other_folder]}, row {pair.other_line} "
            f"({pair.other_numbers}), claimed for {pair.other_year}; a number serves one site and "
            "one year only: remove it from one of them",
            (pair.folder, pair.other_folder),
        )
        for pair in twice.itertuples()
    ]


def _not_compared(
    name: str, compared: pd.DataFrame, folders: list[Path], files: list[str]
) -> _Said:
    """Return a sentence for each case with rows that could not be compared: a cell or the serial
    is wrong.
    """
    seen = compared.groupby("folder")["line"].agg(set)
    found = []
    for number, folder in enumerate(folders):
        lines = [str(line) for line in _lines(folder, name) if line not in seen.get(number, set())]
        if lines:
            more = ", ..." if len(lines) > columns.ROWS_SHOWN else ""
            said = (
                f"{files[number]}: {len(lines)} row(s) were not compared, a cell or serial in them "
                f"is wrong (row {', '.join(lines[: columns.ROWS_SHOWN])}{more}); "
                "correct them and check again"
            )
            found.append((said, (number,)))
    return found


def _lines(folder: Path, name: str) -> list[int]:
    """Return the line numbers of a table; none where the file is no table, which the case's own
    check reports.
    """
    path = tables.path_of(folder, name)
    try:
        return list(sheets.cells(path).index) if path else []
    except ValueError:
        return []


def _ambiguous(blocks: pd.DataFrame, files: list[str]) -> _Said:
    """Return a sentence for each certificate block whose series is ambiguous between the cases."""
    return [
        (
            f"{files[row.folder]}, row {row.line}: '{row.serial_from}' has no prefix and could be "
            "of several series of the cases: it was not compared; write the prefix",
            (row.folder,),
        )
        for row in certificate_serials.without_prefix(blocks).itertuples()
    ]


def _also_credited(
    certificate_rows: pd.DataFrame, credit_rows: pd.DataFrame, names: list[str]
) -> _Said:
    """Return a sentence for each certificate whose plant's carbon project sold its credits to
    another of the cases.
    """
    sold = credit_rows.assign(project=list(credits.projects(credit_rows)))
    plants = certificate_rows.assign(plant=plant_projects.plant_projects(certificate_rows))
    plants = plants[~plants["plant"].isin(["", plant_projects.NO_PROJECT])]
    pairs = plants.drop_duplicates(["folder", "plant"]).merge(
        sold.drop_duplicates(["folder", "project"]), how="cross", suffixes=("", "_sold")
    )
    return [
        (
            f"{names[pair.folder]}, certificates, row {pair.line}: its plant belongs to carbon "
            f"project '{pair.plant}', whose credits are in {names[pair.folder_sold]}, credits, "
            f"row {pair.line_sold}; the same kWh cannot be green power of one and credit of the "
            "other: remove one",
            (pair.folder, pair.folder_sold),
        )
        for pair in pairs.itertuples()
        if pair.folder != pair.folder_sold and plant_projects.same_project(pair.plant, pair.project)
    ]
