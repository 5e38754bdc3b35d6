"""The texts keep to the words of the glossary."""

import re
from functools import cache

import pandas as pd
import pytest

from neutrality import sheets
from neutrality.texts import labels

GLOSSARY = sheets.packaged("texts/glossary.csv")
# Tables whose texts a reader sees; sources.csv and announcements quote others' words.
TABLES = (
    "labels",
    "findings",
    "claims",
    "criteria",
    "reasons",
    "arithmetic",
    "units",
    "disclosures",
    "portfolio",
)
# Not words of a text: what is asked for, conditions, anchors and classes.
MARKUP = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{[#.].*?\}|<!--.*?-->")


def words(column):
    """Each word that one column of the glossary rules out, with the term to use."""
    rows = zip(GLOSSARY[column], GLOSSARY[column.removeprefix("not_")], strict=True)
    return {word: term for listed, term in rows for word in listed.split(";") if word}


@cache
def patterns(lang):
    """What matches a term of the glossary, and what a word that it rules out."""
    terms = sorted(GLOSSARY[lang], key=len, reverse=True)
    edge = r"\b" if lang == "en" else ""
    return [
        re.compile(f"{edge}(?:{'|'.join(map(re.escape, each))}){edge}", re.IGNORECASE)
        for each in (terms, words(f"not_{lang}"))
    ]


def ruled_out(text, lang):
    """The first word of a text that the glossary rules out, or None; its terms are no faults."""
    term, wrong = patterns(lang)
    found = wrong.search(term.sub(" ", text))
    return found[0].lower() if found else None


def lines(folder=labels.TEXTS):
    """Each text that a reader sees: file, line, language, text."""
    for lang in labels.LANGUAGES:
        path = folder / f"report.{lang}.md"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield path.name, number, lang, MARKUP.sub(" ", line)
    for name in TABLES:
        rows = pd.read_csv(folder / f"{name}.csv", dtype="str", keep_default_na=False)
        for column in rows:
            lang = column.rpartition("_")[2]
            if lang in labels.LANGUAGES:
                for number, text in enumerate(rows[column], 2):
                    yield f"{name}.csv", number, lang, text


def faults(folder=labels.TEXTS):
    found = ((*place, lang, ruled_out(text, lang)) for *place, lang, text in lines(folder))
    return [
        f"{file}, line {number}: '{word}'; the glossary says '{words(f'not_{lang}')[word]}'"
        for file, number, lang, word in found
        if word
    ]


def test_the_texts_hold_no_word_that_the_glossary_rules_out():
    assert faults() == []


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            "report.zh.md",
            "无节能情景是模型结果",
            "反事实是模型结果",
            "'反事实'; the glossary says '无节能情景'",
        ),
        (
            "report.en.md",
            "The waterfall of ",
            "The bridge chart of ",
            "'bridge chart'; the glossary says 'waterfall'",
        ),
        (
            "labels.csv",
            "RECALLED,未查得文件出处",
            "RECALLED,凭记忆",
            "'凭记忆'; the glossary says '未查得文件出处'",
        ),
        (
            "claims.csv",
            "electricity without savings",
            "counterfactual electricity",
            "'counterfactual'",
        ),
        ("findings.csv", "当年气象", "当年天气", "'天气'; the glossary says '气象'"),
    ],
)
def test_a_word_that_is_ruled_out_is_named_with_file_and_line(tmp_path, name, old, new, said):
    for path in [*labels.TEXTS.glob("*.csv"), *labels.TEXTS.glob("report.*.md")]:
        text = path.read_text(encoding="utf-8")
        if path.name == name:
            assert old in text
            line = text[: text.index(old)].count("\n") + 1
            text = text.replace(old, new, 1)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    (fault,) = faults(tmp_path)
    assert fault.startswith(f"{name}, line {line}: ") and said in fault


def test_each_term_is_explained_once_in_both_languages_and_used():
    told = ["zh", "en", "meaning_zh", "meaning_en"]
    assert (GLOSSARY[told] != "").all(axis=None)
    assert GLOSSARY["zh"].is_unique and GLOSSARY["en"].is_unique
    read = {
        lang: "\n".join(text for *_, of, text in lines() if of == lang) for lang in ("zh", "en")
    }
    unused = [
        term
        for lang in labels.LANGUAGES
        for term in GLOSSARY[lang]
        if term.lower() not in read[lang].lower()
    ]
    assert unused == []


def test_no_word_is_both_a_term_and_ruled_out():
    for lang in labels.LANGUAGES:
        assert not {term.lower() for term in GLOSSARY[lang]} & set(words(f"not_{lang}"))
