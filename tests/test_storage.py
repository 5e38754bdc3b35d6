"""Cases and bundles on object storage: whole or not there, the same bytes, nothing listed."""

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import buckets
import pytest
import toy

from neutrality import cli
from neutrality.commands import bundles
from neutrality.portfolio import parcel, places, site, storage
from neutrality.report import methods
from neutrality.runner import bundle, execution, run

# As the refusal and the documentation say it.
LIST = "find . -type f ! -name SHA256SUMS -print0 | xargs -0 sha256sum > SHA256SUMS"


@pytest.fixture(scope="module")
def bucket():
    with buckets.served() as address:
        yield address


@pytest.fixture
def place(bucket, request):
    """An address of each test's own."""
    return storage.below(bucket, request.node.name)


@pytest.fixture
def asked(monkeypatch):
    """What was asked of the storage, in order; a listing or a deletion is refused."""
    from obstore.store import S3Store

    said, put = [], S3Store.put

    def noted(store, name, content, **about):
        said.append(f"{store.prefix}/{name}")
        return put(store, name, content, **about)

    monkeypatch.setattr(S3Store, "put", noted)
    buckets.refuse_listing(monkeypatch)
    return said


def upload(folder, address):
    """Put a folder's files at an address, as any tool would."""
    for name, content in toy.contents(folder).items():
        home, _, file = storage.below(address, name).rpartition("/")
        with storage._store(home) as store:
            store.put(file, content)


def made(folder, text="made by the run"):
    """Make a folder with a manifest, which is all that a bundle is here."""
    (folder / "tables").mkdir(parents=True)
    (folder / "report.en.html").write_text(text)
    (folder / "tables" / "所有.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    bundle.describe(folder)
    return folder


def case_at(place, folder, name="north", energy=toy.TABLES["energy.csv"]):
    """Upload a case with an imported file, listed as the documentation says; return its address."""
    case = toy.case(folder / name).parent
    (case / "energy.csv").write_text(energy)
    (case / "import" / "raw").mkdir(parents=True, exist_ok=True)
    (case / "import" / "raw" / "bills of 2025.csv").write_text("kWh\n5\n")
    subprocess.run(["sh", "-c", LIST], cwd=case, check=True)
    upload(case, storage.below(place, name))
    return storage.below(place, name)


def test_a_case_comes_with_all_its_files(place, tmp_path, asked):
    address = case_at(place, tmp_path / "here")
    storage.fetch_case(address, tmp_path / "there")
    here = toy.contents(tmp_path / "here" / "north")
    del here[storage.SUMS]
    assert toy.contents(tmp_path / "there") == here and len(here) == 4


def test_a_case_without_its_list_is_refused_with_the_command_that_makes_it(place, tmp_path):
    upload(toy.case(tmp_path / "north").parent, storage.below(place, "north"))
    with pytest.raises(ValueError, match=f"SHA256SUMS: is not there .*{re.escape(LIST)}"):
        storage.fetch_case(storage.below(place, "north"), tmp_path / "there")


def test_a_file_that_is_not_the_one_listed_is_refused(place, tmp_path):
    address = case_at(place, tmp_path / "here")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "energy.csv").write_text("time,main_kwh\n")
    upload(tmp_path / "other", storage.below(place, "north"))
    with pytest.raises(ValueError, match="north/energy.csv: is not the file that is listed"):
        storage.fetch_case(address, tmp_path / "there")


def test_a_listed_file_that_is_not_there_is_refused(place, tmp_path):
    home = case_at(place, tmp_path / "here")
    more = f"{'0' * 64}  weather.parquet\n"
    storage.write(f"{home}/{storage.SUMS}", storage.read(f"{home}/{storage.SUMS}") + more)
    with pytest.raises(ValueError, match="weather.parquet: is listed, and is not there"):
        storage.fetch_case(home, tmp_path / "there")


