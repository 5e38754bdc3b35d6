"""Two bundles side by side: claims, the bridge between their residuals, methods and parameters.

Of two years, or of one year before and after a correction. Nothing of either is run, and neither is
taken for true: `verify` and `replay` say of each whether it is.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from neutrality import claims
from neutrality.case import tables
from neutrality.energy import site_load
from neutrality.green import coverage
from neutrality.report import methods
from neutrality.runner import bundle
from neutrality.verifier import recalculation, replay, verify, years
from neutrality.verifier.received import MANIFEST, printable

# Claims that a person looks at first; all others are in the JSON.
SHOWN = ("location_t", "market_t", "electricity_mwh", "matched_mwh", "grid_factor")
SHOWN += ("savings_mwh", "avoided_green_t")
CREDITS = ("credits_needed", "credits_retired", "credits_checked")
_UNCOVERED = "uncovered"  # role in the table grid_factors
_OWN = ("neutrality", "source_sha256", "commit", "python")  # of a manifest, beside libraries
_LISTS = ("methods", "software", "parameters", "remarks")
_MANY = 30  # lines of one kind that a person is shown
_KWH = 0.001  # in MWh: the claim matched_mwh is in MWh
_COLUMNS = ["id", "unit", "old", "new", "change"]


@dataclass(frozen=True)
class Comparison:
    """What differs between two bundles."""

    old: years.Year
    new: years.Year
    bridge: pd.DataFrame  # of years.bridge
    claims: pd.DataFrame  # id, unit, old, new, change
    methods: list[str]  # cells of the notebooks that differ
    software: list[str]
    parameters: list[str]
    remarks: list[str]  # what a reader should know of either bundle


def compare(old: Path, new: Path, scratch: Path) -> Comparison:
    """Return how two bundles, folders as `received.opened` gives them, differ.

    Below `scratch` their notebooks are written without outputs. Raises ValueError where a table
    that the bridge needs is missing or cannot be read, and where the bridge does not close.
    """
    try:
        return _compare(old, new, scratch)
    except (KeyError, TypeError, AttributeError) as error:  # a stranger's file of another shape
        raise ValueError(
            f"the bundles cannot be compared: {printable(repr(error))}; neutrality verify says "
            "which of them is no whole bundle"
        ) from error


def _compare(old: Path, new: Path, scratch: Path) -> Comparison:
    large = [fault for folder in (old, new) for fault in verify.verify(folder, (verify.SIZES,))]
    if large:
        raise ValueError("\n".join(f"{each.file}: {each.said}" for each in large))
    given = [recalculation.given(folder / "params.yaml") for folder in (old, new)]
    held = [claims.join(folder / "claims") for folder in (old, new)]
    ends = [year(*each, given[0]) for each in zip((old, new), held, given, strict=True)]
    if ends[0].year > ends[1].year:
        raise ValueError(
            f"the first bundle is of {ends[0].year}, the second of {ends[1].year}; give the older "
            "one first"
        )
    return Comparison(
        *ends,
        bridge=years.bridge(*ends),
        claims=side_by_side(*held),
        methods=_methods(old, new, scratch),
        software=_software(old, new),
        parameters=_changed(*given),
        remarks=[*_remarks("old", old, given[0]), *_remarks("new", new, given[1])],
    )


def year(folder: Path, stated: pd.DataFrame, given: dict, old: dict) -> years.Year:
    """Return what the bridge needs of one bundle; ValueError for what it lacks.

    `given` are its parameters, `old` those of the earlier bundle.
    """
    for id in ("market_t", "matched_mwh"):
        if id not in stated.index:
            raise ValueError(f"{printable(folder.name)}: states no claim {id}; it cannot be held")
    grid = tables.read_result(folder, "grid_factors", "02_green_power").set_index("role")
    if _UNCOVERED not in grid.index:
        raise ValueError(f"{printable(folder.name)}: grid_factors.csv has no role {_UNCOVERED}")
    at = folder / "tables" / "energy_change.csv"
    return years.Year(
        year=int(given["reporting_year"]),
        base_year=int(given["base_year"]),
        market_t=float(stated.at["market_t", "value"]),
        matched_kwh=float(stated.at["matched_mwh", "value"] / _KWH),
        kg_per_kwh=float(grid.at[_UNCOVERED, "kg_per_kwh"]),
        emitted=tables.read_result(folder, "emitted", "02_green_power"),
        electricity=tables.read_result(folder, "electricity_by_month", "01_energy_baseline"),
        energy_change=(
            tables.read_result(folder, "energy_change", "01_energy_baseline")
            if at.is_file()
            else pd.DataFrame()
        ),
        green_by_year=green_by_year(folder, given),
        matching=str(given["matching"]),
        read_kwh=read_kwh(folder / "inputs", given, int(old["reporting_year"])),
        recorded=recorded(folder / "inputs", int(old["reporting_year"])),
    )


def read_kwh(inputs: Path, given: dict, year: int) -> pd.Series:
    """Return the electricity of a year as the inputs have it, by month "YYYY-MM" [kWh], gaps not
    filled; empty where they have none of that year.
    """
    zone = str(given["timezone"])
    read = [tables.read_or_empty(inputs, name, zone) for name in ("energy", "meters")]
    try:
        load, _ = site_load.readings(*read, zone)
        return site_load.of_year(site_load.electricity_by_month(load, [year]), year)
    except ValueError:
        return pd.Series(dtype=float)


def recorded(inputs: Path, year: int) -> pd.DataFrame:
    """Return the rows of a year of the table activities that an inventory counts."""
    rows = tables.read_or_empty(inputs, "activities")
    of_year = rows["month"].astype("str").str.startswith(f"{year}-")
    return rows[of_year & (rows["line"] == "inventory")]


def green_by_year(folder: Path, given: dict) -> dict[int, pd.Series]:
    """Return the green power that a bundle's ledger counts for each year that it claims for [kWh],
    by month of generation; the bundle's own parameters say what counts.
    """
    inputs = folder / "inputs"
    claimed = tables.read_or_empty(inputs, "certificates")["claimed_year"].dropna().astype(int)
    return {
        each: coverage.by_month(recalculation.counted(inputs, given, each))
        for each in sorted(set(claimed))
    }


def side_by_side(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return id, unit, old, new, change of every claim of either bundle; empty where one lacks it,
    or where the two units differ.
    """
    rows = []
    for id in dict.fromkeys([*new.index, *old.index]):
        held = [each.loc[id] if id in each.index else None for each in (old, new)]
        values = [math.nan if each is None else float(each["value"]) for each in held]
        said = list(dict.fromkeys(each["unit"] for each in held if each is not None))
        change = values[1] - values[0] if len(said) == 1 else math.nan
        rows.append((id, " / ".join(said), *values, change))
    return pd.DataFrame(rows, columns=_COLUMNS)


