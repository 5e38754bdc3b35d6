"""Two hundred changes of a bundle: each is caught, and the file and what it means are named."""

import json
import random
import re
import shutil
import zipfile

import pandas as pd
import pytest
from awkward import unsaid

from neutrality.runner import bundle
from neutrality.verifier import printed, told, verify

QUICK = tuple(name for name in verify.CHECKS if name not in ("manifest", "report"))


@pytest.fixture
def copy(first_bundle, tmp_path):
    return shutil.copytree(first_bundle, tmp_path / "2025")


def test_a_bundle_as_it_was_made_agrees_with_itself(first_bundle):
    assert verify.verify(first_bundle) == []


def changes(folder):
    """Yield 163 changes of files: name, what is done, and the words that must be said of it."""
    draw = random.Random(17)
    files = sorted(bundle.contents(folder).keys() - {bundle.MANIFEST, bundle.CRATE})
    for name in draw.sample(files, 120):
        yield name, "byte", "has changed since the bundle was made"
    for name in draw.sample(files, 20):
        yield name, "remove", "is missing"
    for name in draw.sample(files, 10):
        yield f"{name}.bak", "add", "is not in manifest.json"
    for name in ("Thumbs.db", ".DS_Store", "tables/.ipynb_checkpoints/a.csv", "inputs/desktop.ini"):
        yield name, "add", "is not in manifest.json"
    for name in draw.sample(files, 6):
        yield name, "link", "is a link"
    yield bundle.CRATE, "byte", "describes other files"
    yield bundle.CRATE, "remove", "is missing"
    yield bundle.CRATE, "link", "is a link"


def test_every_change_of_a_file_is_named(copy):
    draw, tried = random.Random(2), 0
    for name, what, said in list(changes(copy)):
        path = copy / name
        before = path.read_bytes() if path.exists() else None
        if what == "byte":
            at = draw.randrange(len(before))
            path.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])
        elif what == "remove":
            path.unlink()
        elif what == "link":
            path.unlink()
            path.symlink_to("/etc/hostname")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text("x")
        crate = ("crate",) if name == bundle.CRATE else ()  # in no manifest: it has the signatures
        found = verify.verify(copy, ("manifest", *crate))
        assert [(each.file, said in each.said) for each in found] == [(name, True)], (name, what)
        path.unlink(missing_ok=True)
        if before is not None:
            path.write_bytes(before)
        elif path.parent.name == ".ipynb_checkpoints":
            path.parent.rmdir()
        tried += 1
    assert tried == 163


def csv_cell(name, id, column, value, key="id"):
    """Return a change of one cell of a table of the bundle."""

    def change(folder):
        path = folder / name
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        table.loc[table[key] == id, column] = value
        table.to_csv(path, index=False, lineterminator="\n")

    return change


def together(*made):
    def change(folder):
        for each in made:
            each(folder)

    return change


def text(name, old, new, count=1):
    """Return a change of a text file of the bundle."""

    def change(folder):
        path = folder / name
        held = path.read_text(encoding="utf-8")
        assert old in held
        path.write_text(held.replace(old, new, count), encoding="utf-8")

    return change


def claim(id, column, value):
    """Return a change of one cell of a claim wherever the bundle states it: a careful forger."""
    notebooks = ("claims.csv", *(f"claims/{n:02}.csv" for n in range(1, 6)))
    return together(*(csv_cell(name, id, column, value) for name in notebooks))


def notebook(number, old, new):
    def change(folder):
        path = next((folder / "notebooks").glob(f"{number}_*.ipynb"))
        held = path.read_text(encoding="utf-8")
        assert old in held
        path.write_text(held.replace(old, new), encoding="utf-8")

    return change


def removed(name):
    return lambda folder: (folder / name).unlink()


