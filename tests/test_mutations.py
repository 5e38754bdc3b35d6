"""Damage to every table, by a script: no traceback, no hang, no change of a total in silence."""

import mutations
import pandas as pd
import pytest


@pytest.mark.slow
def test_there_are_enough_mutations_and_each_kind_is_listed():
    planned = mutations.mutations()
    assert sum(mutations.damaged(*each) is not None for each in planned) >= 1500
    listed = pd.read_csv(mutations.KINDS_TABLE)
    assert listed["kind"].tolist() == list(mutations.KINDS)
    assert set(listed["closed"]) <= {"yes", "no"}


def test_a_mutation_is_the_same_on_every_run():
    for each in mutations.mutations()[::97]:
        assert mutations.damaged(*each) == mutations.damaged(*each)


@pytest.mark.adversary
def test_no_damage_gives_a_traceback_hangs_or_changes_a_total_in_silence():
    table = mutations.tried()
    print(mutations.counts(table).to_string())
    broken = table[table["outcome"].isin(["traceback", "hang"])]
    assert broken.empty, broken.to_string()
    silent = mutations.wrong(table)
    print(f"{len(table)} mutations, {len(silent)} changed a figure in silence")
    silent = silent[silent["kind"].isin(mutations.closed())]
    assert silent.empty, silent.to_string()
