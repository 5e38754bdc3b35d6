"""Announced figures get one of four verdicts, with the arithmetic beside it; the first case gets
exactly its own.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neutrality import claims, register
from neutrality.case import tables
from neutrality.claims import Claim
from neutrality.reference import published
from neutrality.report import answers, audit
from neutrality.trend import intensity, series, statements

CASE = Path(__file__).parent.parent / "params" / "china-mobile-hq"
COMPANY, INDUSTRY = "China Mobile Ltd", "China telecom industry (MIIT)"


def claim(id="residual_t", value=1308.8, unit="tCO2e", **more):
    return Claim(id, value, unit, label_zh="剩余排放", label_en="residual", **more)


def table(tmp_path, made):
    claims.write(made, tmp_path / "00.csv")
    return claims.read(tmp_path / "00.csv")


# Comparison


@pytest.mark.parametrize(
    ("recomputed", "relation", "announced", "agrees"),
    [
        (1308.5, "=", 1309, True),
        (1309.5, "=", 1309, False),
        (1.55, "=", 1.6, True),
        (1.649, "=", 1.6, True),
        (1.65, "=", 1.6, False),
        (2000.4, "=", 2000, True),
        (2001, "=", 2000, False),
        (2400, "~", 2000, True),
        (133.3, "~", 1333, False),
        (1000.0, ">", 1000, False),
        (1000 * (1 + 1e-12), ">", 1000, False),
        (1000.1, ">", 1000, True),
        (-40.0, "<", -40, False),
        (-40.1, "<", -40, True),
        (-39.9, "<", -40, False),
    ],
)
def test_figures_are_compared_at_the_announced_figures_own_rounding(
    recomputed, relation, announced, agrees
):
    assert audit.agrees(recomputed, relation, announced) is agrees


def test_an_unknown_relation_is_refused():
    with pytest.raises(ValueError, match="relation '>='"):
        audit.agrees(1.0, ">=", 1.0)


# The audit


def plain(verdicts):
    """Arithmetic with ordinary spaces, as a test types it."""
    return verdicts.replace("\u00a0", " ", regex=True)


def announced(**changed):
    row = {
        "id": "x",
        "statement_zh": "陈述",
        "statement_en": "statement",
        "value": 1309.0,
        "unit": "tCO2e",
        "relation": "=",
        "claim_id": "residual_t",
        "calibrated": False,
        "source": "s",
        "status": "SINGLE",
    }
    return pd.DataFrame([row | changed])


def audited(tmp_path, made, **changed):
    return plain(
        audit.audit(announced(**changed), table(tmp_path, made), published.coefficients())
    ).iloc[0]


def test_each_of_the_four_verdicts(tmp_path):
    assert audited(tmp_path, [claim()]).verdict == "holds"
    assert audited(tmp_path, [claim(value=1400.0)]).verdict == "fails"
    assert audited(tmp_path, [claim(value=float("nan"))]).verdict == "not decidable"
    assert audited(tmp_path, [claim()], calibrated=True).verdict == "by construction"


def test_a_calibrated_input_that_no_longer_gives_the_figure_fails(tmp_path):
    row = audited(tmp_path, [claim(value=1400.0)], calibrated=True)
    assert row.verdict == "fails" and "1,400 tCO₂e ≠ 1,309 tCO₂e" in row.arithmetic_en


def test_a_missing_claim_is_not_decidable_and_named(tmp_path):
    row = audited(tmp_path, [claim("other_t")], calibrated=True)
    assert row.verdict == "not decidable" and np.isnan(row.recomputed)
    assert (row.arithmetic_en, row.arithmetic_zh) == ("missing: residual_t", "缺少：residual_t")


def test_a_line_that_names_what_is_not_there_falls_back_to_the_comparison(tmp_path):
    row = audited(tmp_path, [claim()], arithmetic_en="{residual_t} = {coal_tce}")
    assert (
        row.verdict == "holds"
        and row.arithmetic_en == "1,309 tCO₂e = 1,309 tCO₂e; missing: coal_tce"
    )


def test_an_unknown_field_and_another_unit_are_refused(tmp_path):
    with pytest.raises(
        ValueError, match=r"row 0, column arithmetic_en: found '\{residual_t.colour\}'"
    ):
        audited(tmp_path, [claim()], arithmetic_en="{residual_t.colour}")
    with pytest.raises(ValueError, match="statement x is in 'MtCO2e', claim residual_t in 'tCO2e'"):
        audited(tmp_path, [claim()], unit="MtCO2e")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("{residual_t.text} {residual_t.sign} {announced.text}, confirmed by KPMG", "confirmed"),
        ("{residual_t.text}；毕马威确认", "毕马威确认"),
        ("{residual_t} t = 1309", "1309"),
        ("{confirmed_by_kpmg}", "{confirmed_by_kpmg}"),
        ("{residual_t} t ✓", "✓"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_line_of_arithmetic_holds_no_words_and_no_numbers_of_its_own(tmp_path, line, found, lang):
    with pytest.raises(ValueError) as refusal:
        audited(tmp_path, [claim()], **{f"arithmetic_{lang}": line})
    said = f"announced.csv, row 0, column arithmetic_{lang}: found '{found}'; it holds places"
    assert str(refusal.value).startswith(said)


def test_the_unit_of_a_second_figure_is_a_unit(tmp_path):
    with pytest.raises(ValueError, match="row 0, column operand_unit: found 'confirmed'"):
        audited(tmp_path, [claim()], operand=1.0, operand_unit="confirmed by KPMG")


@pytest.mark.parametrize(
    "line",
    [
        "{residual_t.text} ≈ {announced.text} × ({operand} + {mu_per_ha}) / 吨; % - tCO2/ha/yr",
        "{residual_t.label}: {residual_t.low} t, {residual_t.high} kgCO₂/kWh 公顷（亩）",
        "",
    ],
)
def test_places_signs_and_units_may_stand_in_a_line(line):
    audit.refuse_prose(announced(arithmetic_zh=line, arithmetic_en=line, operand_unit="mu"))


def test_that_an_input_was_made_to_fit_is_said_whatever_line_the_case_gives(tmp_path):
    row = audited(tmp_path, [claim()], calibrated=True, arithmetic_en="{residual_t} t")
    assert row.arithmetic_en == "1,309 t; the illustrative inputs were made to give it"
    assert row.arithmetic_zh == (
        "1,309 吨二氧化碳当量 = 1,309 吨二氧化碳当量；示例投入表按公布值编制"
    )


# The first case


def trend_table(quantity_id, company, gone=()):
    company = company[~company["year"].isin(gone)]
    metric = {"carbon": "ghg_scope1_2", "energy": "energy_total"}[quantity_id]
    quantity = series.published_series(company, COMPANY, metric)
    activity = intensity.activities(company, COMPANY, INDUSTRY, 2020)
    return intensity.trend(quantity, activity, 2020, 2025, 40, quantity_id)


def trend_values(quantity_id, company, gone=(), convention=""):
    table = trend_table(quantity_id, company, gone)
    return statements.trend(table, quantity_id, 2020, 40, convention)


def forest(residual_t, coefficients):
    return answers.forest_equivalent(residual_t, 1333, 2000, coefficients)


def coal(avoided_green_t, coefficients, matched_mwh=5014.0):
    """What the first case announces of coal, by each convention."""
    value = pd.Series({"avoided_green_t": avoided_green_t, "matched_mwh": matched_mwh})
    stated = tables.read(CASE, "announced").query("id == 'coal'")
    return answers.equivalents(
        value.to_frame("value"), stated, tables.empty("assets"), coefficients
    )


def named(id, given):
    """A claim as `claims.state` would write it, its inputs apart."""
    entry, given = (
        register.find(id),
        given if isinstance(given, claims.Value) else claims.Value(given),
    )
    year = {"target": 2025, "given": given.year}.get(entry.year, 2025)
    words = {"year": year} | given.words
    names = {f"label_{lang}": register.name(entry, lang, words) for lang in ("zh", "en")}
    return Claim(id, given.value, entry.unit, digits=entry.digits, year=year, **names)


@pytest.fixture
def first_case(tmp_path):
    """The claims a run of the first case hands on, as far as the announced figures need them."""

    def made(gone=(), **changed):
        t = {"avoided_green_t": 2785.2, "residual_t": 1308.8} | changed
        company, coefficients = (
            series.read(tables.read(CASE, "company")),
            published.coefficients(),
        )
        return table(
            tmp_path,
            [claim(id, value) for id, value in t.items()]
            + [claim("credits_retired", 1309, "credits"), claim("credits_needed", 1309, "credits")]
            + [claim("led_share", 100, "%"), claim("matched_mwh", 5014, "MWh")]
            + [claim(id, 14980, "luminaires") for id in ("luminaires", "luminaires_smart")]
            + [named(*f) for f in coal(t["avoided_green_t"], coefficients).items()]
            + [named(*f) for f in forest(t["residual_t"], coefficients).items()]
            + [named(*v) for v in trend_values("carbon", company, gone).items()]
            + [named(*v) for v in trend_values("energy", company, gone).items()]
            + [
                claim("society_total_mt", float("nan"), "MtCO2e"),
                claim("society_avoided_mt", 570, "MtCO2e"),
                claim("society_missing_mt", 1030, "MtCO2e"),
            ],
        )

    return made


def audit_of_first_case(joined):
    announced = tables.read(CASE, "announced")
    return plain(audit.audit(announced, joined, published.coefficients())).set_index("id")


def test_energy_claims_name_their_convention():
    company = series.read(tables.read(CASE, "company"))
    stated = trend_values("energy", company, convention="calorific")
    made = [named(*each) for each in stated.items()]
    assert len(made) == 12
    for each in made:
        assert "（当量值）" in each.label_zh and "(calorific value)" in each.label_en


def test_what_is_not_published_is_not_decidable_and_named():
    lacking = ["electricity_total", "coal"]
    stated = statements.attribution(pd.DataFrame(), "entity", lacking)
    company, grid = (named(*each) for each in stated.items())
    assert np.isnan(company.value) and np.isnan(grid.value)
    assert (company.id, grid.id) == ("entity_company_mt", "entity_grid_mt")
    assert "用电量、煤炭" in company.label_zh and "total electricity, raw coal" in grid.label_en
    stated = statements.attribution(pd.DataFrame(), "entity", [])
    without_common_years = named("entity_company_mt", stated["entity_company_mt"])
    assert "未公布：" not in without_common_years.label_zh
    assert "for the first year and another" in without_common_years.label_en


def test_company_and_grid_are_separate_claims_on_each_basis_and_view():
    rows = [
        {
            "view": view,
            "basis": "revenue",
            "year": 2021,
            "driver": driver,
            "who": who,
            "effect_mt": value,
            "chained_mt": value,
            "ratio": 1.0,
        }
        for view, green in (("location", 0.0), ("market", -3.0))
        for driver, who, value in (
            ("energy_intensity", "company", 1.0),
            ("green_power", "company", green),
            ("grid_factor", "grid", -0.5),
        )
    ]
    stated = statements.attribution(pd.DataFrame(rows), "entity", [])
    values = {id: given.value for id, given in stated.items()}
    assert values == {
        "entity_company_revenue_location_mt": 1.0,
        "entity_company_revenue_market_mt": -2.0,
        "entity_grid_location_mt": -0.5,
        "entity_grid_market_mt": -0.5,
    }


def test_the_first_case_gets_exactly_its_verdicts(first_case):
    verdicts = audit_of_first_case(first_case())["verdict"].to_dict()
    assert verdicts == {
        "green_power": "by construction",
        "residual": "by construction",
        "credits": "by construction",
        "led": "by construction",
        "coal": "not decidable",
        "forest": "fails",
        "society": "not decidable",
        "carbon_revenue": "not decidable",
        "energy_revenue": "not decidable",
        "carbon_volume": "not decidable",
        "energy_volume": "not decidable",
        "carbon_traffic": "not decidable",
        "energy_traffic": "not decidable",
    }
    assert set(verdicts.values()) <= {"holds", "fails", "not decidable", "by construction"}


def test_coal_and_forest_show_their_arithmetic(first_case):
    line = audit_of_first_case(first_case(avoided_green_t=2785.0, residual_t=1309.0))
    assert line.at["coal", "arithmetic_en"] == (
        "depends on the convention, holds under 3 of 4: 2,785 t / 2.66 = 1,047 tce; by the "
        "calorific value of electricity 616 tce; at the net coal rate 1,516 tce; "
        "as raw coal 1,466 t"
    )
    assert line.at["coal", "arithmetic_zh"].startswith("取决于折算口径，4 种中 3 种成立：")
    assert line.at["forest", "arithmetic_en"] == (
        "2,000 mu / 15 = 133.3 ha ≠ 1,333 ha (1,333 ha = 19,995 mu); "
        "the sinks implied: 9.82 and 0.98 tCO2/ha/yr, beside published 1.9 to 3.3"
    )
    assert line.at["forest", "arithmetic_zh"].startswith(
        "2,000 亩 / 15 = 133.3 公顷 ≠ 1,333 公顷（1,333 公顷 = 19,995 亩）"
    )


def test_carbon_shows_what_is_missing_what_2024_gave_and_the_break_even(first_case):
    line = audit_of_first_case(first_case())["arithmetic_en"]
    revenue, volume, traffic = (
        line[f"carbon_{basis}"] for basis in ("revenue", "volume", "traffic")
    )
    assert (
        "2025 on 2020 (missing:" in revenue and "to 2024: −29.9 %, −40 % not met by then" in revenue
    )
    assert "28.0 MtCO₂e" in revenue
    assert "to 2024: −52.3 %, −40 % met by then" in volume and "44.5 MtCO₂e" in volume
    assert "to 2024: −46.7 %, −40 % met by then" in traffic and traffic.endswith("—")


def test_without_2024_the_lines_speak_of_2023(first_case):
    line = audit_of_first_case(first_case(gone=[2024]))
    assert (
        line["verdict"][["carbon_revenue", "carbon_volume", "carbon_traffic"]] == "not decidable"
    ).all()
    assert "to 2023: −21.1 %, −40 % not met" in line.at["carbon_revenue", "arithmetic_en"]
    assert "to 2023: −42.7 %, −40 % met" in line.at["carbon_volume", "arithmetic_en"]
    assert "至 2023 年 −41.0 %，届时达到" in line.at["carbon_traffic", "arithmetic_zh"]


def test_energy_shows_the_change_allowed(first_case):
    line = audit_of_first_case(first_case())["arithmetic_en"]
    assert line["energy_revenue"].endswith(": −18.0 %") and line["energy_volume"].endswith(
        ": 30.4 %"
    )
    assert "2020, 2025" in line["energy_revenue"]


def test_no_line_of_the_first_case_lacks_an_input(first_case):
    lines = audit_of_first_case(first_case())[["arithmetic_zh", "arithmetic_en"]]
    assert not lines.apply(lambda column: column.str.contains(r"缺少|missing: [a-z_]+$|\{")).any(
        axis=None
    )


# Equivalences, at the published coefficients


def test_2785_t_are_1047_tonnes_of_standard_coal():
    assert round(answers.coal_tce(2785.0, published.coefficients()), 1) == 1047.0


def test_a_saving_of_coal_depends_on_the_convention():
    made = {id: round(value) for id, value in coal(2784.8, published.coefficients()).items()}
    assert made == {
        "coal_tce": 1047,  # 2.66 tCO2/tce
        "coal_calorific_tce": 616,  # 0.1229 kgce/kWh
        "coal_rate_tce": 1516,  # 302.4 gce/kWh
        "coal_raw_t": 1466,  # 0.7143 kgce/kg
        "coal_conventions": 4,
        "coal_conventions_met": 3,
    }


@pytest.mark.parametrize(
    ("announced_t", "verdict"), [(1000, "not decidable"), (500, "holds"), (2000, "fails")]
)
def test_what_holds_under_some_conventions_only_is_not_decidable(tmp_path, announced_t, verdict):
    coefficients = published.coefficients()
    made = [named(*each) for each in coal(2784.8, coefficients).items()]
    claims = table(tmp_path, [*made, claim("matched_mwh", 5014, "MWh"), claim("avoided_green_t")])
    stated = announced(claim_id="coal_tce", value=announced_t, unit="tce", relation=">")
    assert audit.audit(stated, claims, coefficients)["verdict"].tolist() == [verdict]
    shown = plain(audit.by_convention(stated, claims, coefficients))
    assert shown["verdict"].eq("holds").tolist() == [
        round(each) > announced_t for each in shown["recomputed"]
    ]
    assert shown["arithmetic_en"].tolist()[1:] == [
        "5,014 MWh × 0.1229 kgce/kWh = 616 tce",
        "5,014 MWh × 302.4 gce/kWh = 1,516 tce",
        "1,047 tce / 0.7143 = 1,466 t of raw coal",
    ]


def test_2000_mu_are_133_hectares_and_the_sinks_it_implies_are_beside_the_published():
    made = forest(1309.0, published.coefficients())
    assert made["forest_ha"] == pytest.approx(2000 / 15)
    assert made["forest_mu"] == 19995
    sinks = ("sink_on_mu", "sink_on_ha", "sink_low", "sink_high")
    assert [round(made[id], 2) for id in sinks] == [9.82, 0.98, 1.9, 3.26]


def test_a_forest_without_its_second_figure_makes_no_forest_claim(tmp_path):
    claims = table(tmp_path, [claim()])
    stated, none = announced(claim_id="forest_ha", value=1333.0), tables.empty("assets")
    coefficients = published.coefficients()
    for row in (stated.drop(columns="operand", errors="ignore"), stated.assign(operand=np.nan)):
        assert not answers.equivalents(claims, row, none, coefficients)
    made = answers.equivalents(claims, stated.assign(operand=2000.0), none, coefficients)
    assert "forest_ha" in made
