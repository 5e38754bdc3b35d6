"""A case becomes a whole bundle or nothing; the last good one stays."""

import contextlib
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import pytest
import refresh
import toy

from neutrality.runner import bundle, checks, execution, release, run, warm

ACTIVITIES = "month,source,scope,line,amount,unit,factor_id"


@pytest.fixture(scope="module", autouse=True)
def released():
    with pytest.MonkeyPatch.context() as patched:
        toy.as_released(patched)
        yield


@pytest.fixture(scope="module")
def home(released, tmp_path_factory):
    """A case, its notebooks and its published bundle."""
    home = tmp_path_factory.mktemp("home")
    toy.case(home / "params" / "toy")
    said = []
    made = run.run(
        home / "params/toy/2025.yaml", home / "outputs", toy.notebooks(home / "nb"), said.append
    )
    assert made == home / "outputs" / "toy" / "2025"
    assert [line.split()[:2] for line in said] == [["1/2", "01_first"], ["2/2", "02_second"]]
    return home


def problems_of(tmp_path, yaml="", **files):
    path = toy.case(tmp_path / "params" / "toy", yaml)
    for stem, text in files.items():
        (path.parent / f"{stem}.csv").write_text(text)
    return checks.check(path, toy.notebooks(tmp_path / "nb"))


@pytest.mark.slow
def test_bundle_holds_inputs_results_notebooks_and_a_true_manifest(home):
    made = home / "outputs/toy/2025"
    of_release = (release.ENVIRONMENT, release.LOCK, release.README, release.REFERENCE)
    assert [name for name in toy.contents(made) if not name.startswith(of_release)] == [
        "inputs/energy.csv",
        "inputs/weather.csv",
        "manifest.json",
        "notebooks/01_first.ipynb",
        "notebooks/02_second.ipynb",
        "params.yaml",
        "report.en.html",
        "ro-crate-metadata.json",
        "seen.txt",
        "workflow.json",
    ]
    steps = json.loads((made / "workflow.json").read_text(encoding="utf-8"))["steps"]
    assert [step["writes"] for step in steps] == [["seen.txt"], ["report.en.html"]]
    assert not bundle.verify(made)
    assert [p.name for p in made.parent.iterdir()] == ["2025"]


@pytest.mark.slow
def test_parameters_of_the_yaml_land_in_the_notebooks_and_the_rest_stays_default(home):
    cells = json.loads((home / "outputs/toy/2025/notebooks/01_first.ipynb").read_text())["cells"]
    assert cells[1]["id"] == "injected-parameters"
    assert cells[3]["outputs"][0]["text"] == ["inputs . 2025 0.95 regional\n"]


@pytest.mark.slow
def test_bundle_knows_no_clock_and_no_place(home):
    for name, content in toy.contents(home / "outputs/toy/2025").items():
        assert str(home).encode() not in content, name
        assert b"start_time" not in content and b"T00:00:00." not in content, name


@pytest.mark.slow
def test_second_run_gives_the_same_bytes(home, tmp_path):
    again = run.run(
        home / "params/toy/2025.yaml", tmp_path / "elsewhere", home / "nb", lambda line: None
    )
    assert toy.contents(again) == toy.contents(home / "outputs/toy/2025")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("def f():\n    raise ValueError('no weather')\nf()", "ValueError: no weather"),
        ("import os; os._exit(1)", "the kernel died"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "the kernel died"),
        ("import time; time.sleep(60)", "no end after 2 s"),
        ("import sys; sys.exit(0)", "it calls sys.exit"),
    ],
)
def test_failure_names_notebook_cell_and_reason_and_leaves_the_last_bundle(
    home, tmp_path, capfd, cell, said
):
    shutil.copytree(home / "outputs", tmp_path / "outputs")
    toy.notebook(
        tmp_path / "01_first.ipynb", "1 + 1", f"open('half.csv', 'w').close()\n{cell}", "2 + 2"
    )
    with pytest.raises(RuntimeError) as failure:
        run.run(
            home / "params/toy/2025.yaml",
            tmp_path / "outputs",
            tmp_path,
            limits=execution.Limits(2),
        )
    assert str(failure.value).startswith(f"01_first.ipynb, cell 3 under 'Question 2?': {said}")
    assert toy.contents(tmp_path / "outputs/toy") == toy.contents(home / "outputs/toy")
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["", "papermill"])
@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (execution.Limits(2, 0), "no end after 2 s"),
        (execution.Limits(600, 2), "the notebook had not ended after 2 s"),
    ],
)
def test_a_cell_ends_with_its_time_and_with_that_of_its_notebook(
    tmp_path, monkeypatch, engine, limits, said
):
    monkeypatch.setenv(warm.ENGINE, engine)
    toy.notebook(tmp_path / "01_first.ipynb", "import time; time.sleep(600)")
    made = tmp_path / "made.ipynb"
    with pytest.raises(execution.TimedOut) as passed:
        execution.execute(tmp_path / "01_first.ipynb", tmp_path, {}, made, limits)
    assert str(passed.value) == f"01_first.ipynb, cell 2 under 'Question 1?': {said}"


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stopped_run_leaves_the_last_bundle_and_no_kernel(home, tmp_path, stop):
    shutil.copytree(home / "outputs", tmp_path / "outputs")
    began = tmp_path / "began"
    source = (
        f"import os, time; open({str(began)!r}, 'w').write(str(os.getpid()) + '.'); time.sleep(60)"
    )
    toy.notebook(tmp_path / "01_first.ipynb", source)
    command = [sys.executable, "-m", "neutrality", "run", "params/toy/2025.yaml"]
    running = subprocess.Popen(
        [*command, "--outputs", tmp_path / "outputs", "--notebooks", tmp_path],
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.SIG_DFL
        ),  # ignored in background jobs
    )
    while not (began.exists() and began.read_text().endswith(".")):
        assert running.poll() is None, running.communicate()
        time.sleep(0.05)
    running.send_signal(stop)
    said, _ = running.communicate(timeout=20)
    assert running.returncode == 130
    assert (
        said
        == "01_first.ipynb, cell 2 under 'Question 1?': stopped; the last report is untouched\n"
    )
    assert toy.contents(tmp_path / "outputs/toy") == toy.contents(home / "outputs/toy")
    assert [p.name for p in (tmp_path / "outputs/toy").iterdir()] == ["2025"]
    with pytest.raises(ProcessLookupError):
        os.kill(int(began.read_text()[:-1]), 0)


