"""The hostile accountant: each way found to make the first case look smaller, tried.

Each function makes one change to a copy of the case; tests/attacks.csv says in words what is
changed and what must happen. `python tests/attacks.py` prints what does happen, `--write` makes
docs/attacks.md of it, `--close` marks in attacks.csv what is no longer silently accepted.
"""

from __future__ import annotations

import argparse
import math
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import nbformat
import pandas as pd
from evaluator import NOTEBOOKS, ROOT, Outcome, evaluate

from neutrality import sheets
from neutrality.texts import findings

CASE = ROOT / "params" / "china-mobile-hq"
TABLE, DOCUMENT = Path(__file__).with_name("attacks.csv"), ROOT / "docs" / "attacks.md"
TABLES = ("energy", "weather", "calendar", "activities", "certificates", "credits", "factors")
TABLES += ("measures", "labels", "announced", "company", "assets")
_MATERIAL = 0.05  # share of the residual from which page one has to tell
_LESS_T = 0.05  # tonnes: what is smaller is rounding


class Case:
    """A copy of the first case, or of any folder, whose tables are changed as text."""

    def __init__(self, folder: Path, source: Path = CASE):
        self.folder, self.notebooks = folder, NOTEBOOKS
        folder.mkdir(parents=True)
        for path in source.iterdir():
            if path.suffix in (".csv", ".gz", ".yaml"):
                shutil.copy2(path, folder / path.name)
        self.yaml = folder / "2025.yaml"
        self.set(case=f"../params/{folder.name}")

    def read(self, name: str) -> pd.DataFrame:
        """Return a table's cells as text."""
        return _cells(CASE / f"{name}.csv").copy()

    def write(self, name: str, frame: pd.DataFrame) -> None:
        frame.to_csv(self.folder / f"{name}.csv", index=False, lineterminator="\n")

    def set(self, **parameters) -> None:
        """Give parameters of the YAML, over those it has."""
        text = self.yaml.read_text(encoding="utf-8").splitlines()
        for name, value in parameters.items():
            text = [line for line in text if not line.startswith(f"{name}:")]
            text.append(f'{name}: "{value}"' if isinstance(value, str) else f"{name}: {value}")
        self.yaml.write_text("\n".join(text) + "\n", encoding="utf-8")

    def edit(self, number: str, old: str, new: str) -> None:
        """Change a line of a notebook, in a copy of the notebooks' folder."""
        edited = self.folder / "notebooks"
        shutil.copytree(NOTEBOOKS, edited)
        (path,) = edited.glob(f"{number}_*.ipynb")
        book = nbformat.read(path, as_version=4)
        (cell,) = [each for each in book.cells if each.cell_type == "code" and old in each.source]
        cell.source = cell.source.replace(old, new)
        nbformat.write(book, path)
        self.notebooks = edited


