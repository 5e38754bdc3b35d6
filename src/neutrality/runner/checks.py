"""May this case become a report: its YAML against the notebooks' parameters, its tables, and all
that the ledgers' and factors' rules refuse.
"""

from __future__ import annotations

import difflib
import re
import zoneinfo
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from neutrality import register
from neutrality.case import illustration, tables
from neutrality.energy import calendars, meters, sufficiency
from neutrality.green import coverage, rules
from neutrality.inventory import activities
from neutrality.ledger import certificates, credits, ranges
from neutrality.reference import emission_factors, grid_factors, own_factors, published, schemes
from neutrality.report import report
from neutrality.runner import parameters
from neutrality.texts import findings, hints, labels
from neutrality.trend import carriers, series

# Parameters whose default may not stand.
IDENTITY = ("entity_zh", "entity_en", "site_zh", "site_en", "boundary_zh", "boundary_en")
SIZES = (
    "floor_area_m2",
    "occupants",
)  # likewise: a building's kWh are not divided by another's floor area
TABLE_LIKE = (*tables.SUFFIXES, ".xls", ".tsv", ".txt")


def check(case_yaml: Path | str, notebooks_dir: Path | None = None) -> list[str]:
    """Return all that keeps a case from becoming a report, one sentence each; empty when it can
    run.

    It reads the YAML against the notebooks' parameters, then every table of its folder, then, where
    the tables are sound, what ledgers and factors refuse. Nothing is executed or written.
    """
    path = Path(case_yaml).absolute()
    if not path.is_file():
        hint = (
            f"it is a folder; name a YAML in it, such as {path.name}/2025.yaml"
            if path.is_dir()
            else "neutrality new makes one"
        )
        return [f"{path.name}: no such file in {path.parent.name}; {hint}"]
    known = parameters.signature(notebooks_dir or parameters.notebooks_folder())
    values, lines, found = parameters.entries(path)
    found += parameters.problems(values, lines, known, path.name)
    chosen = parameters.complete(values, known)
    if bad_zone := _zone_problems(path, chosen, lines):
        del chosen["timezone"]  # so that no rule converts to it
    zone = chosen.get("timezone", "")
    found += (
        _nameless(path, values, known)
        + _year_problems(path, chosen, lines)
        + bad_zone
        + _stray_files(path.parent)
    )
    unsound = {
        name: said for name in tables.SCHEMAS if (said := _table_problems(path.parent, name, zone))
    }
    found += [sentence for said in unsound.values() for sentence in said]
    found += _refusals(path, chosen, lines, unsound) + _unknown_claims(path.parent)
    return list(dict.fromkeys(found))


def _at(path: Path, name: str, lines: dict) -> str:
    return f"{path.name}, line {lines[name]}" if name in lines else path.name


def _nameless(path: Path, values: dict, known: dict) -> list[str]:
    """Who reports on what is never a default: it would be the first case's name, or size, on
    somebody else's report.
    """
    return [
        f"{path.name}: {name} is missing; say {known[name].meaning}"
        for name in (*IDENTITY, *SIZES)
        if name in known and name not in values
    ]


def _year_problems(path: Path, chosen: dict, lines: dict) -> list[str]:
    """A YAML copied from last year's must not overwrite last year's report."""
    if "reporting_year" not in chosen:
        return ["the notebooks declare no parameter 'reporting_year'; a bundle is named after it"]
    year, where = str(chosen["reporting_year"]), _at(path, "reporting_year", lines)
    if chosen.get("base_year", 0) >= chosen["reporting_year"]:
        return [
            f"{_at(path, 'base_year', lines)}: base_year {chosen['base_year']} is not before reporting_year {year}; correct one of them"
        ]
    if path.stem == year or not (path.stem.isdecimal() and len(path.stem) == len(year)):
        return []
    return [
        f"{where}: reporting_year is {year}, but the file is named {path.name}; correct one of them"
    ]


def _zone_problems(path: Path, chosen: dict, lines: dict) -> list[str]:
    zone = chosen.get("timezone", "")
    try:
        return [] if not zone or zoneinfo.ZoneInfo(zone) else []
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = difflib.get_close_matches(zone, sorted(zoneinfo.available_timezones()), 1)
        hint = f"did you mean '{near[0]}'?" if near else "write it like 'Asia/Shanghai'"
        return [f"{_at(path, 'timezone', lines)}: timezone '{zone}' is not known; {hint}"]


