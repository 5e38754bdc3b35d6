"""Days that are not what their weekday says: public holidays of a country, days worked in
exchange, closures of a site.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import holidays
import pandas as pd

YEAR_END = range(
    24, 32
)  # December days on which much of the Christian world is closed, holiday or not


def days(
    country: str,
    years: Iterable[int],
    year_end_closure: bool = False,
    own: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return date ("YYYY-MM-DD"), workday, name of every day of some years that is not what its
    weekday says.

    `country` is an ISO 3166 code, with a subdivision after a hyphen ("GB-ENG"), or empty for none;
    public holidays, and weekend days worked in exchange, are those of the package holidays.
    `year_end_closure` closes 24 to 31 December too. `own` (date, workday, name), the site's table
    calendar, comes first. Raises ValueError for an unknown country.

    >>> made = days("CN", [2025]).set_index("date")
    >>> made.loc["2025-10-01", "name"], bool(made.loc["2025-10-11", "workday"])
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
            (date(year, 12, day), False, "year-end closure") for year in years for day in YEAR_END
        ]
    made = pd.DataFrame(rows, columns=["date", "workday", "name"])
    made["date"] = [day.isoformat() for day in made["date"]]
    if own is not None and len(own):
        own = own.assign(date=pd.to_datetime(own["date"]).dt.strftime("%Y-%m-%d")).reindex(
            columns=made.columns
        )
        made = pd.concat([own, made]) if len(made) else own
    return made.drop_duplicates("date").sort_values("date", ignore_index=True)


def _public(country: str, years: list[int]) -> dict:
    if not country:
        return {}
    code, _, subdivision = country.partition("-")
    try:
        return holidays.country_holidays(
            code, subdiv=subdivision or None, years=years, language="en_US"
        )
    except NotImplementedError as error:
        raise ValueError(
            f"country: no holidays are known for '{country}' ({error}); give an ISO 3166 code such as CN or GB-ENG, or "
            'country: "" and the site\'s own days in the table calendar'
        ) from error
