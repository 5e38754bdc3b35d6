"""What is taken again is what a fresh run would make, byte for byte; a change repeats each notebook
that depends on it, and no other.
"""

import ast
import contextlib
import io
import json
import os
import re
import shutil
import tempfile
from pathlib import Path

import nbformat
import pytest
import toy
from conftest import ROOT
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from neutrality.case import tables
from neutrality.runner import cache, execution, parameters, reuse, run, unchanged

PARAMETERS = """\
case: str = "../params/toy"  # folder of the case's tables
out: str = "../outputs/lab"  # folder that results go to
"""
# How a notebook may learn what a table holds, libraries that open files in C among them.
WAYS = {
    "open": "open(f'inputs/{name}', 'rb').read()",
    "descriptor": "os.read(os.open(f'inputs/{name}', os.O_RDONLY), 99)",
    "mapped": "mmap.mmap(os.open(f'inputs/{name}', os.O_RDONLY), 0, access=mmap.ACCESS_READ)[:]",
    "copied": "shutil.copyfile(f'inputs/{name}', f'copy_{number}')",
    "sent": "shutil.copy(f'inputs/{name}', f'copy_{number}')",
    "pandas": "pd.read_csv(f'inputs/{name}').to_csv()",
    "arrow": "arrow.read_csv(f'inputs/{name}').to_pydict()",
    "process": "subprocess.run(['cat', f'inputs/{name}'], capture_output=True).stdout",
    "appended": "open('shared', 'a').write(open(f'inputs/{name}').read())",
    "template": "os.path.getsize(f'inputs/{name}') > LARGE or open(f'inputs/{name}').read()",
    "exists": "os.path.exists(f'inputs/{name}')",
    "listed": "sorted(os.listdir('inputs'))",
}
NAMES = ["a.csv", "b.csv", "c.csv"]
IMPORTS = "import glob, mmap, os, shutil, subprocess\nimport pandas as pd\n"
IMPORTS += "from pyarrow import csv as arrow\nfrom neutrality.case import tables\n"
IMPORTS += "LARGE = tables.TEMPLATE_BYTES"
SMALL, OTHER, LARGE = "v\n1\n", "v\n2\n", "v\n" + tables.TEMPLATE_BYTES * "3\n"
BODY = """
if os.path.exists('inputs/{name}') or {way!r} in ('exists', 'listed'):
    name, number = {name!r}, {number}
    said = [repr({how})]
    said += [open(path, 'rb').read().hex() for path in {earlier}]
    open(f'made_{number}', 'w').write(repr(said) + gain)
    os.path.exists('shared') and {number} == 3 and os.remove('shared')
    print(number, said)
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The package, each file parsed when it is asked for."""
    return reuse._package(tmp_path_factory.mktemp("parsed"))


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch, request):
    """A kernel takes a second; what runs the cells here takes a millisecond."""
    ran = []
    if {"package", "first_bundle", "kernels"} & set(request.fixturenames):
        return ran

    def execute(notebook, folder, given, written, limits, begun=None):
        made = execution._with_ids(nbformat.read(notebook, as_version=4))
        lines = "\n".join(f"{name} = {value!r}" for name, value in given.items())
        injected = nbformat.v4.new_code_cell(f"# Parameters\n{lines}\n", id="random")
        injected.metadata["tags"] = ["injected-parameters"]
        made.cells.insert(1, injected)
        code, names = [cell for cell in made.cells if cell.cell_type == "code"], {}
        with contextlib.chdir(folder):
            for count, cell in enumerate(code, start=1):
                printed = io.StringIO()
                with contextlib.redirect_stdout(printed):
                    exec(cell.source, names)
                cell.execution_count = count
                cell.outputs = [nbformat.v4.new_output("stream", text=printed.getvalue())]
        ran.append(notebook.stem)
        return made

    monkeypatch.setattr(execution, "execute", execute)
    monkeypatch.setattr(reuse, "_of_package", dict)  # what they read is seen without it
    return ran


def notebook(folder, number, name, way, earlier=False, remark="", text="Why."):
    """Write a notebook that makes a file of what it learns of one table, and of earlier files."""
    earlier = "sorted(glob.glob('made_*'))" if earlier else "[]"
    body = BODY.format(name=name, way=way, how=WAYS[way], number=number, earlier=earlier)
    path = folder / f"0{number}_made.ipynb"
    declared = PARAMETERS + f"gain_{number}: str = 'x'  # a parameter\n"
    toy.notebook(path, IMPORTS, f"gain = gain_{number}{remark}\n{body}", parameters=declared)
    path.write_text(path.read_text(encoding="utf-8").replace("Why.", text), encoding="utf-8")


