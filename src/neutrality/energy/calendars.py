"""Days that differ from their weekday: a country's public holidays, weekend days worked in
exchange, closures of a site.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import holidays
import pandas as pd

_YEAR_END = range(24, 32)  # December days on which many sites close, public holiday or not


def days(
    country: str,
    years: Iterable[int],
    year_end_closure: bool = False,
    own: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return date ("YYYY-MM-DD"), workday, name: the public holidays, closures and weekend days
    worked of some years; `workday` is true for a day worked and false for a day off.

    `country` is an ISO 3166 code, with a subdivision after a hyphen ("GB-ENG"), or empty for none;
    public holidays, and weekend days worked in exchange, are those of the package holidays.
    `year_end_closure` adds 24 to 31 December as days off. A day in `own` (date, workday, name),
    the site's table calendar, replaces the country's. Raises ValueError for an unknown country.

    >>> special = days("CN", [2025]).set_index("date")
    >>> special.loc["2025-10-01", "name"], bool(special.loc["2025-10-11", "workday"])
    ('National Day', True)
    """
    years = sorted(set(years))
    public = _public(country, years)
    rows = [(day, False, name) for day, name in public.items()]
    rows += [
        (day, True, "worked in exchange")
        for day in getattr(public, "weekend_workdays", ())
        if day.year in years
    ]
    if year_end_closure:
        rows += [
            (date(year, 12, day), False, "year-end closure") for year in years for day in _YEAR_END
        ]
    special = pd.DataFrame(rows, columns=["date", "workday", "name"])
    special["date"] = [day.isoformat() for day in special["date"]]
    if own is not None and len(own):
        own = own.assign(date=pd.to_datetime(own["date"]).dt.strftime("%Y-%m-%d"))
        own = own.reindex(columns=special.columns)
        special = pd.concat([own, special]) if len(special) else own
    return special.drop_duplicates("date").sort_values("date", ignore_index=True)


def _public(country: str, years: list[int]) -> dict:
    """Return the names of the public holidays by date; ValueError for an unknown country."""
    if not country:
        return {}
    code, _, subdivision = country.partition("-")
    try:
        return holidays.country_holidays(
            code, subdiv=subdivision or None, years=years, language="en_US"
        )
    except NotImplementedError as error:
        raise ValueError(
            f"country: no holidays are known for '{country}' ({error}); give an ISO 3166 code "
            'such as CN or GB-ENG, or country: "" and the site\'s own days in the table calendar'
        ) from error
