"""The tables of a case: what each column means, its unit and bounds; read, check, write.

A table is `<name>.csv`, `.csv.gz`, `.parquet` or `.xlsx` in the case's folder. Units live in column
names. Every refusal names file, row (line of the file, heading = 1), column, what was found and what to do.
"""

from __future__ import annotations

import difflib
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".xlsx")
UNREADABLE = (ValueError, OSError, EOFError, zipfile.BadZipFile)  # what pandas raises for a file that is no table
REMARK = "#"  # a row that begins with it is a remark, such as the example of a template
ROWS_SHOWN = 5  # of each kind of problem; the rest are counted
QUARTER = 15  # [min] offsets from UTC are whole quarters of an hour
OFFSET = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")


@dataclass(frozen=True)
class Column:
    """A column: kind is one of instant, date, month, text, id (text that claims are named by), choice, number, count, year, flag."""

    name: str
    kind: str
    meaning: str
    example: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    blank: bool = False  # an empty cell is allowed
    choices: tuple[str, ...] = ()
    optional: bool = False  # the whole column may be absent


@dataclass(frozen=True)
class Schema:
    """A table: its columns, and for hourly tables the ending that further columns must have."""

    meaning: str
    columns: tuple[Column, ...]
    further: str = ""  # ending of columns whose names the case chooses, e.g. "_kwh"
    required: bool = False


_LINES = ("inventory", "memo", "biogenic")
_STATUSES = ("CONFIRMED", "SINGLE", "ASSUMED", "RECALLED")  # as emissions.STATUSES, which stands on the same shelf
_ID = r"[a-z][a-z0-9_]*"

