"""A figure that may be stated, with unit, range, basis and inputs.

A claim without a value (NaN) is one that cannot be formed; its label says what is missing.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from math import inf, isnan, nan
from pathlib import Path

import pandas as pd

from neutrality.reference import published
from neutrality.reference.status import STATUSES, weakest
from neutrality.texts import labels

COLUMNS = (
    "id",
    "value",
    "unit",
    "low",
    "high",
    "level",
    "digits",
    "basis",
    "year",
    "status",
    "tolerance",
    "notebook",
    "inputs",
    "label_zh",
    "label_en",
)
CASE_TABLES = (
    "energy",
    "weather",
    "calendar",
    "activities",
    "certificates",
    "generation",
    "credits",
    "assets",
)
NUMBERS = ("value", "low", "high", "level", "tolerance")


@dataclass(frozen=True)
class Claim:
    """A figure; low to high holds at `level` (a share), a replay may differ by the relative
    `tolerance`.
    """

    id: str
    value: float
    unit: str
    low: float = nan
    high: float = nan
    level: float = nan
    digits: int = 0
    basis: str = ""
    year: int | None = None
    status: str = ""
    tolerance: float = 1e-9
    inputs: str = ""
    label_zh: str = ""  # empty: the claim's name in texts/claims.csv
    label_en: str = ""


def write(
    claims: Iterable[Claim],
    path: Path | str,
    notebook: str,
    year: int | None = None,
    case: Path | None = None,
    known: pd.DataFrame | None = None,
    illustrative: bool = False,
) -> list[Claim]:
    """Write one notebook's claims with all digits, the same bytes for the same values; return them
    as written.

    A claim without a year is of `year`; one without labels is named by texts/claims.csv and the
    case's labels.csv. Its status is the weakest of its own and of what its inputs name: earlier
    claims (`known`, or made above), coefficients, and the case's tables, which are ASSUMED where
    they are illustrative. Raises ValueError, with every problem, for an id that is used twice or
    not plain, an infinite number, a range that does not hold its value, or a status that is none of
    STATUSES.
    """
    claims, path = [_named(claim, year, case) for claim in claims], Path(path)
    wrong = [sentence for claim in claims for sentence in _wrong(claim)]
    ids = [claim.id for claim in claims]
    wrong += [
        f"claim {id}: made twice in notebook {notebook}; keep one"
        for id in sorted(set(ids))
        if ids.count(id) > 1
    ]
    if wrong:
        raise ValueError("\n".join(wrong))
    claims = _with_inherited_status(claims, known, illustrative)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for claim in claims:
            row = asdict(claim) | {"notebook": notebook}
            table.writerow([_cell(column, row[column]) for column in COLUMNS])
    return claims


def _with_inherited_status(
    claims: list[Claim], known: pd.DataFrame | None, illustrative: bool
) -> list[Claim]:
    statuses = published.coefficients()["status"].to_dict() | (
        {} if known is None else known["status"].to_dict()
    )
    statuses |= dict.fromkeys(CASE_TABLES, "ASSUMED" if illustrative else "")
    made = []
    for claim in claims:
        status = weakest(
            [claim.status, *(statuses.get(name, "") for name in claim.inputs.split(";"))]
        )
        statuses[claim.id] = status
        made.append(replace(claim, status=status))
    return made


def _named(claim: Claim, year: int | None, case: Path | None) -> Claim:
    named = {
        f"label_{lang}": getattr(claim, f"label_{lang}") or labels.claim(claim.id, lang, case)
        for lang in labels.LANGUAGES
    }
    return replace(claim, year=year if claim.year is None else claim.year, **named)


def _wrong(claim: Claim) -> list[str]:
    value, low, high = float(claim.value), float(claim.low), float(claim.high)
    checks = {
        "its id is not made of small letters, digits and _": not re.fullmatch(
            r"[a-z][a-z0-9_]*", claim.id
        ),
        "its value or range is infinite": inf in (abs(value), abs(low), abs(high)),
        f"its range {low} to {high} does not hold its value {value}": low > value or high < value,
        f"its status '{claim.status}' is none of {', '.join(STATUSES)}": claim.status
        not in ("", *STATUSES),
    }
    return [f"claim {claim.id}: {sentence}" for sentence, bad in checks.items() if bad]


def _cell(column: str, value) -> str:
    if column in NUMBERS:
        # repr: the fewest digits that give the same float back
        return "" if isnan(value) else repr(float(value))
    return "" if value is None or pd.isna(value) else str(value)


def read(path: Path | str) -> pd.DataFrame:
    """Return claims by id, numbers as written;

    ValueError for a missing column or an id that stands twice.
    """
    path = Path(path)
    raw = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
    absent = [column for column in COLUMNS if column not in raw]
    if absent:
        raise ValueError(
            f"{path.name}: column {', '.join(absent)} is missing; run the notebook again that wrote it"
        )
    twice = raw.loc[raw["id"].duplicated(), "id"]
    if len(twice):
        raise ValueError(
            f"{path.name}, row {twice.index[0] + 2}: claim {twice.iloc[0]} stands twice; keep one"
        )
    for column in NUMBERS:
        # float() and not pandas' parser, which may miss the last digit.
        raw[column] = raw[column].map(lambda text: float(text) if text else nan).astype("float64")
    raw["digits"] = raw["digits"].astype("int64")
    raw["year"] = pd.to_numeric(raw["year"]).astype("Int64")
    return raw[list(COLUMNS)].set_index("id")


def join(folder: Path | str, before: str = "") -> pd.DataFrame:
    """Return the claims of all notebooks by id, in the notebooks' order; with `before`, of those
    ahead of one.

    Raises ValueError when there are none, or when two notebooks made the same id.
    """
    files = [
        file for file in sorted(Path(folder).glob("*.csv")) if not before or file.stem < before
    ]
    if not files:
        raise ValueError(
            f"{Path(folder).name}: no claims yet; run the notebooks before this one first"
        )
    joined = pd.concat([read(file).assign(file=file.name) for file in files])
    twice = joined.index[joined.index.duplicated()]
    if len(twice):
        where = " and ".join(joined.loc[twice[0], "file"])
        raise ValueError(
            f"claim {twice[0]} is made in {where}; one figure, one notebook: rename or remove one"
        )
    return joined.drop(columns="file")


def format(claim) -> str:
    """Return a claim's number with its own digits, without the unit; `claim` has value and digits.

    >>> format(Claim("residual_t", 1308.8, "tCO2e"))
    '1,309'
    """
    return labels.number(claim.value, claim.digits)


def show(claims: Iterable[Claim]) -> pd.DataFrame:
    """Return the claims a notebook made as a table to look at: value as it will be printed,
    unit, range, status.
    """
    rows = [
        {
            "id": c.id,
            "value": format(c),
            "unit": c.unit,
            "range": ""
            if isnan(c.low)
            else f"{labels.number(c.low, c.digits)} to {labels.number(c.high, c.digits)}",
            "status": c.status,
            "name": c.label_en or labels.claim(c.id, "en"),
        }
        for c in claims
    ]
    return pd.DataFrame(rows).set_index("id")


def coefficients_used(claims: pd.DataFrame) -> pd.DataFrame:
    """Return id, quantity, value, unit, status, source of each published coefficient that a
    claim names among its inputs.
    """
    named = {name for inputs in claims["inputs"] for name in inputs.split(";")}
    table = published.coefficients()
    return table.loc[
        table.index.isin(named), ["quantity", "value", "unit", "status", "source"]
    ].reset_index()


def store(claims: pd.DataFrame, out: Path | str) -> None:
    """Write all claims of a report as claims.csv, and as claims.xlsx for people who live in
    Excel.
    """
    out, columns = Path(out), [name for name in COLUMNS if name != "id"]
    text = claims[columns].map(
        lambda value: _cell("value" if isinstance(value, float) else "", value)
    )
    text.to_csv(out / "claims.csv", lineterminator="\n", encoding="utf-8")
    workbook = io.BytesIO()
    claims[columns].to_excel(workbook, sheet_name="claims", freeze_panes=(1, 1))
    (out / "claims.xlsx").write_bytes(_without_clock(workbook))


def _without_clock(workbook: io.BytesIO) -> bytes:
    """Return the workbook without the moment it was written, which openpyxl puts into it in two
    ways.
    """
    timeless = io.BytesIO()
    with (
        zipfile.ZipFile(workbook) as old,
        zipfile.ZipFile(timeless, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            part = re.sub(
                rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>", b"", old.read(name)
            )
            new.writestr(zipfile.ZipInfo(name), part)
    return timeless.getvalue()
