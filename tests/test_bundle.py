"""A bundle is whole or not there; what stood in its place is never lost."""

import copy
import errno
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import nbformat
import pytest
import toy
from hypothesis import given
from hypothesis import strategies as st

from neutrality.runner import bundle, locks


def ended():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def left(folder, year=2025, name="one", **about):
    """The hidden folder of a run that was killed, its lock changed as `about` says."""
    run = folder / f".{year}.run-{name}"
    with locks.hold(run):
        pass
    held = json.loads((run / "lock").read_text()) | about
    (run / "lock").write_text(json.dumps(held))
    return run


def dead(folder, **more):
    return left(folder, pid=ended(), **more)


def made(folder, text="new"):
    """A described folder that stands for a bundle."""
    (folder / "tables").mkdir(parents=True)
    (folder / "tables" / "inventory.csv").write_text(text)
    bundle.describe(folder)
    return folder


def hidden(folder):
    return sorted(p.name for p in folder.iterdir() if p.name.startswith("."))


def test_stage_holds_the_inputs_byte_for_byte_and_is_removed(tmp_path):
    yaml = toy.case(tmp_path / "params" / "toy")
    (yaml.parent / "notes.txt").write_text("stays at home")
    with bundle.stage(tmp_path / "outputs" / "toy" / "2025", yaml) as stage:
        run = stage.parent
        assert run.parent == tmp_path / "outputs" / "toy" and run.name.startswith(".2025.run-")
        assert toy.contents(stage) == {
            "params.yaml": yaml.read_bytes(),
            **{f"inputs/{name}": text.encode() for name, text in toy.TABLES.items()},
        }
    assert not stage.exists()


def test_stage_holds_the_imported_files_and_their_mappings(tmp_path):
    case = tmp_path / "case"
    (case / "import" / "raw").mkdir(parents=True)
    for name in ("2025.yaml", "import/bills.yaml", "import/raw/bills.xlsx", "import/.DS_Store"):
        (case / name).write_text(name)
    with bundle.stage(tmp_path / "out", case / "2025.yaml") as folder:
        held = {path for path in bundle.contents(folder) if path.startswith("inputs/")}
        raw = (folder / "inputs/import/raw/bills.xlsx").read_text()
    assert held == {"inputs/import/bills.yaml", "inputs/import/raw/bills.xlsx"}
    assert raw == "import/raw/bills.xlsx"


def test_manifest_is_the_same_wherever_and_whenever_it_is_made(tmp_path):
    one, other = made(tmp_path / "one"), made(tmp_path / "elsewhere" / "other")
    os.utime(other / "tables" / "inventory.csv", (0, 0))
    bundle.describe(other)
    text = (one / "manifest.json").read_text()
    assert text == (other / "manifest.json").read_text()
    assert str(tmp_path) not in text and '"pandas"' in text and '"python"' in text


def test_verify_names_every_difference(tmp_path):
    folder = made(tmp_path / "2025")
    (folder / "report.en.html").write_text("report")
    (folder / "link.csv").symlink_to(folder / "report.en.html")
    bundle.describe(folder)
    (folder / "tables" / "inventory.csv").write_text("NEW")
    (folder / "report.en.html").unlink()
    (folder / "extra.csv").write_text("")
    assert bundle.verify(folder) == [
        "report.en.html: is missing",
        "extra.csv: is not in manifest.json",
        "link.csv: is a link; a bundle holds its own files",
        "tables/inventory.csv: has changed since the bundle was made",
    ]


def test_folder_without_readable_manifest_is_no_bundle(tmp_path):
    for text in (None, "", "[]", '{"files": {"a": 1}}', '{"files": []}'):
        if text is not None:
            (tmp_path / "manifest.json").write_text(text)
        assert "is no bundle" in bundle.verify(tmp_path)[0]


def test_looking_at_a_bundle_does_not_change_it(tmp_path):
    folder = made(tmp_path / "2025")
    (folder / "tables" / ".ipynb_checkpoints").mkdir()
    (folder / "tables" / ".ipynb_checkpoints" / "inventory-checkpoint.csv").write_text("new")
    (folder / ".DS_Store").write_text("")
    assert not bundle.verify(folder)


