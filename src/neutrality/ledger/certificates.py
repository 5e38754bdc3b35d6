"""Green electricity certificates: serial ranges, validity, generation, technology, instrument;
what is wrong is refused, what is odd a finding.
"""

from __future__ import annotations

import difflib
import re

import pandas as pd

from neutrality.ledger import ranges
from neutrality.reference import grid_factors, published, schemes, units
from neutrality.texts import labels
from neutrality.texts.findings import Finding, in_rows, in_table

# GEC-000123 -> "GEC-", 123; 18 digits fit 64 bits
SERIAL = r"^(?P<prefix>.*?)0*(?P<lead>[0-9]*?)(?P<number>[0-9]{1,18})$"
MANGLED = (
    r"[0-9]+(?:\.[0-9]*)?[eE]\+[0-9]+|[0-9]+\.[0-9]+(?:[eE]\+?[0-9]+)?"  # 9.00E+08, 900000001.0
)
# 900,000,001; 900-000-001; GEC 900 000 001
SPLIT = r"[\d\W_]*\d[\W_]+\d+|.*(?<!\d)\d{1,3}(?:[\s,_'’]\d{3})+"
ENDS, UNSAID = ("serial_from", "serial_to"), "?"
PROVISIONAL, NO_PROJECT, CHINA = "provisional", "none", "China"


def serial_ranges(certificates: pd.DataFrame) -> pd.DataFrame:
    """Return space, start, end of the readable serial ranges, a row each under its own index.

    The space is the instrument's series and what stands before the trailing number, whatever its
    case and punctuation: only numbers of one space can overlap, and a GEC shares its space with the
    GEC of a green-power trade. Bare numbers beside one prefix are taken to be of that prefix,
    written short; beside several they are of none. Digits beyond the last 18 are part of the space.

    >>> blocks = pd.DataFrame({"serial_from": ["a 001", "200"], "serial_to": ["A-187", "210"], "instrument": ["GEC", "green_power_trade"]})
    >>> serial_ranges(blocks).to_dict("records")
    [{'space': 'GEC A', 'start': 1, 'end': 187}, {'space': 'GEC A', 'start': 200, 'end': 210}]
    """
    first, last = (_serial(certificates[name]) for name in ENDS)
    good = (
        first["number"].notna()
        & (first["prefix"] == last["prefix"])
        & (first["lead"] == last["lead"])
    )
    first, last = first[good], last[good]
    series, prefix = (
        certificates["instrument"][good].map(published.table("instruments")["space"]),
        first["prefix"],
    )
    only = (
        prefix[prefix != ""]
        .groupby(series)
        .agg(lambda written: written.iloc[0] if written.nunique() == 1 else UNSAID)
    )
    space = series + " " + prefix.where(prefix != "", [only.get(name, "") for name in series])
    found = pd.DataFrame(
        {
            "space": space.where(first["lead"] == "", space + " " + first["lead"] + "…").astype(
                "category"
            ),
            "start": first["number"].astype("int64"),
            "end": last["number"].astype("int64"),
        }
    )
    return found[found["start"] <= found["end"]]


def _serial(written: pd.Series) -> pd.DataFrame:
    """Return prefix, lead and number of serials; blank where a spreadsheet or separators took
    the number apart.
    """
    text = written.astype("str").str.strip()
    odd = text[~text.str.isalnum()]
    apart = odd.index[odd.str.fullmatch(f"{MANGLED}|{SPLIT}")]
    parts = text.mask(text.index.isin(apart), "").str.extract(SERIAL)
    return parts.assign(prefix=parts["prefix"].str.replace(r"[\W_]+", "", regex=True).str.upper())


def malformed(unread: pd.DataFrame) -> list[Finding]:
    """Return why the serials of each block cannot be read: turned into a number by a
    spreadsheet, separated, or no range.
    """
    texts = [unread[name].astype("str").str.strip() for name in ENDS]
    mangled, split = (
        texts[0].str.fullmatch(form) | texts[1].str.fullmatch(form) for form in (MANGLED, SPLIT)
    )
    return (
        in_rows("certificates", "serial_from", "serial_mangled", unread[mangled])
        + in_rows("certificates", "serial_from", "serial_separated", unread[split & ~mangled])
        + in_rows(
            "certificates", "serial_from", "certificate_serial_malformed", unread[~mangled & ~split]
        )
    )


