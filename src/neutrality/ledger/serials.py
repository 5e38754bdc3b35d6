"""Serial numbers of carbon credits: the forms that are public, and their fields as columns."""

from __future__ import annotations

import re

import pandas as pd

# Batch, block start, block end, [programme], unit, verifier, registry, country, scope, project,
# vintage start and end (ddmmyyyy), additional certification. Older serials have no programme: 12
# fields, not 13. The same in the registry's export as kept by CarbonPlan, offsets-db-data.
_VERRA = re.compile(
    r"(?P<batch>\d+)-(?P<start>\d{1,18})-(?P<end>\d{1,18})-(?:(?P<programme>VCS)-)?(?P<unit>VCU)"
    r"-(?P<verifier>\w+)-(?P<registry>[A-Z]+)-(?P<country>[A-Z]{2})-(?P<scope>[^-\s]+)"
    r"-(?P<project>\d{1,18})-(?P<vintage_start>\d{8})-(?P<vintage_end>\d{8})-(?P<certified>[01])"
)
# Registry, series, country, project, type, vintage (a year), issuance, block start, block end; each
# issuance counts from 1. As in the Gold Standard registry's export kept by CarbonPlan,
# offsets-db-data: quantity = end - start + 1 in each row.
_GOLD = re.compile(
    r"(?P<registry>GS\d+)-(?P<series>\d+)-(?P<country>[A-Z]{2})-(?P<project>GS\d{1,18})"
    r"-(?P<type>\w+)-(?P<vintage>\d{4})-(?P<batch>\d+)-(?P<start>\d{1,18})-(?P<end>\d{1,18})"
)
# Of other programmes (CCER, CDM, ...) no public form was found: their serials are opaque.
FORMS = {"VCS": _VERRA, "GS": _GOLD}
EXAMPLES = {
    "VCS": "19380-941382555-941382741-VCS-VCU-1310-VER-CN-13-3005-01012022-31102022-0",
    "GS": "GS1-1-CN-GS7604-3-2020-21289-85975-85979",
}
_COLUMNS = [
    *("programme", "space", "start", "end", "quantity", "project_id", "country", "scope"),
    *("vintage_start", "vintage_end", "certified"),
]


def parsed(serials: pd.Series) -> pd.DataFrame:
    """Return the fields of the serials that are valid and of a known form, a row each under its
    own index; other serials are left out.

    Columns: programme, space, start, end, quantity, project_id, country, scope, vintage_start,
    vintage_end, certified. quantity = end - start + 1 [credits]. No two blocks of one `space` may
    share a number. Vintages are Timestamps, a Gold Standard one its whole year; certified is "1"
    for a Verra credit with an additional label.

    >>> parsed(pd.Series(["GS1-1-CN-GS7604-3-2020-21289-85975-85979", "?"])).quantity.to_dict()
    {0: 5}
    """
    text = serials.astype("str").str.strip()
    parts = pd.concat([_verra_fields(text), _gold_fields(text)])
    parts = parts.reindex(columns=[*_COLUMNS, "project"])
    parts["project_id"] = parts["project"].astype("str").str.removeprefix("GS")
    parts = parts.drop(columns="project").astype(
        {"start": "int64", "end": "int64", "project_id": "int64"}
    )
    for vintage in ("vintage_start", "vintage_end"):
        parts[vintage] = pd.to_datetime(parts[vintage], format="%d%m%Y", errors="coerce")
    parts["quantity"] = parts["end"] - parts["start"] + 1
    # A date that is not in the calendar is NaT and compares false.
    valid = (parts["quantity"] > 0) & (parts["vintage_start"] <= parts["vintage_end"])
    return parts[valid].sort_index()


def _verra_fields(text: pd.Series) -> pd.DataFrame:
    found = text.str.extract(f"^{_VERRA.pattern}$").dropna(subset=["start"])
    return found.assign(programme="VCS", space="VCS")  # one series of numbers for all batches


def _gold_fields(text: pd.Series) -> pd.DataFrame:
    found = text.str.extract(f"^{_GOLD.pattern}$").dropna(subset=["start"])
    return found.assign(
        programme="GS",
        space="GS " + found["project"] + " " + found["vintage"] + " " + found["batch"],
        scope="",
        certified="",
        vintage_start="0101" + found["vintage"],
        vintage_end="3112" + found["vintage"],
    )
