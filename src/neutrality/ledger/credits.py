"""Carbon credits: serial, retirement, scheme; what is wrong is refused, what is odd or cannot be
checked a finding.
"""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

from neutrality.ledger import ranges, serials
from neutrality.reference import schemes
from neutrality.texts.findings import Finding, in_rows, in_table

RETIRED = (
    "",
    "retired",
)  # an export of Verra's does not tell retirement from cancellation: blank is unchecked
# For whom, as registries' texts write it with and without their slips: "on behalf of NAME";
# 代表某公司注销, 为某公司抵消.
ON_BEHALF = re.compile(
    r"(?:behalf|be half|name) of (?:the )?([^.;,，。；]+)|代表([^，。；,;]{2,}?)(?:自愿)?(?:注销|抵销|抵消)",
    re.IGNORECASE,
)
LEGAL = r"(?:Co\.?,? ?Ltd|Co|Ltd|Limited|Inc|Corp|Corporation|Company|LLC|LLP|PLC|GmbH|AG|S\.A)\b"
COMPANY = re.compile(
    r"\b(of|for) (?:the )?((?:[A-Z0-9][\w&.'’()-]*,? ){1,9}?" + LEGAL + r")"
    r"|((?:用于|(?<!华)为|替|供)(?:为|自愿|抵消|抵销|中和|实现|20\d\d|年度?)*+)([^，。；,;]+?(?:公司|集团|银行|大学|学院|医院|中心|协会|基金会))"
)
OWN_ACCOUNT = re.compile(
    r"emission|neutral|footprint|offset|compensat", re.IGNORECASE
)  # before "of NAME": NAME's emissions, not its project
SELF = re.compile(
    r"(?:其|本|我|我们|该|企业)?(?:公司|集团|银行|大学|学院|医院|中心|协会|基金会)|(?:其|本|我).*"
)
NAME_ENDS = re.compile(
    r" (?:for|in|to|towards?|during|as|against|via|through|on|by|['’]?(?:19|20)\d\d|FY\d+|CY\d+)\b.*|(?:20\d\d年?.*)$",
    re.IGNORECASE,
)
SUFFIX = re.compile(
    r"(?:[,\s]+(?:" + LEGAL + r"\.?|Group|Holdings?))+\.?$|(?:集团|股份|有限|责任|总)*公司$|集团$",
    re.IGNORECASE,
)
ALIKE = 4  # first characters that two Chinese names of one group share, or their first two words
CANCELLED = re.compile(r"\bcancell?(?:ed|ation)\b|取消", re.IGNORECASE)  # 注销 is retirement
RETIRED_SAID = re.compile(r"retire|注销", re.IGNORECASE)
# What may hold four digits and is no year of the claim: names of standards, and a vintage that the
# text repeats.
NO_YEAR = re.compile(
    r"\b(?:VMR?|ACM|AMS?|CM|AR)[-\d][\w.-]*[\s,(]*v(?:er(?:sion)?)?[. ]*\d+(?:\.\d+)*[\s,(]*20\d\d"
    r"|\b(?:ISO|IEC|PAS|GB|DB\d+|EN|BS)[/ A-Z]*\d+(?:[-.]\d+)*(?:[:：-](?:19|20)\d\d)?|(?i:vintages?)\W{0,3}20\d\d|20\d\d\W{0,3}(?i:vintages?)"
    r"|减排年份\W{0,3}20\d\d"
)
YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)|\b[CF]Y\W?(\d\d)(?!\d)")
CENTURY = 2000
# whose window of retirement is a yardstick where a scheme's own is not known
YARDSTICK = "ISO 14068-1:2023"
YEARS_AHEAD = 2  # a later year in a text ("neutral by 2060") is a goal, not the year of a claim


