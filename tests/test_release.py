"""A bundle says which release made it, and holds what that release brought along."""

import hashlib
import json
import re
import shutil
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from neutrality import sheets
from neutrality.runner import parameters, release

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def added(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle")
    release.add(folder)
    return folder


def test_the_source_of_a_wheel_has_the_hash_of_its_checkout(monkeypatch, tmp_path):
    checkout = release.made_by()["source_sha256"]
    wheel = tmp_path / "site-packages" / "neutrality"
    shutil.copytree(sheets.PACKAGE, wheel)  # as hatch packs it: notebooks and lock inside
    (wheel / "notebooks").mkdir(exist_ok=True)
    for path in parameters.notebooks(parameters.notebooks_folder()):
        shutil.copyfile(path, wheel / "notebooks" / path.name)
    shutil.copyfile(ROOT / release.LOCK, wheel / release.LOCK)
    monkeypatch.setattr(sheets, "PACKAGE", wheel)
    release.source.cache_clear()
    try:
        assert release.made_by()["source_sha256"] == checkout
        (wheel / "claims.py").write_text("# another release")
        release.source.cache_clear()
        assert release.made_by()["source_sha256"] != checkout
    finally:
        release.source.cache_clear()


def test_the_hash_of_the_source_is_that_of_its_lines(added):
    held = json.loads((added / release.ENVIRONMENT).read_text(encoding="utf-8"))
    lines = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(held["source"].items()))
    assert hashlib.sha256(lines.encode()).hexdigest() == held["source_sha256"]
    assert {"claims.py", "notebooks/01_energy_baseline.ipynb", release.LOCK} <= set(held["source"])
    assert not [name for name in held["source"] if "__pycache__" in name]


def test_the_lock_and_the_reference_tables_travel_byte_for_byte(added):
    assert (added / release.LOCK).read_bytes() == (ROOT / release.LOCK).read_bytes()
    tables = sorted((sheets.PACKAGE / "reference").glob("*.csv"))
    assert len(tables) > 10
    for table in tables:
        assert (added / "reference" / table.name).read_bytes() == table.read_bytes()


def test_the_wheel_takes_lock_and_notebooks_along():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r'^"?requirements\.lock"? = "neutrality/requirements\.lock"$', text, re.M)
    assert re.search(r'^notebooks = "neutrality/notebooks"$', text, re.M)


def test_libraries_are_all_that_are_needed_with_their_versions():
    found = release.libraries()
    assert {"pandas", "numpy", "netcdf4", "noto-cjk-sans-jp-bold", "packaging"} <= set(found)
    assert "pytest" not in found and "neutrality" not in found  # of an extra; itself
    assert all(metadata.version(name) == version for name, version in found.items())


@pytest.mark.parametrize(
    ("installed", "commit"),
    [
        (None, None),
        ('{"url": "file:///checkout", "dir_info": {"editable": true}}', None),
        ('{"url": "x", "vcs_info": {"vcs": "git", "commit_id": "5b1c"}}', "5b1c"),
    ],
)
def test_the_commit_is_given_only_where_the_installation_knows_it(monkeypatch, installed, commit):
    told = SimpleNamespace(read_text={"direct_url.json": installed}.get)
    monkeypatch.setattr(metadata, "distribution", lambda name: told)
    monkeypatch.setattr(release, "libraries", dict)
    monkeypatch.setattr(metadata, "version", lambda name: "0.1.0")
    assert release.made_by().get("commit") == commit
