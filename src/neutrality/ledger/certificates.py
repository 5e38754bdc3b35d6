"""Green electricity certificates: generation, validity, technology, instrument and carbon project
of the claimed blocks; what is wrong is refused, what is odd a finding.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from neutrality.ledger import (
    certificate_forms,
    certificate_kinds,
    certificate_periods,
    certificate_serials,
    plant_projects,
    ranges,
    reporters,
)
from neutrality.ledger.reporters import Reporter
from neutrality.reference import published, units
from neutrality.texts.findings import Finding, in_rows, in_table

_PROVISIONAL = "provisional"
# From this multiple of the load on, more certificates are claimed than a site has use for.
_MUCH_ABOVE_LOAD = 1.5
_in_rows = partial(in_rows, "certificates")


def counted(certificates: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the rows claimed for the year and settled, with kwh: what may cover load.

    Provisional blocks wait for settlement and are left out.

    >>> rows = {"claimed_year": 2025, "quantity": [5, 7], "instrument": "GEC"}
    >>> counted(pd.DataFrame(rows | {"settlement": ["", "provisional"]}), 2025).kwh.tolist()
    [5000.0]
    """
    claimed = with_kwh(ranges.claimed(certificates, year))
    return claimed[claimed["settlement"] != _PROVISIONAL]


