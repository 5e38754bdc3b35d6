"""Whether a bundle agrees with itself, in seconds and without running anything in it: its files
with its manifest, its claims with each other, with its tables and inputs, its report with them.

What agrees may still be wrong from the first reading on: `replay` recomputes it, and only a
signature says who vouches for it.
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from neutrality import claims, lineage, register, sheets
from neutrality.case import tables
from neutrality.case.schemas import SCHEMAS
from neutrality.reference import emission_factors, published
from neutrality.report import audit, crosschecks, formulas, origins
from neutrality.runner import bundle, parameters, yaml_file
from neutrality.verifier import making, printed, signatures
from neutrality.verifier.received import printable

_INJECTED = "injected-parameters"  # tag of the cell in which papermill writes a run's parameters
SIZES, _SIGNATURES = "sizes", "signatures"
_WORKBOOK = "claims.xlsx"
_EXCEL = 1e-14  # relative: a workbook keeps 15 to 16 digits
_LOAD = "electricity_by_month"
_USED = ("factors_used", "coefficients_used")  # tables of the published values behind the claims
_COMPARED = ("value", "unit", "status")


class Fault(NamedTuple):
    """One disagreement: which check found it, in which file, and what it means."""

    check: str
    file: str
    said: str


def verify(
    folder: Path | str,
    only: tuple[str, ...] = (),
    signers: Path | None = None,
    roots: Path | None = None,
) -> list[Fault]:
    """Return each disagreement of a bundle with itself; empty where there is none.

    `folder` is a bundle as `received.opened` gives it, `only` are names of CHECKS; all by default.
    `signers` is the reader's allowed_signers file, `roots` the certificates of the time-stamping
    authorities that he trusts; without them signatures are held against the bundle alone
    (`signatures.sentences` names who made them).
    Nothing is written, nothing of the bundle is run. A check that cannot be made, because a file is
    missing or cannot be read, is a fault too.
    """
    folder, found = Path(folder), []
    signed = partial(signatures.faults, signers=signers, roots=roots)
    for name, check in (CHECKS | {_SIGNATURES: signed}).items():
        if only and name not in only:
            continue
        try:
            found += [Fault(name, printable(f), printable(said)) for f, said in check(folder)]
            if name == SIZES and found:  # nothing that large is opened
                break
        except (OSError, ValueError, KeyError, TypeError, AttributeError, SyntaxError) as error:
            reason = printable(str(error).partition("\n")[0])
            found.append(Fault(name, "", f"cannot be checked: {reason or type(error).__name__}"))
    return found


Said = Iterator[tuple[str, str]]  # file and sentence


def _manifest(folder: Path) -> Said:
    """Yield what differs from the manifest; what a viewer left behind is in no manifest either."""
    for sentence in bundle.verify(folder, every=True):
        file, _, said = sentence.partition(": ")
        yield file, said


def _sizes(folder: Path) -> Said:
    """Yield tables that are larger than any honest one, before one of them is read."""
    for path in sorted(folder.rglob("*")):
        if path.name.endswith(sheets.SUFFIXES):
            try:
                sheets.refuse_too_large(path)
            except ValueError as error:
                yield path.relative_to(folder).as_posix(), str(error).partition(": ")[2]


def _claims(folder: Path) -> Said:
    """Yield claims.csv against the notebooks' own claims, the workbook, and the register."""
    stated, shown = claims.join(folder / "claims"), claims.read(folder / "claims.csv")
    for id in stated.index.symmetric_difference(shown.index):
        yield "claims.csv", f"claim {id} stands in only one of claims.csv and claims/"
    both = stated.index.intersection(shown.index)
    for id, column in _unequal(stated.loc[both], shown.loc[both]):
        found, true = shown.at[id, column], stated.at[id, column]
        said = f"claim {id}, {column}: found '{found}', but its notebook stated '{true}'"
        yield "claims.csv", said
    book = _workbook(folder / _WORKBOOK)
    numbers = pd.to_numeric(book["value"], errors="coerce").reindex(shown.index)
    for id, value in shown["value"].items():
        if not (_same(numbers[id], value) or math.isclose(numbers[id], value, rel_tol=_EXCEL)):
            yield _WORKBOOK, f"claim {id}: found {numbers[id]}, but claims.csv has {value}"
    for id in shown.index:
        if not register.holds(id):
            yield "claims.csv", f"claim {id}: is no claim of the register"
        elif shown.at[id, "digits"] != register.find(id).digits:
            yield "claims.csv", f"claim {id}: is shown with other digits than the register has"