def test_a_packed_bundle_is_the_same_bytes_from_another_path_at_another_time(tmp_path):
    one, other = made(tmp_path / "one" / "2025"), tmp_path / "elsewhere" / "kept"
    (one / "inputs").mkdir()
    (one / "inputs" / "电表.csv").write_text("kwh\n5\n")
    bundle.describe(one)
    shutil.copytree(one, other)
    (other / ".DS_Store").write_text("looked at")
    for path in sorted(other.rglob("*")):
        path.chmod(0o700)
        os.utime(path, (1e9, 1e9))
    first, second = bundle.pack(one), bundle.pack(other)
    assert first == tmp_path / "one" / "2025.zip" and second.name == "kept.zip"
    assert first.read_bytes() == second.read_bytes()
    assert [path.name for path in sorted(first.parent.iterdir())] == ["2025", "2025.zip"]
    with zipfile.ZipFile(first) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "unpacked")
        assert [entry.filename for entry in archive.infolist()] == sorted(toy.contents(one))
    assert toy.contents(tmp_path / "unpacked") == toy.contents(one)


def test_a_changed_bundle_is_not_packed_and_the_last_zip_stays(tmp_path):
    folder = made(tmp_path / "2025")
    packed = bundle.pack(folder).read_bytes()
    (folder / "tables" / "inventory.csv").write_text("other")
    with pytest.raises(ValueError, match="has changed since the bundle was made"):
        bundle.pack(folder)
    assert (tmp_path / "2025.zip").read_bytes() == packed


def test_publish_replaces_the_old_bundle_and_leaves_nothing_beside(tmp_path):
    target = made(tmp_path / "2025", "old")
    assert bundle.publish(made(tmp_path / ".2025.stage-1"), target) is None
    assert (target / "tables" / "inventory.csv").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["2025"]


def test_publish_keeps_what_a_person_changed(tmp_path):
    target = made(tmp_path / "2025", "old")
    (target / "notes.txt").write_text("a day's work")
    assert bundle.publish(made(tmp_path / ".2025.stage-1"), target) == tmp_path / "2025.kept-1"
    assert (tmp_path / "2025.kept-1" / "notes.txt").read_text() == "a day's work"
    (target / "notes.txt").write_text("another")
    assert bundle.publish(made(tmp_path / ".2025.stage-2"), target) == tmp_path / "2025.kept-2"
    assert not bundle.verify(target)


def test_stage_that_does_not_verify_is_not_published(tmp_path):
    target, stage = made(tmp_path / "2025", "old"), made(tmp_path / ".2025.stage-1")
    (stage / "late.csv").write_text("")
    with pytest.raises(ValueError, match="late.csv"):
        bundle.publish(stage, target)
    assert (target / "tables" / "inventory.csv").read_text() == "old"


@pytest.mark.parametrize("stopped", [OSError, KeyboardInterrupt])
def test_publish_that_breaks_between_its_renames_puts_the_old_bundle_back(
    tmp_path, monkeypatch, stopped
):
    target, stage = made(tmp_path / "2025", "old"), made(tmp_path / ".2025.stage-1")
    before, rename = toy.contents(target), Path.rename

    def breaking(self, to):
        if self == stage:
            raise stopped
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", breaking)
    with pytest.raises(stopped):
        bundle.publish(stage, target)
    assert toy.contents(target) == before


def test_publish_beside_another_run_replaces_what_that_one_published(tmp_path, monkeypatch):
    """The other run renames its bundle to the target between this one's two renames."""
    target, stage = made(tmp_path / "2025", "old"), made(tmp_path / ".2025.run-1" / "stage")
    rename, others = Path.rename, [made(tmp_path / "other", "other")]

    def raced(self, to):
        if self == stage and others:
            rename(others.pop(), to)
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", raced)
    assert bundle.publish(stage, target) is None
    assert (target / "tables" / "inventory.csv").read_text() == "new"
    assert not list((tmp_path / ".2025.run-1").iterdir())


def test_publish_that_never_finds_the_target_free_says_so_and_leaves_a_bundle(
    tmp_path, monkeypatch
):
    target, stage = made(tmp_path / "2025", "old"), made(tmp_path / ".2025.run-1" / "stage")
    rename = Path.rename

    def taken(self, to):
        if self == stage:
            raise OSError(errno.ENOTEMPTY, "Directory not empty")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", taken)
    with pytest.raises(OSError, match="not empty"):
        bundle.publish(stage, target)


def test_recover_restores_the_bundle_that_a_killed_run_left_aside(tmp_path):
    run = dead(tmp_path)
    old = made(run / "old-1", "old")
    made(run / "stage")
    before = toy.contents(old)
    assert len(bundle.recover(tmp_path / "2025")) == 2
    assert toy.contents(tmp_path / "2025") == before and not hidden(tmp_path)
    assert not bundle.recover(tmp_path / "2025")


def test_recover_removes_what_is_left_beside_a_whole_bundle(tmp_path):
    made(tmp_path / "2025")
    made(dead(tmp_path) / "old-1", "old")
    other = dead(tmp_path, year=2026)
    bundle.recover(tmp_path / "2025")
    assert (tmp_path / "2025" / "tables" / "inventory.csv").read_text() == "new"
    assert hidden(tmp_path) == [other.name]


