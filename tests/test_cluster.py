"""Sites on a Dask cluster of this machine: all done, none lost, none twice, the same bytes."""

import os
import random
import shutil
import signal
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import toy

from neutrality.portfolio import apart, cluster, parcel, site
from neutrality.runner import release

# In each process that makes sites: toys count as the release's notebooks, and what is published is
# noted.
EVERYWHERE = """
import sys
if "neutrality.portfolio.apart" in sys.orig_argv:
    from pathlib import Path
    from neutrality.report import methods
    from neutrality.runner import bundle
    publish = bundle.publish
    def noted(stage, target):
        kept = publish(stage, target)
        with Path(PLACE, "published").open("a") as file:
            file.write(f"{Path(target).parent.name}\\n")
        return kept
    methods.altered = lambda *given, **more: methods.altered_rows([])
    bundle.publish = noted
"""
# A notebook that stops, once, where the test has asked for it, and says which process it is.
HELD = """
import os, pathlib, time
site = open(f"{case}/energy.csv").read().strip().rpartition(",")[2]
asked = pathlib.Path(PLACE, f"{site}.NUMBER")
if asked.exists():
    asked.unlink()
    pathlib.Path(PLACE, f"{site}.held").write_text(str(os.getpid()))
    time.sleep(600)
"""
POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL, no sh")
SITES, WORKERS, KILLED = 5, 4, 2


def held(place, number):
    return HELD.replace("PLACE", repr(str(place))).replace("NUMBER", number)


