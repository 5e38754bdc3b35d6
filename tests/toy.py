"""Tiny notebooks and a tiny case, for tests of what runs and publishes them."""

from pathlib import Path

import nbformat

from neutrality.report import methods

PARAMETERS = """\
case: str = "../params/toy"  # folder of the case's tables
out: str = "../outputs/lab"  # folder that results go to
reporting_year: int = 2025  # [2000..2100] calendar year the report is about
confidence: float = 0.95  # [0.5..0.999] confidence with which the credits must suffice
grid_rule: str = "provincial"  # {provincial, regional, national} factor of the consuming grid
"""
RULES = """\
timezone: str = ""  # IANA zone of local timestamps
gwp_edition: str = "AR5"  # {AR4, AR5, AR6} GWP edition of the inventory
beneficiary: str = "ILLUSTRATIVE"  # for whom certificates and credits are retired
scheme: str = "DB11/T 1861-2021"  # rules of the statement
illustrative: bool = True  # no claim is made
accepted_programmes: str = ""  # credit programmes the certifier accepts; empty = not checked
max_vintage_age_years: int = 0  # [0..50] years from a vintage's end to the report; 0 = no limit
province: str = "Beijing"  # where the site is
grid_data_year: int = 2023  # [2000..2100] data year of the grid factor
grid_factor_id: str = ""  # a grid factor by its id
green_rule: str = "ghg_protocol"  # rule by which bought green power counts as zero
vintage_months: int = 12  # [0..60] months before the reporting year
"""
FIRST = """\
print(case, out, reporting_year, confidence, grid_rule)
open(f"{out}/seen.txt", "w").write(grid_rule)"""
SECOND = """\
seen = open(f"{out}/seen.txt").read() + open(f"{case}/energy.csv").read()
open(f"{out}/report.en.html", "w").write(seen)"""
TABLES = {
    "energy.csv": "time,main_kwh\n2025-01-01T00:00+08:00,5\n",
    "weather.csv": "time,outdoor_c\n2025-01-01T00:00+08:00,-3\n",
}


def notebook(path: Path, *code: str, parameters: str = PARAMETERS) -> Path:
    """Write a notebook: a parameters cell, then a heading and one code cell each."""
    cells = [
        nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}, id="parameters")
    ]
    for number, source in enumerate(code, start=1):
        cells.append(
            nbformat.v4.new_markdown_cell(f"## Question {number}?\n\nWhy.", id=f"why-{number}")
        )
        cells.append(nbformat.v4.new_code_cell(source, id=f"cell-{number}"))
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def notebooks(folder: Path, second: str = SECOND) -> Path:
    """Make a folder of two notebooks, the second of which reads what the first wrote."""
    folder.mkdir(parents=True, exist_ok=True)
    notebook(folder / "01_first.ipynb", FIRST)
    notebook(folder / "02_second.ipynb", "1 + 1", second)
    return folder


def as_released(monkeypatch) -> None:
    """Let any notebooks count as the release's: toys are compared with nothing."""
    monkeypatch.setattr(methods, "altered", lambda notebooks: methods.altered_rows([]))


def case(folder: Path, yaml: str = 'reporting_year: 2025\ngrid_rule: "regional"\n') -> Path:
    """Make a case's folder; return its YAML."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in TABLES.items():
        (folder / name).write_text(text)
    (folder / "2025.yaml").write_text(yaml, encoding="utf-8")
    return folder / "2025.yaml"


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder with its bytes."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
