"""The bridge from the counterfactual to what remains, and which credits may close it."""

import pandas as pd
import pytest

from neutrality.report import bridge

VALUES = {
    "grid_factor": 0.5,
    "location_t": 2000.0,
    "market_t": 1309.0,
    "other_t": 1000.0,
    "avoided_green_t": 691.0,
    "uncovered_factor_t": 0.0,
    "electricity_mwh": 2000.0,
    "counterfactual_mwh": 2200.0,
    "savings_mwh": 200.0,
    "credits_checked": 1309.0,
    "credits_unchecked": 0.0,
}


def steps(**changed):
    known = pd.DataFrame({"value": VALUES | changed, "low": 0.0, "high": 0.0, "level": 0.9})
    return bridge.steps(known).set_index("step")["t_co2e"]


def test_checked_credits_lead_to_zero_and_no_further():
    assert steps()["remaining"] == 0 == steps(credits_checked=5000.0)["remaining"]
    assert "credits_unchecked" not in steps() and steps(credits_checked=9.0)["remaining"] == 1300


@pytest.mark.parametrize("unchecked", [1.0, 1309.0, 9000.0])
def test_credits_that_were_not_checked_are_on_their_own_line_and_lower_nothing(unchecked):
    held = steps(credits_checked=300.0, credits_unchecked=unchecked)
    assert (held["credits"], held["remaining"]) == (-300, 1009)
    assert held["credits_unchecked"] == -unchecked and held.index[-1] == "credits_unchecked"


def test_the_levels_are_what_the_steps_lead_to():
    held = steps(uncovered_factor_t=4.0, market_t=1313.0)
    assert held["counterfactual"] + held["savings"] == held["location"]
    led = held["location"] + held["matched_green"] + held["uncovered_factor"]
    assert led == held["market"]