# What is changed, the check that finds it and the word that is in what it says. The manifest is
# made anew after each: only what the files say of each other is left.
FORGED = {
    "claim in claims.csv alone": (
        csv_cell("claims.csv", "residual_t", "value", "897.0"),
        "claims",
        "residual_t",
    ),
    "claim in its notebook's file alone": (
        csv_cell("claims/03.csv", "residual_t", "value", "897.0"),
        "claims",
        "residual_t",
    ),
    "claim everywhere but in the workbook": (
        claim("drift", "value", "0.01"),
        "claims",
        "claims.xlsx",
    ),
    "unit of a claim": (csv_cell("claims.csv", "market_t", "unit", "ktCO2e"), "claims", "market_t"),
    "digits of a claim": (claim("market_t", "digits", "3"), "claims", "digits"),
    "claim that is no claim": (claim("market_t", "id", "marked_t"), "claims", "marked_t"),
    "claim taken out": (csv_cell("claims.csv", "scope1_t", "id", "scope9_t"), "claims", "scope1_t"),
    "low bound of a claim": (
        csv_cell("claims.csv", "residual_t", "low", "1300.0"),
        "claims",
        "low",
    ),
    "status made better": (claim("residual_t", "status", "CONFIRMED"), "lineage", "ASSUMED"),
    "status of a factor's claim": (claim("coal_tce", "status", "CONFIRMED"), "lineage", "coal_tce"),
    "lineage that leads nowhere": (
        claim("residual_t", "inputs", "energy.nothing"),
        "lineage",
        "residual_t",
    ),
    "lineage to another claim": (
        claim("residual_t", "inputs", "mu_per_ha"),
        "lineage",
        "residual_t",
    ),
    "residual made smaller everywhere": (
        claim("residual_t", "value", "897.0"),
        "arithmetic",
        "market_t",
    ),
    "market total and residual together": (
        together(claim("residual_t", "value", "897.0"), claim("market_t", "value", "897.0")),
        "arithmetic",
        "tables",
    ),
    "fewer credits needed": (
        claim("credits_needed", "value", "900.0"),
        "arithmetic",
        "credits_needed",
    ),
    "more credits retired": (
        claim("credits_retired", "value", "2000.0"),
        "arithmetic",
        "credits_retired",
    ),
    "more green power": (claim("green_mwh", "value", "5700.0"), "arithmetic", "green_mwh"),
    "more avoided": (claim("avoided_green_t", "value", "3300.0"), "arithmetic", "avoided_green_t"),
    "another grid factor": (claim("grid_factor", "value", "0.7"), "arithmetic", "grid_factor"),
    "a location total": (claim("location_t", "value", "5000.0"), "arithmetic", "location_t"),
    "coal": (claim("coal_tce", "value", "1100.0"), "arithmetic", "coal_tce"),
    "a row of the inventory": (
        csv_cell("tables/inventory.csv", "district_heat", "t_co2e", "1.0", "source"),
        "arithmetic",
        "inventory",
    ),
    "a row of the emitted table": (
        csv_cell("tables/emitted.csv", "district_heat", "t_co2e", "1.0", "source"),
        "arithmetic",
        "emitted",
    ),
    "a factor in the decided table": (
        csv_cell("tables/grid_factors.csv", "uncovered", "kg_per_kwh", "0.1", "role"),
        "arithmetic",
        "market_t",
    ),
    "electricity by month": (
        csv_cell("tables/electricity_by_month.csv", "2025", "kwh", "1.0", "year"),
        "arithmetic",
        "electricity",
    ),
    "a factor used": (
        csv_cell("tables/factors_used.csv", "grid_cn_beijing_2023", "value", "0.4"),
        "published values",
        "grid_cn_beijing_2023",
    ),
    "a factor's status": (
        csv_cell("tables/factors_used.csv", "grid_cn_beijing_2023", "status", "SINGLE"),
        "published values",
        "status",
    ),
    "a factor of no publisher": (
        csv_cell("tables/factors_used.csv", "grid_cn_beijing_2023", "id", "mine"),
        "published values",
        "mine",
    ),
    "a coefficient used": (
        csv_cell("tables/coefficients_used.csv", "co2_per_tce_266", "value", "2.0"),
        "published values",
        "co2_per_tce_266",
    ),
    "a parameter of the YAML": (
        text("params.yaml", "grid_rule: provincial", "grid_rule: national"),
        "parameters",
        "grid_rule",
    ),
    "a number of the YAML": (
        text("params.yaml", "seed: 20250101", "seed: 7"),
        "parameters",
        "seed",
    ),
    "a parameter of the report": (
        text("report.json", '"AR5"', '"AR6"'),
        "parameters",
        "gwp_edition",
    ),
    "an illustrative case made real": (
        text("report.json", '"illustrative": true', '"illustrative": false'),
        "parameters",
        "illustrative",
    ),
    "a parameter that one notebook ran with": (
        notebook("02", "grid_data_year = 2023", "grid_data_year = 2021"),
        "parameters",
        "grid_data_year",
    ),
    "a verdict": (csv_cell("verdicts.csv", "coal", "verdict", "holds"), "verdicts", "coal"),
    "a statement taken out": (csv_cell("verdicts.csv", "coal", "id", "wool"), "verdicts", "coal"),
    "a shipped factor": (
        csv_cell("reference/factors.csv", "grid_cn_beijing_2023", "value", "0.4"),
        "release",
        "reference/factors.csv",
    ),
    "another release": (
        text("environment.json", '"neutrality": "', '"neutrality": "9'),
        "release",
        "",
    ),
    "a hash of the source": (
        text("environment.json", '"claims.py": "', '"claims.py": "0'),
        "release",
        "source_sha256",
    ),
    "the crate's description of a file": (
        text("ro-crate-metadata.json", "Carbon-neutrality report", "Neutrality report"),
        "crate",
        "ro-crate-metadata.json",
    ),
    "a zip file for the workbook": (
        lambda folder: zipfile.ZipFile(folder / "claims.xlsx", "w").close(),
        "claims",
        "cannot be checked: claims.xlsx: is no workbook",
    ),
    "claims removed": (removed("claims.csv"), "claims", "cannot be checked"),
    "a table removed": (removed("tables/emitted.csv"), "arithmetic", "emitted"),
    "parameters removed": (removed("params.yaml"), "parameters", "cannot be checked"),
    "an input renamed away": (removed("inputs/certificates.csv"), "lineage", "inputs/certificates"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forger_who_makes_the_manifest_anew_is_found(copy, name):
    change, check, word = FORGED[name]
    change(copy)
    bundle.describe(copy)
    assert bundle.verify(copy) == []
    found = [each for each in verify.verify(copy, (check,))]
    assert found and any(word in f"{each.file} {each.said}" for each in found), (name, found)
    assert unsaid(told.faults(found, "2025.zip")) == []


@pytest.fixture(scope="module")
def pages(first_bundle):
    """The page that the release makes of the first bundle, in English."""
    meta = printed.parameters(first_bundle)
    made = {"render": printed.report.render(first_bundle, "en", meta)}
    return printed.pages.unstyled(made["render"], first_bundle, "en", printed.report.MARK["en"])


def test_each_number_of_the_page_is_held_to_its_claim(first_bundle, tmp_path, pages):
    held = (first_bundle / "report.en.html").read_text(encoding="utf-8")
    path, draw = tmp_path / "report.en.html", random.Random(5)
    body = held.index("<main") if "<main" in held else held.index("<body")
    numbers = [m for m in re.finditer(r">(\d[\d,]*\.?\d*)", held) if m.start() > body]
    assert len(numbers) > 500
    for at in draw.sample(numbers, 20):
        digit = str((int(at[1][0]) + 1) % 10)
        path.write_text(held[: at.start(1)] + digit + held[at.start(1) + 1 :], encoding="utf-8")
        assert printed._of_html(path, pages, "en"), at[1]


def test_a_number_edited_in_word_is_found(first_bundle, tmp_path, pages):
    path = tmp_path / "report.en.docx"
    with zipfile.ZipFile(first_bundle / path.name) as old, zipfile.ZipFile(path, "w") as new:
        for item in old.namelist():
            part = old.read(item)
            new.writestr(
                item, part.replace(b"1,309", b"1,209", 1) if item.endswith("document.xml") else part
            )
    (said, *_) = printed._of_word(path, pages, "en")
    assert "'1,209'" in said and "'1,309'" in said
    assert printed._of_word(first_bundle / path.name, pages, "en") == []


def test_the_pdf_of_another_report_is_found(first_bundle, pages):
    held = printed._pages_of(first_bundle / "report.en.pdf")
    assert printed._of_pdf(held, pages) == []
    other = pages.replace("1,309", "1,209")
    assert any("1,209" in said for said in printed._of_pdf(held, other))


def test_what_only_a_replay_or_a_signature_can_tell_is_not_claimed(copy):
    """A reading changed with nothing derived from it, and another name of the beneficiary's
    certificate: the files still agree with each other.
    """
    path = copy / "inputs" / "energy.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[5000] = re.sub(r",\d", ",9", lines[5000], count=1)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    bundle.describe(copy)
    assert verify.verify(copy, QUICK) == []


def test_terminal_escapes_of_a_stranger_are_quoted(copy):
    csv_cell("claims.csv", "residual_t", "unit", "\x1b[2J\x1b[31mt")(copy)
    bundle.describe(copy)
    said = [each.said for each in verify.verify(copy, ("claims",))]
    assert any("\\x1b[2J" in each for each in said) and all(each.isprintable() for each in said)


def test_a_table_larger_than_any_is_not_read(copy):
    (copy / "tables" / "emitted.csv").write_bytes(b"a,b\n" + b"1,2\n" * 600_000)
    bundle.describe(copy)
    (found,) = verify.verify(copy)
    assert found.check == "sizes" and found.file == "tables/emitted.csv"


def test_the_faults_are_a_table_for_machines(copy):
    from neutrality import cli

    (copy / "claims.csv").unlink()
    out = copy.parent / "found.json"
    assert cli.main(["verify", str(copy), "--json", str(out)]) == 1
    assert {"check": "manifest", "file": "claims.csv", "said": "is missing"} in json.loads(
        out.read_text()
    )["faults"]
