"""What certificates and credits share, and how findings are told."""

import re

import pytest
from ledgers import ISO, REPORTER, credit, credit_findings

from neutrality import carbon_credits, findings, green_certificates, ledger, tables


def test_empty_ledgers_find_nothing():
    assert carbon_credits.check(tables.empty("credits"), 2025, REPORTER, ISO) == []
    assert green_certificates.check(tables.empty("certificates"), 2025, REPORTER) == []
    assert list(findings.table([])) == ["table", "row", "rule", "severity", "zh", "en"]


def test_every_rule_speaks_both_languages_of_the_same_values():
    for rule, (severity, zh, en) in findings.rules().items():
        values = [{name.removesuffix(f"_{lang}") for name in re.findall(r"\{(\w+)", text)} for lang, text in (("zh", zh), ("en", en))]
        assert severity in ("refused", "odd", "unchecked") and values[0] == values[1], rule


def test_schemes_have_a_source_and_a_status_each():
    table = ledger.schemes()
    assert table["source"].str.len().gt(0).all() and table["status"].isin(["CONFIRMED", "SINGLE"]).all()


def test_refusal_shows_the_first_rows_and_counts_the_rest():
    found = credit_findings(*[credit(quantity=1)] * 30)
    with pytest.raises(ValueError) as refusal:
        findings.refuse(found, shown=3)
    assert len(str(refusal.value).splitlines()) == 4 and "and 56 more rows" in str(refusal.value)
