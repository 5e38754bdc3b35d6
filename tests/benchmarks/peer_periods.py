"""The peers for days and bills: camber-toolkit's change-point models and OpenDSM's daily and
billing models, each with its own default settings, on the same periods and temperatures.
"""

import logging
import warnings

import numpy as np
import pandas as pd

logging.disable(logging.CRITICAL)
try:
    import camber
    import opendsm
    from camber.mandv.billing import BillingSeries
    from camber.mandv.models import best_model
    from camber.mandv.multivariable import fit_cp_driver_model
    from opendsm.eemeter.models.billing.data import BillingBaselineData, BillingReportingData
    from opendsm.eemeter.models.billing.model import BillingModel
    from opendsm.eemeter.models.daily.data import DailyBaselineData, DailyReportingData
    from opendsm.eemeter.models.daily.model import DailyModel

    VERSIONS = {"camber": camber.__version__, "opendsm": opendsm.__version__}
except ImportError:
    VERSIONS = {}

SETTINGS = {
    "camber": "change-point kinds 2P to 5P by BIC; days of electricity with weekday, bills "
    "weighted by their days",
    "opendsm": "default settings of DailyModel and BillingModel, disqualification ignored",
}
ZONE = "Europe/London"


def fahrenheit(outdoor_c):
    return outdoor_c * 1.8 + 32


def camber_days(kwh, outdoor_c, later, electricity):
    """Expected energy of the days `later` [kWh]."""
    base_f, later_f = (fahrenheit(outdoor_c[days].to_numpy()) for days in (kwh.index, later))
    if not electricity:
        return best_model(base_f, kwh.to_numpy(), time_index=kwh.index).predict(later_f)
    weekday, later_weekday = ((days.dayofweek < 5).astype(float) for days in (kwh.index, later))
    model = fit_cp_driver_model(
        base_f, weekday, kwh.to_numpy(), driver_names=["weekday"], time_index=kwh.index
    )
    return model.predict(np.column_stack([later_f, later_weekday]))


def camber_bills(kwh, outdoor_c, dates, later, electricity):
    """Expected energy of the bills between the dates `later` [kWh]."""

    def table(edges, values):
        frame = pd.DataFrame({"start": edges[:-1], "end": edges[1:], "energy": values})
        return BillingSeries(frame).energy_vs_temp(fahrenheit(outdoor_c))

    base, after = table(dates, kwh), table(later, np.ones(len(later) - 1))
    model = best_model(
        base["oat"].to_numpy(),
        base["energy"].to_numpy(),
        time_index=base.index,
        weights=base["days"].to_numpy(float),
    )
    return model.predict(after["oat"].to_numpy()) * after["days"].to_numpy()


def opendsm_days(kwh, outdoor_c, later, electricity):
    """Expected energy of the days `later` [kWh]."""

    def frame(observed, days):
        local = days.tz_localize(ZONE)
        temperature = fahrenheit(outdoor_c[days].to_numpy())
        return pd.DataFrame({"observed": observed, "temperature": temperature}, local)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        base = DailyBaselineData(frame(kwh.to_numpy(), kwh.index), is_electricity_data=electricity)
        after = DailyReportingData(frame(1.0, later), is_electricity_data=electricity)
        model = DailyModel().fit(base, ignore_disqualification=True)
        expected = model.predict(after, ignore_disqualification=True)["predicted"]
    return expected.reindex(later.tz_localize(ZONE)).to_numpy()


def opendsm_bills(kwh, outdoor_c, dates, later, electricity):
    """Expected energy of the bills between the dates `later` [kWh]."""

    def temperature(first, last):
        return fahrenheit(outdoor_c[first:last]).tz_localize(ZONE)

    days = pd.date_range(later[0], later[-1], inclusive="left")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reads = pd.Series(np.append(kwh, np.nan), pd.DatetimeIndex(dates).tz_localize(ZONE))
        base = BillingBaselineData.from_series(
            reads, temperature(dates[0], dates[-1]), is_electricity_data=electricity
        )
        model = BillingModel().fit(base, ignore_disqualification=True)
        after = BillingReportingData.from_series(
            None,
            temperature(days[0], days[-1]),
            is_electricity_data=electricity,
            tzinfo=reads.index.tz,
        )
        expected = model.predict(after, ignore_disqualification=True)["predicted"]
    by_day = expected.reindex(days.tz_localize(ZONE)).to_numpy()
    at = np.searchsorted(days, later)
    return np.array([by_day[a:b].sum() for a, b in zip(at, at[1:], strict=False)])


PEERS = {
    "camber": {"days": camber_days, "bills": camber_bills},
    "opendsm": {"days": opendsm_days, "bills": opendsm_bills},
}
