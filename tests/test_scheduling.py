"""What the documentation says of timers and clusters is tried: the cron line by a shell, the units
by systemd where it is installed, every other command by the parser.
"""

import ast
import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys

import pytest
import test_docs
import toy
import yaml

from neutrality import cli
from neutrality.portfolio import storage

HOME = "/srv/neutrality"
CRON = re.compile(r"^ {4}(\S+ \S+ \S+ \S+ \S+)  (.+)$", re.MULTILINE)


def text(name):
    return (test_docs.DOCS / "en" / name).read_text(encoding="utf-8")


def blocks(kind, name="scheduling.md"):
    return [held for each, held in test_docs.blocks("en", name) if each == kind]


def installed(home):
    """Put two cases, which are refused, and the command where the documentation has them."""
    for name in ("north", "south"):
        toy.case(home / "params" / name, "reporting_year: 2025\nconfidence: 2\n")
    (home / ".venv" / "bin").mkdir(parents=True)
    command = home / ".venv" / "bin" / "neutrality"
    paths = ":".join(filter(None, sys.path))
    lines = ["#!/bin/sh", f"export PYTHONPATH='{paths}'"]
    command.write_text("\n".join([*lines, f'exec {sys.executable} -m neutrality "$@"\n']))
    command.chmod(0o755)


@pytest.mark.slow
def test_the_line_of_cron_runs_as_cron_runs_it(tmp_path):
    """By sh, with hardly an environment: what it prints is mailed."""
    ((_, line),) = CRON.findall(text("scheduling.md"))
    installed(tmp_path)
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "SHELL": "/bin/sh"}
    command = ["/bin/sh", "-c", line.replace(HOME, str(tmp_path))]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert "north: 2025: refused" in done.stdout and "confidence" in done.stdout, done.stderr
    held = json.loads((tmp_path / "outputs" / "summary.json").read_text())
    assert held["exit_code"] == 1 and held["states"]["refused"] == 2
    listed = text("scheduling.md").partition("`summary.json`:")[2].partition("\n\n")[0]
    named = re.findall(r"`(\w+)`", listed)
    assert set(named) <= held.keys() | held["sites"][0].keys() and len(named) > 8


def test_the_hour_of_cron_is_that_of_the_other_timers():
    ((when, _),) = CRON.findall(text("scheduling.md"))
    (workflow,) = map(yaml.safe_load, blocks("yaml"))
    assert workflow[True]["schedule"] == [{"cron": when}]  # YAML 1.1 reads "on" as true
    assert when == "17 2 * * 1" and "OnCalendar=Mon 02:17" in blocks("ini")[1]


def test_the_workflow_runs_one_at_a_time_and_ends_before_the_forge_ends_it():
    (workflow,) = map(yaml.safe_load, blocks("yaml"))
    (job,) = workflow["jobs"].values()
    assert workflow["concurrency"] and job["timeout-minutes"] < 360
    secrets = [value for name, value in job["env"].items() if name.endswith(("_KEY", "_ID"))]
    assert len(secrets) == 2 and all(each.startswith("${{ secrets.") for each in secrets)


def test_units_have_their_sections():
    for unit, section in zip(blocks("ini"), ("Service", "Timer"), strict=True):
        held = configparser.ConfigParser(interpolation=None)
        held.optionxform = str
        held.read_string(unit)
        assert {"Unit", section} <= set(held.sections())


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_finds_nothing_to_say_of_the_units(tmp_path):
    installed(tmp_path)
    files = [tmp_path / "neutrality.service", tmp_path / "neutrality.timer"]
    for file, unit in zip(files, blocks("ini"), strict=True):
        file.write_text(unit.replace(HOME, str(tmp_path)))
    verify = ["systemd-analyze", "verify", "--man=no", *files]
    done = subprocess.run(verify, capture_output=True, text=True)
    mine = [line for line in done.stderr.splitlines() if "neutrality" in line]
    assert done.returncode == 0 and not mine, done.stderr
    files[0].write_text(files[0].read_text().replace("Nice=", "Kind="))
    done = subprocess.run(verify, capture_output=True, text=True)
    assert "neutrality.service" in done.stderr  # it does read them


@pytest.mark.parametrize("name", ["scheduling.md", "elsewhere.md", "many_sites.md"])
def test_every_command_is_understood(name):
    found = re.findall(r"^(?:\$ |.*/bin/|.*run: )?(neutrality [^|>\n`]+)", text(name), re.MULTILINE)
    found += re.findall(r"read by: (neutrality [^|>\n`]+)", text(name))
    found += re.findall(r"\.venv/bin/(neutrality [^|>\n]+)", text(name))
    assert len(found) >= 2
    for command in found:
        assert cli.parser().parse_args(shlex.split(command)[1:]).command, command


def test_the_list_of_a_case_is_made_by_the_line_that_the_refusal_says(tmp_path, monkeypatch):
    (line,) = re.findall(r"^(find .+)$", text("elsewhere.md"), re.MULTILINE)
    monkeypatch.setattr(storage, "_read", lambda home, name: None)
    with pytest.raises(ValueError, match=re.escape(line)):
        storage.fetch_case("s3://bucket/north", tmp_path)


def test_python_of_the_clusters_is_python():
    made = [ast.parse(code) for code in blocks("python", "elsewhere.md")]
    assert len(made) == 3
    distributed = pytest.importorskip("distributed", reason="extra dask not installed")
    assert distributed.SSHCluster and distributed.LocalCluster
