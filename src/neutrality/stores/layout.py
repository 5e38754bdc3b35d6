"""The layout of a portfolio's Zarr store, which holds what a site's tables do, for many meters.

Format 3, one group, names and units by the CF conventions where they have any:

    load_kwh(time, meter)      kWh in the hour or local day from `time`, NaN where nothing was read
    outdoor_c(hour, station)   outdoor temperature [degC] at UTC hours, NaN where it is unknown
    station_of(meter)          position of the meter's weather station along `station`
    floor_area_m2(meter)       optional [m2]
    claimed_kwh(month, meter)  optional: certificates claimed for it, by month of generation [kWh]
    green_kwh(time, meter)     optional: green supply by the hour [kWh]
    location_kg_per_kwh(meter), uncovered_kg_per_kwh(meter)   optional factors [kg kWh-1 of CO2e]

`load_kwh` is an array of `energy.meters.to_array` or, of days and bills, of `energy.periods.by_day`
with all its coordinates and attributes (time zone, resolution). A chunk is the whole time series of
some meters. Meters of one station should stand side by side: they share its design.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from neutrality.energy import meters

CHUNK_METERS = 64  # a chunk of two years of hours has 4.5 MB of float32
_TEXT = "OT"  # kinds of dtype that hold text of any length
_BY_METER = 8192  # length of the chunks of what has one value a meter
FACTORS = ("location_kg_per_kwh", "uncovered_kg_per_kwh")
_NEEDED = ("load_kwh", "outdoor_c", "station_of")
_TITLE = "Energy of a portfolio by meter"
_ATTRS = {
    "outdoor_c": {"units": "degC", "long_name": "outdoor temperature"},
    "station_of": {"long_name": "position of the meter's weather station"},
    "floor_area_m2": {"units": "m2", "long_name": "floor area"},
    "claimed_kwh": {"units": "kWh", "long_name": "certificates claimed, by month of generation"},
    "green_kwh": {"units": "kWh", "long_name": "green supply in the hour from time (UTC)"},
    "location_kg_per_kwh": {"units": "kg kWh-1", "long_name": "location-based factor"},
    "uncovered_kg_per_kwh": {"units": "kg kWh-1", "long_name": "factor of uncovered energy"},
    "hour": {"standard_name": "time", "long_name": "start of the hour (UTC)"},
    "time": {"standard_name": "time", "long_name": "start of the interval (UTC)", "axis": "T"},
}


def write(folder: Path | str, parts: Iterable[xr.Dataset], weather: pd.DataFrame) -> None:
    """Write a store of some parts, each of some meters, in their order; the same parts give the
    same bytes, and a store that is not whole never has the folder's name.

    A part holds load_kwh(time, meter) and what else the layout has by meter, with `station(meter)`,
    the name of a column of `weather`, in place of `station_of`. `weather` has a UTC index by the
    hour and a column a station [°C]. All parts have the same times. Sizes of parts should be
    multiples of CHUNK_METERS. Raises ValueError for a folder that exists, a station without
    weather, and a part of other times.
    """
    folder = Path(folder)
    if folder.exists():
        raise ValueError(f"the store {folder.name} exists already; give a new folder, or remove it")
    making = folder.with_name(f".{folder.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    first = None
    for part in parts:
        made = _with_stations(part, list(weather))
        if first is None:
            first = made.time
            _first(made, weather).to_zarr(making, consolidated=False, encoding=_encoding(made))
            continue
        if not made.time.equals(first):
            raise ValueError(
                f"meter {made.meter.values[0]} has other times than the first part of the store; "
                "give all meters the same years and resolution"
            )
        of_meters = [name for name in made.variables if "meter" in made[name].dims]
        made[of_meters].drop_vars(set(made.coords) - set(of_meters)).to_zarr(
            making, append_dim="meter", consolidated=False
        )
    os.replace(making, folder)


def _with_stations(part: xr.Dataset, stations: list[str]) -> xr.Dataset:
    """Return a part with `station_of` for `station`, names as text and attributes."""
    unknown = sorted(set(part.station.values.astype(str)) - set(stations))
    if unknown:
        raise ValueError(
            f"weather: no column {unknown[0]}, the station of meter "
            f"{part.meter.values[list(part.station.values.astype(str)).index(unknown[0])]}; "
            f"it has {', '.join(stations)}"
        )
    at = pd.Index(stations).get_indexer(part.station.values.astype(str))
    made = part.drop_vars("station").assign(station_of=("meter", at.astype("int32")))
    made = made.assign_coords(meter=_text(part.meter.values)).drop_encoding()
    return made.transpose("time", ..., "meter", missing_dims="ignore")


def _text(names: np.ndarray) -> np.ndarray:
    return np.array([str(name) for name in names], object)


def _first(made: xr.Dataset, weather: pd.DataFrame) -> xr.Dataset:
    """Return the first part with the weather and all attributes."""
    hours = weather.index.tz_convert("UTC").tz_localize(None)
    stations = _text(weather.columns.to_numpy())
    made = made.assign(outdoor_c=(("hour", "station"), weather.to_numpy(float)))
    made = made.assign_coords(hour=hours, station=stations)
    if "month" in made.coords:
        made = made.assign_coords(month=_text(made.month.values))
    for name, attrs in _ATTRS.items():
        if name in made.variables:
            made[name].attrs |= attrs
    return made.assign_attrs(Conventions="CF-1.11", title=_TITLE)


def _encoding(made: xr.Dataset) -> dict[str, dict]:
    """Return the chunks of each variable: whole series of some meters."""
    chunks = {}
    for name, variable in made.variables.items():
        if "meter" in variable.dims:
            width = CHUNK_METERS if variable.ndim > 1 else _BY_METER
            chunks[name] = {"chunks": (*variable.shape[:-1], width)}
    return chunks


def open_store(folder: Path | str) -> xr.Dataset:
    """Return a store's arrays, not read yet. Raises ValueError where it is no store of this layout,
    and RuntimeError where the extra `arrays` is not installed.
    """
    folder = Path(folder)
    if not (folder / "zarr.json").is_file():
        raise ValueError(f"no Zarr store of format 3 is in {folder.name} (no zarr.json)")
    try:
        held = xr.open_dataset(folder, engine="zarr", consolidated=False, chunks=None)
    except ModuleNotFoundError as missing:
        raise RuntimeError(
            f"a store needs {missing.name}; install the extra: pip install 'neutrality[arrays]'"
        ) from None
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise ValueError(
            f"{folder.name}: cannot be read as a store ({error}); write it anew"
        ) from error
    lacking = [name for name in _NEEDED if name not in held]
    if lacking:
        raise ValueError(
            f"the store {folder.name} has no array {lacking[0]}; the documentation's page on "
            "portfolios as arrays has the layout"
        )
    text = [name for name, each in held.coords.items() if each.dtype.kind in _TEXT]
    return held.assign_coords({name: _plain(held[name].values) for name in text})


def _plain(names: np.ndarray) -> np.ndarray:
    return np.array(names.tolist(), str)


def chunk_meters(store: xr.Dataset) -> int:
    """Return how many meters a chunk of a store has."""
    width = store.load_kwh.encoding.get("preferred_chunks", {}).get("meter", CHUNK_METERS)
    return min(width, store.sizes["meter"])


def years(store: xr.Dataset) -> list[int]:
    """Return the local years of a store."""
    return np.unique(store.local_year.values).tolist()


def refuse_years(store: xr.Dataset, wanted: Iterable[int]) -> None:
    """Raise ValueError for a year that a store has no readings of."""
    held = years(store)
    for year in wanted:
        if year not in held:
            raise ValueError(f"the store holds {held[0]} to {held[-1]}, not {year}")


def readings(store: xr.Dataset, some: slice, names: Iterable[str]) -> xr.Dataset:
    """Return those arrays of some names that a store has, of some meters, read, energy in double
    precision.
    """
    made = store[[name for name in names if name in store]].isel(meter=some).load()
    double = {name: made[name].astype(float) for name in made.data_vars if name.endswith("_kwh")}
    return made.assign(double)


def outdoor(store: xr.Dataset, station: int) -> xr.DataArray:
    """Return outdoor_c(time) [°C] of one station at the times of the load, as of
    `meters.outdoor_on`.
    """
    hours = pd.DatetimeIndex(store.hour.values, tz="UTC")
    weather = pd.DataFrame({"outdoor_c": store.outdoor_c[:, station].values}, hours)
    return meters.outdoor_on(store.load_kwh[:, :1].astype(float), weather)
