"""Uncertainty: exact answers within the stated Monte Carlo error, a purchase that suffices as often
as stated, same seed same bytes.
"""

import math
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neutrality.offset import sizing, uncertainty

AMOUNT, FACTOR = uncertainty.AMOUNT, uncertainty.FACTOR
SOURCES = pd.DataFrame({"source": ["heat", "gas", "diesel"], "t_co2e": [700.0, 250.0, 50.0]})
INPUTS = pd.DataFrame(
    {
        "input": ["bill:heat", "bill:gas", "bill:diesel", "factor"],
        "relative_standard_uncertainty": [0.04, 0.1, 0.3, 0.08],
    }
)
TERMS = pd.DataFrame(
    [
        *((name, f"bill:{name}", AMOUNT, t) for name, t in SOURCES.itertuples(index=False)),
        *((name, "factor", FACTOR, 1.0) for name in SOURCES["source"]),
    ],
    columns=["source", "input", "acts", "weight"],
)
DRAWS = 40_000


def one(t=1000.0, u=0.2):
    """Return sources, inputs and terms of one source with one input."""
    return (
        pd.DataFrame({"source": ["a"], "t_co2e": [t]}),
        pd.DataFrame({"input": ["a"], "relative_standard_uncertainty": [u]}),
        pd.DataFrame({"source": ["a"], "input": ["a"], "acts": [AMOUNT], "weight": [t]}),
    )