@cache
def _cells(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


ATTACKS: dict[str, Callable[[Case], None]] = {}


def attack(function: Callable[[Case], None]) -> Callable[[Case], None]:
    """Register a change under the function's name."""
    ATTACKS[function.__name__] = function
    return function


def many(**changes: Callable[[Case], None]) -> None:
    """Register changes that are a line each."""
    ATTACKS.update(changes)


# What became of an attack


class Told(NamedTuple):
    """What became of an attack, beside the untouched case."""

    outcome: str  # refused, finding, same, worse, accepted
    rules: list[str]  # of the new findings
    moved_t: float  # market-based total, change on the untouched case [tCO2e]
    moved_credits: int  # credits retired beyond those needed, likewise
    said: str = ""  # the first refusal
    page_one: list[str] = []  # those of the rules that stand on page one
    told_t: float = 0.0  # tonnes that these give more than in the untouched case, the nearest
    gained_t: float = 0.0  # by which the total is smaller, or the site's own reduction larger


def told(case: Outcome, honest: Outcome) -> Told:
    """Return what is said of a changed case.

    accepted: the total is smaller, or no number, more credits count, or more of the reduction is
    the site's own, and no finding is new. A finding is new where its rule was found less often in
    the untouched case, or with fewer tonnes.
    """
    if case.refused:
        return Told("refused", [], 0.0, 0, case.refused[0])
    new, page_one, sizes = _new(case, honest)
    moved = case.market_t - honest.market_t
    more = (case.retired - case.needed) - (honest.retired - honest.needed)
    own = case.reduced_t - honest.reduced_t
    fine = math.isfinite(moved) and moved > -_LESS_T and more <= 0
    if new:
        outcome = "finding"
    elif not fine or own > _LESS_T:
        outcome = "accepted"
    else:
        outcome = "worse" if moved > _LESS_T or more < 0 else "same"
    gained = max(-moved, own) if math.isfinite(moved) else math.inf
    said_t = [sizes[rule] for rule in page_one]  # of a rule, and of each of its findings
    said_t += [each.t_co2e for each in case.findings if each.rule in page_one]
    said_t = [t for t in said_t if math.isfinite(t)]
    nearest = min(said_t, key=lambda t: abs(abs(t) - gained), default=0.0)
    return Told(outcome, sorted(new), moved, more, "", page_one, nearest, gained)


def _new(case: Outcome, honest: Outcome) -> tuple[list[str], list[str], dict[str, float]]:
    """Return the rules of new findings, those of them on page one, and their further tonnes."""
    before, before_t, case_t = honest.rules(), honest.sizes(), case.sizes()
    more_t = {rule: t - before_t.get(rule, 0.0) for rule, t in case_t.items()}
    new = [
        rule
        for rule, count in case.rules().items()
        if count > before[rule] or more_t[rule] > _LESS_T
    ]
    return new, sorted(set(new) & set(case.page_one())), more_t


def weak(told, must: str, explained: str, line_t: float) -> str:
    """Return what is wanting of how a change was told, or an empty text.

    A refusal is more than the finding that would do.
    What gains `line_t` or more must stand on page one with a size that is right within a factor of
    two, or whose difference the table of attacks explains; what gains less needs a finding that is
    more than unchecked.
    """
    if (told.outcome, must) == ("refused", "finding"):
        return ""
    if told.outcome != must:
        return f"it is {told.outcome}, and must be {must}"
    if told.outcome != "finding":
        return ""
    if told.gained_t < line_t:
        severities = {findings.rules().get(rule, ("odd",))[0] for rule in told.rules}
        return "" if severities - {"unchecked"} or told.page_one else "merely unchecked"
    if not told.page_one:
        return "not on page one"
    right = told.gained_t / 2 <= abs(told.told_t) <= told.gained_t * 2
    return "" if right or explained else f"told {told.told_t:,.0f} t of {told.gained_t:,.0f} t"


def silent(must: str, outcome: str) -> bool:
    """Return whether a change went through in silence, though it must be refused or told."""
    return outcome == "accepted" or (
        must in ("refused", "finding") and outcome in ("same", "worse")
    )


def tried(ids: list[str] | None = None) -> pd.DataFrame:
    """Return the table of attacks with outcome, rules, moved_t, moved_credits, said and silent."""
    table = sheets.cells(TABLE).set_index("id")
    table = table.loc[ids] if ids else table
    results = []
    with tempfile.TemporaryDirectory() as scratch:
        honest = evaluate(Case(Path(scratch) / "honest").yaml)
        for id in table.index:
            case = Case(Path(scratch) / id)
            ATTACKS[id](case)
            results.append(told(evaluate(case.yaml, case.notebooks), honest))
            shutil.rmtree(case.folder)
    table = table.join(pd.DataFrame(results, table.index))
    line_t = _MATERIAL * honest.market_t
    wanting = [weak(row, row.must, row.explained, line_t) for row in table.itertuples()]
    table = table.assign(wanting=wanting)
    quiet = [silent(*pair) for pair in zip(table["must"], table["outcome"], strict=True)]
    return table.assign(silent=quiet)


# Activities


def _bills(case: Case, source: str, year: str = "2025") -> tuple[pd.DataFrame, pd.Series]:
    rows = case.read("activities")
    return rows, (rows["source"] == source) & rows["month"].str.startswith(year)


def _changed(of: str, year: str = "2025", /, times: float | None = None, **cells: str):
    """Return an attack on the bills of a source: amounts times a number, or other cells."""

    def change(case: Case) -> None:
        rows, at = _bills(case, of, year)
        if times is not None:
            amounts = rows.loc[at, "amount"].astype(float) * times
            rows.loc[at, "amount"] = amounts.round(6).astype(str)
        for column, cell in cells.items():
            rows.loc[at, column] = cell
        case.write("activities", rows)

    return change


def _dropped(source: str, year: str = "2025", but: str = "") -> Callable[[Case], None]:
    def change(case: Case) -> None:
        rows, at = _bills(case, source, year)
        kept = rows[~at | (rows["month"].eq(but) if but else False)]
        case.write("activities", kept)
        _unlabelled(case, set(rows["evidence"]) - set(kept["evidence"]))

    return change


def _unlabelled(case: Case, gone: set[str]) -> None:
    """Remove the labels of what the case has no more: a careful accountant leaves none behind."""
    labels = case.read("labels")
    case.write("labels", labels[~labels["id"].isin(gone)])


def _redated(source: str, old: str, new: str) -> Callable[[Case], None]:
    def change(case: Case) -> None:
        rows, at = _bills(case, source, old)
        rows.loc[at, "month"] = rows.loc[at, "month"].str.replace(old, new)
        case.write("activities", rows)

    return change


def _own(id: str, value: float, unit: str, **more: str) -> dict[str, str]:
    row = {"id": id, "quantity": "own", "value": str(value), "unit": unit, "gas": "CO2"}
    row |= {"gas_coverage": "CO2", "status": "CONFIRMED", "source": "letter of the supplier"}
    row |= {"publisher": "supplier", "notice": "letter", "basis": "supplier_rate"}
    return row | {"region_level": "province", "region": "Beijing", "data_year": "2023"} | more


def _add(case: Case, table: str, *rows: dict[str, str]) -> None:
    case.write(table, pd.concat([case.read(table), pd.DataFrame(rows)]).fillna(""))


def _own_for(source: str, id: str, value: float, unit: str, year: str = "2025", **more: str):
    """Return an attack that gives the bills of a source a factor of the case's own."""

    def change(case: Case) -> None:
        _add(case, "factors", _own(id, value, unit, **more))
        _changed(source, year, factor_id=id)(case)

    return change


many(
    heat_in_mj=_changed("district_heat", unit="MJ", times=1.0),
    gas_by_thousand=_changed("natural_gas", times=0.001),
    gas_in_litres=_changed("natural_gas", unit="L"),
    heat_dropped=_dropped("district_heat"),
    gas_dropped_whole=_dropped("natural_gas", ""),
    heat_dated_2024=_redated("district_heat", "2025", "2024"),
    heat_december_next_year=_redated("district_heat", "2025-12", "2026-12"),
    heat_zero=_changed("district_heat", times=0.0),
    heat_scope_3_memo=_changed("district_heat", "", scope="3", line="memo"),
    heat_by_ten=_changed("district_heat", times=0.1),
    heat_halved=_changed("district_heat", times=0.5),
    gas_memo_scope_3=_changed("natural_gas", "", scope="3", line="memo"),
    diesel_in_g=_changed("diesel", times=0.001),
    petrol_dropped=_dropped("petrol"),
    heat_one_month_left=_dropped("district_heat", but="2025-01"),
    heat_base_year_tenfold=_changed("district_heat", "2023", times=10.0),
    gas_base_year_tenfold=_changed("natural_gas", "2023", times=10.0),
    refrigerant_dropped=_dropped("refrigerant"),
    refrigerant_as_r32=_changed("refrigerant", factor_id="R-32"),
    refrigerant_as_co2=_changed("refrigerant", factor_id="CO2"),
    refrigerant_as_r22=_changed("refrigerant", factor_id="R-22"),
    refrigerant_in_grams=_changed("refrigerant", unit="g"),
    gas_as_biogenic=_changed("natural_gas", line="biogenic"),
    heat_renamed=_changed("district_heat", "2025", source="heat_pump_water", times=0.1),
    gas_as_diesel=_changed("natural_gas", factor_id="fuel_diesel", unit="kg", times=0.1),
    heat_own_id=_own_for("district_heat", "heat_of_ours", 0.0001, "tCO2/GJ", ""),
    heat_own_half=_own_for("district_heat", "heat_of_ours", 0.055, "tCO2/GJ", ""),
    gas_own_small=_own_for("natural_gas", "gas_of_ours", 0.0001, "kgCO2/m3", ""),
    heat_own_over_published=_own_for("district_heat", "heat_default", 0.001, "tCO2/GJ", ""),
    heat_own_reporting_only=_own_for("district_heat", "heat_new", 0.01, "tCO2/GJ"),
    heat_own_per_mj=_own_for("district_heat", "heat_mj", 0.00011, "kgCO2/MJ", ""),
)


@attack
def heat_as_biogenic(case: Case) -> None:
    _add(case, "factors", _own("biogenic_heat", 0.11, "tCO2/GJ"))
    _changed("district_heat", "", line="biogenic", factor_id="biogenic_heat")(case)


@attack
def heat_negative_credit_note(case: Case) -> None:
    row = {"month": "2025-12", "source": "district_heat", "scope": "2", "line": "inventory"}
    row |= {"amount": "-3000", "unit": "GJ", "factor_id": "heat_default", "evidence": "note"}
    _add(case, "activities", row)


@attack
def activities_absent(case: Case) -> None:
    (case.folder / "activities.csv").unlink()
    _unlabelled(case, set(case.read("activities")["evidence"]))


# Grid factors and parameters


def _grid(value: float, id: str = "grid_of_ours", base: bool = False, **more: str):
    """Return an attack that gives the grid a factor of the case's own."""

    def change(case: Case) -> None:
        _add(case, "factors", _own(id, value, "kgCO2/kWh", **more))
        case.set(grid_factor_id=id, **({"base_grid_factor_id": id} if base else {}))

    return change


def _given(**parameters) -> Callable[[Case], None]:
    return lambda case: case.set(**parameters)


@attack
def uncovered_own_zero(case: Case) -> None:
    _add(case, "factors", _own("residual_zero", 0.0, "kgCO2/kWh", basis="residual_mix"))
    case.set(uncovered_factor_id="residual_zero", base_uncovered_factor_id="residual_zero")


@attack
def base_grid_own_high(case: Case) -> None:
    _add(case, "factors", _own("base_grid", 1.2, "kgCO2/kWh"))
    case.set(base_grid_factor_id="base_grid")


_AVERAGE = {"basis": "location_average"}
many(
    grid_own_nowhere=_grid(0.01, region="", basis=""),
    grid_own_no_basis=_grid(0.01, basis=""),
    grid_own_district=_grid(0.01, region="Beijing CBD", **_AVERAGE),
    grid_own_supplier=_grid(0.01),
    grid_own_poland=_grid(0.0005554, region="Poland", region_level="national", **_AVERAGE),
    grid_own_old_year=_grid(0.01, data_year="2019", **_AVERAGE),
    grid_own_future=_grid(0.4, data_year="2030", **_AVERAGE),
    grid_yunnan=_given(province="Yunnan"),
    grid_yunnan_by_id=_given(grid_factor_id="grid_cn_yunnan_2023"),
    grid_old_by_id=_given(grid_factor_id="grid_cn_beijing_2022"),
    grid_national=_given(grid_rule="national"),
    grid_own_both_years=_grid(0.2, base=True),
    grid_own_zero=_grid(0.0),
    grid_own_in_mwh=_grid(0.0005554, **_AVERAGE),
    grid_own_tonnes=_grid(0.0005554, data_year="", **_AVERAGE),
    grid_data_year_1990=_given(grid_data_year=1990),
    base_year_is_reporting=_given(base_year=2025),
    base_year_2024=_given(base_year=2024),
    gwp_ar4=_given(gwp_edition="AR4"),
    vintage_months_60=_given(vintage_months=60),
    beneficiary_blank=_given(beneficiary=""),
    beneficiary_other=_given(beneficiary="Somebody"),
    uncovered_low=_given(
        uncovered_factor_id="grid_cn_yunnan_2023", base_uncovered_factor_id="grid_cn_beijing_2021"
    ),
    uncovered_half=_given(uncovered_factor_id="grid_cn_yunnan_2023"),
    scheme_unknown=_given(scheme="our own"),
    floor_area_huge=_given(floor_area_m2=9_000_000.0),
)


# Certificates


def _certificates(*rows: int, change: Callable[[pd.DataFrame], pd.DataFrame], profile=True):
    """Return an attack that adds copies of some certificates, changed."""

    def attack(case: Case) -> None:
        held = case.read("certificates")
        copies = change(held.iloc[list(rows)].copy())
        copies["block_id"] = "copy-" + copies["block_id"]
        both = pd.concat([held, copies])
        case.write("certificates", both if profile else both.assign(profile=""))

    return attack


def _serials(change: Callable[[str], str], **cells: str):
    """Return copies of certificates whose serials are spelt otherwise."""

    def spelt(rows: pd.DataFrame) -> pd.DataFrame:
        for column in ("serial_from", "serial_to"):
            rows[column] = rows[column].map(change)
        return rows.assign(**cells)

    return spelt


def _prefixed(prefix: str, copy: str | Callable[[str], str]):
    """Return an attack on a ledger without profiles: every serial has a prefix, three copies
    another spelling of it.
    """

    def attack(case: Case) -> None:
        held = case.read("certificates").assign(profile="")
        copies = held.iloc[[0, 1, 2]].copy()
        spelt = copy if callable(copy) else lambda number: f"{copy}{number}"
        for column in ("serial_from", "serial_to"):
            held[column] = held[column].map(lambda number: number and prefix + number)
            copies[column] = copies[column].map(spelt)
        copies["block_id"] = "copy-" + copies["block_id"]
        case.write("certificates", pd.concat([held, copies]))

    return attack


_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_THREE = (0, 1, 2)
many(
    cert_leading_zeros=_certificates(*_THREE, change=_serials(lambda n: "00" + n)),
    cert_fullwidth=_certificates(*_THREE, change=_serials(lambda n: n.translate(_WIDE))),
    cert_dashed=_certificates(*_THREE, change=_serials(lambda n: f"{n[:3]}-{n[3:]}")),
    cert_gec_or_not=_prefixed("GEC-", lambda n: f"GEC{n}"),
    cert_zero_width=_prefixed("GEC-", lambda n: f"GEC\u200b-{n}"),
    cert_chinese_prefix=_prefixed("GEC-", lambda n: f"绿证{n}"),
    cert_other_instrument=_certificates(*_THREE, change=lambda r: r.assign(instrument="I-REC")),
    cert_as_gec=_certificates(*_THREE, change=lambda r: r.assign(instrument="GEC")),
    nogen_untouched=lambda case: case.write(
        "certificates", case.read("certificates").assign(profile="")
    ),
    nogen_no=_prefixed("GEC-", "No.GEC-"),
    nogen_chinese=_prefixed("GEC-", "绿证"),
    nogen_geco=_prefixed("GEC-", "GECO-"),
    nogen_case=_prefixed("GEC ", "gec"),
    nogen_fullwidth=_prefixed("GEC-", "ＧＥＣ-"),
    nogen_o_for_zero=_prefixed("GEC-", lambda n: "GEC-" + n.replace("0", "O")),
    nogen_cyrillic=_prefixed("GEC-", "GЕС-"),
    nogen_greek=_prefixed("GEC-", "GΕC-"),
    nogen_number_sign=_prefixed("GEC-", "No. GEC-"),
    nogen_numero=_prefixed("GEC-", "№GEC-"),
    nogen_dots=_prefixed("GEC-", "G.E.C."),
    nogen_l_for_one=_prefixed("GEC-", lambda n: "GEC-" + n.replace("1", "l")),
    nogen_other_prefix=_prefixed("GEC-", "CN-GEC-"),
    nogen_suffix=_prefixed("GEC-", lambda n: f"GEC-{n}A"),
    nogen_underscore=_prefixed("GEC-", "GEC__"),
    cert_other_year=_certificates(*_THREE, change=lambda r: r.assign(claimed_year="2024")),
    cert_solar_at_night=lambda case: _quantities(case, 5.0),
    cert_next_year=_certificates(
        0, change=_serials(lambda n: "8" + n[1:], month="2026-01", retired_on="2026-02-12")
    ),
    cert_five_years_old=_certificates(
        0, change=_serials(lambda n: "8" + n[1:], month="2020-01", retired_on="2025-02-12")
    ),
    cert_provisional_settled=lambda case: case.write(
        "certificates", case.read("certificates").replace({"settlement": {"provisional": "final"}})
    ),
    cert_nuclear=lambda case: _cells_set(case, "certificates", technology="nuclear"),
    cert_own_beneficiary_holding=lambda case: _cells_set(
        case, "certificates", beneficiary="ILLUSTRATIVE Holdings"
    ),
)


def _cells_set(case: Case, table: str, **cells: str) -> None:
    case.write(table, case.read(table).assign(**cells))


def _quantities(case: Case, times: float) -> None:
    """More certificates than the plants can have generated, in ranges of their own."""
    rows = case.read("certificates").assign(profile="")
    begin = 700_000_000_000
    for row in rows.index:
        quantity = int(float(rows.at[row, "quantity"]) * times)
        cells = [str(begin), str(begin + quantity - 1), str(quantity)]
        rows.loc[row, ["serial_from", "serial_to", "quantity"]] = cells
        begin += quantity
    case.write("certificates", rows)


@attack
def cert_plant_of_a_thousand_hours(case: Case) -> None:
    row = dict(case.read("certificates").iloc[0]) | {
        "block_id": "big",
        "serial_from": "800000000001",
        "serial_to": "800000500000",
        "quantity": "500000",
        "profile": "",
    }
    _add(case, "certificates", row)


# Credits


def _credits(**changes) -> Callable[[Case], None]:
    """Return an attack that adds the first block of credits again, changed."""

    def attack(case: Case) -> None:
        row = dict(case.read("credits").iloc[0])
        cells = {
            name: cell(row[name]) if callable(cell) else cell for name, cell in changes.items()
        }
        _add(case, "credits", row | cells)

    return attack


def _opaque(*serials: str, quantity: int = 500, **cells: str) -> Callable[[Case], None]:
    """Return an attack that adds credits of a programme whose serials cannot be read."""

    def attack(case: Case) -> None:
        row = dict(case.read("credits").iloc[0]) | {"programme": "CCER"}
        rows = [row | {"serial": serial, "quantity": str(quantity)} | cells for serial in serials]
        _add(case, "credits", *rows)

    return attack


many(
    credit_again=_credits(),
    credit_en_dash=_credits(serial=lambda s: s.replace("-", "–")),
    credit_en_dash_ccer=_credits(serial=lambda s: s.replace("-", "–"), programme="CCER"),
    credit_spaces_cdm=_credits(serial=lambda s: s.replace("-", " "), programme="CDM"),
    credit_without_vcs=_credits(serial=lambda s: s.replace("VCS-", "", 1)),
    credit_other_batch=_credits(serial=lambda s: "99009" + s[5:]),
    credit_lower_case=_credits(serial=str.lower),
    credit_slashes_gs=_credits(serial=lambda s: s.replace("-", "/"), programme="ACR"),
    credit_fullwidth=_credits(serial=lambda s: s.translate(_WIDE), programme="CCER"),
    credit_programme_spelt=_credits(serial=lambda s: s.replace("-", "."), programme="V C S"),
    opaque_case=_opaque("CCER-2024-A1", "ccer-2024-a1"),
    opaque_spaces=_opaque("CCER-2024-A1", "CCER 2024 A1"),
    opaque_ranges=_opaque("CCER-1-500", "CCER-400-900", quantity=501),
    opaque_huge=_opaque("CCER-2024-A1", quantity=1_000_000_000),
    opaque_1900=_opaque(
        "CCER-2024-A1", vintage_start="1900-01-01", vintage_end="1900-12-31", quantity=5000
    ),
    opaque_programme_xyz=_opaque("X-1", programme="XYZ", quantity=5000),
    opaque_programme_blank=_opaque("X-1", programme="", quantity=5000),
    opaque_retired_2099=_opaque("CCER-2024-A1", retired_on="2099-01-01"),
    opaque_unretired=_opaque("CCER-2024-A1", retired_on=""),
    opaque_not_ours=_opaque("CCER-2024-A1", beneficiary="Another Ltd"),
    opaque_all=lambda case: _cells_set(case, "credits", programme="CCER", serial="CCER-1"),
    credit_quantity_more=lambda case: _first(case, "credits", quantity="4970"),
    credit_remark_row=lambda case: _first(case, "credits", serial="#99001"),
)


def _first(case: Case, table: str, **cells: str) -> None:
    rows = case.read(table)
    for column, cell in cells.items():
        rows.loc[0, column] = cell
    case.write(table, rows)


# Readings


def _readings(change: Callable[[pd.DataFrame, pd.Series], None], year: str = "2025"):
    """Return an attack on the hours of a year: numbers by meter, and which hours."""

    def attack(case: Case) -> None:
        text = case.read("energy")
        frame = text.assign(**{name: pd.to_numeric(text[name]) for name in text.columns[1:]})
        change(frame, frame["time"].str.startswith(year))
        case.write("energy", frame)

    return attack


def _main_times(times: float, hours: Callable[[pd.DataFrame], pd.Series] | None = None):
    def change(frame: pd.DataFrame, at: pd.Series) -> None:
        at = at & hours(frame) if hours else at
        frame.loc[at, "main_kwh"] *= times

    return change


def _all_times(times: float):
    def change(frame: pd.DataFrame, at: pd.Series) -> None:
        frame.loc[at, frame.columns[1:]] *= times

    return change


def _month(month: str):
    return lambda frame: frame["time"].str.slice(5, 7) == month


def _nights(frame: pd.DataFrame) -> pd.Series:
    hour = frame["time"].str.slice(11, 13).astype(int)
    return (hour >= 22) | (hour < 6)


def _constant(frame: pd.DataFrame, at: pd.Series) -> None:
    frame.loc[at, "main_kwh"] = 300.0


def _copied(frame: pd.DataFrame, at: pd.Series) -> None:
    then = frame[frame["time"].str.startswith("2023")]
    frame.loc[at, frame.columns[1:]] = then[frame.columns[1:]].to_numpy()


def _blank_december(frame: pd.DataFrame, at: pd.Series) -> None:
    frame.loc[at & _month("12")(frame), frame.columns[1:]] = float("nan")


def _blank_largest(frame: pd.DataFrame, at: pd.Series) -> None:
    largest = frame.loc[at, "main_kwh"].nlargest(int(0.019 * at.sum())).index
    frame.loc[largest, "main_kwh"] = float("nan")


def _spikes(*hours: int):
    def change(frame: pd.DataFrame, at: pd.Series) -> None:
        frame.loc[at[at].index[list(hours)], "main_kwh"] = 1e308

    return change


def _register(frame: pd.DataFrame, at: pd.Series) -> None:
    frame.loc[at, "main_kwh"] = frame.loc[at, "main_kwh"].cumsum()


def _swapped(frame: pd.DataFrame, at: pd.Series) -> None:
    frame.loc[at, ["main_kwh", "cooling_kwh"]] = frame.loc[
        at, ["cooling_kwh", "main_kwh"]
    ].to_numpy()


def _capped(frame: pd.DataFrame, at: pd.Series) -> None:
    frame.loc[at, "main_kwh"] = frame.loc[at, "main_kwh"].clip(upper=500.0)


def _weekends(frame: pd.DataFrame) -> pd.Series:
    return pd.to_datetime(frame["time"].str.slice(stop=10)).dt.day_of_week >= 5


def _ends_early(case: Case) -> None:
    rows = case.read("energy")
    case.write("energy", rows[rows["time"] < "2025-12-28"])


def _retimed(change: Callable[[pd.Series], pd.Series]) -> Callable[[Case], None]:
    return lambda case: case.write(
        "energy", case.read("energy").assign(time=lambda rows: change(rows["time"]))
    )


def _kelvin(case: Case) -> None:
    rows = case.read("weather")
    warm = pd.to_numeric(rows["outdoor_c"]) + 15.0
    case.write("weather", rows.assign(outdoor_c=warm.where(rows["time"] < "2024", rows.outdoor_c)))


many(
    main_in_mwh=_readings(_main_times(0.001)),
    all_in_mwh=_readings(_all_times(0.001)),
    december_zero=_readings(_main_times(0.0, _month("12"))),
    nights_zero=_readings(_main_times(0.0, _nights)),
    main_halved=_readings(_main_times(0.5)),
    main_constant=_readings(_constant),
    copy_of_2023=_readings(_copied),
    december_missing=lambda case: (
        _readings(_blank_december)(case),
        case.set(max_gap_share=0.2),
    ),
    largest_blanked=_readings(_blank_largest),
    one_hour_1e308=_readings(_spikes(100)),
    two_hours_1e308=_readings(_spikes(100, 200)),
    zone_london=_given(timezone="Europe/London"),
    zone_kolkata=_given(timezone="Asia/Kolkata"),
    naive_times=_retimed(lambda time: time.str.slice(stop=16)),
    local_as_utc=_retimed(lambda time: time.str.slice(stop=16) + "Z"),
    register_2025=_readings(_register),
    main_and_cooling_swapped=_readings(_swapped),
    all_halved=_readings(_all_times(0.5)),
    all_less_30=_readings(_all_times(0.7)),
    weekends_zero=_readings(_main_times(0.0, _weekends)),
    capped_500=_readings(_capped),
    july_halved=_readings(_main_times(0.5, _month("07"))),
    meter_ends_early=_ends_early,
    base_year_doubled=_readings(_all_times(2.0), "2023"),
    base_year_doubled_main=_readings(_main_times(2.0), "2023"),
    base_weather_warmer=_kelvin,
)


# Names, files, notebooks


def _labelled(id: str, zh: str, en: str) -> Callable[[Case], None]:
    return lambda case: _add(case, "labels", {"id": id, "zh": zh, "en": en})


def _line(text: str, file: str = "activities.csv", after: int = 1) -> Callable[[Case], None]:
    """Return an attack that puts a line of text into a file."""

    def attack(case: Case) -> None:
        path = case.folder / file
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join([*lines[:after], text, *lines[after:]]) + "\n", encoding="utf-8")

    return attack


