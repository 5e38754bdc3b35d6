"""The bundle as a Workflow Run RO-Crate, profile Provenance Run 0.5: what a machine can read of how
the report was made.

The workflow is workflow.json, the notebooks in their order; each is a step with the parameters it
took, what it could read and what it wrote. Nothing is fetched, and no clock is read: the same files
give the same bytes.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import unescape
from importlib import metadata
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from neutrality import claims, sheets
from neutrality.report import methods
from neutrality.runner import bundle, parameters, release, yaml_file
from neutrality.texts import labels

CRATE = "ro-crate-metadata.json"
WORKFLOW = "workflow.json"
_SPECIFICATION = "https://w3id.org/ro/crate/1.1"
_WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/provenance/0.5": ("Provenance Run Crate", "0.5"),
    _WORKFLOW_CRATE: ("Workflow RO-Crate", "1.0"),
}
_CONTEXT = [
    f"{_SPECIFICATION}/context",
    {
        "sha256": "https://w3id.org/ro/terms/workflow-run#sha256",
        "buildInstructions": "https://codemeta.github.io/terms/buildInstructions",
    },
]
_BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
_JSON, _PYTHON = "https://www.rfc-editor.org/info/rfc8259", "https://www.python.org/"
_PAPERMILL = "https://papermill.readthedocs.io/"
_PINS = "https://pip.pypa.io/en/stable/reference/requirements-file-format/"
_ENTITY, _LICENCE = "#entity", "#licence"
_FORMATS = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".gz": "application/gzip",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".lock": "text/plain",
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
_CAPTION = re.compile(
    r'<figure id="figure-(\w+)">.*?<figcaption>(?:<span class="number">[^<]*</span>)?(.*?)'
    r"</figcaption>",
    re.DOTALL,
)
_TAG = re.compile(r"<[^>]*>")
_BODIES = ("verified_by",)  # of those who sign, those that are no person
_SIGNED = "tables/signoff.csv"


_PATHS = parameters.SET_BY_RUNNER  # the notebooks' two paths, which are no parameters of a run


@dataclass(frozen=True)
class _Bundle:
    """What the crate is made of."""

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
        """The day of issue or, where none is given, the end of the year reported on.

        A run's own time is in no bundle, so that two runs give the same bytes.
        """
        issued = str(self.values.get("issued_on", ""))
        return issued if _DATE.fullmatch(issued) else f"{self.values['reporting_year']}-12-31"

    @property
    def entity(self) -> str:
        return self.values.get("entity_en") or self.values.get("entity_zh") or "not named"


def write(folder: Path, written: dict[str, str]) -> None:
    """Write workflow.json and ro-crate-metadata.json of a bundle.

    `written` has the stem of the notebook that wrote each file. The bundle has its results,
    params.yaml and environment.json; its manifest comes after.
    """
    folder = Path(folder)
    values = yaml_file.entries(folder / "params.yaml")[0]
    steps = []
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        taken = [p for p in parameters.read_notebook(path) if p.name not in _PATHS]
        steps.append(
            {
                "notebook": f"notebooks/{path.name}",
                "parameters": {p.name: values.get(p.name, p.default) for p in taken},
                "writes": sorted(name for name, stem in written.items() if stem == path.stem),
            }
        )
    _dump({"steps": steps}, folder / WORKFLOW)
    _dump(describe(folder), folder / CRATE)


def _dump(content: dict, path: Path) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def describe(folder: Path) -> dict:
    """Return the JSON-LD of a bundle's crate: context and graph, from its files alone."""
    folder = Path(folder)
    files = bundle.contents(folder)
    for name in (CRATE, bundle.MANIFEST):
        files.pop(name, None)
    steps = json.loads((folder / WORKFLOW).read_text(encoding="utf-8"))["steps"]
    declared = [p for step in steps for p in parameters.read_notebook(folder / step["notebook"])]
    environment = json.loads((folder / release.ENVIRONMENT).read_text(encoding="utf-8"))
    named = {p.name: p for p in declared if p.name not in _PATHS}
    made = _Bundle(folder, files, steps, named, environment)
    parts = (_root, _agents, _software, _workflow, _parameters, _actions, _figures, _claims)
    graph = [entity for part in parts for entity in part(made)]
    held = {entity["@id"] for entity in graph}
    graph += [_file(made, name) for name in files if quote(name) not in held]
    return {"@context": _CONTEXT, "@graph": graph}


