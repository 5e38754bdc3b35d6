"""A notebook that was edited is named, and what it states is assumed; comments are no method."""

import json
import os
import shutil

import pandas as pd
import pytest
import refresh
from conftest import CASE

from neutrality import claims
from neutrality.report import methods
from neutrality.runner import bundle, execution, parameters, run

NOTEBOOKS = parameters.notebooks(refresh.NOTEBOOKS)


@pytest.fixture
def folder(tmp_path):
    """A copy of the committed notebooks."""
    (tmp_path / "nb").mkdir()
    for path in NOTEBOOKS:
        shutil.copyfile(path, tmp_path / "nb" / path.name)
    return tmp_path / "nb"


def edit(folder, stem, old, new):
    """Replace a text in the sources of one notebook's code cells."""
    (path,) = folder.glob(f"{stem}*.ipynb")
    notebook, found = json.loads(path.read_text(encoding="utf-8")), 0
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and old in source:
            cell["source"], found = source.replace(old, new), found + 1
    assert found == 1
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def altered(folder, **more):
    return methods.altered(parameters.notebooks(folder), **more)


def test_release_is_the_committed_notebooks():
    assert refresh.RELEASE.read_text(encoding="utf-8") == refresh.release(), "run `make refresh`"
    assert methods.altered(NOTEBOOKS).empty


