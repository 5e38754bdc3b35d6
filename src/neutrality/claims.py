"""A figure that may be stated: its value, range, year and status, as the register describes it.

A claim without a value (NaN) is one that cannot be formed; its name says what is missing.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from math import inf, isnan, nan
from pathlib import Path

import pandas as pd

from neutrality import lineage, register, sheets
from neutrality.reference import published
from neutrality.reference.status import STATUSES, weakest
from neutrality.texts import labels

NUMBERS = ("value", "low", "high", "level")
ALTERED = "altered_cells"  # table of the notebook cells that differ from the release's
RAN = "ran"  # folder of `out`: the cells that were run by hand, a table a notebook
_BY_ALTERED = "assumption:altered_method"  # input of each claim that an altered notebook states


@dataclass(frozen=True)
class Claim:
    """A figure as a line of claims.csv; low to high holds at `level` (a share)."""

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
    notebook: str = ""
    inputs: str = ""
    label_zh: str = ""
    label_en: str = ""


_COLUMNS = tuple(Claim.__dataclass_fields__)


@dataclass(frozen=True)
class Value:
    """A value that needs more than its number: a year of its own, words that its name asks for."""

    value: float
    low: float = nan
    high: float = nan
    level: float = nan
    year: int | None = None
    words: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """Which notebook states claims, of which case and years; they go to out/claims."""

    notebook: str
    case: Path
    out: Path
    illustrative: bool
    reporting: int
    base: int | None = None
    target: int | None = None


def state(context: Context, **values: float | tuple | Value) -> pd.DataFrame:
    """Write the claims of one notebook, and return them as a table to look at.

    A value is a number, (value, low, high, level) or a Value. Unit, digits, basis, names and inputs
    come from the register, the status from the inputs. Raises ValueError, with every problem, for
    an id without a row or of another notebook, a required claim that is not stated, an input that
    leads nowhere, an infinite number, or a range that does not hold its value.
    """
    missing = [id for id in register.required(context.notebook) if id not in values]
    wrong = [f"claim {id}: notebook {context.notebook} must state it" for id in missing]
    entries, stated = {}, {id: _value(given) for id, given in values.items()}
    for id in stated:
        try:
            entries[id] = register.find(id)
        except ValueError as error:
            wrong.append(str(error))
    wrong += [
        f"claim {id}: texts/claims.csv gives it to notebook {entry.notebook}"
        for id, entry in entries.items()
        if entry.notebook != context.notebook
    ]
    if wrong:
        raise ValueError("\n".join(wrong))
    claims = _with_status([_claim(id, stated[id], entries[id], context) for id in stated], context)
    path = context.out / "claims" / f"{context.notebook}.csv"
    write(claims, path)
    _keep_cells(context)
    return _shown(claims)


def _keep_cells(context: Context) -> None:
    """Leave the source of each cell that this session ran in out/ran; in a bundle nothing.

    An edit that was run in JupyterLab and not saved is in no file; by these, `report/methods` sees
    it. A bundle holds the notebook as it was run.
    """
    shell = "IPython" in sys.modules and sys.modules["IPython"].get_ipython()
    if shell and context.out != Path():
        path = context.out / RAN / f"{context.notebook}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        ran = pd.DataFrame({"source": shell.history_manager.input_hist_raw[1:]})
        ran.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _value(given: float | tuple | Value) -> Value:
    if isinstance(given, Value):
        return given
    return Value(*given) if isinstance(given, tuple) else Value(float(given))


def _claim(id: str, given: Value, entry: register.Entry, context: Context) -> Claim:
    years = {"reporting": context.reporting, "base": context.base, "target": context.target}
    year = given.year if entry.year == "given" else years.get(entry.year)
    words = years | {"base_year": context.base, "year": year} | given.words
    plain = {key: word for key, word in words.items() if not isinstance(word, dict)}
    unit, basis, inputs = (
        register.filled(entry, part, plain) for part in ("unit", "basis", "inputs")
    )
    names = {
        f"label_{lang}": register.name(entry, lang, words, context.case)
        for lang in labels.LANGUAGES
    }
    numbers = {name: float(getattr(given, name)) + 0.0 for name in NUMBERS}  # -0.0 is 0
    about = {"unit": unit, "digits": entry.digits, "basis": basis, "year": year}
    return Claim(id=id, **numbers, **about, notebook=context.notebook, inputs=inputs, **names)


def _with_status(claims: list[Claim], context: Context) -> list[Claim]:
    """Return the claims with their inputs resolved and statuses inherited, in any order."""
    folder = context.out / "claims"
    earlier = join(folder, before=context.notebook) if context.notebook > "01" else None
    known = {} if earlier is None else earlier["status"].to_dict()
    ground = lineage.ground(context.case, context.out, context.illustrative, known)
    waiting, done = {claim.id: claim for claim in claims}, {}
    more = f";{_BY_ALTERED}" if _is_altered(context.notebook, context.out) else ""
    while waiting:
        ready = [c for c in waiting.values() if not _awaited(c, waiting)]
        if not ready:
            raise ValueError(f"claims rest on each other: {', '.join(sorted(waiting))}")
        for claim in ready:
            try:
                inputs = lineage.resolve(claim.inputs + more, ground)
            except ValueError as error:
                raise ValueError(f"claim {claim.id}: {error}") from error
            if claim.value:
                inputs = lineage.given(inputs, ground)
            written = ";".join(dict.fromkeys(each.written for each in inputs))
            status = lineage.status(inputs)
            known[claim.id] = status
            done[claim.id] = Claim(**asdict(claim) | {"inputs": written, "status": status})
            del waiting[claim.id]
    return [done[claim.id] for claim in claims]


def _is_altered(notebook: str, out: Path) -> bool:
    """Return whether a run found the notebook to differ from the release's (report/methods)."""
    path = out / "tables" / f"{ALTERED}.csv"
    if not path.is_file():
        return False
    lowered = set(pd.read_csv(path, dtype=str, keep_default_na=False)["lowers"])
    return bool(lowered & {notebook, "*"})


