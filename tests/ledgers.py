"""Rows of ledgers that break no rule, to be broken one at a time, and short ways to have them
checked.
"""

import pandas as pd

from neutrality.ledger import certificates, credits

REPORTER, ISO, BEIJING, PAS = (
    "Example Tower",
    "ISO 14068-1:2023",
    "DB11/T 1861-2021",
    "PAS 2060:2014",
)
CERTIFICATE = {
    "block_id": "W1",
    "serial_from": 1001,
    "serial_to": 1240,
    "quantity": 240,
    "technology": "wind",
    "province": "Gansu",
    "month": "2025-03",
    "instrument": "GEC",
    "contract": "",
    "retired_on": "2025-06-30",
    "beneficiary": REPORTER,
    "claimed_year": 2025,
    "carbon_project_id": "none",
    "settlement": "",
    "profile": "",
}


def serial(
    start=1, end=100, project=3005, country="CN", vintage=("01012022", "31122022"), batch=900
):
    return (
        f"{batch}-{start}-{end}-VCS-VCU-1310-VER-{country}-14-{project}-{vintage[0]}-{vintage[1]}-0"
    )


def credit(start=1, end=100, **changed):
    row = {
        "serial": serial(start, end),
        "quantity": end - start + 1,
        "project_id": "3005",
        "project_name": "Forest",
        "methodology": "VM0010",
        "country": "CN",
        "vintage_start": "2022-01-01",
        "vintage_end": "2022-12-31",
        "retired_on": "2026-01-05",
        "beneficiary": REPORTER,
        "reason": "neutrality 2025",
        "claimed_year": 2025,
    }
    return row | changed


def numbered(first, last, **changed):
    return CERTIFICATE | {"serial_from": first, "serial_to": last} | changed


def frame(rows):
    """A ledger as tables.read hands it on: typed, indexed by line number."""
    table = pd.DataFrame(rows, index=pd.RangeIndex(2, len(rows) + 2))
    for column in table.columns.intersection(["vintage_start", "vintage_end", "retired_on"]):
        table[column] = pd.to_datetime(table[column]).astype("datetime64[s]")
    return table


def credit_findings(*rows, scheme=ISO, **more):
    return credits.check(frame(rows), 2025, REPORTER, scheme, **more)


def certificate_findings(*changes, **more):
    return certificates.check(frame([CERTIFICATE | c for c in changes]), 2025, REPORTER, **more)


def rules(findings, *severities):
    return [f.rule for f in findings if f.severity in (severities or ("refused", "odd"))]