SCHEMAS: dict[str, Schema] = {
    "energy": Schema(
        "hourly grid electricity of the main meter and of each end use",
        (
            Column("time", "instant", "start of the hour, with UTC offset or local", "2025-01-01T00:00+08:00"),
            Column("main_kwh", "number", "main meter", "512.4", "kWh", 0, blank=True),
        ),
        further="_kwh",
        required=True,
    ),
    "weather": Schema(
        "hourly outdoor air temperature at the site",
        (
            Column("time", "instant", "start of the hour, with UTC offset or local", "2025-01-01T00:00+08:00"),
            Column("outdoor_c", "number", "outdoor dry-bulb temperature", "-3.4", "°C", -60, 60, blank=True),
        ),
        required=True,
    ),
    "calendar": Schema(
        "days that are not what their weekday says: holidays, and weekend days worked in exchange",
        (
            Column("date", "date", "local day", "2025-10-01"),
            Column("workday", "flag", "true for a weekend day worked, false for a holiday", "false"),
            Column("name", "text", "the holiday", "National Day", blank=True, optional=True),
        ),
    ),
    "activities": Schema(
        "all that is not grid electricity: heat, fuels, refrigerants; memo lines such as commuting",
        (
            Column("month", "month", "month in which it was used", "2025-01"),
            Column("source", "id", "name of the source, one word", "district_heat"),
            Column("scope", "choice", "GHG Protocol scope", "2", choices=("1", "2", "3")),
            Column("line", "choice", "counted, memo, or biogenic CO2", "inventory", choices=_LINES),
            Column("amount", "number", "how much", "1210.5", low=0),
            Column("unit", "text", "unit of the amount", "GJ"),
            Column("factor_id", "text", "row of the factor table, or a gas or blend such as R-410A", "heat_default"),
            Column("evidence", "text", "bill or log the amount comes from", "heat bill", blank=True, optional=True),
        ),
    ),
    "certificates": Schema(
        "green electricity certificates and green-power trades, one row a block",
        (
            Column("block_id", "text", "name of the block", "W-2025-01"),
            Column("serial_from", "text", "number of the first certificate of the block", "GEC-1000001"),
            Column("serial_to", "text", "number of the last certificate of the block", "GEC-1000240"),
            Column("quantity", "count", "certificates in the block", "240", low=1),
            Column("technology", "id", "wind, solar, ...", "wind"),
            Column("province", "text", "where the power was generated", "Inner Mongolia"),
            Column("month", "month", "month of generation", "2025-01"),
            Column("instrument", "text", "certificate alone or bundled with the power", "green_power_trade"),
            Column("contract", "text", "contract or order", "GPT-2025-01", blank=True),
            Column("retired_on", "date", "day of retirement; empty if not retired", "2025-02-20", blank=True),
            Column("beneficiary", "text", "for whom it was retired", "ILLUSTRATIVE", blank=True),
            Column("claimed_year", "year", "reporting year that claims it", "2025", low=2000, high=2100),
        ),
    ),
    "credits": Schema(
        "carbon credits, one row a serial block",
        (
            Column("serial", "text", "the registry's serial number",
                   "99001-100000001-100000700-VCS-VCU-000-VER-CN-14-0-01012022-31122022-0"),
            Column("quantity", "count", "credits in the block", "700", "tCO2e", 1),
            Column("project_id", "text", "the registry's project", "0"),
            Column("project_name", "text", "name of the project", "ILLUSTRATIVE improved forest management"),
            Column("methodology", "text", "the programme's method", "VM0010", blank=True),
            Column("country", "text", "ISO 3166 code", "CN"),
            Column("vintage_start", "date", "first day of the vintage", "2022-01-01"),
            Column("vintage_end", "date", "last day of the vintage", "2022-12-31"),
            Column("retired_on", "date", "day of retirement; empty if not retired", "2026-01-05", blank=True),
            Column("beneficiary", "text", "for whom they were retired", "ILLUSTRATIVE", blank=True),
            Column("reason", "text", "reason given at retirement", "carbon neutrality 2025", blank=True),
            Column("claimed_year", "year", "reporting year that claims them", "2025", low=2000, high=2100),
        ),
    ),
    "assets": Schema(
        "the lighting stock",
        (
            Column("asset", "text", "what it is", "office panel 600x600"),
            Column("area", "text", "where it is", "offices"),
            Column("technology", "text", "LED, fluorescent, ...", "LED"),
            Column("control", "choice", "smart (sensed, dimmed) or plain", "smart", choices=("smart", "plain")),
            Column("count", "count", "how many", "4200", low=0),
            Column("power_w", "number", "rated power of one", "28", "W", 0),
        ),
    ),
    "measures": Schema(
        "what was done, to which end use, since when",
        (
            Column("measure", "text", "name of the measure, one word", "chiller_ai"),
            Column("end_use", "text", "end use it acts on", "cooling"),
            Column("since", "date", "first day in force", "2024-04-01"),
            Column("description_zh", "text", "in Chinese", "制冷站人工智能寻优"),
            Column("description_en", "text", "in English", "AI optimisation of the chiller plant"),
        ),
    ),
    "company": Schema(
        "the group's published yearly series",
        (
            Column("entity", "text", "who", "Example Ltd"),
            Column("year", "year", "year of the figure", "2020", low=1990, high=2100),
            Column("metric", "text", "what", "ghg_scope1_2"),
            Column("value", "number", "how much", "34.15"),
            Column("unit", "text", "its unit", "MtCO2e"),
            Column("boundary", "text", "listed company, group, industry", "listed company", blank=True),
            Column("source", "text", "document", "Sustainability Report 2021"),
            Column("status", "choice", "how well it is known", "SINGLE", choices=_STATUSES),
        ),
    ),
    "announced": Schema(
        "published statements to be audited, in both languages",
        (
            Column("id", "text", "name of the statement", "green_power"),
            Column("statement_zh", "text", "in Chinese", "绿电减排"),
            Column("statement_en", "text", "in English", "avoided by green power"),
            Column("value", "number", "announced figure", "2785"),
            Column("unit", "text", "its unit", "tCO2e"),
            Column("relation", "choice", "equal, more than, less than, about", "=", choices=("=", ">", "<", "~")),
            Column("claim_id", "text", "claim to compare with", "avoided_green_t", blank=True),
            Column("calibrated", "flag", "true if an illustrative input was made to give it", "false"),
            Column("source", "text", "where it was announced", "company announcement"),
            Column("status", "choice", "how well it is known", "SINGLE", choices=_STATUSES),
            Column("operand", "number", "a second figure of the statement", "2000", blank=True, optional=True),
            Column("operand_unit", "text", "its unit", "mu", blank=True, optional=True),
            Column("arithmetic_zh", "text", "the line of arithmetic in Chinese, with {claim} places", "", blank=True, optional=True),
            Column("arithmetic_en", "text", "the line of arithmetic in English", "", blank=True, optional=True),
        ),
    ),
    "factors": Schema(
        "emission factors of the case's own: they add to or, by id, override the shipped ones",
        (
            Column("id", "text", "name of the factor", "grid_gb_2025"),
            Column("quantity", "text", "what it is", "GB grid average"),
            Column("value", "number", "the factor", "0.177", low=0),
            Column("unit", "text", "emitted / used", "kgCO2e/kWh"),
            Column("gas", "text", "CO2, CO2e, CH4, ...", "CO2e"),
            Column("gas_coverage", "text", "gases it covers", "CO2, CH4, N2O", blank=True, optional=True),
            Column("gwp_edition", "text", "edition behind a CO2e factor", "AR5", blank=True, optional=True),
            Column("publisher", "text", "who published it", "DESNZ", blank=True, optional=True),
            Column("notice", "text", "in which document", "GHG conversion factors", blank=True, optional=True),
            Column("data_year", "text", "year of the data", "2025", blank=True, optional=True),
            Column("region_level", "text", "national, grid_region, province", "national", blank=True, optional=True),
            Column("region", "text", "region in English", "Great Britain", blank=True, optional=True),
            Column("region_zh", "text", "region in Chinese", "英国", blank=True, optional=True),
            Column("basis", "text", "what kind of average", "location_average", blank=True, optional=True),
            Column("status", "choice", "how well it is known", "SINGLE", choices=_STATUSES),
            Column("source", "text", "citation", "DESNZ 2025"),
        ),
    ),
    "labels": Schema(
        "names of the case's own end uses and sources in both languages",
        (
            Column("id", "text", "the name used in the tables", "server_room"),
            Column("zh", "text", "in Chinese", "机房"),
            Column("en", "text", "in English", "Server room"),
        ),
    ),
}


