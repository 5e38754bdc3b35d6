"""Stress of the credits: published shares by block, the credits then needed, and their listing."""

import pytest
from blocks import BLOCKS, many
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import credit, frame

from neutrality.ledger import credits
from neutrality.offset import sizing, stress


def stressed(needed=1100, retired=1100, blocks=BLOCKS, years=2):
    valid = stress.valid_credits(blocks, 2025, 0.1, years)
    return stress.stress_table(needed, 1200, 0.975, retired, valid, 0.1, years), valid


def test_badgley_and_probst_shares_give_the_derived_credits():
    table, _ = stressed(1309, 0, BLOCKS[:0])
    assert table["credits"].tolist() == [1309, 1200, 1639, 1855, 2105, 8182, 1455, 1309, 1309]
    assert (table["valid"] == 0).all()
    assert not table["enough"].any()
    assert "97.5 %" in table["name_en"][1]
    assert table["name_en"].str.contains("Californian compliance programme").sum() == 3


def test_each_stress_affects_only_the_blocks_concerned():
    table, valid = stressed()
    left = valid.pivot(index="stress", columns="row", values="valid")
    assert left.loc["overcredit_badgley"].tolist() == pytest.approx([706, 70.6])
    assert left.loc["probst_all"].tolist() == pytest.approx([160, 16])
    assert left.loc["label_lost"].tolist() == [1000, 0]
    assert left.loc["vintage_tighter"].tolist() == [0, 100]
    assert left.loc["reversal"].tolist() == [900, 90]
    lost = table[table["name_en"].str.contains("labels")].iloc[0]
    assert (lost["credits"], lost["valid"], lost["enough"]) == (1200, 1000, False)
    assert table["enough"].tolist()[:2] == [True, False]


def test_forest_studies_do_not_apply_to_other_credits():
    wind = BLOCKS.assign(serial_scope="1")
    left = stressed(blocks=wind)[1].groupby("stress")["valid"].sum()
    assert left["overcredit_badgley"] == left["reversal"] == 1100
    assert left["probst_all"] == pytest.approx(176)
    table = stressed(blocks=wind)[0].set_index("name_en")
    about = table.index.str.contains("of the forest and land-use credits")
    assert about.sum() == 4
    assert (table["enough"][about] == "not_applicable").all()
    assert table.loc[about, ["credits", "valid"]].isna().all(axis=None)
    assert table["credits"][~about].notna().all()


def test_many_blocks_of_one_credit_lose_as_much_as_one_block_of_all():
    apart, whole = (
        stressed(1900, 1900, many(1900))[0],
        stressed(1900, 1900, credits.blocks(frame([credit(1, 1900)])))[0],
    )
    assert apart["valid"].tolist()[2:6] == whole["valid"].tolist()[2:6] == [1518, 1341, 1181, 304]


def test_invalid_blocks_are_added_to_the_need_and_only_missing_credits_are_to_be_bought():
    table = stressed(1000, 1100, BLOCKS)[0]
    lost = table[table["name_en"].str.contains("labels")].iloc[0]
    assert (lost["credits"], lost["valid"], lost["missing"], lost["enough"]) == (
        1100,
        1000,
        0,
        True,
    )
    assert table["missing"].iloc[3] == 1000 - 776 and table["missing"].iloc[1] == 100


@pytest.mark.slow
@given(st.integers(0, 10**6), st.floats(0, 0.99), st.floats(0, 0.99))
@settings(max_examples=30)
def test_a_larger_invalid_share_never_needs_fewer_credits(needed, a, b):
    low, high = (
        stress.stress_table(
            needed, needed, 0.95, 0, stress.valid_credits(BLOCKS, 2025, share, 2), share, 2
        )["credits"][6]
        for share in sorted([a, b])
    )
    assert needed <= low <= high


def test_few_blocks_are_listed_one_by_one_and_many_in_groups_that_add_up():
    valid = stress.valid_credits(BLOCKS, 2025, 0.1, 2)
    few = stress.stress_listed(valid, BLOCKS)
    assert few["name_en"].tolist() == [
        "VCS 3005 · 2022 · row\u00a02",
        "VCS 3005 · 2024 · row\u00a03",
    ]
    assert few["probst_all"].tolist() == pytest.approx([160, 16])
    lots = many(1900)
    grouped = stress.stress_listed(stress.valid_credits(lots, 2025, 0.1, 2), lots)
    assert len(grouped) == sizing.BLOCKS_SHOWN and grouped["quantity"].sum() == 1900
    assert grouped["name_en"].iloc[-1].startswith("others · ")
    assert grouped["overcredit_badgley"].sum() == pytest.approx(1900 * 0.706)
    assert stress.stress_listed(valid[:0], BLOCKS[:0]).empty