def _ref(ids: list[str]) -> dict | list[dict]:
    """Return references to entities: one by itself, several as a list."""
    found = [{"@id": id} for id in dict.fromkeys(ids)]
    return found[0] if len(found) == 1 else found


def _refs(**ids: list[str]) -> dict[str, dict | list[dict]]:
    """Return properties that refer to entities; one that refers to none is left out."""
    return {name: _ref(each) for name, each in ids.items() if each}


def _file(made: _Bundle, name: str, kinds: tuple[str, ...] = (), **about: object) -> dict:
    """Return the entity of a file of the bundle."""
    entity = {
        "@id": quote(name),
        "@type": ["File", *kinds] if kinds else "File",
        "name": PurePosixPath(name).name,
        "encodingFormat": _FORMATS.get(PurePosixPath(name).suffix.lower(), _ANY),
        "contentSize": str(made.files[name]["size"]),
        "sha256": made.files[name]["sha256"],
    }
    return entity | about


def _root(made: _Bundle) -> list[dict]:
    values, year = made.values, made.values["reporting_year"]
    manifest = {
        "@id": bundle.MANIFEST,
        "@type": "File",
        "name": "sha256 and size of every other file",
        "encodingFormat": _FORMATS[".json"],
    }
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Carbon-neutrality report {year}: {made.entity}",
        "description": (
            f"Inputs, parameters, executed notebooks, tables, figures, claims and report of {year}"
            f" for {values.get('site_en') or 'one site'}; all of it can be recomputed"
        ),
        "datePublished": made.day,
        **_refs(
            conformsTo=[*_PROFILES],
            license=[_LICENCE],
            author=[_ENTITY],
            publisher=[_ENTITY],
            contributor=[entity["@id"] for entity in _signed(made)],
            hasPart=[*map(quote, made.files), bundle.MANIFEST, "inputs/"],
            mainEntity=[WORKFLOW],
            mentions=[
                *(action["@id"] for action in _actions(made)),
                *(claim["@id"] for claim in _claims(made)),
            ],
        ),
    }
    about = {"@id": CRATE, "@type": "CreativeWork"} | _refs(
        about=["./"], conformsTo=[_SPECIFICATION, _WORKFLOW_CRATE]
    )
    inputs = [name for name in made.files if name.startswith("inputs/")]
    tables = {"@id": "inputs/", "@type": "Dataset", "name": "tables of the case, as handed in"}
    tables |= _refs(hasPart=[*map(quote, inputs)], exampleOfWork=["#parameter-inputs"])
    profiles = [
        {"@id": id, "@type": "CreativeWork", "name": name, "version": version}
        for id, (name, version) in _PROFILES.items()
    ]
    return [about, root, manifest, tables, *profiles]


def _agents(made: _Bundle) -> list[dict]:
    """Return who reports, who signed, and the licence."""
    reports = [name for name in made.files if re.fullmatch(r"report\.\w+\.html", name)]
    entity = {
        "@id": _ENTITY,
        "@type": "Organization",
        "name": made.entity,
        # the only page about it that is known
        **({"url": reports[0]} if reports else {}),
    }
    if other := made.values.get("entity_zh"):
        entity["alternateName"] = other
    licence = {
        "@id": _LICENCE,
        "@type": "CreativeWork",
        "name": "No licence is given",
        "description": (
            "The case's data and report remain those of the entity that reports; the notebooks and "
            f"reference tables are part of neutrality ({_licence()})"
        ),
    }
    return [entity, *_signed(made), licence]


def _licence() -> str:
    return metadata.metadata("neutrality")["License-Expression"]


def _signed(made: _Bundle) -> list[dict]:
    """Return those who prepared, reviewed, approved and verified the report, where it names them."""
    if _SIGNED not in made.files:
        return []
    rows = sheets.written(made.folder / _SIGNED)
    return [
        {
            "@id": f"#{row.item}",
            "@type": "Organization" if row.item in _BODIES else "Person",
            "name": row.content_en or row.content_zh,
            "description": row.name_en,
            "url": "tables/signoff.csv",
        }
        for row in rows.itertuples()
        if row.content_en or row.content_zh
    ]


