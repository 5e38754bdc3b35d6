"""The published series, divided and decomposed: published values, identities, missing years."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from neutrality.case import tables
from neutrality.texts import labels
from neutrality.trend import intensity, series

CASE = Path(__file__).parent.parent / "params" / "china-mobile-hq"
COMPANY, INDUSTRY = "China Mobile Ltd", "China telecom industry (MIIT)"
BASES = ["revenue", "volume", "traffic"]


@pytest.fixture
def company():
    return series.read(tables.read(CASE, "company"))


def carbon_and_activity(company):
    carbon = series.published_series(company, COMPANY, "ghg_scope1_2")
    return carbon, intensity.activities(company, COMPANY, INDUSTRY, 2020)


# Change of scope 1 and 2 intensity on 2020 [%], derived from the published figures: revenue,
# volume, traffic.
PUBLISHED = {2021: (-10.3, -22.5, None), 2023: (-21.1, -42.7, -41.0), 2024: (-29.9, -52.3, -46.7)}


@pytest.mark.parametrize("year", PUBLISHED)
def test_changes_of_intensity_are_those_of_the_published_figures(company, year):
    change = intensity.changes(*carbon_and_activity(company), 2020).loc[year, BASES].round(1)
    assert [None if np.isnan(c) else c for c in change] == list(PUBLISHED[year])


def test_constant_emissions_from_2024_to_2025_give_the_hypothetical_change(company):
    carbon, activity = carbon_and_activity(company)
    change = intensity.changes(
        pd.concat([carbon, pd.Series({2025: carbon[2024]})]), activity, 2020
    ).loc[2025]
    assert change.round(1)[["revenue", "volume"]].to_list() == [-30.5, -56.3]
    assert np.isnan(change["traffic"])


def test_industry_index_is_chained_from_growth_rates(company):
    growth = series.published_series(
        company, INDUSTRY, "telecom_business_volume_growth_constant_prev_year_price"
    )
    index = intensity.chained(growth, 2020)
    assert index.round(1).to_list() == [100.0, 127.8, 155.0, 181.1, 199.2, 217.3]


def test_index_stops_at_a_missing_growth_rate():
    assert intensity.chained(pd.Series({2021: 10.0, 2023: 10.0}), 2020).index.to_list() == [
        2020,
        2021,
    ]


def test_computed_intensities_of_2020_and_2021_equal_the_printed_ones(company):
    carbon, activity = carbon_and_activity(company)
    printed = series.published_series(
        company, COMPANY, "ghg_intensity_revenue"
    )  # printed in t per RMB 10,000
    rebuilt = (
        1000 * intensity.per_activity(carbon, activity)["revenue"][[2020, 2021]]
    )  # Mt per RMB bn is 1,000 t per RMB million
    assert rebuilt.round(1).to_list() == printed.to_list() == [44.5, 39.9]


def test_carbon_is_not_decidable_for_2025_on_any_basis_and_2024_has_its_own_verdict(company):
    trend = intensity.trend(*carbon_and_activity(company), 2020, 2025, 40, "carbon")
    assert trend.index.to_list() == BASES
    assert (trend["verdict"] == "not decidable").all() and trend["change_percent"].isna().all()
    assert (trend["latest_year"] == 2024).all()
    assert trend["latest_verdict"].to_list() == ["fails", "holds", "holds"]
    assert trend["breakeven"].round(1).to_list()[:2] == [28.0, 44.5]
    assert np.isnan(trend["breakeven"]["traffic"])


def test_missing_years_are_named(company):
    trend = intensity.trend(*carbon_and_activity(company), 2020, 2025, 40, "carbon")
    assert [text.count("2025") for text in trend["missing_en"]] == [
        1,
        1,
        2,
    ]  # traffic lacks its activity as well
    assert [text.count("2025") for text in trend["missing_zh"]] == [1, 1, 2]


def test_energy_is_not_decidable_and_its_break_even_is_a_change(company):
    energy = series.published_series(company, COMPANY, "energy_total")
    _, activity = carbon_and_activity(company)
    trend = intensity.trend(energy, activity, 2020, 2025, 40, "energy")
    assert (trend["verdict"] == "not decidable").all() and (trend["latest_year"] == 0).all()
    assert (trend["latest_verdict"] == "not decidable").all()
    assert trend["allowed_change_percent"].round(0).to_list()[:2] == [-18.0, 30.0]
    assert all("2020, 2025" in text for text in trend["missing_en"])


@pytest.mark.parametrize("gone", ["the emissions", "everything"])
def test_without_2024_the_latest_year_is_2023_and_the_figures_change(company, gone):
    of_2024 = company["year"] == 2024
    company = company[
        ~(of_2024 & (company["metric"].str.startswith("ghg_scope") | (gone == "everything")))
    ]
    trend = intensity.trend(*carbon_and_activity(company), 2020, 2025, 40, "carbon")
    assert (trend["latest_year"] == 2023).all()
    assert trend["latest_change_percent"].round(1).to_list() == [-21.1, -42.7, -41.0]
    assert trend["latest_verdict"].to_list() == ["fails", "holds", "holds"]
    # A broken chain of growth rates takes the volume of 2025 with it, and its break-even.
    assert np.isnan(trend["breakeven"]["volume"]) == (gone == "everything")


def test_with_2025_published_each_basis_has_its_own_verdict(company):
    carbon, activity = carbon_and_activity(company)
    trend = intensity.trend(
        pd.concat([carbon, pd.Series({2025: 30.0})]), activity, 2020, 2025, 40, "carbon"
    )
    assert trend["verdict"].to_list() == ["fails", "holds", "not decidable"]
    assert trend["missing_en"][["revenue", "volume"]].to_list() == ["", ""]


def test_break_even_emissions_give_exactly_the_threshold_which_is_not_more_than_it(company):
    carbon, activity = carbon_and_activity(company)
    breakeven = intensity.trend(carbon, activity, 2020, 2025, 40, "carbon")["breakeven"]["revenue"]
    at = pd.concat([carbon, pd.Series({2025: breakeven})])
    change = intensity.changes(at, activity[["revenue"]], 2020)["revenue"]
    assert change[2025] == pytest.approx(-40, abs=1e-9)
    assert intensity.verdict(change, 40, 2025) == "fails"
    assert intensity.verdict(change - 0.1, 40, 2025) == "holds"


def test_a_year_without_activity_is_a_gap_and_a_zero_activity_is_refused():
    carbon = pd.Series({2020: 10.0, 2021: 9.0})
    assert np.isnan(
        intensity.per_activity(carbon, pd.DataFrame({"revenue": {2020: 5.0}})).loc[2021, "revenue"]
    )
    with pytest.raises(ValueError, match="'revenue' of 2021 is not above zero"):
        intensity.per_activity(carbon, pd.DataFrame({"revenue": {2020: 5.0, 2021: 0.0}}))


def test_without_the_industry_or_a_metric_only_that_basis_is_missing(company):
    carbon, activity = carbon_and_activity(company)
    bare = company[company["metric"] != "handset_dou"]
    fewer = intensity.activities(bare, COMPANY, "", 2020)
    pd.testing.assert_series_equal(fewer["revenue"].dropna(), activity["revenue"].dropna())
    assert fewer[["volume", "traffic"]].isna().all(axis=None)
    trend = intensity.trend(carbon, fewer, 2020, 2024, 40, "carbon")
    assert trend["verdict"].to_list() == ["fails", "not decidable", "not decidable"]
    assert set(intensity.latest_effects(intensity.drivers(carbon, fewer, 2020))["basis"]) == {
        "revenue"
    }


def test_a_company_without_any_activity_has_no_effects(company):
    bare = company[company["metric"].str.startswith("ghg_")]
    carbon = series.published_series(bare, COMPANY, "ghg_scope1_2")
    nothing = intensity.activities(bare, COMPANY, "", 2020)
    trend = intensity.trend(carbon, nothing, 2020, 2024, 40, "carbon")
    assert set(trend["verdict"]) == {"not decidable"} and not trend["latest_year"].any()
    assert intensity.latest_effects(intensity.drivers(carbon, nothing, 2020)).empty


def test_an_unpublished_metric_is_an_empty_series(company):
    assert series.published_series(company, COMPANY, "energy_total").empty


def test_drivers_sum_and_multiply_to_the_change_of_emissions_on_every_basis(company):
    carbon, activity = carbon_and_activity(company)
    drivers = intensity.drivers(carbon, activity, 2020)
    assert set(drivers.sizes) == {"year", "driver", "basis"} and list(drivers.basis.values) == BASES
    for year in (2021, 2023, 2024):
        at = drivers.sel(year=year)
        for kind in ("effect", "chained_effect"):
            np.testing.assert_allclose(
                at[kind].sum("driver", skipna=False).dropna("basis"),
                carbon[year] - carbon[2020],
                atol=1e-9,
            )
        for kind in ("ratio", "chained_ratio"):
            np.testing.assert_allclose(
                at[kind].prod("driver", skipna=False).dropna("basis"),
                carbon[year] / carbon[2020],
                rtol=1e-9,
            )
    assert drivers.effect.sel(year=[2022, 2025]).isnull().all()  # no emissions were published
    assert drivers.effect.sel(year=2021, basis="traffic").isnull().all()
    assert (drivers.effect.sel(driver="activity").dropna("year", how="all").fillna(1) > 0).all()


def test_chained_effects_differ_from_end_to_end_ones_over_several_years(company):
    at = intensity.drivers(*carbon_and_activity(company), 2020).sel(basis="volume")
    assert at.chained_effect.sel(year=2021).equals(at.effect.sel(year=2021))
    assert abs(at.chained_effect - at.effect).sel(year=2024, driver="activity") > 0.1


def test_drivers_of_an_unpublished_quantity_are_missing(company):
    _, activity = carbon_and_activity(company)
    assert intensity.drivers(pd.Series(dtype="float64"), activity, 2020).effect.isnull().all()


def test_without_the_base_year_there_is_no_verdict_and_no_effect(company):
    gone = company[company["year"] != 2020]
    carbon, activity = carbon_and_activity(gone)
    trend = intensity.trend(carbon, activity, 2020, 2024, 40, "carbon")
    assert set(trend["verdict"]) == {"not decidable"}
    assert all("2020" in text for text in trend["missing_en"])
    assert intensity.drivers(carbon, activity, 2020).effect.isnull().all()


def test_drivers_are_written_as_cf_netcdf_with_units(company, tmp_path):
    effects = intensity.drivers(*carbon_and_activity(company), 2020)
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        intensity.write_drivers(effects, tmp_path / folder)
    assert (tmp_path / "a" / "drivers.nc").read_bytes() == (
        tmp_path / "b" / "drivers.nc"
    ).read_bytes()
    with xr.open_dataset(tmp_path / "a" / "drivers.nc") as read:
        assert read.attrs["Conventions"] == "CF-1.11"
        assert set(read.sizes) == {
            "year",
            "driver",
            "basis",
        }
        assert {name: read[name].attrs["units"] for name in read} == {
            "effect": "Mt",
            "ratio": "1",
            "chained_effect": "Mt",
            "chained_ratio": "1",
        }
        np.testing.assert_array_equal(read.effect, effects.effect)


def test_shuffled_rows_and_equal_duplicates_change_nothing(company):
    raw = tables.read(CASE, "company")
    shuffled = pd.concat([raw, raw[raw["metric"] == "ghg_scope1_2"]], ignore_index=True).sample(
        frac=1, random_state=7
    )
    again = intensity.trend(*carbon_and_activity(series.read(shuffled)), 2020, 2025, 40, "carbon")
    pd.testing.assert_frame_equal(
        again, intensity.trend(*carbon_and_activity(company), 2020, 2025, 40, "carbon")
    )


def test_an_activity_of_another_boundary_is_a_finding(company):
    found = intensity.boundary_findings(company, COMPANY, INDUSTRY, "ghg_scope1_2")
    assert [finding.rule for finding in found] == ["boundaries_mixed"]
    assert "listed company" in found[0].en.lower()
    assert "industry" in found[0].en.lower()
    assert "上市公司" in found[0].zh


def test_an_intensity_has_the_weaker_status_of_its_two_sides(company):
    certain = company.assign(status="CONFIRMED")
    statuses = intensity.statuses(certain, COMPANY, INDUSTRY, "CONFIRMED")
    assert statuses == dict.fromkeys(BASES, "CONFIRMED")
    assert intensity.statuses(certain, COMPANY, INDUSTRY, "SINGLE", "")["volume"] == "SINGLE"
    certain.loc[certain["metric"] == "operating_revenue", "status"] = "ASSUMED"
    assert intensity.statuses(certain, COMPANY, INDUSTRY, "SINGLE") == {
        "revenue": "ASSUMED",
        "volume": "SINGLE",
        "traffic": "SINGLE",
    }


def test_a_break_even_has_the_unit_of_its_quantity_and_energy_its_convention(company):
    trend = intensity.trend(*carbon_and_activity(company), 2020, 2025, 40, "carbon")
    table = intensity.combined_trends(
        carbon=(trend, "Mt", 1, ""), energy=(trend, "tce", 0, "calorific")
    ).set_index(["quantity_id", "basis"])
    assert table.loc["carbon", "unit"].unique() == ["Mt"]
    assert table.loc["energy", "unit"].unique() == ["tce"]
    assert table.loc[("energy", "revenue"), ["quantity_zh", "quantity_en"]].to_list() == [
        "能耗（当量值）",
        "Energy (calorific value)",
    ]


def test_energy_of_another_boundary_than_revenue_is_a_finding(company):
    group = company[company["metric"] == "ghg_scope1_2"].assign(
        metric="energy_total", boundary="group"
    )
    both = pd.concat([company, group], ignore_index=True)
    assert len(intensity.boundary_findings(both, COMPANY, INDUSTRY, "energy_total")) == 3
    assert not intensity.boundary_findings(company, COMPANY, "", "energy_total")


def test_the_case_keeps_the_published_statuses_and_boundaries(company):
    assert set(company["boundary"]) == {"listed company", "group", "industry"}
    target = company[company["metric"] == "target_society_ghg_avoided_2021_2025"].iloc[0]
    assert (target["boundary"], target["value"], target["status"]) == ("group", 1600, "RECALLED")


def test_quantities_and_bases_have_a_name_in_chinese():
    assert not [
        id for id in ("carbon", "energy", *BASES) if labels.label(id, "zh") == labels.prettified(id)
    ]


def test_an_entity_that_the_table_does_not_have_has_no_basis_no_verdict_and_no_effect(company):
    nothing = intensity.activities(company, "nobody", INDUSTRY, 2020)
    carbon = series.published_or_empty(company, "nobody", "ghg_scope1_2")
    assert intensity.trend(carbon, nothing, 2020, 2025, 40, "carbon").empty
    effects = intensity.drivers(carbon, nothing, 2020)
    assert effects.sizes["basis"] == 0
    assert intensity.latest_effects(effects).empty
    assert intensity.society_avoided(company, "nobody", range(2020, 2026)).isna().all()
