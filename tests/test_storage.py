"""Cases and bundles on object storage: whole or not there, the same bytes, nothing listed."""

import hashlib
import json
import subprocess

import buckets
import pytest
import toy

from neutrality.portfolio import storage
from neutrality.runner import bundle


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

    def refused(*given, **about):
        raise AssertionError("nothing is listed, nothing deleted")

    monkeypatch.setattr(S3Store, "put", noted)
    for each in ("list", "list_with_delimiter", "delete"):
        monkeypatch.setattr(S3Store, each, refused)
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


def case_at(place, folder):
    """Upload a case with an imported file, listed as the documentation says; return its YAML."""
    case = toy.case(folder / "north").parent
    (case / "import" / "raw").mkdir(parents=True)
    (case / "import" / "raw" / "bills of 2025.csv").write_text("kWh\n5\n")
    command = f"find . -type f ! -name {storage.SUMS} -exec sha256sum {{}} + > {storage.SUMS}"
    subprocess.run(["sh", "-c", command], cwd=case, check=True)
    upload(case, storage.below(place, "north"))
    return storage.below(place, "north", "2025.yaml")


def test_a_case_comes_with_all_its_files(place, tmp_path, asked):
    address = case_at(place, tmp_path / "here")
    yaml = storage.fetch_case(address, tmp_path / "there")
    assert yaml == tmp_path / "there" / "north" / "2025.yaml"
    here = toy.contents(tmp_path / "here" / "north")
    del here[storage.SUMS]
    assert toy.contents(yaml.parent) == here and len(here) == 4


def test_a_case_without_its_list_is_refused_with_the_command_that_makes_it(place, tmp_path):
    upload(toy.case(tmp_path / "north").parent, storage.below(place, "north"))
    with pytest.raises(ValueError, match=r"SHA256SUMS: is not there .* find \. -type f"):
        storage.fetch_case(storage.below(place, "north", "2025.yaml"), tmp_path / "there")


def test_a_file_that_is_not_the_one_listed_is_refused(place, tmp_path):
    address = case_at(place, tmp_path / "here")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "energy.csv").write_text("time,main_kwh\n")
    upload(tmp_path / "other", storage.below(place, "north"))
    with pytest.raises(ValueError, match="north/energy.csv: is not the file that is listed"):
        storage.fetch_case(address, tmp_path / "there")


def test_a_listed_file_that_is_not_there_is_refused(place, tmp_path):
    address = case_at(place, tmp_path / "here")
    home = storage.below(place, "north")
    more = f"{'0' * 64}  weather.parquet\n"
    storage.write(f"{home}/{storage.SUMS}", storage.read(f"{home}/{storage.SUMS}") + more)
    with pytest.raises(ValueError, match="weather.parquet: is listed, and is not there"):
        storage.fetch_case(address, tmp_path / "there")


@pytest.mark.parametrize("name", ["../2024.yaml", "/etc/x", "a/../../x", "C:x", "..\\x", ""])
def test_a_list_that_leads_out_of_the_folder_is_refused(place, tmp_path, name):
    home = storage.below(place, "north")
    storage.write(f"{home}/{storage.SUMS}", f"{'0' * 64}  {name}\n")
    with pytest.raises(ValueError, match="SHA256SUMS, line 1: is no hash with a file"):
        storage.fetch_case(f"{home}/2025.yaml", tmp_path / "there")


def test_a_year_that_the_list_lacks_is_refused(place, tmp_path):
    address = case_at(place, tmp_path / "here").replace("2025", "2026")
    with pytest.raises(ValueError, match="2026.yaml: is not in SHA256SUMS"):
        storage.fetch_case(address, tmp_path / "there")


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
        storage.fetch_case("s3://bucket/2025.yaml", tmp_path)
