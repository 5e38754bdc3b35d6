"""A notebook run in a forked kernel is the one that papermill's own engine makes."""

import json

import pytest
import toy

from neutrality.runner import bundle, execution, warm

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not warm.FORKS, reason="kernels are forked on Linux alone"),
]
# One cell each: all that a cell can publish.
CELLS = {
    "printed": "print('one'); print('two', end=''); 1 + 1",
    "both streams": "import sys\nprint('out'); print('err', file=sys.stderr); display(3); print('on')",
    "past Python": "import os, subprocess\nos.write(1, b'raw\\n'); subprocess.run(['echo', 'child']);",
    "a shell's": "!echo shell\n%precision 2\nx = !echo kept\nx",
    "table": "import pandas as pd\nwide = pd.DataFrame([range(30)] * 99)\ndisplay(wide)\nprint(wide)",
    "array": "import xarray as xr\nprint(xr.DataArray([1.0, 2.0], dims='x'))",
    "figure": (
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(figsize=(2, 1))\n"
        "ax.bar([0, 1], [1, 2]); ax.set_title('部分 $1')\nprint(plt.get_backend())"
    ),
    "magic": "%matplotlib inline\n%config InlineBackend.figure_formats = ['svg']\n"
    "plt.rcParams['svg.hashsalt'] = 'x'\n"
    "%config InlineBackend.print_figure_kwargs = {'metadata': {'Date': None}}\nplt.plot([1, 2]);",
    "rich": "from IPython.display import HTML, Markdown, JSON, Latex\n"
    "display(HTML('<b>b</b>'), Markdown('*m*'), Latex('$l$'), JSON({'j': [1]}))",
    "updated": "handle = display('first', display_id='fixed')\ndisplay('between')",
    "updated later": "handle.update('last')\nfrom IPython.display import clear_output\n"
    "print('gone'); clear_output(); print('kept')",
    "awaited": "import asyncio\nawait asyncio.sleep(0)\ntask = asyncio.ensure_future(asyncio.sleep(0, 7))",
    "awaited later": "await task",
    "loop": "nap = asyncio.sleep(0)\ntry:\n    asyncio.run(nap)\nexcept RuntimeError as error:\n    print(error)\nnap.close()",
    "warned": "import logging, warnings\nwarnings.showwarning = lambda m, c, *_: print(c.__name__, m)\n"
    "warnings.warn('odd'); warnings.warn('old', DeprecationWarning); logging.warning('logged')",
    "asked": "try:\n    input()\nexcept Exception as error:\n    print(type(error).__name__, error)",
    "shell": "shell = get_ipython()\nprint(shell.kernel is not None, 'zmq' in str(type(shell)).lower())\n"
    "print(len(shell.history_manager.input_hist_raw), __name__, sys.path)",
    "silent": "42;",
    "last": "_ + 1 if _ else Out[2]",
    "bytes": "sys.stdout.write('é' * 70000)\nNone",
    "child": "import multiprocessing as mp\nwith mp.get_context('fork').Pool(1) as p:\n"
    "    print(p.map(abs, [-1]))",
}


@pytest.fixture
def by_both(tmp_path, monkeypatch):
    def done(*cells: str) -> list[dict]:
        monkeypatch.delenv("PYTEST_CURRENT_TEST")  # with it ipykernel captures less
        source, made = toy.notebook(tmp_path / "01_all.ipynb", *cells), []
        for engine in ("papermill", ""):
            monkeypatch.setenv(execution.ENGINE, engine)
            folder = tmp_path / (engine or "forked")
            folder.mkdir()
            found = execution.execute(source, folder, {"confidence": 0.5}, folder / "done.ipynb")
            bundle.store(found, folder / "done.ipynb")
            made.append(json.loads((folder / "done.ipynb").read_text(encoding="utf-8")))
        return made

    return done


def test_every_kind_of_output_is_the_stock_engines(by_both):
    stock, forked = by_both(*CELLS.values())
    names = ["parameters", "injected", *(n for name in CELLS for n in (f"# {name}", name))]
    for name, one, other in zip(names, stock["cells"], forked["cells"], strict=True):
        assert one == other, name
    assert stock == forked
