"""What of a new case nobody has filled in yet: stand-ins in its YAML, and whole templates."""

from __future__ import annotations

from pathlib import Path

from neutrality.case import tables
from neutrality.case.illustration import ILLUSTRATIVE
from neutrality.case.schemas import SCHEMAS
from neutrality.reference import schemes

STAND_IN = "?"  # what `new` writes where a report needs a word that only the site knows
# Names that are printed. As the folder's name they are stand-ins of an older template: a building
# may be called as its folder, but who reports and within which boundary may not.
NAMED = ("entity_zh", "entity_en", "site_zh", "site_en", "boundary_zh", "boundary_en")
# What else only the site knows: a stand-in until it is given, which `check` names, no rule takes.
ASKED = ("province", "scheme", "timezone", "country")
_NEVER_THE_FOLDER = ("entity_zh", "entity_en", "boundary_zh", "boundary_en")
_REQUIRED = ("energy", "weather")
_LEDGERS, _SHOWN = ("certificates", "credits"), 3


def stand_ins(folder: str, values: dict) -> list[str]:
    """Return the parameters of a YAML that still hold a stand-in, in the YAML's order.

    >>> stand_ins("north", {"entity_en": "north", "site_en": "North", "province": "?"})
    ['entity_en', 'province']
    """
    found = [name for name, value in values.items() if value == STAND_IN]
    as_folder = [name for name in _NEVER_THE_FOLDER if values.get(name) == folder]
    also = [name for name in NAMED if values.get(name) == folder] if as_folder else []
    return [name for name in values if name in {*found, *also}]


def beneficiaries(case: Path, values: dict) -> list[str]:
    """Return for whom the certificates and credits of a case were retired, where its YAML still
    names the stand-in of illustrative rows; none where they are such rows.
    """
    if values.get("beneficiary") != ILLUSTRATIVE:
        return []
    held = [tables.valid_rows(case, name) for name in _LEDGERS if not tables.untouched(case, name)]
    names = [name for rows in held for name in rows["beneficiary"].astype(str) if name.strip()]
    return [] if ILLUSTRATIVE in names else list(dict.fromkeys(names))


def of_beneficiary(file: str, line: int, names: list[str]) -> str:
    """Return the next step for the stand-in of a beneficiary."""
    shown = ", ".join(f"'{name}'" for name in names[:_SHOWN])
    return (
        f"{file}, line {line}: beneficiary is '{ILLUSTRATIVE}' still; write the name for which the "
        f"certificates and credits were retired: the ledgers have {shown}"
    )


def sentences(file: str, untouched: list[str], lines: dict, known: dict) -> list[str]:
    """Return a next step for the names that are stand-ins together, and one for each other
    parameter that is.
    """
    names = [name for name in untouched if name in NAMED]
    found = []
    if names:
        first, last = (f"line {lines[name]}" for name in (names[0], names[-1]))
        place = first if first == last else f"{first} to {last}"
        found.append(
            f"{file}, {place}: {', '.join(names)}: not filled in yet; write who reports, on what, "
            "and within which boundary, in Chinese and in English"
        )
    return found + [
        f"{file}, line {lines[name]}: {name} is not filled in yet; it holds {known[name].meaning}"
        + (f", one of {_schemes()}" if name == "scheme" else "")
        for name in untouched
        if name not in NAMED
    ]


def _schemes() -> str:
    return ", ".join(schemes.schemes()["scheme"].unique())


def required(case: Path) -> list[str]:
    """Return a next step for each required table that is a template still."""
    steps = {
        "energy": "energy.csv or meters.csv: no electricity is entered yet; hours go into energy, "
        "bills and days into meters: fill one of them",
        "weather": "weather.csv: no weather is entered yet; fill in the hourly outdoor temperature "
        "of both years",
    }
    return [steps[name] for name in empty_required(case)]


def empty_required(case: Path) -> list[str]:
    """Return the required tables that are templates still."""
    return [name for name in _REQUIRED if tables.untouched(case, name) and _wanted(case, name)]


def _wanted(case: Path, name: str) -> bool:
    try:
        return tables.wanted(case, name)
    except ValueError:  # two files hold the other table, which its own check says
        return False


def left_out(case: Path) -> str:
    """Return a sentence that names the optional tables which are templates still, or ""."""
    needed = set(empty_required(case))
    needed |= {"meters"} if "energy" in needed else set()
    names = [name for name in SCHEMAS if name not in needed and tables.untouched(case, name)]
    if not names:
        return ""
    return (
        f"optional and still empty, so left out: {', '.join(names)}; fill those that you have "
        "something for"
    )
