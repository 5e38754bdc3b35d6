"""Serial numbers of carbon credits: what a registry writes into them, read into columns and
written back the same.
"""

from __future__ import annotations

import re

import pandas as pd

# Batch, block start, block end, [programme], unit, verifier, registry, country, scope, project,
# vintage start and end (ddmmyyyy), additional certification. Older serials have no programme: 12
# fields, not 13. The same in the registry's export as kept by CarbonPlan, offsets-db-data.
VERRA = re.compile(
    r"(?P<batch>\d+)-(?P<start>\d{1,18})-(?P<end>\d{1,18})-(?:(?P<programme>VCS)-)?(?P<unit>VCU)-(?P<verifier>\w+)"
    r"-(?P<registry>[A-Z]+)-(?P<country>[A-Z]{2})-(?P<scope>[^-\s]+)-(?P<project>\d{1,18})"
    r"-(?P<vintage_start>\d{8})-(?P<vintage_end>\d{8})-(?P<certified>[01])"
)
# Registry, series, country, project, type, vintage (a year), issuance, block start, block end; each
# issuance counts from 1. As in the Gold Standard registry's export kept by CarbonPlan,
# offsets-db-data: quantity = end - start + 1 in each row.
GOLD = re.compile(
    r"(?P<registry>GS\d+)-(?P<series>\d+)-(?P<country>[A-Z]{2})-(?P<project>GS\d{1,18})-(?P<type>\w+)"
    r"-(?P<vintage>\d{4})-(?P<batch>\d+)-(?P<start>\d{1,18})-(?P<end>\d{1,18})"
)
FORMS = {
    "VCS": VERRA,
    "GS": GOLD,
}  # of other programmes (CCER, CDM, ...) no public form was found: their serials are opaque
EXAMPLES = {
    "VCS": "19380-941382555-941382741-VCS-VCU-1310-VER-CN-13-3005-01012022-31102022-0",
    "GS": "GS1-1-CN-GS7604-3-2020-21289-85975-85979",
}
COLUMNS = [
    "programme",
    "space",
    "start",
    "end",
    "quantity",
    "project_id",
    "country",
    "scope",
    "vintage_start",
    "vintage_end",
    "certified",
]


def fields(text: str) -> dict[str, str]:
    """Return the fields of a serial as they are written, in their order; empty where its form is
    not known.

    >>> fields("8040-449402275-449402275-VCU-042-MER-PE-14-1360-01072013-30062014-1")["project"]
    '1360'
    """
    found = next(
        (match for form in FORMS.values() if (match := form.fullmatch(text.strip()))), None
    )
    return (
        {name: part for name, part in found.groupdict().items() if part is not None}
        if found
        else {}
    )


def written(fields: dict[str, str]) -> str:
    """Return the serial that has these fields: what `fields` takes apart.

    >>> written(fields("GS1-1-CN-GS7604-3-2020-21289-85975-85979"))
    'GS1-1-CN-GS7604-3-2020-21289-85975-85979'
    """
    return "-".join(fields.values())


def parsed(serials: pd.Series) -> pd.DataFrame:
    """Return COLUMNS of the serials whose form is known and sound, a row each under its own index,
    without the others.

    quantity = end - start + 1 [credits]; no two blocks of one `space` may share a number; vintages
    are Timestamps, a Gold Standard one its whole year; certified is "1" for a Verra credit with an
    additional label.

    >>> parsed(pd.Series(["GS1-1-CN-GS7604-3-2020-21289-85975-85979", "?"])).quantity.to_dict()
    {0: 5}
    """
    text = serials.astype("str").str.strip()
    verra = text.str.extract(f"^{VERRA.pattern}$").dropna(subset=["start"])
    gold = text.str.extract(f"^{GOLD.pattern}$").dropna(subset=["start"])
    verra = verra.assign(programme="VCS", space="VCS")  # one series of numbers across all batches
    gold = gold.assign(
        programme="GS",
        space="GS " + gold["project"] + " " + gold["vintage"] + " " + gold["batch"],
        scope="",
        certified="",
        vintage_start="0101" + gold["vintage"],
        vintage_end="3112" + gold["vintage"],
    )
    parts = pd.concat([verra, gold]).reindex(columns=[*COLUMNS, "project"])
    parts["project_id"] = parts["project"].astype("str").str.removeprefix("GS")
    parts = parts.drop(columns="project").astype(
        {"start": "int64", "end": "int64", "project_id": "int64"}
    )
    for vintage in ("vintage_start", "vintage_end"):
        parts[vintage] = pd.to_datetime(parts[vintage], format="%d%m%Y", errors="coerce")
    parts["quantity"] = parts["end"] - parts["start"] + 1
    # A date that is not in the calendar is NaT and compares false.
    return parts[
        (parts["quantity"] > 0) & (parts["vintage_start"] <= parts["vintage_end"])
    ].sort_index()
