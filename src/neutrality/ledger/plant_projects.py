"""The carbon projects of plants: whether the kWh of a certificate were sold as credits too."""

from __future__ import annotations

import re
from functools import partial

import pandas as pd

from neutrality.texts.findings import Finding, in_rows, in_table

NO_PROJECT = "none"
_in_rows = partial(in_rows, "certificates")


def carbon_findings(used: pd.DataFrame, projects: tuple[str, ...]) -> list[Finding]:
    """Return blocks whose kWh were sold as carbon credits too: known where the plant's project is
    named.
    """
    named = plant_projects(used)
    plants = [name for name in named.unique() if name not in ("", NO_PROJECT)]
    held = [name for name in plants if any(same_project(name, each) for each in projects)]
    both = named.isin(held)
    elsewhere = used[named.isin(plants) & ~both].drop_duplicates("carbon_project_id")
    unnamed = int((named == "").sum())
    found = _in_rows("carbon_project_id", "also_credited", used[both])
    found += _in_rows("carbon_project_id", "credited_elsewhere", elsewhere)
    if unnamed:
        found += in_table("certificates", "carbon_project_unnamed", rows_alike=unnamed)
    return found


def plant_projects(certificates: pd.DataFrame) -> pd.Series:
    """Return the carbon project of each block's plant as written, "none" in small letters, empty
    where the cell names no project.

    >>> plant_projects(pd.DataFrame({"carbon_project_id": [" VCS 3005", "None", "?"]})).tolist()
    ['VCS 3005', 'none', '']
    """
    named = certificates["carbon_project_id"].astype("str").str.strip()
    named = named.mask(named.str.casefold() == NO_PROJECT, NO_PROJECT)
    return named.where(named.str.contains(r"\d") | named.eq(NO_PROJECT), "")


def same_project(one: str, other: str) -> bool:
    """Return whether two names may mean one carbon project: the same number, and no two different
    programmes.

    >>> same_project("VCS3005", "03005"), same_project("VCS 3005", "vcs-3005")
    (True, True)
    >>> same_project("GS3005", "VCS3005")
    False
    """
    programme, number = _programme_and_number(one)
    other_programme, other_number = _programme_and_number(other)
    either = not (programme and other_programme)
    return number == other_number and (programme == other_programme or either)


def _programme_and_number(name: str) -> tuple[str, str]:
    """Return programme and number of a project as plain text; without a number the whole name is
    the number.
    """
    plain = re.sub(r"[\W_]+", "", str(name)).casefold()
    found = re.fullmatch(r"(.*?)0*(\d+)", plain)
    return (found[1], found[2]) if found else ("", plain)
