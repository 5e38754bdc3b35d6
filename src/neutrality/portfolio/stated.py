"""What the portfolio shows of one site, read from its published bundle: figures with their status,
data quality, change, and what is worth a look.

Nothing of a bundle is run and no figure is computed again. A bundle that does not agree with its
manifest gives no figure at all. `neutrality verify` looks deeper, bundle by bundle.
"""

from __future__ import annotations

import json
import tempfile
from math import isnan, nan
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from neutrality import claims, register, sheets
from neutrality.case import tables
from neutrality.inventory import quality
from neutrality.reference import status
from neutrality.report import methods
from neutrality.runner import bundle, release, yaml_file
from neutrality.texts import labels, messages
from neutrality.verifier import printed, replay
from neutrality.verifier.received import printable

# Figures of a bundle that are added up; the first four say how well the site is known.
STATED = ("location_t", "market_t", "residual_t", "avoided_green_t")
TOTALS = (*STATED, "credits_needed", "credits_retired", "credits_checked")
TOTALS += ("electricity_mwh", "matched_mwh")
INTENSITIES = ("building_location_kg_per_m2", "building_market_kg_per_m2", "building_kwh_per_m2")
VIEWS = ("location_t", "market_t")
_OTHERS = ("residual_u_t", "base_location_t", "base_market_t")
_BASE = {"location_t": "base_location_t", "market_t": "base_market_t"}
COUNTED, DAMAGED, UNREADABLE, FAILED = "counted", "damaged", "unreadable", "failed"
BY_BUNDLE, BY_BASE_YEAR = "bundle", "base_year"  # what a change is measured against
QUALITY = tuple(f"{rating}_t" for rating in quality.RATINGS)
LEDGERS = ("certificates", "credits")  # tables in which two sites may claim the same
# The files of a bundle that are read here, of the year and of the year before, as patterns.
READ_BEFORE = ("claims.csv",)
READ = (*READ_BEFORE, "params.yaml", printed.META, "verdicts.csv", "notebooks/*.ipynb")
READ += tuple(f"tables/{id}.csv" for id in ("data_quality", "material_findings", claims.ALTERED))
READ += tuple(f"inputs/{name}{suffix}" for name in LEDGERS for suffix in sheets.SUFFIXES)
_MOST = 1e12  # of any figure here: the world emits less in a year than a tenth of it [tCO2e]
_SHOWN = 3  # differences from a manifest; the rest are counted
# What a file that is not what a bundle holds raises where it is read.
_WRONG = (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError)


class Notice(NamedTuple):
    """An exception: its kind (an id of texts/portfolio.csv), and where it was found."""

    site: str
    kind: str
    zh: str
    en: str
    file: str = ""
    row: str = ""


def read(folder: Path, whole: bool = True) -> tuple[dict, list[Notice]]:
    """Return the row of a bundle, `<site>/<year>`, and its exceptions; one that is not whole has
    the files of READ alone, and of the year before those of READ_BEFORE.

    The row always has site, year, bundle and state; figures only where the state is COUNTED. Units
    are those of the register; a figure in another unit is left out and is an exception.
    """
    row = {"site": folder.parent.name, "year": int(folder.name), "state": COUNTED}
    row["bundle"] = f"{folder.parent.name}/{folder.name}"
    if wrong := bundle.verify(folder, among=None if whole else READ):
        return row | {"state": DAMAGED}, _damaged(row["site"], wrong)
    try:
        known = claims.read(folder / "claims.csv")
        figures, notices = _figures(row["site"], known)
        for name in LEDGERS:  # a table in two formats has no certain reading
            tables.path_of(folder / "inputs", name)
        about, odd = _about(folder, row["year"]), _worth_a_look(folder, row["site"])
    except _WRONG as error:
        reason = printable(str(error).partition("\n")[0]) or type(error).__name__
        return row | {"state": UNREADABLE}, [_said(row["site"], UNREADABLE, reason)]
    changed = _change(folder, row, figures, None if whole else READ_BEFORE)
    return row | about | figures | changed, [*notices, *odd]


