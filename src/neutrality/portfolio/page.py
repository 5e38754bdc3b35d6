"""portfolio.html: one file with both languages, the one not chosen hidden by the style alone.

It has its font, style and a script inside and asks for no address. Without the script it is the
same page; with it the tables sort and the sites can be searched. What a site wrote is only text.
"""

from __future__ import annotations

import base64
import os
from html import unescape
from math import isnan
from pathlib import Path
from urllib.parse import quote

import jinja2
import pandas as pd
from markupsafe import Markup, escape

from neutrality.portfolio import bars, overview, sites
from neutrality.portfolio.overview import Overview
from neutrality.portfolio.wording import words
from neutrality.reference import units
from neutrality.texts import fonts, labels

_LARGEST = 10  # sites that have a bar of their own above the table
_NAMED = 8  # names of sites in a sentence; the rest are counted
_MIXED = ("gwp_edition", "matching", "scheme")  # rules by which sites of one total may differ
_QUARTILES = (0.25, 0.5, 0.75)
_HASH = 12  # letters of a source's hash, as people compare them
_MARGIN = 1.04  # of a scale beyond its largest value, so that the last dot is whole


def html(made: Overview, outputs: Path, to: Path, lang: str) -> str:
    """Return the page; `to` is its folder, from which reports in `outputs` are linked, and `lang`
    the language that it opens in.
    """
    space = jinja2.Environment(
        loader=jinja2.FileSystemLoader(labels.TEXTS),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    space.globals |= {"t": both, "s": _spans, "languages": labels.LANGUAGES}
    space.globals["tag"] = labels.LANG_TAG
    files = "report.css", "portfolio.css", "portfolio.js"
    *styles, script = (Markup((labels.TEXTS / name).read_text("utf-8")) for name in files)
    page = space.get_template("portfolio.html").render(
        **_head(made),
        **_totals(made),
        **_pictures(made),
        rows=_rows(made, outputs, to),
        exceptions=_exceptions(made),
        kinds=_kinds(made),
        releases=_releases(made),
        lang=lang,
        style=Markup("").join(styles),
        script=script,
    )
    shown = "".join(sorted(set(unescape(page))))
    font = base64.b64encode(fonts.woff(shown)).decode("ascii")
    return page.replace("FONT_DATA", font, 1)


def both(id: str, **values: object) -> Markup:
    """Return a sentence of texts/portfolio.csv in both languages; a value may be one for each.

    >>> str(both("covers"))
    '<span lang="zh-Hans">覆盖站点</span><span lang="en">Sites covered</span>'
    """
    return _spans(
        {
            lang: Markup(text).format(
                **{k: v[lang] if isinstance(v, dict) else v for k, v in values.items()}
            )
            for lang, text in words(id).items()
        }
    )


def _spans(text: dict[str, object]) -> Markup:
    """Return a text by language as the page holds it; one that is the same in both, once."""
    zh, en = text["zh"], text["en"]
    if zh == en:
        return escape(zh)
    return Markup('<span lang="zh-Hans">{}</span><span lang="en">{}</span>').format(zh, en)


def _quantity(value: float, digits: int, unit: str) -> dict[str, str]:
    return {lang: labels.quantity(value, digits, unit, lang) for lang in labels.LANGUAGES}


def _names(names: list[str]) -> dict[str, str]:
    """Return the first few names as a list in both languages, and how many more there are."""
    made = {}
    for lang in labels.LANGUAGES:
        more = words("and_more")[lang].format(n=len(names) - _NAMED)
        made[lang] = labels.listed([*names[:_NAMED], *([more] * (len(names) > _NAMED))], lang)
    return made


def _head(made: Overview) -> dict:
    counted = made.counted
    twice = made.exceptions[made.exceptions["kind"] == "double_claim"]
    mixed = [(name, sorted(set(counted[name]) - {""})) for name in _MIXED]
    return {
        "year": made.year,
        "sites": len(made.sites),
        "counted": len(counted),
        "illustrative": int(counted["illustrative"].sum()),
        "twice": _names(list(dict.fromkeys(filter(None, twice["site"])))) if len(twice) else None,
        "mixed": [
            both("mixed", what=words(f"mixed_{name}"), values=_names(values))
            for name, values in mixed
            if len(values) > 1
        ],
        "area_sites": int(counted[sites.INTENSITIES[0]].count()),
        "count": Markup('<span class="count">{}</span>').format(len(made.sites)),
        "left_out": _names(list(made.sites.loc[made.sites["state"] != sites.COUNTED, "site"])),
    }


def _totals(made: Overview) -> dict:
    rows = made.totals.set_index("id")
    listed = [
        {
            "name": _spans(words(id)),
            "value": _spans(_quantity(row["value"], row["digits"], row["unit"])),
            "status": _status(row["status"]),
            "sites": row["sites"],
            "missing": _names(row["missing"].split("; ")) if row["missing"] else None,
        }
        for id, row in rows.iterrows()
    ]
    tiles = [
        (id, both_of(rows.loc[id]), _status(rows.at[id, "status"]), rows.at[id, "sites"])
        for id in (*sites.STATED, "credits_checked")
    ]
    needed = labels.number(rows.at["credits_needed", "value"], 0)
    return {"totals": listed, "tiles": tiles, "needed": needed, "said": _said_of_totals(made)}


def both_of(row: pd.Series) -> Markup:
    """Return a figure with its unit in both languages; `row` has value, digits and unit."""
    return _spans(_quantity(row["value"], row["digits"], row["unit"]))


def _status(status: str) -> Markup:
    return _spans(words(status)) if status else Markup(labels.ABSENT)


def _said_of_totals(made: Overview) -> list[Markup]:
    """Return the sentences below the totals: how far sure, and how they changed."""
    low, high = overview.residual_u_t(made.counted)
    ends = {"low": _quantity(low, 0, "tCO2e"), "high": _quantity(high, 0, "tCO2e")}
    sure = both("uncertainty", **ends) if not isnan(low) else both("uncertainty_none")
    changes = {view: overview.change(made.counted, f"{view}_t") for view in ("location", "market")}
    if not changes["location"][2]:
        return [sure, both("change_total_none")]
    of = {view: _percent(moved, before) for view, (moved, before, _) in changes.items()}
    return [sure, both("change_total", **of, n=changes["location"][2])]


def _percent(part: float, whole: float) -> str:
    """Return a change as a signed percentage with one digit; a dash where there is none.

    >>> _percent(-3.0, 12.0), _percent(1.0, 0.0)
    ('−25.0\\xa0%', '—')
    """
    if isnan(part) or isnan(whole) or whole <= 0:
        return labels.ABSENT
    value = units.PERCENT * part / whole
    return f"{'+' if value > 0 else ''}{labels.number(value, 1)}\u00a0%"


def _pictures(made: Overview) -> dict:
    counted = made.counted
    order = counted.sort_values("location_t", ascending=False, kind="stable")
    first, rest = order[:_LARGEST], order[_LARGEST:]
    largest = float(first["location_t"].max()) if len(first) else 0.0
    bar = [(_name(row), bars.pair(row.location_t, row.market_t, largest), _t(row.location_t), _t(row.market_t)) for row in first.itertuples()]
    share = _percent_of(first["location_t"].sum(), counted["location_t"].sum())
    rated = {name: float(counted[name].sum()) for name in sites.QUALITY}
    whole = sum(rated.values())
    return {
        "bars": bar,
        "bars_said": both("largest_note", n=len(first), share=share),
        "rest": (both("rest", n=len(rest)), _t(rest["location_t"].sum()), _t(rest["market_t"].sum())) if len(rest) else None,
        "strips": _strips(counted),
        "quality": [(name, _spans(words(name)), _percent_of(size, whole)) for name, size in rated.items()],
        "quality_bar": bars.shares(rated),
    }


def _t(value: float) -> str:
    return labels.number(value, 0)


def _percent_of(part: float, whole: float) -> str:
    share = units.PERCENT * part / whole if whole > 0 else float("nan")
    return labels.ABSENT if isnan(share) else f"{labels.number(share, 0)}\u00a0%"


def _strips(counted: pd.DataFrame) -> list[tuple[Markup, Markup, Markup]]:
    """Return a sentence, a drawing and the end of its scale for the intensities of each view."""
    known = counted[list(sites.INTENSITIES[:2])]
    scale, drawn = float(known.max().max()) * _MARGIN, []
    for view, id in zip(("location", "market"), sites.INTENSITIES[:2], strict=True):
        values = known[id].dropna()
        if values.empty:
            continue
        low, median, high = values.quantile(list(_QUARTILES))
        all_, _ = overview.intensity(counted, f"{view}_t")
        ends = {"low": low, "median": median, "high": high, "all": all_}
        said = {name: _quantity(value, 1, sites.unit(id)) for name, value in ends.items()}
        drawing = bars.strip(values, (low, median, high), scale)
        end = _spans(_quantity(scale, 0, sites.unit(id)))
        drawn.append((both("strip_row", view=words(view), **said), drawing, end))
    return drawn


def _name(row) -> Markup:
    return _spans({lang: getattr(row, f"name_{lang}") or row.site for lang in labels.LANGUAGES})


def _rows(made: Overview, outputs: Path, to: Path) -> list[dict]:
    """Return what the table of sites shows of each."""
    known = made.sites[sites.INTENSITIES[0]].dropna()
    marks = tuple(known.quantile([_QUARTILES[0], _QUARTILES[-1]])) if len(known) else ()
    scales = float(made.sites["location_t"].max()), float(known.max()) * _MARGIN if len(known) else 0.0
    base = quote(Path(os.path.relpath(outputs.absolute(), to.absolute())).as_posix())
    base = "" if base == "." else f"{base}/"
    first = made.exceptions.drop_duplicates("site")["site"]
    anchor = {site: f"x{at}" for at, site in first.items()}
    ordered = made.sites.sort_values("location_t", ascending=False, kind="stable")
    return [_row(row, marks, scales, base, anchor.get(row.site, "")) for row in ordered.itertuples()]


def _row(row, marks: tuple, scales: tuple[float, float], base: str, anchor: str) -> dict:
    intensity = row.building_location_kg_per_m2
    rated = {name: getattr(row, name) for name in sites.QUALITY}
    whole = sum(rated.values())
    known = rated["measured_t"] + rated["billed_t"]
    counted = row.state == sites.COUNTED
    above = {"share": _percent_of(row.intensity_above, units.PERCENT)}
    return {
        "site": row.site,
        "name": _linked(row, base),
        "named": row.site not in (row.name_zh, row.name_en),
        "illustrative": row.illustrative,
        "state": None if counted else _spans(words(f"kind_{row.state}")),
        "figures": [(_v(value), _t(value)) for value in (row.location_t, row.market_t)],
        "pair": bars.pair(row.location_t, row.market_t, scales[0]) if counted else "",
        "residual": (_v(row.residual_t), _t(row.residual_t), _between(row)),
        "credits": (_v(row.credits_checked), _t(row.credits_checked), _t(row.credits_needed)),
        "avoided": (_v(row.avoided_green_t), _t(row.avoided_green_t)),
        "intensity": (_v(intensity), labels.number(intensity, 1), bars.place(intensity, marks, scales[1])),
        "above": None if isnan(row.intensity_above) else both("above", **above),
        "change": _changed(row),
        "quality": (_v(known / whole if whole > 0 else float("nan")), _percent_of(known, whole), bars.shares(rated) if whole > 0 else ""),
        "status": (row.status, _status(row.status)),
        "exceptions": (row.exceptions, anchor),
    }


def _v(value: float) -> str:
    """Return a number as the table sorts by it; nothing where there is none."""
    return "" if isnan(value) else f"{value:.10g}"


def _between(row) -> str:
    if isnan(row.residual_low):
        return ""
    return f"{_t(row.residual_low)}–{_t(row.residual_high)}"


def _changed(row) -> tuple:
    """Return what the change is sorted by, the change of both views, and on what it is."""
    shares = [_percent(getattr(row, f"change_{id}"), getattr(row, f"before_{id}")) for id in sites.VIEWS]
    by = both(f"change_on_{row.change_by}", year=row.change_year) if row.change_by else ""
    part, whole = row.change_market_t, row.before_market_t
    return _v(part / whole if whole > 0 else float("nan")), *shares, by


def _linked(row, base: str) -> Markup:
    """Return a site's name, in each language a link to its report of that language."""
    if row.state != sites.COUNTED:
        return _name(row)
    link = Markup('<a href="{}{}/report.{}.html">{}</a>')
    return _spans(
        {
            lang: link.format(base, quote(row.bundle), lang, getattr(row, f"name_{lang}") or row.site)
            for lang in labels.LANGUAGES
        }
    )


def _kinds(made: Overview) -> list[tuple[Markup, int]]:
    counts = made.exceptions["kind"].value_counts()
    return [(_spans(words(f"kind_{kind}")), counts[kind]) for kind in overview.KINDS if kind in counts]


def _exceptions(made: Overview) -> list[dict]:
    seen: set[str] = set()
    rows = []
    for row in made.exceptions.itertuples():
        anchor = "" if row.site in seen else f"x{row.Index}"
        seen.add(row.site)
        reason = {"zh": row.zh, "en": row.en}
        kind = _spans(words(f"kind_{row.kind}"))
        rows.append({"anchor": anchor, "site": row.site, "kind": kind, "reason": _spans(reason), "file": row.file, "row": row.row})
    return rows


def _releases(made: Overview) -> list[tuple]:
    return [
        (row.release, row.source_sha256[:_HASH], row.installed, len(row.names), _names(row.names))
        for row in made.releases.itertuples()
    ]
