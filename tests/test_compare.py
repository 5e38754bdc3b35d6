"""From one report's residual to another's: each cause that was put in comes out as that part, and
the parts add up whatever changed."""

import dataclasses
import json
import shutil

import pandas as pd
import pytest
from awkward import unsaid
from hypothesis import given, settings
from hypothesis import strategies as st

from neutrality import claims, cli, sheets
from neutrality.runner import bundle
from neutrality.verifier import compare, years

MONTHS = [f"{month:02}" for month in range(1, 13)]
HEAT = ("district_heat", "heat_default", "GJ", 0.11)
PETROL = ("petrol", "fuel_petrol", "t", 2.9)
WEATHER = ["source", "unit", "model", "base_amount", "weather_amount"]


def load(**kwh):
    """The table electricity_by_month of years y2024=..., the same each month [kWh]."""
    rows = [(int(y[1:]), f"{y[1:]}-{m}", kwh[y] / 12, "bills") for y in kwh for m in MONTHS]
    return pd.DataFrame(rows, columns=["year", "month", "kwh", "how"])


def burnt(*rows):
    """The table emitted of rows (year, source, factor_id, unit, t per unit, amount)."""
    names = ["year", "source", "factor_id", "unit", "factor", "amount"]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(line="inventory", t_co2e=table["factor"] * table["amount"])


def market_t(emitted, electricity, year, matched_kwh, factor):
    """The residual as notebook 02 sums it."""
    kwh = electricity.loc[electricity["year"] == year, "kwh"].sum()
    rows = emitted[(emitted["year"] == year) & (emitted["line"] == "inventory")]
    return (kwh - matched_kwh) * factor / 1000 + rows["t_co2e"].sum()


def made(year, emitted, electricity, matched_kwh=2000.0, factor=0.5, base_year=2023, **more):
    about = {"energy_change": pd.DataFrame(columns=WEATHER)} | more
    stated_t = market_t(emitted, electricity, year, matched_kwh, factor)
    return years.Year(year, base_year, stated_t, matched_kwh, factor, emitted, electricity, **about)


def weather(base_amount, weather_amount, model="towt", source="grid_electricity", unit="kWh"):
    return pd.DataFrame([(source, unit, model, base_amount, weather_amount)], columns=WEATHER)


def parts(old, new):
    """The parts that are not zero, by part and source [t]."""
    table = years.bridge(old, new)
    return {(row.part, row.source): pytest.approx(row.t_co2e) for row in table.itertuples()}


OLD = made(2024, burnt((2024, *HEAT, 100.0)), load(y2024=12_000.0))
GRID = "grid_electricity"


def test_a_larger_load_is_activity_at_the_old_factor():
    new = made(2025, burnt((2025, *HEAT, 100.0)), load(y2025=13_000.0))
    assert parts(OLD, new) == {("activity", GRID): 0.5}


def test_a_new_grid_factor_counts_on_what_is_uncovered_now():
    new = made(2025, burnt((2025, *HEAT, 100.0)), load(y2025=12_000.0), factor=0.4)
    assert parts(OLD, new) == {("factors", GRID): -1.0}


def test_more_certificates_are_green_power_in_another_year_and_late_in_the_same():
    args = (burnt((2025, *HEAT, 100.0)), load(y2025=12_000.0), 6000.0)
    assert parts(OLD, made(2025, *args)) == {("green_power", GRID): -2.0}
    again = dataclasses.replace(OLD, matched_kwh=6000.0, market_t=OLD.market_t - 2.0)
    assert parts(OLD, again) == {("late_certificates", GRID): -2.0}


def test_certificates_that_the_next_ledger_claims_for_the_old_year_came_late():
    green = pd.Series({"2024-01": 2000.0})
    old = dataclasses.replace(OLD, green_by_year={2024: green})
    more = {2024: pd.Series({"2024-01": 2000.0, "2024-02": 1000.0}), 2025: green}
    new = made(2025, burnt((2025, *HEAT, 100.0)), load(y2025=12_000.0), 2000.0, green_by_year=more)
    assert parts(old, new) == {("late_certificates", GRID): -0.5, ("green_power", GRID): 0.5}
    without = dataclasses.replace(new, green_by_year={2025: green})
    assert parts(old, without) == {}  # the old year's ledger was not kept: nothing came late


def test_a_corrected_bill_of_the_old_year_is_no_activity():
    emitted = burnt((2024, *HEAT, 90.0), (2025, *HEAT, 95.0))
    new = made(2025, emitted, load(y2024=11_000.0, y2025=12_500.0))
    assert parts(OLD, new) == {
        ("corrections", "district_heat"): -1.1,
        ("activity", "district_heat"): 0.55,
        ("corrections", GRID): -0.5,
        ("activity", GRID): 0.75,
    }


