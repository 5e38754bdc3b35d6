"""Illustrative rows are refused in a case that is not illustrative."""

import shutil
from pathlib import Path

import pytest

from neutrality.case import illustration, tables

CASE = Path(__file__).parents[1] / "params" / "china-mobile-hq"


def test_the_first_case_is_illustrative_and_cannot_be_run_as_real():
    illustration.refuse_illustrations(CASE, illustrative=True)
    with pytest.raises(ValueError) as refusal:
        illustration.refuse_illustrations(CASE, illustrative=False)
    said = str(refusal.value)
    assert (
        "credits.csv, row 2: it is marked ILLUSTRATIVE" in said
        and "column calibrated: true means" in said
    )


def test_a_case_without_the_mark_may_be_real(tmp_path):
    shutil.copyfile(CASE / "activities.csv", tmp_path / "activities.csv")
    text = (
        (tmp_path / "activities.csv")
        .read_text(encoding="utf-8")
        .replace("ILLUSTRATIVE", "meter log")
    )
    (tmp_path / "activities.csv").write_text(text, encoding="utf-8")
    illustration.refuse_illustrations(tmp_path, illustrative=False)
    assert len(tables.read(tmp_path, "activities"))
