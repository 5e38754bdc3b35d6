"""A case of one's own: a commented YAML, its schema for editors, and a template of every table."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from pathlib import Path

from neutrality import parameters, tables

SITE = re.compile(r"[^\W_][\w-]*")
SCHEMA_FILE = "parameters.schema.json"
GUIDE_FILE = "TABLES.md"


def new(
    site: str, params: Path | str = Path("params"), year: int | None = None, notebooks_dir: Path | None = None
) -> Path:
    """Make params/<site> with the year's parameters and one example row of every table; return the folder.

    ValueError for a name that is no folder's name, a folder that exists, a year out of range.
    """
    known = parameters.signature(notebooks_dir or parameters.notebooks_folder())
    if not SITE.fullmatch(site):
        raise ValueError(f"'{site}' cannot name a site: use letters, digits, - and _, as in shanghai-campus")
    folder = Path(params).absolute() / site
    if folder.exists():
        raise ValueError(f"{folder.parent.name}/{site} exists; choose another name, or copy a YAML in it")
    year = known["reporting_year"].default if year is None else year
    if wrong := parameters.problems({"reporting_year": year}, {"reporting_year": 1}, known, "--year"):
        raise ValueError("\n".join(wrong).replace("--year, line 1", "--year"))
    made = folder.with_name(f".{site}.new-{os.getpid()}")
    try:
        made.mkdir(parents=True)
        _write(made / f"{year}.yaml", commented_yaml(known, own(site, year)))
        schema = json.dumps(parameters.json_schema(known), indent=2, ensure_ascii=False)
        _write(made / SCHEMA_FILE, schema + "\n")
        _write(made / GUIDE_FILE, guide())
        for name in tables.SCHEMAS:
            _template(name, made / f"{name}.csv")
        made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def own(site: str, year: int) -> dict:
    """Return the values a new case starts with where the notebooks' defaults are the first case's: nobody else's name stays."""
    nobody = ("certificate_issuer_zh", "certificate_issuer_en", "certificate_number_zh", "certificate_number_en",
              "residual_mix_zh", "residual_mix_en", "check_entity")
    named = {f"{what}_{lang}": site for what in ("entity", "site", "boundary") for lang in ("zh", "en")}
    return {"reporting_year": year, "base_year": year - 1} | dict.fromkeys(nobody, "") | named


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def commented_yaml(known: dict[str, parameters.Parameter], values: dict) -> str:
    """Return a YAML of all parameters, by first notebook, with meaning, limits and default."""
    lines, heading = [f"# yaml-language-server: $schema={SCHEMA_FILE}"], ""
    for name, parameter in known.items():
        if name in parameters.SET_BY_RUNNER:
            continue
        if parameter.notebooks[0] != heading:
            heading = parameter.notebooks[0]
            lines += ["", f"# ---- {heading.removesuffix('.ipynb')}"]
        default = _scalar(parameter.default)
        lines += ["", f"# {parameter.comment} (default {default})"]
        lines += [f"{name}: {_scalar(values.get(name, parameter.default))}"]
    return "\n".join(lines) + "\n"


def _scalar(value) -> str:
    """Return a value as YAML writes it.

    >>> _scalar("a: b"), _scalar(True), _scalar(1e-7)
    ('"a: b"', 'true', '1.0e-07')
    """
    text = json.dumps(value, ensure_ascii=False)
    # Without the point, YAML takes 1e-07 for text.
    return text.replace("e", ".0e") if isinstance(value, float) and "." not in text else text


def _template(name: str, path: Path) -> None:
    schema = tables.SCHEMAS[name]
    heading = [column.name for column in schema.columns]
    row = [column.example for column in schema.columns]
    if schema.further:  # columns whose names the case chooses
        heading, row = [*heading, f"end_use{schema.further}"], [*row, ""]
    # With the mark at its start, Excel opens the file as UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([heading, row])


def guide() -> str:
    """Return what each table and column holds, as Markdown."""
    lines = ["# The tables of a case", "", "Each is a .csv, .csv.gz, .parquet or .xlsx; replace the example."]
    for name, schema in tables.SCHEMAS.items():
        needed = "required" if schema.required else "remove the file if there is nothing to say"
        lines += ["", f"## {name}", "", f"{schema.meaning[:1].upper()}{schema.meaning[1:]} ({needed}).", ""]
        lines += ["| column | holds | example |", "|---|---|---|"]
        lines += [f"| {c.name} | {_held(c)} | {c.example} |" for c in schema.columns]
        lines += [f"| <end_use>{schema.further} | one column an end use | |"] if schema.further else []
    return "\n".join(lines) + "\n"


def _held(column: tables.Column) -> str:
    """Return a column's meaning with unit, choices and whether it may be empty."""
    more = [column.unit, " or ".join(column.choices), "may be empty" if column.blank else ""]
    return "; ".join([column.meaning, *filter(None, more)])