def _said(site: str, kind: str, reason: str, file: str = "", row: str = "") -> Notice:
    """Return an exception that the code says in English, with its Chinese from the catalogue."""
    return Notice(site, kind, messages.said(reason, "zh"), reason, file, row)


def _damaged(site: str, wrong: list[str]) -> list[Notice]:
    """Return an exception for the first differences from a manifest, and one for the rest."""
    found = []
    for sentence in wrong[:_SHOWN]:
        file, _, said = printable(sentence).partition(": ")
        found.append(_said(site, DAMAGED, said, file))
    if more := len(wrong) - len(found):
        found.append(_said(site, DAMAGED, f"and {more} more differences from its manifest"))
    return found


def unit(id: str) -> str:
    """Return the unit of a claim by the register.

    >>> unit("location_t"), unit("building_kwh_per_m2")
    ('tCO2e', 'kWh/m2')
    """
    return register.filled(register.find(id), "unit", {})


def _figures(site: str, known: pd.DataFrame) -> tuple[dict, list[Notice]]:
    """Return the figures of a bundle by id, with the status of each, and those that it lacks."""
    made, lacking = {}, []
    for id in (*TOTALS, *INTENSITIES, *_OTHERS):
        held = known.loc[id] if id in known.index else None
        value = nan if held is None else _sound(held["value"])
        if held is not None and held["unit"] != unit(id):
            said = f"{id} is in {printable(held['unit'])}, not in {unit(id)}; it is not counted"
            lacking.append(_said(site, "figure", said, "claims.csv"))
            value = nan
        elif id in TOTALS and isnan(value):
            lacking.append(_said(site, "figure", f"{id} is not stated", "claims.csv"))
        made |= {id: value, f"{id}_status": "" if isnan(value) else held["status"]}
    if "residual_t" in known.index:
        ends = known.loc["residual_t"]
        made |= {f"residual_{end}": _sound(ends[end]) for end in ("low", "high", "level")}
    made["status"] = status.weakest(made[f"{id}_status"] for id in STATED)
    return made, lacking


def _sound(value: float) -> float:
    """Return a figure, or NaN for one that no site can have.

    >>> _sound(1309.0), _sound(float("inf"))
    (1309.0, nan)
    """
    return float(value) if abs(value) < _MOST else nan


def _about(folder: Path, year: int) -> dict:
    """Return what a bundle says of its site: names, rules, area, data quality, what made it."""
    meta = printed.parameters(folder)
    if meta.get("reporting_year") != year:
        raise ValueError(f"its folder is named {year}, its report is of another year")
    chosen = yaml_file.entries(folder / "params.yaml")[0]
    manifest = json.loads((folder / bundle.MANIFEST).read_text(encoding="utf-8"))
    area = _sound(float(chosen.get("floor_area_m2") or 0))
    named = {f"name_{lang}": str(meta.get(f"site_{lang}") or "") for lang in labels.LANGUAGES}
    return {
        **{name: said or folder.parent.name for name, said in named.items()},
        "illustrative": bool(meta.get("illustrative")),
        **{name: str(meta.get(name) or "") for name in ("scheme", "gwp_edition", "matching")},
        "floor_area_m2": area if area > 0 else nan,
        **_quality(folder),
        "reports": " ".join(
            lang for lang in labels.LANGUAGES if f"report.{lang}.html" in manifest["files"]
        ),
        "fails": int((_table(folder, "verdicts.csv").get("verdict", pd.Series()) == "fails").sum()),
        "release": str(manifest.get("neutrality", "")),
        "source_sha256": str(manifest.get("source_sha256", "")),
    }


def _table(folder: Path, name: str) -> pd.DataFrame:
    """Return a table of a bundle as text; empty where it has none."""
    path = folder / name
    return sheets.written(path) if path.is_file() and path.stat().st_size > 1 else pd.DataFrame()


