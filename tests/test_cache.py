"""An entry is whole or absent: whoever is killed, writes at the same time, or alters it."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from neutrality.runner import cache


def entries(folder):
    """Return all files below a folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_what_was_written_is_read_again_the_last_used_first(tmp_path):
    assert list(cache.read(tmp_path, "a")) == []
    for number, content in enumerate((b"one", b"two", b"three")):
        assert cache.write(tmp_path, "a", content)
        os.utime(cache._path(tmp_path, "a", content), (number, number))
    assert cache.write(tmp_path, "b", b"other")
    assert list(cache.read(tmp_path, "a")) == [b"three", b"two", b"one"]
    cache.used(tmp_path, "a", b"one")
    assert next(cache.read(tmp_path, "a")) == b"one"


@pytest.mark.parametrize("length", [0, 1, 99, 100])
def test_an_entry_cut_short_or_altered_is_none(tmp_path, length):
    content = bytes(range(100))
    cache.write(tmp_path, "a", content)
    (path,) = entries(tmp_path)
    path.write_bytes(content[:length] if length < 100 else b"\xff" + content[1:])
    assert list(cache.read(tmp_path, "a")) == []
    assert cache.write(tmp_path, "a", content)
    assert list(cache.read(tmp_path, "a")) == [content]


def test_what_was_used_longest_ago_goes_first_and_the_bound_holds(tmp_path):
    for number in range(6):
        assert cache.write(tmp_path, f"key{number}", bytes([number]) * 100, most=350)
        os.utime(cache._path(tmp_path, f"key{number}", bytes([number]) * 100), (number, number))
        cache.used(tmp_path, "key0", bytes(100))
        assert sum(path.stat().st_size for path in entries(tmp_path)) <= 350
    assert sorted(os.listdir(tmp_path)) == ["key0", "key4", "key5"]


def test_an_entry_among_many_is_written_without_a_look_at_all(tmp_path, monkeypatch):
    looked, listdir = [], os.listdir
    monkeypatch.setattr(cache.os, "listdir", lambda path: looked.append(path) or listdir(path))
    for number in range(300):
        cache.write(tmp_path, f"key{number}", bytes([number % 256]) * 100, most=300_000)
    assert len(looked) < 10
    assert len(entries(tmp_path)) == 300


def test_a_part_of_a_dead_run_is_removed_and_one_being_written_is_not(tmp_path):
    cache.write(tmp_path, "a", b"one")
    old, new = (tmp_path / "a" / f"{cache._PART}{name}" for name in ("1-dead", "2-alive"))
    for path, age in ((old, 2 * cache._ABANDONED_S), (new, 0)):
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
    cache.write(tmp_path, "b", b"two", most=0)
    assert not old.exists() and new.exists()


def test_a_folder_that_cannot_be_written_costs_the_reuse_alone(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    assert not cache.write(tmp_path / "file", "a", b"one")
    assert list(cache.read(tmp_path / "file", "a")) == []
    cache.used(tmp_path / "file", "a", b"one")


def test_a_full_disk_leaves_no_part(tmp_path, monkeypatch):
    def full(old, new):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.os, "replace", full)
    assert not cache.write(tmp_path, "a", b"one")
    assert entries(tmp_path) == []


WRITER = """
import sys
from neutrality.runner import cache
print("began", flush=True)
while True:
    for number in range(9):
        cache.write(sys.argv[1], f"key{number}", bytes([number]) * 2_000_000, most=9_000_000)
"""


def test_a_writer_killed_at_any_moment_leaves_whole_entries_or_none(tmp_path):
    drawn = random.Random(1)
    for _ in range(6):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, tmp_path], stdout=subprocess.PIPE)
        assert writer.stdout.readline() == b"began\n"
        time.sleep(drawn.uniform(0, 0.05))
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        for number in range(9):
            held = list(cache.read(tmp_path, f"key{number}"))
            assert held in ([], [bytes([number]) * 2_000_000])
    assert any(list(cache.read(tmp_path, f"key{number}")) for number in range(9))


def _write_and_read(folder, seed):
    drawn, wrong = random.Random(seed), 0
    for _ in range(60):
        number = drawn.randrange(5)
        cache.write(folder, f"key{number}", bytes([number]) * 50_000, most=150_000)
        number = drawn.randrange(5)
        wrong += any(c != bytes([number]) * 50_000 for c in cache.read(folder, f"key{number}"))
    return wrong


def test_runs_at_once_read_nothing_that_none_of_them_wrote(tmp_path):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.starmap(_write_and_read, [(tmp_path, 1), (tmp_path, 2)]) == [0, 0]