def with_kwh(certificates: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with kwh: quantity times the size of a certificate of the instrument [kWh]
    (reference/instruments.csv); with period_start and period_end, and technologies and provinces by
    their names in the package.
    """
    size_kwh = published.table("instruments")["kwh"].astype(float)
    read = certificate_kinds.canonical(certificate_periods.with_periods(certificates))
    return read.assign(
        kwh=certificates["quantity"] * certificates["instrument"].map(size_kwh).astype(float)
    )


def check(
    certificates: pd.DataFrame,
    reporting_year: int,
    beneficiary: str,
    province: str = "",
    green_rule: str = "ghg_protocol",
    vintage_months: int = 12,
    projects: tuple[str, ...] = (),
    aliases: pd.DataFrame | None = None,
) -> list[Finding]:
    """Return what is refused, odd or unchecked in certificates.csv, in the order of its rows.

    Ranges and overlaps are checked in every row and between years; generation, validity,
    retirement, technology and instrument where claimed for the reporting year. Blocks that wait for
    settlement need no retirement yet. `province` is the site's, `green_rule` a row of
    reference/green_rules.csv, `projects` the carbon projects whose credits the case holds,
    `aliases` the case's table of the reporter's other names.
    """
    if certificates.empty:  # many sites have none, and each rule takes its time to find nothing
        return []
    who = reporters.reporter(beneficiary, aliases)
    readable = certificate_serials.blocks(certificates)
    unnumbered = (
        (certificates["settlement"] == _PROVISIONAL)
        & (certificates["serial_from"] == "")
        & (certificates["serial_to"] == "")
    )
    usable = unnumbered | certificates.index.isin(readable.index)
    claimed = with_kwh(ranges.claimed(certificates[usable], reporting_year))
    claimed = claimed[certificate_periods.dated(claimed)]
    findings = certificate_serials.malformed(certificates[~usable])
    findings += _blocks(certificates, readable) + _retirement(claimed, who)
    findings += certificate_periods.period_faults(certificates)
    findings += certificate_periods.period_findings(claimed, reporting_year, vintage_months)
    findings += certificate_kinds.kind_findings(claimed, province, green_rule)
    findings += plant_projects.carbon_findings(claimed, projects)
    findings += _as_printed(readable.loc[readable.index.intersection(claimed.index)], claimed)
    if not claimed.empty:
        findings += reporters.unnamed_findings(who)
        findings += in_table("certificates", "certificate_registry_unchecked")
        findings += in_table("certificates", "market_unchecked")
    return sorted(findings, key=lambda f: (f.row, f.rule))


def _blocks(certificates: pd.DataFrame, readable: pd.DataFrame) -> list[Finding]:
    """Return what is wrong with the blocks of any year: names, numbers and settlement."""
    ambiguous = certificate_serials.without_prefix(readable)
    repeated = certificates[certificates["block_id"].duplicated()]
    early = certificates["settlement"].eq(_PROVISIONAL) & certificates["retired_on"].notna()
    return (
        _in_rows("serial_from", "serial_without_prefix", ambiguous)
        + _in_rows("block_id", "block_id_repeated", repeated)
        + _in_rows("settlement", "provisional_retired", certificates[early])
        + _lookalikes(certificates)
        + _other_periods(readable)
        + ranges.range_findings(
            "certificates", "serial_from", readable, certificate_serials.overlapping(readable)
        )
    )


def _other_periods(readable: pd.DataFrame) -> list[Finding]:
    """Return the blocks whose numbers hold another period than their row."""
    rows = certificate_periods.with_periods(readable[readable["number_begins"].notna()])
    other = rows["number_begins"] != rows["period_start"]
    other |= rows["number_ends"] != rows["period_end"]
    return _in_rows("serial_from", "number_of_other_period", rows[other])


def _as_printed(readable: pd.DataFrame, claimed: pd.DataFrame) -> list[Finding]:
    """Return a finding, where 32-digit codes are claimed, that their ranges were read as printed:
    no public document gives the widths of the fields behind the project.
    """
    codes = readable.index[readable["form"] == certificate_forms.GEC]
    if codes.empty:
        return []
    size = {"rows_alike": len(codes), "mwh": claimed.loc[codes, "kwh"].sum() / units.KWH_PER_MWH}
    return in_table("certificates", "code_as_printed", **size)


def _lookalikes(certificates: pd.DataFrame) -> list[Finding]:
    """Return one finding on serials in whose spelling letters look like others."""
    found = certificate_serials.deceptive(certificates)
    return _in_rows("serial_from", "serial_lookalike", found[:1], rows_alike=len(found))


def _retirement(claimed: pd.DataFrame, who: Reporter) -> list[Finding]:
    """Return what is not retired for the reporter; a provisional block may still name nobody."""
    found = reporters.matched(claimed["beneficiary"], claimed["instrument"], who)
    own = found["how"].isin([reporters.SAME, reporters.ALIAS])
    taken = claimed.assign(beneficiary=claimed["beneficiary"].mask(own, who.name))
    waits = claimed["settlement"] == _PROVISIONAL
    named = taken[waits & (taken["beneficiary"] != "")]
    return (
        ranges.retirement_findings("certificates", taken[~waits], who.name)
        + ranges.beneficiary_findings("certificates", named, who.name)
        + reporters.alias_findings("certificates", claimed, found["alias"], who)
    )


def alike_findings(certificates: pd.DataFrame, year: int, kg_per_kwh: float) -> list[Finding]:
    """Return a finding on the blocks counted for the year whose numbers another block has too,
    behind a prefix of other letters or before other classes: their MWh, and the tonnes that they
    avoid at most.
    """
    blocks = certificate_serials.blocks(certificates)
    found: list[Finding] = []
    for rule, alike in (
        ("serial_other_prefix", certificate_serials.lookalikes(blocks)),
        ("code_other_class", certificate_serials.other_classes(blocks)),
    ):
        found += _alike(rule, counted(alike, year), kg_per_kwh)
    return found


def _alike(rule: str, counted: pd.DataFrame, kg_per_kwh: float) -> list[Finding]:
    """Return a finding about blocks whose numbers may be those of others, with their size."""
    kwh = counted["kwh"].sum()
    if not kwh:
        return []
    first = counted[:1].assign(other=lambda rows: rows["other"].astype("int64"))
    avoided_t = kwh * kg_per_kwh / units.KG_PER_T
    size = {"rows_alike": len(counted), "mwh": kwh / units.KWH_PER_MWH}
    first = first.assign(kwh=kwh)  # the finding's size is that of all of them
    return _in_rows("serial_from", rule, first, **size, avoided_t=avoided_t)


def unbounded(counted: pd.DataFrame, metered: bool) -> pd.DataFrame:
    """Return the counted rows of plants whose generation nothing bounds but the largest plant there
    is: without a capacity, and without a profile that is `metered` in the table generation.
    """
    known = counted["capacity_mw"].notna() if "capacity_mw" in counted else False
    profiled = counted["profile"].astype("str").str.strip().ne("") & metered
    return counted[~(profiled | known)]


def unbounded_findings(
    counted: pd.DataFrame, unbounded: pd.DataFrame, load_kwh: float, avoided_t: float
) -> list[Finding]:
    """Return a finding on certificates of plants whose generation nothing bounds, with the tonnes
    that rest on them alone, and one where all counted exceed the year's load by half or more.
    """
    found: list[Finding] = []
    mwh, load_mwh = counted["kwh"].sum() / units.KWH_PER_MWH, load_kwh / units.KWH_PER_MWH
    if mwh >= _MUCH_ABOVE_LOAD * load_mwh:
        found += in_table("certificates", "above_load", mwh=mwh, load_mwh=load_mwh)
    if len(unbounded) and avoided_t > 0:
        size = {"rows_alike": len(unbounded), "mwh": unbounded["kwh"].sum() / units.KWH_PER_MWH}
        found += in_table("certificates", "generation_unbounded", t_co2e=-avoided_t, **size)
    return found


def waiting_findings(waiting_kwh: float, avoided_t: float) -> list[Finding]:
    """Return a finding on the kWh that wait for settlement, and the tonnes they avoid at most."""
    if not waiting_kwh:
        return []
    mwh = waiting_kwh / units.KWH_PER_MWH
    return in_table(
        "certificates", "provisional_waits", mwh=mwh, avoided_t=avoided_t, t_co2e=avoided_t
    )


def scheme_findings(counted: pd.DataFrame, scheme: str) -> list[Finding]:
    """Return a finding, where certificates count, that their acceptance by the scheme was not
    checked.
    """
    if counted.empty:
        return []
    return in_table("certificates", "scheme_instruments_unsaid", scheme=scheme)
