"""Numbers of certificates whose running number does not stand last, or is written in groups, and
ranges in one cell.

A Chinese green certificate has 32 characters: 17 of the project's registration, then 15 of the
production date, the running number, the class of the energy and the class of the trade (China
Carbon Trading Network, 2025-03-26). How many digits each of the 15 has was not found in a public
document. So a block is read as it is printed: its two numbers differ by its quantity less one,
counted at a place that leaves room for both classes behind it, the same in the whole ledger.

A REGO is the station's accreditation (10 characters), a running number (10 digits), the first and
the last day of the period (6 digits each, ddmmyy) and three letters, as a public reader of Ofgem's
register of certificates takes it apart. The groups of four digits of an I-REC are from memory: a
number is the same without its hyphens.
"""

from __future__ import annotations

import re

import pandas as pd

from neutrality.case import alike
from neutrality.ledger import spelling

GEC, REGO = "GEC", "REGO"
_GEC, _PROJECT = "[0-9A-Z]{17}[0-9]{15}", 17
_GEC_LENGTH, _REGO_LENGTH = 32, 35
_CLASSES = 2  # digits behind the running number at least: one for each of the two classes
_DATE = 4  # digits before it at least: a year and a month
_REGO = (
    r"(?P<station>[0-9A-Z]{10})(?P<number>[0-9]{10})"
    r"(?P<begins>[0-9]{6})(?P<ends>[0-9]{6})(?P<letters>[A-Z]{3})"
)
# 0000-0178-5363-7613.000000: groups of four, and the millionths of a certificate, with which a
# range of whole certificates begins and ends
_GROUPED = r"^([0-9]{4})-([0-9]{4})-([0-9]{4})(?:-([0-9]{4}))?(?:\.000000|\.999999)?$"
_ALSO_CALLED = re.compile(
    r"(?i)^(?:(?:no|nr|sn)[.: ]*)?(?:GEC|REGO|绿证|绿色电力证书|编号|号)*[\W_]*"
)
_TO = re.compile(r"\s*(?:\bto\b|至|到|~|～|∼|—+|–|－|\.\.+|(?<=\s)-+(?=\s))\s*", re.IGNORECASE)
# 1-100, or two codes of 32 digits: two numbers and nothing else
_PLAIN_RANGE = re.compile(r"([0-9]{1,18}|[0-9A-Z]{32})-([0-9]{1,18}|[0-9A-Z]{32})")
_RUNNING = 12  # digits of a running number at most, where it stands apart from its serial
_ENDS = ("serial_from", "serial_to")


def ends(certificates: pd.DataFrame) -> pd.DataFrame:
    """Return serial_from and serial_to of each row; where the first cell holds a range and the
    second nothing, the two ends of that range.

    >>> rows = {"serial_from": ["GEC-001 至 187", "A1 to A9", "7"], "serial_to": ["", "", "8"]}
    >>> ends(pd.DataFrame(rows)).values.tolist()
    [['GEC-001', 'GEC-187'], ['A1', 'A9'], ['7', '8']]
    """
    first, last = (certificates[name].astype("str").str.strip() for name in _ENDS)
    one_cell = (last == "") & (first != "")
    parts = {text: split(text) for text in first[one_cell].unique()}
    found = [parts.get(text, (text, "")) for text in first[one_cell]]
    both = pd.DataFrame(found, first.index[one_cell], list(_ENDS), dtype="str")
    return pd.DataFrame({"serial_from": first, "serial_to": last}).mask(one_cell, both)


def with_whole_numbers(cells: pd.DataFrame) -> pd.DataFrame:
    """Return serial, serial_from, serial_to with whole numbers where the two ends are but the last
    digits of the serial beside them, as lists of LGC and GO have it; a serial that ends with
    neither end stays beside ends that cannot be read.

    >>> rows = {"serial": ["WD00VC-2025-NSW-0998"], "serial_from": ["998"], "serial_to": ["1002"]}
    >>> with_whole_numbers(pd.DataFrame(rows)).iloc[0, 1:].tolist()
    ['WD00VC-2025-NSW-0998', 'WD00VC-2025-NSW-1002']
    """
    short = cells["serial"].ne("")
    for name in _ENDS:
        short &= cells[name].str.fullmatch(rf"[0-9]{{1,{_RUNNING}}}", na=False)
    at = cells.index[short & (cells["serial"].str.len() > cells[_ENDS[0]].str.len())]
    if at.empty:
        return cells
    made = [_whole(*row) for row in cells.loc[at, ["serial", *_ENDS]].to_numpy().tolist()]
    both = pd.DataFrame(made, at, list(_ENDS), dtype="object")
    whole = {name: both[name].reindex(cells.index).fillna(cells[name]) for name in both}
    return cells.assign(**whole)


def _whole(serial: str, first: str, last: str) -> tuple[str, str]:
    """Return both ends with the serial's head; unreadable ones where it ends with neither of them.

    >>> _whole("GO-7-", "1", "9"), _whole("643002998", "998", "1002"), _whole("1至9", "1", "9")
    (('GO-7-1', 'GO-7-9'), ('643002998 / 998?', '643002998 / 1002?'), ('1', '9'))
    >>> _whole("643002000998", "998", "1002")
    ('643002000998', '643002001002')
    """
    if split(serial) == (first, last):
        return first, last
    number = re.search(r"[0-9]*$", serial)[0]
    same = bool(number) and int(number) == int(first)
    width = len(number) if same or not number else max(len(first), len(last))
    if not same and not number.endswith(first.zfill(width) if number else ""):
        return f"{serial} / {first}?", f"{serial} / {last}?"
    head = serial[: len(serial) - width]
    return head + first.zfill(width), head + last.zfill(width)


