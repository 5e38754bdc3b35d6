"""Every sentence that the check and the refusals can say has its Chinese, or is counted as lacking
it: the share that has may not fall.
"""

import ast
import re
import string
from pathlib import Path

import pandas as pd
from awkward import unsaid

from neutrality import sheets
from neutrality.case import schemas
from neutrality.intake import mapping
from neutrality.runner import parameters
from neutrality.texts import findings, messages
from neutrality.verifier import replay, told, verdicts, verify

SRC = Path(__file__).parents[1] / "src" / "neutrality"
COVERED = 0.973  # share of the sentences of the code that have their Chinese: it may only rise
# Rooms whose sentences are put together from parts; elsewhere only what is raised is looked at.
ROOMS = (
    *(f"case/{room}" for room in ("columns", "headings", "tables", "names", "illustration")),
    *(f"runner/{room}" for room in ("checks", "refusals", "parameters", "yaml_file", "given")),
    *(f"runner/{room}" for room in ("unfilled", "advice")),
    *(f"energy/{room}" for room in ("sufficiency", "reading_checks", "period_checks")),
    *(f"intake/{room}" for room in ("registers", "spans", "naming", "taking")),
    *(f"intake/{room}" for room in ("merging", "timing", "values")),
    *(f"verifier/{room}" for room in ("verify", "making", "signatures", "sshsig", "timestamps")),
    *(f"verifier/{room}" for room in ("received", "compare")),
    *("runner/bundle", "runner/execution", "report/crosschecks"),
    "sheets",
)
VERDICTS = (verdicts.SAME, verdicts.WITHIN, verdicts.DIFFERENT)
# What a place is filled with, by what its expression says; others by a word.
PLACES = {
    r"_KB|^place$": "line 7 (a)",
    r"^shown$|twice\[0\]": "7",
    r"^known$": "main meter",
    r"at_row|\.rows\[": "7",
    r"\brow\b|lineno|\bline\b|lines\[|\bat\b|idxmax|shape\[2\]|raw\.index|index\[0\]": "7",
    r"path\.name|\bfile\b|^notebook$|_TABLE|yaml_name|file\.name|Path\(notebook\)": "x.csv",
    r"_at\(|^where$": "x.yaml, line 7",
    r"_described|meaning": "main meter",
    r"^source\.place$": "x.csv",
    r"^(span|old)$": "7 to 7",
    r"^which$": "old",
    r"^end\(row\)|_taken_by|^said\(|^error$|_why_not|^remedy$|_refusal|remedy\(": "main meter",
    r"^(hint|near|instead|other_entity)|did_you_mean|_other_entity": "; did you mean 'b'?",
    r"_grid_remedy|_MAY_NAME|^found$|^held$|^expected$|^limit": "main meter",
    r"^asked$": "regional average electricity factor of a for data year 7",
    r"_first_gap": "in column a_kwh first at 7 UTC",
    r"^notebook, parameters|^form$": "x.csv",
}


