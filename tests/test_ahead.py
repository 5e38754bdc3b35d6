"""What a notebook does before its turn is what it does in turn, and ends with the run."""

import contextlib
import os
from pathlib import Path

import nbformat
import pytest
import toy

from neutrality.runner import ahead, execution, parameters, reuse, warm

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not warm.forks(), reason="kernels are forked on Linux alone"),
]
DECLARED = """\
case: str = "../params/toy"  # folder of the case's tables
out: str = "../outputs/lab"  # folder that results go to
"""
WAITS = "import os, time\nwhile not os.path.exists({!r}): time.sleep(0.01)"
FIRST = "open(f'{out}/first', 'w').write(open(f'{case}/a.csv').read())"
ALONE = "own = open(f'{case}/b.csv').read(); print(own)\nopen(f'{out}/alone', 'w').write(own)"
THEN = "open(f'{out}/both', 'w').write(own + open(f'{out}/first').read() + open('alone').read())"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run two notebooks of given cells, where there is a second core or none; the second has one
    cell before the tag.
    """
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})
    folder = tmp_path / "nb"
    folder.mkdir()

    def done(first, alone=ALONE, then=THEN, core="", tables=("a", "b"), fresh=True):
        monkeypatch.setenv("OMP_NUM_THREADS", core)
        toy.notebook(folder / "01_first.ipynb", first, parameters=DECLARED)
        path = toy.notebook(folder / "02_second.ipynb", alone, then, parameters=DECLARED)
        made = nbformat.read(path, as_version=4)
        made.cells[-2].metadata["tags"] = [ahead.AFTER_OTHERS]
        nbformat.write(made, path)
        stage = tmp_path / f"run-{len(list(tmp_path.iterdir()))}" / "stage"
        (stage / "inputs").mkdir(parents=True)
        for name, text in zip("ab", tables, strict=True):
            (stage / "inputs" / f"{name}.csv").write_text(text)
        kept, said = reuse.Kept(tmp_path / "kept", fresh), []
        notebooks = parameters.notebooks(folder)
        try:
            execution.execute_all(notebooks, {}, stage, said.append, kept=kept)
        finally:
            done.stage = stage
        return toy.contents(stage), [line.split()[1:] for line in said]

    return done


def test_it_runs_beside_the_first_and_the_files_are_those_of_a_run_in_turn(run, tmp_path):
    began = tmp_path / "began"
    tell = f"{ALONE}\nopen({str(began)!r}, 'w').close()"
    first = f"{FIRST}\n{WAITS.format(str(began))}"  # in turn it would wait for ever
    beside, _ = run(first, tell)
    in_turn, _ = run(first, tell, core="1")
    assert beside == in_turn
    assert beside["both"] == b"bab"


@pytest.mark.parametrize(
    ("tables", "again"),
    [
        (("a", "b"), ["as before", "as before"]),
        (("a", "other"), ["as before", "again"]),
        (("other", "b"), ["again", "again"]),
    ],
)
def test_a_run_knows_what_either_part_read(run, tables, again):
    run(FIRST, fresh=False)
    _, said = run(FIRST, tables=tables, fresh=False)
    assert ["as before" if line[1:] == ["as", "before"] else "again" for line in said] == again


@pytest.mark.parametrize("edited", [False, True])
def test_a_notebook_edited_before_its_turn_is_not_kept(run, tmp_path, edited):
    second, began = tmp_path / "nb" / "02_second.ipynb", tmp_path / "began"
    tell = f"{ALONE}\nopen({str(began)!r}, 'w').close()"
    edit = f"open({str(second)!r}, 'a').write({' ' * edited!r})"
    run(f"{FIRST}\n{WAITS.format(str(began))}\n{edit}", tell, fresh=False)
    entries = [each.read_bytes() for each in (tmp_path / "kept").rglob("*") if each.is_file()]
    assert any(b"wrote/both" in each for each in entries) is not edited


def test_a_picture_of_the_part_comes_to_its_place(run):
    drawn = (
        "from pathlib import Path\nimport pandas as pd\nfrom neutrality.texts import drawing\n"
        "drawing.use_style('en')\n"
        "def draw(table, lang, case=None):\n"
        "    _, ax = drawing.axes(); ax.plot(table.x); return ax\n"
        f"{ALONE}\ndrawing.save(Path(out), 'drawn', draw, pd.DataFrame({{'x': [1, 2]}}))"
    )
    beside, _ = run(FIRST, drawn)
    in_turn, _ = run(FIRST, drawn, core="1")
    assert "figures/drawn.en.svg" in beside and beside == in_turn


def test_a_failure_before_the_turn_is_told_at_the_turn(run):
    with pytest.raises(RuntimeError, match=r"02_second.ipynb, cell 2 .*ZeroDivisionError"):
        run(FIRST, "1 / 0")
    assert (run.stage / "first").exists()
    executed = (run.stage / "notebooks" / "02_second.ipynb").read_text(encoding="utf-8")
    assert "ZeroDivisionError" in executed


def test_a_failure_after_the_turn_keeps_the_notebook_too(run):
    with pytest.raises(RuntimeError, match=r"02_second.ipynb, cell 3 .*ZeroDivisionError"):
        run(FIRST, then="1 / 0")
    executed = (run.stage / "notebooks" / "02_second.ipynb").read_text(encoding="utf-8")
    assert "ZeroDivisionError" in executed


def test_a_run_that_fails_ends_what_began_before_its_turn(run, tmp_path):
    began = tmp_path / "began"
    alone = (
        f"import os, time\nopen({str(began)!r} + '.part', 'w').write(str(os.getpid()))\n"
        f"os.rename({str(began)!r} + '.part', {str(began)!r})\ntime.sleep(3600)"
    )
    with pytest.raises(RuntimeError, match="01_first.ipynb.*ZeroDivisionError"):
        run(f"{WAITS.format(str(began))}\n1 / 0", alone)
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):  # it has ended and gone
        while Path(f"/proc/{began.read_text()}/stat").read_text().split()[2] != "Z":
            pass


def test_waiting_for_its_turn_takes_nothing_of_a_notebooks_time(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(execution.time, "monotonic", lambda: now[0])
    part = type("Part", (), {"waited_s": 0.0})()
    clock = execution._Clock(execution.Limits(0, 10), part)
    assert clock(None) == 10
    now[0], part.waited_s = 25.0, 20.0
    assert clock(None) == 5
    now[0] = 31.0
    assert clock(None) < 1 and "10 s" in clock.said()


def test_the_company_of_the_first_case_is_worked_out_before_its_turn():
    path = parameters.notebooks_folder() / "04_intensity_trend.ipynb"
    notebook = nbformat.read(path, as_version=4)
    assert ahead.has_part(notebook)
    tagged = [ahead.AFTER_OTHERS in cell.metadata.get("tags", []) for cell in notebook.cells]
    before = "".join(cell.source for cell in notebook.cells[: tagged.index(True)])
    assert "read_result" not in before and tagged.count(True) == 1
