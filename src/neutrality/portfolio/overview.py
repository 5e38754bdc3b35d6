"""The sites of a year together: totals in both views and what they cover, how far sure, where an
intensity stands among the others, and everything that is not as it should be.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from math import nan, sqrt
from pathlib import Path

import pandas as pd

from neutrality import register
from neutrality.ledger import double_claims
from neutrality.portfolio import sites
from neutrality.portfolio.sites import COUNTED, FAILED, Notice
from neutrality.reference import status, units
from neutrality.texts import messages

SUMMARY = "summary.json"  # of the last batch, where there was one
# Kinds of exception, the gravest first.
KINDS = ("failed", "kept", "no_bundle", "damaged", "unreadable", "double_claim", "figure")
KINDS += ("altered", "material", "fails")
_TWICE = re.compile(r"(.*)/((?:certificates|credits)[^/,:]*)(?:, row ([\d,]+))?: (.*)", re.DOTALL)
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


def made(outputs: Path, year: int | None = None) -> Overview:
    """Return what the bundles below a folder, `<site>/<year>`, say of a year; by default the
    latest that one of them has.

    Where a batch left its summary, sites that failed are among the sites. Raises ValueError where
    there is neither a bundle nor an outcome of that year.
    """
    outputs = Path(outputs)
    there = bundles(outputs)
    outcomes = _outcomes(outputs)
    years = {int(path.name) for path in there} | {each["year"] for each in outcomes}
    year = max(years, default=None) if year is None else year
    if year not in years:
        of_year = f" of {year}" if year else ""
        raise ValueError(f"{outputs.name}: holds no bundle{of_year}; neutrality run makes one")
    rows, notices = _read([path for path in there if int(path.name) == year])
    more_rows, more = _without_bundle(rows, there, [o for o in outcomes if o["year"] == year], year)
    rows += more_rows
    notices += more + _claimed_twice(outputs, [r for r in rows if r["state"] == COUNTED])
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


def _read(folders: list[Path]) -> tuple[list[dict], list[Notice]]:
    read = [sites.read(folder) for folder in folders]
    return [row for row, _ in read], [each for _, found in read for each in found]


def _outcomes(outputs: Path) -> list[dict]:
    """Return the outcomes of the last batch: site, year, state, reason, file, row; none where there
    is no summary, or none that can be read.
    """
    try:
        held = json.loads((outputs / SUMMARY).read_text(encoding="utf-8"))
        listed = held["sites"] if isinstance(held, dict) else held
        return [each | {"site": str(each["site"]), "year": int(each["year"])} for each in listed]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _without_bundle(
    rows: list[dict], there: list[Path], outcomes: list[dict], year: int
) -> tuple[list[dict], list[Notice]]:
    """Return rows for sites that have no bundle of the year, and the exceptions that say why.

    A site whose last run failed keeps its earlier bundle, which is counted: it is an exception too.
    """
    has, more, notices = {row["site"] for row in rows}, {}, []
    for each in outcomes:
        site, reason = each["site"], str(each.get("reason") or "")
        if site not in has:
            more[site] = {"site": site, "year": year, "state": FAILED, "bundle": ""}
        if reason or site not in has:
            kind = "kept" if site in has else "failed"
            at = [str(each.get(name) or "") for name in ("file", "row")]
            reason = reason or str(each.get("state") or "")
            notices.append(Notice(site, kind, messages.said(reason, "zh"), reason, *at))
    for site in sorted({path.parent.name for path in there} - has - more.keys()):
        said = f"there is no bundle of {year}"
        notices.append(Notice(site, "no_bundle", messages.said(said, "zh"), said))
        more[site] = {"site": site, "year": year, "state": "no_bundle", "bundle": ""}
    return list(more.values()), notices


def _claimed_twice(outputs: Path, counted: list[dict]) -> list[Notice]:
    """Return an exception for each certificate or credit that two sites claim, under both names."""
    folders = [outputs / row["bundle"] / "inputs" for row in counted]
    names = [row["site"] for row in counted]
    found = double_claims.between_cases(folders, names) if len(folders) > 1 else []
    made = []
    for sentence in found:
        at = _TWICE.fullmatch(sentence)
        site, file, row, said = at.groups() if at else ("", "", "", sentence)
        told = messages.said(said, "zh"), said
        made.append(Notice(site, "double_claim", *told, file, row or ""))
        for other in _OTHER.findall(said):
            said = f"also claimed by {site}, {file}, row {row}"
            made.append(Notice(other[0], "double_claim", messages.said(said, "zh"), said, *other[1:]))
    return made


def together(rows: list[dict], notices: list[Notice], year: int) -> Overview:
    """Return the overview of rows and exceptions as `sites.read` gives them."""
    columns = [*sites.TOTALS, *sites.INTENSITIES, *sites.QUALITY, "residual_u_t", "floor_area_m2"]
    columns += [f"{what}_{id}" for what in ("before", "change") for id in sites.VIEWS]
    numbers = {name: nan for name in columns} | {"residual_low": nan, "residual_high": nan}
    texts = dict.fromkeys(["name_zh", "name_en", "scheme", "gwp_edition", "status"], "")
    texts |= dict.fromkeys([f"{id}_status" for id in sites.TOTALS], "")
    texts |= dict.fromkeys(["change_by", "release", "source_sha256"], "")
    blank = numbers | texts | {"illustrative": False, "change_year": pd.NA, "fails": 0}
    frame = pd.DataFrame([blank | row for row in rows]).sort_values("site", ignore_index=True)
    frame["change_year"] = frame["change_year"].astype("Int64")
    exceptions = pd.DataFrame(notices, columns=_EXCEPTIONS)
    exceptions["kind"] = pd.Categorical(exceptions["kind"], KINDS, ordered=True)
    exceptions = exceptions.sort_values(["kind", "site"], kind="stable", ignore_index=True)
    exceptions["kind"] = exceptions["kind"].astype("str")
    frame["exceptions"] = frame["site"].map(exceptions["site"].value_counts()).fillna(0).astype(int)
    frame = placed(frame)
    return Overview(year, frame, totals(frame), exceptions, _releases(frame))


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
    for id in [each for each in sites.TOTALS if each in frame]:
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
    stated = counted["residual_u_t"]
    if stated.empty or stated.isna().any():
        return nan, nan
    return sqrt(float((stated**2).sum())), float(stated.sum())


def placed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the sites with the share of the others whose location-based intensity is lower [%], in
    the column intensity_above; empty for one alone.

    >>> held = pd.DataFrame({"building_location_kg_per_m2": [50.0, 70.0, nan, 60.0]})
    >>> placed(held)["intensity_above"].tolist()
    [0.0, 100.0, nan, 50.0]
    """
    value = frame[sites.INTENSITIES[0]]
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
    known = counted[(counted["change_by"] == sites.BY_BUNDLE) & counted[f"change_{view}"].notna()]
    if known.empty:
        return nan, nan, 0
    return float(known[f"change_{view}"].sum()), float(known[f"before_{view}"].sum()), len(known)


def _releases(frame: pd.DataFrame) -> pd.DataFrame:
    """Return release, source_sha256, installed, sites (names) for each release that made bundles."""
    known = frame[frame["source_sha256"] != ""]
    groups = known.groupby(["release", "source_sha256"], sort=True)["site"].agg(list)
    installed = sites.installed()
    rows = [(*key, key == installed, names) for key, names in groups.items()]
    return pd.DataFrame(rows, columns=["release", "source_sha256", "installed", "names"])