def path_of(case: Path, name: str) -> Path | None:
    """Return the table's file in the case's folder, or None. ValueError if two formats stand side by side."""
    found = [case / f"{name}{suffix}" for suffix in SUFFIXES if (case / f"{name}{suffix}").is_file()]
    if len(found) > 1:
        raise ValueError(f"{' and '.join(f.name for f in found)}: two files hold the table '{name}'; keep one")
    return found[0] if found else None


def exists(case: Path, name: str) -> bool:
    """Say whether the case has this table."""
    return path_of(Path(case), name) is not None


def read(case: Path | str, name: str, timezone: str = "") -> pd.DataFrame:
    """Return a checked table of a case.

    Hourly tables come with a UTC `time` index in order; the others are indexed by line number.
    Instants without an offset are read as local time of `timezone`. Raises ValueError with every
    problem of the file, one a line.
    """
    frame, problems = _parse(Path(case), name, timezone)
    if problems:
        raise ValueError("\n".join(problems))
    return frame


def problems(case: Path | str, name: str, timezone: str = "") -> list[str]:
    """Return all that is wrong with a table of a case, one sentence each; empty when it can be used."""
    try:
        return _parse(Path(case), name, timezone)[1]
    except ValueError as error:
        return str(error).splitlines()


def empty(name: str) -> pd.DataFrame:
    """Return the table without rows, for a case that does not have it."""
    return pd.DataFrame({c.name: pd.Series(dtype=_dtype(c)) for c in SCHEMAS[name].columns})


def read_or_empty(case: Path | str, name: str, timezone: str = "") -> pd.DataFrame:
    """Return the table, or one without rows where the case does not have it."""
    return read(case, name, timezone) if exists(Path(case), name) else empty(name)


