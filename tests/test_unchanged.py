"""A report is left as it is only where nothing that it rests on has changed, nor the bundle."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import toy
from conftest import CASE, PLANTED, ROOT

from neutrality.report import methods
from neutrality.runner import bundle, parameters, release, unchanged


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A case, its notebooks, a package of two files, and a bundle that is remembered."""
    package = tmp_path / "site" / "neutrality"
    (package / "__pycache__").mkdir(parents=True)
    (package / "rules.py").write_text("limit = 1")
    (package / "factors.csv").write_text("id\n")
    for path in package.glob("*.*"):
        os.utime(path, (0, 0))  # older than this process
    monkeypatch.setattr(unchanged, "PACKAGE", str(package))
    toy.case(tmp_path / "case")
    (tmp_path / "case" / "import" / "raw").mkdir(parents=True)
    (tmp_path / "case" / "import" / "raw" / "bill.csv").write_text("kWh\n")
    (tmp_path / "nb").mkdir()
    (tmp_path / "nb" / "01_first.ipynb").write_text("{}")
    made = tmp_path / "outputs" / "toy" / "2025"
    (made / "tables").mkdir(parents=True)
    (made / "tables" / "grid.csv").write_text("t\n1\n")
    (made / "report.en.html").write_text("one")
    (made / bundle.CRATE).write_text("{}")
    bundle.describe(made)
    remember(tmp_path)
    assert found(tmp_path)
    return tmp_path


def remember(home, state=None, **said):
    places = {"case": home / "case", "notebooks": home / "nb", "released_notebooks": home / "nb"}
    places = {name: str(path) for name, path in places.items()} | {"package": unchanged.PACKAGE}
    made = {"target": "toy/2025", "places": places}
    for what, name in (("manifest", bundle.MANIFEST), ("crate", bundle.CRATE)):
        made[what] = unchanged._sha256(str(home / "outputs/toy/2025" / name))
    made["state"] = unchanged.state(places) if state is None else state
    said = {"en": "nothing has changed", "zh": "没有改动"}
    unchanged.remember(home / "case/2025.yaml", home / "outputs", made, said, "en")


def found(home, notebooks=None):
    return unchanged.bundle(home / "case/2025.yaml", home / "outputs", notebooks)


def test_nothing_has_changed(home):
    assert found(home) == (str(home / "outputs/toy/2025"), "nothing has changed")
    (home / "site/neutrality/__pycache__/rules.pyc").write_bytes(b"compiled")
    (home / "nb" / "index.ipynb").write_text("{}")  # no part of a run
    assert found(home) and found(home, home / "nb")


