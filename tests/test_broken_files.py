"""Every command is driven with files that are missing, empty, cut, of another kind or full of
noise: it ends with 1 and a sentence, never with a traceback.
"""

import itertools
import random
import zipfile

import pytest
import toy

from neutrality import cli

NOISE = random.Random(3).randbytes(4_000)


def empty(path):
    path.write_bytes(b"")


def noise(path):
    path.write_bytes(NOISE)


def nulls(path):
    path.write_bytes(b"\0" * 5_000)


def cut_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook>" * 90)
    path.write_bytes(path.read_bytes()[:60])


def other_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", '{"files": 3}')
        archive.writestr("claims.csv", "id\n1\n")


def folder(path):
    path.mkdir()


def link_to_nothing(path):
    path.symlink_to(path.with_name("nothing"))


def words(path):
    path.write_text("a: [b\n\tc: }\n'", encoding="utf-8")


def half_a_letter(path):
    path.write_bytes("日期,电量\n2025-01-01,1".encode("utf-16")[:-1])


BROKEN = (empty, noise, nulls, cut_zip, other_zip, folder, link_to_nothing, words, half_a_letter)
COMMANDS = {
    "check": ["check", "{file}"],
    "run": ["run", "{file}", "--outputs", "{out}"],
    "import": ["import", "{case}", "{file}"],
    "import of credits": ["import", "{case}", "{file}", "--year", "2025"],
    "import into no case": ["import", "{file}", "{file}"],
    "verify": ["verify", "{file}"],
    "replay": ["replay", "{file}"],
    "sign": ["sign", "{file}", "--key", "{file}", "--role", "analyst", "--principal", "a@b"],
    "compare": ["compare", "{file}", "{file}"],
    "parameters": ["parameters", "{file}"],
    "factors": ["factors", "no such factor"],
}
ENDINGS = {"check": [".yaml"], "run": [".yaml"], "parameters": [".yaml"], "factors": [""]}
TABLES = [".csv", ".xlsx", ".xls", ".ods", ".xml", ".gz"]
SEVERAL = {"import": TABLES, "import of credits": TABLES}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_broken_file_is_a_sentence(name, tmp_path, capfd):
    case = toy.case(tmp_path / "case").parent
    endings = ENDINGS.get(name) or SEVERAL.get(name) or ["", ".zip"]
    for number, (make, ending) in enumerate(itertools.product((None, *BROKEN), endings)):
        path = tmp_path / f"file{number}{ending}"
        if make:
            make(path)
        places = {"file": path, "case": case, "out": tmp_path / "out"}
        code = cli.main([each.format(**places) for each in COMMANDS[name]])
        said = capfd.readouterr()
        told = f"{said.out}{said.err}"
        wanted = 0 if name == "parameters" and make is empty else 1  # an empty YAML gives defaults
        assert code == wanted and told.strip(), (make, ending, code)
        assert "Traceback" not in told and "<class" not in told, told
