"""The crate says of a bundle what is in it and how it was made, and a validator of the profile
accepts it.
"""

import hashlib
import json
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest
import rocrate
import toy
from rocrate.rocrate import ROCrate
from rocrate_validator import services
from rocrate_validator.models import Severity, ValidationSettings
from rocrate_validator.utils.http import HttpRequester

from neutrality import claims
from neutrality.report import methods
from neutrality.runner import bundle, crate, parameters, provenance, release
from neutrality.verifier import making, received, signatures

PROFILE = "provenance-run-crate-0.5"
# The context that the library rocrate holds is RO-Crate 1.3's; 1.1, on which the profile builds,
# has these terms at other addresses.
TERMS = "https://bioschemas.org/ComputationalWorkflow"
AS_IN_1_1 = {
    "FormalParameter": "https://bioschemas.org/FormalParameter",
    "ComputationalWorkflow": TERMS,
    "input": f"{TERMS}#input",
    "output": f"{TERMS}#output",
}
# The profile asks for an absolute id of a SoftwareApplication; the validator asks it of every
# SoftwareSourceCode too, and nothing that is a file of its crate has one
# (crs4/rocrate-validator#51).
OF_FILES_TOO = "process-run-crate-0.5_5.1"
CODE = ("http://schema.org/SoftwareSourceCode", TERMS)


