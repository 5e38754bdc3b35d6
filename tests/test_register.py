"""The register of claims: rows that can be followed, families that match, names that fill."""

import json
import re

import pandas as pd
import pytest
from conftest import ROOT

from neutrality import claims, lineage, register
from neutrality.case import tables
from neutrality.report import templates
from neutrality.runner import parameters
from neutrality.texts import labels

ENTRIES = register.entries()
NOTEBOOKS = {path.name[:2]: path for path in parameters.notebooks(ROOT / "notebooks")}


def test_every_row_is_complete():
    for id, entry in ENTRIES.items():
        assert re.fullmatch(r"[a-z*][a-z0-9_*]*", id), id
        assert entry.notebook in NOTEBOOKS and entry.year in register.YEARS, id
        assert entry.inputs and entry.unit and entry.zh and entry.en, id


def code(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")


ROLES = {"location", "base_location", "uncovered", "base_uncovered", "sensitivity"}
CODE = {notebook: code(path) for notebook, path in NOTEBOOKS.items()}
INPUTS = [
    (entry.id, written)
    for entry in ENTRIES.values()
    for written in re.split("[;|]", entry.inputs)
    if not written.startswith("{")
]


@pytest.mark.parametrize(("id", "written"), INPUTS)
def test_every_input_is_a_claim_or_leads_to_a_leaf(tmp_path, id, written):
    kind, _, name = written.rpartition(":")
    if kind in ("parameter", "assumption"):
        assert name == "{size}" or name in parameters.signature(ROOT / "notebooks")
    elif kind == "grid":
        assert name in ROLES
    elif "[" in written:
        rows = written.partition("[")[0]
        assert any(re.search(rf"\b{rows}=", each) for each in CODE.values()), (
            "no notebook writes it"
        )
    else:
        ground = lineage.ground(tmp_path, tmp_path, False, {})
        plain = written.format("", "location")
        assert register.holds(plain) or lineage.resolve(plain, ground)


def test_the_more_literal_row_is_taken():
    assert register.find("change_carbon_revenue").id == "change_*_*"
    assert register.find("change_carbon_revenue_latest").parts == ("carbon", "revenue")
    assert register.find("peer_grid_location_mt").id == "*_grid_location_mt"
    assert register.find("residual_t").parts == ()


def test_a_name_takes_its_parts_words_and_a_small_letter(tmp_path):
    entry = register.find("required_carbon_revenue_2025")
    words = {"from_year": 2024, "year": 2025, "fall": "40 %"}
    assert register.name(entry, "en", words) == (
        "Emissions per operating revenue: change a year from 2024 for −40 % in 2025"
    )
    with pytest.raises(ValueError, match=r"asks for \{from_year\}; state it"):
        register.name(entry, "zh", {"year": 2025})


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_the_report_asks_for_claims_that_the_register_holds(lang):
    asked = templates.claims_asked(templates.text(lang))
    assert len(asked) > 60
    assert not [id for id in asked if not register.holds(id)]


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_notebooks_state_values_once_and_no_status(notebook):
    assert not re.search(r"\bstatus=|rests_on=|\bClaim\(", CODE[notebook])
    assert CODE[notebook].count("claims.state(") == 1


def test_every_claim_of_the_first_case_leads_to_its_leaves(first_bundle):
    made = claims.read(first_bundle / "claims.csv")
    case = first_bundle / "inputs"
    ground = lineage.ground(case, first_bundle, True, made["status"].to_dict())
    for id in made.index:
        leaves = lineage.leaves([id], made, ground)
        assert leaves and not leaves & set(made.index), id
        stated = lineage.status(lineage.resolve(made.at[id, "inputs"], ground))
        assert made.at[id, "status"] == stated, id
    assert "grid_cn_beijing_2023" in lineage.leaves(["residual_t"], made, ground)
    assert "heat_default" in lineage.leaves(["residual_t"], made, ground)
    assert "certificates.quantity" in lineage.leaves(["credits_needed"], made, ground)


def test_what_a_notebook_must_state_is_marked_yes():
    assert "residual_t" in ENTRIES
    for notebook in NOTEBOOKS:
        marked = [e.id for e in ENTRIES.values() if e.notebook == notebook and e.required]
        assert register.required(notebook) == marked
    by_mark = {mark: [e for e in ENTRIES.values() if e.required == mark] for mark in (True, False)}
    assert by_mark[True] and by_mark[False]
    assert not any("*" in entry.id for entry in by_mark[True])


def test_the_first_place_of_a_text_is_the_first_star():
    entry = register.find("change_carbon_revenue")
    assert register.filled(entry, "basis", {}) == "revenue"
    assert register.filled(entry, "inputs", {}) == "series_used[quantity=carbon,basis=revenue]"


def test_of_alternatives_the_first_that_was_stated_counts_else_the_first(tmp_path):
    ground = lineage.ground(tmp_path, tmp_path, False, {})
    assert lineage.resolve("heat_default|mu_per_ha", ground)[0].written == "heat_default"
    stated = lineage.ground(tmp_path, tmp_path, False, {"b_t": "SINGLE", "c_t": "ASSUMED"})
    found = lineage.resolve("a_t|b_t|c_t", stated)[0]
    assert (found.written, found.status) == ("b_t", "SINGLE")


def test_a_role_is_the_grid_factor_decided_for_it(tmp_path):
    ground = lineage.ground(tmp_path, tmp_path, False, {})
    with pytest.raises(ValueError, match="no grid factor of the role 'uncovered' was decided"):
        lineage.resolve("grid:uncovered", ground)
    decided = {"role": ["location", "uncovered"]}
    decided |= {"factor_id": ["grid_cn_beijing_2023", "grid_cn_china_2023"]}
    tables.write(pd.DataFrame(decided), tmp_path / "tables" / f"{lineage.ROLES}.csv")
    found = lineage.resolve("grid:uncovered", ground)[0]
    assert found.leaves == ("grid_cn_china_2023",)
    assert found.status == ground.published["grid_cn_china_2023"]
    with pytest.raises(ValueError, match="role 'sensitivity'"):
        lineage.resolve("grid:sensitivity", ground)


def test_what_is_chosen_has_no_status_and_what_is_assumed_is_assumed(tmp_path):
    ground = lineage.ground(tmp_path, tmp_path, False, {})
    assert lineage.resolve("parameter:confidence", ground)[0].status == ""
    assert lineage.resolve("assumption:credit_price", ground)[0].status == "ASSUMED"