def handed_on(out: Path | str, name: str, notebook: str) -> pd.DataFrame:
    """Return a result table that an earlier notebook left in `out`; FileNotFoundError says which one to run first."""
    path = Path(out) / "tables" / f"{name}.csv"
    if not path.is_file():
        raise FileNotFoundError(f"tables/{name}.csv is not there yet; run notebook {notebook} first")
    return pd.read_csv(path, keep_default_na=False, na_values=[""])


def write(frame: pd.DataFrame, path: Path | str) -> None:
    """Write a result table as CSV with full precision, the same bytes for the same values."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _dtype(column: Column) -> str:
    kinds = {"number": "float64", "count": "int64", "year": "int64", "flag": "bool",
             "date": "datetime64[s]", "instant": "datetime64[s, UTC]"}
    return kinds.get(column.kind, "str")


def _parse(case: Path, name: str, timezone: str) -> tuple[pd.DataFrame, list[str]]:
    path, schema = path_of(case, name), SCHEMAS[name]
    if path is None:
        raise ValueError(f"{name}.csv: no such table in {case.name}; add it: it holds {schema.meaning}")
    raw = _raw(path)
    columns, wrong = _columns(raw, schema, path.name)
    if wrong:
        return empty(name), wrong
    frame = pd.DataFrame(index=raw.index)
    for column in columns:
        if column.name in raw:
            frame[column.name], found = _column(raw[column.name], column, path.name, timezone)
            wrong += found
    if raw.empty:
        wrong.append(f"{path.name}: it has a heading but no rows (one that begins with # is a remark); add the data or remove the file")
    if "time" in frame and not wrong:
        frame, wrong = _hourly(frame, raw["time"], path.name, timezone)
    return frame, wrong


def _raw(path: Path) -> pd.DataFrame:
    """Return the file's cells, as text unless the format is typed, indexed by line number."""
    try:
        if path.suffix == ".parquet":
            raw = pd.read_parquet(path)
        elif path.suffix == ".xlsx":
            raw = pd.read_excel(path, dtype=str, keep_default_na=False)
        else:
            raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except UNREADABLE as error:
        cells = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
        remedy = (f"{path.name}, row {cells[2]}: found {cells[3]} cells, the heading has {cells[1]}; put text that holds a comma "
                  "in quotes" if cells else f"{path.name}: cannot be read as a table ({error}); save it as UTF-8 CSV")
        raise ValueError(remedy) from error
    if raw.shape[1] == 1 and ";" in str(raw.columns[0]):
        raise ValueError(f"{path.name}, row 1: found columns separated by ';'; save the table with commas")
    if path.suffix == ".parquet" and raw.index.name:
        raw = raw.reset_index()
    raw.columns = [str(c).strip() for c in raw.columns]
    raw.index = pd.RangeIndex(2, len(raw) + 2)
    first = raw.iloc[:, 0] if raw.shape[1] else pd.Series(dtype="str")
    remarks = first.astype("str").str.startswith(REMARK).fillna(False) if len(raw) else first.astype(bool)
    return raw[~remarks.to_numpy(dtype=bool)]


_UNIT_REMEDY = {
    "mwh": "multiply by 1000", "wh": "divide by 1000", "gwh": "multiply by 1,000,000",
    "gj": "multiply by 277.78", "mj": "divide by 3.6", "kw": "an hourly mean in kW is that hour's kWh; check it",
    "f": "convert: (°F - 32) / 1.8", "k": "subtract 273.15",
}