def _arithmetic(case: Case) -> None:
    rows = case.read("announced")
    rows.loc[0, "arithmetic_en"] = "confirmed by KPMG: {avoided_green_t}"
    case.write("announced", rows)


def _remarked(case: Case) -> None:
    """All heat of 2025 behind a leading #."""
    path = case.folder / "activities.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    hidden = [
        f"#{each}" if each.startswith("2025") and "district_heat" in each else each
        for each in lines
    ]
    path.write_text("\n".join(hidden) + "\n", encoding="utf-8")


def _swallowed(case: Case) -> None:
    """A quote opened in one row and closed six rows later."""
    path = case.folder / "activities.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    first = next(i for i, each in enumerate(lines) if each.startswith("2025-01,district_heat"))
    lines[first] = lines[first].rpartition(",")[0] + ',"log'
    lines[first + 6] += '"'
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _twice_headed(case: Case) -> None:
    """A second column `amount` of small numbers, ahead of the first."""
    path = case.folder / "activities.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text(
        "\n".join([f"amount,{lines[0]}", *(f"1,{each}" for each in lines[1:])]) + "\n",
        encoding="utf-8",
    )


def _renamed(old: str, new: str) -> Callable[[Case], None]:
    return lambda case: (case.folder / old).rename(case.folder / new)


