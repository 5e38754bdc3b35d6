"""Arrays on disk as NetCDF by the CF conventions; the same arrays give the same bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

_TIME = {
    "standard_name": "time",
    "long_name": "start of the interval (UTC)",
    "axis": "T",
    "units_metadata": "leap_seconds: none",
}
# A coordinate of its dimension's own name holds numbers (CF 1.2); names along it are a label.
_LABEL = "_name"
_TEXT = "OUT"  # kinds of dtype that hold text: of Python's objects, of one length, of any length
_UDUNITS = {"kWh": "kW h"}  # units that UDUNITS, and so CF, writes otherwise


def write(arrays: xr.Dataset, path: Path | str, title: str, history: str, **about: str) -> None:
    """Write arrays as CF NetCDF with a title and what made them; `about` gives long names.

    Names along a dimension are written as its label (`meter` as `meter_name`), and time as the last
    dimension of each array; `read` takes both back.
    """
    dims = [name for name in arrays.dims if arrays[name].dtype.kind in _TEXT]
    named = {name: np.array(arrays[name].values.tolist(), str) for name in dims}
    cf = arrays.drop_encoding().drop_vars(named).transpose(..., "time", missing_dims="ignore")
    cf = cf.assign_coords({f"{name}{_LABEL}": (name, held) for name, held in named.items()})
    about |= {f"{name}{_LABEL}": f"name of the {name}" for name in named}
    for name, variable in cf.variables.items():
        given = dict(variable.attrs)
        given |= {"long_name": about[name]} if name in about else {}
        if unit := _UDUNITS.get(given.get("units")):
            given["units"] = unit
        variable.attrs = given | (_TIME if name == "time" else {})
    cf.attrs = {"Conventions": "CF-1.11", "title": title, "history": history}
    never_missing = {name: {"_FillValue": None} for name in cf.coords}
    cf.to_netcdf(path, engine="netcdf4", encoding=never_missing)


def read(path: Path | str) -> xr.Dataset:
    """Return the arrays of a file that `write` made, with names along their dimensions again and
    time as the first dimension.
    """
    with xr.open_dataset(path, engine="netcdf4") as held:
        arrays = held.load().transpose("time", ..., missing_dims="ignore")
    labels = {name: name.removesuffix(_LABEL) for name in arrays.coords if name.endswith(_LABEL)}
    named = {dim: (dim, arrays[label].values) for label, dim in labels.items()}
    arrays = arrays.drop_vars(labels).assign_coords(named)
    return arrays.map(lambda each: each.copy(data=np.ascontiguousarray(each.values)))