def test_recover_does_not_restore_half_a_bundle(tmp_path):
    (made(dead(tmp_path) / "old-1") / "tables" / "inventory.csv").unlink()
    bundle.recover(tmp_path / "2025")
    assert not list(tmp_path.iterdir())


ALIVE = {
    "this process": {},
    "another container, whose process 1 is not ours": {"space": "pid:[1]", "pid": 1},
    "another machine on the drive, whose process is not ours": {"host": "other", "pid": 2**22},
    "a machine before or after this boot": {"boot": "0", "pid": 2**22},
}


@pytest.mark.parametrize("name", ALIVE)
def test_recover_leaves_a_living_run_alone_wherever_it_is(tmp_path, name):
    made(tmp_path / "2025")
    run = left(tmp_path, **ALIVE[name])
    assert not bundle.recover(tmp_path / "2025")
    assert run.exists()


def test_a_run_elsewhere_whose_lock_beat_no_more_has_ended(tmp_path):
    made(tmp_path / "2025")
    run = left(tmp_path, host="other")
    at = time.time() - locks.ABANDONED_S
    os.utime(run / "lock", (at + 60, at + 60))
    assert not bundle.recover(tmp_path / "2025")
    os.utime(run / "lock", (at - 60, at - 60))
    assert bundle.recover(tmp_path / "2025") == ["2025: removed what a broken run left"]
    assert not run.exists()


def test_a_process_with_a_dead_runs_number_is_not_that_run(tmp_path):
    made(tmp_path / "2025")
    run = left(tmp_path, pid=os.getpid(), started="1")
    bundle.recover(tmp_path / "2025")
    assert not run.exists()


def test_a_folder_whose_lock_cannot_be_read_is_left_until_it_is_old(tmp_path):
    made(tmp_path / "2025")
    run = left(tmp_path)
    (run / "lock").write_text("{")
    assert not bundle.recover(tmp_path / "2025") and run.exists()
    (run / "lock").unlink()
    assert not bundle.recover(tmp_path / "2025") and run.exists()


def test_recover_restores_what_a_run_that_seems_alive_left_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "_RENAME_WAIT_S", 0)
    made(left(tmp_path, host="other") / "old-1", "old")
    bundle.recover(tmp_path / "2025")
    assert not bundle.verify(tmp_path / "2025")


def test_a_lock_beats_while_it_is_held_and_no_longer(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "_BEAT_S", 0.01)
    with locks.hold(tmp_path / "run"):
        os.utime(tmp_path / "run" / "lock", (0, 0))
        while (tmp_path / "run" / "lock").stat().st_mtime == 0:
            time.sleep(0.01)
    assert locks.name() != locks.name()


def executed(pieces, second="0"):
    """A notebook as papermill leaves it, with its clock at `second` and a stream cut into
    pieces.
    """
    clock = {
        "papermill": {"start_time": f"2026-01-01T00:00:0{second}"},
        "execution": {"iopub": second},
    }
    streams = [nbformat.v4.new_output("stream", name=name, text=text) for name, text in pieces]
    shown = nbformat.v4.new_output("display_data", {"text/plain": "5"})
    cells = [
        nbformat.v4.new_markdown_cell("# Title", id="title", metadata=clock),
        nbformat.v4.new_code_cell(
            "x = 1", id=f"random{second}", metadata={"tags": ["injected-parameters"], **clock}
        ),
        nbformat.v4.new_code_cell(
            "show()",
            id="show",
            metadata={"tags": [], **clock},
            execution_count=2,
            outputs=[*streams, shown, *copy.deepcopy(streams)],
        ),
    ]
    return nbformat.v4.new_notebook(
        cells=cells, metadata={"papermill": {"duration": second}, "widgets": {}}
    )


def test_normalised_notebook_forgets_clock_and_random_ids():
    pieces = [("stdout", "a\nb\n"), ("stderr", "w")]
    other = [("stdout", "a\n"), ("stderr", "w"), ("stdout", "b\n")]
    one = nbformat.writes(bundle.normalise(executed(pieces, "1")))
    assert one == nbformat.writes(bundle.normalise(executed(other, "2")))
    assert "papermill" not in one and "random" not in one and 'execution"' not in one


@given(st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.text(max_size=9)), max_size=6))
def test_normalising_twice_changes_nothing_and_loses_no_output(pieces):
    once = bundle.normalise(executed(pieces))
    assert bundle.normalise(copy.deepcopy(once)) == once
    for name in ("stdout", "stderr"):
        said = [o.text for o in once.cells[2].outputs if o.get("name") == name]
        assert "".join(said) == 2 * "".join(text for stream, text in pieces if stream == name)
