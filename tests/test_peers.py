"""Peers on the basis they publish, indexed to their own first year, within one boundary."""

from pathlib import Path

import pandas as pd
import pytest

from neutrality.case import tables
from neutrality.trend import peers, series

CASE = Path(__file__).parent.parent / "params" / "china-mobile-hq"


@pytest.fixture(scope="module")
def rows():
    return peers.indexed(peers.published_intensities(series.read(tables.read(CASE, "company"))))


def index(rows, entity, quantity, basis):
    mine = rows[
        (rows["entity"] == entity) & (rows["quantity"] == quantity) & (rows["basis"] == basis)
    ]
    return mine.set_index("year")["index"].round(1).to_dict()


def test_china_telecom_improved_31_percent_per_traffic_and_worsened_13_per_revenue(rows):
    changes = peers.period_changes(rows).set_index(["entity", "unit"])["change_percent"].round(0)
    assert changes["China Telecom Corp", "kgce/TB"] == -31
    assert changes["China Telecom Corp", "kgce/RMB million"] == 13


def test_a_published_change_is_an_index_of_the_year_it_names(rows):
    assert index(rows, "Verizon", "carbon", "data") == {2016: 100.0, 2017: 72.0}
    assert index(rows, "Vodafone Group", "carbon", "data") == {2019: 100.0, 2020: 61.5}


def test_an_efficiency_is_taken_as_its_reciprocal(rows):
    # 5.4, 6.2, 7.1 times
    expected = {2019: 100.0, 2020: 87.1, 2021: 76.1}
    assert index(rows, "NTT Group", "energy", "data") == expected


def test_levels_share_a_unit_and_keep_their_boundary(rows):
    per_revenue = rows[(rows["quantity"] == "carbon") & (rows["basis"] == "revenue")]
    assert set(per_revenue["unit"]) == {"t/RMB million"}
    assert set(per_revenue["boundary"]) == {"listed company"}
    assert per_revenue.set_index(["entity", "year"])["value"]["China Tower", 2022] == 9.23
    # Printed as 0.445 t per RMB 10,000.
    assert per_revenue.set_index(["entity", "year"])["value"]["China Mobile Ltd", 2020] == 44.5


def test_derived_intensities_are_kept_before_published_ones(rows):
    figures = series.read(tables.read(CASE, "company"))
    derived = peers.derived_intensity(
        pd.Series({2020: 44.46, 2024: 31.19}),
        "China Mobile Ltd",
        "listed company",
        "carbon",
        "revenue",
        "t/RMB million",
        "SINGLE",
    )
    both = peers.indexed(
        pd.concat([derived, peers.published_intensities(figures)], ignore_index=True)
    )
    mine = both[both["entity"] == "China Mobile Ltd"].set_index("year")["value"]
    assert mine.to_dict() == {2020: 44.46, 2021: 39.9, 2024: 31.19}
    assert peers.period_changes(both).set_index("entity").loc["China Tower", "change_percent"] != 0


def test_no_change_from_one_boundary_to_another_and_derived_series_are_marked(rows):
    derived = [
        peers.derived_intensity(
            pd.Series(values), "A", boundary, "carbon", "revenue", "t/RMB million", status
        )
        for values, boundary, status in (
            ({2020: 40.0}, "group", "CONFIRMED"),
            ({2024: 20.0}, "listed company", "SINGLE"),
        )
    ]
    changes = peers.period_changes(peers.indexed(pd.concat(derived)))
    assert len(changes) == 2
    assert changes["change_percent"].isna().all()
    assert set(changes["origin"]) == {"derived_here"}
    assert set(peers.period_changes(rows)["origin"]) == {"as_published"}


def test_a_case_without_published_intensities_has_no_peers():
    assert peers.period_changes(
        peers.indexed(peers.published_intensities(series.read(tables.empty("company"))))
    ).empty
