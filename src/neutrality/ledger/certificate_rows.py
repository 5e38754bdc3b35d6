"""The rows of a list of certificates, read and judged: which can be rows of the ledger, and why the
others cannot.

What a row does not say is not guessed: without numbers, a period, a technology, a place, an
instrument or a day of redemption it is left.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import pandas as pd

from neutrality.case.alike import of_different, of_each
from neutrality.ledger import (
    certificate_blocks,
    certificate_forms,
    certificate_kinds,
    certificate_months,
    certificate_serials,
    export_values,
    reporters,
)
from neutrality.ledger.export_files import Export
from neutrality.ledger.reporters import Reporter
from neutrality.reference import published, units

_SIZES = {"mwh": units.KWH_PER_MWH, "kwh": 1.0, "wh": 1 / units.WH_PER_KWH}  # -> kWh
_PERIOD = ("period_start", "period_end")
_DAYS = ("retired_on", *_PERIOD)
_YEAR = r"^(20\d\d)(?:\.0|年)?$"
_REDEEMED = re.compile("redeem|retire|cancel|surrender|核销|注销|已使用|已消费|已消纳", re.I)
_NOT_REDEEMED = re.compile(
    r"\b(?:not|no|un\w*|non|in|to be)\b|un(?:re|ca|su)|pending|request|partial|fail|reject|transfer"
    r"|active|issued|expired|revoked|[未待拟非]|核销中|注销中|部分|申请|失败|驳回|撤销|划转|转让|持有",
    re.I,
)


class Reading(NamedTuple):
    """The cells of a list and what was read from them, row by row."""

    cells: pd.DataFrame
    numbers: pd.DataFrame  # serial_from, serial_to
    period: pd.DataFrame  # month, period_start, period_end
    quantity: pd.Series
    ranged: pd.Series  # what the numbers hold, NaN where they cannot be read
    kinds: pd.DataFrame  # technology, province, instrument; "" where not known
    retired_on: pd.Series
    day_first: bool | None
    doubtful: dict[str, pd.Series]  # days that may be others, by column


_Fault = tuple[str, pd.Series, str]


def read(export: Export) -> Reading:
    """Return what the cells of a list say, a row for each block (see `certificate_blocks`)."""
    cells = certificate_blocks.apart(export).cells
    cells = cells.assign(month=_months(cells))
    order = export_values.day_first([cells[name] for name in _DAYS])
    begins_and_ends = [cells[name] for name in _PERIOD]
    own = dict.fromkeys(_PERIOD, export_values.day_first(begins_and_ends))
    own["retired_on"] = export_values.day_first([cells["retired_on"]])
    read_as = {name: order if own[name] is None else own[name] for name in _DAYS}
    days = {name: export_values.dates(cells[name], read_as[name] is not False) for name in _DAYS}
    doubtful = _doubtful(cells, read_as)
    numbers, kinds = _numbers(cells), _kinds(cells, export.headings)
    quantity = _quantity(cells, kinds["instrument"])
    asked = numbers.assign(quantity=quantity.fillna(0).astype("int64"), **kinds)
    known = asked[kinds["instrument"].ne("") & numbers["serial_from"].ne("")]
    read = certificate_serials.blocks(known)
    ranged = (read["serial_end"] - read["serial_start"] + 1).reindex(cells.index)
    quantity = quantity.fillna(ranged.where(_unsaid(cells)))
    parted = certificate_blocks.summed(quantity, ranged, cells)
    quantity, ranged = parted["quantity"], parted["ranged"]
    period = certificate_months.period(cells["month"], days)
    on = days["retired_on"]
    return Reading(cells, numbers, period, quantity, ranged, kinds, on, order, doubtful)


def _months(cells: pd.DataFrame) -> list[str]:
    """Return what each row says of its month, with the year of a column beside it."""
    if (cells["year"] == "").all():
        return cells["month"].tolist()
    pairs = list(zip(cells["month"], cells["year"], strict=True))
    whole = {pair: certificate_months.beside_year(*pair) or pair[0] for pair in {*pairs}}
    return [whole[pair] for pair in pairs]


def _doubtful(cells: pd.DataFrame, read_as: dict[str, bool | None]) -> dict[str, pd.Series]:
    """Return which days may be others: of redemption where their column contradicts itself, of a
    period also where nothing shows their order, or their clock is that of another place.
    """
    found = {name: export_values.uncertain(cells[name]) for name in _DAYS}
    for name in _PERIOD:
        found[name] |= export_values.of_other_clock(cells[name])
        if read_as[name] is None:
            found[name] |= export_values.ambiguous(cells[name])
    return found


def _numbers(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the first and the last number of each block: from two columns, a base and two columns,
    or a range in one cell; one number alone is both.
    """
    cells = certificate_forms.with_whole_numbers(cells)
    first = cells["serial_from"].mask(cells["serial_from"] == "", cells["serial"])
    based = cells["serial_base"].ne("") & first.ne("")
    last = cells["serial_to"]
    joined = pd.DataFrame(
        {
            "serial_from": first.mask(based, cells["serial_base"] + "-" + first),
            "serial_to": last.mask(based & last.ne(""), cells["serial_base"] + "-" + last),
        }
    )
    ends = certificate_forms.ends(joined)
    single = ends["serial_to"].eq("")
    return ends.assign(serial_to=ends["serial_to"].mask(single, ends["serial_from"]))


