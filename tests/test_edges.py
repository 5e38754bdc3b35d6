"""The edges of rules, one notch on either side: each test here fails where its rule is loosened
to the next relation, and no other test did.
"""

from pathlib import Path

import pandas as pd
import pytest
from bills import activity, bills
from blocks import BLOCKS
from ledgers import BEIJING, ISO, certificate_findings, credit, credit_findings, rules, serial

from neutrality import claims, lineage, sheets
from neutrality.case import tables
from neutrality.case.schemas import SCHEMAS
from neutrality.inventory import activities, change, views
from neutrality.ledger import plant_projects, serials
from neutrality.offset import residual, stress
from neutrality.reference import emission_factors, gases, grid_factors, published, schemes
from neutrality.reference.status import STATUSES
from neutrality.trend import carriers, series, statements

CASE = Path(__file__).parents[1] / "params" / "china-mobile-hq"
THEN, NOW, OTHER = "grid_cn_beijing_2021", "grid_cn_beijing_2023", "grid_cn_china_2023"


# Ledgers


@pytest.mark.parametrize("named", ["Example Tower Holdings", "not Example Tower", "Example"])
def test_a_beneficiary_that_holds_the_reporters_name_is_another(named):
    assert rules(certificate_findings({"beneficiary": named})) == ["beneficiary_differs"]


@pytest.mark.parametrize(
    ("month", "found"),
    [("2023-12", ["outside_vintage_window"]), ("2024-01", ["generated_before_year"])],
)
def test_the_window_of_twelve_months_begins_in_january_of_the_year_before(month, found):
    changed = {"month": month, "retired_on": "2025-01-31"}
    assert rules(certificate_findings(changed, vintage_months=12)) == found
    if month == "2024-01":
        assert rules(certificate_findings(changed, vintage_months=11)) == ["outside_vintage_window"]


def test_a_certificate_may_be_retired_on_the_last_day_of_its_month():
    assert rules(certificate_findings({"retired_on": "2025-03-31"})) == []
    assert rules(certificate_findings({"retired_on": "2025-03-30"})) == [
        "retired_before_generation"
    ]


@pytest.mark.parametrize("longer", ["VCS 30051", "VCS 300", "VCS 13005"])
def test_a_project_whose_number_is_longer_or_shorter_is_another(longer):
    assert not plant_projects.same_project(longer, "VCS 3005")
    assert not plant_projects.same_project("VCS 3005", longer)


def test_a_vintage_of_one_day_is_a_vintage():
    one_day = ("31122022", "31122022")
    assert len(serials.parsed(pd.Series([serial(vintage=one_day)]))) == 1
    row = credit(serial=serial(vintage=one_day), vintage_start="2022-12-31")
    assert rules(credit_findings(row)) == []
    reversed_ = credit(serial=serial(vintage=("01012023", "31122022")))
    assert rules(credit_findings(reversed_), "refused") == ["serial_malformed"]


def test_days_of_a_gold_standard_vintage_may_be_the_whole_year():
    gold = credit(serial="GS1-1-CN-GS3005-16-2022-30256-1-100", programme="GS", project_id="GS3005")
    assert "vintage_contradicts" not in rules(credit_findings(gold))
    assert "vintage_contradicts" not in rules(credit_findings(gold | {"vintage_end": "2022-06-30"}))
    early = gold | {"vintage_start": "2021-12-31"}
    assert "vintage_contradicts" in rules(credit_findings(early))


def test_an_opaque_vintage_of_one_day_is_not_reversed():
    opaque = credit(serial="CCER-1", programme="CCER", vintage_start="2022-12-31")
    assert "vintage_reversed" not in rules(credit_findings(opaque))


def test_a_credit_may_be_retired_on_the_day_its_vintage_ends():
    row = credit(
        serial=serial(vintage=("01012025", "31072025")),
        vintage_start="2025-01-01",
        vintage_end="2025-07-31",
        retired_on="2025-07-31",
    )
    assert "retired_before_vintage" not in rules(credit_findings(row))
    assert "retired_before_vintage" in rules(credit_findings(row | {"retired_on": "2025-07-30"}))


