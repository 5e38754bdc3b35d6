"""Every row behind a residual, and the same tonnes again from the inputs alone: amount x factor x
warming potential, by another way than the notebooks took.
"""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from neutrality.case import tables
from neutrality.energy import periods, site_load
from neutrality.green import criteria
from neutrality.ledger import certificate_serials, certificates
from neutrality.reference import emission_factors, gases, units
from neutrality.runner import parameters, yaml_file
from neutrality.verifier.received import printable

ACTIVITIES, ELECTRICITY, CERTIFICATES = "activities", "energy", "certificates"
COLUMNS = ["table", "row", "what", "t_co2e", "status", "amount", "unit", "factor_id", "high", "odd"]
SHEET = ["recalculated_amount", "factor", "factor_unit", "gwp", "recalculated_t", "difference_t"]
_GRID = "uncovered"  # role of the factor that values electricity and what covers it
_GOOD = "CONFIRMED"
_EXACT = 1e-9  # share and tonnes: a smaller difference is rounding
_KWH = "kWh"


def given(path: Path) -> dict:
    """Return every parameter of a report: those of its YAML, for the rest the release's defaults.

    Raises ValueError where there is no YAML, or where a line of it is not understood.
    """
    try:
        chosen, _, refused = yaml_file.entries(path)
    except OSError as error:
        raise ValueError(f"{printable(path.name)}: is missing or cannot be read") from error
    if refused:
        raise ValueError("\n".join(map(printable, refused)))
    known = parameters.signature(parameters.notebooks_folder())
    unknown = {name: value for name, value in chosen.items() if name not in known}
    return parameters.complete(chosen, known) | unknown


def counted(inputs: Path, given: dict, year: int) -> pd.DataFrame:
    """Return the blocks of certificates that count for a year, by the case's own parameters, with
    kwh; indexed by row of the file.
    """
    settled = certificates.counted(tables.read_or_empty(inputs, "certificates"), year)
    return criteria.eligible(settled, given["province"], given["undecided_certificates"])


def population(folder: Path, inputs: Path, given: dict) -> pd.DataFrame:
    """Return a row for each row of the inputs that the residual rests on: COLUMNS.

    Bills of heat and fuels, months of electricity (row: number of the month), and certificates with
    the tonnes they take off. Risk is high where the value is not CONFIRMED or a finding doubts the
    table as a whole; odd where one names the row. Raises ValueError where the bundle's tables are
    not those of its inputs.
    """
    year = int(given["reporting_year"])
    grid = tables.read_result(folder, "grid_factors", "02_green_power").set_index("role").loc[_GRID]
    found = tables.joined_findings(folder)
    rows = pd.concat(
        [
            _bills(folder, inputs, year),
            _months(folder, year, grid),
            _blocks(counted(inputs, given, year), grid),
        ],
        ignore_index=True,
    )
    doubted = set(found.loc[found["row"] == 0, "table"])
    named = set(zip(found["table"], found["row"], strict=True)) - {(each, 0) for each in doubted}
    keys = list(zip(rows["table"], rows["row"], strict=True))
    high = (rows["status"] != _GOOD) | rows["table"].isin(doubted)
    return rows.assign(high=high, odd=[key in named for key in keys])[COLUMNS]


def _bills(folder: Path, inputs: Path, year: int) -> pd.DataFrame:
    """Return the rows of the table activities that the year's inventory counts."""
    emitted = tables.read_result(folder, "emitted", "02_green_power")
    bills = tables.read_or_empty(inputs, ACTIVITIES)
    keys = ["month", "source", "factor_id"]
    alike = (
        len(bills) == len(emitted) and (bills[keys].to_numpy() == emitted[keys].to_numpy()).all()
    )
    if not alike:
        raise ValueError(
            f"emitted.csv has other rows than {ACTIVITIES}.csv of the inputs; the bundle does not "
            "agree with itself, or the notebooks ran before the table was changed"
        )
    held = emitted.set_index(bills.index)
    kept = held[(held["year"] == year) & (held["line"] == "inventory")]
    what = kept["source"] + " " + kept["month"]
    rows = kept[["t_co2e", "status", "amount", "unit", "factor_id"]]
    return rows.assign(table=ACTIVITIES, row=kept.index, what=what)


