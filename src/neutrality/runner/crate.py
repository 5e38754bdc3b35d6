"""The bundle as a Workflow Run RO-Crate, profile Provenance Run 0.5: what is in it, who made it,
and how (`provenance`), for machines.

Nothing is fetched and no clock is read: the same files give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from importlib import metadata
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import pandas as pd

from neutrality import claims, sheets
from neutrality.report import methods
from neutrality.runner import bundle, provenance, release
from neutrality.runner.provenance import Bundle, file, refs
from neutrality.texts import labels

CRATE = bundle.CRATE
_SPECIFICATION = "https://w3id.org/ro/crate/1.1"
_WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/ro/wfrun/provenance/0.5": "Provenance Run Crate",
    _WORKFLOW_CRATE: "Workflow RO-Crate",
}
_CONTEXT = [
    f"{_SPECIFICATION}/context",
    {
        "sha256": "https://w3id.org/ro/terms/workflow-run#sha256",
        "buildInstructions": "https://codemeta.github.io/terms/buildInstructions",
    },
]
_PINS = "https://pip.pypa.io/en/stable/reference/requirements-file-format/"
_LICENCE = "#licence"
_CLAIMS, _SIGNED = "claims.csv", "tables/signoff.csv"
_BODIES = ("verified_by",)  # of those who sign, those that are no person
_PAGE = "report.{}.html"
_CAPTION = re.compile(
    r'<figure id="figure-(\w+)">.*?<figcaption>(?:<span class="number">[^<]*</span>)?(.*?)'
    r"</figcaption>",
    re.DOTALL,
)
_TAG = re.compile(r"<[^>]*>")


def write(folder: Path, written: dict[str, str]) -> None:
    """Write workflow.json and ro-crate-metadata.json of a bundle.

    `written` has the stem of the notebook that wrote each file. The bundle has its results,
    params.yaml and what `release.add` writes; its manifest comes after.
    """
    provenance.write_workflow(Path(folder), written)
    provenance.dump(describe(folder), Path(folder) / CRATE)


def describe(folder: Path, signed: Sequence[dict] = ()) -> dict:
    """Return the JSON-LD of a bundle's crate: context and graph, from its files alone.

    `signed` are entities of its signatures, which whoever reads them makes.
    """
    made = provenance.read(Path(folder))
    stated = _headlines(made)
    numbers = {f"#claim-{id}": row["notebook"] for id, row in stated.iterrows()}
    actions = provenance.actions(made, numbers)
    done = [*actions, *(entity for entity in signed if entity["@type"] == "CreateAction")]
    graph = [
        *_about(made, [*(entity["@id"] for entity in done), *numbers]),
        *_agents(made),
        *_software(made),
        *provenance.workflow(made),
        *provenance.formal_parameters(made),
        *actions,
        *(_claim(id, row) for id, row in stated.iterrows()),
        *_figures(made),
        *signed,
    ]
    held = {entity["@id"] for entity in graph}
    graph += [file(made, name) for name in made.files if quote(name) not in held]
    return {"@context": _CONTEXT, "@graph": graph}


def _about(made: Bundle, mentioned: list[str]) -> list[dict]:
    """Return the crate's description of itself: metadata file, root, profiles, manifest, inputs."""
    about = {"@id": CRATE, "@type": "CreativeWork"}
    about |= refs(about=["./"], conformsTo=[_SPECIFICATION, _WORKFLOW_CRATE])
    manifest = {"@id": bundle.MANIFEST, "@type": "File", "encodingFormat": "application/json"}
    listed = (
        "other file" if bundle.has_fixed_crate(made.folder) else "file but crate and signatures"
    )
    manifest |= {"name": f"sha256 and size of every {listed}"}
    inputs = [quote(name) for name in made.files if name.startswith(provenance.INPUTS)]
    tables = {"@id": provenance.INPUTS, "@type": "Dataset", "name": "the case's tables, as read"}
    tables |= refs(hasPart=inputs, exampleOfWork=["#parameter-inputs"])
    profiles = [
        {"@id": id, "@type": "CreativeWork", "name": name, "version": id.rpartition("/")[2]}
        for id, name in _PROFILES.items()
    ]
    return [about, _root(made, mentioned), manifest, tables, *profiles]


def _root(made: Bundle, mentioned: list[str]) -> dict:
    year, site = made.values["reporting_year"], made.values.get("site_en") or "one site"
    held = "inputs, parameters, executed notebooks, tables, figures, claims and reports"
    entity = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Carbon-neutrality report {year}: {_reporter(made)}",
        "description": f"{site}, {year}: {held}, and what recomputes them",
        "datePublished": made.day,
    }
    return entity | refs(
        conformsTo=[*_PROFILES],
        license=[_LICENCE],
        author=[provenance.ENTITY],
        publisher=[provenance.ENTITY],
        contributor=[entity["@id"] for entity in _signatories(made)],
        hasPart=[*map(quote, made.files), bundle.MANIFEST, provenance.INPUTS],
        mainEntity=[provenance.WORKFLOW],
        mentions=mentioned,
    )


