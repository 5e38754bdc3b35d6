"""Published series: metrics and units in two languages, contradicting sources, boundaries, and
refusals by row.
"""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from neutrality.case import schemas, tables
from neutrality.reference import units
from neutrality.runner import checks
from neutrality.texts import labels
from neutrality.trend import series

CASE = Path(__file__).parent.parent / "params" / "china-mobile-hq"


def rows(*cells):
    """Return a table company of (metric, year, value, unit, status, boundary), indexed by line."""
    columns = ["metric", "year", "value", "unit", "status", "boundary"]
    made = pd.DataFrame(
        [(*cell, *("SINGLE", "group")[len(cell) - 4 :]) for cell in cells], columns=columns
    )
    return made.assign(
        entity="A",
        source=[f"document {place}" for place in range(len(made))],
        value=made["value"].astype(float),
    ).set_axis(range(2, len(made) + 2))


def amount(metric, value, unit):
    return series.read(rows((metric, 2020, value, unit)))["amount"].item()


@pytest.mark.parametrize(
    ("metric", "value", "unit", "expected"),
    [
        ("ghg_scope1_2", 34.15, "MtCO2e", 34.15),
        ("范围一和范围二排放", 3415, "万吨二氧化碳当量", 34.15),
        ("Scope 1 and 2 emissions", 34150, "kt", 34.15),
        ("温室气体排放总量", 0.3415, "亿吨", 34.15),
        ("碳排放总量", 34150, "kt CO2-eq", 34.15),
        ("温室气体排放量", 3415, "万tCO2", 34.15),
        ("营业收入", 7680.7, "亿元人民币", 768.07),
        ("营业收入", 7680.7, "人民币亿元", 768.07),
        ("operating_revenue", 768.07, "billion yuan", 768.07),
        ("综合能耗", 2191.37937, "ktce", 2_191_379.37),
        ("综合能耗", 219.137937, "万tce", 2_191_379.37),
        ("用电量", 162.76, "亿度", 16.276),
        ("用电量", 162.76, "亿kWh", 16.276),
        ("用电量", 16.276, "billion kWh", 16.276),
        ("天然气", 0.085, "亿立方米", 850),
        ("天然气", 850, "万m3", 850),
        ("ghg_scope1_2", 34_150_000, "t CO₂e", 34.15),
        ("用电量", 162.76, "亿千瓦时", 16.276),
        ("electricity_total", 1_627_600, "万千瓦时", 16.276),
        ("electricity_total", 16.276e9, "度", 16.276),
        ("electricity_total", 16276, "GWh", 16.276),
        ("综合能源消费量", 219.137937, "万吨标准煤", 2_191_379.37),
        ("energy_total", 2.19137937, "Mtce", 2_191_379.37),
        ("营业收入", 7680.7, "亿元", 768.07),
        ("operating_revenue", 0.76807, "RMB trillion", 768.07),
        ("operating_revenue", 76_807_000, "万元", 768.07),
        ("信息流量", 308.645, "EB", 308_645),
        ("天然气", 8.5, "million m3", 850),
        ("ghg_intensity_revenue", 0.445, "吨/万元", 44.5),
        ("energy_per_revenue", 59.8363, "千克标准煤/万元", 5983.63),
        ("target_ghg_per_telecom_business_volume_vs_2020", -20, "percent (more than)", -20),
    ],
)
def test_chinese_and_english_names_and_units_give_the_same_figure(metric, value, unit, expected):
    assert (
        amount(metric, value, unit) == expected
    )  # to the last digit: a shifted point leaves no noise


