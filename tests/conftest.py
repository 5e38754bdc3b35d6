import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from neutrality.runner import run

sys.path.insert(0, str(Path(__file__).parent))  # toy.py and refresh.py, which tests share
# No test depends on the clock: no limit of time for an example or for making one. In CI the
# examples are the same on every run; elsewhere a failure prints what repeats it.
settings.register_profile(
    "neutrality",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("neutrality")
ROOT = Path(__file__).parents[1]
CASE = ROOT / "params" / "china-mobile-hq"


def bundle_of(folder, **changed):
    """Run the first case, with parameters changed, from a folder of its own; return its bundle."""
    case = folder / CASE.name
    shutil.copytree(CASE, case)
    text = (case / "2025.yaml").read_text(encoding="utf-8")
    for name, value in changed.items():
        lines = [line for line in text.splitlines() if not line.startswith(f"{name}:")]
        text = "\n".join([*lines, f"{name}: {value}"]) + "\n"
    (case / "2025.yaml").write_text(text, encoding="utf-8")
    made = (case / "2025.yaml", folder / "outputs", ROOT / "notebooks")
    return run.run(*made, progress=lambda said: None)


# What a machine knows of its user, and no bundle may tell: the environment of the first case's run.
PLANTED = {
    "HOME": "home-of-mei-lin",
    "USER": "user-mei-lin",
    "LOGNAME": "login-mei-lin",
    "HOSTNAME": "host-of-mei-lin",
    "NEUTRALITY_TOKEN": "secret-of-mei-lin",
}


@pytest.fixture(scope="session")
def first_bundle(tmp_path_factory):
    """The first case's bundle, made once for all tests that only read it."""
    folder = tmp_path_factory.mktemp("first")
    (folder / PLANTED["HOME"]).mkdir()
    with pytest.MonkeyPatch.context() as patched:
        for name, value in PLANTED.items():
            patched.setenv(name, str(folder / value) if name == "HOME" else value)
        return bundle_of(folder)


def pytest_collection_modifyitems(items):
    """Mark the tests that read the first case's bundle: `make quick` makes none."""
    for item in items:
        if "first_bundle" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
