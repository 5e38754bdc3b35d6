"""The rows of the page's tables: sites, exceptions, releases."""

from __future__ import annotations

from math import isnan, nan
from urllib.parse import quote

from markupsafe import Markup

from neutrality.portfolio import bars, overview, stated
from neutrality.portfolio.overview import Overview
from neutrality.portfolio.wording import both, called, names, percent, share, spans, tonnes
from neutrality.reference import units
from neutrality.texts import labels

_QUARTILES = [0.25, 0.75]
_HASH = 12  # letters of a source's hash, as people compare them
MARGIN = 1.04  # of a scale beyond its largest value, so that the last dot is whole


def name(row) -> Markup:
    """Return a site's name in both languages; its folder's where it gives none."""
    return spans({lang: _named(row, lang) for lang in labels.LANGUAGES})


def _named(row, lang: str) -> str:
    return getattr(row, f"name_{lang}") or row.site


def sites(made: Overview, home: str) -> list[dict]:
    """Return what the table shows of each site, the largest first; `home` as `publishing.home`."""
    home = quote(home, safe="/:" if "://" in home else "/")
    first = made.exceptions.drop_duplicates("site")["site"]
    anchors = {site: f"x{at}" for at, site in first.items()}
    largest = float(made.sites["location_t"].max())
    known = made.sites[stated.INTENSITIES[0]].dropna()
    scale = (*known.quantile(_QUARTILES), float(known.max()) * MARGIN)
    ordered = made.sites.sort_values("location_t", ascending=False, kind="stable")
    return [
        _about(row, home, anchors) | _figures(row, largest) | _measured(row, scale)
        for row in ordered.itertuples()
    ]


def _about(row, home: str, anchors: dict[str, str]) -> dict:
    """Return what a row says of the site itself."""
    counted = row.state == stated.COUNTED
    return {
        "site": row.site,
        "name": _linked(row, home) if counted else name(row),
        "named": row.site not in (_named(row, "zh"), _named(row, "en")),
        "illustrative": row.illustrative,
        "state": None if counted else called(f"kind_{row.state}"),
        "status": called(row.status),
        "exceptions": (row.exceptions, anchors.get(row.site, "")),
    }


def _linked(row, home: str) -> Markup:
    """Return a site's name, in each language a link to its report of that language."""
    link = Markup('<a href="{}{}/report.{}.html">{}</a>')
    path, there = quote(row.bundle), row.reports.split()
    if not there:
        return name(row)
    return spans(
        {
            lang: link.format(home, path, lang if lang in there else there[0], _named(row, lang))
            for lang in labels.LANGUAGES
        }
    )


def _figures(row, largest: float) -> dict:
    """Return the tonnes and credits of a row, each with the number that it is sorted by."""
    ends = [tonnes(end) for end in (row.residual_low, row.residual_high)]
    return {
        "figures": [(_v(value), tonnes(value)) for value in (row.location_t, row.market_t)],
        "pair": bars.pair(row.location_t, row.market_t, largest),
        "residual": (_v(row.residual_t), tonnes(row.residual_t)),
        "between": "" if isnan(row.residual_low) else "–".join(ends),
        "credits": (_v(row.credits_checked), tonnes(row.credits_checked)),
        "needed": tonnes(row.credits_needed),
        "avoided": (_v(row.avoided_green_t), tonnes(row.avoided_green_t)),
    }


def _measured(row, scale: tuple[float, float, float]) -> dict:
    """Return the intensity, change and data quality of a row, with what each is sorted by."""
    intensity = row.building_location_kg_per_m2
    rated = {name: getattr(row, name) for name in stated.QUALITY}
    whole, known = sum(rated.values()), rated["measured_t"] + rated["billed_t"]
    above = share(row.intensity_above, units.PERCENT)
    return {
        "intensity": (_v(intensity), labels.number(intensity, 1), bars.place(intensity, *scale)),
        "above": None if isnan(row.intensity_above) else both("above", share=above),
        "change": _v(_ratio(row.change_market_t, row.before_market_t)),
        "changes": [
            percent(getattr(row, f"change_{id}"), getattr(row, f"before_{id}"))
            for id in stated.VIEWS
        ],
        "since": both(f"change_on_{row.change_by}", year=row.change_year) if row.change_by else "",
        "quality": (_v(_ratio(known, whole)), share(known, whole), bars.shares(rated)),
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else nan


def _v(value: float) -> str:
    """Return a number as the table sorts by it; nothing where there is none."""
    return "" if isnan(value) else f"{value:.10g}"


def kinds(made: Overview) -> list[tuple[Markup, int]]:
    """Return how many exceptions there are of each kind, the gravest first."""
    counts = made.exceptions["kind"].value_counts()
    return [(called(f"kind_{kind}"), counts[kind]) for kind in overview.KINDS if kind in counts]


def exceptions(made: Overview) -> list[dict]:
    """Return what the table shows of each exception; the first of a site has an anchor."""
    first = set(made.exceptions.drop_duplicates("site").index)
    return [
        {
            "anchor": f"x{row.Index}" if row.Index in first else "",
            "site": row.site,
            "kind": called(f"kind_{row.kind}"),
            "reason": spans({"zh": row.zh, "en": row.en}),
            "file": row.file,
            "row": row.row,
        }
        for row in made.exceptions.itertuples()
    ]


def releases(made: Overview) -> list[tuple]:
    """Return release, hash, whether it is installed here, how many sites, and their names."""
    return [
        (row.release, row.source_sha256[:_HASH], row.installed, len(row.names), names(row.names))
        for row in made.releases.itertuples()
    ]
