"""The accountant who wants a smaller total: what is tried, and what happens."""

import attacks
import evaluator
import pytest

from neutrality import sheets
from neutrality.texts.findings import Finding

TABLE = sheets.cells(attacks.TABLE).set_index("id")


def test_every_attack_has_a_row_that_says_what_it_changes_and_what_must_happen():
    assert TABLE.index.is_unique and set(TABLE.index) == set(attacks.ATTACKS)
    assert len(TABLE) >= 200
    assert set(TABLE["must"]) <= {"refused", "finding", "same"}
    assert set(TABLE["closed"]) <= {"yes", "no"} and (TABLE["change"] != "").all()


def finding(rule, t_co2e=0.0):
    made = Finding("energy", 0, rule, "odd", "", "")
    object.__setattr__(made, "t_co2e", t_co2e)
    return made


HONEST = evaluator.Outcome([], [finding("stuck", 5.0)], 1309.0, 1309, 1309, 500.0)


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({"refused": ["energy.csv: no"]}, "refused"),
        ({}, "same"),
        ({"market_t": 1300.0}, "accepted"),
        ({"market_t": float("nan")}, "accepted"),
        ({"market_t": float("inf")}, "accepted"),
        ({"retired": 1310}, "accepted"),
        ({"needed": 1308}, "accepted"),
        ({"reduced_t": 600.0}, "accepted"),
        ({"market_t": 1310.0, "needed": 1310}, "worse"),
        ({"market_t": 1300.0, "findings": [finding("stuck", 5.0)]}, "accepted"),
        ({"market_t": 1300.0, "findings": [finding("stuck", 9.0)]}, "finding"),
        ({"market_t": 1300.0, "findings": [finding("stuck")] * 2}, "finding"),
        ({"market_t": 1300.0, "findings": [finding("zero_reading")]}, "finding"),
    ],
)
def test_silence_is_a_better_figure_without_a_new_finding(changed, outcome):
    assert attacks.told(HONEST._replace(**changed), HONEST).outcome == outcome


def test_what_must_be_told_is_silent_also_where_no_figure_moves():
    assert attacks.silent("refused", "same") and attacks.silent("finding", "worse")
    assert attacks.silent("same", "accepted") and not attacks.silent("same", "worse")
    assert not attacks.silent("refused", "finding")


TOLD = attacks.Told("finding", ["amount_fell"], -374.0, 0, "", ["amount_fell"], 374.0, 374.0)


@pytest.mark.parametrize(
    ("changed", "must", "explained", "wanting"),
    [
        ({}, "finding", "", ""),
        ({}, "refused", "", "must be refused"),
        ({"page_one": []}, "finding", "its size is not known", "not on page one"),
        ({"told_t": 180.0}, "finding", "", "told 180 t of 374 t"),
        ({"told_t": 760.0}, "finding", "", "told 760 t of 374 t"),
        ({"told_t": 180.0}, "finding", "the other half is in another row", ""),
        ({"gained_t": 10.0, "page_one": [], "told_t": 0.0}, "finding", "", ""),
        (
            {"rules": ["market_unchecked"], "gained_t": 10.0, "page_one": []},
            "finding",
            "",
            "merely unchecked",
        ),
        ({"outcome": "refused"}, "refused", "", ""),
        ({"outcome": "refused"}, "finding", "", ""),
        ({"outcome": "refused"}, "same", "", "must be same"),
    ],
)
def test_told_means_page_one_with_the_right_tonnes(changed, must, explained, wanting):
    said = attacks.weak(TOLD._replace(**changed), must, explained, 65.0)
    assert wanting in said and bool(wanting) == bool(said)


def test_a_slice_of_a_notebook_holds_what_its_results_rest_on_and_refuses_as_it_does():
    tree = evaluator.ast.parse(
        "import math\nunused = 1 / 0\na = 2\nchecks.refuse(a)\nb = a + 1\nb += 1\nprint(b)"
    )
    kept = [evaluator.ast.unparse(each) for each in evaluator._rests_on(tree.body, {"b"})]
    assert kept == ["import math", "a = 2", "checks.refuse(a)", "b = a + 1", "b += 1"]


@pytest.mark.slow
def test_the_evaluator_gives_the_figures_of_the_report(first_bundle, tmp_path):
    made = evaluator.evaluate(attacks.Case(tmp_path / "case").yaml)
    stated = attacks.pd.read_csv(first_bundle / "claims.csv").set_index("id")["value"]
    told = attacks.pd.read_csv(first_bundle / "tables" / "findings.csv")
    assert made.market_t == pytest.approx(stated["market_t"], rel=1e-12)
    assert made.needed == stated["credits_needed"] and made.retired == stated["credits_retired"]
    assert made.reduced_t == pytest.approx(stated["reductions_t"], rel=1e-9)
    assert set(made.rules()) <= set(told["rule"])


@pytest.mark.adversary
def test_nothing_is_silently_accepted_or_told_too_weakly_and_the_document_is_current():
    table = attacks.tried()
    print(table[["must", "outcome", "moved_t", "rules"]].to_string())
    broken = table[table["silent"] | (table["wanting"] != "")]
    assert broken.empty, broken[["change", "outcome", "moved_t", "wanting"]].to_string()
    assert attacks.DOCUMENT.read_text(encoding="utf-8") == attacks.document(table)