def without_prefix(readable: pd.DataFrame) -> pd.DataFrame:
    """Return the blocks of bare numbers that stand beside several prefixes of their series:
    which one they are of cannot be told.
    """
    return readable[readable["space"].astype("str").str.contains(f" {UNSAID}", regex=False)]


def blocks(certificates: pd.DataFrame) -> pd.DataFrame:
    """Return the rows whose serials can be read, with space, serial_start and serial_end."""
    return certificates.join(
        serial_ranges(certificates).rename(columns={"start": "serial_start", "end": "serial_end"}),
        how="inner",
    )


def counted(certificates: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the rows claimed for the year and settled, with kwh: what may cover load. Provisional
    blocks wait for settlement.

    >>> rows = {"claimed_year": 2025, "quantity": [5, 7], "instrument": "GEC", "settlement": ["", "provisional"]}
    >>> counted(pd.DataFrame(rows), 2025).kwh.tolist()
    [5000.0]
    """
    claimed = with_kwh(ranges.claimed(certificates, year))
    return claimed[claimed["settlement"] != PROVISIONAL]


def with_kwh(certificates: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with kwh, by the size of a certificate of each instrument
    (reference/instruments.csv).
    """
    size_kwh = published.table("instruments")["kwh"].astype(float)
    return certificates.assign(
        kwh=certificates["quantity"] * certificates["instrument"].map(size_kwh).astype(float)
    )


def valid_until(months: pd.Series, scheme: str) -> pd.Series:
    """Return the last day on which certificates of each generation month ("YYYY-MM") are valid.

    Two years count from the generation month to the end of that month two years on; the older rule
    names a day. Raises ValueError for a scheme without a rule of validity.

    >>> valid_until(pd.Series(["2025-03", "2023-11"]), "GEC rules 2024").dt.date.map(str).tolist()
    ['2027-03-31', '2025-12-31']
    """
    limits = schemes.scheme_rules(scheme).query("rule == 'validity'")
    if limits.empty:
        have = ", ".join(schemes.schemes().query("rule == 'validity'")["scheme"].unique())
        raise ValueError(
            f"schemes.csv: '{scheme}' says nothing on the validity of certificates; use {have}"
        )
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
    certificates: pd.DataFrame,
    reporting_year: int,
    beneficiary: str,
    province: str = "",
    green_rule: str = "ghg_protocol",
    vintage_months: int = 12,
    projects: tuple[str, ...] = (),
) -> list[Finding]:
    """Return what is refused, odd or unchecked in certificates.csv, in the order of its rows.

    Ranges and overlaps are checked in every row, across years; generation, validity, retirement,
    technology and instrument where claimed for the reporting year; what waits for settlement is
    only spared the retirement. `province` is the site's, `green_rule` a row of
    reference/green_rules.csv, `projects` the carbon projects whose credits the case holds.
    """
    readable = blocks(certificates)
    unnumbered = (
        (certificates["settlement"] == PROVISIONAL)
        & (certificates["serial_from"] == "")
        & (certificates["serial_to"] == "")
    )
    sound = unnumbered | certificates.index.isin(readable.index)
    claimed = with_kwh(ranges.claimed(certificates[sound], reporting_year))
    waits = claimed["settlement"] == PROVISIONAL
    early = certificates["settlement"].eq(PROVISIONAL) & certificates["retired_on"].notna()
    findings = malformed(certificates[~sound])
    findings += in_rows(
        "certificates", "serial_from", "serial_without_prefix", without_prefix(readable)
    )
    findings += in_rows(
        "certificates",
        "block_id",
        "block_id_repeated",
        certificates[certificates["block_id"].duplicated()],
    )
    findings += in_rows("certificates", "settlement", "provisional_retired", certificates[early])
    findings += ranges.range_findings("certificates", "serial_from", readable)
    findings += ranges.use_findings("certificates", claimed[~waits], beneficiary)
    findings += ranges.for_others(
        "certificates", claimed[waits & (claimed["beneficiary"] != "")], beneficiary
    )
    findings += _generation(claimed, reporting_year, vintage_months) + _technology(claimed)
    findings += _instrument(claimed, province, green_rule) + _carbon_projects(claimed, projects)
    if not claimed.empty:
        findings += in_table("certificates", "certificate_registry_unchecked")
        findings += in_table("certificates", "market_unchecked")
    return sorted(findings, key=lambda f: (f.row, f.rule))


