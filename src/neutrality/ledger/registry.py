"""A registry's export of retirements put into a case's ledger of credits as it is, so that
nobody retypes a serial.
"""

from __future__ import annotations

import csv
import io
import os
import re
from pathlib import Path

import pandas as pd

from neutrality import sheets
from neutrality.case import tables
from neutrality.case.schemas import SCHEMAS
from neutrality.ledger import ranges, serials
from neutrality.ledger.credits import cancelled, plain

# A column of the ledger -> its names in exports, by their letters alone. Verra's as kept by
# CarbonPlan, offsets-db-data, and those of its registry's interface; the last ones are the Gold
# Standard's.
NAMES = {
    "serial": ("serialnumber", "serialnumbers", "vcuserialnumber", "serial"),
    "quantity": ("quantityissued", "quantityretired", "quantityofcredits", "quantity"),
    "retired_on": (
        "retirementcancellationdate",
        "retirementdate",
        "retireorcanceldate",
        "retirementorcancellationdate",
    ),
    "project_id": ("id", "projectid", "resourceidentifier", "gsid"),
    "project_name": ("name", "projectname", "resourcename"),
    "methodology": ("methodology", "protocol"),
    "vintage_start": ("vintagestart",),
    "vintage_end": ("vintageend",),
    "beneficiary": ("retirementbeneficiary", "beneficiary", "usingentity", "beneficialowner"),
    "reason": ("retirementreason", "usecase", "reason"),
    "details": ("retirementdetails", "note", "details"),
    "status": ("creditstatus", "retiredcancelled", "retiredorcancelled", "status"),
}
NEEDED = ("serial", "quantity", "retired_on")
HEADING_WITHIN = 20  # rows in which the heading must stand
SHOWN_CHARACTERS = 40
SHOWN = 5  # rows told of each kind; the rest are counted
EMPTY = {"", "-", "nan", "nat", "null", "none", "n/a", "na"}
DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−－", "-"))
INVISIBLE = re.compile("[\u200b-\u200f\ufeff\u00ad]")
COUNT = re.compile(r"(\d{1,3}(?:[.,\s'’]\d{3})+|\d+)(?:[.,]0{1,2})?")  # 28,571 or 28 571 or 28571.0
WEEKDAY = re.compile(
    r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[.,]?\s+", re.IGNORECASE
)
CLOCK = re.compile(r"[T\s]+\d{1,2}:\d\d.*$")
PLAIN_DATES = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d %b %Y",
    "%d-%b-%Y",
    "%b-%d-%Y",
    "%d %B %Y",
    "%b %d %Y",
    "%B %d %Y",
    "%Y年%m月%d日",
    "%d-%b-%y",
)
EITHER_WAY = re.compile(
    r"(?!(\d\d?)[/.-]0?\1[/.-])(?:0?[1-9]|1[0-2])[/.-](?:0?[1-9]|1[0-2])[/.-]\d{2}"
)  # day and month may change places
DAY_FIRST, MONTH_FIRST = ("%d/%m/%Y", "%d/%m/%y"), ("%m/%d/%Y", "%m/%d/%y")
# a column Status may be about the project: "Registered"
CREDIT_STATUS = "retire|cancel|activ|issue|transfer|hold|注销|取消"