@pytest.mark.slow
def test_refused_case_runs_nothing_but_restores_what_a_dead_run_left(home, tmp_path):
    run_folder = tmp_path / "outputs/toy/.2025.run-one"
    shutil.copytree(home / "outputs/toy/2025", run_folder / "old-1")
    os.utime(run_folder, (0, 0))
    path, said = toy.case(tmp_path / "params" / "toy", "confidence: 2\n"), []
    with pytest.raises(ValueError, match="confidence is 2"):
        run.run(path, tmp_path / "outputs", home / "nb", said.append)
    assert toy.contents(tmp_path / "outputs/toy/2025") == toy.contents(home / "outputs/toy/2025")
    assert said == [
        "2025: restored the bundle that a broken run left aside",
        "2025: removed what a broken run left",
    ]


@pytest.mark.slow
def test_notebook_that_changes_the_inputs_is_refused(home, tmp_path):
    toy.notebook(tmp_path / "01_first.ipynb", "open('inputs/energy.csv', 'a').write('more')")
    with pytest.raises(RuntimeError, match="inputs/energy.csv: a notebook changed it"):
        run.run(home / "params/toy/2025.yaml", tmp_path / "outputs", tmp_path)
    assert not (tmp_path / "outputs").exists() or not list((tmp_path / "outputs").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stop_that_a_library_swallows_ends_the_run_at_the_next_notebook(home, tmp_path, stop):
    said = []

    def swallowing(line):
        said.append(line)
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), stop)

    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job's: none
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        run.run(home / "params/toy/2025.yaml", tmp_path / "outputs", home / "nb", swallowing)
    assert len(said) == 1 and not list((tmp_path / "outputs" / "toy").glob("*"))
    assert before == (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))
    signal.signal(signal.SIGINT, inherited)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stop_during_the_imports_ends_in_the_same_words(tmp_path, stop):
    """A library that is slow to import, and swallows whatever is raised in it, stands for one."""
    (tmp_path / "pandas.py").write_text(
        "import time\nopen('began', 'w').close()\n"
        "try:\n    time.sleep(60)\nexcept BaseException:\n    pass\n"
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    running = subprocess.Popen(
        [sys.executable, "-m", "neutrality", "check", "none.yaml"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while not (tmp_path / "began").exists():
        assert running.poll() is None, running.communicate()
        time.sleep(0.02)
    running.send_signal(stop)
    said, _ = running.communicate(timeout=20)
    assert (running.returncode, said) == (130, "stopped; the last report is untouched\n")


@pytest.mark.slow
def test_two_runs_at_once_both_end_well_and_leave_one_report(home, tmp_path):
    """Both have begun before either ends: each waits for the other's mark. Two processes, for
    papermill changes the directory of its own; forked, for they are to have this one's toy.
    """
    for me, other in (("a", "b"), ("b", "a")):
        wait = (
            f"import pathlib, time\nhere = pathlib.Path({str(tmp_path)!r})\n"
            f"(here / 'mark_{me}').touch()\n"
            f"while not (here / 'mark_{other}').exists(): time.sleep(0.05)"
        )
        (tmp_path / me).mkdir()
        toy.notebook(tmp_path / me / "01_first.ipynb", wait, f"open('{me}.txt', 'w').close()")
    path, made = home / "params/toy/2025.yaml", tmp_path / "outputs"
    with ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as both:
        ended = [both.submit(run.run, path, made, tmp_path / me) for me in "ab"]
        assert [each.result() for each in ended] == 2 * [made / "toy" / "2025"]
    assert not bundle.verify(made / "toy" / "2025")
    assert [p.name for p in (made / "toy").iterdir()] == ["2025"]


def test_check_lists_all_problems_at_once(tmp_path):
    found = problems_of(
        tmp_path,
        "confidense: 0.9\nconfidence: 2\ngrid_rule: [a]\n",
        energy="time,main_kwh\n2025-01-01T00:00+08:00,-5\n",
        activities=f"{ACTIVITIES}\n2025-13,gas,1,inventory,1,Nm3,fuel_natural_gas\n",
        credit="serial\n1\n",
    )
    assert [line.split(":")[0] for line in found] == [
        "2025.yaml, line 3",
        "2025.yaml, line 1",
        "2025.yaml, line 2",
        "credit.csv",
        "energy.csv, row 2, column main_kwh",
        "activities.csv, row 2, column month",
    ]


def test_missing_required_table_is_named(tmp_path):
    path = toy.case(tmp_path / "params" / "toy")
    (path.parent / "weather.csv").unlink()
    (said,) = checks.check(path, toy.notebooks(tmp_path / "nb"))
    assert said.startswith("weather.csv: no such table")


def test_two_files_of_one_table_are_refused(tmp_path):
    toy.case(tmp_path / "params" / "toy")
    (tmp_path / "params" / "toy" / "energy.xlsx").write_bytes(b"")
    assert "two files hold the table 'energy'" in problems_of(tmp_path)[0]


def test_yaml_named_for_another_year_is_refused(tmp_path):
    path = toy.case(tmp_path / "params" / "toy").rename(tmp_path / "params" / "toy" / "2026.yaml")
    (said,) = checks.check(path, toy.notebooks(tmp_path / "nb"))
    assert said.startswith(
        "2026.yaml, line 1: reporting_year is 2025, but the file is named 2026.yaml"
    )


def test_yaml_that_is_not_there_is_refused(tmp_path):
    (said,) = checks.check(tmp_path / "params" / "2025.yaml", toy.notebooks(tmp_path / "nb"))
    assert said.startswith("2025.yaml: no such file in params")


@pytest.fixture
def ruled(tmp_path):
    """Notebooks that declare what ledgers, factors and clocks are checked with."""
    toy.notebook(tmp_path / "01_first.ipynb", parameters=toy.PARAMETERS + toy.RULES)
    return tmp_path


def test_unknown_time_zone_is_refused_with_the_nearest(ruled):
    path = toy.case(ruled / "toy", 'timezone: "Asia/Shangai"\n')
    assert checks.check(path, ruled)[0] == (
        "2025.yaml, line 1: timezone 'Asia/Shangai' is not known; did you mean 'Asia/Shanghai'?"
    )


def test_factor_that_is_not_known_is_refused(ruled):
    path = toy.case(ruled / "toy")
    text = f"{ACTIVITIES}\n2025-01,natural_gas,1,inventory,1,Nm3,fuel_natural_gaz\n"
    (path.parent / "activities.csv").write_text(text)
    (said,) = checks.check(path, ruled)
    assert said.startswith("activities.csv, row 2") and "did you mean 'fuel_natural_gas'?" in said


def test_scheme_and_ledger_are_checked(ruled):
    path = toy.case(ruled / "toy", 'scheme: "DB11/T 1861-2012"\n')
    (said,) = checks.check(path, ruled)
    assert "DB11/T 1861-2012" in said and "did you mean 'DB11/T 1861-2021'?" in said


@pytest.mark.slow
def test_refresh_stores_the_executed_notebook_in_place_and_twice_the_same(tmp_path, capsys):
    path = toy.notebook(tmp_path / "01_first.ipynb", "print(confidence)")
    refresh.refresh(tmp_path)
    once = path.read_bytes()
    assert json.loads(once)["cells"][2]["outputs"][0]["text"] == ["0.95\n"]
    refresh.refresh(tmp_path)
    assert path.read_bytes() == once


def test_grid_factor_that_is_not_published_is_refused(ruled):
    path = toy.case(ruled / "toy", 'province: "Tibet"\n')
    (said,) = checks.check(path, ruled)
    assert "provincial average electricity factor of Tibet" in said
