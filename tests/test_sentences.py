"""The announcement, sentence by sentence: its own words, a verdict or a reason for each part, and
no word in the report that claims more than its figures.
"""

import csv
import re
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
from test_report import META, make_bundle

from neutrality import claims, register
from neutrality.case import tables
from neutrality.claims import Claim
from neutrality.reference import emission_factors, published
from neutrality.report import answers, audit, exhibits, pages, report, sentences, templates
from neutrality.texts import labels

CASE = Path(__file__).parent.parent / "params" / "china-mobile-hq"
BLOCKS = pd.DataFrame(
    {
        "province": ["Inner Mongolia", "Gansu", "Gansu", "Qinghai", "Hebei"],
        "kwh": [2308000.0, 802000.0, 1000000.0, 553000.0, 351000.0],
    }
)
STATED = {
    "residual_t": 1308.8,
    "location_t": 4093.6,
    "credits_retired": 1309,
    "credits_needed": 1309,
    "gap_hours": 9,
    "savings_mwh": (503.4, -456.8, 1463.5, 0.9),
    "electricity_market_t": 412.0,
    "green_share": 87.1,
    "matched_hourly_share": 73.8,
    "electricity_mwh": 5755.8,
    "matched_mwh": 5014.0,
}


def emitted():
    """Commuting and heat of the first case, as 02 emits them."""
    rows = tables.read(CASE, "activities").query("source in ('commuting', 'district_heat')")
    factors = emission_factors.factors(tables.read(CASE, "factors"))["value"]
    per = rows["factor_id"].map(factors)
    by_source = rows["source"].map({"commuting": 1000, "district_heat": 1}).astype(float)
    return rows.assign(year=rows["month"].astype(str).str[:4].astype(int)).assign(
        t_co2e=rows["amount"] * per / by_source
    )


def stated(tmp_path, **changed):
    """Claims with the names, units and digits of the register."""
    made = []
    for id, given in (STATED | changed).items():
        entry, value = register.find(id), given if isinstance(given, tuple) else (given,)
        years = {"base": 2023}.get(entry.year, 2025)
        about = {"digits": entry.digits, "year": years, "label_zh": id, "label_en": id}
        made.append(Claim(id, value[0], entry.unit, *value[1:], **about))
    claims.write(made, tmp_path / "claims.csv")
    return claims.read(tmp_path / "claims.csv")


def audited(tmp_path, illustrative=True, announcement=None, **changed):
    said = tables.read(CASE, "announcement") if announcement is None else announcement
    known = stated(tmp_path)
    made = answers.of_sentences(known, said, emitted(), BLOCKS, (2025, 2023))
    known = stated(tmp_path, **(made | changed))
    figures = audit.audit(tables.read(CASE, "announced"), known, published.coefficients())
    elsewhere = {lang: answers.elsewhere(BLOCKS, said, lang) for lang in labels.LANGUAGES}
    return sentences.audited(
        said, figures, known, published.coefficients(), illustrative, {"elsewhere": elsewhere}
    ).replace("\u00a0", " ", regex=True)


def test_every_sentence_of_the_announcement_has_a_row_in_its_own_words(tmp_path):
    with (CASE / "announcement.csv").open(encoding="utf-8", newline="") as file:
        kept = list(csv.DictReader(file))
    rows = audited(tmp_path)
    for lang in labels.LANGUAGES:
        above = labels.label("as_above", lang)
        shown = rows.loc[rows[f"words_{lang}"] != above, f"words_{lang}"].tolist()
        assert shown == [part[f"text_{lang}"] for part in kept]
    assert rows["sentence"].unique().tolist() == list(range(1, int(kept[-1]["sentence"]) + 1))
    assert set(rows["verdict"]) <= {
        *("holds", "fails", "not decidable", "by construction"),
        sentences.NO_VERDICT,
    }
    assert (rows[["asserted_zh", "asserted_en", "reason_zh", "reason_en"]] != "").all(axis=None)
    answered = rows.loc[rows["assertion"].isin(sentences.reasons()), "reason_en"]
    assert len(answered) and not answered.str.contains(r"[{}]|missing: ").any()