def _generation(used: pd.DataFrame, reporting_year: int, vintage_months: int) -> list[Finding]:
    scheme = used["instrument"].map(published.table("instruments")["validity_scheme"])
    until = pd.Series(pd.NaT, used.index, dtype="datetime64[ns]")
    for name in scheme[scheme != ""].unique():
        until[scheme == name] = valid_until(used["month"][scheme == name], name)
    used = used.assign(
        valid_until=until, window_from=str(pd.Period(f"{reporting_year}-01", "M") - vintage_months)
    )
    year = used["month"].str.slice(stop=len("YYYY")).astype("int64")
    outside = used["month"] < used["window_from"]
    generated = pd.PeriodIndex(used["month"], freq="M").to_timestamp(how="end").normalize()
    unnamed = (used["instrument"] == "green_power_trade") & (
        used["contract"].astype("str").str.strip() == ""
    )
    unlimited = used[scheme == ""].drop_duplicates("instrument")
    return (
        in_rows("certificates", "month", "generated_after_year", used[year > reporting_year])
        + in_rows("certificates", "month", "outside_vintage_window", used[outside])
        + in_rows(
            "certificates",
            "month",
            "generated_before_year",
            used[(year < reporting_year) & ~outside],
        )
        + in_rows(
            "certificates", "retired_on", "expired", used[used["retired_on"] > used["valid_until"]]
        )
        + in_rows(
            "certificates",
            "retired_on",
            "retired_before_generation",
            used[used["retired_on"] < generated],
        )
        + in_rows("certificates", "contract", "contract_missing", used[unnamed])
        + in_rows("certificates", "instrument", "validity_unknown", unlimited)
    )


def _technology(used: pd.DataFrame) -> list[Finding]:
    known = published.table("technologies")
    used = used.assign(
        nearest=used["technology"].map(
            {name: _nearest(name, known.index) for name in used["technology"].unique()}
        ),
        kind=used["technology"].map(known["kind"]).fillna(""),
        tradable_from=used["technology"].map(known["tradable_from"]).fillna(""),
    )
    limited = (used["tradable_from"] != "") & (
        used["instrument"].map(published.table("instruments")["space"]) == "GEC"
    )
    old = limited & (used["month"] < used["tradable_from"])
    return (
        in_rows("certificates", "technology", "technology_unknown", used[used["kind"] == ""])
        + in_rows("certificates", "technology", "storage_excluded", used[used["kind"] == "storage"])
        + in_rows(
            "certificates",
            "technology",
            "not_renewable",
            used[used["kind"].isin(["fossil", "nuclear"])],
        )
        + in_rows("certificates", "technology", "not_tradable", used[old])
        + in_rows(
            "certificates",
            "technology",
            "plant_age_unchecked",
            used[limited & ~old].drop_duplicates("technology"),
        )
    )


def _nearest(technology: str, known: pd.Index) -> str:
    """Return the technology that was meant, in another case, nearly or in Chinese; else all that
    are known.
    """
    chinese = {labels.label(name, "zh"): name for name in known}
    near = difflib.get_close_matches(technology.strip().casefold(), known, 1)
    return chinese.get(technology.strip()) or (near[0] if near else ", ".join(known))


