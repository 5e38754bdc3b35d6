"""The mutation score of the rooms that decide a total: `make mutants` prints it.

Cosmic Ray's operators change one place of a room; the change is survived if no test fails. Each
place is changed once by an operator drawn by seed and, where there is one, by its NEAREST: `<` to
`<=`, `+` to `-`, `|` to `&`. Left out are kinds, never single changes: type annotations, `is` for
`==` (the same object, or a warning of Python's), a dataclass that is no longer frozen, a result
that is no longer cached, `*` for `&` and `+` for `|` (of masks, the same truth tables), and what
does not compile.

A change runs in a process of its own, forked when pandas is loaded but the package is not, against
the tests that reach its statement, quickest first, until BUDGET_S of tests have run.
"""

from __future__ import annotations

import argparse
import ast
import csv
import hashlib
import importlib.util
import json
import math
import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "neutrality"
OUT = ROOT / "outputs" / "mutants"
GROUPS = {
    "ledger": ("ledger/*.py",),
    "offset": ("offset/[!c]*.py",),  # not its charts
    "inventory": ("inventory/*.py",),
    "claims": ("claims.py", "register.py", "lineage.py"),
}
# The rooms' own test files: what only a test of the whole report notices is a survivor.
TESTS = {
    "ledger": (
        *("certificates", "certificate_refusals", "credits", "double_claims", "ranges"),
        *(
            "registry",
            "retirement_text",
            "serials",
            "certificate_lists",
            "exports_real",
            "reporters",
        ),
        *("credit_edges", "retirement_edges", "certificate_edges", "list_edges"),
    ),
    "offset": ("residual", "sizing", "stress", "uncertainty"),
    "inventory": (
        *("activities", "neighbours", "plausibility", "views"),
        *("attribution", "falls", "quality"),
    ),
    "claims": ("claims", "register"),
}
EVERY = ("edges",)  # limits of all groups
REQUIRED = 0.8  # of each group
BUDGET_S = 20.0
PATIENCE = 10  # times the tests' usual time, then a change is killed for hanging
NEAREST = {
    *("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Eq_GtE", "NotEq_Gt"),
    *("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "BitAnd_BitOr", "BitOr_BitAnd"),
}
KILLED, SURVIVED, HUNG = "killed", "survived", "hung"
UNTRIED = 9  # exit code of a process in which the changed room was not imported


@dataclass(frozen=True)
class Mutant:
    """One change of one room: the operator, which of its occurrences, and where that is."""

    room: str  # path below SRC
    operator: str
    occurrence: int
    start: tuple[int, int]  # line and column
    end: tuple[int, int]

    @property
    def kind(self) -> str:
        """Return what the operator puts for what, as NEAREST names it."""
        return "_".join(self.operator.split("_")[1:])

    @property
    def place(self) -> tuple:
        """Return where, and by which family of operators, the room is changed."""
        return self.start, self.end, self.operator.split("_")[0]

    def text(self) -> str:
        """Return the room's source with the change."""
        from cosmic_ray.mutating import mutate_code
        from cosmic_ray.plugins import get_operator

        source = (SRC / self.room).read_text(encoding="utf-8")
        return mutate_code(source, get_operator(self.operator)(), self.occurrence)


def rooms() -> dict[str, str]:
    """Return the group of each room, by its path below SRC."""
    return {
        path.relative_to(SRC).as_posix(): group
        for group, globs in GROUPS.items()
        for glob in globs
        for path in sorted(SRC.glob(glob))
    }


def every(room: str) -> Iterator[Mutant]:
    """Yield all changes of a room that Cosmic Ray's operators without arguments make."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    nodes = list(ast_nodes(get_ast((SRC / room).read_text(encoding="utf-8"))))
    for name in operator_names():
        if "Variable" in name:  # they need the names of variables
            continue
        operator = get_operator(name)()
        positions = (at for node in nodes for at in operator.mutation_positions(node))
        for occurrence, (start, end) in enumerate(positions):
            yield Mutant(room, name, occurrence, start, end)


def annotations(tree: ast.AST) -> list[ast.AST]:
    """Return the nodes of a module that annotate types."""
    found = []
    for node in ast.walk(tree):
        found += [getattr(node, "annotation", None), getattr(node, "returns", None)]
    return [node for node in found if node is not None]


def left_out(mutant: Mutant, notes: list[ast.AST], line: str) -> bool:
    """Return whether a change is of a kind that no test could tell."""
    if mutant.kind.endswith(("_Is", "_IsNot")) and not mutant.kind.startswith("Is"):
        return True
    if "@dataclass(frozen=True)" in line or line.strip().startswith(("@cache", "@lru_cache")):
        return True
    # `+` binds tighter than `&`, as `|` does not: beside one it is another change
    if mutant.kind == "BitAnd_Mul" or (mutant.kind == "BitOr_Add" and "&" not in line):
        return True
    return any(
        (note.lineno, note.col_offset) <= mutant.start <= (note.end_lineno, note.end_col_offset)
        for note in notes
    )


def compiles(mutant: Mutant) -> bool:
    """Return whether the changed room is still Python."""
    try:
        compile(mutant.text(), mutant.room, "exec")
    except SyntaxError:
        return False
    return True


def drawn(room: str, seed: int, most: int) -> list[Mutant]:
    """Return the changes to try, at most so many: of each place the nearest and one other."""
    source = (SRC / room).read_text(encoding="utf-8")
    notes, written = annotations(ast.parse(source)), source.splitlines()
    places: dict[tuple, list[Mutant]] = {}
    for mutant in every(room):
        if not left_out(mutant, notes, written[mutant.start[0] - 1]):
            places.setdefault(mutant.place, []).append(mutant)
    draw = random.Random(f"{seed} {room}")
    chosen = []
    for mutants in places.values():
        near = [mutant for mutant in mutants if mutant.kind in NEAREST]
        rest = [mutant for mutant in mutants if mutant not in near]
        chosen += near + draw.sample(rest, min(1, len(rest)))
    chosen = draw.sample(chosen, min(most, len(chosen)))
    return [mutant for mutant in chosen if compiles(mutant)]


class Reached:
    """Pytest plugin: which test runs now, for coverage, and how long each takes."""

    def __init__(self, coverage):
        self.coverage = coverage
        self.seconds: dict[str, float] = {}
        self.started = 0.0

    def pytest_collection_modifyitems(self, items):
        from hypothesis import settings  # which lines a test reaches, a few examples tell

        settings.register_profile("few", settings.default, max_examples=5)
        settings.load_profile("few")

    def pytest_runtest_logstart(self, nodeid):
        self.coverage.switch_context(nodeid)
        self.started = time.process_time()  # what else the machine does is not the test's

    def pytest_runtest_logreport(self, report):
        assert not report.failed, f"{report.nodeid} fails before anything is changed"

    def pytest_runtest_logfinish(self, nodeid):
        self.seconds[nodeid] = time.process_time() - self.started


def test_files(chosen: list[str]) -> list[str]:
    """Return the rooms, for their doctests, and the test files of their groups."""
    group_of = rooms()
    names = [name for group in sorted({group_of[room] for room in chosen}) for name in TESTS[group]]
    files = [str(ROOT / "tests" / f"test_{name}.py") for name in (*EVERY, *names)]
    return [str(SRC / room) for room in chosen if not room.endswith("__init__.py")] + files


def quietly(arguments: list[str], plugins=()) -> int:
    """Run pytest without a word in a folder of temporary files of this process; its exit code."""
    import pytest

    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    temporary = f"--basetemp=/tmp/mutants-{os.getppid()}"
    # pytest would itself import, from the disk, a room whose doctests it was asked for
    plain = "--assert=plain"
    common = ["-q", "--no-header", plain, "-p", "no:warnings", temporary, f"--rootdir={ROOT}"]
    return pytest.main([*common, *arguments], plugins=list(plugins))


def reach(files: list[str], chosen: list[str]) -> dict:
    """Return, from a fork, the tests that execute each line, and their seconds."""
    receive, send = os.pipe()
    if not (child := os.fork()):
        import coverage

        os.close(receive)
        measured = coverage.Coverage(
            data_file=None, config_file=False, include=[str(SRC / room) for room in chosen]
        )
        plugin = Reached(measured)
        measured.start()
        code = quietly(["-x", "-m", "not slow and not adversary", *files], [plugin])
        measured.stop()
        data = measured.get_data()
        lines = {room: data.contexts_by_lineno(str(SRC / room)) for room in chosen}
        with os.fdopen(send, "w") as pipe:
            json.dump({"lines": lines, "seconds": plugin.seconds, "code": int(code)}, pipe)
        os._exit(0)
    os.close(send)
    with os.fdopen(receive) as pipe:
        found = json.load(pipe)
    os.waitpid(child, 0)
    return found


def remembered(file: str, chosen: list[str]) -> dict:
    """Return `reach` of one test file, from OUT where neither it nor the rooms have changed."""
    shared = [
        p for p in (ROOT / "tests").glob("*.py") if not p.name.startswith(("test_", "mutants"))
    ]
    texts = [Path(file), *(SRC / room for room in chosen), *sorted(shared)]
    key = hashlib.sha256(b"".join(path.read_bytes() for path in texts)).hexdigest()
    path = OUT / "reach" / f"{key}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(reach([file], chosen)), encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


def reached(chosen: list[str], jobs: int) -> tuple[dict, dict]:
    """Return the tests that reach each line of each room, and the seconds of each test."""
    files = test_files(chosen)
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        parts = pool.starmap(remembered, [(file, list(rooms())) for file in files], chunksize=1)
    lines: dict[str, dict[int, set[str]]] = {room: {} for room in chosen}
    seconds: dict[str, float] = {}
    for file, part in zip(files, parts, strict=True):
        if part["code"] not in (0, 5):  # 5: no test collected
            sys.exit(f"{file}: its tests fail before anything is changed")
        seconds |= part["seconds"]
        for room in chosen:
            for line, tests in part["lines"][room].items():
                lines[room].setdefault(int(line), set()).update(filter(None, tests))
    return lines, seconds


def statement(tree: ast.AST, line: int) -> range:
    """Return the lines of the innermost statement at a line; of a block, its head alone."""
    best = range(line, line + 1)
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.lineno <= line <= node.end_lineno:
            body = getattr(node, "body", None)
            end = body[0].lineno - 1 if body else node.end_lineno
            if line <= max(end, node.lineno):
                best = range(node.lineno, max(end, node.lineno) + 1)
    return best


def tests_of(mutant: Mutant, lines: dict, seconds: dict) -> list[str]:
    """Return the tests that reach a change, quickest first, as many as the budget allows."""
    tree = ast.parse((SRC / mutant.room).read_text(encoding="utf-8"))
    found = set()
    for line in statement(tree, mutant.start[0]):
        found |= lines[mutant.room].get(line, set())
    if not found:  # what import alone executes
        found = set().union(*lines[mutant.room].values())
    spent, tests = 0.0, []
    for test in sorted(found, key=lambda test: (round(seconds[test], 1), test)):
        spent += seconds[test]
        if tests and spent > BUDGET_S:
            break
        tests.append(test)
    return tests


def preload() -> None:
    """Import all that the package imports, but leave the package itself to each fork."""
    for name in ("pytest", "hypothesis", "papermill", "neutrality.cli"):
        importlib.import_module(name)
    for name in [name for name in sys.modules if name.split(".")[0] == "neutrality"]:
        del sys.modules[name]


class Changed:
    """Finder that imports one room with its change, and leaves all else to Python."""

    def __init__(self, room: str, text: str):
        self.path = str(SRC / room)
        self.name = ".".join(["neutrality", *Path(room).with_suffix("").parts])
        self.name = self.name.removesuffix(".__init__")
        self.text = text
        self.imported = False

    def find_spec(self, name, path=None, target=None):
        if name == self.name:
            return importlib.util.spec_from_file_location(name, self.path, loader=self.loader())
        return None

    def loader(self):
        loader = importlib.machinery.SourceFileLoader(self.name, self.path)
        loader.get_code = self.code
        return loader

    def code(self, name):
        self.imported = True
        return compile(self.text, self.path, "exec", dont_inherit=True)


def tried(work: tuple[Mutant, list[str], float]) -> tuple[Mutant, str]:
    """Return a change and what became of it."""
    mutant, tests, usual_s = work
    if not tests:
        return mutant, SURVIVED
    text = mutant.text()
    if not (child := os.fork()):
        # seconds of the processor, not of the clock: a busy machine kills no change
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, PATIENCE * (1 + usual_s))
        changed, code = Changed(mutant.room, text), 1
        sys.meta_path.insert(0, changed)
        try:
            code = quietly(["-x", *tests])
        finally:
            os._exit(int(code != 0) if changed.imported else UNTRIED)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == UNTRIED:
        raise RuntimeError(f"{mutant}: its tests do not import the changed room")
    if os.WIFSIGNALED(status):
        return mutant, HUNG if os.WTERMSIG(status) == signal.SIGPROF else KILLED
    return mutant, KILLED if os.WEXITSTATUS(status) else SURVIVED


def interval(killed: int, tried: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share.

    >>> [round(bound, 3) for bound in interval(90, 100)]
    [0.826, 0.945]
    """
    z = 1.96
    share, spread = killed / tried, z * z / tried
    middle = share + spread / 2
    half = z * (share * (1 - share) / tried + spread / tried / 4) ** 0.5
    return (middle - half) / (1 + spread), (middle + half) / (1 + spread)


def line_of(name: str, found: list[str]) -> str:
    """Return one line of the table of scores."""
    killed = len(found) - found.count(SURVIVED)
    low, high = interval(killed, len(found))
    share = f"{killed / len(found):7.1%}  [{low:.1%}, {high:.1%}]"
    return f"{name:32}{len(found):6}{killed:7}{found.count(HUNG):6}{share}"


def change(mutant: Mutant) -> tuple[str, str]:
    """Return the first line that differs, before and after."""
    before = (SRC / mutant.room).read_text(encoding="utf-8").splitlines()
    pairs = zip(before, mutant.text().splitlines(), strict=False)
    return next((old.strip(), new.strip()) for old, new in pairs if old != new)


def keep(results: list[tuple[Mutant, str]]) -> Path:
    """Write the survivors, one a row, for a person to read; return where."""
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / "survivors.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["room", "line", "operator", "before", "after"])
        for mutant, outcome in sorted(results, key=lambda found: (found[0].room, found[0].start)):
            if outcome == SURVIVED:
                kind = mutant.operator.removeprefix("core/")
                rows.writerow([mutant.room, mutant.start[0], kind, *change(mutant)])
    return path


def printed(results: list[tuple[Mutant, str]]) -> float:
    """Print the score of each room and group; return the lowest of a group."""
    group_of, lowest = rooms(), 1.0
    head = "room", "tried", "killed", "hung", "score", "95 %"
    print("{:32}{:>6}{:>7}{:>6}{:>7}  {}".format(*head))
    for group in GROUPS:
        inside = [(m.room, outcome) for m, outcome in results if group_of[m.room] == group]
        for room in sorted({room for room, _ in inside}):
            print(line_of(f"  {room}", [outcome for name, outcome in inside if name == room]))
        if inside:
            outcomes = [outcome for _, outcome in inside]
            lowest = min(lowest, 1 - outcomes.count(SURVIVED) / len(outcomes))
            print(line_of(group, outcomes))
    print(line_of("all", [outcome for _, outcome in results]))
    return lowest


def main() -> int:
    """Try the changes of the rooms asked for, or all; return 1 if a group is below REQUIRED."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rooms", nargs="*", help="rooms or wings, as ledger/ranges or offset")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=60, help="changes a room")
    parser.add_argument("--minutes", type=float, default=0, help="limit of time; 0: none")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    chosen = [r for r in rooms() if not asked.rooms or r.startswith(tuple(asked.rooms))]
    # The same examples on every run, and no plugin of pytest's, which cost more than the tests.
    os.environ |= {"CI": "1", "OMP_NUM_THREADS": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    preload()
    start = time.monotonic()
    lines, seconds = reached(chosen, asked.jobs)
    work = []
    for mutant in (mutant for room in chosen for mutant in drawn(room, asked.seed, asked.most)):
        tests = tests_of(mutant, lines, seconds)
        work.append((mutant, tests, sum(seconds[test] for test in tests)))
    said = f"{len(seconds)} tests, {len(work)} changes, {time.monotonic() - start:.0f} s"
    print(said, flush=True)
    random.Random(asked.seed).shuffle(work)  # what a limit of time leaves is a fair sample
    until = start + 60 * asked.minutes if asked.minutes else math.inf
    results = []
    with multiprocessing.get_context("fork").Pool(asked.jobs) as pool:
        for result in pool.imap_unordered(tried, work, chunksize=1):
            results.append(result)
            if result[1] == SURVIVED:
                print(result[0].room, result[0].start[0], *change(result[0]), sep=" | ", flush=True)
            if time.monotonic() > until:
                pool.terminate()
                break
    lowest = printed(results)
    print(f"{keep(results)}, {time.monotonic() - start:.0f} s")
    return int(lowest < REQUIRED)


if __name__ == "__main__":
    sys.exit(main())
