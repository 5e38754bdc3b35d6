"""Names that say more than what a thing is are refused, but what was announced has its place."""

import shutil
from pathlib import Path

import pytest

from neutrality.case import assertions

CASE = Path(__file__).parents[1] / "params" / "china-mobile-hq"


@pytest.mark.parametrize(
    "text",
    [
        *("Carbon-neutral biogas", "carbon‑neutral", "NET ZERO heat", "verified by KPMG"),
        *(
            "building (100 % renewable)",
            "100%绿电",
            "零碳热力",
            "碳 中和？碳中和沼气",
            "１００％ green",
        ),
    ],
)
def test_a_name_that_asserts_is_refused(text):
    with pytest.raises(ValueError, match="site_en is '.*', which asserts '"):
        assertions.refuse(CASE, {"site_en": text})


@pytest.mark.parametrize(
    "text",
    [
        *("碳中和研究院大楼", "零碳技术中心", "Carbon Neutrality Institute", "Verra", "审计署"),
        *("headquarters building, Beijing", "Beijing Green Exchange", "中国质量认证中心"),
        *("Carbon Freeway Ltd", "1100 %", "natural gas"),
    ],
)
def test_a_name_that_names_is_taken(text):
    assertions.refuse(CASE, {"site_en": text})


def test_words_that_were_announced_get_their_verdict_there(tmp_path):
    case = tmp_path / "case"
    shutil.copytree(CASE, case)
    text = 'turning the vision of a "Zero-Carbon Headquarters" into reality.'
    assertions.refuse(case, {"site_en": "Zero-Carbon Headquarters"})
    (case / "announcement.csv").write_text(
        (CASE / "announcement.csv").read_text("utf-8").replace("Zero-Carbon", "Green"), "utf-8"
    )
    with pytest.raises(ValueError, match="asserts 'zero carbon'"):
        assertions.refuse(case, {"site_en": "Zero-Carbon Headquarters"})
    assert text not in (case / "announcement.csv").read_text("utf-8")
