"""A run of the first case beside verifying and replaying its bundle, each in a fresh process:
required are a replay in less than twice the run, and a verification in less than a tenth.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
CASE = ROOT / "params" / "china-mobile-hq" / "2025.yaml"
REQUIRED = {"verify": 0.1, "replay": 2.0}


def timed(*arguments: str) -> tuple[float, float]:
    """Return the seconds of the wall clock and of the processor that a command takes."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "neutrality", *arguments], check=True, capture_output=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    return time.monotonic() - began, spent


def main() -> int:
    """Print the ratios; return 1 where one is above what is required."""
    with tempfile.TemporaryDirectory() as folder:
        notebooks = str(ROOT / "notebooks")
        run = timed("run", str(CASE), "--outputs", folder, "--zip", "--notebooks", notebooks)
        bundle = str(Path(folder) / "china-mobile-hq" / "2025.zip")
        found = {name: timed(name, bundle) for name in REQUIRED}
    print(f"run     {run[0]:6.1f} s, {run[1]:6.1f} s of the processor")
    above = 0
    for name, (wall, spent) in found.items():
        ratios = wall / run[0], spent / run[1]
        above |= ratios[1] > REQUIRED[name]
        shown = f"{ratios[0]:.3f} of the run, {ratios[1]:.3f} of its processor time"
        print(f"{name:7} {wall:6.1f} s: {shown}; required {REQUIRED[name]}")
    return int(above)


if __name__ == "__main__":
    sys.exit(main())
