"""Green electricity certificates: generation, validity, technology, instrument and carbon project
of the claimed blocks; what is wrong is refused, what is odd a finding.
"""

from __future__ import annotations

import re
from functools import partial

import pandas as pd

from neutrality.ledger import certificate_serials, ranges
from neutrality.reference import grid_factors, published, schemes, units
from neutrality.texts import hints, labels
from neutrality.texts.findings import Finding, in_rows, in_table

NO_PROJECT = "none"
_PROVISIONAL, _CHINA = "provisional", "China"
# Three Gorges, 22,500 MW: no plant is larger, so none without a stated capacity generates more.
LARGEST_PLANT_MW = 22_500.0
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
            f"schemes.csv: '{scheme}' has no rule on the validity of certificates; use {have}"
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

    Ranges and overlaps are checked in every row and between years; generation, validity,
    retirement, technology and instrument where claimed for the reporting year. Blocks that wait for
    settlement need no retirement yet. `province` is the site's, `green_rule` a row of
    reference/green_rules.csv, `projects` the carbon projects whose credits the case holds.
    """
    readable = certificate_serials.blocks(certificates)
    unnumbered = (
        (certificates["settlement"] == _PROVISIONAL)
        & (certificates["serial_from"] == "")
        & (certificates["serial_to"] == "")
    )
    usable = unnumbered | certificates.index.isin(readable.index)
    claimed = with_kwh(ranges.claimed(certificates[usable], reporting_year))
    findings = certificate_serials.malformed(certificates[~usable])
    findings += _blocks(certificates, readable) + _retirement(claimed, beneficiary)
    findings += _generation(claimed, reporting_year, vintage_months) + _technology(claimed)
    findings += _capacity(claimed)
    findings += _instrument(claimed, province) + _instrument_rule(claimed, green_rule)
    findings += _carbon_projects(claimed, projects)
    if not claimed.empty:
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
        + ranges.range_findings(
            "certificates", "serial_from", readable, certificate_serials.overlapping(readable)
        )
    )


def _lookalikes(certificates: pd.DataFrame) -> list[Finding]:
    """Return one finding on serials in whose spelling letters look like others."""
    found = certificate_serials.deceptive(certificates)
    return _in_rows("serial_from", "serial_lookalike", found[:1], rows_alike=len(found))


def _retirement(claimed: pd.DataFrame, beneficiary: str) -> list[Finding]:
    """Return what is not retired for the reporter; a provisional block may still name nobody."""
    waits = claimed["settlement"] == _PROVISIONAL
    named = claimed[waits & (claimed["beneficiary"] != "")]
    return ranges.retirement_findings(
        "certificates", claimed[~waits], beneficiary
    ) + ranges.beneficiary_findings("certificates", named, beneficiary)


def _generation(used: pd.DataFrame, reporting_year: int, vintage_months: int) -> list[Finding]:
    """Return what was generated outside its window, or retired before generation or after it was
    valid.
    """
    scheme = used["instrument"].map(published.table("instruments")["validity_scheme"])
    window_from = str(pd.Period(f"{reporting_year}-01", "M") - vintage_months)
    used = used.assign(valid_until=_valid_until(used["month"], scheme), window_from=window_from)
    year = used["month"].str.slice(stop=len("YYYY")).astype("int64")
    outside = used["month"] < window_from
    older = (year < reporting_year) & ~outside
    generated = pd.PeriodIndex(used["month"], freq="M").to_timestamp(how="end").normalize()
    no_contract = used["contract"].astype("str").str.strip() == ""
    unnamed = (used["instrument"] == "green_power_trade") & no_contract
    unlimited = used[scheme == ""].drop_duplicates("instrument")
    expired, early = used["retired_on"] > used["valid_until"], used["retired_on"] < generated
    return (
        _in_rows("month", "generated_after_year", used[year > reporting_year])
        + _in_rows("month", "outside_vintage_window", used[outside])
        + _in_rows("month", "generated_before_year", used[older])
        + _in_rows("retired_on", "expired", used[expired])
        + _in_rows("retired_on", "retired_before_generation", used[early])
        + _in_rows("contract", "contract_missing", used[unnamed])
        + _in_rows("instrument", "validity_unknown", unlimited)
    )


def _capacity(used: pd.DataFrame) -> list[Finding]:
    """Return the blocks of plants that would have generated more in a month than their capacity
    allows in its hours.

    A plant is its profile, or else its technology, province and contract; where its rows give
    several capacities the smallest counts, where none the largest plant there is.
    """
    used = used.assign(
        capacity_mw=used["capacity_mw"] if "capacity_mw" in used else float("nan"),
        most_hours=pd.PeriodIndex(used["month"], freq="M").days_in_month * units.HOURS_PER_DAY,
    )
    named = used["profile"].astype("str").str.strip()
    other = used["technology"] + " " + used["province"] + " " + used["contract"].astype("str")
    plant_month = [named.where(named != "", other), used["month"]]
    used["capacity_mw"] = (
        used.groupby(plant_month)["capacity_mw"].transform("min").fillna(LARGEST_PLANT_MW)
    )
    used["plant_mwh"] = used.groupby(plant_month)["kwh"].transform("sum") / units.KWH_PER_MWH
    used["most_mwh"] = used["capacity_mw"] * used["most_hours"]
    return _in_rows("quantity", "more_than_capacity", used[used["plant_mwh"] > used["most_mwh"]])


def _valid_until(months: pd.Series, scheme: pd.Series) -> pd.Series:
    """Return the last valid day of each block by its scheme, NaT where no scheme is known."""
    until = pd.Series(pd.NaT, months.index, dtype="datetime64[ns]")
    for name in scheme[scheme != ""].unique():
        until[scheme == name] = valid_until(months[scheme == name], name)
    return until


def _technology(used: pd.DataFrame) -> list[Finding]:
    """Return technologies that are unknown, not renewable, or not tradable in their month."""
    known, written = published.table("technologies"), used["technology"]
    used = used.assign(
        nearest=written.map({name: _nearest(name, known.index) for name in written.unique()}),
        kind=written.map(known["kind"]).fillna(""),
        tradable_from=written.map(known["tradable_from"]).fillna(""),
    )
    space = used["instrument"].map(published.table("instruments")["space"])
    limited = (used["tradable_from"] != "") & (space == "GEC")
    early = limited & (used["month"] < used["tradable_from"])
    unchecked = used[limited & ~early].drop_duplicates("technology")
    no_renewable = used["kind"].isin(["fossil", "nuclear"])
    return (
        _in_rows("technology", "technology_unknown", used[used["kind"] == ""])
        + _in_rows("technology", "storage_excluded", used[used["kind"] == "storage"])
        + _in_rows("technology", "not_renewable", used[no_renewable])
        + _in_rows("technology", "not_tradable", used[early])
        + _in_rows("technology", "plant_age_unchecked", unchecked)
    )


def _nearest(technology: str, known: pd.Index) -> str:
    """Return the known technology that was probably meant, also of a Chinese name; else all that
    are known.
    """
    chinese = {labels.label(name, "zh"): name for name in known}
    near = hints.nearest(technology.strip().casefold(), known)
    return chinese.get(technology.strip()) or near or ", ".join(known)


def _instrument(used: pd.DataFrame, province: str) -> list[Finding]:
    """Return instruments of another market than the site's, and those that had ended."""
    provinces, known = grid_factors.regions(), published.table("instruments")
    chinese = [*provinces.index, *provinces["province_zh"]]
    market, last = (used["instrument"].map(known[name]) for name in ("market", "last_generation"))
    used = used.assign(market=market, last=last)
    in_china = used["province"].isin(chinese)
    foreign = market.ne("") & market.ne(_CHINA)
    elsewhere = foreign if province in chinese else market.isna()
    ended = last.ne("") & (used["month"] > last) & in_china
    unplaced = used[market.eq(_CHINA) & ~in_china].drop_duplicates("province")
    return (
        _in_rows("instrument", "other_market", used[elsewhere])
        + _in_rows("instrument", "instrument_ended", used[ended])
        + _in_rows("province", "province_unknown", unplaced)
    )


