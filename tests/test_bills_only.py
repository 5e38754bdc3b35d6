"""A case with bills alone, from `neutrality new` to the PDF: a building made, and one measured."""

import re

import made_bills as made
import pandas as pd
import pytest
from test_own_case import BUILDING, REAL, real

from neutrality import claims
from neutrality.runner import checks, run
from neutrality.verifier import verify

pytestmark = pytest.mark.slow
REAL_YEARS = (2016, 2017)
REAL_FACTORS = [
    {"id": f"grid_gb_{year}", "quantity": "GB grid, test value", "value": value}
    for year, value in zip(REAL_YEARS, (0.41, 0.35), strict=True)
]


def _made():
    weather = made.weather()
    table = made.reads(made.daily_kwh(weather))
    table.loc[4, "quality"] = "estimated"
    return table, weather, (made.BASE, made.REPORTING), made.FACTORS


def _measured():
    if not REAL.is_dir():
        pytest.skip("the real meters (shared/realdata) are not beside this checkout")
    hours = real("electricity")
    utc = hours.index if hours.index.tz else hours.index.tz_localize("UTC")
    by_day = hours.groupby(utc.tz_convert(made.ZONE).tz_localize(None).normalize()).sum()
    table = made.reads(by_day[by_day.index.year.isin(REAL_YEARS)])
    weather = pd.read_parquet(REAL / "weather.parquet").set_index("timestamp")
    outdoor = weather["temperature_c"].astype(float).reindex(hours.index)
    return table, pd.DataFrame({"outdoor_c": outdoor.to_numpy()}, utc), REAL_YEARS, REAL_FACTORS


@pytest.fixture(scope="module", params=[_made, _measured], ids=["made", BUILDING])
def site(request, tmp_path_factory):
    table, weather, years, factors = request.param()
    path = made.case(tmp_path_factory.mktemp("bills"), table, weather, years, factors)
    assert checks.check(path) == []
    bundle = run.run(path, tmp_path_factory.mktemp("outputs"), progress=lambda said: None)
    return table, years, factors, bundle


def in_year(table, year):
    """The year's kWh, each bill by its days: computed apart from the package."""
    total = 0.0
    for row in table.itertuples():
        days = pd.date_range(row.start, row.end, inclusive="left")
        total += row.amount * (days.year == year).mean()
    return total


def test_bills_alone_get_their_report_in_both_languages(site):
    bundle = site[-1]
    for lang in ("zh", "en"):
        assert (bundle / f"report.{lang}.pdf").read_bytes().startswith(b"%PDF")
    assert not (bundle / "load.nc").exists()


def test_the_inventory_is_the_bills_by_days_times_the_factor(site):
    table, years, factors, bundle = site
    value = claims.read(bundle / "claims.csv").value
    for year, name, factor in zip(years, ("base_location_t", "location_t"), factors, strict=True):
        assert value[name] == pytest.approx(in_year(table, year) * factor["value"] / 1000, rel=1e-9)
    assert abs(value["bridge_gap_t"]) < 1e-9 * value["counterfactual_t"]
    assert value["gap_days"] == 0 and "gap_hours" not in value.index


def test_what_bills_cannot_show_is_said_and_not_drawn(site):
    bundle = site[-1]
    drawn = {path.name for path in (bundle / "figures").glob("*.en.svg")}
    assert not {"load_profile.en.svg", "week.en.svg", "uncovered_by_hour.en.svg"} & drawn
    assert {"fit.en.svg", "savings.en.svg", "cusum.en.svg"} <= drawn
    text = (bundle / "report.en.html").read_text(encoding="utf-8")
    assert "What bills cannot show." in text and "Nothing is therefore stated about" in text
    assert "Degree days" in text and "monthly calibration limits" in text
    assert "This site has no submeters" in text and "hour of the week" not in text
    zh = (bundle / "report.zh.html").read_text(encoding="utf-8")
    assert "账单无法说明的内容" in zh and "度日" in zh and "不作逐时匹配" in zh


def test_estimated_reads_and_the_turn_of_the_year_stand_among_the_findings(site):
    table, _, _, bundle = site
    rules = set(pd.read_csv(bundle / "tables" / "findings.csv")["rule"])
    assert "bills_over_turn" in rules
    assert ("estimated_settled" in rules) == (table["quality"] == "estimated").any()


def test_the_bundle_agrees_with_itself(site):
    """No claim names a table that the case does not have."""
    assert verify.verify(site[-1]) == []


def test_a_figure_is_drawn_for_the_report_only_where_that_shows_it(site):
    bundle = site[-1]
    for lang in ("zh", "en"):
        page = (bundle / f"report.{lang}.html").read_text(encoding="utf-8")
        drawn = {path.name.split(".")[0] for path in (bundle / "figures").glob(f"*.{lang}.*svg")}
        assert drawn == set(re.findall('id="figure-([a-z_]+)"', page))
