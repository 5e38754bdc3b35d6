"""Whether the clock of a meter agrees with that of the main meter behind which it is."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neutrality.energy import periods

# What a use draws is in the main meter in the same hour. Taking it off leaves the less variance
# from hour to hour the better the clocks agree; an hour apart, its own ups and downs stay in the
# rest, and enter it a second time. The share (0-1) of that variance that may be left.
_SHARE_LEFT = 0.7
_LEAST_HOURS = 24 * 28  # four weeks


def apart(load_kwh: xr.DataArray) -> dict[str, int]:
    """Return, by meter of load_kwh(time, meter) [kWh] by the hour, how many hours its clock is
    behind the main meter's (+1) or ahead of it (-1), where the readings show it.

    A use that hardly varies, or is too small to be seen in the main meter, shows nothing.
    """
    if periods.MAIN not in load_kwh.meter.values:
        return {}
    main = load_kwh.sel(meter=periods.MAIN).values
    uses = {str(name): load_kwh.sel(meter=name).values for name in load_kwh.meter.values}
    del uses[periods.MAIN]
    found = {name: _behind(main, use) for name, use in uses.items()}
    return {name: hours for name, hours in found.items() if hours}


def _behind(main: np.ndarray, use: np.ndarray) -> int:
    """Return by how many hours a use is behind the main meter; 0 where nothing shows it."""
    left = {hours: _restless(main, np.roll(use, -hours)) for hours in (0, 1, -1)}
    best = min(left, key=left.__getitem__)
    return best if left[best] < _SHARE_LEFT * left[0] else 0


def _restless(main: np.ndarray, use: np.ndarray) -> float:
    """Return the variance from hour to hour of what is left of the main meter without the use."""
    step = np.diff(main - use)
    known = step[np.isfinite(step)]
    return float(np.var(known)) if len(known) >= _LEAST_HOURS else np.nan