def filled(node):
    """Return a string or f-string with its places filled, or None for another expression."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp):
        parts = filled(node.left), filled(node.right)
        return None if None in parts else "".join(parts)
    if not isinstance(node, ast.JoinedStr):
        return None
    return "".join(
        part.value if isinstance(part, ast.Constant) else place(ast.unparse(part.value))
        for part in node.values
    )


def place(expression):
    """Return what stands for the value of an expression."""
    return next((text for form, text in PLACES.items() if re.search(form, expression)), "Aa")


def raised(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            name = getattr(node.exc.func, "id", "")
            yield from node.exc.args if name in ("ValueError", "RuntimeError") else ()


def texts(tree):
    """Return every string of a room but docstrings and what stands inside another string."""
    bodies = (ast.FunctionDef, ast.ClassDef, ast.Module)
    firsts = [node.body[0] for node in ast.walk(tree) if isinstance(node, bodies) and node.body]
    inside = {id(each.value) for each in firsts if isinstance(each, ast.Expr)}
    joined = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    inside |= {id(part) for node in joined for part in ast.walk(node) if part is not node}
    whole = [node for node in ast.walk(tree) if isinstance(node, (ast.JoinedStr, ast.Constant))]
    return [node for node in whole if id(node) not in inside]


def sentences():
    """Return the sentences of the code by the room that says them."""
    found = {}
    for path in sorted(SRC.rglob("*.py")):
        room = path.relative_to(SRC).with_suffix("").as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in [*raised(tree), *(texts(tree) if room in ROOMS else ())]:
            text = filled(node)
            if text and text[0] not in "; " and len(re.findall(r"[a-z]{2,} (?=[a-z])", text)) >= 2:
                found.setdefault(text, room)
    return found


SAID = sentences()


def test_the_share_of_sentences_with_their_chinese_does_not_fall():
    lacking = {text: room for text, room in SAID.items() if not messages.whole(text)}
    share = 1 - len(lacking) / len(SAID)
    listed = "\n".join(
        f"{room}: {text}" for text, room in sorted(lacking.items(), key=lambda x: x[1])
    )
    assert share >= COVERED, f"{share:.3f} of {len(SAID)}\n{listed}"


def test_every_table_column_and_parameter_has_its_meaning_in_chinese():
    meanings = {schema.meaning for schema in schemas.SCHEMAS.values()}
    meanings |= {c.meaning for schema in schemas.SCHEMAS.values() for c in schema.columns}
    known = parameters.signature(parameters.notebooks_folder())
    meanings |= {parameter.meaning for parameter in known.values()}
    chinese = re.compile(r"[\u4e00-\u9fff]")
    lacking = [
        each
        for each in meanings
        if not messages.whole(each)
        or (re.search("[a-z]{3}", each) and not chinese.search(messages.said(each, "zh")))
    ]
    assert not lacking


def test_the_catalogue_has_each_sentence_once_and_the_same_places_on_both_sides():
    rows = sheets.packaged("texts/messages.csv")
    assert not rows["en"].duplicated().any()
    for row in rows.itertuples():
        places = [
            {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
            for text in (row.en, row.zh)
        ]
        assert places[1] <= places[0], row.en
        assert row.zh != row.en and messages._pattern(row.en, row.zh), row.en


def test_values_are_carried_over_as_they_were_written():
    said = messages.said(
        "credits.csv, row 1,234, column serial: found '=1+1: a; b'; it occurs in an earlier row; "
        "keep one",
        "zh",
    )
    assert (
        said == "credits.csv 第 1,234 行 serial 列：现为“=1+1: a; b”；与前面某行重复；请只保留一行"
    )


def test_a_rule_of_the_ledger_is_said_in_the_chinese_of_the_report():
    row = pd.DataFrame({"quantity": [498], "serial_start": [1], "serial_end": [497]}, index=[2])
    (found,) = findings.in_rows("credits", "quantity", "range_not_quantity", row, ranged=497)
    assert messages.said(found.en, "zh") == found.zh


def test_a_sentence_nobody_has_translated_stays_as_it_is():
    odd = "the moon is made of green cheese; eat it"
    assert messages.said(odd, "zh") == odd and not messages.whole(odd)
    assert messages.said(f"x.csv, row 7: {odd}", "zh") == f"x.csv 第 7 行：{odd}"
    assert messages.said("anything: at all", "en") == "anything: at all"


ASKED_OF = ("order", "stamps", "clock", "last_day", "dates", "multiplied")


def test_every_word_to_choose_from_has_its_chinese_beside_it():
    offered = {*mapping._AMOUNT["properties"]["energy"]["enum"], "amounts", "register", "not used"}
    offered = offered.union(*(mapping._CHOICES[name] for name in ASKED_OF)) - {"", mapping.OPEN}
    assert not [word for word in offered if messages.choice(word, "zh") == word]
    said = messages.said("what does A measure? (heat or gas or kWh)", "zh")
    assert said == "“A”计量的是什么？（heat（热力）、gas（天然气）、kWh）"


def test_each_part_of_a_list_is_said_and_words_of_the_file_stay():
    left = "columns 金额 (cost without a unit, such as 金额(元)); 2 total row(s) (row 4, 9)"
    said = messages.said(f"meter 7.csv: dropped: {left}", "zh")
    assert (
        said
        == "meter 7.csv：未取用：金额 列（金额未写单位，应如 金额(元)）；2 行合计（第 4, 9 行）"
    )
    assert not messages.whole(f"{left}; the moon is made of green cheese")


def test_what_verify_replay_and_compare_count_is_chinese():
    rows = [("market_t", verdict, 1309.0, 897.0, "tCO2e", 1e-9, "03", "") for verdict in VERDICTS]
    split = "02_green_power, tables/emitted.csv, row 3, kwh: 1 against 2"
    rows.append(("residual_t", verdicts.DIFFERENT, 1309.0, None, "tCO2e", 1e-9, "03", split))
    claims = pd.DataFrame(rows, columns=verdicts.COLUMNS)
    files = {"a.csv": verdicts.SAME, "b.csv": verdicts.WITHIN}
    altered = ["03_offset_sizing, cell 3 (03-05): cell altered: a = b / 2"]
    effect = ["residual_t: 897 t; by the release's method 1,309 t"]
    lines = told.replayed(replay.Replay(claims, files, altered, effect)) + told.faults([], "2025")
    many = told.faults([verify.Fault("manifest", "a.csv", "is missing")] * 21, "2025.zip")
    assert unsaid(lines + many) == []
    assert messages.said(many[-1], "zh") == "manifest（清单）：另有 1 处"


if __name__ == "__main__":
    lacking = {text: room for text, room in SAID.items() if not messages.whole(text)}
    print(1 - len(lacking) / len(SAID), len(SAID))
    for text, room in sorted(lacking.items(), key=lambda x: x[1]):
        print(room, "|", text, "->", messages.said(text, "zh"))
