"""Names of things in both languages, and numbers as they are printed.

`texts/labels.csv` and `texts/units.csv` have one row a name; a case adds or overrides names in its
own table labels, in any format that tables have.
"""

import os
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from math import isnan
from pathlib import Path

from neutrality import sheets

TEXTS = sheets.PACKAGE / "texts"
LANGUAGES = ("zh", "en")
LANG_TAG = {"zh": "zh-Hans", "en": "en"}  # as HTML, Typst and fonts name a language
ABSENT = "\u2014"  # printed where there is no number
_MINUS = re.compile(r"(?<![\w.)）-])-(?=\d)")  # no hyphen in a date, a range or a name
_PERCENT = re.compile(r"(?<=\d)[ \u00a0]?%")
_KWH = re.compile(r"(\d{1,3}(?:,\d{3})+) 千瓦时")
_MYRIADS = (("亿", 8), ("万", 4))  # how Chinese counts: name, power of ten


def chosen(languages: str) -> list[str]:
    """Return the languages that a parameter names; ValueError where it names none, or another.

    >>> chosen("zh en"), chosen("en")
    (['zh', 'en'], ['en'])
    """
    asked = languages.split()
    if not asked or set(asked) - set(LANGUAGES):
        raise ValueError(f"languages is {languages!r}; it names zh, en or both: 'zh en'")
    return [lang for lang in LANGUAGES if lang in asked]


def label(id: str, lang: str, case: Path | None = None) -> str:
    """Return the name of `id` in `lang` ("zh" or "en"): the case's, else the package's.

    An id without a name is made readable, the same in both languages.

    >>> label("district_heat", "zh"), label("server_room", "en"), label("fourth_floor", "zh")
    ('外购热力', 'Server room', 'Fourth floor')
    """
    _known(lang)
    named = _own(case).get(id) or names(TEXTS / "labels.csv").get(id) or {}
    return named.get(lang) or prettified(id)


def has(id: str) -> bool:
    """Return whether the package has a name for `id`."""
    return id in names(TEXTS / "labels.csv")


def unit(id: str, lang: str) -> str:
    """Return a unit as a reader of `lang` writes it; a unit without a row is written as it is.

    >>> unit("tCO2e", "zh"), unit("tCO2e", "en"), unit("PJ", "zh")
    ('吨二氧化碳当量', 'tCO₂e', 'PJ')
    """
    _known(lang)
    return names(TEXTS / "units.csv").get(id, {}).get(lang) or id


def source(text: str, lang: str, case: Path | None = None) -> str:
    """Return what a document is called in `lang`: by texts/sources.csv, where it has a Chinese
    title, or by the case's own labels; else as it is cited. Of a list joined by "; " each.

    >>> source("GB/T 2589-2020", "zh"), source("GB/T 2589-2020", "en"), source("IPCC AR6", "zh")
    ('GB/T 2589-2020《综合能耗计算通则》', 'GB/T 2589-2020', 'IPCC AR6')
    """
    _known(lang)
    own = {cited: both[lang] for cited, both in _own(case).items() if both[lang]}
    known = (_sources() if lang == "zh" else {}) | own
    parts = [known.get(part, part) for part in text.split("; ")]
    return known.get(text) or {"zh": "；", "en": "; "}[lang].join(parts)


@cache
def _sources() -> dict[str, str]:
    """Return the Chinese title of a document by the words that cite it in reference/."""
    rows = sheets.packaged("texts/sources.csv")
    return dict(zip(rows["source"], rows["zh"], strict=True))


def number(value: float, digits: int) -> str:
    """Return a number as it is printed: commas at thousands, a true minus sign, a dash for none.

    Halves are rounded away from zero; negative digits round to tens, hundreds, ...; a rounded zero
    has no sign.

    >>> number(-1234.56, 1), number(2.675, 2), number(-0.04, 1), number(19995, -2)
    ('−1,234.6', '2.68', '0.0', '20,000')
    """
    if value is None or isnan(value):
        return ABSENT
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-int(digits)), ROUND_HALF_UP)
    return f"{abs(rounded) if rounded == 0 else rounded:,f}".replace("-", "−")


def quantity(value: float, digits: int, unit_id: str, lang: str) -> str:
    """Return a number with its unit after a no-break space; a dash has no unit.

    Chinese counts in 万 and 亿: a unit of texts/magnitudes.csv is written so, to the same place.

    >>> quantity(2785.2, 0, "tCO2e", "en"), quantity(68.04, 1, "%", "zh")
    ('2,785\\xa0tCO₂e', '68.0\\xa0%')
    >>> quantity(1600, 0, "MtCO2e", "zh"), quantity(5756.2, 0, "MWh", "zh")
    ('16\\xa0亿吨二氧化碳当量', '575.6\\xa0万千瓦时')
    """
    return quantities([value], digits, unit_id, lang)[0]


def quantities(values: list[float], digits: int, unit_id: str, lang: str) -> list[str]:
    """Return the first number with its unit, and the others without, in the magnitude of the first.

    >>> quantities([900.0, 850.0, 950.0], 0, "MWh", "zh")
    ['90\\xa0万千瓦时', '85', '95']
    """
    power, named = _magnitude(values[0], unit_id, lang)
    shown = [_scaled(value, digits, power) for value in values]
    if shown[0] != ABSENT:
        shown[0] = f"{shown[0]}\u00a0{named}".rstrip()
    return shown


