"""What a copy of the process does is done when the block ends, and fails as it would here."""

import os
import sys
import warnings

import psutil
import pytest

from neutrality.texts import side_by_side

FORKS = sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


@pytest.fixture(params=["copied", "here"])
def cores(request, monkeypatch):
    """How many threads the process says it may have: with one it makes no copy."""
    if request.param == "copied" and not FORKS:
        pytest.skip("no copy is made on this system")
    monkeypatch.setattr(side_by_side.threading, "active_count", lambda: 1)
    monkeypatch.setenv("OMP_NUM_THREADS", "1" if request.param == "here" else "2")
    return request.param


def test_both_have_written_their_files_when_the_block_ends(cores, tmp_path):
    with side_by_side.done(lambda: (tmp_path / "b").write_text(str(os.getpid()))):
        (tmp_path / "a").write_text("")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    assert ((tmp_path / "b").read_text() == str(os.getpid())) == (cores == "here")


def test_an_error_of_the_work_is_raised_here(cores):
    with pytest.raises(ValueError, match="no such glyph"), side_by_side.done(fail):
        pass


def test_a_warning_of_the_work_is_given_here(cores):
    with (
        pytest.warns(UserWarning, match="a glyph is missing"),
        side_by_side.done(lambda: warnings.warn("a glyph is missing", stacklevel=1)),
    ):
        pass


def test_an_error_of_the_block_is_its_own_and_no_copy_is_left(cores):
    before = psutil.Process().children()
    with pytest.raises(KeyError), side_by_side.done(lambda: None):
        raise KeyError
    assert set(psutil.Process().children()) <= set(before)


@pytest.fixture
def leaving(monkeypatch):
    """A process that has promised to finish, and may copy itself."""
    if not FORKS:
        pytest.skip("no copy is made on this system")
    monkeypatch.setattr(side_by_side.threading, "active_count", lambda: 1)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert not side_by_side.leaves()
    monkeypatch.setattr(side_by_side, "_at_end", [True])
    assert side_by_side.leaves()


def test_work_that_is_left_is_done_by_the_end_and_what_comes_then_is_done_here(leaving, tmp_path):
    gate, made, then = tmp_path / "gate", tmp_path / "made", []
    os.mkfifo(gate)
    side_by_side.leave(
        lambda: made.write_text(gate.read_text() + str(os.getpid())),
        lambda: then.append(made.read_text()),
    )
    assert not made.exists() and not then
    gate.write_text("by ")  # until then the copy waits
    side_by_side.finish()
    assert then[0].startswith("by ") and then[0] != f"by {os.getpid()}"


def test_no_more_copies_are_at_work_than_there_are_cores(leaving):
    cores, most = len(os.sched_getaffinity(0)), 0
    before = len(psutil.Process().children())
    for _ in range(cores + 2):
        side_by_side.leave(lambda: None, lambda: None)
        most = max(most, len(side_by_side._left))
    side_by_side.finish()
    assert most == cores and len(psutil.Process().children()) == before


def test_an_error_of_work_that_is_left_is_raised_when_it_is_finished(leaving):
    side_by_side.leave(fail, lambda: None)
    with pytest.raises(ValueError, match="no such glyph"):
        side_by_side.finish()
    assert not side_by_side._left


def fail():
    raise ValueError("no such glyph")