@pytest.mark.parametrize(("of_scheme", "of_certifier", "limit"), [(5, 2, 2), (2, 5, 2), (5, 3, 3)])
def test_of_two_limits_of_the_vintage_the_stricter_holds(
    monkeypatch, of_scheme, of_certifier, limit
):
    ruled, row = schemes.scheme_rules(ISO), schemes.scheme_rules(ISO).iloc[[0]]
    both = pd.concat([ruled, row.assign(rule="vintage_age", limit=str(of_scheme))])
    monkeypatch.setattr(schemes, "scheme_rules", lambda scheme: both)
    found = credit_findings(credit(), max_vintage_age_years=of_certifier)  # vintage 2022 for 2025
    old = [f.en for f in found if f.rule == "vintage_too_old"]
    assert bool(old) == (limit < 3)


def test_a_tighter_limit_of_three_years_keeps_the_vintage_of_three_years_ago():
    for years, valid in ((3, [1000, 100]), (2, [0, 100])):
        table = stress.valid_credits(BLOCKS, 2025, 0.1, years)
        assert table.query("stress == 'vintage_tighter'")["valid"].tolist() == valid


# The plan, and the rules of both years


def test_a_target_of_the_reporting_year_itself_is_no_plan_ahead():
    plan = pd.DataFrame({"year": [2025], "target_t": [900.0]}, index=[2])
    assert residual.residual_term(ISO, plan, 2025) == "unabated"
    assert [f.rule for f in residual.plan_findings(plan, 2025, 1000.0)] == ["plan_past"]
    assert residual.residual_term(ISO, plan, 2024) == "residual"


@pytest.mark.parametrize("halves", [(OTHER, ""), ("", OTHER)])
def test_a_rule_for_either_year_alone_is_half_a_rule(halves):
    with pytest.raises(ValueError, match="give both or neither"):
        grid_factors.refuse_half_a_rule(*halves)
    with pytest.raises(ValueError, match="give both or neither"):
        grid_factors.decide(emission_factors.factors(), "AR5", NOW, THEN, *halves)


# What the inventory counts


def of_every_line(year=2025, times=1.0):
    """An inventory of 10 t of grid electricity and 1,000 t on each line."""
    rows = [
        (year, "1", line, "CO2", line, 1000.0 * times)
        for line in ("inventory", "memo", "biogenic", "non_kyoto")
    ]
    columns = ["year", "scope", "source", "gas_family", "line", "t_co2e"]
    table = pd.DataFrame(rows, columns=columns)
    return views.inventory(year, 20_000.0 * times, 0.0, 0.5, 0.5, table)


def test_every_total_of_the_inventory_leaves_the_other_lines_out():
    now, base = of_every_line(), of_every_line(2023, 2.0)
    changed = change.change_table(change.base_year_change(base, now, now))
    assert set(changed["source"]) == {views.GRID, "inventory", "total"}
    total = changed.set_index(["view", "source"]).loc[("market", "total")]
    assert (total.base_t, total.reporting_t, total.change_t) == (2020, 1010, -1010)
    assert views.side_by_side(now).loc[("", "total")].tolist() == [1010, 1010]
    assert views.by_gas(now)["t_co2e"].tolist() == [1010, 1010]
    said = views.totals(now)
    assert (said["location_t"], said["market_t"], said["scope1_t"]) == (1010, 1010, 1000)
    assert (said["scope2_location_t"], said["scope2_market_t"], said["scope3_t"]) == (10, 10, 0)
    assert said["memo_t"] == said["biogenic_t"] == said["non_kyoto_t"] == 1000
    sources = residual.residual_sources(now, 2025)
    assert sources.set_index("source")["t_co2e"].to_dict() == {"inventory": 1000, views.GRID: 10}


def test_the_change_names_what_both_views_share_once_and_electricity_in_each():
    columns = ["year", "scope", "source", "gas_family", "line", "t_co2e"]

    def of_year(year, times):
        rows = [(year, "1", source, "CO2", "inventory", times) for source in ("boiler", "zinc")]
        emitted = pd.DataFrame(rows, columns=columns)
        return views.inventory(year, 20_000.0 * times, 4_000.0, 0.5, 0.5, emitted)

    base, now = of_year(2023, 2.0), of_year(2025, 1.0)
    changed = change.change_table(change.base_year_change(base, now, now))
    named = list(zip(changed["view"], changed["source"], strict=True))
    electricity = [("location", views.GRID), ("market", views.GRID)]
    totals = [("location", "total"), ("market", "total")]
    assert named == [("both", "boiler"), ("both", "zinc"), *electricity, *totals]
    assert changed["change_t"].tolist() == [-1, -1, -10, -10, -12, -12]
    assert changed.index.tolist() == list(range(6))