def retirement_deadline(scheme: str, reporting_year: int) -> pd.Timestamp | None:
    """Return the last day on which credits for the year may be retired, or None where no limit is
    known.

    >>> retirement_deadline("ISO 14068-1:2023", 2025).date().isoformat()
    '2026-12-31'
    """
    limits = schemes.scheme_rules(scheme).query("rule == 'retirement_window'")["limit"]
    return (
        None
        if limits.empty
        else ranges.year_end(reporting_year) + pd.DateOffset(months=int(limits.iloc[0]))
    )


def accepted_programmes(scheme: str, accepted: str = "") -> list[str]:
    """Return the programmes a scheme accepts: its rows in schemes.csv, and those of `accepted`
    ("VCS; CCER"); empty = not known.

    >>> accepted_programmes("ISO 14068-1:2023", "CCER; vcs")
    ['CCER', 'VCS']
    """
    listed = schemes.scheme_rules(scheme).query("rule == 'programme_accepted'")["limit"].to_list()
    return sorted(
        {name.strip().upper() for name in [*listed, *re.split("[;；,，、]", accepted)]} - {""}
    )


def blocks(credits: pd.DataFrame) -> pd.DataFrame:
    """Return the ledger's rows with what their serials say (serial_start, serial_end, ...),
    programme, status and details filled in.

    A row without a programme has that of its serial's form, else Verra's VCS. Where the form is not
    known the parts are blank.
    """
    said = (
        serials.parsed(credits["serial"])
        .add_prefix("serial_")
        .rename(columns={"serial_space": "space"})
    )
    joined = credits.join(said)
    for column in ("programme", "status", "details", "reason"):
        joined[column] = (
            joined[column].astype("str").fillna("").str.strip() if column in credits else ""
        )
    named = joined["programme"].str.upper()
    joined["programme"] = named.where(named != "", joined["serial_programme"].fillna("VCS"))
    return joined


