"""Texts of retirements: another year, another company or a cancellation is odd and to be checked,
never refused; structured columns refuse.
"""

import pytest
from ledgers import ISO, credit, credit_findings, frame, rules

from neutrality.ledger import credits, retirement_text
from neutrality.texts import findings

# what is changed in the second of two valid rows, and the rule that finds it odd
ODD = [
    ({"reason": "neutrality 2024"}, "text_names_another_year"),
    ({"reason": "2026年度碳中和"}, "text_names_another_year"),
    (
        {"reason": "Environmental Benefit", "details": "FY24 scope 2 emissions"},
        "text_names_another_year",
    ),
    ({"reason": "Retired on behalf of G Silva for 2025"}, "text_names_another"),
    ({"details": "retired on the be half of Coca-Cola."}, "text_names_another"),
    ({"reason": "代表乙公司注销，用于2025年碳中和"}, "text_names_another"),
    ({"reason": "用于为乙公司抵消2025年排放"}, "text_names_another"),
    ({"reason": "用于江苏乙光缆有限公司碳中和碳排放量抵消"}, "text_names_another"),
    (
        {"reason": "For carbon neutrality of the cables of Beta Power Cable Co., Ltd"},
        "text_names_another",
    ),
    ({"reason": "Retired for Acme Corp. 2025 emissions"}, "text_names_another"),
    (
        {"reason": "Example Tower retired on behalf of Acme Corp for 2025"},
        "text_names_another",
    ),
    ({"details": "Cancelled by the registry"}, "text_says_cancelled"),
    ({"reason": "自愿取消"}, "text_says_cancelled"),
]


@pytest.mark.parametrize(("changed", "rule"), ODD)
def test_a_text_that_does_not_fit_is_odd_with_row_and_column_and_stops_nothing(changed, rule):
    found = credit_findings(credit(), credit(101, 200) | changed)
    assert rules(found, "refused") == [] and rules(found, "odd") == [rule]
    (odd,) = [f for f in found if f.severity == "odd"]
    assert odd.row == 3 and odd.en.startswith("credits.csv, row 3, reason: ")
    assert odd.zh.startswith("credits.csv 第 3 行 reason 列：")
    findings.refuse(found)


def test_as_many_texts_are_tried_as_were_promised():
    assert len(ODD) >= 13 and len({rule for _, rule in ODD}) == 3


def test_the_sites_own_name_in_english_does_not_stop_a_reporter_written_in_chinese():
    reporter = "中国移动通信集团有限公司"
    row = credit(reason="on behalf of China Mobile, HQ building", beneficiary=reporter)
    found = credits.check(frame([row]), 2025, reporter, ISO)
    assert rules(found) == ["text_names_another"]
    findings.refuse(found)


def test_a_status_that_says_cancelled_is_refused_whatever_the_text_says():
    for text in ("neutrality 2025", "Cancelled by the registry"):
        found = credit_findings(credit(status="Cancelled", reason=text))
        assert rules(found) == ["cancelled_not_retired"]
        with pytest.raises(ValueError, match="row 2, status"):
            findings.refuse(found)


@pytest.mark.parametrize("rule", sorted({rule for _, rule in ODD}))
def test_the_sentence_of_an_odd_text_says_what_to_check_and_not_that_it_is_refused(rule):
    severity, zh, en = findings.rules()[rule]
    assert severity == "odd" and "check in the registry" in en and "在登记簿中" in zh
    assert "claim only" not in en and "refuse" not in en and "不能声明" not in zh


@pytest.mark.parametrize(
    "reason",
    [
        "neutrality 2025",
        "2025年度碳中和",
        "ISO 14068-1:2023 neutrality",
        "PAS 2060",
        "vintage 2021 credits",
        "CY25",
        "2024 and 2025",
        "neutral by 2050",
        "on behalf of Example Tower for 2025",
        "Retired on behalf of Example Tower Holdings",
        "代表Example Tower注销",
        "为2025年碳中和注销",
        "Environmental Benefit",
        "VM0010 v1.3 2016",
        "AMS-I.D v18 (2014)",
        "用于本公司2025年碳中和",
        "用于抵消公司2025年排放",
        "Retired to cancel out 2025",
        "注销（非取消）",
    ],
)
def test_a_retirement_text_that_names_no_other_year_and_nobody_else_passes(reason):
    found = rules(credit_findings(credit(reason=reason)))
    assert not set(found) & {rule for _, rule in ODD}


GROUP = "China Mobile Communications Group Co., Ltd."


@pytest.mark.parametrize(
    ("text", "reporter", "named"),
    [
        ("Retired on behalf of China Mobile Hong Kong", GROUP, "China Mobile Hong Kong"),
        ("on behalf of China", GROUP, "China"),
        ("代表中国移动香港有限公司注销", "中国移动通信集团有限公司", "中国移动香港有限公司"),
        ("Credits of the farm of Beta Biogas Co., Ltd", GROUP, "Beta Biogas Co., Ltd"),
    ],
)
def test_a_name_that_may_be_the_reporters_is_odd_and_not_passed_over(text, reporter, named):
    assert retirement_text.other_name(text, reporter) == (named, "unsure")
    found = credits.check(frame([credit(reason=text, beneficiary=reporter)]), 2025, reporter, ISO)
    assert (
        rules(found) == ["text_names_alike"]
        and f"'{named}'" in [f.en for f in found if f.rule == "text_names_alike"][0]
    )


@pytest.mark.parametrize(
    "text",
    [
        f"on behalf of {GROUP} for 2025",
        f"Retired for {GROUP}",
        "on behalf of China Mobile Communications",
    ],
)
def test_the_reporters_name_with_and_without_its_legal_form_is_the_reporter(text):
    assert retirement_text.other_name(text, GROUP) == ("", "")


def test_both_parts_of_a_retirement_text_are_quoted():
    (found,) = [
        f
        for f in credit_findings(credit(reason="Environmental Benefit", details="neutrality 2024"))
        if f.severity == "odd"
    ]
    assert "'Environmental Benefit; neutrality 2024'" in found.en
