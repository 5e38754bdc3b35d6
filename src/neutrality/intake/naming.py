"""Names of meters: what a file calls them, as ids of the case with labels in both languages."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from neutrality.case import names as case_names
from neutrality.case.schemas import ID
from neutrality.energy import periods
from neutrality.intake import fields
from neutrality.intake.mapping import OPEN
from neutrality.texts import labels

_ELECTRICITY = periods.ELECTRICITY
_PREFIX = {"electricity": "meter", "heat": "heat_meter", "gas": "gas_meter"}
_SOLE = {
    "heat": "heat_meter",
    "gas": "gas_meter",
    "cooling": "cooling_meter",
    "water": "water_meter",
}


class Names(NamedTuple):
    """The names that a case has already."""

    taken: frozenset[str]  # ids of its meters and labels
    labelled: dict[str, str]  # Chinese or English name, as compared -> id

    def ids(self, written: list[str], energy: str) -> dict[str, tuple[str, str]]:
        """Return id and reason for each meter by its written name; OPEN where it has to be asked.

        Well-known names have the package's ids (总表 is main); of one meter of electricity without
        a name, or with a number alone, the id is main. English names become ids, others are
        numbered: meter_1, with the written name in labels.
        """
        made: dict[str, tuple[str, str]] = {}
        for name in written:
            used = self.taken | {id for id, _ in made.values()}
            made[name] = self._one(name, written, energy, used)
        return made

    def _one(self, name: str, written: list[str], energy: str, used: set[str]) -> tuple[str, str]:
        if known := self.labelled.get(fields.plain(name)) if name else None:
            return known, f"labels.csv names it {name}"
        if (common := fields.common_id(name)) and energy in (_ELECTRICITY, OPEN):
            return common, f"{name} is {common}"
        nameless = not name or re.fullmatch(r"[\dA-Z-]+", name)
        if nameless and (len(written) == 1 or energy == _ELECTRICITY):
            return _nameless(name, len(written), energy)
        slug = identifier(name)
        if slug and slug not in used:
            return slug, ""
        prefix = _PREFIX.get(energy, "meter")
        free = next(f"{prefix}_{at}" for at in range(1, 10_000) if f"{prefix}_{at}" not in used)
        return free, f"{name}, by that name in labels.csv"


def _nameless(name: str, count: int, energy: str) -> tuple[str, str]:
    """Return id and reason of a meter with a number at most, one of `count` of its energy."""
    if count > 1:
        return OPEN, (
            f"{count} accounts of electricity: which meter is {name or 'the one unnamed'}? If all "
            "together are the site's whole, write main for each"
        )
    if energy == _ELECTRICITY:
        return periods.MAIN, "the only meter of electricity here: the site's whole"
    return _SOLE.get(energy, "meter_1"), "the only meter here"


def identifier(name: str) -> str:
    """Return an English name as an id; "" for one in other letters or one that is the package's.

    >>> identifier("Chiller 1"), identifier("1#楼"), identifier("3rd floor")
    ('chiller_1', '', 'meter_3rd_floor')
    """
    plain = unicodedata.normalize("NFKC", name)
    if not plain.isascii():
        return ""
    slug = re.sub(r"[^a-z0-9]+", "_", plain.casefold()).strip("_")
    slug = slug if re.fullmatch(ID, slug) or not slug else f"meter_{slug}"
    return f"own_{slug}" if labels.has(slug) and slug not in case_names.COMMON else slug


def label(id: str, written: str) -> dict[str, str] | None:
    """Return the row of labels for a meter that the package does not name, or None.

    >>> label("meter_1", "1#楼"), label("main", "总表")
    ({'id': 'meter_1', 'zh': '1#楼', 'en': 'Meter 1'}, None)
    """
    if labels.has(id) or not case_names.readable(written or ""):
        return None
    return {"id": id, "zh": written, "en": written if written.isascii() else labels.prettified(id)}
