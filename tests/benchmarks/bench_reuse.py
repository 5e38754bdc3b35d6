"""What a second run costs: where nothing has changed, beside an import of the package; and after
five kinds of change, beside a fresh run with the same change, whose bundle must be the same bytes.

`python tests/benchmarks/bench_reuse.py [CHANGE...]` tries these alone. Package and notebooks are
copied, so that a text of the release can be changed.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
TIMES = 15  # of what takes a tenth of a second: the fastest counts
REQUIRED, AIM = 4.0, 2.0  # an unchanged run / `import neutrality`
CASE = "params/china-mobile-hq"
CHANGES = {  # file, what is replaced, by what
    "a comment of the package": (
        "src/neutrality/energy/towt.py",
        "import numpy",
        "# why\nimport numpy",
    ),
    "a report text": ("src/neutrality/texts/report.en.md", "Annual carbon", "Yearly carbon"),
    "the credits": (f"{CASE}/credits.csv", "ILLUSTRATIVE Improved", "ILLUSTRATIVE improved"),
    "a parameter of 04": (
        f"{CASE}/2025.yaml",
        "convention: calorific",
        "convention: coal_consumption",
    ),
    "a comment of the YAML": (
        f"{CASE}/2025.yaml",
        "illustrative: true",
        "illustrative: true  # yes",
    ),
}


def timed(home: Path, *arguments: str) -> tuple[float, float, str]:
    """Return what a Python command takes by the wall clock and of the processor [s], and says."""
    others = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    path = os.pathsep.join([str(home / "src"), *others])
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    said = subprocess.run(
        [sys.executable, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=home,
        env=os.environ | {"PYTHONPATH": path},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    return time.monotonic() - began, spent, said.stdout


def run(home: Path, outputs: str, *options: str) -> tuple[float, float, str]:
    """Run the case of `home`, as `timed` does."""
    command = ("-m", "neutrality", "run", f"{CASE}/2025.yaml", "--notebooks", "notebooks")
    return timed(home, *command, "--outputs", outputs, *options)


def unchanged(home: Path) -> float:
    """Print what a run with nothing to do takes beside an import; return the processor's ratio."""
    least = {}
    for _ in range(TIMES):  # in turn, so that a busy machine slows both
        for name, taken in (
            ("run", run(home, "kept")),
            ("import", timed(home, "-c", "import neutrality")),
        ):
            least[name] = [*map(min, zip(taken[:2], least.get(name, taken[:2]), strict=True))]
    wall, spent = (least["run"][at] / least["import"][at] for at in (0, 1))
    print(f"nothing changed: {1000 * least['run'][1]:.0f} ms of the processor; beside an import")
    print(f"  {spent:.2f}, by the wall clock {wall:.2f}; required {REQUIRED}, aim {AIM}")
    return spent


def files(bundle: Path) -> dict[str, bytes]:
    """Return the bytes of each file of a bundle."""
    found = {path.relative_to(bundle): path for path in bundle.rglob("*") if path.is_file()}
    return {str(name): path.read_bytes() for name, path in sorted(found.items())}


def changed(home: Path, change: str) -> bool:
    """Print what a change repeats and its share of a fresh run; return whether the bytes agree."""
    name, old, new = CHANGES[change]
    text = (home / name).read_text(encoding="utf-8")
    assert old in text, change
    (home / name).write_text(text.replace(old, new), encoding="utf-8")
    wall, spent, said = run(home, "kept")
    fresh = run(home, "fresh", "--fresh")
    again = [line.split()[1][:2] for line in said.splitlines() if line.endswith(" s")]
    share = f"{spent:.1f} of {fresh[1]:.1f} s of the processor, {spent / fresh[1]:.2f}"
    same = files(home / "kept/china-mobile-hq/2025") == files(home / "fresh/china-mobile-hq/2025")
    print(f"{change}: repeats {' '.join(again) or 'none'}; {share}", "" if same else "OTHER BYTES")
    return same


def main(chosen: list[str]) -> int:
    """Print all; return 1 where a ratio is above what is required, or bytes differ."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        skip = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        for name in ("src", "notebooks", CASE):
            shutil.copytree(ROOT / name, home / name, ignore=skip)
        shutil.copyfile(ROOT / "requirements.lock", home / "requirements.lock")
        first = run(home, "kept")
        print(f"first run: {first[1]:.1f} s of the processor")
        above = unchanged(home) > REQUIRED
        return int(not all([changed(home, change) for change in chosen or CHANGES]) or above)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
