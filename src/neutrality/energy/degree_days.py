"""Baselines of days and of bills: energy from degree-days, weekdays, season and level.

Change-point models (baseload, a heating slope below one balance point, a cooling slope above
another; ASHRAE Guideline 14 and CalTRACK have the same forms, clauses not read) and one of many
balance points whose small slopes add up to a smooth curve. A bill is the sum of its days. The
columns are in `day_weather`, the arithmetic in `period_ridge`.

Periods are the axis of an array energy_kwh(period, meter) with coordinates `start` and `end`, local
dates without zone, the end exclusive: `start(period)` where all meters are read on the same days,
`start(period, meter)` where each has its own, padded with NaT. NaN is not read. An optional
coordinate `estimated(period, meter)` marks reads that nobody took.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import xarray as xr

from neutrality.energy import day_weather, period_ridge

# name: sides with a slope of their own beyond a balance point found in the base year
MODELS = {
    "many": (),
    "both": ("heating", "cooling"),
    "heating": ("heating",),
    "cooling": ("cooling",),
    "none": (),
}
# Half-life of the level [d]: what a building does without heating drifts from year to year, what
# its heating needs hardly does (chosen on placebo years, tests/benchmarks/bench_periods.py).
HALF_LIFE_DAYS = {"electricity": 60.0, "heating": 240.0}
LEAST_PERIODS, LEAST_DAYS = 6, 180

_ESTIMATED_NOISE = 4.0  # variance of an estimated read, to that of a read one
_SLOPE_VARIANCE = 1e3  # of the change-point slopes, as shares of a mean day per 10 °C: free
_CLEARLY_BETTER = 0.5  # mean square error at which one form is preferred to many balance points
_PER_POINT = 3  # Friedman 1991 (MARS): a knot found by search costs 2 to 4 parameters
_BATCH = 1000
_SIDES = ("heating", "cooling")


@dataclass(frozen=True)
class _Periods:
    """Positions of first day and day after the last (v, n) in the weather, and noise (v, n)."""

    first: np.ndarray
    end: np.ndarray
    noise: np.ndarray

    def sums(self, daily: np.ndarray) -> np.ndarray:
        """Return daily values (day, p) summed over each period (v, n, p)."""
        so_far = np.concatenate([np.zeros((1, daily.shape[1])), daily.cumsum(axis=0)])
        return so_far[self.end] - so_far[self.first]

    def of(self, some: np.ndarray) -> _Periods:
        """Return the periods of some meters, once where these share them."""
        if len(self.first) == 1:
            return self
        own = [each[some] for each in (self.first, self.end, self.noise)]
        shared = all((each == each[0]).all() for each in own)
        return _Periods(*(each[:1] if shared else each for each in own))


@dataclass(frozen=True)
class _Fitted:
    """One model of some meters: errors of left-out readings (m, n) and their mean square (m),
    coefficients of base (m, p) and weather columns (m, q), balance point positions and slopes (m,
    side); -1 is no balance point.
    """

    left_out: np.ndarray
    square: np.ndarray
    base: np.ndarray
    many: np.ndarray
    balance: np.ndarray
    slope: np.ndarray


def fit(
    energy_kwh: xr.DataArray,
    weather: xr.Dataset,
    model: str = "auto",
    half_life_days: float = HALF_LIFE_DAYS["electricity"],
) -> xr.Dataset:
    """Return the model of each meter of energy_kwh(period, meter) [kWh], from weather of
    `day_weather.days`.

    `model` is one of MODELS, or "auto": for each meter that of many balance points, unless another
    has less than half its mean square error of left-out readings. Returned are `kind(meter)`;
    `balance_c(side, meter)` [°C] and `slope_kwh_per_c(side, meter)` [kWh per degree-day] of a
    change-point model; `baseload_kwh(meter)`, the mean day without degree-days [kWh];
    `base_kwh(column, meter)` and `weather_kwh(degrees, meter)`, all coefficients;
    `floor_kwh(meter)`; `last(meter)`, the day from which readings age; `left_out_kwh(period,
    meter)`, the error of each reading predicted from all the others; `period_days`.

    A reading has half the weight for every 1.5 `half_life_days` before the last, and an estimated
    one a quarter. Raises ValueError for an unknown model, a period outside the weather or ending
    before it starts, and a meter with too few readings.
    """
    if model not in (*MODELS, "auto"):
        raise ValueError(f"model '{model}' is unknown; choose one of auto, {', '.join(MODELS)}")
    energy_kwh = energy_kwh.transpose("period", "meter")
    readings, last = energy_kwh.values.T.astype(float), _last_days(energy_kwh)
    periods = _periods(energy_kwh, weather, half_life_days, last)
    days = np.broadcast_to(periods.end - periods.first, readings.shape)
    _refuse_few(readings, days, energy_kwh.meter.values)
    known = np.isfinite(readings) & (days > 0)
    scale = np.abs(np.where(known, readings, 0)).sum(axis=1) / (days * known).sum(axis=1)
    shares = np.where(known, readings, np.nan) / np.where(scale > 0, scale, 1)[:, None]
    wanted = tuple(MODELS) if model == "auto" else (model,)
    kinds, fitted = np.empty(len(shares), "<U7"), {}
    for some, day in _batches(last):
        base = day_weather.base_columns(weather, half_life_days, day)
        kinds[some], found = _best(shares[some], periods.of(some), base, weather, wanted)
        for name, part in vars(found).items():
            fitted.setdefault(name, np.empty((len(shares), *part.shape[1:]), part.dtype))
            fitted[name][some] = part
    made = _dataset(fitted, kinds, scale, readings, energy_kwh).assign(last=("meter", last))
    learnt = weather.outdoor_c.values[periods.first.min() : periods.end.max()]
    return made.assign_attrs(
        model=model,
        half_life_days=half_life_days,
        coldest_c=float(learnt.min()),
        warmest_c=float(learnt.max()),
    )


def _last_days(energy_kwh: xr.DataArray) -> np.ndarray:
    """Return the day after the last period with a reading (m), from which readings age."""
    end = energy_kwh.end.broadcast_like(energy_kwh).transpose("period", "meter").values
    read = np.isfinite(energy_kwh.values) & ~np.isnat(end)
    days = np.where(read, end.astype("datetime64[D]"), np.datetime64(0, "D"))
    return days.max(axis=0).astype("datetime64[ns]")


def _batches(last: np.ndarray) -> list[tuple[np.ndarray, np.datetime64]]:
    """Return the positions of meters to solve together, and their last day."""
    return [
        (some, day)
        for day in np.unique(last)
        for meters in [np.flatnonzero(last == day)]
        for some in np.split(meters, range(_BATCH, len(meters), _BATCH))
    ]


def _best(shares, periods, base, weather, wanted) -> tuple[np.ndarray, _Fitted]:
    """Return the kind (m) chosen by the error of left-out readings, and that model."""
    made = dict(_each(shares, periods, base, weather, wanted))
    squares = np.stack([each.square for each in made.values()])
    if len(made) > 1:
        squares[list(made).index("many")] *= _CLEARLY_BETTER
    choice, meters = squares.argmin(axis=0), np.arange(len(shares))
    chosen = {
        one.name: np.stack([getattr(each, one.name) for each in made.values()])[choice, meters]
        for one in fields(_Fitted)
    }
    return np.array(list(made))[choice], _Fitted(**chosen)


def _each(shares, periods, base, weather, wanted):
    """Yield (kind, model) of each kind wanted, in the order of MODELS."""
    columns = periods.sums(base.values)
    many = day_weather.weather_columns(weather)
    if "many" in wanted:
        whole = day_weather.both(base, many)
        sums = periods.sums(whole.values)
        solved = period_ridge.solve(
            period_ridge.inverse(sums, whole.variance, periods.noise), shares
        )
        coefficients = period_ridge.coefficients(sums, whole.variance, solved.weighted)
        size = columns.shape[2]
        yield "many", _fitted(solved, periods, coefficients[:, :size], coefficients[:, size:])
    points = [kind for kind in MODELS if kind in wanted and kind != "many"]
    if not points:
        return
    base = day_weather.without_season(base)
    inverse = period_ridge.inverse(columns, base.variance, periods.noise)
    solved = period_ridge.solve(inverse, shares)
    sides = np.concatenate([weather.below_c.values, weather.above_c.values], axis=1)
    hinges = periods.sums(sides) / day_weather.SLOPE_UNIT_C
    profile = period_ridge.gains(solved, hinges, _SLOPE_VARIANCE)
    for kind in points:
        at = _balance(profile, MODELS[kind])
        picked = np.take_along_axis(hinges, np.maximum(at, 0)[:, None], 2) * (at >= 0)[:, None]
        own = [_SIDES.index(side) for side in MODELS[kind]]
        beside, own_slope = period_ridge.beside(solved, shares, picked[..., own], _SLOPE_VARIANCE)
        slope = np.zeros(at.shape)
        slope[:, own] = own_slope
        yield (
            kind,
            _Fitted(
                beside.left_out,
                _square(beside, periods) * _search_cost(shares, at),
                period_ridge.coefficients(columns, base.variance, beside.weighted),
                np.zeros((len(shares), many.values.shape[1])),
                at,
                slope / day_weather.SLOPE_UNIT_C,
            ),
        )


def _search_cost(shares: np.ndarray, balance: np.ndarray) -> np.ndarray:
    """Return the factor (m) by which errors of left-out readings understate those of a model whose
    balance points were searched on the same readings: (n / (n - k))^2, with _PER_POINT parameters
    for each balance point.
    """
    count = np.isfinite(shares).sum(axis=1)
    searched = _PER_POINT * (balance >= 0).sum(axis=1)
    return (count / np.maximum(count - searched, 1)) ** 2


def _fitted(solved, periods, base, many) -> _Fitted:
    none = np.full((len(base), len(_SIDES)), -1)
    return _Fitted(
        solved.left_out, _square(solved, periods), base, many, none, np.zeros(none.shape)
    )


def _square(solved: period_ridge.Solved, periods: _Periods) -> np.ndarray:
    """Return the mean square error (m) of left-out readings, each by its own noise."""
    return (solved.left_out**2 / periods.noise).sum(axis=1)


def _balance(profile: tuple, sides: tuple[str, ...]) -> np.ndarray:
    """Return the positions of the balance points (m, side) among all hinges, -1 for none."""
    product, pairs = profile
    base_c = np.concatenate([day_weather.BALANCE_C[side] for side in _SIDES])
    is_heating = np.arange(len(base_c)) < len(day_weather.BALANCE_C["heating"])
    own = {"heating": is_heating, "cooling": ~is_heating}
    found = np.full((len(product), len(_SIDES)), -1)
    for place, side in enumerate(_SIDES):
        if side in sides:
            found[:, place] = period_ridge.best_single(product, pairs, own[side])
    if len(sides) < len(_SIDES):
        return found
    single = np.where(found >= 0, period_ridge.explained(product, pairs, found), 0.0)
    most = single.max(axis=1)
    found[single < most[:, None]] = -1
    for heating in np.flatnonzero(is_heating):
        apart = ~is_heating & (base_c >= base_c[heating])
        cooling, gain = period_ridge.best_beside(product, pairs, heating, apart)
        better = gain > most
        found[better] = np.stack([np.full(better.sum(), heating), cooling[better]], axis=1)
        most = np.maximum(gain, most)
    return found


def _dataset(fitted, kinds, scale, readings, energy_kwh) -> xr.Dataset:
    base_c = np.concatenate([day_weather.BALANCE_C[side] for side in _SIDES])
    at, kwh = fitted["balance"], scale[:, None]
    lowest = np.nanmin(readings, axis=1)
    axes = {
        "kind": ("meter", kinds),
        "balance_c": (("side", "meter"), np.where(at >= 0, base_c[at], np.nan).T),
        "slope_kwh_per_c": (("side", "meter"), (fitted["slope"] * kwh).T),
        "baseload_kwh": ("meter", fitted["base"][:, 0] * scale),
        "base_kwh": (("column", "meter"), (fitted["base"] * kwh).T),
        "weather_kwh": (("degrees", "meter"), (fitted["many"] * kwh).T),
        "floor_kwh": ("meter", np.where(lowest < 0, -np.inf, 0.0)),
        "left_out_kwh": (
            ("period", "meter"),
            np.where(np.isfinite(readings), fitted["left_out"] * kwh, np.nan).T,
        ),
    }
    days = (energy_kwh.end - energy_kwh.start) / np.timedelta64(1, "D")
    return xr.Dataset(axes, {"meter": energy_kwh.meter.values, "side": list(_SIDES)}).assign(
        period_days=days.reset_coords(drop=True)
    )


def predict(model: xr.Dataset, periods: xr.DataArray, weather: xr.Dataset) -> xr.DataArray:
    """Return the energy (period, meter) [kWh] that a model of `fit` expects in the periods of an
    array as for `fit`, whose values are not used.

    A period's energy is the sum of its days, so that splitting one in two changes nothing.
    """
    some = {"meter": periods.meter.values} if "meter" in periods.coords else {}
    model = model.sel(some)
    placed = _periods(periods, weather, np.inf, model.last.values)
    daily = daily_kwh(model, weather).values
    so_far = np.concatenate([np.zeros((1, daily.shape[1])), daily.cumsum(axis=0)])
    if len(placed.first) == 1:
        expected = so_far[placed.end[0]] - so_far[placed.first[0]]
    else:
        meter = np.arange(daily.shape[1])[:, None]
        expected = (so_far[placed.end, meter] - so_far[placed.first, meter]).T
    coords = {name: periods[name] for name in ("start", "end", "period") if name in periods.coords}
    return xr.DataArray(
        expected,
        {**coords, "meter": model.meter.values},
        ("period", "meter"),
        "predicted_kwh",
        {"units": "kWh", "long_name": "energy expected by the baseline model"},
    )


def daily_kwh(model: xr.Dataset, weather: xr.Dataset) -> xr.DataArray:
    """Return the energy (day, meter) [kWh] that a model of `fit` expects on each day of weather."""
    kwh = np.empty((weather.sizes["day"], model.sizes["meter"]))
    for day in np.unique(model.last.values):
        some = np.flatnonzero(model.last.values == day)
        base = day_weather.base_columns(weather, model.half_life_days, day).values
        kwh[:, some] = base @ model.base_kwh.values[:, some]
    if (model.kind == "many").any():
        kwh += day_weather.weather_columns(weather).values @ model.weather_kwh.values
    for side, name in (("heating", "below_c"), ("cooling", "above_c")):
        of_side = model.sel(side=side)
        with_slope = np.flatnonzero(of_side.slope_kwh_per_c.values)
        balance_c = of_side.balance_c.values[with_slope]
        at = np.searchsorted(day_weather.BALANCE_C[side], balance_c)
        kwh[:, with_slope] += (
            weather[name].values[:, at] * of_side.slope_kwh_per_c.values[with_slope]
        )
    kwh = np.maximum(kwh, model.floor_kwh.values)
    return xr.DataArray(
        kwh, {"day": weather.day.values, "meter": model.meter.values}, ("day", "meter")
    )


def _periods(energy_kwh, weather, half_life_days, last) -> _Periods:
    """Return the periods of an array; ValueError for one outside the weather, or reversed."""
    start, end = (
        np.atleast_2d(energy_kwh[name].transpose(..., "period").values.astype("datetime64[D]"))
        for name in ("start", "end")
    )
    padded = np.isnat(start) | np.isnat(end)
    first_day = weather.day.values[0].astype("datetime64[D]")
    first = np.where(padded, 0, (start - first_day).astype(int))
    after = np.where(padded, 0, (end - first_day).astype(int))
    _refuse_periods(start, end, first, after, weather)
    if len(first) > 1 and (first == first[0]).all() and (after == after[0]).all():
        first, after, padded = first[:1], after[:1], padded[:1]
    if len(first) == 1 and (last != last[0]).any():
        first, after, padded = (np.repeat(each, len(last), 0) for each in (first, after, padded))
    noise = np.where(padded, 1.0, _noise(first, after, last[: len(first)], weather, half_life_days))
    if "estimated" in energy_kwh.coords and bool(energy_kwh.estimated.any()):
        estimated = energy_kwh.estimated.transpose("meter", "period").values.astype(bool)
        noise = noise * np.where(estimated, _ESTIMATED_NOISE, 1.0)
        first, after = (np.broadcast_to(each, noise.shape) for each in (first, after))
    return _Periods(first, after, noise)


def _noise(first, after, last, weather, half_life_days) -> np.ndarray:
    """Return the variance of each period's energy (v, n), in units of a last day's.

    Days add up their variances, and a bill's days all count as its mean day.
    """
    weight = np.stack(
        [
            day_weather.remembered(day_weather.age_days(weather, day), half_life_days)
            for day in np.unique(last)
        ]
    )
    so_far = np.concatenate([np.zeros((len(weight), 1)), weight.cumsum(axis=1)], axis=1)
    which = np.searchsorted(np.unique(last), last)[:, None]
    total = so_far[which, after] - so_far[which, first]
    return (after - first) ** 2 / np.where(after > first, total, 1)


def _refuse_periods(start, end, first, after, weather) -> None:
    given = ~(np.isnat(start) | np.isnat(end))
    reversed_ = given & (after <= first)
    if reversed_.any():
        raise ValueError(
            f"energy: the period from {start[reversed_][0]} ends on {end[reversed_][0]}; the end "
            "is the day after the last, so it must be later than the start"
        )
    outside = given & ((first < 0) | (after > weather.sizes["day"]))
    if outside.any():
        raise ValueError(
            f"weather: the period {start[outside][0]} to {end[outside][0]} is not covered, only "
            f"{str(weather.day.values[0])[:10]} to {str(weather.day.values[-1])[:10]}; give the "
            "outdoor temperature of every day of every period"
        )


def _refuse_few(readings: np.ndarray, days: np.ndarray, meters: np.ndarray) -> None:
    known = np.isfinite(readings) & (days > 0)
    count, covered = known.sum(axis=1), (known * days).sum(axis=1)
    few = np.flatnonzero((count < LEAST_PERIODS) | (covered < LEAST_DAYS))
    if len(few):
        raise ValueError(
            f"energy: meter {meters[few[0]]} has {count[few[0]]} readings of {covered[few[0]]} "
            f"days; a baseline needs at least {LEAST_PERIODS} readings and {LEAST_DAYS} days"
        )
