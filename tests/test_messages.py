"""Every sentence that the check and the refusals can say has its Chinese, or is counted as lacking
it: the share that has may not fall.
"""

import ast
import re
from pathlib import Path

from neutrality.texts import messages

SRC = Path(__file__).parents[1] / "src" / "neutrality"
COVERED = 0.0  # share of the sentences of the code that have their Chinese: it may only rise
# Rooms whose sentences are put together from parts; elsewhere only what is raised is looked at.
ROOMS = (
    *(f"case/{room}" for room in ("columns", "headings", "tables", "names", "illustration")),
    *(f"runner/{room}" for room in ("checks", "refusals", "parameters", "yaml_file", "given")),
    *(f"runner/{room}" for room in ("unfilled", "advice")),
    *(f"energy/{room}" for room in ("sufficiency", "reading_checks", "period_checks")),
    "sheets",
)
# What a place is filled with, by what its expression says; others by a word.
PLACES = {
    r"_KB|^place$": "line 7 (a)",
    r"^shown$|twice\[0\]": "7",
    r"^known$": "main meter",
    r"\brow\b|lineno|\bline\b|lines\[|\bat\b|idxmax|shape\[2\]|raw\.index|index\[0\]": "7",
    r"path\.name|\bfile\b|^notebook$|_TABLE|yaml_name|file\.name|Path\(notebook\)": "x.csv",
    r"_at\(|^where$": "x.yaml, line 7",
    r"_described|meaning": "main meter",
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
            yield from node.exc.args if name == "ValueError" else ()


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
            if text and len(re.findall(r"[a-z]{2,} (?=[a-z])", text)) >= 2:
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


if __name__ == "__main__":
    lacking = {text: room for text, room in SAID.items() if not messages.whole(text)}
    print(1 - len(lacking) / len(SAID), len(SAID))
    for text, room in sorted(lacking.items(), key=lambda x: x[1]):
        print(room, "|", text, "->", messages.said(text, "zh"))