MONTHLY = pd.Series({f"2024-{m}": 1000.0 for m in MONTHS})  # the electricity of OLD, as read


@pytest.mark.parametrize(
    ("read_kwh", "told"),
    [
        (MONTHLY, {("activity", GRID): 0.25}),
        (MONTHLY - 100.0, {("corrections", GRID): -0.6, ("activity", GRID): 0.85}),
        (MONTHLY.iloc[1:] - 100.0, {("activity", GRID): 0.25}),  # of a part nothing is said
    ],
)
def test_readings_of_the_old_year_are_corrected_where_it_is_no_base_year(read_kwh, told):
    old = dataclasses.replace(OLD, read_kwh=MONTHLY)
    later = burnt((2025, *HEAT, 100.0)), load(y2025=12_500.0)
    assert parts(old, made(2025, *later, read_kwh=read_kwh)) == told


@pytest.mark.parametrize(
    ("amounts", "told"),
    [
        ((8.0, 8.0), {("activity", "district_heat"): -1.1}),
        (
            (8.0, 7.0),
            {("corrections", "district_heat"): -0.11, ("activity", "district_heat"): -0.99},
        ),
        ((8.0,), {("activity", "district_heat"): -1.1}),
        (
            (8.0, 8.0, 2.0),  # a bill that came late
            {("corrections", "district_heat"): 0.22, ("activity", "district_heat"): -1.32},
        ),
    ],
)
def test_bills_of_the_old_year_are_corrected_where_it_is_no_base_year(amounts, told):
    def bills(*gj):
        rows = [(f"2024-{at + 1:02}", *HEAT[:3], amount) for at, amount in enumerate(gj)]
        return pd.DataFrame(rows, columns=["month", "source", "factor_id", "unit", "amount"])

    old = dataclasses.replace(OLD, recorded=bills(8.0, 8.0))
    later = burnt((2025, *HEAT, 90.0)), load(y2025=12_000.0)
    assert parts(old, made(2025, *later, recorded=bills(*amounts))) == told


def test_in_one_year_every_amount_is_a_correction():
    new = made(2024, burnt((2024, *HEAT, 90.0)), load(y2024=11_000.0))
    assert parts(OLD, new) == {("corrections", "district_heat"): -1.1, ("corrections", GRID): -0.5}


def test_a_source_that_one_year_lacks_is_boundary_and_one_at_zero_is_not():
    new = made(2025, burnt((2025, *HEAT, 100.0), (2025, *PETROL, 2.0)), load(y2025=12_000.0))
    assert parts(OLD, new) == {("boundary", "petrol"): 5.8}
    gone = made(2025, burnt((2025, *HEAT, 0.0)), load(y2025=12_000.0))
    assert parts(OLD, gone) == {("activity", "district_heat"): -11.0}


def test_a_factor_that_took_anothers_place_is_factors_in_any_unit():
    local = ("district_heat", "heat_own", "MJ", 0.0001)
    new = made(2025, burnt((2025, *local, 100_000.0)), load(y2025=12_000.0))
    assert parts(OLD, new) == {("factors", "district_heat"): -1.0}


def test_what_cannot_be_added_is_boundary():
    old = made(2024, burnt((2024, "gas", "by_m3", "m3", 0.002, 500.0)), load(y2024=12_000.0))
    new = made(2025, burnt((2025, "gas", "by_heat", "GJ", 0.06, 20.0)), load(y2025=12_000.0))
    assert parts(old, new) == {("boundary", "gas"): pytest.approx(0.2)}


@pytest.mark.parametrize(
    ("old_base", "new_base", "old_table", "new_table", "told_t"),
    [
        (2023, 2024, None, weather(12_000, 600), 0.3),
        (2023, 2023, weather(11_000, 200), weather(11_000, 600), 0.2),
        (2023, 2023, weather(11_000, 200), weather(11_000, 600, model="month"), 0.0),
        (2023, 2023, weather(11_000, 200), weather(11_500, 600), 0.0),
        (2023, 2023, None, weather(11_000, 600), 0.0),
        (2022, 2023, weather(11_000, 200), weather(11_000, 600), 0.0),
        (2023, 2024, None, weather(12_000, float("nan")), 0.0),
    ],
)
def test_weather_is_only_what_a_table_attributes(old_base, new_base, old_table, new_table, told_t):
    none = pd.DataFrame(columns=WEATHER)
    old = dataclasses.replace(
        OLD, base_year=old_base, energy_change=none if old_table is None else old_table
    )
    new = made(2025, burnt((2025, *HEAT, 100.0)), load(y2025=13_000.0), base_year=new_base)
    new = dataclasses.replace(new, energy_change=none if new_table is None else new_table)
    told = years.total(years.bridge(old, new))
    assert told["weather"] == pytest.approx(told_t)
    assert told["weather"] + told["activity"] == pytest.approx(0.5)