@pytest.mark.parametrize("name", ["../2024.yaml", "/etc/x", "a/../../x", "C:x", "..\\x", ""])
def test_a_list_that_leads_out_of_the_folder_is_refused(place, tmp_path, name):
    home = storage.below(place, "north")
    storage.write(f"{home}/{storage.SUMS}", f"{'0' * 64}  {name}\n")
    with pytest.raises(ValueError, match="SHA256SUMS, line 1: is no hash with a file"):
        storage.fetch_case(home, tmp_path / "there")


def test_a_bundle_comes_back_as_it_was(place, tmp_path, asked):
    folder = made(tmp_path / "2025")
    assert storage.current(place) == ""
    address = storage.publish(folder, place)
    assert storage.current(place) == address
    assert address.rpartition("/")[2] == storage.key((folder / "manifest.json").read_bytes())
    back = storage.fetch_bundle(place, tmp_path / "back")
    assert toy.contents(back) == toy.contents(folder)


def test_manifests_come_last_and_a_whole_version_is_not_uploaded_again(place, tmp_path, asked):
    folder = made(tmp_path / "2025")
    address = storage.publish(folder, place)
    whole = [
        f"{each.removeprefix(buckets.BUCKET + '/')}/manifest.json" for each in (address, place)
    ]
    assert asked[-2:] == whole and len(asked) == 4
    assert storage.publish(folder, place) == address and len(asked) == 4


def test_whenever_an_upload_is_cut_the_last_bundle_is_whole(place, tmp_path, monkeypatch):
    """Cut before each of the objects of a new version: a reader has the old one, then the new."""
    from obstore.store import S3Store

    old, new = made(tmp_path / "old"), made(tmp_path / "new", "made again")
    storage.publish(old, place)
    put, left = S3Store.put, 0

    def cut(store, *given, **about):
        nonlocal left
        left -= 1
        if left < 0:
            raise ConnectionError("the machine went down")
        return put(store, *given, **about)

    monkeypatch.setattr(S3Store, "put", cut)
    monkeypatch.setattr(storage, "_TOGETHER", 1)
    for number in range(4):
        left = number
        with pytest.raises(OSError, match="the machine went down"):
            storage.publish(new, place)
        back = storage.fetch_bundle(place, tmp_path / f"back-{number}")
        assert toy.contents(back) == toy.contents(old)
    left = 4
    storage.publish(new, place)
    assert toy.contents(storage.fetch_bundle(place, tmp_path / "back")) == toy.contents(new)


def test_who_reads_an_old_manifest_still_finds_its_files(place, tmp_path):
    old, new = made(tmp_path / "old"), made(tmp_path / "new", "made again")
    first = storage.publish(old, place)
    storage.publish(new, place)
    for name, about in json.loads((old / "manifest.json").read_bytes())["files"].items():
        with storage._store(first) as store:
            content = bytes(store.get(name).bytes())
        assert hashlib.sha256(content).hexdigest() == about["sha256"]


def test_what_may_not_be_read_counts_as_absent_and_other_faults_do_not(place, monkeypatch):
    """S3 forbids to look for what is not there, where a bucket may not be listed."""
    from obstore import exceptions, store

    def raising(error):
        def get(self, name):
            raise error

        monkeypatch.setattr(store.S3Store, "get", get)

    raising(exceptions.PermissionDeniedError("403"))
    assert storage.current(place) == ""
    raising(exceptions.UnauthenticatedError("401: who are you?"))
    with pytest.raises(OSError, match="401: who are you"):
        storage.current(place)


def test_a_changed_object_and_a_changed_bundle_are_refused(place, tmp_path):
    folder = made(tmp_path / "2025")
    address = storage.publish(folder, place)
    storage.write(storage.below(address, "report.en.html"), "better figures")
    with pytest.raises(ValueError, match="report.en.html: is not the file that is listed"):
        storage.fetch_bundle(place, tmp_path / "back")
    (folder / "report.en.html").write_text("better figures")
    with pytest.raises(ValueError, match="2025 is not uploaded"):
        storage.publish(folder, place)


