"""Whether a case can become a report: its YAML, its tables, and all that the rules refuse."""

from __future__ import annotations

import re
import zoneinfo
from pathlib import Path

from neutrality import register, sheets
from neutrality.case import names, schemas, tables
from neutrality.energy import bill_checks, periods, site_load
from neutrality.report import templates
from neutrality.runner import advice, parameters, refusals, unfilled, yaml_file
from neutrality.texts import fonts, hints, labels

# Parameters that a YAML must give: the default is the first case's name or size, and would be
# printed in another site's report.
SIZES = ("floor_area_m2", "occupants")
_REQUIRED = (*unfilled.NAMED, *SIZES)
_TABLE_LIKE = (*sheets.SUFFIXES, ".xls", ".xlsm", ".xlsb", ".ods", ".tsv", ".numbers", ".feather")
# Endings under which a table may lie although the file is something else as a rule.
_OTHER_ENDINGS = (".txt", ".bak", ".old", ".orig", ".tmp", ".gz", ".zip", ".json", "~")
_NO_TABLE = ("parameter", "parameters")  # words near to a table's name that mean none
_NEAR_NAME = 0.75  # similarity from which a word of a file name is a misspelt table


def check(case_yaml: Path | str, notebooks_dir: Path | None = None) -> list[str]:
    """Return all that keeps a case from becoming a report, one sentence each, the weightiest first;
    empty when it can run.

    Checked are the YAML against the notebooks' parameters, every table of its folder, and, where
    their tables can be used, the rules of ledgers and factors. Nothing is executed or written.
    """
    path = Path(case_yaml).absolute()
    return _checked(path, notebooks_dir)[0] if path.is_file() else [_no_file(path)]


def look(case_yaml: Path | str, notebooks_dir: Path | None = None) -> tuple[list[str], list[str]]:
    """Return what `check` does, and what stops nothing but is worth a look (`advice`)."""
    path = Path(case_yaml).absolute()
    if not path.is_file():
        return [_no_file(path)], []
    found, chosen, faulty = _checked(path, notebooks_dir)
    return found, advice.advice(path, chosen, faulty)


def _checked(path: Path, notebooks_dir: Path | None) -> tuple[list[str], dict, dict]:
    """Return what stops a case, its usable parameters, and the tables that cannot be used."""
    known = parameters.signature(notebooks_dir or parameters.notebooks_folder())
    values, lines, found = yaml_file.entries(path)
    unread = bool(found) and not values  # what it lacks is not known
    found += parameters.problems(values, lines, known, path.name)
    untouched = unfilled.stand_ins(path.parent.name, values)
    chosen = parameters.complete(values, known)
    names = unfilled.beneficiaries(path.parent, values)
    for name in [
        *untouched,
        *(["beneficiary"] if names else []),
    ]:  # so that no rule judges a stand-in
        chosen.pop(name, None)
    if bad_zone := _zone_problems(path, chosen, lines):
        del chosen["timezone"]  # so that no rule converts to it
    found += [] if unread else _missing(path, values, known)
    found += _other_case(path, values, lines)
    found += unfilled.sentences(path.name, untouched, lines, known)
    if names:
        found.append(unfilled.of_beneficiary(path.name, lines["beneficiary"], names))
    filled = {name: value for name, value in values.items() if name not in untouched}
    found += _unprintable(path, filled, lines) + _year_problems(path, chosen, lines) + bad_zone
    found += unfilled.required(path.parent) + _stray_files(path.parent)
    faulty = _faulty_tables(path.parent, chosen.get("timezone", ""))
    found += [sentence for sentences in faulty.values() for sentence in sentences]
    faulty |= dict.fromkeys(unfilled.empty_required(path.parent), [])
    found += _refused(path, chosen, lines, faulty) + _unknown_claims(path.parent)
    return list(dict.fromkeys(found)), chosen, faulty


def _no_file(path: Path) -> str:
    hint = "neutrality new makes one"
    if path.is_dir():
        hint = f"it is a folder; name a YAML in it, such as {path.name}/2025.yaml"
    elif path.suffix not in (".yaml", ".yml"):
        hint = "a case is a YAML or the folder that it lies in; check the name"
    elif not path.parent.is_dir():
        hint = "there is no such folder; check the path"
    return f"{path.name}: no such file in {path.parent.name}; {hint}"