def _instrument(used: pd.DataFrame, province: str, green_rule: str) -> list[Finding]:
    """Whether an instrument serves the site's market, still existed, and is one that the rule
    accepts.
    """
    provinces, known, rules = (
        grid_factors.regions(),
        published.table("instruments"),
        published.table("green_rules"),
    )
    chinese = [*provinces.index, *provinces["province_zh"]]
    used = used.assign(
        market=used["instrument"].map(known["market"]),
        last=used["instrument"].map(known["last_generation"]),
    )
    elsewhere = (
        used["market"].ne("") & used["market"].ne(CHINA)
        if province in chinese
        else used["market"].isna()
    )
    ended = used["last"].ne("") & (used["month"] > used["last"]) & used["province"].isin(chinese)
    unplaced = used[used["market"].eq(CHINA) & ~used["province"].isin(chinese)].drop_duplicates(
        "province"
    )
    found = (
        in_rows("certificates", "instrument", "other_market", used[elsewhere])
        + in_rows("certificates", "instrument", "instrument_ended", used[ended])
        + in_rows("certificates", "province", "province_unknown", unplaced)
    )
    if green_rule not in rules.index:
        return found
    rule, refused, accepted = (
        rules.loc[green_rule, name] for name in ("rule", "refused", "accepted")
    )
    found += in_rows(
        "certificates",
        "instrument",
        "instrument_refused",
        used[used["instrument"].isin(refused.split())],
        by=rule,
    )
    unsaid = sorted(set(used["instrument"]) - set(accepted.split()) - set(refused.split()))
    return found + (
        in_table("certificates", "instrument_unsaid", by=rule, instruments=", ".join(unsaid))
        if unsaid
        else []
    )


def _carbon_projects(used: pd.DataFrame, projects: tuple[str, ...]) -> list[Finding]:
    """Whether the same kWh were sold as carbon credits too: known where the plant's project is
    named.
    """
    named = plant_projects(used)
    plants = [name for name in named.unique() if name not in ("", NO_PROJECT)]
    both = named.isin(
        [name for name in plants if any(same_project(name, project) for project in projects)]
    )
    elsewhere = used[named.isin(plants) & ~both].drop_duplicates("carbon_project_id")
    silent = int((named == "").sum())
    said = in_table("certificates", "carbon_project_unnamed", rows_alike=silent) if silent else []
    return (
        in_rows("certificates", "carbon_project_id", "also_credited", used[both])
        + in_rows("certificates", "carbon_project_id", "credited_elsewhere", elsewhere)
        + said
    )


def plant_projects(certificates: pd.DataFrame) -> pd.Series:
    """Return the carbon project of each block's plant as written, NO_PROJECT in small letters,
    empty where nothing that names one is said.

    >>> plant_projects(pd.DataFrame({"carbon_project_id": [" VCS 3005", "None", "?"]})).tolist()
    ['VCS 3005', 'none', '']
    """
    named = certificates["carbon_project_id"].astype("str").str.strip()
    named = named.mask(named.str.casefold() == NO_PROJECT, NO_PROJECT)
    return named.where(named.str.contains(r"\d") | named.eq(NO_PROJECT), "")


def same_project(one: str, other: str) -> bool:
    """Say whether two names may be of one carbon project: the same number, and no two different
    programmes.

    >>> same_project("VCS3005", "03005"), same_project("VCS 3005", "vcs-3005"), same_project("GS3005", "VCS3005")
    (True, True, False)
    """
    (programme, number), (other_programme, other_number) = (
        _plain_project(one),
        _plain_project(other),
    )
    return number == other_number and (
        programme == other_programme or not (programme and other_programme)
    )


def _plain_project(name: str) -> tuple[str, str]:
    """Return programme and number of a project as plain text; without a number the whole name is
    the number.
    """
    plain = re.sub(r"[\W_]+", "", str(name)).casefold()
    found = re.fullmatch(r"(.*?)0*(\d+)", plain)
    return (found[1], found[2]) if found else ("", plain)


def waiting_findings(waiting_kwh: float, avoided_t: float) -> list[Finding]:
    """Return a finding on kWh that are not settled yet, with the tonnes they would avoid at most."""
    mwh = waiting_kwh / units.KWH_PER_MWH
    return (
        in_table("certificates", "provisional_waits", mwh=mwh, avoided_t=avoided_t) if mwh else []
    )


def scheme_findings(counted: pd.DataFrame, scheme: str) -> list[Finding]:
    """Return a finding that nobody checked whether the scheme accepts the certificates counted."""
    rule = "scheme_instruments_unsaid"
    return in_table("certificates", rule, scheme=scheme) if len(counted) else []
