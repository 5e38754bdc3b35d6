"""JupyterLab as an analyst uses it, in a browser: the index, Run All of every notebook, an edited
parameter and an edited cell.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import prose
import pytest
from conftest import CASE, ROOT
from test_pages import CHROMIUM

from neutrality import claims
from neutrality.runner import parameters

pytestmark = pytest.mark.slow
TOKEN = "of-this-test-alone"
START_S, RUN_S = 60, 120  # longest that a start and a notebook may take
# What the page knows of the notebook in front: code cells, their counts, and whether all is quiet.
MODEL = """() => {
  const panel = jupyterapp.shell.currentWidget, held = panel?.content?.model;
  if (!held?.cells?.get) return null;
  const all = Array.from({length: held.cells.length}, (_, at) => held.cells.get(at));
  const cells = all.filter((cell) => cell.type == "code");
  return {
    name: panel.context.path, dirty: held.dirty,
    status: panel.sessionContext.session?.kernel?.status,
    counts: cells.map((cell) => cell.executionCount),
    sources: cells.map((cell) => cell.sharedModel.source),
    outputs: cells.map((cell) => JSON.stringify(cell.outputs.toJSON())),
  };
}"""


def command(port):
    """The recipe of `make lab`, with this environment's JupyterLab and no window of its own."""
    recipe = re.search(r"^lab:.*\n\t\S+ (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    more = ["--no-browser", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    more += [f"--IdentityProvider.token={TOKEN}", "--LabApp.expose_app_in_browser=True"]
    more += ["--allow-root"] if os.name == "posix" and os.geteuid() == 0 else []
    return [sys.executable, "-m", "jupyter", *recipe[1].split(), *more]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A checkout of its own with JupyterLab running in it: its folder and address."""
    pytest.importorskip("jupyterlab", reason="extra lab not installed")
    if not CHROMIUM:
        pytest.skip("no chromium, chromium-browser or google-chrome on the PATH")
    home = tmp_path_factory.mktemp("lab")
    for folder in ("notebooks", "notebooks_zh"):
        shutil.copytree(ROOT / folder, home / folder, ignore=shutil.ignore_patterns(".ipynb*"))
    shutil.copytree(CASE, home / "params" / CASE.name)
    own = {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"HOME": str(home), "IPYTHONDIR": str(home / "ipython")}
    path = os.pathsep.join([str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    port = free_port()
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            command(port),
            cwd=home,
            env=os.environ | own | {"PYTHONPATH": path},
            stdout=log,
            stderr=log,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/api?token={TOKEN}", server)
            yield home, address
        finally:
            server.terminate()
            server.wait(30)


def wait_for(address, server):
    for _ in range(START_S * 5):
        assert server.poll() is None, "JupyterLab ended before it had begun"
        try:
            return urllib.request.urlopen(address, timeout=5)
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError("JupyterLab does not answer")


@pytest.fixture(scope="module")
def page(lab):
    driver = pytest.importorskip("playwright.sync_api", reason="test extra not installed")
    with driver.sync_playwright() as playing:
        browser = playing.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(START_S * 1000)
        page.on("dialog", lambda asked: asked.accept())  # leaving a notebook that was not saved
        yield page
        browser.close()


def opened(page, address, name=""):
    """Open a notebook, or what JupyterLab shows at first; return what the page knows of it."""
    page.goto(f"{address}/{f'lab/tree/{name}' if name else ''}?reset&token={TOKEN}")
    page.wait_for_function(f"() => ({MODEL})()?.status == 'idle'", timeout=START_S * 1000)
    return page.evaluate(MODEL)


def run_all(page):
    """Restart the kernel and run all cells by the menu; return what the page knows afterwards."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator(".lm-Menu-item", has_text="Restart Kernel and Run All Cells").click()
    page.locator(".jp-Dialog button.jp-mod-accept").click()
    done = f"() => {{ const m = ({MODEL})(); return m.status == 'idle' && m.counts.every(Boolean) \
        && Math.max(...m.counts) == m.counts.length; }}"
    page.wait_for_function(
        f"() => ({MODEL})().counts.some((count) => !count)", timeout=START_S * 1000
    )
    page.wait_for_function(done, timeout=RUN_S * 1000)
    found = page.evaluate(MODEL)
    assert not [each for each in found["outputs"] if '"output_type":"error"' in each]
    return found


def shown_by_index(page, address):
    """What the cells of the index show; it is what JupyterLab opens on."""
    assert opened(page, address)["name"] == "notebooks/index.ipynb"
    return run_all(page)["outputs"]


def test_it_opens_on_the_index_which_runs(page, lab):
    assert "not run" in shown_by_index(page, lab[1])[0]


def typed(page, old, new):
    """Put a text in the place of another on one line of the notebook's code, by the keyboard."""
    line = page.locator(".jp-CodeCell .cm-line", has_text=old)
    line.scroll_into_view_if_needed()
    line.click()
    text = line.text_content()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.insert_text(text.replace(old, new))
    assert old in text
    sources = "\n".join(page.evaluate(MODEL)["sources"])
    assert text.replace(old, new) in sources and text not in sources


def credits_shown(home, found):
    """The prudent credits that 03 stated, which its last cell shows."""
    stated = claims.read(home / "outputs/lab/claims/03.csv").loc["credits_prudent"]
    assert claims.format(stated) in found["outputs"][-1]
    return stated.value


def test_run_all_of_every_notebook_shows_what_was_edited(page, lab):
    """An edited parameter moves the number; a cell that was edited and not saved is named by 05."""
    home, address = lab
    for path in parameters.notebooks(prose.ENGLISH):
        opened(page, address, f"notebooks/{path.name}")
        found = run_all(page)
        if path.name.startswith("03"):
            before = credits_shown(home, found)
            typed(page, "activity_uncertainty: float = 0.03", "activity_uncertainty: float = 0.3")
            typed(page, "{residual_t:,.2f} t", "{residual_t:,.2f} t, edited")
            found = run_all(page)
            assert credits_shown(home, found) > before
            assert "1,308.81 t, edited" in "".join(found["outputs"]) and found["dirty"]
    told = found["outputs"][2]
    assert "03_offset_sizing" in told and "cell_unsaved" in told
    assert (home / "outputs/lab/report.en.html").exists()
    assert "older than" not in "".join(shown_by_index(page, address))