def _columns(raw: pd.DataFrame, schema: Schema, file: str) -> tuple[list[Column], list[str]]:
    """Match the file's columns with the schema; the second part says what is missing or not understood."""
    known, wrong = {c.name: c for c in schema.columns}, []
    for name in raw.columns[raw.columns.duplicated()]:
        wrong.append(f"{file}, column {name}: stands twice; keep one")
    taken = set()
    for name in raw.columns.difference(known, sort=False):
        stem, _, unit = name.rpartition("_")
        right = f"{stem}{schema.further}" if schema.further else next((k for k in known if k.startswith(f"{stem}_")), "")
        near = difflib.get_close_matches(name, [k for k in known if k not in raw], 1)
        if schema.further and name.endswith(schema.further):
            if not re.fullmatch(_ID, stem):
                wrong.append(f"{file}, column {name}: expected {_IDS_HOLD}, then {schema.further}")
            known[name] = Column(name, "number", "end use", "", "kWh", 0, blank=True)
        elif stem and right and unit.lower() in _UNIT_REMEDY:
            wrong.append(f"{file}, column {name}: this table holds {right.rpartition('_')[2]}; "
                         f"{_UNIT_REMEDY[unit.lower()]} and name the column {right}")
            taken.add(right)
        elif near:
            wrong.append(f"{file}, column {name}: not known; did you mean {near[0]}?")
            taken.add(near[0])
        elif schema.further:
            wrong.append(f"{file}, column {name}: not understood; an end use is named <end_use>{schema.further}")
    for column in schema.columns:
        if column.name not in raw and not column.optional and column.name not in taken:
            wrong.append(f"{file}: column {column.name} is missing; add it: {column.meaning}"
                         + (f", in {column.unit}" if column.unit else "") + f" (example: {column.example})")
    return list(known.values()), wrong


def _column(cells: pd.Series, column: Column, file: str, timezone: str) -> tuple[pd.Series, list[str]]:
    text = _stripped(cells)
    blank = text.isna() | (text.astype(str) == "")
    parse = {"number": _numbers, "count": _counts, "year": _counts, "date": _dates, "month": _months,
             "flag": _flags, "id": _ids, "instant": lambda t: _instants(t, timezone)}.get(column.kind, _texts)
    values, bad, expected = parse(text)
    wrong = [] if column.blank else _rows(file, column.name, text, blank, f"is empty; it holds {column.meaning}")
    wrong += _rows(file, column.name, text, bad & ~blank, f"expected {expected}")
    if column.choices:
        wrong += _rows(file, column.name, text, ~values.isin(column.choices) & ~blank,
                       f"choose one of {', '.join(column.choices)}")
    if column.low is not None or column.high is not None:
        low, high = column.low if column.low is not None else -np.inf, column.high if column.high is not None else np.inf
        outside = ~bad & ~blank & ~values.between(low, high)
        wrong += _rows(file, column.name, text, outside, _bounds(column))
    return values, wrong


def _stripped(cells: pd.Series) -> pd.Series:
    """Return text cells without blanks around them; a Parquet file's dates, decimals and categories become text."""
    typed = pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_datetime64_any_dtype(cells)
    return cells if typed else cells.astype("str").str.strip()


def _bounds(column: Column) -> str:
    if column.high is None:
        hint = "; a correction or credit note belongs in the hour it corrects" if column.unit == "kWh" else ""
        return f"it is {column.low:g} or more{hint}"
    return f"it lies between {column.low:g} and {column.high:g} {column.unit}".rstrip()


def _rows(file: str, column: str, text: pd.Series, bad: pd.Series, remedy: str) -> list[str]:
    """Return one sentence for each of the first bad rows, and the count of the rest."""
    at = text.index[bad.to_numpy(dtype=bool)]
    said = [f"{file}, row {row}, column {column}: found '{text[row]}'; {remedy}" for row in at[:ROWS_SHOWN]]
    if len(at) > ROWS_SHOWN:
        said.append(f"{file}, column {column}: and {len(at) - ROWS_SHOWN} more rows like these")
    return said


def _texts(text: pd.Series) -> tuple[pd.Series, pd.Series, str]:
    if pd.api.types.is_float_dtype(text) and text.dropna().mod(1).eq(0).all():
        text = text.astype("Int64")  # a column of whole numbers with a blank cell: 2025 and not 2025.0
    return text.astype("str").fillna(""), pd.Series(False, text.index), "text"


_IDS_HOLD = ("a name of small letters, digits and _ that begins with a letter, such as wind or server_room; "
             "its Chinese and English names go into labels.csv")