def _workbook(path: Path) -> pd.DataFrame:
    """Return the claims of a workbook by id; ValueError for a file that is none."""
    from python_calamine import CalamineError

    try:
        return pd.read_excel(path, keep_default_na=False, engine="calamine").set_index("id")
    except CalamineError as error:
        raise ValueError(f"{path.name}: is no workbook ({error})") from error


def _unequal(one: pd.DataFrame, other: pd.DataFrame) -> list[tuple[str, str]]:
    """Return id and column of each cell in which two tables of the same ids differ."""
    return [
        (id, column)
        for column in one.columns
        for id, left, right in zip(one.index, one[column], other[column], strict=True)
        if not _same(left, right)
    ]


def _same(left: object, right: object) -> bool:
    """Return whether two cells are equal; nothing is equal to nothing."""
    blank = [each is pd.NA or each == "" or each != each for each in (left, right)]
    return all(blank) if any(blank) else bool(left == right)


def _lineage(folder: Path) -> Said:
    """Yield claims whose inputs lead nowhere, or whose status is not that of their inputs."""
    known = claims.read(folder / "claims.csv")
    held = {name for name in SCHEMAS if tables.exists(folder / "inputs", name)}
    illustrative = bool(printed.parameters(folder).get("illustrative"))
    ground = lineage.ground(folder / "inputs", folder, illustrative, known["status"].to_dict())
    for id, row in known.iterrows():
        try:
            inputs = lineage.resolve(row["inputs"], ground)
        except ValueError as error:
            yield "claims.csv", f"claim {id}: {error}"
            continue
        for table in sorted(_absent(inputs, held) if row["value"] else ()):
            yield f"inputs/{table}", f"is missing, and claim {id} rests on it"
        weakest = lineage.status(inputs)
        if weakest != row["status"]:
            said = f"claim {id}: its status is '{row['status']}', that of its inputs '{weakest}'"
            yield "claims.csv", said


def _absent(inputs: list[lineage.Input], held: set[str]) -> set[str]:
    """Return the tables of a case that some inputs name and the bundle does not hold; the calendar
    may be that of the country alone.
    """
    named = {each.written.partition(".")[0] for each in inputs}
    return (named & set(SCHEMAS)) - {"calendar"} - held


def _arithmetic(folder: Path) -> Said:
    """Yield claims whose formula gives another value, and sums that should agree and do not."""
    evidence = origins.evidence(folder, "en")
    for id, row in evidence.claims.iterrows():
        written = formulas.formula(id, row["inputs"])
        values = {each: origins.value(each, evidence) for each in formulas.operands(written)}
        result = formulas.result(written, values) if written else math.nan
        if not math.isnan(result) and not formulas.holds(row["value"], result):
            said = f"claim {id} is {row['value']:,.9g}, but {written} gives {result:,.9g}"
            yield "claims.csv", said
    results = {
        name: tables.read_result(folder, name, by) for name, by in crosschecks.TABLES.items()
    }
    monthly = tables.read_result(folder, _LOAD, "01_energy_baseline")
    load_kwh = monthly.groupby("year")["kwh"].sum().to_dict()
    meta = printed.parameters(folder)
    years = {year: load_kwh[year] for year in (meta["base_year"], meta["reporting_year"])}
    try:
        crosschecks.refuse(evidence.claims, results, years)
    except ValueError as error:
        for sentence in str(error).splitlines():
            yield "tables", sentence.partition("; run notebooks")[0]


