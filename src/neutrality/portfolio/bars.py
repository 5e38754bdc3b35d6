"""Small multiples as inline SVG: bars, a strip of dots, shares.

Places are percentages of the width, so that a drawing fits a table's cell and a telephone alike;
colours are those of the page.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isnan

from markupsafe import Markup

_LANES = (
    10,
    18,
    26,
    14,
    22,
)  # heights at which dots stand, so that neighbours do not cover all [px]


def pair(location: float, market: float, largest: float) -> Markup:
    """Return two bars, one upon the other, as shares of the largest site's.

    >>> str(pair(50.0, 25.0, 100.0)).count("<rect"), "50%" in pair(50.0, 25.0, 100.0)
    (2, True)
    """
    widths = (_share(location, largest), _share(market, largest))
    drawn = zip(("l", "m"), widths, strict=True)
    return _svg("bar", (f'<rect class="{name}" width="{width}"/>' for name, width in drawn))


def shares(parts: dict[str, float]) -> Markup:
    """Return one bar divided by the sizes of its parts, each of a class of its name.

    >>> str(shares({"measured_t": 3.0, "assumed_t": 1.0})).count("<rect")
    2
    """
    whole, at, drawn = sum(parts.values()), 0.0, []
    for name, size in parts.items():
        if size > 0:
            place = f'x="{_share(at, whole)}" width="{_share(size, whole)}"'
            drawn.append(f'<rect class="{name}" {place}/>')
            at += size
    return _svg("bar", drawn)


def strip(values: Iterable[float], marks: Iterable[float], largest: float) -> Markup:
    """Return a dot for each value, and a line at each mark, on one scale from 0 to the largest.

    >>> str(strip([1.0, 2.0], [1.5], 2.0)).count("<circle")
    2
    """
    lines = (f'<rect class="q" x="{_share(mark, largest)}" width="1.5"/>' for mark in marks)
    dots = (
        f'<circle cx="{_share(value, largest)}" cy="{_LANES[number % len(_LANES)]}" r="4"/>'
        for number, value in enumerate(sorted(values))
    )
    return _svg("strip", [*lines, *dots])


def place(value: float, low: float, high: float, largest: float) -> Markup:
    """Return where one value stands beside two quartiles, on a scale from 0 to the largest.

    >>> "<circle" in place(1.0, 0.5, 1.5, 2.0), str(place(1.0, 0.0, 0.0, 0.0))
    (True, '')
    """
    if isnan(value) or not largest > 0:
        return Markup("")
    box = f'<rect class="box" x="{_share(low, largest)}" width="{_share(high - low, largest)}"/>'
    return _svg("place", [box, f'<circle cx="{_share(value, largest)}" cy="6" r="4"/>'])


def _share(size: float, whole: float) -> str:
    """Return a size as a percentage of the whole, as short as two digits behind the point allow.

    >>> _share(1.0, 3.0), _share(-1.0, 3.0), _share(1.0, 0.0)
    ('33.33%', '0%', '0%')
    """
    share = 0.0 if isnan(size) or not whole > 0 else min(max(size / whole, 0.0), 1.0)
    return f"{100 * share:.2f}".rstrip("0").rstrip(".") + "%"


def _svg(name: str, drawn: Iterable[str]) -> Markup:
    return Markup(f'<svg class="{name}" aria-hidden="true">{"".join(drawn)}</svg>')
