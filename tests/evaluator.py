"""What a case would state, in seconds: refusals, findings, total and credits.

Of the notebooks themselves only those statements run on which these results rest (a slice of
their code), so that no second copy of the method can drift from them. Figures and claims are left
out. What was computed once for the same tables is remembered.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import importlib.util
import io
import pickle
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import NamedTuple

import nbformat
import numpy as np
import pandas as pd

from neutrality import sheets
from neutrality.case import tables
from neutrality.energy import baseline, meters
from neutrality.ledger import certificates, credits
from neutrality.reference import emission_factors
from neutrality.report import bridge
from neutrality.runner import checks, parameters, refusals, yaml_file
from neutrality.texts import findings as all_findings
from neutrality.texts.findings import Finding

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
# What is asked of each notebook; the tables that a later one reads are added.
_WANTED = {
    "01": ["found", "load"],
    "02": ["found", "factor"],
    "03": ["found", "needed", "retired", "base_change"],
}


class Outcome(NamedTuple):
    """What became of a case; without figures where it was refused."""

    refused: list[str]
    findings: list  # of texts/findings.py
    market_t: float = np.nan
    needed: int = 0
    retired: int = 0
    reduced_t: float = np.nan  # by activity since the base year [tCO2e]
    factor: float = np.nan  # of the consuming grid [kgCO2/kWh]
    percent: float = 5.0  # of the residual, from which a finding stands on page one

    def rules(self) -> Counter:
        """Return how often each rule was found."""
        return Counter(finding.rule for finding in self.findings)

    def table(self) -> pd.DataFrame:
        """Return the findings as the report has them: electricity in tonnes too."""
        claims = pd.DataFrame({"value": {"grid_factor": self.factor}})
        return bridge.sized(all_findings.table(self.findings), claims)

    def sizes(self) -> dict[str, float]:
        """Return the tonnes that the findings of each rule give in all, where they give any."""
        table = self.table()
        size_t = table["t_co2e"].fillna(table["base_t_co2e"]).abs()
        return size_t.groupby(table["rule"]).sum().to_dict()

    def page_one(self) -> list[str]:
        """Return the rules of the findings on page one; altered notebooks have a section there."""
        table = self.table()
        material = all_findings.material(table, self.percent, self.market_t)["rule"]
        return [*material, *table["rule"][table["table"] == "notebooks"]]


def evaluate(case_yaml: Path, notebooks: Path = NOTEBOOKS) -> Outcome:
    """Return what became of a case; an error that is no refusal is raised."""
    with _remembered():
        if refused := checks.check(case_yaml, notebooks):
            return Outcome(refused, [])
        try:
            return _computed(case_yaml, notebooks)
        except ValueError as error:
            return Outcome(str(error).splitlines(), [])


def _computed(case_yaml: Path, notebooks: Path) -> Outcome:
    """Return what the notebooks' slices give."""
    values, _, _ = yaml_file.entries(case_yaml)
    chosen = parameters.complete(values, parameters.signature(notebooks))
    kept: dict = {}  # what each notebook leaves
    # tables.unread looks into every file; asked once here, other results do not rest on it
    unread = tables.unread(case_yaml.parent)
    for number in slices(notebooks):
        # repr and hashes: what pickle makes of equal texts depends on which of them are one object
        earlier = [each["hash"] for each in kept.values()]
        key = number, str(notebooks), repr(chosen), repr(unread), *earlier
        kept[number] = _recalled(
            key,
            case_yaml.parent,
            lambda n=number: _sliced(
                slices(notebooks)[n], n, chosen, case_yaml.parent, kept, unread
            ),
        )
    total = kept["03"]["base_change"].query("view == 'market' and source == 'total'").iloc[0]
    found = [finding for each in kept.values() for finding in each["found"]] + altered(notebooks)
    needed, retired = kept["03"]["needed"], kept["03"]["retired"]
    figures = total["reporting_t"], needed, retired, -total["activity_t"]
    return Outcome([], found, *figures, kept["02"]["factor"], chosen["materiality_percent"])


