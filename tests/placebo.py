"""Placebo buildings: two measured years of buildings without any known project.

A model that is fitted on the first year and predicts the second finds a "saving" that is its own
error. The tests and the benchmark read the buildings here, from ../shared/realdata or the folder in
NEUTRALITY_PLACEBO (see its README for the format).
"""

import os
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from neutrality.energy import bands, baseline, calendars, meters, savings

REAL = Path(os.environ.get("NEUTRALITY_PLACEBO", Path(__file__).parents[2] / "shared" / "realdata"))
LEVEL = 0.90


def country(zone):
    """The country, for `calendars.days`, that the time-zone database names for a zone; "" for none.

    >>> country("Europe/London"), country("Asia/Shanghai"), country("UTC")
    ('GB-ENG', 'CN', '')
    """
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (row.split("\t") for row in table.splitlines() if not row.startswith("#"))
    code = next((row[0] for row in rows if row[2] == zone), "")
    return {"GB": "GB-ENG"}.get(code, code)


def cases(fuel="electricity", timezone=None, closed=True):
    """Yield ((load, outdoor temperature) of the base year, the same of the next), for the meters of
    each pair of years and zone.

    With `closed`, public holidays and 24 to 31 December are days off. `timezone` replaces the
    buildings' own.
    """
    about = pd.read_csv(REAL / "metadata.csv").query("fuel == @fuel")
    energy = pd.read_parquet(REAL / f"{fuel}.parquet").set_index("timestamp")
    energy = {
        f"{meter}_kwh": kwh.astype(float)
        for meter, kwh in energy.groupby("building_id", observed=True)["kwh"]
    }
    weather = pd.read_parquet(
        REAL / "weather.parquet", columns=["timestamp", "temperature_c"]
    ).set_index("timestamp")
    weather = weather.astype(float).set_axis(["outdoor_c"], axis=1)
    for (first, second, zone), group in about.groupby(["train_year", "test_year", "timezone"]):
        days = calendars.days(country(zone), (first, second), True) if closed else None
        load = meters.to_array(
            pd.DataFrame({f"{meter}_kwh": energy[f"{meter}_kwh"] for meter in group.building_id}),
            timezone or zone,
            days,
        )
        halves = [load.isel(time=load.local_year.values == year) for year in (first, second)]
        yield tuple((half, meters.outdoor_on(half, weather)) for half in halves)


def half_life_days(pairs, model="towt_lagged"):
    """The half-life [days] with the least error over all base years of a fuel."""
    errors = [baseline.half_life_errors(*base, model) * base[0].sizes["meter"] for base, _ in pairs]
    return float(sum(errors).idxmin())


def placebo(pairs, model="towt_lagged", half_life=np.inf):
    """One row a meter: goodness of fit of the next year's prediction, placebo saving, and the
    uncertainty that each method gives [share].
    """
    rows = []
    for (load, outdoor_c), (next_load, next_outdoor_c) in pairs:
        fitted = baseline.fit(load, outdoor_c, model, half_life)
        modelled = baseline.predict(fitted, outdoor_c)
        expected = baseline.predict(fitted, meters.fill_outdoor(next_outdoor_c))
        seen = baseline.fit_statistics(load, modelled, fitted.parameters)
        unseen = baseline.fit_statistics(next_load, expected, 0)
        table = savings.avoided(next_load, expected)
        model_kwh = table.meter.map(savings.model_error(load, modelled, half_life)) * table.hours
        rows.append(
            table.assign(
                seen_cv_rmse=seen.cv_rmse.values,
                cv_rmse=unseen.cv_rmse.values,
                monthly_cv_rmse=unseen.monthly_cv_rmse.values,
                saved_share=table.savings_kwh / table.predicted_kwh,
                model_share=model_kwh / table.predicted_kwh,
                formula_share=savings.formula_half_kwh(table, seen, LEVEL) / table.predicted_kwh,
            )
        )
    return pd.concat(rows, ignore_index=True)


def halves(rows, others=None, level=LEVEL):
    """Half width of each building's band [share], with drift and scores of all other buildings
    (leave-one-out), those of another fuel included.
    """
    made = []
    for at, row in rows.iterrows():
        own = rows.drop(at)
        drift = bands.drift(own.saved_share, own.model_share)
        scores = [bands.scores(own.saved_share, own.model_share, drift)]
        if others is not None:
            rest = others[others.meter != row.meter]
            theirs = bands.drift(rest.saved_share, rest.model_share)
            scores.append(bands.scores(rest.saved_share, rest.model_share, theirs))
        width = bands.quantile(np.sort(np.concatenate(scores)), level)
        made.append(width * np.hypot(row.model_share, drift))
    return pd.Series(made, rows.index)
