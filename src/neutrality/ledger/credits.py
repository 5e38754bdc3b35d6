"""Carbon credits: serial, retirement, vintage, scheme; what is wrong is refused, what is odd or
cannot be checked a finding.
"""

from __future__ import annotations

import re
from functools import partial

import pandas as pd

from neutrality.ledger import credit_serials, ranges, reporters, retirement_text, serials
from neutrality.ledger.reporters import Reporter
from neutrality.reference import schemes
from neutrality.texts.findings import Finding, in_rows, in_table

# Verra's export does not distinguish retirement from cancellation: a blank status is unchecked.
_RETIRED = ("", "retired", "已注销")
_YARDSTICK = "ISO 14068-1:2023"  # its window of retirement is used where a scheme's is not known
# No block is larger: the largest issuances on record, national forest programmes of several years,
# are some 30 million.
LARGEST_BLOCK = 100_000_000
# No vintage and no retirement is earlier: the first registry of credits, now ACR, opened in 1996.
EARLIEST_YEAR = 1996
# A report on a year is made within a few years; the known windows of retirement are one year.
LATEST_RETIREMENT_YEARS = 5
_in_rows = partial(in_rows, "credits")


def retirement_deadline(scheme: str, reporting_year: int) -> pd.Timestamp | None:
    """Return the last day on which credits for the year may be retired, or None where no limit is
    known.

    >>> retirement_deadline("ISO 14068-1:2023", 2025).date().isoformat()
    '2026-12-31'
    """
    limits = schemes.scheme_rules(scheme).query("rule == 'retirement_window'")["limit"]
    if limits.empty:
        return None
    return ranges.year_end(reporting_year) + pd.DateOffset(months=int(limits.iloc[0]))


def accepted_programmes(scheme: str, accepted: str = "") -> list[str]:
    """Return the programmes a scheme accepts: its rows in schemes.csv, and those of `accepted`
    ("VCS; CCER"); empty = not known.

    >>> accepted_programmes("ISO 14068-1:2023", "CCER; vcs")
    ['CCER', 'VCS']
    """
    listed = schemes.scheme_rules(scheme).query("rule == 'programme_accepted'")["limit"].to_list()
    names = {name.strip().upper() for name in [*listed, *re.split("[;；,，、]", accepted)]}
    return sorted(names - {""})


def blocks(credits: pd.DataFrame) -> pd.DataFrame:
    """Return the ledger's rows with the fields of their serials (serial_start, serial_end, ...),
    and with programme, status, details and reason filled in.

    A row without a programme takes that of its serial's form, else Verra's VCS. Where the form is
    not known the fields are blank.
    """
    fields = serials.fields(credits["serial"]).add_prefix("serial_")
    joined = credits.join(fields.rename(columns={"serial_space": "space"}))
    for column in ("programme", "status", "details", "reason"):
        joined[column] = (
            joined[column].astype("str").fillna("").str.strip() if column in credits else ""
        )
    named = joined["programme"].str.upper()
    joined["programme"] = named.where(
        named != "", joined["serial_programme"].fillna(serials.of_id(credits["serial"], "VCS"))
    )
    return joined


