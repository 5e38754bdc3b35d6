"""The peer: OpenDSM's hourly model with its default settings, on the same hours and weather, with
or without days off.
"""

import logging
import warnings

import numpy as np
import pandas as pd

try:
    import opendsm
    from opendsm.eemeter.models.hourly import HourlyBaselineData, HourlyModel, HourlyReportingData

    VERSION = opendsm.__version__
except ImportError:
    VERSION = None

SEED = 0
logging.disable(logging.CRITICAL)


def frame(load, outdoor_c):
    """One meter and year in the peer's form: local time, kWh, °F, and day_off, which `predict` may
    leave out.
    """
    hours = pd.DatetimeIndex(load.time.values, tz="UTC").tz_convert(load.attrs["timezone"])
    return pd.DataFrame(
        {
            "observed": load.values,
            "temperature": outdoor_c.values * 1.8 + 32,
            "day_off": load.day_off.values.astype(float),
        },
        hours,
    )


def predict(base, later, electricity, days_off=False):
    """Expected energy of the next year by hour, and two half widths of its sum: the peer's own, and
    by its formula at 90 % [kWh].
    """
    if not days_off:
        base, later = (each.drop(columns="day_off") for each in (base, later))
    settings = {"seed": SEED}
    if days_off:
        settings["supplemental_categorical_columns"] = ["day_off"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = HourlyModel(settings).fit(HourlyBaselineData(base, is_electricity_data=electricity))
        hourly = model.predict(HourlyReportingData(later, is_electricity_data=electricity))
        hourly = hourly.reindex(later.index)
        by_formula = _half_width_by_formula(model, hourly)
    own = float(np.sqrt((hourly["predicted_unc"] ** 2).sum()))
    return hourly["predicted"].to_numpy(), own, by_formula


def _half_width_by_formula(model, hourly):
    """The half width of the year's total [kWh] by the peer's formula at 90 %. The peer's own
    `predict` passes alpha (10 %) as the level instead.
    """
    from opendsm.common.metrics import ReportingMetrics

    return float(
        ReportingMetrics(
            baseline_metrics=model.baseline_metrics,
            reporting_df=hourly,
            data_frequency="hourly",
            confidence_level=1 - model.settings.uncertainty_alpha,
        ).total_savings_uncertainty
    )