HARMLESS = {
    "comment": ("needed = sizing", "# as always\nneeded = sizing"),
    "spaces": (
        "needed = sizing.credits_needed(residual_t)",
        "needed=sizing.credits_needed( residual_t )",
    ),
    "meaning of a parameter": ("random draws of the residual", "draws"),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_comments_and_spaces_are_no_method(folder, name):
    edit(folder, "03", *HARMLESS[name])
    assert altered(folder).empty


def test_markdown_ids_empty_cells_and_a_split_cell_are_no_method(folder):
    path = edit(folder, "03", "needed = sizing", "needed = sizing")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    kept = []
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "markdown":
            cell["source"] = "another text"
        cell["id"] = f"new-{number}"
        lines = "".join(cell["source"]).split("\nleft = ")
        for at, part in enumerate(lines):
            source = part if at == 0 else f"left = {part}"
            kept.append(cell | {"source": source, "id": f"new-{number}-{at}"})
    empty = {"cell_type": "code", "id": "e", "metadata": {}, "outputs": [], "source": "# nothing"}
    notebook["cells"] = [*kept, empty | {"execution_count": None}]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert altered(folder).empty


ALTERED = {
    "half": ('residual_t = sources["t_co2e"].sum()', 'residual_t = sources["t_co2e"].sum() / 2'),
    "default": ("draws: int = 20000", "draws: int = 2000"),
    "limit": ("[0..0.99] stress", "[0..9] stress"),
    "magic": ("plan = tables", "%run other.py\nplan = tables"),
    "text": ("residual_t:,.2f", "residual_t:,.3f"),
}


@pytest.mark.parametrize("name", ALTERED)
def test_altered_cell_is_named_with_its_line(folder, name):
    edit(folder, "03", *ALTERED[name])
    (row,) = altered(folder).itertuples(index=False)
    assert (row.notebook, row.change, row.lowers) == ("03_offset_sizing", "cell_altered", "03")
    assert row.cell.endswith("(03-02)" if name in ("default", "limit") else "(03-05)")
    if name == "half":
        assert row.what == "residual_t = sources['t_co2e'].sum() / 2"


def test_by_hand_a_parameter_may_have_another_value(folder):
    edit(folder, "03", "draws: int = 20000", "draws: int = 2000")
    assert altered(folder, defaults=False).empty
    edit(folder, "03", "[0..0.99] stress", "[0..9] stress")
    assert len(altered(folder, defaults=False)) == 1


def test_added_and_missing_notebooks_and_cells_are_named(folder):
    (folder / "04_intensity_trend.ipynb").rename(folder / "04_more.ipynb")
    path = edit(folder, "03", "needed = sizing", "needed = sizing")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    notebook["cells"] = [*code[:2], code[2] | {"source": "x = 1", "id": "x"}, *code[2:-1]]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    found = altered(folder)
    assert found[["notebook", "change", "lowers"]].to_numpy().tolist() == [
        ["03_offset_sizing", "cell_added", "03"],
        ["03_offset_sizing", "cell_left_out", "03"],
        ["04_more", "notebook_added", "*"],
        ["04_intensity_trend", "notebook_left_out", "*"],
    ]


def stated(out, notebook, **statuses):
    made = [
        claims.Claim(id, 1.0, "t", status=status, notebook="01", inputs="energy")
        for id, status in statuses.items()
    ]
    claims.write(made, out / "claims" / f"{notebook}.csv")


def test_claims_of_an_altered_notebook_are_assumed_whatever_it_wrote(tmp_path):
    stated(tmp_path, "02", market_t="CONFIRMED")
    stated(tmp_path, "03", residual_t="CONFIRMED", credits_needed="", worst="RECALLED")
    row = ("03_offset_sizing", "3", "cell_altered", "a = b / 2", "03")
    methods.tell(tmp_path, methods.altered_rows([row]))
    known = claims.join(tmp_path / "claims")
    assert known["status"].to_dict() == {
        "market_t": "CONFIRMED",
        "residual_t": "ASSUMED",
        "credits_needed": "ASSUMED",
        "worst": "RECALLED",
    }
    assert known.at["residual_t", "inputs"] == "energy;assumption:altered_method"
    methods.tell(tmp_path, methods.altered_rows([]))
    assert claims.join(tmp_path / "claims")["status"]["residual_t"] == "CONFIRMED"
    assert not (tmp_path / "findings" / "00.csv").exists()


def test_by_hand_the_notebooks_of_the_folder_are_compared(folder, tmp_path):
    assert methods.altered_cells(tmp_path, folder).empty
    edit(folder, "03", "[0..0.99] stress", "[0..9] stress")
    assert len(methods.altered_cells(tmp_path, folder)) == 1
    assert "run the case with neutrality run" in (tmp_path / "findings/00.csv").read_text()


def ran(out, sources):
    (out / claims.RAN).mkdir(exist_ok=True)
    pd.DataFrame({"source": sources}).to_csv(out / claims.RAN / "03.csv", index=False)


def test_by_hand_a_cell_that_was_run_and_not_saved_is_named(folder, tmp_path):
    sources = list(methods.cells(folder / "03_offset_sizing.ipynb")["source"])
    ran(tmp_path, sources)
    assert methods.altered_cells(tmp_path, folder).empty
    values = [source.replace("draws: int = 20000", "draws: int = 2000") for source in sources]
    ran(tmp_path, [values[0], "# Parameters\ndraws = 5000\n", *values[1:]])
    assert methods.altered_cells(tmp_path, folder).empty
    ran(tmp_path, [source.replace(*ALTERED["half"]) for source in sources])
    (row,) = methods.altered_cells(tmp_path, folder).itertuples(index=False)
    assert (row.notebook, row.change, row.lowers) == ("03_offset_sizing", "cell_unsaved", "03")
    assert row.what == "residual_t = sources['t_co2e'].sum() / 2"


def test_the_finding_has_the_tonnes_by_which_the_residual_differs(tmp_path):
    stated, release = (
        pd.DataFrame({"value": [t], "unit": "t", "digits": 0, "label_zh": "", "label_en": ""},
                     index=["residual_t"])
        for t in (989.0, 1309.0)
    )  # fmt: skip
    row = ("03_offset_sizing", "3", "cell_altered", "a = b / 2", "03")
    methods.tell(tmp_path, methods.altered_rows([row]), methods.beside(stated, release))
    (found,) = pd.read_csv(tmp_path / "findings" / "00.csv").itertuples()
    assert (found.rule, found.t_co2e) == ("method_altered", -320.0) and "320.0 t" in found.en


def test_edited_notebooks_run_only_when_they_are_named(folder, tmp_path, monkeypatch):
    """A run by the clock in a checkout never takes what somebody is editing there."""
    edit(folder, "03", *ALTERED["half"])
    monkeypatch.setattr(parameters, "notebooks_folder", lambda: folder)
    with pytest.raises(ValueError) as refused:
        run.run(CASE / "2025.yaml", tmp_path / "out")
    first, last = str(refused.value).splitlines()
    assert first.startswith("03_offset_sizing, cell 3 (03-05): cell altered: residual_t = ")
    assert f"--notebooks {os.path.relpath(folder)}" in last
    assert not (tmp_path / "out").exists()


def altered_bundle(folder, tmp_path, said):
    shutil.copytree(CASE, tmp_path / CASE.name)
    return run.run(tmp_path / CASE.name / "2025.yaml", tmp_path / "out", folder, said.append)


@pytest.mark.slow
def test_page_one_names_an_edit_that_contradicts_no_sum_beside_the_release(
    first_bundle, folder, tmp_path
):
    """A load lowered by a tenth: every sum holds, and page one says it."""
    edit(folder, "01", "load, gap_hours = meters.fill_gaps(metered)",
         "load, gap_hours = meters.fill_gaps(metered * 0.9)")  # fmt: skip
    edit(folder, "05", "**who,", "**dict(who),")
    said = []
    made = altered_bundle(folder, tmp_path, said)
    assert any(line.startswith("01_energy_baseline, cell 6 (01-09): cell altered") for line in said)
    assert not bundle.verify(made)
    release, used = (claims.read(b / "claims.csv") for b in (first_bundle, made))
    values = pd.read_csv(made / "tables" / "altered_values.csv").set_index("id")
    assert list(values.index) == list(methods.HEADLINES)
    for id in methods.HEADLINES:
        assert values.at[id, "value"] == used.value[id]
        assert values.at[id, "release"] == pytest.approx(release.value[id], rel=1e-12)
    assert used.value["residual_t"] < release.value["residual_t"] - 100
    assert used.status["residual_t"] == used.status["electricity_mwh"] == "ASSUMED"
    for lang, title in (("en", "Altered method."), ("zh", "方法有改动。")):
        page = (made / f"report.{lang}.html").read_text(encoding="utf-8")
        first = page[: page.index('id="certified"')]
        assert title in first and "01_energy_baseline" in first and "1,309" in first
    found = pd.read_csv(made / "findings" / "00.csv")
    assert found["rule"].tolist() == ["method_altered"] and "1,308.8 t" in found["en"][0]
    assert (made / "notebooks" / "05_annual_report_as_released.ipynb").exists()
    assert not (made / ".release").exists()


@pytest.mark.slow
def test_an_unedited_run_says_nothing(first_bundle):
    assert not (first_bundle / "tables" / "altered_cells.csv").exists()
    assert "Altered method" not in (first_bundle / "report.en.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_half_a_residual_is_refused_by_the_crosscheck(first_bundle, folder, tmp_path):
    edit(folder, "03", *ALTERED["half"])
    stage = shutil.copytree(first_bundle, tmp_path / "stage")
    given = {"case": "inputs", "out": "."}
    for name in ("03", "05"):
        (path,) = folder.glob(f"{name}*.ipynb")
        if name == "03":
            execution.execute(path, stage, given, tmp_path / "done.ipynb")
    before = (stage / "claims.csv").read_bytes()
    with pytest.raises(RuntimeError, match=r"residual_t is 654\.405\d*, but market_t is 1,308\.81"):
        execution.execute(path, stage, given, tmp_path / "done.ipynb")
    assert (stage / "claims.csv").read_bytes() == before