def test_the_table_of_sources_holds_what_the_inventory_counts():
    rows = bills(activity(), activity(line="memo"))
    emitted = activities.emitted(rows, emission_factors.factors(), "AR5")
    assert activities.by_source(emitted, 2025)["amount"].tolist() == [1.0]


# Claims and their status


@pytest.mark.parametrize(
    "range_", [{"low": 6.0, "high": 7.0}, {"low": 3.0, "high": 4.0}, {"high": 4.0}, {"low": 6.0}]
)
def test_a_range_holds_its_value_at_both_ends(tmp_path, range_):
    with pytest.raises(ValueError, match="does not hold its value 5.0"):
        claims.write([claims.Claim("a_t", 5.0, "tCO2e", **range_)], tmp_path / "01.csv")
    inside = claims.Claim("a_t", 5.0, "tCO2e", low=5.0, high=5.0)
    claims.write([inside], tmp_path / "01.csv")


@pytest.mark.parametrize("table", sorted(set(SCHEMAS) - {"announced", "announcement", "company"}))
def test_every_table_that_an_illustrative_case_makes_up_is_assumed(tmp_path, table):
    for illustrative, expected in ((True, "ASSUMED"), (False, "")):
        ground = lineage.ground(tmp_path, tmp_path, illustrative, {})
        if table in ("factors", "labels", "aliases"):  # a status of its own, or none: a name
            expected = ""
        assert lineage.resolve(table, ground)[0].status == expected


def test_a_claim_takes_the_weakest_status_of_rows_whatever_else_they_say(tmp_path):
    rows = pd.DataFrame({"id": ["a", "b", "c"], "status": ["CONFIRMED", "ASSUMED", "SINGLE"]})
    tables.write(rows, tmp_path / "tables" / "made.csv")
    ground = lineage.ground(tmp_path, tmp_path, False, {})
    assert lineage.status(lineage.resolve("made[]", ground)) == "ASSUMED"
    assert lineage.status(lineage.resolve("made[id=a];made[id=c]", ground)) == "SINGLE"


def test_a_figure_has_no_stronger_status_than_the_coefficient_that_made_it_standard_coal():
    figures = series.read(tables.read(CASE, "company")).assign(status="CONFIRMED")
    ids = carriers.coefficient_ids("calorific")
    entity = figures.loc[figures["metric"].isin(ids), "entity"].iloc[0]
    used = statements.series_used(figures, entity, "", "", list(ids), "calorific")
    made = used[used["coefficient_id"] != ""]
    weaker = made["coefficient_id"].map(published.coefficients()["status"])
    assert len(made) and (weaker != "CONFIRMED").any()
    assert made["status"].tolist() == weaker.tolist()


def test_a_confirmed_factor_of_a_gas_is_no_better_than_the_gass_warming_potential():
    known = gases.families()["rank"]
    gas = next(name for name in ("CH4", "CH4_fossil", "N2O", *known.index) if known.get(name, 0))
    own = {"id": "leak", "quantity": "a leak", "value": 1.0, "unit": "kg/kg", "gas": gas}
    own = pd.DataFrame([own | {"gwp_edition": "", "status": "CONFIRMED", "source": "test"}])
    factors = emission_factors.factors(own)
    for edition in gases.EDITIONS:
        if gas in gases.gwp(edition):
            row = activities.emitted(bills(("leak", 1.0, "kg")), factors, edition).iloc[0]
            assert row.status == STATUSES[int(known[gas])]


def test_a_gas_or_blend_has_the_rank_of_its_least_known_value(monkeypatch):
    real = sheets.packaged
    worse = real("reference/gwp.csv")
    worse.loc[worse["gas"].eq("HFC-32") & worse["edition"].eq("AR5"), "status"] = "ASSUMED"
    monkeypatch.setattr(
        sheets, "packaged", lambda name: worse if name == "reference/gwp.csv" else real(name)
    )
    assert STATUSES[gases.families().at["HFC-32", "rank"]] == "ASSUMED"


def test_a_claim_that_comes_with_a_status_of_its_own_still_inherits(tmp_path):
    context = claims.Context("01", tmp_path, tmp_path, True, 2025, 2023)
    stated = claims.Claim("a_t", 1.0, "t", status="CONFIRMED", inputs="energy.main_kwh")
    assert [claim.status for claim in claims._with_status([stated], context)] == ["ASSUMED"]


def test_the_scheme_without_a_plan_calls_it_residual():
    assert residual.residual_term(BEIJING, pd.DataFrame({"year": []}), 2025) == "residual"