@pytest.fixture(autouse=True)
def environment():
    """A cluster in this process sets its workers' variables, such as one thread, in it too."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    """Toy notebooks that can be held; the processes of the cluster know them for the release's."""
    place, folder = tmp_path / "place", tmp_path / "notebooks"
    for each in (place, folder):
        each.mkdir()
    toy.notebook(folder / "01_first.ipynb", toy.FIRST, held(place, "01"))
    toy.notebook(folder / "02_second.ipynb", held(place, "02"), toy.SECOND)
    code = f"PLACE = {str(place)!r}\n{EVERYWHERE}"
    (place / "sitecustomize.py").write_text(code)
    paths = [str(place), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    toy.as_released(monkeypatch)
    return folder


def task(tmp_path, notebooks, number, outputs="outputs"):
    """The task of a site whose only reading is its number."""
    yaml = toy.case(tmp_path / "params" / f"site-{number}")
    energy = toy.TABLES["energy.csv"].replace(",5", f",{number}")
    (yaml.parent / "energy.csv").write_text(energy)
    paths = (str(yaml), str(tmp_path / outputs), str(notebooks))
    return site.Task(*paths, yaml.parent.name, "2025")


def kill_held(nannies, place, numbers):
    """Kill each worker below which the notebook of a site is held."""
    import psutil

    for number in numbers:
        mark = place / f"{number}.held"
        while not mark.is_file() or not mark.read_text():
            time.sleep(0.05)
        above = {each.pid for each in psutil.Process(int(mark.read_text())).parents()}
        (worker,) = above & {nanny.pid for nanny in nannies.values()}
        os.kill(worker, signal.SIGKILL)


@pytest.mark.slow
@POSIX
def test_of_four_workers_two_are_killed_and_every_site_is_made_once(tmp_path, notebooks):
    distributed = pytest.importorskip("distributed", reason="extra dask not installed")
    place, chance = tmp_path / "place", random.Random(18)
    tasks = [task(tmp_path, notebooks, number) for number in range(SITES)]
    numbers = chance.sample(range(SITES), KILLED)
    for number in numbers:
        (place / f"{number}.{chance.choice(['01', '02'])}").touch()
    about = {"n_workers": WORKERS, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**about) as local:
        killer = threading.Thread(
            target=kill_held, args=(local.workers, place, numbers), daemon=True
        )
        killer.start()
        heard, before, made = [], [], []
        for outcome in cluster.outcomes(tasks, local.scheduler_address, "", heard.append):
            before.append(len(heard))
            made.append(outcome)
    assert before[0] > 1 and len(heard[0]) > 1  # before a site has ended
    assert sorted((each.site, each.state) for each in made) == [
        (f"site-{number}", site.MADE) for number in range(SITES)
    ]
    assert not killer.is_alive() and len(list(place.glob("*.held"))) == KILLED
    published = Counter((place / "published").read_text().split())
    assert published == {f"site-{number}": 1 for number in range(SITES)}
    for each in made:
        assert each.case_yaml == str(tmp_path / "params" / each.site / "2025.yaml")
        assert (tmp_path / "outputs" / each.bundle / "manifest.json").is_file()
    assert not [path.name for path in (tmp_path / "outputs").glob("**/.*-*")]
    alone = site.run_site(task(tmp_path, notebooks, numbers[0], "alone"))
    assert alone.good
    both = [toy.contents(tmp_path / each / alone.bundle) for each in ("outputs", "alone")]
    assert both[0] == both[1]


def test_another_installation_is_told_with_both_versions():
    here = release.made_by()
    assert parcel.unlike(here, here) == ""
    there = here | {"libraries": here["libraries"] | {"pandas": "0.1"}, "source_sha256": "0" * 64}
    told = parcel.unlike(here, there)
    assert f"pandas 0.1 ≠ {here['libraries']['pandas']}" in told
    assert f"source_sha256 {'0' * 64} ≠ {here['source_sha256']}" in told


def test_what_another_release_has_packed_is_refused(tmp_path):
    sent = parcel.pack(task(tmp_path, toy.notebooks(tmp_path / "notebooks"), 1))
    other = parcel.Parcel(sent.task, b"", b"", sent.made_by | {"neutrality": "0.0"})
    outcome = parcel.make(other)
    assert outcome.state == site.REFUSED and "neutrality 0.1.0 ≠ 0.0" in outcome.reason
    assert not (tmp_path / "outputs").exists()


def test_outputs_that_a_worker_does_not_see_are_refused(tmp_path):
    (tmp_path / "token").touch()
    assert parcel.unseen(str(tmp_path / "token")) == "" == parcel.unseen("")
    sent = parcel.pack(task(tmp_path, toy.notebooks(tmp_path / "notebooks"), 1), "", "/away/token")
    outcome = parcel.make(sent)
    assert outcome.state == site.REFUSED and "does not see /away; give --outputs" in outcome.reason


def test_a_case_is_unpacked_as_it_was_without_hidden_files(tmp_path):
    asked = task(tmp_path, toy.notebooks(tmp_path / "notebooks"), 1)
    yaml = Path(asked.case_yaml)
    (yaml.parent / "import" / "raw").mkdir(parents=True)
    (yaml.parent / "import" / "raw" / "账单.csv").write_text("kWh\n", encoding="utf-8")
    before = toy.contents(yaml.parent)
    (yaml.parent / ".~lock.energy.csv#").write_text("somebody has it open")
    here = parcel._unpacked(parcel.pack(asked), tmp_path / "scratch")
    assert toy.contents(Path(here.case_yaml).parent) == before
    assert toy.contents(Path(here.notebooks)) == toy.contents(tmp_path / "notebooks")


def test_the_releases_notebooks_are_not_sent(tmp_path):
    from neutrality.runner import parameters

    folder = str(parameters.notebooks_folder())
    sent = parcel.pack(task(tmp_path, folder, 1))
    assert sent.notebooks == b"" and parcel._unpacked(sent, tmp_path / "x").notebooks == folder


def refused(tmp_path):
    """A parcel that a worker answers without making anything."""
    sent = parcel.pack(task(tmp_path, toy.notebooks(tmp_path / "notebooks"), 1))
    return parcel.Parcel(sent.task, b"", b"", sent.made_by | {"neutrality": "0.0"})


def test_a_thread_has_one_child_that_ends_with_it(tmp_path, monkeypatch):
    monkeypatch.setattr(apart, "_thread", threading.local())
    sent = refused(tmp_path)
    assert [apart.make(sent).state for _ in range(2)] == [site.REFUSED] * 2
    child = apart._thread.child
    child.stdin.close()
    assert child.wait(timeout=60) == 0 and child.stdout.read() == b""
    child.stdout.close()


@POSIX
def test_a_child_that_dies_is_told_so_that_another_worker_tries(tmp_path, monkeypatch):
    monkeypatch.setattr(apart, "_thread", threading.local())
    monkeypatch.setattr(sys, "executable", shutil.which("true"))
    with pytest.raises(RuntimeError, match="^its process ended with code 0; it was killed"):
        apart.make(refused(tmp_path))
    apart._thread.child.stdout.close()


@POSIX
def test_a_child_that_keeps_no_limit_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(apart, "_thread", threading.local())
    monkeypatch.setattr(apart.workers, "GRACE_S", 0)
    deaf = tmp_path / "deaf"
    deaf.write_text("#!/bin/sh\nexec sleep 600\n")
    deaf.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(deaf))
    sent = refused(tmp_path)
    outcome = apart.make(replace(sent, task=replace(sent.task, site_timeout_s=1)))
    assert (outcome.state, outcome.reason) == ("timed out", "the site had not ended after 1 s")
    assert apart._thread.child.returncode == -signal.SIGKILL
    apart._thread.child.stdout.close()


def test_a_site_that_kills_its_workers_has_failed(tmp_path):
    distributed = pytest.importorskip("distributed", reason="extra dask not installed")

    class Future:
        def result(self):
            raise distributed.KilledWorker("site-1-2025", None, 3)

    asked = task(tmp_path, tmp_path, 1)
    outcome = cluster._outcome(Future(), asked)
    assert (outcome.state, outcome.case_yaml) == (site.FAILED, asked.case_yaml)
    assert outcome.reason.startswith("4 workers died while they made it")


def test_a_scheduler_that_is_not_there_is_told(tmp_path):
    pytest.importorskip("distributed", reason="extra dask not installed")
    import dask

    tasks = [task(tmp_path, toy.notebooks(tmp_path / "notebooks"), 1)]
    with dask.config.set({"distributed.comm.timeouts.connect": "0.2s"}), pytest.raises(OSError):
        list(cluster.outcomes(tasks, "tcp://127.0.0.1:9"))
