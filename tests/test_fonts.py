"""Figures and pages are drawn with the bundled fonts alone: what the machine or the user's folders
hold moves no byte of them, and matplotlib reports nothing on stderr.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest
from fontTools.ttLib import TTFont
from matplotlib import font_manager

from neutrality.texts import drawing, fonts

IN_MATPLOTLIB = Path(mpl.get_data_path(), "fonts", "ttf")
# The list of fonts is made at once, and the report of a slow one comes at once too.
DRAW = """
import threading
timer = threading.Timer
threading.Timer = lambda seconds, report: timer(0, report)

import hashlib, sys, time
from pathlib import Path
from neutrality.report import pages
from neutrality.texts import drawing

def draw(heights, lang, case):
    figure, axes = drawing.axes()
    axes.bar(["直骨", "per year"], heights)
    axes.set_yscale("log")
    axes.set_title("直骨暖 2,785 $x^2$", fontweight="bold")
    axes.set_xlabel("semibold 角", fontweight="semibold")
    axes.set_ylabel("serif, oblique", family="serif", style="oblique")
    return axes

out = Path(sys.argv[1])
drawing.use_style()
drawing.save(out, "drawn", draw, [1e-3, 2])
for lang in ("zh", "en"):
    text = "---\\ntitle: 直骨\\nsubtitle: s\\n---\\n\\n# 直骨\\n\\nWords, **bold 直骨**, `code`.\\n"
    sources = pages.sources(text, out, lang)
    for form, make in {"pdf": pages.pdf, "html": pages.html, "docx": pages.docx}.items():
        (out / f"{lang}.{form}").write_bytes(make(sources[form], out, lang))
for file in sorted(out.rglob("*.*")):
    print(file.name, hashlib.sha256(file.read_bytes()).hexdigest())
"""


def listed(folder, *entries):
    """Write the list of fonts that matplotlib would keep in its folder: (name, weight, file)."""
    rows = [
        {
            **{"fname": str(file), "index": 0, "name": name, "style": "normal"},
            **{"variant": "normal", "weight": weight, "stretch": "normal", "size": "scalable"},
            "__class__": "FontEntry",
        }
        for name, weight, file in entries
    ]
    version = font_manager.FontManager.__version__
    kept = {"_version": version, "_FontManager__default_weight": "normal", "default_size": None}
    kept |= {"defaultFamily": {"ttf": "DejaVu Sans", "afm": "Helvetica"}, "afmlist": []}
    kept |= {"ttflist": rows, "__class__": "FontManager"}
    (folder / f"fontlist-v{version}.json").write_text(json.dumps(kept), encoding="utf-8")


def empty(home):
    """Neither a list of fonts nor anything else."""


def old(home):
    """A list of before there was a bold file, and of a file that is no more."""
    listed(
        home,
        (fonts.BOLD_FAMILY, 400, fonts.regular()),
        (fonts.FAMILY, 400, home / "removed.ttf"),
        ("DejaVu Sans", 400, IN_MATPLOTLIB / "DejaVuSans.ttf"),
    )


def poisoned(home):
    """A list with other files under our families' names, and a matplotlibrc of the user's own."""
    families = (fonts.FAMILY, fonts.BOLD_FAMILY, "DejaVu Sans", "DejaVu Serif")
    wrong = IN_MATPLOTLIB / "STIXGeneral.ttf"
    listed(home, *((name, weight, wrong) for name in families for weight in (400, 700)))
    (home / "matplotlibrc").write_text("font.size: 30\nlines.linewidth: 9\n", encoding="utf-8")


def installed(home):
    """Fonts of the machine under our families' names."""
    for number, family in enumerate((fonts.FAMILY, fonts.BOLD_FAMILY, "Libertinus Serif")):
        for folder in (home / ".fonts", home / ".local" / "share" / "fonts"):
            folder.mkdir(parents=True, exist_ok=True)
            with TTFont(IN_MATPLOTLIB / "STIXGeneral.ttf") as font:
                for record in [each for each in font["name"].names if each.nameID in (1, 4, 16)]:
                    font["name"].setName(family, record.nameID, *key(record))
                font.save(folder / f"{number}.ttf")


def key(record):
    return record.platformID, record.platEncID, record.langID


def drawn(home, folder):
    """Return the hashes of what a new process draws whose user has the folder `home`."""
    folder.mkdir()
    user = {"HOME": str(home), "MPLCONFIGDIR": str(home), "MPLBACKEND": "agg"}
    user |= {"XDG_DATA_HOME": str(home / ".local" / "share"), "XDG_CACHE_HOME": str(home)}
    source = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", DRAW, str(folder)],
        env=os.environ | user | {"PYTHONPATH": source},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    (folder / "home").mkdir()
    made = drawn(folder / "home", folder / "out")
    assert len(made) == 2 * len(("svg", "pdf", "html", "docx"))
    return made


@pytest.mark.slow
@pytest.mark.parametrize("prepare", [old, poisoned, installed])
def test_neither_the_users_folders_nor_the_machines_fonts_move_a_byte(plain, prepare, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    prepare(home)
    assert drawn(home, tmp_path / "out") == plain


@pytest.mark.slow
def test_a_home_that_cannot_be_written_is_reported_by_nobody(plain, tmp_path):
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    assert drawn(file / "home", tmp_path / "out") == plain


def test_every_weight_of_our_families_has_a_file_and_bold_is_another_one():
    drawing.use_style()
    for family in mpl.rcParams["font.family"]:
        files = {
            weight: font_manager.findfont(font_manager.FontProperties(family=family, weight=weight))
            for weight in range(100, 1000, 100)
        }
        assert len({files[weight] for weight in (100, 400, 500)}) == 1
        assert len({files[weight] for weight in (400, 600, 700, 900)}) == 2


def test_matplotlib_knows_files_of_packages_only():
    drawing.use_style()
    known = {Path(each.fname) for each in font_manager.fontManager.ttflist}
    assert {file.parent for file in known} == {
        IN_MATPLOTLIB,
        fonts.regular().parent,
        fonts.bold().parent,
    }
    assert all(file.is_file() for file in known) and not font_manager.fontManager.afmlist


def test_the_bold_file_has_every_chinese_glyph_of_the_regular_one():
    with (
        TTFont(fonts.regular(), fontNumber=fonts.FACE, lazy=True) as regular,
        TTFont(fonts.bold(), lazy=True) as bold,
    ):
        assert regular["name"].getDebugName(1) == fonts.FAMILY
        assert bold["name"].getDebugName(1) == fonts.BOLD_FAMILY
        assert set(regular.getBestCmap()) == set(bold.getBestCmap())
        features = bold["GSUB"].table
        (chinese,) = (
            each.LangSys
            for script in features.ScriptList.ScriptRecord
            if script.ScriptTag == "hani"
            for each in script.Script.LangSysRecord
            if each.LangSysTag == "ZHS "
        )
        assert "locl" in {
            features.FeatureList.FeatureRecord[index].FeatureTag for index in chinese.FeatureIndex
        }
