"""What happened at a meter: a step that was made is proposed, and a quiet year has none."""

import numpy as np
import pandas as pd
import pytest

from neutrality.energy import events, meters, periods

YEARS = (2024, 2025)


def pairs(step=1.0, since="2025-07-01"):
    """Two years of an office by the hour with its expected load, and a step of the second year."""
    hours = pd.date_range("2024-01-01", "2026-01-01", freq="h", tz="UTC", inclusive="left")
    noise = np.random.default_rng(7).normal(0, 0.05, len(hours))
    expected = 100 + 60 * ((hours.hour >= 8) & (hours.hour < 19) & (hours.day_of_week < 5))
    metered = expected * np.exp(noise) * np.where(hours >= since, step, 1.0)
    load, model = (
        meters.to_array(pd.DataFrame({"main_kwh": each}, hours), "UTC")
        for each in (metered, np.asarray(expected, float))
    )
    load.attrs["resolution"] = periods.HOURS
    return [tuple(each[each.local_year == year] for each in (load, model)) for year in YEARS]


def test_a_step_is_proposed_at_its_day_and_size():
    found = events.proposed(*pairs(step=1.2), rate=0.15)
    strongest = found.loc[found["score"].abs().idxmax()]
    assert strongest["kind"] == "step"
    assert abs(strongest["date"] - pd.Timestamp("2025-07-01")) <= pd.Timedelta(days=1)
    assert strongest["share"] == pytest.approx(0.2, abs=0.01)


def test_a_year_without_an_event_has_no_proposal():
    assert events.proposed(*pairs(), rate=0.1).empty


def test_residuals_by_day_add_up_to_metered_less_expected():
    base, reporting = pairs(step=1.2)
    by_day = events.residuals(base, reporting)
    assert len(by_day) == 366 + 365
    for load, model in (base, reporting):
        of_year = by_day[by_day.index.year == int(load.local_year[0])]
        assert of_year["main"].sum() == pytest.approx(float((load - model).sum()), rel=1e-9)
