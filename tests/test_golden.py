"""The first case, whole: its announced totals, the same bytes on every run, and rooms that do
not touch each other.
"""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from conftest import CASE, bundle_of

from neutrality import claims
from neutrality.runner import bundle, execution, parameters

GOLDEN = Path(__file__).parent / "golden" / "claims.csv"


@pytest.fixture(scope="module")
def known(first_bundle):
    return claims.read(first_bundle / "claims.csv")


def test_the_two_announced_totals_come_out_after_rounding(known):
    assert claims.format(known.loc["avoided_green_t"]) == "2,785"
    assert claims.format(known.loc["residual_t"]) == "1,309"
    assert known.value["credits_needed"] == known.value["credits_retired"] == 1309


def moved(golden, known):
    """A line for each cell of the claims that differs: claim, column, old and new value."""
    return [
        f"{id}, {column}: was {golden.at[id, column]!r}, is {known.at[id, column]!r}"
        for id in golden.index.intersection(known.index)
        for column in golden
        if not same(golden.at[id, column], known.at[id, column])
    ]


def same(old, new):
    if pd.isna(old) or pd.isna(new):
        return bool(pd.isna(old) and pd.isna(new))
    return new == pytest.approx(old, rel=1e-9, abs=1e-9) if isinstance(old, float) else old == new


def test_no_figure_moved_since_the_last_refresh(known):
    golden = claims.read(GOLDEN)
    gone, added = golden.index.difference(known.index), known.index.difference(golden.index)
    assert not len(gone) and not len(added), f"gone: {list(gone)}, new: {list(added)}"
    assert list(known.index) == list(golden.index)
    differing = moved(golden, known)
    assert not differing, "\n".join(["run `make refresh` if they moved on purpose", *differing])


def test_a_moved_figure_is_named_with_old_and_new_value(known):
    other = known.copy()
    other.loc["residual_t", "value"] = 1.0
    (line,) = moved(known, other)
    assert line.startswith("residual_t, value: was") and "is np.float64(1.0)" in line


def test_the_bridge_closes(known):
    assert abs(known.value["bridge_gap_t"]) < 1e-9 * known.value["counterfactual_t"]


def test_location_less_matched_green_is_market(known):
    value = known.value
    assert value["location_t"] - value["avoided_green_t"] == pytest.approx(
        value["market_t"], rel=1e-12
    )


def test_the_band_of_the_savings_holds_the_truth_the_case_was_made_with(known):
    import importlib.util

    spec = importlib.util.spec_from_file_location("make_case", CASE / "make_case.py")
    make_case = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_case)
    truth_mwh = (make_case.loads(2025, False) - make_case.loads(2025, True)).sum().sum() / 1000
    assert known.low["savings_mwh"] < truth_mwh < known.high["savings_mwh"]


def test_verdicts_of_the_first_case(first_bundle):
    verdicts = pd.read_csv(first_bundle / "verdicts.csv").set_index("id")["verdict"]
    assert verdicts.to_dict() == {
        "green_power": "by construction",
        "residual": "by construction",
        "credits": "by construction",
        "led": "by construction",
        "coal": "not decidable",
        "forest": "fails",
        "carbon_revenue": "not decidable",
        "carbon_volume": "not decidable",
        "carbon_traffic": "not decidable",
        "energy_revenue": "not decidable",
        "energy_volume": "not decidable",
        "energy_traffic": "not decidable",
        "society": "not decidable",
    }


def test_two_runs_give_the_same_bytes_in_every_file(first_bundle, tmp_path):
    again = bundle_of(tmp_path)
    one, two = (
        json.loads((made / "manifest.json").read_text(encoding="utf-8"))["files"]
        for made in (first_bundle, again)
    )
    assert {
        "claims.csv",
        "claims.xlsx",
        "report.zh.pdf",
        "figures/bridge.en.svg",
        "load.nc",
    } <= set(one)
    assert [name for name in one if one[name] != two.get(name)] == [] and set(one) == set(two)
    first = shutil.copytree(first_bundle, tmp_path / "elsewhere" / "first")
    assert bundle.pack(first).read_bytes() == bundle.pack(again).read_bytes()


