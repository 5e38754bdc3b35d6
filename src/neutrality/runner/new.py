"""A new case: a commented YAML, its schema for editors, and a template of every table."""

from __future__ import annotations

import csv
import json
import re
import secrets
import shutil
from pathlib import Path

from neutrality import sheets
from neutrality.case import schemas, tables
from neutrality.report import disclosures
from neutrality.runner import checks, parameters, unfilled
from neutrality.texts import labels, messages
from neutrality.trend import series

_SITE = re.compile(r"[^\W_][\w-]*")
SCHEMA_FILE = "parameters.schema.json"
GUIDE_FILE = "TABLES.md"
README_FILE = "README.md"
_TREND_YEARS = ("trend_base_year", "trend_target_year")
# Names of the first case, which start empty.
_EMPTY = (
    "certificate_issuer_zh",
    "certificate_issuer_en",
    "certificate_number_zh",
    "certificate_number_en",
    "residual_mix_zh",
    "residual_mix_en",
    "industry",
    "check_entity",
    "sensitivity_factor_id",
    "heating_season",
)
# Sizes of the first case, which start at 0: not given.
_ZERO = (
    "floor_area_m2",
    "occupants",
    "guide_kwh_per_m2",
    "next_target_year",
    "next_target_fall",
)
_FIRST = 'what only the site knows: replace each "?"'
REMARKS = {  # what a line wants
    "case": "where the tables and the results are, as seen from the folder of notebooks: "
    "for papermill and JupyterLab; neutrality run takes this folder, and outputs/",
    "province": "in China, one that neutrality factors lists; elsewhere the name in use",
    "scheme": "the scheme your statement follows",
    "timezone": "the zone of your site",
    "country": "the country of your site; closures of your own go into the table calendar",
    "grid_data_year": "the newest published for China; "
    "for a later reporting year see whether there is a newer one",
    "base_grid_data_year": "as many years before base_year as grid_data_year is before "
    "reporting_year, where one is published",
}


def new(
    site: str,
    params: Path | str = Path("params"),
    year: int | None = None,
    notebooks_dir: Path | None = None,
    told: dict[str, str] | None = None,
) -> Path:
    """Make params/<site> with the year's parameters and one example row of every table; return the
    folder.

    `told` are parameters that only the site knows, by name; the others begin as stand-ins.
    ValueError for a name that is no folder's name, a folder that exists, a year out of range, a
    parameter that is not as its notebook asks.
    """
    notebooks_dir = Path(notebooks_dir or parameters.notebooks_folder()).absolute()
    known = parameters.signature(notebooks_dir)
    folder = Path(params).absolute() / site
    year = known["reporting_year"].default if year is None else year
    told = {name: text for name, text in (told or {}).items() if name in known}
    _refuse(site, folder, {"reporting_year": year} | told, known)
    made = folder.with_name(f".{site}.new-{secrets.token_hex(8)}")
    try:
        made.mkdir(parents=True)
        values = own(site, year, known) | _paths(folder, notebooks_dir) | told
        _write(made / f"{year}.yaml", _commented_yaml(known, values))
        schema = json.dumps(parameters.json_schema(known), indent=2, ensure_ascii=False)
        _write(made / SCHEMA_FILE, schema + "\n")
        _write(made / GUIDE_FILE, guide())
        _write(made / README_FILE, readme(site, year, folder.parent.name))
        for name in schemas.SCHEMAS:
            _template(name, made / f"{name}.csv")
        made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def _paths(folder: Path, notebooks_dir: Path) -> dict[str, str]:
    """Return `case` and `out` as seen from the notebooks: those of the repository where the case is
    in it, else notebooks beside the folder of cases.
    """
    home, beside = folder.parent, notebooks_dir.parent
    below = home.relative_to(beside) if home.is_relative_to(beside) else Path(home.name)
    return {
        "case": f"../{(below / folder.name).as_posix()}",
        "out": f"../outputs/{folder.name}/lab",
    }


def _refuse(site: str, folder: Path, given: dict, known: dict[str, parameters.Parameter]) -> None:
    """Raise ValueError for a name that is no folder's name, a folder that exists, bad values."""
    if not _SITE.fullmatch(site):
        raise ValueError(
            f"'{site}' cannot name a site: use letters, digits, - and _, as in shanghai-campus"
        )
    if folder.exists():
        raise ValueError(
            f"{folder.parent.name}/{site} exists; choose another name, or copy a YAML in it"
        )
    lines = dict.fromkeys(given, 1)
    if wrong := parameters.problems(given, lines, known, "--year"):
        raise ValueError("\n".join(wrong).replace("--year, line 1", "--year"))