@cache
def altered(notebooks: Path) -> list[Finding]:
    """Return a finding for each cell that differs from the release, where the package tells."""
    if not importlib.util.find_spec("neutrality.report.methods"):
        return []
    methods = importlib.import_module("neutrality.report.methods")
    cells = methods.altered(parameters.notebooks(notebooks))
    return [
        Finding("notebooks", 0, change, "odd", what, what)
        for change, what in cells.filter(["change", "what"]).itertuples(index=False)
    ]


def _sliced(
    code: tuple, number: str, chosen: dict, case: Path, kept: dict, unread: list[Finding]
) -> dict:
    """Return what the slice of one notebook leaves: what is wanted of it, and its tables."""
    left = {name: table for each in kept.values() for name, table in each["left"].items()}

    def read_result(out, name: str, notebook: str) -> pd.DataFrame:
        return _as_read(left[name])

    def read_load(out):
        return kept["01"]["load"]

    space = chosen | {"case": str(case), "out": str(case)}
    with _patched(
        (meters, "read_load", read_load),
        (tables, "read_result", read_result),
        (tables, "unread", lambda case: unread),
    ):
        exec(code[0], space)
        made = {name: eval(expression, space) for name, expression in code[1].items()}
    wanted = {name: space[name] for name in _WANTED[number]} | {"left": made}
    return wanted | {"hash": hashlib.blake2b(pickle.dumps(wanted)).hexdigest()}