def _sheet(case: Case) -> None:
    """The heat bills on a second sheet, which nobody reads."""
    rows, at = _bills(case, "district_heat")
    (case.folder / "activities.csv").unlink()
    _unlabelled(case, set(case.read("activities")["evidence"]))
    with pd.ExcelWriter(case.folder / "activities.xlsx") as book:
        rows[~at].to_excel(book, sheet_name="activities", index=False)
        rows[at].to_excel(book, sheet_name="heat", index=False)


def _edited(number: str, old: str, new: str) -> Callable[[Case], None]:
    return lambda case: case.edit(number, old, new)


many(
    label_fails_holds=_labelled("fails", "成立", "Holds"),
    label_assumed_confirmed=_labelled("ASSUMED", "已证实", "Confirmed"),
    label_unit=_labelled("tCO2e", "千克", "kg"),
    label_rule=_labelled("double_count", "无", "nothing"),
    label_severity=_labelled("odd", "正常", "fine"),
    label_emoji=_labelled("district_heat", "热力😀", "Heat 😀"),
    label_mathematics=_labelled("district_heat", "热力$x$", "Heat $\\frac{1}{2}$"),
    label_blank=_labelled("district_heat", " ", " "),
    label_control=_labelled("district_heat", "热\x07力", "Heat\x07"),
    announced_prose=_arithmetic,
    heat_as_remarks=_remarked,
    quote_swallows_rows=_swallowed,
    amount_column_twice=_twice_headed,
    near_miss_name=_renamed("activities.csv", "activity_data.csv"),
    other_ending_ods=_renamed("activities.csv", "activities.ods"),
    other_ending_bak=_renamed("activities.csv", "activities.csv.bak"),
    second_sheet=_sheet,
    unknown_column=lambda case: _cells_set(case, "activities", amount_corrected="5"),
    notebook_residual_halved=_edited(
        "03", 'residual_t = sources["t_co2e"].sum()', 'residual_t = sources["t_co2e"].sum() / 2'
    ),
    notebook_factor_halved=_edited(
        "02",
        'factor, uncovered_factor = grid.kg_per_kwh[["location", "uncovered"]]',
        'factor, uncovered_factor = grid.kg_per_kwh[["location", "uncovered"]] / 2',
    ),
)


