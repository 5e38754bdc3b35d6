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
    "import in Chinese": ["import", "{case}", "{file}", "--lang", "zh"],
    "portfolio": ["portfolio", "{file}", "--year", "2025"],
    "baseline": [
        "baseline",
        "{file}",
        "--base-year",
        "2024",
        "--year",
        "2025",
        "--to",
        "{out}.csv",
    ],
    "green": ["green", "{file}", "--year", "2025", "--to", "{out}.parquet"],
    "run a list": ["run", "@{file}", "--outputs", "{out}"],
    "run a pattern": ["run", "{file}*", "--outputs", "{out}"],
}
# Commands that are given a folder, of which one file is broken.
INSIDE = {
    "verify": ("manifest.json", ["verify", "{folder}"]),
    "replay": ("manifest.json", ["replay", "{folder}", "--only", "03"]),
    "sign": ("manifest.json", [*COMMANDS["sign"][:1], "{folder}", *COMMANDS["sign"][2:]]),
    "compare": ("claims.csv", ["compare", "{folder}", "{folder}"]),
    "signers": ("manifest.json", ["verify", "{folder}", "--signers", "{file}"]),
    "portfolio": ("manifest.json", ["portfolio", "{folder}"]),
    "baseline": ("zarr.json", ["baseline", "{folder}", *COMMANDS["baseline"][2:]]),
    "green": ("zarr.json", ["green", "{folder}", *COMMANDS["green"][2:]]),
    "run a folder": ("2025.yaml", ["run", "{folder}", "--outputs", "{out}"]),
    "a mapping": ("import/file.yaml", ["import", "{folder}", "{readings}"]),
}
ENDINGS = {"check": [".yaml"], "run": [".yaml"], "parameters": [".yaml"], "factors": [""]}
TABLES = [".csv", ".xlsx", ".xls", ".ods", ".xml", ".gz"]
SEVERAL = {"import": TABLES, "import of credits": TABLES}


def timed(folder):
    """Return the folder of a case whose files' clock is known."""
    return toy.case(folder, 'reporting_year: 2025\ntimezone: "Asia/Shanghai"\n').parent


@pytest.mark.parametrize("name", COMMANDS)
def test_a_broken_file_is_a_sentence(name, tmp_path, capfd):
    case = timed(tmp_path / "case")
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


@pytest.mark.parametrize("name", INSIDE)
def test_a_broken_file_in_a_folder_is_a_sentence(name, tmp_path, capfd):
    readings = tmp_path / "file.csv"
    readings.write_text("时间,总表(kWh)\n2025-01-01 00:00,3\n", encoding="utf-8")
    inside, command = INSIDE[name]
    makers = (empty, words) if name == "run a folder" else (None, *BROKEN)  # a second each
    for number, make in enumerate(makers):
        path = tmp_path / f"folder{number}"
        timed(path) if name == "a mapping" else path.mkdir()
        (path / inside).parent.mkdir(exist_ok=True)
        if make:
            make(path / inside)
        places = {"folder": path, "file": path / inside, "out": tmp_path / "out"}
        code = cli.main([each.format(**places, readings=readings) for each in command])
        said = capfd.readouterr()
        told = f"{said.out}{said.err}"
        assert code == 1 and told.strip(), (make, code)
        assert "Traceback" not in told and "<class" not in told, told
        assert not told.startswith(("'utf", "Expecting", "not enough")), told