CHANGES = {
    "a table": lambda home: (home / "case/energy.csv").write_text("time,main_kwh\n"),
    "a table more": lambda home: (home / "case/assets.csv").write_text("item\n"),
    "a table less": lambda home: (home / "case/weather.csv").unlink(),
    "an imported file": lambda home: (home / "case/import/raw/bill.csv").write_text("MWh\n"),
    "the parameters": lambda home: (home / "case/2025.yaml").write_text("reporting_year: 2026\n"),
    "another year's parameters": lambda home: (home / "case/2024.yaml").write_text(""),
    "a link to a folder": lambda home: (home / "case/more").symlink_to(home / "nb"),
    "a link to nothing": lambda home: (home / "case/more.csv").symlink_to(home / "none"),
    "a notebook": lambda home: (home / "nb/01_first.ipynb").write_text("{ }"),
    "a notebook more": lambda home: (home / "nb/02_second.ipynb").write_text("{}"),
    "code": lambda home: (home / "site/neutrality/rules.py").write_text("limit = 2"),
    "a factor": lambda home: (home / "site/neutrality/factors.csv").write_text("id\ngrid\n"),
    "the rest of a broken run": lambda home: (home / "outputs/toy/.2025.run-x").mkdir(),
    "the rest of a failed run": lambda home: (home / "outputs/toy/2025.failed").mkdir(),
    "a file of the bundle": lambda home: (home / "outputs/toy/2025/report.en.html").write_text("2"),
    "a file more": lambda home: (home / "outputs/toy/2025/notes.txt").write_text("mine"),
    "a file that viewers leave": lambda home: (home / "outputs/toy/2025/.DS_Store").touch(),
    "a file less": lambda home: (home / "outputs/toy/2025/tables/grid.csv").unlink(),
    "the manifest": lambda home: (home / "outputs/toy/2025/manifest.json").write_text("{}"),
    "no bundle": lambda home: (home / "outputs/toy/2025").rename(home / "outputs/toy/2024"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_is_seen(home, change):
    CHANGES[change](home)
    assert found(home) is None


def test_a_signed_report_is_as_it_was_and_is_not_made_again(home):
    made = home / "outputs/toy/2025"
    (made / bundle.CRATE).write_text("as signing writes it")
    assert not bundle.verify(made) and found(home) is None
    (made / "signatures").mkdir()
    (made / "signatures/analyst-1.sig").write_text("signed")
    assert not bundle.verify(made) and found(home) == (str(made), "nothing has changed")


def test_a_file_replaced_by_a_link_to_the_same_is_seen(home):
    path = home / "outputs/toy/2025/report.en.html"
    path.rename(home / "moved")
    path.symlink_to(home / "moved")
    assert found(home) is None


def test_a_bundle_and_its_manifest_changed_alike_are_seen(home):
    (home / "outputs/toy/2025/report.en.html").write_text("two")
    bundle.describe(home / "outputs/toy/2025")
    assert not bundle.verify(home / "outputs/toy/2025") and found(home) is None


@pytest.mark.parametrize(
    "name", ["TZ", "LANG", "PYTHONPATH", "NEUTRALITY_ENGINE", "OMP_NUM_THREADS"]
)
def test_a_variable_on_which_figures_may_depend_is_seen(home, monkeypatch, name):
    monkeypatch.setenv(name, "another")
    assert found(home) is None


def test_a_library_installed_anew_is_seen(home, monkeypatch):
    library = home / "libraries" / "pandas-9.dist-info"
    library.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(library.parent))
    assert found(home) is None
    remember(home)
    assert found(home)
    os.utime(library, (0, 0))
    assert found(home) is None


def test_what_ipython_runs_at_its_start_is_seen(home, monkeypatch):
    monkeypatch.setenv("HOME", str(home))
    remember(home)
    (home / ".ipython/profile_default/startup").mkdir(parents=True)
    (home / ".ipython/profile_default/startup/README").write_text("IPython writes it")
    assert found(home)
    (home / ".ipython/profile_default/startup/mine.py").write_text("import pandas")
    assert found(home) is None


def test_what_changed_during_the_run_is_not_remembered(home):
    CHANGES["a table"](home)
    remember(home, state="the state before the run")
    assert found(home) is None
    remember(home)
    assert found(home)


def test_a_package_edited_since_the_process_began_is_not_remembered(home):
    CHANGES["code"](home)
    later = unchanged._BEGUN + 60
    os.utime(home / "site/neutrality/rules.py", (later, later))
    assert unchanged.doubtful()
    remember(home)
    assert found(home) is None


@pytest.mark.parametrize("path", ["src", "src:/absolute", "/absolute:"])
def test_a_package_that_kernels_may_not_find_is_not_remembered(home, monkeypatch, path):
    """They start in another folder, where a relative path leads elsewhere."""
    monkeypatch.setenv("PYTHONPATH", path.replace(":", os.pathsep))
    remember(home)
    assert found(home) is None
    monkeypatch.setenv("PYTHONPATH", str(home))
    remember(home)
    assert found(home)
    monkeypatch.setenv("PYTHONPATH", str(home / "site"))
    monkeypatch.chdir(home / "site")
    remember(home)
    assert found(home) is None


def test_the_command_says_so_and_names_the_pages(home, monkeypatch, capsys):
    monkeypatch.chdir(home)
    options = ["--outputs", "outputs", "--notebooks=nb", "--lang", "zh"]
    assert unchanged.tell(["run", *options, "case/2025.yaml"])
    page = os.path.join("outputs", "toy", "2025", "report.en.html")
    assert capsys.readouterr().out == f"没有改动\n{page}\n"
    assert unchanged.tell(["run", "case/2025.yaml"])
    assert capsys.readouterr().out == f"nothing has changed\n{page}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "case/2025.yaml"],
        ["run"],
        ["run", "case/2025.yaml", "case/2024.yaml"],
        ["run", "case/2025.yaml", "--fresh"],
        ["run", "case/2025.yaml", "--zip"],
        ["run", "case/2025.yaml", "--out", "outputs"],
        ["run", "case/2025.yaml", "--lang", "fr"],
        ["run", "case/2025.yaml", "--outputs"],
        ["run", "case/2025.yaml", "--outputs", "elsewhere"],
        ["run", "case/2024.yaml"],
        [],
    ],
)
def test_any_other_command_is_left_to_the_parser(home, monkeypatch, capsys, arguments):
    monkeypatch.chdir(home)
    assert not unchanged.tell(arguments)
    assert capsys.readouterr().out == ""


def test_the_release_is_whole_among_the_places():
    places = release.places()
    assert Path(places["released_notebooks"]) == parameters.notebooks_folder()
    held = unchanged.files(places["package"]) | unchanged.files(places["lock"])
    notebooks = {f"notebooks/{path.name}" for path in parameters.notebooks(ROOT / "notebooks")}
    assert set(release.source()) <= {*held, *notebooks, release.LOCK}


def test_the_second_run_of_the_first_case_imports_no_pandas(first_bundle):
    """As `neutrality run` is typed; the variables are those of the first run."""
    if len(methods.altered(parameters.notebooks(ROOT / "notebooks"))):
        pytest.skip("the notebooks are not the release's, so nothing is remembered of their run")
    outputs = first_bundle.parents[1]
    planted = {**PLANTED, "HOME": str(outputs.parent / PLANTED["HOME"])}
    case = outputs.parent / CASE.name / "2025.yaml"
    command = [sys.executable, "-X", "importtime", "-m", "neutrality", "run", case]
    said = subprocess.run(
        [*command, "--outputs", outputs, "--notebooks", ROOT / "notebooks", "--lang", "en"],
        env=os.environ | planted,
        check=True,
        capture_output=True,
        text=True,
    )
    assert said.stdout.startswith("nothing has changed since the report of china-mobile-hq/2025")
    assert "neutrality.runner.unchanged" in said.stderr and "pandas" not in said.stderr