def _at(path: Path, name: str, lines: dict) -> str:
    return f"{path.name}, line {lines[name]}" if name in lines else path.name


def _missing(path: Path, values: dict, known: dict) -> list[str]:
    """Return a sentence for each required parameter that the YAML lacks."""
    return [
        f"{path.name}: {name} is missing; say {known[name].meaning}"
        for name in _REQUIRED
        if name in known and name not in values
    ]


def _other_case(path: Path, values: dict, lines: dict) -> list[str]:
    """Return a sentence where `case`, which papermill and JupyterLab take, is another case's: that
    of the YAML from which this one was copied. A bundle holds every case in a folder of one name.
    """
    named = Path(str(values.get("case", path.parent))).name
    if path.parent.name in (named, parameters.SET_BY_RUNNER["case"]):
        return []
    return [
        f"{_at(path, 'case', lines)}: case is '{values['case']}', and this file is in "
        f"{path.parent.name}; write ../params/{path.parent.name}, as seen from the notebooks"
    ]


def _unprintable(path: Path, values: dict, lines: dict) -> list[str]:
    """Return a sentence for each text of the YAML that is blank where the report needs a name, or
    holds what figures or pages cannot show.
    """
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    found = [
        f"{_at(path, name, lines)}: {name} names nothing; the report prints it"
        for name in _REQUIRED
        if name in texts and not names.readable(texts[name])
    ]
    return found + [
        f"{_at(path, name, lines)}: {name}: {names.said(text, characters)}"
        for name, text in texts.items()
        if (characters := fonts.unprintable(text))
    ]


def _year_problems(path: Path, chosen: dict, lines: dict) -> list[str]:
    """Return what is wrong with the reporting year, the base year and the file's name.

    A YAML copied from last year's must not overwrite last year's report.
    """
    if "reporting_year" not in chosen:
        return ["the notebooks declare no parameter 'reporting_year'; a bundle is named after it"]
    year = str(chosen["reporting_year"])
    if chosen.get("base_year", 0) >= chosen["reporting_year"]:
        where, base = _at(path, "base_year", lines), chosen["base_year"]
        return [
            f"{where}: base_year {base} is not before reporting_year {year}; correct one of them"
        ]
    named_after_a_year = path.stem.isdecimal() and len(path.stem) == len(year)
    if path.stem == year or not named_after_a_year:
        return []
    where = _at(path, "reporting_year", lines)
    return [
        f"{where}: reporting_year is {year}, but the file is named {path.name}; correct one of them"
    ]


def _zone_problems(path: Path, chosen: dict, lines: dict) -> list[str]:
    zone = chosen.get("timezone", "")
    try:
        if zone:
            zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = sorted(zoneinfo.available_timezones())
        hint = hints.did_you_mean(zone, known) or "; write it like 'Asia/Shanghai'"
        return [f"{_at(path, 'timezone', lines)}: timezone '{zone}' is not known{hint}"]
    return []


def _stray_files(case: Path) -> list[str]:
    """Return a sentence for each table that would be ignored: under another name or ending, or
    behind a link that leads nowhere. Hidden files and those of folders in the case are left alone.
    """
    found = []
    for path in sorted(case.iterdir()):
        stem, dot, suffix = path.name.partition(".")
        read = stem in schemas.SCHEMAS and f"{dot}{suffix}" in sheets.SUFFIXES
        if path.is_symlink() and not path.exists():
            found.append(f"{path.name}: the link leads nowhere; put the file in its place")
        elif not read and path.is_file() and not path.name.startswith((".", "~$")):
            found += _ignored(path.name)
    return found


def _ignored(file: str) -> list[str]:
    """Return a sentence where a file that is not read looks like a table of the case.

    >>> _ignored("activities (1).csv")[0][:40], _ignored("notes.txt")
    ('activities (1).csv: would not be read; s', [])
    """
    low = file.lower()
    words = [word for word in re.split(r"[^a-z]+", low.partition(".")[0]) if word]
    words = [word for word in words if word not in _NO_TABLE]
    near = (hints.nearest(word, schemas.SCHEMAS, _NEAR_NAME) for word in ["".join(words), *words])
    meant = next(filter(None, near), "")
    if meant and low.endswith((*_TABLE_LIKE, *_OTHER_ENDINGS)):
        kinds = " or ".join(f"{meant}{kind}" for kind in sheets.SUFFIXES)
        return [
            f"{file}: would not be read; save it as {kinds}, or, if it is no table of the case, "
            "move it into a folder of its own"
        ]
    if low.endswith(_TABLE_LIKE):
        return [
            f"{file}: would not be read, no table has this name; rename it, or move it into a "
            "folder of its own"
        ]
    return []


