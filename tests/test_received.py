"""Bundles that a stranger sends: what none holds is refused, and nothing is written outside."""

import os
import stat
import zipfile

import pytest

from neutrality.verifier import received


def zipped(path, *entries, method=zipfile.ZIP_STORED):
    """Write a zip file of (name, content) or (ZipInfo, content) pairs beside a manifest."""
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("manifest.json", "{}")
        for name, content in entries:
            archive.writestr(name, content)
    return path


def special(name, mode):
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    return entry


def outside(tmp_path):
    """Return all files below tmp_path that do not stand in the scratch folder."""
    scratch = tmp_path / "scratch"
    return {p for p in tmp_path.rglob("*") if scratch not in p.parents and p != scratch}


@pytest.mark.parametrize(
    "name",
    ["../x", "a/../../x", "/etc/x", "C:/x", "a\\..\\x", "a\nb", "..", "x" * 300, "\x1b[2Jx"],
)
def test_a_name_that_climbs_or_moves_a_cursor_is_refused(tmp_path, name):
    path = zipped(tmp_path / "b.zip", (name, "x"))
    before = outside(tmp_path)
    with pytest.raises(ValueError, match="leads out|its name|is no bundle|unpacked") as refused:
        received.opened(path, tmp_path / "scratch")
    assert outside(tmp_path) == before and str(refused.value).isprintable()


@pytest.mark.parametrize("mode", [stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o644, stat.S_IFCHR | 0o644])
def test_links_and_devices_in_a_zip_are_refused(tmp_path, mode):
    path = zipped(tmp_path / "b.zip", (special("x", mode), "/etc/passwd"))
    with pytest.raises(ValueError, match="is a link or no plain file"):
        received.opened(path, tmp_path / "scratch")


def test_links_in_a_folder_are_refused(tmp_path):
    folder = tmp_path / "b"
    (folder / "tables").mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    assert received.opened(folder, tmp_path / "scratch") == folder
    os.symlink("/etc/passwd", folder / "tables" / "x.csv")
    with pytest.raises(ValueError, match=r"tables/x.csv: is a link"):
        received.opened(folder, tmp_path / "scratch")


def test_a_pipe_in_a_folder_is_refused(tmp_path):
    folder = tmp_path / "b"
    folder.mkdir()
    (folder / "manifest.json").write_text("{}")
    os.mkfifo(folder / "load.nc")
    with pytest.raises(ValueError, match=r"load.nc: is no plain file"):
        received.opened(folder, tmp_path / "scratch")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    bomb = zipped(tmp_path / "b.zip", ("x.csv", b"0" * 20_000_000), method=zipfile.ZIP_DEFLATED)
    with pytest.raises(ValueError, match="unpacks to 20,000,000 bytes from"):
        received.opened(bomb, tmp_path / "scratch")
    assert not list((tmp_path / "scratch").rglob("*.csv"))


def test_too_many_entries_are_refused_by_the_directory_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(received, "MAX_FILES", 50)
    path = zipped(tmp_path / "b.zip", *((f"{n}.csv", "") for n in range(60)))
    with pytest.raises(ValueError, match="more than 50 files"):
        received.opened(path, tmp_path / "scratch")


def test_a_million_entries_are_not_listed(tmp_path, monkeypatch):
    path = zipped(tmp_path / "b.zip")
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"PK\x05\x06")
    raw[at + 8 : at + 12] = b"\xff\xff\xff\xff"
    path.write_bytes(raw)
    monkeypatch.setattr(received.zipfile, "ZipFile", None)  # it would list them
    with pytest.raises(ValueError, match="more than 20,000 files"):
        received.opened(path, tmp_path / "scratch")


def test_an_entry_larger_than_it_says_is_refused(tmp_path):
    path = zipped(tmp_path / "b.zip", ("x.csv", b"0123456789" * 100))
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"PK\x01\x02")
    raw[at + 24 : at + 28] = (10).to_bytes(4, "little")  # size unpacked, in the directory
    path.write_bytes(raw)
    with pytest.raises(ValueError, match="cannot be unpacked"):
        received.opened(path, tmp_path / "scratch")


def test_two_files_of_one_name_are_refused(tmp_path):
    path = zipped(tmp_path / "b.zip", ("Claims.csv", "1"), ("claims.csv", "2"))
    with pytest.raises(ValueError, match="'claims.csv': stands twice"):
        received.opened(path, tmp_path / "scratch")


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04cut"])
def test_what_is_no_bundle_is_said_to_be_none(tmp_path, content):
    path = tmp_path / "b.zip"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="b.zip: (is neither|cannot be unpacked)"):
        received.opened(path, tmp_path / "scratch")
    with pytest.raises(ValueError, match="no such file or folder"):
        received.opened(tmp_path / "nothing", tmp_path / "scratch")


def test_a_bundle_in_one_folder_of_its_zip_is_found_also_under_a_chinese_name(tmp_path):
    path = tmp_path / "总部大楼.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("总部大楼-2025/manifest.json", "{}")
        archive.writestr("总部大楼-2025/inputs/energy.csv", "time")
    folder = received.opened(path, tmp_path / "scratch")
    assert folder.name == "总部大楼-2025" and (folder / "inputs" / "energy.csv").is_file()