def _as_read(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a result table as the next notebook reads it from its file."""
    text = frame.to_csv(index=False, lineterminator="\n")
    return pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=[""])


# The slice of a notebook


@cache
def slices(notebooks: Path) -> dict[str, tuple]:
    """Return, by notebook, the code that its results rest on, and the tables it leaves, each as
    code.
    """
    trees = {number: _tree(notebooks, number) for number in _WANTED}
    sliced = {}
    for number, tree in trees.items():
        asked = {
            node.value
            for later, other in trees.items()
            if later > number
            for node in ast.walk(other)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        left = {name: made for name, made in _left(tree).items() if name in asked}
        names = {*_WANTED[number], *(name for made in left.values() for name in _loaded(made))}
        body = ast.Module(_rests_on(tree.body, names), [])
        compiled = {
            name: compile(ast.Expression(made), number, "eval") for name, made in left.items()
        }
        sliced[number] = compile(body, f"notebook {number}", "exec"), compiled
    return sliced


def _tree(notebooks: Path, number: str) -> ast.Module:
    (path,) = notebooks.glob(f"{number}_*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    code = [
        cell.source
        for cell in cells
        if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", [])
    ]
    return ast.parse("\n".join(code))


def _left(tree: ast.Module) -> dict[str, ast.expr]:
    """Return the tables that a notebook writes, by name."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    writes = [call for call in calls if ast.unparse(call.func) == "tables.write_results"]
    return {each.arg: each.value for call in writes for each in call.keywords if each.arg}


def _loaded(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} - set(dir(builtins))


def _bound(statement: ast.stmt) -> set[str]:
    """Return the names that a statement gives a value, or changes."""
    if isinstance(statement, ast.FunctionDef):
        return {statement.name}
    bound = set()
    for node in ast.walk(statement):
        if isinstance(node, (ast.Name, ast.Subscript, ast.Attribute)) and isinstance(
            node.ctx, ast.Store
        ):
            while not isinstance(node, ast.Name):
                node = node.value
            bound.add(node.id)
    return bound


def _rests_on(body: list[ast.stmt], names: set[str]) -> list[ast.stmt]:
    """Return the statements that names rest on, in their order; imports and refusals always."""
    kept, needed = [], set(names)
    for statement in reversed(body):
        always = isinstance(statement, (ast.Import, ast.ImportFrom)) or (
            isinstance(statement, ast.Expr) and ".refuse" in ast.unparse(statement)
        )
        if always or _bound(statement) & needed:
            kept.append(statement)
            needed |= _loaded(statement)
    return kept[::-1]


# What is remembered


@contextmanager
def _patched(*changed: tuple):
    """Replace functions of modules for a while: (module, name, function)."""
    originals = [(module, name, getattr(module, name)) for module, name, _ in changed]
    for module, name, value in changed:
        setattr(module, name, value)
    try:
        yield
    finally:
        for module, name, value in originals:
            setattr(module, name, value)


def _remembered():
    """Read each file once, and apply each rule once to the same tables."""
    return _patched(
        (tables, "_parse", _parse),
        (tables, "path_of", _path_of),
        (refusals, "RULES", tuple((_once(rule), *more) for rule, *more in _real_rules)),
        *((module, name, function) for module, name, function in _BY_CONTENT),
    )


_READ: list[set] = [set()]  # the tables that the rules now at work have asked for
_real_parse, _real_path_of, _real_rules = tables._parse, tables.path_of, refusals.RULES


@cache
def _text_hash(path: Path, size: int, changed: int) -> str:
    """Return a hash of a file's cells without blanks around them; of its bytes where it has
    none.
    """
    try:
        raw = sheets.cells(path)
        held = raw.map(lambda cell: str(cell).strip(" \u00a0")).to_csv()
        held = (held + repr(raw.attrs)).encode("utf-8", "surrogatepass")
    except ValueError:
        held = path.read_bytes()
    return hashlib.blake2b(held).hexdigest()


def _hash(path: Path | None) -> str:
    if path is None:
        return ""
    about = path.stat()
    return path.suffix + _text_hash(path, about.st_size, about.st_mtime_ns)


def _path_of(case: Path, name: str) -> Path | None:
    for asked in _READ:
        asked.add(name)
    return _real_path_of(Path(case), name)


_PARSED: dict = {}


def _parse(case: Path, name: str, timezone: str):
    path = _path_of(case, name)
    key = name, timezone, _hash(path)
    if key not in _PARSED:
        _PARSED[key] = _outcome(_real_parse, case, name, timezone)
        if len(_PARSED) > 200:
            _PARSED.pop(next(iter(_PARSED)))
    frame, found, faulty = _given(_PARSED[key])
    return frame.copy(deep=False), list(found), faulty.copy()


def _outcome(function, *args, **kwargs):
    """Return what a function returns, or the refusal that it raises."""
    try:
        return function(*args, **kwargs), None
    except ValueError as error:
        return None, error


def _given(outcome):
    value, error = outcome
    if error:
        raise error
    return value


_RECALLED: dict = {}


def _recalled(key, case: Path, compute: Callable[[], object]):
    """Return what was computed for a key, again only where a table that it asked for changed."""
    for asked, outcome in _RECALLED.setdefault(key, []):
        if all(_hash_of(case, name) == hashed for name, hashed in asked.items()):
            for reading in _READ:
                reading |= set(asked)
            return _given(outcome)
    _READ.append(set())
    try:
        outcome = _outcome(compute)
    finally:
        asked = _READ.pop()
    seen = {name: _hash_of(case, name) for name in asked}
    _RECALLED[key] = [*_RECALLED[key][:1], (seen, outcome), *_RECALLED[key][1:5]]
    return _given(outcome)


def _once(rule):
    """Return a rule that is applied again only where a table that it asked for has changed."""
    return lambda case, *args: _recalled((rule, args), case, lambda: rule(case, *args))


def _hash_of(case: Path, name: str) -> str:
    try:
        return _hash(_real_path_of(case, name))
    except ValueError as error:  # two files hold the table
        return str(error)


def _by_content(module, name: str, most: int = 60) -> tuple:
    """Return module, name and a function that remembers its results by what it is given."""
    function, results = getattr(module, name), {}

    @wraps(function)
    def remembered(*args, **kwargs):
        key = hashlib.blake2b(pickle.dumps((args, kwargs))).hexdigest()
        if key not in results:
            if len(results) >= most:
                results.pop(next(iter(results)))
            results[key] = _outcome(function, *args, **kwargs)
        given = _given(results[key])
        return given.copy() if hasattr(given, "copy") else given

    return module, name, remembered


_BY_CONTENT = [
    _by_content(parameters, "signature"),
    _by_content(emission_factors, "factors"),
    _by_content(certificates, "check"),
    _by_content(credits, "check"),
    *(_by_content(baseline, name) for name in ("half_life_errors", "held_out", "fit", "predict")),
]