def split(text: str) -> tuple[str, str]:
    """Return the two ends of a range in words, the second one with the first one's prefix where it
    is digits alone; without a range the text and "".

    >>> split("0000-0001-2345-0001 - 0000-0001-2345-0009"), split("GEC-2025-001")
    (('0000-0001-2345-0001', '0000-0001-2345-0009'), ('GEC-2025-001', ''))
    """
    parts = [part for part in _TO.split(text.strip()) if part]
    if plain := _PLAIN_RANGE.fullmatch(text.strip()):
        parts = [plain[1], plain[2]]
    if len(parts) != len(_ENDS):
        return text, ""
    first, last = parts
    head = re.sub(r"[0-9]+$", "", first)
    return (first, head + last) if last.isdecimal() and head else (first, last)


def ungrouped(texts: pd.Series) -> pd.Series:
    """Return numbers in groups of four digits without the hyphens between them.

    >>> ungrouped(pd.Series(["0000-0178-5363-7613.000000", "900-000-001"])).tolist()
    ['0000017853637613', '900-000-001']
    """
    return texts.str.replace(_GROUPED, r"\1\2\3\4", regex=True)


def ranges(certificates: pd.DataFrame, series: pd.Series) -> pd.DataFrame:
    """Return form, space, start, end of the rows whose two numbers are of the form GEC or REGO and
    of one series, a row each under its own index; wide: the digits behind the running number.

    Rows have serial_from, serial_to and quantity; `series` is that of the instrument.

    >>> code = "12345678901234567" + "2501" + "{:08}" + "311"
    >>> rows = {"serial_from": [code.format(1)], "serial_to": [code.format(240)], "quantity": [240]}
    >>> found = ranges(pd.DataFrame(rows), pd.Series(["GEC"]))
    >>> found[["start", "end", "wide"]].values.tolist()
    [[250100000001, 250100000240, 3]]
    """
    columns = ["form", "space", "start", "end", "wide", "begins", "ends"]
    certificates = certificates[certificates[_ENDS[0]].str.len() >= _GEC_LENGTH]
    first, last = (_plain(certificates[name]) for name in _ENDS)
    candidates = first.str.len().isin([_GEC_LENGTH, _REGO_LENGTH])
    if not candidates.any():
        return pd.DataFrame(columns=columns)
    first, last = first[candidates], last[candidates]
    quantity = certificates["quantity"][candidates]
    found = [_gec(first, last, quantity), _rego(first, last)]
    made = pd.concat([each for each in found if len(each)] or [pd.DataFrame(columns=columns)])
    made["space"] = series.reindex(made.index) + " " + made["space"]
    return made.reindex(columns=columns)


def _plain(written: pd.Series) -> pd.Series:
    """Return numbers in capitals, without what a certificate is called and what separates."""
    folded = spelling.folded(written)
    more = ~folded.str.fullmatch("[0-9]+")
    return folded.mask(more, alike.of_each(folded[more], _uncalled))


def _uncalled(text: str) -> str:
    upper = spelling.lookalikes_read(_ALSO_CALLED.sub("", text)).upper()
    return re.sub(r"[\W_]+", "", upper)


def _gec(first: pd.Series, last: pd.Series, quantity: pd.Series) -> pd.DataFrame:
    one, two = (_gec_parts(texts) for texts in (first, last))
    whole = (one["project"] == two["project"]) & one["tail"].notna() & two["tail"].notna()
    whole &= one["tail"].fillna("").str.strip("0") != ""  # a spreadsheet made the last 15 zeros
    start, end = (
        part["tail"][whole].astype("int64[pyarrow]").astype("int64") for part in (one, two)
    )
    wide = _wide(end - start, quantity[whole])
    behind = 10**wide
    rest = one["tail"][whole].str.slice(start=-wide)
    same = (start % behind) == (end % behind)
    return pd.DataFrame(
        {
            "form": GEC,
            "space": one["project"][whole] + "+" + rest.where(same, "?"),
            "start": (start // behind).where(same, start),
            "end": (end // behind).where(same, end),
            "wide": wide,
        }
    )


def _gec_parts(texts: pd.Series) -> pd.DataFrame:
    """Return project and tail of codes of 32 characters, blank for others."""
    codes = texts.where(texts.str.fullmatch(_GEC))
    return pd.DataFrame({"project": codes.str[:_PROJECT], "tail": codes.str[_PROJECT:]})


def _wide(apart: pd.Series, quantity: pd.Series) -> int:
    """Return how many digits stand behind the running number in most blocks of more than one: such
    that their first and last number differ by quantity - 1 at that place.
    """
    votes = {
        wide: int(((quantity > 1) & (apart == (quantity - 1) * 10**wide)).sum())
        for wide in range(_CLASSES, 15 - _DATE)
    }
    return max(votes, key=lambda wide: (votes[wide], -wide))


def _rego(first: pd.Series, last: pd.Series) -> pd.DataFrame:
    first = first[first.str.len() == _REGO_LENGTH]
    last = last[first.index]
    one, two = (texts.str.extract(f"^{_REGO}$") for texts in (first, last))
    fixed = ["station", "begins", "ends", "letters"]
    whole = (one[fixed] == two[fixed]).all(axis=1)
    one, two = one[whole], two[whole]
    days = {
        name: pd.to_datetime(one[name], format="%d%m%y", errors="coerce")
        for name in ("begins", "ends")
    }
    return pd.DataFrame(
        {
            "form": REGO,
            "space": one["station"] + " " + one["begins"] + one["ends"] + one["letters"],
            "start": one["number"].astype("int64"),
            "end": two["number"].astype("int64"),
            "wide": 0,
            **days,
        }
    )