def _software(made: _Bundle) -> list[dict]:
    """Return the release, the engine, the languages, and the lock that rebuilds the environment."""
    made_by = made.environment
    package = {
        "@id": "#neutrality",
        "@type": "SoftwareSourceCode",
        "name": "neutrality",
        "version": made_by["neutrality"],
        "sha256": made_by["source_sha256"],
        "url": release.ENVIRONMENT,
        "license": f"https://spdx.org/licenses/{_licence()}",
        "programmingLanguage": {"@id": _PYTHON},
    }
    engine = {
        "@id": _PAPERMILL,
        "@type": "SoftwareApplication",
        "name": "papermill",
        "url": _PAPERMILL,
        "softwareVersion": made_by["libraries"]["papermill"],
    }
    python = {"@id": _PYTHON, "name": "Python", "url": _PYTHON, "version": made_by["python"]}
    found = [package, engine, python | {"@type": "ComputerLanguage"}]
    found.append({"@id": _JSON, "@type": "ComputerLanguage", "name": "JSON", "url": _JSON})
    if release.LOCK in made.files:
        name = "versions and hashes of all libraries, for pip"
        found.append(_file(made, release.LOCK, name=name, conformsTo={"@id": _PINS}))
        found.append({"@id": _PINS, "@type": "WebPage", "name": "Requirements file of pip"})
    return found


def _workflow(made: _Bundle) -> list[dict]:
    """Return the workflow, its tools and steps."""
    notebooks = [step["notebook"] for step in made.steps]
    version = made.environment["neutrality"]
    lock = [release.LOCK] if release.LOCK in made.files else []
    workflow = _file(
        made,
        WORKFLOW,
        ("SoftwareSourceCode", "ComputationalWorkflow", "HowTo"),
        name="the notebooks in the order in which they were run",
        version=version,
        url=WORKFLOW,
        **_refs(
            conformsTo=[_BIOSCHEMAS],
            programmingLanguage=[_JSON],
            softwareRequirements=["#neutrality", _PAPERMILL],
            buildInstructions=lock,
            hasPart=[quote(name) for name in notebooks],
            step=[f"#step-{at}" for at, _ in enumerate(notebooks, start=1)],
            input=["#parameter-inputs", *(f"#parameter-{name}" for name in made.values)],
            output=[f"#output-{name}" for name in _outputs(made)],
        ),
    )
    tools = [
        _file(
            made,
            step["notebook"],
            ("SoftwareSourceCode",),
            name=PurePosixPath(step["notebook"]).stem,
            version=version,
            url=quote(step["notebook"]),
            **_refs(
                programmingLanguage=[_PYTHON],
                softwareRequirements=["#neutrality"],
                input=["#parameter-inputs", *(f"#parameter-{n}" for n in step["parameters"])],
            ),
        )
        for step in made.steps
    ]
    steps = [
        {"@id": f"#step-{at}", "@type": "HowToStep", "position": str(at)}
        | _refs(workExample=[quote(name)])
        for at, name in enumerate(notebooks, start=1)
    ]
    bioschemas = {"@id": _BIOSCHEMAS, "@type": "CreativeWork", "name": "ComputationalWorkflow"}
    return [workflow, bioschemas, *tools, *steps]


def _outputs(made: _Bundle) -> dict[str, list[str]]:
    """Return the files that a reader of the report looks for, by what they are."""
    found = {
        "claims": [name for name in made.files if name == "claims.csv"],
        "report": [name for name in made.files if re.fullmatch(r"report\.\w+\.\w+", name)],
    }
    return {kind: names for kind, names in found.items() if names}


def _parameters(made: _Bundle) -> list[dict]:
    """Return what the workflow takes and gives: formal parameters, and the values they had."""
    formal = {"@type": "FormalParameter"}
    found = [
        {"@id": "#parameter-inputs", **formal, "name": "inputs", "additionalType": "Dataset"}
        | _refs(workExample=["inputs/"])
    ]
    for name, value in made.values.items():
        declared = made.declared[name]
        about = {"name": name, "additionalType": _TYPES[declared.kind]}
        about |= {"description": declared.meaning, "defaultValue": str(declared.default)}
        id, given = f"#parameter-{name}", f"#value-{name}"
        found.append({"@id": id, **formal, **about} | _refs(workExample=[given]))
        held = {"@id": given, "@type": "PropertyValue", "name": name, "value": value}
        found.append(held | _refs(exampleOfWork=[id]))
    for kind, names in _outputs(made).items():
        about = {"@id": f"#output-{kind}", **formal, "name": kind, "additionalType": "File"}
        found.append(about | _refs(workExample=names))
        found += [_file(made, each) | _refs(exampleOfWork=[about["@id"]]) for each in names]
    return found


