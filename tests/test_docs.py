"""The documentation: built offline without a warning, complete, the same in both languages, and
its commands run as they stand.
"""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import prose
import pytest
from conftest import ROOT

from neutrality.case import schemas
from neutrality.reference import emission_factors
from neutrality.runner import parameters

DOCS = ROOT / "docs"
SPHINX = {"en": "en", "zh": "zh_CN"}  # as it calls the languages
WRITTEN = sorted(path.name for path in (DOCS / "en").glob("*.md"))
FENCE = re.compile(r"^```([\w{}-]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHARED = (
    "console",
    "yaml",
    "ini",
    "python",
    "bash",
    "{toctree}",
)  # blocks that no language translates
FETCHED = re.compile(r"""(?:<(?:script|img|iframe)[^>]*src|<link[^>]*href)="(https?:|//)[^"]*""")
# Pages with commands, in the order in which one leads to the other.
FOLLOWED = ("tutorial.md", "verification.md", "scheduling.md", "notebooks.md")


def blocks(lang, name):
    """Kind and text of each fenced block of a page."""
    return FENCE.findall((DOCS / lang / name).read_text(encoding="utf-8"))


@pytest.fixture(
    scope="module", params=[pytest.param(lang, marks=pytest.mark.slow) for lang in SPHINX]
)
def built(request, tmp_path_factory):
    """The pages of one language, built from a copy: warnings are errors."""
    pytest.importorskip("myst_parser", reason="extra docs not installed")
    home = tmp_path_factory.mktemp("docs")
    shutil.copytree(DOCS, home / "docs", ignore=shutil.ignore_patterns("made", "tutorial"))
    source, out = home / "docs" / request.param, home / "out"
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", home / "docs"]
    command += ["-D", f"language={SPHINX[request.param]}", source, out]
    path = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return request.param, out


def page(out, name):
    return (out / f"{name}.html").read_text(encoding="utf-8")


def test_pages_fetch_nothing_and_each_has_its_title(built):
    _, out = built
    pages = sorted(out.rglob("*.html"))
    assert len(pages) > len(WRITTEN) + len(schemas.SCHEMAS)
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert not FETCHED.search(text), path.name
        assert path.name == "search.html" or "<h1>" in text, path.name
        # Emphasis that ends in Chinese punctuation is none in Markdown.
        assert "**" not in text, path.name


def test_there_is_a_page_a_table_with_every_column(built):
    _, out = built
    for name, schema in schemas.SCHEMAS.items():
        text = page(out, f"made/tables/{name}")
        assert not [c.name for c in schema.columns if f">{c.name}</span>" not in text], name


def test_every_parameter_and_every_factor_is_listed(built):
    _, out = built
    listed = page(out, "made/parameters")
    known = parameters.signature(prose.ENGLISH)
    assert not [name for name in known if f">{name}</span>" not in listed]
    listed = page(out, "made/factors")
    assert not [id for id in emission_factors.factors().index if f">{id}</span>" not in listed]


def test_the_method_shows_every_equation_of_the_notebooks(built):
    lang, out = built
    folder = {"en": prose.ENGLISH, "zh": prose.CHINESE}[lang]
    for path in [folder / each.name for each in prose.english()]:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        shown = page(out, f"made/method/{path.stem}")
        assert shown.count("<math ") == len(re.findall(r"\$\$?[^$]+\$\$?", text)) > 0
        assert "$" not in re.sub(r"<script.*?</script>", "", shown, flags=re.DOTALL)


def test_both_languages_have_the_same_pages_and_blocks():
    assert sorted(path.name for path in (DOCS / "zh").glob("*.md")) == WRITTEN
    for name in WRITTEN:
        both = [[b for b in blocks(lang, name) if b[0] in SHARED] for lang in SPHINX]
        assert both[0] == both[1], name


def test_every_page_with_commands_is_followed():
    with_commands = {n for n in WRITTEN if any(kind == "console" for kind, _ in blocks("en", n))}
    assert with_commands == set(FOLLOWED)


def test_the_tutorials_files_are_those_of_its_script(tmp_path):
    script = DOCS / "tutorial" / "make_files.py"
    subprocess.run([sys.executable, script, tmp_path], check=True)
    made = sorted(tmp_path.iterdir())
    assert len(made) == 3
    for path in made:
        held = DOCS / "tutorial" / path.name
        if path.suffix == ".gz":  # the same text; what packs it differs between versions
            assert gzip.decompress(path.read_bytes()) == gzip.decompress(held.read_bytes())
        else:
            assert path.read_bytes() == held.read_bytes()


def command_path(folder):
    """A PATH on which neutrality is this package, and python this interpreter."""
    folder.mkdir()
    shim = folder / "neutrality"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m neutrality "$@"\n')
    shim.chmod(0o755)
    return os.pathsep.join(map(str, (folder, Path(sys.executable).parent, os.environ["PATH"])))


def filled(path, text):
    """Put the lines of a YAML block in the place of those with the same names."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for line in text.splitlines():
        (at,) = (n for n, old in enumerate(lines) if old.startswith(f"{line.split(':')[0]}:"))
        lines[at] = line
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.slow
def test_who_follows_the_pages_gets_a_report_and_may_verify_it(tmp_path):
    """Every command and every line to fill in, as they stand, from the tutorial's files."""
    home = tmp_path / "home"
    shutil.copytree(DOCS / "tutorial", home)
    path = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    env = os.environ | {"PYTHONPATH": path, "PATH": command_path(tmp_path / "bin"), "LANG": "C"}
    for name in FOLLOWED:
        for kind, text in blocks("en", name):
            if kind == "yaml" and name == "tutorial.md":
                filled(home / "params" / "my-site" / "2025.yaml", text)
            if kind == "console":
                script = "\n".join(line.removeprefix("$ ") for line in text.splitlines())
                done = subprocess.run(
                    ["sh", "-e", "-c", script],
                    cwd=home,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                )
                assert done.returncode == 0, f"{name}: {script}\n{done.stdout}\n{done.stderr}"
    claims = (home / "outputs/my-site/2025/claims.csv").read_text(encoding="utf-8")
    assert "residual_t" in claims and (home / "by-papermill/claims/01.csv").exists()