def test_the_first_case_gets_exactly_these_verdicts_on_its_sentences(tmp_path):
    rows = audited(tmp_path).set_index("assertion")
    figures = set(tables.read(CASE, "announced")["id"])
    assert rows.loc[~rows.index.isin(figures), "verdict"].to_dict() == {
        "certificate": "not decidable",
        "first_in_industry": "not decidable",
        "zero_carbon": "fails",
        "group_plan": "no verdict",
        "net_zero": "by construction",
        "monitoring": "not decidable",
        "ai_electricity": "not decidable",
        "ai_heat": "not decidable",
        "equipment_upgrade": "not decidable",
        "green_commuting": "by construction",
        "habits": "no verdict",
        "supply_elsewhere": "by construction",
        "light_up": "not decidable",
        "unavoidable": "not decidable",
        "verification": "not decidable",
        "six_green": "no verdict",
    }
    said = rows["reason_en"]
    assert "412.0 tCO₂e" in said["unavoidable"] and "742 certificates" in said["unavoidable"]
    assert "788.8 tCO₂e in 2023, 714.2 tCO₂e in 2025" in said["green_commuting"]
    assert "4,110 MWh, others 904 MWh (Hebei, Qinghai)" in said["supply_elsewhere"]
    assert "河北、青海" in rows.at["supply_elsewhere", "reason_zh"]
    assert "87.1 %" in said["light_up"] and "73.8 %" in said["light_up"]
    assert "−457 to 1,464" in said["ai_electricity"] and "8,397 GJ in 2023" in said["ai_heat"]


def test_data_of_a_real_case_decide(tmp_path):
    real = audited(tmp_path, illustrative=False).set_index("assertion")["verdict"]
    assert real["unavoidable"] == real["light_up"] == "fails"
    assert real["net_zero"] == real["green_commuting"] == real["supply_elsewhere"] == "holds"
    better = {"more_certificates": 0, "savings_mwh": (500.0, 1.0, 999.0, 0.9), "residual_t": 0.0}
    real = audited(tmp_path, False, **better, matched_hourly_share=100.0)
    real = real.set_index("assertion")["verdict"]
    assert real["unavoidable"] == real["ai_electricity"] == real["zero_carbon"] == "holds"
    assert real["light_up"] == "holds"
    assert audited(tmp_path, credits_retired=1308).set_index("assertion").at[
        "net_zero", "verdict"
    ] == ("not decidable")


def test_a_case_without_an_announcement_states_nothing_of_it(tmp_path):
    none = tables.empty("announcement")
    assert answers.of_sentences(stated(tmp_path), none, emitted(), BLOCKS, (2025, 2023)) == {}
    assert audited(tmp_path, announcement=none).empty


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("unavoidabel", "row 5, column asserts: found 'unavoidabel'.*did you mean 'unavoidable'"),
        ("", "row 5, column asserts: nothing is named"),
        ("made_up", "found 'made_up', which is no statement"),
    ],
)
def test_a_part_that_asserts_nothing_known_is_refused(cell, said):
    announcement = tables.valid_rows(CASE, "announcement")
    announcement.loc[5, "asserts"] = cell
    with pytest.raises(ValueError, match=said):
        sentences.refuse(announcement, tables.valid_rows(CASE, "announced"))


def test_a_figure_that_stands_in_no_sentence_is_refused():
    announcement = tables.valid_rows(CASE, "announcement").query("asserts != 'coal'")
    with pytest.raises(ValueError, match="announced.csv, row 3, column id: found 'coal'"):
        sentences.refuse(announcement, tables.valid_rows(CASE, "announced"))


