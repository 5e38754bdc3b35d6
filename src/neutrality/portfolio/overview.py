"""The sites of a year together: totals in both views and what they cover, how far sure, where an
intensity stands among the others, and everything that is not as it should be.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from math import nan, sqrt
from pathlib import Path

import pandas as pd

from neutrality import register
from neutrality.case import tables
from neutrality.ledger import double_claims
from neutrality.portfolio import site, stated, summary
from neutrality.portfolio.stated import COUNTED, FAILED, Notice
from neutrality.reference import status, units
from neutrality.texts import messages
from neutrality.verifier.received import printable

# Kinds of exception, the gravest first.
NO_BUNDLE, TWICE = "no_bundle", "double_claim"  # of two that are counted
_REFUSED_TWICE = "refused_twice"  # of sites that were refused for it
_KINDS = {site.FAILED: FAILED, site.REFUSED: "refused"}  # of a state without a report
_KINDS |= {site.TIMED_OUT: "timed_out", site.STOPPED: "stopped"}
KINDS = (
    *_KINDS.values(),
    _REFUSED_TWICE,
    "kept",
    NO_BUNDLE,
    stated.DAMAGED,
    stated.UNREADABLE,
    TWICE,
    "figure",
)
KINDS += ("altered", "material", "fails")
_NO_YEAR = 0
_REASONS = 3  # problems of a site that failed; its log has all
_TWICE = re.compile(
    r"(.*)/(certificates[^/,:]*|credits[^/,:]*)(?:, row ([\d,]+))?: (.*)", re.DOTALL
)
_OTHER = re.compile(r".*, overlaps (.*)/((?:certificates|credits)[^/,:]*), row ([\d,]+) .*")
_EXCEPTIONS = list(Notice._fields)


@dataclass(frozen=True)
class Overview:
    """A portfolio's year: a row a site, a row a total, a row an exception, a row a release."""

    year: int
    sites: pd.DataFrame
    totals: pd.DataFrame
    exceptions: pd.DataFrame
    releases: pd.DataFrame

    @property
    def counted(self) -> pd.DataFrame:
        """Return the rows of the sites whose figures are in the totals."""
        return self.sites[self.sites["state"] == COUNTED]


def made(outputs: Path, year: int | None = None, whole: bool = True) -> Overview:
    """Return what the bundles below a folder, `<site>/<year>`, say of a year; by default the
    latest that one of them has. Bundles that are not whole have what `stated` reads alone.

    Where a batch left its summary, sites that failed are among the sites. Raises ValueError where
    there is neither a bundle nor an outcome of that year.
    """
    outputs = Path(outputs)
    there = bundles(outputs)
    listed, unread = outcomes(outputs)
    years = {int(path.name) for path in there} | {each["year"] for each in listed} - {_NO_YEAR}
    year = max(years, default=None) if year is None else year
    if year not in years:
        if not outputs.is_dir():
            raise ValueError(f"{outputs}: no such folder; name the one that runs write to")
        what = f"no bundle of {year}" if year else "no bundle"
        raise ValueError(f"{outputs.name}: holds {what}; neutrality run makes one")
    rows, notices = _read([path for path in there if int(path.name) == year], whole)
    more_rows, more = _without_bundle(
        rows, there, [o for o in listed if o["year"] in (year, _NO_YEAR)], year
    )
    rows += more_rows
    notices += unread + more + _claimed_twice(outputs, [r for r in rows if r["state"] == COUNTED])
    return together(rows, notices, year)


def bundles(outputs: Path) -> list[Path]:
    """Return the folders below `outputs` that a run publishes to, `<site>/<year>`, sorted; hidden
    ones and those of a lab are none.
    """
    return sorted(
        path
        for path in outputs.glob("*/[0-9][0-9][0-9][0-9]")
        if path.is_dir() and not path.is_symlink() and not path.parent.name.startswith(".")
    )


def _read(folders: list[Path], whole: bool = True) -> tuple[list[dict], list[Notice]]:
    read = [stated.read(folder, whole) for folder in folders]
    return [row for row, _ in read], [each for _, found in read for each in found]


def outcomes(outputs: Path) -> tuple[list[dict], list[Notice]]:
    """Return the outcomes of the last batch, and of others before it (site, year, state, reason,
    ...); none where there was none. A case whose YAML gives no year belongs to each, as _NO_YEAR.

    A summary that cannot be read is an exception: it may name sites that failed.
    """
    path = outputs / summary.FILE
    if not path.is_file():
        return [], []
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        listed = [each for part in summary.PARTS for each in held.get(part, [])]
        return [e | {"site": str(e["site"]), "year": year_of(e["year"])} for e in listed], []
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        said = "is no summary of a batch; sites that failed may be missing here"
        return [], [_said("", "unreadable", said, summary.FILE)]


