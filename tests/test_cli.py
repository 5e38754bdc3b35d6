"""The command line says what is wrong in the reader's words, and ends with the code that a
script needs.
"""

import subprocess
import sys

import pytest
import toy

from neutrality import cli
from neutrality.runner import console
from neutrality.texts import messages


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
        "toy: 2025.yaml, line 2: no notebook has a parameter 'confidense'; "
        "did you mean 'confidence'?",
    ]


def test_every_message_begins_with_the_site_and_speaks_the_language_asked_for(home, capsys):
    toy.case(home / "params" / "toy", "confidence: 2\n")
    command = ["check", "params/toy/2025.yaml", "--notebooks", "."]
    assert cli.main([*command, "--lang", "zh"]) == 1
    zh = "toy: 2025.yaml 第 1 行：confidence 为 2；它应在 0.5 与 0.999 之间\n"
    assert capsys.readouterr().out == zh
    assert cli.main(["run", *command[1:], "--lang", "zh"]) == 1
    assert capsys.readouterr().err == zh


@pytest.mark.parametrize(
    ("locale", "lang"),
    [({"LANG": "zh_CN.UTF-8"}, "zh"), ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"), ({}, "en")],
)
def test_language_is_that_of_the_locale(locale, lang, monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in locale.items():
        monkeypatch.setenv(name, value)
    assert messages.language() == lang


def test_what_is_worth_a_look_stops_nothing(home, capsys, monkeypatch):
    monkeypatch.setattr("neutrality.runner.advice.advice", lambda *asked: ["its clock"])
    assert cli.main(["check", "params/toy/2025.yaml", "--notebooks", "."]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "toy: 2025.yaml: no problem found; the report can be made",
        "toy: worth a look: its clock",
    ]


def test_factors_are_found_by_a_word_of_either_language(capsys):
    for word in ("beijing", "北京"):
        assert cli.main(["factors", word]) == 0
        assert "grid_cn_beijing_2023" in capsys.readouterr().out
    assert cli.main(["factors", "no such word"]) == 1
    assert "no factor has 'no such word'" in capsys.readouterr().err


def test_parameters_say_value_origin_range_and_meaning(home, capsys):
    toy.case(home / "params" / "toy", "reporting_year: 2025\nconfidence: 2\n")
    assert cli.main(["parameters", "params/toy/2025.yaml", "--notebooks", "."]) == 0
    said = capsys.readouterr().out
    meaning = "[2000..2100] calendar year the report is about"
    assert f"reporting_year: 2025  (2025.yaml, line 1)\n    {meaning}\n" in said
    assert "confidence: 0.95  (2025.yaml, line 2: refused, so by default)\n" in said
    assert "grid_rule: provincial  (by default)\n    {provincial, regional, national} " in said
    assert cli.main(["parameters", "params/toy/2026.yaml", "--notebooks", "."]) == 1
    assert capsys.readouterr().err.startswith("2026.yaml: no such file in toy")


def test_new_asks_at_a_terminal_what_no_flag_gives(home, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    questions = []

    def answered(question):
        questions.append(question.partition(" (")[0])
        if len(questions) == 2:
            raise EOFError
        return "  Asia/Shanghai "

    monkeypatch.setattr("builtins.input", answered)
    parameters = "\n".join([toy.PARAMETERS, toy.RULES])
    toy.notebook(home / "01_first.ipynb", parameters=parameters)
    assert cli.main(["new", "a", "--notebooks", ".", "--province", "Shanghai"]) == 0
    assert questions == ["scheme", "timezone"]  # the province was given
    text = (home / "params/a/2025.yaml").read_text(encoding="utf-8")
    assert 'province: "Shanghai"\n' in text and 'scheme: "Asia/Shanghai"\n' in text
    assert 'timezone: "?"\n' in text  # passed over


def test_help_of_each_command_has_an_example(capsys):
    for command in ("check", "run", "new", "factors", "parameters", "portfolio"):
        with pytest.raises(SystemExit) as ended:
            cli.main([command, "--help"])
        assert ended.value.code == 0 and f"example:\n  neutrality {command} " in (
            capsys.readouterr().out
        )


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_knows_commands_and_flags(shell, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--print-completion", shell])
    said = capsys.readouterr().out
    assert ended.value.code == 0 and all(
        word in said for word in ("check", "parameters", "factors", "lang")
    )


def test_no_color_is_respected(monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert console.emphasised("north") == "\033[1mnorth\033[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert console.emphasised("north") == "north"


@pytest.mark.slow
def test_run_shows_progress_and_ends_by_naming_the_reports(home, capsys):
    assert cli.main(["run", "params/toy/2025.yaml", "--notebooks", ".", "--zip"]) == 0
    first, *named = capsys.readouterr().out.splitlines()
    assert first.startswith("1/1  01_first") and first.endswith(" s")
    assert named == ["outputs/toy/2025/report.zh.html", "outputs/toy/2025.zip"]


def test_refused_run_ends_with_1_and_no_traceback(home, capsys):
    assert cli.main(["run", "params/toy/2026.yaml", "--notebooks", "."]) == 1
    said = capsys.readouterr()
    assert said.err == "toy: 2026.yaml: no such file in toy; neutrality new makes one\n"
    assert not said.out
    assert not (home / "outputs").exists()


def test_ctrl_c_ends_with_130(home, capsys, monkeypatch):
    def stopped(*given, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr("neutrality.runner.run.run", stopped)
    assert cli.main(["run", "params/toy/2025.yaml"]) == cli.STOPPED
    assert capsys.readouterr().err == "stopped; the last report is untouched\n"


def test_new_tells_the_next_step(home, capsys):
    assert cli.main(["new", "shanghai-campus", "--notebooks", ".", "--year", "2027"]) == 0
    assert capsys.readouterr().out.endswith("neutrality check params/shanghai-campus/2027.yaml\n")
    assert cli.main(["new", "shanghai-campus", "--notebooks", "."]) == 1
    assert "shanghai-campus exists" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["replay"], ["check"], ["run", "a", "--jobs", "0"]])
def test_command_that_is_not_understood_ends_with_2(command, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(command)
    assert ended.value.code == 2


def test_a_command_waits_for_its_own_room_alone():
    """The rooms are listed by the commands they add; all of them stand in the help."""

    def added(parser) -> set[str]:
        return set(parser._subparsers._group_actions[0].choices)

    for commands in cli.ROOMS.values():
        assert added(cli.parser(commands[0])) == set(commands)
    assert added(cli.parser()) == {each for commands in cli.ROOMS.values() for each in commands}
    script = (
        "import sys; from neutrality import cli; cli.parser('verify');"
        "print({'xarray', 'openpyxl'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr
