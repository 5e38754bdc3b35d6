"""Many sites by one command: each is made once, and what befalls one befalls no other."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import replace
from pathlib import Path

import batches
import pandas as pd
import psutil
import pytest
import toy
from ledgers import CERTIFICATE

from neutrality import cli
from neutrality.case import tables
from neutrality.commands import cases as commands
from neutrality.portfolio import batch, cases, progress, site, summary, turn, workers
from neutrality.runner import bundle, execution, locks, outputs, run

# For a process of its own that is to find `batches`.
HERE = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def alive(home):
    """The processes that sites had started and that still run."""
    return [each for each in (home / "kernels").iterdir() if running(int(each.name))]


def running(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A batch in which sites fail in every way, and its outcomes."""
    names = ("north", "fails", "dies", "stumbles", "refused", "west")
    home = batches.homes(tmp_path_factory.mktemp("mixed"), *names)
    (home / "params/refused/2025.yaml").write_text("reporting_year: 2025\nconfidence: 2\n")
    return home, batches.all_of(home)


def test_a_site_that_fails_stops_no_other_and_each_says_why(mixed):
    home, made = mixed
    assert batches.states(made) == {
        "dies": "failed",
        "fails": "failed",
        "north": "made",
        "refused": "refused",
        "stumbles": "made",
        "west": "made",
    }
    assert [each.site for each in made] == sorted(each.site for each in made)
    by_site = {each.site: each for each in made}
    assert (by_site["fails"].notebook, by_site["fails"].cell) == ("02_second.ipynb", 3)
    assert (by_site["refused"].file, by_site["refused"].row) == ("2025.yaml", 2)
    assert by_site["dies"].reason.startswith("its process died twice")


def test_a_worker_that_dies_costs_its_site_one_more_attempt(mixed):
    home, _ = mixed
    begun = {name: 1 for name in ("north", "west", "fails")}
    assert batches.times(home) == begun | {"dies": 2, "stumbles": 2}


@pytest.mark.slow
def test_a_site_that_hangs_ends_with_its_time_and_says_where(tmp_path):
    home = batches.homes(tmp_path, "hangs")
    (made,) = batches.all_of(home, site_timeout_s=2)
    assert (made.state, made.reason) == ("timed out", "the site had not ended after 2 s")
    with pytest.raises(
        execution.TimedOut, match="^03.ipynb, cell 4: the site had not ended after 1 s"
    ):
        stopped_at("03.ipynb, cell 4")
    with site.limited(60):
        pass


def stopped_at(place):
    """As `execution.execute` says where it was stopped."""
    with site.limited(1):
        try:
            time.sleep(600)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"{place}: stopped") from None


def test_a_worker_is_ended_with_all_that_it_has_started(tmp_path):
    worker = workers._Worker()
    worker.pool.submit(batches._do, tmp_path, "hangs", tmp_path)
    until(lambda: (tmp_path / "kernels").is_dir() and list((tmp_path / "kernels").iterdir()))
    assert alive(tmp_path)
    worker.end()
    until(lambda: not alive(tmp_path) and not worker.process.is_running())


