"""Whoever widens a limit of the checks is told of it."""

from pathlib import Path

import pytest

from neutrality.case import thresholds
from neutrality.runner import parameters
from neutrality.texts import findings

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def test_the_defaults_are_those_of_the_notebooks_and_each_is_told_of_once():
    known = parameters.signature(NOTEBOOKS)
    assert {name: known[name].default for name in thresholds.LIMITS} == {
        name: default for name, (default, _) in thresholds.LIMITS.items()
    }
    source = "".join(path.read_text(encoding="utf-8") for path in NOTEBOOKS.glob("*.ipynb"))
    for name in [*thresholds.LIMITS, *thresholds.SIZES]:
        assert f"{name}={name}" in source or f'\\"{name}\\": {name}' in source, name


@pytest.mark.parametrize("name", thresholds.LIMITS)
def test_a_limit_is_told_where_it_is_wider_and_only_there(name):
    default, way = thresholds.LIMITS[name]
    assert thresholds.widened(**{name: default}) == []
    assert thresholds.widened(**{name: default - way * 0.001}) == []
    (told,) = thresholds.widened(**{name: default + way * 0.001})
    assert told.rule == "check_widened" and name in told.en and f"{default:g}" in told.zh


def test_a_size_that_is_not_given_is_told():
    told = thresholds.widened(floor_area_m2=0.0, occupants=12.0)
    assert [(f.rule, "floor_area_m2" in f.en) for f in told] == [("size_not_given", True)]


def test_findings_that_a_limit_silences_are_told_with_their_size():
    (told,) = thresholds.widened(silenced=2, silenced_kwh=5000.0, stuck_hours=24)
    assert (told.rule, told.kwh) == ("findings_silenced", 5000.0)


def test_a_widened_limit_stands_on_page_one_whatever_its_size():
    table = findings.table(thresholds.widened(stuck_hours=720))
    assert findings.material(table, 5.0, 1000.0)["rule"].tolist() == ["check_widened"]
