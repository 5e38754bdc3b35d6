"""The house: each room has a shelf, and looks only at lower ones."""

import ast
from pathlib import Path

SRC = Path(__file__).parents[1] / "src" / "neutrality"
SHELVES = [
    {"sheets"},
    {"units", "labels", "schemas", "findings"},
    {
        "tables",
        "ledger",
        "serials",
        "emissions",
        "meters",
        "towt",
        "calendars",
        "drawing",
        "series",
        "lmdi",
        "uncertainty",
    },
    {
        "sufficiency",
        "evidence",
        "green_certificates",
        "carbon_credits",
        "baseline",
        "savings",
        "green_power",
        "green_rules",
        "coverage",
        "offsets",
        "intensity",
        "carriers",
        "targets",
        "peers",
        "claims",
        "bridge",
        "energy_charts",
        "green_charts",
        "offset_charts",
        "trend_charts",
        "report_charts",
        "exhibits",
        "pages",
    },
    {"parameters", "registry", "audit", "report", "bundle", "building", "quality_criteria"},
    {"checks"},
    {"run", "new", "double_claims"},
    {"cli"},
    {"__main__"},
]
SHELF = {room: height for height, rooms in enumerate(SHELVES) for room in rooms}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (
            node.level or (node.module or "").split(".")[0] == "neutrality"
        ):
            inner = (node.module or "").removeprefix("neutrality").strip(".")
            yield from [inner.split(".")[0]] if inner else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from (
                a.name.split(".")[1] for a in node.names if a.name.startswith("neutrality.")
            )


def test_imports_go_down_only():
    wrong = []
    for path in sorted(SRC.glob("*.py")):
        room = path.stem
        if room == "__init__":
            assert not set(imports(path)) & set(SHELF), "the package's front door imports no room"
            continue
        assert room in SHELF, f"{room} has no shelf: give it one here and a sentence in __init__"
        for other in set(imports(path)) & {p.stem for p in SRC.glob("*.py")}:
            if SHELF[other] >= SHELF[room]:
                wrong.append(f"{room} imports {other}")
    assert not wrong


def test_every_room_has_its_sentence():
    told = (SRC / "__init__.py").read_text(encoding="utf-8")
    assert not [
        p.stem
        for p in SRC.glob("*.py")
        if not p.stem.startswith("__") and f"\n    {p.stem} " not in told
    ]
