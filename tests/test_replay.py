"""A bundle recomputed: every figure the same from a zip file in another place, and where it is not,
the notebook, table and row at which it began.
"""

import json
import shutil
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from neutrality import cli
from neutrality.runner import bundle
from neutrality.verifier import replay, verdicts

pytestmark = pytest.mark.slow
# Put before the interpreter's own modules: whoever asks for another host than this one is written
# down, and refused.
NO_NETWORK = """
import socket
LOCAL = ("127.0.0.1", "::1", "localhost", "")
def refusing(name, call):
    def asked(*arguments, **named):
        host = arguments[-1][0] if isinstance(arguments[-1], tuple) else arguments[0]
        if not isinstance(host, str) or host in LOCAL:
            return call(*arguments, **named)
        open({log!r}, "a").write(f"{{name}} {{host}}\\n")
        raise OSError("no network")
    return asked
socket.socket.connect = refusing("connect", socket.socket.connect)
socket.getaddrinfo = refusing("getaddrinfo", socket.getaddrinfo)
"""


def quiet(line):
    pass


@pytest.fixture
def copy(first_bundle, tmp_path):
    return shutil.copytree(first_bundle, tmp_path / "2025")


def edited(folder, number, old, new):
    """Change a notebook of a bundle, and make its manifest anew."""
    path = next((folder / "notebooks").glob(f"{number}_*.ipynb"))
    held = path.read_text(encoding="utf-8")
    assert old in held
    path.write_text(held.replace(old, new), encoding="utf-8")
    bundle.describe(folder)


def test_a_zip_file_elsewhere_replays_the_same_offline(first_bundle, tmp_path, capfd, monkeypatch):
    log, blocker = tmp_path / "asked.log", tmp_path / "blocker"
    blocker.mkdir()
    (blocker / "sitecustomize.py").write_text(NO_NETWORK.format(log=str(log)))
    paths = [str(blocker), *(each for each in sys.path if each)]
    monkeypatch.setenv("PYTHONPATH", ":".join(paths))
    path = tmp_path / "总部大楼 2025.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in bundle.contents(first_bundle):
            archive.write(first_bundle / name, f"总部大楼/{name}")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["replay", str(path), "--json", "found.json"]) == 0
    said, found = capfd.readouterr().out, json.loads(Path("found.json").read_text())
    assert found["worst"] == "same" and found["faults"] == [] and found["altered"] == []
    assert {each["verdict"] for each in found["claims"]} == {"same"} and len(found["claims"]) > 130
    assert set(found["files"].values()) == {"same"}
    assert {
        f"report.{lang}.{form}" for lang in ("zh", "en") for form in ("html", "pdf", "docx")
    } <= set(found["files"])
    assert "residual_t" in said and f"{len(found['claims'])} claims: " in said
    assert not log.exists(), log.read_text()


def test_a_changed_input_splits_at_its_notebook_table_and_row(copy, tmp_path):
    path = copy / "inputs" / "credits.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.loc[0, "methodology"] = "VM0011"
    table.to_csv(path, index=False, lineterminator="\n")
    csv = copy / "claims" / "03.csv"
    csv.write_text(csv.read_text().replace("credits_needed,1309.0", "credits_needed,1300.0"))
    made = replay.replay(copy, tmp_path / "scratch", quiet, only="03")
    assert made.worst == verdicts.DIFFERENT
    row = made.claims.set_index("id").loc["credits_needed"]
    assert (row["bundle"], row["replayed"], row["verdict"]) == (1300.0, 1309.0, "different")
    assert (
        row["split"]
        == "03_offset_sizing, tables/credits.csv, row 2, methodology: VM0010 against VM0011"
    )
    assert made.files["tables/residual.csv"] == "same"
    same = made.claims.set_index("id").loc["residual_t", "verdict"]
    assert same == "same"


def test_a_strangers_cell_is_shown_and_runs_only_where_it_is_trusted(copy, tmp_path):
    mark = tmp_path / "was here"
    planted = f"import pathlib\\npathlib.Path('{mark}').touch()\\n"
    edited(copy, "03", '"drawing.use_style(', f'"{planted}drawing.use_style(')
    made = replay.replay(copy, tmp_path / "one", quiet, only="03")
    assert not mark.exists() and made.worst == verdicts.SAME and made.effect == []
    assert any("cell_altered" in line or "cell altered" in line for line in made.altered)
    assert any(line.startswith("+pathlib.Path(") for line in made.altered)
    made = replay.replay(copy, tmp_path / "two", quiet, only="03", trust=True)
    assert mark.exists()
    residual = next(line for line in made.effect if line.startswith("residual_t: "))
    assert residual.count("1,309") == 2 and "by the release's method" in residual


def test_a_notebook_that_is_not_there_is_refused(copy, tmp_path):
    with pytest.raises(ValueError, match="--only 09: no such notebook; choose one of 01, 02"):
        replay.replay(copy, tmp_path / "scratch", quiet, only="09")


def test_inputs_that_the_rules_refuse_are_not_recomputed(copy, tmp_path):
    path = copy / "inputs" / "certificates.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + text.splitlines()[1] + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"certificates\.csv, row"):
        replay.replay(copy, tmp_path / "scratch", quiet)


@pytest.mark.parametrize(
    ("held", "made", "verdict"),
    [
        (1.0, 1.0, "same"),
        (1.0, 1.0 + 1e-12, "within tolerance"),
        (1.0, 1.0 + 1e-6, "different"),
        (float("nan"), float("nan"), "same"),
        (float("nan"), 1.0, "different"),
        (0.0, 1e-13, "within tolerance"),
    ],
)
def test_a_verdict_is_of_the_value_and_its_tolerance(held, made, verdict):
    rows = [
        pd.Series(
            {
                "value": each,
                "low": each,
                "high": each,
                "level": 0.9,
                "unit": "t",
                "basis": "",
                "status": "",
            }
        )
        for each in (held, made)
    ]
    assert verdicts.verdict_of(*rows, 1e-9) == verdict
    other = rows[0].copy()
    other["status"] = "CONFIRMED"
    assert verdicts.verdict_of(rows[0], other, 1e-9) == "different"
