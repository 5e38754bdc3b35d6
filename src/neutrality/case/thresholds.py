"""Parameters that decide what is checked: where one is wider than the default, page one says so."""

from __future__ import annotations

from neutrality.texts.findings import Finding, in_parameters

# Default of each limit, and whether a check is wider above it (1) or below it (-1). The defaults
# are those of the notebooks (tested).
LIMITS: dict[str, tuple[float, int]] = {
    "max_gap_share": (0.02, 1),
    "stuck_hours": (24, 1),
    "reset_days": (1.0, 1),
    "bill_tolerance_percent": (2.0, 1),
    "vintage_months": (12, 1),
    "materiality_percent": (5.0, 1),
    "amount_change_percent": (15.0, 1),
    "confidence": (0.95, -1),
    "meter_uncertainty": (0.01, -1),
    "gap_uncertainty": (0.5, -1),
    "activity_uncertainty": (0.03, -1),
    "green_uncertainty": (0.005, -1),
    "factor_uncertainty": (0.05, -1),
    "reversal_share": (0.1, -1),
    "tighter_vintage_years": (2, 1),
}

# The building's size, by which amounts are compared; 0 = not given.
SIZES = ("floor_area_m2", "occupants")


def widened(silenced_kwh: float = 0.0, silenced: int = 0, **chosen: float) -> list[Finding]:
    """Return a finding for each limit that is wider than its default.

    A size of the building (floor_area_m2, occupants) of 0 switches checks off, and is told too.
    `silenced` findings of `silenced_kwh` together would be made at the defaults.

    >>> [finding.en for finding in widened(stuck_hours=48, reset_days=0.5)]
    ['stuck_hours is 48, wider than the default of 24: the checks it limits find less.']
    """
    found: list[Finding] = []
    for name in [name for name in SIZES if chosen.pop(name, 1.0) == 0]:
        found += in_parameters("size_not_given", name=name)
    for name, value in chosen.items():
        default, way = LIMITS[name]
        if (value - default) * way > 0:
            found += in_parameters("check_widened", name=name, value=value, default=default)
    if silenced:
        found += in_parameters("findings_silenced", count=silenced, kwh=silenced_kwh)
    return found
