"""What a case may name, and what its names may be made of.

A case names its own things: end uses, meters, sources, plants, entities, factors, statements. The
words of the package (verdicts, statuses, headings, units, rules) are the same in every report: a
row of labels that names one is refused, and so is a thing called like one, for the report would
print the package's word for it. Names that figures or pages cannot show are refused here, not in
the last cell.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pandas as pd

from neutrality import sheets
from neutrality.case import columns, tables
from neutrality.case.schemas import SCHEMAS
from neutrality.reference import published
from neutrality.texts import fonts, hints, labels
from neutrality.texts.findings import Finding, in_table

# What many sites have: the package names these, and a case that has one may name it otherwise.
COMMON = frozenset(
    (
        *("main", "cooling", "heating", "heating_plant", "lighting", "equipment"),
        *("ventilation", "elevators", "server_room", "other"),
        *("grid_bills", "heat_meter", "gas_meter", "cooling_meter", "water_meter"),
        *("electricity", "heat", "district_heat", "natural_gas", "diesel", "petrol"),
        *("refrigerant", "refrigerants", "commuting", "business_travel"),
        *("commuting_car", "commuting_transit"),
        *("wind", "solar", "hydro", "solar_thermal", "geothermal", "ocean"),
        *("China Mobile Group", "China Mobile Ltd", "China telecom industry (MIIT)"),
        *("China Telecom Corp", "China Telecom Group", "China Tower"),
        *("Verizon", "NTT Group", "Vodafone Group"),
    )
)
# Columns whose cells are things of the case's own, which the report prints by their names.
_THINGS = {
    "meters": ("meter",),
    "activities": ("source",),
    "certificates": ("profile",),
    "measures": ("measure", "end_use"),
    "company": ("entity",),
    "factors": ("id",),
}
# Columns whose cells the report prints as texts: a case may translate them.
_TEXTS = {
    "certificates": ("technology", "province"),
    "assets": ("asset", "area", "technology"),
    "factors": ("id", "quantity", "basis", "source"),
    "activities": ("source", "evidence"),
    "company": ("entity", "source"),
    "credits": ("project_name",),
}
# Tables whose rows the labels name: where one cannot be used, a label may be of its faulty rows.
NAMED = tuple(_THINGS | _TEXTS)
# What the registry wrote is evidence: the report shows a code for what it cannot print.
_EVIDENCE = {
    "certificates": ("serial_from", "serial_to", "contract", "beneficiary", "carbon_project_id"),
    "credits": tuple(
        column.name
        for column in SCHEMAS["credits"].columns
        if column.name not in ("programme", "project_id")
    ),
    "activities": ("evidence",),
    "aliases": ("name", "why"),
}
_PRINTED = {
    table: tuple(
        column.name
        for column in schema.columns
        if column.kind in ("text", "id") and column.name not in _EVIDENCE.get(table, ())
    )
    for table, schema in SCHEMAS.items()
    if any(column.kind in ("text", "id") for column in schema.columns)
}
_MAY_NAME = (
    "end uses and meters of energy, sources of activities, profiles of generation, measures, "
    "entities of company, ids of factors, documents that these cite, "
    "and announced_<id> of announced"
)


def refuse_names(case: Path) -> None:
    """Raise ValueError, with a sentence for each, for names that are the package's, not printable
    or of nothing that the case has.
    """
    held = {table: tables.valid_rows(case, table) for table in _PRINTED}
    stems = _measured(case)
    found = _taken(held, stems) + _not_its_own(held, own(held, stems))
    found += _nothing_to_read(held) + _unprintable(held)
    if found:
        raise ValueError("\n".join(found))


def _measured(case: Path) -> dict[str, list[str]]:
    """Return the names in the headings of energy and generation, by table."""
    stems = {}
    for table in ("energy", "generation"):
        path, further = tables.path_of(case, table), SCHEMAS[table].further
        heads = sheets.columns(path) if path and not tables.untouched(case, table) else []
        stems[table] = [name.removesuffix(further) for name in heads if name.endswith(further)]
    return stems


def _cells(
    held: dict[str, pd.DataFrame], wanted: dict[str, tuple[str, ...]]
) -> list[tuple[str, str, pd.Series]]:
    """Return table, column and the different cells, by their first row, of each column there is."""
    return [
        (table, column, held[table][column].drop_duplicates())
        for table, names in wanted.items()
        for column in names
        if column in held[table]
    ]


def _is_the_packages(name: str) -> bool:
    """Return whether the package has this name, for something that is not the case's."""
    return labels.has(name) and name not in COMMON and name not in published.table("factors").index