def _actions(made: _Bundle) -> list[dict]:
    """Return the run of the workflow, of each notebook, and what ordered them.

    A notebook could read the case's tables and all that earlier ones wrote.
    """
    said = f"No run's own time is kept: {made.day} is the day of issue or the end of the year."
    common = {"description": said, "endTime": made.day, "agent": {"@id": _ENTITY}}
    runs, controls, before = [], [], ["inputs/"]
    stated = {claim["@id"]: claim["description"][:2] for claim in _claims(made)}
    for at, step in enumerate(made.steps, start=1):
        name = PurePosixPath(step["notebook"]).stem
        wrote = [quote(each) for each in step["writes"] if each in made.files]
        own = [id for id, notebook in stated.items() if notebook == name[:2]]
        taken = [f"#value-{each}" for each in step["parameters"]]
        run = {"@id": f"#run-{at}", "@type": "CreateAction", "name": f"run of {name}"} | common
        run |= _refs(instrument=[quote(step["notebook"])], object=[*before, *taken])
        runs.append(run | _refs(result=[*wrote, *own] or [quote(step["notebook"])]))
        control = {"@id": f"#control-{at}", "@type": "ControlAction", "name": f"step {at}"}
        controls.append(control | _refs(instrument=[f"#step-{at}"], object=[run["@id"]]))
        before += [each for each in wrote if not each.startswith("figures/")]
    results = [quote(each) for names in _outputs(made).values() for each in names]
    whole = {"@id": "#run", "@type": "CreateAction", "name": "run of the workflow"} | common
    whole |= _refs(
        instrument=[WORKFLOW],
        object=["inputs/", *(f"#value-{name}" for name in made.values)],
        result=[*results, *stated] or [WORKFLOW],
    )
    order = {"@id": "#order", "@type": "OrganizeAction", "name": "papermill ran the notebooks"}
    order |= common | _refs(
        instrument=[_PAPERMILL], object=[each["@id"] for each in controls], result=["#run"]
    )
    return [whole, *runs, *controls, order]


def _figures(made: _Bundle) -> list[dict]:
    """Return the figures, with their captions where the report has them."""
    captions = {lang: _captions(made.folder / f"report.{lang}.html") for lang in labels.LANGUAGES}
    found = []
    for name in made.files:
        if name.startswith("figures/"):
            stem, _, rest = PurePosixPath(name).name.partition(".")
            lang = rest.partition(".")[0]
            about = {"name": captions.get(lang, {}).get(stem, stem), "inLanguage": lang}
            found.append(_file(made, name, ("ImageObject",), **about))
    return found


def _captions(page: Path) -> dict[str, str]:
    """Return the captions of a report's figures by name."""
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    return {name: unescape(_TAG.sub("", said)).strip() for name, said in _CAPTION.findall(text)}


def _claims(made: _Bundle) -> list[dict]:
    """Return the headline claims: value, interval, unit, and status, basis and notebook in words."""
    if "claims.csv" not in made.files:
        return []
    known = claims.read(made.folder / "claims.csv")
    found = []
    for id in [each for each in methods.HEADLINES if each in known.index]:
        row = known.loc[id]
        numbers = {"value": row["value"], "minValue": row["low"], "maxValue": row["high"]}
        said = {"name": row["label_en"], "alternateName": row["label_zh"], "unitText": row["unit"]}
        words = [f"{row['notebook']}", row["status"], row["basis"]]
        found.append(
            {"@id": f"#claim-{id}", "@type": "PropertyValue", "propertyID": id}
            | said
            | {name: float(value) for name, value in numbers.items() if value == value}
            | {"description": ", ".join(word for word in words if word)}
            | _refs(subjectOf=["claims.csv"])
        )
    return found