def stage(folder, held):
    """Make a stage in a run's folder, as `bundle.stage` does."""
    made = folder / "stage"
    (made / "inputs").mkdir(parents=True)
    for name, content in held.items():
        (made / "inputs" / name).write_text(content)
    (made / "params.yaml").write_text("")
    return made


def made(folder, held, values, kept):
    """Run the notebooks of a folder in a new stage; return its files, and what was said."""
    said = []
    with tempfile.TemporaryDirectory(dir=folder) as at:
        where = stage(Path(at), held)
        written = execution.execute_all(
            parameters.notebooks(folder / "nb"), values, where, said.append, 60, kept
        )
        return toy.contents(where), written, [line.split()[1:] for line in said]


CHANGE = st.one_of(
    st.tuples(st.just("table"), st.sampled_from(NAMES), st.sampled_from([SMALL, OTHER, LARGE, ""])),
    st.tuples(st.just("value"), st.integers(1, 3), st.sampled_from("xy")),
    st.tuples(st.just("way"), st.integers(1, 3), st.sampled_from(sorted(WAYS))),
    st.tuples(st.just("remark"), st.integers(1, 3), st.sampled_from(["  # one", "\n\n# two"])),
    st.tuples(st.just("text"), st.integers(1, 3), st.sampled_from(["Since.", "Hence."])),
    st.tuples(st.just("earlier"), st.integers(2, 3), st.booleans()),
)
SHAPE = st.fixed_dictionaries(
    {
        "name": st.sampled_from(NAMES),
        "way": st.sampled_from(sorted(WAYS)),
        "earlier": st.booleans(),
    }
)


@settings(max_examples=8)
@drawn(st.lists(SHAPE, min_size=3, max_size=3), st.lists(CHANGE, max_size=4))
def test_after_any_changes_all_files_are_those_of_a_fresh_run(shapes, changes):
    held, values = dict.fromkeys(NAMES, SMALL), {}
    with tempfile.TemporaryDirectory() as at:
        folder = Path(at)
        (folder / "nb").mkdir()
        for change, which, to in [("none", 1, ""), *changes]:
            if change == "table":
                held.pop(which, None)
                held |= {which: to} if to else {}
            elif change == "value":
                values[f"gain_{which}"] = to
            elif change != "none":
                shapes[which - 1] = shapes[which - 1] | {change: to}
            for number, shape in enumerate(shapes, start=1):
                notebook(folder / "nb", number, **shape)
            fresh = made(folder, held, values, None)[:2]
            assert made(folder, held, values, reuse.Kept(folder / "kept"))[:2] == fresh


def repeated(folder, new, values=None, **changed):
    """Return which of three notebooks are repeated after a first run and a change."""
    shapes = [("a.csv", "open", False), ("b.csv", "arrow", False), ("c.csv", "open", True)]
    (folder / "nb").mkdir()
    for change in ({}, changed):
        for number, shape in enumerate(shapes, start=1):
            notebook(folder / "nb", number, *shape, **(change if number == 2 else {}))
        given, held = (values or {}, new) if change is changed else ({}, {})
        said = made(folder, _TABLES | held, given, reuse.Kept(folder / "kept"))[2]
    return [name[1] for name, *took in said if took != ["as", "before"]]


_TABLES = dict.fromkeys(NAMES, SMALL)


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ({}, ""),
        ({"remark": "  # a comment"}, ""),
        ({"text": "Because."}, ""),
        ({"remark": "; 1"}, "2"),
        ({"new": {"a.csv": "v\n2\n"}}, "13"),
        ({"new": {"b.csv": "v\n2\n"}}, "23"),
        ({"new": {"c.csv": "v\n2\n"}}, "3"),
        ({"new": {"d.csv": "v\n1\n"}}, "123"),
        ({"values": {"gain_2": "y"}}, "23"),
        ({"values": {"gain_3": "y"}}, "3"),
    ],
)
def test_a_change_repeats_what_depends_on_it_and_no_more(tmp_path, changed, again):
    assert "".join(repeated(tmp_path, **{"new": {}, **changed})) == again


def test_fresh_repeats_all_and_is_kept_for_the_next(tmp_path, in_this_process):
    repeated(tmp_path, {})
    shutil.rmtree(tmp_path / "kept")
    for fresh in (True, True, False):
        in_this_process.clear()
        made(tmp_path, _TABLES, {}, reuse.Kept(tmp_path / "kept", fresh))
        assert len(in_this_process) == (3 if fresh else 0)