def test_every_name_of_a_metric_gives_its_id():
    table = series.metrics()
    named = {
        (name, row.Index)
        for row in table.itertuples()
        for name in (*row.zh.split(";"), *row.en.split(";"), row.Index)
    }
    assert {name: series.metric_id(name) for name, _ in named} == dict(named)
    assert all(table["zh"])
    assert all(table["en"])
    assert all(units.published(1.0, unit, unit) == 1 for unit in table["unit"])


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (
            ("ghg_scope12", 2020, 1, "Mt"),
            "row 2, column metric: found 'ghg_scope12', "
            "which is not known in Chinese or English; did you mean 'ghg_scope1_2'",
        ),
        (
            ("员工满意度", 2020, 1, "%"),
            "row 2, column metric: found '员工满意度'.*write a metric such as ghg_scope1_2",
        ),
        (
            ("energy_total", 2020, 1, "GWh"),
            "row 2, column unit: found 'GWh'; energy_total is given in tce or a unit "
            "like it.*: kgce, gce, tce, ktce, 10 thousand tce, Mtce$",
        ),
        (
            ("mobile_customers", 2020, 2, "倍"),
            "row 2, column unit: found '倍'; mobile_customers is given in million",
        ),
        (
            ("碳排放总额", 2020, 1, "Mt"),
            "row 2, column metric: found '碳排放总额'.*did you mean 'ghg_scope1_2'",
        ),
        (
            ("ghg_scope1_2", 2020, 1, "万斤"),
            "row 2, column unit: found '万斤'; ghg_scope1_2 is given in Mt or a unit like it",
        ),
        (("ghg_intensity_revenue", 2020, 1, "t/USD"), "row 2, column unit: found 't/USD'"),
        (
            ("用电量", 2020, -3.5, "亿千瓦时"),
            "row 2, column value: found '-3.5'; electricity_total is 0 or more",
        ),
        (
            ("单位营业收入碳排放较2020年下降目标", 2025, 20, "%"),
            "row 2, column value: found '20'; target_ghg_per_revenue_vs_2020 is .* write -20",
        ),
        (
            ("energy_total", 2020, 0, "tce"),
            "row 2, column value: found '0'; energy_total is above 0",
        ),
        (
            ("target_ghg_cap", 2025, -5, "Mt"),
            "row 2, column value: found '-5'; target_ghg_cap is 0 or more",
        ),
        (
            ("operating_revenue", 1999, 0, "亿元"),
            "row 2, column value: found '0'; operating_revenue is above 0",
        ),
        (
            ("电信业务总量增速", 2021, -120, "%"),
            "row 2, column value: found '-120'; telecom_business_volume_growth.* is above -100 %",
        ),
    ],
)
def test_a_bad_cell_is_refused_with_row_column_and_what_to_write(cell, message):
    with pytest.raises(ValueError, match=f"company.csv, {message}"):
        series.read(rows(cell))


def test_all_bad_rows_are_refused_at_once_and_an_empty_table_is_accepted():
    with pytest.raises(ValueError) as refused:
        series.read(
            rows(("nonsense", 2020, 1, "t"), ("coal", 2020, 1, "kWh"), ("coal", 2021, 1, "t"))
        )
    assert [line.split(",")[1] for line in str(refused.value).splitlines()] == [" row 2", " row 3"]
    assert series.read(tables.empty("company")).empty
    assert series.contradictions(series.read(tables.empty("company"))).empty


def test_a_check_refuses_an_unknown_unit_by_row(tmp_path):
    shutil.copytree(CASE, tmp_path / "case")
    file = tmp_path / "case" / "company.csv"
    file.write_text(
        file.read_text(encoding="utf-8").replace("0.24,MtCO2e", "0.24,bushels", 1), encoding="utf-8"
    )
    assert any(
        problem.startswith(
            "company.csv, row 2, column unit: found 'bushels'; ghg_scope1 is given in Mt"
        )
        for problem in checks.check(tmp_path / "case" / "2025.yaml")
    )


# Sources


def test_the_figure_of_better_status_is_used_and_both_are_shown():
    figures = series.read(
        rows(
            ("ghg_scope1", 2020, 5.0, "Mt", "SINGLE"),
            ("ghg_scope1", 2020, 4000.0, "kt", "CONFIRMED"),
        )
    )
    assert series.published_series(figures, "A", "ghg_scope1").to_dict() == {2020: 4.0}
    other = series.contradictions(figures).iloc[0]
    assert (
        other["used_value"],
        other["used_unit"],
        other["other_value"],
        other["used_source"],
    ) == (4000.0, "kt", 5.0, "document 1")
    assert other["difference_percent"] == pytest.approx(25)
    found = series.contradiction_findings(series.contradictions(figures))
    assert [(finding.row, finding.rule, finding.severity) for finding in found] == [
        (2, "sources_disagree", "odd")
    ]
    assert "document 0" in found[0].en and "4,000 kt" in found[0].en and "范围一排放" in found[0].zh


def test_a_figure_differs_by_100_percent_from_zero_and_a_chinese_finding_has_no_ids():
    figures = series.read(
        rows(("ghg_scope1", 2020, 0.0, "Mt"), ("ghg_scope1", 2020, 5.0, "Mt")).assign(
            entity="China Mobile Ltd"
        )
    )
    contradicted = series.contradictions(figures)
    assert contradicted["difference_percent"].to_list() == [100.0]
    finding = series.contradiction_findings(contradicted)[0]
    assert "中国移动有限公司" in finding.zh
    assert "单一来源" in finding.zh
    assert "SINGLE" not in finding.zh + finding.en


def test_of_equal_status_the_first_row_is_used_in_any_order_of_the_table():
    figures = series.read(rows(("ghg_scope1", 2020, 5.0, "Mt"), ("ghg_scope1", 2020, 4.0, "Mt")))
    assert (
        series.published_series(figures, "A", "ghg_scope1")[2020]
        == series.published_series(figures[::-1], "A", "ghg_scope1")[2020]
        == 5.0
    )


def test_equal_figures_in_two_units_are_no_contradiction():
    figures = series.read(
        rows(("ghg_scope1", 2020, 0.3, "Mt"), ("ghg_scope1", 2020, 300_000.0, "t"))
    )
    assert (
        len(series.published_series(figures, "A", "ghg_scope1")) == 1
        and series.contradictions(figures).empty
    )


