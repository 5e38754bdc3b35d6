"""The rows of a registry's export judged by their structured columns: which can be rows of the
ledger, and why the others cannot.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import pandas as pd

from neutrality.case.alike import of_each
from neutrality.ledger import export_values, reporters, retirement_text, serials
from neutrality.ledger.export_files import Export
from neutrality.ledger.reporters import Reporter, name_key
from neutrality.ledger.retirement_text import CANCELLED_IS_RETIRED, CANCELLED_STATUS
from neutrality.reference import published

# a column Status may be about the project: "Registered"
_CREDIT_STATUS = re.compile(
    "retir|cancel|annul|activ|issue|transfer|hold|pend|withdr|revers|buffer|void|reserv|expir"
    "|frozen"
    "|注销|取消|冻结|作废|失效|撤销|缓冲|锁定|划转|转让",
    re.IGNORECASE,
)
_RETIRED = ("", "retired", "已注销")
_DATES, _VINTAGES = ("retired_on", "vintage_start", "vintage_end"), ("vintage_start", "vintage_end")
_OTHER_PROJECT = ("CDM",)  # whose serials give the project of the CDM, and not of the registry
_FROM_REGISTRY = "correct it from the registry"
_SUPPORTED = ", ".join([*serials.FORMS, *serials.OBSERVED, *serials.IDS])
# The account's holder is the beneficiary only where it did not retire for somebody else.
_FOR_OTHERS = "third party|on behalf|代表"


class Judged(NamedTuple):
    """The rows of an export, sorted by whether the ledger can take them."""

    valid: pd.DataFrame  # columns of the ledger, space, serial_start, serial_end, by row
    left: pd.DataFrame  # row, kind, why of the others
    remarks: list[str]  # how the export as a whole was read


class _Reading(NamedTuple):
    """The cells of an export and what was read from them, row by row."""

    cells: pd.DataFrame
    fields: pd.DataFrame  # of the serial, blank where it is an id, or its form is not known
    days: dict[str, pd.Series]
    quantity: pd.Series
    by_id: pd.Series  # whether the registry has no serials, but ids of retirements
    printed: (
        pd.Series
    )  # whether the form of the serial is not public, but its range holds the count
    day_first: bool | None  # the order of its dates, None where nothing shows it


_Fault = tuple[str, pd.Series, str]  # column, which rows have it, the sentence about them


def judged(export: Export, who: Reporter, year: int = 0) -> Judged:
    """Return the rows that the ledger can take, the others with the reason, and remarks.

    Where the reporter has a name only rows retired for it are valid. Reasons quote file column,
    value and remedy. What the free text of a retirement mentions keeps no row out.
    """
    reading = _read(export.cells)
    cells = reading.cells
    left = _left(reading, export.headings, who, year)
    good = ~cells.index.isin(left["row"])
    order = export_values.order_remark if reading.day_first is None else lambda days: []
    remarks = order(cells.loc[good, "retired_on"])
    valid = _valid(reading, good, who)
    remarks += _printed_remark(valid[reading.printed[good]])
    remarks = [*export.notes, *export_values.beneficiary_remark(valid), *remarks]
    return Judged(valid, left, remarks)


def _printed_remark(rows: pd.DataFrame) -> list[str]:
    """Return that the numbers of serials without a public form were taken as they are printed."""
    if rows.empty:
        return []
    return [
        f"the form of {rows['programme'].iloc[0]} serials such as '{rows['serial'].iloc[0]}' is "
        "not public: first and last number were taken as printed; compare them with the "
        "registry's certificate"
    ]


def _read(cells: pd.DataFrame) -> _Reading:
    status = cells["status"]
    cells = cells.assign(
        serial=serials.written(cells["serial"]),
        status=of_each(status, lambda text: text if _CREDIT_STATUS.search(text) else ""),
    )
    fields = serials.fields(cells["serial"]).reindex(cells.index)
    programme = fields["programme"].fillna(serials.of_id(cells["serial"], ""))
    by_id = fields["programme"].isna() & programme.ne("")
    known = tuple((cells[name], fields[name]) for name in _VINTAGES)
    day_first = export_values.day_first([cells["retired_on"]], known)
    days = {name: export_values.dates(cells[name], day_first is not False) for name in _DATES}
    # of a serial without a vintage, and of an id, the export's column says the year
    year = cells["vintage_year"].where(cells["vintage_year"].str.fullmatch(r"\d{4}"), "")
    for name, day in (("vintage_start", "-01-01"), ("vintage_end", "-12-31")):
        days[name] = days[name].fillna(export_values.dates((year + day).mask(year == "", ""), True))
    quantity = of_each(cells["quantity"], export_values.count, "float64")
    quantity[by_id] = [export_values.count(text, alone=True) for text in cells["quantity"][by_id]]
    printed = _as_printed(cells, programme, quantity)
    fields = fields.assign(programme=programme.mask(printed, _named(cells["programme"])))
    return _Reading(cells, fields, days, quantity, by_id, printed, day_first)


def _named(written: pd.Series) -> pd.Series:
    """Return the programmes that cells name whose serials have no public form, "" for others.

    >>> _named(pd.Series(["国家核证自愿减排量（CCER）", "ccer", "VCS", ""])).tolist()
    ['CCER', 'CCER', '', '']
    """
    table = published.table("programmes")
    names = {name_key(each): id for id, row in table.iterrows() for each in (id, *row[:2])}
    opaque = table["serials"].eq("opaque")

    def one(text: str) -> str:
        parts = re.split(r"[()（）/]", text)
        found = {names.get(name_key(part), "") for part in (text, *parts) if part} - {""}
        return next((id for id in found if len(found) == 1 and opaque[id]), "")

    return of_each(written, one)


def _as_printed(cells: pd.DataFrame, programme: pd.Series, quantity: pd.Series) -> pd.Series:
    """Return which rows name a programme whose serials have no public form, and a first and a last
    number that hold as many credits as the row says.
    """
    asked = programme.eq("") & _named(cells["programme"]).ne("") & quantity.gt(0)
    if not asked.any():
        return asked
    found = serials.opaque_ranges(cells["serial"][asked], quantity[asked])
    holds = found["end"] - found["start"] + 1 == quantity[asked]
    return asked & (holds & found["worded"].astype(bool)).reindex(asked.index, fill_value=False)


def _left(reading: _Reading, headings: dict[str, str], who: Reporter, year: int) -> pd.DataFrame:
    """Return row, kind, why of the rows with a fault; of several faults of a row the first."""
    index = reading.cells.index
    why, kind = pd.Series("", index), pd.Series("", index)
    faults = [
        *(_serial_faults(reading) + _retirement_faults(reading)),
        *(_quantity_faults(reading) + _project_faults(reading)),
        *(_beneficiary_faults(reading, who) + _year_faults(reading, year)),
    ]
    quoted = None
    for number, (column, wrong, sentence) in enumerate(faults):
        hit = wrong.fillna(True).astype(bool) & why.eq("")
        if not hit.any():
            continue
        quoted = _quoted(reading) if quoted is None else quoted
        values = quoted[hit].to_dict("records")
        place = f"column {headings.get(column) or column}"
        why[hit] = [f"{place}: {sentence.format(**each)}" for each in values]
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
    years = {"serial_year": fields["vintage_start"].dt.year.astype("Int64")}
    renamed = numbers.rename(columns={"project_id": "project"})
    return reading.cells.assign(**days, **years, **renamed)


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
            reading.fields["start"].isna() & ~reading.by_id & ~reading.printed,
            "found '{serial}', a serial of none of " + _SUPPORTED + "; copy it from the registry, "
            "or enter the row by hand with its programme",
        ),
    ]


def _retirement_faults(reading: _Reading) -> list[_Fault]:
    cells = reading.cells
    cancelled = cells["status"].str.contains(CANCELLED_STATUS, case=False)
    retired = cells["status"].str.casefold().isin(_RETIRED)
    return [
        (
            "retired_on",
            export_values.blank(cells["retired_on"]),
            "is empty: not retired, so it supports no claim; retire it first",
        ),
        (
            "retired_on",
            reading.days["retired_on"].isna(),
            "found '{retired_on}', no date; write it as 2026-01-14",
        ),
        (
            "retired_on",
            export_values.uncertain(cells["retired_on"]),
            "found '{retired_on}', which may be another day: the column has days of both orders; "
            "write it as 2026-01-14",
        ),
        (
            "status",
            cancelled & reading.fields["programme"].ne(CANCELLED_IS_RETIRED),
            "found '{status}': cancelled, not retired; a claim needs retired credits",
        ),
        (
            "status",
            ~retired & ~cancelled,
            "found '{status}': not retired, so it supports no claim; retire it first",
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
            reading.quantity.ne(ranged) & ~reading.by_id & ~reading.printed,
            "found '{quantity}', but {start} to {end} holds {ranged}; "
            "correct the one that differs from the registry",
        ),
    ]


def _project_faults(reading: _Reading) -> list[_Fault]:
    """Return faults of project and vintage; some serials hold the year of the vintage alone, or
    none.
    """
    cells, fields = reading.cells, reading.fields
    project = of_each(cells["project_id"], _number, "float64")
    dated = ~fields["programme"].isin(serials.YEAR_ONLY) & fields["vintage_start"].notna()
    vintages = [
        (
            name,
            cells[name].ne("") & dated & reading.days[name].ne(fields[name]),
            f"found '{{{name}}}', the serial has {{serial_{name}}}; {_FROM_REGISTRY}",
        )
        for name in _VINTAGES
    ]
    first, last = (
        of_each(cells["vintage_year"], lambda each, of=of: of(_years(each), default=0), "int64")
        for of in (min, max)
    )
    other_year = first.gt(0) & fields["vintage_end"].notna()
    other_year &= (first < fields["vintage_start"].dt.year) | (last > fields["vintage_end"].dt.year)
    none = fields["vintage_start"].isna() & reading.days["vintage_start"].isna()
    other = project.notna() & fields["project_id"].notna() & project.ne(fields["project_id"])
    other &= ~fields["programme"].isin(_OTHER_PROJECT)
    sentence = "found '{project_id}', the serial has {project}; " + _FROM_REGISTRY
    found = "found '{vintage_year}', the serial has {serial_year}; " + _FROM_REGISTRY
    absent = "neither the serial nor the export says the vintage; export the table with it"
    return [
        ("project_id", other, sentence),
        *vintages,
        ("vintage_year", other_year, found),
        ("vintage_start", none, absent),
    ]


def _years(vintage: str) -> list[int]:
    return [int(year) for year in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", vintage)]


def _number(project: str) -> float:
    """Return the number with which the name of a project ends, NaN where it ends with none."""
    found = re.search(r"(\d{1,18})(?:\.0)?$", project)
    return float(found[1]) if found else float("nan")


def _beneficiary_faults(reading: _Reading, who: Reporter) -> list[_Fault]:
    if not who.name:
        return []
    cells, programme = reading.cells, reading.fields["programme"]
    own = reporters.matched(cells["beneficiary"], programme, who)["how"] != ""
    own |= retirement_text.named_in_text(cells, who) | _held_by(cells, programme, who)
    quoted = who.name.replace("{", "{{").replace("}", "}}")
    sentence = f"found '{{beneficiary}}', not {quoted}; take it only if the registry names the "
    sentence += "reporter; another name of the reporter belongs in the case's table aliases"
    return [("beneficiary", ~own, sentence)]


def _year_faults(reading: _Reading, year: int) -> list[_Fault]:
    other = export_values.claimed_otherwise(reading.cells["for_year"], year)
    sentence = f"found '{{for_year}}': retired for another year than {year}; "
    return [("for_year", other, sentence + "claim it for the year that the registry names")]


def _held_by(cells: pd.DataFrame, programme: pd.Series, who: Reporter) -> pd.Series:
    """Return which rows without a beneficiary were retired from the reporter's own account, and not
    for somebody else as far as they say.
    """
    holder = reporters.matched(cells["account_holder"], programme, who)["how"]
    own = holder.isin([reporters.SAME, reporters.ALIAS])
    own &= of_each(cells["beneficiary"], name_key) == ""
    text = retirement_text.retirement_texts(cells[own])
    return own & ~text.str.contains(_FOR_OTHERS, case=False).reindex(own.index, fill_value=False)


def _valid(reading: _Reading, good: pd.Series, who: Reporter) -> pd.DataFrame:
    """Return the good rows under the ledger's columns, with space, serial_start, serial_end, and
    holder: whether the beneficiary is the holder of the account.
    """
    cells, fields = reading.cells[good], reading.fields[good]
    days = {name: each[good] for name, each in reading.days.items()}
    vintage = {}
    for name in _VINTAGES:
        inside = days[name].between(fields["vintage_start"], fields["vintage_end"])
        inside |= fields["vintage_start"].isna()
        vintage[name] = days[name].where(inside, fields[name])
    by_id = (reading.by_id | reading.printed)[good]
    opaque = serials.opaque_ranges(cells["serial"][by_id], reading.quantity[good][by_id])
    holder = _held_by(cells, fields["programme"], who)
    project = fields["project_id"].astype("Int64").astype("str")
    project = project.where(fields["project_id"].notna(), cells["project_id"])
    code = serials.project_codes(cells["serial"])
    project = project.mask(code != "", code)
    rows = cells.assign(
        quantity=reading.quantity[good].astype("int64"),
        country=fields["country"].astype("object").fillna(""),
        programme=fields["programme"],
        retired_on=days["retired_on"],
        project_id=project,
        beneficiary=cells["beneficiary"].mask(holder, cells["account_holder"]),
        holder=holder,
        serial_start=fields["start"].fillna(opaque["start"]).astype("int64"),
        serial_end=fields["end"].fillna(opaque["end"]).astype("int64"),
        space=fields["space"].fillna("opaque " + opaque["space"]),
        **vintage,
    )
    named, substitute = rows["project_name"], rows["programme"] + rows["project_id"].astype("str")
    return rows.assign(project_name=named.where(named != "", substitute))