def _instrument_rule(used: pd.DataFrame, green_rule: str) -> list[Finding]:
    """Return instruments that the rule refuses, and those it does not mention."""
    rules = published.table("green_rules")
    if green_rule not in rules.index:
        return []
    rule, refused, accepted = (
        rules.loc[green_rule, name] for name in ("rule", "refused", "accepted")
    )
    wrong = used[used["instrument"].isin(refused.split())]
    silent = sorted(set(used["instrument"]) - set(accepted.split()) - set(refused.split()))
    found = _in_rows("instrument", "instrument_refused", wrong, by=rule)
    if silent:
        instruments = ", ".join(silent)
        found += in_table("certificates", "instrument_unsaid", by=rule, instruments=instruments)
    return found


def _carbon_projects(used: pd.DataFrame, projects: tuple[str, ...]) -> list[Finding]:
    """Return blocks whose kWh were sold as carbon credits too: known where the plant's project is
    named.
    """
    named = plant_projects(used)
    plants = [name for name in named.unique() if name not in ("", NO_PROJECT)]
    held = [name for name in plants if any(same_project(name, each) for each in projects)]
    both = named.isin(held)
    elsewhere = used[named.isin(plants) & ~both].drop_duplicates("carbon_project_id")
    unnamed = int((named == "").sum())
    found = _in_rows("carbon_project_id", "also_credited", used[both])
    found += _in_rows("carbon_project_id", "credited_elsewhere", elsewhere)
    if unnamed:
        found += in_table("certificates", "carbon_project_unnamed", rows_alike=unnamed)
    return found


