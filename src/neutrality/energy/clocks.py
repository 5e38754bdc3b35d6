"""Whether the clock of a meter agrees with that of the main meter behind which it is."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neutrality.energy import periods
from neutrality.reference import units

# What a use draws more or less than a week before and a week after is in the main meter once, in
# the same hour: of the main meter's irregular steps regressed on the use's, an hour earlier, at the
# hour and an hour later, the coefficient at the hour is 1. Where it is nearer to 0 and that of a
# neighbouring hour nearer to 1, the clocks are apart by it. A plant that starts earlier than the
# others is in the main meter earlier too, and is not found.
_PRESENT, _ABSENT = 0.7, 0.3
_LEAST_HOURS = 4 * units.HOURS_PER_WEEK
# Coefficients less sure than this (standard error) show nothing.
_SURE = 0.1
_SHIFTS = (-1, 0, 1)


def apart(load_kwh: xr.DataArray) -> dict[str, int]:
    """Return, by meter of load_kwh(time, meter) [kWh] by the hour, how many hours its clock is
    behind the main meter's (+1) or ahead of it (-1), where the readings show it.

    A use that hardly varies, or is too small to be seen in the main meter, shows nothing.
    """
    if periods.MAIN not in load_kwh.meter.values:
        return {}
    main = load_kwh.sel(meter=periods.MAIN).values
    names = [str(name) for name in load_kwh.meter.values if name != periods.MAIN]
    found = {name: _behind(main, load_kwh.sel(meter=name).values) for name in names}
    return {name: hours for name, hours in found.items() if hours}


def _behind(main: np.ndarray, use: np.ndarray) -> int:
    """Return by how many hours a use is behind the main meter; 0 where nothing shows it."""
    if len(main) <= 2 * units.HOURS_PER_WEEK:
        return 0
    of_main, of_use = _irregular(main), _irregular(use)
    beside = np.stack([np.roll(of_use, -shift) for shift in _SHIFTS], axis=1)
    known = np.isfinite(of_main) & np.isfinite(beside).all(axis=1)
    if known.sum() < _LEAST_HOURS or not of_use[known].any():
        return 0
    steps, wanted = beside[known], of_main[known]
    share, *_ = np.linalg.lstsq(steps, wanted, rcond=None)
    left = np.var(wanted - steps @ share)
    error = np.sqrt(left / np.maximum((steps**2).sum(axis=0), np.finfo(float).tiny))
    by_shift = dict(zip(_SHIFTS, share, strict=True))
    if error.max() > _SURE or abs(by_shift.pop(0)) > _ABSENT:
        return 0
    best = max(by_shift, key=by_shift.__getitem__)
    return best if by_shift[best] > _PRESENT else 0


def _irregular(kwh: np.ndarray) -> np.ndarray:
    """Return each hour's step less the mean step of that hour a week before and a week after."""
    step, week = np.diff(kwh, prepend=np.nan), units.HOURS_PER_WEEK
    around = np.full(len(step), np.nan)
    around[week:-week] = (step[: -2 * week] + step[2 * week :]) / 2
    return step - around
