"""What may be a slip is said with its evidence, and of a sound case nothing is."""

import shutil

import pandas as pd
import pytest
from conftest import CASE

from neutrality.runner import advice, checks

pytestmark = pytest.mark.slow  # the readings of the whole case
ASKED = {
    "base_year": 2023,
    "reporting_year": 2025,
    "grid_data_year": 2023,
    "base_grid_data_year": 2021,
    "province": "Beijing",
    "grid_rule": "provincial",
}


@pytest.fixture
def case(tmp_path):
    return shutil.copytree(CASE, tmp_path / CASE.name)


def test_of_the_first_case_nothing_is_said():
    assert checks.look(CASE / "2025.yaml") == ([], [])


def test_a_base_year_factor_older_than_need_be_is_named(case):
    path = case / "2025.yaml"
    assert advice.advice(path, ASKED, {"energy": []}) == []
    (said,) = advice.advice(path, ASKED | {"base_year": 2024}, {"energy": []})
    assert "base_grid_data_year is 2021 for base_year 2024" in said
    assert "it would be 2022, which is published" in said
    # Its own factors have no distance to keep.
    own = ASKED | {"base_year": 2024, "grid_factor_id": "a", "base_grid_factor_id": "b"}
    assert advice.advice(path, own, {"energy": []}) == []


def test_a_scheme_without_its_plan_is_named(case):
    chosen = {"scheme": "ISO 14068-1:2023"}
    (case / "plan.csv").unlink(missing_ok=True)
    (said,) = advice.advice(case / "2025.yaml", chosen, {"energy": []})
    assert "asks for a dated plan" in said
    assert advice.advice(case / "2025.yaml", {"scheme": "DB11/T 1861-2021"}, {"energy": []}) == []


def test_a_submeter_an_hour_late_is_named(case):
    (path,) = case.glob("energy.csv*")
    table = pd.read_csv(path)
    table["cooling_kwh"] = table["cooling_kwh"].shift(1, fill_value=0.0)
    table.to_csv(path, index=False)
    _, said = checks.look(case / "2025.yaml")
    assert len(said) == 1
    assert said[0].startswith(
        "energy.csv, column cooling_kwh: its clock is an hour behind the main meter's"
    )


def test_years_without_a_reading_are_refused_and_no_clock_is_judged(case):
    path = case / "2025.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("base_year: 2023", "base_year: 2020"), encoding="utf-8")
    problems, said = checks.look(path)
    assert "energy.csv: no hour of 2020" in "".join(problems) and not said
