"""The first case with its carbon projects left blank: what then hangs on 904 MWh is 502 t, and it
is not hidden whichever way it is decided.
"""

import shutil

import pandas as pd
import pytest
from conftest import CASE

from neutrality import claims
from neutrality.runner import execution, parameters

BLANKED = ("solar_qinghai", "wind_hebei")  # plants of the certificates bought without power
MWH, GRID_FACTOR = 904.0, 0.5554  # of these plants; MEE & NBS, Announcement 2025 No. 47, Beijing


def green_power(first_bundle, folder, treatment):
    """Run notebook 02 of the blanked case on the first bundle's load; return claims, findings."""
    case, out = folder / "case", folder / treatment
    if not case.exists():
        shutil.copytree(CASE, case)
        ledger = pd.read_csv(case / "certificates.csv", dtype=str, keep_default_na=False)
        ledger.loc[ledger["profile"].isin(BLANKED), "carbon_project_id"] = ""
        ledger.to_csv(case / "certificates.csv", index=False)
    for name in ("load.nc", "claims/01.csv", "tables/electricity_by_month.csv"):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(first_bundle / name, out / name)
    chosen = {"case": str(case), "out": str(out), "undecided_certificates": treatment}
    notebook = parameters.notebooks(parameters.notebooks_folder())[1]
    execution.execute(notebook, folder, chosen, folder / f"{treatment}.ipynb")
    found = pd.read_csv(out / "findings" / "02.csv").set_index("rule")["t_co2e"]
    return claims.read(out / "claims" / "02.csv")["value"], found


@pytest.fixture(scope="module")
def blanked(first_bundle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("blanked")
    return {each: green_power(first_bundle, folder, each) for each in ("left_out", "counted")}


@pytest.fixture(scope="module")
def settled(first_bundle):
    return claims.read(first_bundle / "claims.csv")["value"]


def test_in_the_first_case_nothing_is_left_open_to_the_site(settled):
    assert settled["undecided_mwh"] == settled["undecided_t"] == 0
    assert settled["market_other_t"] == settled["market_t"] == settled["residual_t"]


def test_left_out_they_raise_the_residual_by_502_t_which_is_38_percent(blanked, settled):
    value, found = blanked["left_out"]
    assert value["undecided_mwh"] == MWH
    assert (
        value["undecided_t"] == pytest.approx(MWH * GRID_FACTOR) == pytest.approx(502.08, abs=0.01)
    )
    assert value["market_t"] == pytest.approx(settled["market_t"] + MWH * GRID_FACTOR)
    assert value["market_other_t"] == pytest.approx(settled["market_t"], rel=1e-12)
    assert round(100 * value["undecided_t"] / settled["residual_t"]) == 38
    assert found["undecided_left_out"] == pytest.approx(value["undecided_t"])


def test_counted_they_leave_the_residual_and_stand_beside_it_as_a_finding(blanked, settled):
    value, found = blanked["counted"]
    assert value["market_t"] == pytest.approx(settled["market_t"], rel=1e-12)
    assert value["market_other_t"] == blanked["left_out"][0]["market_t"]
    assert found["undecided_counted"] == pytest.approx(-MWH * GRID_FACTOR)