def test_failed_site_keeps_its_notebooks_and_its_log_until_it_succeeds(mixed, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(mixed[0], home)
    kept = home / "out/fails/2025.failed"
    assert [path.name for path in sorted((kept / "notebooks").iterdir())] == [
        "01_first.ipynb",
        "02_second.ipynb",
    ]
    assert "ValueError: no weather" in (home / "out/.logs/fails/2025.log").read_text()
    assert set(outputs.reports(home / "out")["report"]) == {
        "north/2025",
        "stumbles/2025",
        "west/2025",
    }
    (task,) = batch.planned(
        [home / "params/fails/2025.yaml"], batch.Settings(home / "out"), home / "nb"
    )
    with pytest.MonkeyPatch.context() as patched:
        toy.as_released(patched)
        executing = batches.execution  # `work`, which a worker calls, changes it for good
        patched.setattr(executing, "execute_all", executing.execute_all)
        patched.setattr(batches, "_do", lambda *all_of: None)
        assert batches.work(task).state == "made"
    assert [path.name for path in (home / "out/fails").iterdir()] == ["2025"]


def test_summary_has_every_site_in_order_and_the_exit_code_is_that_of_the_worst(mixed):
    home, made = mixed
    held = json.loads((home / "out" / summary.FILE).read_text(encoding="utf-8"))
    assert [each["site"] for each in held["sites"]] == [each.site for each in made]
    assert held["states"] == {
        "made": 3,
        "unchanged": 0,
        "refused": 1,
        "failed": 2,
        "timed out": 0,
        "stopped": 0,
    }
    assert held["exit_code"] == summary.exit_code(made) == 1
    good = [each for each in made if each.good]
    assert summary.exit_code(good) == 0
    assert summary.exit_code([*made, replace(made[0], state="stopped")]) == 130
    hidden = {path.name for path in (home / "out").iterdir() if path.name.startswith(".")}
    assert hidden == {".cache", ".logs"}  # what runs reuse, and what they said


def test_what_became_of_other_sites_and_years_stays_in_the_summary(tmp_path):
    home = batches.homes(tmp_path, "a", "b", "gone")
    yamls = {name: str(home / "params" / name / "2025.yaml") for name in ("a", "b", "gone")}

    def outcome(name, state, year="2025"):
        return site.Outcome(name, year, state, case_yaml=yamls[name])

    def held():
        found = json.loads((home / "out" / summary.FILE).read_text(encoding="utf-8"))
        parts = [
            [(s["site"], s["year"], s["state"]) for s in found[part]] for part in summary.PARTS
        ]
        return (*parts, found["exit_code"], found["states"]["failed"])

    out = home / "out"
    summary.write([outcome("a", "failed"), outcome("gone", "failed")], out)
    summary.write([outcome("b", "made"), outcome("a", "made", "2024")], out)
    sites = [("a", "2024", "made"), ("b", "2025", "made")]
    assert held() == (sites, [("a", "2025", "failed"), ("gone", "2025", "failed")], 0, 0)
    shutil.rmtree(home / "params" / "gone")  # a case removed from the folder of cases
    summary.note(outcome("a", "made"), out)
    assert held() == (sites, [("a", "2025", "made")], 0, 0)
    summary.note(outcome("b", "failed"), out)
    sites[1] = ("b", "2025", "failed")
    assert held() == (sites, [("a", "2025", "made")], 1, 1)
    assert not list(out.glob(".summary*"))


def test_a_case_run_alone_tells_the_summary_of_the_batch_before_it(tmp_path):
    home = batches.homes(tmp_path, "a")
    path = home / "params/a/2025.yaml"
    asked = batch.Settings(home / "out", home / "nb")

    def states():
        held = json.loads((home / "out" / summary.FILE).read_text(encoding="utf-8"))
        return [(each["state"], each["reason"]) for each in held["sites"]]

    with batch.noted(path, asked):  # no batch was here
        pass
    assert not (home / "out").exists()
    summary.write([site.Outcome("a", "2025", "failed", case_yaml=str(path))], home / "out")
    with batch.noted(path, asked):
        pass
    assert states() == [("made", "")]
    for error, state in ((RuntimeError("no weather"), "failed"), (KeyboardInterrupt(), "stopped")):
        with pytest.raises(type(error)), batch.noted(path, asked):
            raise error
        assert states() == [(state, str(error))]


@pytest.mark.slow
def test_the_same_command_makes_only_what_is_left_and_what_has_changed(tmp_path):
    home = batches.homes(tmp_path, "a", "b", "c")
    assert set(batches.states(batches.all_of(home)).values()) == {"made"}
    toy.case(home / "params" / "b", "reporting_year: 2025\nconfidence: 0.9\n")
    (home / "out/c/2025/report.en.html").write_text("changed by hand")
    assert batches.states(batches.all_of(home)) == {"a": "unchanged", "b": "made", "c": "made"}
    toy.notebooks(home / "nb", "2 + 2")
    assert set(batches.states(batches.all_of(home, fresh=True)).values()) == {"made"}
    assert batches.times(home) == {"a": 2, "b": 3, "c": 3}


def test_whatever_decides_the_bytes_of_a_bundle_is_in_the_hash_of_a_site(tmp_path):
    home = batches.homes(tmp_path, "north")
    (task,) = batch.planned([home / "params/north/2025.yaml"], batch.Settings(home), home / "nb")
    seen = {site.inputs_sha256(task)}
    assert site.inputs_sha256(replace(task, limits=execution.Limits(1), wait=True)) in seen
    toy.case(home / "params/north", "reporting_year: 2025\n")
    seen.add(site.inputs_sha256(task))
    (home / "params/north/energy.csv").write_text("time,main_kwh\n2025-01-01T00:00+08:00,6\n")
    seen.add(site.inputs_sha256(task))
    (home / "params/north/energy.csv").rename(home / "params/north/meters.csv")
    seen.add(site.inputs_sha256(task))
    toy.notebooks(home / "other", "2 + 2")
    seen.add(site.inputs_sha256(replace(task, notebooks=str(home / "other"))))
    seen.add(site.inputs_sha256(replace(task, site="south")))
    assert len(seen) == 6


def test_a_fresh_site_is_run_so_and_one_that_its_run_leaves_is_unchanged(tmp_path, monkeypatch):
    home, asked = batches.homes(tmp_path, "north"), []
    (task,) = batch.planned([home / "params/north/2025.yaml"], batch.Settings(home), home / "nb")
    task.target.mkdir(parents=True)
    (task.target / bundle.MANIFEST).write_text("{}")
    monkeypatch.setattr(site.run, "run", lambda *given, **settings: asked.append(settings["fresh"]))
    assert site.run_site(task).state == "unchanged"
    assert site.run_site(replace(task, fresh=True)).state == "unchanged"
    assert asked == [False, True]


@pytest.mark.slow
def test_two_batches_at_once_make_each_site_once(tmp_path):
    home, ended = batches.homes(tmp_path, *(f"slow-{n}" for n in range(3))), []
    both = [
        threading.Thread(target=lambda: ended.append(batches.all_of(home, jobs=1)))
        for _ in range(2)
    ]
    for each in both:
        each.start()
    for each in both:
        each.join()
    found = [batches.states(each) for each in ended]
    assert {tuple(sorted(each[name] for each in found)) for name in found[0]} == {
        ("made", "unchanged")
    }
    assert set(batches.times(home).values()) == {1}


def test_a_turn_waits_for_who_is_alive_and_for_nobody_else(tmp_path):
    target = tmp_path / "north" / "2025"
    with turn.taken(target) as first, turn.taken(target) as second:
        assert (first, second) == (True, False)
    assert not target.parent.exists()
    with locks.hold(target.parent / ".2025.run-other"), turn.taken(target) as mine:
        assert not mine
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True
    )
    left = target.parent / ".2025.turn-dead"
    left.mkdir()
    held = json.loads((target.parent / ".2025.run-other" / "lock").read_text())
    (left / "lock").write_text(json.dumps(held | {"pid": int(dead.stdout), "started": "1"}))
    shutil.rmtree(target.parent / ".2025.run-other")
    with turn.taken(target) as mine:
        assert mine and not left.exists()


