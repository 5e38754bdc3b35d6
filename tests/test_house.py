"""The house: every wing and room has a floor and imports only from lower ones."""

import re

import house

import neutrality
from neutrality import register

KNOWN = house.modules()


def test_wings_import_from_lower_floors_only():
    wrong = [
        f"{wing} imports {other}"
        for wing, others in house.wings(KNOWN).items()
        for other in others
        if house.height(house.FLOORS, other) >= house.height(house.FLOORS, wing)
    ]
    assert not wrong


def test_rooms_of_a_wing_import_from_lower_floors_of_it_only():
    wrong = []
    for name, path in KNOWN.items():
        wing, _, room = name.rpartition(".")
        for other in house.imports(path, KNOWN) if wing else ():
            if other.startswith(f"{wing}."):
                floors, below = house.ROOMS[wing], other.rpartition(".")[2]
                if house.height(floors, below) >= house.height(floors, room):
                    wrong.append(f"{name} imports {other}")
    assert not wrong


def test_floors_name_no_room_that_is_gone():
    named = {
        f"{wing}.{room}"
        for wing, floors in house.ROOMS.items()
        for floor in floors
        for room in floor
    }
    assert named == {name for name in KNOWN if "." in name}


def test_every_form_of_import_is_seen():
    text = """
import neutrality.energy.towt
from neutrality import claims
from neutrality.energy import baseline, meters as m
from neutrality.texts.findings import Finding
from . import pages
from ..reference import units
from .exhibits import table
"""
    assert house.imported(text, ("report",), KNOWN) == {
        *("energy.towt", "claims", "energy.baseline", "energy.meters", "texts.findings"),
        *("report.pages", "reference.units", "report.exhibits"),
    }


def test_front_doors_import_no_room_and_name_every_room():
    for door in house.SRC.rglob("__init__.py"):
        text = door.read_text(encoding="utf-8")
        assert not re.search(r"^\s*(import|from) (neutrality|\.)", text.partition('"""\n')[2], re.M)
        rooms = [p.stem for p in door.parent.glob("*.py") if not p.stem.startswith("__")]
        if door.parent != house.SRC:
            assert not [room for room in rooms if not re.search(rf"\b{room}\b", text)]
    named = re.findall(r"  ([a-z]+/[a-z_]+)((?:, [a-z_./]+)*)$", neutrality.__doc__, re.M)
    assert len(named) > 10


CONTRIBUTING = (house.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_picture_in_contributing_is_that_of_the_imports():
    assert f"```dot\n{house.picture()}\n```" in CONTRIBUTING, "run `make house` and paste it"


def test_the_walk_through_names_files_and_functions_that_exist():
    section = CONTRIBUTING.partition("## One figure, followed")[2].partition("\n## ")[0]
    steps = re.findall(r"^\d+\. .*$", section, re.M)
    assert len(steps) == 10
    named = 0
    for step in steps:
        path = None
        for word in re.findall(r"`([^`]+)`", step):
            if re.fullmatch(r"[\w/.-]+\.(py|csv|md|yaml)", word):
                path = next((p for p in (house.ROOT / word, house.SRC / word) if p.is_file()), None)
                assert path or word == "claims.csv", f"no file {word}"
            elif path and path.suffix == ".py" and re.fullmatch(r"[a-z_]+", word):
                text = path.read_text(encoding="utf-8")
                known = re.search(rf"^def {word}\(", text, re.M)
                known = known or word in register.entries()
                assert known, f"{path.name} has no function {word}"
                named += 1
    assert named > 12