# Further ways: small changes, edits of what evidence is compared with, and of the checks' limits


def _together(*changes: Callable[[Case], None]) -> Callable[[Case], None]:
    def attack(case: Case) -> None:
        for change in changes:
            change(case)

    return attack


def _less(kwh: float):
    def change(frame: pd.DataFrame, at: pd.Series) -> None:
        frame.loc[at, "main_kwh"] = (frame.loc[at, "main_kwh"] - kwh).clip(lower=0.0)

    return change


def _floored(frame: pd.DataFrame, at: pd.Series) -> None:
    frame.loc[at, "main_kwh"] = frame.loc[at, "main_kwh"] // 100 * 100


def _fading(frame: pd.DataFrame, at: pd.Series) -> None:
    month = frame.loc[at, "time"].str.slice(5, 7).astype(int)
    frame.loc[at, "main_kwh"] *= 1 - 0.015 * month


def _december_of_november(frame: pd.DataFrame, at: pd.Series) -> None:
    november, december = (at & _month(month)(frame) for month in ("11", "12"))
    days = int(november.sum())
    names = frame.columns[1:]
    rows = december[december].index[:days]
    frame.loc[rows, names] = frame.loc[november, names].to_numpy() * 0.8


def _noon(frame: pd.DataFrame) -> pd.Series:
    return frame["time"].str.slice(11, 13).isin(["11", "12", "13"])


