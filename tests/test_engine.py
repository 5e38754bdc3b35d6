"""A notebook run in a forked kernel is the one that papermill's own engine makes."""

import contextlib
import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import toy

from neutrality.runner import bundle, execution, warm

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not warm.forks(), reason="kernels are forked on Linux alone"),
]
# All that a cell may publish, one kind a cell.
CELLS = r"""# %% printed
print("one"); print("two", end=""); 1 + 1
# %% both streams
import sys
print("out"); print("err", file=sys.stderr); display(3); print("on")
# %% written past Python
import os, subprocess
os.write(1, b"raw\n"); subprocess.run(["echo", "child"], check=True);
# %% a shell's
!echo shell
%precision 2
x = !echo kept
x
# %% tables, which pandas cuts as it was told at its import
import pandas as pd
wide = pd.DataFrame([range(30)] * 99)
display(wide)
print(wide)
# %% an array
import xarray as xr
print(xr.DataArray([1.0, 2.0], dims="x"))
# %% a figure as PNG
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(2, 1))
ax.bar([0, 1], [1, 2]); ax.set_title("$x$")
print(plt.get_backend())
# %% a figure as SVG
%matplotlib inline
%config InlineBackend.figure_formats = ["svg"]
%config InlineBackend.print_figure_kwargs = {"metadata": {"Date": None}}
plt.rcParams["svg.hashsalt"] = "x"
plt.plot([1, 2]);
# %% rich
from IPython.display import HTML, JSON, Latex, Markdown
display(HTML("<b>b</b>"), Markdown("*m*"), Latex("$l$"), JSON({"j": [1]}))
# %% a display that changes later
handle = display("first", display_id="fixed")
display("between")
# %% ... and one that goes
from IPython.display import clear_output
handle.update("last")
print("gone"); clear_output(); print("kept")
# %% awaited
import asyncio
await asyncio.sleep(0)
task = asyncio.ensure_future(asyncio.sleep(0, 7))
# %%
await task
# %% a loop runs already
nap = asyncio.sleep(0)
try:
    asyncio.run(nap)
except RuntimeError as error:
    print(error)
nap.close()
# %% warnings, without the kernel's number in their place
import logging, warnings
warnings.showwarning = lambda message, kind, *place: print(kind.__name__, message)
warnings.warn("odd"); warnings.warn("old", DeprecationWarning); logging.warning("logged")
# %% nobody answers
try:
    input()
except Exception as error:
    print(type(error).__name__, error)
# %% what libraries and this package ask of a shell
shell = get_ipython()
print(type(shell).__name__, shell.kernel is not None, len(shell.history_manager.input_hist_raw))
print([os.environ.get(name) for name in ("MPLBACKEND", "TERM", "PAGER", "HOME")])
print(__name__, sys.path, os.path.basename(os.getcwd()) in ("papermill", "forked"))
# %% nothing
42;
# %% an earlier output, more than a pipe holds, and a child of its own
Out[3] + 1
# %%
print("é" * 70_000, flush=True)
# %%
import multiprocessing
with multiprocessing.get_context("fork").Pool(1) as pool:
    print(pool.map(abs, [-1]))
"""


@pytest.fixture
def by_both(tmp_path, monkeypatch):
    """Run cells by both engines; return both notebooks, normalised, and why they failed."""

    def done(*cells: str) -> list[tuple[dict, str]]:
        monkeypatch.delenv("PYTEST_CURRENT_TEST")  # with it ipykernel captures less
        source = toy.notebook(tmp_path / "01_all.ipynb", *cells)
        return [run(source, engine) for engine in ("papermill", "forked")]

    def run(source: Path, engine: str) -> tuple[dict, str]:
        monkeypatch.setenv(warm.ENGINE, engine)
        folder, refusal = tmp_path / engine, ""
        folder.mkdir()
        made = folder / "done.ipynb"
        try:
            execution.execute(source, folder, {"confidence": 0.5}, made)
        except RuntimeError as error:
            refusal = str(error)
        found = json.loads(made.read_text(encoding="utf-8"))
        kept = json.loads(json.dumps(bundle.normalise(found)))
        for cell in kept["cells"]:
            if "papermill-error-cell-tag" in cell["metadata"].get("tags", []):
                del cell["id"]  # random, in a notebook that no bundle keeps
        return kept, refusal

    return done


def test_every_kind_of_output_is_the_stock_engines(by_both):
    _, *cells = CELLS.split("# %%")
    (stock, failed), (forked, refused) = by_both(*(f"#{each.rstrip()}" for each in cells))
    assert not failed and not refused
    for one, other in zip(stock["cells"], forked["cells"], strict=True):
        assert one == other
    assert stock == forked
    outputs = [each for cell in forked["cells"] for each in cell.get("outputs", [])]
    kinds = {kind for each in outputs for kind in each.get("data", {})}
    assert kinds >= {"image/png", "image/svg+xml", "text/html", "text/latex", "application/json"}


def test_an_error_leaves_the_same_notebook_and_says_the_same(by_both):
    failing = "print('so far')\ndef f():\n    return 1 / 0\nf()"
    (stock, failed), (forked, refused) = by_both("1 + 1", failing, "2 + 2")
    assert stock == forked
    assert (
        failed
        == refused
        == ("01_all.ipynb, cell 3 under 'Question 2?': ZeroDivisionError: division by zero")
    )


