"""The notebooks in Chinese: the same method, with prose kept in step with the English."""

import copy
import re
from collections import Counter

import prose
import pytest
from test_glossary import ruled_out
from test_notebooks import KB

from neutrality.report import methods
from neutrality.runner import parameters

# Words inside an equation are translated, symbols are not.
WORDS = re.compile(r"\\text\{[^}]*\}")
MATHS = re.compile(r"\$\$.+?\$\$|\$[^$]+\$", re.DOTALL)
CODE = re.compile(r"`[^`]+`")
NOTEBOOKS = prose.english()
FIRST = NOTEBOOKS[2]


def pairs(path):
    """Id, English and Chinese text of each cell with prose."""
    known = prose.translations(prose.CHINESE / f"{path.stem}.md")
    for cell in prose.read(path)["cells"]:
        if cell["cell_type"] == "markdown":
            yield cell["id"], "".join(cell["source"]), known[cell["id"]][1]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_cell_is_translated_from_the_english_text_that_stands(path):
    known = prose.translations(prose.CHINESE / f"{path.stem}.md")
    assert prose.stale(prose.read(path), known, path.stem) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_the_chinese_notebook_is_the_english_one_with_that_prose(path):
    stored = (prose.CHINESE / path.name).read_text(encoding="utf-8")
    assert stored == prose.chinese(path), "run `python tests/prose.py`"
    assert len(stored.encode()) < KB * 1000


def test_the_method_of_the_chinese_notebooks_is_that_of_the_release():
    assert methods.altered(parameters.notebooks(prose.CHINESE)).empty


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_translation_keeps_equations_names_and_level_of_heading(path):
    for id, english, chinese in pairs(path):
        for kept in (MATHS, CODE):
            texts = [kept.findall(WORDS.sub("", text)) for text in (english, chinese)]
            assert Counter(texts[0]) == Counter(texts[1]), id
        levels = [re.findall(r"^#+ ", text, re.MULTILINE) for text in (english, chinese)]
        assert levels[0] == levels[1], id


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_translation_keeps_to_the_glossary(path):
    wrong = {id: ruled_out(text, "zh") for id, _, text in pairs(path)}
    assert not {id: word for id, word in wrong.items() if word}


def test_an_edited_cell_asks_for_its_translation():
    notebook = prose.read(FIRST)
    known = prose.translations(prose.CHINESE / f"{FIRST.stem}.md")
    edited = copy.deepcopy(notebook)
    (cell,) = (each for each in edited["cells"] if each["id"] == "03-04")
    cell["source"] = [*cell["source"], "\nOne sentence more."]
    (said,) = prose.stale(edited, known, FIRST.stem)
    assert "renew the translation of cell 03-04" in said and prose.digest(cell["source"]) in said
    del known["03-06"]
    assert "03-06" in prose.stale(notebook, known, FIRST.stem)[0]
    known["03-99"] = ("", "text")
    assert prose.stale(notebook, known, FIRST.stem)[1].endswith(
        "no cell 03-99 has prose; remove it"
    )


def test_a_cell_translated_twice_is_refused(tmp_path):
    (tmp_path / "01.md").write_text("<!-- a 1 -->\nx\n\n<!-- a 2 -->\ny\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"01\.md: a is translated twice"):
        prose.translations(tmp_path / "01.md")