def _stray_files(case: Path) -> list[str]:
    """A table whose file name is nearly right would be left out without a word."""
    found = []
    for path in sorted(case.iterdir()):
        stem, dot, suffix = path.name.partition(".")
        read = stem in tables.SCHEMAS and f"{dot}{suffix}" in tables.SUFFIXES
        if read or not path.is_file() or not path.name.lower().endswith(TABLE_LIKE):
            continue
        if near := difflib.get_close_matches(stem.lower(), tables.SCHEMAS, 1, cutoff=0.8):
            kinds = " or ".join(f"{near[0]}{kind}" for kind in tables.SUFFIXES)
            found.append(f"{path.name}: would not be read; save it as {kinds}")
    return found


def _table_problems(case: Path, name: str, zone: str) -> list[str]:
    try:
        wanted = tables.SCHEMAS[name].required or tables.exists(case, name)
    except ValueError as error:  # two files hold the table
        return [str(error)]
    return tables.problems(case, name, zone) if wanted else []


def _unknown_claims(case: Path) -> list[str]:
    """Return the claims that the report or an announced figure asks for and no notebook states."""
    asked = [
        (f"report.{lang}.md", id)
        for lang in labels.LANGUAGES
        for id in sorted(report.claims_asked(report.text(lang)))
    ]
    announced = tables.sound(case, "announced")
    file = getattr(tables.path_of(case, "announced"), "name", "")
    asked += [
        (f"{file}, row {row}, column claim_id", id) for row, id in announced["claim_id"].items()
    ]
    return [
        f"{where}: found '{id}', which is no claim{hints.did_you_mean(id, register.entries())}"
        for where, id in asked
        if not register.holds(id)
    ]


def _refusals(path: Path, chosen: dict, lines: dict, unsound: dict) -> list[str]:
    """Return what the ledgers' and factors' own rules refuse, where their tables and parameters
    can be used.
    """
    found = []
    for rule, needed, names in RULES:
        if not set(needed) & set(unsound) and set(names) <= set(chosen):
            taken = {name: chosen[name] for name in names}
            try:
                rule(path.parent, *taken.values())
            except ValueError as error:
                found += [
                    _placed(sentence, path, taken, lines) for sentence in str(error).splitlines()
                ]
    return found


def _placed(sentence: str, path: Path, taken: dict, lines: dict) -> str:
    """Return a rule's sentence with its place: the table's own file, else the YAML and the
    values it quotes.
    """
    head = re.match(r"(\w+)(\.csv)?(?=[,:])", sentence)
    if head and head[1] in tables.SCHEMAS:
        file = tables.path_of(path.parent, head[1])
        return f"{file.name if file else head[0]}{sentence[head.end() :]}"
    quotes = {
        name: rf"(?<!\w)({name}|{re.escape(str(value) or name)})(?!\w)"
        for name, value in taken.items()
    }
    quoted = [name for name, form in quotes.items() if re.search(form, sentence)]
    said = [
        f"line {lines[name]} ({name})" if name in lines else f"{name} by default" for name in quoted
    ]
    return f"{', '.join([path.name, *said])}: {sentence}"


def _refuse_certificates(
    case: Path, year: int, beneficiary: str, province: str, green_rule: str, vintage_months: int
) -> None:
    certificate_rows, projects = (
        tables.sound(case, "certificates"),
        credits.projects(tables.sound(case, "credits")),
    )
    findings.refuse(
        certificates.check(
            certificate_rows, year, beneficiary, province, green_rule, vintage_months, projects
        )
    )


def _refuse_generation(case: Path, timezone: str, year: int, max_gap_share: float) -> None:
    if timezone and tables.exists(case, "generation"):
        claimed = certificates.with_kwh(ranges.claimed(tables.sound(case, "certificates"), year))
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
    if unnamed and len(certificates.counted(tables.sound(case, "certificates"), year)):
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
    credit_rows = tables.sound(case, "credits")
    findings.refuse(
        credits.check(credit_rows, year, beneficiary, scheme, illustrative, accepted, max_age_years)
    )


def _factors(case: Path) -> pd.DataFrame:
    own = tables.read_or_empty(case, "factors")
    own_factors.refuse_wrong_values(own)
    return emission_factors.factors(own)


