"""What a heading says: the field, the meter, the energy and the unit of a column.

Words are data: fields.csv, meter_words.csv, comparison_words.csv and unit_words.csv. A heading is
compared as a whole and by its parts, never by letters inside a word: "总用电量" is not "用电量".
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import NamedTuple

from neutrality import sheets
from neutrality.intake import moments
from neutrality.reference import units

# Fields that hold what a meter measured; the others say when, which, or nothing of use.
AMOUNTS = ("value", "total", "sum", "band", "register", "previous", "present", "power")
TIMES = ("time", "start", "end", "date", "read", "hour", "month", "period")
MONEY, TEMPERATURES, POWER = ("RMB", "RMB10k", "money"), ("°C", "°F"), ("kW",)
COSTS = ("cost", "charge", "price")  # what a bill comes to, a part of that, money for one unit
GENERATION = "generation"  # what a plant gave or the grid took: no use of the site
CLOCK = "clock"  # a column headed by a time of day: the day's reading at that time
_BRACKETS = re.compile(r"[(（\[【]([^()（）\[\]【】]*)[)）\]】]")
_MARKS = re.compile(r"[_/·:|]| - ")
_BETWEEN = re.compile(r"[\s_\-/·:,，、|]+")
_PER = re.compile(r"\bper\b|每(?:平方米|平米|人|台|户|㎡)|单位(?:面积|产品|产值)|人均", re.I)
_TIME = re.compile(
    r"(?:\d+ ?)?(?:h|hr|hour|d|day|mo|month|min|yr?|year|小?时|日|天|月|分钟?|年)", re.I
)
_SHORT_UNIT = 2  # characters of a Chinese unit in brackets; a longer text names a meter
_LEAST_WORD = 2  # letters of a word that may end a heading without a gap before it


class Heading(NamedTuple):
    """What one column's heading says."""

    at: int  # position of the column
    written: str
    field: str  # "" where nothing is known
    meter: str  # the heading without field and unit: what is measured; "" where it names nothing
    energy: str  # electricity, heat, gas, cooling, water; "" where the words leave it open
    unit: str  # as reference/units names it; "" where none is written
    unit_written: str


def read(headings: list[str], written_units: list[str]) -> list[Heading]:
    """Return what each heading of a table says; `written_units` are those of its line of units.

    >>> read(["照明用电量(kWh)", "峰电量", "数据时间"], ["", "万kWh", ""])[0][2:6]
    ('value', '照明', 'electricity', 'kWh')
    """
    pairs = enumerate(zip(headings, written_units, strict=True))
    return [_heading(at, written or "", unit or "") for at, (written, unit) in pairs]


def _heading(at: int, written: str, unit_written: str) -> Heading:
    bare, inside = without_unit(written)
    unit_written = unit_written or inside
    measured = unit(unit_written)
    field, meter, energy = _of_words(bare)
    if not field and (match := _BRACKETS.search(bare)):
        (field, meter, energy), measured_in = _beside_brackets(bare, match)
        unit_written = unit_written or measured_in
    if not field and moments.time_of_day(bare) and not re.fullmatch(r"[\d.]+", bare):
        return Heading(at, written, CLOCK, "", "", measured, unit_written)
    field, meter = _by_unit(field, meter, measured, bare)
    field, meter = _compared(field, meter, written, unit_written)
    return Heading(at, written, field, meter, energy, measured, unit_written)


def _compared(field: str, meter: str, written: str, unit_written: str) -> tuple[str, str]:
    """Return field and meter of a column that stands for comparison: of last year, as planned or
    forecast, a mean, for each square metre; "Actual" beside these is the meter itself.
    """
    if field not in (*AMOUNTS, ""):
        return field, meter
    top, _, below = unicodedata.normalize("NFKC", unit_written).partition("/")
    if _PER.search(written) or below and unit(top) and not _TIME.fullmatch(below.strip()):
        return "other", meter
    means = _comparisons().get(plain(meter), "")
    return ("other", meter) if means == "other" else (field, "" if means == "own" else meter)


def without_unit(written: str) -> tuple[str, str]:
    """Return a heading without its unit, and the unit as written.

    >>> without_unit("main_kwh"), without_unit("1#楼（度）"), without_unit("1#楼（东）")
    (('main', 'kwh'), ('1#楼', '度'), ('1#楼（东）', ''))
    """
    for match in reversed(list(_BRACKETS.finditer(written))):
        if unit(match[1]) or "/" in match[1]:
            return (written[: match.start()] + written[match.end() :]).strip(), match[1].strip()
    parts = re.split(r"[\s_,，:：]+", written.strip())
    if len(parts) > 1 and unit(parts[-1]) and len(parts[-1]) > 1:
        return written.strip()[: -len(parts[-1])].rstrip(" _,，:："), parts[-1]
    if (match := re.search(r"([kKmMgG][wW][hH])$", written)) and not written.isascii():
        return written[: match.start()].strip(), match[1]
    return written.strip(), ""


def _of_words(bare: str) -> tuple[str, str, str]:
    """Return field, meter and energy by the words of a heading: as a whole, by its lines, by its
    parts from either end, or, in Chinese, by the word it ends with.
    """
    known = _fields()
    if key := known.get(plain(bare)):
        return key[0], "", key[1]
    lines = [part for part in bare.split(" / ") if part.strip()]
    for at in range(len(lines) - 1, -1, -1):
        if len(lines) > 1 and (key := known.get(plain(lines[at]))):
            return _of_lines(key, lines[:at] + lines[at + 1 :])
    if plain(bare) in _meters():
        return "", bare, ""
    for word, rest in _splits(bare):
        if (key := known.get(plain(word))) and key[0] in (*AMOUNTS, GENERATION):
            return key[0], rest, key[1]
    return "", bare, ""