def plant_projects(certificates: pd.DataFrame) -> pd.Series:
    """Return the carbon project of each block's plant as written, "none" in small letters, empty
    where the cell names no project.

    >>> plant_projects(pd.DataFrame({"carbon_project_id": [" VCS 3005", "None", "?"]})).tolist()
    ['VCS 3005', 'none', '']
    """
    named = certificates["carbon_project_id"].astype("str").str.strip()
    named = named.mask(named.str.casefold() == NO_PROJECT, NO_PROJECT)
    return named.where(named.str.contains(r"\d") | named.eq(NO_PROJECT), "")


def same_project(one: str, other: str) -> bool:
    """Return whether two names may mean one carbon project: the same number, and no two different
    programmes.

    >>> same_project("VCS3005", "03005"), same_project("VCS 3005", "vcs-3005")
    (True, True)
    >>> same_project("GS3005", "VCS3005")
    False
    """
    programme, number = _programme_and_number(one)
    other_programme, other_number = _programme_and_number(other)
    either = not (programme and other_programme)
    return number == other_number and (programme == other_programme or either)


def _programme_and_number(name: str) -> tuple[str, str]:
    """Return programme and number of a project as plain text; without a number the whole name is
    the number.
    """
    plain = re.sub(r"[\W_]+", "", str(name)).casefold()
    found = re.fullmatch(r"(.*?)0*(\d+)", plain)
    return (found[1], found[2]) if found else ("", plain)


def alike_findings(certificates: pd.DataFrame, year: int, kg_per_kwh: float) -> list[Finding]:
    """Return a finding on the blocks counted for the year whose numbers another block has too,
    behind a prefix of other letters: their MWh, and the tonnes that they avoid at most.
    """
    alike = certificate_serials.lookalikes(certificate_serials.blocks(certificates))
    kwh = counted(alike, year)["kwh"].sum()
    if not kwh:
        return []
    first = counted(alike, year)[:1].assign(other=lambda rows: rows["other"].astype("int64"))
    avoided_t = kwh * kg_per_kwh / units.KG_PER_T
    size = {"rows_alike": len(counted(alike, year)), "mwh": kwh / units.KWH_PER_MWH}
    first = first.assign(kwh=kwh)  # the finding's size is that of all of them
    return _in_rows("serial_from", "serial_other_prefix", first, **size, avoided_t=avoided_t)


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
