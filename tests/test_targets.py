"""Targets: distances on the same basis and boundary only, and the yearly change required."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrality.case import tables
from neutrality.trend import intensity, series, targets

CASE = Path(__file__).parent.parent / "params" / "china-mobile-hq"


@pytest.fixture(scope="module")
def figures():
    return series.read(tables.read(CASE, "company"))


def targets_of(*cells, entity="A", boundary="group"):
    rows = [
        {
            "entity": entity,
            "year": year,
            "metric": metric,
            "value": value,
            "unit": unit,
            "boundary": boundary,
            "source": "plan",
            "status": "CONFIRMED",
        }
        for metric, year, value, unit in cells
    ]
    return targets.published_targets(series.read(pd.DataFrame(rows)))


FALLING = pd.Series({2020: 10.0, 2023: 9.0, 2024: 8.1})
PER_VOLUME = ("target_ghg_per_telecom_business_volume_vs_2020", 2025, -20, "percent (more than)")


def test_the_case_has_the_published_targets(figures):
    table = targets.published_targets(figures).set_index(["entity", "metric"])
    assert table.loc[("China Mobile Group", "target_ghg_cap"), ["value", "status"]].to_list() == [
        56,
        "CONFIRMED",
    ]
    fall = table.loc[("China Telecom Group", PER_VOLUME[0])]
    assert (fall["value"], fall["base_year"], fall["quantity"], fall["basis"]) == (
        -23,
        2020,
        "carbon",
        "volume",
    )
    assert table["status"].isin(["CONFIRMED", "SINGLE", "RECALLED"]).all()
    assert (table["source"] != "").all()


def test_a_target_of_the_group_is_not_decidable_for_the_listed_company(figures):
    level = {
        ("carbon", "total"): (
            series.published_series(figures, "China Mobile Ltd", "ghg_scope1_2"),
            ("listed company",),
        )
    }
    made = targets.distances(targets.published_targets(figures), "China Mobile Ltd", level)
    assert set(made["verdict"]) == {"not decidable"} and made["distance"].isna().all()
    assert all("same entity and boundary" in text for text in made["missing_en"])
    assert all("同一边界" in text for text in made["missing_zh"])


def test_a_distance_has_the_yearly_change_that_closes_it():
    made = targets.distances(
        targets_of(PER_VOLUME), "A", {("carbon", "volume"): (FALLING, ("group",))}
    ).iloc[0]
    assert made["reached"] == pytest.approx(-19)
    assert made["distance"] == pytest.approx(1)
    assert made["reached_year"] == 2024
    assert made["verdict"] == "not decidable" and "2025" in made["missing_en"]
    assert 8.1 * (1 + made["required_percent"] / 100) == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("last", "unit", "verdict"),
    [
        (7.99, PER_VOLUME[3], "holds"),
        (8.0, "percent", "holds"),
        (8.0, PER_VOLUME[3], "fails"),
        (8.0, "%（超过）", "fails"),
        (8.01, "%", "fails"),
    ],
)
def test_the_year_of_the_target_has_a_verdict_and_20_is_not_more_than_20(last, unit, verdict):
    level = pd.concat([FALLING, pd.Series({2025: last})])
    assert (
        targets.distances(
            targets_of((*PER_VOLUME[:3], unit)), "A", {("carbon", "volume"): (level, ("group",))}
        ).iloc[0]["verdict"]
        == verdict
    )


def test_a_cap_is_compared_with_the_level_in_its_own_unit():
    made = targets.distances(
        targets_of(("target_ghg_cap", 2025, 5600, "万吨")),
        "A",
        {("carbon", "total"): (FALLING * 6, ("group",))},
    ).iloc[0]
    assert made["reached"] == pytest.approx(48.6) and made["distance"] == pytest.approx(-7.4)


def test_each_decided_distance_has_its_own_unit():
    level = pd.concat([FALLING, pd.Series({2025: 8.0})])
    made = targets.distances(
        targets_of(PER_VOLUME, ("target_ghg_cap", 2025, 5600, "万吨")),
        "A",
        {("carbon", "total"): (level, ("group",)), ("carbon", "volume"): (level, ("group",))},
    )
    assert targets.decided_distances(made)["unit"].to_list() == ["%", "Mt"]
    assert targets.decided_distances(targets.distances(targets_of(PER_VOLUME), "A", {})).empty


@pytest.mark.parametrize(
    "level",
    [
        {},
        {("carbon", "volume"): (FALLING, ("group", "industry"))},
        {("carbon", "volume"): (FALLING[1:], ("group",))},
        {("carbon", "revenue"): (FALLING, ("group",))},
    ],
)
def test_another_basis_boundary_or_a_missing_base_year_gives_no_distance(level):
    made = targets.distances(targets_of(PER_VOLUME), "A", level).iloc[0]
    assert made["verdict"] == "not decidable"
    assert np.isnan(made["distance"])
    assert made["missing_en"]
    assert made["missing_zh"]


def test_the_required_yearly_change_of_the_case_follows_from_its_published_figures(figures):
    carbon = series.published_series(figures, "China Mobile Ltd", "ghg_scope1_2")
    activity = intensity.activities(
        figures, "China Mobile Ltd", "China telecom industry (MIIT)", 2020
    )
    ways = targets.pathways(
        intensity.changes(carbon, activity, 2020), 2020, {2025: 40.0, 2030: 65.0}
    )
    one = ways[ways["to_year"] == 2025].set_index("basis")
    # 28.0 Mt in 2025 on a revenue of 1050.187: -14.5 % of intensity in one year, where it fell 8.5
    # % a year so far.
    assert one["required_percent"].round(1).to_dict() == {
        "revenue": -14.5,
        "volume": 25.7,
        "traffic": 12.6,
    }
    assert one["so_far_percent"].round(1)["revenue"] == -8.5
    assert len(ways) == 6 and (ways["from_year"] == 2024).all()


@given(st.floats(-90, 200), st.floats(0, 95), st.integers(1, 10))
def test_the_required_yearly_change_reaches_the_aim(change, fall, years):
    ways = targets.pathways(
        pd.DataFrame({"revenue": {2020: 0.0, 2024: change}}), 2020, {2024 + years: fall}
    ).iloc[0]
    assert (1 + change / 100) * (1 + ways["required_percent"] / 100) ** years == pytest.approx(
        1 - fall / 100, rel=1e-9
    )
    assert (1 + ways["so_far_percent"] / 100) ** 4 == pytest.approx(1 + change / 100, rel=1e-9)


def test_a_past_aim_or_a_basis_without_figures_has_no_pathway():
    changes = pd.DataFrame(
        {"revenue": {2020: 0.0, 2024: -30.0}, "volume": {2020: np.nan, 2024: np.nan}}
    )
    assert targets.pathways(changes, 2020, {2024: 40.0}).empty
    assert list(targets.pathways(changes, 2020, {2025: 40.0})["basis"]) == ["revenue"]


def test_a_table_without_targets_gives_an_empty_table():
    empty = targets.distances(
        targets.published_targets(series.read(tables.empty("company"))), "A", {}
    )
    assert empty.empty and targets.with_metric_names(empty).empty
