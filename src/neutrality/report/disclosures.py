"""What a report says for whoever signs it, beside its figures: who and what is reported on, how
good the data are, which documents the credits have, who signs, and once what is not given.

The case gives it in the table disclosures, an item a row; the items are rows of
texts/disclosures.csv, with the standard that asks for each. What is not given is listed, and never
printed as a blank or a nought.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from neutrality import sheets
from neutrality.texts import hints, labels

_METER = "meter_"  # an item of this beginning says what one meter measures
_TOPICS = ("organisation", "base_year", "data", "plan")  # printed where their subject is
_SHOWN = ["item", "name_zh", "name_en", "content_zh", "content_en", "evidence"]
_CREDIT_KEYS = ["programme", "methodology", "country"]
_CREDIT_DOCUMENTS = ["kind", "buffer_percent", "labels", "host_authorisation"]


def items() -> pd.DataFrame:
    """Return the items by id: topic, given_by, evidence, asked_by and names.

    `given_by` says what holds an item that is no row of the table disclosures: meter_* (rows of
    that kind), a parameter, a table, or a column of one; evidence is "needed" where nothing is said
    without its document.
    """
    return sheets.packaged("texts/disclosures.csv").set_index("item")


def refuse(rows: pd.DataFrame, meters: list[str]) -> None:
    """Raise ValueError, a line a cell, for an item nobody asks for, and one without the document it
    needs.
    """
    listed = items()
    needs = set(listed.index[listed["evidence"] == "needed"])
    known = [*listed.index[listed["given_by"] == ""], *(_METER + meter for meter in meters)]
    wrong = [
        f"disclosures.csv, row {row}, column item: found '{item}', which is no item"
        + (hints.did_you_mean(item, known) or f"; these are known: {', '.join(known)}")
        for row, item in rows["item"].items()
        if item not in known
    ]
    wrong += [
        f"disclosures.csv, row {row}, column evidence: nothing is named; "
        f"{item} is printed only with the document that it stands in"
        for row, item, document in zip(rows.index, rows["item"], rows["evidence"], strict=True)
        if item in needs and not document
    ]
    if wrong:
        raise ValueError("\n".join(wrong))


def refuse_issue(issued_on: str, reporting_year: int) -> None:
    """Raise ValueError for a date of issue that is no date, or before the reporting year is over.

    >>> refuse_issue("2026-03-31", 2025)
    """
    if not issued_on:
        return
    try:
        issued = date.fromisoformat(issued_on)
    except ValueError:
        raise ValueError(
            f"issued_on '{issued_on}' is no date; write it like '2026-03-31', or '' if not issued"
        ) from None
    if issued.year <= reporting_year:
        raise ValueError(
            f"issued_on {issued_on} is before the end of the reporting year {reporting_year}; "
            "correct one of them"
        )


def shown(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return, by name of table, what is given of each topic, and the slots of opinion and sign-off.

    The slots have all their rows, with empty cells to be filled in by hand.
    """
    given = _named(rows).set_index("topic")
    made = {f"{topic}_given": given[given.index == topic] for topic in _TOPICS}
    slots = _named(items().reset_index()[["item"]].merge(rows, on="item", how="left").fillna(""))
    return {
        **{name: part[_SHOWN].reset_index(drop=True) for name, part in made.items()},
        "opinion": slots.loc[slots["topic"] == "opinion", _SHOWN].reset_index(drop=True),
        "signoff": slots.loc[slots["topic"] == "signoff", _SHOWN]
        .assign(date="", signature="")
        .reset_index(drop=True),
    }


def _named(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of the table disclosures with topic and names; those of single meters are out."""
    listed = items()[["topic", *labels.LANGUAGES]].reset_index()
    content = rows.reindex(columns=["item", *labels.LANGUAGES, "evidence"], fill_value="")
    return listed.merge(content, on="item", suffixes=("_name", "")).rename(
        columns={f"{lang}_name": f"name_{lang}" for lang in labels.LANGUAGES}
        | {lang: f"content_{lang}" for lang in labels.LANGUAGES}
    )


def not_given(
    rows: pd.DataFrame, credits: pd.DataFrame, plan: pd.DataFrame, **parameters: str
) -> pd.DataFrame:
    """Return topic, item, names and asking standard of each item that the case does not give.

    `credits` are the year's; without any, nothing is missing of their documents. A column of the
    ledger is given when no block leaves it empty.
    """
    listed = items()
    given = set(rows["item"]) | {f"credits.{name}" for name in _documented(credits)}
    given |= {name for name, value in parameters.items() if value}
    given |= {"plan"} if len(plan) else set()
    given |= {f"{_METER}*"} if _of_meters(rows).any() else set()
    held = listed["given_by"].where(listed["given_by"] != "", listed.index)
    missing = listed[~held.isin(given)].reset_index()
    names = {lang: f"name_{lang}" for lang in labels.LANGUAGES}
    return missing[["topic", "item", "zh", "en", "asked_by"]].rename(columns=names)


def listed(missing: pd.DataFrame) -> pd.DataFrame:
    """Return what is not given as it is printed: a row a topic and standard, names as a list."""
    named = {
        f"items_{lang}": (f"name_{lang}", lambda names, lang=lang: labels.listed(list(names), lang))
        for lang in labels.LANGUAGES
    }
    return missing.groupby(["topic", "asked_by"], sort=False, as_index=False).agg(**named)


def _of_meters(rows: pd.DataFrame) -> pd.Series:
    """Return which rows say what a meter measures."""
    return rows["item"].astype("str").str.startswith(_METER)


def _documented(credits: pd.DataFrame) -> list[str]:
    """Return the columns of documents that every block fills in; all of them without credits."""
    cells = _written(credits, _CREDIT_DOCUMENTS)
    return [name for name in _CREDIT_DOCUMENTS if (cells[name] != "").all()]


def _written(credits: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return columns of the ledger as text, "" where a cell or the column is absent."""
    cells = credits.reindex(columns=columns).astype("object")
    return cells.where(cells.notna(), "").astype("str")


def metering_map(rows: pd.DataFrame, readings: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return each meter of the year: what it measures in both languages, kWh read, evidence.

    Without rows where the case does not say of any meter what it measures.
    """
    said = rows[_of_meters(rows)].rename(
        columns={lang: f"measures_{lang}" for lang in labels.LANGUAGES}
    )
    read = readings.loc[readings["year"] == year, ["meter", "measured_kwh"]]
    made = read.assign(item=_METER + read["meter"]).merge(said, on="item", how="left")
    texts = ["measures_zh", "measures_en", "evidence"]
    joined = made.astype(dict.fromkeys(texts, "object")).fillna(dict.fromkeys(texts, ""))
    columns = ["meter", "measures_zh", "measures_en", "measured_kwh", "evidence"]
    return joined[columns] if len(said) else joined[columns].iloc[:0]


def credit_documents(credits: pd.DataFrame) -> pd.DataFrame:
    """Return the year's credits by programme, methodology, country and document: quantity, first
    and last vintage; empty cells where the ledger has none.
    """
    keys = [*_CREDIT_KEYS, *_CREDIT_DOCUMENTS]
    years = {end: pd.to_datetime(credits[f"vintage_{end}"]).dt.year for end in ("start", "end")}
    return (
        _written(credits, keys)
        .assign(quantity=credits["quantity"], vintage_from=years["start"], vintage_to=years["end"])
        .groupby(keys, sort=False, as_index=False)
        .agg(
            quantity=("quantity", "sum"),
            vintage_from=("vintage_from", "min"),
            vintage_to=("vintage_to", "max"),
        )
    )
