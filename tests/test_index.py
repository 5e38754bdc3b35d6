"""The index notebook: no stage of the method, it lists them all and shows what was run."""

import os
import re
import shutil

import prose
import pytest
import refresh

from neutrality import claims
from neutrality.runner import bundle, outputs, parameters

INDEX = prose.ENGLISH / "index.ipynb"
GOLDEN = prose.ENGLISH.parent / "tests" / "golden" / "claims.csv"
QUESTION = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)


def first_cell(path):
    return "".join(prose.read(path)["cells"][0]["source"])


def test_it_is_no_stage_and_is_stored_as_a_fresh_checkout_shows_it(tmp_path):
    assert INDEX not in parameters.notebooks(prose.ENGLISH)
    stored = prose.read(INDEX)
    assert stored == refresh.as_in_a_fresh_checkout(tmp_path)
    code = [cell for cell in stored["cells"] if cell["cell_type"] == "code"]
    assert code and all(cell["outputs"] for cell in code)


@pytest.mark.parametrize("folder", [prose.ENGLISH, prose.CHINESE], ids=["en", "zh"])
def test_it_lists_every_notebook_with_its_question(folder):
    for path in [folder / each.name for each in prose.english()]:
        link = os.path.relpath(path, INDEX.parent)
        listed = f"| [{path.name[:2]}]({link}) | {QUESTION.search(first_cell(path))[1]} |"
        assert listed in first_cell(INDEX)


def test_its_figures_of_the_first_case_are_those_of_its_claims():
    known = claims.read(GOLDEN)
    (shown,) = [c for c in prose.read(INDEX)["cells"] if c["id"] == "index-07"]
    rows = re.findall(r"\| ([\d,]+)(?: tCO₂e)? \| `(\w+)` \|", "".join(shown["source"]))
    assert len(rows) == 4
    assert [claims.format(known.loc[id]) for _, id in rows] == [figure for figure, _ in rows]


def stated(lab, number, at, **values):
    made = [
        claims.Claim(id, value, "tCO2e", notebook=number, label_zh="甲", label_en="A")
        for id, value in values.items()
    ]
    path = lab / "claims" / f"{number}.csv"
    claims.write(made, path)
    os.utime(path, (at, at))


def test_a_notebook_older_than_one_before_it_is_said(tmp_path):
    stated(tmp_path, "01", 2000, electricity_mwh=1)
    stated(tmp_path, "02", 1000, market_t=1309.4, location_t=4094)
    stated(tmp_path, "03", 3000, residual_t=1309.4)
    found = outputs.stages(tmp_path, prose.ENGLISH).set_index("notebook")
    assert found["state"].tolist() == [
        "run",
        "older than 01_energy_baseline",
        "run",
        "not run",
        "not run",
    ]
    assert found["claims"].tolist() == [1, 2, 1, 0, 0] and (found["edited_cells"] == 0).all()
    shown = outputs.headlines(tmp_path)
    assert shown["claim"].tolist() == ["location_t", "market_t", "residual_t"]
    assert shown["value_en"][1] == "1,309\xa0tCO₂e"


def test_an_edited_notebook_is_counted(tmp_path):
    for path in parameters.notebooks(prose.ENGLISH):
        shutil.copyfile(path, tmp_path / path.name)
    path = tmp_path / "03_offset_sizing.ipynb"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("draws: int = 20000", "draws: int = 2000"), encoding="utf-8")
    assert (outputs.stages(tmp_path, tmp_path)["edited_cells"] == 0).all()
    path.write_text(text.replace("residual_t = sources[", "residual_t = 0.5 * sources["))
    assert outputs.stages(tmp_path, tmp_path)["edited_cells"].tolist() == [0, 0, 1, 0, 0]


def test_a_report_is_whole_or_its_changed_file_is_named(tmp_path):
    made = tmp_path / "site" / "2025"
    made.mkdir(parents=True)
    (made / "claims.csv").write_text("id\n")
    bundle.describe(made)
    (tmp_path / "site" / ".2025.run-1").mkdir()
    assert outputs.reports(tmp_path)[["report", "state"]].values.tolist() == [
        ["site/2025", "whole"]
    ]
    (made / "claims.csv").write_text("id\nx\n")
    assert outputs.reports(tmp_path)["state"][0].startswith("claims.csv: ")
