"""What a notebook is given: no other site's tables by mistake, no parameter that an earlier
notebook did not have.
"""

import nbformat
import papermill
import pytest
import toy

from neutrality.runner import given

DECLARED = 'case: str = "../params/toy"  # tables\nout: str = "../outputs/lab"  # results\n'
RULE = 'grid_rule: str = "provincial"  # factor\n'
ASKED = 'from neutrality.runner import given\ncase, out = given.paths("{}", globals())'


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A repository in small, seen from its folder of notebooks."""
    toy.case(tmp_path / "params" / "toy"), toy.case(tmp_path / "params" / "other")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    return tmp_path


def asked(number, injected="", **values):
    """Ask as a notebook does whose parameters cell declares `values`, beside the two paths."""
    names = {"case": "../params/toy", "out": "../outputs/lab"} | values
    cell = "\n".join(f"{name}: str = {value!r}  # meaning" for name, value in names.items())
    if injected:
        exec(injected, names)
    history = ["", cell, *filter(None, [injected]), "%matplotlib inline", "given.paths(...)"]
    return given.paths(number, names | {"In": history})


def test_without_injected_parameters_the_notebooks_own_case_is_taken(home):
    case, out = asked("01", grid_rule="provincial")
    assert (case.as_posix(), out.as_posix()) == ("../params/toy", "../outputs/lab")
    assert (home / "outputs" / "lab" / "parameters" / "01.csv").read_text() == (
        'name,value\ncase,"""../params/toy"""\ngrid_rule,"""provincial"""\n'
    )


def test_injected_parameters_without_a_case_are_refused(home):
    with pytest.raises(ValueError, match="parameters were given, but no case.*of ../params/toy"):
        asked("01", "# Parameters\ngrid_rule = 'regional'\n", grid_rule="provincial")
    case, _ = asked("01", "# Parameters\ncase = '../params/other'\n", grid_rule="provincial")
    assert case.as_posix() == "../params/other"


def test_parameter_that_differs_is_named_with_both_values(home):
    asked("01", grid_rule="regional", draws=5)
    with pytest.raises(ValueError, match="grid_rule differs from the one 01 ran with: ") as refused:
        asked("02", grid_rule="provincial", draws=5)
    assert '"regional" there, "provincial" in 02' in str(refused.value)
    assert not (home / "outputs/lab/parameters/02.csv").exists()
    asked("02", grid_rule="regional", draws=5.0)  # the same number


def test_another_case_in_the_same_results_is_refused(home):
    asked("01")
    with pytest.raises(ValueError, match="case differs from the one 01 ran with"):
        asked("02", case="../params/other")


def test_a_notebook_that_ran_before_the_first_was_changed_is_found(home):
    asked("01", max_gap_share=0.02), asked("02", max_gap_share=0.02)
    asked("01", max_gap_share=0.1)  # the first again, with another value, and not the second
    with pytest.raises(ValueError, match="max_gap_share differs .* 01 .*0.1 there, 0.02 in 02"):
        asked("03")


def test_a_notebook_may_run_again_and_after_it_none_is_asked(home):
    asked("01", grid_rule="regional"), asked("02", grid_rule="regional")
    asked("01", grid_rule="provincial"), asked("02", grid_rule="provincial")


def test_case_that_is_no_folder_is_refused(home):
    with pytest.raises(ValueError, match="case is '../params/nowhere', and there is no such"):
        asked("01", case="../params/nowhere")


def test_paths_are_the_same_from_the_folder_around_the_notebooks(home, monkeypatch):
    monkeypatch.chdir(home)
    case, out = asked("01")
    assert (case / "energy.csv").is_file() and out.resolve() == home / "outputs" / "lab"


@pytest.mark.slow
@pytest.mark.parametrize("cwd", ["notebooks", None], ids=["in notebooks", "around them"])
def test_papermill_runs_the_case_of_the_yaml_and_refuses_one_without(home, monkeypatch, cwd):
    monkeypatch.chdir(home)
    path = toy.notebook(
        home / "notebooks" / "01_first.ipynb",
        ASKED.format("01"),
        "print(sorted(each.name for each in case.iterdir()), grid_rule)",
        parameters=DECLARED + RULE,
    )
    (home / "params" / "other" / "only_here.csv").touch()
    made = home / "made.ipynb"
    given_by_yaml = {"case": "../params/other", "grid_rule": "regional", "unknown": 1}
    common = {"cwd": cwd, "kernel_name": "python3", "progress_bar": False}
    papermill.execute_notebook(path, made, parameters=given_by_yaml, **common)
    (said,) = nbformat.read(made, 4).cells[-1].outputs
    assert "only_here.csv" in said.text and said.text.endswith("regional\n")
    del given_by_yaml["case"]
    with pytest.raises(papermill.PapermillExecutionError, match="parameters were given, but no"):
        papermill.execute_notebook(path, made, parameters=given_by_yaml, **common)
