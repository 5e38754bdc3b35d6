"""Green electricity certificates: serial ranges, validity, generation; what is wrong is refused, what is odd a finding."""

from __future__ import annotations

import re

import pandas as pd

from neutrality import ledger
from neutrality.findings import Finding, in_rows, in_table

GEC = "GEC rules 2024"  # Chinese green electricity certificates, a scheme of reference/schemes.csv
TRAILING_NUMBER = re.compile(r"(?P<space>.*?)(?P<number>\d{1,18})")  # GEC-000123 -> "GEC-", 123


def ranges(certificates: pd.DataFrame) -> pd.DataFrame:
    """Return space, start, end of the readable serial ranges, a row each under its own index.

    The space is what stands before the trailing number, whatever its case and punctuation: only numbers of one space
    can overlap. Bare numbers beside one prefix are taken to be of that prefix, written short.

    >>> blocks = pd.DataFrame({"serial_from": ["gec 001", "200"], "serial_to": ["GEC-187", "210"]})
    >>> ranges(blocks).to_dict("records")
    [{'space': 'GEC', 'start': 1, 'end': 187}, {'space': 'GEC', 'start': 200, 'end': 210}]
    """
    pattern = f"^{TRAILING_NUMBER.pattern}$"
    first = certificates["serial_from"].astype("str").str.strip().str.extract(pattern)
    last = certificates["serial_to"].astype("str").str.strip().str.extract(pattern)
    for end in (first, last):
        end["space"] = end["space"].str.replace(r"[\W_]+", "", regex=True).str.upper()
    good = (first["space"] == last["space"]) & first["number"].notna() & last["number"].notna()
    prefixes = [space for space in first["space"][good].unique() if space]
    found = pd.DataFrame({
        "space": first["space"][good].replace("", prefixes[0] if len(prefixes) == 1 else ""),
        "start": first["number"][good].astype("int64"),
        "end": last["number"][good].astype("int64"),
    })
    return found[found["start"] <= found["end"]]


def valid_until(months: pd.Series, scheme: str = GEC) -> pd.Series:
    """Return the last day on which certificates of each generation month ("YYYY-MM") are valid.

    Two years count from the generation month to the end of that month two years on; the older rule names
    a day. Raises ValueError for a scheme without a rule of validity.

    >>> valid_until(pd.Series(["2025-03", "2023-11"])).dt.date.map(str).tolist()
    ['2027-03-31', '2025-12-31']
    """
    limits = ledger.scheme_rules(scheme).query("rule == 'validity'")
    if limits.empty:
        have = ", ".join(ledger.schemes().query("rule == 'validity'")["scheme"].unique())
        raise ValueError(f"schemes.csv: '{scheme}' says nothing on the validity of certificates; use {have}")
    until = pd.Series(pd.NaT, months.index, dtype="datetime64[ns]")
    for limit in limits.itertuples():
        ruled = (months >= limit.in_force_from) & (months <= (limit.in_force_until or months.max()))
        if limit.unit.startswith("months"):
            ends = pd.PeriodIndex(months[ruled], freq="M") + int(limit.limit)
            until[ruled] = ends.to_timestamp(how="end").normalize()
        else:
            until[ruled] = pd.Timestamp(limit.limit)
    return until


def check(
    certificates: pd.DataFrame, reporting_year: int, beneficiary: str, scheme: str = GEC
) -> list[Finding]:
    """Return what is refused, odd or unchecked in certificates.csv, in the order of its rows.

    The scheme is the one that rules the certificates, not the one of the neutrality statement. Ranges and
    overlaps are checked in every row, across years; generation, validity and retirement where claimed for
    the reporting year.
    """
    numbers = ranges(certificates).rename(columns={"start": "serial_start", "end": "serial_end"})
    bad = certificates[~certificates.index.isin(numbers.index)]
    blocks = certificates.join(numbers, how="inner")
    used = ledger.claimed(blocks, reporting_year)
    findings = in_rows("certificates", "serial_from", "certificate_serial_malformed", bad)
    findings += in_rows("certificates", "block_id", "block_id_repeated", certificates[certificates["block_id"].duplicated()])
    findings += ledger.range_findings("certificates", "serial_from", blocks)
    findings += ledger.use_findings("certificates", used, beneficiary)
    findings += _generation(used, reporting_year, scheme)
    if not used.empty:
        findings += in_table("certificates", "certificate_registry_unchecked")
        findings += in_table("certificates", "market_unchecked")
    return sorted(findings, key=lambda f: (f.row, f.rule))


def _generation(used: pd.DataFrame, reporting_year: int, scheme: str) -> list[Finding]:
    used = used.assign(valid_until=valid_until(used["month"], scheme))
    year = used["month"].str.slice(stop=len("YYYY")).astype("int64")
    began = pd.to_datetime(used["month"], format="%Y-%m")
    unnamed = (used["instrument"] == "green_power_trade") & (used["contract"].astype("str").str.strip() == "")
    return (
        in_rows("certificates", "month", "generated_after_year", used[year > reporting_year])
        + in_rows("certificates", "month", "generated_before_year", used[year < reporting_year])
        + in_rows("certificates", "retired_on", "expired", used[used["retired_on"] > used["valid_until"]])
        + in_rows("certificates", "retired_on", "retired_before_generation", used[used["retired_on"] < began])
        + in_rows("certificates", "contract", "contract_missing", used[unnamed])
    )