def projects(credits: pd.DataFrame) -> tuple[str, ...]:
    """Return the carbon projects of the credits, each with its programme.

    >>> projects(pd.DataFrame({"serial": ["?", "?"], "project_id": ["GS7604", "12"], "programme": ["GS", "CCER"]}))
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
) -> list[Finding]:
    """Return what is refused, odd or unchecked in credits.csv, in the order of its rows.

    Serials, quantities and overlaps are checked in every row and across years; vintage, retirement,
    beneficiary, retirement text and programme where claimed_year is the reporting year. Project id
    0 is odd in an illustrative case, else refused.
    """
    every = blocks(credits)
    used = ranges.claimed(every, reporting_year)
    findings = _serials(every) + _contradictions(every[every["serial_start"].notna()])
    findings += _beneficiaries(used, beneficiary) + _texts(used, reporting_year, beneficiary)
    findings += _retirement(used, reporting_year, scheme) + _vintages(
        used, reporting_year, scheme, max_vintage_age_years
    )
    findings += _project_zero(used, illustrative)
    if not used.empty:
        findings += _scheme(used, scheme, reporting_year, accepted) + in_table(
            "credits", "registry_unchecked"
        )
    return sorted(findings, key=lambda f: (f.row, f.rule))


def _serials(every: pd.DataFrame) -> list[Finding]:
    known, opaque = every["serial_start"].notna(), ~every["programme"].isin(serials.FORMS)
    misnamed = every[known & (every["programme"] != every["serial_programme"])]
    bad = every[~known & ~opaque]
    whole = every[known].astype(
        {f"serial_{name}": "int64" for name in ("start", "end", "project_id")}
    )
    unread = every[~known & opaque]
    first = unread.assign(other=unread.index).groupby("serial")["other"].transform("min")
    return (
        in_rows(
            "credits",
            "serial",
            "serial_malformed",
            bad.assign(example=bad["programme"].map(serials.EXAMPLES)),
        )
        + in_rows("credits", "programme", "programme_contradicts", misnamed)
        + in_rows(
            "credits", "serial", "serial_twice", unread.assign(other=first)[first != unread.index]
        )
        + in_rows("credits", "serial", "serial_opaque", unread)
        + ranges.range_findings("credits", "serial", whole)
    )


def _contradictions(read: pd.DataFrame) -> list[Finding]:
    # "VCS3005", "GS3005", "3005" and "03005" are one project.
    project = pd.to_numeric(read["project_id"].astype("str").str.extract(r"(\d{1,18})$")[0])
    country = read["country"].astype("str").str.strip().str.upper()
    dates = (read["vintage_start"] != read["serial_vintage_start"]) | (
        read["vintage_end"] != read["serial_vintage_end"]
    )
    # A Gold Standard serial holds the year alone; the export gives days inside it or none.
    years = (read["vintage_start"] >= read["serial_vintage_start"]) & (
        read["vintage_end"] <= read["serial_vintage_end"]
    )
    other = dates & ~((read["serial_programme"] == "GS") & years)
    return (
        in_rows(
            "credits",
            "project_id",
            "project_contradicts",
            read[project != read["serial_project_id"]].astype({"serial_project_id": "int64"}),
        )
        + in_rows(
            "credits", "country", "country_contradicts", read[country != read["serial_country"]]
        )
        + in_rows("credits", "vintage_start", "vintage_contradicts", read[other])
    )


def _beneficiaries(used: pd.DataFrame, beneficiary: str) -> list[Finding]:
    """An entry that holds the reporter's name among other words, as registries' entries do, is
    odd and not another's.
    """
    named = _each(used["beneficiary"], plain)
    reporter = plain(beneficiary)
    wordy = named.str.contains(reporter, regex=False) & (named != reporter) & (reporter != "")
    taken = used.assign(
        beneficiary=used["beneficiary"].mask(wordy | (named == reporter), beneficiary)
    )
    return ranges.use_findings("credits", taken, beneficiary) + in_rows(
        "credits", "beneficiary", "beneficiary_wordy", used[wordy], reporter=beneficiary
    )


def plain(name: str) -> str:
    """Return a name without case, width, blanks and punctuation, to be compared.

    >>> plain("Shopify, Inc."), plain("　中国移动（北京）")
    ('shopifyinc', '中国移动北京')
    """
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", str(name)).casefold())


def _texts(used: pd.DataFrame, reporting_year: int, beneficiary: str) -> list[Finding]:
    """Refuse a text that names only another year, another as the one it was retired for, or a
    cancellation; what is less clear is odd.
    """
    text = (used["reason"] + "; " + used["details"]).str.strip("; ")
    said = used.assign(
        text=text,
        years=_each(text, lambda each: other_years(each, reporting_year)),
        named=_each(text, lambda each: somebody_else(each, beneficiary)[0]),
        sure=_each(text, lambda each: somebody_else(each, beneficiary)[1]),
    )
    another, void = said[said["named"] != ""], said[text.str.contains(CANCELLED)]
    void = void[
        ~void["status"].str.contains("cancel|取消", case=False)
    ]  # told by the status already
    sure = void["text"].map(cancelled).astype("bool") & void["programme"].isin(
        serials.FORMS
    )  # a cancelled CER is the CDM's retirement
    return (
        in_rows("credits", "reason", "text_names_another_year", said[said["years"] != ""])
        + in_rows(
            "credits",
            "reason",
            "text_names_another",
            another[another["sure"] == "sure"],
            reporter=beneficiary,
        )
        + in_rows(
            "credits",
            "reason",
            "text_names_alike",
            another[another["sure"] != "sure"],
            reporter=beneficiary,
        )
        + in_rows("credits", "reason", "text_says_cancelled", void[sure])
        + in_rows("credits", "reason", "text_mentions_cancelling", void[~sure])
        + in_rows("credits", "reason", "reason_missing", used[text == ""])
    )


def _each(texts: pd.Series, of) -> pd.Series:
    """Return `of` of each text, worked out once a different text: a ledger repeats a few of them
    many times.
    """
    return texts.map({text: of(text) for text in texts.unique()}).astype("str")


def other_years(text: str, claimed_year: int) -> str:
    """Return the years a retirement text names where the claimed one is not among them, else "".

    The year of a standard, of a vintage, or of a goal further ahead is none.

    >>> other_years("ISO 14068-1:2023, vintage 2021: FY24 emissions, neutral by 2060", 2025), other_years("for 2024 and 2025", 2025)
    ('2024', '')
    """
    found = {
        int(year) if year else CENTURY + int(short)
        for year, short in YEAR.findall(NO_YEAR.sub(" ", text))
    }
    named = sorted(year for year in found if year <= claimed_year + YEARS_AHEAD)
    return "" if claimed_year in named else ", ".join(map(str, named))


def cancelled(text: str) -> bool:
    """Say whether a retirement text speaks of cancelling and not of retiring.

    >>> cancelled("Cancelled by the registry"), cancelled("用于2025年碳中和，注销"), cancelled("Retirement/cancellation for 2025")
    (True, False, False)
    """
    return bool(CANCELLED.search(text)) and not RETIRED_SAID.search(text)


def somebody_else(text: str, beneficiary: str) -> tuple[str, str]:
    """Return for whom a retirement text says the credits were retired where that is not plainly the
    reporter, and "sure" or "unsure"; else "", "".

    The reporter's name without its legal form is the reporter; a part of it, or a name that begins
    alike, is unsure.

    >>> somebody_else("Retired on behalf of Lindblad Expeditions.", "Shopify Inc."), somebody_else("on behalf of Shopify for 2025", "Shopify Inc.")
    (('Lindblad Expeditions', 'sure'), ('', ''))
    """
    named = [
        (name, verdict if said else "unsure")
        for name, said in _named(text)
        if (verdict := _another(name, text, beneficiary))
    ]
    return min(named, key=lambda each: each[1], default=("", ""))  # "sure" comes before "unsure"


def _named(text: str) -> list[tuple[str, bool]]:
    """Return the names a text gives as those it was retired for, and whether it says so plainly."""
    found = [(NAME_ENDS.sub("", each[1] or each[2]), True) for each in ON_BEHALF.finditer(text)]
    for each in COMPANY.finditer(text):
        theirs = each[1] == "for" or OWN_ACCOUNT.search(text[: each.start()])
        found.append(
            (each[2], bool(theirs))
            if each[1]
            else (each[4], not each[3].startswith("用于") or "为" in each[3] or "有限" in each[4])
        )
    return [
        (name.strip(), sure)
        for name, sure in found
        if plain(name) and not SELF.fullmatch(name.strip())
    ]


def _another(name: str, text: str, beneficiary: str) -> str:
    """Return "" where a name is the reporter's, "unsure" where it may be, "sure" where it is
    another's.
    """
    short, bare, reporter = plain(name), plain(SUFFIX.sub("", name)), plain(beneficiary)
    if reporter and (short == reporter or bare == plain(SUFFIX.sub("", beneficiary.strip()))):
        return ""
    first = plain(" ".join(beneficiary.split()[:2])) if beneficiary.isascii() else reporter[:ALIKE]
    alike = (
        short in reporter
        or (reporter and reporter in short)
        or (len(first) >= ALIKE and short.startswith(first))
    )
    told = (
        bool(reporter)
        and reporter in plain(text)
        and not re.search(LEGAL + "|公司", name, re.IGNORECASE)
    )
    return "unsure" if alike or told else "sure"


def _retirement(used: pd.DataFrame, reporting_year: int, scheme: str) -> list[Finding]:
    deadline, yardstick = (
        retirement_deadline(each, reporting_year) for each in (scheme, YARDSTICK)
    )
    late = used[used["retired_on"] > (deadline or yardstick)]
    status = used["status"].str.casefold()
    cancelled = status.str.contains("cancel|取消", regex=True)
    unripe = used["retired_on"] < used["vintage_end"]
    return (
        in_rows("credits", "status", "cancelled_not_retired", used[cancelled])
        + in_rows(
            "credits",
            "status",
            "status_not_retired",
            used[~cancelled & ~status.isin([*RETIRED, "已注销"])],
        )
        + (
            in_rows(
                "credits", "retired_on", "retired_too_late", late, scheme=scheme, deadline=deadline
            )
            if deadline
            else in_rows(
                "credits",
                "retired_on",
                "retired_very_late",
                late,
                scheme=scheme,
                yardstick=YARDSTICK,
                deadline=yardstick,
            )
        )
        + in_rows(
            "credits",
            "retired_on",
            "retired_before_year",
            used[used["retired_on"] <= ranges.year_end(reporting_year - 1)],
        )
        + in_rows("credits", "retired_on", "retired_before_vintage", used[unripe])
    )


def _vintages(
    used: pd.DataFrame, reporting_year: int, scheme: str, max_age_years: int
) -> list[Finding]:
    limits = [
        int(limit) for limit in schemes.scheme_rules(scheme).query("rule == 'vintage_age'")["limit"]
    ]
    limit = min([*limits, *([max_age_years] if max_age_years else [])], default=0)
    oldest = reporting_year - limit if limit else 0
    return (
        in_rows(
            "credits",
            "vintage_end",
            "vintage_after_year",
            used[used["vintage_end"] > ranges.year_end(reporting_year)],
        )
        + in_rows(
            "credits",
            "vintage_end",
            "vintage_too_old",
            used[used["vintage_end"].dt.year < oldest],
            limit=limit,
            oldest=oldest,
        )
        + in_rows(
            "credits",
            "vintage_end",
            "vintage_reversed",
            used[used["vintage_end"] < used["vintage_start"]],
        )
    )


def _project_zero(used: pd.DataFrame, illustrative: bool) -> list[Finding]:
    zero = used[used["serial_project_id"] == 0]
    if illustrative:  # said once, at the first of them
        return in_rows(
            "credits", "project_id", "project_id_zero", zero.sort_index()[:1], rows_alike=len(zero)
        )
    return in_rows("credits", "project_id", "project_id_impossible", zero)


def _scheme(used: pd.DataFrame, scheme: str, reporting_year: int, accepted: str) -> list[Finding]:
    """Whether the scheme is in force when the period ends, whose credits it accepts, and whether
    its window is known.
    """
    findings, end = [], ranges.year_end(reporting_year)
    limits, on = schemes.scheme_rules(scheme), end.date().isoformat()
    begin, until = (limits[column].iloc[0] for column in ("in_force_from", "in_force_until"))
    said = {
        "scheme": scheme,
        "in_force_from": begin or "-",
        "in_force_until": until or "-",
        "period_end": end,
    }
    if until and until < on:
        findings += in_table("credits", "scheme_withdrawn", **said)
    elif begin > on:
        findings += in_table("credits", "scheme_not_in_force", **said)
    # a statement is made after its period
    stated_from = (end + pd.DateOffset(days=1)).date().isoformat()
    ends = limits.loc[limits["rule"] == "certification_ended", "limit"]
    for ended in ends[ends <= stated_from]:
        findings += in_table("credits", "certification_ended", scheme=scheme, ended=ended)
    programmes = accepted_programmes(scheme, accepted)
    if programmes:
        findings += in_rows(
            "credits",
            "programme",
            "programme_not_accepted",
            used[~used["programme"].isin(programmes)],
            scheme=scheme,
            accepted=", ".join(programmes),
        )
    else:
        findings += in_table("credits", "programme_unchecked", scheme=scheme)
    if "retirement_window" not in limits["rule"].to_list():
        findings += in_table("credits", "retirement_window_unknown", scheme=scheme)
    return findings