def checked(blocks: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `blocks` whose serial is of a known form: they alone support a statement.

    >>> rows = pd.DataFrame({"serial_start": [1.0, None], "quantity": [5, 7]})
    >>> checked(rows).quantity.tolist()
    [5]
    """
    return blocks[blocks["serial_start"].notna()]


def checked_quantity(credits: pd.DataFrame, reporting_year: int) -> tuple[int, int]:
    """Return how many of the credits retired for the year have a serial of a known form, and how
    many have none, so that their numbers and quantity were not checked.

    >>> rows = {"serial": ["GS1-1-CN-GS7604-3-2020-21289-1-5", "CCER-1"], "quantity": [5, 7]}
    >>> rows |= {"programme": ["", "CCER"], "claimed_year": 2025}
    >>> held = pd.DataFrame(rows | {"retired_on": pd.Timestamp("2026-01-05")})
    >>> checked_quantity(held, 2025)
    (5, 7)
    """
    used = ranges.claimed(blocks(credits), reporting_year)
    used = used[used["retired_on"].notna()]
    known = checked(used)["quantity"].sum()
    return int(known), int(used["quantity"].sum() - known)


def projects(credits: pd.DataFrame) -> tuple[str, ...]:
    """Return the carbon projects of the credits, each with its programme.

    >>> rows = {"serial": ["?", "?"], "project_id": ["GS7604", "12"], "programme": ["GS", "CCER"]}
    >>> projects(pd.DataFrame(rows))
    ('GS7604', 'CCER12')
    """
    named = credits["project_id"].astype("str").str.strip()
    bare = named.str.fullmatch(r"\d+")
    return tuple(named.where(~bare, blocks(credits)["programme"] + named))


def check(
    credits: pd.DataFrame,
    reporting_year: int,
    beneficiary: str,
    scheme: str,
    illustrative: bool = True,
    accepted: str = "",
    max_vintage_age_years: int = 0,
    aliases: pd.DataFrame | None = None,
) -> list[Finding]:
    """Return what is refused, odd or unchecked in credits.csv, in the order of its rows.

    Serials, quantities and overlaps are checked in every row and between years; vintage,
    retirement, beneficiary, retirement text and programme where claimed_year is the reporting year.
    Only structured columns refuse; what a retirement text mentions is odd. Project id 0 is odd in
    an illustrative case, else refused. `aliases` is the case's table of the reporter's other names.
    """
    if credits.empty:
        return []
    every, who = blocks(credits), reporters.reporter(beneficiary, aliases)
    used = ranges.claimed(every, reporting_year)
    findings = credit_serials.serial_findings(every) + _reason(every, reporting_year)
    findings += credit_serials.contradictions(every[every["serial_start"].notna()])
    findings += _beneficiaries(used, who) + _texts(used, reporting_year, who)
    findings += _status(used) + _retirement(used, reporting_year, scheme)
    findings += _vintages(used, reporting_year, scheme, max_vintage_age_years)
    findings += _project_zero(used, illustrative)
    if not used.empty:
        findings += reporters.unnamed_findings(who)
        findings += _scheme_in_force(scheme, reporting_year) + _programmes(used, scheme, accepted)
        findings += in_table("credits", "registry_unchecked")
    return sorted(findings, key=lambda f: (f.row, f.rule))


def _reason(every: pd.DataFrame, reporting_year: int) -> list[Finding]:
    """Return quantities, vintages and retirements of any row that no credit has."""
    begins, ends = every["vintage_start"].dt.year, every["vintage_end"].dt.year
    other_year = every["claimed_year"] != reporting_year  # this year's have a rule of their own
    early = (begins < EARLIEST_YEAR) | (ends < EARLIEST_YEAR)
    vintages = every[early | (other_year & (ends > every["claimed_year"]))]
    retired = every["retired_on"].dt.year
    dated = every.assign(latest=every["claimed_year"] + LATEST_RETIREMENT_YEARS)
    retirements = dated[(retired < EARLIEST_YEAR) | (retired > dated["latest"])]
    large = every[every["quantity"] > LARGEST_BLOCK]
    return (
        _in_rows("quantity", "quantity_unreasonable", large, most=LARGEST_BLOCK)
        + _in_rows("vintage_start", "vintage_unreasonable", vintages, earliest=EARLIEST_YEAR)
        + _in_rows("retired_on", "retirement_unreasonable", retirements, earliest=EARLIEST_YEAR)
    )


def _beneficiaries(used: pd.DataFrame, who: Reporter) -> list[Finding]:
    """Return beneficiaries that are missing or another's; odd are entries that hold the reporter's
    name among other words, as registries' entries do, or that are empty while the retirement text
    names the reporter alone.
    """
    found = reporters.matched(used["beneficiary"], used["programme"], who)
    told = retirement_text.named_in_text(used, who)
    taken = used["beneficiary"].mask((found["how"] != "") | told, who.name)
    wordy, said = used[found["how"] == reporters.WORDY], used[told]
    said = said.assign(text=retirement_text.retirement_texts(said))
    return (
        ranges.retirement_findings("credits", used.assign(beneficiary=taken), who.name)
        + _in_rows("beneficiary", "beneficiary_wordy", wordy, reporter=who.name)
        + _in_rows("beneficiary", "beneficiary_in_text", said, reporter=who.name)
        + reporters.alias_findings("credits", used, found["alias"], who)
    )


def _texts(used: pd.DataFrame, reporting_year: int, who: Reporter) -> list[Finding]:
    """Return what the retirement texts mention that is odd, and where there is none."""
    missing = used[retirement_text.retirement_texts(used) == ""]
    found = _in_rows("reason", "reason_missing", missing)
    for rule, rows in retirement_text.odd_texts(used, reporting_year, who):
        found += _in_rows("reason", rule, rows, reporter=who.name)
    return found


def _status(used: pd.DataFrame) -> list[Finding]:
    """Return credits whose status says cancelled, or anything else than retired; a unit of the CDM
    is used up by cancelling it.
    """
    status = used["status"].str.casefold()
    cancelled = status.str.contains(retirement_text.CANCELLED_STATUS, regex=True)
    other = used[~cancelled & ~status.isin(_RETIRED)]
    void = cancelled & (used["programme"] != retirement_text.CANCELLED_IS_RETIRED)
    return _in_rows("status", "cancelled_not_retired", used[void]) + _in_rows(
        "status", "status_not_retired", other
    )


def _retirement(used: pd.DataFrame, reporting_year: int, scheme: str) -> list[Finding]:
    """Return credits retired too late, before the year, or before their vintage ended."""
    retired_on = used["retired_on"]
    before = used[retired_on <= ranges.year_end(reporting_year - 1)]
    unripe = used[retired_on < used["vintage_end"]]
    return (
        _late(used, reporting_year, scheme)
        + _in_rows("retired_on", "retired_before_year", before)
        + _in_rows("retired_on", "retired_before_vintage", unripe)
    )


def _late(used: pd.DataFrame, reporting_year: int, scheme: str) -> list[Finding]:
    """Return credits retired after the scheme's deadline (refused), or after the yardstick's where
    the scheme has none (odd).
    """
    deadline = retirement_deadline(scheme, reporting_year)
    if deadline:
        late = used[used["retired_on"] > deadline]
        return _in_rows("retired_on", "retired_too_late", late, scheme=scheme, deadline=deadline)
    deadline = retirement_deadline(_YARDSTICK, reporting_year)
    quoted = {"scheme": scheme, "yardstick": _YARDSTICK, "deadline": deadline}
    late = used[used["retired_on"] > deadline]
    return _in_rows("retired_on", "retired_very_late", late, **quoted)


def _vintages(
    used: pd.DataFrame, reporting_year: int, scheme: str, max_age_years: int
) -> list[Finding]:
    """Return vintages after the year, older than scheme or certifier allow, or reversed."""
    listed = schemes.scheme_rules(scheme).query("rule == 'vintage_age'")["limit"]
    limits = [*map(int, listed), *([max_age_years] if max_age_years else [])]
    limit = min(limits, default=0)
    oldest = reporting_year - limit if limit else 0
    end = used["vintage_end"]
    after, old = used[end > ranges.year_end(reporting_year)], used[end.dt.year < oldest]
    reversed_ = used[end < used["vintage_start"]]
    return (
        _in_rows("vintage_end", "vintage_after_year", after)
        + _in_rows("vintage_end", "vintage_too_old", old, limit=limit, oldest=oldest)
        + _in_rows("vintage_end", "vintage_reversed", reversed_)
    )


def _project_zero(used: pd.DataFrame, illustrative: bool) -> list[Finding]:
    """Return credits of project id 0: one odd finding in an illustrative case, else refused."""
    zero = used[used["serial_project_id"] == 0]
    if illustrative:
        first = zero.sort_index()[:1]
        return _in_rows("project_id", "project_id_zero", first, rows_alike=len(zero))
    return _in_rows("project_id", "project_id_impossible", zero)


def _scheme_in_force(scheme: str, reporting_year: int) -> list[Finding]:
    """Return whether the scheme is out of force when the period ends or its statement is made, and
    whether its window of retirement is unknown.
    """
    findings, end = [], ranges.year_end(reporting_year)
    limits, on = schemes.scheme_rules(scheme), end.date().isoformat()
    begin, until = (limits[column].iloc[0] for column in ("in_force_from", "in_force_until"))
    quoted = {"scheme": scheme, "in_force_from": begin or "-", "in_force_until": until or "-"}
    if until and until < on:
        findings += in_table("credits", "scheme_withdrawn", **quoted, period_end=end)
    elif begin > on:
        findings += in_table("credits", "scheme_not_in_force", **quoted, period_end=end)
    # a statement is made after its period
    stated_from = (end + pd.DateOffset(days=1)).date().isoformat()
    ends = limits.loc[limits["rule"] == "certification_ended", "limit"]
    for ended in ends[ends <= stated_from]:
        findings += in_table("credits", "certification_ended", scheme=scheme, ended=ended)
    if "retirement_window" not in limits["rule"].to_list():
        findings += in_table("credits", "retirement_window_unknown", scheme=scheme)
    return findings


def _programmes(used: pd.DataFrame, scheme: str, accepted: str) -> list[Finding]:
    """Return credits of programmes that neither scheme nor certifier accept."""
    programmes = accepted_programmes(scheme, accepted)
    if not programmes:
        return in_table("credits", "programme_unchecked", scheme=scheme)
    others, names = used[~used["programme"].isin(programmes)], ", ".join(programmes)
    return _in_rows("programme", "programme_not_accepted", others, scheme=scheme, accepted=names)