def test_weather_of_heat_is_valued_in_its_own_unit():
    table = weather(100.0, -20.0, source="district_heat", unit="GJ")
    new = made(2025, burnt((2025, *HEAT, 70.0)), load(y2025=12_000.0), base_year=2024)
    new = dataclasses.replace(new, energy_change=table)
    assert parts(OLD, new) == {
        ("weather", "district_heat"): -2.2,
        ("activity", "district_heat"): -1.1,
    }


def test_claims_that_are_not_those_of_the_tables_are_refused():
    new = made(2025, burnt((2025, *HEAT, 100.0)), load(y2025=12_000.0))
    with pytest.raises(ValueError, match="does not close: 1 t"):
        years.bridge(OLD, dataclasses.replace(new, market_t=new.market_t - 1.0))
    with pytest.raises(ValueError, match="does not close"):
        years.bridge(OLD, dataclasses.replace(new, electricity=load(y2023=1.0)))


KWH = st.floats(0, 1e8)
ROW = st.tuples(
    st.sampled_from(["heat", "gas", "petrol"]),
    st.sampled_from(["one", "two"]),
    st.sampled_from(["GJ", "MJ", "t", "m3", "desks"]),
    st.floats(0, 1e3),
    st.floats(0, 1e6),
)
TABLES = st.lists(ROW, max_size=6)


@settings(max_examples=40)
@given(
    rows=st.tuples(TABLES, TABLES, TABLES),
    kwh=st.tuples(KWH, KWH, KWH),
    shares=st.tuples(*[st.floats(0, 1)] * 2),
    factors=st.tuples(*[st.floats(0, 1.2)] * 2),
    one_year=st.booleans(),
    change=st.floats(-1e7, 1e7),
)
def test_the_parts_always_add_up(rows, kwh, shares, factors, one_year, change):
    later = 2024 if one_year else 2025
    tables = [burnt(*((2024, *row) for row in rows[0]))]
    again = [] if one_year else [(2024, *row) for row in rows[1]]
    tables.append(burnt(*again, *((later, *row) for row in rows[2])))
    loads = [load(y2024=kwh[0])]
    loads.append(load(y2024=kwh[2]) if one_year else load(y2024=kwh[1], y2025=kwh[2]))
    after = weather(kwh[0], change) if not one_year else pd.DataFrame(columns=WEATHER)
    matched = (shares[0] * kwh[0], shares[1] * kwh[2])
    old = made(2024, tables[0], loads[0], matched[0], factors[0])
    new = made(later, tables[1], loads[1], matched[1], factors[1], 2024, energy_change=after)
    told = years.bridge(old, new)
    largest_t = max(abs(old.market_t), abs(new.market_t), 1.0)
    assert abs(told["t_co2e"].sum() - (new.market_t - old.market_t)) <= 1e-9 * largest_t


def small(folder, year, load_kwh=13_000.0, retired=1000):
    """A bundle with the few tables that a comparison reads."""
    (folder / "tables").mkdir(parents=True)
    (folder / "inputs").mkdir()
    (folder / "claims").mkdir()
    emitted, electricity = burnt((year, *HEAT, 100.0)), load(**{f"y{year}": load_kwh})
    emitted.to_csv(folder / "tables" / "emitted.csv", index=False)
    electricity.to_csv(folder / "tables" / "electricity_by_month.csv", index=False)
    pd.DataFrame({"role": ["uncovered"], "kg_per_kwh": [0.5]}).to_csv(
        folder / "tables" / "grid_factors.csv", index=False
    )
    residual_t = market_t(emitted, electricity, year, retired, 0.5)
    stated = {"market_t": (residual_t, "tCO2e"), "matched_mwh": (retired / 1000, "MWh")}
    rows = [
        claims.Claim(id, value, unit, digits=0, year=year, status="ASSUMED", notebook="02")
        for id, (value, unit) in stated.items()
    ]
    table = pd.DataFrame([dataclasses.asdict(row) for row in rows])
    table.to_csv(folder / "claims" / "02.csv", index=False)
    (folder / "params.yaml").write_text(f"reporting_year: {year}\nbase_year: 2023\n")
    bundle.describe(folder)
    return folder


