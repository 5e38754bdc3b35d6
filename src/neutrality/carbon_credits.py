"""Carbon credits: the registry's serial, retirement, scheme; what is wrong is refused, what is odd a finding."""

from __future__ import annotations

import re

import pandas as pd

from neutrality import ledger
from neutrality.findings import Finding, in_rows, in_table, rules

# Batch, block start, block end, [programme], unit, verifier, registry, country, scope, project, vintage start
# and end (ddmmyyyy), additional certification. Older serials have no programme: 12 fields, not 13.
VERRA = re.compile(
    r"(?P<batch>\d+)-(?P<start>\d{1,18})-(?P<end>\d{1,18})-(?:VCS-)?VCU-(?P<verifier>\w+)"
    r"-(?P<registry>[A-Z]+)-(?P<country>[A-Z]{2})-(?P<scope>[^-]+)-(?P<project_id>\d{1,18})"
    r"-(?P<vintage_start>\d{8})-(?P<vintage_end>\d{8})-(?P<certified>[01])"
)
VERRA_EXAMPLE = "19380-941382555-941382741-VCS-VCU-1310-VER-CN-13-3005-01012022-31102022-0"


def verra_serial(text: str) -> dict:
    """Return what a Verra serial says: start, end, quantity, vintage_start, vintage_end, project_id, ...

    12 or 13 fields (older serials have no programme); quantity = end - start + 1 [credits]; dates are
    Timestamps. Raises ValueError where the text is no such serial.

    >>> verra_serial("19380-941382555-941382741-VCS-VCU-1310-VER-CN-13-3005-01012022-31102022-0")["quantity"]
    187
    """
    parsed = verra_serials(pd.Series([text]))
    if parsed.empty:
        raise ValueError(rules()["serial_malformed"][2].format(serial=text, example=VERRA_EXAMPLE))
    return parsed.iloc[0].to_dict()


def verra_serials(serials: pd.Series) -> pd.DataFrame:
    """Return the parts of the well-formed serials, a row each under its own index, without the others."""
    parts = serials.astype("str").str.strip().str.extract(f"^{VERRA.pattern}$").dropna(subset=["start"])
    parts = parts.astype({"start": "int64", "end": "int64", "project_id": "int64"})
    for vintage in ("vintage_start", "vintage_end"):
        parts[vintage] = pd.to_datetime(parts[vintage], format="%d%m%Y", errors="coerce")
    parts["quantity"] = parts["end"] - parts["start"] + 1
    # A date that is not in the calendar is NaT and compares false.
    return parts[(parts["quantity"] > 0) & (parts["vintage_start"] <= parts["vintage_end"])]


def retirement_deadline(scheme: str, reporting_year: int) -> pd.Timestamp | None:
    """Return the last day on which credits for the year may be retired, or None where no limit is known.

    >>> retirement_deadline("ISO 14068-1:2023", 2025).date().isoformat()
    '2026-12-31'
    """
    limits = ledger.scheme_rules(scheme).query("rule == 'retirement_window'")["limit"]
    return None if limits.empty else ledger.year_end(reporting_year) + pd.DateOffset(months=int(limits.iloc[0]))


def check(
    credits: pd.DataFrame, reporting_year: int, beneficiary: str, scheme: str, illustrative: bool = True
) -> list[Finding]:
    """Return what is refused, odd or unchecked in credits.csv, in the order of its rows.

    Serials, quantities and overlaps are checked in every row and across years; vintage, retirement and
    beneficiary where claimed_year is the reporting year. Project id 0 is odd in an illustrative case, else
    refused.
    """
    serials = verra_serials(credits["serial"]).add_prefix("serial_")
    bad = credits[~credits.index.isin(serials.index)]
    blocks = credits.join(serials, how="inner").assign(space="")  # one series of numbers across all batches
    used = ledger.claimed(blocks, reporting_year)
    findings = in_rows("credits", "serial", "serial_malformed", bad, example=VERRA_EXAMPLE)
    findings += ledger.range_findings("credits", "serial", blocks)
    findings += _contradictions(blocks)
    findings += ledger.use_findings("credits", used, beneficiary)
    findings += _retirement(used, reporting_year, scheme)
    findings += _project_zero(used, illustrative)
    if not used.empty:
        findings += _scheme_findings("credits", scheme, reporting_year)
        findings += in_table("credits", "programme_unchecked", scheme=scheme)
        findings += in_table("credits", "registry_unchecked")
    return sorted(findings, key=lambda f: (f.row, f.rule))


def _contradictions(blocks: pd.DataFrame) -> list[Finding]:
    # "VCS3005", "3005" and "03005" are one project.
    project = blocks["project_id"].astype("str").str.extract(r"0*(\d+)$")[0]
    other_project = project != blocks["serial_project_id"].astype("str")
    country = blocks["country"].astype("str").str.strip().str.upper()
    vintage = (blocks["vintage_start"] != blocks["serial_vintage_start"]) | (
        blocks["vintage_end"] != blocks["serial_vintage_end"]
    )
    return (
        in_rows("credits", "project_id", "project_contradicts", blocks[other_project])
        + in_rows("credits", "country", "country_contradicts", blocks[country != blocks["serial_country"]])
        + in_rows("credits", "vintage_start", "vintage_contradicts", blocks[vintage])
    )


def _retirement(used: pd.DataFrame, reporting_year: int, scheme: str) -> list[Finding]:
    deadline = retirement_deadline(scheme, reporting_year)
    late = used[used["retired_on"] > deadline] if deadline is not None else used[:0]
    early = used["retired_on"] <= ledger.year_end(reporting_year - 1)
    unripe = used["retired_on"] < used["serial_vintage_end"]
    future = used["serial_vintage_end"] > ledger.year_end(reporting_year)
    return (
        in_rows("credits", "vintage_end", "vintage_after_year", used[future])
        + in_rows("credits", "retired_on", "retired_too_late", late, scheme=scheme, deadline=deadline)
        + in_rows("credits", "retired_on", "retired_before_year", used[early])
        + in_rows("credits", "retired_on", "retired_before_vintage", used[unripe])
        + in_rows("credits", "reason", "reason_missing", used[used["reason"].astype("str").str.strip() == ""])
    )


def _project_zero(used: pd.DataFrame, illustrative: bool) -> list[Finding]:
    zero = used[used["serial_project_id"] == 0]
    if illustrative:  # said once, at the first of them
        return in_rows("credits", "project_id", "project_id_zero", zero.sort_index()[:1], rows_alike=len(zero))
    return in_rows("credits", "project_id", "project_id_impossible", zero)


def _scheme_findings(table: str, scheme: str, reporting_year: int) -> list[Finding]:
    """Whether the scheme is in force when the period ends, and whether its window of retirement is known."""
    findings, end = [], ledger.year_end(reporting_year)
    limits, on = ledger.scheme_rules(scheme), end.date().isoformat()
    begin, until = limits["in_force_from"].iloc[0], limits["in_force_until"].iloc[0]
    if begin > on or (until and until < on):
        said = {"in_force_from": begin or "-", "in_force_until": until or "-", "period_end": end}
        findings += in_table(table, "scheme_not_in_force", scheme=scheme, **said)
    if "retirement_window" not in limits["rule"].to_list():
        findings += in_table(table, "retirement_window_unknown", scheme=scheme)
    return findings
