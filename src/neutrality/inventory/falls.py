"""Amounts that fell on the base year by more than the weather explains, without a reason given:
large falls one by one, all others together, each with its tonnes.
"""

from __future__ import annotations

import pandas as pd

from neutrality.inventory import plausibility
from neutrality.reference import kinds, units
from neutrality.texts import labels
from neutrality.texts.findings import Finding, in_table

# Heating degree days count on this daily mean, as Chinese building codes do [°C].
_HEATED_BELOW_C = 18.0
# The weather explains at most this share of a fall (0-1): between two years the degree days of one
# place seldom differ by a fifth, and temperatures may be edited as bills may.
_MOST_BY_WEATHER = 0.2


def findings(
    activities: pd.DataFrame,
    emitted: pd.DataFrame,
    factors: pd.DataFrame,
    years: tuple[int, int],
    outdoor_c: pd.Series,
    change_percent: float,
    line_t: float,
) -> list[Finding]:
    """Return a finding for each source that fell by `change_percent` or more and by at least
    `line_t` [tCO2e], and one on all other falls where together they reach it.

    `outdoor_c` are hourly temperatures by local time. The size is the reporting year's tonnes less
    those of `fallen`, below 0.
    """
    rows = plausibility.with_kind(activities, factors).assign(t_co2e=emitted["t_co2e"])
    table = fallen(*(plausibility.counted(rows, year) for year in years), years, outdoor_c)
    large = (table["share"] <= -change_percent / units.PERCENT) & (table["t_co2e"] <= -line_t)
    found: list[Finding] = []
    for row in table[large].to_dict("records"):
        names = {f"name_{lang}": labels.label(row["source"], lang) for lang in labels.LANGUAGES}
        found += in_table(
            "activities", "amount_fell", base_year=years[0], year=years[1], **names, **row
        )
    return found + _together(table[~large], years, line_t)


def _together(rest: pd.DataFrame, years: tuple[int, int], line_t: float) -> list[Finding]:
    """Return the finding on falls that are not told one by one, where their sum reaches a line."""
    rest = rest[rest["t_co2e"] < 0].sort_values("t_co2e")
    size_t = rest["t_co2e"].sum()
    if rest.empty or size_t > -line_t:
        return []
    listed = {
        f"listed_{lang}": ("、" if lang == "zh" else ", ").join(
            f"{labels.label(row.source, lang)} {row.t_co2e:+,.1f} {labels.unit('t', lang)}"
            for row in rest.itertuples()
        )
        for lang in labels.LANGUAGES
    }
    quoted = {"base_year": years[0], "year": years[1], "t_co2e": size_t}
    return in_table("activities", "amounts_fell", **quoted, **listed)


def fallen(
    base: pd.DataFrame, reporting: pd.DataFrame, years: tuple[int, int], outdoor_c: pd.Series
) -> pd.DataFrame:
    """Return source, share (0-1) and t_co2e [tCO2e] by which each item without a reason differs
    from what the base year's amount would be in the reporting year; below 0 where it fell.

    Compared are the months that both years have, of refrigerants the years; purchased heat is
    scaled by the heating degree days of those months, down to four fifths.
    """
    base, reporting = _same_months(base, reporting), _same_months(reporting, base)
    both = plausibility.compared(base, reporting)
    both = both[both["reason"] == ""]
    about = reporting.groupby("item").agg({"source": "first", "kind": "first", "t_co2e": "sum"})
    both = both.join(about, on="item")
    heat = set(reporting["month"][reporting["kind"] == kinds.HEAT].str[5:])
    by_weather = (
        (both["kind"] == kinds.HEAT).map({True: _milder(outdoor_c, heat, years)}).fillna(1.0)
    )
    expected = both["amount_base"] * by_weather
    excess = both["amount"] - expected
    return pd.DataFrame(
        {
            "source": both["source"],
            "share": excess / expected,
            "t_co2e": both["t_co2e"] * excess / both["amount"],
        }
    )


def _same_months(rows: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of months in which both years used the item; refrigerants are kept whole."""
    used = other[other["amount"] > 0]
    known = set(zip(used["item"], used["month"].str[5:], strict=True))
    kept = [pair in known for pair in zip(rows["item"], rows["month"].str[5:], strict=True)]
    return rows[pd.Series(kept, rows.index, dtype=bool) | (rows["kind"] == kinds.RELEASED)]


def _milder(outdoor_c: pd.Series, months: set[str], years: tuple[int, int]) -> float:
    """Return the heating degree days of some months in the reporting year over those in the base
    year; 1 where a year has none.
    """
    daily = outdoor_c.resample("D").mean()
    degree_days = (_HEATED_BELOW_C - daily).clip(lower=0.0)[daily.index.strftime("%m").isin(months)]
    base, reporting = (degree_days[degree_days.index.year == year].mean() for year in years)
    return max(reporting / base, 1 - _MOST_BY_WEATHER) if base > 0 and reporting > 0 else 1.0