def _splits(bare: str) -> list[tuple[str, str]]:
    """Return each way in which a heading may be a word of a field and a meter's name.

    >>> _splits("B1 kWh"), _splits("照明电量")[-1]
    ([('kWh', 'B1')], ('电量', '照明'))
    """
    parts = [part for part in _BETWEEN.split(bare) if part]
    made = [("".join(parts[cut:]), " ".join(parts[:cut])) for cut in range(1, len(parts))]
    # "Amount due" is no amount of a meter called due: in front, a word needs a mark behind it.
    marked = [part.strip() for part in _MARKS.split(bare) if part.strip()]
    made += [(marked[0], " ".join(marked[1:]))] if len(marked) > 1 else []
    ends = [(bare[cut:], bare[:cut]) for cut in range(1, len(bare) - _LEAST_WORD + 1)]
    return made + [
        (end, _BETWEEN.sub(" ", name).strip()) for end, name in ends if not end.isascii()
    ]


def _of_lines(key: tuple[str, str], others: list[str]) -> tuple[str, str, str]:
    """Return field, meter and energy of a heading of several lines, of which `others` name a meter
    or, as 电量 above 峰 does, the quantity.
    """
    bare = [without_unit(each)[0] for each in others]
    said = [_fields()[plain(each)] for each in bare if plain(each) in _fields()]
    if other := next((each for each in said if each[0] not in AMOUNTS), None):
        # 电费 above 峰: what the upper line says, of that part of the day
        return ("charge" if other[0] == "cost" else other[0]), "", ""
    names = [each for each in bare if plain(each) not in _fields()]
    energy = next((each[1] for each in (key, *said) if each[1]), "")
    return key[0], " ".join(names).strip(), energy


def _beside_brackets(bare: str, match: re.Match) -> tuple[tuple[str, str, str], str]:
    """Return field, meter and energy of a heading without its brackets, and the unit in them: they
    name a meter, as in 电量(1号楼), a unit that is not known, as in 用水量(吨), or nothing of use.

    What may be a unit in Latin letters, as in 电量(kvarh), leaves the column unknown.
    """
    inside = match[1].strip()
    field, meter, energy = _of_words((bare[: match.start()] + bare[match.end() :]).strip())
    if field not in AMOUNTS:
        return (field, meter if field else bare, energy), ""
    if inside.isascii() or meter:
        return ("", bare, ""), ""
    if len(inside) <= _SHORT_UNIT:
        return (field, "", energy), inside
    return (field, inside, energy), ""


def _by_unit(field: str, meter: str, measured: str, bare: str) -> tuple[str, str]:
    """Return field and meter where the unit says more than the words do."""
    if measured in MONEY:
        return (field if field in COSTS else "charge"), ""
    if measured in POWER and field not in ("demand", "power", ""):
        return "demand", ""
    if field:
        return field, meter
    if measured in POWER:
        return "power", bare
    if measured in TEMPERATURES:
        return "other", bare  # a temperature, but not said to be outdoors
    if measured or plain(bare) in _meters():
        return "value", bare
    return "", bare


def plain(text: str) -> str:
    """Return a heading as it is compared: NFKC, small letters, without blanks and underscores.

    >>> plain("Read_Time："), plain("数据 时间")
    ('readtime', '数据时间')
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\s_:*'\"]+", "", folded)


def unit(written: str) -> str:
    """Return a unit as reference/units names it, from what people type; "" for what is none.

    >>> unit("万度"), unit("KWH"), unit("方"), unit("吉焦"), unit("元/kWh")
    ('10 thousand kWh', 'kWh', 'm3', 'GJ', '')
    """
    folded = re.sub(r"\s", "", unicodedata.normalize("NFKC", written).casefold())
    return _units().get(folded, "")


def energy_of_unit(measured: str) -> tuple[str, ...]:
    """Return the energies that a unit may measure, the likeliest first.

    >>> energy_of_unit("kWh"), energy_of_unit("GJ"), energy_of_unit("m3")
    (('electricity', 'heat', 'cooling', 'gas'), ('heat', 'cooling'), ('gas', 'water'))
    """
    if measured in ("GJ", "MJ"):
        return ("heat", "cooling")
    if measured and measured not in MONEY + TEMPERATURES + POWER:
        if units.dimension(measured) == "volume":
            return ("gas", "water")
        return ("electricity", "heat", "cooling", "gas")
    return ()


def common_id(meter: str) -> str:
    """Return the package's id of a meter by its name, such as main or lighting; "" for others.

    >>> common_id("总表"), common_id("Chiller plant"), common_id("1#照明")
    ('main', 'cooling', '')
    """
    return _meters().get(plain(meter), "")


@cache
def _fields() -> dict[str, tuple[str, str]]:
    rows = sheets.packaged("intake/fields.csv").itertuples(index=False)
    return {plain(word): (field, energy) for word, field, energy in rows}


@cache
def _comparisons() -> dict[str, str]:
    rows = sheets.packaged("intake/comparison_words.csv").itertuples(index=False)
    return {plain(word): means for word, means in rows}


@cache
def _meters() -> dict[str, str]:
    rows = sheets.packaged("intake/meter_words.csv").itertuples(index=False)
    return {plain(word): id for word, id in rows}


@cache
def _units() -> dict[str, str]:
    rows = sheets.packaged("intake/unit_words.csv").itertuples(index=False)
    return {unicodedata.normalize("NFKC", word).casefold(): unit for word, unit in rows}
