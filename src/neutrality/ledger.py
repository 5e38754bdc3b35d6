"""What certificates and credits share: serial ranges, quantity, overlap, claim years, beneficiary and the
limits of schemes. What is wrong is refused, what is odd or cannot be checked offline becomes a finding.
"""

from __future__ import annotations

import csv
import difflib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import pandas as pd

GEC = "GEC rules 2024"  # Chinese green electricity certificates, a scheme of reference/schemes.csv
WHOLE_TABLE = 0  # row of a finding that is about no single row

# Batch, block start, block end, [programme], unit, verifier, registry, country, scope, project, vintage start
# and end (ddmmyyyy), additional certification. Older serials have no programme: 12 fields, not 13.
VERRA = re.compile(
    r"(?P<batch>\d+)-(?P<start>\d{1,18})-(?P<end>\d{1,18})-(?:VCS-)?VCU-(?P<verifier>\w+)"
    r"-(?P<registry>[A-Z]+)-(?P<country>[A-Z]{2})-(?P<scope>[^-]+)-(?P<project_id>\d{1,18})"
    r"-(?P<vintage_start>\d{8})-(?P<vintage_end>\d{8})-(?P<certified>[01])"
)
VERRA_EXAMPLE = "19380-941382555-941382741-VCS-VCU-1310-VER-CN-13-3005-01012022-31102022-0"
TRAILING_NUMBER = re.compile(r"(?P<space>.*?)(?P<number>\d{1,18})")  # GEC-000123 -> "GEC-", 123


@cache
def _rules() -> dict[str, tuple[str, str, str]]:
    """Return severity and the sentences in Chinese and English of each rule; braces take the row's own values."""
    with resources.files("neutrality").joinpath("texts/findings.csv").open(encoding="utf-8", newline="") as file:
        return {row["rule"]: (row["severity"], row["zh"], row["en"]) for row in csv.DictReader(file)}


@dataclass(frozen=True)
class Finding:
    """One thing found in a table: refused stops the report, odd and unchecked are printed by it."""

    table: str
    row: int  # line of the file, heading = 1; 0 for the whole table
    rule: str
    severity: str  # refused, odd or unchecked
    zh: str
    en: str


