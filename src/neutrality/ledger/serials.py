"""Serial numbers of carbon credits: the forms that are public, and their fields as columns."""

from __future__ import annotations

import re

import pandas as pd

from neutrality.case import alike
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
# offsets-db-data: quantity = end - start + 1 in each row. Older serials, in the Berkeley Voluntary
# Registry Offsets Database, have the project without GS: GS1-1-KH-1020-16-2012-325-1-22283.
_GOLD = re.compile(
    r"(?P<registry>GS\d+)-(?P<series>\d+)-(?P<country>[A-Z]{2})-(?P<project>(?:GS)?\d{1,18})"
    r"-(?P<type>\w+)-(?P<vintage>\d{4})-(?P<batch>\d+)-(?P<start>\d{1,18})-(?P<end>\d{1,18})"
)
# Of other programmes (CCER, ...) no public form was found: their serials are opaque.
FORMS = {"VCS": _VERRA, "GS": _GOLD}
_ACR_ENDING = r"(?P<vintage>\d{4})-(?P<batch>\d+)-(?P<start>\d{1,18}) to (?P<end>\d{1,18})"
# As seen in the registries' exports (sources in reference/programmes.csv). A CDM serial gives the
# first and the last unit of a block in full; its numbers are those of the host country. One of
# Cercarbono is that of many blocks, whose numbers its export has in columns of their own. One of
# Puro names the issuance by its UUID, in which each block counts from 1; one of BioCarbon the
# project, the monitoring period and the months of the vintage: BCR-..-2-2401-2409-0043804-0043903.
_UUID = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
OBSERVED = {
    "CDM": r"(?P<country>[A-Z]{2})-5-(?P<start>\d{1,18})-\d-\d-\d-?\s*(?P<project>\d{1,18})"
    r"\s+-\s+(?P=country)-5-(?P<end>\d{1,18})-\d-\d-\d-?\s*(?P=project)",
    "ACR": r"ACR-(?P<country>[A-Z]{2})-(?P<project>\d{1,18})-" + _ACR_ENDING,
    "CAR": r"CAR-(?:1|ROC)-(?P<country>[A-Z]{2})-(?P<project>\d{1,18})-\d+-\d+-\w*-" + _ACR_ENDING,
    "ART": r"(?:ART|FCPF|TREES)-(?P<country>[A-Z]{2})-(?P<project>\d{1,18})-" + _ACR_ENDING,
    "CERCARBONO": r"(?P<batch>CDC_(?P<project>\d{1,18})_\w+) (?P<start>\d{1,18})"
    r" to (?P<end>\d{1,18})",
    "PURO": r"PURO_PR_CORC[0-9_]*\+?_(?P<country>[A-Z]{2})_(?P<project>\d{1,18})"
    rf"_(?P<vintage>\d{{4}})_(?P<batch>{_UUID})_(?P<start>\d{{1,18}})-(?P<end>\d{{1,18}})",
    "BCR": r"(?P<batch>(?:BCR|PCR)-(?P<country>[A-Z]{2})-\w+-\d+-(?P<project>\d{1,18})-\d+"
    r"-(?P<from>\d\d(?:0[1-9]|1[0-2]))-(?P<until>\d\d(?:0[1-9]|1[0-2])))"
    r"-(?P<start>\d{7,18})-(?P<end>\d{7,18})",
}
# What a registry without serials calls a retirement: no range, an id.
IDS = {"ISOMETRIC": r"ret_[0-9A-Za-z]{10,}"}
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
    "CERCARBONO": "CDC_1_1_1_321_14_1_2009 4426 to 4971",
    "PURO": "PURO_PR_CORC100+_BO_432524_2024_00000000-0000-4000-8000-000000000000_1-12678",
    "BCR": "BCR-CO-259-14-002-2-2401-2409-0043804-0043903",
}
_PARTS = (
    *("start", "end", "country", "scope", "project", "vintage", "batch"),
    *("vintage_start", "vintage_end", "certified", "from", "until"),
)
YEAR_ONLY = ("GS", "ACR", "CAR", "ART", "PURO")  # their serials give the vintage as a year
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
    number = alike.of_each(parts["project"], lambda each: int(each.removeprefix("GS")), "int64")
    parts = parts.drop(columns="project").assign(project_id=number)
    parts = parts.astype({"start": "int64", "end": "int64"})
    for vintage in ("vintage_start", "vintage_end"):
        parts[vintage] = alike.of_different(parts[vintage], _days)
    parts["quantity"] = parts["end"] - parts["start"] + 1
    # A date that is not in the calendar is NaT and compares false.
    valid = (parts["quantity"] > 0) & (parts["vintage_start"] <= parts["vintage_end"])
    return parts[valid].sort_index()


def _days(written: pd.Series) -> pd.Series:
    """Return days written as 31122025, NaT where the calendar has no such day."""
    return pd.to_datetime(written, format="%d%m%Y", errors="coerce").astype("datetime64[s]")


