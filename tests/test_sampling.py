"""The verifier's sample: its factors are those of audit tables, what is large or odd is always in
it, a tonne has the same chance wherever it stands, and its limit covers what was made wrong."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrality.verifier import sampling

# Reliability factors for misstatements, AICPA Audit Guide, Audit Sampling: by confidence.
TABLE = {0.95: [3.00, 4.75, 6.30, 7.76, 9.16], 0.90: [2.31, 3.89, 5.33, 6.69, 8.00]}
RULES = {"confidence": 0.95, "expected_share": 0.0, "high_risk": 1.0}


def rows(*tonnes, high=False, odd=False):
    return pd.DataFrame({"t_co2e": tonnes, "high": high, "odd": odd})


@pytest.mark.parametrize("confidence", TABLE)
def test_reliability_factors_are_those_of_the_audit_tables(confidence):
    made = [sampling.reliability(confidence, count) for count in range(5)]
    assert made == pytest.approx(TABLE[confidence], abs=0.011)  # printed with two digits, some up


def test_the_factor_without_misstatement_is_a_logarithm():
    for confidence in (0.5, 0.8, 0.99):
        assert sampling.reliability(confidence) == pytest.approx(-math.log(1 - confidence))


def test_large_and_odd_rows_are_always_looked_at():
    table = pd.concat([rows(40.0, -40.0, 21.0, 0.5), rows(0.1, odd=True)], ignore_index=True)
    for seed in range(20):
        made = sampling.plan(table, 60.0, seed=seed, **RULES)  # interval 20.03 t
        assert made["why"].tolist()[:3] == ["large"] * 3 and made["why"].iloc[4] == "odd"


def test_the_same_seed_draws_the_same_rows_and_another_one_others():
    table = rows(*np.linspace(0.5, 5.0, 200))
    first, again, other = (sampling.plan(table, 60.0, seed=s, **RULES)["why"] for s in (1, 1, 2))
    assert first.tolist() == again.tolist() != other.tolist()


def test_a_tonne_has_the_same_chance_in_a_small_row_as_in_a_large_one():
    table, tries = rows(2.0, *[6.0] * 10, 4.0), 1000
    drawn = sum(
        (sampling.plan(table, 60.0, seed=seed, **RULES)["why"] == "drawn").to_numpy(dtype=float)
        for seed in range(tries)
    )
    chance = np.array([2.0, *[6.0] * 10, 4.0]) / sampling.interval_t(60.0, 0.95)
    assert np.abs(drawn / tries - chance).max() < 4 * math.sqrt(0.25 / tries)


def test_rows_of_high_risk_are_drawn_with_a_shorter_interval():
    table = pd.concat([rows(*[1.0] * 300), rows(*[1.0] * 300, high=True)], ignore_index=True)
    rules, counts = RULES | {"high_risk": 3.0}, np.zeros(2)
    for seed in range(60):
        made = sampling.plan(table, 60.0, seed=seed, **rules)
        drawn = made["why"] == "drawn"
        counts += [drawn[~made["high"]].sum() / 60, drawn[made["high"]].sum() / 60]
    assert counts == pytest.approx([15, 45], abs=1.5)  # 300 t / 20 t, and thrice as many
    assert made["interval_t"].nunique() == 2


@given(st.lists(st.floats(0, 50), max_size=60), st.integers(0, 99))
def test_the_number_drawn_is_that_of_the_intervals_that_fit(tonnes, seed):
    made = sampling.plan(rows(*tonnes).astype({"t_co2e": float}), 90.0, seed=seed, **RULES)
    small_t = made["t_co2e"][made["why"] != "large"].sum()
    fits = small_t / sampling.interval_t(90.0, 0.95)
    assert abs((made["why"] == "drawn").sum() - fits) <= 1 + 1e-9


def checked(why, tonnes, difference, interval=20.0):
    return pd.DataFrame(
        {"why": why, "t_co2e": tonnes, "difference_t": difference, "interval_t": interval}
    )


def test_limit_of_a_clean_sample_is_the_tolerable_misstatement():
    interval = sampling.interval_t(60.0, 0.95)
    made = checked(["drawn", "", ""], [5.0, 5.0, 5.0], [0.0, np.nan, np.nan], interval)
    told = sampling.misstatement_t(made, 0.95)
    assert told == pytest.approx({"known_t": 0.0, "projected_t": 0.0, "limit_t": 60.0, "rows": 0})


def test_limit_of_a_full_sample_is_what_was_found():
    made = checked(["large", "odd"], [50.0, 5.0], [2.0, -1.0])
    told = sampling.misstatement_t(made, 0.95)
    assert told == pytest.approx({"known_t": 3.0, "projected_t": 3.0, "limit_t": 3.0, "rows": 0})


def test_misstatements_of_drawn_rows_are_projected_on_their_interval():
    # Taintings of 50 % and 20 %: Stringer's bound by hand.
    made = checked(["drawn", "drawn", ""], [4.0, 10.0, 3.0], [-2.0, 2.0, np.nan])
    told = sampling.misstatement_t(made, 0.95)
    r0, r1, r2 = (sampling.reliability(0.95, count) for count in range(3))
    assert told["known_t"] == pytest.approx(4.0)
    assert told["projected_t"] == pytest.approx(0.5 * 20 + 0.2 * 20)
    assert told["limit_t"] == pytest.approx(20 * (r0 + (r1 - r0) * 0.5 + (r2 - r1) * 0.2))


def test_rows_that_could_not_be_recalculated_are_counted():
    made = checked(["large", "drawn", ""], [50.0, 5.0, 5.0], [np.nan, 0.0, np.nan])
    assert sampling.misstatement_t(made, 0.95)["rows"] == 1


def test_the_limit_covers_what_was_made_wrong_as_often_as_it_says():
    generator = np.random.default_rng(5)
    tonnes = generator.uniform(0.5, 8.0, 400)
    tainted = np.where(generator.uniform(size=400) < 0.05, generator.uniform(0.2, 1.0, 400), 0.0)
    wrong_t, covered, tries = (tonnes * tainted).sum(), 0, 150
    for seed in range(tries):
        made = sampling.plan(rows(*tonnes), 90.0, seed=seed, **RULES)
        looked = made["why"] != ""
        made["difference_t"] = np.where(looked, -tonnes * tainted, np.nan)
        covered += sampling.misstatement_t(made, 0.95)["limit_t"] >= wrong_t
    assert covered / tries >= 0.95  # Stringer's bound is known to be cautious


def test_nothing_tolerable_and_less_at_high_risk_are_refused():
    with pytest.raises(ValueError, match="no sample is enough"):
        sampling.plan(rows(1.0), 0.0, seed=1, **RULES)
    with pytest.raises(ValueError, match="more is looked at, not less"):
        sampling.plan(rows(1.0), 60.0, seed=1, **RULES | {"high_risk": 0.5})
