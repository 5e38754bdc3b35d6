"""An honest case is not buried: what twelve made sites and a real one print that they have not
earned.
"""

import portfolio
import pytest
import test_own_case
from evaluator import evaluate

from neutrality.case import tables
from neutrality.trend import series

pytestmark = pytest.mark.slow
MOST_NOISE = 3  # lines a site
SITES = {site.name: site for site in portfolio.SITES}
# The real building's factors are its own, and no row speaks of heat or refrigerants.
OF_B27 = portfolio.OF_OWN_GRID | {"source_unstated"}


def noise(case_yaml, earned):
    """Return the findings of a case that it has not earned; it must not be refused."""
    outcome = evaluate(case_yaml)
    assert outcome.refused == []
    return [finding.en for finding in outcome.findings if finding.rule not in earned]


@pytest.mark.parametrize("name", SITES)
def test_a_made_site_is_not_buried(name, tmp_path):
    case_yaml = portfolio.make(SITES[name], tmp_path)
    said = noise(case_yaml, SITES[name].earned)
    figures = series.read(tables.read_or_empty(case_yaml.parent, "company"))
    contradicted = series.contradictions(figures)
    said += [each.en for each in series.contradiction_findings(contradicted, case_yaml.parent)]
    assert len(said) <= MOST_NOISE, "\n".join(said)


def test_the_real_building_is_not_buried(tmp_path):
    folder = test_own_case.made(tmp_path)
    said = noise(folder / f"{test_own_case.REPORTING}.yaml", OF_B27)
    assert len(said) <= MOST_NOISE, "\n".join(said)


def test_the_portfolio_is_the_same_on_every_run_and_its_sites_differ(tmp_path):
    site = portfolio.SITES[0]
    kwh = [
        tables.read(portfolio.make(site, tmp_path / run).parent, "energy", site.zone)
        for run in ("first", "second")
    ]
    assert kwh[0].equals(kwh[1])
    assert len({(each.shape, each.province, each.m2) for each in portfolio.SITES}) == 12
    assert min(each.m2 for each in portfolio.SITES) == 500
    assert max(each.m2 for each in portfolio.SITES) == 80_000


def test_what_is_earned_is_said(tmp_path):
    # Were the findings switched off, there would be no noise either.
    site = SITES["guizhou-servers"]
    said = evaluate(portfolio.make(site, tmp_path)).rules()
    assert {"registry_unchecked", "serial_opaque", "double_count"} <= set(said)
