"""Green Button (NAESB ESPI) XML: the intervals that a utility publishes, a sheet per meter.

The codes are those of the standard's schema, in `espi.csv`; values are scaled by their power of
ten. Starts are seconds since 1970 in UTC, as the standard has them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from defusedxml import DefusedXmlException, ElementTree

from neutrality import sheets
from neutrality.files.cells import Sheet, framed

HEADINGS = (
    "meter",
    "start (UTC)",
    "end (UTC)",
    "value ({unit})",
    "flow",
    "accumulation",
    "quality",
)
_VALID, _TEN = "valid", 10
_EPOCH = dt.datetime(1970, 1, 1)  # UTC


class _Entry(NamedTuple):
    """An entry of the feed: its own address, those it names, and its content."""

    link: str
    related: list[str]
    title: str
    content: object


def read(raw: bytes, file: str) -> list[Sheet]:
    """Return a sheet for each meter reading: `HEADINGS`, then a row for each interval.

    kWh, MJ and kW for Wh, J and W; the columns start and end are datetimes in UTC. Raises
    ValueError for XML that is no such feed, a reading whose type cannot be told, and a unit that
    `espi.csv` lacks.
    """
    try:
        root = ElementTree.fromstring(raw)
    except (ElementTree.ParseError, DefusedXmlException) as error:
        raise ValueError(f"{file}: cannot be read as XML ({error}); download it anew") from error
    entries = [_entry(each) for each in root.iterfind(".//{*}entry")]
    readings = _of_kind(entries, "MeterReading")
    blocks = _of_kind(entries, "IntervalBlock")
    if not readings or not blocks:
        raise ValueError(f"{file}: has no Green Button readings; save the table as CSV or .xlsx")
    made = [_sheet(reading, entries, len(readings), file) for reading in readings]
    held = sum(len(sheet.cells) - 1 for sheet in made)
    if held != (count := sum(1 for _ in root.iterfind(".//{*}IntervalReading"))):
        raise ValueError(
            f"{file}: {count - held} of {count} intervals belong to no meter reading, or to two; "
            "download it anew"
        )
    return made


def _entry(entry) -> _Entry:
    links = [(link.get("rel"), link.get("href", "")) for link in entry.iterfind("{*}link")]
    content = entry.find("{*}content")
    title = entry.findtext("{*}title", "", None) or ""
    own = next((href for rel, href in links if rel == "self"), "")
    related = [href for rel, href in links if rel in ("related", "up")]
    return _Entry(own, related, title.strip(), content if content is not None else [])


def _of_kind(entries: list[_Entry], kind: str) -> list[_Entry]:
    return [each for each in entries if any(_tag(part) == kind for part in each.content)]


def _tag(element) -> str:
    return element.tag.rpartition("}")[2]


def _sheet(reading: _Entry, entries: list[_Entry], readings: int, file: str) -> Sheet:
    """Return one meter reading's intervals."""
    types = _of_kind(entries, "ReadingType")
    if readings > 1 or len(types) > 1:
        types = [each for each in types if each.link in reading.related]
    if len(types) != 1:
        raise ValueError(
            f"{file}: meter reading {reading.link!r} names {len(types)} reading types, where one "
            "is needed; download it anew"
        )
    unit, power = _unit(types[0], file)
    facts = [
        _meter(reading, entries),
        *(_code(types[0], each) for each in ("flow", "accumulation")),
    ]
    blocks = _of_kind(entries, "IntervalBlock")
    if readings > 1:
        blocks = [each for each in blocks if f"{reading.link}/IntervalBlock" in each.related]
    seconds = _text(types[0].content, "intervalLength")
    rows = [[each.format(unit=unit) for each in HEADINGS]]
    for interval in (each for block in blocks for each in _intervals(block)):
        try:
            rows.append(_row(interval, power, facts, seconds))
        except (KeyError, ValueError, OverflowError) as error:
            raise ValueError(
                f"{file}: interval {len(rows)} of meter reading {reading.link!r} has no whole "
                f"number where one is needed ({error}); download it anew"
            ) from error
    name = f"{facts[0]} {_last(reading.link)}".strip()
    return Sheet(name, framed(np.array(rows, dtype=object)), frozenset(), "visible")


def _meter(reading: _Entry, entries: list[_Entry]) -> str:
    """Return the title of the usage point that a reading belongs to, or the end of its address."""
    points = _of_kind(entries, "UsagePoint")
    above = [each for each in points if each.link and reading.link.startswith(f"{each.link}/")]
    point = above[0] if above else points[0] if len(points) == 1 else reading
    return point.title or _last(point.link)


def _last(link: str) -> str:
    return link.rstrip("/").rpartition("/")[2]


def _intervals(block: _Entry) -> Iterator:
    for part in block.content:
        yield from (each for each in part if _tag(each) == "IntervalReading")


def _text(element, name: str) -> str:
    found = next((part.find(f".//{{*}}{name}") for part in element), None)
    return (found.text or "").strip() if found is not None else ""


@cache
def _names(kind: str) -> dict[str, str]:
    codes = sheets.packaged("files/espi.csv")
    return dict(codes.loc[codes["kind"] == kind, ["code", "name"]].itertuples(index=False))


def _unit(kind: _Entry, file: str) -> tuple[str, int]:
    """Return the unit and the power of ten that a reading type's values are scaled by."""
    uom, power = (_text(kind.content, name) for name in ("uom", "powerOfTenMultiplier"))
    codes = sheets.packaged("files/espi.csv").query("kind == 'uom'").set_index("code")
    if uom not in codes.index or not re.fullmatch(r"-?\d+|", power):
        known = ", ".join(f"{code} ({name})" for code, name in codes["name"].items())
        raise ValueError(
            f"{file}: unit code {uom or 'none'!r} with power of ten {power or '0'!r} is not known; "
            f"known are {known}"
        )
    return codes.at[uom, "name"], int(power or 0) + int(codes.at[uom, "power"])


def _code(kind: _Entry, name: str) -> str:
    tag = {"flow": "flowDirection", "accumulation": "accumulationBehaviour"}[name]
    code = _text(kind.content, tag)
    return _names(name).get(code, code)


def _row(interval, power: int, facts: list[str], seconds: str) -> list[object]:
    """Return a row of the sheet; `seconds` is the duration where the interval has none."""
    held = [(_tag(each), (each.text or "").strip()) for each in interval.iter()]
    texts = {"duration": seconds or "0", "value": "", **dict(held)}
    start = _EPOCH + dt.timedelta(seconds=int(texts["start"]))
    end = start + dt.timedelta(seconds=int(texts["duration"]))
    codes = [text for tag, text in held if tag == "quality"]
    quality = "; ".join(_names("quality").get(code, code) for code in codes) or _VALID
    value = _scaled(int(texts["value"]), power) if texts["value"] else None
    meter, flow, accumulation = facts
    return [meter, start, end, value, flow, accumulation, quality]


def _scaled(value: int, power: int) -> float:
    """Return a value times a power of ten, rounded once.

    >>> _scaled(295, -5), _scaled(3, 2)
    (0.00295, 300.0)
    """
    return float(value * _TEN**power) if power >= 0 else value / _TEN**-power