def _awaited(claim: Claim, waiting: dict) -> bool:
    return any(name in waiting for name in re.split("[;|]", claim.inputs))


def write(claims: Iterable[Claim], path: Path | str) -> None:
    """Write claims as CSV with all digits, the same bytes for the same values.

    Raises ValueError, with every problem, for an id that stands twice or is not plain, an infinite
    number, a range that does not hold its value, or a status that is none of STATUSES.
    """
    claims, path = list(claims), Path(path)
    wrong = [sentence for claim in claims for sentence in _wrong(claim)]
    ids = [claim.id for claim in claims]
    wrong += [
        f"claim {id}: stated twice in {path.name}; keep one"
        for id in sorted(set(ids))
        if ids.count(id) > 1
    ]
    if wrong:
        raise ValueError("\n".join(wrong))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = [[_cell(name, row[name]) for name in _COLUMNS] for row in map(asdict, claims)]
        table = csv.writer(file, lineterminator="\n")
        table.writerow(_COLUMNS)
        table.writerows(sheets.defused(pd.DataFrame(rows, columns=_COLUMNS)).to_numpy().tolist())


def _wrong(claim: Claim) -> list[str]:
    value, low, high = float(claim.value), float(claim.low), float(claim.high)
    plain = re.fullmatch(r"[a-z][a-z0-9_]*", claim.id)
    checks = {
        "its id is not made of small letters, digits and _": not plain,
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
    return "" if pd.isna(value) else str(value)


def read(path: Path | str) -> pd.DataFrame:
    """Return claims indexed by id, numbers as written.

    Raises ValueError for a missing column or an id that stands twice.
    """
    path = Path(path)
    raw = sheets.written(path)
    absent = [column for column in _COLUMNS if column not in raw]
    if absent:
        columns = ", ".join(absent)
        raise ValueError(f"{path.name}: column {columns} is missing; run its notebook again")
    twice = raw.loc[raw["id"].duplicated(), "id"]
    if len(twice):
        row, id = twice.index[0] + 2, twice.iloc[0]
        raise ValueError(f"{path.name}, row {row}: claim {id} stands twice; keep one")
    for column in NUMBERS:
        # float() and not pandas' parser, which may miss the last digit.
        raw[column] = raw[column].map(lambda text: float(text) if text else nan).astype("float64")
    raw["digits"] = raw["digits"].astype("int64")
    raw["year"] = pd.to_numeric(raw["year"]).astype("Int64")
    return raw[list(_COLUMNS)].set_index("id")


def join(folder: Path | str, before: str = "") -> pd.DataFrame:
    """Return the claims of all notebooks by id, in the notebooks' order; with `before`, of those
    ahead of one.

    What an altered notebook states is ASSUMED, whatever it wrote. Raises ValueError when there are
    none, or when two notebooks made the same id.
    """
    folder = Path(folder)
    files = [file for file in sorted(folder.glob("*.csv")) if not before or file.stem < before]
    if not files:
        raise ValueError(f"{folder.name}: no claims yet; run the earlier notebooks first")
    joined = pd.concat([read(file).assign(file=file.name) for file in files])
    twice = joined.index[joined.index.duplicated()]
    if len(twice):
        where = " and ".join(joined.loc[twice[0], "file"])
        raise ValueError(
            f"claim {twice[0]} is made in {where}; one figure, one notebook: rename or remove one"
        )
    return _lowered(joined, folder.parent).drop(columns="file")


def _lowered(claims: pd.DataFrame, out: Path) -> pd.DataFrame:
    """Return the claims with those of altered notebooks assumed, and this among their inputs."""
    rows = claims["file"].map(lambda file: _is_altered(Path(file).stem, out))
    written = claims["inputs"].where(
        claims["inputs"].str.endswith(_BY_ALTERED), claims["inputs"] + f";{_BY_ALTERED}"
    )
    status = claims["status"].map(lambda each: weakest([each, "ASSUMED"]))
    return claims.assign(
        inputs=claims["inputs"].mask(rows, written), status=claims["status"].mask(rows, status)
    )


def format(claim) -> str:
    """Return a claim's number with its own digits, without the unit; `claim` has value and digits.

    >>> format(Claim("residual_t", 1308.8, "tCO2e"))
    '1,309'
    """
    return labels.number(claim.value, claim.digits)


def _shown(claims: Iterable[Claim]) -> pd.DataFrame:
    """Return the claims as a table to look at: value as printed, unit, range, status, name."""
    rows = []
    for claim in claims:
        low, high = (labels.number(end, claim.digits) for end in (claim.low, claim.high))
        between = "" if isnan(claim.low) else f"{low} to {high}"
        rows.append((claim.id, format(claim), claim.unit, between, claim.status, claim.label_en))
    columns = ["id", "value", "unit", "range", "status", "name"]
    return pd.DataFrame(rows, columns=columns).set_index("id")


def coefficients_used(claims: pd.DataFrame, ground: lineage.Ground) -> pd.DataFrame:
    """Return id, quantity, value, unit, status, source of coefficients that claims rest on."""
    used = lineage.leaves(claims.index, claims, ground)
    table = published.coefficients()
    shown = ["quantity", "value", "unit", "status", "source"]
    return table.loc[table.index.isin(used), shown].reset_index()


def store(claims: pd.DataFrame, out: Path | str) -> None:
    """Write all claims of a report as claims.csv, and as claims.xlsx for people who live in
    Excel; in neither can a text be a formula.
    """
    out, columns = Path(out), [name for name in _COLUMNS if name != "id"]
    shown = sheets.defused(claims[columns])
    text = shown.map(lambda value: _cell("value" if isinstance(value, float) else "", value))
    text.to_csv(out / "claims.csv", lineterminator="\n", encoding="utf-8")
    workbook = io.BytesIO()
    shown.to_excel(workbook, sheet_name="claims", freeze_panes=(1, 1))
    (out / "claims.xlsx").write_bytes(sheets.without_clock(workbook))
