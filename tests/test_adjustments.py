"""Events taken out of a saving: effects that were made are found, and bad rows are refused."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from neutrality.case import schemas, tables
from neutrality.energy import adjustments
from neutrality.texts import findings

YEARS, LEVEL = (2023, 2025), 0.90
DAYS = pd.date_range("2025-01-01", "2025-12-31", freq="D")


def row(**values):
    """An adjustment of the main meter in June 2025."""
    usual = {
        "id": "outage",
        "meter": "main",
        "what_zh": "停机",
        "what_en": "outage",
        "from": pd.Timestamp("2025-06-01"),
        "to": pd.Timestamp("2025-06-30"),
        "evidence": "work order",
        "method": "indicator",
        "kwh": np.nan,
        "kwh_half_width": np.nan,
        "signed_off_by": "energy manager",
    }
    return usual | values


def rows(*each):
    return pd.DataFrame(list(each), index=range(2, 2 + len(each)))


def residuals(seed, event_kwh=0.0, saved_kwh=10.0, rho=0.5):
    """A year's daily residuals of a meter that saves 10 kWh a day, with autocorrelated noise, and
    an event that adds kWh to each day of June.
    """
    rng, noise = np.random.default_rng(seed), np.zeros(len(DAYS))
    for day, shock in enumerate(rng.normal(0, 5, len(DAYS))):
        noise[day] = rho * noise[day - 1] + shock
    return pd.DataFrame({"main": noise - saved_kwh + event_kwh * (DAYS.month == 6)}, DAYS)


def test_indicator_finds_the_event_it_was_given():
    residual = residuals(3, event_kwh=40)
    made = adjustments.effects(rows(row()), residual, 2025, LEVEL).iloc[0]
    assert made.low_kwh < 30 * 40 < made.high_kwh
    assert made.kwh == pytest.approx(30 * 40, rel=0.15)


def test_interval_of_an_indicator_covers_the_truth_as_often_as_it_says():
    inside = 0
    for seed in range(300):
        residual = residuals(seed, event_kwh=20)
        made = adjustments.effects(rows(row()), residual, 2025, LEVEL).iloc[0]
        inside += made.low_kwh <= 30 * 20 <= made.high_kwh
    assert 0.85 <= inside / 300 <= 0.95


def test_adjusted_saving_is_the_true_one_within_its_interval():
    residual = residuals(5, event_kwh=40)
    made = adjustments.effects(rows(row()), residual, 2025, LEVEL)
    saved = -residual["main"].sum()
    band = pd.DataFrame(
        {"meter": ["main"], "savings_kwh": saved, "low_kwh": saved - 500, "high_kwh": saved + 500}
    )
    table = adjustments.adjusted(band, made).iloc[0]
    assert not table.low_kwh < 3650 < table.high_kwh
    assert table.adjusted_low_kwh < 3650 < table.adjusted_high_kwh
    half = (made.high_kwh - made.low_kwh).iloc[0] / 2
    assert table.adjusted_high_kwh - table.adjusted_kwh == pytest.approx(np.hypot(500, half))


def test_event_of_the_base_year_is_taken_off_the_saving():
    base = residuals(1).set_axis(pd.date_range("2023-01-01", periods=365), axis=0)
    june = {"from": pd.Timestamp("2023-06-01"), "to": pd.Timestamp("2023-06-30")}
    given = row(method="engineering", kwh=500.0, kwh_half_width=100.0, **june)
    made = adjustments.effects(rows(given), base, 2025, LEVEL).iloc[0]
    assert (made.kwh, made.low_kwh, made.high_kwh, made.saving_kwh) == (500, 400, 600, -500)


def test_estimate_without_half_width_is_unsure_by_all_of_itself():
    given = row(method="engineering", kwh=-500.0)
    made = adjustments.effects(rows(given), residuals(1), 2025, LEVEL).iloc[0]
    assert (made.low_kwh, made.high_kwh) == (-1000, 0)


def test_excluded_period_demonstrates_nothing():
    residual = residuals(2)
    made = adjustments.effects(rows(row(method="exclude")), residual, 2025, LEVEL).iloc[0]
    rest = -residual.loc[residual.index.month != 6, "main"].sum()
    assert -residual["main"].sum() + made.saving_kwh == pytest.approx(rest)


def test_excluded_days_are_local_and_of_their_meter_only():
    hours = pd.date_range("2025-05-31", periods=72, freq="h")
    load = xr.DataArray(
        np.ones((72, 2)),
        {"time": hours, "meter": ["main", "cooling"]},
        attrs={"timezone": "Asia/Shanghai"},
    )
    one_day = row(method="exclude", to=pd.Timestamp("2025-06-01"))
    left = adjustments.without(load, rows(one_day))
    local = hours + pd.Timedelta(hours=8)
    assert (left.sel(meter="main").isnull().values == (local.day == 1)).all()
    assert left.sel(meter="cooling").notnull().all()


def test_order_and_units_do_not_matter():
    residual = residuals(7, event_kwh=30)
    other = row(id="fair", **{"from": pd.Timestamp("2025-09-01"), "to": pd.Timestamp("2025-09-20")})
    made = adjustments.effects(rows(row(), other), residual, 2025, LEVEL)
    turned = adjustments.effects(rows(other, row()), residual, 2025, LEVEL)
    pd.testing.assert_frame_equal(made, turned)
    in_mwh = adjustments.effects(rows(row(), other), residual / 1000, 2025, LEVEL)
    numbers = ["kwh", "low_kwh", "high_kwh", "saving_kwh"]
    assert (in_mwh[numbers] * 1000).to_numpy() == pytest.approx(made[numbers].to_numpy())


def test_without_adjustments_the_saving_stands():
    band = pd.DataFrame({"meter": ["main"], "savings_kwh": 9.0, "low_kwh": 6.0, "high_kwh": 12.0})
    none = adjustments.effects(tables.empty("adjustments"), residuals(1), 2025, LEVEL)
    table = adjustments.adjusted(band, none).iloc[0]
    assert (table.adjusted_low_kwh, table.adjusted_kwh, table.adjusted_high_kwh) == (6, 9, 12)


JULY = {"from": pd.Timestamp("2025-07-01"), "to": pd.Timestamp("2025-07-02")}


@pytest.mark.parametrize(
    ("bad", "rule", "says"),
    [
        ({"meter": "coolng"}, "adjustment_meter", "did you mean 'cooling'"),
        ({"to": pd.Timestamp("2025-05-01")}, "adjustment_reversed", "ends before it starts"),
        ({"to": pd.Timestamp("2026-06-01")}, "adjustment_outside", "2023, 2025"),
        ({"from": pd.Timestamp("2024-06-01")}, "adjustment_outside", "2023, 2025"),
        ({"method": "engineering"}, "adjustment_unsupported", "lacks it"),
        (
            {"method": "engineering", "kwh": 1.0, "evidence": " "},
            "adjustment_unsupported",
            "evidence",
        ),
        (
            {"method": "engineering", "kwh": 1.0, "signed_off_by": ""},
            "adjustment_unsupported",
            "signed_off_by",
        ),
    ],
)
def test_row_that_cannot_be_is_refused(bad, rule, says):
    found = adjustments.check(rows(row(id="fine", **JULY), row(**bad)), ["main", "cooling"], YEARS)
    assert [(each.rule, each.row, each.severity) for each in found] == [(rule, 3, "refused")]
    assert says in found[0].en


def test_overlap_of_one_meter_is_refused_and_of_two_is_not():
    second = {"id": "second", "from": pd.Timestamp("2025-06-30"), "to": pd.Timestamp("2025-07-03")}
    found = adjustments.check(rows(row(), row(**second)), ["main"], YEARS)
    assert [(each.rule, each.row) for each in found] == [("adjustment_overlap", 3)]
    assert "'outage'" in found[0].en
    apart = rows(row(), row(meter="cooling", **second))
    assert adjustments.check(apart, ["main", "cooling"], YEARS) == []


def test_template_of_the_table_can_be_read_and_an_unknown_method_is_refused(tmp_path):
    example = {column.name: column.example for column in schemas.SCHEMAS["adjustments"].columns}
    pd.DataFrame([example]).to_csv(tmp_path / "adjustments.csv", index=False)
    read = tables.read(tmp_path, "adjustments")
    findings.refuse(adjustments.check(read, ["cooling"], YEARS))
    pd.DataFrame([example | {"method": "guess"}]).to_csv(tmp_path / "adjustments.csv", index=False)
    with pytest.raises(ValueError, match="adjustments.csv, row 2, column method"):
        tables.read(tmp_path, "adjustments")
