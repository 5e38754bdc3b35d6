"""The seven kinds of file that an analyst has on a Thursday, of two years, to the report in PDF by
the command line alone: nothing is typed but what a flag of `new` asks for.
"""

import openpyxl
import pandas as pd
import pytest
import shanghai
from test_certificate_lists import code
from test_registry import row as retirement
from test_registry import text as retirements

from neutrality import claims, cli
from neutrality.case import tables

pytestmark = pytest.mark.slow
BUYER = "Example Tower"
FLAGS = {
    "entity-zh": "示例大厦有限公司",
    "entity-en": BUYER,
    "site-zh": "示例大厦",
    "site-en": "example building",
    "boundary-zh": "楼宇运营",
    "boundary-en": "operation of the building",
    "province": "Shanghai",
    "scheme": "ISO 14068-1:2023",
    "timezone": shanghai.ZONE,
    "country": "CN",
}
MWH, CREDITS = 120, 160


def of_year(folder, year, monkeypatch):
    """Write the bills, registers, heat, gas and weather of one year; return truth and paths."""
    reads = [f"{year - 1}-12-28", *(f"{year}-{month:02}-28" for month in range(1, 13))]
    monkeypatch.setattr(shanghai, "YEAR", year)
    monkeypatch.setattr(shanghai, "READS", pd.to_datetime(reads))
    made = shanghai.truth(until=f"{year + 1}-01-01", seed=year)
    folder.mkdir()
    return made, list(shanghai.make(folder, made).values())


def certificates(path):
    """Write a platform's list of certificates as an Excel file with a title."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["绿证核销清单"])
    sheet.append(["电量生产年月", "绿证起始编码", "绿证终止编号", "绿证数量（张）", "能源类型"])
    for cell, name in zip("FGH", ("项目所在省份", "核销日期", "核销主体"), strict=True):
        sheet[f"{cell}2"] = name
    for month in range(1, 13):
        first, last = (code(MWH // 12 * n + m, f"25{month:02}") for n, m in ((0, 1), (1, 0)))
        when = f"2025年{month}月", first, last, str(MWH // 12), "风电", "内蒙古", "2026/1/20", BUYER
        sheet.append(when)
    book.save(path)
    return path


def test_seven_files_become_a_report(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    flags = [part for name, text in FLAGS.items() for part in (f"--{name}", text)]
    assert cli.main(["new", "shanghai-campus", "--year", "2025", *flags]) == 0
    case = "params/shanghai-campus"
    truth, files = {}, []
    for year in (2024, 2025):
        truth[year], paths = of_year(tmp_path / str(year), year, monkeypatch)
        files += map(str, paths)
    credits = tmp_path / "vcus.csv"
    export = retirements(retirement(1, CREDITS, **{"Quantity Issued": str(CREDITS)}))
    credits.write_text(export, encoding="utf-8")
    files += [str(certificates(tmp_path / "绿证清单.xlsx")), str(credits)]
    assert cli.main(["import", case, *files, "--year", "2025", "--beneficiary", BUYER]) == 0
    said = capsys.readouterr().out
    assert "160 credits" in said and "120 certificates" in said
    yaml = tmp_path / case / "2025.yaml"
    settings = yaml.read_text(encoding="utf-8").replace("illustrative: true", "illustrative: false")
    settings = settings.replace('beneficiary: "ILLUSTRATIVE"', f'beneficiary: "{BUYER}"')
    yaml.write_text(settings, encoding="utf-8")
    assert cli.main(["check", f"{case}/2025.yaml"]) == 0, capsys.readouterr().out
    assert cli.main(["run", f"{case}/2025.yaml"]) == 0, capsys.readouterr().err
    out = tmp_path / "outputs" / "shanghai-campus" / "2025"
    stated = claims.read(out / "claims.csv")["value"]
    local = truth[2025].main[truth[2025].main.index.year == 2025]
    assert stated["electricity_mwh"] == pytest.approx(local.sum() / 1000, rel=1e-6)
    # the list does not say whether its plants are in a carbon project, so they are not counted yet
    assert stated["undecided_mwh"] == MWH and stated["matched_mwh"] == 0
    assert stated["credits_retired"] == CREDITS
    held = tables.read(out / "inputs", "activities").set_index("source")["amount"]
    heat = sum(truth[year].heat_gj.sum() for year in (2024, 2025))
    assert held["district_heat"].sum() == pytest.approx(heat)
    assert (out / "report.zh.pdf").read_bytes().startswith(b"%PDF")
    assert len(list((out / "inputs" / "import" / "raw").iterdir())) == len(files)