def _methods(old: Path, new: Path, scratch: Path) -> list[str]:
    """Return a line for each cell in which the two bundles' notebooks differ."""
    before, after = (
        replay.written_notebooks(folder, scratch / name)
        for name, folder in (("old", old), ("new", new))
    )
    if not (before and after):
        return []
    known = pd.concat([methods.cells(path) for path in before])
    return methods.sentences(methods.altered(after, known=known))


def _software(old: Path, new: Path) -> list[str]:
    """Return a line for each version that differs between two manifests."""
    one, other = _versions(old), _versions(new)
    return [
        f"{name}: {one.get(name, 'absent')}, then {other.get(name, 'absent')}"
        for name in sorted(one.keys() | other.keys())
        if one.get(name) != other.get(name)
    ]


def _versions(folder: Path) -> dict[str, str]:
    """Return the versions that a manifest names: of the package and its source, of Python, of
    libraries.
    """
    try:
        held = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        libraries = held.get("libraries", {})
        own = {name: held[name] for name in _OWN if name in held}
        return {str(name): str(value) for name, value in (libraries | own).items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ValueError(f"{printable(folder.name)}: has no readable {MANIFEST}") from error


def _changed(old: dict, new: dict) -> list[str]:
    """Return a line for each parameter that differs."""
    return [
        f"{name}: {old.get(name, 'absent')!r}, then {new.get(name, 'absent')!r}"
        for name in dict.fromkeys([*new, *old])
        if old.get(name) != new.get(name)
    ]


def _remarks(which: str, folder: Path, given: dict) -> list[str]:
    wrong = len(bundle.verify(folder, every=True))
    said = [f"{which} bundle: {wrong} file(s) are not as its manifest has them"] if wrong else []
    if given.get("illustrative"):
        said.append(f"{which} bundle: its inputs are illustrative")
    return said


def lines(made: Comparison) -> list[str]:
    """Return a comparison as lines for a person."""
    one = made.old.year == made.new.year
    ends = ("before", "after") if one else (str(made.old.year), str(made.new.year))
    said = [f"market-based residual, {ends[0]:28} {made.old.market_t:14,.3f} t"]
    for part, tonnes in years.total(made.bridge).items():
        of = made.bridge[made.bridge["part"] == part]
        by = ", ".join(f"{row.source} {row.t_co2e:+,.3f}" for row in of.itertuples())
        said += [f"  {part:48} {tonnes:+14,.3f} t" + (f"  ({by})" if by else "")]
    said += [f"market-based residual, {ends[1]:28} {made.new.market_t:14,.3f} t", ""]
    said += [_claim(row) for row in made.claims.itertuples() if row.id in SHOWN]
    said += ["apart, credits:", *(_claim(r) for r in made.claims.itertuples() if r.id in CREDITS)]
    same = (made.claims["old"] == made.claims["new"]) | made.claims[["old", "new"]].isna().all(
        axis=1
    )
    moved = made.claims[~same]
    said += [f"{len(made.claims)} claims, {len(moved)} with another value; --json has all", ""]
    for what in _LISTS:
        listed = getattr(made, what)
        said += [f"{what}: {len(listed) or 'nothing'}"]
        said += [f"  {each}" for each in listed[:_MANY]]
        said += [f"  and {len(listed) - _MANY} more"] if len(listed) > _MANY else []
    return [printable(each) for each in said]


def _claim(row) -> str:
    values = " -> ".join("none" if math.isnan(v) else f"{v:,.6g}" for v in (row.old, row.new))
    return f"{row.id:24} {values} {row.unit}"


def as_json(made: Comparison) -> dict:
    """Return a comparison as a table for JSON; a value that there is none of is null."""
    sum_t = float(made.bridge["t_co2e"].sum())
    return {
        "years": [made.old.year, made.new.year],
        "residuals_t": [made.old.market_t, made.new.market_t],
        "bridge": made.bridge.to_dict("records"),
        "parts_t": years.total(made.bridge),
        "closing_t": sum_t - (made.new.market_t - made.old.market_t),
        "claims": made.claims.astype(object).where(made.claims.notna(), None).to_dict("records"),
        **{what: getattr(made, what) for what in _LISTS},
    }