def _published(folder: Path) -> Said:
    """Yield published values that are not those of the release, nor of the case's own factors."""
    own = tables.read_or_empty(folder / "inputs", "factors")
    factors, edition = emission_factors.factors(own), printed.parameters(folder)["gwp_edition"]
    for name in _USED:
        path = folder / "tables" / f"{name}.csv"
        used = sheets.written(path).set_index("id") if path.is_file() else pd.DataFrame()
        known = published.coefficients()
        if name == "factors_used":
            there = used.index[used.index.isin(factors.index)]
            known = emission_factors.with_sources(there, factors, edition)
        for id in used.index.difference(known.index):
            yield f"tables/{name}.csv", f"{id}: is no published value of the installed release"
        both = used.index.intersection(known.index)
        release = known.loc[both, list(_COMPARED)]
        for id, column in _unequal(release, _numbered(used).loc[both, list(_COMPARED)]):
            found, true = used.at[id, column], known.at[id, column]
            said = f"{id}, {column}: found '{found}', the release has '{true}'"
            yield f"tables/{name}.csv", said


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(value=table["value"].astype(float))


def _parameters(folder: Path) -> Said:
    """Yield parameters that notebooks, report and YAML give differently."""
    chosen, _, refused = yaml_file.entries(folder / "params.yaml")
    for sentence in refused:
        yield "params.yaml", sentence
    used: dict[str, object] = {}
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        file = f"notebooks/{path.name}"
        for name, value in _injected(path).items():
            if name in parameters.SET_BY_RUNNER:
                continue
            if name in chosen and chosen[name] != value:
                yield file, f"ran with {name} = {value!r}, but params.yaml has {chosen[name]!r}"
            if used.setdefault(name, value) != value:
                yield file, f"ran with {name} = {value!r}, an earlier notebook with {used[name]!r}"
        for name in sorted(_declared(path) & set(chosen) - set(_injected(path))):
            yield file, f"ran without {name}, which params.yaml gives"
    yield from _printed_parameters(folder, chosen)


def _printed_parameters(folder: Path, chosen: dict) -> Said:
    """Yield parameters that the report's texts print otherwise than the YAML gives them."""
    for name, value in printed.parameters(folder).items():
        given = chosen.get(name, value)
        as_number = f"{given:g}" if isinstance(given, float) else str(given)
        if str(given) != str(value) and as_number != str(value):
            yield printed.META, f"{name} is {value!r}, but params.yaml has {given!r}"


def _injected(path: Path) -> dict[str, object]:
    """Return the parameters that a notebook was run with."""
    return _assigned(path, _INJECTED)


def _declared(path: Path) -> set[str]:
    return set(_assigned(path, "parameters"))


def _assigned(path: Path, tag: str) -> dict[str, object]:
    """Return the literals that a notebook's cells with a tag assign; ValueError for anything else.

    Nothing is executed.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    found: dict[str, object] = {}
    for cell in cells:
        if tag in cell["metadata"].get("tags", []):
            for statement in ast.parse("".join(cell["source"])).body:
                targets = getattr(statement, "targets", None) or [statement.target]
                found[targets[0].id] = ast.literal_eval(statement.value)
    return found


def _verdicts(folder: Path) -> Said:
    """Yield verdicts on announced figures that the claims do not give."""
    announced = tables.read_or_empty(folder / "inputs", "announced")
    if announced.empty:
        return
    known = claims.read(folder / "claims.csv")
    made = audit.audit(announced, known, published.coefficients()).set_index("id")
    held = sheets.written(folder / "verdicts.csv").set_index("id")
    for id in made.index.symmetric_difference(held.index):
        yield "verdicts.csv", f"statement {id} stands in only one of announced and verdicts.csv"
    for id in made.index.intersection(held.index):
        if made.at[id, "verdict"] != held.at[id, "verdict"]:
            found, true = held.at[id, "verdict"], made.at[id, "verdict"]
            yield "verdicts.csv", f"statement {id}: found '{found}', the claims give '{true}'"


CHECKS: dict[str, Callable[[Path], Said]] = {
    SIZES: _sizes,
    "manifest": _manifest,
    _SIGNATURES: signatures.faults,
    "release": making.release_faults,
    "crate": making.crate_faults,
    "claims": _claims,
    "lineage": _lineage,
    "arithmetic": _arithmetic,
    "published values": _published,
    "parameters": _parameters,
    "verdicts": _verdicts,
    "report": printed.differences,
}  # the quick ones first