def _faulty_tables(case: Path, zone: str) -> dict[str, list[str]]:
    """Return what is wrong with each table of the case that cannot be used as a whole."""
    unfilled_tables = unfilled.empty_required(case)
    named = [name for name in schemas.SCHEMAS if name not in unfilled_tables]
    found = {name: _table_problems(case, name, zone) for name in named}
    return {name: sentences for name, sentences in found.items() if sentences}


def _table_problems(case: Path, name: str, zone: str) -> list[str]:
    try:
        wanted = tables.wanted(case, name)
    except ValueError as error:  # two files hold the table
        return [str(error)]
    return tables.problems(case, name, zone) if wanted else []


def _unknown_claims(case: Path) -> list[str]:
    """Return the claims that the report or an announced figure asks for and no notebook states."""
    asked = [
        (f"report.{lang}.md", id)
        for lang in labels.LANGUAGES
        for id in sorted(templates.claims_asked(templates.text(lang)))
    ]
    announced = tables.valid_rows(case, "announced")
    file = getattr(tables.path_of(case, "announced"), "name", "")
    asked += [
        (f"{file}, row {row}, column claim_id", id) for row, id in announced["claim_id"].items()
    ]
    return [
        f"{where}: found '{id}', which is no claim{hints.did_you_mean(id, register.entries())}"
        for where, id in asked
        if not register.holds(id)
    ]


def _refused(path: Path, chosen: dict, lines: dict, faulty: dict) -> list[str]:
    """Return what the rules refuse for which tables and parameters can be used."""
    found = []
    for rule, needed, asked in refusals.RULES:
        if not set(needed) & set(faulty) and set(asked) <= set(chosen):
            taken = {name: chosen[name] for name in asked}
            try:
                rule(path.parent, *taken.values())
            except ValueError as error:
                sentences = str(error).splitlines()
                found += [_placed(sentence, path, taken, lines) for sentence in sentences]
    return found


def _placed(sentence: str, path: Path, taken: dict, lines: dict) -> str:
    """Return a rule's sentence with its place: the table's own file, else the YAML and the
    parameters it quotes.
    """
    head = re.match(r"(\w+)(\.csv)?(?=[,:])", sentence)
    if head and head[1] in schemas.SCHEMAS:
        file = tables.path_of(path.parent, head[1])
        return f"{file.name if file else head[0]}{sentence[head.end() :]}"
    forms = {
        name: rf"(?<!\w)({name}|{re.escape(str(value) or name)})(?!\w)"
        for name, value in taken.items()
    }
    quoted = [name for name, form in forms.items() if re.search(form, sentence)]
    places = [
        f"line {lines[name]} ({name})" if name in lines else f"{name} by default" for name in quoted
    ]
    return f"{', '.join([path.name, *places])}: {sentence}"


def odd_bills(case_yaml: Path | str, notebooks_dir: Path | None = None) -> list[str]:
    """Return what the supplier's bills say against the main meter: it stops nothing, and the report
    prints it. Empty where the tables cannot be read yet.
    """
    path = Path(case_yaml).absolute()
    known = parameters.signature(notebooks_dir or parameters.notebooks_folder())
    if not path.is_file() or not tables.exists(path.parent, "meters"):
        return []
    chosen = parameters.complete(yaml_file.entries(path)[0], known)
    tolerance = chosen.get("bill_tolerance_percent", bill_checks.TOLERANCE_PERCENT)
    try:
        zone = chosen["timezone"]
        rows = tables.read(path.parent, "meters", zone)
        energy = tables.read_or_empty(path.parent, "energy", zone)
        if not (rows["meter"] == periods.BILLED).any():
            return []
        load_kwh, _ = site_load.readings(energy, rows, zone)
        return [found.en for found in bill_checks.findings(load_kwh, rows, tolerance)]
    except (ValueError, KeyError):
        return []