def test_sites_that_claim_one_certificate_are_refused_and_the_others_run(tmp_path):
    home = batches.homes(tmp_path, "north", "south", "west")
    for name, first in (("north", 1001), ("south", 1200), ("west", 5001)):
        rows = pd.DataFrame([CERTIFICATE | {"serial_from": first, "serial_to": first + 239}])
        tables.write(rows, home / "params" / name / "certificates.csv")
    of_site = {
        Path(home / "params" / n / "2025.yaml"): (n, "2025") for n in ("north", "south", "west")
    }
    found = cases.refused(of_site)
    assert {path.parent.name for path in found} == {"north", "south"}
    assert len(set(found.values())) == 1 and "serves one site" in found[next(iter(found))]
    made = batches.all_of(home)
    assert [each.site for each in made if "serves one site" in each.reason] == ["north", "south"]
    assert "north" not in batches.times(home) and [each.file for each in made] == [
        "certificates.csv"
    ] * 2 + [""]


def test_a_worker_that_died_with_nothing_to_do_is_replaced(tmp_path):
    home = batches.homes(tmp_path, "a", "b")
    tasks = batch.planned(
        cases.named([str(home / "params")]), batch.Settings(home / "out"), home / "nb"
    )
    crew = workers._Crew(batches.work)
    made = crew.all_of(deque((task, 1) for task in tasks), 1, lambda running: None)
    assert next(made).site == "a"
    crew.idle[0].process.kill()
    until(lambda: crew.idle[0].pool._broken)
    assert (next(made).site, batches.times(home)["b"]) == ("b", 1)
    crew.end()


