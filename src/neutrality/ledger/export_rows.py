"""The rows of a registry's export judged by their structured columns: which can be rows of the
ledger, and why the others cannot.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import pandas as pd

from neutrality.ledger import serials
from neutrality.ledger.export_columns import Export
from neutrality.ledger.retirement_text import CANCELLED_STATUS, name_key

_EMPTY = {"", "-", "nan", "nat", "null", "none", "n/a", "na"}
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−－", "-"))
# 28,571 or 28 571 or 28571.0
_COUNT = re.compile(r"(\d{1,3}(?:[.,\s'’]\d{3})+|\d+)(?:[.,]0{1,2})?")
_WEEKDAY = re.compile(
    r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[.,]?\s+", re.IGNORECASE
)
_CLOCK = re.compile(r"[T\s]+\d{1,2}:\d\d.*$")
_DATE_FORMS = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d %b %Y", "%d-%b-%Y", "%b-%d-%Y", "%d %B %Y"),
    *("%b %d %Y", "%B %d %Y", "%Y年%m月%d日", "%d-%b-%y"),
)
_DAY_FIRST, _MONTH_FIRST = ("%d/%m/%Y", "%d/%m/%y"), ("%m/%d/%Y", "%m/%d/%y")
# day and month may change places
_AMBIGUOUS_DATE = re.compile(
    r"(?!(\d\d?)[/.-]0?\1[/.-])(?:0?[1-9]|1[0-2])[/.-](?:0?[1-9]|1[0-2])[/.-]\d{2}"
)
_MONTHS = 12
# a column Status may be about the project: "Registered"
_CREDIT_STATUS = "retire|cancel|activ|issue|transfer|hold|注销|取消"
_DATES, _VINTAGES = ("retired_on", "vintage_start", "vintage_end"), ("vintage_start", "vintage_end")
_FROM_REGISTRY = "correct it from the registry"


class Judged(NamedTuple):
    """The rows of an export, sorted by whether the ledger can take them."""

    valid: pd.DataFrame  # columns of the ledger, space, serial_start, serial_end, by row
    left: pd.DataFrame  # row, kind, why of the others
    remarks: list[str]  # how the export as a whole was read


class _Reading(NamedTuple):
    """The cells of an export and what was read from them, row by row."""

    cells: pd.DataFrame
    fields: pd.DataFrame  # of the serial, blank where its form is not known
    days: dict[str, pd.Series]
    quantity: pd.Series


_Fault = tuple[str, pd.Series, str]  # column, which rows have it, the sentence about them


def judged(export: Export, beneficiary: str) -> Judged:
    """Return the rows that the ledger can take, the others with the reason, and remarks.

    With a beneficiary only rows retired for it are valid. Reasons quote file column, value and
    remedy. What the free text of a retirement mentions keeps no row out.
    """
    cells = export.cells
    status = cells["status"]
    cells = cells.assign(
        serial=cells["serial"].str.translate(_DASHES).str.replace(" ", "").str.upper(),
        status=status.where(status.str.contains(_CREDIT_STATUS, case=False), ""),
    )
    fields = serials.parsed(cells["serial"]).reindex(cells.index)
    day_first = _day_first(cells, fields)
    days = {name: _dates(cells[name], day_first is not False) for name in _DATES}
    reading = _Reading(cells, fields, days, cells["quantity"].map(_count))
    left = _left(reading, export.headings, beneficiary)
    good = ~cells.index.isin(left["row"])
    remarks = _order_remark(cells[good]) if day_first is None else []
    return Judged(_valid(reading, good), left, remarks)


def _left(reading: _Reading, headings: dict[str, str], beneficiary: str) -> pd.DataFrame:
    """Return row, kind, why of the rows with a fault; of several faults of a row the first."""
    index = reading.cells.index
    why, kind = pd.Series("", index), pd.Series("", index)
    quoted = _quoted(reading).to_dict("index")
    faults = [
        *(_serial_faults(reading) + _retirement_faults(reading)),
        *(_quantity_faults(reading) + _project_faults(reading)),
        *_beneficiary_faults(reading, beneficiary),
    ]
    for number, (column, wrong, sentence) in enumerate(faults):
        hit = wrong.fillna(True).astype(bool) & why.eq("")
        place = f"column {headings[column] or column}"
        why[hit] = [f"{place}: {sentence.format(**quoted[row])}" for row in index[hit]]
        kind[hit] = f"{number:02}"
    lost = why.ne("")
    found = pd.DataFrame({"row": index[lost], "kind": kind[lost], "why": why[lost]})
    return found.reset_index(drop=True)


def _quoted(reading: _Reading) -> pd.DataFrame:
    """Return what the sentences quote: the cells, and the fields of the serial."""
    fields = reading.fields
    numbers = fields.assign(ranged=fields["end"] - fields["start"] + 1)
    numbers = numbers[["start", "end", "ranged", "project_id"]].astype("Int64")
    days = {f"serial_{name}": fields[name].dt.date for name in _VINTAGES}
    return reading.cells.assign(**days, **numbers.rename(columns={"project_id": "project"}))


def _serial_faults(reading: _Reading) -> list[_Fault]:
    cells = reading.cells
    return [
        ("serial", cells["serial"].eq(""), "is empty: a total or a remark; nothing to take"),
        (
            "serial",
            cells["swallowed"].ne(""),
            "the row holds a second serial after a line break; the text that begins "
            "'{swallowed}' was not closed: close that quote in the export",
        ),
        (
            "serial",
            cells["beyond"].ne(""),
            "the row has more cells than the heading: {beyond}; "
            "put text that holds a separator in quotes",
        ),
        (
            "serial",
            reading.fields["start"].isna(),
            "found '{serial}', no Verra or Gold Standard serial; copy it from the registry, "
            "or enter the row by hand with its programme",
        ),
    ]


def _retirement_faults(reading: _Reading) -> list[_Fault]:
    cells = reading.cells
    return [
        (
            "retired_on",
            cells["retired_on"].str.casefold().isin(_EMPTY),
            "is empty: not retired, so it supports no claim; retire it first",
        ),
        (
            "retired_on",
            reading.days["retired_on"].isna(),
            "found '{retired_on}', no date; write it as 2026-01-14",
        ),
        (
            "status",
            cells["status"].str.contains(CANCELLED_STATUS, case=False),
            "found '{status}': cancelled, not retired; a claim needs retired credits",
        ),
    ]


def _quantity_faults(reading: _Reading) -> list[_Fault]:
    ranged = reading.fields["end"] - reading.fields["start"] + 1
    return [
        (
            "quantity",
            reading.quantity.isna(),
            "found '{quantity}', no whole number of credits; " + _FROM_REGISTRY,
        ),
        (
            "quantity",
            reading.quantity.ne(ranged),
            "found '{quantity}', but {start} to {end} holds {ranged}; "
            "correct the one that differs from the registry",
        ),
    ]


def _project_faults(reading: _Reading) -> list[_Fault]:
    """Return faults of project and vintage; a Gold Standard serial holds the year alone."""
    cells, fields = reading.cells, reading.fields
    project = pd.to_numeric(cells["project_id"].str.extract(r"(\d{1,18})(?:\.0)?$")[0])
    vintages = [
        (
            name,
            cells[name].ne("") & fields["programme"].ne("GS") & reading.days[name].ne(fields[name]),
            f"found '{{{name}}}', the serial has {{serial_{name}}}; {_FROM_REGISTRY}",
        )
        for name in _VINTAGES
    ]
    other = project.notna() & project.ne(fields["project_id"])
    sentence = "found '{project_id}', the serial has {project}; " + _FROM_REGISTRY
    return [("project_id", other, sentence), *vintages]


def _beneficiary_faults(reading: _Reading, beneficiary: str) -> list[_Fault]:
    reporter = name_key(beneficiary)
    if not reporter:
        return []
    own = reading.cells["beneficiary"].map(name_key).str.contains(reporter, regex=False)
    quoted = beneficiary.replace("{", "{{").replace("}", "}}")
    sentence = f"found '{{beneficiary}}', not {quoted}; "
    return [("beneficiary", ~own, sentence + "take it only if the registry names the reporter")]


def _valid(reading: _Reading, good: pd.Series) -> pd.DataFrame:
    """Return the good rows under the ledger's columns, with space, serial_start, serial_end."""
    cells, fields = reading.cells[good], reading.fields[good]
    days = {name: each[good] for name, each in reading.days.items()}
    vintage = {}
    for name in _VINTAGES:
        inside = days[name].between(fields["vintage_start"], fields["vintage_end"])
        vintage[name] = days[name].where(inside, fields[name]).dt.date
    rows = cells.assign(
        quantity=reading.quantity[good].astype("int64"),
        country=fields["country"],
        programme=fields["programme"],
        retired_on=days["retired_on"].dt.date,
        project_id=fields["project_id"].astype("int64"),
        serial_start=fields["start"],
        serial_end=fields["end"],
        space=fields["space"],
        **vintage,
    )
    named, substitute = rows["project_name"], rows["programme"] + rows["project_id"].astype("str")
    return rows.assign(project_name=named.where(named != "", substitute))