def test_two_small_bundles_are_read_and_told(tmp_path):
    old, new = small(tmp_path / "a", 2024), small(tmp_path / "b", 2025, 14_000.0, 3000)
    (new / "params.yaml").write_text("reporting_year: 2025\nbase_year: 2023\nconfidence: 0.9\n")
    told = compare.compare(old, new, tmp_path)
    assert years.total(told.bridge)["activity"] == pytest.approx(0.5)
    assert years.total(told.bridge)["green_power"] == pytest.approx(-1.0)
    assert "confidence: 0.95, then 0.9" in told.parameters
    assert told.software == []
    assert told.remarks[1:2] == ["new bundle: 1 file(s) are not as its manifest has them"]
    assert json.loads(json.dumps(compare.as_json(told), allow_nan=False))["years"] == [2024, 2025]
    assert unsaid(compare.lines(told)) == []
    text = "\n".join(compare.lines(told))
    assert "market-based residual, 2024" in text and "+0.500 t  (grid_electricity +0.500)" in text
    with pytest.raises(ValueError, match="give the older one first"):
        compare.compare(new, old, tmp_path / "again")


def test_another_release_is_named_by_its_source_where_its_version_is_the_same(tmp_path):
    old, new = small(tmp_path / "a", 2024), small(tmp_path / "b", 2025)
    manifest = json.loads((new / "manifest.json").read_text())
    manifest["source_sha256"], manifest["libraries"]["pandas"] = "0" * 64, "1.0"
    (new / "manifest.json").write_text(json.dumps(manifest))
    told = compare.compare(old, new, tmp_path).software
    assert [line.partition(":")[0] for line in told] == ["pandas", "source_sha256"]


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("tables/emitted.csv", "a,b\n1,2\n", "cannot be compared"),
        ("claims/02.csv", "id\nmarket_t\n", "column value"),
        ("params.yaml", "a: [", "this is not YAML"),
        ("manifest.json", "[]", "no readable manifest.json"),
        ("tables/grid_factors.csv", "role,kg_per_kwh\nlocation,0.5\n", "no role uncovered"),
    ],
)
def test_a_bundle_of_another_shape_is_refused_by_name(tmp_path, file, content, told):
    old, new = small(tmp_path / "a", 2024), small(tmp_path / "b", 2025)
    (new / file).write_text(content)
    with pytest.raises(ValueError, match=told):
        compare.compare(old, new, tmp_path)


@pytest.mark.slow
def test_a_changed_factor_row_and_cell_of_the_first_case_are_named_with_their_tonnes(
    first_bundle, tmp_path
):
    new = tmp_path / "corrected"
    shutil.copytree(first_bundle, new)
    path = new / "tables" / "emitted.csv"
    emitted = sheets.written(path)
    rows = (emitted["source"] == "district_heat") & (emitted["year"] == "2025")
    tonnes = emitted.loc[rows, "amount"].astype(float) * 0.1
    emitted.loc[rows, ["factor", "t_co2e"]] = pd.DataFrame(
        {"factor": "0.1", "t_co2e": tonnes.map(repr)}
    )
    emitted.to_csv(path, index=False)
    stated = sheets.written(new / "claims" / "02.csv").set_index("id")
    fall_t = 748.473 - tonnes.sum()
    market = float(stated.at["market_t", "value"]) - float(fall_t)
    stated.loc["market_t", "value"] = repr(market)
    stated.to_csv(new / "claims" / "02.csv")
    notebook = new / "notebooks" / "03_offset_sizing.ipynb"
    text = notebook.read_text(encoding="utf-8")
    changed = text.replace("needed = sizing.credits_needed(residual_t)", "needed = 1")
    assert changed != text
    notebook.write_text(changed, encoding="utf-8")
    told = compare.compare(first_bundle, new, tmp_path)
    assert years.total(told.bridge) == dict.fromkeys(years.PARTS, 0.0) | {
        "factors": pytest.approx(-fall_t)
    }
    assert [line.partition(" (")[0] for line in told.methods] == ["03_offset_sizing, cell 3"]
    assert told.software == told.parameters == []


def test_the_command_line_compares_folder_and_zip_and_writes_json(tmp_path, capsys):
    old, new = small(tmp_path / "a", 2024), small(tmp_path / "b", 2025, 14_000.0)
    zipped = shutil.make_archive(str(tmp_path / "new"), "zip", new)
    result = tmp_path / "result.json"
    assert cli.main(["compare", str(old), zipped, "--json", str(result)]) == 0
    assert "activity" in capsys.readouterr().out
    assert json.loads(result.read_text())["parts_t"]["activity"] == pytest.approx(0.5)
    assert cli.main(["compare", zipped, str(old)]) == 1
    assert "give the older one first" in capsys.readouterr().err