def _kinds(cells: pd.DataFrame, headings: dict[str, str]) -> pd.DataFrame:
    """Return technology, province and instrument, "" where a word is not known; a list in Chinese
    without an instrument is of GEC.
    """
    technology = certificate_kinds.named(cells["technology"], "technology")
    place = cells["province"].mask(cells["province"] == "", cells["country"])
    province = certificate_kinds.named(place, "province")
    instrument = certificate_kinds.named(cells["instrument"], "instrument")
    chinese = any(not heading.isascii() for heading in headings.values())
    if chinese and not headings["instrument"]:
        instrument = pd.Series("GEC", cells.index)
    based = headings["serial_base"] and not headings["instrument"]
    return pd.DataFrame(
        {
            "technology": technology,
            "province": province.mask(province == "", place),
            "instrument": pd.Series("REC", cells.index) if based else instrument,
        }
    )


def _quantity(cells: pd.DataFrame, instrument: pd.Series) -> pd.Series:
    """Return how many certificates each row says: their number, or the energy over the size of one;
    NaN where it says none, no whole number, or two that differ.
    """
    size_kwh = instrument.map(published.table("instruments")["kwh"].astype(float))
    found = of_each(cells["quantity"], export_values.count, "float64")
    for name, kwh in _SIZES.items():
        many = of_different(cells[name], _energy) * kwh / size_kwh
        given = cells[name] != ""
        whole = many.where((many % 1 == 0) & (many > 0))
        agree = found.isna() & cells["quantity"].eq("") | found.eq(whole)
        found = found.where(~given, whole.where(agree))
    return found.where(found > 0)


def _energy(texts: pd.Series) -> pd.Series:
    """Return numbers with or without commas before each three digits, NaN where there is none."""
    plain = texts.str.replace(r"(?<=\d),(?=\d{3}(?:\D|$))", "", regex=True)
    return pd.to_numeric(plain, errors="coerce")


def _unsaid(cells: pd.DataFrame) -> pd.Series:
    """Return which rows say neither a number of certificates nor an energy."""
    return (cells[["quantity", *_SIZES]] == "").all(axis=1)


def left(reading: Reading, headings: dict[str, str], who: Reporter, year: int = 0) -> pd.DataFrame:
    """Return row, kind, why of the rows with a fault; of several faults of a row the first."""
    cells = reading.cells.assign(ranged=reading.ranged.astype("Int64"), **reading.numbers)
    why, kind = pd.Series("", cells.index), pd.Series("", cells.index)
    faults = [
        *(_cell_faults(reading) + _number_faults(reading) + _kind_faults(reading)),
        *(_day_faults(reading) + _use_faults(reading, who, year)),
    ]
    for number, (column, wrong, sentence) in enumerate(faults):
        hit = wrong.astype(bool) & why.eq("")
        if not hit.any():
            continue
        place = f"column {headings.get(column) or column}"
        values = cells[hit].to_dict("records")
        why[hit] = [f"{place}: {sentence.format(**each)}" for each in values]
        kind[hit] = f"{number:02}"
    lost = why.ne("")
    rows = {"row": cells.index[lost], "kind": kind[lost], "why": why[lost]}
    return certificate_blocks.together(pd.DataFrame(rows), reading.cells)