def test_without_times_of_access_every_file_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(reuse, "_shows", lambda folder, touch: False)
    assert "".join(repeated(tmp_path, {"c.csv": "v\n2\n"})) == "123"
    again = made(tmp_path, _TABLES | {"c.csv": "v\n2\n"}, {}, reuse.Kept(tmp_path / "kept"))
    assert all(took == ["as", "before"] for _, *took in again[2])


def test_an_altered_entry_is_made_again(tmp_path):
    repeated(tmp_path, {})
    fresh = made(tmp_path, _TABLES, {}, None)[0]
    for path in (tmp_path / "kept").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-1] + b"\xff")
    found, _, said = made(tmp_path, _TABLES, {}, reuse.Kept(tmp_path / "kept"))
    assert found == fresh and not any(took == ["as", "before"] for _, *took in said)


def test_a_folder_that_cannot_be_written_costs_the_reuse_alone(tmp_path):
    (tmp_path / "kept").write_text("a file")
    assert repeated(tmp_path, {}) == ["1", "2", "3"]


@pytest.mark.parametrize(
    "cell", ["open('inputs/a.csv', 'a').write('2')", "os.remove('params.yaml')"]
)
def test_a_notebook_that_changes_what_it_was_given_is_not_kept(tmp_path, cell):
    (tmp_path / "nb").mkdir()
    toy.notebook(tmp_path / "nb/01_made.ipynb", IMPORTS, cell, parameters=PARAMETERS)
    made(tmp_path, _TABLES, {}, reuse.Kept(tmp_path / "kept"))
    assert not (tmp_path / "kept").exists()


def test_a_notebook_edited_while_it_runs_is_not_kept(tmp_path, monkeypatch):
    (tmp_path / "nb").mkdir()
    path = tmp_path / "nb/01_made.ipynb"
    edit = "p = {!r}\nt = open(p).read()\nopen(p, 'w').write(t.replace('1' * 3, '2'))\n111"
    toy.notebook(path, IMPORTS, edit.format(str(path)), parameters=PARAMETERS)
    made(tmp_path, _TABLES, {}, reuse.Kept(tmp_path / "kept"))
    assert not (tmp_path / "kept").exists()


def test_a_package_edited_during_the_run_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(unchanged, "doubtful", lambda: True)
    repeated(tmp_path, {})
    assert not (tmp_path / "kept").exists()


