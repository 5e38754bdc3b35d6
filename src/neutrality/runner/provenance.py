"""How a bundle came about, as entities of its RO-Crate: the notebooks as steps of a workflow, each
with the parameters it took, what it could read and what it wrote.

The workflow is workflow.json: the notebooks in the order in which they were run.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from neutrality.runner import bundle, members, parameters, release, yaml_file

WORKFLOW = "workflow.json"
INPUTS = "inputs/"
ENTITY, PACKAGE = "#entity", "#neutrality"  # who reports, and the release
PAPERMILL, PYTHON = "https://papermill.readthedocs.io/", "https://www.python.org/"
JSON = "https://www.rfc-editor.org/info/rfc8259"
_BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
_FORMATS = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".gz": "application/gzip",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".lock": "text/plain",
    ".md": "text/markdown",
    ".nc": "application/x-netcdf",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".yaml": "application/yaml",
}
_ANY = "application/octet-stream"
_TYPES = {"int": "Integer", "float": "Float", "str": "Text", "bool": "Boolean"}
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_REPORT = re.compile(r"report\.\w+\.\w+")


@dataclass(frozen=True)
class Bundle:
    """What a crate is made of."""

    folder: Path
    files: dict[str, dict]  # sha256 and size by path
    steps: list[dict]  # as workflow.json has them
    declared: dict[str, parameters.Parameter]
    environment: dict  # as environment.json has it

    @property
    def values(self) -> dict[str, object]:
        """The parameters that the notebooks took, by name."""
        return {name: value for step in self.steps for name, value in step["parameters"].items()}

    @property
    def day(self) -> str:
        """The day of issue or, where none is given, the end of the year reported on."""
        issued = str(self.values.get("issued_on", ""))
        return issued if _DATE.fullmatch(issued) else f"{self.values['reporting_year']}-12-31"

    @property
    def outputs(self) -> dict[str, list[str]]:
        """The files that a reader looks for first, by what they are."""
        found = {
            "claims": [name for name in self.files if name == "claims.csv"],
            "report": [name for name in self.files if _REPORT.fullmatch(name)],
        }
        return {kind: names for kind, names in found.items() if names}


def write_workflow(folder: Path, written: dict[str, str]) -> None:
    """Write workflow.json of a bundle: each notebook, the parameters it took, the files it wrote.

    `written` has the stem of the notebook that wrote each file.
    """
    values, steps = yaml_file.entries(folder / "params.yaml")[0], []
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        taken = {p.name: values.get(p.name, p.default) for p in parameters.read_notebook(path)}
        for name in parameters.SET_BY_RUNNER:  # two paths, the same in every run
            taken.pop(name, None)
        writes = sorted(name for name, stem in written.items() if stem == path.stem)
        steps.append({"notebook": f"notebooks/{path.name}", "parameters": taken, "writes": writes})
    dump({"steps": steps}, folder / WORKFLOW)


def read(folder: Path) -> Bundle:
    """Return what a crate is made of: the files of a bundle but its manifest and the crate itself.

    Signatures are left out where the manifest fixes the crate.
    """
    held, fixed = bundle.contents(folder), bundle.has_fixed_crate(folder)
    own = (bundle.MANIFEST, bundle.CRATE)
    kept = {
        n: each for n, each in held.items() if n not in own and not (fixed and members.added(n))
    }
    steps = json.loads((folder / WORKFLOW).read_text(encoding="utf-8"))["steps"]
    declared = [p for step in steps for p in parameters.read_notebook(folder / step["notebook"])]
    environment = json.loads((folder / release.ENVIRONMENT).read_text(encoding="utf-8"))
    return Bundle(folder, kept, steps, {p.name: p for p in declared}, environment)


def dump(content: dict, path: Path) -> None:
    """Write JSON, the same bytes for the same content."""
    path.write_text(dumped(content), encoding="utf-8", newline="\n")


def dumped(content: dict) -> str:
    """Return the text that `dump` writes."""
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def refs(**ids: list[str]) -> dict[str, dict | list[dict]]:
    """Return properties that refer to entities, a single one without a list.

    >>> refs(about=["./"], mentions=[])
    {'about': {'@id': './'}}
    """
    lists = {name: [{"@id": id} for id in dict.fromkeys(each)] for name, each in ids.items()}
    return {name: held if len(held) > 1 else held[0] for name, held in lists.items() if held}


def file(made: Bundle, path: str, kinds: tuple[str, ...] = (), **about: object) -> dict:
    """Return the entity of a file of the bundle."""
    entity = {
        "@id": quote(path),
        "@type": ["File", *kinds] if kinds else "File",
        "name": PurePosixPath(path).name,
        "encodingFormat": _FORMATS.get(PurePosixPath(path).suffix.lower(), _ANY),
        "contentSize": str(made.files[path]["size"]),
        "sha256": made.files[path]["sha256"],
    }
    return entity | about


def workflow(made: Bundle) -> list[dict]:
    """Return the workflow, its steps, and the notebook of each."""
    notebooks = [quote(step["notebook"]) for step in made.steps]
    numbered = [(f"#step-{at}", notebook) for at, notebook in enumerate(notebooks, start=1)]
    about = refs(
        conformsTo=[_BIOSCHEMAS],
        programmingLanguage=[JSON],
        softwareRequirements=[PACKAGE, PAPERMILL],
        buildInstructions=[name for name in made.files if name == release.LOCK],
        hasPart=notebooks,
        step=[id for id, _ in numbered],
        input=_taken(made.values),
        output=[f"#output-{kind}" for kind in made.outputs],
    )
    kinds = ("SoftwareSourceCode", "ComputationalWorkflow", "HowTo")
    version = made.environment["neutrality"]
    about |= {"name": "the notebooks in their order", "version": version, "url": WORKFLOW}
    steps = [
        {"@id": id, "@type": "HowToStep", "position": id[len("#step-") :]}
        | refs(workExample=[notebook])
        for id, notebook in numbered
    ]
    bioschemas = {"@id": _BIOSCHEMAS, "@type": "CreativeWork", "name": "ComputationalWorkflow"}
    return [file(made, WORKFLOW, kinds, **about), bioschemas, *_tools(made), *steps]


def _tools(made: Bundle) -> list[dict]:
    """Return the notebooks, each as the code of a step; it is in the bundle as it was executed."""
    found = []
    for step in made.steps:
        path = step["notebook"]
        about = {"name": PurePosixPath(path).stem, "url": quote(path)}
        about |= {"version": made.environment["neutrality"]}
        about |= refs(
            programmingLanguage=[PYTHON],
            softwareRequirements=[PACKAGE],
            input=_taken(step["parameters"]),
        )
        found.append(file(made, path, ("SoftwareSourceCode",), **about))
    return found


def _taken(names: dict) -> list[str]:
    """Return the formal parameters of a notebook or the workflow: the tables, and those named."""
    return ["#parameter-inputs", *(f"#parameter-{name}" for name in names)]


def formal_parameters(made: Bundle) -> list[dict]:
    """Return what the workflow takes and gives: its parameters, and the values they had."""
    found = [_formal("#parameter-inputs", "inputs", "Dataset", [INPUTS])]
    for name, value in made.values.items():
        declared, id, given = made.declared[name], f"#parameter-{name}", f"#value-{name}"
        about = {"description": declared.meaning, "defaultValue": str(declared.default)}
        found.append(_formal(id, name, _TYPES[declared.kind], [given]) | about)
        held = {"@id": given, "@type": "PropertyValue", "name": name, "value": value}
        found.append(held | refs(exampleOfWork=[id]))
    for kind, names in made.outputs.items():
        id = f"#output-{kind}"
        found.append(_formal(id, kind, "File", names))
        found += [file(made, each) | refs(exampleOfWork=[id]) for each in names]
    return found


def _formal(id: str, name: str, kind: str, examples: list[str]) -> dict:
    entity = {"@id": id, "@type": "FormalParameter", "name": name, "additionalType": kind}
    return entity | refs(workExample=examples)


def actions(made: Bundle, stated: dict[str, str]) -> list[dict]:
    """Return the run of the workflow, of each notebook, and what ordered them.

    `stated` has the number of the notebook that stated each claim, by the claim's entity. A
    notebook could read the tables of the case, and all that earlier ones wrote.
    """
    said = "executed by papermill; a bundle keeps no run's own time, but the day of issue or the "
    about = {"description": f"{said}end of the year reported on", "endTime": made.day}
    about |= refs(agent=[ENTITY])
    runs, controls, before = [], [], [INPUTS]
    for at, step in enumerate(made.steps, start=1):
        stem = PurePosixPath(step["notebook"]).stem
        wrote = [quote(name) for name in step["writes"] if name in made.files]
        results = [*wrote, *(id for id, number in stated.items() if number == stem[:2])]
        run = {"@id": f"#run-{at}", "@type": "CreateAction", "name": f"run of {stem}"} | about
        run |= refs(
            instrument=[quote(step["notebook"])],
            object=[*before, *(f"#value-{name}" for name in step["parameters"])],
            result=results or [quote(step["notebook"])],
        )
        control = {"@id": f"#control-{at}", "@type": "ControlAction", "name": f"step {at}"}
        controls.append(control | refs(instrument=[f"#step-{at}"], object=[run["@id"]]))
        runs.append(run)
        before += [name for name in wrote if not name.startswith("figures/")]
    return [*_whole(made, stated, controls, about), *runs, *controls]


def _whole(made: Bundle, stated: dict, controls: list[dict], about: dict) -> list[dict]:
    """Return the run of the workflow, and of the engine that ordered its steps."""
    results = [quote(name) for names in made.outputs.values() for name in names]
    run = {"@id": "#run", "@type": "CreateAction", "name": "run of the workflow"} | about
    run |= refs(
        instrument=[WORKFLOW],
        object=[INPUTS, *(f"#value-{name}" for name in made.values)],
        result=[*results, *stated] or [WORKFLOW],
    )
    engine = {"@id": "#engine", "@type": "OrganizeAction", "name": "run of papermill"} | about
    engine |= refs(
        instrument=[PAPERMILL], object=[each["@id"] for each in controls], result=["#run"]
    )
    return [run, engine]