def _negative(frame: pd.DataFrame, at: pd.Series) -> None:
    frame.loc[at[at].index[500], "main_kwh"] = -400_000.0


def _quarter(*months: str):
    return lambda frame: frame["time"].str.slice(5, 7).isin(months)


def _hours_twice(case: Case) -> None:
    rows = case.read("energy")
    january = rows[rows["time"].str.startswith("2025-01")]
    case.write("energy", pd.concat([rows, january.assign(main_kwh="0")]))


def _weather(change: Callable[[pd.Series], pd.Series], year: str = "2025", months: str = ""):
    """Return an attack on the temperatures of a year, or of some of its months."""

    def attack(case: Case) -> None:
        rows = case.read("weather")
        at = rows["time"].str.startswith(year)
        if months:
            at &= rows["time"].str.slice(5, 7).isin(months.split())
        outdoor = pd.to_numeric(rows["outdoor_c"])
        rows.loc[at, "outdoor_c"] = change(outdoor[at]).round(1).astype(str)
        case.write("weather", rows)

    return attack


_WINTER = "01 02 03 11 12"


def _weather_dropped(case: Case) -> None:
    rows = case.read("weather")
    case.write("weather", rows[~rows["time"].str.startswith(("2025-01", "2025-02"))])


def _calendar(year: str):
    """Return an attack that makes every day of a year a holiday."""

    def attack(case: Case) -> None:
        days = pd.date_range(f"{year}-01-01", f"{year}-12-31").strftime("%Y-%m-%d")
        rows = case.read("calendar")
        rows = rows[~rows["date"].str.startswith(year)]
        off = pd.DataFrame({"date": days, "workday": "false", "name": "Holiday"})
        case.write("calendar", pd.concat([rows, off]).fillna(""))

    return attack


def _generation(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Case], None]:
    def attack(case: Case) -> None:
        path = case.folder / "generation.csv.gz"
        change(pd.read_csv(path)).to_csv(path, index=False)

    return attack