def sources(notebook):
    """Return the code cells of one of the release's notebooks."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


RELEASED = parameters.notebooks(ROOT / "notebooks")


def test_a_notebook_needs_the_rooms_it_imports_and_what_they_import(package):
    needed = {path.stem[:2]: reuse._needed(sources(path), package) for path in RELEASED}
    for room, those in {
        "trend/lmdi.py": {"04"},
        "report/pages.py": {"05"},
        "texts/report.en.md": {"05"},
        "texts/layout.lua": {"05"},
        "reference/notebook_cells.csv": {"05"},
        "offset/residual.py": {"03"},
        "reference/units.py": {*needed},
        "reference/factors.csv": {*needed},
        "texts/labels.csv": {*needed},
        "runner/execution.py": {*needed},
        "runner/bundle.py": {*needed},
        "intake/units.csv": set(),
        "verifier/verify.py": set(),
        "texts/messages.csv": set(),
    }.items():
        assert {number for number, names in needed.items() if room in names} == those, room
    everything = {name for name in reuse._of_package() if name.endswith(".py")}
    assert everything <= set(reuse._needed(["%run other.ipynb"], package))
    assert everything <= set(
        reuse._needed(["import importlib\nimportlib.import_module(a)"], package)
    )


def test_data_that_one_room_reads_are_named_in_no_other_that_notebooks_import(package):
    """In strings, not in docstrings."""
    names = [re.sub(r"^.*/|\*.*", "", form) for form in reuse.READ_BY]
    names = [name for name in names if "." in name]
    asked = {name for path in RELEASED for text in sources(path) for name in _imported(text)}
    found = {
        room: [text for text in _strings(Path(unchanged.PACKAGE, room)) for n in names if n in text]
        for room in reuse._reached(asked, package)
    }
    reading = {room for room, held in found.items() if held}
    assert {"report/pages.py", "report/templates.py", "report/methods.py"} <= reading
    assert all(room.startswith(tuple(reuse.READ_BY.values())) for room in reading)


def test_rooms_that_notebooks_import_ask_for_no_size_or_time_but_of_what_they_read(package):
    """A size or time is asked without reading, so it would not be seen. `tables` asks for that of a
    template, which a trace has; the others read the file.
    """
    asked = {name for path in RELEASED for text in sources(path) for name in _imported(text)}
    asking = {
        room
        for room in reuse._reached(asked, package)
        if re.search(
            r"st_size|st_mtime|getsize|getmtime", Path(unchanged.PACKAGE, room).read_text()
        )
    }
    assert asking == {"case/tables.py", "sheets.py", "texts/labels.py"}


def _imported(source):
    return reuse._imports(ast.parse(source))


def _strings(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return [n.value for n in strings if isinstance(n.value, str) and id(n) not in alone]


def test_a_comment_in_a_room_is_no_change_and_code_is(tmp_path):
    path, found = tmp_path / "room.py", []
    for text in ("a = 1\n", "# why\n\na = 1  # one\n", '"""What."""\na = 1\n', "a = 2\n", "a ="):
        path.write_text(text)
        found.append(reuse._parsed(path, text)["does"])
    assert found[0] == found[1] and len(set(found)) == 4


def test_a_notebook_of_the_first_case_counts_each_file_that_it_reads(first_bundle):
    """By name in its cells: tables of the case and results of earlier notebooks, netCDF too."""
    folder, held = first_bundle.parents[1] / cache.FOLDER, {}
    for path in folder.glob("*/*"):
        if (content := path.read_bytes()).startswith(b"PK"):
            trace = reuse._unpacked(content)
            (number,) = [name[7:9] for name in trace.wrote if name.startswith("claims/0")]
            held[number] = path.parent.name, trace
    assert sorted(held) == [path.stem[:2] for path in RELEASED]
    lying = os.listdir(first_bundle / "inputs")
    for path in RELEASED:
        code, (key, trace) = "\n".join(sources(path)), held[path.stem[:2]]
        case = re.findall(r'tables\.\w+\(case, "(\w+)"', code)
        wanted = {f"inputs/{name}" for name in lying if name.split(".")[0] in case}
        wanted |= {f"tables/{name}.csv" for name in re.findall(r'read_result\(out, "(\w+)"', code)}
        wanted |= {"load.nc"} if "read_load(out)" in code else set()
        assert wanted and wanted <= set(trace.read), path.stem
        before = {
            name.removesuffix(" (large)"): {"size": tables.TEMPLATE_BYTES + name.endswith(")")}
            for name in trace.names
        }
        for name, about in before.items():
            about["sha256"] = trace.read.get(name, "")
        assert reuse.find(reuse.Kept(folder), key, before) == trace
        for name in wanted:
            flipped = before | {name: before[name] | {"sha256": "another"}}
            assert reuse.find(reuse.Kept(folder), key, flipped) is None


@pytest.fixture
def kernels(monkeypatch):
    """Notebooks run as in `neutrality run`, and any count as the release's."""
    toy.as_released(monkeypatch)


@pytest.mark.slow
def test_a_bundle_with_outputs_taken_again_has_the_bytes_of_a_fresh_one(kernels, tmp_path):
    yaml, said = toy.case(tmp_path / "params" / "toy"), []
    toy.notebooks(tmp_path / "nb")
    run.run(yaml, tmp_path / "kept", tmp_path / "nb", said.append)
    for path in (tmp_path / "nb").iterdir():
        text = path.read_text(encoding="utf-8").replace("Why.", "Because.")
        path.write_text(text.replace("1 + 1", "1 + 1  # two"), encoding="utf-8")
    yaml.write_text(yaml.read_text(encoding="utf-8") + "# a remark\n", encoding="utf-8")
    again = run.run(yaml, tmp_path / "kept", tmp_path / "nb", said.append)
    assert said[2:] == ["1/2  01_first  as before", "2/2  02_second  as before"]
    assert toy.contents(again) == toy.contents(
        run.run(yaml, tmp_path / "fresh", tmp_path / "nb", said.append, fresh=True)
    )
    del said[:]
    assert run.run(yaml, tmp_path / "kept", tmp_path / "nb", said.append) == again
    assert said == [
        "nothing has changed since the report of toy/2025 was made; --fresh makes it again"
    ]
    assert not any("." in path.name for path in again.parent.iterdir())


def test_a_replay_takes_nothing_again():
    for room in ("replay", "bench", "compare"):
        text = (ROOT / "src/neutrality/verifier" / f"{room}.py").read_text(encoding="utf-8")
        assert "reuse" not in text and "kept=" not in text and "run.run" not in text