def observed(serials: pd.Series) -> pd.DataFrame:
    """Return the same fields of the serials in one of the forms OBSERVED; those of the CDM and of
    Cercarbono have no vintage, those of Cercarbono no country.

    >>> observed(pd.Series(["ACR-US-102-2003-274-11 to 15"]))[["space", "quantity"]].values.tolist()
    [['ACR US 102 2003 274', 5]]
    """
    text = serials.astype("str").str.strip()
    parts = pd.concat(
        [
            _fields_of(text, re.compile(form)).assign(programme=programme)
            for programme, form in OBSERVED.items()
        ]
    ).reindex(columns=[*_COLUMNS, "project", "vintage", "batch", "from", "until"])
    parts = parts.astype({"start": "int64", "end": "int64"})
    issue = parts["project"] + " " + parts["vintage"] + " " + parts["batch"]
    series = (parts["country"] + " " + issue).mask(parts["programme"] == "CDM", parts["country"])
    series = series.mask(parts["programme"].isin(("CERCARBONO", "BCR")), parts["batch"])
    parts["space"] = (parts["programme"] + " " + series).str.upper()
    parts = parts.assign(scope="", certified="", project_id=parts["project"].astype("int64"))
    for name, day in (("vintage_start", "0101"), ("vintage_end", "3112")):
        parts[name] = _days(day + parts["vintage"])
    of_months = (pd.to_datetime(parts[each], format="%y%m") for each in ("from", "until"))
    for name, day, whole in zip(("vintage_start", "vintage_end"), of_months, (0, 1), strict=True):
        parts[name] = parts[name].fillna(day + pd.offsets.MonthEnd(whole) if whole else day)
    parts["quantity"] = parts["end"] - parts["start"] + 1
    valid = (parts["quantity"] > 0) & ~(parts["vintage_end"] < parts["vintage_start"])
    return parts.loc[valid, _COLUMNS].sort_index()


def fields(serials: pd.Series) -> pd.DataFrame:
    """Return the fields of the serials of a public form or one of those OBSERVED, as `parsed` does.

    >>> fields(pd.Series(["GS1-1-KH-1020-16-2012-325-1-9", "?"])).space.to_dict()
    {0: 'GS GS1020 2012 325'}
    """
    public = parsed(serials)
    rest = serials[~serials.index.isin(public.index)]
    return pd.concat([public, observed(rest)]).sort_index() if len(rest) else public


def project_codes(serials: pd.Series) -> pd.Series:
    """Return the project of each serial that names it by a code, "" of the others.

    >>> project_codes(pd.Series([EXAMPLES["BCR"], EXAMPLES["VCS"]])).tolist()
    ['BCR-CO-259-14-002', '']
    """
    form = r"^((?:BCR|PCR)-[A-Z]{2}-\w+-\d+-\d+)-\d+-\d{4}-\d{4}-\d{7}"
    text = serials.astype("str")
    coded = text[text.str.startswith(("BCR-", "PCR-"))]  # few of a long list
    return coded.str.extract(form)[0].reindex(text.index).fillna("")


def of_id(serials: pd.Series, other: str) -> pd.Series:
    """Return the programme that calls its retirements as these serials read, else `other`.

    >>> of_id(pd.Series(["ret_1KNSQMD6Z1S0TB50", "?"]), "VCS").tolist()
    ['ISOMETRIC', 'VCS']
    """
    text, found = serials.astype("str").str.strip(), pd.Series(other, serials.index)
    for programme, form in IDS.items():
        found = found.mask(text.str.fullmatch(form), programme)
    return found


def written(texts: pd.Series) -> pd.Series:
    """Return serials as a registry writes them, with hyphens for dashes, and no blanks but those
    around "to" and between the two ends of a CDM serial; ids as they are.

    >>> written(pd.Series(["acr-us-102-2003-274-1  TO 9", "?"]))[0]
    'ACR-US-102-2003-274-1 to 9'
    """
    odd = texts.str.contains("[^\x00-\x7f]|[a-z ]|^[^A-Z]*$")
    return texts.mask(odd, _rewritten(texts[odd]))


def _rewritten(texts: pd.Series) -> pd.Series:
    text = spelling.folded(texts).str.replace(r"\s+", " ", regex=True)
    ids = text.str.fullmatch("|".join((*IDS.values(), r"PURO_\S+")))
    plain = text.where(ids, text.str.upper())
    spaced = plain.str.contains(" ", regex=False) & ~ids
    worded = plain[spaced].str.replace(r"\s*-\s*", "-", regex=True)
    worded = worded.str.replace(r"\s+TO\s+", " to ", regex=True)
    worded = worded.str.replace(r"(?<=\d)-(?=[A-Z]{2}-5-)", " - ", regex=True)
    joined = worded.str.replace(" ", "", regex=False)
    ranged = worded.str.contains(" to | - ", regex=True)
    return plain.mask(spaced, worded.where(ranged, joined))


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
    found = _fields_of(text[text.str.contains("VCU", regex=False)], _VERRA)
    return found.assign(programme="VCS", space="VCS")  # one series of numbers for all batches


def _fields_of(text: pd.Series, form: re.Pattern) -> pd.DataFrame:
    """Return the named parts of the texts that are wholly of a form, a row each."""
    kept = [name for name in form.groupindex if name in _PARTS]
    places = [form.groupindex[name] for name in kept]
    found = list(map(form.fullmatch, text.tolist()))
    parts = [match.group(*places) for match in found if match]
    columns = dict(zip(kept, zip(*parts, strict=True), strict=True)) if parts else {}
    return pd.DataFrame(columns, text.index[list(map(bool, found))], kept, dtype="object")


def _gold_fields(text: pd.Series) -> pd.DataFrame:
    found = _fields_of(text[text.str.startswith("GS")], _GOLD)
    issue = " " + found["vintage"] + " " + found["batch"]
    return found.assign(
        programme="GS",
        space="GS GS" + found["project"].str.removeprefix("GS") + issue,
        scope="",
        certified="",
        vintage_start="0101" + found["vintage"],
        vintage_end="3112" + found["vintage"],
    )
