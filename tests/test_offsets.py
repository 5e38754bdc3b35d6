"""Credits for a residual: whole tonnes, the published stress, a spread that recovers what it was given."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrality import offsets

SOURCES = pd.DataFrame({
    "source": ["district_heat", "grid_electricity", "refrigerant"],
    "t_co2e": [1100.0, 200.0, 9.0],
    "relative_standard_uncertainty": [0.05, 0.03, 0.4],
})  # fmt: skip


@pytest.mark.parametrize(
    ("residual_t", "credits"),
    [(1309, 1309), (1308.01, 1309), (1309 + 1e-9, 1309), (1309.01, 1310), (0, 0), (1e-9, 0)],
)
def test_one_credit_is_one_tonne_and_a_started_tonne_needs_one(residual_t, credits):
    assert offsets.credits_needed(residual_t) == credits


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_more_residual_never_needs_fewer_credits(a, b):
    low, high = sorted([a, b])
    assert offsets.credits_needed(low) <= offsets.credits_needed(high)
    assert 0 <= offsets.credits_needed(low) and offsets.credits_needed(low) - low <= 1
    assert offsets.credits_needed(low) >= low - 2 * offsets.DUST_T


@pytest.mark.parametrize("residual_t", [-1, float("nan"), float("inf")])
def test_a_residual_that_is_no_amount_is_refused(residual_t):
    with pytest.raises(ValueError, match="the residual is"):
        offsets.credits_needed(residual_t)


def test_badgley_and_probst_shares_give_the_derived_credits():
    table = offsets.stress(1309, pd.Series({"badgley_2022": 0.294, "probst_2024": 0.84, "none": 0.0}))
    assert table.credits_to_hold.to_dict() == {"badgley_2022": 1855, "probst_2024": 8182, "none": 1309}
    assert table.credits_more.to_list() == [546, 6873, 0]


@pytest.mark.parametrize("share", [29.4, 1.0, -0.1, float("nan")])
def test_a_share_in_percent_is_refused(share):
    with pytest.raises(ValueError, match="badgley: .* write 29.4 % as 0.294"):
        offsets.stress(1309, pd.Series({"badgley": share}))


@given(st.integers(0, 10**6), st.floats(0, 0.99), st.floats(0, 0.99))
def test_a_larger_void_share_never_needs_fewer_credits(credits, a, b):
    low, high = offsets.stress(credits, pd.Series(sorted([a, b]), ["a", "b"])).credits_to_hold
    assert credits <= low <= high


def test_draws_recover_the_mean_and_the_spread_they_were_given():
    draws = offsets.residual_draws(SOURCES, 40_000, 1)
    assert draws.dims == ("draw", "source") and float(draws.min()) > 0
    assert draws.mean("draw").to_numpy() == pytest.approx(SOURCES.t_co2e, rel=0.01)
    relative = (draws.std("draw") / draws.mean("draw")).to_numpy()
    assert relative == pytest.approx(SOURCES.relative_standard_uncertainty, rel=0.03)


def test_same_seed_same_draws_whatever_the_order_or_the_company():
    draws = offsets.residual_draws(SOURCES, 50, 7)
    turned = offsets.residual_draws(SOURCES[::-1], 50, 7).sel(source=draws.source)
    alone = offsets.residual_draws(SOURCES[:1], 50, 7)
    assert (turned.to_numpy() == draws.to_numpy()).all()
    assert (alone.to_numpy() == draws.to_numpy()[:, :1]).all()
    assert (offsets.residual_draws(SOURCES, 50, 8).to_numpy() != draws.to_numpy()).all()


def test_certain_sources_have_no_spread():
    draws = offsets.residual_draws(SOURCES.assign(relative_standard_uncertainty=0.0), 20, 1)
    assert offsets.spread(draws, 0.95) == pytest.approx((1309, 1309))
    assert offsets.credits_prudent(draws, 0.999) == 1309


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (pd.concat([SOURCES, SOURCES[:1]]), "'district_heat' stands twice"),
        (SOURCES[:0], "there is none"),
        (SOURCES.assign(t_co2e=-1.0), "t_co2e is -1.0"),
        (SOURCES.assign(relative_standard_uncertainty=float("nan")), "relative_standard_uncertainty is nan"),
    ],
)
def test_sources_that_cannot_be_drawn_are_refused(sources, said):
    with pytest.raises(ValueError, match=said):
        offsets.residual_draws(sources, 10, 1)


@given(st.floats(0.5, 0.999), st.floats(0.5, 0.999))
def test_prudent_credits_suffice_as_often_as_asked_and_grow_with_confidence(a, b):
    draws = offsets.residual_draws(SOURCES, 400, 3)
    totals, low, high = draws.sum("source").to_numpy(), *sorted([a, b])
    assert np.mean(totals <= offsets.credits_prudent(draws, high) + offsets.DUST_T) >= high
    assert offsets.credits_prudent(draws, low) <= offsets.credits_prudent(draws, high)


def test_spread_holds_the_share_it_names():
    draws = offsets.residual_draws(SOURCES, 4_000, 3)
    low, high = offsets.spread(draws, 0.9)
    totals = draws.sum("source").to_numpy()
    assert np.mean((totals >= low) & (totals <= high)) == pytest.approx(0.9, abs=0.001)


def test_only_retired_credits_of_the_year_count():
    credits = pd.DataFrame({
        "claimed_year": [2025, 2025, 2024], "quantity": [1000, 309, 50],
        "retired_on": pd.to_datetime(["2026-01-05", None, "2025-01-05"]),
    })  # fmt: skip
    assert offsets.credits_retired(credits, 2025) == 1000
    assert offsets.credits_surplus(offsets.credits_retired(credits, 2025), 1309) == -309


def test_the_meters_error_acts_on_the_whole_load_and_not_on_what_certificates_leave():
    inventory = pd.DataFrame({"year": 2025, "view": ["location", "market"], "line": "inventory", "source": "grid_electricity",
                              "t_co2e": [3200.0, 400.0]})  # fmt: skip
    sources = offsets.with_uncertainty(offsets.residual_sources(inventory, 2025), 0.01, 0.0, 0.0)
    assert sources["relative_standard_uncertainty"].tolist() == pytest.approx([0.01 * 3200 / 400])


def test_stress_follows_the_published_shares():
    table = offsets.stress_table(1309, 1400, 0.975)
    assert table["credits"].tolist() == [1309, 1400, 1639, 1855, 2105, 8182]
    assert "97.5 %" in table["name_en"][1]