def _times_ten(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(**{name: frame[name] * 10 for name in frame.columns[1:]})


def _made_up(mwh: int = 700, **cells: str) -> Callable[[Case], None]:
    """Return an attack that adds a block of certificates with numbers of its own."""

    def attack(case: Case) -> None:
        row = dict(case.read("certificates").iloc[0])
        row |= {"block_id": "new", "quantity": str(mwh), "profile": ""}
        row |= {"serial_from": "800000000001", "serial_to": str(800_000_000_000 + mwh)}
        _add(case, "certificates", row | cells)

    return attack


def _first_credit(**cells: str) -> Callable[[Case], None]:
    return lambda case: _first(case, "credits", **cells)


def _labelled(id: str, zh: str, en: str) -> Callable[[Case], None]:
    return lambda case: _add(case, "labels", {"id": id, "zh": zh, "en": en})


def _plan(*targets: tuple[int, float]) -> Callable[[Case], None]:
    def attack(case: Case) -> None:
        made = {"what_zh": "改造", "what_en": "refit", "status": "planned"}
        rows = [{"year": year, "target_t": t} | made for year, t in targets]
        case.write("plan", pd.DataFrame(rows))

    return attack


_BURNED = ("natural_gas", "petrol", "diesel", "refrigerant")
_SMALL = {"heat": 0.96, "rest": 0.75, "main": 0.99}
_small = _together(
    *(_changed(source, times=_SMALL["rest"]) for source in _BURNED),
    _changed("district_heat", times=_SMALL["heat"]),
    _readings(_main_times(_SMALL["main"])),
)
many(
    all_less_5=_readings(_all_times(0.95)),
    main_less_5=_readings(_main_times(0.95)),
    main_less_20_kwh=_readings(_less(20.0)),
    main_floored=_readings(_floored),
    main_fading=_readings(_fading),
    noon_halved=_readings(_main_times(0.5, _noon)),
    summer_less=_readings(_main_times(0.8, _quarter("06", "07", "08"))),
    december_of_november=_readings(_december_of_november),
    one_hour_negative=_readings(_negative),
    hours_twice=_hours_twice,
    base_year_more_10=_readings(_all_times(1.1), "2023"),
    heat_hidden_by_weather=_together(
        _changed("district_heat", times=0.6), _weather(lambda c: c + 5.0, months=_WINTER)
    ),
    weather_constant=_weather(lambda c: c * 0 + 15.0),
    weather_fahrenheit=_weather(lambda c: c * 1.8 + 32),
    weather_cooler_base=_weather(lambda c: c - 5.0, "2023"),
    weather_dropped=_weather_dropped,
    calendar_all_off=_calendar("2025"),
    calendar_base_all_off=_calendar("2023"),
    generation_tenfold=_together(
        _generation(_times_ten),
        _made_up(profile="wind_inner_mongolia", month="2025-03", retired_on="2025-04-12"),
    ),
    generation_renamed=_generation(lambda f: f.rename(columns={"wind_gansu_kwh": "gansu_kwh"})),
    generation_of_zeros=_generation(lambda f: f.assign(wind_gansu_kwh=0)),
    cert_made_up=_made_up(),
    cert_made_up_capacity=_made_up(capacity_mw="50"),
    cert_capacity_too_small=_made_up(capacity_mw="0.5"),
    cert_of_last_year=_made_up(month="2024-12"),
    cert_month_13=_made_up(month="2025-13"),
    cert_reversed=_made_up(serial_from="800000000700", serial_to="800000000001"),
    cert_quantity_more=_made_up(quantity="7000"),
    cert_claimed_half_elsewhere=_certificates(
        0, change=lambda r: r.assign(claimed_year="2026", serial_from="900000100", quantity="112")
    ),
    cert_claimed_2026_moved=lambda case: _first(case, "certificates", claimed_year="2026"),
    cert_storage=_made_up(technology="storage"),
    credit_as_ccer_numbers=_opaque("CCER 100000001-100000497", quantity=497),
    credit_half_again=_credits(
        serial=lambda s: s.replace("100000001-100000497", "100000200-100000497"), quantity="298"
    ),
    credit_claimed_before=_credits(claimed_year="2024"),
    credit_before_vintage=_first_credit(retired_on="2021-06-30"),
    credit_cancelled=_first_credit(status="cancelled"),
    credit_vintage_later=_first_credit(vintage_start="2026-01-01", vintage_end="2026-12-31"),
    heat_in_kwh=_changed("district_heat", unit="kWh"),
    heat_mj_both_years=_changed("district_heat", "", unit="MJ"),
    heat_mj_no_area=_together(
        _changed("district_heat", "", unit="MJ"), _given(floor_area_m2=0.0, occupants=0.0)
    ),
    gas_litres_both_years=_changed("natural_gas", "", unit="L"),
    gas_by_thousand_both_years=_changed("natural_gas", "", times=0.001),
    refrigerant_grams_both_years=_changed("refrigerant", "", unit="g"),
    heat_zero_both_years=_changed("district_heat", "", times=0.0),
    heat_zero_both_reasoned=_changed("district_heat", "", times=0.0, reason="none bought"),
    heat_zero_reasoned=_changed("district_heat", times=0.0, reason="boiler off"),
    heat_halved_reasoned=_changed("district_heat", times=0.5, reason="-"),
    heat_base_up=_changed("district_heat", "2023", times=1.6),
    heat_tenth_less=_changed("district_heat", times=0.9),
    small_everywhere=_small,
    small_base_up=_together(
        *(_changed(source, "2023", times=1.1) for source in (*_BURNED, "district_heat"))
    ),
    gas_half_catering=lambda case: _half_memo(case, "natural_gas"),
    refrigerant_own_gwp=lambda case: _add(
        case, "factors", _own("R-410A", 100.0, "kgCO2e/kg", gas="CO2e", gwp_edition="AR5")
    ),
    petrol_own_half=_own_for("petrol", "petrol_of_ours", 1.5, "tCO2/t", ""),
    factor_recalled=_own_for("district_heat", "ours", 0.1, "tCO2/GJ", "", status="RECALLED"),
    factor_negative=_own_for("district_heat", "heat_ours", -0.1, "tCO2/GJ", ""),
    factor_nan=_own_for("district_heat", "heat_ours", math.nan, "tCO2/GJ", ""),
    stuck_hours_720=_together(_readings(_constant), _given(stuck_hours=720)),
    reset_days_30=_given(reset_days=30.0),
    max_gap_fifth=_given(max_gap_share=0.2),
    materiality_100=_together(
        _changed("district_heat", times=0.5), _given(materiality_percent=100.0)
    ),
    change_percent_1000=_together(
        _changed("district_heat", times=0.5), _given(amount_change_percent=1000.0)
    ),
    materiality_10=_together(
        _changed("district_heat", times=0.5), _given(materiality_percent=10.0)
    ),
    change_percent_100=_together(
        _changed("district_heat", times=0.5), _given(amount_change_percent=100.0)
    ),
    confidence_half=_given(confidence=0.5),
    uncertainties_zero=_given(
        meter_uncertainty=0.0, factor_uncertainty=0.0, activity_uncertainty=0.0
    ),
    illustrative_false=_given(illustrative=False),
    sizes_zero=_given(floor_area_m2=0.0, occupants=0.0),
    max_gap_beyond=_given(max_gap_share=0.5),
    stuck_hours_text=_given(stuck_hours="many"),
    plan_grows=_plan((2030, 5000.0), (2035, 9000.0)),
    plan_in_the_past=_plan((2020, 100.0)),
    company_unknown_metric=lambda case: _first(case, "company", metric="ghg_scope_none"),
    company_negative=lambda case: _first(case, "company", status="SURE"),
    announced_unknown_claim=lambda case: _first(case, "announced", claim_id="residual_tt"),
    announced_value_text=lambda case: _first(case, "announced", value="about 2785"),
    assets_negative=lambda case: _first(case, "assets", count="-5200"),
    label_green_gas=_labelled("natural_gas", "碳中和沼气", "carbon-neutral biogas"),
    label_heat_zero=_labelled("district_heat", "零碳热力", "zero-carbon heat"),
    measure_verified=lambda case: _first(
        case, "measures", description_en="AI, saves 900 t, verified by KPMG"
    ),
    entity_verified=_given(entity_en="China Mobile, verified by KPMG"),
    site_hundred_percent=_given(site_en="headquarters building, 100 % renewable, Beijing"),
    version_verified=_given(version="1.0, audited"),
    measures_bad_date=lambda case: _first(case, "measures", since="2024-02-31"),
)


def _half_memo(case: Case, source: str) -> None:
    """Half of a source's bills of either year as a memo line of scope 3."""
    rows, at = _bills(case, source, "")
    half = rows[at].index[::2]
    rows.loc[half, ["scope", "line"]] = ["3", "memo"]
    case.write("activities", rows)


@attack
def crooked_case(case: Case) -> None:
    """All at once: a December of zeros, heat in MJ, nothing for uncovered kWh, verdicts renamed."""
    for id in ("december_zero", "heat_in_mj", "uncovered_own_zero", "label_fails_holds"):
        ATTACKS[id](case)


# The document, and the command


def document(table: pd.DataFrame) -> str:
    """Return docs/attacks.md: what is tried, what must happen, what happens."""
    lines = [
        "# What a hostile accountant tries, and what happens",
        "",
        "Made by `python tests/attacks.py --write` from `tests/attacks.csv`, and tried again by "
        "`tests/test_attacks.py`.",
        "Each row changes one thing in the first case. *Refused* stops the report; a *finding* is "
        "printed in it, with its size in tonnes where it has one. What gains 5 % of the residual "
        "or more, by a smaller total or a larger reduction of the site's own, stands on page one; "
        "the tonnes told there are right within a factor of two, or the last column says why not.",
        "",
        f"Tried: {len(table)}. Refused: {(table.outcome == 'refused').sum()}. "
        f"Found: {(table.outcome == 'finding').sum()}. "
        f"Silently accepted: {table.silent.sum()}. "
        f"Told too weakly: {(table.wanting != '').sum()}. "
        f"Refused where a finding would do: {_stricter(table)}.",
        "",
        "| id | what is changed | must be | happens | market-based total, t | gained, t | "
        "told on page one, t | credits | said | difference |",
        "|---|---|---|---|---:|---:|---:|---:|---|---|",
    ]
    return "\n".join([*lines, *(_row(id, row) for id, row in table.iterrows())]) + "\n"


def _stricter(table: pd.DataFrame) -> int:
    """Return how many are refused although a finding would do: what it tests may go untested."""
    return (table["must"].eq("finding") & table["outcome"].eq("refused")).sum()


def _row(id: str, row: pd.Series) -> str:
    moved = "" if row.outcome == "refused" else f"{row.moved_t:+,.1f}"
    more = "" if row.outcome == "refused" else f"{row.moved_credits:+,d}"
    found = row.outcome == "finding"
    gained = f"{row.gained_t:,.1f}" if found and row.gained_t > _LESS_T else ""
    told_t = f"{row.told_t:,.1f}" if found and row.page_one else ""
    happens = "**silently accepted**" if row.silent else row.outcome
    said = ", ".join(f"`{rule}`" for rule in row.rules) or row.said
    said = said.replace("|", "\\|").replace("\n", " ")
    said = said if len(said) <= 160 else said[:157] + "..."
    cells = [id, row.change, row.must, happens, moved, gained, told_t, more, said, row.explained]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("ids", nargs="*", help="only these")
    asked.add_argument("--write", action="store_true", help="make docs/attacks.md")
    asked.add_argument("--close", action="store_true", help="mark in attacks.csv what is closed")
    given = asked.parse_args()
    table = tried(given.ids)
    for id, row in table.iterrows():
        print(
            f"{id:32} {row.must:8} {'SILENT' if row.silent else row.outcome:9}"
            f" {row.moved_t:+12.1f} t {row.moved_credits:+8d}"
            f"  {row.told_t:,.0f} of {row.gained_t:,.0f} t"
            f"  {', '.join(row.rules) or row.said[:120]}  {row.wanting and '<< ' + row.wanting}"
        )
    print(f"{len(table)} tried, {table.silent.sum()} silently accepted, ", end="")
    print(f"{(table.wanting != '').sum()} told too weakly, ", end="")
    print(f"{_stricter(table)} refused where a finding would do")
    if given.write and not given.ids:
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(document(table), encoding="utf-8", newline="\n")
    if given.close:
        held = _cells(TABLE).set_index("id")
        broken = table["silent"] | (table["wanting"] != "")
        held.loc[table.index, "closed"] = broken.map({True: "no", False: "yes"})
        held.to_csv(TABLE, lineterminator="\n")


if __name__ == "__main__":
    main()
