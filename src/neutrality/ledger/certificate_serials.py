"""Serial ranges of green electricity certificates: read, compared within a series, refused where
a spreadsheet or separators broke them.
"""

from __future__ import annotations

import re

import pandas as pd

from neutrality.case import alike
from neutrality.ledger import certificate_forms, ranges, spelling
from neutrality.reference import published
from neutrality.texts.findings import Finding, in_rows

# GEC-000123 -> "GEC-", 123; 18 digits fit 64 bits
_DIGITS = 18
_NUMBER = rf"0*(?P<lead>[0-9]*?)(?P<number>[0-9]{{1,{_DIGITS}}})"
_SERIAL = rf"(?P<head>.*?)(?P<digits>{_NUMBER})"
# A number of 32 digits of which a spreadsheet kept 15 to 17
_ROUNDED = r"[0-9]{15,17}0{15,}"
# 9.00E+08, 900000001.0
_CONVERTED = r"[0-9]+(?:\.[0-9]*)?[eE]\+[0-9]+|[0-9]+\.[0-9]+(?:[eE]\+?[0-9]+)?|" + _ROUNDED
# 900,000,001; 900-000-001; GEC 900 000 001. 1234567-1 is none: no group has so many digits
_SEPARATED = r"(?!\d{5,}-\d{1,5}$)[\d\W_]*\d[\W_]+\d+|.*(?<!\d)\d{1,3}(?:[\s,_'’]\d{3})+"
# What a certificate is called before its number: none of it tells one number from another.
_CERTIFICATE = re.compile(r"(?i)(?<![A-Z])(?:no|nr|sn)?GECO?|绿证|绿色电力证书")
_CALLED_NUMBER = re.compile(r"(?i)(?<![A-Z])(?:no|nr|sn|n)(?![A-Z])|证书|编号|序列|号")
_ENDS, _AMBIGUOUS = ("serial_from", "serial_to"), "?"


def _serial_ranges(certificates: pd.DataFrame) -> pd.DataFrame:
    """Return space, start, end of the readable serial ranges, a row each under its own index, and
    run_space, run_start, run_end: the same with the digits of the prefix joined to the number;
    form, number_begins and number_ends of numbers whose running number does not stand last.

    Only numbers of one space can overlap. A space is the instrument's series and the prefix before
    the trailing number, whatever its spelling (see `spelling`), its punctuation, and whether it
    says No., GEC or 绿证; a GEC shares its space with the GEC of a green-power trade. Bare numbers
    take the prefix of their series where it has only one; if several prefixes occur, a bare number
    is ambiguous. Digits before the last 18 are part of the space.

    >>> ends = {"serial_from": ["a 001", "200"], "serial_to": ["A-187", "210"]}
    >>> rows = pd.DataFrame(ends | {"instrument": ["GEC", "green_power_trade"]})
    >>> _serial_ranges(rows)[["space", "start", "end"]].values.tolist()
    [['GEC A', 1, 187], ['GEC A', 200, 210]]
    >>> rows["serial_from"], rows["serial_to"] = ["GEC-25-01", "2502"], ["GEC-25-03", "2502"]
    >>> _serial_ranges(rows)[["run_space", "run_start", "run_end"]].values.tolist()
    [['GEC GEC', 2501, 2503], ['GEC GEC', 2502, 2502]]
    """
    ends = certificate_forms.ends(certificates)
    series = certificates["instrument"].map(published.table("instruments")["space"])
    formed = _formed(certificates, ends, series)
    ends, series = ends.drop(index=formed.index), series.drop(index=formed.index)
    first, last = (_parts(ends[name]) for name in _ENDS)
    readable = (
        first["digits"].notna()
        & (first["prefix"] == last["prefix"])
        & (first["lead"] == last["lead"])
    )
    first, last, series = first[readable], last[readable], series[readable]
    found = _ranged(series, first["prefix"], first, last)
    runs = _run_ranges(series, first, last) if first["run"].ne("").any() else found
    found = found.join(runs.add_prefix("run_"))
    found = found.assign(form="", number_begins=pd.NaT, number_ends=pd.NaT)
    both = pd.concat([found, formed]).sort_index() if len(formed) else found
    return both[both["start"] <= both["end"]]


