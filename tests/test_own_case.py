"""A case of one's own, from `neutrality new` to the PDF: a real building in Great Britain,
without certificates or credits.
"""

from pathlib import Path

import pandas as pd
import pytest

from neutrality import claims
from neutrality.case import tables
from neutrality.runner import checks, new, run

pytestmark = pytest.mark.slow
REAL = Path(__file__).parents[2] / "shared" / "realdata"
BUILDING, BASE, REPORTING = "b27", 2016, 2017
FACTORS = [  # chosen for this test, and said to be so
    {"id": "grid_gb_2016", "quantity": "GB grid, test value", "value": 0.41, "unit": "kgCO2e/kWh"},
    {"id": "grid_gb_2017", "quantity": "GB grid, test value", "value": 0.35, "unit": "kgCO2e/kWh"},
    {"id": "gas_gb", "quantity": "natural gas, test value", "value": 0.184, "unit": "kgCO2e/kWh"},
]
CHOSEN = {
    "reporting_year": REPORTING,
    "base_year": BASE,
    "timezone": '"Europe/London"',
    "country": '"GB-ENG"',
    "province": "England",
    "illustrative": "false",
    "grid_factor_id": "grid_gb_2017",
    "base_grid_factor_id": "grid_gb_2016",
    "sensitivity_factor_id": '""',
    "entity_zh": "剑桥大学",
    "entity_en": "University of Cambridge",
    "beneficiary": "University of Cambridge",
    "site_zh": BUILDING,
    "site_en": f"building {BUILDING}",
    "boundary_zh": "楼宇运营",
    "boundary_en": "operation of the building",
    "scheme": '"ISO 14068-1:2023"',
    "residual_mix_zh": '""',
    "residual_mix_en": '""',
}


def real(fuel):
    table = pd.read_parquet(REAL / f"{fuel}.parquet")
    return table[table["building_id"] == BUILDING].set_index("timestamp")["kwh"].astype(float)


def made(params):
    """Write the case of the real building under `params`; return its folder."""
    if not REAL.is_dir():
        pytest.skip("the real meters (shared/realdata) are not beside this checkout")
    folder = new.new("cambridge-b27", params, REPORTING)
    # The templates that it has nothing for stay as they are: check and run leave them out.
    hours = real("electricity").index
    stamps = pd.Series(hours).dt.tz_localize("UTC") if hours.tz is None else pd.Series(hours)
    (folder / "energy.csv").unlink(), (folder / "weather.csv").unlink()
    pd.DataFrame({"time": stamps, "main_kwh": real("electricity").to_numpy()}).to_parquet(
        folder / "energy.parquet"
    )
    weather = (
        pd.read_parquet(REAL / "weather.parquet")
        .set_index("timestamp")["temperature_c"]
        .reindex(hours)
    )
    pd.DataFrame({"time": stamps, "outdoor_c": weather.to_numpy(float)}).to_parquet(
        folder / "weather.parquet"
    )
    gas = real("gas").groupby(lambda at: f"{at:%Y-%m}").sum()
    tables.write(
        pd.DataFrame(
            {
                "month": gas.index,
                "source": "natural_gas",
                "scope": 1,
                "line": "inventory",
                "amount": gas.to_numpy(),
                "unit": "kWh",
                "factor_id": "gas_gb",
            }
        ),
        folder / "activities.csv",
    )
    tables.write(
        pd.DataFrame(FACTORS).assign(
            gas="CO2e", gwp_edition="AR5", status="ASSUMED", source="test"
        ),
        folder / "factors.csv",
    )
    yaml = folder / f"{REPORTING}.yaml"
    lines = [
        line
        for line in yaml.read_text(encoding="utf-8").splitlines()
        if line.partition(":")[0] not in CHOSEN
    ]
    yaml.write_text(
        "\n".join([*lines, *(f"{name}: {value}" for name, value in CHOSEN.items())]) + "\n",
        encoding="utf-8",
    )
    return folder


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return made(tmp_path_factory.mktemp("own") / "params")


@pytest.fixture(scope="module")
def bundle(case, tmp_path_factory):
    assert checks.check(case / f"{REPORTING}.yaml") == []
    return run.run(
        case / f"{REPORTING}.yaml", tmp_path_factory.mktemp("outputs"), progress=lambda said: None
    )


def test_a_real_building_gets_its_report_in_both_languages(bundle):
    made = {path.name for path in bundle.glob("report.*")}
    assert {f"report.{lang}.{form}" for lang in ("zh", "en") for form in ("html", "pdf")} <= made
    assert all(
        (bundle / name).read_bytes().startswith(b"%PDF") for name in made if name.endswith("pdf")
    )


def test_its_inventory_is_its_meters_times_its_factors(bundle):
    value = claims.read(bundle / "claims.csv").value
    electricity, gas = (real(fuel)[str(REPORTING)].sum() for fuel in ("electricity", "gas"))
    assert value["location_t"] == pytest.approx(
        (electricity * 0.35 + gas * 0.184) / 1000, rel=2e-3
    )  # 0.2 %: filled gaps
    assert value["market_t"] == value["location_t"] == value["residual_t"]
    assert abs(value["bridge_gap_t"]) < 1e-9 * value["counterfactual_t"]


def test_what_it_does_not_have_is_said_and_nothing_is_claimed(bundle):
    text = (bundle / "report.en.html").read_text(encoding="utf-8")
    assert (
        "No statement of neutrality is made" in text and "No credit is claimed for the year" in text
    )
    assert (
        "No green electricity certificate" in text
        and "nothing is stated about the intensity of a company" in text
    )
    assert "No purchased heat is reported" in text
    assert (
        "called unabated here, not residual" in text and "residual emissions" not in text.casefold()
    )  # ISO 14068-1, no plan
    assert "Illustrative case" not in text and "China" not in text