def claimed(ledger_table: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the rows of a ledger that are claimed for the year.

    >>> claimed(pd.DataFrame({"claimed_year": [2024, 2025], "quantity": [5, 7]}), 2025).quantity.tolist()
    [7]
    """
    return ledger_table[ledger_table["claimed_year"] == year]


def verra_serial(text: str) -> dict:
    """Return what a Verra serial says: start, end, quantity, vintage_start, vintage_end, project_id, ...

    12 or 13 fields (older serials have no programme); quantity = end - start + 1 [credits]; dates are
    Timestamps. Raises ValueError where the text is no such serial.

    >>> verra_serial("19380-941382555-941382741-VCS-VCU-1310-VER-CN-13-3005-01012022-31102022-0")["quantity"]
    187
    """
    parsed = verra_serials(pd.Series([text]))
    if parsed.empty:
        raise ValueError(_rules()["serial_malformed"][2].format(serial=text, example=VERRA_EXAMPLE))
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


def certificate_ranges(certificates: pd.DataFrame) -> pd.DataFrame:
    """Return space, start, end of the readable serial ranges, a row each under its own index.

    The space is what stands before the trailing number, whatever its case and punctuation: only numbers of one space
    can overlap. Bare numbers beside one prefix are taken to be of that prefix, written short.

    >>> blocks = pd.DataFrame({"serial_from": ["gec 001", "200"], "serial_to": ["GEC-187", "210"]})
    >>> certificate_ranges(blocks).to_dict("records")
    [{'space': 'GEC', 'start': 1, 'end': 187}, {'space': 'GEC', 'start': 200, 'end': 210}]
    """
    pattern = f"^{TRAILING_NUMBER.pattern}$"
    first = certificates["serial_from"].astype("str").str.strip().str.extract(pattern)
    last = certificates["serial_to"].astype("str").str.strip().str.extract(pattern)
    for end in (first, last):
        end["space"] = end["space"].str.replace(r"[\W_]+", "", regex=True).str.upper()
    good = (first["space"] == last["space"]) & first["number"].notna() & last["number"].notna()
    prefixes = [space for space in first["space"][good].unique() if space]
    ranges = pd.DataFrame({
        "space": first["space"][good].replace("", prefixes[0] if len(prefixes) == 1 else ""),
        "start": first["number"][good].astype("int64"),
        "end": last["number"][good].astype("int64"),
    })
    return ranges[ranges["start"] <= ranges["end"]]


def overlapping(blocks: pd.DataFrame) -> pd.DataFrame:
    """Return the blocks that share a number with an earlier one: other, other_start, other_end, other_year.

    Blocks have space, serial_start, serial_end (both included) and claimed_year. Sorted by start, a block
    overlaps when it begins before the farthest end so far; the other is the block that reaches there.

    >>> columns = ["space", "serial_start", "serial_end", "claimed_year"]
    >>> overlapping(pd.DataFrame([["", 1, 9, 2024], ["", 9, 12, 2025]], [2, 3], columns)).other.to_dict()
    {3: 2}
    """
    line = blocks.assign(row=blocks.index).sort_values(["space", "serial_start", "serial_end", "row"])
    reach = line.groupby("space")["serial_end"].cummax()
    farthest = np.maximum.accumulate(np.where(line["serial_end"] == reach, np.arange(len(line)), 0))
    after = np.arange(1, len(line))
    shared = (line["space"].to_numpy()[1:] == line["space"].to_numpy()[:-1]) & (
        line["serial_start"].to_numpy()[1:] <= reach.to_numpy()[:-1]
    )
    other = line.iloc[farthest[:-1][shared]]
    return line.iloc[after[shared]].assign(
        other=other["row"].to_numpy(),
        other_start=other["serial_start"].to_numpy(),
        other_end=other["serial_end"].to_numpy(),
        other_year=other["claimed_year"].to_numpy(),
    )


def schemes() -> pd.DataFrame:
    """Return reference/schemes.csv as text: scheme, rule, limit, unit, in_force_from, in_force_until, ..."""
    with resources.files("neutrality").joinpath("reference/schemes.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype="str", keep_default_na=False)


def scheme_rules(scheme: str) -> pd.DataFrame:
    """Return the rows of one scheme. Raises ValueError for a scheme that has none, naming the nearest.

    >>> scheme_rules("ISO 14068-1:2023").limit.tolist()
    ['12']
    """
    table = schemes()
    known = table["scheme"].unique().tolist()
    if scheme not in known:
        near = difflib.get_close_matches(scheme, known, 1)
        hint = f"did you mean '{near[0]}'?" if near else f"choose one of {', '.join(known)}"
        raise ValueError(f"schemes.csv has no scheme '{scheme}'; {hint}")
    return table[table["scheme"] == scheme]


def retirement_deadline(scheme: str, reporting_year: int) -> pd.Timestamp | None:
    """Return the last day on which credits for the year may be retired, or None where no limit is known.

    >>> retirement_deadline("ISO 14068-1:2023", 2025).date().isoformat()
    '2026-12-31'
    """
    limits = scheme_rules(scheme).query("rule == 'retirement_window'")["limit"]
    return None if limits.empty else _year_end(reporting_year) + pd.DateOffset(months=int(limits.iloc[0]))


def valid_until(months: pd.Series, scheme: str = GEC) -> pd.Series:
    """Return the last day on which certificates of each generation month ("YYYY-MM") are valid.

    Two years count from the generation month to the end of that month two years on; the older rule names
    a day. Raises ValueError for a scheme without a rule of validity.

    >>> valid_until(pd.Series(["2025-03", "2023-11"])).dt.date.map(str).tolist()
    ['2027-03-31', '2025-12-31']
    """
    limits = scheme_rules(scheme).query("rule == 'validity'")
    if limits.empty:
        have = ", ".join(schemes().query("rule == 'validity'")["scheme"].unique())
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


def check_credits(
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
    used = claimed(blocks, reporting_year)
    findings = _found("credits", "serial", "serial_malformed", bad, example=VERRA_EXAMPLE)
    findings += _range_findings("credits", "serial", blocks)
    findings += _contradictions(blocks)
    findings += _use_findings("credits", used, beneficiary)
    findings += _credit_retirement(used, reporting_year, scheme)
    findings += _project_zero(used, illustrative)
    if not used.empty:
        findings += _scheme_findings("credits", scheme, reporting_year)
        findings += _found_in_table("credits", "programme_unchecked", scheme=scheme)
        findings += _found_in_table("credits", "registry_unchecked")
    return sorted(findings, key=lambda f: (f.row, f.rule))


def check_certificates(
    certificates: pd.DataFrame, reporting_year: int, beneficiary: str, scheme: str = GEC
) -> list[Finding]:
    """Return what is refused, odd or unchecked in certificates.csv, in the order of its rows.

    The scheme is the one that rules the certificates, not the one of the neutrality statement. Ranges and
    overlaps are checked in every row, across years; generation, validity and retirement where claimed for
    the reporting year.
    """
    ranges = certificate_ranges(certificates).rename(columns={"start": "serial_start", "end": "serial_end"})
    bad = certificates[~certificates.index.isin(ranges.index)]
    blocks = certificates.join(ranges, how="inner")
    used = claimed(blocks, reporting_year)
    findings = _found("certificates", "serial_from", "certificate_serial_malformed", bad)
    findings += _found("certificates", "block_id", "block_id_repeated", certificates[certificates["block_id"].duplicated()])
    findings += _range_findings("certificates", "serial_from", blocks)
    findings += _use_findings("certificates", used, beneficiary)
    findings += _generation(used, reporting_year, scheme)
    if not used.empty:
        findings += _found_in_table("certificates", "certificate_registry_unchecked")
        findings += _found_in_table("certificates", "market_unchecked")
    return sorted(findings, key=lambda f: (f.row, f.rule))


def refuse(findings: list[Finding], shown: int = 20) -> None:
    """Raise ValueError with the refused findings, one a line, the first `shown` of them; else do nothing."""
    refused = [finding.en for finding in findings if finding.severity == "refused"]
    if refused:
        more = [f"and {len(refused) - shown} more rows are refused"] if len(refused) > shown else []
        raise ValueError("\n".join(refused[:shown] + more))


def findings_table(findings: list[Finding]) -> pd.DataFrame:
    """Return the findings as the table findings.csv: table, row, rule, severity, zh, en."""
    columns = list(Finding.__dataclass_fields__)
    rows = [[getattr(finding, name) for name in columns] for finding in findings]
    return pd.DataFrame(rows, columns=columns)


def _year_end(year: int) -> pd.Timestamp:
    return pd.Period(str(year), "Y").end_time.normalize()


def _found(table: str, column: str, rule: str, rows: pd.DataFrame, **more) -> list[Finding]:
    """One finding a row; the rule's sentences take the row's values and `more`."""
    severity, zh, en = _rules()[rule]
    return [
        Finding(
            table, int(row), rule, severity,
            f"{table}.csv 第 {row} 行 {column} 列：{zh.format(**values, **more)}。",
            f"{table}.csv, row {row}, {column}: {en.format(**values, **more)}.",
        )
        for row, values in zip(rows.index, rows.to_dict("records"))
    ]  # fmt: skip


def _found_in_table(table: str, rule: str, **values) -> list[Finding]:
    severity, zh, en = _rules()[rule]
    said = f"{table}.csv：{zh.format(**values)}。", f"{table}.csv: {en.format(**values)}."
    return [Finding(table, WHOLE_TABLE, rule, severity, *said)]


def _range_findings(table: str, column: str, blocks: pd.DataFrame) -> list[Finding]:
    blocks = blocks.assign(ranged=blocks["serial_end"] - blocks["serial_start"] + 1)
    twice = overlapping(blocks)
    other_year = twice["claimed_year"] != twice["other_year"]
    same = (twice["serial_start"] == twice["other_start"]) & (twice["serial_end"] == twice["other_end"])
    return (
        _found(table, "quantity", "range_not_quantity", blocks[blocks["ranged"] != blocks["quantity"]])
        + _found(table, column, "claimed_twice", twice[other_year])
        + _found(table, column, "duplicate", twice[same & ~other_year])
        + _found(table, column, "overlap", twice[~same & ~other_year])
    )


def _contradictions(blocks: pd.DataFrame) -> list[Finding]:
    # "VCS3005", "3005" and "03005" are one project.
    project = blocks["project_id"].astype("str").str.extract(r"0*(\d+)$")[0]
    other_project = project != blocks["serial_project_id"].astype("str")
    country = blocks["country"].astype("str").str.strip().str.upper()
    vintage = (blocks["vintage_start"] != blocks["serial_vintage_start"]) | (
        blocks["vintage_end"] != blocks["serial_vintage_end"]
    )
    return (
        _found("credits", "project_id", "project_contradicts", blocks[other_project])
        + _found("credits", "country", "country_contradicts", blocks[country != blocks["serial_country"]])
        + _found("credits", "vintage_start", "vintage_contradicts", blocks[vintage])
    )


def _use_findings(table: str, used: pd.DataFrame, reporter: str) -> list[Finding]:
    """What holds for whatever is claimed: it is retired, and for the reporter."""
    differs = used["beneficiary"].astype("str").str.strip().str.casefold() != reporter.strip().casefold()
    return _found(table, "retired_on", "not_retired", used[used["retired_on"].isna()]) + _found(
        table, "beneficiary", "beneficiary_differs", used[differs], reporter=reporter
    )


def _credit_retirement(used: pd.DataFrame, reporting_year: int, scheme: str) -> list[Finding]:
    deadline = retirement_deadline(scheme, reporting_year)
    late = used[used["retired_on"] > deadline] if deadline is not None else used[:0]
    early = used["retired_on"] <= _year_end(reporting_year - 1)
    unripe = used["retired_on"] < used["serial_vintage_end"]
    future = used["serial_vintage_end"] > _year_end(reporting_year)
    return (
        _found("credits", "vintage_end", "vintage_after_year", used[future])
        + _found("credits", "retired_on", "retired_too_late", late, scheme=scheme, deadline=deadline)
        + _found("credits", "retired_on", "retired_before_year", used[early])
        + _found("credits", "retired_on", "retired_before_vintage", used[unripe])
        + _found("credits", "reason", "reason_missing", used[used["reason"].astype("str").str.strip() == ""])
    )


def _project_zero(used: pd.DataFrame, illustrative: bool) -> list[Finding]:
    zero = used[used["serial_project_id"] == 0]
    if illustrative:  # said once, at the first of them
        return _found("credits", "project_id", "project_id_zero", zero.sort_index()[:1], rows_alike=len(zero))
    return _found("credits", "project_id", "project_id_impossible", zero)


def _scheme_findings(table: str, scheme: str, reporting_year: int) -> list[Finding]:
    """Whether the scheme is in force when the period ends, and whether its window of retirement is known."""
    findings, end = [], _year_end(reporting_year)
    rules, on = scheme_rules(scheme), end.date().isoformat()
    begin, until = rules["in_force_from"].iloc[0], rules["in_force_until"].iloc[0]
    if begin > on or (until and until < on):
        said = {"in_force_from": begin or "-", "in_force_until": until or "-", "period_end": end}
        findings += _found_in_table(table, "scheme_not_in_force", scheme=scheme, **said)
    if "retirement_window" not in rules["rule"].to_list():
        findings += _found_in_table(table, "retirement_window_unknown", scheme=scheme)
    return findings


def _generation(used: pd.DataFrame, reporting_year: int, scheme: str) -> list[Finding]:
    used = used.assign(valid_until=valid_until(used["month"], scheme))
    year = used["month"].str.slice(stop=len("YYYY")).astype("int64")
    began = pd.to_datetime(used["month"], format="%Y-%m")
    unnamed = (used["instrument"] == "green_power_trade") & (used["contract"].astype("str").str.strip() == "")
    return (
        _found("certificates", "month", "generated_after_year", used[year > reporting_year])
        + _found("certificates", "month", "generated_before_year", used[year < reporting_year])
        + _found("certificates", "retired_on", "expired", used[used["retired_on"] > used["valid_until"]])
        + _found("certificates", "retired_on", "retired_before_generation", used[used["retired_on"] < began])
        + _found("certificates", "contract", "contract_missing", used[unnamed])
    )
