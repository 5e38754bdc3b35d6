"""Execute the committed notebooks in order with their defaults, and store them with their outputs."""

import sys
import tempfile
from pathlib import Path

from neutrality import bundle, parameters, run

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def refresh(folder: Path = NOTEBOOKS) -> None:
    """Store every notebook of the folder as it comes out of a fresh kernel; RuntimeError where one fails."""
    with tempfile.TemporaryDirectory() as scratch:
        for notebook in parameters.notebooks(folder):
            done = run.execute(notebook, folder, {}, Path(scratch) / notebook.name)
            bundle.store(done, notebook)
            print(f"refreshed {notebook.name}", flush=True)


if __name__ == "__main__":
    try:
        refresh()
    except (RuntimeError, ValueError) as error:
        sys.exit(str(error))