def _months(folder: Path, year: int, grid: pd.Series) -> pd.DataFrame:
    """Return the year's months of electricity, whole, at the factor of what is not covered."""
    held = tables.read_result(folder, "electricity_by_month", "01_energy_baseline")
    kwh = site_load.of_year(held, year)
    rows = _at_grid(kwh.to_numpy(), grid)
    what = "grid_electricity " + kwh.index.to_series()
    month = kwh.index.str[5:].astype(int)
    return rows.assign(table=ELECTRICITY, row=month, what=what.to_numpy())


def _blocks(blocks: pd.DataFrame, grid: pd.Series) -> pd.DataFrame:
    """Return blocks of certificates with the tonnes that they take off."""
    rows = _at_grid(blocks["kwh"].to_numpy(), grid)
    return rows.assign(table=CERTIFICATES, row=blocks.index, what=blocks["block_id"].to_numpy())


def _at_grid(kwh, grid: pd.Series) -> pd.DataFrame:
    """Return electricity as rows of a population."""
    tonnes = pd.Series(kwh, dtype=float) * float(grid["kg_per_kwh"]) / units.KG_PER_T
    about = {"status": grid["status"], "unit": _KWH, "factor_id": grid["factor_id"]}
    return pd.DataFrame({"t_co2e": tonnes, "amount": pd.Series(kwh, dtype=float)}).assign(**about)


def sheet(sample: pd.DataFrame, inputs: Path, given: dict) -> pd.DataFrame:
    """Return rows of a population with SHEET: the amount as the inputs have it, the factor of the
    release or of the case, and the tonnes of both multiplied again.

    difference_t is recalculated less recorded, 0 where they are alike to 1e-9. A month of
    electricity is the sum of its readings in the table energy: what was filled for a gap is a
    difference, and of bills there is none to add (recalculated_amount is empty: by hand). A block
    of certificates is its range of serial numbers (empty where they cannot be read).
    """
    factors = emission_factors.factors(tables.read_or_empty(inputs, "factors"))
    gwp = gases.gwp(str(given["gwp_edition"]))
    amounts = {
        ACTIVITIES: tables.read_or_empty(inputs, ACTIVITIES)["amount"],
        ELECTRICITY: _read_by_month(inputs, given),
        CERTIFICATES: _by_serials(counted(inputs, given, int(given["reporting_year"]))),
    }
    rows = [_again(row, amounts[row.table], factors, gwp) for row in sample.itertuples()]
    again = pd.DataFrame(rows, columns=SHEET[:-1], index=sample.index)
    difference_t = again["recalculated_t"] - sample["t_co2e"]
    rounding_t = _EXACT * sample["t_co2e"].abs().clip(lower=1.0)
    return sample.join(again).assign(
        difference_t=difference_t.where(~(difference_t.abs() <= rounding_t), 0.0)
    )


def _again(row, amounts: pd.Series, factors: pd.DataFrame, gwp: pd.Series) -> tuple:
    """Return the amount, factor, its unit, warming potential and tonnes of one row."""
    amount = float(amounts.get(row.row, math.nan))
    factor = factors.loc[row.factor_id]
    t_per_unit = units.published(float(factor["value"]), factor["unit"], f"t/{row.unit}")
    warming = float(gwp.get(factor["gas"], 1.0))
    tonnes = amount * t_per_unit * warming
    return amount, float(factor["value"]), factor["unit"], warming, tonnes


def _read_by_month(inputs: Path, given: dict) -> pd.Series:
    """Return the readings of the main meter by month of the year [kWh]; empty where it has none by
    the hour.
    """
    zone, column = str(given["timezone"]), f"{periods.MAIN}_kwh"
    hours = tables.read_or_empty(inputs, ELECTRICITY, zone)
    if hours.empty or column not in hours:
        return pd.Series(dtype=float)
    main = hours[column]
    local = main.index.tz_convert(zone)
    of_year = local.year == int(given["reporting_year"])
    return main[of_year].groupby(local[of_year].month).sum()


def _by_serials(blocks: pd.DataFrame) -> pd.Series:
    """Return the energy of blocks by their ranges of serial numbers [kWh]; without those whose
    numbers cannot be read.
    """
    ranged = certificate_serials.blocks(blocks)
    count = ranged["serial_end"] - ranged["serial_start"] + 1
    return count * (blocks["kwh"] / blocks["quantity"]).reindex(ranged.index)
