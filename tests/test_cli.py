"""The command line says what is wrong in the reader's words, and ends with the code that a
script needs.
"""

import pytest
import toy

from neutrality import cli


@pytest.fixture
def home(tmp_path, monkeypatch):
    toy.case(tmp_path / "params" / "toy")
    toy.notebook(tmp_path / "01_first.ipynb", 'open(f"{out}/report.zh.html", "w").write("ok")')
    monkeypatch.chdir(tmp_path)
    toy.as_released(monkeypatch)
    return tmp_path


def test_check_says_in_one_line_that_all_is_well(home, capsys):
    assert cli.main(["check", "params/toy/2025.yaml", "--notebooks", "."]) == 0
    assert capsys.readouterr().out.count("\n") == 1


def test_check_lists_every_problem_and_ends_with_1(home, capsys):
    toy.case(home / "params" / "toy", "confidence: 2\nconfidense: 1\n")
    assert cli.main(["check", "params/toy/2025.yaml", "--notebooks", "."]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "toy: 2025.yaml, line 1: confidence is 2; it lies between 0.5 and 0.999",
        "toy: 2025.yaml, line 2: no notebook has a parameter 'confidense'; did you mean 'confidence'?",
    ]


@pytest.mark.slow
def test_run_shows_progress_and_ends_by_naming_the_reports(home, capsys):
    assert cli.main(["run", "params/toy/2025.yaml", "--notebooks", "."]) == 0
    first, *named = capsys.readouterr().out.splitlines()
    assert first.startswith("1/1  01_first") and first.endswith(" s")
    assert named == ["outputs/toy/2025/report.zh.html"]


def test_refused_run_ends_with_1_and_no_traceback(home, capsys):
    assert cli.main(["run", "params/toy/2026.yaml", "--notebooks", "."]) == 1
    said = capsys.readouterr()
    assert said.err == "toy: 2026.yaml: no such file in toy; neutrality new makes one\n"
    assert not said.out
    assert not (home / "outputs").exists()


def test_ctrl_c_ends_with_130(home, capsys, monkeypatch):
    def stopped(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("neutrality.runner.run.run", stopped)
    assert cli.main(["run", "params/toy/2025.yaml"]) == cli.STOPPED
    assert capsys.readouterr().err == "stopped; the last report is untouched\n"


def test_new_tells_the_next_step(home, capsys):
    assert cli.main(["new", "shanghai-campus", "--notebooks", ".", "--year", "2027"]) == 0
    assert capsys.readouterr().out.endswith("neutrality check params/shanghai-campus/2027.yaml\n")
    assert cli.main(["new", "shanghai-campus", "--notebooks", "."]) == 1
    assert "shanghai-campus exists" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["replay"], ["check"], ["run", "a", "b"]])
def test_command_that_is_not_understood_ends_with_2(command, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(command)
    assert ended.value.code == 2
