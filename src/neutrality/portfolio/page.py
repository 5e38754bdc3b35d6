"""portfolio.html: one file with both languages, the one not chosen hidden by the style alone.

It has its font, style and a script inside and asks for no address. Without the script it is the
same page; with it the tables sort and the sites can be searched. What a site wrote is only text.
"""

from __future__ import annotations

import base64
from html import unescape
from math import isnan

import jinja2
import pandas as pd
from markupsafe import Markup

from neutrality.portfolio import bars, overview, rows, stated
from neutrality.portfolio.overview import Overview
from neutrality.portfolio.wording import (
    both,
    called,
    names,
    percent,
    quantity,
    share,
    spans,
    tonnes,
    words,
)
from neutrality.texts import fonts, labels

_LARGEST = 10  # sites that have a bar of their own above the table
_MIXED = ("gwp_edition", "matching", "scheme")  # rules by which sites of one total may differ
_TILES = (*stated.STATED, "credits_checked")
_QUARTILES = [0.25, 0.5, 0.75]
_FILES = ("report.css", "portfolio.css", "portfolio.js")


def html(made: Overview, home: str, lang: str) -> str:
    """Return the page; `home` stands before a bundle in a link (`publishing.home`), and `lang` is
    the language that it opens in.
    """
    *styles, script = (Markup((labels.TEXTS / name).read_text("utf-8")) for name in _FILES)
    page = (
        _space()
        .get_template("portfolio.html")
        .render(
            **_head(made),
            **_totals(made),
            **_pictures(made.counted),
            rows=rows.sites(made, home),
            exceptions=rows.exceptions(made),
            kinds=rows.kinds(made),
            releases=rows.releases(made),
            lang=lang,
            style=Markup("").join(styles),
            script=script,
        )
    )
    font = base64.b64encode(fonts.woff("".join(sorted(set(unescape(page)))))).decode("ascii")
    return page.replace("FONT_DATA", font, 1)


def _space() -> jinja2.Environment:
    """Return where the template is filled: every text is escaped, a place that is not filled is an
    error.
    """
    space = jinja2.Environment(
        loader=jinja2.FileSystemLoader(labels.TEXTS),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    space.globals |= {"t": both, "s": spans, "languages": labels.LANGUAGES, "tag": labels.LANG_TAG}
    return space


def _head(made: Overview) -> dict:
    """Return how many sites there are, and what has to be known before a total is read."""
    counted = made.counted
    twice = made.exceptions.loc[made.exceptions["kind"] == overview.TWICE, "site"]
    left_out = made.sites.loc[made.sites["state"] != stated.COUNTED, "site"]
    mixed = {name: sorted(set(counted[name]) - {""}) for name in _MIXED}
    return {
        "year": made.year,
        "sites": len(made.sites),
        "counted": len(counted),
        "illustrative": int(counted["illustrative"].sum()),
        "twice": names(sorted(set(twice) - {""})) if len(twice) else None,
        "mixed": [
            both("mixed", what=words(f"mixed_{name}"), values=names(values))
            for name, values in mixed.items()
            if len(values) > 1
        ],
        "area_sites": int(counted[stated.INTENSITIES[0]].count()),
        "count": Markup('<span class="count">{}</span>').format(len(made.sites)),
        "left_out": names(list(left_out)),
    }


def _totals(made: Overview) -> dict:
    """Return the large numbers, the table of all totals, and the sentences between them."""
    listed = {
        row.id: {
            "name": called(row.id),
            "value": spans(quantity(row.value, row.digits, row.unit)),
            "large": _large(quantity(row.value, row.digits, row.unit)),
            "status": called(row.status),
            "rated": bool(row.status),
            "sites": row.sites,
            "missing": names(row.missing.split("; ")) if row.missing else None,
        }
        for row in made.totals.itertuples()
    }
    needed = made.totals.set_index("id").at["credits_needed", "value"]
    return {
        "totals": list(listed.values()),
        "tiles": [(id, listed[id]) for id in _TILES],
        "needed": tonnes(needed),
        "said": [_uncertainty(made.counted), _change(made.counted)],
    }


def _large(text: dict[str, str]) -> Markup:
    """Return a quantity whose unit is set smaller than its number."""
    parts = {lang: said.partition("\u00a0")[::2] for lang, said in text.items()}
    return spans({lang: Markup("{} <i>{}</i>").format(*two) for lang, two in parts.items()})


def _uncertainty(counted: pd.DataFrame) -> Markup:
    low, high = overview.residual_u_t(counted)
    if isnan(low):
        return both("uncertainty_none")
    unit = stated.unit("residual_u_t")
    return both("uncertainty", low=quantity(low, 0, unit), high=quantity(high, 0, unit))


def _change(counted: pd.DataFrame) -> Markup:
    changes = [overview.change(counted, view) for view in stated.VIEWS]
    if not all(sites for _, _, sites in changes):
        return both("change_total_none")
    location, market = (percent(moved, before) for moved, before, _ in changes)
    return both("change_total", location=location, market=market, n=changes[0][2])


def _pictures(counted: pd.DataFrame) -> dict:
    """Return the small multiples above the table: largest sites, intensities, data quality."""
    order = counted.sort_values("location_t", ascending=False, kind="stable")
    first, rest = order[:_LARGEST], order[_LARGEST:]
    largest = float(first["location_t"].max())
    rated = {name: float(counted[name].sum()) for name in stated.QUALITY}
    location, market = _views(rest.sum(numeric_only=True))
    part = share(first["location_t"].sum(), counted["location_t"].sum())
    return {
        "bars": [
            (rows.name(row), bars.pair(row.location_t, row.market_t, largest), *_views(row))
            for row in first.itertuples()
        ],
        "bars_said": both("largest_note", n=len(first), share=part),
        "rest": both("rest", n=len(rest), location=location, market=market),
        "strips": _strips(counted),
        "quality": [
            (name, called(name), share(t, sum(rated.values()))) for name, t in rated.items()
        ],
        "quality_bar": bars.shares(rated),
    }


def _views(row) -> tuple[str, str]:
    return tonnes(row.location_t), tonnes(row.market_t)


def _strips(counted: pd.DataFrame) -> list[tuple[Markup, Markup, Markup]]:
    """Return a sentence, a drawing and the end of its scale for the intensities of each view."""
    ids = stated.INTENSITIES[: len(stated.VIEWS)]
    scale, drawn = float(counted[list(ids)].max().max()) * rows.MARGIN, []
    for view, id in zip(stated.VIEWS, ids, strict=True):
        values, unit = counted[id].dropna(), stated.unit(id)
        if values.empty:
            continue
        low, median, high = values.quantile(_QUARTILES)
        ends = {"low": low, "median": median, "high": high}
        ends["all"], _ = overview.intensity(counted, view)
        said = {name: quantity(value, 1, unit) for name, value in ends.items()}
        sentence = both("strip_row", view=words(view.removesuffix("_t")), **said)
        drawing = bars.strip(values, (low, median, high), scale)
        drawn.append((sentence, drawing, spans(quantity(scale, 0, unit))))
    return drawn