def _count(text: str) -> float:
    """Return a number of credits as registries write it, NaN where it is none.

    >>> _count("1,454,054"), _count("425.0"), _count("28 571"), _count("1.5")
    (1454054.0, 425.0, 28571.0, nan)
    """
    found = _COUNT.fullmatch(text)
    return float(re.sub(r"\D", "", found[1])) if found else float("nan")


def _dates(texts: pd.Series, day_first: bool) -> pd.Series:
    """Return the days that texts give, NaT where they give none; 03/02/2026 in the order of the
    whole export.

    >>> _dates(pd.Series(["Tue, 3 Feb 2026", "03/02/2026"]), day_first=True).dt.month.tolist()
    [2, 2]
    """
    text = (
        texts.str.replace(_WEEKDAY, "", regex=True)
        .str.replace(_CLOCK, "", regex=True)
        .str.replace(",", "")
        .str.strip()
    )
    text = text.str.replace(r"^(\d{1,2})[.-](\d{1,2})[.-](\d{2,4})$", r"\1/\2/\3", regex=True)
    found = pd.Series(pd.NaT, texts.index, dtype="datetime64[s]")
    for form in (*_DATE_FORMS, *(_DAY_FIRST if day_first else _MONTH_FIRST)):
        unread = found.isna() & text.ne("")
        if unread.any():
            found[unread] = pd.to_datetime(text[unread], format=form, errors="coerce")
    return found