def test_another_baseline_model_leaves_02_and_03_as_they_were(first_bundle, tmp_path):
    other = bundle_of(tmp_path, model="time_of_week")
    same = [
        "claims/02.csv",
        "claims/03.csv",
        "load.nc",
        *(
            f"tables/{name}.csv"
            for name in (
                "emitted",
                "emitted_by_source",
                "grid_factors",
                "inventory",
                "gases",
                "base_year",
                "green_by_month",
                "green_blocks",
                "switchboard",
                "tiers",
                "criteria",
                "matching",
                "uncovered_by_hour",
                "residual",
                "stress",
                "credits",
                "sizing",
                "contributions",
                "hierarchy",
                "stress_blocks",
            )
        ),
    ]
    assert [
        name for name in same if (other / name).read_bytes() != (first_bundle / name).read_bytes()
    ] == []
    for name in ("claims/01.csv", "tables/savings.csv", "tables/attribution.csv"):
        assert (other / name).read_bytes() != (first_bundle / name).read_bytes()


def test_a_ledger_without_settlement_and_generation_gives_the_same_inventory_and_no_hours(
    first_bundle, tmp_path
):
    case, out = tmp_path / "case", tmp_path / "out"
    shutil.copytree(CASE, case)
    (case / "generation.csv.gz").unlink()
    ledger = pd.read_csv(case / "certificates.csv", dtype=str, keep_default_na=False).query(
        "settlement == 'final'"
    )
    ledger.drop(columns=["carbon_project_id", "settlement", "profile"]).to_csv(
        case / "certificates.csv", index=False
    )
    out.mkdir()
    shutil.copyfile(first_bundle / "load.nc", out / "load.nc")
    (out / "tables").mkdir()
    monthly = Path("tables", "electricity_by_month.csv")
    shutil.copyfile(first_bundle / monthly, out / monthly)
    (out / "claims").mkdir()
    shutil.copyfile(first_bundle / "claims" / "01.csv", out / "claims" / "01.csv")
    notebook = parameters.notebooks(parameters.notebooks_folder())[1]
    execution.execute(
        notebook,
        tmp_path,
        {
            "case": str(case),
            "out": str(out),
            "matching": "M",
            "undecided_certificates": "counted",  # without the column no block names its project
        },
        tmp_path / "02.ipynb",
    )
    made, whole = claims.read(out / "claims" / "02.csv"), claims.read(first_bundle / "claims.csv")
    assert (
        made.value["market_t"] == pytest.approx(whole.value["market_monthly_t"])
        and made.value["provisional_mwh"] == 0
    )
    assert (
        not [id for id in made.index if id.endswith("_hourly_share")]
        and not (out / "figures" / "uncovered_by_hour.en.svg").exists()
    )
    assert pd.read_csv(out / "tables" / "matching.csv")["period"].tolist() == ["M", "Y"]
    assert "carbon_project_unnamed" in (out / "findings" / "02.csv").read_text(encoding="utf-8")


def test_the_core_table_sums_to_the_claims_of_each_source(first_bundle, known):
    emitted = pd.read_csv(first_bundle / "tables" / "emitted.csv")
    counted = emitted.query("year == 2025 and line == 'inventory'")
    for source, rows in counted.groupby("source"):
        assert rows["t_co2e"].sum() == pytest.approx(known.value[f"emitted_{source}_t"])
    heat = counted[counted["source"] == "district_heat"]
    assert (heat["amount"] * heat["factor"]).sum() == pytest.approx(heat["t_co2e"].sum())
    assert counted["t_co2e"].sum() == pytest.approx(known.value["other_t"])
    total = known.value["other_t"] + known.value["electricity_market_t"]
    assert total == pytest.approx(known.value["market_t"])


def test_later_notebooks_read_the_factors_that_02_decided(first_bundle):
    grid = pd.read_csv(first_bundle / "tables" / "grid_factors.csv").set_index("role")
    assert grid.at["location", "factor_id"] == "grid_cn_beijing_2023"
    for path in sorted((first_bundle / "notebooks").glob("0[1345]*.ipynb")):
        code = path.read_text(encoding="utf-8")
        assert "grid_factor_id(" not in code and "location_id(" not in code, path.name