def test_two_cases_of_one_bundle_are_refused(tmp_path):
    home = batches.homes(tmp_path, "north")
    toy.case(home / "more" / "north")
    paths = cases.named([str(home / "params"), str(home / "more")])
    found = cases.refused(dict.fromkeys(paths, ("north", "2025")))
    assert len(found) == 2 and all("would write the same report" in s for s in found.values())


def test_cases_are_named_by_files_folders_patterns_and_lists_each_once(tmp_path):
    home = batches.homes(tmp_path, "b", "a")
    (home / "params/a/2024.yaml").write_text("reporting_year: 2024\n")
    (home / "link").symlink_to(home / "params" / "a")
    listed = home / "sites.txt"
    listed.write_text("# the first two\nparams/a  # both years\n\nparams/*/2025.yaml\n")

    def seen(*words):
        return [path.relative_to(home).as_posix() for path in cases.named([*map(str, words)])]

    every = ["params/a/2024.yaml", "params/a/2025.yaml", "params/b/2025.yaml"]
    assert seen(home / "params") == seen(f"@{listed}") == seen(listed) == every
    assert seen(home / "params/*/202[45].yaml") == seen(home / "params/*") == every
    assert seen(home / "params/b/2025.yaml", home / "link/2025.yaml", home / "params/a") == [
        "params/a/2024.yaml",
        "params/b/2025.yaml",
        "link/2025.yaml",
    ]
    listed.write_text("params/a/2025.yaml\nno*/2025.yaml\nnb\n")  # a line that leads to none
    assert seen(f"@{listed}") == ["params/a/2025.yaml", "no*/2025.yaml", "nb"]
    for nothing in (home / "nb", home / "no*", "@no.txt"):
        with pytest.raises(ValueError, match="no case is meant|cannot be read as a list"):
            cases.named([str(nothing)])


def test_only_a_yaml_named_by_itself_is_made_alone(tmp_path, monkeypatch, capsys):
    home = batches.homes(tmp_path, "a", "b")
    a, b = (str(home / "params" / name / "2025.yaml") for name in "ab")
    made = []
    monkeypatch.setattr(commands, "_run_all", lambda several, *more: made.append(len(several)) or 0)
    monkeypatch.setattr(run, "run", lambda path, *more, **settings: made.append("alone") or home)
    for words in ((a,), (a, b), (str(home / "params/a"),), (str(home / "params/a/*.yaml"),)):
        assert cli.main(["run", *words, "--outputs", str(home / "out")]) == 0
    assert made == ["alone", 2, 1, 1]


def test_notebooks_edited_during_a_batch_change_nothing(tmp_path):
    home = batches.homes(tmp_path, "north")
    with batch.frozen(home / "out", home / "nb") as notebooks:
        before = toy.contents(notebooks)
        toy.notebooks(home / "nb", "half an edit")
        assert toy.contents(notebooks) == before
    assert not list((home / "out").iterdir())


def test_edited_notebooks_that_nobody_named_refuse_the_whole_batch(tmp_path, monkeypatch):
    home = batches.homes(tmp_path, "a", "b")
    monkeypatch.setattr(batch.parameters, "notebooks_folder", lambda: home / "nb")
    with pytest.raises(ValueError, match="none were named: with --notebooks"):
        batch.run_all(cases.named([str(home / "params")]), batch.Settings(home / "out"))
    assert not list((home / "out").iterdir())


def test_a_busy_processor_count_is_that_of_this_process():
    assert 1 <= workers.cores() <= os.cpu_count()


