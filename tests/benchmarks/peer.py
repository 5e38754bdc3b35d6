"""The peer:

OpenDSM's hourly model with its default settings, on the same hours, weather and, if asked, days
off.
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
    """One meter and year as the peer takes it: local time, °F; day_off is there to be used or
    not.
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
    """Expected energy of the next year [kWh] and the peer's own uncertainty of each hour."""
    if not days_off:
        base, later = (each.drop(columns="day_off") for each in (base, later))
    settings = {
        "seed": SEED,
        **({"supplemental_categorical_columns": ["day_off"]} if days_off else {}),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = HourlyModel(settings).fit(HourlyBaselineData(base, is_electricity_data=electricity))
        made = model.predict(HourlyReportingData(later, is_electricity_data=electricity)).reindex(
            later.index
        )
        total = _uncertainty(model, made)
    return made["predicted"].to_numpy(), float(np.sqrt((made["predicted_unc"] ** 2).sum())), total


def _uncertainty(model, made):
    """The half width of the year's total that the formula gives at 90 %:

    `predict` passes it alpha (10 %) as the level.
    """
    from opendsm.common.metrics import ReportingMetrics

    return float(
        ReportingMetrics(
            baseline_metrics=model.baseline_metrics,
            reporting_df=made,
            data_frequency="hourly",
            confidence_level=1 - model.settings.uncertainty_alpha,
        ).total_savings_uncertainty
    )
