"""What certificates and credits share, and what a list of findings says."""

import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import ISO, REPORTER, credit, credit_findings

from neutrality.case import tables
from neutrality.ledger import certificates, credits, ranges
from neutrality.reference import schemes
from neutrality.texts import findings


def test_empty_ledgers_find_nothing():
    assert credits.check(tables.empty("credits"), 2025, REPORTER, ISO) == []
    assert certificates.check(tables.empty("certificates"), 2025, REPORTER) == []
    columns = ["table", "row", "rule", "severity", "zh", "en", "kwh", "t_co2e", "base_t_co2e"]
    assert list(findings.table([])) == columns


def test_every_rule_speaks_both_languages_of_the_same_values():
    for rule, (severity, zh, en) in findings.rules().items():
        values = [
            {name.removesuffix(f"_{lang}") for name in re.findall(r"\{(\w+)", text)}
            for lang, text in (("zh", zh), ("en", en))
        ]
        assert severity in ("refused", "odd", "unchecked") and values[0] == values[1], rule


def test_schemes_have_a_source_and_a_status_each():
    table = schemes.schemes()
    assert (
        table["source"].str.len().gt(0).all()
        and table["status"].isin(["CONFIRMED", "SINGLE"]).all()
    )


def test_refusal_shows_the_first_rows_and_counts_the_rest():
    found = credit_findings(*[credit(quantity=1)] * 30)
    with pytest.raises(ValueError) as refusal:
        findings.refuse(found, shown=3)
    assert len(str(refusal.value).splitlines()) == 4 and "and 56 more rows" in str(refusal.value)


block = st.tuples(st.sampled_from(["GEC", "GO"]), st.integers(1, 60), st.integers(0, 8))


@given(st.lists(block, min_size=1, max_size=12))
def test_two_sorts_find_what_comparing_all_pairs_finds(made):
    rows = pd.DataFrame(
        [(space, first, first + more, 2025) for space, first, more in made],
        columns=["space", "serial_start", "serial_end", "claimed_year"],
    )
    pairs = [
        {one, other}
        for one, a in rows.iterrows()
        for other, b in rows.iterrows()
        if one < other
        and a.space == b.space
        and a.serial_start <= b.serial_end
        and b.serial_start <= a.serial_end
    ]
    assert set(rows.index[ranges.overlaps(*ranges.sort_keys(rows))]) == set().union(*pairs)
    found = [{row, other} for row, other in ranges.overlapping(rows).other.items()]
    assert all(pair in pairs for pair in found) and bool(found) == bool(pairs)


def test_numbers_too_large_for_sort_keys_are_still_compared():
    last = 10**18 - 1
    rows = pd.DataFrame(
        [(str(space), 1, last, 2025) for space in range(12)],
        columns=["space", "serial_start", "serial_end", "claimed_year"],
    )
    assert ranges.sort_keys(rows) is None and ranges.overlapping(rows).empty
    assert len(ranges.overlapping(pd.concat([rows, rows[:1]], ignore_index=True))) == 1