class Context:
    """What a server would answer that has the JSON-LD context."""

    held = json.loads((Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld").read_text())
    status_code, headers, from_cache = 200, {"Content-Type": "application/ld+json"}, True

    def json(self):
        return self.held | {"@context": self.held["@context"] | AS_IN_1_1}

    @property
    def text(self):
        return json.dumps(self.json())

    @property
    def content(self):
        return self.text.encode()

    def raise_for_status(self):
        pass


@pytest.fixture
def faults(tmp_path, monkeypatch):
    """Validate a folder offline; return id, message and entity of each fault."""
    asked = []

    def get(self, url, *arguments, **more):
        asked.append(url)
        return Context()

    monkeypatch.setattr(HttpRequester, "get", get, raising=False)

    def validated(folder, severity=Severity.RECOMMENDED):  # and all that is REQUIRED
        settings = ValidationSettings(
            rocrate_uri=str(folder),
            profile_identifier=PROFILE,
            requirement_severity=severity,
            offline=True,
            cache_path=tmp_path / "cache",
        )
        found = services.validate(settings).get_issues()
        assert set(asked) == {"https://w3id.org/ro/crate/1.1/context"}
        issues = {(i.check.identifier, i.message, str(i.violatingEntity)) for i in found}
        return {i for i in issues if i[0] != OF_FILES_TOO or i[2] not in CODE}

    return validated


@pytest.fixture
def made(tmp_path):
    """A bundle as a run leaves it, of two tiny notebooks that wrote a table and a page."""
    folder = tmp_path / "2025"
    toy.case(folder)
    (folder / "2025.yaml").rename(folder / "params.yaml")
    (folder / "inputs").mkdir()
    for name in toy.TABLES:
        (folder / name).rename(folder / "inputs" / name)
    (folder / "inputs" / "电 表 #1.csv").write_text("a name as a site gives it")
    toy.notebooks(folder / "notebooks")
    (folder / "tables").mkdir()
    (folder / "tables" / "seen.csv").write_text("rule\nregional\n")
    (folder / "report.en.html").write_text("<p>report</p>")
    release.add(folder)
    crate.write(folder, {"tables/seen.csv": "01_first", "report.en.html": "02_second"})
    bundle.describe(folder)
    return folder


def entities(folder):
    graph = json.loads((folder / crate.CRATE).read_text(encoding="utf-8"))["@graph"]
    held = {entity["@id"]: entity for entity in graph}
    assert len(held) == len(graph)
    return held


def ids(value):
    return [each["@id"] for each in (value if isinstance(value, list) else [value])]


@pytest.mark.slow
def test_the_validator_accepts_a_bundle_with_any_name_of_a_file(made, faults):
    assert faults(made) == set()


@pytest.mark.slow
def test_the_validator_sees_a_step_without_its_notebook(made, faults):
    content = json.loads((made / crate.CRATE).read_text(encoding="utf-8"))
    step = next(each for each in content["@graph"] if each["@id"] == "#step-1")
    del step["workExample"]
    (made / crate.CRATE).write_text(json.dumps(content), encoding="utf-8")
    assert any("workExample" in message for _, message, _ in faults(made))


@pytest.mark.slow
def test_the_validator_accepts_the_first_bundle(first_bundle, faults):
    assert faults(first_bundle) == set()


@pytest.fixture
def signed(made, tmp_path):
    """The bundle, signed by an analyst and a reviewer with keys of their own; both say when."""
    pytest.importorskip("cryptography")
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    for role in ("analyst", "reviewer"):
        key = tmp_path / role
        key.write_bytes(
            ed25519.Ed25519PrivateKey.generate().private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.OpenSSH,
                serialization.NoEncryption(),
            )
        )
        key.chmod(0o600)
        signatures.sign(made, key, role, f"{role}@site.cn", "2026-03-31")
    return made


@pytest.mark.slow
def test_the_validator_accepts_a_signed_bundle(signed, faults):
    assert faults(signed) == set()


def test_each_signature_is_an_action_over_the_manifest_and_those_before(signed):
    held = entities(signed)
    action = held["#signature-reviewer-2"]
    assert action["@type"] == "CreateAction" and action["endTime"] == "2026-03-31"
    assert "the signer's own word" in action["description"]
    assert held[action["agent"]["@id"]]["name"] == "reviewer@site.cn"
    assert held[action["agent"]["@id"]]["jobTitle"] == "reviewer"
    first = [f"signatures/analyst-1.{each}" for each in ("json", "sig")]
    assert ids(action["object"]) == [bundle.MANIFEST, *first]
    assert ids(action["result"]) == [f"signatures/reviewer-2.{each}" for each in ("json", "sig")]
    assert {*ids(action["result"]), *first} <= set(ids(held["./"]["hasPart"]))
    assert action["@id"] in ids(held["./"]["mentions"])


def test_a_signed_bundle_agrees_with_its_manifest_and_crate_until_either_is_changed(signed):
    assert bundle.verify(signed, every=True) == [] == list(making.crate_faults(signed))
    path = signed / bundle.CRATE
    path.write_text(path.read_text().replace("reviewer@site.cn", "boss@site.cn"))
    ((file, said),) = making.crate_faults(signed)
    assert file == bundle.CRATE and "signatures" in said


def test_a_signature_taken_out_of_the_bundle_is_missed_by_the_crate(signed):
    for path in (signed / "signatures").glob("reviewer-2.*"):
        path.unlink()
    assert [file for file, _ in making.crate_faults(signed)] == [bundle.CRATE]


def test_a_crate_that_an_older_manifest_fixes_stays_as_it_is(made, tmp_path, request):
    path = made / bundle.MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["files"][bundle.CRATE] = {
        "sha256": "",
        "size": 0,
    }  # by which the crate describes such a manifest
    path.write_text(json.dumps(manifest), encoding="utf-8")
    content = provenance.dumped(crate.describe(made, [])).encode()
    (made / bundle.CRATE).write_bytes(content)
    about = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    manifest["files"][bundle.CRATE] = about
    path.write_text(json.dumps(manifest), encoding="utf-8")
    folder = request.getfixturevalue("signed")
    assert (folder / bundle.CRATE).read_bytes() == content
    assert bundle.verify(folder, every=True) == [] == list(making.crate_faults(folder))
    (folder / bundle.CRATE).write_bytes(content.replace(b"File", b"Dile", 1))
    assert bundle.verify(folder) == [f"{bundle.CRATE}: has changed since the bundle was made"]


def test_a_signed_bundle_is_packed_with_its_signatures(signed, tmp_path):
    folder = received.opened(bundle.pack(signed), tmp_path / "scratch")
    assert bundle.contents(folder) == bundle.contents(signed)
    assert list(making.crate_faults(folder)) == [] == list(signatures.faults(folder))


def test_each_step_has_its_parameters_what_it_could_read_and_what_it_wrote(made):
    held = entities(made)
    assert held["#value-grid_rule"]["value"] == "regional" and held["#value-confidence"]["value"]
    first, second = held["#run-1"], held["#run-2"]
    assert ids(first["instrument"]) == ["notebooks/01_first.ipynb"]
    assert ids(first["object"])[0] == "inputs/" and "#value-confidence" in ids(first["object"])
    assert ids(first["result"]) == ["tables/seen.csv"]
    assert "tables/seen.csv" in ids(second["object"]) and "#value-case" not in held
    assert ids(second["result"]) == ["report.en.html"]
    assert ids(held["#engine"]["object"]) == ["#control-1", "#control-2"]


def test_every_file_is_in_the_crate_with_the_hash_of_the_manifest(made):
    manifest = json.loads((made / bundle.MANIFEST).read_text(encoding="utf-8"))["files"]
    assert "inputs/电 表 #1.csv" in manifest
    files = {
        unquote(id): entity for id, entity in entities(made).items() if "File" in entity["@type"]
    }
    assert set(files) - {bundle.MANIFEST} == set(manifest)
    assert {name: each["sha256"] for name, each in files.items() if name != bundle.MANIFEST} == {
        name: each["sha256"] for name, each in manifest.items()
    }
    assert set(ids(entities(made)["./"]["hasPart"])) >= {entity["@id"] for entity in files.values()}


def test_every_reference_leads_to_an_entity(made):
    held = entities(made)
    named = {
        id
        for entity in held.values()
        for name, value in entity.items()
        if isinstance(value, (dict, list)) and name != "@type"
        for id in ids(value)
    }
    assert {id for id in named if id not in held} == {"https://w3id.org/ro/crate/1.1"}


def test_the_same_bundle_on_another_path_has_the_same_crate(made, tmp_path):
    other = shutil.copytree(made, tmp_path / "elsewhere" / "other")
    crate.write(other, {"tables/seen.csv": "01_first", "report.en.html": "02_second"})
    for name in (crate.CRATE, provenance.WORKFLOW):
        assert (made / name).read_bytes() == (other / name).read_bytes()
    assert json.loads((other / crate.CRATE).read_text()) == crate.describe(other)


@pytest.mark.parametrize(("given", "day"), [("", "2025-12-31"), ("2026-03-31", "2026-03-31")])
def test_the_crate_is_of_the_day_of_issue_or_the_end_of_the_year(made, given, day):
    text = (made / provenance.WORKFLOW).read_text(encoding="utf-8")
    steps = json.loads(text)
    steps["steps"][1]["parameters"]["issued_on"] = given
    line = 'issued_on: str = ""  # day of issue'
    toy.notebook(made / "notebooks" / "02_second.ipynb", parameters=f"{toy.PARAMETERS}{line}")
    provenance.dump(steps, made / provenance.WORKFLOW)
    held = {entity["@id"]: entity for entity in crate.describe(made)["@graph"]}
    assert held["./"]["datePublished"] == held["#run"]["endTime"] == day


@pytest.mark.slow
def test_headline_claims_and_figures_are_entities_of_their_own(first_bundle):
    held, known = entities(first_bundle), claims.read(first_bundle / "claims.csv")
    for id in methods.HEADLINES:
        entity = held[f"#claim-{id}"]
        assert (
            entity["value"] == known.at[id, "value"] and entity["unitText"] == known.at[id, "unit"]
        )
        assert entity["@id"] in ids(held[f"#run-{int(known.at[id, 'notebook'])}"]["result"])
    figures = {path.name for path in (first_bundle / "figures").iterdir()}
    drawn = {each["@id"].removeprefix("figures/") for each in held.values() if "inLanguage" in each}
    assert drawn == figures
    assert held["figures/bridge.en.svg"]["name"].startswith("From emissions without savings")
    assert held["figures/bridge.zh.svg"]["name"].startswith("从")
    assert "ImageObject" in held["figures/bridge.en.svg"]["@type"]


@pytest.mark.slow
def test_every_result_of_the_first_case_has_the_notebook_that_wrote_it(first_bundle):
    steps = json.loads((first_bundle / provenance.WORKFLOW).read_text(encoding="utf-8"))["steps"]
    stems = [path.name for path in parameters.notebooks(parameters.notebooks_folder())]
    assert [Path(step["notebook"]).name for step in steps] == stems
    wrote = [set(step["writes"]) for step in steps]
    assert {"load.nc", "claims/01.csv", "tables/savings.csv"} <= wrote[0]
    assert {"drivers.nc", "tables/intensity.csv"} <= wrote[3]
    assert {"claims.csv", "report.zh.pdf", "verdicts.csv"} <= wrote[4]
    kept = {name for name in bundle.contents(first_bundle) if name.startswith(("tables/", "fig"))}
    assert kept <= set().union(*wrote)


@pytest.mark.slow
def test_another_library_reads_the_crate(first_bundle):
    read = ROCrate(first_bundle)
    assert read.mainEntity.id == provenance.WORKFLOW
    assert read.get("#claim-residual_t")["unitText"] == "tCO2e"