def _refuse_activities(case: Path, gwp_edition: str) -> None:
    known = _factors(case)
    made = activities.emitted(tables.sound(case, "activities"), known, gwp_edition)
    counted = made.factor_id[made.line == "inventory"]
    try:
        emission_factors.refuse_recalled(counted, known)
    except ValueError as error:
        rows = counted.index[counted.map(known["status"]) == "RECALLED"]
        shown = ", ".join(map(str, rows[: tables.ROWS_SHOWN])) + (
            ", ..." if len(rows) > tables.ROWS_SHOWN else ""
        )
        raise ValueError(f"activities.csv, row {shown}, column factor_id: {error}") from None


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
    case: Path, timezone: str, base_year: int, reporting_year: int, max_gap_share: float
) -> None:
    if not timezone:
        raise ValueError(
            "timezone is empty; name the zone of the site's clocks, e.g. Asia/Shanghai"
        )
    load = meters.to_array(tables.read(case, "energy", timezone), timezone)
    outdoor = meters.outdoor_on(load, tables.read(case, "weather", timezone))
    absent = [
        str(year) for year in (base_year, reporting_year) if not (load.local_year == year).any()
    ]
    if absent:
        raise ValueError(
            f"energy: no hour of {' and '.join(absent)}; give the readings, or choose other years in the YAML"
        )
    base, reporting = (load.local_year == year for year in (base_year, reporting_year))
    sufficiency.check_base_year(load[base], outdoor[base], max_gap_share)
    sufficiency.refuse_gaps(load[reporting], outdoor[reporting], max_gap_share)


def _refuse_country(case: Path, country: str, reporting_year: int) -> None:
    calendars.days(country, [reporting_year])


def _refuse_half_a_rule(
    case: Path, uncovered_factor_id: str, base_uncovered_factor_id: str
) -> None:
    grid_factors.refuse_half_a_rule(uncovered_factor_id, base_uncovered_factor_id)


def _refuse_company(
    case: Path, entity: str, industry: str, check_entity: str, base_year: int, target_year: int
) -> None:
    known = sorted(set(tables.sound(case, "company")["entity"]))
    wrong = [
        f"the table company has no entity '{name}'; "
        + (
            f"did you mean '{near[0]}'?"
            if (near := difflib.get_close_matches(name, known, 1))
            else f"it holds {', '.join(known)}; leave the parameter empty for none"
        )
        for name in (entity, industry, check_entity)
        if known and name and name not in known
    ]
    if base_year >= target_year:
        wrong.append(
            f"trend_base_year {base_year} is not before trend_target_year {target_year}; correct one of them"
        )
    if wrong:
        raise ValueError("\n".join(wrong))


def _refuse_series(case: Path) -> None:
    series.read(tables.sound(case, "company"))


def _refuse_carriers(case: Path, entity: str, check_entity: str) -> None:
    figures, known = series.read(tables.sound(case, "company")), _factors(case)
    for name in filter(None, (entity, check_entity)):
        carriers.green_share(figures, name)
        for view in carriers.scope2_views(figures, name):
            carriers.emitted_t(figures, name, known, view)


def _refuse_next_target(
    case: Path, trend_target_year: int, next_target_year: int, next_target_fall: float
) -> None:
    if next_target_year and not (next_target_year > trend_target_year and next_target_fall):
        raise ValueError(
            f"next_target_year {next_target_year} wants a year after trend_target_year {trend_target_year} and a "
            f"next_target_fall above 0, found {next_target_fall:g}; give both, or 0 for no next plan"
        )


# rule, the tables that must be sound for it (of others it takes the sound rows), the parameters it
# takes; a test holds the names against the notebooks
RULES: tuple[tuple[Callable, tuple[str, ...], tuple[str, ...]], ...] = (
    (_refuse_country, (), ("country", "reporting_year")),
    (
        _refuse_readings,
        ("energy", "weather"),
        ("timezone", "base_year", "reporting_year", "max_gap_share"),
    ),
    *(
        (
            _refuse_certificates,
            (),
            (year, "beneficiary", "province", "green_rule", "vintage_months"),
        )
        for year in ("reporting_year", "base_year")
    ),
    (_refuse_generation, ("generation",), ("timezone", "reporting_year", "max_gap_share")),
    (illustration.refuse_illustrations, (*illustration.NAMED, "announced"), ("illustrative",)),
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