def _ids(text: pd.Series) -> tuple[pd.Series, pd.Series, str]:
    """Claims are named by these cells, so they are held to what an id may be."""
    values = _texts(text)[0]
    return values, ~values.str.fullmatch(_ID), _IDS_HOLD


def _numbers(text: pd.Series) -> tuple[pd.Series, pd.Series, str]:
    values = pd.to_numeric(text, errors="coerce").astype("float64")
    return values, ~np.isfinite(values), "a plain number such as 1234.5, without unit or thousands separator; leave it empty if there is no reading"


def _counts(text: pd.Series) -> tuple[pd.Series, pd.Series, str]:
    values, bad, _ = _numbers(text)
    bad |= values.mod(1) != 0
    return values.where(~bad, 0).astype("int64"), bad, "a whole number"


def _dates(text: pd.Series) -> tuple[pd.Series, pd.Series, str]:
    values = pd.to_datetime(text.astype("str").str.replace(" 00:00:00", ""), format="%Y-%m-%d", errors="coerce")
    return values.astype("datetime64[s]"), values.isna(), "a date such as 2025-03-31"


def _months(text: pd.Series) -> tuple[pd.Series, pd.Series, str]:
    # Excel turns 2025-01 into the first day of the month.
    values = text.astype("str").str.replace(r"^(\d{4}-\d\d)-01( 00:00:00)?$", r"\1", regex=True)
    return values, ~values.str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])"), "a month such as 2025-03"


def _flags(text: pd.Series) -> tuple[pd.Series, pd.Series, str]:
    lower = text.astype("str").str.lower()
    return lower == "true", ~lower.isin(["true", "false"]), "true or false"


def _instants(text: pd.Series, timezone: str) -> tuple[pd.Series, pd.Series, str]:
    expected = "an hour such as 2025-01-01T00:00+08:00"
    if isinstance(text.dtype, pd.DatetimeTZDtype):
        return text.dt.tz_convert("UTC"), text.isna(), expected
    if pd.api.types.is_datetime64_any_dtype(text):
        return _localised(text, timezone) + (f"{expected}, or local time with the parameter timezone set",)
    with_offset = text.str.contains(OFFSET)
    if with_offset.all():
        values = pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce")
        return values, values.isna(), expected
    if with_offset.any():
        return text, ~with_offset, f"{expected}: other rows of the column have a UTC offset, this one has none"
    values, bad = _localised(pd.to_datetime(text, format="ISO8601", errors="coerce"), timezone)
    return values, bad, (f"{expected}, or a local time that exists once in {timezone}" if timezone
                         else f"{expected}; for local time set the parameter timezone, e.g. Asia/Shanghai")


def _localised(local: pd.Series, timezone: str) -> tuple[pd.Series, pd.Series]:
    if not timezone:
        return local, pd.Series(True, local.index)
    values = local.dt.tz_localize(ZoneInfo(timezone), ambiguous="NaT", nonexistent="NaT").dt.tz_convert("UTC")
    return values, values.isna()


def _hourly(frame: pd.DataFrame, written: pd.Series, file: str, timezone: str) -> tuple[pd.DataFrame, list[str]]:
    """Return the table on its UTC time index, in order; refuse instants that stand twice or off the hour, as written.

    The hour is the local one where the timezone is given (India is half an hour off UTC's); else all rows start
    at one quarter of UTC's hour, that of most of them.
    """
    time = frame["time"]
    wrong = _rows(file, "time", written, time.duplicated(),
                  "the same instant stands in an earlier row; keep one (local time in autumn needs a UTC offset)")
    wrong += _rows(file, "time", written, _off_the_hour(time, timezone),
                   "rows are hourly and start on the hour; sum shorter intervals to hours")
    return frame.set_index("time").sort_index(), wrong


def _off_the_hour(time: pd.Series, timezone: str) -> pd.Series:
    minute = (time.dt.tz_convert(ZoneInfo(timezone)) if timezone else time).dt.minute
    start = 0 if timezone else minute.mode().iloc[0] // QUARTER * QUARTER
    return (time != time.dt.floor("min")) | (minute != start)