def _day_first(cells: pd.DataFrame, fields: pd.DataFrame) -> bool | None:
    """Return whether the export writes the day first, None where nothing shows it.

    Its vintages show it, whose days the serials give; else a day above 12 does.
    """
    votes = sum(_vintage_votes(cells[name], fields[name]) for name in _VINTAGES)
    if not votes:
        first, second = _day_and_month(cells["retired_on"])
        votes = (first > _MONTHS).sum() - (second > _MONTHS).sum()
    return bool(votes > 0) if votes else None


def _vintage_votes(written: pd.Series, vintage: pd.Series) -> int:
    """Return how many vintages are written with the day first, less those with the month first."""
    first, second = _day_and_month(written)
    day, month = vintage.dt.day, vintage.dt.month
    day = day.where(day != month)
    day_first = (first == day) & (second == month)
    return day_first.sum() - ((second == day) & (first == month)).sum()


def _day_and_month(written: pd.Series) -> tuple[pd.Series, pd.Series]:
    parts = written.str.extract(r"^(\d{1,2})[/.-](\d{1,2})[/.-]\d{2}").apply(pd.to_numeric)
    return parts[0], parts[1]


def _order_remark(cells: pd.DataFrame) -> list[str]:
    """Return, where days of retirement can be read in two ways, which one was taken."""
    days = cells["retired_on"]
    ambiguous = days[days.map(lambda text: bool(_AMBIGUOUS_DATE.match(text)))]
    if ambiguous.empty:
        return []
    return [
        f"dates such as '{ambiguous.iloc[0]}' (row {ambiguous.index[0]}) were read with the day "
        "first: nothing in the export shows the order; compare one with the registry"
    ]
