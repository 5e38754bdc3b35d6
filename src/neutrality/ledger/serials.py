"""Serial numbers of carbon credits: the forms that are public, and their fields as columns."""

from __future__ import annotations

import re

import pandas as pd

from neutrality.ledger import spelling
from neutrality.reference import published

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
# Of other programmes (CCER, ...) no public form was found: their serials are opaque.
FORMS = {"VCS": _VERRA, "GS": _GOLD}
_ACR_ENDING = r"(?P<vintage>\d{4})-(?P<batch>\d+)-(?P<start>\d{1,18}) to (?P<end>\d{1,18})"
# As seen in the registries' exports (sources in reference/programmes.csv). A CDM serial gives the
# first and the last unit of a block in full; its numbers are those of the host country.
OBSERVED = {
    "CDM": r"(?P<country>[A-Z]{2})-5-(?P<start>\d{1,18})-\d-\d-\d-?\s*(?P<project>\d{1,18})"
    r"\s+-\s+(?P=country)-5-(?P<end>\d{1,18})-\d-\d-\d-?\s*(?P=project)",
    "ACR": r"ACR-(?P<country>[A-Z]{2})-(?P<project>\d{1,18})-" + _ACR_ENDING,
    "CAR": r"CAR-(?:1|ROC)-(?P<country>[A-Z]{2})-(?P<project>\d{1,18})-\d+-\d+-\w*-" + _ACR_ENDING,
    "ART": r"(?:ART|FCPF|TREES)-(?P<country>[A-Z]{2})-(?P<project>\d{1,18})-" + _ACR_ENDING,
}
# A Verra serial wherever it stands: what is enough to know its numbers again.
_VERRA_NUMBERS = r"(?P<batch>\d+)-(?P<start>\d{1,18})-(?P<end>\d{1,18})-(?:VCS-)?VCU"
_TO = r"\s*(?:\bTO\b|至|到|~|∼|\.\.+|/|\s-+\s)\s*"  # between the ends of a range, in words
_WORDED = re.compile(
    rf"(?P<head>.*?)(?P<start>\d{{1,18}}){_TO}(?P<again>.*?)(?P<end>\d{{1,18}})\D*"
)
_HYPHENED = re.compile(r"(?P<head>(?:.*\D)?)(?P<start>\d{1,18})\s*-+\s*(?P<end>\d{1,18})\D*")
_SINGLE = re.compile(r"(?P<head>(?:.*\D)?)(?P<start>\d{1,18})\D*")
EXAMPLES = {
    "VCS": "19380-941382555-941382741-VCS-VCU-1310-VER-CN-13-3005-01012022-31102022-0",
    "GS": "GS1-1-CN-GS7604-3-2020-21289-85975-85979",
    "CDM": "RW-5-563732-2-2-0-6207 - RW-5-586300-2-2-0-6207",
    "ACR": "ACR-US-102-2003-274-120158095 to 120158156",
    "CAR": "CAR-1-US-1335-31-983-KS-2025-9205-1 to 5000",
    "ART": "FCPF-CI-130-2023-20-1 to 46404",
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


def observed(serials: pd.Series) -> pd.DataFrame:
    """Return the same fields of the serials in one of the forms OBSERVED; a CDM serial has no
    vintage.

    >>> observed(pd.Series(["ACR-US-102-2003-274-11 to 15"]))[["space", "quantity"]].values.tolist()
    [['ACR US 102 2003 274', 5]]
    """
    text = serials.astype("str").str.strip()
    parts = pd.concat(
        [
            text.str.extract(f"^{form}$").dropna(subset=["start"]).assign(programme=programme)
            for programme, form in OBSERVED.items()
        ]
    ).reindex(columns=[*_COLUMNS, "project", "vintage", "batch"])
    parts = parts.astype({"start": "int64", "end": "int64"})
    of_country = parts["programme"] == "CDM"
    issue = " " + parts["project"] + " " + parts["vintage"] + " " + parts["batch"]
    parts["space"] = parts["programme"] + " " + parts["country"] + issue.mask(of_country, "")
    parts = parts.assign(scope="", certified="", project_id=parts["project"].astype("int64"))
    for name, day in (("vintage_start", "0101"), ("vintage_end", "3112")):
        parts[name] = pd.to_datetime(day + parts["vintage"], format="%d%m%Y", errors="coerce")
    parts["quantity"] = parts["end"] - parts["start"] + 1
    return parts.loc[parts["quantity"] > 0, _COLUMNS].sort_index()


def misspelt(serials: pd.Series) -> pd.DataFrame:
    """Return programme, space, start, end of the serials that are of a known form once spelling is
    ignored: dashes, spaces, small letters, other words before or behind. For comparison only.

    >>> misspelt(pd.Series(["vcu 7–1–9–vcs–vcu–1", "CCER-2024-1"])).values.tolist()
    [['VCS', 'VCS', 1, 9]]
    """
    text = spelling.folded(serials).str.upper().map(spelling.lookalikes_read).astype("str")
    joined = text.str.replace(r"[\s_/.:|-]+", "-", regex=True)
    verra = joined.str.extract(_VERRA_NUMBERS).dropna(subset=["start"])
    verra = verra.assign(programme="VCS", space="VCS").astype({"start": "int64", "end": "int64"})
    unnamed = re.sub(r"[(][?]P<[a-z]+>", "(?:", _GOLD.pattern)
    gold = joined.str.extract(f"({unnamed})")[0].dropna()
    spaced = text.str.replace(r"\s*-\s*", "-", regex=True).str.replace(" TO ", " to ")
    spaced = spaced.str.replace(r"(?<=\d)-(?=[A-Z]{2}-5-)", " - ", regex=True)
    known = ["programme", "space", "start", "end"]
    found = pd.concat([verra[known], parsed(gold)[known], observed(spaced)[known]])
    return found[found["start"] <= found["end"]].groupby(level=0).head(1).sort_index()


def opaque_ranges(serials: pd.Series, quantity: pd.Series) -> pd.DataFrame:
    """Return space, start, end of serials of no known form, for comparison only, and worded:
    whether it is a range whatever the quantity.

    Two numbers at the end are a range where a word joins them, or where a hyphen does and they hold
    the quantity or miss it by one; else the last number stands for itself. Spelling and the
    programme's name are ignored.

    >>> texts = pd.Series(["CCER-24-1 to 9", "ccer 24 07–09", "24/CCER/5"])
    >>> opaque_ranges(texts, pd.Series([9, 3, 1])).values.tolist()
    [['24', 1, 9, True], ['24', 7, 9, False], ['24', 5, 5, False]]
    """
    pairs = zip(_plain(serials), quantity, strict=True)
    found = [_opaque_range(text, count) for text, count in pairs]
    return pd.DataFrame(found, serials.index, ["space", "start", "end", "worded"])


def possible_ranges(serials: pd.Series) -> pd.DataFrame:
    """Return space, start, end of the serials of no known form that end in two numbers joined by a
    hyphen, the first not above the second: a range, or a number of two parts. For comparison only.

    >>> possible_ranges(pd.Series(["CCER-24-50-149", "CCER-2024-7"])).values.tolist()
    [['24', 50, 149]]
    """
    found = {}
    for row, text in _plain(serials).items():
        if (form := _HYPHENED.fullmatch(text)) and int(form["start"]) <= int(form["end"]):
            found[row] = _words(form["head"]), int(form["start"]), int(form["end"])
    table = pd.DataFrame.from_dict(found, "index", columns=["space", "start", "end"])
    return table.astype({"space": "str", "start": "int64", "end": "int64"})


def _plain(serials: pd.Series) -> pd.Series:
    """Return serials without spelling and the names of programmes."""
    text = spelling.folded(serials).str.upper().map(spelling.lookalikes_read).astype("str")
    names = "|".join(map(re.escape, published.table("programmes").index))
    return text.str.replace(rf"(?<![A-Z])(?:{names})(?![A-Z])", "", regex=True)


def _opaque_range(text: str, quantity: int) -> tuple[str, int, int, bool]:
    for form, worded in ((_WORDED, True), (_HYPHENED, False)):
        if found := form.fullmatch(text):
            head, start, end = _words(found["head"]), int(found["start"]), int(found["end"])
            one_head = _words(found.groupdict().get("again") or "") in ("", head)
            off = abs(end - start + 1 - quantity)
            if one_head and start <= end and (worded or off <= 1):
                return head, start, end, worded or off > 0
    if found := _SINGLE.fullmatch(text):
        return _words(found["head"]), int(found["start"]), int(found["start"]), False
    return _words(text), 0, 0, False


def _words(text: str) -> str:
    """Return the words and numbers of a text, without what separates them and leading zeros."""
    parts = re.findall(r"[^\W\d_]+|\d+", text)
    return " ".join(part.lstrip("0") if part.isdecimal() else part for part in parts)


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