def test_a_bucket_that_is_not_there_and_an_address_without_a_site_are_told(bucket, tmp_path):
    with pytest.raises(OSError, match="^s3://no-such-bucket/x/[0-9a-f]{16}: "):
        storage.publish(made(tmp_path / "2025"), "s3://no-such-bucket/x")
    with pytest.raises(ValueError, match="lies in the folder of its site"):
        storage.copy_of("s3://bucket/2025.yaml", tmp_path)


# In every process of a command: notebooks that need no kernel, and count as the release's.
NO_KERNEL = """
import shutil
from neutrality.report import methods
from neutrality.runner import execution
def executed(notebooks, values, stage, *more, **settings):
    (stage / "notebooks").mkdir()
    for notebook in notebooks:
        shutil.copyfile(notebook, stage / "notebooks" / notebook.name)
    energy = (stage / "inputs" / "energy.csv").read_text()
    if ",0\\n" in energy:
        raise RuntimeError("01_first.ipynb, cell 1: ValueError: no energy")
    (stage / "report.en.html").write_text(energy)
    return {"report.en.html": notebooks[-1].stem}
methods.altered = lambda *given, **more: methods.altered_rows([])
execution.execute_all = executed
"""


def command(tmp_path, *words):
    """Run neutrality with notebooks of its own; return its exit code, and what it said."""
    home = tmp_path / "customised"
    home.mkdir(exist_ok=True)
    (home / "sitecustomize.py").write_text(NO_KERNEL)
    path = os.pathsep.join([str(home), os.environ.get("PYTHONPATH", "")])
    given = [sys.executable, "-m", "neutrality", "run", *map(str, words), "--jobs", "1"]
    given += ["--notebooks", str(toy.notebooks(tmp_path / "notebooks"))]
    env = os.environ | {"PYTHONPATH": path, "LANG": "C"}
    done = subprocess.run(given, env=env, capture_output=True, text=True, cwd=tmp_path)
    return done.returncode, done.stdout + done.stderr


def made_here(tmp_path, monkeypatch, yaml):
    """The bundle of a case, made by the same notebooks on this machine."""
    for owner, name in ((methods, "altered"), (execution, "execute_all")):
        monkeypatch.setattr(owner, name, getattr(owner, name))  # put back after the test
    exec(NO_KERNEL, {})
    return run.run(yaml, tmp_path / "out", tmp_path / "notebooks", lambda said: None)


def states(address, part="sites"):
    held = json.loads(storage.read(storage.below(address, "summary.json")))
    return {each["site"]: (each["state"], each["case_yaml"]) for each in held[part]}


@pytest.mark.slow
def test_cases_and_bundles_on_object_storage_by_one_command(place, tmp_path, monkeypatch):
    """A list of addresses: made as from a folder, resumed, and none of the others stops one."""
    north, south = (case_at(place, tmp_path / "here", name) for name in ("north", "south"))
    upload(toy.case(tmp_path / "bare").parent, storage.below(place, "bare"))
    sites = {name: storage.below(place, name, "2025.yaml") for name in ("north", "south", "bare")}
    (tmp_path / "sites.txt").write_text("\n".join(sites.values()))
    out = storage.below(place, "outputs")
    code, said = command(tmp_path, "@sites.txt", "--outputs", out, "--zip")
    became = {"north": "made", "south": "made", "bare": "refused"}
    assert states(out) == {name: (became[name], sites[name]) for name in sites}, said
    assert code == 1 and f"{out}/summary.json" in said and "SHA256SUMS: is not there" in said
    pages = [storage._read(out, f"portfolio.{kind}") for kind in ("html", "xlsx", "parquet")]
    assert said.splitlines()[-1] == f"{out}/portfolio.html" and all(pages)
    assert "SHA256SUMS: is not there" in pages[0].decode()
    here = made_here(tmp_path, monkeypatch, tmp_path / "here" / "north" / "2025.yaml")
    back = storage.fetch_bundle(storage.below(out, "north", "2025"), tmp_path / "north")
    assert toy.contents(back) == toy.contents(here)
    packed = storage._read(storage.below(out, "north"), "2025.zip")
    assert packed == bundle.pack(here).read_bytes()

    energy = (tmp_path / "here" / "south" / "energy.csv").read_text()
    case_at(place, tmp_path / "here", "south", energy.replace(",5", ",0"))
    before = storage.current(storage.below(out, "south", "2025"))
    code, said = command(tmp_path, sites["north"], sites["south"], "--outputs", out, "--zip")
    assert code == 1 and {name: state for name, (state, _) in states(out).items()} == {
        "north": "unchanged",
        "south": "failed",
    }
    assert states(out, "earlier") == {"bare": ("refused", sites["bare"])}
    assert "bare" in storage.read(storage.below(out, "portfolio.html"))
    assert "no energy" in storage.read(storage.below(out, ".logs", "south", "2025.log"))
    assert storage.current(storage.below(out, "south", "2025")) == before != ""