def _agents(made: Bundle) -> list[dict]:
    """Return who reports, who signed, and the licence; none is invented for the case's data."""
    entity = {"@id": provenance.ENTITY, "@type": "Organization", "name": _reporter(made)}
    if other := made.values.get("entity_zh"):
        entity["alternateName"] = other
    pages = [page for page in map(_PAGE.format, labels.LANGUAGES) if page in made.files]
    if pages:  # the only page about it that is known here
        entity["url"] = pages[-1]
    licence = {
        "@id": _LICENCE,
        "@type": "CreativeWork",
        "name": "No licence is given",
        "description": (
            "Data and report remain those of the entity that reports; notebooks and reference "
            f"tables are part of neutrality, {_licence()}"
        ),
    }
    return [entity, *_signatories(made), licence]


def _reporter(made: Bundle) -> str:
    return made.values.get("entity_en") or made.values.get("entity_zh") or "not named"


def _licence() -> str:
    return metadata.metadata("neutrality")["License-Expression"]


def _signatories(made: Bundle) -> list[dict]:
    """Return those who prepared, reviewed, approved and verified the report, where they are named.

    A name is no signature.
    """
    rows = sheets.written(made.folder / _SIGNED) if _SIGNED in made.files else pd.DataFrame()
    return [
        {
            "@id": f"#{row.item}",
            "@type": "Organization" if row.item in _BODIES else "Person",
            "name": row.content_en or row.content_zh,
            "description": row.name_en,
            "url": _SIGNED,
        }
        for row in rows.itertuples()
        if row.content_en or row.content_zh
    ]


def _software(made: Bundle) -> list[dict]:
    """Return the release, the engine, the languages, and the lock that rebuilds the environment."""
    by, python, papermill = made.environment, provenance.PYTHON, provenance.PAPERMILL
    package = {
        "@id": provenance.PACKAGE,
        "@type": "SoftwareSourceCode",
        "name": "neutrality",
        "version": by["neutrality"],
        "sha256": by["source_sha256"],
        "url": release.ENVIRONMENT,
    }
    engine = {"@id": papermill, "@type": "SoftwareApplication", "name": "papermill"}
    engine |= {"url": papermill, "softwareVersion": by["libraries"]["papermill"]}
    language = {"@id": python, "@type": "ComputerLanguage", "name": "Python", "url": python}
    json = {"@id": provenance.JSON, "@type": "ComputerLanguage", "name": "JSON"}
    found = [
        package | refs(programmingLanguage=[python]),
        engine,
        language | {"version": by["python"]},
        json | {"url": provenance.JSON},
    ]
    if release.LOCK in made.files:
        found.append(file(made, release.LOCK, **refs(conformsTo=[_PINS])))
        found.append({"@id": _PINS, "@type": "WebPage", "name": "requirements file of pip"})
    return found + [file(made, release.README, **refs(about=["./"]))]


def _figures(made: Bundle) -> list[dict]:
    """Return the figures, named by their captions where the report shows them."""
    captions = {lang: _captions(made.folder / _PAGE.format(lang)) for lang in labels.LANGUAGES}
    found = []
    for path in [name for name in made.files if name.startswith("figures/")]:
        stem, lang, *_ = PurePosixPath(path).name.split(".")
        about = {"name": captions.get(lang, {}).get(stem, stem), "inLanguage": lang}
        found.append(file(made, path, ("ImageObject",), **about))
    return found


def _captions(page: Path) -> dict[str, str]:
    """Return the captions of a report's figures by name."""
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    return {name: unescape(_TAG.sub("", said)).strip() for name, said in _CAPTION.findall(text)}


def _headlines(made: Bundle) -> pd.DataFrame:
    """Return the claims that a reader takes away, of those that the bundle states."""
    if _CLAIMS not in made.files:
        return pd.DataFrame()
    known = claims.read(made.folder / _CLAIMS)
    return known.loc[[id for id in methods.HEADLINES if id in known.index]]


def _claim(id: str, row: pd.Series) -> dict:
    """Return the entity of a claim: value, interval and unit; its status and basis in words."""
    numbers = {"value": row["value"], "minValue": row["low"], "maxValue": row["high"]}
    words = [row["status"], row["basis"]]
    return (
        {"@id": f"#claim-{id}", "@type": "PropertyValue", "propertyID": id}
        | {"name": row["label_en"], "alternateName": row["label_zh"], "unitText": row["unit"]}
        | {name: float(value) for name, value in numbers.items() if value == value}
        | {"description": ", ".join(filter(None, words))}
        | refs(subjectOf=[_CLAIMS])
    )
