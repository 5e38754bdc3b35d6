"""What the rules of ledgers, factors and readings refuse in a case, before any notebook runs.

Each rule takes the case's folder and parameters, and raises ValueError with the sentences.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pandas as pd

from neutrality import sheets
from neutrality.case import assertions, columns, illustration, names, tables
from neutrality.case.schemas import SCHEMAS
from neutrality.energy import (
    adjustments,
    calendars,
    evidence,
    meters,
    models,
    period_checks,
    site_load,
)
from neutrality.green import coverage, rules
from neutrality.inventory import activities, plausibility
from neutrality.ledger import certificates, credits, ranges
from neutrality.reference import emission_factors, grid_factors, own_factors, published, schemes
from neutrality.report import audit, disclosures, sentences
from neutrality.texts import findings, hints, labels
from neutrality.trend import carriers, series


def _refuse_certificates(
    case: Path, year: int, beneficiary: str, province: str, green_rule: str, vintage_months: int
) -> None:
    rows = tables.valid_rows(case, "certificates")
    projects = credits.projects(tables.valid_rows(case, "credits"))
    aliases = tables.valid_rows(case, "aliases")
    wanted = (beneficiary, province, green_rule, vintage_months, projects, aliases)
    findings.refuse(certificates.check(rows, year, *wanted))


def _refuse_base_certificates(case: Path, year: int, *others: object) -> None:
    """Refuse as for the reporting year; what holds in any year has been."""
    if (tables.valid_rows(case, "certificates")["claimed_year"] == year).any():
        _refuse_certificates(case, year, *others)


def _refuse_generation(case: Path, timezone: str, year: int, max_gap_share: float) -> None:
    if timezone and tables.exists(case, "generation"):
        claimed = certificates.with_kwh(
            ranges.claimed(tables.valid_rows(case, "certificates"), year)
        )
        generation = tables.read(case, "generation", timezone).tz_convert(timezone)
        findings.refuse(coverage.generation_findings(claimed, generation, max_gap_share))


def _refuse_unnamed_rule(
    case: Path,
    green_rule: str,
    uncovered_factor_id: str,
    factor_id: str,
    province: str,
    rule: str,
    data_year: int,
    year: int,
) -> None:
    unnamed = green_rule not in published.table("green_rules").index
    if unnamed and len(certificates.counted(tables.valid_rows(case, "certificates"), year)):
        known = _factors(case)
        location = grid_factors.location_id(known, province, rule, data_year, factor_id)
        chosen = uncovered_factor_id or location
        rules.refuse_unnamed_rule(green_rule, known, chosen)


def _refuse_credits(
    case: Path,
    year: int,
    beneficiary: str,
    scheme: str,
    illustrative: bool,
    accepted: str,
    max_age_years: int,
) -> None:
    schemes.scheme_rules(scheme)
    credit_rows, aliases = (tables.valid_rows(case, name) for name in ("credits", "aliases"))
    limits = (scheme, illustrative, accepted, max_age_years, aliases)
    findings.refuse(credits.check(credit_rows, year, beneficiary, *limits))


def _factors(case: Path) -> pd.DataFrame:
    path = tables.path_of(case, "factors")
    return _known(case, path and sheets.sha256(path)).copy(deep=False)


@lru_cache(maxsize=8)  # some rules ask for them; known by the bytes of the case's own
def _known(case: Path, sha256: bytes | None) -> pd.DataFrame:
    own = tables.read_or_empty(case, "factors")
    own_factors.refuse_wrong_values(own)
    return emission_factors.factors(own)


def _refuse_activities(case: Path, gwp_edition: str) -> None:
    known, rows = _factors(case), tables.valid_rows(case, "activities")
    emitted = activities.emitted(rows, known, gwp_edition)
    counted = emitted.factor_id[emitted.line == "inventory"]
    try:
        emission_factors.refuse_recalled(counted, known)
    except ValueError as error:
        at = list(counted.index[counted.map(known["status"]) == "RECALLED"])
        more = ", ..." if len(at) > columns.ROWS_SHOWN else ""
        shown = ", ".join(map(str, at[: columns.ROWS_SHOWN])) + more
        raise ValueError(f"activities.csv, row {shown}, column factor_id: {error}") from None


def _refuse_implausible(case: Path, base_year: int, reporting_year: int) -> None:
    rows = tables.valid_rows(case, "activities")
    plausibility.refuse(rows, _factors(case), (base_year, reporting_year))


def _refuse_grid_factor(
    case: Path, province: str, rule: str, data_year: int, factor_id: str, gwp_edition: str
) -> None:
    known = _factors(case)
    chosen = grid_factors.location_id(known, province, rule, data_year, factor_id)
    grid_factors.electricity_factor(chosen, known, gwp_edition)


def _refuse_factor(case: Path, factor_id: str, gwp_edition: str) -> None:
    if factor_id:
        grid_factors.electricity_factor(factor_id, _factors(case), gwp_edition)


def _refuse_readings(
    case: Path,
    timezone: str,
    base_year: int,
    reporting_year: int,
    max_gap_share: float,
    model: str,
) -> None:
    if not timezone:
        raise ValueError(
            "timezone is empty; name the zone of the site's clocks, e.g. Asia/Shanghai"
        )
    energy, rows = (tables.read_or_empty(case, name, timezone) for name in ("energy", "meters"))
    years = (base_year, reporting_year)
    wide = [name.removesuffix("_kwh") for name in energy if name.endswith("_kwh")]
    period_checks.refuse(rows, timezone, years, max_gap_share, wide if len(energy) else ())
    load, _ = site_load.readings(energy, rows, timezone)
    outdoor = meters.outdoor_on(load, tables.read(case, "weather", timezone))
    absent = [str(year) for year in years if not (load.local_year == year).any()]
    if absent:
        raise ValueError(
            f"energy: no hour of {' and '.join(absent)}; "
            "give the readings, or choose other years in the YAML"
        )
    evidence.refuse(load, outdoor, years, max_gap_share)
    models.choose(load, model)
    models.refuse_few(load, outdoor, years)


def _refuse_sources(case: Path) -> None:
    """Refuse meters of a source that the table activities does not have."""
    known = sorted(set(tables.valid_rows(case, "activities")["source"]))
    rows = tables.valid_rows(case, "meters")
    wrong = rows[(rows["source"] != "") & ~rows["source"].isin(known)]
    first = wrong.drop_duplicates("source")["source"]
    held = f"it has {', '.join(known)}" if known else "it has none"
    if len(first):
        raise ValueError(
            "\n".join(
                f"meters.csv, row {row}, column source: found '{source}', which is no source of "
                f"the table activities{hints.did_you_mean(source, known) or f'; {held}'}"
                for row, source in first.items()
            )
        )


def _meters(case: Path) -> list[str]:
    ending = SCHEMAS["energy"].further
    held = tables.columns_of(case, "energy")
    known = [each.removesuffix(ending) for each in held if each.endswith(ending)]
    return known + list(tables.valid_rows(case, "meters")["meter"].unique())


def _refuse_adjustments(case: Path, base_year: int, reporting_year: int) -> None:
    rows = tables.valid_rows(case, "adjustments")
    findings.refuse(adjustments.check(rows, _meters(case), (base_year, reporting_year)))


def _refuse_disclosures(case: Path, issued_on: str, reporting_year: int) -> None:
    disclosures.refuse_issue(issued_on, reporting_year)
    disclosures.refuse(tables.valid_rows(case, "disclosures"), _meters(case))


def _refuse_country(case: Path, country: str, reporting_year: int) -> None:
    calendars.days(country, [reporting_year])


def _refuse_prose(case: Path) -> None:
    audit.refuse_prose(tables.valid_rows(case, "announced"))


def _refuse_sentences(case: Path) -> None:
    sentences.refuse(tables.valid_rows(case, "announcement"), tables.valid_rows(case, "announced"))


def _refuse_names(case: Path) -> None:
    names.refuse_names(case)


def _refuse_assertions(case: Path, *texts: str) -> None:
    assertions.refuse(case, dict(zip(_NAMES_GIVEN, texts, strict=True)))


def _refuse_half_a_rule(
    case: Path, uncovered_factor_id: str, base_uncovered_factor_id: str
) -> None:
    grid_factors.refuse_half_a_rule(uncovered_factor_id, base_uncovered_factor_id)


def _refuse_company(
    case: Path, entity: str, industry: str, check_entity: str, base_year: int, target_year: int
) -> None:
    known = sorted(set(tables.valid_rows(case, "company")["entity"]))
    wrong = [
        f"the table company has no entity '{name}'{_other_entity(name, known)}"
        for name in (entity, industry, check_entity)
        if known and name and name not in known
    ]
    if base_year >= target_year:
        wrong.append(
            f"trend_base_year {base_year} is not before trend_target_year {target_year}; "
            "correct one of them"
        )
    if wrong:
        raise ValueError("\n".join(wrong))


def _other_entity(name: str, known: list[str]) -> str:
    held = f"; it holds {', '.join(known)}; leave the parameter empty for none"
    return hints.did_you_mean(name, known) or held


def _refuse_series(case: Path) -> None:
    series.read(tables.valid_rows(case, "company"))


def _refuse_carriers(case: Path, entity: str, check_entity: str) -> None:
    figures, known = series.read(tables.valid_rows(case, "company")), _factors(case)
    for name in filter(None, (entity, check_entity)):
        carriers.green_share(figures, name)
        for view in carriers.scope2_views(figures, name):
            carriers.emitted_t(figures, name, known, view)


def _refuse_next_target(
    case: Path, trend_target_year: int, next_target_year: int, next_target_fall: float
) -> None:
    if next_target_year and not (next_target_year > trend_target_year and next_target_fall):
        raise ValueError(
            f"next_target_year {next_target_year} wants a year after trend_target_year "
            f"{trend_target_year} and a next_target_fall above 0, found {next_target_fall:g}; "
            "give both, or 0 for no next plan"
        )


_NAMES_GIVEN = tuple(
    f"{name}_{lang}"
    for name in ("entity", "site", "boundary", "certificate_number", "residual_mix")
    for lang in labels.LANGUAGES
) + ("version",)

# Each rule, the tables that it needs without a fault (of others it takes the valid rows), and the
# parameters it takes, which are the notebooks' (tested).
RULES: tuple[tuple[Callable, tuple[str, ...], tuple[str, ...]], ...] = (
    (_refuse_country, (), ("country", "reporting_year")),
    (
        _refuse_readings,
        ("energy", "meters", "weather"),
        ("timezone", "base_year", "reporting_year", "max_gap_share", "model"),
    ),
    *(
        (
            rule,
            (),
            (year, "beneficiary", "province", "green_rule", "vintage_months"),
        )
        for rule, year in (
            (_refuse_certificates, "reporting_year"),
            (_refuse_base_certificates, "base_year"),
        )
    ),
    (_refuse_generation, ("generation",), ("timezone", "reporting_year", "max_gap_share")),
    (
        illustration.refuse_illustrations,
        (*illustration.MARKED_TABLES, "announced"),
        ("illustrative",),
    ),
    (
        _refuse_credits,
        (),
        (
            "reporting_year",
            "beneficiary",
            "scheme",
            "illustrative",
            "accepted_programmes",
            "max_vintage_age_years",
        ),
    ),
    (_refuse_activities, ("factors",), ("gwp_edition",)),
    (_refuse_implausible, ("factors", "activities"), ("base_year", "reporting_year")),
    (
        _refuse_grid_factor,
        ("factors",),
        ("province", "grid_rule", "grid_data_year", "grid_factor_id", "gwp_edition"),
    ),
    (
        _refuse_grid_factor,
        ("factors",),
        ("province", "grid_rule", "base_grid_data_year", "base_grid_factor_id", "gwp_edition"),
    ),
    (_refuse_factor, ("factors",), ("uncovered_factor_id", "gwp_edition")),
    (_refuse_factor, ("factors",), ("base_uncovered_factor_id", "gwp_edition")),
    (
        _refuse_unnamed_rule,
        ("factors",),
        (
            "green_rule",
            "uncovered_factor_id",
            "grid_factor_id",
            "province",
            "grid_rule",
            "grid_data_year",
            "reporting_year",
        ),
    ),
    (_refuse_adjustments, ("energy", "meters"), ("base_year", "reporting_year")),
    (_refuse_disclosures, ("energy", "meters"), ("issued_on", "reporting_year")),
    (_refuse_prose, (), ()),
    (_refuse_sources, ("meters", "activities"), ()),
    (_refuse_sentences, ("announcement", "announced"), ()),
    (_refuse_names, ("energy", "generation", *names.NAMED), ()),
    (_refuse_assertions, ("labels", "measures", "announcement"), _NAMES_GIVEN),
    (_refuse_half_a_rule, (), ("uncovered_factor_id", "base_uncovered_factor_id")),
    (_refuse_series, (), ()),
    (_refuse_carriers, ("company", "factors"), ("entity", "check_entity")),
    (_refuse_next_target, (), ("trend_target_year", "next_target_year", "next_target_fall")),
    (
        _refuse_company,
        (),
        ("entity", "industry", "check_entity", "trend_base_year", "trend_target_year"),
    ),
    (_refuse_factor, ("factors",), ("sensitivity_factor_id", "gwp_edition")),
)