def _formed(certificates: pd.DataFrame, ends: pd.DataFrame, series: pd.Series) -> pd.DataFrame:
    """Return the same of the rows whose numbers are of a form of `certificate_forms`."""
    quantity = certificates.get("quantity", 0)
    found = certificate_forms.ranges(ends.assign(quantity=quantity), series)
    own = {f"run_{name}": found[name] for name in ("space", "start", "end")}
    days = {f"number_{name}": found[name] for name in ("begins", "ends")}
    return found.assign(**own, **days).drop(columns=["wide", "begins", "ends"])


def _ranged(
    series: pd.Series, prefix: pd.Series, first: pd.DataFrame, last: pd.DataFrame
) -> pd.DataFrame:
    """Return space, start, end of ranges from the parts of their first and last numbers."""
    space = series + " " + _full_prefix(prefix, series)
    lead = first["lead"]
    space = space.where(lead == "", space + " " + lead + "…").astype("category")
    start, end = (part["number"].astype("int64[pyarrow]").astype("int64") for part in (first, last))
    return pd.DataFrame({"space": space, "start": start, "end": end})


def _run_ranges(series: pd.Series, first: pd.DataFrame, last: pd.DataFrame) -> pd.DataFrame:
    """Return space, start, end with the digits of the prefix joined to the number: in GEC-2025-001
    and GEC2025001 the same. Numbers behind one prefix are padded to one length.
    """
    longest = pd.concat([first["digits"].str.len(), last["digits"].str.len()], axis=1).max(axis=1)
    length = longest.groupby(first["prefix"]).transform("max")
    joined = []
    for part in (first, last):
        padding = (length - part["digits"].str.len()).map(lambda missing: "0" * int(missing))
        whole = (part["run"] + padding + part["digits"]).where(part["run"] != "", part["digits"])
        joined.append(alike.extracted(whole, _NUMBER))
    return _ranged(series, first["letters"], *joined)


def _parts(written: pd.Series) -> pd.DataFrame:
    """Return letters, run, prefix (both), digits, lead and number of serials; blank where a
    spreadsheet or separators broke the number.
    """
    text = _plain(written)
    other = text[~text.str.isalnum()]
    broken = other.index[other.str.fullmatch(f"{_CONVERTED}|{_SEPARATED}")]
    zeros = text[text.str.endswith("0" * 15)]
    broken = broken.union(zeros.index[zeros.str.fullmatch(_ROUNDED)])
    parts = alike.extracted(text.mask(text.index.isin(broken), ""), _SERIAL)
    for at, name in enumerate(("letters", "run")):
        parts[name] = alike.of_each(parts["head"].fillna(""), lambda head, at=at: _head(head)[at])
    parts["prefix"] = parts["letters"] + parts["run"]
    return parts


def _plain(written: pd.Series) -> pd.Series:
    """Return the texts for comparison: plain characters, digits for letters that look like them."""
    text = spelling.folded(written)
    near = text.str.contains(r"\d[OoIl|]|[OoIl|]\d", regex=True)
    text = text.mask(near, text[near].map(spelling.lookalikes_read))
    return certificate_forms.ungrouped(text)


def _head(head: str) -> tuple[str, str]:
    """Return letters and last digits of what stands before a number, without punctuation and what
    a certificate is called; "GEC" where nothing else is left.

    >>> _head("No.GEC-2025/"), _head("绿证"), _head("No. W-")
    (('GEC', '2025'), ('GEC', ''), ('W', ''))
    """
    named = _CERTIFICATE.search(head)
    other = _CALLED_NUMBER.sub(" ", _CERTIFICATE.sub(" ", head))
    other = spelling.lookalikes_read(other + "0")[:-1]
    joined = re.sub(r"[\W_]+", "", other).upper()
    letters = joined.rstrip("0123456789")
    return letters or ("GEC" if named else ""), joined[len(letters) :]