@pytest.mark.parametrize(
    ("other", "unit", "apart"),
    [
        (34.2, "Mt", 0),
        (34.3, "Mt", 1),
        (34, "Mt", 0),
        (3415, "10 thousand t", 0),
        (3416, "万吨", 1),
    ],
)
def test_a_rounded_figure_is_no_contradiction(other, unit, apart):
    figures = series.read(
        rows(("ghg_scope1_2", 2020, 34.15, "Mt"), ("ghg_scope1_2", 2020, other, unit))
    )
    assert len(series.contradictions(figures)) == apart


def test_a_recalled_figure_never_enters_a_series():
    figures = series.read(
        rows(("ghg_scope1", 2020, 5.0, "Mt", "RECALLED"), ("ghg_scope1", 2021, 4.0, "Mt"))
    )
    assert series.published_series(figures, "A", "ghg_scope1").to_dict() == {2021: 4.0}
    assert series.statuses(figures, "A", "ghg_scope1") == ["SINGLE"]


def test_the_misprints_of_the_case_are_contradicted_and_not_used():
    figures = series.read(tables.read(CASE, "company"))
    verizon = (
        series.published_series(figures, "Verizon", "ghg_scope2"),
        series.published_series(figures, "Verizon", "ghg_scope1"),
    )
    total = series.published_series(figures, "Verizon", "ghg_scope1_2")
    assert (
        abs(verizon[0][2016] + verizon[1][2016] - total[2016]) < 1.5e-6
    )  # adds up to 1 t: the misprint would be off by 270,000
    assert series.contradictions(figures)["other_value"].to_list() == [5_974_897, 5_529_727]


def test_an_unknown_entity_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="no entity 'B'; it holds A"):
        series.published_series(series.read(rows(("coal", 2020, 1, "t"))), "B", "coal")
    assert series.published_or_empty(series.read(rows(("coal", 2020, 1, "t"))), "B", "coal").empty


# Boundaries


def test_two_boundaries_of_one_figure_are_refused():
    with pytest.raises(
        ValueError,
        match="row 3, column boundary: found 'group'; coal of A in 2020 "
        "has the boundary 'listed company' in a row above",
    ):
        series.read(
            rows(
                ("coal", 2020, 1, "t", "SINGLE", "上市公司"),
                ("coal", 2020, 2, "t", "SINGLE", "集团"),
            )
        )


def test_a_ratio_of_two_boundaries_is_a_finding_and_one_of_the_same_is_none():
    figures = series.read(
        rows(
            ("ghg_scope1_2", 2020, 1, "Mt", "SINGLE", "上市公司"),
            ("operating_revenue", 2020, 2, "亿元", "SINGLE", "集团"),
            ("energy_total", 2020, 2, "tce", "SINGLE", "集团"),
        )
    )
    found = series.boundary_findings(figures, ("A", "ghg_scope1_2"), ("A", "operating_revenue"))
    assert "（上市公司）" in found[0].zh and "(Group)" in found[0].en
    assert not series.boundary_findings(figures, ("A", "energy_total"), ("A", "operating_revenue"))
    assert not series.boundary_findings(
        figures, ("A", "coal"), ("A", "operating_revenue")
    )  # nothing to divide


def test_a_boundary_not_stated_differs_from_a_stated_one():
    cells = (
        ("ghg_scope1_2", 2020, 1, "Mt", "SINGLE", ""),
        ("operating_revenue", 2020, 2, "亿元", "SINGLE", "集团"),
    )
    assert (
        "(Not stated)"
        in series.boundary_findings(
            series.read(rows(*cells)), ("A", "ghg_scope1_2"), ("A", "operating_revenue")
        )[0].en
    )


def test_boundaries_and_metrics_have_names_in_both_languages():
    for lang in labels.LANGUAGES:
        assert all(labels.has(boundary) for boundary in series.BOUNDARIES.values())
        assert series.metric_name("target_ghg_per_revenue_vs_2020", lang) != labels.prettified(
            "target_ghg_per_revenue_vs_2020"
        )
    example = {column.name: column.example for column in schemas.SCHEMAS["company"].columns}
    assert series.metric_id(example["metric"]) and series.metric_row(example["metric"])["unit"]


def test_a_boundary_is_one_of_three_in_chinese_or_english_or_empty(tmp_path):
    head = "entity,year,metric,value,unit,boundary,source,status\n"
    (tmp_path / "company.csv").write_text(
        head
        + "".join(
            f"A,{2018 + at},coal,1,t,{each},s,SINGLE\n"
            for at, each in enumerate(("上市公司", "group", "", "公司"))
        ),
        encoding="utf-8",
    )
    assert [
        problem
        for problem in tables.problems(tmp_path, "company")
        if "row 5, column boundary" in problem and "公司" in problem
    ] == tables.problems(tmp_path, "company")