def year_of(text: object) -> int:
    """Return the year that an outcome is of, _NO_YEAR where its YAML gives none."""
    return int(text) if re.fullmatch("[0-9]{4}", str(text)) else _NO_YEAR


def _said(name: str, kind: str, reason: str, *at: str) -> Notice:
    return Notice(name, kind, messages.said(reason, "zh"), reason, *at)


def _without_bundle(
    rows: list[dict], there: list[Path], outcomes: list[dict], year: int
) -> tuple[list[dict], list[Notice]]:
    """Return rows for sites that have no bundle of the year, and the exceptions that say why.

    A site whose last run failed keeps its earlier bundle, which is counted: it is an exception too.
    """
    has, states, notices = {row["site"] for row in rows}, {}, []
    for each in outcomes:
        name, state, reasons = each["site"], each.get("state"), _reasons(each)
        kind = _KINDS.get(state, FAILED) if reasons else NO_BUNDLE
        kind = _REFUSED_TWICE if any(map(_OTHER.fullmatch, reasons)) else kind
        notices += [_why(name, "kept" if name in has else kind, reason) for reason in reasons]
        if name not in has:
            states[name] = kind
    for name in sorted({path.parent.name for path in there} - has - states.keys()):
        states[name] = NO_BUNDLE
    said = f"there is no bundle of {year}"
    notices += [_said(name, state, said) for name, state in states.items() if state == NO_BUNDLE]
    about = {"year": year, "bundle": ""}
    return [about | {"site": name, "state": state} for name, state in states.items()], notices


def _reasons(outcome: dict) -> list[str]:
    """Return the first reasons why there is no new report; none where there is one."""
    said = str(outcome.get("reason") or "").splitlines()[:_REASONS]
    return said or ["stopped before it ended"] * (outcome.get("state") == site.STOPPED)


def _why(name: str, kind: str, reason: str) -> Notice:
    """Return the exception of a site for one reason, with the place that the reason names."""
    at = site.place(reason, name)
    file, row = at.get("file") or at.get("notebook", ""), at.get("row") or at.get("cell") or ""
    return _said(name, kind, reason, file, str(row))


def _claimed_twice(outputs: Path, counted: list[dict]) -> list[Notice]:
    """Return an exception for each certificate or credit that two sites claim, under both names."""
    made = []
    for sentence in _between([outputs / row["bundle"] for row in counted]):
        at = _TWICE.fullmatch(sentence)
        name, file, row, said = at.groups() if at else ("", "", "", sentence)
        made.append(_said(name, TWICE, said, file, (row or "").replace(",", "")))
        for other in _OTHER.findall(said):
            said = f"also claimed by {name}, {file}, row {row}"
            made.append(_said(other[0], TWICE, said, other[1], other[2].replace(",", "")))
    return made


def _between(folders: list[Path]) -> list[str]:
    """Return what `double_claims` says of the ledgers in some bundles.

    It names a case by its folder, and in a bundle every one is called inputs: the ledgers are laid
    out by site.
    """
    with tempfile.TemporaryDirectory() as scratch:
        cases = [Path(scratch) / folder.parent.name for folder in folders]
        for folder, case in zip(folders, cases, strict=True):
            case.mkdir()
            for name in stated.LEDGERS:
                if path := tables.path_of(folder / "inputs", name):
                    shutil.copyfile(path, case / path.name)
        return double_claims.between_cases(cases) if len(cases) > 1 else []


def together(rows: list[dict], notices: list[Notice], year: int) -> Overview:
    """Return the overview of rows and exceptions as `stated.read` gives them."""
    blank = _blank()
    frame = pd.DataFrame([blank | _shown(row) for row in rows])
    frame = frame.sort_values("site", ignore_index=True)
    frame["change_year"] = frame["change_year"].astype("Int64")
    exceptions = pd.DataFrame([_shown(each._asdict()) for each in notices], columns=_EXCEPTIONS)
    exceptions["kind"] = pd.Categorical(exceptions["kind"], KINDS, ordered=True)
    exceptions = exceptions.sort_values(["kind", "site"], kind="stable", ignore_index=True)
    exceptions["kind"] = exceptions["kind"].astype("str")
    frame["exceptions"] = frame["site"].map(exceptions["site"].value_counts()).fillna(0).astype(int)
    frame = placed(frame)
    return Overview(year, frame, totals(frame), exceptions, _releases(frame))