def test_lines_of_a_batch_are_said_in_chinese(mixed):
    said = [line for each in mixed[1] for line in progress.lines(each, "zh")]
    assert [line for line in said if line.startswith("dies")] == [
        "dies: 2025：失败：该场所的进程两次意外终止；可能被强行结束，或内存不足"
    ]
    assert next(line for line in said if line.startswith("west")).startswith("west: 2025：已生成，")
    assert cli.messages.said(summary.line(mixed[1]), "zh") == (
        "场所：6；已生成 3；被拒绝 1；失败 2"
    )


@pytest.mark.slow
def test_a_stopped_batch_ends_its_sites_and_says_so(tmp_path):
    """All processes get the signal, as from systemd."""
    home = batches.homes(tmp_path, "a", "hangs-1", "hangs-2", "z")
    command = [sys.executable, "-c", STOPPABLE, home]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    going = subprocess.Popen(command, start_new_session=True, env=HERE, **pipes)
    until(lambda: len(batches.times(home)) == 3 and len(list((home / "kernels").iterdir())) == 2)
    os.killpg(going.pid, signal.SIGTERM)
    said, _ = going.communicate(timeout=60)
    assert (going.returncode, said) == (130, "")
    held = json.loads((home / "out" / summary.FILE).read_text(encoding="utf-8"))
    assert {each["site"]: each["state"] for each in held["sites"]} == {
        "a": "made",
        "hangs-1": "stopped",
        "hangs-2": "stopped",
        "z": "stopped",
    }
    assert not alive(home)
    assert not list((home / "out").glob("*/.2025*"))


BLOCKED = """
import signal
from multiprocessing import forkserver
from pathlib import Path
from neutrality.portfolio import workers
workers._context()
status = Path(f"/proc/{forkserver._forkserver._forkserver_pid}/status").read_text()
blocked = int(status.partition("SigBlk:")[2].split()[0], 16)
assert blocked >> (signal.SIGTERM - 1) & 1
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
def test_the_process_that_workers_are_copied_from_is_deaf_to_sigterm():
    """In a process of its own, where nothing of multiprocessing has begun."""
    subprocess.run([sys.executable, "-c", BLOCKED], check=True, env=HERE)


STOPPABLE = """
import signal, sys
from pathlib import Path
for each in (signal.SIGINT, signal.SIGTERM):
    signal.signal(each, signal.default_int_handler)
import batches
from neutrality.portfolio import summary
sys.exit(summary.exit_code(batches.all_of(Path(sys.argv[1]))))
"""


@pytest.mark.slow
def test_a_killed_batch_leaves_no_process_and_is_resumed_with_what_is_left(tmp_path):
    home = batches.homes(tmp_path, *(f"slow-{n}" for n in range(8)))
    command = [sys.executable, "-c", STOPPABLE, home]
    going = subprocess.Popen(command, start_new_session=True, env=HERE)
    until(lambda: len(list((home / "out").glob("slow-*/2025"))) >= 4)
    below = psutil.Process(going.pid).children(recursive=True)
    going.kill()
    going.wait()
    until(lambda: not [each for each in below if running(each.pid)])
    made = batches.all_of(home)
    states = batches.states(made)
    assert set(states.values()) == {"made", "unchanged"}
    repeated = sum(number - 1 for number in batches.times(home).values())
    assert repeated <= 2 * 2
    assert all(not bundle.verify(home / "out" / name / "2025") for name in states)


def test_a_terminal_shows_what_runs_and_the_last_line_of_its_log(tmp_path, mixed):
    rich_console = pytest.importorskip("rich.console")
    home = batches.homes(tmp_path, "north")
    (task,) = batch.planned([home / "params/north/2025.yaml"], batch.Settings(home), home / "nb")
    task.log.parent.mkdir(parents=True)
    task.log.write_text("1/5  01_energy_baseline  3.1 s\n2/5  02_green_power  4.0 s\n")
    shown = progress.Shown(9, "en")
    shown.outcomes, shown.began = mixed[1], {("north", "2025"): time.monotonic()}
    console = rich_console.Console(width=100, file=io.StringIO())
    console.print(shown._table([task]))
    first, second = console.file.getvalue().splitlines()
    assert re.fullmatch(r" north  2025  \d+ s  2/5  02_green_power  4.0 s *", first)
    assert second == "sites: 9; made 3; refused 1; failed 2; to go 3"