def _full_prefix(prefix: pd.Series, series: pd.Series) -> pd.Series:
    """Return the prefixes, with that of the series where a number is bare; "?" where the series
    has several.
    """
    known = prefix[prefix != ""].groupby(series)
    only = known.agg(lambda each: each.iloc[0] if each.nunique() == 1 else _AMBIGUOUS)
    return prefix.where(prefix != "", alike.of_each(series, lambda name: only.get(name, "")))


def malformed(unreadable: pd.DataFrame) -> list[Finding]:
    """Return why the serials of each block cannot be read: converted to a number by a spreadsheet,
    separated, or no range.
    """
    ends = certificate_forms.ends(unreadable)
    texts = [_plain(ends[name]) for name in _ENDS]
    converted, separated = (
        texts[0].str.fullmatch(form) | texts[1].str.fullmatch(form)
        for form in (_CONVERTED, _SEPARATED)
    )
    kinds = {
        "serial_mangled": converted,
        "serial_separated": separated & ~converted,
        "certificate_serial_malformed": ~converted & ~separated,
    }
    return [
        finding
        for rule, rows in kinds.items()
        for finding in in_rows("certificates", "serial_from", rule, unreadable[rows])
    ]


def without_prefix(readable: pd.DataFrame) -> pd.DataFrame:
    """Return the blocks of bare numbers whose series has several prefixes: theirs is ambiguous."""
    return readable[readable["space"].astype("str").str.contains(f" {_AMBIGUOUS}", regex=False)]


def blocks(certificates: pd.DataFrame) -> pd.DataFrame:
    """Return the rows whose serials can be read, with space, serial_start and serial_end, the same
    with the digits of the prefix joined to the number (run_space, run_start and run_end), and form,
    number_begins, number_ends: which of `certificate_forms`, and the period that the number gives.
    """
    return certificates.join(
        _serial_ranges(certificates).rename(columns={"start": "serial_start", "end": "serial_end"}),
        how="inner",
    )


def overlapping(readable: pd.DataFrame) -> pd.DataFrame:
    """Return the blocks that share a number with another in either reading of their prefix, as
    `ranges.overlapping` does.
    """
    found = ranges.overlapping(readable)
    if readable["run_start"].equals(readable["serial_start"]):
        return found
    joined = ranges.overlapping(_with_run(readable, readable["run_space"]))
    return pd.concat([found, joined[~joined.index.isin(found.index)]]).sort_index()


def lookalikes(readable: pd.DataFrame) -> pd.DataFrame:
    """Return the blocks that share a number with another of the same instrument whose prefix has
    other letters: two series of numbers, or one certificate under two names.
    """
    readable = readable[readable["form"] == ""]
    series = readable["instrument"].map(published.table("instruments")["space"])
    far = readable["run_space"].astype("str").str.extract(r"( \d+…)$")[0].fillna("")
    found = ranges.overlapping(_with_run(readable, series + far))
    return found[~found.index.isin(overlapping(readable).index)]


def other_classes(readable: pd.DataFrame) -> pd.DataFrame:
    """Return the blocks of 32-digit codes that share project, date and running number with another,
    but not the classes behind them: two certificates, or one under two codes.
    """
    codes = readable[readable["form"] == certificate_forms.GEC]
    project = codes["space"].astype("str").str.replace(r"\+.*$", "", regex=True)
    found = ranges.overlapping(codes.assign(space=project))
    return found[~found.index.isin(ranges.overlapping(codes).index)]


def _with_run(readable: pd.DataFrame, space: pd.Series) -> pd.DataFrame:
    ends = {"serial_start": readable["run_start"], "serial_end": readable["run_end"]}
    return readable.assign(space=space, **ends)


def deceptive(certificates: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in whose serials letters look like digits or like Latin letters."""
    texts = [
        certificates[name].astype("str").str.replace("至|到", "", regex=True) for name in _ENDS
    ]
    ends = [spelling.deceptive(text) for text in texts]
    return certificates[ends[0] | ends[1]]