def _blank() -> dict:
    """Return the row of a site of which nothing is known, so that every column is always there."""
    numbers = (*stated.TOTALS, *stated.INTENSITIES, *stated.QUALITY, "residual_u_t")
    numbers += ("residual_low", "residual_high", "residual_level", "floor_area_m2")
    numbers += tuple(f"{what}_{id}" for what in ("before", "change") for id in stated.VIEWS)
    texts = ("name_zh", "name_en", "scheme", "gwp_edition", "matching", "status", "change_by")
    texts += ("release", "source_sha256", *(f"{id}_status" for id in stated.TOTALS))
    other = {"illustrative": False, "change_year": pd.NA, "fails": 0}
    return dict.fromkeys(numbers, nan) | dict.fromkeys(texts, "") | other


def _shown(row: dict) -> dict:
    """Return a row whose texts a page, a workbook and a Parquet file can hold, whoever wrote
    them.
    """
    return {name: printable(v) if isinstance(v, str) else v for name, v in row.items()}


def totals(frame: pd.DataFrame) -> pd.DataFrame:
    """Return id, value, unit, digits, status, sites (how many it covers) and missing (the others).

    A total has the weakest status of what it adds up. Without one site that states the figure there
    is no total.

    >>> rows = [{"state": "counted", "market_t": 1.0, "market_t_status": "SINGLE", "site": "a"},
    ...         {"state": "damaged", "market_t": nan, "market_t_status": "", "site": "b"}]
    >>> totals(pd.DataFrame(rows))[["value", "status", "sites", "missing"]].values.tolist()
    [[1.0, 'SINGLE', 1, 'b']]
    """
    rows = []
    for id in [each for each in stated.TOTALS if each in frame]:
        covered = (frame["state"] == COUNTED) & frame[id].notna()
        value = float(frame.loc[covered, id].sum()) if covered.any() else nan
        weakest = status.weakest(frame.loc[covered, f"{id}_status"])
        missing = "; ".join(frame.loc[~covered, "site"])
        entry = register.find(id)
        rows.append((id, value, entry.unit, entry.digits, weakest, int(covered.sum()), missing))
    names = ["id", "value", "unit", "digits", "status", "sites", "missing"]
    return pd.DataFrame(rows, columns=names)


def residual_u_t(counted: pd.DataFrame) -> tuple[float, float]:
    """Return between which standard uncertainties that of the total residual lies [tCO2e]: sites
    independent of each other, and fully correlated.

    Root of the sum of squares and plain sum, equation 10 and clause 5.2.2, note 1 of JCGM 100:2008.
    Sites share grid factors and so are neither. NaN where a site states none: intervals themselves
    are never added.

    >>> residual_u_t(pd.DataFrame({"residual_u_t": [3.0, 4.0]}))
    (5.0, 7.0)
    """
    u_t = counted["residual_u_t"]
    if u_t.empty or u_t.isna().any():
        return nan, nan
    return sqrt(float((u_t**2).sum())), float(u_t.sum())


def placed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the sites with the share of the others whose location-based intensity is lower [%], in
    the column intensity_above; empty for one alone.

    >>> held = pd.DataFrame({"building_location_kg_per_m2": [50.0, 70.0, nan, 60.0]})
    >>> placed(held)["intensity_above"].tolist()
    [0.0, 100.0, nan, 50.0]
    """
    value = frame[stated.INTENSITIES[0]]
    others = value.count() - 1
    lower = value.rank(method="min") - 1
    share = units.PERCENT * lower / others if others > 0 else lower * nan
    return frame.assign(intensity_above=share)


def intensity(counted: pd.DataFrame, view: str) -> tuple[float, int]:
    """Return a view's emissions per floor area of the sites that give one, together [kgCO2e/m2],
    and how many they are.
    """
    known = counted[counted["floor_area_m2"].notna() & counted[view].notna()]
    if known.empty:
        return nan, 0
    kg = known[view].sum() * units.KG_PER_T
    return float(kg / known["floor_area_m2"].sum()), len(known)


def change(counted: pd.DataFrame, view: str) -> tuple[float, float, int]:
    """Return the change of a view on last year [tCO2e], what it was then, and of how many sites:
    those alone whose bundle of last year is there.
    """
    known = counted[(counted["change_by"] == stated.BY_BUNDLE) & counted[f"change_{view}"].notna()]
    if known.empty:
        return nan, nan, 0
    return float(known[f"change_{view}"].sum()), float(known[f"before_{view}"].sum()), len(known)


def _releases(frame: pd.DataFrame) -> pd.DataFrame:
    """Return release, source_sha256, installed and the sites' names of each release there is."""
    known = frame[frame["source_sha256"] != ""]
    groups = known.groupby(["release", "source_sha256"], sort=True)["site"].agg(list)
    installed = stated.installed()
    rows = [(*key, key == installed, names) for key, names in groups.items()]
    return pd.DataFrame(rows, columns=["release", "source_sha256", "installed", "names"])