def _cell_faults(reading: Reading) -> list[_Fault]:
    cells = reading.cells
    return [
        (
            "serial",
            cells["swallowed"].ne(""),
            "the row took the next rows in; the text that begins '{swallowed}' was not closed: "
            "close that quote in the list",
        ),
        (
            "serial",
            cells["beyond"].ne(""),
            "the row has more cells than the heading: {beyond}; "
            "put text that holds a separator in quotes",
        ),
    ]


def _day_faults(reading: Reading) -> list[_Fault]:
    """Return days that may be others, and a month that differs from the days beside it."""
    cells, period = reading.cells, reading.period
    first, last = (
        of_each(cells["month"], lambda text, at=at: certificate_months.months(text)[at])
        for at in (0, 1)
    )
    begins, ends = (certificate_months.labels(period[name]) for name in _PERIOD)
    begins, ends = begins.fillna(period["month"]), ends.fillna(period["month"])
    other = cells["period_start"].ne("") & first.ne("") & begins.ne("")
    other &= (begins < first) | (ends > last)
    doubtful = [
        (
            name,
            wrong,
            f"found '{{{name}}}', which may be another day: nothing shows whether day or month "
            "stands first, or the clock is that of another place; write the days as 2025-03-31",
        )
        for name, wrong in reading.doubtful.items()
    ]
    differs = "found '{month}', but the power was generated from '{period_start}' to '{period_end}'"
    year = of_different(cells["year"], lambda some: some.str.extract(_YEAR)[0])
    other_year = year.notna() & begins.ne("") & ((year < begins.str[:4]) | (year > ends.str[:4]))
    found = "found '{year}', but the power was generated in {month}"
    return [
        *doubtful,
        ("month", other, differs + "; correct the one that is wrong"),
        ("year", other_year, found + "; correct the one that is wrong"),
    ]


def _number_faults(reading: Reading) -> list[_Fault]:
    cells, none = reading.cells, reading.numbers["serial_from"].eq("")
    nothing, named = none & _unsaid(cells), reading.kinds["instrument"].ne("")
    unread = reading.ranged.isna() & named
    given = next((name for name in ("quantity", *_SIZES) if cells[name].ne("").any()), "quantity")
    return [
        ("serial", nothing, "is empty, and no quantity is given: a remark; nothing to take"),
        (
            "serial",
            none,
            "is empty: without their numbers certificates cannot be told from others; export the "
            "list with the first and the last number of each block",
        ),
        (
            "serial",
            unread,
            "found '{serial_from}' to '{serial_to}', which is no range of one number series; copy "
            "both from the certificates, as text",
        ),
        (
            "serial",
            _other_range(cells, reading.numbers),
            "found '{serial}', but '{serial_from}' to '{serial_to}' beside it; correct the one "
            "that differs from the registry",
        ),
        (
            given,
            reading.quantity.isna() & named,
            f"found '{{{given}}}', no whole number of certificates, or one that differs from "
            "another column of the row; correct it from the registry",
        ),
        (
            given,
            cells["blocks"].gt(1) & reading.quantity.ne(reading.ranged) & reading.ranged.notna(),
            f"found '{{{given}}}', but the {{blocks}} ranges of the row hold {{ranged}} together; "
            "correct the one that differs from the registry",
        ),
        (
            given,
            reading.quantity.ne(reading.ranged) & reading.ranged.notna(),
            f"found '{{{given}}}', but '{{serial_from}}' to '{{serial_to}}' holds {{ranged}}; "
            "correct the one that differs from the registry",
        ),
    ]


