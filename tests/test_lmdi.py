"""Index decomposition: identities, zeros, a published worked example, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from neutrality.trend import lmdi

factor = st.one_of(st.just(0.0), st.floats(1e-3, 1e3))
ends = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda shape: st.tuples(*[arrays.arrays("float64", shape, elements=factor)] * 2)
)


def frames(ends):
    return [pd.DataFrame(end, columns=[f"x{i}" for i in range(end.shape[1])]) for end in ends]


def total(end):
    return end.prod(axis=1).sum()


def sums(before, after):
    return lmdi.additive(before, after).sum()


@given(ends)
def test_effects_sum_to_the_change_zeros_included(ends):
    before, after = frames(ends)
    scale = max(total(before), total(after))
    assert sums(before, after).sum() == pytest.approx(
        total(after) - total(before), abs=1e-9 * scale
    )


@given(ends)
def test_reversing_the_years_flips_the_signs(ends):
    before, after = frames(ends)
    scale = max(total(before), total(after))
    there, back = sums(before, after), sums(after, before)
    np.testing.assert_allclose(there, -back, rtol=0, atol=1e-9 * scale)


@given(ends)
def test_a_factor_that_did_not_change_has_no_effect(ends):
    before, after = frames(ends)
    after["x0"] = before["x0"]
    assert sums(before, after)["x0"] == 0
    if total(before) > 0 and total(after) > 0:
        assert (lmdi.multiplicative(before, after)["x0"] == 1).all()


def test_lmdi_gives_the_textbook_value():
    before = pd.DataFrame({"activity": [10.0], "intensity": [2.0]})
    after = pd.DataFrame({"activity": [20.0], "intensity": [1.5]})
    weight = (30 - 20) / np.log(30 / 20)  # L(V_T, V_0) in Ang 2005
    expected = [weight * np.log(20 / 10), weight * np.log(1.5 / 2.0)]
    np.testing.assert_allclose(sums(before, after), expected, rtol=1e-12)


def test_zeros_take_the_limit_of_vanishing_values():
    # Green power counted as zero: the carrier's factor falls to nothing while its amount grows.
    before = pd.DataFrame({"kwh": [100.0, 50.0], "factor": [0.6, 0.0]})
    after = pd.DataFrame({"kwh": [120.0, 80.0], "factor": [0.0, 0.4]})
    assert sums(before, after).to_list() == [0.0, -60.0 + 32.0]
    # The small value of Ang and Liu 2007 converges to it, but slowly: still 1 % off at 1e-20.
    small = sums(before.replace(0, 1e-20), after.replace(0, 1e-20))
    np.testing.assert_allclose(small, [0.0, -28.0], atol=0.6)


def test_two_factors_that_vanish_together_share_the_effect():
    before, after = pd.DataFrame({"a": [2.0], "b": [3.0]}), pd.DataFrame({"a": [0.0], "b": [0.0]})
    assert sums(before, after).to_list() == [-3.0, -3.0]


def test_negative_missing_or_different_factors_are_refused():
    good = pd.DataFrame({"a": [1.0], "b": [2.0]})
    for bad in (good.assign(a=-1.0), good.assign(a=np.nan)):
        with pytest.raises(ValueError, match="negative or missing"):
            lmdi.additive(good, bad)
    with pytest.raises(ValueError, match="same parts and factors"):
        lmdi.additive(good, good[["b", "a"]])


@given(ends)
def test_ratios_multiply_to_the_ratio_zeros_included(ends):
    before, after = frames(ends)
    product = lmdi.multiplicative(before, after).prod().prod() if total(before) else None
    if total(before):
        assert product == pytest.approx(total(after) / total(before), rel=1e-9)
    elif total(after):
        assert lmdi.multiplicative(before, after).isna().all(axis=None)  # what appears has no ratio
    else:
        assert (lmdi.multiplicative(before, after) == 1).all(axis=None)


@given(ends, st.integers(0, 3), st.floats(0.1, 0.9))
def test_splitting_a_part_in_two_changes_nothing(ends, part, share):
    before, after = frames(ends)
    part = part % len(before)

    def split(end):
        halves = pd.concat([end.iloc[[part]], end.iloc[[part]]])
        halves["x0"] *= [share, 1 - share]
        return pd.concat([end.drop(index=part), halves], ignore_index=True)

    scale = max(total(before), total(after))
    np.testing.assert_allclose(
        sums(split(before), split(after)), sums(before, after), rtol=0, atol=1e-9 * scale
    )


@given(ends, st.floats(1e-3, 1e3))
def test_scaling_a_factor_at_both_ends_scales_effects_and_leaves_ratios(ends, by):
    before, after = frames(ends)
    scaled = [end.assign(x0=end["x0"] * by) for end in (before, after)]
    scale = by * max(total(before), total(after))
    np.testing.assert_allclose(sums(*scaled), by * sums(before, after), rtol=0, atol=1e-9 * scale)
    if total(before) and total(after):
        np.testing.assert_allclose(
            lmdi.multiplicative(*scaled).prod(),
            lmdi.multiplicative(before, after).prod(),
            rtol=1e-9,
        )


# A published worked example. No numeric table of Ang (2005, 2015), of Ang, Zhang and Choi (1998) or
# of Wood and Lenzen (2006) could be read in public text. This one is the example of the R package
# LMDIR, written after them (M. K. Heun, MIT licence, github.com/MatthewHeun/LMDIR,
# tests/testthat/test_lmdi.R at commit 01ff841): two parts, three factors, 1971 to 1974, printed to
# ten digits; its zeros follow, as it says, table 2, p. 492, of Ang, Zhang and Choi (1998) and Wood
# and Lenzen (2006).

YEARS = {
    1971: [[1, 10, 2], [4, 5, 3]],
    1972: [[4, 5, 3], [5, 6, 4]],
    1973: [[8, 2, 4], [5, 7, 5]],
    1974: [[10, 1, 5], [6, 8, 6]],
}
BY_PART = {
    1972: [[50.47438029, -25.23719014, 14.76280986], [19.31568569, 15.78206435, 24.90224996]],
    1973: [[42.96021467, -56.79031473, 17.83010006], [0, 22.47128816, 32.52871184]],
    1974: [[12.6549815, -39.30996299, 12.6549815], [41.35566084, 30.28867832, 41.35566084]],
}
ADDITIVE = {
    1972: [69.79006598, -9.455125793, 39.66505981],
    1973: [42.96021467, -34.31902656, 50.3588119],
    1974: [54.01064234, -9.021284671, 54.01064234],
}
MULTIPLICATIVE = {
    1972: [1.761117821, 0.926191306, 1.379410116],
    1973: [1.229284572, 0.847970248, 1.273773912],
    1974: [1.208140223, 0.968911503, 1.208140223],
}


def example(year):
    return pd.DataFrame(YEARS[year], columns=["x0", "x1", "x2"], dtype="float64")


def digits(value):
    """Return half a unit of the last printed digit: ten significant, at most nine decimals."""
    return 0.51 * 10.0 ** -(8 if abs(value) >= 10 else 9)


@pytest.mark.parametrize("year", BY_PART)
def test_the_example_of_lmdir_is_reproduced_to_its_printed_digits(year):
    ends = example(year - 1), example(year)
    found = [
        lmdi.additive(*ends).to_numpy(),
        sums(*ends).to_numpy(),
        lmdi.multiplicative(*ends).prod().to_numpy(),
    ]
    for made, printed in zip(
        found, (BY_PART[year], ADDITIVE[year], MULTIPLICATIVE[year]), strict=True
    ):
        for one, other in zip(np.ravel(made), np.ravel(printed), strict=True):
            assert abs(one - other) <= digits(other)


def test_chained_effects_are_the_examples_cumulated_ones():
    made = lmdi.over_years({year: example(year) for year in YEARS}, 1971).sum("part")
    np.testing.assert_allclose(
        made.chained_effect.sel(year=1974), np.sum(list(ADDITIVE.values()), axis=0), atol=1e-7
    )
    assert float(made.chained_effect.sel(year=1974).sum()) == pytest.approx(
        258, abs=1e-9
    )  # 100 + 59 + 99


def test_zeros_in_the_example_are_effects_of_the_factor_that_was_or_became_zero():
    before, after = example(1971), example(1972)
    before.loc[0, "x0"], after.loc[1, "x2"] = 0.0, 0.0
    assert lmdi.additive(before, after).to_numpy().tolist() == [[60, 0, 0], [0, 0, -60]]


# Over the years


def test_years_are_sorted_and_without_the_base_year_there_are_no_effects():
    shuffled = {year: example(year) for year in (1973, 1971, 1974, 1972)}
    assert lmdi.over_years(shuffled, 1971).equals(
        lmdi.over_years({year: example(year) for year in YEARS}, 1971)
    )
    assert lmdi.over_years(shuffled, 1970).sizes["year"] == 0


def test_effects_by_attribution_sum_to_the_whole_change():
    frames = {
        year: example(year).set_axis(["activity", "use", "grid_factor"], axis=1) for year in YEARS
    }
    effects = lmdi.by_attribution(lmdi.by_driver(lmdi.over_years(frames, 1971)))
    last = effects.set_index("who")
    assert set(last["year"]) == {1974}
    assert list(last.index) == ["growth", "company", "grid"]
    assert last["effect"].sum() == pytest.approx(258) == last["chained_effect"].sum()
    assert last["ratio"].prod() == pytest.approx(338 / 80)
