"""Execute the committed notebooks in order with their defaults, and store them with their
outputs, in English and in Chinese (`make refresh`).
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
import pandas as pd
import prose

from neutrality.report import methods
from neutrality.runner import bundle, execution, parameters

ROOT = Path(__file__).parents[1]
NOTEBOOKS, LAB = ROOT / "notebooks", ROOT / "outputs" / "lab"
BENCH = NOTEBOOKS / f"{methods.BENCH}.ipynb"  # reads what the others left
INDEX = NOTEBOOKS / "index.ipynb"
SCHEMA = ROOT / "params" / "china-mobile-hq" / "parameters.schema.json"
GOLDEN = ROOT / "tests" / "golden" / "claims.csv"
RELEASE = ROOT / "src" / "neutrality" / "reference" / "notebook_cells.csv"


def schema() -> str:
    """Return what an editor needs to complete and check a case's YAML, made from the notebooks'
    parameter cells.
    """
    known = parameters.signature(NOTEBOOKS)
    return json.dumps(parameters.json_schema(known), indent=2, ensure_ascii=False) + "\n"


def release() -> str:
    """Return the code cells of the committed notebooks, which later runs are compared with."""
    held = [methods.cells(path) for path in parameters.notebooks(NOTEBOOKS)]
    return pd.concat(held).to_csv(index=False, lineterminator="\n")


def refresh(folder: Path = NOTEBOOKS) -> None:
    """Store every notebook of the folder as it comes out of a fresh kernel;

    RuntimeError where one fails.
    """
    with tempfile.TemporaryDirectory() as scratch:
        bench = [folder / BENCH.name] if (folder / BENCH.name).is_file() else []
        for notebook in [*parameters.notebooks(folder), *bench]:
            done = bundle.normalise(
                execution.execute(notebook, folder, {}, Path(scratch) / notebook.name)
            )
            done.metadata["refreshed"] = nbformat.from_dict(prose.sources(done))
            _write(done, notebook)


def as_in_a_fresh_checkout(scratch: Path) -> nbformat.NotebookNode:
    """Return the index as it comes out of a fresh kernel where nothing has been run."""
    folder = shutil.copytree(NOTEBOOKS, scratch / "notebooks")
    return bundle.normalise(execution.execute(INDEX, folder, {}, scratch / INDEX.name))


def _write(done: nbformat.NotebookNode, notebook: Path) -> None:
    notebook.write_text(nbformat.writes(done).rstrip("\n") + "\n", encoding="utf-8", newline="\n")
    print(f"refreshed {notebook.name}", flush=True)


if __name__ == "__main__":
    shutil.rmtree(LAB, ignore_errors=True)
    LAB.mkdir(parents=True)
    # First, as notebook 05 compares the notebooks with it.
    RELEASE.write_text(release(), encoding="utf-8", newline="\n")
    try:
        refresh()
        with tempfile.TemporaryDirectory() as scratch:
            _write(as_in_a_fresh_checkout(Path(scratch)), INDEX)
    except (RuntimeError, ValueError) as error:
        sys.exit(str(error))
    SCHEMA.write_text(schema(), encoding="utf-8", newline="\n")
    GOLDEN.parent.mkdir(exist_ok=True)
    shutil.copyfile(LAB / "claims.csv", GOLDEN)
    print("refreshed tests/golden/claims.csv: read its diff before you commit it")
    try:
        prose.write()
    except ValueError as error:
        sys.exit(str(error))