def _other_range(cells: pd.DataFrame, numbers: pd.DataFrame) -> pd.Series:
    """Return which rows have a range in the cell of the serial, and another in two columns."""
    both = cells["serial"].ne("") & cells["serial_from"].ne("") & cells["serial_to"].ne("")
    other = pd.Series(False, cells.index)
    for row in cells.index[both]:
        ends = certificate_forms.split(cells["serial"][row])
        other[row] = ends[1] != "" and ends != tuple(numbers.loc[row])
    return other


def _kind_faults(reading: Reading) -> list[_Fault]:
    period, kinds = reading.period, reading.kinds
    undated = period["month"].eq("") & (period["period_start"].isna() | period["period_end"].isna())
    known = ", ".join(published.table("instruments").index)
    return [
        (
            "instrument",
            kinds["instrument"].eq(""),
            "found '{instrument}', which does not say what certificates these are; write one of "
            + known,
        ),
        (
            "technology",
            kinds["technology"].eq(""),
            "found '{technology}', no technology that is known; write wind (风电), solar (光伏) or "
            "another of the table's guide",
        ),
        ("province", kinds["province"].eq(""), "is empty: where the power was generated"),
        (
            "month",
            undated,
            "found '{month}' and '{period_start}' to '{period_end}', which does not say when the "
            "power was generated; write a month such as 2025-03, or the first and the last day",
        ),
        (
            "month",
            (period["period_end"] < period["period_start"]) & reading.cells["period_end"].eq(""),
            "found '{month}', which ends before it begins; correct it",
        ),
        (
            "period_end",
            period["period_end"] < period["period_start"],
            "found '{period_end}', before the period begins on '{period_start}'; correct it",
        ),
    ]


def _use_faults(reading: Reading, who: Reporter, year: int) -> list[_Fault]:
    cells, on = reading.cells, reading.retired_on
    empty = export_values.blank(cells["retired_on"])
    other = pd.Series(False, cells.index)
    if who.name:
        how = reporters.matched(cells["beneficiary"], reading.kinds["instrument"], who)["how"]
        other = ~how.isin([reporters.SAME, reporters.ALIAS])
    quoted = who.name.replace("{", "{{").replace("}", "}}")
    return [
        (
            "status",
            cells["status"].ne("") & ~_says_redeemed(cells["status"]),
            "found '{status}': not redeemed as far as it says, so it supports no claim; "
            "redeem it first",
        ),
        (
            "for_year",
            export_values.claimed_otherwise(cells["for_year"], year),
            f"found '{{for_year}}': redeemed for another year than {year}; "
            "claim it for the year that the registry names",
        ),
        (
            "retired_on",
            empty,
            "is empty: not redeemed, so it supports no claim; redeem it first, or export the list "
            "with the day of redemption (核销日期)",
        ),
        ("retired_on", on.isna() & ~empty, "found '{retired_on}', no date; write it as 2026-01-14"),
        (
            "beneficiary",
            other,
            f"found '{{beneficiary}}', not {quoted}; another name of the reporter belongs in the "
            "case's table aliases",
        ),
    ]


def _says_redeemed(status: pd.Series) -> pd.Series:
    """Return which words say that a certificate is redeemed."""

    def says(text: str) -> bool:
        return bool(_REDEEMED.search(text)) and not _NOT_REDEEMED.search(text)

    return of_each(status, says, "bool")


def blocks(reading: Reading, good: pd.Series, name: str, held: pd.DataFrame) -> pd.DataFrame:
    """Return the good rows under the ledger's columns."""
    cells, quantity = reading.cells[good], reading.quantity[good].astype("int64")
    nth = "-" + (cells.groupby("of_row").cumcount() + 1).astype("str")
    given = cells["block_id"].where(cells["block_id"] != "", cells["of_row"].astype("str"))
    named = name + "-" + given + nth.mask(nth == "-1", "")
    again = named.isin(held["block_id"].astype("str"))
    return cells.assign(
        block_id=named.mask(again, named + f"-{len(held) + 1}"),
        quantity=quantity,
        retired_on=reading.retired_on[good],
        capacity_mw=pd.to_numeric(cells["capacity_mw"].where(cells["capacity_mw"] != "", None)),
        **reading.numbers[good],
        **reading.kinds[good],
        **reading.period[good],
    )
