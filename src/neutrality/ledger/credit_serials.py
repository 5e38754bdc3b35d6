"""The serials of a ledger of credits: compared with one another however they are written, and with
the cells of their own row.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from neutrality.ledger import ranges, serials
from neutrality.reference import published
from neutrality.texts import hints
from neutrality.texts.findings import Finding, in_rows

_in_rows = partial(in_rows, "credits")


def compared(every: pd.DataFrame) -> pd.DataFrame:
    """Return all rows of `blocks` with space, serial_start and serial_end for comparison, and kind:
    known, misspelt (a known form in another spelling) or opaque, with worded for the latter.

    Misspelt rows have the programme of their serial as serial_programme.
    """
    known = every["serial_start"].notna()
    rest = every[~known]
    misspelt = serials.misspelt(rest["serial"])
    rest = rest[~rest.index.isin(misspelt.index)]
    opaque = serials.opaque_ranges(rest["serial"], rest["quantity"])
    opaque["space"] = "opaque " + opaque["space"]
    numbers = pd.concat([misspelt.assign(kind="misspelt"), opaque.assign(kind="opaque")])
    rows = every.assign(kind="known", worded=False)
    for name, found in (
        ("space", "space"),
        ("serial_start", "start"),
        ("serial_end", "end"),
        ("kind", "kind"),
        ("serial_programme", "programme"),
        ("worded", "worded"),
    ):
        rows[name] = rows[name].astype("object").where(known, numbers[found].reindex(rows.index))
    return rows.astype({"serial_start": "int64", "serial_end": "int64", "space": "str"})


def serial_findings(every: pd.DataFrame) -> list[Finding]:
    """Return serials that are malformed, repeated or opaque, and blocks that overlap."""
    rows, forms = compared(every), [*serials.FORMS]
    known, misspelt = rows["kind"] == "known", rows["kind"] == "misspelt"
    named = rows["serial_programme"].fillna("")
    misnamed = rows[(named != "") & (rows["programme"] != named)]
    malformed = rows[(rows["kind"] == "opaque") & rows["programme"].isin(forms)]
    malformed = pd.concat([malformed, rows[misspelt & (rows["programme"] == named)]])
    malformed = malformed.assign(example=malformed["programme"].map(serials.EXAMPLES))
    readable = rows[known | misspelt]
    return (
        _in_rows("serial", "serial_malformed", malformed)
        + _in_rows("programme", "programme_contradicts", misnamed)
        + ranges.range_findings("credits", "serial", readable, ranges.overlapping(readable))
        + _elsewhere(rows[rows["kind"] == "opaque"], readable)
        + _opaque(rows[(rows["kind"] == "opaque") & ~rows["programme"].isin(forms)])
    )


def _elsewhere(opaque: pd.DataFrame, readable: pd.DataFrame) -> list[Finding]:
    """Return opaque ranges whose first and last number are those of a readable serial: one block in
    two registries.
    """
    ends = ["serial_start", "serial_end"]
    ranged = opaque[opaque["serial_end"] > opaque["serial_start"]]
    first = readable.reset_index(names="other").drop_duplicates(ends)[[*ends, "other"]]
    both = ranged.reset_index(names="row").merge(first, on=ends).set_index("row")
    return _in_rows("serial", "serial_twice", both)


def _opaque(rows: pd.DataFrame) -> list[Finding]:
    """Return programmes that are not known, and what can be compared of serials whose form is not
    public: numbers that stand twice, and worded ranges that differ from their quantity.
    """
    programmes = published.table("programmes").index
    unknown = rows[~rows["programme"].isin(programmes)]
    near = unknown["programme"].map(lambda name: hints.did_you_mean(name, programmes))
    unknown = unknown.assign(near=near, known=", ".join(programmes))
    twice = ranges.overlapping(rows)
    same = (twice["serial_start"] == twice["other_start"]) & (
        twice["serial_end"] == twice["other_end"]
    )
    worded = rows.assign(ranged=rows["serial_end"] - rows["serial_start"] + 1)
    worded = worded[worded["worded"].astype(bool) & (worded["ranged"] != worded["quantity"])]
    return (
        _in_rows("programme", "programme_unknown", unknown)
        + _in_rows("serial", "serial_opaque", rows[rows["programme"].isin(programmes)])
        + _in_rows("serial", "serial_twice", twice[same])
        + ranges.twice_findings("credits", "serial", twice[~same])
        + _in_rows("quantity", "range_not_quantity", worded)
        + _perhaps_overlapping(rows, twice)
    )


def _perhaps_overlapping(rows: pd.DataFrame, twice: pd.DataFrame) -> list[Finding]:
    """Return one finding about opaque serials that share numbers if the hyphen between their last
    two numbers makes a range, although that range does not hold their quantity.

    A first number that is the year of the vintage is taken for the year.
    """
    perhaps = serials.possible_ranges(rows["serial"])
    of_year = rows["vintage_start"].dt.year.reindex(perhaps.index)
    perhaps = perhaps[perhaps["start"] != of_year]
    read = rows.loc[perhaps.index].assign(
        space="opaque " + perhaps["space"],
        serial_start=perhaps["start"],
        serial_end=perhaps["end"],
    )
    shared = ranges.overlapping(pd.concat([rows, read]))
    shared = shared[~shared.index.isin(twice.index) & (shared.index != shared["other"])]
    shared = shared[~shared.index.duplicated()].sort_index()
    quoted = {"rows_alike": len(shared), "credits": shared["quantity"].sum()}
    return _in_rows("serial", "serial_perhaps_twice", shared[:1], **quoted)


def contradictions(read: pd.DataFrame) -> list[Finding]:
    """Return project, country and vintage cells that differ from the serial of their row."""
    # "VCS3005", "GS3005", "3005" and "03005" are one project.
    project = pd.to_numeric(read["project_id"].astype("str").str.extract(r"(\d{1,18})$")[0])
    wrong = read[project != read["serial_project_id"]].astype({"serial_project_id": "int64"})
    country = read["country"].astype("str").str.strip().str.upper()
    elsewhere = read[read["serial_country"].notna() & (country != read["serial_country"])]
    return (
        _in_rows("project_id", "project_contradicts", wrong)
        + _in_rows("country", "country_contradicts", elsewhere)
        + _in_rows("vintage_start", "vintage_contradicts", read[_other_vintage(read)])
    )


def _other_vintage(read: pd.DataFrame) -> pd.Series:
    """Return which rows have another vintage than their serial.

    Some serials hold the year alone, and the export gives days inside it or none; those of the CDM
    and of Cercarbono hold no vintage.
    """
    starts, ends = read["serial_vintage_start"], read["serial_vintage_end"]
    differs = (read["vintage_start"] != starts) | (read["vintage_end"] != ends)
    inside = (read["vintage_start"] >= starts) & (read["vintage_end"] <= ends)
    year_only = read["serial_programme"].isin(serials.YEAR_ONLY)
    return differs & starts.notna() & ~(year_only & inside)
