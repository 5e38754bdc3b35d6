"""Figures that come from each other agree, whatever a notebook does: else nothing is written."""

import re

import pandas as pd
import pytest

from neutrality.report import crosschecks

LOAD = {2023: 20_000.0, 2025: 10_000.0}  # kWh; at 0.5 kg/kWh 10 t and 5 t, beside 2 t of gas
VALUES = {
    "base_location_t": 12.0,
    "base_market_t": 12.0,
    "location_t": 7.0,
    "market_t": 5.2,
    "market_other_t": 6.1,
    "undecided_t": 0.9,
    "residual_t": 5.2,
    "credits_needed": 6.0,
    "credits_retired": 6.0,
    "credits_checked": 4.0,
    "credits_unchecked": 2.0,
    "other_t": 2.0,
    "emitted_gas_t": 2.0,
    "electricity_mwh": 10.0,
    "green_mwh": 4.0,
    "matched_mwh": 3.6,
    "avoided_green_t": 1.8,
    "grid_factor": 0.5,
}


def results():
    inventory = pd.DataFrame(
        [
            (year, view, source, "inventory", tonnes)
            for year, view, of_grid in (
                (2023, "location", 10.0),
                (2023, "market", 10.0),
                (2025, "location", 5.0),
                (2025, "market", 3.2),
            )
            for source, tonnes in (("gas", 2.0), ("grid_electricity", of_grid))
        ],
        columns=["year", "view", "source", "line", "t_co2e"],
    )
    emitted = pd.DataFrame(
        {"year": [2023, 2025, 2025], "source": ["gas", "gas", "travel"], "t_co2e": [2.0, 2.0, 9.0]}
    ).assign(line=["inventory", "inventory", "memo"])
    roles = ["location", "base_location", "uncovered"]
    credits = pd.DataFrame(
        {
            "quantity": [4, 2, 5],
            "retired_on": ["2026-01-05", "2026-01-05", None],
            "serial_start": [1.0, None, 5.0],
        }
    )
    return {
        "inventory": inventory,
        "emitted": emitted,
        "grid_factors": pd.DataFrame({"role": roles, "kg_per_kwh": 0.5}),
        "green_blocks": pd.DataFrame({"kwh": [4000.0]}),
        "residual": pd.DataFrame({"t_co2e": [2.0, 3.2]}),
        "credits": credits,
    }


def known(**changed):
    return pd.DataFrame({"value": VALUES | changed})


def test_figures_that_agree_pass():
    crosschecks.refuse(known(), results(), LOAD)


@pytest.mark.parametrize("id", VALUES)
def test_any_figure_that_is_halved_is_refused_with_both_numbers(id):
    with pytest.raises(ValueError) as refused:
        crosschecks.refuse(known(**{id: VALUES[id] / 2}), results(), LOAD)
    sentences = str(refused.value).splitlines()
    assert all(re.fullmatch(r".+ is [\d,.]+, but .+ is [\d,.]+; run .+", s) for s in sentences)
    assert any(s.startswith(f"{id} is {VALUES[id] / 2:,.9g}") or id in s for s in sentences)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("inventory", "t_co2e"),
        ("emitted", "t_co2e"),
        ("grid_factors", "kg_per_kwh"),
        ("green_blocks", "kwh"),
        ("residual", "t_co2e"),
        ("credits", "quantity"),
    ],
)
def test_any_table_that_is_halved_is_refused(name, column):
    tables = results()
    tables[name][column] = tables[name][column] / 2
    with pytest.raises(ValueError, match="but "):
        crosschecks.refuse(known(), tables, LOAD)


@pytest.mark.parametrize("year", LOAD)
def test_a_load_that_is_halved_is_refused(year):
    with pytest.raises(ValueError, match=rf"electricity_by_month.csv x the grid factor \({year}\)"):
        crosschecks.refuse(known(), results(), LOAD | {year: LOAD[year] / 2})


def test_rounding_in_a_sum_is_no_contradiction():
    crosschecks.refuse(known(residual_t=5.2 + 1e-12, market_t=5.2 - 1e-12), results(), LOAD)


def test_more_green_power_than_certificates_is_refused_even_where_all_else_agrees():
    changed = {"matched_mwh": 5.0, "avoided_green_t": 2.5, "market_t": 4.5, "residual_t": 4.5}
    changed["market_other_t"] = 5.4
    tables = results()
    tables["inventory"].loc[7, "t_co2e"] = 2.5
    tables["residual"].loc[1, "t_co2e"] = 2.5
    with pytest.raises(ValueError) as refused:
        crosschecks.refuse(known(**changed, credits_needed=5.0), tables, LOAD)
    sentences = str(refused.value).splitlines()
    assert len(sentences) == 1 and sentences[0].startswith("matched_mwh is 5, but load or")