@pytest.mark.slow
@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_quotations_in_the_report_are_the_announcements_text_byte_by_byte(tmp_path, lang):
    folder = make_bundle(tmp_path)
    tables.write(audited(tmp_path / "claims"), folder / "tables" / "sentences.csv")
    sources = pages.sources(report.render(folder, lang, META), folder, lang, formats=["html"])
    page = pages.html(sources["html"], folder, lang).decode()
    table = page.partition('id="table-sentences"')[2].partition("</table>")[0]
    table = table.replace("<sup>2</sup>", "²")  # raised as a mark: the Chinese font lacks the glyph
    found = re.findall("(?s)<td.*?</td>", table)
    cells = [unescape(re.sub("<[^>]+>", "", each)) for each in found]
    wanted = tables.read(CASE, "announcement")[f"text_{lang}"].str.encode("utf-8")
    shown = {re.sub(r"\s+", " ", each).encode("utf-8") for each in cells}
    assert not set(wanted) - shown


def test_no_assertion_of_the_package_is_without_words_or_a_known_claim():
    for id, row in sentences.reasons().items():
        assert row["zh"] and row["en"]
        places = {tuple(audit.places(row[lang])) for lang in labels.LANGUAGES}
        named = {each for lang in places for each in lang} - {"elsewhere"}
        if row["claim"]:
            named |= {row["claim"].partition(".")[0]}
        assert all(register.holds(each) for each in named), id
        assert row["met"] in ("", "holds", "not decidable")
        assert row["unmet"] in ("", "fails", "not decidable")
        assert exhibits.escaped(row["en"])


# What the report's own words may not claim


LIES = {
    "en": (
        "The report covers all sites.",
        "This is the first building of its kind.",
        "The claim was fully verified.",
        "It runs on 100 % green power.",
        "Every kilowatt-hour was green.",
        "It is the only neutral headquarters.",
        "The saving is proven.",
        'It says that emissions were "entirely avoided".',
        'The residual is called "still avoidable".',
    ),
    "zh": (
        "全部用电均为绿电。",
        "这是行业首家。",
        "100% 使用绿电。",
        "公告称排放“可以避免”。",
        "所有数字均经核实。",
        "已完全实现零碳。",
        "这是业内唯一的零碳总部。",
        "率先实现碳中和。",
    ),
}


@pytest.mark.parametrize(("lang", "lie"), [(lang, lie) for lang in LIES for lie in LIES[lang]])
def test_a_planted_lie_fails_the_build_and_is_named(lang, lie):
    texts = {each: templates.text(each) for each in labels.LANGUAGES}
    texts[lang] += f"\n{lie}\n"
    with pytest.raises(ValueError, match=re.escape(f"report.{lang}.md: the sentence '{lie}'")):
        templates.refuse_faulty(texts)


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_the_announcements_words_may_be_quoted_and_only_unchanged(lang):
    words = {"zh": "标志着中国移动成为行业内首家", "en": "the first enterprise in the industry"}[
        lang
    ]
    said = "\n".join(tables.read(CASE, "announcement")[f"text_{lang}"])
    quoted = f"“{words}”"
    assert not templates.too_strong(quoted, lang, said)
    changed = quoted.replace("行业", "全球").replace("industry", "world")
    assert "does not say" in templates.too_strong(changed, lang, said)[0]


def test_a_quotation_in_the_texts_is_held_against_the_bundles_announcement(tmp_path, monkeypatch):
    folder, held = make_bundle(tmp_path), {each: templates.text(each) for each in labels.LANGUAGES}
    quoting = {"zh": "\n“零碳总部”\n", "en": "\n“Zero-Carbon Headquarters”\n"}
    monkeypatch.setattr(templates, "text", lambda lang: held[lang] + quoting[lang])
    with pytest.raises(ValueError) as refused:  # the English words of this bundle are as reported
        report.write(folder, formats=(), **META)
    assert "report.en.md" in str(refused.value) and "report.zh.md" not in str(refused.value)


def test_each_turn_in_which_a_strong_word_is_allowed_has_a_reason_and_is_used():
    with (labels.TEXTS / "assertion_words.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["turn"]:
            prose = templates.text(row["lang"])
            assert row["reason"] and re.search(re.escape(row["turn"]), prose, re.IGNORECASE), row