def put(
    case: Path, export: Path, year: int, beneficiary: str = ""
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Append the retirements of an export to the case's credits.csv, claimed for the year; return
    taken, left, remarks.

    `taken` holds the rows added, by the export's row; `left` row, kind, why of those not taken; the
    remarks are how the export as a whole was read: columns passed over, the order of day and month
    where nothing tells it. The ledger is replaced whole or not at all. With a beneficiary only rows
    retired for it are taken. Raises ValueError where the file is no export or the ledger cannot be
    added to.
    """
    if not case.is_dir():
        raise ValueError(f"{case.name}: no such folder of a case; neutrality new makes one")
    bounds = next(column for column in SCHEMAS["credits"].columns if column.name == "claimed_year")
    if not bounds.low <= year <= bounds.high:
        raise ValueError(
            f"--year {year}: a reporting year lies between {bounds.low:g} and {bounds.high:g}; correct it"
        )
    path, held = _ledger(case)
    cells, heads, unknown = read(export)
    rows, left, remarks = _rows(cells, heads, beneficiary)
    rows, twice = _unheld(rows, held, f"column {heads['serial']}", path.name)
    left = pd.concat([left, twice]).sort_values("row", kind="stable").reset_index(drop=True)
    taken = rows.assign(claimed_year=year).reindex(
        columns=[c.name for c in SCHEMAS["credits"].columns]
    )
    if len(taken):
        _append(path, taken)
    return taken, left, remarks + ([f"columns not used: {', '.join(unknown)}"] if unknown else [])


def told(taken: pd.DataFrame, left: pd.DataFrame, remarks: list[str], export: str) -> list[str]:
    """Return what was taken and what was not, in sentences: the first rows of each kind, how
    many more, and the remarks.
    """
    said = [
        f"{export}: {len(taken):,} row(s) taken, {int(taken['quantity'].sum()):,} credits"
        + (
            f" (rows {', '.join(map(str, taken.index[:SHOWN]))}{', ...' if len(taken) > SHOWN else ''})"
            if len(taken)
            else ""
        )
    ]
    for _, alike in left.groupby("kind", sort=False):
        said += [
            f"{export}, row {row}, {why}"
            for row, why in alike[["row", "why"]].head(SHOWN).itertuples(index=False)
        ]
        said += (
            [f"{export}: and {len(alike) - SHOWN:,} more rows like these"]
            if len(alike) > SHOWN
            else []
        )
    return said + [f"{export}: {remark}" for remark in remarks]


def read(export: Path) -> tuple[pd.DataFrame, dict[str, str], list[str]]:
    """Return an export's cells under the ledger's names, by row, what the export calls these
    columns, and its other columns.

    CSV in UTF-8 or UTF-16 with commas, semicolons or tabs, or Excel; lines before the heading are
    passed over. Raises ValueError for what is no export.
    """
    if not export.is_file():
        raise ValueError(
            f"{export.name}: no such file in {export.parent.name or '.'}; name the registry's export"
        )
    raw = _lines(export)
    lines = [[_clean(cell) for cell in line] for line in raw]
    letters = [
        [re.sub(r"[\W_]+", "", cell).casefold() for cell in line] for line in lines[:HEADING_WITHIN]
    ]
    at = next((n for n, line in enumerate(letters) if set(line) & set(NAMES["serial"])), None)
    if at is None:
        first = ", ".join(cell for cell in lines[0] if cell)[:80] if lines else "nothing"
        raise ValueError(
            f"{export.name}: no column Serial Number in its first {HEADING_WITHIN} rows (found {first}); save the registry's "
            "table of retirements as CSV, with its heading"
        )
    heads = {
        name: next(
            (lines[at][letters[at].index(each)] for each in known if each in letters[at]), ""
        )
        for name, known in NAMES.items()
    }
    absent = [name for name in NEEDED if not heads[name]]
    if absent:
        wanted = {"quantity": "Quantity Issued", "retired_on": "Retirement/Cancellation Date"}
        missing = " and ".join(wanted[name] for name in absent)
        raise ValueError(
            f"{export.name}, row {at + 1}: column {missing} is missing; export the table with all its columns"
        )
    width, places = (
        len(lines[at]),
        {name: lines[at].index(head) for name, head in heads.items() if head},
    )
    body = [(n + at + 2, line) for n, line in enumerate(lines[at + 1 :]) if any(line)]
    cells = {
        name: [line[place] if place < len(line) else "" for _, line in body]
        for name, place in places.items()
    }
    frame = pd.DataFrame(
        cells, index=[n for n, _ in body], columns=list(NAMES), dtype="object"
    ).fillna("")
    frame["beyond"] = ["; ".join(filter(None, line[width:])) for _, line in body]
    frame["swallowed"] = [_swallowing(raw[n - 1]) for n, _ in body]
    return frame, heads, [head for head in lines[at] if head and head not in heads.values()]


def _swallowing(line: list[str]) -> str:
    """Return how the cell of a row begins that takes the next rows in, as a quote does that was
    not closed: a line break, and a second serial.
    """
    broken = next((cell for cell in line if len(cell.strip().splitlines()) > 1), "")
    found = (
        {
            match[0]
            for form in serials.FORMS.values()
            for cell in line
            for match in form.finditer(cell)
        }
        if broken
        else ()
    )
    return _clean(broken)[:SHOWN_CHARACTERS] if len(found) > 1 else ""


def _lines(export: Path) -> list[list[str]]:
    if export.suffix.lower() in (".xlsx", ".parquet"):
        table = sheets.cells(export)
        return [[str(head) for head in table], *table.astype("str").to_numpy().tolist()]
    raw = export.read_bytes()
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{export.name}, row {row}: found bytes that are not UTF-8; save the export as CSV UTF-8"
        ) from None
    if "\0" in text:
        raise ValueError(f"{export.name}: is no text; save the export as CSV UTF-8")
    head = max(
        (line for line in text.splitlines()[:HEADING_WITHIN] if "serial" in line.casefold()),
        key=len,
        default="",
    )
    delimiter = max(",;\t", key=head.count)
    csv.field_size_limit(max(len(text), 1))
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _clean(cell: str) -> str:
    """Return a cell on one line, without blanks and marks nobody sees, and without Excel's
    guard: ="0123" is 0123.
    """
    text = " ".join(INVISIBLE.sub("", cell).replace("\xa0", " ").split())
    return text[2:-1] if text.startswith('="') and text.endswith('"') else text


def _rows(
    cells: pd.DataFrame, heads: dict[str, str], beneficiary: str
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Return the rows that can stand in the ledger, with serial_start and serial_end, row, kind,
    why of the others, and remarks.
    """
    cells = cells.assign(
        serial=cells["serial"].str.translate(DASHES).str.replace(" ", "").str.upper(),
        status=cells["status"].where(cells["status"].str.contains(CREDIT_STATUS, case=False), ""),
    )
    said = serials.parsed(cells["serial"]).reindex(cells.index)
    day_first = _day_first(cells, said)
    days = {
        name: dates(cells[name], day_first is not False)
        for name in ("retired_on", "vintage_start", "vintage_end")
    }
    quantity = cells["quantity"].map(count)
    why, kind = pd.Series("", cells.index), pd.Series("", cells.index)
    shown = _shown(cells, said).to_dict("index")
    for number, (column, wrong, sentence) in enumerate(
        _faults(cells, said, days, quantity, beneficiary)
    ):
        hit = wrong.fillna(True).astype(bool) & why.eq("")
        why[hit] = [
            f"column {heads[column] or column}: {sentence.format(**shown[row])}"
            for row in hit.index[hit]
        ]
        kind[hit] = f"{number:02}"
    good, lost = why.eq(""), why.ne("")
    left = pd.DataFrame(
        {"row": cells.index[lost], "kind": kind[lost], "why": why[lost]}
    ).reset_index(drop=True)
    remarks = _order_taken(cells[good]) if day_first is None else []
    said, days = (
        said[good],
        {name: each[good] for name, each in days.items()},
    )  # an empty frame would take an index as it comes
    vintage = {
        name: days[name]
        .where(days[name].between(said["vintage_start"], said["vintage_end"]), said[name])
        .dt.date
        for name in ("vintage_start", "vintage_end")
    }
    rows = cells[good].assign(
        quantity=quantity[good].astype("int64"),
        country=said["country"],
        programme=said["programme"],
        retired_on=days["retired_on"].dt.date,
        project_id=said["project_id"].astype("int64"),
        serial_start=said["start"],
        serial_end=said["end"],
        space=said["space"],
        **vintage,
    )
    rows["project_name"] = rows["project_name"].where(
        rows["project_name"] != "", rows["programme"] + rows["project_id"].astype("str")
    )
    return rows, left, remarks


def _order_taken(cells: pd.DataFrame) -> list[str]:
    """Return, where a day of retirement can be read in two ways, which one was taken."""
    open_ = cells["retired_on"][cells["retired_on"].map(lambda text: bool(EITHER_WAY.match(text)))]
    return (
        []
        if open_.empty
        else [
            f"dates such as '{open_.iloc[0]}' (row {open_.index[0]}) were read with the day first: nothing in the "
            "export tells the order; compare one with the registry"
        ]
    )


def _faults(
    cells: pd.DataFrame, said: pd.DataFrame, days: dict, quantity: pd.Series, beneficiary: str
) -> list[tuple]:
    """Return column, which rows, what is said of them; of several faults of a row the first is
    told.
    """
    ranged, reporter = said["end"] - said["start"] + 1, plain(beneficiary)
    project = pd.to_numeric(cells["project_id"].str.extract(r"(\d{1,18})(?:\.0)?$")[0])
    theirs = cells["beneficiary"].map(plain).str.contains(reporter, regex=False)
    registry = "correct it from the registry"
    return [
        ("serial", cells["serial"].eq(""), "is empty: a total or a remark; nothing to take"),
        (
            "serial",
            cells["swallowed"].ne(""),
            "the row holds a second serial behind a line break; the text that begins '{swallowed}' "
            "was not closed: close that quote in the export",
        ),
        (
            "serial",
            cells["beyond"].ne(""),
            "the row has more cells than the heading: {beyond}; put text that holds a separator in quotes",
        ),
        (
            "serial",
            said["start"].isna(),
            "found '{serial}', no Verra or Gold Standard serial; copy it from the registry, or enter the row by hand "
            "with its programme",
        ),
        (
            "retired_on",
            cells["retired_on"].str.casefold().isin(EMPTY),
            "is empty: not retired, so it supports no claim; retire it first",
        ),
        (
            "retired_on",
            days["retired_on"].isna(),
            "found '{retired_on}', no date; write it as 2026-01-14",
        ),
        (
            "status",
            cells["status"].str.contains("cancel|取消", case=False),
            "found '{status}': cancelled, not retired; a claim needs retired credits",
        ),
        *(
            (
                name,
                cells[name].map(cancelled),
                f"found '{{{name}}}': cancelled, not retired; a claim needs retired credits",
            )
            for name in ("reason", "details")
        ),
        (
            "quantity",
            quantity.isna(),
            "found '{quantity}', no whole number of credits; " + registry,
        ),
        (
            "quantity",
            quantity.ne(ranged),
            "found '{quantity}', but {start} to {end} holds {ranged}; correct the one that differs from the registry",
        ),
        (
            "project_id",
            project.notna() & project.ne(said["project_id"]),
            "found '{project_id}', the serial says {project}; " + registry,
        ),
        *(
            (
                name,
                cells[name].ne("") & said["programme"].ne("GS") & days[name].ne(said[name]),
                f"found '{{{name}}}', the serial says {{{name}_said}}; {registry}",
            )
            for name in ("vintage_start", "vintage_end")
        ),  # a Gold Standard serial holds the year alone
        (
            "beneficiary",
            ~theirs & (reporter != ""),
            f"found '{{beneficiary}}', not {beneficiary}; take it only if the registry names the reporter",
        ),
    ]


def _shown(cells: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    """Return what the sentences quote: the cells, and what the serial says beside them."""
    numbers = said.assign(ranged=said["end"] - said["start"] + 1)[
        ["start", "end", "ranged", "project_id"]
    ].astype("Int64")
    told = {f"{name}_said": said[name].dt.date for name in ("vintage_start", "vintage_end")}
    return cells.assign(**told, **numbers.rename(columns={"project_id": "project"}))


def count(text: str) -> float:
    """Return a number of credits as registries write it, NaN where it is none.

    >>> count("1,454,054"), count("425.0"), count("28 571"), count("1.5")
    (1454054.0, 425.0, 28571.0, nan)
    """
    found = COUNT.fullmatch(text)
    return float(re.sub(r"\D", "", found[1])) if found else float("nan")


def dates(texts: pd.Series, day_first: bool) -> pd.Series:
    """Return the days that texts name, NaT where they name none; 03/02/2026 in the order the
    whole export is written in.
    """
    text = (
        texts.str.replace(WEEKDAY, "", regex=True)
        .str.replace(CLOCK, "", regex=True)
        .str.replace(",", "")
        .str.strip()
    )
    text = text.str.replace(r"^(\d{1,2})[.-](\d{1,2})[.-](\d{2,4})$", r"\1/\2/\3", regex=True)
    found = pd.Series(pd.NaT, texts.index, dtype="datetime64[s]")
    for form in (*PLAIN_DATES, *(DAY_FIRST if day_first else MONTH_FIRST)):
        left = found.isna() & text.ne("")
        if left.any():
            found[left] = pd.to_datetime(text[left], format=form, errors="coerce")
    return found


def _day_first(cells: pd.DataFrame, said: pd.DataFrame) -> bool | None:
    """Say whether the export writes the day first: as its vintages do, whose days the serials
    tell, else as a day above 12 shows; None where nothing tells.
    """
    votes = 0
    for name in ("vintage_start", "vintage_end", "retired_on"):
        parts = cells[name].str.extract(r"^(\d{1,2})[/.-](\d{1,2})[/.-]\d{2}").apply(pd.to_numeric)
        if name in said:
            day, month = (
                said[name].dt.day.where(said[name].dt.day != said[name].dt.month),
                said[name].dt.month,
            )
            votes += ((parts[0] == day) & (parts[1] == month)).sum() - (
                (parts[1] == day) & (parts[0] == month)
            ).sum()
        elif not votes:
            votes += (parts[0] > 12).sum() - (parts[1] > 12).sum()
    return bool(votes > 0) if votes else None


def _ledger(case: Path) -> tuple[Path, pd.DataFrame]:
    """Return the case's credits.csv, there or not yet, and the blocks it holds;

    ValueError where it cannot be added to.
    """
    path = tables.path_of(case, "credits") or case / "credits.csv"
    if path.suffix != ".csv":
        raise ValueError(f"{path.name}: rows are added to credits.csv only; save the ledger as CSV")
    held = tables.valid_rows(case, "credits")
    wrong = tables.problems(case, "credits") if path.exists() else []
    if wrong and not (len(wrong) == 1 and "it has a heading but no rows" in wrong[0]):
        raise ValueError(
            "\n".join([*wrong, f"{path.name}: nothing was added; correct the ledger first"])
        )
    return path, held


def _unheld(
    rows: pd.DataFrame, held: pd.DataFrame, where: str, name: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows whose numbers stand nowhere yet, and row, kind, why of those that the
    ledger or an earlier row holds.
    """
    there = serials.parsed(held["serial"]).rename(
        columns={"start": "serial_start", "end": "serial_end"}
    )
    there = there.assign(claimed_year=held["claimed_year"]).set_index(
        -there.index
    )  # the ledger's rows below zero, the export's above
    columns = ["space", "serial_start", "serial_end", "claimed_year"]
    kept = pd.concat([there[columns], rows.assign(claimed_year=0)[columns]]).astype(
        {name: "int64" for name in columns[1:]}
    )
    found = []
    while len(twice := ranges.overlapping(kept)):
        pairs = pd.DataFrame(
            {
                "row": twice[["row", "other"]].max(axis=1),
                "other": twice[["row", "other"]].min(axis=1),
            }
        ).drop_duplicates("row")
        found += list(pairs[pairs["row"] > 0].itertuples(index=False))
        kept = kept.drop(index=pairs["row"])
    says = [
        f"{where}: found '{rows['serial'][row]}', whose numbers stand in "
        + (
            f"row {other} of the export already"
            if other > 0
            else f"{name}, row {-other} already, claimed for {held['claimed_year'][-other]}"
        )
        + "; each number exists once"
        for row, other in found
    ]
    left = pd.DataFrame({"row": [row for row, _ in found], "kind": "held", "why": says})
    return rows.drop(index=left["row"]), left.astype({"row": "int64"})


def _append(path: Path, taken: pd.DataFrame) -> None:
    """Replace the ledger by itself and the rows, in one step; columns it lacks are added at its
    end.
    """
    raw = path.read_bytes() if path.exists() else b""
    mark, old = "\ufeff" if raw.startswith(b"\xef\xbb\xbf") else "", raw.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(old, newline=""))) or [list(taken.columns)]
    have = [head.strip() for head in lines[0]]
    added = [
        name
        for name in taken
        if name not in have and taken[name].astype("str").str.strip().ne("").any()
    ]
    lines[0] += added
    lines[1:] = [line + [""] * len(added) if line else line for line in lines[1:]]
    new = taken.reindex(columns=[*have, *added]).astype("object").fillna("").to_numpy().tolist()
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n" if "\r\n" in old else "\n").writerows(
        [*filter(None, lines), *new]
    )
    made = path.with_name(f".{path.name}.new-{os.getpid()}")
    try:
        with made.open("w", encoding="utf-8", newline="") as file:
            file.write(mark + text.getvalue())
            file.flush()
            os.fsync(file.fileno())
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)