@pytest.mark.parametrize("level", [0.05, 0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("u", [0.02, 0.2, 0.8])
def test_one_input_gives_the_exact_quantiles_of_the_lognormal(level, u):
    total, _ = uncertainty.totals(*one(u=u), DRAWS, 3)
    sigma = math.sqrt(math.log1p(u**2))
    exact = 1000 * math.exp(sigma * NormalDist().inv_cdf(level) - sigma**2 / 2)
    low, high = uncertainty.quantile_range(total, level, confidence=0.9999)
    assert low <= exact <= high


def test_a_sum_that_shares_a_factor_has_the_exact_mean_and_variance():
    total, _ = uncertainty.totals(SOURCES, INPUTS, TERMS, DRAWS, 1)
    u, t = INPUTS["relative_standard_uncertainty"].to_numpy(), SOURCES["t_co2e"].to_numpy()
    bills = (t * u[:3]) @ (t * u[:3])
    variance = (1 + u[3] ** 2) * (bills + t.sum() ** 2) - t.sum() ** 2
    error = math.sqrt(variance / DRAWS)
    assert abs(total.mean() - 1000) < 4 * error
    assert total.std() == pytest.approx(math.sqrt(variance), rel=4 / math.sqrt(2 * DRAWS))


def test_a_shared_factor_is_one_draw_and_spreads_more_than_three_separate_ones():
    shared = uncertainty.residual_draws(
        SOURCES, INPUTS.assign(relative_standard_uncertainty=[0, 0, 0, 0.08]), TERMS, 200, 1
    )
    relative = (shared / shared.isel(source=0)).to_numpy()
    assert relative == pytest.approx(np.tile(SOURCES["t_co2e"] / 700, (200, 1)))
    own = TERMS.assign(
        input=TERMS["input"].where(TERMS["acts"] == AMOUNT, "factor:" + TERMS["source"])
    )
    apart = pd.DataFrame(
        {"input": own["input"].unique(), "relative_standard_uncertainty": [0.0] * 3 + [0.08] * 3}
    )
    together = uncertainty.propagated(
        SOURCES, INPUTS.assign(relative_standard_uncertainty=[0, 0, 0, 0.08]), TERMS
    )[0]
    assert together == pytest.approx(80.0)
    assert uncertainty.propagated(SOURCES, apart, own)[0] == pytest.approx(
        80 * math.hypot(0.7, 0.25, 0.05)
    )


def test_draws_agree_with_error_propagation_where_errors_are_small():
    small = INPUTS.assign(relative_standard_uncertainty=INPUTS["relative_standard_uncertainty"] / 5)
    total, drawn = uncertainty.totals(SOURCES, small, TERMS, DRAWS, 1)
    u_t, propagated = uncertainty.propagated(SOURCES, small, TERMS)
    assert total.std() == pytest.approx(u_t, rel=0.02)
    assert drawn.reindex(propagated.index).to_numpy() == pytest.approx(
        propagated.to_numpy(), abs=0.015
    )
    assert propagated.index[0] == "factor"
    assert propagated.sum() == pytest.approx(1) == pytest.approx(drawn.sum())


def test_same_seed_same_bytes_and_one_more_input_changes_no_draw_of_the_others():
    draws = uncertainty.residual_draws(SOURCES, INPUTS, TERMS, 5000, 7)
    assert draws.dims == ("draw", "source") and draws.sizes["draw"] == 5000
    again = uncertainty.residual_draws(SOURCES[::-1], INPUTS[::-1], TERMS[::-1], 5000, 7).sel(
        source=draws.source
    )
    assert again.to_numpy().tobytes() == draws.to_numpy().tobytes()
    assert (
        uncertainty.residual_draws(SOURCES, INPUTS, TERMS, 9000, 7)[:5000].to_numpy()
        == draws.to_numpy()
    ).all()
    more = (
        pd.concat([SOURCES, pd.DataFrame({"source": ["petrol"], "t_co2e": [9.0]})]),
        pd.concat(
            [
                INPUTS,
                pd.DataFrame({"input": ["bill:petrol"], "relative_standard_uncertainty": [0.5]}),
            ]
        ),
        pd.concat(
            [
                TERMS,
                pd.DataFrame(
                    {
                        "source": ["petrol"],
                        "input": ["bill:petrol"],
                        "acts": [AMOUNT],
                        "weight": [9.0],
                    }
                ),
            ]
        ),
    )
    assert (
        uncertainty.residual_draws(*more, 5000, 7).sel(source=draws.source).to_numpy()
        == draws.to_numpy()
    ).all()
    assert (
        uncertainty.residual_draws(SOURCES, INPUTS, TERMS, 5000, 8).to_numpy() != draws.to_numpy()
    ).all()
    total, _ = uncertainty.totals(SOURCES, INPUTS, TERMS, 5000, 7)
    assert total == pytest.approx(draws.sum("source").to_numpy(), rel=1e-12)


def test_a_residual_is_never_negative_and_near_zero_its_mean_is_above_the_point():
    sources, inputs, terms = one(t=1.0, u=0.1)
    total, _ = uncertainty.totals(sources, inputs, terms.assign(weight=100.0), DRAWS, 1)
    assert total.min() == 0 and total.mean() > 2 and uncertainty.quantile(total, 0.5) < total.mean()


def test_certain_inputs_have_no_spread():
    total, shares = uncertainty.totals(
        SOURCES, INPUTS.assign(relative_standard_uncertainty=0.0), TERMS, 1000, 1
    )
    assert total == pytest.approx(np.full(1000, 1000.0)) and (shares == 0).all()
    assert (
        uncertainty.propagated(SOURCES, INPUTS.assign(relative_standard_uncertainty=0.0), TERMS)[0]
        == 0
    )


@pytest.mark.parametrize(
    ("sources", "inputs", "terms", "message"),
    [
        (pd.concat([SOURCES, SOURCES[:1]]), INPUTS, TERMS, "'heat' is listed twice"),
        (SOURCES, pd.concat([INPUTS, INPUTS[:1]]), TERMS, "'bill:heat' is listed twice"),
        (SOURCES[:0], INPUTS, TERMS, "there is none"),
        (SOURCES.assign(t_co2e=-1.0), INPUTS, TERMS, "source 'heat': t_co2e is -1.0"),
        (
            SOURCES,
            INPUTS.assign(relative_standard_uncertainty=float("nan")),
            TERMS,
            "input 'bill:heat': relative_standard_uncertainty is nan",
        ),
        (SOURCES, INPUTS, TERMS.assign(input="meter"), "input 'meter' is not in the table inputs"),
        (SOURCES[1:], INPUTS, TERMS, "source 'heat' is not in the table sources"),
    ],
)
def test_unusable_sources_inputs_and_terms_are_refused(sources, inputs, terms, message):
    with pytest.raises(ValueError, match=message):
        uncertainty.residual_draws(sources, inputs, terms, 10, 1)


@given(st.floats(0.5, 0.999), st.floats(0.5, 0.999))
@settings(max_examples=50)
def test_a_quantile_suffices_as_often_as_stated_and_grows_with_confidence(a, b):
    total, _ = uncertainty.totals(SOURCES, INPUTS, TERMS, 400, 3)
    low, high = sorted([a, b])
    assert np.mean(total <= uncertainty.quantile(total, high)) >= high
    assert uncertainty.quantile(total, low) <= uncertainty.quantile(total, high)


@pytest.mark.slow
def test_buying_at_95_percent_suffices_for_93_to_97_percent_of_2000_simulated_inventories():
    """True emissions are drawn first; only their readings, with errors of amounts and factors, are
    known.
    """
    rng, enough = np.random.default_rng(20250101), 0
    for made in range(2000):
        count = rng.integers(3, 9)
        names = [f"s{n}" for n in range(count)]
        amount_u, factor_u = rng.uniform(0.01, 0.1, count), rng.uniform(0.01, 0.08, 2)
        truth, factor_of = rng.uniform(100, 5000, count), rng.integers(0, 2, count)
        read = truth * rng.normal(1, amount_u) * rng.normal(1, factor_u)[factor_of]
        sources = pd.DataFrame({"source": names, "t_co2e": read})
        inputs = pd.DataFrame(
            {"input": [*names, "f0", "f1"], "relative_standard_uncertainty": [*amount_u, *factor_u]}
        )
        terms = pd.DataFrame(
            [
                *((name, name, AMOUNT, t) for name, t in zip(names, read, strict=True)),
                *((name, f"f{at}", FACTOR, 1.0) for name, at in zip(names, factor_of, strict=True)),
            ],
            columns=["source", "input", "acts", "weight"],
        )
        total, _ = uncertainty.totals(sources, inputs, terms, 2000, made)
        enough += sizing.credits_needed(uncertainty.quantile(total, 0.95)) >= truth.sum()
    assert 0.93 <= enough / 2000 <= 0.97