def _taken(held: dict[str, pd.DataFrame], stems: dict[str, list[str]]) -> list[str]:
    """Return a sentence for each thing of the case that would be printed by another's name."""
    found = [
        f"{table}.csv, column {name}{SCHEMAS[table].further}: {_taken_by(name)}"
        for table, names in stems.items()
        for name in names
        if _is_the_packages(name)
    ]
    return found + [
        f"{table}.csv, row {row}, column {column}: {_taken_by(name)}"
        for table, column, cells in _cells(held, _THINGS)
        for row, name in cells.items()
        if _is_the_packages(name)
    ]


def _taken_by(name: str) -> str:
    zh, en = (labels.label(name, lang) for lang in labels.LANGUAGES)
    return (
        f"found '{name}', for which the report prints '{zh}' and '{en}', the name of something "
        f"else; call it otherwise, such as own_{name.replace(' ', '_').lower()}, "
        "and name that in labels"
    )


def alike(case: Path) -> list[Finding]:
    """Return a finding for each two things of one kind (end uses and meters, sources, profiles,
    measures, entities) that the report prints by the same name, however it is spelt.
    """
    held = {table: tables.valid_rows(case, table) for table in _THINGS}
    things = [(table, names) for table, names in _measured(case).items()]
    things += [(table, list(each)) for table, _, each in _cells(held, _THINGS)]
    shared: dict[tuple[str, str], str] = {}  # table and ids, and the name they share
    for table, ids in things:
        for lang in labels.LANGUAGES:
            shown = pd.Series([labels.label(id, lang, case) for id in ids], ids, dtype="str")
            for _, same in shown.groupby(spelling_key(shown)):
                if same.index.nunique() > 1:
                    shared.setdefault((table, ", ".join(same.index.unique())), same.iloc[0])
    return [
        finding
        for (of_table, ids), name in shared.items()
        for finding in in_table("labels", "label_twice", of_table=of_table, ids=ids, name=name)
    ]


def spelling_key(names: pd.Series) -> pd.Series:
    """Return names as they are compared: NFKC, without case and spaces.

    >>> spelling_key(pd.Series(["Ｃｏｏｌ ing", "COOLING"])).nunique()
    1
    """
    plain = names.map(lambda name: unicodedata.normalize("NFKC", name).casefold())
    return plain.str.replace(r"\s", "", regex=True)


def own(held: dict[str, pd.DataFrame], stems: dict[str, list[str]]) -> set[str]:
    """Return the ids that the case's table labels may name, from its tables and its meters."""
    meters = {name for names in stems.values() for name in names}
    things = {cell for _, _, cells in _cells(held, _THINGS | _TEXTS) for cell in cells}
    may = {name for name in meters | things if not _is_the_packages(name)} - {""}
    heads = {f"{name}_kwh" for name in meters & may}  # of tables with a column for each meter
    return may | heads | {f"announced_{id}" for id in held["announced"]["id"]}


def _not_its_own(held: dict[str, pd.DataFrame], may: set[str]) -> list[str]:
    """Return a sentence for each row of labels that names nothing of the case."""
    return [
        f"labels.csv, row {row}, column id: found '{id}'; {_why_not(id, may)}"
        for row, id in held["labels"]["id"].items()
        if id not in may
    ]


def _why_not(id: str, may: set[str]) -> str:
    if labels.has(id):
        return f"it is a word of the report, the same in every case; labels may name {_MAY_NAME}"
    near = hints.did_you_mean(id, may) or "; remove the row, or correct the id"
    return f"no table of the case has it{near}; labels may name {_MAY_NAME}"


def readable(name: str) -> bool:
    """Return whether a name has a letter or digit to read.

    >>> readable("机房 2"), readable("—"), readable("\u3164")
    (True, False, False)
    """
    return any(each.isalnum() and not fonts.unprintable(each) for each in name)


def _nothing_to_read(held: dict[str, pd.DataFrame]) -> list[str]:
    """Return a sentence for each name in labels without a letter or digit."""
    return [
        f"labels.csv, row {row}, column {lang}: found '{fonts.shown(name)}', which names nothing; "
        "write a name of letters"
        for lang in labels.LANGUAGES
        for row, name in held["labels"][lang].items()
        if not readable(name)
    ]


def _unprintable(held: dict[str, pd.DataFrame]) -> list[str]:
    """Return a sentence for each of the first cells, by column, that the report cannot print."""
    found = []
    for table, column, cells in _cells(held, _PRINTED):
        lost = {row: wrong for row, cell in cells.items() if (wrong := fonts.unprintable(cell))}
        found += [
            f"{table}.csv, row {row}, column {column}: {said(cells[row], lost[row])}"
            for row in list(lost)[: columns.ROWS_SHOWN]
        ]
    return found


def said(text: str, characters: list[str]) -> str:
    """Return what was found in a text that cannot be printed, and what to do."""
    codes = ", ".join(f"U+{ord(each):04X}" for each in characters)
    return (
        f"found '{fonts.shown(text)}'; the report cannot print {codes}; "
        "write it in Chinese or Latin letters, digits and common signs"
    )