def test_a_site_that_a_worker_of_a_cluster_uploads_has_the_same_bytes(place, tmp_path, monkeypatch):
    yaml, notebooks = toy.case(tmp_path / "north"), toy.notebooks(tmp_path / "notebooks")
    here = made_here(tmp_path, monkeypatch, yaml)
    task = site.Task(str(yaml), "nowhere", str(notebooks), "north", "2025")
    sent = parcel.pack(task, place)
    outcome = parcel.make(sent)
    assert (outcome.state, outcome.case_yaml) == (site.MADE, str(yaml)), outcome.reason
    year = storage.below(place, "north", "2025")
    assert storage.below(place, outcome.bundle) == storage.current(year)
    assert toy.contents(storage.fetch_bundle(year, tmp_path / "back")) == toy.contents(here)
    assert parcel.make(sent).state == site.UNCHANGED
    packed = parcel.make(parcel.pack(replace(task, pack=True), place))
    assert (packed.state, packed.bundle) == (site.MADE, outcome.bundle)
    assert storage._read(storage.below(place, "north"), "2025.zip")


def test_a_bundle_is_verified_at_its_address(place, tmp_path, monkeypatch):
    folder, seen = made(tmp_path / "2025"), []
    storage.publish(folder, place)
    verified = lambda chosen, copy: seen.append(toy.contents(copy)) or []  # noqa: E731
    monkeypatch.setattr(bundles, "_verified", verified)
    assert cli.main(["verify", place]) == 0 and seen == [toy.contents(folder)]


def test_two_uploads_at_once_leave_one_whole_bundle(place, tmp_path):
    """The same site by two batches that differ: whoever ends last is current."""
    from concurrent.futures import ThreadPoolExecutor

    both = [made(tmp_path / name, name * 1000) for name in ("one", "two")]
    with ThreadPoolExecutor(2) as together:
        list(together.map(lambda folder: storage.publish(folder, place), both))
    back = toy.contents(storage.fetch_bundle(place, tmp_path / "back"))
    assert back in [toy.contents(folder) for folder in both]


def test_missing_credentials_and_wrong_places_are_said_plainly(tmp_path):
    exceptions = pytest.importorskip("obstore.exceptions", reason="extra s3 not installed")
    with (
        pytest.raises(OSError, match="no credentials were found; set AWS_ACCESS_KEY_ID"),
        storage._store("s3://bucket/reports"),
    ):
        raise exceptions.BaseError("PUT http://169.254.169.254/latest/api/token\nmore")
    (tmp_path / "file").touch()
    for wrong, said in (("s3:/b/reports", "check the address"), (tmp_path / "file", "is a file")):
        with pytest.raises(ValueError, match=said), places.opened(str(wrong)):
            pass