def own(site: str, year: int, known: dict[str, parameters.Parameter]) -> dict:
    """Return the values that a new case starts with where the defaults are the first case's own.

    The years of the trend keep their distance from the reporting year.
    """
    later = year - known["reporting_year"].default
    years = {name: known[name].default + later for name in _TREND_YEARS if name in known}
    first = {"reporting_year": year, "base_year": year - 1, "entity": site}
    if "grid_data_year" in known:  # the base year's factor is as many years old as the year's
        first["base_grid_data_year"] = known["grid_data_year"].default - 1
    asked = dict.fromkeys((*unfilled.NAMED, *unfilled.ASKED), unfilled.STAND_IN)
    return first | years | dict.fromkeys(_EMPTY, "") | dict.fromkeys(_ZERO, 0) | asked


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _commented_yaml(known: dict[str, parameters.Parameter], values: dict) -> str:
    """Return a YAML of all parameters, by first notebook, with meaning, limits and default."""
    lines, heading = [f"# yaml-language-server: $schema={SCHEMA_FILE}"], ""
    first = [name for name in (*unfilled.NAMED, *unfilled.ASKED) if name in known]
    for name in [*first, *(each for each in known if each not in first)]:
        parameter = known[name]
        of = _FIRST if name in first else parameter.notebooks[0].removesuffix(".ipynb")
        if of != heading:
            heading = of
            lines += ["", f"# ---- {heading}"]
        lines += ["", f"# {parameter.comment}{_default(parameter, values)}"]
        lines += [f"# {messages.said(parameter.meaning, 'zh')}"] * messages.whole(parameter.meaning)
        lines += [f"# {REMARKS[name]}"] if name in REMARKS else []
        lines += [f"{name}: {_scalar(values.get(name, parameter.default))}"]
    return "\n".join(lines) + "\n"


def _default(parameter: parameters.Parameter, values: dict) -> str:
    """Return a parameter's default in words.

    A name or size of the first case is not shown, and the line must stay, or it would be used.
    """
    if parameter.name in (*unfilled.NAMED, *unfilled.ASKED, *parameters.SET_BY_RUNNER):
        return ""
    name_or_size = parameter.kind == "str" or parameter.name in checks.SIZES
    if parameter.name in values and name_or_size:
        return f" (keep the line, even if {'empty' if parameter.kind == 'str' else '0'})"
    return f" (default {_scalar(parameter.default)})"


def _scalar(value) -> str:
    """Return a value as YAML writes it.

    >>> _scalar("a: b"), _scalar(True), _scalar(1e-7)
    ('"a: b"', 'true', '1.0e-07')
    """
    text = json.dumps(value, ensure_ascii=False)
    # Without the point, YAML takes 1e-07 for text.
    return text.replace("e", ".0e") if isinstance(value, float) and "." not in text else text


def _template(name: str, path: Path) -> None:
    schema = schemas.SCHEMAS[name]
    heading = [column.name for column in schema.columns]
    # The example is a remark to the reader of the table: it can never pass for a row of the case.
    row = [tables.example(name), *(column.example for column in schema.columns[1:])]
    if schema.further:  # columns whose names the case chooses
        heading, row = [*heading, f"{schema.chosen}{schema.further}"], [*row, ""]
    # With the mark at its start, Excel opens the file as UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([heading, row])


def readme(site: str, year: int, params: str) -> str:
    """Return the first steps and the tables of a case, in Chinese and in English, as Markdown."""
    listed = {
        f"tables_{lang}": "\n".join(
            f"| `{name}` | {messages.said(schema.meaning, lang)} |"
            for name, schema in schemas.SCHEMAS.items()
        )
        for lang in labels.LANGUAGES
    }
    text = (sheets.PACKAGE / "texts" / "case.md").read_text(encoding="utf-8")
    return text.format(site=site, year=year, params=params, **listed)


def guide() -> str:
    """Return what each table and column holds, as Markdown."""
    lines = [
        "# The tables of a case",
        "",
        "Each is a .csv, .csv.gz, .parquet or .xlsx; a row that begins with # is a remark, and "
        "each template has an example as one.",
    ]
    for name, schema in schemas.SCHEMAS.items():
        lines += _section(name, schema)
    lines += [
        "",
        "## metrics of the table company",
        "",
        "A * stands for a year; a unit of the same kind is converted.",
        "",
        "| metric | unit | in Chinese | in English |",
        "|---|---|---|---|",
        *(f"| {m.Index} | {m.unit} | {m.zh} | {m.en} |" for m in series.metrics().itertuples()),
    ]
    lines += [
        "",
        "## items of the table disclosures",
        "",
        "Beside these, meter_ and the name of a meter says what that meter measures. What is not "
        "given is listed once in the report.",
        "",
        "| item | in Chinese | in English | asked for by |",
        "|---|---|---|---|",
        *(
            f"| {item.Index} | {item.zh} | {item.en} | {item.asked_by} |"
            for item in disclosures.items().query("given_by == ''").itertuples()
        ),
    ]
    return "\n".join(lines) + "\n"


def _section(name: str, schema: schemas.Schema) -> list[str]:
    """Return the lines of the guide that describe a table."""
    needed = "required" if schema.required else "optional: a template left as it is, is left out"
    if schema.unless:
        needed = f"required unless the table {schema.unless} has the electricity"
    lines = [
        "",
        f"## {name}",
        "",
        f"{schema.meaning[:1].upper()}{schema.meaning[1:]} ({needed}).",
        f"{messages.said(schema.meaning, 'zh')}。",
        "",
        "| column | holds | 内容 | example |",
        "|---|---|---|---|",
        *(
            f"| {column.name} | {_held(column)} | {messages.said(column.meaning, 'zh')} "
            f"| {column.example} |"
            for column in schema.columns
        ),
    ]
    if schema.further:
        lines.append(f"| <{schema.chosen}>{schema.further} | one column each | 每项一列 | |")
    return lines


def _held(column: schemas.Column) -> str:
    """Return a column's meaning with unit, choices and whether it may be empty."""
    more = [column.unit, " or ".join(column.choices), "may be empty" if column.blank else ""]
    return "; ".join([column.meaning, *filter(None, more)])
