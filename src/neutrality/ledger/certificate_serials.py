"""Serial ranges of green electricity certificates: read, compared within a series, refused where
a spreadsheet or separators broke them.
"""

from __future__ import annotations

import pandas as pd

from neutrality.reference import published
from neutrality.texts.findings import Finding, in_rows

# GEC-000123 -> "GEC-", 123; 18 digits fit 64 bits
_SERIAL = r"^(?P<prefix>.*?)0*(?P<lead>[0-9]*?)(?P<number>[0-9]{1,18})$"
# 9.00E+08, 900000001.0
_CONVERTED = r"[0-9]+(?:\.[0-9]*)?[eE]\+[0-9]+|[0-9]+\.[0-9]+(?:[eE]\+?[0-9]+)?"
# 900,000,001; 900-000-001; GEC 900 000 001
_SEPARATED = r"[\d\W_]*\d[\W_]+\d+|.*(?<!\d)\d{1,3}(?:[\s,_'’]\d{3})+"
_ENDS, _AMBIGUOUS = ("serial_from", "serial_to"), "?"


def _serial_ranges(certificates: pd.DataFrame) -> pd.DataFrame:
    """Return space, start, end of the readable serial ranges, a row each under its own index.

    Only numbers of one space can overlap. A space is the instrument's series and the prefix before
    the trailing number, whatever its case and punctuation; a GEC shares its space with the GEC of a
    green-power trade. Bare numbers take the prefix of their series where it has only one; if
    several prefixes occur, a bare number is ambiguous. Digits before the last 18 are part of the
    space.

    >>> ends = {"serial_from": ["a 001", "200"], "serial_to": ["A-187", "210"]}
    >>> rows = pd.DataFrame(ends | {"instrument": ["GEC", "green_power_trade"]})
    >>> _serial_ranges(rows).values.tolist()
    [['GEC A', 1, 187], ['GEC A', 200, 210]]
    """
    first, last = (_parts(certificates[name]) for name in _ENDS)
    readable = (
        first["number"].notna()
        & (first["prefix"] == last["prefix"])
        & (first["lead"] == last["lead"])
    )
    first, last = first[readable], last[readable]
    series = certificates["instrument"][readable].map(published.table("instruments")["space"])
    space = series + " " + _full_prefix(first["prefix"], series)
    lead = first["lead"]
    space = space.where(lead == "", space + " " + lead + "…").astype("category")
    start, end = first["number"].astype("int64"), last["number"].astype("int64")
    found = pd.DataFrame({"space": space, "start": start, "end": end})
    return found[found["start"] <= found["end"]]


def _parts(written: pd.Series) -> pd.DataFrame:
    """Return prefix, lead and number of serials; blank where a spreadsheet or separators broke the
    number.
    """
    text = written.astype("str").str.strip()
    other = text[~text.str.isalnum()]
    broken = other.index[other.str.fullmatch(f"{_CONVERTED}|{_SEPARATED}")]
    parts = text.mask(text.index.isin(broken), "").str.extract(_SERIAL)
    return parts.assign(prefix=parts["prefix"].str.replace(r"[\W_]+", "", regex=True).str.upper())


def _full_prefix(prefix: pd.Series, series: pd.Series) -> pd.Series:
    """Return the prefixes, with that of the series where a number is bare; "?" where the series
    has several.
    """
    known = prefix[prefix != ""].groupby(series)
    only = known.agg(lambda each: each.iloc[0] if each.nunique() == 1 else _AMBIGUOUS)
    return prefix.where(prefix != "", [only.get(name, "") for name in series])


def malformed(unreadable: pd.DataFrame) -> list[Finding]:
    """Return why the serials of each block cannot be read: converted to a number by a spreadsheet,
    separated, or no range.
    """
    texts = [unreadable[name].astype("str").str.strip() for name in _ENDS]
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
    """Return the rows whose serials can be read, with space, serial_start and serial_end."""
    return certificates.join(
        _serial_ranges(certificates).rename(columns={"start": "serial_start", "end": "serial_end"}),
        how="inner",
    )