def _magnitude(value: float, unit_id: str, lang: str) -> tuple[int, str]:
    """Return the power of ten from a unit to the one that is printed, and the name of that one."""
    of_unit = _magnitudes().get(unit_id) if lang == "zh" else None
    if of_unit is None or value is None or isnan(value):
        return 0, unit(unit_id, lang)
    base, power = of_unit
    size = abs(value) * 10.0**power
    prefix, tens = next((each for each in _MYRIADS if size >= 10.0 ** each[1]), ("", 0))
    return power - tens, prefix + unit(base, lang)


def _scaled(value: float, digits: int, power: int) -> str:
    """Return value x 10^power to the place that `digits` is in the value itself.

    Noughts behind the point, which say nothing of a whole number, are left out of a larger unit.
    """
    if value is None or isnan(value) or not power:
        return number(value, digits)
    exact = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-int(digits)), ROUND_HALF_UP)
    printed = number(float(exact.scaleb(power)), digits - power)
    whole = power < 0 and digits <= 0 and exact.scaleb(power) == exact.scaleb(power).to_integral()
    return printed.partition(".")[0] if whole else printed


@cache
def _magnitudes() -> dict[str, tuple[str, int]]:
    """Return unit -> the unit that it is a power of ten of, and that power."""
    rows = sheets.packaged("texts/magnitudes.csv")
    return {row.unit: (row.base, int(row.power)) for row in rows.itertuples()}


def set_signs(text: str, lang: str) -> str:
    """Return a sentence with its signs as a printer sets them: a true minus; in English a space
    that does not break before %, in Chinese none, and kilowatt-hours counted in 万.

    >>> set_signs("it fell by -8.0% (+12 kWh) on 2023-01-05", "en")
    'it fell by −8.0\xa0% (+12 kWh) on 2023-01-05'
    >>> set_signs("相差 -8.0 %（+503,098 千瓦时）", "zh")
    '相差 −8.0%（+50.3\xa0万千瓦时）'
    """
    signed = _MINUS.sub("−", text)
    if lang == "en":
        return _PERCENT.sub("\u00a0%", signed)
    return tight(_KWH.sub(lambda found: quantity(_plain(found[1]), 0, "MWh", "zh"), signed))


def tight(chinese: str) -> str:
    """Return Chinese with each percent sign against its number, as it is set there.

    >>> tight("40.0\xa0% 至 50 %")
    '40.0% 至 50%'
    """
    return _PERCENT.sub("%", chinese)


def _plain(written: str) -> float:
    """Return kilowatt-hours as written with thousands' commas in megawatt-hours."""
    return float(written.replace(",", "")) / 1e3


def listed(names: list, lang: str) -> str:
    """Return names as a list in a sentence of `lang`.

    >>> listed([2020, 2025], "zh")
    '2020、2025'
    """
    return {"zh": "、", "en": ", "}[lang].join(map(str, names))


def with_convention(id: str, convention: str, lang: str) -> str:
    """Return the name of a quantity, with its accounting convention in brackets if it has one.

    >>> with_convention("energy", "calorific", "en"), with_convention("carbon", "", "zh")
    ('Energy (calorific value)', '碳排放')
    """
    if not convention:
        return label(id, lang)
    bracket = {"zh": "{}（{}）", "en": "{} ({})"}[lang]
    return bracket.format(label(id, lang), label(convention, lang))


def prettified(id: str) -> str:
    """Return an id as a reader would write it.

    >>> prettified("server_room")
    'Server room'
    """
    text = str(id).replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def names(path: Path | str) -> dict[str, dict[str, str]]:
    """Return id -> {"zh": ..., "en": ...} of a labels file; empty when there is no such file.

    ValueError when the file lacks one of the columns id, zh, en, or has an id twice.
    """
    try:
        return _read(str(path), os.stat(path).st_mtime_ns)
    except FileNotFoundError:
        return {}


def _own(case: Path | None) -> dict[str, dict[str, str]]:
    """Return the names of a case's own table labels; empty without a case or a table."""
    files = [f"{case}/labels{suffix}" for suffix in sheets.SUFFIXES] if case else []
    return next((names(file) for file in files if os.path.isfile(file)), {})


@cache
def _read(path: str, changed_ns: int) -> dict[str, dict[str, str]]:
    file = Path(path)
    rows = sheets.cells(file).astype("str").fillna("").apply(lambda column: column.str.strip())
    missing = [name for name in ("id", *LANGUAGES) if name not in rows]
    if missing:
        raise ValueError(f"{file.name} has no column {', '.join(missing)}; it needs id, zh, en.")
    if len(twice := rows.index[rows["id"].duplicated()]):
        raise ValueError(
            f"{file.name}, row {twice[0]}: {rows['id'][twice[0]]!r} is named twice; keep one."
        )
    return rows.set_index("id")[list(LANGUAGES)].to_dict("index")


def _known(lang: str) -> None:
    if lang not in LANGUAGES:
        raise ValueError(f"There is no text in {lang!r}; the languages are zh and en.")