FIGURE = """
import pandas as pd
from neutrality.texts import drawing

drawing.use_style()
def draw(table, lang, case):
    if lang == {fails!r}:
        raise ValueError("nothing to draw in " + lang)
    axes = drawing.axes()[1]
    axes.bar(table["a"], table["a"])
    return axes
print("before")
drawing.save(".", "bars", draw, pd.DataFrame({{"a": [1, 2]}}))
drawing.show(draw, pd.DataFrame({{"a": [3]}}))
print("after")
"""


def test_a_picture_that_a_copy_draws_comes_to_its_place(by_both, tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    (stock, failed), (forked, refused) = by_both(FIGURE.format(fails=""), "1 + 1")
    assert not failed and not refused and stock == forked
    made = next(cell["outputs"] for cell in forked["cells"] if len(cell.get("outputs", [])) > 2)
    said, *pictures, last = made
    assert (said["text"], last["text"]) == ("before\n", "after\n")
    assert all("image/png" in each["data"] for each in pictures) and len(pictures) == 2
    drawn = [
        {path.name: path.read_bytes() for path in (tmp_path / each / "figures").iterdir()}
        for each in ("papermill", "forked")
    ]
    assert drawn[0] == drawn[1] and len(drawn[0]) == 2


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_figure_that_cannot_be_drawn_fails_its_notebook(by_both, monkeypatch, lang):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    for _, refusal in by_both(FIGURE.format(fails=lang), "1 + 1"):
        assert refusal.endswith(f"ValueError: nothing to draw in {lang}")


def test_what_a_dying_kernel_said_is_kept(tmp_path):
    source = toy.notebook(
        tmp_path / "01_dies.ipynb", "import os\nos.write(2, b'last')\nos._exit(1)"
    )
    with pytest.raises(RuntimeError, match="cell 2 under 'Question 1\\?': the kernel died"):
        execution.execute(source, tmp_path, {}, tmp_path / "done.ipynb")
    cells = json.loads((tmp_path / "done.ipynb").read_text(encoding="utf-8"))["cells"]
    assert cells[-1]["outputs"][0]["text"] == ["last"]


def test_kernels_in_two_threads_know_nothing_of_each_other_and_leave_the_caller_where_it_is(
    tmp_path,
):
    (tmp_path / "own.py").write_text("import os\nwhere = os.getcwd()\n", encoding="utf-8")
    source = toy.notebook(
        tmp_path / "01_own.ipynb",
        "import os, sys\nprint('left' in os.environ, os.getcwd())",
        "os.environ['left'] = '1'; import pandas; pandas.left = 1; os.chdir('/')",
    )

    def printed(name: str) -> str:
        folder = tmp_path / name
        folder.mkdir()
        made = execution.execute(source, folder, {}, folder / "done.ipynb")
        return "".join(text for each in made["cells"][2]["outputs"] for text in each["text"])

    here = os.getcwd()
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(printed, ["one", "two", "three"]))
    assert said == [f"False {tmp_path / name}\n" for name in ("one", "two", "three")]
    assert os.getcwd() == here


def test_a_killed_run_leaves_no_process(tmp_path):
    began = tmp_path / "began"
    cell = f"import os, time\nopen({str(began)!r}, 'w').write(f'{{os.getpid()}} {{os.getppid()}}')"
    source = toy.notebook(tmp_path / "01_long.ipynb", cell, "time.sleep(60)")
    script = (
        "from pathlib import Path; from neutrality.runner import execution; "
        f"execution.execute(Path({str(source)!r}), Path({str(tmp_path)!r}), {{}}, "
        f"Path({str(tmp_path / 'done.ipynb')!r}))"
    )
    running = subprocess.Popen([sys.executable, "-c", script])
    while not (began.exists() and began.read_text()):
        assert running.poll() is None
    running.kill()
    running.wait()
    for pid in map(int, began.read_text().split()):
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):
            while Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z":
                pass


def test_a_kernel_finds_laid_out_what_earlier_ones_told(tmp_path, monkeypatch):
    monkeypatch.setattr(warm, "_laid_out", Counter())
    known = "from neutrality.texts import svg; print(svg._laid_out.cache_info().currsize)"
    draw = "from neutrality.texts import drawing; drawing.use_style()\n"
    draw += "figure, axes = drawing.axes(); axes.set_title('only here 4711')\n"
    draw += "svg.keep(figure, 'x.svg', {})"

    def told(*cells):
        """Return what a kernel prints of how many texts it finds, at its start."""
        with warm.kernel(str(tmp_path)) as kernel:
            for cell in (known, *cells):
                kernel.send(cell)
                for kind, content in kernel.messages(60):
                    if kind == "stream" and cell == known:
                        found = int(content["text"])
                    if kind == "execute_reply":
                        assert content["status"] == "ok"
                        break
        return found

    before = told(draw)
    assert told() == before  # nobody has asked for it yet
    warm.lay_out_ahead()
    assert told() > before


def test_what_is_worked_out_ahead_needs_no_argument_and_may_fail(monkeypatch):
    from neutrality import register
    from neutrality.runner import kernels
    from neutrality.texts import fonts

    found = kernels._cached_functions()
    assert {register.entries, fonts._drawn} <= set(found)
    for each in found:
        each()

    def lacks_a_library():
        raise ImportError

    monkeypatch.setattr(kernels, "_cached_functions", lambda: [lacks_a_library])
    kernels._read_ahead()  # the notebook that needs it will say so, not every kernel