def _quality(folder: Path) -> dict[str, float]:
    """Return the location-based tonnes of each rating of the amounts behind them."""
    rated = _table(folder, "tables/data_quality.csv")
    if rated.empty:
        return dict.fromkeys(QUALITY, nan)
    sizes = rated["t_co2e"].astype(float).map(_sound).groupby(rated["rating"]).sum()
    return {name: float(sizes.get(name.removesuffix("_t"), 0.0)) for name in QUALITY}


def _change(folder: Path, row: dict, figures: dict, among: tuple[str, ...] | None) -> dict:
    """Return the change of both views [tCO2e] on last year's bundle or, without a good one, on the
    base year as the bundle itself has it, and which of the two it is.
    """
    before = folder.with_name(str(row["year"] - 1))
    if before.is_dir() and not bundle.verify(before, among=among):
        try:
            earlier, _ = _figures(row["site"], claims.read(before / "claims.csv"))
            return _against({id: earlier[id] for id in VIEWS}, figures, BY_BUNDLE, row["year"] - 1)
        except _WRONG:
            pass  # no figure of last year: the base year stands in, and the page says which it is
    base = claims.read(folder / "claims.csv")["year"].get("base_market_t", pd.NA)
    if pd.isna(base):
        return {}
    return _against({id: figures[_BASE[id]] for id in VIEWS}, figures, BY_BASE_YEAR, int(base))


def _against(before: dict, now: dict, by: str, year: int) -> dict:
    return {
        "change_by": by,
        "change_year": year,
        **{f"before_{id}": before[id] for id in VIEWS},
        **{f"change_{id}": now[id] - before[id] for id in VIEWS},
    }


def _worth_a_look(folder: Path, site: str) -> list[Notice]:
    """Return the exceptions of a bundle that may be counted: altered notebooks, another release,
    findings that its report has on page one, and announced figures that fail.
    """
    found = [*_altered(folder, site)]
    for each in _table(folder, "tables/material_findings.csv").itertuples():
        at = "" if each.row == "0" else each.row
        found.append(Notice(site, "material", each.zh, each.en, f"{each.table}.csv", at))
    verdicts = _table(folder, "verdicts.csv")
    for each in verdicts[verdicts["verdict"] == "fails"].itertuples() if len(verdicts) else ():
        found.append(Notice(site, "fails", each.statement_zh, each.statement_en, "verdicts.csv"))
    return found


def _altered(folder: Path, site: str) -> list[Notice]:
    """Return an exception for each cell in which a bundle's notebooks differ from the release."""
    rows = _table(folder, f"tables/{claims.ALTERED}.csv")
    if rows.empty and not _as_released(folder):
        with tempfile.TemporaryDirectory() as scratch:
            written = replay.written_notebooks(folder, Path(scratch) / "written")
            rows = methods.altered(written)
    return [
        Notice(
            site,
            "altered",
            *(
                f"{labels.label(row.change, lang)}{' ' * bool(row.what)}{row.what}"
                for lang in labels.LANGUAGES
            ),
            f"notebooks/{row.notebook}.ipynb",
            str(row.cell),
        )
        for row in rows.itertuples()
    ]


def _as_released(folder: Path) -> bool:
    """Return whether a bundle's notebooks have the release's code, letter by letter."""
    known = {name: list(held["source"]) for name, held in methods.released().groupby("notebook")}
    there = {path.stem: _code(path) for path in (folder / "notebooks").glob("*.ipynb")}
    return there == known


def _code(path: Path) -> list[str]:
    """Return the source of a notebook's code cells without that of a run's parameters."""
    held = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [
        "".join(cell["source"])
        for cell in held
        if cell["cell_type"] == "code"
        and "injected-parameters" not in cell["metadata"].get("tags", [])
    ]


def installed() -> tuple[str, str]:
    """Return version and source hash of the installed release, as manifests name them."""
    made_by = release.made_by()
    return made_by["neutrality"], made_by["source_sha256"]
