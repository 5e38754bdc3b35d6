"""One list of dependencies: pyproject.toml; the lock pins it, environment.yml installs the lock."""

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def plain(requirement):
    return re.split(r"[\[ <>=!~;]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def test_the_lock_pins_every_dependency_with_a_hash():
    pins = re.findall(
        r"^([a-z0-9.-]+)(?:\[[^\]]*\])?==\S+(?: ; [^\\]*)? \\\n +--hash=sha256:", LOCK, re.M
    )
    wanted = [
        *PROJECT["dependencies"],
        *(
            r
            for name, extra in PROJECT["optional-dependencies"].items()
            if name not in ("peer", "peer-screen", "mutants")
            for r in extra
        ),
    ]
    assert {plain(r) for r in wanted} <= set(pins)
    assert len(pins) == len(re.findall(r"^[a-z0-9]", LOCK, re.M))


def test_the_lock_names_no_index_and_no_address():
    assert not re.search(r"://|--index|--find-links|--extra", LOCK)


def test_environment_yml_holds_python_pip_and_the_lock():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    assert [plain(d) for d in listed if isinstance(d, str)] == ["python", "pip"]
    assert [d for d in listed if isinstance(d, dict)] == [{"pip": ["-r requirements.lock"]}]
    floor = PROJECT["requires-python"].removeprefix(">=")
    assert listed[0] == f"python >={floor}"


def test_the_installed_package_asks_for_what_pyproject_lists():
    asked = {plain(r) for r in requires("neutrality") or []}
    wanted = [
        *PROJECT["dependencies"],
        *(r for extra in PROJECT["optional-dependencies"].values() for r in extra),
    ]
    assert asked == {plain(r) for r in wanted}
